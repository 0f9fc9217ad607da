//! A frame of the whole window over recordings of different lengths, and while calls come in.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::crowd;
use super::story::{self, Feed};
use super::table::{Effort, Row, Unit, median, quantile};
use super::window::{LADDER, LOG, Wheel, Window};

/// Frames in a turn.
pub const FRAMES: usize = 100;
/// One display's pace.
const FRAME: Duration = Duration::from_micros(16_667);
const A_MILLION_A_SECOND: u64 = 1_000_000;

pub fn measure(effort: Effort) -> Vec<Row> {
    let mut rows = lengths(effort);
    rows.push(arriving(effort));
    rows.extend(crowd::measure(effort));
    rows
}

/// What a window does in a frame, in words and as the wheel.
pub const DOINGS: [(&str, Wheel); 3] = [
    ("at the end", Wheel::RESTS),
    (
        "scrolling the log",
        Wheel {
            by: 120.0,
            over: LOG,
        },
    ),
    (
        "scrolling the ladder",
        Wheel {
            by: 120.0,
            over: LADDER,
        },
    ),
];

fn lengths(effort: Effort) -> Vec<Row> {
    let lengths = [100, effort.of(1_000_000), effort.of(10_000_000)];
    let mut windows = lengths.map(|calls| Window::showing(story::recording(calls as u64)));
    let frames = effort.of(FRAMES);
    // By what is done, by length, by round: all frames of the turn.
    let mut times = DOINGS.map(|_| lengths.map(|_| Vec::<Vec<f64>>::new()));
    for round in 0..=effort.rounds() {
        for ((_, wheel), times) in DOINGS.iter().zip(&mut times) {
            let mut turn = lengths.map(|_| Vec::with_capacity(frames));
            // Frame by frame, so that what else the machine does meets all alike.
            for _ in 0..frames {
                for (window, turn) in windows.iter_mut().zip(&mut turn) {
                    turn.push(window.frame(*wheel));
                }
            }
            if round > 0 {
                for (times, turn) in times.iter_mut().zip(turn) {
                    times.push(turn);
                }
            }
        }
    }
    let mut rows = Vec::new();
    for ((doing, _), times) in DOINGS.iter().zip(&times) {
        for (words, of_length) in [("1 million", &times[1]), ("10 million", &times[2])] {
            let pairs = of_length.iter().zip(&times[0]);
            let ratios = pairs
                .map(|(many, few)| median(many) / median(few))
                .collect();
            let row = Row::ratio(format!("frame {doing}, {words} rows over 100"), ratios);
            rows.push(row.at_most(1.10).note(format!(
                "{:.2} ms of processor time over {:.2} ms: layout, paint lists and tessellation of the whole window, \
                 1440 x 900, without a display.",
                middle(of_length),
                middle(&times[0]),
            )));
        }
    }
    let all = (0..effort.rounds()).map(|round| {
        let frames: Vec<f64> = times
            .iter()
            .flat_map(|times| times[2][round].clone())
            .collect();
        quantile(&frames, 0.99)
    });
    let what = "p99 of a frame's processor time, 10 million rows";
    rows.push(
        Row::new(what, Unit::Milliseconds, all.collect())
            .at_most(4.0)
            .note(format!(
                "of {} frames a round: at the end, scrolling the log and the ladder.",
                frames * DOINGS.len()
            )),
    );
    rows
}

fn middle(rounds: &[Vec<f64>]) -> f64 {
    let medians: Vec<f64> = rounds.iter().map(|frames| median(frames)).collect();
    median(&medians)
}

fn arriving(effort: Effort) -> Row {
    let feed = Feed::new();
    let mut window = Window::open(Arc::<Feed>::clone(&feed), None);
    let thread = feed.tell(A_MILLION_A_SECOND);
    let begin = Instant::now();
    let mut next = begin;
    let mut figures = Vec::new();
    for round in 0..=effort.rounds() {
        let mut frames = Vec::new();
        for _ in 0..effort.of(FRAMES) {
            frames.push(window.frame(Wheel::RESTS));
            next = (next + FRAME).max(Instant::now());
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        if round > 0 {
            figures.push(quantile(&frames, 0.99));
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    feed.stop();
    thread.join().expect("it stops");
    let told = feed.told.load(Ordering::Relaxed);
    let folded = feed.folded.load(Ordering::Relaxed);
    let what = "p99 of a frame's processor time while a million calls a second arrive";
    Row::new(what, Unit::Milliseconds, figures).at_most(8.0).note(format!(
        "{:.2} million calls a second told by a network of the bench's own, {} frames a second; {:.0} % of them were \
         folded, as the window took in {} calls.",
        told as f64 / seconds / 1e6,
        (((effort.rounds() + 1) * effort.of(FRAMES)) as f64 / seconds).round(),
        folded as f64 * 100.0 / told as f64,
        window.calls(),
    ))
}
