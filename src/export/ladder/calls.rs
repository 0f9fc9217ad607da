//! The boxes: each kind of outcome has a shape of its own, and would be told apart without any colour.

use std::collections::HashSet;

use crate::export::paper::{self, Tint};
use crate::export::signs;
use crate::export::svg::{At, Paint, Rect, Side, Svg, Words};
use crate::model::ladder::{BoxLook, CallBox};
use crate::model::recording::RowNumber;

use super::plan::{BESIDE, Plan, RESULT_GAP, SIGN, down, half_width};
use super::{BOX_TEXT, PITCH, words};

/// The height of a box that did not wait.
pub const FLAT: f64 = 19.5;

/// Where a call's box is; `None`: its life line is not in the picture.
pub fn rect_of(call: &CallBox, plan: &Plan) -> Option<Rect> {
    let column = plan.column(call.lane)?;
    let (x, width) = if call.is_beside {
        let width = 2.0 * half_width(call);
        (column.x - BESIDE - width, width)
    } else {
        (column.x - column.half, 2.0 * column.half)
    };
    Some(Rect {
        x,
        y: down(call.top),
        width,
        height: down(call.bottom - call.top).max(FLAT),
    })
}

/// Paints a call.
pub fn paint(svg: &mut Svg, call: &CallBox, tint: Tint, plan: &Plan, left: &HashSet<RowNumber>) {
    let Some(rect) = rect_of(call, plan) else {
        return;
    };
    svg.begin(&words::told(call));
    if call.is_beside {
        stub(svg, rect, tint);
    }
    if call.count > 1 {
        for offset in [16.0, 8.0] {
            let behind = Rect {
                x: rect.x + offset,
                ..rect
            };
            svg.rect(behind, 4.0, look(call.look, tint).filled(paper::PAPER));
        }
    }
    body(svg, rect, call.look, tint);
    inside(svg, rect, call, tint);
    outcome(svg, rect, call, left.contains(&call.row) || call.is_beside);
    svg.end();
}

/// What ties a box beside its line to the line.
fn stub(svg: &mut Svg, rect: Rect, tint: Tint) {
    let y = rect.y + 6.0;
    let right = rect.x + rect.width;
    svg.line(
        At(right, y),
        At(right + BESIDE, y),
        Paint::line(tint.full, 1.5),
    );
}

fn look(look: BoxLook, tint: Tint) -> Paint {
    match look {
        BoxLook::Done | BoxLook::Waited => Paint::line(tint.full, 1.5).filled(tint.dim),
        BoxLook::Waiting => Paint::line(paper::WAIT.full, 2.0).filled(paper::WAIT.dim),
        BoxLook::WouldBlock => Paint::line(paper::AGAIN.full, 1.5)
            .filled(paper::AGAIN.dim)
            .dashed("4 3"),
        BoxLook::Error => Paint::line(paper::ERROR.full, 1.5).filled(paper::ERROR.full),
        BoxLook::Interrupted => Paint::line(paper::TEXT_QUIET, 1.5).filled(paper::PAPER),
        BoxLook::GivenUp => Paint::line(paper::ERROR.full, 1.5)
            .filled(paper::ERROR.dim)
            .dashed("1.5 2.5"),
    }
}

fn body(svg: &mut Svg, rect: Rect, kind: BoxLook, tint: Tint) {
    let paint = look(kind, tint);
    match kind {
        BoxLook::Interrupted => svg.path(&torn(rect), paint),
        _ => svg.rect(rect, 4.0, paint),
    }
    let hatch = match kind {
        BoxLook::Waited => Some(Paint::line(tint.faint, 2.0)),
        BoxLook::Waiting => Some(Paint::line(paper::WAIT.faint, 3.0)),
        _ => None,
    };
    if let Some(hatch) = hatch {
        svg.hatch(rect.shrink(1.5), 8.0, hatch);
    }
}

/// A box whose lower edge is torn: the call did not come to its end.
fn torn(rect: Rect) -> Vec<At> {
    let (right, bottom) = (rect.x + rect.width, rect.y + rect.height);
    let mut points = vec![At(rect.x, rect.y), At(right, rect.y)];
    let teeth = (rect.width / 8.0).round().max(2.0) as u32;
    let tooth = rect.width / f64::from(teeth);
    for index in 0..teeth {
        let x = right - f64::from(index) * tooth;
        points.push(At(x, bottom));
        points.push(At(x - tooth / 2.0, bottom - 4.0));
    }
    points.push(At(rect.x, bottom));
    points
}

