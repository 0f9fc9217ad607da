//! What the connections that a listener has accepted add up to.

use super::{Socket, SocketTable};
use crate::model::call::SocketId;

/// What the connections of one listener add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    /// How many it has accepted.
    pub accepted: u64,
    /// How many of them are closed.
    pub closed: u64,
    /// How many of the open ones were born non-blocking, to be served by one thread.
    pub in_crowd: u64,
    /// On how many something was sent.
    pub served: u64,
    /// Bytes received on all of them.
    pub received: u64,
    /// Bytes sent on all of them.
    pub sent: u64,
}

impl Connections {
    /// How many are open.
    pub fn open(self) -> u64 {
        self.accepted - self.closed
    }

    /// What one socket adds.
    fn of(socket: &Socket) -> Self {
        Self {
            accepted: 1,
            closed: u64::from(socket.is_closed()),
            in_crowd: u64::from(socket.in_crowd && !socket.is_closed()),
            served: u64::from(socket.sent > 0),
            received: socket.received,
            sent: socket.sent,
        }
    }

    /// Each number of `self`, less that of `before`, more that of `after`.
    fn changed(self, before: Self, after: Self) -> Self {
        let change = |own: u64, before: u64, after: u64| own + after - before;
        Self {
            accepted: change(self.accepted, before.accepted, after.accepted),
            closed: change(self.closed, before.closed, after.closed),
            in_crowd: change(self.in_crowd, before.in_crowd, after.in_crowd),
            served: change(self.served, before.served, after.served),
            received: change(self.received, before.received, after.received),
            sent: change(self.sent, before.sent, after.sent),
        }
    }
}

impl SocketTable {
    /// What the connections of that listener add up to; `None` where it has accepted none.
    pub fn connections(&self, listener: SocketId) -> Option<Connections> {
        self.connections.get(&listener).copied()
    }

    /// What the socket adds to its listener's, before it changes.
    pub(super) fn share(&self, id: SocketId) -> Option<(SocketId, Connections)> {
        let socket = self.get(id)?;
        Some((socket.parent?, Connections::of(socket)))
    }

    /// Counts what has changed since of a socket that added `before`.
    pub(super) fn recount(&mut self, id: SocketId, before: Option<(SocketId, Connections)>) {
        let (Some((listener, before)), Some((_, after))) = (before, self.share(id)) else {
            return;
        };
        if before != after {
            let all = |all: &mut Connections| *all = all.changed(before, after);
            self.connections.change(listener, all);
        }
    }

    /// Counts a connection that was just accepted.
    pub(super) fn count_in(&mut self, socket: &Socket) {
        if let Some(listener) = socket.parent {
            let new = Connections::of(socket);
            let all = |all: &mut Connections| *all = all.changed(Connections::default(), new);
            self.connections.change(listener, all);
        }
    }
}
