//! The Methods tab: the life cycle of the calls, server and client side by side, UDP below.

use eframe::egui::{self, Color32, Pos2, Rect, Role, Sense, Stroke, Ui, pos2, vec2};

use crate::model::call::{Method, SocketId};
use crate::model::cycle::methods::{
    ARROWS, Arrow, Kind, Lane, Methods, Node, NodeLook, NodeState, methods,
};
use crate::model::lifecycle::{Look, badge};
use crate::model::socket::{Socket, SocketKind};
use crate::views::cards::CardsState;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets::{escaped, glyph, method_sample, paint_glyph};
use crate::views::{Action, Shown};

use super::diagram::{self, Paint, TRAVELLED};
use super::{making, parts};

/// The width the places are measured in; a wider panel spreads them.
const WIDTH: f32 = 296.0;
/// The height of TCP's part.
const TCP_HEIGHT: f32 = 366.0;
/// The height of UDP's part.
const UDP_HEIGHT: f32 = 92.0;
const NODE: egui::Vec2 = vec2(96.0, 24.0);

pub(super) fn methods_ui(
    ui: &mut Ui,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sockets = shown.recording.sockets();
    let selected = shown.selected.and_then(|id| sockets.get(id));
    match selected {
        Some(socket) => parts::who(ui, Some(socket), &doing(socket)),
        None if shown.can_call() => {
            parts::hint(ui, "The calls, in their order. Each can be clicked.");
        }
        None => parts::hint(ui, "The calls, in their order."),
    }
    let picture = methods(sockets, shown.selected);
    let lit = shown.row.and_then(|row| {
        let entry = shown.recording.numbered(row)?;
        Some((entry.method(), entry.socket?))
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TCP_HEIGHT), Sense::hover());
    let mut canvas = Canvas {
        picture: &picture,
        lit,
        places: tcp_places(rect),
        enabled: shown.can_call(),
    };
    lanes_ui(ui, rect, &picture, shown);
    canvas.paint(ui, cards, shown, actions);
    ui.separator();
    ui.horizontal(|ui| {
        glyph(ui, SocketKind::UdpPeer, 14.0);
        ui.label(Type::LabelBold.text("UDP"));
        let p = theme::of(ui);
        ui.label(Type::Label.colored("no listen, no accept, no connection", p.text2));
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), UDP_HEIGHT), Sense::hover());
    canvas.places = udp_places(ui, rect);
    canvas.paint(ui, cards, shown, actions);
    ui.separator();
    legend_ui(ui, selected.map_or(SocketKind::Connection, Socket::kind));
}

/// What the chosen socket does: `waits in recv`, or its state.
fn doing(socket: &Socket) -> String {
    match socket.waiting.last() {
        Some(pending) => format!("waits in {}()", pending.method),
        None => badge(socket),
    }
}

struct Canvas<'a> {
    picture: &'a Methods,
    /// The chosen call.
    lit: Option<(Method, SocketId)>,
    places: Vec<(Node, Rect)>,
    enabled: bool,
}

fn tcp_places(rect: Rect) -> Vec<(Node, Rect)> {
    let scale = rect.width() / WIDTH;
    let at = |lane, method, x: f32, y: f32| {
        let center = rect.min + vec2(x * scale, y);
        (Node { lane, method }, Rect::from_center_size(center, NODE))
    };
    let server = [
        (Method::Socket, 38.0),
        (Method::Bind, 82.0),
        (Method::Listen, 126.0),
        (Method::Accept, 170.0),
        (Method::Recv, 246.0),
        (Method::Send, 294.0),
        (Method::Close, 350.0),
    ];
    let client = [
        (Method::Socket, 126.0),
        (Method::Connect, 170.0),
        (Method::Send, 246.0),
        (Method::Recv, 294.0),
        (Method::Close, 350.0),
    ];
    let server = server.map(|(method, y)| at(Lane::Server, method, 74.0, y));
    let client = client.map(|(method, y)| at(Lane::Client, method, 222.0, y));
    server.into_iter().chain(client).collect()
}

/// Each row takes the whole width: as wide as its words, with equal gaps.
fn udp_places(ui: &Ui, rect: Rect) -> Vec<(Node, Rect)> {
    let mut places = Vec::new();
    for (lane, y) in [(Lane::Receiver, 20.0), (Lane::Sender, 72.0)] {
        let width = |method: &Method| {
            let font = Type::MonoEdge.font();
            let galley =
                ui.painter()
                    .layout_no_wrap(method.name().to_owned(), font, Color32::PLACEHOLDER);
            galley.size().x + 10.0
        };
        let widths: Vec<f32> = lane.methods().iter().map(width).collect();
        let spare = rect.width() - 12.0 - widths.iter().sum::<f32>();
        let gap = spare / (widths.len() - 1) as f32;
        let mut left = rect.left() + 6.0;
        for (method, width) in lane.methods().iter().zip(widths) {
            let min = pos2(left, rect.top() + y - NODE.y / 2.0);
            let place = Rect::from_min_size(min, vec2(width, NODE.y));
            places.push((
                Node {
                    lane,
                    method: *method,
                },
                place,
            ));
            left += width + gap;
        }
    }
    places
}

