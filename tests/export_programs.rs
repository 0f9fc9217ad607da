//! Sessions as programs: what ships, run under `strace`, makes the recording's calls; and talks to Sockeye's sockets.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "another program on the same port is not one of ours"
)]
#![cfg(target_os = "linux")]

mod common;
#[path = "support/processor.rs"]
mod processor;
mod program_support;

use std::io::Read as _;
use std::process::{Command, Stdio};

use common::{file, read_until, run, script, sockeye, wait};
use processor::processor_time;
use program_support::{makes_the_same_calls, other_host, play, python, write};
use sockeye::export::Format;
use sockeye::export::program::{Language, sources};
use sockeye::model::recording::Recording;
use sockeye::script::catalog;

fn holds(name: &str, text: &str, language: Language) {
    let recording = play(name, text);
    let host = other_host();
    makes_the_same_calls(name, &recording, language, &|text| {
        text.replace("127.0.0.1", &host)
    });
}

fn every_method() -> String {
    std::fs::read_to_string(file("scripts/every-method.script")).unwrap()
}

#[test]
fn what_ships_makes_the_same_calls_in_python() {
    for entry in catalog::shown() {
        holds(entry.name, entry.text, Language::Python);
    }
}

#[test]
fn what_ships_makes_the_same_calls_in_c() {
    for entry in catalog::shown() {
        holds(entry.name, entry.text, Language::C);
    }
}

#[test]
fn every_method_makes_the_same_calls_in_python() {
    holds("every method", &every_method(), Language::Python);
}

#[test]
fn every_method_makes_the_same_calls_in_c() {
    holds("every method", &every_method(), Language::C);
}

/// A folder with the programs of a server in CAPITALS and its client, on another host than the session's.
fn capitalise() -> (tempfile::TempDir, String) {
    let recording = play(
        "tcp-capitalise",
        catalog::find("tcp-capitalise").unwrap().text,
    );
    let programs = sources(&recording, Language::Python).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let host = other_host();
    write(&programs, folder.path(), &|text| {
        text.replace("127.0.0.1", &host)
    });
    let server = &programs[0].text;
    let port = server.split("server.bind((\"127.0.0.1\", ").nth(1).unwrap();
    let port = port.split(')').next().unwrap();
    (folder, format!("(\"{host}\", {port})"))
}

