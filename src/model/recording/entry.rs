//! A row as views read it.

use std::net::SocketAddr;

use crate::model::call::{
    Call, Method, Outcome, ProgramId, SocketId, SocketLists, ThreadId, Value,
};
use crate::model::event::{Note, Stamp};
use crate::model::payload::python_literal;
use crate::model::socket::{SocketTable, StateThen};

use super::RowNumber;

/// One row, made whole for reading.
#[derive(Clone, Debug)]
pub struct CallEntry {
    /// Its number: that of its first call.
    pub number: RowNumber,
    /// How many calls it stands for: 1, or more where equal calls were folded.
    pub count: u64,
    /// The thread that made it.
    pub thread: ThreadId,
    /// The program of that thread.
    pub program: Option<ProgramId>,
    /// The socket it was made on; for `socket()` the one it made, once it did; `None` for `select`, which is on several
    /// ([`CallEntry::sockets`]).
    pub socket: Option<SocketId>,
    /// Method and arguments.
    pub call: Call,
    /// When it entered its system call.
    pub start: Stamp,
    /// When it returned.
    pub end: Option<Stamp>,
    /// What it answered; `None` while it waits.
    pub outcome: Option<Outcome>,
    /// Bytes moved by all the calls the row stands for.
    pub bytes_moved: u64,
    /// Where in the socket's stream the moved bytes begin; `None` also where that can't be told, as two threads sent or
    /// received at once.
    pub offset: Option<u64>,
    /// Calls made again after an EINTR from elsewhere.
    pub retries: u32,
    /// Which send of a sendall, from 1.
    pub part: Option<u32>,
    /// Something to say beside the outcome.
    pub note: Option<Note>,
    /// The state in which the call left its socket: kept of failures, of an empty receive, and of would-blocks on a
    /// socket that still connects or has no port.
    pub state: Option<StateThen>,
    /// Line of the script; of the first call where equal ones were folded.
    pub line: Option<u32>,
    /// Whether the player made it to tidy up.
    pub at_end: bool,
    /// The thread panicked in this call: it will never end.
    pub abandoned: bool,
    /// It stands for calls that were folded because nobody could take them one by one: their arguments are not known.
    pub folded: bool,
    /// The descriptor it was made on; −1 on a closed socket; `None` where it is the socket's own.
    pub fd: Option<i32>,
}

impl CallEntry {
    /// Whether the call is in its system call.
    pub fn is_waiting(&self) -> bool {
        self.outcome.is_none() && !self.abandoned
    }

    /// Nanoseconds from entering to returning; for a folded row, of its first to its last call.
    pub fn took(&self) -> Option<u64> {
        Some(self.end?.at.saturating_sub(self.start.at))
    }

    /// The sockets it was made on: for a `select` all that it watches, for most calls one.
    pub fn sockets(&self) -> impl Iterator<Item = SocketId> {
        let watched = self.call.watched().map(SocketLists::sockets);
        self.socket.into_iter().chain(watched.into_iter().flatten())
    }

    /// The number of its socket as shown, `#3`; where it is on several, how many more there are: `#1 +2`.
    pub fn marks(&self) -> String {
        let mut sockets = self.sockets();
        let Some(first) = sockets.next() else {
            return String::new();
        };
        match sockets.count() {
            0 => first.to_string(),
            more => format!("{first} +{more}"),
        }
    }

    /// Whether it was made on that socket, alone or with others.
    pub fn is_on(&self, socket: SocketId) -> bool {
        self.socket == Some(socket)
            || self
                .call
                .watched()
                .is_some_and(|watched| watched.names(socket))
    }

    /// The method, `sendall` for its parts too.
    pub fn method(&self) -> Method {
        self.call.method()
    }

    /// The socket that was born.
    pub fn born(&self) -> Option<SocketId> {
        match &self.outcome {
            Some(Outcome::Ok(Value::Socket { id, .. })) => Some(*id),
            _ => None,
        }
    }

    /// The statement as a learner would type it: `conn, addr = server.accept()`.
    ///
    /// Payloads are cut after `payload_limit` bytes, with their true length; long lists of sockets after as many names.
    pub fn text(&self, sockets: &SocketTable, payload_limit: usize) -> String {
        let call = if self.folded {
            format!("{}(…)", self.method())
        } else {
            self.call
                .python_naming(payload_limit, |id| sockets.name_of(id))
        };
        let name = |id: Option<SocketId>| {
            id.and_then(|id| sockets.get(id))
                .map(|socket| socket.name.as_str())
        };
        match self.method() {
            Method::Select => call,
            Method::Socket => match name(self.born()) {
                Some(new) => format!("{new} = {call}"),
                None => call,
            },
            Method::Accept => {
                let listener = name(self.socket).unwrap_or("?");
                match name(self.born()) {
                    Some(new) => format!("{new}, addr = {listener}.{call}"),
                    None => format!("{listener}.{call}"),
                }
            }
            _ => format!("{}.{call}", name(self.socket).unwrap_or("?")),
        }
    }

    /// The outcome as Python's prompt would print it, without the errno's explanation: `13`, `b"hello"`, `EAGAIN`.
    ///
    /// `None` while the call waits.
    pub fn result(&self, sockets: &SocketTable, payload_limit: usize) -> Option<String> {
        Some(match self.outcome.as_ref()? {
            Outcome::Error(errno) => errno.symbol(),
            Outcome::Interrupted => "interrupted".to_owned(),
            Outcome::Ok(_) if self.folded && self.method() == Method::Select => {
                "answered".to_owned()
            }
            Outcome::Ok(Value::None) => "None".to_owned(),
            Outcome::Ok(Value::Sent(count)) => count.to_string(),
            Outcome::Ok(Value::Integer(value)) => value.to_string(),
            Outcome::Ok(Value::Ready(ready)) => {
                ready.python(payload_limit, |id| sockets.name_of(id))
            }
            Outcome::Ok(Value::Address(address)) => crate::model::address::python_tuple(address),
            Outcome::Ok(Value::Received { bytes, peer, .. }) => {
                let text = match bytes.whole() {
                    Some(bytes) => python_literal(bytes, payload_limit),
                    None => format!("{} bytes, no longer kept", bytes.len()),
                };
                match (self.method(), peer) {
                    (Method::RecvFrom, Some(peer)) => {
                        format!("({text}, {})", crate::model::address::python_tuple(peer))
                    }
                    (Method::RecvFrom, None) => format!("({text}, None)"),
                    _ => text,
                }
            }
            Outcome::Ok(Value::Socket { id, peer, .. }) => {
                let name = sockets.get(*id).map_or("?", |socket| &socket.name);
                match peer {
                    Some(peer) => format!("{id} {name}, {}", host_port(peer)),
                    None => format!("{id} {name}"),
                }
            }
        })
    }
}

fn host_port(address: &SocketAddr) -> String {
    address.to_string()
}
