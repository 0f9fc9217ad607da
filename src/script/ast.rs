//! What a script is made of, and how it reads as text.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::model::address::{is_reachable, python_tuple};
use crate::model::call::{Call, Family, Method, Protocol, python_timeout};
use crate::model::event::{Role, Threading};
use crate::model::payload::{Payload, visible_start};
use crate::model::relay::RelayOrder;

use super::expect::Expectation;

/// A name of the script: a variable.
pub type Name = Arc<str>;

/// A list of statements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// What directives say of programs.
    pub threading: Vec<(Name, Threading)>,
    /// What programs are for, where something else than their calls says so.
    pub roles: Vec<(Name, Role)>,
    /// Names that are used before any line assigns them: sockets that must be open already.
    pub free_names: Vec<FreeName>,
    /// Comment lines after the last statement.
    pub epilogue: Option<Arc<str>>,
}

/// A name that no line above assigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeName {
    /// The name.
    pub name: Name,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in characters, from 1.
    pub column: u32,
}

/// One line that does something.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its line, from 1.
    pub line: u32,
    /// As written, without its comment.
    pub text: Arc<str>,
    /// The comment lines above it: the caption of this step.
    pub narration: Option<Arc<str>>,
    /// The program that a `socket()` is made in; `None`: one of its own, with the socket's name.
    pub program: Option<Name>,
    /// The names its result is assigned to: none, one, or two.
    pub targets: Vec<Name>,
    /// What it does.
    pub action: Action,
    /// What the script says it answers.
    pub expectation: Option<Expectation>,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A method, on a socket, or `socket()` or `select()` themselves.
    Call {
        /// The socket's name; `None` for `socket()` and `select()`.
        on: Option<Name>,
        /// Method and arguments.
        invocation: Invocation,
    },
    /// `sleep(seconds)`, 0 to 3600.
    Sleep {
        /// How long, seconds.
        seconds: f64,
    },
    /// Nothing is called: a picture to look at, and what is said of it.
    Look,
    /// `# relay name: …`: a relay starts.
    Relay(Arc<RelayOrder>),
    /// `interrupt(name)`: ends what waits on that socket.
    Interrupt {
        /// The socket's name.
        name: Name,
    },
}

/// A method with arguments that may still be names.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// All arguments are written out.
    Plain(Call),
    /// `bind(address)`.
    Bind(Endpoint),
    /// `connect(address)`.
    Connect(Endpoint),
    /// `send(bytes)`.
    Send(Data),
    /// `sendall(bytes)`.
    SendAll(Data),
    /// `sendto(bytes, address)`.
    SendTo(Data, Endpoint),
    /// `select(readable, writable, failed, seconds)`, on no single socket.
    Select {
        /// The sockets in its three lists.
        lists: NameLists,
        /// How long it waits at most, 0 to 3600 seconds; `None`: without limit.
        timeout: Option<Duration>,
    },
}

/// The three lists of a `select`, by the names of sockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameLists(pub [Vec<Name>; 3]);

impl NameLists {
    /// The names in any list, each once, in the order of their first mention.
    pub fn names(&self) -> Vec<&Name> {
        let mut names: Vec<&Name> = Vec::new();
        for name in self.0.iter().flatten() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl Invocation {
    /// The method.
    pub fn method(&self) -> Method {
        match self {
            Self::Plain(call) => call.method(),
            Self::Bind(_) => Method::Bind,
            Self::Connect(_) => Method::Connect,
            Self::Send(_) => Method::Send,
            Self::SendAll(_) => Method::SendAll,
            Self::SendTo(..) => Method::SendTo,
            Self::Select { .. } => Method::Select,
        }
    }

    /// The address argument.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Bind(endpoint) | Self::Connect(endpoint) | Self::SendTo(_, endpoint) => {
                Some(endpoint)
            }
            _ => None,
        }
    }

    /// The bytes argument.
    pub fn data(&self) -> Option<&Data> {
        match self {
            Self::Send(data) | Self::SendAll(data) | Self::SendTo(data, _) => Some(data),
            _ => None,
        }
    }
}

