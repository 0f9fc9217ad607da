//! What the kernel says of sockets: told when it changes, also through peers outside, and not otherwise.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use sockeye::model::call::{BlockingMode, Call, Outcome, ShutdownHow, SocketId};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Note, Observation, TcpState};
use sockeye::network::Network;
use support::{World, any_port, bind, reuse_address, send, send_to, shut};

fn wait_for(world: &mut World, socket: SocketId, what: &str, fits: impl Fn(&Observation) -> bool) {
    world.wait_until(what, |world| {
        world
            .recording
            .observations()
            .any(|seen| seen.socket == socket && fits(&seen.observation))
    });
}

fn wait_for_state(world: &mut World, socket: SocketId, state: TcpState) {
    wait_for(world, socket, state.name(), |seen| {
        seen.tcp.is_some_and(|tcp| tcp.state == state)
    });
}

#[test]
fn addresses_appear_without_being_asked_for() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let address = world.local(listener);
    let own = world.local(client);
    wait_for(&mut world, listener, "the listener's port", |seen| {
        seen.local == Some(address) && seen.peer.is_none()
    });
    wait_for(&mut world, client, "both ends", |seen| {
        seen.local == Some(own) && seen.peer == Some(address)
    });
    wait_for(&mut world, conn, "both ends, from the other side", |seen| {
        seen.local == Some(address) && seen.peer == Some(own)
    });
    let udp = world.udp(world.client);
    world.ok(udp, send_to(b"x", any_port_of(address.port())));
    wait_for(&mut world, udp, "the port that sendto chose", |seen| {
        seen.local.is_some_and(|local| local.port() != 0)
    });
}

fn any_port_of(port: u16) -> std::net::SocketAddr {
    let mut address = any_port();
    address.set_port(port);
    address
}

#[test]
fn a_program_outside_is_seen_at_every_step() {
    let mut world = World::new();
    let (listener, address) = world.listener(5);
    wait_for(&mut world, listener, "an empty accept queue of 5", |seen| {
        seen.tcp.is_some_and(|tcp| {
            tcp.state == TcpState::Listen && tcp.accept_queue == 0 && tcp.backlog == 5
        })
    });
    let mut outside = TcpStream::connect(address).expect("a connection");
    wait_for(&mut world, listener, "one in the accept queue", |seen| {
        seen.tcp.is_some_and(|tcp| tcp.accept_queue == 1)
    });
    let conn = world.accept(listener);
    wait_for(&mut world, listener, "none left in it", |seen| {
        seen.tcp.is_some_and(|tcp| tcp.accept_queue == 0)
    });
    outside.write_all(b"hello").expect("a write");
    wait_for(&mut world, conn, "five bytes to receive", |seen| {
        seen.receive_queue == Some(5)
    });
    assert_eq!(world.received(conn, 2), b"he");
    wait_for(&mut world, conn, "three left", |seen| {
        seen.receive_queue == Some(3)
    });
    world.ok(conn, send(b"bye"));
    outside.read_exact(&mut [0; 3]).expect("a read");
    outside.shutdown(std::net::Shutdown::Write).expect("a FIN");
    wait_for_state(&mut world, conn, TcpState::CloseWait);
    drop(outside);
    world.ok(conn, send(b"to nobody"));
    wait_for_state(&mut world, conn, TcpState::Closed);
}

#[test]
fn a_fin_is_acknowledged_without_an_edge() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    world.ok(client, shut(ShutdownHow::Write));
    wait_for_state(&mut world, client, TcpState::FinWait2);
    wait_for_state(&mut world, conn, TcpState::CloseWait);
    world.ok(conn, Call::Close);
    wait_for_state(&mut world, client, TcpState::Closed);
}

#[test]
fn who_closes_first_waits() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let address = world.local(listener);
    for socket in [conn, listener] {
        world.ok(socket, Call::Close);
    }
    // A FIN may reach the other end after its close has returned; a client that finished before that would have
    // closed first too.
    wait_for_state(&mut world, client, TcpState::CloseWait);
    world.ok(client, Call::Close);
    wait_for_state(&mut world, conn, TcpState::TimeWait);
    assert!(world.recording.observations().all(|seen| {
        seen.socket != client
            || seen
                .observation
                .tcp
                .is_none_or(|tcp| tcp.state != TcpState::TimeWait)
    }));
    let second = world.tcp(world.server);
    world.ok(second, reuse_address());
    let row = world.call(second, bind(address));
    assert_eq!(row.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    let Some(Note::TimeWait { millis_left }) = row.note else {
        panic!("{:?}", row.note);
    };
    // TCP_TIMEWAIT_LEN of Linux is 60 s.
    assert!((30_000..=60_000).contains(&millis_left), "{millis_left}");
}

