//! The rows' store, bounded: the oldest chunk goes first, but for the rows that must stay.
//!
//! What does not fit a row is kept in the row's chunk, so that letting a chunk go lets all of it go.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::event::{Ended, Folded, Started};
use crate::model::socket::StateThen;

use super::full::Full;
use super::row::{Found, Row, State};
use super::{Limits, RowNumber};

const CHUNK: usize = 16_384;

#[derive(Clone, Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    full: Vec<Full>,
}

/// A row that must stay, out of a chunk that was let go.
#[derive(Clone, Debug)]
struct Kept {
    row: Row,
    full: Option<Box<Full>>,
}

/// The rows there are: those kept from chunks let go, then the chunks. All chunks but the last are full.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    limits: Limits,
    chunk: usize,
    kept: Arc<Vec<Kept>>,
    /// Shared with snapshots: an export reads on while the recording grows, and only the chunks that change are copied.
    chunks: VecDeque<Arc<Chunk>>,
    in_chunks: usize,
    /// What letting all payloads go would free.
    payload_bytes: usize,
    /// The numbers of the rows that have ended and have a payload, in the order of their end.
    payloads: VecDeque<u64>,
    let_go: u64,
}

impl Rows {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk: CHUNK.min((limits.rows / 4).max(1)),
            kept: Arc::default(),
            chunks: VecDeque::new(),
            in_chunks: 0,
            payload_bytes: 0,
            payloads: VecDeque::new(),
            let_go: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.in_chunks
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn let_go(&self) -> u64 {
        self.let_go
    }

    pub(super) fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    /// Bytes of memory that the rows take, without payloads: by what was reserved, not by what is used.
    pub(super) fn row_bytes(&self) -> usize {
        let chunk = |chunk: &Arc<Chunk>| {
            chunk.rows.capacity() * size_of::<Row>() + chunk.full.capacity() * size_of::<Full>()
        };
        let boxed = self.kept.iter().filter(|kept| kept.full.is_some()).count();
        self.chunks.iter().map(chunk).sum::<usize>()
            + self.chunks.capacity() * size_of::<Chunk>()
            + self.kept.capacity() * size_of::<Kept>()
            + boxed * size_of::<Full>()
            + self.payloads.capacity() * size_of::<u64>()
    }