/// An address argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `(host, port)`.
    Written {
        /// The host.
        host: Host,
        /// 0, or 1025 to 65535.
        port: u16,
    },
    /// A name that holds an address.
    Variable(Name),
    /// `name.getsockname()` or `name.getpeername()`: a call of its own, made first.
    Asked {
        /// The socket asked.
        socket: Name,
        /// `GetSockName` or `GetPeerName`.
        method: Method,
    },
}

/// A host as a script writes it. Names are not looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// `""`: all addresses of this computer.
    Any,
    /// `"localhost"`: `127.0.0.1` or `::1`, by the socket's family.
    Localhost,
    /// An address.
    Ip(IpAddr),
}

impl Host {
    /// The address meant, for a socket of this family.
    pub fn resolve(self, family: Family) -> IpAddr {
        match (self, family) {
            (Self::Ip(ip), _) => ip,
            (Self::Any, Family::Ipv4) => Ipv4Addr::UNSPECIFIED.into(),
            (Self::Any, Family::Ipv6) => Ipv6Addr::UNSPECIFIED.into(),
            (Self::Localhost, Family::Ipv4) => Ipv4Addr::LOCALHOST.into(),
            (Self::Localhost, Family::Ipv6) => Ipv6Addr::LOCALHOST.into(),
        }
    }

    /// Whether only this computer can reach a socket bound to it.
    pub fn is_loopback(self) -> bool {
        match self {
            Self::Any => false,
            Self::Localhost => true,
            Self::Ip(ip) => !is_reachable(ip),
        }
    }
}

/// A bytes argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Written out.
    Literal(Payload),
    /// A name that holds bytes.
    Variable {
        /// The name.
        name: Name,
        /// How the bytes are changed first.
        case: Case,
    },
}

/// How bytes are changed before they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Not at all.
    AsReceived,
    /// `name.upper()`: a to z become A to Z, as Python does with bytes.
    Upper,
}

/// A statement that would let others reach this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Its line, from 1.
    pub line: u32,
    /// What it does, in words.
    pub why: String,
}

impl Script {
    /// The first statement that opens a port to more than this computer.
    ///
    /// That is a bind to an address that is no loopback, or a listen without a bind above it: the system then
    /// binds to all addresses (`man 7 ip`).
    pub fn first_reachable(&self) -> Option<Reachable> {
        let mut bound: Vec<&str> = Vec::new();
        for statement in &self.statements {
            let (on, invocation) = match &statement.action {
                Action::Call { on, invocation } => (on, invocation),
                Action::Relay(order) if is_reachable(order.listen.ip()) => {
                    return Some(Reachable {
                        line: statement.line,
                        why: format!("`{}` lets others reach this computer", statement.text),
                    });
                }
                _ => continue,
            };
            // A UDP socket can't listen: the system refuses it, and binds nothing.
            if let Invocation::Plain(Call::Socket { protocol, .. }) = invocation {
                let new = statement.targets.first().map(|name| &**name);
                bound.retain(|name| Some(*name) != new);
                bound.extend(new.filter(|_| *protocol == Protocol::Udp));
                continue;
            }
            let name = on.as_deref().unwrap_or_default();
            let why = match invocation {
                Invocation::Bind(Endpoint::Written { host, .. }) if !host.is_loopback() => Some(
                    format!("`{}` lets others reach this computer", quoted(statement)),
                ),
                Invocation::Plain(Call::Listen { .. })
                    if !bound.contains(&name) && !self.is_free(name) =>
                {
                    Some(format!(
                        "`{}` without a bind() listens on all addresses of this computer",
                        quoted(statement)
                    ))
                }
                _ => None,
            };
            if let Some(why) = why {
                return Some(Reachable {
                    line: statement.line,
                    why,
                });
            }
            if matches!(invocation, Invocation::Bind(_)) {
                bound.push(name);
            }
        }
        None
    }

