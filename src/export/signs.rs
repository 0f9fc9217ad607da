//! The signs of the pictures: role glyphs, return arrow, cross, stop, warning; the window's shapes as SVG.

use crate::model::socket::SocketKind;

use super::paper;
use super::svg::{At, Paint, Rect, Svg};

/// A role's glyph, `side` high: ring, triangle, diamond, square.
pub fn role(svg: &mut Svg, center: At, side: f64, kind: SocketKind, color: &'static str) {
    let unit = side / 16.0;
    match kind {
        SocketKind::Listener => {
            svg.circle(center, 6.2 * unit, Paint::line(color, 2.2 * unit));
            svg.circle(center, 2.4 * unit, Paint::fill(color));
        }
        SocketKind::Client => {
            let points = [(-5.0, -6.0), (6.5, 0.0), (-5.0, 6.0)];
            polygon(svg, center, unit, &points, color);
        }
        SocketKind::Connection => {
            let points = [(0.0, -6.8), (6.8, 0.0), (0.0, 6.8), (-6.8, 0.0)];
            polygon(svg, center, unit, &points, color);
        }
        SocketKind::UdpPeer => svg.rect(square(center, 12.0 * unit), 0.0, Paint::fill(color)),
    }
}

/// The socket of another program: an open, dashed square.
pub fn outside(svg: &mut Svg, center: At, side: f64) {
    let paint = Paint::line(paper::OUTSIDE.full, 1.5).dashed("3 2");
    svg.rect(square(center, side * 0.75), 2.0, paint);
}

/// The arrow that comes straight back: a would-block.
pub fn back(svg: &mut Svg, center: At, side: f64, color: &'static str) {
    let unit = side / 14.0;
    let line = [
        (-3.5, -4.0),
        (2.0, -4.0),
        (4.6, -2.6),
        (5.2, 0.0),
        (4.6, 2.2),
        (2.0, 3.5),
        (-2.5, 3.5),
    ];
    let points = placed(center, unit, &line);
    svg.path(&points, Paint::line(color, 1.5 * unit));
    let head = [(-6.0, 3.5), (-2.0, 0.5), (-2.0, 6.5)];
    polygon(svg, center, unit, &head, color);
}

/// A cross: an error, or where something dies.
pub fn cross(svg: &mut Svg, center: At, side: f64, color: &'static str) {
    let half = side / 2.0;
    let At(x, y) = center;
    let strokes = [
        (At(x - half, y - half), At(x + half, y + half)),
        (At(x - half, y + half), At(x + half, y - half)),
    ];
    svg.segments(&strokes, Paint::line(color, 2.0));
}

/// A filled square: the user stopped it.
pub fn stop(svg: &mut Svg, center: At, side: f64, color: &'static str) {
    svg.rect(square(center, side), 1.0, Paint::fill(color));
}

/// A triangle with a stroke in it: something broke.
pub fn warning(svg: &mut Svg, center: At, side: f64, color: &'static str) {
    let unit = side / 16.0;
    let points = [(0.0, -7.0), (7.5, 6.5), (-7.5, 6.5)];
    polygon(svg, center, unit, &points, color);
    let stroke = [(0.0, -2.5), (0.0, 4.0)];
    let stroke = placed(center, unit, &stroke);
    svg.path(&stroke, Paint::line(paper::PAPER, 1.8 * unit));
}

/// An arrow's head: a triangle whose tip is at `tip`, as long and half as wide as said, on a line that came from `from`.
pub fn head(svg: &mut Svg, from: At, tip: At, length: f64, half: f64, color: &'static str) {
    let (dx, dy) = (tip.0 - from.0, tip.1 - from.1);
    let distance = dx.hypot(dy).max(f64::EPSILON);
    let (dx, dy) = (dx / distance, dy / distance);
    let foot = At(tip.0 - dx * length, tip.1 - dy * length);
    let points = [
        tip,
        At(foot.0 - dy * half, foot.1 + dx * half),
        At(foot.0 + dy * half, foot.1 - dx * half),
    ];
    svg.path(&points, Paint::fill(color));
}

fn square(center: At, side: f64) -> Rect {
    Rect {
        x: center.0 - side / 2.0,
        y: center.1 - side / 2.0,
        width: side,
        height: side,
    }
}

fn placed(center: At, unit: f64, points: &[(f64, f64)]) -> Vec<At> {
    points
        .iter()
        .map(|(x, y)| At(center.0 + x * unit, center.1 + y * unit))
        .collect()
}

fn polygon(svg: &mut Svg, center: At, unit: f64, points: &[(f64, f64)], color: &'static str) {
    svg.path(&placed(center, unit, points), Paint::fill(color));
}
