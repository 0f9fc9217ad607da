//! What waits in a socket's queues: how much, as the kernel said last, and which bytes and clients, where they are known.
//!
//! The kernel tells counts and never contents. Contents come from what sockets of the same recording sent (`flow`): of
//! what a program outside sent, nothing but the count is known. Where both differ, because an observation is still to
//! come or because others send too, the kernel's count is the one that is said, and only what is certain is shown. Where
//! the kernel can't be asked there is no queue here at all.

use super::call::{Protocol, SocketId};
use super::flow::Unread;
use super::socket::{Socket, SocketTable, Stage, meets};

/// So many of the waiting bytes are asked for at most: more than a card has room for.
pub const CONTENT: usize = 64;

/// What waits to be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveQueue {
    /// How it is divided.
    pub protocol: Protocol,
    /// Bytes that wait; of UDP, those of the next datagram. `None`: the next datagram was received, and the kernel has
    /// yet to say what follows it.
    pub bytes: Option<u32>,
    /// The first of these bytes, as far as they are known.
    pub content: Vec<u8>,
    /// Why there are bytes that are not known.
    pub why_unknown: Option<Unknown>,
    /// How many of them a receive of n bytes would take.
    pub first_n: u32,
    /// UDP: datagrams that are known to wait, the next one included.
    pub datagrams: Option<usize>,
}

/// Why waiting bytes are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A program outside sent them.
    Outside,
    /// They were let go to stay within the memory limit.
    LetGo,
    /// The call that sends them has not returned: how many are its own can't be told.
    UnderWay,
    /// Datagrams of sockets here may wait, but which this one is can't be told.
    Which,
}

impl Unknown {
    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Outside => "sent from outside: content not known",
            Self::LetGo => "content no longer kept",
            Self::UnderWay => "its send has not returned yet",
            Self::Which => "not certain which: content not shown",
        }
    }
}

impl ReceiveQueue {
    /// How many bytes a receive would throw away: a datagram is taken whole or cut.
    pub fn cut(&self) -> u32 {
        match self.protocol {
            Protocol::Tcp => 0,
            Protocol::Udp => self.bytes.unwrap_or(0).saturating_sub(self.first_n),
        }
    }

    /// Whether nothing waits, not even an empty datagram.
    pub fn is_empty(&self) -> bool {
        self.bytes == Some(0) && self.datagrams.is_none_or(|count| count == 0)
    }
}

/// What waits to be received at a socket; `None` where nothing can, or the kernel can't be asked.
///
/// `partner` is the other end of its connection, where that is of this recording, and `unread` what sockets of the
/// recording have sent it; `n` is what the next receive asks for.
pub fn receive(
    socket: &Socket,
    sockets: &SocketTable,
    partner: Option<SocketId>,
    unread: &Unread,
    n: u32,
) -> Option<ReceiveQueue> {
    if socket.is_closed() {
        return None;
    }
    socket.observed()?.1.receive_queue?;
    let bytes = socket.unread();
    let count = bytes.unwrap_or(0);
    let (known, why_unknown, datagrams) = match (socket.protocol, socket.stage) {
        (Protocol::Tcp, Stage::Connected | Stage::Reset) => {
            let (known, why) = of_stream(count, partner, unread);
            (known, why, None)
        }
        (Protocol::Tcp, _) => return None,
        (Protocol::Udp, _) => of_datagrams(bytes, socket, sockets, unread),
    };
    Some(ReceiveQueue {
        protocol: socket.protocol,
        bytes,
        content: unread.content.iter().copied().take(known).collect(),
        why_unknown,
        first_n: count.min(n),
        datagrams,
    })
}

/// How many bytes of the content are certainly those that wait, and why not all are.
///
/// A stream has one sender, and its bytes keep their order: what the partner sent is what waits, from the first byte on.
fn of_stream(count: u32, partner: Option<SocketId>, unread: &Unread) -> (usize, Option<Unknown>) {
    let count = count as usize;
    let known = unread.content.len().min(count);
    let sent = usize::try_from(unread.known).unwrap_or(usize::MAX);
    let why = if known == count.min(CONTENT) {
        None
    } else if partner.is_none() && sent == 0 {
        Some(Unknown::Outside)
    } else if known < sent.min(count) {
        Some(Unknown::LetGo)
    } else {
        Some(Unknown::UnderWay)
    };
    (known, why)
}

