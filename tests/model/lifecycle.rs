//! Where bytes, queues, threads and old calls change what a call would do.

use sockeye::model::address::parse_host_port;
use sockeye::model::call::{
    BlockingMode, Call, Family, Method, Outcome, Protocol, ShutdownHow, SocketId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Role, TcpState, Threading};
use sockeye::model::lifecycle::{Look, badge, busy_in, default_target, forecast};

use crate::scenes::{bring, shutdown};
use crate::session::{CLIENT, SERVER, Session, address, bind, connect, queue, send};

fn look(session: &Session, id: SocketId, method: Method) -> Look {
    forecast(session.get(id), method, session.table()).look
}

fn reason(session: &Session, id: SocketId, method: Method) -> String {
    forecast(session.get(id), method, session.table()).reason
}

#[test]
fn bytes_that_wait_are_read_at_once() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    assert_eq!(look(&session, client, Method::Recv), Look::WillWait);
    session.state(client, TcpState::Established, 13);
    assert_eq!(look(&session, client, Method::Recv), Look::Natural);
    assert_eq!(
        reason(&session, client, Method::Recv),
        "13 bytes are waiting for it"
    );
    session.receives(client, b"hello sockets");
    assert_eq!(
        look(&session, client, Method::Recv),
        Look::WillWait,
        "they were read"
    );
}

/// A reset does not take the bytes that came before it (measured: ok=4, ok=4, ok=2).
#[test]
fn bytes_before_a_reset_are_still_read() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Closed, 10);
    assert_eq!(
        reason(&session, client, Method::Recv),
        "10 bytes are waiting for it"
    );
    session.receives(client, b"0123456789");
    assert_eq!(
        look(&session, client, Method::Recv),
        Look::WouldFail(Errno::ECONNRESET)
    );
}

#[test]
fn close_says_what_unread_bytes_do() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Established, 8);
    assert_eq!(
        reason(&session, client, Method::Close),
        "8 bytes unread: this resets the connection"
    );
    session.receives(client, b"12345678");
    assert!(reason(&session, client, Method::Close).contains("it is over"));
}

#[test]
fn accept_looks_at_its_queue() {
    let mut session = Session::new();
    let listener = session.listener();
    session.observe(listener, queue(0, 5));
    assert_eq!(look(&session, listener, Method::Accept), Look::WillWait);
    session.observe(listener, queue(2, 5));
    assert_eq!(
        session.get(listener).accept_queue(),
        Some((2, 6)),
        "listen(5) holds 6"
    );
    assert_eq!(
        reason(&session, listener, Method::Accept),
        "2 clients are in the accept queue"
    );
    session.accepts(listener);
    session.accepts(listener);
    assert_eq!(
        look(&session, listener, Method::Accept),
        Look::WillWait,
        "both were taken"
    );
}

#[test]
fn connect_waits_for_a_seat_in_a_full_queue() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.observe(listener, queue(5, 5));
    assert_eq!(look(&session, client, Method::Connect), Look::Natural);
    session.observe(listener, queue(6, 5));
    assert_eq!(look(&session, client, Method::Connect), Look::WillWait);
    assert_eq!(
        reason(&session, client, Method::Connect),
        "the accept queue of #1 server is full"
    );
}

#[test]
fn a_full_send_buffer_is_foreseen() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.done(
        client,
        Call::SetBlocking {
            mode: BlockingMode::NonBlocking,
        },
    );
    session.fails(client, send(b"more"), Errno::EAGAIN);
    assert_eq!(
        look(&session, client, Method::Send),
        Look::WouldBlock(Errno::EAGAIN)
    );
    session.sends(client, b"more");
    assert_eq!(look(&session, client, Method::Send), Look::Allowed);
}

#[test]
fn calls_queue_behind_the_one_that_waits() {
    let mut session = Session::new();
    let (listener, client, connection) = session.connection();
    let waiting = session.waits(connection, Call::Recv { max: 1024 });
    assert_eq!(look(&session, connection, Method::Recv), Look::WaitingNow);
    assert_eq!(look(&session, connection, Method::Send), Look::Queued);
    assert_eq!(
        reason(&session, connection, Method::Send),
        "queued: this thread is still in recv"
    );
    // These need no turn on the thread; close ends the wait itself.
    for method in [
        Method::Shutdown,
        Method::GetSockName,
        Method::SetBlocking,
        Method::Close,
    ] {
        assert_eq!(
            look(&session, connection, method),
            Look::Allowed,
            "{method}"
        );
    }
    assert_eq!(
        reason(&session, connection, Method::Close),
        "first ends the wait in recv"
    );
    assert_eq!(
        look(&session, connection, Method::Listen),
        Look::WouldFail(Errno::EINVAL)
    );
    assert_eq!(
        look(&session, client, Method::Send),
        Look::Natural,
        "another thread"
    );
    assert_eq!(
        look(&session, listener, Method::Accept),
        Look::WillWait,
        "a thread of its own"
    );
    session.returns(waiting, Outcome::Interrupted);
    assert_eq!(look(&session, connection, Method::Send), Look::Allowed);
}

