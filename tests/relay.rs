//! Relays on real sockets: what they do to bytes and datagrams, how scripts and the window start them. Their clients
//! and targets know nothing of Sockeye.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::duplicate_mod,
    reason = "clients stand for other programs, whose calls nobody counts; helpers of tests fail as tests do; how long \
              a test waits is said in one place"
)]

mod common;
mod support;
mod window_app;

#[path = "relay/line.rs"]
mod line;
#[path = "relay/plan.rs"]
mod plan;
#[path = "relay/script.rs"]
mod script;
#[path = "relay/tcp.rs"]
mod tcp;
#[path = "relay/udp.rs"]
mod udp;
#[path = "relay/window.rs"]
mod window;
