//! What is known of each socket: a fold over the events, with the kernel's last word beside it.

use std::net::SocketAddr;
use std::sync::Arc;

use super::address::is_reachable;
use super::call::{
    BlockingMode, Bytes, CallId, Family, Method, ProgramId, Protocol, SocketId, ThreadId,
};
use super::errno::Errno;
use super::event::{Observation, Role, Stamp, TcpState};

mod connections;
mod fold;
mod programs;
mod table;

pub use connections::Connections;
pub use programs::{Program, Selecting, Thread};
pub use table::{SocketTable, accepted_mode};
pub(in crate::model) use table::{canonical, meets};

/// The longest name that a script may give a socket, in bytes.
pub const MAX_NAME: usize = 200;

/// How far a socket has come, as its own calls and the kernel tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Made, with no address.
    New,
    /// It has a local address.
    Bound,
    /// TCP: it listens.
    Listening,
    /// TCP: connect is under way.
    Connecting,
    /// TCP: connected. UDP: its peer is set.
    Connected,
    /// TCP: the connect was refused, or failed in the background and no call was told why yet; it may be tried again.
    Refused,
    /// TCP: the connection is gone by a reset, or by an error after which nothing is left of it.
    Reset,
    /// `close()` was called.
    Closed,
}

/// What of a socket says why a call failed, or what its `b""` meant: kept with the call's row, as the socket goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own: all combinations occur"
)]
pub struct StateThen {
    /// How far it had come.
    pub stage: Stage,
    /// Own shutdown(RD).
    pub read_shut: bool,
    /// Own shutdown(WR).
    pub write_shut: bool,
    /// The other end's FIN was here.
    pub peer_finished: bool,
    /// Whether `bind()` itself had succeeded.
    pub bound_by_call: bool,
}

impl StateThen {
    /// Whether both ends of a TCP connection had finished.
    pub fn is_finished(self) -> bool {
        self.stage == Stage::Connected && self.write_shut && self.peer_finished
    }
}

/// What a socket is on screen: its colour, shape and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// Only listens; a ring.
    Listener,
    /// Goes out; a triangle.
    Client,
    /// Born from accept; a diamond.
    Connection,
    /// UDP; a square.
    UdpPeer,
}

impl SocketKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Client => "client",
            Self::Connection => "connection",
            Self::UdpPeer => "UDP",
        }
    }
}

/// A call that is in its system call, or queued behind one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The call.
    pub id: CallId,
    /// Its method.
    pub method: Method,
    /// Its thread.
    pub thread: ThreadId,
    /// When it entered the system call; `None` while it is queued.
    pub since: Option<Stamp>,
}

const _: () = assert!(
    size_of::<Socket>() <= 384,
    "there may be ten thousand, and closed ones are kept: each must stay small"
);

/// One socket, from its birth on; kept after its close.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own: all combinations occur"
)]
pub struct Socket {
    /// Its id.
    pub id: SocketId,
    /// Its name: a valid Python name, unique in the recording.
    pub name: String,
    /// The name it was asked to be born with; made unique, and perhaps changed since, it is `name`.
    pub(in crate::model) asked: Option<Arc<str>>,
    /// Its program.
    pub program: ProgramId,
    /// What that program is for.
    pub role: Role,
    /// Address family.
    pub family: Family,
    /// Stream or datagram.
    pub protocol: Protocol,
    /// The mode it really is in.
    pub mode: BlockingMode,
    /// Whether it was born non-blocking as one of a crowd that one thread serves.
    pub in_crowd: bool,
    /// The listener that accepted it.
    pub parent: Option<SocketId>,
    /// The descriptor it has, or had.
    pub fd: i32,
    /// When it was born.
    pub born: Stamp,
    /// When `close()` returned.
    pub closed: Option<Stamp>,
    /// How far it has come.
    pub stage: Stage,
    /// Whether `bind()` itself succeeded, not only connect's or sendto's choice of a port.
    pub bound_by_call: bool,
    /// Whether `bind()` named the port: such a port is held until close, also through a reset or a refusal.
    pub port_chosen: bool,
    /// The argument of the last `listen()`.
    pub backlog: Option<i32>,
    /// Its own address, once known.
    pub local: Option<SocketAddr>,
    /// The other end, once known.
    pub peer: Option<SocketAddr>,
    /// The address last given to `connect()`.
    pub target: Option<SocketAddr>,
    /// Own shutdown(RD).
    pub read_shut: bool,
    /// Own shutdown(WR): a FIN was sent.
    pub write_shut: bool,
    /// recv returned b"", or the kernel says that the other end's FIN is here.
    pub peer_finished: bool,
    /// recv returned b"": the program itself has learned that the other end has finished.
    pub end_read: bool,
    /// The pending error of a reset or a refusal was already given to a call.
    pub error_taken: bool,
    /// The handshake was done in the background, and no connect was told of it yet: the next one succeeds.
    pub connect_due: bool,
    /// Bytes sent so far.
    pub sent: u64,
    /// Bytes received so far.
    pub received: u64,
    /// Connections accepted so far.
    pub accepted: u64,
    /// The errno of the last call, if it failed.
    pub last_error: Option<(Method, Errno)>,
    /// Calls in their system call, oldest first.
    pub waiting: Vec<Pending>,
    /// Calls queued behind another, oldest first.
    pub queued: Vec<Pending>,
    /// Apart: of very many sockets most move nothing yet.
    traffic: Option<Box<Traffic>>,
    /// Apart: of very many sockets the kernel is not asked about each.
    observed: Option<Box<Observed>>,
    /// How often its system has sent the first segment of its handshake again, as the kernel said before any byte was
    /// sent: nobody had answered those before.
    pub knocks_again: u32,
    /// The kernel's word on the connection counts from this sequence number on: an older one is about an earlier state.
    settled: u64,
}

