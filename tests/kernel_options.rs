//! Options that the language does not have, set from outside on a socket whose calls the network makes.
//!
//! Each expected value was measured on Linux 6.18 with raw system calls.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::net::sockopt::{self, Timeout};
use sockeye::model::call::{Call, Outcome, SocketId, Value};
use sockeye::model::errno::Errno;
use support::{World, bind, own_port, repeat};

/// Lends a socket's descriptor.
#[allow(
    unsafe_code,
    reason = "the network lends its descriptors to nobody, and the options must be set on them"
)]
fn with<R>(world: &World, socket: SocketId, set: impl FnOnce(BorrowedFd<'_>) -> R) -> R {
    let number = world.recording.sockets().get(socket).expect("a socket").fd;
    // SAFETY: the socket is open until this test closes it, which it does after.
    set(unsafe { BorrowedFd::borrow_raw(number) })
}

#[test]
fn reuse_port_on_both_lets_both_listen() {
    let mut world = World::new();
    let (first, second, third) = (
        world.tcp(world.server),
        world.tcp(world.server),
        world.tcp(world.server),
    );
    for socket in [first, second] {
        with(&world, socket, |fd| sockopt::set_socket_reuseport(fd, true)).expect("SO_REUSEPORT");
    }
    world.ok(first, bind(own_port()));
    let address = world.local(first);
    world.ok(first, Call::Listen { backlog: 1 });
    world.ok(second, bind(address));
    world.ok(second, Call::Listen { backlog: 1 });
    assert_eq!(
        world.errno(third, bind(address)),
        Errno::EADDRINUSE,
        "it has not set the option"
    );
}

#[test]
fn a_send_timeout_gives_a_short_count_and_no_error() {
    let mut world = World::new();
    let (_, client, _) = world.connection();
    let timeout = Some(Duration::from_millis(50));
    with(&world, client, |fd| {
        sockopt::set_socket_timeout(fd, Timeout::Send, timeout)
    })
    .expect("SO_SNDTIMEO");
    let payload = repeat(b'A', 16 * 1024 * 1024);
    let row = world.call(client, Call::Send { payload });
    let Some(Outcome::Ok(Value::Sent(count))) = row.outcome else {
        panic!("{:?}", row.outcome);
    };
    assert!(count > 0 && count < 16 * 1024 * 1024, "{count}");
    assert_eq!(row.note, None, "nobody here ended it");
}
