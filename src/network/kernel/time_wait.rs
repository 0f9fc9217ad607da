//! Connections whose descriptor is gone: asked of the kernel by netlink (`man 7 sock_diag`), without rights.
//!
//! Requests and answers are `struct inet_diag_req_v2` and `struct inet_diag_msg` of `linux/inet_diag.h`, written
//! and read as bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::thread;

use rustix::io::Errno;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, sendto, socket_with,
};

use super::observer::Ends;
use super::queries;
use crate::model::event::{self, TcpState};

const HEADER: usize = 16;
const MESSAGE: usize = 72;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const ALL_STATES: u32 = u32::MAX;
/// FIN-WAIT-1 and -2, TIME-WAIT, LAST-ACK and CLOSING: the states of a connection that somebody closed.
const ENDING: u32 = 1 << 4 | 1 << 5 | 1 << 6 | 1 << 9 | 1 << 11;

/// What the kernel keeps of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Remnant {
    pub(super) ends: Ends,
    pub(super) state: TcpState,
    /// Of its running timer; in TIME-WAIT how long the state still lasts.
    pub(super) millis_left: u32,
    /// Some program still has a descriptor of it.
    pub(super) owned: bool,
}

/// What was found, as an observation has it.
pub(super) fn told(found: Option<Remnant>) -> event::Remnant {
    match found {
        Some(found) if found.state == TcpState::TimeWait => event::Remnant::TimeWait {
            millis_left: found.millis_left,
        },
        Some(_) => event::Remnant::Ending,
        None => event::Remnant::Nothing,
    }
}

/// A way to ask.
#[derive(Debug)]
pub(super) struct Netlink(OwnedFd);

impl Netlink {
    /// Opens it; `None` where it can't be had.
    pub(super) fn open() -> Option<Self> {
        let flags = SocketFlags::CLOEXEC;
        let kind = SocketType::DGRAM;
        let socket = socket_with(AddressFamily::NETLINK, kind, flags, Some(SOCK_DIAG)).ok()?;
        // Bound to no address of its own choice, it stands in /proc/net/netlink for who wonders whose it is.
        bind(&socket, &SocketAddrNetlink::new(0, 0)).ok()?;
        Some(Self(socket))
    }
}

/// The connection between these ends, if the kernel still has it.
///
/// The kernel puts a connection that enters TIME-WAIT into its table anew, and while it does so finds neither the old
/// entry nor the new one (`inet_twsk_hashdance_schedule` in `net/ipv4/inet_timewait_sock.c` counts the first reference
/// last). So a connection that is not found is asked for once more, when others have had the processor.
pub(super) fn find(netlink: &Netlink, ends: Ends) -> Option<Remnant> {
    let request = request(NLM_F_REQUEST, ALL_STATES, Some(ends), ends.local.is_ipv6());
    let find = || {
        let mut found = None;
        ask(netlink, &request, false, &mut |remnant| {
            found = Some(remnant);
        });
        // Where the connection is gone the kernel answers with the listener on its port.
        found.filter(|remnant: &Remnant| remnant.ends == ends)
    };
    find().or_else(|| {
        thread::yield_now();
        find()
    })
}

/// The closed connection that keeps a local endpoint longest: one that is not over yet, else the youngest in
/// TIME-WAIT.
///
/// An unspecified address asked for meets every address of its port; a connection's own is always a specified one.
pub(super) fn longest_on(local: SocketAddr) -> Option<Remnant> {
    let netlink = Netlink::open()?;
    let mut longest: Option<Remnant> = None;
    let lasts = |remnant: &Remnant| (remnant.state != TcpState::TimeWait, remnant.millis_left);
    for ipv6 in [false, true] {
        let request = request(NLM_F_REQUEST | NLM_F_DUMP, ENDING, None, ipv6);
        ask(&netlink, &request, true, &mut |remnant| {
            let there = remnant.ends.local;
            let meets = there.port() == local.port()
                && (there.ip().to_canonical() == local.ip().to_canonical()
                    || local.ip().is_unspecified());
            if meets && !remnant.owned && longest.is_none_or(|it| lasts(&it) < lasts(&remnant)) {
                longest = Some(remnant);
            }
        });
    }
    longest
}

