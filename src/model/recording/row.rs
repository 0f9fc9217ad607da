//! One row: 64 bytes for a small call or an accept, with what does not fit beside it.

use std::sync::Arc;

use crate::model::call::{Bytes, Call, Method, Outcome, SocketId, ThreadId, Value};
use crate::model::errno::Errno;
use crate::model::event::{Ended, Folded, Stamp, Started};
use crate::model::payload::Payload;
use crate::model::socket::StateThen;

use super::RowNumber;
use super::accepted::Accepted;
use super::entry::CallEntry;
use super::full::{Full, moved};

const NONE: u32 = u32::MAX;
const NO_OFFSET: u64 = u64::MAX;
/// So many payload bytes fit into a row.
const INLINE: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Waiting,
    Succeeded,
    Failed,
    Interrupted,
    Abandoned,
}

/// What a row without a [`Full`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Send,
    Recv,
    /// An accept: of ten thousand connections each has one, and they are never let go.
    Accept,
}

impl Kind {
    fn of(method: Method) -> Self {
        match method {
            Method::Accept => Self::Accept,
            method if method.sends() => Self::Send,
            _ => Self::Recv,
        }
    }
}

/// One row. Compact (without a [`Full`]): a small send or recv, packed into `arg` and `value`, or an accept, packed into
/// these and `place`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) number: u64,
    start_seq: u64,
    start_at: u64,
    /// The offset in the stream; of a compact accept the socket that was born, and its descriptor.
    place: u64,
    end_seq_delta: u32,
    took: u32,
    thread: u32,
    socket: u32,
    arg: u32,
    value: u32,
    full: u32,
    errno: u16,
    kind: Kind,
    pub(super) state: State,
}

const _: () = assert!(
    size_of::<Row>() == 64,
    "a row is 64 bytes: a million of them must stay small"
);

impl Row {
    /// The row of a call that enters its system call, and what does not fit it.
    pub(super) fn started(number: RowNumber, started: &Started) -> (Self, Option<Full>) {
        let compact = compact_arg(started);
        let full = compact.is_none().then(|| Full::new(started));
        let row = Self {
            number: number.0,
            start_seq: started.stamp.seq,
            start_at: started.stamp.at,
            place: NO_OFFSET,
            end_seq_delta: 0,
            took: 0,
            thread: started.thread.0,
            socket: started.socket.map_or(NONE, |socket| socket.0),
            arg: compact.unwrap_or(0),
            value: 0,
            full: NONE,
            errno: 0,
            kind: Kind::of(started.call.method()),
            state: State::Waiting,
        };
        (row, full)
    }

    /// The row of many calls that nobody could take one by one.
    pub(super) fn folded(number: RowNumber, folded: &Folded) -> (Self, Full) {
        let row = Self {
            number: number.0,
            start_seq: folded.first.seq,
            start_at: folded.first.at,
            place: folded.offset.unwrap_or(NO_OFFSET),
            end_seq_delta: 0,
            took: 0,
            thread: folded.thread.0,
            socket: folded.socket.map_or(NONE, |socket| socket.0),
            arg: 0,
            value: 0,
            full: NONE,
            errno: folded.errno.map_or(0, |errno| errno.0),
            kind: Kind::of(folded.method),
            state: match folded.errno {
                Some(_) => State::Failed,
                None => State::Succeeded,
            },
        };
        (row, Full::folded(folded))
    }

    /// Takes in how the call ended, but for what does not fit; says whether everything fitted.
    pub(super) fn complete(&mut self, ended: &Ended, state: Option<StateThen>) -> bool {
        self.place = ended.offset.unwrap_or(NO_OFFSET);
        self.state = State::of(&ended.outcome);
        self.errno = ended.outcome.errno().map_or(0, |errno| errno.0);
        let end_seq_delta = u32::try_from(ended.stamp.seq.saturating_sub(self.start_seq));
        let took = u32::try_from(ended.stamp.at.saturating_sub(self.start_at));
        let (Ok(end_seq_delta), Ok(took)) = (end_seq_delta, took) else {
            return false;
        };
        // Kept also beside a full end: where equal calls are counted into the row, this is the first one's.
        self.end_seq_delta = end_seq_delta;
        self.took = took;
        let plain = self.is_compact() && ended.retries == 0 && state.is_none();
        plain && self.pack_outcome(ended)
    }

