//! The past is what was shown then: held against a fold of the facts that had happened.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use sockeye::model::call::{Call, Method, Outcome, Protocol, SocketId, ThreadId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Folded, PlayerNote, Role, Threading};
use sockeye::model::recording::{Limits, RowNumber};
use sockeye::model::replay::Replay;

use super::replay_support::check;
use super::session::{Session, connect, queue, received, send};

/// What happens next, from two numbers.
fn happen(session: &mut Session, what: u8, which: u8, waiting: &mut Vec<u64>) {
    let open: Vec<SocketId> = session.table().open().map(|socket| socket.id).collect();
    let Some(socket) = open.get(usize::from(which) % open.len().max(1)).copied() else {
        session.connection();
        return;
    };
    session.pass(u64::from(what) * u64::from(which) * 400_000);
    let protocol = session.get(socket).protocol;
    let bytes = [which; 5];
    match what % 24 {
        0 => drop(session.connection()),
        1 => drop(session.udp(
            Role::Peer,
            &format!("127.0.0.1:{}", 6000 + u16::from(which)),
        )),
        2..5 if protocol == Protocol::Tcp => session.sends(socket, &bytes),
        5..8 if protocol == Protocol::Tcp => {
            session.receives(socket, &bytes[..usize::from(which % 5)]);
        }
        2..8 => {
            let address = session.table().iter().find_map(|other| other.local);
            let payload = sockeye::model::payload::Payload::literal(&bytes);
            if let Some(address) = address {
                let call = Call::SendTo { payload, address };
                session.ok(socket, call, Value::Sent(5));
            }
        }
        8..11 => {
            let call = session.waits(socket, Call::Recv { max: 16 });
            waiting.push(call.0);
        }
        11..14 => {
            if !waiting.is_empty() {
                let call = waiting.remove(usize::from(which) % waiting.len());
                let outcome = match which % 3 {
                    0 => Outcome::Interrupted,
                    1 => Outcome::Error(Errno::ECONNRESET),
                    _ => Outcome::Ok(received(&bytes)),
                };
                session.returns(sockeye::model::call::CallId(call), outcome);
            }
        }
        14 => session.fails(socket, Call::Recv { max: 16 }, Errno::EAGAIN),
        15 => session.observe(socket, queue(u32::from(which % 4), 5)),
        16 => session.done(socket, Call::Close),
        17..21 => happen_beside(session, what % 24, which, socket, waiting),
        21 => session.fails(socket, connect("127.0.0.1:9"), Errno::ECONNREFUSED),
        22 if which.is_multiple_of(8) => {
            // No call returns on a thread that is gone.
            waiting.clear();
            let stamp = session.stamp();
            session.apply(Event::WorkerPanicked {
                stamp,
                thread: ThreadId(session.get(socket).program.0),
                message: Arc::from("broken"),
            });
        }
        _ => {
            session.socket(Role::Client, protocol);
        }
    }
}

