//! What is typed on a card, and the calls it makes.

use crate::model::address::{loopback, parse_host_port};
use crate::model::automatic::{Reply, Service};
use crate::model::call::{BlockingMode, Call, Family, Method, Protocol, ShutdownHow, SocketOption};
use crate::model::lifecycle;
use crate::model::socket::{Socket, SocketTable, Stage};

use super::payload_field::PayloadField;
use super::relay::RelayFields;
use super::{CardsChoices, parse};

/// A field on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Bind,
    Connect,
    SendTo,
    Backlog,
    Max,
    Payload,
    Value,
}

impl Field {
    /// The fields that hold a method's arguments.
    pub(super) fn of(method: Method) -> &'static [Self] {
        match method {
            Method::Bind => &[Self::Bind],
            Method::Connect => &[Self::Connect],
            Method::Listen => &[Self::Backlog],
            Method::Recv | Method::RecvFrom => &[Self::Max],
            Method::Send | Method::SendAll => &[Self::Payload],
            Method::SendTo => &[Self::Payload, Self::SendTo],
            Method::SetSockOpt => &[Self::Value],
            _ => &[],
        }
    }

    /// What the accessibility tree calls it, behind the socket's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind address",
            Self::Connect => "connect address",
            Self::SendTo => "sendto address",
            Self::Backlog => "backlog",
            Self::Max => "n",
            Self::Payload => "payload",
            Self::Value => "option value",
        }
    }
}

/// What the address fields show until something is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suggested {
    pub bind: String,
    pub connect: String,
    pub sendto: String,
}

impl Suggested {
    /// From what there is to talk to in the recording.
    pub(super) fn of(
        socket: &Socket,
        start: Option<&(String, u16)>,
        sockets: &SocketTable,
    ) -> Self {
        let start = start.map_or_else(
            || endpoint_text(&loopback(socket.family).to_string(), 5000),
            |(host, port)| endpoint_text(host, *port),
        );
        let listens = lifecycle::default_target(socket, sockets);
        let target = listens.map_or_else(|| start.clone(), |target| target.to_string());
        Self {
            // What connect chose is no address to bind to: it may be open to everyone.
            bind: match socket.local {
                Some(local) if socket.bound_by_call || socket.stage == Stage::Connected => {
                    local.to_string()
                }
                _ => start,
            },
            connect: match socket.target {
                // Where nobody listened, the listener that there is now is the better guess.
                Some(address)
                    if socket.protocol == Protocol::Tcp
                        && (socket.stage != Stage::Refused || listens.is_none()) =>
                {
                    address.to_string()
                }
                _ => target.clone(),
            },
            sendto: target,
        }
    }
}

/// A host and a port as one text; an IPv6 host stands in brackets.
pub(super) fn endpoint_text(host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Everything typed on one card.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// What the New socket panel said at its birth.
    pub start: Option<(String, u16)>,
    /// `None` until typed: the suggestion holds.
    pub bind: Option<String>,
    /// `None` until typed: the suggestion holds.
    pub connect: Option<String>,
    /// `None` until typed: the suggestion holds.
    pub sendto: Option<String>,
    pub backlog: String,
    pub max: String,
    pub how: ShutdownHow,
    pub payload: PayloadField,
    pub option: SocketOption,
    pub value: String,
    /// What an automatic program would answer.
    pub reply: Reply,
    /// How it would serve several clients.
    pub service: Service,
    /// What a relay in front of it would be.
    pub relay: RelayFields,
    /// The method whose last click made no call, for what stands in its fields.
    pub complaint: Option<Method>,
}

impl Fields {
    pub(super) fn new(choices: &CardsChoices) -> Self {
        Self {
            start: None,
            bind: None,
            connect: None,
            sendto: None,
            backlog: choices.backlog.clone(),
            max: choices.start_max(),
            how: ShutdownHow::Write,
            payload: PayloadField::new(choices.payload.clone()),
            option: SocketOption::ReuseAddress,
            value: "1".to_owned(),
            reply: Reply::default(),
            service: Service::default(),
            relay: RelayFields::new(),
            complaint: None,
        }
    }

    /// What of it other cards may start with: of the payload, the text sent last.
    pub(super) fn choices(&self) -> CardsChoices {
        CardsChoices {
            payload: self.payload.text_sent().unwrap_or_default().to_owned(),
            max: self.max.clone(),
            backlog: self.backlog.clone(),
        }
    }

