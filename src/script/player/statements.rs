//! From a statement to its call, and from a call to the next statement.

use std::sync::Arc;

use crate::model::call::{Call, CallId, Family, ProgramId, Protocol, SocketId};
use crate::model::event::{PlayerNote, Role};
use crate::model::payload::Payload;
use crate::network::{Network, Request, Target, ThreadChoice};

use super::super::ast::{Action, Endpoint, Invocation, Name, Statement};
use super::super::expect;
use super::super::options::{KnownSocket, Origin};
use super::issued::{CallState, Issued, Judged, Queue};
use super::names::{Cause, Made, Ready, Slot, Unready, asked_name};
use super::{Phase, Player, PortToMap, Rank, Turn};

impl Player {
    /// Makes the next statement into a call once its values are there.
    pub(super) fn resolving(
        &mut self,
        network: &dyn Network,
        since: u64,
        asked: bool,
        now: u64,
    ) -> Turn {
        let Some(statement) = self.statement().cloned() else {
            return self.statement_done(now);
        };
        if let Some(call) = self.held_up_by(&statement) {
            match self.deadline_from(since) {
                Some(deadline) if now >= deadline => self.overdue(call),
                deadline => return Turn::Wait(deadline),
            }
        }
        let unready = match &statement.action {
            Action::Sleep { seconds } => {
                self.phase = Phase::Sleeping {
                    until: now.saturating_add((seconds * 1e9) as u64),
                    seconds: *seconds,
                };
                return Turn::Again;
            }
            Action::Look => return self.statement_done(now),
            Action::Relay(order) => return self.ask_for_relay(order, now),
            Action::Interrupt { name } => match self.interrupt(network, name, now) {
                Ok(()) => return Turn::Again,
                Err(unready) => unready,
            },
            Action::Call {
                on: None,
                invocation: Invocation::Select { lists, timeout },
            } => match self.select(network, &statement, lists, *timeout, now) {
                Ok(()) => return Turn::Again,
                Err(unready) => unready,
            },
            Action::Call { on: None, .. } => {
                self.make_socket(network, &statement, now);
                return Turn::Again;
            }
            Action::Call {
                on: Some(on),
                invocation,
            } => match self.ask_first(network, &statement, invocation, asked, now) {
                Ok(true) => {
                    self.phase = Phase::Resolving { since, asked: true };
                    return Turn::Again;
                }
                Ok(false) => match self.make(on, invocation) {
                    Ok(made) => {
                        self.issue(network, &statement, made, now);
                        return Turn::Again;
                    }
                    Err(unready) => unready,
                },
                Err(unready) => unready,
            },
        };
        self.not_ready(&statement, unready, since, now)
    }

    /// The earlier call on the statement's own socket, or on one that it watches, that is to end first.
    pub(super) fn held_up_by(&self, statement: &Statement) -> Option<usize> {
        let Action::Call { on, invocation } = &statement.action else {
            return None;
        };
        let names = match invocation {
            Invocation::Select { lists, .. } => lists.names(),
            _ => on.iter().collect(),
        };
        let closes = match invocation {
            Invocation::Plain(call) if call.method().only_asks() => return None,
            Invocation::Plain(call) => *call == Call::Close,
            _ => false,
        };
        let sockets: Vec<SocketId> = names
            .into_iter()
            .filter_map(|name| Some(self.socket(name).ok()?.id))
            .collect();
        let is_on = |call: &Issued| sockets.iter().any(|socket| call.is_on(*socket));
        let mut earlier = self
            .issued
            .iter()
            .enumerate()
            .filter(|(_, call)| !call.has_ended() && is_on(call));
        // What is behind a call that was given up can't end before it.
        if earlier.clone().any(|(_, call)| call.given_up) {
            return None;
        }
        let is_first = |call: &Issued| match &call.expectation {
            None => !closes,
            Some(_) => !call.is_marked(),
        };
        let (call, _) = earlier.find(|(_, call)| is_first(call))?;
        Some(call)
    }

