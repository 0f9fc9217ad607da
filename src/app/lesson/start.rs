//! A lesson at its beginning: played for the first time, once more, on other ports, or the one after it.

use std::sync::Arc;

use crate::app::App;
use crate::app::closing::Then;
use crate::app::play::{AskedFor, Held, moved};
use crate::neighbour::mapped_ports;
use crate::script::ast::Script;
use crate::script::options::{Pace, Ports};
use crate::views::{LessonId, Mode, ToPlay};

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
            asked: false,
            runs: false,
            summary: false,
            neighbour: false,
            rests_since: None,
            moments: Vec::new(),
            looks_at: None,
        });
        self.settings.mode = Mode::Lessons;
        self.update_next();
    }

    /// The open lesson once more. Its sockets are closed without a question: who asks for this means them.
    pub(super) fn restart_lesson(&mut self, port: Option<u16>) {
        let Some(run) = &self.session.lesson else {
            return;
        };
        let port = port.or_else(|| run.shown(None).moved_port());
        self.close_all(Then::Play(ToPlay::Lesson(run.id), port));
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
            self.close_all(Then::Play(ToPlay::Lesson(LessonId(next)), None));
        }
    }
}
