//! What is shown of lessons: the course, and the one that is open.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::address::Port;
use crate::model::recording::RowNumber;
use crate::script::lesson::{Answered, Card, Guess, Happened, Lesson, Needs, Part, Question, Step};
use crate::script::options::Ports;
use crate::views::Shown;

/// What the window is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Sockets made by hand.
    #[default]
    Playground,
    /// One step after another, with words beside.
    Lessons,
}

impl Mode {
    /// Both, in the order offered.
    pub const ALL: [Self; 2] = [Self::Playground, Self::Lessons];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Playground => "Playground",
            Self::Lessons => "Lessons",
        }
    }
}

/// The place of a lesson in the course, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LessonId(pub usize);

/// A lesson of the course.
#[derive(Clone, Debug)]
pub struct CourseLesson {
    /// What it is remembered by: the name it ships under, or its file.
    pub name: String,
    /// The part of the course; `None`: it was opened from a file.
    pub part: Option<Part>,
    /// The lesson.
    pub lesson: Arc<Lesson>,
}

/// The lessons there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Course<'a> {
    /// What the window is used for now.
    pub mode: Mode,
    /// All of them, in the order they are taught; those opened from files at the end.
    pub lessons: &'a [CourseLesson],
    /// The names of those that were taken to their end.
    pub done: Option<&'a BTreeSet<String>>,
}

impl<'a> Course<'a> {
    /// Them with their places.
    pub fn iter(&self) -> impl Iterator<Item = (LessonId, &'a CourseLesson)> {
        let lessons = self.lessons.iter().enumerate();
        lessons.map(|(place, lesson)| (LessonId(place), lesson))
    }

    /// Whether a lesson was once taken to its end.
    pub fn is_done(&self, lesson: &CourseLesson) -> bool {
        self.done.is_some_and(|done| done.contains(&lesson.name))
    }

    /// The lesson that comes after this one.
    pub fn after(&self, id: LessonId) -> Option<(LessonId, &'a CourseLesson)> {
        self.iter().nth(id.0 + 1)
    }
}

/// The lesson that is open.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own: nearly all combinations occur"
)]
pub struct LessonShown<'a> {
    /// Its place in the course.
    pub id: LessonId,
    /// The lesson itself.
    pub lesson: &'a Lesson,
    /// How many of its steps are shown as taken: those before this place were, the one at it comes next.
    pub step: usize,
    /// How many were really taken: more than `step` while an earlier moment is looked at.
    pub taken: usize,
    /// What was guessed before each step, a place for each. Until its step is taken a guess may change.
    pub guesses: &'a [Option<Guess>],
    /// Whether the question before the next step has been put by a Next without a guess: another Next skips it. On the
    /// projector a question stands only from then on.
    pub asked: bool,
    /// Whether a step is being taken: it neither returned nor waited long enough to be left behind.
    pub moving: bool,
    /// The step that is being taken, where it only lets time pass: it is shown as taken.
    pub sleeps: Option<Sleep>,
    /// Whether it goes on by itself after each pause.
    pub runs: bool,
    /// Whether the summary is shown in place of a step.
    pub summary: bool,
    /// Rows of this run are younger than this one.
    pub since: Option<RowNumber>,
    /// Which ports stand for those written in the lesson.
    pub ports: &'a Ports,
    /// Whether the neighbour is played by a helper now.
    pub neighbour: bool,
}

/// A step that lets time pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sleep {
    /// How long, in all.
    pub seconds: f64,
    /// When it began, nanoseconds of the network's clock.
    pub since: u64,
}

impl Sleep {
    /// How long it has lasted at `now`, seconds: no longer than it lasts in all.
    pub fn passed(self, now: u64) -> f64 {
        let passed = now.saturating_sub(self.since) as f64 / 1e9;
        passed.min(self.seconds)
    }
}

/// What became of a step's question.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply<'a> {
    /// The question.
    pub question: &'a Question,
    /// What was guessed.
    pub guess: &'a Guess,
    /// What the call did.
    pub happened: Happened,
    /// Which answer that makes true.
    pub answered: Answered,
    /// Whether the guess came true; `None`: nobody guessed, or nothing that was offered did.
    pub right: Option<bool>,
}

impl<'a> LessonShown<'a> {
    /// How many steps it has.
    pub fn of(&self) -> usize {
        self.lesson.steps.len()
    }

    /// The step taken last, with its place.
    pub fn last(&self) -> Option<(usize, &'a Step)> {
        let place = self.step.checked_sub(1)?;
        Some((place, self.lesson.steps.get(place)?))
    }

