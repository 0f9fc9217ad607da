//! Which thread makes a call, in what order, and what a slow listener of events gets.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use sockeye::model::call::{
    BlockingMode, Call, CallId, Outcome, ProgramId, ShutdownHow, SocketId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Role, Threading};
use sockeye::model::recording::{CallEntry, Limits, Recording};
use sockeye::network::{Network, Request, ThreadChoice};
use support::{World, any_port, bind, repeat, send, send_to, shut};

#[test]
fn calls_are_made_in_the_order_submitted() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let mut ids = Vec::new();
    for index in 0..200_u8 {
        ids.push(world.submit(client, send(&[index])));
    }
    let mut received = Vec::new();
    while received.len() < 200 {
        received.extend(world.received(conn, 1000));
    }
    assert_eq!(received, (0..200).collect::<Vec<u8>>());
    let rows: Vec<CallEntry> = ids.into_iter().map(|id| world.ended(id)).collect();
    for pair in rows.windows(2) {
        let end = pair[0].end.expect("an end");
        assert!(end.seq < pair[1].start.seq && end.at <= pair[1].start.at);
        assert_eq!(pair[0].offset.map(|offset| offset + 1), pair[1].offset);
    }
}

#[test]
fn a_call_behind_a_waiting_one_is_queued_and_made_after_it() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let behind = world.submit(conn, send(b"reply"));
    world.wait_until("the queued send", |world| world.queued == [behind]);
    let socket = world.recording.sockets().get(conn).expect("a socket");
    assert_eq!(socket.queued.len(), 1);
    world.ok(client, send(b"question"));
    let recv = world.ended(recv);
    let sent = world.ended(behind);
    assert!(recv.end.expect("an end").seq < sent.start.seq);
    assert_eq!(recv.thread, sent.thread);
    let socket = world.recording.sockets().get(conn).expect("a socket");
    assert!(socket.queued.is_empty() && socket.waiting.is_empty());
}

#[test]
fn a_queued_call_can_be_taken_back() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let behind = world.submit(conn, send(b"never"));
    world.network.interrupt(behind);
    world.wait_until("it was taken back", |world| world.withdrawn == [behind]);
    world.ok(client, send(b"x"));
    world.ended(recv);
    world.ok(conn, Call::Close);
    assert_eq!(world.received(client, 10), b"", "nothing was sent");
}

#[test]
fn calls_that_never_wait_go_round_a_waiting_one() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    world.local(conn);
    world.ok(conn, Call::GetPeerName);
    let row = world.call(conn, shut(ShutdownHow::Write));
    assert!(
        world.recording.waiting_row(recv).is_some(),
        "recv still waits"
    );
    assert_eq!(world.received(client, 10), b"", "the FIN arrived");
    world.ok(client, send(b"x"));
    assert_ne!(world.ended(recv).thread, row.thread);
    assert!(world.queued.is_empty());
}

/// Whether it is submitted before, while or after the other enters its system call.
#[test]
fn a_call_that_never_waits_is_never_stuck_behind_one_that_does() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    for turn in 0..500 {
        let recv = world.submit(conn, Call::Recv { max: 10 });
        for _ in 0..turn % 8 {
            std::thread::yield_now();
        }
        for call in [Call::GetSockName, Call::GetPeerName] {
            world.ok(conn, call);
        }
        world.ok(client, send(b"x"));
        assert_eq!(world.ended(recv).bytes_moved, 1);
    }
}

#[test]
fn a_second_thread_sends_while_the_first_receives() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let mut threads = BTreeSet::new();
    for _ in 0..2 {
        let mut request = Request::on(conn, send(b"meanwhile"));
        request.thread = ThreadChoice::Second;
        let id = world.network.submit(request);
        threads.insert(world.ended(id).thread);
        assert_eq!(world.received(client, 10), b"meanwhile");
    }
    assert_eq!(threads.len(), 1, "it is kept for the socket");
    world.ok(client, send(b"x"));
    assert!(!threads.contains(&world.ended(recv).thread));
}

