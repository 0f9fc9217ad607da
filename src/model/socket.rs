//! What is known of each socket: a fold over the events, with the kernel's last word beside it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::call::{
    BlockingMode, Bytes, Call, CallId, Family, Method, Outcome, ProgramId, Protocol, ShutdownHow,
    SocketId, ThreadId, Value,
};
use super::errno::Errno;
use super::event::{Ended, Observation, Role, Stamp, Started, TcpState, Threading};

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
    /// TCP: the connect was refused; it may be tried again.
    Refused,
    /// TCP: the connection is gone by a reset, or by an error after which nothing is left of it.
    Reset,
    /// `close()` was called.
    Closed,
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
    /// The word on the card.
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

/// One socket, from its birth on; kept after its close.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Its id.
    pub id: SocketId,
    /// Its name: a valid Python name, unique in the recording.
    pub name: String,
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
    /// The listener that accepted it.
    pub parent: Option<SocketId>,
    /// The descriptor it has, or had.
    pub fd: i32,
    /// When it was born.
    pub born: Stamp,
    /// When close() returned.
    pub closed: Option<Stamp>,
    /// How far it has come.
    pub stage: Stage,
    /// Whether bind() itself succeeded, not only connect's or sendto's choice of a port.
    pub bound_by_call: bool,
    /// The argument of the last listen().
    pub backlog: Option<i32>,
    /// Its own address, once known.
    pub local: Option<SocketAddr>,
    /// The other end, once known.
    pub peer: Option<SocketAddr>,
    /// The address last given to connect().
    pub target: Option<SocketAddr>,
    /// Own shutdown(RD).
    pub read_shut: bool,
    /// Own shutdown(WR): a FIN was sent.
    pub write_shut: bool,
    /// recv returned b"", or the kernel says that the other end's FIN is here.
    pub peer_finished: bool,
    /// The pending error of a reset was already given to a call.
    pub error_taken: bool,
    /// Bytes sent so far.
    pub sent: u64,
    /// Bytes received so far.
    pub received: u64,
    /// The bytes read last, for quick replies.
    pub last_bytes: Option<Bytes>,
    /// Who sent the last datagram.
    pub last_sender: Option<SocketAddr>,
    /// The errno of the last call, if it failed.
    pub last_error: Option<(Method, Errno)>,
    /// Calls in their system call, oldest first.
    pub waiting: Vec<Pending>,
    /// Calls queued behind another, oldest first.
    pub queued: Vec<Pending>,
    /// The kernel's last word.
    pub observed: Option<(Stamp, Observation)>,
}

