//! The table of states and calls, as Linux answers (measured on 6.18; `tests/data/errno-linux.tsv`).

use crate::model::call::{Method, Protocol};
use crate::model::errno::{Errno, Platform};
use crate::model::socket::{Socket, SocketTable, Stage};

/// The state a socket is in, as far as it decides what a call answers: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Situation {
    /// TCP: made, with no address.
    TcpNew,
    /// TCP: with an address.
    TcpBound,
    /// TCP: listening.
    TcpListening,
    /// TCP: the handshake is under way.
    TcpConnecting,
    /// TCP: connected, nothing shut.
    TcpEstablished,
    /// TCP: its sending half is shut.
    TcpWriteShut,
    /// TCP: its receiving half is shut.
    TcpReadShut,
    /// TCP: the other end has sent its FIN.
    TcpPeerFinished,
    /// TCP: nothing is left of the connection, and its error, if there was one, was told.
    TcpGone,
    /// TCP: a reset has come that no call was told of.
    TcpReset,
    /// TCP: connect was refused, and a call was told.
    TcpRefused,
    /// TCP: connect was refused while nobody waited in it: the next call is told.
    TcpRefusal,
    /// UDP: made, with no address.
    UdpNew,
    /// UDP: with an address.
    UdpBound,
    /// UDP: with a peer.
    UdpConnected,
    /// UDP with a peer: a datagram met nobody, and the next call is told.
    UdpRefusal,
    /// `close()` was called.
    Closed,
}

/// What a call answers in a situation, before bytes and connections that wait are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It succeeds.
    Done,
    /// It succeeds with `b""`.
    Empty,
    /// Blocking, it waits; non-blocking, this errno.
    Waits(Errno),
    /// It fails.
    Fails(Errno),
}

impl Situation {
    /// The situation of a socket, by its own calls and the kernel's last word.
    pub fn of(socket: &Socket, sockets: &SocketTable) -> Self {
        if socket.is_closed() {
            return Self::Closed;
        }
        match socket.protocol {
            Protocol::Tcp => Self::of_tcp(socket),
            Protocol::Udp => match socket.stage {
                Stage::Connected if refusal_is_due(socket, sockets) => Self::UdpRefusal,
                Stage::Connected => Self::UdpConnected,
                Stage::New => Self::UdpNew,
                _ => Self::UdpBound,
            },
        }
    }

    fn of_tcp(socket: &Socket) -> Self {
        match socket.stage {
            Stage::New => Self::TcpNew,
            Stage::Bound => Self::TcpBound,
            Stage::Listening => Self::TcpListening,
            Stage::Connecting => Self::TcpConnecting,
            Stage::Connected if socket.is_finished() => Self::TcpGone,
            Stage::Connected if socket.write_shut => Self::TcpWriteShut,
            Stage::Connected if socket.peer_finished => Self::TcpPeerFinished,
            Stage::Connected if socket.read_shut => Self::TcpReadShut,
            Stage::Connected => Self::TcpEstablished,
            Stage::Refused if socket.error_taken => Self::TcpRefused,
            Stage::Refused => Self::TcpRefusal,
            // After a FIN, a reset is told as EPIPE by send, and recv goes on saying b"".
            Stage::Reset if socket.error_taken || socket.peer_finished => Self::TcpGone,
            Stage::Reset => Self::TcpReset,
            Stage::Closed => Self::Closed,
        }
    }

    fn is_udp(self) -> bool {
        matches!(
            self,
            Self::UdpNew | Self::UdpBound | Self::UdpConnected | Self::UdpRefusal
        )
    }

    /// Whether there is another end that a call can reach or ask for.
    fn has_peer(self) -> bool {
        matches!(
            self,
            Self::TcpEstablished
                | Self::TcpWriteShut
                | Self::TcpReadShut
                | Self::TcpPeerFinished
                | Self::UdpConnected
                | Self::UdpRefusal
        )
    }

    /// What `method` answers here: a cell of the table.
    pub fn answer(self, method: Method) -> Answer {
        if self == Self::Closed && method != Method::Socket {
            return Answer::Fails(Errno::EBADF);
        }
        match method {
            Method::Bind => self.bind(),
            Method::Listen => self.listen(),
            Method::Accept => self.accept(),
            Method::Connect => self.connect(),
            Method::Send | Method::SendAll => self.send(),
            Method::SendTo => self.send_to(),
            Method::Recv | Method::RecvFrom => self.receive(),
            Method::Shutdown => self.shutdown(),
            Method::GetPeerName if !self.has_peer() => Answer::Fails(Errno::ENOTCONN),
            Method::Socket
            | Method::Close
            | Method::SetBlocking
            | Method::SetSockOpt
            | Method::GetSockOpt
            | Method::GetSockName
            | Method::GetPeerName
            | Method::Select => Answer::Done,
        }
    }

