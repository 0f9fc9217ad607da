//! Why a call failed, for the call and the state at hand; remarks on successes; captions.

use std::sync::Arc;

use sockeye::model::call::{
    BlockingMode, Bytes, Call, Outcome, Protocol, ShutdownHow, SocketId, SocketOption, Value,
};
use sockeye::model::caption::{MOST_WORDS, Tone, caption, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, Note, Role, Started, TcpState};
use sockeye::model::explain::{Explanation, explain, explain_errno, remark};
use sockeye::model::payload::Payload;

use crate::session::{CLIENT, SERVER, Session, address, bind, connect, queue, received, send};

/// Makes the failing call, and explains its row.
fn failing(session: &mut Session, id: SocketId, call: Call, errno: Errno) -> Explanation {
    session.fails(id, call, errno);
    last(session)
}

fn last(session: &Session) -> Explanation {
    let row = session.recording.last().expect("a row");
    explain(&row, session.table()).expect("it failed")
}

/// The calls that its buttons make: `#1 accept`.
fn offers(explanation: &Explanation) -> Vec<String> {
    explanation
        .suggestions
        .iter()
        .filter_map(|suggestion| suggestion.call.as_ref())
        .map(|(id, call)| format!("{id} {}", call.method()))
        .collect()
}

const RECV: Call = Call::Recv { max: 1024 };

#[test]
fn the_listener_is_told_from_its_connections() {
    let mut session = Session::new();
    let (listener, client, _) = session.connection();
    let told = failing(&mut session, listener, RECV, Errno::ENOTCONN);
    assert_eq!(
        told.headline,
        "This is the listener: use the socket that accept() returned."
    );
    assert_eq!(offers(&told), ["#3 recv"]);
    let told = failing(&mut session, listener, send(b"x"), Errno::EPIPE);
    assert_eq!(offers(&told), ["#3 send"]);
    let told = failing(&mut session, listener, connect(SERVER), Errno::EISCONN);
    assert_eq!(told.headline, "This is the listener: it can't go out.");
    let told = failing(&mut session, client, connect(SERVER), Errno::EISCONN);
    assert_eq!(told.headline, "It is already connected to 127.0.0.1:5000.");

    let mut session = Session::new();
    let listener = session.listener();
    let told = failing(&mut session, listener, RECV, Errno::ENOTCONN);
    assert_eq!(offers(&told), ["#1 accept"], "nobody was accepted yet");
}

#[test]
fn a_taken_port_names_its_holder() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let second = session.socket(Role::Server, Protocol::Tcp);
    let told = failing(&mut session, second, bind(SERVER), Errno::EADDRINUSE);
    assert_eq!(told.headline, "#1 server holds it.");
    assert_eq!(offers(&told), ["#1 close", "#4 bind"]);
    session.done(listener, Call::Close);
    let told = failing(&mut session, second, bind(SERVER), Errno::EADDRINUSE);
    assert_eq!(told.headline, "#3 still uses 127.0.0.1:5000.");
    assert_eq!(offers(&told)[0], "#3 close");
    session.done(client, Call::Close);
    session.done(connection, Call::Close);
    let told = failing(&mut session, second, bind(SERVER), Errno::EADDRINUSE);
    assert_eq!(told.headline, "Another program holds port 5000.");

    let call = bind(SERVER);
    let note = Some(Note::TimeWait {
        millis_left: 41_600,
    });
    let told = explain_errno(
        Errno::EADDRINUSE,
        &call,
        note,
        Some(session.get(second)),
        session.table(),
    );
    assert_eq!(
        told.headline,
        "An old connection still keeps port 5000: TIME-WAIT, 42 s left."
    );
    assert!(told.why.contains("SO_REUSEADDR"));
}

#[test]
fn the_port_after_the_last_is_any_free_one() {
    let mut session = Session::new();
    let id = session.socket(Role::Server, Protocol::Tcp);
    let told = failing(&mut session, id, bind("127.0.0.1:65535"), Errno::EADDRINUSE);
    let offer = told.suggestions.last().expect("another port");
    assert_eq!(offer.text, "Take any free port");
    assert_eq!(offer.call, Some((id, bind("127.0.0.1:0"))));
}

#[test]
fn a_refused_connect_says_who_is_there() {
    let mut session = Session::new();
    let server = session.socket(Role::Server, Protocol::Tcp);
    let client = session.socket(Role::Client, Protocol::Tcp);
    let told = failing(&mut session, client, connect(SERVER), Errno::ECONNREFUSED);
    assert_eq!(told.headline, "Nobody listens on 127.0.0.1:5000.");
    session.done(server, bind(SERVER));
    let told = failing(&mut session, client, connect(SERVER), Errno::ECONNREFUSED);
    assert_eq!(
        told.headline,
        "#1 server is bound there, but does not listen."
    );
    assert_eq!(offers(&told), ["#1 listen", "#2 connect"]);
    let row = session.recording.last().expect("a row");
    session.done(server, Call::Listen { backlog: 5 });
    let later = explain(&row, session.table()).expect("it failed");
    assert_eq!(later.headline, "Nobody listened on 127.0.0.1:5000 then.");
    session.done(server, Call::Close);
    let told = failing(&mut session, client, connect(SERVER), Errno::ECONNREFUSED);
    assert!(
        told.why
            .contains("#1 server listened there, and was closed"),
        "{}",
        told.why
    );
}

