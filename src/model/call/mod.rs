//! A socket method invoked once, and its outcome.
//!
//! The names are those of the manual pages (`man 2 bind`, `man 7 socket`). Each variant of [`Call`] is exactly
//! one system call, but for `sendall`, which is as many `send` calls as it takes, and a `select` on a closed socket,
//! which is refused without one, as Python refuses it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::errno::Errno;
use super::payload::Payload;

mod constants;
mod method;
mod select;

pub use constants::{BlockingMode, Family, Protocol, ShutdownHow, SocketOption};
pub use method::Method;
pub use select::SocketLists;

/// One endpoint. Never used again, though the system reuses file descriptors. Shown as `#3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SocketId(pub u32);

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One submitted call, from its submission to its end. Numbered from 1 by the network, in the order submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What makes calls, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ThreadId(pub u32);

/// The owner of sockets and threads: a server, a client, a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProgramId(pub u32);

/// A method with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `socket(2)`.
    Socket {
        /// Address family.
        family: Family,
        /// Stream or datagram.
        protocol: Protocol,
    },
    /// `bind(2)`.
    Bind {
        /// The local endpoint; port 0 lets the system choose.
        address: SocketAddr,
    },
    /// `listen(2)`.
    Listen {
        /// How many connections may wait for accept; Linux holds one more.
        backlog: i32,
    },
    /// `accept(2)`.
    Accept,
    /// `connect(2)`.
    Connect {
        /// The other end.
        address: SocketAddr,
    },
    /// `send(2)`: may take fewer bytes than given.
    Send {
        /// The bytes.
        payload: Payload,
    },
    /// `send(2)` again and again until all is taken, as Python's `sendall`.
    SendAll {
        /// The bytes.
        payload: Payload,
    },
    /// `recv(2)`.
    Recv {
        /// At most this many bytes.
        max: u32,
    },
    /// `sendto(2)`.
    SendTo {
        /// The datagram.
        payload: Payload,
        /// Where to.
        address: SocketAddr,
    },
    /// `recvfrom(2)`.
    RecvFrom {
        /// At most this many bytes; the rest of a datagram is lost.
        max: u32,
    },
    /// `shutdown(2)`.
    Shutdown {
        /// Which half.
        how: ShutdownHow,
    },
    /// `close(2)`.
    Close,
    /// `ioctl(FIONBIO)`.
    SetBlocking {
        /// The mode to set.
        mode: BlockingMode,
    },
    /// `setsockopt(2)` with an integer.
    SetSockOpt {
        /// The option.
        option: SocketOption,
        /// Its value; 0 and 1 for switches, bytes for buffers.
        value: i32,
    },
    /// `getsockopt(2)` of an integer.
    GetSockOpt {
        /// The option.
        option: SocketOption,
    },
    /// `getsockname(2)`.
    GetSockName,
    /// `getpeername(2)`.
    GetPeerName,
    /// `select(2)`: waits until one of several sockets is ready. Made by a program, on no single socket.
    Select {
        /// What to watch.
        watched: Arc<SocketLists>,
        /// How long to wait at most; zero only looks, `None` waits without limit.
        timeout: Option<Duration>,
    },
}

impl Call {
    /// The method without its arguments.
    pub fn method(&self) -> Method {
        match self {
            Self::Socket { .. } => Method::Socket,
            Self::Bind { .. } => Method::Bind,
            Self::Listen { .. } => Method::Listen,
            Self::Accept => Method::Accept,
            Self::Connect { .. } => Method::Connect,
            Self::Send { .. } => Method::Send,
            Self::SendAll { .. } => Method::SendAll,
            Self::Recv { .. } => Method::Recv,
            Self::SendTo { .. } => Method::SendTo,
            Self::RecvFrom { .. } => Method::RecvFrom,
            Self::Shutdown { .. } => Method::Shutdown,
            Self::Close => Method::Close,
            Self::SetBlocking { .. } => Method::SetBlocking,
            Self::SetSockOpt { .. } => Method::SetSockOpt,
            Self::GetSockOpt { .. } => Method::GetSockOpt,
            Self::GetSockName => Method::GetSockName,
            Self::GetPeerName => Method::GetPeerName,
            Self::Select { .. } => Method::Select,
        }
    }

    /// The sockets that a `select` watches, in its three lists.
    pub fn watched(&self) -> Option<&SocketLists> {
        match self {
            Self::Select { watched, .. } => Some(watched),
            _ => None,
        }
    }

    /// Whether the call may wait whatever mode its sockets are in: a `select` with time to spend.
    pub fn waits_in_any_mode(&self) -> bool {
        matches!(self, Self::Select { timeout, .. } if *timeout != Some(Duration::ZERO))
    }

