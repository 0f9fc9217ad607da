//! The call language, and what plays it.
//!
//! ```text
//! text --syntax--> Script --player--> Requests to a Network, Events back
//! ```
//!
//! - [`ast`]: what a script is made of, and back to text.
//! - [`syntax`]: text to [`ast::Script`], each error with its line and column.
//! - [`expect`]: what a script says a call should answer, and whether it did.
//! - [`options`]: how to play, and what came of it.
//! - [`automatic`]: servers that run by themselves, as state machines.
//! - [`player`]: a state machine that issues one statement after another; its clock is given.
//! - [`driver`]: the thread that runs players beside the window or the terminal.
//! - [`catalog`]: the scripts that ship with the program.
//! - [`lesson`]: scripts with words around them, programs beside them, and questions.
//! - [`moved`]: words about ports that were moved.
//! - [`exercise`]: what a learner is to make happen, with hints.
//! - [`toml_file`]: what both are read from.
//!
//! Nothing is ever evaluated: a script is a list of calls, not a program.

use crate::model::recording::Recording;

pub mod arguments;
pub mod ast;
pub mod automatic;
pub mod catalog;
pub mod driver;
pub mod exercise;
pub mod expect;
pub mod lesson;
mod lexer;
mod line;
mod literal;
pub mod moved;
pub mod options;
pub mod player;
pub mod relay;
mod select;
pub mod syntax;
pub mod toml_file;

/// A script, a lesson or a session, and what it is called.
#[derive(Debug)]
pub struct Loaded {
    /// The name it ships under, or its file.
    pub title: String,
    /// What it is.
    pub what: What,
}

impl Loaded {
    /// A script, and what it is called.
    pub fn script(title: &str, script: ast::Script) -> Self {
        Self {
            title: title.to_owned(),
            what: What::Script(script),
        }
    }
}

/// What was loaded.
#[derive(Debug)]
pub enum What {
    /// A script.
    Script(ast::Script),
    /// A lesson.
    Lesson(Box<lesson::Lesson>),
    /// A saved session: it is looked at, not played.
    Session(Box<Recording>),
}

/// Whether a text is a lesson and not a script, however wrong it is as one: by a line that opens a table of a list or
/// gives `title` a value, or by its first line that is no comment, which in a lesson opens a table or gives a key a text.
/// A script can do none of these; it may call a socket `title`.
pub fn is_lesson(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(first) = lines.next() else {
        return false;
    };
    let value = first.split_once('=').map(|(_, value)| value.trim_start());
    let opens = first.starts_with('[') || value.is_some_and(|value| value.starts_with(['"', '\'']));
    opens || std::iter::once(first).chain(lines).any(is_of_a_lesson)
}

/// Whether no script has such a line, and every lesson has one.
fn is_of_a_lesson(line: &str) -> bool {
    let title = line.strip_prefix("title").map(str::trim_start);
    let value = title.and_then(|rest| rest.strip_prefix('='));
    line.starts_with("[[") || value.is_some_and(|value| !is_call(value.trim()))
}

/// Whether a value begins as a call does: a name, with what it is called on, right before a parenthesis.
fn is_call(value: &str) -> bool {
    let name = value.split_once('(').map_or("", |(name, _)| name);
    let of_names = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    !name.is_empty() && name.chars().all(of_names)
}
