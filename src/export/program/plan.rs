//! A program before it is written in a language: its threads, each a list of steps.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::model::address::python_tuple;
use crate::model::call::{
    Call, Method, Outcome, ProgramId, Protocol, SocketId, SocketOption, Value,
};
use crate::model::event::Note;
use crate::model::recording::Recording;
use crate::model::socket::Socket;

use super::depend::{Knowledge, is_at};
use super::names::{self, Names};
use super::operation::sender;
use super::order::{Order, TurnKind};
use super::page::seconds;
use super::session::{Op, Session, What};
use super::{FileNames, Language, NotAProgram};

/// A call that took longer than this is said to have waited.
const WAITED: u64 = 50_000_000;
/// So many bytes of a connection are certain to find room at its other end.
const SETTLES: u64 = 16 * 1024;
/// Bytes of a payload in a comment.
const SHOWN: usize = 40;

/// The session as programs.
pub(super) struct Plan<'a> {
    pub(super) recording: &'a Recording,
    pub(super) session: &'a Session,
    pub(super) programs: Vec<Program>,
    pub(super) turns: Vec<Said>,
}

/// A turn by its number.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) number: usize,
    /// The operation after which it is said.
    from: usize,
    pub(super) by: ProgramId,
    /// The programs that are started once it is said.
    pub(super) starts: Vec<ProgramId>,
    /// The programs that wait for it in the middle.
    pub(super) wakes: Vec<ProgramId>,
    /// Whether a thread of the same program waits for it.
    pub(super) inside: bool,
}

/// One program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) id: ProgramId,
    /// Its file name without the ending.
    pub(super) file: String,
    pub(super) names: Names,
    pub(super) main: Vec<Step>,
    pub(super) threads: Vec<Vec<Step>>,
}

impl Program {
    /// All its steps, thread by thread.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.main.iter().chain(self.threads.iter().flatten())
    }

    /// Whether turns are waited for by threads, so that each must get its own.
    pub(super) fn has_turns_of_threads(&self) -> bool {
        !self.threads.is_empty()
            && self.steps().any(|step| {
                matches!(
                    step,
                    Step::Wait { .. } | Step::WaitInside(_) | Step::Tell(_)
                )
            })
    }
}

/// One step of a thread.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// What the script said here.
    Words(String),
    /// The call of that operation.
    Call(usize),
    /// A call that is left out.
    LeftOut(usize),
    /// Waits until the other end's system has what this socket has sent: small pieces may be held back for a while.
    Settle(SocketId),
    /// Says a turn, by its place.
    Tell(usize),
    /// Waits for another program's turn.
    Wait { number: usize, by: ProgramId },
    /// Waits for a turn of another thread.
    WaitInside(usize),
    /// Starts a thread, by its place.
    Fork(usize),
    /// Waits for a thread's end.
    Join(usize),
}

impl<'a> Plan<'a> {
    pub(super) fn of(
        recording: &'a Recording,
        session: &'a Session,
        language: Language,
        file_names: &FileNames,
    ) -> Result<Self, NotAProgram> {
        let knowledge = Knowledge::of(recording, session);
        let order = Order::of(session, &knowledge);
        let files = names::files(recording, &session.programs, file_names);
        let mut plan = Self {
            recording,
            session,
            programs: Vec::new(),
            turns: said(session, &order),
        };
        for &id in &session.programs {
            let mut names = Names::of(recording, id, language);
            for op in session.ops.iter().filter(|op| op.program == id) {
                if let Some(sender) = sender(op) {
                    names.add_sender(sender);
                }
            }
            let program = Program {
                id,
                file: files.get(&id).cloned().unwrap_or_default(),
                names,
                main: Vec::new(),
                threads: Vec::new(),
            };
            let program = plan.fill(program, &order, &knowledge);
            plan.check_addresses(&program)?;
            plan.programs.push(program);
        }
        Ok(plan)
    }

