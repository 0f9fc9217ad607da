//! One socket's way through the states of its protocol: TCP's as RFC 9293 draws them, or UDP's four.

use crate::export::paper::{self, Tint};
use crate::export::signs;
use crate::export::svg::{At, Paint, Rect, Side, Svg, Words};
use crate::model::call::Protocol;
use crate::model::cycle::Proof;
use crate::model::cycle::edges::{EDGES, Edge, Source, State, UdpState};
use crate::model::cycle::states::{Mark, States};
use crate::model::event::TcpState;
use crate::model::payload::visible_text;
use crate::model::socket::Socket;

use super::{Look, TEXT, edge, node, plate};

/// How wide a diagram is.
pub const WIDTH: f64 = 540.0;
/// How high.
pub const HEIGHT: f64 = 640.0;
/// Below the socket's name.
const HEAD: f64 = 64.0;

/// Paints a socket's diagram.
pub fn paint(svg: &mut Svg, socket: &Socket, picture: &States) {
    let tint = paper::role(socket.kind());
    let frame = Rect {
        x: 0.0,
        y: 0.0,
        width: WIDTH,
        height: HEIGHT,
    };
    svg.rect(frame, 10.0, Paint::line(paper::HAIR, 1.0));
    let name = format!("{} {}", socket.id, visible_text(&socket.name));
    signs::role(svg, At(24.0, 26.0), 16.0, socket.kind(), tint.full);
    svg.text(At(40.0, 31.0), Words::mono(14.0, paper::TEXT).bold(), &name);
    let now = format!("now {}", picture.now.name());
    let right = Words::mono(12.0, paper::TEXT_QUIET).at(Side::End);
    svg.text(At(WIDTH - 20.0, 31.0), right, &now);
    let diagram = Diagram {
        tint,
        picture,
        is_udp: socket.protocol == Protocol::Udp,
    };
    diagram.paint(svg);
    if let Some(difference) = &picture.difference {
        let quiet = Words::sans(10.0, paper::TEXT_QUIET);
        for (line, text) in lines(difference).iter().enumerate() {
            let y = HEIGHT - 26.0 + 13.0 * line as f64;
            svg.text(At(20.0, y), quiet, text);
        }
    }
}

/// A sentence in two lines at most.
fn lines(text: &str) -> Vec<String> {
    const WIDE: usize = 92;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let is_full = lines
            .last()
            .is_some_and(|line| line.len() + word.len() > WIDE);
        if is_full && lines.len() < 2 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

struct Diagram<'a> {
    tint: Tint,
    picture: &'a States,
    is_udp: bool,
}

impl Diagram<'_> {
    fn paint(&self, svg: &mut Svg) {
        let own = EDGES
            .iter()
            .filter(|edge| matches!(edge.from, State::Udp(_)) == self.is_udp);
        let drawn: Vec<&'static Edge> = own.filter(|edge| self.is_drawn(edge)).collect();
        // Those not travelled first: the way lies on top.
        let (way, rest): (Vec<&Edge>, Vec<&Edge>) = drawn
            .iter()
            .partition(|edge| self.picture.travelled(edge).is_some());
        let mut labels = Vec::new();
        for one in rest.into_iter().chain(way) {
            labels.push((one, self.edge(svg, one)));
        }
        for (one, place) in labels {
            self.label(svg, one, place);
        }
        self.birth(svg);
        let protocol = if self.is_udp {
            Protocol::Udp
        } else {
            Protocol::Tcp
        };
        for state in States::all(protocol) {
            self.node(svg, state, false);
        }
        if !self.is_udp {
            self.node(svg, State::Tcp(TcpState::Closed), true);
        }
    }

    /// The figure's, UDP's, and whatever was travelled.
    fn is_drawn(&self, edge: &Edge) -> bool {
        self.is_udp || edge.source == Source::Figure || self.picture.travelled(edge).is_some()
    }

    /// Draws an edge; returns where its words stand.
    fn edge(&self, svg: &mut Svg, one: &'static Edge) -> At {
        let from = rect(one.from, false);
        let to = rect(one.to, ends_below(one));
        let paint = match self.picture.travelled(one) {
            Some(_) if one.is_reset() => Paint::line(paper::ERROR.full, 4.0),
            Some(Proof::Rule) => Paint::line(self.tint.faint, 4.0),
            Some(_) => Paint::line(self.tint.full, 4.0),
            None if self.picture.is_next(one) => Paint::line(self.tint.full, 1.5).dashed("4 3"),
            None => Paint::line(paper::OUTLINE, 1.0),
        };
        let both_ways = EDGES.iter().any(|other| {
            other.from == one.to
                && other.to == one.from
                && ends_below(other) == ends_below(one)
                && self.is_drawn(other)
        });
        // The way down lies outside, the way back inside.
        let is_left = from.center().0.min(to.center().0) < WIDTH / 3.0;
        let aside = match (both_ways, is_left) {
            (false, _) => 0.0,
            (true, true) => 12.0,
            (true, false) => -12.0,
        };
        let (start, tip) = edge(svg, (from, to), aside, paint);
        // Of two ways beside each other the words stand apart.
        let along = if both_ways { 0.4 } else { 0.5 };
        At(
            start.0 + (tip.0 - start.0) * along,
            start.1 + (tip.1 - start.1) * along,
        )
    }

    fn label(&self, svg: &mut Svg, one: &'static Edge, at: At) {
        let is_lively = self.picture.travelled(one).is_some() || self.picture.is_next(one);
        let color = if is_lively {
            paper::TEXT
        } else {
            paper::TEXT_QUIET
        };
        // A call looks like one; what comes by itself is in the font of words.
        let words = if one.trigger.is_call() {
            Words::mono(TEXT - 0.5, color)
        } else {
            Words::sans(TEXT, color)
        };
        let words = words.at(Side::Middle);
        let said = one.trigger.words();
        let At(x, y) = nudged(one, at);
        let half = words.width(&said) / 2.0;
        let x = x.clamp(half + 10.0, WIDTH - half - 10.0);
        let wide = if words.mono { 2.0 * half } else { 1.8 * half };
        plate(svg, At(x, y), wide, paper::PAPER);
        svg.text(At(x, y + 4.0), words, &said);
    }

    fn node(&self, svg: &mut Svg, state: State, ends: bool) {
        let mark = self.mark(state, ends);
        let look = match mark {
            Mark::Now => Look::Now,
            Mark::Travelled(Proof::Rule) => Look::Unseen,
            Mark::Travelled(_) => Look::Done,
            Mark::Next => Look::Possible,
            Mark::NotYet => Look::NotYet,
        };
        let told = format!("{}, {}", state.name(), mark.words());
        node(svg, rect(state, ends), look, self.tint, state.name(), &told);
    }

    /// CLOSED stands twice: above as a beginning, below as an end.
    fn mark(&self, state: State, ends: bool) -> Mark {
        let closed = State::Tcp(TcpState::Closed);
        if state != closed {
            return self.picture.mark(state);
        }
        let last = self.picture.steps.iter().rev();
        let arrived = last.into_iter().find(|step| step.to == closed);
        let below = arrived.is_some_and(|step| step.edge.is_none_or(ends_below));
        let is_now = self.picture.now == closed;
        let next_here = |edge: &&&'static Edge| edge.to == closed && ends_below(edge) == ends;
        if is_now && ends == below {
            Mark::Now
        } else if !ends && self.picture.born_of.is_none() {
            Mark::Travelled(Proof::Call)
        } else if !is_now && self.picture.next.iter().any(|edge| next_here(&edge)) {
            Mark::Next
        } else {
            Mark::NotYet
        }
    }

    /// Where an accepted socket's way begins.
    fn birth(&self, svg: &mut Svg) {
        let Some(parent) = self.picture.born_of else {
            return;
        };
        let listen = rect(State::Tcp(TcpState::Listen), false);
        let said = format!("from {parent}'s LISTEN");
        let text = Words::sans(TEXT, paper::TEXT);
        let at = At(listen.x + listen.width + 8.0, listen.center().1 + 4.0);
        svg.text(at, text, &said);
    }
}

