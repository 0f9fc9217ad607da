//! Crowds: very many connections from another process, served by one program in one window.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and say what they measured"
)]

#[path = "../support/alone.rs"]
#[allow(dead_code, reason = "each test binary uses its part")]
mod alone;
#[path = "../window_app/mod.rs"]
mod window_app;

mod clients;
mod full;
mod many;
mod process;
mod rest;
mod scene;
mod served;

/// How long a test waits for what must come.
const DEADLINE: std::time::Duration = std::time::Duration::from_mins(1);
