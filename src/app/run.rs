//! Opening the window.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Context, Pos2, RawInput, Rect};

use crate::file_dialog;
use crate::network::kernel::KernelNetwork;
use crate::script::Loaded;
use crate::script::options::Ports;
use crate::startup;
use crate::views::theme::size;

use super::{App, Settings, Setup, default_path, last_session_path, lesson, load};

const ICON: &[u8] = include_bytes!("../../assets/icon.png");

/// Closes return at once; only a system that hardly gets on takes longer, and nobody waits for a closed window.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// The largest side of a texture, texels: room for the letters of a projector at full zoom, and no more than most
/// graphics cards take; for one that takes less the letters are drawn again. Were it the card's own measure, nothing
/// could be drawn before the card is known.
pub(super) const TEXTURE_SIDE: usize = 4096;

/// Opens the window and stays until it is closed.
///
/// # Errors
///
/// One plain sentence that says what is missing and what to do.
pub fn run(loaded: Option<Loaded>) -> Result<(), String> {
    lesson::read_ahead();
    startup::check_libraries()?;
    let settings_path = default_path();
    let (settings, notice) = settings_path
        .as_deref()
        .map_or_else(|| (Settings::default(), None), load);
    let network = KernelNetwork::start()
        .map_err(|error| format!("The threads for the sockets could not start: {error}"))?;
    let setup = Setup {
        network,
        settings_path,
        last_session_path: last_session_path(),
        notice,
        loaded: None,
        settings,
        executable: std::env::current_exe().ok(),
        file_opener: file_dialog::desktop(),
        ports: Ports::AsWritten,
        close_patience: CLOSE_PATIENCE,
    };
    let options = options(&setup.settings);
    let ctx = context(&setup.settings);
    let ahead = startup::beside("first frame", {
        let ctx = ctx.clone();
        move || -> std::io::Result<App> {
            let mut app = App::at_rest(&ctx, setup)?;
            app.draw_ahead(&ctx);
            Ok(app)
        }
    })
    .map_err(|error| format!("The thread for the first frame could not start: {error}"))?;
    startup::guard(|| {
        let creator = move |_: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
            // No call is made before there is a window to see it in.
            let mut app = ahead.result()?;
            app.begin(loaded);
            Ok(Box::new(app))
        };
        let result = eframe::run_native_ext("Sockeye", options, Some(ctx), Box::new(creator));
        result.map_err(|error| startup::explain_start_failure(&error.to_string()))
    })
}

/// What eframe would make if it were not given one, with the zoom in force before the window's size is reckoned.
fn context(settings: &Settings) -> Context {
    let ctx = Context::default();
    ctx.set_embed_viewports(false);
    ctx.options_mut(|options| {
        options.max_passes = NonZeroUsize::MIN.saturating_add(1);
        options.zoom_factor = settings.zoom;
    });
    ctx
}

impl App {
    /// Draws a frame that nobody sees, so that the first one on the screen finds its letters drawn and its texts laid
    /// out. Those are half of what a first frame costs, and meanwhile the system makes the window. The screen's scale is
    /// not known yet: where it is not 1 the letters are drawn again.
    fn draw_ahead(&mut self, ctx: &Context) {
        let size = egui::Vec2::from(self.settings.window) / self.settings.zoom;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            max_texture_side: Some(TEXTURE_SIDE),
            time: Some(0.0),
            ..RawInput::default()
        };
        let mut drawn = ctx.run_ui(input, |ui| self.frame_ui(ui));
        // The letters are still to go to the graphics card, with the first frame that does.
        let textures = ctx.tex_manager();
        let mut textures = textures.write();
        for (id, deltas) in drawn.textures_delta.set.drain() {
            for delta in deltas {
                textures.set(id, delta);
            }
        }
    }
}

fn options(settings: &Settings) -> eframe::NativeOptions {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Sockeye")
        .with_app_id("sockeye")
        .with_inner_size(egui::Vec2::from(settings.window) / settings.zoom)
        .with_min_inner_size(egui::vec2(640.0, 480.0) / settings.zoom);
    // A broken icon is no reason not to start.
    if let Ok(icon) = eframe::icon_data::from_png_bytes(ICON) {
        viewport = viewport.with_icon(Arc::new(icon));
    }
    eframe::NativeOptions {
        viewport,
        // Hides the steps of gradients, of which Sockeye paints none, at a cost for every pixel.
        dithering: false,
        // There is none to fall back on, and to say so eframe would have every letter drawn anew.
        system_font_fallback: false,
        centered: settings.window == size::WINDOW,
        ..Default::default()
    }
}
