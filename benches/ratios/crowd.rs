//! A window with very many sockets: what a frame of it costs, and how often it is drawn though nothing happens.

use std::sync::Arc;
use std::time::Duration;

use super::frames::{DOINGS, FRAMES};
use super::story::{Feed, Story};
use super::table::{Effort, Row, Unit, quantile};
use super::window::{Wheel, Window};

/// Beyond these there is one thread for all.
const THREADS: u32 = 255;
/// How long it is left alone in a round.
const ALONE: Duration = Duration::from_secs(10);

pub fn measure(effort: Effort) -> Vec<Row> {
    vec![ten_thousand(effort), at_rest(effort)]
}

/// A window whose server has so many connections, with a receive that waits in some of them.
fn window(connections: u32, waiting: u32) -> Window {
    let feed = Feed::new();
    let mut window = Window::open(Arc::<Feed>::clone(&feed), None);
    let mut story = Story::new();
    feed.hand(std::mem::take(&mut story.opening));
    feed.hand(story.crowd(connections, waiting));
    window.until("they are there", |window| window.calls() == story.calls());
    window
}

fn ten_thousand(effort: Effort) -> Row {
    let mut window = window(10_000, THREADS);
    let frames = effort.of(FRAMES);
    let mut figures = Vec::new();
    for round in 0..=effort.rounds() {
        let mut turn = Vec::new();
        for (_, wheel) in DOINGS {
            turn.extend((0..frames).map(|_| window.frame(wheel)));
        }
        if round > 0 {
            figures.push(quantile(&turn, 0.99));
        }
    }
    let (drawn, took) = window.left_alone(ALONE);
    let seconds = ALONE.as_secs_f64();
    Row::new("p99 of a frame's processor time with 10,000 sockets", Unit::Milliseconds, figures)
        .at_most(16.0)
        .note(format!(
            "of {} frames a round: at the end, scrolling the log and the ladder. Left alone, with running times of waiting \
             calls in view, it draws {:.1} frames a second, which take {:.1} % of a processor.",
            frames * DOINGS.len(),
            drawn as f64 / seconds,
            took / seconds / 10.0,
        ))
}

/// The times of waiting calls run on the screen: here none waits.
fn at_rest(effort: Effort) -> Row {
    let mut window = window(1_000, 0);
    // What an hour glass or a fold of a panel still had to do is done.
    window.frame(Wheel::RESTS);
    window.left_alone(ALONE / 2);
    let seconds = ALONE.as_secs();
    let rounds = (0..effort.rounds()).map(|_| {
        // The first draws the frame that the round begins with.
        let (drawn, _) = window.left_alone(ALONE);
        drawn as f64 - 1.0
    });
    let figures = rounds.collect();
    let what = format!("frames drawn in {seconds} s at rest, 1,000 sockets open");
    Row::new(what, Unit::Count, figures)
        .at_most(0.0)
        .note("no call waits, so nothing on the screen goes on by itself.")
}
