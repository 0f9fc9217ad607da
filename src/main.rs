//! `sockeye`: the window, or what was asked for in the terminal.

use std::process::ExitCode;

use sockeye::script::Loaded;
use sockeye::terminal::{self, Wanted};
use sockeye::{app, startup};

fn main() -> ExitCode {
    match terminal::run(std::env::args_os()) {
        Wanted::Window(loaded) => window(loaded),
        Wanted::Done(code) => code,
    }
}

/// Opens the window, or plays in the terminal where there is no display to open one on.
fn window(loaded: Option<Loaded>) -> ExitCode {
    if !startup::has_display() {
        return terminal::without_display(loaded);
    }
    match app::run(loaded) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => terminal::no_window(&why),
    }
}
