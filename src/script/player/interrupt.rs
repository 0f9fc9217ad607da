//! `interrupt(name)`: ends what waits on a socket, alone or with others.

use std::sync::Arc;

use crate::model::event::PlayerNote;
use crate::network::Network;

use super::super::ast::Name;
use super::names::{Ready, never};
use super::{Phase, Player, Turn};

impl Player {
    pub(super) fn interrupt(&mut self, network: &dyn Network, name: &Name, now: u64) -> Ready<()> {
        let socket = self.socket(name)?;
        let calls: Vec<usize> = self
            .issued
            .iter()
            .enumerate()
            .filter(|(_, call)| call.is_on(socket.id) && !call.has_ended())
            .map(|(index, _)| index)
            .collect();
        if calls.is_empty() && socket.waiting.is_empty() {
            return never(format!("nothing waits on {name}"));
        }
        for call in &socket.waiting {
            network.interrupt(*call);
        }
        for call in &calls {
            self.tell_to_end(network, *call);
        }
        self.phase = Phase::Interrupting {
            name: Arc::clone(name),
            calls,
            since: now,
        };
        Ok(())
    }

    pub(super) fn tell_to_end(&mut self, network: &dyn Network, call: usize) {
        if let Some(issued) = self.issued.get_mut(call)
            && !issued.told_to_end
            && !issued.has_ended()
        {
            issued.told_to_end = true;
            network.interrupt(issued.id);
        }
    }

    pub(super) fn interrupting(&mut self, since: u64, now: u64) -> Turn {
        let Phase::Interrupting { name, calls, .. } = &self.phase else {
            return Turn::Again;
        };
        let open = calls
            .iter()
            .copied()
            .find(|call| self.issued.get(*call).is_some_and(|call| !call.has_ended()));
        let name = Arc::clone(name);
        if let Some(call) = open {
            let deadline = self.deadline_from(since);
            if deadline.is_none_or(|deadline| now < deadline) {
                return Turn::Wait(deadline);
            }
            self.overdue(call);
        } else {
            let line = self.statement().map(|statement| statement.line);
            self.note(line, PlayerNote::Interrupted { name });
        }
        self.statement_done(now)
    }
}
