//! What the painted life cycles share: nodes, arrows, plates.

use eframe::egui::{
    Align2, Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets::{focus_ring, paint_dashed_rect, paint_hatch};

/// A node that was travelled, and the ring of a chosen call.
pub(super) const TRAVELLED: f32 = 2.5;
/// An edge that was travelled.
pub(super) const WAY: f32 = 4.0;
/// From a node to the ring round it.
const RING: f32 = 4.0;

/// How a node is painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) fill: Color32,
    pub(super) border: Stroke,
    /// Dashes and gaps of the border.
    pub(super) dashed: bool,
    pub(super) hatch: Option<Color32>,
    pub(super) text: Color32,
    pub(super) bold: bool,
    /// Round the node: you are here, or the chosen call.
    pub(super) ring: Option<Stroke>,
}

impl Paint {
    /// Not yet.
    pub(super) fn plain(p: &Palette) -> Self {
        Self {
            fill: Color32::TRANSPARENT,
            border: Stroke::new(size::LINE_ICON, p.ctl),
            dashed: false,
            hatch: None,
            text: p.text3,
            bold: false,
            ring: None,
        }
    }
}

/// A node: its place, its word, and its name in the accessibility tree. It can be pressed where `role` is a button.
pub(super) fn node_ui(
    ui: &Ui,
    rect: Rect,
    label: (&str, Type),
    paint: Paint,
    role: Role,
    name: &str,
) -> Response {
    let enabled = ui.is_enabled();
    let sense = if role == Role::Button {
        Sense::click()
    } else {
        Sense::hover()
    };
    let response = ui.interact(
        rect,
        ui.scope_id().with(("node", name_id(name, rect, ui))),
        sense,
    );
    response.widget_info(|| WidgetInfo::labeled(role, enabled, name));
    let p = theme::of(ui);
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    painter.rect_filled(rect, radius, p.panel);
    painter.rect_filled(rect, radius, paint.fill);
    let color = if response.hovered() && role == Role::Button && paint.fill.a() == 0 {
        p.text
    } else {
        paint.text
    };
    let galley = painter.layout_no_wrap(label.0.to_owned(), label.1.font(), color);
    let text = Rect::from_center_size(rect.center(), galley.size());
    if let Some(hatch) = paint.hatch {
        paint_hatch(painter, rect.shrink(2.0), Stroke::new(3.0, hatch), 8.0);
        let plate = text.expand2(vec2(4.0, 0.0));
        painter.rect_filled(plate, f32::from(size::RADIUS_BOX), paint.fill);
    }
    let border = if response.hovered() && role == Role::Button {
        Stroke::new(paint.border.width, p.text)
    } else {
        paint.border
    };
    if paint.dashed {
        paint_dashed_rect(
            painter,
            rect,
            f32::from(size::RADIUS_CONTROL),
            border,
            4.0,
            3.0,
        );
    } else {
        painter.rect_stroke(rect, radius, border, StrokeKind::Inside);
    }
    if let Some(ring) = paint.ring {
        let radius = CornerRadius::same(size::RADIUS_CARD + 2);
        painter.rect_stroke(rect.expand(RING), radius, ring, StrokeKind::Middle);
    }
    painter.galley(text.min, galley, color);
    focus_ring(ui, &response, rect);
    response
}

/// The place in the diagram makes the id: it stays the node's own whatever its state.
fn name_id(name: &str, rect: Rect, ui: &Ui) -> (String, i32, i32) {
    let from = ui.min_rect().min;
    let word = name.split(',').next().unwrap_or(name).to_owned();
    let at = rect.min - from;
    (word, at.x as i32, at.y as i32)
}

/// A line with a head at its end.
pub(super) fn arrow(painter: &Painter, points: &[Pos2], stroke: Stroke, dashed: bool) {
    let [.., before, tip] = points else { return };
    let along = (*tip - *before).normalized();
    let size = if stroke.width > 3.0 { 9.0 } else { 7.0 };
    let base = *tip - along * size;
    let mut line = points.to_vec();
    if let Some(last) = line.last_mut() {
        *last = base;
    }
    if dashed {
        painter.extend(Shape::dashed_line(&line, stroke, 4.0, 3.0));
    } else {
        painter.add(Shape::line(line, stroke));
    }
    let across = along.rot90() * (size * 0.55);
    painter.add(Shape::convex_polygon(
        vec![*tip, base + across, base - across],
        stroke.color,
        Stroke::NONE,
    ));
}

/// Small words on a plate of the ground's colour, so that no line runs through them.
pub(super) fn plate(ui: &Ui, center: Pos2, words: &str, font: Type, color: Color32) -> Rect {
    let p = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font.font(), color);
    let rect = Rect::from_center_size(center, galley.size() + vec2(4.0, 0.0));
    let rect = inside(ui, rect);
    ui.painter().rect_filled(rect, 0.0, p.panel);
    ui.painter()
        .galley(rect.min + vec2(2.0, 0.0), galley, color);
    rect
}

/// `you are here`, as a plate in the neutral primary.
pub(super) fn here_plate(ui: &Ui, center: Pos2) {
    let p = theme::of(ui);
    let galley =
        ui.painter()
            .layout_no_wrap("you are here".to_owned(), Type::LabelBold.font(), p.onink);
    let rect = Rect::from_center_size(center, galley.size() + vec2(14.0, 2.0));
    let rect = inside(ui, rect);
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    ui.painter().rect_filled(rect, radius, p.ink);
    ui.painter()
        .galley(rect.min + vec2(7.0, 1.0), galley, p.onink);
}

/// Moves what would leave the panel at a side back into it.
fn inside(ui: &Ui, rect: Rect) -> Rect {
    let bounds = ui.max_rect();
    let shift = (bounds.right() - rect.right()).min(0.0) + (bounds.left() - rect.left()).max(0.0);
    rect.translate(vec2(shift, 0.0))
}

/// A word over a lane.
pub(super) fn heading(ui: &Ui, center: Pos2, words: &str) -> Rect {
    let p = theme::of(ui);
    ui.painter().text(
        pos2(center.x + 9.0, center.y),
        Align2::CENTER_CENTER,
        words,
        Type::MonoBold.font(),
        p.text,
    )
}
