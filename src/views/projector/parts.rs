//! What the ladder is painted with: boxes, arrows, lines.

use eframe::egui::{self, Align2, Color32, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::model::call::Outcome;
use crate::model::ladder::waited;
use crate::model::recording::CallEntry;
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Large};
use crate::views::widgets::{paint_dashed_rect, paint_hatch, paint_return_arrow};

use super::{Hall, at};

/// How a call is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Done,
    Waited,
    Waits,
    WouldBlock,
    Failed,
    Ended,
    Next,
}

impl Look {
    pub(super) fn of(entry: &CallEntry) -> Self {
        match &entry.outcome {
            None if entry.abandoned => Self::Ended,
            None => Self::Waits,
            Some(Outcome::Interrupted) => Self::Ended,
            Some(outcome) if outcome.is_would_block() => Self::WouldBlock,
            Some(outcome) if outcome.is_failure() => Self::Failed,
            Some(_) if waited(entry).is_some() => Self::Waited,
            Some(_) => Self::Done,
        }
    }

    pub(super) fn is_tall(self) -> bool {
        matches!(self, Self::Waited | Self::Waits)
    }
}

/// The sizes of what stands now, or stood before.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub call: Large,
    pub result: Large,
    pub data: Large,
    /// A box's height, lines.
    pub high: f32,
}

pub(super) const NOW: Sizes = Sizes {
    call: Large::Now,
    result: Large::Result,
    data: Large::Data,
    high: 84.0,
};

pub(super) const THEN: Sizes = Sizes {
    call: Large::Code,
    result: Large::Code,
    data: Large::Code,
    high: 54.0,
};

