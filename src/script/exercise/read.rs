//! An exercise file's text to [`Exercise`]s, each error with its line.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::model::call::{Method, Protocol};
use crate::model::event::TcpState;
use crate::model::goal::{Answer, CallMade, Condition, Goal, GoalStep, MOST_PIECES, Same};
use crate::script::expect::{End, Expectation, Wait};
use crate::script::syntax;
use crate::script::toml_file::{FileError, TomlFile};

use super::Exercise;

/// The largest file read, in bytes: 1 MiB.
const MAX_FILE: usize = 1024 * 1024;

/// The most words of a task: it is read between two calls.
pub const MAX_TASK: usize = 25;

/// The most words of a hint, of a title, and of what is said in the end.
const MAX_WORDS: usize = 40;

/// How long a call can be asked to wait, seconds.
const WAITS: std::ops::RangeInclusive<f64> = 0.1..=3600.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(rename = "exercise")]
    exercises: Vec<Spanned<RawExercise>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExercise {
    name: Spanned<String>,
    lesson: u32,
    title: Spanned<String>,
    task: Spanned<String>,
    done: Spanned<String>,
    hints: Vec<Spanned<String>>,
    calls: Spanned<String>,
    goal: Spanned<Vec<Spanned<RawCondition>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    call: Option<Spanned<String>>,
    answers: Option<Spanned<String>>,
    host: Option<Spanned<String>>,
    #[serde(default)]
    old_connection: bool,
    protocol: Option<RawProtocol>,
    sends: Option<Spanned<String>>,
    #[serde(default)]
    from_other: bool,
    waits: Option<Spanned<f64>>,
    receives: Option<Spanned<String>>,
    times: Option<Spanned<usize>>,
    merges: Option<usize>,
    queued: Option<u32>,
    open: Option<usize>,
    accepted: Option<usize>,
    state: Option<Spanned<String>>,
    datagram: Option<RawDatagram>,
    same: Option<RawSame>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawProtocol {
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawDatagram {
    Cut,
    Dropped,
    #[serde(rename = "to itself")]
    ToItself,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawSame {
    Socket,
    Address,
}

/// Reads exercises.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(text: &str) -> Result<Vec<Exercise>, FileError> {
    let (file, raw) = TomlFile::read::<RawFile>(text, MAX_FILE, "a file of exercises")?;
    let mut exercises: Vec<Exercise> = Vec::new();
    for raw in &raw.exercises {
        let exercise = file.exercise(raw.get_ref())?;
        if exercises.iter().any(|other| other.name == exercise.name) {
            let message = format!("there are two exercises `{}`", exercise.name);
            return Err(file.fail(&raw.get_ref().name.span(), message));
        }
        exercises.push(exercise);
    }
    Ok(exercises)
}

impl TomlFile<'_> {
    fn exercise(&self, raw: &RawExercise) -> Result<Exercise, FileError> {
        for (text, what, most) in [
            (&raw.name, "name", 1),
            (&raw.title, "title", MAX_WORDS),
            (&raw.task, "task", MAX_TASK),
            (&raw.done, "done", MAX_WORDS),
        ] {
            self.has_words(text, what, most)?;
        }
        for hint in &raw.hints {
            self.has_words(hint, "hints", MAX_WORDS)?;
        }
        syntax::parse(raw.calls.get_ref()).map_err(|error| {
            let at = raw.calls.span();
            FileError {
                line: self.first_line_of(&at) + error.line - 1,
                ..self.fail(&at, format!("column {}: {}", error.column, error.message))
            }
        })?;
        let goal = raw.goal.get_ref();
        if goal.is_empty() {
            return Err(self.fail(&raw.goal.span(), "a goal has at least one condition"));
        }
        let steps = goal.iter().enumerate();
        let steps = steps.map(|(index, raw)| self.goal_step(index, raw));
        Ok(Exercise {
            name: raw.name.get_ref().clone(),
            lesson: raw.lesson,
            title: raw.title.get_ref().clone(),
            task: raw.task.get_ref().clone(),
            done: raw.done.get_ref().clone(),
            hints: raw
                .hints
                .iter()
                .map(|hint| hint.get_ref().clone())
                .collect(),
            calls: raw.calls.get_ref().trim().to_owned(),
            goal: Goal {
                steps: steps.collect::<Result<_, _>>()?,
            },
        })
    }

    fn goal_step(&self, index: usize, raw: &Spanned<RawCondition>) -> Result<GoalStep, FileError> {
        let same = match raw.get_ref().same {
            None => Same::Nothing,
            Some(RawSame::Socket) => Same::Socket,
            Some(RawSame::Address) => Same::SocketAndAddress,
        };
        if same != Same::Nothing && index == 0 {
            let message = "the first condition has none before it to share its `same` with";
            return Err(self.fail(&raw.span(), message));
        }
        Ok(GoalStep {
            condition: self.condition(raw)?,
            same,
        })
    }

    fn condition(&self, spanned: &Spanned<RawCondition>) -> Result<Condition, FileError> {
        let (raw, at) = (spanned.get_ref(), spanned.span());
        self.belong_together(raw, &at)?;
        let open = raw.open.map(|sockets| (sockets, false));
        let open = open.or(raw.accepted.map(|sockets| (sockets, true)));
        let found = [
            raw.call.as_ref().map(|call| self.call(call, raw)),
            raw.receives.as_ref().map(|text| self.pieces(text, raw)),
            raw.merges.map(|sends| Ok(Condition::Merged { sends })),
            raw.queued
                .map(|connections| Ok(Condition::Queued { connections })),
            open.map(|(sockets, accepted)| Ok(Condition::Open { sockets, accepted })),
            raw.state.as_ref().map(|state| self.state(state)),
            raw.datagram.map(|datagram| {
                Ok(match datagram {
                    RawDatagram::Cut => Condition::Cut,
                    RawDatagram::Dropped => Condition::Dropped,
                    RawDatagram::ToItself => Condition::ToItself,
                })
            }),
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(condition), None) => condition,
            _ => Err(self.fail(
                &at,
                "a condition is one of `call`, `receives`, `merges`, `queued`, `open`, `accepted`, `state`, `datagram`",
            )),
        }
    }

    /// No key is passed over in silence: each that says more about another needs that other.
    fn belong_together(&self, raw: &RawCondition, at: &Range<usize>) -> Result<(), FileError> {
        let (call, answers) = (raw.call.is_some(), raw.answers.is_some());
        let more = [
            ("answers", answers, "call", call),
            ("waits", raw.waits.is_some(), "call", call),
            ("host", raw.host.is_some(), "answers", answers),
            ("old_connection", raw.old_connection, "answers", answers),
            ("protocol", raw.protocol.is_some(), "answers", answers),
            ("sends", raw.sends.is_some(), "answers", answers),
            ("from_other", raw.from_other, "answers", answers),
            (
                "times",
                raw.times.is_some(),
                "receives",
                raw.receives.is_some(),
            ),
        ];
        let alone = more.into_iter().find(|(_, is, _, has)| *is && !has);
        if let Some((key, _, other, _)) = alone {
            return Err(self.fail(at, format!("`{key}` stands beside `{other}` only")));
        }
        if raw.open.is_some() && raw.accepted.is_some() {
            return Err(self.fail(at, "a condition counts either `open` or `accepted` sockets"));
        }
        Ok(())
    }

    fn call(&self, call: &Spanned<String>, raw: &RawCondition) -> Result<Condition, FileError> {
        let at = call.span();
        let method = Method::from_name(call.get_ref())
            .ok_or_else(|| self.fail(&at, format!("there is no method `{}`", call.get_ref())))?;
        match (&raw.answers, &raw.waits) {
            (None, Some(seconds)) if WAITS.contains(seconds.get_ref()) => Ok(Condition::Waits {
                method,
                nanos: (seconds.get_ref() * 1e9) as u64,
            }),
            (None, Some(seconds)) => {
                let message = format!("`waits` is {} to {} seconds", WAITS.start(), WAITS.end());
                Err(self.fail(&seconds.span(), message))
            }
            (Some(answers), None) => Ok(Condition::Call(CallMade {
                host: raw.host.as_ref().map(|host| self.host(host)).transpose()?,
                for_old_connection: raw.old_connection,
                protocol: raw.protocol.map(|protocol| match protocol {
                    RawProtocol::Tcp => Protocol::Tcp,
                    RawProtocol::Udp => Protocol::Udp,
                }),
                sends: raw.sends.as_ref().map(|sent| self.sent(sent)).transpose()?,
                from_other: raw.from_other,
                ..CallMade::new(method, self.answer(answers)?)
            })),
            _ => Err(self.fail(&at, "a `call` has either `answers` or `waits`")),
        }
    }

    fn host(&self, host: &Spanned<String>) -> Result<IpAddr, FileError> {
        let parsed = host.get_ref().parse();
        parsed.map_err(|_| self.fail(&host.span(), "`host` is an IP address"))
    }

    fn answer(&self, text: &Spanned<String>) -> Result<Answer, FileError> {
        let at = text.span();
        let expected = syntax::parse_expectation(text.get_ref()).map_err(|error| {
            let message = format!("in `answers`, column {}: {}", error.column, error.message);
            self.fail(&at, message)
        })?;
        answer_of(expected).ok_or_else(|| self.no_end(&at))
    }

    fn sent(&self, text: &Spanned<String>) -> Result<Arc<[u8]>, FileError> {
        match self.answer(text)? {
            Answer::Bytes(bytes) => Ok(bytes),
            _ => Err(self.fail(&text.span(), "`sends` is bytes, as b\"hello\"")),
        }
    }

    fn no_end(&self, at: &Range<usize>) -> FileError {
        self.fail(
            at,
            "`answers` says how a call ends; `waits` is a key of its own",
        )
    }

    fn pieces(&self, text: &Spanned<String>, raw: &RawCondition) -> Result<Condition, FileError> {
        let times = raw.times.as_ref().map_or(1, |times| *times.get_ref());
        if !(1..=MOST_PIECES).contains(&times) || text.get_ref().is_empty() {
            let message = format!("`receives` is a text, and `times` 1 to {MOST_PIECES}");
            return Err(self.fail(&text.span(), message));
        }
        Ok(Condition::Pieces {
            bytes: Arc::from(text.get_ref().as_bytes()),
            receives: times,
        })
    }

    fn state(&self, state: &Spanned<String>) -> Result<Condition, FileError> {
        let found = TcpState::from_name(state.get_ref());
        found.map(Condition::State).ok_or_else(|| {
            let message = format!("there is no TCP state `{}`", state.get_ref());
            self.fail(&state.span(), message)
        })
    }
}

fn answer_of(expected: Expectation) -> Option<Answer> {
    let end = expected.end.filter(|_| expected.wait == Wait::Unsaid)?;
    Some(match end {
        End::Ok => Answer::Ok,
        End::Errno(errno) => Answer::Error(errno),
        End::Integer(number) => Answer::Number(number),
        End::Interrupted => Answer::Interrupted,
        End::Bytes(payload) => Answer::Bytes(payload.to_bytes()?),
        // Which sockets are ready is told by names, and an exercise names none.
        End::Ready(_) => return None,
    })
}
