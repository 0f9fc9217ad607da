//! Lessons: opening one, taking its steps, and what is remembered of it.
//!
//! A lesson is played by the same player as a script, but never by itself: each step is asked for here, so that a
//! question comes before its step and every step ends in a picture that stands still.

use std::sync::{Arc, LazyLock};
use std::thread::Builder;
use std::time::Duration;

use eframe::egui;

use crate::model::errno::Errno;
use crate::model::recording::RowNumber;
use crate::model::replay::Past;
use crate::script::ast::Action;
use crate::script::expect::End;
use crate::script::lesson::{self, Guess, Lesson};
use crate::script::options::{FailureKind, Ports, Report};
use crate::views::inspector::Tab;
use crate::views::{
    CourseLesson, LessonAction, LessonId, LessonShown, Mode, Sleep, ToPlay, Transport,
};

use super::App;

mod keys;
mod neighbour;
mod start;

pub(super) use neighbour::Helper;

/// One play of a lesson, from its first step to its summary.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own: nearly all combinations occur"
)]
pub(super) struct LessonRun {
    id: LessonId,
    /// As it is told: with the ports really used.
    lesson: Arc<Lesson>,
    ports: Ports,
    since: Option<RowNumber>,
    guesses: Vec<Option<Guess>>,
    taken: usize,
    moving: bool,
    /// When the step that is being taken began, nanoseconds of the network's clock.
    moving_since: u64,
    asked: bool,
    runs: bool,
    summary: bool,
    /// Whether a helper of ours plays the neighbour.
    neighbour: bool,
    /// Since when the picture stands still, seconds of the window's clock.
    rests_since: Option<f64>,
    /// Where in the order of things each step rested, before the next one was taken: at place 0 the beginning.
    moments: Vec<u64>,
    /// How many steps were taken at the moment that is looked at; `None`: the present.
    looks_at: Option<usize>,
}

/// What a Next comes to.
enum Go {
    Nowhere,
    Step,
    /// The moment after so many steps is to be shown.
    Look(usize),
    NextLesson,
}

impl LessonRun {
    /// What views are shown of it, while the recording is shown as it was at `past`.
    pub(super) fn shown(&self, past: Option<u64>) -> LessonShown<'_> {
        LessonShown {
            id: self.id,
            lesson: &self.lesson,
            // A step that only lets time pass is the picture that is looked at meanwhile.
            step: self.step(past) + usize::from(past.is_none() && self.sleeps().is_some()),
            taken: self.taken,
            guesses: &self.guesses,
            asked: self.asked,
            moving: self.moving,
            sleeps: self.sleeps().filter(|_| past.is_none()),
            runs: self.runs,
            summary: self.summary,
            since: self.since,
            ports: &self.ports,
            neighbour: self.neighbour,
        }
    }

    /// How many steps had been taken at the moment that is shown.
    fn step(&self, past: Option<u64>) -> usize {
        self.looks_at.unwrap_or_else(|| match past {
            Some(past) => self.moments.partition_point(|moment| *moment < past),
            None => self.taken,
        })
    }

    /// The sleep that is the step being taken.
    fn sleeps(&self) -> Option<Sleep> {
        let statement = self.lesson.script.statements.get(self.taken)?;
        match statement.action {
            Action::Sleep { seconds } if self.moving => Some(Sleep {
                seconds,
                since: self.moving_since,
            }),
            _ => None,
        }
    }

    /// Whether the step on that line is there to fail so.
    pub(super) fn expects(&self, line: u32, errno: Errno) -> bool {
        let mut statements = self.lesson.script.statements.iter();
        let statement = statements.find(|statement| statement.line == line);
        let expected = statement.and_then(|statement| statement.expectation.as_ref());
        expected.is_some_and(|expected| expected.end == Some(End::Errno(errno)))
    }

    /// Whatever moment is shown is no longer that after a step of its own.
    pub(super) fn forget_look(&mut self) {
        self.looks_at = None;
    }

    fn guess(&mut self, guess: Guess) {
        let asks = self.shown(None).open_question().is_some();
        let is_said = !matches!(&guess, Guess::Text(text) if text.trim().is_empty());
        if let Some(place) = self.guesses.get_mut(self.taken).filter(|_| asks) {
            *place = Some(guess).filter(|_| is_said);
        }
    }

    /// One step on. A question without a guess is put first, and then skipped.
    fn next(&mut self, past: Option<u64>) -> Go {
        if past.is_some() || self.looks_at.is_some() {
            return Go::Look(self.step(past) + 1);
        }
        if self.moving {
            return Go::Nowhere;
        }
        if self.shown(None).is_over() {
            return if std::mem::replace(&mut self.summary, true) {
                Go::NextLesson
            } else {
                Go::Nowhere
            };
        }
        let asks = self.shown(None).open_question().is_some();
        if asks && self.guesses.get(self.taken).is_some_and(Option::is_none) {
            if !std::mem::replace(&mut self.asked, true) {
                return Go::Nowhere;
            }
            self.guess(Guess::Skipped);
        }
        Go::Step
    }
}

