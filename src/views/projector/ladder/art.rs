//! An exchange as boxes: who gave above, who took below, what came back beside.

use std::ops::RangeInclusive;

use eframe::egui::{Align2, Rect, Ui, pos2, vec2};

use crate::model::call::Method;
use crate::model::exchange::Exchange;
use crate::model::flow::Load;
use crate::model::ladder::waited;
use crate::model::recording::CallEntry;
use crate::model::socket::SocketKind;
use crate::views::projector::lanes::{Lane, Lanes};
use crate::views::projector::parts::{Arrow, Look, Sizes};
use crate::views::projector::{Hall, at};
use crate::views::theme::{self, Large};
use crate::views::upcoming;

use super::reach::{RESET, handshake, labels, payload};

/// Bytes of a result that are shown.
const RESULT: usize = 20;

/// An exchange, painted in a place.
pub(super) struct Art<'a> {
    pub hall: &'a Hall<'a>,
    pub lanes: &'a Lanes,
    pub area: Rect,
    pub sizes: Sizes,
}

impl Art<'_> {
    pub(super) fn exchange(&self, ui: &mut Ui, exchange: &Exchange) {
        if exchange.from.is_empty() {
            self.alone(ui, exchange);
        } else {
            self.pair(ui, exchange);
        }
    }

    pub(super) fn upper(&self) -> f32 {
        self.area.top() + self.area.height() * 0.25
    }

    fn lower(&self) -> f32 {
        self.area.top() + self.area.height() * 0.76
    }

    /// The words in a call's box: the call, and how long it waits.
    pub(super) fn lines(&self, entry: &CallEntry) -> Vec<String> {
        let mut lines = vec![upcoming::short(&entry.call)];
        if entry.count > 1 {
            lines[0] = format!("{} × {}", lines[0], entry.count);
        }
        if entry.is_waiting() {
            let since = self.hall.shown.now.saturating_sub(entry.start.at);
            lines.push(format!("waits {} s", since / 1_000_000_000));
        } else if let Some(waited) = waited(entry) {
            lines.push(format!("waited {waited}"));
        }
        lines
    }

    /// The largest letters with which these lines have room: two of the largest would be higher than their box.
    pub(super) fn size_of(&self, ui: &Ui, lines: &[&str], room: f32) -> Large {
        let sizes = match (lines.len(), self.sizes.call) {
            (2.., Large::Now) => [Large::Data, Large::Code],
            (_, call) => [call, Large::Data],
        };
        let fits = |size: &Large| self.hall.box_width(ui, lines, *size) <= room;
        sizes.into_iter().find(fits).unwrap_or(Large::Code)
    }

    /// A call's box on its lane; a listener's accept stands beside its line, which goes on: on the left, where no
    /// connection comes in at `from` there.
    fn call(
        &self,
        ui: &Ui,
        entry: &CallEntry,
        lane: &Lane,
        y: RangeInclusive<f32>,
        from: Option<f32>,
    ) -> Rect {
        let hall = self.hall;
        let lines = self.lines(entry);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let tall = y.end() - y.start() > 1.0;
        let beside = entry.method() == Method::Accept && lane.kind == SocketKind::Listener;
        let gap = hall.px(48.0);
        let on_right = from.is_some_and(|from| from < lane.x);
        let room = match (beside, on_right) {
            (true, true) => self.lanes.free_right_of(lane, hall.inset(hall.rect)) - 2.0 * gap,
            (true, false) => lane.x - gap - hall.inset(hall.rect).left(),
            _ => f32::INFINITY,
        };
        let call = self.size_of(ui, &lines, room);
        let width = hall.box_width(ui, &lines, call);
        let reach = hall.px(self.sizes.high) / 2.0;
        let aside = gap + width / 2.0;
        let center = match (beside, on_right) {
            (true, true) => lane.x + aside,
            (true, false) => lane.x - aside,
            _ => lane.x,
        };
        let rect = Rect::from_min_max(
            pos2(center - width / 2.0, y.start() - reach),
            pos2(center + width / 2.0, y.end() + reach),
        );
        let rect = Hall::within(rect, hall.inset(hall.rect));
        if beside {
            let (full, ..) = theme::role_colors(hall.p, lane.kind);
            let stub = if tall {
                *y.start() - reach * 0.4
            } else {
                *y.start()
            };
            let edge = edge_towards(rect, lane.x);
            let way = edge.min(lane.x)..=edge.max(lane.x);
            ui.painter().hline(way, stub, hall.stroke(3.0, full));
        }
        hall.call_box(ui, rect, &lines, call, Look::of(entry), Some(lane.kind));
        rect
    }

    /// What came of a call, beside its box: on the side away from `other`, where it fits there. Returns the box with it.
    fn result(
        &self,
        ui: &Ui,
        entry: &CallEntry,
        rect: Rect,
        y: f32,
        away_from: Option<f32>,
    ) -> Rect {
        let hall = self.hall;
        let p = hall.p;
        let Some(result) = result_words(hall, entry) else {
            return rect;
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
        let width = |large| hall.text_width(ui, &format!("→ {result}"), large);
        // Rather a little smaller than over a line.
        let most = room(true).max(room(false));
        let large = if width(self.sizes.result) <= most || width(Large::Code) > most {
            self.sizes.result
        } else {
            Large::Code
        };
        let wide = width(large);
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
        let (from, anchor, text, limit) = if right {
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
        let words = hall.plate(ui, at(from, y), anchor, (&text, large, color), limit);
        rect.union(words)
    }

    /// A call that stands alone, and what it reaches.
    fn alone(&self, ui: &mut Ui, exchange: &Exchange) {
        let entry = &exchange.call;
        let y = self.area.center().y;
        if let Some(watched) = entry.call.watched()
            && self.select(ui, exchange, &watched.sockets())
        {
            return;
        }
        let Some(lane) = entry.socket.and_then(|id| self.lanes.of(id)) else {
            return self.nowhere(ui, entry, y);
        };
        let is_tall = Look::of(entry).is_tall();
        let span = if is_tall {
            self.upper()..=self.lower()
        } else {
            y..=y
        };
        let to = exchange.reached().and_then(|id| self.lanes.of(id));
        let rect = self.call(ui, entry, lane, span, None);
        if let Some(to) = to {
            let all = self.result(ui, entry, rect, y, Some(to.x));
            self.reach(ui, entry, ((rect, all), lane), to, y);
        } else {
            let outside = self.outside(ui, exchange, (rect, lane), y);
            self.result(ui, entry, rect, y, outside);
        }
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
        let kind = Some(SocketKind::Client);
        self.hall
            .call_box(ui, rect, &lines, self.sizes.call, Look::of(entry), kind);
        self.result(ui, entry, rect, y, None);
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
        let taken = self.call(ui, entry, taker_lane, span, Some(giver_lane.x));
        let gave = self.call(ui, giver, giver_lane, upper..=upper, None);
        let (color, _, faint) = theme::role_colors(p, giver_lane.kind);
        let towards_left = taken.center().x < gave.center().x;
        let gap = |lines: f32| {
            if towards_left {
                hall.px(lines)
            } else {
                -hall.px(lines)
            }
        };
        let onto_box = is_tall && !is_seat;
        let end_x = if onto_box {
            edge_towards(taken, gave.center().x) + gap(4.0)
        } else {
            taker_lane.x + gap(if is_seat { 6.0 } else { 14.0 })
        };
        let end = at(end_x, upper + hall.px(8.0));
        let told = if is_seat {
            gave
        } else {
            self.result(ui, giver, gave, upper, Some(taken.center().x))
        };
        let begin = at(self.begin((gave, told), end.x), upper);
        let mut texts = payload(giver, Some(*load));
        let more = exchange.from.len() - 1;
        if more > 0 {
            texts = texts.map(|text| format!("{text} and {more} more"));
        }
        let labels = labels(hall, self.sizes, &texts);
        match load {
            Load::Seat => {
                hall.arrow(
                    ui,
                    (begin, end),
                    (Arrow::Handshake, faint),
                    &handshake(hall),
                );
                self.seat(ui, taken, taker_lane, giver_lane);
                if let Some(born) = exchange.born() {
                    self.birth(ui, taken, born, lower + hall.px(self.sizes.high) * 0.3);
                }
            }
            Load::End => {
                let label = ("end", self.sizes.data, p.text);
                hall.arrow(ui, (begin, end), (Arrow::Thin, color), &[label]);
            }
            Load::Reset => {
                let label = (RESET, self.sizes.data, p.err);
                hall.arrow(ui, (begin, end), (Arrow::Thin, p.err), &[label]);
            }
            Load::Datagram { .. } | Load::Lost { .. } => {
                hall.arrow(ui, (begin, end), (Arrow::Datagram, color), &labels);
            }
            _ => hall.arrow(ui, (begin, end), (Arrow::Data, color), &labels),
        }
        if !onto_box && !is_seat {
            ui.painter()
                .circle_filled(at(taker_lane.x, end.y), hall.px(14.0), color);
        }
        if !is_seat {
            self.result(ui, entry, taken, lower, Some(giver_lane.x));
        }
    }

    /// Where an arrow to `end` leaves a box: beyond the words beside it, where it is not all words then.
    pub(super) fn begin(&self, (call, with_words): (Rect, Rect), end: f32) -> f32 {
        let edge = edge_towards(with_words, end);
        let is_towards = (end - edge) * (end - call.center().x) > 0.0;
        if is_towards && (end - edge).abs() > self.hall.px(90.0) {
            edge
        } else {
            edge_towards(call, end)
        }
    }
}

/// The edge of a box on the side of `x`.
pub(super) fn edge_towards(rect: Rect, x: f32) -> f32 {
    if x < rect.center().x {
        rect.left()
    } else {
        rect.right()
    }
}

/// What came of a call, where it is worth a word: that a call without an answer succeeded is seen.
fn result_words(hall: &Hall<'_>, entry: &CallEntry) -> Option<String> {
    let sockets = hall.shown.recording.sockets();
    match entry.method() {
        Method::Socket | Method::Accept if entry.born().is_some() => None,
        Method::RecvFrom => {
            let result = entry.result(sockets, RESULT)?;
            let bytes = result
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(", ("));
            Some(bytes.map_or(result.clone(), |(bytes, _)| bytes.to_owned()))
        }
        _ => entry
            .result(sockets, RESULT)
            .filter(|result| result != "None"),
    }
}
