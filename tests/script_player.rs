//! The player's rules of timing, names and expectations.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod script_stage;

use std::time::Duration;

use script_stage::{MILLI, SERVER, Stage, accepted, received, socket};
use sockeye::model::call::{Call, CallId, Outcome, SocketId, ThreadId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, PlayerNote};
use sockeye::network::Target;

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

const BOTH: &str = "server = socket(AF_INET, SOCK_STREAM)\nclient = socket(AF_INET, SOCK_STREAM)\n";

/// The third call, which entered its system call this long ago, and what was called after it.
fn after(statements: &str, waited: u64) -> Vec<String> {
    let mut stage = Stage::new(&format!("{BOTH}{statements}"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Ok(socket(2)));
    stage.enter(3);
    stage.later(waited);
    stage.calls()[3..].to_vec()
}

#[test]
fn a_call_that_returns_by_itself_is_not_overtaken_however_slow() {
    for slow in [
        "client.connect((\"127.0.0.1\", 5000))",
        "client.send(b\"x\")",
        "client.sendall(b\"x\")",
        "client.sendto(b\"x\", (\"127.0.0.1\", 5000))",
        "client.bind((\"127.0.0.1\", 5000))",
        "client.listen(1)",
        "client.setblocking(False)",
        "client.recv(1)  # -> EAGAIN",
        "client.accept()  # -> EAGAIN",
    ] {
        let script = format!("{slow}\nserver.getsockname()\n");
        assert_eq!(after(&script, 5000 * MILLI - 1), [""; 0], "{slow}");
        assert_eq!(after(&script, 5000 * MILLI), ["getsockname()"], "{slow}");
        let slept = format!("{slow}\nsleep(0.01)\nserver.getsockname()\n");
        assert_eq!(after(&slept, 4000 * MILLI), [""; 0], "{slow}");
    }
    for waits in [
        "client.send(b\"x\")  # -> waits, then 1",
        "client.connect((\"127.0.0.1\", 5000))  # -> interrupted",
        "client.recv(1)",
        "client.recvfrom(1)  # -> b\"x\"",
        "client.accept()",
    ] {
        let script = format!("{waits}\nserver.getsockname()\n");
        assert_eq!(after(&script, 50 * MILLI - 1), [""; 0], "{waits}");
        assert_eq!(after(&script, 50 * MILLI), ["getsockname()"], "{waits}");
    }
}

#[test]
fn without_a_deadline_a_call_that_fills_a_buffer_is_left_behind_in_the_end() {
    let script = format!("{BOTH}client.send(b\"A\" * 9000000)\nserver.recv(10)\n");
    let mut stage = Stage::with(&script, |options| options.deadline = None);
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, Outcome::Ok(socket(2)));
    stage.enter(3);
    assert_eq!(stage.next, Some(stage.now + 5000 * MILLI));
    stage.later(5000 * MILLI);
    assert_eq!(stage.last_call(), "recv(10)");
}

#[test]
fn what_follows_on_the_same_socket_waits_for_a_call_left_behind() {
    let held = |statement: &str| {
        let script = format!("client.recv(9)  # -> b\"hello\"\n{statement}\n");
        after(&script, 4000 * MILLI).is_empty()
    };
    assert!(held("client.shutdown(SHUT_WR)"));
    assert!(held("client.setblocking(False)"));
    assert!(held("client.send(b\"x\")"));
    assert!(held("client.close()"));
    assert!(!held("client.getsockname()"), "a question");
    assert!(!held("server.listen(1)"), "another socket");
    for marked in ["waits", "waits, then b\"x\"", "interrupted"] {
        let script = format!("client.recv(9)  # -> {marked}\nclient.setblocking(False)\n");
        assert_eq!(after(&script, 50 * MILLI), ["setblocking(False)"]);
    }
    assert_eq!(
        after("client.recv(9)\nclient.close()\n", 50 * MILLI),
        ["close()"],
        "closing is what ends it"
    );
}

#[test]
fn a_call_left_behind_holds_up_its_socket_until_it_ends_or_the_deadline_passes() {
    let script = format!("{BOTH}client.recv(9)\nclient.shutdown(SHUT_WR)\nclient.send(b\"x\")\n");
    let staged = |deadline| {
        let mut stage = Stage::with(&script, |options| options.deadline = deadline);
        stage.made(1, Outcome::Ok(socket(1)));
        stage.made(2, Outcome::Ok(socket(2)));
        stage.enter(3);
        stage.later(50 * MILLI);
        let waiting = stage.player.state().waiting_for.unwrap();
        assert_eq!(&*waiting, "client.recv(9) has not returned");
        stage
    };
    let mut stage = staged(None);
    stage.later(3_600_000 * MILLI);
    assert_eq!(stage.last_call(), "recv(9)");
    stage.end(3, received(b"hello"));
    assert_eq!(stage.last_call(), "shutdown(SHUT_WR)");
    let mut stage = staged(Some(Duration::from_secs(5)));
    stage.later(5000 * MILLI);
    assert_eq!(stage.last_call(), "shutdown(SHUT_WR)");
    stage.made(4, Outcome::Ok(Value::None));
    assert_eq!(
        stage.last_call(),
        r#"send(b"x")"#,
        "it is not waited for twice"
    );
    assert_eq!(stage.player.report().overdue[0].line, 3);
}
