//! The title with the steps, the line of code that comes next, and the keys at the foot.

use std::time::Duration;

use eframe::egui::{Align2, Rect, Role, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::model::payload::visible_text;
use crate::views::theme::{self, Large};
use crate::views::widgets::{paint_brand, paint_glyph, paint_hourglass};
use crate::views::{LessonShown, Next, Playing};

use super::{Hall, MARGIN, at, named};

/// Said while the past is looked at.
pub(super) const PAST: &str = "the past: real sockets don't go back";

/// The title, the steps and their number.
pub(super) fn top_ui(ui: &mut Ui, hall: &Hall<'_>, rect: Rect) {
    let p = hall.p;
    let y = rect.center().y;
    let left = rect.left() + hall.px(MARGIN);
    let brand = Rect::from_min_size(
        pos2(left, y - hall.px(22.0)),
        vec2(hall.px(66.0), hall.px(44.0)),
    );
    paint_brand(ui.painter(), brand);
    let right = rect.right() - hall.px(MARGIN);
    let steps = match (&hall.shown.lesson, hall.shown.playing) {
        (Some(lesson), _) => Some((lesson.step, lesson.of())),
        (None, Some(playing)) => Some((playing.step, playing.of)),
        (None, None) => None,
    };
    let steps = steps.map(|steps| steps_ui(ui, hall, steps, pos2(right, y)));
    let title = match (&hall.shown.lesson, hall.shown.playing) {
        _ if hall.shown.earlier.is_some() => "An earlier session".to_owned(),
        (Some(lesson), _) => visible_text(&lesson.lesson.title).into_owned(),
        (None, Some(playing)) => title_of(playing),
        (None, None) => "Free play".to_owned(),
    };
    let from = brand.right() + hall.px(24.0);
    let room = steps.unwrap_or(right) - from - hall.px(24.0);
    let place = hall.text(
        ui,
        at(from, y),
        Align2::LEFT_CENTER,
        (&title, Large::Title, p.text),
        room,
    );
    named(ui, "title", place, Role::Heading, &title);
}

/// A script's title; of a file, its name alone.
fn title_of(playing: &Playing) -> String {
    let name = playing.title.rsplit(['/', '\\']).next();
    let name = name.filter(|name| !name.trim().is_empty());
    visible_text(name.unwrap_or(&playing.title)).into_owned()
}

/// The counter, and before it a pip for each step where they fit. Returns where they begin.
fn steps_ui(
    ui: &mut Ui,
    hall: &Hall<'_>,
    (step_at, of): (usize, usize),
    end: eframe::egui::Pos2,
) -> f32 {
    const MOST_PIPS: usize = 16;
    const PITCH: f32 = 44.0;
    let p = hall.p;
    let counter = format!("{step_at} of {of}");
    let place = if let Some(sleep) = hall.shown.lesson.and_then(|lesson| lesson.sleeps) {
        ui.ctx()
            .request_repaint_after(theme::tick(ui.ctx(), Duration::ZERO));
        let passed = sleep.passed(hall.shown.now);
        let look = (&*format!("{passed:.1} s"), Large::Counter, p.wait);
        let place = hall.text(ui, end, Align2::RIGHT_CENTER, look, f32::INFINITY);
        let sign = at(place.left() - hall.px(28.0), end.y);
        paint_hourglass(ui.painter(), sign, hall.px(36.0), p.wait);
        let words = format!("step {step_at} sleeps: {passed:.1} of {} s", sleep.seconds);
        named(ui, "steps", place, Role::Label, &words);
        // What stands before the counter stays where it is.
        let room = hall.text_width(ui, &counter, Large::Counter);
        place.with_min_x(place.right() - room)
    } else {
        let look = (counter.as_str(), Large::Counter, p.text);
        let place = hall.text(ui, end, Align2::RIGHT_CENTER, look, f32::INFINITY);
        named(ui, "steps", place, Role::Label, &format!("step {counter}"));
        place
    };
    let wide = hall.px(PITCH) * of as f32;
    let begin = place.left() - hall.px(36.0) - wide;
    if of > MOST_PIPS || begin < hall.rect.left() + hall.rect.width() * 0.42 {
        return place.left();
    }
    for step in 0..of {
        let center = at(begin + hall.px(PITCH) * (step as f32 + 0.5), end.y);
        let is_now = step + 1 == step_at;
        let size = if is_now {
            vec2(38.0, 22.0)
        } else {
            vec2(38.0, 14.0)
        };
        let pip = Rect::from_center_size(center, size * hall.unit);
        let radius = hall.radius(5.0);
        if step < step_at {
            ui.painter().rect_filled(pip, radius, p.ink);
        } else {
            let line = hall.stroke(2.0, p.ctl);
            ui.painter()
                .rect_stroke(pip, radius, line, StrokeKind::Inside);
        }
    }
    begin
}

/// What comes next, as code; or what stands in its way.
pub(super) fn strip_ui(ui: &mut Ui, hall: &Hall<'_>, rect: Rect) {
    let p = hall.p;
    let rect = rect.shrink2(vec2(0.0, hall.px(5.0)));
    let kind = hall
        .next
        .as_ref()
        .and_then(|next| hall.shown.recording.sockets().get(next.socket?))
        .map(crate::model::socket::Socket::kind);
    let (bar, ground) = kind.map_or((p.ctl, p.card), |kind| {
        let (full, dim, _) = theme::role_colors(p, kind);
        (full, dim)
    });
    ui.painter().rect_filled(rect, hall.radius(8.0), ground);
    let edge = Rect::from_min_size(rect.min, vec2(hall.px(12.0), rect.height()));
    ui.painter().rect_filled(edge, hall.radius(6.0), bar);
    let y = rect.center().y;
    let mut left = rect.left() + hall.px(40.0);
    if let Some(kind) = kind {
        paint_glyph(
            ui.painter(),
            at(left + hall.px(18.0), y),
            hall.px(38.0),
            kind,
            bar,
        );
        left += hall.px(56.0);
    }
    let (word, statement) = words(hall);
    let look = (word, Large::NoteBold, p.text);
    let right = rect.right() - hall.px(20.0);
    let place = hall.text(ui, at(left, y), Align2::LEFT_CENTER, look, right - left);
    if !statement.is_empty() {
        let bar = place.right() + hall.px(20.0);
        let line = Stroke::new(hall.px(2.0), p.ctl);
        ui.painter()
            .vline(bar, (y - hall.px(20.0))..=(y + hall.px(20.0)), line);
        let from = bar + hall.px(20.0);
        let look = (statement.as_str(), Large::Code, p.text);
        hall.text(ui, at(from, y), Align2::LEFT_CENTER, look, right - from);
    }
    let spoken = if statement.is_empty() {
        word.to_owned()
    } else {
        format!("{word}: {statement}")
    };
    named(ui, "next", rect, Role::Label, &spoken);
}

/// The word before the line, and the line.
fn words<'a>(hall: &'a Hall<'_>) -> (&'a str, String) {
    let lesson = hall.shown.lesson.as_ref();
    if hall.is_past || lesson.is_some_and(LessonShown::looks_back) {
        return (PAST, String::new());
    }
    if let Some(waits) = hall
        .shown
        .playing
        .and_then(|playing| playing.waits_for.as_deref())
    {
        return ("waits for", visible_text(waits).into_owned());
    }
    if let Some(next) = &hall.next {
        return ("next", next.statement.clone());
    }
    if let Some(lesson) = lesson {
        let word = if lesson.is_over() {
            "played to its end"
        } else {
            "next"
        };
        return (word, String::new());
    }
    match (hall.shown.playing, hall.shown.next) {
        (Some(_), _) => ("played to its end", String::new()),
        (None, Next::Run { title, .. }) => ("next", title.clone()),
        (None, _) => ("your call", String::new()),
    }
}

