//! The model: what a field means, what a call would do and why, and what the recording keeps.
//!
//! Expected values come from the kernel (`tests/data/*.tsv`, measured), the RFCs, and Python as a second
//! implementation.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod beside;
mod cycle;
mod errno;
mod exchange;
mod explain;
mod fields;
mod flow;
mod goal;
mod ladder;
mod lifecycle;
mod next;
mod payload;
mod python;
mod queues;
mod recording;
mod replay;
mod scenes;
mod session;
mod sockets;
mod table;
mod then;
mod words;

#[path = "../replay_support/mod.rs"]
mod replay_support;
