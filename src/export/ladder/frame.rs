//! What stands around the calls: title, heads, life lines, times, the legend.

use crate::export::paper;
use crate::export::signs;
use crate::export::svg::{At, Paint, Rect, Side, Svg, Words};
use crate::model::ladder::{ArrowLook, BoxLook, LineLook, Scene};
use crate::model::socket::SocketTable;

use super::plan::{Column, Plan, down};
use super::{GUTTER, HEAD_TEXT, LABEL_TEXT, words};

/// How high the head of a line is.
pub const HEAD: f64 = 54.0;
/// A row of the legend.
const LEGEND_ROW: f64 = 24.0;
/// How wide an entry's sample is.
const SAMPLE: f64 = 44.0;

/// A life line's head: glyph, number, name, address.
pub fn head(svg: &mut Svg, column: &Column, bottom: f64, sockets: &SocketTable) {
    let [name, address] = words::head(column.lane, sockets);
    let kind = words::kind(column.lane, sockets);
    let tint = kind.map_or(paper::OUTSIDE, paper::role);
    let width = words::head_width(column.lane, sockets);
    let card = Rect {
        x: column.x - width / 2.0,
        y: bottom - HEAD,
        width,
        height: HEAD - 6.0,
    };
    svg.begin(&format!("{name}, {address}"));
    svg.rect(
        card,
        8.0,
        Paint::line(paper::HAIR, 1.0).filled(paper::PAPER),
    );
    let strip = Rect {
        height: 4.0,
        ..card
    };
    svg.rect(strip, 2.0, Paint::fill(tint.full));
    let title = Words::mono(HEAD_TEXT, paper::TEXT).bold();
    let whole = 22.0 + title.width(&name);
    let left = column.x - whole / 2.0;
    let glyph = At(left + 8.0, card.y + 19.5);
    match kind {
        Some(kind) => signs::role(svg, glyph, 16.0, kind, tint.full),
        None => signs::outside(svg, glyph, 16.0),
    }
    svg.text(At(left + 22.0, card.y + 24.0), title, &name);
    let below = Words::mono(LABEL_TEXT, paper::TEXT_QUIET).at(Side::Middle);
    svg.text(At(column.x, card.y + 40.0), below, &address);
    svg.end();
}

/// The life lines.
pub fn lines(svg: &mut Svg, scene: &Scene, plan: &Plan, sockets: &SocketTable) {
    for line in &scene.lines {
        let Some(column) = plan.column(line.lane) else {
            continue;
        };
        let tint = words::kind(line.lane, sockets).map_or(paper::OUTSIDE, paper::role);
        let (top, bottom) = (
            At(column.x, down(line.top)),
            At(column.x, down(line.bottom)),
        );
        match line.look {
            LineLook::Unborn => {
                svg.line(top, bottom, Paint::line(paper::HAIR, 2.0).dashed("2 5"));
            }
            LineLook::Open => svg.line(top, bottom, Paint::line(tint.full, 2.0)),
            LineLook::TimeWait => {
                svg.line(top, bottom, Paint::line(tint.faint, 2.0).dashed("6 4"));
                let text = Words::mono(10.0, paper::TEXT_QUIET);
                svg.text(At(column.x + 8.0, top.1 + 27.0), text, "TIME-WAIT");
                bar(svg, top, tint.full);
            }
            LineLook::Closed => bar(svg, top, tint.full),
        }
    }
}

fn bar(svg: &mut Svg, at: At, color: &'static str) {
    svg.line(
        At(at.0 - 12.0, at.1),
        At(at.0 + 12.0, at.1),
        Paint::line(color, 3.0),
    );
}

