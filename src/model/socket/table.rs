//! All sockets, programs and threads of a recording.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::connections::Connections;
use super::programs::{Program, Thread};
use super::{Socket, Stage};
use crate::model::call::{
    BlockingMode, Call, CallId, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use crate::model::chunks::Sorted;
use crate::model::cycle::{Life, Lives};
use crate::model::event::{Ended, Folded, Note, Observation, Role, Stamp, Started};

/// All sockets, programs and threads of a recording.
///
/// Closed sockets stay, for the rows that name them: under a kilobyte each, without the bytes they held. Their number is
/// that of the calls of socket and accept, which a person or a line of a script (it has no loops) makes one by one.
/// Copies, which keep the past, share what has not changed since: of a socket that has, only the socket is new, and the
/// list of pointers it stands in.
#[derive(Clone, Debug, Default)]
pub struct SocketTable {
    pub(super) sockets: Sorted<SocketId, Arc<Socket>>,
    open: Sorted<SocketId, ()>,
    /// The open ones that have been given an address to connect to.
    clients: Sorted<SocketId, ()>,
    /// Of each listener that has accepted any.
    pub(super) connections: Sorted<SocketId, Connections>,
    /// The calls that are queued, and on which socket; `None`: among those of their thread's program.
    pub(super) queued: Sorted<CallId, (Option<SocketId>, ThreadId)>,
    /// The addresses of closed UDP sockets, and when the first of each was closed.
    left: Sorted<SocketAddr, u64>,
    /// By length first: so the next of many alike stands at the end.
    names: Sorted<(usize, Arc<str>), SocketId>,
    /// The programs' names, each with the number to try next where it is wanted again.
    pub(super) program_names: Sorted<Arc<str>, u64>,
    numbers: Sorted<Arc<str>, u64>,
    pub(super) programs: Sorted<ProgramId, Arc<Program>>,
    pub(super) threads: Sorted<ThreadId, Thread>,
    lives: Lives,
}

impl SocketTable {
    /// What a socket has gone through.
    pub fn life(&self, id: SocketId) -> Option<&Life> {
        self.lives.get(id)
    }

    /// The socket of that id.
    pub fn get(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(&id).map(Arc::as_ref)
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<&mut Socket> {
        self.sockets.get_mut(&id).map(Arc::make_mut)
    }

    /// The name of that socket; `?` where it is unknown.
    pub fn name_of(&self, id: SocketId) -> String {
        let name = self.sockets.get(&id).map(|socket| socket.name.as_str());
        name.unwrap_or("?").to_owned()
    }

    /// All sockets, in order of birth.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Socket> {
        self.sockets.values().map(Arc::as_ref)
    }

    /// How many there have been.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sockets that have not been closed.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Socket> {
        /// Passing by so many closed ones costs less than to search for an open one.
        const PASSED_BY: usize = 8;
        // A frame asks for them dozens of times: of ten thousand none is searched for.
        let few = self.open.len() * PASSED_BY < self.sockets.len();
        let found = few.then(|| self.open.keys().filter_map(|id| self.get(*id)));
        let passed = (!few).then(|| self.iter().filter(|socket| !socket.is_closed()));
        let found = found.into_iter().flatten();
        found.chain(passed.into_iter().flatten())
    }

    /// How many have not been closed.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// The open sockets that have been given an address to connect to.
    pub fn clients(&self) -> impl DoubleEndedIterator<Item = &Socket> {
        self.clients.keys().filter_map(|id| self.get(*id))
    }

    /// The socket that has that name now.
    pub fn named(&self, name: &str) -> Option<&Socket> {
        self.get(*self.names.get(&by_length(name))?)
    }

    /// The open socket of this recording at the other end of `socket`'s connection; on UDP the one at its peer's
    /// address.
    pub fn other_end(&self, socket: &Socket) -> Option<&Socket> {
        let (local, peer) = (canonical(socket.local?), canonical(socket.peer?));
        match socket.protocol {
            Protocol::Tcp => {
                let is_end = |other: &&Socket| {
                    other.protocol == Protocol::Tcp
                        && other.local.map(canonical) == Some(peer)
                        && other.peer.map(canonical) == Some(local)
                };
                // What was accepted was called by a client; those are few where the accepted ones are many.
                match socket.parent {
                    Some(_) => self.clients().find(is_end),
                    None => self.open().find(is_end),
                }
            }
            Protocol::Udp => self.at(&peer, Protocol::Udp),
        }
    }

    /// The socket of this recording that was at the other end of a TCP connection and was closed since, among the last
    /// that were made.
    pub(in crate::model) fn other_end_closed(&self, socket: &Socket) -> Option<&Socket> {
        /// Of two ends, one is seldom much younger than the other.
        const LAST: usize = 64;
        let (local, peer) = (canonical(socket.local?), canonical(socket.peer?));
        let is_end = |other: &&Socket| {
            let ends = (other.local.map(canonical), other.peer.map(canonical));
            other.protocol == Protocol::Tcp && ends == (Some(peer), Some(local))
        };
        self.iter().rev().take(LAST).find(is_end)
    }

    /// The open socket of this recording that takes what is sent to `address`: a TCP listener or a bound TCP socket
    /// that is in no connection, or a UDP socket.
    pub fn at(&self, address: &SocketAddr, protocol: Protocol) -> Option<&Socket> {
        let fits = |socket: &&Socket| {
            let idle = matches!(socket.stage, Stage::Bound | Stage::Listening);
            socket.protocol == protocol
                && (idle || protocol == Protocol::Udp)
                && socket.local.is_some_and(|local| meets(&local, address))
        };
        self.open()
            .filter(fits)
            .max_by_key(|socket| socket.stage == Stage::Listening)
    }

    /// When the first UDP socket at `address` was closed: its place in the order of things.
    pub(in crate::model) fn left_at(&self, address: &SocketAddr) -> Option<u64> {
        self.left.get(address).copied()
    }

    /// A socket of this recording that holds `address` against a bind, other than `asking`; a listener first.
    ///
    /// A wildcard address meets every address of its port. Connections hold the port too, even after their listener
    /// was closed.
    pub fn holder(
        &self,
        asking: SocketId,
        address: &SocketAddr,
        protocol: Protocol,
    ) -> Option<&Socket> {
        let holds = |socket: &&Socket| {
            let unbound =
                matches!(socket.stage, Stage::Reset | Stage::Refused) || socket.is_finished();
            socket.id != asking
                && socket.protocol == protocol
                && (socket.port_chosen || !unbound)
                && socket.local.is_some_and(|local| meets(&local, address))
        };
        // `max_by_key` gives the last of equals: backwards, that is the oldest.
        self.open()
            .rev()
            .filter(holds)
            .max_by_key(|socket| socket.stage == Stage::Listening)
    }

    /// Gives `id` the name, or the next like it that is free.
    fn take_name(&mut self, id: SocketId, wanted: &str) -> String {
        let from = self.numbers.get(wanted).copied().unwrap_or(2);
        let (name, next) = unique(wanted, from, |name| {
            let owner = self.names.get(&by_length(name));
            owner.is_some_and(|owner| *owner != id)
        });
        // Remembered, so that the ten-thousandth `conn` does not try ten thousand names.
        if next > 2 {
            self.numbers.insert(wanted.into(), next);
        }
        self.names.insert(by_length(&name), id);
        name
    }

    pub(in crate::model) fn rename(&mut self, id: SocketId, wanted: &str) {
        let Some(old) = self.get(id).map(|socket| socket.name.clone()) else {
            return;
        };
        let name = self.take_name(id, wanted);
        if name != old {
            self.names.remove(&by_length(&old));
        }
        if let Some(socket) = self.get_mut(id) {
            socket.name = name;
        }
    }

    pub(in crate::model) fn start(&mut self, started: &Started) {
        self.start_select(started);
        let socket = started.socket.and_then(|id| self.sockets.get_mut(&id));
        if let Some(socket) = socket.map(Arc::make_mut) {
            let was_queued = self.queued.remove(&started.id).is_some();
            socket.start(started, was_queued);
            if socket.target.is_some() && !socket.is_closed() {
                self.clients.insert_new(socket.id, ());
            }
            self.lives.start(socket, started);
        }
    }

    pub(in crate::model) fn end(&mut self, started: &Started, ended: &Ended) {
        self.end_select(started, ended);
        if let Outcome::Ok(Value::Socket { id, fd, peer }) = &ended.outcome {
            self.bear(*id, (*fd, *peer), started, ended);
        }
        let share = started.socket.and_then(|id| self.share(id));
        let socket = started.socket.and_then(|id| self.sockets.get_mut(&id));
        if let Some(socket) = socket.map(Arc::make_mut) {
            let dropped = socket.end(&started.call, ended);
            if socket.is_closed() {
                for pending in dropped {
                    self.queued.remove(&pending.id);
                }
                self.open.remove(&socket.id);
                self.clients.remove(&socket.id);
                leave(&mut self.left, socket);
            }
        }
        if let Some(id) = started.socket {
            self.recount(id, share);
        }
        self.live(started, ended);
    }

    /// Enters the call into the life of its socket, or that of the one born.
    fn live(&mut self, started: &Started, ended: &Ended) {
        let mut lives = std::mem::take(&mut self.lives);
        lives.end(self, started, ended);
        self.lives = lives;
    }

    fn bear(
        &mut self,
        id: SocketId,
        (fd, peer): (i32, Option<SocketAddr>),
        started: &Started,
        ended: &Ended,
    ) {
        let (born, note) = (ended.stamp, ended.note);
        let role = self
            .programs
            .get(&started.program)
            .map_or(Role::Client, |program| program.role);
        let wanted = started
            .name
            .as_deref()
            .unwrap_or(match (&started.call, role) {
                (Call::Accept, _) => "conn",
                (_, Role::Server) => "server",
                (_, Role::Client) => "client",
                (_, Role::Peer) => "peer",
            });
        let name = self.take_name(id, wanted);
        let mut socket = Socket::new(id, name, started.program, role, born);
        socket.fd = fd;
        socket.asked.clone_from(&started.name);
        if let Call::Socket { family, protocol } = started.call {
            socket.family = family;
            socket.protocol = protocol;
        }
        if let Some(parent) = started.socket.and_then(|parent| self.get(parent)) {
            socket.family = parent.family;
            socket.parent = Some(parent.id);
            socket.stage = Stage::Connected;
            socket.local = parent.local;
            socket.peer = peer;
            socket.in_crowd = note == Some(Note::InCrowd);
            socket.mode = if socket.in_crowd {
                BlockingMode::NonBlocking
            } else {
                accepted_mode(parent.mode)
            };
        }
        self.count_in(&socket);
        self.open.insert(id, ());
        self.sockets.insert(id, Arc::new(socket));
    }

    /// Calls that nobody could take one by one have moved bytes.
    pub(in crate::model) fn moved(&mut self, folded: &Folded) {
        self.lives.folded(folded);
        let Some(id) = folded.socket else {
            return;
        };
        let share = self.share(id);
        if let Some(socket) = self.get_mut(id)
            && folded.errno.is_none()
        {
            socket.moved(folded);
        }
        self.recount(id, share);
    }

    pub(in crate::model) fn observe(
        &mut self,
        id: SocketId,
        stamp: Stamp,
        observation: Observation,
    ) {
        if let Some(socket) = self.sockets.get_mut(&id).map(Arc::make_mut) {
            socket.observe(stamp, observation);
            self.lives.observe(socket, stamp);
            leave(&mut self.left, socket);
        }
    }
}

