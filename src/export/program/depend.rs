//! Which operations of two programs must keep their order: those that would answer otherwise the other way round.
//!
//! A pair that is not named here may swap: two sends of the two ends of a connection, a connect and the accept of an
//! earlier client. In doubt a pair keeps its order: that costs a turn, and never an answer.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use crate::model::call::{
    BlockingMode, Call, Method, Outcome, Protocol, ShutdownHow, SocketId, Value,
};
use crate::model::flow::{Flow, Link, Load};
use crate::model::recording::Recording;
use crate::model::socket::Socket;

use super::operation::takes;
use super::session::{Op, Session, What};

mod ready;

/// What is known of the session beside its operations.
pub(super) struct Knowledge<'a> {
    recording: &'a Recording,
    session: &'a Session,
    flow: Flow,
    /// Who gave an operation what it waited for: it can't end before those have begun.
    fed: HashMap<usize, Vec<usize>>,
    /// How many sends the bytes of a receive came from.
    givers: HashMap<usize, usize>,
    /// The connect whose connection an accept took, or the datagram's send that a receive took.
    took: HashMap<usize, usize>,
    /// What the first of that which a receive or an accept took came from.
    gave: HashMap<usize, usize>,
    /// What made a select's sockets ready and must have come before it.
    roused: HashMap<usize, Vec<usize>>,
    /// Sockets whose sends were short or refused because the buffers were full.
    crowded: HashSet<SocketId>,
}

impl<'a> Knowledge<'a> {
    pub(super) fn of(recording: &'a Recording, session: &'a Session) -> Self {
        let flow = Flow::of(recording);
        let mut links = flow.links(recording);
        // Of what a receive took, the first piece comes first.
        links.sort_by_key(|link| match link.load {
            Load::Bytes { offset, .. } => offset,
            _ => 0,
        });
        let crowded = session.ops.iter().filter(|op| is_short_send(op));
        let mut knowledge = Self {
            recording,
            session,
            flow,
            fed: HashMap::new(),
            givers: HashMap::new(),
            took: HashMap::new(),
            gave: HashMap::new(),
            roused: HashMap::new(),
            crowded: crowded.filter_map(Op::socket).collect(),
        };
        for link in links {
            knowledge.take(&link);
        }
        knowledge.find_what_roused();
        knowledge
    }

    fn take(&mut self, link: &Link) {
        let index = |row| self.session.by_row.get(&row).copied();
        let ends = (link.from.row.and_then(index), link.to.row.and_then(index));
        let (Some(from), Some(to)) = ends else {
            return;
        };
        if !matches!(
            link.load,
            Load::Connect { .. } | Load::Birth | Load::Lost { .. }
        ) {
            self.gave.entry(to).or_insert(from);
        }
        if matches!(link.load, Load::Bytes { .. }) {
            *self.givers.entry(to).or_default() += 1;
        }
        let is_taken = match link.load {
            Load::Bytes { .. } | Load::End | Load::Reset => !self.fed.contains_key(&to),
            Load::Datagram { .. } | Load::Seat => {
                self.took.insert(to, from);
                true
            }
            Load::Lost { .. } | Load::Connect { .. } | Load::Birth => false,
        };
        let waits =
            self.session.ops.get(to).is_some_and(|op| {
                op.mode == BlockingMode::Blocking && op.call().is_some_and(takes)
            });
        if is_taken && waits && from != to {
            self.fed.entry(to).or_default().push(from);
        }
    }

    /// The other end, where a receive needs more than its first bytes to have arrived.
    pub(super) fn must_have_arrived(&self, op: usize) -> Option<SocketId> {
        let call = self.session.ops.get(op)?;
        let is_mixed = self.givers.get(&op).is_some_and(|givers| *givers > 1);
        let waits = call.mode == BlockingMode::Blocking;
        (is_mixed || (!waits && self.givers.contains_key(&op)))
            .then(|| self.flow.partner(call.socket()?))
            .flatten()
    }

    /// What an operation can't have ended without.
    pub(super) fn fed_by(&self, op: usize) -> &[usize] {
        self.fed.get(&op).map_or(&[], Vec::as_slice)
    }

    /// Whether `later`, of another program, would answer otherwise if it came before `earlier`, or the other way round.
    pub(super) fn keeps_order(&self, earlier: usize, later: usize) -> bool {
        let (Some(first), Some(second)) =
            (self.session.ops.get(earlier), self.session.ops.get(later))
        else {
            return false;
        };
        if let What::End(open) = &second.what {
            return open
                .iter()
                .any(|id| self.is_before_close(first, *id) || self.misses_close_of(first, *id));
        }
        if let Some(keeps) = self.around_select((earlier, first), (later, second)) {
            return keeps;
        }
        let (Some(one), Some(two)) = (self.socket(first), self.socket(second)) else {
            return false;
        };
        if one.protocol != two.protocol {
            return false;
        }
        let by_kind = match one.protocol {
            Protocol::Tcp => {
                self.meet_at_listener((earlier, first, one), (later, second, two))
                    || (self.flow.partner(one.id) == Some(two.id)
                        && self.on_connection(first, second))
            }
            Protocol::Udp => self.meet_at_inbox((earlier, first, one), (later, second, two)),
        };
        by_kind || meet_at_port(first, one, second, two)
    }