/// The kernel's last word on a socket.
#[derive(Clone, Copy, Debug)]
struct Observed {
    stamp: Stamp,
    observation: Observation,
    /// What the socket's calls had received and accepted when it was taken in.
    received: u64,
    accepted: u64,
}

/// What a socket's data calls left behind.
#[derive(Clone, Debug, Default)]
struct Traffic {
    last_bytes: Option<Bytes>,
    last_moved: Option<(Method, Stamp)>,
    last_sender: Option<SocketAddr>,
    /// How far the bytes of both directions are certain to have come.
    come: Come,
}

/// How far the bytes of both directions of a TCP connection are certain to have come: never less than before.
#[derive(Clone, Copy, Debug, Default)]
struct Come {
    arrived: Option<u64>,
    acknowledged: Option<u64>,
    /// Where in the order of things its last send and its last receive ended: of an answer that was asked for before,
    /// it can't be told whether it counts their bytes.
    sent: u64,
    received: u64,
}

impl Socket {
    fn new(id: SocketId, name: String, program: ProgramId, role: Role, born: Stamp) -> Self {
        Self {
            id,
            name,
            asked: None,
            program,
            role,
            family: Family::Ipv4,
            protocol: Protocol::Tcp,
            mode: BlockingMode::Blocking,
            in_crowd: false,
            parent: None,
            fd: -1,
            born,
            closed: None,
            stage: Stage::New,
            bound_by_call: false,
            port_chosen: false,
            backlog: None,
            local: None,
            peer: None,
            target: None,
            read_shut: false,
            write_shut: false,
            peer_finished: false,
            end_read: false,
            error_taken: false,
            connect_due: false,
            sent: 0,
            received: 0,
            accepted: 0,
            last_error: None,
            waiting: Vec::new(),
            queued: Vec::new(),
            traffic: None,
            observed: None,
            knocks_again: 0,
            settled: 0,
        }
    }

    /// The kernel's last word, and when it was asked.
    pub fn observed(&self) -> Option<(Stamp, Observation)> {
        let observed = self.observed.as_ref()?;
        Some((observed.stamp, observed.observation))
    }

    /// The bytes read last, for quick replies; let go at close, and when there are more than a mebibyte.
    pub fn last_bytes(&self) -> Option<&Bytes> {
        self.traffic.as_ref()?.last_bytes.as_ref()
    }

    /// The data call that succeeded last, and when it returned.
    pub fn last_moved(&self) -> Option<(Method, Stamp)> {
        self.traffic.as_ref()?.last_moved
    }

    /// Who sent the last datagram.
    pub fn last_sender(&self) -> Option<SocketAddr> {
        self.traffic.as_ref()?.last_sender
    }

    fn traffic_mut(&mut self) -> &mut Traffic {
        self.traffic.get_or_insert_default()
    }