/// The names over the two columns.
fn lanes_ui(ui: &Ui, rect: Rect, picture: &Methods, shown: &Shown<'_>) {
    let p = theme::of(ui);
    let scale = rect.width() / WIDTH;
    let cast = &picture.cast;
    let name = |id: Option<SocketId>, otherwise: &str| {
        let socket = id.and_then(|id| shown.recording.sockets().get(id));
        socket.map_or_else(|| otherwise.to_owned(), |socket| socket.name.clone())
    };
    for (kind, x, y, words) in [
        (
            SocketKind::Listener,
            74.0,
            10.0,
            name(cast.listener, "server"),
        ),
        (SocketKind::Client, 222.0, 98.0, name(cast.client, "client")),
    ] {
        let (color, ..) = theme::role_colors(p, kind);
        let center = rect.min + vec2(x * scale, y);
        let words = escaped(&words);
        let text = diagram::heading(ui, center, &words);
        paint_glyph(
            ui.painter(),
            pos2(text.left() - 11.0, center.y),
            12.0,
            kind,
            color,
        );
    }
}

impl Canvas<'_> {
    fn place(&self, node: Node) -> Option<Rect> {
        let found = self.places.iter().find(|(there, _)| *there == node);
        found.map(|(_, rect)| *rect)
    }

    fn paint(
        &self,
        ui: &mut Ui,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        for arrow in ARROWS {
            self.arrow(ui, *arrow);
        }
        self.goes_on(ui);
        for (node, rect) in &self.places {
            if let Some(state) = self.picture.state(*node) {
                self.node_ui(ui, *rect, state, cards, shown, actions);
            }
        }
        for (node, rect) in &self.places {
            if let Some(state) = self.picture.state(*node).filter(|state| state.here) {
                // Above the first node stands its column's name.
                let y = if state.method == Method::Socket {
                    rect.bottom() + 11.0
                } else {
                    rect.top() - 11.0
                };
                diagram::here_plate(ui, pos2(rect.right(), y));
            }
        }
    }

    fn node_ui(
        &self,
        ui: &mut Ui,
        rect: Rect,
        state: &NodeState,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let p = theme::of(ui);
        let mut paint = paint_of(state, self.kind(state), p);
        let is_lit = |(method, socket): (Method, SocketId)| {
            let born = method == Method::Socket && state.node.method == Method::Socket;
            Some(socket) == state.actor && (method == state.method || born)
        };
        let lit = self.lit.is_some_and(is_lit);
        if lit {
            paint.ring = Some(Stroke::new(TRAVELLED, p.ink));
        }
        let udp = matches!(state.node.lane, Lane::Receiver | Lane::Sender);
        let font = match (udp, paint.bold) {
            (true, false) => Type::MonoEdge,
            (true, true) => Type::MonoEdgeBold,
            (false, false) => Type::Mono,
            (false, true) => Type::MonoBold,
        };
        let can = self.enabled && (state.actor.is_some() || state.method == Method::Socket);
        let role = if can { Role::Button } else { Role::Label };
        let label = (state.method.name(), font);
        let response = diagram::node_ui(ui, rect, label, paint, role, &name_of(state, lit));
        if response.clicked() {
            making::press(state, cards, shown, actions);
        }
        let words = making::hover_words(state, cards, shown);
        response.on_hover_text(words);
    }

    /// The listener goes on listening, beside what its connections do.
    fn goes_on(&self, ui: &Ui) {
        let node = |method| Node {
            lane: Lane::Server,
            method,
        };
        let (Some(accept), Some(close)) = (
            self.place(node(Method::Accept)),
            self.place(node(Method::Close)),
        ) else {
            return;
        };
        let accepted = self.picture.state(node(Method::Accept));
        let done = accepted.is_some_and(|state| state.look == NodeLook::Done);
        let p = theme::of(ui);
        let (full, ..) = theme::role_colors(p, SocketKind::Listener);
        let color = if done { full } else { p.hair };
        let x = accept.left() - 14.0;
        let line = [
            accept.left_center(),
            pos2(x, accept.center().y),
            pos2(x, close.top() - 14.0),
        ];
        let stroke = Stroke::new(size::LINE_ICON, color);
        ui.painter()
            .extend(egui::Shape::dashed_line(&line, stroke, 3.0, 3.0));
        let at = pos2(x, close.top() - 7.0);
        diagram::plate(ui, at, "listens on", Type::Edge, p.text3);
    }

    fn kind(&self, state: &NodeState) -> SocketKind {
        match (state.node.lane, state.node.method) {
            (Lane::Client, _) => SocketKind::Client,
            (Lane::Receiver | Lane::Sender, _) => SocketKind::UdpPeer,
            (_, Method::Recv | Method::Send) => SocketKind::Connection,
            (_, Method::Close) if state.actor != self.picture.cast.listener => {
                SocketKind::Connection
            }
            _ => SocketKind::Listener,
        }
    }

    fn arrow(&self, ui: &Ui, arrow: Arrow) {
        let (Some(from), Some(to)) = (self.place(arrow.from), self.place(arrow.to)) else {
            return;
        };
        let (Some(first), Some(second)) =
            (self.picture.state(arrow.from), self.picture.state(arrow.to))
        else {
            return;
        };
        let p = theme::of(ui);
        let reached = first.look == NodeLook::Done && second.look != NodeLook::NotYet;
        let (full, _, line) = theme::role_colors(p, self.kind(first));
        let udp = matches!(arrow.from.lane, Lane::Receiver | Lane::Sender);
        let color = match (reached, udp) {
            (true, _) => full,
            (false, true) => line,
            (false, false) => p.ctl,
        };
        let width = if reached { 2.0 } else { size::LINE_ICON };
        let points = ends(arrow, from, to);
        let dashed = arrow.kind == Kind::Connection || (udp && arrow.kind == Kind::Bytes);
        diagram::arrow(ui.painter(), &points, Stroke::new(width, color), dashed);
        let middle = points[0] + (points[1] - points[0]) * 0.5;
        match arrow.kind {
            Kind::Birth => {
                let (color, ..) = theme::role_colors(p, SocketKind::Connection);
                let at = pos2(from.center().x, from.bottom() + 24.0);
                ui.painter().rect_filled(
                    Rect::from_center_size(at, egui::Vec2::splat(16.0)),
                    0.0,
                    p.panel,
                );
                paint_glyph(ui.painter(), at, 13.0, SocketKind::Connection, color);
                let words = at + vec2(44.0, 0.0);
                diagram::plate(ui, words, "new socket", Type::Edge, p.text2);
            }
            Kind::End => {
                let above = middle - vec2(0.0, 22.0);
                diagram::plate(ui, above, "b\"\" arrives", Type::Edge, p.text2);
            }
            Kind::Order | Kind::Connection | Kind::Bytes => {}
        }
    }
}

