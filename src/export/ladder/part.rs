//! How much of a ladder one picture holds: the newest calls, and only so many life lines.

use std::collections::HashSet;

use crate::model::counted;
use crate::model::ladder::{Anchor, Lane, Notch, Scene, Span};
use crate::model::socket::SocketTable;

use super::plan;

/// The most a picture holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Most {
    /// Boxes.
    pub calls: usize,
    /// Life lines.
    pub lanes: usize,
    /// Pitches downward.
    pub height: f64,
}

/// What of a ladder is in the picture.
#[derive(Clone, Debug)]
pub struct Part {
    /// What is shown; its top is at 0.
    pub scene: Scene,
    /// The life lines, from left to right.
    pub lanes: Vec<Lane>,
    /// Older boxes that are not shown.
    pub calls_left_out: usize,
    /// Life lines that are not shown.
    pub lanes_left_out: usize,
}

impl Part {
    /// The newest of the scene.
    pub fn newest(mut scene: Scene, sockets: &SocketTable, most: Most) -> Self {
        let all = scene.boxes.len() + scene.spans.len();
        let mut cut = first_shown(&scene, most);
        let mut lanes = plan::lanes(&scene, sockets);
        let mut lanes_left_out = 0;
        if cut > 0.0 {
            crop(&mut scene, cut);
            lanes = plan::lanes(&scene, sockets);
        }
        if lanes.len() > most.lanes {
            lanes_left_out = lanes.len() - most.lanes;
            keep_lanes(&mut scene, &mut lanes, most.lanes);
            // The lines left out may have held the oldest calls.
            cut = scene
                .boxes
                .iter()
                .map(|call| call.top)
                .chain(scene.spans.iter().map(|span| span.call.top))
                .chain(scene.arrows.iter().map(|arrow| arrow.from.y))
                .fold(f64::INFINITY, f64::min);
            if cut.is_finite() && cut > 1.0 {
                crop(&mut scene, cut.floor());
            }
        }
        Self {
            calls_left_out: all - scene.boxes.len() - scene.spans.len(),
            scene,
            lanes,
            lanes_left_out,
        }
    }

    /// What is not in the picture, as a sentence; `None` where all is.
    pub fn left_out(&self) -> Option<String> {
        let calls = self.calls_left_out as u64;
        let lanes = self.lanes_left_out as u64;
        let calls = (calls > 0).then(|| counted(calls, "older box").replace("boxs", "boxes"));
        let lanes = (lanes > 0).then(|| counted(lanes, "life line"));
        let said: Vec<String> = calls.into_iter().chain(lanes).collect();
        (!said.is_empty()).then(|| format!("not in this picture: {}", said.join(", ")))
    }
}

/// The height at which the newest calls that fit begin.
fn first_shown(scene: &Scene, most: Most) -> f64 {
    let spans = scene.spans.iter().map(|span| span.call.top);
    let boxes = scene.boxes.iter().map(|call| call.top);
    let mut tops: Vec<f64> = boxes.chain(spans).collect();
    tops.sort_by(f64::total_cmp);
    let by_count = match tops.len().checked_sub(most.calls) {
        Some(over) if over > 0 => tops[over],
        _ => 0.0,
    };
    let by_height = scene.end - most.height;
    by_count.max(by_height).max(0.0).floor()
}

/// Lets go of what lies above `cut`, and moves the rest up. What reaches down across the cut begins at it.
pub fn crop(scene: &mut Scene, cut: f64) {
    let up = |y: f64| (y - cut).max(0.0);
    let move_up = |anchor: Anchor| Anchor {
        y: up(anchor.y),
        ..anchor
    };
    scene.lines.retain(|line| line.bottom > cut);
    for line in &mut scene.lines {
        (line.top, line.bottom) = (up(line.top), up(line.bottom));
    }
    scene.boxes.retain(|call| call.bottom > cut);
    for call in &mut scene.boxes {
        (call.top, call.bottom) = (up(call.top), up(call.bottom));
    }
    scene.spans.retain(|span| span.call.bottom > cut);
    for Span { call, .. } in &mut scene.spans {
        (call.top, call.bottom) = (up(call.top), up(call.bottom));
    }
    scene.arrows.retain(|arrow| arrow.landing.y > cut);
    for arrow in &mut scene.arrows {
        arrow.from = move_up(arrow.from);
        arrow.landing = move_up(arrow.landing);
        arrow.taken = arrow.taken.map(move_up);
    }
    scene.ticks.retain(|tick| tick.y >= cut);
    for tick in &mut scene.ticks {
        tick.y = up(tick.y);
    }
    scene.idles.retain(|idle| idle.y >= cut);
    for idle in &mut scene.idles {
        idle.y = up(idle.y);
    }
    scene.end = up(scene.end);
}

/// Keeps the life lines on which something happened last.
fn keep_lanes(scene: &mut Scene, lanes: &mut Vec<Lane>, most: usize) {
    let mut last: Vec<(Lane, f64)> = lanes.iter().map(|lane| (*lane, 0.0)).collect();
    let place: std::collections::HashMap<Lane, usize> = lanes
        .iter()
        .enumerate()
        .map(|(index, lane)| (*lane, index))
        .collect();
    for call in &scene.boxes {
        if let Some(&at) = place.get(&call.lane) {
            last[at].1 = last[at].1.max(call.bottom);
        }
    }
    for span in &scene.spans {
        for notch in &span.notches {
            if let Some(&at) = place.get(&Lane::Socket(notch.socket)) {
                last[at].1 = last[at].1.max(span.call.bottom);
            }
        }
    }
    last.sort_by(|one, other| other.1.total_cmp(&one.1));
    let kept: HashSet<Lane> = last.into_iter().take(most).map(|(lane, _)| lane).collect();
    lanes.retain(|lane| kept.contains(lane));
    scene.lines.retain(|line| kept.contains(&line.lane));
    scene.boxes.retain(|call| kept.contains(&call.lane));
    let is_kept = |notch: &Notch| kept.contains(&Lane::Socket(notch.socket));
    scene.spans.retain(|span| span.notches.iter().any(is_kept));
    scene
        .arrows
        .retain(|arrow| kept.contains(&arrow.from.lane) && kept.contains(&arrow.landing.lane));
}
