//! The neighbour of a lesson: another program, which this one can play as well.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::App;
use crate::background::Job;
use crate::neighbour::{Neighbour, mapped_ports};

/// Who plays the neighbour, where nobody else is there.
#[derive(Debug, Default)]
pub(in crate::app) struct Helper {
    executable: Option<PathBuf>,
    /// Whether one was asked for and has not come yet.
    is_called: bool,
    playing: Option<Neighbour>,
}

impl Helper {
    /// Of this program's file.
    pub(in crate::app) fn new(executable: Option<PathBuf>) -> Self {
        Self {
            executable,
            ..Self::default()
        }
    }
}

impl App {
    /// Has a process of this program play the neighbour of the open lesson.
    pub(super) fn start_neighbour(&mut self) {
        let Some(run) = &mut self.session.lesson else {
            return;
        };
        let (Some(executable), Some(script), Some(background)) = (
            self.neighbour.executable.clone(),
            run.lesson.neighbour.as_ref().map(Arc::clone),
            &self.background,
        ) else {
            return;
        };
        if self.neighbour.is_called || self.neighbour.playing.is_some() {
            return;
        }
        run.neighbour = true;
        self.neighbour.is_called = true;
        background.submit(Job::StartNeighbour {
            executable,
            script,
            ports: mapped_ports(&self.session.told.recording),
        });
    }

    /// The process that was asked for is there, or can't be.
    pub(in crate::app) fn neighbour_started(&mut self, started: Result<Neighbour, String>) {
        let is_wanted = std::mem::take(&mut self.neighbour.is_called);
        match started {
            Ok(neighbour) => {
                self.neighbour.playing = Some(neighbour);
                if !is_wanted {
                    self.end_neighbour();
                }
            }
            Err(error) => {
                if let Some(run) = &mut self.session.lesson {
                    run.neighbour = false;
                }
                self.session.say(error, true);
            }
        }
    }

    /// Ends the process, wherever it stands.
    pub(in crate::app) fn end_neighbour(&mut self) {
        self.neighbour.is_called = false;
        if let Some(run) = &mut self.session.lesson {
            run.neighbour = false;
        }
        if let (Some(neighbour), Some(background)) =
            (self.neighbour.playing.take(), &self.background)
        {
            background.submit(Job::EndNeighbour(neighbour));
        }
    }
}
