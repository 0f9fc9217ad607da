//! The programs beside the lessons, as Python and a C compiler take them, and against each other as a learner runs them.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "Python's sockets need ports that are free"
)]

mod common;
#[cfg(target_os = "linux")]
#[path = "support/ports.rs"]
mod ports;

#[cfg(target_os = "linux")]
mod deadline {
    pub use super::common::DEADLINE;
}

use std::process::{Command, Stdio};

use common::needed;
use sockeye::script::lesson::{self, Lesson};

fn lessons() -> impl Iterator<Item = (&'static str, Lesson)> {
    lesson::ALL
        .iter()
        .map(|entry| (entry.name, entry.lesson().unwrap()))
}

/// Runs a command that reads `input`; what it said, if it failed.
fn complaint(command: &mut Command, input: &str) -> Option<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

/// Runs a program with sockets that answer what its lesson's steps do: at each call the line and the program's variables
/// must be those that the step says. What the steps are comes as Python: `(line, answer, set)`.
const COUNTER: &str = r#"
import ast, sys, socket, time
source, *steps = ast.literal_eval(sys.stdin.read())
steps = [tuple(step) for step in steps]
class Over(Exception):
    pass
def call(*arguments, **options):
    frame = sys._getframe(1)
    while frame.f_code.co_filename != "source":
        frame = frame.f_back
    if not steps:
        raise Over
    line, answer, told = steps.pop(0)
    assert frame.f_lineno == line, f"line {frame.f_lineno} calls, the lesson is at {line}"
    holds = {name: frame.f_globals[name] for name in told}
    assert holds == told, f"line {line}: {holds}, told is {told}"
    if answer == "EAGAIN":
        raise BlockingIOError(11, "nothing there")
    if answer == "ok":
        return Socket()
    return ast.literal_eval(answer)
class Socket:
    def __getattr__(self, method):
        return call
    def __iter__(self):
        return iter((Socket(), ("127.0.0.1", 50000)))
socket.socket, time.sleep = call, call
socket.__all__.append("socket")
try:
    exec(compile(source, "source", "exec"), {"__name__": "__main__"})
except Over:
    pass
assert not steps, f"never reached: {steps}"
"#;

#[test]
fn what_a_lesson_says_of_a_programs_variables_is_what_its_python_makes_of_them() {
    let mut counted = 0;
    for entry in lesson::ALL {
        let lesson = entry.lesson().unwrap();
        let table: toml::Table = entry.text.parse().unwrap();
        let written = table["step"].as_array().unwrap();
        for (index, program) in lesson.programs.iter().enumerate() {
            let own = || {
                lesson
                    .steps
                    .iter()
                    .zip(written)
                    .filter(|(step, _)| step.program == Some(index))
            };
            if own().all(|(step, _)| step.set.is_empty()) {
                continue;
            }
            counted += 1;
            let steps = own().map(|(step, written)| {
                let call = written["call"].as_str().unwrap();
                let answer = call
                    .split_once("# -> ")
                    .map_or("None", |(_, answer)| answer);
                let answer = answer.rsplit("then ").next().unwrap();
                let set: Vec<String> = step
                    .set
                    .iter()
                    .map(|(name, value)| format!("{name:?}: {value}"))
                    .collect();
                format!(
                    "({}, {answer:?}, {{{}}})",
                    step.line.unwrap(),
                    set.join(", ")
                )
            });
            let told = format!(
                "[{:?}, {}]",
                program.source,
                steps.collect::<Vec<_>>().join(", ")
            );
            let mut python = needed("python3", "--version");
            python.args(["-c", COUNTER]);
            let complaint = complaint(&mut python, &told);
            assert_eq!(complaint, None, "{}, {}", entry.name, program.file);
        }
    }
    assert_eq!(counted, 1, "the game of lesson 7");
}

