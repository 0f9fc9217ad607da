//! The rows' store: 64 bytes for a small call, the rest beside it, both bounded.
//!
//! A send of up to three bytes, or a recv that gave so few, fits its row whole. Everything else keeps a
//! [`Full`] beside the row, in the row's chunk, so that letting a chunk go lets all of it go.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{Bytes, Call, Outcome, SocketId, ThreadId, Value};
use crate::model::errno::Errno;
use crate::model::event::{Ended, Folded, Note, Stamp, Started};
use crate::model::payload::Payload;

use super::entry::CallEntry;
use super::{Limits, RowNumber};

const CHUNK: usize = 16_384;
const NONE: u32 = u32::MAX;
const NO_OFFSET: u64 = u64::MAX;
const INLINE: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Waiting,
    Succeeded,
    Failed,
    Interrupted,
    Abandoned,
}

/// One row. Compact (`full == NONE`): a small send or recv, packed into `arg` and `value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    number: u64,
    start_seq: u64,
    start_at: u64,
    offset: u64,
    end_seq_delta: u32,
    took: u32,
    thread: u32,
    socket: u32,
    arg: u32,
    value: u32,
    full: u32,
    errno: u16,
    sends: bool,
    state: State,
}

const _: () = assert!(
    size_of::<Row>() == 64,
    "a row is 64 bytes: a million of them must stay small"
);

impl Row {
    pub(super) fn thread(&self) -> ThreadId {
        ThreadId(self.thread)
    }
}

/// What did not fit the row.
#[derive(Clone, Debug)]
struct Full {
    call: Call,
    outcome: Option<Outcome>,
    end: Option<Stamp>,
    count: u64,
    bytes_moved: u64,
    retries: u32,
    part: Option<u32>,
    note: Option<Note>,
    line: Option<u32>,
    at_end: bool,
    folded: bool,
    fd: Option<i32>,
}

impl Full {
    fn payload_bytes(&self) -> usize {
        let sent = match self.call.payload() {
            Some(Payload::Literal(bytes)) => bytes.len(),
            Some(Payload::Repeat { unit, .. }) => unit.len(),
            _ => 0,
        };
        let received = match &self.outcome {
            Some(Outcome::Ok(Value::Received {
                bytes: Bytes::Whole(bytes),
                ..
            })) => bytes.len(),
            _ => 0,
        };
        sent + received
    }

    fn let_payload_go(&mut self) {
        if let Call::Send { payload } | Call::SendAll { payload } | Call::SendTo { payload, .. } =
            &mut self.call
        {
            if matches!(payload, Payload::Literal(_)) {
                *payload = Payload::LetGo(payload.len());
            }
        }
        if let Some(Outcome::Ok(Value::Received { bytes, .. })) = &mut self.outcome {
            *bytes = Bytes::LetGo(bytes.len());
        }
    }
}

#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    full: Vec<Full>,
}

/// A row found, with what stands beside it.
pub(super) struct Found<'a> {
    pub(super) number: RowNumber,
    pub(super) row: &'a Row,
    full: Option<&'a Full>,
}

/// The rows there are: those kept from chunks let go, then the chunks.
#[derive(Debug)]
pub(super) struct Rows {
    limits: Limits,
    chunk: usize,
    kept: Vec<(Row, Option<Full>)>,
    chunks: VecDeque<Chunk>,
    in_chunks: usize,
    payload_bytes: usize,
    stripped: (u64, usize),
    chunks_gone: u64,
    let_go: u64,
}

