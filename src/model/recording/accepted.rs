//! What an accept answered, in sixteen bytes.
//!
//! Of ten thousand connections each has a row, and such rows are never let go.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use crate::model::call::{Outcome, SocketId, Value};
use crate::model::event::{Ended, Note};

/// The bit beside a port that says that the socket is one of a crowd.
const IN_CROWD: u32 = 1 << 16;

/// A socket that was born of an accept, and its client at an IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    id: SocketId,
    fd: i32,
    peer: SocketAddrV4,
    in_crowd: bool,
}

impl Accepted {
    /// `None` where there is more to say, or something else.
    pub(super) fn of(ended: &Ended) -> Option<Self> {
        let Outcome::Ok(Value::Socket { id, fd, peer }) = ended.outcome else {
            return None;
        };
        let Some(SocketAddr::V4(peer)) = peer else {
            return None;
        };
        let in_crowd = match ended.note {
            None => false,
            Some(Note::InCrowd) => true,
            Some(_) => return None,
        };
        Some(Self {
            id,
            fd,
            peer,
            in_crowd,
        })
    }

    /// The socket and its descriptor, the client's address, and its port with the bit.
    pub(super) fn pack(self) -> (u64, u32, u32) {
        let place = u64::from(self.id.0) | u64::from(self.fd.cast_unsigned()) << 32;
        let bit = if self.in_crowd { IN_CROWD } else { 0 };
        let port = u32::from(self.peer.port()) | bit;
        (place, self.peer.ip().to_bits(), port)
    }

    pub(super) fn unpack(place: u64, address: u32, port: u32) -> Self {
        Self {
            id: SocketId(place as u32),
            fd: ((place >> 32) as u32).cast_signed(),
            peer: SocketAddrV4::new(Ipv4Addr::from_bits(address), port as u16),
            in_crowd: port & IN_CROWD != 0,
        }
    }

    pub(super) fn outcome(self) -> Outcome {
        Outcome::Ok(Value::Socket {
            id: self.id,
            fd: self.fd,
            peer: Some(SocketAddr::V4(self.peer)),
        })
    }

    pub(super) fn note(self) -> Option<Note> {
        self.in_crowd.then_some(Note::InCrowd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::CallId;
    use crate::model::event::Stamp;

    /// Seen failing with: the bit put on bit 15, which a port has.
    #[test]
    fn what_is_packed_is_unpacked_as_it_was() {
        let edges = [
            (1, 3, [127, 0, 0, 1], 1),
            (u32::MAX, i32::MAX, [255; 4], u16::MAX),
            (0, -1, [0; 4], 0),
        ];
        for ((id, fd, address, port), in_crowd) in
            edges.into_iter().flat_map(|it| [(it, false), (it, true)])
        {
            let ended = Ended {
                id: CallId(1),
                stamp: Stamp { seq: 1, at: 1 },
                outcome: Outcome::Ok(Value::Socket {
                    id: SocketId(id),
                    fd,
                    peer: Some((address, port).into()),
                }),
                offset: None,
                retries: 0,
                note: in_crowd.then_some(Note::InCrowd),
            };
            let (place, address, port) = Accepted::of(&ended).unwrap().pack();
            let unpacked = Accepted::unpack(place, address, port);
            assert_eq!(unpacked.outcome(), ended.outcome);
            assert_eq!(unpacked.note(), ended.note);
        }
    }
}
