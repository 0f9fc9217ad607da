//! The calls of an automatic program.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{BlockingMode, Call, SocketId, SocketLists, ThreadId};
use crate::model::payload::Payload;

/// How many bytes it asks for at once on a connection, as a first program does.
const CHUNK: u32 = 1024;
/// How many bytes it asks for at once of a datagram: the largest there is.
const DATAGRAM: u32 = 65_535;
/// A call that was handed in.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) turn: Turn,
    /// The thread it is on, once it waits there.
    pub(super) thread: Option<ThreadId>,
    /// What parts of a `sendall` have sent so far.
    pub(super) sent: u64,
}

/// One call to make.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// Its own socket is to wait.
    Block,
    /// Waits until one of these is ready.
    Watch(Arc<SocketLists>),
    Accept,
    Receive,
    /// A datagram to its sender. Apart: reads are many, and small.
    Answer(Box<(Payload, SocketAddr)>),
    Read(SocketId),
    Write(SocketId, Payload),
    /// What a send left over.
    WriteRest(SocketId, Payload),
    Close(SocketId),
}

impl Turn {
    /// The connection it is on; `None`: the program's own socket.
    pub(super) fn connection(&self) -> Option<SocketId> {
        match self {
            Self::Block | Self::Watch(_) | Self::Accept | Self::Receive | Self::Answer(..) => None,
            Self::Read(socket)
            | Self::Write(socket, _)
            | Self::WriteRest(socket, _)
            | Self::Close(socket) => Some(*socket),
        }
    }

    /// Whether it waits for several sockets at once.
    pub(super) fn is_watch(&self) -> bool {
        matches!(self, Self::Watch(_))
    }

    pub(super) fn call(&self) -> Call {
        match self {
            Self::Block => Call::SetBlocking {
                mode: BlockingMode::Blocking,
            },
            Self::Watch(watched) => Call::Select {
                watched: Arc::clone(watched),
                timeout: None,
            },
            Self::Accept => Call::Accept,
            Self::Receive => Call::RecvFrom { max: DATAGRAM },
            Self::Answer(datagram) => {
                let (payload, address) = &**datagram;
                Call::SendTo {
                    payload: payload.clone(),
                    address: *address,
                }
            }
            Self::Read(_) => Call::Recv { max: CHUNK },
            Self::Write(_, payload) => Call::Send {
                payload: payload.clone(),
            },
            Self::WriteRest(_, payload) => Call::SendAll {
                payload: payload.clone(),
            },
            Self::Close(_) => Call::Close,
        }
    }
}
