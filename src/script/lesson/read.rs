//! A lesson file's text to a [`Lesson`], each error with its line.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::model::event::{Role, Threading};
use crate::script::ast::{Action, Name, Script, Statement};
use crate::script::expect::Expectation;
use crate::script::syntax;
use crate::script::toml_file::TomlFile;

pub use crate::script::toml_file::FileError as LessonError;

use super::prose::{is_file_name, sentences, shown};
use super::{Answers, Card, Choice, Lesson, Needs, Program, Question, Step, compose};

/// The largest lesson read, in bytes: 1 MiB.
pub const MAX_LESSON: usize = 1024 * 1024;

/// The most words said in a step: what is read while a picture is looked at must be short.
pub const MAX_WORDS: usize = 40;

/// The most sentences said at once.
const MAX_SENTENCES: usize = 2;

/// The largest script of a neighbour, in bytes: a pipe takes it at once (`man 7 pipe`: 64 KiB on Linux, 16 KiB elsewhere).
pub const MAX_NEIGHBOUR: usize = 16 * 1024;

/// The most steps of a lesson.
const MAX_STEPS: usize = 500;
/// The most programs of a lesson.
const MAX_PROGRAMS: usize = 16;
/// How many choices a question offers.
const CHOICES: std::ops::RangeInclusive<usize> = 2..=4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLesson {
    title: Spanned<String>,
    goal: Spanned<String>,
    #[serde(default, rename = "program")]
    programs: Vec<Spanned<RawProgram>>,
    #[serde(default, rename = "step")]
    steps: Vec<Spanned<RawStep>>,
    neighbour: Option<RawNeighbour>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `name`, `file`, `role` and `source`"
)]
struct RawProgram {
    name: Spanned<String>,
    file: Spanned<String>,
    role: Role,
    threads: Option<RawThreads>,
    source: Spanned<String>,
    c: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawThreads {
    One,
    Socket,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `say`")]
struct RawStep {
    say: Spanned<String>,
    program: Option<Spanned<String>>,
    line: Option<Spanned<u32>>,
    call: Option<Spanned<String>>,
    relay: Option<Spanned<String>>,
    question: Option<Spanned<RawQuestion>>,
    card: Option<RawCard>,
    needs: Option<RawNeeds>,
    set: Option<Spanned<BTreeMap<String, i64>>>,
}

impl RawStep {
    /// What it does: which key says so, its text, and what stands before that in the script, characters.
    fn written(&self) -> (&'static str, Option<&Spanned<String>>, u32) {
        match &self.relay {
            Some(relay) => ("relay", Some(relay), 8),
            None => ("call", self.call.as_ref(), 0),
        }
    }

    /// Its line of the script.
    fn statement(&self) -> Option<String> {
        let (_, text, before) = self.written();
        let start = if before > 0 { "# relay " } else { "" };
        Some(format!("{start}{}", text?.get_ref()))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawNeeds {
    Neighbour,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `lecture` and `system`")]
struct RawCard {
    lecture: Spanned<String>,
    system: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `ask`, and `choices` or `text = true`"
)]
struct RawQuestion {
    ask: Spanned<String>,
    #[serde(default)]
    choices: Vec<RawChoice>,
    #[serde(default)]
    text: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `text` and `when`")]
struct RawChoice {
    text: Spanned<String>,
    when: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `script`")]
struct RawNeighbour {
    script: Spanned<String>,
}

/// Reads a lesson.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(text: &str) -> Result<Lesson, LessonError> {
    let (file, raw) = TomlFile::read::<RawLesson>(text, MAX_LESSON, "a lesson")?;
    file.lesson(&raw)
}

impl TomlFile<'_> {
    fn lesson(&self, raw: &RawLesson) -> Result<Lesson, LessonError> {
        self.said(&raw.title, "title")?;
        self.said(&raw.goal, "goal")?;
        let programs = self.programs(&raw.programs)?;
        if let Some(extra) = raw.steps.get(MAX_STEPS) {
            let message = format!("a lesson has at most {MAX_STEPS} steps");
            return Err(self.fail(&extra.span(), message));
        }
        if raw.steps.is_empty() {
            let message = "a lesson has at least one `[[step]]`".to_owned();
            return Err(LessonError { line: 1, message });
        }
        let steps = raw.steps.iter().map(|step| self.step(step, &programs));
        let steps = steps.collect::<Result<Vec<Step>, _>>()?;
        let calls = raw.steps.iter().map(|step| step.get_ref().statement());
        let calls: Vec<Option<String>> = calls.collect();
        let script = compose::script(&calls, &steps, &programs).map_err(|error| {
            let step = raw.steps.get((error.line as usize).saturating_sub(1));
            let (what, text, before) = step.map_or(("call", None, 0), |it| it.get_ref().written());
            let at = text.map_or(0..0, Spanned::span);
            let column = error.column.saturating_sub(before);
            self.fail(
                &at,
                format!("in `{what}`, column {column}: {}", error.message),
            )
        })?;
        for (step, statement) in raw.steps.iter().zip(&script.statements) {
            self.line_makes_call(step.get_ref(), statement, &programs)?;
            self.sets_its_own(step.get_ref(), &script, &programs)?;
        }
        Ok(Lesson {
            title: shown(&raw.title),
            goal: shown(&raw.goal),
            programs,
            steps,
            script: Arc::new(script),
            neighbour: self.neighbour(raw.neighbour.as_ref())?,
        })
    }

    fn neighbour(&self, raw: Option<&RawNeighbour>) -> Result<Option<Arc<str>>, LessonError> {
        let Some(raw) = raw else { return Ok(None) };
        let text = raw.script.get_ref();
        let at = raw.script.span();
        if text.len() > MAX_NEIGHBOUR {
            let message = format!("the neighbour's script has at most {MAX_NEIGHBOUR} bytes");
            return Err(self.fail(&at, message));
        }
        match syntax::parse(text) {
            Ok(_) => Ok(Some(Arc::from(text.as_str()))),
            Err(error) => Err(LessonError {
                line: self.first_line_of(&at) + error.line - 1,
                ..self.fail(&at, format!("column {}: {}", error.column, error.message))
            }),
        }
    }

    fn said(&self, text: &Spanned<String>, what: &str) -> Result<(), LessonError> {
        self.has_words(text, what, MAX_WORDS)?;
        let sentences = sentences(text.get_ref());
        if sentences > MAX_SENTENCES {
            let message =
                format!("`{what}` has {sentences} sentences: expected at most {MAX_SENTENCES}");
            return Err(self.fail(&text.span(), message));
        }
        Ok(())
    }

    fn programs(&self, raw: &[Spanned<RawProgram>]) -> Result<Vec<Program>, LessonError> {
        if let Some(extra) = raw.get(MAX_PROGRAMS) {
            let message = format!("a lesson has at most {MAX_PROGRAMS} programs");
            return Err(self.fail(&extra.span(), message));
        }
        let mut programs: Vec<Program> = Vec::new();
        for program in raw.iter().map(Spanned::get_ref) {
            let name = program.name.get_ref();
            if !syntax::is_name(name) {
                let message = format!("`{name}` can't name a program: expected a Python name");
                return Err(self.fail(&program.name.span(), message));
            }
            if programs.iter().any(|other| *other.name == **name) {
                let message = format!("there are two programs `{name}`");
                return Err(self.fail(&program.name.span(), message));
            }
            self.said(&program.file, "file")?;
            if !is_file_name(program.file.get_ref()) {
                let message =
                    "`file` is a name such as tcpServer.py: letters, digits, `_`, `-` and `.`";
                return Err(self.fail(&program.file.span(), message));
            }
            programs.push(Program {
                name: Arc::from(name.as_str()),
                file: program.file.get_ref().clone(),
                role: program.role,
                threading: match program.threads {
                    Some(RawThreads::One) => Threading::OneThread,
                    Some(RawThreads::Socket) | None => Threading::ThreadPerSocket,
                },
                source: program.source.get_ref().clone(),
                c: program.c.clone(),
            });
        }
        Ok(programs)
    }

    fn step(&self, raw: &Spanned<RawStep>, programs: &[Program]) -> Result<Step, LessonError> {
        let step = raw.get_ref();
        self.said(&step.say, "say")?;
        let program = self.program(step, programs)?;
        let line = self.source_line(step, program.and_then(|index| programs.get(index)))?;
        let (what, statement, _) = step.written();
        if let Some(text) = statement {
            let is_one = text.get_ref().lines().count() == 1;
            if !is_one || text.get_ref().trim_start().starts_with('#') {
                let message = format!("`{what}` is one statement on one line");
                return Err(self.fail(&text.span(), message));
            }
        }
        if let (Some(relay), true) = (&step.relay, step.call.is_some() || program.is_some()) {
            let message = "a `relay` is a step of its own: it has no `call` and no `program`";
            return Err(self.fail(&relay.span(), message));
        }
        let question = step.question.as_ref();
        if let Some(question) = question.filter(|_| step.call.is_none()) {
            let message = "a question needs a `call` in its step: what that answers is the answer";
            return Err(self.fail(&question.span(), message));
        }
        Ok(Step {
            say: shown(&step.say),
            program,
            line,
            question: question.map(|raw| self.question(raw)).transpose()?,
            card: step.card.as_ref().map(|card| self.card(card)).transpose()?,
            needs: match step.needs {
                Some(RawNeeds::Neighbour) => Needs::Neighbour,
                None => Needs::Nobody,
            },
            set: step.set.as_ref().map_or_else(Vec::new, |set| {
                let values = set.get_ref().iter();
                values
                    .map(|(name, value)| (Name::from(name.as_str()), *value))
                    .collect()
            }),
        })
    }

    /// What a step sets are variables of its program that no call gives anything to.
    fn sets_its_own(
        &self,
        step: &RawStep,
        script: &Script,
        programs: &[Program],
    ) -> Result<(), LessonError> {
        let Some(set) = &step.set else {
            return Ok(());
        };
        let Some(program) = self.program(step, programs)? else {
            let message = "a `set` needs the `program` whose variables it names";
            return Err(self.fail(&set.span(), message));
        };
        let source = programs.get(program).map_or("", |it| it.source.as_str());
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let given = |name: &str| {
            let mut targets = script.statements.iter().flat_map(|it| &it.targets);
            targets.any(|target| **target == *name)
        };
        for name in set.get_ref().keys() {
            let message = if given(name) {
                format!("`set`: what `{name}` holds is what a call gives it")
            } else if !source
                .split(|letter| !is_part(letter))
                .any(|word| word == name)
            {
                format!("`set`: `{name}` does not stand in the program's `source`")
            } else {
                continue;
            };
            return Err(self.fail(&set.span(), message));
        }
        Ok(())
    }

    fn program(&self, step: &RawStep, programs: &[Program]) -> Result<Option<usize>, LessonError> {
        let Some(wanted) = &step.program else {
            return Ok(None);
        };
        let found = programs
            .iter()
            .position(|program| *program.name == **wanted.get_ref());
        match found {
            Some(found) => Ok(Some(found)),
            None => Err(self.fail(
                &wanted.span(),
                format!("there is no program `{}`", wanted.get_ref()),
            )),
        }
    }

    fn source_line(
        &self,
        step: &RawStep,
        program: Option<&Program>,
    ) -> Result<Option<u32>, LessonError> {
        let Some(line) = &step.line else {
            return Ok(None);
        };
        let Some(program) = program else {
            return Err(self.fail(&line.span(), "a `line` needs the `program` it is of"));
        };
        let lines = program.source.lines().count();
        if !(1..=lines).contains(&(*line.get_ref() as usize)) {
            let message = format!("{} has lines 1 to {lines}", program.file);
            return Err(self.fail(&line.span(), message));
        }
        let written = program.line(*line.get_ref()).unwrap_or_default();
        if written.trim().is_empty() {
            let message = format!("line {} of {} is empty", line.get_ref(), program.file);
            return Err(self.fail(&line.span(), message));
        }
        Ok(Some(*line.get_ref()))
    }

    /// The line that lights up makes the call of its step, or calls the program's own function that does.
    fn line_makes_call(
        &self,
        step: &RawStep,
        statement: &Statement,
        programs: &[Program],
    ) -> Result<(), LessonError> {
        let (Some(line), Action::Call { invocation, .. }) = (&step.line, &statement.action) else {
            return Ok(());
        };
        let Some(program) = self
            .program(step, programs)?
            .and_then(|it| programs.get(it))
        else {
            return Ok(());
        };
        let method = invocation.method();
        if program.makes_call(*line.get_ref(), method) {
            return Ok(());
        }
        let message = format!(
            "line {} of {} does not call `{}`, which this step does: it is `{}`",
            line.get_ref(),
            program.file,
            method.name(),
            program.line(*line.get_ref()).unwrap_or_default().trim(),
        );
        Err(self.fail(&line.span(), message))
    }

    fn card(&self, raw: &RawCard) -> Result<Card, LessonError> {
        self.said(&raw.lecture, "lecture")?;
        self.said(&raw.system, "system")?;
        Ok(Card {
            lecture: shown(&raw.lecture),
            system: shown(&raw.system),
        })
    }

    fn question(&self, raw: &Spanned<RawQuestion>) -> Result<Question, LessonError> {
        let question = raw.get_ref();
        self.said(&question.ask, "ask")?;
        let answers = if question.text {
            if !question.choices.is_empty() {
                let message = "a question has `choices` or `text = true`, not both";
                return Err(self.fail(&raw.span(), message));
            }
            Answers::Text
        } else {
            if !CHOICES.contains(&question.choices.len()) {
                let message = "a question has two to four `choices`, or `text = true`";
                return Err(self.fail(&raw.span(), message));
            }
            let choices = question.choices.iter().map(|choice| self.choice(choice));
            Answers::Choices(choices.collect::<Result<_, _>>()?)
        };
        Ok(Question {
            ask: shown(&question.ask),
            answers,
        })
    }

    fn choice(&self, raw: &RawChoice) -> Result<Choice, LessonError> {
        self.said(&raw.text, "text")?;
        let when: Expectation = syntax::parse_expectation(raw.when.get_ref()).map_err(|error| {
            let message = format!("in `when`, column {}: {}", error.column, error.message);
            self.fail(&raw.when.span(), message)
        })?;
        Ok(Choice {
            text: shown(&raw.text),
            when,
        })
    }
}
