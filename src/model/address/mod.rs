//! Addresses and ports as a learner types them, and as the log writes them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::call::{Family, Protocol};

mod host;
mod port;

pub use host::{HostChoice, HostError, HostPortError, family_note, parse_host, parse_host_port};
pub use port::{Port, PortChoice, PortError};

/// An endpoint as Python writes it: `("127.0.0.1", 5000)`.
pub fn python_tuple(address: &SocketAddr) -> String {
    format!("(\"{}\", {})", address.ip(), address.port())
}

/// The line for `nc` (netcat) that talks to `address`: `nc 127.0.0.1 5000`, `nc -u 127.0.0.1 5000`.
pub fn nc_line(address: &SocketAddr, protocol: Protocol) -> String {
    let to = dialable(address);
    match protocol {
        Protocol::Tcp => format!("nc {} {}", to.ip(), to.port()),
        Protocol::Udp => format!("nc -u {} {}", to.ip(), to.port()),
    }
}

/// The line of Python that makes a socket talk to `address`.
pub fn python_line(address: &SocketAddr, protocol: Protocol) -> String {
    let to = dialable(address);
    let family = Family::of(&to).constant();
    let tuple = python_tuple(&to);
    match protocol {
        Protocol::Tcp => format!("s = socket({family}, SOCK_STREAM); s.connect({tuple})"),
        Protocol::Udp => format!("s = socket({family}, SOCK_DGRAM); s.sendto(b\"hello\", {tuple})"),
    }
}

/// An address one can connect or send to: for "all addresses" the loopback one, else as it is.
pub fn dialable(address: &SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(loopback(Family::of(address)), address.port())
    } else {
        *address
    }
}

/// Whether a socket bound to `ip` can be reached from other computers: anything but loopback.
pub fn is_reachable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip
            .to_ipv4_mapped()
            .map_or_else(|| ip.is_loopback(), |mapped| mapped.is_loopback()),
    }
}

/// This computer only: `127.0.0.1` or `::1`.
pub fn loopback(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::Ipv6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}

/// All addresses of this computer: `0.0.0.0` or `::`.
pub fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::Ipv6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// What was typed, short enough to stand in a sentence, with nothing invisible in it.
struct Typed<'a>(&'a str);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 24;
        f.write_str(&super::payload::visible_start(self.0, LONGEST))
    }
}
