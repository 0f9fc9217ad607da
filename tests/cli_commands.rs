//! The command line: what is printed, what is written, and the exit codes.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use common::{file, read_until, run, script, sockeye, told, wait};
use std::process::Stdio;

#[test]
fn each_shipped_script_plays_as_it_says() {
    for name in [
        "tcp-capitalise",
        "udp-capitalise",
        "side-by-side",
        "non-blocking",
        "peer-to-peer",
    ] {
        let (code, out, err) = run(&["play", name, "--free-ports"]);
        assert_eq!((code, err.as_str()), (0, ""), "{name}\n{out}");
    }
    let (_, out, _) = run(&["play", "tcp-capitalise", "--free-ports"]);
    let said = |piece: &str| assert!(out.contains(piece), "{piece:?} is missing in\n{out}");
    said("# A server begins with a socket: an endpoint that has no address yet.");
    said("server = socket(AF_INET, SOCK_STREAM)");
    said("of the script is");
    said("… waits");
    said("→ b\"HELLO SOCKETS\"");
}

#[test]
fn a_script_that_visits_every_method_prints_the_right_log() {
    let path = file("scripts/every-method.script");
    let (code, out, err) = run(&["play", path.to_str().unwrap(), "--free-ports"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for method in sockeye::model::call::Method::ALL {
        assert!(
            out.contains(&format!("{method}(")),
            "{method} is missing in\n{out}"
        );
    }
    let row = |statement: &str, result: &str| {
        let found = out
            .lines()
            .any(|line| line.contains(statement) && line.contains(result));
        assert!(found, "{statement} {result} is missing in\n{out}");
    };
    row("server.getsockopt(SOL_SOCKET, SO_REUSEADDR)", "→ 1");
    row("server.recv(1)", "→ ENOTCONN  OSError: ");
    row("client.recv(1)", "→ interrupted");
    row("client.recv(1)", "→ EBADF  OSError: ");
    row("client.send(b\"too late\")", "→ EPIPE  BrokenPipeError: ");
    row("conn.recv(1024)", r#"→ b"\x00\r\n""#);
    row("peer_one.recvfrom(4)", "(bytes lost: 6)");
    row("server.close()", "(at end)");
    assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
}

#[test]
fn a_failed_expectation_is_exit_1_with_expected_and_got() {
    let script = script("s = socket()\ns.send(b\"x\")  # -> 1\ns.close()\ns.close()\n");
    let (code, out, err) = run(&["play", script.path().to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(out.contains("✗ line 2: expected 1, got EPIPE"), "{out}");
    assert!(
        err.contains("line 2: s.send(b\"x\"): expected 1, got EPIPE"),
        "{err}"
    );
    assert!(
        err.contains("line 4: s.close(): expected no error, got EBADF"),
        "{err}"
    );
}

const NEVER: &str = "s = socket(AF_INET, SOCK_DGRAM)\ns.bind((\"127.0.0.1\", 0))\ns.recvfrom(1)\n";

#[test]
fn a_passed_deadline_is_exit_3_and_names_the_call() {
    let never = script(NEVER);
    let path = never.path().to_str().unwrap();
    let (code, out, err) = run(&["play", path, "--deadline", "0.2"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(
        err.contains("line 3: s.recvfrom(1) was still waiting when the deadline passed"),
        "{err}"
    );
    assert!(out.contains("s.close()"), "everything is closed\n{out}");
    let also_wrong = script(&format!("{NEVER}s.getpeername()  # -> ok\n"));
    let (code, ..) = run(&[
        "play",
        also_wrong.path().to_str().unwrap(),
        "--deadline",
        "0.2",
    ]);
    assert_eq!(code, 1, "a failed expectation beats a deadline");
}

#[test]
fn bad_usage_is_exit_2() {
    let wrong = script("s = socket()\ns.bind((\"127.0.0.1\", 80))\n");
    let path = wrong.path().to_str().unwrap();
    for arguments in [&["play", path][..], &["check", path]] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            err.contains("line 2, column 22: 80 is no port used here"),
            "{err}"
        );
    }
    for arguments in [
        &["play"][..],
        &["play", "no-such-script"],
        &["play", "tcp-capitalise", "--deadline", "-1"],
        &["play", "tcp-capitalise", "--deadline", "soon"],
        &["export", "tcp-capitalise", "--as", "gif", "--out", "x"],
        &["frobnicate", "now"],
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_file_that_is_no_script_gets_one_sentence() {
    let saved = script("{\"sockeye\":1}\n");
    let binary = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(binary.path(), b"s = socket()\n\xff\xfe").unwrap();
    let large = script(&"#\n".repeat(600_000));
    for (file, piece) in [
        (&saved, "saved session"),
        (&binary, "line 2 is not UTF-8"),
        (&large, "larger than"),
    ] {
        let (code, _, err) = run(&["check", file.path().to_str().unwrap()]);
        assert_eq!((code, err.lines().count()), (2, 1), "{err}");
        assert!(err.contains(piece), "{err}");
    }
}

#[test]
fn an_address_others_can_reach_needs_reachable() {
    let script = script("s = socket(AF_INET, SOCK_DGRAM)\ns.bind((\"\", 0))  # -> ok\n");
    let path = script.path().to_str().unwrap();
    let (code, out, err) = run(&["play", path]);
    assert_eq!((code, out.as_str()), (2, ""), "nothing is called");
    assert!(
        err.contains("line 2") && err.contains("--reachable"),
        "{err}"
    );
    let (code, out, _) = run(&["play", path, "--reachable"]);
    assert_eq!(code, 0);
    assert!(out.contains("s.bind((\"0.0.0.0\", 0))"), "{out}");
}

#[test]
fn list_check_help_and_version() {
    let (code, out, _) = run(&["list"]);
    assert_eq!(code, 0);
    let names: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let scripts = sockeye::script::catalog::shown().map(|entry| entry.name);
    let lessons = sockeye::script::lesson::ALL.iter().map(|entry| entry.name);
    assert_eq!(names, scripts.chain(lessons).collect::<Vec<_>>(), "{out}");
    assert_eq!(
        names
            .iter()
            .filter(|name| run(&["check", name]).0 != 0)
            .count(),
        0
    );
    let (code, out, _) = run(&["check", "non-blocking"]);
    assert_eq!(code, 0);
    assert!(out.contains("nothing wrong"), "{out}");
    let (code, out, _) = run(&["--version"]);
    assert_eq!(
        (code, out.trim()),
        (0, concat!("sockeye ", env!("CARGO_PKG_VERSION")))
    );
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for command in ["play", "list", "check", "export", "FILE"] {
        assert!(out.contains(command), "{out}");
    }
    assert!(!out.contains("session"), "the window opens none: {out}");
}

#[test]
fn save_and_export_write_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("session.jsonl");
    std::fs::write(&saved, "old").unwrap();
    let (code, ..) = run(&[
        "play",
        "udp-capitalise",
        "--free-ports",
        "--save",
        saved.to_str().unwrap(),
    ]);
    assert_eq!(code, 0);
    let text = std::fs::read_to_string(&saved).unwrap();
    assert!(
        text.starts_with("{\"sockeye\":1,\"network\":\"kernel\","),
        "{text}"
    );
    for (format, first) in [
        ("text", "Sockeye"),
        ("csv", "n,seconds,"),
        ("jsonl", "{\"sockeye\":1,"),
        ("ladder-svg", "<svg xmlns="),
        ("lifecycle-svg", "<svg xmlns="),
        ("mermaid", "sequenceDiagram\n"),
        ("report", "# Sockeye session report\n"),
    ] {
        let out = folder.path().join(format);
        let (code, said, err) = run(&[
            "export",
            "udp-capitalise",
            "--free-ports",
            "--as",
            format,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert_eq!((code, said.as_str(), err.as_str()), (0, "", ""), "{format}");
        let text = std::fs::read_to_string(&out).unwrap();
        assert!(text.starts_with(first), "{format}: {text}");
        let sent = if format == "lifecycle-svg" {
            "recvfrom"
        } else {
            "HELLO SOCKETS"
        };
        assert!(text.contains(sent), "{format}: {text}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        8,
        "no temporary file is left"
    );
    let nowhere = folder.path().join("no/such/folder");
    let (code, _, err) = run(&[
        "play",
        "udp-capitalise",
        "--free-ports",
        "--save",
        nowhere.to_str().unwrap(),
    ]);
    assert_eq!(code, 1);
    assert!(err.contains("can't be written"), "{err}");
}

#[test]
fn a_picture_is_a_whole_file_or_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let export = |format: &str, out: &std::path::Path| {
        let path = out.to_str().unwrap();
        let play = ["export", "tcp-capitalise", "--free-ports"];
        run(&[&play[..], &["--as", format, "--out", path]].concat())
    };
    let png = folder.path().join("ladder.png");
    let (code, out, err) = export("ladder-png", &png);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let bytes = std::fs::read(&png).unwrap();
    let pixels = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
    assert!(pixels.width() > 1_000 && pixels.height() > 500);
    for format in ["ladder-svg", "lifecycle-png", "mermaid", "report"] {
        for nowhere in [
            folder.path().join("no/such/folder"),
            folder.path().to_owned(),
        ] {
            let (code, out, err) = export(format, &nowhere);
            assert_eq!(
                (code, out.as_str(), err.lines().count()),
                (1, "", 1),
                "{format}: {err}"
            );
            assert!(err.contains("can't be written"), "{format}: {err}");
            assert!(err.contains(nowhere.to_str().unwrap()), "{format}: {err}");
        }
    }
    let (code, _, err) = run(&["export", "tcp-capitalise", "--as", "picture", "--out", "x"]);
    assert_eq!(code, 2);
    let pictures = ["ladder-svg", "ladder-png", "lifecycle-svg", "lifecycle-png"];
    for format in pictures.into_iter().chain(["mermaid", "report"]) {
        assert!(err.contains(format), "{err}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing half is left"
    );
}

#[test]
fn without_a_display_it_says_so_and_plays_here() {
    let (code, out, err) = told(&sockeye(&[]).output().unwrap());
    assert_eq!((code, err.lines().count()), (0, 1), "{err}{out}");
    assert!(err.contains("no display"), "{err}");
    assert!(out.contains("b\"HELLO SOCKETS\""), "{out}");
    let own = script("s = socket()\n");
    let (code, out, _) = run(&[own.path().to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(out.contains("s = socket(AF_INET, SOCK_STREAM)"), "{out}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_wait_closes_all_and_exits_130() {
    let never = script(NEVER);
    let path = never.path().to_str().unwrap();
    let mut child = sockeye(&["play", path, "--deadline", "3600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "… waits");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(wait(&mut child), 130);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    assert!(
        rest.contains("s.recvfrom(1)") && rest.contains("→ interrupted"),
        "{rest}"
    );
    assert!(rest.contains("s.close()"), "{rest}");
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let never = script(NEVER);
    let path = never.path().to_str().unwrap();
    for arguments in [
        &["play", path, "--deadline", "2"][..],
        &["play", path, "--deadline", "2", "--jsonl"],
    ] {
        let mut child = sockeye(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        read_until(&mut out, "\n");
        drop(out);
        assert_eq!(wait(&mut child), 0, "{arguments:?}");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert_eq!(said, "", "{arguments:?}");
    }
}

#[test]
fn a_long_line_is_cut_and_its_length_said() {
    let script = script(&format!("# {}\ns = socket()\n", "long ".repeat(20_000)));
    let (code, out, _) = run(&["play", script.path().to_str().unwrap()]);
    assert_eq!(code, 0);
    let longest = out.lines().map(str::len).max().unwrap();
    assert!(longest < 5000, "{longest}");
    assert!(out.contains("… 100001 bytes"), "{longest}");
}

/// Who closes first is left in TIME-WAIT (RFC 9293, section 3.6): what is kept of a play does not end before that.
#[test]
#[cfg(target_os = "linux")]
fn what_is_kept_ends_when_the_connections_have_settled() {
    let (code, out, _) = run(&["play", "tcp-capitalise", "--free-ports", "--jsonl"]);
    assert_eq!(code, 0);
    let last = |socket: &str| {
        let of_socket = |line: &&str| line.contains(&format!("\"socket\":\"{socket}\""));
        let mut lines = out
            .lines()
            .rev()
            .filter(|line| line.contains("\"observation\""));
        lines.find(of_socket).unwrap_or_default().to_owned()
    };
    assert!(last("client").contains("TIME-WAIT"), "{out}");
    assert!(last("conn").contains("CLOSED"), "{out}");
}
