//! The constants that calls take as arguments, by the names C and Python give them.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Address family: the first argument of `socket()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Family {
    /// `AF_INET`.
    Ipv4,
    /// `AF_INET6`.
    Ipv6,
}

impl Family {
    /// The constant as C and Python write it.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Ipv4 => "AF_INET",
            Self::Ipv6 => "AF_INET6",
        }
    }

    /// The family an address belongs to.
    pub fn of(address: &SocketAddr) -> Self {
        if address.is_ipv4() {
            Self::Ipv4
        } else {
            Self::Ipv6
        }
    }
}

/// Transport protocol: what the socket type stands for here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// `SOCK_STREAM`.
    Tcp,
    /// `SOCK_DGRAM`.
    Udp,
}

impl Protocol {
    /// The socket type as C and Python write it.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Tcp => "SOCK_STREAM",
            Self::Udp => "SOCK_DGRAM",
        }
    }

    /// The protocol's name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// Whether a call that can't be done now waits, or returns at once with a would-block errno (`O_NONBLOCK`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockingMode {
    /// The call waits in the system call.
    Blocking,
    /// The call never waits: EAGAIN or EINPROGRESS at once.
    NonBlocking,
}

impl BlockingMode {
    /// The argument that Python's `setblocking` takes for this mode.
    pub fn python(self) -> &'static str {
        match self {
            Self::Blocking => "True",
            Self::NonBlocking => "False",
        }
    }
}

/// Which half `shutdown()` ends (`man 2 shutdown`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShutdownHow {
    /// `SHUT_RD`.
    Read,
    /// `SHUT_WR`: what TCP tells the other end by a FIN.
    Write,
    /// `SHUT_RDWR`.
    Both,
}

impl ShutdownHow {
    /// The constant as C and Python write it.
    pub fn constant(self) -> &'static str {
        match self {
            Self::Read => "SHUT_RD",
            Self::Write => "SHUT_WR",
            Self::Both => "SHUT_RDWR",
        }
    }
}

/// The socket options offered (`man 7 socket`, `man 7 tcp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SocketOption {
    /// `SO_REUSEADDR`.
    ReuseAddress,
    /// `SO_RCVBUF`, in bytes; Linux doubles what is set.
    ReceiveBuffer,
    /// `SO_SNDBUF`, in bytes; Linux doubles what is set.
    SendBuffer,
    /// `TCP_NODELAY`.
    NoDelay,
    /// `SO_BROADCAST`.
    Broadcast,
    /// `SO_LINGER`, on, in seconds: with 0, `close()` resets the connection. Its value is a pair of numbers, so it is
    /// not offered; relays set it.
    Linger,
}

impl SocketOption {
    /// Those offered, in the order shown.
    pub const ALL: [Self; 5] = [
        Self::ReuseAddress,
        Self::ReceiveBuffer,
        Self::SendBuffer,
        Self::NoDelay,
        Self::Broadcast,
    ];

    /// The level's constant, the first argument of `setsockopt`.
    pub fn level(self) -> &'static str {
        match self {
            Self::NoDelay => "IPPROTO_TCP",
            _ => "SOL_SOCKET",
        }
    }

    /// The option's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::ReuseAddress => "SO_REUSEADDR",
            Self::ReceiveBuffer => "SO_RCVBUF",
            Self::SendBuffer => "SO_SNDBUF",
            Self::NoDelay => "TCP_NODELAY",
            Self::Broadcast => "SO_BROADCAST",
            Self::Linger => "SO_LINGER",
        }
    }

    /// The option of that constant, offered or not.
    pub fn named(constant: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain([Self::Linger]);
        all.find(|option| option.constant() == constant)
    }

    /// A value for it, as Python writes it.
    pub fn python_value(self, value: i32) -> String {
        match self {
            Self::Linger => format!("pack(\"ii\", 1, {value})"),
            _ => value.to_string(),
        }
    }
}
