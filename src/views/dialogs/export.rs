//! The export of the log: a format, a path, and the desktop's dialog for those who have one.

use std::path::{Path, PathBuf};

use eframe::egui::{Context, Ui};

use crate::views::buttons::BarButton;
use crate::views::theme::{self, Type};
use crate::views::widgets::segmented;
use crate::views::{Action, ExportFormat};

use super::dialog;
use super::path::{answer_ui, path_field};

/// What stands in the dialog.
#[derive(Debug)]
pub struct ExportDialog {
    format: ExportFormat,
    path: String,
    error: Option<String>,
}

impl ExportDialog {
    pub(super) fn new(path: String, format: ExportFormat) -> Self {
        let mut dialog = Self {
            format,
            path,
            error: None,
        };
        dialog.fit_ending();
        dialog
    }

    pub(super) fn failed(&mut self, reason: String) {
        self.error = Some(reason);
    }

    pub(super) fn chosen(&mut self, path: &Path) {
        self.path = path.display().to_string();
        self.error = None;
        self.fit_format();
    }

    /// Takes the format that the path's ending names.
    fn fit_format(&mut self) {
        let ending = Path::new(&self.path)
            .extension()
            .and_then(|ending| ending.to_str());
        if self.format.is_folder() || self.format.ending() == ending {
            return;
        }
        let format = ExportFormat::files().find(|format| format.ending() == ending);
        self.format = format.unwrap_or(self.format);
    }

    /// Gives the path the format's ending, for a folder none, unless it ends in something else that was typed.
    fn fit_ending(&mut self) {
        let path = Path::new(&self.path);
        let ending = path.extension().and_then(|ending| ending.to_str());
        let known =
            ending.is_none() || ExportFormat::files().any(|format| format.ending() == ending);
        if known && path.file_name().is_some() {
            self.path = path
                .with_extension(self.format.ending().unwrap_or_default())
                .display()
                .to_string();
        }
    }

    /// What is wrong with the path, as far as can be said without touching a file.
    fn problem(&self) -> Option<String> {
        if self.path.trim().is_empty() {
            let what = if self.format.is_folder() {
                "type the folder where the programs are to go"
            } else {
                "type where the file is to go"
            };
            Some(what.to_owned())
        } else if !self.format.is_folder() && self.path.ends_with(std::path::is_separator) {
            Some("that is a folder: add a file name".to_owned())
        } else {
            self.error.clone()
        }
    }
}

/// The dialog. Returns whether it is to close.
pub(super) fn export_ui(
    ctx: &Context,
    state: &mut ExportDialog,
    is_fresh: bool,
    actions: &mut Vec<Action>,
) -> bool {
    let state = std::cell::RefCell::new(state);
    let pushed = std::cell::RefCell::new(actions);
    let content = |ui: &mut Ui| {
        let state = &mut **state.borrow_mut();
        let mut is_other = false;
        let options = ExportFormat::WORDS.map(|format| (format, format.name()));
        let width = ui.available_width().min(496.0);
        is_other |= segmented(ui, "Format", &mut state.format, &options, width);
        let options = ExportFormat::PICTURES.map(|format| (format, format.name()));
        let width = ui.available_width().min(496.0);
        is_other |= segmented(
            ui,
            "Format as a picture",
            &mut state.format,
            &options,
            width,
        );
        let options = ExportFormat::PROGRAMS.map(|format| (format, format.name()));
        let width = ui.available_width().min(248.0);
        is_other |= segmented(ui, "Format as programs", &mut state.format, &options, width);
        if is_other {
            state.error = None;
            state.fit_ending();
        }
        let words = match state.format {
            ExportFormat::LadderSvg => "The ladder as a picture that stays sharp at any size.",
            ExportFormat::LadderPng => "The ladder as a picture that every program opens.",
            ExportFormat::LifecycleSvg => {
                "The life cycles of calls and sockets, sharp at any size."
            }
            ExportFormat::LifecyclePng => {
                "The life cycles of calls and sockets, for every program."
            }
            ExportFormat::Mermaid => "The ladder as a sequence diagram in words, for Markdown.",
            ExportFormat::Report => "For homework: sockets, ladder, log and errors, in Markdown.",
            ExportFormat::Text => "As the log reads, one call a line.",
            ExportFormat::Csv => "For spreadsheets, one call a row.",
            ExportFormat::JsonLines => "Everything that was recorded, one object a line.",
            ExportFormat::Python => "A program for each role that makes the same calls, in Python.",
            ExportFormat::C => "A program for each role that makes the same calls, in C.",
        };
        ui.label(Type::Label.colored(words, theme::of(ui).text2));
        path_ui(ui, state, is_fresh, &mut pushed.borrow_mut());
    };
    let (cancelled, left) = dialog(ctx, "Export log", 520.0, content, |ui| {
        buttons_ui(ui, &state.borrow(), &mut pushed.borrow_mut())
    });
    cancelled || left
}

fn path_ui(ui: &mut Ui, state: &mut ExportDialog, is_fresh: bool, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let problem = state.problem();
    let what = if state.format.is_folder() {
        "Folder"
    } else {
        "File"
    };
    ui.label(Type::Label.colored(what, p.text2));
    ui.horizontal(|ui| {
        let width = ui.available_width() - BROWSE_WIDTH - 8.0;
        ui.scope(|ui| {
            ui.set_width(width);
            let wrong = problem.is_some();
            let typed = path_field(ui, &mut state.path, "Export path", wrong, is_fresh);
            if typed.changed {
                state.error = None;
                state.fit_format();
            }
            if typed.entered && state.problem().is_none() {
                save(state, actions);
            }
        });
        let browse = BarButton::new("Browse …")
            .sized(Some(BROWSE_WIDTH), 28.0)
            .show(ui);
        if browse
            .on_hover_text("Opens your desktop's dialog. Without one, type the path.")
            .clicked()
        {
            actions.push(Action::BrowseExport(state.format));
        }
    });
    ui.label(Type::LabelBold.colored(problem.unwrap_or_default(), p.err));
}

const BROWSE_WIDTH: f32 = 92.0;

/// Returns whether Cancel was clicked.
fn buttons_ui(ui: &mut Ui, state: &ExportDialog, actions: &mut Vec<Action>) -> bool {
    let can_save = state.problem().is_none() || state.error.is_some();
    let answer = answer_ui(ui, "Save", can_save);
    if answer == Some(true) {
        save(state, actions);
    }
    answer == Some(false)
}

fn save(state: &ExportDialog, actions: &mut Vec<Action>) {
    let path = PathBuf::from(state.path.trim());
    actions.push(Action::Export(state.format, path));
}
