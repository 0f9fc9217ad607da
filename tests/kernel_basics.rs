//! The kernel network's calls, threads and rows, on real loopback sockets.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod support;

use sockeye::model::call::{BlockingMode, Call, Outcome, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::Note;
use support::{World, any_port, bind, bytes_of, send, send_all, send_to};

#[test]
fn tcp_capitalise() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    assert_eq!(world.ok(client, send(b"hello sockets")), Value::Sent(13));
    assert_eq!(world.received(conn, 1024), b"hello sockets");
    world.ok(conn, send(b"HELLO SOCKETS"));
    let row = world.call(client, Call::Recv { max: 5 });
    assert_eq!(row.offset, Some(0));
    let row = world.call(client, Call::Recv { max: 1024 });
    assert_eq!(row.offset, Some(5), "the rest begins behind the first five");
    assert_eq!(row.bytes_moved, 8);
    for socket in [client, conn, listener] {
        world.ok(socket, Call::Close);
        assert_eq!(world.errno(socket, Call::GetSockName), Errno::EBADF);
        assert_eq!(world.errno(socket, Call::Close), Errno::EBADF);
    }
}

#[test]
fn udp_datagrams_and_what_is_cut_off() {
    let mut world = World::new();
    let server = world.udp(world.server);
    world.ok(server, bind(any_port()));
    let address = world.local(server);
    let client = world.udp(world.client);
    world.ok(client, send_to(b"0123456789", address));
    world.ok(client, send_to(b"abcd", address));
    let own = world.local(client);
    let value = world.ok(server, Call::RecvFrom { max: 4 });
    let Value::Received { bytes, peer, lost } = value else {
        panic!("{value:?}");
    };
    assert_eq!(bytes.whole(), Some(&b"0123"[..]));
    assert_eq!(lost, 6, "the rest of the datagram is gone");
    assert_eq!(peer.map(|peer| peer.port()), Some(own.port()));
    assert_eq!(bytes_of(&world.ok(server, Call::Recv { max: 4 })), b"abcd");
}

#[test]
fn a_waiting_recv_is_seen_and_ended_by_the_user() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let id = world.start(conn, Call::Recv { max: 10 });
    let row = world.interrupt(id);
    assert_eq!(row.outcome, Some(Outcome::Interrupted));
    world.ok(client, send(b"still there"));
    assert_eq!(world.received(conn, 100), b"still there");
}

#[test]
fn close_ends_what_waits_and_takes_back_what_is_queued() {
    let mut world = World::new();
    let (_, _, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let behind = world.submit(conn, send(b"never sent"));
    let close = world.submit(conn, Call::Close);
    assert_eq!(world.ended(close).outcome, Some(Outcome::Ok(Value::None)));
    assert_eq!(world.entry(recv).outcome, Some(Outcome::Interrupted));
    assert_eq!(world.queued, [behind]);
    assert_eq!(world.withdrawn, [behind]);
}

#[test]
fn non_blocking_is_eagain_at_once() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    world.set_mode(conn, BlockingMode::NonBlocking);
    assert_eq!(world.errno(conn, Call::Recv { max: 5 }), Errno::EAGAIN);
    world.ok(client, send(b"x"));
    world.ok(client, Call::Close);
    assert_eq!(world.received(conn, 5), b"x");
}

#[test]
fn a_stopped_sendall_says_how_far_it_came() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let id = world.start(client, send_all(b'a', 16 * 1024 * 1024));
    world.wait_until("something to receive", |world| {
        world.recording.waiting_row(id).is_some()
    });
    assert_eq!(world.received(conn, 1), b"a");
    let row = world.interrupt(id);
    let Some(Outcome::Ok(Value::Sent(count))) = row.outcome else {
        panic!("{:?}", row.outcome);
    };
    assert_eq!(row.note, Some(Note::EndedByYou));
    world.ok(client, Call::Close);
    let mut received = 1;
    loop {
        let bytes = world.received(conn, 1 << 20);
        if bytes.is_empty() {
            break;
        }
        received += bytes.len() as u64;
    }
    assert_eq!(received, count, "every byte it said is there, and no more");
}
