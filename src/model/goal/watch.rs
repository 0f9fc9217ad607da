//! What a judge has to remember of earlier calls for the conditions that are about more than one.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Condition, Goal, GoalStep};
use crate::model::call::{Call, Method, Outcome, SocketId, Value};
use crate::model::event::{Observation, Remnant, TcpState};
use crate::model::flow::Flow;
use crate::model::recording::{CallEntry, Observed, Recording, RowNumber};
use crate::model::socket::{Socket, canonical};

/// The most receives in which a text can be asked for.
pub const MOST_PIECES: usize = 16;

/// So many sends of a socket are remembered: one receive takes no more of them.
const SENDS: usize = 1024;

/// What earlier calls left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// The sockets that are open, and whether accept returned them.
    open: HashMap<SocketId, bool>,
    /// The last receives of each socket, where a goal asks for pieces.
    pieces: HashMap<SocketId, VecDeque<Vec<u8>>>,
    /// The most bytes that they can have, where a goal asks for pieces; else 0.
    longest: usize,
    /// Where in its stream each socket's last sends lie: from, to.
    sends: HashMap<SocketId, VecDeque<(u64, u64)>>,
    /// The sockets that sent to their own address.
    to_itself: HashSet<SocketId>,
    /// What the kernel had said of each socket before.
    said: HashMap<SocketId, Observation>,
    /// The youngest row of each method, and of all: what an observation is put down to.
    last: HashMap<Method, RowNumber>,
    youngest: Option<RowNumber>,
}

impl Watch {
    /// How things stand at the end of what there is.
    pub(super) fn at_end(goal: &Goal, recording: &Recording) -> Self {
        let sockets = recording.sockets();
        let observed = |socket: &Socket| Some((socket.id, socket.observed()?.1));
        let last = recording.len().checked_sub(1);
        Self {
            open: sockets
                .open()
                .map(|socket| (socket.id, socket.parent.is_some()))
                .collect(),
            said: sockets.iter().filter_map(observed).collect(),
            longest: goal.steps.iter().map(longest).max().unwrap_or(0),
            youngest: last.and_then(|last| recording.number_at(last)),
            ..Self::default()
        }
    }

    /// Takes in a call that has returned.
    pub(super) fn take(&mut self, entry: &CallEntry, recording: &Recording) {
        self.last.insert(entry.method(), entry.number);
        self.youngest = Some(entry.number);
        if let Some(born) = entry.born() {
            self.open.insert(born, entry.method() == Method::Accept);
        }
        let (Some(id), Some(Outcome::Ok(value))) = (entry.socket, &entry.outcome) else {
            return;
        };
        match value {
            Value::None if entry.method() == Method::Close => {
                self.open.remove(&id);
                self.pieces.remove(&id);
            }
            Value::Sent(count) => {
                if let Some(from) = entry.offset {
                    let sends = self.sends.entry(id).or_default();
                    sends.push_back((from, from + count));
                    if sends.len() > SENDS {
                        sends.pop_front();
                    }
                }
                let own = recording.sockets().get(id).and_then(|socket| socket.local);
                if let Call::SendTo { address, .. } = &entry.call
                    && own.map(canonical) == Some(canonical(*address))
                {
                    self.to_itself.insert(id);
                }
            }
            Value::Received { bytes, .. } if self.longest > 0 => {
                // One byte more than is asked for tells it apart as well as all of them.
                let bytes = bytes.whole().unwrap_or_default();
                let piece = bytes.get(..=self.longest).unwrap_or(bytes);
                let pieces = self.pieces.entry(id).or_default();
                pieces.push_back(piece.to_vec());
                if pieces.len() > MOST_PIECES {
                    pieces.pop_front();
                }
            }
            _ => {}
        }
    }

