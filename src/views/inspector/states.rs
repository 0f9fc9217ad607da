//! The States tab: TCP's diagram as RFC 9293 draws it, or UDP's four states, with the way of the chosen socket.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Color32, Pos2, Rect, Role, Sense, Stroke, Ui, pos2, vec2};

use crate::model::call::Protocol;
use crate::model::cycle::Proof;
use crate::model::cycle::edges::{Act, EDGES, Edge, Source, State, Trigger, UdpState};
use crate::model::cycle::lingering::ghost;
use crate::model::cycle::states::{Mark, States, states};
use crate::model::event::TcpState;
use crate::model::socket::Socket;
use crate::views::cards::CardsState;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::paint_glyph;
use crate::views::{Action, Shown};

use super::diagram::{self, Paint, TRAVELLED, WAY};
use super::kernel::kernel_ui;
use super::{next, parts};

/// The width the places are measured in; a wider panel spreads them.
const WIDTH: f32 = 296.0;
const TCP_HEIGHT: f32 = 470.0;
const UDP_HEIGHT: f32 = 260.0;
const HIGH: f32 = 28.0;

pub(super) fn states_ui(
    ui: &mut Ui,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sockets = shown.recording.sockets();
    let socket = shown.selected.and_then(|id| sockets.get(id));
    let picture = socket.and_then(|socket| states(sockets, socket.id));
    let (Some(socket), Some(picture)) = (socket, picture) else {
        parts::hint(ui, "Choose a card to see the states of its socket.");
        return;
    };
    let left = ghost(sockets, socket.id).and_then(|ghost| ghost.seconds_left(shown.now));
    let now = picture.now.name();
    let words = left.map_or_else(|| now.to_owned(), |left| format!("{now}, {left:.0} s left"));
    parts::who(ui, Some(socket), &words);
    let height = match socket.protocol {
        Protocol::Tcp => TCP_HEIGHT,
        Protocol::Udp => UDP_HEIGHT,
    };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let lit = shown
        .row
        .and_then(|row| shown.recording.numbered(row))
        .and_then(|entry| picture.edge_of_call(entry.start.seq));
    let diagram = Diagram {
        rect,
        scale: rect.width() / WIDTH,
        socket,
        picture: &picture,
        lit,
    };
    if let Some(act) = diagram.paint(ui, shown) {
        next::press(act, socket, cards, shown, actions);
    }
    next::next_ui(ui, socket, &picture, cards, shown, actions);
    kernel_ui(ui, socket, &picture, shown);
    if socket.protocol == Protocol::Tcp {
        parts::hint(
            ui,
            "As RFC 9293 draws it; two connects that meet are left out. Pale: it follows from TCP's rules, nobody saw \
             it.",
        );
    }
}

struct Diagram<'a> {
    rect: Rect,
    scale: f32,
    socket: &'a Socket,
    picture: &'a States,
    /// The edge of the chosen call.
    lit: Option<&'static Edge>,
}

/// Where a state stands, and how wide it is. CLOSED stands at the top and, for those who end there, at the bottom.
fn place(state: State, ends: bool) -> (f32, f32, f32) {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    match state {
        State::Tcp(Closed) if ends => (250.0, 448.0, 84.0),
        State::Tcp(Closed) => (148.0, 18.0, 92.0),
        State::Tcp(Listen) => (48.0, 80.0, 88.0),
        State::Tcp(SynReceived) => (48.0, 146.0, 92.0),
        State::Tcp(SynSent) => (250.0, 146.0, 84.0),
        State::Tcp(Established) => (148.0, 220.0, 112.0),
        State::Tcp(FinWait1) => (48.0, 300.0, 88.0),
        State::Tcp(CloseWait) => (250.0, 300.0, 84.0),
        State::Tcp(FinWait2) => (48.0, 374.0, 88.0),
        State::Tcp(Closing) => (148.0, 374.0, 84.0),
        State::Tcp(LastAck) => (250.0, 374.0, 84.0),
        State::Tcp(TimeWait) => (48.0, 448.0, 88.0),
        State::Udp(UdpState::Unbound) => (148.0, 20.0, 92.0),
        State::Udp(UdpState::Bound) => (60.0, 100.0, 92.0),
        State::Udp(UdpState::PeerSet) => (236.0, 100.0, 92.0),
        State::Udp(UdpState::Closed) => (148.0, 230.0, 92.0),
    }
}

