//! Addresses and ports as a learner types them, and as the log writes them.

use std::fmt;
use std::net::SocketAddr;

/// An endpoint as Python writes it: `("127.0.0.1", 5000)`.
pub fn python_tuple(address: &SocketAddr) -> String {
    format!("(\"{}\", {})", address.ip(), address.port())
}

/// A port a user may choose: 1025 to 65535, as the lecture does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(u16);

impl Port {
    /// The smallest port offered.
    pub const MIN: u16 = 1025;
    /// The largest there is.
    pub const MAX: u16 = u16::MAX;

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
