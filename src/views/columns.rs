//! The centre of the window: a column per socket, in the frames of their programs.

use eframe::egui::Ui;

use super::cards::CardsState;
use super::{Action, Shown};

/// What the columns remember between frames.
#[derive(Debug, Default)]
pub struct ColumnsState {}

/// Paints the columns.
pub fn columns_ui(
    _ui: &mut Ui,
    _columns: &mut ColumnsState,
    _cards: &mut CardsState,
    _shown: &Shown<'_>,
    _actions: &mut Vec<Action>,
) {
}
