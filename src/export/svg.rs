//! A writer of small SVG pictures: few elements, no scripts, nothing from outside, every text escaped.
//!
//! Elements: `svg`, `title`, `g`, `rect`, `line`, `path`, `circle`, `text`. Colours and dashes are constants of the
//! program; only [`Svg::text`] and the titles take words, and make them harmless.

use std::fmt::Write as _;

use crate::model::payload::visible_text;

/// The monospace font, by the names it has on different systems; the first is the one a PNG is made with.
const MONO: &str = "DejaVu Sans Mono, Hack, Menlo, Consolas, monospace";
/// The proportional font.
const SANS: &str = "Noto Sans, Segoe UI, Helvetica Neue, Arial, sans-serif";
/// The width of a monospace character, in its size.
const ADVANCE: f64 = 0.602;

/// A place: right, then down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At(pub f64, pub f64);

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
}

impl Rect {
    /// The same, so much smaller on each side; larger where that is below 0.
    #[must_use]
    pub fn shrink(self, by: f64) -> Self {
        Self {
            x: self.x + by,
            y: self.y + by,
            width: (self.width - 2.0 * by).max(0.0),
            height: (self.height - 2.0 * by).max(0.0),
        }
    }

    /// The middle.
    pub fn center(self) -> At {
        At(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// How a shape is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paint {
    /// Inside.
    pub fill: Option<&'static str>,
    /// The line's colour.
    pub stroke: Option<&'static str>,
    /// How thick the line is.
    pub width: f64,
    /// Its dashes.
    pub dash: Option<&'static str>,
}

impl Paint {
    /// Filled, without a line.
    pub fn fill(color: &'static str) -> Self {
        Self {
            fill: Some(color),
            ..Self::default()
        }
    }

    /// A line.
    pub fn line(color: &'static str, width: f64) -> Self {
        Self {
            stroke: Some(color),
            width,
            ..Self::default()
        }
    }

    /// The same, dashed.
    #[must_use]
    pub fn dashed(self, dash: &'static str) -> Self {
        Self {
            dash: Some(dash),
            ..self
        }
    }

    /// The same, filled.
    #[must_use]
    pub fn filled(self, color: &'static str) -> Self {
        Self {
            fill: Some(color),
            ..self
        }
    }
}

/// On which side of its place a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// To the right: the place is its start.
    Start,
    /// On both sides.
    Middle,
    /// To the left: the place is its end.
    End,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Words {
    /// Its height.
    pub size: f64,
    /// Its colour.
    pub color: &'static str,
    /// Whether it stands out.
    pub bold: bool,
    /// Whether all characters are equally wide.
    pub mono: bool,
    /// Where it stands.
    pub side: Side,
}

impl Words {
    /// Monospace, to the right of its place.
    pub fn mono(size: f64, color: &'static str) -> Self {
        Self {
            size,
            color,
            bold: false,
            mono: true,
            side: Side::Start,
        }
    }

    /// Proportional, to the right of its place.
    pub fn sans(size: f64, color: &'static str) -> Self {
        Self {
            mono: false,
            ..Self::mono(size, color)
        }
    }

    /// The same, standing out.
    #[must_use]
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same, standing elsewhere.
    #[must_use]
    pub fn at(self, side: Side) -> Self {
        Self { side, ..self }
    }

    /// How wide such a text is; a little more than that for proportional ones.
    pub fn width(self, text: &str) -> f64 {
        let cells: f64 = visible_text(text).chars().map(cells).sum();
        cells * ADVANCE * self.size
    }
}

/// How many monospace cells a character takes: scripts with wide characters begin at U+1100.
fn cells(character: char) -> f64 {
    if character >= '\u{1100}' && !('\u{2000}'..'\u{2e80}').contains(&character) {
        2.0
    } else {
        1.0
    }
}

/// A picture under way.
#[derive(Debug)]
pub struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture with a title for those who can't see it.
    pub fn new(width: f64, height: f64, title: &str, ground: &'static str) -> Self {
        let mut svg = Self {
            text: String::with_capacity(16 * 1024),
        };
        svg.push(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n",
            escaped(title)
        ));
        let whole = Rect {
            x: 0.0,
            y: 0.0,
            width: width.round(),
            height: height.round(),
        };
        svg.rect(whole, 0.0, Paint::fill(ground));
        svg
    }

    /// Begins a group that says its title when it is pointed at.
    pub fn begin(&mut self, title: &str) {
        self.push(&format!("<g><title>{}</title>\n", escaped(title)));
    }