/// The same of the next datagram, and how many wait.
///
/// Anyone may send to a UDP socket. The oldest datagram that sockets here have sent it is taken for the next one where
/// the kernel's count is its size, no sender outside is known and none was dropped: of those it is not told which.
fn of_datagrams(
    bytes: Option<u32>,
    socket: &Socket,
    sockets: &SocketTable,
    unread: &Unread,
) -> (usize, Option<Unknown>, Option<usize>) {
    let Some(count) = bytes else {
        return (0, None, None);
    };
    let next = unread.datagrams.first().copied();
    match next {
        // No datagram waits, or one that the kernel has not been asked about yet.
        _ if count == 0 && next != Some(0) => (0, None, None),
        None => (0, Some(Unknown::Outside), None),
        Some(size) if size != u64::from(count) => (0, Some(Unknown::Which), None),
        Some(_)
            if hears_outside(socket, sockets) || drops(socket).is_some_and(|count| count > 0) =>
        {
            (0, Some(Unknown::Which), None)
        }
        Some(_) => {
            let known = unread.content.len().min(count as usize);
            let whole = known == (count as usize).min(CONTENT);
            let why = (!whole).then_some(Unknown::LetGo);
            (known, why, Some(unread.datagrams.len()))
        }
    }
}

/// Whether the last sender was a program outside: then what comes next may be from there too. A connected UDP socket
/// hears its peer alone.
fn hears_outside(socket: &Socket, sockets: &SocketTable) -> bool {
    let sender = socket.peer.or(socket.last_sender());
    sender.is_some_and(|sender| {
        let is_there = |other: &Socket| {
            let local = other.local.filter(|_| other.protocol == Protocol::Udp);
            local.is_some_and(|local| meets(&local, &sender))
        };
        !sockets.iter().any(is_there)
    })
}

/// What the kernel has taken from sends and still keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendQueue {
    /// What that means: not acknowledged, or not yet gone.
    pub protocol: Protocol,
    /// How many bytes; of UDP, buffers included.
    pub bytes: u32,
}

impl SendQueue {
    /// What the number means, in a few words.
    pub fn words(self) -> &'static str {
        match (self.protocol, self.bytes) {
            (Protocol::Tcp, 0) => "all is acknowledged",
            (Protocol::Tcp, _) => "not acknowledged yet",
            (Protocol::Udp, 0) => "all has left",
            (Protocol::Udp, _) => "have yet to leave, buffers included",
        }
    }
}

/// What a socket's kernel keeps of its sends; `None` where it can send nothing, or the kernel can't be asked.
pub fn send(socket: &Socket) -> Option<SendQueue> {
    let bytes = socket.observed()?.1.send_queue?;
    let can = match socket.protocol {
        Protocol::Tcp => matches!(socket.stage, Stage::Connected | Stage::Reset),
        Protocol::Udp => !socket.is_closed(),
    };
    can.then_some(SendQueue {
        protocol: socket.protocol,
        bytes,
    })
}

/// A listener's accept queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptQueue {
    /// Connections that wait for accept.
    pub waiting: u32,
    /// How many there is room for: on Linux one more than the backlog.
    pub seats: u32,
    /// The argument of `listen()`.
    pub backlog: Option<i32>,
    /// The open sockets of this recording among those that wait, in the order of their connects.
    pub clients: Vec<SocketId>,
    /// Whether that is the order in which they wait, with nobody else among them.
    in_order: bool,
}

impl AcceptQueue {
    /// How many of those that wait are no open sockets here: of programs outside, or closed since.
    pub fn others(&self) -> u32 {
        let known = u32::try_from(self.clients.len()).unwrap_or(u32::MAX);
        self.waiting.saturating_sub(known)
    }

    /// Who certainly sits in a seat, counted from 0. Beside others nobody's seat is certain: the kernel does not tell who
    /// came first. Nor is it after a SYN was sent again: who connected later may have come before.
    pub fn client(&self, seat: u32) -> Option<SocketId> {
        let client = self.clients.get(seat as usize).copied();
        client.filter(|_| self.in_order)
    }
}

/// The accept queue of a listener; `None` where it does not listen, or the kernel can't be asked.
///
/// `clients` are the sockets of the recording that have connected to it and were not accepted, the oldest first.
pub fn accept(socket: &Socket, sockets: &SocketTable, clients: &[SocketId]) -> Option<AcceptQueue> {
    if socket.stage != Stage::Listening {
        return None;
    }
    let (waiting, seats) = socket.accept_queue()?;
    let clients: Vec<&Socket> = clients
        .iter()
        .filter_map(|id| sockets.get(*id))
        // Who still connects has no seat yet.
        .filter(|client| client.stage != Stage::Connecting)
        .take(waiting as usize)
        .collect();
    let again = |client: &&Socket| {
        let tcp = client.observed().and_then(|(_, seen)| seen.tcp);
        tcp.is_some_and(|tcp| tcp.retransmits > 0)
    };
    Some(AcceptQueue {
        waiting,
        seats,
        backlog: socket.backlog,
        in_order: clients.len() == waiting as usize && !clients.iter().any(again),
        clients: clients.iter().map(|client| client.id).collect(),
    })
}

/// Datagrams that the kernel dropped at this socket because its buffer was full; `None` where it can't be asked.
pub fn drops(socket: &Socket) -> Option<u32> {
    if socket.is_closed() {
        return None;
    }
    socket.observed()?.1.drops
}
