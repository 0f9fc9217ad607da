//! The port that a program can't have again at once: its system keeps it for a connection that the program closed first.
//!
//! The end that closes first stays in TIME-WAIT (RFC 9293, 3.3.2; on Linux for a minute). First programs set no
//! `SO_REUSEADDR`, so that a second run within that time fails in `bind`.

use crate::model::call::{Call, Method, Outcome, ProgramId, Protocol, SocketId, SocketOption};
use crate::model::flow::Flow;
use crate::model::socket::Socket;

use super::depend::finishes;
use super::operation::received;
use super::plan::Plan;
use super::session::{Op, What};

/// The port that a program binds and whose connection it closes first, where it is not taken over by `SO_REUSEADDR`.
pub(super) fn port(plan: &Plan<'_>, flow: &Flow, program: ProgramId) -> Option<u16> {
    let ops = || plan.session.ops.iter().filter(|op| op.program == program);
    let sockets = plan.recording.sockets();
    ops().find_map(|bind| {
        let Some(Call::Bind { address }) = bind.call().filter(|_| bind.is_ok()) else {
            return None;
        };
        let bound = sockets.get(bind.socket()?)?;
        let port = bound.local?.port();
        let is_same = plan.bind_address(bind, *address).port() == port;
        let reuses = ops().any(|op| {
            let reuse = SocketOption::ReuseAddress;
            op.begin < bind.begin
                && op.socket() == bind.socket()
                && matches!(op.call(), Some(Call::SetSockOpt { option, value: 1.. }) if *option == reuse)
        });
        let is_its = |socket: &&Socket| {
            socket.program == program
                && socket.protocol == Protocol::Tcp
                && socket.peer.is_some()
                && socket.local.is_some_and(|local| local.port() == port)
        };
        let mut its = sockets.iter().filter(is_its);
        (is_same && !reuses && its.any(|socket| closes_first(plan, flow, socket.id)))
            .then_some(port)
    })
}

/// Whether this end of a connection says first that it sends nothing more.
fn closes_first(plan: &Plan<'_>, flow: &Flow, id: SocketId) -> bool {
    let ops = &plan.session.ops;
    let end = |id: SocketId| ops.iter().position(|op| ends(op, id));
    let Some(own) = end(id) else {
        return false;
    };
    match flow.partner(id) {
        Some(other) => end(other).is_none_or(|other| other > own),
        // Of a program outside it is only known whether its end was received.
        None => !ops[..own].iter().any(|op| {
            let receives = op
                .call()
                .is_some_and(|call| matches!(call.method(), Method::Recv | Method::RecvFrom));
            receives && op.socket() == Some(id) && received(op).is_some_and(<[u8]>::is_empty)
        }),
    }
}

fn ends(op: &Op, id: SocketId) -> bool {
    match &op.what {
        What::End(open) => open.contains(&id),
        _ => {
            op.socket() == Some(id) && finishes(op) && matches!(op.outcome(), Some(Outcome::Ok(_)))
        }
    }
}
