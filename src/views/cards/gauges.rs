//! What waits in a socket's queues, as the kernel said last, and quick replies to what was read.

use eframe::egui::{CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::model::call::{Bytes, Call, Method, Protocol};
use crate::model::lifecycle::Look;
use crate::model::payload::{Payload, upper};
use crate::model::socket::{SocketKind, Stage};
use crate::views::Action;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::fields::Fields;
use super::payload_field::size_text;
use super::{Card, controls, parse, waiting};

const CELL: f32 = 12.0;

/// The queues' lines.
pub(super) fn gauges_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    replies_ui(ui, card, fields, actions);
    if card.socket.is_closed() {
        return;
    }
    match (card.kind, card.socket.stage, card.socket.protocol) {
        (SocketKind::Listener, Stage::Listening, _) => accept_queue_ui(ui, card),
        (.., Stage::Connected | Stage::Reset, Protocol::Tcp) | (.., Protocol::Udp) => {
            receive_buffer_ui(ui, card, fields);
        }
        _ => {}
    }
    outlook_ui(ui, card);
}

/// `receive buffer 13 B`, and a cell per byte: filled are those the next recv takes.
fn receive_buffer_ui(ui: &mut Ui, card: &Card<'_>, fields: &Fields) {
    let p = theme::of(ui);
    let Some(unread) = card.socket.unread() else {
        return;
    };
    let (what, empty) = match card.socket.protocol {
        Protocol::Tcp => ("receive buffer", "0 B, empty"),
        Protocol::Udp => ("next datagram", "none has come"),
    };
    let value = if unread == 0 {
        empty.to_owned()
    } else {
        size_text(u64::from(unread))
    };
    value_line(ui, what, &value, "");
    if unread > 0 {
        let (full, dim, line) = theme::role_colors(p, card.kind);
        let taken = parse::max(&fields.max).unwrap_or(0);
        cells(ui, card.width, unread, |index| {
            if index < taken {
                (full, Stroke::NONE)
            } else {
                (dim, Stroke::new(size::LINE, line))
            }
        });
    }
    if let Some(drops) = card.drops().filter(|drops| *drops > 0) {
        let text = format!("{drops} datagrams dropped: the buffer was full");
        ui.label(Type::LabelBold.colored(text, p.err));
    }
}

/// `accept queue 0 of 6  listen(5) holds 6 here`, and a seat for each.
fn accept_queue_ui(ui: &mut Ui, card: &Card<'_>) {
    let p = theme::of(ui);
    let Some((waiting, seats)) = card.socket.accept_queue() else {
        return;
    };
    let aside = card.socket.backlog.map_or_else(String::new, |backlog| {
        format!("listen({backlog}) holds {seats} here")
    });
    value_line(ui, "accept queue", &format!("{waiting} of {seats}"), &aside);
    cells(ui, card.width, seats, |index| {
        if index < waiting {
            (p.client, Stroke::NONE)
        } else {
            (p.card, Stroke::new(size::LINE, p.ctl))
        }
    });
}

fn value_line(ui: &mut Ui, what: &str, value: &str, aside: &str) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(Type::Label.colored(what, p.text2));
        ui.label(Type::MonoBold.colored(value, p.text));
        if !aside.is_empty() {
            ui.label(Type::Label.colored(aside, p.text3));
        }
    });
}

/// A row of `count` small cells; when they do not all fit, the rest is said in a word.
fn cells(
    ui: &mut Ui,
    width: f32,
    count: u32,
    mut paint: impl FnMut(u32) -> (eframe::egui::Color32, Stroke),
) {
    const MORE: f32 = 72.0;
    let p = theme::of(ui);
    let fits = |width: f32| (width / (CELL + 2.0)) as u32;
    let shown = if count <= fits(width) {
        count
    } else {
        fits(width - MORE)
    };
    let (rect, _) = ui.allocate_exact_size(vec2(width, CELL), Sense::hover());
    for index in 0..shown {
        let left = rect.left() + index as f32 * (CELL + 2.0);
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(CELL, CELL));
        let (fill, stroke) = paint(index);
        ui.painter().rect(
            cell,
            CornerRadius::same(2),
            fill,
            stroke,
            eframe::egui::StrokeKind::Inside,
        );
    }
    if shown < count {
        let text = format!("and {}", count - shown);
        ui.painter().text(
            pos2(
                rect.left() + shown as f32 * (CELL + 2.0) + 4.0,
                rect.center().y,
            ),
            eframe::egui::Align2::LEFT_CENTER,
            text,
            Type::Edge.font(),
            p.text2,
        );
    }
}

/// One line on what the call that takes things would do, while nothing waits in it.
fn outlook_ui(ui: &mut Ui, card: &Card<'_>) {
    let method = match (card.kind, card.socket.protocol) {
        (SocketKind::Listener, _) => Method::Accept,
        (_, Protocol::Udp) => Method::RecvFrom,
        _ => Method::Recv,
    };
    let forecast = card.forecast(method);
    let p = theme::of(ui);
    let color = match forecast.look {
        Look::WillWait => p.text2,
        Look::WouldBlock(_) => p.again,
        _ => return,
    };
    if waiting::waits(card.socket) {
        return;
    }
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
        if forecast.look == Look::WillWait {
            widgets::paint_hourglass(ui.painter(), rect.center(), 11.0, p.wait);
        } else {
            widgets::paint_return_arrow(ui.painter(), rect.center(), 13.0, p.again);
        }
        let text = format!("{method}: {}", forecast.reason);
        ui.add(eframe::egui::Label::new(Type::Label.colored(text, color)).truncate());
    });
}

/// Replies to the bytes just read: in capitals, as they are, or what was sent last.
fn replies_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, actions: &mut Vec<Action>) {
    let Some(Bytes::Whole(read)) = card
        .socket
        .last_bytes
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
            address: card.socket.last_sender?,
        },
    })
}
