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

impl World {
    /// Types a line that is to wait for a name, and waits until it says so.
    fn typed_waiting(&mut self, line: &str, waiting_for: &str) -> PlayerId {
        let id = self
            .driver
            .type_call(line, PlayOptions::typed(self.known()));
        loop {
            match self.next() {
                DriverEvent::State(state) if state.waiting_for.as_deref() == Some(waiting_for) => {
                    return id;
                }
                DriverEvent::Refused { message, .. } => panic!("{message}"),
                _ => {}
            }
        }
    }

    /// Two UDP sockets, the first with an address.
    fn with_two() -> Self {
        let mut world = Self::new();
        world.typed("one = socket(AF_INET, SOCK_DGRAM)");
        world.typed("two = socket(AF_INET, SOCK_DGRAM)");
        world.until(|recording| recording.sockets().named("two").is_some());
        world.typed("one.bind((\"localhost\", 0))");
        world
    }
}

#[test]
fn a_typed_line_waits_for_a_value_whose_call_is_still_waiting() {
    let mut world = World::with_two();
    world.typed("data, sender = one.recvfrom(64)");
    let reply = world.typed_waiting(
        "one.sendto(data.upper(), sender)",
        "data: data, sender = one.recvfrom(64) has not returned",
    );
    // Another line is not held up by it.
    let sending = world.driver.type_call(
        "two.sendto(b\"late\", one.getsockname())",
        PlayOptions::typed(world.known()),
    );
    let mut open = vec![reply, sending];
    while !open.is_empty() {
        if let DriverEvent::Finished { id, report, .. } = world.next() {
            assert_eq!(report.failures, []);
            open.retain(|other| *other != id);
        }
    }
    world.typed("two.recv(64)");
    world.until(|recording| recording.calls() >= 8 && recording.waiting() == 0);
    let results = world.results();
    assert!(
        results.contains(&"recv b\"LATE\"".to_owned()),
        "{results:?}"
    );
    world.typed("one.sendto(data, sender)");
}

#[test]
fn a_typed_line_says_why_the_value_it_waited_for_never_came() {
    let mut world = World::with_two();
    world.typed("data, sender = one.recvfrom(64)");
    let reply = world.typed_waiting(
        "one.sendto(data, sender)",
        "data: data, sender = one.recvfrom(64) has not returned",
    );
    world.until(|recording| recording.waiting() == 1);
    let interrupt = world
        .driver
        .type_call("interrupt(one)", PlayOptions::typed(world.known()));
    assert!(interrupt > reply);
    let report = world.finished(reply);
    assert_eq!(report.failures.len(), 1);
    assert_eq!(
        &*report.failures[0].got,
        "data has no value: data, sender = one.recvfrom(64) gave interrupted"
    );
}

#[test]
fn a_name_assigned_again_keeps_the_younger_value() {
    let mut world = World::with_two();
    world.typed("data = one.recv(64)");
    world.typed("data = two.getsockname()");
    world.typed("two.sendto(b\"old\", one.getsockname())");
    world.until(|recording| recording.calls() >= 6 && recording.waiting() == 0);
    // The younger value is an address, and so can be sent to; the older one is bytes.
    let id = world.driver.type_call(
        "one.sendto(b\"x\", data)",
        PlayOptions::typed(world.known()),
    );
    let report = world.finished(id);
    let not_an_address =
        |failure: &sockeye::script::options::Failure| failure.got.contains("no address");
    assert!(!report.failures.iter().any(not_an_address), "{report:?}");
}
