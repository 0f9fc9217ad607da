//! Programs and their threads, and the calls of each that are on no single socket.

use std::sync::Arc;
use std::time::Duration;

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
        let taken = |name: &str| self.program_names.contains_key(name);
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

    pub(in crate::model) fn panicked(&mut self, id: ThreadId, message: Arc<str>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.panicked = Some(message);
        }
        for socket in self.sockets.values_mut() {
            let pending = |socket: &Socket| [&socket.waiting, &socket.queued].map(Vec::len);
            if pending(socket) != [0, 0] {
                let socket = Arc::make_mut(socket);
                socket.waiting.retain(|pending| pending.thread != id);
                socket.queued.retain(|pending| pending.thread != id);
            }
        }
        for program in self.programs.values_mut() {
            if !(program.selects.is_empty() && program.queued.is_empty()) {
                let program = Arc::make_mut(program);
                program.selects.retain(|select| select.pending.thread != id);
                program.queued.retain(|pending| pending.thread != id);
            }
        }
    }

    pub(in crate::model) fn queue(&mut self, socket: Option<SocketId>, pending: Pending) {
        let queued = match socket {
            Some(id) => self.get_mut(id).map(|socket| &mut socket.queued),
            // A thread that somebody queues on was told of when it got its first call.
            None if pending.method == Method::Select => self
                .threads
                .get(&pending.thread)
                .and_then(|thread| self.programs.get_mut(&thread.program))
                .map(|program| &mut Arc::make_mut(program).queued),
            None => None,
        };
        let Some(queued) = queued else {
            return;
        };
        // A call that moved to another queue has changed its thread only.
        match queued.iter_mut().find(|other| other.id == pending.id) {
            Some(there) => *there = pending,
            None => queued.push(pending),
        }
    }

    pub(in crate::model) fn withdraw(&mut self, id: CallId) {
        for socket in self.sockets.values_mut() {
            if socket.queued.iter().any(|pending| pending.id == id) {
                let queued = &mut Arc::make_mut(socket).queued;
                queued.retain(|pending| pending.id != id);
            }
        }
        for program in self.programs.values_mut() {
            if program.queued.iter().any(|pending| pending.id == id) {
                let queued = &mut Arc::make_mut(program).queued;
                queued.retain(|pending| pending.id != id);
            }
        }
    }

    pub(super) fn start_select(&mut self, started: &Started) {
        if let Call::Select { watched, timeout } = &started.call
            && let Some(program) = self.programs.get_mut(&started.program)
        {
            let program = Arc::make_mut(program);
            program.queued.retain(|pending| pending.id != started.id);
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
