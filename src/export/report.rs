//! A session report in Markdown, for homework: what was there, what happened, the ladder, the errors explained.
//!
//! Made for `GitHub`'s Markdown, which shows the Mermaid block as a picture; elsewhere it stands as text. Whatever came
//! from a peer or a file can neither begin a cell, a link or markup, nor hide.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::call::{Family, Outcome};
use crate::model::explain::{explain, remark_beside};
use crate::model::payload::visible_text;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::{Socket, SocketTable, Stage};

use super::mermaid;
use super::text::player;

/// Rows of the log's table: the newest.
const ROWS: usize = 2_000;
/// Sockets in their table: the first.
const SOCKETS: usize = 500;
/// Bytes of a payload in a cell.
const PAYLOAD_SHOWN: usize = 80;

/// Writes the report.
///
/// # Errors
/// What the writer answers.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    head(recording, &mut text);
    sockets(recording.sockets(), &mut text);
    text += "\n## What happened, as a picture\n\n```mermaid\n";
    text += &mermaid::diagram(recording);
    text += "```\n\nA dashed line is what TCP does and Sockeye did not see.\n";
    log(recording, &mut text);
    errors(recording, &mut text);
    out.write_all(text.as_bytes())
}

fn head(recording: &Recording, text: &mut String) {
    let header = recording.header();
    let mut counts = Counts::default();
    for entry in rows(recording) {
        counts.add(&entry);
    }
    *text += "# Sockeye session report\n\n| | |\n|---|---|\n";
    let seconds = recording.last_at().saturating_sub(recording.began()) as f64 / 1e9;
    let sockets = recording.sockets().iter().count();
    for (what, value) in [
        ("Began", header.started.clone()),
        ("Lasted", format!("{seconds:.1} s")),
        ("Platform", header.platform.clone()),
        ("Network", header.network.clone()),
        ("Sockets", sockets.to_string()),
        ("Calls", recording.calls().to_string()),
        ("Calls that waited", counts.waited.to_string()),
        (
            "Calls that would have had to wait",
            counts.would_block.to_string(),
        ),
        ("Calls that failed", counts.failed.to_string()),
        ("Bytes sent", counts.sent.to_string()),
        ("Bytes received", counts.received.to_string()),
    ] {
        line(text, &[what, &value]);
    }
    if recording.let_go() > 0 {
        // Writing to a String can't fail.
        writeln!(
            text,
            "\nThe oldest {} rows were let go, and are not counted.",
            recording.let_go()
        )
        .ok();
    }
}

#[derive(Default)]
struct Counts {
    waited: u64,
    would_block: u64,
    failed: u64,
    sent: u64,
    received: u64,
}

impl Counts {
    /// A call that took so long has waited, nanoseconds.
    const WAITED: u64 = 1_000_000;

    fn add(&mut self, entry: &CallEntry) {
        let long = entry.took().is_some_and(|took| took >= Self::WAITED);
        self.waited += u64::from(entry.is_waiting() || (long && entry.count == 1));
        match &entry.outcome {
            Some(outcome) if outcome.is_would_block() => self.would_block += entry.count,
            Some(outcome) if outcome.is_failure() => self.failed += entry.count,
            Some(Outcome::Ok(_)) if entry.method().sends() => self.sent += entry.bytes_moved,
            Some(Outcome::Ok(_)) => self.received += entry.bytes_moved,
            _ => {}
        }
    }
}

fn rows(recording: &Recording) -> impl DoubleEndedIterator<Item = CallEntry> + '_ {
    (0..recording.len()).filter_map(|index| recording.row(index))
}

fn sockets(sockets: &SocketTable, text: &mut String) {
    *text += "\n## Sockets\n\n";
    *text += "| id | name | program | is | protocol | address | other end | sent | received | at the end |\n";
    *text += "|---|---|---|---|---|---|---|---|---|---|\n";
    for socket in sockets.iter().take(SOCKETS) {
        let program = sockets
            .program(socket.program)
            .map_or(String::new(), |program| program.name.clone());
        let address = |address: Option<std::net::SocketAddr>| {
            address.map_or_else(|| "–".to_owned(), |address| address.to_string())
        };
        line(
            text,
            &[
                &socket.id.to_string(),
                &socket.name,
                &program,
                socket.word(),
                &format!("{} {}", socket.protocol.name(), family(socket)),
                &address(socket.local),
                &address(socket.peer),
                &format!("{} B", socket.sent),
                &format!("{} B", socket.received),
                state(socket),
            ],
        );
    }
    let more = sockets.iter().count().saturating_sub(SOCKETS);
    if more > 0 {
        writeln!(text, "\n{more} more sockets are not listed.").ok();
    }
}

fn family(socket: &Socket) -> &'static str {
    match socket.family {
        Family::Ipv4 => "IPv4",
        Family::Ipv6 => "IPv6",
    }
}

fn state(socket: &Socket) -> &'static str {
    match socket.stage {
        Stage::New => "new",
        Stage::Bound => "bound",
        Stage::Listening => "listening",
        Stage::Connecting => "connecting",
        Stage::Connected if socket.is_finished() => "finished by both ends",
        Stage::Connected => "connected",
        Stage::Refused => "refused",
        Stage::Reset => "reset",
        Stage::Closed => "closed",
    }
}