/// The lessons that ship. None is left out: a test reads each of them.
static COURSE: LazyLock<Vec<CourseLesson>> = LazyLock::new(|| {
    let shelf = lesson::ALL.iter();
    shelf
        .filter_map(|entry| {
            Some(CourseLesson {
                name: entry.name.to_owned(),
                part: Some(entry.part),
                lesson: Arc::new(entry.lesson().ok()?),
            })
        })
        .collect()
});

/// The lessons that ship.
pub(super) fn course() -> Vec<CourseLesson> {
    COURSE.clone()
}

/// Reads the lessons beside whatever comes next: while the window opens, there is time.
pub(super) fn read_ahead() {
    let thread = Builder::new().name("course".to_owned());
    // Without a thread to spare they are read where they are first asked for.
    thread.spawn(|| LazyLock::force(&COURSE)).ok();
}

impl App {
    /// Opens a lesson called `title`: one that ships, or one from disk, which joins the list, in place of one with the
    /// same title.
    pub fn open_lesson(&mut self, lesson: Lesson, title: &str) {
        let course = &mut self.session.course;
        let opened = CourseLesson {
            name: title.to_owned(),
            part: None,
            lesson: Arc::new(lesson),
        };
        let known = course.iter().position(|known| known.name == title);
        let place = known.unwrap_or(course.len());
        match course.get_mut(place) {
            Some(known) if known.part.is_none() => *known = opened,
            Some(_) => {}
            None => course.push(opened),
        }
        self.enter(Mode::Lessons);
        self.ask_to_play(ToPlay::Lesson(LessonId(place)));
    }

    /// Takes the mode; each has its own tab of the inspector in front.
    pub(super) fn enter(&mut self, mode: Mode) {
        if std::mem::replace(&mut self.settings.mode, mode) == mode {
            return;
        }
        let tab = &mut self.state.inspector.choices.tab;
        let begins = match mode {
            Mode::Playground => Tab::default(),
            Mode::Lessons => *tab,
        };
        let other = self.session.other_tab.replace(*tab);
        *tab = other.unwrap_or(begins);
    }

    /// Shows the panels of the playground or of lessons. What is played goes on where it was.
    pub(super) fn set_mode(&mut self, mode: Mode) {
        self.enter(mode);
        if mode == Mode::Lessons && self.session.lesson.is_none() {
            self.offer_lesson();
        } else if let Some(run) = &mut self.session.lesson {
            run.runs = false;
            self.session.show_now();
        }
        self.update_next();
    }

    /// Opens the first lesson that was not taken yet, where nothing stands in its way: it makes no call of itself.
    pub(super) fn offer_lesson(&mut self) {
        let is_busy = self.session.play.playing().is_some()
            || self.session.recording.sockets().open().next().is_some();
        let done = &self.settings.lessons_done;
        let next = self.session.course.iter();
        let next = next
            .clone()
            .position(|lesson| !done.contains(&lesson.name))
            .or_else(|| next.clone().next().map(|_| 0));
        if let (Some(place), false) = (next, is_busy) {
            self.ask_to_play(ToPlay::Lesson(LessonId(place)));
        }
    }

    pub(super) fn lesson_action(&mut self, action: LessonAction) {
        match action {
            LessonAction::Open(id) => self.ask_to_play(ToPlay::Lesson(id)),
            LessonAction::Guess(guess) => {
                if let Some(run) = &mut self.session.lesson {
                    run.guess(guess);
                }
            }
            LessonAction::Skip => {
                if let Some(run) = &mut self.session.lesson {
                    run.guess(Guess::Skipped);
                    self.next_step();
                }
            }
            LessonAction::Next => self.next_step(),
            LessonAction::Back => self.back_a_step(),
            LessonAction::Present => self.session.show_now(),
            LessonAction::Restart => self.restart_lesson(None),
            LessonAction::Port(port) => self.restart_lesson(Some(port)),
            LessonAction::Programs => self.ask_for_programs(),
            LessonAction::NextLesson => self.next_lesson(),
            LessonAction::Neighbour(true) => self.start_neighbour(),
            LessonAction::Neighbour(false) => self.end_neighbour(),
        }
    }

