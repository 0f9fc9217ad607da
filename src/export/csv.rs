//! The calls as a table for spreadsheets (RFC 4180, by the `csv` crate).
//!
//! Columns: `n`, `seconds` (since the session began), `took` (seconds), `program`, `thread`, `id`, `socket`,
//! `call`, `statement`, `outcome`, `result`, `errno`, `bytes_moved`, `count`, `note`, `line`.
//!
//! A `select` is on several sockets: `id` and `socket` name them all, with spaces between.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and one made for Japan also with the
//! wide forms of these: such a cell begins with `'` here.

use std::io::{self, Write};

use crate::model::call::Outcome;
use crate::model::errno::Errno;
use crate::model::explain::note_words;
use crate::model::payload::visible_text;
use crate::model::recording::{CallEntry, Recording};

/// Bytes of a payload in a cell.
const PAYLOAD_SHOWN: usize = 1024;

const COLUMNS: [&str; 16] = [
    "n",
    "seconds",
    "took",
    "program",
    "thread",
    "id",
    "socket",
    "call",
    "statement",
    "outcome",
    "result",
    "errno",
    "bytes_moved",
    "count",
    "note",
    "line",
];

/// Writes one row per call, in the order calls were made.
///
/// # Errors
/// What the writer answers.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for index in 0..recording.len() {
        if let Some(entry) = recording.row(index) {
            table.write_record(cells(&entry, recording).map(|text| cell(&text)))?;
        }
    }
    table.flush()
}

/// A cell's text: nothing hidden in it, and no formula.
pub fn cell(text: &str) -> String {
    let visible = visible_text(text);
    match visible.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{visible}"),
        _ => visible.into_owned(),
    }
}

fn cells(entry: &CallEntry, recording: &Recording) -> [String; 16] {
    let sockets = recording.sockets();
    let (ids, names): (Vec<String>, Vec<String>) = entry
        .sockets()
        .map(|id| (id.0.to_string(), sockets.name_of(id)))
        .unzip();
    let program = entry.program.and_then(|id| sockets.program(id));
    let thread = sockets.thread(entry.thread);
    let seconds = |nanos: u64| format!("{:.9}", nanos as f64 / 1e9);
    let outcome = match &entry.outcome {
        Some(Outcome::Ok(_)) => "ok",
        Some(Outcome::Error(_)) => "error",
        Some(Outcome::Interrupted) => "interrupted",
        None => "",
    };
    let errno = entry.outcome.as_ref().and_then(Outcome::errno);
    let at_end = entry.at_end.then(|| "at end".to_owned());
    let notes: Vec<String> = note_words(entry, sockets)
        .into_iter()
        .chain(at_end)
        .collect();
    [
        entry.number.0.to_string(),
        seconds(entry.start.at.saturating_sub(recording.began())),
        entry.took().map(seconds).unwrap_or_default(),
        program.map_or(String::new(), |program| program.name.clone()),
        thread.map_or(String::new(), |thread| thread.name.to_string()),
        ids.join(" "),
        names.join(" "),
        entry.method().to_string(),
        entry.text(sockets, PAYLOAD_SHOWN),
        outcome.to_owned(),
        entry.result(sockets, PAYLOAD_SHOWN).unwrap_or_default(),
        errno.map_or(String::new(), Errno::symbol),
        entry.bytes_moved.to_string(),
        entry.count.to_string(),
        notes.join(", "),
        entry.line.map_or(String::new(), |line| line.to_string()),
    ]
}
