//! What is natural next: for one socket, and for the whole session.

use super::forecast::answer;
use super::reason::waiting_bytes;
use super::{Answer, busy_in, default_target, goes_out, queued_clients, unread};
use crate::model::call::{Method, Protocol, SocketId};
use crate::model::errno::Errno;
use crate::model::event::Role;
use crate::model::socket::{Socket, SocketTable, Stage};

/// A natural next call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub method: Method,
    /// Why, in a few words.
    pub why: String,
}

/// On what the session's next call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextTarget {
    /// A socket there is.
    Socket(SocketId),
    /// A new socket, in a program of its own.
    New {
        /// What for.
        role: Role,
        /// Over what.
        protocol: Protocol,
    },
}

/// The one thing that the Next line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// On what.
    pub target: NextTarget,
    /// Which method; `socket` for a new one.
    pub method: Method,
    /// Why, in a few words.
    pub why: String,
}

fn step(method: Method, why: impl Into<String>) -> Step {
    Step {
        method,
        why: why.into(),
    }
}

/// What is natural next for a socket, by what it is for: `None` while it connects, and after `close()`.
pub fn next_step(socket: &Socket, sockets: &SocketTable) -> Option<Step> {
    match (socket.protocol, socket.stage) {
        (_, Stage::Closed) | (Protocol::Tcp, Stage::Connecting) => None,
        (Protocol::Tcp, Stage::Connected) => Some(tcp_conversation(socket, sockets)),
        (Protocol::Tcp, _) => Some(tcp_setup(socket, sockets)),
        (Protocol::Udp, Stage::New) if socket.role != Role::Client => {
            Some(step(Method::Bind, "so that datagrams can reach it"))
        }
        (Protocol::Udp, _) => Some(udp_conversation(socket, sockets)),
    }
}

fn tcp_setup(socket: &Socket, sockets: &SocketTable) -> Step {
    match socket.stage {
        Stage::Listening => match queued_clients(socket) {
            0 => step(Method::Accept, "waits for a client"),
            1 => step(Method::Accept, "a client is in the accept queue"),
            many => step(
                Method::Accept,
                format!("{many} clients are in the accept queue"),
            ),
        },
        Stage::Reset => step(Method::Close, "the connection is gone"),
        Stage::Refused if !socket.error_taken => step(Method::Connect, "the next call says why"),
        Stage::Refused => match default_target(socket, sockets) {
            Some(_) => connect_step(socket, sockets),
            None => step(Method::Connect, "try again once somebody listens there"),
        },
        _ if connects(socket, sockets) => connect_step(socket, sockets),
        Stage::Bound => step(Method::Listen, "so that clients can connect"),
        _ => step(Method::Bind, "a server needs an address that clients know"),
    }
}

/// Whether an unconnected TCP socket is meant to go out: a client's, and a peer's beside its listener.
fn connects(socket: &Socket, sockets: &SocketTable) -> bool {
    match socket.role {
        Role::Client => true,
        Role::Server => false,
        Role::Peer => sockets
            .open()
            .any(|other| other.program == socket.program && other.stage == Stage::Listening),
    }
}

fn connect_step(socket: &Socket, sockets: &SocketTable) -> Step {
    match default_target(socket, sockets) {
        Some(target) => step(Method::Connect, format!("somebody listens on {target}")),
        None if socket.role == Role::Client => step(
            Method::Connect,
            "only connect finds out whether a server is there",
        ),
        None => step(Method::Connect, "once somebody listens"),
    }
}

/// The errno that this socket's last call, a connect, failed with for good: the same again would fail the same way.
fn failed_connect(socket: &Socket) -> Option<Errno> {
    match socket.last_error {
        Some((Method::Connect, Errno::EINPROGRESS | Errno::EALREADY | Errno::EISCONN)) => None,
        Some((Method::Connect, errno)) => Some(errno),
        _ => None,
    }
}

/// Whether nobody in this session or outside has answered this client: a server of its own would.
fn was_refused(socket: &Socket) -> bool {
    socket.stage == Stage::Refused || failed_connect(socket) == Some(Errno::ECONNREFUSED)
}

fn tcp_conversation(socket: &Socket, sockets: &SocketTable) -> Step {
    let unread = unread(socket, sockets);
    let last = socket.last_moved().map(|(method, _)| method);
    if unread > 0 {
        return step(Method::Recv, waiting_bytes(unread));
    }
    if socket.end_read || socket.is_finished() || socket.read_shut {
        return step(Method::Close, "the conversation is over");
    }
    if socket.peer_finished {
        return step(Method::Recv, "the other end has finished: b\"\" says so");
    }
    match last {
        None if goes_out(socket) && !socket.write_shut => step(Method::Send, "it is connected"),
        None => step(Method::Recv, "waits for the client's bytes"),
        Some(method) if method.sends() => step(Method::Recv, "waits for an answer"),
        Some(_) if socket.write_shut => step(Method::Recv, "waits for the other end to finish"),
        Some(_) if goes_out(socket) => step(Method::Close, "it has its answer"),
        Some(_) => step(Method::Send, "the client waits for an answer"),
    }
}

fn udp_conversation(socket: &Socket, sockets: &SocketTable) -> Step {
    let (send, receive) = if socket.stage == Stage::Connected {
        (Method::Send, Method::Recv)
    } else {
        (Method::SendTo, Method::RecvFrom)
    };
    let unread = unread(socket, sockets);
    if unread > 0 {
        return step(receive, waiting_bytes(unread));
    }
    match socket.last_moved() {
        Some((method, _)) if method.sends() => step(receive, "waits for an answer"),
        Some(_) if socket.role == Role::Client && socket.sent > 0 => {
            step(Method::Close, "it has its answer")
        }
        Some(_) => step(send, "answer the sender"),
        None if starts(socket, sockets) => step(send, "somebody has to start"),
        None => step(receive, "waits for a datagram"),
    }
}