    /// Whether the close of a socket at its program's end must come after this operation.
    fn is_before_close(&self, first: &Op, closing: SocketId) -> bool {
        let (Some(one), Some(two)) = (self.socket(first), self.recording.sockets().get(closing))
        else {
            return false;
        };
        if one.protocol != two.protocol {
            return false;
        }
        match one.protocol {
            Protocol::Tcp => {
                let reaches = is_listener(two) && self.is_queued_at(first, one, two);
                let is_other_end = self.flow.partner(one.id) == Some(two.id);
                reaches || (is_other_end && (sends(first) || is_would_block(first)))
            }
            Protocol::Udp => {
                (sends(first) && Self::target(first, one).is_some_and(|to| is_at(two, to)))
                    || meet_at_port_closed(first, two)
            }
        }
    }

    /// Whether an operation has to do with a connection that may still wait for the listener's accept.
    fn is_queued_at(&self, op: &Op, socket: &Socket, listener: &Socket) -> bool {
        let target = socket.target.is_some_and(|target| is_at(listener, target));
        let is_its = match op.call() {
            Some(Call::Connect { .. }) => true,
            _ => self.flow.partner(socket.id).is_none() && (sends(op) || is_would_block(op)),
        };
        target && is_its
    }

    fn socket(&self, op: &Op) -> Option<&'a Socket> {
        self.recording.sockets().get(op.socket()?)
    }

    /// Where a datagram goes.
    fn target(op: &Op, socket: &Socket) -> Option<SocketAddr> {
        op.call()?.address().or(socket.peer)
    }

    /// The two ends of one TCP connection.
    fn on_connection(&self, first: &Op, second: &Op) -> bool {
        let Some((one, two)) = first.call().zip(second.call()) else {
            return false;
        };
        let gives = |op: &Op| sends(op) || finishes(op);
        let receives = |call: &Call| matches!(call.method(), Method::Recv | Method::RecvFrom);
        if receives(two) && gives(first) {
            // What a full receive left in the queue, it left.
            return !is_past(first, second);
        }
        if receives(one) && gives(second) {
            return is_would_block(first)
                || (sends(second) && got_less(first))
                || self.frees(first, second);
        }
        if receives(one) || receives(two) {
            // A receive makes room for a send that found none.
            return is_short_send(first) || is_short_send(second);
        }
        let closes = |op: &Op| {
            let reading = ShutdownHow::Read;
            let call = op.call();
            matches!(call, Some(Call::Close))
                || matches!(call, Some(Call::Shutdown { how }) if *how == reading || *how == ShutdownHow::Both)
        };
        let is_refused = second.is_error() && (gives(first) || closes(first));
        let is_lingering =
            finishes(first) && finishes(second) && self.is_bound_again(first, second);
        (sends(first) && closes(second))
            || (closes(first) && sends(second))
            || is_refused
            || is_lingering
    }

    /// Whether one end's port is bound again after these: the end that closes first keeps it for a while.
    fn is_bound_again(&self, first: &Op, second: &Op) -> bool {
        let ports = [first, second].map(|op| Some(self.socket(op)?.local?.port()));
        self.session.ops.iter().any(|op| match op.call() {
            Some(Call::Bind { address }) => {
                op.begin > second.begin && ports.contains(&Some(address.port()))
            }
            _ => false,
        })
    }

    /// Whether a receive made room for a send that would have found none.
    fn frees(&self, receive: &Op, send: &Op) -> bool {
        let is_crowded = send.socket().is_some_and(|id| self.crowded.contains(&id));
        is_crowded && receive.is_ok() && sends(send)
    }

    /// A listener and those who connect to it.
    fn meet_at_listener(
        &self,
        first: (usize, &Op, &Socket),
        second: (usize, &Op, &Socket),
    ) -> bool {
        let (Some(one), Some(two)) = (first.1.call(), second.1.call()) else {
            return false;
        };
        match (one, two) {
            (Call::Connect { address: to }, Call::Connect { address: and }) => {
                to.port() == and.port() && !is_refused(first.1) && !is_refused(second.1)
            }
            (Call::Connect { address }, Call::Accept) => {
                is_at(second.2, *address) && self.took.get(&second.0) == Some(&first.0)
            }
            (Call::Connect { address }, Call::Listen { .. }) => is_at(second.2, *address),
            (_, Call::Close) => {
                is_listener(second.2) && self.is_queued_at(first.1, first.2, second.2)
            }
            (Call::Listen { .. } | Call::Close, Call::Connect { address }) => {
                is_listener(first.2) && is_at(first.2, *address)
            }
            (Call::Accept, Call::Connect { address }) => {
                is_at(first.2, *address) && is_would_block(first.1)
            }
            _ => false,
        }
    }

    /// A UDP socket and those who send to it.
    fn meet_at_inbox(&self, first: (usize, &Op, &Socket), second: (usize, &Op, &Socket)) -> bool {
        let goes =
            |op: (usize, &Op, &Socket)| sends(op.1).then(|| Self::target(op.1, op.2)).flatten();
        let (Some(one), Some(two)) = (first.1.call(), second.1.call()) else {
            return false;
        };
        // What decides who gets a datagram.
        let shapes = |call: &Call| {
            matches!(
                call.method(),
                Method::Bind | Method::Connect | Method::Close | Method::SendTo
            )
        };
        match (goes(first), goes(second)) {
            (Some(to), Some(and)) if to == and && first.2.id != second.2.id => true,
            (Some(to), _) if is_at(second.2, to) => {
                let is_its = self.took.get(&second.0) == Some(&first.0);
                is_its || (shapes(two) && !sends(second.1))
            }
            (_, Some(to)) if is_at(first.2, to) => is_would_block(first.1) || shapes(one),
            _ => false,
        }
    }
}

