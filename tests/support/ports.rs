//! Addresses for sockets of a test, and what the system still keeps at one.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::deadline::DEADLINE;

/// 127.0.0.1, any free port.
pub fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Any free port of a loopback address that no other test uses: there a port just found can be asked for again, by
/// another protocol or after a close, and nobody else has got it meanwhile.
pub fn own_port() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed) % 64;
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 64 + given as u8, high, low.max(1));
    SocketAddr::from((host, 0))
}

/// Waits until no TCP socket of this computer has that local address, but for those in TIME-WAIT: one that its
/// program has closed is there until the last acknowledgement comes (`proc_pid_net(5)`).
#[cfg(target_os = "linux")]
#[track_caller]
pub fn wait_until_left(address: SocketAddr) {
    let begin = Instant::now();
    while is_held(address) {
        assert!(begin.elapsed() < DEADLINE, "{address} is never left");
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
fn is_held(address: SocketAddr) -> bool {
    const TIME_WAIT: &str = "06";
    let SocketAddr::V4(address) = address else {
        panic!("{address} is in another list");
    };
    let host = u32::from_ne_bytes(address.ip().octets());
    let held = format!("{host:08X}:{:04X}", address.port());
    let sockets = std::fs::read_to_string("/proc/self/net/tcp").expect("/proc");
    // Number, local address, peer's, state.
    sockets.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next() == Some(&held) && fields.nth(1) != Some(TIME_WAIT)
    })
}
