//! A recording as a list of operations: what each program is to do again, and what it can't.

use std::collections::HashMap;

use crate::model::call::{BlockingMode, Call, Outcome, ProgramId, SocketId, Value};
use crate::model::errno::Errno;
use crate::model::event::{Note, PlayerNote};
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::model::socket::accepted_mode;

use super::NotAProgram;
use super::operation::takes;

/// More calls than this are no program that anybody reads.
const MOST_CALLS: usize = 5_000;
/// So many bytes of payload may stand in the text.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// What a program does at one place of its text.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A call that returned: made again.
    Call,
    /// A call that is left out, and why.
    LeftOut(&'static str),
    /// The program's end, which closes what is still open.
    End(Vec<SocketId>),
}

/// One operation of a program.
#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) what: What,
    pub(super) program: ProgramId,
    /// The row, of a sendall the first; `None` for the end of a program.
    pub(super) entry: Option<CallEntry>,
    /// Where in the order of things it begins.
    pub(super) begin: u64,
    /// Where it ends.
    pub(super) end: u64,
    /// Nanoseconds it took.
    pub(super) took: u64,
    /// The mode its socket was in.
    pub(super) mode: BlockingMode,
    /// What the script said before it.
    pub(super) narration: Vec<String>,
}

impl Op {
    /// The call, where it is made again.
    pub(super) fn call(&self) -> Option<&Call> {
        match self.what {
            What::Call => self.entry.as_ref().map(|entry| &entry.call),
            _ => None,
        }
    }

    /// How it ended, where it is made again.
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        match self.what {
            What::Call => self.entry.as_ref()?.outcome.as_ref(),
            _ => None,
        }
    }

    /// The socket it is made on, or that it made.
    pub(super) fn socket(&self) -> Option<SocketId> {
        self.entry.as_ref()?.socket
    }

    /// Whether it succeeded.
    pub(super) fn is_ok(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Ok(_)))
    }

    /// Whether it failed, would-blocks among them.
    pub(super) fn is_error(&self) -> bool {
        matches!(self.outcome(), Some(Outcome::Error(_)))
    }

    pub(super) fn row(&self) -> Option<RowNumber> {
        self.entry.as_ref().map(|entry| entry.number)
    }
}

/// All operations, in the order in which they began, and where each row went.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) ops: Vec<Op>,
    pub(super) by_row: HashMap<RowNumber, usize>,
    /// The programs that did anything, in the order in which they began.
    pub(super) programs: Vec<ProgramId>,
}

impl Session {
    pub(super) fn of(recording: &Recording) -> Result<Self, NotAProgram> {
        if recording.let_go() > 0 {
            return Err(NotAProgram::RowsLetGo(recording.let_go()));
        }
        if recording.is_empty() {
            return Err(NotAProgram::Nothing);
        }
        if recording.len() > MOST_CALLS {
            return Err(NotAProgram::TooManyCalls(recording.len() as u64));
        }
        let mut rows: Vec<CallEntry> = (0..recording.len())
            .filter_map(|index| recording.row(index))
            .collect();
        rows.sort_by_key(|entry| entry.start.seq);
        let mut session = Self {
            ops: Vec::new(),
            by_row: HashMap::new(),
            programs: Vec::new(),
        };
        for entry in rows {
            session.take(entry)?;
        }
        session.check_size()?;
        session.find_modes();
        session.end_selects();
        session.narrate(recording);
        session.end_programs(recording);
        Ok(session)
    }

    fn take(&mut self, entry: CallEntry) -> Result<(), NotAProgram> {
        let Some(program) = entry.program else {
            return Err(NotAProgram::NoProgram(entry.number));
        };
        if entry.folded {
            return Err(NotAProgram::Folded(entry.number, entry.count));
        }
        if entry
            .call
            .payload()
            .is_some_and(|payload| payload.to_bytes().is_none())
        {
            return Err(NotAProgram::BytesLetGo(entry.number));
        }
        if !self.programs.contains(&program) {
            self.programs.push(program);
        }
        if let Some(part) = entry.part.filter(|part| *part > 1)
            && let Some(first) = self.first_part(&entry, part)
        {
            return self.add_part(first, &entry);
        }
        let end = entry.end.unwrap_or(entry.start);
        let what = match &entry.outcome {
            None => What::LeftOut("it was still waiting at the end: left out"),
            Some(Outcome::Interrupted) if entry.note == Some(Note::GoesOn) => {
                return Err(NotAProgram::GoesOn(entry.number));
            }
            Some(Outcome::Interrupted) => {
                What::LeftOut("its wait was ended by the user, which a program can't do: left out")
            }
            Some(Outcome::Error(Errno::EBADF)) if entry.call.watched().is_some() => {
                What::LeftOut("a closed socket is refused before select is asked: left out")
            }
            Some(_) => What::Call,
        };
        self.by_row.insert(entry.number, self.ops.len());
        self.ops.push(Op {
            what,
            program,
            begin: entry.start.seq,
            end: end.seq,
            took: end.at.saturating_sub(entry.start.at),
            mode: BlockingMode::Blocking,
            narration: Vec::new(),
            entry: Some(entry),
        });
        Ok(())
    }

