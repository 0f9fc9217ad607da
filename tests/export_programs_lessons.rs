//! Lessons as programs: each that ships, run under `strace`, makes the calls of its recording.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "how long a test waits is said in one place, for both kinds of helpers"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;
mod support;

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{read_until, run, script, sockeye, wait};
use program_support::{makes_the_same_calls, other_host, play_script, python};
use sockeye::export::program::{FileNames, Language, sources_named};
use sockeye::model::call::{Call, Outcome, SocketId, SocketLists, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Role, Threading};
use sockeye::model::recording::Recording;
use sockeye::network::{Network as _, Request};
use sockeye::script::lesson::{ALL, ShelfEntry};
use support::{World, bind, own_port, send};

/// The session of a lesson on this computer alone.
fn played(entry: &ShelfEntry) -> Recording {
    let lesson = entry.lesson().unwrap().alone();
    play_script(entry.name, lesson.script)
}

/// Lesson 11 sleeps here, and a sleep is no call, so that a recording has none of it: where the second close follows
/// too soon, Linux may keep no TIME-WAIT.
///
/// It holds the ACK of the first FIN back for up to 40 ms. If that goes out just as the second FIN does and arrives
/// behind it, TIME-WAIT answers it with an ACK, which finds no socket any more: the reset that comes back ends
/// TIME-WAIT (RFC 1337). Of 12,000 such pairs of closes at once on two busy cores 77 went so, each with one delayed ACK
/// and one reset in the kernel's counters. What the pause is good for can be seen: the near end leaves FIN-WAIT-1, state
/// 04 of the kernel's table, when its FIN has been acknowledged.
fn with_its_pause(text: &str, host: &str, language: Language) -> String {
    let bytes = host.parse::<Ipv4Addr>().unwrap().octets();
    let host = u32::from_le_bytes(bytes);
    let ends = format!("grep -q ': {host:08X}:[0-9A-F]* [0-9A-F:]* 04' /proc/net/tcp");
    let wait = format!("while {ends}; do :; done");
    let words = "The client takes its time.";
    let (said, pause) = match language {
        Language::Python => (
            format!("# {words}"),
            format!("__import__('os').system(\"{wait}\")"),
        ),
        Language::C => (
            format!("// {words}"),
            format!("if (system(\"{wait}\")) return 1;"),
        ),
    };
    text.replace(&said, &pause)
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
                            with_its_pause(&text.replace("127.0.0.1", &host), &host, language)
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

/// A select that waits for its answer.
fn looks(
    world: &mut World,
    watched: SocketLists,
    timeout: Option<Duration>,
    found: Result<SocketLists, Errno>,
) {
    let watched = Arc::new(watched);
    let call = Call::Select { watched, timeout };
    let id = world.network.submit(Request::within(world.server, call));
    let entry = world.ended(id);
    let wanted = match found {
        Ok(ready) => Outcome::Ok(Value::Ready(Arc::new(ready))),
        Err(errno) => Outcome::Error(errno),
    };
    assert_eq!(entry.outcome, Some(wanted));
}

/// Nothing, one that waits, room to send, several at once, the end, and a closed socket.
fn selects() -> Recording {
    let mut world = World::new();
    let (now, soon) = (Some(Duration::ZERO), Some(Duration::from_secs(5)));
    let reading = |sockets: &[SocketId]| SocketLists::reading(sockets.to_vec());
    let server = world.tcp(world.server);
    world.ok(server, bind(own_port()));
    world.ok(server, Call::Listen { backlog: 5 });
    let address = world.local(server);
    looks(&mut world, reading(&[server]), now, Ok(reading(&[])));
    let watched = Arc::new(reading(&[server]));
    let call = Call::Select {
        watched,
        timeout: None,
    };
    let waits = world.network.submit(Request::within(world.server, call));
    world.wait_until("the start of a select", |world| {
        world.recording.waiting_row(waits).is_some()
    });
    let one = world.tcp(world.client);
    world.ok(one, Call::Connect { address });
    world.ended(waits);
    let conn = world.accept(server);
    let write = SocketLists {
        write: vec![conn],
        ..SocketLists::default()
    };
    let both = SocketLists {
        read: vec![server, conn],
        ..write.clone()
    };
    looks(&mut world, both, soon, Ok(write));
    let program = world
        .network
        .add_program("two", Role::Client, Threading::ThreadPerSocket);
    let two = world.tcp(program);
    world.ok(two, Call::Connect { address });
    for client in [one, two] {
        world.wait_for(client, "its address", |socket| socket.local.is_some());
    }
    world.ok(one, send(b"hello"));
    let both = [server, conn];
    looks(&mut world, reading(&both), soon, Ok(reading(&both)));
    assert_eq!(world.received(conn, 1024), b"hello");
    let other = world.accept(server);
    let all = [server, conn, other];
    looks(&mut world, reading(&all), now, Ok(reading(&[])));
    world.ok(one, Call::Close);
    looks(
        &mut world,
        reading(&[conn, other]),
        None,
        Ok(reading(&[conn])),
    );
    assert_eq!(world.received(conn, 1024), b"");
    world.ok(two, send(b"late"));
    looks(&mut world, reading(&[other]), now, Ok(reading(&[other])));
    world.ok(conn, Call::Close);
    looks(&mut world, reading(&[conn]), now, Err(Errno::EBADF));
    assert_eq!(world.received(other, 1024), b"late");
    world.recording.clone()
}

#[test]
fn selects_find_the_same_sockets_ready_in_python() {
    selects_hold(Language::Python);
}

#[test]
fn selects_find_the_same_sockets_ready_in_c() {
    selects_hold(Language::C);
}

fn selects_hold(language: Language) {
    makes_the_same_calls("selects", &selects(), language, &|text| {
        // Hosts of `own_port`, and others that it never gives.
        (64..128).fold(text.to_owned(), |text, host| {
            let (was, is) = (format!("\"127.{host}."), format!("\"127.{}.", host + 64));
            text.replace(&was, &is)
        })
    });
}

#[test]
fn file_names_that_can_not_be_are_changed() {
    let recording = selects();
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
