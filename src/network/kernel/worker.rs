//! The threads that make the calls, one at a time each.
//!
//! A [`Lane`] is a thread as the user knows it: a name, a queue, the call it is in. The system's thread behind it
//! starts with the first call and ends when no open socket needs it; the lane stays.
#![allow(
    clippy::similar_names,
    reason = "a call on a cell: both words are meant"
)]

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;

use super::cell::Cell;
use super::interrupt::ThreadHandle;
use super::job::{Job, Task, watches};
use super::making;
use super::syscalls::Buffer;
use super::{Shared, lock};
use crate::model::call::{CallId, ProgramId, SocketId, ThreadId};
use crate::model::event::Event;

/// A thread that makes calls.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) id: ThreadId,
    pub(super) program: ProgramId,
    /// As the user reads it.
    name: Arc<str>,
    /// Where calls that never wait go while this thread is in one that does; `None` in a one-thread program.
    control: Option<Arc<Lane>>,
    state: Mutex<State>,
    wake: Condvar,
    /// The call whose wait is to end; 0 is none.
    stop: AtomicU64,
    /// The start of the call it is in has been told, and its end has not.
    told: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Job>,
    /// How many in the queue may wait.
    waiting_ahead: usize,
    /// How many in the queue never wait.
    overtakers: usize,
    running: Option<Running>,
    /// Open sockets that need this thread to be there.
    residents: usize,
    life: Life,
    /// The system's thread, once it runs.
    thread: Option<ThreadHandle>,
    /// It has been told of.
    announced: bool,
    quitting: bool,
}

/// Whether the system has a thread for the lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    /// None, and none is needed.
    #[default]
    Resting,
    /// One that runs or is about to.
    Alive,
    /// A panic ended it.
    Dead,
}

#[derive(Clone, Debug)]
struct Running {
    id: CallId,
    socket: Option<SocketId>,
    watched: Option<Arc<[Arc<Cell>]>>,
    may_wait: bool,
}

impl Running {
    fn is_on(&self, socket: SocketId) -> bool {
        self.socket == Some(socket) || watches(self.watched.as_deref(), socket)
    }
}

/// What came of asking a lane to end a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It was queued, and is taken back.
    Withdrawn,
    /// It is in its system call: the stopper has to signal.
    Running,
    /// The lane does not have it.
    Unknown,
}

