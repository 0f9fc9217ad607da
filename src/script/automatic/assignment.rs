//! What an automatic program is to do, and whether it can.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::{Reply, Service};
use crate::model::call::{BlockingMode, CallId, ProgramId, Protocol, SocketId};
use crate::model::event::Threading;
use crate::model::socket::{Socket, Stage};

/// What is to run, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The listener, or the bound UDP socket.
    pub socket: SocketId,
    /// That socket's name.
    pub name: Arc<str>,
    /// Its program.
    pub program: ProgramId,
    /// Its protocol.
    pub protocol: Protocol,
    /// The mode it is in.
    pub mode: BlockingMode,
    /// Where it is bound.
    pub local: Option<SocketAddr>,
    /// What to answer.
    pub reply: Reply,
    /// How to serve several clients; means nothing to UDP.
    pub service: Service,
    /// Calls made by hand that wait or are queued where the program is to make its own: they are ended first, as it
    /// would stand behind them, and they would take its first client.
    pub in_its_way: Vec<CallId>,
}

impl Assignment {
    /// A program for this socket.
    ///
    /// # Errors
    /// Why it can't serve anybody, in one sentence.
    pub fn new(socket: &Socket, reply: Reply, service: Service) -> Result<Self, String> {
        let name = &socket.name;
        match (socket.protocol, socket.stage) {
            (_, Stage::Closed) => return Err(format!("{name} is closed: it can't serve anybody.")),
            (Protocol::Tcp, Stage::Listening) => {}
            (Protocol::Tcp, _) => {
                return Err(format!(
                    "{name} does not listen: bind and listen come first."
                ));
            }
            (Protocol::Udp, _) if socket.local.is_some_and(|local| local.port() != 0) => {}
            (Protocol::Udp, _) => {
                return Err(format!("{name} has no port: bind comes first."));
            }
        }
        Ok(Self {
            socket: socket.id,
            name: Arc::from(name.as_str()),
            program: socket.program,
            protocol: socket.protocol,
            mode: socket.mode,
            local: socket.local,
            reply,
            service,
            in_its_way: socket.pending().map(|pending| pending.id).collect(),
        })
    }
    /// Whether all its calls are made by one thread.
    pub fn is_one_thread(&self) -> bool {
        self.protocol == Protocol::Tcp && self.service.threading() == Threading::OneThread
    }
}
