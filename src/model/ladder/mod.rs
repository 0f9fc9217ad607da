//! The ladder: one life line per socket, a box per call, an arrow where bytes or a connection travelled.
//!
//! A pure fold over the recording. It says what stands where and what led to what, never in which colour or at which
//! pixel. Each fact goes in once, as it becomes known ([`Ladder::take`]); [`Ladder::of`] reads a whole recording and comes
//! to the same picture.

mod axis;
mod links;
mod picture;
mod scene;
mod spans;
mod stops;
mod words;

use std::net::SocketAddr;
use std::sync::Arc;

use super::call::SocketId;
use super::chunks::{Chunks, Sorted};
use super::flow::Flow;
use super::recording::{CallEntry, Change, Recording, RowNumber};
use axis::{Axis, Edge, Step};

pub use scene::{
    Anchor, Arrow, ArrowLook, BoxLook, CallBox, Idle, Lane, LineLook, LinePart, Notch, OneThread,
    Queued, Scene, Span, Standing, Tick,
};
pub use words::{TENTHS, decimals, running_text, short_call};

/// A call that took so long has waited, nanoseconds. Shorter calls stand as one moment: a busy processor delays a call
/// by some milliseconds too.
const WAITED: u64 = 10_000_000;
/// So many moments are kept: the newest. What came before is in the log.
const LIMIT: usize = 150_000;
/// The room of a box with its handshake below it, pitches.
const HANDSHAKE: f32 = 2.0;
/// The room of a box with the way back to its own line below it, pitches.
const LOOP: f32 = 2.0;
/// The room of a box with others behind it, pitches.
const STACK: f32 = 1.5;

/// A call that waited and has returned: from and to which moment.
#[derive(Clone, Copy, Debug)]
struct Wait {
    from: u64,
    to: u64,
    row: RowNumber,
}

/// The whole picture, so far.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    axis: Axis,
    flow: Flow,
    /// The calls that waited, by socket, in the order of their ends.
    waits: Sorted<Option<SocketId>, Arc<Chunks<Wait>>>,
}

impl Ladder {
    /// The ladder of a whole recording.
    pub fn of(recording: &Recording) -> Self {
        let mut ladder = Self {
            flow: Flow::knowing(recording),
            ..Self::default()
        };
        for change in recording.changes() {
            ladder.take(change, recording);
        }
        ladder
    }

    /// What travelled between the calls.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Where the picture begins, pitches: 0, until the oldest moments are let go.
    pub fn top(&self) -> f64 {
        self.axis.top()
    }

    /// Where it ends at the network's time `now`, pitches: further down the longer a call waits.
    pub fn end(&self, now: u64) -> f64 {
        self.axis.end(now)
    }

    /// The addresses of the peers outside the recording that have a lane, in the order of their appearance.
    pub fn outside(&self) -> &[SocketAddr] {
        self.flow.outside()
    }

    /// Takes in what one event has changed in the recording.
    pub fn take(&mut self, change: Change, recording: &Recording) {
        self.flow.take(change, recording);
        match change {
            Change::Started(number) => {
                if let Some(entry) = recording.numbered(number) {
                    self.start(&entry);
                }
            }
            Change::Ended(number) | Change::Made(number) => {
                if let Some(entry) = recording.numbered(number) {
                    self.finish(&entry);
                }
            }
            Change::Repeated(number) => {
                if let Some(entry) = recording.numbered(number) {
                    self.axis
                        .change(entry.start.seq, |step| step.height = STACK);
                }
            }
            Change::Observed(_) | Change::Other => return,
        }
        self.axis.settle();
        self.axis.keep(LIMIT);
    }

    fn start(&mut self, entry: &CallEntry) {
        let start = entry.start;
        self.axis
            .insert(Step::new(start.seq, start.at, entry.number, Edge::Start));
    }

    fn finish(&mut self, entry: &CallEntry) {
        let Some(end) = entry.end else { return };
        self.axis.remove(entry.start.seq);
        if has_waited(entry) {
            self.start(entry);
            let mut step = Step::new(end.seq, end.at, entry.number, Edge::End);
            if self.flow.shakes_hands(entry.number, end.seq) {
                step.height = HANDSHAKE;
            }
            self.axis.insert(step);
            let wait = Wait {
                from: entry.start.seq,
                to: end.seq,
                row: entry.number,
            };
            self.waits.change(entry.socket, |waits| {
                let waits = Arc::make_mut(waits);
                waits.push(wait);
                if waits.len() > LIMIT {
                    waits.drop_front(LIMIT / 5);
                }
            });
            return;
        }
        let seq = moment(entry);
        let at = if seq == end.seq {
            end.at
        } else {
            entry.start.at
        };
        let mut step = Step::new(seq, at, entry.number, Edge::Whole);
        if self.flow.shakes_hands(entry.number, entry.start.seq) {
            step.height = HANDSHAKE;
        } else if self.flow.is_to_itself(entry) {
            step.height = LOOP;
        } else if entry.count > 1 {
            step.height = STACK;
        }
        self.axis.insert(step);
    }
}

/// Whether a call is drawn over the time it took.
fn has_waited(entry: &CallEntry) -> bool {
    let one = entry.count == 1 && !entry.folded;
    one && entry.took().is_some_and(|took| took >= WAITED)
}

/// How long a call waited, in words; `None` where it did not, or has not returned.
pub fn waited(entry: &CallEntry) -> Option<String> {
    let took = entry.took().filter(|_| has_waited(entry))?;
    Some(words::time(took))
}

/// Where a call that did not wait stands: one that gives where it began, one that takes where it had it.
fn moment(entry: &CallEntry) -> u64 {
    use super::call::{Method, Outcome};
    let is_taker = matches!(
        entry.method(),
        Method::Accept | Method::Recv | Method::RecvFrom
    );
    let has_taken = is_taker && matches!(entry.outcome, Some(Outcome::Ok(_)));
    match entry.end {
        Some(end) if has_taken => end.seq,
        _ => entry.start.seq,
    }
}
