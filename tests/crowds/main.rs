//! Crowds: very many connections from another process, served by one program in one window.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../window_app/mod.rs"]
mod window_app;

mod clients;
mod full;
mod many;
mod process;
mod scene;
mod served;