/// A call on the socket's second thread, which waits.
fn start_on_second_thread(world: &mut World, socket: SocketId, call: Call) -> CallId {
    let mut request = Request::on(socket, call);
    request.thread = ThreadChoice::Second;
    let id = world.network.submit(request);
    world.wait_until("the start of a waiting call", |world| {
        world.recording.waiting_row(id).is_some() || world.rows.contains_key(&id)
    });
    id
}

#[test]
fn where_the_bytes_of_two_sends_at_once_lie_is_not_said() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let long = Call::Send {
        payload: repeat(b'l', 16 * 1024 * 1024),
    };
    let first = world.start(client, long);
    let second = start_on_second_thread(&mut world, client, send(b"short"));
    let mut left = 16 * 1024 * 1024 + 5;
    while left > 0 {
        left -= world.received(conn, 1 << 20).len();
    }
    for id in [first, second] {
        assert_eq!(world.ended(id).offset, None);
    }
    let next = world.call(client, send(b"next"));
    assert_eq!(next.offset, Some(16 * 1024 * 1024 + 5));
}

#[test]
fn where_the_bytes_of_two_receives_at_once_lie_is_not_said() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let first = world.start(conn, Call::Recv { max: 1 });
    let second = start_on_second_thread(&mut world, conn, Call::Recv { max: 1 });
    let sent = world.call(client, send(b"abc"));
    assert_eq!(sent.offset, Some(0));
    for id in [first, second] {
        let row = world.ended(id);
        assert_eq!((row.bytes_moved, row.offset), (1, None));
    }
    let next = world.call(conn, Call::Recv { max: 1 });
    assert_eq!(next.offset, Some(2));
}

#[test]
fn a_queued_call_moved_to_a_second_thread_is_made_there_once() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let behind = world.submit(conn, send(b"once"));
    world.wait_until("the queued send", |world| world.queued == [behind]);
    world.network.move_to_second_thread(behind);
    let moved = world.ended(behind);
    let waiting = world.recording.waiting_row(recv).expect("it still waits");
    let waiting = world.recording.numbered(waiting).expect("a kept row");
    assert_ne!(moved.thread, waiting.thread);
    let socket = world.recording.sockets().get(conn).expect("a socket");
    assert!(socket.queued.is_empty());
    // Neither what has ended nor what is in its system call is moved, made again or cut.
    world.network.move_to_second_thread(behind);
    world.network.move_to_second_thread(recv);
    world.ok(client, send(b"x"));
    let recv = world.ended(recv);
    assert_eq!((recv.thread, recv.bytes_moved), (waiting.thread, 1));
    world.ok(conn, Call::Close);
    let all = [world.received(client, 100), world.received(client, 100)];
    assert_eq!(all, [b"once".to_vec(), Vec::new()]);
    assert!(world.withdrawn.is_empty());
}

#[test]
fn a_moved_call_can_queue_again_and_be_taken_back() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let own = world.start(conn, Call::Recv { max: 10 });
    let second = start_on_second_thread(&mut world, conn, Call::Recv { max: 10 });
    let behind = world.submit(conn, send(b"never"));
    world.network.move_to_second_thread(behind);
    world.wait_until("it queues there too", |world| {
        world.queued == [behind, behind]
    });
    let socket = world.recording.sockets().get(conn).expect("a socket");
    let queued: Vec<_> = socket.queued.iter().map(|call| call.id).collect();
    assert_eq!(queued, [behind]);
    let second_thread = world.recording.waiting_row(second);
    let second_thread = second_thread.and_then(|row| world.recording.numbered(row));
    assert_eq!(
        Some(socket.queued[0].thread),
        second_thread.map(|row| row.thread)
    );
    world.network.interrupt(behind);
    world.wait_until("it was taken back", |world| world.withdrawn == [behind]);
    world.interrupt(own);
    world.interrupt(second);
    world.ok(conn, Call::Close);
    assert_eq!(world.received(client, 10), b"");
}

