//! What travels, in words.

use std::net::SocketAddr;

use crate::model::call::SocketId;
use crate::model::recording::RowNumber;

/// Where something left, or got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The socket; `None`: one outside the recording.
    pub socket: Option<SocketId>,
    /// That socket's address, where it is outside.
    pub address: Option<SocketAddr>,
    /// The call.
    pub row: Option<RowNumber>,
    /// Its place in the order of things: a call that gives stands at its start, one that takes at its end.
    pub seq: u64,
}

/// Something that travelled from one call to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The call it left from.
    pub from: Point,
    /// The call that got it; `row` is `None` while nobody has taken it.
    pub to: Point,
    /// What it is.
    pub load: Load,
}

/// What a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Bytes of a stream.
    Bytes {
        /// Where in the stream they begin.
        offset: u64,
        /// How many of the send's bytes the receive got.
        len: u64,
        /// How many the send had.
        of: u64,
    },
    /// A datagram.
    Datagram {
        /// Bytes received; while nobody has taken it, all of them.
        len: u64,
        /// Bytes cut off because the receive asked for fewer.
        lost: u64,
    },
    /// A datagram that nobody gets.
    Lost {
        /// Its bytes.
        len: u64,
        /// Why.
        why: Loss,
    },
    /// A connect, to the listener.
    Connect {
        /// How far it has come.
        handshake: Handshake,
    },
    /// From the listener's accept queue into the accept that took it. `from` is the connect, where it is known.
    Seat,
    /// From accept to the socket it gave birth to.
    Birth,
    /// The end of the other side's bytes: from its shutdown or close to the receive that returned b"".
    End,
    /// The connection was broken off: to the call that was told.
    Reset,
}

impl Load {
    /// Tells links apart that begin and end at the same moments.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Bytes { .. } => 0,
            Self::Datagram { .. } => 1,
            Self::Lost { .. } => 2,
            Self::Connect { .. } => 3,
            Self::Seat => 4,
            Self::Birth => 5,
            Self::End => 6,
            Self::Reset => 7,
        }
    }
}

/// How far a connect has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It was begun; whether anybody answered is not known.
    UnderWay,
    /// Its first segment got no answer: the system has sent it again.
    Unanswered,
    /// The other end's system has taken it.
    Done,
    /// The other end's system has taken it in the end, long after the first segment: it stands where the connect
    /// returned.
    Late {
        /// Whether the first segment had to be sent again.
        again: bool,
    },
    /// It was refused.
    Refused,
}

/// Why nobody gets a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A later one of the same sender was received: the receiver's system dropped it, as its buffer was full.
    Dropped,
    /// The receiver closed with it unread.
    Closed,
    /// No socket of the recording had that address, and it was this computer's: the sender was told so.
    Nobody,
    /// The receiver was connected to another peer.
    NotItsPeer,
}

/// How far the bytes of a send got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes the sender's system took.
    pub taken: u64,
    /// Of these, at the other end. `None`: not known.
    pub arrived: Option<u64>,
    /// Of these, read by the other end's program. `None`: not known.
    pub read: Option<u64>,
}

/// What a socket has been sent and has not received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Bytes sent by sockets of this recording and not received yet.
    pub known: u64,
    /// The first of them; fewer where their payload was let go.
    pub content: Vec<u8>,
    /// UDP: the sizes of the datagrams that wait, the oldest first.
    pub datagrams: Vec<u64>,
}
