//! The first screen: three numbered buttons that send the first bytes, and what else there is to try.
//!
//! Once sockets exist their columns take the place of this screen; a strip above them keeps the remaining steps.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Align2, Color32, CornerRadius, Layout, Pos2, Rect, Response, Role as AccessRole,
    ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::buttons::{BarButton, Icon, paint_icon, paint_key};
use super::quick_start::{LAST_HOVER, QUICK_STARTS, paint_glyphs};
use super::theme::{self, Type, size};
use super::widgets::{focus_ring, paint_return_arrow};
use super::{Action, Mode, Next, Shown};

/// One of the three numbered steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstStep {
    /// Its script in the catalogue.
    pub script: &'static str,
    /// What the button says.
    pub title: &'static str,
    /// The calls it makes, in words.
    pub calls: &'static str,
}

/// The three steps, in order.
pub const FIRST_STEPS: [FirstStep; 3] = [
    FirstStep {
        script: "start-server",
        title: "Start a server",
        calls: "socket  bind  listen  accept",
    },
    FirstStep {
        script: "start-client",
        title: "Start a client",
        calls: "socket  connect",
    },
    FirstStep {
        script: "send-hello",
        title: "Send \"hello sockets\"",
        calls: "send  and the answer comes back",
    },
];

/// The index of the step that comes next, and whether it can be taken now.
fn next_step(shown: &Shown<'_>) -> Option<(usize, bool)> {
    let index = shown.first_step?.checked_sub(1)?;
    let step = FIRST_STEPS.get(index)?;
    let can_run = matches!(shown.next, Next::Run { script, .. } if script == step.script);
    Some((index, can_run))
}

/// The screen while no socket was ever made.
pub fn first_start_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let area = ui.available_rect_before_wrap();
    ScrollArea::vertical()
        .id_salt("first start")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let width = (area.width() - 2.0 * MARGIN).min(CONTENT);
            let left = area.left() + (area.width() - width) / 2.0;
            let top = (area.height() - HEIGHT).clamp(2.0 * size::PADDING, 160.0) / 2.0;
            let rect = Rect::from_min_size(
                pos2(left, ui.cursor().top() + top),
                vec2(width, f32::INFINITY),
            );
            ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                content_ui(ui, shown, actions);
            });
            life_lines_ui(ui, area.bottom());
        });
}

/// Content's greatest width, and the least room at its sides.
const CONTENT: f32 = 752.0;
const MARGIN: f32 = 16.0;
/// Content's height without the life lines.
const HEIGHT: f32 = 400.0;
const BIG: f32 = 84.0;
const SMALL: f32 = 48.0;

fn content_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing = vec2(0.0, 12.0);
    ui.label(Type::Title.colored("Real sockets, on this computer only.", p.text));
    let subtitle =
        "Three clicks send thirteen bytes through your system. Every call is a row in the log.";
    ui.label(Type::Subtitle.colored(subtitle, p.text2));
    ui.add_space(12.0);
    let width = ui.available_width();
    let side_by_side = width >= 640.0;
    let (steps, others) = if side_by_side {
        ((width - 36.0) * 0.643, (width - 36.0) * 0.357)
    } else {
        (width, width)
    };
    let done = next_step(shown).map_or(0, |(index, _)| index);
    if side_by_side {
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| steps_ui(ui, steps, (shown, done), actions));
            ui.add_space(36.0);
            ui.vertical(|ui| others_ui(ui, others, shown, actions));
        });
    } else {
        steps_ui(ui, steps, (shown, done), actions);
        others_ui(ui, others, shown, actions);
    }
}

fn steps_ui(
    ui: &mut Ui,
    width: f32,
    (shown, done): (&Shown<'_>, usize),
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 12.0;
    for (index, step) in FIRST_STEPS.iter().enumerate() {
        let is_next = index == done;
        let name = step_name(index, step);
        let (rect, response) = ui.allocate_exact_size(vec2(width, BIG), sense(is_next));
        response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, is_next, &name));
        let problem = match shown.next {
            Next::Run { script, why, .. } if script == step.script && why != step.calls => {
                Some(why.as_str())
            }
            _ => None,
        };
        let words = problem.unwrap_or(step.calls);
        paint_big(ui, rect, &response, (index, step.title, words), is_next);
        if let Some(problem) = problem {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_description(problem));
        }
        let response = response.on_hover_text(if let Some(problem) = problem {
            problem.to_owned()
        } else if is_next {
            "Every call is really made, one row each.".to_owned()
        } else {
            format!("After {index}: first things first.")
        });
        if response.clicked() {
            actions.push(Action::Run(step.script.to_owned()));
        }
    }
}

/// A step that can't be taken yet keeps its looks readable, but takes neither clicks nor the keyboard.
fn sense(is_next: bool) -> Sense {
    if is_next {
        Sense::click()
    } else {
        Sense::hover()
    }
}

fn step_name(index: usize, step: &FirstStep) -> String {
    format!("{} {}", index + 1, step.title)
}

