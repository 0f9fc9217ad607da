//! The driver's thread on real sockets: pace, typed lines, refusals, several plays at once.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::event::Event;
use sockeye::model::recording::{Limits, Recording};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{NetworkHandle, Subscription};
use sockeye::script::driver::{self, DriverEvent, DriverHandle, Refusal};
use sockeye::script::options::{Known, Pace, PlayOptions, PlayerId, PlayerState, Reach, Report};
use sockeye::script::syntax::{parse, parse_open};

const PATIENCE: Duration = Duration::from_mins(1);

/// A driver on the kernel's network, and the recording of what it does.
struct World {
    driver: DriverHandle,
    events: Subscription,
    recording: Recording,
}

impl World {
    fn new() -> Self {
        let network: NetworkHandle = KernelNetwork::start().unwrap();
        let events = network.subscribe(Arc::new(|| {}));
        Self {
            driver: driver::spawn(Arc::clone(&network), Arc::new(|| {})).unwrap(),
            events,
            recording: Recording::new(network.header(), Limits::default()),
        }
    }

    fn next(&self) -> DriverEvent {
        self.driver.events().recv_timeout(PATIENCE).unwrap()
    }

    fn finished(&self, id: PlayerId) -> Report {
        loop {
            match self.next() {
                DriverEvent::Finished {
                    id: done, report, ..
                } if done == id => return report,
                DriverEvent::Refused { message, .. } => panic!("{message}"),
                _ => {}
            }
        }
    }

    fn state(&self, wanted: impl Fn(&PlayerState) -> bool) -> PlayerState {
        loop {
            if let DriverEvent::State(state) = self.next()
                && wanted(&state)
            {
                return state;
            }
        }
    }

    fn refused(&self) -> (Refusal, u32, String) {
        loop {
            if let DriverEvent::Refused {
                refusal,
                column,
                message,
                ..
            } = self.next()
            {
                return (refusal, column, message.to_string());
            }
        }
    }

    /// Takes events in until the recording is as wanted.
    fn until(&mut self, wanted: impl Fn(&Recording) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.recording) {
            let event: Event = self.events.wait(deadline).unwrap();
            self.recording.apply(event);
        }
    }

    fn known(&self) -> Known {
        Known::sockets(self.recording.sockets())
    }

    /// Makes one typed line into a call, and waits for its end.
    fn typed(&mut self, line: &str) {
        let id = self
            .driver
            .type_call(line, PlayOptions::typed(self.known()));
        let report = self.finished(id);
        assert_eq!(report.failures, [], "{line}");
    }

    fn results(&self) -> Vec<String> {
        (0..self.recording.len())
            .filter_map(|index| self.recording.row(index))
            .map(|row| {
                let sockets = self.recording.sockets();
                format!(
                    "{} {}",
                    row.method(),
                    row.result(sockets, 64).unwrap_or_default()
                )
            })
            .collect()
    }
}

#[test]
fn a_script_stands_still_until_it_is_stepped_or_played() {
    let world = World::new();
    let script =
        parse("# One.\na = socket(AF_INET, SOCK_DGRAM)\n# Two.\na.getsockname()\na.close()\n")
            .unwrap();
    let id = world.driver.play(script, PlayOptions::window("steps"));
    let first = world.state(|_| true);
    assert_eq!((first.step, first.of, first.pace), (0, 3, Pace::Paused));
    assert_eq!(first.narration.as_deref(), Some("One."));
    world.driver.step(id);
    let second = world.state(|state| state.step == 1);
    assert_eq!(second.narration.as_deref(), Some("Two."));
    assert_eq!(second.text.as_deref(), Some("a.getsockname()"));
    world.driver.set_pause(id, Duration::ZERO);
    world.driver.resume(id);
    let report = world.finished(id);
    assert_eq!((report.failures.len(), report.stopped), (0, false));
}

