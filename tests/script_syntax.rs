//! The call language: what is read, what is refused, where, and with which words.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use sockeye::model::call::Call;
use sockeye::model::event::Threading;
use sockeye::model::payload::{MAX_PAYLOAD, Payload};
use sockeye::script::ast::{Action, Case, Data, Endpoint, Host, Invocation, Script};
use sockeye::script::catalog;
use sockeye::script::syntax::{MAX_SCRIPT, ScriptError, parse, parse_line, parse_open};

fn invocation(line: &str) -> Invocation {
    let script = parse_open(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    match &script.statements[0].action {
        Action::Call { invocation, .. } => invocation.clone(),
        other => panic!("{line}: {other:?}"),
    }
}

fn sent(line: &str) -> Vec<u8> {
    match invocation(line).data() {
        Some(Data::Literal(payload)) => payload.to_bytes().unwrap().to_vec(),
        other => panic!("{line}: {other:?}"),
    }
}

fn refused(text: &str) -> ScriptError {
    match parse_open(text) {
        Ok(script) => panic!("{text:?} was read as {script:?}"),
        Err(error) => error,
    }
}

/// The design's own example, letter for letter.
const EXAMPLE: &str = r#"# A comment line is narration: it becomes the caption of the next step.
server = socket(AF_INET, SOCK_STREAM)
server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 5000))
server.listen(1)
client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 5000))      # or client.connect(server.getsockname())
conn, peer = server.accept()
client.send(b"hello sockets")            # -> 13
data = conn.recv(1024)                   # -> b"hello sockets"
conn.send(data.upper())
client.recv(1024)                        # -> b"HELLO SOCKETS"
client.setblocking(False)
client.recv(1024)                        # -> EAGAIN
client.shutdown(SHUT_WR)
conn.recv(1024)                          # -> b""
conn.close()
"#;

#[test]
fn the_designs_example_reads_line_by_line() {
    let script = parse(EXAMPLE).unwrap();
    assert_eq!(script.statements.len(), 16);
    let first = &script.statements[0];
    assert_eq!(
        (first.line, &*first.text),
        (2, "server = socket(AF_INET, SOCK_STREAM)")
    );
    assert!(
        first
            .narration
            .as_deref()
            .unwrap()
            .starts_with("A comment line")
    );
    let expectations: Vec<String> = script
        .statements
        .iter()
        .filter_map(|statement| statement.expectation.as_ref())
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        expectations,
        [
            "13",
            "b\"hello sockets\"",
            "b\"HELLO SOCKETS\"",
            "EAGAIN",
            "b\"\""
        ]
    );
    assert_eq!(
        &*script.statements[5].text,
        "client.connect((\"127.0.0.1\", 5000))"
    );
    assert_eq!(
        invocation("conn.send(data.upper())").data(),
        Some(&Data::Variable {
            name: "data".into(),
            case: Case::Upper
        })
    );
}

