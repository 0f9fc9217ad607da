//! What is asked of one operation, whatever the language.

use std::net::SocketAddr;

use crate::model::call::{Call, Method, Outcome, SocketId, Value};
use crate::model::event::Note;
use crate::model::payload::Payload;

use super::session::Op;

/// What a send sends, where that follows from what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The same bytes.
    Same,
    /// In capitals.
    Capitals,
}

/// The payload as it is to be sent again: as much as was taken where the user stopped it.
pub(super) fn payload(op: &Op) -> Payload {
    let Some((entry, payload)) = op
        .entry
        .as_ref()
        .and_then(|entry| Some((entry, entry.call.payload()?)))
    else {
        return Payload::literal(b"");
    };
    if entry.note != Some(Note::EndedByYou) {
        return payload.clone();
    }
    match (payload, entry.bytes_moved) {
        (Payload::Repeat { unit, .. }, moved) if unit.len() == 1 => Payload::Repeat {
            unit: unit.clone(),
            times: moved as u32,
        },
        (payload, moved) => {
            let taken = payload.slice(0, moved as usize);
            taken.map_or(payload.clone(), |taken| Payload::literal(&taken))
        }
    }
}

/// How a payload follows from what the thread received last.
pub(super) fn reply(payload: &Payload, last: Option<&[u8]>) -> Option<Reply> {
    let received = last.filter(|received| !received.is_empty())?;
    let sent = payload.to_bytes()?;
    if *sent == *received {
        Some(Reply::Same)
    } else {
        (*sent == *received.to_ascii_uppercase()).then_some(Reply::Capitals)
    }
}

/// Whether the call takes what another gives.
pub(super) fn takes(call: &Call) -> bool {
    matches!(
        call.method(),
        Method::Accept | Method::Recv | Method::RecvFrom
    )
}

/// Bytes that a call received, where they were kept.
pub(super) fn received(op: &Op) -> Option<&[u8]> {
    match op.outcome()? {
        Outcome::Ok(Value::Received { bytes, .. }) => bytes.whole(),
        _ => None,
    }
}

/// Who sent the datagram that a call received.
pub(super) fn sender(op: &Op) -> Option<SocketAddr> {
    match (op.call()?, op.outcome()?) {
        (Call::RecvFrom { .. }, Outcome::Ok(Value::Received { peer, .. })) => *peer,
        _ => None,
    }
}

/// The socket that a call made.
pub(super) fn born(op: &Op) -> Option<SocketId> {
    op.call()?;
    op.entry.as_ref()?.born()
}