    /// The bytes the call sends.
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Send { payload } | Self::SendAll { payload } | Self::SendTo { payload, .. } => {
                Some(payload)
            }
            _ => None,
        }
    }

    /// The address the call names.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Bind { address } | Self::Connect { address } | Self::SendTo { address, .. } => {
                Some(*address)
            }
            _ => None,
        }
    }

    /// The call as a learner would type it in Python, without the name of the socket: `bind(("127.0.0.1", 5000))`.
    ///
    /// A payload longer than `payload_limit` bytes is cut with its true length behind it. A `select` has its sockets as
    /// numbers: [`Call::python_naming`] names them.
    pub fn python(&self, payload_limit: usize) -> String {
        self.python_naming(payload_limit, |id| id.to_string())
    }

    /// The same, with the sockets of a `select` under the names that `name` gives them.
    pub fn python_naming(&self, payload_limit: usize, name: impl Fn(SocketId) -> String) -> String {
        use super::address::python_tuple;
        match self {
            Self::Socket { family, protocol } => {
                format!("socket({}, {})", family.constant(), protocol.constant())
            }
            Self::Bind { address } => format!("bind({})", python_tuple(address)),
            Self::Listen { backlog } => format!("listen({backlog})"),
            Self::Accept => "accept()".to_owned(),
            Self::Connect { address } => format!("connect({})", python_tuple(address)),
            Self::Send { payload } => format!("send({})", payload.python(payload_limit)),
            Self::SendAll { payload } => format!("sendall({})", payload.python(payload_limit)),
            Self::Recv { max } => format!("recv({max})"),
            Self::SendTo { payload, address } => {
                format!(
                    "sendto({}, {})",
                    payload.python(payload_limit),
                    python_tuple(address)
                )
            }
            Self::RecvFrom { max } => format!("recvfrom({max})"),
            Self::Shutdown { how } => format!("shutdown({})", how.constant()),
            Self::Close => "close()".to_owned(),
            Self::SetBlocking { mode } => format!("setblocking({})", mode.python()),
            Self::SetSockOpt { option, value } => {
                format!(
                    "setsockopt({}, {}, {})",
                    option.level(),
                    option.constant(),
                    option.python_value(*value)
                )
            }
            Self::GetSockOpt { option } => {
                format!("getsockopt({}, {})", option.level(), option.constant())
            }
            Self::GetSockName => "getsockname()".to_owned(),
            Self::GetPeerName => "getpeername()".to_owned(),
            Self::Select { watched, timeout } => {
                format!(
                    "select({}{})",
                    watched.python(payload_limit, name),
                    python_timeout(*timeout)
                )
            }
        }
    }
}

/// The last argument of a `select` with the comma before it: `, 5.0`; nothing where it waits without limit.
pub fn python_timeout(timeout: Option<Duration>) -> String {
    timeout.map_or(String::new(), |timeout| {
        format!(", {:?}", timeout.as_secs_f64())
    })
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Ok(Value),
    /// The kernel refused it, or would have had to wait.
    Error(Errno),
    /// The user ended the wait; the socket is unchanged.
    Interrupted,
}

impl Outcome {
    /// The outcome of a call that was told to come back later: not a failure.
    pub fn is_would_block(&self) -> bool {
        matches!(self, Self::Error(errno) if errno.is_would_block())
    }

    /// A refusal: an errno that is not a would-block.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Error(errno) if !errno.is_would_block())
    }

    /// The errno, would-block or not.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Error(errno) => Some(*errno),
            _ => None,
        }
    }
}

/// What a successful call returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, as Python's `None`.
    None,
    /// Bytes taken by send, sendall's part, or sendto.
    Sent(u64),
    /// Bytes given by recv or recvfrom.
    Received {
        /// The bytes themselves.
        bytes: Bytes,
        /// The sender, for recvfrom on a UDP socket.
        peer: Option<SocketAddr>,
        /// Bytes of the datagram that were cut off and are lost.
        lost: u64,
    },
    /// An option's value.
    Integer(i64),
    /// An address, from getsockname or getpeername.
    Address(SocketAddr),
    /// What is ready, from select: nothing, where the time was over.
    Ready(Arc<SocketLists>),
    /// The new socket, from socket or accept.
    Socket {
        /// Its id.
        id: SocketId,
        /// Its file descriptor at birth.
        fd: i32,
        /// The other end, for accept.
        peer: Option<SocketAddr>,
    },
}

/// Received bytes: shared, as several readers keep them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// All of them.
    Whole(Arc<[u8]>),
    /// Let go to stay within the memory limit; this many there were.
    LetGo(u64),
}

impl Bytes {
    /// How many bytes, also when they were let go.
    pub fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::LetGo(count) => *count,
        }
    }

    /// No byte: the other end has finished, or an empty datagram.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, unless they were let go.
    pub fn whole(&self) -> Option<&[u8]> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::LetGo(_) => None,
        }
    }
}