impl Socket {
    fn new(id: SocketId, name: String, program: ProgramId, role: Role, born: Stamp) -> Self {
        Self {
            id,
            name,
            program,
            role,
            family: Family::Ipv4,
            protocol: Protocol::Tcp,
            mode: BlockingMode::Blocking,
            parent: None,
            fd: -1,
            born,
            closed: None,
            stage: Stage::New,
            bound_by_call: false,
            backlog: None,
            local: None,
            peer: None,
            target: None,
            read_shut: false,
            write_shut: false,
            peer_finished: false,
            error_taken: false,
            sent: 0,
            received: 0,
            last_bytes: None,
            last_sender: None,
            last_error: None,
            waiting: Vec::new(),
            queued: Vec::new(),
            observed: None,
        }
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

    /// Whether close() has been called.
    pub fn is_closed(&self) -> bool {
        self.stage == Stage::Closed
    }

    /// The state the kernel reported last, for TCP.
    pub fn kernel_state(&self) -> Option<TcpState> {
        Some(self.observed?.1.tcp?.state)
    }

    /// Bytes that wait to be received, as the kernel reported last.
    pub fn unread(&self) -> Option<u32> {
        self.observed?.1.receive_queue
    }

    /// Connections waiting for accept, and how many fit (Linux: backlog + 1), as the kernel reported last.
    pub fn accept_queue(&self) -> Option<(u32, u32)> {
        let tcp = self.observed?.1.tcp?;
        (tcp.state == TcpState::Listen).then_some((tcp.accept_queue, tcp.backlog.saturating_add(1)))
    }

    fn start(&mut self, started: &Started) {
        self.queued.retain(|pending| pending.id != started.id);
        self.waiting.push(Pending {
            id: started.id,
            method: started.call.method(),
            thread: started.thread,
            since: Some(started.stamp),
        });
        if let Call::Connect { address } = started.call {
            self.target = Some(address);
            if self.protocol == Protocol::Tcp
                && matches!(self.stage, Stage::New | Stage::Bound | Stage::Refused)
            {
                self.stage = Stage::Connecting;
            }
        }
    }

    fn end(&mut self, call: &Call, ended: &Ended) {
        self.waiting.retain(|pending| pending.id != ended.id);
        if self.is_closed() {
            return;
        }
        self.last_error = ended.outcome.errno().map(|errno| (call.method(), errno));
        match &ended.outcome {
            Outcome::Ok(value) => self.succeed(call, value, ended.stamp),
            Outcome::Error(errno) => self.fail(call, *errno),
            Outcome::Interrupted => {}
        }
    }

    fn succeed(&mut self, call: &Call, value: &Value, stamp: Stamp) {
        match (call, value) {
            (Call::Bind { address }, _) => {
                self.bound_by_call = true;
                self.stage = Stage::Bound;
                if address.port() != 0 {
                    self.local = Some(*address);
                }
            }
            (Call::Listen { backlog }, _) => {
                self.backlog = Some(*backlog);
                self.stage = Stage::Listening;
            }
            (Call::Connect { address }, _) => {
                self.stage = Stage::Connected;
                self.peer = Some(*address);
            }
            (
                Call::Send { .. } | Call::SendAll { .. } | Call::SendTo { .. },
                Value::Sent(count),
            ) => {
                self.sent += count;
                if self.stage == Stage::New && self.protocol == Protocol::Udp {
                    self.stage = Stage::Bound;
                }
            }
            (Call::Recv { max } | Call::RecvFrom { max }, Value::Received { bytes, peer, .. }) => {
                self.received += bytes.len();
                if bytes.is_empty() && *max > 0 && self.protocol == Protocol::Tcp && !self.read_shut
                {
                    self.peer_finished = true;
                }
                self.last_bytes = Some(bytes.clone());
                self.last_sender = peer.or(self.last_sender);
            }
            (Call::Shutdown { how }, _) => {
                self.read_shut |= matches!(how, ShutdownHow::Read | ShutdownHow::Both);
                self.write_shut |= matches!(how, ShutdownHow::Write | ShutdownHow::Both);
                if self.stage == Stage::Listening && self.read_shut {
                    self.stage = Stage::Bound;
                }
            }
            (Call::SetBlocking { mode }, _) => self.mode = *mode,
            (Call::Close, _) => {
                self.stage = Stage::Closed;
                self.closed = Some(stamp);
                self.queued.clear();
            }
            (Call::GetSockName, Value::Address(address)) if address.port() != 0 => {
                self.local = Some(*address)
            }
            (Call::GetPeerName, Value::Address(address)) => self.peer = Some(*address),
            _ => {}
        }
    }

    fn fail(&mut self, call: &Call, errno: Errno) {
        let connected =
            matches!(self.stage, Stage::Connected | Stage::Reset) && self.protocol == Protocol::Tcp;
        match (call.method(), errno) {
            (Method::Connect, Errno::EINPROGRESS | Errno::EALREADY) => {
                self.stage = Stage::Connecting
            }
            (Method::Connect, Errno::EISCONN) => {}
            (Method::Connect, _) if self.stage == Stage::Connecting => self.stage = Stage::Refused,
            (_, Errno::ECONNRESET) if connected => {
                self.stage = Stage::Reset;
                self.error_taken = true;
            }
            (_, Errno::EPIPE) if connected && !self.write_shut => {
                self.stage = Stage::Reset;
                self.error_taken = true;
            }
            _ => {}
        }
    }

    fn observe(&mut self, stamp: Stamp, observation: Observation) {
        self.local = observation
            .local
            .filter(|address| address.port() != 0)
            .or(self.local);
        self.peer = observation.peer.or(self.peer);
        if self.protocol == Protocol::Udp && self.stage == Stage::New && self.local.is_some() {
            self.stage = Stage::Bound;
        }
        if let Some(tcp) = observation.tcp {
            use TcpState::{
                CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, SynSent,
            };
            match (self.stage, tcp.state) {
                (Stage::Connecting, Established | CloseWait | FinWait1 | FinWait2) => {
                    self.stage = Stage::Connected
                }
                (Stage::Connecting, Closed) if self.waiting.is_empty() => {
                    self.stage = Stage::Refused
                }
                (Stage::Connected, Closed) => self.stage = Stage::Reset,
                (Stage::New | Stage::Bound | Stage::Refused, SynSent) => {
                    self.stage = Stage::Connecting
                }
                _ => {}
            }
            self.peer_finished |= matches!(tcp.state, CloseWait | LastAck | Closing);
        }
        self.observed = Some((stamp, observation));
    }
}

/// A program: the owner of sockets and threads.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its id.
    pub id: ProgramId,
    /// Its name, unique in the recording.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Which threads make its calls.
    pub threading: Threading,
}

