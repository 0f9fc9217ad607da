//! A relay in front of a socket: started on that socket's card, watched and stopped on its own.

use std::iter;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use crate::model::address::{Port, dialable, loopback};
use crate::model::call::{Family, Protocol};
use crate::model::relay::{Impairment, PerMille, RelayOrder, Relaying};
use crate::views::Action;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::controls::FieldLook;
use super::{Card, controls, parse};

/// The width of what the opener opens, points.
const POPUP: f32 = 380.0;
/// The width of a field in it, points.
const FIELD: f32 = 120.0;
/// The width of Stop, points.
const STOP: f32 = 64.0;

/// What is typed where a relay is started; empty: nothing of the kind.
#[derive(Clone, Debug)]
pub(super) struct RelayFields {
    /// `None` until typed: the port after the socket's own.
    port: Option<String>,
    delay: String,
    limit: String,
    slice: String,
    reset: String,
    lose: String,
    repeat: String,
    reorder: String,
    seed: String,
    /// Whether Start was pressed while something is wrong.
    complains: bool,
}

impl RelayFields {
    pub(super) fn new() -> Self {
        let empty = String::new;
        Self {
            port: None,
            delay: "200".to_owned(),
            limit: empty(),
            slice: empty(),
            reset: empty(),
            lose: "30".to_owned(),
            repeat: empty(),
            reorder: empty(),
            seed: "7".to_owned(),
            complains: false,
        }
    }

    /// The relay that these fields mean, or what is wrong with them.
    fn order(&self, protocol: Protocol, target: SocketAddr) -> Result<RelayOrder, String> {
        let port = self.port.clone().unwrap_or_else(|| port_after(target));
        let port = Port::parse(&port).map_err(|error| error.to_string())?;
        let is_tcp = protocol == Protocol::Tcp;
        let often = |text: &str| match text.trim() {
            "" => Ok(PerMille::default()),
            text => PerMille::from_percent(text)
                .ok_or_else(|| "how often is a percentage from 0 to 100".to_owned()),
        };
        let tcp = |text| if is_tcp { text } else { "" };
        let udp = |text| if is_tcp { "" } else { text };
        Ok(RelayOrder {
            name: "relay".into(),
            protocol,
            listen: SocketAddr::new(loopback(Family::of(&target)), port.get()),
            target,
            impairment: Impairment {
                delay: match self.delay.trim() {
                    "" => 0,
                    text => parse::delay(text)?,
                },
                limit: count(&self.limit)?.and_then(NonZeroU32::new),
                slice: count(tcp(&self.slice))?.and_then(NonZeroU32::new),
                reset_after: count(tcp(&self.reset))?.and_then(|it| NonZeroU64::new(it.into())),
                lose: often(udp(&self.lose))?,
                repeat: often(udp(&self.repeat))?,
                reorder: often(udp(&self.reorder))?,
                seed: count(udp(&self.seed))?.unwrap_or_default().into(),
            },
        })
    }
}

/// A number of bytes, or a seed; nothing where nothing is typed.
fn count(text: &str) -> Result<Option<u32>, String> {
    match text.trim() {
        "" => Ok(None),
        text => parse::count(text).map(Some),
    }
}

fn port_after(target: SocketAddr) -> String {
    target.port().checked_add(1).unwrap_or(0).to_string()
}

