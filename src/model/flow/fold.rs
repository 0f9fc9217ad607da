//! How each fact changes what is known to have travelled.

use std::net::SocketAddr;

use crate::model::call::{Call, Outcome, Protocol, ShutdownHow, SocketId, Value};
use crate::model::errno::Errno;
use crate::model::recording::{CallEntry, Change, Recording};
use crate::model::socket::{Socket, SocketTable};

use super::connection::Told;
use super::datagram::Receipt;
use super::stream::{Piece, insert, pair};
use super::{Flow, LIMIT, Link, Load, Point};

impl Flow {
    /// What travelled in a whole recording.
    pub fn of(recording: &Recording) -> Self {
        let mut flow = Self::default();
        for change in recording.changes() {
            flow.take(change, recording);
        }
        flow
    }

    /// Takes in what one event has changed in the recording.
    pub fn take(&mut self, change: Change, recording: &Recording) {
        match change {
            Change::Ended(number) | Change::Made(number) => {
                if let Some(entry) = recording.numbered(number) {
                    self.follow(&entry, recording);
                }
            }
            Change::Observed(socket) => self.learn(socket, recording),
            Change::Started(_) | Change::Repeated(_) | Change::Other => {}
        }
    }

    fn follow(&mut self, entry: &CallEntry, recording: &Recording) {
        let sockets = recording.sockets();
        let (Some(socket), Some(outcome)) =
            (entry.socket.and_then(|id| sockets.get(id)), &entry.outcome)
        else {
            return;
        };
        let gives = Point::of(entry, entry.start.seq);
        let takes = Point::of(entry, entry.end.map_or(entry.start.seq, |end| end.seq));
        let is_tcp = socket.protocol == Protocol::Tcp;
        match (&entry.call, outcome) {
            (Call::Listen { .. }, Outcome::Ok(_)) => self.connections.listen(socket.id),
            (Call::Connect { address }, outcome) if is_tcp => {
                self.connect(socket, gives, *address, outcome, sockets);
            }
            (Call::Connect { address }, Outcome::Ok(_)) => {
                self.peers.insert(socket.id, *address);
            }
            (Call::Accept, Outcome::Ok(Value::Socket { id, peer, .. })) => {
                self.accept(takes, *id, *peer, sockets);
            }
            (_, Outcome::Ok(Value::Sent(_))) if is_tcp => self.send(socket.id, entry, gives),
            (call, Outcome::Ok(Value::Sent(count))) => {
                self.send_datagram(socket, call, *count, gives, sockets);
            }
            (_, Outcome::Ok(Value::Received { bytes, .. })) if is_tcp => {
                if entry.bytes_moved > 0 {
                    self.receive(socket.id, entry, takes);
                } else if bytes.is_empty() && !matches!(entry.call, Call::Recv { max: 0 }) {
                    self.told(socket.id, takes, false);
                }
            }
            (_, Outcome::Ok(Value::Received { bytes, peer, lost })) => {
                let receipt = Receipt {
                    row: entry.number,
                    seq: takes.seq,
                    len: bytes.len(),
                    lost: *lost,
                    bytes: bytes.whole().map(super::datagram::first),
                    from: peer.or(socket.peer),
                };
                self.receive_datagram(socket.id, receipt, sockets);
            }
            (Call::Close, Outcome::Ok(_)) => self.close(socket, gives),
            (Call::Shutdown { how }, Outcome::Ok(_)) if is_tcp && *how != ShutdownHow::Read => {
                self.finish(socket.id, gives);
            }
            (_, Outcome::Error(Errno::ECONNRESET | Errno::EPIPE)) if is_tcp => {
                // Its own shutdown(WR) gives EPIPE too: that is nobody else's doing.
                let own = entry.state.is_some_and(|state| state.write_shut);
                if *outcome != Outcome::Error(Errno::EPIPE) || !own {
                    self.told(socket.id, takes, true);
                }
            }
            _ => {}
        }
        self.learn(socket.id, recording);
    }

