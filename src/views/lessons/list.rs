//! The lessons there are: which are done, how long each is, and a click opens it.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Popup, PopupCloseBehavior, Rect, Response, Role as AccessRole, ScrollArea, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::script::lesson::Part;
use crate::views::buttons::{BarButton, Icon, paint_icon};
use crate::views::exercises::paint_sign;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{Direction, focus_ring, paint_triangle};
use crate::views::{Action, ExerciseAction, Shown};

use super::words::plain;
use super::{CourseLesson, LessonAction, LessonId, LessonsState};

/// Height of a lesson's row.
const ROW: f32 = 27.0;

/// The list; what comes after the lecture is folded until it is asked for.
pub(super) fn list_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let p = theme::of(ui);
    ui.label(Type::Panel.colored("Lessons", p.text));
    ui.add_space(size::GAP);
    rows_ui(ui, state, shown, size::PADDING, actions);
}

/// The rows; their ground reaches `around` points further than their words.
fn rows_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    shown: &Shown<'_>,
    around: f32,
    actions: &mut Vec<Action>,
) {
    let course = shown.course;
    let part = |wanted: Part| course.iter().filter(move |(_, it)| it.part == Some(wanted));
    for (id, lesson) in part(Part::Lecture) {
        row_ui(ui, (id, lesson), shown, around, actions);
    }
    let further: Vec<_> = part(Part::Further).collect();
    if let (Some((first, _)), Some((last, _))) = (further.first(), further.last()) {
        let is_in_it = shown
            .lesson
            .as_ref()
            .is_some_and(|lesson| (*first..=*last).contains(&lesson.id));
        let is_open = state.further_open.unwrap_or(is_in_it);
        let range = format!("{}–{}", first.0 + 1, last.0 + 1);
        if further_ui(ui, is_open, &range, around).clicked() {
            state.further_open = Some(!is_open);
        }
        for (id, lesson) in further.into_iter().filter(|_| is_open) {
            row_ui(ui, (id, lesson), shown, around, actions);
        }
    }
    for (id, lesson) in course.iter().filter(|(_, it)| it.part.is_none()) {
        row_ui(ui, (id, lesson), shown, around, actions);
    }
    let response = exercises_ui(ui, shown, around);
    if response.clicked() {
        actions.push(Action::Exercise(ExerciseAction::Show));
    }
    response.on_hover_text("Make something happen yourself, in the playground");
}

/// The way to the exercises, with how many of them were done.
fn exercises_ui(ui: &mut Ui, shown: &Shown<'_>, around: f32) -> Response {
    let p = theme::of(ui);
    let (done, of) = (shown.exercises.done, shown.exercises.all.len());
    let (rect, response) = row(ui);
    let name = format!("Exercises: {done} of {of} done");
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), &name));
    paint_ground(ui, rect.expand2(vec2(around, 0.0)), &response, false);
    let middle = rect.center().y;
    let sign = pos2(rect.left() + 7.0, middle);
    paint_sign(ui, sign, done == of);
    ui.painter().text(
        pos2(rect.left() + 28.0, middle),
        Align2::LEFT_CENTER,
        "Exercises",
        Type::Body.font(),
        p.text,
    );
    paint_count(ui, rect, &format!("{done}/{of}"));
    focus_ring(ui, &response, rect);
    response
}

