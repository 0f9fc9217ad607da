//! The exercises: each is met by its last hint on real sockets, and by nothing less; a bad file is refused with its line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::event::Event;
use sockeye::model::flow::Flow;
use sockeye::model::goal::Judge;
use sockeye::model::recording::{Limits, Recording};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{NetworkHandle, Subscription};
use sockeye::script::driver::{self, DriverEvent, DriverHandle};
use sockeye::script::exercise::{Exercise, MAX_TASK, course, parse};
use sockeye::script::options::{AtEnd, PlayOptions, PlayerId, Ports};
use sockeye::script::syntax;

const PATIENCE: Duration = Duration::from_mins(1);

/// A player on real sockets, and a judge of what it does.
struct Stage {
    network: NetworkHandle,
    driver: DriverHandle,
    events: Subscription,
    recording: Recording,
    flow: Flow,
    judge: Judge,
}

impl Stage {
    fn new(exercise: &Exercise) -> Self {
        let network: NetworkHandle = KernelNetwork::start().expect("a network");
        let events = network.subscribe(Arc::new(|| {}));
        let recording = Recording::new(network.header(), Limits::default());
        Self {
            driver: driver::spawn(Arc::clone(&network), Arc::new(|| {})).expect("a thread"),
            judge: Judge::new(exercise.goal.clone(), &recording, network.now()),
            flow: Flow::default(),
            network,
            events,
            recording,
        }
    }

    fn take(&mut self, event: Event) {
        let change = self.recording.apply(event);
        self.flow.take(change, &self.recording);
        self.look();
    }

    fn look(&mut self) {
        while self
            .judge
            .look(&self.recording, &self.flow, self.network.now())
        {}
    }

    /// Plays these calls to their end, and takes in all that happened.
    fn play(&mut self, calls: &str) -> PlayerId {
        let script = syntax::parse_open(calls).expect("calls");
        let options = PlayOptions {
            ports: Ports::Free,
            at_end: AtEnd::LeaveOpen,
            ..PlayOptions::terminal("an exercise")
        };
        self.driver.play(script, options)
    }

    /// Takes in events until the play has finished.
    fn finish(&mut self, id: PlayerId) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let soon = deadline.min(Instant::now() + Duration::from_millis(20));
            if let Some(event) = self.events.wait(soon) {
                self.take(event);
            }
            self.look();
            while let Ok(event) = self.driver.events().try_recv() {
                match event {
                    DriverEvent::Finished {
                        id: done, report, ..
                    } if done == id => {
                        assert_eq!(report.failures, [], "{}", self.log());
                        return;
                    }
                    DriverEvent::Refused { message, .. } => panic!("{message}"),
                    _ => {}
                }
            }
            assert!(Instant::now() < deadline, "it never ended:\n{}", self.log());
        }
    }

    /// Takes in events until the goal is met.
    fn met(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while self.judge.met().is_none() {
            assert!(Instant::now() < deadline, "never met:\n{}", self.log());
            let soon = deadline.min(Instant::now() + Duration::from_millis(20));
            if let Some(event) = self.events.wait(soon) {
                self.take(event);
            }
            self.look();
        }
        let row = self.judge.met().expect("it was met");
        let entry = self.recording.numbered(row).expect("a row");
        entry.text(self.recording.sockets(), 64)
    }

    fn log(&self) -> String {
        let rows = (0..self.recording.len()).filter_map(|index| self.recording.row(index));
        let sockets = self.recording.sockets();
        let lines: Vec<String> = rows
            .map(|row| format!("{} -> {:?}", row.text(sockets, 64), row.result(sockets, 64)))
            .collect();
        lines.join("\n")
    }
}

fn exercises() -> Vec<Arc<Exercise>> {
    course().expect("the file that ships")
}

#[test]
fn every_last_hint_makes_it_happen() {
    for exercise in exercises() {
        let mut stage = Stage::new(&exercise);
        let id = stage.play(&exercise.calls);
        stage.finish(id);
        let row = stage.met();
        let method = exercise.calls.lines().rev().find(|line| line.contains('.'));
        assert!(method.is_some(), "{}: {row}", exercise.name);
        println!("{}: {row}", exercise.name);
    }
}
