//! From names to values: what a statement needs before it can be a call.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::address::is_reachable;
use crate::model::call::{Call, Protocol};
use crate::model::payload::Payload;

use super::super::ast::{Action, Case, Data, Endpoint, Invocation, Name};
use super::super::options::{Awaited, Held, KnownSocket, Origin, PlayerId, Ports, Reach};
use super::Player;

/// What a name stands for at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The result of this call, which has not returned.
    Pending(usize),
    /// The result of this statement of another play.
    Elsewhere(Awaited),
    /// A value.
    Held(Held),
    /// Nothing: its call failed, or the deadline passed for it.
    Failed { reason: Arc<str>, cause: Cause },
}

impl Slot {
    pub(super) fn failed(reason: Arc<str>) -> Self {
        Self::Failed {
            reason,
            cause: Cause::Call,
        }
    }
}

/// Why a name has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its call failed or can't be made.
    Call,
    /// The deadline passed: said once, for the call that waited.
    Deadline,
}

/// Why a statement can't be a call now.
pub(super) enum Unready {
    /// It needs the result of this call.
    Needs(usize),
    /// It needs the result of another play's call.
    NeedsElsewhere(Name),
    /// It never will be.
    Never { reason: Arc<str>, cause: Cause },
}

pub(super) type Ready<T> = Result<T, Unready>;

pub(super) fn never<T>(reason: String) -> Ready<T> {
    Err(Unready::Never {
        reason: Arc::from(reason),
        cause: Cause::Call,
    })
}

/// The hidden name of an address asked for within another call.
pub(super) fn asked_name(endpoint: &Endpoint) -> Name {
    Arc::from(endpoint.to_string())
}

/// A statement made into a call.
pub(super) struct Made {
    pub(super) socket: KnownSocket,
    pub(super) call: Call,
    /// The port written, where the system is to choose another.
    pub(super) maps: Option<u16>,
}

impl Player {
    /// The first name of the next statement that has no value yet, with the statement it comes from.
    pub(super) fn missing(&self) -> Option<(Name, Arc<str>)> {
        let statement = self.statement()?;
        let mut names: Vec<Name> = Vec::new();
        match &statement.action {
            Action::Interrupt { name } => names.push(Arc::clone(name)),
            Action::Sleep { .. } | Action::Look | Action::Relay(_) => {}
            Action::Call { on, invocation } => {
                names.extend(on.clone());
                if let Invocation::Select { lists, .. } = invocation {
                    names.extend(lists.names().into_iter().cloned());
                }
                if let Some(Data::Variable { name, .. }) = invocation.data() {
                    names.push(Arc::clone(name));
                }
                match invocation.endpoint() {
                    Some(Endpoint::Variable(name)) => names.push(Arc::clone(name)),
                    Some(endpoint @ Endpoint::Asked { socket, .. }) => {
                        names.push(Arc::clone(socket));
                        names.push(asked_name(endpoint));
                    }
                    _ => {}
                }
            }
        }
        names
            .into_iter()
            .find_map(|name| match self.slots.get(&name) {
                Some(Slot::Pending(call)) => {
                    let text = Arc::clone(&self.issued.get(*call)?.text);
                    Some((name, text))
                }
                Some(Slot::Elsewhere(awaited)) => Some((name, Arc::clone(&awaited.text))),
                _ => None,
            })
    }

    /// The values that calls under way will give, with the statements they come from.
    pub fn pending(&self) -> impl Iterator<Item = (&Name, &Arc<str>)> {
        let issued = self.slots.iter().filter_map(|(name, slot)| match slot {
            Slot::Pending(call) => Some((name, &self.issued.get(*call)?.text)),
            _ => None,
        });
        // A line typed by hand is as good as issued: nothing comes before it.
        let to_come = self
            .script
            .statements
            .iter()
            .skip(self.next)
            .filter(|_| self.options.origin == Origin::Typed && !self.is_finished())
            .flat_map(|statement| {
                statement
                    .targets
                    .iter()
                    .map(move |name| (name, &statement.text))
            })
            .filter(|(name, _)| !self.slots.contains_key(*name));
        issued.chain(to_come)
    }

    /// What another play needs to know of a name this one assigns: its value, or why there is none.
    ///
    /// `None` while neither is there.
    pub fn outcome(&self, name: &str) -> Option<Result<Held, Arc<str>>> {
        match self.slots.get(name) {
            Some(Slot::Held(held)) => Some(Ok(held.clone())),
            Some(Slot::Failed { reason, .. }) => Some(Err(Arc::clone(reason))),
            Some(Slot::Pending(_)) => None,
            _ if self.is_finished() => Some(Err(Arc::from("it was never called"))),
            _ => None,
        }
    }

    /// The names whose values another play is to give.
    pub fn awaited(&self) -> impl Iterator<Item = (&Name, PlayerId)> {
        self.slots.iter().filter_map(|(name, slot)| match slot {
            Slot::Elsewhere(awaited) => Some((name, awaited.from)),
            _ => None,
        })
    }

