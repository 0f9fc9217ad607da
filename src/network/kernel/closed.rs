//! Calls on a closed socket: really made, with descriptor −1, as Python does. The kernel answers EBADF.
//!
//! The old number is never used: it may already be another socket's.
#![allow(
    unsafe_code,
    reason = "a BorrowedFd can't be -1, so no safe function makes these calls"
)]

use std::ptr;

use rustix::io::Errno;

use super::options;
use crate::model::call::{BlockingMode, Call, ShutdownHow, Value};

const CLOSED: libc::c_int = -1;

/// Makes the call on descriptor −1. Never waits.
pub(super) fn make(call: &Call) -> Result<Value, Errno> {
    // SAFETY: no call reaches memory of ours: descriptor −1 is refused before any pointer is followed, lengths are
    // 0 where there is a pointer, and each null pointer is one that the call's manual page allows or never reads.
    let answer = unsafe {
        match call {
            Call::Bind { .. } => libc::bind(CLOSED, ptr::null(), 0),
            Call::Listen { backlog } => libc::listen(CLOSED, *backlog),
            Call::Accept => libc::accept(CLOSED, ptr::null_mut(), ptr::null_mut()),
            Call::Connect { .. } => libc::connect(CLOSED, ptr::null(), 0),
            Call::Send { .. } | Call::SendAll { .. } => {
                libc::send(CLOSED, ptr::null(), 0, 0) as libc::c_int
            }
            Call::SendTo { .. } => {
                libc::sendto(CLOSED, ptr::null(), 0, 0, ptr::null(), 0) as libc::c_int
            }
            Call::Recv { .. } => libc::recv(CLOSED, ptr::null_mut(), 0, 0) as libc::c_int,
            Call::RecvFrom { .. } => {
                let nobody = ptr::null_mut();
                libc::recvfrom(CLOSED, ptr::null_mut(), 0, 0, nobody, ptr::null_mut())
                    as libc::c_int
            }
            Call::Shutdown { how } => libc::shutdown(CLOSED, shutdown_how(*how)),
            Call::SetBlocking { mode } => {
                let mut on = libc::c_int::from(*mode == BlockingMode::NonBlocking);
                libc::ioctl(CLOSED, libc::FIONBIO, &raw mut on)
            }
            Call::SetSockOpt { option, value } => {
                return options::set_number(CLOSED, *option, *value).map(|()| Value::None);
            }
            Call::GetSockOpt { option } => {
                let value = options::get_number(CLOSED, *option)?;
                return Ok(Value::Integer(i64::from(value)));
            }
            Call::GetSockName => libc::getsockname(CLOSED, ptr::null_mut(), ptr::null_mut()),
            Call::GetPeerName => libc::getpeername(CLOSED, ptr::null_mut(), ptr::null_mut()),
            // No set of descriptors can hold −1: refused as Python refuses it, before the system is asked.
            Call::Select { .. } => return Err(Errno::BADF),
            Call::Close | Call::Socket { .. } => libc::close(CLOSED),
        }
    };
    options::check(answer).map(|()| Value::None)
}

fn shutdown_how(how: ShutdownHow) -> libc::c_int {
    match how {
        ShutdownHow::Read => libc::SHUT_RD,
        ShutdownHow::Write => libc::SHUT_WR,
        ShutdownHow::Both => libc::SHUT_RDWR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{Family, Protocol, SocketOption};
    use crate::model::payload::Payload;
    use std::net::{Ipv4Addr, SocketAddr};

    #[test]
    fn every_call_on_a_closed_socket_is_ebadf() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let payload = Payload::literal(b"x");
        let calls = [
            Call::Bind { address },
            Call::Listen { backlog: 1 },
            Call::Accept,
            Call::Connect { address },
            Call::Send {
                payload: payload.clone(),
            },
            Call::SendAll {
                payload: payload.clone(),
            },
            Call::SendTo { payload, address },
            Call::Recv { max: 1 },
            Call::RecvFrom { max: 1 },
            Call::Shutdown {
                how: ShutdownHow::Both,
            },
            Call::Close,
            Call::SetBlocking {
                mode: BlockingMode::Blocking,
            },
            Call::SetSockOpt {
                option: SocketOption::NoDelay,
                value: 1,
            },
            Call::GetSockOpt {
                option: SocketOption::NoDelay,
            },
            Call::GetSockName,
            Call::GetPeerName,
            Call::Socket {
                family: Family::Ipv4,
                protocol: Protocol::Tcp,
            },
        ];
        for call in calls {
            assert_eq!(make(&call), Err(Errno::BADF), "{call:?}");
        }
    }
}
