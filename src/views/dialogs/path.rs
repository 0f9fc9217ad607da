//! Where the desktop has no dialog to offer: a path, typed. The field and the buttons are those of the export, too.

use std::path::PathBuf;

use eframe::egui::{Context, Key, Ui};

use crate::views::buttons::{BarButton, field};
use crate::views::theme::{self, Type};
use crate::views::{Action, ExportFormat};

use super::dialog;

/// What a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFor {
    /// To save the session there.
    SaveSession,
    /// To open the file that is there.
    Open,
}

impl PathFor {
    fn title(self) -> &'static str {
        match self {
            Self::SaveSession => "Save session",
            Self::Open => "Open",
        }
    }

    fn button(self) -> &'static str {
        match self {
            Self::SaveSession => "Save",
            Self::Open => "Open",
        }
    }

    /// What the field is called.
    fn field_name(self) -> &'static str {
        match self {
            Self::SaveSession => "Session path",
            Self::Open => "Path to open",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::SaveSession => {
                "Everything that was recorded: Open reads it again. Your desktop offers no dialog here: type where \
                 the file is to go."
            }
            Self::Open => {
                "A saved session, a script or a lesson. Your desktop offers no dialog here: type the path, or drag \
                 the file onto this window."
            }
        }
    }
}

/// What stands in the dialog.
#[derive(Debug)]
pub struct PathDialog {
    wanted: PathFor,
    path: String,
    error: Option<String>,
}

impl PathDialog {
    pub(super) fn new(wanted: PathFor, path: String) -> Self {
        Self {
            wanted,
            path,
            error: None,
        }
    }

    pub(super) fn is_for(&self, wanted: PathFor) -> bool {
        self.wanted == wanted
    }

    pub(super) fn failed(&mut self, reason: String) {
        self.error = Some(reason);
    }

    /// What is to be done with the path.
    fn action(&self) -> Action {
        let path = PathBuf::from(self.path.trim());
        match self.wanted {
            PathFor::SaveSession => Action::Export(ExportFormat::JsonLines, path),
            PathFor::Open => Action::OpenFile(path),
        }
    }
}

/// The dialog. Returns whether it is to close.
pub(super) fn path_dialog_ui(
    ctx: &Context,
    state: &mut PathDialog,
    is_fresh: bool,
    actions: &mut Vec<Action>,
) -> bool {
    let wanted = state.wanted;
    let can = !state.path.trim().is_empty();
    let mut entered = false;
    let content = |ui: &mut Ui| {
        let p = theme::of(ui);
        ui.label(Type::Label.colored(wanted.words(), p.text2));
        ui.label(Type::Label.colored("File", p.text2));
        let wrong = state.error.is_some();
        let typed = path_field(ui, &mut state.path, wanted.field_name(), wrong, is_fresh);
        if typed.changed {
            state.error = None;
        }
        entered = typed.entered;
        let problem = state.error.as_deref().unwrap_or_default();
        ui.label(Type::LabelBold.colored(problem, p.err));
    };
    let (answer, left) = dialog(ctx, wanted.title(), 520.0, content, |ui| {
        answer_ui(ui, wanted.button(), can)
    });
    if (entered || answer == Some(true)) && can {
        actions.push(state.action());
    }
    left || answer == Some(false)
}

/// What was done in the field.
pub(super) struct Typed {
    pub changed: bool,
    pub entered: bool,
}

/// The field of a path; the keyboard goes there when its dialog is fresh.
pub(super) fn path_field(
    ui: &mut Ui,
    path: &mut String,
    name: &str,
    wrong: bool,
    is_fresh: bool,
) -> Typed {
    let response = field(ui, path, name, "", wrong);
    if is_fresh {
        response.request_focus();
    }
    Typed {
        changed: response.changed(),
        entered: response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)),
    }
}

/// The button that does it, where that `can` be done, and Cancel. Returns whether it is to be done.
pub(super) fn answer_ui(ui: &mut Ui, does: &str, can: bool) -> Option<bool> {
    ui.horizontal(|ui| {
        let button = ui
            .add_enabled_ui(can, |ui| BarButton::new(does).primary(can).show(ui))
            .inner;
        let cancel = BarButton::new("Cancel").show(ui);
        match (button.clicked(), cancel.clicked()) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    })
    .inner
}
