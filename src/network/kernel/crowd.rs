//! A crowd: the connections of a program beyond those that have threads, served by one.
//!
//! A program that gives each connection a thread has [`THREADS`] at most. Further connections are born non-blocking, and
//! one thread of the program makes the calls on all of them. A call handed in for such a socket as
//! [`ThreadChoice::Crowd`] is parked here until the poller says that the socket is ready for it, and is then made once, as
//! any other call. So nothing waits in a system call, and nobody asks in vain.
//!
//! Calls made by hand are not parked: a thread of the socket's own makes them at once.
#![allow(
    unsafe_code,
    reason = "polling can't know that what it watches stays open until it is told to forget it"
)]
#![allow(
    clippy::similar_names,
    reason = "a call on a cell: both words are meant"
)]

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::ops::RangeInclusive;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Weak};
use std::thread::Builder;

use polling::{Event as Readiness, Events, Poller};

use super::cell::Cell;
use super::job::{Job, Task};
use super::threads::{Dispatch, Served, Stage};
use super::worker::Lane;
use super::{Shared, lock, syscalls};
use crate::model::call::{BlockingMode, CallId, Method, ProgramId, SocketId};
use crate::model::event::{Event, PlayerNote, Threading};
use crate::network::ThreadChoice;

#[cfg(test)]
mod tests;

/// So many open sockets of a program have a thread each; a connection accepted beyond them is one of its crowd.
pub(super) const THREADS: usize = 256;

/// The calls that wait for their sockets to be ready, and who says when.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Once there was a first.
    poller: Option<Arc<Poller>>,
    parked: HashMap<CallId, Box<Job>>,
    by_socket: BTreeSet<(SocketId, CallId)>,
}

impl Crowd {
    /// The poller, with the thread that listens to it.
    fn poller(&mut self, shared: &Arc<Shared>) -> io::Result<()> {
        if self.poller.is_none() {
            let poller = Arc::new(Poller::new()?);
            let (own, network) = (Arc::clone(&poller), Arc::downgrade(shared));
            Builder::new()
                .name("sockeye-crowd".to_owned())
                .stack_size(super::STACK)
                .spawn(move || run(&own, &network))?;
            self.poller = Some(poller);
        }
        Ok(())
    }

    /// Watches a socket from its birth on.
    ///
    /// # Errors
    ///
    /// When the system watches no more (`man 2 epoll_ctl`: ENOSPC, ENOMEM).
    pub(super) fn join(&self, cell: &Arc<Cell>) -> io::Result<()> {
        let nothing = Readiness::none(cell.id.0 as usize);
        self.with_descriptor(cell, |poller, fd| {
            // SAFETY: `leave` takes it out before its close begins, and `disband` those that are open at the end. What a
            // poller that has failed still knows is asked for by nobody.
            unsafe { poller.add(&fd, nothing) }
        })
    }

    fn with_descriptor<T>(
        &self,
        cell: &Arc<Cell>,
        then: impl FnOnce(&Poller, BorrowedFd<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let poller = self.poller.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let user = cell.try_enter().ok_or(io::ErrorKind::NotFound)?;
        let fd = user.descriptor().ok_or(io::ErrorKind::NotFound)?;
        then(poller, fd)
    }

    /// Watches a socket no more: its close comes next.
    pub(super) fn leave(&self, cell: &Arc<Cell>) {
        // One that is not watched need not be taken out.
        self.with_descriptor(cell, |poller, fd| poller.delete(fd))
            .ok();
    }

    /// The network ends: nothing is watched any more, and the poller's thread finds nobody to serve.
    pub(super) fn disband<'a>(&mut self, cells: impl Iterator<Item = &'a Arc<Cell>>) {
        if self.poller.is_some() {
            cells.for_each(|cell| self.leave(cell));
        }
        if let Some(poller) = self.poller.take() {
            poller.notify().ok();
        }
    }

    /// Keeps a call until its socket is ready for it. Gives it back where the socket can't be watched, with the reason.
    fn park(&mut self, cell: &Arc<Cell>, job: Job) -> Option<(Job, io::Error)> {
        let id = job.id;
        self.by_socket.insert((cell.id, id));
        self.parked.insert(id, Box::new(job));
        let why = self.watch(cell).err()?;
        Some((self.take(id)?, why))
    }

