//! Small parts that several views share: role glyphs, method buttons, chips, switches.
//!
//! Every control gets a name in the accessibility tree; signs are painted, so that no font can lack them.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{
    self, Align2, Color32, CornerRadius, Galley, Rect, Response, Role as AccessRole, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::socket::SocketKind;

use super::theme::{self, Palette, Type, size};

mod method;
mod signs;

pub use method::{method_button, method_button_large, method_sample};
pub use signs::{
    Direction, paint_brand, paint_dashed_rect, paint_glyph, paint_hatch, paint_hourglass,
    paint_return_arrow, paint_triangle, paint_warning,
};

/// A role's glyph as an item of a row.
pub fn glyph(ui: &mut Ui, kind: SocketKind, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let (color, ..) = theme::role_colors(theme::of(ui), kind);
    paint_glyph(ui.painter(), rect.center(), side, kind, color);
    response
}

/// The ring round what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(size::LINE_STRONG, theme::of(ui).text);
        ui.painter().rect_stroke(
            rect.expand(2.0),
            CornerRadius::same(size::RADIUS_CONTROL),
            stroke,
            StrokeKind::Middle,
        );
    }
}

/// The neutral primary: `socket()`, Do it, Stop waiting.
pub fn primary_button(
    ui: &mut Ui,
    label: &str,
    font: Type,
    size: Vec2,
    shortcut: Option<&str>,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), label));
    if ui.is_rect_visible(rect) {
        let p = theme::of(ui);
        let fill = if response.hovered() {
            p.ink.gamma_multiply(0.9)
        } else {
            p.ink
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::RADIUS_CONTROL), fill);
        let galley = ui
            .painter()
            .layout_no_wrap(label.to_owned(), font.font(), p.onink);
        let key = shortcut.map(|key| {
            ui.painter()
                .layout_no_wrap(key.to_owned(), Type::MonoEdge.font(), p.onink)
        });
        let key_width = key.as_ref().map_or(0.0, |key| key.size().x + 18.0);
        let left = rect.center().x - f32::midpoint(galley.size().x, key_width);
        let top = rect.center().y - galley.size().y / 2.0;
        let key_left = left + galley.size().x + 8.0;
        ui.painter().galley(pos2(left, top), galley, p.onink);
        if let Some(key) = key {
            let plate = Rect::from_min_size(
                pos2(key_left, rect.center().y - 9.0),
                vec2(key.size().x + 10.0, 18.0),
            );
            let radius = CornerRadius::same(size::RADIUS_BOX);
            ui.painter().rect_stroke(
                plate,
                radius,
                Stroke::new(size::LINE, p.onink),
                StrokeKind::Inside,
            );
            ui.painter()
                .galley(plate.center() - key.size() / 2.0, key, p.onink);
        }
        focus_ring(ui, &response, rect);
    }
    response
}

/// A row of choices of which one holds: `TCP | UDP`. `name` is what the group is called.
///
/// Returns whether the choice changed.
pub fn segmented<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
    width: f32,
) -> bool {
    let p = theme::of(ui);
    let chosen = Chosen {
        fill: p.raised,
        line: Stroke::new(size::LINE, p.ctl),
        text: p.text,
    };
    segments(ui, name, value, options, width, chosen)
}

/// The same for a choice that the whole window follows: it stands out.
pub fn segmented_strong<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
    width: f32,
) -> bool {
    let p = theme::of(ui);
    let chosen = Chosen {
        fill: p.ink,
        line: Stroke::NONE,
        text: p.onink,
    };
    segments(ui, name, value, options, width, chosen)
}

/// How the choice that holds looks.
#[derive(Clone, Copy)]
struct Chosen {
    fill: Color32,
    line: Stroke,
    text: Color32,
}