/// Where an arrow begins and ends: level between the columns, else from one call down or back up to the next.
fn ends(arrow: Arrow, from: Rect, to: Rect) -> [Pos2; 2] {
    let level = (from.center().y - to.center().y).abs() < 1.0;
    let right = to.center().x > from.center().x;
    if level && right {
        return [from.right_center(), to.left_center()];
    }
    if level {
        return [from.left_center(), to.right_center()];
    }
    let down = to.center().y > from.center().y;
    let beside = match (arrow.from.method, arrow.to.method) {
        // There and back: side by side.
        (Method::Recv, Method::Send) | (Method::Send, Method::Recv) => {
            if down {
                -20.0
            } else {
                20.0
            }
        }
        _ => 0.0,
    };
    let (x1, x2) = (from.center().x + beside, to.center().x + beside);
    if down {
        [pos2(x1, from.bottom()), pos2(x2, to.top())]
    } else {
        [pos2(x1, from.top()), pos2(x2, to.bottom())]
    }
}

fn paint_of(state: &NodeState, kind: SocketKind, p: &Palette) -> Paint {
    let (full, dim, _) = theme::role_colors(p, kind);
    let plain = Paint::plain(p);
    let mut paint = match state.look {
        NodeLook::Done => Paint {
            fill: dim,
            border: Stroke::new(size::LINE_ICON, full),
            text: p.text,
            ..plain
        },
        NodeLook::Waiting => Paint {
            fill: p.wait_dim,
            border: Stroke::new(TRAVELLED, p.wait),
            hatch: Some(p.wait_line),
            text: p.text,
            bold: true,
            ..plain
        },
        NodeLook::Failed => Paint {
            fill: p.err_dim,
            border: Stroke::new(size::LINE_ICON, p.err),
            dashed: true,
            text: p.text,
            ..plain
        },
        NodeLook::Next => Paint {
            fill: full,
            border: Stroke::NONE,
            text: p.onrole,
            bold: true,
            ..plain
        },
        NodeLook::NotYet => plain,
    };
    if state.here {
        paint.ring = Some(Stroke::new(size::LINE_ICON, p.text));
    }
    paint
}

/// `server recv, waiting, you are here`
fn name_of(state: &NodeState, lit: bool) -> String {
    let here = if state.here { ", you are here" } else { "" };
    let chosen = if lit { ", chosen" } else { "" };
    let (lane, method) = (state.node.lane.name(), state.method);
    format!("{lane}: {method}, {}{here}{chosen}", state.look.words())
}

/// What the looks of a card's buttons mean.
fn legend_ui(ui: &mut Ui, kind: SocketKind) {
    let samples = [
        ("next", Look::Natural, 48.0),
        ("allowed", Look::Allowed, 60.0),
        ("waits", Look::WillWait, 64.0),
        ("queued", Look::Queued, 54.0),
        (
            "fails",
            Look::WouldFail(crate::model::errno::Errno::EINVAL),
            48.0,
        ),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        for (label, look, width) in samples {
            method_sample(ui, label, look, kind, width);
        }
    });
}
