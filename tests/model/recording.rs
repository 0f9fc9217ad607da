//! What the recording keeps, folds and lets go.

use std::sync::Arc;

use sockeye::model::call::{
    BlockingMode, Bytes, Call, CallId, Method, Outcome, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Folded, Role};
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Limits, RowNumber};

use crate::session::{SERVER, Session, bind, received, send};

fn limited(rows: usize, payload_bytes: usize) -> Session {
    Session::with_limits(Limits {
        rows,
        payload_bytes,
        observations: 10,
    })
}

/// A session of that limit, with one connected pair in it; the number of calls made so far.
fn streaming(rows: usize, payload_bytes: usize) -> (Session, SocketId, u64) {
    let mut session = limited(rows, payload_bytes);
    let (_, client, _) = session.connection();
    let calls = session.recording.calls();
    (session, client, calls)
}

#[test]
fn every_call_is_a_row_that_reads_back() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    session.sends(client, b"hi");
    session.sends(client, b"hello sockets");
    session.receives(connection, b"hi");
    session.receives(connection, b"hello sockets");
    let first = session.recording.calls() - 3;
    let text = |index| {
        let row = session
            .recording
            .numbered(RowNumber(first + index))
            .expect("a row");
        let table = session.table();
        (
            row.text(table, 100),
            row.result(table, 100).expect("ended"),
            row.bytes_moved,
        )
    };
    assert_eq!(text(0), ("client.send(b\"hi\")".into(), "2".into(), 2));
    assert_eq!(
        text(1),
        ("client.send(b\"hello sockets\")".into(), "13".into(), 13)
    );
    assert_eq!(text(2), ("conn.recv(1024)".into(), "b\"hi\"".into(), 2));
    assert_eq!(
        text(3),
        ("conn.recv(1024)".into(), "b\"hello sockets\"".into(), 13)
    );
}

#[test]
fn a_waiting_call_is_a_row_that_is_completed_once() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let id = session.waits(client, Call::Recv { max: 5 });
    let row = session.recording.last().expect("a row");
    assert!(row.is_waiting());
    assert_eq!(session.recording.waiting_row(id), Some(row.number));
    session.sends(client, b"x");
    session.returns(id, Outcome::Ok(received(b"hello")));
    let row = session.recording.numbered(row.number).expect("a row");
    assert_eq!(row.outcome, Some(Outcome::Ok(received(b"hello"))));
    assert!(
        row.end.expect("ended").seq > row.start.seq + 1,
        "start and end interleave"
    );
    session.returns(id, Outcome::Error(Errno::EBADF));
    let again = session.recording.numbered(row.number).expect("a row");
    assert_eq!(
        again.outcome, row.outcome,
        "an end without a start is ignored"
    );
    assert_eq!(session.recording.waiting(), 0);
}

#[test]
fn the_limit_of_rows_is_exact() {
    for limit in [4_usize, 16, 100, 1000] {
        let (mut session, client, before) = streaming(limit, 1 << 20);
        for _ in 0..5000 {
            session.sends(client, b"x");
            assert!(
                session.recording.len() <= limit.max(before as usize * 2),
                "limit {limit}"
            );
        }
        let recording = &session.recording;
        assert_eq!(
            recording.len() as u64 + recording.let_go(),
            recording.calls(),
            "what went is counted exactly, limit {limit}"
        );
        if limit >= 16 {
            assert!(
                recording.len() > limit / 2,
                "most of the limit {limit} is used"
            );
        }
        assert_eq!(
            recording.last().expect("a row").number,
            RowNumber(recording.calls())
        );
    }
}

#[test]
fn births_closes_modes_and_errors_stay() {
    let (mut session, client, before) = streaming(64, 1 << 20);
    let mode = BlockingMode::NonBlocking;
    session.done(client, Call::SetBlocking { mode });
    session.fails(client, bind(SERVER), Errno::EINVAL);
    session.fails(client, send(b"lost"), Errno::EPIPE);
    let waiting = session.waits(client, Call::Recv { max: 3 });
    for _ in 0..1000 {
        session.sends(client, b"x");
    }
    session.done(client, Call::Close);
    // The sixth call of the connected pair only asked for an address.
    for number in (1..=before + 4)
        .filter(|number| *number != 6)
        .map(RowNumber)
    {
        let row = session.recording.numbered(number).expect("it stays");
        assert_eq!(row.number, number);
        let index = session.recording.index_of(number).expect("it stays");
        assert_eq!(session.recording.number_at(index), Some(number));
    }
    let failed = session
        .recording
        .numbered(RowNumber(before + 3))
        .expect("it stays");
    assert_eq!(failed.outcome, Some(Outcome::Error(Errno::EPIPE)));
    session.returns(waiting, Outcome::Interrupted);
    let row = session
        .recording
        .numbered(RowNumber(before + 4))
        .expect("it stays");
    assert_eq!(
        row.outcome,
        Some(Outcome::Interrupted),
        "completed though its chunk had gone"
    );
    assert_eq!(
        session
            .recording
            .numbered(RowNumber(before + 5))
            .map(|row| row.number),
        None
    );
}

