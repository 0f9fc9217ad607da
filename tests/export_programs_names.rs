//! Whatever a socket is called, its variable is none that the program, its language or a header has for something else.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use common::{file, needed, told};
use program_support::{compile, makes_the_same_calls, other_host, play, python, write};
use sockeye::export::program::{Language, sources};
use sockeye::model::call::{
    BlockingMode, Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, Role, Stamp, Started, Threading};
use sockeye::model::recording::{Header, Limits, Recording};
use sockeye::script::catalog;

/// One program whose sockets are called so: each is asked for a datagram that has not come, and closed.
fn called<'a>(names: impl IntoIterator<Item = &'a str>) -> Recording {
    let header = Header {
        network: "kernel".to_owned(),
        platform: "linux".to_owned(),
        clock: "monotonic".to_owned(),
        started: "now".to_owned(),
    };
    let mut recording = Recording::new(header, Limits::default());
    let mut seq = 0;
    let mut stamp = || {
        seq += 1;
        Stamp { seq, at: seq }
    };
    let (thread, program) = (ThreadId(1), ProgramId(1));
    recording.apply(Event::ProgramAdded {
        stamp: stamp(),
        program,
        name: Arc::from("names"),
        role: Role::Peer,
        threading: Threading::ThreadPerSocket,
    });
    recording.apply(Event::ThreadStarted {
        stamp: stamp(),
        thread,
        program,
        name: Arc::from("names"),
    });
    let mut call = |socket: Option<u32>, name: Option<&str>, call: Call, outcome: Outcome| {
        let begin = stamp();
        recording.apply(Event::Started(Started {
            id: CallId(begin.seq),
            stamp: begin,
            thread,
            program,
            socket: socket.map(SocketId),
            fd: socket.map(|_| 7),
            call,
            name: name.map(Arc::from),
            line: None,
            part: None,
            at_end: false,
        }));
        recording.apply(Event::Ended(Ended {
            id: CallId(begin.seq),
            stamp: stamp(),
            outcome,
            offset: None,
            retries: 0,
            note: None,
        }));
    };
    for (id, name) in (1..).zip(names) {
        let new = Value::Socket {
            id: SocketId(id),
            fd: 7,
            peer: None,
        };
        let (family, protocol) = (Family::Ipv4, Protocol::Udp);
        let socket = Call::Socket { family, protocol };
        call(None, Some(name), socket, Outcome::Ok(new));
        let mode = BlockingMode::NonBlocking;
        let done = || Outcome::Ok(Value::None);
        call(Some(id), None, Call::SetBlocking { mode }, done());
        let nothing = Outcome::Error(Errno::EAGAIN);
        call(Some(id), None, Call::RecvFrom { max: 9 }, nothing);
        call(Some(id), None, Call::Close, done());
    }
    recording
}

/// What Python says to a script of its own.
fn asked(script: &str, arguments: &[&Path]) -> String {
    let output = Command::new(python())
        .args(["-c", script])
        .args(arguments)
        .output()
        .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    out
}

/// A server's thread waits while another of its threads and a client take turns.
const THREADS: &str = r#"
server = socket(AF_INET, SOCK_STREAM)
server.bind(("127.0.0.1", 5000))
server.listen(5)
client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 5000))
conn, peer = server.accept()
client2 = socket(AF_INET, SOCK_STREAM)
client2.connect(("127.0.0.1", 5000))
conn2, peer2 = server.accept()
conn2.setblocking(False)
conn.recv(5)            # -> waits, then b"hello"
conn2.recv(5)           # -> EAGAIN
client2.send(b"hello")
sleep(0.1)
conn2.recv(5)           # -> b"hello"
client.send(b"hello")
"#;

/// Every name that a program looks up outside its own functions.
const USED: &str = "import symtable, sys
def walk(table):
    for symbol in table.get_symbols():
        if table.get_type() == 'module' or symbol.is_global():
            print(symbol.get_name())
    for child in table.get_children():
        walk(child)
for name in sys.argv[1:]:
    walk(symtable.symtable(open(name, encoding='utf-8').read(), name, 'exec'))";

/// What Python knows by itself.
const KNOWN: &str = "import builtins, keyword
print(*keyword.kwlist, *keyword.softkwlist, *dir(builtins), sep='\\n')";

/// The variables that hold sockets.
const SOCKETS: &str = "import ast, sys
for node in ast.walk(ast.parse(open(sys.argv[1], encoding='utf-8').read())):
    if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith('socket('):
        print(node.targets[0].id)";

