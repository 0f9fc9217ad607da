//! Sockets brought into the states of the measured tables, by the events that a network reports.

use sockeye::model::call::{Call, Protocol, ShutdownHow, SocketId};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Role, TcpState};

use crate::session::{CLIENT, SERVER, Session, bind, connect};

pub const TABLES: [&str; 2] = [
    include_str!("../data/errno-linux.tsv"),
    include_str!("../data/errno-linux-more.tsv"),
];

pub fn shutdown(how: ShutdownHow) -> Call {
    Call::Shutdown { how }
}

/// Brings a socket into the state of that name, by the events that a network reports.
pub fn bring(session: &mut Session, state: &str) -> SocketId {
    match state.split_once(' ') {
        Some(("udp", state)) => bring_udp(session, state),
        Some(("tcp", state)) => bring_tcp(session, state),
        _ => {
            let id = session.socket(Role::Client, Protocol::Tcp);
            session.done(id, Call::Close);
            id
        }
    }
}

fn bring_tcp(session: &mut Session, state: &str) -> SocketId {
    match state {
        "new" => session.socket(Role::Client, Protocol::Tcp),
        "bound" => {
            let id = session.socket(Role::Client, Protocol::Tcp);
            session.done(id, bind(CLIENT));
            id
        }
        "listening" => session.listener(),
        "listener after shutdown_wr" | "listener after shutdown_rd, port chosen" => {
            let id = session.listener();
            let how = if state.contains("_wr") {
                ShutdownHow::Write
            } else {
                ShutdownHow::Read
            };
            session.done(id, shutdown(how));
            id
        }
        "listener after shutdown_rd, port any" => {
            let id = session.socket(Role::Server, Protocol::Tcp);
            session.done(id, bind("127.0.0.1:0"));
            session.done(id, Call::Listen { backlog: 5 });
            session.done(id, shutdown(ShutdownHow::Read));
            id
        }
        "connecting" => {
            let id = session.socket(Role::Client, Protocol::Tcp);
            session.fails(id, connect(SERVER), Errno::EINPROGRESS);
            session.state(id, TcpState::SynSent, 0);
            id
        }
        "refused" => refused(session, None),
        "refused, port any" => refused(session, Some("127.0.0.1:0")),
        "refused, port chosen" => refused(session, Some(CLIENT)),
        "refused, not told" => {
            let id = session.socket(Role::Client, Protocol::Tcp);
            session.fails(id, connect(SERVER), Errno::EINPROGRESS);
            session.state(id, TcpState::Closed, 0);
            id
        }
        _ => bring_connected(session, state),
    }
}

fn refused(session: &mut Session, local: Option<&str>) -> SocketId {
    let id = session.socket(Role::Client, Protocol::Tcp);
    if let Some(local) = local {
        session.done(id, bind(local));
    }
    session.fails(id, connect(SERVER), Errno::ECONNREFUSED);
    session.state(id, TcpState::Closed, 0);
    id
}

fn bring_connected(session: &mut Session, state: &str) -> SocketId {
    let id = session.socket(Role::Client, Protocol::Tcp);
    if state.ends_with("port chosen") {
        session.done(id, bind(CLIENT));
    }
    session.done(id, connect(SERVER));
    session.state(id, TcpState::Established, 0);
    match state {
        "established" => {}
        "after shutdown_wr" => {
            session.done(id, shutdown(ShutdownHow::Write));
            session.state(id, TcpState::FinWait1, 0);
        }
        "after shutdown_rd" => session.done(id, shutdown(ShutdownHow::Read)),
        "after shutdown_rd, unread" => {
            session.state(id, TcpState::Established, 5);
            session.done(id, shutdown(ShutdownHow::Read));
        }
        "after shutdown_rdwr" => {
            session.done(id, shutdown(ShutdownHow::Both));
            session.state(id, TcpState::FinWait2, 0);
        }
        "both finished" => {
            session.done(id, shutdown(ShutdownHow::Write));
            session.state(id, TcpState::FinWait2, 0);
            session.state(id, TcpState::Closed, 0);
        }
        "peer closed" => session.state(id, TcpState::CloseWait, 0),
        "peer closed, one send" => {
            session.state(id, TcpState::CloseWait, 0);
            session.sends(id, b"x");
            session.state(id, TcpState::Closed, 0);
        }
        "peer reset" | "reset, port chosen" => session.state(id, TcpState::Closed, 0),
        "reset, error taken" => {
            session.state(id, TcpState::Closed, 0);
            session.fails(id, Call::Recv { max: 4 }, Errno::ECONNRESET);
        }
        other => panic!("the table has a state this test does not know: {other}"),
    }
    id
}

fn bring_udp(session: &mut Session, state: &str) -> SocketId {
    match state {
        "new" => session.socket(Role::Client, Protocol::Udp),
        "bound" => session.udp(Role::Client, CLIENT),
        "connected" => {
            let id = session.udp(Role::Client, CLIENT);
            session.done(id, connect(SERVER));
            id
        }
        "connected, port closed, one sent" => {
            let gone = session.udp(Role::Server, SERVER);
            let id = session.udp(Role::Client, CLIENT);
            session.done(id, connect(SERVER));
            session.done(gone, Call::Close);
            session.sends(id, b"x");
            id
        }
        other => panic!("the table has a state this test does not know: {other}"),
    }
}