fn paint_big(
    ui: &Ui,
    rect: Rect,
    response: &Response,
    (index, title, words): (usize, &str, &str),
    is_next: bool,
) {
    let p = theme::of(ui);
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS_FRAME);
    let (fill, line, text, quiet) = if is_next {
        let fill = if response.hovered() {
            p.ink.gamma_multiply(0.9)
        } else {
            p.ink
        };
        (fill, Stroke::NONE, p.onink, p.onink)
    } else {
        // Flat on the ground, so that it looks in no theme as if it could be pressed.
        (
            Color32::TRANSPARENT,
            Stroke::new(size::LINE, p.hair),
            p.text3,
            p.text3,
        )
    };
    painter.rect(rect, radius, fill, line, StrokeKind::Inside);
    let middle = rect.center().y;
    paint_number(ui, pos2(rect.left() + 40.0, middle), 20.0, index, is_next);
    let left = rect.left() + 76.0;
    let at = pos2(left, middle - 11.0);
    painter.text(at, Align2::LEFT_CENTER, title, Type::Headline.font(), text);
    let until = rect.right() - if is_next { 100.0 } else { 80.0 };
    let mut job = LayoutJob::simple_singleline(words.to_owned(), Type::Mono.font(), quiet);
    job.wrap = TextWrapping::truncate_at_width((until - left).max(0.0));
    let galley = painter.layout_job(job);
    let at = pos2(left, middle + 16.0 - galley.size().y / 2.0);
    painter.galley(at, galley, quiet);
    if is_next {
        let width = 80.0;
        paint_key(
            ui,
            pos2(rect.right() - width - 12.0, middle),
            "Ctrl+Enter",
            text,
        );
    } else {
        let at = pos2(rect.right() - 20.0, middle);
        let after = format!("after {index}");
        painter.text(at, Align2::RIGHT_CENTER, after, Type::Label.font(), quiet);
    }
    focus_ring(ui, response, rect);
}

/// A number in a circle: filled for the step that is next.
fn paint_number(ui: &Ui, center: Pos2, radius: f32, index: usize, is_next: bool) {
    let p = theme::of(ui);
    let color = if is_next {
        ui.painter().circle_filled(center, radius, p.onink);
        p.ink
    } else {
        let line = Stroke::new(size::LINE, p.ctl);
        ui.painter().circle_stroke(center, radius, line);
        p.text3
    };
    let number = (index + 1).to_string();
    let font = if radius > 12.0 {
        Type::MonoBig
    } else {
        Type::MonoBold
    };
    ui.painter()
        .text(center, Align2::CENTER_CENTER, number, font.font(), color);
}

/// What else there is to try: the same quick starts as on the left, in the words of a first visit.
fn others_ui(ui: &mut Ui, width: f32, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    const WORDS: [(&str, &str); 5] = [
        ("Watch it", "30 seconds, nothing to do"),
        ("UDP", "no connection at all"),
        ("Non-blocking", "a recv that never waits"),
        ("Peer to peer", "both bound, no server"),
        ("A server for the class", "any program can connect"),
    ];
    ui.spacing_mut().item_spacing.y = 8.0;
    lessons_ui(ui, width, actions);
    if shown.has_last {
        last_ui(ui, width, actions);
    }
    for (index, (start, (title, subtitle))) in QUICK_STARTS.iter().zip(WORDS).enumerate() {
        let (rect, response) = ui.allocate_exact_size(vec2(width, SMALL), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), title));
        let p = theme::of(ui);
        paint_small(ui, rect, &response, (title, subtitle));
        let center = pos2(rect.left() + 32.0, rect.center().y);
        match index {
            0 => paint_icon(ui.painter(), center, 14.0, Icon::Play, p.text),
            2 => paint_return_arrow(ui.painter(), center, 14.0, p.again),
            _ => paint_glyphs(ui, center + vec2(14.0, 0.0), start, p),
        }
        let hover = format!(
            "Plays \u{201c}{}\u{201d} step by step, with real calls.",
            start.title
        );
        if response.on_hover_text(hover).clicked() {
            actions.push(Action::Play(start.script.to_owned()));
        }
    }
}

/// The way to the lessons.
fn lessons_ui(ui: &mut Ui, width: f32, actions: &mut Vec<Action>) {
    let title = Mode::Lessons.name();
    let (rect, response) = ui.allocate_exact_size(vec2(width, SMALL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), title));
    paint_small(ui, rect, &response, (title, "one step at a time"));
    let center = pos2(rect.left() + 32.0, rect.center().y);
    paint_icon(ui.painter(), center, 14.0, Icon::Menu, theme::of(ui).text);
    let hover = "Each step is told, drawn and really made. Some ask first what you expect.";
    if response.on_hover_text(hover).clicked() {
        actions.push(Action::SetMode(Mode::Lessons));
    }
}

/// The way back to what was done the last time.
fn last_ui(ui: &mut Ui, width: f32, actions: &mut Vec<Action>) {
    let title = "Open last session";
    let (rect, response) = ui.allocate_exact_size(vec2(width, SMALL), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), title));
    paint_small(ui, rect, &response, (title, "to read and replay"));
    let center = pos2(rect.left() + 32.0, rect.center().y);
    paint_icon(ui.painter(), center, 14.0, Icon::Back, theme::of(ui).text);
    if response.on_hover_text(LAST_HOVER).clicked() {
        actions.push(Action::OpenLast);
    }
}