    pub(super) fn op(&self, index: usize) -> &'a Op {
        &self.session.ops[index]
    }

    pub(super) fn program(&self, id: ProgramId) -> Option<&Program> {
        self.programs.iter().find(|program| program.id == id)
    }

    fn fill(&self, mut program: Program, order: &Order, knowledge: &Knowledge<'_>) -> Program {
        let lanes: Vec<usize> = (0..order.lanes.len())
            .filter(|lane| order.lanes[*lane].program == program.id)
            .collect();
        let threads: BTreeMap<usize, usize> = lanes
            .iter()
            .filter(|lane| order.lanes[**lane].fork.is_some())
            .enumerate()
            .map(|(place, lane)| (*lane, place))
            .collect();
        let mut left = self.left_out(program.id);
        for &lane in &lanes {
            let mut steps = Vec::new();
            for &op in &order.lanes[lane].ops {
                let is_main = order.lanes[lane].fork.is_none();
                if is_main {
                    while let Some(out) = left.first().copied().filter(|out| *out < op) {
                        left.remove(0);
                        steps.extend(self.op(out).narration.iter().cloned().map(Step::Words));
                        steps.push(Step::LeftOut(out));
                    }
                }
                let at = |pick: fn(&super::order::Lane) -> Option<usize>| {
                    let of_op = threads
                        .iter()
                        .filter(move |(lane, _)| pick(&order.lanes[**lane]) == Some(op));
                    of_op.map(|(_, place)| *place).collect::<Vec<usize>>()
                };
                steps.extend(at(|lane| lane.join).into_iter().map(Step::Join));
                self.wait(op, order, &mut steps);
                steps.extend(at(|lane| lane.fork).into_iter().map(Step::Fork));
                steps.extend(self.op(op).narration.iter().cloned().map(Step::Words));
                if let Some(sender) = knowledge.must_have_arrived(op) {
                    let sent = self.unsettled(&steps, op);
                    steps.extend(sent.contains(&sender).then_some(Step::Settle(sender)));
                }
                if matches!(self.op(op).what, What::Call) {
                    steps.push(Step::Call(op));
                }
                let place = self.turns.iter().position(|said| said.from == op);
                if place.is_some() {
                    let sent = self.unsettled(&steps, op);
                    steps.extend(sent.into_iter().map(Step::Settle));
                }
                steps.extend(place.map(Step::Tell));
            }
            if threads.contains_key(&lane) {
                program.threads.push(steps);
            } else {
                program.main = steps;
            }
        }
        program
    }

    /// The connections on which a thread has sent since it last waited for that.
    ///
    /// Not those with much under way: the other end may first have to receive.
    fn unsettled(&self, steps: &[Step], to: usize) -> Vec<SocketId> {
        let is_small = |id: SocketId| {
            let on_it = self
                .session
                .ops
                .iter()
                .take(to + 1)
                .filter(|op| op.socket() == Some(id));
            let sends = on_it.filter(|op| op.call().is_some_and(|call| call.method().sends()));
            let sent: u64 = sends
                .filter_map(|op| op.entry.as_ref())
                .map(|entry| entry.bytes_moved)
                .sum();
            sent <= SETTLES
        };
        let sets_buffer = |op: &Op| {
            matches!(
                op.call(),
                Some(Call::SetSockOpt {
                    option: SocketOption::ReceiveBuffer,
                    ..
                })
            )
        };
        if self.session.ops.iter().any(sets_buffer) {
            return Vec::new();
        }
        let mut sent: Vec<SocketId> = Vec::new();
        for step in steps {
            let (id, is_sent) = match step {
                Step::Settle(id) => (*id, false),
                Step::Call(op) => {
                    let op = self.op(*op);
                    let Some(socket) = self.socket(op) else {
                        continue;
                    };
                    let Some(method) = op.call().map(Call::method).filter(|_| op.is_ok()) else {
                        continue;
                    };
                    if !method.sends() && method != Method::Close {
                        continue;
                    }
                    (
                        socket.id,
                        method.sends() && socket.protocol == Protocol::Tcp,
                    )
                }
                _ => continue,
            };
            sent.retain(|other| *other != id);
            if is_sent && is_small(id) {
                sent.push(id);
            }
        }
        sent
    }

    fn number_after(&self, op: usize) -> Option<usize> {
        let said = self.turns.iter().find(|said| said.from == op);
        said.map(|said| said.number)
    }

    fn wait(&self, op: usize, order: &Order, steps: &mut Vec<Step>) {
        let mut waits: Vec<(usize, TurnKind, ProgramId)> = order
            .turns
            .iter()
            .filter(|turn| turn.to == op && turn.kind != TurnKind::Start)
            .filter_map(|turn| {
                let number = self.number_after(turn.from)?;
                Some((number, turn.kind, self.op(turn.from).program))
            })
            .collect();
        waits.sort_by_key(|(number, ..)| *number);
        for (number, kind, by) in waits {
            steps.push(match kind {
                TurnKind::Thread => Step::WaitInside(number),
                TurnKind::Program | TurnKind::Start => Step::Wait { number, by },
            });
        }
    }

    fn left_out(&self, program: ProgramId) -> Vec<usize> {
        let ops = self.session.ops.iter().enumerate();
        ops.filter(|(_, op)| op.program == program && matches!(op.what, What::LeftOut(_)))
            .map(|(index, _)| index)
            .collect()
    }

    /// Whether each address that is sent or connected to can be written.
    fn check_addresses(&self, program: &Program) -> Result<(), NotAProgram> {
        for step in program.steps() {
            let Step::Call(op) = step else { continue };
            let op = self.op(*op);
            let (Some(Call::Connect { address } | Call::SendTo { address, .. }), Some(row)) =
                (op.call(), op.row())
            else {
                continue;
            };
            if self.is_chosen_by_system(op, *address) && program.names.sender(*address).is_none() {
                return Err(NotAProgram::PortNotKnown(row, *address));
            }
        }
        Ok(())
    }

    /// Whether the port at that address will be another one next time.
    fn is_chosen_by_system(&self, op: &Op, address: SocketAddr) -> bool {
        let protocol = self.socket(op).map(|socket| socket.protocol);
        let all = self.recording.sockets().iter().filter(|socket| {
            Some(socket.protocol) == protocol && socket.parent.is_none() && is_at(socket, address)
        });
        let at: Vec<&Socket> = all.collect();
        op.is_ok() && !at.is_empty() && at.iter().all(|socket| !socket.bound_by_call)
    }

    fn socket(&self, op: &Op) -> Option<&'a Socket> {
        self.recording.sockets().get(op.socket()?)
    }

    /// The address to bind: where the system chose the port and others went there, that port.
    pub(super) fn bind_address(&self, op: &Op, address: SocketAddr) -> SocketAddr {
        let Some(local) = self.socket(op).and_then(|socket| socket.local) else {
            return address;
        };
        let goes_there = |op: &Op| {
            let to = op.call().and_then(Call::address);
            to.is_some_and(|to| to.port() == local.port())
        };
        if address.port() == 0 && op.is_ok() && self.session.ops.iter().any(goes_there) {
            SocketAddr::new(address.ip(), local.port())
        } else {
            address
        }
    }

    /// The variable that holds the address of a sendto; `None`: it is written.
    pub(super) fn address_variable<'p>(
        &self,
        program: &'p Program,
        op: &Op,
        address: SocketAddr,
        last_sender: Option<SocketAddr>,
    ) -> Option<&'p str> {
        let is_reply = last_sender == Some(address) || self.is_chosen_by_system(op, address);
        program.names.sender(address).filter(|_| is_reply)
    }

    /// What happened, for the comment behind the line.
    pub(super) fn comment(&self, op: &Op) -> String {
        let Some(entry) = &op.entry else {
            return String::new();
        };
        let mut words = Vec::new();
        if let What::LeftOut(why) = op.what {
            return format!("{}: {why}", entry.text(self.recording.sockets(), SHOWN));
        }
        if entry.count > 1 {
            words.push(format!("{} times", entry.count));
        }
        if op.took > WAITED && entry.count == 1 {
            words.push(format!("waited {}", seconds(op.took)));
        }
        match &entry.outcome {
            Some(Outcome::Ok(Value::Socket {
                peer: Some(peer), ..
            })) => {
                words.push(format!("from {}", python_tuple(peer)));
            }
            Some(Outcome::Ok(Value::None | Value::Socket { .. })) | None => {}
            Some(Outcome::Ok(Value::Sent(_))) => words.push(format!("-> {}", entry.bytes_moved)),
            Some(_) => {
                let result = entry.result(self.recording.sockets(), SHOWN);
                words.extend(result.map(|result| format!("-> {result}")));
            }
        }
        if let Some(Outcome::Ok(Value::Received { lost, .. })) = &entry.outcome
            && *lost > 0
        {
            words.push(format!("{lost} bytes of the datagram were cut off"));
        }
        match (&entry.note, &entry.call) {
            (Some(Note::EndedByYou), _) => words.push("stopped here by the user".to_owned()),
            (_, Call::Bind { address }) if self.bind_address(op, *address) != *address => {
                words.push("0 in the session: your system chose this port".to_owned());
            }
            _ => {}
        }
        words.join(", ")
    }
}

fn said(session: &Session, order: &Order) -> Vec<Said> {
    let mut froms: Vec<usize> = order.turns.iter().map(|turn| turn.from).collect();
    froms.sort_by_key(|op| session.ops[*op].end);
    froms.dedup();
    let new = |(place, from): (usize, usize)| Said {
        number: place + 1,
        from,
        by: session.ops[from].program,
        starts: Vec::new(),
        wakes: Vec::new(),
        inside: false,
    };
    let mut all: Vec<Said> = froms.into_iter().enumerate().map(new).collect();
    for turn in &order.turns {
        let Some(said) = all.iter_mut().find(|said| said.from == turn.from) else {
            continue;
        };
        let program = session.ops[turn.to].program;
        match turn.kind {
            TurnKind::Thread => said.inside = true,
            TurnKind::Program if !said.wakes.contains(&program) => said.wakes.push(program),
            TurnKind::Start if !said.starts.contains(&program) => said.starts.push(program),
            TurnKind::Program | TurnKind::Start => {}
        }
    }
    all
}
