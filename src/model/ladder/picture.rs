//! The part of the ladder that is in view: what stands there.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::model::call::{Method, Outcome, SocketId, Value};
use crate::model::event::Remnant;
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::model::socket::Socket;

use super::axis::{Edge, Step, idle};
use super::words::{self, PAYLOAD, decimals};
use super::{BoxLook, CallBox, HANDSHAKE, Idle, Ladder, Lane, LineLook, LinePart, Scene, Tick};

/// From a box's room to the box itself, pitches.
const GAP: f64 = 0.09;
/// So many decimals of a second are told in the gutter: the log has them all.
const DECIMALS: usize = 3;
/// The height of a box that did not wait, pitches.
const BOX: f64 = 0.82;

impl Ladder {
    /// What stands between two heights, pitches, at the network's time `now`.
    pub fn scene(&self, recording: &Recording, range: Range<f64>, now: u64) -> Scene {
        self.scene_of(recording, range, now, None)
    }

    /// The same, where only these sockets have life lines; `None`: all have.
    pub fn scene_of(
        &self,
        recording: &Recording,
        range: Range<f64>,
        now: u64,
        lanes: Option<&[SocketId]>,
    ) -> Scene {
        let end = self.axis.end(now);
        let steps = self.axis.between(range.start, range.end);
        let seqs = self.seqs(&steps);
        let mut scene = Scene {
            end,
            is_running: recording.waiting() > 0,
            ..Scene::default()
        };
        for index in steps.clone() {
            let Some(step) = self.axis.steps().get(index) else {
                continue;
            };
            if step.edge == Edge::Whole
                && let Some(entry) = recording.numbered(step.row)
            {
                let whole = self.whole_box(step, &entry, recording);
                scene.put(whole, &entry);
            }
        }
        for row in self.tall_rows(&seqs, recording, lanes) {
            if let Some(entry) = recording.numbered(row) {
                let tall = self.tall_box(&entry, end, now, recording);
                scene.put(tall, &entry);
            }
        }
        scene.programs = super::spans::one_thread(&scene, recording);
        if range.end >= end {
            scene.queued = super::spans::queued(with_lanes(recording, lanes));
        }
        self.ticks(&steps, recording, &mut scene);
        self.lines(&range, (end, now), recording, lanes, &mut scene);
        self.arrows(&seqs, recording, &mut scene);
        scene
    }

    /// Where a call stands: its upper and lower edge, pitches. `None`: it was let go. A call that waits ends at its
    /// beginning here.
    pub fn place(&self, row: RowNumber, recording: &Recording) -> Option<(f64, f64)> {
        let entry = recording.numbered(row)?;
        let seq = match entry.end {
            Some(_) if !super::has_waited(&entry) => super::moment(&entry),
            _ => entry.start.seq,
        };
        let step = self.axis.at_or_before(seq).filter(|step| step.seq == seq)?;
        let end = entry.end.filter(|_| super::has_waited(&entry));
        let bottom = end.map_or(step.bottom(), |end| self.middle(end.seq));
        Some((step.top, bottom))
    }

    /// The moments in view, and one more at either end.
    fn seqs(&self, steps: &Range<usize>) -> RangeInclusive<u64> {
        let all = self.axis.steps();
        let first = all
            .get(steps.start.saturating_sub(1))
            .map_or(0, |step| step.seq);
        let last = all.get(steps.end).map_or(u64::MAX, |step| step.seq);
        first..=last
    }

