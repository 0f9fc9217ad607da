//! A program in Python, as a teacher would write a first one.

use std::net::SocketAddr;

use crate::model::address::python_tuple;
use crate::model::call::{Call, SocketOption};
use crate::model::payload::{Payload, python_literal};
use crate::model::recording::RowNumber;

use super::Language;
use super::header::{self, runs_as, turn_words};
use super::operation::{self, Reply, born, received, reply, sender};
use super::page::Page;
use super::plan::{Plan, Program, Step};
use super::session::Op;

/// Bytes of a literal in one line.
const LINE: usize = 64;
/// More bytes than this are counted, not printed.
const PRINTED: usize = 200;

/// The program's text, and the lines of its rows.
pub(super) fn write(plan: &Plan<'_>, program: &Program) -> (String, Vec<(u32, RowNumber)>) {
    let mut page = Page::new("#");
    header::write(&mut page, plan, program, Language::Python);
    let has_turns = program.has_turns_of_threads();
    let reads_turns = has_turns
        && program
            .steps()
            .any(|step| matches!(step, Step::Wait { .. }));
    let settles = program.steps().any(|step| matches!(step, Step::Settle(_)));
    if settles {
        page.line("from fcntl import ioctl");
    }
    if reads_turns {
        page.line("from os import read");
    }
    if selects(plan, program) {
        page.line("from select import select");
    }
    page.line("from socket import *");
    if lingers(plan, program) {
        page.line("from struct import pack");
    }
    if has_turns {
        page.line("from threading import Event, Thread");
    } else if !program.threads.is_empty() {
        page.line("from threading import Thread");
    }
    if settles {
        page.line("from termios import TIOCOUTQ");
    }
    page.line("");
    if has_turns {
        page.line(&format!(
            "turns = [Event() for turn in range({})]",
            plan.turns.len() + 1
        ));
        page.line("");
    }
    if settles {
        for line in SETTLE {
            page.line(line);
        }
    }
    if reads_turns {
        for line in READ_TURNS {
            page.line(line);
        }
    }
    let mut writer = Writer {
        plan,
        program,
        has_turns,
        page,
        last: None,
        last_sender: None,
    };
    writer.steps(&program.main);
    writer.page.finish()
}

/// Whether it waits for several sockets at once.
fn selects(plan: &Plan<'_>, program: &Program) -> bool {
    program.steps().any(|step| {
        matches!(step, Step::Call(op) if plan.op(*op).call().is_some_and(|call| call.watched().is_some()))
    })
}

/// Whether it has a close reset its connection.
fn lingers(plan: &Plan<'_>, program: &Program) -> bool {
    let lingers = |call: &Call| {
        matches!(
            call,
            Call::SetSockOpt {
                option: SocketOption::Linger,
                ..
            }
        )
    };
    program
        .steps()
        .any(|step| matches!(step, Step::Call(op) if plan.op(*op).call().is_some_and(lingers)))
}

const SETTLE: [&str; 7] = [
    "",
    "# No call: it looks whether the other end's system has acknowledged all that was sent.",
    "def wait_until_arrived(connection):",
    "    while any(ioctl(connection, TIOCOUTQ, bytes(4))):",
    "        pass",
    "",
    "",
];

const READ_TURNS: [&str; 11] = [
    "",
    "def read_turns():",
    "    while True:",
    "        numbers = read(0, 1000).split()",
    "        if not numbers:",
    "            break",
    "        for turn in numbers:",
    "            turns[int(turn)].set()",
    "",
    "",
    "Thread(target=read_turns, daemon=True).start()",
];

struct Writer<'a> {
    plan: &'a Plan<'a>,
    program: &'a Program,
    has_turns: bool,
    page: Page,
    /// What this thread received last, and from whom.
    last: Option<Vec<u8>>,
    last_sender: Option<SocketAddr>,
}

