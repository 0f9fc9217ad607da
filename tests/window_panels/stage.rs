//! What the panels are shown in these tests, and the hands that use them.

use eframe::egui::{Key, Modifiers, Ui, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use sockeye::model::call::{
    Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::event::{Event, Role, Stamp, Started};
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::{Limits, Recording};
use sockeye::views::{
    Action, Course, LocalAddress, Message, NewSocket, Next, Playing, Shown, UiState, dialogs,
    first_start, new_socket, next_line, quick_start, theme, top_bar, transport,
};
use std::time::Duration;

use crate::by_hand;

/// What a view is shown, what it remembers, and what it pushed.
pub(crate) struct Stage {
    pub(crate) recording: Recording,
    pub(crate) next: Next,
    pub(crate) playing: Option<Playing>,
    pub(crate) addresses: Vec<LocalAddress>,
    pub(crate) messages: Vec<Message>,
    pub(crate) has_previous: bool,
    pub(crate) earlier: Option<sockeye::views::Earlier<'static>>,
    pub(crate) zoom: f32,
    pub(crate) first_step: Option<usize>,
    pub(crate) ui: UiState,
    pub(crate) actions: Vec<Action>,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            recording: by_hand::recording(Limits::default()),
            next: Next::Nothing {
                why: "Make a socket".to_owned(),
            },
            playing: None,
            addresses: Vec::new(),
            messages: Vec::new(),
            has_previous: false,
            earlier: None,
            zoom: 1.0,
            first_step: None,
            ui: UiState::default(),
            actions: Vec::new(),
        }
    }
}

pub(crate) type View = fn(&mut Ui, &mut UiState, &Shown<'_>, &mut Vec<Action>);

impl Stage {
    pub(crate) fn draw(&mut self, ui: &mut Ui, view: View) {
        let ladder = Ladder::default();
        let shown = Shown {
            playing: self.playing.as_ref(),
            step_pause: std::time::Duration::from_secs(2),
            course: Course::default(),
            lesson: None,
            addresses: &self.addresses,
            messages: &self.messages,
            has_previous: self.has_previous,
            has_last: false,
            earlier: self.earlier,
            zoom: self.zoom,
            first_step: self.first_step,
            ..by_hand::shown(&self.recording, &ladder, &self.next)
        };
        view(ui, &mut self.ui, &shown, &mut self.actions);
    }

    /// A stage on which a program called `server` has made a socket.
    pub(crate) fn with_socket() -> Self {
        let mut stage = Self::default();
        let stamp = |seq| Stamp { seq, at: seq };
        let (program, thread) = (ProgramId(1), ThreadId(1));
        let added = by_hand::program_added(stamp(1), program, "server", Role::Server);
        stage.recording.apply(added);
        stage.recording.apply(Event::ThreadStarted {
            stamp: stamp(2),
            thread,
            program,
            name: "server".into(),
        });
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol: Protocol::Tcp,
        };
        let started = Started {
            name: Some("server".into()),
            ..by_hand::started(CallId(1), stamp(3), program, call)
        };
        let born = Value::Socket {
            id: SocketId(1),
            fd: 7,
            peer: None,
        };
        let ended = by_hand::ended(started.id, stamp(4), Outcome::Ok(born));
        stage.recording.apply(Event::Made(started, ended));
        stage
    }
}

pub(crate) fn open(stage: Stage, size: Vec2, view: View) -> Harness<'static, Stage> {
    builder(size).build_ui_state(move |ui, stage: &mut Stage| stage.draw(ui, view), stage)
}

pub(crate) fn builder(size: Vec2) -> egui_kittest::HarnessBuilder<Stage> {
    Harness::builder()
        .with_size(size)
        .with_max_steps(32)
        .with_context_setup(theme::install)
}

pub(crate) const PANEL: Vec2 = vec2(240.0, 640.0);
pub(crate) const WINDOW: Vec2 = vec2(1440.0, 900.0);

pub(crate) fn panel(
    ui: &mut Ui,
    state: &mut UiState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    new_socket::new_socket_ui(ui, &mut state.new_socket, shown, actions);
}

pub(crate) fn rail(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    ui.set_width(40.0);
    new_socket::rail_ui(ui, &mut state.new_socket, shown, actions);
}

pub(crate) fn bar(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    top_bar::top_bar_ui(ui, &mut state.dialogs, shown, actions);
}

pub(crate) fn questions(
    ui: &mut Ui,
    state: &mut UiState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    dialogs::messages_ui(ui, ui.max_rect(), shown, actions);
    dialogs::dialogs_ui(ui, &mut state.dialogs, shown, actions);
}

pub(crate) fn quick_starts(
    ui: &mut Ui,
    _: &mut UiState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    quick_start::quick_start_ui(ui, shown, actions);
}

pub(crate) fn first_screen(
    ui: &mut Ui,
    _: &mut UiState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    first_start::first_start_ui(ui, shown, actions);
}

pub(crate) fn strip(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    first_start::first_steps_strip_ui(ui, shown, actions);
}

pub(crate) fn next_bar(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    next_line::next_line_ui(ui, shown, actions);
}

pub(crate) fn player(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    transport::transport_ui(ui, shown, actions);
}

pub(crate) fn click(harness: &mut Harness<'_, Stage>, name: &str) {
    harness.get_by_label(name).click();
    harness.run();
}

/// Replaces what stands in a field, as a user would: focus, select all, type.
pub(crate) fn retype(harness: &mut Harness<'_, Stage>, name: &str, text: &str) {
    harness.get_by_label(name).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Delete);
    if !text.is_empty() {
        harness.get_by_label(name).type_text(text);
    }
    harness.run();
}

pub(crate) fn pushed(harness: &mut Harness<'_, Stage>) -> Vec<Action> {
    std::mem::take(&mut harness.state_mut().actions)
}

pub(crate) fn says(harness: &Harness<'_, Stage>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

pub(crate) fn wanted(actions: &[Action]) -> Option<&NewSocket> {
    match actions {
        [Action::NewSocket(wanted)] => Some(wanted),
        _ => None,
    }
}

pub(crate) fn run(script: &str) -> Next {
    Next::Run {
        script: script.to_owned(),
        title: script.to_owned(),
        why: "because".to_owned(),
    }
}

pub(crate) fn playing() -> Playing {
    Playing {
        title: "TCP: reply in CAPITALS".to_owned(),
        step: 5,
        of: 9,
        runs: true,
        pause: Duration::from_secs(2),
        next: Some("data = conn.recv(1024)".to_owned()),
        narration: Some("The server reads what came.".to_owned()),
        waits_for: None,
    }
}
