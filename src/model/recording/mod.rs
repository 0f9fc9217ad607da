//! The recording: the append-only list of what happened, and what it adds up to.
//!
//! Log, pictures, exports and replay are views of this list. A row is made when a call enters its system call,
//! so that waiting is seen, and completed once when it returns. Memory is bounded by [`Limits`]: the oldest rows
//! that only moved data or asked go first, births, closes, mode changes and errors stay; what went is counted exactly.

use std::borrow::Cow;
use std::sync::Arc;

use super::call::{Call, CallId, Outcome, SocketId, Value};
use super::errno::Errno;
use super::event::{Ended, Event, Folded, Note, Observation, PlayerNote, Stamp, Started};
use super::socket::{SocketTable, Stage, StateThen};

mod accepted;
mod aside;
mod entry;
mod full;
mod header;
mod list;
mod open;
mod past;
mod row;
mod rows;
mod saved;

use aside::Aside;
pub use entry::CallEntry;
pub use header::{Header, Limits};
use list::List;
use open::Open;
use past::Cut;
pub(in crate::model) use past::Mark;
use rows::Rows;
pub use saved::SideFact;

/// The number of a row: that of its first call, counted from 1 over the whole recording. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowNumber(pub u64);

/// What one event has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A call entered its system call: a new row.
    Started(RowNumber),
    /// A started call returned.
    Ended(RowNumber),
    /// A new row, complete at once.
    Made(RowNumber),
    /// An equal would-block was counted into this row.
    Repeated(RowNumber),
    /// The kernel said something of a socket.
    Observed(SocketId),
    /// No row.
    Other,
}

/// An observation in the order of things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// When the kernel was asked.
    pub stamp: Stamp,
    /// About which socket.
    pub socket: SocketId,
    /// Its answer.
    pub observation: Observation,
}

/// A player's doing in the order of things.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerEntry {
    /// When.
    pub stamp: Stamp,
    /// Line of the script, from 1.
    pub line: Option<u32>,
    /// What.
    pub note: PlayerNote,
}

/// The list of everything that happened.
#[derive(Clone, Debug)]
pub struct Recording {
    header: Header,
    limits: Limits,
    rows: Rows,
    calls: u64,
    open: Open,
    sockets: SocketTable,
    observations: List<Observed>,
    notes: List<PlayerEntry>,
    asides: List<Aside>,
    began: u64,
    first_at: Option<u64>,
    last_at: u64,
    last_seq: u64,
    /// Of a recording as it was at a moment: which of the rows were there, and how they stood.
    cut: Option<Cut>,
    ends_early: Option<u64>,
}

impl Recording {
    /// An empty recording.
    pub fn new(header: Header, limits: Limits) -> Self {
        Self {
            header,
            limits,
            rows: Rows::new(limits),
            calls: 0,
            open: Open::default(),
            sockets: SocketTable::default(),
            observations: List::default(),
            notes: List::default(),
            asides: List::default(),
            began: 0,
            first_at: None,
            last_at: 0,
            last_seq: 0,
            cut: None,
            ends_early: None,
        }
    }

    /// The empty recording of a session that began so many nanoseconds after the network started: the header's
    /// `started` is that moment, and exports count their seconds from it.
    #[must_use]
    pub fn beginning(self, began: u64) -> Self {
        Self { began, ..self }
    }

    /// When the session began, nanoseconds since the network started.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// What the first line of the file says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Takes in one fact. Says what it has changed, for whoever keeps a picture of the rows.
    pub fn apply(&mut self, event: Event) -> Change {
        match event {
            Event::Started(started) => return self.start(started),
            Event::Ended(ended) => return self.end(&ended),
            Event::Made(started, ended) => return self.made(&started, &ended),
            Event::Folded(folded) => return self.fold(&folded),
            Event::Observed {
                stamp,
                socket,
                observation,
            } => return self.observe(stamp, socket, observation),
            Event::Player { stamp, line, note } => self.note(stamp, line, note),
            other => {
                if let Some(aside) = Aside::of(other, self.last_seq) {
                    self.pass_by(aside);
                }
            }
        }
        Change::Other
    }

    /// How many rows there are to show.
    pub fn len(&self) -> usize {
        self.cut.map_or(self.rows.len(), |cut| cut.rows)
    }