impl Rows {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk: CHUNK.min((limits.rows / 4).max(1)),
            kept: Vec::new(),
            chunks: VecDeque::new(),
            in_chunks: 0,
            payload_bytes: 0,
            stripped: (0, 0),
            chunks_gone: 0,
            let_go: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.in_chunks
    }

    pub(super) fn let_go(&self) -> u64 {
        self.let_go
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Found<'_>> {
        let (row, full) = match index.checked_sub(self.kept.len()) {
            None => {
                let (row, full) = self.kept.get(index)?;
                (row, full.as_ref())
            }
            Some(index) => {
                let chunk = self.chunks.get(index / self.chunk)?;
                let row = chunk.rows.get(index % self.chunk)?;
                (row, chunk.full.get(row.full as usize))
            }
        };
        Some(Found {
            number: RowNumber(row.number),
            row,
            full,
        })
    }

    pub(super) fn index_of(&self, number: RowNumber) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle)?.number <= number {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = low.checked_sub(1)?;
        let found = self.get(index)?;
        let count = found.full.map_or(1, |full| full.count);
        (number.0 < found.number.0 + count).then_some(index)
    }

    pub(super) fn push_started(&mut self, number: RowNumber, started: &Started) {
        let compact = compact_arg(started);
        let full = match compact {
            Some(_) => None,
            None => Some(Full {
                call: started.call.clone(),
                outcome: None,
                end: None,
                count: 1,
                bytes_moved: 0,
                retries: 0,
                part: started.part,
                note: None,
                line: started.line,
                at_end: started.at_end,
                folded: false,
                fd: started.fd,
            }),
        };
        let row = Row {
            number: number.0,
            start_seq: started.stamp.seq,
            start_at: started.stamp.at,
            offset: NO_OFFSET,
            end_seq_delta: 0,
            took: 0,
            thread: started.thread.0,
            socket: started.socket.map_or(NONE, |socket| socket.0),
            arg: compact.unwrap_or(0),
            value: 0,
            full: NONE,
            errno: 0,
            sends: started.call.method().sends(),
            state: State::Waiting,
        };
        self.push(row, full);
    }

    pub(super) fn complete(&mut self, number: RowNumber, started: &Started, ended: &Ended) {
        let Some((row, full)) = self.find_mut(number) else {
            return;
        };
        row.offset = ended.offset.unwrap_or(NO_OFFSET);
        row.state = match ended.outcome {
            Outcome::Ok(_) => State::Succeeded,
            Outcome::Error(_) => State::Failed,
            Outcome::Interrupted => State::Interrupted,
        };
        row.errno = ended.outcome.errno().map_or(0, |errno| errno.0);
        let end_seq_delta = u32::try_from(ended.stamp.seq.saturating_sub(row.start_seq));
        let took = u32::try_from(ended.stamp.at.saturating_sub(row.start_at));
        let small = ended.retries == 0 && ended.note.is_none();
        if let (None, true, Some(value), Ok(delta), Ok(took)) = (
            &full,
            small,
            compact_value(&ended.outcome),
            end_seq_delta,
            took,
        ) {
            row.end_seq_delta = delta;
            row.took = took;
            row.value = value;
            return;
        }
        let filled = Full {
            call: started.call.clone(),
            outcome: Some(ended.outcome.clone()),
            end: Some(ended.stamp),
            count: 1,
            bytes_moved: moved(&ended.outcome),
            retries: ended.retries,
            part: started.part,
            note: ended.note,
            line: started.line,
            at_end: started.at_end,
            folded: false,
            fd: started.fd,
        };
        self.put_full(number, filled);
    }

    /// Counts an equal would-block into the youngest row. Says whether it could.
    pub(super) fn fold_repeat(&mut self, started: &Started, ended: &Ended) -> bool {
        let Some(last) = self.len().checked_sub(1).and_then(|index| self.get(index)) else {
            return false;
        };
        let entry = last.entry();
        let same = entry.socket == started.socket
            && entry.thread == started.thread
            && entry.outcome.as_ref() == Some(&ended.outcome)
            && entry.line == started.line
            && entry.call == started.call;
        if !same {
            return false;
        }
        let number = entry.number;
        let full = Full {
            call: entry.call,
            outcome: entry.outcome,
            end: Some(ended.stamp),
            count: entry.count + 1,
            bytes_moved: 0,
            retries: entry.retries + ended.retries,
            part: entry.part,
            note: entry.note,
            line: entry.line,
            at_end: entry.at_end,
            folded: false,
            fd: started.fd,
        };
        self.put_full(number, full);
        true
    }

    pub(super) fn push_folded(&mut self, number: RowNumber, folded: &Folded) {
        let outcome = match folded.errno {
            Some(errno) => Outcome::Error(errno),
            None if folded.method.sends() => Outcome::Ok(Value::Sent(folded.bytes)),
            None => Outcome::Ok(Value::Received {
                bytes: Bytes::LetGo(folded.bytes),
                peer: None,
                lost: 0,
            }),
        };
        let row = Row {
            number: number.0,
            start_seq: folded.first.seq,
            start_at: folded.first.at,
            offset: folded.offset.unwrap_or(NO_OFFSET),
            end_seq_delta: 0,
            took: 0,
            thread: folded.thread.0,
            socket: folded.socket.0,
            arg: 0,
            value: 0,
            full: NONE,
            errno: folded.errno.map_or(0, |errno| errno.0),
            sends: folded.method.sends(),
            state: if folded.errno.is_some() {
                State::Failed
            } else {
                State::Succeeded
            },
        };
        let full = Full {
            call: folded_call(folded),
            outcome: Some(outcome),
            end: Some(folded.last),
            count: folded.count,
            bytes_moved: folded.bytes,
            retries: 0,
            part: None,
            note: None,
            line: None,
            at_end: false,
            folded: true,
            fd: None,
        };
        self.push(row, Some(full));
    }

    /// Marks a row whose thread panicked.
    pub(super) fn abandon(&mut self, number: RowNumber) {
        if let Some((row, _)) = self.find_mut(number) {
            row.state = State::Abandoned;
        }
    }

    fn push(&mut self, mut row: Row, full: Option<Full>) {
        if self
            .chunks
            .back()
            .is_none_or(|chunk| chunk.rows.len() >= self.chunk)
        {
            self.make_room();
            self.chunks.push_back(Chunk {
                rows: Vec::with_capacity(self.chunk),
                full: Vec::new(),
            });
        }
        let Some(chunk) = self.chunks.back_mut() else {
            return;
        };
        if let Some(full) = full {
            self.payload_bytes += full.payload_bytes();
            row.full = chunk.full.len() as u32;
            chunk.full.push(full);
        }
        chunk.rows.push(row);
        self.in_chunks += 1;
        self.let_payloads_go();
    }

    fn find_mut(&mut self, number: RowNumber) -> Option<(&mut Row, Option<&mut Full>)> {
        let index = self.index_of(number)?;
        match index.checked_sub(self.kept.len()) {
            None => self
                .kept
                .get_mut(index)
                .map(|(row, full)| (row, full.as_mut())),
            Some(index) => {
                let chunk = self.chunks.get_mut(index / self.chunk)?;
                let row = chunk.rows.get_mut(index % self.chunk)?;
                let full = chunk.full.get_mut(row.full as usize);
                Some((row, full))
            }
        }
    }

    fn put_full(&mut self, number: RowNumber, filled: Full) {
        let mut payload_bytes = self.payload_bytes + filled.payload_bytes();
        let Some(index) = self.index_of(number) else {
            return;
        };
        match index.checked_sub(self.kept.len()) {
            None => {
                if let Some((_, full)) = self.kept.get_mut(index) {
                    *full = Some(filled);
                }
                return;
            }
            Some(index) => {
                let Some(chunk) = self.chunks.get_mut(index / self.chunk) else {
                    return;
                };
                let Some(row) = chunk.rows.get_mut(index % self.chunk) else {
                    return;
                };
                match chunk.full.get_mut(row.full as usize) {
                    Some(full) => {
                        payload_bytes -= full.payload_bytes();
                        *full = filled;
                    }
                    None => {
                        row.full = chunk.full.len() as u32;
                        chunk.full.push(filled);
                    }
                }
            }
        }
        self.payload_bytes = payload_bytes;
        self.let_payloads_go();
    }

    /// Lets the oldest chunk go when there are too many rows; what must stay moves to `kept`.
    fn make_room(&mut self) {
        while self.in_chunks + self.chunk > self.limits.rows {
            let Some(chunk) = self.chunks.pop_front() else {
                return;
            };
            self.chunks_gone += 1;
            self.in_chunks -= chunk.rows.len();
            let mut fulls: Vec<Option<Full>> = chunk.full.into_iter().map(Some).collect();
            for row in chunk.rows {
                let full = fulls.get_mut(row.full as usize).and_then(Option::take);
                self.payload_bytes -= full.as_ref().map_or(0, Full::payload_bytes);
                if must_stay(&row, full.as_ref()) {
                    let full = full.map(|mut full| {
                        full.let_payload_go();
                        full
                    });
                    self.kept.push((Row { full: NONE, ..row }, full));
                } else {
                    self.let_go += 1;
                }
            }
            if self.kept.len() > self.limits.rows {
                self.thin_kept();
            }
        }
    }

    /// Lets the older half of the kept failures of sends and receives go: they alone can come without end.
    fn thin_kept(&mut self) {
        let half = self.kept.len() / 2;
        let mut index = 0;
        let before = self.kept.len();
        self.kept.retain(|(row, full)| {
            index += 1;
            let data = full
                .as_ref()
                .is_none_or(|full| full.call.method().moves_data());
            index > half || !data || row.state == State::Waiting
        });
        self.let_go += (before - self.kept.len()) as u64;
    }

    /// Lets the oldest payloads go while there are more bytes than the limit.
    fn let_payloads_go(&mut self) {
        while self.payload_bytes > self.limits.payload_bytes {
            let (chunk_number, index) = self.stripped;
            let position = chunk_number.saturating_sub(self.chunks_gone) as usize;
            let from = if chunk_number < self.chunks_gone {
                0
            } else {
                index
            };
            let chunks = self.chunks.len();
            let Some(chunk) = self.chunks.get_mut(position) else {
                return;
            };
            match chunk.full.get_mut(from) {
                Some(full) => {
                    // A call still under way keeps its payload: it is the next to be read.
                    if full.outcome.is_some() {
                        self.payload_bytes -= full.payload_bytes();
                        full.let_payload_go();
                        self.payload_bytes += full.payload_bytes();
                    }
                    self.stripped = (self.chunks_gone + position as u64, from + 1);
                }
                None if position + 1 < chunks => {
                    self.stripped = (self.chunks_gone + position as u64 + 1, 0);
                }
                None => return,
            }
        }
    }
}

