//! Questions before something is played, and what is done with the answers.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{Call, Outcome, SocketId};
use crate::model::errno::Errno;
use crate::model::event::{Event, Remnant};
use crate::script::ast::Script;
use crate::script::catalog;
use crate::views::{PlayAnswer, PlayConflict, PlayQuestion, ToPlay, Transport};

use super::App;
use super::closing::Then;
use super::play::{AskedFor, Held};

/// The port that a script's bind was refused, and the bind's line.
pub(super) fn port_refused(event: &Event) -> Option<(u16, u32)> {
    let Event::Made(started, ended) = event else {
        return None;
    };
    match (&started.call, &ended.outcome, started.line) {
        (Call::Bind { address }, Outcome::Error(Errno::EADDRINUSE), Some(line)) => {
            Some((address.port(), line))
        }
        _ => None,
    }
}

/// A bind that was refused: on which socket, to what address, and why.
pub(super) fn bind_refused(event: &Event) -> Option<(SocketId, SocketAddr, Errno)> {
    let Event::Made(started, ended) = event else {
        return None;
    };
    match (&started.call, &ended.outcome) {
        (Call::Bind { address }, Outcome::Error(errno)) => {
            Some((started.socket?, *address, *errno))
        }
        _ => None,
    }
}

impl App {
    /// Plays a script or a lesson, after a question if a socket holds its port.
    pub(super) fn ask_to_play(&mut self, what: ToPlay) {
        let Some(script) = self.script_of(&what) else {
            return;
        };
        let wanted = script.ports().into_iter();
        let taken = wanted
            .filter_map(|port| self.ports.used(port))
            .find(|port| self.holds(*port));
        if let Some(port) = taken {
            // What plays would go on behind the question, and close the sockets it is about.
            self.steer(Transport::Pause);
            let open = self.session.recording.sockets().open().count();
            self.ask(what, PlayConflict::OpenSockets(open), port);
        } else {
            let sockets = self.session.recording.sockets();
            if sockets.open().next().is_none() && sockets.iter().next().is_some() {
                // What is closed would only stand among the new ones.
                self.new_session();
            }
            self.start(&what, None);
        }
    }

    fn script_of(&self, what: &ToPlay) -> Option<Arc<Script>> {
        match what {
            ToPlay::Script(name) => Some(Arc::new(catalog::find(name)?.script().ok()?)),
            ToPlay::Lesson(id) => Some(Arc::clone(&self.session.lesson(*id)?.lesson.script)),
        }
    }

    /// Plays it from its beginning; its first port becomes `port`.
    pub(super) fn start(&mut self, what: &ToPlay, port: Option<u16>) {
        match what {
            ToPlay::Script(name) => self.play_script(name, port),
            ToPlay::Lesson(id) => self.start_lesson(*id, port),
        }
    }

    /// A script's bind was refused: what follows would talk to whoever has the port.
    pub(super) fn ask_for_other_port(&mut self, port: u16, line: u32) {
        let run = self.session.lesson.as_ref();
        if run.is_some_and(|run| run.expects(line, Errno::EADDRINUSE)) {
            return;
        }
        let what = match self.session.play.asked_for.clone() {
            Some(AskedFor::Play(what)) => what,
            Some(AskedFor::Run(name)) => ToPlay::Script(name),
            None => return,
        };
        if let (ToPlay::Lesson(id), Some(other)) = (&what, self.port_beyond(port)) {
            // A course is led by one key: it goes on by itself where no question needs an answer.
            self.begin_lesson_anew(*id, Some(other));
            return;
        }
        self.stop_playing();
        self.ask(what, PlayConflict::Elsewhere, port);
    }

    /// A port some way behind one that is held, so that a script's ports, which lie together, have all moved.
    pub(super) fn port_beyond(&self, port: u16) -> Option<u16> {
        const APART: usize = 10;
        let mut others = (port..=u16::MAX).step_by(APART).skip(1);
        others.find(|port| !self.lingers(*port) && !self.holds(*port))
    }

    /// Whether a connection that a session here closed still keeps the port in TIME-WAIT.
    pub(super) fn lingers(&self, port: u16) -> bool {
        let now = self.network.now();
        let previous = self.session.previous.iter().map(|told| &told.recording);
        let mut sockets = std::iter::once(&self.session.recording)
            .chain(previous)
            .flat_map(|recording| recording.sockets().iter());
        sockets.any(|socket| {
            let is_there = socket.local.is_some_and(|local| local.port() == port);
            let waits = match socket.observed() {
                Some((seen, observation)) => observation.remnant.is_some_and(|left| match left {
                    Remnant::TimeWait { millis_left } => {
                        seen.at + u64::from(millis_left) * 1_000_000 > now
                    }
                    Remnant::Ending | Remnant::Nothing => false,
                }),
                None => false,
            };
            is_there && waits
        })
    }

    /// Whether an answer that a script does not expect leads to a question, which says all there is to say.
    pub(super) fn asks_about(&self, got: &str) -> bool {
        got == Errno::EADDRINUSE.symbol() && self.session.play.asked_for.is_some()
    }

    pub(super) fn ask(&mut self, what: ToPlay, conflict: PlayConflict, port: u16) {
        let mut others = port.saturating_add(1)..=u16::MAX;
        let other_port = others.find(|port| !self.holds(*port)).unwrap_or(port);
        self.state.dialogs.play = Some(PlayQuestion {
            what,
            conflict,
            port,
            other_port,
        });
    }

    /// Whether an open socket of this session has the port.
    fn holds(&self, port: u16) -> bool {
        let mut open = self.session.recording.sockets().open();
        open.any(|socket| socket.local.is_some_and(|local| local.port() == port))
    }

    pub(super) fn answer_play(&mut self, answer: PlayAnswer) {
        let Some(question) = self.state.dialogs.play.take() else {
            return;
        };
        let other = question.other_port;
        match (answer, question.conflict) {
            (PlayAnswer::CloseAllAndPlay, PlayConflict::OwnSockets { on, .. }) => {
                self.close_all(Then::Play(question.what, on));
            }
            (PlayAnswer::CloseAllAndPlay, _) => self.close_all(Then::Play(question.what, None)),
            (PlayAnswer::OtherPort, PlayConflict::OpenSockets(_)) => {
                self.start(&question.what, Some(other));
            }
            (PlayAnswer::OtherPort, PlayConflict::Elsewhere) => {
                let then = match self.session.play.asked_for.take() {
                    Some(AskedFor::Run(script)) => Then::Run(script, other),
                    _ => Then::Play(question.what, Some(other)),
                };
                // What was opened before the refusal is in nobody's way, but would stand there twice.
                self.close_all(then);
            }
            (PlayAnswer::OtherPort, PlayConflict::OwnSockets { .. }) | (PlayAnswer::Cancel, _) => {}
        }
    }

    /// Goes on with what waited for leave to let others reach this computer.
    pub(super) fn play_held(&mut self) {
        match self.session.play.held.take() {
            Some(Held::Script(script, options)) => {
                // It is still the same that was asked for.
                let asked_for = self.session.play.asked_for.take();
                self.play(script, *options);
                self.session.play.asked_for = asked_for;
            }
            Some(Held::Lesson(id, port)) => self.start_lesson(id, port),
            Some(Held::Typed(text)) => self.type_call(&text),
            None => {}
        }
    }

    /// Forgets what waited for that leave.
    pub(super) fn drop_held(&mut self) {
        self.session.play.held = None;
    }
}
