//! Text to [`Script`]: the call language, read line by line.
//!
//! What a learner would type in Python after `from socket import *`. Every error names line and column and what
//! was expected. Nothing is evaluated.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::model::call::Method;
use crate::model::event::Threading;
use crate::model::relay::RelayOrder;
use crate::model::socket::MAX_NAME;

use super::ast::{Action, FreeName, Name, Script, Statement};
use super::expect::Expectation;
use super::lexer::{self, Kind};
use super::line::LineParser;
use super::relay;

/// The largest script read, in bytes: 1 MiB.
pub const MAX_SCRIPT: usize = 1024 * 1024;

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for ScriptError {}

/// What a name holds, as far as the text tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A socket, from `socket()` or `accept()`.
    Socket,
    /// An address, from accept, recvfrom, getsockname or getpeername.
    Address,
    /// Bytes, from recv or recvfrom.
    Bytes,
    /// A number, from send, sendall, sendto or getsockopt.
    Number,
    /// Lists of sockets, from select: to be shown only.
    Sockets,
}

impl Holds {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Socket => "a socket",
            Self::Address => "an address",
            Self::Bytes => "bytes",
            Self::Number => "a number",
            Self::Sockets => "lists of sockets",
        }
    }
}

/// Reads a script whose names are all its own.
///
/// # Errors
/// The first thing that is wrong, with its line and column.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let script = parse_open(text)?;
    match script.free_names.first() {
        None => Ok(script),
        Some(free) => Err(ScriptError {
            line: free.line,
            column: free.column,
            message: format!(
                "`{}` has no value here: expected a name that a line above assigns",
                free.name
            ),
        }),
    }
}

/// Reads a script that may use names of sockets which are open already; they are in [`Script::free_names`].
///
/// # Errors
/// The first thing that is wrong, with its line and column.
pub fn parse_open(text: &str) -> Result<Script, ScriptError> {
    if text.len() > MAX_SCRIPT {
        return Err(ScriptError {
            line: 1,
            column: 1,
            message: format!(
                "the script has {} bytes: expected at most {MAX_SCRIPT}",
                text.len()
            ),
        });
    }
    let mut reader = Reader::default();
    for (number, line) in text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .lines()
        .enumerate()
    {
        reader.line(u32::try_from(number + 1).unwrap_or(u32::MAX), line)?;
    }
    reader.finish()
}

/// Reads one line typed by hand: one statement, whose names are resolved when it is played.
///
/// # Errors
/// What is wrong, with its column. An empty line or a comment alone is one.
pub fn parse_line(text: &str) -> Result<Script, ScriptError> {
    let fail = |message: &str| {
        Err(ScriptError {
            line: 1,
            column: 1,
            message: message.to_owned(),
        })
    };
    if text.lines().count() > 1 {
        return fail("expected one statement on one line");
    }
    let script = parse_open(text)?;
    if script.statements.is_empty() {
        return fail("expected a call, such as client.recv(1024)");
    }
    Ok(script)
}

/// Reads an expectation: what may stand after `# ->`.
///
/// # Errors
/// What is wrong, with its column.
pub fn parse_expectation(text: &str) -> Result<Expectation, ScriptError> {
    let fail = |column, message| ScriptError {
        line: 1,
        column,
        message,
    };
    if text.len() > MAX_SCRIPT {
        return Err(fail(1, format!("expected at most {MAX_SCRIPT} bytes")));
    }
    if text.lines().count() > 1 {
        return Err(fail(1, "expected an answer on one line".to_owned()));
    }
    match super::line::expectation(&format!("->{text}"), 1) {
        Ok(Some(expectation)) => Ok(expectation),
        Ok(None) => Err(fail(1, "expected what a call answers".to_owned())),
        Err(error) => Err(fail(error.column.saturating_sub(2).max(1), error.message)),
    }
}

#[derive(Default)]
struct Reader {
    script: Script,
    held: HashMap<Name, Holds>,
    narration: Vec<String>,
    directives: Vec<(Name, u32, u32)>,
}

