//! The observer: one thread that sees what happens at all sockets, also through peers outside.
//!
//! It sleeps in an edge-triggered epoll over all descriptors: it wakes for an arriving connection, bytes, FIN or
//! RST, and after calls that may have changed something, and then asks the kernel (`queries`). Only what differs
//! from the last answer is an event. While nothing happens it does nothing.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, epoll, eventfd, poll};

use super::cell::Cell;
use super::clock::Clock;
use super::hub::Message;
use super::watch::Watches;
use super::{lock, syscalls};
use crate::model::call::SocketId;
use crate::model::event::Observation;

/// The tag of the observer's own bell in the epoll; sockets have their ids, which count from 1.
const BELL: u64 = 0;
/// How long a close waits to be told both ends of its connection; then its thread asks itself.
const LONGEST_ANSWER: Duration = Duration::from_millis(50);
/// Edges taken out of the epoll at once.
const EDGES: usize = 64;

/// Both ends of a connection, to find it again after its descriptor is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Ends {
    /// The same connection, seen from the other end.
    pub(super) fn turned(self) -> Self {
        Self {
            local: self.peer,
            peer: self.local,
        }
    }

    /// Those of a connection that was accepted: it may be over before the first look, and its descriptor then tells
    /// its peer no more.
    pub(super) fn accepted(fd: BorrowedFd<'_>, peer: SocketAddr) -> Option<Self> {
        let local = syscalls::local_address(fd).ok()?;
        Some(Self { local, peer })
    }

    /// Those that an observation has; else those `before`, unless the socket was bound anew.
    pub(super) fn seen(observation: Observation, before: Option<Self>) -> Option<Self> {
        let (local, peer) = (observation.local?, observation.peer);
        let now = peer.map(|peer| Self { local, peer });
        now.or(before.filter(|before| before.local == local))
    }
}

/// What the observer is told by other threads.
#[derive(Debug)]
pub(super) enum Hint {
    /// A call may have changed something.
    Look(Arc<Cell>),
    /// Somebody wants to know, changed or not.
    Tell(Arc<Cell>),
    /// Somebody wants to know what became of a closed connection.
    TellClosed(SocketId),
    /// The ends of a connection are wanted: it is about to be closed.
    Ends(Arc<Cell>, Sender<Option<Ends>>),
    /// The socket was closed; its ends if it was connected.
    Closed(Arc<Cell>, Option<Ends>),
}

/// The other threads' side of the observer.
#[derive(Debug)]
pub(super) struct Observer {
    inbox: Arc<Inbox>,
}

#[derive(Debug)]
struct Inbox {
    hints: Mutex<Vec<Hint>>,
    /// Wakes the thread (`man 2 eventfd`).
    bell: OwnedFd,
    quit: AtomicBool,
}

impl Observer {
    /// Starts the thread.
    pub(super) fn start(clock: Arc<Clock>, hub: Sender<Message>) -> io::Result<Self> {
        let poller = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let inbox = Arc::new(Inbox::new()?);
        let tag = epoll::EventData::new_u64(BELL);
        epoll::add(&poller, &inbox.bell, tag, epoll::EventFlags::IN)?;
        let own = Arc::clone(&inbox);
        let watches = Watches::new(poller, clock, hub);
        Builder::new()
            .name("sockeye-observe".to_owned())
            .stack_size(super::STACK)
            .spawn(move || run(&own, watches))?;
        Ok(Self { inbox })
    }

    /// A call may have changed what the kernel says. Costs next to nothing while the observer has yet to look.
    pub(super) fn look(&self, cell: &Arc<Cell>) {
        if !cell.dirty.load(Ordering::Acquire) && !cell.dirty.swap(true, Ordering::AcqRel) {
            self.inbox.push(Hint::Look(Arc::clone(cell)));
        }
    }

    /// Somebody wants to know how it stands, changed or not.
    pub(super) fn tell(&self, cell: &Arc<Cell>) {
        self.inbox.push(Hint::Tell(Arc::clone(cell)));
    }

    /// Somebody wants to know what became of a closed socket's connection.
    pub(super) fn tell_closed(&self, socket: SocketId) {
        self.inbox.push(Hint::TellClosed(socket));
    }