#[test]
fn the_other_end_that_went_is_named() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    session.done(connection, Call::Close);
    let told = failing(&mut session, client, RECV, Errno::ECONNRESET);
    assert_eq!(told.headline, "The other end broke the connection off.");
    assert!(
        told.why.starts_with("#3 conn was closed with bytes"),
        "{}",
        told.why
    );

    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let told = failing(&mut session, client, send(b"x"), Errno::EPIPE);
    assert_eq!(told.headline, "The other end is gone.");
    assert_eq!(offers(&told), ["#2 close"]);

    let mut session = Session::new();
    let (_, client, _) = session.connection();
    let how = ShutdownHow::Write;
    session.done(client, Call::Shutdown { how });
    let told = failing(&mut session, client, send(b"x"), Errno::EPIPE);
    assert_eq!(told.headline, "Its sending half is shut.");
}

#[test]
fn a_would_block_says_how_to_go_on() {
    let mut session = Session::new();
    let (listener, client, _) = session.connection();
    let mode = BlockingMode::NonBlocking;
    for id in [listener, client] {
        session.done(id, Call::SetBlocking { mode });
    }
    let told = failing(&mut session, client, RECV, Errno::EAGAIN);
    assert_eq!(told.headline, "Nothing in the buffer yet.");
    assert_eq!(told.why, "Not a failure: the call would have had to wait.");
    assert_eq!(offers(&told), ["#3 send", "#2 recv", "#2 setblocking"]);
    let told = failing(&mut session, client, send(b"x"), Errno::EAGAIN);
    assert_eq!(told.headline, "The send buffer is full.");
    assert_eq!(offers(&told)[0], "#3 recv");
    let told = failing(&mut session, listener, Call::Accept, Errno::EAGAIN);
    assert_eq!(told.headline, "Nobody is in the accept queue.");
    assert_eq!(offers(&told), ["#1 accept", "#1 setblocking"]);
    let second = session.socket(Role::Client, Protocol::Tcp);
    assert_eq!(
        offers(&last_of(&session, listener))[0],
        format!("{second} connect")
    );
    session.done(second, Call::SetBlocking { mode });
    let told = failing(&mut session, second, connect(SERVER), Errno::EINPROGRESS);
    assert_eq!(told.headline, "Connecting goes on in the background.");
    session.observe(listener, queue(6, 5));
    let told = failing(&mut session, second, connect(SERVER), Errno::EALREADY);
    assert_eq!(told.headline, "Still connecting.");
    assert_eq!(offers(&told)[0], "#1 accept", "the queue is full");
    let told = failing(&mut session, second, RECV, Errno::EAGAIN);
    assert_eq!(told.headline, "Still connecting.");
}

/// The explanation of the youngest failed row of that socket.
fn last_of(session: &Session, id: SocketId) -> Explanation {
    let recording = &session.recording;
    (0..recording.len())
        .rev()
        .filter_map(|index| recording.row(index))
        .filter(|row| row.socket == Some(id))
        .find_map(|row| explain(&row, session.table()))
        .expect("it failed once")
}

#[test]
fn udp_has_its_own_reasons() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, SERVER);
    let client = session.socket(Role::Client, Protocol::Udp);
    let told = failing(&mut session, client, send(b"hi"), Errno::EDESTADDRREQ);
    assert_eq!(told.headline, "Nobody to send to.");
    assert_eq!(offers(&told), ["#2 sendto", "#2 connect"]);
    let payload = Payload::Repeat {
        unit: Arc::from(&b"A"[..]),
        times: 65_508,
    };
    let call = Call::SendTo {
        payload,
        address: address(SERVER),
    };
    let told = failing(&mut session, client, call, Errno::EMSGSIZE);
    assert_eq!(told.headline, "65508 bytes do not fit into one datagram.");
    assert!(told.why.contains("65507"), "{}", told.why);
    for call in [Call::Listen { backlog: 5 }, Call::Accept] {
        let told = failing(&mut session, server, call, Errno::EOPNOTSUPP);
        assert_eq!(told.headline, "UDP does not do this.");
        assert_eq!(offers(&told), ["#1 recvfrom"]);
    }
    let told = failing(
        &mut session,
        client,
        Call::RecvFrom { max: 9 },
        Errno::EAGAIN,
    );
    assert_eq!(told.headline, "No port yet: nothing can reach this socket.");
    session.done(client, connect(SERVER));
    let told = failing(&mut session, client, send(b"hi"), Errno::ECONNREFUSED);
    assert_eq!(
        told.headline,
        "The last datagram met nobody at 127.0.0.1:5000."
    );
    let call = Call::SendTo {
        payload: Payload::literal(b"hi"),
        address: address("192.168.1.255:5000"),
    };
    let told = failing(&mut session, client, call, Errno::EACCES);
    let offer = told.suggestions[0].call.clone().expect("a button");
    let option = SocketOption::Broadcast;
    assert_eq!(offer, (client, Call::SetSockOpt { option, value: 1 }));
}

