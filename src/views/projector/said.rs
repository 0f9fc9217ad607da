//! What a lesson says of a step, whole, and where the lecture simplifies: too much for the caption.

use std::sync::Arc;

use eframe::egui::{Galley, Rect, Role, Ui, pos2, vec2};

use crate::model::caption::MOST_WORDS;
use crate::script::lesson::Card;
use crate::views::lessons::{LessonShown, plain};
use crate::views::theme::Large;

use super::lesson::{in_small, largest};
use super::{Hall, MARGIN, named};

/// The most rows of what is said, in letters as large as they allow.
const ROWS: usize = 3;
/// Between what is said and the card, and between the card's halves, lines.
const GAP: f32 = 16.0;
/// Height of the words above each half, lines.
const HEAD: f32 = 36.0;

/// The words of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    say: &'a str,
    card: Option<&'a Card>,
}

impl<'a> Said<'a> {
    /// Of the step taken last; before the first, of the lesson.
    pub(super) fn of(lesson: &LessonShown<'a>) -> Self {
        Self {
            say: lesson
                .last()
                .map_or(&lesson.lesson.goal, |(_, step)| &step.say),
            card: lesson.card(),
        }
    }

    /// The words alone, where a caption holds them and nothing else is to be said.
    pub(super) fn caption(&self) -> Option<&'a str> {
        let is_short = self.say.split_whitespace().count() <= MOST_WORDS;
        (is_short && self.card.is_none()).then_some(self.say)
    }

    /// How high it is, lines.
    pub(super) fn height(&self, ui: &Ui, hall: &Hall<'_>) -> f32 {
        let said = self.laid(ui, hall).size().y / hall.unit;
        let card = self.halves(ui, hall).map_or(0.0, |halves| {
            let highest = halves.iter().map(|(_, words)| words.size().y);
            GAP + HEAD + highest.fold(0.0, f32::max) / hall.unit
        });
        said + card
    }

    /// Paints it from the top of a place.
    pub(super) fn ui(&self, ui: &mut Ui, hall: &Hall<'_>, rect: Rect) {
        let said = self.laid(ui, hall);
        let place = Rect::from_min_size(rect.min, vec2(rect.width(), said.size().y));
        ui.painter().galley(place.min, said, hall.p.text);
        named(ui, "caption", place, Role::Status, &plain(self.say));
        let Some(halves) = self.halves(ui, hall) else {
            return;
        };
        let top = place.bottom() + hall.px(GAP);
        for (index, (head, words)) in halves.into_iter().enumerate() {
            let left = rect.left() + (half(hall) + hall.px(GAP)) * index as f32;
            let from = pos2(left, top);
            let font = hall.font(Large::NoteBold);
            let head = ui
                .painter()
                .layout_no_wrap(head.to_owned(), font, hall.p.text2);
            ui.painter().galley(from, head, hall.p.text2);
            let from = from + vec2(0.0, hall.px(HEAD));
            let place = Rect::from_min_size(from, words.size());
            let spoken = words.text().to_owned();
            ui.painter().galley(from, words, hall.p.text);
            named(ui, ("card", index), place, Role::Label, &spoken);
        }
    }

    fn laid(&self, ui: &Ui, hall: &Hall<'_>) -> Arc<Galley> {
        largest(ui, hall, self.say, width(hall), ROWS)
    }

    /// The halves of the card, each with the words above it.
    fn halves(&self, ui: &Ui, hall: &Hall<'_>) -> Option<[(&'static str, Arc<Galley>); 2]> {
        let card = self.card?;
        let laid = |words: &str| in_small(ui, hall, words, half(hall));
        Some([
            ("The lecture says", laid(&card.lecture)),
            ("Your system", laid(&card.system)),
        ])
    }
}

fn width(hall: &Hall<'_>) -> f32 {
    hall.rect.width() - 2.0 * hall.px(MARGIN)
}

fn half(hall: &Hall<'_>) -> f32 {
    (width(hall) - hall.px(GAP)) / 2.0
}
