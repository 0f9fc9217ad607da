//! Why a call failed, for the call and the state at hand.

use std::sync::Arc;

use sockeye::model::call::{BlockingMode, Call, Protocol, ShutdownHow, SocketId, SocketOption};
use sockeye::model::caption::{MOST_WORDS, caption, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Note, Role};
use sockeye::model::explain::{Explanation, explain};
use sockeye::model::payload::Payload;

use crate::session::{CLIENT, SERVER, Session, address, bind, connect, queue, send};

/// Makes the failing call, and explains its row.
pub fn failing(session: &mut Session, id: SocketId, call: Call, errno: Errno) -> Explanation {
    session.fails(id, call, errno);
    last(session)
}

pub fn last(session: &Session) -> Explanation {
    let row = session.recording.last().expect("a row");
    explain(&row, session.table()).expect("it failed")
}

/// The calls that its buttons make: `#1 accept`.
pub fn offers(explanation: &Explanation) -> Vec<String> {
    explanation
        .suggestions
        .iter()
        .filter_map(|suggestion| suggestion.call.as_ref())
        .map(|(id, call)| format!("{id} {}", call.method()))
        .collect()
}

pub const RECV: Call = Call::Recv { max: 1024 };

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

    let note = Note::TimeWait {
        millis_left: 41_600,
    };
    session.fails_with_note(second, bind(SERVER), Errno::EADDRINUSE, note);
    let told = last(&session);
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

/// On loopback there is no other computer: the system that asks is the one that answers.
#[test]
fn a_refusal_is_said_by_the_computer_that_was_asked() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    for own in [SERVER, "127.9.9.9:5000", "0.0.0.0:5000"] {
        let told = failing(&mut session, client, connect(own), Errno::ECONNREFUSED);
        assert!(told.why.starts_with("Your system answered"), "{}", told.why);
    }
    let elsewhere = connect("192.0.2.1:5000");
    let told = failing(&mut session, client, elsewhere, Errno::ECONNREFUSED);
    assert!(told.why.contains("other computer"), "{}", told.why);
    assert_eq!(
        Errno::ECONNREFUSED.plain(),
        "Nobody listens at that address and port."
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
        for call in &calls {
            // A failure is news of its socket: each call meets the state before.
            let mut session = Session::new();
            let (listener, client, connection) = session.connection();
            let udp = session.udp(Role::Peer, "127.0.0.1:6000");
            let new = session.socket(Role::Client, Protocol::Tcp);
            for id in [listener, client, connection, udp, new] {
                let told = failing(&mut session, id, call.clone(), errno);
                let words = format!("{} {}", told.headline, told.why);
                assert!(told.headline.ends_with('.'), "{errno} {call:?}: {words}");
                assert!(told.headline.len() <= 90, "{errno} {call:?}: {words}");
                assert!(!words.contains("kernel"), "{errno} {call:?}: {words}");
            }
            let row = session.recording.last().expect("a row");
            let text = caption_text(&caption(&row, session.table()));
            assert!(text.split_whitespace().count() <= MOST_WORDS, "{text}");
            assert!(text.ends_with('.'), "{text}");
        }
    }
}

#[test]
fn a_refused_socket_call_is_explained_in_general() {
    for errno in Errno::all().chain([Errno(999)]) {
        let mut session = Session::new();
        session.fails_to_make(Role::Client, Protocol::Tcp, errno);
        assert_eq!(last(&session).headline, errno.plain());
    }
}