/// Where the words of an edge stand; `None`: it is drawn only where it was travelled, or may be next.
fn words_at(edge: &Edge) -> Option<(f32, f32)> {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    if edge.source != Source::Figure {
        return match (edge.from, edge.to) {
            (State::Udp(UdpState::Unbound), State::Udp(UdpState::Bound)) => Some((84.0, 60.0)),
            (State::Udp(UdpState::Unbound), State::Udp(UdpState::PeerSet)) => Some((214.0, 60.0)),
            (State::Udp(UdpState::Bound), State::Udp(UdpState::PeerSet)) => Some((148.0, 114.0)),
            (State::Udp(UdpState::Bound), _) => Some((84.0, 168.0)),
            (State::Udp(UdpState::PeerSet), _) => Some((212.0, 168.0)),
            _ => None,
        };
    }
    let (State::Tcp(from), State::Tcp(to)) = (edge.from, edge.to) else {
        return None;
    };
    Some(match (from, to) {
        (Closed, Listen) => (66.0, 42.0),
        (Listen, Closed) => (136.0, 62.0),
        (Closed, SynSent) => (226.0, 66.0),
        (SynSent, Closed) => (186.0, 112.0),
        (Listen, SynReceived) => (48.0, 113.0),
        (SynReceived, Established) => (84.0, 183.0),
        (SynSent, Established) => (222.0, 183.0),
        (Established, FinWait1) => (74.0, 260.0),
        (Established, CloseWait) => (222.0, 260.0),
        (FinWait1, FinWait2) => (36.0, 337.0),
        (FinWait1, Closing) => (116.0, 337.0),
        (CloseWait, LastAck) => (226.0, 337.0),
        (FinWait2, TimeWait) => (36.0, 411.0),
        (Closing, TimeWait) => (116.0, 411.0),
        (LastAck, Closed) => (250.0, 411.0),
        (TimeWait, Closed) => (150.0, 437.0),
        _ => return None,
    })
}

