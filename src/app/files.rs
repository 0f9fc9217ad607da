//! Files in and out: exports, saved sessions, and what is opened. The work is done on the background thread.

use std::path::PathBuf;

use eframe::egui;

use crate::background::{Job, Saved};
use crate::export::program::{FileNames, Language, RUNNER};
use crate::export::{Existing, Export, Format};
use crate::file_dialog::Chosen;
use crate::import;
use crate::model::payload::visible_text;
use crate::model::recording::Recording;
use crate::model::replay::Told;
use crate::views::ExportFormat;
use crate::views::dialogs::PathFor;

use super::App;

/// The name suggested for a saved session.
const SESSION_FILE: &str = "sockeye-session.jsonl";

/// The folder suggested for a session as programs.
const PROGRAMS_FOLDER: &str = "sockeye-programs";

/// What the desktop's dialog was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DialogFor {
    Export,
    /// A folder for several files: it asks about none of those that are there.
    ExportFolder,
    Save,
    Open,
}

impl App {
    pub(super) fn export(&mut self, format: ExportFormat, path: std::path::PathBuf) {
        let export = export_of(format);
        let recording = Box::new(self.session.whole().recording.clone());
        if let Some(background) = &self.background {
            // Asked twice for the same file, the user means it.
            let there = match self.export_asked.replace(path.clone()) {
                Some(asked) if asked == path => Existing::Replace,
                _ => Existing::Keep,
            };
            background.submit(Job::Export {
                recording,
                export,
                path,
                there,
                names: self.file_names(),
            });
        }
    }

    pub(super) fn ask_for_programs(&mut self) {
        self.state.dialogs.open_programs(PROGRAMS_FOLDER.to_owned());
    }

    /// In a lesson, programs are called as the lesson calls them.
    fn file_names(&self) -> FileNames {
        let lesson = self.session.shown(&self.settings).lesson;
        lesson.map_or_else(FileNames::new, |shown| shown.lesson.file_names())
    }

    pub(super) fn browse(&mut self, format: ExportFormat) {
        if let Some(ending) = format.ending() {
            let name = format!("sockeye-log.{ending}");
            self.dialog_for = DialogFor::Export;
            self.file_dialogs.save(&name, format.name(), ending);
        } else {
            self.dialog_for = DialogFor::ExportFolder;
            self.file_dialogs.folder();
        }
    }

    pub(super) fn drain_dialogs(&mut self) {
        if std::mem::take(&mut self.state.log.export_requested) {
            self.state.dialogs.open_export("sockeye-log.txt".to_owned());
        }
        while let Some(chosen) = self.file_dialogs.outcome() {
            match (self.dialog_for, chosen) {
                (_, Chosen::Cancelled) => {}
                (DialogFor::Export, Chosen::Path(path)) => {
                    self.state.dialogs.path_chosen(&path);
                    // The desktop's dialog has asked already.
                    self.export_asked = Some(path);
                }
                (DialogFor::ExportFolder, Chosen::Path(path)) => {
                    self.state.dialogs.path_chosen(&path);
                }
                (DialogFor::Export | DialogFor::ExportFolder, Chosen::NotAvailable) => {
                    self.state
                        .dialogs
                        .export_failed("Your desktop offers no dialog here: type a path.");
                }
                (DialogFor::Save, Chosen::Path(path)) => self.save_session(path),
                (DialogFor::Save, Chosen::NotAvailable) => {
                    let dialogs = &mut self.state.dialogs;
                    dialogs.ask_for_path(PathFor::SaveSession, SESSION_FILE);
                }
                (DialogFor::Open, Chosen::Path(path)) => self.open(path),
                (DialogFor::Open, Chosen::NotAvailable) => {
                    self.state.dialogs.ask_for_path(PathFor::Open, "");
                }
            }
        }
    }

    pub(super) fn ask_where_to_save(&mut self) {
        if self.session.whole().recording.is_empty() {
            self.session.say(
                "Nothing has been called yet: there is nothing to save.",
                false,
            );
            return;
        }
        if !self.file_dialogs.is_open() {
            self.dialog_for = DialogFor::Save;
            self.file_dialogs
                .save(SESSION_FILE, "Sockeye sessions", "jsonl");
        }
    }