fn segments<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    options: &[(T, &str)],
    width: f32,
    chosen: Chosen,
) -> bool {
    let (outer, _) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    let p = theme::of(ui);
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    ui.painter().rect(
        outer,
        radius,
        p.field,
        Stroke::new(size::LINE, p.ctl),
        StrokeKind::Inside,
    );
    let each = outer.width() / options.len() as f32;
    let mut changed = false;
    for (index, (option, label)) in options.iter().enumerate() {
        let rect = Rect::from_min_size(
            outer.min + vec2(each * index as f32, 0.0),
            vec2(each, outer.height()),
        );
        let response = ui.interact(rect, ui.scope_id().with((name, label)), Sense::click());
        let selected = *value == *option;
        response.widget_info(|| {
            WidgetInfo::selected(
                AccessRole::RadioButton,
                ui.is_enabled(),
                selected,
                format!("{name}: {label}"),
            )
        });
        let inner = rect.shrink(2.0);
        if selected {
            ui.painter().rect(
                inner,
                CornerRadius::same(size::RADIUS_BOX),
                chosen.fill,
                chosen.line,
                StrokeKind::Inside,
            );
        }
        let color = match (selected, response.hovered()) {
            (true, _) => chosen.text,
            (false, true) => p.text,
            (false, false) => p.text2,
        };
        let font = if selected { Type::BodyBold } else { Type::Body };
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            *label,
            font.font(),
            color,
        );
        focus_ring(ui, &response, inner);
        if response.clicked() && !selected {
            *value = *option;
            changed = true;
        }
    }
    changed
}

/// An on/off switch with its label inside a chip. Returns the response; the caller changes the value.
pub fn switch_chip(ui: &mut Ui, on: bool, label: &str, name: &str) -> Response {
    let galley =
        ui.painter()
            .layout_no_wrap(label.to_owned(), Type::Body.font(), Color32::PLACEHOLDER);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 46.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(AccessRole::Switch, ui.is_enabled(), on, name));
    let p = theme::of(ui);
    let stroke = Stroke::new(size::LINE, if response.hovered() { p.text } else { p.ctl });
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(size::RADIUS_CHIP),
        stroke,
        StrokeKind::Inside,
    );
    paint_switch(
        ui.painter(),
        Rect::from_min_size(rect.min + vec2(6.0, 5.0), vec2(24.0, 14.0)),
        on,
        p,
    );
    ui.painter().galley(
        pos2(rect.left() + 36.0, rect.center().y - galley.size().y / 2.0),
        galley,
        p.text,
    );
    focus_ring(ui, &response, rect);
    response
}

/// The switch itself.
pub fn paint_switch(painter: &egui::Painter, rect: Rect, on: bool, p: &Palette) {
    let radius = CornerRadius::same((rect.height() / 2.0) as u8);
    let knob_radius = rect.height() / 2.0 - 3.0;
    if on {
        painter.rect_filled(rect, radius, p.ink);
        painter.circle_filled(
            rect.right_center() - vec2(rect.height() / 2.0, 0.0),
            knob_radius,
            p.onink,
        );
    } else {
        painter.rect_stroke(
            rect,
            radius,
            Stroke::new(size::LINE_ICON, p.text2),
            StrokeKind::Inside,
        );
        painter.circle_filled(
            rect.left_center() + vec2(rect.height() / 2.0, 0.0),
            knob_radius,
            p.text2,
        );
    }
}

/// A chip of a word: `TCP`.
pub fn chip(ui: &mut Ui, text: &str) -> Response {
    let p = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), Type::Label.font(), p.text);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 14.0, 24.0), Sense::hover());
    ui.painter()
        .rect_filled(rect, CornerRadius::same(size::RADIUS_CHIP), p.raised);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, p.text);
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, text));
    response
}

/// What a badge has left and right of its words together, points.
const BADGE_PADDING: f32 = 14.0;

/// A socket's state badge, outlined in its role's colour. Returns its size's response.
pub fn badge(ui: &mut Ui, text: &str, kind: SocketKind) -> Response {
    let p = theme::of(ui);
    let (full, dim, _) = theme::role_colors(p, kind);
    let galley = badge_words(ui, text, full);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + BADGE_PADDING, 24.0), Sense::hover());
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_BOX),
        dim,
        Stroke::new(size::LINE, full),
        StrokeKind::Inside,
    );
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, full);
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, text));
    response
}

/// How wide a badge with that text is, points.
pub fn badge_width(ui: &Ui, text: &str) -> f32 {
    badge_words(ui, text, Color32::PLACEHOLDER).size().x + BADGE_PADDING
}

fn badge_words(ui: &Ui, text: &str, color: Color32) -> Arc<Galley> {
    ui.painter()
        .layout_no_wrap(text.to_owned(), Type::MonoEdgeBold.font(), color)
}

/// A duration as the log shows it: `0.03 ms`, `3.2 s`.
pub fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.1} s")
    } else if seconds >= 0.1 {
        format!("{:.0} ms", seconds * 1e3)
    } else {
        format!("{:.2} ms", seconds * 1e3)
    }
}

/// Digits of other scripts as escapes: the fonts have none of them, and a box for each says nothing.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_numeric() && !letter.is_ascii() {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}