    /// The calls that waited over a moment in view, and those that wait now.
    fn tall_rows(
        &self,
        seqs: &RangeInclusive<u64>,
        recording: &Recording,
        lanes: Option<&[SocketId]>,
    ) -> BTreeSet<RowNumber> {
        /// So many calls that began below the view may stand between others: two threads of one socket.
        const BESIDE: usize = 16;
        let mut rows = BTreeSet::new();
        let has_lane = |socket: &Option<SocketId>| match (socket, lanes) {
            (Some(socket), Some(lanes)) => lanes.contains(socket),
            _ => true,
        };
        let waits = self.waits.iter().filter(|(socket, _)| has_lane(socket));
        for (_, waits) in waits {
            let first = waits.partition_point(|wait| wait.to < *seqs.start());
            let waits = waits.range(first..waits.len());
            let in_view = waits.scan(0, |below, wait| {
                let is_below = wait.from > *seqs.end();
                *below += usize::from(is_below);
                (*below <= BESIDE).then_some((wait.row, is_below))
            });
            rows.extend(
                in_view
                    .filter(|(_, is_below)| !is_below)
                    .map(|(row, _)| row),
            );
        }
        let sockets = recording.sockets();
        let waiting = with_lanes(recording, lanes).flat_map(|socket| &socket.waiting);
        let selects = sockets.programs().flat_map(|program| &program.selects);
        let waiting = waiting.chain(selects.map(|select| &select.pending));
        rows.extend(waiting.filter_map(|pending| recording.waiting_row(pending.id)));
        rows
    }

    /// The middle of the row that stands at `seq`, or of the last before it, pitches.
    pub(super) fn middle(&self, seq: u64) -> f64 {
        match self.axis.at_or_before(seq) {
            Some(step) => step.top + 0.5,
            None => self.axis.top(),
        }
    }

    fn whole_box(&self, step: &Step, entry: &CallEntry, recording: &Recording) -> Option<CallBox> {
        let top = step.top + GAP;
        Some(CallBox {
            top,
            bottom: top + BOX,
            look: look(entry, false),
            is_beside: false,
            waited: None,
            ..self.plain_box(entry, recording)?
        })
    }

    fn tall_box(
        &self,
        entry: &CallEntry,
        end: f64,
        now: u64,
        recording: &Recording,
    ) -> Option<CallBox> {
        // Where its beginning was let go, it comes from above all that is kept.
        let kept = self.axis.top();
        let (top, least) = match self.axis.at_or_before(entry.start.seq) {
            Some(step) => (step.top + GAP, step.bottom()),
            None => (kept, kept),
        };
        let bottom = match entry.end {
            Some(end) => self.middle(end.seq) + BOX / 2.0,
            None => end.max(least),
        };
        Some(CallBox {
            top,
            bottom,
            look: look(entry, true),
            is_beside: entry.method() == Method::Accept,
            waited: Some(match entry.end {
                Some(end) => words::time(end.at.saturating_sub(entry.start.at)),
                None => {
                    words::running_text(Duration::from_nanos(now.saturating_sub(entry.start.at)))
                }
            }),
            ..self.plain_box(entry, recording)?
        })
    }

    fn plain_box(&self, entry: &CallEntry, recording: &Recording) -> Option<CallBox> {
        let sockets = recording.sockets();
        let result = match &entry.outcome {
            Some(Outcome::Ok(Value::Ready(ready))) => Some(ready.short(|id| sockets.name_of(id))),
            _ => entry.result(sockets, PAYLOAD),
        };
        Some(CallBox {
            lane: Lane::Socket(entry.sockets().next()?),
            row: entry.number,
            top: 0.0,
            bottom: 0.0,
            look: BoxLook::Done,
            is_beside: false,
            text: words::short(entry),
            result: result.unwrap_or_default(),
            waited: None,
            count: entry.count,
            sent: self.flow.progress(entry.number, recording),
        })
    }

