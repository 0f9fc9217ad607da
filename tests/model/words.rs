//! Remarks on successes, and captions.

use std::sync::Arc;

use sockeye::model::call::{
    BlockingMode, Bytes, Call, Outcome, Protocol, ShutdownHow, SocketOption, Value,
};
use sockeye::model::caption::{MOST_WORDS, Tone, caption, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, Note, Role, Started, TcpState};
use sockeye::model::explain::remark;
use sockeye::model::payload::Payload;

use crate::session::{CLIENT, SERVER, Session, address, bind, connect, received, send};

const RECV: Call = Call::Recv { max: 1024 };

fn remark_of(session: &Session) -> Option<String> {
    remark(&session.recording.last().expect("a row"), session.table())
}

#[test]
fn successes_worth_a_word_get_one() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    session.sends(client, b"hello");
    assert_eq!(remark_of(&session), None);
    session.ok(client, send(&[b'x'; 100]), Value::Sent(40));
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("a short send: 40 of 100 bytes were taken")
    );
    session.receives(connection, b"");
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("the other end has finished sending")
    );
    session.ok(connection, Call::Recv { max: 0 }, received(b""));
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("recv(0) asks for nothing, and gets it")
    );
    session.does(connection, RECV, Outcome::Interrupted);
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("you stopped waiting; the socket is as it was")
    );
    let other = session.socket(Role::Client, Protocol::Tcp);
    session.does(other, connect(SERVER), Outcome::Interrupted);
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("you stopped waiting; the handshake goes on in the background")
    );
}

#[test]
fn a_send_ended_by_the_user_says_so() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let stamp = session.stamp();
    let started = Started {
        id: sockeye::model::call::CallId(1000),
        stamp,
        thread: sockeye::model::call::ThreadId(2),
        program: session.get(client).program,
        socket: Some(client),
        fd: Some(4),
        call: send(&[b'x'; 100]),
        name: None,
        line: None,
        part: None,
        at_end: false,
    };
    let ended = Ended {
        id: started.id,
        stamp: session.stamp(),
        outcome: Outcome::Ok(Value::Sent(40)),
        offset: Some(0),
        retries: 0,
        note: Some(Note::EndedByYou),
    };
    session.recording.apply(Event::Made(started, ended));
    assert!(
        remark_of(&session)
            .expect("a word")
            .starts_with("ended by you")
    );
}

#[test]
fn lost_bytes_and_lost_datagrams_are_told() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, SERVER);
    let client = session.socket(Role::Client, Protocol::Udp);
    let value = Value::Received {
        bytes: Bytes::Whole(Arc::from(&b"hell"[..])),
        peer: Some(address(CLIENT)),
        lost: 6,
    };
    session.ok(server, Call::RecvFrom { max: 4 }, value);
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("6 bytes of this datagram did not fit and are lost")
    );
    session.ok(server, Call::RecvFrom { max: 4 }, received(b""));
    assert!(
        remark_of(&session)
            .expect("a word")
            .starts_with("an empty datagram")
    );
    let call = |port| Call::SendTo {
        payload: Payload::literal(b"hi"),
        address: address(port),
    };
    session.ok(client, call(SERVER), Value::Sent(2));
    assert_eq!(remark_of(&session), None, "somebody was there");
    session.ok(client, call("127.0.0.1:5001"), Value::Sent(2));
    assert!(
        remark_of(&session)
            .expect("a word")
            .contains("no socket of this session")
    );
    session.done(server, Call::Close);
    session.ok(client, call(SERVER), Value::Sent(2));
    assert_eq!(
        remark_of(&session).as_deref(),
        Some("sent; #1 server was closed, and UDP does not say so")
    );
    session.ok(client, call("192.0.2.1:5000"), Value::Sent(2));
    assert_eq!(
        remark_of(&session),
        None,
        "nothing is known of other computers"
    );
}

fn caption_of(session: &Session) -> String {
    let row = session.recording.last().expect("a row");
    caption_text(&caption(&row, session.table()))
}

