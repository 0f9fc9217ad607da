//! The call that the Next line offers on a socket: what its card says, unless that could lead nowhere.

use std::net::SocketAddr;

use crate::model::address::{Port, loopback};
use crate::model::call::{Call, Family, Method, Protocol, SocketId};
use crate::model::errno::Errno;
use crate::model::lifecycle;
use crate::model::payload::Payload;
use crate::model::recording::Recording;
use crate::model::socket::{Socket, SocketTable, Stage};

use super::{CardsChoices, CardsState, START_MAX};

impl CardsState {
    /// Remembers the addresses that a socket's bind was refused, and why.
    pub fn bind_refused(&mut self, socket: SocketId, address: SocketAddr, errno: Errno) {
        self.refused
            .entry(socket)
            .or_default()
            .push((address, errno));
    }

    /// The call to offer as the next one, and why it is another than the card's own; `None` while a field is wrong.
    pub fn next_call(
        &self,
        socket: SocketId,
        method: Method,
        recording: &Recording,
    ) -> Option<(Call, Option<String>)> {
        let sockets = recording.sockets();
        let of = sockets.get(socket)?;
        let Some(call) = self.call_for(socket, method, recording) else {
            // An n that is no number keeps nobody from receiving.
            return received(method, of).map(|call| (call, None));
        };
        let instead = match &call {
            Call::Recv { max: 0 } | Call::RecvFrom { max: 0 } => {
                received(method, of).map(|call| (call, "recv(0) would take nothing".to_owned()))
            }
            Call::Send { payload } | Call::SendAll { payload }
                if payload.is_empty() && of.protocol == Protocol::Tcp =>
            {
                let payload = Payload::literal(CardsChoices::default().payload.as_bytes());
                let call = Call::Send { payload };
                Some((call, "an empty payload would send nothing".to_owned()))
            }
            Call::Bind { address } => self.other_bind(of, *address, sockets),
            Call::Connect { address } => other_connect(of, *address, sockets),
            _ => None,
        };
        Some(match instead {
            Some((call, why)) => (call, Some(why)),
            None => (call, None),
        })
    }

    /// Where to bind instead of an address that has just been refused.
    fn other_bind(
        &self,
        socket: &Socket,
        address: SocketAddr,
        sockets: &SocketTable,
    ) -> Option<(Call, String)> {
        let refused = self.refused.get(&socket.id)?;
        let (_, errno) = refused.iter().rev().find(|(at, _)| *at == address)?;
        let port = address.port();
        let to = |address: SocketAddr| Call::Bind { address };
        match *errno {
            Errno::EADDRINUSE => {
                let free = |port: &u16| {
                    let tried = refused.iter().any(|(at, _)| at.port() == *port);
                    let held = sockets
                        .open()
                        .any(|other| other.local.is_some_and(|local| local.port() == *port));
                    !tried && !held
                };
                let other = (port.saturating_add(1)..=Port::MAX)
                    .chain(Port::MIN..port)
                    .find(free)?;
                let why = format!("port {port} is taken: {other} may be free");
                Some((to(SocketAddr::new(address.ip(), other)), why))
            }
            Errno::EADDRNOTAVAIL => {
                let ip = loopback(socket.family);
                let why = format!("{} is no address of this computer", address.ip());
                Some((to(SocketAddr::new(ip, port)), why))
            }
            Errno::EACCES => {
                let why = format!("your system keeps port {port} for administrators");
                Some((to(SocketAddr::new(address.ip(), DEFAULT_PORT)), why))
            }
            _ => None,
        }
    }
}

/// The port that everything starts with.
const DEFAULT_PORT: u16 = 5000;

/// A receive with the n that cards start with.
fn received(method: Method, socket: &Socket) -> Option<Call> {
    let max = START_MAX;
    match method {
        Method::Recv => Some(Call::Recv { max }),
        Method::RecvFrom if socket.protocol == Protocol::Udp => Some(Call::RecvFrom { max }),
        _ => None,
    }
}

/// Where to connect instead of where nobody listened, and what is said of a target that only connect can know about.
fn other_connect(
    socket: &Socket,
    address: SocketAddr,
    sockets: &SocketTable,
) -> Option<(Call, String)> {
    let listens = lifecycle::default_target(socket, sockets)?;
    if listens == address || Family::of(&listens) != socket.family {
        return None;
    }
    if socket.stage == Stage::Refused && socket.target == Some(address) {
        let call = Call::Connect { address: listens };
        let why = format!("nobody listened on {address}; {listens} does");
        return Some((call, why));
    }
    let call = Call::Connect { address };
    let why = "only connect finds out whether a server is there".to_owned();
    Some((call, why))
}
