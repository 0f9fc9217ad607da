//! How a play ends, at which pace it goes, and what it makes of names, ports and programs.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod script_stage;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use script_stage::{MILLI, SERVER, Stage, accepted, received, socket};
use sockeye::model::call::{Outcome, SocketId, ThreadId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Observation, PlayerNote, Role, Threading};
use sockeye::network::Target;
use sockeye::script::options::{AtEnd, Pace, Ports, Reach};

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
    let place = stage.player.state();
    assert_eq!((place.step, place.of, place.line), (0, 3, Some(1)));
    stage.player.step();
    stage.go();
    stage.made(1, Outcome::Ok(socket(1)));
    stage.later(10_000 * MILLI);
    assert_eq!(stage.calls().len(), 1, "one step is one statement");
    let place = stage.player.state();
    assert_eq!((place.step, place.line), (1, Some(3)));
    assert_eq!(place.text.as_deref(), Some("server.listen(1)"));
    assert_eq!(place.narration.as_deref(), Some("Listen now."));
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
fn no_port_is_opened_to_others_unasked() {
    let asked_nothing =
        |script: &str| Stage::with(script, |options| options.reach = Reach::ThisComputer);
    let mut stage = asked_nothing("a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"0.0.0.0\", 0))\n");
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), "close()");
    assert!(stage.failures()[0].2.contains("others can reach"));
    // Without an address a listen takes all addresses there are: also when the bind above it failed.
    let script = format!("{SERVER}server.bind((\"127.0.0.1\", 5000))\nserver.listen(1)\n");
    let mut stage = asked_nothing(&script);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Error(Errno::EADDRINUSE));
    assert_eq!(stage.last_call(), "close()");
    assert!(stage.failures()[1].2.contains("server has no address"));
    let mut stage = asked_nothing(&script);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Ok(Value::None));
    assert_eq!(stage.last_call(), "listen(1)");
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

#[test]
fn the_deadline_of_the_script_does_not_cut_its_closing_short() {
    let mut stage = Stage::with(SERVER, |options| {
        options.deadline = Some(Duration::from_millis(200));
    });
    stage.made(1, Outcome::Ok(socket(1)));
    assert_eq!(stage.last_call(), "close()");
    stage.enter(2);
    stage.later(9000 * MILLI);
    assert!(!stage.player.is_finished(), "its row would be missing");
    stage.end(2, Outcome::Ok(Value::None));
    assert!(stage.player.is_finished());
}
