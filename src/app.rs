//! The window: owns the recording, the handles of network and driver, and what the views remember.
//!
//! `logic()` drains what happened, `ui()` draws it, `apply()` does what the user asked. Both may run twice in a
//! frame, and `logic()` alone while the window is hidden; nothing in here waits.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use crate::background::{Background, Done, Job};
use crate::file_dialog::{FileDialogs, Opener};
use crate::model::call::CallId;
use crate::model::event::{Event, PlayerNote};
use crate::model::recording::{Limits, Recording};
use crate::network::{NetworkHandle, Request, Subscription, Waker};
use crate::script::Loaded;
use crate::script::driver::{self, DriverHandle};
use crate::script::options::Ports;
use crate::views::{Action, LocalAddress, Mode, UiState, theme};

use session::Session;

mod apply;
mod automatic;
mod closing;
mod code;
mod exercises;
mod files;
mod keys;
mod layout;
mod lesson;
mod next;
mod past;
mod play;
mod projector;
mod questions;
mod relay;
mod run;
mod session;
mod settings;

pub use run::run;
pub use settings::{Settings, default_path, last_session_path, load};

/// How long one frame may spend on taking in events: drawing it takes as long at most, and both together no more than
/// half the time a display gives a frame.
const DRAIN_BUDGET: Duration = Duration::from_millis(4);

/// How long settings stay as they are before they are written, seconds.
const SETTLED: f64 = 0.5;

/// What the window is started with.
pub struct Setup {
    /// Where calls are made.
    pub network: NetworkHandle,
    /// What was remembered.
    pub settings: Settings,
    /// Where it is remembered; `None`: nowhere.
    pub settings_path: Option<PathBuf>,
    /// Where the session is kept when the window closes; `None`: nowhere.
    pub last_session_path: Option<PathBuf>,
    /// A sentence to show at the start.
    pub notice: Option<String>,
    /// What to play at the start.
    pub loaded: Option<Loaded>,
    /// This program's file, to play a lesson's neighbour; `None`: nobody can.
    pub executable: Option<PathBuf>,
    /// What asks for a file: the desktop.
    pub file_opener: Opener,
    /// Which ports scripts use: those written, or free ones.
    pub ports: Ports,
    /// How long the end of the program waits for closes, so that client ends close before servers.
    pub close_patience: Duration,
}

/// The window.
pub struct App {
    network: NetworkHandle,
    /// Taken out while it is drained.
    events: Option<Subscription>,
    driver: DriverHandle,
    background: Option<Background>,
    file_dialogs: FileDialogs,
    dialog_for: files::DialogFor,
    session: Session,
    state: UiState,
    closing: Option<closing::Closing>,
    births: HashMap<CallId, apply::Birth>,
    /// What is submitted when a bind has succeeded.
    after_bind: HashMap<CallId, Request>,
    reachable_allowed: bool,
    /// What is wrong in the New socket panel.
    panel_problem: Option<String>,
    /// The file of the last export.
    export_asked: Option<PathBuf>,
    settings: Settings,
    saved_settings: Settings,
    /// Settings not written yet, and since when they are so, seconds.
    settings_changed_at: Option<(Settings, f64)>,
    settings_path: Option<PathBuf>,
    last_session_path: Option<PathBuf>,
    /// Who plays the open lesson's neighbour.
    neighbour: lesson::Helper,
    ports: Ports,
    /// How often the session was asked for as programs.
    programs_asked: u64,
    close_patience: Duration,
}

impl App {
    /// The window's content, on an egui context.
    ///
    /// # Errors
    ///
    /// When the system gives no thread for the driver or the files.
    pub fn new(ctx: &egui::Context, mut setup: Setup) -> std::io::Result<Self> {
        let loaded = setup.loaded.take();
        let mut app = Self::at_rest(ctx, setup)?;
        app.begin(loaded);
        Ok(app)
    }

