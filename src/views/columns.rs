//! The centre of the window: a column per socket, in the frames of their programs.

use std::ops::Range;
use std::time::Duration;

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{self, Align, Rect, ScrollArea, Stroke, Ui, UiBuilder, pos2, vec2};

use crate::model::beside::Beside;
use crate::model::call::SocketId;
use crate::model::socket::SocketTable;

use super::cards::{self, CardsState, Spot};
use super::ladder;
use super::theme::{self, size};
use super::{Action, Shown};

mod at_work;
mod crowd;
mod edges;
mod folded;
mod frames;
mod lanes;
mod layout;
mod order;
mod rows;
mod select;
mod state;

pub use lanes::Lane;
use layout::{Column, Group, Layout, lay_out};
pub use state::ColumnsState;

/// A folded column's width, points.
const FOLDED: f32 = 40.0;
/// The row above a program's cards, points.
const TITLE: f32 = 26.0;
/// How much of the life lines is always to be reached, points.
const LIFE_MIN: f32 = 96.0;
/// The share of the centre that the life lines have at least: what cards need beyond it is scrolled to.
const LIFE_SHARE: f32 = 0.4;
/// So much of the cards is seen all the same: down to a call that waits, with its Stop waiting. Points.
const CARDS_MIN: f32 = 232.0;
/// Between the cards and the life lines, points.
const LIFE_GAP: f32 = 6.0;
/// Below this window height cards leave out what their hover says too, points.
const LOW: f32 = 720.0;
/// Above so many sockets the closed ones fold by themselves.
const MANY: usize = 4;
/// For so many frames a column is brought into view at most.
const TRIES: u32 = 6;

/// Paints the columns.
pub fn columns_ui(
    ui: &mut Ui,
    state: &mut ColumnsState,
    cards: &mut CardsState,
    follow: &mut bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sockets = shown.recording.sockets();
    let room = ui.available_rect_before_wrap();
    let least = if cards::are_slim(shown) {
        size::COLUMN_SLIM
    } else {
        size::COLUMN_MIN
    };
    state.update(shown, ui.available_size(), least);
    let layout = lay_out(state, sockets, room.width(), least);
    let width = layout.width() + ladder::outside_width(&state.outside) + state.covered;
    // What says that there is more stands below everything, where it covers nothing.
    let strip = if width > room.width() {
        edges::STRIP
    } else {
        0.0
    };
    let (above, strip) = room.split_top_bottom_at_y(room.bottom() - strip);
    ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
        scroll_ui(ui, state, &layout, cards, follow, shown, actions);
    });
    ui.advance_cursor_after_rect(room);
    let seen = Rect::from_min_max(
        strip.min,
        pos2(strip.right() - state.covered, strip.bottom()),
    );
    if let Some(socket) = edges::edges_ui(ui, &layout, seen, state.scrolled) {
        state.reveal(socket);
        ui.ctx().request_repaint();
    }
    let in_view = state.scrolled..state.scrolled + seen.width();
    if let Some(since) = youngest_wait(&layout, &in_view, sockets) {
        let running = Duration::from_nanos(shown.now.saturating_sub(since));
        ui.ctx()
            .request_repaint_after(theme::tick(ui.ctx(), running));
    }
}

/// When the last of the waits whose running time is in view began. A `select` is written in its program's title row.
fn youngest_wait(layout: &Layout, in_view: &Range<f32>, sockets: &SocketTable) -> Option<u64> {
    let is_seen = |column: &&layout::Column| {
        column.left < in_view.end && column.left + column.width > in_view.start
    };
    let seen = layout.columns().filter(is_seen);
    let seen = seen.filter_map(|column| sockets.get(column.socket));
    let selects = sockets.programs().flat_map(|program| &program.selects);
    let pending = selects.map(|select| &select.pending);
    let waits = pending.chain(seen.flat_map(|socket| &socket.waiting));
    waits.filter_map(|wait| Some(wait.since?.at)).max()
}

