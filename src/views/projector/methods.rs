//! In free play: the methods of the chosen socket, as large as everything else.

use eframe::egui::{Rect, Ui, UiBuilder, vec2};

use crate::model::call::{Method, SocketId};
use crate::model::lifecycle;
use crate::model::socket::{Socket, SocketKind};
use crate::views::Action;
use crate::views::cards::CardsState;
use crate::views::theme::{Large, Type};
use crate::views::widgets::method_button_large;

use super::Hall;

use Method::{Accept, Bind, Close, Connect, Listen, Recv, RecvFrom, Send, SendTo, Shutdown};

/// The methods that belong to a socket of this kind, in life-cycle order.
fn methods(socket: &Socket) -> &'static [Method] {
    match socket.kind() {
        SocketKind::Listener => &[Bind, Listen, Accept, Close],
        SocketKind::Client => &[Connect, Send, Recv, Shutdown, Close],
        SocketKind::Connection => &[Send, Recv, Shutdown, Close],
        SocketKind::UdpPeer => &[Bind, SendTo, RecvFrom, Connect, Close],
    }
}

/// The row of methods. A click makes the call with what stands on the socket's card.
pub(super) fn methods_ui(
    ui: &mut Ui,
    hall: &Hall<'_>,
    place: Rect,
    socket: SocketId,
    cards: &CardsState,
    actions: &mut Vec<Action>,
) {
    let sockets = hall.shown.recording.sockets();
    let Some(socket) = sockets.get(socket) else {
        return;
    };
    let scale = Large::Method.lines() / Type::MonoBold.font().size * hall.unit;
    let builder = UiBuilder::new().max_rect(place).id_salt("methods");
    ui.scope_builder(builder, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing = vec2(hall.px(14.0), 0.0);
            for method in methods(socket) {
                let forecast = lifecycle::forecast(socket, *method, sockets);
                let name = format!("{} {method}", socket.name);
                let button = method_button_large(
                    ui,
                    method.name(),
                    &name,
                    forecast.look,
                    socket.kind(),
                    scale,
                );
                if button.clicked()
                    && let Some(call) = cards.call_for(socket.id, *method, hall.shown.recording)
                {
                    actions.push(Action::Call(socket.id, call));
                }
            }
            if let Some(pending) = socket.waiting.first() {
                let name = format!("Stop waiting {} {}", socket.name, pending.method);
                let look = lifecycle::Look::Allowed;
                let kind = socket.kind();
                let stop = method_button_large(ui, "Stop waiting", &name, look, kind, scale);
                if stop.clicked() {
                    actions.push(Action::StopWaiting(pending.id));
                }
            }
        });
    });
}
