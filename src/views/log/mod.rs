//! The log: a row per call, the newest last; filter, Follow, copy.

use std::collections::BTreeSet;

use eframe::egui::{self, Rect, Response, Ui, UiBuilder, pos2, vec2};

use crate::model::call::SocketId;
use crate::model::recording::{CallEntry, Recording, RowNumber};

use super::theme::{self, size};
use super::widgets::{Direction, focus_ring, paint_triangle};
use super::{Action, Shown};

mod keyboard;
pub mod list;
mod paint;
pub mod row;
pub mod search;
mod toolbar;

use list::List;
use search::{Matches, Query};

/// The height of the line of column titles.
const HEADER: f32 = 24.0;

/// The log's memory between frames.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch or a flag of its own, not a state among others"
)]
pub struct LogState {
    /// What the rows are filtered by.
    pub query: Query,
    /// Whether new rows are brought into view.
    pub follow: bool,
    /// Rows with smaller numbers are hidden.
    pub cleared_before: RowNumber,
    /// Whether the log was opened in a window too low for it.
    pub opened_low: bool,
    /// Set when the user wants the export dialog; whoever opens it sets it back.
    pub export_requested: bool,
    list: List,
    matches: Matches,
    finished: bool,
    /// The topmost row in view: what the place is held by when rows before it come or go.
    anchor: Option<RowNumber>,
    /// The first row that came after following ended.
    unseen_from: RowNumber,
    chosen: Option<RowNumber>,
    /// The other end of a choice of several rows.
    extent: Option<RowNumber>,
    wants_focus: bool,
    /// Decimals of the times shown.
    decimals: usize,
    session: Option<u64>,
}

impl Default for LogState {
    fn default() -> Self {
        Self {
            query: Query::default(),
            follow: true,
            cleared_before: RowNumber(0),
            opened_low: false,
            export_requested: false,
            list: List::default(),
            matches: Matches::default(),
            finished: true,
            anchor: None,
            unseen_from: RowNumber(0),
            chosen: None,
            extent: None,
            wants_focus: false,
            decimals: 0,
            session: None,
        }
    }
}

impl LogState {
    /// Hides the rows there are.
    pub fn clear(&mut self, recording: &Recording) {
        self.cleared_before = RowNumber(recording.calls() + 1);
        self.follow = true;
    }

    /// Forgets what belongs to the session before. The filter's text and Errors only stay.
    pub fn new_session(&mut self) {
        *self = Self {
            query: Query {
                hidden: BTreeSet::new(),
                ..std::mem::take(&mut self.query)
            },
            export_requested: self.export_requested,
            ..Self::default()
        };
    }

    /// Puts the keyboard into the filter, from the next frame on.
    pub fn focus_filter(&mut self) {
        self.opened_low = true;
        self.wants_focus = true;
    }

    /// Follows the newest row, or no longer.
    pub fn set_follow(&mut self, follow: bool, recording: &Recording) {
        if follow {
            self.resume();
        } else {
            self.stop_following(recording);
        }
    }

    fn stop_following(&mut self, recording: &Recording) {
        if self.follow {
            self.follow = false;
            self.unseen_from = RowNumber(recording.calls() + 1);
        }
    }

    /// Another recording has other rows under the same numbers.
    fn notice_session(&mut self, recording: &Recording) {
        if self.session.is_some() && self.session != recording.first_at() {
            self.new_session();
        }
        self.session = recording.first_at();
    }
}

/// The rows there are to show, by their place.
struct Rows<'a> {
    recording: &'a Recording,
    /// Found by a search; `None`: all from `from` on.
    matches: Option<&'a Matches>,
    from: usize,
}

impl Rows<'_> {
    fn len(&self) -> u64 {
        let rows = match self.matches {
            Some(matches) => matches.len(),
            None => self.recording.len() - self.from,
        };
        rows as u64
    }

    fn number(&self, index: u64) -> Option<RowNumber> {
        let index = usize::try_from(index).ok()?;
        match self.matches {
            Some(matches) => matches.get(index),
            None => self.recording.number_at(self.from + index),
        }
    }

    fn entry(&self, index: u64) -> Option<CallEntry> {
        match self.matches {
            Some(matches) => self
                .recording
                .numbered(matches.get(usize::try_from(index).ok()?)?),
            None => self.recording.row(self.from + usize::try_from(index).ok()?),
        }
    }

    /// Where the first row of that number or a greater one stands.
    fn place(&self, number: RowNumber) -> u64 {
        let place = match self.matches {
            Some(matches) => matches.place(number),
            None => search::first_from(self.recording, number).saturating_sub(self.from),
        };
        place as u64
    }
}