    /// Takes in what the call answered; says whether it fits.
    fn pack_outcome(&mut self, ended: &Ended) -> bool {
        if let Some(accepted) = Accepted::of(ended) {
            (self.place, self.arg, self.value) = accepted.pack();
            return true;
        }
        let value = compact_value(&ended.outcome).filter(|_| ended.note.is_none());
        self.value = value.unwrap_or(0);
        value.is_some()
    }

    /// When it ended, or the first of the calls it stands for did; its start, where that took too long to fit.
    fn end(&self) -> Option<Stamp> {
        let ended = !matches!(self.state, State::Waiting | State::Abandoned);
        ended.then(|| Stamp {
            seq: self.start_seq + u64::from(self.end_seq_delta),
            at: self.start_at + u64::from(self.took),
        })
    }

    pub(super) fn thread(&self) -> ThreadId {
        ThreadId(self.thread)
    }

    /// Whether nothing stands beside the row.
    pub(super) fn is_compact(&self) -> bool {
        self.full == NONE
    }

    /// Where, among those of its chunk, what does not fit the row stands.
    pub(super) fn full_index(&self) -> usize {
        self.full as usize
    }

    pub(super) fn set_full_index(&mut self, index: usize) {
        self.full = index as u32;
    }

    /// Marks that what does not fit the row, if anything, is found with it and no longer in a chunk.
    pub(super) fn leave_chunk(&mut self, has_full: bool) {
        self.full = if has_full { 0 } else { NONE };
    }

    /// Whether the row says that this call would have had to wait.
    pub(super) fn is_would_block_of(&self, started: &Started, errno: Errno) -> bool {
        self.state == State::Failed
            && self.errno == errno.0
            && self.thread == started.thread.0
            && started.socket.is_some_and(|socket| socket.0 == self.socket)
    }

    /// Whether the row is never let go: births, closes, mode changes and errors, and what has not ended.
    pub(super) fn must_stay(&self, full: Option<&Full>) -> bool {
        match self.state {
            State::Waiting | State::Abandoned => true,
            State::Failed => !Errno(self.errno).is_would_block(),
            State::Succeeded | State::Interrupted => !self.is_repeatable(full),
        }
    }

    /// Whether the row is a failure of a send, a receive or a question: of those that must stay, these come without end.
    pub(super) fn is_repeatable_failure(&self, full: Option<&Full>) -> bool {
        self.state == State::Failed && self.is_repeatable(full)
    }

    fn is_repeatable(&self, full: Option<&Full>) -> bool {
        full.map_or(self.kind != Kind::Accept, Full::is_repeatable)
    }

    /// Where the bytes it moved begin.
    fn offset(&self) -> Option<u64> {
        let moves = self.kind != Kind::Accept && self.place != NO_OFFSET;
        moves.then_some(self.place)
    }
}

impl State {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Ok(_) => Self::Succeeded,
            Outcome::Error(_) => Self::Failed,
            Outcome::Interrupted => Self::Interrupted,
        }
    }
}

/// A row found, with what stands beside it.
pub(super) struct Found<'a> {
    pub(super) row: &'a Row,
    pub(super) full: Option<&'a Full>,
}

