//! Programs and their threads, and the calls of each that are on no single socket.

use std::sync::Arc;
use std::time::Duration;

use super::fold::take_out;
use super::table::{SocketTable, unique};
use super::{Pending, Socket};
use crate::model::call::{Call, CallId, Method, ProgramId, SocketId, SocketLists, ThreadId};
use crate::model::event::{Ended, Role, Started, Threading};

/// A program: the owner of sockets and threads.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its id.
    pub id: ProgramId,
    /// Its name, unique in the recording.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Which threads make its calls.
    pub threading: Threading,
    /// Since when, by the order of things.
    pub threading_since: u64,
    /// Its `select` calls in their system call, oldest first.
    pub selects: Vec<Selecting>,
    /// Its `select` calls queued behind another call, oldest first.
    pub queued: Vec<Pending>,
}

/// A `select` in its system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selecting {
    /// The call, its thread and since when.
    pub pending: Pending,
    /// What it watches.
    pub watched: Arc<SocketLists>,
    /// How long it waits at most; `None`: without limit.
    pub timeout: Option<Duration>,
}

/// A thread that makes calls.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Its program.
    pub program: ProgramId,
    /// Its name.
    pub name: Arc<str>,
    /// The message of the panic that ended it.
    pub panicked: Option<Arc<str>>,
}

impl SocketTable {
    /// The program of that id.
    pub fn program(&self, id: ProgramId) -> Option<&Program> {
        self.programs.get(&id).map(Arc::as_ref)
    }

    /// The `select` calls under way that watch the socket, oldest first.
    pub fn selects_on(&self, socket: &Socket) -> impl Iterator<Item = &Selecting> {
        let program = self.programs.get(&socket.program);
        let selects = program.into_iter().flat_map(|program| &program.selects);
        selects.filter(|select| select.watched.names(socket.id))
    }

    /// The calls in their system call that are on the socket, alone or with others.
    pub fn waiting_on(&self, socket: &Socket) -> impl Iterator<Item = Pending> {
        let own = socket.waiting.iter().copied();
        own.chain(self.selects_on(socket).map(|select| select.pending))
    }

    /// All programs, in order of their making.
    pub fn programs(&self) -> impl DoubleEndedIterator<Item = &Program> {
        self.programs.values().map(Arc::as_ref)
    }

    /// The thread of that id.
    pub fn thread(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(&id)
    }

    /// All threads, in order of their start.
    pub fn threads(&self) -> impl DoubleEndedIterator<Item = &Thread> {
        self.threads.values()
    }

    pub(in crate::model) fn add_program(
        &mut self,
        id: ProgramId,
        wanted: &str,
        role: Role,
        threading: Threading,
        since: u64,
    ) {
        let from = self.program_names.get(wanted).copied().unwrap_or(2);
        let taken = |name: &str| self.program_names.contains(name);
        let (name, next) = unique(wanted, from, taken);
        // The number to try next stands with the name that was wanted: a thousand clients are named at once.
        self.program_names.insert(name.as_str().into(), 2);
        self.program_names.insert(wanted.into(), next);
        self.programs.insert(
            id,
            Arc::new(Program {
                id,
                name,
                role,
                threading,
                threading_since: since,
                selects: Vec::new(),
                queued: Vec::new(),
            }),
        );
    }

    pub(in crate::model) fn set_threading(
        &mut self,
        id: ProgramId,
        threading: Threading,
        since: u64,
    ) {
        if let Some(program) = self.programs.get_mut(&id).map(Arc::make_mut) {
            program.threading = threading;
            program.threading_since = since;
        }
    }

    pub(in crate::model) fn add_thread(
        &mut self,
        id: ThreadId,
        program: ProgramId,
        name: Arc<str>,
    ) {
        self.threads.insert(
            id,
            Thread {
                id,
                program,
                name,
                panicked: None,
            },
        );
    }

    /// A thread panicked: the calls it was in have been broken off, and what is queued on it is never made.
    pub(in crate::model) fn panicked(
        &mut self,
        id: ThreadId,
        message: Arc<str>,
        broken_off: &[Arc<Started>],
    ) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.panicked = Some(message);
        }
        for (call, _) in self.queued.clone().iter().filter(|(_, (_, on))| *on == id) {
            self.withdraw(*call);
        }
        for started in broken_off {
            if let Some(socket) = started.socket.and_then(|id| self.get_mut(id)) {
                take_out(&mut socket.waiting, started.id);
            } else if let Some(program) = self.program_mut(started.program) {
                program
                    .selects
                    .retain(|select| select.pending.id != started.id);
            }
        }
    }

    fn program_mut(&mut self, id: ProgramId) -> Option<&mut Program> {
        self.programs.get_mut(&id).map(Arc::make_mut)
    }

    /// How many calls are queued behind others.
    pub fn queued(&self) -> usize {
        self.queued.len()
    }

    /// Whether a call is queued behind another.
    pub(in crate::model) fn is_queued(&self, id: CallId) -> bool {
        self.queued.contains(&id)
    }

    pub(in crate::model) fn queue(&mut self, socket: Option<SocketId>, pending: Pending) {
        // A thread that somebody queues on was told of when it got its first call.
        if socket.is_none() && pending.method != Method::Select {
            return;
        }
        let was_queued = self.queued.contains(&pending.id);
        let Some(queued) = self.queue_of(socket, pending.thread) else {
            return;
        };
        // A call that moved to another queue has changed its thread only.
        let mut there = queued.iter_mut().rev().filter(|_| was_queued);
        match there.find(|other| other.id == pending.id) {
            Some(there) => *there = pending,
            None => queued.push(pending),
        }
        self.queued.insert(pending.id, (socket, pending.thread));
    }

    /// Where calls queue: on their socket; those of several, with the program of their thread.
    fn queue_of(
        &mut self,
        socket: Option<SocketId>,
        thread: ThreadId,
    ) -> Option<&mut Vec<Pending>> {
        if let Some(id) = socket {
            return self.get_mut(id).map(|socket| &mut socket.queued);
        }
        let program = self.threads.get(&thread)?.program;
        self.program_mut(program).map(|program| &mut program.queued)
    }

    pub(in crate::model) fn withdraw(&mut self, id: CallId) {
        if let Some((socket, thread)) = self.queued.remove(&id)
            && let Some(queued) = self.queue_of(socket, thread)
        {
            take_out(queued, id);
        }
    }

    pub(super) fn start_select(&mut self, started: &Started) {
        if let Call::Select { watched, timeout } = &started.call
            && let Some(program) = self.programs.get_mut(&started.program)
        {
            let program = Arc::make_mut(program);
            if self.queued.remove(&started.id).is_some() {
                take_out(&mut program.queued, started.id);
            }
            program.selects.push(Selecting {
                pending: Pending {
                    id: started.id,
                    method: Method::Select,
                    thread: started.thread,
                    since: Some(started.stamp),
                },
                watched: Arc::clone(watched),
                timeout: *timeout,
            });
        }
    }

    pub(super) fn end_select(&mut self, started: &Started, ended: &Ended) {
        if started.call.method() == Method::Select
            && let Some(program) = self.programs.get_mut(&started.program)
        {
            let selects = &mut Arc::make_mut(program).selects;
            selects.retain(|select| select.pending.id != ended.id);
        }
    }
}
