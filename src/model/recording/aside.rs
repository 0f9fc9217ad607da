//! What happened that is neither call nor observation: programs and threads, and what queues.
//!
//! It makes no row, but the past is not whole without it.

use std::sync::Arc;

use crate::model::call::{CallId, Method, ProgramId, SocketId, ThreadId};
use crate::model::event::{Event, Role, Stamp, Started, Threading};
use crate::model::socket::Pending;

use super::{Recording, RowNumber};

/// Such a happening, and its place in the order of things.
#[derive(Clone, Debug)]
pub(super) struct Aside {
    /// After the fact of this sequence number; a network tells no number of what queues.
    pub(super) seq: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Program(ProgramId, Arc<str>, Role, Threading),
    Threading(ProgramId, Threading),
    Thread(ThreadId, ProgramId, Arc<str>),
    Queued(CallId, Option<SocketId>, Method, ThreadId),
    Withdrawn(CallId),
    /// A queued call has entered its system call: the row it made.
    Entered(CallId, RowNumber),
    Panicked(Stamp, ThreadId, Arc<str>),
}

impl Aside {
    /// The happening that an event tells of, after the fact `last`; `None` of calls, observations and players.
    pub(super) fn of(event: Event, last: u64) -> Option<Self> {
        let (seq, what) = match event {
            Event::ProgramAdded {
                stamp,
                program,
                name,
                role,
                threading,
            } => (stamp.seq, What::Program(program, name, role, threading)),
            Event::ThreadingChanged {
                stamp,
                program,
                threading,
            } => (stamp.seq, What::Threading(program, threading)),
            Event::ThreadStarted {
                stamp,
                thread,
                program,
                name,
            } => (stamp.seq, What::Thread(thread, program, name)),
            Event::Queued {
                id,
                socket,
                method,
                thread,
            } => (last, What::Queued(id, socket, method, thread)),
            Event::Withdrawn { id } => (last, What::Withdrawn(id)),
            Event::WorkerPanicked {
                stamp,
                thread,
                message,
            } => (stamp.seq, What::Panicked(stamp, thread, message)),
            Event::Started(_)
            | Event::Ended(_)
            | Event::Made(..)
            | Event::Folded(_)
            | Event::Observed { .. }
            | Event::Room
            | Event::Player { .. } => return None,
        };
        Some(Self { seq, what })
    }
}

impl Recording {
    /// Takes in what makes no row, and remembers it for the past.
    pub(super) fn pass_by(&mut self, aside: Aside) {
        self.last_seq = self.last_seq.max(aside.seq);
        self.happen(&aside.what, aside.seq);
        self.asides.push(aside, self.limits.observations);
    }

    /// What it changes, at that place in the order of things.
    pub(super) fn happen(&mut self, what: &What, seq: u64) {
        let sockets = &mut self.sockets;
        match what {
            What::Program(program, name, role, threading) => {
                sockets.add_program(*program, name, *role, *threading, seq);
            }
            What::Threading(program, threading) => sockets.set_threading(*program, *threading, seq),
            What::Thread(thread, program, name) => {
                sockets.add_thread(*thread, *program, Arc::clone(name));
            }
            What::Queued(id, socket, method, thread) => {
                let pending = Pending {
                    id: *id,
                    method: *method,
                    thread: *thread,
                    since: None,
                };
                sockets.queue(*socket, pending);
            }
            What::Withdrawn(id) => sockets.withdraw(*id),
            What::Entered(..) => {}
            What::Panicked(stamp, thread, message) => {
                self.seen(*stamp);
                self.panicked(*thread, message);
            }
        }
    }

    /// A call enters its system call. One that was queued has a name by which it left the queue.
    pub(super) fn note_entry(&mut self, started: &Started, number: RowNumber) {
        if self.sockets.is_queued(started.id) {
            let seq = started.stamp.seq;
            let what = What::Entered(started.id, number);
            self.pass_by(Aside { seq, what });
        }
    }

    fn panicked(&mut self, thread: ThreadId, message: &Arc<str>) {
        let mut broken_off = Vec::new();
        for id in self.open.of_thread(thread) {
            if let Some((number, started)) = self.open.remove(id) {
                if self.cut.is_none() {
                    self.rows.abandon(number);
                }
                broken_off.push(started);
            }
        }
        let message = Arc::clone(message);
        self.sockets.panicked(thread, message, &broken_off);
    }
}
