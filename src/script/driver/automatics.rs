//! Automatic programs on the driver's thread.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::Automatic;
use crate::model::call::SocketId;
use crate::model::event::Event;
use crate::network::Network;

use super::super::automatic::{Assignment, AutomaticServer};
use super::{Command, Driver, DriverEvent, DriverHandle};

impl DriverHandle {
    /// Starts an automatic program. Where it stands comes as [`DriverEvent::Automatic`]; one that is there on the same
    /// socket already has it refused ([`DriverEvent::NotStarted`]).
    pub fn serve(&self, assignment: Assignment) {
        self.send(Command::Serve(Box::new(assignment)));
    }

    /// Stops the automatic program of that socket; its sockets stay open. Does nothing where there is none.
    pub fn stop_serving(&self, socket: SocketId) {
        self.send(Command::StopServing(socket));
    }
}

/// The automatic programs that have not ended.
#[derive(Debug, Default)]
pub(super) struct Automatics {
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    server: AutomaticServer,
    told: Option<Automatic>,
    deadline: Option<u64>,
}

impl Automatics {
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// When one of them has something to do though no event comes, nanoseconds of the network's clock.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.running
            .iter()
            .filter_map(|running| running.deadline)
            .min()
    }

    pub(super) fn stop(&mut self, socket: SocketId) {
        for running in &mut self.running {
            if running.server.socket() == socket {
                running.server.stop();
            }
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        for running in &mut self.running {
            running.server.take(event);
        }
    }

    fn serves(&self, socket: SocketId) -> bool {
        let mut running = self.running.iter();
        running.any(|running| running.server.socket() == socket)
    }

    /// Lets each go on; tells of those that stand somewhere else now.
    fn advance(&mut self, network: &dyn Network, now: u64, mut tell: impl FnMut(Automatic)) {
        let others: Vec<SocketAddr> = self
            .running
            .iter()
            .filter_map(|running| running.server.answers_at())
            .collect();
        for running in &mut self.running {
            running.deadline = running.server.advance(network, now, &others);
            let state = running.server.state();
            if running.told.as_ref() != Some(&state) {
                running.told = Some(state.clone());
                tell(state);
            }
        }
        self.running
            .retain(|running| running.server.state().is_running());
    }
}

impl Driver {
    pub(super) fn serve(&mut self, assignment: Assignment) {
        if self.automatics.serves(assignment.socket) {
            let why = format!("An automatic program runs on {} already.", assignment.name);
            self.unsent.push_back(DriverEvent::NotStarted {
                socket: assignment.socket,
                why: Arc::from(why),
            });
            return;
        }
        self.listen();
        self.automatics.running.push(Running {
            server: AutomaticServer::start(assignment, &*self.network),
            told: None,
            deadline: None,
        });
    }

    pub(super) fn advance_automatics(&mut self) {
        let unsent = &mut self.unsent;
        let now = self.network.now();
        self.automatics.advance(&*self.network, now, |state| {
            // Only where it stands now is of use; but every end is told.
            unsent.retain(|event| match event {
                DriverEvent::Automatic(old) => old.socket != state.socket || !old.is_running(),
                _ => true,
            });
            unsent.push_back(DriverEvent::Automatic(state));
        });
    }
}
