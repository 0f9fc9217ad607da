//! The log's text filter over a million rows against `grep -c` on the same log exported as text.

use std::process::Command;
use std::sync::Arc;

use sockeye::export::Format;
use sockeye::model::recording::RowNumber;
use sockeye::views::log::search::{Matches, Query};

use super::story;
use super::table::{Effort, Row, in_turns, median, ratios, said, seconds};
use super::window::processor_time;

/// What is looked for, and how many pairs of calls there are to one that has it.
const NEEDLE: &str = "needle";
const RARE: u64 = 1_000;

pub fn measure(effort: Effort) -> Vec<Row> {
    let calls = effort.of(1_000_000);
    let what = "text filter over a million rows over grep -c on the exported text";
    if said("grep", &["--version"]).is_none() {
        return vec![Row::skipped(what, "there is no grep here")];
    }
    let recording = story::recording_of(calls as u64, |pair| {
        let word = if pair % RARE == 7 { NEEDLE } else { "hello" };
        Arc::from(format!("{word} {pair}").as_bytes())
    });
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut out = std::io::BufWriter::new(&file);
    Format::Text
        .write(&recording, &mut out)
        .expect("room for it");
    drop(out);
    let query = Query {
        text: NEEDLE.to_owned(),
        ..Query::default()
    };
    let mut found = 0;
    let mut counted = 0;
    let [filter, grep] = in_turns(
        effort.rounds(),
        [
            &mut || {
                let mut matches = Matches::default();
                let before = processor_time();
                while !matches.update(&recording, &query, RowNumber(0)) {}
                found = matches.len();
                processor_time() - before
            },
            &mut || {
                seconds(|| {
                    let grep = Command::new("grep")
                        .args(["-c", NEEDLE])
                        .arg(file.path())
                        .output();
                    let text = String::from_utf8(grep.expect("it was there").stdout);
                    counted = text
                        .ok()
                        .and_then(|text| text.trim().parse().ok())
                        .unwrap_or(0);
                })
            },
        ],
    );
    assert_eq!(found, counted, "both find the same rows");
    vec![Row::ratio(what, ratios(&filter, &grep)).note(format!(
        "{:.0} ms of processor time, in slices of 3 ms a frame, over {:.0} ms of grep with its start; both find {found} \
         of {} rows.",
        median(&filter) * 1e3,
        median(&grep) * 1e3,
        recording.len(),
    ))]
}
