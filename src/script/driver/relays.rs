//! Relays on the driver's thread.

use std::sync::atomic::Ordering;

use crate::model::event::Event;
use crate::model::relay::{RelayId, RelayOrder, Relaying};

use super::super::relay::Relay;
use super::{Command, Driver, DriverEvent, DriverHandle};

impl DriverHandle {
    /// Starts a relay. Where it stands comes as [`DriverEvent::Relay`].
    pub fn relay(&self, order: RelayOrder) -> RelayId {
        let id = RelayId(self.ids.fetch_add(1, Ordering::Relaxed));
        self.send(Command::Relay(id, Box::new(order)));
        id
    }

    /// Stops a relay and has it close its sockets. Does nothing where it has ended.
    pub fn stop_relay(&self, id: RelayId) {
        self.send(Command::StopRelay(id, Ends::Closing));
    }

    /// Has a relay make no more calls: its sockets are about to be closed with all others.
    pub fn leave_relay(&self, id: RelayId) {
        self.send(Command::StopRelay(id, Ends::Leaving));
    }
}

/// How a relay ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Closing,
    Leaving,
}

/// The relays that have not ended.
#[derive(Debug, Default)]
pub(super) struct Relays {
    running: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    relay: Relay,
    told: Option<Relaying>,
    deadline: Option<u64>,
}

impl Relays {
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// When one of them has something to do though no event comes, nanoseconds of the network's clock.
    pub(super) fn deadline(&self) -> Option<u64> {
        let running = self.running.iter();
        running.filter_map(|running| running.deadline).min()
    }

    pub(super) fn end(&mut self, id: RelayId, ends: Ends) {
        let mut running = self.running.iter_mut();
        if let Some(running) = running.find(|running| running.relay.id() == id) {
            match ends {
                Ends::Closing => running.relay.stop(),
                Ends::Leaving => running.relay.leave(),
            }
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        for running in &mut self.running {
            running.relay.take(event);
        }
    }
}

impl Driver {
    pub(super) fn start_relay(&mut self, id: RelayId, order: RelayOrder) {
        self.listen();
        self.relays.running.push(Running {
            relay: Relay::start(id, order, &*self.network),
            told: None,
            deadline: None,
        });
    }

    /// Starts and stops what scripts ask for, and lets each relay go on. Says whether a script has learned something.
    pub(super) fn advance_relays(&mut self) -> bool {
        for place in 0..self.playing.len() {
            let Some(playing) = self.playing.get_mut(place) else {
                break;
            };
            let stops = playing.player.relays_to_stop();
            let starts = playing.player.relays_to_start();
            let ids: Vec<RelayId> = starts
                .iter()
                .map(|_| RelayId(self.ids.fetch_add(1, Ordering::Relaxed)))
                .collect();
            for id in &ids {
                playing.player.relay_starts(*id);
            }
            for id in stops {
                self.relays.end(id, Ends::Closing);
            }
            for (id, order) in ids.into_iter().zip(starts) {
                self.start_relay(id, order);
            }
        }
        let now = self.network.now();
        let mut learned = false;
        for running in &mut self.relays.running {
            running.deadline = running.relay.advance(&*self.network, now);
            let state = running.relay.state();
            if running.told.as_ref() == Some(&state) {
                continue;
            }
            running.told = Some(state.clone());
            for playing in &mut self.playing {
                learned |= playing.player.relay_stands(&state);
            }
            // Only where it stands now is of use; but every end is told.
            self.unsent.retain(|event| match event {
                DriverEvent::Relay(old) => old.id != state.id || !old.is_running(),
                _ => true,
            });
            self.unsent.push_back(DriverEvent::Relay(Box::new(state)));
        }
        let ended = |running: &Running| !running.relay.state().is_running();
        self.relays.running.retain(|running| !ended(running));
        learned
    }
}
