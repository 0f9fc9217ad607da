//! How a script is to be played, and what came of it.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::model::call::{CallId, Family, ProgramId, Protocol, SocketId, SocketLists};
use crate::model::socket::SocketTable;

use super::ast::Name;

/// One play of a script. Numbered by the driver, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayerId(pub u64);

/// Where the statements come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A script: its lines are noted in the recording.
    Script,
    /// One line typed by hand.
    Typed,
}

/// Whether statements follow each other by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Each waits for a step.
    Paused,
    /// One after another, with the pause between them.
    Playing,
}

/// Which ports are really used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Those written.
    AsWritten,
    /// Some written ports stand for others.
    Moved(BTreeMap<u16, u16>),
    /// Each written port that is bound becomes one the system chooses.
    Free,
}

impl Ports {
    /// The port used where `written` stands in a script; `None`: whichever the system chooses.
    pub fn used(&self, written: u16) -> Option<u16> {
        match self {
            Self::AsWritten => Some(written),
            Self::Moved(moved) => Some(moved.get(&written).copied().unwrap_or(written)),
            Self::Free => None,
        }
    }
}

/// What happens after the last statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// Calls marked `waits` are interrupted, the rest run to the deadline, then all is closed, clients first.
    CloseAll,
    /// Sockets stay open and calls go on waiting.
    LeaveOpen,
}

/// What happens after a call that answered otherwise than the script says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtSurprise {
    /// The next statement follows.
    GoOn,
    /// It stands still, as if paused: what follows was written for another answer.
    StandStill,
}

/// Who may reach the sockets bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This computer alone; other binds are refused.
    ThisComputer,
    /// Anyone; the user was asked.
    Anyone,
}

/// A value that a name holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// A socket.
    Socket(KnownSocket),
    /// An address.
    Address(SocketAddr),
    /// Bytes received.
    Bytes(Arc<[u8]>),
    /// A number.
    Number(i64),
    /// One list of a `select`'s answer.
    Sockets(Arc<[SocketId]>),
    /// All three lists, assigned to one name.
    Lists(Arc<SocketLists>),
}

/// What a player must know of a socket to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSocket {
    /// Its id.
    pub id: SocketId,
    /// Whose it is: a `select` is made by one program on sockets of its own.
    pub program: ProgramId,
    /// Its family: what `localhost` and `""` mean to it.
    pub family: Family,
    /// Its protocol.
    pub protocol: Protocol,
    /// Whether it has an address of its own: listening without one is listening to everyone.
    pub bound: bool,
    /// Its calls that were waiting when this was asked: what `interrupt(name)` ends.
    pub waiting: Vec<CallId>,
}

/// Values of names that a script uses without assigning them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    held: HashMap<Name, Held>,
    awaited: HashMap<Name, Awaited>,
}

/// A value that a call of another play will give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The play it comes from.
    pub from: PlayerId,
    /// Its statement.
    pub text: Arc<str>,
}

impl Known {
    /// The sockets of a recording by their unique names.
    pub fn sockets(table: &SocketTable) -> Self {
        let held = table
            .iter()
            .map(|socket| {
                let known = KnownSocket {
                    id: socket.id,
                    program: socket.program,
                    family: socket.family,
                    protocol: socket.protocol,
                    bound: !socket.would_listen_to_others(),
                    waiting: table.waiting_on(socket).map(|pending| pending.id).collect(),
                };
                (Arc::from(socket.name.as_str()), Held::Socket(known))
            })
            .collect();
        Self {
            held,
            awaited: HashMap::new(),
        }
    }

    /// What `name` holds.
    pub fn get(&self, name: &str) -> Option<&Held> {
        self.held.get(name)
    }

    /// Whether `name` has a value, or will have one.
    pub fn contains(&self, name: &str) -> bool {
        self.held.contains_key(name) || self.awaited.contains_key(name)
    }

    /// Adds a value unless the name is taken.
    pub fn add(&mut self, name: Name, value: Held) {
        if !self.contains(&name) {
            self.held.insert(name, value);
        }
    }

