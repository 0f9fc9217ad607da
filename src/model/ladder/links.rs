//! The arrows: where on the ladder what travelled left, landed and was taken.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::model::flow::{Handshake, Link, Load, Point};
use crate::model::recording::Recording;

use super::words::{first_segment, label, share};
use super::{Anchor, Arrow, ArrowLook, Ladder, Lane, Scene};

/// How far what travels slopes down, pitches.
const SLOPE: f64 = 0.33;
/// How far below its box what a socket sends to itself comes back to its line, pitches.
const LOOP: f64 = 1.0;
/// The lower edge of a box's row, from its middle, pitches.
const HALF: f64 = 0.41;

impl Ladder {
    pub(super) fn arrows(
        &self,
        seqs: &RangeInclusive<u64>,
        recording: &Recording,
        scene: &mut Scene,
    ) {
        for link in self.flow.links_in(seqs.clone(), recording) {
            match link.load {
                Load::Connect { handshake } => self.connect(&link, handshake, recording, scene),
                Load::Seat => self.seat(&link, recording, scene),
                _ => scene.arrows.extend(self.arrow(&link, recording)),
            }
        }
        let mut flights = BTreeSet::new();
        for arrow in &mut scene.arrows {
            if arrow.look == ArrowLook::Data {
                arrow.is_first = arrow.from.row.is_none_or(|row| flights.insert(row));
            }
        }
    }

    fn anchor(&self, point: &Point) -> Option<Anchor> {
        let lane = match (point.socket, point.address) {
            (Some(socket), _) => Lane::Socket(socket),
            (None, Some(address)) => Lane::Outside(address),
            (None, None) => return None,
        };
        Some(Anchor {
            lane,
            y: self.middle(point.seq),
            row: point.row,
        })
    }

    fn arrow(&self, link: &Link, recording: &Recording) -> Option<Arrow> {
        let from = self.anchor(&link.from)?;
        let to = self.anchor(&link.to)?;
        let look = match link.load {
            Load::Bytes { .. } => ArrowLook::Data,
            Load::Datagram { .. } => ArrowLook::Datagram,
            Load::Lost { .. } => ArrowLook::Lost,
            Load::End => ArrowLook::End,
            Load::Reset => ArrowLook::Reset,
            Load::Birth | Load::Connect { .. } | Load::Seat => ArrowLook::Birth,
        };
        let is_level = look == ArrowLook::Birth;
        let slope = if is_level { 0.0 } else { SLOPE };
        let is_loop = from.lane == to.lane && matches!(look, ArrowLook::Data | ArrowLook::Datagram);
        let mut landing = Anchor {
            lane: to.lane,
            y: from.y + if is_loop { LOOP } else { slope },
            row: None,
        };
        if link.from.socket.is_none() {
            landing.y = to.y - HALF;
        } else if let Some(receiver) = link.to.socket.and_then(|id| recording.sockets().get(id)) {
            // What is sent before accept lies in the accept queue: the new socket's line begins at its birth.
            let born = self.birth(receiver) + SLOPE;
            if !is_level && from.y < born && receiver.parent.is_some() {
                landing.y = landing.y.max(born);
            }
        }
        let from = if link.from.socket.is_none() {
            Anchor {
                y: landing.y - SLOPE,
                ..from
            }
        } else {
            from
        };
        Some(Arrow {
            from,
            landing,
            taken: (to.row.is_some() && !is_level).then_some(to),
            look,
            label: label(link, recording),
            share: share(link),
            is_first: true,
            is_seen: true,
        })
    }

    /// The handshake ends on the listener's line; what the kernel does not show of it is drawn as what TCP does.
    fn connect(&self, link: &Link, handshake: Handshake, recording: &Recording, scene: &mut Scene) {
        let (Some(from), Some(to)) = (self.anchor(&link.from), self.anchor(&link.to)) else {
            return;
        };
        if handshake == Handshake::Refused {
            scene.arrows.push(Arrow {
                from,
                landing: Anchor {
                    lane: to.lane,
                    y: from.y + SLOPE,
                    row: None,
                },
                taken: None,
                look: ArrowLook::Reset,
                label: label(link, recording),
                share: None,
                is_first: true,
                is_seen: true,
            });
            return;
        }
        let segments = [
            (from.lane, to.lane, -0.15, first_segment(link, recording)),
            (to.lane, from.lane, 0.4, "SYN+ACK".to_owned()),
            (from.lane, to.lane, 0.85, "ACK".to_owned()),
        ];
        let at = |lane, y| Anchor {
            lane,
            y: from.y + y,
            row: None,
        };
        // While nobody is known to have answered, it is no more than a first knock; to itself, nothing is drawn.
        let known = match handshake {
            _ if from.lane == to.lane => 0..0,
            Handshake::UnderWay | Handshake::Unanswered => 0..1,
            // The first one stands where the connect began.
            Handshake::Late { again: false } => 1..segments.len(),
            Handshake::Done | Handshake::Late { again: true } | Handshake::Refused => {
                0..segments.len()
            }
        };
        let look = match handshake {
            Handshake::Unanswered => ArrowLook::Lost,
            _ => ArrowLook::Handshake,
        };
        let (skipped, known) = (known.start, known.len());
        for (one, other, y, segment) in segments.into_iter().skip(skipped).take(known) {
            scene.arrows.push(Arrow {
                from: Anchor {
                    row: from.row,
                    ..at(one, y)
                },
                landing: at(other, y + 0.2),
                taken: None,
                look,
                label: segment,
                share: None,
                is_first: true,
                is_seen: false,
            });
        }
        let is_taken = matches!(handshake, Handshake::Done | Handshake::Late { .. });
        let client = link.from.socket.filter(|_| is_taken);
        let is_queued = client.is_some_and(|client| self.flow.is_queued(client));
        if is_queued {
            scene.arrows.push(Arrow {
                taken: None,
                ..seat_arrow(from, at(to.lane, SEAT), to)
            });
        }
    }

    /// From the seat in the accept queue into the accept that took it.
    fn seat(&self, link: &Link, recording: &Recording, scene: &mut Scene) {
        let (Some(from), Some(to)) = (self.anchor(&link.from), self.anchor(&link.to)) else {
            return;
        };
        if link.from.socket.is_none() {
            let landing = Anchor {
                lane: to.lane,
                y: to.y - SLOPE,
                row: None,
            };
            let from = Anchor {
                y: landing.y - SLOPE / 2.0,
                ..from
            };
            scene.arrows.push(Arrow {
                from,
                landing,
                taken: Some(to),
                look: ArrowLook::Handshake,
                label: "handshake".to_owned(),
                share: None,
                is_first: true,
                is_seen: false,
            });
            return;
        }
        let seat = Anchor {
            lane: to.lane,
            y: from.y + SEAT,
            row: None,
        };
        let mut taken = to;
        // An accept that waited for it stands beside the seat.
        let accept = link.to.row.and_then(|row| recording.numbered(row));
        if accept.is_some_and(|accept| super::has_waited(&accept)) {
            taken.y = taken.y.min(seat.y);
        }
        scene.arrows.push(seat_arrow(from, seat, taken));
    }
}

/// Where a client sits in the accept queue, below the middle of its connect, pitches.
const SEAT: f64 = 1.3;

fn seat_arrow(from: Anchor, seat: Anchor, taken: Anchor) -> Arrow {
    Arrow {
        from,
        landing: seat,
        taken: Some(taken),
        look: ArrowLook::Seat,
        label: "seat in the accept queue".to_owned(),
        share: None,
        is_first: true,
        is_seen: true,
    }
}
