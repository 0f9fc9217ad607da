//! Quick replies to what was read.

use eframe::egui::Ui;

use crate::model::call::{Bytes, Call, Protocol};
use crate::model::payload::{Payload, upper};
use crate::views::Action;
use crate::views::theme::{self, Type};

use super::fields::Fields;
use super::{Card, controls, waiting};

/// Replies to the bytes just read: in capitals, as they are, or what was sent last.
pub(super) fn replies_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    let Some(Bytes::Whole(read)) = card
        .socket
        .last_bytes()
        .as_ref()
        .filter(|bytes| !bytes.is_empty())
    else {
        return;
    };
    if waiting::waits(card.socket) || card.socket.is_closed() {
        return;
    }
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.label(Type::Label.colored("reply", theme::of(ui).text2));
        let button = |ui: &mut Ui, label: &str, hint: &str| {
            controls::quiet_button(ui, label, &card.name(&format!("reply {label}")), None)
                .on_hover_text(hint)
                .clicked()
        };
        let mut payload = None;
        if button(ui, "CAPITALS", "data.upper(): é stays as it is") {
            payload = Some(Payload::Literal(upper(read)));
        }
        if button(ui, "echo", "the bytes just read, as they are") {
            payload = Some(Payload::Literal(read.clone()));
        }
        if fields.payload.last_sent.is_some()
            && button(ui, "again", "what was sent last, once more")
        {
            payload.clone_from(&fields.payload.last_sent);
        }
        if let Some(call) = payload.and_then(|payload| reply_call(card, payload)) {
            fields.payload.last_sent = call.payload().cloned();
            card.make(call, actions);
        }
    });
}

/// To whom a reply goes: the other end, or the last sender.
fn reply_call(card: &Card<'_>, payload: Payload) -> Option<Call> {
    Some(match card.socket.protocol {
        Protocol::Tcp => Call::Send { payload },
        Protocol::Udp => Call::SendTo {
            payload,
            address: card.socket.last_sender()?,
        },
    })
}
