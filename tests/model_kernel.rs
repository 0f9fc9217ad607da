//! What a button says comes true: on real sockets, each forecast is compared with what the call then answers.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod support;

use std::net::SocketAddr;

use sockeye::model::call::{BlockingMode, Call, Method, Outcome, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;
use sockeye::model::lifecycle::{Forecast, Look, badge, forecast};
use sockeye::model::socket::Socket;
use support::{World, any_port, bind, reuse_address, send, send_to, shut};

/// The states a socket is brought into, and the badge it has there; one with its port in it starts with this.
const SCENES: [(&str, &str); 22] = [
    ("tcp new", "NEW"),
    ("tcp bound", "BOUND :"),
    ("tcp listening", "LISTEN"),
    ("tcp listening, one queued", "LISTEN"),
    ("tcp listener after shutdown_rd", "NEW"),
    ("tcp listener after shutdown_wr", "LISTEN"),
    ("tcp connecting", "CONNECTING"),
    ("tcp refused", "REFUSED"),
    ("tcp refused, not told", "FAILED"),
    ("tcp connected in the background", "CONNECTED"),
    ("tcp established", "CONNECTED"),
    ("tcp established, unread", "CONNECTED"),
    ("tcp after shutdown_wr", "HALF CLOSED"),
    ("tcp after shutdown_rd", "CONNECTED"),
    ("tcp peer closed", "PEER CLOSED"),
    ("tcp peer closed, unread", "PEER CLOSED"),
    ("tcp both finished", "BOTH FINISHED"),
    ("tcp peer reset", "RESET"),
    ("udp new", "NEW"),
    ("udp bound, one waiting", "BOUND :"),
    ("udp connected", "PEER SET"),
    ("udp connected, port closed, one sent", "PEER SET"),
];

struct Scene {
    socket: SocketId,
    /// Where connect and sendto go.
    target: SocketAddr,
    all: Vec<SocketId>,
}

#[test]
fn forecasts_come_true_on_real_sockets() {
    let mut world = World::new();
    let mut wrong = Vec::new();
    for (state, word) in SCENES {
        for method in Method::ALL {
            if matches!(method, Method::Socket | Method::SendAll) {
                continue;
            }
            let scene = scene(&mut world, state);
            let what = format!("the badge {word} of {state}");
            wait_for(&mut world, scene.socket, &what, |socket| {
                badge(socket).starts_with(word)
            });
            let socket = socket(&world, scene.socket);
            let said = forecast(socket, method, world.recording.sockets());
            let entry = world.call(scene.socket, call(method, scene.target));
            let got = entry.outcome.expect("it ended");
            if !agrees(&said, &got) {
                wrong.push(format!("{state}: {method}: said {said:?}, got {got:?}"));
            }
            for socket in scene.all {
                world.call(socket, Call::Close);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn agrees(said: &Forecast, got: &Outcome) -> bool {
    let bytes = match got {
        Outcome::Ok(Value::Received { bytes, .. }) => Some(bytes.len()),
        _ => None,
    };
    let told = match bytes {
        Some(0) => said.reason.contains("b\"\""),
        Some(count) => said.reason.starts_with(&format!("{count} byte")),
        None => true,
    };
    let look = match said.look {
        Look::Natural | Look::Allowed => matches!(got, Outcome::Ok(_)),
        Look::WouldBlock(errno) | Look::WouldFail(errno) => *got == Outcome::Error(errno),
        Look::WillWait | Look::Queued | Look::WaitingNow => false,
    };
    look && told
}

fn call(method: Method, address: SocketAddr) -> Call {
    match method {
        Method::Bind => bind(any_port()),
        Method::Listen => Call::Listen { backlog: 1 },
        Method::Accept => Call::Accept,
        Method::Connect => Call::Connect { address },
        Method::Send => send(b"hi"),
        Method::Recv => Call::Recv { max: 100 },
        Method::SendTo => send_to(b"hi", address),
        Method::RecvFrom => Call::RecvFrom { max: 100 },
        Method::Shutdown => shut(ShutdownHow::Write),
        Method::Close => Call::Close,
        Method::SetBlocking => Call::SetBlocking {
            mode: BlockingMode::Blocking,
        },
        Method::GetSockName => Call::GetSockName,
        Method::GetPeerName => Call::GetPeerName,
        Method::SetSockOpt | Method::GetSockOpt => reuse_address(),
        Method::Socket | Method::SendAll => panic!("{method} is not compared"),
    }
}

fn socket(world: &World, id: SocketId) -> &Socket {
    world.recording.sockets().get(id).expect("it was made")
}

fn wait_for(world: &mut World, id: SocketId, what: &str, reached: impl Fn(&Socket) -> bool) {
    world.wait_until(what, |world| {
        world.recording.sockets().get(id).is_some_and(&reached)
    });
}

fn wait_for_state(world: &mut World, id: SocketId, state: TcpState) {
    wait_for(world, id, state.name(), |socket| {
        socket.kernel_state() == Some(state)
    });
}

fn scene(world: &mut World, state: &str) -> Scene {
    match state.split_once(' ') {
        Some(("udp", rest)) => udp_scene(world, rest),
        Some((_, rest)) => tcp_scene(world, rest),
        None => panic!("no such state: {state}"),
    }
}

fn tcp_scene(world: &mut World, state: &str) -> Scene {
    let (listener, target) = world.listener(5);
    let socket = world.tcp(world.client);
    world.set_mode(socket, BlockingMode::NonBlocking);
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
        _ if state.starts_with("listen") => listening(world, &mut scene, state),
        "connecting" | "connected in the background" => connecting(world, &mut scene, state),
        "refused" | "refused, not told" => refused(world, &mut scene, state),
        _ => connected(world, &mut scene, listener, state),
    }
    scene
}

fn listening(world: &mut World, scene: &mut Scene, state: &str) {
    let socket = scene.socket;
    world.ok(socket, Call::Listen { backlog: 1 });
    match state {
        "listening" => {}
        "listening, one queued" => {
            let client = world.tcp(world.client);
            let port = world.local(socket).port();
            let address = SocketAddr::new(any_port().ip(), port);
            world.ok(client, Call::Connect { address });
            scene.all.push(client);
            wait_for(world, socket, "a queued client", |socket| {
                socket.accept_queue().is_some_and(|(queued, _)| queued == 1)
            });
        }
        "listener after shutdown_rd" => {
            world.ok(socket, shut(ShutdownHow::Read));
        }
        "listener after shutdown_wr" => {
            world.ok(socket, shut(ShutdownHow::Write));
        }
        other => panic!("no such state: {other}"),
    }
}

fn connecting(world: &mut World, scene: &mut Scene, state: &str) {
    let mut address = scene.target;
    if state == "connecting" {
        let (full, busy) = world.listener(0);
        let first = world.tcp(world.client);
        world.ok(first, Call::Connect { address: busy });
        scene.all.extend([full, first]);
        address = busy;
        scene.target = busy;
    }
    let errno = world.errno(scene.socket, Call::Connect { address });
    assert_eq!(errno, Errno::EINPROGRESS);
    let reached = match state {
        "connecting" => TcpState::SynSent,
        _ => TcpState::Established,
    };
    wait_for_state(world, scene.socket, reached);
}

fn refused(world: &mut World, scene: &mut Scene, state: &str) {
    // Bound but not listening: nobody else can get the port, and nobody answers there.
    let closed = world.tcp(world.server);
    world.ok(closed, bind(any_port()));
    let address = world.local(closed);
    scene.all.push(closed);
    let socket = scene.socket;
    let errno = world.errno(socket, Call::Connect { address });
    assert_eq!(errno, Errno::EINPROGRESS);
    wait_for(world, socket, "the refusal", |socket| {
        badge(socket) == "FAILED"
    });
    if state == "refused" {
        let errno = world.errno(socket, Call::Connect { address });
        assert_eq!(errno, Errno::ECONNREFUSED);
    }
}

fn connected(world: &mut World, scene: &mut Scene, listener: SocketId, state: &str) {
    let socket = scene.socket;
    let address = scene.target;
    world.set_mode(socket, BlockingMode::Blocking);
    world.ok(socket, Call::Connect { address });
    world.set_mode(socket, BlockingMode::NonBlocking);
    let conn = world.accept(listener);
    scene.all.push(conn);
    match state {
        "established" => {}
        "established, unread" | "peer closed, unread" => {
            world.ok(conn, send(b"hello"));
            wait_for(world, socket, "5 unread", |socket| {
                socket.unread() == Some(5)
            });
            if state.starts_with("peer closed") {
                world.ok(conn, Call::Close);
                wait_for_state(world, socket, TcpState::CloseWait);
            }
        }
        "after shutdown_wr" => {
            world.ok(socket, shut(ShutdownHow::Write));
        }
        "after shutdown_rd" => {
            world.ok(socket, shut(ShutdownHow::Read));
        }
        "peer closed" => {
            world.ok(conn, Call::Close);
            wait_for_state(world, socket, TcpState::CloseWait);
        }
        "both finished" => {
            world.ok(socket, shut(ShutdownHow::Write));
            wait_for_state(world, conn, TcpState::CloseWait);
            world.ok(conn, Call::Close);
            wait_for_state(world, socket, TcpState::Closed);
        }
        "peer reset" => {
            // Closing with bytes unread resets the connection.
            world.ok(socket, send(b"unread"));
            wait_for(world, conn, "6 unread", |conn| conn.unread() == Some(6));
            world.ok(conn, Call::Close);
            wait_for_state(world, socket, TcpState::Closed);
        }
        other => panic!("no such state: {other}"),
    }
}

fn udp_scene(world: &mut World, state: &str) -> Scene {
    let peer = world.udp(world.server);
    world.ok(peer, bind(any_port()));
    let target = world.local(peer);
    let socket = world.udp(world.client);
    world.set_mode(socket, BlockingMode::NonBlocking);
    match state {
        "new" => {}
        "bound, one waiting" => {
            world.ok(socket, bind(any_port()));
            let address = world.local(socket);
            world.ok(peer, send_to(b"hello", address));
            wait_for(world, socket, "5 unread", |socket| {
                socket.unread() == Some(5)
            });
        }
        "connected" => {
            world.ok(socket, Call::Connect { address: target });
        }
        "connected, port closed, one sent" => {
            world.ok(socket, Call::Connect { address: target });
            world.ok(peer, Call::Close);
            // On loopback the answer, port unreachable, has come when send returns.
            world.ok(socket, send(b"hi"));
        }
        other => panic!("no such state: {other}"),
    }
    Scene {
        socket,
        target,
        all: vec![peer, socket],
    }
}