#[test]
fn in_a_one_thread_program_everything_queues() {
    let mut session = Session::new();
    let program = session.program(Role::Server, Threading::OneThread);
    let first = session.socket_in(program, Protocol::Udp);
    let second = session.socket_in(program, Protocol::Udp);
    session.done(first, bind(SERVER));
    session.waits(first, Call::RecvFrom { max: 10 });
    for method in [Method::Bind, Method::GetSockName, Method::Close] {
        assert_eq!(look(&session, second, method), Look::Queued, "{method}");
    }
    assert_eq!(
        look(&session, first, Method::Close),
        Look::Allowed,
        "it ends its own wait"
    );
}

#[test]
fn nothing_holds_up_a_closed_socket() {
    let mut session = Session::new();
    let program = session.program(Role::Server, Threading::OneThread);
    let first = session.socket_in(program, Protocol::Udp);
    let second = session.socket_in(program, Protocol::Udp);
    session.done(first, bind(SERVER));
    session.done(second, Call::Close);
    session.waits(first, Call::RecvFrom { max: 10 });
    let sockets = session.recording.sockets();
    let busy = |id| sockets.get(id).and_then(|socket| busy_in(socket, sockets));
    assert_eq!(busy(second), None);
    assert_eq!(busy(first).map(|busy| busy.method), Some(Method::RecvFrom));
    assert_eq!(
        look(&session, second, Method::Bind),
        Look::WouldFail(Errno::EBADF)
    );
}

#[test]
fn an_unbound_udp_socket_can_not_be_reached() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Udp);
    assert_eq!(
        reason(&session, id, Method::RecvFrom),
        "no port yet: nothing can reach it"
    );
}

/// Measured: a blocking recv on a UDP socket returns b"" at once after shutdown(RD), though that said ENOTCONN; a
/// non-blocking one says EAGAIN.
#[test]
#[cfg(target_os = "linux")]
fn a_refused_shutdown_still_shuts_on_linux() {
    let mut session = Session::new();
    let id = session.udp(Role::Server, SERVER);
    session.fails(id, shutdown(ShutdownHow::Both), Errno::ENOTCONN);
    assert_eq!(
        look(&session, id, Method::SendTo),
        Look::WouldFail(Errno::EPIPE)
    );
    assert!(reason(&session, id, Method::RecvFrom).starts_with("b\"\""));
    let mode = BlockingMode::NonBlocking;
    session.done(id, Call::SetBlocking { mode });
    assert_eq!(
        look(&session, id, Method::RecvFrom),
        Look::WouldBlock(Errno::EAGAIN)
    );
}

#[test]
fn badges_tell_the_state_and_closed_only_after_close() {
    let words = [
        ("tcp new", "NEW"),
        ("tcp bound", "BOUND :51724"),
        ("tcp listening", "LISTEN"),
        ("tcp connecting", "CONNECTING"),
        ("tcp established", "CONNECTED"),
        ("tcp after shutdown_wr", "HALF CLOSED"),
        ("tcp peer closed", "PEER CLOSED"),
        ("tcp both finished", "BOTH FINISHED"),
        ("tcp peer reset", "RESET"),
        ("tcp refused", "REFUSED"),
        ("udp bound", "BOUND :51724"),
        ("udp connected", "PEER SET"),
        ("closed", "CLOSED"),
    ];
    for (state, word) in words {
        let mut session = Session::new();
        let id = bring(&mut session, state);
        assert_eq!(badge(session.get(id)), word, "{state}");
    }
}

#[test]
fn fields_start_with_the_newest_listener_and_the_last_sender() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    let field = default_target(session.get(client), session.table()).expect("a listener");
    assert_eq!(
        parse_host_port(&field.to_string(), Family::Ipv4),
        Ok(address(SERVER))
    );
    session.done(listener, Call::Close);
    assert_eq!(default_target(session.get(client), session.table()), None);

    let server = session.udp(Role::Server, "0.0.0.0:5001");
    let sender = session.socket(Role::Client, Protocol::Udp);
    let target = default_target(session.get(sender), session.table());
    assert_eq!(
        target,
        Some(address("127.0.0.1:5001")),
        "nobody can send to 0.0.0.0"
    );
    let value = Value::Received {
        bytes: sockeye::model::call::Bytes::Whole(std::sync::Arc::from(&b"hi"[..])),
        peer: Some(address("127.0.0.1:40000")),
        lost: 0,
    };
    session.ok(server, Call::RecvFrom { max: 10 }, value);
    let target = default_target(session.get(server), session.table());
    assert_eq!(target, Some(address("127.0.0.1:40000")));
}

/// A datagram that met somebody comes back from nobody, though that socket is closed later.
#[test]
fn a_datagram_is_refused_only_where_nobody_was_left_when_it_was_sent() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, SERVER);
    let early = session.udp(Role::Client, CLIENT);
    session.done(early, connect(SERVER));
    session.sends(early, b"met");
    session.done(server, Call::Close);
    let late = session.udp(Role::Client, "127.0.0.1:51725");
    session.done(late, connect(SERVER));
    session.sends(late, b"lost");
    let look =
        |session: &Session, id| forecast(session.get(id), Method::Recv, session.table()).look;
    assert_eq!(look(&session, early), Look::WillWait);
    assert_eq!(look(&session, late), Look::WouldFail(Errno::ECONNREFUSED));
    session.udp(Role::Server, SERVER);
    assert_eq!(
        look(&session, late),
        Look::WillWait,
        "somebody is there again"
    );
}
