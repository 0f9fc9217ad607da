//! Whatever was sent and however things are called, a program is Python that compiles and C without a warning; and
//! what a recording no longer holds makes no program.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;
mod program_support;

use std::net::SocketAddr;
use std::sync::Arc;

use program_support::{compile, makes_the_same_calls, other_host, play, python, write};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use sockeye::export::program::{Language, NotAProgram, sources};
use sockeye::model::call::{
    Bytes, Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, PlayerNote, Role, Stamp, Started, Threading};
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Header, Limits, Recording, RowNumber};

/// A recording of one program with one UDP socket.
struct Maker {
    recording: Recording,
    seq: u64,
}

impl Maker {
    fn new(program: &str, socket: &str, started: &str, limits: Limits) -> Self {
        let header = Header {
            network: "kernel".to_owned(),
            platform: "linux".to_owned(),
            clock: "monotonic".to_owned(),
            started: started.to_owned(),
        };
        let mut maker = Self {
            recording: Recording::new(header, limits),
            seq: 0,
        };
        let stamp = maker.stamp();
        maker.recording.apply(Event::ProgramAdded {
            stamp,
            program: ProgramId(1),
            name: Arc::from(program),
            role: Role::Peer,
            threading: Threading::ThreadPerSocket,
        });
        let stamp = maker.stamp();
        maker.recording.apply(Event::ThreadStarted {
            stamp,
            thread: ThreadId(1),
            program: ProgramId(1),
            name: Arc::from("thread"),
        });
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol: Protocol::Udp,
        };
        let born = Value::Socket {
            id: SocketId(1),
            fd: 7,
            peer: None,
        };
        maker.call(None, Some(socket), call, Outcome::Ok(born));
        maker
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.seq * 1000,
        }
    }

    fn call(&mut self, on: Option<u32>, name: Option<&str>, call: Call, outcome: Outcome) {
        let id = CallId(self.seq);
        let stamp = self.stamp();
        self.recording.apply(Event::Started(Started {
            id,
            stamp,
            thread: ThreadId(1),
            program: ProgramId(1),
            socket: on.map(SocketId),
            fd: on.map(|_| 7),
            call,
            name: name.map(Arc::from),
            line: None,
            part: None,
            at_end: false,
        }));
        let stamp = self.stamp();
        self.recording.apply(Event::Ended(Ended {
            id,
            stamp,
            outcome,
            offset: None,
            retries: 0,
            note: None,
        }));
    }

    fn say(&mut self, words: &str) {
        let stamp = self.stamp();
        let note = PlayerNote::Narration {
            text: Arc::from(words),
        };
        self.recording.apply(Event::Player {
            stamp,
            line: Some(1),
            note,
        });
    }

    fn talk(&mut self, payload: &[u8]) {
        let to: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        let sent = Outcome::Ok(Value::Sent(payload.len() as u64));
        let call = Call::SendTo {
            payload: Payload::literal(payload),
            address: to,
        };
        self.call(Some(1), None, call, sent);
        let call = Call::SendTo {
            payload: Payload::Repeat {
                unit: Arc::from(payload),
                times: 3,
            },
            address: to,
        };
        self.call(Some(1), None, call, Outcome::Error(Errno::EMSGSIZE));
        let got = Value::Received {
            bytes: Bytes::Whole(Arc::from(payload)),
            peer: Some(to),
            lost: 2,
        };
        self.call(Some(1), None, Call::RecvFrom { max: 99 }, Outcome::Ok(got));
    }
}

/// Words that would end a comment, a literal or a line, or be more than a name.
const HOSTILE: [&str; 22] = [
    "\"\"\"\nimport os\n",
    "*/ int main(void) { /*",
    "\\",
    "x\\",
    "??/",
    "??/\n",
    "%n%s",
    "\u{2028}print(1)",
    "\u{202e}drow",
    "a\rb\u{c}c\u{85}d",
    "{}",
    "class",
    "socket",
    "print",
    "int",
    "__debug__",
    "run_all",
    "../../etc/passwd",
    "",
    "日本",
    "9lives",
    "log",
];