    pub(super) fn get(&self, index: usize) -> Option<Found<'_>> {
        let Some(index) = index.checked_sub(self.kept.len()) else {
            let kept = self.kept.get(index)?;
            return Some(Found {
                row: &kept.row,
                full: kept.full.as_deref(),
            });
        };
        let chunk = self.chunks.get(index / self.chunk)?;
        let row = chunk.rows.get(index % self.chunk)?;
        Some(Found {
            row,
            full: chunk.full.get(row.full_index()),
        })
    }

    fn last(&self) -> Option<Found<'_>> {
        self.get(self.len().checked_sub(1)?)
    }

    pub(super) fn index_of(&self, number: RowNumber) -> Option<usize> {
        let last = self.last()?;
        if last.row.number <= number.0 {
            let found = number.0 < last.row.number + last.count();
            return found.then(|| self.len() - 1);
        }
        let index = self.begun_with(number.0).checked_sub(1)?;
        let found = self.get(index)?;
        (number.0 < found.row.number + found.count()).then_some(index)
    }

    /// The same rows, for reading only: nothing is let go of these any more.
    pub(super) fn shared(&self) -> Self {
        Self {
            limits: self.limits,
            chunk: self.chunk,
            kept: Arc::clone(&self.kept),
            chunks: self.chunks.clone(),
            in_chunks: self.in_chunks,
            payload_bytes: self.payload_bytes,
            payloads: VecDeque::new(),
            let_go: self.let_go,
        }
    }

    /// How many rows had begun when so many calls had been made.
    pub(super) fn begun_with(&self, calls: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let begun = self
                .get(middle)
                .is_some_and(|found| found.row.number <= calls);
            (low, high) = if begun {
                (middle + 1, high)
            } else {
                (low, middle)
            };
        }
        low
    }

    /// Whether none was let go of the calls after the first so many.
    pub(super) fn are_whole_after(&self, calls: u64) -> bool {
        let first = self.chunks.front().and_then(|chunk| chunk.rows.first());
        self.let_go == 0 || first.is_none_or(|first| first.number <= calls + 1)
    }

    pub(super) fn push_started(&mut self, number: RowNumber, started: &Started) {
        let (row, full) = Row::started(number, started);
        self.push(row, full);
    }

    pub(super) fn push_folded(&mut self, number: RowNumber, folded: &Folded) {
        let (row, full) = Row::folded(number, folded);
        self.push(row, Some(full));
    }

    pub(super) fn complete(
        &mut self,
        number: RowNumber,
        started: &Started,
        ended: &Ended,
        state: Option<StateThen>,
    ) {
        let fits = self
            .row_mut(number)
            .is_none_or(|row| row.complete(ended, state));
        if !fits {
            self.put_full(number, Full::ended(started, ended, state));
            self.payloads.push_back(number.0);
            self.let_payloads_go();
        }
    }

    /// Counts an equal would-block into the youngest row. Says whether it could.
    pub(super) fn fold_repeat(
        &mut self,
        started: &Started,
        ended: &Ended,
        state: Option<StateThen>,
    ) -> bool {
        let Some((last, errno)) = self.last().zip(ended.outcome.errno()) else {
            return false;
        };
        if !last.row.is_would_block_of(started, errno) {
            return false;
        }
        let entry = last.entry();
        // Lines of a script may differ: it has no loops, so asking again is another line.
        let same = entry.line.is_some() == started.line.is_some()
            && entry.part == started.part
            && entry.at_end == started.at_end
            && entry.note == ended.note
            && entry.state == state
            && entry.call == started.call;
        if !same {
            return false;
        }
        if last.full.is_none() {
            let mut first = ended.clone();
            first.stamp = entry.end.unwrap_or(ended.stamp);
            first.retries = entry.retries;
            self.put_full(entry.number, Full::ended(started, &first, state));
            self.payloads.push_back(entry.number.0);
        }
        if let Some(full) = self.full_mut(entry.number) {
            full.repeat(ended);
        }
        true
    }

    /// Marks a row whose thread panicked.
    pub(super) fn abandon(&mut self, number: RowNumber) {
        if let Some(row) = self.row_mut(number) {
            row.state = State::Abandoned;
            self.payloads.push_back(number.0);
        }
    }

    fn push(&mut self, mut row: Row, full: Option<Full>) {
        if self
            .chunks
            .back()
            .is_none_or(|chunk| chunk.rows.len() >= self.chunk)
        {
            self.make_room();
            self.chunks.push_back(Arc::new(Chunk {
                rows: Vec::with_capacity(self.chunk),
                full: Vec::new(),
            }));
        }
        let Some(chunk) = self.chunks.back_mut().map(Arc::make_mut) else {
            return;
        };
        if let Some(full) = full {
            self.payload_bytes += full.payload_bytes();
            row.set_full_index(chunk.full.len());
            chunk.full.push(full);
        }
        chunk.rows.push(row);
        self.in_chunks += 1;
        self.let_payloads_go();
    }

    fn row_mut(&mut self, number: RowNumber) -> Option<&mut Row> {
        let index = self.index_of(number)?;
        match index.checked_sub(self.kept.len()) {
            None => Arc::make_mut(&mut self.kept)
                .get_mut(index)
                .map(|kept| &mut kept.row),
            Some(index) => {
                let chunk = self.chunks.get_mut(index / self.chunk)?;
                Arc::make_mut(chunk).rows.get_mut(index % self.chunk)
            }
        }
    }

    fn full_mut(&mut self, number: RowNumber) -> Option<&mut Full> {
        let index = self.index_of(number)?;
        match index.checked_sub(self.kept.len()) {
            None => Arc::make_mut(&mut self.kept)
                .get_mut(index)?
                .full
                .as_deref_mut(),
            Some(index) => {
                let chunk = Arc::make_mut(self.chunks.get_mut(index / self.chunk)?);
                let row = chunk.rows.get(index % self.chunk)?;
                chunk.full.get_mut(row.full_index())
            }
        }
    }

    /// Puts `filled` beside its row, or in the place of what stood there.
    fn put_full(&mut self, number: RowNumber, filled: Full) {
        self.payload_bytes += filled.payload_bytes();
        if let Some(full) = self.full_mut(number) {
            let before = full.payload_bytes();
            *full = filled;
            self.payload_bytes -= before;
            return;
        }
        let Some(index) = self.index_of(number) else {
            self.payload_bytes -= filled.payload_bytes();
            return;
        };
        match index.checked_sub(self.kept.len()) {
            None => {
                if let Some(kept) = Arc::make_mut(&mut self.kept).get_mut(index) {
                    kept.full = Some(Box::new(filled));
                }
            }
            Some(index) => {
                let Some(chunk) = self.chunks.get_mut(index / self.chunk) else {
                    return;
                };
                let chunk = Arc::make_mut(chunk);
                if let Some(row) = chunk.rows.get_mut(index % self.chunk) {
                    row.set_full_index(chunk.full.len());
                    chunk.full.push(filled);
                }
            }
        }
    }

    /// Lets the oldest chunks go when there are too many rows. Rows that must stay are counted too, up to half of the
    /// limit: so there is always room for the youngest of the others.
    fn make_room(&mut self) {
        loop {
            let kept = self.kept.len().min(self.limits.rows / 2);
            if self.in_chunks + self.chunk + kept <= self.limits.rows {
                break;
            }
            let Some(chunk) = self.chunks.pop_front() else {
                break;
            };
            self.in_chunks -= chunk.rows.len();
            self.let_chunk_go(Arc::unwrap_or_clone(chunk));
        }
        if self.kept.len() > self.limits.rows / 2 {
            self.thin_kept();
        }
        self.forget_old_payloads();
    }

    fn let_chunk_go(&mut self, chunk: Chunk) {
        let mut fulls: Vec<Option<Full>> = chunk.full.into_iter().map(Some).collect();
        for mut row in chunk.rows {
            let mut full = fulls.get_mut(row.full_index()).and_then(Option::take);
            let ended = row.state != State::Waiting;
            if let Some(full) = &mut full
                && ended
            {
                self.payload_bytes -= full.payload_bytes();
                full.let_payload_go();
            }
            if row.must_stay(full.as_ref()) {
                row.leave_chunk(full.is_some());
                Arc::make_mut(&mut self.kept).push(Kept {
                    row,
                    full: full.map(Box::new),
                });
            } else {
                self.let_go += 1;
            }
        }
    }

    /// Lets the failed sends, receives and questions of the older half of the kept rows go: of those that must stay,
    /// they come without end.
    fn thin_kept(&mut self) {
        let half = self.kept.len() / 2;
        let before = self.kept.len();
        let mut index = 0;
        let payload_bytes = &mut self.payload_bytes;
        Arc::make_mut(&mut self.kept).retain(|kept| {
            index += 1;
            let full = kept.full.as_deref();
            let stays = index > half || !kept.row.is_repeatable_failure(full);
            if !stays {
                *payload_bytes -= full.map_or(0, Full::payload_bytes);
            }
            stays
        });
        self.let_go += (before - self.kept.len()) as u64;
    }

    /// Takes the rows of chunks let go off the list of payloads: those that were kept gave theirs up, or do so now.
    fn forget_old_payloads(&mut self) {
        let first = self
            .chunks
            .front()
            .and_then(|chunk| chunk.rows.first())
            .map_or(u64::MAX, |row| row.number);
        while let Some(number) = self.payloads.pop_front_if(|number| *number < first) {
            self.strip(RowNumber(number));
        }
    }

    /// Lets the oldest payloads go while there are more bytes than the limit. A call still under way keeps its own.
    fn let_payloads_go(&mut self) {
        while self.payload_bytes > self.limits.payload_bytes {
            let Some(number) = self.payloads.pop_front() else {
                return;
            };
            self.strip(RowNumber(number));
        }
    }

    fn strip(&mut self, number: RowNumber) {
        let Some(full) = self.full_mut(number) else {
            return;
        };
        let before = full.payload_bytes();
        full.let_payload_go();
        let after = full.payload_bytes();
        self.payload_bytes -= before - after;
    }
}
