//! `select`: what it finds, how long it waits, what ends it, and what it holds up.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::call::{
    BlockingMode, Call, CallId, Method, Outcome, ProgramId, ShutdownHow, SocketId, SocketLists,
    Value,
};
use sockeye::model::caption::{caption, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::Threading;
use sockeye::model::explain::{explain, python_error, ready_reasons, remark};
use sockeye::model::ladder::{BoxLook, Ladder};
use sockeye::model::lifecycle::busy_in;
use sockeye::model::recording::CallEntry;
use sockeye::network::{Network, Request};
use support::{World, any_port, bind, repeat, send, send_to, shut};

fn reading(sockets: &[SocketId]) -> SocketLists {
    SocketLists::reading(sockets.to_vec())
}

fn call(watched: SocketLists, timeout: Option<Duration>) -> Call {
    Call::Select {
        watched: Arc::new(watched),
        timeout,
    }
}

fn submit(
    world: &World,
    program: ProgramId,
    watched: SocketLists,
    timeout: Option<Duration>,
) -> CallId {
    let call = call(watched, timeout);
    world.network.submit(Request::within(program, call))
}

fn select(
    world: &mut World,
    program: ProgramId,
    watched: SocketLists,
    timeout: Option<Duration>,
) -> CallEntry {
    let id = submit(world, program, watched, timeout);
    world.ended(id)
}

/// Starts a `select` for reading, without limit, that has to wait.
fn start(world: &mut World, program: ProgramId, sockets: &[SocketId]) -> CallId {
    let id = submit(world, program, reading(sockets), None);
    world.wait_until("the start of a select", |world| {
        world.recording.waiting_row(id).is_some()
    });
    id
}

fn ready(entry: &CallEntry) -> &SocketLists {
    match &entry.outcome {
        Some(Outcome::Ok(Value::Ready(ready))) => ready,
        other => panic!("{other:?}"),
    }
}

/// Whether the call waits in the kernel, as the system says of the thread that is in it.
fn is_in_select() -> bool {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks.flatten().any(|task| {
        let call = std::fs::read_to_string(task.path().join("syscall")).unwrap_or_default();
        // pselect6 is call 270 on x86-64 and 72 where calls have the common numbers.
        let number = if cfg!(target_arch = "x86_64") {
            "270 "
        } else {
            "72 "
        };
        call.starts_with(number)
    })
}

#[test]
fn it_waits_in_its_system_call_until_a_connection_is_there() {
    let mut world = World::new();
    let (server, address) = world.listener(5);
    let program = world.server;
    let id = start(&mut world, program, &[server]);
    let deadline = Instant::now() + support::DEADLINE;
    while !is_in_select() {
        assert!(Instant::now() < deadline, "it is in no select");
        std::thread::yield_now();
    }
    let client = world.tcp(world.client);
    world.ok(client, Call::Connect { address });
    let entry = world.ended(id);
    assert_eq!(*ready(&entry), reading(&[server]));
    assert_eq!(entry.socket, None);
    assert_eq!(entry.sockets().collect::<Vec<_>>(), [server]);
    assert_eq!(entry.program, Some(program));
    // It took nothing: the connection is still there to accept.
    world.accept(server);
}

#[test]
fn the_first_of_several_to_be_ready_ends_it() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    let id = start(&mut world, program, &[listener, conn]);
    world.ok(client, send(b"hello"));
    let entry = world.ended(id);
    assert_eq!(*ready(&entry), reading(&[conn]));
    assert_eq!(world.received(conn, 1024), b"hello");
    let id = start(&mut world, program, &[listener, conn]);
    world.ok(client, Call::Close);
    let entry = world.ended(id);
    assert_eq!(*ready(&entry), reading(&[conn]));
    assert_eq!(world.received(conn, 1024), b"");
}

/// A line each of what is ready, as `programs/whatIsReady.py` writes it.
fn tell(world: &mut World, told: &mut Vec<String>, situation: &str, socket: SocketId) {
    let lists = SocketLists {
        read: vec![socket],
        write: vec![socket],
        except: vec![socket],
    };
    let program = world.known(socket).program;
    let entry = select(world, program, lists, Some(Duration::from_millis(500)));
    let letters = ready(&entry).lists().into_iter().zip(["r", "w", "x"]);
    let found: String = letters
        .filter(|(list, _)| !list.is_empty())
        .map(|(_, letter)| letter)
        .collect();
    told.push(format!("{situation}: {found}"));
}

