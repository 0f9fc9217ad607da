//! What the window shows: the recording and what is chosen in it. Apart from the views' memory, so that one can be
//! lent for reading while the other is lent for changing.

use std::time::Duration;

use eframe::egui;

use crate::model::automatic::Automatic;
use crate::model::call::SocketId;
use crate::model::event::Event;
use crate::model::ladder::Ladder;
use crate::model::payload::visible;
use crate::model::recording::{Recording, RowNumber};
use crate::model::relay::Relaying;
use crate::model::replay::{Past, Replay, Told};
use crate::network::NetworkHandle;
use crate::views::inspector::Tab;
use crate::views::{
    Course, CourseLesson, LessonId, LessonShown, LocalAddress, Message, Mode, Next, Playing, Shown,
    Whole,
};

use super::Settings;
use super::code::Code;
use super::exercises::Exercises;
use super::lesson::{self, LessonRun};
use super::play::PlayState;

/// The session at hand, and the one before the last reset.
pub(super) struct Session {
    pub(super) network: NetworkHandle,
    pub(super) recording: Recording,
    pub(super) ladder: Ladder,
    pub(super) replay: Replay,
    pub(super) previous: Option<Told>,
    /// A session from a file.
    pub(super) opened: Option<Opened>,
    /// Whether the session of the last time the program ran was kept.
    pub(super) has_last: bool,
    pub(super) looks: Looks,
    /// What is shown of the past; `None`: the present.
    pub(super) past: Option<Past>,
    /// How many calls had been made when the past was first looked at.
    pub(super) calls_then: u64,
    pub(super) selected: Option<SocketId>,
    pub(super) row: Option<RowNumber>,
    pub(super) next: Next,
    pub(super) play: PlayState,
    /// The automatic programs that have not ended.
    pub(super) automatics: Vec<Automatic>,
    /// The relays that have not ended.
    pub(super) relays: Vec<Relaying>,
    /// The lessons there are: those that ship, and those opened from files.
    pub(super) course: Vec<CourseLesson>,
    /// The lesson that is open.
    pub(super) lesson: Option<LessonRun>,
    /// The lesson at whose opening its code came to the front: which tab is in front from then on is the learner's choice.
    pub(super) code_for: Option<LessonId>,
    /// The tab that is in front in the other mode; `None`: that was not seen yet.
    pub(super) other_tab: Option<Tab>,
    pub(super) exercises: Exercises,
    pub(super) code: Code,
    pub(super) addresses: Vec<LocalAddress>,
    pub(super) messages: Vec<Message>,
    message_count: u64,
    /// When the newest news was first shown, seconds: its number and the time.
    news_since: Option<(u64, f64)>,
}

/// Which session is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// The one that is going on.
    Present,
    /// The one before the last reset.
    Previous,
    /// One from a file.
    Opened,
}

/// A session from a file.
pub(super) struct Opened {
    pub(super) told: Told,
    /// The file.
    pub(super) title: String,
}

/// What comes next in the past: nothing is called there.
static NOTHING_NEXT: Next = Next::Nothing { why: String::new() };

/// How long news stay that nobody closes, seconds: long enough to be read twice.
const NEWS_STAY: f64 = 8.0;

impl Session {
    pub(super) fn new(network: NetworkHandle, recording: Recording) -> Self {
        Self {
            network,
            recording,
            ladder: Ladder::default(),
            replay: Replay::default(),
            previous: None,
            opened: None,
            has_last: false,
            looks: Looks::Present,
            past: None,
            calls_then: 0,
            selected: None,
            row: None,
            next: Next::Nothing { why: String::new() },
            play: PlayState::default(),
            automatics: Vec::new(),
            relays: Vec::new(),
            course: lesson::course(),
            lesson: None,
            code_for: None,
            other_tab: None,
            exercises: Exercises::course(),
            code: Code::default(),
            addresses: Vec::new(),
            messages: Vec::new(),
            message_count: 0,
            news_since: None,
        }
    }

    /// The recording that is looked at.
    pub(super) fn looked_at(&self) -> &Recording {
        self.seen().0
    }