#[test]
fn even_errors_without_end_are_bounded() {
    let (mut session, client, _) = streaming(64, 1 << 20);
    for _ in 0..10_000 {
        session.fails(client, send(b"hello sockets"), Errno::EPIPE);
        session.sends(client, b"x");
    }
    assert!(
        session.recording.len() <= 64 + 32,
        "{} rows",
        session.recording.len()
    );
    let recording = &session.recording;
    assert_eq!(
        recording.len() as u64 + recording.let_go(),
        recording.calls()
    );
}

/// What only asks may be asked again without end, whatever it is told.
#[test]
fn questions_without_end_are_bounded() {
    let (mut session, client, _) = streaming(64, 1 << 20);
    let option = sockeye::model::call::SocketOption::ReceiveBuffer;
    for _ in 0..2000 {
        let address = Value::Address(SERVER.parse().expect("an address"));
        session.ok(client, Call::GetSockName, address.clone());
        session.ok(client, Call::GetPeerName, address);
        session.ok(client, Call::GetSockOpt { option }, Value::Integer(8192));
        session.fails(client, Call::GetPeerName, Errno::ENOTCONN);
    }
    let recording = &session.recording;
    assert!(recording.len() <= 64 + 32, "{} rows", recording.len());
    assert_eq!(
        recording.len() as u64 + recording.let_go(),
        recording.calls()
    );
}

#[test]
fn equal_would_blocks_fold_into_one_row() {
    let (mut session, client, before) = streaming(1000, 1 << 20);
    let call = Call::Recv { max: 5 };
    for _ in 0..1204 {
        session.fails(client, call.clone(), Errno::EAGAIN);
    }
    let row = session.recording.last().expect("a row");
    assert_eq!((row.number, row.count), (RowNumber(before + 1), 1204));
    assert_eq!(row.outcome, Some(Outcome::Error(Errno::EAGAIN)));
    assert!(
        row.took().expect("ended") >= 1203 * 2 * 1000,
        "from its first to its last call"
    );
    assert_eq!(session.recording.calls(), before + 1204);
    assert_eq!(
        session
            .recording
            .numbered(RowNumber(before + 700))
            .map(|row| row.number),
        Some(RowNumber(before + 1)),
        "each of them is found in it"
    );
    // Another argument, another outcome, another socket: each is a row of its own.
    session.fails(client, Call::Recv { max: 6 }, Errno::EAGAIN);
    session.fails(client, Call::Recv { max: 6 }, Errno::ECONNRESET);
    session.fails(client, Call::Recv { max: 6 }, Errno::ECONNRESET);
    session.fails(SocketId(3), Call::Recv { max: 6 }, Errno::EAGAIN);
    session.fails(client, Call::Recv { max: 6 }, Errno::EAGAIN);
    assert_eq!(session.recording.len() as u64, before + 1 + 5);
}

#[test]
fn a_folded_would_block_with_a_payload_is_counted_once() {
    let (mut session, client, _) = streaming(1000, 100);
    for _ in 0..50 {
        session.fails(client, send(&[b'x'; 40]), Errno::EAGAIN);
    }
    assert_eq!(session.recording.last().expect("a row").count, 50);
    assert_eq!(session.recording.payload_bytes(), 40);
}

#[test]
fn the_oldest_payloads_are_let_go_first() {
    let (mut session, client, before) = streaming(1000, 100);
    for index in 0..10_u8 {
        session.sends(client, &[index; 30]);
        assert!(session.recording.payload_bytes() <= 100);
    }
    let payload = |number| {
        session
            .recording
            .numbered(RowNumber(number))
            .expect("a row")
            .call
            .payload()
            .cloned()
    };
    for number in before + 1..=before + 7 {
        assert_eq!(payload(number), Some(Payload::LetGo(30)), "row {number}");
    }
    for (number, index) in (before + 8..=before + 10).zip(7_u8..) {
        assert_eq!(
            payload(number),
            Some(Payload::literal(&[index; 30])),
            "row {number}"
        );
    }
    let row = session
        .recording
        .numbered(RowNumber(before + 1))
        .expect("a row");
    assert_eq!(
        row.text(session.table(), 100),
        "client.send(<30 bytes, no longer kept>)"
    );
    assert_eq!(row.bytes_moved, 30, "how many there were is still known");
}

/// Bytes that come in when the rows around them have long ended must count too.
#[test]
fn payloads_of_calls_that_end_late_are_bounded() {
    let (mut session, client, _) = streaming(64, 100);
    for _ in 0..50 {
        let wait = session.waits(client, Call::Recv { max: 80 });
        for _ in 0..100 {
            session.sends(client, b"x");
        }
        session.returns(wait, Outcome::Ok(received(&[b'y'; 80])));
        assert!(session.recording.payload_bytes() <= 100);
    }
    let last = session.waits(client, send(&[b'z'; 90]));
    assert!(session.recording.waiting_row(last).is_some());
    session.returns(last, Outcome::Ok(Value::Sent(90)));
    assert_eq!(
        session.recording.payload_bytes(),
        90,
        "only the youngest fits"
    );
}