impl Reader {
    fn line(&mut self, number: u32, text: &str) -> Result<(), ScriptError> {
        let at = |column, message| ScriptError {
            line: number,
            column,
            message,
        };
        let line = lexer::line(text).map_err(|error| at(lexer::column(error.at), error.message))?;
        if matches!(line.tokens.first(), Some(token) if token.kind == Kind::End) {
            return match line.comment {
                Some((comment, column)) => self.comment(number, column, &comment),
                None => Ok(()),
            };
        }
        if is_import(text) {
            return Ok(());
        }
        let mut parser = LineParser::new(line.tokens, &self.held);
        let parsed = parser
            .statement()
            .and_then(|(targets, action)| {
                let expectation = match &line.comment {
                    Some((comment, column)) => super::line::expectation(comment, *column)?,
                    None => None,
                };
                Ok((targets, action, expectation))
            })
            .map_err(|error| at(error.column, error.message))?;
        let (targets, action, expectation) = parsed;
        if expectation.is_some() && !matches!(action, Action::Call { .. }) {
            let column = line.comment.map_or(1, |(_, column)| column);
            return Err(at(
                column,
                "only a call can have an expectation after `# ->`".to_owned(),
            ));
        }
        if let Some(name) = expectation
            .as_ref()
            .and_then(|expectation| expectation.stranger(&action))
        {
            let column = line.comment.map_or(1, |(_, column)| column);
            return Err(at(
                column,
                format!("`{name}` is in no list of this call: nothing else can be in its answer"),
            ));
        }
        for (name, column) in parser.free_names() {
            self.script.free_names.push(FreeName {
                name,
                line: number,
                column,
            });
        }
        for (target, holds) in &targets {
            self.held.insert(Arc::clone(target), *holds);
        }
        let written: String = text.chars().take(line.statement_end).collect();
        let narration = self.take_narration();
        self.script.statements.push(Statement {
            line: number,
            text: Arc::from(written.trim()),
            narration,
            program: None,
            targets: targets.into_iter().map(|(target, _)| target).collect(),
            action,
            expectation,
        });
        Ok(())
    }

    fn comment(&mut self, line: u32, column: u32, text: &str) -> Result<(), ScriptError> {
        let words = text.trim();
        if words.starts_with("->") {
            return Err(ScriptError {
                line,
                column,
                message: "expected a call before `# ->` on the same line".to_owned(),
            });
        }
        if let Some(relay) = self.relay(line, column, text)? {
            let narration = self.take_narration();
            self.script.statements.push(Statement {
                line,
                text: Arc::from(format!("# {words}")),
                narration,
                program: None,
                targets: Vec::new(),
                action: Action::Relay(Arc::new(relay)),
                expectation: None,
            });
            return Ok(());
        }
        let directive = words
            .strip_prefix("program ")
            .and_then(|rest| rest.split_once(':'));
        let Some((name, value)) = directive.filter(|(name, _)| is_name(name.trim())) else {
            if !words.is_empty() {
                self.narration.push(words.to_owned());
            }
            return Ok(());
        };
        let threading = match value.trim() {
            "one thread" => Threading::OneThread,
            "thread per socket" => Threading::ThreadPerSocket,
            _ => {
                return Err(ScriptError {
                    line,
                    column,
                    message:
                        "expected `one thread` or `thread per socket` after this `program NAME:`"
                            .to_owned(),
                });
            }
        };
        let name: Name = Arc::from(name.trim());
        self.directives.push((Arc::clone(&name), line, column));
        self.script.threading.push((name, threading));
        Ok(())
    }

    /// The relay of a comment `relay NAME: …`; any other is none.
    fn relay(&self, line: u32, column: u32, text: &str) -> Result<Option<RelayOrder>, ScriptError> {
        let Some((start, rest)) = text.split_once(':') else {
            return Ok(None);
        };
        let name = start.trim_start().strip_prefix("relay ").map(str::trim);
        let Some(name) = name.filter(|name| is_name(name)) else {
            return Ok(None);
        };
        let before = start.chars().count() + 1;
        let wrong = |at: usize, message| ScriptError {
            line,
            column: column.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)),
            message,
        };
        let same = |statement: &Statement| matches!(&statement.action, Action::Relay(order) if &*order.name == name);
        if self.script.statements.iter().any(same) {
            return Err(wrong(0, format!("there are two relays `{name}`")));
        }
        let order = relay::parse(name, rest);
        order
            .map(Some)
            .map_err(|error| wrong(before + error.at, error.message))
    }

    fn take_narration(&mut self) -> Option<Arc<str>> {
        let lines = std::mem::take(&mut self.narration);
        (!lines.is_empty()).then(|| Arc::from(lines.join(" ")))
    }

    fn finish(mut self) -> Result<Script, ScriptError> {
        self.script.epilogue = self.take_narration();
        for (name, line, column) in self.directives {
            if !self.script.makes_socket(&name) {
                return Err(ScriptError {
                    line,
                    column,
                    message: format!(
                        "no line makes a program `{name}`: expected `{name} = socket(…)`"
                    ),
                });
            }
        }
        Ok(self.script)
    }
}

impl Script {
    fn makes_socket(&self, name: &str) -> bool {
        self.statements.iter().any(|statement| {
            matches!(
                &statement.action,
                Action::Call { on: None, invocation } if invocation.method() == Method::Socket
            ) && statement.targets.iter().any(|target| &**target == name)
        })
    }
}

/// What a program of the same text starts with in Python; here the names are there anyway.
fn is_import(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    matches!(
        words[..],
        ["from", "socket", "import", "*"]
            | ["from", "select", "import", "select"]
            | ["from", "time", "import", "sleep"]
    )
}

/// Whether a text can name a socket: a Python name of ASCII letters, digits and `_`, at most [`MAX_NAME`] of them, that
/// means nothing else here.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.len() <= MAX_NAME
        && !super::line::is_reserved(text)
}