#[test]
fn bytes_and_text_take_pythons_escapes() {
    // Expected values from Python 3.11's own reading of the same literals.
    assert_eq!(
        sent(r#"s.send(b"a\n\r\t\\\"\'\0\x00\xff\101\7")"#),
        b"a\n\r\t\\\"'\0\0\xffA\x07"
    );
    assert_eq!(sent(r"s.send(b'\a\b\f\v')"), b"\x07\x08\x0c\x0b");
    assert_eq!(sent(r#"s.send(b'say "hi"')"#), b"say \"hi\"");
    assert_eq!(sent(r#"s.send(b"\q\u00e9")"#), b"\\q\\u00e9");
    assert_eq!(
        sent(r#"s.send("\u00e9\U0001f41f é".encode())"#),
        "é🐟 é".as_bytes()
    );
    assert_eq!(sent(r#"s.send("x".encode("utf-8"))"#), b"x");
    assert_eq!(
        sent(r##"s.send(b"#no comment")  # a comment"##),
        b"#no comment"
    );
}

#[test]
fn a_repeat_stays_a_repeat() {
    let payload = match invocation("s.send(b\"A\" * 70000)") {
        Invocation::Send(Data::Literal(payload)) => payload,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        payload,
        Payload::Repeat {
            unit: b"A".as_slice().into(),
            times: 70_000
        }
    );
    let most = MAX_PAYLOAD;
    invocation(&format!("s.send(b\"A\" * {most})"));
    let error = refused(&format!("s.send(b\"AB\" * {most})"));
    assert_eq!((error.line, error.column), (1, 8));
    assert!(error.message.contains(&most.to_string()));
}

#[test]
fn python_defaults() {
    assert_eq!(
        invocation("s.listen()"),
        Invocation::Plain(Call::Listen { backlog: 128 })
    );
    assert_eq!(
        invocation("socket()").to_string(),
        "socket(AF_INET, SOCK_STREAM)"
    );
    let script =
        parse("from socket import *\nfrom time import sleep\ns = socket()\nsleep(1)\n").unwrap();
    assert_eq!(script.statements.len(), 2);
}

#[test]
fn hosts_are_literals() {
    let endpoint = |text: &str| match invocation(&format!("s.bind(({text}, 0))")) {
        Invocation::Bind(Endpoint::Written { host, .. }) => host,
        other => panic!("{other:?}"),
    };
    assert_eq!(endpoint("\"\""), Host::Any);
    assert_eq!(endpoint("'localhost'"), Host::Localhost);
    assert_eq!(endpoint("\"::1\""), Host::Ip("::1".parse().unwrap()));
    for name in [
        "example.org",
        "LOCALHOST ",
        "256.1.1.1",
        "127.1",
        "0x7f.0.0.1",
        "::1%lo",
        "１２７.0.0.1",
    ] {
        let error = refused(&format!("s.bind((\"{name}\", 5000))"));
        assert_eq!(
            error.message, "names are not looked up here: type an address",
            "{name}"
        );
        assert_eq!(error.column, 9, "{name}");
    }
}

#[test]
fn ports_outside_the_range_are_refused_before_anything_is_called() {
    for port in ["1", "80", "1024", "65536", "99999999999", "-1"] {
        let error = refused(&format!("s = socket()\ns.connect((\"127.0.0.1\", {port}))"));
        assert_eq!((error.line, error.column), (2, 25), "{port}");
        assert!(
            error.message.contains("1025 to 65535, or 0"),
            "{}",
            error.message
        );
    }
    for port in [0, 1025, 65535] {
        invocation(&format!("s.connect((\"127.0.0.1\", {port}))"));
    }
}

/// Line, its column of error, and a piece of the message.
const WRONG: &[(&str, u32, &str)] = &[
    ("client.sned(b\"x\")", 8, "no method `sned`"),
    (
        "client.send(\"text\")",
        13,
        "a bytes-like object is required, not 'str'",
    ),
    ("client.send(b\"é\")", 15, "ASCII"),
    ("client.send(b\"x)", 14, "not closed"),
    ("client.send(b\"\\xg1\")", 15, "2 hex digits"),
    ("client.send(b\"x\"", 17, "expected `)`"),
    ("client.send(b\"x\") b", 19, "the end of the line"),
    (
        "client.bind(\"127.0.0.1\", 5000)",
        13,
        "parentheses of their own",
    ),
    ("client.bind((127, 5000))", 14, "a host in quotes"),
    ("client.recv()", 13, "how many bytes"),
    ("client.recv(-1)", 13, "can't be asked for"),
    ("client.recv(1_0__0)", 13, "between two digits"),
    ("client.recv(010)", 13, "does not start with 0"),
    ("client.recv(1e3)", 14, "decimal digits"),
    ("client.shutdown(1)", 17, "SHUT_RD or SHUT_WR or SHUT_RDWR"),
    (
        "client.setsockopt(SOL_SOCKET, TCP_NODELAY, 1)",
        31,
        "SO_REUSEADDR",
    ),
    ("client.setblocking(maybe)", 20, "True or False"),
    (
        "s = socket(AF_UNIX, SOCK_STREAM)",
        12,
        "AF_INET or AF_INET6",
    ),
    ("s = socket.socket()", 5, "names stand alone"),
    ("x = server.accept()", 1, "conn, addr"),
    ("a, b = s.recv(1)", 1, "one value"),
    ("x = s.bind((\"::1\", 0))", 5, "returns nothing"),
    ("True = socket()", 1, "can't be a name"),
    ("sleep(99999)", 7, "at most 3600"),
    ("print(1)", 1, "no function `print`"),
    ("import os", 1, "`import` can't be a name"),
    ("1 + 1", 3, "no place here"),
    ("s.send(b\"\") # -> maybe", 18, "an errno such as EAGAIN"),
    ("s.send(b\"\") # -> waits, EAGAIN", 25, "`then`"),
    ("sleep(1) # -> ok", 11, "only a call"),
    ("# -> 13", 2, "expected a call before"),
    (
        "# program ghost: one thread",
        2,
        "no line makes a program `ghost`",
    ),
    ("# program ghost: two threads", 2, "`one thread`"),
    ("s = socket(); s.close()", 13, "no place here"),
    ("client.send(b'\\777')", 15, "does not fit a byte"),
    ("client.send('\\ud800'.encode())", 14, "surrogate"),
];

#[test]
fn errors_name_the_column_and_what_was_expected() {
    for (text, column, piece) in WRONG {
        let error = refused(text);
        assert_eq!((error.line, error.column), (1, *column), "{text}: {error}");
        assert!(error.message.contains(piece), "{text}: {error}");
    }
}

#[test]
fn names_are_checked_before_anything_is_called() {
    let error =
        parse("server = socket()\nconn.recv(1)\nconn, peer = server.accept()\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 1));
    assert!(error.message.contains("`conn` has no value here"));
    let error = parse("s = socket()\nd = s.recv(1)\nd.recv(1)\n").unwrap_err();
    assert_eq!((error.line, error.column), (3, 1));
    assert!(error.message.contains("holds bytes: expected a socket"));
    let error = parse("s = socket()\ns.send(s)\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 8));
    let free: Vec<String> = parse_open("client.send(data)\n")
        .unwrap()
        .free_names
        .iter()
        .map(|free| format!("{} {}", free.name, free.column))
        .collect();
    assert_eq!(free, ["client 1", "data 13"]);
}

#[test]
fn a_typed_line_is_one_statement() {
    assert_eq!(
        parse_line("conn.send(data.upper())")
            .unwrap()
            .statements
            .len(),
        1
    );
    assert!(parse_line("").is_err());
    assert!(parse_line("# only a comment").is_err());
    assert!(parse_line("s = socket()\ns.close()").is_err());
}

#[test]
fn directives_and_narration() {
    let script =
        parse("# program s: one thread\n# One.\n#\n# Two.\n\ns = socket()\n# The end.\n").unwrap();
    assert_eq!(script.threading_of("s"), Threading::OneThread);
    assert_eq!(script.statements[0].narration.as_deref(), Some("One. Two."));
    assert_eq!(script.epilogue.as_deref(), Some("The end."));
}

#[test]
fn a_script_over_the_limit_is_refused() {
    let text = "#".repeat(MAX_SCRIPT + 1);
    assert!(refused(&text).message.contains("1048576"));
    assert!(parse(&"\n".repeat(MAX_SCRIPT)).is_ok());
}

#[test]
fn what_others_can_reach_is_found_before_anything_is_called() {
    let reachable = |text: &str| {
        parse(text)
            .unwrap()
            .first_reachable()
            .map(|found| found.line)
    };
    let with = |host: &str| format!("s = socket()\ns.bind((\"{host}\", 0))\ns.listen(1)\n");
    assert_eq!(reachable(&with("127.0.0.1")), None);
    assert_eq!(reachable(&with("127.8.8.8")), None);
    assert_eq!(reachable(&with("localhost")), None);
    assert_eq!(reachable(&with("::1")), None);
    assert_eq!(
        reachable(&with("::ffff:127.0.0.1")),
        None,
        "loopback too, written as an IPv6 address"
    );
    assert_eq!(reachable(&with("::ffff:192.0.2.1")), Some(2));
    assert_eq!(reachable(&with("")), Some(2));
    assert_eq!(reachable(&with("0.0.0.0")), Some(2));
    assert_eq!(reachable(&with("192.0.2.1")), Some(2));
    assert_eq!(
        reachable("s = socket()\ns.listen(1)\n"),
        Some(2),
        "the system binds to all addresses"
    );
}

#[test]
fn every_shipped_script_reads() {
    for entry in &catalog::ALL {
        let script: Script = entry
            .script()
            .unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        assert!(
            script
                .statements
                .iter()
                .any(|statement| statement.narration.is_some()),
            "{}",
            entry.name
        );
        // The one for a class is there to be reached: the window asks before it binds.
        let is_for_class = entry.name == catalog::CLASS_SERVER;
        assert_eq!(
            script.first_reachable().is_some(),
            is_for_class,
            "{}",
            entry.name
        );
    }
    for name in [
        "tcp-capitalise",
        "udp-capitalise",
        "side-by-side",
        "non-blocking",
        "peer-to-peer",
        "one-loop",
    ] {
        assert!(catalog::shown().any(|entry| entry.name == name), "{name}");
    }
}