fn start(folder: &tempfile::TempDir, name: &str) -> std::process::Child {
    Command::new(python())
        .arg(name)
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn an_exported_server_answers_sockeye() {
    let (folder, address) = capitalise();
    let mut server = start(&folder, "server.py");
    let mut out = server.stdout.take().unwrap();
    read_until(&mut out, "(1) now start client.py");
    let script = script(&format!(
        "client = socket(AF_INET, SOCK_STREAM)
client.connect({address})
client.send(b\"hello server\")  # -> 12
client.recv(1024)  # -> b\"HELLO SERVER\"
client.close()
"
    ));
    let (code, log, err) = run(&["play", script.path().to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""), "{log}");
    assert_eq!(wait(&mut server), 0);
}

#[test]
fn an_exported_client_is_answered_by_sockeye() {
    let (folder, address) = capitalise();
    let script = script(&format!(
        "server = socket(AF_INET, SOCK_STREAM)
server.bind({address})
server.listen(1)
conn, addr = server.accept()
data = conn.recv(1024)  # -> b\"hello sockets\"
conn.send(data.upper())  # -> 13
conn.recv(1024)  # -> b\"\"
conn.close()
server.close()
"
    ));
    let path = script.path().to_str().unwrap();
    let mut server = sockeye(&["play", path, "--deadline", "60"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = server.stdout.take().unwrap();
    read_until(&mut log, "… waits");
    let mut client = start(&folder, "client.py");
    let mut said = String::new();
    client
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((wait(&mut client), said.trim()), (0, "b'HELLO SOCKETS'"));
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(wait(&mut server), 0, "{rest}");
}

#[test]
fn a_long_sentence_stands_in_whole_words_and_names_are_those_of_the_log() {
    let words: Vec<String> = (1..=40).map(|number| format!("word{number}")).collect();
    let said = words.join(" ");
    let text = format!(
        "# {said}\nserver = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 0))\nserver.listen(1)\n\
         client = socket(AF_INET, SOCK_STREAM)\nclient.connect(server.getsockname())\n\
         conn, addr = server.accept()\nconn.close()\nclient.close()\nserver.close()\n"
    );
    let recording = play("long", &text);
    for (language, comment) in [(Language::Python, "# "), (Language::C, "// ")] {
        let sources = sources(&recording, language).unwrap();
        let server = &sources
            .iter()
            .find(|it| it.text.contains("word1 "))
            .unwrap()
            .text;
        let lines = server.lines().map(str::trim);
        let told: Vec<&str> = lines
            .filter_map(|line| line.strip_prefix(comment))
            .filter(|line| line.starts_with("word"))
            .collect();
        assert!(told.len() > 1, "it takes more than one line: {server}");
        assert_eq!(told.join(" "), said);
        assert!(told.iter().all(|line| line.len() <= 100), "{told:?}");
        if language == Language::Python {
            assert!(server.contains("conn, addr = server.accept()"), "{server}");
        }
    }
    let mut log = Vec::new();
    Format::Text.write(&recording, &mut log).unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("conn, addr = server.accept()"), "{log}");
}

/// By hand, as in the lecture: two terminals, no runner and nothing to press.
#[test]
fn first_programs_are_first_programs() {
    for name in ["tcp-capitalise", "udp-capitalise"] {
        let recording = play(name, catalog::find(name).unwrap().text);
        for source in sources(&recording, Language::Python).unwrap() {
            let text = &source.text;
            assert!(!text.contains("def ") || source.program.is_none(), "{text}");
            assert!(!text.contains("input("), "{text}");
            if source.file_name == "server.py" {
                let reply = [
                    "conn.send(data.upper())",
                    "server.sendto(data.upper(), address)",
                ];
                assert!(reply.iter().any(|reply| text.contains(reply)), "{text}");
            }
        }
    }
}

#[test]
fn a_line_is_that_of_its_row() {
    let recording = play(
        "tcp-capitalise",
        catalog::find("tcp-capitalise").unwrap().text,
    );
    for language in [Language::Python, Language::C] {
        for source in sources(&recording, language).unwrap() {
            let lines: Vec<&str> = source.text.lines().collect();
            for (line, row) in &source.lines {
                let entry = recording.numbered(*row).unwrap();
                let code = lines[*line as usize - 1];
                assert!(code.contains(entry.method().name()), "{row:?}: {code}");
            }
            let rows = (0..recording.len()).filter_map(|index| recording.row(index));
            let own = rows.filter(|row| row.program == source.program && source.program.is_some());
            assert_eq!(source.lines.len(), own.count(), "{}", source.text);
        }
    }
}

#[test]
fn the_command_line_writes_a_folder_and_replaces_only_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("programs");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("server.py"), "old").unwrap();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let place = out.to_str().unwrap();
    let (code, _, err) = run(&[
        "export",
        "tcp-capitalise",
        "--free-ports",
        "--as",
        "python",
        "--out",
        place,
    ]);
    assert_eq!((code, err.as_str()), (0, ""));
    let mut names: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["client.py", "notes.txt", "run_all.py", "server.py"]);
    assert!(
        std::fs::read_to_string(out.join("server.py"))
            .unwrap()
            .contains("server.listen(1)")
    );
    assert_eq!(
        std::fs::read_to_string(out.join("notes.txt")).unwrap(),
        "mine"
    );
}

/// What the kernel refused only because somebody had the port just then is nobody's program.
#[test]
fn a_port_that_is_in_use_just_now_makes_no_programs() {
    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("programs");
    let export = |expected: &str, more: &[&str]| {
        let script = script(&format!(
            "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", {port})){expected}\n"
        ));
        let (name, place) = (script.path().to_str().unwrap(), out.to_str().unwrap());
        let mut all = vec!["export", name, "--as", "python", "--out", place];
        all.extend(more);
        run(&all)
    };
    let (code, _, err) = export("", &[]);
    assert_eq!(code, 1, "{err}");
    let last = err.lines().last().unwrap();
    let sentence = format!("line 2: port {port} was in use on this computer");
    assert!(
        last.contains(&sentence) && last.contains("--free-ports"),
        "{err}"
    );
    assert!(!out.exists(), "{err}");
    for (expected, more) in [("  # -> EADDRINUSE", &[][..]), ("", &["--free-ports"])] {
        let (code, _, err) = export(expected, more);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.join("server.py").exists());
        std::fs::remove_dir_all(&out).unwrap();
    }
    // Where the script itself has the port, that is what the programs do too.
    let script = script(
        "one = socket(AF_INET, SOCK_STREAM)\none.bind((\"127.0.0.1\", 5000))\n\
         two = socket(AF_INET, SOCK_STREAM)\ntwo.bind(one.getsockname())\n",
    );
    let (name, place) = (script.path().to_str().unwrap(), out.to_str().unwrap());
    let (code, ..) = run(&[
        "export",
        name,
        "--free-ports",
        "--as",
        "python",
        "--out",
        place,
    ]);
    assert_eq!((code, out.exists()), (1, true));
}

