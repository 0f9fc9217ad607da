//! Life cycles: for each socket, what each call would do now and why, what is natural next, and its state's name.
//!
//! - [`forecast`]: one method of one socket, as its button shows it.
//! - [`next_step`], [`next_line`]: what is natural next, for a socket and for the whole session.
//! - [`badge`], [`rfc_state`]: the word on the card, and the protocol's own.
//! - [`Situation`]: the rows of the table of states and calls that all of this is read from.

use std::net::SocketAddr;

use super::address::dialable;
use super::call::{BlockingMode, Method, Protocol};
use super::event::{Role, TcpState, Threading};
use super::socket::{Pending, Socket, SocketTable, Stage};

mod forecast;
mod next;
mod reason;
mod situation;

pub use forecast::{Forecast, Look, forecast, forecasts};
pub use next::{Next, NextTarget, Step, next_line, next_step};
pub use situation::{Answer, Situation};

/// The word on a socket's card: `BOUND :5000`, `PEER CLOSED`. `CLOSED` only after `close()`.
pub fn badge(socket: &Socket) -> String {
    let word = match socket.stage {
        Stage::New => "NEW",
        Stage::Bound => match socket.local {
            Some(local) => return format!("BOUND :{}", local.port()),
            None => "BOUND",
        },
        Stage::Listening => "LISTEN",
        Stage::Connecting => "CONNECTING",
        Stage::Connected if socket.protocol == Protocol::Udp => "PEER SET",
        Stage::Connected => match (socket.write_shut, socket.peer_finished) {
            (false, false) => "CONNECTED",
            (false, true) => "PEER CLOSED",
            (true, false) => "HALF CLOSED",
            (true, true) => "BOTH FINISHED",
        },
        Stage::Refused if !socket.error_taken => "FAILED",
        Stage::Refused => "REFUSED",
        Stage::Reset => "RESET",
        Stage::Closed => "CLOSED",
    };
    word.to_owned()
}

/// The state of RFC 9293 that a TCP socket is in: the kernel's word where it gave one since the last change, else
/// derived from the calls made. `None` for UDP, which has no states.
///
/// After `close()` a state that nobody observed is derived: the end that finished last is gone (`CLOSED`), the other
/// one is taken for `FIN-WAIT-2`.
pub fn rfc_state(socket: &Socket) -> Option<TcpState> {
    if socket.protocol == Protocol::Udp {
        return None;
    }
    let derived = derived_state(socket);
    let Some((stamp, kernel)) = socket.observed().and_then(|(stamp, seen)| {
        let tcp = seen.tcp?;
        Some((stamp, tcp.state))
    }) else {
        return Some(derived);
    };
    let current = match socket.stage {
        Stage::Closed => socket.closed.is_some_and(|closed| stamp.seq > closed.seq),
        Stage::Listening => kernel == TcpState::Listen,
        Stage::Connecting => kernel == TcpState::SynSent || kernel == TcpState::SynReceived,
        Stage::Connected => connected_state_fits(socket, kernel),
        Stage::New | Stage::Bound | Stage::Refused | Stage::Reset => false,
    };
    Some(if current { kernel } else { derived })
}

fn derived_state(socket: &Socket) -> TcpState {
    match socket.stage {
        Stage::New | Stage::Bound | Stage::Refused | Stage::Reset => TcpState::Closed,
        Stage::Listening => TcpState::Listen,
        Stage::Connecting => TcpState::SynSent,
        Stage::Connected => match (socket.write_shut, socket.peer_finished) {
            (false, false) => TcpState::Established,
            (false, true) => TcpState::CloseWait,
            (true, false) => TcpState::FinWait2,
            (true, true) => TcpState::Closed,
        },
        Stage::Closed => {
            let unfinished = socket.peer.is_some() && !socket.peer_finished && !socket.error_taken;
            if unfinished {
                TcpState::FinWait2
            } else {
                TcpState::Closed
            }
        }
    }
}

