//! What is left of a connection after its close, how long, and who may bind to its port meanwhile.

use std::net::SocketAddr;

use super::edges::State;
use crate::model::call::{Protocol, SocketId};
use crate::model::event::{Remnant, TcpState};
use crate::model::socket::{Socket, SocketTable, Stage};

/// A connection that is not over though its socket is closed, or that TIME-WAIT keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ghost {
    /// Whose it was.
    pub socket: SocketId,
    /// How far its end has come.
    pub state: TcpState,
    /// What the kernel said is left of TIME-WAIT, milliseconds, and when it said so, nanoseconds.
    pub left: Option<(u32, u64)>,
    /// Who may bind to its port now, and who may not.
    pub words: String,
}

impl Ghost {
    /// Seconds left at this time, by what the kernel said; never below 0.
    pub fn seconds_left(&self, now: u64) -> Option<f64> {
        let (millis, at) = self.left?;
        let gone = now.saturating_sub(at) as f64 / 1e9;
        Some((f64::from(millis) / 1e3 - gone).max(0.0))
    }
}

/// What lingers of a socket's connection.
pub fn ghost(sockets: &SocketTable, id: SocketId) -> Option<Ghost> {
    let socket = sockets.get(id)?;
    let State::Tcp(state) = sockets.life(id)?.path().now() else {
        return None;
    };
    let ending = matches!(
        state,
        TcpState::FinWait1 | TcpState::FinWait2 | TcpState::Closing | TcpState::LastAck
    );
    if state != TcpState::TimeWait && !(ending && socket.is_closed()) {
        return None;
    }
    let left = socket
        .observed()
        .and_then(|(stamp, seen)| match seen.remnant? {
            Remnant::TimeWait { millis_left } => Some((millis_left, stamp.at)),
            Remnant::Ending | Remnant::Nothing => None,
        });
    Some(Ghost {
        socket: id,
        state,
        left,
        words: who_may_bind(socket, sockets),
    })
}

/// As Linux decides it: the port is shared only where both sockets have set `SO_REUSEADDR` and neither listens.
fn who_may_bind(socket: &Socket, sockets: &SocketTable) -> String {
    let Some(local) = socket.local else {
        return "Its own address is not known.".to_owned();
    };
    if let Some(holder) = listener_at(local, sockets) {
        return format!(
            "bind to {local}: EADDRINUSE, as {} {} listens there. Clients may connect to it all the while.",
            holder.id, holder.name
        );
    }
    let reuses = sockets
        .life(socket.id)
        .is_some_and(super::Life::reuses_address);
    if reuses {
        format!(
            "bind to {local}: a socket that sets SO_REUSEADDR first may now, as this one had set it too; others get \
             EADDRINUSE. Any other port is free."
        )
    } else {
        format!(
            "bind to {local}: EADDRINUSE until then, with SO_REUSEADDR too, as this socket had not set it. Any other \
             port is free."
        )
    }
}

fn listener_at(local: SocketAddr, sockets: &SocketTable) -> Option<&Socket> {
    sockets
        .at(&local, Protocol::Tcp)
        .filter(|socket| socket.stage == Stage::Listening)
}
