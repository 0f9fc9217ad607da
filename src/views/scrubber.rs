//! The scrubber: a session from its first call to now, and the moment that is shown of it.

use eframe::egui::{
    self, Align2, CursorIcon, EventFilter, Key, Rect, Response, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, accesskit, pos2, vec2,
};

use crate::model::recording::RowNumber;

use super::buttons::{BarButton, Icon};
use super::log::row::grouped;
use super::theme::{self, Palette, Type, size};
use super::widgets::{Direction, focus_ring, paint_triangle};
use super::{Action, NoCalls, Shown};

/// Between the parts of the bar.
const GAP: f32 = 8.0;
/// The track is at least so long; words give way first.
const TRACK_MIN: f32 = 200.0;
/// Between two ticks of the track; where there are more calls, one stands for several.
const TICK_ROOM: f32 = 4.0;
const HANDLE: f32 = 7.0;
/// Where the past does not reach back to the first call.
const LET_GO: &str = "The oldest calls were let go: the past begins after them.";

/// One call back from what is shown; `None`: there is none.
pub fn back(shown: &Shown<'_>) -> Option<Action> {
    let whole = shown.whole;
    let last = || whole.ladder.stop_before(u64::MAX, whole.recording);
    let from = shown.moment().or_else(last)?;
    let before = whole.ladder.stop_before(from, whole.recording)?;
    (before >= whole.first?).then_some(Action::ShowMoment(before))
}

/// One call on from the past. `None` in the present.
pub fn on(shown: &Shown<'_>) -> Option<Action> {
    let whole = shown.whole;
    let after = whole.ladder.stop_after(shown.moment()?, whole.recording);
    Some(after.map_or(Action::ShowNow, Action::ShowMoment))
}

/// The first call's moment, or the first that is whole.
pub fn first(shown: &Shown<'_>) -> Option<Action> {
    let whole = shown.whole;
    let first = whole.ladder.stop(0, whole.recording)?;
    Some(Action::ShowMoment(first.max(whole.first?)))
}

/// The moment right after a call; where it still waits, after it began to.
pub fn moment_of(row: RowNumber, shown: &Shown<'_>) -> Option<u64> {
    let entry = shown.whole.recording.numbered(row)?;
    let moment = entry.end.map_or(entry.start.seq, |end| end.seq);
    (moment >= shown.whole.first?).then_some(moment)
}

/// The bar; 32 high.
pub fn scrubber_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    if shown.moment().is_some() {
        // A line of the primary colour: what stands above it is not now.
        let line = Stroke::new(size::LINE_STRONG, p.ink);
        let top = rect.expand2(vec2(size::PADDING, 0.0));
        ui.painter().hline(top.x_range(), top.top() + 1.0, line);
    }
    let mut left = rect.left();
    for (icon, name, hover, does) in [
        (
            Icon::Back,
            "One call back",
            "One call back (Ctrl+←)",
            back(shown),
        ),
        (Icon::Step, "One call on", "One call on (Ctrl+→)", on(shown)),
    ] {
        let place = Rect::from_min_size(
            pos2(left, rect.center().y - size::CONTROL / 2.0),
            vec2(size::CONTROL, size::CONTROL),
        );
        let builder = UiBuilder::new().max_rect(place);
        ui.scope_builder(builder, |ui| {
            ui.add_enabled_ui(does.is_some(), |ui| {
                let response = BarButton::icon_only(icon, name).show(ui);
                if response.on_hover_text(hover).clicked() {
                    actions.extend(does);
                }
            });
        });
        left = place.right() + size::GAP;
    }
    let right = words_ui(ui, shown, rect, left + GAP + TRACK_MIN, actions);
    let track = Rect::from_min_max(
        pos2(left + GAP, rect.top()),
        pos2(right - GAP, rect.bottom()),
    );
    track_ui(ui, shown, track, actions);
    ui.advance_cursor_after_rect(rect);
}

