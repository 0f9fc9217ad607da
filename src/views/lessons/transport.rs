//! The bar of a lesson: back, on by itself, one step on, and how far it is.

use eframe::egui::{
    Align, Align2, Layout, Role as AccessRole, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::counted;
use crate::views::buttons::{BarButton, Icon};
use crate::views::theme::{self, Type, size};
use crate::views::transport::pause_ui;
use crate::views::{Action, Shown, Transport};

use super::{LessonAction, LessonShown};

/// Height of the bar's buttons.
const BUTTON: f32 = 40.0;

/// The bar; 64 high. Nothing while no lesson is open.
pub fn lesson_transport_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let Some(lesson) = &shown.lesson else { return };
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        buttons_ui(ui, lesson, shown, actions);
        ui.add_space(8.0);
        pause_ui(ui, shown.step_pause, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = BarButton::icon_only(Icon::Close, "Leave the lesson").show(ui);
            let close = close.on_hover_text("Leaves the lesson. Its sockets stay open.");
            if close.clicked() {
                actions.push(Action::Transport(Transport::Stop));
            }
            let restart = BarButton::new("Restart").show(ui);
            let restart = restart
                .on_hover_text("Closes the sockets and takes the lesson from its beginning.");
            if restart.clicked() {
                actions.push(Action::Lesson(LessonAction::Restart));
            }
            ui.add_space(8.0);
            let step = match lesson.sleeps {
                Some(_) => format!("step {} sleeps", lesson.step),
                None => format!("step {} of {}", lesson.step, lesson.of()),
            };
            ui.label(Type::Panel.colored(step, theme::of(ui).text));
            ui.add_space(8.0);
            progress_ui(ui, lesson);
        });
    });
}

fn buttons_ui(ui: &mut Ui, lesson: &LessonShown<'_>, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let can_go_back = lesson.step > 0 || lesson.summary;
    ui.add_enabled_ui(can_go_back, |ui| {
        let back = BarButton::new("Back")
            .icon(Icon::Back)
            .shortcut("PgUp")
            .sized(None, BUTTON)
            .show(ui);
        let back = back.on_hover_text("Shows the moment after the step before.");
        if back.clicked() {
            actions.push(Action::Lesson(LessonAction::Back));
        }
    });
    let (icon, label, does) = if lesson.runs {
        (Icon::Pause, "Pause", Transport::Pause)
    } else {
        (Icon::Play, "Play", Transport::Play)
    };
    ui.add_enabled_ui(!lesson.is_over(), |ui| {
        let toggle = BarButton::new(label)
            .icon(icon)
            .shortcut("Space")
            // Play and Pause take turns in one place, which must not change its width.
            .sized(Some(124.0), BUTTON)
            .show(ui);
        let hover = "Goes on by itself up to the next question, or stands still.";
        if toggle.on_hover_text(hover).clicked() {
            actions.push(Action::Transport(does));
        }
    });
    let label = match (lesson.is_over(), lesson.summary) {
        (true, true) if !lesson.looks_back() => "Next lesson",
        (true, false) if !lesson.looks_back() => "Summary",
        _ => "Next",
    };
    let leads_on =
        !lesson.summary || lesson.looks_back() || shown.course.after(lesson.id).is_some();
    let next = BarButton::new(label)
        .icon(Icon::Play)
        .shortcut("PgDn")
        .primary(true)
        .font(Type::Panel)
        .sized(Some(168.0), BUTTON);
    let next = ui.add_enabled_ui(leads_on, |ui| next.show(ui)).inner;
    if next.on_hover_text("One step on: one real call.").clicked() {
        actions.push(Action::Lesson(LessonAction::Next));
    }
}

/// A dot per step as long as they can be told apart, a bar beyond; the step at hand with its number.
fn progress_ui(ui: &mut Ui, lesson: &LessonShown<'_>) {
    const LEAST: f32 = 16.0;
    const MOST: f32 = 44.0;
    let room = ui.available_width();
    if room < 48.0 {
        return;
    }
    let of = lesson.of().max(1);
    let pitch = (room / of as f32).min(MOST);
    let width = if pitch < LEAST {
        room
    } else {
        pitch * of as f32
    };
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
    response.widget_info(|| {
        let steps = counted(lesson.of() as u64, "step");
        let label = format!("{} of {steps} taken", lesson.taken);
        WidgetInfo::labeled(AccessRole::Image, true, label)
    });
    let p = theme::of(ui);
    let painter = ui.painter();
    let middle = rect.center().y;
    let done = Stroke::new(3.0, p.ink);
    let open = Stroke::new(size::LINE_ICON, p.ctl);
    let x = |place: usize| rect.left() + width / of as f32 * (place as f32 + 0.5);
    let at = lesson.step.checked_sub(1);
    painter.hline(x(0)..=x(of - 1), middle, open);
    if let Some(at) = at {
        painter.hline(x(0)..=x(at), middle, done);
    }
    if pitch >= LEAST {
        for place in 0..of {
            let center = pos2(x(place), middle);
            if place < lesson.step {
                painter.circle_filled(center, 5.5, p.ink);
            } else {
                painter.circle(center, 5.0, p.panel, open);
            }
        }
    }
    if let Some(at) = at {
        let center = pos2(x(at), middle);
        painter.circle_filled(center, 11.0, p.ink);
        let (font, number) = (Type::MonoEdgeBold.font(), (at + 1).to_string());
        painter.text(center, Align2::CENTER_CENTER, number, font, p.onink);
    }
}
