//! The life cycle as a picture on paper: the calls of a session's conversation, and each socket's way through the
//! states of its protocol.

use crate::model::counted;
use crate::model::cycle::methods::methods;
use crate::model::cycle::states::states;
use crate::model::recording::Recording;
use crate::model::socket::Socket;

use super::ladder::words;
use super::paper;
use super::svg::{At, Paint, Rect, Side, Svg, Words};
use super::{ladder::Picture, signs};

mod calls;
mod states;

/// Diagrams of sockets: the newest. With more the picture would be no picture.
const MOST: usize = 24;
/// Diagrams side by side.
const ACROSS: usize = 3;
/// Between two diagrams, and at the edges.
const GAP: f64 = 24.0;
/// The title's room.
const TITLE: f64 = 78.0;
/// The small text in the diagrams.
const TEXT: f64 = 11.0;

/// The life cycles as SVG.
pub fn svg(recording: &Recording) -> String {
    draw(recording).svg
}

/// Draws the life cycles.
pub fn draw(recording: &Recording) -> Picture {
    let sockets = recording.sockets();
    let all: Vec<&Socket> = sockets.iter().collect();
    let left_out = all.len().saturating_sub(MOST);
    let shown = &all[left_out..];
    let cycle = methods(sockets, None);
    let calls = calls::Calls::of(&cycle, sockets);
    let across = shown.len().clamp(1, ACROSS) as f64;
    let rows = shown.len().div_ceil(ACROSS);
    let wide = GAP + across * (states::WIDTH + GAP);
    let width = wide.max(calls.width() + 2.0 * GAP).max(760.0);
    let states_top = TITLE + calls::HEIGHT + 2.0 * GAP;
    let height = states_top + rows as f64 * (states::HEIGHT + GAP) + 60.0;

    let mut svg = Svg::new(
        width,
        height,
        "Sockeye: the life cycles of a session",
        paper::PAPER,
    );
    let title = Words::sans(18.0, paper::TEXT).bold();
    let line = Words::sans(12.0, paper::TEXT_QUIET);
    svg.text(
        At(GAP, 34.0),
        title,
        "Sockeye: how far each call and each socket came",
    );
    svg.text(
        At(GAP, 54.0),
        line,
        &words::subtitle(recording.header(), recording),
    );
    if left_out > 0 {
        let loud = Words::sans(12.0, paper::ERROR.full);
        let said = counted(left_out as u64, "older socket");
        svg.text(At(GAP, 71.0), loud, &format!("not in this picture: {said}"));
    }
    svg.begin_at(At(GAP, TITLE), "the calls");
    calls.paint(&mut svg);
    svg.end();
    for (index, socket) in shown.iter().enumerate() {
        let (column, row) = (index % ACROSS, index / ACROSS);
        let at = At(
            GAP + column as f64 * (states::WIDTH + GAP),
            states_top + row as f64 * (states::HEIGHT + GAP),
        );
        if let Some(picture) = states(sockets, socket.id) {
            svg.begin_at(at, &format!("the states of {} {}", socket.id, socket.name));
            states::paint(&mut svg, socket, &picture);
            svg.end();
        }
    }
    legend(&mut svg, height - 34.0);
    Picture {
        svg: svg.finish(),
        width,
        height,
    }
}

/// What the looks mean.
fn legend(svg: &mut Svg, y: f64) {
    let tint = paper::role(crate::model::socket::SocketKind::Connection);
    let mut x = GAP;
    for (look, said) in [
        (Look::Done, "done, or travelled"),
        (Look::Unseen, "pale: by TCP's rules, not seen"),
        (Look::Waiting, "waits"),
        (Look::Now, "now, or natural next"),
        (Look::Possible, "possible next"),
        (Look::NotYet, "not yet"),
    ] {
        let rect = Rect {
            x,
            y: y - 8.0,
            width: 30.0,
            height: 16.0,
        };
        look.paint(svg, rect, tint);
        let text = Words::sans(TEXT, paper::TEXT_QUIET);
        svg.text(At(x + 38.0, y + 4.0), text, said);
        x += 38.0 + text.width(said) * 0.9 + 14.0;
    }
}