    pub(super) fn ask_what_to_open(&mut self) {
        if !self.file_dialogs.is_open() {
            self.dialog_for = DialogFor::Open;
            self.file_dialogs.open(
                "Sessions, scripts and lessons",
                &["jsonl", "script", "toml"],
            );
        }
    }

    /// Saves the session that is looked at, up to its end also while its past is shown.
    fn save_session(&mut self, path: PathBuf) {
        let recording = Box::new(self.session.whole().recording.clone());
        if let Some(background) = &self.background {
            background.submit(Job::Export {
                recording,
                export: Export::OneFile(Format::JsonLines),
                path,
                // The desktop's dialog has asked already.
                there: Existing::Replace,
                names: FileNames::new(),
            });
        }
    }

    pub(super) fn open(&self, path: PathBuf) {
        if let Some(background) = &self.background {
            background.submit(Job::Open { path });
        }
    }

    /// Shows a session that the window was started with, once its past is folded: of a long one that takes seconds.
    pub(super) fn tell(&self, session: Box<Recording>, title: String) {
        if let Some(background) = &self.background {
            background.submit(Job::Tell { session, title });
        }
    }

    /// Opens the session that was kept when the program ended.
    pub(super) fn open_last(&self) {
        if let Some(path) = &self.last_session_path {
            self.open(path.clone());
        }
    }

    /// Opens the file that was dropped on the window; of several, the first.
    pub(super) fn open_dropped(&mut self, ctx: &egui::Context) {
        let dropped = ctx.input_mut(|input| std::mem::take(&mut input.raw.dropped_files));
        if let Some(file) = dropped.first() {
            self.open(file.path().to_owned());
        }
    }

    /// An export or a saved session has been written, or not.
    pub(super) fn exported(&mut self, result: Result<Saved, String>) {
        match result {
            Ok(saved) => {
                self.state.dialogs.export_done();
                let path = saved.path.display();
                let said = match (saved.is_folder, saved.has_runner) {
                    (true, true) => format!(
                        "Saved to the folder {path}. Open it in your file manager; \
                         in a terminal there, python3 {RUNNER} runs the programs."
                    ),
                    (true, false) => {
                        format!("Saved to the folder {path}. Open it in your file manager.")
                    }
                    (false, _) => format!("Saved to {path}"),
                };
                self.session.say(said, false);
            }
            Err(error) => {
                let error = visible_text(&error);
                if !self.state.dialogs.export_failed(&*error) {
                    self.session.say(format!("Not saved. {error}"), true);
                }
            }
        }
    }

    /// Shows a session from a file, and says where the file ends early.
    pub(super) fn session_opened(&mut self, told: Told, title: &str) {
        self.state.dialogs.open_done();
        let flaw = import::flaw(title, &told.recording);
        self.session.look_at(told, title);
        if let Some(flaw) = flaw {
            self.session.say(format!("Opened in part. {flaw}."), true);
        }
    }

    /// A file could not be opened: what is shown stays.
    pub(super) fn not_opened(&mut self, why: &str) {
        let why = visible_text(why);
        if !self.state.dialogs.open_failed(&*why) {
            self.session.say(format!("Not opened. {why}"), true);
        }
    }
}

fn export_of(format: ExportFormat) -> Export {
    Export::OneFile(match format {
        ExportFormat::Python => return Export::Programs(Language::Python),
        ExportFormat::C => return Export::Programs(Language::C),
        ExportFormat::LadderSvg => Format::LadderSvg,
        ExportFormat::LadderPng => Format::LadderPng,
        ExportFormat::LifecycleSvg => Format::LifecycleSvg,
        ExportFormat::LifecyclePng => Format::LifecyclePng,
        ExportFormat::Mermaid => Format::Mermaid,
        ExportFormat::Report => Format::Report,
        ExportFormat::Text => Format::Text,
        ExportFormat::Csv => Format::Csv,
        ExportFormat::JsonLines => Format::JsonLines,
    })
}
