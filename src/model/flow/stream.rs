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

    /// Forgets the calls before `seq`, from the beginning on: one that was told late stays until those before it go.
    pub(super) fn forget_before(&mut self, seq: u64) {
        drop_while(&mut self.shares, |share| {
            share.send.seq < seq || share.recv.seq < seq
        });
        drop_while(&mut self.sends, |piece| piece.seq < seq);
        drop_while(&mut self.recvs, |piece| piece.seq < seq);
    }

    /// Where in the order of things its first call stands.
    pub(super) fn begins(&self) -> u64 {
        let first = |pieces: &Chunks<Piece>| pieces.get(0).map_or(u64::MAX, |piece| piece.seq);
        first(&self.sends).min(first(&self.recvs))
    }
}

/// Lets the first go as long as they fit. The others stay where they are: most of them stand in chunks that copies share.
fn drop_while<T: Clone>(items: &mut Chunks<T>, fits: impl FnMut(&&T) -> bool) {
    let count = items.iter().take_while(fits).count();
    items.drop_front(count);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(offset: u64, seq: u64) -> Piece {
        Piece {
            offset,
            len: 1,
            row: RowNumber(seq),
            seq,
        }
    }

    /// Seen failing with: shares kept as long as one of their two calls is.
    #[test]
    fn what_was_before_a_moment_is_forgotten_and_what_came_after_is_not() {
        let mut half = Half::default();
        for at in 0..3_000 {
            insert(&mut half.sends, piece(at, 2 * at));
            insert(&mut half.recvs, piece(at, 2 * at + 1));
        }
        pair(&half.sends, &half.recvs, &mut half.shares, 0);
        assert_eq!((half.shares.len(), half.begins()), (3_000, 0));
        let copy = half.clone();
        half.forget_before(2_001);
        assert_eq!(half.begins(), 2_001, "the receive of the byte at 1,000");
        let sends = half.sends.iter().map(|piece| piece.offset);
        assert!(sends.eq(1_001..3_000));
        let recvs = half.recvs.iter().map(|piece| piece.offset);
        assert!(recvs.eq(1_000..3_000));
        let shares = half.shares.iter().map(|share| share.offset);
        assert!(shares.eq(1_001..3_000));
        assert_eq!(copy.len(), 9_000, "a copy keeps what it had");
        // What is received next still finds its send.
        insert(&mut half.sends, piece(3_000, 7_000));
        insert(&mut half.recvs, piece(3_000, 7_001));
        pair(&half.sends, &half.recvs, &mut half.shares, 3_000);
        assert_eq!(half.shares.last().map(|share| share.send.seq), Some(7_000));
    }
}