    fn not_ready(&mut self, statement: &Statement, unready: Unready, since: u64, now: u64) -> Turn {
        let (reason, cause) = match unready {
            Unready::Never { reason, cause } => (reason, cause),
            Unready::NeedsElsewhere(name) => match self.deadline_from(since) {
                Some(deadline) if now >= deadline => {
                    let reason = format!("{name} has no value after the deadline");
                    (Arc::from(reason), Cause::Call)
                }
                deadline => return Turn::Wait(deadline),
            },
            Unready::Needs(call) => match self.deadline_from(since) {
                Some(deadline) if now >= deadline || self.has_given_up(call) => {
                    self.overdue(call);
                    let text = self.issued.get(call).map_or("its call", |call| &call.text);
                    let reason = format!("{text} is still waiting after the deadline");
                    (Arc::from(reason), Cause::Deadline)
                }
                deadline => return Turn::Wait(deadline),
            },
        };
        let note = PlayerNote::Refused {
            reason: Arc::clone(&reason),
        };
        self.note(Some(statement.line), note);
        if cause == Cause::Call {
            let expected = match &statement.expectation {
                Some(expectation) => expect::shown(expectation),
                None => Arc::from("a call"),
            };
            self.report.failures.push(super::Failure {
                kind: super::FailureKind::NotCalled,
                line: statement.line,
                text: Arc::clone(&statement.text),
                expected,
                got: Arc::clone(&reason),
            });
        }
        for target in &statement.targets {
            let slot = Slot::Failed {
                reason: Arc::clone(&reason),
                cause,
            };
            self.slots.insert(Arc::clone(target), slot);
        }
        self.statement_done(now)
    }

    /// Issues a nested `getsockname()` or `getpeername()`. Says whether it had to.
    fn ask_first(
        &mut self,
        network: &dyn Network,
        statement: &Statement,
        invocation: &Invocation,
        asked: bool,
        now: u64,
    ) -> Ready<bool> {
        let Some(endpoint @ Endpoint::Asked { socket, method }) = invocation.endpoint() else {
            return Ok(false);
        };
        if asked {
            return Ok(false);
        }
        let known = self.socket(socket)?;
        let call = match method {
            crate::model::call::Method::GetPeerName => Call::GetPeerName,
            _ => Call::GetSockName,
        };
        let request = self.request(Target::Socket(known.id), call, None, statement.line);
        let id = network.submit(request.clone());
        let index = self.keep(id, &request, statement, &known, now);
        let name = asked_name(endpoint);
        if let Some(issued) = self.issued.get_mut(index) {
            issued.text = Arc::clone(&name);
            issued.targets = vec![Arc::clone(&name)];
            issued.expectation = None;
        }
        self.slots.insert(name, Slot::Pending(index));
        Ok(true)
    }

    pub(super) fn request(
        &self,
        target: Target,
        call: Call,
        name: Option<&Name>,
        line: u32,
    ) -> Request {
        Request {
            target,
            call,
            name: name.cloned(),
            thread: ThreadChoice::Own,
            line: (self.options.origin == Origin::Script).then_some(line),
            at_end: false,
        }
    }

    fn make_socket(&mut self, network: &dyn Network, statement: &Statement, now: u64) {
        let Action::Call {
            invocation: Invocation::Plain(call @ Call::Socket { family, protocol }),
            ..
        } = &statement.action
        else {
            return;
        };
        let name = statement.targets.first();
        let (program, role) = self.program_of(network, statement);
        let request = self.request(Target::Program(program), call.clone(), name, statement.line);
        let id = network.submit(request.clone());
        let known = KnownSocket {
            // Not known before the call returns; never read for a call that makes a socket.
            id: SocketId(0),
            program,
            family: *family,
            protocol: *protocol,
            bound: false,
            waiting: Vec::new(),
        };
        let index = self.keep(id, &request, statement, &known, now);
        if let Some(issued) = self.issued.get_mut(index) {
            issued.socket = None;
            issued.rank = match role {
                Role::Client => Rank::Client,
                Role::Peer => Rank::Peer,
                Role::Server => Rank::Listener,
            };
        }
        self.follow(index, statement, None);
    }

    /// The program that a `socket()` is made in, and what it is for. A named one is added once.
    fn program_of(&mut self, network: &dyn Network, statement: &Statement) -> (ProgramId, Role) {
        let named = statement.program.as_ref();
        let name = named.or(statement.targets.first());
        let role = self.script.role_of(name.map_or("", |name| name));
        if let Some(program) = named.and_then(|named| self.programs.get(named)) {
            return (*program, role);
        }
        let name = name.map_or(
            match role {
                Role::Server => "server",
                Role::Client => "client",
                Role::Peer => "peer",
            },
            |name| name,
        );
        let program = network.add_program(name, role, self.script.threading_of(name));
        if let Some(named) = named {
            self.programs.insert(Arc::clone(named), program);
        }
        (program, role)
    }

