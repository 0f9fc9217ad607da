//! What a select answers by: what made its sockets ready, and what must not come before it.

use crate::model::call::{Call, Outcome, SocketId, SocketLists, Value};
use crate::model::socket::Socket;

use super::super::operation::takes;
use super::super::session::Op;
use super::{Knowledge, finishes, is_at, sends};

impl Knowledge<'_> {
    /// Notes what made each select's sockets ready.
    ///
    /// A select that waits for one thing is fed by it. Where several were ready, or the time could run out, they must
    /// have come before it.
    pub(super) fn find_what_roused(&mut self) {
        for (index, op) in self.session.ops.iter().enumerate() {
            let Some((_, ready)) = lists(op) else {
                continue;
            };
            let fillers = ready.read.iter().filter_map(|id| self.filler(op, *id));
            let emptiers = ready.write.iter().filter_map(|id| self.emptier(op, *id));
            let mut by: Vec<usize> = fillers.chain(emptiers).collect();
            by.sort_unstable();
            by.dedup();
            let has_limit = matches!(
                op.call(),
                Some(Call::Select {
                    timeout: Some(_),
                    ..
                })
            );
            let is_past = |other: &usize| self.session.ops[*other].end < op.begin;
            let is_one = by.len() == 1 && ready.sockets().len() == 1;
            if is_one && !(has_limit && by.iter().all(is_past)) {
                self.fed.insert(index, by);
            } else {
                self.roused.insert(index, by);
            }
        }
    }

    /// What a socket had to be read when a select looked: what is taken of it next, else what came last.
    fn filler(&self, select: &Op, id: SocketId) -> Option<usize> {
        let ops = &self.session.ops;
        // They stand in the order in which they began.
        let end = ops.partition_point(|op| op.begin < select.end);
        let later = ops.partition_point(|op| op.begin <= select.end);
        let taker = ops[later..]
            .iter()
            .position(|op| op.socket() == Some(id) && op.call().is_some_and(takes));
        let next = taker.and_then(|taker| self.gave.get(&(later + taker)));
        let next = next.copied().filter(|op| *op < end);
        next.or_else(|| ops[..end].iter().rposition(|op| self.reaches(op, id)))
    }

    /// What made room for a socket whose buffers had been full.
    fn emptier(&self, select: &Op, id: SocketId) -> Option<usize> {
        let ops = &self.session.ops;
        let end = ops.partition_point(|op| op.begin < select.end);
        let is_crowded = self.crowded.contains(&id);
        let last = || ops[..end].iter().rposition(|op| self.makes_room(op, id));
        is_crowded.then(last).flatten()
    }

    /// Whether the order of two operations matters because one of them is a select; `None`: neither is.
    pub(super) fn around_select(
        &self,
        (earlier, first): (usize, &Op),
        (later, second): (usize, &Op),
    ) -> Option<bool> {
        if lists(first).is_none() && lists(second).is_none() {
            return None;
        }
        let is_roused = self
            .roused
            .get(&later)
            .is_some_and(|by| by.contains(&earlier));
        Some(is_roused || self.misses(first, second))
    }

    /// Whether a select was without what this operation gives.
    fn misses(&self, select: &Op, op: &Op) -> bool {
        lists(select).is_some_and(|(watched, ready)| {
            let reads = watched.read.iter().filter(|id| !ready.read.contains(id));
            let mut writes = watched.write.iter().filter(|id| !ready.write.contains(id));
            let mut reads = reads.copied();
            reads.any(|id| self.reaches(op, id)) || writes.any(|id| self.makes_room(op, *id))
        })
    }

    /// Whether a select was without the end that this socket's close gives.
    pub(super) fn misses_close_of(&self, select: &Op, closing: SocketId) -> bool {
        lists(select).is_some_and(|(watched, ready)| {
            let mut unread = watched.read.iter().filter(|id| !ready.read.contains(id));
            unread.any(|id| self.flow.partner(*id) == Some(closing))
        })
    }

    /// Whether an operation gives a socket something to receive or to accept.
    fn reaches(&self, op: &Op, id: SocketId) -> bool {
        let (Some(from), Some(to)) = (self.socket(op), self.recording.sockets().get(id)) else {
            return false;
        };
        if self.flow.partner(id) == Some(from.id) {
            return sends(op) || finishes(op);
        }
        match op.call() {
            Some(Call::Connect { address }) => listens_at(to, *address),
            _ => {
                from.protocol == to.protocol
                    && sends(op)
                    && Self::target(op, from).is_some_and(|target| is_at(to, target))
            }
        }
    }

    /// Whether an operation takes bytes that a socket had no room for.
    fn makes_room(&self, op: &Op, id: SocketId) -> bool {
        let is_other_end = op.socket().is_some() && self.flow.partner(id) == op.socket();
        is_other_end && self.crowded.contains(&id) && op.call().is_some_and(takes)
    }
}

fn listens_at(socket: &Socket, address: std::net::SocketAddr) -> bool {
    super::is_listener(socket) && is_at(socket, address)
}

/// What a select watched and what of it was ready.
fn lists(op: &Op) -> Option<(&SocketLists, &SocketLists)> {
    match op.outcome()? {
        Outcome::Ok(Value::Ready(ready)) => Some((op.call()?.watched()?, ready)),
        _ => None,
    }
}
