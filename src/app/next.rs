//! The one thing to do next.

use crate::model::lifecycle::{self, NextTarget};
use crate::views::{NewSocket, Next};

use super::App;

impl App {
    pub(super) fn update_next(&mut self) {
        self.session.next = self.next_thing();
    }

    fn next_thing(&self) -> Next {
        if let Some(playing) = self.session.play.playing() {
            let next = playing
                .next
                .clone()
                .unwrap_or_else(|| "the script has been played".to_owned());
            return Next::Nothing { why: next };
        }
        if let Some(next) = self.session.play.next_first_step(&self.session.recording) {
            return next;
        }
        let Some(step) = lifecycle::next_line(self.session.recording.sockets()) else {
            return Next::Nothing {
                why: "Make a socket on the left, or play a quick start.".to_owned(),
            };
        };
        match step.target {
            NextTarget::Socket(socket) => {
                match self
                    .state
                    .cards
                    .call_for(socket, step.method, &self.session.recording)
                {
                    Some(call) => Next::Call {
                        socket,
                        call,
                        why: step.why,
                    },
                    None => Next::Nothing { why: step.why },
                }
            }
            NextTarget::New { role, protocol } => {
                let choices = &self.state.new_socket.choices;
                let wanted = NewSocket {
                    role,
                    protocol,
                    family: choices.family,
                    mode: choices.mode,
                    host: choices.host.clone(),
                    port: choices.port,
                };
                Next::NewSocket {
                    wanted,
                    why: step.why,
                }
            }
        }
    }
}
