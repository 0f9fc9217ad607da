//! Playing scripts: the quick starts step by step, the three first buttons at once, and typed calls.

use std::sync::Arc;

use crate::model::payload::visible;
use crate::model::recording::Recording;
use crate::model::socket::{SocketKind, Stage};
use crate::script::ast::Script;
use crate::script::driver::{DriverEvent, Refusal};
use crate::script::options::{
    FailureKind, Known, Origin, Pace, PlayOptions, PlayerId, PlayerState, Ports, Reach, Report,
};
use crate::script::{Loaded, What, catalog};
use crate::views::first_start::FIRST_STEPS;
use crate::views::new_socket::NewSocketChoices;
use crate::views::{LessonId, Mode, Next, Playing, ReachableQuestion, ToPlay, Transport};

use super::App;
use super::session::Looks;

/// What waits for the answer to "others can reach this".
#[derive(Debug)]
pub(super) enum Held {
    Script(Arc<Script>, Box<PlayOptions>),
    Lesson(LessonId, Option<u16>),
    Typed(String),
}

/// What was asked for, and how.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AskedFor {
    /// Step by step.
    Play(ToPlay),
    /// A script of the catalogue at once.
    Run(String),
}

/// The step whose answer the first step's script gives.
const SEND: &str = "send-hello";
/// Why to send, once the first step's script was stopped.
const NOBODY_ANSWERS: &str = "send  the server was stopped: no answer by itself";

/// What is playing.
#[derive(Debug, Default)]
pub(super) struct PlayState {
    pub(super) player: Option<PlayerId>,
    playing: Option<Playing>,
    /// The comment above the next statement.
    upcoming: Option<String>,
    /// Players of the first buttons: they go on beside whatever else plays.
    running: Vec<PlayerId>,
    typed: Option<PlayerId>,
    /// How many of the three first steps were taken.
    first_steps: usize,
    /// The strip of the three first steps is gone for this session.
    steps_left: bool,
    /// The script being played, to play again once others may reach it.
    pub(super) current: Option<(PlayerId, Held)>,
    pub(super) held: Option<Held>,
    /// What was asked for last, to ask for it again on another port.
    pub(super) asked_for: Option<AskedFor>,
    /// The quick start for a class was played: its automatic program is to start.
    serves_next: bool,
}

impl PlayState {
    pub(super) fn playing(&self) -> Option<&Playing> {
        self.playing.as_ref()
    }

    /// Which of the three first steps comes next, 1 to 3; 4 once all were taken, until the user leaves them.
    pub(super) fn first_step(&self, recording: &Recording) -> Option<usize> {
        let untouched = recording.is_empty() && self.playing.is_none();
        match self.first_steps {
            _ if self.steps_left => None,
            0 if untouched => Some(1),
            0 => None,
            taken => Some(taken + 1),
        }
    }

    /// The first step that can be taken now, as the Next line says it.
    pub(super) fn next_first_step(&self, recording: &Recording) -> Option<Next> {
        let step = self.first_step(recording)?;
        let sockets = recording.sockets();
        let ready = match step {
            2 => sockets
                .open()
                .any(|socket| socket.stage == Stage::Listening),
            3 => sockets.open().any(|socket| {
                socket.kind() == SocketKind::Client && socket.stage == Stage::Connected
            }),
            _ => true,
        };
        let step = FIRST_STEPS.get(step - 1)?;
        ready.then(|| Next::Run {
            script: step.script.to_owned(),
            title: step.title.to_owned(),
            why: if step.script == SEND && self.running.is_empty() {
                NOBODY_ANSWERS.to_owned()
            } else {
                step.calls.to_owned()
            },
        })
    }

    /// The first steps lead no further in this session.
    pub(super) fn leave_first_steps(&mut self) {
        self.steps_left = true;
    }

    pub(super) fn new_session(&mut self) {
        *self = Self::default();
    }

    /// Whether an automatic program is to follow what was played.
    pub(super) fn serves_next(&self) -> bool {
        self.serves_next
    }

    /// It has.
    pub(super) fn served(&mut self) {
        self.serves_next = false;
    }

    fn ended(&mut self, id: PlayerId) {
        self.running.retain(|running| *running != id);
        if self.player == Some(id) {
            self.player = None;
            self.playing = None;
        }
    }
}

impl App {
    /// Plays a script of the catalogue step by step; its first port becomes `port`, the others move by as much.
    pub(super) fn play_script(&mut self, name: &str, port: Option<u16>) {
        let Some(entry) = catalog::find(name) else {
            return;
        };
        let Ok(script) = entry.script() else { return };
        let mut options = self.window_options(entry.title);
        if let Some(port) = port {
            options.ports = moved(&script, port);
        }
        self.play(Arc::new(script), options);
        self.session.play.asked_for = Some(AskedFor::Play(ToPlay::Script(name.to_owned())));
    }

