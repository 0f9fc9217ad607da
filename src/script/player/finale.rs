//! After the last statement: calls run out, then what is open is closed, clients first.

use std::sync::Arc;

use crate::model::call::{Call, SocketId};
use crate::model::event::PlayerNote;
use crate::network::{Network, Request};

use super::super::ast::{Action, Invocation, Statement};
use super::super::expect::Expectation;
use super::super::options::{AtEnd, Origin};
use super::issued::Judged;
use super::{CLOSING_NANOS, Phase, Player, Rank, Turn};

impl Player {
    /// Ends the play now: what it started and closes at the end is interrupted and closed.
    pub fn stop(&mut self, network: &dyn Network, now: u64) {
        if matches!(self.phase, Phase::Closing { .. } | Phase::Finished) {
            return;
        }
        self.report.stopped = true;
        if self.options.at_end == AtEnd::LeaveOpen {
            self.finish();
        } else {
            for call in 0..self.issued.len() {
                self.tell_to_end(network, call);
            }
            for issued in &mut self.issued {
                // The user ended it: that says nothing about the script.
                issued.judged = Judged::Not;
            }
            self.phase = Phase::Closing {
                call: None,
                since: now,
            };
        }
        for (line, note) in self.notes.drain(..) {
            network.note(line, note);
        }
    }

    pub(super) fn draining(&mut self, network: &dyn Network, since: u64, now: u64) -> Turn {
        let open: Vec<usize> = (0..self.issued.len())
            .filter(|call| self.issued.get(*call).is_some_and(|call| !call.has_ended()))
            .collect();
        let leaves_open = self.options.at_end == AtEnd::LeaveOpen;
        let mut next = None;
        let mut unsettled = false;
        for &call in &open {
            let Some(issued) = self.issued.get(call) else {
                continue;
            };
            let waits = issued.waits_from();
            let waits_long = waits.is_some_and(|waits| now >= waits);
            if leaves_open {
                unsettled |= !waits_long;
            }
            if !waits_long {
                next = earliest(next, waits);
                continue;
            }
            let ends_with_script = issued
                .expectation
                .as_ref()
                .is_some_and(Expectation::ends_with_script);
            if !leaves_open && ends_with_script {
                self.tell_to_end(network, call);
            }
        }
        if open.iter().all(|call| self.has_given_up(*call)) || (leaves_open && !unsettled) {
            return self.drained(now);
        }
        let deadline = self.deadline_from(since);
        if deadline.is_some_and(|deadline| now >= deadline) {
            for call in open {
                self.overdue(call);
            }
            return self.drained(now);
        }
        Turn::Wait(earliest(next, deadline))
    }

    fn drained(&mut self, now: u64) -> Turn {
        for issued in &mut self.issued {
            if issued.given_up {
                // Closing is what ends it: that says nothing about the script.
                issued.judged = Judged::Not;
            }
        }
        match self.options.at_end {
            AtEnd::LeaveOpen => self.finish(),
            AtEnd::CloseAll => {
                self.phase = Phase::Closing {
                    call: None,
                    since: now,
                };
            }
        }
        Turn::Again
    }

    pub(super) fn closing(
        &mut self,
        network: &dyn Network,
        call: Option<usize>,
        since: u64,
        now: u64,
    ) -> Turn {
        if let Some(issued) = call.and_then(|call| self.issued.get(call))
            && !issued.has_ended()
        {
            let deadline = since.saturating_add(CLOSING_NANOS);
            if now < deadline {
                return Turn::Wait(Some(deadline));
            }
        }
        // Relays end between the clients and those they went to: so each end of theirs is the second to close.
        if self.are_clients_closed()
            && let Some(deadline) = self.until_relays_end(since)
            && now < deadline
        {
            return Turn::Wait(Some(deadline));
        }
        let next = self
            .owned
            .iter_mut()
            .filter(|owned| !owned.closed)
            .min_by_key(|owned| owned.rank);
        let Some(next) = next else {
            self.finish();
            return Turn::Again;
        };
        next.closed = true;
        let socket = next.id;
        let call = self.close(network, socket, now);
        self.phase = Phase::Closing {
            call: Some(call),
            since: now,
        };
        Turn::Again
    }

    /// Whether all sockets of clients and peers are closed that are closed at the end.
    pub(super) fn are_clients_closed(&self) -> bool {
        let mut owned = self.owned.iter();
        owned.all(|owned| owned.closed || owned.rank >= Rank::Connection)
    }

    fn close(&mut self, network: &dyn Network, socket: SocketId, now: u64) -> usize {
        let request = Request {
            at_end: true,
            ..Request::on(socket, Call::Close)
        };
        let id = network.submit(request.clone());
        let statement = Statement {
            line: 0,
            text: Arc::from("close()"),
            narration: None,
            program: None,
            targets: Vec::new(),
            action: Action::Call {
                on: None,
                invocation: Invocation::Plain(Call::Close),
            },
            expectation: None,
        };
        let index = self.keep(id, &request, &statement, &Self::tidying(socket), now);
        if let Some(issued) = self.issued.get_mut(index) {
            issued.judged = Judged::Not;
        }
        index
    }

    fn finish(&mut self) {
        if self.options.origin == Origin::Script {
            self.note(None, PlayerNote::Finished);
        }
        self.phase = Phase::Finished;
    }
}

fn earliest(first: Option<u64>, second: Option<u64>) -> Option<u64> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.min(second)),
        (first, second) => first.or(second),
    }
}
