//! The payload box on a card: its text, its byte count, and behind the count how it is read.

use std::sync::Arc;

use eframe::egui::{self, Color32, Event, Key, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use crate::model::call::{Method, Protocol};
use crate::model::payload::Payload;
use crate::views::Action;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::Card;
use super::controls::{self, FieldLook};
use super::fields::Fields;
use super::payload_field::{PayloadField, Spelling, size_text};

/// Big payloads offered, to fill a buffer with: how many times `A`.
const BIG: [u32; 3] = [70_000, 1024 * 1024, 16 * 1024 * 1024];

/// The box, its byte count behind it as the button to its options.
pub(super) fn payload_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let label = label(&fields.payload);
    let options_width = options_width(ui, &label);
    ui.spacing_mut().item_spacing.x = 0.0;
    box_ui(ui, card, fields, width - options_width, actions);
    ui.spacing_mut().item_spacing.x = size::GAP;
    let opener = controls::opener(ui, &label, &card.name("payload options"), options_width)
        .on_hover_text(format!(
            "{label}: text or hex, newline at the end, long payloads"
        ));
    ui.ctx()
        .accesskit_node_builder(opener.id, |node| node.set_value(label.as_str()));
    controls::opened(&opener, |ui| options_ui(ui, card, &mut fields.payload));
}

/// The same inside something that is itself opened by a button: there the options stand open.
pub(super) fn open_payload_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            let label = label(&fields.payload);
            let label_width = options_width(ui, &label);
            box_ui(ui, card, fields, width - label_width, actions);
            ui.label(Type::Mono.text(label));
        });
        options_ui(ui, card, &mut fields.payload);
    });
}

/// The bytes' count, and how they are read where that is not plainly as text.
fn label(field: &PayloadField) -> String {
    let count = match field.payload() {
        Ok(payload) => size_text(payload.len()),
        Err(_) => "? B".to_owned(),
    };
    format!("{}{count}", signs(field))
}

/// The text, or the long payload in its place. Enter makes the card's own send.
fn box_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    width: f32,
    actions: &mut Vec<Action>,
) {
    if fields.payload.long().is_some() {
        long_ui(ui, card, &mut fields.payload, width);
    } else if short_ui(ui, card, &mut fields.payload, width) {
        let method = match card.socket.protocol {
            Protocol::Tcp => Method::Send,
            Protocol::Udp => Method::SendTo,
        };
        card.push(fields, method, actions);
    }
}

/// How the text is read, where that is not plainly as text.
fn signs(field: &PayloadField) -> String {
    let hex = if field.spelling == Spelling::Hex && field.long().is_none() {
        "hex "
    } else {
        ""
    };
    let newline = if field.newline && field.long().is_none() {
        "⏎ "
    } else {
        ""
    };
    format!("{newline}{hex}")
}

fn options_width(ui: &Ui, label: &str) -> f32 {
    ui.painter()
        .layout_no_wrap(label.to_owned(), Type::Mono.font(), Color32::PLACEHOLDER)
        .size()
        .x
        + 12.0
}

/// The text field. Returns whether Enter was pressed in it.
fn short_ui(ui: &mut Ui, card: &Card<'_>, field: &mut PayloadField, width: f32) -> bool {
    let id = card.id("payload");
    if controls::takes_key(ui, id, Key::ArrowUp) {
        field.back();
    }
    if controls::takes_key(ui, id, Key::ArrowDown) {
        field.forward();
    }
    catch_long_paste(ui, id, field);
    let error = field.payload().err();
    let response = controls::text_field(
        ui,
        id,
        &mut field.text,
        card.name("payload"),
        width,
        FieldLook::of(error.is_some(), false),
        "",
    );
    if response.changed() {
        field.edited();
    }
    let enter = controls::entered(ui, &response);
    if enter {
        response.request_focus();
    }
    let words = "Enter sends · ↑ ↓ earlier payloads";
    response.on_hover_text(error.as_deref().unwrap_or(words));
    enter
}

/// Keeps a long paste from the text widget: laying megabytes out would stop the window.
fn catch_long_paste(ui: &Ui, id: egui::Id, field: &mut PayloadField) {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return;
    }
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Paste(pasted) => field.takes_paste(pasted),
            _ => true,
        });
    });
}

/// A payload too long to edit stands as one thing, with a button that takes it away.
fn long_ui(ui: &mut Ui, card: &Card<'_>, field: &mut PayloadField, width: f32) {
    const AWAY: f32 = 26.0;
    let p = theme::of(ui);
    let text = field.long().map(long_text).unwrap_or_default();
    let (rect, response) =
        ui.allocate_exact_size(vec2(width - AWAY, size::CONTROL), Sense::hover());
    response.widget_info(|| {
        WidgetInfo::labeled(
            egui::Role::Label,
            true,
            card.name(&format!("payload: {text}")),
        )
    });
    ui.painter().rect(
        rect,
        f32::from(size::RADIUS_CONTROL),
        p.raised,
        egui::Stroke::new(size::LINE, p.hair),
        StrokeKind::Inside,
    );
    let galley = ui.painter().layout_no_wrap(text, Type::Mono.font(), p.text);
    let painter = ui.painter().with_clip_rect(rect.shrink(4.0));
    painter.galley(
        egui::pos2(rect.left() + 6.0, rect.center().y - galley.size().y / 2.0),
        galley,
        p.text,
    );
    if controls::quiet_button(ui, "×", &card.name("payload away"), Some(AWAY))
        .on_hover_text("Takes it away: what was typed stands here again")
        .clicked()
    {
        field.drop_long();
    }
}

/// `16.0 MiB of A…`
fn long_text(payload: &Payload) -> String {
    let start = match payload {
        Payload::Literal(bytes) => &bytes[..bytes.len().min(8)],
        Payload::Repeat { unit, .. } => &unit[..unit.len().min(8)],
        Payload::LetGo(_) => &[],
    };
    let start = crate::model::payload::python_literal(start, 8);
    let start = start
        .trim_start_matches("b\"")
        .trim_end_matches('"')
        .to_owned();
    format!("{} of {start}…", size_text(payload.len()))
}

fn options_ui(ui: &mut Ui, card: &Card<'_>, field: &mut PayloadField) {
    widgets::segmented(
        ui,
        &card.name("payload as"),
        &mut field.spelling,
        &[(Spelling::Text, "text"), (Spelling::Hex, "hex")],
        160.0,
    );
    let newline = widgets::switch_chip(
        ui,
        field.newline,
        "end with \\n  ⏎",
        &card.name("payload ends with newline"),
    );
    if newline.clicked() {
        field.newline = !field.newline;
    }
    ui.label(Type::Label.colored("Long ones, to fill a buffer", theme::of(ui).text2));
    ui.horizontal(|ui| {
        for times in BIG {
            let payload = Payload::Repeat {
                unit: Arc::from(b"A".as_slice()),
                times,
            };
            let label = size_text(u64::from(times));
            if controls::quiet_button(ui, &label, &card.name(&format!("payload {label}")), None)
                .clicked()
            {
                field.set_long(payload);
                ui.close();
            }
        }
    });
}
