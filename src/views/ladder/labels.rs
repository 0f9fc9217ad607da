//! Room for words: nothing is written over something else.

use std::sync::Arc;

use eframe::egui::{Color32, Galley, Pos2, Rect, Ui, pos2};

use crate::views::theme::Type;

use super::{BAR, GUTTER, Painting};

/// A place for words.
#[derive(Clone, Debug)]
pub(super) struct Room {
    anchor: Pos2,
    /// Which share of the words stands left of the anchor: 0, 0.5 or 1.
    before: f32,
    text: String,
}

impl Room {
    /// Words that begin here.
    pub(super) fn right(x: f32, y: f32, text: String) -> Self {
        let anchor = pos2(x, y);
        Self {
            anchor,
            before: 0.0,
            text,
        }
    }

    /// Words that end here.
    pub(super) fn left(x: f32, y: f32, text: String) -> Self {
        let anchor = pos2(x, y);
        Self {
            anchor,
            before: 1.0,
            text,
        }
    }

    /// Words around here.
    pub(super) fn middle(anchor: Pos2, text: String) -> Self {
        Self {
            anchor,
            before: 0.5,
            text,
        }
    }
}

/// Words shorter than this say nothing, points.
const LEAST: f32 = 28.0;

impl Painting<'_, '_> {
    /// The first of some places where the words cover nothing: whole if they fit somewhere, or else cut. `None`: there is
    /// no room.
    pub(super) fn find_room(
        &self,
        ui: &Ui,
        rooms: &[Room],
        type_: Type,
        color: Color32,
    ) -> Option<(Pos2, Arc<Galley>)> {
        let seen = self.place.area.left() + GUTTER..=self.place.area.right() - BAR;
        for share in [1.0, 0.5] {
            for room in rooms {
                let whole = cut(ui, &room.text, type_, color, f32::INFINITY).size().x;
                if whole * share < LEAST && share < 1.0 {
                    continue;
                }
                let galley = cut(ui, &room.text, type_, color, whole * share);
                if share < 1.0 && galley.size().x < LEAST {
                    continue;
                }
                let min = room.anchor - galley.size() * eframe::egui::vec2(room.before, 0.5);
                let rect = Rect::from_min_size(min, galley.size());
                let is_seen = seen.contains(&rect.left())
                    && seen.contains(&rect.right())
                    && self.place.area.y_range().contains(rect.center().y);
                let is_free = self
                    .taken
                    .iter()
                    .all(|taken| !taken.intersects(rect.shrink(1.0)));
                if is_seen && is_free {
                    return Some((min, galley));
                }
            }
        }
        None
    }
}

/// One line, cut with an ellipsis where the room ends, but never inside a number: half of one reads as another.
pub(super) fn cut(ui: &Ui, text: &str, type_: Type, color: Color32, room: f32) -> Arc<Galley> {
    let line = |text: String| ui.painter().layout_no_wrap(text, type_.font(), color);
    let whole = line(text.to_owned());
    if whole.size().x <= room {
        return whole;
    }
    let ends = text.char_indices().map(|(end, _)| end).rev();
    let cut = ends
        .filter(|end| !is_in_number(text, *end))
        .map(|end| line(format!("{}…", text[..end].trim_end())));
    let mut shorter = cut.filter(|galley| galley.size().x <= room);
    shorter.next().unwrap_or_else(|| line(String::new()))
}

/// Whether a text would be cut inside a number there.
fn is_in_number(text: &str, end: usize) -> bool {
    let (before, after) = text.split_at(end);
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let goes_on = is_digit(after.chars().next())
        || (after.starts_with([',', '.']) && is_digit(after.chars().nth(1)));
    let before = before.strip_suffix([',', '.']).unwrap_or(before);
    goes_on && is_digit(before.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::is_in_number;

    #[test]
    fn a_number_is_whole_or_not_there() {
        let text = "send 16,000 B";
        let inside: Vec<usize> = (0..text.len())
            .filter(|end| is_in_number(text, *end))
            .collect();
        assert_eq!(inside, [6, 7, 8, 9, 10], "of {text:?}");
    }
}
