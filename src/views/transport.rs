//! The bar of a script that is played: what it says, what comes next, and how it goes on.

use std::time::Duration;

use eframe::egui::{
    Align, ComboBox, Label, Layout, Rect, Role as AccessRole, Sense, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::model::counted;

use super::buttons::{BarButton, Icon};
use super::theme::{self, Type, size};
use super::{Action, Playing, Shown, Transport};

/// Pauses offered between steps, in milliseconds.
const PAUSES: [u64; 5] = [500, 1000, 2000, 3000, 5000];

/// The bar; 64 high. Nothing while nothing plays.
pub fn transport_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let Some(playing) = shown.playing else { return };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
        ui.add_space(1.0);
        let width = ui.available_width();
        let row = |ui: &mut Ui, add: &mut dyn FnMut(&mut Ui)| {
            let layout = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(vec2(width, ROW), layout, |ui| {
                ui.set_min_size(vec2(width, ROW));
                add(ui);
            });
        };
        row(ui, &mut |ui| words_ui(ui, playing, actions));
        row(ui, &mut |ui| controls_ui(ui, playing, actions));
    });
}

/// Height of one of its two rows.
const ROW: f32 = size::CONTROL;

/// What the script says now, and the way out.
fn words_ui(ui: &mut Ui, playing: &Playing, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let close = BarButton::icon_only(Icon::Close, "Stop playing").show(ui);
        let close = close.on_hover_text("Leaves the script. Its sockets stay open.");
        if close.clicked() {
            actions.push(Action::Transport(Transport::Stop));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (text, color) = match (&playing.waits_for, &playing.narration) {
                (Some(what), _) => (format!("waits for {what}"), p.wait),
                (None, Some(narration)) => (narration.clone(), p.text),
                (None, None) => (playing.title.clone(), p.text),
            };
            ui.add(Label::new(Type::Panel.colored(text, color)).truncate());
        });
    });
}

fn controls_ui(ui: &mut Ui, playing: &Playing, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let is_over = playing.next.is_none();
    ui.add_enabled_ui(!is_over, |ui| {
        play_buttons_ui(ui, playing, actions);
    });
    pause_ui(ui, playing.pause, actions);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let step = format!("step {} of {}", playing.step, playing.of);
        ui.label(Type::Panel.colored(step, p.text));
        progress_ui(ui, playing);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (words, statement) = match &playing.next {
                Some(next) => ("next", next.as_str()),
                None => ("played to its end", ""),
            };
            ui.label(Type::Label.colored(words, p.text3));
            ui.add(Label::new(Type::Mono.colored(statement, p.text)).truncate());
        });
    });
}

fn play_buttons_ui(ui: &mut Ui, playing: &Playing, actions: &mut Vec<Action>) {
    let (icon, label, does) = if playing.runs {
        (Icon::Pause, "Pause", Transport::Pause)
    } else {
        (Icon::Play, "Play", Transport::Play)
    };
    let toggle = BarButton::new(label)
        .icon(icon)
        .shortcut("Space")
        // Play and Pause take turns in one place, which must not change its width.
        .sized(Some(124.0), size::CONTROL)
        .show(ui);
    if toggle
        .on_hover_text("Goes on by itself, or stands still.")
        .clicked()
    {
        actions.push(Action::Transport(does));
    }
    let step = BarButton::new("Step")
        .icon(Icon::Step)
        .shortcut("PgDn")
        .primary(playing.next.is_some())
        .font(Type::BodyBold)
        .show(ui);
    if step.on_hover_text("Makes the next call.").clicked() {
        actions.push(Action::Transport(Transport::Step));
    }
}

/// The pause between two steps that are taken by themselves.
pub(super) fn pause_ui(ui: &mut Ui, between: Duration, actions: &mut Vec<Action>) {
    const NAME: &str = "Pause between steps";
    let is_wide = ui.available_width() > 720.0;
    if is_wide {
        ui.label(Type::Label.colored(NAME, theme::of(ui).text2));
    }
    let selected = if is_wide {
        seconds(between)
    } else {
        format!("pause {}", seconds(between))
    };
    let combo = ComboBox::from_id_salt("pause between steps")
        .width(64.0)
        .selected_text(selected)
        .show_ui(ui, |ui| {
            for millis in PAUSES {
                let pause = Duration::from_millis(millis);
                let chosen = pause == between;
                if ui.selectable_label(chosen, seconds(pause)).clicked() {
                    actions.push(Action::Transport(Transport::SetPause(pause)));
                }
            }
        });
    combo.response.accessible_name(NAME).on_hover_text(NAME);
}

fn seconds(pause: Duration) -> String {
    format!("{:.1} s", pause.as_secs_f64())
}

/// A dot per step as long as they can be told apart, a bar beyond.
fn progress_ui(ui: &mut Ui, playing: &Playing) {
    const PITCH: f32 = 13.0;
    const MOST_DOTS: usize = 12;
    let dots = playing.of.min(MOST_DOTS);
    let width = PITCH * dots as f32;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
    response.widget_info(|| {
        let steps = counted(playing.of as u64, "step");
        let label = format!("{} of {steps} played", playing.step);
        WidgetInfo::labeled(AccessRole::Image, true, label)
    });
    let p = theme::of(ui);
    let line = Stroke::new(size::LINE_ICON, p.ctl);
    let middle = rect.center().y;
    if playing.of > MOST_DOTS {
        let bar = Rect::from_min_max(
            pos2(rect.left(), middle - 3.0),
            pos2(rect.right(), middle + 3.0),
        );
        let part = playing.step as f32 / playing.of as f32;
        let done = Rect::from_min_size(bar.min, vec2(bar.width() * part.min(1.0), bar.height()));
        ui.painter().rect_filled(bar, 3.0, p.raised);
        ui.painter().rect_filled(done, 3.0, p.ink);
        return;
    }
    let x = |index: usize| rect.left() + PITCH * (index as f32 + 0.5);
    ui.painter()
        .hline(x(0)..=x(dots.saturating_sub(1)), middle, line);
    for index in 0..dots {
        let center = pos2(x(index), middle);
        if index < playing.step {
            let radius = if index + 1 == playing.step { 5.5 } else { 4.0 };
            ui.painter().circle_filled(center, radius, p.ink);
        } else {
            ui.painter().circle(center, 4.0, p.panel, line);
        }
    }
}
