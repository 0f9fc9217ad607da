//! From the steps of a lesson to the script that is played.

use std::sync::Arc;

use crate::model::event::Threading;
use crate::script::ast::{Action, Script, Statement};
use crate::script::syntax::{self, ScriptError};

use super::{Lesson, Needs, Program, Step};

/// The script of these calls, one for each step: the error's line is the step's number, from 1.
pub(super) fn script(
    calls: &[Option<String>],
    steps: &[Step],
    programs: &[Program],
) -> Result<Script, ScriptError> {
    let text: Vec<&str> = calls
        .iter()
        .map(|call| call.as_deref().unwrap_or_default())
        .collect();
    let mut script = syntax::parse(&text.join("\n"))?;
    let mut called = std::mem::take(&mut script.statements)
        .into_iter()
        .peekable();
    for (index, step) in steps.iter().enumerate() {
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let statement = called.next_if(|statement| statement.line == line);
        if statement.is_none() && calls.get(index).is_some_and(Option::is_some) {
            return Err(ScriptError {
                line,
                column: 1,
                message: "expected a statement, or a relay as `NAME: HOST:PORT -> HOST:PORT, …`"
                    .to_owned(),
            });
        }
        script
            .statements
            .push(dressed(statement, step, line, programs));
    }
    script.threading = programs
        .iter()
        .filter(|program| program.threading == Threading::OneThread)
        .map(|program| (Arc::clone(&program.name), program.threading))
        .collect();
    script.roles = programs
        .iter()
        .map(|program| (Arc::clone(&program.name), program.role))
        .collect();
    Ok(script)
}

fn dressed(
    statement: Option<Statement>,
    step: &Step,
    line: u32,
    programs: &[Program],
) -> Statement {
    let program = step.program.and_then(|index| programs.get(index));
    let looked = || Statement {
        line,
        text: Arc::from(""),
        narration: None,
        program: None,
        targets: Vec::new(),
        action: Action::Look,
        expectation: None,
    };
    Statement {
        narration: Some(Arc::from(step.say.as_str())),
        program: program.map(|program| Arc::clone(&program.name)),
        ..statement.unwrap_or_else(looked)
    }
}

pub(super) fn without_neighbour(lesson: &Lesson) -> Lesson {
    let mut alone = lesson.clone();
    alone.neighbour = None;
    alone.steps.retain(|step| step.needs == Needs::Nobody);
    let mut script = Script::clone(&lesson.script);
    let taken = lesson.steps.iter().map(|step| step.needs == Needs::Nobody);
    let mut taken = taken.collect::<Vec<_>>().into_iter();
    script.statements.retain(|_| taken.next().unwrap_or(true));
    for (index, statement) in script.statements.iter_mut().enumerate() {
        statement.line = u32::try_from(index + 1).unwrap_or(u32::MAX);
    }
    alone.script = Arc::new(script);
    alone
}
