//! A row of the log in words: the same for the eye, the clipboard and the accessibility tree.

use std::time::Duration;

use crate::model::call::{Method, Outcome, SocketId, Value};
use crate::model::explain::{error_words, remark_beside};
use crate::model::flow::Progress;
use crate::model::ladder::running_text;
use crate::model::reach::{reach, reach_words};
use crate::model::recording::CallEntry;
use crate::model::socket::{SocketKind, SocketTable};
use crate::views::Shown;
use crate::views::widgets::duration_text;

/// How much of a payload a row takes: more than the widest window shows of it.
pub const IN_ROW: usize = 256;
/// How much of a payload a tooltip and the clipboard take.
pub const WHOLE: usize = 4096;

/// How a part of the result looks. Each has a sign or words of its own besides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A value.
    Plain,
    /// Words beside it.
    Quiet,
    /// A would-block.
    Again,
    /// A wait.
    Wait,
    /// A failure, or lost bytes.
    Error,
}

/// A run of text in the result column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// Its look.
    pub tone: Tone,
    /// The part that says it: bold.
    pub strong: bool,
}

/// Who made the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Its id.
    pub id: SocketId,
    /// Its shape and colour.
    pub kind: SocketKind,
    /// Its name.
    pub name: String,
}

/// A row's texts.
#[derive(Clone, Debug, PartialEq)]
pub struct RowText {
    /// `12`, or `11-13` where calls were folded.
    pub number: String,
    /// Seconds since the first call.
    pub seconds: f64,
    /// The socket, or the sockets of a call on several.
    pub who: Vec<Who>,
    /// The statement.
    pub statement: String,
    /// The outcome, part by part.
    pub result: Vec<Part>,
    /// Of a send: how far it got, and what can't be told of that.
    pub reach: Option<String>,
    /// How long it took, or has been taking.
    pub took: String,
    /// Whether the call is in its system call.
    pub waits: bool,
    /// For how long.
    pub running: Option<Duration>,
}

impl RowText {
    /// The texts of a row.
    pub fn new(entry: &CallEntry, shown: &Shown<'_>, payload_limit: usize) -> Self {
        let sockets = shown.recording.sockets();
        let progress = shown.progress(entry.number);
        let first = shown.recording.first_at().unwrap_or(entry.start.at);
        let took = entry.took().or_else(|| {
            entry
                .is_waiting()
                .then(|| shown.now.saturating_sub(entry.start.at))
        });
        Self {
            number: number_text(entry),
            seconds: entry.start.at.saturating_sub(first) as f64 / 1e9,
            who: who(entry, sockets),
            statement: entry.text(sockets, payload_limit),
            result: result(entry, sockets, progress.as_ref(), payload_limit),
            reach: progress.as_ref().map(reach_words),
            took: took.map_or_else(String::new, |nanos| {
                let took = Duration::from_nanos(nanos);
                let text = if entry.is_waiting() && took.as_secs() > 0 {
                    running_text(took)
                } else {
                    duration_text(took)
                };
                // None of them waited: it is the time from the first to the last.
                if entry.count > 1 {
                    format!("over {text}")
                } else {
                    text
                }
            }),
            waits: entry.is_waiting(),
            running: took
                .filter(|_| entry.is_waiting())
                .map(Duration::from_nanos),
        }
    }

    /// The whole row as one line of text.
    pub fn line(&self, decimals: usize) -> String {
        let who: Vec<String> = self
            .who
            .iter()
            .map(|who| format!("{} {}", who.id, who.name))
            .collect();
        let who = who.join(", ");
        format!(
            "{}  {:.decimals$}  {who}  {}  {}  {}",
            self.number,
            self.seconds,
            self.statement,
            self.outcome(),
            self.took
        )
        .trim_end()
        .to_owned()
    }

    /// The outcome as one line of text.
    pub fn outcome(&self) -> String {
        let parts: Vec<&str> = self.result.iter().map(|part| part.text.as_str()).collect();
        let sign = if self.waits { "" } else { "→ " };
        format!("{sign}{}", parts.join("  "))
    }
}

/// A number with its thousands set apart: `1,204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn number_text(entry: &CallEntry) -> String {
    let first = entry.number.0;
    if entry.count > 1 {
        format!("{first}-{}", first + entry.count - 1)
    } else {
        first.to_string()
    }
}

fn who(entry: &CallEntry, sockets: &SocketTable) -> Vec<Who> {
    let known = entry.sockets().filter_map(|id| sockets.get(id));
    let who = known.map(|socket| Who {
        id: socket.id,
        kind: socket.kind(),
        name: socket.name.clone(),
    });
    who.collect()
}

fn part(text: impl Into<String>, tone: Tone, strong: bool) -> Part {
    Part {
        text: text.into(),
        tone,
        strong,
    }
}

fn result(
    entry: &CallEntry,
    sockets: &SocketTable,
    progress: Option<&Progress>,
    payload_limit: usize,
) -> Vec<Part> {
    let times = if entry.count > 1 {
        format!(" × {}", grouped(entry.count))
    } else {
        String::new()
    };
    let Some(outcome) = &entry.outcome else {
        return vec![if entry.abandoned {
            part("no answer: its thread broke down", Tone::Error, true)
        } else {
            part("… waits", Tone::Wait, true)
        }];
    };
    let text = entry.result(sockets, payload_limit).unwrap_or_default();
    let mut parts = match outcome {
        Outcome::Ok(_) if entry.folded && entry.method() == Method::Select => {
            vec![part(format!("{text}{times}"), Tone::Plain, false)]
        }
        Outcome::Ok(_) if entry.folded => vec![part(
            format!("{} bytes{times}", grouped(entry.bytes_moved)),
            Tone::Plain,
            false,
        )],
        Outcome::Ok(value) => ok(text, value),
        Outcome::Error(errno) => {
            let tone = if errno.is_would_block() {
                Tone::Again
            } else {
                Tone::Error
            };
            vec![
                part(format!("{text}{times}"), tone, true),
                part(error_words(entry, sockets).unwrap_or_default(), tone, false),
            ]
        }
        Outcome::Interrupted => vec![part(text, Tone::Plain, true)],
    };
    parts.extend(progress.map(|progress| part(reach(progress).marks(), Tone::Quiet, false)));
    parts.extend(remarks(entry, sockets));
    parts
}

fn ok(text: String, value: &Value) -> Vec<Part> {
    let mut parts = vec![part(text, Tone::Plain, false)];
    if let Value::Received { lost, .. } = value
        && *lost > 0
    {
        let noun = if *lost == 1 { "byte" } else { "bytes" };
        parts.push(part(
            format!("{} {noun} lost", grouped(*lost)),
            Tone::Error,
            false,
        ));
    }
    parts
}

fn remarks(entry: &CallEntry, sockets: &SocketTable) -> Vec<Part> {
    let lost = matches!(
        entry.outcome,
        Some(Outcome::Ok(Value::Received { lost: 1.., .. }))
    );
    let mut remarks: Vec<String> = remark_beside(entry, sockets)
        .filter(|_| !lost)
        .into_iter()
        .collect();
    if let Some(number) = entry.part {
        remarks.push(format!("part {number}"));
    }
    if entry.retries > 0 {
        remarks.push(format!("called again × {}", grouped(entry.retries.into())));
    }
    if entry.at_end {
        remarks.push("at end".to_owned());
    }
    remarks
        .into_iter()
        .map(|remark| part(remark, Tone::Quiet, false))
        .collect()
}
