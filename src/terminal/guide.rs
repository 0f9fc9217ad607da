//! A lesson in the terminal: its questions, where a person is there to answer them, and its neighbour.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded, never};

use crate::model::recording::Recording;
use crate::neighbour::Neighbour;
use crate::script::driver::DriverHandle;
use crate::script::lesson::{Answers, Guess, Happened, Lesson, Needs, Question, letter};
use crate::script::options::{Pace, PlayOptions, PlayerId, PlayerState};

use super::play::complain;
use super::printer::Printer;

/// Longest line a learner may answer with, in bytes.
const MAX_ANSWER: usize = 1024;

/// Goes along with a play: asks, and starts the neighbour.
pub(super) struct Guide {
    lesson: Arc<Lesson>,
    typed: Receiver<String>,
    /// Whether somebody is there to answer: the play then waits at questions.
    asks: bool,
    neighbour: Option<Neighbour>,
    /// What runs as the neighbour, until it does.
    executable: Option<PathBuf>,
    guesses: Vec<Option<Guess>>,
    /// The step whose question is open.
    asking: Option<usize>,
    stands_at: Option<usize>,
}

/// What a guide may look at and steer.
pub(super) struct Scene<'a> {
    pub(super) recording: &'a Recording,
    pub(super) driver: &'a DriverHandle,
    pub(super) id: PlayerId,
    pub(super) now: u64,
}

impl Guide {
    /// For a lesson played with `options`, which it makes wait for each step where somebody is there to be asked.
    pub(super) fn new(lesson: Arc<Lesson>, options: &mut PlayOptions, printed: bool) -> Self {
        let is_there = io::stdin().is_terminal() && io::stdout().is_terminal();
        let has_questions = lesson.steps.iter().any(|step| step.question.is_some());
        let asks = printed && is_there && has_questions;
        if asks {
            options.pace = Pace::Paused;
        }
        Self {
            typed: if asks { lines_typed() } else { never() },
            asks,
            neighbour: None,
            executable: lesson
                .needs_neighbour()
                .then(std::env::current_exe)
                .and_then(Result::ok),
            guesses: vec![None; lesson.steps.len()],
            asking: None,
            stands_at: None,
            lesson,
        }
    }

    /// Lines that were typed; disconnected when there will be no more.
    pub(super) fn typed(&self) -> &Receiver<String> {
        &self.typed
    }

    /// The player stands before a statement.
    pub(super) fn stands(
        &mut self,
        state: &PlayerState,
        scene: &Scene<'_>,
        printer: &mut Printer<'_>,
    ) -> io::Result<()> {
        let step = state.step;
        if self.stands_at.is_some_and(|at| at >= step) {
            return Ok(());
        }
        self.stands_at = Some(step);
        self.meet_neighbour(step, &state.moved);
        if !self.asks {
            return Ok(());
        }
        if let Some(done) = step.checked_sub(1) {
            self.tell(done, scene, printer)?;
        }
        let question = self.question(step).cloned();
        let Some(question) = question.map(|question| question.on_ports(&state.moved)) else {
            scene.driver.step(scene.id);
            return Ok(());
        };
        self.asking = Some(step);
        asked(&question)
            .iter()
            .try_for_each(|line| printer.remark(line))
    }

    /// Somebody answered, or will never (`None`).
    pub(super) fn answered(
        &mut self,
        line: Option<&str>,
        scene: &Scene<'_>,
        printer: &mut Printer<'_>,
    ) -> io::Result<()> {
        if line.is_none() {
            self.asks = false;
            self.typed = never();
        }
        let Some(step) = self.asking else {
            if !self.asks {
                scene.driver.resume(scene.id);
            }
            return Ok(());
        };
        let guess = match (line, self.question(step)) {
            (Some(line), Some(question)) => guess(question, line),
            _ => Some(Guess::Skipped),
        };
        match guess {
            None => printer.remark("Type one of the letters, or Enter alone to skip."),
            Some(guess) => {
                self.asking = None;
                if let Some(place) = self.guesses.get_mut(step) {
                    *place = Some(guess);
                }
                if self.asks {
                    scene.driver.step(scene.id);
                } else {
                    scene.driver.resume(scene.id);
                }
                Ok(())
            }
        }
    }

