//! Cases beside the table of `tests/kernel_errno.rs`: connecting, resets, halves, datagrams, options.
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

use sockeye::model::call::{
    BlockingMode, Call, Family, Protocol, ShutdownHow, SocketId, SocketOption, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Remnant, TcpState};
use sockeye::model::socket::{Socket, Stage};
use support::{World, any_port, bind, bytes_of, repeat, send, send_to, shut};

fn connect(address: SocketAddr) -> Call {
    Call::Connect { address }
}

fn recv(max: u32) -> Call {
    Call::Recv { max }
}

/// A port on which nobody listens and that nobody else can get: bound, without listen.
fn deaf(world: &mut World) -> SocketAddr {
    let socket = world.tcp(world.server);
    world.ok(socket, bind(any_port()));
    world.local(socket)
}

#[test]
fn connecting_to_nobody() {
    let mut world = World::new();
    let closed = deaf(&mut world);
    let blocking = world.tcp(world.client);
    assert_eq!(world.errno(blocking, connect(closed)), Errno::ECONNREFUSED);
    let socket = world.tcp(world.client);
    world.set_mode(socket, BlockingMode::NonBlocking);
    assert_eq!(world.errno(socket, connect(closed)), Errno::EINPROGRESS);
    world.wait_for_state(socket, TcpState::Closed);
    assert_eq!(world.errno(socket, connect(closed)), Errno::ECONNREFUSED);
    assert_eq!(world.errno(socket, connect(closed)), Errno::EINPROGRESS);
    let third = world.tcp(world.client);
    let port_0 = any_port();
    assert_eq!(world.errno(third, connect(port_0)), Errno::ECONNREFUSED);
}

#[test]
fn connecting_more_than_once() {
    let mut world = World::new();
    let (_, address) = world.listener(5);
    let blocking = world.tcp(world.client);
    world.ok(blocking, connect(address));
    assert_eq!(world.errno(blocking, connect(address)), Errno::EISCONN);
    let socket = world.tcp(world.client);
    world.set_mode(socket, BlockingMode::NonBlocking);
    assert_eq!(world.errno(socket, connect(address)), Errno::EINPROGRESS);
    world.wait_for_state(socket, TcpState::Established);
    world.ok(socket, connect(address));
    assert_eq!(world.errno(socket, connect(address)), Errno::EISCONN);
}

#[test]
fn connecting_to_oneself_and_to_all_zeros() {
    let mut world = World::new();
    let own = world.tcp(world.client);
    world.ok(own, bind(any_port()));
    let address = world.local(own);
    world.ok(own, connect(address));
    world.wait_for_state(own, TcpState::Established);
    world.ok(own, send(b"echo"));
    assert_eq!(world.received(own, 10), b"echo");
    let (_, mut address) = world.listener(1);
    address.set_ip(Ipv4Addr::UNSPECIFIED.into());
    let socket = world.tcp(world.client);
    world.ok(socket, connect(address));
}

#[test]
fn a_full_send_buffer() {
    let mut world = World::new();
    let (_, client, _) = world.connection();
    world.set_mode(client, BlockingMode::NonBlocking);
    let payload = repeat(b'x', 16 * 1024 * 1024);
    let asked = payload.len();
    let Value::Sent(count) = world.ok(client, Call::Send { payload }) else {
        panic!("nothing sent");
    };
    assert!(count > 0 && count < asked, "a short count: {count}");
    // The receiver's buffer may grow and take a little more before it is full for good.
    let payload = repeat(b'x', 65_536);
    let mut outcome = Ok(());
    for _ in 0..10_000 {
        let row = world.call(
            client,
            Call::Send {
                payload: payload.clone(),
            },
        );
        if let Some(errno) = row.outcome.and_then(|outcome| outcome.errno()) {
            outcome = Err(errno);
            break;
        }
    }
    assert_eq!(outcome, Err(Errno::EAGAIN));
}

#[test]
fn after_the_peer_closed() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    world.ok(conn, Call::Close);
    world.ok(client, send(b"1"));
    world.wait_for_state(client, TcpState::Closed);
    assert_eq!(world.errno(client, send(b"2")), Errno::EPIPE);
    assert_eq!(world.errno(client, send(b"3")), Errno::EPIPE);
    for _ in 0..2 {
        assert_eq!(world.received(client, 10), b"");
    }
}

