//! The ladder and the past of a recording of 100,000 real calls over those of 100.

use super::table::{Effort, Row, Unit, median, quantile};
use super::window::{LADDER, Wheel, Window};

/// Frames in a turn.
const FRAMES: usize = 100;

pub fn measure(effort: Effort) -> Vec<Row> {
    let mut small = Window::with_calls(100);
    let mut large = Window::with_calls(effort.of(100_000) as u64);
    let frames = effort.of(FRAMES);
    let up = Wheel {
        by: 120.0,
        over: LADDER,
    };
    let mut turns = Turns::default();
    for _ in 0..=effort.rounds() {
        turns
            .few
            .push((0..frames).map(|_| small.frame(up)).collect());
        turns
            .many
            .push((0..frames).map(|_| large.frame(up)).collect());
    }
    let mut rows = vec![turns.ratio("ladder, scrolled: 100,000 calls over 100")];
    for (words, next) in [
        ("jumping in the past", jump as fn(usize, usize) -> f32),
        ("dragging through the past", drag),
    ] {
        let mut turns = Turns::default();
        for round in 0..=effort.rounds() {
            for (window, times) in [(&mut small, &mut turns.few), (&mut large, &mut turns.many)] {
                window.grab(next(0, frames));
                let scrub = |frame| window.scrub(next(frame + round * frames, frames));
                times.push((1..=frames).map(scrub).collect());
                window.let_go();
            }
        }
        rows.push(turns.ratio(&format!("{words}: 100,000 calls over 100")));
        let p99 = turns
            .many
            .iter()
            .skip(1)
            .map(|frames| quantile(frames, 0.99))
            .collect();
        let what = format!("p99 of a frame's processor time, {words} of 100,000 calls");
        rows.push(
            Row::new(what, Unit::Milliseconds, p99)
                .at_most(8.0)
                .note(format!(
                    "of {frames} frames a round, another moment in each."
                )),
        );
    }
    rows
}

/// Frames by round; the first round is not counted.
#[derive(Default)]
struct Turns {
    few: Vec<Vec<f64>>,
    many: Vec<Vec<f64>>,
}

impl Turns {
    fn ratio(&self, what: &str) -> Row {
        let medians = |rounds: &[Vec<f64>]| -> Vec<f64> {
            rounds.iter().skip(1).map(|frames| median(frames)).collect()
        };
        let (few, many) = (medians(&self.few), medians(&self.many));
        let ratios = many
            .iter()
            .zip(&few)
            .map(|(many, few)| many / few)
            .collect();
        Row::ratio(what, ratios).note(format!(
            "{:.2} ms of processor time for a frame of the whole window over {:.2} ms.",
            median(&many),
            median(&few)
        ))
    }
}

/// A place on the track, 0 to 1: now here, now there.
fn jump(frame: usize, _frames: usize) -> f32 {
    (frame.wrapping_mul(2_654_435_761) % 9_973) as f32 / 9_973.0
}

/// The same: from one end to the other.
fn drag(frame: usize, frames: usize) -> f32 {
    0.98 - 0.96 * (frame % frames) as f32 / frames as f32
}
