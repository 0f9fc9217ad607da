//! Ports and listeners: a port in use, `SO_REUSEADDR`, TIME-WAIT, the backlog, the end of a listener.
//!
//! Each expected value was measured on Linux 6.18 with raw system calls; asserted is the kind of outcome, not how
//! many bytes a full buffer takes.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use sockeye::model::call::{BlockingMode, Call, ShutdownHow};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;
use support::{World, any_port, bind, own_port, reuse_address, send, shut, wait_until_left};

fn connect(address: SocketAddr) -> Call {
    Call::Connect { address }
}

fn recv(max: u32) -> Call {
    Call::Recv { max }
}

#[test]
fn a_port_in_use() {
    let mut world = World::new();
    let (_, address) = world.listener(1);
    let second = world.tcp(world.server);
    assert_eq!(world.errno(second, bind(address)), Errno::EADDRINUSE);
    world.ok(second, reuse_address());
    let errno = world.errno(second, bind(address));
    assert_eq!(errno, Errno::EADDRINUSE, "SO_REUSEADDR on the second only");
}

#[test]
fn reuse_address_on_both() {
    let mut world = World::new();
    let (first, second, third) = (
        world.tcp(world.server),
        world.tcp(world.server),
        world.tcp(world.server),
    );
    for socket in [first, second, third] {
        world.ok(socket, reuse_address());
    }
    world.ok(first, bind(own_port()));
    let address = world.local(first);
    world.ok(second, bind(address));
    world.ok(first, Call::Listen { backlog: 1 });
    let errno = world.errno(second, Call::Listen { backlog: 1 });
    assert_eq!(errno, Errno::EADDRINUSE, "only one may listen");
    let errno = world.errno(third, bind(address));
    assert_eq!(errno, Errno::EADDRINUSE, "one already listens");
}

#[test]
fn udp_ports_are_numbers_of_their_own() {
    let mut world = World::new();
    let first = world.udp(world.server);
    world.ok(first, bind(own_port()));
    let address = world.local(first);
    let second = world.udp(world.server);
    assert_eq!(world.errno(second, bind(address)), Errno::EADDRINUSE);
    let tcp = world.tcp(world.server);
    world.ok(tcp, bind(address));
}

#[test]
fn addresses_that_do_not_fit() {
    let mut world = World::new();
    let socket = world.tcp(world.client);
    // TEST-NET-1 of RFC 5737: no computer has it.
    let elsewhere = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 0));
    assert_eq!(world.errno(socket, bind(elsewhere)), Errno::EADDRNOTAVAIL);
    let ipv6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 5000));
    assert_eq!(world.errno(socket, bind(ipv6)), Errno::EAFNOSUPPORT);
    assert_eq!(world.errno(socket, connect(ipv6)), Errno::EAFNOSUPPORT);
}

#[test]
fn a_backlog_holds_one_more_than_it_says() {
    let mut world = World::new();
    for backlog in [0, 1, 2, 5] {
        let (listener, address) = world.listener(backlog);
        let mut last = None;
        for _ in 0..=backlog + 1 {
            let socket = world.tcp(world.client);
            world.set_mode(socket, BlockingMode::NonBlocking);
            world.call(socket, connect(address));
            last = Some(socket);
        }
        let last = last.expect("a client");
        world.wait_for(listener, "a full accept queue", |listener| {
            let full = (backlog as u32 + 1, backlog as u32 + 1);
            listener.accept_queue() == Some(full)
        });
        world.wait_for_state(last, TcpState::SynSent);
    }
}

#[test]
fn closing_the_listener() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let address = world.local(listener);
    let queued = world.tcp(world.client);
    world.ok(queued, connect(address));
    world.ok(listener, Call::Close);
    world.ok(client, send(b"x"));
    assert_eq!(world.received(conn, 10), b"x", "accepted ones live on");
    assert_eq!(world.errno(queued, recv(10)), Errno::ECONNRESET);
    world.wait_for_state(queued, TcpState::Closed);
}

#[test]
fn shutting_a_listener_down() {
    let mut world = World::new();
    let listener = world.tcp(world.server);
    world.ok(listener, bind(any_port()));
    let address = world.local(listener);
    world.ok(listener, Call::Listen { backlog: 5 });
    let queued = world.tcp(world.client);
    world.ok(queued, connect(address));
    world.ok(listener, shut(ShutdownHow::Both));
    assert_eq!(world.errno(queued, recv(10)), Errno::ECONNRESET);
    let late = world.tcp(world.client);
    assert_eq!(world.errno(late, connect(address)), Errno::ECONNREFUSED);
    world.ok(listener, Call::Listen { backlog: 5 });
}

#[derive(Clone, Copy, PartialEq)]
enum First {
    Server,
    Client,
}

/// A server run twice on one port: what the second bind answers.
fn run_twice(first: First, reuse_before: bool, reuse_after: bool) -> Result<(), Errno> {
    let mut world = World::new();
    let listener = world.tcp(world.server);
    if reuse_before {
        world.ok(listener, reuse_address());
    }
    world.ok(listener, bind(own_port()));
    world.ok(listener, Call::Listen { backlog: 1 });
    let address = world.local(listener);
    // An old duplicate of a FIN, which a late processor sends again, can end one TIME-WAIT early (RFC 1337): that it
    // ends all three is as good as ruled out.
    let connections = [(); 3].map(|()| {
        let client = world.tcp(world.client);
        world.ok(client, connect(address));
        (world.accept(listener), client)
    });
    world.ok(listener, Call::Close);
    for (conn, client) in connections {
        let (active, passive) = match first {
            First::Server => (conn, client),
            First::Client => (client, conn),
        };
        world.ok(active, Call::Close);
        assert_eq!(world.received(passive, 1), b"");
        world.ok(passive, Call::Close);
        world.wait_for_state(active, TcpState::TimeWait);
    }
    // The end that closed last keeps the port until its FIN is acknowledged.
    wait_until_left(address);
    let second = world.tcp(world.server);
    if reuse_after {
        world.ok(second, reuse_address());
    }
    match world
        .call(second, bind(address))
        .outcome
        .and_then(|it| it.errno())
    {
        None => Ok(()),
        Some(errno) => Err(errno),
    }
}

#[test]
fn time_wait_and_the_second_run() {
    assert_eq!(
        run_twice(First::Server, false, false),
        Err(Errno::EADDRINUSE)
    );
    // The trap: the option is set only after the error was seen.
    assert_eq!(
        run_twice(First::Server, false, true),
        Err(Errno::EADDRINUSE)
    );
    assert_eq!(run_twice(First::Server, true, true), Ok(()));
    assert_eq!(run_twice(First::Client, false, false), Ok(()));
}
