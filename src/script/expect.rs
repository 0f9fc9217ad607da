//! What a script says a call should answer (`# -> X`), and whether it did.

use std::fmt;
use std::sync::Arc;

use crate::model::address::python_tuple;
use crate::model::call::{Method, Outcome, SocketId, SocketLists, Value};
use crate::model::errno::Errno;
use crate::model::payload::{Payload, python_literal};

use super::ast::{Action, Invocation, Name, NameLists};

/// Longest payload shown in words about an expectation, in bytes.
const SHOWN: usize = 64;

/// What should happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Whether it is to be still in its system call 50 ms after entering it.
    pub wait: Wait,
    /// How it is to end; `None` says nothing about that.
    pub end: Option<End>,
}

/// Whether a call is expected to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing is said.
    Unsaid,
    /// `waits`.
    Waits,
}

/// How a call is expected to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A number: bytes sent, or an option's value.
    Integer(i64),
    /// The bytes received.
    Bytes(Payload),
    /// An errno, compared by number.
    Errno(Errno),
    /// The sockets that are ready, in the order of a `select`'s lists.
    Ready(NameLists),
    /// Any success.
    Ok,
    /// Ended by `interrupt()` or by the user.
    Interrupted,
}

impl Expectation {
    /// Whether the player is to end the wait when the script is over.
    pub fn ends_with_script(&self) -> bool {
        self.wait == Wait::Waits && matches!(self.end, None | Some(End::Interrupted))
    }

    /// Whether the call is to go on until something else lets it go.
    pub fn is_let_go(&self) -> bool {
        self.wait == Wait::Waits || self.end == Some(End::Interrupted)
    }
}

impl Expectation {
    /// A socket expected to be ready that this call does not watch.
    pub fn stranger(&self, action: &Action) -> Option<&Name> {
        let Some(End::Ready(expected)) = &self.end else {
            return None;
        };
        let watched = match action {
            Action::Call {
                invocation: Invocation::Select { lists, .. },
                ..
            } => lists.names(),
            _ => Vec::new(),
        };
        let mut names = expected.names().into_iter();
        names.find(|name| !watched.contains(name))
    }
}

impl End {
    /// Whether a call, that took or gave `total` bytes in all, ended as expected. `watched` names what a `select` watches.
    pub fn holds(&self, outcome: &Outcome, total: u64, watched: &[(Name, SocketId)]) -> bool {
        match (self, outcome) {
            (Self::Ok, Outcome::Ok(_)) | (Self::Interrupted, Outcome::Interrupted) => true,
            (Self::Errno(expected), Outcome::Error(got)) => expected == got,
            (Self::Integer(expected), Outcome::Ok(Value::Sent(_))) => {
                u64::try_from(*expected).is_ok_and(|expected| expected == total)
            }
            (Self::Integer(expected), Outcome::Ok(Value::Integer(got))) => expected == got,
            (Self::Bytes(expected), Outcome::Ok(Value::Received { bytes, .. })) => {
                expected.to_bytes().as_deref() == bytes.whole()
            }
            (Self::Ready(expected), Outcome::Ok(Value::Ready(ready))) => {
                *expected == named(ready, watched)
            }
            _ => false,
        }
    }
}

/// The sockets of three lists under the script's names for them.
fn named(lists: &SocketLists, watched: &[(Name, SocketId)]) -> NameLists {
    let name = |id: &SocketId| {
        let found = watched.iter().find(|(_, socket)| socket == id);
        found.map_or_else(|| Name::from("?"), |(name, _)| Arc::clone(name))
    };
    NameLists(lists.lists().map(|list| list.iter().map(name).collect()))
}

/// An outcome in the words of expectations: `13`, `b"hello"`, `EAGAIN`, `interrupted`, `ok`.
///
/// `total` is the byte count over all parts of a sendall; `watched` names what a `select` watches.
pub fn describe(
    method: Method,
    outcome: &Outcome,
    total: u64,
    watched: &[(Name, SocketId)],
) -> String {
    match outcome {
        Outcome::Error(errno) => errno.symbol(),
        Outcome::Interrupted => "interrupted".to_owned(),
        Outcome::Ok(Value::Sent(_)) => total.to_string(),
        Outcome::Ok(Value::Integer(value)) => value.to_string(),
        Outcome::Ok(Value::Address(address)) => python_tuple(address),
        Outcome::Ok(Value::Received { bytes, .. }) => match bytes.whole() {
            Some(bytes) => python_literal(bytes, SHOWN),
            None => format!("{} bytes", bytes.len()),
        },
        Outcome::Ok(Value::Ready(ready)) => named(ready, watched).to_string(),
        Outcome::Ok(Value::Socket { .. }) if method == Method::Accept => {
            "a new connection".to_owned()
        }
        Outcome::Ok(Value::Socket { .. } | Value::None) => "ok".to_owned(),
    }
}

/// An expectation in words cut to a length that can be shown.
pub fn shown(expectation: &Expectation) -> Arc<str> {
    let long = expectation.to_string();
    let end = match &expectation.end {
        Some(End::Bytes(payload)) if payload.len() > SHOWN as u64 => payload.python(SHOWN),
        _ => return Arc::from(long),
    };
    Arc::from(match expectation.wait {
        Wait::Unsaid => end,
        Wait::Waits => format!("waits, then {end}"),
    })
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.wait, &self.end) {
            (Wait::Unsaid, Some(end)) => end.fmt(f),
            (Wait::Waits, Some(end)) => write!(f, "waits, then {end}"),
            (Wait::Waits, None) => f.write_str("waits"),
            (Wait::Unsaid, None) => f.write_str("ok"),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Bytes(payload) => f.write_str(&payload.python(usize::MAX)),
            Self::Errno(errno) => errno.fmt(f),
            Self::Ready(lists) => lists.fmt(f),
            Self::Ok => f.write_str("ok"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}
