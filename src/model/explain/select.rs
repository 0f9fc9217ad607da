//! `select` in words: what of it was ready and why, and why it was refused.

use std::time::Duration;

use super::Explanation;
use crate::model::call::{Call, Method, Outcome, Protocol, SocketId, SocketLists, Value};
use crate::model::errno::Errno;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::{Socket, SocketKind, SocketTable};

/// How many rows after a `select` are searched for what its socket then received.
const LOOKED_AT: usize = 1024;

/// Why a socket was ready to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Connection,
    Datagram,
    Bytes,
    End,
    BytesOrEnd,
    /// It is in no connection: a recv is refused at once.
    Refusal,
}

impl Found {
    fn words(self) -> &'static str {
        match self {
            Self::Connection => "a connection waits, so accept will not",
            Self::Datagram => "a datagram waits, so recvfrom will not",
            Self::Bytes => "bytes wait, so recv will not",
            Self::End => "the other end has finished, so recv gives b\"\" at once",
            Self::BytesOrEnd => "bytes wait, or the end, so recv will not",
            Self::Refusal => "it is in no connection, so recv fails at once",
        }
    }
}

/// The sockets that a `select` found ready, each once in the order of its lists, with the reason in a few words. What is
/// known later counts too: what was received next.
pub fn ready_reasons(entry: &CallEntry, recording: &Recording) -> Vec<(SocketId, String)> {
    let next = |socket: SocketId| {
        let after = recording.index_of(entry.number)? + 1;
        let mut rows = (after..recording.len().min(after + LOOKED_AT))
            .filter_map(|index| recording.row(index))
            .filter(|row| row.socket == Some(socket));
        let received = rows.find_map(|row| match row.outcome {
            Some(Outcome::Ok(Value::Received { bytes, .. })) => Some(!bytes.is_empty()),
            _ => None,
        });
        received.map(|some| if some { Found::Bytes } else { Found::End })
    };
    reasons(entry, recording.sockets(), next)
}

fn reasons(
    entry: &CallEntry,
    sockets: &SocketTable,
    next: impl Fn(SocketId) -> Option<Found>,
) -> Vec<(SocketId, String)> {
    let Some(Outcome::Ok(Value::Ready(ready))) = &entry.outcome else {
        return Vec::new();
    };
    let told = |id: SocketId| {
        let mut words = Vec::new();
        if let Some(socket) = sockets.get(id).filter(|_| ready.read.contains(&id)) {
            let found = match certain(socket) {
                Found::BytesOrEnd => next(id).unwrap_or(Found::BytesOrEnd),
                found => found,
            };
            words.push(found.words());
        }
        if ready.write.contains(&id) {
            words.push("there is room, so send will not wait");
        }
        if ready.except.contains(&id) {
            words.push("urgent data waits");
        }
        (id, words.join("; "))
    };
    ready.sockets().into_iter().map(told).collect()
}

/// What the kind of socket alone says.
fn certain(socket: &Socket) -> Found {
    match (socket.kind(), socket.protocol) {
        (_, Protocol::Udp) => Found::Datagram,
        (SocketKind::Listener, _) if socket.backlog.is_some() => Found::Connection,
        _ if socket.peer.is_none() && socket.target.is_none() => Found::Refusal,
        _ => Found::BytesOrEnd,
    }
}

/// A word on a `select` that has returned: that nothing was ready, or what was.
pub(super) fn remark(
    entry: &CallEntry,
    ready: &SocketLists,
    sockets: &SocketTable,
) -> Option<String> {
    if ready.is_empty() {
        return Some(match entry.call {
            Call::Select {
                timeout: Some(timeout),
                ..
            } if timeout > Duration::ZERO => {
                format!("nothing was ready in {} s", timeout.as_secs_f64())
            }
            _ => "nothing is ready now".to_owned(),
        });
    }
    let all = reasons(entry, sockets, |_| None);
    let (id, why) = all.first()?;
    let more = match all.len() {
        1 => String::new(),
        many => format!("; {} more ready", many - 1),
    };
    Some(format!("{}: {why}{more}", sockets.name_of(*id)))
}

/// Why a `select` failed.
pub(super) fn explain(errno: Errno, watched: &SocketLists, sockets: &SocketTable) -> Explanation {
    if errno != Errno::EBADF {
        return super::general(errno);
    }
    let closed = watched.sockets().into_iter();
    let mut closed = closed.filter(|id| sockets.get(*id).is_none_or(Socket::is_closed));
    let who = closed
        .next()
        .map_or("One of its sockets".to_owned(), |id| sockets.name_of(id));
    Explanation::new(
        format!("{who} is closed: select can't watch it."),
        "A closed socket has the descriptor −1, and no set of descriptors can hold that. Python refuses it itself, and your system is not asked.",
    )
    .or_do("Watch only open sockets of the same program")
}

/// What Python prints instead of its words for an errno: it looks at the descriptors before it asks the system.
pub(super) fn python_refusal(entry: &CallEntry, errno: Errno) -> Option<&'static str> {
    (entry.method() == Method::Select && errno == Errno::EBADF)
        .then_some("ValueError: file descriptor cannot be a negative integer (-1)")
}
