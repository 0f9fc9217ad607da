//! Exercises: the open one is judged on the session at hand, from when it was opened, and ticked once it is met.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use crate::model::goal::Judge;
use crate::model::recording::RowNumber;
use crate::script::exercise::{self, Exercise};
use crate::views::exercises::ExercisesChoices;
use crate::views::{ExerciseAction, ExercisesShown, Mode};

use super::App;

/// The exercises there are, and the judge of the open one.
#[derive(Debug, Default)]
pub(super) struct Exercises {
    all: Vec<Arc<Exercise>>,
    judge: Option<Judge>,
    met: Option<RowNumber>,
}

impl Exercises {
    /// Those that ship; none is open.
    pub(super) fn course() -> Self {
        Self {
            all: exercise::course().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// What views know of them; `choices` say which were done.
    pub(super) fn shown(&self, choices: &ExercisesChoices) -> ExercisesShown<'_> {
        let done = self.all.iter().filter(|it| choices.done.contains(&it.name));
        ExercisesShown {
            all: &self.all,
            done: done.count(),
            met: self.met,
        }
    }
}

impl App {
    pub(super) fn exercise_action(&mut self, action: ExerciseAction) {
        match action {
            ExerciseAction::Show => {
                self.state.exercises.show();
                self.set_mode(Mode::Playground);
                return;
            }
            ExerciseAction::Open(name) => self.state.exercises.open(name),
            ExerciseAction::Again => {
                let exercises = &mut self.state.exercises;
                if let Some(name) = exercises.choices.open.clone() {
                    exercises.choices.done.remove(&name);
                    exercises.open(Some(name));
                }
            }
        }
        self.judge_anew();
    }

    /// From now on the open exercise is judged on the session at hand, unless it is done.
    pub(super) fn judge_anew(&mut self) {
        let choices = &self.state.exercises.choices;
        let open = choices.open.as_ref();
        let open = open.filter(|name| !choices.done.contains(*name));
        let session = &mut self.session;
        let exercise = open.and_then(|name| session.exercises.shown(choices).named(name));
        let judge = exercise.map(|exercise| {
            let now = session.network.now();
            Judge::new(exercise.goal.clone(), &session.recording, now)
        });
        session.exercises.met = None;
        session.exercises.judge = judge;
    }

    /// Looks whether the open exercise was met by what has happened since the last look.
    pub(super) fn judge(&mut self, ctx: &egui::Context) {
        let session = &mut self.session;
        let Some(judge) = &mut session.exercises.judge else {
            return;
        };
        let now = session.network.now();
        if judge.look(&session.recording, session.ladder.flow(), now) {
            ctx.request_repaint();
        }
        if let Some(row) = judge.met() {
            session.exercises.judge = None;
            session.exercises.met = Some(row);
            self.tick(row);
        } else if let Some(due) = judge.due(&session.recording) {
            // Whoever waits sees the tick when it is due, though nothing else happens.
            ctx.request_repaint_after(Duration::from_nanos(due.saturating_sub(now)));
        }
    }

    fn tick(&mut self, row: RowNumber) {
        let choices = &mut self.state.exercises.choices;
        let Some(name) = choices.open.clone() else {
            return;
        };
        choices.done.insert(name.clone());
        let exercise = self.session.exercises.shown(choices).named(&name);
        if let Some(done) = exercise.map(|exercise| exercise.done.clone()) {
            self.session
                .say(format!("Done: {done}, row {}.", row.0), false);
        }
    }
}
