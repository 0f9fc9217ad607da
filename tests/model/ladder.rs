//! Where things stand on the ladder.

use sockeye::model::call::{BlockingMode, Call, Outcome, Protocol, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::Role;
use sockeye::model::ladder::{Arrow, ArrowLook, BoxLook, Ladder, Lane, LineLook, Scene};

use super::session::{CLIENT, SERVER, Session, address, connect, received};

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
