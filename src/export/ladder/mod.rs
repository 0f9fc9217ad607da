//! The ladder as a picture on paper: SVG, and PNG made of it.
//!
//! Shapes are the window's: what waited is hatched, what would have had to wait is dashed, what failed is filled and
//! crossed. What TCP does and Sockeye did not see is pale, and the picture says so.

use crate::model::ladder::{Ladder, Scene};
use crate::model::recording::Recording;

use super::paper;
use super::png::MOST_PIXELS;
use super::svg::{At, Paint, Svg, Words};

mod arrows;
mod calls;
mod frame;
mod part;
mod plan;
mod spans;
pub(super) mod words;

pub use part::{Most, Part};

/// A row of boxes.
const PITCH: f64 = 24.0;
/// The times at the left.
const GUTTER: f64 = 98.0;
/// The text in boxes and beside them.
const BOX_TEXT: f64 = 12.0;
/// The text on arrows, and the times.
const LABEL_TEXT: f64 = 11.0;
/// The names in the heads.
const HEAD_TEXT: f64 = 13.0;
/// From the top to the heads' upper edge.
const TITLE: f64 = 78.0;
/// Between the heads and the first row.
const AFTER_HEAD: f64 = 14.0;

/// The most of an SVG: a browser still scrolls it smoothly.
pub const MOST: Most = Most {
    calls: 2_000,
    lanes: 40,
    height: 8_000.0,
};

/// The fewest pitches of a PNG, however wide it is.
const FEWEST: f64 = 40.0;

/// The whole ladder of a recording, as it stood at its last event.
pub fn scene(recording: &Recording) -> Scene {
    let ladder = Ladder::of(recording);
    let now = recording.last_at();
    let range = ladder.top()..ladder.end(now) + 1.0;
    let mut scene = ladder.scene(recording, range, now);
    part::crop(&mut scene, ladder.top());
    scene
}

/// The ladder as SVG: the newest of it.
pub fn svg(recording: &Recording) -> String {
    draw(scene(recording), recording, MOST).svg
}

/// The ladder as an SVG that is not too large for a PNG: of a wide one, fewer calls.
pub fn svg_for_png(recording: &Recording) -> String {
    let scene = scene(recording);
    let mut most = MOST;
    loop {
        let picture = draw(scene.clone(), recording, most);
        let room = MOST_PIXELS / picture.width;
        if picture.height <= room || most.height <= FEWEST {
            return picture.svg;
        }
        let pitches = picture.height.min(most.height * PITCH) / PITCH;
        let fewer = pitches - (picture.height - room) / PITCH - 1.0;
        most.height = fewer.min(most.height * 0.95).max(FEWEST);
    }
}

/// A picture, and its size.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Its SVG.
    pub svg: String,
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
}

/// Draws a scene of the recording, or the newest part of it.
pub fn draw(scene: Scene, recording: &Recording, most: Most) -> Picture {
    let sockets = recording.sockets();
    let part = Part::newest(scene, sockets, most);
    let scene = &part.scene;
    let plan = plan::Plan::of(scene, &part.lanes, sockets);
    let subtitle = words::subtitle(recording.header(), recording);
    let title = Words::sans(18.0, paper::TEXT).bold();
    let line = Words::sans(12.0, paper::TEXT_QUIET);
    let width = plan.width.max(line.width(&subtitle) * 0.95 + 48.0);
    let legend = frame::Legend::of(scene, width);
    let top = TITLE + frame::HEAD + AFTER_HEAD;
    let bottom = top + plan::down(scene.end) + 36.0;
    let height = bottom + legend.height() + 20.0;

    let mut svg = Svg::new(
        width,
        height,
        "Sockeye: the ladder of a session",
        paper::PAPER,
    );
    svg.text(
        At(24.0, 34.0),
        title,
        "Sockeye: who called what, and what travelled",
    );
    svg.text(At(24.0, 54.0), line, &subtitle);
    if let Some(left_out) = left_out(&part, recording) {
        let loud = Words::sans(12.0, paper::ERROR.full);
        svg.text(At(24.0, 71.0), loud, &left_out);
    }
    for column in &plan.columns {
        frame::head(&mut svg, column, TITLE + frame::HEAD + 4.0, sockets);
    }
    svg.begin_at(At(0.0, top), "the ladder, time downward");
    frame::gutter(&mut svg, scene, width);
    frame::lines(&mut svg, scene, &plan, sockets);
    let arrows = arrows::Arrows {
        scene,
        plan: &plan,
        sockets,
    };
    for span in &scene.spans {
        spans::paint(&mut svg, span, &plan, sockets);
    }
    for arrow in &scene.arrows {
        arrows.line(&mut svg, arrow);
    }
    let left = plan.leaving_rightward(scene);
    for call in &scene.boxes {
        let tint = words::kind(call.lane, sockets).map_or(paper::OUTSIDE, paper::role);
        calls::paint(&mut svg, call, tint, &plan, &left);
    }
    for arrow in &scene.arrows {
        arrows.label(&mut svg, arrow);
    }
    svg.end();
    svg.line(
        At(24.0, bottom),
        At(width - 24.0, bottom),
        Paint::line(paper::HAIR, 1.0),
    );
    legend.paint(&mut svg, bottom + 8.0);
    Picture {
        svg: svg.finish(),
        width,
        height,
    }
}

/// What is missing in the picture, of the ladder and of the recording.
fn left_out(part: &Part, recording: &Recording) -> Option<String> {
    let let_go = recording.let_go();
    let rows = (let_go > 0).then(|| format!("the oldest {let_go} rows were let go"));
    let said: Vec<String> = part.left_out().into_iter().chain(rows).collect();
    (!said.is_empty()).then(|| said.join("; "))
}