/// Rows that are let go take what was remembered about their payloads with them.
#[test]
fn memory_beside_the_rows_does_not_grow() {
    let (mut session, client, _) = streaming(64, 1 << 30);
    for _ in 0..1000 {
        session.sends(client, b"hello sockets");
    }
    let before = session.recording.row_bytes();
    for _ in 0..20_000 {
        session.sends(client, b"hello sockets");
    }
    let after = session.recording.row_bytes();
    assert!(after <= before * 2, "{before} bytes, then {after}");
    assert!(session.recording.payload_bytes() <= 64 * 13);
}

#[test]
fn a_repeated_payload_stays_as_it_was_said() {
    let (mut session, client, before) = streaming(1000, 10);
    let payload = Payload::Repeat {
        unit: Arc::from(&b"A"[..]),
        times: 70_000,
    };
    session.ok(client, Call::SendAll { payload }, Value::Sent(70_000));
    for _ in 0..10 {
        session.sends(client, &[b'x'; 30]);
    }
    let row = session
        .recording
        .numbered(RowNumber(before + 1))
        .expect("a row");
    assert_eq!(
        row.text(session.table(), 100),
        "client.sendall(b\"A\" * 70000)"
    );
}

#[test]
fn calls_folded_by_the_network_are_counted() {
    let (mut session, client, before) = streaming(1000, 1000);
    let (first, last) = (session.stamp(), session.stamp());
    let folded = Folded {
        thread: ThreadId(2),
        program: session.get(client).program,
        socket: Some(client),
        method: Method::Send,
        errno: None,
        count: 312,
        bytes: 40_000,
        offset: Some(13),
        first,
        last,
    };
    session.recording.apply(Event::Folded(folded));
    assert_eq!(session.recording.calls(), before + 312);
    assert_eq!(session.get(client).sent, 40_000);
    let row = session.recording.last().expect("a row");
    assert!(row.folded);
    assert_eq!(
        (row.count, row.bytes_moved, row.offset),
        (312, 40_000, Some(13))
    );
    assert_eq!(row.text(session.table(), 100), "client.send(…)");
    session.sends(client, b"next");
    assert_eq!(
        session.recording.last().expect("a row").number,
        RowNumber(before + 313)
    );
}

#[test]
fn a_panic_leaves_its_row_without_an_end() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let id = session.waits(client, Call::Recv { max: 5 });
    let stamp = session.stamp();
    session.recording.apply(Event::WorkerPanicked {
        stamp,
        thread: ThreadId(2),
        message: Arc::from("out of luck"),
    });
    let row = session.recording.last().expect("a row");
    assert!(row.abandoned && !row.is_waiting());
    assert_eq!(session.recording.waiting_row(id), None);
    assert!(session.get(client).waiting.is_empty());
}

#[test]
fn observations_and_notes_are_bounded() {
    let mut session = limited(100, 100);
    let id = session.socket(Role::Client, Protocol::Tcp);
    for unread in 0..50 {
        session.state(id, sockeye::model::event::TcpState::Established, unread);
    }
    assert_eq!(session.recording.observations().count(), 10);
    assert_eq!(session.get(id).unread(), Some(49));
}

/// An answer that was on its way when the session was reset is about no socket of this one.
#[test]
fn observations_of_strangers_are_dropped() {
    let mut session = Session::new();
    session.state(SocketId(7), sockeye::model::event::TcpState::Established, 3);
    assert_eq!(session.recording.observations().count(), 0);
    assert_eq!(session.recording.last_at(), 0);
}

#[test]
fn odd_calls_do_not_fit_a_row_but_read_back() {
    let mut session = Session::new();
    let udp = session.udp(Role::Server, SERVER);
    let value = Value::Received {
        bytes: Bytes::Whole(Arc::from(&b"hell"[..])),
        peer: Some(SERVER.parse().expect("an address")),
        lost: 6,
    };
    session.ok(udp, Call::RecvFrom { max: 4 }, value.clone());
    let row = session.recording.last().expect("a row");
    assert_eq!(row.outcome, Some(Outcome::Ok(value)));
    assert_eq!(
        row.result(session.table(), 100).expect("ended"),
        "(b\"hell\", (\"127.0.0.1\", 5000))"
    );
}

/// Design: at most 64 bytes for a small call, counted over a million of them.
#[test]
fn a_million_small_calls_take_64_bytes_each() {
    let mut session = Session::with_limits(Limits {
        rows: 1 << 21,
        ..Limits::default()
    });
    let (_, client, connection) = session.connection();
    let (rows, bytes) = (session.recording.len(), session.recording.row_bytes());
    while session.recording.len() < rows + 1_000_000 {
        session.sends(client, b"x");
        session.receives(connection, b"x");
    }
    let more = session.recording.row_bytes() - bytes;
    assert!(more >= 60 * 1_000_000, "the count counts");
    // The youngest chunk of 16,384 rows has room for some more.
    assert!(more <= 64 * (1_000_000 + 16_384) + 8192, "{more} bytes");
    let last = session.recording.last().expect("a row");
    assert_eq!(last.outcome, Some(Outcome::Ok(received(b"x"))));
    assert_eq!(session.recording.waiting_row(CallId(1)), None);
}
