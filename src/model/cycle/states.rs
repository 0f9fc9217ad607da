//! A socket's states as a picture: where it is, how it came there, and where it may go.

use super::edges::{Act, Edge, Happening, Source, State, Trigger, UdpState, out_of};
use super::step::{Proof, Step};
use crate::model::call::{Protocol, SocketId};
use crate::model::event::{Remnant, TcpState};
use crate::model::lifecycle::{Look, forecast};
use crate::model::socket::{Socket, SocketTable};

/// How a state looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The socket is here.
    Now,
    /// It was here.
    Travelled(Proof),
    /// It may go here next.
    Next,
    /// Neither.
    NotYet,
}

impl Mark {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Travelled(Proof::Rule) => "travelled, not seen",
            Self::Travelled(_) => "travelled",
            Self::Next => "possible next",
            Self::NotYet => "not yet",
        }
    }
}

/// The picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States {
    /// Where the socket is.
    pub now: State,
    /// How the state now is known.
    pub proof: Proof,
    /// The listener from whose LISTEN it was born.
    pub born_of: Option<SocketId>,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// What may come next: the calls that would not be refused, and what may arrive.
    pub next: Vec<&'static Edge>,
    /// Where the recording and the kernel's last word differ, and why.
    pub difference: Option<String>,
}

impl States {
    /// All states of that protocol, in the order of its diagram.
    pub fn all(protocol: Protocol) -> Vec<State> {
        match protocol {
            Protocol::Tcp => TcpState::ALL.into_iter().map(State::Tcp).collect(),
            Protocol::Udp => {
                use UdpState::{Bound, Closed, PeerSet, Unbound};
                [Unbound, Bound, PeerSet, Closed].map(State::Udp).into()
            }
        }
    }

    /// How a state looks.
    pub fn mark(&self, state: State) -> Mark {
        if state == self.now {
            return Mark::Now;
        }
        let ends = self.steps.iter().flat_map(|step| {
            let from = step.from != State::Tcp(TcpState::Listen) || self.born_of.is_none();
            [
                from.then_some((step.from, Proof::Call)),
                Some((step.to, step.proof)),
            ]
        });
        // A step's own end says how well it is known; its beginning says only that it was left.
        let known = ends.flatten().filter(|(at, _)| *at == state);
        let arrived = self.steps.iter().filter(|step| step.to == state);
        if let Some(best) = arrived.map(|step| step.proof).max() {
            return Mark::Travelled(best);
        }
        match known.map(|(_, proof)| proof).max() {
            Some(proof) => Mark::Travelled(proof),
            None if self.next.iter().any(|edge| edge.to == state) => Mark::Next,
            None => Mark::NotYet,
        }
    }

    /// How well it is known that an edge was travelled; `None`: it was not.
    pub fn travelled(&self, edge: &Edge) -> Option<Proof> {
        let along = |step: &&Step| step.edge == Some(edge);
        self.steps.iter().filter(along).map(|step| step.proof).max()
    }

    /// Whether the socket may go along an edge next.
    pub fn is_next(&self, edge: &Edge) -> bool {
        self.next.contains(&edge)
    }

    /// The edge along which the call that began at this place in the order led.
    pub fn edge_of_call(&self, seq: u64) -> Option<&'static Edge> {
        let step = self.steps.iter().rev().find(|step| step.call == Some(seq));
        step?.edge
    }
}

/// The picture of one socket. `None`: there is no such socket.
pub fn states(sockets: &SocketTable, id: SocketId) -> Option<States> {
    let socket = sockets.get(id)?;
    let path = sockets.life(id)?.path();
    let now = path.now();
    let next = out_of(now)
        .filter(|edge| may_follow(edge, socket, sockets))
        .collect();
    Some(States {
        now,
        proof: path.steps().last().map_or(Proof::Call, |step| step.proof),
        born_of: path.born_of(),
        steps: path.steps().to_vec(),
        next,
        difference: difference(socket, now),
    })
}

fn may_follow(edge: &Edge, socket: &Socket, sockets: &SocketTable) -> bool {
    match (edge.source, edge.trigger) {
        (Source::Rare, _) | (_, Trigger::Event(Happening::AckAndFin)) => false,
        (_, Trigger::Event(_)) => true,
        (_, Trigger::Call(_)) if socket.is_closed() => false,
        (_, Trigger::Call([Act::CloseUnread])) => socket.unread().is_some_and(|count| count > 0),
        (_, Trigger::Call(acts)) => acts.iter().any(|act| {
            let look = forecast(socket, act.method(), sockets).look;
            !matches!(look, Look::WouldFail(_))
        }),
    }
}

/// Why the kernel's last word is not the state shown.
fn difference(socket: &Socket, now: State) -> Option<String> {
    let (_, seen) = socket.observed()?;
    let (kernel, State::Tcp(now)) = (seen.tcp?.state, now) else {
        return None;
    };
    // What it said before close() is older news, no other opinion.
    let is_stale = socket.is_closed() && seen.remnant.is_none();
    if kernel == now || is_stale {
        return None;
    }
    let (said, shown) = (kernel.name(), now.name());
    let why = match seen.remnant {
        Some(Remnant::TimeWait { .. }) => {
            "the descriptor is free of the connection; your system keeps that in TIME-WAIT apart from it".to_owned()
        }
        _ if now == TcpState::TimeWait => {
            "both ends have finished and this one was first: TCP's rules say TIME-WAIT, which no descriptor shows"
                .to_owned()
        }
        _ => "your system was asked before the last call, or the call was told first".to_owned(),
    };
    Some(format!(
        "Your system says {said}, the calls say {shown}: {why}."
    ))
}
