//! Where things stand on the ladder.

use sockeye::model::call::{BlockingMode, Call, Outcome, Protocol, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Observation, Role, TcpObservation, TcpState};
use sockeye::model::ladder::{Arrow, ArrowLook, BoxLook, Ladder, Lane, LineLook, Scene};
use sockeye::model::payload::Payload;

use super::session::{CLIENT, SERVER, Session, address, bind, connect, received, tcp};

fn scene(session: &Session) -> Scene {
    let recording = &session.recording;
    let now = recording.last_at();
    let scene = session.ladder.scene(recording, 0.0..1e9, now);
    let again = Ladder::of(recording);
    assert_eq!(
        scene,
        again.scene(recording, 0.0..1e9, now),
        "step by step and at once"
    );
    scene
}

#[test]
fn boxes_of_one_line_never_overlap_and_stand_in_order() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    for _ in 0..20 {
        session.sends(client, b"ping");
        session.receives(conn, b"ping");
    }
    let scene = scene(&session);
    assert_eq!(scene.boxes.len(), session.recording.len());
    let mut boxes: Vec<_> = scene
        .boxes
        .iter()
        .map(|call| (call.top, call.bottom))
        .collect();
    boxes.sort_by(|one, other| one.0.total_cmp(&other.0));
    for pair in boxes.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "{pair:?}");
    }
    assert!(boxes.last().is_some_and(|last| last.1 <= scene.end));
}

#[test]
fn every_outcome_has_its_look() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.done(
        client,
        Call::SetBlocking {
            mode: BlockingMode::NonBlocking,
        },
    );
    for _ in 0..3 {
        session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    }
    session.fails(client, connect(SERVER), Errno::EISCONN);
    let waits = session.waits(conn, Call::Recv { max: 5 });
    let look = |session: &Session, text: &str| {
        let scene = scene(session);
        let found = scene.boxes.iter().rev().find(|call| call.text == text);
        found.map(|call| (call.look, call.count, call.result.clone()))
    };
    let text = |text: &str| text.to_owned();
    let again = Some((BoxLook::Waiting, 1, String::new()));
    assert_eq!(look(&session, "recv(5)"), again);
    assert!(scene(&session).is_running);
    session.returns(waits, Outcome::Interrupted);
    assert_eq!(
        look(&session, "recv(5)"),
        Some((BoxLook::Interrupted, 1, text("interrupted")))
    );
    assert_eq!(
        look(&session, "connect"),
        Some((BoxLook::Error, 1, text("EISCONN")))
    );
    let folded = scene(&session)
        .boxes
        .into_iter()
        .find(|call| call.count == 3);
    let folded = folded.map(|call| (call.look, call.result));
    assert_eq!(folded, Some((BoxLook::WouldBlock, text("EAGAIN"))));
    assert_eq!(
        look(&session, "listen(5)"),
        Some((BoxLook::Done, 1, text("None")))
    );
}

#[test]
fn a_wait_is_tall_and_taller_the_longer_it_is() {
    let mut session = Session::new();
    let (_, _, conn) = session.connection();
    session.waits(conn, Call::Recv { max: 5 });
    let recording = &session.recording;
    let now = recording.last_at();
    let height = |after: u64| {
        let scene = session.ladder.scene(recording, 0.0..1e9, now + after);
        let call = scene
            .boxes
            .iter()
            .find(|call| call.look == BoxLook::Waiting);
        call.map(|call| (call.bottom - call.top, call.bottom - scene.end))
    };
    let (short, _) = height(100_000_000).expect("it waits");
    let (long, to_now) = height(4_000_000_000).expect("it waits");
    assert!(long > short + 1.0, "{long} {short}");
    assert!(to_now.abs() < 1e-9, "it ends where now is");
}