/// Times at the left, idle stretches across, and now.
pub fn gutter(svg: &mut Svg, scene: &Scene, width: f64) {
    let text = Words::mono(LABEL_TEXT, paper::TEXT_QUIET).at(Side::End);
    for tick in &scene.ticks {
        let y = down(tick.y);
        svg.text(At(GUTTER - 18.0, y + 4.0), text, &tick.text);
        svg.line(
            At(GUTTER - 12.0, y),
            At(GUTTER - 2.0, y),
            Paint::line(paper::HAIR, 1.0),
        );
    }
    for idle in &scene.idles {
        let y = down(idle.y);
        let words = Words::sans(LABEL_TEXT, paper::TEXT_QUIET).at(Side::Middle);
        let across = Paint::line(paper::HAIR, 1.0).dashed("1 4");
        svg.line(At(GUTTER, y), At(width - 12.0, y), across);
        let plate = words.width(&idle.text) + 12.0;
        let rect = Rect {
            x: GUTTER + 8.0,
            y: y - 8.0,
            width: plate,
            height: 16.0,
        };
        svg.rect(
            rect,
            8.0,
            Paint::line(paper::HAIR, 1.0).filled(paper::PAPER),
        );
        svg.text(At(rect.center().0, y + 4.0), words, &idle.text);
    }
    if scene.is_running {
        let y = down(scene.end);
        let line = Paint::line(paper::WAIT.full, 1.5).dashed("4 3");
        svg.line(At(GUTTER, y), At(width - 12.0, y), line);
        let now = Words {
            color: paper::WAIT.full,
            ..text
        };
        svg.text(At(GUTTER - 8.0, y + 4.0), now.bold(), "now");
    }
}

/// An entry of the legend: its sample, and what it means.
struct Entry {
    sample: Sample,
    words: &'static str,
}

#[derive(Clone, Copy)]
enum Sample {
    Box(BoxLook),
    Arrow(ArrowLook),
    Pale,
    Queue,
    Checks,
}

/// What the picture's shapes mean: only those it holds.
pub struct Legend {
    rows: Vec<Vec<(f64, Entry)>>,
}

impl Legend {
    /// The legend of a scene, in rows of a width.
    pub fn of(scene: &Scene, width: f64) -> Self {
        let mut rows: Vec<Vec<(f64, Entry)>> = vec![Vec::new()];
        let mut x = 24.0;
        for entry in entries(scene) {
            let words = Words::sans(LABEL_TEXT, "").width(entry.words);
            let wide = SAMPLE + 8.0 + words + 12.0;
            if x + wide > width - 12.0 && x > 24.0 {
                rows.push(Vec::new());
                x = 24.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, entry));
            }
            x += wide;
        }
        rows.retain(|row| !row.is_empty());
        Self { rows }
    }

    /// How high it is.
    pub fn height(&self) -> f64 {
        self.rows.len() as f64 * LEGEND_ROW
    }

    /// Paints it.
    pub fn paint(&self, svg: &mut Svg, top: f64) {
        for (index, row) in self.rows.iter().enumerate() {
            let y = top + (index as f64 + 0.5) * LEGEND_ROW;
            for (x, entry) in row {
                sample(svg, At(*x, y), entry.sample);
                let text = Words::sans(LABEL_TEXT, paper::TEXT_QUIET);
                svg.text(At(x + SAMPLE + 8.0, y + 4.0), text, entry.words);
            }
        }
    }
}

fn entries(scene: &Scene) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |is_there: bool, sample: Sample, words: &'static str| {
        if is_there {
            entries.push(Entry { sample, words });
        }
    };
    let spans = || scene.spans.iter().map(|span| span.call.look);
    let boxes = || scene.boxes.iter().map(|call| call.look);
    let has = |look: BoxLook| boxes().chain(spans()).any(|there| there == look);
    let travels = |look: ArrowLook| scene.arrows.iter().any(|arrow| arrow.look == look);
    for (look, words) in [
        (BoxLook::Done, "done at once"),
        (BoxLook::Waited, "waited, then done: height is time"),
        (BoxLook::Waiting, "still waits"),
        (BoxLook::WouldBlock, "would have had to wait"),
        (BoxLook::Error, "failed"),
        (BoxLook::Interrupted, "its wait was stopped"),
        (BoxLook::GivenUp, "its thread failed"),
    ] {
        add(has(look), Sample::Box(look), words);
    }
    for (look, words) in [
        (ArrowLook::Data, "bytes"),
        (ArrowLook::Datagram, "a datagram"),
        (ArrowLook::Lost, "lost"),
        (ArrowLook::Seat, "a seat in the accept queue"),
        (ArrowLook::Birth, "the new socket of accept"),
        (ArrowLook::End, "the end of the bytes"),
        (ArrowLook::Reset, "a reset"),
    ] {
        add(travels(look), Sample::Arrow(look), words);
    }
    let is_left = |arrow: &crate::model::ladder::Arrow| {
        let carries = matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram);
        let is_ours = matches!(arrow.landing.lane, crate::model::ladder::Lane::Socket(_));
        carries && is_ours && arrow.taken.is_none()
    };
    add(
        scene.arrows.iter().any(is_left),
        Sample::Queue,
        "arrived, not yet received",
    );
    add(
        scene.boxes.iter().any(|call| call.sent.is_some()),
        Sample::Checks,
        "taken by the system, at the other end, read",
    );
    add(
        scene.arrows.iter().any(|arrow| !arrow.is_seen),
        Sample::Pale,
        "pale: what TCP does, not seen by Sockeye",
    );
    entries
}

