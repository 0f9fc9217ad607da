//! The short sentences on hover: why a call would be done, would wait or would fail.

use super::{Answer, default_target, queued_clients, unread};
use crate::model::call::{BlockingMode, Method, Protocol};
use crate::model::errno::Errno;
use crate::model::socket::{Socket, SocketTable, Stage};

/// Why the system would refuse.
pub(super) fn of_failure(socket: &Socket, method: Method, errno: Errno) -> &'static str {
    match (method, errno) {
        (_, Errno::EBADF) => "it is closed: make a new socket",
        (_, Errno::ECONNRESET) => "the other end broke the connection off",
        (_, Errno::ECONNREFUSED) if socket.protocol == Protocol::Tcp => {
            "its connect failed: the next call says why"
        }
        (_, Errno::ECONNREFUSED) => "nobody was there, and this call is told",
        (_, Errno::EDESTADDRREQ) => "no peer is set: use sendto, or connect first",
        (Method::Listen, Errno::EOPNOTSUPP) => "UDP has no connections to listen for",
        (Method::Accept, Errno::EOPNOTSUPP) => "UDP has no connections: recvfrom takes from anyone",
        (Method::Bind, _) => bind(socket),
        (Method::Listen, _) => listen(socket),
        (Method::Accept, _) => accept(socket),
        (Method::Connect, _) => connect(socket),
        (Method::Recv | Method::RecvFrom, _) => unconnected(
            socket,
            "this is the listener: use the socket that accept() returned",
        ),
        (Method::Send | Method::SendAll | Method::SendTo, _) => send(socket),
        (Method::Shutdown, _) => "there is no connection to shut",
        (Method::GetPeerName, _) => "it has no other end",
        _ => errno.plain(),
    }
}

fn bind(socket: &Socket) -> &'static str {
    match socket.stage {
        Stage::Listening => "it listens: it already has its port",
        Stage::Connected if socket.protocol == Protocol::Tcp => {
            "it is connected: it already has its port"
        }
        _ => "it already has its port",
    }
}

fn listen(socket: &Socket) -> &'static str {
    match socket.stage {
        Stage::Connecting => "it is connecting",
        Stage::Connected => "it is connected",
        Stage::Refused => "its connect failed: the next call says why",
        _ => "it has had its connection: make a new socket",
    }
}

fn accept(socket: &Socket) -> &'static str {
    match socket.stage {
        Stage::New | Stage::Bound => "only a listening socket accepts: listen first",
        Stage::Connected if socket.parent.is_some() => {
            "this is one connection: its listener accepts"
        }
        _ => "only a listening socket accepts",
    }
}

fn connect(socket: &Socket) -> &'static str {
    match socket.stage {
        Stage::Listening => "it listens: clients connect with sockets of their own",
        Stage::Connected if !socket.is_finished() => "it is already connected",
        _ => "it has had its connection: make a new socket",
    }
}

fn send(socket: &Socket) -> &'static str {
    if socket.write_shut {
        return "its sending half is shut";
    }
    unconnected(
        socket,
        "this is the listener: send on the socket that accept() returned",
    )
}

