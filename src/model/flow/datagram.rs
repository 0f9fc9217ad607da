//! Which recvfrom got which datagram, and which got none.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::SocketId;
use crate::model::call::{Call, Protocol};
use crate::model::recording::RowNumber;
use crate::model::socket::{Socket, SocketTable, canonical, meets};

use crate::model::errno::Errno;

use super::{FATES, Flow, Link, Load, Loss, Point};

/// So many of a datagram's first bytes tell it from others.
const TOLD_BY: usize = 256;

/// A datagram that a socket of the recording sent to another.
#[derive(Clone, Debug)]
pub(super) struct Datagram {
    pub(super) row: RowNumber,
    /// The sending call's place in the order of things.
    pub(super) seq: u64,
    pub(super) from: SocketId,
    pub(super) len: u64,
    /// Its first bytes, at most [`TOLD_BY`].
    pub(super) bytes: Box<[u8]>,
}

/// A receive that got a datagram.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    pub(super) row: RowNumber,
    /// When it returned: what was sent later is not what it got.
    pub(super) seq: u64,
    /// Bytes it got.
    pub(super) len: u64,
    /// Bytes that were cut off.
    pub(super) lost: u64,
    /// Its first bytes, at most [`TOLD_BY`], while they are kept.
    pub(super) bytes: Option<Box<[u8]>>,
    /// Who sent it.
    pub(super) from: Option<SocketAddr>,
}

impl Receipt {
    fn fits(&self, datagram: &Datagram) -> bool {
        let same = self
            .bytes
            .as_ref()
            .is_none_or(|got| datagram.bytes.starts_with(got));
        datagram.seq < self.seq && datagram.len == self.len + self.lost && same
    }
}

/// The datagrams on their way to one socket.
///
/// One sender's datagrams arrive in the order sent on this computer, so when a later one was received, those before it
/// were dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    pub(super) waiting: VecDeque<Datagram>,
    /// Receives whose datagram was not told of yet.
    pub(super) early: VecDeque<Receipt>,
}

/// What came of a datagram.
#[derive(Debug)]
pub(super) enum Fate {
    Received(Datagram, Receipt),
    Dropped(Datagram),
}

/// So many receives are remembered in case their datagram is told of later: such are told of soon, or never.
const EARLY: usize = 64;
/// So many datagrams can wait: more than any receive buffer holds of the smallest.
const WAITING: usize = 65_536;

impl Inbox {
    /// A datagram was sent here.
    pub(super) fn send(
        &mut self,
        datagram: Datagram,
        is_from: impl Fn(SocketId, SocketAddr) -> bool,
    ) -> Option<Fate> {
        let found = self.early.iter().position(|receipt| {
            let known = receipt.from.is_none_or(|from| is_from(datagram.from, from));
            known && receipt.fits(&datagram)
        });
        if let Some(receipt) = found.and_then(|index| self.early.remove(index)) {
            return Some(Fate::Received(datagram, receipt));
        }
        let later = |other: &&Datagram| other.seq > datagram.seq;
        let back = self.waiting.iter().rev().take_while(later).count();
        self.waiting.insert(self.waiting.len() - back, datagram);
        if self.waiting.len() > WAITING {
            return self.waiting.pop_front().map(Fate::Dropped);
        }
        None
    }

    /// A receive returned.
    pub(super) fn receive(
        &mut self,
        receipt: Receipt,
        is_from: impl Fn(SocketId, SocketAddr) -> bool,
    ) -> Vec<Fate> {
        let found = self.waiting.iter().position(|datagram| {
            let known = receipt.from.is_none_or(|from| is_from(datagram.from, from));
            known && receipt.fits(datagram)
        });
        let Some(datagram) = found.and_then(|index| self.waiting.remove(index)) else {
            self.early.push_back(receipt);
            if self.early.len() > EARLY {
                self.early.pop_front();
            }
            return Vec::new();
        };
        let mut fates = Vec::new();
        if found != Some(0) {
            let passed = |other: &Datagram| other.from == datagram.from && other.seq < datagram.seq;
            let all = std::mem::take(&mut self.waiting);
            let (gone, stay): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(passed);
            self.waiting = stay;
            fates.extend(gone.into_iter().map(Fate::Dropped));
        }
        fates.push(Fate::Received(datagram, receipt));
        fates
    }
}

