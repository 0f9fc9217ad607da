//! `sockeye`: the window, or what was asked for in the terminal.

use std::process::ExitCode;

use sockeye::script::ast::Script;
use sockeye::terminal::{self, Wanted};
use sockeye::{app, startup};

fn main() -> ExitCode {
    match terminal::run(std::env::args_os()) {
        Wanted::Window(script) => window(script),
        Wanted::Done(code) => code,
    }
}

/// Opens the window, or plays in the terminal where there is no display to open one on.
fn window(script: Option<(String, Script)>) -> ExitCode {
    if !startup::has_display() {
        return terminal::without_display(script);
    }
    match app::run(script) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => terminal::no_window(&why),
    }
}
