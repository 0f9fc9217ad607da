//! The open exercise: what to make happen, the hints asked for, and what made it happen.

use eframe::egui::{Frame, Label, Margin, Response, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use crate::model::recording::RowNumber;
use crate::model::socket::SocketTable;
use crate::script::exercise::Exercise;
use crate::views::buttons::{BarButton, Icon, link, paint_icon};
use crate::views::lessons::{Voice, job, plain};
use crate::views::theme::{self, Type, size};
use crate::views::{Action, Shown};

use super::{ExerciseAction, ExercisesState};

/// What counts: somebody who did it a moment ago would wait for the tick.
const COUNTS_FROM: &str = "Counts from now: what you did before does not.";

/// In place of the list, with the way back to it.
pub(super) fn open_ui(
    ui: &mut Ui,
    state: &mut ExercisesState,
    exercise: &Exercise,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 6.0;
    let all = link(ui, "All exercises", "All exercises");
    if all.clicked() {
        actions.push(Action::Exercise(ExerciseAction::Open(None)));
    }
    ui.label(Type::BodyBold.colored(&exercise.title, p.text));
    let sockets = shown.recording.sockets();
    words_ui(ui, &exercise.task, sockets);
    if state.choices.done.contains(&exercise.name) {
        done_ui(ui, exercise, shown.exercises.met, actions);
        return;
    }
    ui.add(Label::new(Type::Label.colored(COUNTS_FROM, p.text2)).wrap());
    for (index, hint) in exercise.hints.iter().take(state.hints).enumerate() {
        hint_title_ui(ui, index + 1);
        words_ui(ui, hint, sockets);
    }
    let of = exercise.hint_count();
    let end = if state.hints >= of {
        calls_ui(ui, exercise, actions)
    } else {
        let next = format!("Hint {} of {of}", state.hints + 1);
        BarButton::new(&next)
            .show(ui)
            .on_hover_text("One more hint")
    };
    if std::mem::take(&mut state.reveals) {
        end.scroll_to_me(None);
    }
    if end.clicked() && state.hints < of {
        state.hints += 1;
        state.reveals = true;
    }
}

/// Words among which code stands between backticks.
fn words_ui(ui: &mut Ui, words: &str, sockets: &SocketTable) {
    let color = theme::of(ui).text;
    let voice = Voice::new(Type::Body, Type::Code, color);
    let width = ui.available_width();
    let job = job(words, &voice, sockets, theme::of(ui), width);
    let label = ui.add(Label::new(job).wrap());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, plain(words)));
}

fn hint_title_ui(ui: &mut Ui, number: usize) {
    let text = format!("Hint {number}");
    ui.label(Type::LabelBold.colored(text, theme::of(ui).text2));
}

/// The last hint: the calls themselves, and a button that copies them.
fn calls_ui(ui: &mut Ui, exercise: &Exercise, actions: &mut Vec<Action>) -> Response {
    let p = theme::of(ui);
    hint_title_ui(ui, exercise.hint_count());
    Frame::new()
        .fill(p.field)
        .corner_radius(size::RADIUS_BOX)
        .inner_margin(Margin::same(6))
        .show(ui, |ui| {
            ScrollArea::horizontal()
                .id_salt(("calls", &exercise.name))
                .show(ui, |ui| {
                    let calls = Type::Mono.colored(&exercise.calls, p.text);
                    ui.add(Label::new(calls).extend().selectable(true));
                });
        });
    let copy = BarButton::new("Copy the calls").show(ui);
    let hover = "For the line below the log, which takes them one by one";
    let copy = copy.on_hover_text(hover);
    if copy.clicked() {
        actions.push(Action::Copy(exercise.calls.clone()));
    }
    copy
}

/// What made it happen, and the way to do it once more.
fn done_ui(ui: &mut Ui, exercise: &Exercise, met: Option<RowNumber>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        let side = Vec2::splat(16.0);
        let (rect, _) = ui.allocate_exact_size(side, Sense::hover());
        paint_icon(ui.painter(), rect.center(), 14.0, Icon::Check, p.conn);
        ui.label(Type::BodyBold.colored(format!("Done: {}.", exercise.done), p.text));
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        if let Some(row) = met {
            let label = format!("Row {}", row.0);
            let show = link(ui, &label, &format!("Show row {}", row.0));
            if show.on_hover_text("Shows the call that did it").clicked() {
                actions.push(Action::SelectRow(Some(row)));
            }
        }
        let again = link(ui, "Do it again", "Do it again");
        if again.on_hover_text("Takes the tick away").clicked() {
            actions.push(Action::Exercise(ExerciseAction::Again));
        }
    });
}
