//! The address: the choices in plain words, and a field for any other.

use std::net::IpAddr;

use eframe::egui::text::LayoutJob;
use eframe::egui::{Button, ComboBox, TextFormat, Ui, vec2};

use crate::model::address::{loopback, unspecified};
use crate::model::call::{Family, Protocol};
use crate::model::event::Role;
use crate::views::buttons::field;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::{LocalAddress, Shown};

use super::label_ui;
use super::{NewSocketChoices, NewSocketState};

/// An address that is offered.
struct Offer {
    ip: IpAddr,
    /// In the open list.
    words: String,
    /// In the closed box, which is narrow.
    short: String,
}

/// What is offered for this role and family: loopback, everyone, and this computer's own addresses.
fn offers(choices: &NewSocketChoices, addresses: &[LocalAddress]) -> Vec<Offer> {
    let family = choices.family;
    let mut offers = vec![Offer {
        ip: loopback(family),
        words: "this computer only".to_owned(),
        short: "this computer only".to_owned(),
    }];
    if choices.role != Role::Client {
        offers.push(Offer {
            ip: unspecified(family),
            words: "everyone who can reach me".to_owned(),
            short: "everyone".to_owned(),
        });
    }
    let own = addresses
        .iter()
        .filter(|address| address.ip.is_ipv4() == (family == Family::Ipv4))
        // Without the number of its interface a link-local address names no place.
        .filter(|address| !matches!(address.ip, IpAddr::V6(ip) if ip.is_unicast_link_local()));
    offers.extend(own.map(|address| Offer {
        ip: address.ip,
        words: format!("my network, {}", address.interface),
        short: address.interface.clone(),
    }));
    offers
}

/// What the address is for, in this role.
fn title(choices: &NewSocketChoices) -> &'static str {
    match (choices.role, choices.protocol) {
        (Role::Server, Protocol::Tcp) => "Listen on",
        (Role::Server, Protocol::Udp) | (Role::Peer, _) => "Bind to",
        (Role::Client, Protocol::Tcp) => "Connect to",
        (Role::Client, Protocol::Udp) => "Send to",
    }
}

pub(super) fn address_ui(ui: &mut Ui, state: &mut NewSocketState, shown: &Shown<'_>) {
    label_ui(ui, title(&state.choices));
    combo_ui(ui, state, shown.addresses);
    if state.host_text.is_some() {
        ui.add_space(size::GAP);
        other_ui(ui, state);
    } else if state.is_reachable() {
        note_ui(ui, REACHABLE);
    }
}

const REACHABLE: &str = "Others can reach this: Sockeye asks before it binds.";

fn note_ui(ui: &mut Ui, text: &str) {
    let color = theme::of(ui).text3;
    ui.add_space(2.0);
    ui.label(Type::Edge.colored(text, color));
}

fn combo_ui(ui: &mut Ui, state: &mut NewSocketState, addresses: &[LocalAddress]) {
    let p = theme::of(ui);
    let offers = offers(&state.choices, addresses);
    let chosen = match &state.host_text {
        Some(_) => None,
        None => state.choices.host.parse::<IpAddr>().ok(),
    };
    let short = offers
        .iter()
        .find(|offer| Some(offer.ip) == chosen)
        .map(|offer| offer.short.as_str());
    let selected = match (chosen, short) {
        (Some(ip), Some(short)) => words_job(ip, short, p),
        (Some(ip), None) => words_job(ip, "another address", p),
        (None, _) => plain_job("another address …", p),
    };
    let combo = ComboBox::from_id_salt("new socket address")
        .width(ui.available_width())
        .selected_text(selected)
        .truncate()
        .show_ui(ui, |ui| {
            for offer in &offers {
                let button = Button::selectable(
                    Some(offer.ip) == chosen,
                    words_job(offer.ip, &offer.words, p),
                );
                if ui.add(button.min_size(vec2(0.0, size::CONTROL))).clicked() {
                    state.choose_host(offer.ip.to_string());
                }
            }
            let other = Button::selectable(chosen.is_none(), plain_job("another address …", p));
            if ui.add(other.min_size(vec2(0.0, size::CONTROL))).clicked() {
                state.open_host_field();
            }
        });
    combo.response.accessible_name("New socket address");
}

/// The address in mono, then the words.
fn words_job(ip: IpAddr, words: &str, p: &Palette) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mono = TextFormat::simple(Type::Mono.font(), p.text);
    job.append(&ip.to_string(), 0.0, mono);
    let quiet = TextFormat::simple(Type::Label.font(), p.text2);
    job.append(&format!(" · {words}"), 0.0, quiet);
    job
}

fn plain_job(words: &str, p: &Palette) -> LayoutJob {
    LayoutJob::single_section(
        words.to_owned(),
        TextFormat::simple(Type::Label.font(), p.text),
    )
}

/// The field for any other address, with what it stands for or what is wrong below it.
fn other_ui(ui: &mut Ui, state: &mut NewSocketState) {
    let p = theme::of(ui);
    let mut text = state.host_text.clone().unwrap_or_default();
    let hint = match state.choices.family {
        Family::Ipv4 => "192.168.1.23 or localhost",
        Family::Ipv6 => "::1 or localhost",
    };
    let wrong = state.host().is_err();
    let response = field(ui, &mut text, "New socket other address", hint, wrong)
        .on_hover_text("An IP address, or localhost. Names are not looked up.");
    if response.changed() {
        state.set_host_text(text);
    }
    if state.takes_host_focus() {
        response.request_focus();
    }
    let slot = vec2(ui.available_width(), MESSAGE_SLOT);
    ui.add_space(2.0);
    ui.allocate_ui(slot, |ui| {
        ui.set_min_size(slot);
        match state.host() {
            Err(reason) => ui.label(Type::LabelBold.colored(reason, p.err)),
            Ok(host) => {
                let reachable = state.is_reachable().then_some(REACHABLE);
                let note = [host.note, reachable].into_iter().flatten();
                let note = note.collect::<Vec<_>>().join(". ");
                ui.label(Type::Edge.colored(note, p.text3))
            }
        }
    });
}

/// Room for two lines, so that nothing below jumps while typing.
const MESSAGE_SLOT: f32 = 34.0;
