//! The port ruler: where the number lies between the ports left out and those to choose from.
//!
//! Not to scale: 1–1024 would be four points wide.

use eframe::egui::{
    Align2, CornerRadius, Rect, Role as AccessRole, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::model::address::Port;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets::paint_hatch;

/// Width of the zone 1–1024, whatever the width of the whole.
const LEFT_OUT: f32 = 84.0;
const NUMERALS: f32 = 13.0;
const BAR: f32 = 12.0;
const LABELS: f32 = 16.0;

/// The number a port text stands for, if it can be drawn: 1 to 65535 in plain digits.
fn number(text: &str) -> Option<u16> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number > 0)
}

/// Where a port stands on the bar, in points from its left.
fn place(port: u16, width: f32) -> f32 {
    let (from, to, left, right) = if port < Port::MIN {
        (1, Port::MIN - 1, 0.0, LEFT_OUT)
    } else {
        (Port::MIN, Port::MAX, LEFT_OUT + 1.0, width)
    };
    left + f32::from(port - from) / f32::from(to - from) * (right - left)
}

pub(super) fn port_ruler_ui(ui: &mut Ui, text: &str, wrong: bool) {
    let p = theme::of(ui);
    let width = ui.available_width();
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, NUMERALS + BAR + LABELS), Sense::hover());
    let port = number(text);
    response.widget_info(|| {
        let place = match port {
            Some(port) if port < Port::MIN => format!("{port} is below 1025, where yours begin"),
            Some(port) => format!("{port} is among yours, 1025–65535"),
            None => "no port to show".to_owned(),
        };
        WidgetInfo::labeled(AccessRole::Image, true, format!("Port ruler: {place}"))
    });
    let bar = Rect::from_min_size(rect.min + vec2(0.0, NUMERALS), vec2(width, BAR));
    paint_bar(ui, bar, p);
    let marker = port.map(|port| bar.left() + place(port, width));
    paint_numerals(ui, rect, marker, p);
    if let Some(x) = marker {
        paint_marker(ui, x, bar, if wrong { p.err } else { p.text });
    }
    let is_low = wrong && port.is_some_and(|port| port < Port::MIN);
    paint_labels(ui, rect, is_low, p);
}

fn paint_bar(ui: &Ui, bar: Rect, p: &Palette) {
    let radius = CornerRadius::same(2);
    let line = Stroke::new(size::LINE, p.ctl);
    let left_out = Rect::from_min_size(bar.min, vec2(LEFT_OUT - 1.0, BAR));
    let yours = Rect::from_min_max(pos2(bar.left() + LEFT_OUT + 1.0, bar.top()), bar.max);
    ui.painter()
        .rect(left_out, radius, p.field, line, StrokeKind::Inside);
    paint_hatch(ui.painter(), left_out.shrink(1.0), line, 8.0);
    ui.painter()
        .rect(yours, radius, p.listener_dim, line, StrokeKind::Inside);
}

/// The ends of the scale, unless the marker stands in their place.
fn paint_numerals(ui: &Ui, rect: Rect, marker: Option<f32>, p: &Palette) {
    let font = Type::MonoEdge.font();
    let free = |x: f32, room: f32| marker.is_none_or(|marker| (marker - x).abs() > room);
    if free(rect.left(), 20.0) {
        let at = rect.left_top();
        ui.painter()
            .text(at, Align2::LEFT_TOP, "0", font.clone(), p.text3);
    }
    if free(rect.right(), 48.0) {
        let at = rect.right_top();
        ui.painter()
            .text(at, Align2::RIGHT_TOP, "65535", font, p.text3);
    }
}

fn paint_marker(ui: &Ui, x: f32, bar: Rect, color: eframe::egui::Color32) {
    let top = bar.top() - NUMERALS + 2.0;
    let points = vec![pos2(x - 6.0, top), pos2(x + 6.0, top), pos2(x, top + 8.0)];
    ui.painter()
        .add(Shape::convex_polygon(points, color, Stroke::NONE));
    let line = Stroke::new(size::LINE_STRONG, color);
    ui.painter().vline(x, top..=bar.bottom(), line);
}

fn paint_labels(ui: &Ui, rect: Rect, is_low: bool, p: &Palette) {
    let (font, color) = if is_low {
        (Type::LabelBold, p.err)
    } else {
        (Type::Edge, p.text2)
    };
    let painter = ui.painter();
    let left = rect.left_bottom();
    painter.text(
        left,
        Align2::LEFT_BOTTOM,
        "to 1024 left out",
        font.font(),
        color,
    );
    let yours = if is_low { p.text3 } else { p.text };
    let right = rect.right_bottom();
    let font = Type::Edge.font();
    painter.text(right, Align2::RIGHT_BOTTOM, "1025–65535 yours", font, yours);
}
