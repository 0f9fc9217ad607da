//! What plays a script: a state machine that issues one statement after another.
//!
//! Its clock and its network are given to it, so that it runs the same on a driver's thread and in a test.
//! Feed it every event with [`Player::take`], then let it go on with [`Player::advance`].
//!
//! # When the next statement is issued
//!
//! When the call before it has returned, however slow the machine: a call that overtakes a slow one meets sockets in
//! a state nobody wrote of. Only a call that may wait for what comes below is left behind, [`WAITS_AFTER`] after it
//! entered its system call: `accept`, `recv` and `recvfrom`, whatever is marked `waits` or `interrupted`, and a call
//! queued behind another one. A call expected to answer EAGAIN is none of these: it would take what comes below.
//! A call nobody marked that fills a buffer or meets a full backlog is left behind as well, but only after the
//! deadline, or [`PATIENCE`] where there is none: until then nothing tells it from a slow one. So is a `select` that
//! nobody marked: what comes below, on whichever socket, would change what a slow one finds.
//!
//! A call left behind holds up what follows on its own socket, up to the deadline as for a value that is not there,
//! unless it is marked: then what follows was written to be made while it waits. Three kinds of statement pass it in
//! any case: `interrupt`, which is there to end it; `close`, where no other end of it is expected; and the questions
//! `getsockname`, `getpeername` and `getsockopt`, whose answer does not depend on it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::call::{CallId, ProgramId, Protocol, SocketId};
use crate::model::event::PlayerNote;
use crate::network::Network;

use super::ast::{Name, Script, Statement};
use super::moved::with_ports;
use super::options::{
    AtSurprise, Failure, FailureKind, Held, Origin, Overdue, Pace, PlayOptions, PlayerId,
    PlayerState, Ports, Report,
};

mod finale;
mod interrupt;
mod issued;
mod names;
mod relays;
mod select;
mod statements;

use issued::Issued;
use names::Slot;

/// A call still in its system call after this long waits, and the next statement is issued.
pub const WAITS_AFTER: Duration = Duration::from_millis(50);

/// How long a call that should return by itself holds up the statements below it where no deadline is set.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How long each `close()` at the end may take: the deadline is for the script, not for what tidies up after it.
const CLOSING_NANOS: u64 = 10_000_000_000;

/// [`WAITS_AFTER`] in nanoseconds.
const WAITS_AFTER_NANOS: u64 = 50_000_000;

/// One play of one script.
#[derive(Debug)]
pub struct Player {
    id: PlayerId,
    script: Arc<Script>,
    options: PlayOptions,
    next: usize,
    phase: Phase,
    granted: usize,
    issued: Vec<Issued>,
    by_id: HashMap<CallId, usize>,
    slots: HashMap<Name, Slot>,
    owned: Vec<Owned>,
    relays: Vec<relays::Asked>,
    /// Programs that statements name.
    programs: HashMap<Name, ProgramId>,
    /// Sockets that a bind of this player gave an address.
    bound: HashSet<SocketId>,
    ports: HashMap<(Protocol, u16), u16>,
    /// The ports written, with those used in their place: what is said names these.
    moved: Vec<(u16, u16)>,
    notes: Vec<(Option<u32>, PlayerNote)>,
    report: Report,
}

/// A socket this player made.
#[derive(Debug)]
struct Owned {
    id: SocketId,
    rank: Rank,
    local_port: Option<u16>,
    closed: bool,
}

/// The order in which sockets are closed: clients first, so that no server is left in TIME-WAIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Client,
    Peer,
    Connection,
    Listener,
}

/// What the player is doing.
#[derive(Debug)]
enum Phase {
    /// Nothing was done yet.
    Start,
    /// It waits for its pace.
    Between { not_before: u64 },
    /// The next statement waits for the values it needs.
    Resolving { since: u64, asked: bool },
    /// Its call was issued, and has neither returned nor waited long enough.
    Following {
        call: usize,
        maps: Option<PortToMap>,
    },
    /// A bound port is asked for.
    Mapping { map: PortToMap, since: u64 },
    /// A relay was asked for.
    Relaying { since: u64 },
    /// `sleep()`.
    Sleeping { until: u64, seconds: f64 },
    /// `interrupt()`: these calls are to end.
    Interrupting {
        name: Name,
        calls: Vec<usize>,
        since: u64,
    },
    /// After the last statement: calls run out.
    Draining { since: u64 },
    /// What is open is closed, one after another.
    Closing { call: Option<usize>, since: u64 },
    /// All is done.
    Finished,
}

