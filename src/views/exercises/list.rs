//! The list of exercises: a tick or the lesson's number, and the title; a click opens it.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Pos2, Rect, Response, Role as AccessRole, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::script::exercise::Exercise;
use crate::views::buttons::{Icon, paint_icon};
use crate::views::theme::{self, Type, size};
use crate::views::widgets::focus_ring;
use crate::views::{Action, Shown};

use super::{ExerciseAction, ExercisesChoices};

/// Height of a row.
const ROW: f32 = 26.0;

/// All of them.
pub(super) fn list_ui(
    ui: &mut Ui,
    choices: &ExercisesChoices,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    for exercise in shown.exercises.all {
        let is_done = choices.done.contains(&exercise.name);
        if row_ui(ui, exercise, is_done).clicked() {
            let name = Some(exercise.name.clone());
            actions.push(Action::Exercise(ExerciseAction::Open(name)));
        }
    }
}

fn row_ui(ui: &mut Ui, exercise: &Exercise, is_done: bool) -> Response {
    let p = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        let done = if is_done { ", done" } else { "" };
        let name = format!("Exercise: {}{done}", exercise.title);
        WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name)
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    if response.hovered() {
        let ground = rect.expand2(vec2(4.0, 0.0));
        let radius = size::RADIUS_CONTROL;
        ui.painter().rect_filled(ground, radius, p.raised);
    }
    let middle = rect.center().y;
    let sign = pos2(rect.left() + 8.0, middle);
    paint_sign(ui, sign, is_done);
    let lesson = pos2(rect.right(), middle);
    let number = format!("{}", exercise.lesson);
    let number = ui.painter().text(
        lesson,
        Align2::RIGHT_CENTER,
        number,
        Type::MonoEdge.font(),
        p.text3,
    );
    let left = rect.left() + 24.0;
    let mut job = LayoutJob::simple_singleline(exercise.title.clone(), Type::Body.font(), p.text);
    job.wrap = TextWrapping::truncate_at_width((number.left() - 8.0 - left).max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(left, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.text);
    focus_ring(ui, &response, rect);
    response.on_hover_text(format!("Goes with lesson {}", exercise.lesson))
}

/// A tick, or an empty box: not done yet.
pub fn paint_sign(ui: &Ui, center: Pos2, is_done: bool) {
    let p = theme::of(ui);
    if is_done {
        paint_icon(ui.painter(), center, 14.0, Icon::Check, p.conn);
        return;
    }
    ui.painter().rect_stroke(
        Rect::from_center_size(center, vec2(12.0, 12.0)),
        size::RADIUS_BOX,
        Stroke::new(size::LINE, p.ctl),
        StrokeKind::Inside,
    );
}
