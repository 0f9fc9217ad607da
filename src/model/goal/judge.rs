//! Follows a recording and says when a goal is met.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::facts::{Cursor, Fact};
use super::watch::Watch;
use super::{Condition, Goal, Same};
use crate::model::call::SocketId;
use crate::model::flow::Flow;
use crate::model::recording::{CallEntry, Recording, RowNumber};

/// Judges one goal on one recording, from the moment it is made.
#[derive(Clone, Debug)]
pub struct Judge {
    goal: Goal,
    cursor: Cursor,
    watch: Watch,
    /// When it began, nanoseconds of the network's clock: no wait counts from earlier.
    began: u64,
    /// For each step but the last, which calls have met it and all before: their sockets, and the address named.
    reached: Vec<HashMap<Option<SocketId>, Option<SocketAddr>>>,
    /// The address each socket's calls named last.
    named: HashMap<SocketId, SocketAddr>,
    met: Option<RowNumber>,
}

impl Judge {
    /// A judge of what happens from now on: `now` is the network's clock, nanoseconds.
    pub fn new(goal: Goal, recording: &Recording, now: u64) -> Self {
        Self {
            cursor: Cursor::at_end(recording),
            watch: Watch::at_end(&goal, recording),
            reached: vec![HashMap::new(); goal.steps.len()],
            goal,
            began: now,
            named: HashMap::new(),
            met: None,
        }
    }

    /// The row that met the goal.
    pub fn met(&self) -> Option<RowNumber> {
        self.met
    }

    /// Looks at what is new, a few thousand rows at most; says whether there is more.
    ///
    /// `flow` is of the same recording; `now` is the network's clock, nanoseconds.
    pub fn look(&mut self, recording: &Recording, flow: &Flow, now: u64) -> bool {
        if self.met.is_some() {
            return false;
        }
        let (goal, began) = (&self.goal, self.began);
        let long = |entry: &CallEntry| {
            let nanos = goal.wait_of(entry.method())?;
            Some(entry.start.at.max(began).saturating_add(nanos))
        };
        let (facts, more) = self.cursor.news(recording, now, long);
        for fact in &facts {
            self.take(fact, recording, flow);
        }
        more && self.met.is_none()
    }

    /// When a call that waits now will have waited long enough, nanoseconds of the network's clock.
    pub fn due(&self, recording: &Recording) -> Option<u64> {
        let waiting = recording.sockets().open();
        let waiting = waiting.flat_map(|socket| &socket.waiting);
        let due = waiting.filter_map(|pending| {
            let nanos = self.goal.wait_of(pending.method)?;
            Some(pending.since?.at.max(self.began).saturating_add(nanos))
        });
        due.min().filter(|_| self.met.is_none())
    }

    fn take(&mut self, fact: &Fact, recording: &Recording, flow: &Flow) {
        let watch = &mut self.watch;
        match fact {
            Fact::Ended(entry) => {
                watch.take(entry, recording);
                if let (Some(id), Some(address)) = (entry.socket, entry.call.address()) {
                    self.named.insert(id, address);
                }
                self.advance(entry.socket, |watch, condition| {
                    let is_met = watch.is_met(condition, entry, recording, flow);
                    is_met.then_some(entry.number)
                });
            }
            Fact::Waited(entry) => self.advance(entry.socket, |_, condition| match condition {
                Condition::Waits { method, .. } if *method == entry.method() => Some(entry.number),
                _ => None,
            }),
            Fact::Observed(observed) => {
                self.advance(Some(observed.socket), |watch, condition| {
                    watch.is_seen(condition, observed)
                });
                self.watch.take_observed(observed);
            }
        }
    }

    /// Enters every step that this meets, the last first: nothing meets two at once.
    fn advance(
        &mut self,
        socket: Option<SocketId>,
        row_of: impl Fn(&Watch, &Condition) -> Option<RowNumber>,
    ) {
        let named = socket.and_then(|id| self.named.get(&id)).copied();
        for (index, step) in self.goal.steps.iter().enumerate().rev() {
            let Some(row) = row_of(&self.watch, &step.condition) else {
                continue;
            };
            let before = index
                .checked_sub(1)
                .and_then(|before| self.reached.get(before));
            let follows = before.is_none_or(|before| match step.same {
                Same::Nothing => !before.is_empty(),
                Same::Socket => before.contains_key(&socket),
                Same::SocketAndAddress => before.get(&socket) == Some(&named),
            });
            if !follows {
                continue;
            }
            if index + 1 == self.goal.steps.len() {
                self.met.get_or_insert(row);
            } else if let Some(reached) = self.reached.get_mut(index) {
                reached.insert(socket, named);
            }
        }
    }
}
