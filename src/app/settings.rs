//! What is kept between runs: choices and measures, never sockets.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::payload::{is_hidden, visible_start};
use crate::views::cards::CardsChoices;
use crate::views::exercises::ExercisesChoices;
use crate::views::inspector::InspectorChoices;
use crate::views::new_socket::NewSocketChoices;
use crate::views::theme::size;
use crate::views::{Mode, ThemeChoice};

/// The largest settings file read; ours has a few hundred bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The longest text of a field for a number or an address, bytes.
const MAX_FIELD: usize = 64;

/// The longest reason said, in characters.
const LONGEST: usize = 240;

/// The longest payload text that is remembered, bytes.
pub(super) const MAX_PAYLOAD_TEXT: usize = 4096;

/// The settings file's content. A key that is missing has its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Playground or lessons.
    pub mode: Mode,
    /// The names of the lessons that were taken to their end.
    pub lessons_done: BTreeSet<String>,
    /// Theme.
    pub theme: ThemeChoice,
    /// Whether every animation is off.
    pub reduced_motion: bool,
    /// Whether the projector shows less, and larger.
    pub large_hall: bool,
    /// Zoom, 0.5 to 3.
    pub zoom: f32,
    /// The window's inner size, points at zoom 1.
    pub window: [f32; 2],
    /// The log's height, points; `None`: as the window's height asks.
    pub log_height: Option<f32>,
    /// The inspector's width, points.
    pub inspector_width: f32,
    /// Its width while it shows code or Details, points.
    pub inspector_text_width: f32,
    /// Whether the inspector is open where it is a drawer.
    pub inspector_open: bool,
    /// The pause between steps of what plays, seconds.
    pub step_pause: f32,
    /// The New socket panel's choices.
    pub new_socket: NewSocketChoices,
    /// What was typed last on a card.
    pub cards: CardsChoices,
    /// The exercises that were done.
    pub exercises: ExercisesChoices,
    /// How Details shows things.
    pub inspector: InspectorChoices,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            lessons_done: BTreeSet::new(),
            theme: ThemeChoice::default(),
            reduced_motion: false,
            large_hall: false,
            zoom: 1.0,
            window: size::WINDOW,
            log_height: None,
            inspector_width: size::INSPECTOR,
            inspector_text_width: size::INSPECTOR_TEXT,
            inspector_open: false,
            step_pause: 2.0,
            new_socket: NewSocketChoices::default(),
            cards: CardsChoices::default(),
            exercises: ExercisesChoices::default(),
            inspector: InspectorChoices::default(),
        }
    }
}

impl Settings {
    /// The pause between steps.
    pub fn pause(&self) -> Duration {
        Duration::from_secs_f32(self.step_pause.clamp(0.1, 60.0))
    }

    /// What a settings file says, with every number inside its range.
    ///
    /// # Errors
    /// What is wrong with it, in words: one line, with nothing hidden in it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let settings = toml::from_str::<Self>(text)
            .map_err(|error| visible_start(error.message(), LONGEST).into_owned())?;
        Ok(settings.bounded())
    }

    /// The same with every number inside its range, and no field filled with what can't be seen: a file may hold anything.
    fn bounded(mut self) -> Self {
        let finite = |value: f32, default: f32| if value.is_finite() { value } else { default };
        self.zoom = finite(self.zoom, 1.0).clamp(0.5, 3.0);
        self.window = [
            finite(self.window[0], size::WINDOW[0]),
            finite(self.window[1], size::WINDOW[1]),
        ];
        self.window = [
            self.window[0].clamp(320.0, 8192.0),
            self.window[1].clamp(240.0, 8192.0),
        ];
        for (width, first) in [
            (&mut self.inspector_width, size::INSPECTOR),
            (&mut self.inspector_text_width, size::INSPECTOR_TEXT),
        ] {
            *width = finite(*width, first).clamp(240.0, 900.0);
        }
        self.log_height = self
            .log_height
            .filter(|height| height.is_finite())
            .map(|height| height.clamp(32.0, 4000.0));
        self.step_pause = finite(self.step_pause, 2.0).clamp(0.1, 60.0);
        let (cards, new_socket) = (CardsChoices::default(), NewSocketChoices::default());
        for (text, first, longest) in [
            (&mut self.cards.payload, cards.payload, MAX_PAYLOAD_TEXT),
            (&mut self.cards.max, cards.max, MAX_FIELD),
            (&mut self.cards.backlog, cards.backlog, MAX_FIELD),
            (&mut self.new_socket.host, new_socket.host, MAX_FIELD),
        ] {
            if text.len() > longest || text.chars().any(is_hidden) {
                *text = first;
            }
        }
        self
    }
}

/// Where the settings file is on this system; `None` where there is no home.
pub fn default_path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "sockeye")?;
    Some(folders.config_dir().join("settings.toml"))
}

/// Where the last session is kept on this system.
pub fn last_session_path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "sockeye")?;
    Some(folders.data_local_dir().join("last-session.jsonl"))
}

/// Reads the settings. A file that can't be read is moved aside, and the sentence returned says so.
pub fn load(path: &Path) -> (Settings, Option<String>) {
    let problem = match read(path) {
        Ok(None) => return (Settings::default(), None),
        Ok(Some(text)) => match Settings::parse(&text) {
            Ok(settings) => return (settings, None),
            Err(problem) => problem,
        },
        Err(error) => error.to_string(),
    };
    let aside = path.with_extension("toml.unreadable");
    let kept = match std::fs::rename(path, &aside) {
        Ok(()) => format!("It is kept as {}.", aside.display()),
        Err(error) => format!("It could not be moved aside: {error}."),
    };
    let sentence = format!(
        "The settings in {} could not be read ({problem}). {kept}",
        path.display()
    );
    (Settings::default(), Some(sentence))
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        // To open a pipe waits for who writes into it, which may be nobody.
        Ok(metadata) if !metadata.is_file() => return Err(io::Error::other("it is no file")),
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            return Err(io::Error::other("it is far too large to be ours"));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some)
}
