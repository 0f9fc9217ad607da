//! Ctrl+K: finds a method, an error, a lesson or a script by a few letters, and says what it is.

use eframe::egui::{self, Key, Modal, ScrollArea, TextEdit, Ui};

use crate::model::call::Method;
use crate::model::errno::{Errno, Platform};
use crate::model::help::method_help;
use crate::script::catalog;
use crate::script::lesson::Lesson;

use super::lessons::{self, Course, LessonAction, LessonId};
use super::theme::{self, Type, size};
use super::{Action, Shown};

/// What the search remembers.
#[derive(Debug, Default)]
pub struct SearchState {
    open: bool,
    query: String,
    chosen: usize,
}

impl SearchState {
    /// Whether it stands over the window.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the search empty, or closes it.
    pub fn toggle(&mut self) {
        *self = Self {
            open: !self.open,
            ..Self::default()
        };
    }
}

/// Something that can be found.
enum Found<'a> {
    Method(Method),
    Error(Errno),
    Script(&'static catalog::CatalogEntry),
    Lesson(LessonId, &'a Lesson),
}

/// How well something fits what was typed, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    NameStart,
    InName,
    InText,
}

impl Found<'_> {
    /// The name as typed: a method without its brackets.
    fn name(&self) -> String {
        match self {
            Self::Method(method) => method.name().to_owned(),
            _ => self.title(),
        }
    }

    /// `None` where it does not fit; `query` is in small letters.
    fn rank(&self, query: &str) -> Option<Rank> {
        let (name, title) = (self.name().to_lowercase(), self.title().to_lowercase());
        if query.is_empty() {
            Some(Rank::InText)
        } else if name == query || title == query {
            Some(Rank::Name)
        } else if name.starts_with(query) {
            Some(Rank::NameStart)
        } else if title.contains(query) {
            Some(Rank::InName)
        } else {
            let in_text = self.text().to_lowercase().contains(query);
            in_text.then_some(Rank::InText)
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Method(method) => format!("{method}()"),
            Self::Error(errno) => errno.symbol(),
            Self::Script(entry) => entry.title.to_owned(),
            Self::Lesson(_, lesson) => lesson.title.clone(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Method(_) => "method",
            Self::Error(_) => "error",
            Self::Script(_) => "quick start",
            Self::Lesson(..) => "lesson",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Method(method) => {
                let help = method_help(*method);
                format!("{} {}", help.does, help.waits)
                    .trim_end()
                    .to_owned()
            }
            Self::Error(errno) => {
                let number = errno
                    .code_on(Platform::Linux)
                    .map(|code| format!(" (Linux: {code})"))
                    .unwrap_or_default();
                format!("{}{number}", errno.plain())
            }
            Self::Script(entry) => entry.summary.to_owned(),
            Self::Lesson(_, lesson) => lessons::plain(&lesson.goal),
        }
    }
}

fn find<'a>(query: &str, course: Course<'a>) -> Vec<Found<'a>> {
    let query = query.trim().to_lowercase();
    let methods = Method::ALL.into_iter().map(Found::Method);
    let errors = Errno::all().map(Found::Error);
    let scripts = catalog::shown().map(Found::Script);
    let lessons = course.iter();
    let lessons = lessons.map(|(id, entry)| Found::Lesson(id, &*entry.lesson));
    let mut ranked: Vec<(Rank, Found<'a>)> = methods
        .chain(lessons)
        .chain(scripts)
        .chain(errors)
        .filter_map(|found| Some((found.rank(&query)?, found)))
        .collect();
    // Equal ranks stay in the order above.
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, found)| found).collect()
}

/// Draws the search over the window while it is open.
pub fn search_ui(
    ui: &mut Ui,
    state: &mut SearchState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    if !state.open {
        return;
    }
    let response = Modal::new(egui::Id::unique("search")).show(ui.ctx(), |ui| {
        ui.set_width(size::SEARCH[0]);
        let field = ui.add(
            TextEdit::singleline(&mut state.query)
                .hint_text("Search methods, errors, lessons, quick starts")
                .font(Type::Code.font())
                .desired_width(f32::INFINITY),
        );
        if ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        let found = find(&state.query, shown.course);
        move_choice(ui, state, found.len());
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        ScrollArea::vertical()
            .max_height(size::SEARCH[1])
            .auto_shrink([false, false])
            .show(ui, |ui| {
                if found.is_empty() {
                    ui.label("Nothing is called that here.");
                }
                for (index, found) in found.iter().enumerate() {
                    row_ui(
                        ui,
                        found,
                        index == state.chosen,
                        enter,
                        shown,
                        actions,
                        &mut state.open,
                    );
                }
            });
    });
    if response.should_close() {
        state.open = false;
    }
}

fn move_choice(ui: &Ui, state: &mut SearchState, count: usize) {
    ui.input(|input| {
        if input.key_pressed(Key::ArrowDown) {
            state.chosen += 1;
        }
        if input.key_pressed(Key::ArrowUp) {
            state.chosen = state.chosen.saturating_sub(1);
        }
    });
    state.chosen = state.chosen.min(count.saturating_sub(1));
}

fn row_ui(
    ui: &mut Ui,
    found: &Found<'_>,
    chosen: bool,
    enter: bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
    open: &mut bool,
) {
    let p = theme::of(ui);
    let frame = egui::Frame::new()
        .inner_margin(6)
        .fill(if chosen { p.raised } else { p.card });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(Type::MonoBold.text(found.title()));
            ui.label(Type::Label.colored(found.kind(), p.text3));
            let (label, action) = match found {
                Found::Script(entry) => ("Play", Action::Play(entry.name.to_owned())),
                Found::Lesson(id, _) => ("Open", Action::Lesson(LessonAction::Open(*id))),
                Found::Method(_) | Found::Error(_) => return,
            };
            let does = ui.button(label);
            if (does.clicked() || (chosen && enter)) && shown.can_call() {
                actions.push(action);
                *open = false;
            }
        });
        ui.label(Type::Body.colored(found.text(), p.text2));
    });
}
