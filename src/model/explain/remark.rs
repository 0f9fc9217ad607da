//! Successes that are worth a word.

use super::name;
use crate::model::address::is_reachable;
use crate::model::call::{Call, Method, Outcome, Protocol, Value};
use crate::model::errno::{Errno, Platform};
use crate::model::event::Note;
use crate::model::recording::CallEntry;
use crate::model::socket::{SocketTable, Stage};

/// A word on a call that did not fail: what `b""` means, that bytes were lost, that fewer were taken than given, that
/// nobody was there. `None` where there is nothing to add.
pub fn remark(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    let from_note = note_words(entry, sockets);
    match entry.outcome.as_ref()? {
        Outcome::Error(_) => from_note,
        Outcome::Interrupted => Some(match entry.note {
            Some(Note::EndedByClose { .. }) => from_note?,
            _ => interrupted(entry),
        }),
        Outcome::Ok(_) if from_note.is_some() => from_note,
        Outcome::Ok(value) => of_value(entry, value, sockets),
    }
}

/// What a row's note says, in words: for a bind to a taken port, by whom it was taken at that time.
pub fn note_words(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    let in_use = matches!(entry.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    match entry.note {
        Some(Note::EndedByYou) => {
            Some("ended by you: the count is what your system had taken".to_owned())
        }
        Some(Note::GoesOn) => Some("the connect goes on in the background".to_owned()),
        Some(Note::InCrowd) => {
            Some("non-blocking, one of a crowd that one thread serves".to_owned())
        }
        Some(Note::TimeWait { millis_left }) => {
            let seconds = f64::from(millis_left) / 1000.0;
            Some(format!(
                "an old connection on it is in TIME-WAIT, {seconds:.0} s left"
            ))
        }
        Some(Note::OldConnection { state, .. }) => Some(format!(
            "an old connection on it is not over yet ({})",
            state.name()
        )),
        Some(Note::EndedByClose { socket }) => Some(format!(
            "the close of {} ended it: no descriptor is closed under a call",
            sockets.name_of(socket)
        )),
        Some(Note::HeldBy { socket }) => Some(sockets.get(socket).map_or_else(
            || format!("{socket} holds it"),
            |socket| format!("{} holds it", name(socket)),
        )),
        None if in_use && entry.method() == Method::Bind => {
            Some("another program holds it".to_owned())
        }
        None => None,
    }
}

/// What a row's note adds to [`super::error_words`]: who holds a port is said there already.
pub fn note_beside(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    let in_use = matches!(entry.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    note_words(entry, sockets).filter(|_| !in_use)
}

/// [`remark`] beside [`super::error_words`].
pub fn remark_beside(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    match entry.outcome.as_ref()? {
        Outcome::Error(_) => note_beside(entry, sockets),
        _ => remark(entry, sockets),
    }
}

fn interrupted(entry: &CallEntry) -> String {
    match (entry.method(), entry.note) {
        (Method::Connect, _) | (_, Some(Note::GoesOn)) => {
            "you stopped waiting; the handshake goes on in the background".to_owned()
        }
        (Method::Select, _) => "you stopped waiting; its sockets are as they were".to_owned(),
        _ => "you stopped waiting; the socket is as it was".to_owned(),
    }
}

fn of_value(entry: &CallEntry, value: &Value, sockets: &SocketTable) -> Option<String> {
    match (&entry.call, value) {
        (_, Value::Ready(ready)) => super::select::remark(entry, ready, sockets),
        (_, Value::Received { lost, .. }) if *lost > 0 => {
            let bytes = if *lost == 1 { "byte" } else { "bytes" };
            Some(format!(
                "{lost} {bytes} of this datagram did not fit and are lost"
            ))
        }
        (_, Value::Received { .. }) => empty_words(entry, sockets).map(str::to_owned),
        (Call::SendTo { address, .. }, Value::Sent(_)) if !entry.folded => {
            nobody_there(entry, address, sockets)
        }
        (_, Value::Sent(count)) if entry.count == 1 => {
            let given = entry.call.payload()?.len();
            (*count < given && entry.part.is_none())
                .then(|| format!("a short send: {count} of {given} bytes were taken"))
        }
        _ => None,
    }
}

/// What `b""` meant when the call received it; `None` for a call that received bytes, lost some, or is no receive.
pub fn empty_words(entry: &CallEntry, sockets: &SocketTable) -> Option<&'static str> {
    let (
        Call::Recv { max } | Call::RecvFrom { max },
        Some(Outcome::Ok(Value::Received { bytes, lost: 0, .. })),
    ) = (&entry.call, &entry.outcome)
    else {
        return None;
    };
    if entry.folded || !bytes.is_empty() {
        return None;
    }
    let socket = sockets.get(entry.socket?)?;
    let then = entry.state.unwrap_or_else(|| socket.state());
    Some(match socket.protocol {
        Protocol::Tcp if *max == 0 => "recv(0) asks for nothing, and gets it",
        // Only Linux tells how much of a datagram was lost.
        Protocol::Udp if *max == 0 && Platform::here() != Platform::Linux => {
            "recv(0) asks for nothing, and gets it"
        }
        Protocol::Udp => "an empty datagram: UDP has them, and they end nothing",
        Protocol::Tcp if then.read_shut => "the receiving half of this socket is shut",
        Protocol::Tcp if then.stage == Stage::Reset => "the connection is gone",
        Protocol::Tcp => "the other end has finished sending",
    })
}

/// The word on a datagram to an address of this computer that no socket of the session had then.
fn nobody_there(
    entry: &CallEntry,
    address: &std::net::SocketAddr,
    sockets: &SocketTable,
) -> Option<String> {
    let sender = sockets.get(entry.socket?)?;
    if sender.protocol != Protocol::Udp || is_reachable(address.ip()) {
        return None;
    }
    let at_hand = |socket: &&crate::model::socket::Socket| {
        socket.protocol == Protocol::Udp
            && socket.born.seq < entry.start.seq
            && socket
                .closed
                .is_none_or(|closed| closed.seq > entry.start.seq)
            && socket.local.is_some_and(|local| {
                local.port() == address.port()
                    && (local.ip() == address.ip() || local.ip().is_unspecified())
            })
    };
    if sockets.iter().any(|socket| at_hand(&socket)) {
        return None;
    }
    let gone = sockets.iter().rev().find(|socket| {
        socket.protocol == Protocol::Udp && socket.local == Some(*address) && socket.is_closed()
    });
    Some(match gone {
        Some(gone) => format!("sent; {} was closed, and UDP does not say so", name(gone)),
        None => "sent; no socket of this session is there, and UDP does not say whether anybody is"
            .to_owned(),
    })
}
