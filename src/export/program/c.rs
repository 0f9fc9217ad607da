//! A program in C, for POSIX systems: the same structure as the one in Python.
//!
//! It compiles without a warning of `cc -Wall`: a helper stands in it only where it is called.

use std::net::SocketAddr;
use std::time::Duration;

use crate::model::call::{BlockingMode, Call, Family, SocketLists, SocketOption};
use crate::model::payload::Payload;
use crate::model::recording::RowNumber;

use super::Language;
use super::header::{self, runs_as, turn_words};
use super::operation::{self, Reply, born, received, reply, sender};
use super::page::Page;
use super::plan::{Plan, Program, Step};
use super::session::Op;

mod helpers;
mod literal;

use helpers::Needs;
use literal::literal;

/// The program's text, and the lines of its rows.
pub(super) fn write(plan: &Plan<'_>, program: &Program) -> (String, Vec<(u32, RowNumber)>) {
    let mut writer = Writer {
        plan,
        program,
        page: Page::new("//"),
        needs: Needs::default(),
        local: Local::default(),
        has_turns: program.has_turns_of_threads(),
        last: None,
        last_sender: None,
    };
    writer.variables();
    for (place, steps) in program.threads.iter().enumerate() {
        writer.thread(place, steps);
    }
    writer.main();
    let mut page = Page::new("//");
    header::write(&mut page, plan, program, Language::C);
    writer.needs.write(&mut page, plan.turns.len() + 1);
    page.append(writer.page);
    page.finish()
}

/// What a function's calls use of its own.
#[derive(Debug, Default)]
struct Local {
    /// The most bytes that its receives ask for at once.
    room: Option<u32>,
    size: bool,
    ipv4: bool,
    ipv6: bool,
    /// Which of the [`SETS`] its selects fill.
    sets: [bool; 3],
}

/// What a select's sets are called.
const SETS: [&str; 3] = ["readable", "writable", "failed"];

/// A buffer up to this size is an array.
const ARRAY: u32 = 1024 * 1024;

struct Writer<'a> {
    plan: &'a Plan<'a>,
    program: &'a Program,
    page: Page,
    needs: Needs,
    local: Local,
    has_turns: bool,
    last: Option<Vec<u8>>,
    last_sender: Option<SocketAddr>,
}

