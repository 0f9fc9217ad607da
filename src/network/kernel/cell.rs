//! The cell a descriptor lives in: who may use it now, and the one who may close it.
//!
//! A descriptor is never closed under a call: Linux would give its number to the next socket while the call still
//! sits in the old one. So each call holds an [`InFlight`], and a close waits until none is left.

use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use super::lock;
use super::stream::{Moving, Stream};
use crate::model::call::{BlockingMode, Family, Method, ProgramId, Protocol, SocketId};

/// One socket, as the threads of the network share it.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) id: SocketId,
    pub(super) program: ProgramId,
    pub(super) family: Family,
    pub(super) protocol: Protocol,
    /// The other end, as accept told it.
    pub(super) accepted_from: Option<SocketAddr>,
    state: Mutex<State>,
    changed: Condvar,
    non_blocking: AtomicBool,
    /// Once a call moves bytes: of a crowd most do not yet.
    streams: OnceLock<Box<Streams>>,
    /// How often a call took something out of a queue, or put bytes of a stream into one, and was told of.
    moved: AtomicU64,
    /// Set while the observer has yet to look at the socket.
    pub(super) dirty: AtomicBool,
}

/// What went out, and what came in.
#[derive(Debug, Default)]
struct Streams {
    sent: Stream,
    received: Stream,
}

#[derive(Debug)]
struct State {
    descriptor: Option<Arc<OwnedFd>>,
    users: usize,
    closing: bool,
}

impl Cell {
    pub(super) fn new(
        id: SocketId,
        program: ProgramId,
        family: Family,
        protocol: Protocol,
        mode: BlockingMode,
        descriptor: OwnedFd,
        accepted_from: Option<SocketAddr>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            program,
            family,
            protocol,
            accepted_from,
            state: Mutex::new(State {
                descriptor: Some(Arc::new(descriptor)),
                users: 0,
                closing: false,
            }),
            changed: Condvar::new(),
            non_blocking: AtomicBool::new(mode == BlockingMode::NonBlocking),
            streams: OnceLock::new(),
            moved: AtomicU64::new(0),
            dirty: AtomicBool::new(false),
        })
    }

    /// Leave to use the descriptor for one call; `None` once it is closed.
    ///
    /// While a close is under way this waits for it: the call was asked for after it.
    pub(super) fn enter(&self) -> Option<InFlight<'_>> {
        let mut state = lock(&self.state);
        while state.closing && state.descriptor.is_some() {
            state = super::wait(&self.changed, state);
        }
        self.admit(&mut state)
    }

    /// As [`Cell::enter`], but `None` while a close is under way: for looks that nobody asked for.
    pub(super) fn try_enter(&self) -> Option<InFlight<'_>> {
        let mut state = lock(&self.state);
        if state.closing {
            return None;
        }
        self.admit(&mut state)
    }

    fn admit(&self, state: &mut State) -> Option<InFlight<'_>> {
        let descriptor = Some(Arc::clone(state.descriptor.as_ref()?));
        state.users += 1;
        Some(InFlight {
            cell: self,
            descriptor,
        })
    }

    /// From now on no further call gets in: a close is under way.
    pub(super) fn shut_door(&self) {
        lock(&self.state).closing = true;
    }

    /// Takes the descriptor out to close it, once no call uses it any more; `None` when somebody else did.
    ///
    /// After [`Cell::shut_door`].
    pub(super) fn take(&self) -> Option<OwnedFd> {
        let mut state = lock(&self.state);
        while state.users > 0 {
            state = super::wait(&self.changed, state);
        }
        let descriptor = state.descriptor.take();
        // Those who wait in `enter` go on: the number is no longer to be had.
        self.changed.notify_all();
        drop(state);
        descriptor.and_then(Arc::into_inner)
    }

    pub(super) fn is_blocking(&self) -> bool {
        !self.non_blocking.load(Ordering::Relaxed)
    }

    /// Makes the call that changes the mode. While it is under way the socket counts as blocking: a call beside it
    /// may say that it waits and not wait, but never wait unsaid.
    pub(super) fn change_mode<T, E>(
        &self,
        mode: BlockingMode,
        change: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        // One change at a time, so that what is stored last is what the kernel was told last.
        let state = lock(&self.state);
        let before = self.non_blocking.swap(false, Ordering::Relaxed);
        let answer = change();
        let after = match answer {
            Ok(_) => mode == BlockingMode::NonBlocking,
            Err(_) => before,
        };
        self.non_blocking.store(after, Ordering::Relaxed);
        drop(state);
        answer
    }

    /// The observer is not to look by itself, before anybody has asked about the socket: it counts as told already.
    pub(super) fn leave_alone(&self) {
        self.dirty.store(true, Ordering::Relaxed);
    }

    /// A call of that method is about to begin; `None` where it moves no bytes.
    pub(super) fn begin(&self, method: Method) -> Option<Moving<'_>> {
        let streams = || self.streams.get_or_init(Box::default);
        let stream = match method {
            method if method.sends() => &streams().sent,
            method if method.moves_data() => &streams().received,
            _ => return None,
        };
        Some(stream.begin())
    }

    /// A call that took bytes or a connection out of a queue, or sent bytes of a stream, has been told of.
    pub(super) fn count_moved(&self) {
        self.moved.fetch_add(1, Ordering::Release);
    }

    /// How many such calls have been told of.
    pub(super) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Acquire)
    }
}

/// Leave to use a descriptor: it stays open until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight<'a> {
    cell: &'a Cell,
    descriptor: Option<Arc<OwnedFd>>,
}

impl InFlight<'_> {
    /// The descriptor's number, for the row.
    pub(super) fn number(&self) -> i32 {
        self.descriptor.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// The descriptor itself.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.descriptor
            .as_ref()
            .map(|descriptor| descriptor.as_fd())
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        // Before the count says that nobody has it: whoever closes must hold the last reference.
        self.descriptor = None;
        let mut state = lock(&self.cell.state);
        state.users -= 1;
        if state.users == 0 && state.closing {
            self.cell.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_counts_as_blocking_while_its_mode_changes() {
        use BlockingMode::{Blocking, NonBlocking};
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (id, program) = (SocketId(1), ProgramId(1));
        let cell = Cell::new(
            id,
            program,
            Family::Ipv4,
            Protocol::Udp,
            Blocking,
            socket.into(),
            None,
        );
        for (mode, answer, blocks_after) in [
            (NonBlocking, Err(()), true),
            (NonBlocking, Ok(()), false),
            (Blocking, Err(()), false),
            (Blocking, Ok(()), true),
        ] {
            let change = || {
                assert!(cell.is_blocking(), "{mode:?} {answer:?}");
                answer
            };
            assert_eq!(cell.change_mode(mode, change), answer);
            assert_eq!(cell.is_blocking(), blocks_after, "{mode:?} {answer:?}");
        }
    }
}
