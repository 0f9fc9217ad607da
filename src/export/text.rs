//! The log as a person reads it: one line per call, with narration above it.

use std::io::{self, Write};

use crate::model::call::{Outcome, Value};
use crate::model::event::PlayerNote;
use crate::model::explain::{error_words, note_beside};
use crate::model::payload::visible;
use crate::model::recording::{CallEntry, Header, PlayerEntry, Recording};
use crate::model::socket::SocketTable;

/// Bytes of a payload shown in a line.
const PAYLOAD_SHOWN: usize = 80;
/// Where results begin, in characters from the statement's start.
const STATEMENT_WIDTH: usize = 56;
/// A call that took at least this long is said to have waited, nanoseconds.
const WORTH_SAYING: u64 = 10_000_000;

/// The lines above a log.
pub fn header(header: &Header) -> String {
    let line = format!(
        "Sockeye · {} · {} network · seconds since {}",
        header.platform, header.network, header.started
    );
    format!(
        "{}\n\n  nr   seconds  socket  call{}→ result\n",
        visible(line.as_bytes()),
        " ".repeat(STATEMENT_WIDTH - 3)
    )
}

/// One call: number, seconds since the session began, socket, statement, result. Without a line end.
///
/// `began` is [`Recording::began`].
pub fn row(entry: &CallEntry, sockets: &SocketTable, began: u64) -> String {
    let result = match &entry.outcome {
        Some(_) => format!("→ {}", result(entry, sockets)),
        None if entry.abandoned => "⚠ its thread has failed".to_owned(),
        None => "… waits".to_owned(),
    };
    let seconds = entry.start.at.saturating_sub(began) as f64 / 1e9;
    let socket = entry.marks();
    let part = entry
        .part
        .map_or(String::new(), |part| format!(" part {part}"));
    let statement = entry.text(sockets, PAYLOAD_SHOWN) + &part;
    let line = format!(
        "{:>4}  {seconds:>8.4}  {socket:<6}  {statement:<STATEMENT_WIDTH$} {result}{}",
        entry.number.0,
        remarks(entry, sockets)
    );
    visible(line.as_bytes())
}

fn result(entry: &CallEntry, sockets: &SocketTable) -> String {
    let answer = entry.result(sockets, PAYLOAD_SHOWN).unwrap_or_default();
    match error_words(entry, sockets) {
        Some(words) => format!("{answer}  {words}"),
        None => answer,
    }
}

fn remarks(entry: &CallEntry, sockets: &SocketTable) -> String {
    let mut remarks = Vec::new();
    if entry.count > 1 {
        remarks.push(format!("× {}", entry.count));
    }
    if let Some(Outcome::Ok(Value::Received { lost, .. })) = &entry.outcome
        && *lost > 0
    {
        remarks.push(format!("bytes lost: {lost}"));
    }
    if let Some(took) = entry.took().filter(|took| *took >= WORTH_SAYING) {
        remarks.push(format!("waited {:.3} s", took as f64 / 1e9));
    }
    remarks.extend(note_beside(entry, sockets));
    if entry.retries > 0 {
        remarks.push(format!("retries: {}", entry.retries));
    }
    if entry.at_end {
        remarks.push("at end".to_owned());
    }
    if remarks.is_empty() {
        String::new()
    } else {
        format!("  ({})", remarks.join(", "))
    }
}

/// What a player did, as a line without its end; `None` where the log need not say it.
pub fn player(entry: &PlayerEntry) -> Option<String> {
    let at = entry
        .line
        .map_or(String::new(), |line| format!("line {line}: "));
    let line = match &entry.note {
        PlayerNote::Started { script } => format!("▶ {script}"),
        PlayerNote::Narration { text } => format!("# {text}"),
        PlayerNote::Slept { seconds } => format!("      … slept {seconds} s"),
        PlayerNote::Interrupted { name } => format!("      … interrupted what waited on {name}"),
        PlayerNote::Unexpected { expected, got } => {
            format!("   ✗ {at}expected {expected}, got {got}")
        }
        PlayerNote::Refused { reason } => format!("   ✗ {at}not called: {reason}"),
        PlayerNote::PortMapped { written, used } => {
            format!("      … port {written} of the script is {used} here")
        }
        PlayerNote::Renamed { socket, name } => format!("      … {socket} is now called {name}"),
        PlayerNote::Finished => return None,
    };
    Some(visible(line.as_bytes()))
}

/// Writes the whole log, in the order calls were made.
///
/// # Errors
/// What the writer answers.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(header(recording.header()).as_bytes())?;
    if recording.let_go() > 0 {
        writeln!(out, "(the oldest {} rows were let go)", recording.let_go())?;
    }
    let mut notes = recording.notes().peekable();
    for index in 0..recording.len() {
        let Some(entry) = recording.row(index) else {
            continue;
        };
        while let Some(note) = notes.next_if(|note| note.stamp.seq < entry.start.seq) {
            write_note(note, out)?;
        }
        writeln!(
            out,
            "{}",
            row(&entry, recording.sockets(), recording.began())
        )?;
    }
    for note in notes {
        write_note(note, out)?;
    }
    Ok(())
}

/// Writes a player's line, narration with a blank line above it.
///
/// # Errors
/// What the writer answers.
pub fn write_note(note: &PlayerEntry, out: &mut dyn Write) -> io::Result<()> {
    let Some(line) = player(note) else {
        return Ok(());
    };
    if matches!(note.note, PlayerNote::Narration { .. }) {
        writeln!(out)?;
    }
    writeln!(out, "{line}")
}