impl Found<'_> {
    /// How many calls the row stands for.
    pub(super) fn count(&self) -> u64 {
        self.full.map_or(1, Full::count)
    }

    /// Its place in the order of things: calls that nobody could take one by one are told of when the last has ended.
    pub(super) fn begun(&self) -> u64 {
        let folded = self.full.and_then(Full::folded_until);
        folded.unwrap_or(self.row.start_seq)
    }

    /// Whether equal would-blocks were counted into it.
    pub(super) fn is_repeated(&self) -> bool {
        self.count() > 1 && !self.is_folded()
    }

    /// Whether it stands for calls that nobody could take one by one.
    pub(super) fn is_folded(&self) -> bool {
        self.full.is_some_and(|full| full.folded_until().is_some())
    }

    /// When the last of the calls it stands for ended.
    pub(super) fn end(&self) -> Option<Stamp> {
        match self.full {
            Some(full) => full.end(),
            None => self.row.end(),
        }
    }

    /// When the first of them did.
    pub(super) fn first_end(&self) -> Option<Stamp> {
        if self.count() > 1 {
            self.row.end()
        } else {
            self.end()
        }
    }

    pub(super) fn entry(&self) -> CallEntry {
        let row = self.row;
        let socket = (row.socket != NONE).then_some(SocketId(row.socket));
        let mut entry = CallEntry {
            number: RowNumber(row.number),
            count: 1,
            thread: row.thread(),
            program: None,
            socket,
            call: Call::Close,
            start: Stamp {
                seq: row.start_seq,
                at: row.start_at,
            },
            end: None,
            outcome: None,
            bytes_moved: 0,
            offset: row.offset(),
            retries: 0,
            part: None,
            note: None,
            state: None,
            line: None,
            at_end: false,
            abandoned: row.state == State::Abandoned,
            folded: false,
            fd: None,
        };
        match self.full {
            Some(full) => full.fill(&mut entry),
            None => fill_from_compact(&mut entry, row),
        }
        entry
    }
}

fn fill_from_compact(entry: &mut CallEntry, row: &Row) {
    entry.end = row.end();
    entry.call = match row.kind {
        Kind::Send => Call::Send {
            payload: Payload::Literal(unpack(row.arg)),
        },
        Kind::Recv => Call::Recv { max: row.arg },
        Kind::Accept => Call::Accept,
    };
    entry.outcome = match (row.state, row.kind) {
        (State::Waiting | State::Abandoned, _) => None,
        (State::Failed, _) => Some(Outcome::Error(Errno(row.errno))),
        (State::Interrupted, _) => Some(Outcome::Interrupted),
        (State::Succeeded, Kind::Send) => Some(Outcome::Ok(Value::Sent(u64::from(row.value)))),
        (State::Succeeded, Kind::Recv) => Some(Outcome::Ok(Value::Received {
            bytes: Bytes::Whole(unpack(row.value)),
            peer: None,
            lost: 0,
        })),
        (State::Succeeded, Kind::Accept) => {
            let accepted = Accepted::unpack(row.place, row.arg, row.value);
            entry.note = accepted.note();
            Some(accepted.outcome())
        }
    };
    entry.bytes_moved = entry.outcome.as_ref().map_or(0, moved);
}

fn pack(bytes: &[u8]) -> Option<u32> {
    let mut packed = [0_u8; 4];
    packed[0] = u8::try_from(bytes.len())
        .ok()
        .filter(|len| usize::from(*len) <= INLINE)?;
    packed[1..=bytes.len()].copy_from_slice(bytes);
    Some(u32::from_le_bytes(packed))
}

fn unpack(packed: u32) -> Arc<[u8]> {
    let packed = packed.to_le_bytes();
    Arc::from(&packed[1..=usize::from(packed[0]).min(INLINE)])
}

/// The call in four bytes, where it is a plain recv or accept, or a small send.
fn compact_arg(started: &Started) -> Option<u32> {
    let plain = started.part.is_none()
        && started.line.is_none()
        && !started.at_end
        && started.socket.is_some()
        && started.fd.is_some_and(|fd| fd >= 0);
    match &started.call {
        Call::Recv { max } if plain => Some(*max),
        Call::Accept if plain => Some(0),
        Call::Send {
            payload: Payload::Literal(bytes),
        } if plain => pack(bytes),
        _ => None,
    }
}

/// The outcome of such a call in four bytes, where it fits.
fn compact_value(outcome: &Outcome) -> Option<u32> {
    match outcome {
        Outcome::Ok(Value::Sent(count)) => u32::try_from(*count).ok(),
        Outcome::Ok(Value::Received {
            bytes: Bytes::Whole(bytes),
            peer: None,
            lost: 0,
        }) => pack(bytes),
        Outcome::Error(_) | Outcome::Interrupted => Some(0),
        Outcome::Ok(_) => None,
    }
}
