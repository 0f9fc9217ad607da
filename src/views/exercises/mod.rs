//! Exercises: what to make happen, ticked once it has, with hints that are asked for one at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{
    Align, Layout, Popup, PopupCloseBehavior, RectAlign, Response, Role as AccessRole, ScrollArea,
    Sense, Ui, WidgetInfo, vec2,
};

use crate::model::recording::RowNumber;
use crate::script::exercise::Exercise;

use super::buttons::{Icon, paint_icon};
use super::theme::{self, size};
use super::widgets::focus_ring;
use super::{Action, Shown};

mod list;
mod open;
mod tabs;

pub use list::paint_sign;
pub use tabs::tabs_ui;

/// What is remembered between runs.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ExercisesChoices {
    /// Whether they are shown in place of the quick starts.
    pub in_front: bool,
    /// The name of the exercise that is open.
    pub open: Option<String>,
    /// The names of those that were done.
    pub done: BTreeSet<String>,
}

/// What the view remembers.
#[derive(Debug, Default)]
pub struct ExercisesState {
    /// What is remembered between runs.
    pub choices: ExercisesChoices,
    /// How many hints of the open exercise are shown.
    hints: usize,
    /// One was just asked for: the end of the list scrolls into view.
    reveals: bool,
    /// They were asked for: where they are behind the rail's glyph, it unfolds.
    unfolds: bool,
}

impl ExercisesState {
    /// Brings them to the front.
    pub fn show(&mut self) {
        self.choices.in_front = true;
        self.unfolds = true;
    }

    /// Opens an exercise without its hints, or closes the one that is open.
    pub fn open(&mut self, name: Option<String>) {
        self.choices.open = name;
        self.hints = 0;
    }
}

/// The exercises there are, and what is known of the open one.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExercisesShown<'a> {
    /// All of them, in the order of the course.
    pub all: &'a [Arc<Exercise>],
    /// How many of them were done.
    pub done: usize,
    /// The row of this session that met the open one.
    pub met: Option<RowNumber>,
}

impl<'a> ExercisesShown<'a> {
    /// The exercise of that name.
    pub fn named(&self, name: &str) -> Option<&'a Exercise> {
        let found = self.all.iter().find(|exercise| exercise.name == name);
        found.map(|exercise| &**exercise)
    }
}

/// What is done with exercises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExerciseAction {
    /// Goes to them in the playground, where the calls can be made.
    Show,
    /// Opens the one of that name, judged from now on; `None`: closes the one that is open.
    Open(Option<String>),
    /// Takes the tick of the open one away: it is to be done once more.
    Again,
}

/// The open exercise, or the list of them.
pub fn exercises_ui(
    ui: &mut Ui,
    state: &mut ExercisesState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    state.unfolds = false;
    ui.spacing_mut().item_spacing.y = 0.0;
    let name = state.choices.open.as_deref();
    match name.and_then(|name| shown.exercises.named(name)) {
        Some(exercise) => open::open_ui(ui, state, exercise, shown, actions),
        None => list::list_ui(ui, &state.choices, shown, actions),
    }
}

/// One glyph for the rail, behind which the whole list opens.
pub fn exercises_rail_ui(
    ui: &mut Ui,
    state: &mut ExercisesState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let button = rail_button(ui);
    if std::mem::take(&mut state.unfolds) {
        Popup::open_id(ui.ctx(), Popup::default_response_id(&button));
    }
    Popup::menu(&button)
        .width(size::LEFT)
        .align(RectAlign::RIGHT_START)
        // Text of a menu would be stretched to its width.
        .layout(Layout::top_down(Align::LEFT))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            let room = ui.ctx().content_rect().height() * 0.7;
            let list = ScrollArea::vertical().max_height(room);
            list.min_scrolled_height(room).show(ui, |ui| {
                exercises_ui(ui, state, shown, actions);
            });
        });
    button.on_hover_text("Exercises: make something happen");
}

fn rail_button(ui: &mut Ui) -> Response {
    let side = vec2(ui.available_width(), size::RAIL);
    let (rect, response) = ui.allocate_exact_size(side, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), "Exercises"));
    let p = theme::of(ui);
    if response.hovered() || response.has_focus() {
        let radius = size::RADIUS_CONTROL;
        ui.painter().rect_filled(rect.shrink(2.0), radius, p.raised);
    }
    paint_icon(ui.painter(), rect.center(), 14.0, Icon::Check, p.text2);
    focus_ring(ui, &response, rect.shrink(4.0));
    response
}
