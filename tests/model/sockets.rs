//! What the calls and the kernel's words add up to for each socket.

use std::sync::Arc;

use sockeye::model::call::{Bytes, Call, Method, Outcome, Protocol, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Observation, PlayerNote, Role, Stamp, TcpState};
use sockeye::model::lifecycle::{Look, badge, forecast, rfc_state};
use sockeye::model::socket::{SocketKind, Stage};

use crate::session::{CLIENT, SERVER, Session, address, bind, connect, tcp};

#[test]
fn names_are_unique_and_can_be_given_up() {
    let mut session = Session::new();
    let first = session.socket(Role::Client, Protocol::Tcp);
    let second = session.socket(Role::Client, Protocol::Tcp);
    assert_eq!(session.get(first).name, "client");
    assert_eq!(session.get(second).name, "client2");
    let rename = |session: &mut Session, socket, name: &str| {
        let stamp = session.stamp();
        session.recording.apply(Event::Player {
            stamp,
            line: None,
            note: PlayerNote::Renamed {
                socket,
                name: Arc::from(name),
            },
        });
    };
    rename(&mut session, second, "client");
    assert_eq!(session.get(second).name, "client3", "another has that name");
    rename(&mut session, first, "alice");
    assert_eq!(
        session.table().named("alice").map(|socket| socket.id),
        Some(first)
    );
    assert_eq!(
        session.table().named("client").map(|socket| socket.id),
        None
    );
    rename(&mut session, first, "alice");
    assert_eq!(session.get(first).name, "alice", "to its own name");
}

/// Ten thousand births must not try ten thousand names each.
#[test]
fn many_sockets_are_named_quickly() {
    let mut session = Session::new();
    let listener = session.listener();
    for _ in 0..20_000 {
        let id = session.accepts(listener);
        session.done(id, Call::Close);
    }
    assert_eq!(session.table().open().count(), 1);
    assert_eq!(session.get(SocketId(20_001)).name, "conn20000");
}

#[test]
fn a_finished_connection_was_not_reset() {
    let mut session = Session::new();
    let (_, client, connection) = session.connection();
    let how = ShutdownHow::Write;
    session.done(client, Call::Shutdown { how });
    session.state(client, TcpState::FinWait2, 0);
    assert_eq!(rfc_state(session.get(client)), Some(TcpState::FinWait2));
    session.state(connection, TcpState::CloseWait, 0);
    assert_eq!(
        rfc_state(session.get(connection)),
        Some(TcpState::CloseWait)
    );
    session.done(connection, Call::Shutdown { how });
    for id in [client, connection] {
        // The kernel keeps TIME-WAIT apart from the socket: TCP_INFO says CLOSED on both ends (measured).
        session.state(id, TcpState::Closed, 0);
        assert_eq!(session.get(id).stage, Stage::Connected, "{id}");
        assert!(session.get(id).is_finished(), "{id}");
    }
}

#[test]
fn empty_bytes_after_a_reset_say_nothing_of_the_other_end() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.fails(client, Call::Recv { max: 10 }, Errno::ECONNRESET);
    session.receives(client, b"");
    assert_eq!(session.get(client).stage, Stage::Reset);
    assert!(!session.get(client).peer_finished);
}

#[test]
fn a_connect_that_was_not_tried_leaves_the_socket_as_it_was() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    session.fails(id, connect("[::1]:5000"), Errno::EAFNOSUPPORT);
    assert_eq!(session.get(id).stage, Stage::New);
    session.done(id, bind(CLIENT));
    session.fails(id, connect("[::1]:5000"), Errno::EAFNOSUPPORT);
    assert_eq!(session.get(id).stage, Stage::Bound);
}

#[test]
fn a_background_connect_ends_by_the_kernels_word() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    session.fails(id, connect(SERVER), Errno::EINPROGRESS);
    assert_eq!(session.get(id).stage, Stage::Connecting);
    session.state(id, TcpState::Established, 0);
    assert_eq!(session.get(id).stage, Stage::Connected);
    let other = session.socket(Role::Client, Protocol::Tcp);
    session.fails(other, connect(SERVER), Errno::EINPROGRESS);
    session.state(other, TcpState::Closed, 0);
    assert_eq!(session.get(other).stage, Stage::Refused);
    assert_eq!(badge(session.get(other)), "FAILED", "nobody knows why yet");
    let told = forecast(session.get(other), Method::Connect, session.table());
    assert!(told.reason.contains("the next call says why"), "{told:?}");
    session.fails(other, connect(SERVER), Errno::ECONNREFUSED);
    assert_eq!(badge(session.get(other)), "REFUSED");
    session.fails(other, connect(SERVER), Errno::EINPROGRESS);
    assert_eq!(session.get(other).stage, Stage::Connecting, "a new attempt");
}

#[test]
fn a_listen_while_connect_is_under_way_would_open_a_port_to_others() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    session.fails(id, connect(SERVER), Errno::EINPROGRESS);
    assert_eq!(session.get(id).stage, Stage::Connecting);
    assert!(session.get(id).would_listen_to_others(), "it may yet fail");
    session.state(id, TcpState::Established, 0);
    assert!(!session.get(id).would_listen_to_others(), "EINVAL");
    let bound = session.socket(Role::Client, Protocol::Tcp);
    session.done(bound, bind(CLIENT));
    session.fails(bound, connect(SERVER), Errno::EINPROGRESS);
    assert!(!session.get(bound).would_listen_to_others(), "loopback");
}