    /// Gives a name its value from another play, or says why there is none.
    pub fn supply(&mut self, name: &str, outcome: Result<Held, Arc<str>>) {
        if let Some(slot @ Slot::Elsewhere(_)) = self.slots.get_mut(name) {
            *slot = match outcome {
                Ok(held) => Slot::Held(held),
                Err(reason) => Slot::failed(reason),
            };
        }
    }

    fn held(&self, name: &Name) -> Ready<&Held> {
        match self.slots.get(name) {
            Some(Slot::Held(held)) => Ok(held),
            Some(Slot::Pending(call)) => Err(Unready::Needs(*call)),
            Some(Slot::Elsewhere(_)) => Err(Unready::NeedsElsewhere(Arc::clone(name))),
            Some(Slot::Failed { reason, cause }) => Err(Unready::Never {
                reason: Arc::from(format!("{name} has no value: {reason}")),
                cause: *cause,
            }),
            None => match self.options.known.get(name) {
                Some(held) => Ok(held),
                None => never(format!("there is no socket named {name}")),
            },
        }
    }

    pub(super) fn socket(&self, name: &Name) -> Ready<KnownSocket> {
        match self.held(name)? {
            Held::Socket(socket) => Ok(socket.clone()),
            _ => never(format!("{name} is no socket")),
        }
    }

    fn address(&self, name: &Name) -> Ready<SocketAddr> {
        match self.held(name)? {
            Held::Address(address) => Ok(*address),
            _ => never(format!("{name} is no address")),
        }
    }

    fn payload(&self, data: &Data) -> Ready<Payload> {
        let (name, case) = match data {
            Data::Literal(payload) => return Ok(payload.clone()),
            Data::Variable { name, case } => (name, *case),
        };
        match (self.held(name)?, case) {
            (Held::Bytes(bytes), Case::AsReceived) => Ok(Payload::Literal(Arc::clone(bytes))),
            (Held::Bytes(bytes), Case::Upper) => Ok(Payload::literal(&bytes.to_ascii_uppercase())),
            _ => never(format!("{name} holds no bytes")),
        }
    }

    fn endpoint(&self, endpoint: &Endpoint, socket: &KnownSocket) -> Ready<SocketAddr> {
        match endpoint {
            Endpoint::Variable(name) => self.address(name),
            asked @ Endpoint::Asked { .. } => self.address(&asked_name(asked)),
            Endpoint::Written { host, port } => Ok(SocketAddr::new(
                host.resolve(socket.family),
                self.used_port(socket.protocol, *port),
            )),
        }
    }

    pub(super) fn used_port(&self, protocol: Protocol, written: u16) -> u16 {
        let chosen = || self.ports.get(&(protocol, written)).copied();
        let used = self.options.ports.used(written).or_else(chosen);
        used.unwrap_or(written)
    }

    /// The call on socket `on` that an invocation comes to.
    pub(super) fn make(&self, on: &Name, invocation: &Invocation) -> Ready<Made> {
        let socket = self.socket(on)?;
        let mut maps = None;
        let call = match invocation {
            Invocation::Plain(Call::Listen { .. })
                // A UDP socket can't listen: the system refuses it, and binds nothing.
                if self.options.reach == Reach::ThisComputer
                    && socket.protocol == Protocol::Tcp
                    && !socket.bound
                    && !self.bound.contains(&socket.id) =>
            {
                return never(format!(
                    "{on} has no address: listen would open a port of it to everyone who can reach this computer"
                ));
            }
            Invocation::Plain(call) => call.clone(),
            Invocation::Send(data) => Call::Send {
                payload: self.payload(data)?,
            },
            Invocation::SendAll(data) => Call::SendAll {
                payload: self.payload(data)?,
            },
            Invocation::SendTo(data, endpoint) => Call::SendTo {
                payload: self.payload(data)?,
                address: self.endpoint(endpoint, &socket)?,
            },
            Invocation::Connect(endpoint) => Call::Connect {
                address: self.endpoint(endpoint, &socket)?,
            },
            Invocation::Bind(endpoint) => {
                let mut address = self.endpoint(endpoint, &socket)?;
                if self.options.reach == Reach::ThisComputer && is_reachable(address.ip()) {
                    return never(format!(
                        "{} is an address that others can reach",
                        address.ip()
                    ));
                }
                maps = self.port_to_map(endpoint, socket.protocol);
                if maps.is_some() {
                    address.set_port(0);
                }
                Call::Bind { address }
            }
            // Made by a program, on no single socket.
            Invocation::Select { .. } => return never(format!("{on} has no select")),
        };
        Ok(Made { socket, call, maps })
    }

    fn port_to_map(&self, endpoint: &Endpoint, protocol: Protocol) -> Option<u16> {
        let Endpoint::Written { port, .. } = endpoint else {
            return None;
        };
        let free = self.options.ports == Ports::Free
            && *port != 0
            && !self.ports.contains_key(&(protocol, *port));
        free.then_some(*port)
    }
}
