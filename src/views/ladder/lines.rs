//! Life lines, times, and "now".

use eframe::egui::{Align2, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use crate::model::cycle::lingering;
use crate::model::ladder::{Lane, LineLook, LinePart, Scene};
use crate::views::theme::{self, Type, size};

use super::{GUTTER, Painting, outside_name};

impl Painting<'_, '_> {
    /// The band of the chosen call, across all lanes.
    pub(super) fn selected_band(&mut self, ui: &Ui, scene: &Scene) {
        let chosen = scene
            .boxes
            .iter()
            .find(|call| self.is_chosen(Some(call.row)));
        if let Some(call) = chosen {
            let (top, bottom) = (self.place.y(call.top), self.place.y(call.bottom));
            let area = self.place.area;
            let rect = Rect::from_min_max(
                pos2(area.left(), top - 2.0),
                pos2(area.right(), bottom + 2.0),
            );
            ui.painter().rect_filled(rect, 0.0, theme::of(ui).raised);
            self.band = Some(rect.y_range());
        }
    }

    pub(super) fn lines_ui(&self, ui: &Ui, scene: &Scene) {
        for line in &scene.lines {
            if let Some(x) = self.place.x(line.lane) {
                self.line_ui(ui, line, x);
            }
        }
        let p = theme::of(ui);
        for (lane, x) in self.place.lanes() {
            let Lane::Outside(address) = lane else {
                continue;
            };
            let at = pos2(x, self.place.area.top() + 6.0);
            let (top, text) = ("another program", address.to_string());
            let font = Type::Label.font();
            let rect = ui
                .painter()
                .text(at, Align2::CENTER_TOP, top, font, p.text2);
            let below = pos2(x, rect.bottom());
            let font = Type::MonoEdge.font();
            ui.painter()
                .text(below, Align2::CENTER_TOP, text, font, p.text2);
        }
        if scene.is_running {
            self.now_ui(ui, scene.end);
        }
    }

    fn line_ui(&self, ui: &Ui, line: &LinePart, x: f32) {
        let p = theme::of(ui);
        let (top, bottom) = (self.place.y(line.top), self.place.y(line.bottom));
        let kind = self.kind(line.lane);
        let (full, _, faint) =
            kind.map_or((p.ctl, p.card, p.hair), |kind| theme::role_colors(p, kind));
        let ends = [pos2(x, top), pos2(x, bottom)];
        match line.look {
            LineLook::Unborn => {
                dotted(ui, ends, Stroke::new(size::LINE_STRONG, p.hair), [2.0, 5.0]);
            }
            LineLook::Open => {
                ui.painter()
                    .line_segment(ends, Stroke::new(size::LINE_STRONG, full));
            }
            LineLook::TimeWait => {
                dotted(ui, ends, Stroke::new(size::LINE_STRONG, faint), [6.0, 4.0]);
                let font = Type::Edge.font();
                let at = ends[0] + vec2(6.0, 14.0);
                let words = self.time_wait_words(line.lane);
                ui.painter()
                    .text(at, Align2::LEFT_TOP, words, font, p.text3);
            }
            LineLook::Closed => {
                // Below the box of the call that closed it, which would hide it.
                let at = ends[0] + vec2(0.0, self.place.pitch() * 0.41 + 3.0);
                ui.painter()
                    .line_segment([ends[0], at], Stroke::new(size::LINE_STRONG, full));
                let bar = [at - vec2(12.0, 0.0), at + vec2(12.0, 0.0)];
                ui.painter().line_segment(bar, Stroke::new(3.0, full));
            }
        }
    }

    /// TIME-WAIT with the seconds left that the kernel gave.
    fn time_wait_words(&self, lane: Lane) -> String {
        let Lane::Socket(id) = lane else {
            return String::new();
        };
        let ghost = lingering::ghost(self.shown.recording.sockets(), id);
        match ghost.and_then(|ghost| ghost.seconds_left(self.shown.now)) {
            Some(seconds) if seconds > 0.0 => format!("TIME-WAIT, {seconds:.0} s left"),
            _ => "TIME-WAIT".to_owned(),
        }
    }

    fn now_ui(&self, ui: &Ui, end: f64) {
        let p = theme::of(ui);
        let y = self.place.y(end);
        let area = self.place.area;
        let ends = [pos2(area.left() + GUTTER, y), pos2(area.right(), y)];
        dotted(ui, ends, Stroke::new(size::LINE, p.wait), [4.0, 3.0]);
    }

    /// The times, over everything else at the left: they stay when the columns scroll.
    pub(super) fn gutter_ui(&self, ui: &Ui, scene: &Scene) {
        let p = theme::of(ui);
        let area = self.place.area;
        let gutter = Rect::from_min_max(area.min, pos2(area.left() + GUTTER, area.bottom()));
        ui.painter().rect_filled(gutter, 0.0, p.lane);
        let clear = area.top() + 28.0;
        let font = Type::MonoEdge.font();
        let mut free_from = clear;
        for tick in &scene.ticks {
            let y = self.place.y(tick.y);
            if y < free_from + 6.0 || y > area.bottom() - 6.0 {
                continue;
            }
            let at = pos2(gutter.right() - 12.0, y);
            let color = if self.is_chosen(Some(tick.row)) {
                p.text
            } else {
                p.text3
            };
            ui.painter()
                .text(at, Align2::RIGHT_CENTER, &tick.text, font.clone(), color);
            let mark = [at + vec2(3.0, 0.0), at + vec2(12.0, 0.0)];
            ui.painter()
                .line_segment(mark, Stroke::new(size::LINE, p.hair));
            free_from = y + 8.0;
        }
        for idle in &scene.idles {
            self.idle_ui(ui, self.place.y(idle.y), &idle.text);
        }
        if scene.is_running {
            let at = pos2(gutter.right() - 4.0, self.place.y(scene.end));
            ui.painter().text(
                at,
                Align2::RIGHT_CENTER,
                if self.shown.moment().is_some() {
                    "then"
                } else {
                    "now"
                },
                Type::MonoEdge.font(),
                p.wait,
            );
        }
    }

    fn idle_ui(&self, ui: &Ui, y: f32, text: &str) {
        let p = theme::of(ui);
        let area = self.place.area;
        let left = area.left() + GUTTER;
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), Type::Edge.font(), p.text3);
        let plate = Rect::from_min_size(
            pos2(left, y - galley.size().y / 2.0),
            galley.size() + vec2(8.0, 0.0),
        );
        let stroke = Stroke::new(size::LINE, p.ctl);
        dotted(
            ui,
            [pos2(area.left() + 8.0, y), pos2(left, y)],
            stroke,
            [2.0, 3.0],
        );
        ui.painter().rect_filled(plate, 0.0, p.lane);
        ui.painter()
            .galley(plate.min + vec2(4.0, 0.0), galley, p.text3);
    }
}

/// A dashed line.
pub(super) fn dotted(ui: &Ui, ends: [Pos2; 2], stroke: Stroke, [dash, gap]: [f32; 2]) {
    // Only what is in view: a line of a long session would be cut into many thousand dashes.
    let clip = ui.clip_rect();
    let [mut from, mut to] = ends;
    if (from.x - to.x).abs() < f32::EPSILON {
        from.y = from.y.max(clip.top() - dash);
        to.y = to.y.min(clip.bottom() + dash);
        if from.y >= to.y {
            return;
        }
    }
    ui.painter()
        .extend(Shape::dashed_line(&[from, to], stroke, dash, gap));
}

/// A peer outside, as words.
pub(super) fn lane_words(lane: Lane) -> Option<String> {
    match lane {
        Lane::Outside(address) => Some(outside_name(address)),
        Lane::Socket(_) => None,
    }
}
