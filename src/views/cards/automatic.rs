//! A server that runs by itself: started, watched and stopped on its card.

use std::net::SocketAddr;

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use crate::model::address::{dialable, nc_line, python_line};
use crate::model::automatic::{Automatic, Reply, Service};
use crate::model::call::{Family, Protocol};
use crate::model::socket::{SocketKind, Stage};
use crate::views::Action;
use crate::views::buttons;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::fields::Fields;
use super::{Card, controls, relay};

/// The width of what Start opens, points.
const POPUP: f32 = 380.0;
/// The width of Stop, points.
const STOP: f32 = 64.0;
/// A card narrower than this has Stop below the badge, points.
const NARROW: f32 = 340.0;

/// The row below the methods of a listener, or of a UDP socket with a port of its own.
pub(super) fn automatic_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    if let Some(automatic) = card.shown.automatic(card.socket.id) {
        running_ui(ui, card, automatic, actions);
        relay::start_ui(ui, card, &mut fields.relay, card.width, actions);
    } else if can_serve(card) {
        ui.horizontal(|ui| {
            let half = (card.width - ui.spacing().item_spacing.x) / 2.0;
            start_ui(ui, card, fields, half, actions);
            relay::start_ui(ui, card, &mut fields.relay, half, actions);
        });
    }
}

/// Whether a program could answer clients on this socket.
fn can_serve(card: &Card<'_>) -> bool {
    match card.kind {
        SocketKind::Listener => card.socket.stage == Stage::Listening,
        SocketKind::UdpPeer => card.socket.stage == Stage::Bound && card.socket.bound_by_call,
        SocketKind::Client | SocketKind::Connection => false,
    }
}

fn start_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let name = card.name("run by itself");
    let opener = controls::opener(ui, "run by itself", &name, width).on_hover_text(
        "An automatic program: it serves whoever connects, and makes every call itself",
    );
    controls::opened(&opener, |ui| {
        ui.set_width(POPUP);
        if !card.shown.can_call() {
            ui.disable();
        }
        ui.spacing_mut().item_spacing.y = size::GAP;
        ui.label(Type::LabelBold.text("Answer with"));
        let replies = Reply::ALL.map(|reply| (reply, reply.name()));
        let name = card.name("answers with");
        widgets::segmented(ui, &name, &mut fields.reply, &replies, POPUP);
        if card.socket.protocol == Protocol::Tcp {
            ui.label(Type::LabelBold.text("Serve its clients"));
            let services = Service::ALL.map(|service| (service, service.name()));
            let name = card.name("serves");
            widgets::segmented(ui, &name, &mut fields.service, &services, POPUP);
        }
        let words = match card.socket.protocol {
            Protocol::Tcp => fields.service.words(),
            Protocol::Udp => "One loop: recvfrom, then sendto to whoever sent.",
        };
        let color = theme::of(ui).text2;
        ui.add(Label::new(Type::Label.colored(words, color)).wrap());
        let wide = vec2(POPUP, size::CONTROL);
        let start = widgets::primary_button(ui, "Start", Type::BodyBold, wide, None)
            .accessible_name(card.name("start automatic program"));
        if start.clicked() {
            actions.push(Action::StartAutomatic(
                card.socket.id,
                fields.reply,
                fields.service,
            ));
            ui.close();
        }
    });
}

/// The badge with Stop beside it, and what a neighbour types.
fn running_ui(ui: &mut Ui, card: &Card<'_>, automatic: &Automatic, actions: &mut Vec<Action>) {
    if card.width < NARROW {
        badge_ui(ui, card, automatic);
        stop_ui(ui, card, card.width, actions);
    } else {
        ui.horizontal(|ui| {
            badge_ui(ui, card, automatic);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                stop_ui(ui, card, STOP, actions);
            });
        });
    }
    if let Some(words) = automatic.standing.full_words() {
        controls::error_line(ui, words);
    }
    if !card.compact {
        lines_ui(ui, card, actions);
    }
}

fn badge_ui(ui: &mut Ui, card: &Card<'_>, automatic: &Automatic) {
    let hover = format!(
        "{}: it makes every call of these sockets itself.",
        automatic.title()
    );
    widgets::badge(ui, &automatic.badge(), card.kind).on_hover_text(hover);
}

fn stop_ui(ui: &mut Ui, card: &Card<'_>, width: f32, actions: &mut Vec<Action>) {
    let stop = widgets::primary_button(ui, "Stop", Type::BodyBold, vec2(width, 24.0), None)
        .accessible_name(card.name("stop automatic program"))
        .on_hover_text("Ends its waits within a moment; its sockets stay open.");
    if stop.clicked() {
        actions.push(Action::StopAutomatic(card.socket.id));
    }
}

/// The lines that talk to it, each with a click that copies it.
fn lines_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let Some(address) = address_for_neighbours(card) else {
        return;
    };
    let protocol = card.socket.protocol;
    let color = theme::of(ui).text2;
    for (what, line) in [
        ("nc line", nc_line(&address, protocol)),
        ("Python line", python_line(&address, protocol)),
    ] {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = card.name(&format!("copy {what}"));
                if buttons::link(ui, "copy", &name).clicked() {
                    actions.push(Action::Copy(line.clone()));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(Type::Mono.colored(&line, color)).truncate())
                        .on_hover_text(&line);
                });
            });
        });
    }
}

/// Where others find the socket: by an address of this computer, if it is open to all of them.
fn address_for_neighbours(card: &Card<'_>) -> Option<SocketAddr> {
    let local = card.socket.local?;
    let mut addresses = card.shown.addresses.iter().map(|there| there.ip);
    let own = addresses.find(|ip| Family::of(&SocketAddr::new(*ip, 0)) == card.socket.family);
    Some(match own {
        Some(ip) if local.ip().is_unspecified() => SocketAddr::new(ip, local.port()),
        _ => dialable(&local),
    })
}