#[test]
fn captions_tell_the_last_event() {
    let mut session = Session::new();
    let listener = session.socket(Role::Server, Protocol::Tcp);
    assert_eq!(caption_of(&session), "#1 is a new TCP socket.");
    session.done(listener, bind(SERVER));
    assert_eq!(
        caption_of(&session),
        "#1 has the address 127.0.0.1:5000 now."
    );
    session.done(listener, Call::Listen { backlog: 5 });
    assert_eq!(caption_of(&session), "#1 listens: clients can connect now.");
    let accept = session.waits(listener, Call::Accept);
    assert_eq!(
        caption_of(&session),
        "#1 waits in accept(): no client has come yet."
    );
    session.returns(accept, Outcome::Interrupted);
    assert_eq!(
        caption_of(&session),
        "#1 stops waiting in accept(): you ended it."
    );
    let outside = session.accepts_from(listener, "127.0.0.1:51700");
    session.waits(listener, Call::Accept);
    assert_eq!(
        caption_of(&session),
        "#1 waits in accept(): no other client has come yet."
    );
    let first = session.waits(outside, RECV);
    assert_eq!(
        caption_of(&session),
        "#2 waits in recv(1024): nothing has come yet."
    );
    session.returns(first, Outcome::Ok(received(b"hello")));
    session.waits(outside, RECV);
    assert_eq!(
        caption_of(&session),
        "#2 waits in recv(1024): nothing new has come yet."
    );

    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    assert_eq!(
        caption_of(&session),
        "#1 accepts: #3 conn is born, connected to 127.0.0.1:51724."
    );
    session.waits(connection, RECV);
    assert_eq!(
        caption_of(&session),
        "#3 waits in recv(1024): the client has sent nothing yet."
    );
    session.sends(client, b"hello sockets");
    assert_eq!(caption_of(&session), "#2 sends 13 bytes.");
    session.receives(connection, b"hello sockets");
    session.waits(connection, RECV);
    assert_eq!(
        caption_of(&session),
        "#3 waits in recv(1024): the client has sent nothing new."
    );
    let mode = BlockingMode::NonBlocking;
    session.done(client, Call::SetBlocking { mode });
    session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    assert_eq!(
        caption_of(&session),
        "#2 gets EAGAIN from recv(5): nothing in the buffer yet."
    );
    session.fails(client, bind(SERVER), Errno::EINVAL);
    assert_eq!(
        caption_of(&session),
        "#2 bind fails, EINVAL: it has 127.0.0.1:51724 already."
    );
    session.receives(client, b"");
    assert_eq!(
        caption_of(&session),
        "#2 receives b\"\": the other end has finished sending."
    );
}

/// `b""` has five meanings, and each row keeps its own.
#[test]
fn nothing_received_is_told_by_what_it_meant_then() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    let mut rows = Vec::new();
    let mut receives = |session: &mut Session, id, max, meaning: &'static str| {
        session.ok(id, Call::Recv { max }, received(b""));
        rows.push((session.recording.last().expect("a row"), meaning));
    };
    receives(
        &mut session,
        client,
        0,
        "recv(0) asks for nothing, and gets it",
    );
    receives(
        &mut session,
        client,
        9,
        "the other end has finished sending",
    );
    let how = ShutdownHow::Read;
    session.done(connection, Call::Shutdown { how });
    let shut = "the receiving half of this socket is shut";
    receives(&mut session, connection, 9, shut);
    session.fails(client, send(b"x"), Errno::EPIPE);
    receives(&mut session, client, 9, "the connection is gone");
    let udp = session.udp(Role::Server, "127.0.0.1:6000");
    let empty = "an empty datagram: UDP has them, and they end nothing";
    receives(&mut session, udp, 9, empty);
    session.done(client, Call::Shutdown { how });
    for id in [client, connection, udp] {
        session.done(id, Call::Close);
    }
    for (row, meaning) in rows {
        assert_eq!(remark(&row, session.table()).as_deref(), Some(meaning));
        let text = caption_text(&caption(&row, session.table()));
        assert!(
            text.ends_with(&format!(" receives b\"\": {meaning}.")),
            "{text}"
        );
        assert!(text.split_whitespace().count() <= MOST_WORDS, "{text}");
    }
}

#[test]
fn captions_name_sockets_and_mark_waits_and_failures() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    session.waits(connection, RECV);
    let row = session.recording.last().expect("a row");
    let tones: Vec<Tone> = caption(&row, session.table())
        .iter()
        .map(|part| part.tone)
        .collect();
    assert!(tones.contains(&Tone::Socket(connection)));
    assert!(
        tones.contains(&Tone::Socket(client)),
        "the other end is named"
    );
    assert!(tones.contains(&Tone::Waits));
    session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    let row = session.recording.last().expect("a row");
    let parts = caption(&row, session.table());
    assert!(
        parts
            .iter()
            .any(|part| part.tone == Tone::WouldBlock && part.text == "EAGAIN")
    );
    assert!(!parts.iter().any(|part| part.tone == Tone::Failed));
}

/// A peer's bytes never get into a caption; its name comes from the user.
#[test]
fn captions_of_every_success_are_short() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let long = vec![b'x'; 100_000];
    session.sends(client, &long);
    session.receives(connection, &long);
    session.state(client, TcpState::Established, 0);
    let option = SocketOption::ReceiveBuffer;
    session.done(
        listener,
        Call::SetSockOpt {
            option,
            value: 4096,
        },
    );
    session.ok(listener, Call::GetSockOpt { option }, Value::Integer(8192));
    session.ok(client, Call::GetPeerName, Value::Address(address(SERVER)));
    session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    for how in [ShutdownHow::Read, ShutdownHow::Write, ShutdownHow::Both] {
        session.done(client, Call::Shutdown { how });
    }
    session.done(client, Call::Close);
    for index in 0..session.recording.len() {
        let row = session.recording.row(index).expect("a row");
        let text = caption_text(&caption(&row, session.table()));
        assert!(text.split_whitespace().count() <= MOST_WORDS, "{text}");
        assert!(text.ends_with('.'), "{text}");
    }
}
