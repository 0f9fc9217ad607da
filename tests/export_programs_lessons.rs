//! Lessons as programs: each that ships, run under `strace`, makes the calls of its recording.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{read_until, run, script, sockeye, wait};
use program_support::{makes_the_same_calls, other_host, play, play_script, python};
use sockeye::export::program::{FileNames, Language, sources_named};
use sockeye::model::recording::Recording;
use sockeye::script::lesson::{ALL, ShelfEntry};

/// The session of a lesson on this computer alone.
fn played(entry: &ShelfEntry) -> Recording {
    let lesson = entry.lesson().unwrap().alone();
    play_script(entry.name, lesson.script)
}

/// All lessons, several at once: most of their time is waiting.
fn all_hold(language: Language) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(entry) = ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let holds = || {
                        let host = other_host();
                        makes_the_same_calls(entry.name, &played(entry), language, &|text| {
                            text.replace("127.0.0.1", &host)
                        });
                    };
                    if std::panic::catch_unwind(holds).is_err() {
                        failed.lock().unwrap().push(entry.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:?} failed, as said above");
}

#[test]
fn every_lesson_makes_the_same_calls_in_python() {
    all_hold(Language::Python);
}

#[test]
fn every_lesson_makes_the_same_calls_in_c() {
    all_hold(Language::C);
}

/// Lesson 4 as it is exported in a terminal, on another host; and the address of its server there.
fn capitals() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let (code, _, err) = run(&[
        "export",
        "4",
        "--free-ports",
        "--as",
        "python",
        "--out",
        place,
    ]);
    assert_eq!((code, err.as_str()), (0, ""));
    let host = other_host();
    for name in ["tcpServer.py", "tcpClient.py"] {
        let path = folder.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace("127.0.0.1", &host)).unwrap();
    }
    let server = std::fs::read_to_string(folder.path().join("tcpServer.py")).unwrap();
    let bound = server.split("bind(").nth(1).unwrap();
    let address = bound.split_inclusive(')').next().unwrap().to_owned();
    (folder, address)
}

fn start(folder: &Path, name: &str) -> std::process::Child {
    Command::new(python())
        .arg(name)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said_by(mut program: std::process::Child) -> String {
    let mut said = String::new();
    let mut out = program.stdout.take().unwrap();
    out.read_to_string(&mut said).unwrap();
    assert_eq!(wait(&mut program), 0, "{said}");
    said
}

#[test]
fn the_programs_of_lesson_4_talk_to_each_other() {
    let (folder, _) = capitals();
    let mut server = start(folder.path(), "tcpServer.py");
    read_until(
        server.stdout.as_mut().unwrap(),
        "(1) now start tcpClient.py",
    );
    let client = said_by(start(folder.path(), "tcpClient.py"));
    assert!(client.contains("HELLO"), "{client}");
    said_by(server);
}

#[test]
fn the_server_of_lesson_4_answers_sockeye() {
    let (folder, address) = capitals();
    let mut server = start(folder.path(), "tcpServer.py");
    read_until(
        server.stdout.as_mut().unwrap(),
        "(1) now start tcpClient.py",
    );
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
    said_by(server);
}

#[test]
fn the_client_of_lesson_4_is_answered_by_sockeye() {
    let (folder, address) = capitals();
    let script = script(&format!(
        "server = socket(AF_INET, SOCK_STREAM)
server.bind({address})
server.listen(1)
conn, peer = server.accept()
data = conn.recv(1024)
conn.send(data.upper())
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
    read_until(server.stdout.as_mut().unwrap(), "… waits");
    let client = said_by(start(folder.path(), "tcpClient.py"));
    assert!(client.contains("HELLO"), "{client}");
    said_by(server);
}

/// Ready sooner or later, nothing, several at once, room to send, and a closed socket.
const SELECTS: &str = "\
server = socket(AF_INET, SOCK_STREAM)
server.bind((\"127.0.0.1\", 5000))
server.listen(5)
select([server], [], [], 0.1)  # -> []
select([server], [], [])  # -> waits, then [server]
one = socket(AF_INET, SOCK_STREAM)
one.connect((\"127.0.0.1\", 5000))
conn, peer = server.accept()
select([server, conn], [conn], [], 5.0)  # -> [], [conn], []
two = socket(AF_INET, SOCK_STREAM)
two.connect((\"127.0.0.1\", 5000))
one.send(b\"hello\")
select([server, conn], [], [], 5.0)  # -> [server, conn]
conn.recv(1024)  # -> b\"hello\"
other, peer = server.accept()
select([server, conn, other], [], [], 0)  # -> []
one.close()
select([conn, other], [], [])  # -> [conn]
conn.recv(1024)  # -> b\"\"
two.send(b\"late\")
select([other], [], [], 0)  # -> [other]
conn.close()
select([conn], [], [], 0)  # -> EBADF
other.recv(1024)  # -> b\"late\"
two.close()
other.close()
server.close()
";

#[test]
fn selects_find_the_same_sockets_ready_in_python() {
    selects_hold(Language::Python);
}

#[test]
fn selects_find_the_same_sockets_ready_in_c() {
    selects_hold(Language::C);
}

/// Their session, and the host it was on: its own, for a stranger's connect would make a socket ready.
fn selects() -> (Recording, String) {
    let host = other_host();
    (play("selects", &SELECTS.replace("127.0.0.1", &host)), host)
}

fn selects_hold(language: Language) {
    let (recording, host) = selects();
    let other = other_host();
    makes_the_same_calls("selects", &recording, language, &|text| {
        text.replace(&host, &other)
    });
}

#[test]
fn file_names_that_can_not_be_are_changed() {
    let (recording, _) = selects();
    let named = |server: &str, client: &str| {
        let programs = recording.sockets().programs();
        let given = [server, client].map(str::to_owned);
        let names = programs.map(|program| program.name.clone()).zip(given);
        let names: FileNames = names.collect();
        let sources = sources_named(&recording, Language::Python, &names).unwrap();
        let files = sources
            .into_iter()
            .filter(|source| source.program.is_some());
        files
            .map(|source| source.file_name)
            .collect::<Vec<String>>()
    };
    let of = [
        (["tcpServer", "tcpClient"], ["tcpServer.py", "tcpClient.py"]),
        (["Same", "same"], ["Same.py", "same_2.py"]),
        (["../up", "Socket"], ["server.py", "Socket_program.py"]),
    ];
    for ([server, client], files) in of {
        // The third is as it would be.
        assert_eq!(named(server, client), [files[0], files[1], "two.py"]);
    }
}
