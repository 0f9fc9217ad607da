//! The bytes that wait to be received, as far as they are known.

use crate::model::call::{Protocol, SocketId};
use crate::model::payload::Payload;
use crate::model::recording::Recording;

use super::{LOOKED_AT, pairs};

/// Bytes that wait at a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// The first of them, where their sender is in this recording and they are still kept.
    pub content: Vec<u8>,
}

/// The most bytes of content that are put together.
const MOST: usize = 64;

/// What waits to be received by a socket; `None`: nothing, or nobody knows.
pub fn waiting_bytes(recording: &Recording, socket: SocketId) -> Option<Waiting> {
    let sockets = recording.sockets();
    let socket = sockets.get(socket).filter(|socket| !socket.is_closed())?;
    let count = u64::from(socket.unread()?);
    if count == 0 {
        return None;
    }
    let mut waiting = Waiting {
        count,
        content: Vec::new(),
    };
    let Some(other) = pairs::other_end(socket, sockets) else {
        return Some(waiting);
    };
    if socket.protocol == Protocol::Udp {
        return Some(waiting);
    }
    let mut wanted = socket.received;
    let len = recording.len();
    for row in (len.saturating_sub(LOOKED_AT)..len).filter_map(|index| recording.row(index)) {
        let sent = row.socket == Some(other.id) && row.method().sends();
        let (Some(begin), Some(Payload::Literal(bytes))) =
            (row.offset.filter(|_| sent), row.call.payload())
        else {
            continue;
        };
        let end = begin + row.bytes_moved;
        if begin > wanted || end <= wanted {
            continue;
        }
        let from = (wanted - begin) as usize;
        let taken = bytes
            .get(from..row.bytes_moved as usize)
            .unwrap_or_default();
        waiting.content.extend_from_slice(taken);
        wanted = end;
        if waiting.content.len() >= MOST {
            break;
        }
    }
    waiting.content.truncate(MOST.min(count as usize));
    Some(waiting)
}
