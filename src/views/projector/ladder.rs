//! The compact ladder: the last exchanges, the one that is told now in its frame, and the call that comes next.

use eframe::egui::{Rect, Role, StrokeKind, Ui, vec2};

use crate::model::call::{Method, SocketId};
use crate::model::exchange::Exchange;
use crate::model::ladder::waited;
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Large};

use super::lanes::{BEFORE, Lanes};
use super::parts::{Look, NOW, THEN};
use super::{Hall, named};

mod art;
mod reach;
mod select;
mod waiting;

use art::Art;

/// Heights, lines.
const NEXT: f32 = 96.0;
const NOW_HEIGHT: f32 = 250.0;
const PAIR: f32 = 134.0;
const LONE: f32 = 74.0;
const SELECT: f32 = 156.0;

/// The ladder, in the room between the heads and the line of code.
pub(super) fn ladder_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, rect: Rect) {
    let mut free = rect;
    let next = hall.cut_bottom(&mut free, NEXT);
    let now_height = NOW_HEIGHT.min(free.height() / hall.unit);
    let now = hall.cut_bottom(&mut free, now_height);
    let mut before: Vec<(&Exchange, Rect)> = Vec::new();
    for exchange in hall.told.iter().rev().skip(1).take(BEFORE) {
        let height = height(exchange);
        // What a part that is over did has no lane any more.
        let is_over = exchange
            .call
            .socket
            .is_some_and(|id| lanes.of(id).is_none());
        if is_over || hall.px(height) > free.height() {
            break;
        }
        before.push((exchange, hall.cut_bottom(&mut free, height)));
    }
    life_lines(ui, hall, lanes, rect, &before, now);
    for (exchange, place) in before.iter().rev() {
        let art = Art {
            hall,
            lanes,
            area: *place,
            sizes: THEN,
        };
        art.exchange(ui, exchange);
        let words = words(hall, exchange);
        named(
            ui,
            ("before", exchange.key()),
            *place,
            Role::Label,
            &format!("Before: {words}"),
        );
    }
    if let Some(exchange) = hall.now() {
        now_ui(ui, hall, lanes, exchange, now);
    }
    waiting::next_ui(ui, hall, lanes, next);
}

/// The height of what was told before, lines.
fn height(exchange: &Exchange) -> f32 {
    if exchange.call.method() == Method::Select {
        return SELECT;
    }
    let is_queued = exchange.call.method() == Method::Connect && exchange.reached().is_some();
    if !exchange.from.is_empty() || is_queued || Look::of(&exchange.call).is_tall() {
        PAIR
    } else {
        LONE
    }
}

/// The life lines: dotted before the socket was there, none after it was closed.
fn life_lines(
    ui: &Ui,
    hall: &Hall<'_>,
    lanes: &Lanes,
    rect: Rect,
    before: &[(&Exchange, Rect)],
    now: Rect,
) {
    let p = hall.p;
    let shown: Vec<(&Exchange, Rect)> = before
        .iter()
        .rev()
        .copied()
        .chain(hall.now().map(|exchange| (exchange, now)))
        .collect();
    for lane in &lanes.0 {
        let (full, ..) = theme::role_colors(p, lane.kind);
        let born = shown
            .iter()
            .find(|(exchange, _)| exchange.born() == Some(lane.socket));
        let closed = shown
            .iter()
            .find(|(exchange, _)| closes(exchange, lane.socket));
        let gone = closed.is_none()
            && hall
                .shown
                .recording
                .sockets()
                .get(lane.socket)
                .is_some_and(|socket| {
                    let until = hall.now().map_or(u64::MAX, Exchange::last_seq);
                    socket.closed.is_some_and(|closed| closed.seq <= until)
                });
        let top = born.map_or(rect.top(), |(_, place)| place.center().y);
        let bottom = closed.map_or(rect.bottom(), |(_, place)| place.center().y);
        let bottom = if gone { rect.top() } else { bottom };
        let width = if lane.kind == SocketKind::Listener {
            4.0
        } else {
            7.0
        };
        if bottom > top {
            ui.painter()
                .vline(lane.x, top..=bottom, hall.stroke(width, full));
        }
        let dots = hall.stroke(3.0, p.ctl);
        for (from, to) in [(rect.top(), top), (bottom, rect.bottom())] {
            let mut y = from;
            while y + hall.px(4.0) < to {
                ui.painter().vline(lane.x, y..=(y + hall.px(4.0)), dots);
                y += hall.px(14.0);
            }
        }
    }
}

fn closes(exchange: &Exchange, socket: SocketId) -> bool {
    let givers = exchange.from.iter().map(|(entry, _)| entry);
    givers.chain([&exchange.call]).any(|entry| {
        entry.socket == Some(socket) && entry.method() == Method::Close && entry.end.is_some()
    })
}

/// What is told now, in its frame.
fn now_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, exchange: &Exchange, place: Rect) {
    let p = hall.p;
    let frame = place.expand2(vec2(hall.px(14.0), -hall.px(4.0)));
    // The tag has the frame's upper left corner.
    let inside = Rect::from_min_max(
        place.min + vec2(0.0, hall.px(40.0)),
        place.max - vec2(0.0, hall.px(14.0)),
    );
    let art = Art {
        hall,
        lanes,
        area: inside,
        sizes: NOW,
    };
    art.exchange(ui, exchange);
    let line = hall.stroke(4.0, p.ink);
    let radius = hall.radius(14.0);
    ui.painter()
        .rect_stroke(frame, radius, line, StrokeKind::Inside);
    let word = if hall.is_past { "PAST" } else { "NOW" };
    let galley = hall.galley(ui, word, Large::NoteBold, p.onink, f32::INFINITY);
    // Capitals need less than their line: an accept's box begins right below.
    let padding = vec2(hall.px(36.0), hall.px(-6.0));
    let tag = Rect::from_min_size(frame.min, galley.size() + padding);
    ui.painter().rect_filled(tag, radius, p.ink);
    ui.painter()
        .galley(tag.center() - galley.size() / 2.0, galley, p.onink);
    let spoken = format!(
        "{}: {}",
        if hall.is_past { "Past" } else { "Now" },
        words(hall, exchange)
    );
    named(ui, "now", place, Role::Label, &spoken);
}

/// An exchange in words: each call with what it answered, and how long it waited.
fn words(hall: &Hall<'_>, exchange: &Exchange) -> String {
    let sockets = hall.shown.recording.sockets();
    let mut parts: Vec<String> = Vec::new();
    for entry in exchange
        .from
        .iter()
        .map(|(entry, _)| entry)
        .chain([&exchange.call])
    {
        let call = entry.text(sockets, 64);
        let text = match entry.result(sockets, 64) {
            Some(result) => format!("{call} → {result}"),
            None => format!("{call} waits"),
        };
        let text = match waited(entry) {
            Some(waited) => format!("{text}, waited {waited}"),
            None => text,
        };
        parts.push(text);
    }
    parts.join("; ")
}
