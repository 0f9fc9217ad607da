//! The kernel network: real sockets of this computer.
//!
//! ```text
//! submit -> dispatch -> threads (which one) -> worker (its queue of jobs) -> making (one job) -> syscalls (one call)
//!                                                              |
//!                                      Event -> hub (fans out, folds) -> Subscription
//! ```
//!
//! - `worker`: named threads, their queues, what happens when one panics.
//! - `making`: start, system call and end of each row.
//! - `syscalls`, `select`, `options`, `closed`: one function, one system call.
//! - `cell`: who may use a descriptor, and who may close it. `stream`: where in a stream the bytes of a call lie.
//! - `crowd`: one thread for the connections beyond those that have threads. `room`: when there are descriptors again.
//! - `interrupt`: ending a wait by a signal. `process`: what is set once for the whole program.
//! - `observer`, `watch`, `queries`, `time_wait`: what the kernel says of sockets without being asked by the user.
//! - `hub`, `fold`: events to subscribers, and what is done when one is slow.
//!
//! Locks are held for moments only, in this order: dispatch, lane, control lane. No system call that can wait is
//! made under one.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;

use self::clock::Clock;
use self::hub::Message;
use self::interrupt::Stopper;
use self::observer::Observer;
use self::room::Room;
use self::threads::Dispatch;
use crate::model::call::{CallId, ProgramId, SocketId};
use crate::model::event::{Event, PlayerNote, Role, Threading};
use crate::model::recording::Header;

use super::{Network, Request, Subscription, Waker};

mod cell;
mod clock;
mod closed;
mod crowd;
mod dispatch;
mod errno;
mod fold;
mod hub;
mod interrupt;
mod job;
mod making;
#[cfg(target_os = "linux")]
mod observer;
#[cfg(not(target_os = "linux"))]
#[path = "unobserved.rs"]
mod observer;
mod options;
pub mod process;
#[cfg(target_os = "linux")]
mod queries;
mod room;
mod select;
mod stream;
mod syscalls;
mod threads;
#[cfg(target_os = "linux")]
mod time_wait;
#[cfg(target_os = "linux")]
mod watch;
mod worker;

/// Stack of each thread. None recurses; Linux backs only what is touched (about 10 KiB).
const STACK: usize = 256 * 1024;

/// What all threads of the network share.
#[derive(Debug)]
struct Shared {
    clock: Arc<Clock>,
    hub: Sender<Message>,
    dispatch: Mutex<Dispatch>,
    stopper: Arc<Stopper>,
    room: Room,
    observer: Observer,
    calls: AtomicU64,
    header: Header,
}

impl Shared {
    fn next_call(&self) -> CallId {
        CallId(self.calls.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Hands an event to the hub. Waits at most for the hub, which waits for nobody.
    fn send(&self, event: Event) {
        // Without a hub the network is ending, and nobody is left to tell.
        self.hub.send(Message::Event(event)).ok();
    }
}

impl Drop for Shared {
    /// The last thread is gone: so go those that serve all; the observer by its own drop.
    fn drop(&mut self) {
        let dispatch = self
            .dispatch
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let cells = dispatch.sockets.values().map(|entry| &entry.cell);
        dispatch.crowd.disband(cells);
        self.stopper.quit();
        self.hub.send(Message::Stop).ok();
    }
}

/// Real sockets of this computer.
///
/// Dropping it ends every call, every thread and every descriptor soon, without waiting for them.
pub struct KernelNetwork {
    shared: Arc<Shared>,
}

impl fmt::Debug for KernelNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KernelNetwork")
            .field("header", &self.shared.header)
            .finish_non_exhaustive()
    }
}

impl KernelNetwork {
    /// Starts the network. Opens no inet socket.
    ///
    /// Sets, for the whole program: the descriptor limit to its maximum, SIGPIPE ignored, a handler for SIGURG, and
    /// that large buffers go back to the system once they are free.
    ///
    /// # Errors
    ///
    /// When the system gives no further thread, or refuses the handler or the observer's descriptors.
    pub fn start() -> io::Result<Arc<Self>> {
        process::raise_descriptor_limit();
        process::ignore_sigpipe();
        process::give_large_buffers_back();
        interrupt::install()?;
        let header = Header {
            network: "kernel".to_owned(),
            platform: process::platform(),
            clock: "monotonic".to_owned(),
            started: clock::wall_clock(),
        };
        let clock = Arc::new(Clock::start());
        let hub = hub::start()?;
        let observer = Observer::start(Arc::clone(&clock), hub.clone())?;
        let shared = Shared {
            clock,
            hub,
            dispatch: Mutex::new(Dispatch::default()),
            stopper: Stopper::start()?,
            room: Room::default(),
            observer,
            calls: AtomicU64::new(0),
            header,
        };
        Ok(Arc::new(Self {
            shared: Arc::new(shared),
        }))
    }

    /// Ends every call and its thread soon, without waiting for them. Calls submitted from now on are taken back.
    ///
    /// The descriptors go when the network is dropped. No close is recorded: a player closes what it opened.
    pub fn shutdown(&self) {
        self.shared.end_all();
    }

    /// Makes the thread of a socket panic, so that a test can see what comes of it. Returns the call that does.
    #[doc(hidden)]
    pub fn panic_thread(&self, socket: SocketId) -> CallId {
        let id = self.shared.next_call();
        self.shared.panic_thread(id, socket);
        id
    }
}

impl Drop for KernelNetwork {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Network for KernelNetwork {
    fn header(&self) -> Header {
        Header {
            started: clock::wall_clock(),
            ..self.shared.header.clone()
        }
    }

    fn now(&self) -> u64 {
        self.shared.clock.now()
    }

    fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId {
        self.shared.add_program(name, role, threading)
    }

    fn forget(&self, programs: &[ProgramId]) {
        lock(&self.shared.dispatch).forget(programs);
    }

    fn set_threading(&self, program: ProgramId, threading: Threading) {
        self.shared.set_threading(program, threading);
    }

    fn submit(&self, request: Request) -> CallId {
        let id = self.shared.next_call();
        self.shared.submit(id, request);
        id
    }

    fn interrupt(&self, call: CallId) {
        self.shared.interrupt(call);
    }

    fn move_to_second_thread(&self, call: CallId) {
        self.shared.move_to_second_thread(call);
    }

    fn observe(&self, socket: SocketId) {
        self.shared.observe(socket);
    }

    fn note(&self, line: Option<u32>, note: PlayerNote) {
        self.shared.send(Event::Player {
            stamp: self.shared.clock.stamp(),
            line,
            note,
        });
    }

    fn subscribe(&self, waker: Waker) -> Subscription {
        hub::subscribe(&self.shared.hub, waker)
    }
}

/// Locks, also after a panic elsewhere: what these locks guard is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition
        .wait(guard)
        .unwrap_or_else(PoisonError::into_inner)
}

fn wait_for<'a, T>(
    condition: &Condvar,
    guard: MutexGuard<'a, T>,
    longest: Duration,
) -> MutexGuard<'a, T> {
    condition
        .wait_timeout(guard, longest)
        .unwrap_or_else(PoisonError::into_inner)
        .0
}
