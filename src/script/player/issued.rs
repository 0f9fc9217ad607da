//! The calls a player has issued: where each stands, and whether it ended as expected.

use std::sync::Arc;

use crate::model::call::{
    CallId, Family, Method, Outcome, ProgramId, Protocol, SocketId, SocketLists, ThreadId, Value,
};
use crate::model::errno::Errno;
use crate::model::event::{Ended, Event, Note, Started};

use super::super::ast::Name;
use super::super::expect::{self, Expectation, Wait};
use super::super::options::{Held, KnownSocket};
use super::names::Slot;
use super::{Owned, Player, Rank, WAITS_AFTER_NANOS};

/// One call of the script.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) id: CallId,
    pub(super) line: u32,
    pub(super) text: Arc<str>,
    pub(super) method: Method,
    pub(super) socket: Option<SocketId>,
    /// The names and sockets that a `select` watches; empty for every other call.
    pub(super) watched: Vec<(Name, SocketId)>,
    pub(super) targets: Vec<Name>,
    pub(super) expectation: Option<Expectation>,
    /// Whose it is.
    pub(super) program: ProgramId,
    /// Of the socket it is made on, or makes.
    pub(super) family: Family,
    /// Of the socket it is made on, or makes.
    pub(super) protocol: Protocol,
    /// Closing rank of a socket it makes.
    pub(super) rank: Rank,
    /// How many bytes a sendall is to send in all.
    pub(super) wanted: u64,
    /// How many bytes were sent by all its parts.
    pub(super) total: u64,
    /// Whether the player has asked for its end.
    pub(super) told_to_end: bool,
    /// Whether the deadline has passed for it once: nothing more waits for it.
    pub(super) given_up: bool,
    /// Whether the script judges its outcome: not so for what only tidies up.
    pub(super) judged: Judged,
    pub(super) state: CallState,
}

/// Whether an outcome counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    ByScript,
    Not,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallState {
    /// Handed in, at this time.
    Submitted { at: u64, queue: Queue },
    /// In its system call since this time.
    Entered { at: u64, thread: ThreadId },
    /// Returned, or taken back.
    Ended(End),
}

/// How a call's way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Succeeded,
    Otherwise,
}

/// Whether the network said that a call is behind another on its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    NotSaid,
    Behind,
}

impl Issued {
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state, CallState::Ended(_))
    }

    /// Whether it is on that socket, alone or with others.
    pub(super) fn is_on(&self, socket: SocketId) -> bool {
        self.socket == Some(socket) || self.watched.iter().any(|(_, watched)| *watched == socket)
    }

    pub(super) fn succeeded(&self) -> bool {
        self.state == CallState::Ended(End::Succeeded)
    }

    /// Whether it was written to wait until something below it, or the end, lets it go.
    pub(super) fn is_marked(&self) -> bool {
        self.expectation
            .as_ref()
            .is_some_and(Expectation::is_let_go)
    }

    /// Whether it may need what a statement below it does.
    ///
    /// All others return by themselves: if they take long, the machine is slow or the other end far away.
    pub(super) fn may_wait_for_more(&self) -> bool {
        if self.is_marked() {
            return true;
        }
        let fails_at_once = self
            .expectation
            .as_ref()
            .is_some_and(|expectation| expectation.end == Some(expect::End::Errno(Errno::EAGAIN)));
        let is_behind = matches!(
            self.state,
            CallState::Submitted {
                queue: Queue::Behind,
                ..
            }
        );
        let receives = matches!(
            self.method,
            Method::Accept | Method::Recv | Method::RecvFrom
        );
        !fails_at_once && (is_behind || receives)
    }

    /// Since when it is in its system call, or behind another; `None` while it is about to enter.
    pub(super) fn waits_since(&self) -> Option<u64> {
        match self.state {
            CallState::Entered { at, .. }
            | CallState::Submitted {
                at,
                queue: Queue::Behind,
            } => Some(at),
            _ => None,
        }
    }

    /// When it will have waited long enough to count as waiting.
    pub(super) fn waits_from(&self) -> Option<u64> {
        Some(self.waits_since()?.saturating_add(WAITS_AFTER_NANOS))
    }
}