    /// Adds a value that is not there yet, unless the name is taken.
    pub fn add_awaited(&mut self, name: Name, awaited: Awaited) {
        if !self.contains(&name) {
            self.awaited.insert(name, awaited);
        }
    }

    /// The names whose values are not there yet.
    pub fn awaited(&self) -> impl Iterator<Item = (&Name, &Awaited)> {
        self.awaited.iter()
    }
}

/// How to play.
#[derive(Clone, Debug)]
pub struct PlayOptions {
    /// The script's name or file, for the recording and the screen.
    pub title: Arc<str>,
    /// Script or typed line.
    pub origin: Origin,
    /// Whether it starts by itself.
    pub pace: Pace,
    /// The pause between two statements while it plays.
    pub pause: Duration,
    /// How long a statement waits for a value, and calls for their end; `None`: as long as it takes.
    pub deadline: Option<Duration>,
    /// Which ports are used.
    pub ports: Ports,
    /// What happens after an answer that the script does not expect.
    pub at_surprise: AtSurprise,
    /// What happens after the last statement.
    pub at_end: AtEnd,
    /// Who may reach the sockets bound.
    pub reach: Reach,
    /// Names that are there already.
    pub known: Known,
}

impl PlayOptions {
    /// As the terminal plays: at once, 5 s of patience, everything closed at the end.
    pub fn terminal(title: &str) -> Self {
        Self {
            title: Arc::from(title),
            origin: Origin::Script,
            pace: Pace::Playing,
            pause: Duration::ZERO,
            deadline: Some(Duration::from_secs(5)),
            ports: Ports::AsWritten,
            at_surprise: AtSurprise::GoOn,
            at_end: AtEnd::CloseAll,
            reach: Reach::ThisComputer,
            known: Known::default(),
        }
    }

    /// As the window plays: paused at the first step, endless patience, sockets left open.
    pub fn window(title: &str) -> Self {
        Self {
            pace: Pace::Paused,
            pause: Duration::from_secs(1),
            deadline: None,
            at_surprise: AtSurprise::StandStill,
            at_end: AtEnd::LeaveOpen,
            ..Self::terminal(title)
        }
    }

    /// One line typed by hand: made at once.
    pub fn typed(known: Known) -> Self {
        Self {
            origin: Origin::Typed,
            pace: Pace::Playing,
            pause: Duration::ZERO,
            known,
            ..Self::window("typed")
        }
    }
}

/// Where a player stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerState {
    /// Which player.
    pub id: PlayerId,
    /// The script's name or file.
    pub title: Arc<str>,
    /// Script or typed line.
    pub origin: Origin,
    /// How many statements were issued.
    pub step: usize,
    /// How many there are.
    pub of: usize,
    /// The next statement's line, from 1.
    pub line: Option<u32>,
    /// The next statement.
    pub text: Option<Arc<str>>,
    /// The caption of the next statement.
    pub narration: Option<Arc<str>>,
    /// Whether it goes on by itself.
    pub pace: Pace,
    /// What it waits for, in words; `None` while it waits only for its pace.
    pub waiting_for: Option<Arc<str>>,
    /// Ports that were written, each with the one that is used in its place.
    pub moved: Arc<[(u16, u16)]>,
}

/// Whether a statement came to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It was made, and answered something else.
    Called,
    /// It could not be made.
    NotCalled,
}

/// A statement that did not do what the script says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Whether the call was made at all.
    pub kind: FailureKind,
    /// Its line, from 1.
    pub line: u32,
    /// The statement.
    pub text: Arc<str>,
    /// What was expected.
    pub expected: Arc<str>,
    /// What happened.
    pub got: Arc<str>,
}

/// A call that was still waiting when the deadline passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Its line, from 1.
    pub line: u32,
    /// The call that waited.
    pub text: Arc<str>,
}

/// What came of a play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many expectations held.
    pub held: usize,
    /// Those that did not, and statements that could not be made into calls.
    pub failures: Vec<Failure>,
    /// Calls the deadline passed for.
    pub overdue: Vec<Overdue>,
    /// Whether it was ended before its last statement.
    pub stopped: bool,
}