#[test]
fn what_is_ready_is_what_python_finds_ready() {
    let mut world = World::new();
    let told = &mut Vec::new();
    let (listener, client, conn) = world.connection();
    tell(&mut world, told, "connected", conn);
    world.ok(client, send(b"hello"));
    world.received(conn, 1);
    tell(&mut world, told, "bytes wait", conn);
    tell(&mut world, told, "nobody queued", listener);

    let (_, client, conn) = world.connection();
    world.ok(client, Call::Close);
    world.received(conn, 1);
    tell(&mut world, told, "the other end has finished", conn);

    let (_, client, conn) = world.connection();
    world.ok(conn, send(b"unread"));
    world.received(client, 1);
    world.ok(client, Call::Close);
    assert_eq!(world.errno(conn, Call::Recv { max: 1 }), Errno::ECONNRESET);
    tell(&mut world, told, "reset and told", conn);

    let (_, _, conn) = world.connection();
    world.ok(conn, shut(ShutdownHow::Read));
    tell(&mut world, told, "own shutdown(RD)", conn);

    let (_, _, conn) = world.connection();
    world.ok(conn, shut(ShutdownHow::Write));
    tell(&mut world, told, "own shutdown(WR)", conn);

    let (_, _, conn) = world.connection();
    world.set_mode(conn, BlockingMode::NonBlocking);
    let payload = repeat(b'A', 100_000);
    while matches!(
        world
            .call(
                conn,
                Call::Send {
                    payload: payload.clone()
                }
            )
            .outcome,
        Some(Outcome::Ok(_))
    ) {}
    tell(&mut world, told, "send buffer full", conn);

    let new = world.tcp(world.client);
    tell(&mut world, told, "new tcp", new);
    let udp = world.udp(world.client);
    tell(&mut world, told, "new udp", udp);
    world.ok(udp, bind(any_port()));
    tell(&mut world, told, "bound udp", udp);
    let own = world.local(udp);
    world.ok(udp, send_to(b"", own));
    tell(&mut world, told, "an empty datagram waits", udp);

    let folder = env!("CARGO_MANIFEST_DIR");
    let output = std::process::Command::new("python3")
        .arg(format!("{folder}/tests/programs/whatIsReady.py"))
        .output()
        .expect("python3 is needed");
    let expected = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.join("\n"), expected.trim_end());
}

#[test]
fn it_ends_when_its_time_is_over_and_no_sooner() {
    let mut world = World::new();
    let (server, _) = world.listener(5);
    let program = world.server;
    let (limit, before) = (Duration::from_millis(300), Instant::now());
    let entry = select(&mut world, program, reading(&[server]), Some(limit));
    let took = before.elapsed();
    assert!(ready(&entry).is_empty());
    assert!(took >= limit, "{took:?}");
    assert!(took < limit + Duration::from_secs(10), "{took:?}");
    assert!(entry.took().unwrap() >= 300_000_000, "{:?}", entry.took());
}

#[test]
fn with_no_time_it_only_looks() {
    let mut world = World::new();
    let (server, address) = world.listener(5);
    let program = world.server;
    let none = Some(Duration::ZERO);
    let entry = select(&mut world, program, reading(&[server]), none);
    assert!(ready(&entry).is_empty());
    let client = world.tcp(world.client);
    world.ok(client, Call::Connect { address });
    world.wait_for(server, "the connection in the queue", |server| {
        server.accept_queue().is_some_and(|(queued, _)| queued == 1)
    });
    let entry = select(&mut world, program, reading(&[server]), none);
    assert_eq!(*ready(&entry), reading(&[server]));
}

#[test]
fn each_list_answers_for_itself_and_keeps_its_order() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    world.ok(client, send(b"x"));
    world.wait_for(conn, "the byte", |conn| conn.unread() == Some(1));
    let lists = SocketLists {
        read: vec![conn, listener, conn],
        write: vec![listener, conn],
        except: vec![conn],
    };
    let entry = select(&mut world, program, lists, None);
    let expected = SocketLists {
        read: vec![conn, conn],
        write: vec![conn],
        except: Vec::new(),
    };
    assert_eq!(*ready(&entry), expected);
}