impl Diagram<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.rect.min + vec2(x * self.scale, y)
    }

    fn node_rect(&self, state: State, ends: bool) -> Rect {
        let (x, y, width) = place(state, ends);
        Rect::from_center_size(self.at(x, y), vec2(width, HIGH))
    }

    fn paint(&self, ui: &Ui, shown: &Shown<'_>) -> Option<Act> {
        let mut pressed = None;
        let udp = self.socket.protocol == Protocol::Udp;
        let own = |edge: &&&Edge| matches!(edge.from, State::Udp(_)) == udp;
        // Those not travelled first: the way lies on top.
        let (travelled, others): (Vec<&Edge>, Vec<&Edge>) = EDGES
            .iter()
            .collect::<Vec<_>>()
            .iter()
            .filter(own)
            .copied()
            .partition(|edge| self.picture.travelled(edge).is_some());
        for edge in others.into_iter().chain(travelled) {
            self.edge(ui, edge);
        }
        for edge in EDGES.iter().filter(|edge| own(&edge)) {
            let can = self.picture.is_next(edge) && shown.can_call();
            pressed = self.words(ui, edge, can).or(pressed);
        }
        self.birth(ui, shown);
        for state in States::all(self.socket.protocol) {
            self.node(ui, state, false);
        }
        if !udp {
            self.node(ui, State::Tcp(TcpState::Closed), true);
        }
        pressed
    }

    /// An edge is drawn where its words have a place, where it was travelled, and a reset also where it may come.
    fn edge(&self, ui: &Ui, edge: &'static Edge) {
        let p = theme::of(ui);
        let known = self.picture.travelled(edge);
        if known.is_none() && words_at(edge).is_none() {
            return;
        }
        let (role, _, pale) = theme::role_colors(p, self.socket.kind());
        let is_next = self.picture.is_next(edge);
        let (stroke, dashed) = match known {
            Some(_) if edge.is_reset() => (Stroke::new(WAY, p.err), false),
            Some(Proof::Rule) => (Stroke::new(WAY, pale), false),
            Some(_) => (Stroke::new(WAY, role), false),
            None if is_next => (Stroke::new(size::LINE_ICON, role), true),
            None => (Stroke::new(size::LINE_ICON, p.ctl), false),
        };
        let points = self.line(edge);
        if self.lit == Some(edge) {
            let ring = Stroke::new(WAY + 2.0 * TRAVELLED, p.ink);
            ui.painter().line_segment(points, ring);
        }
        diagram::arrow(ui.painter(), &points, stroke, dashed);
    }

    fn line(&self, edge: &Edge) -> [Pos2; 2] {
        let at_end = ends_below(edge);
        let from = self.node_rect(edge.from, false);
        let to = self.node_rect(edge.to, at_end);
        let level = (from.center().y - to.center().y).abs() < 1.0;
        if level && to.center().x > from.center().x {
            return [from.right_center(), to.left_center()];
        }
        let side = (to.center().x - from.center().x).signum();
        let slant = if (to.center().x - from.center().x).abs() < 1.0 {
            0.0
        } else {
            22.0 * side
        };
        // A way back lies beside the way there.
        let back = match (edge.from, edge.to) {
            (State::Tcp(TcpState::Listen | TcpState::SynSent), State::Tcp(TcpState::Closed)) => {
                16.0
            }
            _ => 0.0,
        };
        if to.center().y > from.center().y {
            [
                pos2(from.center().x + slant, from.bottom()),
                pos2(to.center().x - slant * 0.6, to.top()),
            ]
        } else {
            [
                pos2(from.center().x + slant + back * side, from.top()),
                pos2(to.center().x - slant * 0.6 + back * side, to.bottom()),
            ]
        }
    }

    /// The words on an edge. A call that may come next is a button: whether it was pressed.
    fn words(&self, ui: &Ui, edge: &'static Edge, can: bool) -> Option<Act> {
        let p = theme::of(ui);
        let at = match words_at(edge) {
            Some((x, y)) => self.at(x, y),
            None if self.picture.travelled(edge).is_some() => {
                let [from, to] = self.line(edge);
                from + (to - from) * 0.5
            }
            None => return None,
        };
        let color = if self.picture.travelled(edge).is_some() || self.picture.is_next(edge) {
            p.text
        } else {
            p.text3
        };
        match edge.trigger {
            Trigger::Call(acts) => {
                // The FIN edge has two calls: one line each.
                for (row, act) in acts.iter().enumerate() {
                    let down = row as f32 * 18.0 - (acts.len() - 1) as f32 * 9.0;
                    let at = at + vec2(0.0, down);
                    if !can {
                        diagram::plate(ui, at, act.words(), Type::MonoEdge, color);
                    } else if next::edge_button(ui, at, *act, edge) {
                        return Some(*act);
                    }
                }
            }
            Trigger::Event(happening) => italic(ui, at, happening.words(), color),
        }
        None
    }

    fn node(&self, ui: &Ui, state: State, ends: bool) {
        let p = theme::of(ui);
        let (role, dim, pale) = theme::role_colors(p, self.socket.kind());
        let plain = Paint::plain(p);
        let mark = self.mark(state, ends);
        let paint = match mark {
            Mark::Now => Paint {
                fill: role,
                border: Stroke::NONE,
                text: p.onrole,
                bold: true,
                ring: Some(Stroke::new(2.0, role)),
                ..plain
            },
            Mark::Travelled(Proof::Rule) => Paint {
                border: Stroke::new(TRAVELLED, pale),
                text: p.text2,
                ..plain
            },
            Mark::Travelled(_) => Paint {
                fill: dim,
                border: Stroke::new(TRAVELLED, role),
                text: p.text,
                bold: true,
                ..plain
            },
            Mark::Next => Paint {
                border: Stroke::new(size::LINE_ICON, role),
                dashed: true,
                text: p.text,
                ..plain
            },
            Mark::NotYet => plain,
        };
        let font = if paint.bold {
            Type::MonoEdgeBold
        } else {
            Type::MonoEdge
        };
        let again = if ends { " at the end" } else { "" };
        let name = format!("{}{again}, {}", state.name(), mark.words());
        let rect = self.node_rect(state, ends);
        let response = diagram::node_ui(ui, rect, (state.name(), font), paint, Role::Label, &name);
        response.on_hover_text(name);
    }

    /// CLOSED stands twice: above as a beginning, below as an end.
    fn mark(&self, state: State, ends: bool) -> Mark {
        let closed = State::Tcp(TcpState::Closed);
        if state != closed {
            return self.picture.mark(state);
        }
        let arrived = self
            .picture
            .steps
            .iter()
            .rev()
            .find(|step| step.to == closed);
        let below = arrived.is_some_and(|step| step.edge.is_none_or(ends_below));
        match (ends, self.picture.now == closed) {
            (true, true) if below => Mark::Now,
            (false, true) if !below => Mark::Now,
            (false, _) if self.picture.born_of.is_none() => Mark::Travelled(Proof::Call),
            (true, false) if self.picture.next.iter().any(|edge| ends_below(edge)) => Mark::Next,
            (false, false) if self.picture.next.iter().any(|edge| ends_above(edge)) => Mark::Next,
            _ => Mark::NotYet,
        }
    }

    /// The mark at which an accepted socket's way begins.
    fn birth(&self, ui: &Ui, shown: &Shown<'_>) {
        let Some(parent) = self.picture.born_of else {
            return;
        };
        let p = theme::of(ui);
        let kind = self.socket.kind();
        let (color, ..) = theme::role_colors(p, kind);
        let name = shown
            .recording
            .sockets()
            .get(parent)
            .map_or_else(|| parent.to_string(), |socket| socket.id.to_string());
        let listen = self.node_rect(State::Tcp(TcpState::Listen), false);
        let at = listen.right_center() + vec2(14.0, 0.0);
        paint_glyph(ui.painter(), at, 13.0, kind, color);
        let words = format!("from {name}'s LISTEN");
        let galley = ui
            .painter()
            .layout_no_wrap(words.clone(), Type::Edge.font(), p.text);
        let rect = Rect::from_min_size(at + vec2(10.0, -8.0), galley.size());
        ui.painter().rect_filled(rect.expand(1.0), 0.0, p.panel);
        ui.painter().galley(rect.min, galley, p.text);
        let id = ui.scope_id().with("birth");
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| {
            eframe::egui::WidgetInfo::labeled(Role::Label, true, format!("born {words}"))
        });
    }
}

/// Whether an edge leads to the lower CLOSED: all but those of a socket that never was connected.
fn ends_below(edge: &Edge) -> bool {
    edge.to == State::Tcp(TcpState::Closed) && !ends_above(edge)
}

fn ends_above(edge: &Edge) -> bool {
    let early = matches!(
        edge.from,
        State::Tcp(TcpState::Listen | TcpState::SynSent | TcpState::SynReceived)
    );
    early && edge.to == State::Tcp(TcpState::Closed)
}

fn italic(ui: &Ui, at: Pos2, words: &str, color: Color32) {
    let p = theme::of(ui);
    let format = TextFormat {
        italics: true,
        ..TextFormat::simple(Type::Edge.font(), color)
    };
    let galley = ui
        .painter()
        .layout_job(LayoutJob::single_section(words.to_owned(), format));
    let rect = Rect::from_center_size(at, galley.size() + vec2(4.0, 0.0));
    ui.painter().rect_filled(rect, 0.0, p.panel);
    ui.painter()
        .galley(rect.min + vec2(2.0, 0.0), galley, color);
}