/// Whether the move comes before, while or after its own thread begins the call.
#[test]
fn a_call_moved_while_it_begins_is_made_once() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    for turn in 0..500 {
        let recv = world.submit(conn, Call::Recv { max: 1 });
        let behind = world.submit(conn, send(b"y"));
        let question = world.submit(client, send(b"x"));
        for _ in 0..turn % 8 {
            std::thread::yield_now();
        }
        world.network.move_to_second_thread(behind);
        for id in [recv, behind, question] {
            assert_eq!(world.ended(id).bytes_moved, 1);
        }
        assert_eq!(world.received(client, 10), b"y", "turn {turn}");
    }
    world.ok(conn, Call::Close);
    assert_eq!(world.received(client, 10), b"");
}

#[test]
fn in_a_one_thread_program_a_queued_call_stays_where_it_is() {
    let mut world = World::new();
    let program = world
        .network
        .add_program("single", Role::Server, Threading::OneThread);
    let socket = world.udp(program);
    world.ok(socket, bind(any_port()));
    let recv = world.start(socket, Call::RecvFrom { max: 10 });
    let behind = world.submit(socket, Call::RecvFrom { max: 10 });
    world.network.move_to_second_thread(behind);
    world.interrupt(recv);
    world.wait_until("its turn", |world| {
        world.recording.waiting_row(behind).is_some()
    });
    let thread = world.entry(recv).thread;
    assert_eq!(world.interrupt(behind).thread, thread);
    assert_eq!(world.queued, [behind]);
}

/// A program of one thread, and two bound UDP sockets of it.
fn two_on_one_thread(world: &mut World) -> (ProgramId, SocketId, SocketId) {
    let program = world
        .network
        .add_program("single", Role::Server, Threading::OneThread);
    let (first, second) = (world.udp(program), world.udp(program));
    for socket in [first, second] {
        world.ok(socket, bind(any_port()));
    }
    (program, first, second)
}

#[test]
fn a_one_thread_program_stands_still_while_one_call_waits() {
    let mut world = World::new();
    let (program, first, second) = two_on_one_thread(&mut world);
    let address = world.local(first);
    let recv = world.start(first, Call::RecvFrom { max: 10 });
    let name = world.submit(second, Call::GetSockName);
    let mut request = Request::on(second, Call::GetSockName);
    request.thread = ThreadChoice::Second;
    let other = world.network.submit(request);
    world.wait_until("both are queued", |world| world.queued == [name, other]);
    let client = world.udp(world.client);
    world.ok(client, send_to(b"go on", address));
    let rows = [recv, name, other].map(|id| world.ended(id));
    assert!(rows.iter().all(|row| row.thread == rows[0].thread));
    assert!(rows[0].end.expect("an end").seq < rows[1].start.seq);

    world
        .network
        .set_threading(program, Threading::ThreadPerSocket);
    let recv = world.start(first, Call::RecvFrom { max: 10 });
    world.local(second);
    assert!(world.recording.waiting_row(recv).is_some());
    world.interrupt(recv);
}

#[test]
fn a_panic_ends_one_thread_and_nothing_else() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let recv = world.start(client, Call::Recv { max: 10 });
    let behind = world.submit(client, send(b"never"));
    world.network.panic_thread(conn);
    world.wait_until("the panic", |world| !world.panicked.is_empty());
    assert_eq!(&*world.panicked[0], "asked to panic");
    // Other threads go on, the socket itself can be used by a new one, and its close does not hang.
    world.ok(conn, send(b"alive"));
    assert_eq!(world.ended(recv).bytes_moved, 5);
    assert_eq!(world.ended(behind).bytes_moved, 5);
    for socket in [conn, client, listener] {
        world.ok(socket, Call::Close);
    }
}

#[test]
fn a_panic_takes_back_what_was_queued_behind_it() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let recv = world.start(conn, Call::Recv { max: 10 });
    let panics = world.network.panic_thread(conn);
    let behind = world.submit(conn, send(b"never"));
    world.ok(client, send(b"x"));
    world.ended(recv);
    // A call that was not told as started would else have no end.
    world.wait_until("both were taken back", |world| {
        world.withdrawn == [panics, behind]
    });
    world.ok(conn, Call::Close);
}

#[test]
fn a_listener_of_events_that_panics_is_alone_with_it() {
    let mut world = World::new();
    let (sender, woken) = std::sync::mpsc::channel();
    let panicking = world.network.subscribe(Arc::new(move || {
        sender.send(()).expect("the test");
        std::panic::panic_any("of a waker");
    }));
    let (_, client, conn) = world.connection();
    woken.recv_timeout(support::DEADLINE).expect("its waker");
    world.ok(client, send(b"goes on"));
    assert_eq!(world.received(conn, 10), b"goes on");
    drop(panicking);
}