#[test]
fn stopping_it_leaves_its_sockets_as_they_were() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    for turn in 0..50 {
        let id = start(&mut world, program, &[listener, conn]);
        let before = Instant::now();
        let entry = world.interrupt(id);
        assert_eq!(entry.outcome, Some(Outcome::Interrupted), "{turn}");
        assert!(before.elapsed() < support::DEADLINE);
    }
    world.ok(client, send(b"hello"));
    assert_eq!(world.received(conn, 1024), b"hello");
}

#[test]
fn a_close_ends_the_select_that_watches_first() {
    let mut world = World::new();
    let (listener, _, conn) = world.connection();
    let program = world.server;
    let id = start(&mut world, program, &[listener, conn]);
    let close = world.submit(conn, Call::Close);
    let watching = world.ended(id);
    let closed = world.ended(close);
    assert_eq!(watching.outcome, Some(Outcome::Interrupted));
    assert_eq!(closed.outcome, Some(Outcome::Ok(Value::None)));
    assert!(watching.end.unwrap().seq < closed.start.seq);
}

#[test]
fn a_closed_socket_and_another_programs_are_refused() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    world.ok(conn, Call::Close);
    let refused = Some(Outcome::Error(Errno::EBADF));
    for strange in [conn, client, SocketId(999)] {
        let entry = select(&mut world, program, reading(&[listener, strange]), None);
        assert_eq!(entry.outcome, refused, "{strange}");
    }
}

#[test]
fn where_each_socket_has_a_thread_it_holds_up_none() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    let id = start(&mut world, program, &[listener]);
    world.ok(client, send(b"hello"));
    assert_eq!(world.received(conn, 1024), b"hello");
    assert_eq!(world.queued, []);
    assert_eq!(world.interrupt(id).outcome, Some(Outcome::Interrupted));
}

#[test]
fn in_a_program_of_one_thread_it_holds_up_all_and_accept_after_it_does_not_wait() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    world.network.set_threading(program, Threading::OneThread);
    let watching = start(&mut world, program, &[listener]);
    world.ok(client, send(b"hello"));
    let recv = world.submit(conn, Call::Recv { max: 1024 });
    let again = submit(&world, program, reading(&[listener]), Some(Duration::ZERO));
    world.wait_until("both queued behind it", |world| {
        world.queued.contains(&recv) && world.queued.contains(&again)
    });
    let known = world.recording.sockets().program(program).unwrap();
    let methods = |pending: &[sockeye::model::socket::Pending]| {
        pending
            .iter()
            .map(|pending| pending.method)
            .collect::<Vec<_>>()
    };
    assert_eq!(known.selects.len(), 1);
    assert_eq!(methods(&known.queued), [Method::Select]);
    assert_eq!(methods(&world.known(conn).queued), [Method::Recv]);

    let address = world.known(listener).local.unwrap();
    let client = world.tcp(world.client);
    world.ok(client, Call::Connect { address });
    assert_eq!(*ready(&world.ended(watching)), reading(&[listener]));
    assert_eq!(
        support::bytes_of(match &world.ended(recv).outcome {
            Some(Outcome::Ok(value)) => value,
            other => panic!("{other:?}"),
        }),
        b"hello"
    );
    assert_eq!(*ready(&world.ended(again)), reading(&[listener]));
    let threads: HashMap<_, usize> =
        [watching, recv, again]
            .into_iter()
            .fold(HashMap::new(), |mut threads, id| {
                *threads.entry(world.entry(id).thread).or_default() += 1;
                threads
            });
    assert_eq!(threads.len(), 1, "one thread makes them all");
    world.accept(listener);
    let known = world.recording.sockets().program(program).unwrap();
    assert!(known.selects.is_empty() && known.queued.is_empty());
}

#[test]
fn a_queued_one_can_be_taken_back() {
    let mut world = World::new();
    let (listener, _) = world.listener(5);
    let program = world.server;
    let first = start(&mut world, program, &[listener]);
    let second = submit(&world, program, reading(&[listener]), None);
    world.wait_until("the second queued", |world| world.queued.contains(&second));
    world.network.interrupt(second);
    world.wait_until("the second taken back", |world| {
        world.withdrawn.contains(&second)
    });
    let known = world.recording.sockets().program(program).unwrap();
    assert!(known.queued.is_empty());
    world.interrupt(first);
}

