//! A part of the ladder, ready to be painted: what stands where, in which look, with which words.
//!
//! Painters choose only colours and sizes. Heights are in pitches (one row of boxes), downward from the ladder's top;
//! a lane's place across is the painter's.

use std::net::SocketAddr;

use crate::model::call::{ProgramId, SocketId};
use crate::model::recording::RowNumber;

/// A life line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// That of a socket of the recording.
    Socket(SocketId),
    /// That of a socket outside it: another program, at that address.
    Outside(SocketAddr),
}

/// What of the ladder is in view, and all that stands there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The life lines, in pieces of one look each.
    pub lines: Vec<LinePart>,
    /// The calls on one socket each.
    pub boxes: Vec<CallBox>,
    /// The calls on several sockets of a program: `select`.
    pub spans: Vec<Span>,
    /// The calls that queue now behind another on their thread, below "now".
    pub queued: Vec<Queued>,
    /// The programs of one thread, and where they stood still.
    pub programs: Vec<OneThread>,
    /// What travelled.
    pub arrows: Vec<Arrow>,
    /// Times, for the gutter.
    pub ticks: Vec<Tick>,
    /// Stretches in which nothing happened.
    pub idles: Vec<Idle>,
    /// Where the whole ladder ends: "now".
    pub end: f64,
    /// Whether a call waits: "now" moves on.
    pub is_running: bool,
}

/// A piece of a life line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinePart {
    /// Whose.
    pub lane: Lane,
    /// From here.
    pub top: f64,
    /// To here.
    pub bottom: f64,
    /// How it is painted.
    pub look: LineLook,
}

/// How a piece of a life line is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineLook {
    /// Before the socket was there: dotted.
    Unborn,
    /// It is open.
    Open,
    /// Closed, but its connection is in TIME-WAIT: a ghost.
    TimeWait,
    /// Closed: nothing, below a bar at its top.
    Closed,
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallBox {
    /// Its life line.
    pub lane: Lane,
    /// Its row in the log.
    pub row: RowNumber,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge; for a call that waits, where "now" is.
    pub bottom: f64,
    /// How it is painted.
    pub look: BoxLook,
    /// Whether it stands left of its line: an accept that waited, as the listener's line goes on beside it.
    pub is_beside: bool,
    /// The call in short: `recv(1024)`, `send`.
    pub text: String,
    /// What came of it: `13`, `b"hello"`, `EAGAIN`; empty while it waits.
    pub result: String,
    /// How long it waited, where it did: `3.2 s`.
    pub waited: Option<String>,
    /// How many calls it stands for.
    pub count: u64,
    /// How far a send got.
    pub sent: Option<crate::model::flow::Progress>,
}

/// A call on several sockets of a program, across the life lines that it watches.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The call, as if on the first of its sockets.
    pub call: CallBox,
    /// Its sockets, each once.
    pub notches: Vec<Notch>,
}

/// Where a call on several sockets meets one of their life lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notch {
    /// Whose line.
    pub socket: SocketId,
    /// Whether the call has found it ready.
    pub is_ready: bool,
}

/// A call that waits for its thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// Its life line.
    pub socket: SocketId,
    /// Its method; where several queue, the first's and how many more: `recv +2`.
    pub text: String,
}

/// A program whose calls are all made by one thread: while one waits, no other is made.
#[derive(Clone, Debug, PartialEq)]
pub struct OneThread {
    /// Which.
    pub program: ProgramId,
    /// Its sockets that are not closed, in order of birth.
    pub sockets: Vec<SocketId>,
    /// Where it stood still: the upper and lower edge of each wait, pitches.
    pub waits: Vec<(f64, f64)>,
    /// The wait that goes on now.
    pub now: Option<Standing>,
}

/// A program of one thread that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The row of the call that waits.
    pub row: RowNumber,
    /// How many calls of its sockets queue behind it.
    pub held_up: usize,
    /// How many sockets it waits for at once.
    pub waits_for: usize,
}

/// How a call is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxLook {
    /// It was done at once.
    Done,
    /// It had waited, then it was done.
    Waited,
    /// It waits.
    Waiting,
    /// It would have had to wait: EAGAIN, EINPROGRESS.
    WouldBlock,
    /// It failed.
    Error,
    /// The user ended its wait.
    Interrupted,
    /// Its thread broke down.
    GivenUp,
}

/// An end of an arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// On which life line.
    pub lane: Lane,
    /// At which height.
    pub y: f64,
    /// The call it touches, if it does.
    pub row: Option<RowNumber>,
}

/// Something that travelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Where it leaves.
    pub from: Anchor,
    /// Where it reaches the other life line.
    pub landing: Anchor,
    /// The call that took it, further down the same life line; `None` while it lies in the queue, and where nobody
    /// takes it.
    pub taken: Option<Anchor>,
    /// What it is.
    pub look: ArrowLook,
    /// What is written on it.
    pub label: String,
    /// What is written where it is taken, when only a part is: `5 of 13 B`.
    pub share: Option<String>,
    /// Whether it is the first in the scene of those that left together and were taken apart: the way to the landing
    /// is painted once.
    pub is_first: bool,
    /// Whether it is known: `false` for what TCP does that the kernel does not show.
    pub is_seen: bool,
}

/// What an arrow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrowLook {
    /// Bytes of a stream.
    Data,
    /// A datagram.
    Datagram,
    /// A datagram that nobody gets: it dies where it lands.
    Lost,
    /// A segment of the handshake.
    Handshake,
    /// From the seat in the accept queue, on the listener's line, into accept.
    Seat,
    /// From accept to the new socket's line: level.
    Birth,
    /// The end of the other side's bytes.
    End,
    /// The connection is broken off.
    Reset,
}

/// A time in the gutter.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where.
    pub y: f64,
    /// Seconds since the first call, as the log writes them.
    pub text: String,
    /// The row that stands there.
    pub row: RowNumber,
}

/// A stretch in which nothing happened, and nobody waited.
#[derive(Clone, Debug, PartialEq)]
pub struct Idle {
    /// Where.
    pub y: f64,
    /// How long, in words: `nothing for 12 s`.
    pub text: String,
}
