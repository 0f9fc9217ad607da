//! The grammar of one line: targets, a call, and its arguments.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::call::Method;

use super::ast::{Action, Name};
use super::expect::{End, Expectation, Wait};
use super::lexer::{self, Kind, Token};
use super::syntax::Holds;
use crate::model::errno::Errno;

/// Why a line does not parse.
pub(super) struct LineError {
    pub(super) column: u32,
    pub(super) message: String,
}

pub(super) type Parsed<T> = Result<T, LineError>;

/// What no variable may be called: Python's keywords, the functions, and the constants.
pub(super) fn is_reserved(name: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ];
    const FAMILIES: [&str; 6] = ["AF_", "SOCK_", "SOL_", "SO_", "IPPROTO_", "SHUT_"];
    KEYWORDS.contains(&name)
        || matches!(
            name,
            "socket" | "sleep" | "interrupt" | "select" | "TCP_NODELAY"
        )
        || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// What may be expected after `# ->`.
const ANSWERS: &str =
    "a number, b\"bytes\", [names], an errno such as EAGAIN, ok, waits or interrupted";

/// Reads the tokens of one line.
pub(super) struct LineParser<'a> {
    tokens: Vec<Token>,
    at: usize,
    held: &'a HashMap<Name, Holds>,
    free: Vec<(Name, u32)>,
}

const END: Token = Token {
    column: u32::MAX,
    kind: Kind::End,
};

impl<'a> LineParser<'a> {
    pub(super) fn new(tokens: Vec<Token>, held: &'a HashMap<Name, Holds>) -> Self {
        Self {
            tokens,
            at: 0,
            held,
            free: Vec::new(),
        }
    }

    /// The names used that nothing above assigns, with their columns.
    pub(super) fn free_names(self) -> Vec<(Name, u32)> {
        self.free
    }

    /// The whole line.
    pub(super) fn statement(&mut self) -> Parsed<(Vec<(Name, Holds)>, Action)> {
        let targets = self.targets()?;
        let start = self.column();
        let action = self.action()?;
        self.end_of_statement()?;
        let targets = assign(targets, &action, start)?;
        Ok((targets, action))
    }

    pub(super) fn peek(&self) -> &Kind {
        &self.token(0).kind
    }

    fn token(&self, ahead: usize) -> &Token {
        self.tokens
            .get(self.at + ahead)
            .or(self.tokens.last())
            .unwrap_or(&END)
    }

    pub(super) fn column(&self) -> u32 {
        self.token(0).column
    }

    pub(super) fn next(&mut self) -> Kind {
        let kind = self.peek().clone();
        self.at += 1;
        kind
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(LineError {
            column: self.column(),
            message: message.into(),
        })
    }

    pub(super) fn expected<T>(&self, what: &str) -> Parsed<T> {
        self.error(format!("expected {what}, found {}", self.peek()))
    }

    /// Whether the token after this one is that sign.
    pub(super) fn is_followed_by(&self, sign: char) -> bool {
        self.token(1).kind == Kind::Sign(sign)
    }

