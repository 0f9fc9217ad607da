//! Why a call failed, for the call and the state at hand, and what to try: the text of Details.
//!
//! [`Errno::plain`] says what an errno means anywhere; this says what it means here: which socket holds the port,
//! that this one is the listener, that the other end is gone.

use super::call::{Call, Method, Protocol, SocketId};
use super::errno::Errno;
use super::event::Note;
use super::recording::CallEntry;
use super::socket::{Socket, SocketTable, Stage, StateThen};

mod address;
mod connection;
mod remark;
mod waiting;

pub use remark::{empty_words, note_words, remark};

/// What the Details of a failed call say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, in a short sentence.
    pub headline: String,
    /// Why, in one or two sentences.
    pub why: String,
    /// What to try, the likeliest first.
    pub suggestions: Vec<Suggestion>,
}

/// One thing to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What, in a few words.
    pub text: String,
    /// The call that does it, where a single call does.
    pub call: Option<(SocketId, Call)>,
}

impl Explanation {
    fn new(headline: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            why: why.into(),
            suggestions: Vec::new(),
        }
    }

    /// Nothing can be tried on a socket that was closed since.
    fn or_call(mut self, text: impl Into<String>, socket: &Socket, call: Call) -> Self {
        if !socket.is_closed() {
            self.suggestions.push(Suggestion {
                text: text.into(),
                call: Some((socket.id, call)),
            });
        }
        self
    }

    fn or_do(mut self, text: impl Into<String>) -> Self {
        self.suggestions.push(Suggestion {
            text: text.into(),
            call: None,
        });
        self
    }
}

/// A failed call with what is known around it.
struct Case<'a> {
    errno: Errno,
    call: &'a Call,
    note: Option<Note>,
    /// As it is now: what can be tried.
    socket: &'a Socket,
    /// As it was when the call failed: why.
    then: StateThen,
    sockets: &'a SocketTable,
}

/// The exception and what it means for a row of the log, whatever has become of the socket since:
/// `BlockingIOError: nothing in the buffer yet`.
pub fn error_words(errno: Errno, method: Method) -> String {
    let plain = match (errno, method) {
        (Errno::EAGAIN, Method::Accept) => "nobody in the queue yet",
        (Errno::EAGAIN, Method::Recv) => "nothing in the buffer yet",
        (Errno::EAGAIN, Method::RecvFrom) => "no datagram yet",
        (Errno::EAGAIN, method) if method.sends() => "no room in the send buffer",
        _ => errno.plain().trim_end_matches('.'),
    };
    let mut letters = plain.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .collect();
    format!("{}: {first}{}", errno.python_exception(), letters.as_str())
}

/// Explains a row that failed or would block; `None` for any other.
pub fn explain(entry: &CallEntry, sockets: &SocketTable) -> Option<Explanation> {
    let errno = entry.outcome.as_ref()?.errno()?;
    let case = entry
        .socket
        .and_then(|id| sockets.get(id))
        .map(|socket| Case {
            errno,
            call: &entry.call,
            note: entry.note,
            socket,
            then: entry.state.unwrap_or_else(|| socket.state()),
            sockets,
        });
    let explained = case.as_ref().and_then(Case::explain);
    Some(explained.unwrap_or_else(|| general(errno)))
}

fn general(errno: Errno) -> Explanation {
    let explanation = Explanation::new(errno.plain(), errno.python());
    match errno {
        Errno::EMFILE | Errno::ENFILE => {
            explanation.or_do("Close sockets you no longer need, then try again")
        }
        Errno::EHOSTUNREACH | Errno::ENETUNREACH | Errno::ETIMEDOUT | Errno::EHOSTDOWN => {
            explanation.or_do("Check the address, and whether that computer is on")
        }
        _ => explanation,
    }
}

impl Case<'_> {
    fn explain(&self) -> Option<Explanation> {
        match self.errno {
            Errno::EAGAIN | Errno::EINPROGRESS | Errno::EALREADY => self.would_wait(),
            Errno::EADDRINUSE => Some(self.address_in_use()),
            Errno::EADDRNOTAVAIL => self.address_not_here(),
            Errno::EAFNOSUPPORT => self.other_family(),
            Errno::EACCES => self.not_allowed(),
            Errno::EDESTADDRREQ => Some(self.nobody_named()),
            Errno::EMSGSIZE => Some(self.too_long()),
            Errno::EINVAL => self.wrong_state(),
            Errno::EISCONN => Some(self.already_connected()),
            Errno::ENOTCONN => Some(self.not_connected()),
            Errno::EPIPE => Some(self.broken_pipe()),
            Errno::ECONNRESET => Some(self.reset()),
            Errno::ECONNREFUSED => Some(self.refused()),
            Errno::EOPNOTSUPP => self.not_in_udp(),
            Errno::EBADF => Some(self.closed()),
            Errno::EMFILE if *self.call == Call::Accept => Some(
                Explanation::new(
                    "No descriptor is left for the new socket.",
                    "The client stays in the accept queue: nothing is lost.",
                )
                .or_do("Close sockets you no longer need, then accept again"),
            ),
            Errno::ENOPROTOOPT if self.socket.protocol == Protocol::Udp => Some(Explanation::new(
                "UDP does not have this option.",
                "It is about TCP's own work, such as when to send what is waiting.",
            )),
            _ => None,
        }
    }

    fn is_tcp(&self) -> bool {
        self.socket.protocol == Protocol::Tcp
    }

    fn is_listener(&self) -> bool {
        self.then.stage == Stage::Listening
    }

    /// The youngest open connection that this listener has accepted.
    fn newest_child(&self) -> Option<&Socket> {
        self.sockets
            .open()
            .rev()
            .find(|other| other.parent == Some(self.socket.id))
    }

    fn target(&self) -> Option<std::net::SocketAddr> {
        super::lifecycle::default_target(self.socket, self.sockets)
    }

    fn closed(&self) -> Explanation {
        let made = if *self.call == Call::Close {
            "It was closed before: its file descriptor is no longer its own."
        } else {
            "After close() the file descriptor is gone. The call was made with the descriptor −1."
        };
        Explanation::new("This socket is closed.", made).or_do("Make a new socket, same target")
    }

    fn not_in_udp(&self) -> Option<Explanation> {
        if self.is_tcp() {
            return None;
        }
        let why = match self.call {
            Call::Listen { .. } => {
                "UDP has no connections, so there is nobody to listen for. A bound UDP socket can receive at once."
            }
            Call::Accept => {
                "UDP has no connections. recvfrom() takes datagrams from anyone, and says from whom."
            }
            _ => return None,
        };
        Some(Explanation::new("UDP does not do this.", why).or_call(
            "Receive a datagram",
            self.socket,
            Call::RecvFrom { max: 1024 },
        ))
    }
}

/// `#1 server`.
fn name(socket: &Socket) -> String {
    format!("{} {}", socket.id, socket.name)
}
