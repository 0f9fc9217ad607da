//! Which calls belong together, among the rows at hand.

use std::net::SocketAddr;

use crate::model::call::{Call, Method, Outcome, ShutdownHow, SocketId, Value};
use crate::model::flow::Load;
use crate::model::recording::CallEntry;
use crate::model::socket::{Socket, SocketTable};

/// Two rows, by their index, and what travelled from the one to the other.
pub(super) struct Pair {
    pub(super) giver: usize,
    pub(super) taker: usize,
    pub(super) load: Load,
}

/// The pairs among these rows, which stand in the order of their numbers.
pub(super) fn pairs(rows: &[CallEntry], sockets: &SocketTable) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (taker, entry) in rows.iter().enumerate() {
        let Some(Outcome::Ok(value)) = &entry.outcome else {
            continue;
        };
        let Some(socket) = entry.socket.and_then(|id| sockets.get(id)) else {
            continue;
        };
        let mut pair = |giver: usize, load: Load| pairs.push(Pair { giver, taker, load });
        match (entry.method(), value) {
            (
                Method::Accept,
                Value::Socket {
                    peer: Some(peer), ..
                },
            ) => {
                if let Some(giver) = rows
                    .iter()
                    .rposition(|row| connects_from(row, peer, sockets))
                {
                    pair(giver, Load::Seat);
                }
            }
            (
                Method::RecvFrom | Method::Recv,
                Value::Received {
                    bytes,
                    peer: Some(peer),
                    lost,
                },
            ) => {
                let len = bytes.len();
                let taken = |index: usize| pairs.iter().any(|pair| pair.giver == index);
                let giver = rows.iter().enumerate().position(|(index, row)| {
                    row.bytes_moved == len + lost
                        && sends_from(row, peer, sockets)
                        && last(row) < last(entry)
                        && !taken(index)
                });
                if let Some(giver) = giver {
                    pairs.push(Pair {
                        giver,
                        taker,
                        load: Load::Datagram { len, lost: *lost },
                    });
                }
            }
            (Method::Recv, Value::Received { bytes, .. }) if bytes.is_empty() => {
                let other = other_end(socket, sockets).map(|other| other.id);
                if let Some(giver) = rows
                    .iter()
                    .position(|row| row.socket == other && finishes(row))
                {
                    pair(giver, Load::End);
                }
            }
            (Method::Recv, Value::Received { .. }) => {
                let (Some(from), Some(other)) = (entry.offset, other_end(socket, sockets)) else {
                    continue;
                };
                let to = from + entry.bytes_moved;
                for (giver, row) in rows.iter().enumerate() {
                    let sent = row.socket == Some(other.id) && row.method().sends();
                    let Some(begin) = row.offset.filter(|_| sent) else {
                        continue;
                    };
                    let end = begin + row.bytes_moved;
                    let (offset, until) = (from.max(begin), to.min(end));
                    if offset < until {
                        let (len, of) = (until - offset, row.bytes_moved);
                        pair(giver, Load::Bytes { offset, len, of });
                    }
                }
            }
            _ => {}
        }
    }
    pairs
}

fn last(entry: &CallEntry) -> u64 {
    super::last_seq(entry)
}

fn connects_from(row: &CallEntry, address: &SocketAddr, sockets: &SocketTable) -> bool {
    row.method() == Method::Connect
        && !row.outcome.as_ref().is_some_and(Outcome::is_failure)
        && is_at(row, address, sockets)
}

fn sends_from(row: &CallEntry, address: &SocketAddr, sockets: &SocketTable) -> bool {
    row.method().sends()
        && matches!(row.outcome, Some(Outcome::Ok(_)))
        && is_at(row, address, sockets)
}

fn is_at(row: &CallEntry, address: &SocketAddr, sockets: &SocketTable) -> bool {
    let socket = row.socket.and_then(|id| sockets.get(id));
    socket.and_then(|socket| socket.local).is_some_and(|local| {
        local == *address || (local.ip().is_unspecified() && local.port() == address.port())
    })
}

fn finishes(row: &CallEntry) -> bool {
    let call = matches!(
        row.call,
        Call::Close
            | Call::Shutdown {
                how: ShutdownHow::Write | ShutdownHow::Both
            }
    );
    call && matches!(row.outcome, Some(Outcome::Ok(_)))
}

/// The socket at the other end of a TCP connection, closed or not.
pub(super) fn other_end<'a>(socket: &Socket, sockets: &'a SocketTable) -> Option<&'a Socket> {
    let (local, peer) = (socket.local?, socket.peer?);
    sockets.iter().rev().find(|other| {
        other.id != socket.id && other.local == Some(peer) && other.peer == Some(local)
    })
}

/// The socket that a call reaches by itself: a send the other end, a connect the listener, a sendto who is there.
pub(super) fn reaches(entry: &CallEntry, sockets: &SocketTable) -> Option<SocketId> {
    if entry.outcome.as_ref().is_some_and(Outcome::is_failure) {
        return None;
    }
    let socket = sockets.get(entry.socket?)?;
    let other = match &entry.call {
        Call::Send { .. } | Call::SendAll { .. } => {
            other_end(socket, sockets).or_else(|| sockets.at(&socket.peer?, socket.protocol))
        }
        Call::Shutdown {
            how: ShutdownHow::Write | ShutdownHow::Both,
        }
        | Call::Close => other_end(socket, sockets),
        Call::SendTo { address, .. } | Call::Connect { address } => {
            sockets.at(address, socket.protocol)
        }
        _ => None,
    };
    let was_open = |other: &&Socket| {
        other
            .closed
            .is_none_or(|closed| closed.seq > entry.start.seq)
    };
    other
        .filter(was_open)
        .map(|other| other.id)
        .filter(|id| *id != socket.id)
}
