//! How a `select` is written: its lists of names, its seconds, and what it is expected to answer.

use std::time::Duration;

use super::arguments::MAX_SLEEP;
use super::ast::{Invocation, NameLists};
use super::lexer::Kind;
use super::line::{LineError, LineParser, Parsed};
use super::syntax::Holds;

impl LineParser<'_> {
    /// The arguments of `select` with their parentheses.
    pub(super) fn select(&mut self) -> Parsed<Invocation> {
        self.sign('(', "after select")?;
        let start = self.column();
        let mut lists = NameLists::default();
        for (place, list) in lists.0.iter_mut().enumerate() {
            if place > 0 {
                self.sign(',', "and the next list: select takes three")?;
            }
            *list = self.names()?;
        }
        if lists.names().is_empty() {
            return Err(LineError {
                column: start,
                message: "expected the name of a socket in one of the lists: with none, select only waits".to_owned(),
            });
        }
        let timeout = if self.takes(',') { self.limit()? } else { None };
        self.sign(')', "after the arguments of select")?;
        Ok(Invocation::Select { lists, timeout })
    }

    /// A number of seconds, or `None`: without limit.
    fn limit(&mut self) -> Parsed<Option<Duration>> {
        if matches!(self.peek(), Kind::Name(name) if name == "None") {
            self.next();
            return Ok(None);
        }
        let seconds = self.seconds()?;
        // At most MAX_SLEEP and never negative: the parser knows no sign here.
        Ok(Some(Duration::from_secs_f64(seconds.clamp(0.0, MAX_SLEEP))))
    }

    /// Names of sockets between brackets.
    fn names(&mut self) -> Parsed<Vec<super::ast::Name>> {
        self.sign('[', "before names of sockets")?;
        let mut names = Vec::new();
        while *self.peek() != Kind::Sign(']') {
            if !names.is_empty() {
                self.sign(',', "between two names")?;
                // Python allows a comma after the last.
                if *self.peek() == Kind::Sign(']') {
                    break;
                }
            }
            names.push(self.name_of(Holds::Socket)?);
        }
        self.sign(']', "after the names")?;
        Ok(names)
    }

    /// What is expected to be ready: one list, of those to read, or all three.
    pub(super) fn ready(&mut self) -> Parsed<NameLists> {
        let mut lists = NameLists::default();
        let [read, others @ ..] = &mut lists.0;
        *read = self.names()?;
        if self.takes(',') {
            for (place, list) in others.iter_mut().enumerate() {
                if place > 0 {
                    self.sign(',', "and the third list")?;
                }
                *list = self.names()?;
            }
        }
        Ok(lists)
    }
}
