//! Relays that a script starts, and stops at its end where it closes what it made.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::Standing;
use crate::model::relay::{RelayId, RelayOrder, Relaying};

use super::super::options::{AtEnd, FailureKind, Origin, Ports};
use super::{CLOSING_NANOS, Failure, Phase, Player, PlayerNote, Turn};

/// A relay that the script has asked for.
#[derive(Debug)]
pub(super) struct Asked {
    order: RelayOrder,
    /// The port that its clients are written with.
    written: u16,
    id: Option<RelayId>,
    state: Option<Relaying>,
    told_to_stop: bool,
}

impl Asked {
    fn has_ended(&self) -> bool {
        let state = self.state.as_ref();
        self.id.is_none() || state.is_some_and(|state| !state.is_running())
    }
}

impl Player {
    /// Asks for a relay: the next statement follows once clients find it.
    pub(super) fn ask_for_relay(&mut self, order: &RelayOrder, now: u64) -> Turn {
        let protocol = order.protocol;
        let known = self.ports.get(&(protocol, order.listen.port())).copied();
        let listen = match (&self.options.ports, known) {
            (Ports::Free, None) => 0,
            _ => self.used_port(protocol, order.listen.port()),
        };
        let target = self.used_port(protocol, order.target.port());
        self.relays.push(Asked {
            written: order.listen.port(),
            order: RelayOrder {
                listen: SocketAddr::new(order.listen.ip(), listen),
                target: SocketAddr::new(order.target.ip(), target),
                ..order.clone()
            },
            id: None,
            state: None,
            told_to_stop: false,
        });
        self.phase = Phase::Relaying { since: now };
        Turn::Again
    }

    /// The relays that are to be started; each is to be answered by [`Player::relay_starts`].
    pub fn relays_to_start(&self) -> Vec<RelayOrder> {
        let new = self.relays.iter().filter(|asked| asked.id.is_none());
        new.filter(|_| !self.is_finished())
            .map(|asked| asked.order.clone())
            .collect()
    }

    /// The first relay that was to be started has that number.
    pub fn relay_starts(&mut self, id: RelayId) {
        if let Some(asked) = self.relays.iter_mut().find(|asked| asked.id.is_none()) {
            asked.id = Some(id);
        }
    }

    /// A relay stands somewhere else. Says whether it is one of this script's.
    pub fn relay_stands(&mut self, state: &Relaying) -> bool {
        let mut relays = self.relays.iter_mut();
        let Some(asked) = relays.find(|asked| asked.id == Some(state.id)) else {
            return false;
        };
        asked.state = Some(state.clone());
        true
    }

    /// The relays that are to be stopped, each told once.
    pub fn relays_to_stop(&mut self) -> Vec<RelayId> {
        let closes = matches!(self.phase, Phase::Closing { .. });
        if !closes || self.options.at_end == AtEnd::LeaveOpen || !self.are_clients_closed() {
            return Vec::new();
        }
        let new = self.relays.iter_mut();
        let new = new.filter(|asked| !asked.told_to_stop);
        new.filter_map(|asked| {
            asked.told_to_stop = true;
            asked.id
        })
        .collect()
    }

    /// When to go on without relays that do not end; `None`: all have ended.
    pub(super) fn until_relays_end(&self, since: u64) -> Option<u64> {
        let mut relays = self.relays.iter();
        let ends = self.options.at_end == AtEnd::CloseAll && relays.any(|asked| !asked.has_ended());
        ends.then(|| since.saturating_add(CLOSING_NANOS))
    }

    pub(super) fn relaying(&mut self, since: u64, now: u64) -> Turn {
        let line = self.statement().map(|statement| statement.line);
        let Some(asked) = self.relays.last() else {
            return self.statement_done(now);
        };
        let patience = self.patience_from(since);
        let got = match &asked.state {
            Some(state) if state.is_open => {
                let (written, protocol) = (asked.written, state.order.protocol);
                let used = state.order.listen.port();
                if written != 0 && self.options.ports == Ports::Free {
                    let is_new = self.ports.insert((protocol, written), used).is_none();
                    if is_new {
                        self.port_moved(line, written, used);
                    }
                }
                return self.statement_done(now);
            }
            Some(state) => match state.standing {
                Standing::Ended(ending) => ending.words(),
                _ if now < patience => return Turn::Wait(Some(patience)),
                _ => "it does not begin".to_owned(),
            },
            None if now < patience => return Turn::Wait(Some(patience)),
            None => "it does not begin".to_owned(),
        };
        self.relay_failed(&got);
        self.statement_done(now)
    }

    fn relay_failed(&mut self, why: &str) {
        let Some(statement) = self.statement().cloned() else {
            return;
        };
        let got: Arc<str> = Arc::from(format!("no relay: {why}"));
        if self.options.origin == Origin::Script {
            let reason = Arc::clone(&got);
            self.note(Some(statement.line), PlayerNote::Refused { reason });
        }
        self.report.failures.push(Failure {
            kind: FailureKind::NotCalled,
            line: statement.line,
            text: statement.text,
            expected: Arc::from("a relay"),
            got,
        });
    }
}