    /// Both ends of a connection that is about to be closed.
    ///
    /// The observer asks, not the caller's thread: that makes the user's calls and nothing else. It answers within a
    /// few microseconds; where it has not in 50 ms, the caller's thread asks after all: unasked before the close, the
    /// connection could not be followed any more.
    pub(super) fn ends(&self, cell: &Arc<Cell>) -> Option<Ends> {
        let (reply, answer) = bounded(1);
        self.inbox.push(Hint::Ends(Arc::clone(cell), reply));
        answer
            .recv_timeout(LONGEST_ANSWER)
            .unwrap_or_else(|_| ends_of(cell))
    }

    /// The socket was closed.
    pub(super) fn closed(&self, cell: &Arc<Cell>, ends: Option<Ends>) {
        self.inbox.push(Hint::Closed(Arc::clone(cell), ends));
    }
}

impl Drop for Observer {
    /// Ends the thread.
    fn drop(&mut self) {
        self.inbox.quit.store(true, Ordering::Release);
        self.inbox.ring();
    }
}

impl Inbox {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hints: Mutex::new(Vec::new()),
            bell: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            quit: AtomicBool::new(false),
        })
    }

    fn push(&self, hint: Hint) {
        let mut hints = lock(&self.hints);
        hints.push(hint);
        let first = hints.len() == 1;
        drop(hints);
        if first {
            self.ring();
        }
    }

    fn ring(&self) {
        // It can only fail when it has been rung 2^64 - 2 times unheard.
        rustix::io::write(&self.bell, &1_u64.to_ne_bytes()).ok();
    }

    fn take(&self) -> Vec<Hint> {
        rustix::io::read(&self.bell, &mut [0; 8]).ok();
        std::mem::take(&mut *lock(&self.hints))
    }
}

/// Asks for both ends of a connection; `None` where there is none, or its close is under way.
pub(super) fn ends_of(cell: &Arc<Cell>) -> Option<Ends> {
    let user = cell.try_enter()?;
    let fd = user.descriptor()?;
    Some(Ends {
        local: syscalls::local_address(fd).ok()?,
        peer: syscalls::peer_address(fd).ok()?,
    })
}

fn run(inbox: &Inbox, mut watches: Watches) {
    let mut edges = [epoll::Event {
        flags: epoll::EventFlags::empty(),
        data: epoll::EventData::new_u64(BELL),
    }; EDGES];
    loop {
        let now = Instant::now();
        // A socket that was looked at a moment ago and moves on may raise an edge per packet: until it may be
        // looked at again, only the bell is heard.
        let count = if let Some(until) = watches.hot_until(now) {
            let longest = until.min(watches.next_due().unwrap_or(until));
            let mut bell = [PollFd::new(&inbox.bell, PollFlags::IN)];
            poll(&mut bell, timespec(Some(longest), now).as_ref()).ok();
            0
        } else {
            let longest = timespec(watches.next_due(), now);
            epoll::wait(watches.poller(), &mut edges, longest.as_ref()).unwrap_or(0)
        };
        if inbox.quit.load(Ordering::Acquire) {
            return;
        }
        let now = Instant::now();
        for edge in edges.iter().take(count) {
            let tag = edge.data.u64();
            if tag != BELL {
                watches.edge(tag, now);
            }
        }
        for hint in inbox.take() {
            watches.hint(hint, now);
        }
        watches.look_at_due(now);
    }
}

fn timespec(until: Option<Instant>, now: Instant) -> Option<Timespec> {
    Timespec::try_from(until?.saturating_duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{BlockingMode, Family, ProgramId, Protocol};
    use std::net::{TcpListener, TcpStream};

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "any connection will do: no row is made here"
    )]
    fn both_ends_are_known_though_the_observer_does_not_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        let ends = Ends {
            local: client.local_addr().unwrap(),
            peer: address,
        };
        // Without a thread: it is as good as stalled for ever.
        let observer = Observer {
            inbox: Arc::new(Inbox::new().unwrap()),
        };
        let (id, program) = (SocketId(1), ProgramId(1));
        let (family, tcp, mode) = (Family::Ipv4, Protocol::Tcp, BlockingMode::Blocking);
        let cell = Cell::new(id, program, family, tcp, mode, client.into(), None);
        assert_eq!(observer.ends(&cell), Some(ends));
        cell.shut_door();
        assert_eq!(observer.ends(&cell), None, "a close is under way");
    }
}
