//! The compact ladder: the last exchanges, the one that is told now in its frame, and the call that comes next.

use std::ops::RangeInclusive;

use eframe::egui::{Align2, Pos2, Rect, Role, StrokeKind, Ui, pos2, vec2};

use crate::model::call::{Method, SocketId};
use crate::model::exchange::{Exchange, waited};
use crate::model::flow::Load;
use crate::model::recording::CallEntry;
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Large};
use crate::views::widgets::paint_glyph;

use super::heads::{BEFORE, Lane, Lanes};
use super::parts::{Arrow, Look, NOW, Sizes, THEN};
use super::{Hall, at, named};

mod waiting;

/// Heights, lines.
const NEXT: f32 = 96.0;
const NOW_HEIGHT: f32 = 232.0;
const PAIR: f32 = 138.0;
const LONE: f32 = 74.0;
/// Bytes of a payload that an arrow shows.
const PAYLOAD: usize = 20;

/// The ladder, in the room between the heads and the line of code.
pub(super) fn ladder_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, rect: Rect) {
    let mut rest = rect;
    let next = hall.cut_bottom(&mut rest, NEXT);
    let now_height = NOW_HEIGHT.min(rest.height() / hall.unit);
    let now = hall.cut_bottom(&mut rest, now_height);
    let mut before: Vec<(&Exchange, Rect)> = Vec::new();
    for exchange in hall.told.iter().rev().skip(1).take(BEFORE) {
        let height = if is_high(exchange) { PAIR } else { LONE };
        if hall.px(height) > rest.height() {
            break;
        }
        before.push((exchange, hall.cut_bottom(&mut rest, height)));
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

/// Whether an exchange needs two rows.
fn is_high(exchange: &Exchange) -> bool {
    !exchange.from.is_empty() || Look::of(&exchange.call).is_tall()
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
    let art = Art {
        hall,
        lanes,
        area: place.shrink2(vec2(0.0, hall.px(14.0))),
        sizes: NOW,
    };
    art.exchange(ui, exchange);
    let line = hall.stroke(4.0, p.ink);
    let radius = hall.radius(14.0);
    ui.painter()
        .rect_stroke(frame, radius, line, StrokeKind::Inside);
    let word = if hall.is_past { "PAST" } else { "NOW" };
    let galley = hall.galley(ui, word, Large::NoteBold, p.onink, f32::INFINITY);
    let tag = Rect::from_min_size(frame.min, galley.size() + vec2(hall.px(36.0), hall.px(8.0)));
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
        let mut text = entry.text(sockets, 64);
        if let Some(waited) = waited(entry) {
            text.push_str(&format!(" waited {waited}"));
        }
        match entry.result(sockets, 64) {
            Some(result) => text.push_str(&format!(" → {result}")),
            None => text.push_str(" waits"),
        }
        parts.push(text);
    }
    parts.join("; ")
}

/// An exchange, painted in a place.
struct Art<'a> {
    hall: &'a Hall<'a>,
    lanes: &'a Lanes,
    area: Rect,
    sizes: Sizes,
}

