//! Blocking beside non-blocking.

use sockeye::model::beside::{Wait, beside};
use sockeye::model::call::{BlockingMode, Call, CallId, Outcome, Protocol, SocketId};
use sockeye::model::caption::{MOST_WORDS, Tone, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::Role;
use sockeye::model::recording::RowNumber;

use crate::session::{SERVER, Session, connect, received};

const RECV: Call = Call::Recv { max: 5 };

fn non_blocking(session: &mut Session, socket: SocketId) {
    let mode = BlockingMode::NonBlocking;
    session.done(socket, Call::SetBlocking { mode });
}

fn client(session: &mut Session) -> SocketId {
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.done(client, connect(SERVER));
    client
}

/// Two clients, B of them non-blocking, and A in its recv.
fn a_waits() -> (Session, SocketId, SocketId, CallId) {
    let mut session = Session::new();
    session.listener();
    let a = client(&mut session);
    let b = client(&mut session);
    non_blocking(&mut session, b);
    let wait = session.waits(a, RECV);
    (session, a, b, wait)
}

fn said(session: &Session) -> Option<String> {
    let parts = beside(&session.recording)?.caption(&session.recording.last()?)?;
    let text = caption_text(&parts);
    assert!(text.split_whitespace().count() <= MOST_WORDS, "{text}");
    Some(text)
}

#[test]
fn the_same_recv_twice_one_waits_the_other_asks() {
    let (mut session, a, b, wait) = a_waits();
    assert_eq!(beside(&session.recording), None, "B has not asked yet");
    for _ in 0..3 {
        session.fails(b, RECV, Errno::EAGAIN);
    }
    let found = beside(&session.recording).expect("both made it");
    assert_eq!((found.a, found.b), (a, b));
    assert_eq!((found.letter(a), found.letter(b)), (Some('A'), Some('B')));
    assert_eq!((found.a_wait, found.b_asked), (Wait::On, 3));
    assert_eq!(
        said(&session).as_deref(),
        Some("The same recv(5): A waits, B asked too early: nothing in the buffer yet.")
    );

    session.returns(wait, Outcome::Ok(received(b"hello")));
    let found = beside(&session.recording).expect("it is still told");
    assert_eq!((found.a_wait, found.b_got), (Wait::Got(5), None));
    let last = session.recording.numbered(found.a_row).expect("its row");
    let parts = found.caption(&last).expect("it is of the pair");
    assert_eq!(
        caption_text(&parts),
        "The same recv(5): A’s wait is over, B has to ask again."
    );
    assert!(parts.iter().any(|part| part.tone == Tone::Socket(a)));

    session.ok(b, RECV, received(b"hello"));
    assert_eq!(
        said(&session).as_deref(),
        Some("The same recv(5): A waited, B asked again: both have their bytes.")
    );
    session.done(a, Call::Close);
    assert_eq!(beside(&session.recording), None, "one of them is closed");
}

#[test]
fn b_may_get_its_bytes_while_a_still_waits() {
    let (mut session, _, b, _) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    session.ok(b, RECV, received(b"hello"));
    assert_eq!(
        said(&session).as_deref(),
        Some("The same recv(5): A waits, B asked again and has 5 bytes.")
    );
}

#[test]
fn what_others_do_has_its_own_caption() {
    let (mut session, _, b, _) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    session.sends(b, b"hello");
    assert!(beside(&session.recording).is_some());
    assert_eq!(said(&session), None);
}

#[test]
fn a_wait_that_was_stopped_and_an_end_of_file_have_their_own_caption() {
    let (mut session, _, b, wait) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    session.returns(wait, Outcome::Interrupted);
    let found = beside(&session.recording).expect("it is still told");
    assert_eq!(found.a_wait, Wait::Ended);
    assert_eq!(said(&session), None);
    let (mut session, _, b, _) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    session.ok(b, RECV, received(b""));
    assert_eq!(said(&session), None);
}

#[test]
fn another_call_another_kind_another_time_or_another_mode_is_no_comparison() {
    let (mut session, _, b, _) = a_waits();
    session.fails(b, Call::Recv { max: 6 }, Errno::EAGAIN);
    assert_eq!(beside(&session.recording), None, "not the same call");

    let (mut session, ..) = a_waits();
    let peer = session.udp(Role::Peer, "127.0.0.1:6000");
    non_blocking(&mut session, peer);
    session.fails(peer, RECV, Errno::EAGAIN);
    assert_eq!(beside(&session.recording), None, "not of a kind");

    let (mut session, _, b, wait) = a_waits();
    session.returns(wait, Outcome::Ok(received(b"hello")));
    session.fails(b, RECV, Errno::EAGAIN);
    assert_eq!(beside(&session.recording), None, "A had its bytes already");

    let (mut session, _, b, _) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    let mode = BlockingMode::Blocking;
    session.done(b, Call::SetBlocking { mode });
    assert_eq!(beside(&session.recording), None, "both are blocking now");
}

#[test]
fn the_youngest_wait_counts() {
    let (mut session, a, b, wait) = a_waits();
    session.fails(b, RECV, Errno::EAGAIN);
    session.returns(wait, Outcome::Ok(received(b"hello")));
    session.ok(b, RECV, received(b"hello"));
    session.waits(a, RECV);
    session.fails(b, RECV, Errno::EAGAIN);
    let found = beside(&session.recording).expect("a second time");
    assert_eq!((found.a_wait, found.b_got), (Wait::On, None));
    let last = session.recording.last().expect("a row").number;
    assert_eq!((found.a_row, found.b_row), (RowNumber(last.0 - 1), last));
}

#[test]
fn equal_would_blocks_of_a_script_fold_though_their_lines_differ() {
    let (mut session, _, b, _) = a_waits();
    let rows = session.recording.len();
    for line in 20..23 {
        session.fails_on_line(b, RECV, Errno::EAGAIN, line);
    }
    assert_eq!(session.recording.len(), rows + 1);
    let last = session.recording.last().expect("a row");
    assert_eq!((last.count, last.line), (3, Some(20)));
}