    pub(super) fn takes(&mut self, sign: char) -> bool {
        let found = *self.peek() == Kind::Sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn sign(&mut self, sign: char, after: &str) -> Parsed<()> {
        if self.takes(sign) {
            return Ok(());
        }
        self.expected(&format!("`{sign}` {after}"))
    }

    fn end_of_statement(&self) -> Parsed<()> {
        match self.peek() {
            Kind::End => Ok(()),
            _ => self.expected("the end of the line"),
        }
    }

    /// A name that may be assigned or used, of any kind.
    fn variable(&mut self, what: &str) -> Parsed<(Name, u32)> {
        let column = self.column();
        match self.peek() {
            Kind::Name(name) if is_reserved(name) => {
                self.error(format!("`{name}` can't be a name here: expected {what}"))
            }
            Kind::Name(name) => {
                let name = Arc::from(name.as_str());
                self.at += 1;
                Ok((name, column))
            }
            _ => self.expected(what),
        }
    }

    /// A name used as `wanted`.
    pub(super) fn name_of(&mut self, wanted: Holds) -> Parsed<Name> {
        let (name, column) = self.variable(&format!("the name of {}", wanted.words()))?;
        match self.held.get(&name) {
            Some(holds) if *holds != wanted => {
                return Err(LineError {
                    column,
                    message: format!(
                        "`{name}` holds {}: expected {}",
                        holds.words(),
                        wanted.words()
                    ),
                });
            }
            Some(_) => {}
            None => self.free.push((Arc::clone(&name), column)),
        }
        Ok(name)
    }

    fn targets(&mut self) -> Parsed<Vec<(Name, u32)>> {
        let second = &self.token(1).kind;
        if !matches!(second, Kind::Sign('=' | ',')) {
            return Ok(Vec::new());
        }
        let mut targets = vec![self.variable("a name to assign to")?];
        while self.takes(',') {
            targets.push(self.variable("a second name")?);
        }
        self.sign('=', "after the name")?;
        Ok(targets)
    }

    fn action(&mut self) -> Parsed<Action> {
        let Kind::Name(first) = self.peek().clone() else {
            return self.expected("a call");
        };
        match (first.as_str(), &self.token(1).kind) {
            ("socket", Kind::Sign('.')) => self.error(
                "expected socket(AF_INET, SOCK_STREAM): names stand alone here, as after `from socket import *`",
            ),
            ("socket", _) => {
                self.at += 1;
                let invocation = self.arguments(Method::Socket)?;
                Ok(Action::Call {
                    on: None,
                    invocation,
                })
            }
            ("select", Kind::Sign('.')) => self.error(
                "expected select([…], [], [], seconds): names stand alone here, as after `from select import select`",
            ),
            ("select", _) => {
                self.at += 1;
                let invocation = self.select()?;
                Ok(Action::Call {
                    on: None,
                    invocation,
                })
            }
            ("sleep", Kind::Sign('(')) => {
                self.at += 2;
                let seconds = self.seconds()?;
                self.sign(')', "after the seconds")?;
                Ok(Action::Sleep { seconds })
            }
            ("interrupt", Kind::Sign('(')) => {
                self.at += 2;
                let name = self.name_of(Holds::Socket)?;
                self.sign(')', "after the name")?;
                Ok(Action::Interrupt { name })
            }
            (_, Kind::Sign('(')) => self.error(format!(
                "there is no function `{first}`: expected socket(…), select(…), sleep(…), interrupt(…) or NAME.method(…)"
            )),
            _ => {
                let on = self.name_of(Holds::Socket)?;
                self.sign('.', "and a method after the name")?;
                let method = self.method()?;
                let invocation = self.arguments(method)?;
                Ok(Action::Call {
                    on: Some(on),
                    invocation,
                })
            }
        }
    }

    pub(super) fn method(&mut self) -> Parsed<Method> {
        let Kind::Name(name) = self.peek() else {
            return self.expected("a method");
        };
        match Method::from_name(name) {
            Some(method) if method != Method::Socket => {
                self.at += 1;
                Ok(method)
            }
            _ => {
                let known: Vec<&str> = Method::ALL
                    .into_iter()
                    .filter(|method| *method != Method::Socket)
                    .map(Method::name)
                    .collect();
                self.error(format!(
                    "there is no method `{name}` here: expected one of {}",
                    known.join(", ")
                ))
            }
        }
    }
}

/// Gives each target the kind of value it gets, and refuses what Python would unpack otherwise.
fn assign(targets: Vec<(Name, u32)>, action: &Action, start: u32) -> Parsed<Vec<(Name, Holds)>> {
    let Some((_, column)) = targets.first() else {
        return Ok(Vec::new());
    };
    let fail = |column, message: String| Err(LineError { column, message });
    let Action::Call { invocation, .. } = action else {
        return fail(start, "this returns nothing to assign".to_owned());
    };
    let method = invocation.method();
    let holds: &[Holds] = match method {
        Method::Socket => &[Holds::Socket],
        Method::Accept => &[Holds::Socket, Holds::Address],
        Method::Recv => &[Holds::Bytes],
        Method::RecvFrom => &[Holds::Bytes, Holds::Address],
        Method::GetSockName | Method::GetPeerName => &[Holds::Address],
        Method::GetSockOpt | Method::Send | Method::SendTo => &[Holds::Number],
        Method::Select if targets.len() == 1 => &[Holds::Sockets],
        Method::Select => &[Holds::Sockets, Holds::Sockets, Holds::Sockets],
        _ => &[],
    };
    if holds.is_empty() {
        return fail(start, format!("{method}() returns nothing to assign"));
    }
    if holds.len() != targets.len() {
        let example = match method {
            Method::Accept => "two: write `conn, addr = …`",
            Method::RecvFrom => "two: write `data, address = …`",
            Method::Select => "three lists: write `readable, writable, failed = …`",
            _ => "one value: expected one name",
        };
        return fail(*column, format!("{method}() gives {example}"));
    }
    Ok(targets
        .into_iter()
        .map(|(name, _)| name)
        .zip(holds.iter().copied())
        .collect())
}

/// The expectation in a comment whose text starts at `column`, if it is one.
pub(super) fn expectation(comment: &str, column: u32) -> Parsed<Option<Expectation>> {
    let trimmed = comment.trim_start();
    let Some(rest) = trimmed.strip_prefix("->") else {
        return Ok(None);
    };
    let indent = comment.chars().count() - rest.chars().count();
    let shift = column - 1 + u32::try_from(indent).unwrap_or(0);
    let line = lexer::line(rest).map_err(|error| LineError {
        column: shift + lexer::column(error.at),
        message: error.message,
    })?;
    let tokens = line
        .tokens
        .into_iter()
        .map(|token| Token {
            column: token.column + shift,
            ..token
        })
        .collect();
    let nothing = HashMap::new();
    let mut parser = LineParser::new(tokens, &nothing);
    let expectation = parser.expected_outcome()?;
    parser.end_of_statement()?;
    Ok(Some(expectation))
}

impl LineParser<'_> {
    fn expected_outcome(&mut self) -> Parsed<Expectation> {
        if *self.peek() != Kind::Name("waits".to_owned()) {
            return Ok(Expectation {
                wait: Wait::Unsaid,
                end: Some(self.expected_end()?),
            });
        }
        self.at += 1;
        let mut end = None;
        if self.takes(',') {
            if self.next() != Kind::Name("then".to_owned()) {
                self.at -= 1;
                return self.expected("`then` after `waits,`");
            }
            end = Some(self.expected_end()?);
        }
        Ok(Expectation {
            wait: Wait::Waits,
            end,
        })
    }

    fn expected_end(&mut self) -> Parsed<End> {
        match self.peek() {
            Kind::Integer(_) | Kind::Sign('-') => Ok(End::Integer(self.integer("a number")?)),
            Kind::Bytes(_) => Ok(End::Bytes(self.payload()?)),
            Kind::Sign('[') => Ok(End::Ready(self.ready()?)),
            Kind::Name(name) => {
                let end = match name.as_str() {
                    "ok" => Some(End::Ok),
                    "interrupted" => Some(End::Interrupted),
                    symbol => Errno::from_symbol(symbol).map(End::Errno),
                };
                match end {
                    Some(end) => {
                        self.at += 1;
                        Ok(end)
                    }
                    None => self.expected(ANSWERS),
                }
            }
            _ => self.expected(ANSWERS),
        }
    }
}
