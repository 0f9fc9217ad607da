//! What a file needs of a recording beside its rows, and what it takes to make one again from a file.

use crate::model::call::CallId;
use crate::model::event::{Ended, Event, Stamp, Started};

use super::aside::{Aside, What};
use super::{Recording, RowNumber};

/// Something that happened beside the calls, in the order of things.
#[derive(Clone, Debug)]
pub enum SideFact {
    /// A program, a thread, or what queues: the same fact again. It comes after what has this sequence number.
    Fact(u64, Box<Event>),
    /// A call that had been queued entered its system call: the row it made.
    Entered(u64, CallId, RowNumber),
}

impl Recording {
    /// What happened beside the calls, the oldest first. `None`: some of it was let go.
    pub fn side_facts(&self) -> Option<impl Iterator<Item = SideFact>> {
        (self.asides.gone() == 0).then(|| self.asides.iter().map(Aside::side_fact))
    }

    /// Counts on as if the next call were that number, where the rows before it were let go.
    pub fn skip_to(&mut self, number: RowNumber) {
        self.calls = self.calls.max(number.0.saturating_sub(1));
    }

    /// Says that so many rows were let go before.
    pub fn had_let_go(&mut self, rows: u64) {
        self.rows.had_let_go(rows);
    }

    /// Says that the file it comes from ends within that line, counted from 1: what stood there is not known.
    pub fn ended_early(&mut self, line: u64) {
        self.ends_early = Some(line);
    }

    /// The line, counted from 1, within which the file it comes from ends; `None`: nothing is missing.
    pub fn ends_early(&self) -> Option<u64> {
        self.ends_early
    }

    /// The youngest row, a would-block, stands for `more` equal calls more; the last of them is the one given. Says
    /// whether it can: only equal would-blocks share a row.
    pub fn repeated(&mut self, started: &Started, ended: &Ended, more: u64) -> bool {
        let Some(state) = self.last().map(|last| last.state) else {
            return more == 0;
        };
        let can = more == 0
            || (ended.outcome.is_would_block() && self.rows.fold_repeat(started, ended, state));
        if can && more > 0 {
            self.seen(ended.stamp);
            self.calls = self.calls.saturating_add(more);
            self.rows.count_more(more - 1);
        }
        can
    }

    /// When the first of the equal calls that a row stands for returned.
    pub fn first_end(&self, number: RowNumber) -> Option<Stamp> {
        self.found(self.index_of(number)?)?.first_end()
    }
}

impl Aside {
    fn side_fact(&self) -> SideFact {
        let seq = self.seq;
        let stamp = Stamp { seq, at: 0 };
        let fact = match self.what.clone() {
            What::Entered(id, number) => return SideFact::Entered(seq, id, number),
            What::Program(program, name, role, threading) => Event::ProgramAdded {
                stamp,
                program,
                name,
                role,
                threading,
            },
            What::Threading(program, threading) => Event::ThreadingChanged {
                stamp,
                program,
                threading,
            },
            What::Thread(thread, program, name) => Event::ThreadStarted {
                stamp,
                thread,
                program,
                name,
            },
            What::Queued(id, socket, method, thread) => Event::Queued {
                id,
                socket,
                method,
                thread,
            },
            What::Withdrawn(id) => Event::Withdrawn { id },
            What::Panicked(stamp, thread, message) => Event::WorkerPanicked {
                stamp,
                thread,
                message,
            },
        };
        SideFact::Fact(seq, Box::new(fact))
    }
}
