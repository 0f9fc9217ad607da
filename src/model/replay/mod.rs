//! Replay: a recording and its picture as they were at a moment.
//!
//! A moment is a place in the order of things, a sequence number. Copies of what was known are kept from time to time
//! as the recording grows, and from the last one before a moment its few facts are folded anew: so any moment of a long
//! recording is as near as any other, and what is shown of it is what was shown then.
//!
//! All that grows with a recording stands in chunks of at most a thousand entries, shared with the copies. A copy costs
//! the lists of the chunks: some kilobytes for ten thousand sockets. What changes after it is copied once: the socket and
//! its life, a kilobyte or two, and the chunks in which they stand beside their neighbours. So a copy takes as much memory
//! as changed since the one before, in whole chunks, and never more than all that was known; there are at most 384.

mod told;

pub use told::Told;

use super::ladder::Ladder;
use super::recording::{Change, Mark, Recording};

/// Facts from one kept copy to the next, as long as there are few copies: folding so many takes a small part of a frame.
const EVERY: usize = 512;
/// The most copies: when there are more, every second one goes, and they stand twice as far apart.
const MOST: usize = 384;

/// What was known at a moment.
#[derive(Clone, Debug, Default)]
struct Checkpoint {
    mark: Mark,
    ladder: Ladder,
}

/// The moments from which a recording's past is folded.
#[derive(Clone, Debug)]
pub struct Replay {
    /// In order; the first is the beginning, as long as nothing was let go.
    checkpoints: Vec<Checkpoint>,
    every: usize,
    /// Facts since the last one.
    since: usize,
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            checkpoints: vec![Checkpoint::default()],
            every: EVERY,
            since: 0,
        }
    }
}

impl Replay {
    /// A replay that keeps a copy after so many facts, at first.
    pub fn keeping_every(facts: usize) -> Self {
        Self {
            every: facts.max(1),
            ..Self::default()
        }
    }

    /// The replay of a recording that was read, not followed.
    pub fn of(recording: &Recording) -> Self {
        let mut replay = Self::default();
        if !replay.leads_into(recording) {
            // Its beginning was let go: the present is all there is.
            replay.checkpoints.clear();
            return replay;
        }
        let mut past = Past::at(&Checkpoint::default(), recording);
        let ladder = &mut past.ladder;
        past.recording
            .go_on(recording, recording.last_seq(), &mut |change, then| {
                ladder.take(change, then);
                replay.follow(then, ladder);
            });
        replay
    }

    /// One more fact has come into the recording and its picture.
    pub fn follow(&mut self, recording: &Recording, ladder: &Ladder) {
        self.since += 1;
        if self.since < self.every {
            return;
        }
        self.since = 0;
        if self.checkpoints.len() >= MOST {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.every *= 2;
        }
        self.checkpoints.push(Checkpoint {
            mark: recording.mark(),
            ladder: ladder.clone(),
        });
        // Nothing leads on from a copy once rows that came after it were let go. What can't be used is not kept.
        let dead = self.dead(recording);
        self.checkpoints.drain(..dead);
    }

    /// The first moment from which on everything is there: 0, until the oldest rows are let go. `None`: there is none.
    pub fn first(&self, whole: &Recording) -> Option<u64> {
        let first = self.checkpoints.get(self.dead(whole))?;
        Some(first.mark.seq())
    }

    /// The recording and its picture as they were at `seq`, or at the first whole moment after that. What is shown now
    /// may be given: a small step on from there costs little.
    pub fn show(&self, whole: &Recording, seq: u64, now: Option<Past>) -> Option<Past> {
        let alive = &self.checkpoints[self.dead(whole)..];
        let seq = seq.max(alive.first()?.mark.seq());
        let after = alive.partition_point(|checkpoint| checkpoint.mark.seq() <= seq);
        let checkpoint = alive.get(after.checked_sub(1)?)?;
        let near = now.filter(|now| {
            let moment = now.moment();
            moment <= seq && moment >= checkpoint.mark.seq()
        });
        let mut past = near.unwrap_or_else(|| Past::at(checkpoint, whole));
        past.go_on(whole, seq);
        Some(past)
    }

    fn leads_into(&self, whole: &Recording) -> bool {
        self.dead(whole) == 0
    }

    /// How many of the checkpoints nothing leads on from.
    fn dead(&self, whole: &Recording) -> usize {
        let is_dead = |checkpoint: &Checkpoint| !whole.leads_on_from(&checkpoint.mark);
        self.checkpoints.partition_point(is_dead)
    }
}

/// A recording and its picture as they were at a moment.
#[derive(Clone, Debug)]
pub struct Past {
    recording: Recording,
    ladder: Ladder,
}

impl Past {
    fn at(checkpoint: &Checkpoint, whole: &Recording) -> Self {
        Self {
            recording: whole.as_of(&checkpoint.mark),
            ladder: checkpoint.ladder.clone(),
        }
    }

    /// The recording as it was: the rows that had begun, with the outcomes that were there.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Its picture.
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// The moment: its place in the order of things.
    pub fn moment(&self) -> u64 {
        self.recording.last_seq()
    }

    fn go_on(&mut self, whole: &Recording, to: u64) {
        let ladder = &mut self.ladder;
        self.recording
            .go_on(whole, to, &mut |change: Change, then: &Recording| {
                ladder.take(change, then);
            });
    }
}
