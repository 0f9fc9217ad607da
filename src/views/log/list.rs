//! A list of rows of one height that stays exact however long it is.
//!
//! A scroll area keeps its place as a 32-bit float of points: beyond about a million rows it can no longer tell
//! neighbours apart. Here the place is a row's number and a fraction of it, and only the rows in view are painted.

use eframe::egui::{
    EventFilter, Key, Modifiers, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::views::theme::{self, size};

/// The width of the scroll bar's track, from the right edge.
const BAR: f32 = 12.0;
/// The shortest handle that can still be taken hold of.
const HANDLE_MIN: f32 = 24.0;

/// Where the upper edge of the view is: so far down in that row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// The row, from 0.
    pub row: u64,
    /// How much of it is above the edge: 0 to less than 1.
    pub fraction: f64,
}

impl Position {
    /// The place so many rows further down; up where negative. Stops at the first row.
    #[must_use]
    pub fn moved(self, rows: f64) -> Self {
        let sum = self.fraction + rows;
        let whole = sum.floor();
        match self.row.checked_add_signed(whole as i64) {
            Some(row) => Self {
                row,
                fraction: sum - whole,
            },
            None => Self::default(),
        }
    }

    /// The place from which the last of `len` rows ends at the lower edge of a view of `visible` rows.
    pub fn last(len: u64, visible: f64) -> Self {
        if visible >= len as f64 {
            return Self::default();
        }
        let rows = visible.ceil();
        Self {
            row: len.saturating_sub(rows as u64),
            fraction: rows - visible,
        }
    }

    /// This place, or the last one where there is nothing below it.
    #[must_use]
    pub fn clamped(self, len: u64, visible: f64) -> Self {
        let last = Self::last(len, visible);
        if (self.row, self.fraction) > (last.row, last.fraction) {
            last
        } else {
            self
        }
    }

    /// How far down of all that can be scrolled: 0 to 1.
    fn share(self, len: u64, visible: f64) -> f64 {
        let range = (len as f64 - visible).max(1.0);
        ((self.row as f64 + self.fraction) / range).clamp(0.0, 1.0)
    }

    fn from_share(share: f64, len: u64, visible: f64) -> Self {
        let range = (len as f64 - visible).max(0.0);
        Self::default()
            .moved(share.clamp(0.0, 1.0) * range)
            .clamped(len, visible)
    }
}

/// What the list remembers between frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct List {
    /// The upper edge of the view.
    pub position: Position,
    /// Where the handle was taken hold of: the pointer's height and the share scrolled then.
    grab: Option<(f32, f64)>,
}

/// What happened to the list in this frame.
pub struct ListOutput<R> {
    /// What painting the rows returned.
    pub inner: R,
    /// The list as a whole: it takes the keyboard.
    pub response: Response,
    /// How many rows fit the view.
    pub visible: f64,
    /// Someone scrolled, by wheel, bar or key.
    pub scrolled: bool,
    /// Someone asked for the end by the End key.
    pub to_end: bool,
}

impl List {
    /// Shows `len` rows in `rect`; `paint` gets the index and place of each row in view.
    ///
    /// `name` is what the list is called in the accessibility tree.
    pub fn ui<R>(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        name: &str,
        len: u64,
        paint: impl FnOnce(&mut Ui, &[(u64, Rect)]) -> R,
    ) -> ListOutput<R> {
        let id = ui.scope_id().with(name);
        let visible = f64::from(rect.height() / size::LOG_ROW);
        let response = ui.interact(rect, id, Sense::FOCUSABLE);
        let before = self.position;
        let to_end = self.keys(ui, &response, len, visible);
        self.wheel(ui, rect);
        self.bar(ui, rect, name, len, visible);
        let scrolled = self.position != before;
        self.position = self.position.clamped(len, visible);

        let rows = Rect::from_min_max(rect.min, pos2(rect.right() - BAR, rect.bottom()));
        let mut inside = ui.new_child(UiBuilder::new().max_rect(rows).id_salt((name, "rows")));
        inside.set_clip_rect(rows.intersect(ui.clip_rect()));
        let inner = paint(&mut inside, &self.places(rows, len));
        self.describe(ui, &response, name, len, visible);
        ListOutput {
            inner,
            response,
            visible,
            scrolled,
            to_end,
        }
    }

