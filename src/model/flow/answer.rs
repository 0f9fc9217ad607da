//! What is asked of what travelled.

use std::ops::RangeInclusive;

use crate::model::call::{Call, Protocol, SocketId};
use crate::model::chunks::Chunks;
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::model::socket::{Socket, canonical};

use super::stream::{Piece, Share};
use super::{Flow, Handshake, Link, Load, Point, Progress, Unread};

impl Point {
    pub(super) fn of(entry: &CallEntry, seq: u64) -> Self {
        Self {
            socket: entry.socket,
            address: None,
            row: Some(entry.number),
            seq,
        }
    }

    /// A call on a socket.
    pub(super) fn on(socket: SocketId, row: RowNumber, seq: u64) -> Self {
        Self {
            socket: Some(socket),
            address: None,
            row: Some(row),
            seq,
        }
    }

    /// The same at another place in the order of things.
    pub(super) fn at(self, seq: u64) -> Self {
        Self { seq, ..self }
    }

    /// In a socket's queue: no call has taken it.
    pub(super) fn in_queue(socket: SocketId, seq: u64) -> Self {
        Self {
            socket: Some(socket),
            address: None,
            row: None,
            seq,
        }
    }

    pub(super) fn outside(address: std::net::SocketAddr, seq: u64) -> Self {
        Self {
            socket: None,
            address: Some(address),
            row: None,
            seq,
        }
    }
}

impl Flow {
    /// The socket at the other end of a TCP connection, where both ends are of this recording.
    pub fn partner(&self, socket: SocketId) -> Option<SocketId> {
        self.connections.partner(socket)
    }

    /// Whether that call is a connect whose handshake is drawn at that place in the order of things: with a listener, or
    /// a program outside.
    pub fn shakes_hands(&self, connect: RowNumber, seq: u64) -> bool {
        let links = self.others.from(&(seq, seq, 0));
        let mut links = links.take_while(|link| (link.to.seq, link.from.seq) == (seq, seq));
        links.any(|link| {
            let is_seen = matches!(
                link.load,
                Load::Connect {
                    handshake: Handshake::Done
                        | Handshake::Late { .. }
                        | Handshake::UnderWay
                        | Handshake::Unanswered
                }
            );
            is_seen && link.from.row == Some(connect) && link.to.socket != link.from.socket
        })
    }

    /// Whether a call's bytes went to the socket that sent them.
    pub fn is_to_itself(&self, entry: &CallEntry) -> bool {
        let Some(socket) = entry.socket.filter(|_| entry.method().sends()) else {
            return false;
        };
        let inbox = self.inboxes.get(&socket);
        let last = inbox.and_then(|inbox| inbox.waiting.back());
        let is_connected = self.partner(socket) == Some(socket);
        is_connected || last.is_some_and(|last| last.row == entry.number)
    }

    /// The clients whose connection waits for this listener's accept, the oldest first.
    pub fn queued_clients(&self, listener: SocketId) -> Vec<SocketId> {
        self.connections.clients_of(listener)
    }

    /// Whether a client's connection waits for an accept.
    pub fn is_queued(&self, client: SocketId) -> bool {
        self.connections.seated.contains(&client)
    }

    /// Addresses outside the recording that something came from or went to, in the order of their appearance.
    pub fn outside(&self) -> &[std::net::SocketAddr] {
        &self.outside
    }

    /// How far the bytes of a send got; `None` of a row that is no send, or sent nothing.
    pub fn progress(&self, row: RowNumber, recording: &Recording) -> Option<Progress> {
        let entry = recording.numbered(row)?;
        let sends = entry.method().sends() && entry.bytes_moved > 0;
        let socket = recording.sockets().get(entry.socket.filter(|_| sends)?)?;
        let taken = entry.bytes_moved;
        let mut progress = Progress {
            taken,
            arrived: None,
            read: None,
        };
        if socket.protocol == Protocol::Udp {
            if let Some(read) = self.fates.get(&row) {
                progress.arrived = read.map(|_| taken);
                progress.read = *read;
            } else if self.lies_first(row, recording) {
                progress.arrived = Some(taken);
                progress.read = Some(0);
            }
            return Some(progress);
        }
        let Some(offset) = entry.offset else {
            return Some(progress);
        };
        let within = |total: u64| total.saturating_sub(offset).min(taken);
        let other = self.partner(socket.id);
        if let Some(other) = other.and_then(|id| recording.sockets().get(id)) {
            let read = within(other.received);
            let arrived = other.arrived().map(|arrived| within(arrived).max(read));
            progress.read = Some(read);
            progress.arrived = arrived.or((read == taken).then_some(read));
        } else if let Some(acknowledged) = socket.acknowledged() {
            progress.arrived = Some(within(acknowledged));
        }
        Some(progress)
    }

