//! Every call in every state of a socket answers what Linux was measured to answer (`tests/data/errno-linux.tsv`).
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::net::SocketAddr;

use sockeye::model::call::{BlockingMode, Call, Outcome, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;
use support::{World, any_port, bind, reuse_address, send, send_to, shut};

const TABLE: &str = include_str!("data/errno-linux.tsv");

/// The errnos of the table, by symbol: numbers of `asm-generic/errno.h`, told here a second time.
const ERRNOS: [(&str, u16); 14] = [
    ("EBADF", 9),
    ("EAGAIN", 11),
    ("EINVAL", 22),
    ("EPIPE", 32),
    ("EDESTADDRREQ", 89),
    ("EOPNOTSUPP", 95),
    ("ECONNRESET", 104),
    ("EISCONN", 106),
    ("ENOTCONN", 107),
    ("ECONNREFUSED", 111),
    ("EALREADY", 114),
    ("EINPROGRESS", 115),
    ("EMSGSIZE", 90),
    ("EADDRINUSE", 98),
];

/// A socket in its state, and what it was brought there with.
struct Scene {
    socket: SocketId,
    /// Where connect and sendto go.
    target: SocketAddr,
    all: Vec<SocketId>,
}

#[test]
fn tcp_rows() {
    check_rows(|state| state.starts_with("tcp") || state == "closed");
}

#[test]
fn udp_rows() {
    check_rows(|state| state.starts_with("udp"));
}

fn check_rows(belongs: impl Fn(&str) -> bool) {
    let mut lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let calls: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    let mut wrong = Vec::new();
    let mut checked = 0;
    let mut world = World::new();
    for line in lines {
        let row: Vec<&str> = line.split('\t').collect();
        let state = row[0];
        if !belongs(state) {
            continue;
        }
        assert_eq!(row.len(), calls.len(), "{state}");
        for (call, expected) in calls.iter().zip(&row).skip(1) {
            let scene = scene(&mut world, state);
            let got = cell(&mut world, &scene, call, expected);
            if got != *expected {
                wrong.push(format!("{state}: {call}: {got}, not {expected}"));
            }
            checked += 1;
            for socket in scene.all {
                world.call(socket, Call::Close);
            }
        }
    }
    assert!(checked >= 4 * 14, "only {checked} cells");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Makes the call; returns what it answered in the table's words.
fn cell(world: &mut World, scene: &Scene, call: &str, expected: &str) -> String {
    let socket = scene.socket;
    let address = scene.target;
    let call = match call {
        "bind" => bind(any_port()),
        "listen" => Call::Listen { backlog: 1 },
        "accept" => Call::Accept,
        "connect" => Call::Connect { address },
        "send" => send(b"hi"),
        "recv" => Call::Recv { max: 10 },
        "sendto" => send_to(b"hi", address),
        "recvfrom" => Call::RecvFrom { max: 10 },
        "shutdown_wr" => shut(ShutdownHow::Write),
        "shutdown_rd" => shut(ShutdownHow::Read),
        "getsockname" => Call::GetSockName,
        "getpeername" => Call::GetPeerName,
        "setsockopt" => reuse_address(),
        "tcp_info" => return tcp_info(world, socket, expected),
        other => panic!("no such call: {other}"),
    };
    let row = world.call(socket, call);
    match row.outcome.expect("an outcome") {
        Outcome::Ok(Value::Sent(count)) => format!("ok={count}"),
        Outcome::Ok(Value::Received { bytes, .. }) => format!("ok={}", bytes.len()),
        Outcome::Ok(Value::Address(address)) if expected.contains('=') => format!("ok={address}"),
        Outcome::Ok(_) => "ok".to_owned(),
        Outcome::Error(Errno(number)) => ERRNOS
            .iter()
            .find(|(_, known)| *known == number)
            .map_or_else(|| number.to_string(), |(symbol, _)| (*symbol).to_owned()),
        Outcome::Interrupted => "interrupted".to_owned(),
    }
}

/// The state the kernel reports, once it is the expected one; FIN-WAIT-1 may have become FIN-WAIT-2 already.
fn tcp_info(world: &mut World, socket: SocketId, expected: &str) -> String {
    if expected == "-" {
        let seen = |world: &World| {
            world
                .recording
                .sockets()
                .get(socket)
                .and_then(|it| it.observed)
        };
        if world
            .recording
            .sockets()
            .get(socket)
            .is_some_and(sockeye::model::socket::Socket::is_closed)
        {
            return "-".to_owned();
        }
        world.wait_until("an observation", |world| seen(world).is_some());
        let tcp = seen(world).and_then(|(_, observation)| observation.tcp);
        return tcp.map_or("-", |tcp| tcp.state.name()).to_owned();
    }
    let wanted = TcpState::from_name(expected).expect("a state");
    world.wait_until(expected, |world| {
        let state = state_of(world, socket);
        state == Some(wanted) || (wanted == TcpState::FinWait1 && state == Some(TcpState::FinWait2))
    });
    expected.to_owned()
}

fn state_of(world: &World, socket: SocketId) -> Option<TcpState> {
    world.recording.sockets().get(socket)?.kernel_state()
}

fn wait_for_state(world: &mut World, socket: SocketId, state: TcpState) {
    world.wait_until(state.name(), |world| state_of(world, socket) == Some(state));
}

/// Brings a fresh non-blocking socket into a state.
fn scene(world: &mut World, state: &str) -> Scene {
    match state.split_once(' ') {
        Some(("tcp", rest)) => tcp_scene(world, rest),
        Some(("udp", rest)) => udp_scene(world, rest),
        _ => {
            let scene = tcp_scene(world, "new");
            world.ok(scene.socket, Call::Close);
            scene
        }
    }
}

fn tcp_scene(world: &mut World, state: &str) -> Scene {
    let (listener, target) = world.listener(5);
    let socket = world.tcp(world.client);
    let mut scene = Scene {
        socket,
        target,
        all: vec![listener, socket],
    };
    match state {
        "new" => {}
        "bound" => {
            world.ok(socket, bind(any_port()));
        }
        "listening" => {
            world.ok(socket, Call::Listen { backlog: 1 });
        }
        "connecting" => fill_backlog_then_connect(world, &mut scene),
        "refused" => {
            // Bound but not listening: nobody else can get the port, and nobody answers there.
            let closed = world.tcp(world.server);
            world.ok(closed, bind(any_port()));
            let address = world.local(closed);
            scene.all.push(closed);
            let errno = world.errno(socket, Call::Connect { address });
            assert_eq!(errno, Errno::ECONNREFUSED);
        }
        _ => connected_scene(world, &mut scene, listener, state),
    }
    world.set_mode(socket, BlockingMode::NonBlocking);
    scene
}

fn fill_backlog_then_connect(world: &mut World, scene: &mut Scene) {
    let (full, address) = world.listener(0);
    let first = world.tcp(world.client);
    world.ok(first, Call::Connect { address });
    scene.all.extend([full, first]);
    scene.target = address;
    world.set_mode(scene.socket, BlockingMode::NonBlocking);
    let errno = world.errno(scene.socket, Call::Connect { address });
    assert_eq!(errno, Errno::EINPROGRESS);
}

fn connected_scene(world: &mut World, scene: &mut Scene, listener: SocketId, state: &str) {
    let socket = scene.socket;
    let address = scene.target;
    world.ok(socket, Call::Connect { address });
    let conn = world.accept(listener);
    scene.all.push(conn);
    match state {
        "established" => {}
        "after shutdown_wr" => {
            world.ok(socket, shut(ShutdownHow::Write));
        }
        "after shutdown_rd" => {
            world.ok(socket, shut(ShutdownHow::Read));
        }
        "peer closed" | "peer closed, one send" => {
            world.ok(conn, Call::Close);
            wait_for_state(world, socket, TcpState::CloseWait);
            if state == "peer closed, one send" {
                world.ok(socket, send(b"hi"));
                wait_for_state(world, socket, TcpState::Closed);
            }
        }
        "peer reset" | "reset, error taken" => {
            // Closing with a byte unread resets the connection.
            world.ok(socket, send(b"unread"));
            world.wait_until("a byte unread", |world| {
                let conn = world.recording.sockets().get(conn);
                conn.and_then(sockeye::model::socket::Socket::unread) == Some(6)
            });
            world.ok(conn, Call::Close);
            wait_for_state(world, socket, TcpState::Closed);
            if state == "reset, error taken" {
                let errno = world.errno(socket, Call::Recv { max: 1 });
                assert_eq!(errno, Errno::ECONNRESET);
            }
        }
        other => panic!("no such state: {other}"),
    }
}

fn udp_scene(world: &mut World, state: &str) -> Scene {
    let peer = world.udp(world.server);
    world.ok(peer, bind(any_port()));
    let target = world.local(peer);
    let socket = world.udp(world.client);
    match state {
        "new" => {}
        "bound" => {
            world.ok(socket, bind(any_port()));
        }
        "connected" => {
            world.ok(socket, Call::Connect { address: target });
        }
        "connected, port closed, one sent" => {
            // Connected elsewhere, the peer takes nothing from us: the port is closed to us and to nobody else.
            world.ok(peer, Call::Connect { address: target });
            world.ok(socket, Call::Connect { address: target });
            world.ok(socket, send(b"hi"));
            wait_for_unreachable(target);
        }
        other => panic!("no such state: {other}"),
    }
    world.set_mode(socket, BlockingMode::NonBlocking);
    Scene {
        socket,
        target,
        all: vec![peer, socket],
    }
}

/// Another socket's "port unreachable", which was asked for later, has come.
fn wait_for_unreachable(target: SocketAddr) {
    let probe = std::net::UdpSocket::bind(any_port()).expect("a socket");
    probe.connect(target).expect("a peer");
    probe.send(b"anyone?").expect("a datagram");
    let error = probe.recv(&mut [0; 8]).expect_err("nobody is there");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
