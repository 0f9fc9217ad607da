//! The address fields: a host alone, or `host:port`.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::port::{Port, PortError};
use super::{Typed, loopback, unspecified};
use crate::model::call::Family;

/// What an address field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostChoice {
    /// The address it stands for.
    pub ip: IpAddr,
    /// What a learner should know of it, such as which address `localhost` is.
    pub note: Option<&'static str>,
}

/// Reads an address field of a socket of this family: an IP address, `localhost`, or nothing for all addresses.
///
/// An address of the other family is let through, with a note: the kernel's EAFNOSUPPORT is a lesson.
///
/// # Errors
/// Says in one sentence what is wrong. Names are never looked up.
pub fn parse_host(text: &str, family: Family) -> Result<HostChoice, HostError> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    if text.is_empty() {
        return Ok(HostChoice {
            ip: unspecified(family),
            note: Some("all addresses of this computer: everyone who can reach it"),
        });
    }
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(HostChoice {
            ip: loopback(family),
            note: Some(match family {
                Family::Ipv4 => "localhost is 127.0.0.1: this computer only",
                Family::Ipv6 => "localhost is ::1: this computer only",
            }),
        });
    }
    match bare.parse::<IpAddr>() {
        Ok(ip) if bare.len() == text.len() || ip.is_ipv6() => Ok(HostChoice {
            ip,
            note: family_note(ip, family),
        }),
        _ => Err(HostError::of(text)),
    }
}

/// The warning that an address is of the other family than its socket.
pub fn family_note(ip: IpAddr, family: Family) -> Option<&'static str> {
    match (ip, family) {
        (IpAddr::V4(_), Family::Ipv6) => {
            Some("an IPv4 address for an IPv6 socket: your system says EAFNOSUPPORT")
        }
        (IpAddr::V6(_), Family::Ipv4) => {
            Some("an IPv6 address for an IPv4 socket: your system says EAFNOSUPPORT")
        }
        _ => None,
    }
}

/// Reads a `host:port` field: `127.0.0.1:5000`, `localhost:5000`, `:5000` for all addresses, `[::1]:5000`.
///
/// # Errors
/// Says in one sentence which part is wrong, and how.
pub fn parse_host_port(text: &str, family: Family) -> Result<SocketAddr, HostPortError> {
    let text = text.trim();
    let (host, port) = text.rsplit_once(':').ok_or(HostPortError::NoPort)?;
    if host.contains(':') && !host.trim().ends_with(']') {
        return Err(HostPortError::Brackets);
    }
    let host = parse_host(host, family).map_err(HostPortError::Host)?;
    let port = Port::parse(port).map_err(HostPortError::Port)?;
    Ok(SocketAddr::new(host.ip, port.get()))
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostError {
    /// Like an IPv4 address, but not one.
    NotIpv4(String),
    /// Like an IPv6 address, but not one.
    NotIpv6(String),
    /// A name, or anything else.
    Name(String),
}

impl HostError {
    fn of(text: &str) -> Self {
        if text.contains([':', '[', ']']) {
            Self::NotIpv6(text.to_owned())
        } else if text.chars().all(|c| c.is_numeric() || c == '.') {
            Self::NotIpv4(text.to_owned())
        } else {
            Self::Name(text.to_owned())
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIpv4(text) => write!(
                f,
                "{} is no address: four numbers from 0 to 255 with dots between",
                Typed(text)
            ),
            Self::NotIpv6(text) => write!(f, "{} is no IPv6 address: ::1 is one", Typed(text)),
            Self::Name(text) => write!(
                f,
                "{}: names are not looked up here: type an address",
                Typed(text)
            ),
        }
    }
}

impl Error for HostError {}

/// Why a text is no `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPortError {
    /// No colon.
    NoPort,
    /// An IPv6 address without brackets: which colon starts the port can't be told.
    Brackets,
    /// The part before the colon.
    Host(HostError),
    /// The part behind it.
    Port(PortError),
}

impl fmt::Display for HostPortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPort => f.write_str("type host:port, as 127.0.0.1:5000"),
            Self::Brackets => f.write_str("an IPv6 address needs brackets, as [::1]:5000"),
            Self::Host(error) => error.fmt(f),
            Self::Port(error) => error.fmt(f),
        }
    }
}

impl Error for HostPortError {}
