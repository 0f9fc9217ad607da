//! Life cycles as pictures: of the calls themselves, and of the protocol's states.
//!
//! - [`methods`]: which calls there are, in which order, and how far a session has come in them.
//! - [`edges`], [`Path`], [`states`]: the states of TCP (RFC 9293, figure 5) and UDP, and a socket's way through them.
//! - [`lingering`]: what is left of a connection after its close, and who may bind meanwhile.
//!
//! What a socket has gone through is its [`Life`]: folded from the same events as the socket itself, so that a
//! picture costs the same after a hundred thousand calls as after ten.

use std::sync::Arc;

use super::call::{Call, Method, Outcome, ShutdownHow, SocketId, SocketOption, Value};
use super::chunks::Sorted;
use super::event::{Ended, Folded, Stamp, Started};
use super::socket::{Socket, SocketTable};

mod cast;
pub mod edges;
pub mod lingering;
pub mod methods;
mod path;
pub mod states;
mod step;

pub use cast::Cast;
pub use path::Path;
pub use step::{Proof, Step};

/// What a socket has gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The methods that have succeeded on it, a bit each.
    done: u32,
    /// The last call of the conversation's methods, made or entered.
    last: Option<Method>,
    path: Path,
    /// `SO_REUSEADDR`, as `setsockopt` left it; an accepted socket has its listener's (`man 7 socket`).
    reuse: bool,
    /// The other end, once both were seen: after its close it can't be found by its addresses any more.
    partner: Option<SocketId>,
}

impl Life {
    fn new(socket: &Socket, reuse: bool, stamp: Stamp, call: u64) -> Self {
        Self {
            done: 1 << Method::Socket as u32,
            last: Some(Method::Socket),
            path: Path::new(socket, stamp, call),
            reuse,
            partner: None,
        }
    }

    /// Whether a call of this method has succeeded.
    pub fn has_done(&self, method: Method) -> bool {
        self.done & (1 << method as u32) != 0
    }

    /// The last call that stands in the life cycle of the calls.
    pub fn last(&self) -> Option<Method> {
        self.last
    }

    /// Its way through the protocol's states.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it was asked to share its port with what lingers.
    pub fn reuses_address(&self) -> bool {
        self.reuse
    }

    /// The socket at the other end of its connection, also after either was closed.
    pub fn partner(&self) -> Option<SocketId> {
        self.partner
    }

    fn called(&mut self, method: Method) {
        if methods::has_node(method) {
            self.last = Some(method);
        }
    }
}

/// The lives of all sockets.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Lives(Sorted<SocketId, Arc<Life>>);

impl Lives {
    pub(in crate::model) fn get(&self, id: SocketId) -> Option<&Life> {
        self.0.get(&id).map(Arc::as_ref)
    }

    fn get_mut(&mut self, id: SocketId) -> Option<&mut Life> {
        self.0.get_mut(&id).map(Arc::make_mut)
    }

    pub(in crate::model) fn start(&mut self, socket: &Socket, started: &Started) {
        if let Some(life) = self.get_mut(socket.id) {
            life.called(started.call.method());
            life.path.started(socket, started);
        }
    }

    pub(in crate::model) fn end(
        &mut self,
        sockets: &SocketTable,
        started: &Started,
        ended: &Ended,
    ) {
        if let Outcome::Ok(Value::Socket { id, .. }) = &ended.outcome
            && let Some(born) = sockets.get(*id)
        {
            let listener = born.parent.and_then(|parent| self.0.get(&parent));
            let reuse = listener.is_some_and(|listener| listener.reuse);
            let life = Life::new(born, reuse, ended.stamp, started.stamp.seq);
            self.0.insert(*id, Arc::new(life));
            self.pair(born, sockets);
        }
        let Some(socket) = started.socket.and_then(|id| sockets.get(id)) else {
            return;
        };
        let Some(life) = self.get_mut(socket.id) else {
            return;
        };
        life.path.ended(socket, started, ended);
        if !matches!(ended.outcome, Outcome::Ok(_)) {
            return;
        }
        life.done |= 1 << started.call.method() as u32;
        if let Call::SetSockOpt {
            option: SocketOption::ReuseAddress,
            value,
        } = started.call
        {
            life.reuse = value != 0;
        }
        self.tell_partner(socket, &started.call, sockets, ended.stamp);
    }

    /// The FIN that a call has sent comes to the other end, if that is a socket of this recording.
    fn tell_partner(&mut self, socket: &Socket, call: &Call, sockets: &SocketTable, stamp: Stamp) {
        let finishes = match call {
            Call::Close => true,
            Call::Shutdown { how } => *how != ShutdownHow::Read,
            _ => false,
        };
        if !finishes {
            return;
        }
        self.pair(socket, sockets);
        let partner = self.0.get(&socket.id).and_then(|life| life.partner);
        if let Some(partner) = partner
            && let (Some(life), Some(other)) = (self.get_mut(partner), sockets.get(partner))
        {
            life.path.fin_came(other, stamp);
        }
    }

    /// Remembers the other end, once it can be found.
    fn pair(&mut self, socket: &Socket, sockets: &SocketTable) {
        let known = |life: &Life| life.partner.is_some();
        if socket.protocol == super::call::Protocol::Udp || self.get(socket.id).is_some_and(known) {
            return;
        }
        let other = sockets
            .other_end(socket)
            .or_else(|| sockets.other_end_closed(socket));
        let Some(other) = other.map(|other| other.id) else {
            return;
        };
        for (one, two) in [(socket.id, other), (other, socket.id)] {
            if let Some(life) = self.get_mut(one) {
                life.partner = Some(two);
            }
        }
    }

    pub(in crate::model) fn folded(&mut self, folded: &Folded) {
        if let Some(id) = folded.socket
            && let Some(life) = self.get_mut(id)
        {
            life.called(folded.method);
            if folded.errno.is_none() {
                life.done |= 1 << folded.method as u32;
            }
        }
    }

    pub(in crate::model) fn observe(&mut self, socket: &Socket, stamp: Stamp) {
        if let Some(life) = self.get_mut(socket.id) {
            life.path.observed(socket, stamp);
        }
    }
}
