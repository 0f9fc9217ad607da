//! What the kernel has of all TCP connections over IPv4: asked by netlink (`man 7 sock_diag`), and read here a second
//! time, apart from the network's own reading of the same answers.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use sockeye::model::event::TcpState;

const AF_INET: u8 = 2;
const IPPROTO_TCP: u8 = 6;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const REQUEST_AND_DUMP: u16 = 0x301;
const DONE: u16 = 3;

/// A dump of the kernel's tables.
#[derive(Debug, Default)]
pub struct Diag {
    /// By the inode of the descriptor.
    pub owned: HashMap<u64, TcpState>,
    /// Of those without a descriptor, by own address and peer.
    pub orphans: HashMap<(SocketAddr, SocketAddr), TcpState>,
}

/// Asks once.
pub fn dump() -> Diag {
    let netlink = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )
    .expect("netlink is open to everybody");
    // struct nlmsghdr, then struct inet_diag_req_v2: family, protocol, two bytes, the states as bits, the ends.
    let mut request = Vec::new();
    request.extend(72_u32.to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(REQUEST_AND_DUMP.to_ne_bytes());
    request.extend([0; 8]);
    request.extend([AF_INET, IPPROTO_TCP, 0, 0]);
    request.extend(0xffff_u32.to_ne_bytes());
    request.resize(72, 0);
    let kernel = SocketAddrNetlink::new(0, 0);
    rustix::net::sendto(&netlink, &request, SendFlags::empty(), &kernel).expect("a question");
    let mut diag = Diag::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let (count, _) =
            rustix::net::recv(&netlink, &mut *buffer, RecvFlags::empty()).expect("an answer");
        let mut rest = &buffer[..count];
        while rest.len() >= 16 {
            let length = u32::from_ne_bytes(rest[..4].try_into().expect("four")) as usize;
            let kind = u16::from_ne_bytes(rest[4..6].try_into().expect("two"));
            if kind == DONE {
                return diag;
            }
            assert_eq!(kind, SOCK_DIAG_BY_FAMILY, "an error from the kernel");
            diag.take(&rest[16..length]);
            rest = &rest[length.next_multiple_of(4).min(rest.len())..];
        }
    }
}

impl Diag {
    /// Takes in a `struct inet_diag_msg`.
    fn take(&mut self, message: &[u8]) {
        let address = |port: usize, host: usize| {
            let host: [u8; 4] = message[host..host + 4].try_into().expect("four");
            let port = u16::from_be_bytes([message[port], message[port + 1]]);
            SocketAddr::from((Ipv4Addr::from(host), port))
        };
        let Some(state) = state(message[1]) else {
            return;
        };
        let inode = u32::from_ne_bytes(message[68..72].try_into().expect("four"));
        if inode == 0 {
            self.orphans.insert((address(4, 8), address(6, 24)), state);
        } else {
            self.owned.insert(inode.into(), state);
        }
    }
}

/// The numbers of `include/net/tcp_states.h`. 12 is a connection that has yet to be accepted, 13 a bound socket.
fn state(number: u8) -> Option<TcpState> {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, Listen, SynReceived,
        SynSent, TimeWait,
    };
    [
        Established,
        SynSent,
        SynReceived,
        FinWait1,
        FinWait2,
        TimeWait,
        Closed,
        CloseWait,
        LastAck,
        Listen,
        Closing,
        SynReceived,
        Closed,
    ]
    .get(usize::from(number).wrapping_sub(1))
    .copied()
}