/// The log in all of the space there is.
pub fn log_ui(ui: &mut Ui, state: &mut LogState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    prepare(ui, state, shown);
    let rect = ui.available_rect_before_wrap();
    let toolbar = Rect::from_min_size(rect.min, vec2(rect.width(), size::TOOLBAR));
    let inner = toolbar.shrink2(vec2(size::PADDING, 4.0));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(layout), |ui| {
        toolbar::toolbar_ui(ui, state, shown, actions);
    });
    let header = Rect::from_min_size(toolbar.left_bottom(), vec2(rect.width(), HEADER));
    let rows = Rect::from_min_max(pos2(rect.left(), header.bottom()), rect.max);
    rows_ui(ui, state, shown, actions, header, rows);
    ui.advance_cursor_after_rect(rect);
}

/// The last call alone, where the window is too low for the log.
pub fn log_strip_ui(
    ui: &mut Ui,
    state: &mut LogState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    prepare(ui, state, shown);
    let rect = ui.available_rect_before_wrap();
    let opener = Rect::from_min_size(rect.min, vec2(size::CAPTION, rect.height()));
    if fold_button(ui, opener, "Open the log", Direction::Right).clicked() {
        state.opened_low = true;
    }
    let left = pos2(opener.right(), rect.center().y - size::LOG_ROW / 2.0);
    let line = Rect::from_min_max(left, pos2(rect.right(), left.y + size::LOG_ROW));
    let rows = rows_of(state, shown.recording);
    let last = rows
        .len()
        .checked_sub(1)
        .and_then(|index| rows.entry(index));
    let Some(entry) = last else {
        paint::hint(ui, line, "No calls yet");
        return;
    };
    let texts = [row::RowText::new(&entry, shown, row::IN_ROW)];
    let columns = paint::Columns::new(line, &texts, &mut state.decimals);
    let response = paint::row_ui(
        ui,
        line,
        &columns,
        &texts[0],
        entry.number,
        paint::Look::Bare,
    );
    if response.clicked() {
        actions.push(Action::SelectRow(Some(entry.number)));
        actions.push(Action::OpenDetails);
    }
    repaint_while_waiting(ui, &texts);
    ui.advance_cursor_after_rect(rect);
}