    /// Plays what the window was started with.
    pub(super) fn play_loaded(&mut self, loaded: Loaded) {
        match loaded.what {
            What::Script(script) => {
                let options = self.window_options(&loaded.title);
                self.play(Arc::new(script), options);
            }
            What::Lesson(lesson) => self.open_lesson(*lesson, &loaded.title),
            What::Session(session) => self.tell(session, loaded.title),
        }
    }

    pub(super) fn window_options(&self, title: &str) -> PlayOptions {
        PlayOptions {
            ports: self.ports.clone(),
            ..PlayOptions::window(title)
        }
    }

    pub(super) fn play(&mut self, script: Arc<Script>, options: PlayOptions) {
        self.enter(Mode::Playground);
        self.play_at(script, options, Pace::Playing);
    }

    /// Starts a player, which takes its first step by itself or waits for one.
    pub(super) fn play_at(&mut self, script: Arc<Script>, mut options: PlayOptions, pace: Pace) {
        self.stop_playing();
        self.session.play.asked_for = None;
        self.session.clear_news();
        self.session.look(Looks::Present);
        options.pause = self.settings.pause();
        options.pace = pace;
        if self.reachable_allowed {
            options.reach = Reach::Anyone;
        }
        let id = self.driver.play(Arc::clone(&script), options.clone());
        let play = &mut self.session.play;
        play.player = Some(id);
        // Buttons of a first start are done with once something else plays.
        play.steps_left = true;
        play.playing = Some(Playing {
            title: shown(&options.title),
            step: 0,
            of: script.statements.len(),
            runs: pace == Pace::Playing,
            pause: options.pause,
            next: None,
            narration: None,
            waits_for: None,
        });
        play.current = Some((id, Held::Script(script, Box::new(options))));
        self.update_next();
    }

    /// Runs one of the first buttons' scripts at once, on another port if told.
    pub(super) fn run_script(&mut self, name: &str, port: Option<u16>) {
        let Some(entry) = catalog::find(name) else {
            return;
        };
        let Ok(script) = entry.script() else { return };
        if let (Some(problem), true) = (self.state.new_socket.problem(), is_first_step(name)) {
            self.session.say(
                format!("Mend the New socket panel first: {problem}."),
                false,
            );
            self.state.new_socket.focus_problem();
            return;
        }
        if let Some(step) = FIRST_STEPS.iter().position(|step| step.script == name) {
            self.session.play.first_steps = step + 1;
        }
        let mut options = PlayOptions {
            pace: Pace::Playing,
            pause: std::time::Duration::ZERO,
            known: Known::sockets(self.session.recording.sockets()),
            ..self.window_options(entry.title)
        };
        // The client goes where the server really listens.
        let wanted = if is_first_step(name) {
            self.panel_port()
        } else {
            self.listening_port()
        };
        if let Some(port) = port.or(wanted) {
            options.ports = moved(&script, port);
        }
        let id = self.driver.play(script, options);
        self.session.play.running.push(id);
        self.session.play.asked_for = Some(AskedFor::Run(name.to_owned()));
        self.session.look(Looks::Present);
        self.update_next();
    }

    /// The port of the New socket panel, where it is another than the scripts write.
    fn panel_port(&self) -> Option<u16> {
        let port = self.state.new_socket.choices.port;
        (port != 0 && port != NewSocketChoices::default().port).then_some(port)
    }

    /// The port of the youngest listener.
    fn listening_port(&self) -> Option<u16> {
        let mut sockets = self.session.recording.sockets().open().rev();
        sockets
            .find(|socket| socket.stage == Stage::Listening)?
            .local
            .map(|local| local.port())
    }

    /// Makes the call that was typed.
    pub(super) fn type_call(&mut self, text: &str) {
        let mut options = PlayOptions::typed(Known::sockets(self.session.recording.sockets()));
        if self.reachable_allowed {
            options.reach = Reach::Anyone;
        }
        let id = self.driver.type_call(text, options);
        self.session.play.typed = Some(id);
        self.session.play.current = Some((id, Held::Typed(text.to_owned())));
        self.session.look(Looks::Present);
        self.state.type_call.error = None;
    }

    pub(super) fn steer(&mut self, transport: Transport) {
        if self.session.lesson.is_some() && self.steer_lesson(transport) {
            return;
        }
        let Some(id) = self.session.play.player else {
            return;
        };
        match transport {
            Transport::Step => {
                self.driver.pause(id);
                self.driver.step(id);
            }
            Transport::Play => self.driver.resume(id),
            Transport::Pause => self.driver.pause(id),
            Transport::SetPause(pause) => {
                self.settings.step_pause = pause.as_secs_f32();
                self.driver.set_pause(id, pause);
                if let Some(playing) = &mut self.session.play.playing {
                    playing.pause = pause;
                }
            }
            Transport::Stop => self.stop_playing(),
        }
    }