fn inside(svg: &mut Svg, rect: Rect, call: &CallBox, tint: Tint) {
    let is_tall = rect.height > PITCH * 1.4;
    let first = match call.look {
        _ if is_tall => rect.y + 15.0,
        // Above the torn edge.
        BoxLook::Interrupted => rect.center().1 + 2.2,
        _ => rect.center().1 + 4.2,
    };
    let (ink, is_bold) = match call.look {
        BoxLook::Error => (paper::ON_ERROR, true),
        BoxLook::WouldBlock => (paper::AGAIN.full, false),
        BoxLook::Waiting => (paper::TEXT, true),
        _ => (paper::TEXT, false),
    };
    let mut text = Words::mono(BOX_TEXT, ink).at(Side::Middle);
    text.bold = is_bold;
    let sign_at = At(rect.x + 12.0, first - 4.2);
    let is_signed = sign(svg, sign_at, call.look);
    let shift = if is_signed { SIGN / 2.0 } else { 0.0 };
    let center = rect.center().0 + shift;
    let plate = match call.look {
        BoxLook::Waiting => Some(paper::WAIT.dim),
        BoxLook::Waited => Some(tint.dim),
        _ => None,
    };
    let said = words::call(call);
    on_plate(svg, At(center, first), text, &said, plate);
    if let Some(waited) = call.waited.as_deref().filter(|_| is_tall) {
        let room = rect.height > PITCH * 1.8;
        let second = first + if room { 17.0 } else { 14.0 };
        on_plate(svg, At(center, second), text, waited, plate);
    }
}

/// The sign of an outcome that is not the usual one; whether it has one.
fn sign(svg: &mut Svg, at: At, look: BoxLook) -> bool {
    match look {
        BoxLook::Done | BoxLook::Waited | BoxLook::Waiting => return false,
        BoxLook::WouldBlock => signs::back(svg, at, 14.0, paper::AGAIN.full),
        BoxLook::Error => signs::cross(svg, at, 8.0, paper::ON_ERROR),
        BoxLook::Interrupted => signs::stop(svg, at, 9.0, paper::TEXT_QUIET),
        BoxLook::GivenUp => signs::warning(svg, at, 12.0, paper::ERROR.full),
    }
    true
}

/// A text in the middle of a plate that keeps the hatching off it.
fn on_plate(svg: &mut Svg, at: At, text: Words, said: &str, plate: Option<&'static str>) {
    if let Some(color) = plate {
        let width = text.width(said) + 6.0;
        let rect = Rect {
            x: at.0 - width / 2.0,
            y: at.1 - 11.0,
            width,
            height: 14.5,
        };
        svg.rect(rect, 3.0, Paint::fill(color));
    }
    svg.text(at, text, said);
}

fn outcome(svg: &mut Svg, rect: Rect, call: &CallBox, is_left: bool) {
    let result = words::result(call);
    if result.is_empty() {
        return;
    }
    let result = if is_left {
        format!("{result} ←")
    } else {
        format!("→ {result}")
    };
    let (ink, is_bold) = match call.look {
        BoxLook::Error | BoxLook::GivenUp => (paper::ERROR.full, true),
        BoxLook::WouldBlock => (paper::AGAIN.full, true),
        BoxLook::Waiting => (paper::WAIT.full, true),
        _ => (paper::TEXT, false),
    };
    // A call that waited has its answer at its end.
    let y = rect.y + rect.height - FLAT / 2.0 + 4.2;
    let behind = if call.count > 1 { 16.0 } else { 0.0 };
    let (x, side) = if is_left {
        (rect.x - RESULT_GAP, Side::End)
    } else {
        (rect.x + rect.width + behind + RESULT_GAP, Side::Start)
    };
    let mut text = Words::mono(BOX_TEXT, ink).at(side);
    text.bold = is_bold;
    svg.text(At(x, y), text, &result);
}

/// A box of that look, for the legend.
pub fn sample(svg: &mut Svg, rect: Rect, look: BoxLook, tint: Tint) {
    body(svg, rect, look, tint);
    sign(svg, rect.center(), look);
}