/// A written port that the system replaces by one of its choice.
#[derive(Clone, Copy, Debug)]
struct PortToMap {
    socket: SocketId,
    protocol: Protocol,
    written: u16,
}

/// What one turn of the machine came to.
enum Turn {
    /// Something changed: another turn may do more.
    Again,
    /// Nothing to do before this time (nanoseconds of the network's clock), or before an event.
    Wait(Option<u64>),
}

impl Player {
    /// A player at its first statement.
    pub fn new(id: PlayerId, script: Arc<Script>, options: PlayOptions) -> Self {
        let slots = options
            .known
            .awaited()
            .map(|(name, awaited)| (Arc::clone(name), Slot::Elsewhere(awaited.clone())))
            .collect();
        Self {
            id,
            script,
            options,
            next: 0,
            phase: Phase::Start,
            granted: 0,
            issued: Vec::new(),
            by_id: HashMap::new(),
            slots,
            owned: Vec::new(),
            relays: Vec::new(),
            programs: HashMap::new(),
            bound: HashSet::new(),
            ports: HashMap::new(),
            moved: Vec::new(),
            notes: Vec::new(),
            report: Report::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> PlayerId {
        self.id
    }

    /// Goes on as far as it can at the time `now`, nanoseconds of the network's clock.
    ///
    /// Returns when to call it again if no event comes before; `None`: only an event or a command lets it go on.
    pub fn advance(&mut self, network: &dyn Network, now: u64) -> Option<u64> {
        loop {
            let turn = self.turn(network, now);
            for (line, note) in self.notes.drain(..) {
                network.note(line, note);
            }
            match turn {
                Turn::Again => {}
                Turn::Wait(until) => return until,
            }
        }
    }

    /// Issues one statement more, though paused.
    pub fn step(&mut self) {
        let left = self.script.statements.len().saturating_sub(self.next);
        self.granted = (self.granted + 1).min(left);
    }

    /// Plays on by itself, or waits for steps.
    pub fn set_pace(&mut self, pace: Pace) {
        self.options.pace = pace;
        if pace == Pace::Paused {
            self.granted = 0;
        }
    }

    /// The pause between two statements while it plays.
    pub fn set_pause(&mut self, pause: Duration) {
        self.options.pause = pause;
    }

    /// Whether all is done.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished)
    }

    /// What has come of it so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The values its names hold.
    pub fn values(&self) -> impl Iterator<Item = (&Name, &Held)> {
        self.slots.iter().filter_map(|(name, slot)| match slot {
            Slot::Held(held) => Some((name, held)),
            _ => None,
        })
    }

    /// Where it stands.
    pub fn state(&self) -> PlayerState {
        let next = self.statement();
        PlayerState {
            id: self.id,
            title: Arc::clone(&self.options.title),
            origin: self.options.origin,
            step: self.next,
            of: self.script.statements.len(),
            line: next.map(|next| next.line),
            text: next.map(|next| Arc::clone(&next.text)),
            narration: next.and_then(|next| next.narration.as_ref().map(|text| self.told(text))),
            pace: self.options.pace,
            waiting_for: self.waiting_for(),
            moved: self.moved.as_slice().into(),
        }
    }

    /// What a script says, with the ports really used.
    fn told(&self, text: &Arc<str>) -> Arc<str> {
        match with_ports(text, &self.moved) {
            Cow::Borrowed(_) => Arc::clone(text),
            Cow::Owned(text) => text.into(),
        }
    }

    /// Another port is used than the one written.
    fn port_moved(&mut self, line: Option<u32>, written: u16, used: u16) {
        self.moved.retain(|(known, _)| *known != written);
        self.moved.push((written, used));
        self.note(line, PlayerNote::PortMapped { written, used });
    }

    fn statement(&self) -> Option<&Statement> {
        self.script.statements.get(self.next)
    }

    fn waiting_for(&self) -> Option<Arc<str>> {
        match &self.phase {
            Phase::Resolving { .. } => {
                if let Some((name, text)) = self.missing() {
                    return Some(Arc::from(format!("{name}: {text} has not returned")));
                }
                let call = self.issued.get(self.held_up_by(self.statement()?)?)?;
                Some(Arc::from(format!("{} has not returned", call.text)))
            }
            Phase::Following { call, .. } => self
                .issued
                .get(*call)
                .filter(|call| !call.has_ended())
                .map(|call| Arc::clone(&call.text)),
            Phase::Sleeping { seconds, .. } => Some(Arc::from(format!("sleep({seconds})"))),
            Phase::Interrupting { name, .. } => Some(Arc::from(format!("interrupt({name})"))),
            _ => None,
        }
    }

    fn turn(&mut self, network: &dyn Network, now: u64) -> Turn {
        match &self.phase {
            Phase::Start => self.start(now),
            Phase::Between { not_before } => self.between(*not_before, now),
            Phase::Resolving { since, asked } => self.resolving(network, *since, *asked, now),
            Phase::Following { call, maps } => self.following(network, *call, *maps, now),
            Phase::Mapping { map, since } => self.mapping(*map, *since, now),
            Phase::Relaying { since } => self.relaying(*since, now),
            Phase::Sleeping { until, seconds } => self.sleeping(*until, *seconds, now),
            Phase::Interrupting { since, .. } => self.interrupting(*since, now),
            Phase::Draining { since } => self.draining(network, *since, now),
            Phase::Closing { call, since } => self.closing(network, *call, *since, now),
            Phase::Finished => Turn::Wait(None),
        }
    }

    fn start(&mut self, now: u64) -> Turn {
        if self.options.origin == Origin::Script {
            let script = Arc::clone(&self.options.title);
            self.note(None, PlayerNote::Started { script });
        }
        if let Ports::Moved(moved) = self.options.ports.clone() {
            for written in self.script.ports() {
                if let Some(&used) = moved.get(&written).filter(|used| **used != written) {
                    self.port_moved(None, written, used);
                }
            }
        }
        self.phase = Phase::Between { not_before: now };
        Turn::Again
    }

    fn between(&mut self, not_before: u64, now: u64) -> Turn {
        let Some(statement) = self.statement() else {
            self.phase = Phase::Draining { since: now };
            if let Some(text) = self.script.epilogue.as_ref().map(|text| self.told(text)) {
                self.note(None, PlayerNote::Narration { text });
            }
            return Turn::Again;
        };
        if self.granted == 0 {
            match self.options.pace {
                Pace::Paused => return Turn::Wait(None),
                Pace::Playing if now < not_before => return Turn::Wait(Some(not_before)),
                Pace::Playing => {}
            }
        }
        let told = |text| self.told(text);
        let (line, narration) = (statement.line, statement.narration.as_ref().map(told));
        self.granted = self.granted.saturating_sub(1);
        if let Some(text) = narration {
            self.note(Some(line), PlayerNote::Narration { text });
        }
        self.phase = Phase::Resolving {
            since: now,
            asked: false,
        };
        Turn::Again
    }

    /// Goes to the next statement after the pause.
    fn statement_done(&mut self, now: u64) -> Turn {
        self.next += 1;
        let pause = u64::try_from(self.options.pause.as_nanos()).unwrap_or(u64::MAX);
        // Nothing follows the last statement that a pause could set apart.
        let pause = if self.statement().is_some() { pause } else { 0 };
        self.phase = Phase::Between {
            not_before: now.saturating_add(pause),
        };
        Turn::Again
    }

    fn deadline_from(&self, since: u64) -> Option<u64> {
        let patience = u64::try_from(self.options.deadline?.as_nanos()).unwrap_or(u64::MAX);
        Some(since.saturating_add(patience))
    }

    /// The deadline, or what stands for it where there is none.
    fn patience_from(&self, since: u64) -> u64 {
        let patience = u64::try_from(PATIENCE.as_nanos()).unwrap_or(u64::MAX);
        self.deadline_from(since)
            .unwrap_or(since.saturating_add(patience))
    }

    fn note(&mut self, line: Option<u32>, note: PlayerNote) {
        let line = line.filter(|_| self.options.origin == Origin::Script);
        self.notes.push((line, note));
    }

    fn fail(&mut self, line: u32, text: Arc<str>, expected: Arc<str>, got: Arc<str>) {
        let note = PlayerNote::Unexpected {
            expected: Arc::clone(&expected),
            got: Arc::clone(&got),
        };
        // Nobody expects anything of a line that is typed: its answer is a row like any other.
        if self.options.origin == Origin::Script {
            self.note(Some(line), note);
        }
        if self.options.at_surprise == AtSurprise::StandStill {
            self.set_pace(Pace::Paused);
        }
        self.report.failures.push(Failure {
            kind: FailureKind::Called,
            line,
            text,
            expected,
            got,
        });
    }

    fn overdue(&mut self, call: usize) {
        let Some(issued) = self.issued.get_mut(call) else {
            return;
        };
        if std::mem::replace(&mut issued.given_up, true) {
            return;
        }
        self.report.overdue.push(Overdue {
            line: issued.line,
            text: Arc::clone(&issued.text),
        });
    }

    fn has_given_up(&self, call: usize) -> bool {
        self.issued.get(call).is_some_and(|call| call.given_up)
    }
}
