//! The calls that are in their system call.

use std::sync::Arc;

use crate::model::call::{CallId, ThreadId};
use crate::model::chunks::Sorted;
use crate::model::event::Started;

use super::RowNumber;

/// Calls under way, by their ids and by their rows. Copies share what has not changed since.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    calls: Sorted<CallId, (RowNumber, Arc<Started>)>,
    rows: Sorted<RowNumber, CallId>,
}

impl Open {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn insert(&mut self, number: RowNumber, started: Arc<Started>) {
        self.rows.insert(number, started.id);
        self.calls.insert(started.id, (number, started));
    }

    pub(super) fn remove(&mut self, id: CallId) -> Option<(RowNumber, Arc<Started>)> {
        let (number, started) = self.calls.remove(&id)?;
        self.rows.remove(&number);
        Some((number, started))
    }

    /// The row of a call.
    pub(super) fn row(&self, id: CallId) -> Option<RowNumber> {
        self.calls.get(&id).map(|(number, _)| *number)
    }

    /// The call of a row.
    pub(super) fn call(&self, number: RowNumber) -> Option<CallId> {
        self.rows.get(&number).copied()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = RowNumber> {
        self.rows.keys().copied()
    }

    /// The calls that a thread is in.
    pub(super) fn of_thread(&self, thread: ThreadId) -> Vec<CallId> {
        let all = self.calls.values().map(|(_, started)| started);
        all.filter(|started| started.thread == thread)
            .map(|started| started.id)
            .collect()
    }
}
