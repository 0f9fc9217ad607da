//! The diagrams themselves: which states there are, and what leads from one to another.
//!
//! TCP's is figure 5 of RFC 9293 with its notes, in the words of the socket calls; UDP's is what Linux does.

use crate::model::call::Method;
use crate::model::event::TcpState;

/// What a UDP socket is in: it knows no connection, only its two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UdpState {
    /// It has no address.
    Unbound,
    /// It has an address of its own.
    Bound,
    /// It has a peer too: `connect()` set it.
    PeerSet,
    /// `close()` was called.
    Closed,
}

/// A node of a diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// TCP's.
    Tcp(TcpState),
    /// UDP's.
    Udp(UdpState),
}

impl State {
    /// Its name in the diagram.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp(state) => state.name(),
            Self::Udp(UdpState::Unbound) => "unbound",
            Self::Udp(UdpState::Bound) => "bound",
            Self::Udp(UdpState::PeerSet) => "peer set",
            Self::Udp(UdpState::Closed) => "closed",
        }
    }
}

/// A call that changes the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// `bind()`.
    Bind,
    /// `listen()`.
    Listen,
    /// `connect()`.
    Connect,
    /// `sendto()` on a UDP socket without an address: the system chooses one.
    SendTo,
    /// `send()` on a listener: in the RFC alone, no socket connects by it.
    Send,
    /// `shutdown(WR)`, alone or as half of `RDWR`.
    ShutdownWrite,
    /// `shutdown(RD)`, which ends a listener's listening.
    ShutdownRead,
    /// `close()`.
    Close,
    /// `close()` while bytes that came are still unread: Linux resets.
    CloseUnread,
}

impl Act {
    /// The call as it is written on an edge.
    pub fn words(self) -> &'static str {
        match self {
            Self::Bind => "bind()",
            Self::Listen => "listen()",
            Self::Connect => "connect()",
            Self::SendTo => "sendto()",
            Self::Send => "send()",
            Self::ShutdownWrite => "shutdown(WR)",
            Self::ShutdownRead => "shutdown(RD)",
            Self::Close => "close()",
            Self::CloseUnread => "close() with bytes unread",
        }
    }

    /// The method it is made with.
    pub fn method(self) -> Method {
        match self {
            Self::Bind => Method::Bind,
            Self::Listen => Method::Listen,
            Self::Connect => Method::Connect,
            Self::SendTo => Method::SendTo,
            Self::Send => Method::Send,
            Self::ShutdownWrite | Self::ShutdownRead => Method::Shutdown,
            Self::Close | Self::CloseUnread => Method::Close,
        }
    }
}

/// What comes by itself: a segment, or a time that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A SYN.
    Syn,
    /// The answer to one's own SYN.
    SynAck,
    /// The acknowledgement of one's SYN.
    AckOfSyn,
    /// A FIN.
    Fin,
    /// The acknowledgement of one's FIN.
    AckOfFin,
    /// The acknowledgement of one's FIN and a FIN, in one segment.
    AckAndFin,
    /// A reset.
    Rst,
    /// Nobody answered, or no way led there.
    GaveUp,
    /// Twice the longest life of a segment has passed.
    TimesUp,
}

impl Happening {
    /// In the words of an edge.
    pub fn words(self) -> &'static str {
        match self {
            Self::Syn => "SYN arrives",
            Self::SynAck => "SYN+ACK arrives",
            Self::AckOfSyn | Self::AckOfFin => "ACK arrives",
            Self::Fin => "FIN arrives",
            Self::AckAndFin => "ACK+FIN arrive",
            Self::Rst => "RST arrives",
            Self::GaveUp => "no answer",
            Self::TimesUp => "time is up",
        }
    }
}

/// What leads along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// One of these calls.
    Call(&'static [Act]),
    /// This, by itself.
    Event(Happening),
}

impl Trigger {
    /// `close() or shutdown(WR)`, `FIN arrives`.
    pub fn words(self) -> String {
        match self {
            Self::Call(acts) => {
                let words: Vec<&str> = acts.iter().map(|act| act.words()).collect();
                words.join(" or ")
            }
            Self::Event(happening) => happening.words().to_owned(),
        }
    }

    /// Whether a call leads along it.
    pub fn is_call(self) -> bool {
        matches!(self, Self::Call(_))
    }
}

/// Where an edge is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Drawn in figure 5 of RFC 9293.
    Figure,
    /// In the figure, but no socket call leads there, or only two connects that meet.
    Rare,
    /// Said in the figure's notes: a FIN that comes with the last acknowledgement, and the resets.
    Note,
    /// What sockets do beside the RFC's user calls.
    Sockets,
}

/// A way from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// From where.
    pub from: State,
    /// To where.
    pub to: State,
    /// By what.
    pub trigger: Trigger,
    /// Known from where.
    pub source: Source,
}

const fn call(from: TcpState, acts: &'static [Act], to: TcpState, source: Source) -> Edge {
    Edge {
        from: State::Tcp(from),
        to: State::Tcp(to),
        trigger: Trigger::Call(acts),
        source,
    }
}

const fn event(from: TcpState, what: Happening, to: TcpState, source: Source) -> Edge {
    Edge {
        from: State::Tcp(from),
        to: State::Tcp(to),
        trigger: Trigger::Event(what),
        source,
    }
}