    /// Whether the kernel has told of that datagram as the next to be received.
    fn lies_first(&self, row: RowNumber, recording: &Recording) -> bool {
        self.inboxes.iter().any(|(receiver, inbox)| {
            let first = inbox.waiting.front().filter(|first| first.row == row);
            let seen = recording
                .sockets()
                .get(*receiver)
                .and_then(Socket::observed);
            first.zip(seen).is_some_and(|(first, (stamp, seen))| {
                let len = u32::try_from(first.len).ok();
                stamp.seq > first.seq && len > Some(0) && seen.receive_queue == len
            })
        })
    }

    /// What a socket has been sent and has not received; of the content at most the first `most` bytes.
    pub fn unread(&self, socket: SocketId, recording: &Recording, most: usize) -> Unread {
        let sockets = recording.sockets();
        let Some(receiver) = sockets.get(socket).filter(|socket| !socket.is_closed()) else {
            return Unread::default();
        };
        if receiver.protocol == Protocol::Udp {
            return self.unread_datagrams(socket, most);
        }
        let Some(sender) = self.partner(socket).and_then(|id| sockets.get(id)) else {
            return Unread::default();
        };
        Unread {
            known: sender.sent.saturating_sub(receiver.received),
            content: self.content(sender, receiver.received, recording, most),
            datagrams: Vec::new(),
        }
    }

    fn unread_datagrams(&self, socket: SocketId, most: usize) -> Unread {
        let Some(inbox) = self.inboxes.get(&socket) else {
            return Unread::default();
        };
        let first = inbox.waiting.front();
        let content = first.map(|first| first.bytes.iter().take(most).copied().collect());
        let datagrams: Vec<u64> = inbox.waiting.iter().map(|datagram| datagram.len).collect();
        Unread {
            known: datagrams.iter().sum(),
            content: content.unwrap_or_default(),
            datagrams,
        }
    }

    /// What the sender's stream holds from `from` on, as long as it is known without a gap.
    fn content(&self, sender: &Socket, from: u64, recording: &Recording, most: usize) -> Vec<u8> {
        let mut content = Vec::new();
        let mut next = from;
        let Some(half) = self.halves.get(&sender.id) else {
            return content;
        };
        let first = half.sends.partition_point(|piece| piece.end() <= from);
        for (index, piece) in (first..).zip(half.sends.range(first..half.sends.len())) {
            let Some(skip) = next.checked_sub(piece.offset) else {
                break;
            };
            let len = piece
                .len
                .saturating_sub(skip)
                .min((most - content.len()) as u64) as usize;
            let bytes = recording.numbered(piece.row).and_then(|entry| {
                let before = entry.part.map_or(0, |part| part as usize - 1);
                let begin = half.sends.get(index.checked_sub(before)?)?;
                let is_its_first = before == 0 || recording.numbered(begin.row)?.part == Some(1);
                let begin = is_its_first.then_some(begin.offset)?;
                sent_bytes(&entry, (piece.offset + skip - begin) as usize, len)
            });
            let Some(bytes) = bytes else {
                break;
            };
            content.extend(bytes);
            next = piece.end();
            if content.len() >= most {
                break;
            }
        }
        content
    }
}

/// The bytes that a send took, of the payload that its row holds: a sendall's later parts begin in its middle.
fn sent_bytes(entry: &CallEntry, begin: usize, len: usize) -> Option<Vec<u8>> {
    let (Call::Send { payload } | Call::SendAll { payload } | Call::SendTo { payload, .. }) =
        &entry.call
    else {
        return None;
    };
    payload.slice(begin, len).filter(|_| !entry.folded)
}

/// Links.
impl Flow {
    /// All that travelled and was taken, and what nobody has taken yet.
    pub fn links(&self, recording: &Recording) -> Vec<Link> {
        self.links_in(0..=u64::MAX, recording)
    }

    /// What travelled in a stretch of the order of things: left, arrived or was under way in it.
    pub fn links_in(&self, seqs: RangeInclusive<u64>, recording: &Recording) -> Vec<Link> {
        let mut links = Vec::new();
        self.others_in(&seqs, &mut links);
        for (id, half) in self.halves.iter() {
            let Some(socket) = recording.sockets().get(*id) else {
                continue;
            };
            let first = half
                .shares
                .partition_point(|share| share.recv.seq < *seqs.start());
            let shares = half.shares.range(first..half.shares.len());
            let sender = self.partner(*id);
            links.extend(
                shares
                    .take_while(|share| share.send.seq <= *seqs.end())
                    .map(|share| share_link(share, sender, *id)),
            );
            self.came_from_outside(socket, &half.recvs, &seqs, &mut links);
            self.not_taken(socket, &half.sends, &seqs, recording, &mut links);
        }
        self.waiting_datagrams(&seqs, &mut links);
        links.sort_by_key(|link| (link.from.seq, link.to.seq, link.to.socket));
        links
    }

