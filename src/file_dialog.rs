//! The desktop's file dialogs: the only user of rfd.
//!
//! A dialog is open as long as a user thinks, so it has a thread of its own; what was chosen comes back over a
//! channel. Where the desktop has no dialog to offer rfd answers as if the user had cancelled, but at once: that is
//! told apart by time.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// Nobody cancels a dialog faster than this.
pub const TOO_FAST: Duration = Duration::from_millis(100);

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The user chose this path.
    Path(PathBuf),
    /// The user closed the dialog.
    Cancelled,
    /// No dialog came up: a path has to be typed.
    NotAvailable,
}

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// To choose where a file is written.
    Save,
    /// To choose a file that is there.
    Open,
    /// To choose a folder to write into.
    Folder,
}

/// What a dialog starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is for.
    pub task: Task,
    /// The suggested file name; to open or for a folder, none.
    pub name: String,
    /// What such files are called.
    pub kind: String,
    /// Their names' endings, without the dot.
    pub endings: Vec<String>,
}

/// What shows a dialog and waits for its answer, and how long that took; `None`: no path was chosen.
pub type Opener = Arc<dyn Fn(&Wanted) -> (Option<PathBuf>, Duration) + Send + Sync>;

/// The desktop's dialogs.
pub fn desktop() -> Opener {
    Arc::new(open_dialog)
}

/// Opens dialogs, one at a time, and hands out what was chosen.
pub struct FileDialogs {
    opener: Opener,
    wake: Arc<dyn Fn() + Send + Sync>,
    pending: Option<Receiver<Chosen>>,
}

impl fmt::Debug for FileDialogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDialogs")
            .field("is_open", &self.is_open())
            .finish_non_exhaustive()
    }
}

impl FileDialogs {
    /// Dialogs that are answered by `open`, on a thread of its own: the desktop's ([`desktop`]), or a test's. `wake` is
    /// called, from another thread, when one has closed.
    pub fn with_opener(wake: Arc<dyn Fn() + Send + Sync>, open: Opener) -> Self {
        Self {
            opener: open,
            wake,
            pending: None,
        }
    }

    /// Whether a dialog is open.
    pub fn is_open(&self) -> bool {
        self.pending.is_some()
    }

    /// Opens a save dialog for a new file `name` of a `kind` with that `ending`.
    ///
    /// Does nothing while one is open. Where not even a thread can be had the outcome is [`Chosen::NotAvailable`].
    pub fn save(&mut self, name: &str, kind: &str, ending: &str) {
        self.ask(Wanted {
            task: Task::Save,
            name: name.to_owned(),
            kind: kind.to_owned(),
            endings: vec![ending.to_owned()],
        });
    }

    /// Opens a dialog for a file of a `kind` with one of those `endings`; else as [`Self::save`].
    pub fn open(&mut self, kind: &str, endings: &[&str]) {
        self.ask(Wanted {
            task: Task::Open,
            name: String::new(),
            kind: kind.to_owned(),
            endings: endings.iter().map(|ending| (*ending).to_owned()).collect(),
        });
    }

    /// Opens a dialog for a folder; else as [`Self::save`].
    pub fn folder(&mut self) {
        self.ask(Wanted {
            task: Task::Folder,
            name: String::new(),
            kind: String::new(),
            endings: Vec::new(),
        });
    }

    fn ask(&mut self, wanted: Wanted) {
        if self.is_open() {
            return;
        }
        let (sender, receiver) = bounded(1);
        let failed = sender.clone();
        let open = Arc::clone(&self.opener);
        let wake = Arc::clone(&self.wake);
        let started: io::Result<_> =
            thread::Builder::new()
                .name("file dialog".to_owned())
                .spawn(move || {
                    let chosen = answer(&open, &wanted);
                    // Nobody listens any more once the window has closed.
                    sender.send(chosen).ok();
                    wake();
                });
        if started.is_err() {
            failed.send(Chosen::NotAvailable).ok();
        }
        self.pending = Some(receiver);
    }

    /// What became of the dialog, once, when it has closed. Never waits.
    pub fn outcome(&mut self) -> Option<Chosen> {
        let chosen = match self.pending.as_ref()?.try_recv() {
            Ok(chosen) => chosen,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Chosen::NotAvailable,
        };
        self.pending = None;
        Some(chosen)
    }
}

fn answer(open: &Opener, wanted: &Wanted) -> Chosen {
    match open(wanted) {
        (Some(path), _) => Chosen::Path(path),
        (None, took) if took < TOO_FAST => Chosen::NotAvailable,
        (None, _) => Chosen::Cancelled,
    }
}

fn open_dialog(wanted: &Wanted) -> (Option<PathBuf>, Duration) {
    let asked = Instant::now();
    let dialog = || rfd::FileDialog::new().add_filter(&wanted.kind, &wanted.endings);
    let path = match wanted.task {
        Task::Save => dialog().set_file_name(&wanted.name).save_file(),
        Task::Open => dialog().add_filter("All files", &["*"]).pick_file(),
        Task::Folder => rfd::FileDialog::new().pick_folder(),
    };
    (path, asked.elapsed())
}