/// What a network and a person do besides calls.
fn happen_beside(
    session: &mut Session,
    what: u8,
    which: u8,
    socket: SocketId,
    waiting: &mut Vec<u64>,
) {
    let bytes = [which; 5];
    match what {
        17 => {
            let stamp = session.stamp();
            let name = Arc::from(["conn", "conn2", "server", "one"][usize::from(which % 4)]);
            let note = PlayerNote::Renamed { socket, name };
            session.apply(Event::Player {
                stamp,
                line: None,
                note,
            });
        }
        18 => {
            let (stamp, program) = (session.stamp(), session.get(socket).program);
            session.apply(Event::ThreadingChanged {
                stamp,
                program,
                threading: Threading::OneThread,
            });
        }
        19 => {
            let program = session.get(socket).program;
            let started = session.started(program, Some(socket), send(&bytes));
            session.apply(Event::Queued {
                id: started.id,
                socket: Some(socket),
                method: Method::Send,
                thread: started.thread,
            });
            if which.is_multiple_of(4) {
                session.apply(Event::Withdrawn { id: started.id });
            } else {
                waiting.push(started.id.0);
                session.apply(Event::Started(started));
            }
        }
        _ => {
            let thread = ThreadId(session.get(socket).program.0);
            let program = session.get(socket).program;
            let (first, last) = (session.stamp(), session.stamp());
            session.apply(Event::Folded(Folded {
                thread,
                program,
                socket: Some(socket),
                method: if which.is_multiple_of(2) {
                    Method::Send
                } else {
                    Method::Recv
                },
                errno: which.is_multiple_of(5).then_some(Errno::EAGAIN),
                count: u64::from(which) + 2,
                bytes: u64::from(which) * 10,
                offset: None,
                first,
                last,
            }));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn every_moment_is_what_was_shown_then(doings in vec((any::<u8>(), any::<u8>()), 1..45)) {
        let mut session = Session::new();
        let mut waiting = Vec::new();
        for (what, which) in doings {
            happen(&mut session, what, which, &mut waiting);
        }
        check(&session.events, Limits::default(), &session.recording);
    }
}

#[test]
fn the_last_error_of_a_socket_is_that_of_the_last_equal_call_though_another_ended_in_between() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let program = session.get(client).program;
    let started = session.started(program, Some(client), send(b"hello"));
    session.apply(Event::Started(started.clone()));
    session.fails(client, Call::Recv { max: 16 }, Errno::EAGAIN);
    session.returns(started.id, Outcome::Ok(Value::Sent(5)));
    session.fails(client, Call::Recv { max: 16 }, Errno::EAGAIN);
    let error = (Method::Recv, Errno::EAGAIN);
    assert_eq!(session.get(client).last_error, Some(error));
    check(&session.events, Limits::default(), &session.recording);
}

#[test]
fn a_call_that_waited_is_waiting_in_between_and_its_socket_has_no_name_given_later() {
    let mut session = Session::new();
    let listener = session.listener();
    let accept = session.waits(listener, Call::Accept);
    let then = session.recording.last_seq();
    session.pass(3_000_000_000);
    let id = SocketId(2);
    let value = Value::Socket {
        id,
        fd: 9,
        peer: None,
    };
    session.returns(accept, Outcome::Ok(value));
    let stamp = session.stamp();
    let note = PlayerNote::Renamed {
        socket: listener,
        name: Arc::from("later"),
    };
    session.apply(Event::Player {
        stamp,
        line: None,
        note,
    });
    let replay = Replay::of(&session.recording);
    let past = replay
        .show(&session.recording, then, None)
        .expect("it is there");
    let row = past.recording().last().expect("the accept");
    assert!(row.is_waiting() && row.born().is_none(), "{row:?}");
    assert_eq!(
        past.recording()
            .sockets()
            .get(id)
            .map(|socket| &socket.name),
        None
    );
    let name = &past.recording().sockets().get(listener).expect("it").name;
    assert_eq!(name, "server");
    assert_eq!(past.recording().waiting(), 1);
    assert!(
        past.recording().last_at() < 1_000_000_000,
        "the time of the moment"
    );
    let scene = past
        .ladder()
        .scene(past.recording(), 0.0..100.0, past.recording().last_at());
    assert!(scene.is_running);
    assert!(
        scene.arrows.is_empty(),
        "nothing was born yet: {:?}",
        scene.arrows
    );
}

#[test]
fn where_rows_were_let_go_replay_begins_at_the_first_whole_moment() {
    let limits = Limits {
        rows: 100,
        ..Limits::default()
    };
    let mut session = Session::with_limits(limits);
    let mut replay = Replay::keeping_every(20);
    let mut seen = 0;
    let (_, client, conn) = session.connection();
    for _ in 0..400 {
        session.sends(client, b"12345");
        session.receives(conn, b"12345");
    }
    let mut recording =
        sockeye::model::recording::Recording::new(session.recording.header().clone(), limits);
    let mut ladder = sockeye::model::ladder::Ladder::default();
    let mut sent = Vec::new();
    for event in &session.events {
        let change = recording.apply(event.clone());
        ladder.take(change, &recording);
        replay.follow(&recording, &ladder);
        let of = recording
            .sockets()
            .get(client)
            .map_or(0, |client| client.sent);
        sent.push((recording.last_seq(), of));
    }
    assert!(recording.let_go() > 0);
    let first = replay.first(&recording).expect("some of it is whole");
    assert!(first > 0, "the oldest rows are gone");
    let before = replay.show(&recording, 0, None).expect("it begins there");
    assert_eq!(
        before.moment(),
        first,
        "no earlier than the first whole moment"
    );
    for (seq, bytes) in sent.iter().filter(|(seq, _)| *seq >= first) {
        let past = replay.show(&recording, *seq, None).expect("it is there");
        let client = past.recording().sockets().get(client).expect("it was made");
        assert_eq!(client.sent, *bytes, "at {seq}: bytes of rows let go count");
        seen += 1;
    }
    assert!(seen > 40, "{seen} moments");
    let none = Replay::of(&recording);
    assert_eq!(
        none.first(&recording),
        None,
        "read, its beginning is not there"
    );
}

#[test]
fn a_row_of_equal_would_blocks_stands_for_the_first_until_the_last_was_made() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    let one = session.recording.last_seq();
    for _ in 0..9 {
        session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    }
    let all = session.recording.last_seq();
    let row = RowNumber(session.recording.last().expect("it").number.0);
    let replay = Replay::of(&session.recording);
    let count = |seq| {
        let past = replay
            .show(&session.recording, seq, None)
            .expect("it is there");
        let entry = past.recording().numbered(row).expect("the row");
        assert!(entry.outcome.is_some());
        entry.count
    };
    assert_eq!((count(one), count(one + 5), count(all)), (1, 1, 10));
}