fn must_stay(row: &Row, full: Option<&Full>) -> bool {
    let moves_data = full.is_none_or(|full| full.call.method().moves_data());
    let would_block = Errno(row.errno).is_would_block();
    match row.state {
        State::Waiting | State::Abandoned => true,
        State::Failed => !would_block,
        State::Succeeded | State::Interrupted => !moves_data,
    }
}

fn moved(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Ok(Value::Sent(count)) => *count,
        Outcome::Ok(Value::Received { bytes, .. }) => bytes.len(),
        _ => 0,
    }
}

fn folded_call(folded: &Folded) -> Call {
    use crate::model::call::Method;
    let payload = Payload::LetGo(folded.bytes);
    match folded.method {
        Method::Send => Call::Send { payload },
        Method::SendAll => Call::SendAll { payload },
        // Where to is not known for all of them together; the row says that it stands for many.
        Method::SendTo => Call::SendTo {
            payload,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        },
        Method::RecvFrom => Call::RecvFrom { max: 0 },
        Method::Accept => Call::Accept,
        _ => Call::Recv { max: 0 },
    }
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

fn compact_arg(started: &Started) -> Option<u32> {
    let plain = started.part.is_none()
        && started.line.is_none()
        && !started.at_end
        && started.socket.is_some()
        && started.fd.is_some_and(|fd| fd >= 0);
    match &started.call {
        Call::Recv { max } if plain => Some(*max),
        Call::Send {
            payload: Payload::Literal(bytes),
        } if plain => pack(bytes),
        _ => None,
    }
}

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

impl Found<'_> {
    pub(super) fn entry(&self) -> CallEntry {
        let row = self.row;
        let socket = (row.socket != NONE).then_some(SocketId(row.socket));
        let start = Stamp {
            seq: row.start_seq,
            at: row.start_at,
        };
        let base = CallEntry {
            number: self.number,
            count: 1,
            thread: row.thread(),
            program: None,
            socket,
            call: Call::Close,
            start,
            end: None,
            outcome: None,
            bytes_moved: 0,
            offset: (row.offset != NO_OFFSET).then_some(row.offset),
            retries: 0,
            part: None,
            note: None,
            line: None,
            at_end: false,
            abandoned: row.state == State::Abandoned,
            folded: false,
            fd: None,
        };
        match self.full {
            Some(full) => from_full(base, full),
            None => from_compact(base, row),
        }
    }
}