/// A thread that makes calls.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Its program.
    pub program: ProgramId,
    /// Its name.
    pub name: Arc<str>,
    /// The message of the panic that ended it.
    pub panicked: Option<Arc<str>>,
}

/// All sockets, programs and threads of a recording.
#[derive(Clone, Debug, Default)]
pub struct SocketTable {
    sockets: BTreeMap<SocketId, Socket>,
    programs: BTreeMap<ProgramId, Program>,
    threads: BTreeMap<ThreadId, Thread>,
}

impl SocketTable {
    /// The socket of that id.
    pub fn get(&self, id: SocketId) -> Option<&Socket> {
        self.sockets.get(&id)
    }

    /// All sockets, in order of birth.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Socket> {
        self.sockets.values()
    }

    /// The sockets that have not been closed.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Socket> {
        self.sockets.values().filter(|socket| !socket.is_closed())
    }

    /// The socket of that name; the youngest where a name was given up by renaming.
    pub fn named(&self, name: &str) -> Option<&Socket> {
        self.sockets
            .values()
            .rev()
            .find(|socket| socket.name == name)
    }

    /// The program of that id.
    pub fn program(&self, id: ProgramId) -> Option<&Program> {
        self.programs.get(&id)
    }

    /// All programs, in order of their making.
    pub fn programs(&self) -> impl DoubleEndedIterator<Item = &Program> {
        self.programs.values()
    }

    /// The thread of that id.
    pub fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(&id)
    }

    /// All threads, in order of their start.
    pub fn threads(&self) -> impl DoubleEndedIterator<Item = &Thread> {
        self.threads.values()
    }

    /// A socket of this recording that holds `address` against a bind, other than `asking`.
    ///
    /// A wildcard address meets every address of its port. Connections hold the port too.
    pub fn holder(
        &self,
        asking: SocketId,
        address: &SocketAddr,
        protocol: Protocol,
    ) -> Option<&Socket> {
        self.open().find(|socket| {
            socket.id != asking
                && socket.protocol == protocol
                && socket.local.is_some_and(|local| {
                    local.port() == address.port()
                        && (local.ip() == address.ip()
                            || local.ip().is_unspecified()
                            || address.ip().is_unspecified())
                })
        })
    }

    /// `wanted`, or `wanted2`, `wanted3`, … where sockets already have it.
    pub fn unique_socket_name(&self, wanted: &str) -> String {
        unique(wanted, |name| {
            self.sockets.values().any(|socket| socket.name == name)
        })
    }

    /// `wanted`, or `wanted2`, … where programs already have it.
    pub fn unique_program_name(&self, wanted: &str) -> String {
        unique(wanted, |name| {
            self.programs.values().any(|program| program.name == name)
        })
    }

    pub(super) fn add_program(
        &mut self,
        id: ProgramId,
        wanted: &str,
        role: Role,
        threading: Threading,
    ) {
        let name = self.unique_program_name(wanted);
        self.programs.insert(
            id,
            Program {
                id,
                name,
                role,
                threading,
            },
        );
    }

    pub(super) fn set_threading(&mut self, id: ProgramId, threading: Threading) {
        if let Some(program) = self.programs.get_mut(&id) {
            program.threading = threading;
        }
    }

    pub(super) fn add_thread(&mut self, id: ThreadId, program: ProgramId, name: Arc<str>) {
        self.threads.insert(
            id,
            Thread {
                id,
                program,
                name,
                panicked: None,
            },
        );
    }

    pub(super) fn panicked(&mut self, id: ThreadId, message: Arc<str>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.panicked = Some(message);
        }
        for socket in self.sockets.values_mut() {
            socket.waiting.retain(|pending| pending.thread != id);
            socket.queued.retain(|pending| pending.thread != id);
        }
    }

    pub(super) fn rename(&mut self, id: SocketId, wanted: &str) {
        let name = unique(wanted, |name| {
            self.sockets
                .values()
                .any(|socket| socket.id != id && socket.name == name)
        });
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.name = name;
        }
    }

    pub(super) fn queue(&mut self, socket: Option<SocketId>, pending: Pending) {
        if let Some(socket) = socket.and_then(|id| self.sockets.get_mut(&id)) {
            socket.queued.push(pending);
        }
    }

    pub(super) fn withdraw(&mut self, id: CallId) {
        for socket in self.sockets.values_mut() {
            socket.queued.retain(|pending| pending.id != id);
        }
    }

    pub(super) fn start(&mut self, started: &Started) {
        if let Some(socket) = started.socket.and_then(|id| self.sockets.get_mut(&id)) {
            socket.start(started);
        }
    }

    pub(super) fn end(&mut self, started: &Started, ended: &Ended) {
        if let Outcome::Ok(Value::Socket { id, fd, peer }) = &ended.outcome {
            self.bear(*id, *fd, *peer, started, ended.stamp);
        }
        if let Some(socket) = started.socket.and_then(|id| self.sockets.get_mut(&id)) {
            socket.end(&started.call, ended);
        }
    }

    fn bear(
        &mut self,
        id: SocketId,
        fd: i32,
        peer: Option<SocketAddr>,
        started: &Started,
        born: Stamp,
    ) {
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
        let mut socket = Socket::new(
            id,
            self.unique_socket_name(wanted),
            started.program,
            role,
            born,
        );
        socket.fd = fd;
        if let Call::Socket { family, protocol } = started.call {
            socket.family = family;
            socket.protocol = protocol;
        }
        if let Some(parent) = started.socket.and_then(|parent| self.sockets.get(&parent)) {
            socket.family = parent.family;
            socket.parent = Some(parent.id);
            socket.stage = Stage::Connected;
            socket.local = parent.local;
            socket.peer = peer;
            // accept4 without SOCK_NONBLOCK gives a blocking socket on Linux; BSD and macOS inherit the listener's mode.
            if cfg!(any(target_os = "macos", target_os = "freebsd")) {
                socket.mode = parent.mode;
            }
        }
        self.sockets.insert(id, socket);
    }

    pub(super) fn moved(&mut self, id: SocketId, sent: u64, received: u64) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.sent += sent;
            socket.received += received;
        }
    }

    pub(super) fn observe(&mut self, id: SocketId, stamp: Stamp, observation: Observation) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.observe(stamp, observation);
        }
    }
}

fn unique(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let name = format!("{wanted}{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}
