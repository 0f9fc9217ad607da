//! Goals: what a learner is to make happen, judged on what really happened.
//!
//! A [`Goal`] is a list of conditions, each met by a later call than the one before. A [`Judge`] follows a recording from
//! the moment it is made, looks at each row once, and names the row that met the goal.

use std::net::IpAddr;
use std::sync::Arc;

use super::call::{Method, Outcome, Value};
use super::errno::Errno;
use super::event::{Note, TcpState};
use super::recording::CallEntry;

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
    fn is(&self, entry: &CallEntry) -> bool {
        let outcome = entry.outcome.as_ref();
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
    }
}