#[test]
fn closing_with_bytes_unread_resets() {
    for greeting in [&b""[..], b"0123456789"] {
        let mut world = World::new();
        let (_, client, conn) = world.connection();
        if !greeting.is_empty() {
            world.ok(conn, send(greeting));
        }
        world.ok(client, send(b"unread"));
        world.wait_for(conn, "bytes unread", |conn| conn.unread() == Some(6));
        world.ok(conn, Call::Close);
        world.wait_for_state(client, TcpState::Closed);
        if greeting.is_empty() {
            assert_eq!(world.errno(client, recv(10)), Errno::ECONNRESET);
            assert_eq!(world.received(client, 10), b"");
            assert_eq!(world.errno(client, send(b"x")), Errno::EPIPE);
        } else {
            for expected in [&b"0123"[..], b"4567", b"89"] {
                assert_eq!(world.received(client, 4), expected);
            }
        }
    }
}

#[test]
fn shutting_down_one_half() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    world.ok(client, send(b"12345"));
    world.wait_for(conn, "five bytes", |conn| conn.unread() == Some(5));
    world.ok(conn, shut(ShutdownHow::Read));
    for expected in [&b"123"[..], b"45", b""] {
        assert_eq!(world.received(conn, 3), expected);
    }
    world.ok(conn, shut(ShutdownHow::Write));
    assert_eq!(world.errno(conn, send(b"x")), Errno::EPIPE);
    world.ok(conn, shut(ShutdownHow::Write));
}

/// A listener that was shut before it listened, and a client of it: what it accepts sends its FIN at once.
fn connected_to_one_shut_before(world: &mut World) -> (SocketId, SocketId) {
    let listener = world.tcp(world.server);
    world.ok(listener, bind(any_port()));
    let refused = world.errno(listener, shut(ShutdownHow::Write));
    assert_eq!(refused, Errno::ENOTCONN);
    world.ok(listener, Call::Listen { backlog: 1 });
    let address = world.local(listener);
    let client = world.tcp(world.client);
    world.ok(client, connect(address));
    (listener, client)
}

#[test]
fn a_connection_from_a_listener_that_was_shut_before_cannot_send_and_is_not_lost() {
    let mut world = World::new();
    let (listener, client) = connected_to_one_shut_before(&mut world);
    let conn = world.accept(listener);
    let is_fin_wait_2 = |conn: &Socket| {
        let seen = conn.observed().and_then(|(_, seen)| seen.tcp);
        seen.is_some_and(|tcp| tcp.state == TcpState::FinWait2)
    };
    world.wait_for(conn, "its FIN is acknowledged", is_fin_wait_2);
    assert_eq!(world.errno(conn, send(b"x")), Errno::EPIPE);
    assert_eq!(world.known(conn).stage, Stage::Connected);
    // The other half is open.
    world.ok(client, send(b"hello"));
    assert_eq!(world.received(conn, 5), b"hello");
}

#[test]
fn what_lingers_of_a_connection_that_was_over_before_its_accept_is_known() {
    let mut world = World::new();
    let (listener, client) = connected_to_one_shut_before(&mut world);
    assert_eq!(world.received(client, 1), b"", "its FIN has come");
    world.ok(client, Call::Close);
    world.wait_for(client, "all is over for the client", |client| {
        let seen = client.observed().and_then(|(_, seen)| seen.remnant);
        seen == Some(Remnant::Nothing)
    });
    let conn = world.accept(listener);
    world.wait_for(conn, "it lingers", |conn| {
        let seen = conn.observed().and_then(|(_, seen)| seen.remnant);
        matches!(seen, Some(Remnant::TimeWait { .. }))
    });
    assert_eq!(world.known(conn).stage, Stage::Connected, "no reset");
}

#[test]
fn bound_anew_a_socket_has_nothing_to_do_with_its_connection_before() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    world.wait_for(client, "both ends are known", |client| {
        client
            .observed()
            .is_some_and(|(_, seen)| seen.peer.is_some())
    });
    world.ok(client, shut(ShutdownHow::Write));
    world.ok(conn, shut(ShutdownHow::Write));
    let remnant = |socket: &Socket| socket.observed().and_then(|(_, seen)| seen.remnant);
    world.wait_for(client, "it lingers", |client| {
        matches!(remnant(client), Some(Remnant::TimeWait { .. }))
    });
    let before = world.known(client).local;
    world.ok(client, bind(any_port()));
    world.wait_for(client, "it is bound anew", |client| {
        let seen = client.observed().and_then(|(_, seen)| seen.local);
        seen.is_some() && seen != before
    });
    assert_eq!(remnant(world.known(client)), None);
}

#[test]
fn datagrams_whole_empty_and_too_large() {
    let mut world = World::new();
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(any_port()));
    let address = world.local(receiver);
    let sender = world.udp(world.client);
    world.ok(sender, send_to(b"", address));
    let value = world.ok(receiver, Call::RecvFrom { max: 10 });
    assert_eq!(bytes_of(&value), b"");
    // 65,535 less the headers of IP (20) and UDP (8).
    for (size, fits) in [(65_507, true), (65_508, false)] {
        let call = Call::SendTo {
            payload: repeat(b'x', size),
            address,
        };
        if fits {
            assert_eq!(world.ok(sender, call), Value::Sent(u64::from(size)));
        } else {
            assert_eq!(world.errno(sender, call), Errno::EMSGSIZE);
        }
    }
    let value = world.ok(receiver, Call::RecvFrom { max: 10_000_000 });
    assert_eq!(bytes_of(&value).len(), 65_507);
}

