//! Where an arrow answers the mouse: on its line, not in the whole rectangle round it, which may cover other calls.

use eframe::egui::{Pos2, Rect, Ui, Vec2, pos2, vec2};

use crate::model::ladder::{Arrow, ArrowLook};

use super::Painting;

/// How near to a line the pointer has to be, points.
const NEAR: f32 = 5.0;
/// What can be touched of an arrow without words, points.
const HANDLE: Vec2 = vec2(12.0, 8.0);

impl Painting<'_, '_> {
    /// The lines in view that belong to an arrow: its way, and down to the call that took it.
    pub(super) fn touchable(&self, arrow: &Arrow, way: [Pos2; 2]) -> Vec<[Pos2; 2]> {
        let falls = !matches!(arrow.look, ArrowLook::Seat | ArrowLook::Birth);
        let rail = arrow.taken.filter(|_| falls).and_then(|taken| {
            let x = self.place.x(taken.lane)?;
            let bottom = self.place.y(taken.y) - self.place.pitch() * 0.41;
            (bottom > way[1].y).then(|| [pos2(x, way[1].y), pos2(x, bottom)])
        });
        let way = arrow.is_first.then_some(way);
        let lines = way.into_iter().chain(rail);
        lines
            .filter_map(|line| clipped(self.place.area, line))
            .collect()
    }

    /// Where the pointer touches one of these lines, if nothing else is there.
    pub(super) fn touched(&self, ui: &Ui, lines: &[[Pos2; 2]]) -> Option<Rect> {
        let pointer = ui.ctx().pointer_hover_pos()?;
        let is_near = lines.iter().any(|line| distance(*line, pointer) <= NEAR);
        let is_free = !self.taken.iter().any(|taken| taken.contains(pointer));
        (is_near && is_free).then(|| Rect::from_center_size(pointer, Vec2::splat(2.0 * NEAR)))
    }

    /// A small part of the lines that covers nothing else; the middle of the first where there is none.
    pub(super) fn handle(&self, lines: &[[Pos2; 2]]) -> Option<Rect> {
        let at = |[from, to]: [Pos2; 2], share: f32| {
            Rect::from_center_size(from + (to - from) * share, HANDLE)
        };
        let shares = [0.5, 0.3, 0.7, 0.1, 0.9];
        let all = lines
            .iter()
            .flat_map(|line| shares.map(|share| at(*line, share)));
        let mut free =
            all.filter(|handle| !self.taken.iter().any(|taken| taken.intersects(*handle)));
        let covered = || lines.first().map(|line| at(*line, 0.5).shrink(3.0));
        free.next().or_else(covered)
    }
}

/// The part of a line that is inside a rectangle.
fn clipped(area: Rect, [from, to]: [Pos2; 2]) -> Option<[Pos2; 2]> {
    let way = to - from;
    let (mut first, mut last) = (0.0_f32, 1.0_f32);
    for (start, length, range) in [
        (from.x, way.x, area.x_range()),
        (from.y, way.y, area.y_range()),
    ] {
        if length.abs() < f32::EPSILON {
            if !range.contains(start) {
                return None;
            }
            continue;
        }
        let (one, other) = ((range.min - start) / length, (range.max - start) / length);
        first = first.max(one.min(other));
        last = last.min(one.max(other));
    }
    (first <= last).then(|| [from + way * first, from + way * last])
}

fn distance([from, to]: [Pos2; 2], point: Pos2) -> f32 {
    let way = to - from;
    let share = (point - from).dot(way) / way.length_sq().max(f32::EPSILON);
    (from + way * share.clamp(0.0, 1.0)).distance(point)
}