/// Whether the kernel's word is not older than what the calls have told since.
fn connected_state_fits(socket: &Socket, kernel: TcpState) -> bool {
    use TcpState::{
        CloseWait, Closed, Closing, Established, FinWait1, FinWait2, LastAck, TimeWait,
    };
    match (socket.write_shut, socket.peer_finished) {
        (false, false) => kernel == Established,
        (false, true) => kernel == CloseWait,
        (true, false) => matches!(kernel, FinWait1 | FinWait2),
        (true, true) => matches!(kernel, Closing | LastAck | TimeWait | Closed),
    }
}

/// The call that keeps a socket's thread from making another: its own, or in a one-thread program any of its sockets'.
/// None holds up a closed socket: whatever is called on it is refused at once.
pub fn busy_in(socket: &Socket, sockets: &SocketTable) -> Option<Pending> {
    if socket.is_closed() {
        return None;
    }
    let one_thread = sockets
        .program(socket.program)
        .is_some_and(|program| program.threading == Threading::OneThread);
    let first = |socket: &Socket| socket.waiting.first().or(socket.queued.first()).copied();
    if one_thread {
        let selects = sockets.program(socket.program).and_then(|program| {
            let running = program.selects.first().map(|select| select.pending);
            running.or(program.queued.first().copied())
        });
        let of_sockets = sockets
            .open()
            .filter(|other| other.program == socket.program)
            .filter_map(first);
        // What is in its system call comes before what queues behind it.
        selects
            .into_iter()
            .chain(of_sockets)
            .min_by_key(|pending| (pending.since.is_none(), pending.since))
    } else {
        first(socket)
    }
}

/// Which calls queue behind `busy`, the one that [`busy_in`] found: in a line, and at length.
pub fn queue_words(socket: &Socket, sockets: &SocketTable, busy: Method) -> (String, String) {
    const LATER: &str = "What queues begins when it returns.";
    let one_thread = sockets
        .program(socket.program)
        .is_some_and(|program| program.threading == Threading::OneThread);
    if one_thread {
        let text = format!("all calls queue: the program's one thread is in {busy}");
        return (text, LATER.to_owned());
    }
    let own: Vec<&str> = Method::ALL
        .into_iter()
        .filter(|method| method.never_queues())
        .map(Method::name)
        .collect();
    let text = format!("most calls queue: this thread is in {busy}");
    let hover = format!(
        "{LATER} These never wait and do not queue: {}. close ends the wait.",
        own.join(", ")
    );
    (text, hover)
}

/// The address that connect and sendto start with: the last sender on UDP, else the newest listener, or on UDP the
/// newest bound socket, of the same family.
pub fn default_target(socket: &Socket, sockets: &SocketTable) -> Option<SocketAddr> {
    let udp = socket.protocol == Protocol::Udp;
    if udp && socket.last_sender().is_some() {
        return socket.last_sender();
    }
    let takes = |other: &&Socket| {
        let ready = if udp {
            other.bound_by_call
        } else {
            other.stage == Stage::Listening
        };
        ready
            && other.id != socket.id
            && other.protocol == socket.protocol
            && other.family == socket.family
    };
    let local = sockets.open().rev().find(takes)?.local?;
    Some(dialable(&local))
}

/// Bytes that wait to be received: the kernel's word, or what the other end has sent where it is in this session.
pub(super) fn unread(socket: &Socket, sockets: &SocketTable) -> u64 {
    let derived = || {
        let other = sockets.other_end(socket)?;
        let tcp = socket.protocol == Protocol::Tcp;
        tcp.then(|| other.sent.saturating_sub(socket.received))
    };
    match socket.unread() {
        Some(count) => u64::from(count),
        None => derived().unwrap_or(0),
    }
}

/// Connections that wait for accept.
fn queued_clients(socket: &Socket) -> u32 {
    socket.accept_queue().map_or(0, |(queued, _)| queued)
}

/// Whether its conversation is meant to be started by this socket.
fn goes_out(socket: &Socket) -> bool {
    socket.parent.is_none() && socket.role != Role::Server
}

fn is_blocking(socket: &Socket) -> bool {
    socket.mode == BlockingMode::Blocking
}