/// Where a state stands. CLOSED stands at the top and, for those who end there, at the bottom.
fn rect(state: State, ends: bool) -> Rect {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    const LEFT: f64 = 96.0;
    const MIDDLE: f64 = 270.0;
    const RIGHT: f64 = 444.0;
    let (x, y) = match state {
        State::Tcp(Closed) if ends => (RIGHT, 510.0),
        State::Tcp(Closed) => (MIDDLE, 14.0),
        State::Tcp(Listen) => (LEFT, 100.0),
        State::Tcp(SynReceived) => (LEFT, 175.0),
        State::Tcp(SynSent) => (RIGHT, 140.0),
        State::Tcp(Established) => (MIDDLE, 250.0),
        State::Tcp(FinWait1) => (LEFT, 340.0),
        State::Tcp(CloseWait) => (RIGHT, 340.0),
        State::Tcp(FinWait2) => (LEFT, 425.0),
        State::Tcp(Closing) => (MIDDLE, 425.0),
        State::Tcp(LastAck) => (RIGHT, 425.0),
        State::Tcp(TimeWait) => (LEFT, 510.0),
        State::Udp(UdpState::Unbound) => (MIDDLE, 40.0),
        State::Udp(UdpState::Bound) => (LEFT, 190.0),
        State::Udp(UdpState::PeerSet) => (RIGHT, 190.0),
        State::Udp(UdpState::Closed) => (MIDDLE, 360.0),
    };
    Rect {
        x: x - 62.0,
        y: HEAD + y - 15.0,
        width: 124.0,
        height: 30.0,
    }
}

/// Where the words of an edge stand, if not in its middle: the ways to and from the upper CLOSED are short.
fn nudged(one: &Edge, At(x, y): At) -> At {
    use TcpState::{Closed, Listen, SynSent};
    match (one.from, one.to) {
        (State::Tcp(Closed), State::Tcp(Listen)) => At(x - 34.0, y - 4.0),
        (State::Tcp(Listen), State::Tcp(Closed)) => At(x + 30.0, y + 8.0),
        (State::Tcp(Closed), State::Tcp(SynSent)) => At(x + 30.0, y - 6.0),
        (State::Tcp(SynSent), State::Tcp(Closed)) => At(x - 30.0, y + 6.0),
        _ => At(x, y),
    }
}

/// Whether an edge leads to the lower CLOSED: all but those of a socket that never was connected.
fn ends_below(edge: &Edge) -> bool {
    use TcpState::{Closed, Listen, SynReceived, SynSent};
    let early = matches!(edge.from, State::Tcp(Listen | SynSent | SynReceived));
    edge.to == State::Tcp(Closed) && !early
}
