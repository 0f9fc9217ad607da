//! A saved session, made a recording again.
//!
//! The file is the one [`crate::export::jsonl`] writes and documents. Each line is read by itself, put in the order in
//! which things happened, and taken in by a new recording as if it happened again: so every view shows what it showed.
//! What comes from a file is only data: whatever is wrong with it is said in one sentence with its line, and nothing of
//! it is kept.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::model::recording::{Limits, Recording};

mod fact;
mod line;

use fact::Facts;

/// The largest file read, in bytes: 1 GiB, twice what a million small calls take.
pub const MAX_FILE: u64 = 1024 * 1024 * 1024;

/// The longest line read, in bytes: a call with the largest payload, in hex, and what else stands there.
const MAX_LINE: u64 = (2 * crate::model::payload::MAX_PAYLOAD + 64 * 1024) as u64;

/// The first bytes of every saved session.
const OPENING: &[u8] = b"{\"sockeye\"";

/// Why a file is no session.
#[derive(Debug)]
pub enum ImportError {
    /// It can't be read.
    Io(io::Error),
    /// Something stands in it that a session does not have.
    Wrong {
        /// Line of the file, from 1.
        line: u64,
        /// What is wrong, in words.
        message: String,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "it can't be read: {error}"),
            Self::Wrong { line, message } => write!(f, "line {line}: {message}"),
        }
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Wrong { .. } => None,
        }
    }
}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Whether a file that begins like this is a saved session.
pub fn is_session(beginning: &[u8]) -> bool {
    beginning.starts_with(OPENING)
}

/// Reads a session from a file. May wait for a disk.
///
/// # Errors
/// When it can't be read, is larger than [`MAX_FILE`], or is no session.
pub fn read_file(path: &Path) -> Result<Recording, ImportError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_FILE {
        return Err(wrong(
            1,
            format!("the file has {length} bytes: expected at most {MAX_FILE}"),
        ));
    }
    read(BufReader::new(file))
}

/// Reads a session.
///
/// # Errors
/// When it can't be read, or the first thing in it that a session does not have.
pub fn read(input: impl BufRead) -> Result<Recording, ImportError> {
    let mut lines = Lines::new(input);
    let Some((_, first)) = lines.next()? else {
        return Err(wrong(1, "the file is empty"));
    };
    let (header, let_go) = line::header(first).map_err(|message| wrong(1, message))?;
    let mut facts = Facts::default();
    while let Some((number, text)) = lines.next()? {
        let parsed = line::parse(text);
        let taken = parsed.and_then(|parsed| facts.take(number, parsed));
        taken.map_err(|message| wrong(number, message))?;
    }
    let mut recording = Recording::new(header, Limits::default());
    recording.had_let_go(let_go);
    facts
        .happen(&mut recording)
        .map_err(|(line, message)| wrong(line, message))?;
    Ok(recording)
}

fn wrong(line: u64, message: impl Into<String>) -> ImportError {
    ImportError::Wrong {
        line,
        message: message.into(),
    }
}

/// The lines of a file, one at a time, none longer than it may be.
struct Lines<R> {
    input: io::Take<R>,
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R) -> Self {
        Self {
            input: input.take(0),
            number: 0,
            buffer: Vec::new(),
        }
    }

    /// The next line and its number; `None` after the last.
    fn next(&mut self) -> Result<Option<(u64, &str)>, ImportError> {
        loop {
            self.number += 1;
            self.buffer.clear();
            self.input.set_limit(MAX_LINE + 1);
            let read = self.input.read_until(b'\n', &mut self.buffer)?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 > MAX_LINE {
                let message = format!("it is longer than a line may be ({MAX_LINE} bytes)");
                return Err(wrong(self.number, message));
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        match std::str::from_utf8(&self.buffer) {
            Ok(text) => Ok(Some((self.number, text))),
            Err(_) => Err(wrong(self.number, "it is not UTF-8 text")),
        }
    }
}