/// Python's words, and the names that written programs use: those of every call, of threads and of turns.
fn words_of_python() -> BTreeSet<String> {
    let mut texts = vec![std::fs::read_to_string(file("scripts/every-method.script")).unwrap()];
    texts.extend(catalog::shown().map(|entry| entry.text.to_owned()));
    texts.push(THREADS.to_owned());
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    // These two give way to a socket of that name.
    let mut free = BTreeSet::from(["address".to_owned(), "addr".to_owned()]);
    for (number, text) in texts.iter().enumerate() {
        let recording = play("words", text);
        free.extend(recording.sockets().iter().map(|one| one.name.clone()));
        for source in sources(&recording, Language::Python).unwrap() {
            if source.program.is_some() {
                let path = folder.path().join(format!("{number}{}", source.file_name));
                std::fs::write(&path, source.text).unwrap();
                files.push(path);
            }
        }
    }
    let paths: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let words = asked(USED, &paths) + &asked(KNOWN, &[]);
    let words = words.lines().map(str::to_owned);
    words.filter(|word| !free.contains(word)).collect()
}

#[test]
fn no_socket_has_a_word_that_its_program_in_python_needs() {
    let words = words_of_python();
    for word in [
        "read_turns",
        "ioctl",
        "select",
        "repr",
        "thread_1",
        "part_1",
    ] {
        assert!(words.contains(word), "{word}: {words:?}");
    }
    let recording = called(words.iter().map(String::as_str));
    let programs = sources(&recording, Language::Python).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(&programs, folder.path(), &str::to_owned);
    let path = folder.path().join(&programs[0].file_name);
    let sockets = asked(SOCKETS, &[&path]);
    let sockets: BTreeSet<&str> = sockets.lines().collect();
    assert_eq!(sockets.len(), words.len());
    let both: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| sockets.contains(word))
        .collect();
    assert!(both.is_empty(), "{both:?}");
    let (code, out, err) = told(&Command::new(python()).arg(&path).output().unwrap());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let refused = out
        .lines()
        .filter(|line| line.contains(".recvfrom: BlockingIOError"));
    assert_eq!(refused.count(), words.len(), "{out}");
}

/// The headers that a program in C may include.
const HEADERS: [&str; 12] = [
    "arpa/inet.h",
    "netinet/in.h",
    "netinet/tcp.h",
    "pthread.h",
    "signal.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "sys/ioctl.h",
    "sys/select.h",
    "sys/socket.h",
    "unistd.h",
];

/// Every word in what the compiler reads of the headers, and every macro.
fn words_of_c() -> BTreeSet<String> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for flags in [&["-E", "-P"], &["-E", "-dM"]] {
        let mut command = needed("cc", "--version");
        command.args(flags).args(["-x", "c", "/dev/null"]);
        for header in HEADERS {
            command.args(["-include", header]);
        }
        let (code, out, err) = told(&command.output().unwrap());
        assert_eq!(code, 0, "{err}");
        let pieces = out.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        // Names are in small letters and begin with one.
        let names =
            pieces.filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
        words.extend(names.map(str::to_owned));
    }
    // What the programs define, and words that are keywords of a later C.
    let own = "address address_size again bool capitals changed constexpr data failed false lock main must note \
               nullptr part_1 read_turns readable reader repeat said say_turn send_all set_of size static_assert \
               thread_1 to to6 true typeof unused wait_for_enter wait_until_arrived wait_until_said writable";
    words.extend(own.split(' ').map(str::to_owned));
    words
}

#[test]
fn no_socket_has_a_word_that_a_header_of_c_knows() {
    let words = words_of_c();
    for word in ["connect", "int", "sockaddr", "ioctl", "linux"] {
        assert!(words.contains(word), "{word}");
    }
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    for some in all.chunks(1_000) {
        let folder = tempfile::tempdir().unwrap();
        let programs = sources(&called(some.iter().copied()), Language::C).unwrap();
        write(&programs, folder.path(), &str::to_owned);
        compile(&programs, folder.path());
    }
}

/// A reply goes to who sent, whatever the sockets are called.
#[test]
fn a_sender_is_no_socket() {
    let talk = |server: &str, one: &str, two: &str| {
        format!(
            "{server} = socket(AF_INET, SOCK_DGRAM)
{server}.bind((\"127.0.0.1\", 5302))
{one} = socket(AF_INET, SOCK_DGRAM)
{two} = socket(AF_INET, SOCK_DGRAM)
{one}.sendto(b\"x\", (\"127.0.0.1\", 5302))
data, first = {server}.recvfrom(10)
{server}.sendto(b\"1\", first)
{two}.sendto(b\"y\", (\"127.0.0.1\", 5302))
data, second = {server}.recvfrom(10)
{server}.sendto(b\"2\", second)
{one}.recvfrom(10)
{two}.recvfrom(10)
"
        )
    };
    let named = [["address2", "a", "b"], ["address_2", "address", "address2"]];
    for [server, one, two] in named {
        let recording = play("senders", &talk(server, one, two));
        for language in [Language::Python, Language::C] {
            let host = other_host();
            let moved = |text: &str| text.replace("127.0.0.1", &host);
            makes_the_same_calls("senders", &recording, language, &moved);
        }
    }
}