/// A name as a key of the names.
fn by_length(name: &str) -> (usize, Arc<str>) {
    (name.len(), Arc::from(name))
}

/// Notes the address that a closed UDP socket had.
fn leave(left: &mut Sorted<SocketAddr, u64>, socket: &Socket) {
    if let (Protocol::Udp, Some(local), Some(closed)) =
        (socket.protocol, socket.local, socket.closed)
    {
        let first = left.get(&local).copied().unwrap_or(closed.seq);
        left.insert(local, closed.seq.min(first));
    }
}

/// The mode of a socket that a listener in `listener`'s mode accepts: on Linux blocking (`man 2 accept`), elsewhere
/// the listener's own.
pub fn accepted_mode(listener: BlockingMode) -> BlockingMode {
    if cfg!(target_os = "linux") {
        BlockingMode::Blocking
    } else {
        listener
    }
}

/// The address with an IPv4 address as such, where a socket of both families has it as `::ffff:127.0.0.1`.
pub(in crate::model) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Whether a socket at `local` has the port of `address`, on that address or on all of them.
pub(in crate::model) fn meets(local: &SocketAddr, address: &SocketAddr) -> bool {
    let (ours, asked) = (local.ip().to_canonical(), address.ip().to_canonical());
    // `::` stands for the IPv4 addresses too, unless IPV6_V6ONLY is set.
    let covers = |all: IpAddr, one: IpAddr| {
        all.is_unspecified() && (all.is_ipv6() || all.is_ipv4() == one.is_ipv4())
    };
    local.port() == address.port() && (ours == asked || covers(ours, asked) || covers(asked, ours))
}

/// The name, and the number to try first for the next one.
pub(super) fn unique(wanted: &str, from: u64, taken: impl Fn(&str) -> bool) -> (String, u64) {
    if !taken(wanted) {
        return (wanted.to_owned(), from);
    }
    let mut number = from;
    loop {
        let name = format!("{wanted}{number}");
        number += 1;
        if !taken(&name) {
            return (name, number);
        }
    }
}