    /// Its calls that have begun or are queued and have not ended.
    pub fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.waiting.iter().chain(&self.queued)
    }

    /// The name it was to be born with.
    pub fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// Its colour, shape and word.
    pub fn kind(&self) -> SocketKind {
        match (self.protocol, self.parent, self.stage) {
            (Protocol::Udp, ..) => SocketKind::UdpPeer,
            (_, Some(_), _) => SocketKind::Connection,
            (.., Stage::Listening) => SocketKind::Listener,
            _ if self.backlog.is_some() => SocketKind::Listener,
            _ if self.target.is_some() => SocketKind::Client,
            _ if self.role == Role::Server || self.bound_by_call => SocketKind::Listener,
            _ => SocketKind::Client,
        }
    }

    /// What it is, in a word: one that only bound is no listener yet, and may never be.
    pub fn word(&self) -> &'static str {
        let kind = self.kind();
        let listens = self.stage == Stage::Listening || self.backlog.is_some();
        match kind {
            SocketKind::Listener if listens => kind.word(),
            SocketKind::Listener if self.bound_by_call => "bound",
            SocketKind::Listener => self.protocol.name(),
            _ => kind.word(),
        }
    }

    /// Whether `bind()` itself gave it an address that only this computer reaches.
    ///
    /// What connect or sendto chose does not count: a listen after a refused connect takes all addresses anew.
    pub fn is_bound_to_this_computer(&self) -> bool {
        self.bound_by_call && self.local.is_none_or(|local| !is_reachable(local.ip()))
    }

    /// Whether a `listen()` on it would open a port to others: TCP, not connected, and not bound to this computer.
    ///
    /// Also while it connects: the listen queues behind a connect that waits, and is made once that has failed.
    pub fn would_listen_to_others(&self) -> bool {
        let can_listen = !matches!(self.stage, Stage::Connected | Stage::Closed);
        self.protocol == Protocol::Tcp && can_listen && !self.is_bound_to_this_computer()
    }

    /// What it is in now, as a row keeps it.
    pub fn state(&self) -> StateThen {
        StateThen {
            stage: self.stage,
            read_shut: self.read_shut,
            write_shut: self.write_shut,
            peer_finished: self.peer_finished,
            bound_by_call: self.bound_by_call,
        }
    }

    /// Whether `close()` has been called.
    pub fn is_closed(&self) -> bool {
        self.stage == Stage::Closed
    }

    /// The state the kernel reported last, for TCP.
    pub fn kernel_state(&self) -> Option<TcpState> {
        Some(self.observed()?.1.tcp?.state)
    }

    /// Bytes that wait to be received: what the kernel reported last, less what was received since.
    ///
    /// On UDP only the next datagram is known; once it was received, nothing is.
    pub fn unread(&self) -> Option<u32> {
        let observed = self.observed.as_ref()?;
        let queue = observed.observation.receive_queue?;
        let since = self.received.saturating_sub(observed.received);
        match self.protocol {
            Protocol::Tcp => Some(u64::from(queue).saturating_sub(since) as u32),
            Protocol::Udp => (since == 0).then_some(queue),
        }
    }

    /// TCP: bytes of the other end's stream that have reached this socket, read or not, at least; `None`: the kernel did
    /// not say.
    pub fn arrived(&self) -> Option<u64> {
        self.traffic.as_ref()?.come.arrived
    }

    /// TCP: bytes of its stream that the other end's system has acknowledged, at least; `None`: the kernel did not say.
    pub fn acknowledged(&self) -> Option<u64> {
        self.traffic.as_ref()?.come.acknowledged
    }

    /// Connections waiting for accept, and how many fit (Linux: backlog + 1): what the kernel reported last, less
    /// what was accepted since.
    pub fn accept_queue(&self) -> Option<(u32, u32)> {
        let observed = self.observed.as_ref()?;
        let tcp = observed.observation.tcp?;
        let since = self.accepted.saturating_sub(observed.accepted);
        let queued = u64::from(tcp.accept_queue).saturating_sub(since) as u32;
        (tcp.state == TcpState::Listen).then_some((queued, tcp.backlog.saturating_add(1)))
    }

    /// Whether both ends of its TCP connection have finished: nothing can be sent or received any more.
    pub fn is_finished(&self) -> bool {
        self.protocol == Protocol::Tcp && self.state().is_finished()
    }
}
