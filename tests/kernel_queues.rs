//! What is shown of the queues beside the kernel's own tables, which are read from /proc and know nothing of Sockeye;
//! and the bytes said to wait beside those that come when they are received.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use proptest::prelude::*;
use sockeye::model::call::{Call, Protocol, SocketId, Value};
use sockeye::model::flow::{Flow, Progress};
use sockeye::model::queues::{self, AcceptQueue, ReceiveQueue, Unknown};
use sockeye::model::reach::{Reach, reach};
use support::{World, any_port, bind, bytes_of, send, send_to};

/// A socket's line in the kernel's table.
#[derive(Debug, PartialEq, Eq)]
struct InKernel {
    sent: u32,
    received: u32,
    drops: Option<u32>,
}

fn in_kernel(world: &World, socket: SocketId) -> InKernel {
    let known = world.known(socket);
    let link = std::fs::read_link(format!("/proc/self/fd/{}", known.fd)).expect("a descriptor");
    let link = link.to_string_lossy();
    let inode = link.trim_start_matches("socket:[").trim_end_matches(']');
    let (file, udp) = match known.protocol {
        Protocol::Tcp => ("/proc/self/net/tcp", false),
        Protocol::Udp => ("/proc/self/net/udp", true),
    };
    let table = std::fs::read_to_string(file).expect("/proc");
    let fields: Vec<&str> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.get(9) == Some(&inode))
        .unwrap_or_else(|| panic!("no {link} in {file}"));
    let (sent, received) = fields[4].split_once(':').expect("both queues");
    let number = |hex: &str| u32::from_str_radix(hex, 16).expect("a number");
    InKernel {
        sent: number(sent),
        received: number(received),
        drops: udp.then(|| fields[12].parse().expect("drops")),
    }
}

fn receive(world: &World, socket: SocketId, n: u32) -> Option<ReceiveQueue> {
    let (recording, flow) = (&world.recording, Flow::of(&world.recording));
    let unread = flow.unread(socket, recording, queues::CONTENT);
    let partner = flow.partner(socket);
    queues::receive(
        world.known(socket),
        recording.sockets(),
        partner,
        &unread,
        n,
    )
}

fn accept(world: &World, listener: SocketId) -> Option<AcceptQueue> {
    let clients = Flow::of(&world.recording).queued_clients(listener);
    queues::accept(world.known(listener), world.recording.sockets(), &clients)
}

fn progress(world: &World, send: &sockeye::model::recording::CallEntry) -> Progress {
    Flow::of(&world.recording)
        .progress(send.number, &world.recording)
        .expect("a send")
}

/// Whether both of a connection's queues are shown as the kernel has them.
fn agrees(world: &World, socket: SocketId) -> bool {
    let kernel = in_kernel(world, socket);
    let shown = receive(world, socket, 1).and_then(|queue| queue.bytes);
    let kept = queues::send(world.known(socket)).map(|queue| queue.bytes);
    shown == Some(kernel.received) && kept == Some(kernel.sent)
}

