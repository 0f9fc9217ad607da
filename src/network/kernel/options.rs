//! `getsockopt` and `setsockopt` with plain values: rustix takes switches as bool and would hide what a learner
//! sets them to, and it has neither `TCP_INFO` nor `SO_MEMINFO`.
#![allow(
    unsafe_code,
    reason = "rustix has no function for an option by its number"
)]

use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::io::Errno;

use crate::model::call::SocketOption;

/// Level and name of an option, as the C library has them.
pub(super) fn numbers(option: SocketOption) -> (libc::c_int, libc::c_int) {
    match option {
        SocketOption::ReuseAddress => (libc::SOL_SOCKET, libc::SO_REUSEADDR),
        SocketOption::ReceiveBuffer => (libc::SOL_SOCKET, libc::SO_RCVBUF),
        SocketOption::SendBuffer => (libc::SOL_SOCKET, libc::SO_SNDBUF),
        SocketOption::NoDelay => (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        SocketOption::Broadcast => (libc::SOL_SOCKET, libc::SO_BROADCAST),
        SocketOption::Linger => (libc::SOL_SOCKET, libc::SO_LINGER),
    }
}

/// `setsockopt(2)` with an int; `SO_LINGER` is switched on by a second one before it (`struct linger`, man 7 socket).
pub(super) fn set(fd: BorrowedFd<'_>, option: SocketOption, value: i32) -> Result<(), Errno> {
    set_number(fd.as_raw_fd(), option, value)
}

/// `getsockopt(2)` of an int.
pub(super) fn get(fd: BorrowedFd<'_>, option: SocketOption) -> Result<i32, Errno> {
    get_number(fd.as_raw_fd(), option)
}

/// As [`set`], for a number that need not be a descriptor.
pub(super) fn set_number(fd: libc::c_int, option: SocketOption, value: i32) -> Result<(), Errno> {
    let (level, name) = numbers(option);
    let pair: [libc::c_int; 2] = [1, value];
    let numbers = match option {
        SocketOption::Linger => &pair[..],
        _ => &pair[1..],
    };
    // SAFETY: the kernel reads as many bytes as `numbers` has, which lives through the call.
    let answer = unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            numbers.as_ptr().cast(),
            size_of_val(numbers) as libc::socklen_t,
        )
    };
    check(answer)
}

/// As [`get`], for a number that need not be a descriptor.
pub(super) fn get_number(fd: libc::c_int, option: SocketOption) -> Result<i32, Errno> {
    let (level, name) = numbers(option);
    let mut value = [0_u8; size_of::<libc::c_int>()];
    get_bytes(fd, level, name, &mut value)?;
    Ok(i32::from_ne_bytes(value))
}

/// Any option's bytes; returns how many the kernel wrote.
pub(super) fn get_bytes(
    fd: libc::c_int,
    level: libc::c_int,
    name: libc::c_int,
    into: &mut [u8],
) -> Result<usize, Errno> {
    let mut len = libc::socklen_t::try_from(into.len()).map_err(|_| Errno::INVAL)?;
    // SAFETY: the kernel writes at most `len` bytes to `into`, which is that long and borrowed for the call.
    let answer =
        unsafe { libc::getsockopt(fd, level, name, into.as_mut_ptr().cast(), &raw mut len) };
    check(answer)?;
    Ok(len as usize)
}

/// What a C call's answer says: 0, or −1 with the errno.
pub(super) fn check(answer: libc::c_int) -> Result<(), Errno> {
    if answer == -1 {
        Err(last_error())
    } else {
        Ok(())
    }
}

/// This thread's errno.
pub(super) fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}