/// What stands right of the track; returns where it begins. All of it has its room in the present too, as the track
/// must not change under a hand that draws along it. Where there is no room above `least`, the sentence is left out:
/// the Next line says it.
fn words_ui(
    ui: &mut Ui,
    shown: &Shown<'_>,
    rect: Rect,
    least: f32,
    actions: &mut Vec<Action>,
) -> f32 {
    let p = theme::of(ui);
    let y = rect.center().y;
    let is_past = shown.moment().is_some();
    let (words, hover) = match shown.earlier {
        None => ("Back to now", "Shows the present again (End or Esc)."),
        Some(_) => (
            "End of the recording",
            "Shows all that was recorded (End or Esc).",
        ),
    };
    let button = BarButton::new(words)
        .shortcut("End")
        .primary(true)
        .font(Type::BodyBold);
    let place = Rect::from_min_max(
        pos2(rect.right() - button.width(ui), y - size::CONTROL / 2.0),
        pos2(rect.right(), y + size::CONTROL / 2.0),
    );
    if is_past {
        let now = ui.scope_builder(UiBuilder::new().max_rect(place), |ui| button.show(ui));
        if now.inner.on_hover_text(hover).clicked() {
            actions.push(Action::ShowNow);
        }
    }
    let wide = |text: &str, font: Type| {
        let text = text.to_owned();
        ui.painter()
            .layout_no_wrap(text, font.font(), p.text)
            .size()
            .x
    };
    let all = shown.whole.recording.calls();
    let longest = seconds(shown.whole.recording.last_at(), shown);
    let count = wide(&format!("call {all} of {all} · {longest}"), Type::Body);
    let news = wide(&format!("{all} new"), Type::Body) + 2.0 * SIGN;
    let (why, reason) = (
        NoCalls::Past.why(),
        wide(NoCalls::Past.why(), Type::BodyBold),
    );
    let has_room = place.left() - count - news - reason - 4.0 * GAP >= least;

    let mut right = place.left() - GAP;
    let words = count_words(shown);
    let spot = ui.painter().text(
        pos2(right, y),
        Align2::RIGHT_CENTER,
        &words,
        Type::Body.font(),
        p.text,
    );
    named(ui, "moment", spot, &words);
    right -= count + GAP;
    news_ui(ui, shown, pos2(right, y));
    right -= news + GAP;
    if has_room {
        if is_past {
            let look = Type::BodyBold.font();
            let spot = ui
                .painter()
                .text(pos2(right, y), Align2::RIGHT_CENTER, why, look, p.text);
            named(ui, "past", spot, why);
        }
        right -= reason + GAP;
    }
    right
}

/// Half the room of a sign before a word.
const SIGN: f32 = 9.0;

/// How many calls have been made since the past is looked at.
fn news_ui(ui: &mut Ui, shown: &Shown<'_>, end: egui::Pos2) {
    if shown.whole.news == 0 {
        return;
    }
    let p = theme::of(ui);
    let text = format!("{} new", shown.whole.news);
    let look = Type::Body.font();
    let place = ui
        .painter()
        .text(end, Align2::RIGHT_CENTER, &text, look, p.text);
    let sign = pos2(place.left() - SIGN, end.y);
    paint_triangle(ui.painter(), sign, 8.0, Direction::Down, p.text);
    let all = Rect::from_min_max(pos2(sign.x - SIGN, place.top()), place.max);
    named(ui, "news", all, &text).on_hover_text("Calls made since you look at the past");
}

/// `call 12 of 40 · 3.21 s`
fn count_words(shown: &Shown<'_>) -> String {
    let all = shown.whole.recording.calls();
    if shown.moment().is_none() {
        let now = match shown.earlier {
            None => "now",
            Some(_) => "the end",
        };
        let noun = if all == 1 { "call" } else { "calls" };
        return format!("{now} · {} {noun}", grouped(all));
    }
    let time = seconds(shown.now, shown);
    let made = grouped(shown.recording.calls());
    format!("call {made} of {} · {time}", grouped(all))
}