    /// Takes in one fact.
    pub(super) fn take(&mut self, event: Event) {
        let change = self.recording.apply(event);
        self.ladder.take(change, &self.recording);
        self.replay.follow(&self.recording, &self.ladder);
    }

    /// Begins anew with an empty recording; what was so far is the previous session.
    pub(super) fn begin(&mut self, fresh: Recording) {
        self.previous = Some(Told {
            recording: std::mem::replace(&mut self.recording, fresh),
            ladder: std::mem::take(&mut self.ladder),
            replay: std::mem::take(&mut self.replay),
        });
        self.past = None;
    }

    /// What views are shown this frame.
    pub(super) fn shown<'a>(&'a self, settings: &'a Settings) -> Shown<'a> {
        let (recording, ladder) = self.seen();
        let whole = self.whole();
        Shown {
            recording,
            ladder,
            whole: Whole {
                recording: whole.recording,
                ladder: whole.ladder,
                first: whole.replay.first(whole.recording),
                news: match &self.past {
                    Some(_) => whole.recording.calls().saturating_sub(self.calls_then),
                    None => 0,
                },
            },
            now: match &self.past {
                Some(past) => past.recording().last_at(),
                // What was saved stands still: its clock is not the one that runs.
                None if self.looks == Looks::Opened => whole.recording.last_at(),
                None => self.network.now(),
            },
            selected: self.selected,
            row: self.row,
            next: if self.past.is_some() {
                &NOTHING_NEXT
            } else {
                &self.next
            },
            playing: self.playing(settings.mode),
            automatics: &self.automatics,
            relays: &self.relays,
            step_pause: settings.pause(),
            course: Course {
                mode: settings.mode,
                lessons: &self.course,
                done: Some(&settings.lessons_done),
            },
            lesson: self.lesson_shown(settings.mode),
            exercises: self.exercises.shown(&settings.exercises),
            code: self.code.shown(),
            addresses: &self.addresses,
            messages: &self.messages,
            has_previous: self.previous.is_some(),
            has_last: self.has_last,
            earlier: self.earlier(),
            zoom: settings.zoom,
            theme: settings.theme,
            still: settings.reduced_motion,
            large_hall: settings.large_hall,
            first_step: self.play.first_step(&self.recording),
        }
    }

    /// A lesson of the course.
    pub(super) fn lesson(&self, id: LessonId) -> Option<&CourseLesson> {
        self.course.get(id.0)
    }

    /// What is playing, as far as it concerns this mode: an open lesson rests while the playground is used.
    pub(super) fn playing(&self, mode: Mode) -> Option<&Playing> {
        let rests = mode == Mode::Playground && self.lesson.is_some();
        self.play.playing().filter(|_| !rests)
    }

    fn lesson_shown(&self, mode: Mode) -> Option<LessonShown<'_>> {
        let here = mode == Mode::Lessons && self.looks == Looks::Present;
        let past = self.past.as_ref().map(Past::moment);
        Some(self.lesson.as_ref().filter(|_| here)?.shown(past))
    }

    /// Takes news away that something newer has made old. What went wrong stays until it is closed.
    pub(super) fn clear_news(&mut self) {
        self.messages.retain(|message| message.is_error);
    }

    /// Takes news away that were there to read long enough. What went wrong stays until it is closed.
    pub(super) fn let_news_go(&mut self, ctx: &egui::Context) {
        // There is at most one: each takes the place of the one before.
        let Some(id) = self.messages.iter().find(|it| !it.is_error).map(|it| it.id) else {
            return;
        };
        let now = ctx.input(|input| input.time);
        let since = match self.news_since {
            Some((shown, since)) if shown == id => since,
            _ => now,
        };
        self.news_since = Some((id, since));
        let left = since + NEWS_STAY - now;
        if left <= 0.0 {
            self.clear_news();
        } else {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        }
    }

    /// Shows a message.
    pub(super) fn say(&mut self, text: impl Into<String>, is_error: bool) {
        /// More at once would hide the window.
        const MAX: usize = 4;
        self.clear_news();
        self.message_count += 1;
        self.messages.push(Message {
            id: self.message_count,
            text: visible(text.into().as_bytes()),
            is_error,
        });
        if self.messages.len() > MAX {
            self.messages.remove(0);
        }
    }
}
