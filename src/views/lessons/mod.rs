//! Lessons: the list, the step at hand with its question, what came of it, and the summary.

use eframe::egui::{ScrollArea, Ui};

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
    /// The lesson whose steps once needed the list's room: the list stays folded until it ends.
    folded_for: Option<LessonId>,
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
    let open = shown.lesson.map(|lesson| lesson.id);
    let folds = window.width() < size::RAIL_BELOW
        || window.height() < LOW
        || (open.is_some() && state.folded_for == open);
    ui.spacing_mut().item_spacing.y = 0.0;
    if folds {
        list::drop_down_ui(ui, state, shown, actions);
    } else {
        list::list_ui(ui, state, shown, actions);
    }
    ui.add_space(size::GAP);
    ui.separator();
    ui.add_space(size::GAP);
    let Some(lesson) = shown.lesson else { return };
    let area = ScrollArea::vertical()
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
    if !folds && !lesson.summary && area.content_size.y > area.inner_rect.height() + 1.0 {
        state.folded_for = Some(lesson.id);
        ui.ctx()
            .request_discard("the step needs the room of the list");
    }
}
