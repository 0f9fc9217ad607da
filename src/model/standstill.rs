//! Where a program stands still: the stretches of time its threads spent in calls that waited.
//!
//! Beside a socket's life line this is the program's own: hatched where no other line of it runs, plain where it
//! runs on.

use std::collections::BTreeMap;

use super::call::{ProgramId, SocketId, ThreadId};
use super::recording::{CallEntry, Recording, RowNumber};

/// A call that took as long as this waited, nanoseconds: no call that only copies bytes does.
pub const WAITED: u64 = 1_000_000;

/// A thread inside a call that waited, or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// The thread that stands still: all of its program where that has one thread.
    pub thread: ThreadId,
    /// The socket it waits on.
    pub socket: Option<SocketId>,
    /// The call's row.
    pub row: RowNumber,
    /// When it entered the system call, nanoseconds since the network started.
    pub from: u64,
    /// When it returned; `None`: it stands still now.
    pub to: Option<u64>,
}

/// The standstills of a recording, by program: each row is read once, however often the recording has grown.
#[derive(Clone, Debug, Default)]
pub struct Standstills {
    by_program: BTreeMap<ProgramId, Vec<Standstill>>,
    /// The number of the first row that was not read yet.
    next: u64,
    /// Rows that had not ended when they were read.
    open: Vec<RowNumber>,
}

impl Standstills {
    /// Those of a whole recording.
    pub fn of(recording: &Recording) -> Self {
        let mut all = Self::default();
        all.update(recording);
        all
    }

    /// Takes in what is new in the recording that was read before. For another recording, begin with a fresh one.
    pub fn update(&mut self, recording: &Recording) {
        for number in std::mem::take(&mut self.open) {
            if let Some(entry) = recording.numbered(number) {
                self.take(&entry);
            }
        }
        for index in first_from(recording, RowNumber(self.next))..recording.len() {
            if let Some(entry) = recording.row(index) {
                self.next = entry.number.0 + 1;
                self.take(&entry);
            }
        }
    }

    /// A program's standstills, in the order in which they began.
    pub fn of_program(&self, program: ProgramId) -> &[Standstill] {
        self.by_program.get(&program).map_or(&[], Vec::as_slice)
    }

    /// Whether some thread of the program stands still at this time.
    pub fn stands_still(&self, program: ProgramId, at: u64) -> bool {
        let stands = |it: &Standstill| it.from <= at && it.to.is_none_or(|to| at < to);
        self.of_program(program).iter().any(stands)
    }

    fn take(&mut self, entry: &CallEntry) {
        if entry.is_waiting() {
            self.open.push(entry.number);
        }
        let Some(program) = entry.program else { return };
        let all = self.by_program.entry(program).or_default();
        let known = all.binary_search_by_key(&entry.number, |it| it.row);
        let is_one = entry.method().can_wait()
            && !entry.folded
            && !entry.abandoned
            && entry.count == 1
            && entry.took().is_none_or(|took| took >= WAITED);
        match (known, is_one) {
            (Ok(index), true) => all[index].to = entry.end.map(|end| end.at),
            (Ok(index), false) => {
                all.remove(index);
            }
            (Err(index), true) => all.insert(
                index,
                Standstill {
                    thread: entry.thread,
                    socket: entry.socket,
                    row: entry.number,
                    from: entry.start.at,
                    to: entry.end.map(|end| end.at),
                },
            ),
            (Err(_), false) => {}
        }
    }
}

/// Where the first row of at least this number stands. Rows stand in the order of their numbers.
fn first_from(recording: &Recording, number: RowNumber) -> usize {
    let (mut low, mut high) = (0, recording.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match recording.number_at(middle) {
            Some(at) if at < number => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}
