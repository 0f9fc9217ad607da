//! Small parts that several views share: role glyphs, method buttons, chips, switches.
//!
//! Every control gets a name in the accessibility tree; signs are painted, so that no font can lack them.

use std::time::Duration;

use eframe::egui::{
    self, Align2, Color32, CornerRadius, Pos2, Rect, Response, Role as AccessRole, Sense, Shape,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::lifecycle::Look;
use crate::model::socket::SocketKind;

use super::theme::{self, Palette, Type, brand, size};

/// Paints a role's glyph: ring, triangle, diamond, square. `side` is its box: 12 in the log, 16 on cards.
pub fn paint_glyph(
    painter: &egui::Painter,
    center: Pos2,
    side: f32,
    kind: SocketKind,
    color: Color32,
) {
    let unit = side / 16.0;
    match kind {
        SocketKind::Listener => {
            painter.circle_stroke(center, 6.2 * unit, Stroke::new(2.2 * unit, color));
            painter.circle_filled(center, 2.4 * unit, color);
        }
        SocketKind::Client => polygon(
            painter,
            center,
            unit,
            &[(-5.0, -6.0), (6.5, 0.0), (-5.0, 6.0)],
            color,
        ),
        SocketKind::Connection => {
            polygon(
                painter,
                center,
                unit,
                &[(0.0, -6.8), (6.8, 0.0), (0.0, 6.8), (-6.8, 0.0)],
                color,
            );
        }
        SocketKind::UdpPeer => {
            painter.rect_filled(
                Rect::from_center_size(center, Vec2::splat(12.0 * unit)),
                0.0,
                color,
            );
        }
    }
}

fn polygon(
    painter: &egui::Painter,
    center: Pos2,
    unit: f32,
    points: &[(f32, f32)],
    color: Color32,
) {
    let points = points
        .iter()
        .map(|(x, y)| center + vec2(*x, *y) * unit)
        .collect();
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A role's glyph as an item of a row.
pub fn glyph(ui: &mut Ui, kind: SocketKind, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let (color, ..) = theme::role_colors(theme::of(ui), kind);
    paint_glyph(ui.painter(), rect.center(), side, kind, color);
    response
}

/// The hourglass before a call that will wait.
pub fn paint_hourglass(painter: &egui::Painter, center: Pos2, side: f32, color: Color32) {
    let unit = side / 12.0;
    let at = |x: f32, y: f32| center + vec2(x, y) * unit;
    polygon(
        painter,
        center,
        unit,
        &[(-3.5, -4.5), (3.5, -4.5), (0.0, 0.2)],
        color,
    );
    polygon(
        painter,
        center,
        unit,
        &[(0.0, -0.2), (3.5, 4.5), (-3.5, 4.5)],
        color,
    );
    let stroke = Stroke::new(1.4 * unit, color);
    painter.line_segment([at(-4.5, -5.2), at(4.5, -5.2)], stroke);
    painter.line_segment([at(-4.5, 5.2), at(4.5, 5.2)], stroke);
}

/// The arrow that comes straight back: a would-block.
pub fn paint_return_arrow(painter: &egui::Painter, center: Pos2, side: f32, color: Color32) {
    let unit = side / 14.0;
    let at = |x: f32, y: f32| center + vec2(x, y) * unit;
    let stroke = Stroke::new(1.5 * unit, color);
    let line = vec![
        at(-3.5, -4.0),
        at(2.0, -4.0),
        at(4.6, -2.6),
        at(5.2, 0.0),
        at(4.6, 2.2),
        at(2.0, 3.5),
        at(-2.5, 3.5),
    ];
    painter.add(Shape::line(line, stroke));
    polygon(
        painter,
        at(-3.0, 3.5),
        unit,
        &[(-3.0, 0.0), (1.0, -3.0), (1.0, 3.0)],
        color,
    );
}

/// The sign of a wrong field.
pub fn paint_warning(
    painter: &egui::Painter,
    center: Pos2,
    side: f32,
    color: Color32,
    ground: Color32,
) {
    let unit = side / 16.0;
    polygon(
        painter,
        center,
        unit,
        &[(0.0, -7.0), (7.5, 6.5), (-7.5, 6.5)],
        color,
    );
    let stroke = Stroke::new(1.8 * unit, ground);
    painter.line_segment(
        [
            center + vec2(0.0, -2.5) * unit,
            center + vec2(0.0, 2.0) * unit,
        ],
        stroke,
    );
    painter.circle_filled(center + vec2(0.0, 4.4) * unit, 1.1 * unit, ground);
}

/// A small filled triangle, pointing right or down.
pub fn paint_triangle(
    painter: &egui::Painter,
    center: Pos2,
    side: f32,
    down: Direction,
    color: Color32,
) {
    let unit = side / 8.0;
    let points: &[(f32, f32)] = match down {
        Direction::Right => &[(-2.0, -4.0), (3.0, 0.0), (-2.0, 4.0)],
        Direction::Left => &[(2.0, -4.0), (-3.0, 0.0), (2.0, 4.0)],
        Direction::Down => &[(-4.0, -2.0), (4.0, -2.0), (0.0, 3.0)],
    };
    polygon(painter, center, unit, points, color);
}

/// Where a small triangle points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Goes on.
    Right,
    /// Goes back.
    Left,
    /// Opens.
    Down,
}

/// The fish.
pub fn paint_brand(painter: &egui::Painter, rect: Rect) {
    let unit = rect.height() / 24.0;
    let at = |x: f32, y: f32| rect.left_center() + vec2(x, y) * unit;
    let tail = [
        [at(0.0, -8.0), at(12.0, 0.0), at(3.0, 0.5)],
        [at(0.0, 8.0), at(12.0, 0.0), at(3.0, -0.5)],
    ];
    for points in tail {
        painter.add(Shape::convex_polygon(
            points.to_vec(),
            brand::FISH,
            Stroke::NONE,
        ));
    }
    let body = |from: f32, to: f32, color| {
        let steps = 24;
        let edge = |sign: f32| {
            (0..=steps).map(move |step| {
                let x = from + (to - from) * step as f32 / steps as f32;
                let across = ((x - 9.0) / 27.0).clamp(0.0, 1.0);
                (
                    x,
                    sign * 10.5 * (std::f32::consts::PI * across).sin().max(0.0).powf(0.6),
                )
            })
        };
        let points: Vec<Pos2> = edge(-1.0)
            .chain(edge(1.0).collect::<Vec<_>>().into_iter().rev())
            .map(|(x, y)| at(x, y))
            .collect();
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    };
    body(9.0, 36.0, brand::FISH);
    body(27.0, 36.0, brand::HEAD);
    let eye = at(24.5, 0.0);
    painter.circle_filled(eye, 7.0 * unit, brand::EYE);
    painter.circle_filled(eye + vec2(1.0, 0.0) * unit, 3.6 * unit, brand::PUPIL);
    painter.circle_filled(eye + vec2(2.2, -1.2) * unit, 1.2 * unit, brand::EYE);
}

/// A dashed outline with rounded corners.
pub fn paint_dashed_rect(
    painter: &egui::Painter,
    rect: Rect,
    radius: f32,
    stroke: Stroke,
    dash: f32,
    gap: f32,
) {
    let rect = rect.shrink(stroke.width / 2.0);
    let mut points = Vec::with_capacity(24);
    let corners = [
        (rect.right_top() + vec2(-radius, radius), -90.0_f32),
        (rect.right_bottom() + vec2(-radius, -radius), 0.0),
        (rect.left_bottom() + vec2(radius, -radius), 90.0),
        (rect.left_top() + vec2(radius, radius), 180.0),
    ];
    for (center, from) in corners {
        for step in 0..=4 {
            let angle = (from + 22.5 * step as f32).to_radians();
            points.push(center + radius * vec2(angle.cos(), angle.sin()));
        }
    }
    points.push(points[0]);
    painter.extend(Shape::dashed_line(&points, stroke, dash, gap));
}

/// 45° hatching inside a rectangle: a wait.
pub fn paint_hatch(painter: &egui::Painter, rect: Rect, stroke: Stroke, pitch: f32) {
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(rect));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        painter.line_segment(
            [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())],
            stroke,
        );
        x += pitch;
    }
}

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
    let galley = ui.painter().layout_no_wrap(
        label.to_owned(),
        Type::MonoBold.font(),
        Color32::PLACEHOLDER,
    );
    let sign_width = if matches!(look, Look::WillWait | Look::WouldBlock(_)) {
        16.0
    } else {
        0.0
    };
    let width = width.unwrap_or(galley.size().x + sign_width + 16.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let p = theme::of(ui);
        let paint = paint_of(look, role, response.hovered() || response.has_focus(), p);
        let painter = ui.painter();
        let radius = CornerRadius::same(size::RADIUS_CONTROL);
        painter.rect_filled(rect, radius, paint.fill);
        match paint.dashed {
            Some((dash, gap)) => {
                paint_dashed_rect(
                    painter,
                    rect,
                    f32::from(size::RADIUS_CONTROL),
                    paint.stroke,
                    dash,
                    gap,
                );
            }
            None => {
                painter.rect_stroke(rect, radius, paint.stroke, StrokeKind::Inside);
            }
        }
        let galley = painter.layout_no_wrap(label.to_owned(), paint.font.font(), paint.text);
        let left = rect.center().x - (galley.size().x + sign_width) / 2.0;
        let text_at = pos2(left + sign_width, rect.center().y - galley.size().y / 2.0);
        let sign_at = pos2(left + 6.0, rect.center().y);
        match paint.sign {
            Some(Sign::Hourglass) => paint_hourglass(painter, sign_at, 12.0, p.wait),
            Some(Sign::Return) => paint_return_arrow(painter, sign_at, 14.0, p.again),
            None => {}
        }
        painter.galley(text_at, galley, paint.text);
        focus_ring(ui, &response, rect);
    }
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

/// The neutral primary: socket(), Do it, Stop waiting.
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
        let left = rect.center().x - (galley.size().x + key_width) / 2.0;
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
        let response = ui.interact(rect, ui.id_of(name, label), Sense::click());
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
                p.raised,
                Stroke::new(size::LINE, p.ctl),
                StrokeKind::Inside,
            );
        }
        let color = if selected || response.hovered() {
            p.text
        } else {
            p.text2
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

/// Ids of painted controls, from names that are unique on their panel.
trait IdOf {
    fn id_of(&self, group: &str, label: &str) -> egui::Id;
}

impl IdOf for Ui {
    fn id_of(&self, group: &str, label: &str) -> egui::Id {
        self.scope_id().with((group, label))
    }
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

/// A socket's state badge, outlined in its role's colour. Returns its size's response.
pub fn badge(ui: &mut Ui, text: &str, kind: SocketKind) -> Response {
    let p = theme::of(ui);
    let (full, dim, _) = theme::role_colors(p, kind);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), Type::MonoEdgeBold.font(), full);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 14.0, 24.0), Sense::hover());
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
