//! Bytes kept per small call: what the process grows by while a recording takes so many calls in.
//!
//! Each figure is of a process of its own, which has no memory left over from before.

use std::process::Command;

use sockeye::model::ladder::Ladder;
use sockeye::model::recording::Recording;
use sockeye::model::replay::Replay;

use super::story::{self, Story, endless, header};
use super::table::{Effort, Row, Unit};

/// The word by which this program knows that it is such a process.
pub const CHILD: &str = "--grow";

pub fn measure(effort: Effort) -> Vec<Row> {
    let in_words = |calls: usize| match calls {
        1_000_000 => "1 million".to_owned(),
        10_000_000 => "10 million".to_owned(),
        other => other.to_string(),
    };
    let mut rows = Vec::new();
    for calls in [effort.of(1_000_000), effort.of(10_000_000)] {
        let grown = |_| grown(&calls.to_string());
        let figures = (0..effort.rounds()).map(grown).collect();
        let what = format!("bytes kept per 1-byte call, {} calls", in_words(calls));
        rows.push(Row::new(what, Unit::Bytes, figures).at_most(64.0).note(
            "growth of the resident memory of a process that takes the calls into a recording whose limit lets none go.",
        ));
    }
    let calls = effort.of(1_000_000);
    let figures = (0..effort.rounds())
        .map(|_| grown(&format!("{calls} shown")))
        .collect();
    let what = format!(
        "the same with the picture and the past that the window keeps, {} calls",
        in_words(calls)
    );
    rows.push(
        Row::new(what, Unit::Bytes, figures)
            .note("as above, with the ladder and the copies by which the past is shown."),
    );
    rows
}

/// Bytes a call by which a process of its own grows.
fn grown(calls: &str) -> f64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args([CHILD, calls])
        .output()
        .expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().expect("a number")
}

/// Takes calls into a recording, and prints by how many bytes for each this process grew.
pub fn child(calls: &str) {
    let (calls, shown) = match calls.split_once(' ') {
        Some((calls, _)) => (calls, true),
        None => (calls, false),
    };
    let calls: u64 = calls.parse().expect("a number");
    // What a first recording brings along is not the rows' memory.
    drop(story::recording(100));
    let before = resident();
    let mut recording = Recording::new(header(), endless());
    let (mut ladder, mut replay) = (Ladder::default(), Replay::default());
    let mut story = Story::new();
    let bytes = std::sync::Arc::from(*b"x");
    let mut take = |event| {
        let change = recording.apply(event);
        if shown {
            ladder.take(change, &recording);
            replay.follow(&recording, &ladder);
        }
    };
    std::mem::take(&mut story.opening)
        .into_iter()
        .for_each(&mut take);
    while story.calls() < calls {
        story.pair(&bytes).into_iter().for_each(&mut take);
    }
    let after = resident();
    println!("{}", (after - before) as f64 / calls as f64);
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kibibytes.expect("Linux says it") * 1024
}