#[test]
fn datagrams_to_nobody() {
    let mut world = World::new();
    // Connected to itself it takes nothing from others: to them the port is closed, and nobody else can get it.
    let deaf = world.udp(world.server);
    world.ok(deaf, bind(any_port()));
    let address = world.local(deaf);
    world.ok(deaf, connect(address));
    let unconnected = world.udp(world.client);
    world.set_mode(unconnected, BlockingMode::NonBlocking);
    world.ok(unconnected, send_to(b"1", address));
    world.ok(unconnected, send_to(b"2", address));
    let errno = world.errno(unconnected, Call::RecvFrom { max: 1 });
    assert_eq!(errno, Errno::EAGAIN, "UDP does not say so");
    let connected = world.udp(world.client);
    world.ok(connected, connect(address));
    world.ok(connected, send(b"1"));
    // It blocks: this waits for the "port unreachable".
    assert_eq!(world.errno(connected, recv(1)), Errno::ECONNREFUSED);
    world.set_mode(connected, BlockingMode::NonBlocking);
    assert_eq!(world.errno(connected, recv(1)), Errno::EAGAIN);
}

#[test]
fn broadcasting_needs_the_option() {
    let mut world = World::new();
    // The loopback network's own broadcast address: it leaves this computer by no way.
    let everyone = SocketAddr::from((Ipv4Addr::new(127, 255, 255, 255), 0));
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(everyone));
    let address = world.local(receiver);
    let socket = world.udp(world.client);
    assert_eq!(world.errno(socket, send_to(b"x", address)), Errno::EACCES);
    let option = SocketOption::Broadcast;
    world.ok(socket, Call::SetSockOpt { option, value: 1 });
    world.ok(socket, send_to(b"x", address));
    assert_eq!(world.received(receiver, 10), b"x");
}

#[test]
fn buffers_are_doubled_and_have_a_floor() {
    let mut world = World::new();
    let socket = world.tcp(world.client);
    for (option, value, read) in [
        (SocketOption::ReceiveBuffer, 1_000, 2_304),
        (SocketOption::SendBuffer, 1_000, 4_608),
        (SocketOption::ReceiveBuffer, 4_096, 8_192),
        (SocketOption::SendBuffer, 100_000, 200_000),
        (SocketOption::NoDelay, 1, 1),
        (SocketOption::NoDelay, 7, 1),
        (SocketOption::NoDelay, 0, 0),
        (SocketOption::ReuseAddress, 1, 1),
    ] {
        world.ok(socket, Call::SetSockOpt { option, value });
        let got = world.ok(socket, Call::GetSockOpt { option });
        assert_eq!(got, Value::Integer(read), "{option:?} set to {value}");
    }
}

#[test]
fn ipv6_works_the_same() {
    let mut world = World::new();
    let listener = world.socket(world.server, Family::Ipv6, Protocol::Tcp);
    world.ok(listener, bind(SocketAddr::from((Ipv6Addr::LOCALHOST, 0))));
    world.ok(listener, Call::Listen { backlog: 1 });
    let address = world.local(listener);
    let client = world.socket(world.client, Family::Ipv6, Protocol::Tcp);
    world.ok(client, connect(address));
    let conn = world.accept(listener);
    world.ok(client, send(b"six"));
    assert_eq!(world.received(conn, 10), b"six");
    world.ok(conn, Call::Close);
    assert_eq!(world.received(client, 10), b"");
    world.ok(client, Call::Close);
    world.wait_for_state(conn, TcpState::TimeWait);
}

#[test]
fn the_mode_shown_is_the_mode_it_is_in() {
    let mut world = World::new();
    let (listener, address) = world.listener(5);
    assert_eq!(world.mode_in_the_kernel(listener), BlockingMode::Blocking);
    world.set_mode(listener, BlockingMode::NonBlocking);
    assert_eq!(
        world.mode_in_the_kernel(listener),
        BlockingMode::NonBlocking
    );
    let client = world.tcp(world.client);
    world.ok(client, connect(address));
    let conn = world.accept(listener);
    let shown = world.recording.sockets().get(conn).expect("a socket").mode;
    assert_eq!(world.mode_in_the_kernel(conn), shown);
    assert_eq!(shown, BlockingMode::Blocking, "accept does not hand it on");
    world.set_mode(listener, BlockingMode::Blocking);
    assert_eq!(world.mode_in_the_kernel(listener), BlockingMode::Blocking);
}
