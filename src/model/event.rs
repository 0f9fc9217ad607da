//! What a network reports: the one stream of facts that recording, players and views are built from.
//!
//! Time is nanoseconds since the network started, by the network's own clock. Sequence numbers are unique
//! in a network and count starts and ends of calls, observations and notes alike.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::call::{Call, CallId, Method, Outcome, ProgramId, SocketId, SocketLists, ThreadId};
use super::errno::Errno;

/// A moment: its place in the order of things, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Stamp {
    /// Place in the order, unique in a network.
    pub seq: u64,
    /// Nanoseconds since the network started.
    pub at: u64,
}

/// Which threads make a program's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Threading {
    /// Each socket has a thread of its own.
    ThreadPerSocket,
    /// All calls queue on one thread, as in a single-threaded program.
    OneThread,
}

/// What a program is for: a role, not a machine. It names things and orders columns; it changes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Listens, or waits for datagrams.
    Server,
    /// Starts the conversation.
    Client,
    /// Both.
    Peer,
}

/// A call entering its system call.
#[derive(Clone, Debug)]
pub struct Started {
    /// The submitted call. Parts of one sendall share it.
    pub id: CallId,
    /// When it entered the system call.
    pub stamp: Stamp,
    /// The thread that makes it.
    pub thread: ThreadId,
    /// The program of that thread.
    pub program: ProgramId,
    /// The socket it is made on; `None` for `socket()`, and for `select`, which is on several.
    pub socket: Option<SocketId>,
    /// The descriptor used; −1 on a closed socket, `None` for `socket()` and `select`.
    pub fd: Option<i32>,
    /// Method and arguments.
    pub call: Call,
    /// What the new socket of `socket()` or `accept()` is to be called; made unique by the recording.
    pub name: Option<Arc<str>>,
    /// Line of the script it stands on, from 1.
    pub line: Option<u32>,
    /// Which send of a sendall this is, from 1.
    pub part: Option<u32>,
    /// Whether the player made it to tidy up after a script's last line.
    pub at_end: bool,
}

impl Started {
    /// The sockets it is made on: for a `select` all that it watches.
    pub fn sockets(&self) -> impl Iterator<Item = SocketId> {
        let watched = self.call.watched().map(SocketLists::sockets);
        self.socket.into_iter().chain(watched.into_iter().flatten())
    }
}

/// A call that has returned.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The submitted call.
    pub id: CallId,
    /// When it returned.
    pub stamp: Stamp,
    /// What it answered.
    pub outcome: Outcome,
    /// Where in the socket's stream the moved bytes begin (bytes sent, or received, before them).
    ///
    /// `None` when the call moved none, and when two threads sent, or received, on the socket at once: which bytes
    /// came first can't be told then. The socket's count is right all the same.
    pub offset: Option<u64>,
    /// How often it was called again after an EINTR that nobody here asked for (PEP 475).
    pub retries: u32,
    /// Something to say beside the outcome.
    pub note: Option<Note>,
}

/// Something to say beside a call's outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Note {
    /// A send stopped half-way by the user: its count is what had been taken.
    EndedByYou,
    /// A connect whose wait was ended: the handshake goes on in the background.
    GoesOn,
    /// An accept: the connection was born non-blocking, as one of a crowd that one thread serves.
    InCrowd,
    /// A `select` ended as one of its sockets was to be closed.
    EndedByClose {
        /// Which.
        socket: SocketId,
    },
    /// EADDRINUSE: an old connection on that port is in TIME-WAIT for so many more milliseconds.
    TimeWait {
        /// What the kernel says is left.
        millis_left: u32,
    },
    /// EADDRINUSE: a closed connection on that port is not over yet: its last packets are still to come or to be
    /// acknowledged.
    OldConnection {
        /// How far its end has come: FIN-WAIT-1, FIN-WAIT-2, CLOSING or LAST-ACK.
        state: TcpState,
        /// Its other end.
        peer: SocketAddr,
    },
    /// EADDRINUSE: a socket of this session held the port. The recording adds this: no network knows names.
    HeldBy {
        /// Which.
        socket: SocketId,
    },
}

/// What the kernel says of a socket when asked for the picture's sake. `None`: it can't be asked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Observation {
    /// `TCP_INFO` of a TCP socket.
    pub tcp: Option<TcpObservation>,
    /// Bytes waiting to be received (`FIONREAD`); for UDP those of the next datagram only.
    pub receive_queue: Option<u32>,
    /// What the kernel has taken from sends and still keeps (`SIOCOUTQ`). TCP: bytes that the other end has not
    /// acknowledged, those of a send under way too. UDP: what has yet to leave this computer, buffers included.
    pub send_queue: Option<u32>,
    /// Datagrams dropped at this socket, of `SO_MEMINFO`.
    pub drops: Option<u32>,
    /// `getsockname`.
    pub local: Option<SocketAddr>,
    /// `getpeername`.
    pub peer: Option<SocketAddr>,
    /// What the kernel keeps of the connection apart from its descriptor, asked once that says CLOSED or is closed
    /// (`man 7 sock_diag`). `None`: not asked.
    pub remnant: Option<Remnant>,
}