fn recordings() -> Vec<Recording> {
    let mut made = Vec::new();
    let mut add = |name: &str, payload: &[u8]| {
        let mut maker = Maker::new(name, name, name, Limits::default());
        maker.say(name);
        maker.talk(payload);
        maker.talk(name.as_bytes());
        made.push(maker.recording);
    };
    for name in HOSTILE {
        add(name, name.as_bytes());
    }
    let mut runner = TestRunner::deterministic();
    let any = (".{0,40}", prop::collection::vec(any::<u8>(), 0..300));
    for _ in 0..60 {
        let (name, payload) = any.new_tree(&mut runner).unwrap().current();
        add(&name, &payload);
    }
    made
}

#[test]
fn hostile_bytes_and_names_are_python_that_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, recording) in recordings().iter().enumerate() {
        let place = folder.path().join(number.to_string());
        std::fs::create_dir(&place).unwrap();
        let programs = sources(recording, Language::Python).unwrap();
        for source in &programs {
            let name = source.file_name.strip_suffix(".py").unwrap();
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
                "{name}"
            );
            assert!(name != "socket" && name != "run_all", "{name}");
            files.push(place.join(&source.file_name));
        }
        write(&programs, &place, &str::to_owned);
    }
    let compiled = std::process::Command::new(python())
        .args(["-W", "error", "-m", "py_compile"])
        .args(&files)
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    // What is in the literals is what was sent, and the rest is the calls.
    let read = "import ast, sys
for name in sys.argv[1:]:
    for node in ast.walk(ast.parse(open(name, encoding='utf-8').read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == 'sendto':
            print(ast.unparse(node.args[0]))";
    let told = std::process::Command::new(python())
        .args(["-c", read])
        .args(&files)
        .output()
        .unwrap();
    let sent = String::from_utf8(told.stdout).unwrap();
    assert_eq!(sent.lines().count(), recordings().len() * 4, "{sent}");
}

#[test]
fn hostile_bytes_and_names_are_c_without_a_warning() {
    for recording in recordings().iter().take(HOSTILE.len() + 8) {
        let folder = tempfile::tempdir().unwrap();
        let programs = sources(recording, Language::C).unwrap();
        write(&programs, folder.path(), &str::to_owned);
        compile(&programs, folder.path());
    }
}

#[test]
fn what_was_let_go_makes_no_program() {
    let limits = Limits {
        payload_bytes: 10,
        ..Limits::default()
    };
    let mut maker = Maker::new("a", "b", "now", limits);
    maker.talk(b"12345678");
    maker.talk(b"87654321");
    for language in [Language::Python, Language::C] {
        let why = sources(&maker.recording, language).unwrap_err();
        assert_eq!(why, NotAProgram::BytesLetGo(RowNumber(2)));
        assert!(
            why.to_string().contains("too long to become a program"),
            "{why}"
        );
    }
}

#[test]
fn an_empty_session_is_no_program() {
    let header = Header {
        network: String::new(),
        platform: String::new(),
        clock: String::new(),
        started: String::new(),
    };
    let empty = Recording::new(header, Limits::default());
    assert_eq!(sources(&empty, Language::Python), Err(NotAProgram::Nothing));
}

/// Sockets that are called as a function that the programs use, or as a variable that they make; two senders to one.
const NAMED: &str = "\
repr = socket(AF_INET, SOCK_DGRAM)
repr.setblocking(False)
repr.recvfrom(10)  # -> EAGAIN
connect = socket(AF_INET, SOCK_DGRAM)
connect.bind((\"127.0.0.1\", 5301))
repr.sendto(b\"x\", (\"127.0.0.1\", 5301))
connect.recvfrom(10)  # -> b\"x\"
address2 = socket(AF_INET, SOCK_DGRAM)
address2.bind((\"127.0.0.1\", 5302))
read = socket(AF_INET, SOCK_DGRAM)
bytes = socket(AF_INET, SOCK_DGRAM)
read.sendto(b\"x\", (\"127.0.0.1\", 5302))
data, addr = address2.recvfrom(10)  # -> b\"x\"
address2.sendto(b\"1\", addr)
bytes.sendto(b\"y\", (\"127.0.0.1\", 5302))
data, addr = address2.recvfrom(10)  # -> b\"y\"
address2.sendto(b\"2\", addr)
read.recvfrom(10)  # -> b\"1\"
bytes.recvfrom(10)  # -> b\"2\"
";

#[test]
fn sockets_called_as_what_the_programs_use_make_the_same_calls() {
    for language in [Language::Python, Language::C] {
        let host = other_host();
        let recording = play("named", NAMED);
        makes_the_same_calls("named", &recording, language, &|text| {
            text.replace("127.0.0.1", &host)
        });
    }
}