/// A time since the first call.
fn seconds(at: u64, shown: &Shown<'_>) -> String {
    let begun = shown.whole.recording.first_at().unwrap_or(at);
    format!("{:.2} s", at.saturating_sub(begun) as f64 / 1e9)
}

fn named(ui: &mut Ui, id: &str, rect: Rect, words: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(id), Sense::HOVER);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, words));
    response
}

fn track_ui(ui: &mut Ui, shown: &Shown<'_>, rect: Rect, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let (ladder, recording) = (shown.whole.ladder, shown.whole.recording);
    let stops = ladder.stops();
    let here = shown
        .moment()
        .map_or(stops, |moment| ladder.stops_until(moment));
    let id = ui.scope_id().with("track");
    let mut response = ui
        .interact(rect, id, Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::PointingHand);
    let gone = match shown.whole.first {
        Some(0) => 0,
        Some(first) => ladder.stops_until(first),
        None => stops,
    };
    if shown.whole.first != Some(0) {
        response = response.on_hover_text(LET_GO);
    }
    response.widget_info(|| WidgetInfo::slider(true, here as f64, "Moment of the session"));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_min_numeric_value(1.0);
        node.set_max_numeric_value(stops as f64);
        node.set_numeric_value_step(1.0);
        node.set_value(count_words(shown));
        if shown.whole.first != Some(0) {
            node.set_description(LET_GO);
        }
        node.add_action(accesskit::Action::Increment);
        node.add_action(accesskit::Action::Decrement);
    });
    let line = Rect::from_min_max(
        pos2(rect.left() + HANDLE, rect.center().y),
        pos2(rect.right() - HANDLE, rect.center().y),
    );
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| stops > 0) {
        let part = ((pointer.x - line.left()) / line.width()).clamp(0.0, 1.0);
        let index = ((stops as f32 * part).round() as usize).clamp(1, stops) - 1;
        if index + 1 != here
            && let Some((stop, first)) = ladder.stop(index, recording).zip(shown.whole.first)
        {
            actions.push(Action::ShowMoment(stop.max(first)));
        }
    }
    keys(ui, &response, shown, actions);
    paint(ui, p, line, [gone, here, stops], &response);
}

/// The arrow keys, and a screen reader's wishes.
fn keys(ui: &Ui, response: &Response, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let id = response.id;
    let asked = |action| ui.input(|input| input.has_accesskit_action_request(id, action));
    let mut steps = (
        asked(accesskit::Action::Decrement),
        asked(accesskit::Action::Increment),
    );
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
        steps.0 |= pressed(Key::ArrowLeft);
        steps.1 |= pressed(Key::ArrowRight);
    }
    if steps.0 {
        actions.extend(back(shown));
    }
    if steps.1 {
        actions.extend(on(shown));
    }
}

fn paint(ui: &Ui, p: &Palette, line: Rect, [gone, here, stops]: [usize; 3], response: &Response) {
    let painter = ui.painter();
    let y = line.center().y;
    let x = |stop: usize| line.left() + line.width() * stop as f32 / stops.max(1) as f32;
    let at = x(here);
    let whole = Stroke::new(size::LINE_STRONG, p.ctl);
    painter.hline(line.x_range(), y, whole);
    painter.hline(x(gone)..=at, y, Stroke::new(4.0, p.ink));
    let room = (line.width() / TICK_ROOM).max(1.0) as usize;
    let group = stops.div_ceil(room).max(1);
    for stop in (group..=stops).step_by(group) {
        let color = if stop <= here { p.ink } else { p.ctl };
        let tick = (y + 4.0)..=(y + 9.0);
        painter.vline(x(stop), tick, Stroke::new(size::LINE, color));
    }
    let center = pos2(at, y);
    painter.circle(
        center,
        HANDLE,
        p.ink,
        Stroke::new(size::LINE_STRONG, p.panel),
    );
    let knob = Rect::from_center_size(center, vec2(HANDLE, HANDLE) * 2.0);
    focus_ring(ui, response, knob);
}
