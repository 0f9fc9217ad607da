//! The calls: a box each, with what came of it beside it.

use std::sync::Arc;

use eframe::egui::{
    Color32, CornerRadius, Galley, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::model::ladder::{BoxLook, CallBox, Scene};
use crate::model::reach::{reach, reach_words};
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;

use super::labels::{Room, cut};
use super::{BAR, GUTTER, Painting};

/// From an accept that waited to its listener's line, points.
const BESIDE: f32 = 16.0;
/// The same where the times leave less room than the next, points: beside the seats on that line.
const NEAR: f32 = 11.0;
/// Room enough for `accept` beside its line, points.
const NARROW_BESIDE: f32 = 60.0;
/// So much of a box stands at either side of its line at least, points.
const ON_LINE: f32 = 12.0;
/// The narrowest box, points.
const NARROW: f32 = 84.0;
/// In a box narrower than this no words are begun, points.
const LEAST: f32 = 28.0;
/// What words may take of the room at a box's edges, points.
const SPARE: f32 = 6.0;
/// Between a box and its result, points.
const GAP: f32 = 8.0;

impl Painting<'_, '_> {
    /// Where a box stands; `None`: its column is folded away.
    pub(super) fn box_rect(&self, ui: &Ui, call: &CallBox) -> Option<Rect> {
        let x = self.place.x(call.lane)?;
        let most = self.place.width(call.lane) - 16.0;
        let text = words(call);
        let galley =
            ui.painter()
                .layout_no_wrap(text, self.place.type_().font(), Color32::PLACEHOLDER);
        let sign = if has_sign(call.look) { 20.0 } else { 0.0 };
        let width = (galley.size().x + 20.0 + sign)
            .max(NARROW)
            .min(most.max(24.0));
        let (top, bottom) = (self.place.y(call.top), self.place.y(call.bottom));
        let seen = self.seen();
        let rect = if call.is_beside {
            // Not under the times, which stay at the left.
            let right = x - self.beside(x);
            let width = width
                .min((right - seen.min).max(40.0))
                .min((most / 2.0 - BESIDE).max(24.0));
            Rect::from_min_max(pos2(right - width, top), pos2(right, bottom))
        } else {
            // Neither there nor past the end, while its line is in view.
            let inside = x - ON_LINE >= seen.min && x + ON_LINE <= seen.max;
            let left = if inside && width <= seen.span() {
                (x - width / 2.0).clamp(seen.min, seen.max - width)
            } else {
                x - width / 2.0
            };
            Rect::from_min_max(pos2(left, top), pos2(left + width, bottom))
        };
        Some(rect)
    }

    /// From left to right what is neither under the times nor past the end of the view.
    fn seen(&self) -> Rangef {
        let area = self.place.area;
        Rangef::new(area.left() + GUTTER + 2.0, area.right() - BAR - 2.0)
    }

    /// How far left of its listener's line an accept that waited ends: nearer where there is little room.
    pub(super) fn beside(&self, x: f32) -> f32 {
        let room = x - BESIDE - self.seen().min;
        if room < NARROW_BESIDE { NEAR } else { BESIDE }
    }

    pub(super) fn boxes_ui(&mut self, ui: &mut Ui, scene: &Scene) {
        for call in &scene.boxes {
            if let Some(rect) = self.box_rect(ui, call) {
                self.taken.push(rect);
                self.box_ui(ui, call, rect);
            }
        }
    }

    fn box_ui(&mut self, ui: &mut Ui, call: &CallBox, rect: Rect) {
        let id = ui.scope_id().with(("ladder box", call.row));
        let seen = rect.intersect(self.place.area);
        let response = ui.interact(seen, id, Sense::click());
        let is_chosen = self.is_chosen(Some(call.row));
        let name = self.spoken(call);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        self.paint_box(ui, call, rect, is_chosen || response.hovered());
        widgets::focus_ring(ui, &response, seen);
        if response.clicked() {
            self.choose(call.row);
        }
        if response.hovered() {
            let entry = self.shown.recording.numbered(call.row);
            let sockets = self.shown.recording.sockets();
            let statement = entry
                .map(|entry| entry.text(sockets, 256))
                .unwrap_or_default();
            let reach = call.sent.map(|sent| format!("\n{}", reach_words(&sent)));
            let result = result(call).unwrap_or_default();
            let waited = call.waited.as_ref().map(|time| format!("\nwaited {time}"));
            response.on_hover_text(format!(
                "{statement}\n{result}{}{}",
                reach.unwrap_or_default(),
                waited.unwrap_or_default()
            ));
        }
    }

    /// A box as it is read aloud: `conn recv(1024) → b"hello", waited 3.2 s`.
    fn spoken(&self, call: &CallBox) -> String {
        let said = format!("{} {}", self.name(call.lane), words(call));
        let waited = call.waited.as_deref().unwrap_or_default();
        match call.look {
            BoxLook::Waiting => format!("{said} waits {waited}"),
            BoxLook::Waited => format!("{said} → {}, waited {waited}", call.result),
            BoxLook::Error => format!("{said} → {}, failed", call.result),
            BoxLook::GivenUp => format!("{said} given up"),
            BoxLook::Done | BoxLook::WouldBlock | BoxLook::Interrupted => {
                format!("{said} → {}", call.result)
            }
        }
    }

    fn paint_box(&self, ui: &Ui, call: &CallBox, rect: Rect, is_lit: bool) {
        let p = theme::of(ui);
        let Some(kind) = self.kind(call.lane) else {
            return;
        };
        let (full, dim, faint) = theme::role_colors(p, kind);
        let painter = ui.painter();
        let radius = CornerRadius::same(size::RADIUS_BOX);
        let width = if is_lit { 2.5 } else { size::LINE_ICON };
        if call.is_beside
            && let Some(x) = self.place.x(call.lane)
        {
            let y = rect.top() + 8.0;
            painter.line_segment([pos2(rect.right(), y), pos2(x, y)], Stroke::new(1.5, full));
        }
        let boxed = |fill: Color32, stroke: Stroke| {
            painter.rect(rect, radius, fill, stroke, StrokeKind::Inside);
        };
        if call.count > 1 {
            for shift in [8.0, 4.0] {
                let behind = rect.translate(vec2(shift, shift / 2.0));
                let outline = |color| Stroke::new(size::LINE_ICON, color);
                match call.look {
                    BoxLook::WouldBlock => {
                        painter.rect_filled(behind, radius, p.again_dim);
                        dashed(painter, behind, outline(p.again));
                    }
                    BoxLook::Error => {
                        painter.rect(
                            behind,
                            radius,
                            p.err_dim,
                            outline(p.err),
                            StrokeKind::Inside,
                        );
                    }
                    _ => {
                        painter.rect(behind, radius, dim, outline(full), StrokeKind::Inside);
                    }
                }
            }
        }
        match call.look {
            BoxLook::Done => boxed(dim, Stroke::new(width, full)),
            BoxLook::Waited => {
                boxed(dim, Stroke::NONE);
                widgets::paint_hatch(painter, rect.shrink(2.0), Stroke::new(2.0, faint), 8.0);
                boxed(Color32::TRANSPARENT, Stroke::new(width, full));
            }
            BoxLook::Waiting => {
                boxed(p.wait_dim, Stroke::NONE);
                let hatch = Stroke::new(3.0, p.wait_line);
                widgets::paint_hatch(painter, rect.shrink(2.0), hatch, 8.0);
                boxed(Color32::TRANSPARENT, Stroke::new(width.max(2.0), p.wait));
            }
            BoxLook::WouldBlock => {
                boxed(p.again_dim, Stroke::NONE);
                dashed(painter, rect, Stroke::new(width, p.again));
                let at = pos2(rect.left() + 13.0, rect.top() + self.place.pitch() * 0.41);
                widgets::paint_return_arrow(painter, at, 12.0, p.again);
            }
            BoxLook::Error => {
                boxed(p.err, Stroke::new(if is_lit { width } else { 0.0 }, p.text));
                let at = pos2(rect.left() + 13.0, rect.top() + self.place.pitch() * 0.41);
                cross(painter, at, 4.0, Stroke::new(2.0, p.onerr));
            }
            BoxLook::Interrupted | BoxLook::GivenUp => cut_box(painter, rect, p, width),
        }
        self.box_words(ui, call, rect, p);
    }

    /// The call in the box; where it waited, the time below, each on a plate over the hatch.
    fn box_words(&self, ui: &Ui, call: &CallBox, rect: Rect, p: &Palette) {
        let (plate, color, type_) = match call.look {
            BoxLook::Waiting => (Some(p.wait_dim), p.wait, Type::MonoBold),
            BoxLook::Waited => {
                let kind = self.kind(call.lane);
                (
                    kind.map(|kind| theme::role_colors(p, kind).1),
                    p.text,
                    self.place.type_(),
                )
            }
            BoxLook::WouldBlock => (None, p.again, self.place.type_()),
            BoxLook::Error => (None, p.onerr, Type::MonoBold),
            BoxLook::Done | BoxLook::Interrupted | BoxLook::GivenUp => {
                (None, p.text, self.place.type_())
            }
        };
        let sign = if has_sign(call.look) { 16.0 } else { 0.0 };
        let room = rect.width() - 8.0 - sign;
        let line = self.place.pitch() * 0.82;
        // The words of a tall box stay in view while a part of it is.
        let lowest = rect.bottom() - 2.0 * line;
        let top = rect.top().max((self.place.area.top() + 2.0).min(lowest));
        let mut y = top + line / 2.0;
        let two = rect.height() > line * 1.7;
        let waited = call.waited.clone().filter(|_| two);
        let texts = [Some(words(call)), waited];
        for text in texts.into_iter().flatten() {
            let galley = fitted(ui, &text, type_, color, room);
            let at = pos2(
                rect.center().x + sign / 2.0 - galley.size().x / 2.0,
                y - galley.size().y / 2.0,
            );
            if let Some(plate) = plate
                && galley.size().x > 0.0
            {
                let under = Rect::from_min_size(at, galley.size()).expand2(vec2(4.0, 0.0));
                ui.painter().rect_filled(under, 2.0, plate);
            }
            ui.painter().galley(at, galley, color);
            y += line;
        }
    }

    /// What came of each call, beside its box: at the left where an arrow leaves to the right.
    pub(super) fn results_ui(&mut self, ui: &Ui, scene: &Scene) {
        let p = theme::of(ui);
        for call in &scene.boxes {
            let (Some(rect), Some(result)) = (self.box_rect(ui, call), result(call)) else {
                continue;
            };
            let color = match call.look {
                BoxLook::Error => p.err,
                BoxLook::WouldBlock => p.again,
                BoxLook::Waiting => p.wait,
                _ => p.text2,
            };
            let type_ = match call.look {
                BoxLook::Error | BoxLook::Waiting => Type::MonoBold,
                _ => self.place.type_(),
            };
            let y = match call.look {
                BoxLook::Waiting => rect.intersect(self.place.area).center().y,
                _ => rect.bottom() - self.place.pitch() * 0.41,
            };
            let y = match call.look {
                BoxLook::Waiting => y.min(self.place.area.bottom() - 12.0),
                _ if y > self.place.area.bottom() => continue,
                _ => y,
            };
            let to_right = self.leaves_right(call, scene);
            let stack = if call.count > 1 { 8.0 } else { 0.0 };
            let right = Room::right(rect.right() + GAP + stack, y, format!("→ {result}"));
            let left = Room::left(rect.left() - GAP, y, format!("{result} ←"));
            let sides = if to_right {
                [left, right]
            } else {
                [right, left]
            };
            if let Some((at, galley)) = self.find_room(ui, &sides, type_, color) {
                let under = Rect::from_min_size(at, galley.size());
                ui.painter()
                    .rect_filled(under.expand2(vec2(2.0, 0.0)), 0.0, self.ground(ui, y));
                ui.painter().galley(at, galley, color);
                self.taken.push(under);
            }
        }
    }

    /// Whether something leaves that call to the right.
    fn leaves_right(&self, call: &CallBox, scene: &Scene) -> bool {
        let mut leaving = scene
            .arrows
            .iter()
            .filter(|arrow| arrow.from.row == Some(call.row));
        leaving.any(|arrow| {
            if super::arrows::is_loop(arrow) {
                return true;
            }
            let ends = self
                .place
                .x(arrow.from.lane)
                .zip(self.place.x(arrow.landing.lane));
            ends.is_some_and(|(from, to)| to > from)
        })
    }
}

/// Words in a box: smaller where they are too long, then cut; where next to nothing would be left of them, none.
fn fitted(ui: &Ui, text: &str, type_: Type, color: Color32, room: f32) -> Arc<Galley> {
    let whole = |type_: Type| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), type_.font(), color);
        (galley.size().x <= room + SPARE).then_some(galley)
    };
    whole(type_)
        .or_else(|| whole(Type::MonoEdge))
        .unwrap_or_else(|| {
            let text = if room < LEAST { "" } else { text };
            cut(ui, text, Type::MonoEdge, color, room + SPARE)
        })
}

