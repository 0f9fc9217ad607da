//! The life cycle of the calls themselves: server and client side by side, and UDP's two rows.

use super::Life;
use super::cast::Cast;
use crate::model::call::{Method, Protocol, SocketId};
use crate::model::event::Role;
use crate::model::lifecycle::{NextTarget, busy_in, next_line, next_step};
use crate::model::socket::{Socket, SocketTable, Stage};

/// A column of TCP's calls, or a row of UDP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// TCP: listens, then talks through the connection that accept returned.
    Server,
    /// TCP: connects.
    Client,
    /// UDP: binds and waits for datagrams.
    Receiver,
    /// UDP: sends first.
    Sender,
}

impl Lane {
    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Receiver => "UDP receiver",
            Self::Sender => "UDP sender",
        }
    }

    /// Its calls, in order.
    pub fn methods(self) -> &'static [Method] {
        use Method::{Accept, Bind, Close, Connect, Listen, Recv, RecvFrom, Send, SendTo, Socket};
        match self {
            Self::Server => &[Socket, Bind, Listen, Accept, Recv, Send, Close],
            Self::Client => &[Socket, Connect, Send, Recv, Close],
            Self::Receiver => &[Socket, Bind, RecvFrom, SendTo, Close],
            Self::Sender => &[Socket, SendTo, RecvFrom, Close],
        }
    }

    /// All four.
    pub const ALL: [Self; 4] = [Self::Server, Self::Client, Self::Receiver, Self::Sender];

    fn is_udp(self) -> bool {
        matches!(self, Self::Receiver | Self::Sender)
    }
}

/// A call's place in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// Its column or row.
    pub lane: Lane,
    /// The call.
    pub method: Method,
}

/// How a call looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeLook {
    /// It has been made, and has succeeded.
    Done,
    /// It is in its system call.
    Waiting,
    /// It was the last call on its socket, and failed; a would-block is no failure.
    Failed,
    /// It is natural next.
    Next,
    /// None of these.
    NotYet,
}

impl NodeLook {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Next => "next",
            Self::NotYet => "not yet",
        }
    }
}

/// What an arrow says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One call comes after the other.
    Order,
    /// A connection is asked for.
    Connection,
    /// accept returns a new socket.
    Birth,
    /// Bytes.
    Bytes,
    /// The end: the other side reads `b""`.
    End,
}

/// An arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arrow {
    /// From this call.
    pub from: Node,
    /// To that one.
    pub to: Node,
    /// What it says.
    pub kind: Kind,
}

const fn node(lane: Lane, method: Method) -> Node {
    Node { lane, method }
}

const fn arrow(from: Node, to: Node, kind: Kind) -> Arrow {
    Arrow { from, to, kind }
}

use Lane::{Client, Receiver, Sender, Server};
use Method::{Accept, Bind, Close, Connect, Listen, Recv, RecvFrom, Send, SendTo};

/// The arrows: the order in each lane, then those across.
pub const ARROWS: &[Arrow] = &[
    arrow(
        node(Server, Method::Socket),
        node(Server, Bind),
        Kind::Order,
    ),
    arrow(node(Server, Bind), node(Server, Listen), Kind::Order),
    arrow(node(Server, Listen), node(Server, Accept), Kind::Order),
    arrow(node(Server, Accept), node(Server, Recv), Kind::Birth),
    arrow(node(Server, Recv), node(Server, Send), Kind::Order),
    arrow(node(Server, Send), node(Server, Recv), Kind::Order),
    arrow(node(Server, Send), node(Server, Close), Kind::Order),
    arrow(
        node(Client, Method::Socket),
        node(Client, Connect),
        Kind::Order,
    ),
    arrow(node(Client, Connect), node(Client, Send), Kind::Order),
    arrow(node(Client, Send), node(Client, Recv), Kind::Order),
    arrow(node(Client, Recv), node(Client, Send), Kind::Order),
    arrow(node(Client, Recv), node(Client, Close), Kind::Order),
    arrow(
        node(Client, Connect),
        node(Server, Accept),
        Kind::Connection,
    ),
    arrow(node(Client, Send), node(Server, Recv), Kind::Bytes),
    arrow(node(Server, Send), node(Client, Recv), Kind::Bytes),
    arrow(node(Client, Close), node(Server, Close), Kind::End),
    arrow(
        node(Receiver, Method::Socket),
        node(Receiver, Bind),
        Kind::Order,
    ),
    arrow(node(Receiver, Bind), node(Receiver, RecvFrom), Kind::Order),
    arrow(
        node(Receiver, RecvFrom),
        node(Receiver, SendTo),
        Kind::Order,
    ),
    arrow(node(Receiver, SendTo), node(Receiver, Close), Kind::Order),
    arrow(
        node(Sender, Method::Socket),
        node(Sender, SendTo),
        Kind::Order,
    ),
    arrow(node(Sender, SendTo), node(Sender, RecvFrom), Kind::Order),
    arrow(node(Sender, RecvFrom), node(Sender, Close), Kind::Order),
    arrow(node(Sender, SendTo), node(Receiver, RecvFrom), Kind::Bytes),
    arrow(node(Receiver, SendTo), node(Sender, RecvFrom), Kind::Bytes),
];

