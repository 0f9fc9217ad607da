//! The tab Code: the lesson's programs, or those of your clicks, with the current line of each; the variables; and where
//! the lecture simplifies.

use eframe::egui::Ui;

use crate::model::recording::RowNumber;
use crate::views::lessons::LessonShown;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::segmented;
use crate::views::{Action, Shown};

mod clicks;
mod lesson;
mod listing;
mod tint;
mod variables;

pub(super) use lesson::below_ui;

/// What the programs are shown in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum CodeLanguage {
    /// Python 3.
    #[default]
    Python,
    /// C for POSIX systems.
    C,
}

impl CodeLanguage {
    /// Both, with their names on screen.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Python, "Python"), (Self::C, "C")];
}

/// One file of the session as programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramSource {
    /// Its file.
    pub file: String,
    /// The program it is.
    pub program: crate::model::call::ProgramId,
    /// What is in it.
    pub text: String,
    /// The lines of rows, counted from 1, from top to bottom.
    pub lines: Vec<(u32, RowNumber)>,
}

/// The session as programs, or why it is none: one sentence.
pub type ClicksAsCode = Result<Vec<ProgramSource>, String>;

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct CodeState {
    /// The line that was lit last in each file: a new one scrolls into view.
    lit: Vec<(String, u32)>,
    /// How high the card below a lesson's programs is with the gap above it, points.
    card_room: f32,
}

impl CodeState {
    /// How much room is kept below the programs, points.
    pub(super) fn room_below(&self, shown: &Shown<'_>) -> f32 {
        let card = shown.lesson.as_ref().and_then(LessonShown::card);
        card.map_or(0.0, |_| self.card_room)
    }
}

/// The tab.
pub(super) fn code_ui(
    ui: &mut Ui,
    state: &mut CodeState,
    language: &mut CodeLanguage,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 4.0;
    segmented(ui, "Code in", language, &CodeLanguage::ALL, 160.0);
    ui.add_space(size::GAP);
    match &shown.lesson {
        Some(open) => lesson::lesson_ui(ui, state, *language, open, shown, actions),
        None => clicks::clicks_ui(ui, state, *language, shown, actions),
    }
}

/// A title above what is not code.
fn title_ui(ui: &mut Ui, title: &str) {
    ui.add_space(8.0);
    ui.label(Type::BodyBold.colored(title, theme::of(ui).text));
}
