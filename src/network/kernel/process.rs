//! What is set once for the whole program: the descriptor limit, SIGPIPE, when memory goes back, and what Ctrl-C does.
#![allow(unsafe_code, reason = "rustix can't install a signal handler")]

use std::io::{self, Read};
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::Builder;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit of open descriptors to the hard one: desktops commonly start programs with 1,024.
///
/// Beyond it `socket()` and `accept()` fail with EMFILE, which is a row like any other. Returns the limit now in
/// force; `None` when there is none.
pub fn raise_descriptor_limit() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Refused at worst (macOS has a further limit of its own): then the old one stays.
    setrlimit(Resource::Nofile, limit).ok();
    getrlimit(Resource::Nofile).current
}

/// Makes a write to a closed pipe or connection an EPIPE instead of the program's end.
///
/// Rust's runtime does so before `main`; this holds also where the library is called from elsewhere.
pub fn ignore_sigpipe() {
    // SAFETY: SIG_IGN runs no code of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

/// Has buffers of a megabyte and more go back to the system as soon as they are no longer used.
///
/// glibc learns from the first large one that is freed to keep the next, up to 32 MiB for each of its arenas, which
/// threads take by turns (`man 3 mallopt`): sends of some megabytes from many sockets would pile up hundreds.
pub fn give_large_buffers_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (what, bytes) in [
        (libc::M_MMAP_THRESHOLD, 1024 * 1024),
        // What smaller ones leave free at the end of an arena is kept up to here, for the next call.
        (libc::M_TRIM_THRESHOLD, 2 * 1024 * 1024),
    ] {
        // SAFETY: it takes two integers, and may be called at any time.
        unsafe { libc::mallopt(what, bytes) };
    }
}

/// The pipe's end that the handler writes to; −1 while there is none.
static PIPE: AtomicI32 = AtomicI32::new(-1);

extern "C" fn tell(_signal: libc::c_int) {
    let byte = 1_u8;
    // SAFETY: the pointer to errno is the interrupted thread's own and valid while it lives; write(2) may be called in
    // a signal handler; the pointer is to a byte on this stack.
    unsafe {
        // The thread may be about to read what its own call left there.
        let errno = errno_place();
        let before = *errno;
        libc::write(PIPE.load(Ordering::Relaxed), (&raw const byte).cast(), 1);
        *errno = before;
    }
}

/// Where this thread's `errno` lies.
fn errno_place() -> *mut libc::c_int {
    // SAFETY: it takes nothing, only answers a pointer, and may be called in a signal handler.
    #[cfg(target_os = "linux")]
    let place = unsafe { libc::__errno_location() };
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    let place = unsafe { libc::__error() };
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    let place = unsafe { libc::__errno() };
    place
}

/// Calls `then` on a thread of its own at the first Ctrl-C (SIGINT) or SIGTERM. A second one ends the program.
///
/// # Errors
///
/// When the pipe, the handler or the thread can't be made.
pub fn on_interrupt(then: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (mut reader, writer) = io::pipe()?;
    // The handler may run at any moment until the program ends: its end of the pipe stays open as long.
    PIPE.store(writer.into_raw_fd(), Ordering::Relaxed);
    Builder::new()
        .name("sockeye-ctrl-c".to_owned())
        .stack_size(super::STACK)
        .spawn(move || {
            if reader.read_exact(&mut [0]).is_ok() {
                then();
            }
        })?;
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: all bytes zero is a valid sigaction; the handler only writes a byte. SA_RESETHAND gives the
        // second Ctrl-C its usual effect, SA_RESTART leaves the calls of other threads alone.
        let answer = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = tell as extern "C" fn(libc::c_int) as libc::sighandler_t;
            action.sa_flags = libc::SA_RESETHAND | libc::SA_RESTART;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(signal, &raw const action, std::ptr::null_mut())
        };
        if answer == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// This system, as the header of a recording names it: `linux 6.18.44 x86_64`.
pub(super) fn platform() -> String {
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    // What `uname -r` prints; only Linux has the file.
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    match release.trim() {
        "" => format!("{system} {machine}"),
        release => format!("{system} {release} {machine}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_leaves_errno_as_it_was() {
        // Nothing here installs the handler: it writes to no pipe, and its write fails with EBADF.
        assert_eq!(PIPE.load(Ordering::Relaxed), -1);
        // SAFETY: this thread's own.
        unsafe { *errno_place() = libc::EAGAIN };
        tell(libc::SIGINT);
        let left = io::Error::last_os_error();
        assert_eq!(left.raw_os_error(), Some(libc::EAGAIN));
    }
}
