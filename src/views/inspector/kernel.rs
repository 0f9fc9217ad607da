//! Beside the states: what the kernel says, where it and the calls differ, and what lingers after a close.

use std::time::Duration;

use eframe::egui::Ui;

use crate::model::call::Protocol;
use crate::model::cycle::lingering::{Ghost, ghost};
use crate::model::cycle::states::States;
use crate::model::socket::Socket;
use crate::views::Shown;
use crate::views::log::row::grouped;
use crate::views::theme::Type;
use crate::views::widgets::duration_text;

use super::parts::{self, Source, fact};

pub(super) fn kernel_ui(ui: &mut Ui, socket: &Socket, states: &States, shown: &Shown<'_>) {
    parts::source_title(ui, "Kernel says", Source::System);
    match socket.observed() {
        None => parts::hint(ui, "Nothing: it was not asked, or can't be here."),
        Some((_, seen)) => {
            if let Some(tcp) = seen.tcp {
                fact(ui, "state", tcp.state.name());
                if tcp.rtt_micros > 0 {
                    let rtt = Duration::from_micros(tcp.rtt_micros.into());
                    fact(ui, "round trip", &duration_text(rtt));
                }
                fact(ui, "sent again", &grouped(tcp.retransmits.into()));
            }
            if socket.protocol == Protocol::Udp {
                let address = |address: Option<std::net::SocketAddr>| {
                    address.map_or_else(|| "none".to_owned(), |address| address.to_string())
                };
                fact(ui, "own address", &address(seen.local));
                fact(ui, "peer", &address(seen.peer));
            }
        }
    }
    if let Some(difference) = &states.difference {
        ui.label(Type::Body.text(difference));
    }
    if let Some(ghost) = ghost(shown.recording.sockets(), socket.id) {
        ghost_ui(ui, &ghost, shown.now);
    }
}

fn ghost_ui(ui: &mut Ui, ghost: &Ghost, now: u64) {
    let left = ghost.seconds_left(now);
    let title = match left {
        Some(seconds) => format!("{}: {seconds:.0} s left", ghost.state.name()),
        None => format!("{}: not over yet", ghost.state.name()),
    };
    parts::source_title(ui, &title, Source::System);
    ui.label(Type::Body.text(&ghost.words));
    if left.is_some_and(|seconds| seconds > 0.0) {
        ui.ctx().request_repaint_after(Duration::from_secs(1));
    }
}