    /// Asks the poller to tell, once, when the socket is ready for what is parked on it.
    fn watch(&self, cell: &Arc<Cell>) -> io::Result<()> {
        let (mut reads, mut writes) = (false, false);
        for job in self.of(cell.id).filter_map(|id| self.parked.get(&id)) {
            let writing = sends(job);
            writes |= writing;
            reads |= !writing;
        }
        let interest = Readiness::new(cell.id.0 as usize, reads, writes);
        self.with_descriptor(cell, |poller, fd| match poller.modify(fd, interest) {
            // The poller it was born to has failed since, and this is another.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // SAFETY: as in `join`.
                unsafe { poller.add(&fd, interest) }
            }
            answer => answer,
        })
    }

    fn of(&self, socket: SocketId) -> impl Iterator<Item = CallId> {
        self.by_socket.range(all_of(socket)).map(|(_, id)| *id)
    }

    /// Takes a parked call out; `None` where it is not parked.
    pub(super) fn take(&mut self, id: CallId) -> Option<Job> {
        let job = self.parked.remove(&id)?;
        if let Some(socket) = job.socket {
            self.by_socket.remove(&(socket, id));
        }
        Some(*job)
    }

    /// Takes the parked calls of a socket out.
    pub(super) fn take_of(&mut self, socket: SocketId) -> Vec<Job> {
        let ids: Vec<CallId> = self.of(socket).collect();
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }

    /// Takes all out.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Job> {
        self.by_socket.clear();
        let parked = std::mem::take(&mut self.parked);
        parked.into_values().map(|job| *job)
    }

    /// Takes out the calls that a socket is ready for.
    fn take_ready(&mut self, socket: SocketId, readiness: Readiness) -> Vec<Job> {
        let is_ready = |job: &Job| {
            if sends(job) {
                readiness.writable
            } else {
                readiness.readable
            }
        };
        let ids = self
            .of(socket)
            .filter(|id| self.parked.get(id).is_some_and(|job| is_ready(job)));
        let ids: Vec<CallId> = ids.collect();
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }
}

fn all_of(socket: SocketId) -> RangeInclusive<(SocketId, CallId)> {
    (socket, CallId(0))..=(socket, CallId(u64::MAX))
}

fn sends(job: &Job) -> bool {
    matches!(&job.task, Task::Make(call) if call.method().sends())
}

/// Whether a call of that method is made only once its socket is ready for it.
fn waits_its_turn(method: Method) -> bool {
    method.moves_data()
}

impl Shared {
    /// How a connection is served that an accept of `program` is about to take.
    pub(super) fn birth(self: &Arc<Self>, program: ProgramId, choice: ThreadChoice) -> Served {
        if choice != ThreadChoice::Crowd {
            return Served::Thread;
        }
        let mut dispatch = lock(&self.dispatch);
        let is_full = dispatch.programs.get(&program).is_some_and(|program| {
            program.threading == Threading::ThreadPerSocket && program.threaded >= THREADS
        });
        // Without a poller a thread each is all there is.
        if is_full && dispatch.crowd.poller(self).is_ok() {
            Served::Crowd
        } else {
            Served::Thread
        }
    }

    /// Has a socket that an accept has just taken served by the one thread of its program's crowd. One that the system
    /// does not watch has a thread of its own instead, and waits as other sockets do.
    pub(super) fn join_crowd(&self, cell: &Arc<Cell>) -> Served {
        let mut dispatch = lock(&self.dispatch);
        if dispatch.crowd.join(cell).is_ok() {
            dispatch.crowd_lane(cell.program).attach();
            return Served::Crowd;
        }
        drop(dispatch);
        if let Some(user) = cell.try_enter()
            && let Some(fd) = user.descriptor()
        {
            let mode = BlockingMode::Blocking;
            // It fails for no open socket (`man 2 fcntl`).
            cell.change_mode(mode, || syscalls::set_blocking(fd, mode))
                .ok();
        }
        Served::Thread
    }

    /// Parks a call on a socket of a crowd. Gives it back where it is to be made at once.
    pub(super) fn park(&self, dispatch: &mut Dispatch, job: Job) -> Option<Job> {
        let entry = job.socket.and_then(|socket| dispatch.sockets.get(&socket));
        let Some((cell, Task::Make(call))) = entry
            .filter(|entry| entry.served == Served::Crowd && entry.stage == Stage::Open)
            .map(|entry| &entry.cell)
            // By hand it may have been made blocking: then its call can wait by itself.
            .filter(|cell| !cell.is_blocking())
            .zip(Some(&job.task))
        else {
            return Some(job);
        };
        if !waits_its_turn(call.method()) {
            return Some(job);
        }
        let cell = Arc::clone(cell);
        if let Some((job, why)) = dispatch.crowd.park(&cell, job) {
            self.take_back([job], &why);
        }
        None
    }