/// Opens what is typed for a relay that passes on to this card's socket.
pub(super) fn start_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut RelayFields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let Some(target) = card.socket.local.map(|local| dialable(&local)) else {
        return;
    };
    let protocol = card.socket.protocol;
    let opener = controls::opener(ui, "relay in front", &card.name("relay in front"), width)
        .on_hover_text("A program between clients and this socket that makes the line worse");
    controls::opened(&opener, |ui| {
        ui.set_width(POPUP);
        if !card.shown.can_call() {
            ui.disable();
        }
        ui.spacing_mut().item_spacing.y = size::GAP;
        let words = format!("Clients go to the relay's port. It passes on to {target}:");
        ui.add(Label::new(Type::LabelBold.text(&words)).wrap());
        let mut port = fields.port.clone().unwrap_or_else(|| port_after(target));
        if field_ui(ui, card, &mut port, "relay port", "its port") {
            fields.port = Some(port);
        }
        let rows: &mut [(&mut String, &str, &str)] = &mut match protocol {
            Protocol::Tcp => vec![
                (&mut fields.delay, "relay delay", "delays, ms"),
                (&mut fields.limit, "relay limit", "passes at most, bytes/s"),
                (&mut fields.slice, "relay slice", "slices, bytes"),
                (&mut fields.reset, "relay reset", "resets after, bytes"),
            ],
            Protocol::Udp => vec![
                (&mut fields.lose, "relay lose", "loses, %"),
                (&mut fields.repeat, "relay repeat", "repeats, %"),
                (&mut fields.reorder, "relay reorder", "swaps, %"),
                (&mut fields.seed, "relay seed", "seed of its plan"),
                (&mut fields.delay, "relay delay", "delays, ms"),
                (&mut fields.limit, "relay limit", "passes at most, bytes/s"),
            ],
        };
        for (text, name, label) in rows {
            field_ui(ui, card, text, name, label);
        }
        let words = match protocol {
            Protocol::Tcp => {
                "Between TCP sockets nothing is lost: bytes come late, in pieces, or not at all."
            }
            Protocol::Udp => "The same seed makes the same plan: each client can try it again.",
        };
        let color = theme::of(ui).text2;
        ui.add(Label::new(Type::Label.colored(words, color)).wrap());
        let order = fields.order(protocol, target);
        if let (Err(wrong), true) = (&order, fields.complains) {
            controls::error_line(ui, wrong);
        }
        let wide = vec2(POPUP, size::CONTROL);
        let start = widgets::primary_button(ui, "Start", Type::BodyBold, wide, None)
            .accessible_name(card.name("start relay"));
        if start.clicked() {
            fields.complains = order.is_err();
            if let Ok(order) = order {
                actions.push(Action::StartRelay(order));
                ui.close();
            }
        }
    });
}

/// A label with its field; whether something was typed.
fn field_ui(ui: &mut Ui, card: &Card<'_>, text: &mut String, name: &str, label: &str) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let color = theme::of(ui).text2;
        ui.label(Type::Label.colored(label, color));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (id, name) = (card.id(name), card.name(name));
            let field = controls::text_field(ui, id, text, name, FIELD, FieldLook::Open, "");
            changed = field.changed();
        });
    });
    changed
}

/// What the card of a relay's own socket says of it.
pub(super) fn relay_ui(ui: &mut Ui, card: &Card<'_>, relay: &Relaying, actions: &mut Vec<Action>) {
    let color = theme::of(ui).text2;
    let line = |ui: &mut Ui, words: &str| {
        ui.add(Label::new(Type::Label.colored(words, color)).wrap());
    };
    if relay.socket != Some(card.socket.id) {
        let (name, plan) = (&relay.order.name, relay.order.impairment.words());
        line(ui, &format!("relay {name}: {plan}"));
        line(ui, &relay.counted());
        return;
    }
    ui.horizontal(|ui| {
        let target = relay.order.target;
        // Where there is little room, of this computer's own addresses the port says enough.
        let whole = format!("relay to {target}");
        let port = format!("relay to :{}", target.port());
        let short = target.ip().is_loopback().then_some(port);
        let room = ui.available_width() - STOP - ui.spacing().item_spacing.x;
        let badge = iter::once(whole)
            .chain(short)
            .find(|text| widgets::badge_width(ui, text) <= room);
        widgets::badge(ui, badge.as_deref().unwrap_or("relay"), card.kind).on_hover_text(format!(
            "To {target}. It makes every call of these sockets itself."
        ));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let wide = vec2(STOP, 24.0);
            let stop = widgets::primary_button(ui, "Stop", Type::BodyBold, wide, None)
                .accessible_name(card.name("stop relay"))
                .on_hover_text("Its sockets are closed; what it holds is thrown away.");
            if stop.clicked() {
                actions.push(Action::StopRelay(relay.id));
            }
        });
    });
    if let Some(words) = relay.standing.full_words() {
        controls::error_line(ui, words);
    }
    line(ui, &relay.order.impairment.words());
    line(ui, &relay.counted());
    if let (Some(said), false) = (&relay.said, card.compact) {
        line(ui, said);
    }
}