    /// Scrolls as little as it takes to have a row in view.
    pub fn reveal(&mut self, index: u64, visible: f64) {
        let top = Position {
            row: index,
            fraction: 0.0,
        };
        let bottom = Position {
            row: index + 1,
            fraction: 0.0,
        }
        .moved(-visible);
        let at = (self.position.row, self.position.fraction);
        if at > (top.row, top.fraction) {
            self.position = top;
        } else if at < (bottom.row, bottom.fraction) {
            self.position = bottom;
        }
    }

    fn places(&self, rows: Rect, len: u64) -> Vec<(u64, Rect)> {
        let mut places = Vec::new();
        let mut top = rows.top() - (self.position.fraction * f64::from(size::LOG_ROW)) as f32;
        let mut index = self.position.row;
        while top < rows.bottom() && index < len {
            let min = pos2(rows.left(), top);
            places.push((
                index,
                Rect::from_min_size(min, vec2(rows.width(), size::LOG_ROW)),
            ));
            top += size::LOG_ROW;
            index += 1;
        }
        places
    }

    fn keys(&mut self, ui: &Ui, response: &Response, len: u64, visible: f64) -> bool {
        if !response.has_focus() {
            return false;
        }
        let filter = EventFilter {
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        // A line of the old page stays in view, so that the eye finds its place again.
        let page = (visible.floor() - 1.0).max(1.0);
        if pressed(Key::PageUp) {
            self.position = self.position.moved(-page);
        }
        if pressed(Key::PageDown) {
            self.position = self.position.moved(page);
        }
        if pressed(Key::Home) {
            self.position = Position::default();
        }
        let to_end = pressed(Key::End);
        if to_end {
            self.position = Position::last(len, visible);
        }
        to_end
    }

    fn wheel(&mut self, ui: &Ui, rect: Rect) {
        if !ui.rect_contains_pointer(rect) {
            return;
        }
        let points = ui.input(|input| input.smooth_scroll_delta().y);
        if points != 0.0 {
            self.position = self
                .position
                .moved(-f64::from(points) / f64::from(size::LOG_ROW));
            ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
        }
    }

    fn bar(&mut self, ui: &Ui, rect: Rect, name: &str, len: u64, visible: f64) {
        if len as f64 <= visible {
            self.grab = None;
            return;
        }
        let track = Rect::from_min_max(pos2(rect.right() - BAR, rect.top()), rect.max);
        let length = (f64::from(track.height()) * visible / len as f64) as f32;
        let length = length.clamp(HANDLE_MIN.min(track.height()), track.height());
        let travel = f64::from(track.height() - length).max(1.0);
        let id = ui.scope_id().with((name, "bar"));
        let response = ui.interact(track, id, Sense::CLICK | Sense::DRAG);
        match response.interact_pointer_pos() {
            Some(pointer) => {
                let share = self.position.share(len, visible);
                let (from, started) = *self.grab.get_or_insert_with(|| {
                    let center = track.top() + (share * travel) as f32 + length / 2.0;
                    let on_handle = (pointer.y - center).abs() <= length / 2.0;
                    let there = f64::from(pointer.y - track.top() - length / 2.0) / travel;
                    (pointer.y, if on_handle { share } else { there })
                });
                let share = started + f64::from(pointer.y - from) / travel;
                self.position = Position::from_share(share, len, visible);
            }
            None => self.grab = None,
        }
        let top = track.top() + (self.position.share(len, visible) * travel) as f32;
        let handle = Rect::from_min_size(pos2(track.left(), top), vec2(BAR, length));
        let p = theme::of(ui);
        let strong = response.hovered() || self.grab.is_some();
        let color = if strong { p.text2 } else { p.ctl };
        ui.painter()
            .rect_filled(handle.shrink2(vec2(3.0, 1.0)), 3.0, color);
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, format!("{name} bar")));
    }

    fn describe(&self, ui: &Ui, response: &Response, name: &str, len: u64, visible: f64) {
        response.widget_info(|| WidgetInfo::labeled(Role::List, true, name));
        let last = self.position.moved(visible).row.min(len);
        let first = (self.position.row + 1).min(len);
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(format!("{first} to {last} of {len}"));
        });
    }
}
