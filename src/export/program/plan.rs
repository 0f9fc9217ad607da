//! A program before it is written in a language: its threads, each a list of steps.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use crate::model::address::python_tuple;
use crate::model::call::{Call, Outcome, ProgramId, SocketId, Value};
use crate::model::event::Note;
use crate::model::recording::Recording;
use crate::model::socket::Socket;

use super::depend::{Knowledge, is_at};
use super::names::{self, Names};
use super::operation::sender;
use super::order::{Lane, Order, TurnKind};
use super::page::seconds;
use super::session::{Op, Session, What};
use super::settle::{Settling, Unsettled};
use super::{FileNames, Language, NotAProgram};

/// A call that took longer than this is said to have waited.
const WAITED: u64 = 50_000_000;
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
        let waits = Waits::of(session, &order, &plan.turns);
        let settling = Settling::of(session);
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
            let program = plan.fill(program, &order, &knowledge, (&waits, &settling));
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

    fn fill(
        &self,
        mut program: Program,
        order: &Order,
        knowledge: &Knowledge<'_>,
        (waits, settling): (&Waits, &Settling),
    ) -> Program {
        let lanes: Vec<usize> = (0..order.lanes.len())
            .filter(|lane| order.lanes[*lane].program == program.id)
            .collect();
        let threads: BTreeMap<usize, usize> = lanes
            .iter()
            .filter(|lane| order.lanes[**lane].fork.is_some())
            .enumerate()
            .map(|(place, lane)| (*lane, place))
            .collect();
        let mut left = self.left_out(program.id).into_iter().peekable();
        let at = |pick: fn(&Lane) -> Option<usize>| {
            let mut places: HashMap<usize, Vec<usize>> = HashMap::new();
            for (lane, place) in &threads {
                if let Some(op) = pick(&order.lanes[*lane]) {
                    places.entry(op).or_default().push(*place);
                }
            }
            places
        };
        let (joins, forks) = (at(|lane| lane.join), at(|lane| lane.fork));
        let of = |places: &HashMap<usize, Vec<usize>>, op: usize| {
            places.get(&op).cloned().unwrap_or_default()
        };
        for &lane in &lanes {
            let mut steps = Vec::new();
            let mut unsettled = Unsettled::default();
            for &op in &order.lanes[lane].ops {
                let is_main = order.lanes[lane].fork.is_none();
                if is_main {
                    while let Some(out) = left.next_if(|out| *out < op) {
                        steps.extend(self.op(out).narration.iter().cloned().map(Step::Words));
                        steps.push(Step::LeftOut(out));
                    }
                }
                steps.extend(of(&joins, op).into_iter().map(Step::Join));
                steps.extend(waits.before(op));
                steps.extend(of(&forks, op).into_iter().map(Step::Fork));
                steps.extend(self.op(op).narration.iter().cloned().map(Step::Words));
                if let Some(sender) = knowledge.must_have_arrived(op)
                    && unsettled.at(op, settling).contains(&sender)
                {
                    unsettled.settle(sender);
                    steps.push(Step::Settle(sender));
                }
                if matches!(self.op(op).what, What::Call) {
                    unsettled.call(self.op(op), self.recording);
                    steps.push(Step::Call(op));
                }
                if let Some(place) = waits.said_after(op) {
                    for id in unsettled.at(op, settling) {
                        unsettled.settle(id);
                        steps.push(Step::Settle(id));
                    }
                    steps.push(Step::Tell(place));
                }
            }
            if threads.contains_key(&lane) {
                program.threads.push(steps);
            } else {
                program.main = steps;
            }
        }
        program
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

/// The turns by the operations that say them and wait for them.
struct Waits {
    /// The place of the turn that is said after an operation.
    places: HashMap<usize, usize>,
    before: HashMap<usize, Vec<(usize, TurnKind, ProgramId)>>,
}

impl Waits {
    fn of(session: &Session, order: &Order, said: &[Said]) -> Self {
        let places = said.iter().enumerate();
        let mut waits = Self {
            places: places.map(|(place, said)| (said.from, place)).collect(),
            before: HashMap::new(),
        };
        for turn in &order.turns {
            let Some(place) = waits.said_after(turn.from) else {
                continue;
            };
            if turn.kind != TurnKind::Start {
                let wait = (
                    said[place].number,
                    turn.kind,
                    session.ops[turn.from].program,
                );
                waits.before.entry(turn.to).or_default().push(wait);
            }
        }
        for all in waits.before.values_mut() {
            all.sort_by_key(|(number, ..)| *number);
        }
        waits
    }

    fn said_after(&self, op: usize) -> Option<usize> {
        self.places.get(&op).copied()
    }

    /// The steps that wait for what an operation needs.
    fn before(&self, op: usize) -> impl Iterator<Item = Step> {
        let waits = self.before.get(&op).into_iter().flatten();
        waits.map(|&(number, kind, by)| match kind {
            TurnKind::Thread => Step::WaitInside(number),
            TurnKind::Program | TurnKind::Start => Step::Wait { number, by },
        })
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
    let places: HashMap<usize, usize> = all
        .iter()
        .map(|said| (said.from, said.number - 1))
        .collect();
    for turn in &order.turns {
        let Some(said) = places.get(&turn.from).map(|place| &mut all[*place]) else {
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
