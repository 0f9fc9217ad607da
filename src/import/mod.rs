//! A saved session, made a recording again.
//!
//! The file is the one [`crate::export::jsonl`] writes and documents. Each line is read by itself, put in the order in
//! which things happened, and taken in by a new recording as if it happened again: so every view shows what it showed.
//! What comes from a file is only data: whatever is wrong with it is said in one sentence with its line, and nothing of
//! it is kept. Only a file that ends within its last line, as a download that was cut off does, is opened up to there:
//! [`flaw`] says so.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::model::payload::visible_start;
use crate::model::recording::Recording;

mod fact;
mod limits;
mod line;

use fact::Facts;
pub use limits::MAX_FILE;
use limits::{MAX_LINE, MAX_LINES};

/// The first bytes of every saved session.
const OPENING: &[u8] = b"{\"sockeye\"";

/// The longest reason said, in characters.
const LONGEST: usize = 240;

/// A byte order mark: some editors write it before UTF-8 text.
const MARK: &[u8] = b"\xef\xbb\xbf";

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
    let text = beginning.strip_prefix(MARK).unwrap_or(beginning);
    text.starts_with(OPENING)
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

/// What is missing of a session that was read all the same: one sentence that begins with the file's name.
pub fn flaw(name: &str, session: &Recording) -> Option<String> {
    let line = session.ends_early()?;
    Some(format!(
        "{name}: the file ends early, within line {line}: only the lines before it were read"
    ))
}

/// Reads a session. Of one that ends within a line, the lines before; [`Recording::ends_early`] has its number.
///
/// # Errors
/// When it can't be read, or the first thing in it that a session does not have.
pub fn read(input: impl BufRead) -> Result<Recording, ImportError> {
    let mut lines = Lines::new(input);
    let Some((_, first)) = lines.next()? else {
        return Err(match lines.cut {
            None => wrong(1, "the file is empty"),
            Some(line) => wrong(line, "the file ends here: nothing of the session is in it"),
        });
    };
    let (header, let_go) = line::header(first).map_err(|message| wrong(1, message))?;
    limits::check_let_go(let_go).map_err(|message| wrong(1, message))?;
    let mut facts = Facts::default();
    while let Some((number, text)) = lines.next()? {
        if number > MAX_LINES {
            return Err(wrong(
                number,
                format!("a session has at most {MAX_LINES} lines"),
            ));
        }
        let parsed = line::parse(text);
        let taken = parsed.and_then(|parsed| facts.take(number, parsed));
        taken.map_err(|message| wrong(number, message))?;
    }
    let mut recording = Recording::new(header, limits::of_a_file());
    recording.had_let_go(let_go);
    facts
        .happen(&mut recording)
        .map_err(|(line, message)| wrong(line, message))?;
    if let Some(line) = lines.cut {
        recording.ended_early(line);
    }
    Ok(recording)
}

/// What is wrong with a line; what is quoted of it is made visible, and cut where it is long.
fn wrong(line: u64, message: impl Into<String>) -> ImportError {
    ImportError::Wrong {
        line,
        message: visible_start(&message.into(), LONGEST).into_owned(),
    }
}

/// The lines of a file, one at a time, none longer than it may be.
struct Lines<R> {
    input: io::Take<R>,
    number: u64,
    buffer: Vec<u8>,
    /// The line within which the file ends.
    cut: Option<u64>,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R) -> Self {
        Self {
            input: input.take(0),
            number: 0,
            buffer: Vec::new(),
            cut: None,
        }
    }

    /// The next line and its number; `None` after the last whole one.
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
            if self.number == 1 && self.buffer.starts_with(MARK) {
                self.buffer.drain(..MARK.len());
            }
            if is_cut(&self.buffer) {
                self.cut = Some(self.number);
                return Ok(None);
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

/// Whether a line is only the beginning of one: the file ends before its object does, or goes on with the zeros of a
/// file whose bytes never reached the disk.
fn is_cut(line: &[u8]) -> bool {
    let has_end = line.ends_with(b"\n");
    let is_padded = line.ends_with(b"\0");
    let is_begun = || {
        let read = serde_json::from_slice::<serde_json::Value>(line);
        read.is_err_and(|error| error.is_eof())
    };
    !has_end && (is_padded || (!line.trim_ascii().is_empty() && is_begun()))
}
