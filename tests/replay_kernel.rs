//! The past of real sessions: each script that ships is played on the kernel's sockets, and every moment of it is held
//! against a fold of the facts before it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod replay_support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::event::{Event, PlayerNote};
use sockeye::model::recording::{Limits, Recording};
use sockeye::network::NetworkHandle;
use sockeye::network::kernel::KernelNetwork;
use sockeye::script::catalog;
use sockeye::script::driver;
use sockeye::script::options::{PlayOptions, Ports};

#[test]
fn every_moment_of_the_shipped_scripts_is_what_was_shown_then() {
    for entry in catalog::shown() {
        let network: NetworkHandle = KernelNetwork::start().expect("a network");
        let facts = network.subscribe(Arc::new(|| {}));
        let driver = driver::spawn(Arc::clone(&network), Arc::new(|| {})).expect("a thread");
        let mut options = PlayOptions::terminal(entry.title);
        options.ports = Ports::Free;
        driver.play(entry.script().expect("it reads"), options);
        let mut recording = Recording::new(network.header(), Limits::default());
        let mut events = Vec::new();
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut is_over = false;
        while !is_over || recording.waiting() > 0 {
            let event = facts.wait(deadline).expect("it is played to its end");
            is_over |= matches!(
                event,
                Event::Player {
                    note: PlayerNote::Finished,
                    ..
                }
            );
            recording.apply(event.clone());
            events.push(event);
        }
        let events = replay_support::in_order(events);
        let mut recording = Recording::new(network.header(), Limits::default());
        for event in &events {
            recording.apply(event.clone());
        }
        let moments = replay_support::check(&events, Limits::default(), &recording);
        assert!(
            moments * 2 > recording.len(),
            "{}: {moments} moments, {} rows",
            entry.name,
            recording.len()
        );
    }
}