/// A socket just added to epoll reports CLOSED at once; that word may come after the connect's end.
#[test]
fn an_old_word_of_the_kernel_changes_nothing() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    let before = session.stamp();
    session.done(id, connect(SERVER));
    let closed = Observation {
        tcp: Some(tcp(TcpState::Closed)),
        ..Observation::default()
    };
    let late = |stamp: Stamp| Event::Observed {
        stamp,
        socket: id,
        observation: closed,
    };
    session.recording.apply(late(before));
    assert_eq!(session.get(id).stage, Stage::Connected);
    let now = session.stamp();
    session.recording.apply(late(now));
    assert_eq!(session.get(id).stage, Stage::Reset);
}

/// The word may also come between a connect's start and its end.
#[test]
fn a_word_that_comes_during_connect_counts() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    let call = session.waits(id, connect(SERVER));
    session.state(id, TcpState::Established, 0);
    session.returns(call, Outcome::Error(Errno::EINPROGRESS));
    assert_eq!(session.get(id).stage, Stage::Connected);
    let told = forecast(session.get(id), Method::Connect, session.table());
    assert_eq!(
        told.look,
        Look::Allowed,
        "the next connect says that it is done"
    );
    session.done(id, connect(SERVER));
    let told = forecast(session.get(id), Method::Connect, session.table());
    assert_eq!(told.look, Look::WouldFail(Errno::EISCONN));
}

#[test]
fn a_port_is_held_by_whoever_really_holds_it() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let asking = session.socket(Role::Server, Protocol::Tcp);
    let holder = |session: &Session, text: &str| {
        session
            .table()
            .holder(asking, &address(text), Protocol::Tcp)
            .map(|socket| socket.id)
    };
    assert_eq!(holder(&session, SERVER), Some(listener));
    assert_eq!(holder(&session, "0.0.0.0:5000"), Some(listener));
    assert_eq!(holder(&session, "127.0.0.2:5000"), None);
    assert_eq!(holder(&session, "[::1]:5000"), None);
    assert_eq!(holder(&session, CLIENT), Some(client));
    session.done(listener, Call::Close);
    assert_eq!(holder(&session, SERVER), Some(connection));
    session.state(connection, TcpState::Closed, 0);
    assert_eq!(
        holder(&session, SERVER),
        None,
        "after a reset its port is free (measured)"
    );
    let udp = session.udp(Role::Server, "0.0.0.0:5001");
    let held = session
        .table()
        .holder(asking, &address("127.0.0.1:5001"), Protocol::Udp);
    assert_eq!(held.map(|socket| socket.id), Some(udp));
    assert_eq!(
        holder(&session, "127.0.0.1:5001"),
        None,
        "TCP and UDP have ports of their own"
    );
}

#[test]
fn ends_find_each_other() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let other = |session: &Session, id| {
        session
            .table()
            .other_end(session.get(id))
            .map(|socket| socket.id)
    };
    assert_eq!(other(&session, client), Some(connection));
    assert_eq!(other(&session, connection), Some(client));
    assert_eq!(other(&session, listener), None);
    session.done(client, Call::Close);
    assert_eq!(other(&session, connection), None);
}

#[test]
fn closed_sockets_keep_no_bytes() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.receives(client, b"hello");
    assert_eq!(session.get(client).last_bytes().map(Bytes::len), Some(5));
    session.receives(client, &vec![b'x'; 2 * 1024 * 1024]);
    let last = session.get(client).last_bytes().cloned().expect("received");
    assert_eq!(
        (last.len(), last.whole()),
        (2 * 1024 * 1024, None),
        "too long for a quick reply"
    );
    session.receives(client, b"hello");
    session.done(client, Call::Close);
    assert_eq!(session.get(client).last_bytes(), None);
    assert_eq!(
        session.get(client).received,
        2 * 1024 * 1024 + 10,
        "its counts stay"
    );
}

#[test]
fn a_socket_looks_like_what_it_does() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let udp = session.udp(Role::Peer, "127.0.0.1:6000");
    assert_eq!(session.get(listener).kind(), SocketKind::Listener);
    assert_eq!(session.get(client).kind(), SocketKind::Client);
    assert_eq!(session.get(connection).kind(), SocketKind::Connection);
    assert_eq!(session.get(udp).kind(), SocketKind::UdpPeer);
}

#[test]
fn a_call_on_a_closed_socket_leaves_it_closed() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Tcp);
    session.done(id, Call::Close);
    let closed = session.get(id).closed;
    session.fails(id, connect(SERVER), Errno::EBADF);
    session.fails(id, Call::Close, Errno::EBADF);
    assert_eq!(session.get(id).stage, Stage::Closed);
    assert_eq!(session.get(id).closed, closed);
    session.ok(id, Call::GetSockName, Value::Address(address(CLIENT)));
    assert_eq!(session.get(id).local, None);
}