#[test]
fn a_call_on_what_never_was_a_socket() {
    let mut world = World::new();
    let errno = world.errno(SocketId(4_000_000), Call::Recv { max: 1 });
    assert_eq!(errno, Errno::EBADF);
}

#[test]
fn after_shutdown_calls_are_taken_back() {
    let mut world = World::new();
    let (listener, _) = world.listener(1);
    let accept = world.start(listener, Call::Accept);
    let behind = world.submit(listener, Call::Accept);
    world.wait_until("the queued accept", |world| world.queued == [behind]);
    world.network.shutdown();
    world.wait_until("what was queued is taken back", |world| {
        world.withdrawn == [behind]
    });
    assert_eq!(world.ended(accept).outcome, Some(Outcome::Interrupted));
    let late = world.submit(listener, Call::Accept);
    world.wait_until("it was taken back", |world| {
        world.withdrawn == [behind, late]
    });
}

/// A listener of events that takes nothing while 300,000 calls are made: what it gets afterwards is exact.
#[test]
fn a_frozen_listener_of_events_loses_no_count() {
    const CALLS: u64 = 300_000;
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    world.set_mode(conn, BlockingMode::NonBlocking);
    let watcher = world.network.subscribe(Arc::new(|| {}));
    let waiting = world.submit(listener, Call::Accept);
    let mut counted = Counted::default();
    for turn in 0..CALLS / 3 {
        world.submit(client, send(b"ab"));
        world.submit(conn, Call::Recv { max: 1 });
        world.submit(conn, Call::Recv { max: 1000 });
        if turn % 30_000 == 0 {
            world.submit(
                conn,
                Call::SetBlocking {
                    mode: BlockingMode::NonBlocking,
                },
            );
        }
        watcher.drain(std::time::Duration::ZERO, |event| counted.take(&event));
    }
    let deadline = Instant::now() + support::DEADLINE;
    // With the four mode changes.
    while counted.made < CALLS + 4 {
        let event = watcher.wait(deadline).expect("all calls are made");
        counted.take(&event);
    }
    let lying = world.events.receiver().len();
    assert!(lying <= 65_536, "{lying} events lie there");

    world.wait_until("all of it", |world| {
        world.recording.calls() >= world_calls(CALLS)
    });
    assert_eq!(world.recording.calls(), world_calls(CALLS));
    let rows: Vec<CallEntry> = (0..world.recording.len())
        .filter_map(|index| world.recording.row(index))
        .collect();
    let folded = rows.iter().filter(|row| row.folded).count();
    assert!(folded > 0, "nothing was folded: the test is too small");
    assert_eq!(
        rows.iter().map(|row| row.count).sum::<u64>(),
        world_calls(CALLS)
    );
    let of = |socket: SocketId, sends: bool| {
        let mine =
            move |row: &&CallEntry| row.socket == Some(socket) && row.method().sends() == sends;
        rows.iter()
            .filter(mine)
            .map(|row| row.bytes_moved)
            .sum::<u64>()
    };
    assert_eq!(of(client, true), counted.sent);
    assert_eq!(of(conn, false), counted.received);
    let set = rows
        .iter()
        .filter(|row| matches!(row.call, Call::SetBlocking { .. }));
    assert_eq!(set.count(), 5, "mode changes are never folded");
    assert!(
        world.recording.waiting_row(waiting).is_some(),
        "accept is seen waiting"
    );
    let sockets = world.recording.sockets();
    assert_eq!(sockets.get(client).expect("a socket").sent, counted.sent);
    assert_eq!(
        sockets.get(conn).expect("a socket").received,
        counted.received
    );
}

/// The flood, four mode changes in it and one before, the waiting accept, and what made the connection:
/// two `socket()`, bind, listen, getsockname, connect, accept.
fn world_calls(flood: u64) -> u64 {
    flood + 4 + 1 + 1 + 7
}

