//! Every call in every state of a socket answers what Linux was measured to answer (`tests/data/errno-linux.tsv`).
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use sockeye::model::call::{Call, Outcome, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;
use support::scenes::{Scene, scene};
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
                .and_then(sockeye::model::socket::Socket::observed)
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
    world.wait_for(socket, expected, |socket| {
        let state = socket.kernel_state();
        state == Some(wanted) || (wanted == TcpState::FinWait1 && state == Some(TcpState::FinWait2))
    });
    expected.to_owned()
}
