//! Things go wrong: calls that fail, signals, peers that are gone, a window that stands still, floods, races, and a
//! long day. Each on real sockets, each with the figure it has to hold.
#![allow(
    clippy::disallowed_methods,
    clippy::duplicate_mod,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "clients stand for other programs, whose calls nobody counts; helpers fail as tests do, and print what they measured"
)]
#![cfg(target_os = "linux")]

mod support;
mod window_app;

mod faults {
    mod class;
    mod man;
    mod network;
    mod peers;
    mod race;
    mod slow;
    mod sweep;
}