fn sample(svg: &mut Svg, at: At, sample: Sample) {
    let At(x, y) = at;
    let (from, to) = (At(x, y), At(x + SAMPLE, y));
    let connection = paper::role(crate::model::socket::SocketKind::Connection);
    match sample {
        Sample::Box(look) => {
            let rect = Rect {
                x: x + 4.0,
                y: y - 8.0,
                width: SAMPLE - 8.0,
                height: 16.0,
            };
            super::calls::sample(svg, rect, look, connection);
        }
        Sample::Arrow(look) => arrow_sample(svg, from, to, look),
        Sample::Pale => {
            svg.line(
                from,
                At(to.0 - 8.0, y),
                Paint::line(connection.faint, 1.5).dashed("5 4"),
            );
            signs::head(svg, from, to, 9.0, 3.5, connection.faint);
        }
        Sample::Queue => {
            let paint = Paint::line(connection.full, 2.0);
            svg.circle(At(x + SAMPLE / 2.0, y), 4.0, paint.filled(paper::PAPER));
        }
        Sample::Checks => {
            let text = Words::mono(LABEL_TEXT, paper::TEXT).at(Side::Middle);
            svg.text(At(x + SAMPLE / 2.0, y + 4.0), text, "✓✓✓");
        }
    }
}

fn arrow_sample(svg: &mut Svg, from: At, to: At, look: ArrowLook) {
    let At(x, y) = from;
    let middle = At(x + SAMPLE / 2.0, y);
    let connection = paper::role(crate::model::socket::SocketKind::Connection);
    let short = At(to.0 - 8.0, to.1);
    match look {
        ArrowLook::Data | ArrowLook::Handshake => {
            svg.line(from, short, Paint::line(connection.full, 2.0));
            signs::head(svg, from, to, 10.0, 4.0, connection.full);
        }
        ArrowLook::Datagram => {
            let udp = paper::role(crate::model::socket::SocketKind::UdpPeer);
            svg.line(from, short, Paint::line(udp.full, 2.0).dashed("8 5"));
            signs::head(svg, from, to, 10.0, 4.0, udp.full);
        }
        ArrowLook::Lost => {
            svg.line(from, short, Paint::line(paper::OUTLINE, 1.5).dashed("4 3"));
            signs::cross(svg, short, 9.0, paper::ERROR.full);
        }
        ArrowLook::Seat => {
            let rect = Rect {
                x: middle.0 - 7.0,
                y: y - 7.0,
                width: 14.0,
                height: 14.0,
            };
            svg.rect(rect, 3.0, Paint::line(paper::OUTLINE, 1.5).dashed("3 2"));
        }
        ArrowLook::Birth => {
            svg.line(from, short, Paint::line(connection.full, 2.0));
            let kind = crate::model::socket::SocketKind::Connection;
            signs::role(svg, short, 14.0, kind, connection.full);
        }
        ArrowLook::End => {
            svg.line(from, At(to.0 - 10.0, y), Paint::line(connection.full, 1.5));
            signs::head(svg, from, At(to.0 - 3.0, y), 9.0, 3.5, connection.full);
            let bar = (At(to.0, y - 5.0), At(to.0, y + 5.0));
            svg.line(bar.0, bar.1, Paint::line(connection.full, 2.5));
        }
        ArrowLook::Reset => {
            svg.line(from, short, Paint::line(paper::ERROR.full, 2.0));
            signs::cross(svg, short, 9.0, paper::ERROR.full);
        }
    }
}
