//! The menu behind a card's three dots.

use eframe::egui::{Popup, Role as AccessRole, Sense, Ui, WidgetInfo, vec2};

use crate::model::address::{dialable, nc_line, python_line, python_tuple};
use crate::model::call::Protocol;
use crate::model::event::Role;
use crate::model::socket::Stage;
use crate::views::theme;
use crate::views::widgets;
use crate::views::{Action, NewSocket};

use super::{Card, CardsState, controls};

/// The three dots' width, points.
pub(super) const WIDTH: f32 = 28.0;
/// Their height, points.
pub(super) const HEIGHT: f32 = 24.0;

/// The three dots and what they open.
pub(super) fn menu_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    state: &mut CardsState,
    actions: &mut Vec<Action>,
) {
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, HEIGHT), Sense::click());
    response.widget_info(|| {
        WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), card.name("menu"))
    });
    let p = theme::of(ui);
    for x in [-5.0, 0.0, 5.0] {
        let color = if response.hovered() { p.text } else { p.text2 };
        ui.painter()
            .circle_filled(rect.center() + vec2(x, 0.0), 1.6, color);
    }
    widgets::focus_ring(ui, &response, rect);
    Popup::menu(&response)
        .gap(4.0)
        .width(200.0)
        .show(|ui| items_ui(ui, card, state, actions));
}

fn items_ui(ui: &mut Ui, card: &Card<'_>, state: &mut CardsState, actions: &mut Vec<Action>) {
    let id = card.socket.id;
    if ui.button("Rename").clicked() {
        state.rename(card);
        ui.close();
    }
    let mut item = |ui: &mut Ui, label: &str, action: Action| {
        if ui.button(label).clicked() {
            actions.push(action);
            ui.close();
        }
    };
    item(ui, "One more like this", Action::OneMoreLike(id));
    for (label, text) in copies(card) {
        item(ui, label, Action::Copy(text));
    }
    ui.separator();
    item(ui, "Fold to a narrow column", Action::FoldColumn(id));
    for (label, action) in card_moves(card) {
        item(ui, label, action);
    }
    if card.socket.target.is_some() && ui.button("New socket, same target").clicked() {
        same_target(card, state, actions);
        ui.close();
    }
}

/// The keyboard's way of moving a column.
fn card_moves(card: &Card<'_>) -> impl Iterator<Item = (&'static str, Action)> {
    let id = card.socket.id;
    let place = card.place;
    let left = place
        .left
        .map(|before| ("Move left", Action::MoveColumn(id, Some(before))));
    let right = place
        .right
        .map(|_| ("Move right", Action::MoveColumn(id, place.second_right)));
    left.into_iter().chain(right)
}

/// The address others reach this socket by; a client's is where it goes.
fn copies(card: &Card<'_>) -> Vec<(&'static str, String)> {
    let socket = card.socket;
    let goes_out = socket.target.is_some() && socket.protocol == Protocol::Tcp;
    let address = if goes_out {
        socket.target
    } else {
        socket.local
    };
    let Some(address) = address.map(|address| dialable(&address)) else {
        return Vec::new();
    };
    vec![
        ("Copy as host:port", address.to_string()),
        ("Copy as Python tuple", python_tuple(&address)),
        ("Copy as nc command", nc_line(&address, socket.protocol)),
        (
            "Copy as Python line",
            python_line(&address, socket.protocol),
        ),
    ]
}

/// Whether the card is one whose socket can't be used again, so that another is wanted.
pub(super) fn wants_another(card: &Card<'_>) -> bool {
    matches!(
        card.socket.stage,
        Stage::Refused | Stage::Reset | Stage::Closed
    ) && card.socket.target.is_some()
        && card.socket.protocol == Protocol::Tcp
}

/// The visible button of such a card.
pub(super) fn another_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    state: &mut CardsState,
    actions: &mut Vec<Action>,
) {
    let name = card.name("new socket, same target");
    let button = controls::quiet_button(ui, "new socket, same target", &name, None);
    if button.clicked() {
        same_target(card, state, actions);
    }
}

/// Makes a socket of the same kind whose connect field holds the same target.
fn same_target(card: &Card<'_>, state: &mut CardsState, actions: &mut Vec<Action>) {
    let socket = card.socket;
    let Some(target) = socket.target else { return };
    state.same_target = Some(target);
    actions.push(Action::NewSocket(NewSocket {
        role: if socket.role == Role::Server {
            Role::Client
        } else {
            socket.role
        },
        protocol: socket.protocol,
        family: socket.family,
        mode: socket.mode,
        host: target.ip().to_string(),
        port: target.port(),
    }));
}