#[test]
fn the_listeners_line_goes_on_and_the_new_one_begins_at_its_birth() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    session.sends(client, b"x");
    let scene = scene(&session);
    let lines = |id, look| {
        let of = |line: &&sockeye::model::ladder::LinePart| {
            line.lane == Lane::Socket(id) && line.look == look
        };
        scene
            .lines
            .iter()
            .filter(of)
            .map(|line| (line.top, line.bottom))
            .next()
    };
    let birth = scene
        .arrows
        .iter()
        .find(|arrow| arrow.look == ArrowLook::Birth);
    let birth = birth.expect("a birth");
    assert_eq!(
        (birth.from.lane, birth.landing.lane),
        (Lane::Socket(listener), Lane::Socket(conn))
    );
    assert!((birth.from.y - birth.landing.y).abs() < 1e-9, "level");
    assert_eq!(
        lines(conn, LineLook::Open),
        Some((birth.landing.y, scene.end))
    );
    assert_eq!(lines(conn, LineLook::Unborn), Some((0.0, birth.landing.y)));
    assert_eq!(
        lines(listener, LineLook::Open).map(|line| line.1),
        Some(scene.end)
    );
}

#[test]
fn a_handshake_is_never_shown_as_seen() {
    let mut session = Session::new();
    session.connection();
    let scene = scene(&session);
    let segments: Vec<_> = scene
        .arrows
        .iter()
        .filter(|arrow| arrow.look == ArrowLook::Handshake)
        .map(|arrow| (arrow.label.as_str(), arrow.is_seen))
        .collect();
    assert_eq!(
        segments,
        [("SYN", false), ("SYN+ACK", false), ("ACK", false)]
    );
}

/// What stands where of the handshakes and seats: its label, its look, and its height.
fn knocks(scene: &Scene) -> Vec<(&str, ArrowLook, f64)> {
    use ArrowLook::{Handshake, Lost, Seat};
    let of = scene.arrows.iter();
    let of = of.filter(|arrow| matches!(arrow.look, Handshake | Lost | Seat));
    of.map(|arrow| (arrow.label.as_str(), arrow.look, arrow.landing.y))
        .collect()
}

/// A listener of two seats, both taken; and a third client.
fn full_queue(session: &mut Session) -> (SocketId, SocketId) {
    let listener = session.socket(Role::Server, Protocol::Tcp);
    session.done(listener, bind(SERVER));
    session.done(listener, Call::Listen { backlog: 1 });
    for port in [50_001, 50_002] {
        let client = session.socket(Role::Client, Protocol::Tcp);
        session.done(client, connect(SERVER));
        session.observe(
            client,
            Observation {
                local: Some(([127, 0, 0, 1], port).into()),
                ..Observation::default()
            },
        );
    }
    (listener, session.socket(Role::Client, Protocol::Tcp))
}

fn sent_again(session: &mut Session, socket: SocketId, state: TcpState, times: u32) {
    let seen = TcpObservation {
        retransmits: times,
        ..tcp(state)
    };
    session.observe(
        socket,
        Observation {
            tcp: Some(seen),
            ..Observation::default()
        },
    );
}

/// Two seats are taken above accept, the third client's is below, and so is all of its handshake but the first
/// segment.
fn assert_third_comes_late(session: &Session, listener: SocketId, again: &str) {
    let scene = scene(session);
    let accept = scene.boxes.iter().find(|call| call.text == "accept");
    let accept = accept.map_or(0.0, |call| call.top);
    let all = knocks(&scene);
    let before: Vec<_> = all.iter().filter(|(.., y)| *y < accept).collect();
    let after: Vec<_> = all.iter().filter(|(.., y)| *y >= accept).collect();
    let seats = before
        .iter()
        .filter(|(_, look, _)| *look == ArrowLook::Seat);
    assert_eq!(seats.count(), 2, "{all:?}");
    let lost = before.iter().find(|(_, look, _)| *look == ArrowLook::Lost);
    assert_eq!(lost.map(|lost| lost.0), Some("SYN, no answer"), "{all:?}");
    let labels: Vec<_> = after.iter().map(|knock| knock.0).collect();
    let seat = "seat in the accept queue";
    assert_eq!(labels, [again, "SYN+ACK", "ACK", seat], "{all:?}");
    assert_eq!(session.ladder.flow().queued_clients(listener).len(), 2);
}