impl Art<'_> {
    fn exchange(&self, ui: &Ui, exchange: &Exchange) {
        if exchange.from.is_empty() {
            self.alone(ui, exchange);
        } else {
            self.pair(ui, exchange);
        }
    }

    fn upper(&self) -> f32 {
        self.area.top() + self.area.height() * 0.27
    }

    fn lower(&self) -> f32 {
        self.area.top() + self.area.height() * 0.76
    }

    /// The words in a call's box: the call, and how long it waits.
    fn lines(&self, entry: &CallEntry) -> Vec<String> {
        let mut lines = vec![super::upcoming::short(&entry.call)];
        if entry.count > 1 {
            lines[0].push_str(&format!(" × {}", entry.count));
        }
        if entry.is_waiting() {
            let since = self.hall.shown.now.saturating_sub(entry.start.at);
            lines.push(format!("waits {} s", since / 1_000_000_000));
        } else if let Some(waited) = waited(entry) {
            lines.push(format!("waited {waited}"));
        }
        lines
    }

    /// A call's box on its lane; a listener's accept stands left of its line, which goes on.
    fn call(&self, ui: &Ui, entry: &CallEntry, lane: &Lane, y: RangeInclusive<f32>) -> Rect {
        let hall = self.hall;
        let lines = self.lines(entry);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let tall = y.end() - y.start() > 1.0;
        // Two lines of the largest size would be higher than their box.
        let call = if lines.len() > 1 {
            small(self.sizes.call)
        } else {
            self.sizes.call
        };
        let width = hall.box_width(ui, &lines, call);
        let half = hall.px(self.sizes.high) / 2.0;
        let beside = entry.method() == Method::Accept && lane.kind == SocketKind::Listener;
        let gap = hall.px(48.0);
        let center = if beside {
            lane.x - gap - width / 2.0
        } else {
            lane.x
        };
        let rect = Rect::from_min_max(
            pos2(center - width / 2.0, y.start() - half),
            pos2(center + width / 2.0, y.end() + half),
        );
        let rect = hall.within(rect, hall.inset(hall.rect));
        if beside {
            let (full, ..) = theme::role_colors(hall.p, lane.kind);
            let stub = if tall {
                *y.start() - half * 0.4
            } else {
                *y.start()
            };
            ui.painter()
                .hline(rect.right()..=lane.x, stub, hall.stroke(3.0, full));
        }
        hall.call_box(ui, rect, &lines, call, Look::of(entry), lane.kind);
        rect
    }

    /// What came of a call, beside its box: on the side away from `other`, where it fits there.
    fn result(&self, ui: &Ui, entry: &CallEntry, rect: Rect, y: f32, away_from: Option<f32>) {
        let hall = self.hall;
        let p = hall.p;
        let Some(result) = result_words(hall, entry) else {
            return;
        };
        let look = Look::of(entry);
        let color = match look {
            Look::Failed => p.err,
            Look::WouldBlock => p.again,
            _ => p.text,
        };
        let area = hall.inset(hall.rect);
        let room = |right: bool| {
            let lines = self.lanes.0.iter().map(|lane| lane.x);
            let gap = hall.px(24.0);
            if right {
                let until = lines
                    .filter(|x| *x > rect.right())
                    .fold(area.right(), f32::min);
                until - rect.right() - gap
            } else {
                let from = lines
                    .filter(|x| *x < rect.left())
                    .fold(area.left(), f32::max);
                rect.left() - from - gap
            }
        };
        let wide = hall.text_width(ui, &format!("→ {result}"), self.sizes.result);
        let wants_right = away_from.is_none_or(|x| x < rect.center().x);
        let right = match (room(true) >= wide, room(false) >= wide) {
            (true, false) => true,
            (false, true) => false,
            (true, true) => wants_right,
            (false, false) => area.right() - rect.right() >= rect.left() - area.left(),
        };
        let sign = if look == Look::Failed || look == Look::WouldBlock {
            56.0
        } else {
            0.0
        };
        let (from, anchor, text, most) = if right {
            let from = rect.right() + hall.px(18.0);
            (
                from,
                Align2::LEFT_CENTER,
                format!("→ {result}"),
                area.right() - from,
            )
        } else {
            let from = rect.left() - hall.px(18.0 + sign);
            (
                from,
                Align2::RIGHT_CENTER,
                format!("{result} ←"),
                from - area.left(),
            )
        };
        hall.plate(
            ui,
            at(from, y),
            anchor,
            (&text, self.sizes.result, color),
            most,
        );
    }

    /// A call that stands alone, and what it reaches.
    fn alone(&self, ui: &Ui, exchange: &Exchange) {
        let entry = &exchange.call;
        let y = self.area.center().y;
        let Some(lane) = entry.socket.and_then(|id| self.lanes.of(id)) else {
            return self.nowhere(ui, entry, y);
        };
        let is_tall = Look::of(entry).is_tall();
        let span = if is_tall {
            self.upper()..=self.lower()
        } else {
            y..=y
        };
        let to = exchange.to.and_then(|id| self.lanes.of(id));
        let rect = self.call(ui, entry, lane, span);
        if let Some(to) = to {
            self.reach(ui, entry, (rect, lane), to, y);
        }
        self.result(ui, entry, rect, y, to.map(|to| to.x));
        if let Some(born) = exchange.born().filter(|born| Some(*born) != entry.socket) {
            self.birth(ui, rect, born, y);
        }
    }

    /// A call of a socket that has no lane: it failed to make one.
    fn nowhere(&self, ui: &Ui, entry: &CallEntry, y: f32) {
        let lines = self.lines(entry);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let width = self.hall.box_width(ui, &lines, self.sizes.call);
        let size = vec2(width, self.hall.px(self.sizes.high));
        let rect = Rect::from_center_size(at(self.area.center().x, y), size);
        let kind = SocketKind::Client;
        self.hall
            .call_box(ui, rect, &lines, self.sizes.call, Look::of(entry), kind);
        self.result(ui, entry, rect, y, None);
    }

    /// The arrow of a call that stands alone, to the line it reaches.
    fn reach(&self, ui: &Ui, entry: &CallEntry, (rect, from): (Rect, &Lane), to: &Lane, y: f32) {
        let hall = self.hall;
        let p = hall.p;
        let (color, _, faint) = theme::role_colors(p, from.kind);
        let begin = at(edge_towards(rect, to.x), y);
        let gap = if to.x < begin.x {
            hall.px(14.0)
        } else {
            -hall.px(14.0)
        };
        let end = at(to.x + gap, y + hall.px(8.0));
        let sizes = self.sizes;
        match entry.method() {
            Method::Connect if from.kind == SocketKind::UdpPeer => {}
            Method::Connect => {
                let label = ("handshake: your system", Large::Note, p.text2);
                hall.arrow(ui, (begin, end), (Arrow::Handshake, faint), label);
                let seat = hall.seat(ui, at(to.x, end.y + hall.px(40.0)));
                paint_glyph(ui.painter(), seat.center(), hall.px(28.0), from.kind, color);
                let look = ("in the accept queue", Large::Note, p.text2);
                let beside = at(seat.right() + hall.px(16.0), seat.center().y);
                hall.plate(ui, beside, Align2::LEFT_CENTER, look, f32::INFINITY);
            }
            Method::Close | Method::Shutdown => {
                let label = ("end", sizes.data, p.text);
                hall.arrow(ui, (begin, end), (Arrow::Thin, color), label);
            }
            method if method.sends() => {
                let arrow = if method == Method::SendTo {
                    Arrow::Datagram
                } else {
                    Arrow::Data
                };
                let text = payload(entry, None);
                let label = (text.as_str(), sizes.data, p.text);
                hall.arrow(ui, (begin, end), (arrow, color), label);
                ui.painter()
                    .circle_filled(at(to.x, end.y), hall.px(14.0), color);
                self.lies_here(ui, entry, to, end, begin.x);
            }
            _ => {}
        }
    }

    /// What waits where it landed, in words, on the side where nothing stands.
    fn lies_here(&self, ui: &Ui, entry: &CallEntry, to: &Lane, landing: Pos2, from_x: f32) {
        let hall = self.hall;
        let is_now = hall.now().is_some_and(|now| now.has(entry.number));
        let sockets = hall.shown.recording.sockets();
        let unread = sockets.get(to.socket).and_then(|socket| socket.unread());
        let Some(count) = unread.filter(|count| *count > 0 && is_now && !hall.is_past) else {
            return;
        };
        let text = match count {
            1 => "1 byte waits here".to_owned(),
            many => format!("{many} bytes wait here"),
        };
        let area = hall.inset(hall.rect);
        let gap = hall.px(30.0);
        let look = (text.as_str(), Large::Note, hall.p.text2);
        if from_x > to.x {
            let from = at(landing.x - gap * 2.0, landing.y);
            let from = at(from.x.min(to.x - gap), from.y);
            hall.plate(ui, from, Align2::RIGHT_CENTER, look, from.x - area.left());
        } else {
            let from = at(to.x + gap, landing.y);
            hall.plate(ui, from, Align2::LEFT_CENTER, look, area.right() - from.x);
        }
    }

    /// Calls that belong together: above who gave, below who took.
    fn pair(&self, ui: &Ui, exchange: &Exchange) {
        let hall = self.hall;
        let p = hall.p;
        let entry = &exchange.call;
        let (upper, lower) = (self.upper(), self.lower());
        let Some((giver, load)) = exchange.from.last() else {
            return;
        };
        let giver_lane = giver.socket.and_then(|id| self.lanes.of(id));
        let Some(taker_lane) = entry.socket.and_then(|id| self.lanes.of(id)) else {
            return;
        };
        let Some(giver_lane) = giver_lane else { return };
        let is_seat = *load == Load::Seat;
        let is_tall = Look::of(entry).is_tall() || is_seat;
        let span = if is_tall {
            upper..=lower
        } else {
            lower..=lower
        };
        let taken = self.call(ui, entry, taker_lane, span);
        let gave = self.call(ui, giver, giver_lane, upper..=upper);
        let (color, _, faint) = theme::role_colors(p, giver_lane.kind);
        let begin = at(edge_towards(gave, taken.center().x), upper);
        let towards_left = taken.center().x < begin.x;
        let gap = |lines: f32| {
            if towards_left {
                hall.px(lines)
            } else {
                -hall.px(lines)
            }
        };
        let onto_box = is_tall && !is_seat;
        let end_x = if onto_box {
            edge_towards(taken, begin.x) + gap(4.0)
        } else {
            taker_lane.x + gap(if is_seat { 6.0 } else { 14.0 })
        };
        let end = at(end_x, upper + hall.px(8.0));
        let text = payload(giver, Some(*load));
        let more = exchange.from.len() - 1;
        let text = if more > 0 {
            format!("{text} and {more} more")
        } else {
            text
        };
        let label = (text.as_str(), self.sizes.data, p.text);
        match load {
            Load::Seat => {
                let label = ("handshake: your system", Large::Note, p.text2);
                hall.arrow(ui, (begin, end), (Arrow::Handshake, faint), label);
                self.seat(ui, taken, taker_lane, giver_lane);
                if let Some(born) = exchange.born() {
                    self.birth(ui, taken, born, lower + hall.px(self.sizes.high) * 0.3);
                }
            }
            Load::End | Load::Reset => {
                hall.arrow(
                    ui,
                    (begin, end),
                    (Arrow::Thin, color),
                    ("end", self.sizes.data, p.text),
                );
            }
            Load::Datagram { .. } | Load::Lost { .. } => {
                hall.arrow(ui, (begin, end), (Arrow::Datagram, color), label);
            }
            _ => hall.arrow(ui, (begin, end), (Arrow::Data, color), label),
        }
        if !onto_box && !is_seat {
            ui.painter()
                .circle_filled(at(taker_lane.x, end.y), hall.px(14.0), color);
        }
        if !is_seat {
            self.result(ui, giver, gave, upper, Some(taken.center().x));
            self.result(ui, entry, taken, lower, Some(giver_lane.x));
        }
    }

    /// The connection's seat in the accept queue, and the way from it into accept.
    fn seat(&self, ui: &Ui, taken: Rect, listener: &Lane, client: &Lane) {
        let hall = self.hall;
        let (color, ..) = theme::role_colors(hall.p, client.kind);
        let y = self.area.center().y;
        let seat = hall.seat(ui, at(listener.x, y));
        paint_glyph(
            ui.painter(),
            seat.center(),
            hall.px(28.0),
            client.kind,
            color,
        );
        let way = (at(seat.left(), y), at(taken.right() + hall.px(2.0), y));
        hall.arrow(ui, way, (Arrow::Seat, color), ("", Large::Note, color));
    }

    /// From accept to the line of the new socket: level, over the listener's own.
    fn birth(&self, ui: &Ui, from: Rect, born: SocketId, y: f32) {
        let hall = self.hall;
        let p = hall.p;
        let Some(lane) = self.lanes.of(born) else {
            return;
        };
        let (color, ..) = theme::role_colors(p, lane.kind);
        let begin = at(edge_towards(from, lane.x), y);
        let end = at(lane.x - hall.px(24.0), y);
        let label = ("new socket", Large::NoteBold, color);
        hall.arrow(ui, (begin, end), (Arrow::Thin, color), label);
        paint_glyph(ui.painter(), at(lane.x, y), hall.px(56.0), lane.kind, color);
    }
}

