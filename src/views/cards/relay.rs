//! A relay in front of a socket: started on that socket's card, watched and stopped on its own.

use std::iter;
use std::net::SocketAddr;

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use crate::model::address::{Port, dialable, loopback};
use crate::model::call::{Family, Protocol};
use crate::model::relay::{Impairment, RelayOrder, Relaying};
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

const PORT: &str = "relay port";
const DELAY: &str = "relay delay";
const LIMIT: &str = "relay limit";
const SLICE: &str = "relay slice";
const RESET: &str = "relay reset";
const LOSE: &str = "relay lose";
const REPEAT: &str = "relay repeat";
const REORDER: &str = "relay reorder";
const SEED: &str = "relay seed";

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
    fn order(&self, protocol: Protocol, target: SocketAddr) -> Result<RelayOrder, Wrong> {
        let port = self.port.clone().unwrap_or_else(|| port_after(target));
        let port = Port::parse(&port).map_err(|error| Wrong {
            field: PORT,
            why: error.to_string(),
        })?;
        let is_tcp = protocol == Protocol::Tcp;
        let tcp = |text| if is_tcp { text } else { "" };
        let udp = |text| if is_tcp { "" } else { text };
        Ok(RelayOrder {
            name: "relay".into(),
            protocol,
            listen: SocketAddr::new(loopback(Family::of(&target)), port.get()),
            target,
            impairment: Impairment {
                delay: typed(DELAY, &self.delay, parse::delay)?.unwrap_or_default(),
                limit: typed(LIMIT, &self.limit, parse::bytes)?,
                slice: typed(SLICE, tcp(&self.slice), parse::bytes)?,
                reset_after: typed(RESET, tcp(&self.reset), parse::bytes)?.map(Into::into),
                lose: typed(LOSE, udp(&self.lose), parse::often)?.unwrap_or_default(),
                repeat: typed(REPEAT, udp(&self.repeat), parse::often)?.unwrap_or_default(),
                reorder: typed(REORDER, udp(&self.reorder), parse::often)?.unwrap_or_default(),
                seed: typed(SEED, udp(&self.seed), parse::seed)?
                    .unwrap_or_default()
                    .into(),
            },
        })
    }
}

/// A field that holds what it must not, by its name, and what it is to hold.
struct Wrong {
    field: &'static str,
    why: String,
}

/// What stands in that field; `None` where nothing does.
fn typed<T>(
    field: &'static str,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Wrong> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    read(text).map(Some).map_err(|why| Wrong { field, why })
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
        let wrong = fields.order(protocol, target).err();
        let wrong = wrong.filter(|_| fields.complains);
        let look = |field| FieldLook::of(wrong.as_ref().is_some_and(|it| it.field == field), false);
        if field_ui(ui, card, &mut port, (PORT, "its port"), look(PORT)) {
            fields.port = Some(port);
        }
        let rows: &mut [(&mut String, &'static str, &str)] = &mut match protocol {
            Protocol::Tcp => vec![
                (&mut fields.delay, DELAY, "delays, ms"),
                (&mut fields.limit, LIMIT, "passes at most, bytes/s"),
                (&mut fields.slice, SLICE, "slices, bytes"),
                (&mut fields.reset, RESET, "resets after, bytes"),
            ],
            Protocol::Udp => vec![
                (&mut fields.lose, LOSE, "loses, %"),
                (&mut fields.repeat, REPEAT, "repeats, %"),
                (&mut fields.reorder, REORDER, "swaps, %"),
                (&mut fields.seed, SEED, "seed of its plan"),
                (&mut fields.delay, DELAY, "delays, ms"),
                (&mut fields.limit, LIMIT, "passes at most, bytes/s"),
            ],
        };
        for (text, name, label) in rows {
            field_ui(ui, card, text, (*name, *label), look(*name));
        }
        let words = match protocol {
            Protocol::Tcp => {
                "Between TCP sockets nothing is lost: bytes come late, in pieces, or not at all."
            }
            Protocol::Udp => "The same seed makes the same plan: each client can try it again.",
        };
        let color = theme::of(ui).text2;
        ui.add(Label::new(Type::Label.colored(words, color)).wrap());
        if let Some(wrong) = &wrong {
            controls::error_line(ui, &wrong.why);
        }
        let wide = vec2(POPUP, size::CONTROL);
        let start = widgets::primary_button(ui, "Start", Type::BodyBold, wide, None)
            .accessible_name(card.name("start relay"));
        if start.clicked() {
            let order = fields.order(protocol, target);
            fields.complains = order.is_err();
            if let Ok(order) = order {
                actions.push(Action::StartRelay(order));
                ui.close();
            }
        }
    });
}

/// A label with its field; whether something was typed.
fn field_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    text: &mut String,
    (name, label): (&str, &str),
    look: FieldLook,
) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let color = theme::of(ui).text2;
        ui.label(Type::Label.colored(label, color));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (id, name) = (card.id(name), card.name(name));
            let field = controls::text_field(ui, id, text, name, FIELD, look, "");
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
        line(ui, &format!("{name}: {plan}"));
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