    fn bind(self) -> Answer {
        match self {
            Self::TcpNew
            | Self::UdpNew
            | Self::TcpGone
            | Self::TcpReset
            | Self::TcpRefused
            | Self::TcpRefusal => Answer::Done,
            _ => Answer::Fails(Errno::EINVAL),
        }
    }

    fn listen(self) -> Answer {
        match self {
            Self::TcpNew | Self::TcpBound | Self::TcpListening | Self::TcpRefused => Answer::Done,
            _ if self.is_udp() => Answer::Fails(Errno::EOPNOTSUPP),
            _ => Answer::Fails(Errno::EINVAL),
        }
    }

    fn accept(self) -> Answer {
        match self {
            Self::TcpListening => Answer::Waits(Errno::EAGAIN),
            _ if self.is_udp() => Answer::Fails(Errno::EOPNOTSUPP),
            _ => Answer::Fails(Errno::EINVAL),
        }
    }

    fn connect(self) -> Answer {
        match self {
            Self::TcpNew | Self::TcpBound | Self::TcpRefused => Answer::Waits(Errno::EINPROGRESS),
            Self::TcpConnecting => Answer::Waits(Errno::EALREADY),
            Self::TcpRefusal => Answer::Fails(Errno::ECONNREFUSED),
            _ if self.is_udp() => Answer::Done,
            _ => Answer::Fails(Errno::EISCONN),
        }
    }

    fn send(self) -> Answer {
        match self {
            Self::TcpEstablished
            | Self::TcpReadShut
            | Self::TcpPeerFinished
            | Self::UdpConnected => Answer::Done,
            Self::TcpConnecting => Answer::Waits(Errno::EAGAIN),
            Self::TcpReset => Answer::Fails(Errno::ECONNRESET),
            Self::TcpRefusal | Self::UdpRefusal => Answer::Fails(Errno::ECONNREFUSED),
            Self::UdpNew | Self::UdpBound => Answer::Fails(Errno::EDESTADDRREQ),
            Self::TcpWriteShut | Self::TcpGone => Answer::Fails(Errno::EPIPE),
            _ => Answer::Fails(unconnected_send()),
        }
    }

    fn send_to(self) -> Answer {
        match self {
            Self::UdpNew | Self::UdpBound => Answer::Done,
            _ => self.send(),
        }
    }

    fn receive(self) -> Answer {
        match self {
            Self::TcpConnecting | Self::TcpEstablished | Self::TcpWriteShut => {
                Answer::Waits(Errno::EAGAIN)
            }
            Self::UdpNew | Self::UdpBound | Self::UdpConnected => Answer::Waits(Errno::EAGAIN),
            Self::TcpReadShut | Self::TcpPeerFinished | Self::TcpGone => Answer::Empty,
            Self::TcpReset => Answer::Fails(Errno::ECONNRESET),
            Self::TcpRefusal | Self::UdpRefusal => Answer::Fails(Errno::ECONNREFUSED),
            _ => Answer::Fails(Errno::ENOTCONN),
        }
    }

    fn shutdown(self) -> Answer {
        match self {
            Self::TcpListening | Self::TcpConnecting => Answer::Done,
            _ if self.has_peer() => Answer::Done,
            _ => Answer::Fails(Errno::ENOTCONN),
        }
    }
}

/// What send says on a TCP socket that never was connected: EPIPE on Linux, ENOTCONN elsewhere (their manuals).
fn unconnected_send() -> Errno {
    match Platform::here() {
        Platform::Linux => Errno::EPIPE,
        Platform::MacOs | Platform::Windows => Errno::ENOTCONN,
    }
}

/// Whether the last datagram went to where a socket of this session was, but had been closed: the refusal that came
/// back waits for the next call.
fn refusal_is_due(socket: &Socket, sockets: &SocketTable) -> bool {
    let (Some(peer), Some((method, sent))) = (socket.peer, socket.last_moved()) else {
        return false;
    };
    method.sends()
        && socket.last_error.is_none()
        && sockets.left_at(&peer).is_some_and(|left| left < sent.seq)
        && sockets.at(&peer, Protocol::Udp).is_none()
}