#[test]
fn stopping_a_play_in_the_window_leaves_its_sockets_open() {
    let mut world = World::new();
    let script = parse("a = socket(AF_INET, SOCK_DGRAM)\nsleep(3600)\n").unwrap();
    let mut options = PlayOptions::window("long");
    options.pace = Pace::Playing;
    options.pause = Duration::ZERO;
    let id = world.driver.play(script, options);
    world.state(|state| state.waiting_for.as_deref() == Some("sleep(3600)"));
    world.driver.stop(id);
    assert!(world.finished(id).stopped);
    world.until(|recording| recording.sockets().named("a").is_some());
    assert!(!world.recording.sockets().named("a").unwrap().is_closed());
}

#[test]
fn typed_lines_use_open_sockets_and_earlier_values() {
    let mut world = World::new();
    world.typed("one = socket(AF_INET, SOCK_DGRAM)");
    world.typed("two = socket(AF_INET, SOCK_DGRAM)");
    world.until(|recording| recording.sockets().named("two").is_some());
    world.typed("one.bind((\"localhost\", 0))");
    world.typed("two.sendto(b\"typed\", one.getsockname())");
    world.typed("data, sender = one.recvfrom(64)");
    world.typed("one.sendto(data.upper(), sender)");
    world.typed("two.recv(64)");
    world.until(|recording| recording.calls() >= 8 && recording.waiting() == 0);
    assert!(
        world.results().contains(&"recv b\"TYPED\"".to_owned()),
        "{:?}",
        world.results()
    );
}

#[test]
fn what_is_wrong_with_a_typed_line_comes_back_with_its_column() {
    let world = World::new();
    let typed = |line: &str| {
        world
            .driver
            .type_call(line, PlayOptions::typed(Known::default()));
        world.refused()
    };
    let (refusal, column, message) = typed("client.send(\"text\")");
    assert_eq!((refusal, column), (Refusal::Syntax, 13), "{message}");
    let (refusal, column, message) = typed("client.recv(1)");
    assert_eq!((refusal, column), (Refusal::UnknownName, 1), "{message}");
    assert_eq!(message, "there is no socket named client");
}

#[test]
fn what_others_can_reach_is_refused_until_the_user_was_asked() {
    let world = World::new();
    let script = "a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"0.0.0.0\", 0))\n";
    let mut options = PlayOptions::terminal("reach");
    world.driver.play(parse(script).unwrap(), options.clone());
    assert_eq!(world.refused().0, Refusal::Reachable);
    options.reach = Reach::Anyone;
    let id = world.driver.play(parse(script).unwrap(), options);
    assert_eq!(world.finished(id).failures, []);
}

#[test]
fn a_script_can_go_on_with_a_socket_that_is_open_already() {
    let mut world = World::new();
    world.typed("client = socket(AF_INET, SOCK_DGRAM)");
    world.until(|recording| recording.sockets().named("client").is_some());
    let mut options = PlayOptions::terminal("more");
    options.known = world.known();
    let script = parse_open("client.getpeername()  # -> ENOTCONN\n").unwrap();
    let id = world.driver.play(script, options);
    let report = world.finished(id);
    assert_eq!((report.failures.len(), report.held), (0, 1));
}

#[test]
fn two_scripts_play_side_by_side() {
    let world = World::new();
    let script =
        "a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"127.0.0.1\", 0))\na.recv(1)  # -> waits\n";
    let ids: Vec<PlayerId> = (0..2)
        .map(|_| {
            world
                .driver
                .play(parse(script).unwrap(), PlayOptions::terminal("twin"))
        })
        .collect();
    let mut reports = Vec::new();
    while reports.len() < 2 {
        if let DriverEvent::Finished { id, report, .. } = world.next() {
            assert!(ids.contains(&id));
            reports.push(report);
        }
    }
    assert!(
        reports
            .iter()
            .all(|report| report.failures.is_empty() && report.overdue.is_empty()),
        "{reports:?}"
    );
}
