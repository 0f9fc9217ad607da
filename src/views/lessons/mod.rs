//! Lessons: the list, the step at hand with its question, what came of it, and the summary.

use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, Vec2, vec2};

use super::theme::size;
use super::{Action, Shown};

mod cover;
mod list;
mod neighbour;
mod question;
mod reply;
mod shown;
mod step;
mod summary;
mod transport;
mod words;

pub use crate::script::lesson::letter;
pub use cover::cover_ui;
pub use reply::Verdict;
pub use shown::{Course, CourseLesson, LessonAction, LessonId, LessonShown, Mode, Reply, Sleep};
pub use step::card_ui;
pub use summary::Summary;
pub use transport::lesson_transport_ui;
pub use words::{Voice, job, plain};

/// What the panel remembers between frames.
#[derive(Debug, Default)]
pub struct LessonsState {
    /// Whether the lessons after the lecture are listed; `None`: nobody asked yet.
    further_open: Option<bool>,
    /// Whether the highest step of a lesson needs the list's room, in a window of that size: decided once, so that
    /// nothing moves in mid-lesson.
    folds: Option<((LessonId, Vec2), bool)>,
    /// What is typed as an answer, and to which step of which lesson.
    answer: Option<(LessonId, usize, String)>,
    /// What stands in the field for the port, and for which lesson and port it was written.
    port: Option<(LessonId, u16, String)>,
}

impl LessonsState {
    /// The text of the answer to the question that is open.
    fn answer(&mut self, lesson: &LessonShown<'_>) -> &mut String {
        let here = (lesson.id, lesson.step);
        let kept = self
            .answer
            .take()
            .filter(|(id, step, _)| (*id, *step) == here);
        // Taken anew, the lesson asks anew.
        let kept = kept.filter(|_| lesson.guess(lesson.step).is_some());
        let (.., text) = self
            .answer
            .insert(kept.unwrap_or((here.0, here.1, String::new())));
        text
    }

    /// The text of the port's field, which begins with the port in use.
    fn port(&mut self, id: LessonId, used: u16) -> &mut String {
        let kept = self
            .port
            .take()
            .filter(|(of, port, _)| (*of, *port) == (id, used));
        let (.., text) = self
            .port
            .insert(kept.unwrap_or_else(|| (id, used, used.to_string())));
        text
    }
}

/// Below this height of the window the list folds to one line, points.
const LOW: f32 = 820.0;

/// The panel; it fills the room it is given. `beside_code`: the lesson's programs are in view, and with them the card of
/// the step, which otherwise stands here.
pub fn lessons_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    beside_code: bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let window = ui.ctx().content_rect();
    let here = shown.lesson.map(|lesson| (lesson.id, window.size()));
    let decided = state.folds.filter(|(of, _)| Some(*of) == here);
    let has_room = window.width() >= size::RAIL_BELOW && window.height() >= LOW;
    let folds = !has_room || decided.is_some_and(|(_, folds)| folds);
    ui.spacing_mut().item_spacing.y = 0.0;
    if folds {
        list::drop_down_ui(ui, state, shown, actions);
    } else {
        list::list_ui(ui, state, shown, actions);
    }
    ui.add_space(size::GAP);
    ui.separator();
    ui.add_space(size::GAP);
    let (Some(lesson), Some(here)) = (shown.lesson, here) else {
        return;
    };
    if has_room && decided.is_none() {
        let folds = highest(ui, &lesson, beside_code, shown) > ui.available_height();
        state.folds = Some((here, folds));
        // What was measured is no part of the picture, and the list may have to go.
        ui.ctx()
            .request_discard("the steps of the lesson were measured");
    }
    ScrollArea::vertical()
        .id_salt(("step", lesson.id, lesson.step, lesson.summary))
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if lesson.summary {
                summary::summary_ui(ui, &lesson, shown, actions);
            } else {
                step::step_ui(ui, state, &lesson, shown, actions);
                if !beside_code {
                    step::step_card_ui(ui, &lesson, shown);
                }
            }
            ui.separator();
            step::port_ui(ui, state, &lesson, actions);
        });
}

/// Room for what came of a question, where that is not known yet: its verdict and three lines, points.
const REPLY: f32 = 104.0;

/// More than any step takes, points.
const TALL: f32 = 10_000.0;

/// How high the highest step of the lesson is, in the room there is across, points.
fn highest(ui: &mut Ui, lesson: &LessonShown<'_>, beside_code: bool, shown: &Shown<'_>) -> f32 {
    let (mut state, mut actions) = (LessonsState::default(), Vec::new());
    let steps = 0..=lesson.of();
    let heights = steps.map(|step| {
        let then = LessonShown {
            step,
            taken: step,
            moving: false,
            sleeps: None,
            summary: false,
            ..*lesson
        };
        let room = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), TALL));
        let unseen = UiBuilder::new()
            .id_salt(("measured", step))
            .max_rect(room)
            .invisible();
        let mut unseen = ui.new_child(unseen);
        step::step_ui(&mut unseen, &mut state, &then, shown, &mut actions);
        if !beside_code {
            step::step_card_ui(&mut unseen, &then, shown);
        }
        unseen.separator();
        step::port_ui(&mut unseen, &mut state, &then, &mut actions);
        let asked = step.checked_sub(1).filter(|place| {
            let asks = |step: &crate::script::lesson::Step| step.question.is_some();
            lesson.lesson.steps.get(*place).is_some_and(asks)
        });
        let unknown = asked.is_some_and(|place| then.reply(place, shown).is_none());
        unseen.min_rect().height() + if unknown { REPLY } else { 0.0 }
    });
    heights.fold(0.0, f32::max)
}