const fn udp(from: UdpState, acts: &'static [Act], to: UdpState) -> Edge {
    Edge {
        from: State::Udp(from),
        to: State::Udp(to),
        trigger: Trigger::Call(acts),
        source: Source::Sockets,
    }
}

use Act::{Bind, Close, CloseUnread, Connect, Listen, Send, SendTo, ShutdownRead, ShutdownWrite};
use Happening::{AckAndFin, AckOfFin, AckOfSyn, Fin, GaveUp, Rst, Syn, SynAck, TimesUp};
use Source::{Figure, Note, Rare, Sockets};
use TcpState::{
    CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen as Listening,
    SynReceived, SynSent, TimeWait,
};

/// All ways there are. The figure's first, each pair of states in the order of likelihood.
pub const EDGES: &[Edge] = &[
    call(Closed, &[Listen], Listening, Figure),
    call(Listening, &[Close], Closed, Figure),
    call(Closed, &[Connect], SynSent, Figure),
    call(SynSent, &[Close], Closed, Figure),
    event(Listening, Syn, SynReceived, Figure),
    event(SynReceived, AckOfSyn, Established, Figure),
    event(SynSent, SynAck, Established, Figure),
    call(Established, &[Close, ShutdownWrite], FinWait1, Figure),
    event(Established, Fin, CloseWait, Figure),
    event(FinWait1, AckOfFin, FinWait2, Figure),
    event(FinWait1, Fin, Closing, Figure),
    event(FinWait2, Fin, TimeWait, Figure),
    event(Closing, AckOfFin, TimeWait, Figure),
    call(CloseWait, &[Close, ShutdownWrite], LastAck, Figure),
    event(LastAck, AckOfFin, Closed, Figure),
    event(TimeWait, TimesUp, Closed, Figure),
    event(SynReceived, Rst, Listening, Rare),
    event(SynSent, Syn, SynReceived, Rare),
    call(SynReceived, &[Close, ShutdownWrite], FinWait1, Rare),
    call(Listening, &[Send], SynSent, Rare),
    event(FinWait1, AckAndFin, TimeWait, Note),
    event(SynSent, Rst, Closed, Note),
    event(SynReceived, Rst, Closed, Note),
    event(Established, Rst, Closed, Note),
    event(FinWait1, Rst, Closed, Note),
    event(FinWait2, Rst, Closed, Note),
    event(CloseWait, Rst, Closed, Note),
    event(Closing, Rst, Closed, Note),
    event(LastAck, Rst, Closed, Note),
    event(SynSent, GaveUp, Closed, Sockets),
    call(Listening, &[ShutdownRead], Closed, Sockets),
    call(SynSent, &[ShutdownWrite, ShutdownRead], Closed, Sockets),
    call(Established, &[CloseUnread], Closed, Sockets),
    call(CloseWait, &[CloseUnread], Closed, Sockets),
    call(FinWait1, &[CloseUnread], Closed, Sockets),
    call(FinWait2, &[CloseUnread], Closed, Sockets),
    udp(UdpState::Unbound, &[Bind, SendTo], UdpState::Bound),
    udp(UdpState::Unbound, &[Connect], UdpState::PeerSet),
    udp(UdpState::Bound, &[Connect], UdpState::PeerSet),
    udp(UdpState::Unbound, &[Close], UdpState::Closed),
    udp(UdpState::Bound, &[Close], UdpState::Closed),
    udp(UdpState::PeerSet, &[Close], UdpState::Closed),
];

/// The edges out of a state, in the order of [`EDGES`].
pub fn out_of(state: State) -> impl Iterator<Item = &'static Edge> {
    EDGES.iter().filter(move |edge| edge.from == state)
}

/// The shortest way between two states by what the figure draws and sockets do, never through CLOSED.
pub(super) fn route(from: State, to: State) -> Option<Vec<&'static Edge>> {
    let mut ways: Vec<Vec<&'static Edge>> = vec![Vec::new()];
    let mut seen = vec![from];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let at = way.last().map_or(from, |edge| edge.to);
            for edge in out_of(at).filter(|edge| edge.source == Figure || edge.is_udp()) {
                let mut next = way.clone();
                next.push(edge);
                if edge.to == to {
                    return Some(next);
                }
                if edge.to != State::Tcp(Closed) && !seen.contains(&edge.to) {
                    seen.push(edge.to);
                    longer.push(next);
                }
            }
        }
        ways = longer;
    }
    None
}

impl Edge {
    fn is_udp(&self) -> bool {
        matches!(self.from, State::Udp(_))
    }

    /// Whether it is a reset, or ends in one.
    pub fn is_reset(&self) -> bool {
        matches!(
            self.trigger,
            Trigger::Event(Rst) | Trigger::Call([CloseUnread])
        )
    }
}

/// The edge between two states that this call leads along.
pub(super) fn by_call(from: State, act: Act, to: State) -> Option<&'static Edge> {
    out_of(from).find(|edge| {
        edge.to == to && matches!(edge.trigger, Trigger::Call(acts) if acts.contains(&act))
    })
}

/// The edge between two states that this leads along.
pub(super) fn by_event(from: State, what: Happening, to: State) -> Option<&'static Edge> {
    out_of(from).find(|edge| edge.to == to && edge.trigger == Trigger::Event(what))
}