    /// Whether the call, which was just taken in, is what a condition asks for.
    pub(super) fn is_met(
        &self,
        condition: &Condition,
        entry: &CallEntry,
        recording: &Recording,
        flow: &Flow,
    ) -> bool {
        match condition {
            Condition::Call(made) => made.is(entry, recording),
            Condition::Open { sockets, accepted } => {
                let counts = |is_accepted: &&bool| **is_accepted || !accepted;
                entry.born().is_some() && self.open.values().filter(counts).count() >= *sockets
            }
            Condition::Pieces { bytes, receives } => {
                entry
                    .socket
                    .is_some_and(|id| self.came_in(id, bytes, *receives))
                    && received(entry).is_some()
            }
            Condition::Merged { sends } => self.merged(entry, flow) >= *sends,
            Condition::Cut => {
                matches!(
                    entry.outcome,
                    Some(Outcome::Ok(Value::Received { lost: 1.., .. }))
                )
            }
            Condition::ToItself => {
                let Some(Outcome::Ok(Value::Received { peer, .. })) = &entry.outcome else {
                    return false;
                };
                let socket = entry.socket.filter(|id| self.to_itself.contains(id));
                let socket = socket.and_then(|id| recording.sockets().get(id));
                let own = socket.and_then(|socket| socket.local).map(canonical);
                own.is_some() && peer.map(canonical) == own
            }
            Condition::Waits { .. }
            | Condition::Queued { .. }
            | Condition::State(_)
            | Condition::Dropped => false,
        }
    }

    fn came_in(&self, id: SocketId, bytes: &[u8], receives: usize) -> bool {
        let Some(pieces) = self.pieces.get(&id) else {
            return false;
        };
        let Some(first) = pieces.len().checked_sub(receives) else {
            return false;
        };
        let last = || pieces.iter().skip(first);
        last().all(|piece| !piece.is_empty()) && last().flatten().eq(bytes)
    }

    /// Of how many sends a receive got bytes.
    fn merged(&self, entry: &CallEntry, flow: &Flow) -> usize {
        let (Some(count), Some(from), Some(id)) = (received(entry), entry.offset, entry.socket)
        else {
            return 0;
        };
        let sends = flow.partner(id).and_then(|sender| self.sends.get(&sender));
        let overlaps = |send: &&(u64, u64)| send.0 < from + count && from < send.1;
        sends.map_or(0, |sends| sends.iter().filter(overlaps).count())
    }

    /// Whether what the kernel said is what a condition asks for, and which row it is put down to.
    pub(super) fn is_seen(&self, condition: &Condition, observed: &Observed) -> Option<RowNumber> {
        let (now, before) = (&observed.observation, self.said.get(&observed.socket));
        let (is_so, causes): (bool, &[Method]) = match condition {
            Condition::Queued { connections } => {
                let queued = now.tcp.filter(|tcp| tcp.state == TcpState::Listen);
                let is_so = queued.is_some_and(|tcp| tcp.accept_queue >= *connections);
                (is_so, &[Method::Connect])
            }
            Condition::State(state) => (
                state_of(now) == Some(*state) && before.and_then(state_of) != Some(*state),
                &[Method::Close, Method::Shutdown],
            ),
            Condition::Dropped => {
                let drops = |said: &Observation| said.drops.unwrap_or(0);
                (
                    drops(now) > before.map_or(0, drops),
                    &[Method::SendTo, Method::Send],
                )
            }
            _ => (false, &[]),
        };
        let cause = causes
            .iter()
            .filter_map(|method| self.last.get(method))
            .max();
        is_so.then(|| cause.copied().or(self.youngest)).flatten()
    }

    /// Takes in what the kernel said.
    pub(super) fn take_observed(&mut self, observed: &Observed) {
        self.said.insert(observed.socket, observed.observation);
    }
}

/// The most bytes that a step asks for in pieces.
fn longest(step: &GoalStep) -> usize {
    match &step.condition {
        Condition::Pieces { bytes, .. } => bytes.len(),
        _ => 0,
    }
}

/// How many bytes a receive got; `None`: it was none, or got none.
fn received(entry: &CallEntry) -> Option<u64> {
    match &entry.outcome {
        Some(Outcome::Ok(Value::Received { bytes, .. })) if !bytes.is_empty() => Some(bytes.len()),
        _ => None,
    }
}

/// The state of a connection; of one without a descriptor, as far as the kernel keeps it.
fn state_of(said: &Observation) -> Option<TcpState> {
    match said.remnant {
        Some(Remnant::TimeWait { .. }) => Some(TcpState::TimeWait),
        _ => Some(said.tcp?.state),
    }
}
