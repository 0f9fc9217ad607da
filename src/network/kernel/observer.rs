//! What the kernel says of each socket.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use super::cell::Cell;
use super::syscalls;

/// Both ends of a connection, to find it again after its descriptor is closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Ends {
    /// Those of a connected socket.
    pub(super) fn of(descriptor: &OwnedFd) -> Option<Self> {
        Some(Self {
            local: syscalls::local_address(descriptor.as_fd()).ok()?,
            peer: syscalls::peer_address(descriptor.as_fd()).ok()?,
        })
    }
}

/// Looks at sockets.
#[derive(Debug)]
pub(super) struct Observer;

impl Observer {
    pub(super) fn look(&self, cell: &Arc<Cell>) {
        let _ = (self, cell);
    }

    pub(super) fn closed(&self, cell: &Arc<Cell>, ends: Option<Ends>) {
        let _ = (self, cell, ends.map(|ends| (ends.local, ends.peer)));
    }
}