    /// The window's content while it has nothing to play yet.
    fn at_rest(ctx: &egui::Context, setup: Setup) -> std::io::Result<Self> {
        theme::install(ctx);
        ctx.options_mut(|options| options.quit_shortcuts.clear());
        let waker = waker(ctx);
        let events = setup.network.subscribe(Arc::clone(&waker));
        let driver = driver::spawn(Arc::clone(&setup.network), Arc::clone(&waker))?;
        let background = Background::start(Arc::clone(&waker))?;
        background.submit(Job::LookUpAddresses);
        if let Some(path) = setup.last_session_path.clone() {
            background.submit(Job::LookForFile { path });
        }
        let recording = Recording::new(setup.network.header(), Limits::default());
        let mut app = Self {
            events: Some(events),
            driver,
            background: Some(background),
            file_dialogs: FileDialogs::with_opener(waker, setup.file_opener),
            dialog_for: files::DialogFor::Export,
            session: Session::new(Arc::clone(&setup.network), recording),
            state: UiState::default(),
            closing: None,
            births: HashMap::new(),
            after_bind: HashMap::new(),
            reachable_allowed: false,
            panel_problem: None,
            export_asked: None,
            saved_settings: setup.settings.clone(),
            settings_changed_at: None,
            settings: setup.settings,
            settings_path: setup.settings_path,
            last_session_path: setup.last_session_path,
            neighbour: lesson::Helper::new(setup.executable),
            ports: setup.ports,
            programs_asked: 0,
            close_patience: setup.close_patience,
            network: setup.network,
        };
        app.restore(ctx);
        if let Some(notice) = setup.notice {
            app.session.say(notice, true);
        }
        Ok(app)
    }

    /// Plays what the window was opened with, or offers a lesson.
    fn begin(&mut self, loaded: Option<Loaded>) {
        if let Some(loaded) = loaded {
            self.play_loaded(loaded);
        } else if self.settings.mode == Mode::Lessons {
            self.offer_lesson();
        }
    }

    /// Everything that happened in this session.
    pub fn recording(&self) -> &Recording {
        &self.session.recording
    }

    fn restore(&mut self, ctx: &egui::Context) {
        theme::wear(ctx, self.settings.theme);
        theme::hold_still(ctx, self.settings.reduced_motion);
        ctx.set_zoom_factor(self.settings.zoom);
        self.state.new_socket.choices = self.settings.new_socket.clone();
        self.state.cards.choices = self.settings.cards.clone();
        self.state.inspector.choices = self.settings.inspector.clone();
        self.state.exercises.choices = self.settings.exercises.clone();
        self.judge_anew();
        // Nothing is chosen yet: an empty drawer would only cover the first screen.
        self.settings.inspector_open = false;
        self.update_next();
    }

    /// Takes in what the network, the driver, the files and the dialogs report.
    fn drain(&mut self, ctx: &egui::Context) {
        let Some(events) = self.events.take() else {
            return;
        };
        let mut changed = false;
        let more = events.drain(DRAIN_BUDGET, |event| {
            changed = true;
            self.take_in(event);
        });
        self.events = Some(events);
        if more {
            ctx.request_repaint();
        }
        self.drain_driver();
        self.serve_the_class();
        self.drain_background();
        self.drain_dialogs();
        self.judge(ctx);
        if changed {
            self.go_on_closing();
            self.update_next();
        }
    }

    fn take_in(&mut self, event: Event) {
        let born = apply::born(&event);
        let refused = questions::port_refused(&event);
        let ended = match &event {
            Event::Ended(ended) | Event::Made(_, ended) => Some(ended.clone()),
            _ => None,
        };
        self.announce(&event);
        if let Some((socket, address, errno)) = questions::bind_refused(&event) {
            self.state.cards.bind_refused(socket, address, errno);
        }
        let moves = matches!(
            &event,
            Event::Player {
                note: PlayerNote::PortMapped { .. },
                ..
            }
        );
        self.session.take(event);
        if moves {
            self.tell_lesson_anew();
        }
        if let Some((port, line)) = refused {
            self.ask_for_other_port(port, line);
        }
        if let Some((call, socket)) = born {
            self.welcome(call, socket);
        }
        if let Some(ended) = ended {
            self.follow(&ended);
        }
    }

    /// Says what the user would not look for.
    fn announce(&mut self, event: &Event) {
        match event {
            Event::Player {
                line: Some(line),
                note: PlayerNote::Unexpected { expected, got },
                ..
            } if !self.asks_about(got) => self.session.say(
                format!("{} {line} went another way: {expected} was expected, your system answered {got}.", self.line_word()),
                true,
            ),
            Event::WorkerPanicked { message, .. } => self.session.say(
                format!("A worker of Sockeye broke down ({message}). Its socket answers no more; the others go on."),
                true,
            ),
            Event::Withdrawn { id } => {
                self.births.remove(id);
                self.after_bind.remove(id);
            }
            _ => {}
        }
    }

