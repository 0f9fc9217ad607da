//! Programs of one thread: a strip beside their lines that shows where they stand still, and what queues meanwhile.

use std::fmt::Write as _;

use eframe::egui::{
    Align2, Color32, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::ladder::{Lane, OneThread, Scene, Standing};
use crate::script::ast::Name;
use crate::views::Shown;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::labels::cut;
use super::{GUTTER, Painting};

/// The strip's width, points.
const WIDTH: f32 = 10.0;
/// From the column's left edge to the strip, points.
const INSET: f32 = 4.0;

/// The room that a lesson's counters take below "now", points.
const COUNTERS: f64 = 40.0;

/// The room below "now" for what the open lesson's programs count, points.
pub(super) fn room(shown: &Shown<'_>) -> f64 {
    let counts = shown
        .lesson
        .is_some_and(|open| open.lesson.steps.iter().any(|step| !step.set.is_empty()));
    if counts { COUNTERS } else { 0.0 }
}

impl Painting<'_, '_> {
    /// A strip for each program of one thread.
    pub(super) fn standing_ui(&mut self, ui: &Ui, scene: &Scene) {
        for program in &scene.programs {
            let strip = self.one_thread_ui(ui, scene, program);
            self.strips.push(strip);
        }
    }

    fn one_thread_ui(&mut self, ui: &Ui, scene: &Scene, program: &OneThread) -> Option<Rect> {
        let lanes = program.sockets.iter().map(|id| Lane::Socket(*id));
        let left = lanes
            .filter_map(|lane| Some(self.place.x(lane)? - self.place.width(lane) / 2.0))
            .fold(f32::INFINITY, f32::min);
        if !left.is_finite() {
            return None;
        }
        // Not under the times, which stay at the left.
        let free = self.place.area.left() + GUTTER + 2.0;
        let left = (left + INSET).max(free);
        let own = |lane: Lane| matches!(lane, Lane::Socket(id) if program.sockets.contains(&id));
        let born = scene.lines.iter().filter(|part| own(part.lane));
        let first = born
            .clone()
            .filter(|part| part.look == crate::model::ladder::LineLook::Open)
            .map(|part| part.top)
            .fold(f64::INFINITY, f64::min);
        let end = born.map(|part| part.bottom).fold(0.0, f64::max);
        let top = self.place.y(first).max(self.place.area.top());
        let bottom = self.place.y(end).min(self.place.area.bottom());
        if bottom <= top {
            return None;
        }
        let p = theme::of(ui);
        let strip = Rect::from_min_max(pos2(left, top), pos2(left + WIDTH, bottom));
        ui.painter().rect_filled(strip, 2.0, p.text3);
        self.taken.push(strip);
        self.strip_says(ui, strip, program);
        for (from, to) in &program.waits {
            let (from, to) = (self.place.y(*from), self.place.y(*to));
            let part = Rect::from_x_y_ranges(strip.x_range(), from..=to).intersect(strip);
            if part.is_positive() {
                ui.painter().rect_filled(part, 0.0, p.wait_dim);
                widgets::paint_hatch(ui.painter(), part, Stroke::new(2.0, p.wait_line), 6.0);
                let stroke = Stroke::new(size::LINE_ICON, p.wait);
                ui.painter()
                    .rect_stroke(part, 0.0, stroke, StrokeKind::Inside);
            }
        }
        Some(strip)
    }

    /// The strip for those who hear the picture, or point at it.
    fn strip_says(&self, ui: &Ui, strip: Rect, program: &OneThread) {
        let sockets = self.shown.recording.sockets();
        let name = sockets
            .program(program.program)
            .map_or("program", |program| program.name.as_str());
        let mut says = match &program.now {
            Some(standing) => {
                let [still, held] = words(standing);
                format!("{name} stands still: {still}, {held}")
            }
            None => format!("{name} runs on: none of its calls waits"),
        };
        for (counter, value) in self.counters(program) {
            // Writing to a String can't fail.
            write!(says, "; {counter} is {value}").ok();
        }
        let id = ui.scope_id().with(("one thread strip", program.program));
        let response = ui.interact(strip, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
        response.on_hover_text(says);
    }

    /// What a lesson's program counts by itself, and how far it has come.
    fn counters(&self, program: &OneThread) -> Vec<(Name, i64)> {
        let sockets = self.shown.recording.sockets();
        let owner = sockets.program(program.program);
        let (Some(lesson), Some(owner)) = (self.shown.lesson, owner) else {
            return Vec::new();
        };
        let mut programs = lesson.lesson.programs.iter();
        let place = programs.position(|known| *known.name == *owner.name);
        let own = place.map_or_else(Vec::new, |place| {
            lesson.lesson.own_variables(place, lesson.step)
        });
        let known = own.into_iter();
        known
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// Below "now" at each strip, over the times' ground: whether its program runs on, and what it has counted.
    pub(super) fn counters_ui(&mut self, ui: &Ui, scene: &Scene) {
        let p = theme::of(ui);
        let strips = std::mem::take(&mut self.strips);
        for (program, strip) in scene.programs.iter().zip(strips) {
            let (Some(strip), counters) = (strip, self.counters(program)) else {
                continue;
            };
            if counters.is_empty() {
                continue;
            }
            let (verdict, color) = match program.now {
                Some(_) => ("Stands still", p.wait),
                None => ("Runs on", p.text),
            };
            let mut lines = vec![(verdict.to_owned(), Type::LabelBold)];
            let counted = counters.iter();
            lines.extend(counted.map(|(name, value)| (format!("{name} {value}"), Type::MonoBig)));
            let mut at = pos2(strip.right(), strip.bottom() + 8.0);
            for (text, type_) in lines {
                let room = strip.right() - self.place.area.left() - 2.0;
                let fits = |type_: &Type| {
                    let whole = cut(ui, &text, *type_, color, f32::INFINITY);
                    whole.size().x <= room
                };
                let type_ = [type_, Type::Mono].into_iter().find(fits);
                let galley = cut(ui, &text, type_.unwrap_or(Type::MonoEdge), color, room);
                let min = pos2(at.x - galley.size().x, at.y);
                let rect = Rect::from_min_size(min, galley.size());
                let is_free = !self.taken.iter().any(|taken| taken.intersects(rect));
                if !is_free || !self.place.area.contains_rect(rect) {
                    break;
                }
                ui.painter().galley(rect.min, galley, color);
                at.y = rect.bottom();
            }
        }
    }

    /// What the wait of a program of one thread means, while it lasts.
    pub(super) fn stands_still_ui(&mut self, ui: &Ui, scene: &Scene) {
        let p = theme::of(ui);
        for program in &scene.programs {
            let Some(standing) = &program.now else {
                continue;
            };
            let Some(at) = self.beside_wait(ui, scene, standing) else {
                continue;
            };
            let [still, held] = words(standing);
            // Nothing is written across the line that says "now".
            let now = self.place.y(scene.end) - 1.0;
            self.verdict_ui(ui, at, ["Stands still", &still, &held], p.wait, now);
        }
    }

    fn beside_wait(&self, ui: &Ui, scene: &Scene, standing: &Standing) -> Option<Pos2> {
        let span = scene
            .spans
            .iter()
            .find(|span| span.call.row == standing.row);
        if let Some(span) = span {
            return self.beside_span(span);
        }
        let call = scene.boxes.iter().find(|call| call.row == standing.row)?;
        let rect = self.box_rect(ui, call)?;
        let x = if call.is_beside {
            // Its words stand right of the line that goes on beside it.
            self.place.x(call.lane)?
        } else {
            rect.right()
        };
        Some(pos2(x + 12.0, rect.intersect(self.place.area).top() + 8.0))
    }

    /// What queues now: a box below "now" on its own life line.
    pub(super) fn queued_ui(&mut self, ui: &Ui, scene: &Scene) {
        let p = theme::of(ui);
        for call in &scene.queued {
            let lane = Lane::Socket(call.socket);
            let Some(x) = self.place.x(lane) else {
                continue;
            };
            let most = self.place.width(lane) - 16.0;
            let text = format!("{} queued", call.text);
            let galley = cut(ui, &text, self.place.type_(), p.text2, most - 20.0);
            let top = self.place.y(scene.end) + self.place.pitch() * 0.12;
            let size = vec2(galley.size().x + 20.0, self.place.pitch() * 0.8);
            let rect = Rect::from_min_size(pos2(x - size.x / 2.0, top), size);
            let painter = ui.painter();
            painter.rect_filled(rect, f32::from(size::RADIUS_BOX), p.card);
            let stroke = Stroke::new(size::LINE_ICON, p.ctl);
            let radius = f32::from(size::RADIUS_BOX);
            widgets::paint_dashed_rect(painter, rect, radius, stroke, 4.0, 3.0);
            let at = Align2::CENTER_CENTER
                .align_size_within_rect(galley.size(), rect)
                .min;
            painter.galley(at, galley, Color32::PLACEHOLDER);
            let says = format!("{} {text}", self.name(lane));
            let id = ui.scope_id().with(("queued", call.socket));
            let response = ui.interact(rect, id, Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &says));
            self.taken.push(rect);
        }
    }
}

/// What standing still means: to the program's other lines, and to the calls behind.
fn words(standing: &Standing) -> [String; 2] {
    let still = match standing.waits_for {
        0 | 1 => "no other line of this program runs".to_owned(),
        many => format!("it waits for {many} sockets at once"),
    };
    let held = match standing.held_up {
        0 => "nothing queues behind it".to_owned(),
        1 => "1 call queues behind it".to_owned(),
        many => format!("{many} calls queue behind it"),
    };
    [still, held]
}
