//! Relays: started from cards, and watched until they end.

use crate::model::automatic::{Ending, Standing};
use crate::model::call::SocketId;
use crate::model::relay::Relaying;

use super::App;

impl App {
    /// A relay stands somewhere else now.
    pub(super) fn relay_stands(&mut self, relay: Relaying) {
        let relays = &mut self.session.relays;
        relays.retain(|there| there.id != relay.id);
        let Standing::Ended(ending) = relay.standing else {
            relays.push(relay);
            relays.sort_by_key(|relay| relay.id);
            return;
        };
        if ending != Ending::Stopped && ending != Ending::Closed {
            let text = format!(
                "The relay {} has ended: {}. Its sockets are closed.",
                relay.order.name,
                ending.words()
            );
            self.session.say(text, !ending.is_wanted());
        }
    }

    /// Has every relay make no more calls: their sockets are about to be closed with all others.
    pub(super) fn leave_all_relays(&mut self) {
        for relay in &self.session.relays {
            self.driver.leave_relay(relay.id);
        }
    }

    /// Whether a socket is a relay's own, whatever is looked at.
    pub(super) fn is_of_a_relay(&self, socket: SocketId) -> bool {
        let known = self.session.recording.sockets().get(socket);
        known.is_some_and(|known| {
            let mut relays = self.session.relays.iter();
            relays.any(|relay| relay.program == known.program)
        })
    }
}
