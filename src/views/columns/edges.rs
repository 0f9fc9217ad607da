//! What says at the edges of the centre that there are more columns beside it.

use eframe::egui::{
    Align2, CornerRadius, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::model::call::SocketId;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{Direction, focus_ring, paint_triangle};

use super::layout::{Column, Layout};

const WIDTH: f32 = 72.0;
const HEIGHT: f32 = 22.0;
/// The strip that the hints stand in, below all that scrolls, points.
pub(super) const STRIP: f32 = 26.0;

/// The hints, at the ends of the strip `view`. Returns the column to bring into view when one was clicked: the nearest
/// that is out of it.
pub(super) fn edges_ui(
    ui: &mut Ui,
    layout: &Layout,
    view: Rect,
    scrolled: f32,
) -> Option<SocketId> {
    let middle = |column: &Column| column.left + column.width / 2.0 - scrolled;
    let before = layout.columns().filter(|column| middle(column) < 0.0);
    let behind = layout
        .columns()
        .filter(|column| middle(column) > view.width());
    let last_before = before.clone().next_back().map(|column| column.socket);
    let first_behind = behind.clone().next().map(|column| column.socket);
    let mut wanted = None;
    for (count, direction, socket) in [
        (before.count(), Direction::Left, last_before),
        (behind.count(), Direction::Right, first_behind),
    ] {
        if count > 0 && hint_ui(ui, view, count, direction) {
            wanted = socket;
        }
    }
    wanted
}

/// `◂ 1 more`.
fn hint_ui(ui: &mut Ui, view: Rect, count: usize, direction: Direction) -> bool {
    let p = theme::of(ui);
    let is_left = direction == Direction::Left;
    let left = if is_left {
        view.left() + 2.0
    } else {
        view.right() - WIDTH - 2.0
    };
    let rect = Rect::from_min_size(
        pos2(left, view.center().y - HEIGHT / 2.0),
        vec2(WIDTH, HEIGHT),
    );
    let side = if is_left { "left" } else { "right" };
    let id = ui.scope_id().with(("more columns", side));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let name = format!("{count} more to the {side}");
        WidgetInfo::labeled(AccessRole::Button, true, name)
    });
    let fill = if response.hovered() { p.card } else { p.raised };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CHIP),
        fill,
        Stroke::new(size::LINE, p.ctl),
        StrokeKind::Inside,
    );
    let tip = if is_left {
        pos2(rect.left() + 11.0, rect.center().y)
    } else {
        pos2(rect.right() - 11.0, rect.center().y)
    };
    paint_triangle(ui.painter(), tip, 8.0, direction, p.text);
    let (at, align) = if is_left {
        (
            pos2(rect.right() - 9.0, rect.center().y),
            Align2::RIGHT_CENTER,
        )
    } else {
        (
            pos2(rect.left() + 9.0, rect.center().y),
            Align2::LEFT_CENTER,
        )
    };
    let words = format!("{count} more");
    ui.painter()
        .text(at, align, words, Type::Label.font(), p.text);
    focus_ring(ui, &response, rect);
    response
        .on_hover_text(format!("Sockets to the {side}: scrolls there"))
        .clicked()
}
