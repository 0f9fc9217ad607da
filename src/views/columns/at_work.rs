//! In a lesson: which sockets its step is about, and which columns can fold so that these fit.
//!
//! What folds depends only on the lesson's step, on what there is, and on the room: so Back shows what was shown.

use std::collections::{BTreeSet, HashMap};

use crate::model::call::SocketId;
use crate::model::socket::Socket;
use crate::script::ast::{Action, Invocation, Statement};
use crate::views::Shown;
use crate::views::lessons::LessonShown;

/// So many of the last steps are still looked at.
const RECENT: usize = 3;

/// What a lesson does with each socket, round its step.
#[derive(Debug, Default)]
pub(super) struct AtWork {
    /// The sockets of the step taken last and of the next one, and those they talk to: in this order.
    pub(super) now: Vec<SocketId>,
    /// The sockets of the last few steps.
    recent: BTreeSet<SocketId>,
    /// In how many steps each comes again, at the earliest.
    next: HashMap<SocketId, usize>,
}

impl AtWork {
    /// What the open lesson is about.
    pub(super) fn of(lesson: &LessonShown<'_>, shown: &Shown<'_>) -> Self {
        let mut work = Self::default();
        let statements = &lesson.lesson.script.statements;
        let named = |index: usize| {
            let statement = statements.get(index);
            statement.map_or_else(Vec::new, |statement| sockets_of(statement, shown))
        };
        let here = [lesson.step.checked_sub(1), Some(lesson.step)];
        let here: Vec<SocketId> = here.into_iter().flatten().flat_map(named).collect();
        let others = here.iter().flat_map(|id| others_of(*id, shown));
        for id in here.iter().copied().chain(others) {
            if !work.now.contains(&id) {
                work.now.push(id);
            }
        }
        for index in lesson.step.saturating_sub(RECENT)..lesson.step {
            work.recent.extend(with_others(named(index), shown));
        }
        for index in lesson.step..statements.len() {
            for id in with_others(named(index), shown) {
                work.next.entry(id).or_insert(index - lesson.step);
            }
        }
        work
    }

    /// The sockets that can do without their card, the best first: those the lesson is over with, then those of the
    /// last steps, then those that come again latest.
    pub(super) fn spare<'a>(&self, sockets: impl Iterator<Item = &'a Socket>) -> Vec<SocketId> {
        let spare = sockets.filter(|socket| !self.now.contains(&socket.id));
        let mut spare: Vec<&Socket> = spare.collect();
        spare.sort_by_key(|socket| {
            let next = self.next.get(&socket.id);
            let is_recent = self.recent.contains(&socket.id);
            let later = std::cmp::Reverse(next.copied());
            (
                next.is_some(),
                is_recent,
                later,
                !socket.is_closed(),
                socket.id,
            )
        });
        spare.into_iter().map(|socket| socket.id).collect()
    }
}

/// The sockets that a statement names, and those it gave a name.
fn sockets_of(statement: &Statement, shown: &Shown<'_>) -> Vec<SocketId> {
    let names = match &statement.action {
        Action::Call {
            invocation: Invocation::Select { lists, .. },
            ..
        } => lists.names(),
        Action::Call { on, .. } => on.iter().collect(),
        Action::Interrupt { name } => vec![name],
        Action::Relay(order) => vec![&order.name],
        Action::Sleep { .. } | Action::Look => Vec::new(),
    };
    let names = names.into_iter().chain(&statement.targets);
    let sockets = shown.recording.sockets();
    let found = names.filter_map(|name| sockets.named(name));
    found.map(|socket| socket.id).collect()
}

/// Whom a socket talks to: its other end, or the listener that its connection waits for.
fn others_of(id: SocketId, shown: &Shown<'_>) -> Vec<SocketId> {
    let sockets = shown.recording.sockets();
    let other = shown.flow().partner(id).or_else(|| {
        let socket = sockets.get(id)?;
        let other = sockets.other_end(socket).or_else(|| {
            let target = socket.target.or(socket.peer)?;
            sockets.at(&target, socket.protocol)
        });
        Some(other?.id)
    });
    other.into_iter().collect()
}

fn with_others(ids: Vec<SocketId>, shown: &Shown<'_>) -> Vec<SocketId> {
    let others: Vec<SocketId> = ids.iter().flat_map(|id| others_of(*id, shown)).collect();
    ids.into_iter().chain(others).collect()
}
