//! The socket methods by name, and `select`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The socket methods and `select`, without their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each is the manual page of its own name")]
#[repr(u8)]
pub enum Method {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Send,
    SendAll,
    Recv,
    SendTo,
    RecvFrom,
    Shutdown,
    Close,
    SetBlocking,
    SetSockOpt,
    GetSockOpt,
    GetSockName,
    GetPeerName,
    /// A function, made on several sockets of one program at once.
    Select,
}

impl Method {
    /// Those of a socket, in life-cycle order: all but `select`, which is on several.
    pub const ALL: [Self; 17] = [
        Self::Socket,
        Self::Bind,
        Self::Listen,
        Self::Accept,
        Self::Connect,
        Self::Send,
        Self::SendAll,
        Self::Recv,
        Self::SendTo,
        Self::RecvFrom,
        Self::Shutdown,
        Self::Close,
        Self::SetBlocking,
        Self::SetSockOpt,
        Self::GetSockOpt,
        Self::GetSockName,
        Self::GetPeerName,
    ];

    /// The method's name as Python writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Bind => "bind",
            Self::Listen => "listen",
            Self::Accept => "accept",
            Self::Connect => "connect",
            Self::Send => "send",
            Self::SendAll => "sendall",
            Self::Recv => "recv",
            Self::SendTo => "sendto",
            Self::RecvFrom => "recvfrom",
            Self::Shutdown => "shutdown",
            Self::Close => "close",
            Self::SetBlocking => "setblocking",
            Self::SetSockOpt => "setsockopt",
            Self::GetSockOpt => "getsockopt",
            Self::GetSockName => "getsockname",
            Self::GetPeerName => "getpeername",
            Self::Select => "select",
        }
    }

    /// The method of a socket with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether a blocking socket can make this call wait. `select` waits in either mode, unless told not to.
    pub fn can_wait(self) -> bool {
        matches!(
            self,
            Self::Accept
                | Self::Connect
                | Self::Send
                | Self::SendAll
                | Self::Recv
                | Self::SendTo
                | Self::RecvFrom
                | Self::Select
        )
    }

    /// Whether the call moves bytes. Only these fold; these and questions are let go when there are more than can be
    /// kept.
    pub fn moves_data(self) -> bool {
        matches!(
            self,
            Self::Send | Self::SendAll | Self::Recv | Self::SendTo | Self::RecvFrom
        )
    }

    /// Whether the call changes nothing: it only asks for an address or an option.
    pub fn only_asks(self) -> bool {
        matches!(
            self,
            Self::GetSockName | Self::GetPeerName | Self::GetSockOpt
        )
    }

    /// Whether the bytes this method moves leave the program.
    pub fn sends(self) -> bool {
        matches!(self, Self::Send | Self::SendAll | Self::SendTo)
    }

    /// Whether the call never waits and so need not queue behind one that does.
    pub fn never_queues(self) -> bool {
        matches!(
            self,
            Self::GetSockName
                | Self::GetPeerName
                | Self::GetSockOpt
                | Self::SetSockOpt
                | Self::Shutdown
                | Self::SetBlocking
        )
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