fn paint_small(ui: &Ui, rect: Rect, response: &Response, (title, subtitle): (&str, &str)) {
    let p = theme::of(ui);
    let hot = response.hovered() || response.has_focus();
    let (fill, line) = if hot {
        (p.raised, p.text2)
    } else {
        (Color32::TRANSPARENT, p.ctl)
    };
    let radius = CornerRadius::same(size::RADIUS_CARD);
    let line = Stroke::new(size::LINE, line);
    ui.painter()
        .rect(rect, radius, fill, line, StrokeKind::Inside);
    let left = rect.left() + 56.0;
    for (y, text, font, color) in [
        (16.0, title, Type::BodyBold, p.text),
        (33.0, subtitle, Type::Label, p.text2),
    ] {
        let at = pos2(left, rect.top() + y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, text, font.font(), color);
    }
    focus_ring(ui, response, rect);
}

/// Where the sockets' life lines will run, dotted, if there is room left.
fn life_lines_ui(ui: &mut Ui, bottom: f32) {
    let top = ui.cursor().top() + 36.0;
    if bottom - top < 80.0 {
        return;
    }
    let p = theme::of(ui);
    let area = ui.available_rect_before_wrap();
    let width = (area.width() - 2.0 * MARGIN).min(CONTENT);
    let left = area.left() + (area.width() - width) / 2.0;
    let painter = ui.painter();
    let lines: [(&str, Color32, f32); 3] = [
        ("server", p.listener_line, 0.08),
        ("conn", p.conn_line, 0.305),
        ("client", p.client_line, 0.53),
    ];
    for (name, color, part) in lines {
        let x = left + width * part;
        painter.circle_filled(pos2(x, top), 4.0, color);
        let at = pos2(x + 12.0, top);
        painter.text(at, Align2::LEFT_CENTER, name, Type::Mono.font(), p.text2);
        let ends = [pos2(x, top + 8.0), pos2(x, bottom - 8.0)];
        painter.extend(Shape::dotted_line(&ends, color, 7.0, 1.2));
    }
    let at = pos2(left + width * 0.65, top);
    let words = "their life lines will run down here";
    painter.text(at, Align2::LEFT_CENTER, words, Type::Label.font(), p.text3);
}

/// The steps, those done ticked, in a strip above the columns; nothing once they were sent away or lead nowhere.
pub fn first_steps_strip_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    if shown.playing.is_some() || !shown.can_call() {
        return;
    }
    let (done, can_run) = match (shown.first_step, next_step(shown)) {
        (_, Some((done @ 1.., can_run))) => (done, can_run),
        // The strip stays until it is sent away: nothing rises under the pointer.
        (Some(step), None) if step > FIRST_STEPS.len() => (FIRST_STEPS.len(), false),
        _ => return,
    };
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), STRIP));
    let builder = UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 6.0)));
    ui.scope_builder(builder, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            for (index, step) in FIRST_STEPS.iter().enumerate() {
                strip_step_ui(ui, (index, step), (done, can_run), shown, actions);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let away = BarButton::icon_only(Icon::Close, "Close the first steps").show(ui);
                if away.on_hover_text("Takes this strip away").clicked() {
                    actions.push(Action::LeaveFirstSteps);
                }
            });
        });
    });
    ui.advance_cursor_after_rect(rect);
}

/// Height of the strip.
const STRIP: f32 = 52.0;

fn strip_step_ui(
    ui: &mut Ui,
    (index, step): (usize, &FirstStep),
    (done, can_run): (usize, bool),
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let is_next = index == done && can_run;
    let p = theme::of(ui);
    let color = match (is_next, index < done) {
        (true, _) => p.onink,
        (_, true) => p.text3,
        _ => p.text2,
    };
    let galley = ui
        .painter()
        .layout_no_wrap(step.title.to_owned(), Type::BodyBold.font(), color);
    let width = galley.size().x + 64.0;
    let name = step_name(index, step);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 40.0), sense(is_next));
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, is_next, &name));
    let (fill, line) = match (is_next, response.hovered()) {
        (true, true) => (p.ink.gamma_multiply(0.9), Stroke::NONE),
        (true, false) => (p.ink, Stroke::NONE),
        _ => (p.card, Stroke::new(size::LINE, p.hair)),
    };
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter()
        .rect(rect, radius, fill, line, StrokeKind::Inside);
    let center = pos2(rect.left() + 22.0, rect.center().y);
    if index < done {
        paint_icon(ui.painter(), center, 14.0, Icon::Check, p.text3);
    } else {
        paint_number(ui, center, 11.0, index, is_next);
    }
    let at = pos2(rect.left() + 44.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    focus_ring(ui, &response, rect);
    let response = response.on_hover_text(match (is_next, index < done) {
        (true, _) => match shown.next {
            Next::Run { why, .. } => why,
            _ => step.calls,
        },
        (false, true) => "done",
        (false, false) => "after the step before it",
    });
    if response.clicked() {
        actions.push(Action::Run(step.script.to_owned()));
    }
}
