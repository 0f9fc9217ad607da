//! Which two sockets are the ends of one connection, and which clients wait for which listener's accept.

use std::net::SocketAddr;
use std::ops::RangeInclusive;

use crate::model::call::SocketId;
use crate::model::chunks::Sorted;
use crate::model::recording::RowNumber;
use crate::model::socket::{Socket, SocketTable, canonical, meets};

use super::{Handshake, Link, Load, Point};

/// The connections of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    /// The other end of each socket whose other end is known.
    partners: Sorted<SocketId, SocketId>,
    /// Accepted sockets whose client is not known yet, by the client's address.
    accepted: Sorted<SocketAddr, SocketId>,
    /// The last socket that connected from an address.
    clients: Sorted<SocketAddr, SocketId>,
    /// Sockets that listen, or did, in the order they began to.
    listeners: Vec<SocketId>,
    /// The clients in accept queues: the place of their connect in the order of things, and their listener.
    pub(super) seated: Sorted<SocketId, (u64, SocketId)>,
    /// The clients that were in a listener's accept queue when that was closed: the listener, and its close.
    pub(super) orphans: Sorted<SocketId, Point>,
    /// Each client's connect: where it stands, where to, and how far it has come.
    pub(super) connects: Sorted<SocketId, (Point, SocketAddr, Handshake)>,
    births: Births,
    /// Where each socket stopped sending: its shutdown, or its close.
    pub(super) finishes: Sorted<SocketId, Point>,
    /// Each socket's close.
    pub(super) closes: Sorted<SocketId, Point>,
    /// The first call of each socket that was told of the end of the other side's bytes.
    pub(super) ends: Sorted<SocketId, Point>,
    /// The first call of each socket that was told of a reset.
    pub(super) resets: Sorted<SocketId, Point>,
}

/// The accepts that gave birth. There may be very many, each of them for good: so what is drawn of one is made up from
/// little.
#[derive(Clone, Debug, Default)]
struct Births {
    /// The accept of each socket: its place in the order of things.
    seqs: Sorted<SocketId, u64>,
    /// What it gave birth to at that place, on which listener, in which row.
    at: Sorted<u64, (SocketId, SocketId, RowNumber)>,
}

impl Connections {
    /// A socket was born of an accept.
    pub(super) fn bear(&mut self, new: SocketId, accept: Point) {
        if let (Some(listener), Some(row)) = (accept.socket, accept.row) {
            self.births.seqs.insert(new, accept.seq);
            self.births.at.insert(accept.seq, (new, listener, row));
        }
    }

    /// The accept that a socket was born of.
    pub(super) fn birth(&self, socket: SocketId) -> Option<Point> {
        let seq = *self.births.seqs.get(&socket)?;
        let (_, listener, row) = *self.births.at.get(&seq)?;
        Some(Point::on(listener, row, seq))
    }

    /// The births in a stretch of the order of things.
    pub(super) fn births_in(&self, seqs: &RangeInclusive<u64>) -> impl Iterator<Item = Link> {
        let births = self.births.at.pairs_from(seqs.start());
        let births = births.take_while(|(seq, _)| seq <= seqs.end());
        births.map(|(seq, (new, listener, row))| Link {
            from: Point::on(*listener, *row, *seq),
            to: Point::in_queue(*new, *seq),
            load: Load::Birth,
        })
    }

    /// The other end of `socket`.
    pub(super) fn partner(&self, socket: SocketId) -> Option<SocketId> {
        self.partners.get(&socket).copied()
    }

    /// The clients that wait for that listener's accept, the oldest first.
    pub(super) fn clients_of(&self, listener: SocketId) -> Vec<SocketId> {
        let seated = self.seated.iter();
        let mut clients: Vec<(u64, SocketId)> = seated
            .filter(|(_, (_, of))| *of == listener)
            .map(|(client, (seq, _))| (*seq, *client))
            .collect();
        clients.sort_unstable();
        clients.into_iter().map(|(_, client)| client).collect()
    }

    /// A socket listens.
    pub(super) fn listen(&mut self, socket: SocketId) {
        if !self.listeners.contains(&socket) {
            self.listeners.push(socket);
        }
    }

    /// The socket that listened at `address` at that moment.
    pub(super) fn listener(
        &self,
        address: &SocketAddr,
        seq: u64,
        sockets: &SocketTable,
    ) -> Option<SocketId> {
        let found = self
            .listeners
            .iter()
            .rev()
            .filter_map(|id| sockets.get(*id));
        found
            .filter(|socket| socket.closed.is_none_or(|closed| closed.seq > seq))
            .find(|socket| socket.local.is_some_and(|local| meets(&local, address)))
            .map(|socket| socket.id)
    }

    /// A socket's addresses may be known now: finds its other end, if it was not known. Returns it when it was found.
    pub(super) fn meet(&mut self, socket: &Socket, sockets: &SocketTable) -> Option<SocketId> {
        if self.partners.contains(&socket.id) {
            return None;
        }
        let other = if socket.parent.is_some() {
            self.client_of(socket, sockets)?
        } else {
            self.accepted_of(socket, sockets)?
        };
        self.partners.insert(socket.id, other);
        self.partners.insert(other, socket.id);
        self.seated.remove(&socket.id);
        self.seated.remove(&other);
        Some(other)
    }

    /// The other end of an accepted socket is in no recording of ours: no client will be found for it.
    pub(super) fn came_from_outside(&mut self, accepted: SocketId, peer: &SocketAddr) {
        if self.accepted.get(peer) == Some(&accepted) {
            self.accepted.remove(peer);
        }
    }

    fn client_of(&mut self, socket: &Socket, sockets: &SocketTable) -> Option<SocketId> {
        let peer = canonical(socket.peer?);
        // An address is used again: who had it last may have connected to somebody else, or have its end already.
        let came_here = |client: &SocketId| {
            let target = sockets.get(*client).and_then(|client| client.target);
            let ours = socket.local.or_else(|| sockets.get(socket.parent?)?.local);
            let meets = target
                .zip(ours)
                .is_none_or(|(target, ours)| meets(&ours, &target));
            meets && !self.partners.contains(client)
        };
        let client = self.clients.get(&peer).copied().filter(came_here);
        if client.is_none() {
            self.accepted.insert(peer, socket.id);
        }
        client
    }

    fn accepted_of(&mut self, socket: &Socket, sockets: &SocketTable) -> Option<SocketId> {
        let (local, target) = (canonical(socket.local?), canonical(socket.target?));
        if local == target {
            return Some(socket.id);
        }
        let is_open = |id: &SocketId| sockets.get(*id).is_some_and(|socket| !socket.is_closed());
        let accepted = self.accepted.remove(&local).filter(is_open);
        if accepted.is_none() {
            self.clients.insert(local, socket.id);
        }
        accepted
    }
}