    pub(super) fn link(&mut self, link: Link) {
        if let (None, Some(address)) = (link.from.socket, link.from.address) {
            self.saw_outside(address);
        }
        if let (None, Some(address)) = (link.to.socket, link.to.address) {
            self.saw_outside(address);
        }
        self.others
            .insert((link.to.seq, link.from.seq, link.load.rank()), link);
        if self.others.len() > LIMIT {
            self.others.pop_first();
        }
    }

    fn saw_outside(&mut self, address: SocketAddr) {
        /// More lanes than this nobody can read.
        const MOST: usize = 64;
        if !self.outside.contains(&address) && self.outside.len() < MOST {
            self.outside.push(address);
        }
    }

    /// Its addresses may be known now.
    fn learn(&mut self, id: SocketId, recording: &Recording) {
        let sockets = recording.sockets();
        let Some(socket) = sockets.get(id) else {
            return;
        };
        match socket.protocol {
            Protocol::Udp => self.retry(sockets),
            Protocol::Tcp => {
                if let Some(other) = self.connections.meet(socket, sockets) {
                    self.met(id, other);
                }
            }
        }
    }

    /// The two ends of a connection were found.
    fn met(&mut self, one: SocketId, other: SocketId) {
        for (sender, receiver) in [(one, other), (other, one)] {
            self.pair_from(sender, receiver, 0);
            self.end_arrives(sender, receiver);
            self.seat(sender, receiver);
        }
    }

    /// Draws the seat in the accept queue to the accept that took it, once both are known.
    fn seat(&mut self, client: SocketId, accepted: SocketId) {
        let connect = self.connections.connects.get(&client);
        let accept = self.connections.births.get(&accepted);
        if let (Some(from), Some(to)) = (connect.copied(), accept.copied()) {
            let load = Load::Seat;
            self.link(Link { from, to, load });
        }
    }
}

/// Streams.
impl Flow {
    fn send(&mut self, socket: SocketId, entry: &CallEntry, at: Point) {
        let Some(piece) = piece(entry, at) else {
            return;
        };
        insert(&mut self.halves.entry(socket).or_default().sends, piece);
        if let Some(receiver) = self.connections.partner(socket) {
            self.pair_from(socket, receiver, piece.offset);
        }
        self.keep_within_limit();
    }

    fn receive(&mut self, socket: SocketId, entry: &CallEntry, at: Point) {
        let Some(piece) = piece(entry, at) else {
            return;
        };
        insert(&mut self.halves.entry(socket).or_default().recvs, piece);
        if let Some(sender) = self.connections.partner(socket) {
            self.pair_from(sender, socket, piece.offset);
        }
        self.keep_within_limit();
    }

    fn pair_from(&mut self, sender: SocketId, receiver: SocketId, offset: u64) {
        let mut half = self.halves.remove(&receiver).unwrap_or_default();
        let sends = match self.halves.get(&sender) {
            Some(other) => other.sends.as_slice(),
            None if sender == receiver => half.sends.as_slice(),
            None => &[],
        };
        let mut shares = std::mem::take(&mut half.shares);
        pair(sends, &half.recvs, &mut shares, offset);
        half.shares = shares;
        self.halves.insert(receiver, half);
    }

    fn keep_within_limit(&mut self) {
        self.pieces += 2;
        if self.pieces <= LIMIT {
            return;
        }
        let halves = self.halves.values();
        let mut seqs: Vec<u64> = halves
            .flat_map(|half| half.sends.iter().chain(&half.recvs).map(|piece| piece.seq))
            .collect();
        seqs.sort_unstable();
        let cut = seqs.get(seqs.len() / 4).copied().unwrap_or_default();
        for half in self.halves.values_mut() {
            half.forget_before(cut);
        }
        self.pieces = self.halves.values().map(super::stream::Half::len).sum();
    }
}

