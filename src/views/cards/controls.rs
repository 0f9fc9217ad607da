//! The small controls a card is made of.

use eframe::egui::{
    self, Color32, CornerRadius, Frame, Key, Margin, Modifiers, Popup, PopupCloseBehavior,
    Response, Role as AccessRole, ScrollArea, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use crate::views::theme::{self, Type, size};
use crate::views::widgets::{self, Direction};

/// How a field looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldLook {
    /// To be typed in.
    Open,
    /// Its call has been made.
    Done,
    /// What stands in it can't be used.
    Wrong,
}

impl FieldLook {
    /// Wrong, or else done or open.
    pub(super) fn of(wrong: bool, done: bool) -> Self {
        match (wrong, done) {
            (true, _) => Self::Wrong,
            (false, true) => Self::Done,
            (false, false) => Self::Open,
        }
    }
}

/// A one-line text field of exactly `width` points and a control's height; `prefix` stands before the text.
pub(super) fn text_field(
    ui: &mut Ui,
    id: egui::Id,
    text: &mut String,
    name: String,
    width: f32,
    look: FieldLook,
    prefix: &str,
) -> Response {
    let p = theme::of(ui);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let (stroke, color) = match look {
        FieldLook::Wrong => (Stroke::new(size::LINE_STRONG, p.err), p.text),
        _ if focused => (Stroke::new(size::LINE_STRONG, p.text), p.text),
        FieldLook::Open => (Stroke::new(size::LINE, p.ctl), p.text),
        FieldLook::Done => (Stroke::new(size::LINE, p.hair), p.text3),
    };
    // The stroke is painted here, so that its width moves nothing.
    let frame = Frame::new()
        .fill(p.field)
        .corner_radius(size::RADIUS_CONTROL)
        .inner_margin(Margin::symmetric(6, 5));
    let mut edit = TextEdit::singleline(text);
    if !prefix.is_empty() {
        edit = edit.prefix(Type::Edge.colored(prefix, p.text3));
    }
    let response = edit
        .id(id)
        .font(Type::Mono.font())
        .text_color(color)
        .align(egui::Align2::LEFT_CENTER)
        .frame(frame)
        .desired_width(width)
        .min_size(vec2(width, size::CONTROL))
        .show(ui)
        .response
        .response
        .accessible_name(name);
    ui.painter().rect_stroke(
        response.rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        stroke,
        egui::StrokeKind::Inside,
    );
    response
}

/// Whether Enter was pressed in this field.
pub(super) fn entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Takes a key from a field that has the keyboard, before the field sees it.
pub(super) fn takes_key(ui: &Ui, id: egui::Id, key: Key) -> bool {
    ui.memory(|memory| memory.has_focus(id))
        && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// A button for something quieter than a call: outlined, in the body font.
pub(super) fn quiet_button(ui: &mut Ui, label: &str, name: &str, width: Option<f32>) -> Response {
    let p = theme::of(ui);
    let galley =
        ui.painter()
            .layout_no_wrap(label.to_owned(), Type::Label.font(), Color32::PLACEHOLDER);
    let width = width.unwrap_or(galley.size().x + 14.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name));
    let fill = if response.hovered() {
        p.raised
    } else {
        Color32::TRANSPARENT
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        fill,
        Stroke::new(size::LINE, p.ctl),
        egui::StrokeKind::Inside,
    );
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, p.text);
    widgets::focus_ring(ui, &response, rect);
    response
}

/// A button that opens something: filled, with its word and a small triangle if there is room.
pub(super) fn opener(ui: &mut Ui, label: &str, name: &str, width: f32) -> Response {
    let p = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name));
    let galley = ui
        .painter()
        .layout_no_wrap(label.to_owned(), Type::Mono.font(), p.text);
    let with_sign = !label.is_empty() && width - galley.size().x >= 20.0 || label.is_empty();
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CONTROL),
        p.raised,
        Stroke::new(
            size::LINE,
            if response.hovered() { p.text2 } else { p.hair },
        ),
        egui::StrokeKind::Inside,
    );
    let sign = if with_sign { 10.0 } else { 0.0 };
    let left = rect.center().x - 0.5 * (galley.size().x + sign);
    let text_at = pos2(left, rect.center().y - galley.size().y / 2.0);
    if with_sign {
        let at = pos2(left + galley.size().x + sign - 4.0, rect.center().y);
        widgets::paint_triangle(ui.painter(), at, 7.0, Direction::Down, p.text2);
    }
    ui.painter().galley(text_at, galley, p.text);
    widgets::focus_ring(ui, &response, rect);
    response
}

/// What an opener opens: it stays until a click elsewhere.
pub(super) fn opened(response: &Response, contents: impl FnOnce(&mut Ui)) {
    Popup::from_toggle_button_response(response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .frame(theme::popup_frame(&response.ctx))
        // A field that is typed in asks to be scrolled into view. It stands above the cards: they need not scroll for it.
        .show(|ui| ScrollArea::neither().show(ui, contents));
}

/// A field's error: a warning sign and one bold line.
pub(super) fn error_line(ui: &mut Ui, message: &str) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        widgets::paint_warning(ui.painter(), rect.center(), 12.0, p.err, p.card);
        ui.add(egui::Label::new(Type::LabelBold.colored(widgets::escaped(message), p.err)).wrap());
    });
}
