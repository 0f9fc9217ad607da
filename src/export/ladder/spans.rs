//! A `select`: a bar across the life lines it watches, with a leg down each where it waited.

use crate::export::paper::{self, Tint};
use crate::export::svg::{At, Paint, Rect, Side, Svg, Words};
use crate::model::ladder::{BoxLook, CallBox, Lane, Span};
use crate::model::socket::SocketTable;

use super::calls::FLAT;
use super::plan::{Plan, RESULT_GAP, down};
use super::{BOX_TEXT, words};

/// From the outermost line to the bar's end.
pub const BEYOND: f64 = 18.0;
/// From the first line to the words beside it.
const BESIDE: f64 = 12.0;
/// Half the width of a leg.
const LEG: f64 = 6.0;
/// Half the width of a notch.
const NOTCH: f64 = 5.0;

/// From its outermost line to the bar's right end: a bar on one line alone is as wide as its words.
pub fn beyond(call: &CallBox, lines: usize) -> f64 {
    if lines > 1 {
        return BEYOND;
    }
    let words = Words::mono(BOX_TEXT, "").bold().width(&said(call));
    BEYOND.max(BESIDE + words + 8.0)
}

/// What stands in the bar.
fn said(call: &CallBox) -> String {
    match &call.waited {
        Some(waited) => format!("{} {waited}", call.text),
        None => call.text.clone(),
    }
}

/// Paints it, where any of its life lines is in the picture.
pub fn paint(svg: &mut Svg, span: &Span, plan: &Plan, sockets: &SocketTable) {
    let mut notches: Vec<(f64, Lane, bool)> = span
        .notches
        .iter()
        .filter_map(|notch| {
            let lane = Lane::Socket(notch.socket);
            Some((plan.column(lane)?.x, lane, notch.is_ready))
        })
        .collect();
    notches.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (Some((first, ..)), Some((last, ..))) = (notches.first(), notches.last()) else {
        return;
    };
    let call = &span.call;
    let (line, hatch) = look(call.look);
    let (top, bottom) = (down(call.top), down(call.bottom));
    let bar = |y: f64| Rect {
        x: first - BEYOND,
        y,
        width: BEYOND + last - first + beyond(call, notches.len()),
        height: FLAT,
    };
    let has_waited = call.waited.is_some();
    svg.begin(&words::told(call));
    if has_waited {
        for (x, ..) in &notches {
            let leg = Rect {
                x: x - LEG,
                y: top,
                width: 2.0 * LEG,
                height: (bottom - top).max(FLAT),
            };
            svg.rect(leg, 0.0, line);
            svg.hatch(leg.shrink(1.5), 6.0, hatch);
        }
    }
    let head = bar(top);
    svg.rect(head, 4.0, line);
    let ends = has_waited && call.look != BoxLook::Waiting && bottom - top > 2.0 * FLAT;
    let foot = if ends { bar(bottom - FLAT) } else { head };
    if ends {
        svg.rect(foot, 4.0, line);
    }
    for (x, lane, is_ready) in &notches {
        let tint = words::kind(*lane, sockets).map_or(paper::OUTSIDE, paper::role);
        if ends {
            notch(svg, At(*x, head.center().1), tint, false);
        }
        notch(svg, At(*x, foot.center().1), tint, *is_ready);
    }
    let ink = if call.look == BoxLook::Error {
        paper::ON_ERROR
    } else {
        paper::TEXT
    };
    let text = Words::mono(BOX_TEXT, ink).bold();
    let at = At(first + BESIDE, head.center().1 + 4.2);
    svg.text(at, text, &said(call));
    let result = words::result(call);
    if !result.is_empty() {
        let at = At(foot.x + foot.width + RESULT_GAP, foot.center().1 + 4.2);
        let ink = match call.look {
            BoxLook::Error => paper::ERROR.full,
            BoxLook::Waiting => paper::WAIT.full,
            _ => paper::TEXT,
        };
        let text = Words::mono(BOX_TEXT, ink).at(Side::Start);
        svg.text(at, text, &format!("→ {result}"));
    }
    svg.end();
}

fn look(look: BoxLook) -> (Paint, Paint) {
    match look {
        BoxLook::Waiting => (
            Paint::line(paper::WAIT.full, 2.0).filled(paper::WAIT.dim),
            Paint::line(paper::WAIT.faint, 2.0),
        ),
        BoxLook::Error => (
            Paint::line(paper::ERROR.full, 1.5).filled(paper::ERROR.full),
            Paint::line(paper::ERROR.dim, 2.0),
        ),
        _ => (
            Paint::line(paper::TEXT_QUIET, 1.5).filled(paper::PAPER),
            Paint::line(paper::HAIR, 2.0),
        ),
    }
}

/// A diamond: filled where the socket was found ready.
fn notch(svg: &mut Svg, at: At, tint: Tint, is_ready: bool) {
    let points = [
        At(at.0, at.1 - NOTCH),
        At(at.0 + NOTCH, at.1),
        At(at.0, at.1 + NOTCH),
        At(at.0 - NOTCH, at.1),
    ];
    let fill = if is_ready { tint.full } else { paper::PAPER };
    svg.path(&points, Paint::line(tint.full, 1.5).filled(fill));
}
