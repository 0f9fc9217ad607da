//! The panel folded to a rail of glyphs; it opens over the centre.

use eframe::egui::{
    Area, CornerRadius, Frame, Id, Key, Margin, Modifiers, Order, Popup, Rect, Response,
    Role as AccessRole, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::views::buttons::{Icon, paint_icon};
use crate::views::quick_start::quick_start_rail_ui;
use crate::views::theme::{self, size};
use crate::views::widgets::focus_ring;
use crate::views::{Action, Shown};

use super::{NewSocketState, new_socket_ui};

/// The rail: a button that opens the panel, and the quick starts' glyphs.
pub fn rail_ui(
    ui: &mut Ui,
    state: &mut NewSocketState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let button = open_button(ui, state.rail_open);
    if button.clicked() {
        state.rail_open = !state.rail_open;
    }
    ui.separator();
    quick_start_rail_ui(ui, actions);
    if state.rail_open {
        overlay_ui(ui, &button, state, shown, actions);
    }
}

fn open_button(ui: &mut Ui, is_open: bool) -> Response {
    let side = vec2(ui.available_width(), size::RAIL);
    let (rect, response) = ui.allocate_exact_size(side, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::Button, ui.is_enabled(), is_open, "New socket")
    });
    let p = theme::of(ui);
    let inner = rect.shrink(6.0);
    let hot = is_open || response.hovered() || response.has_focus();
    let (fill, color) = if hot {
        (p.raised, p.text)
    } else {
        (p.ink, p.onink)
    };
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    ui.painter().rect_filled(inner, radius, fill);
    paint_icon(ui.painter(), inner.center(), 14.0, Icon::Plus, color);
    focus_ring(ui, &response, inner);
    response.on_hover_text("New socket (Ctrl+N)")
}

/// The panel over the centre. It closes with Esc, with a click beside it, and when a socket was made.
fn overlay_ui(
    ui: &Ui,
    button: &Response,
    state: &mut NewSocketState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let window = ui.ctx().content_rect();
    let at = pos2(button.rect.right(), button.rect.top());
    let room = window.bottom() - at.y - 2.0 * size::PADDING - size::COLUMN_GAP;
    let area = Area::new(Id::unique("new socket over the centre"))
        .order(Order::Foreground)
        .fixed_pos(at)
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(p.panel)
                .stroke(Stroke::new(size::LINE, p.ctl))
                .corner_radius(CornerRadius::same(size::RADIUS_CARD))
                .inner_margin(Margin::same(size::PADDING as i8))
                .show(ui, |ui| {
                    ui.set_width(size::LEFT - 2.0 * size::PADDING);
                    // The area remembers how high it was; the panel grows with its notes.
                    ui.set_max_height(room);
                    ScrollArea::vertical().show(ui, |ui| {
                        new_socket_ui(ui, state, shown, actions);
                    });
                });
        });
    let beside = clicked_beside(ui, area.response.rect.union(button.rect));
    let list_open = Popup::is_any_open(ui.ctx());
    let escape =
        !list_open && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if escape || (beside && !list_open) {
        state.rail_open = false;
    }
}

fn clicked_beside(ui: &Ui, rect: Rect) -> bool {
    ui.input(|input| {
        input.pointer.any_pressed()
            && input
                .pointer
                .interact_pos()
                .is_some_and(|at| !rect.contains(at))
    })
}