#[test]
fn a_connect_that_waited_for_a_seat_has_its_handshake_after_accept() {
    let mut session = Session::new();
    let (listener, third) = full_queue(&mut session);
    let waits = session.waits(third, connect(SERVER));
    assert_eq!(knocks(&scene(&session)).len(), 8, "nothing is known yet");
    session.pass(3_000_000_000);
    sent_again(&mut session, third, TcpState::SynSent, 2);
    let known = scene(&session);
    assert_eq!(knocks(&known).len(), 9, "the first one had no answer");
    session.accepts_from(listener, "127.0.0.1:50001");
    session.pass(4_000_000_000);
    session.returns(waits, Outcome::Ok(Value::None));
    sent_again(&mut session, third, TcpState::Established, 3);
    assert_third_comes_late(&session, listener, "SYN, sent again 3 times");
    let lines = scene(&session);
    let three = lines.boxes.iter().rfind(|call| call.text == "connect");
    assert!(three.is_some_and(|call| call.bottom + 1.0 <= lines.end));
}

#[test]
fn without_the_kernels_word_seven_seconds_say_that_it_was_sent_again() {
    let mut session = Session::new();
    let (listener, third) = full_queue(&mut session);
    let waits = session.waits(third, connect(SERVER));
    session.accepts_from(listener, "127.0.0.1:50001");
    session.pass(7_000_000_000);
    session.returns(waits, Outcome::Ok(Value::None));
    assert_third_comes_late(&session, listener, "SYN, sent again");
}

#[test]
fn a_connect_that_does_not_wait_and_gets_no_seat_comes_late_too() {
    let mut session = Session::new();
    let (listener, third) = full_queue(&mut session);
    session.fails(third, connect(SERVER), Errno::EINPROGRESS);
    sent_again(&mut session, third, TcpState::SynSent, 1);
    session.accepts_from(listener, "127.0.0.1:50001");
    session.pass(2_000_000_000);
    sent_again(&mut session, third, TcpState::Established, 1);
    assert_third_comes_late(&session, listener, "SYN, sent again");
}

#[test]
fn a_slow_answer_is_no_missing_one() {
    let mut session = Session::new();
    session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    let waits = session.waits(client, connect(SERVER));
    session.pass(400_000_000);
    session.returns(waits, Outcome::Ok(Value::None));
    let scene = scene(&session);
    let all = knocks(&scene);
    let labels: Vec<_> = all.iter().map(|knock| knock.0).collect();
    let seat = "seat in the accept queue";
    assert_eq!(labels, ["SYN", "SYN+ACK", "ACK", seat]);
    assert!(
        all[1].2 - all[0].2 > 1.0,
        "the answer came at its end: {all:?}"
    );
}

#[test]
fn an_arrow_lands_below_its_send_and_above_the_receive() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.sends(client, b"hello sockets");
    session.receives(conn, b"hello");
    let scene = scene(&session);
    let data = |arrow: &&Arrow| arrow.look == ArrowLook::Data;
    let arrows: Vec<&Arrow> = scene.arrows.iter().filter(data).collect();
    let [one, rest] = arrows.as_slice() else {
        panic!("a part received and a part not, not {arrows:?}");
    };
    assert_eq!(one.label, "b\"hello sockets\"");
    let (taken, queued) = if one.taken.is_some() {
        (one, rest)
    } else {
        (rest, one)
    };
    assert_eq!(taken.share.as_deref(), Some("5 of 13 B"));
    assert_eq!(
        (queued.share.as_deref(), queued.taken),
        (Some("8 of 13 B"), None)
    );
    assert!(one.is_first != rest.is_first, "one way to the landing");
    assert_eq!(
        (one.from.lane, one.landing.lane),
        (Lane::Socket(client), Lane::Socket(conn))
    );
    let end = taken.taken.expect("received");
    assert!(one.from.y < one.landing.y && one.landing.y < end.y);
}

