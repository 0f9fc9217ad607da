//! A socket method's button, in one of its looks.

use eframe::egui::{
    Color32, CornerRadius, FontId, Rect, Response, Role as AccessRole, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::lifecycle::Look;
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Palette, Type, size};

use super::{focus_ring, paint_dashed_rect, paint_hourglass, paint_return_arrow};

/// How a button is painted.
struct Paint {
    fill: Color32,
    stroke: Stroke,
    dashed: Option<(f32, f32)>,
    text: Color32,
    font: Type,
    sign: Option<Sign>,
}

#[derive(Clone, Copy)]
enum Sign {
    Hourglass,
    Return,
}

fn paint_of(look: Look, role: SocketKind, hovered: bool, p: &Palette) -> Paint {
    let (full, ..) = theme::role_colors(p, role);
    let outline = Stroke::new(size::LINE, if hovered { p.text } else { p.ctl });
    let plain = Paint {
        fill: if hovered {
            p.raised
        } else {
            Color32::TRANSPARENT
        },
        stroke: outline,
        dashed: None,
        text: p.text,
        font: Type::Mono,
        sign: None,
    };
    match look {
        Look::Natural => Paint {
            fill: full,
            stroke: Stroke::NONE,
            text: p.onrole,
            font: Type::MonoBold,
            ..plain
        },
        Look::Allowed => plain,
        Look::WillWait => Paint {
            stroke: Stroke::new(size::LINE, p.wait),
            sign: Some(Sign::Hourglass),
            ..plain
        },
        Look::WouldBlock(_) => Paint {
            fill: p.again_dim,
            stroke: Stroke::new(size::LINE_ICON, p.again),
            dashed: Some((3.0, 2.0)),
            text: p.again,
            sign: Some(Sign::Return),
            ..plain
        },
        Look::WouldFail(_) => Paint {
            dashed: Some((3.0, 2.0)),
            text: if hovered { p.text } else { p.text3 },
            ..plain
        },
        Look::Queued => Paint {
            fill: p.raised,
            stroke: Stroke::new(size::LINE, p.hair),
            text: p.text3,
            ..plain
        },
        Look::WaitingNow => Paint {
            stroke: Stroke::new(size::LINE_STRONG, p.wait),
            text: p.wait,
            font: Type::MonoBold,
            ..plain
        },
    }
}

/// A method's button in one of its looks. `name` is what the accessibility tree calls it, e.g. `client recv`.
///
/// `width`: `None` takes what the label needs. All looks can be clicked.
pub fn method_button(
    ui: &mut Ui,
    label: &str,
    name: &str,
    look: Look,
    role: SocketKind,
    width: Option<f32>,
) -> Response {
    let width = width.unwrap_or_else(|| needed_width(ui, label, look, 1.0));
    button(
        ui,
        vec2(width, size::CONTROL),
        (label, name),
        look,
        role,
        1.0,
    )
}

/// A method's button for the back row: everything about it `scale` times as large.
pub fn method_button_large(
    ui: &mut Ui,
    label: &str,
    name: &str,
    look: Look,
    role: SocketKind,
    scale: f32,
) -> Response {
    let width = needed_width(ui, label, look, scale);
    let size = vec2(width, size::CONTROL * scale * 0.8);
    button(ui, size, (label, name), look, role, scale)
}

fn button(
    ui: &mut Ui,
    size: Vec2,
    (label, name): (&str, &str),
    look: Look,
    role: SocketKind,
    scale: f32,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        paint_method(ui, rect, label, (look, role), lit, scale);
        focus_ring(ui, &response, rect);
    }
    response
}

/// A look as a legend shows it: painted alike, and no button. `width` as of a button.
pub fn method_sample(ui: &mut Ui, label: &str, look: Look, role: SocketKind, width: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
    paint_method(ui, rect, label, (look, role), false, 1.0);
}

fn sign_width(look: Look) -> f32 {
    if matches!(look, Look::WillWait | Look::WouldBlock(_)) {
        16.0
    } else {
        0.0
    }
}

/// A font so many times as large.
fn scaled(font: Type, scale: f32) -> FontId {
    let mut font = font.font();
    font.size *= scale;
    font
}

fn needed_width(ui: &Ui, label: &str, look: Look, scale: f32) -> f32 {
    let font = scaled(Type::MonoBold, scale);
    let galley = ui
        .painter()
        .layout_no_wrap(label.to_owned(), font, Color32::PLACEHOLDER);
    galley.size().x + (sign_width(look) + 16.0) * scale
}

fn paint_method(
    ui: &Ui,
    rect: Rect,
    label: &str,
    (look, role): (Look, SocketKind),
    lit: bool,
    scale: f32,
) {
    let p = theme::of(ui);
    let paint = paint_of(look, role, lit, p);
    let painter = ui.painter();
    let rounding = f32::from(size::RADIUS_CONTROL) * scale;
    let radius = CornerRadius::same(rounding as u8);
    let stroke = Stroke::new(paint.stroke.width * scale, paint.stroke.color);
    painter.rect_filled(rect, radius, paint.fill);
    match paint.dashed {
        Some((dash, gap)) => {
            paint_dashed_rect(painter, rect, rounding, stroke, dash * scale, gap * scale);
        }
        None => {
            painter.rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
    }
    let sign_width = sign_width(look) * scale;
    let galley = painter.layout_no_wrap(label.to_owned(), scaled(paint.font, scale), paint.text);
    let left = rect.center().x - f32::midpoint(galley.size().x, sign_width);
    let text_at = pos2(left + sign_width, rect.center().y - galley.size().y / 2.0);
    let sign_at = pos2(left + 6.0 * scale, rect.center().y);
    match paint.sign {
        Some(Sign::Hourglass) => paint_hourglass(painter, sign_at, 12.0 * scale, p.wait),
        Some(Sign::Return) => paint_return_arrow(painter, sign_at, 14.0 * scale, p.again),
        None => {}
    }
    painter.galley(text_at, galley, paint.text);
}
