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
    asked: Asked,
    playing: Option<Neighbour>,
}

/// Those that were asked for and have not come yet. They come in the order in which they were asked for.
#[derive(Debug, Default)]
struct Asked {
    to_come: usize,
    /// The first so many of them are no longer wanted.
    unwanted: usize,
}

impl Asked {
    /// Whether one is on its way that is still wanted.
    fn is_wanted(&self) -> bool {
        self.to_come > self.unwanted
    }

    fn ask(&mut self) {
        self.to_come += 1;
    }

    fn take_back(&mut self) {
        self.unwanted = self.to_come;
    }

    /// One has come, or can't. Says whether it is still wanted.
    fn came(&mut self) -> bool {
        self.to_come = self.to_come.saturating_sub(1);
        match self.unwanted.checked_sub(1) {
            Some(fewer) => {
                self.unwanted = fewer;
                false
            }
            None => true,
        }
    }
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
        if self.neighbour.asked.is_wanted() || self.neighbour.playing.is_some() {
            return;
        }
        run.neighbour = true;
        self.neighbour.asked.ask();
        background.submit(Job::StartNeighbour {
            executable,
            script,
            ports: mapped_ports(&self.session.recording),
        });
    }

    /// The process that was asked for is there, or can't be.
    pub(in crate::app) fn neighbour_started(&mut self, started: Result<Neighbour, String>) {
        let is_wanted = self.neighbour.asked.came();
        match started {
            Ok(neighbour) if is_wanted => self.neighbour.playing = Some(neighbour),
            Ok(neighbour) => self.end(neighbour),
            Err(_) if !is_wanted => {}
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
        self.neighbour.asked.take_back();
        if let Some(run) = &mut self.session.lesson {
            run.neighbour = false;
        }
        if let Some(neighbour) = self.neighbour.playing.take() {
            self.end(neighbour);
        }
    }

    fn end(&self, neighbour: Neighbour) {
        if let Some(background) = &self.background {
            background.submit(Job::EndNeighbour(neighbour));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen failing with: one mark for all that were asked for: the first to come was kept, and the one wanted ended.
    #[test]
    fn of_those_asked_for_and_taken_back_only_the_last_is_kept() {
        let mut asked = Asked::default();
        asked.ask();
        asked.take_back();
        assert!(!asked.is_wanted());
        asked.ask();
        assert!(asked.is_wanted());
        assert!(!asked.came(), "it was taken back");
        assert!(asked.is_wanted());
        assert!(asked.came());
        assert!(!asked.is_wanted());
        asked.take_back();
        asked.ask();
        assert!(asked.came(), "what came before is no longer on its way");
    }
}