/// A step on a connection: who, and how many bytes it sends or asks for.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(bool, u16),
    Receive(bool, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let count = prop_oneof![1_u16..40, 1_u16..4000];
    let send = (any::<bool>(), count.clone()).prop_map(|(who, count)| Step::Send(who, count));
    let receive = (any::<bool>(), count).prop_map(|(who, count)| Step::Receive(who, count));
    prop::collection::vec(prop_oneof![send, receive], 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_connections_queues_are_the_kernels_and_hold_what_is_received_next(walk in steps()) {
        let mut world = World::new();
        let (_, client, conn) = world.connection();
        for socket in [client, conn] {
            world.wait_until("the kernel's first numbers", |world| agrees(world, socket));
        }
        let mut on_the_way = [0, 0];
        let mut next = 0;
        for step in walk {
            walk_one(&mut world, [client, conn], step, (&mut on_the_way, &mut next));
        }
    }
}

/// Makes a step, and waits until all bytes sent to each end and not received there are in its queue, and shown.
fn walk_one(
    world: &mut World,
    ends: [SocketId; 2],
    step: Step,
    (on_the_way, next): (&mut [u32; 2], &mut u8),
) {
    match step {
        Step::Send(who, count) => {
            // Each byte tells its place, so that none can stand for another.
            let bytes: Vec<u8> = (0..count)
                .map(|_| {
                    *next = next.wrapping_add(1);
                    *next
                })
                .collect();
            world.ok(ends[usize::from(who)], send(&bytes));
            on_the_way[usize::from(!who)] += u32::from(count);
        }
        Step::Receive(who, n) => {
            let socket = ends[usize::from(who)];
            let shown = receive(world, socket, n.into()).expect("a queue");
            assert_eq!(shown.why_unknown, None);
            if shown.is_empty() {
                return;
            }
            let came = world.received(socket, n.into());
            assert_eq!(came.len(), shown.first_n as usize, "what recv({n}) takes");
            on_the_way[usize::from(who)] -= shown.first_n;
            let both = came.len().min(shown.content.len());
            assert_eq!(
                came[..both],
                shown.content[..both],
                "the first {both} bytes"
            );
            assert!(both == came.len() || both == queues::CONTENT);
        }
    }
    for (socket, bytes) in ends.into_iter().zip(*on_the_way) {
        world.wait_until(&format!("{bytes} in {socket} after {step:?}"), |world| {
            in_kernel(world, socket).received == bytes && agrees(world, socket)
        });
    }
}

#[test]
fn the_accept_queue_is_the_kernels_and_its_seats_are_taken_in_that_order() {
    let mut world = World::new();
    let (listener, address) = world.listener(2);
    let agree = |world: &mut World, count: u32| {
        world.wait_until(&format!("{count} in the accept queue"), |world| {
            let kernel = in_kernel(world, listener).received;
            let shown = accept(world, listener);
            kernel == count && shown.is_some_and(|queue| queue.waiting == kernel)
        });
    };
    agree(&mut world, 0);
    let clients: Vec<SocketId> = (1..=3)
        .map(|count| {
            let client = world.tcp(world.client);
            world.ok(client, Call::Connect { address });
            agree(&mut world, count);
            client
        })
        .collect();
    let queue = accept(&world, listener).expect("a queue");
    assert_eq!((queue.waiting, queue.seats, queue.others()), (3, 3, 0));
    for (seat, client) in clients.iter().enumerate() {
        let first = accept(&world, listener).expect("a queue").client(0);
        assert_eq!(first, Some(*client), "seat {seat}");
        let conn = world.accept(listener);
        let own = world.local(*client);
        assert_eq!(world.known(conn).peer, Some(own), "who was accepted");
        agree(&mut world, 2 - seat as u32);
    }
}

#[test]
fn a_client_from_outside_is_counted_and_not_named() {
    let mut world = World::new();
    let (listener, address) = world.listener(5);
    let client = world.tcp(world.client);
    world.ok(client, Call::Connect { address });
    let _outside = TcpStream::connect(address).expect("a connection");
    world.wait_until("two in the accept queue", |world| {
        accept(world, listener).is_some_and(|queue| queue.waiting == 2)
    });
    assert_eq!(in_kernel(&world, listener).received, 2);
    let queue = accept(&world, listener).expect("a queue");
    assert_eq!(
        (queue.clients.as_slice(), queue.others()),
        (&[client][..], 1)
    );
    assert_eq!((queue.client(0), queue.client(1)), (None, None));
}

#[test]
fn bytes_from_outside_are_counted_and_a_send_to_outside_is_known_to_arrive() {
    let mut world = World::new();
    let (listener, address) = world.listener(5);
    let mut outside = TcpStream::connect(address).expect("a connection");
    let conn = world.accept(listener);
    outside.write_all(b"hello").expect("a write");
    world.wait_until("five bytes", |world| {
        agrees(world, conn) && in_kernel(world, conn).received == 5
    });
    let waits = receive(&world, conn, 1024).expect("a queue");
    assert_eq!((waits.bytes, waits.content.len()), (Some(5), 0));
    assert_eq!(waits.why_unknown, Some(Unknown::Outside));
    let sent = world.call(conn, send(b"HELLO"));
    world.wait_until("an acknowledgement", |world| {
        reach(&progress(world, &sent)) == Reach::Arrived
    });
    outside.read_exact(&mut [0; 5]).expect("a read");
    assert_eq!(in_kernel(&world, conn).sent, 0, "all was acknowledged");
    assert_eq!(progress(&world, &sent).read, None, "nobody tells");
}

#[test]
fn a_send_is_marked_as_far_as_it_got() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let sent = world.call(client, send(b"hello sockets"));
    world.wait_until("the bytes at the other end", |world| {
        reach(&progress(world, &sent)) == Reach::Arrived
    });
    assert_eq!(in_kernel(&world, conn).received, 13);
    assert_eq!(world.received(conn, 5), b"hello");
    let part = progress(&world, &sent);
    assert_eq!((reach(&part), part.read), (Reach::Arrived, Some(5)));
    assert_eq!(world.received(conn, 1024), b" sockets");
    assert_eq!(reach(&progress(&world, &sent)), Reach::Read);
}

#[test]
fn datagrams_wait_whole_and_come_as_shown() {
    let mut world = World::new();
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(any_port()));
    let address = world.local(receiver);
    let sender = world.udp(world.client);
    let all: [&[u8]; 3] = [b"first", b"the second one", b"3"];
    for datagram in all {
        world.ok(sender, send_to(datagram, address));
    }
    for (index, datagram) in all.into_iter().enumerate() {
        let left = all.len() - index;
        world.wait_until(&format!("datagram {index}"), |world| {
            receive(world, receiver, 4).is_some_and(|queue| {
                queue.bytes == Some(datagram.len() as u32) && queue.datagrams == Some(left)
            })
        });
        assert!(in_kernel(&world, receiver).received > 0);
        let shown = receive(&world, receiver, 4).expect("a queue");
        assert_eq!(shown.content, datagram);
        let came = world.ok(receiver, Call::RecvFrom { max: 4 });
        let Value::Received { lost, .. } = came else {
            panic!("{came:?}")
        };
        assert_eq!(u64::from(shown.cut()), lost);
        let taken = shown.first_n as usize;
        assert_eq!(bytes_of(&came), shown.content[..taken]);
    }
    world.wait_until("an empty queue", |world| {
        receive(world, receiver, 4).is_some_and(|queue| queue.is_empty())
    });
    assert_eq!(in_kernel(&world, receiver).received, 0);
}

#[test]
fn drops_are_the_kernels_own_count() {
    let mut world = World::new();
    let receiver = world.udp(world.server);
    world.ok(receiver, bind(any_port()));
    let address = world.local(receiver);
    let outside = std::net::UdpSocket::bind(any_port()).expect("a socket");
    for _ in 0..1000 {
        outside.send_to(&[7; 1400], address).expect("a datagram");
    }
    world.wait_until("the kernel's count of drops", |world| {
        let kernel = in_kernel(world, receiver).drops;
        kernel > Some(0) && queues::drops(world.known(receiver)) == kernel
    });
    let waits = receive(&world, receiver, 1024).expect("a queue");
    assert_eq!((waits.bytes, waits.content.len()), (Some(1400), 0));
    assert_eq!(waits.why_unknown, Some(Unknown::Outside));
}
