//! The socket methods: one function is one system call, and nothing else.
//!
//! std's sockets make more (`TcpListener::bind` makes four) and hide EINTR, so rustix makes them here.
//! None of these retries: what the kernel says goes up as it is.

use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketFlags, SocketType};

use crate::model::call::{BlockingMode, Bytes, Family, Protocol, ShutdownHow, SocketOption, Value};

use super::options;
use super::threads::Served;

/// What a thread receives into. Kept between calls, so that `recv(10_000_000)` does not cost a fresh
/// allocation for every few bytes.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

/// A thread keeps a buffer up to this size; a larger one is given back after the call.
const KEPT: usize = 1024 * 1024;

impl Buffer {
    /// Exactly `len` bytes of room. The system backs it with memory only where bytes arrive.
    fn room(&mut self, len: u32) -> Result<&mut [MaybeUninit<u8>], Errno> {
        let len = len as usize;
        self.0.try_reserve(len).map_err(|_| Errno::NOMEM)?;
        self.0
            .spare_capacity_mut()
            .get_mut(..len)
            .ok_or(Errno::NOMEM)
    }

    /// Gives a large buffer back.
    pub(super) fn tidy(&mut self) {
        if self.0.capacity() > KEPT {
            self.0 = Vec::new();
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const BORN: SocketFlags = SocketFlags::CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const BORN: SocketFlags = SocketFlags::empty();

#[cfg(not(target_vendor = "apple"))]
const SENDING: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SENDING: SendFlags = SendFlags::empty();

/// `socket(family, type | SOCK_CLOEXEC, 0)`, as Python makes it.
pub(super) fn socket(family: Family, protocol: Protocol) -> Result<OwnedFd, Errno> {
    let family = match family {
        Family::Ipv4 => AddressFamily::INET,
        Family::Ipv6 => AddressFamily::INET6,
    };
    let kind = match protocol {
        Protocol::Tcp => SocketType::STREAM,
        Protocol::Udp => SocketType::DGRAM,
    };
    net::socket_with(family, kind, BORN, None)
}

/// `bind(2)`.
pub(super) fn bind(fd: BorrowedFd<'_>, address: SocketAddr) -> Result<Value, Errno> {
    net::bind(fd, &address).map(|()| Value::None)
}

/// `listen(2)`.
pub(super) fn listen(fd: BorrowedFd<'_>, backlog: i32) -> Result<Value, Errno> {
    net::listen(fd, backlog).map(|()| Value::None)
}

/// `accept4(2)` with `SOCK_CLOEXEC`, and with `SOCK_NONBLOCK` for one of a crowd; where there is no accept4, `accept(2)`,
/// and for one of a crowd `ioctl(FIONBIO)` behind it.
pub(super) fn accept(
    fd: BorrowedFd<'_>,
    served: Served,
) -> Result<(OwnedFd, Option<SocketAddr>), Errno> {
    #[cfg(not(target_vendor = "apple"))]
    let (new, peer) = net::acceptfrom_with(
        fd,
        match served {
            Served::Thread => BORN,
            Served::Crowd => BORN | SocketFlags::NONBLOCK,
        },
    )?;
    #[cfg(target_vendor = "apple")]
    let (new, peer) = net::acceptfrom(fd)?;
    #[cfg(target_vendor = "apple")]
    if served == Served::Crowd {
        rustix::io::ioctl_fionbio(&new, true)?;
    }
    Ok((new, peer.and_then(|peer| SocketAddr::try_from(peer).ok())))
}

/// `connect(2)`.
pub(super) fn connect(fd: BorrowedFd<'_>, address: SocketAddr) -> Result<Value, Errno> {
    net::connect(fd, &address).map(|()| Value::None)
}

/// `send(2)`, with `MSG_NOSIGNAL`: EPIPE is an outcome, not the end of the program.
pub(super) fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<Value, Errno> {
    net::send(fd, bytes, SENDING).map(|count| Value::Sent(count as u64))
}

/// `sendto(2)`.
pub(super) fn send_to(
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    address: SocketAddr,
) -> Result<Value, Errno> {
    net::sendto(fd, bytes, SENDING, &address).map(|count| Value::Sent(count as u64))
}

/// `MSG_TRUNC` tells a datagram's true length. On TCP it would throw the bytes away.
fn receiving(protocol: Protocol) -> RecvFlags {
    match protocol {
        Protocol::Udp if cfg!(target_os = "linux") => RecvFlags::TRUNC,
        Protocol::Udp | Protocol::Tcp => RecvFlags::empty(),
    }
}

/// `recv(2)`.
pub(super) fn recv(
    fd: BorrowedFd<'_>,
    protocol: Protocol,
    max: u32,
    buffer: &mut Buffer,
) -> Result<Value, Errno> {
    let room = buffer.room(max)?;
    let ((bytes, _), full) = net::recv(fd, room, receiving(protocol))?;
    Ok(received(bytes, full, None))
}

/// `recvfrom(2)`. On a connected TCP socket the kernel names no sender.
pub(super) fn recv_from(
    fd: BorrowedFd<'_>,
    protocol: Protocol,
    max: u32,
    buffer: &mut Buffer,
) -> Result<Value, Errno> {
    let room = buffer.room(max)?;
    let ((bytes, _), full, peer) = net::recvfrom(fd, room, receiving(protocol))?;
    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
    Ok(received(bytes, full, peer))
}

fn received(bytes: &[u8], full: usize, peer: Option<SocketAddr>) -> Value {
    Value::Received {
        lost: full.saturating_sub(bytes.len()) as u64,
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer,
    }
}

/// `shutdown(2)`.
pub(super) fn shutdown(fd: BorrowedFd<'_>, how: ShutdownHow) -> Result<Value, Errno> {
    let how = match how {
        ShutdownHow::Read => Shutdown::Read,
        ShutdownHow::Write => Shutdown::Write,
        ShutdownHow::Both => Shutdown::Both,
    };
    net::shutdown(fd, how).map(|()| Value::None)
}

/// `ioctl(FIONBIO)`: one call, where fcntl would need two.
pub(super) fn set_blocking(fd: BorrowedFd<'_>, mode: BlockingMode) -> Result<Value, Errno> {
    rustix::io::ioctl_fionbio(fd, mode == BlockingMode::NonBlocking).map(|()| Value::None)
}

/// `setsockopt(2)` with an int.
pub(super) fn set_option(
    fd: BorrowedFd<'_>,
    option: SocketOption,
    value: i32,
) -> Result<Value, Errno> {
    options::set(fd, option, value).map(|()| Value::None)
}

/// `getsockopt(2)` of an int.
pub(super) fn option(fd: BorrowedFd<'_>, option: SocketOption) -> Result<Value, Errno> {
    options::get(fd, option).map(|value| Value::Integer(i64::from(value)))
}

/// `getsockname(2)`.
pub(super) fn local_address(fd: BorrowedFd<'_>) -> Result<SocketAddr, Errno> {
    SocketAddr::try_from(net::getsockname(fd)?)
}

/// `getpeername(2)`.
pub(super) fn peer_address(fd: BorrowedFd<'_>) -> Result<SocketAddr, Errno> {
    SocketAddr::try_from(net::getpeername(fd)?.ok_or(Errno::NOTCONN)?)
}