    /// The sendall that a later part belongs to.
    fn first_part(&self, entry: &CallEntry, part: u32) -> Option<usize> {
        let is_it = |op: &Op| {
            let first = op.entry.as_ref();
            op.socket() == entry.socket
                && first.is_some_and(|first| first.part == Some(1) && first.thread == entry.thread)
        };
        (part > 1)
            .then(|| self.ops.iter().rposition(is_it))
            .flatten()
    }

    fn add_part(&mut self, first: usize, entry: &CallEntry) -> Result<(), NotAProgram> {
        self.by_row.insert(entry.number, first);
        let Some(op) = self.ops.get_mut(first) else {
            return Ok(());
        };
        let ended = entry.end.zip(entry.outcome.clone());
        match (ended, op.entry.as_mut()) {
            (Some((_, Outcome::Interrupted)), _) => {
                return Err(NotAProgram::HalfSent(entry.number));
            }
            (Some((end, outcome)), Some(whole)) => {
                op.end = end.seq;
                op.took = end.at.saturating_sub(whole.start.at);
                whole.outcome = Some(outcome);
                whole.bytes_moved += entry.bytes_moved;
            }
            _ => op.what = What::LeftOut("it was still waiting at the end: left out"),
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), NotAProgram> {
        let of = |op: &Op| match op.call().and_then(Call::payload) {
            Some(crate::model::payload::Payload::Literal(bytes)) => bytes.len() as u64,
            Some(crate::model::payload::Payload::Repeat { unit, .. }) => unit.len() as u64,
            _ => 0,
        };
        let bytes: u64 = self.ops.iter().map(of).sum();
        if bytes > MOST_BYTES {
            return Err(NotAProgram::TooManyBytes(bytes));
        }
        Ok(())
    }

    /// Notes of each operation the mode its socket was in.
    fn find_modes(&mut self) {
        let mut modes: HashMap<SocketId, BlockingMode> = HashMap::new();
        for op in &mut self.ops {
            let mode = op.socket().and_then(|socket| modes.get(&socket)).copied();
            op.mode = mode.unwrap_or(BlockingMode::Blocking);
            let Some(entry) = &op.entry else { continue };
            match (&entry.call, &entry.outcome) {
                (Call::SetBlocking { mode }, Some(Outcome::Ok(_))) => {
                    modes.extend(entry.socket.map(|socket| (socket, *mode)));
                }
                (Call::Accept, Some(Outcome::Ok(Value::Socket { id, .. }))) => {
                    let mode = match entry.note {
                        Some(Note::InCrowd) => BlockingMode::NonBlocking,
                        _ => accepted_mode(op.mode),
                    };
                    modes.insert(*id, mode);
                }
                _ => {}
            }
        }
    }

    /// A select that found a socket ready had ended before another call took what was there, though the one is sometimes
    /// noted after the other has begun.
    fn end_selects(&mut self) {
        for index in 0..self.ops.len() {
            let (before, after) = self.ops.split_at_mut(index + 1);
            let Some(select) = before.last_mut() else {
                continue;
            };
            let Some(Outcome::Ok(Value::Ready(ready))) = select.outcome() else {
                continue;
            };
            let mut meanwhile = after.iter().take_while(|op| op.begin < select.end);
            let taker = meanwhile.find(|op| {
                let takes = op.call().is_some_and(takes);
                takes && op.socket().is_some_and(|id| ready.read.contains(&id))
            });
            if let Some(begin) = taker.map(|op| op.begin) {
                select.end = begin.saturating_sub(1).max(select.begin);
            }
        }
    }

    /// Puts what a script said before the operation it was said of.
    fn narrate(&mut self, recording: &Recording) {
        for entry in recording.notes() {
            let PlayerNote::Narration { text } = &entry.note else {
                continue;
            };
            let said = entry.stamp.seq;
            // Equal calls that stand as one row were told of one by one.
            let repeats = |op: &Op| {
                let count = op.entry.as_ref().map_or(1, |entry| entry.count);
                count > 1 && (op.begin..op.end).contains(&said)
            };
            let next = self.ops.iter().position(repeats);
            let next = next.unwrap_or(self.ops.partition_point(|op| op.begin < said));
            if let Some(op) = self.ops.get_mut(next) {
                op.narration.push(text.to_string());
            }
        }
    }

    /// The end of a program closes what it left open: an operation of its own, after all others.
    fn end_programs(&mut self, recording: &Recording) {
        for program in self.programs.clone() {
            let open = recording.sockets().open();
            let open = open.filter(|socket| socket.program == program);
            self.ops.push(Op {
                what: What::End(open.map(|socket| socket.id).collect()),
                program,
                entry: None,
                begin: u64::MAX - 1,
                end: u64::MAX,
                took: 0,
                mode: BlockingMode::Blocking,
                narration: Vec::new(),
            });
        }
    }
}
