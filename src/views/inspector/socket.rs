//! Details of a socket, while no call is chosen. Each group says where it is known from.

use std::time::Duration;

use eframe::egui::Ui;

use crate::model::call::{BlockingMode, Protocol};
use crate::model::event::{Observation, TcpState};
use crate::model::lifecycle::{badge, rfc_state};
use crate::model::socket::Socket;
use crate::views::Shown;
use crate::views::log::row::grouped;
use crate::views::theme::Type;
use crate::views::widgets::duration_text;

use super::parts::{self, Source, fact};

pub(super) fn socket_ui(ui: &mut Ui, socket: &Socket, shown: &Shown<'_>) {
    parts::who(ui, Some(socket), &badge(socket));
    if let Some((_, observation)) = &socket.observed() {
        system_ui(ui, socket, observation);
    } else {
        parts::source_title(ui, "State and queues", Source::System);
        parts::hint(ui, "Nothing yet.");
    }
    session_ui(ui, socket, shown);
    general_ui(ui, socket);
    ui.add_space(8.0);
    parts::hint(ui, "Choose a row of the log to see that call.");
}

fn system_ui(ui: &mut Ui, socket: &Socket, observation: &Observation) {
    parts::source_title(ui, "State and queues", Source::System);
    if let Some(tcp) = &observation.tcp {
        // After close only what is asked of the system itself, such as TIME-WAIT, is news of the socket.
        let gone = socket.is_closed() && observation.local.is_some();
        fact(
            ui,
            if gone { "state before close" } else { "state" },
            tcp.state.name(),
        );
    }
    if let Some(local) = observation.local.or(socket.local) {
        fact(ui, "own address", &local.to_string());
    }
    if let Some(peer) = observation.peer {
        fact(ui, "other end", &peer.to_string());
    }
    if let Some((queued, seats)) = socket.accept_queue() {
        fact(ui, "accept queue", &format!("{queued} of {seats}"));
        return;
    }
    if let Some(bytes) = observation.receive_queue {
        fact(ui, "receive buffer", &bytes_words(bytes.into()));
    }
    if let Some(bytes) = observation.send_queue {
        send_queue_ui(ui, socket, bytes);
    }
    if let Some(tcp) = &observation.tcp {
        if tcp.rtt_micros > 0 {
            let rtt = Duration::from_micros(tcp.rtt_micros.into());
            fact(ui, "round trip", &duration_text(rtt));
        }
        fact(ui, "sent again", &segments(tcp.retransmits));
    }
    if let Some(drops) = observation.drops.filter(|drops| *drops > 0) {
        fact(
            ui,
            "dropped here",
            &format!("{} datagrams", grouped(drops.into())),
        );
    }
}

/// What the system has taken from sends and still keeps (`SIOCOUTQ`): on TCP until the other end acknowledges it, on
/// UDP, which knows no acknowledgements, until it leaves this computer.
fn send_queue_ui(ui: &mut Ui, socket: &Socket, bytes: u32) {
    let count = bytes_words(bytes.into());
    match socket.protocol {
        Protocol::Udp if bytes == 0 => {}
        Protocol::Udp => {
            let words = format!("{count}, buffers included, have yet to leave this computer");
            fact(ui, "send buffer", &words);
        }
        Protocol::Tcp if bytes == 0 => {
            fact(ui, "send buffer", &format!("{count}: all is acknowledged"));
        }
        Protocol::Tcp => {
            let words = format!("{count} taken by your system, not yet acknowledged");
            fact(ui, "send buffer", &words);
            if socket.waiting.iter().any(|call| call.method.sends()) {
                let words = "What it has taken of the send that waits counts here already, and in “sent” only when that returns.";
                parts::hint(ui, words);
            }
        }
    }
}

