//! Error numbers of socket calls: symbol, number on each system, Python exception, and plain words.

use std::fmt;

mod facts;

use facts::{FACTS, Facts};

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

impl Platform {
    /// All three, in the order shown.
    pub const ALL: [Self; 3] = [Self::Linux, Self::MacOs, Self::Windows];

    /// The one this program was built for; Linux stands for other Unixes too.
    pub fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_vendor = "apple") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::MacOs => "macOS",
            Self::Windows => "Windows",
        }
    }
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
    pub const ENOTTY: Self = Self(25);
    pub const ENOSPC: Self = Self(28);
    pub const EPIPE: Self = Self(32);
    pub const EDOM: Self = Self(33);
    pub const EPROTO: Self = Self(71);
    pub const ENOTSOCK: Self = Self(88);
    pub const EDESTADDRREQ: Self = Self(89);
    pub const EMSGSIZE: Self = Self(90);
    pub const EPROTOTYPE: Self = Self(91);
    pub const ENOPROTOOPT: Self = Self(92);
    pub const EPROTONOSUPPORT: Self = Self(93);
    pub const ESOCKTNOSUPPORT: Self = Self(94);
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
    pub const EDQUOT: Self = Self(122);
}

impl Errno {
    /// Told to come back later: EAGAIN, EINPROGRESS, and EALREADY of a connect still under way.
    pub fn is_would_block(self) -> bool {
        matches!(self, Self::EAGAIN | Self::EINPROGRESS | Self::EALREADY)
    }

    /// All that have a symbol here, in the order of their Linux numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.errno)
    }

    fn facts(self) -> Option<&'static Facts> {
        FACTS
            .binary_search_by_key(&self, |facts| facts.errno)
            .ok()
            .and_then(|index| FACTS.get(index))
    }

    /// The symbol, as `ECONNREFUSED`; `errno 999` for a number without one here.
    pub fn symbol(self) -> String {
        match self.facts() {
            Some(facts) => facts.symbol.to_owned(),
            None => format!("errno {}", self.0),
        }
    }

    /// The errno of that symbol, also of its aliases EWOULDBLOCK and ENOTSUP, Winsock's `WSAE…`, and what
    /// [`Errno::symbol`] gives for a number without a symbol.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        match symbol {
            "EWOULDBLOCK" => return Some(Self::EAGAIN),
            "ENOTSUP" => return Some(Self::EOPNOTSUPP),
            _ => {}
        }
        if let Some(number) = symbol.strip_prefix("errno ") {
            return number.parse().ok().map(Self);
        }
        let named = |facts: &&Facts| {
            facts.symbol == symbol || facts.windows.is_some_and(|(name, _)| name == symbol)
        };
        FACTS.iter().find(named).map(|facts| facts.errno)
    }

    /// The symbol on that system: `EAGAIN` is `WSAEWOULDBLOCK` on Windows. `None` where the system lacks it.
    pub fn symbol_on(self, platform: Platform) -> Option<&'static str> {
        let facts = self.facts()?;
        match platform {
            Platform::Linux | Platform::MacOs => Some(facts.symbol),
            Platform::Windows => facts.windows.map(|(symbol, _)| symbol),
        }
    }

    /// The number on that system. `None` where the system lacks it.
    pub fn code_on(self, platform: Platform) -> Option<i32> {
        match platform {
            Platform::Linux => Some(i32::from(self.0)),
            Platform::MacOs => self.facts().map(|facts| facts.macos),
            Platform::Windows => self.facts()?.windows.map(|(_, code)| code),
        }
    }

    /// The exception that Python raises: `ConnectionRefusedError`.
    pub fn python_exception(self) -> &'static str {
        self.facts().map_or("OSError", |facts| facts.exception)
    }

    /// What the system says of it (`strerror` on Linux): `Connection refused`.
    pub fn text(self) -> String {
        match self.facts() {
            Some(facts) => facts.text.to_owned(),
            None => format!("Unknown error {}", self.0),
        }
    }

    /// The last line of Python's traceback: `ConnectionRefusedError: [Errno 111] Connection refused`.
    pub fn python(self) -> String {
        format!(
            "{}: [Errno {}] {}",
            self.python_exception(),
            self.0,
            self.text()
        )
    }

    /// What it means, in one plain sentence, whatever the call. See [`super::explain`] for the case at hand.
    pub fn plain(self) -> &'static str {
        self.facts().map_or(
            "Your system refused the call with an error that sockets rarely give.",
            |facts| facts.plain,
        )
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.symbol())
    }
}