#[test]
fn a_port_kept_by_a_connection_that_the_other_end_has_yet_to_close() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let address = world.local(listener);
    let peer = world.local(client);
    for socket in [conn, listener] {
        world.ok(socket, Call::Close);
    }
    wait_for_state(&mut world, conn, TcpState::FinWait2);
    let second = world.tcp(world.server);
    let row = world.call(second, bind(address));
    assert_eq!(row.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    let state = TcpState::FinWait2;
    assert_eq!(row.note, Some(Note::OldConnection { state, peer }));
    let words = sockeye::model::explain::note_words(&row, world.recording.sockets());
    let expected = "an old connection on it is not over yet (FIN-WAIT-2)";
    assert_eq!(words.as_deref(), Some(expected));
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "it plays the other program, outside the network"
)]
fn a_half_closed_connection_of_another_program_is_no_old_one() {
    let mut world = World::new();
    let outside = std::net::TcpListener::bind(any_port()).expect("a listener");
    let address = outside.local_addr().expect("its address");
    let client = world.tcp(world.client);
    world.ok(client, Call::Connect { address });
    let (conn, _) = outside.accept().expect("a connection");
    conn.shutdown(std::net::Shutdown::Write).expect("a FIN");
    wait_for_state(&mut world, client, TcpState::CloseWait);
    let second = world.tcp(world.server);
    let row = world.call(second, bind(address));
    assert_eq!(row.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    assert_eq!(row.note, None);
}

#[test]
fn a_port_held_by_a_listener_is_not_called_time_wait() {
    let mut world = World::new();
    let (listener, address) = world.listener(1);
    let second = world.tcp(world.server);
    let row = world.call(second, bind(address));
    assert_eq!(row.outcome, Some(Outcome::Error(Errno::EADDRINUSE)));
    assert_eq!(row.note, Some(Note::HeldBy { socket: listener }));
}

#[test]
fn a_syn_is_sent_again_while_the_backlog_is_full() {
    let mut world = World::new();
    let (_, address) = world.listener(0);
    let first = world.tcp(world.client);
    world.ok(first, Call::Connect { address });
    let second = world.tcp(world.client);
    world.set_mode(second, BlockingMode::NonBlocking);
    assert_eq!(
        world.errno(second, Call::Connect { address }),
        Errno::EINPROGRESS
    );
    wait_for(&mut world, second, "a SYN sent again", |seen| {
        seen.tcp
            .is_some_and(|tcp| tcp.state == TcpState::SynSent && tcp.retransmits > 0)
    });
}

#[test]
fn dropped_datagrams_are_counted() {
    let mut world = World::new();
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(any_port()));
    let address = world.local(receiver);
    let outside = std::net::UdpSocket::bind(any_port()).expect("a socket");
    let datagram = [7; 1400];
    for _ in 0..1000 {
        outside.send_to(&datagram, address).expect("a datagram");
    }
    wait_for(
        &mut world,
        receiver,
        "drops, and the next datagram",
        |seen| seen.drops.is_some_and(|drops| drops > 0) && seen.receive_queue == Some(1400),
    );
}

#[test]
fn the_next_datagram_is_told_though_it_is_as_long_as_the_one_received() {
    let mut world = World::new();
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(any_port()));
    let address = world.local(receiver);
    let outside = std::net::UdpSocket::bind(any_port()).expect("a socket");
    for datagram in [b"first", b"other"] {
        outside.send_to(datagram, address).expect("a datagram");
    }
    let unread = |world: &World| {
        let receiver = world.recording.sockets().get(receiver);
        receiver.and_then(sockeye::model::socket::Socket::unread)
    };
    world.wait_until("one that waits", |world| unread(world) == Some(5));
    assert_eq!(world.received(receiver, 100), b"first");
    world.wait_until("the other", |world| unread(world) == Some(5));
    assert_eq!(world.received(receiver, 100), b"other");
    world.wait_until("none left", |world| unread(world) == Some(0));
}

#[test]
fn a_question_is_answered_though_nothing_changed() {
    let mut world = World::new();
    let (listener, _) = world.listener(5);
    wait_for_state(&mut world, listener, TcpState::Listen);
    let count = |world: &World| {
        let of = |seen: &&sockeye::model::recording::Observed| seen.socket == listener;
        world.recording.observations().filter(of).count()
    };
    let before = count(&world);
    world.network.observe(listener);
    world.wait_until("an answer", |world| count(world) > before);
}

#[test]
fn at_full_rate_each_socket_is_looked_at_sixty_times_a_second() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let begin = Instant::now();
    for _ in 0..400 {
        // One after another, so that there is time to look at each.
        world.ok(client, send(b"x"));
        assert_eq!(world.received(conn, 1), b"x");
    }
    let looks = begin.elapsed().as_millis() / 16 + 2;
    for socket in [client, conn] {
        let of = |seen: &&sockeye::model::recording::Observed| seen.socket == socket;
        let seen = world.recording.observations().filter(of).count() as u128;
        // Its birth, connect and accept took a few before the clock ran.
        assert!(seen <= looks + 8, "{seen} observations in {looks} looks");
    }
    let peer = world.local(conn);
    wait_for(&mut world, client, "the other end", |seen| {
        seen.peer == Some(peer)
    });
}