/// How a node looks; shapes differ, not only colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Done,
    Unseen,
    Waiting,
    Now,
    Possible,
    NotYet,
}

impl Look {
    fn paint(self, svg: &mut Svg, rect: Rect, tint: paper::Tint) {
        let paint = match self {
            Self::Done => Paint::line(tint.full, 2.5).filled(tint.dim),
            Self::Unseen => Paint::line(tint.faint, 2.5).filled(paper::PAPER),
            Self::Waiting => Paint::line(paper::WAIT.full, 2.5).filled(paper::WAIT.dim),
            Self::Now => Paint::line(tint.full, 1.5).filled(tint.full),
            Self::Possible => Paint::line(tint.full, 1.5)
                .filled(paper::PAPER)
                .dashed("4 3"),
            Self::NotYet => Paint::line(paper::OUTLINE, 1.0).filled(paper::PAPER),
        };
        svg.rect(rect, 6.0, paint);
        match self {
            Self::Waiting => {
                svg.hatch(rect.shrink(2.0), 8.0, Paint::line(paper::WAIT.faint, 3.0));
            }
            Self::Now => svg.rect(rect.shrink(-4.0), 9.0, Paint::line(tint.full, 2.0)),
            _ => {}
        }
    }

    fn ink(self) -> (&'static str, bool) {
        match self {
            Self::Now => (paper::ON_ERROR, true),
            Self::Done | Self::Waiting => (paper::TEXT, true),
            Self::Possible => (paper::TEXT, false),
            Self::Unseen | Self::NotYet => (paper::TEXT_QUIET, false),
        }
    }
}

/// A node with its word.
fn node(svg: &mut Svg, rect: Rect, look: Look, tint: paper::Tint, word: &str, told: &str) {
    svg.begin(told);
    look.paint(svg, rect, tint);
    let (ink, is_bold) = look.ink();
    let mut text = Words::mono(TEXT + 1.0, ink).at(Side::Middle);
    text.bold = is_bold;
    let center = rect.center();
    if look == Look::Waiting {
        plate(svg, center, text.width(word), paper::WAIT.dim);
    }
    svg.text(At(center.0, center.1 + 4.2), text, word);
    svg.end();
}

/// A plate for words in the middle of something.
fn plate(svg: &mut Svg, center: At, width: f64, color: &'static str) {
    let rect = Rect {
        x: center.0 - width / 2.0 - 3.0,
        y: center.1 - 7.5,
        width: width + 6.0,
        height: 15.0,
    };
    svg.rect(rect, 3.0, Paint::fill(color));
}

/// An arrow from one node's edge to another's, `aside` to the right of the line between their middles.
fn edge(svg: &mut Svg, (from, to): (Rect, Rect), aside: f64, paint: Paint) -> (At, At) {
    let (a, b) = (from.center(), to.center());
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let distance = dx.hypot(dy).max(1.0);
    let shift = At(-dy / distance * aside, dx / distance * aside);
    let a = At(a.0 + shift.0, a.1 + shift.1);
    let b = At(b.0 + shift.0, b.1 + shift.1);
    let start = leaves(from, a, (dx, dy));
    let tip = leaves(to, b, (-dx, -dy));
    let thick = paint.width > 3.0;
    let (length, half) = if thick { (11.0, 6.0) } else { (8.0, 4.0) };
    let back = At(
        tip.0 - dx / distance * length * 0.8,
        tip.1 - dy / distance * length * 0.8,
    );
    svg.line(start, back, paint);
    signs::head(
        svg,
        start,
        tip,
        length,
        half,
        paint.stroke.unwrap_or(paper::TEXT),
    );
    (start, tip)
}

/// Where a line from a place inside a rectangle leaves it.
fn leaves(rect: Rect, from: At, (dx, dy): (f64, f64)) -> At {
    let reach = |from: f64, low: f64, high: f64, d: f64| {
        if d.abs() < 1e-9 {
            f64::INFINITY
        } else {
            ((if d > 0.0 { high } else { low }) - from) / d
        }
    };
    let across = reach(from.0, rect.x, rect.x + rect.width, dx);
    let downward = reach(from.1, rect.y, rect.y + rect.height, dy);
    let along = across.min(downward).max(0.0);
    At(from.0 + dx * along, from.1 + dy * along)
}
