//! What has happened since a judge looked last, in the order of things.

use crate::model::event::Stamp;
use crate::model::recording::{CallEntry, Observed, Recording, RowNumber};

/// One thing that a condition may be about.
#[derive(Debug)]
pub(super) enum Fact {
    /// A call has returned.
    Ended(Box<CallEntry>),
    /// A call has been in its system call for as long as the goal asks.
    Waited(Box<CallEntry>),
    /// The kernel has said something.
    Observed(Observed),
}

/// How far a judge has looked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The youngest row seen.
    row: u64,
    /// The youngest observation seen, by its place in the order of things.
    observation: u64,
    /// Rows seen that had not returned.
    open: Vec<RowNumber>,
    /// Rows of `open` of which it was told that they waited long enough.
    told: Vec<RowNumber>,
}

/// So many rows are looked at in one go: a frame must not wait for more.
pub(super) const SLICE: usize = 4096;

impl Cursor {
    /// At the end of what there is. Calls that wait now count from now on.
    pub(super) fn at_end(recording: &Recording) -> Self {
        let last = recording.len().checked_sub(1);
        let row = last.and_then(|last| recording.number_at(last));
        let sockets = recording.sockets().open();
        let mut open: Vec<RowNumber> = sockets
            .flat_map(|socket| &socket.waiting)
            .filter_map(|pending| recording.waiting_row(pending.id))
            .collect();
        open.sort_unstable();
        Self {
            row: row.map_or(0, |row| row.0),
            observation: last_observation(recording),
            open,
            told: Vec::new(),
        }
    }

    /// What is new, and whether there is more. `long` says of a call when it will have waited long enough, nanoseconds
    /// of the network's clock; `now` is that clock.
    pub(super) fn news(
        &mut self,
        recording: &Recording,
        now: u64,
        long: impl Fn(&CallEntry) -> Option<u64>,
    ) -> (Vec<Fact>, bool) {
        let mut facts: Vec<(Stamp, Fact)> = Vec::new();
        let first = first_after(recording, self.row);
        let end = recording.len().min(first.saturating_add(SLICE));
        let earlier = std::mem::take(&mut self.open);
        let old = earlier
            .into_iter()
            .filter_map(|number| recording.numbered(number));
        let new = (first..end).filter_map(|index| recording.row(index));
        let mut open = Vec::new();
        for entry in old.chain(new) {
            self.row = self.row.max(entry.number.0);
            let until = entry.end.map_or(now, |end| end.at);
            // A row of several calls says nothing of how long one of them took.
            let is_one = entry.count == 1;
            let at = long(&entry)
                .filter(|at| is_one && *at <= until && !self.told.contains(&entry.number));
            if let Some(at) = at {
                self.told.push(entry.number);
                let stamp = Stamp {
                    seq: entry.start.seq,
                    at,
                };
                facts.push((stamp, Fact::Waited(Box::new(entry.clone()))));
            }
            match entry.end {
                // Of equal would-blocks in one row, it is the first that counts.
                Some(_) if entry.count > 1 => {
                    facts.push((entry.start, Fact::Ended(Box::new(entry))));
                }
                Some(end) => facts.push((end, Fact::Ended(Box::new(entry)))),
                None if entry.is_waiting() => open.push(entry.number),
                None => {}
            }
        }
        self.told.retain(|number| open.contains(number));
        self.open = open;
        let seen = self.observation;
        let observed = recording.observations().rev();
        let observed = observed.take_while(|observed| observed.stamp.seq > seen);
        facts.extend(observed.map(|observed| (observed.stamp, Fact::Observed(*observed))));
        self.observation = last_observation(recording).max(seen);
        facts.sort_by_key(|(stamp, _)| (stamp.at, stamp.seq));
        let facts = facts.into_iter().map(|(_, fact)| fact).collect();
        (facts, end < recording.len())
    }
}

fn last_observation(recording: &Recording) -> u64 {
    let last = recording.observations().next_back();
    last.map_or(0, |observed| observed.stamp.seq)
}

/// The index of the first row that is younger than the row of that number.
fn first_after(recording: &Recording, row: u64) -> usize {
    let (mut low, mut high) = (0, recording.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let is_old = recording
            .number_at(middle)
            .is_some_and(|number| number.0 <= row);
        if is_old {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