/// What a listener that takes events all the time counts.
#[derive(Default)]
struct Counted {
    made: u64,
    sent: u64,
    received: u64,
}

impl Counted {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Ended(ended) | Event::Made(_, ended) => {
                self.made += 1;
                match &ended.outcome {
                    Outcome::Ok(Value::Sent(count)) => self.sent += count,
                    Outcome::Ok(Value::Received { bytes, .. }) => self.received += bytes.len(),
                    _ => {}
                }
            }
            // It is meant to keep up, but on a busy computer nobody can promise that.
            Event::Folded(folded) => {
                self.made += folded.count;
                if folded.method.sends() {
                    self.sent += folded.bytes;
                } else {
                    self.received += folded.bytes;
                }
            }
            _ => {}
        }
    }
}

/// A listener of events that takes some now and then, in order: nothing of one call is out of order.
#[test]
fn a_slow_listener_of_events_gets_each_call_in_order() {
    let mut world = World::new();
    let (_, client, conn) = world.connection();
    let mut slow = Recording::new(world.network.header(), Limits::default());
    let events = world.network.subscribe(Arc::new(|| {}));
    let before = world.recording.calls();
    // More than two channels full of events.
    for _ in 0..60_000 {
        world.submit(client, send(b"ab"));
        world.submit(conn, Call::Recv { max: 1 });
    }
    // Counted, not awaited one by one: this listener may have been too slow for some, too.
    world.wait_until("all of them", |world| {
        world.recording.calls() >= before + 120_000
    });
    world.ok(conn, Call::Close);
    let deadline = Instant::now() + support::DEADLINE;
    let mut open = BTreeSet::new();
    let mut closed = false;
    while slow.calls() < 120_001 {
        let event = events.wait(deadline).expect("the rest");
        match &event {
            Event::Started(started) => assert!(open.insert(started.id), "started twice"),
            Event::Ended(ended) => assert!(open.remove(&ended.id), "ended before its start"),
            Event::Made(started, _) if started.call == Call::Close => closed = true,
            Event::Folded(folded) if folded.socket == Some(conn) => {
                assert!(!closed, "told after the close that it came before");
            }
            _ => {}
        }
        slow.apply(event);
    }
    assert_eq!(slow.calls(), 120_001);
    assert!(closed && open.is_empty());
}

/// A close that waits in a one-thread program's queue, and a call that gets round it by a change of threading.
#[test]
fn a_close_ends_also_what_began_after_it_was_asked_for() {
    let mut world = World::new();
    let (program, first, second) = two_on_one_thread(&mut world);
    let blocker = world.start(first, Call::RecvFrom { max: 10 });
    let close = world.submit(second, Call::Close);
    world.wait_until("the queued close", |world| world.queued == [close]);
    world
        .network
        .set_threading(program, Threading::ThreadPerSocket);
    let late = world.start(second, Call::RecvFrom { max: 10 });
    world.interrupt(blocker);
    assert_eq!(world.ended(close).outcome, Some(Outcome::Ok(Value::None)));
    assert_eq!(world.entry(late).outcome, Some(Outcome::Interrupted));
}

/// Seen failing with: an open socket's program let go of (each socket has a thread of its own again).
#[test]
fn a_program_is_forgotten_once_its_sockets_are_closed() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let server = world.server;
    world.network.set_threading(server, Threading::OneThread);
    world.network.forget(&[server, world.client]);
    let recv = world.start(conn, Call::Recv { max: 5 });
    let behind = world.submit(listener, Call::GetSockName);
    world.wait_until("it queues on the one thread", |world| {
        world.queued.contains(&behind)
    });
    world.ok(client, send(b"still"));
    for call in [recv, behind] {
        let row = world.ended(call);
        assert!(matches!(row.outcome, Some(Outcome::Ok(_))), "{row:?}");
    }
    for socket in [client, conn, listener] {
        world.ok(socket, Call::Close);
    }
    world.network.forget(&[]);
    for socket in [client, listener] {
        assert_eq!(world.errno(socket, Call::GetSockName), Errno::EBADF);
    }
    // Whoever still belongs to the old session may call all the same.
    let late = world.tcp(server);
    world.ok(late, Call::Close);
}