    /// Takes calls back that nobody would ever say the sockets are ready for, and says why.
    fn take_back(&self, jobs: impl IntoIterator<Item = Job>, why: &io::Error) {
        let mut jobs = jobs.into_iter().peekable();
        if jobs.peek().is_none() {
            return;
        }
        for job in jobs {
            self.send(Event::Withdrawn { id: job.id });
        }
        let text = format!(
            "Your system does not say which of the many connections are ready ({why}): the calls on them were taken back."
        );
        self.send(Event::Player {
            stamp: self.clock.stamp(),
            line: None,
            note: PlayerNote::Narration { text: text.into() },
        });
    }

    /// The poller has failed: what is parked is never ready. The next connection gets a new one.
    fn lose_poller(&self, why: &io::Error) {
        let mut dispatch = lock(&self.dispatch);
        dispatch.crowd.poller = None;
        let parked: Vec<Job> = dispatch.crowd.take_all().collect();
        self.take_back(parked, why);
    }

    /// Hands a call of a crowd's thread on where it could wait there and hold up the others: its socket was made
    /// blocking by hand while it was queued. Gives back what is to be made. A mode changed between this look and the call
    /// itself is not seen: whoever empties the socket and changes it just then holds up the others.
    pub(super) fn keep_from_waiting(self: &Arc<Self>, lane: &Arc<Lane>, job: Job) -> Option<Job> {
        let may_hold_up = job.thread == ThreadChoice::Crowd && lane.is_shared() && job.may_wait();
        let Some(socket) = job.socket.filter(|_| may_hold_up) else {
            return Some(job);
        };
        let mut dispatch = lock(&self.dispatch);
        let program = dispatch.programs.get(&lane.program);
        let crowd = program.and_then(|program| program.crowd.as_ref());
        if !crowd.is_some_and(|crowd| Arc::ptr_eq(crowd, lane)) {
            return Some(job);
        }
        // Under the table's lock: whoever ends it finds it here before, and in the other's queue after.
        if lane.is_stopped(job.id) {
            self.send(Event::Withdrawn { id: job.id });
        } else {
            let own = dispatch.lane_for(socket, ThreadChoice::Own);
            own.push(self, job);
        }
        None
    }

    /// Hands the calls on, whose sockets are ready.
    fn ready(self: &Arc<Self>, events: &Events) {
        let mut dispatch = lock(&self.dispatch);
        for readiness in events.iter() {
            let Ok(socket) = u32::try_from(readiness.key).map(SocketId) else {
                continue;
            };
            for job in dispatch.crowd.take_ready(socket, readiness) {
                let lane = dispatch.lane_for(socket, ThreadChoice::Crowd);
                lane.push(self, job);
            }
            if dispatch.crowd.of(socket).next().is_some()
                && let Some(cell) = dispatch.cell(socket)
                && let Err(why) = dispatch.crowd.watch(&cell)
            {
                self.take_back(dispatch.crowd.take_of(socket), &why);
            }
        }
    }
}

impl Dispatch {
    /// The thread that makes the calls on a program's crowd.
    pub(super) fn crowd_lane(&mut self, program: ProgramId) -> Arc<Lane> {
        let entry = self.programs.get(&program);
        let lane = entry.and_then(|entry| entry.crowd.as_ref());
        if let Some(lane) = lane.filter(|lane| !lane.is_dead()) {
            return Arc::clone(lane);
        }
        let name = entry.map_or_else(
            || Arc::from("crowd"),
            |entry| Arc::from(format!("{} crowd", entry.name)),
        );
        let lane = self.lane(program, name, None);
        if let Some(entry) = self.programs.get_mut(&program) {
            entry.crowd = Some(Arc::clone(&lane));
        }
        lane
    }
}

fn run(poller: &Poller, network: &Weak<Shared>) {
    let mut events = Events::new();
    loop {
        events.clear();
        let answer = poller.wait(&mut events, None);
        let Some(shared) = network.upgrade() else {
            return;
        };
        match answer {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return shared.lose_poller(&error);
            }
            _ => shared.ready(&events),
        }
    }
}
