//! The calls of a relay.

use std::sync::Arc;

use crate::model::call::{Call, Family, Method, Protocol, ShutdownHow, SocketId, SocketOption};
use crate::model::payload::Payload;
use crate::model::relay::Way;
use crate::network::{Request, ThreadChoice};

use super::Relay;
use super::flow::FlowId;

/// How many bytes it asks for at once on a connection.
pub(super) const CHUNK: u32 = 16 * 1024;
/// How many bytes it asks for at once of a datagram: the largest there is.
const DATAGRAM: u32 = 65_535;
/// How many connections may wait for its accept.
const BACKLOG: i32 = 30;

/// One call to make, or one whose end is to come.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// The socket that clients find.
    Face,
    /// Its port may be one that an old connection still keeps.
    Reuse,
    Bind,
    Listen,
    /// Which port the system chose.
    AskPort,
    Accept,
    /// A datagram of whichever client.
    TakeAny,
    /// The socket towards the target.
    Far(FlowId),
    Connect(FlowId),
    Take(FlowId, Way),
    Give(FlowId, Way, Arc<[u8]>),
    /// The end goes on.
    Shut(FlowId, Way),
    /// Slices go out as they are.
    NoDelay(SocketId),
    /// The close that follows is to be a reset.
    Linger(SocketId),
    Close(SocketId),
}

impl Turn {
    /// The client it is for.
    pub(super) fn flow(&self) -> Option<FlowId> {
        match self {
            Self::Far(flow)
            | Self::Connect(flow)
            | Self::Take(flow, _)
            | Self::Give(flow, ..)
            | Self::Shut(flow, _) => Some(*flow),
            _ => None,
        }
    }
}

impl Relay {
    /// The call to make; `None`: what it is for is no longer there.
    pub(super) fn request(&self, turn: &Turn) -> Option<Request> {
        let order = &self.order;
        let socket = |family| Call::Socket {
            family,
            protocol: order.protocol,
        };
        let option = |option, value| Call::SetSockOpt { option, value };
        let flow = |id| self.flows.get(id);
        let name = &order.name;
        Some(match turn {
            Turn::Face => {
                Request::within(self.program, socket(Family::of(&order.listen))).named(name)
            }
            Turn::Reuse => Request::on(self.face?, option(SocketOption::ReuseAddress, 1)),
            Turn::Bind => Request::on(
                self.face?,
                Call::Bind {
                    address: order.listen,
                },
            ),
            Turn::Listen => Request::on(self.face?, Call::Listen { backlog: BACKLOG }),
            Turn::AskPort => Request::on(self.face?, Call::GetSockName),
            Turn::Accept => Request::on(self.face?, Call::Accept).named(&format!("{name}_in")),
            Turn::TakeAny => Request::on(self.face?, Call::RecvFrom { max: DATAGRAM }),
            Turn::Far(id) => {
                flow(id)?;
                Request::within(self.program, socket(Family::of(&order.target)))
                    .named(&format!("{name}_out"))
            }
            Turn::Connect(id) => Request::on(
                flow(id)?.far?,
                Call::Connect {
                    address: order.target,
                },
            ),
            Turn::Take(id, way) => {
                let max = match order.protocol {
                    Protocol::Tcp => CHUNK,
                    Protocol::Udp => DATAGRAM,
                };
                Request::on(flow(id)?.source(*way)?, Call::Recv { max })
            }
            Turn::Give(id, way, bytes) => {
                let flow = flow(id)?;
                let payload = Payload::Literal(Arc::clone(bytes));
                let call = match (order.protocol, way) {
                    (Protocol::Udp, Way::ToClient) => Call::SendTo {
                        payload,
                        address: flow.client,
                    },
                    _ => Call::Send { payload },
                };
                Request {
                    // Its own thread waits in a receive.
                    thread: ThreadChoice::Second,
                    ..Request::on(flow.sink(*way)?, call)
                }
            }
            Turn::Shut(id, way) => Request::on(
                flow(id)?.sink(*way)?,
                Call::Shutdown {
                    how: ShutdownHow::Write,
                },
            ),
            Turn::NoDelay(socket) => Request::on(*socket, option(SocketOption::NoDelay, 1)),
            Turn::Linger(socket) => Request::on(*socket, option(SocketOption::Linger, 0)),
            Turn::Close(socket) => Request::on(*socket, Call::Close),
        })
    }

    /// The socket and method of a call of data: what may have been folded away.
    pub(super) fn data_call(&self, turn: &Turn) -> Option<(SocketId, Method)> {
        let request = self.request(turn)?;
        let method = request.call.method();
        match (turn, request.target) {
            (
                Turn::TakeAny | Turn::Take(..) | Turn::Give(..),
                crate::network::Target::Socket(socket),
            ) => Some((socket, method)),
            _ => None,
        }
    }
}
