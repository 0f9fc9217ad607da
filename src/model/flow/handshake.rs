//! How far each connect has come, and when its handshake was: a call that waited did not finish it at its start.

use std::net::SocketAddr;

use crate::model::call::{Call, Method, Outcome};
use crate::model::cycle::edges::State;
use crate::model::errno::Errno;
use crate::model::event::TcpState;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::{Socket, SocketTable, canonical};

use super::{Flow, Handshake, Link, Load, Point};

/// A connect that took so long did not have its answer at its start, nanoseconds: on one computer a handshake takes far
/// less, to the other side of the earth about as long.
const LATE: u64 = 200_000_000;
/// A first segment without an answer is sent again after so long, nanoseconds (RFC 6298, section 2.1).
const KNOCKS_AGAIN: u64 = 1_000_000_000;

impl Flow {
    pub(super) fn connect(
        &mut self,
        socket: &Socket,
        entry: &CallEntry,
        address: SocketAddr,
        outcome: &Outcome,
        sockets: &SocketTable,
    ) {
        let begins = Point::of(entry, entry.start.seq);
        let took = entry.took().filter(|_| entry.count == 1 && !entry.folded);
        let took = took.unwrap_or_default();
        let again = took >= KNOCKS_AGAIN || socket.knocks_again > 0;
        let handshake = match outcome {
            Outcome::Ok(_) if took >= LATE => Handshake::Late { again },
            Outcome::Ok(_) => Handshake::Done,
            Outcome::Interrupted if took >= KNOCKS_AGAIN => Handshake::Unanswered,
            Outcome::Interrupted | Outcome::Error(Errno::EINPROGRESS) => Handshake::UnderWay,
            Outcome::Error(Errno::ECONNREFUSED) => Handshake::Refused,
            Outcome::Error(_) => return,
        };
        let ends = entry.end.map_or(begins.seq, |end| end.seq);
        match self.connections.connects.get(&socket.id).copied() {
            // This call tells of the connect that was under way.
            Some((at, _, Handshake::UnderWay | Handshake::Unanswered)) => match outcome {
                Outcome::Ok(_) => self.come_through(socket, at, ends, address, sockets),
                _ => self.hand(socket, at, address, handshake, sockets),
            },
            Some((_, _, Handshake::Done | Handshake::Late { .. })) => {}
            Some((_, _, Handshake::Refused)) | None => match handshake {
                Handshake::Late { again } => {
                    self.come_late(socket, [begins, begins.at(ends)], address, again, sockets);
                }
                _ => self.hand(socket, begins, address, handshake, sockets),
            },
        }
    }

    /// Draws a connect whose first segment left at the one moment, and whose handshake was at the other.
    fn come_late(
        &mut self,
        socket: &Socket,
        [begins, ends]: [Point; 2],
        address: SocketAddr,
        again: bool,
        sockets: &SocketTable,
    ) {
        let first = if again {
            Handshake::Unanswered
        } else {
            Handshake::UnderWay
        };
        self.draw(socket, begins, address, first, sockets);
        self.hand(socket, ends, address, Handshake::Late { again }, sockets);
    }

    /// A connect that was under way has come through; at `known` it was known. How long it was on its way nobody saw:
    /// it came late where its first segment had to be sent again.
    fn come_through(
        &mut self,
        socket: &Socket,
        at: Point,
        known: u64,
        address: SocketAddr,
        sockets: &SocketTable,
    ) {
        if socket.knocks_again > 0 {
            self.come_late(socket, [at, at.at(known)], address, true, sockets);
        } else {
            self.hand(socket, at, address, Handshake::Done, sockets);
        }
    }

    /// Draws how far a connect has come.
    fn hand(
        &mut self,
        socket: &Socket,
        at: Point,
        address: SocketAddr,
        handshake: Handshake,
        sockets: &SocketTable,
    ) {
        self.draw(socket, at, address, handshake, sockets);
        let connects = &mut self.connections.connects;
        connects.insert(socket.id, (at, address, handshake));
        let is_taken = matches!(handshake, Handshake::Done | Handshake::Late { .. });
        let listener = self.connections.listener(&address, at.seq, sockets);
        match (self.partner(socket.id), listener) {
            (Some(accepted), _) => self.seat(socket.id, accepted),
            (None, Some(listener)) if is_taken => {
                let seats = &mut self.connections.seated;
                seats.insert(socket.id, (at.seq, listener));
            }
            _ => {}
        }
    }

    fn draw(
        &mut self,
        socket: &Socket,
        at: Point,
        address: SocketAddr,
        handshake: Handshake,
        sockets: &SocketTable,
    ) {
        let listener = self.connections.listener(&address, at.seq, sockets);
        let is_taken = matches!(handshake, Handshake::Done | Handshake::Late { .. });
        let is_own = socket
            .local
            .is_some_and(|local| canonical(local) == canonical(address));
        let to = match listener {
            Some(listener) if handshake != Handshake::Refused => Point::in_queue(listener, at.seq),
            None if is_taken && !is_own => Point::outside(canonical(address), at.seq),
            // Nobody is known to be there: it ends where it began.
            _ => Point { row: None, ..at },
        };
        let load = Load::Connect { handshake };
        self.link(Link { from: at, to, load });
    }

    /// A connect that was under way may have come through since, as the states tell that the socket went through.
    pub(super) fn shake_hands(&mut self, socket: &Socket, sockets: &SocketTable) {
        let begun = self.connections.connects.get(&socket.id).copied();
        let Some((at, address, Handshake::UnderWay | Handshake::Unanswered)) = begun else {
            return;
        };
        let established = sockets.life(socket.id).and_then(|life| {
            let mut steps = life.path().steps().iter();
            let step = steps.find(|step| step.to == State::Tcp(TcpState::Established));
            step.map(|step| step.stamp.seq)
        });
        // Whoever accepted it did so after its handshake.
        let accepted = self.partner(socket.id).map(|accepted| {
            let accept = self.connections.birth(accepted);
            accept.map_or(at.seq, |accept| accept.seq)
        });
        if let Some(known) = established.into_iter().chain(accepted).min() {
            self.come_through(socket, at, known, address, sockets);
        }
    }

    /// The kernel may say that the first segment of a connect was sent again: it had no answer.
    pub(super) fn knock_again(&mut self, socket: &Socket, recording: &Recording) {
        if socket.knocks_again == 0 {
            return;
        }
        let begun = self.connections.connects.get(&socket.id).copied();
        let begun = match begun {
            Some((at, address, Handshake::UnderWay)) => Some((at, address)),
            Some(_) => None,
            None => connect_that_waits(socket, recording),
        };
        if let Some((at, address)) = begun {
            let sockets = recording.sockets();
            self.draw(socket, at, address, Handshake::Unanswered, sockets);
        }
    }
}

fn connect_that_waits(socket: &Socket, recording: &Recording) -> Option<(Point, SocketAddr)> {
    let mut waiting = socket.waiting.iter();
    let pending = waiting.find(|pending| pending.method == Method::Connect)?;
    let entry = recording.numbered(recording.waiting_row(pending.id)?)?;
    let Call::Connect { address } = entry.call else {
        return None;
    };
    Some((Point::of(&entry, entry.start.seq), address))
}
