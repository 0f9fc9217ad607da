//! A lesson at its beginning: played for the first time, once more, on other ports, or the one after it.

use std::collections::HashSet;
use std::sync::Arc;

use crate::app::App;
use crate::app::closing::Then;
use crate::app::play::{AskedFor, Held, moved};
use crate::model::call::{Outcome, SocketId, Value};
use crate::model::socket::Socket;
use crate::neighbour::mapped_ports;
use crate::script::ast::Script;
use crate::script::options::{Pace, Ports};
use crate::views::inspector::Tab;
use crate::views::{LessonId, Mode, PlayConflict, ToPlay, Transport};

use super::LessonRun;

impl App {
    /// Plays a lesson from its beginning: it stands before its first step.
    pub(in crate::app) fn start_lesson(&mut self, id: LessonId, port: Option<u16>) {
        let Some(wanted) = self.session.lesson(id) else {
            return;
        };
        let lesson = Arc::clone(&wanted.lesson);
        let mut options = self.window_options(&lesson.title);
        let port = port.or_else(|| self.free_of_old_connections(&lesson.script));
        if let Some(port) = port {
            options.ports = moved(&lesson.script, port);
        }
        let ports = options.ports.clone();
        let told = match &ports {
            Ports::Moved(moved) => Arc::new(lesson.on_ports(&Vec::from_iter(moved.clone()))),
            Ports::AsWritten | Ports::Free => Arc::clone(&lesson),
        };
        self.play_at(Arc::clone(&lesson.script), options, Pace::Paused);
        let play = &mut self.session.play;
        play.asked_for = Some(AskedFor::Play(ToPlay::Lesson(id)));
        play.current = play.player.map(|player| (player, Held::Lesson(id, port)));
        self.session.lesson = Some(LessonRun {
            id,
            guesses: vec![None; lesson.steps.len()],
            since: self.session.recording.last().map(|row| row.number),
            lesson: told,
            ports,
            taken: 0,
            moving: false,
            moving_since: 0,
            asked: false,
            runs: false,
            summary: false,
            neighbour: false,
            rests_since: None,
            moments: Vec::new(),
            looks_at: None,
        });
        self.enter(Mode::Lessons);
        if self.session.code_for.replace(id) != Some(id) {
            self.state.inspector.choices.tab = Tab::Code;
            // Where it is a drawer it would cover the programs at work.
            self.settings.inspector_open = false;
        }
        self.update_next();
    }

    /// The open lesson once more.
    pub(super) fn restart_lesson(&mut self, port: Option<u16>) {
        let Some(run) = &self.session.lesson else {
            return;
        };
        let (id, port) = (run.id, port.or_else(|| run.shown(None).moved_port()));
        self.begin_lesson_anew(id, port);
    }

    /// Closes all and begins a lesson where one is open. The sockets of that one are closed without a question: who asks
    /// for this means them.
    pub(in crate::app) fn begin_lesson_anew(&mut self, id: LessonId, port: Option<u16>) {
        let (what, open) = (ToPlay::Lesson(id), self.own_sockets());
        if open == 0 {
            self.close_all(Then::Play(what, port));
        } else {
            self.steer(Transport::Pause);
            let written = self.session.lesson(id).and_then(|it| {
                let ports = it.lesson.script.ports();
                ports.first().copied()
            });
            let conflict = PlayConflict::OwnSockets { open, on: port };
            self.ask(what, conflict, port.or(written).unwrap_or_default());
        }
    }

    /// How many open sockets the lesson neither made nor accepted: they are the user's own.
    fn own_sockets(&self) -> usize {
        let Some(run) = &self.session.lesson else {
            return 0;
        };
        let recording = &self.session.recording;
        let rows = (0..recording.len()).rev();
        let rows = rows.map_while(|index| recording.row(index));
        let rows = rows.take_while(|row| run.since.is_none_or(|since| row.number > since));
        let born = rows.filter(|row| row.line.is_some());
        let born: HashSet<SocketId> = born
            .filter_map(|row| match row.outcome {
                Some(Outcome::Ok(Value::Socket { id, .. })) => Some(id),
                _ => None,
            })
            .collect();
        let is_own = |socket: &&Socket| {
            let from = socket.parent.unwrap_or(socket.id);
            !born.contains(&socket.id) && !born.contains(&from)
        };
        recording.sockets().open().filter(is_own).count()
    }

    /// Has the open lesson name the ports really used, one of which has just become known.
    pub(in crate::app) fn tell_lesson_anew(&mut self) {
        let session = &mut self.session;
        if let Some(run) = &mut session.lesson
            && let Some(written) = session.course.get(run.id.0)
        {
            let moved = mapped_ports(&session.recording);
            run.lesson = Arc::new(written.lesson.on_ports(&moved));
        }
    }

    /// The port to begin with where an old connection of a lesson before still keeps one that is written.
    fn free_of_old_connections(&self, script: &Script) -> Option<u16> {
        if self.ports != Ports::AsWritten {
            return None;
        }
        let written = script.ports();
        let is_kept = written.iter().any(|port| self.lingers(*port));
        is_kept
            .then(|| self.port_beyond(*written.first()?))
            .flatten()
    }

    pub(super) fn next_lesson(&mut self) {
        let next = self.session.lesson.as_ref().map(|run| run.id.0 + 1);
        if let Some(next) = next.filter(|next| *next < self.session.course.len()) {
            self.begin_lesson_anew(LessonId(next), None);
        }
    }
}
