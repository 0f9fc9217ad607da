//! The step at hand: what is said of it, the question before the next, what came of the last.

use std::time::Duration;

use eframe::egui::{Rect, Role as AccessRole, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::model::address::{Port, PortChoice};
use crate::model::counted;
use crate::model::socket::SocketTable;
use crate::script::lesson::Card;
use crate::views::buttons::{BarButton, field};
use crate::views::theme::{self, Type, size};
use crate::views::widgets::paint_hourglass;
use crate::views::{Action, Shown};

use super::neighbour::neighbour_ui;
use super::question::{question_ui, reply_ui};
use super::words::{Voice, words_ui};
use super::{LessonAction, LessonShown, LessonsState, Sleep};

/// The step, from its number to the question before the next.
pub(super) fn step_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    lesson: &LessonShown<'_>,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let sockets = shown.recording.sockets();
    let step = format!("Step {} of {}", lesson.step, lesson.of());
    ui.label(Type::Panel.colored(step, p.text));
    ui.add_space(size::GAP);
    segments_ui(ui, lesson);
    ui.add_space(size::PADDING);
    if lesson.looks_back() {
        past_ui(ui, actions);
    }
    let voice = Voice::new(Type::Subtitle, Type::CodeBold, p.text);
    let last = lesson.last();
    let said = last.map_or(lesson.lesson.goal.as_str(), |(_, step)| step.say.as_str());
    words_ui(ui, said, &voice, sockets);
    ui.add_space(size::PADDING);
    if let Some(sleep) = lesson.sleeps {
        sleep_ui(ui, sleep, shown.now);
    }
    let reply = last.and_then(|(place, _)| lesson.reply(place, shown));
    if let Some(reply) = reply {
        reply_ui(ui, &reply, sockets);
        ui.add_space(size::PADDING);
    }
    if lesson.needs_neighbour() && !lesson.looks_back() {
        neighbour_ui(ui, lesson, shown, actions);
    }
    if let Some(question) = lesson.open_question() {
        question_ui(ui, state, lesson, question, shown, actions);
        ui.add_space(8.0);
    } else if last.is_none() {
        ui.label(Type::Label.colored("Press Next to begin. Every call is real.", p.text2));
        ui.add_space(8.0);
    }
}

/// The card of the step at hand, if it has one.
pub(super) fn step_card_ui(ui: &mut Ui, lesson: &LessonShown<'_>, shown: &Shown<'_>) {
    if let Some(card) = lesson.card() {
        card_ui(ui, card, shown.recording.sockets());
        ui.add_space(8.0);
    }
}

/// A segment per step: those taken, the one at hand, those to come.
fn segments_ui(ui: &mut Ui, lesson: &LessonShown<'_>) {
    const GAP: f32 = 4.0;
    let p = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    let of = lesson.of();
    response.widget_info(|| {
        let label = format!("{} of {} taken", lesson.taken, counted(of as u64, "step"));
        WidgetInfo::labeled(AccessRole::ProgressIndicator, true, label)
    });
    let each = rect.width() / of.max(1) as f32;
    let gap = if each > 3.0 * GAP { GAP } else { each / 4.0 };
    for place in 0..of {
        let is_at = place + 1 == lesson.step;
        let left = rect.left() + each * place as f32;
        let height = if is_at { 10.0 } else { 7.0 };
        let segment = Rect::from_center_size(
            pos2(left + (each - gap) / 2.0, rect.center().y),
            vec2(each - gap, height),
        );
        let color = if place < lesson.step { p.ink } else { p.raised };
        let color = if is_at || place >= lesson.step {
            color
        } else {
            p.text2
        };
        ui.painter().rect_filled(segment, 2.0, color);
    }
}

/// Time that passes: how much of it has, as a bar and in figures.
fn sleep_ui(ui: &mut Ui, sleep: Sleep, now: u64) {
    const BAR: f32 = 8.0;
    let p = theme::of(ui);
    let passed = sleep.passed(now);
    let words = format!("time passes: {passed:.1} of {} s", sleep.seconds);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        let (sign, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
        paint_hourglass(ui.painter(), sign.center(), 16.0, p.wait);
        ui.label(Type::BodyBold.colored(words, p.wait));
    });
    ui.add_space(size::GAP);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    ui.painter().rect_filled(bar, 2.0, p.raised);
    let share = (passed / sleep.seconds.max(f64::MIN_POSITIVE)) as f32;
    let done = Rect::from_min_size(bar.min, vec2(bar.width() * share.min(1.0), BAR));
    ui.painter().rect_filled(done, 2.0, p.wait);
    ui.add_space(size::PADDING);
    ui.ctx()
        .request_repaint_after(theme::tick(ui.ctx(), Duration::ZERO));
}

fn past_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let words = "This is the past: real sockets don't go back.";
    ui.label(Type::BodyBold.colored(words, p.wait));
    ui.add_space(size::GAP);
    if BarButton::new("Back to the present").show(ui).clicked() {
        actions.push(Action::Lesson(LessonAction::Present));
    }
    ui.add_space(size::PADDING);
}

/// What the lecture says beside what the system does.
pub fn card_ui(ui: &mut Ui, card: &Card, sockets: &SocketTable) {
    let p = theme::of(ui);
    eframe::egui::Frame::new()
        .fill(p.card)
        .stroke(eframe::egui::Stroke::new(size::LINE, p.hair))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(8)
        .show(ui, |ui| {
            let width = ui.available_width();
            ui.set_min_width(width);
            let half = (width - 12.0) / 2.0;
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                for (head, words) in [
                    ("The lecture says", &card.lecture),
                    ("Your system", &card.system),
                ] {
                    ui.vertical(|ui| {
                        ui.set_width(half);
                        ui.label(Type::Label.colored(head, p.text2));
                        let voice = Voice::new(Type::Body, Type::Code, p.text);
                        words_ui(ui, words, &voice, sockets);
                    });
                }
            });
        });
}

/// The field for the lesson's first port.
pub(super) fn port_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    lesson: &LessonShown<'_>,
    actions: &mut Vec<Action>,
) {
    let Some(written) = lesson.written_port() else {
        return;
    };
    let p = theme::of(ui);
    let used = lesson.port(written);
    let port = state.port(lesson.id, used);
    let checked = port_of(port).and_then(|port| {
        let fits = lesson.can_move_to(port);
        fits.then_some(port)
            .ok_or_else(|| "The lesson's other ports would not fit: choose another.".to_owned())
    });
    ui.horizontal(|ui| {
        ui.label(Type::Label.colored("Port for this lesson", p.text2));
        ui.with_layout(
            eframe::egui::Layout::right_to_left(eframe::egui::Align::Center),
            |ui| {
                ui.scope(|ui| {
                    ui.set_max_width(88.0);
                    field(ui, port, "Port for this lesson", "5000", checked.is_err());
                });
            },
        );
    });
    match checked {
        Err(reason) => {
            ui.label(Type::LabelBold.colored(reason, p.err));
        }
        Ok(wanted) if wanted != used => {
            let label = if lesson.taken == 0 {
                format!("Use port {wanted}")
            } else {
                format!("Restart on port {wanted}")
            };
            if BarButton::new(&label).show(ui).clicked() {
                actions.push(Action::Lesson(LessonAction::Port(wanted)));
            }
        }
        Ok(_) => {}
    }
}

/// What is typed as a port: one that two programs can agree on before either runs.
fn port_of(text: &str) -> Result<u16, String> {
    match Port::parse(text) {
        Ok(PortChoice::Port(port)) => Ok(port.get()),
        Ok(PortChoice::AnyFree) => Err("Choose 1025–65535: both programs must know it.".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
