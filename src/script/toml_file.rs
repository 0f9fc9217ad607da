//! A TOML file of ours as text: what is wrong in it is said with its line.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

/// The longest message of an error, in characters.
const LONGEST: usize = 240;

/// The most letters of a text that is shown: one without spaces has few words, however long it is.
const MOST_LETTERS: usize = 4_000;

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Line of the file, from 1.
    pub line: u32,
    /// What is wrong, in one sentence.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for FileError {}

/// The text of a file: it knows the lines.
pub(super) struct TomlFile<'a> {
    text: &'a str,
}

impl<'a> TomlFile<'a> {
    /// The file and what its TOML holds. `what` it is to be, such as `a lesson`, has at most `most` bytes.
    pub(super) fn read<T: DeserializeOwned>(
        text: &'a str,
        most: usize,
        what: &str,
    ) -> Result<(Self, T), FileError> {
        let file = Self { text };
        if text.len() > most {
            let message = format!("the file is larger than {what} may be ({most} bytes)");
            return Err(file.fail(&(0..0), message));
        }
        let raw = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            file.fail(&at, file.plainly(&at, error.message()))
        })?;
        Ok((file, raw))
    }

    /// What is wrong at this place.
    pub(super) fn fail(&self, at: &Range<usize>, message: impl Into<String>) -> FileError {
        FileError {
            line: self.line_of(at.start),
            message: short(message.into()),
        }
    }

    /// A text that is shown: there, and not too long.
    pub(super) fn has_words(
        &self,
        text: &Spanned<String>,
        what: &str,
        most: usize,
    ) -> Result<(), FileError> {
        let words = text.get_ref().split_whitespace().count();
        if words == 0 {
            return Err(self.fail(&text.span(), format!("`{what}` is empty")));
        }
        if words > most {
            let message = format!("`{what}` has {words} words: expected at most {most}");
            return Err(self.fail(&text.span(), message));
        }
        let letters = text.get_ref().chars().count();
        if letters > MOST_LETTERS {
            let message =
                format!("`{what}` has {letters} letters: expected at most {MOST_LETTERS}");
            return Err(self.fail(&text.span(), message));
        }
        Ok(())
    }

    /// The line on which the text of a string begins: a newline right after `'''` is not of it (TOML 1.0, "String").
    pub(super) fn first_line_of(&self, string: &Range<usize>) -> u32 {
        let written = self.text.get(string.clone()).unwrap_or_default();
        let newline = ["'''\n", "'''\r\n", "\"\"\"\n", "\"\"\"\r\n"];
        let skipped = newline.iter().any(|opening| written.starts_with(opening));
        self.line_of(string.start) + u32::from(skipped)
    }

    /// What the TOML reader says of this place. Where a key is missing the place is its table, which is named.
    fn plainly(&self, at: &Range<usize>, message: &str) -> String {
        let Some(key) = message.strip_prefix("missing field ") else {
            return one_line(message);
        };
        let there = self
            .text
            .get(at.start..)
            .and_then(|rest| rest.lines().next());
        match there.map(str::trim) {
            Some(table) if table.starts_with('[') => format!("{key} is missing in `{table}`"),
            _ => format!("{key} is missing"),
        }
    }

    fn line_of(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or_default();
        let newlines = before.matches('\n').count();
        u32::try_from(newlines + 1).unwrap_or(u32::MAX)
    }
}

/// A message without the rest of what it quotes, where that is long.
fn short(message: String) -> String {
    match message.char_indices().nth(LONGEST) {
        None => message,
        Some((cut, _)) => format!("{}…", &message[..cut]),
    }
}

/// A message of the TOML reader in one line.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
