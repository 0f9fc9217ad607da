//! Which two sockets are the ends of one connection, and which clients wait for which listener's accept.

use std::net::SocketAddr;

use crate::model::call::SocketId;
use crate::model::chunks::Sorted;
use crate::model::socket::{Socket, SocketTable, canonical, meets};

use super::{Handshake, Point};

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
    /// The accept that each accepted socket was born of.
    pub(super) births: Sorted<SocketId, Point>,
    /// Where each socket stopped sending: its shutdown, or its close.
    pub(super) finishes: Sorted<SocketId, Point>,
    /// Each socket's close.
    pub(super) closes: Sorted<SocketId, Point>,
    /// The first call of each socket that was told of the end of the other side's bytes.
    pub(super) ends: Sorted<SocketId, Point>,
    /// The first call of each socket that was told of a reset.
    pub(super) resets: Sorted<SocketId, Point>,
}

impl Connections {
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
