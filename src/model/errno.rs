//! Error numbers of socket calls: symbol, number on each system, Python exception, and plain words.

use std::fmt;

/// A system an error number can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows (Winsock).
    Windows,
}

/// An error of a socket call.
///
/// Identified by its Linux number whatever system it came from, so that recordings compare by symbol.
/// `EWOULDBLOCK` is [`Errno::EAGAIN`] and `ENOTSUP` is [`Errno::EOPNOTSUPP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(pub u16);

#[allow(missing_docs, reason = "each is the symbol of `man 3 errno`")]
impl Errno {
    pub const EPERM: Self = Self(1);
    pub const EINTR: Self = Self(4);
    pub const EIO: Self = Self(5);
    pub const EBADF: Self = Self(9);
    pub const EAGAIN: Self = Self(11);
    pub const ENOMEM: Self = Self(12);
    pub const EACCES: Self = Self(13);
    pub const EFAULT: Self = Self(14);
    pub const EINVAL: Self = Self(22);
    pub const ENFILE: Self = Self(23);
    pub const EMFILE: Self = Self(24);
    pub const EPIPE: Self = Self(32);
    pub const EDOM: Self = Self(33);
    pub const EPROTO: Self = Self(71);
    pub const ENOTSOCK: Self = Self(88);
    pub const EDESTADDRREQ: Self = Self(89);
    pub const EMSGSIZE: Self = Self(90);
    pub const EPROTOTYPE: Self = Self(91);
    pub const ENOPROTOOPT: Self = Self(92);
    pub const EPROTONOSUPPORT: Self = Self(93);
    pub const EOPNOTSUPP: Self = Self(95);
    pub const EAFNOSUPPORT: Self = Self(97);
    pub const EADDRINUSE: Self = Self(98);
    pub const EADDRNOTAVAIL: Self = Self(99);
    pub const ENETDOWN: Self = Self(100);
    pub const ENETUNREACH: Self = Self(101);
    pub const ECONNABORTED: Self = Self(103);
    pub const ECONNRESET: Self = Self(104);
    pub const ENOBUFS: Self = Self(105);
    pub const EISCONN: Self = Self(106);
    pub const ENOTCONN: Self = Self(107);
    pub const ETIMEDOUT: Self = Self(110);
    pub const ECONNREFUSED: Self = Self(111);
    pub const EHOSTDOWN: Self = Self(112);
    pub const EHOSTUNREACH: Self = Self(113);
    pub const EALREADY: Self = Self(114);
    pub const EINPROGRESS: Self = Self(115);
}

impl Errno {
    /// Told to come back later: EAGAIN, EINPROGRESS, and EALREADY of a connect still under way.
    pub fn is_would_block(self) -> bool {
        matches!(self, Self::EAGAIN | Self::EINPROGRESS | Self::EALREADY)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol())
    }
}

impl Errno {
    /// The symbol, as `ECONNREFUSED`; `errno 999` for a number without one here.
    pub fn symbol(self) -> String {
        SYMBOLS
            .iter()
            .find(|(_, errno)| *errno == self)
            .map_or_else(
                || format!("errno {}", self.0),
                |(symbol, _)| (*symbol).to_owned(),
            )
    }

    /// The errno of that symbol.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        SYMBOLS
            .iter()
            .find(|(known, _)| *known == symbol)
            .map(|(_, errno)| *errno)
    }
}

const SYMBOLS: &[(&str, Errno)] = &[
    ("EPERM", Errno::EPERM),
    ("EINTR", Errno::EINTR),
    ("EIO", Errno::EIO),
    ("EBADF", Errno::EBADF),
    ("EAGAIN", Errno::EAGAIN),
    ("ENOMEM", Errno::ENOMEM),
    ("EACCES", Errno::EACCES),
    ("EFAULT", Errno::EFAULT),
    ("EINVAL", Errno::EINVAL),
    ("ENFILE", Errno::ENFILE),
    ("EMFILE", Errno::EMFILE),
    ("EPIPE", Errno::EPIPE),
    ("EDOM", Errno::EDOM),
    ("EPROTO", Errno::EPROTO),
    ("ENOTSOCK", Errno::ENOTSOCK),
    ("EDESTADDRREQ", Errno::EDESTADDRREQ),
    ("EMSGSIZE", Errno::EMSGSIZE),
    ("EPROTOTYPE", Errno::EPROTOTYPE),
    ("ENOPROTOOPT", Errno::ENOPROTOOPT),
    ("EPROTONOSUPPORT", Errno::EPROTONOSUPPORT),
    ("EOPNOTSUPP", Errno::EOPNOTSUPP),
    ("EAFNOSUPPORT", Errno::EAFNOSUPPORT),
    ("EADDRINUSE", Errno::EADDRINUSE),
    ("EADDRNOTAVAIL", Errno::EADDRNOTAVAIL),
    ("ENETDOWN", Errno::ENETDOWN),
    ("ENETUNREACH", Errno::ENETUNREACH),
    ("ECONNABORTED", Errno::ECONNABORTED),
    ("ECONNRESET", Errno::ECONNRESET),
    ("ENOBUFS", Errno::ENOBUFS),
    ("EISCONN", Errno::EISCONN),
    ("ENOTCONN", Errno::ENOTCONN),
    ("ETIMEDOUT", Errno::ETIMEDOUT),
    ("ECONNREFUSED", Errno::ECONNREFUSED),
    ("EHOSTDOWN", Errno::EHOSTDOWN),
    ("EHOSTUNREACH", Errno::EHOSTUNREACH),
    ("EALREADY", Errno::EALREADY),
    ("EINPROGRESS", Errno::EINPROGRESS),
    ("EWOULDBLOCK", Errno::EAGAIN),
    ("ENOTSUP", Errno::EOPNOTSUPP),
];