impl Writer<'_> {
    /// What several functions use.
    fn variables(&mut self) {
        let mut born_here: Vec<String> = Vec::new();
        let mut senders = false;
        for step in self.program.steps() {
            let Step::Call(op) = step else { continue };
            let op = self.plan.op(*op);
            born_here.extend(born(op).map(|id| self.program.names.socket(id).to_owned()));
            senders |= sender(op).is_some();
        }
        for name in born_here {
            self.page.line(&format!("static int {name} = -1;"));
        }
        if senders {
            for name in self.program.names.senders() {
                self.page
                    .line(&format!("static struct sockaddr_storage {name};"));
                self.page
                    .line(&format!("static socklen_t {name}_size = sizeof {name};"));
            }
        }
        self.page.line("");
    }

    fn thread(&mut self, place: usize, steps: &[Step]) {
        let (last, last_sender) = (self.last.take(), self.last_sender.take());
        self.page
            .say("These calls began while another of this program waited.");
        self.page
            .line(&format!("static void *part_{}(void *unused)", place + 1));
        self.page.line("{");
        self.page.indent();
        self.page.line("(void)unused;");
        self.body(steps);
        self.page.line("return NULL;");
        self.page.outdent();
        self.page.line("}");
        self.page.line("");
        (self.last, self.last_sender) = (last, last_sender);
    }

    fn main(&mut self) {
        self.page.line("int main(void)");
        self.page.line("{");
        self.page.indent();
        let waits = |step: &Step| matches!(step, Step::Wait { .. });
        if self.has_turns && self.program.steps().any(waits) {
            self.needs.reads_turns = true;
            self.page.line("pthread_t reader;");
            self.page
                .line("pthread_create(&reader, NULL, read_turns, NULL);");
        }
        for place in 0..self.program.threads.len() {
            self.page.line(&format!("pthread_t thread_{};", place + 1));
        }
        let sends = |step: &Step| matches!(step, Step::Call(op) if self.plan.op(*op).call().is_some_and(|call| call.payload().is_some()));
        if self.program.steps().any(sends) {
            self.needs.signal = true;
            let why = "a send that nobody can get answers EPIPE";
            self.page.commented("signal(SIGPIPE, SIG_IGN);", why);
        }
        let program = self.program;
        self.body(&program.main);
        self.page.line("return 0;");
        self.page.outdent();
        self.page.line("}");
    }

    /// The steps, below the variables that they use.
    fn body(&mut self, steps: &[Step]) {
        let mut below = Page::new("//");
        below.indent();
        std::mem::swap(&mut self.page, &mut below);
        self.local = Local::default();
        self.steps(steps);
        std::mem::swap(&mut self.page, &mut below);
        match self.local.room {
            Some(room) if room > ARRAY => self.page.line(&format!("char *data = malloc({room});")),
            Some(room) => self
                .page
                .line(&format!("static char data[{}];", room.max(1))),
            None => {}
        }
        if self.local.size {
            self.page.line("ssize_t size = 0;");
        }
        if self.local.ipv4 {
            self.page.line("struct sockaddr_in to;");
        }
        if self.local.ipv6 {
            self.page.line("struct sockaddr_in6 to6;");
        }
        for (set, _) in SETS
            .iter()
            .zip(self.local.sets)
            .filter(|(_, is_used)| *is_used)
        {
            self.page.line(&format!("fd_set {set};"));
        }
        self.page.line("");
        self.page.append(below);
    }

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
                    self.needs.settle = true;
                    let name = self.program.names.socket(*id);
                    self.page.line(&format!("wait_until_arrived({name});"));
                }
                Step::Tell(place) => self.tell(*place),
                Step::Wait { number, by } => {
                    let by = runs_as(self.plan, *by, Language::C);
                    let wait = if self.has_turns {
                        "wait_for_turn"
                    } else {
                        self.needs.wait_for_enter = true;
                        "wait_for_enter"
                    };
                    self.page.line(&format!("{wait}({number}, \"{by}\");"));
                }
                Step::WaitInside(number) => {
                    self.needs.waits_inside = true;
                    self.page.line(&format!("wait_until_said({number});"));
                }
                Step::Fork(place) => {
                    self.needs.threads = true;
                    let start = format!(
                        "pthread_create(&thread_{0}, NULL, part_{0}, NULL);",
                        place + 1
                    );
                    self.page.line(&start);
                }
                Step::Join(place) => self
                    .page
                    .line(&format!("pthread_join(thread_{}, NULL);", place + 1)),
            }
        }
    }

    fn tell(&mut self, place: usize) {
        let Some(said) = self.plan.turns.get(place) else {
            return;
        };
        if !said.starts.is_empty() || !said.wakes.is_empty() {
            let words = turn_words(self.plan, said, Language::C);
            self.page.line(&format!("puts(\"{words}\");"));
            self.page.line("fflush(stdout);");
        }
        if said.inside {
            self.needs.says_inside = true;
            self.page.line(&format!("say_turn({});", said.number));
        }
    }

    fn call(&mut self, op: &Op) {
        let Some((entry, call)) = op.entry.as_ref().zip(op.call()) else {
            return;
        };
        let comment = self.plan.comment(op);
        let must = if op.is_error() {
            self.needs.note = true;
            "note"
        } else {
            self.needs.must = true;
            "must"
        };
        let name = op.socket().map_or("", |id| self.program.names.socket(id));
        let dot = if name.is_empty() { "" } else { "." };
        let what = format!("{name}{dot}{}", call.method());
        let code = format!("{must}(\"{what}\", {});", self.expression(op, call));
        if entry.count > 1 {
            let again = format!("for (int again = 0; again < {}; again++)", entry.count);
            self.page.line(&again);
            self.page.indent();
        }
        self.page.of_row(op.row(), &code, &comment);
        if entry.count > 1 {
            self.page.outdent();
        }
        if keeps_size(op) {
            self.page
                .line(&format!("printf(\"{what}: %zd bytes\\n\", size);"));
        }
        if matches!(call, Call::Close) && op.is_ok() {
            self.page.line(&format!("{name} = -1;"));
        }
        if let Some(bytes) = received(op) {
            self.last = Some(bytes.to_vec());
            self.last_sender = sender(op).or(self.last_sender);
        } else if matches!(call, Call::Recv { .. } | Call::RecvFrom { .. }) && op.is_ok() {
            self.last = None;
        }
    }

    fn expression(&mut self, op: &Op, call: &Call) -> String {
        let program = self.program;
        let names = &program.names;
        let on = op.socket().map_or("-1", |id| names.socket(id));
        let size = if keeps_size(op) {
            self.local.size = true;
            "size = "
        } else {
            ""
        };
        if let Call::Recv { max } | Call::RecvFrom { max } = call {
            self.local.room = self.local.room.max(Some(*max));
        }
        match call {
            Call::Socket { family, protocol } => {
                let made = format!("socket({}, {}, 0)", family.constant(), protocol.constant());
                match born(op) {
                    Some(new) => format!("{} = {made}", names.socket(new)),
                    None => made,
                }
            }
            Call::Bind { address } => {
                let address = self.plan.bind_address(op, *address);
                format!("bind({on}, {})", self.at(&address))
            }
            Call::Connect { address } => format!("connect({on}, {})", self.at(address)),
            Call::Listen { backlog } => format!("listen({on}, {backlog})"),
            Call::Accept => match born(op) {
                Some(new) => format!("{} = accept({on}, NULL, NULL)", names.socket(new)),
                None => format!("accept({on}, NULL, NULL)"),
            },
            Call::Send { .. } => format!("send({on}, {}, 0)", self.payload(op)),
            Call::SendAll { .. } => {
                self.needs.send_all = true;
                format!("send_all({on}, {})", self.payload(op))
            }
            Call::SendTo { address, .. } => {
                let variable = self
                    .plan
                    .address_variable(program, op, *address, self.last_sender);
                let to = match variable {
                    Some(name) => format!("(struct sockaddr *)&{name}, {name}_size"),
                    None => self.at(address),
                };
                format!("sendto({on}, {}, 0, {to})", self.payload(op))
            }
            Call::Recv { max } => format!("{size}recv({on}, data, {max}, 0)"),
            Call::RecvFrom { max } => match sender(op).and_then(|sender| names.sender(sender)) {
                Some(name) => format!(
                    "{size}recvfrom({on}, data, {max}, 0, (struct sockaddr *)&{name}, &{name}_size)"
                ),
                None => format!("{size}recvfrom({on}, data, {max}, 0, NULL, NULL)"),
            },
            Call::Select { watched, timeout } => self.select(watched, *timeout),
            Call::Shutdown { how } => format!("shutdown({on}, {})", how.constant()),
            Call::Close => format!("close({on})"),
            Call::SetBlocking { mode } => {
                self.needs.ioctl = true;
                let value = i32::from(*mode == BlockingMode::NonBlocking);
                format!("ioctl({on}, FIONBIO, &(int){{{value}}})")
            }
            Call::SetSockOpt { option, value } => {
                self.needs.tcp_options |= *option == SocketOption::NoDelay;
                let (level, option) = (option.level(), option.constant());
                if option == SocketOption::Linger.constant() {
                    return format!(
                        "setsockopt({on}, {level}, {option}, &(struct linger){{1, {value}}}, sizeof(struct linger))"
                    );
                }
                format!("setsockopt({on}, {level}, {option}, &(int){{{value}}}, sizeof(int))")
            }
            Call::GetSockOpt { option } => {
                self.needs.tcp_options |= *option == SocketOption::NoDelay;
                let (level, option) = (option.level(), option.constant());
                format!(
                    "getsockopt({on}, {level}, {option}, &(int){{0}}, &(socklen_t){{sizeof(int)}})"
                )
            }
            Call::GetSockName => format!("getsockname({on}, {ANY})"),
            Call::GetPeerName => format!("getpeername({on}, {ANY})"),
        }
    }

    /// A select; each time it is made, its sets are filled anew, for it leaves in them only what is ready.
    fn select(&mut self, watched: &SocketLists, timeout: Option<Duration>) -> String {
        self.needs.select = true;
        let mut arguments = vec!["FD_SETSIZE".to_owned()];
        for (place, list) in watched.lists().into_iter().enumerate() {
            if list.is_empty() {
                arguments.push("NULL".to_owned());
                continue;
            }
            self.local.sets[place] = true;
            let names: Vec<&str> = list
                .iter()
                .map(|id| self.program.names.socket(*id))
                .collect();
            let (set, count, names) = (SETS[place], names.len(), names.join(", "));
            arguments.push(format!("set_of(&{set}, {count}, (int[]){{{names}}})"));
        }
        arguments.push(timeout.map_or("NULL".to_owned(), |timeout| {
            let (seconds, micros) = (timeout.as_secs(), timeout.subsec_micros());
            format!("&(struct timeval){{{seconds}, {micros}}}")
        }));
        format!("select({})", arguments.join(", "))
    }

    /// The bytes and their count.
    fn payload(&mut self, op: &Op) -> String {
        let payload = operation::payload(op);
        match reply(&payload, self.last.as_deref()) {
            Some(Reply::Same) => "data, size".to_owned(),
            Some(Reply::Capitals) => {
                self.needs.capitals = true;
                // They are made in place.
                self.last = payload.to_bytes().map(|bytes| bytes.to_vec());
                "capitals(data, size), size".to_owned()
            }
            None => match &payload {
                Payload::Literal(bytes) => format!("{}, {}", literal(bytes), bytes.len()),
                Payload::Repeat { unit, times } => {
                    self.needs.repeat = true;
                    let all = payload.len();
                    format!("repeat({}, {}, {times}), {all}", literal(unit), unit.len())
                }
                Payload::LetGo(_) => "\"\", 0".to_owned(),
            },
        }
    }

    /// An address as two arguments, made on a line of its own before.
    fn at(&mut self, address: &SocketAddr) -> String {
        let (helper, to) = match Family::of(address) {
            Family::Ipv4 => {
                self.local.ipv4 = true;
                self.needs.ipv4 = true;
                ("ipv4", "to")
            }
            Family::Ipv6 => {
                self.local.ipv6 = true;
                self.needs.ipv6 = true;
                ("ipv6", "to6")
            }
        };
        let (host, port) = (address.ip(), address.port());
        self.page
            .line(&format!("{to} = {helper}(\"{host}\", {port});"));
        format!("(struct sockaddr *)&{to}, sizeof {to}")
    }
}

/// Whether the count of a receive is kept: one that gave bytes.
fn keeps_size(op: &Op) -> bool {
    received(op).is_some_and(|bytes| !bytes.is_empty())
}

/// Room for an address that is asked for.
const ANY: &str = "(struct sockaddr *)&(struct sockaddr_storage){0}, &(socklen_t){sizeof(struct sockaddr_storage)}";
