//! Which receive got the bytes of which send: byte by byte, by their place in the stream.

use crate::model::chunks::Chunks;
use crate::model::recording::RowNumber;

/// Bytes that one call moved: their place in its socket's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) len: u64,
    pub(super) row: RowNumber,
    /// The call's place in the order of things.
    pub(super) seq: u64,
}

impl Piece {
    pub(super) fn end(&self) -> u64 {
        self.offset + self.len
    }
}

/// Bytes of one send that one receive got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) send: Piece,
    pub(super) recv: Piece,
    /// Their place in the stream.
    pub(super) offset: u64,
    pub(super) len: u64,
}

/// What a socket sent and what it received, each in the order of its stream.
///
/// Calls may be told in another order than they moved their bytes in: a late one is put in its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Half {
    pub(super) sends: Chunks<Piece>,
    pub(super) recvs: Chunks<Piece>,
    /// What it received, by send: in the order of the stream.
    pub(super) shares: Chunks<Share>,
}

impl Half {
    pub(super) fn len(&self) -> usize {
        self.sends.len() + self.recvs.len() + self.shares.len()
    }

    /// Forgets the calls before `seq`.
    pub(super) fn forget_before(&mut self, seq: u64) {
        self.shares
            .retain(|share| share.send.seq >= seq && share.recv.seq >= seq);
        self.sends.retain(|piece| piece.seq >= seq);
        self.recvs.retain(|piece| piece.seq >= seq);
    }
}

/// Puts a piece where its place in the stream says: nearly always at the end.
pub(super) fn insert(pieces: &mut Chunks<Piece>, piece: Piece) {
    let later = |other: &&Piece| other.offset > piece.offset;
    let back = pieces.iter().rev().take_while(later).count();
    pieces.insert(pieces.len() - back, piece);
}

/// Pairs anew what was received from `offset` on with what was sent. Both ends count the same bytes from 0: so a byte
/// is known by its place, and each byte received is one byte sent.
pub(super) fn pair(
    sends: &Chunks<Piece>,
    recvs: &Chunks<Piece>,
    shares: &mut Chunks<Share>,
    offset: u64,
) {
    let end = |share: &Share| share.offset + share.len;
    shares.truncate(shares.partition_point(|share| end(share) <= offset));
    let from = shares.last().map_or(0, end);
    let mut send = sends.partition_point(|piece| piece.end() <= from);
    let mut recv = recvs.partition_point(|piece| piece.end() <= from);
    while let (Some(sent), Some(received)) = (sends.get(send), recvs.get(recv)) {
        let begin = sent.offset.max(received.offset);
        let end = sent.end().min(received.end());
        if begin < end {
            shares.push(Share {
                send: *sent,
                recv: *received,
                offset: begin,
                len: end - begin,
            });
        }
        if sent.end() <= received.end() {
            send += 1;
        } else {
            recv += 1;
        }
    }
}