    fn is_free(&self, name: &str) -> bool {
        self.free_names.iter().any(|free| &*free.name == name)
    }

    /// What a program is for whose `socket()` is assigned to `name`.
    pub fn role_of(&self, name: &str) -> Role {
        if let Some((_, role)) = self.roles.iter().find(|(program, _)| &**program == name) {
            return *role;
        }
        let listens = self.statements.iter().any(|statement| {
            matches!(
                &statement.action,
                Action::Call { on: Some(on), invocation: Invocation::Plain(Call::Listen { .. }) } if &**on == name
            )
        });
        if listens || name.starts_with("server") {
            Role::Server
        } else if name.starts_with("peer") {
            Role::Peer
        } else {
            Role::Client
        }
    }

    /// Which threads make the calls of the program whose `socket()` is assigned to `name`.
    pub fn threading_of(&self, name: &str) -> Threading {
        self.threading
            .iter()
            .find(|(program, _)| &**program == name)
            .map_or(Threading::ThreadPerSocket, |(_, threading)| *threading)
    }

    /// The ports written in it, each once, in order.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports = Vec::new();
        for statement in &self.statements {
            let written = match &statement.action {
                Action::Call { invocation, .. } => match invocation.endpoint() {
                    Some(Endpoint::Written { port, .. }) => vec![*port],
                    _ => continue,
                },
                Action::Relay(order) => vec![order.listen.port(), order.target.port()],
                _ => continue,
            };
            for port in written {
                if port != 0 && !ports.contains(&port) {
                    ports.push(port);
                }
            }
        }
        ports
    }
}

/// A statement as written, short enough to stand in a sentence.
fn quoted(statement: &Statement) -> Cow<'_, str> {
    /// In characters.
    const LONGEST: usize = 80;
    visible_start(&statement.text, LONGEST)
}

impl fmt::Display for Statement {
    /// The statement with its expectation, in the spelling the log uses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.targets.is_empty() {
            write!(f, "{} = ", self.targets.join(", "))?;
        }
        match &self.action {
            Action::Call { on, invocation } => {
                if let Some(on) = on {
                    write!(f, "{on}.")?;
                }
                invocation.fmt(f)?;
            }
            Action::Sleep { seconds } => write!(f, "sleep({seconds})")?,
            Action::Look => {}
            Action::Relay(order) => write!(f, "# {}", super::relay::written(order))?,
            Action::Interrupt { name } => write!(f, "interrupt({name})")?,
        }
        match &self.expectation {
            Some(expectation) => write!(f, "  # -> {expectation}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(call) => f.write_str(&call.python(usize::MAX)),
            Self::Bind(endpoint) => write!(f, "bind({endpoint})"),
            Self::Connect(endpoint) => write!(f, "connect({endpoint})"),
            Self::Send(data) => write!(f, "send({data})"),
            Self::SendAll(data) => write!(f, "sendall({data})"),
            Self::SendTo(data, endpoint) => write!(f, "sendto({data}, {endpoint})"),
            Self::Select { lists, timeout } => {
                write!(f, "select({lists}{})", python_timeout(*timeout))
            }
        }
    }
}

impl fmt::Display for NameLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = self
            .0
            .each_ref()
            .map(|list| format!("[{}]", list.join(", ")));
        f.write_str(&lists.join(", "))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { host, port } => match host {
                Host::Any => write!(f, "(\"\", {port})"),
                Host::Localhost => write!(f, "(\"localhost\", {port})"),
                Host::Ip(ip) => f.write_str(&python_tuple(&SocketAddr::new(*ip, *port))),
            },
            Self::Variable(name) => f.write_str(name),
            Self::Asked { socket, method } => write!(f, "{socket}.{method}()"),
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(payload) => f.write_str(&payload.python(usize::MAX)),
            Self::Variable { name, case } => match case {
                Case::AsReceived => f.write_str(name),
                Case::Upper => write!(f, "{name}.upper()"),
            },
        }
    }
}
