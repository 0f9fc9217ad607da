//! What each socket method does, in words for a learner.

use super::call::{Call, Method};

/// One method explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodHelp {
    /// What it does, one or two short sentences.
    pub does: &'static str,
    /// When it waits on a blocking socket; empty where it never does.
    pub waits: &'static str,
}

/// What this call does and when it waits: as [`method_help`], but for a receive of no bytes.
pub fn call_help(call: &Call) -> MethodHelp {
    match call {
        Call::Recv { max: 0 } => MethodHelp {
            does: "Asks for no bytes and takes none, so b\"\" says nothing of the other end.",
            // Measured on Linux: `recv(fd, buf, 0, 0)` of an empty TCP socket returns when a byte or the end comes.
            waits: "Waits while nothing is there, like any recv: for bytes, which stay where they are, or for the end.",
        },
        other => method_help(other.method()),
    }
}

/// What `method` does and when it waits, after its manual page (section 2).
pub fn method_help(method: Method) -> MethodHelp {
    let (does, waits) = match method {
        Method::Socket => (
            "Makes a socket: an end that has no address yet and talks to nobody.",
            "",
        ),
        Method::Bind => (
            "Gives the socket its own address and port. Servers need it: clients must know where to go.",
            "",
        ),
        Method::Listen => (
            "Turns a TCP socket into a listener. From now on your system takes connections for it and lets them queue.",
            "",
        ),
        Method::Accept => (
            "Takes the first connection from the queue and returns a NEW socket for it. The listener goes on listening.",
            "Waits while nobody is queued.",
        ),
        Method::Connect => (
            "TCP: asks the other end for a connection. UDP: only remembers the other end; nothing is sent.",
            "TCP: waits until the other system has answered.",
        ),
        Method::Send => (
            "Hands bytes to your system, which sends them. Returns how many it took: that can be fewer than given.",
            "Waits while the send buffer is full.",
        ),
        Method::SendAll => (
            "Calls send again and again until all bytes are taken.",
            "Waits while the send buffer is full.",
        ),
        Method::Recv => (
            "Takes at most n bytes from the receive buffer. b\"\" means that the other end has finished sending.",
            "Waits while nothing is there.",
        ),
        Method::SendTo => (
            "UDP: sends one datagram to an address. No connection is needed, and nobody need be there.",
            "Hardly ever waits.",
        ),
        Method::RecvFrom => (
            "UDP: takes one datagram and says who sent it. What does not fit in n bytes is lost.",
            "Waits while no datagram is there.",
        ),
        Method::Shutdown => (
            "Ends one half of the conversation: WR tells the other end that no more bytes will come.",
            "",
        ),
        Method::Close => (
            "Gives the socket back. Bytes nobody has read turn the goodbye into a reset.",
            "",
        ),
        Method::SetBlocking => (
            "Chooses whether calls wait (True) or give EAGAIN at once (False).",
            "",
        ),
        Method::SetSockOpt => ("Sets an option of the socket, such as SO_REUSEADDR.", ""),
        Method::GetSockOpt => ("Reads an option of the socket.", ""),
        Method::GetSockName => ("Says the socket's own address and port.", ""),
        Method::Select => (
            "Watches several sockets of a program at once. Returns three lists: ready to read, ready to write, exceptional.",
            "Waits until one of them is ready or the time is over, in blocking and non-blocking mode alike. With 0 it only looks.",
        ),
        Method::GetPeerName => ("Says the address and port of the other end.", ""),
    };
    MethodHelp { does, waits }
}
