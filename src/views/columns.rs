//! The centre of the window: a column per socket, in the frames of their programs.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{self, Rect, ScrollArea, Stroke, Ui, pos2, vec2};

use crate::model::call::{ProgramId, SocketId};
use crate::model::socket::SocketTable;

use super::cards::{self, CardsState, Place, Spot};
use super::theme::{self, size};
use super::{Action, Shown};

mod edges;
mod folded;
mod frames;
mod life;
mod order;

use order::Order;

/// A folded column's width, points.
const FOLDED: f32 = 40.0;
/// The row above a program's cards, points.
const TITLE: f32 = 26.0;
/// How much of the life lines is always to be reached, points.
const LIFE_MIN: f32 = 96.0;
/// Below this window height cards leave out what their hover says too, points.
const LOW: f32 = 720.0;
/// Above so many columns the closed ones fold by themselves.
const CROWD: usize = 4;

/// What the columns remember between frames.
#[derive(Debug, Default)]
pub struct ColumnsState {
    order: Order,
    /// What the user said about folding, by socket.
    choices: BTreeMap<SocketId, bool>,
    folded: BTreeSet<SocketId>,
    /// The tallest card of the last frame, points: all cards of a row are as tall.
    tallest: f32,
    selected: Option<SocketId>,
    /// The column to bring into view.
    reveal: Option<SocketId>,
}

impl ColumnsState {
    /// Puts a socket's column before another's, or at the end. Where they belong to different programs, the whole
    /// program moves: a socket stands in its program.
    pub fn move_before(&mut self, socket: SocketId, before: Option<SocketId>) {
        self.order.move_before(socket, before);
        self.reveal = Some(socket);
    }

    /// Folds a column, or shows it whole again.
    pub fn toggle_fold(&mut self, socket: SocketId) {
        let folded = self.folded.contains(&socket);
        self.choices.insert(socket, !folded);
    }

    /// Forgets the columns: a new session begins.
    pub fn new_session(&mut self) {
        *self = Self::default();
    }

    /// Brings the columns up to what there is: order, folding, what to show.
    fn update(&mut self, shown: &Shown<'_>) {
        let sockets = shown.recording.sockets();
        if let Some(newest) = self.order.update(sockets) {
            self.reveal = Some(newest);
        }
        if self.selected != shown.selected {
            self.selected = shown.selected;
            self.reveal = shown.selected.or(self.reveal);
        }
        let crowded = sockets.iter().count() > CROWD;
        self.folded = sockets
            .iter()
            .filter(|socket| {
                let by_itself = crowded && socket.is_closed() && shown.selected != Some(socket.id);
                self.choices.get(&socket.id).copied().unwrap_or(by_itself)
            })
            .map(|socket| socket.id)
            .collect();
    }
}

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
struct Column {
    socket: SocketId,
    folded: bool,
    left: f32,
    width: f32,
    place: Place,
}

/// A program and its columns.
#[derive(Debug)]
struct Group {
    program: ProgramId,
    left: f32,
    right: f32,
    columns: Vec<Column>,
}

/// Paints the columns.
pub fn columns_ui(
    ui: &mut Ui,
    state: &mut ColumnsState,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    state.update(shown);
    let sockets = shown.recording.sockets();
    let centre = ui.available_width();
    let groups = lay_out(state, sockets, centre);
    let width = groups.last().map_or(0.0, |group| group.right + 4.0);
    let compact = ui.ctx().content_rect().height() < LOW;
    let card_height = state.tallest.max(cards::usual_height(compact));
    let area = ScrollArea::both()
        .id_salt("columns")
        .auto_shrink(false)
        .show(ui, |ui| {
            let least = TITLE + card_height + LIFE_MIN;
            let size = vec2(width, ui.available_height().max(least));
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let mut canvas = Canvas {
                rect,
                card_height,
                compact,
                tallest: 0.0,
                life: life::Life::read(shown, rect.height() - TITLE - card_height),
                places: Vec::new(),
                drag: None,
            };
            for group in &groups {
                canvas.group_ui(ui, group, cards, shown, actions);
            }
            canvas.drag_ui(ui, actions);
            let tallest = canvas.tallest.ceil();
            if (tallest - state.tallest).abs() > 0.5 {
                state.tallest = tallest;
                ui.ctx().request_discard("the tallest card has changed");
            }
            reveal(ui, state, &groups, rect);
        });
    if let Some(socket) =
        edges::edges_ui(ui, &groups, area.inner_rect, area.state.clamped_offset().x)
    {
        state.reveal = Some(socket);
        ui.ctx().request_repaint();
    }
    if sockets.open().any(cards::waits) {
        ui.ctx().request_repaint_after(theme::tick(ui.ctx()));
    }
}

