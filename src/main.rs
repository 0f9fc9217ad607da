//! Sockeye.
use std::process::ExitCode;

fn main() -> ExitCode {
    match sockeye::app::run(None) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