impl Hall<'_> {
    /// How wide the box of a call is, points.
    pub(super) fn box_width(&self, ui: &Ui, lines: &[&str], large: Large) -> f32 {
        let widths = lines.iter().map(|line| self.text_width(ui, line, large));
        widths.fold(0.0, f32::max) + self.px(44.0)
    }

    /// A call's box with one or two lines of words; of no `kind` is one on several sockets.
    pub(super) fn call_box(
        &self,
        ui: &Ui,
        rect: Rect,
        lines: &[&str],
        large: Large,
        look: Look,
        kind: Option<SocketKind>,
    ) {
        let p = self.p;
        let (full, dim, faint) = kind.map_or((p.text2, p.card, p.hair), |kind| {
            theme::role_colors(p, kind)
        });
        let radius = self.radius(8.0);
        let painter = ui.painter();
        let dashed = |stroke: Stroke| {
            let (dash, gap) = (self.px(14.0), self.px(10.0));
            paint_dashed_rect(painter, rect, self.px(8.0), stroke, dash, gap);
        };
        let inside = rect.shrink(self.px(3.0));
        let (ground, text) = match look {
            Look::Done | Look::Ended | Look::Waited => (dim, p.text),
            Look::Waits => (p.wait_dim, p.text),
            Look::WouldBlock => (p.again_dim, p.again),
            Look::Failed => (p.err, p.onerr),
            Look::Next => (p.lane, p.text2),
        };
        painter.rect_filled(rect, radius, ground);
        match look {
            Look::Waited => paint_hatch(painter, inside, self.stroke(5.0, faint), self.px(22.0)),
            Look::Waits => paint_hatch(
                painter,
                inside,
                self.stroke(7.0, p.wait_line),
                self.px(22.0),
            ),
            _ => {}
        }
        match look {
            Look::Done | Look::Waited => {
                painter.rect_stroke(rect, radius, self.stroke(4.0, full), StrokeKind::Inside);
            }
            Look::Waits => {
                painter.rect_stroke(rect, radius, self.stroke(6.0, p.wait), StrokeKind::Inside);
            }
            Look::WouldBlock => dashed(self.stroke(4.0, p.again)),
            Look::Ended | Look::Next => dashed(self.stroke(3.0, p.ctl)),
            Look::Failed => {}
        }
        self.box_text(ui, rect, lines, large, (ground, text));
        match look {
            Look::WouldBlock => {
                let sign = at(rect.left() - self.px(30.0), rect.center().y);
                paint_return_arrow(painter, sign, self.px(44.0), p.again);
            }
            Look::Failed => self.cross(ui, at(rect.left() - self.px(30.0), rect.center().y)),
            _ => {}
        }
    }

    fn box_text(
        &self,
        ui: &Ui,
        rect: Rect,
        lines: &[&str],
        large: Large,
        (fill, text): (Color32, Color32),
    ) {
        let pitch = self.px(large.lines() * 1.15);
        let top = rect.center().y - pitch * (lines.len() as f32 - 1.0) / 2.0;
        for (index, words) in lines.iter().enumerate() {
            let galley = self.galley(ui, words, large, text, rect.width() - self.px(12.0));
            let center = at(rect.center().x, top + pitch * index as f32);
            let place = Rect::from_center_size(center, galley.size());
            // Words on a hatch stand on a plate.
            ui.painter()
                .rect_filled(place.expand2(vec2(self.px(8.0), 0.0)), 0.0, fill);
            ui.painter().galley(place.min, galley, text);
        }
    }

    /// The sign of what did not succeed.
    pub(super) fn cross(&self, ui: &Ui, center: Pos2) {
        let arm = self.px(15.0);
        let stroke = self.stroke(7.0, self.p.err);
        for (x, y) in [(arm, arm), (arm, -arm)] {
            ui.painter()
                .line_segment([center - vec2(x, y), center + vec2(x, y)], stroke);
        }
    }

    /// An arrow with a label on it: the first of these that has room.
    pub(super) fn arrow(
        &self,
        ui: &Ui,
        (from, to): (Pos2, Pos2),
        (look, color): (Arrow, Color32),
        labels: &[(&str, Large, Color32)],
    ) {
        let way = (to - from).normalized();
        let (long, wide) = match look {
            Arrow::Seat => (self.px(24.0), self.px(11.0)),
            _ => (self.px(36.0), self.px(16.0)),
        };
        let neck = to - way * long;
        let stroke = self.stroke(if look == Arrow::Data { 6.0 } else { 4.0 }, color);
        if matches!(look, Arrow::Handshake | Arrow::Datagram) {
            let (dash, gap) = (self.px(20.0), self.px(13.0));
            ui.painter()
                .extend(Shape::dashed_line(&[from, neck], stroke, dash, gap));
        } else {
            ui.painter().line_segment([from, neck], stroke);
        }
        let across = way.rot90() * wide;
        ui.painter().add(Shape::convex_polygon(
            vec![to, neck + across, neck - across],
            color,
            Stroke::NONE,
        ));
        let room = (to.x - from.x).abs() - long - self.px(56.0);
        let middle = from + (neck - from) * 0.5;
        // The first wording that fits: far away, a word cut short says nothing.
        for (text, large, color) in labels {
            let fits = self.text_width(ui, text, *large) <= room;
            if fits {
                self.plate(
                    ui,
                    middle,
                    Align2::CENTER_CENTER,
                    (text, *large, *color),
                    room,
                );
                return;
            }
        }
    }

    /// A dashed box that holds a place.
    pub(super) fn seat(&self, ui: &Ui, center: Pos2) -> Rect {
        let rect = Rect::from_center_size(center, egui::Vec2::splat(self.px(42.0)));
        ui.painter()
            .rect_filled(rect, self.radius(6.0), self.p.lane);
        let stroke = self.stroke(3.0, self.p.ctl);
        paint_dashed_rect(
            ui.painter(),
            rect,
            self.px(6.0),
            stroke,
            self.px(8.0),
            self.px(6.0),
        );
        rect
    }

    /// A diamond on a line that a `select` watches: filled where the socket was found ready.
    pub(super) fn notch(&self, ui: &Ui, at: Pos2, half: f32, (color, is_ready): (Color32, bool)) {
        let corners = [
            at + vec2(0.0, -half),
            at + vec2(half, 0.0),
            at + vec2(0.0, half),
            at + vec2(-half, 0.0),
        ];
        let fill = if is_ready { color } else { self.p.lane };
        let stroke = self.stroke(4.0, color);
        let diamond = Shape::convex_polygon(corners.to_vec(), fill, stroke);
        ui.painter().add(diamond);
    }

    /// The same rectangle inside another, moved sideways where it must be.
    pub(super) fn within(rect: Rect, area: Rect) -> Rect {
        let left = rect
            .left()
            .min(area.right() - rect.width())
            .max(area.left());
        Rect::from_min_size(pos2(left, rect.top()), rect.size())
    }
}

/// What an arrow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrow {
    /// Bytes of a stream.
    Data,
    /// A datagram.
    Datagram,
    /// What TCP does that nobody sees.
    Handshake,
    /// From the accept queue into accept.
    Seat,
    /// A new socket, or the end of a stream.
    Thin,
}