    fn drain_background(&mut self) {
        while let Some(done) = self.background.as_ref().and_then(Background::done) {
            match done {
                Done::SettingsFailed(error) => self
                    .session
                    .say(format!("The settings could not be kept. {error}"), true),
                Done::Exported(result) => self.exported(result),
                Done::Programs { asked, programs } => self.programs_written(asked, programs),
                Done::Session(title, told) => self.session_opened(*told, &title),
                Done::Loaded(loaded) => {
                    self.state.dialogs.open_done();
                    self.play_loaded(*loaded);
                }
                Done::OpenFailed(why) => self.not_opened(&why),
                Done::Neighbour(started) => self.neighbour_started(started),
                Done::FileThere(path) => {
                    self.session.has_last = self.last_session_path.as_ref() == Some(&path);
                }
                Done::Addresses(found) => {
                    self.session.addresses = found
                        .into_iter()
                        .map(|(interface, ip)| LocalAddress { interface, ip })
                        .collect();
                }
            }
        }
    }

    /// Remembers what changed since the settings were last written.
    fn keep_settings(&mut self, ctx: &egui::Context) {
        self.settings.zoom = ctx.zoom_factor().clamp(0.5, 3.0);
        self.settings.new_socket = self.state.new_socket.choices.clone();
        self.settings.inspector = self.state.inspector.choices.clone();
        self.settings.exercises = self.state.exercises.choices.clone();
        // A payload of megabytes belongs in no settings file.
        if self.state.cards.choices.payload.len() <= settings::MAX_PAYLOAD_TEXT {
            self.settings.cards = self.state.cards.choices.clone();
        }
        if self.settings == self.saved_settings {
            self.settings_changed_at = None;
            return;
        }
        // A window that is being resized changes every frame: what counts is where it comes to rest.
        let now = ctx.input(|input| input.time);
        let (before, since) = self
            .settings_changed_at
            .take()
            .unwrap_or_else(|| (self.saved_settings.clone(), now));
        let since = if before == self.settings { since } else { now };
        if now - since < SETTLED {
            ctx.request_repaint_after(Duration::from_secs_f64(SETTLED));
            self.settings_changed_at = Some((self.settings.clone(), since));
        } else {
            self.save_settings();
        }
    }

    /// One frame: draws everything and does what was asked for.
    fn frame_ui(&mut self, ui: &mut egui::Ui) {
        let mut actions: Vec<Action> = Vec::new();
        self.session.let_news_go(ui.ctx());
        self.play_lesson_on(ui.ctx());
        self.keys(ui.ctx(), &mut actions);
        self.open_dropped(ui.ctx());
        self.write_code(ui.ctx());
        if self.state.projector.is_on() {
            self.projector_ui(ui, &mut actions);
        } else {
            self.layout_ui(ui, &mut actions);
        }
        let ctx = ui.ctx().clone();
        for action in actions {
            self.apply(&ctx, action);
        }
        self.keep_settings(&ctx);
    }

    fn save_settings(&mut self) {
        self.settings_changed_at = None;
        self.saved_settings = self.settings.clone();
        let (Some(path), Some(background)) = (&self.settings_path, &self.background) else {
            return;
        };
        if let Ok(text) = toml::to_string_pretty(&self.settings) {
            background.submit(Job::SaveSettings {
                path: path.clone(),
                text,
            });
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.drain(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
    }

    /// The ground, on which the frame's panels are then painted: to clear costs next to nothing, to paint does.
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        input.max_texture_side = input
            .max_texture_side
            .map(|side| side.min(run::TEXTURE_SIDE));
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.settings != self.saved_settings {
            self.save_settings();
        }
        self.close_before_exit();
        let Some(background) = self.background.take() else {
            return;
        };
        let rows = self.session.recording.len();
        if let (Some(path), true) = (self.last_session_path.take(), rows > 0) {
            background.submit(Job::KeepSession {
                recording: Box::new(self.session.recording.clone()),
                path,
            });
        }
        // A long session takes longer to write; the window is gone by now.
        background.finish(Duration::from_millis(2_000 + rows as u64 / 50));
    }
}

/// Wakes the window. The network calls it at most once until the next drain.
fn waker(ctx: &egui::Context) -> Waker {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint())
}