/// Connections.
impl Flow {
    fn connect(
        &mut self,
        socket: &Socket,
        at: Point,
        address: SocketAddr,
        outcome: &Outcome,
        sockets: &SocketTable,
    ) {
        let is_taken = match outcome {
            Outcome::Ok(_) | Outcome::Interrupted => true,
            Outcome::Error(errno) if errno.is_would_block() => true,
            Outcome::Error(Errno::ECONNREFUSED) => false,
            Outcome::Error(_) => return,
        };
        let load = Load::Connect { is_taken };
        let listener = self.connections.listener(&address, at.seq, sockets);
        let to = match listener {
            Some(listener) => Point::in_queue(listener, at.seq),
            None if is_taken => Point::outside(address, at.seq),
            // Nobody was there: it ends where it began.
            None => Point { row: None, ..at },
        };
        let is_first = !self.connections.connects.contains_key(&socket.id);
        if is_first || !is_taken {
            self.link(Link { from: at, to, load });
        }
        if !is_taken || !is_first {
            return;
        }
        self.connections.connects.insert(socket.id, at);
        match (self.partner(socket.id), listener) {
            (Some(accepted), _) => self.seat(socket.id, accepted),
            (None, Some(listener)) => {
                let seats = &mut self.connections.seated;
                seats.insert(at.seq, (socket.id, listener));
            }
            (None, None) => {}
        }
    }

    fn accept(
        &mut self,
        at: Point,
        new: SocketId,
        peer: Option<SocketAddr>,
        sockets: &SocketTable,
    ) {
        let load = Load::Birth;
        let to = Point::in_queue(new, at.seq);
        self.link(Link { from: at, to, load });
        self.connections.births.insert(new, at);
        let Some(socket) = sockets.get(new) else {
            return;
        };
        if let Some(client) = self.connections.meet(socket, sockets) {
            self.met(new, client);
        } else if let Some(peer) = peer.filter(|peer| !self.may_be_ours(*peer, sockets)) {
            let from = Point::outside(peer, at.seq);
            let load = Load::Seat;
            self.link(Link { from, to: at, load });
        }
    }

    /// Whether a client of the recording may have that address: its own is not known yet.
    fn may_be_ours(&self, peer: SocketAddr, sockets: &SocketTable) -> bool {
        sockets.open().any(|socket| {
            let unknown = socket
                .local
                .is_none_or(|local| local.port() == 0 || local == peer);
            socket.target.is_some() && unknown && self.partner(socket.id).is_none()
        })
    }

    fn close(&mut self, socket: &Socket, at: Point) {
        match socket.protocol {
            Protocol::Tcp => {
                self.connections
                    .seated
                    .retain(|_, (client, listener)| *client != socket.id && *listener != socket.id);
                self.finish(socket.id, at);
            }
            Protocol::Udp => self.close_inbox(socket.id, at.seq),
        }
    }

    fn finish(&mut self, socket: SocketId, at: Point) {
        self.connections.finishes.entry(socket).or_insert(at);
        if let Some(receiver) = self.partner(socket) {
            self.end_arrives(socket, receiver);
        }
    }

    /// A call of `socket` was told that the other end has finished, or that the connection is gone.
    fn told(&mut self, socket: SocketId, point: Point, is_reset: bool) {
        let told = &mut self.connections.told;
        let newer = told
            .get(&socket)
            .is_none_or(|told| is_reset && !told.is_reset);
        if !newer {
            return;
        }
        told.insert(socket, Told { point, is_reset });
        if let Some(sender) = self.partner(socket) {
            self.end_arrives(sender, socket);
        }
    }

    /// Draws the end of the sender's bytes to the call that was told, once both are known.
    fn end_arrives(&mut self, sender: SocketId, receiver: SocketId) {
        let finish = self.connections.finishes.get(&sender);
        let told = self.connections.told.get(&receiver);
        let (Some(from), Some(told)) = (finish.copied(), told.copied()) else {
            return;
        };
        if from.seq < told.point.seq {
            let load = if told.is_reset {
                Load::Reset
            } else {
                Load::End
            };
            let to = told.point;
            self.link(Link { from, to, load });
        }
    }
}

fn piece(entry: &CallEntry, at: Point) -> Option<Piece> {
    let piece = Piece {
        offset: entry.offset?,
        len: entry.bytes_moved,
        row: entry.number,
        seq: at.seq,
    };
    (piece.len > 0).then_some(piece)
}