/// Datagrams.
impl Flow {
    pub(super) fn send_datagram(
        &mut self,
        socket: &Socket,
        call: &Call,
        len: u64,
        at: Point,
        sockets: &SocketTable,
    ) {
        let (address, payload) = match call {
            Call::SendTo { address, payload } => (Some(address), payload),
            Call::Send { payload } | Call::SendAll { payload } => {
                (self.peers.get(&socket.id), payload)
            }
            _ => return,
        };
        let (Some(address), Some(row)) = (address.copied(), at.row) else {
            return;
        };
        let Some(receiver) = self.receiver(&address, at.seq, sockets) else {
            let load = Load::Datagram { len, lost: 0 };
            let to = Point::outside(canonical(address), at.seq);
            self.link(Link { from: at, to, load });
            return;
        };
        let datagram = Datagram {
            row,
            seq: at.seq,
            from: socket.id,
            len,
            bytes: first(&payload.to_bytes().unwrap_or_default()),
        };
        // A connected UDP socket takes datagrams of its peer only.
        let foreign = self
            .peers
            .get(&receiver.id)
            .is_some_and(|peer| socket.local.is_some_and(|local| !meets(&local, peer)));
        if foreign {
            self.lost(&datagram, receiver.id, at.seq, Loss::NotItsPeer);
            return;
        }
        let id = receiver.id;
        let is_from = |socket, address| has_address(sockets, socket, address);
        let fate = self
            .inboxes
            .change(id, |inbox| Arc::make_mut(inbox).send(datagram, is_from));
        if let Some(fate) = fate {
            self.note_early(id);
            self.decide(id, fate);
        }
    }

    pub(super) fn receive_datagram(
        &mut self,
        socket: SocketId,
        receipt: Receipt,
        sockets: &SocketTable,
    ) {
        let is_from = |socket, address| has_address(sockets, socket, address);
        let from = receipt.from;
        let (seq, row, len, lost) = (receipt.seq, receipt.row, receipt.len, receipt.lost);
        let fates = self.inboxes.change(socket, |inbox| {
            Arc::make_mut(inbox).receive(receipt, is_from)
        });
        self.note_early(socket);
        let waiting = self.inboxes.get(&socket).map(|inbox| &inbox.waiting);
        // A sender without a bind has its address told a moment later than what it sent.
        let is_untold = |id: SocketId| {
            let local = sockets.get(id).and_then(|socket| socket.local);
            local.is_none_or(|local| local.port() == 0)
        };
        let may_be_ours = |address: SocketAddr| {
            let mut waiting = waiting.into_iter().flatten();
            let mut near = self.on_port(address.port());
            waiting.any(|datagram| is_untold(datagram.from))
                || near.any(|other| has_address(sockets, other, address))
        };
        if fates.is_empty()
            && let Some(address) = from
            && !may_be_ours(address)
        {
            self.inboxes.change(socket, |inbox| {
                Arc::make_mut(inbox).early.retain(|early| early.row != row);
            });
            self.note_early(socket);
            let to = Point {
                socket: Some(socket),
                address: None,
                row: Some(row),
                seq,
            };
            let load = Load::Datagram { len, lost };
            let from = Point::outside(canonical(address), seq);
            self.link(Link { from, to, load });
        }
        for fate in fates {
            self.decide(socket, fate);
        }
    }

    /// Tries the receives whose datagram was not known: an address was learnt.
    pub(super) fn retry(&mut self, sockets: &SocketTable) {
        let waits = |id: &SocketId| {
            let inbox = self.inboxes.get(id);
            inbox.is_some_and(|inbox| !inbox.waiting.is_empty())
        };
        let ids: Vec<SocketId> = self.early.keys().copied().filter(waits).collect();
        for id in ids {
            let early = self
                .inboxes
                .get_mut(&id)
                .map(|inbox| std::mem::take(&mut Arc::make_mut(inbox).early));
            for receipt in early.into_iter().flatten() {
                self.receive_datagram(id, receipt, sockets);
            }
        }
    }

    /// Takes note of whether a receive waits in that inbox for its datagram to be told of.
    fn note_early(&mut self, id: SocketId) {
        if self
            .inboxes
            .get(&id)
            .is_some_and(|inbox| !inbox.early.is_empty())
        {
            self.early.insert_new(id, ());
        } else {
            self.early.remove(&id);
        }
    }

    /// Takes note of the port that a socket has.
    pub(super) fn know_port(&mut self, socket: &Socket) {
        if let (Protocol::Udp, Some(local)) = (socket.protocol, socket.local) {
            self.ports
                .insert_new((u32::from(local.port()), socket.id), ());
        }
    }

    /// The UDP sockets that have that port or had it, the youngest first.
    fn on_port(&self, port: u16) -> impl Iterator<Item = SocketId> {
        let port = u32::from(port);
        let up_to = self.ports.before(&(port + 1, SocketId(0))).rev();
        let keys = up_to.map(|(key, ())| *key);
        keys.take_while(move |(other, _)| *other == port)
            .map(|(_, id)| id)
    }

