//! The recording as it was at a moment.
//!
//! A moment is a place in the order of things. Rows say themselves when they began and ended, so those of the past are
//! those of the present, cut: none that began later, no outcome of those that ended later. What the sockets were then is
//! folded anew, from a [`Mark`] on: what was known but for the rows, kept from time to time.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::call::{CallId, Method, Outcome, ProgramId};
use crate::model::event::{Ended, Folded, Stamp, Started};
use crate::model::socket::SocketTable;

use super::aside::{Aside, What};
use super::open::Open;
use super::{CallEntry, Change, Observed, PlayerEntry, Recording, RowNumber};

/// How much of the rows there is at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// So many of the rows.
    pub(super) rows: usize,
    /// The moment.
    pub(super) seq: u64,
}

/// What a recording knew at a moment, but for its rows. All of it that grows with a session stands in chunks or behind
/// pointers: it is copied by copying the lists of these, and what changes later is copied then, chunk by chunk.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Mark {
    seq: u64,
    calls: u64,
    open: Open,
    sockets: SocketTable,
    observed: u64,
    noted: u64,
    passed: u64,
    first_at: Option<u64>,
    last_at: u64,
}

impl Mark {
    /// The moment.
    pub(in crate::model) fn seq(&self) -> u64 {
        self.seq
    }
}

/// A fact that is in the recording; of a row, where it stands.
#[derive(Clone, Debug)]
enum Fact {
    /// A call entered its system call; one that was queued, under that name.
    Start(usize, Option<CallId>),
    End(usize),
    /// The last of the equal would-blocks that a row stands for.
    Again(usize),
    /// Calls that nobody could take one by one.
    Folded(usize),
    Observed(Observed),
    Noted(PlayerEntry),
    Aside(What),
}

impl CallEntry {
    /// The row as it was at `seq`. Where it stands for equal calls, the first of which ended at `first`, how many there
    /// were by then is not known: it stands for that first one until the last was made.
    pub(super) fn cut_to(mut self, seq: u64, first: Option<Stamp>) -> Self {
        if self.end.is_none_or(|end| end.seq <= seq) {
            return self;
        }
        self.count = 1;
        if let Some(first) = first.filter(|first| first.seq <= seq) {
            self.end = Some(first);
            return self;
        }
        Self {
            socket: self.socket.filter(|_| self.born() != self.socket),
            end: None,
            outcome: None,
            bytes_moved: 0,
            offset: None,
            retries: 0,
            note: None,
            state: None,
            ..self
        }
    }
}

impl Recording {
    /// What is known now, but for the rows.
    pub(in crate::model) fn mark(&self) -> Mark {
        Mark {
            seq: self.last_seq,
            calls: self.calls,
            open: self.open.clone(),
            sockets: self.sockets.clone(),
            observed: self.observations.count(),
            noted: self.notes.count(),
            passed: self.asides.count(),
            first_at: self.first_at,
            last_at: self.last_at,
        }
    }

    /// Whether all that came after a mark is still there.
    pub(in crate::model) fn leads_on_from(&self, mark: &Mark) -> bool {
        self.rows.are_whole_after(mark.calls)
            && self.observations.gone() <= mark.observed
            && self.notes.gone() <= mark.noted
            && self.asides.gone() <= mark.passed
    }

    /// This recording as it was at a mark.
    pub(in crate::model) fn as_of(&self, mark: &Mark) -> Self {
        Self {
            header: self.header.clone(),
            limits: self.limits,
            rows: self.rows.shared(),
            calls: mark.calls,
            open: mark.open.clone(),
            sockets: mark.sockets.clone(),
            observations: self.observations.until(mark.observed),
            notes: self.notes.until(mark.noted),
            asides: self.asides.until(mark.passed),
            began: self.began,
            first_at: mark.first_at,
            last_at: mark.last_at,
            last_seq: mark.seq,
            ends_early: self.ends_early,
            cut: Some(Cut {
                rows: self.rows.begun_with(mark.calls),
                seq: mark.seq,
            }),
        }
    }

