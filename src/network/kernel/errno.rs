//! This system's error numbers as the model's, which are Linux's.

use crate::model::errno::Errno;

/// The model's name for an error of this system.
#[cfg(target_os = "linux")]
pub(super) fn of(error: rustix::io::Errno) -> Errno {
    // Linux numbers end at 133 on every architecture that Rust's std supports.
    Errno(u16::try_from(error.raw_os_error()).unwrap_or_default())
}

/// The model's name for an error of this system; unknown ones keep their number, moved out of Linux's range.
#[cfg(not(target_os = "linux"))]
pub(super) fn of(error: rustix::io::Errno) -> Errno {
    const UNKNOWN: u16 = 1000;
    let number = error.raw_os_error();
    let known = [
        (libc::EPERM, Errno::EPERM),
        (libc::EINTR, Errno::EINTR),
        (libc::EIO, Errno::EIO),
        (libc::EBADF, Errno::EBADF),
        (libc::EAGAIN, Errno::EAGAIN),
        (libc::ENOMEM, Errno::ENOMEM),
        (libc::EACCES, Errno::EACCES),
        (libc::EFAULT, Errno::EFAULT),
        (libc::EINVAL, Errno::EINVAL),
        (libc::ENFILE, Errno::ENFILE),
        (libc::EMFILE, Errno::EMFILE),
        (libc::EPIPE, Errno::EPIPE),
        (libc::ENOTSOCK, Errno::ENOTSOCK),
        (libc::EDESTADDRREQ, Errno::EDESTADDRREQ),
        (libc::EMSGSIZE, Errno::EMSGSIZE),
        (libc::EPROTOTYPE, Errno::EPROTOTYPE),
        (libc::ENOPROTOOPT, Errno::ENOPROTOOPT),
        (libc::EPROTONOSUPPORT, Errno::EPROTONOSUPPORT),
        (libc::EOPNOTSUPP, Errno::EOPNOTSUPP),
        (libc::ENOTSUP, Errno::EOPNOTSUPP),
        (libc::EAFNOSUPPORT, Errno::EAFNOSUPPORT),
        (libc::EADDRINUSE, Errno::EADDRINUSE),
        (libc::EADDRNOTAVAIL, Errno::EADDRNOTAVAIL),
        (libc::ENETDOWN, Errno::ENETDOWN),
        (libc::ENETUNREACH, Errno::ENETUNREACH),
        (libc::ECONNABORTED, Errno::ECONNABORTED),
        (libc::ECONNRESET, Errno::ECONNRESET),
        (libc::ENOBUFS, Errno::ENOBUFS),
        (libc::EISCONN, Errno::EISCONN),
        (libc::ENOTCONN, Errno::ENOTCONN),
        (libc::ETIMEDOUT, Errno::ETIMEDOUT),
        (libc::ECONNREFUSED, Errno::ECONNREFUSED),
        (libc::EHOSTDOWN, Errno::EHOSTDOWN),
        (libc::EHOSTUNREACH, Errno::EHOSTUNREACH),
        (libc::EALREADY, Errno::EALREADY),
        (libc::EINPROGRESS, Errno::EINPROGRESS),
    ];
    known
        .into_iter()
        .find(|(system, _)| *system == number)
        .map_or_else(
            || Errno(UNKNOWN.saturating_add(u16::try_from(number).unwrap_or_default())),
            |(_, errno)| errno,
        )
}