impl Writer<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Words(words) => self.page.say(words),
                Step::Call(op) => self.call(self.plan.op(*op)),
                Step::LeftOut(op) => {
                    let op = self.plan.op(*op);
                    self.page.mark(op.row());
                    self.page.say(&self.plan.comment(op));
                }
                Step::Settle(id) => {
                    let name = self.program.names.socket(*id);
                    self.page.line(&format!("wait_until_arrived({name})"));
                }
                Step::Tell(place) => self.tell(*place),
                Step::Wait { number, by } => {
                    let by = runs_as(self.plan, *by, Language::Python);
                    if self.has_turns {
                        self.page.line(&format!(
                            "print(\"Type {number} and Enter when {by} says ({number}).\", flush=True)"
                        ));
                        self.page.line(&format!("turns[{number}].wait()"));
                    } else {
                        self.page.line(&format!(
                            "input(\"Press Enter when {by} says ({number}).\\n\")"
                        ));
                    }
                }
                Step::WaitInside(number) => self.page.line(&format!("turns[{number}].wait()")),
                Step::Fork(place) => self.fork(*place),
                Step::Join(place) => self.page.line(&format!("thread_{}.join()", place + 1)),
            }
        }
    }

    fn tell(&mut self, place: usize) {
        let Some(said) = self.plan.turns.get(place) else {
            return;
        };
        if !said.starts.is_empty() || !said.wakes.is_empty() {
            let words = turn_words(self.plan, said, Language::Python);
            self.page.line(&format!("print(\"{words}\", flush=True)"));
        }
        if said.inside {
            self.page.line(&format!("turns[{}].set()", said.number));
        }
    }

    fn fork(&mut self, place: usize) {
        let Some(steps) = self.program.threads.get(place) else {
            return;
        };
        let number = place + 1;
        self.page.line("");
        self.page.line("");
        self.page.line(&format!("def part_{number}():"));
        self.page.indent();
        let globals = self.globals(steps);
        if !globals.is_empty() {
            self.page.line(&format!("global {}", globals.join(", ")));
        }
        let (last, last_sender) = (self.last.take(), self.last_sender.take());
        self.steps(steps);
        if !steps.iter().any(|step| matches!(step, Step::Call(_))) {
            self.page.line("pass");
        }
        (self.last, self.last_sender) = (last, last_sender);
        self.page.outdent();
        self.page.line("");
        self.page.line("");
        self.page.commented(
            &format!("thread_{number} = Thread(target=part_{number})"),
            "these calls began while the next one waited",
        );
        self.page.line(&format!("thread_{number}.start()"));
    }

    /// The variables of a thread that others read.
    fn globals(&self, steps: &[Step]) -> Vec<String> {
        let names = &self.program.names;
        let mut globals = Vec::new();
        for step in steps {
            let Step::Call(op) = step else { continue };
            let op = self.plan.op(*op);
            if let Some(id) = born(op) {
                globals.push(names.socket(id).to_owned());
            }
            if let Some(variable) = sender(op).and_then(|sender| names.sender(sender)) {
                globals.push(variable.to_owned());
            }
        }
        globals.sort_unstable();
        globals.dedup();
        globals
    }

    fn call(&mut self, op: &Op) {
        let Some((entry, call)) = op.entry.as_ref().zip(op.call()) else {
            return;
        };
        let comment = self.plan.comment(op);
        let code = self.statement(op, call);
        if entry.count > 1 {
            self.page
                .line(&format!("for again in range({}):", entry.count));
            self.page.indent();
        }
        if op.is_error() {
            let name = op.socket().map_or("", |id| self.program.names.socket(id));
            let dot = if name.is_empty() { "" } else { "." };
            self.page.line("try:");
            self.page.indent();
            self.page.of_row(op.row(), &code, &comment);
            self.page.outdent();
            self.page.line("except OSError as error:");
            self.page.indent();
            self.page.line(&format!(
                "print(\"{name}{dot}{}:\", repr(error))",
                call.method()
            ));
            self.page.outdent();
        } else {
            self.page.of_row(op.row(), &code, &comment);
            self.show(op);
        }
        if entry.count > 1 {
            self.page.outdent();
        }
        if let Some(bytes) = received(op) {
            self.last = Some(bytes.to_vec());
            self.last_sender = sender(op).or(self.last_sender);
        } else if matches!(call, Call::Recv { .. } | Call::RecvFrom { .. }) && op.is_ok() {
            self.last = None;
        }
    }

    /// Prints what a program would show: bytes received and what it asked for.
    fn show(&mut self, op: &Op) {
        let data = &self.program.names.data;
        let code = match received(op) {
            Some([]) | None => return,
            Some(bytes) if bytes.len() > PRINTED => format!("print(len({data}), \"bytes\")"),
            Some(_) => format!("print({data})"),
        };
        self.page.line(&code);
    }

    fn statement(&self, op: &Op, call: &Call) -> String {
        let names = &self.program.names;
        let on = op.socket().map_or("", |id| names.socket(id));
        let entry_fd = op.entry.as_ref().and_then(|entry| entry.fd);
        let target = match (call, born(op)) {
            (Call::Socket { .. }, Some(new)) => format!("{} = ", names.socket(new)),
            (Call::Accept, Some(new)) => format!("{}, {} = ", names.socket(new), names.peer),
            (Call::Recv { .. }, _) if op.is_ok() && Self::has_bytes(op) => {
                format!("{} = ", names.data)
            }
            (Call::RecvFrom { .. }, _) if op.is_ok() => {
                let address = sender(op)
                    .and_then(|sender| names.sender(sender))
                    .unwrap_or("_");
                format!("{}, {address} = ", names.data)
            }
            _ => String::new(),
        };
        let call = match call {
            Call::Socket { .. } => return format!("{target}{}", call.python(usize::MAX)),
            Call::Select { .. } => {
                let call = call.python_naming(usize::MAX, |id| names.socket(id).to_owned());
                return format!("readable, writable, failed = {call}");
            }
            // Python's own close of a closed socket calls nothing.
            Call::Close if entry_fd == Some(-1) => return format!("close({on}.fileno())"),
            // Python's own recv(0) calls nothing.
            Call::Recv { max: 0 } => "recvfrom(0)".to_owned(),
            Call::Bind { address } => format!(
                "bind({})",
                python_tuple(&self.plan.bind_address(op, *address))
            ),
            Call::Send { .. } => format!("send({})", self.payload(op)),
            Call::SendAll { .. } => format!("sendall({})", self.payload(op)),
            Call::SendTo { address, .. } => {
                let variable =
                    self.plan
                        .address_variable(self.program, op, *address, self.last_sender);
                let to = variable.map_or_else(|| python_tuple(address), str::to_owned);
                format!("sendto({}, {to})", self.payload(op))
            }
            call => call.python(usize::MAX),
        };
        format!("{target}{on}.{call}")
    }

    fn has_bytes(op: &Op) -> bool {
        op.entry.as_ref().is_some_and(|entry| entry.bytes_moved > 0)
    }

    fn payload(&self, op: &Op) -> String {
        let payload = operation::payload(op);
        match reply(&payload, self.last.as_deref()) {
            Some(Reply::Same) => self.program.names.data.clone(),
            Some(Reply::Capitals) => format!("{}.upper()", self.program.names.data),
            None => match &payload {
                Payload::Literal(bytes) => literal(bytes),
                Payload::Repeat { unit, times } if unit.len() > LINE => {
                    format!("({}) * {times}", literal(unit))
                }
                payload => payload.python(usize::MAX),
            },
        }
    }
}

/// A literal, over several lines where it is long; these are joined inside brackets.
fn literal(bytes: &[u8]) -> String {
    if bytes.len() <= LINE {
        return python_literal(bytes, usize::MAX);
    }
    let lines = bytes
        .chunks(LINE)
        .map(|line| format!("\n    {}", python_literal(line, usize::MAX)));
    lines.collect::<String>() + "\n"
}