/// What scrolls: cards, rows and life lines.
fn scroll_ui(
    ui: &mut Ui,
    state: &mut ColumnsState,
    layout: &Layout,
    cards: &mut CardsState,
    follow: &mut bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let compact = ui.ctx().content_rect().height() < LOW;
    let card_height = state
        .tallest
        .max(cards::usual_height(compact, cards::are_slim(shown)));
    let rows = layout.rows.len() as f32 * (rows::ROW + rows::GAP);
    let head = rows + TITLE;
    let outside = ladder::outside_width(&state.outside);
    let width = (layout.width() + outside + state.covered).max(ui.available_width());
    let area = ScrollArea::both().id_salt("columns").auto_shrink(false);
    let revealed = std::mem::take(&mut state.reveal);
    let wanted = wanted_offset(state, layout, &revealed, ui.available_width());
    let area = area.show(ui, |ui| {
        let in_view = cards_in_view(card_height, ui.available_height() - head);
        let least = head + in_view + LIFE_MIN;
        let size = vec2(width, ui.available_height().max(least));
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        let under = rect.top() + head + in_view + LIFE_GAP;
        let origin = pos2(rect.left(), under);
        state.lanes = lanes::lanes(&layout.groups, origin, rect.bottom() - under);
        let mut canvas = Canvas {
            rect,
            top: rect.top() + rows,
            card_height,
            in_view,
            compact,
            tallest: 0.0,
            beside: state.beside.clone(),
            places: Vec::new(),
            drag: None,
        };
        canvas.rows_ui(ui, layout, state.covered, shown, actions);
        for group in &layout.groups {
            let linked = layout.is_linked(group);
            canvas.frame_ui(ui, group, linked, shown, actions);
        }
        canvas.cards_ui(ui, layout, cards, shown, actions);
        canvas.drag_ui(ui, actions);
        let ground = ladder::Ground {
            area: Rect::from_min_max(origin, rect.max),
            columns: &state.lanes,
            right: (rect.left() + layout.width() - size::COLUMN_GAP).max(rect.left()),
            outside: &state.outside,
            beside: state.beside.as_ref(),
        };
        ladder::ladder_ui(ui, &mut state.ladder, ground, follow, shown, actions);
        let tallest = canvas.tallest.ceil();
        if (tallest - state.tallest).abs() > 0.5 {
            state.tallest = tallest;
            ui.ctx().request_discard("the tallest card has changed");
        }
        if let Some(offset) = wanted {
            let seen = vec2(ui.clip_rect().width(), 1.0);
            let target = Rect::from_min_size(rect.min + vec2(offset, 0.0), seen);
            ui.scroll_to_rect_animation(target, Some(Align::Min), ScrollAnimation::none());
        }
    });
    state.scrolled = area.state.clamped_offset().x;
    // A scroll that was still under way may end elsewhere: asked again until it is there, but not for ever.
    let missed = wanted.is_some_and(|wanted| (wanted - state.scrolled).abs() > 0.5);
    state.tries = if missed { state.tries + 1 } else { 0 };
    if missed && state.tries < TRIES {
        state.reveal = revealed;
        ui.ctx().request_repaint();
    } else {
        state.tries = 0;
    }
}

/// How far to scroll to the right so that the columns that are new, newly chosen or at work are seen: where not all fit,
/// the first of them and those that fit beside it. `None`: as it is.
fn wanted_offset(
    state: &ColumnsState,
    layout: &Layout,
    sockets: &[SocketId],
    room: f32,
) -> Option<f32> {
    let wanted = layout.columns_of(sockets);
    let Some(first) = wanted.first() else {
        return layout.is_in_row(sockets).then_some(0.0);
    };
    let view = room - state.covered;
    let end = |column: &Column| column.left + column.width + size::COLUMN_GAP;
    let start = |column: &Column| column.left - size::COLUMN_GAP;
    let (mut left, mut right) = (start(first), end(first));
    for column in &wanted {
        let with = (left.min(start(column)), right.max(end(column)));
        if with.1 - with.0 <= view {
            (left, right) = with;
        }
    }
    let now = state.scrolled;
    let offset = now.max(right - view).min(left);
    let most = (layout.width() + state.covered - room).max(0.0);
    Some(offset.clamp(0.0, most))
}

/// How much of the cards is seen where they need `card` points, and have `room` with the life lines.
fn cards_in_view(card: f32, room: f32) -> f32 {
    let share = room * (1.0 - LIFE_SHARE) - LIFE_GAP;
    card.min(share.max(CARDS_MIN))
}

/// Where this frame's columns are painted.
struct Canvas {
    rect: Rect,
    /// Where the columns begin, below the rows of folded programs.
    top: f32,
    /// The height of a card.
    card_height: f32,
    /// How much of it is seen.
    in_view: f32,
    compact: bool,
    tallest: f32,
    beside: Option<Beside>,
    /// The cards painted.
    places: Vec<(Column, Rect)>,
    /// The socket whose title is dragged, and whether it was let go now.
    drag: Option<(SocketId, bool)>,
}