fn from_full(base: CallEntry, full: &Full) -> CallEntry {
    let born = match &full.outcome {
        Some(Outcome::Ok(Value::Socket { id, .. })) => Some(*id),
        _ => None,
    };
    CallEntry {
        count: full.count,
        socket: base.socket.or(born),
        call: full.call.clone(),
        end: full.end,
        outcome: full.outcome.clone(),
        bytes_moved: full.bytes_moved,
        retries: full.retries,
        part: full.part,
        note: full.note,
        line: full.line,
        at_end: full.at_end,
        folded: full.folded,
        fd: full.fd,
        ..base
    }
}

fn from_compact(base: CallEntry, row: &Row) -> CallEntry {
    let ended = !matches!(row.state, State::Waiting | State::Abandoned);
    let end = ended.then(|| Stamp {
        seq: row.start_seq + u64::from(row.end_seq_delta),
        at: row.start_at + u64::from(row.took),
    });
    let call = if row.sends {
        Call::Send {
            payload: Payload::Literal(unpack(row.arg)),
        }
    } else {
        Call::Recv { max: row.arg }
    };
    let outcome = match row.state {
        State::Waiting | State::Abandoned => None,
        State::Failed => Some(Outcome::Error(Errno(row.errno))),
        State::Interrupted => Some(Outcome::Interrupted),
        State::Succeeded if row.sends => Some(Outcome::Ok(Value::Sent(u64::from(row.value)))),
        State::Succeeded => Some(Outcome::Ok(Value::Received {
            bytes: Bytes::Whole(unpack(row.value)),
            peer: None,
            lost: 0,
        })),
    };
    let bytes_moved = outcome.as_ref().map_or(0, moved);
    CallEntry {
        call,
        outcome,
        end,
        bytes_moved,
        ..base
    }
}