/// A server that closes its connection first, or second, or that has set `SO_REUSEADDR`.
fn closing(first: &str, second: &str, option: &str) -> Recording {
    let text = format!(
        "server = socket(AF_INET, SOCK_STREAM)\n{option}server.bind((\"127.0.0.1\", 5000))\nserver.listen(1)\n\
         client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", 5000))\n\
         conn, addr = server.accept()\n{first}.close()\n{second}.recv(10)  # -> b\"\"\n{second}.close()\n"
    );
    play("closing", &text)
}

#[test]
fn a_program_says_that_its_port_is_kept_where_it_closes_first() {
    let words = |recording: &Recording, language: Language, role: &str| {
        let sources = sources(recording, language).unwrap();
        let mut named = sources.iter();
        let source = named.find(|source| source.file_name.starts_with(role));
        source.unwrap().text.contains("(TIME-WAIT)")
    };
    let reuse = "server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)\n";
    for language in [Language::Python, Language::C] {
        let first = closing("conn", "client", "");
        assert!(words(&first, language, "server"));
        assert!(!words(&first, language, "client"));
        assert!(!words(&closing("client", "conn", ""), language, "server"));
        assert!(!words(
            &closing("conn", "client", reuse),
            language,
            "server"
        ));
    }
}

/// Runs the programs in a folder together, with nobody at the keyboard.
fn run_all(folder: &std::path::Path) -> (i32, String, String) {
    let output = std::process::Command::new(program_support::python())
        .arg("run_all.py")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    common::told(&output)
}

/// What a learner meets at the second run: whoever has the port, the runner says what to do.
#[test]
fn the_runner_says_what_to_do_where_a_port_is_in_use() {
    let recording = closing("conn", "client", "");
    for language in [Language::Python, Language::C] {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(&recording, language).unwrap();
        let host = other_host();
        program_support::write(&sources, folder.path(), &|text| {
            text.replace("127.0.0.1", &host)
        });
        let mut all = recording.sockets().iter();
        let server = all.find(|socket| socket.name == "server").unwrap();
        let port = server.local.unwrap().port();
        let holder = std::net::TcpListener::bind((host.as_str(), port)).unwrap();
        let (code, out, err) = run_all(folder.path());
        drop(holder);
        assert_eq!(code, 1, "{out}{err}");
        assert!(
            out.contains("server ended: it could not have its port."),
            "{out}{err}"
        );
        assert!(out.contains("for a minute (TIME-WAIT)"), "{out}{err}");
    }
}

/// One end fails: what waits for it is not left behind.
#[test]
fn the_runner_ends_what_waits_for_a_program_that_failed() {
    let recording = closing("client", "conn", "");
    let folder = tempfile::tempdir().unwrap();
    let sources = sources(&recording, Language::Python).unwrap();
    let host = other_host();
    program_support::write(&sources, folder.path(), &|text| {
        text.replace("127.0.0.1", &host)
    });
    std::fs::write(
        folder.path().join("client.py"),
        "raise SystemExit(\"no\")\n",
    )
    .unwrap();
    let (code, out, err) = run_all(folder.path());
    assert_ne!(code, 0, "{out}{err}");
    assert!(
        out.contains("client failed, so server can't go on: ended."),
        "{out}{err}"
    );
}

/// Nearly the longest session that becomes programs, where nearly every call needs a turn.
#[test]
fn a_long_session_becomes_programs_at_once() {
    let mut text = String::from(
        "a = socket(AF_INET, SOCK_DGRAM)\na.bind((\"127.0.0.1\", 5311))\n\
         b = socket(AF_INET, SOCK_DGRAM)\nb.bind((\"127.0.0.1\", 5312))\n\
         a.setblocking(False)\nb.setblocking(False)\n",
    );
    for _ in 0..1_200 {
        text += "a.recvfrom(9)  # -> EAGAIN\nb.sendto(b\"x\", (\"127.0.0.1\", 5311))\n\
                 a.recvfrom(9)\nb.recvfrom(9)  # -> EAGAIN\n";
    }
    let recording = play("long", &text);
    assert!(recording.len() > 4_800);
    for language in [Language::Python, Language::C] {
        let began = processor_time();
        let programs = sources(&recording, language).unwrap();
        let took = processor_time().saturating_sub(began);
        assert_eq!(programs.len(), 3);
        // Far more than it needs, far less than comparing all calls with all turns.
        assert!(took < std::time::Duration::from_secs(3), "{took:?}");
    }
}
