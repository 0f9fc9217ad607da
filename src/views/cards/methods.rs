//! The rows of methods, each with its fields beside it.

use eframe::egui::{Color32, Label, Response, Ui};

use crate::model::call::{Method, Protocol, ShutdownHow};
use crate::model::event::Role;
use crate::model::lifecycle::Forecast;
use crate::model::socket::{SocketKind, Stage};
use crate::views::Action;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;

use super::controls::{self, FieldLook};
use super::fields::{Field, Fields};
use super::{Card, looks, more, payload_box};

/// One thing in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Button(Method),
    Entry(Field),
    /// A word before a field.
    Word(&'static str),
    /// Which half shutdown ends.
    How,
    /// The rarer methods.
    More,
}

use Item::{Button, Entry, How, More, Word};
use Method::{Accept, Bind, Close, Connect, Listen, Recv, RecvFrom, Send, SendTo, Shutdown};

type Rows = &'static [&'static [Item]];

const LISTENER: Rows = &[
    &[Button(Bind), Entry(Field::Bind)],
    &[
        Button(Listen),
        Entry(Field::Backlog),
        Button(Accept),
        Button(Close),
    ],
    &[
        Button(Connect),
        Button(Send),
        Button(Recv),
        Button(Shutdown),
        More,
    ],
];

const CLIENT: Rows = &[
    &[Button(Connect), Entry(Field::Connect)],
    &[Button(Send), Entry(Field::Payload), Button(Close)],
    &[Button(Recv), Entry(Field::Max), Button(Shutdown), How],
    &[Button(Bind), Button(Listen), Button(Accept), More],
];

const CONNECTION: Rows = &[
    &[Button(Send), Entry(Field::Payload), Button(Close)],
    &[Button(Recv), Entry(Field::Max), Button(Shutdown), How],
    &[
        Button(Bind),
        Button(Listen),
        Button(Accept),
        Button(Connect),
        More,
    ],
];

const UDP: Rows = &[
    &[Button(Bind), Entry(Field::Bind), Button(Close), More],
    &[Button(SendTo), Entry(Field::Payload), Entry(Field::SendTo)],
    &[
        Button(RecvFrom),
        Entry(Field::Max),
        Button(Connect),
        Entry(Field::Connect),
    ],
];

/// A narrow column has no room for a payload beside an address.
const UDP_NARROW: Rows = &[
    &[Button(Bind), Entry(Field::Bind)],
    &[Button(SendTo), Entry(Field::Payload)],
    &[Word("to"), Entry(Field::SendTo)],
    &[Button(RecvFrom), Entry(Field::Max), Button(Close), More],
    &[Button(Connect), Entry(Field::Connect)],
];

/// Below this width UDP's two addresses get rows of their own, points.
const NARROW: f32 = 350.0;

/// The rows of this card.
pub(super) fn rows(card: &Card<'_>) -> Rows {
    let socket = card.socket;
    // A client that only bound its port still goes out next.
    let goes_out = socket.role == Role::Client && socket.stage != Stage::Listening;
    match card.kind {
        SocketKind::Listener if goes_out && socket.backlog.is_none() => CLIENT,
        SocketKind::Listener => LISTENER,
        SocketKind::Client => CLIENT,
        SocketKind::Connection => CONNECTION,
        SocketKind::UdpPeer if card.width < NARROW => UDP_NARROW,
        SocketKind::UdpPeer => UDP,
    }
}

/// The methods and fields that have their place in the rows.
pub(super) fn on_face(card: &Card<'_>, item: Item) -> bool {
    rows(card).iter().any(|row| row.contains(&item))
}

/// Paints the rows and, below each, what is wrong in it.
pub(super) fn rows_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    for row in rows(card) {
        row_ui(ui, card, fields, row, actions);
        for item in *row {
            if let Entry(field) = item
                && let Some(error) = fields.error(*field, &card.suggested, card.socket.family)
            {
                controls::error_line(ui, &error);
            }
        }
    }
    complaint_ui(ui, card, fields);
}

/// Why the last click made no call, as long as it holds and the field is not in sight to say it.
fn complaint_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields) {
    let Some(method) = fields.complaint else {
        return;
    };
    match fields.call(method, card.socket, &card.suggested) {
        Ok(_) => fields.complaint = None,
        Err(reason) => {
            let in_sight = Field::of(method).iter().any(|field| {
                on_face(card, Entry(*field))
                    && fields
                        .error(*field, &card.suggested, card.socket.family)
                        .is_some()
            });
            if !in_sight {
                controls::error_line(ui, &format!("{method}: {reason}"));
            }
        }
    }
}

fn row_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    row: &[Item],
    actions: &mut Vec<Action>,
) {
    let widths = widths(ui, row, card.width);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        for (item, width) in row.iter().zip(widths) {
            match item {
                Button(method) => method_ui(ui, card, fields, *method, Some(width), actions),
                Entry(field) => entry_ui(ui, card, fields, *field, width, actions),
                Word(word) => word_ui(ui, word, width),
                How => how_ui(ui, card, fields, width),
                More => more::more_ui(ui, card, fields, width, actions),
            }
        }
    });
}