    /// Ends what plays, and the first buttons' scripts; sockets stay.
    pub(super) fn stop_playing(&mut self) {
        let play = &mut self.session.play;
        for id in play.player.take().into_iter().chain(play.running.drain(..)) {
            self.driver.stop(id);
        }
        play.playing = None;
        self.session.lesson = None;
        self.end_neighbour();
    }

    pub(super) fn drain_driver(&mut self) {
        let mut any = false;
        while let Ok(event) = self.driver.events().try_recv() {
            any = true;
            match event {
                DriverEvent::State(state) => self.player_stands(&state),
                DriverEvent::Finished { id, origin, report } => {
                    self.player_finished(id, origin, &report);
                }
                DriverEvent::Automatic(automatic) => self.automatic_stands(automatic),
                DriverEvent::Relay(relay) => self.relay_stands(*relay),
                DriverEvent::NotStarted { why, .. } => self.session.say(&*why, true),
                DriverEvent::Refused {
                    id,
                    column,
                    message,
                    refusal,
                    ..
                } => {
                    self.player_refused(id, column, &message, refusal);
                }
            }
        }
        if any {
            self.update_next();
        }
    }

    fn player_stands(&mut self, state: &PlayerState) {
        if self.session.play.player == Some(state.id) {
            self.lesson_stands(state.step);
        }
        let play = &mut self.session.play;
        let (true, Some(playing)) = (play.player == Some(state.id), &mut play.playing) else {
            return;
        };
        if state.step > playing.step {
            // A comment belongs to the statement below it: it is shown when that is made, not before.
            playing.narration = play.upcoming.take();
        }
        play.upcoming = state.narration.as_deref().map(shown);
        playing.step = state.step;
        playing.of = state.of;
        playing.runs = state.pace == Pace::Playing;
        playing.next = state.text.as_deref().map(shown);
        playing.waits_for = state.waiting_for.as_deref().map(shown);
    }

    fn player_finished(&mut self, id: PlayerId, origin: Origin, report: &Report) {
        if origin == Origin::Typed {
            // An errno is an answer, and a row of its own; only a call that was not made is said here.
            let refused = report
                .failures
                .iter()
                .find(|failure| failure.kind == FailureKind::NotCalled);
            if let Some(failure) = refused {
                self.state.type_call.error = Some((0, failure.got.to_string()));
            }
            return;
        }
        let play = &mut self.session.play;
        let for_class = AskedFor::Play(ToPlay::Script(catalog::CLASS_SERVER.to_owned()));
        if play.player == Some(id) && self.session.lesson.is_some() {
            self.lesson_is_over(report);
        } else if play.player == Some(id) && !report.stopped && play.asked_for == Some(for_class) {
            play.serves_next = report.failures.is_empty();
        } else if play.player == Some(id) && !report.stopped {
            let open = self.session.recording.sockets().open().next().is_some();
            self.session.say(
                if open {
                    "Played to the end. Its sockets stay open: try calls of your own."
                } else {
                    "Played to the end."
                },
                false,
            );
        }
        self.session.play.ended(id);
    }

    fn player_refused(&mut self, id: PlayerId, column: u32, message: &str, refusal: Refusal) {
        let held = self
            .session
            .play
            .current
            .take()
            .filter(|(current, _)| *current == id)
            .map(|(_, held)| held);
        if refusal == Refusal::Reachable && held.is_some() {
            let why = message.to_owned();
            self.state.dialogs.reachable = Some(match &held {
                Some(Held::Typed(_)) => ReachableQuestion::Typed { why },
                _ => ReachableQuestion::Script { why },
            });
            self.session.play.held = held;
        } else if self.session.play.typed == Some(id) {
            self.state.type_call.error =
                Some((column.saturating_sub(1) as usize, message.to_owned()));
        } else {
            self.session.say(message.to_owned(), true);
        }
        if self.session.play.player == Some(id) {
            self.session.lesson = None;
        }
        self.session.play.ended(id);
    }
}

/// Whether it is the script of the step that starts a server, where the New socket panel says.
pub(super) fn is_first_step(script: &str) -> bool {
    FIRST_STEPS
        .first()
        .is_some_and(|step| step.script == script)
}

/// The ports of a script moved so that the first is `port`: two ports stay two.
pub(super) fn moved(script: &Script, port: u16) -> Ports {
    let written = script.ports();
    let by = written.first().map_or(0, |first| port.wrapping_sub(*first));
    Ports::Moved(
        written
            .into_iter()
            .map(|port| (port, port.wrapping_add(by)))
            .collect(),
    )
}

/// A text of a script as the window shows it: visible, and no longer than a line may be.
fn shown(text: &str) -> String {
    visible(text.as_bytes())
}
