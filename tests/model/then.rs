//! Why an old call failed: by what was so then, whatever has come since.

use sockeye::model::call::{BlockingMode, Call, Protocol, ShutdownHow};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Note, Role, TcpState};
use sockeye::model::explain::{error_words, explain};
use sockeye::model::payload::Payload;

use crate::explain::{RECV, failing, last, offers};
use crate::session::{CLIENT, SERVER, Session, address, bind, connect, send};

/// Who has the port now may have taken it after the bind failed.
#[test]
fn an_old_taken_port_is_not_laid_on_who_holds_it_now() {
    let mut session = Session::new();
    let first = session.socket(Role::Server, Protocol::Tcp);
    session.fails(first, bind(SERVER), Errno::EADDRINUSE);
    let by_another = session.recording.last().expect("a row");
    let millis_left = 30_000;
    let note = Note::TimeWait { millis_left };
    session.fails_with_note(first, bind(SERVER), Errno::EADDRINUSE, note);
    let by_time_wait = session.recording.last().expect("a row");
    session.listener();
    let headline = |row| {
        explain(row, session.table())
            .expect("it failed")
            .headline
            .clone()
    };
    assert_eq!(headline(&by_another), "Another program holds port 5000.");
    assert_eq!(
        headline(&by_time_wait),
        "An old connection still keeps port 5000: TIME-WAIT, 30 s left."
    );
}

#[test]
fn an_old_connection_names_its_other_end() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    session.done(connection, Call::Close);
    session.done(listener, Call::Close);
    let second = session.socket(Role::Server, Protocol::Tcp);
    let state = TcpState::FinWait2;
    let peer = address(CLIENT);
    let note = Note::OldConnection { state, peer };
    session.fails_with_note(second, bind(SERVER), Errno::EADDRINUSE, note);
    let told = last(&session);
    assert_eq!(
        told.headline,
        "The old connection to #2 client is not over yet."
    );
    assert!(told.why.contains("FIN-WAIT-2"), "{}", told.why);
    assert_eq!(offers(&told), ["#2 close", "#4 bind"]);
    let row = session.recording.last().expect("a row");
    session.done(client, Call::Close);
    let told = explain(&row, session.table()).expect("it failed");
    assert_eq!(
        told.headline,
        "The old connection to #2 client is not over yet."
    );
    assert_eq!(offers(&told), ["#4 bind"], "the other end is closed now");
}

#[test]
fn the_call_that_gave_the_port_is_named() {
    let given = |socket: Protocol, target: Option<&str>, connects: Option<Errno>| {
        let mut session = Session::new();
        let id = session.socket(Role::Client, socket);
        if target.is_some() {
            session.done(id, bind(CLIENT));
        }
        match connects {
            Some(errno) => session.fails(id, connect(SERVER), errno),
            None => session.done(id, connect(SERVER)),
        }
        failing(&mut session, id, bind("127.0.0.1:5001"), Errno::EINVAL).why
    };
    let picked = "connect() picked a free port for it.";
    for errno in [None, Some(Errno::EINPROGRESS)] {
        assert_eq!(given(Protocol::Tcp, None, errno), picked);
        let why = given(Protocol::Tcp, Some(CLIENT), errno);
        assert!(why.contains("bind() gave it"), "{errno:?}: {why}");
    }
    assert_eq!(given(Protocol::Udp, None, None), picked);
    let why = given(Protocol::Udp, Some(CLIENT), None);
    assert!(why.contains("bind() gave it"), "{why}");
}

/// What a row says of its call does not change with what the socket does later.
#[test]
fn an_old_failure_is_explained_by_the_socket_of_then() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, send(b"x"), Errno::EPIPE);
    let unconnected = session.recording.last().expect("a row");
    session.fails(client, RECV, Errno::ENOTCONN);
    let deaf = session.recording.last().expect("a row");
    session.done(client, connect(SERVER));
    session.fails(client, bind("127.0.0.1:5001"), Errno::EINVAL);
    let bound = session.recording.last().expect("a row");
    session.fails(client, send(b"x"), Errno::EPIPE);
    let gone = session.recording.last().expect("a row");
    let how = ShutdownHow::Write;
    session.done(client, Call::Shutdown { how });
    session.fails(client, send(b"x"), Errno::EPIPE);
    let shut = session.recording.last().expect("a row");
    session.fails(listener, RECV, Errno::ENOTCONN);
    let at_listener = session.recording.last().expect("a row");
    let rows = [unconnected, deaf, bound, gone, shut, at_listener];
    let all = |session: &Session| -> Vec<(String, String)> {
        rows.iter()
            .map(|row| explain(row, session.table()).expect("it failed"))
            .map(|told| (told.headline, told.why))
            .collect()
    };
    let then = all(&session);
    assert_eq!(then[0].0, "There is no connection to send into.");
    assert_eq!(then[1].0, "It is not connected.");
    assert_eq!(then[3].0, "The other end is gone.");
    session.done(client, Call::Close);
    session.done(listener, Call::Close);
    assert_eq!(all(&session), then);
    for row in &rows {
        let told = explain(row, session.table()).expect("it failed");
        assert_eq!(offers(&told), [""; 0], "both sockets are closed");
    }
}

/// A line of the log says what Details say, and goes on saying it.
#[test]
fn a_row_of_the_log_says_the_reason_at_hand() {
    let mut session = Session::new();
    let udp = session.socket(Role::Client, Protocol::Udp);
    let call = Call::SendTo {
        payload: Payload::literal(b"hi"),
        address: address("255.255.255.255:5000"),
    };
    session.fails(udp, call, Errno::EACCES);
    let broadcast = session.recording.last().expect("a row");
    let listener = session.listener();
    session.fails(listener, connect(SERVER), Errno::EISCONN);
    let on_listener = session.recording.last().expect("a row");
    let client = session.socket(Role::Client, Protocol::Tcp);
    let mode = BlockingMode::NonBlocking;
    session.done(client, Call::SetBlocking { mode });
    session.fails(client, connect(SERVER), Errno::EINPROGRESS);
    session.fails(client, RECV, Errno::EAGAIN);
    let connecting = session.recording.last().expect("a row");
    session.done(client, connect(SERVER));
    session.fails(client, RECV, Errno::EAGAIN);
    let connected = session.recording.last().expect("a row");
    assert_ne!(
        connecting.number, connected.number,
        "another reason is another row"
    );
    session.done(listener, Call::Close);
    for (row, words) in [
        (
            broadcast,
            "PermissionError: 255.255.255.255 reaches everybody: that has to be switched on",
        ),
        (
            on_listener,
            "OSError: this is the listener: it can't go out",
        ),
        (connecting, "BlockingIOError: still connecting"),
        (connected, "BlockingIOError: nothing in the buffer yet"),
    ] {
        assert_eq!(error_words(&row, session.table()).as_deref(), Some(words));
    }
}

/// Of two sockets bound to one port only one listens; who did is remembered.
#[test]
fn a_refused_listen_names_who_listened_then() {
    let mut session = Session::new();
    session.listener();
    let second = session.socket(Role::Server, Protocol::Tcp);
    session.done(second, bind(SERVER));
    session.fails(second, Call::Listen { backlog: 1 }, Errno::EADDRINUSE);
    let row = session.recording.last().expect("a row");
    let first = session.table().named("server").expect("the first").id;
    session.done(first, Call::Close);
    assert_eq!(
        error_words(&row, session.table()).as_deref(),
        Some("OSError: #1 server holds it")
    );
}