#[test]
fn wrong_orders_are_told_by_what_is_missing() {
    let mut session = Session::new();
    let id = session.socket(Role::Server, Protocol::Tcp);
    let told = failing(&mut session, id, Call::Accept, Errno::EINVAL);
    assert_eq!(told.headline, "This socket does not listen.");
    assert_eq!(offers(&told), ["#1 listen"]);
    session.done(id, bind(SERVER));
    let told = failing(&mut session, id, bind("127.0.0.1:5001"), Errno::EINVAL);
    assert_eq!(told.headline, "It has 127.0.0.1:5000 already.");
    assert_eq!(offers(&told), ["#1 listen"]);
    let told = failing(&mut session, id, RECV, Errno::ENOTCONN);
    assert_eq!(told.headline, "It is not connected.");
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.done(client, connect(SERVER));
    let told = failing(
        &mut session,
        client,
        Call::Listen { backlog: 1 },
        Errno::EINVAL,
    );
    assert_eq!(told.headline, "A connected socket can't listen.");
    session.done(client, Call::Close);
    let told = failing(&mut session, client, RECV, Errno::EBADF);
    assert_eq!(told.headline, "This socket is closed.");
}

#[test]
fn addresses_are_told_by_what_is_wrong_with_them() {
    let mut session = Session::new();
    let id = session.socket(Role::Server, Protocol::Tcp);
    let told = failing(
        &mut session,
        id,
        bind("192.0.2.1:5000"),
        Errno::EADDRNOTAVAIL,
    );
    assert_eq!(
        told.headline,
        "192.0.2.1 is not an address of this computer."
    );
    assert_eq!(told.suggestions[0].call, Some((id, bind(SERVER))));
    let told = failing(&mut session, id, bind("[::1]:5000"), Errno::EAFNOSUPPORT);
    assert_eq!(
        told.headline,
        "::1 is an IPv6 address, and this is an IPv4 socket."
    );
    assert_eq!(told.suggestions[0].call, Some((id, bind(SERVER))));
    let told = failing(&mut session, id, bind("127.0.0.1:80"), Errno::EACCES);
    assert_eq!(told.headline, "Port 80 is kept for administrators.");
}

/// Whatever errno any call gives in whatever state, there is something short to say, and a caption.
#[test]
fn every_errno_of_every_call_is_explained() {
    let calls = [
        bind(SERVER),
        Call::Listen { backlog: 5 },
        Call::Accept,
        connect(SERVER),
        send(b"x"),
        RECV,
        Call::SendTo {
            payload: Payload::literal(b"x"),
            address: address(CLIENT),
        },
        Call::RecvFrom { max: 3 },
        Call::Shutdown {
            how: ShutdownHow::Both,
        },
        Call::Close,
        Call::GetPeerName,
    ];
    for errno in Errno::all().chain([Errno(999)]) {
        let mut session = Session::new();
        let (listener, client, connection) = session.connection();
        let udp = session.udp(Role::Peer, "127.0.0.1:6000");
        let new = session.socket(Role::Client, Protocol::Tcp);
        for id in [listener, client, connection, udp, new] {
            for call in &calls {
                let told = explain_errno(errno, call, None, Some(session.get(id)), session.table());
                let words = format!("{} {}", told.headline, told.why);
                assert!(told.headline.ends_with('.'), "{errno} {call:?}: {words}");
                assert!(told.headline.len() <= 90, "{errno} {call:?}: {words}");
                assert!(!words.contains("kernel"), "{errno} {call:?}: {words}");
            }
        }
        for call in calls.clone() {
            session.fails(new, call, errno);
            let row = session.recording.last().expect("a row");
            let text = caption_text(&caption(&row, session.table()));
            assert!(text.split_whitespace().count() <= MOST_WORDS, "{text}");
            assert!(text.ends_with('.'), "{text}");
        }
        let told = explain_errno(errno, &calls[0], None, None, session.table());
        assert_eq!(
            told.headline,
            errno.plain(),
            "without a socket: socket() itself"
        );
    }
}

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

    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    assert_eq!(
        caption_of(&session),
        "#1 accepts: #3 conn is born, connected to 127.0.0.1:51724."
    );
    session.waits(connection, RECV);
    assert_eq!(
        caption_of(&session),
        "#3 waits in recv(1024): the client has sent nothing new."
    );
    session.sends(client, b"hello sockets");
    assert_eq!(caption_of(&session), "#2 sends 13 bytes.");
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
