//! How each fact changes what is known to have travelled.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{Call, Outcome, Protocol, ShutdownHow, SocketId, Value};
use crate::model::errno::Errno;
use crate::model::recording::{CallEntry, Change, Recording};
use crate::model::socket::{Socket, SocketTable, canonical};

use super::datagram::Receipt;
use super::stream::{Piece, insert, pair};
use super::{Flow, Handshake, LIMIT, Link, Load, Point};

impl Flow {
    /// What travelled in a whole recording.
    pub fn of(recording: &Recording) -> Self {
        let mut flow = Self::knowing(recording);
        for change in recording.changes() {
            flow.take(change, recording);
        }
        flow
    }

    /// Nothing has travelled, but all addresses of a recording are known.
    pub(in crate::model) fn knowing(recording: &Recording) -> Self {
        let mut flow = Self::default();
        for socket in recording.sockets().iter() {
            flow.know_port(socket);
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
            Change::Repeated(number) => {
                // The others of a folded row say the same of what came before them.
                if let Some(entry) = recording.numbered(number)
                    && let (Some(socket), Some(end)) = (entry.socket, entry.end)
                {
                    self.nothing_waits(socket, end.seq);
                }
            }
            Change::Started(_) | Change::Other => {}
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
                self.connect(socket, entry, *address, outcome, sockets);
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
                    self.told(socket, takes, Load::End);
                }
            }
            (_, Outcome::Ok(Value::Received { bytes, peer, lost })) => {
                let receipt = Receipt {
                    row: entry.number,
                    seq: takes.seq,
                    len: bytes.len(),
                    lost: *lost,
                    bytes: bytes.whole().map(super::datagram::first),
                    from: peer.or(self.peers.get(&socket.id).copied()),
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
                    self.told(socket, takes, Load::Reset);
                }
            }
            (call, Outcome::Error(errno)) if !is_tcp => {
                self.datagram_error(socket.id, call, *errno, gives.seq);
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
        // Of a handshake with somebody who has no lane there is nothing to draw.
        let is_seat = matches!(link.load, Load::Seat);
        let from = link.from.address.filter(|_| link.from.socket.is_none());
        if is_seat && from.is_some_and(|from| !self.outside.contains(&from)) {
            return;
        }
        self.others
            .insert((link.to.seq, link.from.seq, link.load.rank()), link);
        self.others.keep_last(LIMIT);
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
            Protocol::Udp => {
                self.know_port(socket);
                self.retry(sockets);
            }
            Protocol::Tcp => {
                if let Some(other) = self.connections.meet(socket, sockets) {
                    self.met(id, other);
                }
                self.decide_accepts(sockets);
                self.knock_again(socket, recording);
                self.shake_hands(socket, sockets);
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
    pub(super) fn seat(&mut self, client: SocketId, accepted: SocketId) {
        let connect = self.connections.connects.get(&client);
        let connect = connect.filter(|(.., handshake)| {
            // Where its seat was is known once its handshake is.
            !matches!(handshake, Handshake::UnderWay | Handshake::Unanswered)
        });
        let connect = connect.map(|(at, ..)| *at);
        if let (Some(from), Some(to)) = (connect, self.connections.birth(accepted)) {
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
        self.halves.change(socket, |half| {
            insert(&mut Arc::make_mut(half).sends, piece);
        });
        if let Some(receiver) = self.connections.partner(socket) {
            self.pair_from(socket, receiver, piece.offset);
        }
        self.keep_within_limit();
    }

    fn receive(&mut self, socket: SocketId, entry: &CallEntry, at: Point) {
        let Some(piece) = piece(entry, at) else {
            return;
        };
        self.halves.change(socket, |half| {
            insert(&mut Arc::make_mut(half).recvs, piece);
        });
        if let Some(sender) = self.connections.partner(socket) {
            self.pair_from(sender, socket, piece.offset);
        }
        self.keep_within_limit();
    }

    fn pair_from(&mut self, sender: SocketId, receiver: SocketId, offset: u64) {
        let other = self.halves.get(&sender).cloned().unwrap_or_default();
        self.halves.change(receiver, |half| {
            let half = Arc::make_mut(half);
            pair(&other.sends, &half.recvs, &mut half.shares, offset);
        });
    }

    fn keep_within_limit(&mut self) {
        self.pieces += 2;
        if self.pieces <= LIMIT {
            return;
        }
        let halves = self.halves.values();
        let pieces = halves.flat_map(|half| [&half.sends, &half.recvs]);
        // A part of them tells where about the oldest quarter ends: to look at each would hold up a frame.
        let mut sample: Vec<(u64, usize)> = pieces
            .flat_map(|pieces| pieces.sample().map(|(piece, count)| (piece.seq, count)))
            .collect();
        sample.sort_unstable();
        let mut quarter = sample.iter().map(|(_, count)| count).sum::<usize>() / 4;
        let end = sample.iter().find(|(_, count)| {
            let is_beyond = *count > quarter;
            quarter = quarter.saturating_sub(*count);
            is_beyond
        });
        let cut = end.map_or(0, |(seq, _)| *seq);
        let halves = self.halves.iter();
        let older = halves.filter(|(_, half)| half.begins() < cut);
        let ids: Vec<SocketId> = older.map(|(id, _)| *id).collect();
        for id in ids {
            self.halves
                .change(id, |half| Arc::make_mut(half).forget_before(cut));
        }
        self.pieces = self.halves.values().map(|half| half.len()).sum();
    }
}

/// Connections.
impl Flow {
    fn accept(
        &mut self,
        at: Point,
        new: SocketId,
        peer: Option<SocketAddr>,
        sockets: &SocketTable,
    ) {
        self.connections.bear(new, at);
        let Some(socket) = sockets.get(new) else {
            return;
        };
        if let Some(client) = self.connections.meet(socket, sockets) {
            if let Some(client) = sockets.get(client) {
                self.shake_hands(client, sockets);
            }
            self.met(new, client);
        } else if let Some(peer) = peer {
            self.undecided.push((new, at, canonical(peer)));
            self.decide_accepts(sockets);
        }
    }

    /// Tells those accepted sockets apart whose other end is outside, once no client of the recording can be it.
    fn decide_accepts(&mut self, sockets: &SocketTable) {
        let mut undecided = std::mem::take(&mut self.undecided);
        undecided.retain(|(new, at, peer)| {
            if self.partner(*new).is_some() {
                return false;
            }
            if self.may_be_ours(*peer, sockets) {
                return true;
            }
            self.connections.came_from_outside(*new, peer);
            let from = Point::outside(*peer, at.seq);
            let load = Load::Seat;
            self.link(Link {
                from,
                to: *at,
                load,
            });
            false
        });
        self.undecided = undecided;
    }

    /// Whether a client of the recording may have that address: its own is not known yet.
    fn may_be_ours(&self, peer: SocketAddr, sockets: &SocketTable) -> bool {
        sockets.clients().any(|socket| {
            let unknown = socket
                .local
                .is_none_or(|local| local.port() == 0 || canonical(local) == peer);
            unknown && self.partner(socket.id).is_none()
        })
    }

    fn close(&mut self, socket: &Socket, at: Point) {
        match socket.protocol {
            Protocol::Tcp => {
                let connections = &mut self.connections;
                connections.seated.remove(&socket.id);
                for client in connections.clients_of(socket.id) {
                    connections.seated.remove(&client);
                    connections.orphans.insert(client, at);
                }
                connections.closes.insert_new(socket.id, at);
                self.finish(socket.id, at);
            }
            Protocol::Udp => self.close_inbox(socket.id, at.seq),
        }
    }

    fn finish(&mut self, socket: SocketId, at: Point) {
        self.connections.finishes.insert_new(socket, at);
        if let Some(receiver) = self.partner(socket) {
            self.end_arrives(socket, receiver);
        }
    }

    /// A call of `socket` was told that the other end has finished, or that the connection is gone.
    fn told(&mut self, socket: &Socket, point: Point, load: Load) {
        let told = match load {
            Load::Reset => &mut self.connections.resets,
            _ => &mut self.connections.ends,
        };
        if told.contains(&socket.id) {
            return;
        }
        told.insert(socket.id, point);
        let outside = socket.peer.or(socket.target).map(canonical);
        if let Some(sender) = self.partner(socket.id) {
            self.end_arrives(sender, socket.id);
        } else if let Some(from) = self.connections.orphans.get(&socket.id).copied() {
            self.link(Link {
                from,
                to: point,
                load,
            });
        } else if let Some(peer) = outside.filter(|peer| self.outside.contains(peer)) {
            let from = Point::outside(peer, point.seq);
            self.link(Link {
                from,
                to: point,
                load,
            });
        }
    }

    /// Draws what ended the connection to the calls that were told, once both are known: a FIN from the first call that
    /// stopped sending, a reset from the close.
    fn end_arrives(&mut self, sender: SocketId, receiver: SocketId) {
        let connections = &self.connections;
        let pairs = [
            (&connections.finishes, &connections.ends, Load::End),
            (&connections.closes, &connections.resets, Load::Reset),
        ];
        let found = pairs.map(|(from, to, load)| {
            let (from, to) = (*from.get(&sender)?, *to.get(&receiver)?);
            (from.seq < to.seq).then_some(Link { from, to, load })
        });
        for link in found.into_iter().flatten() {
            self.link(link);
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