    /// What the number of a line is called: in a lesson it counts steps.
    pub(super) fn line_word(&self) -> &'static str {
        match self.session.lesson {
            Some(_) => "Step",
            None => "Line",
        }
    }

    fn next_step(&mut self) {
        let Some(run) = &mut self.session.lesson else {
            return;
        };
        // Nobody came: whoever has only this one key still gets on.
        if run.shown(None).waits_for_neighbour() {
            self.start_neighbour();
            return;
        }
        match run.next(self.session.past.as_ref().map(Past::moment)) {
            Go::Nowhere => {}
            Go::Look(step) => self.look_at_step(step),
            Go::NextLesson => self.next_lesson(),
            Go::Step => {
                if let Some(player) = self.session.play.player {
                    run.moments.truncate(run.taken);
                    run.moments.push(self.session.recording.last_seq());
                    run.moving = true;
                    run.moving_since = self.session.network.now();
                    run.asked = false;
                    self.driver.step(player);
                }
            }
        }
        self.update_next();
    }

    /// Shows the moment after the step before.
    fn back_a_step(&mut self) {
        let past = self.session.past.as_ref().map(Past::moment);
        let Some(run) = &mut self.session.lesson else {
            return;
        };
        run.runs = false;
        if std::mem::take(&mut run.summary) {
            return;
        }
        if let Some(before) = run.step(past).checked_sub(1) {
            self.look_at_step(before);
        }
    }

    /// Shows the moment at which the lesson rested after so many steps; after all that were taken, the present.
    fn look_at_step(&mut self, step: usize) {
        let Some(run) = &mut self.session.lesson else {
            return;
        };
        match run.moments.get(step).copied() {
            Some(moment) if step < run.taken => {
                run.looks_at = Some(step);
                self.session.show_moment(moment);
            }
            _ => self.session.show_now(),
        }
    }

    /// What the transport's controls mean in a lesson. Says whether there was anything to do here.
    pub(super) fn steer_lesson(&mut self, transport: Transport) -> bool {
        let Some(run) = &mut self.session.lesson else {
            return false;
        };
        match transport {
            Transport::Step => self.next_step(),
            Transport::Play => {
                run.runs = true;
                run.rests_since = None;
                self.session.show_now();
            }
            Transport::Pause => run.runs = false,
            Transport::SetPause(_) | Transport::Stop => return false,
        }
        true
    }

    /// Takes the next step by itself, once the picture has stood still for the pause. At a question it stands.
    pub(super) fn play_lesson_on(&mut self, ctx: &egui::Context) {
        let here = self.settings.mode == Mode::Lessons;
        let pause = self.settings.pause().as_secs_f64();
        let Some(run) = self.session.lesson.as_mut().filter(|_| here) else {
            return;
        };
        if !run.runs || run.moving {
            run.rests_since = None;
            return;
        }
        if run.shown(None).is_over() {
            run.runs = false;
            return;
        }
        if run.shown(None).open_question().is_some() {
            // Only a key or a click goes on from here; the projector shows the question.
            run.asked |= run.guesses.get(run.taken).is_some_and(Option::is_none);
            run.rests_since = None;
            return;
        }
        let now = ctx.input(|input| input.time);
        let left = *run.rests_since.get_or_insert(now) + pause - now;
        if left <= 0.0 {
            run.rests_since = None;
            self.next_step();
        } else {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        }
    }

    /// The lesson's player has taken so many steps.
    pub(super) fn lesson_stands(&mut self, step: usize) {
        if let Some(run) = &mut self.session.lesson
            && step > run.taken
        {
            run.taken = step;
            run.moving = false;
        }
    }

    /// The lesson's player has no step left, or was not able to take one.
    pub(super) fn lesson_is_over(&mut self, report: &Report) {
        let Some(run) = &mut self.session.lesson else {
            return;
        };
        run.moving = false;
        let failed = report.failures.iter();
        let not_called = failed.filter(|failure| failure.kind == FailureKind::NotCalled);
        let is_whole = run.taken >= run.lesson.steps.len() && not_called.count() == 0;
        let name = self.session.course.get(run.id.0).map(|it| it.name.clone());
        if let Some(name) = name.filter(|_| is_whole) {
            self.settings.lessons_done.insert(name);
        }
    }
}
