//! A picture of ours as PNG, with the fonts that ship with Sockeye: a computer without any makes the same.

use std::io;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The most pixels of a PNG: four bytes each while it is made.
pub const MOST_PIXELS: f64 = 32_000_000.0;
/// How much larger than the SVG a PNG is, where it may: sharp on today's screens and in print.
const SCALE: f64 = 2.0;

/// Paints an SVG of ours.
///
/// # Errors
/// When it is no SVG, or larger than memory for pictures may be.
pub fn render(svg: &str) -> io::Result<Vec<u8>> {
    let mut fonts = fontdb::Database::new();
    for font in [
        dejavu::sans_mono::regular(),
        dejavu::sans_mono::bold(),
        notosans::REGULAR_TTF,
        notosans::BOLD_TTF,
        dejavu::sans::regular(),
    ] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
    }
    let options = Options {
        font_family: "DejaVu Sans Mono".to_owned(),
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(io::Error::other)?;
    let (width, height) = (
        f64::from(tree.size().width()),
        f64::from(tree.size().height()),
    );
    let scale = (MOST_PIXELS / (width * height)).sqrt().min(SCALE);
    let side = |length: f64| (length * scale).floor().max(1.0) as u32;
    let mut pixels = Pixmap::new(side(width), side(height))
        .ok_or_else(|| io::Error::other("the picture is too large"))?;
    let transform = Transform::from_scale(scale as f32, scale as f32);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels.encode_png().map_err(io::Error::other)
}
