//! What the kernel says of an open socket when nobody asked: `TCP_INFO`, the queues, both addresses.
//!
//! Only questions that change nothing: never `SO_ERROR`, which takes the pending error away from the user's call.
#![allow(unsafe_code, reason = "rustix has no SIOCOUTQ")]

use std::mem::offset_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::{options, syscalls};
use crate::model::call::Protocol;
use crate::model::event::{Observation, TcpObservation, TcpState};

/// `SO_MEMINFO` of `asm-generic/socket.h`, and the places of its numbers (`linux/sock_diag.h`).
const SO_MEMINFO: libc::c_int = 55;
const MEMINFO_RMEM_ALLOC: usize = 0;
const MEMINFO_RCVBUF: usize = 1;
const MEMINFO_DROPS: usize = 8;

/// One look at a socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) observation: Observation,
    /// Something may still change without telling: it is worth another look.
    pub(super) unsettled: bool,
}

/// Asks the kernel all that an observation holds.
pub(super) fn look(fd: BorrowedFd<'_>, protocol: Protocol) -> Look {
    let tcp = match protocol {
        Protocol::Tcp => tcp_info(fd),
        Protocol::Udp => None,
    };
    let listens = tcp.is_some_and(|tcp| tcp.state == TcpState::Listen);
    let memory = match protocol {
        Protocol::Tcp => None,
        Protocol::Udp => memory(fd),
    };
    let observation = Observation {
        tcp,
        receive_queue: if listens { None } else { receive_queue(fd) },
        send_queue: if listens { None } else { send_queue(fd) },
        drops: memory.map(|memory| memory[MEMINFO_DROPS]),
        local: syscalls::local_address(fd).ok(),
        peer: syscalls::peer_address(fd).ok(),
        remnant: None,
    };
    let moving = matches!(
        tcp.map(|tcp| tcp.state),
        Some(
            TcpState::SynSent
                | TcpState::SynReceived
                | TcpState::FinWait1
                | TcpState::Closing
                | TcpState::LastAck
        )
    );
    let nearly_full =
        memory.is_some_and(|memory| memory[MEMINFO_RMEM_ALLOC] > memory[MEMINFO_RCVBUF] / 2);
    Look {
        observation,
        unsettled: moving || nearly_full || observation.send_queue.is_some_and(|count| count > 0),
    }
}

/// A state's number in the kernel (`net/tcp_states.h`).
pub(super) fn tcp_state(number: u8) -> Option<TcpState> {
    Some(match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 | 12 => TcpState::SynReceived,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Closed,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

fn tcp_info(fd: BorrowedFd<'_>) -> Option<TcpObservation> {
    let mut bytes = [0_u8; size_of::<libc::tcp_info>()];
    options::get_bytes(
        fd.as_raw_fd(),
        libc::IPPROTO_TCP,
        libc::TCP_INFO,
        &mut bytes,
    )
    .ok()?;
    let state = tcp_state(*bytes.get(offset_of!(libc::tcp_info, tcpi_state))?)?;
    let listens = state == TcpState::Listen;
    // Of a listener, "unacked" is its accept queue and "sacked" its backlog (`tcp_get_info` in the kernel).
    let of_listener = |offset| {
        if listens {
            word(&bytes, offset)
        } else {
            Some(0)
        }
    };
    Some(TcpObservation {
        state,
        rtt_micros: word(&bytes, offset_of!(libc::tcp_info, tcpi_rtt))?,
        retransmits: word(&bytes, offset_of!(libc::tcp_info, tcpi_total_retrans))?,
        accept_queue: of_listener(offset_of!(libc::tcp_info, tcpi_unacked))?,
        backlog: of_listener(offset_of!(libc::tcp_info, tcpi_sacked))?,
    })
}

/// The numbers of `SO_MEMINFO`.
fn memory(fd: BorrowedFd<'_>) -> Option<[u32; MEMINFO_DROPS + 1]> {
    let mut bytes = [0_u8; (MEMINFO_DROPS + 1) * size_of::<u32>()];
    let count =
        options::get_bytes(fd.as_raw_fd(), libc::SOL_SOCKET, SO_MEMINFO, &mut bytes).ok()?;
    if count < bytes.len() {
        return None;
    }
    let mut numbers = [0; MEMINFO_DROPS + 1];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = word(&bytes, index * size_of::<u32>())?;
    }
    Some(numbers)
}

fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    let word = bytes.get(offset..offset + size_of::<u32>())?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// `FIONREAD`: bytes of the stream; of UDP those of the next datagram.
fn receive_queue(fd: BorrowedFd<'_>) -> Option<u32> {
    u32::try_from(rustix::io::ioctl_fionread(fd).ok()?).ok()
}

/// `SIOCOUTQ`, which has the number of `TIOCOUTQ` (`man 7 tcp`).
fn send_queue(fd: BorrowedFd<'_>) -> Option<u32> {
    let mut count: libc::c_int = 0;
    // SAFETY: SIOCOUTQ writes one int to the pointer, which is to an int that lives through the call.
    let answer = unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCOUTQ, &raw mut count) };
    options::check(answer).ok()?;
    u32::try_from(count).ok()
}
