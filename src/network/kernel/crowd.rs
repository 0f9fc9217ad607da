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

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::RangeInclusive;
use std::sync::{Arc, Weak};
use std::thread::Builder;

use polling::{Event as Readiness, Events, Poller};

use super::cell::Cell;
use super::job::{Job, Task};
use super::threads::{Dispatch, Served, Stage};
use super::worker::Lane;
use super::{Shared, lock};
use crate::model::call::{CallId, Method, ProgramId, SocketId};
use crate::model::event::{Event, Threading};
use crate::network::ThreadChoice;

/// So many open sockets of a program have a thread each; a connection accepted beyond them is one of its crowd.
pub(super) const THREADS: usize = 256;

/// The calls that wait for their sockets to be ready, and who says when.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Once there was a first.
    poller: Option<Arc<Poller>>,
    parked: BTreeMap<CallId, Job>,
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

    /// Watches a socket from its birth on. What can't be watched is found out by the first call parked on it.
    pub(super) fn join(&self, cell: &Arc<Cell>) {
        if let (Some(poller), Some(user)) = (&self.poller, cell.try_enter())
            && let Some(fd) = user.descriptor()
        {
            let nothing = Readiness::none(cell.id.0 as usize);
            // SAFETY: `leave` takes it out before its close begins, and `disband` those that are open at the end.
            unsafe { poller.add(&fd, nothing) }.ok();
        }
    }

    /// Watches a socket no more: its close comes next.
    pub(super) fn leave(&self, cell: &Arc<Cell>) {
        if let (Some(poller), Some(user)) = (&self.poller, cell.try_enter())
            && let Some(fd) = user.descriptor()
        {
            poller.delete(fd).ok();
        }
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

    /// Keeps a call until its socket is ready for it. Gives it back where the socket can't be watched.
    fn park(&mut self, cell: &Arc<Cell>, job: Job) -> Result<(), Job> {
        let id = job.id;
        self.by_socket.insert((cell.id, id));
        self.parked.insert(id, job);
        match self.watch(cell) {
            Ok(()) => Ok(()),
            Err(_) => self.take(id).map_or(Ok(()), Err),
        }
    }

    /// Asks the poller to tell, once, when the socket is ready for what is parked on it.
    fn watch(&self, cell: &Arc<Cell>) -> io::Result<()> {
        let (mut reads, mut writes) = (false, false);
        for job in self.of(cell.id).filter_map(|id| self.parked.get(&id)) {
            let writing = sends(job);
            writes |= writing;
            reads |= !writing;
        }
        let key = cell.id.0 as usize;
        let poller = self.poller.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let user = cell.try_enter().ok_or(io::ErrorKind::NotFound)?;
        let fd = user.descriptor().ok_or(io::ErrorKind::NotFound)?;
        poller.modify(fd, Readiness::new(key, reads, writes))
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
        Some(job)
    }

    /// Takes the parked calls of a socket out.
    pub(super) fn take_of(&mut self, socket: SocketId) -> Vec<Job> {
        let ids: Vec<CallId> = self.of(socket).collect();
        ids.into_iter().filter_map(|id| self.take(id)).collect()
    }

    /// Takes all out.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Job> {
        self.by_socket.clear();
        std::mem::take(&mut self.parked).into_values()
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
            .filter(|id| self.parked.get(id).is_some_and(is_ready));
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

    /// Parks a call on a socket of a crowd. Gives it back where it is to be made at once.
    pub(super) fn park(&self, dispatch: &mut Dispatch, job: Job) -> Result<(), Job> {
        let entry = job.socket.and_then(|socket| dispatch.sockets.get(&socket));
        let Some((cell, Task::Make(call))) = entry
            .filter(|entry| entry.served == Served::Crowd && entry.stage == Stage::Open)
            .map(|entry| &entry.cell)
            // By hand it may have been made blocking: then its call can wait by itself.
            .filter(|cell| !cell.is_blocking())
            .zip(Some(&job.task))
        else {
            return Err(job);
        };
        if !waits_its_turn(call.method()) {
            return Err(job);
        }
        let cell = Arc::clone(cell);
        if let Err(job) = dispatch.crowd.park(&cell, job) {
            self.send(Event::Withdrawn { id: job.id });
        }
        Ok(())
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
            {
                // It was watched a moment ago.
                dispatch.crowd.watch(&cell).ok();
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
        match poller.wait(&mut events, None) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
        let Some(shared) = network.upgrade() else {
            return;
        };
        shared.ready(&events);
    }
}