/// A request about one connection, or about all (`ends` is `None`).
fn request(flags: u16, states: u32, ends: Option<Ends>, ipv6: bool) -> [u8; MESSAGE] {
    const NO_COOKIE: [u8; 8] = [0xff; 8];
    let family = if ipv6 {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    let mut bytes = Vec::with_capacity(MESSAGE);
    bytes.extend((MESSAGE as u32).to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    // Sequence number and port id: one question at a time on a socket of its own needs neither.
    bytes.extend([0; 8]);
    bytes.extend([family.as_raw() as u8, libc::IPPROTO_TCP as u8, 0, 0]);
    bytes.extend(states.to_ne_bytes());
    let port = |address: Option<SocketAddr>| address.map_or(0, |address| address.port());
    let (local, peer) = (ends.map(|ends| ends.local), ends.map(|ends| ends.peer));
    bytes.extend(port(local).to_be_bytes());
    bytes.extend(port(peer).to_be_bytes());
    bytes.extend(address_bytes(local));
    bytes.extend(address_bytes(peer));
    bytes.extend([0; 4]);
    bytes.extend(NO_COOKIE);
    let mut message = [0; MESSAGE];
    for (to, from) in message.iter_mut().zip(bytes) {
        *to = from;
    }
    message
}

/// An address in the sixteen bytes that both families get.
fn address_bytes(address: Option<SocketAddr>) -> [u8; 16] {
    let mut bytes = [0; 16];
    match address.map(|address| address.ip()) {
        Some(IpAddr::V4(ip)) => bytes[..4].copy_from_slice(&ip.octets()),
        Some(IpAddr::V6(ip)) => bytes = ip.octets(),
        None => {}
    }
    bytes
}

/// Sends a request and hands over each answer.
fn ask(netlink: &Netlink, request: &[u8], many: bool, each: &mut impl FnMut(Remnant)) {
    let kernel = SocketAddrNetlink::new(0, 0);
    if sendto(&netlink.0, request, SendFlags::empty(), &kernel).is_err() {
        return;
    }
    let mut buffer = vec![0; 32 * 1024];
    while let Some(count) = read(&netlink.0, &mut buffer) {
        let more = buffer
            .get(..count)
            .is_some_and(|bytes| messages(bytes, each));
        if !many || !more {
            return;
        }
    }
}

fn read(netlink: &OwnedFd, buffer: &mut [u8]) -> Option<usize> {
    loop {
        // The kernel has answered, in full or in part, before the send returned: this never waits.
        match recv(netlink, &mut *buffer, RecvFlags::DONTWAIT) {
            Ok((count, _)) => return Some(count),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// Reads the messages of one datagram. Says whether more may come.
fn messages(mut bytes: &[u8], each: &mut impl FnMut(Remnant)) -> bool {
    while bytes.len() >= HEADER {
        let length = number(bytes, 0).unwrap_or_default() as usize;
        let kind = bytes.get(4..6).and_then(|kind| kind.try_into().ok());
        let kind = kind.map_or(0, u16::from_ne_bytes);
        if kind == NLMSG_DONE || length < HEADER {
            return false;
        }
        if let (SOCK_DIAG_BY_FAMILY, Some(body)) = (kind, bytes.get(HEADER..length))
            && let Some(remnant) = remnant(body)
        {
            each(remnant);
        }
        // Messages are padded to four bytes.
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    true
}

/// Reads a `struct inet_diag_msg`.
fn remnant(body: &[u8]) -> Option<Remnant> {
    let ipv6 = i32::from(*body.first()?) == libc::AF_INET6;
    let port = |at: usize| Some(u16::from_be_bytes(body.get(at..at + 2)?.try_into().ok()?));
    let address = |at: usize| -> Option<IpAddr> {
        let bytes = body.get(at..at + 16)?;
        Some(if ipv6 {
            let octets: [u8; 16] = bytes.try_into().ok()?;
            IpAddr::from(Ipv6Addr::from(octets))
        } else {
            let octets: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
            IpAddr::from(Ipv4Addr::from(octets))
        })
    };
    Some(Remnant {
        state: queries::tcp_state(*body.get(1)?)?,
        ends: Ends {
            local: SocketAddr::new(address(8)?, port(4)?),
            peer: SocketAddr::new(address(24)?, port(6)?),
        },
        millis_left: number(body, 52)?,
        // The inode: an orphan has none.
        owned: number(body, 68)? != 0,
    })
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
