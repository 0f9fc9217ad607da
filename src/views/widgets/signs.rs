//! Painted signs: role glyphs, hourglass, arrows, hatching. Painted, so that no font can lack them.

use eframe::egui::{self, Color32, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

use crate::model::socket::SocketKind;

use crate::views::theme::brand;

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
    direction: Direction,
    color: Color32,
) {
    let unit = side / 8.0;
    let points: &[(f32, f32)] = match direction {
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
    let seen = painter.clip_rect().intersect(rect);
    if !seen.is_positive() {
        return;
    }
    let painter = painter.with_clip_rect(seen);
    // On each line x + y is the same. Only those in view are painted: a long wait is many thousand lines high.
    let first = rect.left() + rect.top();
    let before = ((seen.left() + seen.top() - first) / pitch).floor();
    let mut sum = first + before * pitch;
    while sum < seen.right() + seen.bottom() {
        let ends = [seen.bottom(), seen.top()].map(|y| pos2(sum - y, y));
        painter.line_segment(ends, stroke);
        sum += pitch;
    }
}
