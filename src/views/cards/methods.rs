//! The rows of methods, each with its fields beside it.

use eframe::egui::{Color32, Response, Ui};

use crate::model::call::Method;
use crate::model::event::Role;
use crate::model::lifecycle::Forecast;
use crate::model::socket::{SocketKind, Stage};
use crate::views::Action;
use crate::views::theme::{Type, size};
use crate::views::widgets;

use super::controls;
use super::fields::{Field, Fields};
use super::{Card, entries, looks, more};

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

/// Paints the rows. What is wrong in them stands below the whole card: nothing moves under the pointer.
pub(super) fn rows_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    fields: &mut Fields,
    actions: &mut Vec<Action>,
) {
    for row in rows(card) {
        row_ui(ui, card, fields, row, actions);
    }
}

/// What is wrong in the rows' fields, a line each.
pub(super) fn errors_ui(ui: &mut Ui, card: &Card<'_>, fields: &mut Fields) {
    for item in rows(card).iter().flat_map(|row| row.iter()) {
        if let Entry(field) = item
            && let Some(error) = fields.error(*field, &card.suggested, card.socket.family)
        {
            controls::error_line(ui, &format!("{}: {error}", field.name()));
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
                Entry(field) => entries::entry_ui(ui, card, fields, *field, width, actions),
                Word(word) => entries::word_ui(ui, word, width),
                How => entries::how_ui(ui, card, fields, width),
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
    let mut each: Vec<f32> = row
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
    let spare = width - gaps - each.iter().sum::<f32>();
    let part = |item: &Item| if has_field { stretch(*item) } else { 1.0 };
    let shares: f32 = row.iter().map(part).sum();
    for (item, own) in row.iter().zip(&mut each) {
        *own += spare * part(item) / shares;
    }
    each
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
