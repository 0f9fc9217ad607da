//! What a step's call really did, and which guess that makes true.

use crate::model::call::{Bytes, Method, Outcome, SocketId, SocketLists, Value};
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::script::ast::{Action, Name, Script};
use crate::script::expect::{self, Expectation, Wait};
use crate::script::player::WAITS_AFTER;

use super::{Answers, Guess, Question};

/// What the call of a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// Its row in the log; the first, where it is a `sendall` in parts.
    pub row: RowNumber,
    method: Method,
    outcome: Option<Outcome>,
    moved: u64,
    waited: bool,
    /// The names and sockets that a `select` watches.
    watched: Vec<(Name, SocketId)>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The choice at this place, from 0, came true.
    Choice(usize),
    /// None of the choices did; or the question had none. What happened, in the words of expectations.
    Other(String),
}

/// What a call watches, under the names that the recording gives: in a script of its own those are the script's.
fn watched(entry: &CallEntry, recording: &Recording) -> Vec<(Name, SocketId)> {
    let sockets = entry.call.watched().map(SocketLists::sockets);
    let named = |id: SocketId| (Name::from(recording.sockets().name_of(id)), id);
    sockets.into_iter().flatten().map(named).collect()
}

impl Happened {
    /// What the statement on `line` of `script` did at the time `now` (nanoseconds of the network's clock), looked for
    /// in the rows younger than `after`. `None`: it was not called yet.
    pub fn on_line(
        recording: &Recording,
        script: &Script,
        line: u32,
        after: Option<RowNumber>,
        now: u64,
    ) -> Option<Self> {
        let statement = script.statements.iter().find(|it| it.line == line)?;
        let Action::Call { invocation, .. } = &statement.action else {
            return None;
        };
        let method = invocation.method();
        let is_method =
            |made: Method| made == method || (method == Method::SendAll && made == Method::Send);
        let rows = (0..recording.len()).rev();
        let rows = rows.map_while(|index| recording.row(index));
        let rows = rows.take_while(|entry| after.is_none_or(|after| entry.number > after));
        let mut found: Option<Self> = None;
        for entry in rows {
            let asked = entry.line == Some(line) && !entry.at_end;
            if !asked || !is_method(entry.call.method()) {
                continue;
            }
            let moved = found.as_ref().map_or(0, |found| found.moved) + entry.bytes_moved;
            let until = entry.end.map_or(now, |end| end.at);
            let took = until.saturating_sub(entry.start.at);
            let waited = found.as_ref().is_some_and(|found| found.waited);
            let outcome = found.and_then(|found| found.outcome);
            found = Some(Self {
                row: entry.number,
                method,
                watched: watched(&entry, recording),
                outcome: outcome.or(entry.outcome),
                moved,
                waited: waited || u128::from(took) >= WAITS_AFTER.as_nanos(),
            });
        }
        found
    }

    /// Whether it is still in its system call.
    pub fn is_waiting(&self) -> bool {
        self.outcome.is_none()
    }

    /// Whether an expectation holds of it so far.
    pub fn holds(&self, expected: &Expectation) -> bool {
        let wait = expected.wait == Wait::Unsaid || self.waited;
        let end = match (&expected.end, &self.outcome) {
            (None, _) => expected.wait == Wait::Waits || self.outcome.is_some(),
            (Some(end), Some(outcome)) => end.holds(outcome, self.moved, &self.watched),
            // It can still come to that, if waiting is what was expected first.
            (Some(_), None) => expected.wait == Wait::Waits,
        };
        wait && end
    }

    /// What happened, in the words of expectations: `13`, `EAGAIN`, `it waits`.
    pub fn words(&self) -> String {
        match &self.outcome {
            None => "it waits".to_owned(),
            Some(outcome) => expect::describe(self.method, outcome, self.moved, &self.watched),
        }
    }

    /// Whether a learner's own words mean what happened: the value in Python's spelling or as bare text, the errno's
    /// symbol, `waits`. Upper and lower case count only in bytes.
    fn is_meant_by(&self, said: &str) -> bool {
        let said = said.trim();
        let same = |word: &str| said.eq_ignore_ascii_case(word);
        if self.waited && ["wait", "waits", "it waits"].into_iter().any(same) {
            return true;
        }
        match &self.outcome {
            None => false,
            Some(Outcome::Error(errno)) => same(&errno.symbol()) || same(errno.python_exception()),
            Some(Outcome::Ok(Value::Received { bytes, .. })) => {
                said == self.words() || is_text(bytes, said)
            }
            Some(_) => same(&self.words()),
        }
    }
}

fn is_text(bytes: &Bytes, said: &str) -> bool {
    bytes.whole().is_some_and(|whole| whole == said.as_bytes())
}

impl Question {
    /// What became of it.
    pub fn answered(&self, happened: &Happened) -> Answered {
        let choice = self
            .wait_that_came_true(happened)
            .or_else(|| self.choice(|when| happened.holds(when)));
        choice.map_or_else(|| Answered::Other(happened.words()), Answered::Choice)
    }

    /// What the system did, as a sentence, with the letter of the choice that this makes true. `answer` puts what the
    /// call returned behind `your system answered`.
    pub fn told(&self, happened: &Happened, answer: impl Fn(String) -> String) -> String {
        let answered = || format!("your system answered{}", answer(happened.words()));
        let did = match (happened.is_waiting(), self.wait_that_came_true(happened)) {
            (true, _) => "the call waits".to_owned(),
            (false, Some(_)) => format!("the call waited, then {}", answered()),
            (false, None) => answered(),
        };
        match (self.answered(happened), &self.answers) {
            (Answered::Choice(choice), _) => format!("{}: {}.", upper_start(&did), letter(choice)),
            (Answered::Other(_), Answers::Choices(_)) => format!("None of these: {did}."),
            (Answered::Other(_), Answers::Text) => format!("{}.", upper_start(&did)),
        }
    }

    /// The choice that says of a call which waited that it waits. It stays true when the call has returned: the wait
    /// was what was asked about.
    fn wait_that_came_true(&self, happened: &Happened) -> Option<usize> {
        self.choice(|when| when.wait == Wait::Waits && happened.holds(when))
    }

    fn choice(&self, is_so: impl Fn(&Expectation) -> bool) -> Option<usize> {
        match &self.answers {
            Answers::Choices(choices) => choices.iter().position(|choice| is_so(&choice.when)),
            Answers::Text => None,
        }
    }

    /// Whether a guess came true. `None`: nobody guessed, or nothing that was offered did.
    pub fn is_right(&self, guess: &Guess, happened: &Happened) -> Option<bool> {
        match (guess, self.answered(happened)) {
            (Guess::Choice(guess), Answered::Choice(choice)) => Some(*guess == choice),
            (Guess::Text(said), _) => Some(happened.is_meant_by(said)),
            (Guess::Choice(_), Answered::Other(_)) | (Guess::Skipped, _) => None,
        }
    }
}

/// A choice's letter: A for the first.
pub fn letter(choice: usize) -> char {
    char::from(b'A'.saturating_add(u8::try_from(choice).unwrap_or(u8::MAX)))
}

fn upper_start(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
