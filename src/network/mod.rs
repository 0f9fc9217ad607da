//! Where calls happen: the trait that everything which makes calls is written against.
//!
//! [`kernel`] makes them at this computer's kernel. A later network may simulate, replay or watch; it gives the
//! same [`Event`]s, so that the recording and every view work unchanged.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::model::call::{Call, CallId, ProgramId, SocketId};
use crate::model::event::{Event, PlayerNote, Role, Threading};
use crate::model::recording::Header;

pub mod interfaces;
#[cfg(unix)]
pub mod kernel;

/// Called by a network, from any thread, when there are events to drain. Must not wait.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// What anybody holds who makes calls.
pub type NetworkHandle = Arc<dyn Network>;

/// On what a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// In a program: `socket()`, and `select()` on sockets of it.
    Program(ProgramId),
    /// On a socket: every other method.
    Socket(SocketId),
}

/// Which thread is to make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ThreadChoice {
    /// The socket's or program's own: the call queues behind the one that waits there.
    #[default]
    Own,
    /// Another thread of the same program, so that the call need not queue.
    Second,
    /// The socket's own, in a program that may have very many connections: of those accepted so, a network may serve the
    /// ones beyond its first few hundred by one thread for all ([`InCrowd`]). They are non-blocking, and a call
    /// that moves data on one of them, handed in so, is made once the socket is ready for it.
    ///
    /// [`InCrowd`]: crate::model::event::Note::InCrowd
    Crowd,
}

/// One call to make.
#[derive(Clone, Debug)]
pub struct Request {
    /// On what.
    pub target: Target,
    /// Method and arguments.
    pub call: Call,
    /// What to call the socket that `socket()` or `accept()` returns.
    pub name: Option<Arc<str>>,
    /// Which thread makes it.
    pub thread: ThreadChoice,
    /// Line of the script it stands on, from 1.
    pub line: Option<u32>,
    /// Whether it only tidies up after a script.
    pub at_end: bool,
}

impl Request {
    /// A call on a socket, by its own thread.
    pub fn on(socket: SocketId, call: Call) -> Self {
        Self {
            target: Target::Socket(socket),
            call,
            name: None,
            thread: ThreadChoice::Own,
            line: None,
            at_end: false,
        }
    }

    /// A `socket()` or a `select()` call in a program.
    pub fn within(program: ProgramId, call: Call) -> Self {
        Self {
            target: Target::Program(program),
            call,
            name: None,
            thread: ThreadChoice::Own,
            line: None,
            at_end: false,
        }
    }

    /// The same, with a name for the new socket.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(Arc::from(name));
        self
    }
}

/// Whatever carries out calls and tells what happened. No method waits for a call.
pub trait Network: Send + Sync {
    /// What the first line of a recording says of this network, where that recording begins now.
    fn header(&self) -> Header;

    /// Nanoseconds since the network started.
    fn now(&self) -> u64;

    /// Adds a program that can own sockets.
    fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId;

    /// Lets go of programs that nobody will call any more, each once none of its sockets is open: those of a session
    /// that is over. A call on such a socket is from then on one on what never was a socket: EBADF all the same.
    fn forget(&self, programs: &[ProgramId]);

    /// Says which threads make a program's calls from now on.
    fn set_threading(&self, program: ProgramId, threading: Threading);

    /// Hands in a call. It is made as soon as its thread is free.
    ///
    /// `Call::Select` watches sockets of its own program; any other socket is to it as a closed one: EBADF.
    ///
    /// `Call::Close` first ends whatever waits on the socket, and takes back what is queued on it.
    fn submit(&self, request: Request) -> CallId;

    /// Ends the wait of a call (its row says `interrupted`), or takes it back while it is queued.
    ///
    /// A call that has already ended stays as it is.
    fn interrupt(&self, call: CallId);

    /// Moves a queued call to another thread of its program ([`ThreadChoice::Second`]), so that it need not queue.
    ///
    /// It stays the same call: it is made once, with the arguments it was handed in with. Does nothing where it is
    /// no longer queued (it has begun, has ended or was taken back), nor in a program of one thread, nor behind a
    /// close.
    fn move_to_second_thread(&self, call: CallId);

    /// Asks the kernel about a socket anew.
    fn observe(&self, socket: SocketId);

    /// Puts a player's doing into the stream of events.
    fn note(&self, line: Option<u32>, note: PlayerNote);

    /// Delivers all events from now on.
    ///
    /// What a slow subscriber does not take in time is folded and counted; nobody waits for it.
    fn subscribe(&self, waker: Waker) -> Subscription;
}

/// A stream of events to one subscriber.
pub struct Subscription {
    receiver: Receiver<Event>,
    drained: Box<dyn Fn() + Send>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("waiting", &self.receiver.len())
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// A stream from this channel; `drained` is called when a drain has emptied it, so that the network may send
    /// what it held back and wake the subscriber again.
    pub fn new(receiver: Receiver<Event>, drained: impl Fn() + Send + 'static) -> Self {
        Self {
            receiver,
            drained: Box::new(drained),
        }
    }

    /// Hands on what is there, without waiting, until none is left or `budget` has passed.
    ///
    /// Returns whether some may be left.
    pub fn drain(&self, budget: Duration, mut take: impl FnMut(Event)) -> bool {
        let started = std::time::Instant::now();
        loop {
            // The clock is asked once per batch, which takes a tenth of a millisecond or two.
            for _ in 0..64 {
                if let Ok(event) = self.receiver.try_recv() {
                    take(event);
                } else {
                    (self.drained)();
                    return !self.receiver.is_empty();
                }
            }
            if started.elapsed() >= budget {
                return true;
            }
        }
    }

    /// Waits for the next event until `deadline`; `None` when it passed or the network is gone. Not for the window.
    pub fn wait(&self, deadline: std::time::Instant) -> Option<Event> {
        if self.receiver.is_empty() {
            (self.drained)();
        }
        self.receiver.recv_deadline(deadline).ok()
    }

    /// The channel itself, for a thread that waits on several.
    pub fn receiver(&self) -> &Receiver<Event> {
        &self.receiver
    }
}
