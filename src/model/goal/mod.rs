//! Goals: what a learner is to make happen, judged on what really happened.
//!
//! A [`Goal`] is a list of conditions, each met by a later call than the one before. A [`Judge`] follows a recording from
//! the moment it is made, looks at each row once, and names the row that met the goal.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::call::{Call, Method, Outcome, Protocol, Value};
use super::errno::Errno;
use super::event::{Note, TcpState};
use super::payload::Payload;
use super::recording::{CallEntry, Recording};
use super::socket::Socket;

mod facts;
mod judge;
mod watch;

pub use judge::Judge;
pub use watch::MOST_PIECES;

/// What is to happen: each step after the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// The steps; a goal without any is never met.
    pub steps: Vec<GoalStep>,
}

impl Goal {
    /// How long calls of this method are to wait, nanoseconds.
    fn wait_of(&self, method: Method) -> Option<u64> {
        self.steps.iter().find_map(|step| match step.condition {
            Condition::Waits {
                method: wanted,
                nanos,
            } if wanted == method => Some(nanos),
            _ => None,
        })
    }
}

/// One step of a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalStep {
    /// What is to be so.
    pub condition: Condition,
    /// What its call shares with that of the step before.
    pub same: Same,
}

/// What the call of a step shares with that of the step before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Same {
    /// Nothing need be the same.
    #[default]
    Nothing,
    /// The socket.
    Socket,
    /// The socket, and the address its calls named last: `bind` again to the same one.
    SocketAndAddress,
}

/// What can be asked of a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A call of this method ends like that.
    Call(CallMade),
    /// A call of this method waits so long, nanoseconds; met while it still waits.
    Waits {
        /// Which method.
        method: Method,
        /// How long.
        nanos: u64,
    },
    /// A TCP socket receives exactly these bytes by so many receives, one after another, each of which gets some.
    Pieces {
        /// The bytes, not empty.
        bytes: Arc<[u8]>,
        /// How many receives, 1 to [`MOST_PIECES`].
        receives: usize,
    },
    /// One receive gets bytes of at least so many sends.
    Merged {
        /// How many sends.
        sends: usize,
    },
    /// So many connections wait in one accept queue at once, as the kernel says.
    Queued {
        /// How many.
        connections: u32,
    },
    /// So many sockets are open at once.
    Open {
        /// How many.
        sockets: usize,
        /// Whether only those count that accept returned.
        accepted: bool,
    },
    /// A TCP socket gets into this state, as the kernel says.
    State(TcpState),
    /// A receive gets a datagram whose end is cut off.
    Cut,
    /// A datagram is dropped at its receiver's full buffer, as the kernel says.
    Dropped,
    /// A UDP socket receives what it has sent to its own address.
    ToItself,
}

/// What is asked of a call that has returned.
#[derive(Clone, Debug, PartialEq)]
pub struct CallMade {
    /// Its method.
    pub method: Method,
    /// How it ended.
    pub answer: Answer,
    /// The host it names.
    pub host: Option<IpAddr>,
    /// Whether it was refused because an old connection still holds the port.
    pub for_old_connection: bool,
    /// What its socket speaks.
    pub protocol: Option<Protocol>,
    /// The bytes it sends.
    pub sends: Option<Arc<[u8]>>,
    /// Whether what it receives is not its own socket's.
    pub from_other: bool,
}

/// How a call is to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeds.
    Ok,
    /// With this errno.
    Error(Errno),
    /// With exactly these bytes; none of them is b"".
    Bytes(Arc<[u8]>),
    /// With this number: bytes sent, or an option's value.
    Number(i64),
    /// By Stop waiting.
    Interrupted,
}

impl Answer {
    fn is(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Self::Ok, Outcome::Ok(_)) | (Self::Interrupted, Outcome::Interrupted) => true,
            (Self::Error(wanted), Outcome::Error(errno)) => wanted == errno,
            (Self::Bytes(wanted), Outcome::Ok(Value::Received { bytes, .. })) => {
                bytes.whole() == Some(&**wanted)
            }
            (Self::Number(wanted), Outcome::Ok(Value::Sent(count))) => {
                u64::try_from(*wanted).is_ok_and(|wanted| wanted == *count)
            }
            (Self::Number(wanted), Outcome::Ok(Value::Integer(value))) => wanted == value,
            _ => false,
        }
    }
}

impl CallMade {
    /// A call of that method that ends so, whatever else it is.
    pub fn new(method: Method, answer: Answer) -> Self {
        Self {
            method,
            answer,
            host: None,
            for_old_connection: false,
            protocol: None,
            sends: None,
            from_other: false,
        }
    }

    fn is(&self, entry: &CallEntry, recording: &Recording) -> bool {
        let outcome = entry.outcome.as_ref();
        let socket = entry.socket.and_then(|id| recording.sockets().get(id));
        let old = matches!(
            entry.note,
            Some(Note::TimeWait { .. } | Note::OldConnection { .. })
        );
        // What was folded has lost its arguments: of these only method and outcome are known.
        entry.method() == self.method
            && outcome.is_some_and(|outcome| self.answer.is(outcome))
            && self.host.is_none_or(|host| {
                let named = entry.call.address();
                !entry.folded && named.is_some_and(|named| named.ip() == host)
            })
            && (!self.for_old_connection || old)
            && self
                .protocol
                .is_none_or(|wanted| socket.is_some_and(|socket| socket.protocol == wanted))
            && self.sends.as_ref().is_none_or(|wanted| {
                let sent = entry.call.payload().and_then(Payload::to_bytes);
                sent.is_some_and(|sent| sent == *wanted)
            })
            && (!self.from_other || socket.is_some_and(|socket| is_of_another(entry, socket)))
            && (!self.ends_stream() || asks_for_bytes(entry))
    }

    /// Whether it is to receive the end of a stream: a receive of no bytes returns `b""` too.
    fn ends_stream(&self) -> bool {
        matches!(&self.answer, Answer::Bytes(bytes) if bytes.is_empty())
    }
}

/// Whether what a receive got was sent by another socket than the one it is on.
fn is_of_another(entry: &CallEntry, socket: &Socket) -> bool {
    let Some(Outcome::Ok(Value::Received {
        peer: Some(sender), ..
    })) = entry.outcome
    else {
        return false;
    };
    let is_own = |local: SocketAddr| {
        local.port() == sender.port() && (local.ip().is_unspecified() || local.ip() == sender.ip())
    };
    !socket.local.is_some_and(is_own)
}

fn asks_for_bytes(entry: &CallEntry) -> bool {
    match entry.call {
        Call::Recv { max } | Call::RecvFrom { max } => max > 0,
        _ => true,
    }
}