    fn others_in(&self, seqs: &RangeInclusive<u64>, links: &mut Vec<Link>) {
        /// So many links in a row that begin below the stretch are skipped: they overlap only where calls did.
        const BELOW: usize = 64;
        let mut below = 0;
        for link in self.others.from(&(*seqs.start(), 0, 0)) {
            if link.from.seq > *seqs.end() {
                below += 1;
                if below > BELOW {
                    break;
                }
                continue;
            }
            links.push(*link);
        }
        links.extend(self.connections.births_in(seqs));
    }

    /// What came from a peer outside the recording: when it left is not known.
    fn came_from_outside(
        &self,
        socket: &Socket,
        recvs: &Chunks<Piece>,
        seqs: &RangeInclusive<u64>,
        links: &mut Vec<Link>,
    ) {
        let outside = self
            .outside
            .iter()
            .find(|address| socket.peer.map(canonical) == Some(**address));
        let Some(address) = outside.filter(|_| self.partner(socket.id).is_none()) else {
            return;
        };
        for piece in within(recvs, seqs) {
            let load = Load::Bytes {
                offset: piece.offset,
                len: piece.len,
                of: piece.len,
            };
            let from = Point::outside(*address, piece.seq);
            let to = at(piece, socket.id);
            links.push(Link { from, to, load });
        }
    }

    /// What a socket sent and nobody of the recording received.
    fn not_taken(
        &self,
        socket: &Socket,
        sends: &Chunks<Piece>,
        seqs: &RangeInclusive<u64>,
        recording: &Recording,
        links: &mut Vec<Link>,
    ) {
        let sockets = recording.sockets();
        let partner = self.partner(socket.id).and_then(|id| sockets.get(id));
        let seat = self
            .connections
            .seated
            .get(&socket.id)
            .map(|(_, listener)| *listener);
        let orphaned = self.connections.orphans.get(&socket.id);
        let seat = seat.or_else(|| orphaned.and_then(|close| close.socket));
        for piece in within(sends, seqs) {
            let received = partner.map_or(0, |other| other.received);
            if piece.end() <= received {
                continue;
            }
            let to = match (partner, seat, socket.peer.or(socket.target).map(canonical)) {
                (Some(other), ..) => Point::in_queue(other.id, piece.seq),
                (None, Some(listener), _) => Point::in_queue(listener, piece.seq),
                (None, None, Some(address)) if self.outside.contains(&address) => {
                    Point::outside(address, piece.seq)
                }
                _ => continue,
            };
            let offset = piece.offset.max(received);
            let load = Load::Bytes {
                offset,
                len: piece.end() - offset,
                of: piece.len,
            };
            let from = at(piece, socket.id);
            links.push(Link { from, to, load });
        }
    }

    fn waiting_datagrams(&self, seqs: &RangeInclusive<u64>, links: &mut Vec<Link>) {
        for (receiver, inbox) in self.inboxes.iter() {
            let first = inbox
                .waiting
                .partition_point(|datagram| datagram.seq < *seqs.start());
            let waiting = inbox.waiting.range(first..);
            for datagram in waiting.take_while(|datagram| datagram.seq <= *seqs.end()) {
                let from = Point {
                    socket: Some(datagram.from),
                    address: None,
                    row: Some(datagram.row),
                    seq: datagram.seq,
                };
                let load = Load::Datagram {
                    len: datagram.len,
                    lost: 0,
                };
                let to = Point::in_queue(*receiver, datagram.seq);
                links.push(Link { from, to, load });
            }
        }
    }
}

fn within<'a>(
    pieces: &'a Chunks<Piece>,
    seqs: &RangeInclusive<u64>,
) -> impl Iterator<Item = &'a Piece> {
    let first = pieces.partition_point(|piece| piece.seq < *seqs.start());
    let end = *seqs.end();
    pieces
        .range(first..pieces.len())
        .take_while(move |piece| piece.seq <= end)
}

fn at(piece: &Piece, socket: SocketId) -> Point {
    Point {
        socket: Some(socket),
        address: None,
        row: Some(piece.row),
        seq: piece.seq,
    }
}

fn share_link(share: &Share, sender: Option<SocketId>, receiver: SocketId) -> Link {
    Link {
        from: Point {
            socket: sender,
            ..at(&share.send, receiver)
        },
        to: at(&share.recv, receiver),
        load: Load::Bytes {
            offset: share.offset,
            len: share.len,
            of: share.send.len,
        },
    }
}
