//! Lessons in the terminal: what is asked where somebody is there to answer, and the neighbour.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use common::{run, script, sockeye, told};

/// Two sockets of one program, a question by letter and one in words, and one that nothing answers.
const ASKS: &str = r#"
title = "Questions"
goal = "Answers of a new socket."
[[program]]
name = "alice"
file = "alice.py"
role = "peer"
source = "x"
[[step]]
say = "Look first."
[[step]]
program = "alice"
call = 'a = socket(AF_INET, SOCK_DGRAM)'
say = "A socket."
[[step]]
program = "alice"
call = 'a.bind(("127.0.0.1", 5000))  # -> ok'
say = "The address with port 5000."
[[step]]
program = "alice"
call = 'a.sendto(b"hello", a.getsockname())  # -> 5'
say = "To itself."
question = { ask = "How many bytes to 5000?", choices = [ { text = "none", when = "0" }, { text = "all", when = "5" } ] }
[[step]]
program = "alice"
call = 'a.recv(100)  # -> b"hello"'
say = "Back."
question = { ask = "What comes back?", text = true }
[[step]]
program = "alice"
call = 'a.listen(1)  # -> EOPNOTSUPP'
say = "Wrong."
question = { ask = "And listen?", choices = [ { text = "it listens", when = "ok" }, { text = "it waits", when = "waits" } ] }
"#;

/// A call that waits before it returns: two choices are then true, of which the question meant the wait.
const WAITS: &str = r#"
title = "A wait"
goal = "It ends."
[[program]]
name = "alice"
file = "alice.py"
role = "peer"
source = "x"
[[program]]
name = "bob"
file = "bob.py"
role = "peer"
source = "x"
[[step]]
program = "alice"
call = 'a = socket(AF_INET, SOCK_DGRAM)'
say = "A socket."
[[step]]
program = "alice"
call = 'a.bind(("127.0.0.1", 5000))  # -> ok'
say = "Its address."
[[step]]
program = "alice"
call = 'a.recv(100)  # -> waits, then b"hello"'
say = "Nothing is there."
question = { ask = "What now?", choices = [ { text = "bytes", when = "ok" }, { text = "it waits", when = "waits" } ] }
[[step]]
program = "bob"
call = 'b = socket(AF_INET, SOCK_DGRAM)'
say = "Another socket."
[[step]]
program = "bob"
call = 'b.sendto(b"hello", ("127.0.0.1", 5000))  # -> 5'
say = "This ends the wait."
"#;

/// Runs a lesson on a terminal of its own (python3's `pty`), answering each question in turn; what the screen showed.
fn on_a_terminal(lesson: &str, answers: &[&str]) -> String {
    let conductor = r#"
import os, pty, sys
answers = sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "play", sys.argv[2], "--free-ports"])
seen, asked = b"", 0
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    while seen.count(b"Enter alone skips)") > asked and asked < len(answers):
        os.write(terminal, answers[asked].encode() + b"\n")
        asked += 1
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;
    let file = script(lesson);
    let output = std::process::Command::new("python3")
        .args(["-c", conductor, env!("CARGO_BIN_EXE_sockeye")])
        .arg(file.path())
        .args(answers)
        .output()
        .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    out
}

#[test]
fn somebody_is_asked_and_told_what_the_system_answered() {
    let out = on_a_terminal(ASKS, &["a", "hello", "b"]);
    let said = |piece: &str| assert!(out.contains(piece), "{piece:?} is missing in\n{out}");
    let used = out.split("port 5000 of the script is ").nth(1);
    let used = used.and_then(|rest| rest.split(' ').next()).unwrap();
    assert_ne!(used, "5000");
    said(&format!("? How many bytes to {used}?"));
    said("  B  all");
    said("You said A. Your system answered 5: B.");
    said("You said hello. Your system answered b\"hello\".");
    said("You said B. None of these: your system answered EOPNOTSUPP.");
    said("You guessed 1 of 2.");
    let place = |piece: &str| {
        out.find(piece)
            .unwrap_or_else(|| panic!("{piece:?}: {out}"))
    };
    assert!(
        place("How many bytes to") < place("a.sendto(b\"hello\""),
        "{out}"
    );
}

