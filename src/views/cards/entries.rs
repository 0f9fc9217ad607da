//! The fields in the rows of methods.

use eframe::egui::{Label, Ui};

use crate::model::call::{Protocol, ShutdownHow};
use crate::model::socket::Stage;
use crate::views::Action;
use crate::views::theme::{self, Type, size};

use super::controls::{self, FieldLook};
use super::fields::{Field, Fields};
use super::{Card, parse, payload_box};

/// A field in its place.
pub(super) fn entry_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    field: Field,
    width: f32,
    actions: &mut Vec<Action>,
) {
    match field {
        Field::Payload => payload_box::payload_ui(ui, card, fields, width, actions),
        Field::Max => max_ui(ui, card, fields, width),
        Field::Backlog => number_ui(ui, card, &mut fields.backlog, field, width),
        Field::Value => number_ui(ui, card, &mut fields.value, field, width),
        Field::Bind | Field::Connect | Field::SendTo => {
            endpoint_ui(ui, card, fields, field, width);
        }
    }
}

/// An address and port; what is typed holds over the suggestion.
pub(super) fn endpoint_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    field: Field,
    width: f32,
) {
    let error = fields.error(field, &card.suggested, card.socket.family);
    let done = match field {
        Field::Bind => card.socket.bound_by_call,
        Field::Connect => {
            card.socket.protocol == Protocol::Tcp && card.socket.stage == Stage::Connected
        }
        _ => false,
    };
    let mut text = fields.endpoint(field, &card.suggested).to_owned();
    let response = controls::text_field(
        ui,
        card.id(field.name()),
        &mut text,
        card.name(field.name()),
        width,
        FieldLook::of(error.is_some(), done),
        "",
    );
    if response.changed() {
        *fields.endpoint_mut(field) = Some(text);
    }
    let words = match field {
        Field::Bind => "The address this socket takes. Port 0: any free port.",
        Field::Connect => "Where connect goes: filled in with the newest listener or bound peer.",
        _ => "Where sendto sends to: filled in with the last sender or the newest bound peer.",
    };
    response.on_hover_text(error.as_deref().unwrap_or(words));
}

/// A whole number with its word in front.
pub(super) fn number_ui(ui: &mut Ui, card: &Card<'_>, text: &mut String, field: Field, width: f32) {
    let wrong = match field {
        Field::Backlog => parse::backlog(text).is_err(),
        _ => parse::value(text).is_err(),
    };
    let (prefix, words) = match field {
        Field::Backlog => (
            "backlog",
            "How many connections may wait for accept; Linux holds one more",
        ),
        _ => ("", "1 is on, 0 is off; buffers are in bytes"),
    };
    controls::text_field(
        ui,
        card.id(field.name()),
        text,
        card.name(field.name()),
        width,
        FieldLook::of(wrong, false),
        prefix,
    )
    .on_hover_text(words);
}

/// How many bytes recv asks for: 1, 5 and 1024 are offered, any other can be typed.
fn max_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    const OPENER: f32 = 20.0;
    ui.spacing_mut().item_spacing.x = 0.0;
    max_field(ui, card, fields, width - OPENER);
    ui.spacing_mut().item_spacing.x = size::GAP;
    let opener = controls::opener(ui, "", &card.name("n choices"), OPENER);
    controls::opened(&opener, |ui| {
        if max_choices(ui, card, fields) {
            ui.close();
        }
    });
}

/// The same inside something that is itself opened by a button: there the choices stand open.
pub(super) fn open_max_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    max_field(ui, card, fields, width);
    max_choices(ui, card, fields);
}

fn max_field(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    let wrong = parse::max(&fields.max).is_err();
    controls::text_field(
        ui,
        card.id("n"),
        &mut fields.max,
        card.name("n"),
        width,
        FieldLook::of(wrong, false),
        "n",
    )
    .on_hover_text("n: at most so many bytes are taken");
}

/// Returns whether one was chosen.
fn max_choices(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields) -> bool {
    let mut chosen = false;
    for choice in ["1", "5", "1024"] {
        let name = card.name(&format!("n {choice}"));
        if controls::quiet_button(ui, choice, &name, None).clicked() {
            choice.clone_into(&mut fields.max);
            chosen = true;
        }
    }
    chosen
}

/// A word before a field.
pub(super) fn word_ui(ui: &mut Ui, word: &str, width: f32) {
    ui.add_sized(
        [width, size::CONTROL],
        Label::new(Type::Label.colored(word, theme::of(ui).text2)),
    );
}

/// Which half shutdown ends.
pub(super) fn how_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    let word = |how| match how {
        ShutdownHow::Read => "RD",
        ShutdownHow::Write => "WR",
        ShutdownHow::Both => "RDWR",
    };
    let opener = controls::opener(ui, word(fields.how), &card.name("shutdown how"), width)
        .on_hover_text(
            "Which half shutdown ends: RD reading, WR writing (the other end is told), RDWR both",
        );
    controls::opened(&opener, |ui| {
        for how in [ShutdownHow::Write, ShutdownHow::Read, ShutdownHow::Both] {
            let label = how.constant();
            if controls::quiet_button(ui, label, &card.name(label), Some(90.0)).clicked() {
                fields.how = how;
                ui.close();
            }
        }
    });
}