/// Columns side by side: all whole ones as wide as fits, between the limits.
fn lay_out(state: &ColumnsState, sockets: &SocketTable, width: f32) -> Vec<Group> {
    let arranged = state.order.programs(sockets);
    let all: Vec<SocketId> = arranged
        .iter()
        .flat_map(|(_, sockets)| sockets.iter().copied())
        .collect();
    let each = column_width(width, all.len(), state.folded.len());
    let mut left = size::COLUMN_GAP / 2.0;
    let mut index: usize = 0;
    let mut groups = Vec::with_capacity(arranged.len());
    for (program, sockets) in arranged {
        let from = left;
        left += size::COLUMN_GAP / 2.0;
        let mut columns = Vec::with_capacity(sockets.len());
        for socket in sockets {
            let folded = state.folded.contains(&socket);
            let width = if folded { FOLDED } else { each };
            let neighbour = |index: Option<usize>| index.and_then(|index| all.get(index).copied());
            let place = Place {
                left: neighbour(index.checked_sub(1)),
                right: neighbour(Some(index + 1)),
                second_right: neighbour(Some(index + 2)),
            };
            columns.push(Column {
                socket,
                folded,
                left,
                width,
                place,
            });
            left += width + size::COLUMN_GAP;
            index += 1;
        }
        left -= size::COLUMN_GAP / 2.0;
        groups.push(Group {
            program,
            left: from,
            right: left,
            columns,
        });
    }
    groups
}

/// The width of each whole column, points: a multiple of 4.
fn column_width(centre: f32, columns: usize, folded: usize) -> f32 {
    let whole = columns.saturating_sub(folded).max(1) as f32;
    let gaps = size::COLUMN_GAP * (columns + 1) as f32;
    let room = (centre - gaps - FOLDED * folded as f32) / whole;
    ((room / 4.0).floor() * 4.0).clamp(size::COLUMN_MIN, size::COLUMN_MAX)
}

/// Scrolls to a column that is new or newly chosen.
fn reveal(ui: &Ui, state: &mut ColumnsState, groups: &[Group], rect: Rect) {
    let Some(socket) = state.reveal.take() else {
        return;
    };
    let column = groups
        .iter()
        .flat_map(|group| &group.columns)
        .find(|column| column.socket == socket);
    if let Some(column) = column {
        let from = pos2(rect.left() + column.left - size::COLUMN_GAP, rect.top());
        let target = Rect::from_min_size(from, vec2(column.width + 2.0 * size::COLUMN_GAP, 1.0));
        ui.scroll_to_rect_animation(target, None, ScrollAnimation::none());
    }
}

/// Where this frame's columns are painted.
struct Canvas {
    rect: Rect,
    card_height: f32,
    compact: bool,
    tallest: f32,
    life: life::Life,
    /// The cards painted.
    places: Vec<(Column, Rect)>,
    /// The socket whose title is dragged, and whether it was let go now.
    drag: Option<(SocketId, bool)>,
}

impl Canvas {
    fn group_ui(
        &mut self,
        ui: &mut Ui,
        group: &Group,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let rect = Rect::from_min_max(
            pos2(self.rect.left() + group.left, self.rect.top() + 2.0),
            pos2(
                self.rect.left() + group.right,
                self.rect.top() + TITLE + self.card_height + 4.0,
            ),
        );
        if !is_near(ui, rect) {
            return;
        }
        frames::frame_ui(ui, group, rect, shown, actions);
        for column in &group.columns {
            self.column_ui(ui, column, cards, shown, actions);
        }
    }

    fn column_ui(
        &mut self,
        ui: &mut Ui,
        column: &Column,
        cards: &mut CardsState,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let Some(socket) = shown.recording.sockets().get(column.socket) else {
            return;
        };
        let top = self.rect.top() + TITLE;
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
        };
        let (height, title) = cards::card_ui(ui, spot, cards, socket, shown, actions);
        self.tallest = self.tallest.max(height);
        self.places.push((*column, rect));
        if title.dragged() || title.drag_stopped() {
            self.drag = Some((column.socket, title.drag_stopped()));
        }
        let below = Rect::from_min_max(
            pos2(rect.left(), rect.bottom() + 6.0),
            pos2(rect.right(), self.rect.bottom()),
        );
        self.life.column_ui(ui, below, socket, shown, actions);
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