    /// Begins a group whose places count from `origin`.
    pub fn begin_at(&mut self, origin: At, title: &str) {
        self.push(&format!(
            "<g transform=\"translate({} {})\"><title>{}</title>\n",
            number(origin.0),
            number(origin.1),
            escaped(title)
        ));
    }

    /// Ends the group.
    pub fn end(&mut self) {
        self.push("</g>\n");
    }

    /// A rectangle.
    pub fn rect(&mut self, rect: Rect, radius: f64, paint: Paint) {
        self.push(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            number(rect.x),
            number(rect.y),
            number(rect.width),
            number(rect.height)
        ));
        if radius > 0.0 {
            self.push(&format!(" rx=\"{}\"", number(radius)));
        }
        self.paint(paint);
    }

    /// A straight line.
    pub fn line(&mut self, from: At, to: At, paint: Paint) {
        self.push(&format!(
            "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        ));
        self.paint(paint);
    }

    /// A circle.
    pub fn circle(&mut self, center: At, radius: f64, paint: Paint) {
        self.push(&format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"",
            number(center.0),
            number(center.1),
            number(radius)
        ));
        self.paint(paint);
    }

    /// Straight lines from point to point; closed where it is filled.
    pub fn path(&mut self, points: &[At], paint: Paint) {
        let mut d = points_of(points);
        if paint.fill.is_some() {
            d.push('Z');
        }
        self.path_of(&d, paint);
    }

    /// Several lines as one element.
    pub fn segments(&mut self, segments: &[(At, At)], paint: Paint) {
        if segments.is_empty() {
            return;
        }
        let d: String = segments
            .iter()
            .map(|(from, to)| points_of(&[*from, *to]))
            .collect();
        self.path_of(&d, paint);
    }

    /// 45° hatching inside a rectangle: a wait.
    pub fn hatch(&mut self, rect: Rect, pitch: f64, paint: Paint) {
        let mut segments = Vec::new();
        // Where the line would meet the rectangle's lower edge; from there it rises to the right.
        let mut foot = rect.x - rect.height + pitch / 2.0;
        while foot < rect.x + rect.width {
            let from = foot.max(rect.x);
            let to = (foot + rect.height).min(rect.x + rect.width);
            let bottom = rect.y + rect.height;
            segments.push((
                At(from, bottom - (from - foot)),
                At(to, bottom - (to - foot)),
            ));
            foot += pitch;
        }
        self.segments(&segments, paint);
    }

    /// A text; its place is on its base line.
    pub fn text(&mut self, at: At, words: Words, text: &str) {
        if text.is_empty() {
            return;
        }
        self.push(&format!(
            "<text x=\"{}\" y=\"{}\" font-family=\"{}\" font-size=\"{}\" fill=\"{}\"",
            number(at.0),
            number(at.1),
            if words.mono { MONO } else { SANS },
            number(words.size),
            words.color
        ));
        if words.bold {
            self.push(" font-weight=\"bold\"");
        }
        match words.side {
            Side::Start => {}
            Side::Middle => self.push(" text-anchor=\"middle\""),
            Side::End => self.push(" text-anchor=\"end\""),
        }
        // Two spaces in a row are one to SVG, and a payload may hold more.
        let kept = if text.contains("  ") {
            " xml:space=\"preserve\""
        } else {
            ""
        };
        self.push(&format!("{kept}>{}</text>\n", escaped(text)));
    }

    /// The whole picture.
    pub fn finish(mut self) -> String {
        self.push("</svg>\n");
        self.text
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn path_of(&mut self, d: &str, paint: Paint) {
        self.push(&format!("<path d=\"{d}\""));
        self.paint(paint);
    }

    fn paint(&mut self, paint: Paint) {
        self.push(&format!(" fill=\"{}\"", paint.fill.unwrap_or("none")));
        if let Some(stroke) = paint.stroke {
            self.push(&format!(
                " stroke=\"{stroke}\" stroke-width=\"{}\"",
                number(paint.width)
            ));
        }
        if let Some(dash) = paint.dash {
            self.push(&format!(" stroke-dasharray=\"{dash}\""));
        }
        self.push("/>\n");
    }
}

fn points_of(points: &[At]) -> String {
    let mut d = String::new();
    for (index, At(x, y)) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        // Writing to a String can't fail.
        write!(d, "{letter}{} {}", number(*x), number(*y)).ok();
    }
    d
}

/// A length with at most two decimals, and none where none are needed.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

/// Text that is nothing but text to XML: nothing hidden in it, no markup.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in visible_text(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}
