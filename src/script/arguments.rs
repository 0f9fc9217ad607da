//! The arguments of each method: constants, numbers, bytes, and addresses.

use std::net::IpAddr;
use std::sync::Arc;

use crate::model::address::Port;
use crate::model::call::{BlockingMode, Call, Family, Method, Protocol, ShutdownHow, SocketOption};
use crate::model::payload::{MAX_PAYLOAD, Payload};

use super::ast::{Case, Data, Endpoint, Host, Invocation};
use super::lexer::Kind;
use super::line::{LineError, LineParser, Parsed};
use super::syntax::Holds;

/// What `listen()` takes when nothing is said: Python's `min(SOMAXCONN, 128)`.
pub const DEFAULT_BACKLOG: i32 = 128;

/// The longest `sleep()`, seconds.
pub const MAX_SLEEP: f64 = 3600.0;

/// What to say of a host that is no address.
pub const NO_LOOK_UP: &str = "names are not looked up here: type an address";

impl LineParser<'_> {
    /// The arguments of `method` with their parentheses.
    pub(super) fn arguments(&mut self, method: Method) -> Parsed<Invocation> {
        self.sign('(', &format!("after {method}"))?;
        let invocation = match method {
            Method::Bind => Invocation::Bind(self.endpoint(method)?),
            Method::Connect => Invocation::Connect(self.endpoint(method)?),
            Method::Send => Invocation::Send(self.data()?),
            Method::SendAll => Invocation::SendAll(self.data()?),
            Method::SendTo => {
                let data = self.data()?;
                self.sign(',', "and an address after the bytes")?;
                Invocation::SendTo(data, self.endpoint(method)?)
            }
            _ => Invocation::Plain(self.plain(method)?),
        };
        self.sign(')', &format!("after the arguments of {method}"))?;
        Ok(invocation)
    }

    fn plain(&mut self, method: Method) -> Parsed<Call> {
        Ok(match method {
            Method::Socket => self.socket()?,
            Method::Listen => Call::Listen {
                backlog: if *self.peek() == Kind::Sign(')') {
                    DEFAULT_BACKLOG
                } else {
                    self.int("the backlog: a whole number")?
                },
            },
            Method::Accept => Call::Accept,
            Method::Recv => Call::Recv { max: self.max()? },
            Method::RecvFrom => Call::RecvFrom { max: self.max()? },
            Method::Shutdown => Call::Shutdown {
                how: self.constant(
                    &[ShutdownHow::Read, ShutdownHow::Write, ShutdownHow::Both],
                    ShutdownHow::constant,
                )?,
            },
            Method::Close => Call::Close,
            Method::SetBlocking => Call::SetBlocking { mode: self.mode()? },
            Method::SetSockOpt => {
                let option = self.option()?;
                self.sign(',', "and a value after the option")?;
                Call::SetSockOpt {
                    option,
                    value: self.option_value()?,
                }
            }
            Method::GetSockOpt => Call::GetSockOpt {
                option: self.option()?,
            },
            Method::GetSockName => Call::GetSockName,
            _ => Call::GetPeerName,
        })
    }

    fn socket(&mut self) -> Parsed<Call> {
        let mut family = Family::Ipv4;
        let mut protocol = Protocol::Tcp;
        if *self.peek() != Kind::Sign(')') {
            family = self.constant(&[Family::Ipv4, Family::Ipv6], Family::constant)?;
            if self.takes(',') {
                protocol = self.constant(&[Protocol::Tcp, Protocol::Udp], Protocol::constant)?;
            }
        }
        Ok(Call::Socket { family, protocol })
    }

    /// One of a few constants, by its name.
    fn constant<T: Copy>(&mut self, choices: &[T], name: impl Fn(T) -> &'static str) -> Parsed<T> {
        let found = match self.peek() {
            Kind::Name(found) => choices.iter().find(|choice| name(**choice) == found),
            _ => None,
        };
        if let Some(choice) = found {
            self.next();
            return Ok(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|choice| name(*choice)).collect();
        self.expected(&names.join(" or "))
    }

    fn option(&mut self) -> Parsed<SocketOption> {
        let level = self.constant(&["SOL_SOCKET", "IPPROTO_TCP"], |level| level)?;
        self.sign(',', "and an option after the level")?;
        let options: Vec<SocketOption> = SocketOption::ALL
            .into_iter()
            .filter(|option| option.level() == level)
            .collect();
        self.constant(&options, SocketOption::constant)
    }

    fn truth(&mut self) -> Option<bool> {
        let truth = match self.peek() {
            Kind::Name(name) if name == "True" => true,
            Kind::Name(name) if name == "False" => false,
            Kind::Integer(1) => true,
            Kind::Integer(0) => false,
            _ => return None,
        };
        self.next();
        Some(truth)
    }

    fn mode(&mut self) -> Parsed<BlockingMode> {
        match self.truth() {
            Some(true) => Ok(BlockingMode::Blocking),
            Some(false) => Ok(BlockingMode::NonBlocking),
            None => self.expected("True or False"),
        }
    }

    fn option_value(&mut self) -> Parsed<i32> {
        match self.truth() {
            Some(truth) => Ok(i32::from(truth)),
            None => self.int("the option's value: a whole number, True or False"),
        }
    }

    /// A whole number, negative too.
    pub(super) fn integer(&mut self, what: &str) -> Parsed<i64> {
        let negative = self.takes('-');
        match *self.peek() {
            Kind::Integer(number) => {
                self.next();
                Ok(if negative { -number } else { number })
            }
            _ => self.expected(what),
        }
    }

    fn int(&mut self, what: &str) -> Parsed<i32> {
        let at = self.column();
        let number = self.integer(what)?;
        i32::try_from(number).map_err(|_| LineError {
            column: at,
            message: format!("{number} does not fit here: expected at most {}", i32::MAX),
        })
    }

    fn max(&mut self) -> Parsed<u32> {
        let at = self.column();
        let number = self.integer("how many bytes at most: a whole number")?;
        u32::try_from(number)
            .ok()
            .filter(|max| *max as usize <= MAX_PAYLOAD)
            .ok_or_else(|| LineError {
                column: at,
                message: format!("{number} bytes can't be asked for: expected 0 to {MAX_PAYLOAD}"),
            })
    }

    pub(super) fn seconds(&mut self) -> Parsed<f64> {
        let seconds = match *self.peek() {
            Kind::Integer(number) => number as f64,
            Kind::Decimal(number) => number,
            _ => return self.expected("a number of seconds"),
        };
        if seconds > MAX_SLEEP {
            return self.error(format!("expected at most {MAX_SLEEP} seconds"));
        }
        self.next();
        Ok(seconds)
    }

    fn data(&mut self) -> Parsed<Data> {
        match self.peek() {
            Kind::Bytes(_) | Kind::Text(_) => Ok(Data::Literal(self.payload()?)),
            Kind::Name(_) => {
                let name = self.name_of(Holds::Bytes)?;
                let mut case = Case::AsReceived;
                if self.takes('.') {
                    self.word("upper")?;
                    self.sign('(', "after upper")?;
                    self.sign(')', "after upper(")?;
                    case = Case::Upper;
                }
                Ok(Data::Variable { name, case })
            }
            _ => self.expected("bytes, such as b\"hello\""),
        }
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        if matches!(self.peek(), Kind::Name(name) if name == word) {
            self.next();
            return Ok(());
        }
        self.expected(&format!("`{word}`"))
    }

    /// Bytes written out: `b"…"`, `"…".encode()`, either with `* times`.
    pub(super) fn payload(&mut self) -> Parsed<Payload> {
        let start = self.column();
        let unit: Arc<[u8]> = match self.next() {
            Kind::Bytes(bytes) => Arc::from(bytes),
            Kind::Text(text) => {
                if *self.peek() != Kind::Sign('.') {
                    return Err(LineError {
                        column: start,
                        message: "a bytes-like object is required, not 'str': expected b\"…\", or .encode() after the text"
                            .to_owned(),
                    });
                }
                self.encode()?;
                Arc::from(text.into_bytes())
            }
            _ => return self.expected("bytes, such as b\"hello\""),
        };
        if !self.takes('*') {
            return bounded(start, Payload::Literal(unit));
        }
        let at = self.column();
        let number = self.integer("how many times: a whole number")?;
        let times = u32::try_from(number).map_err(|_| LineError {
            column: at,
            message: format!("expected 0 to {} times", u32::MAX),
        })?;
        bounded(start, Payload::Repeat { unit, times })
    }

    fn encode(&mut self) -> Parsed<()> {
        self.sign('.', "after the text")?;
        self.word("encode")?;
        self.sign('(', "after encode")?;
        if let Kind::Text(encoding) = self.peek() {
            if !matches!(encoding.to_ascii_lowercase().as_str(), "utf-8" | "utf8") {
                return self.error("expected \"utf-8\", the only encoding here");
            }
            self.next();
        }
        self.sign(')', "after encode(")
    }

    fn endpoint(&mut self, method: Method) -> Parsed<Endpoint> {
        match self.peek() {
            Kind::Sign('(') => self.written(),
            Kind::Name(_) => {
                if self.is_followed_by('.') {
                    return self.asked();
                }
                Ok(Endpoint::Variable(self.name_of(Holds::Address)?))
            }
            Kind::Text(_) => self.error(format!(
                "{method} takes one address: expected (\"127.0.0.1\", 5000), host and port in parentheses of their own"
            )),
            _ => self.expected("an address, such as (\"127.0.0.1\", 5000)"),
        }
    }

    fn asked(&mut self) -> Parsed<Endpoint> {
        let socket = self.name_of(Holds::Socket)?;
        self.sign('.', "after the name")?;
        if !matches!(self.peek(), Kind::Name(name) if name == "getsockname" || name == "getpeername")
        {
            return self.expected("getsockname() or getpeername()");
        }
        let method = self.method()?;
        self.sign('(', &format!("after {method}"))?;
        self.sign(')', &format!("after {method}("))?;
        Ok(Endpoint::Asked { socket, method })
    }

    fn written(&mut self) -> Parsed<Endpoint> {
        self.sign('(', "before the host")?;
        let Kind::Text(text) = self.peek() else {
            return self.expected("a host in quotes, such as \"127.0.0.1\"");
        };
        let host = match text.as_str() {
            "" => Host::Any,
            "localhost" => Host::Localhost,
            literal => match literal.parse::<IpAddr>() {
                Ok(ip) => Host::Ip(ip),
                Err(_) => return self.error(NO_LOOK_UP),
            },
        };
        self.next();
        self.sign(',', "and a port after the host")?;
        let port = self.port()?;
        self.sign(')', "after the port")?;
        Ok(Endpoint::Written { host, port })
    }

    fn port(&mut self) -> Parsed<u16> {
        let at = self.column();
        let number = self.integer("a port: a whole number")?;
        let allowed = |port: &u16| *port == 0 || *port >= Port::MIN;
        u16::try_from(number)
            .ok()
            .filter(allowed)
            .ok_or_else(|| LineError {
                column: at,
                message: format!(
                    "{number} is no port used here: expected {} to {}, or 0 for any free port",
                    Port::MIN,
                    Port::MAX
                ),
            })
    }
}

/// The payload, unless it is too long for one call.
fn bounded(start: u32, payload: Payload) -> Parsed<Payload> {
    if payload.len() > MAX_PAYLOAD as u64 {
        return Err(LineError {
            column: start,
            message: format!(
                "{} bytes are too many for one call: expected at most {MAX_PAYLOAD}",
                payload.len()
            ),
        });
    }
    Ok(payload)
}