/// The keys, those that matter most first; what does not fit is left out.
pub(super) fn foot_ui(ui: &mut Ui, hall: &Hall<'_>, rect: Rect) {
    let p = hall.p;
    let mut left = rect.left() + hall.px(MARGIN);
    let y = rect.center().y;
    let right = rect.right() - hall.px(MARGIN);
    let mut spoken = Vec::new();
    for (key, does) in keys(hall) {
        let key_width = hall.text_width(ui, key, Large::NoteBold) + hall.px(10.0);
        let width = key_width + hall.text_width(ui, does, Large::Note);
        let dot = if spoken.is_empty() {
            0.0
        } else {
            hall.px(44.0)
        };
        if left + dot + width > right {
            break;
        }
        if dot > 0.0 {
            let look = ("·", Large::Note, p.text2);
            hall.text(
                ui,
                at(left + dot / 2.0, y),
                Align2::CENTER_CENTER,
                look,
                dot,
            );
        }
        left += dot;
        let look = (key, Large::NoteBold, p.text);
        hall.text(ui, at(left, y), Align2::LEFT_CENTER, look, width);
        let look = (does, Large::Note, p.text2);
        hall.text(
            ui,
            at(left + key_width, y),
            Align2::LEFT_CENTER,
            look,
            width,
        );
        left += width;
        spoken.push(format!("{key} {does}"));
    }
    named(ui, "keys", rect, Role::Label, &spoken.join(" · "));
}

/// What the keys do in a lesson.
fn lesson_keys(hall: &Hall<'_>) -> Vec<(&'static str, &'static str)> {
    let Some(lesson) = &hall.shown.lesson else {
        return Vec::new();
    };
    let is_put = lesson.asked || lesson.guess(lesson.step).is_some();
    let next = match lesson.open_question() {
        _ if lesson.looks_back() => "forward",
        _ if lesson.summary => "next lesson",
        _ if lesson.is_over() => "summary",
        Some(_) if is_put => "answer",
        Some(_) => "question",
        None => "step",
    };
    let play = if lesson.runs { "pause" } else { "play" };
    vec![("PageDown", next), ("Space", play)]
}

fn keys(hall: &Hall<'_>) -> Vec<(&'static str, &'static str)> {
    let mut keys = Vec::with_capacity(7);
    match hall.shown.playing {
        _ if hall.shown.lesson.is_some() => keys.extend(lesson_keys(hall)),
        _ if hall.is_past => keys.push(("PageDown", "forward")),
        Some(playing) => {
            keys.push(("PageDown", "step"));
            keys.push(("Space", if playing.runs { "pause" } else { "play" }));
        }
        None => keys.push(("Ctrl+Enter", "do it")),
    }
    keys.push(("PageUp", "back"));
    keys.push(("Esc", "leave"));
    keys.push((".", "blank"));
    keys.push((
        "L",
        if hall.shown.large_hall {
            "smaller"
        } else {
            "larger"
        },
    ));
    keys
}