    /// The typed or suggested endpoint.
    pub(super) fn endpoint<'a>(&'a self, field: Field, suggested: &'a Suggested) -> &'a str {
        let (typed, suggested) = match field {
            Field::Bind => (&self.bind, &suggested.bind),
            Field::Connect => (&self.connect, &suggested.connect),
            _ => (&self.sendto, &suggested.sendto),
        };
        typed.as_deref().unwrap_or(suggested)
    }

    /// Where a typed endpoint is kept.
    pub(super) fn endpoint_mut(&mut self, field: Field) -> &mut Option<String> {
        match field {
            Field::Bind => &mut self.bind,
            Field::Connect => &mut self.connect,
            _ => &mut self.sendto,
        }
    }

    /// What is wrong with a field.
    pub(super) fn error(
        &self,
        field: Field,
        suggested: &Suggested,
        family: Family,
    ) -> Option<String> {
        match field {
            Field::Bind | Field::Connect | Field::SendTo => {
                parse_host_port(self.endpoint(field, suggested), family)
                    .err()
                    .map(|error| error.to_string())
            }
            Field::Backlog => parse::backlog(&self.backlog).err(),
            Field::Max => parse::max(&self.max).err(),
            Field::Payload => {
                let refused = self.payload.refused().map(str::to_owned);
                self.payload.payload().err().or(refused)
            }
            Field::Value => parse::value(&self.value).err(),
        }
    }

    /// A click on a method: its call, or a complaint that stays until the fields are right.
    pub(super) fn press(
        &mut self,
        method: Method,
        socket: &Socket,
        suggested: &Suggested,
    ) -> Option<Call> {
        let Ok(call) = self.call(method, socket, suggested) else {
            self.complaint = Some(method);
            return None;
        };
        if let Some(payload) = call.payload() {
            self.payload.last_sent = Some(payload.clone());
            self.payload.sent();
        }
        self.complaint = None;
        Some(call)
    }

    /// The call a method's button makes, or what is wrong with its fields.
    pub(super) fn call(
        &self,
        method: Method,
        socket: &Socket,
        suggested: &Suggested,
    ) -> Result<Call, String> {
        let endpoint = |field| {
            parse_host_port(self.endpoint(field, suggested), socket.family)
                .map_err(|error| error.to_string())
        };
        Ok(match method {
            Method::Socket => Call::Socket {
                family: socket.family,
                protocol: socket.protocol,
            },
            Method::Bind => Call::Bind {
                address: endpoint(Field::Bind)?,
            },
            Method::Listen => Call::Listen {
                backlog: parse::backlog(&self.backlog)?,
            },
            Method::Accept => Call::Accept,
            Method::Connect => Call::Connect {
                address: endpoint(Field::Connect)?,
            },
            Method::Send => Call::Send {
                payload: self.payload.payload()?,
            },
            Method::SendAll => Call::SendAll {
                payload: self.payload.payload()?,
            },
            Method::SendTo => Call::SendTo {
                payload: self.payload.payload()?,
                address: endpoint(Field::SendTo)?,
            },
            Method::Recv => Call::Recv {
                max: parse::max(&self.max)?,
            },
            Method::RecvFrom => Call::RecvFrom {
                max: parse::max(&self.max)?,
            },
            Method::Shutdown => Call::Shutdown { how: self.how },
            Method::Close => Call::Close,
            Method::SetBlocking => Call::SetBlocking {
                mode: other_mode(socket.mode),
            },
            Method::SetSockOpt => Call::SetSockOpt {
                option: self.option,
                value: parse::value(&self.value)?,
            },
            Method::GetSockOpt => Call::GetSockOpt {
                option: self.option,
            },
            Method::GetSockName => Call::GetSockName,
            Method::GetPeerName => Call::GetPeerName,
            Method::Select => {
                return Err("select is made by a program, on several sockets".to_owned());
            }
        })
    }
}

/// The mode a switch goes to.
pub(super) fn other_mode(mode: BlockingMode) -> BlockingMode {
    match mode {
        BlockingMode::Blocking => BlockingMode::NonBlocking,
        BlockingMode::NonBlocking => BlockingMode::Blocking,
    }
}