    /// The moment this recording is of, where it is one of the past.
    pub fn moment(&self) -> Option<u64> {
        self.cut.map(|cut| cut.seq)
    }

    /// The place in the order of things of the youngest fact.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    pub(super) fn is_open(&self, number: RowNumber) -> bool {
        self.open.call(number).is_some()
    }

    /// Goes on to the moment `to`, in a recording of the past of `whole`. Tells what each fact has changed.
    pub(in crate::model) fn go_on(
        &mut self,
        whole: &Self,
        to: u64,
        told: &mut dyn FnMut(Change, &Self),
    ) {
        self.rows = whole.rows.shared();
        let mut facts = self.facts(whole, to).into_iter().peekable();
        while let Some((at, fact)) = facts.next() {
            self.come_to(at);
            let change = match fact {
                Fact::Start(index, id) => {
                    let begun = self.start_again(index, id, whole);
                    let own_end =
                        |(_, next): &(u64, Fact)| matches!(next, Fact::End(end) if *end == index);
                    match (begun, facts.next_if(own_end)) {
                        // What did not wait is told at once, as when it happened.
                        (Some(number), Some((at, _))) => {
                            self.come_to(at);
                            self.end_again(index);
                            Change::Made(number)
                        }
                        (Some(number), None) => Change::Started(number),
                        (None, _) => Change::Other,
                    }
                }
                Fact::End(index) => self.end_again(index).map_or(Change::Other, Change::Ended),
                Fact::Again(index) => self.repeat_again(index, whole),
                Fact::Folded(index) => self.fold_again(index),
                Fact::Observed(seen) => self.observe(seen.stamp, seen.socket, seen.observation),
                Fact::Noted(noted) => {
                    self.note(noted.stamp, noted.line, noted.note);
                    Change::Other
                }
                Fact::Aside(what) => {
                    self.pass_by(Aside { seq: at, what });
                    Change::Other
                }
            };
            told(change, self);
        }
        self.come_to(to);
    }

    fn come_to(&mut self, seq: u64) {
        self.last_seq = self.last_seq.max(seq);
        if let Some(cut) = &mut self.cut {
            cut.seq = cut.seq.max(seq);
        }
    }

    /// What happened after this moment up to another, in order.
    fn facts(&self, whole: &Self, to: u64) -> Vec<(u64, Fact)> {
        let mut facts: Vec<(u64, u8, Fact)> = Vec::new();
        let mut ids: HashMap<RowNumber, CallId> = HashMap::new();
        for aside in whole.asides.after(self.asides.count()) {
            if aside.seq > to {
                break;
            }
            if let What::Entered(id, number) = aside.what {
                ids.insert(number, id);
            }
            // It comes after the fact that was told of before it.
            facts.push((aside.seq, 1, Fact::Aside(aside.what.clone())));
        }
        let mut add = |at: u64, fact| {
            if at <= to {
                facts.push((at, 0, fact));
            }
        };
        let waiting = self.open.rows();
        for index in waiting.filter_map(|number| whole.rows.index_of(number)) {
            if let Some(end) = whole.rows.get(index).and_then(|found| found.first_end()) {
                add(end.seq, Fact::End(index));
            }
        }
        let first = self.len();
        let last = first.checked_sub(1);
        if let Some((index, found)) = last.and_then(|last| Some((last, whole.rows.get(last)?)))
            && let Some(end) = found.end().filter(|end| end.seq > self.last_seq)
            && found.is_repeated()
        {
            add(end.seq, Fact::Again(index));
        }
        // Rows are numbered as they were told of: one that was told of late stands where it was told.
        let mut place = 0;
        for index in first..whole.rows.len() {
            let Some(found) = whole.rows.get(index) else {
                break;
            };
            place = found.begun().max(place);
            if place > to {
                break;
            }
            if found.is_folded() {
                add(place, Fact::Folded(index));
                continue;
            }
            let id = ids.get(&RowNumber(found.row.number)).copied();
            add(place, Fact::Start(index, id));
            if let Some(end) = found.first_end() {
                add(end.seq.max(place), Fact::End(index));
            }
            if let Some(end) = found.end().filter(|_| found.is_repeated()) {
                add(end.seq.max(place), Fact::Again(index));
            }
        }
        let seen = whole.observations.after(self.observations.count());
        for seen in seen.take_while(|seen| seen.stamp.seq <= to) {
            add(seen.stamp.seq, Fact::Observed(*seen));
        }
        let noted = whole.notes.after(self.notes.count());
        for noted in noted.take_while(|noted| noted.stamp.seq <= to) {
            add(noted.stamp.seq, Fact::Noted(noted.clone()));
        }
        facts.sort_by_key(|(at, rank, _)| (*at, *rank));
        facts.into_iter().map(|(at, _, fact)| (at, fact)).collect()
    }

    fn start_again(&mut self, index: usize, id: Option<CallId>, whole: &Self) -> Option<RowNumber> {
        let entry = self.rows.get(index)?.entry();
        let number = entry.number;
        let born = entry.born().and_then(|born| whole.sockets.get(born));
        let on = entry.socket.filter(|_| entry.method() != Method::Socket);
        let owner = born.or_else(|| self.sockets.get(on?));
        let thread = whole.sockets.thread(entry.thread);
        let program = owner.map(|owner| owner.program);
        let started = Started {
            // The row does not keep it. Those of the network count up from 1.
            id: id.unwrap_or(CallId(u64::MAX - number.0)),
            stamp: entry.start,
            thread: entry.thread,
            program: program.or(Some(thread?.program))?,
            socket: on,
            fd: entry.fd,
            call: entry.call,
            name: born.and_then(|born| born.asked.clone()),
            line: entry.line,
            part: entry.part,
            at_end: entry.at_end,
        };
        self.seen(started.stamp);
        self.first_at.get_or_insert(started.stamp.at);
        self.calls = number.0;
        if let Some(cut) = &mut self.cut {
            cut.rows = index + 1;
        }
        self.sockets.start(&started);
        self.open.insert(number, Arc::new(started));
        Some(number)
    }

    fn end_again(&mut self, index: usize) -> Option<RowNumber> {
        let found = self.rows.get(index)?;
        let stamp = found.first_end()?;
        let entry = found.entry();
        let id = self.open.call(entry.number)?;
        let (number, started) = self.open.remove(id)?;
        let ended = Ended {
            id,
            stamp,
            outcome: entry.outcome?,
            offset: entry.offset,
            retries: entry.retries,
            note: entry.note,
        };
        self.seen(stamp);
        self.sockets.end(&started, &ended);
        Some(number)
    }

    /// The last of equal calls makes of their socket what the first one made: meanwhile another call may have ended.
    fn repeat_again(&mut self, index: usize, whole: &Self) -> Change {
        let started = self.start_again(index, None, whole);
        let Some((number, found)) = started
            .and_then(|_| self.end_again(index))
            .zip(whole.rows.get(index))
        else {
            return Change::Other;
        };
        self.calls = number.0 + found.count() - 1;
        if let Some(end) = found.end() {
            self.seen(end);
        }
        Change::Repeated(number)
    }

    fn fold_again(&mut self, index: usize) -> Change {
        let Some(entry) = self.rows.get(index).map(|found| found.entry()) else {
            return Change::Other;
        };
        if let Some(cut) = &mut self.cut {
            cut.rows = index + 1;
        }
        self.calls = entry.number.0 + entry.count - 1;
        self.first_at.get_or_insert(entry.start.at);
        let Some(last) = entry.end else {
            return Change::Other;
        };
        self.seen(last);
        let owner = entry.socket.and_then(|socket| self.sockets.get(socket));
        let folded = Folded {
            thread: entry.thread,
            program: owner.map_or(ProgramId(0), |owner| owner.program),
            socket: entry.socket,
            method: entry.method(),
            errno: entry.outcome.as_ref().and_then(Outcome::errno),
            count: entry.count,
            bytes: entry.bytes_moved,
            offset: entry.offset,
            first: entry.start,
            last,
        };
        self.sockets.moved(&folded);
        Change::Made(entry.number)
    }
}
