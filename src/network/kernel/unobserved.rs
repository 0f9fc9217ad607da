//! The observer where there is no epoll: it tells nothing, and what the calls themselves answer is all there is.

use std::io;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::cell::Cell;
use super::clock::Clock;
use super::hub::Message;
use crate::model::call::SocketId;

/// Both ends of a connection, which nobody asks for here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends;

/// An observer that sees nothing.
#[derive(Debug)]
pub(super) struct Observer;

impl Observer {
    pub(super) fn start(_clock: Arc<Clock>, _hub: Sender<Message>) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn look(&self, cell: &Cell) {
        cell.dirty.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    pub(super) fn tell(&self, cell: &Cell) {
        self.look(cell);
    }

    pub(super) fn tell_closed(&self, _socket: SocketId) {}

    pub(super) fn ends(&self, _cell: &Cell) -> Option<Ends> {
        None
    }

    pub(super) fn closed(&self, _cell: &Cell, _ends: Option<Ends>) {}
}
