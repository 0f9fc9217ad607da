//! Beside the life lines of two compared sockets: their programs, standing still in a call or running on.

use eframe::egui::{Align2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::model::beside::{Beside, Wait};
use crate::model::call::SocketId;
use crate::model::ladder::{BoxLook, Lane, Scene};
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::{GUTTER, Painting};

/// The strip's width, points.
const WIDTH: f32 = 14.0;
/// Columns narrower than this have no room for it, points.
const LEAST: f32 = 320.0;

impl Painting<'_, '_> {
    /// A strip for the program of each of the two: hatched where it stands still.
    pub(super) fn strips_ui(&mut self, ui: &Ui, scene: &Scene, beside: &Beside) {
        for socket in [beside.a, beside.b] {
            self.strip_ui(ui, scene, socket);
        }
    }

    fn strip_ui(&mut self, ui: &Ui, scene: &Scene, socket: SocketId) {
        let lane = Lane::Socket(socket);
        let (Some(x), width) = (self.place.x(lane), self.place.width(lane)) else {
            return;
        };
        let own = scene.lines.iter().rfind(|part| part.lane == lane);
        let (Some(end), true) = (own, width >= LEAST) else {
            return;
        };
        let p = theme::of(ui);
        let left = x - width / 2.0 + GUTTER + 20.0;
        let bottom = self.place.y(end.bottom);
        let top = self.place.area.top() + 18.0;
        if bottom <= top {
            return;
        }
        let strip = Rect::from_min_max(pos2(left, top), pos2(left + WIDTH, bottom));
        let at = pos2(strip.center().x, top - 2.0);
        let font = Type::Edge.font();
        ui.painter()
            .text(at, Align2::CENTER_BOTTOM, "program", font, p.text2);
        ui.painter().rect_filled(strip, 2.0, p.text3);
        self.taken.push(strip);
        let program = self.program(socket);
        for call in &scene.boxes {
            let Lane::Socket(other) = call.lane else {
                continue;
            };
            let waits = matches!(call.look, BoxLook::Waiting | BoxLook::Waited);
            if !waits || self.program(other) != program {
                continue;
            }
            let part = Rect::from_min_max(
                pos2(strip.left(), self.place.y(call.top).max(strip.top())),
                pos2(strip.right(), self.place.y(call.bottom).min(strip.bottom())),
            );
            if part.height() > 0.0 {
                ui.painter().rect_filled(part, 0.0, p.wait_dim);
                widgets::paint_hatch(ui.painter(), part, Stroke::new(2.0, p.wait_line), 6.0);
                let stroke = Stroke::new(size::LINE_ICON, p.wait);
                ui.painter()
                    .rect_stroke(part, 0.0, stroke, StrokeKind::Inside);
            }
        }
    }

    fn program(&self, socket: SocketId) -> Option<crate::model::call::ProgramId> {
        let socket = self.shown.recording.sockets().get(socket)?;
        Some(socket.program)
    }

    /// What the wait means to each program, while it lasts.
    pub(super) fn verdicts_ui(&mut self, ui: &Ui, scene: &Scene, beside: &Beside) {
        if beside.a_wait != Wait::On {
            return;
        }
        let p = theme::of(ui);
        let waits = scene.boxes.iter().find(|call| call.row == beside.a_row);
        let Some(rect) = waits.and_then(|call| self.box_rect(ui, call)) else {
            return;
        };
        let seen = rect.intersect(self.place.area);
        let below = |call: &&crate::model::ladder::CallBox| call.row == beside.b_row;
        let asked = scene
            .boxes
            .iter()
            .find(below)
            .and_then(|call| self.box_rect(ui, call));
        let stands = ["Stands still", "no other line runs", "until bytes come"];
        let runs = ["Runs on", "quick answers,", "free in between"];
        let at = pos2(rect.right() + 12.0, seen.top() + 8.0);
        let lowest = self.place.area.bottom();
        self.verdict_ui(ui, at, stands, p.wait, lowest);
        if let Some(asked) = asked {
            let at = pos2(asked.center().x + 12.0, asked.bottom() + 12.0);
            self.verdict_ui(ui, at, runs, p.text, lowest);
        }
    }

    /// A verdict with two lines below it, as far as they stand free and above `lowest`. Before what stands right of it
    /// they wrap.
    pub(super) fn verdict_ui(
        &mut self,
        ui: &Ui,
        at: eframe::egui::Pos2,
        [verdict, why, more]: [&str; 3],
        color: eframe::egui::Color32,
        lowest: f32,
    ) {
        let p = theme::of(ui);
        let lines = [
            (verdict, Type::Panel, color),
            (why, Type::Body, p.text2),
            (more, Type::Body, p.text2),
        ];
        let stands = self
            .taken
            .iter()
            .filter(|taken| taken.left() > at.x && taken.bottom() > at.y && taken.top() < lowest);
        let free = stands.map(|taken| taken.left() - 6.0);
        let room = free.fold(self.place.area.right(), f32::min) - at.x;
        let mut at = at;
        for (text, type_, color) in lines {
            let galley = ui
                .painter()
                .layout(text.to_owned(), type_.font(), color, room);
            let rect = Rect::from_min_size(at, galley.size());
            let is_seen = self.place.area.contains_rect(rect) && rect.bottom() <= lowest;
            if !is_seen || self.taken.iter().any(|taken| taken.intersects(rect)) {
                return;
            }
            ui.painter().galley(at, galley, color);
            self.taken.push(rect);
            at += vec2(0.0, rect.height() + 2.0);
        }
    }
}
