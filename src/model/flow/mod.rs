//! What travelled between calls: which receive got the bytes of which send, which accept took which connect, which call
//! was told of which end.
//!
//! A pure fold over the recording. What pairs is known, not guessed: the bytes of a stream by their place in it, a
//! datagram by sender, length and bytes, a connection by the addresses of its two ends.

mod answer;
mod connection;
mod datagram;
mod fold;
mod handshake;
mod link;
mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use super::call::SocketId;
use super::chunks::Sorted;
use super::recording::RowNumber;
use connection::Connections;
use datagram::Inbox;
use stream::Half;

pub use link::{Handshake, Link, Load, Loss, Point, Progress, Unread};

/// So many pieces of streams are kept, and so many links of other kinds: then the oldest go.
const LIMIT: usize = 400_000;
/// So many of the youngest datagrams' fates are kept.
const FATES: usize = 100_000;

/// What travelled, so far.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// What each TCP socket sent and received.
    halves: Sorted<SocketId, Arc<Half>>,
    /// How many pieces these hold, counted roughly.
    pieces: usize,
    connections: Connections,
    /// The datagrams on their way to each UDP socket.
    inboxes: Sorted<SocketId, Arc<Inbox>>,
    /// Those of them in which a receive waits for its datagram to be told of.
    early: Sorted<SocketId, ()>,
    /// The UDP sockets by the ports they had.
    ports: Sorted<(u32, SocketId), ()>,
    /// The peer that each connected UDP socket takes datagrams of.
    peers: Sorted<SocketId, SocketAddr>,
    /// Accepted sockets whose other end may be of the recording, but is not known yet: their accept, and the address.
    undecided: Vec<(SocketId, Point, SocketAddr)>,
    /// All links but those of streams, and of what nobody has taken yet: by where they end.
    others: Sorted<(u64, u64, u8), Link>,
    /// What came of the datagrams, by their row: bytes read.
    fates: Sorted<RowNumber, Option<u64>>,
    /// The addresses outside the recording that something came from or went to, in the order of their appearance.
    outside: Vec<SocketAddr>,
}