    /// Whether nothing was called yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many calls were made, also those folded or let go.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// How many rows were let go to stay within the limits.
    pub fn let_go(&self) -> u64 {
        self.rows.let_go()
    }

    /// How many payload bytes are kept beside the rows; at most the limit, but for those of calls under way.
    pub fn payload_bytes(&self) -> usize {
        self.rows.payload_bytes()
    }

    /// How many of the oldest rows there are stand alone: they stayed when their neighbours were let go.
    pub fn kept_rows(&self) -> usize {
        self.rows.kept().min(self.len())
    }

    /// Bytes of memory that the rows take, without payloads.
    pub fn row_bytes(&self) -> usize {
        self.rows.row_bytes()
    }

    /// The row at `index` of those there are, the oldest first.
    pub fn row(&self, index: usize) -> Option<CallEntry> {
        Some(self.entry_of(&self.found(index)?))
    }

    fn found(&self, index: usize) -> Option<row::Found<'_>> {
        self.rows.get(index).filter(|_| index < self.len())
    }

    /// The row of that number.
    pub fn numbered(&self, number: RowNumber) -> Option<CallEntry> {
        self.row(self.index_of(number)?)
    }

    /// Where the row of that number stands among those there are.
    pub fn index_of(&self, number: RowNumber) -> Option<usize> {
        let index = self.rows.index_of(number)?;
        (index < self.len()).then_some(index)
    }

    /// The number of the row at `index`.
    pub fn number_at(&self, index: usize) -> Option<RowNumber> {
        Some(RowNumber(self.found(index)?.row.number))
    }

    /// The youngest row.
    pub fn last(&self) -> Option<CallEntry> {
        self.row(self.len().checked_sub(1)?)
    }

    /// The row of a call that is still in its system call.
    pub fn waiting_row(&self, id: CallId) -> Option<RowNumber> {
        self.open.row(id)
    }

    /// How many calls are in their system call now.
    pub fn waiting(&self) -> usize {
        self.open.len()
    }

    /// Sockets, programs and threads as they are now.
    pub fn sockets(&self) -> &SocketTable {
        &self.sockets
    }

    /// What the kernel said, the oldest first.
    pub fn observations(&self) -> impl DoubleEndedIterator<Item = &Observed> {
        self.observations.iter()
    }

    /// What the rows and observations there are changed, in the order of things: as [`Self::apply`] has said it of each,
    /// but that a call which has ended is said once.
    pub fn changes(&self) -> Vec<Change> {
        let rows = (0..self.len()).filter_map(|index| self.row(index));
        let rows = rows.map(|entry| match entry.end {
            Some(end) => (end.seq, Change::Ended(entry.number)),
            None => (entry.start.seq, Change::Started(entry.number)),
        });
        let observed = self.observations.iter();
        let observed = observed.map(|seen| (seen.stamp.seq, Change::Observed(seen.socket)));
        let mut changes: Vec<(u64, Change)> = rows.chain(observed).collect();
        changes.sort_unstable_by_key(|(seq, _)| *seq);
        changes.into_iter().map(|(_, change)| change).collect()
    }

    /// What players did, the oldest first.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &PlayerEntry> {
        self.notes.iter()
    }

    /// When the first call entered the kernel, nanoseconds since the network started. Times are shown from here.
    pub fn first_at(&self) -> Option<u64> {
        self.first_at
    }

    /// The time of the youngest event, nanoseconds since the network started.
    pub fn last_at(&self) -> u64 {
        self.last_at
    }

    fn entry_of(&self, found: &row::Found<'_>) -> CallEntry {
        let program = self
            .sockets
            .thread(found.row.thread())
            .map(|thread| thread.program);
        let mut entry = found.entry();
        entry.program = program.or(entry.program);
        if let Some(cut) = self.cut {
            entry = entry.cut_to(cut.seq, found.first_end());
            entry.abandoned &= !self.is_open(entry.number);
        }
        entry
    }

    fn seen(&mut self, stamp: Stamp) {
        self.last_at = self.last_at.max(stamp.at);
        self.last_seq = self.last_seq.max(stamp.seq);
    }

    fn start(&mut self, started: Started) -> Change {
        self.seen(started.stamp);
        self.first_at.get_or_insert(started.stamp.at);
        self.calls += 1;
        let number = RowNumber(self.calls);
        self.note_entry(&started, number);
        self.sockets.start(&started);
        self.rows.push_started(number, &started);
        self.open.insert(number, Arc::new(started));
        Change::Started(number)
    }

    fn end(&mut self, ended: &Ended) -> Change {
        let Some((number, started)) = self.open.remove(ended.id) else {
            return Change::Other;
        };
        self.seen(ended.stamp);
        let ended = self.with_holder(&started, ended);
        self.sockets.end(&started, &ended);
        let state = self.state_after(&started, &ended.outcome);
        self.rows.complete(number, &started, &ended, state);
        Change::Ended(number)
    }

    fn made(&mut self, started: &Started, ended: &Ended) -> Change {
        self.seen(ended.stamp);
        self.first_at.get_or_insert(started.stamp.at);
        self.calls += 1;
        let ended = &*self.with_holder(started, ended);
        self.note_entry(started, RowNumber(self.calls));
        self.sockets.start(started);
        self.sockets.end(started, ended);
        let state = self.state_after(started, &ended.outcome);
        if ended.outcome.is_would_block() && self.rows.fold_repeat(started, ended, state) {
            let last = self.len().checked_sub(1);
            let number = last.and_then(|last| self.number_at(last));
            return number.map_or(Change::Other, Change::Repeated);
        }
        let number = RowNumber(self.calls);
        self.rows.push_started(number, started);
        self.rows.complete(number, started, ended, state);
        Change::Made(number)
    }

    /// The state in which a call left its socket, where that is needed later to explain its outcome.
    fn state_after(&self, started: &Started, outcome: &Outcome) -> Option<StateThen> {
        let empty = matches!(
            outcome,
            Outcome::Ok(Value::Received { bytes, .. }) if bytes.is_empty()
        );
        let socket = self.sockets.get(started.socket?)?;
        // While it connects, or has no port, a would-block has a reason of its own.
        let early =
            outcome.is_would_block() && matches!(socket.stage, Stage::Connecting | Stage::New);
        (empty || early || outcome.is_failure()).then(|| socket.state())
    }

    /// The end with the socket of this session that held the port noted: later it may be closed.
    fn with_holder<'a>(&self, started: &Started, ended: &'a Ended) -> Cow<'a, Ended> {
        if ended.outcome != Outcome::Error(Errno::EADDRINUSE) {
            return Cow::Borrowed(ended);
        }
        let holder = started.socket.and_then(|id| {
            let asking = self.sockets.get(id)?;
            let address = match started.call {
                Call::Bind { address } => address,
                Call::Listen { .. } => asking.local?,
                _ => return None,
            };
            self.sockets.holder(id, &address, asking.protocol)
        });
        match holder {
            Some(holder) => Cow::Owned(Ended {
                note: Some(Note::HeldBy { socket: holder.id }),
                ..ended.clone()
            }),
            None => Cow::Borrowed(ended),
        }
    }

    fn fold(&mut self, folded: &Folded) -> Change {
        self.seen(folded.last);
        self.first_at.get_or_insert(folded.first.at);
        let number = RowNumber(self.calls + 1);
        self.calls += folded.count;
        self.rows.push_folded(number, folded);
        self.sockets.moved(folded);
        Change::Made(number)
    }

    /// After a reset, answers may come in that are about sockets of the session before.
    fn observe(&mut self, stamp: Stamp, socket: SocketId, observation: Observation) -> Change {
        if self.sockets.get(socket).is_none() {
            return Change::Other;
        }
        self.seen(stamp);
        self.sockets.observe(socket, stamp, observation);
        let observed = Observed {
            stamp,
            socket,
            observation,
        };
        self.observations.push(observed, self.limits.observations);
        Change::Observed(socket)
    }

    fn note(&mut self, stamp: Stamp, line: Option<u32>, note: PlayerNote) {
        self.seen(stamp);
        if let PlayerNote::Renamed { socket, name } = &note {
            self.sockets.rename(*socket, name);
        }
        let entry = PlayerEntry { stamp, line, note };
        self.notes.push(entry, self.limits.observations);
    }
}

/// The note a row carries, if it says that the port is in TIME-WAIT: seconds left.
pub fn time_wait_seconds(note: Option<Note>) -> Option<f64> {
    match note {
        Some(Note::TimeWait { millis_left }) => Some(f64::from(millis_left) / 1000.0),
        _ => None,
    }
}