/// What the kernel keeps of a connection without a descriptor, or beside one that already says CLOSED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remnant {
    /// It is in TIME-WAIT.
    TimeWait {
        /// How long that still lasts.
        millis_left: u32,
    },
    /// It has yet to end: FIN-WAIT-1, FIN-WAIT-2, CLOSING or LAST-ACK.
    Ending,
    /// Nothing is left of it.
    Nothing,
}

/// The part of `struct tcp_info` that is shown (`man 7 tcp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpObservation {
    /// The connection's state.
    pub state: TcpState,
    /// Smoothed round-trip time, microseconds.
    pub rtt_micros: u32,
    /// Segments sent again over the connection's life.
    pub retransmits: u32,
    /// A listener's connections waiting for accept.
    pub accept_queue: u32,
    /// A listener's backlog as the kernel keeps it.
    pub backlog: u32,
}

/// The connection states of RFC 9293 section 3.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the RFC's name")]
pub enum TcpState {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

impl TcpState {
    /// The name as the RFC spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECEIVED",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST-ACK",
            Self::TimeWait => "TIME-WAIT",
        }
    }

    /// All eleven.
    pub const ALL: [Self; 11] = [
        Self::Closed,
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
    ];

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Calls that were folded because nobody could take them one by one.
#[derive(Clone, Debug)]
pub struct Folded {
    /// The thread that made them.
    pub thread: ThreadId,
    /// Its program.
    pub program: ProgramId,
    /// Their socket; `None` for `select`, which is on several.
    pub socket: Option<SocketId>,
    /// Their method.
    pub method: Method,
    /// `None` when they succeeded.
    pub errno: Option<Errno>,
    /// How many calls.
    pub count: u64,
    /// Bytes they moved.
    pub bytes: u64,
    /// Stream offset of the first of those bytes; `None` when it is unknown, and when bytes of other calls lie between
    /// them.
    pub offset: Option<u64>,
    /// When the first started.
    pub first: Stamp,
    /// When the last ended.
    pub last: Stamp,
}

/// What a player did or found that is no call.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerNote {
    /// It began to play.
    Started {
        /// The script's name or file.
        script: Arc<str>,
    },
    /// `sleep(seconds)`.
    Slept {
        /// How long, seconds.
        seconds: f64,
    },
    /// `interrupt(name)`, after the call had ended.
    Interrupted {
        /// The socket's name.
        name: Arc<str>,
    },
    /// A comment line: the caption of the next step.
    Narration {
        /// The comment without its `#`.
        text: Arc<str>,
    },
    /// An expectation that did not hold.
    Unexpected {
        /// What the script says.
        expected: Arc<str>,
        /// What happened.
        got: Arc<str>,
    },
    /// A statement that could not be made into a call.
    Refused {
        /// Why.
        reason: Arc<str>,
    },
    /// A port of the script that was mapped to a free one.
    PortMapped {
        /// As written.
        written: u16,
        /// As used.
        used: u16,
    },
    /// A socket was given another name by the user.
    Renamed {
        /// Which.
        socket: SocketId,
        /// Its new name, as asked for.
        name: Arc<str>,
    },
    /// The script has been played.
    Finished,
}

/// One fact.
#[derive(Clone, Debug)]
pub enum Event {
    /// A program came to be.
    ProgramAdded {
        /// When.
        stamp: Stamp,
        /// Its id.
        program: ProgramId,
        /// The name asked for; made unique by the recording.
        name: Arc<str>,
        /// What it is for.
        role: Role,
        /// Which threads make its calls.
        threading: Threading,
    },
    /// A program's calls are from now on made by other threads.
    ThreadingChanged {
        /// When.
        stamp: Stamp,
        /// Which program.
        program: ProgramId,
        /// From now on.
        threading: Threading,
    },
    /// A thread started.
    ThreadStarted {
        /// When.
        stamp: Stamp,
        /// Its id.
        thread: ThreadId,
        /// Its program.
        program: ProgramId,
        /// Its name.
        name: Arc<str>,
    },
    /// A call has to queue behind another on its thread. Not kept: the picture of the moment only.
    ///
    /// Said again of a call that was moved to another thread and has to queue there too.
    Queued {
        /// The call.
        id: CallId,
        /// Its socket.
        socket: Option<SocketId>,
        /// Its method.
        method: Method,
        /// The thread it queues on.
        thread: ThreadId,
    },
    /// There are descriptors again, after an accept had found none. Not kept.
    Room,
    /// A queued call was taken back before it entered the system call.
    Withdrawn {
        /// The call.
        id: CallId,
    },
    /// A call that may wait entered its system call.
    Started(Started),
    /// A started call returned.
    Ended(Ended),
    /// A call that could not wait: start and end in one.
    Made(Started, Ended),
    /// Calls folded because the listener of events was too slow.
    Folded(Folded),
    /// What the kernel said of a socket.
    Observed {
        /// When it was asked.
        stamp: Stamp,
        /// Which socket.
        socket: SocketId,
        /// Its answer.
        observation: Observation,
    },
    /// A player's doing.
    Player {
        /// When.
        stamp: Stamp,
        /// Line of the script, from 1.
        line: Option<u32>,
        /// What.
        note: PlayerNote,
    },
    /// A thread of the network panicked. Its socket answers no more; the rest goes on.
    WorkerPanicked {
        /// When.
        stamp: Stamp,
        /// Which thread.
        thread: ThreadId,
        /// The panic's message.
        message: Arc<str>,
    },
}
