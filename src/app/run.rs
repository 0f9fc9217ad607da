//! Opening the window.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

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
        loaded,
        settings,
        executable: std::env::current_exe().ok(),
        file_opener: file_dialog::desktop(),
        ports: Ports::AsWritten,
        close_patience: CLOSE_PATIENCE,
    };
    let options = options(&setup.settings);
    startup::guard(|| {
        let creator =
            move |context: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
                Ok(Box::new(App::new(&context.egui_ctx, setup)?))
            };
        let result = eframe::run_native("Sockeye", options, Box::new(creator));
        result.map_err(|error| startup::explain_start_failure(&error.to_string()))
    })
}

fn options(settings: &Settings) -> eframe::NativeOptions {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Sockeye")
        .with_app_id("sockeye")
        .with_inner_size(settings.window)
        .with_min_inner_size([640.0, 480.0]);
    // A broken icon is no reason not to start.
    if let Ok(icon) = eframe::icon_data::from_png_bytes(ICON) {
        viewport = viewport.with_icon(Arc::new(icon));
    }
    eframe::NativeOptions {
        viewport,
        centered: settings.window == size::WINDOW,
        ..Default::default()
    }
}
