//! In a lesson: the band of the step taken last, and the call that comes next, which nobody has made yet.

use eframe::egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::model::ladder::Lane;
use crate::script::lesson::letter;
use crate::script::lesson::{Answers, Guess};
use crate::views::Shown;
use crate::views::theme::{self, Type, size};
use crate::views::upcoming::Upcoming;
use crate::views::widgets::paint_dashed_rect;

use super::{GUTTER, Painting};

/// The room that the next call takes below "now", pitches.
pub(super) const NEXT: f64 = 2.0;

/// From the lower end of what was to the next call, pitches.
const GAP: f64 = 0.6;

impl Painting<'_, '_> {
    /// The band of the step taken last, where nothing else is chosen.
    pub(super) fn step_band(&mut self, ui: &mut Ui) {
        let Some(lesson) = self.shown.lesson.filter(|_| self.shown.row.is_none()) else {
            return;
        };
        let Some((step, _)) = lesson.last() else {
            return;
        };
        let Some(happened) = lesson.happened(step, self.shown) else {
            return;
        };
        let Some((top, bottom)) = self.shown.ladder.place(happened.row, self.shown.recording)
        else {
            return;
        };
        let (top, bottom) = (self.place.y(top), self.place.y(bottom));
        let area = self.place.area;
        let rect = Rect::from_min_max(
            pos2(area.left(), top - 4.0),
            pos2(area.right(), bottom + 6.0),
        );
        if !rect.intersects(area) {
            return;
        }
        let p = theme::of(ui);
        ui.painter().rect_filled(rect, 0.0, p.raised);
        self.band = Some(rect.y_range());
    }

    /// The call that comes next, dashed: `recv(1024) → ? your prediction: A`.
    pub(super) fn next_call_ui(&mut self, ui: &mut Ui) {
        let Some((socket, next)) = next_call(self.shown) else {
            return;
        };
        let lane = Lane::Socket(socket);
        let Some(x) = self.place.x(lane) else { return };
        let p = theme::of(ui);
        let font = self.place.type_().font();
        let call = ui
            .painter()
            .layout_no_wrap(next.call.clone(), font.clone(), p.text);
        let top = self.place.y(self.shown.ladder.end(self.shown.now) + GAP);
        let height = self.place.pitch() * 0.82;
        let rect = Rect::from_min_size(
            pos2(x - call.size().x / 2.0 - 10.0, top),
            vec2(call.size().x + 20.0, height),
        );
        ui.painter().rect_filled(rect, 0.0, p.lane);
        let stroke = Stroke::new(size::LINE_ICON, p.ctl);
        paint_dashed_rect(
            ui.painter(),
            rect,
            f32::from(size::RADIUS_BOX),
            stroke,
            4.0,
            3.0,
        );
        ui.painter()
            .galley(rect.center() - call.size() / 2.0, call, p.text);
        let guess = guess_words(self.shown);
        let words = match &guess {
            Some(guess) => format!("→ ? your prediction: {guess}"),
            None => "→ ?".to_owned(),
        };
        let galley =
            ui.painter()
                .layout_no_wrap(words.clone(), Type::MonoBold.font(), Color32::PLACEHOLDER);
        let to_right = rect.right() + 8.0 + galley.size().x <= self.place.area.right();
        let (at, anchor) = if to_right {
            (
                pos2(rect.right() + 8.0, rect.center().y),
                Align2::LEFT_CENTER,
            )
        } else {
            (
                pos2(rect.left() - 8.0, rect.center().y),
                Align2::RIGHT_CENTER,
            )
        };
        let under = anchor.anchor_size(at, galley.size());
        ui.painter()
            .rect_filled(under.expand2(vec2(2.0, 0.0)), 0.0, p.lane);
        ui.painter()
            .galley_with_override_text_color(under.min, galley, p.text);
        let id = ui.scope_id().with("next call");
        let response = ui.interact(
            rect.union(under).intersect(self.place.area),
            id,
            Sense::hover(),
        );
        let name = format!("next: {} {} {words}", self.name(lane), next.call);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    }

    /// Which step the band is of, over everything at the left.
    pub(super) fn step_words(&self, ui: &Ui) {
        let (Some(band), Some(lesson)) = (self.band, self.shown.lesson) else {
            return;
        };
        if self.shown.row.is_some() {
            return;
        }
        let p = theme::of(ui);
        let area = self.place.area;
        let step = format!("step {}", lesson.step);
        let galley = ui
            .painter()
            .layout_no_wrap(step, Type::LabelBold.font(), p.text);
        let left = area.left() + GUTTER + 4.0;
        let y = band.center();
        let rect = Rect::from_min_size(pos2(left, y - galley.size().y / 2.0), galley.size());
        let is_free = self.taken.iter().all(|taken| !taken.intersects(rect));
        if is_free {
            ui.painter().galley(rect.min, galley, p.text);
        }
    }
}

/// The call that comes next in a lesson, on a socket that is there, while nothing happens.
pub(super) fn next_call(shown: &Shown<'_>) -> Option<(crate::model::call::SocketId, Upcoming)> {
    let lesson = shown.lesson?;
    if lesson.moving || lesson.summary {
        return None;
    }
    let next = Upcoming::of(shown)?;
    Some((next.socket?, next))
}

fn guess_words(shown: &Shown<'_>) -> Option<String> {
    let lesson = shown.lesson?;
    let question = lesson.next()?.question.as_ref()?;
    match (lesson.guess(lesson.step)?, &question.answers) {
        (Guess::Choice(choice), Answers::Choices(_)) => Some(letter(*choice).to_string()),
        (Guess::Text(text), _) => Some(text.chars().take(24).collect()),
        _ => None,
    }
}
