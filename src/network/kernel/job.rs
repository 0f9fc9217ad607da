//! One submitted call, on its way to a thread.
#![allow(
    clippy::similar_names,
    reason = "a call on a cell: both words are meant"
)]

use std::sync::Arc;

use super::cell::Cell;
use crate::model::call::{Call, CallId, SocketId};
use crate::network::ThreadChoice;

/// One submitted call, on its way to a thread.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: CallId,
    /// What is asked for.
    pub(super) task: Task,
    /// The socket it is on; `None` for `socket()`.
    pub(super) socket: Option<SocketId>,
    /// That socket's cell; `None` for `socket()`, and where there never was such a socket.
    pub(super) cell: Option<Arc<Cell>>,
    /// For a `select` the cells of the sockets it watches, but for those that are closed; `None` for any other call.
    pub(super) watched: Option<Arc<[Arc<Cell>]>>,
    pub(super) name: Option<Arc<str>>,
    pub(super) line: Option<u32>,
    pub(super) at_end: bool,
    /// Who was asked to make it.
    pub(super) thread: ThreadChoice,
}

/// What a thread is asked to do.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// A call.
    Make(Call),
    /// To panic, so that a test can see what comes of it.
    Panic,
}

impl Job {
    /// Whether its system call may wait, as far as can be told now.
    pub(super) fn may_wait(&self) -> bool {
        match (&self.task, &self.cell) {
            (Task::Make(call), _) if call.waits_in_any_mode() => true,
            (Task::Make(call), Some(cell)) => call.method().can_wait() && cell.is_blocking(),
            _ => false,
        }
    }

    /// Whether it is on that socket, alone or with others.
    pub(super) fn is_on(&self, socket: SocketId) -> bool {
        self.socket == Some(socket) || watches(self.watched.as_deref(), socket)
    }

    pub(super) fn never_queues(&self) -> bool {
        matches!(&self.task, Task::Make(call) if call.method().never_queues())
    }
}

/// Whether the socket is one of those a `select` watches.
pub(super) fn watches(watched: Option<&[Arc<Cell>]>, socket: SocketId) -> bool {
    watched.is_some_and(|cells| cells.iter().any(|cell| cell.id == socket))
}
