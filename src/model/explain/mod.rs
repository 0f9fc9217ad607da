//! Why a call failed, for the call and the state at hand, and what to try: the text of Details.
//!
//! [`Errno::plain`] says what an errno means anywhere; this says what it means here: which socket holds the port,
//! that this one is the listener, that the other end is gone.

use super::call::{Call, Protocol, SocketId};
use super::errno::Errno;
use super::event::Note;
use super::recording::CallEntry;
use super::socket::{Socket, SocketTable, Stage, StateThen};

mod address;
mod connection;
mod remark;
mod select;
mod waiting;

pub use remark::{empty_words, note_beside, note_words, remark, remark_beside};
pub use select::ready_reasons;

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

/// The exception and the headline of [`explain`], for a line of the log: `BlockingIOError: nothing in the buffer yet`.
///
/// `None` for a row that neither failed nor would block.
pub fn error_words(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    let errno = entry.outcome.as_ref()?.errno()?;
    let headline = explain(entry, sockets)?.headline;
    let words = lower_start(headline.trim_end_matches('.'));
    let exception = match select::python_refusal(entry, errno) {
        Some(refusal) => refusal.split(':').next().unwrap_or(refusal),
        None => errno.python_exception(),
    };
    Some(format!("{exception}: {words}"))
}

/// The last line of Python's traceback for a row that failed or would block; `None` for any other.
pub fn python_error(entry: &CallEntry) -> Option<String> {
    let errno = entry.outcome.as_ref()?.errno()?;
    let refusal = select::python_refusal(entry, errno);
    Some(refusal.map_or_else(|| errno.python(), str::to_owned))
}

/// A sentence as it stands behind a colon.
pub(super) fn lower_start(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => sentence.to_owned(),
    }
}

/// Explains a row that failed or would block; `None` for any other.
pub fn explain(entry: &CallEntry, sockets: &SocketTable) -> Option<Explanation> {
    let errno = entry.outcome.as_ref()?.errno()?;
    if entry.folded {
        return Some(of_many(errno, entry, sockets));
    }
    if let Some(watched) = entry.call.watched() {
        return Some(select::explain(errno, watched, sockets));
    }
    let case = entry
        .socket
        .and_then(|id| sockets.get(id))
        .map(|socket| Case {
            errno,
            call: &entry.call,
            note: entry.note,
            socket,
            then: state_then(entry, errno, socket),
            sockets,
        });
    Some(explain_case(errno, case.as_ref()))
}

/// The state in which the call met its socket. A would-block's row keeps it only where that says more than that the
/// call would have had to wait: any other one met a socket that could send, receive or accept.
fn state_then(entry: &CallEntry, errno: Errno, socket: &Socket) -> StateThen {
    entry.state.unwrap_or_else(|| {
        let now = socket.state();
        if errno.is_would_block() {
            StateThen {
                stage: Stage::Connected,
                ..now
            }
        } else {
            now
        }
    })
}

/// Explains a row that stands for many calls: what each was given is not known.
fn of_many(errno: Errno, entry: &CallEntry, sockets: &SocketTable) -> Explanation {
    let by_arguments = matches!(
        errno,
        Errno::EACCES
            | Errno::EINVAL
            | Errno::EMSGSIZE
            | Errno::EADDRNOTAVAIL
            | Errno::EAFNOSUPPORT
            | Errno::EDESTADDRREQ
    );
    let socket = entry.socket.and_then(|id| sockets.get(id));
    let case = socket.filter(|_| !by_arguments).map(|socket| Case {
        errno,
        call: &entry.call,
        note: entry.note,
        socket,
        then: state_then(entry, errno, socket),
        sockets,
    });
    let mut told = explain_case(errno, case.as_ref());
    // The same call again can't be offered.
    told.suggestions.retain(|suggestion| {
        suggestion
            .call
            .as_ref()
            .is_none_or(|(id, call)| Some(*id) != entry.socket || call.method() != entry.method())
    });
    told
}

fn explain_case(errno: Errno, case: Option<&Case<'_>>) -> Explanation {
    case.and_then(Case::explain)
        .unwrap_or_else(|| general(errno))
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