    /// How the guesses turned out, after the last step.
    pub(super) fn summary(&self, scene: &Scene<'_>, printer: &mut Printer<'_>) -> io::Result<()> {
        let turned_out: Vec<bool> = (0..self.guesses.len())
            .filter_map(|step| self.is_right(step, scene))
            .collect();
        let right = turned_out.iter().filter(|right| **right).count();
        match turned_out.len() {
            0 => Ok(()),
            of => printer.remark(&format!("You guessed {right} of {of}.")),
        }
    }

    fn question(&self, step: usize) -> Option<&Question> {
        self.lesson.steps.get(step)?.question.as_ref()
    }

    fn happened(&self, step: usize, scene: &Scene<'_>) -> Option<Happened> {
        let line = u32::try_from(step + 1).ok()?;
        Happened::on_line(scene.recording, &self.lesson.script, line, None, scene.now)
    }

    fn is_right(&self, step: usize, scene: &Scene<'_>) -> Option<bool> {
        let guess = self.guesses.get(step)?.as_ref()?;
        self.question(step)?
            .is_right(guess, &self.happened(step, scene)?)
    }

    /// Puts a guess beside what happened.
    fn tell(&self, step: usize, scene: &Scene<'_>, printer: &mut Printer<'_>) -> io::Result<()> {
        let guess = self.guesses.get(step).and_then(Option::as_ref);
        let (Some(guess), Some(question), Some(happened)) =
            (guess, self.question(step), self.happened(step, scene))
        else {
            return Ok(());
        };
        let said = match guess {
            Guess::Choice(choice) => format!("You said {}. ", letter(*choice)),
            Guess::Text(text) => format!("You said {text}. "),
            Guess::Skipped => String::new(),
        };
        let told = question.told(&happened, |words| format!(" {words}"));
        printer.remark(&format!("{said}{told}"))
    }

    /// Starts the neighbour before the first step that needs one.
    fn meet_neighbour(&mut self, step: usize, moved: &[(u16, u16)]) {
        let mut steps = self.lesson.steps.iter();
        let first = steps.position(|step| step.needs == Needs::Neighbour);
        if first.is_none_or(|first| step < first) {
            return;
        }
        let (Some(executable), Some(script)) = (self.executable.take(), &self.lesson.neighbour)
        else {
            return;
        };
        match Neighbour::start(&executable, script, moved) {
            Ok(neighbour) => self.neighbour = Some(neighbour),
            Err(error) => complain(&format!("the neighbour can't be started: {error}")),
        }
    }
}

fn asked(question: &Question) -> Vec<String> {
    let mut lines = vec![format!("? {}", question.ask)];
    match &question.answers {
        Answers::Choices(choices) => {
            let choices = choices.iter().enumerate();
            lines.extend(choices.map(|(at, choice)| format!("  {}  {}", letter(at), choice.text)));
            lines.push("  (a letter, then Enter; Enter alone skips)".to_owned());
        }
        Answers::Text => lines.push("  (type it, then Enter; Enter alone skips)".to_owned()),
    }
    lines
}

/// The guess that a line means; `None`: it means none.
fn guess(question: &Question, line: &str) -> Option<Guess> {
    let line = line.trim();
    if line.is_empty() {
        return Some(Guess::Skipped);
    }
    let Answers::Choices(choices) = &question.answers else {
        return Some(Guess::Text(line.to_owned()));
    };
    let same = |at: &usize| line.eq_ignore_ascii_case(&letter(*at).to_string());
    (0..choices.len()).find(same).map(Guess::Choice)
}

/// What is typed, line by line, from a thread of its own: reading waits.
fn lines_typed() -> Receiver<String> {
    let (typed, lines) = bounded(1);
    let reader = std::thread::Builder::new().name("terminal".to_owned());
    let reading = reader.spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(mut line) = line else { return };
            while line.len() > MAX_ANSWER {
                line.pop();
            }
            if typed.send(line).is_err() {
                return;
            }
        }
    });
    // Without a thread nobody can be asked: the sender is gone, which says so.
    reading.map_or_else(|_| never(), |_| lines)
}