    fn ticks(&self, steps: &Range<usize>, recording: &Recording, scene: &mut Scene) {
        let first = recording.first_at().unwrap_or_default();
        let seconds = |at: u64| at.saturating_sub(first) as f64 / 1e9;
        let all = self.axis.steps();
        let steps: Vec<&Step> = all.range(steps.clone()).collect();
        let times: Vec<f64> = steps.iter().map(|step| seconds(step.at)).collect();
        let decimals = decimals(&times).min(DECIMALS);
        for (index, step) in steps.iter().enumerate() {
            let text = format!("{:.decimals$}", seconds(step.at));
            if scene.ticks.last().is_none_or(|last| last.text != text) {
                scene.ticks.push(Tick {
                    y: step.top + 0.5,
                    text,
                    row: step.row,
                });
            }
            let after = steps.get(index + 1);
            if let Some(nothing) = after.and_then(|after| idle(step, after.at)) {
                scene.idles.push(Idle {
                    y: step.bottom() + 0.375,
                    text: format!("nothing for {}", words::stretch(nothing)),
                });
            }
        }
    }

    fn lines(
        &self,
        range: &Range<f64>,
        (end, now): (f64, u64),
        recording: &Recording,
        lanes: Option<&[SocketId]>,
        scene: &mut Scene,
    ) {
        for socket in with_lanes(recording, lanes) {
            let born = self.middle(socket.born.seq);
            let closed = socket.closed.map(|closed| self.middle(closed.seq));
            let ghost = time_wait_ends(socket).map(|ends| {
                let is_over = now > ends;
                if is_over {
                    self.axis.at_time(ends)
                } else {
                    end
                }
            });
            let open_until = closed.unwrap_or(end.max(born));
            let part = |top: f64, bottom: f64, look| LinePart {
                lane: Lane::Socket(socket.id),
                top: top.max(range.start),
                bottom: bottom.min(range.end),
                look,
            };
            let unborn = part(self.axis.top(), born, LineLook::Unborn);
            let open = part(born, open_until, LineLook::Open);
            let parts = [unborn, open]
                .into_iter()
                .chain(closed.map(|closed| match ghost {
                    Some(bottom) => part(closed, bottom.max(closed), LineLook::TimeWait),
                    None => part(closed, closed, LineLook::Closed),
                }));
            scene.lines.extend(parts.filter(|part| {
                part.top < part.bottom || (part.look == LineLook::Closed && part.top <= part.bottom)
            }));
        }
        for address in self.flow.outside() {
            scene.lines.push(LinePart {
                lane: Lane::Outside(*address),
                top: self.axis.top().max(range.start),
                bottom: end.min(range.end),
                look: LineLook::Open,
            });
        }
    }

    /// Where a socket's line begins, pitches.
    pub(super) fn birth(&self, socket: &Socket) -> f64 {
        self.middle(socket.born.seq)
    }
}

const _: () = assert!(HANDSHAKE >= 2.0, "three segments and a seat need the room");

/// The sockets that have life lines.
fn with_lanes<'a>(
    recording: &'a Recording,
    lanes: Option<&'a [SocketId]>,
) -> Box<dyn Iterator<Item = &'a Socket> + 'a> {
    let sockets = recording.sockets();
    match lanes {
        Some(lanes) => Box::new(lanes.iter().filter_map(|id| sockets.get(*id))),
        None => Box::new(sockets.iter()),
    }
}

/// When the kernel's TIME-WAIT of a closed connection is over, as it said, on the network's clock.
fn time_wait_ends(socket: &Socket) -> Option<u64> {
    let (stamp, seen) = socket.observed()?;
    match seen.remnant? {
        Remnant::TimeWait { millis_left } => Some(stamp.at + u64::from(millis_left) * 1_000_000),
        Remnant::Ending | Remnant::Nothing => None,
    }
}

fn look(entry: &CallEntry, is_tall: bool) -> BoxLook {
    match &entry.outcome {
        None if entry.abandoned => BoxLook::GivenUp,
        None => BoxLook::Waiting,
        Some(Outcome::Interrupted) => BoxLook::Interrupted,
        Some(outcome) if outcome.is_would_block() => BoxLook::WouldBlock,
        Some(outcome) if outcome.is_failure() => BoxLook::Error,
        Some(_) if is_tall => BoxLook::Waited,
        Some(_) => BoxLook::Done,
    }
}
