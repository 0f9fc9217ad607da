//! The row of a `select`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::cell::InFlight;
use super::super::{closed, select};
use super::Making;
use crate::model::call::{Call, Outcome, SocketId, SocketLists, Value};
use crate::model::event::Note;

impl Making<'_> {
    /// `select`, on all its sockets at once. Each stays open until it has returned.
    ///
    /// Python refuses a closed socket before it asks the system (its descriptor −1 fits no set), and so does this. One
    /// whose close is under way counts as closed: to wait here for its end, holding others open, could be for ever.
    pub(super) fn select(&self, call: &Call, watched: &SocketLists, timeout: Option<Duration>) {
        let cells = self.job.watched.as_deref().unwrap_or_default();
        let users: Vec<(SocketId, InFlight<'_>)> = cells
            .iter()
            .filter_map(|cell| Some((cell.id, cell.try_enter()?)))
            .collect();
        let open = |id: SocketId| {
            let (_, user) = users.iter().find(|(socket, _)| *socket == id)?;
            Some((id, user.descriptor()?))
        };
        let list = |ids: &[SocketId]| ids.iter().map(|id| open(*id)).collect::<Option<Vec<_>>>();
        let sets = match watched.lists().map(list) {
            [Some(read), Some(write), Some(except)] => Some([read, write, except]),
            _ => None,
        };
        let told = sets.is_some() && call.waits_in_any_mode();
        let row = self.enter(call, None, None, told);
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let answer = match &sets {
            Some(sets) => self.insist(|| {
                let ready = select::select(sets, deadline)?;
                Ok(Value::Ready(Arc::new(ready)))
            }),
            None => self.insist(|| closed::make(call)),
        };
        let mut ended = self.judge(call, 0, answer, None);
        if ended.outcome == Outcome::Interrupted {
            let closing = watched.sockets().into_iter();
            let mut closing = closing.filter(|id| self.shared.is_closing(*id));
            ended.note = closing.next().map(|socket| Note::EndedByClose { socket });
        }
        self.end(row, ended);
    }
}