fn unconnected(socket: &Socket, on_listener: &'static str) -> &'static str {
    match socket.stage {
        Stage::Listening => on_listener,
        Stage::Connected | Stage::Reset => "the connection is gone",
        Stage::Refused => "it is not connected: its connect was refused",
        _ if socket.role == crate::model::event::Role::Server => {
            "it is not connected: a server sends and receives on what accept() returns"
        }
        _ => "it is not connected: connect first",
    }
}

/// What a call that is not refused would do, or what it would wait for.
pub(super) fn of_answer(
    socket: &Socket,
    method: Method,
    answer: Answer,
    sockets: &SocketTable,
) -> String {
    let text = match method {
        Method::Accept => return of_accept(socket),
        Method::Recv | Method::RecvFrom => return of_receive(socket, answer, sockets),
        Method::Connect => return of_connect(socket, answer, sockets),
        Method::Close => return of_close(socket, sockets),
        Method::Send | Method::SendAll | Method::SendTo => of_send(socket, method, answer),
        Method::Shutdown => match socket.stage {
            Stage::Listening => "shutdown(RD) ends its listening",
            Stage::Connecting => "gives the connecting up",
            _ if socket.protocol == Protocol::Udp => "UDP tells nobody: only this end changes",
            _ => "shutdown(WR) tells the other end that no more bytes come",
        },
        Method::Bind => "gives it an address and a port",
        Method::Listen if socket.stage == Stage::Listening => "sets a new backlog",
        Method::Listen => "clients can connect from then on",
        Method::SetBlocking => match socket.mode {
            BlockingMode::Blocking => "makes its calls return at once",
            BlockingMode::NonBlocking => "makes its calls wait",
        },
        Method::SetSockOpt => "sets an option",
        Method::GetSockOpt => "asks for an option",
        Method::GetSockName => "asks for its own address",
        Method::GetPeerName => "asks for the other end's address",
        Method::Socket => "makes another socket",
        Method::Select => "waits until one of several sockets is ready",
    };
    text.to_owned()
}

fn of_accept(socket: &Socket) -> String {
    match queued_clients(socket) {
        0 => "nobody is in the accept queue".to_owned(),
        1 => "1 client is in the accept queue".to_owned(),
        many => format!("{many} clients are in the accept queue"),
    }
}

fn of_receive(socket: &Socket, answer: Answer, sockets: &SocketTable) -> String {
    let text = match answer {
        Answer::Done => return waiting_bytes(unread(socket, sockets)),
        Answer::Empty if socket.read_shut => "b\"\": its receiving half is shut",
        Answer::Empty if socket.stage == Stage::Reset => "b\"\": the connection is gone",
        Answer::Empty => "b\"\": the other end has finished",
        _ if socket.stage == Stage::Connecting => "it is still connecting",
        _ if socket.protocol == Protocol::Udp && socket.stage == Stage::New => {
            "no port yet: nothing can reach it"
        }
        _ if socket.received > 0 => "nothing new has come yet",
        _ => "nothing has come yet",
    };
    text.to_owned()
}

/// `13 bytes are waiting for it`.
pub(super) fn waiting_bytes(count: u64) -> String {
    match count {
        1 => "1 byte is waiting for it".to_owned(),
        many => format!("{many} bytes are waiting for it"),
    }
}

fn of_connect(socket: &Socket, answer: Answer, sockets: &SocketTable) -> String {
    if socket.protocol == Protocol::Udp {
        return "sets its peer; nothing is sent".to_owned();
    }
    if answer == Answer::Waits(Errno::EALREADY) {
        return "it is still connecting".to_owned();
    }
    if socket.stage == Stage::Connected {
        return "says that the connecting in the background is done".to_owned();
    }
    let target = default_target(socket, sockets);
    match target.and_then(|target| sockets.at(&target, Protocol::Tcp)) {
        Some(listener) if answer == Answer::Waits(Errno::EINPROGRESS) => match answer {
            _ if super::is_blocking(socket) => {
                format!(
                    "the accept queue of {} {} is full",
                    listener.id, listener.name
                )
            }
            _ => "starts connecting and does not wait for it".to_owned(),
        },
        Some(listener) => format!("{} {} listens there", listener.id, listener.name),
        None => "no socket of this session listens: another program's may".to_owned(),
    }
}

fn of_close(socket: &Socket, sockets: &SocketTable) -> String {
    if let Some(pending) = socket.waiting.first() {
        return format!("first ends the wait in {}", pending.method);
    }
    let tcp = socket.protocol == Protocol::Tcp;
    let unread = unread(socket, sockets);
    match socket.stage {
        Stage::Connected if tcp && unread > 0 => {
            let bytes = if unread == 1 { "byte" } else { "bytes" };
            format!("{unread} {bytes} unread: this resets the connection")
        }
        Stage::Connected if tcp && !socket.write_shut => {
            "tells the other end that it is over, and gives the socket back".to_owned()
        }
        Stage::Listening if queued_clients(socket) > 0 => {
            "resets the clients in its accept queue".to_owned()
        }
        Stage::Listening => "nobody can connect any more; open connections stay".to_owned(),
        _ => "gives the socket back".to_owned(),
    }
}

fn of_send(socket: &Socket, method: Method, answer: Answer) -> &'static str {
    let tcp = socket.protocol == Protocol::Tcp;
    match answer {
        Answer::Waits(_) if socket.stage == Stage::Connecting => "it is still connecting",
        Answer::Waits(_) => "the send buffer is full until the other end reads",
        _ if tcp && socket.peer_finished => "goes out; if nobody is left there, a reset comes back",
        _ if tcp && method == Method::SendTo => "like send: TCP does not look at the address",
        _ if tcp => "your system takes the bytes and sends them",
        _ if socket.stage == Stage::New => "picks a port, and sends one datagram",
        _ => "sends one datagram; nobody says whether it came",
    }
}
