//! What is often said and what the system does, side by side: a small card where the one simplifies the other.

use eframe::egui::{Frame, Stroke, Ui};

use crate::model::call::{BlockingMode, Call, Method, Outcome, Protocol, Value};
use crate::model::recording::CallEntry;
use crate::model::socket::Socket;
use crate::views::theme::{self, Type, size};

struct Card {
    said: &'static str,
    system: &'static str,
}

const CLOSE: Card = Card {
    said: "close() frees the port.",
    system: "Who closes a connection first keeps the port in TIME-WAIT for a while, and open connections of a closed listener hold it too. SO_REUSEADDR lets a listener bind all the same.",
};
const NON_BLOCKING: Card = Card {
    said: "A non-blocking recv gives an error.",
    system: "Only while nothing is there. When bytes are there it returns them, and after the other end has closed it returns b\"\".",
};
const AT_MOST: Card = Card {
    said: "recv(n) receives n bytes.",
    system: "It returns at most n: what is there now. The rest comes with the next recv.",
};
const PORTS: Card = Card {
    said: "Ports 1 to 1024 are reserved.",
    system: "Linux keeps 1 to 1023 for administrators; 1024 and 65535 are ports like any other.",
};
const CHECKSUM: Card = Card {
    said: "UDP finds no errors.",
    system: "Each datagram carries a checksum: a damaged one is thrown away, and not sent again.",
};
const ROLES: Card = Card {
    said: "A server is a computer.",
    system: "Client and server are roles of programs. Both can run on one computer, as here, and one program can be both.",
};

/// The card that fits a call, if one does.
pub(super) fn card_ui(ui: &mut Ui, entry: &CallEntry, socket: Option<&Socket>) {
    let Some(card) = card(entry, socket) else {
        return;
    };
    let p = theme::of(ui);
    ui.add_space(8.0);
    Frame::new()
        .fill(p.card)
        .stroke(Stroke::new(size::LINE, p.hair))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(size::PADDING)
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.label(Type::Label.colored("Often said", p.text3));
            ui.label(Type::Body.text(card.said));
            ui.label(Type::Label.colored("Your system", p.text3));
            ui.label(Type::Body.text(card.system));
        });
}

fn card(entry: &CallEntry, socket: Option<&Socket>) -> Option<Card> {
    let non_blocking = socket.is_some_and(|socket| socket.mode == BlockingMode::NonBlocking);
    let udp = socket.is_some_and(|socket| socket.protocol == Protocol::Udp);
    match (&entry.call, entry.outcome.as_ref()?) {
        (Call::Close, Outcome::Ok(_)) if !udp => Some(CLOSE),
        (Call::Recv { .. } | Call::RecvFrom { .. }, outcome)
            if outcome.is_would_block() || (non_blocking && !outcome.is_failure()) =>
        {
            Some(NON_BLOCKING)
        }
        (Call::Recv { max }, Outcome::Ok(Value::Received { bytes, .. }))
            if bytes.len() < u64::from(*max) && !bytes.is_empty() && !udp =>
        {
            Some(AT_MOST)
        }
        (Call::Bind { .. }, _) => Some(PORTS),
        (_, Outcome::Ok(_)) if matches!(entry.method(), Method::SendTo | Method::RecvFrom) => {
            Some(CHECKSUM)
        }
        (Call::Socket { .. }, Outcome::Ok(_)) => Some(ROLES),
        _ => None,
    }
}