/// What stands in the box.
fn words(call: &CallBox) -> String {
    if call.count > 1 {
        format!("{} × {}", call.text, call.count)
    } else {
        call.text.clone()
    }
}

/// What stands beside the box; what is no news does not.
fn result(call: &CallBox) -> Option<String> {
    if call.look == BoxLook::Waiting {
        return call.waited.as_ref().map(|time| format!("waits {time}"));
    }
    let is_news = !call.result.is_empty() && call.result != "None" && !is_birth(call);
    let marks = call
        .sent
        .as_ref()
        .map(|sent| format!(" {}", reach(sent).marks()));
    is_news.then(|| format!("{}{}", call.result, marks.unwrap_or_default()))
}

/// `socket()` and accept: the new line says it.
fn is_birth(call: &CallBox) -> bool {
    call.look != BoxLook::Error
        && call.look != BoxLook::WouldBlock
        && call.look != BoxLook::Interrupted
        && (call.text == "socket" || call.text == "accept")
}

fn has_sign(look: BoxLook) -> bool {
    matches!(look, BoxLook::WouldBlock | BoxLook::Error)
}

fn dashed(painter: &eframe::egui::Painter, rect: Rect, stroke: Stroke) {
    widgets::paint_dashed_rect(painter, rect, f32::from(size::RADIUS_BOX), stroke, 4.0, 3.0);
}

