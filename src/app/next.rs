//! The one thing to do next.

use std::net::{IpAddr, SocketAddr};

use crate::model::call::{Family, Protocol};
use crate::model::event::Role;
use crate::model::lifecycle::{self, NextTarget};
use crate::model::socket::Stage;
use crate::views::{NewSocket, Next};

use super::{App, play};

impl App {
    /// Notices when the New socket panel's fields become wrong or right again: the first step starts with them.
    pub(super) fn first_problem(&mut self) {
        let problem = self.state.new_socket.problem();
        if problem != self.panel_problem {
            self.panel_problem = problem;
            self.update_next();
        }
    }

    pub(super) fn update_next(&mut self) {
        self.session.next = self.next_thing();
    }

    fn next_thing(&self) -> Next {
        if let Some(playing) = self.session.playing(self.settings.mode) {
            let next = playing
                .next
                .clone()
                .unwrap_or_else(|| "the script has been played".to_owned());
            return Next::Nothing { why: next };
        }
        if let Some(mut next) = self.session.play.next_first_step(&self.session.recording) {
            if let (Some(problem), Next::Run { script, why, .. }) = (&self.panel_problem, &mut next)
                && play::is_first_step(script)
            {
                why.clone_from(problem);
            }
            return next;
        }
        let Some(step) = lifecycle::next_line(self.session.recording.sockets()) else {
            return Next::Nothing {
                why: "It is somebody else's turn now.".to_owned(),
            };
        };
        match step.target {
            NextTarget::Socket(socket) => {
                let recording = &self.session.recording;
                match self.state.cards.next_call(socket, step.method, recording) {
                    Some((call, why)) => Next::Call {
                        socket,
                        call,
                        why: why.unwrap_or(step.why),
                    },
                    None => Next::Nothing { why: step.why },
                }
            }
            NextTarget::New { role, protocol } => {
                let choices = &self.state.new_socket.choices;
                let (host, port) = match self.refused_here() {
                    Some(target) if role == Role::Server && protocol == Protocol::Tcp => {
                        (target.ip().to_string(), target.port())
                    }
                    _ => (choices.host.clone(), choices.port),
                };
                let family = match host.parse() {
                    Ok(IpAddr::V6(_)) => Family::Ipv6,
                    Ok(IpAddr::V4(_)) => Family::Ipv4,
                    Err(_) => choices.family,
                };
                let wanted = NewSocket {
                    role,
                    protocol,
                    family,
                    mode: choices.mode,
                    host,
                    port,
                };
                Next::NewSocket {
                    wanted,
                    why: step.why,
                }
            }
        }
    }

    /// Where on this computer the youngest client was refused: a server belongs there.
    fn refused_here(&self) -> Option<SocketAddr> {
        let mut open = self.session.recording.sockets().open().rev();
        open.find(|socket| socket.stage == Stage::Refused)?
            .target
            .filter(|target| target.ip().is_loopback())
    }
}
