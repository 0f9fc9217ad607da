//! A fresh socket brought into a state, by its name in `tests/data/errno-linux.tsv`, or a finer one.

use std::net::SocketAddr;

use sockeye::model::call::{BlockingMode, Call, ShutdownHow, SocketId};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;

use super::{World, any_port, bind, own_port, send, send_to, shut};

/// A non-blocking socket in its state, and what it was brought there with.
pub struct Scene {
    pub socket: SocketId,
    /// Where connect and sendto go.
    pub target: SocketAddr,
    pub all: Vec<SocketId>,
}

/// Brings a fresh non-blocking socket into a state.
pub fn scene(world: &mut World, state: &str) -> Scene {
    match state.split_once(' ') {
        Some(("tcp", rest)) => tcp(world, rest),
        Some(("udp", rest)) => udp(world, rest),
        _ if state == "closed" => {
            let scene = tcp(world, "new");
            world.ok(scene.socket, Call::Close);
            scene
        }
        _ => panic!("no such state: {state}"),
    }
}

fn tcp(world: &mut World, state: &str) -> Scene {
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
            world.wait_for(socket, "a queued client", |socket| {
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
    let mut reached = TcpState::Established;
    if state == "connecting" {
        let (full, busy) = world.listener(0);
        let first = world.tcp(world.client);
        world.ok(first, Call::Connect { address: busy });
        scene.all.extend([full, first]);
        scene.target = busy;
        reached = TcpState::SynSent;
    }
    connect_in_background(world, scene.socket, scene.target);
    world.wait_for_state(scene.socket, reached);
}

fn connect_in_background(world: &mut World, socket: SocketId, address: SocketAddr) {
    let errno = world.errno(socket, Call::Connect { address });
    assert_eq!(errno, Errno::EINPROGRESS);
}

fn refused(world: &mut World, scene: &mut Scene, state: &str) {
    // Bound but not listening: nobody else can get the port, and nobody answers there.
    let closed = world.tcp(world.server);
    world.ok(closed, bind(any_port()));
    let address = world.local(closed);
    scene.all.push(closed);
    connect_in_background(world, scene.socket, address);
    world.wait_for_state(scene.socket, TcpState::Closed);
    if state == "refused" {
        let errno = world.errno(scene.socket, Call::Connect { address });
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
        "established, unread" => send_unread(world, conn, socket),
        "after shutdown_wr" => {
            world.ok(socket, shut(ShutdownHow::Write));
        }
        "after shutdown_rd" => {
            world.ok(socket, shut(ShutdownHow::Read));
        }
        "both finished" => {
            world.ok(socket, shut(ShutdownHow::Write));
            world.wait_for_state(conn, TcpState::CloseWait);
            world.ok(conn, Call::Close);
            world.wait_for_state(socket, TcpState::Closed);
        }
        _ if state.starts_with("peer closed") => peer_closed(world, socket, conn, state),
        "peer reset" | "reset, error taken" => {
            // Closing with bytes unread resets the connection.
            send_unread(world, socket, conn);
            world.ok(conn, Call::Close);
            world.wait_for_state(socket, TcpState::Closed);
            if state == "reset, error taken" {
                let errno = world.errno(socket, Call::Recv { max: 1 });
                assert_eq!(errno, Errno::ECONNRESET);
            }
        }
        other => panic!("no such state: {other}"),
    }
}

fn peer_closed(world: &mut World, socket: SocketId, conn: SocketId, state: &str) {
    if state == "peer closed, unread" {
        send_unread(world, conn, socket);
    }
    world.ok(conn, Call::Close);
    world.wait_for_state(socket, TcpState::CloseWait);
    match state {
        "peer closed" | "peer closed, unread" => {}
        "peer closed, one send" => {
            world.ok(socket, send(b"hi"));
            world.wait_for_state(socket, TcpState::Closed);
        }
        other => panic!("no such state: {other}"),
    }
}

/// Sends five bytes that lie unread at the other end.
fn send_unread(world: &mut World, from: SocketId, to: SocketId) {
    world.ok(from, send(b"hello"));
    wait_for_unread(world, to);
}

fn wait_for_unread(world: &mut World, socket: SocketId) {
    world.wait_for(socket, "5 unread", |socket| socket.unread() == Some(5));
}

fn udp(world: &mut World, state: &str) -> Scene {
    let peer = world.udp(world.server);
    // At an address of its own: a port that is closed is not somebody else's meanwhile.
    world.ok(peer, bind(own_port()));
    let target = world.local(peer);
    let socket = world.udp(world.client);
    world.set_mode(socket, BlockingMode::NonBlocking);
    match state {
        "new" => {}
        "bound" | "bound, one waiting" => {
            world.ok(socket, bind(any_port()));
            if state == "bound, one waiting" {
                let address = world.local(socket);
                world.ok(peer, send_to(b"hello", address));
                wait_for_unread(world, socket);
            }
        }
        "connected" => {
            world.ok(socket, Call::Connect { address: target });
        }
        "connected, port closed, one sent" => {
            world.ok(socket, Call::Connect { address: target });
            world.ok(peer, Call::Close);
            world.ok(socket, send(b"hi"));
            // "Port unreachable" may come back only after send has returned.
            world.wait_for_error(socket);
        }
        other => panic!("no such state: {other}"),
    }
    Scene {
        socket,
        target,
        all: vec![peer, socket],
    }
}
