//! What a click on a call of the life cycle makes.

use crate::model::call::{BlockingMode, Family, Method, Protocol};
use crate::model::cycle::methods::{Lane, NodeState};
use crate::model::event;
use crate::views::cards::CardsState;
use crate::views::{Action, NewSocket, Next, Shown};

/// What a click makes, in words.
pub(super) fn hover_words(state: &NodeState, cards: &CardsState, shown: &Shown<'_>) -> String {
    let look = state.look.words();
    match state.actor {
        Some(_) if state.method == Method::Socket => "Makes one more socket like it.".to_owned(),
        None if state.method == Method::Socket => "Makes the socket.".to_owned(),
        Some(id) => {
            let name = shown.recording.sockets().get(id).map(|socket| &socket.name);
            let name = name.map_or("?", String::as_str);
            match cards.call_for(id, state.method, shown.recording) {
                Some(call) => format!("{name}.{} ({look})", call.python(48)),
                None => format!("{name}.{} ({look}): see its card", state.method),
            }
        }
        None => format!("{}: no socket for it yet", state.method),
    }
}

/// Makes the call of a node, as the button on its card does, or the socket that it begins with.
pub(super) fn press(
    state: &NodeState,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    match state.actor {
        Some(socket) if state.method == Method::Socket => {
            actions.push(Action::OneMoreLike(socket));
        }
        Some(socket) => cards.press(socket, state.method, shown.recording, actions),
        None => actions.push(Action::NewSocket(new_socket(state.node.lane, shown))),
    }
}

/// The socket that a lane begins with: as the Next line means it, where that is about the same.
fn new_socket(lane: Lane, shown: &Shown<'_>) -> NewSocket {
    let (role, protocol) = match lane {
        Lane::Server => (event::Role::Server, Protocol::Tcp),
        Lane::Client => (event::Role::Client, Protocol::Tcp),
        Lane::Receiver => (event::Role::Server, Protocol::Udp),
        Lane::Sender => (event::Role::Client, Protocol::Udp),
    };
    match shown.next {
        Next::NewSocket { wanted, .. } if wanted.role == role && wanted.protocol == protocol => {
            wanted.clone()
        }
        _ => NewSocket {
            role,
            protocol,
            family: Family::Ipv4,
            mode: BlockingMode::Blocking,
            host: "127.0.0.1".to_owned(),
            port: 5000,
        },
    }
}
