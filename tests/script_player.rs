//! The player's rules of timing, names, expectations and ends, with a network whose every answer the test gives.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::unbounded;
use sockeye::model::call::{Bytes, Call, CallId, Outcome, ProgramId, SocketId, ThreadId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{
    Ended, Event, Observation, PlayerNote, Role, Stamp, Started, Threading,
};
use sockeye::model::recording::Header;
use sockeye::network::{Network, Request, Subscription, Target, Waker};
use sockeye::script::options::{AtEnd, Pace, PlayOptions, PlayerId, Ports};
use sockeye::script::player::Player;
use sockeye::script::syntax::parse;

const MILLI: u64 = 1_000_000;

/// What the network was asked to do.
#[derive(Default)]
struct Asked {
    calls: Vec<Request>,
    interrupted: Vec<usize>,
    notes: Vec<PlayerNote>,
    programs: Vec<(String, Role, Threading)>,
    observed: Vec<SocketId>,
}

#[derive(Default)]
struct Fake(Mutex<Asked>);

impl Network for Fake {
    fn header(&self) -> Header {
        Header {
            network: "fake".to_owned(),
            platform: String::new(),
            clock: String::new(),
            started: String::new(),
        }
    }

    fn now(&self) -> u64 {
        0
    }

    fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId {
        let mut asked = self.0.lock().unwrap();
        asked.programs.push((name.to_owned(), role, threading));
        ProgramId(asked.programs.len() as u32)
    }

    fn set_threading(&self, _: ProgramId, _: Threading) {}

    fn submit(&self, request: Request) -> CallId {
        let mut asked = self.0.lock().unwrap();
        asked.calls.push(request);
        CallId(asked.calls.len() as u64)
    }

    fn interrupt(&self, call: CallId) {
        self.0.lock().unwrap().interrupted.push(call.0 as usize);
    }

    fn observe(&self, socket: SocketId) {
        self.0.lock().unwrap().observed.push(socket);
    }

    fn note(&self, _: Option<u32>, note: PlayerNote) {
        self.0.lock().unwrap().notes.push(note);
    }

    fn subscribe(&self, _: Waker) -> Subscription {
        Subscription::new(unbounded().1, || {})
    }
}

/// A player on a fake network, at a time the test moves. Calls are numbered from 1, in the order submitted.
struct Stage {
    fake: Fake,
    player: Player,
    now: u64,
    next: Option<u64>,
    seq: u64,
}

impl Stage {
    fn with(script: &str, change: impl FnOnce(&mut PlayOptions)) -> Self {
        let mut options = PlayOptions::terminal("test");
        change(&mut options);
        let script = Arc::new(parse(script).unwrap());
        let mut stage = Self {
            fake: Fake::default(),
            player: Player::new(PlayerId(1), script, options),
            now: 1000,
            next: None,
            seq: 0,
        };
        stage.go();
        stage
    }

    fn new(script: &str) -> Self {
        Self::with(script, |_| {})
    }

    fn go(&mut self) {
        self.next = self.player.advance(&self.fake, self.now);
    }

    fn later(&mut self, nanos: u64) {
        self.now += nanos;
        self.go();
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.now,
        }
    }

    fn started(&mut self, call: usize) -> Started {
        let stamp = self.stamp();
        let request = self.fake.0.lock().unwrap().calls[call - 1].clone();
        Started {
            id: CallId(call as u64),
            stamp,
            thread: ThreadId(7),
            program: ProgramId(1),
            socket: match request.target {
                Target::Socket(socket) => Some(socket),
                Target::Program(_) => None,
            },
            fd: None,
            call: request.call,
            name: None,
            line: None,
            part: None,
            at_end: false,
        }
    }

    fn ended(&mut self, call: usize, outcome: Outcome) -> Ended {
        Ended {
            id: CallId(call as u64),
            stamp: self.stamp(),
            outcome,
            offset: None,
            retries: 0,
            note: None,
        }
    }

    /// The call enters its system call.
    fn enter(&mut self, call: usize) {
        let started = self.started(call);
        self.player.take(&Event::Started(started));
        self.go();
    }

    /// The call, which has entered before, returns.
    fn end(&mut self, call: usize, outcome: Outcome) {
        let ended = self.ended(call, outcome);
        self.player.take(&Event::Ended(ended));
        self.go();
    }

    /// The call returns at once.
    fn made(&mut self, call: usize, outcome: Outcome) {
        let event = Event::Made(self.started(call), self.ended(call, outcome));
        self.player.take(&event);
        self.go();
    }

    /// All calls submitted from `from` on return at once, sockets with the number of their call.
    fn all_made(&mut self, from: usize) {
        let mut call = from;
        while call <= self.calls().len() {
            let is_socket = self.calls()[call - 1].starts_with("socket(");
            let value = if is_socket {
                socket(call as u32)
            } else {
                Value::None
            };
            self.made(call, Outcome::Ok(value));
            call += 1;
        }
    }

    fn calls(&self) -> Vec<String> {
        let asked = self.fake.0.lock().unwrap();
        asked
            .calls
            .iter()
            .map(|request| request.call.python(64))
            .collect()
    }

    fn last_call(&self) -> String {
        self.calls().last().cloned().unwrap_or_default()
    }

    fn request(&self, call: usize) -> Request {
        self.fake.0.lock().unwrap().calls[call - 1].clone()
    }

    fn failures(&self) -> Vec<(u32, String, String)> {
        self.player
            .report()
            .failures
            .iter()
            .map(|failure| {
                (
                    failure.line,
                    failure.expected.to_string(),
                    failure.got.to_string(),
                )
            })
            .collect()
    }
}