impl Lane {
    pub(super) fn new(
        id: ThreadId,
        program: ProgramId,
        name: Arc<str>,
        control: Option<Arc<Lane>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            program,
            name,
            control,
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            stop: AtomicU64::new(0),
            told: AtomicBool::new(false),
        })
    }

    /// Queues a job, starting the system's thread where there is none. Says so where the job has to wait its turn.
    ///
    /// One that never waits goes to the control thread while this one is in a call that does.
    pub(super) fn push(self: &Arc<Self>, shared: &Arc<Shared>, job: Job) {
        let mut state = lock(&self.state);
        if state.quitting {
            drop(state);
            shared.send(Event::Withdrawn { id: job.id });
            return;
        }
        let waits = state
            .running
            .as_ref()
            .is_some_and(|call| call.may_wait && !self.is_stopped(call.id));
        // Under the lock: seen from outside, the thread could begin to wait just after it was asked.
        if let (true, Some(control)) = (waits && job.never_queues(), &self.control) {
            return control.push(shared, job);
        }
        let behind = waits || state.waiting_ahead > 0;
        if let (true, Task::Make(call)) = (behind, &job.task) {
            // Under the lock, so that it precedes the call's start in the stream of events.
            shared.send(Event::Queued {
                id: job.id,
                socket: job.socket,
                method: call.method(),
                thread: self.id,
            });
        }
        state.waiting_ahead += usize::from(job.may_wait());
        state.overtakers += usize::from(job.never_queues());
        state.queue.push_back(job);
        if state.life == Life::Alive {
            drop(state);
            self.wake.notify_one();
        } else {
            self.spawn(shared, &mut state);
        }
    }

    fn spawn(self: &Arc<Self>, shared: &Arc<Shared>, state: &mut State) {
        if !std::mem::replace(&mut state.announced, true) {
            shared.send(Event::ThreadStarted {
                stamp: shared.clock.stamp(),
                thread: self.id,
                program: self.program,
                name: Arc::clone(&self.name),
            });
        }
        let (lane, network) = (Arc::clone(self), Arc::clone(shared));
        let thread = Builder::new()
            .name(system_name(&self.name))
            .stack_size(super::STACK)
            .spawn(move || lane.live(&network));
        match thread {
            Ok(_) => state.life = Life::Alive,
            Err(error) => {
                let message = format!("your system starts no further thread: {error}");
                self.bury(shared, state, &message);
            }
        }
    }

    /// Whether it makes calls on sockets of its program that have no thread, or not this one alone.
    pub(super) fn is_shared(&self) -> bool {
        self.control.is_none()
    }

    /// Whether a panic ended it.
    pub(super) fn is_dead(&self) -> bool {
        lock(&self.state).life == Life::Dead
    }

    /// Whether it makes a call, or has one to make.
    pub(super) fn is_busy(&self) -> bool {
        let state = lock(&self.state);
        state.running.is_some() || !state.queue.is_empty()
    }

    /// One more open socket needs the thread.
    pub(super) fn attach(&self) {
        lock(&self.state).residents += 1;
    }

    /// One open socket fewer does; without any the thread ends after its queue.
    pub(super) fn detach(&self) {
        let mut state = lock(&self.state);
        state.residents = state.residents.saturating_sub(1);
        drop(state);
        self.wake.notify_one();
    }

    /// Takes a queued call back, or marks the one in its system call as to be ended.
    pub(super) fn stop(&self, shared: &Shared, call: CallId) -> Stopped {
        let mut state = lock(&self.state);
        if self.mark(&state, |running| running.id == call).is_some() {
            return Stopped::Running;
        }
        if let Some(place) = state.queue.iter().position(|job| job.id == call) {
            state.remove(place);
            shared.send(Event::Withdrawn { id: call });
            return Stopped::Withdrawn;
        }
        Stopped::Unknown
    }

    /// The socket that a queued call is on; `None` where it is not queued here, or is on none.
    pub(super) fn queued_on(&self, call: CallId) -> Option<SocketId> {
        let state = lock(&self.state);
        state.queue.iter().find(|job| job.id == call)?.socket
    }

    /// Takes a job out of the queue to hand it to another thread; `None` where it is not queued here.
    pub(super) fn give_up(&self, call: CallId) -> Option<Job> {
        let mut state = lock(&self.state);
        let place = state.queue.iter().position(|job| job.id == call)?;
        state.remove(place)
    }

    /// Takes back what is queued on a socket; returns the call on it that is in its system call, marked as to be
    /// ended.
    pub(super) fn clear(&self, shared: &Shared, socket: SocketId) -> Option<CallId> {
        let mut state = lock(&self.state);
        let mut place = 0;
        while let Some(job) = state.queue.get(place) {
            if job.is_on(socket) {
                shared.send(Event::Withdrawn { id: job.id });
                state.remove(place);
            } else {
                place += 1;
            }
        }
        self.mark(&state, |running| running.is_on(socket))
    }

    /// Marks the call on a socket that is in its system call as to be ended; returns it.
    pub(super) fn end_on(&self, socket: SocketId) -> Option<CallId> {
        let state = lock(&self.state);
        self.mark(&state, |running| running.is_on(socket))
    }

    fn mark(&self, state: &State, fits: impl Fn(&Running) -> bool) -> Option<CallId> {
        let running = state.running.as_ref().filter(|running| fits(running))?;
        self.stop.store(running.id.0, Ordering::Release);
        Some(running.id)
    }

    /// Ends the thread as soon as its call has ended, and takes back what is queued; returns that call, marked as
    /// to be ended.
    pub(super) fn quit(&self, shared: &Shared) -> Option<CallId> {
        let mut state = lock(&self.state);
        state.quitting = true;
        state.withdraw_all(shared);
        self.wake.notify_one();
        self.mark(&state, |_| true)
    }

    /// Signals the thread while it is in that call. Says whether it still was.
    pub(super) fn signal(&self, call: CallId) -> bool {
        let state = lock(&self.state);
        let there = state
            .running
            .as_ref()
            .is_some_and(|running| running.id == call);
        if let (true, Some(thread)) = (there, state.thread) {
            thread.signal();
        }
        there
    }

    /// Whether the user wants this call's wait to end.
    pub(super) fn is_stopped(&self, call: CallId) -> bool {
        self.stop.load(Ordering::Acquire) == call.0
    }

    /// Notes that the start of the call it is in was told, or that its end was.
    pub(super) fn note_told(&self, told: bool) {
        self.told.store(told, Ordering::Relaxed);
    }

    fn live(self: &Arc<Self>, shared: &Arc<Shared>) {
        lock(&self.state).thread = Some(ThreadHandle::current());
        let end = catch_unwind(AssertUnwindSafe(|| {
            let mut buffer = Buffer::default();
            while let Some(job) = self.next(shared) {
                let Some(job) = shared.keep_from_waiting(self, job) else {
                    continue;
                };
                making::run(shared, self, &job, &mut buffer);
                buffer.tidy();
            }
        }));
        if let Err(panic) = end {
            let mut state = lock(&self.state);
            self.bury(shared, &mut state, message_of(panic.as_ref()));
        }
    }

    /// The next job; `None` when the thread is to end.
    fn next(&self, shared: &Arc<Shared>) -> Option<Job> {
        let mut state = lock(&self.state);
        state.running = None;
        loop {
            if !state.quitting
                && let Some(job) = state.pop()
            {
                let may_wait = job.may_wait();
                state.running = Some(Running {
                    id: job.id,
                    socket: job.socket,
                    watched: job.watched.clone(),
                    may_wait,
                });
                if may_wait {
                    self.let_overtake(shared, &mut state);
                }
                return Some(job);
            }
            if state.quitting || state.residents == 0 {
                state.life = Life::Resting;
                state.thread = None;
                // A lane may rest for ever: it gives back what its longest queue took.
                state.queue.shrink_to_fit();
                return None;
            }
            state = super::wait(&self.wake, state);
        }
    }

    /// Hands queued calls that never wait to the control thread: this one is about to wait.
    fn let_overtake(&self, shared: &Arc<Shared>, state: &mut State) {
        let Some(control) = &self.control else {
            return;
        };
        let mut place = 0;
        while state.overtakers > 0
            && let Some(job) = state.queue.get(place)
        {
            if !job.never_queues() {
                place += 1;
            } else if let Some(job) = state.remove(place) {
                control.push(shared, job);
            }
        }
    }

    /// Says that the thread is gone, and takes back what was queued on it, and the call it was in unless its start
    /// was told: that one ends with the thread.
    fn bury(&self, shared: &Shared, state: &mut State, message: &str) {
        state.life = Life::Dead;
        state.thread = None;
        let running = state.running.take();
        shared.send(Event::WorkerPanicked {
            stamp: shared.clock.stamp(),
            thread: self.id,
            message: Arc::from(message),
        });
        if let (Some(call), false) = (running, self.told.swap(false, Ordering::Relaxed)) {
            shared.send(Event::Withdrawn { id: call.id });
        }
        state.withdraw_all(shared);
    }
}

impl State {
    /// Takes back all that is queued.
    fn withdraw_all(&mut self, shared: &Shared) {
        while let Some(job) = self.pop() {
            shared.send(Event::Withdrawn { id: job.id });
        }
    }

    fn pop(&mut self) -> Option<Job> {
        let job = self.queue.pop_front()?;
        self.uncount(&job);
        Some(job)
    }

    fn remove(&mut self, place: usize) -> Option<Job> {
        let job = self.queue.remove(place)?;
        self.uncount(&job);
        Some(job)
    }

    /// A job has left the queue.
    fn uncount(&mut self, job: &Job) {
        self.overtakers -= usize::from(job.never_queues());
        // The mode may have changed since it was counted: never below zero, and right again once it is empty.
        self.waiting_ahead = self
            .waiting_ahead
            .saturating_sub(usize::from(job.may_wait()));
        if self.queue.is_empty() {
            self.waiting_ahead = 0;
        }
    }
}

/// The name the system shows: Linux cuts at 15 bytes.
fn system_name(name: &str) -> String {
    let mut text = "sockeye-".to_owned();
    text.extend(
        name.chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .take(7),
    );
    text
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
