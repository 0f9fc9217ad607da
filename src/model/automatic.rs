//! A server that runs by itself: what it answers, how it serves several clients, and where it stands.

use super::call::{Method, SocketId};
use super::errno::Errno;
use super::event::Threading;

/// What an automatic program answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The bytes in CAPITALS, as Python's `bytes.upper()`.
    #[default]
    Capitals,
    /// The bytes as they came.
    Echo,
}

impl Reply {
    /// Both, in the order offered.
    pub const ALL: [Self; 2] = [Self::Capitals, Self::Echo];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Capitals => "CAPITALS",
            Self::Echo => "echo",
        }
    }
}

/// How a TCP server serves several clients. Datagrams need none of this: one loop answers whoever sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Service {
    /// One client from its accept to its close, then the next.
    #[default]
    OneAfterAnother,
    /// A thread for each connection, and one that accepts.
    ThreadPerClient,
    /// One thread that waits for all of them at once, in select.
    OneLoop,
}

impl Service {
    /// All of them, in the order offered.
    pub const ALL: [Self; 3] = [Self::OneAfterAnother, Self::ThreadPerClient, Self::OneLoop];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneAfterAnother => "one after another",
            Self::ThreadPerClient => "a thread each",
            Self::OneLoop => "one loop",
        }
    }

    /// What it does, in one sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::OneAfterAnother => {
                "One thread: it serves a client until that one leaves; the others wait in the accept queue."
            }
            Self::ThreadPerClient => {
                "One thread accepts; each connection has a thread of its own that waits in recv. Beyond a few hundred, \
                 one thread serves the rest, each when it is ready."
            }
            Self::OneLoop => {
                "One thread: select waits for all sockets at once; each that is ready gets its turn."
            }
        }
    }

    /// The threads such a program has.
    pub fn threading(self) -> Threading {
        match self {
            Self::OneAfterAnother | Self::OneLoop => Threading::OneThread,
            Self::ThreadPerClient => Threading::ThreadPerSocket,
        }
    }
}

/// An automatic program, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// Its listener, or its UDP socket.
    pub socket: SocketId,
    /// What it answers.
    pub reply: Reply,
    /// How it serves several clients; `None` of UDP.
    pub service: Option<Service>,
    /// How many connections it serves now; 0 of UDP.
    pub clients: usize,
    /// How many replies it has sent.
    pub replies: u64,
    /// What it is doing.
    pub standing: Standing,
}

impl Automatic {
    /// Whether it still makes calls.
    pub fn is_running(&self) -> bool {
        !matches!(self.standing, Standing::Ended(_))
    }

    /// `automatic · 3 clients · 12 replies`.
    pub fn badge(&self) -> String {
        let replies = counted(self.replies, "reply", "replies");
        if self.service.is_none() {
            return format!("automatic · {replies}");
        }
        let clients = counted(self.clients as u64, "client", "clients");
        format!("automatic · {clients} · {replies}")
    }

    /// `CAPITALS, a thread each`.
    pub fn title(&self) -> String {
        match self.service {
            Some(service) => format!("{}, {}", self.reply.name(), service.name()),
            None => self.reply.name().to_owned(),
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    /// From here on thousands are counted: a badge has little room.
    const MANY: u64 = 10_000;
    match count {
        1 => format!("1 {one}"),
        MANY.. => format!("{} k {many}", count / 1000),
        _ => format!("{count} {many}"),
    }
}

/// What an automatic program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It serves.
    Serving,
    /// It has no descriptor left for another connection: it accepts again once there is one.
    Full,
    /// Its select takes no further socket: it accepts again once a client has left.
    SelectFull,
    /// It was told to stop, and its last calls return.
    Stopping,
    /// It makes no more calls. Its sockets stay open.
    Ended(Ending),
}

impl Standing {
    /// Why it accepts nobody now, where it is for want of room.
    pub fn full_words(self) -> Option<&'static str> {
        match self {
            Self::Full => Some(
                "no descriptor left: the others wait in the accept queue until there is one again",
            ),
            Self::SelectFull => Some(
                "its select is full (Python's takes 1024 sockets): the others wait in the accept queue",
            ),
            Self::Serving | Self::Stopping | Self::Ended(_) => None,
        }
    }
}

/// Why an automatic program made no more calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The user stopped it.
    Stopped,
    /// The user ended the wait of its accept, or of its recvfrom.
    WaitEnded(Method),
    /// The user closed its listener, or its UDP socket.
    Closed,
    /// A call it can't do without failed.
    Failed(Method, Errno),
}

impl Ending {
    /// Why, as the end of a sentence: `you stopped it`.
    pub fn words(self) -> String {
        match self {
            Self::Stopped => "you stopped it".to_owned(),
            Self::WaitEnded(method) => format!("the wait of its {method}() was ended"),
            Self::Closed => "its socket was closed".to_owned(),
            Self::Failed(method, errno) => {
                format!("{method}() answered {}", errno.symbol())
            }
        }
    }

    /// Whether somebody wanted it so.
    pub fn is_wanted(self) -> bool {
        !matches!(self, Self::Failed(..))
    }
}