#[test]
fn python_compiles_every_source() {
    for (name, lesson) in lessons() {
        for program in &lesson.programs {
            let mut python = needed("python3", "--version");
            python.args([
                "-W",
                "error",
                "-c",
                "import sys; compile(sys.stdin.buffer.read(), 'source', 'exec')",
            ]);
            let complaint = complaint(&mut python, &program.source);
            assert_eq!(complaint, None, "{name}, {}", program.file);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_c_compiler_takes_the_same_programs_without_a_warning() {
    for (name, lesson) in lessons() {
        for program in &lesson.programs {
            let c = program.c.as_deref();
            let c = c.unwrap_or_else(|| panic!("{name}: {} has no C", program.file));
            let mut cc = needed("cc", "--version");
            cc.args([
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fsyntax-only",
                "-x",
                "c",
                "-",
            ]);
            assert_eq!(complaint(&mut cc, c), None, "{name}, {}", program.file);
            assert!(c.lines().all(|line| line.len() <= 80), "{name}: {c}");
        }
    }
}

#[cfg(target_os = "linux")]
mod against_each_other {
    use std::collections::HashMap;
    use std::io::{Read as _, Write as _};
    use std::net::{IpAddr, TcpListener};
    use std::process::{Child, ChildStdout, Stdio};

    use super::common::{needed, read_until, wait};
    use super::ports::own_port;
    use super::{Lesson, lesson};
    use sockeye::script::ast::Action;

    /// The lessons whose programs end by themselves, what they print, and the order to start them in where it is not
    /// that of the lesson.
    const RUN: &[(&str, &[&str], &[&str])] = &[
        ("net-code", &["b'hello me' from"], &[]),
        ("accept-makes-a-socket", &["b'hello'"], &[]),
        ("tcp-capitals", &["HELLO CAFé"], &[]),
        ("udp-capitals", &["HELLO SOCKETS"], &[]),
        ("blocking-waits", &["b'WAKE UP'", "the end: b''"], &[]),
        ("never-waits", &["got b''"], &[]),
        (
            "peers",
            &["b'hello Ben'", "b'hello Ann'"],
            &["lobby", "ben", "ann", "carol", "north", "south"],
        ),
        (
            "stream-or-messages",
            &["[b'one', b'two']", "b'hello' b'again'"],
            &[],
        ),
        (
            "a-bad-line",
            &["b'one' b'two' b'three'", "nothing more", "b'one two three'"],
            &[],
        ),
    ];

    /// Runs a Python program, and says when it comes to a call that waits for another one.
    const CONDUCTOR: &str = r#"
import socket, sys
def waits(method):
    def waiting(self, *arguments):
        print("it waits", flush=True)
        return method(self, *arguments)
    return waiting
for name in ("accept", "recv", "recvfrom"):
    setattr(socket.socket, name, waits(getattr(socket.socket, name)))
exec(compile(sys.stdin.read(), "source", "exec"), {"__name__": "__main__"})
print("it ends", flush=True)
"#;

    struct Running {
        child: Child,
        out: ChildStdout,
        seen: String,
    }

    /// The ports written in a lesson, each with a free one of an address that only this test has.
    fn elsewhere(lesson: &Lesson, host: IpAddr) -> Vec<(String, String)> {
        let holders: Vec<(u16, TcpListener)> = lesson
            .script
            .ports()
            .into_iter()
            .map(|written| (written, TcpListener::bind((host, 0)).unwrap()))
            .collect();
        // No relay stands here: who would go to it goes where it passes on to, and knows no difference.
        let relays = lesson.script.statements.iter();
        let relays = relays.filter_map(|statement| match &statement.action {
            Action::Relay(order) => Some((order.listen.port(), order.target.port())),
            _ => None,
        });
        let beyond: HashMap<u16, u16> = relays.collect();
        let used = |written: u16| {
            let written = *beyond.get(&written).unwrap_or(&written);
            let mut holders = holders.iter();
            let (_, holder) = holders.find(|(port, _)| *port == written).unwrap();
            holder.local_addr().unwrap().port().to_string()
        };
        let ports = holders
            .iter()
            .map(|(written, _)| (written.to_string(), used(*written)));
        ports.collect()
    }

    fn moved(source: &str, ports: &[(String, String)], host: IpAddr) -> String {
        let mut source = source.replace("127.0.0.1", &host.to_string());
        // Written ports first become something that no port contains.
        for (index, (written, _)) in ports.iter().enumerate() {
            source = source.replace(written, &format!("<{index}>"));
        }
        for (index, (_, used)) in ports.iter().enumerate() {
            source = source.replace(&format!("<{index}>"), used);
        }
        source
    }

    /// Runs the programs of a lesson one beside another, each started when the one before waits or has ended; all they
    /// said.
    fn run(lesson: &Lesson, order: &[&str]) -> String {
        let host = own_port().ip();
        let ports = elsewhere(lesson, host);
        let mut programs: Vec<_> = lesson.programs.iter().collect();
        programs.sort_by_key(|program| order.iter().position(|name| *name == &*program.name));
        let mut running: Vec<Running> = programs
            .iter()
            .map(|program| python(&moved(&program.source, &ports, host)))
            .collect();
        let mut said = String::new();
        for running in &mut running {
            running.out.read_to_string(&mut running.seen).unwrap();
            assert_eq!(wait(&mut running.child), 0, "{}", running.seen);
            said += &running.seen;
        }
        said
    }

    fn python(source: &str) -> Running {
        let mut child = needed("python3", "--version")
            .args(["-c", CONDUCTOR])
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(source.as_bytes()).unwrap();
        drop(stdin);
        let mut out = child.stdout.take().unwrap();
        let mut seen = String::new();
        while !seen.contains("it waits\n") && !seen.contains("it ends\n") {
            seen += &read_until(&mut out, "\n");
        }
        Running { child, out, seen }
    }

    #[test]
    fn the_programs_of_a_lesson_talk_to_each_other_in_python() {
        for (name, said, order) in RUN {
            let lesson = lesson::find(name).unwrap().lesson().unwrap();
            let out = run(&lesson, order);
            for piece in *said {
                assert!(
                    out.contains(piece),
                    "{name}: {piece:?} is missing in\n{out}"
                );
            }
        }
    }
}