/// The edge of a box on the side of `x`.
fn edge_towards(rect: Rect, x: f32) -> f32 {
    if x < rect.center().x {
        rect.left()
    } else {
        rect.right()
    }
}

/// A size that leaves room for a second line.
fn small(large: Large) -> Large {
    match large {
        Large::Now => Large::Data,
        other => other,
    }
}

/// What came of a call, where it is worth a word: that a call without an answer succeeded is seen.
fn result_words(hall: &Hall<'_>, entry: &CallEntry) -> Option<String> {
    let sockets = hall.shown.recording.sockets();
    match entry.method() {
        Method::Socket | Method::Accept if entry.born().is_some() => None,
        Method::RecvFrom => {
            let result = entry.result(sockets, PAYLOAD)?;
            let bytes = result
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(", ("));
            Some(bytes.map_or(result.clone(), |(bytes, _)| bytes.to_owned()))
        }
        _ => entry
            .result(sockets, PAYLOAD)
            .filter(|result| result != "None"),
    }
}

/// What travels, as an arrow says it: the bytes, or how many of them.
fn payload(entry: &CallEntry, load: Option<Load>) -> String {
    if let Some(Load::Bytes { len, of, .. }) = load
        && len < of
    {
        return format!("{len} of {of} bytes");
    }
    entry.call.payload().map_or_else(
        || format!("{} bytes", entry.bytes_moved),
        |payload| payload.python(PAYLOAD),
    )
}
