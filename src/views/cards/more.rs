//! The rarer methods, with their fields, behind "more".

use eframe::egui::{Button, Ui};

use crate::model::call::{Method, SocketOption};
use crate::views::Action;
use crate::views::theme::{self, Type};

use super::controls;
use super::fields::{Field, Fields};
use super::methods::{self, Item};
use super::{Card, entries, payload_box};

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
    controls::opened(&opener).show(|ui| {
        ui.set_width(300.0);
        if card.shown.is_previous {
            ui.disable();
        }
        for method in Method::ALL {
            let on_face = methods::on_face(card, Item::Button(method));
            if method != Method::Socket && !on_face {
                line_ui(ui, card, fields, method, actions);
            }
        }
        fields_out_of_rows(ui, card, fields, actions);
    });
}

fn line_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    method: Method,
    actions: &mut Vec<Action>,
) {
    ui.horizontal(|ui| {
        methods::method_ui(ui, card, fields, method, Some(104.0), actions);
        match method {
            Method::SetSockOpt => {
                entries::number_ui(ui, card, &mut fields.value, Field::Value, 84.0);
            }
            Method::SetBlocking => {
                let mode = super::fields::other_mode(card.socket.mode);
                ui.label(Type::Mono.colored(mode.python(), theme::of(ui).text2));
            }
            _ => {}
        }
    });
    if method == Method::GetSockOpt {
        options_ui(ui, card, fields);
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

/// Arguments of the methods above, and of those in the rows whose fields have no place there.
fn fields_out_of_rows(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    let missing = |field| !methods::on_face(card, Item::Entry(field));
    ui.add_space(4.0);
    ui.label(Type::LabelBold.colored("Their arguments", theme::of(ui).text2));
    let labelled = |ui: &mut Ui, label: &str, add: &mut dyn FnMut(&mut Ui)| {
        ui.horizontal(|ui| {
            ui.add_sized(
                [104.0, 24.0],
                eframe::egui::Label::new(Type::Label.text(label)).halign(eframe::egui::Align::Min),
            );
            add(ui);
        });
    };
    for (field, label) in [
        (Field::Bind, "bind to"),
        (Field::Connect, "connect to"),
        (Field::SendTo, "sendto to"),
    ] {
        if missing(field) {
            labelled(ui, label, &mut |ui| {
                entries::endpoint_ui(ui, card, fields, field, 180.0);
            });
        }
    }
    if missing(Field::Backlog) {
        labelled(ui, "backlog", &mut |ui| {
            entries::number_ui(ui, card, &mut fields.backlog, Field::Backlog, 84.0);
        });
    }
    if missing(Field::Max) {
        labelled(ui, "n of recv", &mut |ui| {
            entries::max_ui(ui, card, fields, 104.0);
        });
    }
    if missing(Field::Payload) {
        labelled(ui, "payload", &mut |ui| {
            payload_box::payload_ui(ui, card, fields, 180.0, actions);
        });
    }
}