/// Whether a silent UDP socket is the one to speak first: a client, unless it has bound a port and knows nobody; or the
/// oldest of several peers.
fn starts(socket: &Socket, sockets: &SocketTable) -> bool {
    match socket.role {
        Role::Client => !socket.bound_by_call || default_target(socket, sockets).is_some(),
        Role::Server => false,
        Role::Peer => {
            let others = |other: &&Socket| {
                other.protocol == Protocol::Udp && other.id != socket.id && other.local.is_some()
            };
            let mut others = sockets.open().filter(others).peekable();
            others.peek().is_some() && others.all(|other| other.id > socket.id)
        }
    }
}

/// How urgent a step is; the smaller, the sooner. `None`: not worth saying.
fn rank(socket: &Socket, step: &Step, sockets: &SocketTable) -> Option<u8> {
    let answer = answer(socket, step.method, sockets);
    let waits = matches!(answer, Answer::Waits(_));
    let asked_in_vain = waits
        && !super::is_blocking(socket)
        && socket
            .last_error
            .is_some_and(|(method, errno)| method == step.method && errno.is_would_block());
    if asked_in_vain || matches!(answer, Answer::Fails(_)) {
        return None;
    }
    let hopeless = step.method == Method::Connect && default_target(socket, sockets).is_none();
    if hopeless && failed_connect(socket).is_some_and(|errno| errno != Errno::ECONNREFUSED) {
        return None;
    }
    Some(match step.method {
        Method::Recv | Method::RecvFrom if answer == Answer::Done => 0,
        Method::Accept if !waits => 1,
        Method::Connect => match default_target(socket, sockets) {
            Some(_) => 2,
            // A server that is no socket of this session may well be there: only connect can know.
            None if socket.role == Role::Client && !was_refused(socket) => 2,
            None => UNSURE,
        },
        Method::Bind | Method::Listen => 3,
        Method::Send | Method::SendTo if socket.last_moved().is_some() => 4,
        Method::Send => 5,
        Method::SendTo => match default_target(socket, sockets) {
            Some(_) => 5,
            None => UNSURE,
        },
        Method::Recv | Method::RecvFrom if !waits => 6,
        Method::Close => 7,
        _ => 8,
    })
}

/// From here on a new socket is the better thing to do.
const UNSURE: u8 = 9;

/// The one thing to do next in the whole session: bytes that wait to be received come first, then clients that wait
/// to be accepted. `None` when every socket is busy or has been asked in vain.
pub fn next_line(sockets: &SocketTable) -> Option<Next> {
    let ranked = |socket: &Socket| {
        let step = next_step(socket, sockets)?;
        if step.method != Method::Close && busy_in(socket, sockets).is_some() {
            return None;
        }
        Some((rank(socket, &step, sockets)?, socket.id, step))
    };
    // A crowd is served by its program.
    let by_hand = sockets.open().filter(|socket| !socket.in_crowd);
    let best = by_hand
        .filter_map(ranked)
        .min_by_key(|(rank, id, _)| (*rank, *id));
    match best {
        Some((rank, id, step)) if rank < UNSURE => Some(on(id, step)),
        unsure => new_socket(sockets).or_else(|| unsure.map(|(_, id, step)| on(id, step))),
    }
}

fn on(id: SocketId, step: Step) -> Next {
    Next {
        target: NextTarget::Socket(id),
        method: step.method,
        why: step.why,
    }
}

/// The socket that is missing for a conversation.
fn new_socket(sockets: &SocketTable) -> Option<Next> {
    let new = |role, protocol, why: &str| {
        Some(Next {
            target: NextTarget::New { role, protocol },
            method: Method::Socket,
            why: why.to_owned(),
        })
    };
    let Some(newest) = sockets.open().next_back() else {
        return new(Role::Server, Protocol::Tcp, "start with a server");
    };
    let has = |protocol, wanted: fn(&Socket) -> bool| {
        sockets
            .open()
            .any(|socket| socket.protocol == protocol && wanted(socket))
    };
    let listener = has(Protocol::Tcp, |socket| socket.stage == Stage::Listening);
    let client = has(Protocol::Tcp, |socket| {
        socket.parent.is_none() && socket.stage != Stage::Listening
    });
    // Where no client is open here, one that is connected comes from outside.
    let served = has(Protocol::Tcp, |socket| {
        socket.parent.is_some() && socket.stage == Stage::Connected && !socket.peer_finished
    });
    let refused = has(Protocol::Tcp, was_refused);
    let receiver = has(Protocol::Udp, |socket| socket.bound_by_call);
    let sender = has(Protocol::Udp, |socket| {
        socket.role == Role::Client && !socket.bound_by_call
    });
    match newest.protocol {
        _ if listener && !client && !served => {
            new(Role::Client, Protocol::Tcp, "the server needs a client")
        }
        _ if receiver && !sender && sockets.open_count() == 1 => {
            new(Role::Client, Protocol::Udp, "somebody has to send")
        }
        Protocol::Tcp if refused && !listener => new(
            Role::Server,
            Protocol::Tcp,
            "nobody listens there: the client needs a server",
        ),
        Protocol::Udp if sender && !receiver => new(
            Role::Server,
            Protocol::Udp,
            "the client needs somebody to send to",
        ),
        _ => None,
    }
}
