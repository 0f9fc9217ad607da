//! Ending the wait of a call without touching its socket: a signal to the thread that makes it.
//!
//! The handler does nothing and is installed without `SA_RESTART`, so the system call returns EINTR (or a send's
//! short count). One signal can be lost when it lands just before the thread enters the kernel: it is sent again
//! each millisecond until the thread says that the call has ended.
//!
//! The signal is SIGURG. Its default is to be ignored, so that one too many can't end the program; it does not pile
//! up as real-time signals do; debuggers pass it on; and nobody else sends it: it tells of out-of-band data, and
//! only to a process that asked with `F_SETOWN`.
#![allow(
    unsafe_code,
    reason = "rustix can neither install a signal handler nor signal one thread"
)]

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;
use std::time::Duration;

use super::lock;
use super::worker::Lane;
use crate::model::call::CallId;

const SIGNAL: libc::c_int = libc::SIGURG;

/// How long a thread has to acknowledge before it is signalled again.
const AGAIN: Duration = Duration::from_millis(1);

extern "C" fn nothing(_signal: libc::c_int) {}

/// Installs the handler whose only effect is that a system call ends with EINTR (`man 7 signal`).
pub(super) fn install() -> io::Result<()> {
    // SAFETY: all bytes zero is a valid sigaction: no flags (so no SA_RESTART), an empty mask. The handler is a
    // function that does nothing, which is safe at any moment.
    let answer = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = nothing as extern "C" fn(libc::c_int) as libc::sighandler_t;
        libc::sigemptyset(&raw mut action.sa_mask);
        libc::sigaction(SIGNAL, &raw const action, std::ptr::null_mut())
    };
    if answer == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A running thread, as something to signal.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThreadHandle(libc::pthread_t);

// Not every system's pthread_t is a number: where it is a pointer, it still only names the thread.
// SAFETY: POSIX lets any thread of the process use a pthread_t.
unsafe impl Send for ThreadHandle {}

impl ThreadHandle {
    /// The calling thread.
    pub(super) fn current() -> Self {
        // SAFETY: has no precondition.
        Self(unsafe { libc::pthread_self() })
    }

    /// Signals the thread, which must not have ended: the caller holds the lock under which it would say so.
    pub(super) fn signal(self) {
        // SAFETY: the thread lives, see above. An error (it can only be EINVAL or ESRCH) changes nothing.
        unsafe { libc::pthread_kill(self.0, SIGNAL) };
    }
}

/// The thread that repeats signals until they are acknowledged; asleep while there is nothing to end.
#[derive(Debug)]
pub(super) struct Stopper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    targets: Vec<(Arc<Lane>, CallId)>,
    quit: bool,
}

impl Stopper {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let stopper = Arc::new(Self {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&stopper);
        Builder::new()
            .name("sockeye-stop".to_owned())
            .stack_size(super::STACK)
            .spawn(move || own.run())?;
        Ok(stopper)
    }

    /// Sees to it that this call's system call ends.
    pub(super) fn stop(&self, lane: Arc<Lane>, call: CallId) {
        lock(&self.state).targets.push((lane, call));
        self.changed.notify_one();
    }

    /// Ends the thread.
    pub(super) fn quit(&self) {
        lock(&self.state).quit = true;
        self.changed.notify_one();
    }

    fn run(&self) {
        let mut state = lock(&self.state);
        while !state.quit {
            state.targets.retain(|(lane, call)| lane.signal(*call));
            state = if state.targets.is_empty() {
                super::wait(&self.changed, state)
            } else {
                super::wait_for(&self.changed, state, AGAIN)
            };
        }
    }
}