fn row_ui(
    ui: &mut Ui,
    (id, lesson): (LessonId, &CourseLesson),
    shown: &Shown<'_>,
    around: f32,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let open = shown.lesson.filter(|open| open.id == id);
    let is_done = shown.course.is_done(lesson);
    let of = lesson.lesson.steps.len();
    let count = match open {
        Some(open) => format!("{}/{of}", open.taken),
        None if is_done => format!("{of}/{of}"),
        None => of.to_string(),
    };
    let title = &lesson.lesson.title;
    let (rect, response) = row(ui);
    let done = if is_done { ", done" } else { "" };
    let steps = if of == 1 { "step" } else { "steps" };
    let name = format!("Lesson {}: {title}, {count} {steps}{done}", id.0 + 1);
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::Button, ui.is_enabled(), open.is_some(), &name)
    });
    paint_ground(
        ui,
        rect.expand2(vec2(around, 0.0)),
        &response,
        open.is_some(),
    );
    let middle = rect.center().y;
    let sign = pos2(rect.left() + 7.0, middle);
    if is_done {
        paint_icon(ui.painter(), sign, 14.0, Icon::Check, p.conn);
    } else {
        let (font, color) = if open.is_some() {
            (Type::MonoBold, p.text)
        } else {
            (Type::Mono, p.text2)
        };
        let number = (id.0 + 1).to_string();
        ui.painter()
            .text(sign, Align2::CENTER_CENTER, number, font.font(), color);
    }
    let right = paint_count(ui, rect, &count);
    let (font, color) = if open.is_some() {
        (Type::BodyBold, p.text)
    } else {
        (Type::Body, p.text)
    };
    let left = rect.left() + 28.0;
    let mut job = LayoutJob::simple_singleline(title.clone(), font.font(), color);
    job.wrap = TextWrapping::truncate_at_width((right - 8.0 - left).max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(left, middle - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    focus_ring(ui, &response, rect);
    if response.on_hover_text(plain(&lesson.lesson.goal)).clicked() {
        actions.push(Action::Lesson(LessonAction::Open(id)));
    }
}

fn further_ui(ui: &mut Ui, is_open: bool, range: &str, around: f32) -> Response {
    let p = theme::of(ui);
    let (rect, response) = row(ui);
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::Button, ui.is_enabled(), is_open, "Further")
    });
    paint_ground(ui, rect.expand2(vec2(around, 0.0)), &response, false);
    let direction = if is_open {
        Direction::Down
    } else {
        Direction::Right
    };
    let middle = rect.center().y;
    let sign = pos2(rect.left() + 7.0, middle);
    paint_triangle(ui.painter(), sign, 8.0, direction, p.text2);
    ui.painter().text(
        pos2(rect.left() + 28.0, middle),
        Align2::LEFT_CENTER,
        "Further",
        Type::Body.font(),
        p.text,
    );
    paint_count(ui, rect, range);
    focus_ring(ui, &response, rect);
    response
}

fn row(ui: &mut Ui) -> (Rect, Response) {
    ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click())
}

fn paint_ground(ui: &Ui, ground: Rect, response: &Response, is_open: bool) {
    let p = theme::of(ui);
    if is_open || response.hovered() {
        ui.painter().rect_filled(ground, 0.0, p.raised);
    }
    if is_open {
        let bar = Rect::from_min_size(ground.min, vec2(3.0, ground.height()));
        ui.painter().rect_filled(bar, 0.0, p.ink);
    }
}

/// Paints what stands at the right end of a row; returns where it begins.
fn paint_count(ui: &Ui, rect: Rect, count: &str) -> f32 {
    let at = pos2(rect.right(), rect.center().y);
    let (font, color) = (Type::Mono.font(), theme::of(ui).text2);
    ui.painter()
        .text(at, Align2::RIGHT_CENTER, count, font, color)
        .left()
}

/// The list behind one button, where there is no room for it.
pub(super) fn drop_down_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let label = shown.lesson.as_ref().map_or_else(
        || "Choose a lesson".to_owned(),
        |open| format!("{} {}", open.id.0 + 1, open.lesson.title),
    );
    let width = ui.available_width();
    let button = BarButton::new(&label)
        .named("Lessons")
        .icon(Icon::Menu)
        .sized(Some(width), size::CONTROL)
        .show(ui);
    Popup::menu(&button)
        .width(width)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            let room = ui.ctx().content_rect().height() * 0.7;
            ScrollArea::vertical().max_height(room).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let before = actions.len();
                rows_ui(ui, state, shown, 8.0, actions);
                if actions.len() > before {
                    ui.close();
                }
            });
        });
    button.on_hover_text("All lessons");
}
