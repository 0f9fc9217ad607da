//! One step of a socket's way, and the call that makes it.

use super::edges::{Act, Edge, State, Trigger};
use crate::model::call::{Call, Method, ShutdownHow};
use crate::model::event::Stamp;
use crate::model::socket::Socket;

/// How a step is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Proof {
    /// It follows from TCP's rules: nobody saw it.
    Rule,
    /// A call of the recording made it, or its answer says so.
    Call,
    /// The kernel said that the socket was there.
    Kernel,
}

/// One step of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// From where.
    pub from: State,
    /// To where.
    pub to: State,
    /// Along which edge; `None`: no way of the diagram leads there, yet the kernel said so.
    pub edge: Option<&'static Edge>,
    /// How it is known.
    pub proof: Proof,
    /// When it was known.
    pub stamp: Stamp,
    /// The place in the order of the start of the call that made it.
    pub call: Option<u64>,
}

impl Step {
    /// What led along it, as the diagram labels it.
    pub fn trigger(&self) -> Option<Trigger> {
        self.edge.map(|edge| edge.trigger)
    }
}

/// What a call changes in the state of its socket, if it does.
pub(super) fn act_of(call: &Call, socket: &Socket) -> Option<Act> {
    Some(match call {
        Call::Shutdown { how } => match how {
            ShutdownHow::Read => Act::ShutdownRead,
            // Of a listener only the receiving half matters.
            ShutdownHow::Both if socket.backlog.is_some() => Act::ShutdownRead,
            ShutdownHow::Write | ShutdownHow::Both => Act::ShutdownWrite,
        },
        call => match call.method() {
            Method::Bind => Act::Bind,
            Method::Listen => Act::Listen,
            Method::Connect => Act::Connect,
            Method::SendTo => Act::SendTo,
            Method::Close => Act::Close,
            _ => return None,
        },
    })
}