fn session_ui(ui: &mut Ui, socket: &Socket, shown: &Shown<'_>) {
    parts::source_title(ui, "Calls and bytes", Source::Session);
    let sockets = shown.recording.sockets();
    if let Some(program) = sockets.program(socket.program) {
        fact(ui, "program", &program.name);
    }
    fact(ui, "kind", &kind_words(socket));
    let mode = match socket.mode {
        BlockingMode::Blocking => "blocking: calls wait",
        BlockingMode::NonBlocking => "non-blocking: calls never wait",
    };
    fact(ui, "mode", mode);
    if let Some(parent) = socket.parent.and_then(|id| sockets.get(id)) {
        fact(ui, "accepted by", &format!("{} {}", parent.id, parent.name));
    }
    if let Some(target) = socket.target {
        fact(ui, "connect asked", &target.to_string());
    }
    if let Some(backlog) = socket.backlog {
        fact(ui, "backlog", &backlog.to_string());
    }
    fact(ui, "sent", &bytes_words(socket.sent));
    fact(ui, "received", &bytes_words(socket.received));
    let fd = if socket.is_closed() {
        format!("{} before its close", socket.fd)
    } else {
        socket.fd.to_string()
    };
    fact(ui, "file descriptor", &fd);
    if let Some((method, errno)) = socket.last_error {
        fact(ui, "last error", &format!("{method}: {errno}"));
    }
}

/// `client, TCP, AF_INET`; a UDP socket's word is its protocol, as is that of a server's that is not bound yet.
fn kind_words(socket: &Socket) -> String {
    let (word, protocol) = (socket.word(), socket.protocol.name());
    let family = socket.family.constant();
    if word == protocol {
        format!("{protocol}, {family}")
    } else {
        format!("{word}, {protocol}, {family}")
    }
}

fn general_ui(ui: &mut Ui, socket: &Socket) {
    let Some(state) = rfc_state(socket) else {
        parts::source_title(ui, "UDP", Source::General);
        ui.label(Type::Body.text(
            "UDP has no connection and no states: each datagram goes alone, and may be lost.",
        ));
        return;
    };
    parts::source_title(ui, &format!("State {}", state.name()), Source::General);
    let meaning = if socket.is_closed() {
        meaning_after_close(state)
    } else {
        meaning(state)
    };
    ui.label(Type::Body.text(meaning));
}

/// What a state means once the socket is closed: nobody can receive what still comes.
fn meaning_after_close(state: TcpState) -> &'static str {
    match state {
        TcpState::FinWait1 => {
            "This socket is closed: it has finished sending, which the other end has not confirmed yet, and nobody \
             receives any more. New data is answered with a reset."
        }
        TcpState::FinWait2 => {
            "This socket is closed: it has finished sending, and nobody receives any more. The other end has yet to \
             finish; new data from it is answered with a reset."
        }
        TcpState::Closing => {
            "This socket is closed. Both ends have finished at once; the last confirmation is missing."
        }
        TcpState::LastAck => {
            "This socket is closed. Both ends have finished; the other end's last confirmation is missing."
        }
        TcpState::TimeWait => {
            "This socket is closed and the connection is over. Late segments are waited for, then the port is free."
        }
        TcpState::Closed => "This socket is closed, and no connection is left of it.",
        other => meaning(other),
    }
}

/// What a state means (RFC 9293, section 3.3.2), for a learner.
fn meaning(state: TcpState) -> &'static str {
    match state {
        TcpState::Closed => "There is no connection: not yet, or no more.",
        TcpState::Listen => "It waits for connections from any client.",
        TcpState::SynSent => "It has asked for a connection and waits for the answer.",
        TcpState::SynReceived => {
            "It was asked for a connection, has answered, and waits for the last word."
        }
        TcpState::Established => "The connection is open: both ends can send.",
        TcpState::FinWait1 => "It has finished sending; the other end has not confirmed that yet.",
        TcpState::FinWait2 => "It has finished sending; the other end may still send.",
        TcpState::CloseWait => "The other end has finished sending; this one may still send.",
        TcpState::Closing => {
            "Both have finished sending at once; the last confirmation is missing."
        }
        TcpState::LastAck => {
            "Both have finished sending; the other end's last confirmation is missing."
        }
        TcpState::TimeWait => {
            "The connection is over. Late segments are waited for, then the port is free."
        }
    }
}

fn bytes_words(count: u64) -> String {
    let noun = if count == 1 { "byte" } else { "bytes" };
    format!("{} {noun}", grouped(count))
}

fn segments(count: u32) -> String {
    let noun = if count == 1 { "segment" } else { "segments" };
    format!("{} {noun}", grouped(count.into()))
}
