//! `sockeye`: the window, or what was asked for in the terminal.

use std::path::Path;
use std::process::ExitCode;

use sockeye::terminal::{self, Wanted};

fn main() -> ExitCode {
    match terminal::run(std::env::args_os()) {
        Wanted::Window(file) => window(file.as_deref()),
        Wanted::Done(code) => code,
    }
}

/// Opens the window, or plays in the terminal where there is no display to open one on.
fn window(file: Option<&Path>) -> ExitCode {
    terminal::without_display(file)
}