/// The triangle that opens the log in a low window, or folds it.
fn fold_button(ui: &mut Ui, rect: Rect, name: &str, direction: Direction) -> egui::Response {
    let response = ui.interact(rect, ui.scope_id().with(name), egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    let p = theme::of(ui);
    let color = if response.hovered() { p.text } else { p.text2 };
    paint_triangle(ui.painter(), rect.center(), 10.0, direction, color);
    focus_ring(ui, &response, rect.shrink(4.0));
    response.on_hover_text(name)
}

/// Brings the search up to date.
fn prepare(ui: &Ui, state: &mut LogState, shown: &Shown<'_>) {
    state.notice_session(shown.whole.recording);
    state.finished = state.query.is_open()
        || state
            .matches
            .update(shown.recording, &state.query, state.cleared_before);
    if !state.finished {
        ui.ctx().request_repaint();
    }
}

fn rows_of<'a>(state: &'a LogState, recording: &'a Recording) -> Rows<'a> {
    Rows {
        recording,
        matches: (!state.query.is_open()).then_some(&state.matches),
        from: search::first_from(recording, state.cleared_before),
    }
}

fn rows_ui(
    ui: &mut Ui,
    state: &mut LogState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
    header: Rect,
    rect: Rect,
) {
    place_list(state, shown, f64::from(rect.height() / size::LOG_ROW));
    let rows = rows_of(state, shown.recording);
    let len = rows.len();
    let mut list = state.list;
    let mut decimals = state.decimals;
    let output = list.ui(ui, rect, "Log rows", len, |ui, places| {
        let (entries, texts) = texts_of(&rows, places, shown);
        let columns = paint::Columns::new(rect, &texts, &mut decimals);
        let mut clicks = Vec::with_capacity(places.len());
        for (((index, place), entry), text) in places.iter().zip(&entries).zip(&texts) {
            let look = paint::Look::of(*index, state.is_chosen(entry.number));
            let response = paint::row_ui(ui, *place, &columns, text, entry.number, look);
            row_hover(&response, entry, shown);
            clicks.push((entry.number, response));
        }
        repaint_while_waiting(ui, &texts);
        (columns, clicks)
    });
    let (columns, clicks) = &output.inner;
    paint::header_ui(ui, header, columns, shown.recording.let_go());
    if len == 0 {
        let words = paint::hint(ui, rect, empty_words(state, shown));
        let filtered = state.finished && !state.query.is_open();
        if filtered && toolbar::all_rows_ui(ui, words) {
            state.query = Query::default();
        }
    }
    state.list = list;
    state.decimals = decimals;
    state.clicked(clicks, &output.response, shown, actions);
    if output.scrolled {
        state.stop_following(shown.recording);
    }
    if output.to_end {
        state.resume();
    }
    keyboard::keys(ui, state, shown, &output, actions);
    state.anchor = rows_of(state, shown.recording).number(state.list.position.row);
    new_rows_chip(ui, state, shown, rect);
}

/// Puts the list where it belongs before it is painted: at the end, at a row just chosen elsewhere, or where it was.
fn place_list(state: &mut LogState, shown: &Shown<'_>, visible: f64) {
    let chosen_anew = state.chosen != shown.row;
    if chosen_anew {
        state.chosen = shown.row;
        state.extent = None;
        if shown.row.is_some() {
            state.stop_following(shown.recording);
        }
    }
    let rows = rows_of(state, shown.recording);
    let len = rows.len();
    let mut list = state.list;
    if state.follow {
        list.position = list::Position::last(len, visible);
    } else if let Some(anchor) = state.anchor {
        list.position.row = rows.place(anchor);
    }
    if let (true, Some(row)) = (chosen_anew, shown.row) {
        let place = rows.place(row);
        if rows.number(place) == Some(row) {
            list.reveal(place, visible);
        }
    }
    list.position = list.position.clamped(len, visible);
    state.list = list;
}

fn texts_of(
    rows: &Rows<'_>,
    places: &[(u64, Rect)],
    shown: &Shown<'_>,
) -> (Vec<CallEntry>, Vec<row::RowText>) {
    let entries: Vec<CallEntry> = places
        .iter()
        .map_while(|(index, _)| rows.entry(*index))
        .collect();
    let texts = entries
        .iter()
        .map(|entry| row::RowText::new(entry, shown, row::IN_ROW))
        .collect();
    (entries, texts)
}

/// The statement and outcome as far as they are kept for reading, where a row had to cut them.
fn row_hover(response: &Response, entry: &CallEntry, shown: &Shown<'_>) {
    if response.hovered() {
        response.clone().on_hover_ui_at_pointer(|ui| {
            let text = row::RowText::new(entry, shown, row::WHOLE);
            let outcome = text.outcome();
            for line in [text.statement, outcome].into_iter().chain(text.reach) {
                ui.label(super::theme::Type::Mono.text(line));
            }
        });
    }
}

impl LogState {
    fn resume(&mut self) {
        self.follow = true;
    }

    fn is_chosen(&self, number: RowNumber) -> bool {
        let Some(chosen) = self.chosen else {
            return false;
        };
        let extent = self.extent.unwrap_or(chosen);
        (chosen.min(extent)..=chosen.max(extent)).contains(&number)
    }

    fn clicked(
        &mut self,
        rows: &[(RowNumber, Response)],
        list: &Response,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        for (number, response) in rows {
            keyboard::row_menu(response, *number, shown, actions);
            if response.double_clicked() {
                keyboard::copy_row(*number, shown, actions);
            } else if response.clicked() {
                list.request_focus();
                let extends = response.ctx.input(|input| input.modifiers.shift);
                self.choose(*number, extends && self.chosen.is_some(), actions);
            }
        }
    }

    fn choose(&mut self, number: RowNumber, extends: bool, actions: &mut Vec<Action>) {
        if extends {
            self.extent = Some(number);
        } else {
            self.extent = None;
            actions.push(Action::SelectRow(Some(number)));
            actions.push(Action::OpenDetails);
        }
    }
}

fn empty_words(state: &LogState, shown: &Shown<'_>) -> &'static str {
    if !state.finished {
        "searching…"
    } else if !state.query.is_open() {
        "No row passes the filter"
    } else if shown.recording.is_empty() {
        "No calls yet: each call will be a row here"
    } else {
        "The rows before this moment are hidden; the session keeps them"
    }
}

fn new_rows_chip(ui: &mut Ui, state: &mut LogState, shown: &Shown<'_>, rect: Rect) {
    if state.follow {
        return;
    }
    let rows = rows_of(state, shown.recording);
    let unseen = rows.len() - rows.place(state.unseen_from).min(rows.len());
    if unseen > 0 && paint::new_rows_button(ui, rect, unseen).clicked() {
        state.resume();
    }
}

fn repaint_while_waiting(ui: &Ui, texts: &[row::RowText]) {
    if let Some(wait) = texts.iter().filter_map(|text| text.running).min() {
        ui.ctx().request_repaint_after(theme::tick(ui.ctx(), wait));
    }
}

/// Sockets whose rows can be switched off, in order of birth.
fn sockets_of<'a>(shown: &'a Shown<'_>) -> impl Iterator<Item = (SocketId, &'a str)> {
    shown
        .recording
        .sockets()
        .iter()
        .map(|socket| (socket.id, socket.name.as_str()))
}