fn socket(id: u32) -> Value {
    Value::Socket {
        id: SocketId(id),
        fd: 3,
        peer: None,
    }
}

fn accepted(id: u32) -> Outcome {
    Outcome::Ok(Value::Socket {
        id: SocketId(id),
        fd: 9,
        peer: Some("127.0.0.1:40000".parse().unwrap()),
    })
}

fn received(bytes: &[u8]) -> Outcome {
    Outcome::Ok(Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer: None,
        lost: 0,
    })
}

const SERVER: &str = "server = socket(AF_INET, SOCK_STREAM)\n";

#[test]
fn the_next_statement_comes_only_when_the_last_has_returned() {
    let mut stage = Stage::new(&format!("{SERVER}server.close()\n"));
    assert_eq!(stage.calls(), ["socket(AF_INET, SOCK_STREAM)"]);
    stage.later(500 * MILLI);
    assert_eq!(
        stage.calls().len(),
        1,
        "it has not even entered its system call"
    );
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), "close()");
    assert_eq!(stage.request(2).target, Target::Socket(SocketId(1)));
}

#[test]
fn a_call_that_waits_50_ms_lets_the_next_statement_go() {
    let mut stage = Stage::new(&format!("{SERVER}server.accept()\nserver.getsockname()\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.later(3 * MILLI);
    stage.enter(2);
    assert_eq!(stage.next, Some(stage.now + 50 * MILLI));
    stage.later(50 * MILLI - 1);
    assert_eq!(stage.last_call(), "accept()");
    stage.later(1);
    assert_eq!(stage.last_call(), "getsockname()");
}

#[test]
fn a_call_queued_behind_another_does_not_hold_the_script_up() {
    let mut stage = Stage::new(&format!("{SERVER}server.accept()\nserver.getsockname()\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.player.take(&Event::Queued {
        id: CallId(2),
        socket: Some(SocketId(1)),
        method: Call::Accept.method(),
        thread: ThreadId(1),
    });
    stage.later(50 * MILLI - 1);
    assert_eq!(stage.last_call(), "accept()");
    stage.later(1);
    assert_eq!(stage.last_call(), "getsockname()");
}

const ACCEPT: &str = "server = socket(AF_INET, SOCK_STREAM)
conn, peer = server.accept()
data = conn.recv(10)
conn.send(data.upper())
server.connect(peer)
";

#[test]
fn a_statement_waits_for_the_value_it_needs() {
    let mut stage = Stage::with(ACCEPT, |options| options.deadline = None);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    stage.later(60 * MILLI);
    assert_eq!(stage.last_call(), "accept()", "conn is not there");
    assert_eq!(stage.next, None, "without a deadline only an event helps");
    let waiting = stage.player.state().waiting_for.unwrap();
    assert_eq!(
        &*waiting,
        "conn: conn, peer = server.accept() has not returned"
    );
    stage.later(3_600_000 * MILLI);
    assert_eq!(stage.last_call(), "accept()");
    stage.end(2, accepted(5));
    assert_eq!(stage.last_call(), "recv(10)");
    assert_eq!(stage.request(3).target, Target::Socket(SocketId(5)));
    stage.made(3, received("hello é".as_bytes()));
    assert_eq!(stage.last_call(), r#"send(b"HELLO \xc3\xa9")"#);
    stage.made(4, Outcome::Ok(Value::Sent(8)));
    assert_eq!(stage.last_call(), r#"connect(("127.0.0.1", 40000))"#);
}

#[test]
fn the_deadline_ends_the_wait_for_a_value_and_the_script_goes_on() {
    let mut stage = Stage::new(ACCEPT);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    stage.later(50 * MILLI);
    assert_eq!(stage.next, Some(stage.now + 5000 * MILLI));
    stage.later(5000 * MILLI);
    let overdue: Vec<(u32, &str)> = stage
        .player
        .report()
        .overdue
        .iter()
        .map(|overdue| (overdue.line, &*overdue.text))
        .collect();
    assert_eq!(overdue, [(2, "conn, peer = server.accept()")]);
    assert_eq!(stage.failures(), [], "what was never called did not fail");
    assert_eq!(
        stage.last_call(),
        "close()",
        "nothing waits a second time for the same call"
    );
}

#[test]
fn a_name_whose_call_failed_fails_at_once() {
    let mut stage = Stage::new(ACCEPT);
    stage.made(1, Outcome::Ok(socket(1)));
    let before = stage.now;
    stage.made(2, Outcome::Error(Errno::EINVAL));
    assert_eq!(stage.now, before);
    let lines: Vec<u32> = stage.failures().iter().map(|failure| failure.0).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
    assert_eq!(
        stage.failures()[0],
        (2, "no error".to_owned(), "EINVAL".to_owned())
    );
    assert!(stage.failures()[1].2.contains("conn has no value"));
    assert_eq!(stage.last_call(), "close()", "it is at its end already");
}

/// Plays `server.recv(5)` with an expectation: it waits so long and then ends so. Returns expected and got, if they differ.
fn judged(expectation: &str, waited: u64, outcome: Outcome) -> Option<(String, String)> {
    let mut stage = Stage::new(&format!("{SERVER}server.recv(5)  # -> {expectation}\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    stage.later(waited);
    stage.end(2, outcome);
    stage.all_made(3);
    assert!(stage.player.is_finished());
    stage
        .failures()
        .first()
        .map(|failure| (failure.1.clone(), failure.2.clone()))
}

#[test]
fn expectations_are_judged() {
    let hello = || received(b"hello");
    let eagain = || Outcome::Error(Errno::EAGAIN);
    let number = |n| Outcome::Ok(Value::Integer(n));
    assert_eq!(judged("b\"hello\"", 0, hello()), None);
    assert_eq!(judged("ok", 0, hello()), None);
    assert_eq!(judged("EAGAIN", 0, eagain()), None);
    assert_eq!(judged("EWOULDBLOCK", 0, eagain()), None);
    assert_eq!(judged("ENOTSUP", 0, Outcome::Error(Errno(95))), None);
    assert_eq!(judged("-3", 0, number(-3)), None);
    assert_eq!(judged("interrupted", 0, Outcome::Interrupted), None);
    assert_eq!(judged("waits, then b\"hello\"", 50 * MILLI, hello()), None);
    assert_eq!(
        judged("b\"hello\"", 90 * MILLI, hello()),
        None,
        "nothing is said of waiting"
    );
    let differs = |expected: &str, got: &str| Some((expected.to_owned(), got.to_owned()));
    assert_eq!(
        judged("b\"hallo\"", 0, hello()),
        differs("b\"hallo\"", "b\"hello\"")
    );
    assert_eq!(judged("ok", 0, eagain()), differs("ok", "EAGAIN"));
    assert_eq!(
        judged("EAGAIN", 0, hello()),
        differs("EAGAIN", "b\"hello\"")
    );
    assert_eq!(judged("5", 0, number(6)), differs("5", "6"));
    assert_eq!(
        judged("waits", 50 * MILLI - 1, hello()),
        differs("waits", "b\"hello\"")
    );
    assert_eq!(
        judged("waits, then EPIPE", 60 * MILLI, hello()),
        differs("waits, then EPIPE", "b\"hello\"")
    );
    assert_eq!(
        judged("waits", 60 * MILLI, Outcome::Error(Errno::ECONNRESET)),
        differs("waits", "ECONNRESET")
    );
}

#[test]
fn an_errno_that_nobody_expected_counts_as_a_failure() {
    let mut stage = Stage::new(&format!("{SERVER}server.listen(1)\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Error(Errno::EADDRINUSE));
    assert_eq!(
        stage.failures(),
        [(2, "no error".to_owned(), "EADDRINUSE".to_owned())]
    );
    let notes = &stage.fake.0.lock().unwrap().notes;
    assert!(
        notes.iter().any(
            |note| matches!(note, PlayerNote::Unexpected { got, .. } if &**got == "EADDRINUSE")
        )
    );
}

#[test]
fn a_sendall_is_over_when_all_its_parts_are_sent() {
    let mut stage = Stage::new(&format!(
        "{SERVER}server.sendall(b\"A\" * 100)  # -> ok\nserver.sendall(b\"B\" * 9)  # -> 9\n"
    ));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Ok(Value::Sent(60)));
    assert_eq!(stage.calls().len(), 2, "forty bytes are still to go");
    stage.made(2, Outcome::Ok(Value::Sent(40)));
    stage.made(3, Outcome::Ok(Value::Sent(4)));
    stage.made(3, Outcome::Ok(Value::Sent(5)));
    assert_eq!(stage.failures(), []);
    assert_eq!(stage.player.report().held, 2);
}

const PAIR: &str = "server = socket(AF_INET, SOCK_STREAM)
client = socket(AF_INET, SOCK_STREAM)
peer_a = socket(AF_INET, SOCK_DGRAM)
server.listen(1)
conn, peer = server.accept()
client.recv(1)  # -> waits
peer_a.recvfrom(1)
";

fn played_pair(at_end: AtEnd) -> Stage {
    let mut stage = Stage::with(PAIR, |options| options.at_end = at_end);
    for (call, id) in [(1, 1), (2, 2), (3, 3)] {
        stage.made(call, Outcome::Ok(socket(id)));
    }
    stage.made(4, Outcome::Ok(Value::None));
    stage.made(5, accepted(4));
    stage.enter(6);
    stage.later(50 * MILLI);
    stage.enter(7);
    stage.later(50 * MILLI);
    stage
}

#[test]
fn at_the_end_marked_calls_are_interrupted_the_rest_runs_and_clients_close_first() {
    let mut stage = played_pair(AtEnd::CloseAll);
    assert_eq!(stage.fake.0.lock().unwrap().interrupted, [6]);
    stage.end(6, Outcome::Interrupted);
    assert_eq!(
        stage.last_call(),
        "recvfrom(1)",
        "it has until the deadline"
    );
    stage.later(1000 * MILLI);
    stage.end(7, received(b"x"));
    stage.all_made(8);
    let closed: Vec<(Target, bool, &str)> = stage.fake.0.lock().unwrap().calls[7..]
        .iter()
        .map(|request| (request.target, request.at_end, request.call.method().name()))
        .collect();
    let order = [2, 3, 4, 1].map(|id| (Target::Socket(SocketId(id)), true, "close"));
    assert_eq!(closed, order, "client, peer, connection, listener");
    assert!(stage.player.is_finished());
    assert_eq!(stage.failures(), []);
}

#[test]
fn at_the_end_the_deadline_names_what_still_waits() {
    let mut stage = played_pair(AtEnd::CloseAll);
    stage.end(6, Outcome::Interrupted);
    stage.later(5000 * MILLI);
    assert_eq!(stage.player.report().overdue[0].line, 7);
    assert_eq!(stage.last_call(), "close()");
}

#[test]
fn in_the_window_sockets_stay_open_and_calls_go_on_waiting() {
    let stage = played_pair(AtEnd::LeaveOpen);
    assert!(stage.player.is_finished());
    assert!(stage.fake.0.lock().unwrap().interrupted.is_empty());
    assert_eq!(stage.last_call(), "recvfrom(1)");
}

#[test]
fn stopping_ends_what_waits_and_closes_all() {
    let mut stage = Stage::new(&format!("{SERVER}server.accept()\nsleep(9)\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    stage.later(50 * MILLI);
    stage.player.stop(&stage.fake, stage.now);
    stage.go();
    assert_eq!(stage.fake.0.lock().unwrap().interrupted, [2]);
    assert_eq!(stage.last_call(), "close()");
    stage.end(2, Outcome::Interrupted);
    stage.all_made(3);
    assert!(stage.player.is_finished() && stage.player.report().stopped);
}

#[test]
fn the_pace_is_the_users() {
    let script = format!("{SERVER}# Listen now.\nserver.listen(1)\nserver.close()\n");
    let mut stage = Stage::with(&script, |options| {
        options.pace = Pace::Paused;
        options.pause = Duration::from_millis(700);
    });
    assert_eq!(stage.calls().len(), 0);
    let state = stage.player.state();
    assert_eq!((state.step, state.of, state.line), (0, 3, Some(1)));
    stage.player.step();
    stage.go();
    stage.made(1, Outcome::Ok(socket(1)));
    stage.later(10_000 * MILLI);
    assert_eq!(stage.calls().len(), 1, "one step is one statement");
    let state = stage.player.state();
    assert_eq!((state.step, state.line), (1, Some(3)));
    assert_eq!(state.text.as_deref(), Some("server.listen(1)"));
    assert_eq!(state.narration.as_deref(), Some("Listen now."));
    stage.player.set_pace(Pace::Playing);
    stage.go();
    stage.made(2, Outcome::Ok(Value::None));
    assert_eq!(stage.next, Some(stage.now + 700 * MILLI));
    stage.later(700 * MILLI - 1);
    assert_eq!(stage.calls().len(), 2);
    stage.later(1);
    assert_eq!(stage.last_call(), "close()");
}

#[test]
fn each_socket_has_a_program_by_its_variable() {
    let script = "# program server: one thread
listener = socket(AF_INET, SOCK_STREAM)
listener.listen(1)
server = socket(AF_INET, SOCK_DGRAM)
peer_b = socket(AF_INET, SOCK_DGRAM)
browser = socket(AF_INET6, SOCK_STREAM)
";
    let mut stage = Stage::new(script);
    stage.all_made(1);
    let programs = &stage.fake.0.lock().unwrap().programs;
    let each = Threading::ThreadPerSocket;
    assert_eq!(
        *programs,
        [
            ("listener".to_owned(), Role::Server, each),
            ("server".to_owned(), Role::Server, Threading::OneThread),
            ("peer_b".to_owned(), Role::Peer, each),
            ("browser".to_owned(), Role::Client, each),
        ]
    );
}

#[test]
fn a_nested_getsockname_is_a_row_of_its_own_before_the_call() {
    let script = format!(
        "{SERVER}client = socket(AF_INET, SOCK_STREAM)\nclient.connect(server.getsockname())\n"
    );
    let mut stage = Stage::new(&script);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Ok(socket(2)));
    assert_eq!(stage.last_call(), "getsockname()");
    assert_eq!(stage.request(3).target, Target::Socket(SocketId(1)));
    let address: SocketAddr = "127.0.0.1:6543".parse().unwrap();
    stage.made(3, Outcome::Ok(Value::Address(address)));
    assert_eq!(stage.last_call(), r#"connect(("127.0.0.1", 6543))"#);
    assert_eq!(stage.request(4).target, Target::Socket(SocketId(2)));
}

#[test]
fn localhost_is_the_loopback_address_of_the_sockets_family() {
    let script = "a = socket(AF_INET6, SOCK_DGRAM)\na.bind((\"localhost\", 0))\n";
    let mut stage = Stage::new(script);
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), r#"bind(("::1", 0))"#);
}

#[test]
fn sleep_and_interrupt() {
    let script = format!(
        "{SERVER}server.accept()  # -> waits, then interrupted\nsleep(0.25)\ninterrupt(server)\nserver.close()\ninterrupt(server)\n"
    );
    let mut stage = Stage::new(&script);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    stage.later(50 * MILLI);
    assert_eq!(stage.next, Some(stage.now + 250 * MILLI));
    stage.later(250 * MILLI);
    assert_eq!(stage.fake.0.lock().unwrap().interrupted, [2]);
    assert_eq!(
        stage.last_call(),
        "accept()",
        "interrupt returns when the call has ended"
    );
    stage.end(2, Outcome::Interrupted);
    assert_eq!(stage.last_call(), "close()");
    stage.made(3, Outcome::Ok(Value::None));
    assert_eq!(
        stage.failures(),
        [(6, "a call".to_owned(), "nothing waits on server".to_owned())]
    );
    assert_eq!(stage.player.report().held, 1);
}

#[test]
fn free_ports_are_the_systems_choice_wherever_the_port_is_written() {
    let script = "server = socket(AF_INET, SOCK_DGRAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.sendto(b\"x\", (\"127.0.0.1\", 5000))\n";
    let mut stage = Stage::with(script, |options| options.ports = Ports::Free);
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), r#"bind(("127.0.0.1", 0))"#);
    stage.made(2, Outcome::Ok(Value::None));
    assert_eq!(stage.fake.0.lock().unwrap().observed, [SocketId(1)]);
    let observation = Observation {
        local: Some("127.0.0.1:41234".parse().unwrap()),
        ..Observation::default()
    };
    let stamp = stage.stamp();
    stage.player.take(&Event::Observed {
        stamp,
        socket: SocketId(1),
        observation,
    });
    stage.go();
    assert_eq!(stage.last_call(), r#"sendto(b"x", ("127.0.0.1", 41234))"#);
    let mapped = PlayerNote::PortMapped {
        written: 5000,
        used: 41234,
    };
    assert!(stage.fake.0.lock().unwrap().notes.contains(&mapped));
}

#[test]
fn an_address_others_can_reach_is_not_bound_unasked() {
    let script = "a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"0.0.0.0\", 0))\n";
    let mut stage = Stage::new(script);
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), "close()");
    assert!(stage.failures()[0].2.contains("others can reach"));
}

#[test]
fn a_failed_thread_is_a_failure_and_no_endless_wait() {
    let mut stage = Stage::new(&format!("{SERVER}data = server.recv(1)\nserver.close()\n"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.enter(2);
    let stamp = stage.stamp();
    stage.player.take(&Event::WorkerPanicked {
        stamp,
        thread: ThreadId(7),
        message: Arc::from("boom"),
    });
    stage.go();
    assert_eq!(stage.last_call(), "close()");
    assert_eq!(stage.failures()[0].0, 2);
}
