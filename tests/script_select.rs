//! `select` in the call language: how it is written, what is refused, and how the player makes it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod script_stage;

use std::sync::Arc;
use std::time::Duration;

use script_stage::{MILLI, Stage, accepted, socket};
use sockeye::model::call::{Call, Outcome, ProgramId, SocketId, SocketLists, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::PlayerNote;
use sockeye::network::Target;
use sockeye::script::ast::{Action, Invocation};
use sockeye::script::options::Held;
use sockeye::script::syntax::parse_open;

const SERVER: &str = "server = socket(AF_INET, SOCK_STREAM)\nconn, peer = server.accept()\n";

/// A stage with `server`, #1, and `conn`, #2, that has issued the first of `statements` as call 3.
fn watching(statements: &str) -> Stage {
    let mut stage = Stage::new(&format!("{SERVER}{statements}"));
    stage.made(1, Outcome::Ok(socket(1)));
    stage.made(2, accepted(2));
    stage
}

fn ready(lists: [&[u32]; 3]) -> Outcome {
    let [read, write, except] = lists.map(|list| list.iter().map(|id| SocketId(*id)).collect());
    Outcome::Ok(Value::Ready(Arc::new(SocketLists {
        read,
        write,
        except,
    })))
}

fn refusal(text: &str) -> String {
    match parse_open(text) {
        Ok(script) => panic!("{text:?} was read as {script:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn it_reads_as_python_writes_it() {
    let second = Duration::from_secs(1);
    for (text, timeout) in [
        ("select([a], [b, a], [], 5.0)", Some(5 * second)),
        ("select([a], [b, a], [], 5)", Some(5 * second)),
        ("select([a], [b, a], [], .5)", Some(second / 2)),
        ("select([a], [b, a,], [], 0)", Some(Duration::ZERO)),
        ("select([a], [b, a], [])", None),
        ("select([a], [b, a], [], None)", None),
        ("x, y, z = select([a], [b, a], [], None)", None),
        ("x = select([a], [b, a], [])", None),
    ] {
        let script = parse_open(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let Action::Call {
            on: None,
            invocation:
                Invocation::Select {
                    lists,
                    timeout: read,
                },
        } = &script.statements[0].action
        else {
            panic!("{text}")
        };
        assert_eq!(lists.to_string(), "[a], [b, a], []", "{text}");
        assert_eq!(*read, timeout, "{text}");
        let written = script.statements[0].to_string();
        let again = parse_open(&written).unwrap();
        assert_eq!(again.statements[0].action, script.statements[0].action);
    }
}

#[test]
fn what_is_no_select_is_refused_with_its_column() {
    for (text, words) in [
        ("select()", "column 8: expected `[` before names of sockets"),
        (
            "select([a])",
            "column 11: expected `,` and the next list: select takes three",
        ),
        (
            "select([a], [])",
            "column 15: expected `,` and the next list",
        ),
        (
            "select([a], [], [], -1)",
            "column 21: expected a number of seconds",
        ),
        ("select([a], [], [], 3601)", "expected at most 3600 seconds"),
        ("select([a] [], [])", "column 12: expected `,`"),
        (
            "select([a b], [], [])",
            "column 11: expected `,` between two names",
        ),
        (
            "select([1], [], [])",
            "column 9: expected the name of a socket",
        ),
        (
            "select([], [], [], 1)",
            "column 8: expected the name of a socket in one of the lists",
        ),
        ("select.select([a], [], [])", "names stand alone here"),
        ("select = socket()", "`select` can't be a name here"),
        ("a.select([a], [], [])", "there is no method `select` here"),
        (
            "x, y = select([a], [], [])",
            "column 1: select() gives three lists",
        ),
        (
            "x = select([a], [], [])\nx.recv(1)",
            "line 2, column 1: `x` holds lists of sockets",
        ),
        (
            "select([a], [], [])  # -> [b]",
            "`b` is in no list of this call",
        ),
        ("a.recv(1)  # -> [a]", "`a` is in no list of this call"),
        ("select([a], [], [])  # -> [a], []", "and the third list"),
        (
            "d = a.recv(1)\nselect([d], [], [])",
            "line 2, column 9: `d` holds bytes",
        ),
    ] {
        let said = refusal(text);
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn one_call_of_the_program_watches_all() {
    let mut stage =
        watching("readable, writable, failed = select([server, conn], [conn], [], 2.5)\n");
    let request = stage.request(3);
    assert_eq!(request.target, Target::Program(ProgramId(1)));
    let Call::Select { watched, timeout } = &request.call else {
        panic!("{:?}", request.call)
    };
    assert_eq!(
        watched.python(usize::MAX, |id| id.to_string()),
        "[#1, #2], [#2], []"
    );
    assert_eq!(*timeout, Some(Duration::from_millis(2500)));
    stage.enter(3);
    stage.end(3, ready([&[2], &[2], &[]]));
    let held = |name: &str| {
        let mut values = stage.player.values();
        let found = values.find(|(held, _)| &***held == name);
        found.unwrap().1.clone()
    };
    assert_eq!(held("readable"), Held::Sockets(Arc::from([SocketId(2)])));
    assert_eq!(held("writable"), Held::Sockets(Arc::from([SocketId(2)])));
    assert_eq!(held("failed"), Held::Sockets(Arc::from([])));
}

#[test]
fn what_it_answers_is_compared_list_by_list() {
    let answers: [(&str, Outcome, Option<&str>); 9] = [
        ("[conn]", ready([&[2], &[], &[]]), None),
        ("[server, conn]", ready([&[1, 2], &[], &[]]), None),
        ("[], [conn], []", ready([&[], &[2], &[]]), None),
        ("[]", ready([&[], &[], &[]]), None),
        ("EBADF", Outcome::Error(Errno::EBADF), None),
        ("interrupted", Outcome::Interrupted, None),
        ("[conn]", ready([&[1], &[], &[]]), Some("[server], [], []")),
        ("[]", ready([&[], &[2], &[]]), Some("[], [conn], []")),
        ("[conn]", Outcome::Error(Errno::EBADF), Some("EBADF")),
    ];
    for (expected, outcome, got) in answers {
        let text = format!("select([server, conn], [conn], [], 1)  # -> {expected}\n");
        let mut stage = watching(&text);
        stage.enter(3);
        stage.end(3, outcome);
        let failures = stage.failures();
        let said: Vec<&str> = failures.iter().map(|(_, _, got)| &**got).collect();
        assert_eq!(said, got.into_iter().collect::<Vec<_>>(), "{expected}");
    }
}

#[test]
fn it_may_wait_for_what_comes_below() {
    let text = "select([server, conn], [], [])  # -> waits, then [conn]\nserver.getsockname()\n";
    let mut stage = watching(text);
    stage.enter(3);
    stage.later(50 * MILLI - 1);
    assert_eq!(stage.last_call(), "select([#1, #2], [], [])");
    stage.later(1);
    assert_eq!(stage.last_call(), "getsockname()");
    stage.end(3, ready([&[2], &[], &[]]));
    assert_eq!(stage.failures(), []);
}

#[test]
fn what_is_not_marked_is_not_overtaken_however_slow() {
    for looks in [
        "select([server, conn], [], [], 0)  # -> []",
        "select([server, conn], [], [])  # -> [server]",
        "select([server], [conn], [])",
    ] {
        let mut stage = watching(&format!("{looks}\nother = socket(AF_INET, SOCK_STREAM)\n"));
        stage.enter(3);
        let looking = stage.last_call();
        stage.later(4000 * MILLI);
        assert_eq!(stage.last_call(), looking, "{looks}");
        stage.end(3, ready([&[], &[], &[]]));
        assert_ne!(stage.last_call(), looking, "{looks}");
    }
}

#[test]
fn what_nobody_marked_is_left_behind_after_the_deadline() {
    let mut stage =
        watching("select([server, conn], [], [])\nother = socket(AF_INET, SOCK_STREAM)\n");
    stage.enter(3);
    stage.later(5000 * MILLI - 1);
    assert_eq!(stage.last_call(), "select([#1, #2], [], [])");
    stage.later(1);
    assert_ne!(stage.last_call(), "select([#1, #2], [], [])");
}

#[test]
fn what_follows_on_a_watched_socket_waits_for_it_unless_it_is_marked() {
    for (mark, last) in [
        ("", "select([#1, #2], [], [])"),
        ("  # -> waits", "recv(1)"),
    ] {
        let mut stage = watching(&format!(
            "select([server, conn], [], []){mark}\nconn.recv(1)\n"
        ));
        stage.enter(3);
        stage.later(60 * MILLI);
        assert_eq!(stage.last_call(), last, "{mark}");
    }
}

#[test]
fn interrupt_of_a_watched_socket_ends_it() {
    let mut stage = watching("select([server, conn], [], [])  # -> interrupted\ninterrupt(conn)\n");
    stage.enter(3);
    stage.later(50 * MILLI);
    assert_eq!(stage.fake.0.lock().unwrap().interrupted, [3]);
    stage.end(3, Outcome::Interrupted);
    assert_eq!(stage.failures(), []);
}

#[test]
fn sockets_of_two_programs_are_refused() {
    let text = "client = socket(AF_INET, SOCK_STREAM)\nselect([server, client], [], [])\n";
    let mut stage = watching(text);
    stage.made(3, Outcome::Ok(socket(3)));
    let notes = stage.fake.0.lock().unwrap().notes.clone();
    let refused = notes.iter().find_map(|note| match note {
        PlayerNote::Refused { reason } => Some(Arc::clone(reason)),
        _ => None,
    });
    let reason = refused.unwrap();
    assert!(
        reason.contains("server and client belong to two programs"),
        "{reason}"
    );
}
