//! Time, downward: where on the ladder each moment stands.
//!
//! The axis is an order, not a scale: moments stand one below the other as they happened, each a row of its own.
//! Height means waiting: the room between two moments grows with the time only while some call waits. Idle time takes
//! no more than a mark. Heights are in pitches (one row of boxes), so that a view chooses how large that is.

use crate::model::chunks::Chunks;
use crate::model::recording::RowNumber;

/// Waiting grows by one pitch each time this doubles, nanoseconds.
const WAIT_UNIT: f64 = 500_000_000.0;
/// No wait between two moments takes more room than this, pitches.
const WAIT_MOST: f64 = 5.0;
/// From so long an idle stretch on a mark says how long it was, nanoseconds.
const IDLE: u64 = 5_000_000_000;
/// The room of that mark, pitches.
const IDLE_ROOM: f64 = 0.75;

/// What of a call a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The whole call: it did not wait.
    Whole,
    /// A call that waited, or still waits, entered its system call.
    Start,
    /// It returned.
    End,
}

/// A moment on the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// Its place in the order of things; unique.
    pub(super) seq: u64,
    /// Its time, nanoseconds since the network started.
    pub(super) at: u64,
    /// The row of the call.
    pub(super) row: RowNumber,
    /// What of the call it is.
    pub(super) edge: Edge,
    /// Where it stands: its upper edge, pitches from the top of the axis.
    pub(super) top: f64,
    /// The room it takes, pitches.
    pub(super) height: f32,
    /// How many calls wait from here to the next step.
    waiting: u32,
}

impl Step {
    /// A step that stands nowhere yet.
    pub(super) fn new(seq: u64, at: u64, row: RowNumber, edge: Edge) -> Self {
        Self {
            seq,
            at,
            row,
            edge,
            top: 0.0,
            height: 1.0,
            waiting: 0,
        }
    }

    /// Its lower edge, pitches.
    pub(super) fn bottom(&self) -> f64 {
        self.top + f64::from(self.height)
    }
}

/// All moments, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Axis {
    steps: Chunks<Step>,
    /// From this index on, places are to be counted anew.
    stale: usize,
    /// Where the first step stands: above it were those let go, pitches.
    base: f64,
}

impl Axis {
    pub(super) fn steps(&self) -> &Chunks<Step> {
        &self.steps
    }

    /// Where the picture begins, pitches.
    pub(super) fn top(&self) -> f64 {
        self.base
    }

    /// The index of the first step at or after `seq`.
    pub(super) fn index(&self, seq: u64) -> usize {
        self.steps.partition_point(|step| step.seq < seq)
    }

    /// The step at `seq`, or the last before it.
    pub(super) fn at_or_before(&self, seq: u64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.seq <= seq);
        self.steps.get(after.checked_sub(1)?)
    }

    /// Where a moment of time stands between the steps, pitches.
    pub(super) fn at_time(&self, at: u64) -> f64 {
        let after = self.steps.partition_point(|step| step.at <= at);
        let before = after.checked_sub(1).and_then(|index| self.steps.get(index));
        before.map_or(self.base, Step::bottom)
    }

    /// The indices of the steps that stand between two heights, pitches.
    pub(super) fn between(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        let first = self.steps.partition_point(|step| step.bottom() < from);
        let last = self.steps.partition_point(|step| step.top <= to);
        first..last.max(first)
    }

    /// Puts a step where its sequence number belongs: nearly always at the end.
    pub(super) fn insert(&mut self, step: Step) {
        let back = self
            .steps
            .iter()
            .rev()
            .take_while(|other| other.seq > step.seq)
            .count();
        let index = self.steps.len() - back;
        self.stale = self.stale.min(index);
        self.steps.insert(index, step);
    }

    pub(super) fn remove(&mut self, seq: u64) {
        let index = self.index(seq);
        if self.steps.get(index).is_some_and(|step| step.seq == seq) {
            self.stale = self.stale.min(index);
            self.steps.remove(index);
        }
    }

    /// Changes a step in place: what it is, or the room it takes.
    pub(super) fn change(&mut self, seq: u64, change: impl FnOnce(&mut Step)) {
        let index = self.index(seq);
        if let Some(step) = self.steps.get_mut(index).filter(|step| step.seq == seq) {
            change(step);
            self.stale = self.stale.min(index);
        }
    }

    /// Lets the oldest steps go, so that at most `limit` and a fifth stay.
    pub(super) fn keep(&mut self, limit: usize) {
        // Many at a time: to move all the others for each new one would be slow.
        if self.steps.len() <= limit + limit / 5 {
            return;
        }
        let over = self.steps.len() - limit;
        if let Some(first) = self.steps.get(over) {
            self.base = first.top;
        }
        self.steps.drop_front(over);
    }

    /// Counts the places of what has changed.
    pub(super) fn settle(&mut self) {
        for index in self.stale..self.steps.len() {
            let before = index.checked_sub(1);
            let before = before.and_then(|before| self.steps.get(before)).copied();
            let Some(step) = self.steps.get_mut(index) else {
                break;
            };
            let waiting = before.map_or(0, |before| before.waiting);
            step.waiting = match step.edge {
                Edge::Whole => waiting,
                Edge::Start => waiting + 1,
                Edge::End => waiting.saturating_sub(1),
            };
            step.top = before.map_or(self.base, |before| before.bottom() + room(&before, step.at));
        }
        self.stale = self.steps.len();
    }

    /// Where the picture ends: below the last step, further down the longer a call waits.
    pub(super) fn end(&self, now: u64) -> f64 {
        self.steps.last().map_or(self.base, |last| {
            let room = if last.waiting > 0 {
                room(last, now)
            } else {
                0.0
            };
            last.bottom() + room
        })
    }
}

/// The room between a step and what comes at `at`, pitches.
fn room(before: &Step, at: u64) -> f64 {
    let time = at.saturating_sub(before.at);
    if before.waiting > 0 {
        return (1.0 + time as f64 / WAIT_UNIT).log2().min(WAIT_MOST);
    }
    if time >= IDLE { IDLE_ROOM } else { 0.0 }
}

/// How long nothing happened and nobody waited before what came at `at`, nanoseconds; `None`: not long enough for a mark.
pub(super) fn idle(before: &Step, at: u64) -> Option<u64> {
    let time = at.saturating_sub(before.at);
    (before.waiting == 0 && time >= IDLE).then_some(time)
}