fn log(recording: &Recording, text: &mut String) {
    *text += "\n## The log\n\n| nr | seconds | socket | call | result | |\n|---:|---:|---|---|---|---|\n";
    let skipped = recording.len().saturating_sub(ROWS);
    let mut notes = recording.notes().peekable();
    for entry in rows(recording).skip(skipped) {
        while let Some(note) = notes.next_if(|note| note.stamp.seq < entry.start.seq) {
            if skipped == 0 {
                said(text, player(note));
            }
        }
        row(text, &entry, recording);
    }
    for note in notes {
        said(text, player(note));
    }
    if skipped > 0 {
        writeln!(text, "\n{skipped} older rows are not listed.").ok();
    }
}

/// What a player said, as a row of its own.
fn said(text: &mut String, words: Option<String>) {
    if let Some(words) = words {
        let words = words.trim_start();
        let words = words.strip_prefix("# ").unwrap_or(words);
        line(text, &["", "", "", words, "", ""]);
    }
}

fn row(text: &mut String, entry: &CallEntry, recording: &Recording) {
    let sockets = recording.sockets();
    let seconds = entry.start.at.saturating_sub(recording.began()) as f64 / 1e9;
    let result = match entry.result(sockets, PAYLOAD_SHOWN) {
        Some(result) => result,
        None if entry.abandoned => "its thread has failed".to_owned(),
        None => "… waits".to_owned(),
    };
    let mut beside = Vec::new();
    if entry.count > 1 {
        beside.push(format!("× {}", entry.count));
    }
    if let Some(took) = entry.took().filter(|took| *took >= Counts::WAITED) {
        beside.push(format!("took {:.3} s", took as f64 / 1e9));
    }
    beside.extend(remark_beside(entry, sockets));
    if entry.at_end {
        beside.push("at end".to_owned());
    }
    let call = code(&entry.text(sockets, PAYLOAD_SHOWN));
    let cells = [
        entry.number.0.to_string(),
        format!("{seconds:.4}"),
        entry.marks(),
        call,
        code(&result),
        escaped(&beside.join(", ")),
    ];
    writeln!(text, "| {} |", cells.join(" | ")).ok();
}

/// An errno as it was met: by which call, and what that means.
struct Met {
    symbol: String,
    method: String,
    headline: String,
    why: String,
    suggestions: Vec<String>,
    times: u64,
    first: u64,
}

fn errors(recording: &Recording, text: &mut String) {
    *text += "\n## Errors met, and why\n\n";
    let mut all: Vec<Met> = Vec::new();
    for entry in rows(recording) {
        let errno = entry.outcome.as_ref().and_then(Outcome::errno);
        let explained = explain(&entry, recording.sockets());
        let (Some(errno), Some(explained)) = (errno, explained) else {
            continue;
        };
        let (symbol, method) = (errno.symbol(), entry.method().to_string());
        let same = |met: &&mut Met| {
            met.symbol == symbol && met.method == method && met.headline == explained.headline
        };
        if let Some(met) = all.iter_mut().find(same) {
            met.times += entry.count;
            continue;
        }
        let suggestions = explained.suggestions.into_iter();
        all.push(Met {
            symbol,
            method,
            headline: explained.headline,
            why: explained.why,
            suggestions: suggestions.map(|suggestion| suggestion.text).collect(),
            times: entry.count,
            first: entry.number.0,
        });
    }
    if all.is_empty() {
        *text += "None.\n";
    }
    for met in all {
        let times = match met.times {
            1 => "once".to_owned(),
            many => format!("{many} times"),
        };
        writeln!(
            text,
            "- **{}** from {}, {times}, first in call {}: {} {}",
            escaped(&met.symbol),
            code(&format!("{}()", met.method)),
            met.first,
            escaped(&met.headline),
            escaped(&met.why)
        )
        .ok();
        for suggestion in met.suggestions {
            writeln!(text, "  - Try: {}", escaped(&suggestion)).ok();
        }
    }
}

/// A row of a table.
fn line(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
    writeln!(text, "| {} |", cells.join(" | ")).ok();
}

/// Text in the code font. Not between backticks: a cell may hold neither those nor a bar.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("<code>{}</code>", escaped(text))
}

/// Text that is nothing but text to Markdown and HTML: signs that might mean something are written as their numbers.
pub fn escaped(text: &str) -> String {
    let visible: Vec<char> = visible_text(text).chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| visible.get(index)).copied();
    let mut safe = String::with_capacity(visible.len());
    for (index, &character) in visible.iter().enumerate() {
        let before = at(index.checked_sub(1));
        let after = at(index.checked_add(1));
        let in_word = |other: Option<char>| other.is_some_and(char::is_alphanumeric);
        let is_special = match character {
            '&' | '<' | '>' | '|' | '`' | '\\' | '*' | '[' | ']' | '~' | '$' | '!' | '@' => true,
            // Inside a word it is only a character: AF_INET.
            '_' => !(in_word(before) && in_word(after)),
            // Addresses in text would become links.
            ':' => after == Some('/'),
            '.' => before == Some('w') || before == Some('W'),
            // At the start of a line these begin a heading, a list or a rule; a cell is none, a list's text may be.
            '#' | '-' | '+' | '=' => before.is_none() && !in_word(after),
            _ => false,
        };
        if is_special {
            // Writing to a String can't fail.
            write!(safe, "&#{};", u32::from(character)).ok();
        } else {
            safe.push(character);
        }
    }
    safe
}