#[test]
fn idle_time_takes_no_more_than_a_mark() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.pass(60_000_000_000);
    session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    let scene = scene(&session);
    let [idle] = scene.idles.as_slice() else {
        panic!("one mark, not {:?}", scene.idles);
    };
    assert_eq!(idle.text, "nothing for 1 min 0 s");
    assert!(scene.end < 4.0, "{}", scene.end);
}

#[test]
fn no_length_of_time_holds_sixty_seconds() {
    for (tenths, text) in [
        (51, "5.1 s"),
        (599, "59.9 s"),
        (600, "1 min 0 s"),
        (759, "1 min 16 s"),
        (1_194, "1 min 59 s"),
        (1_197, "2 min 0 s"),
    ] {
        for short in [0, 30_000_000] {
            let mut session = Session::new();
            let client = session.socket(Role::Client, Protocol::Tcp);
            session.pass(tenths * 100_000_000 - short);
            session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
            let idles = scene(&session).idles;
            let told: Vec<&str> = idles.iter().map(|idle| idle.text.as_str()).collect();
            assert_eq!(told, [format!("nothing for {text}")], "{tenths} tenths");
        }
    }
}

#[test]
fn a_part_of_the_ladder_holds_what_stands_there_and_no_more() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    for _ in 0..1000 {
        session.sends(client, b"ping");
        session.receives(conn, b"ping");
    }
    let whole = scene(&session);
    let part = session.ladder.scene(
        &session.recording,
        1000.0..1020.0,
        session.recording.last_at(),
    );
    let in_part = |top: f64, bottom: f64| bottom >= 1000.0 && top <= 1020.0;
    let expected: Vec<_> = whole
        .boxes
        .iter()
        .filter(|call| in_part(call.top, call.bottom))
        .map(|call| call.row)
        .collect();
    let shown: Vec<_> = part.boxes.iter().map(|call| call.row).collect();
    assert!(
        expected.iter().all(|row| shown.contains(row)),
        "{expected:?} {shown:?}"
    );
    assert!(shown.len() < 30, "{} boxes", shown.len());
    assert!(part.arrows.len() < 30, "{} arrows", part.arrows.len());
}

#[test]
fn a_receive_far_below_its_send_is_joined_to_it_in_between() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.sends(client, b"long ago");
    for _ in 0..500 {
        session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    }
    session.ok(conn, Call::Recv { max: 1024 }, received(b"long ago"));
    let now = session.recording.last_at();
    let part = session.ladder.scene(&session.recording, 200.0..220.0, now);
    assert_eq!(part.arrows.len(), 1, "{:?}", part.arrows);
}

#[test]
fn what_a_socket_sends_to_itself_has_room_to_come_back() {
    let mut session = Session::new();
    let me = session.socket(Role::Peer, Protocol::Udp);
    session.done(me, bind(CLIENT));
    let hello = Call::SendTo {
        payload: Payload::literal(b"hello me"),
        address: address(CLIENT),
    };
    session.ok(me, hello, Value::Sent(8));
    let sent = scene(&session);
    let [arrow] = &sent.arrows[..] else {
        panic!("one datagram, not {:?}", sent.arrows);
    };
    let call = sent.boxes.last().expect("sendto");
    assert_eq!(arrow.label, "b\"hello me\"");
    assert_eq!(arrow.from.lane, arrow.landing.lane);
    let below = call.bottom + 0.3..sent.end - 0.3;
    assert!(below.contains(&arrow.landing.y), "{arrow:?} in {below:?}");
}