/// Whether a method stands in the picture, under its own name or its sibling's.
pub(super) fn has_node(method: Method) -> bool {
    !matches!(
        method,
        Method::Shutdown | Method::SetBlocking | Method::SetSockOpt
    ) && !method.only_asks()
}

/// The picture: a look for each call, and where the chosen socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Methods {
    /// Who plays which part.
    pub cast: Cast,
    /// Each call, in the order of [`Lane::ALL`] and [`Lane::methods`].
    pub nodes: Vec<NodeState>,
}

/// One call of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeState {
    /// Which.
    pub node: Node,
    /// On which socket it is or would be made.
    pub actor: Option<SocketId>,
    /// The method of that socket: on a connected UDP socket `send` stands for `sendto`.
    pub method: Method,
    /// How it looks.
    pub look: NodeLook,
    /// Whether the chosen socket is here: in this call, or after it.
    pub here: bool,
}

impl Methods {
    /// The state of one call.
    pub fn state(&self, node: Node) -> Option<&NodeState> {
        self.nodes.iter().find(|state| state.node == node)
    }
}

/// The picture of the calls, with the chosen socket's conversation in it.
pub fn methods(sockets: &SocketTable, selected: Option<SocketId>) -> Methods {
    let cast = Cast::of(sockets, selected);
    let missing = next_line(sockets).map(|next| next.target);
    let mut nodes = Vec::new();
    for lane in Lane::ALL {
        for method in lane.methods() {
            let node = node(lane, *method);
            let actor = cast.actor(node, selected);
            let socket = actor.and_then(|id| sockets.get(id));
            let mut state = NodeState {
                node,
                actor,
                method: *method,
                look: NodeLook::NotYet,
                here: false,
            };
            if let (Some(socket), Some(life)) = (socket, actor.and_then(|id| sockets.life(id))) {
                state.method = own_method(node, socket);
                state.look = look(node, socket, life, sockets);
                state.here = (selected == actor && is_here(node, socket, life))
                    || (node.method == Accept && is_newborn(cast.connection, selected, sockets));
            } else if *method == Method::Socket && is_missing(lane, missing) {
                state.look = NodeLook::Next;
            }
            nodes.push(state);
        }
    }
    Methods { cast, nodes }
}

fn look(node: Node, socket: &Socket, life: &Life, sockets: &SocketTable) -> NodeLook {
    let is = |method: Method| stands_for(node, method);
    if socket.waiting.iter().any(|pending| is(pending.method)) {
        return NodeLook::Waiting;
    }
    let failed = socket
        .last_error
        .filter(|(_, errno)| !errno.is_would_block());
    if failed.is_some_and(|(method, _)| is(method)) {
        return NodeLook::Failed;
    }
    let idle = busy_in(socket, sockets).is_none();
    if idle && next_step(socket, sockets).is_some_and(|step| is(step.method)) {
        return NodeLook::Next;
    }
    if Method::ALL
        .into_iter()
        .any(|method| is(method) && life.has_done(method))
    {
        return NodeLook::Done;
    }
    NodeLook::NotYet
}

/// Whether the chosen socket's waiting call, or else its last one, is this one.
fn is_here(node: Node, socket: &Socket, life: &Life) -> bool {
    let waiting = socket.waiting.iter().rev().map(|pending| pending.method);
    let at = waiting.clone().find(|method| has_node(*method));
    at.or(life.last())
        .is_some_and(|method| stands_for(node, method))
}

/// Whether the chosen socket is the connection, and has done nothing yet: it stands where it was born.
fn is_newborn(
    connection: Option<SocketId>,
    selected: Option<SocketId>,
    sockets: &SocketTable,
) -> bool {
    let life = selected.filter(|_| selected == connection);
    let life = life.and_then(|id| sockets.life(id));
    life.is_some_and(|life| life.last() == Some(Method::Socket))
}

/// Whether a call of this method stands at that place: all ways to send are one call of the picture.
fn stands_for(node: Node, method: Method) -> bool {
    match node.method {
        Send | SendTo => method.sends(),
        Recv | RecvFrom => matches!(method, Recv | RecvFrom),
        other => other == method,
    }
}

fn own_method(node: Node, socket: &Socket) -> Method {
    let connected = socket.stage == Stage::Connected;
    match node.method {
        SendTo if node.lane.is_udp() && connected => Send,
        RecvFrom if node.lane.is_udp() && connected => Recv,
        method => method,
    }
}

fn is_missing(lane: Lane, missing: Option<NextTarget>) -> bool {
    let Some(NextTarget::New { role, protocol }) = missing else {
        return false;
    };
    match lane {
        Lane::Server => protocol == Protocol::Tcp && role != Role::Client,
        Lane::Client => protocol == Protocol::Tcp && role == Role::Client,
        Lane::Receiver => protocol == Protocol::Udp && role != Role::Client,
        Lane::Sender => protocol == Protocol::Udp && role == Role::Client,
    }
}
