//! The rarer methods, with their fields, behind "more".

use eframe::egui::{Align2, Button, Sense, Ui, vec2};

use crate::model::call::{Method, SocketOption};
use crate::views::Action;
use crate::views::theme::{self, Type, size};

use super::controls;
use super::fields::{Field, Fields};
use super::methods::{self, Item};
use super::{Card, entries, payload_box};

/// The width of the methods' buttons, points.
const NAMES: f32 = 104.0;

/// The button and what it opens: every method that has no place in the rows.
pub(super) fn more_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let opener =
        controls::opener(ui, "more", &card.name("more"), width).on_hover_text("The rarer methods");
    controls::opened(&opener, |ui| {
        ui.set_width(300.0);
        if !card.shown.can_call() {
            ui.disable();
        }
        let mut had = Vec::new();
        for method in Method::ALL {
            let on_face = methods::on_face(card, Item::Button(method));
            if method != Method::Socket && !on_face {
                line_ui(ui, card, fields, method, &mut had, actions);
            }
        }
        rest_ui(ui, card, fields, &had, actions);
    });
}

/// A method, with those of its fields that have no place in the rows; `had`: the fields shown so far.
fn line_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    method: Method,
    had: &mut Vec<Field>,
    actions: &mut Vec<Action>,
) {
    ui.horizontal(|ui| {
        methods::method_ui(ui, card, fields, method, Some(NAMES), actions);
        if method == Method::SetBlocking {
            let mode = super::fields::other_mode(card.socket.mode);
            ui.label(Type::Mono.colored(mode.python(), theme::of(ui).text2));
        }
        for field in missing(card, method, had) {
            field_ui(ui, card, fields, field, actions);
            had.push(field);
        }
    });
    if method == Method::GetSockOpt {
        options_ui(ui, card, fields);
    }
}

/// The fields of a method that stand neither in the rows nor among those shown so far.
fn missing(card: &Card<'_>, method: Method, had: &[Field]) -> Vec<Field> {
    Field::of(method)
        .iter()
        .copied()
        .filter(|field| !methods::on_face(card, Item::Entry(*field)) && !had.contains(field))
        .collect()
}

/// A field whose choices stand open: a popup can't hold another.
fn field_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    field: Field,
    actions: &mut Vec<Action>,
) {
    const NUMBER: f32 = 76.0;
    const TEXT: f32 = 188.0;
    match field {
        Field::Payload => payload_box::open_payload_ui(ui, card, fields, TEXT, actions),
        Field::Max => entries::open_max_ui(ui, card, fields, NUMBER),
        Field::Backlog | Field::Value => {
            entries::entry_ui(ui, card, fields, field, NUMBER, actions);
        }
        _ => entries::entry_ui(ui, card, fields, field, TEXT, actions),
    }
}

/// Which option setsockopt and getsockopt are about.
fn options_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields) {
    ui.horizontal_wrapped(|ui| {
        for option in SocketOption::ALL {
            let selected = fields.option == option;
            let label = Type::Mono.text(option.constant());
            let response = ui
                .add(Button::selectable(selected, label))
                .accessible_name(card.name(option.constant()));
            if response.clicked() {
                fields.option = option;
            }
        }
    });
}

/// Fields of the methods in the rows that have no place there themselves.
fn rest_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    had: &[Field],
    actions: &mut Vec<Action>,
) {
    let mut had = had.to_vec();
    for method in Method::ALL {
        for field in missing(card, method, &had) {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(NAMES, size::CONTROL), Sense::hover());
                ui.painter().text(
                    rect.left_center(),
                    Align2::LEFT_CENTER,
                    format!("for {method}"),
                    Type::Label.font(),
                    theme::of(ui).text2,
                );
                field_ui(ui, card, fields, field, actions);
            });
            had.push(field);
        }
    }
}