pub(super) fn cross(
    painter: &eframe::egui::Painter,
    at: eframe::egui::Pos2,
    half: f32,
    stroke: Stroke,
) {
    for y in [-half, half] {
        painter.line_segment([at + vec2(-half, -y), at + vec2(half, y)], stroke);
    }
}

/// A call that the user stopped: its box is cut off below, with a square, the sign of Stop, at its left.
fn cut_box(painter: &eframe::egui::Painter, rect: Rect, p: &Palette, width: f32) {
    let stroke = Stroke::new(width, p.ctl);
    painter.rect_filled(rect, 0.0, p.card);
    let teeth = 4.0;
    let mut points = vec![
        rect.left_bottom(),
        rect.left_top(),
        rect.right_top(),
        rect.right_bottom(),
    ];
    let mut x = rect.right();
    let mut is_up = true;
    while x > rect.left() + teeth {
        x -= teeth;
        let y = if is_up {
            rect.bottom() - teeth
        } else {
            rect.bottom()
        };
        points.push(pos2(x, y));
        is_up = !is_up;
    }
    points.push(rect.left_bottom());
    painter.add(eframe::egui::Shape::line(points, stroke));
    let square = Rect::from_center_size(pos2(rect.left() + 10.0, rect.top() + 9.0), vec2(7.0, 7.0));
    painter.rect_filled(square, 1.0, p.text3);
}
