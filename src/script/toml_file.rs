//! A TOML file of ours as text: what is wrong in it is said with its line.

use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::model::payload::visible_start;

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
            message: visible_start(&message.into(), LONGEST).into_owned(),
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

    /// What the TOML reader says of this place, without the names that only its programmers know. Where a key is
    /// missing the place is its table, which is named.
    fn plainly(&self, at: &Range<usize>, message: &str) -> String {
        let Some(key) = message.strip_prefix("missing field ") else {
            let message = in_plain_words(&one_line(message));
            return match self.key_before(at.start) {
                Some(key) if message.starts_with("expected ") => format!("`{key}`: {message}"),
                _ => message,
            };
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

    /// The key whose value begins at this place, where both are on one line.
    fn key_before(&self, at: usize) -> Option<&str> {
        let line = self.text.get(..at)?.lines().next_back()?;
        let key = line.trim_end().strip_suffix('=')?.trim_end();
        let is_of_key = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        let (_, key) = key
            .rsplit_once(|letter| !is_of_key(letter))
            .unwrap_or(("", key));
        (!key.is_empty()).then_some(key)
    }

    fn line_of(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or_default();
        let newlines = before.matches('\n').count();
        u32::try_from(newlines + 1).unwrap_or(u32::MAX)
    }
}

/// A message of the TOML reader in one line.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the reader says, in words that a file's author knows.
fn in_plain_words(message: &str) -> String {
    if message == "wanted string or table" {
        return "expected a word between quotes".to_owned();
    }
    let wrong = ["invalid type: ", "invalid value: "].into_iter();
    for prefix in wrong {
        let rest = message.strip_prefix(prefix);
        if let Some((found, wanted)) = rest.and_then(|rest| rest.rsplit_once(", expected ")) {
            return format!(
                "expected {}, not {}",
                wanted_words(wanted),
                found_words(found)
            );
        }
    }
    for (prefix, what) in [
        ("unknown field ", "is no key of this table"),
        ("unknown variant ", "is no word for this"),
    ] {
        let rest = message.strip_prefix(prefix);
        if let Some((name, expected)) = rest.and_then(|rest| rest.split_once(", ")) {
            return format!("{name} {what}: {expected}");
        }
    }
    message.to_owned()
}

fn wanted_words(wanted: &str) -> &str {
    match wanted {
        "u32" | "u64" | "usize" => "a whole number from 0",
        "i64" => "a whole number",
        "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a table",
        other => other,
    }
}

fn found_words(found: &str) -> String {
    for (kind, word) in [
        ("integer ", "the number "),
        ("floating point ", "the number "),
        ("string ", "the text "),
        ("boolean ", ""),
    ] {
        if let Some(value) = found.strip_prefix(kind) {
            return format!("{word}{value}");
        }
    }
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        other => other.to_owned(),
    }
}