/// How wide each item of a row is: fields share what buttons leave; without fields the buttons grow.
fn widths(ui: &Ui, row: &[Item], width: f32) -> Vec<f32> {
    let has_field = row.iter().any(|item| stretch(*item) > 0.0);
    // A row of buttons alone is the fullest: there the room for a sign comes from what they leave.
    let (padding, sign) = if has_field { (14.0, 10.0) } else { (8.0, 0.0) };
    let mut widths: Vec<f32> = row
        .iter()
        .map(|item| match item {
            Button(method) if can_have_sign(*method) => {
                text_width(ui, method.name()) + padding + sign
            }
            Button(method) => text_width(ui, method.name()) + padding,
            More => text_width(ui, "more") + padding,
            Word(word) => text_width(ui, word) + padding,
            How => 46.0,
            Entry(Field::Backlog) => 66.0,
            Entry(Field::Max) => 62.0,
            Entry(_) => 60.0,
        })
        .collect();
    let gaps = size::GAP * (row.len() - 1) as f32;
    let spare = width - gaps - widths.iter().sum::<f32>();
    let share = |item: &Item| if has_field { stretch(*item) } else { 1.0 };
    let shares: f32 = row.iter().map(share).sum();
    for (item, width) in row.iter().zip(&mut widths) {
        *width += spare * share(item) / shares;
    }
    widths
}

/// How much of a row's spare room a field takes.
fn stretch(item: Item) -> f32 {
    match item {
        Entry(Field::Bind | Field::Connect | Field::SendTo) => 1.0,
        Entry(Field::Payload) => 1.2,
        Entry(Field::Max | Field::Backlog) => 0.2,
        _ => 0.0,
    }
}

/// Whether the hourglass often comes and goes on a button: room is kept, so that nothing moves.
fn can_have_sign(method: Method) -> bool {
    matches!(method, Accept | Recv | RecvFrom)
}

fn text_width(ui: &Ui, text: &str) -> f32 {
    ui.painter()
        .layout_no_wrap(text.to_owned(), Type::MonoBold.font(), Color32::PLACEHOLDER)
        .size()
        .x
}

/// A method's button. A click makes the call, whatever its look.
pub(super) fn method_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    method: Method,
    width: Option<f32>,
    actions: &mut Vec<Action>,
) {
    let forecast = card.forecast(method);
    let response = widgets::method_button(
        ui,
        method.name(),
        &card.name(method.name()),
        forecast.look,
        card.kind,
        width,
    );
    let clicked = response.clicked();
    describe(&response, method, forecast);
    response.on_hover_ui(|ui| {
        let call = fields
            .call(method, card.socket, &card.suggested)
            .map_or_else(|reason| reason, |call| call.python(48));
        ui.label(Type::MonoBold.text(call));
        ui.label(looks::sentence(method, forecast));
    });
    if clicked {
        card.push(fields, method, actions);
    }
}

/// The look in words, for who does not see it.
fn describe(response: &Response, method: Method, forecast: &Forecast) {
    let words = looks::sentence(method, forecast);
    response
        .ctx
        .accesskit_node_builder(response.id, |node| node.set_description(words));
}

fn entry_ui(
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
    let wrong = fields
        .error(field, &card.suggested, card.socket.family)
        .is_some();
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
        FieldLook::of(wrong, done),
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
    response.on_hover_text(words);
}

/// A whole number with its word in front.
pub(super) fn number_ui(ui: &mut Ui, card: &Card<'_>, text: &mut String, field: Field, width: f32) {
    let wrong = match field {
        Field::Backlog => super::parse::backlog(text).is_err(),
        _ => super::parse::value(text).is_err(),
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
pub(super) fn max_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    const OPENER: f32 = 20.0;
    ui.spacing_mut().item_spacing.x = 0.0;
    let wrong = super::parse::max(&fields.max).is_err();
    controls::text_field(
        ui,
        card.id("n"),
        &mut fields.max,
        card.name("n"),
        width - OPENER,
        FieldLook::of(wrong, false),
        "n",
    )
    .on_hover_text("n: at most so many bytes are taken");
    ui.spacing_mut().item_spacing.x = size::GAP;
    let opener = controls::opener(ui, "", card.name("n choices"), OPENER);
    controls::opened(&opener).show(|ui| {
        for choice in ["1", "5", "1024"] {
            if controls::quiet_button(ui, choice, card.name(&format!("n {choice}")), Some(64.0))
                .clicked()
            {
                choice.clone_into(&mut fields.max);
                ui.close();
            }
        }
    });
}

fn word_ui(ui: &mut Ui, word: &str, width: f32) {
    ui.add_sized(
        [width, size::CONTROL],
        Label::new(Type::Label.colored(word, theme::of(ui).text2)),
    );
}

fn how_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields, width: f32) {
    let word = |how| match how {
        ShutdownHow::Read => "RD",
        ShutdownHow::Write => "WR",
        ShutdownHow::Both => "RDWR",
    };
    let opener = controls::opener(ui, word(fields.how), card.name("shutdown how"), width)
        .on_hover_text(
            "Which half shutdown ends: RD reading, WR writing (the other end is told), RDWR both",
        );
    controls::opened(&opener).show(|ui| {
        for how in [ShutdownHow::Write, ShutdownHow::Read, ShutdownHow::Both] {
            let label = how.constant();
            if controls::quiet_button(ui, label, card.name(label), Some(90.0)).clicked() {
                fields.how = how;
                ui.close();
            }
        }
    });
}