    fn issue(&mut self, network: &dyn Network, statement: &Statement, made: Made, now: u64) {
        let Made { socket, call, maps } = made;
        let name = statement.targets.first();
        let name = name.filter(|_| call == Call::Accept);
        let request = self.request(Target::Socket(socket.id), call, name, statement.line);
        let id = network.submit(request.clone());
        let index = self.keep(id, &request, statement, &socket, now);
        let maps = maps.map(|written| PortToMap {
            socket: socket.id,
            protocol: socket.protocol,
            written,
        });
        self.follow(index, statement, maps);
    }

    pub(super) fn follow(&mut self, call: usize, statement: &Statement, maps: Option<PortToMap>) {
        for target in &statement.targets {
            self.slots.insert(Arc::clone(target), Slot::Pending(call));
        }
        self.phase = Phase::Following { call, maps };
    }

    /// Remembers an issued call; returns its place.
    pub(super) fn keep(
        &mut self,
        id: CallId,
        request: &Request,
        statement: &Statement,
        socket: &KnownSocket,
        now: u64,
    ) -> usize {
        let index = self.issued.len();
        self.by_id.insert(id, index);
        self.issued.push(Issued {
            id,
            line: statement.line,
            text: Arc::clone(&statement.text),
            method: request.call.method(),
            socket: Some(socket.id),
            watched: Vec::new(),
            targets: statement.targets.clone(),
            expectation: statement.expectation.clone(),
            program: socket.program,
            family: socket.family,
            protocol: socket.protocol,
            rank: Rank::Connection,
            wanted: request.call.payload().map_or(0, Payload::len),
            total: 0,
            told_to_end: false,
            given_up: false,
            judged: Judged::ByScript,
            state: CallState::Submitted {
                at: now,
                queue: Queue::NotSaid,
            },
        });
        index
    }

    pub(super) fn following(
        &mut self,
        network: &dyn Network,
        call: usize,
        maps: Option<PortToMap>,
        now: u64,
    ) -> Turn {
        let Some(issued) = self.issued.get(call) else {
            return self.statement_done(now);
        };
        if let Some(map) = maps.filter(|_| issued.succeeded()) {
            network.observe(map.socket);
            self.phase = Phase::Mapping { map, since: now };
            return Turn::Again;
        }
        if issued.has_ended() {
            return self.statement_done(now);
        }
        let left_behind = if issued.may_wait_for_more() {
            issued.waits_from()
        } else {
            issued.waits_since().map(|since| self.patience_from(since))
        };
        match left_behind {
            Some(from) if now >= from => self.statement_done(now),
            from => Turn::Wait(from),
        }
    }

    pub(super) fn mapping(&mut self, map: PortToMap, since: u64, now: u64) -> Turn {
        let PortToMap {
            socket,
            protocol,
            written,
        } = map;
        let used = self
            .owned
            .iter()
            .find(|owned| owned.id == socket)
            .and_then(|owned| owned.local_port);
        if let Some(used) = used {
            self.ports.insert((protocol, written), used);
            let line = self.statement().map(|statement| statement.line);
            self.port_moved(line, written, used);
            return self.statement_done(now);
        }
        // A socket made elsewhere is not watched here; its port stays as written.
        let deadline = self
            .deadline_from(since)
            .unwrap_or(since.saturating_add(5_000_000_000));
        if now >= deadline {
            return self.statement_done(now);
        }
        Turn::Wait(Some(deadline))
    }

    pub(super) fn sleeping(&mut self, until: u64, seconds: f64, now: u64) -> Turn {
        if now < until {
            return Turn::Wait(Some(until));
        }
        let line = self.statement().map(|statement| statement.line);
        self.note(line, PlayerNote::Slept { seconds });
        self.statement_done(now)
    }

    /// What a call that only tidies up is made on.
    pub(super) fn tidying(socket: SocketId) -> KnownSocket {
        KnownSocket {
            id: socket,
            program: ProgramId(0),
            family: Family::Ipv4,
            protocol: Protocol::Tcp,
            bound: false,
            waiting: Vec::new(),
        }
    }
}
