//! Errors about connections: none yet, already one, refused, reset, gone.

use std::net::SocketAddr;

use super::{Case, Explanation, name};
use crate::model::address::{dialable, is_reachable};
use crate::model::call::{Call, Protocol};
use crate::model::event::Role;
use crate::model::socket::{Socket, Stage};

const USE_CHILD: &str = "This is the listener: use the socket that accept() returned.";
const ONE_LIFE: &str =
    "A TCP socket has one connection in its life. For another one, make another socket.";

impl Case<'_> {
    pub(super) fn wrong_state(&self) -> Option<Explanation> {
        match self.call {
            Call::Bind { .. } => Some(self.bound_already()),
            Call::Listen { .. } => Some(Explanation::new(
                "A connected socket can't listen.",
                ONE_LIFE,
            )),
            Call::Accept => Some(self.accept_without_listen()),
            Call::SendTo { address, .. } if address.port() == 0 => Some(Explanation::new(
                "Nobody has port 0.",
                "As a port to bind to, 0 means any free one. As a target it means nothing.",
            )),
            _ => None,
        }
    }

    fn bound_already(&self) -> Explanation {
        let has = match self.socket.local {
            Some(local) => format!("It has {local} already."),
            None => "It has a port already.".to_owned(),
        };
        let why = match self.then.stage {
            Stage::Connected if self.is_tcp() && self.then.bound_by_call => {
                "It is connected, from the port that bind() gave it."
            }
            Stage::Connected | Stage::Connecting if self.then.bound_by_call => {
                "bind() gave it that port."
            }
            Stage::Connected if self.socket.parent.is_some() => {
                "It shares its listener's port: accept() gave it that."
            }
            Stage::Connected | Stage::Connecting => "connect() picked a free port for it.",
            Stage::Listening => "It listens there.",
            _ => "A socket is bound once: for another port, make another socket.",
        };
        let told = Explanation::new(has, why);
        match (self.is_tcp(), self.socket.stage) {
            (true, Stage::Bound) => {
                told.or_call("Listen on it", self.socket, Call::Listen { backlog: 5 })
            }
            (true, Stage::Listening) => told.or_call("Accept a client", self.socket, Call::Accept),
            _ => told,
        }
    }

    fn accept_without_listen(&self) -> Explanation {
        match self.then.stage {
            Stage::New | Stage::Bound | Stage::Refused => Explanation::new(
                "This socket does not listen.",
                "Clients can only come to a listening socket: bind(), listen(), then accept().",
            )
            .or_call("Listen first", self.socket, Call::Listen { backlog: 5 }),
            _ => match self.socket.parent.and_then(|id| self.sockets.get(id)) {
                Some(listener) => Explanation::new(
                    "This is one connection: its listener accepts.",
                    format!("{} took it in, and can take more.", name(listener)),
                )
                .or_call("Accept on the listener", listener, Call::Accept),
                None => Explanation::new("This socket does not listen.", ONE_LIFE),
            },
        }
    }

    pub(super) fn already_connected(&self) -> Explanation {
        match self.then.stage {
            Stage::Listening => Explanation::new(
                "This is the listener: it can't go out.",
                "It waits for clients. They connect with sockets of their own.",
            )
            .or_call("Accept a client", self.socket, Call::Accept),
            Stage::Connected if !self.then.is_finished() => {
                let to = self
                    .socket
                    .peer
                    .map_or(String::new(), |peer| format!(" to {peer}"));
                Explanation::new(format!("It is already connected{to}."), ONE_LIFE)
            }
            _ => Explanation::new("It has had its connection.", ONE_LIFE)
                .or_do("Make a new socket, same target"),
        }
    }

    pub(super) fn not_connected(&self) -> Explanation {
        if self.is_listener() && !matches!(self.call, Call::Shutdown { .. }) {
            return self.on_listener();
        }
        let told = match self.call {
            Call::Shutdown { .. } => Explanation::new(
                "There is no connection to shut.",
                "shutdown() ends one half of a conversation, and there is none.",
            ),
            Call::GetPeerName => {
                Explanation::new("It has no other end.", "Nobody is connected to it.")
            }
            _ if self.then.stage == Stage::Refused => Explanation::new(
                "It is not connected: its connect was refused.",
                "It may try again once somebody listens there.",
            ),
            _ => Explanation::new(
                "It is not connected.",
                "Bytes come and go on a connection: connect() makes one, accept() takes one.",
            ),
        };
        self.or_connect(told)
    }

    fn on_listener(&self) -> Explanation {
        let told = Explanation::new(
            USE_CHILD,
            "The listener only takes clients in. Each client has a socket of its own here.",
        );
        match self.newest_child() {
            Some(child) => told.or_call(
                format!("{} on {}", self.call.method(), name(child)),
                child,
                self.call.clone(),
            ),
            None => told.or_call("Accept a client first", self.socket, Call::Accept),
        }
    }

    fn or_connect(&self, told: Explanation) -> Explanation {
        let free = matches!(
            self.socket.stage,
            Stage::New | Stage::Bound | Stage::Refused
        );
        match self.target() {
            Some(address) if free && self.socket.role != Role::Server => told.or_call(
                format!("Connect to {address}"),
                self.socket,
                Call::Connect { address },
            ),
            _ => told,
        }
    }

    pub(super) fn broken_pipe(&self) -> Explanation {
        if self.then.write_shut {
            return Explanation::new(
                "Its sending half is shut.",
                "shutdown(WR) told the other end that no more bytes come. That can't be taken back.",
            );
        }
        match self.then.stage {
            Stage::Listening => self.on_listener(),
            Stage::New | Stage::Bound | Stage::Refused => self.or_connect(Explanation::new(
                "There is no connection to send into.",
                "connect() makes one, accept() takes one. Linux calls this a broken pipe; other systems say ENOTCONN.",
            )),
            _ => Explanation::new(
                "The other end is gone.",
                "It had closed when your bytes came, and its system answered with a reset. The first send after a \
                 close still succeeds: only the next one is told.",
            )
            .or_call("Close this end too", self.socket, Call::Close),
        }
    }

    pub(super) fn reset(&self) -> Explanation {
        if matches!(self.call, Call::Connect { .. }) {
            return Explanation::new(
                "The connecting was broken off.",
                "Either the other end reset it, or this socket was shut down meanwhile.",
            );
        }
        let listener = self.closed_listener();
        let why = match (self.closed_other_end(), listener) {
            (Some(other), _) => format!(
                "{} was closed with bytes that it had not read: then a reset goes out instead of an end.",
                name(other)
            ),
            (None, Some(listener)) => format!(
                "{} was closed while this connection was in its accept queue.",
                name(listener)
            ),
            (None, None) => {
                "It closed with bytes unread, or its program ended suddenly. What was on its way is lost."
                    .to_owned()
            }
        };
        Explanation::new("The other end broke the connection off.", why)
            .or_call("Close this end too", self.socket, Call::Close)
            .or_do("Make a new socket, same target")
    }

    /// The socket of this session that was the other end, closed since.
    fn closed_other_end(&self) -> Option<&Socket> {
        let (local, peer) = (self.socket.local?, self.socket.peer?);
        self.sockets.iter().rev().find(|other| {
            other.is_closed()
                && other.protocol == Protocol::Tcp
                && other.local == Some(peer)
                && other.peer == Some(local)
        })
    }

    fn closed_listener(&self) -> Option<&Socket> {
        let peer = self.socket.peer?;
        self.closed_holder(&peer)
            .filter(|other| other.backlog.is_some())
    }

    /// The closed socket of this session that had `address` last.
    fn closed_holder(&self, address: &SocketAddr) -> Option<&Socket> {
        self.sockets.iter().rev().find(|other| {
            other.is_closed()
                && other.protocol == self.socket.protocol
                && other.local.is_some_and(|local| {
                    local == *address
                        || (local.ip().is_unspecified() && local.port() == address.port())
                })
        })
    }

    pub(super) fn refused(&self) -> Explanation {
        if !self.is_tcp() {
            return self.datagram_refused();
        }
        let target = self.call.address().or(self.socket.target);
        let Some(target) = target else {
            return Explanation::new("Nobody listens there.", self.errno.python());
        };
        let again = Call::Connect { address: target };
        match self.sockets.at(&target, Protocol::Tcp) {
            Some(bound) if bound.stage == Stage::Bound && bound.id != self.socket.id => {
                Explanation::new(
                    format!("{} is bound there, but does not listen.", name(bound)),
                    "Only after listen() does your system take clients in.",
                )
                .or_call(
                    format!("Let {} listen", name(bound)),
                    bound,
                    Call::Listen { backlog: 5 },
                )
                .or_call("Then connect again", self.socket, again)
            }
            Some(listener) if listener.stage == Stage::Listening => Explanation::new(
                format!("Nobody listened on {target} then."),
                format!("{} does now.", name(listener)),
            )
            .or_call("Connect again", self.socket, again),
            _ => self.refused_by_nobody(&target, again),
        }
    }

    fn refused_by_nobody(&self, target: &SocketAddr, again: Call) -> Explanation {
        let why = match self.closed_holder(target) {
            Some(gone) if gone.backlog.is_some() => {
                format!("{} listened there, and was closed.", name(gone))
            }
            _ if is_reachable(dialable(target).ip()) => {
                "The other computer is there, and said that no program listens on this port."
                    .to_owned()
            }
            _ => "Your system answered that no program listens on this port.".to_owned(),
        };
        Explanation::new(format!("Nobody listens on {target}."), why)
            .or_do("Start a server there")
            .or_call("Connect again", self.socket, again)
    }

    fn datagram_refused(&self) -> Explanation {
        let peer = self
            .socket
            .peer
            .map_or("its peer".to_owned(), |peer| peer.to_string());
        Explanation::new(
            format!("The last datagram met nobody at {peer}."),
            "The answer (ICMP) came back after the send: so the next call is told. Only a UDP socket with a peer is told at all.",
        )
        .or_do("Start somebody there, then send again")
    }
}
