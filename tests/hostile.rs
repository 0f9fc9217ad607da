//! Whatever arrives from a peer or a file is data, and whatever happens while a file is saved, it is the old or the new.
//!
//! - `driven`: every reader reads or refuses, whatever it is given; `readers` says what holds of each.
//! - `exports`: every hostile text in every format.
//! - `saves`: saves that are killed, or find no room.
//! - `terminal`: what the built program prints of them.
//! - `texts`: the hostile texts.
//! - `window`: every frame on them, and the clipboard.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "the support of the terminal and that of the window have one deadline"
)]
#![cfg(target_os = "linux")]

mod common;
#[path = "hostile/driven.rs"]
mod driven;
mod export_support;
#[path = "hostile/exports.rs"]
mod exports;
#[path = "support/processor.rs"]
mod processor;
#[path = "hostile/readers.rs"]
mod readers;
#[path = "hostile/saves.rs"]
mod saves;
#[path = "hostile/terminal.rs"]
mod terminal;
#[path = "hostile/texts.rs"]
mod texts;
#[path = "hostile/window.rs"]
mod window;
mod window_app;
