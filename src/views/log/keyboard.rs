//! The log's keys and its rows' menus: choosing, copying.

use eframe::egui::{Event, Key, Modifiers, Response, Ui};

use crate::model::recording::RowNumber;
use crate::views::inspector::Tab;
use crate::views::{Action, Shown, scrubber};

use super::list::ListOutput;
use super::row::{RowText, WHOLE};
use super::{LogState, rows_of};
use crate::model::ladder::decimals;

/// The most rows one copy takes.
const COPY_MAX: u64 = 10_000;

/// Up and Down choose, Shift extends, Esc lets go, Ctrl+C copies. Only while the rows have the keyboard.
pub(super) fn keys<R>(
    ui: &Ui,
    state: &mut LogState,
    shown: &Shown<'_>,
    output: &ListOutput<R>,
    actions: &mut Vec<Action>,
) {
    if !output.response.has_focus() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, rows) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
        if pressed(Modifiers::SHIFT, key) {
            step(state, shown, rows, true, output.visible, actions);
        }
        if pressed(Modifiers::NONE, key) {
            step(state, shown, rows, false, output.visible, actions);
        }
    }
    if shown.row.is_some() && pressed(Modifiers::NONE, Key::Escape) {
        actions.push(Action::SelectRow(None));
    }
    let copies = ui.input(|input| input.events.contains(&Event::Copy));
    if copies && let Some(text) = chosen_text(state, shown) {
        actions.push(Action::Copy(text));
    }
}

fn step(
    state: &mut LogState,
    shown: &Shown<'_>,
    rows_on: i64,
    extends: bool,
    visible: f64,
    actions: &mut Vec<Action>,
) {
    let rows = rows_of(state, shown.recording);
    let from = if extends { state.extent } else { None }.or(state.chosen);
    let target = match from {
        Some(number) => {
            let last = rows.len().saturating_sub(1);
            rows.place(number).saturating_add_signed(rows_on).min(last)
        }
        None => rows.len().saturating_sub(1),
    };
    let Some(number) = rows.number(target) else {
        return;
    };
    let extends = extends && state.chosen.is_some();
    state.list.reveal(target, visible);
    state.stop_following(shown.recording);
    state.choose(number, extends, actions);
}

/// The chosen rows, a line each.
fn chosen_text(state: &LogState, shown: &Shown<'_>) -> Option<String> {
    let chosen = state.chosen?;
    let extent = state.extent.unwrap_or(chosen);
    let rows = rows_of(state, shown.recording);
    let first = rows.place(chosen.min(extent));
    let texts: Vec<RowText> = (first..first + COPY_MAX)
        .map_while(|index| rows.entry(index))
        .take_while(|entry| entry.number <= chosen.max(extent))
        .map(|entry| RowText::new(&entry, shown, WHOLE))
        .collect();
    let times: Vec<f64> = texts.iter().map(|text| text.seconds).collect();
    let decimals = decimals(&times);
    let lines: Vec<String> = texts.iter().map(|text| text.line(decimals)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Puts a row on the clipboard.
pub(super) fn copy_row(number: RowNumber, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    if let Some(text) = text_of(number, shown) {
        actions.push(Action::Copy(text.line(decimals(&[]))));
    }
}

fn text_of(number: RowNumber, shown: &Shown<'_>) -> Option<RowText> {
    let entry = shown.recording.numbered(number)?;
    Some(RowText::new(&entry, shown, WHOLE))
}

/// The menu on a row.
pub(super) fn row_menu(
    response: &Response,
    number: RowNumber,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    response.context_menu(|ui| {
        if ui.button("Copy row").clicked() {
            copy_row(number, shown, actions);
        }
        if ui.button("Copy statement").clicked()
            && let Some(text) = text_of(number, shown)
        {
            actions.push(Action::Copy(text.statement));
        }
        if let Some(moment) = scrubber::moment_of(number, shown)
            && ui.button("Show this moment").clicked()
        {
            actions.push(Action::ShowMoment(moment));
        }
        if ui.button("Show details").clicked() {
            actions.push(Action::SelectRow(Some(number)));
            actions.push(Action::ShowTab(Tab::Details));
        }
    });
}