    /// The card of the step taken last, where the lecture simplifies.
    pub fn card(&self) -> Option<&'a Card> {
        self.last()?.1.card.as_ref()
    }

    /// The step that comes next.
    pub fn next(&self) -> Option<&'a Step> {
        self.lesson.steps.get(self.step)
    }

    /// Whether an earlier moment is looked at: what is done then comes to pass in the present.
    pub fn looks_back(&self) -> bool {
        self.step < self.taken
    }

    /// Whether all steps were taken.
    pub fn is_over(&self) -> bool {
        self.taken >= self.of() && !self.moving
    }

    /// The question that waits for a guess before the next step.
    pub fn open_question(&self) -> Option<&'a Question> {
        let waits = !self.moving && !self.looks_back() && !self.summary;
        self.next().filter(|_| waits)?.question.as_ref()
    }

    /// What was guessed before the step at this place.
    pub fn guess(&self, place: usize) -> Option<&'a Guess> {
        self.guesses.get(place)?.as_ref()
    }

    /// What the call of the step at this place has done by the moment that is shown; `None`: it was not taken, or calls
    /// nothing.
    pub fn happened(&self, place: usize, shown: &Shown<'_>) -> Option<Happened> {
        if place >= self.step {
            return None;
        }
        let line = u32::try_from(place + 1).ok()?;
        // A call that was left waiting had waited long enough for that, which the moment before the next does not say.
        let now = shown.now.max(shown.whole.recording.last_at());
        Happened::on_line(shown.recording, &self.lesson.script, line, self.since, now)
    }

    /// Whether the call of a program's last step has not returned by the moment that is shown.
    pub fn waits(&self, program: usize, shown: &Shown<'_>) -> bool {
        let done = self.lesson.steps.iter().take(self.step);
        let place = done
            .enumerate()
            .filter(|(_, step)| step.program == Some(program))
            .map(|(place, _)| place)
            .next_back();
        let happened = place.and_then(|place| self.happened(place, shown));
        happened.is_some_and(|happened| happened.is_waiting())
    }

    /// The guess of the step at this place beside what its call did; `None`: it asks nothing, or was not taken.
    pub fn reply(&self, place: usize, shown: &Shown<'_>) -> Option<Reply<'a>> {
        let question = self.lesson.steps.get(place)?.question.as_ref()?;
        let guess = self.guess(place)?;
        let happened = self.happened(place, shown)?;
        Some(Reply {
            question,
            guess,
            answered: question.answered(&happened),
            right: question.is_right(guess, &happened),
            happened,
        })
    }

    /// The port used where `written` stands in the lesson.
    pub fn port(&self, written: u16) -> u16 {
        self.ports.used(written).unwrap_or(written)
    }

    /// The first port written in the lesson.
    pub fn written_port(&self) -> Option<u16> {
        self.lesson.script.ports().first().copied()
    }

    /// Whether all ports of the lesson are such as Sockeye uses when the first is this one: the others move as far.
    pub fn can_move_to(&self, port: u16) -> bool {
        let first = self.written_port().unwrap_or(port);
        let ports = self.lesson.script.ports().into_iter();
        let mut moved =
            ports.map(|written| i32::from(written) - i32::from(first) + i32::from(port));
        moved.all(|port| u16::try_from(port).is_ok_and(|port| Port::new(port).is_some()))
    }

    /// What stands for the lesson's first port, where its ports were moved.
    pub fn moved_port(&self) -> Option<u16> {
        let Ports::Moved(moved) = self.ports else {
            return None;
        };
        moved.get(&self.written_port()?).copied()
    }

    /// Whether it stands because nobody has come, and we could play the neighbour.
    pub fn waits_for_neighbour(&self) -> bool {
        let can_play = self.lesson.neighbour.is_some() && !self.neighbour;
        can_play
            && self.moving
            && self.sleeps.is_none()
            && !self.looks_back()
            && self.needs_neighbour()
    }

    /// Whether the next step needs somebody else to take part.
    pub fn needs_neighbour(&self) -> bool {
        self.next()
            .is_some_and(|step| step.needs == Needs::Neighbour)
    }
}

/// What is done with lessons and in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LessonAction {
    /// Opens one at its beginning; what plays stops.
    Open(LessonId),
    /// Notes what is expected of the next step.
    Guess(Guess),
    /// Takes the next step without a guess.
    Skip,
    /// One step on: puts its question, takes it, or shows the moment after the one that is looked at. After the last
    /// step the summary, after that the next lesson.
    Next,
    /// Shows the moment after the step before.
    Back,
    /// Shows the present again.
    Present,
    /// Takes the lesson from its beginning.
    Restart,
    /// Takes the lesson from its beginning, or from the next restart once a step was taken, with its first port moved.
    Port(u16),
    /// Asks where the session is to go as programs.
    Programs,
    /// Opens the lesson after this one.
    NextLesson,
    /// Has a helper play the neighbour, or ends it.
    Neighbour(bool),
}