#[test]
fn who_said_that_it_waits_was_right_though_it_has_returned_since() {
    let out = on_a_terminal(WAITS, &["b"]);
    assert!(out.contains("You said B. The call waits: B."), "{out}");
    assert!(out.contains("You guessed 1 of 1."), "{out}");
    let out = on_a_terminal(WAITS, &["a"]);
    assert!(out.contains("You said A. The call waits: B."), "{out}");
    assert!(out.contains("You guessed 0 of 1."), "{out}");
}

#[test]
fn a_question_can_be_skipped() {
    let out = on_a_terminal(ASKS, &["", "", ""]);
    assert!(out.contains("Your system answered 5: B."), "{out}");
    assert!(!out.contains("You said"), "{out}");
    assert!(!out.contains("You guessed"), "{out}");
}

#[test]
fn nobody_is_asked_where_input_is_no_terminal() {
    let file = script(ASKS);
    let (code, out, err) = run(&["play", file.path().to_str().unwrap(), "--free-ports"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(!out.contains("How many bytes to"), "{out}");
    assert!(out.contains("# Look first."), "{out}");
}

#[test]
fn what_is_said_names_the_port_a_lesson_was_moved_to() {
    let file = script(ASKS);
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = port.local_addr().unwrap().port();
    let moved = format!("5000={port}");
    let (_, out, _) = run(&["play", file.path().to_str().unwrap(), "--move-port", &moved]);
    let said = format!("# The address with port {port}.");
    assert!(out.contains(&said), "{out}");
}

/// A server that hears two bytes from a neighbour and answers.
const COMPANY: &str = r#"
title = "Company"
goal = "Another program."
[[program]]
name = "server"
file = "server.py"
role = "server"
source = "x"
[[step]]
program = "server"
call = 'server = socket(AF_INET, SOCK_STREAM)'
say = "A socket."
[[step]]
program = "server"
call = 'server.bind(("127.0.0.1", 5000))  # -> ok'
say = "A port."
[[step]]
program = "server"
call = 'server.listen(1)  # -> ok'
say = "Open."
[[step]]
program = "server"
call = 'conn, peer = server.accept()'
needs = "neighbour"
say = "Somebody comes."
[[step]]
program = "server"
call = 'data = conn.recv(2)'
needs = "neighbour"
say = "And speaks."
[[step]]
program = "server"
call = 'conn.send(data.upper())  # -> 2'
needs = "neighbour"
say = "An answer."
[neighbour]
script = '''
client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 5000))
client.send(b"hi")
client.recv(2)   # -> b"HI"
'''
"#;

#[test]
fn a_neighbour_of_ours_takes_part() {
    let file = script(COMPANY);
    let path = file.path().to_str().unwrap();
    let (code, out, err) = run(&["play", path, "--free-ports", "--neighbour"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("→ b\"hi\""), "{out}");
    assert!(
        out.contains("conn.send(b\"HI\")") || out.contains("→ 2"),
        "{out}"
    );
}

#[test]
fn without_one_its_steps_are_left_out_and_that_is_said() {
    let file = script(COMPANY);
    let (code, out, err) = run(&["play", file.path().to_str().unwrap(), "--free-ports"]);
    assert_eq!(code, 0, "{out}");
    assert!(err.contains("3 steps need another program"), "{err}");
    assert!(!out.contains("accept"), "{out}");
}

#[test]
fn a_script_comes_from_standard_input() {
    let file = script("a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"127.0.0.1\", 5000))  # -> ok\n");
    let input = std::fs::File::open(file.path()).unwrap();
    let output = sockeye(&["play", "-", "--free-ports"])
        .stdin(input)
        .output();
    let (code, out, err) = told(&output.unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("a.bind("), "{out}");
}