fn sends(op: &Op) -> bool {
    op.call().is_some_and(|call| call.method().sends())
}

/// Whether it ends the bytes that the other end receives.
pub(super) fn finishes(op: &Op) -> bool {
    match op.call() {
        Some(Call::Close) => true,
        Some(Call::Shutdown { how }) => *how != ShutdownHow::Read,
        _ => false,
    }
}

fn is_would_block(op: &Op) -> bool {
    op.outcome().is_some_and(Outcome::is_would_block)
}

fn is_refused(op: &Op) -> bool {
    op.outcome().is_some_and(Outcome::is_failure)
}

fn is_short_send(op: &Op) -> bool {
    let Some(payload) = op.call().and_then(Call::payload) else {
        return false;
    };
    let moved = op.entry.as_ref().map_or(0, |entry| entry.bytes_moved);
    is_would_block(op) || (op.is_ok() && moved < payload.len())
}

/// Whether a receive asked for more than it got.
fn got_less(op: &Op) -> bool {
    let (Some(Call::Recv { max } | Call::RecvFrom { max }), Some(outcome)) =
        (op.call(), op.outcome())
    else {
        return false;
    };
    match outcome {
        Outcome::Ok(Value::Received { bytes, .. }) => {
            !bytes.is_empty() && bytes.len() < u64::from(*max)
        }
        outcome => outcome.is_would_block(),
    }
}

/// Whether what was sent lies behind what was received.
fn is_past(given: &Op, receive: &Op) -> bool {
    let (Some(sent), Some(got)) = (&given.entry, &receive.entry) else {
        return false;
    };
    let is_behind = sent
        .offset
        .zip(got.offset)
        .is_some_and(|(sent, got_from)| sent >= got_from.saturating_add(got.bytes_moved));
    is_behind && receive.is_ok() && !got_less(receive)
}

fn is_listener(socket: &Socket) -> bool {
    socket.backlog.is_some()
}

/// Whether what goes to `address` comes to this socket.
pub(super) fn is_at(socket: &Socket, address: SocketAddr) -> bool {
    socket.local.is_some_and(|local| {
        let (ours, asked) = (local.ip().to_canonical(), address.ip().to_canonical());
        local.port() == address.port()
            && (ours == asked || ours.is_unspecified() || asked.is_unspecified())
    })
}

/// A bind, and whatever else has to do with its port on the same computer.
fn meet_at_port(first: &Op, one: &Socket, second: &Op, two: &Socket) -> bool {
    let holds = |op: &Op, socket: &Socket, port: u16| {
        let changes = matches!(
            op.call().map(Call::method),
            Some(Method::Bind | Method::Listen | Method::Connect | Method::Close)
        );
        changes && socket.local.is_some_and(|local| local.port() == port)
    };
    let wanted = |op: &Op| match op.call() {
        Some(Call::Bind { address }) => Some(address.port()).filter(|port| *port != 0),
        _ => None,
    };
    // The close of the far end is what the near end's port lingers after.
    let lets_linger = |port: u16| {
        one.protocol == Protocol::Tcp
            && matches!(first.call(), Some(Call::Close))
            && one.peer.is_some_and(|peer| peer.port() == port)
    };
    wanted(first).is_some_and(|port| holds(second, two, port) || wanted(second) == Some(port))
        || wanted(second).is_some_and(|port| holds(first, one, port) || lets_linger(port))
}

/// A bind of a port that is held by a socket which is closed later.
fn meet_at_port_closed(first: &Op, two: &Socket) -> bool {
    let Some(Call::Bind { address }) = first.call() else {
        return false;
    };
    first.is_error()
        && two
            .local
            .is_some_and(|local| local.port() == address.port())
}