#[test]
fn the_ladder_spans_the_lines_it_watches_and_tells_what_it_holds_up() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    world.network.set_threading(program, Threading::OneThread);
    let watching = start(&mut world, program, &[listener, conn]);
    let recv = world.submit(conn, Call::Recv { max: 5 });
    world.wait_until("the recv queued", |world| world.queued.contains(&recv));
    let scene = |world: &World| {
        let ladder = Ladder::of(&world.recording);
        ladder.scene(&world.recording, 0.0..1e9, world.network.now())
    };
    let now = scene(&world);
    let [span] = &now.spans[..] else {
        panic!("{:?}", now.spans)
    };
    assert_eq!(span.call.look, BoxLook::Waiting);
    let sockets: Vec<SocketId> = span.notches.iter().map(|notch| notch.socket).collect();
    assert_eq!(sockets, [listener, conn]);
    assert!(now.boxes.iter().all(|call| call.row != span.call.row));
    let queued: Vec<_> = now
        .queued
        .iter()
        .map(|call| (call.socket, &*call.text))
        .collect();
    assert_eq!(queued, [(conn, "recv")]);
    let [one] = &now.programs[..] else {
        panic!("{:?}", now.programs)
    };
    let standing = one.now.as_ref().expect("it stands still");
    assert_eq!(standing.row, span.call.row);
    assert_eq!((standing.held_up, standing.waits_for), (1, 2));
    let sockets = world.recording.sockets();
    let busy = busy_in(world.known(conn), sockets).expect("its thread is busy");
    assert_eq!(busy.method, Method::Select);
    let waiting = world.recording.numbered(span.call.row).unwrap();
    let said = caption_text(&caption(&waiting, sockets));
    assert_eq!(said, "server waits in select: none of 2 sockets is ready.");

    world.ok(client, send(b"hello"));
    let entry = world.ended(watching);
    world.ended(recv);
    let then = scene(&world);
    let [span] = &then.spans[..] else {
        panic!("{:?}", then.spans)
    };
    let ready: Vec<_> = span.notches.iter().map(|notch| notch.is_ready).collect();
    assert_eq!(ready, [false, true]);
    assert_eq!(span.call.result, "[conn]");
    assert!(then.queued.is_empty() && then.programs[0].now.is_none());
    let reasons = ready_reasons(&entry, &world.recording);
    assert_eq!(reasons, [(conn, "bytes wait, so recv will not".to_owned())]);
    let said = caption_text(&caption(&entry, world.recording.sockets()));
    assert_eq!(said, "server's select returns: conn is ready.");
}

#[test]
fn what_it_answers_is_told_in_plain_words() {
    let mut world = World::new();
    let (listener, client, conn) = world.connection();
    let program = world.server;
    let words = |world: &World, entry: &CallEntry| {
        let sockets = world.recording.sockets();
        remark(entry, sockets).unwrap_or_default()
    };
    let none = Some(Duration::ZERO);
    let entry = select(&mut world, program, reading(&[listener]), none);
    assert_eq!(words(&world, &entry), "nothing is ready now");
    let soon = Some(Duration::from_millis(20));
    let entry = select(&mut world, program, reading(&[listener]), soon);
    assert_eq!(words(&world, &entry), "nothing was ready in 0.02 s");
    world.ok(client, Call::Close);
    let entry = select(&mut world, program, reading(&[listener, conn]), None);
    assert_eq!(world.received(conn, 1), b"");
    let reasons = ready_reasons(&entry, &world.recording);
    let end = "the other end has finished, so recv gives b\"\" at once";
    assert_eq!(reasons, [(conn, end.to_owned())]);
    let id = start(&mut world, program, &[listener]);
    let entry = world.interrupt(id);
    let stopped = "you stopped waiting; its sockets are as they were";
    assert_eq!(words(&world, &entry), stopped);
    let id = start(&mut world, program, &[listener]);
    world.ok(listener, Call::Close);
    let entry = world.ended(id);
    let closed = "the close of server ended it: no descriptor is closed under a call";
    assert_eq!(words(&world, &entry), closed);
    let entry = select(&mut world, program, reading(&[listener, conn]), None);
    let sockets = world.recording.sockets();
    let explained = explain(&entry, sockets).expect("it failed");
    assert_eq!(
        explained.headline,
        "server is closed: select can't watch it."
    );
    // What Python 3 says of `select([closed], [], [])`.
    let python = "ValueError: file descriptor cannot be a negative integer (-1)";
    assert_eq!(python_error(&entry).as_deref(), Some(python));
}