impl Canvas {
    fn rows_ui(
        &self,
        ui: &mut Ui,
        layout: &Layout,
        covered: f32,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        for (index, row) in layout.rows.iter().enumerate() {
            let top = self.rect.top() + 2.0 + index as f32 * (rows::ROW + rows::GAP);
            let rect = Rect::from_min_max(
                pos2(self.rect.left() + size::COLUMN_GAP / 2.0, top),
                pos2(
                    self.rect.right() - covered - size::COLUMN_GAP / 2.0,
                    top + rows::ROW,
                ),
            );
            let ends = rows::Ends {
                left: self.rect.left(),
                cards: self.top + TITLE,
            };
            rows::row_ui(ui, row, rect, ends, shown, actions);
        }
    }

    fn frame_ui(
        &self,
        ui: &mut Ui,
        group: &Group,
        linked: bool,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let rect = Rect::from_min_max(
            pos2(self.rect.left() + group.left, self.top + 2.0),
            pos2(
                self.rect.left() + group.right,
                self.top + TITLE + self.in_view + 4.0,
            ),
        );
        if is_near(ui, rect) {
            frames::frame_ui(ui, group, rect, linked, shown, actions);
        }
    }

    /// The cards, which scroll together where they are taller than their share of the centre.
    fn cards_ui(
        &mut self,
        ui: &mut Ui,
        layout: &Layout,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let min = pos2(self.rect.left(), self.top + TITLE);
        let view = Rect::from_min_size(min, vec2(self.rect.width(), self.in_view));
        ui.scope_builder(UiBuilder::new().max_rect(view), |ui| {
            let area = ScrollArea::vertical().id_salt("cards").auto_shrink(false);
            area.show(ui, |ui| {
                // Without the bar at the side: what is wider than its area widens what is around it.
                let size = vec2(ui.available_width(), self.card_height);
                let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
                for column in layout.groups.iter().flat_map(|group| &group.columns) {
                    self.column_ui(ui, column, rect.top(), cards, shown, actions);
                }
                for crowd in layout.groups.iter().flat_map(|group| &group.crowds) {
                    self.crowd_ui(ui, *crowd, rect.top(), shown, actions);
                }
            });
        });
    }

    fn column_ui(
        &mut self,
        ui: &mut Ui,
        column: &Column,
        top: f32,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let Some(socket) = shown.recording.sockets().get(column.socket) else {
            return;
        };
        let rect = Rect::from_min_size(
            pos2(self.rect.left() + column.left, top),
            vec2(column.width, self.card_height),
        );
        if !is_near(ui, rect) {
            return;
        }
        if column.folded {
            folded::folded_ui(ui, rect, socket, shown, actions);
            return;
        }
        let spot = Spot {
            rect,
            place: column.place,
            compact: self.compact,
            letter: self
                .beside
                .as_ref()
                .and_then(|beside| beside.letter(column.socket)),
        };
        let (height, title) = cards::card_ui(ui, spot, cards, socket, shown, actions);
        self.tallest = self.tallest.max(height);
        self.places.push((*column, rect));
        if title.dragged() || title.drag_stopped() {
            self.drag = Some((column.socket, title.drag_stopped()));
        }
    }

    fn crowd_ui(
        &mut self,
        ui: &mut Ui,
        crowd: layout::Crowd,
        top: f32,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let rect = Rect::from_min_size(
            pos2(self.rect.left() + crowd.left, top),
            vec2(crowd.width, self.card_height),
        );
        if is_near(ui, rect) {
            let height = crowd::crowd_ui(ui, rect, crowd, shown, actions);
            self.tallest = self.tallest.max(height);
        }
    }

    /// Shows where a dragged card would go, and moves it when it is let go.
    fn drag_ui(&self, ui: &Ui, actions: &mut Vec<Action>) {
        let Some((dragged, dropped)) = self.drag else {
            return;
        };
        let Some(pointer) = ui.ctx().pointer_interact_pos() else {
            return;
        };
        let gap = size::COLUMN_GAP / 2.0;
        let over = self.places.iter().find(|(column, rect)| {
            column.socket != dragged && rect.x_range().expand(gap).contains(pointer.x)
        });
        let Some((column, rect)) = over else { return };
        let behind = pointer.x > rect.center().x;
        let (x, before) = if behind {
            (rect.right() + gap, column.place.right)
        } else {
            (rect.left() - gap, Some(column.socket))
        };
        let stroke = Stroke::new(size::LINE_STRONG, theme::of(ui).text);
        ui.painter().vline(x, rect.y_range(), stroke);
        if dropped && before != Some(dragged) {
            actions.push(Action::MoveColumn(dragged, before));
        }
    }
}

/// Whether a part is in view or next to it: the rest need not be built.
fn is_near(ui: &Ui, rect: Rect) -> bool {
    let clip = ui.clip_rect();
    clip.expand2(clip.size()).intersects(rect)
}
