//! Which sockets play the parts in the life cycle of the calls.

use super::Life;
use super::methods::{Lane, Node};
use crate::model::call::{Method, Protocol, SocketId};
use crate::model::event::Role;
use crate::model::socket::{Socket, SocketKind, SocketTable, Stage};

/// The sockets that play the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// The one that listens, or is to.
    pub listener: Option<SocketId>,
    /// The one that accept returned.
    pub connection: Option<SocketId>,
    /// The one that connects.
    pub client: Option<SocketId>,
    /// UDP: the one that waits.
    pub receiver: Option<SocketId>,
    /// UDP: the one that sends first.
    pub sender: Option<SocketId>,
}

impl Cast {
    /// The parts round a chosen socket: the conversation it is in, else the youngest that fit.
    pub fn of(sockets: &SocketTable, selected: Option<SocketId>) -> Self {
        let chosen = selected.and_then(|id| sockets.get(id));
        let mut cast = Self::default();
        match chosen {
            Some(socket) if socket.protocol == Protocol::Udp => cast.udp_of(socket, sockets),
            Some(socket) => cast.tcp_of(socket, sockets),
            None => {}
        }
        if chosen.is_none_or(|socket| socket.protocol == Protocol::Udp)
            && let Some(youngest) = youngest(sockets, |socket| socket.protocol == Protocol::Tcp)
        {
            cast.tcp_of(youngest, sockets);
        }
        if chosen.is_none_or(|socket| socket.protocol == Protocol::Tcp)
            && let Some(youngest) = youngest(sockets, |socket| socket.protocol == Protocol::Udp)
        {
            cast.udp_of(youngest, sockets);
        }
        cast
    }

    fn tcp_of(&mut self, socket: &Socket, sockets: &SocketTable) {
        match socket.kind() {
            SocketKind::Connection => {
                self.connection = Some(socket.id);
                self.listener = socket.parent;
                self.client = partner(socket, sockets);
            }
            SocketKind::Listener if socket.role != Role::Client || socket.backlog.is_some() => {
                self.listener = Some(socket.id);
                let accepted = youngest(sockets, |other| other.parent == Some(socket.id));
                self.connection = accepted.map(|accepted| accepted.id);
                self.client = match accepted {
                    Some(accepted) => partner(accepted, sockets),
                    None => {
                        youngest(sockets, |other| may_call(other, socket)).map(|other| other.id)
                    }
                };
            }
            _ => {
                self.client = Some(socket.id);
                let other = partner(socket, sockets).and_then(|id| sockets.get(id));
                self.connection = other.map(|other| other.id);
                self.listener = match other {
                    Some(other) => other.parent,
                    None => listener_for(socket, sockets),
                };
            }
        }
    }

    fn udp_of(&mut self, socket: &Socket, sockets: &SocketTable) {
        let other = sockets.other_end(socket).or_else(|| {
            let sender = socket.last_sender();
            sender.and_then(|sender| sockets.at(&sender, Protocol::Udp))
        });
        let other = other.filter(|other| other.id != socket.id).or_else(|| {
            youngest(sockets, |other| {
                other.protocol == Protocol::Udp && other.id != socket.id
            })
        });
        let first = |socket: &Socket| socket.role == Role::Client;
        let waits = match other {
            Some(other) if first(socket) == first(other) => socket.id < other.id,
            _ => !first(socket),
        };
        let other = other.map(|other| other.id);
        (self.receiver, self.sender) = if waits {
            (Some(socket.id), other)
        } else {
            (other, Some(socket.id))
        };
    }

    /// The socket on which a call of the picture is made. The server's last calls are its connection's, but while a
    /// listener is chosen its own close.
    pub fn actor(&self, node: Node, selected: Option<SocketId>) -> Option<SocketId> {
        match (node.lane, node.method) {
            (Lane::Client, _) => self.client,
            (Lane::Receiver, _) => self.receiver,
            (Lane::Sender, _) => self.sender,
            (Lane::Server, Method::Recv | Method::Send) => self.connection,
            (Lane::Server, Method::Close) if selected.is_some() && selected == self.listener => {
                selected
            }
            (Lane::Server, Method::Close) => self.connection.or(self.listener),
            (Lane::Server, _) => self.listener,
        }
    }
}

fn youngest(sockets: &SocketTable, fits: impl Fn(&Socket) -> bool) -> Option<&Socket> {
    let open = sockets.open().rev().find(|socket| fits(socket));
    open.or_else(|| sockets.iter().rev().find(|socket| fits(socket)))
}

fn partner(socket: &Socket, sockets: &SocketTable) -> Option<SocketId> {
    let known = sockets.life(socket.id).and_then(Life::partner);
    known.or_else(|| sockets.other_end(socket).map(|other| other.id))
}

/// Whether a client has called this listener, or may.
fn may_call(client: &Socket, listener: &Socket) -> bool {
    let meant = match (client.target, listener.local) {
        (Some(target), Some(local)) => target.port() == local.port(),
        (Some(_), None) => false,
        (None, _) => true,
    };
    client.protocol == Protocol::Tcp
        && client.kind() == SocketKind::Client
        && client.stage != Stage::Connected
        && meant
}

fn listener_for<'a>(client: &Socket, sockets: &'a SocketTable) -> Option<SocketId> {
    let named = client
        .target
        .and_then(|target| sockets.at(&target, Protocol::Tcp));
    let any = || {
        // Somebody who was called elsewhere is served elsewhere.
        let free = client.peer.is_none();
        free.then(|| {
            youngest(sockets, |other| {
                other.protocol == Protocol::Tcp && other.kind() == SocketKind::Listener
            })
        })?
    };
    let found: Option<&'a Socket> = named.or_else(any);
    found
        .filter(|found| found.id != client.id)
        .map(|found| found.id)
}