    /// The UDP socket that had that address then.
    fn receiver<'a>(
        &self,
        address: &SocketAddr,
        seq: u64,
        sockets: &'a SocketTable,
    ) -> Option<&'a Socket> {
        self.on_port(address.port())
            .filter_map(|id| sockets.get(id))
            .filter(|socket| socket.protocol == Protocol::Udp && socket.born.seq < seq)
            .filter(|socket| socket.closed.is_none_or(|closed| closed.seq > seq))
            .filter(|socket| {
                let meets = |local: &SocketAddr| meets(local, address);
                socket.local.as_ref().is_some_and(meets)
            })
            .max_by_key(|socket| socket.local == Some(*address))
    }

    /// A call on a UDP socket failed: that tells of what was sent before.
    pub(super) fn datagram_error(&mut self, socket: SocketId, call: &Call, errno: Errno, seq: u64) {
        let receives = matches!(call, Call::Recv { .. } | Call::RecvFrom { .. });
        if errno.is_would_block() && receives {
            self.nothing_waits(socket, seq);
        } else if errno == Errno::ECONNREFUSED {
            self.nobody_was_there(socket, seq);
        }
    }

    /// Nothing waited to be received at that moment: what was sent there before had been dropped.
    pub(super) fn nothing_waits(&mut self, socket: SocketId, seq: u64) {
        if self
            .inboxes
            .get(&socket)
            .is_none_or(|inbox| inbox.waiting.is_empty())
        {
            return;
        }
        let Some(inbox) = self.inboxes.get_mut(&socket).map(Arc::make_mut) else {
            return;
        };
        let all = std::mem::take(&mut inbox.waiting);
        let (gone, stay): (VecDeque<_>, VecDeque<_>) =
            all.into_iter().partition(|datagram| datagram.seq < seq);
        inbox.waiting = stay;
        for datagram in gone {
            let seq = datagram.seq;
            self.lost(&datagram, socket, seq, Loss::Dropped);
        }
    }

    /// The sender's system was told that nobody has that address: so its last datagram reached nobody.
    fn nobody_was_there(&mut self, socket: SocketId, seq: u64) {
        /// So many links before are looked at: the answer comes at once, or never.
        const NEAR: usize = 1000;
        let before = self.others.before(&(seq, 0, 0)).rev().take(NEAR);
        let sent = before.copied().find(|(_, link)| {
            let goes_out = link.to.socket.is_none();
            link.from.socket == Some(socket)
                && goes_out
                && matches!(link.load, Load::Datagram { .. })
        });
        let Some((key, link)) = sent else { return };
        let Load::Datagram { len, .. } = link.load else {
            return;
        };
        self.others.remove(&key);
        let why = Loss::Nobody;
        let to = Point {
            row: None,
            ..link.from
        };
        let load = Load::Lost { len, why };
        self.link(Link { to, load, ..link });
        if let Some(row) = link.from.row {
            self.remember(row, None);
        }
        let nobody = link.to.address;
        let near = self.others.values().rev().take(NEAR);
        let mut ends = near.flat_map(|link| [link.from.address, link.to.address]);
        if !ends.any(|address| address.is_some() && address == nobody) {
            self.outside.retain(|address| Some(*address) != nobody);
        }
    }

    /// The socket was closed: what waited is gone.
    pub(super) fn close_inbox(&mut self, socket: SocketId, seq: u64) {
        let inbox = self.inboxes.remove(&socket);
        self.early.remove(&socket);
        let waiting = inbox.map(|inbox| Arc::unwrap_or_clone(inbox).waiting);
        for datagram in waiting.into_iter().flatten() {
            self.lost(&datagram, socket, seq, Loss::Closed);
        }
    }

    fn decide(&mut self, receiver: SocketId, fate: Fate) {
        match fate {
            Fate::Received(datagram, receipt) => {
                let to = Point {
                    socket: Some(receiver),
                    address: None,
                    row: Some(receipt.row),
                    seq: receipt.seq,
                };
                let load = Load::Datagram {
                    len: receipt.len,
                    lost: receipt.lost,
                };
                let from = datagram.point();
                self.link(Link { from, to, load });
                self.remember(datagram.row, Some(receipt.len));
            }
            Fate::Dropped(datagram) => {
                let seq = datagram.seq;
                self.lost(&datagram, receiver, seq, Loss::Dropped);
            }
        }
    }

    fn lost(&mut self, datagram: &Datagram, receiver: SocketId, seq: u64, why: Loss) {
        let to = Point::in_queue(receiver, seq);
        let load = Load::Lost {
            len: datagram.len,
            why,
        };
        let from = datagram.point();
        self.link(Link { from, to, load });
        self.remember(datagram.row, None);
    }

    fn remember(&mut self, row: RowNumber, read: Option<u64>) {
        self.fates.insert(row, read);
        self.fates.keep_last(FATES);
    }
}

impl Datagram {
    fn point(&self) -> Point {
        Point {
            socket: Some(self.from),
            address: None,
            row: Some(self.row),
            seq: self.seq,
        }
    }
}

/// The bytes that tell a datagram from others.
pub(super) fn first(bytes: &[u8]) -> Box<[u8]> {
    bytes.iter().take(TOLD_BY).copied().collect()
}

/// Whether a socket sends from that address: a socket on all addresses sends from any of this computer's.
fn has_address(sockets: &SocketTable, socket: SocketId, address: SocketAddr) -> bool {
    let local = sockets.get(socket).and_then(|socket| socket.local);
    local.is_some_and(|local| meets(&local, &address))
}