impl Player {
    /// Takes in one event of the network.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Queued { id, .. } => {
                if let Some(Issued {
                    state: CallState::Submitted { queue, .. },
                    ..
                }) = self.issued_mut(*id)
                {
                    *queue = Queue::Behind;
                }
            }
            Event::Started(started) => self.entered(started),
            Event::Ended(ended) => self.ended(ended),
            Event::Made(started, ended) => {
                self.entered(started);
                self.ended(ended);
            }
            Event::Withdrawn { id } => {
                if let Some(&call) = self.by_id.get(id) {
                    self.end(call, &Outcome::Interrupted, 0);
                }
            }
            Event::WorkerPanicked { thread, .. } => self.panicked(*thread),
            Event::Observed {
                socket,
                observation,
                ..
            } => {
                let port = observation.local.map(|local| local.port());
                let owned = self.owned.iter_mut().find(|owned| owned.id == *socket);
                if let (Some(owned), Some(port)) = (owned, port.filter(|port| *port != 0)) {
                    owned.local_port = Some(port);
                }
            }
            _ => {}
        }
    }

    fn issued_mut(&mut self, id: CallId) -> Option<&mut Issued> {
        self.issued.get_mut(*self.by_id.get(&id)?)
    }

    fn entered(&mut self, started: &Started) {
        if let Some(issued) = self.issued_mut(started.id) {
            issued.state = CallState::Entered {
                at: started.stamp.at,
                thread: started.thread,
            };
        }
    }

    fn ended(&mut self, ended: &Ended) {
        let Some(&call) = self.by_id.get(&ended.id) else {
            return;
        };
        let Some(issued) = self.issued.get_mut(call) else {
            return;
        };
        if let Outcome::Ok(Value::Sent(count)) = &ended.outcome {
            issued.total += count;
            let more = issued.method == Method::SendAll
                && issued.total < issued.wanted
                && ended.note != Some(Note::EndedByYou);
            if more {
                issued.state = CallState::Submitted {
                    at: ended.stamp.at,
                    queue: Queue::NotSaid,
                };
                return;
            }
        }
        let waited = match issued.state {
            CallState::Entered { at, .. } => ended.stamp.at.saturating_sub(at),
            _ => 0,
        };
        self.end(call, &ended.outcome, waited);
    }

    fn panicked(&mut self, thread: ThreadId) {
        let lost: Vec<usize> = self
            .issued
            .iter()
            .enumerate()
            .filter(|(_, issued)| {
                matches!(issued.state, CallState::Entered { thread: on, .. } if on == thread)
            })
            .map(|(call, _)| call)
            .collect();
        for call in lost {
            let Some(issued) = self.issued.get_mut(call) else {
                continue;
            };
            issued.state = CallState::Ended(End::Otherwise);
            let (line, text) = (issued.line, Arc::clone(&issued.text));
            let targets = issued.targets.clone();
            let got: Arc<str> = Arc::from("nothing: its thread has failed");
            self.fail_targets(call, &targets, &got);
            self.fail(line, text, Arc::from("an answer"), got);
        }
    }

    fn end(&mut self, call: usize, outcome: &Outcome, waited: u64) {
        let Some(issued) = self.issued.get_mut(call) else {
            return;
        };
        if issued.has_ended() {
            return;
        }
        issued.state = CallState::Ended(match outcome {
            Outcome::Ok(_) => End::Succeeded,
            _ => End::Otherwise,
        });
        if let (Method::Bind, Some(socket), Outcome::Ok(_)) =
            (issued.method, issued.socket, outcome)
        {
            self.bound.insert(socket);
        }
        // The descriptor is gone whatever else close() answers (`man 2 close`).
        if let (Method::Close, Some(socket), Outcome::Ok(_) | Outcome::Error(_)) =
            (issued.method, issued.socket, outcome)
            && let Some(owned) = self.owned.iter_mut().find(|owned| owned.id == socket)
        {
            owned.closed = true;
        }
        self.assign(call, outcome);
        self.judge(call, outcome, waited);
    }

    fn judge(&mut self, call: usize, outcome: &Outcome, waited: u64) {
        let Some(issued) = self.issued.get(call) else {
            return;
        };
        if issued.judged == Judged::Not {
            return;
        }
        let holds = match &issued.expectation {
            None => outcome.errno().is_none(),
            Some(expectation) => {
                let wait = expectation.wait == Wait::Unsaid || waited >= WAITS_AFTER_NANOS;
                wait && match &expectation.end {
                    Some(end) => end.holds(outcome, issued.total, &issued.watched),
                    None => outcome.errno().is_none(),
                }
            }
        };
        if holds {
            self.report.held += usize::from(issued.expectation.is_some());
            return;
        }
        let expected = match &issued.expectation {
            Some(expectation) => expect::shown(expectation),
            None => Arc::from("no error"),
        };
        let got = expect::describe(issued.method, outcome, issued.total, &issued.watched);
        let (line, text) = (issued.line, Arc::clone(&issued.text));
        self.fail(line, text, expected, Arc::from(got));
    }

    /// Gives the names on the left their values, or says that they have none.
    fn assign(&mut self, call: usize, outcome: &Outcome) {
        let Some(issued) = self.issued.get(call) else {
            return;
        };
        let targets = issued.targets.clone();
        let Outcome::Ok(value) = outcome else {
            let reason = format!(
                "{} gave {}",
                issued.text,
                expect::describe(issued.method, outcome, 0, &issued.watched)
            );
            self.fail_targets(call, &targets, &Arc::from(reason));
            return;
        };
        let values = match value {
            Value::Ready(ready) => ready_values(ready, targets.len()),
            Value::Socket { id, peer, .. } => {
                let socket = KnownSocket {
                    id: *id,
                    program: issued.program,
                    family: issued.family,
                    protocol: issued.protocol,
                    bound: peer.is_some(),
                    waiting: Vec::new(),
                };
                self.owned.push(Owned {
                    id: *id,
                    rank: issued.rank,
                    local_port: None,
                    closed: false,
                });
                vec![Some(Held::Socket(socket)), peer.map(Held::Address)]
            }
            Value::Received { bytes, peer, .. } => vec![
                bytes.whole().map(|bytes| Held::Bytes(Arc::from(bytes))),
                peer.map(Held::Address),
            ],
            Value::Address(address) => vec![Some(Held::Address(*address))],
            Value::Integer(number) => vec![Some(Held::Number(*number))],
            Value::Sent(_) => vec![Some(Held::Number(
                i64::try_from(issued.total).unwrap_or(i64::MAX),
            ))],
            Value::None => Vec::new(),
        };
        let text = Arc::clone(&issued.text);
        let values = values.into_iter().chain(std::iter::repeat(None));
        for (target, value) in targets.iter().zip(values) {
            let slot = match value {
                Some(held) => Slot::Held(held),
                None => Slot::failed(Arc::from(format!("{text} gave no value for {target}"))),
            };
            self.fill(call, target, slot);
        }
    }

    fn fail_targets(&mut self, call: usize, targets: &[Name], reason: &Arc<str>) {
        for target in targets {
            self.fill(call, target, Slot::failed(Arc::clone(reason)));
        }
    }

    /// A name that was assigned again meanwhile keeps its newer value.
    fn fill(&mut self, call: usize, target: &Name, slot: Slot) {
        if let Some(current @ Slot::Pending(_)) = self.slots.get_mut(target)
            && *current == Slot::Pending(call)
        {
            *current = slot;
        }
    }
}

/// What the names on the left of a `select` get: a list each, or all three in one.
fn ready_values(ready: &Arc<SocketLists>, targets: usize) -> Vec<Option<Held>> {
    if targets == 1 {
        return vec![Some(Held::Lists(Arc::clone(ready)))];
    }
    let lists = ready.lists().into_iter();
    lists
        .map(|list| Some(Held::Sockets(Arc::from(list))))
        .collect()
}
