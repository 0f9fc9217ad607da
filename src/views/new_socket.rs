//! The New socket panel: what kind, for what, and where; then one button that calls `socket()`.
//!
//! Address and port are only what the new card's fields start with: `socket()` takes neither.

use eframe::egui::{Align, Layout, Ui, vec2};

use crate::model::address::PortChoice;
use crate::model::call::{BlockingMode, Family, Protocol};
use crate::model::event::Role;

use super::buttons::{BarButton, field, link};
use super::theme::{self, Type, size};
use super::widgets::segmented;
use super::{Action, NewSocket, Shown};

mod address;
mod choices;
mod rail;
mod ruler;

pub use choices::{NewSocketChoices, NewSocketState};
pub use rail::rail_ui;

/// The panel; it fills the width it is given.
pub fn new_socket_ui(
    ui: &mut Ui,
    state: &mut NewSocketState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.label(Type::Panel.colored("New socket", p.text));
    ui.add_space(size::GAP);
    kind_ui(ui, state);
    address::address_ui(ui, state, shown);
    ui.add_space(GROUP_GAP);
    port_ui(ui, state);
    ui.add_space(GROUP_GAP);
    socket_button_ui(
        ui,
        state,
        shown.first_step.is_some_and(|step| step <= 3),
        actions,
    );
    ui.add_space(GROUP_GAP);
}

/// Between one choice and the next.
const GROUP_GAP: f32 = 8.0;

/// A small word above a control.
fn label_ui(ui: &mut Ui, text: &str) {
    let color = theme::of(ui).text2;
    ui.label(Type::Label.colored(text, color));
}

fn kind_ui(ui: &mut Ui, state: &mut NewSocketState) {
    let width = ui.available_width();
    let half = (width - GROUP_GAP) / 2.0;
    label_ui(ui, "For");
    let roles = [
        (Role::Server, "Server"),
        (Role::Client, "Client"),
        (Role::Peer, "Peer"),
    ];
    let mut changed = segmented(ui, "For", &mut state.choices.role, &roles, width);
    ui.add_space(GROUP_GAP);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GROUP_GAP;
        ui.vertical(|ui| {
            label_ui(ui, "Protocol");
            let options = [(Protocol::Tcp, "TCP"), (Protocol::Udp, "UDP")];
            segmented(ui, "Protocol", &mut state.choices.protocol, &options, half);
        });
        ui.vertical(|ui| {
            label_ui(ui, "Family");
            let options = [(Family::Ipv4, "IPv4"), (Family::Ipv6, "IPv6")];
            changed |= segmented(ui, "Family", &mut state.choices.family, &options, half);
        });
    });
    ui.add_space(GROUP_GAP);
    label_ui(ui, "Mode");
    let modes = [
        (BlockingMode::Blocking, "Blocking"),
        (BlockingMode::NonBlocking, "Non-blocking"),
    ];
    segmented(ui, "Mode", &mut state.choices.mode, &modes, width);
    ui.add_space(GROUP_GAP);
    if changed {
        state.keep_host_offered();
    }
}

fn port_ui(ui: &mut Ui, state: &mut NewSocketState) {
    let p = theme::of(ui);
    let binds = state.choices.role != Role::Client;
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), LABEL_ROW),
        Layout::left_to_right(Align::Center),
        |ui| {
            label_ui(ui, "Port");
            if binds {
                let right = Layout::right_to_left(Align::Center);
                ui.with_layout(right, |ui| {
                    let free = link(ui, "any free port", "Use any free port");
                    let free = free.on_hover_text(
                        "Types 0: your system picks a free port when bind is called.",
                    );
                    if free.clicked() {
                        state.set_port_text("0");
                    }
                });
            }
        },
    );
    let mut text = state.port_text().into_owned();
    let checked = state.port();
    let response = field(ui, &mut text, "New socket port", "5000", checked.is_err()).on_hover_text(
        "What the new card's address starts with. Only bind can know whether the port is free.",
    );
    if response.changed() {
        state.set_port_text(&text);
    }
    if state.takes_port_focus() {
        response.request_focus();
    }
    let checked = state.port();
    let slot = vec2(ui.available_width(), MESSAGE_SLOT);
    ui.add_space(2.0);
    ui.allocate_ui(slot, |ui| {
        ui.set_min_size(slot);
        match &checked {
            Err(reason) => ui.label(Type::LabelBold.colored(reason.as_str(), p.err)),
            Ok(PortChoice::AnyFree) => ui.label(Type::Label.colored(ANY_FREE, p.text2)),
            Ok(PortChoice::Port(_)) if binds => ui.label(Type::Edge.colored(BIND_RULE, p.text3)),
            Ok(PortChoice::Port(_)) => ui.label(Type::Edge.colored(CLIENT_RULE, p.text3)),
        }
    });
    ruler::port_ruler_ui(ui, &state.port_text(), checked.is_err());
}

/// The port's label, and the way to any free port beside it.
const LABEL_ROW: f32 = 24.0;

/// Room for the rule or for what is wrong, so that nothing below jumps while typing.
const MESSAGE_SLOT: f32 = 48.0;

const ANY_FREE: &str = "0 asks for any free port: your system picks one when bind is called.";

const BIND_RULE: &str = "Sockeye uses 1025–65535; your system keeps the low ones (to 1023) for administrators (EACCES).";

const CLIENT_RULE: &str =
    "The server's port, 1025–65535. A client needs no bind: connect picks its port.";

fn socket_button_ui(
    ui: &mut Ui,
    state: &mut NewSocketState,
    is_first_steps: bool,
    actions: &mut Vec<Action>,
) {
    let wanted = state.wanted();
    // While the first steps lead the way, theirs is the one button to press.
    let button = BarButton::new("socket()")
        .font(Type::MonoBig)
        .primary(!is_first_steps && wanted.is_some())
        .sized(Some(ui.available_width()), SOCKET_BUTTON)
        .show(ui);
    let button = button.on_hover_ui(|ui| {
        ui.label(Type::Mono.text(socket_call(&state.choices)));
        ui.label("Makes the socket, nothing more. It takes neither address nor port: they are what the new card's fields start with.");
        if state.choices.mode == BlockingMode::NonBlocking {
            ui.label("Non-blocking is a second call: setblocking(False).");
        }
        if let Some(problem) = state.problem() {
            let color = theme::of(ui).err;
            ui.label(Type::LabelBold.colored(format!("First: {problem}"), color));
        }
    });
    if button.clicked() {
        match wanted {
            Some(wanted) => {
                state.rail_open = false;
                actions.push(Action::NewSocket(wanted));
            }
            None => state.focus_problem(),
        }
    }
}

/// Height of the button that makes the socket.
const SOCKET_BUTTON: f32 = size::CONTROL + 12.0;

/// The call the button makes, as Python writes it.
fn socket_call(choices: &NewSocketChoices) -> String {
    format!(
        "socket({}, {})",
        choices.family.constant(),
        choices.protocol.constant()
    )
}

impl NewSocketState {
    /// What the panel asks for; `None` while a field is wrong.
    pub fn wanted(&self) -> Option<NewSocket> {
        let host = self.host().ok()?;
        let port = self.port().ok()?;
        let choices = &self.choices;
        Some(NewSocket {
            role: choices.role,
            protocol: choices.protocol,
            family: choices.family,
            mode: choices.mode,
            host: host.ip.to_string(),
            port: port.get(),
        })
    }
}
