//! The card of a socket: its state, its methods with their fields, its waits and its queues.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use eframe::egui::text_edit::TextEditState;
use eframe::egui::util::IdTypeMap;
use eframe::egui::{self, CornerRadius, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::model::call::{Call, Method, SocketId};
use crate::model::errno::Errno;
use crate::model::lifecycle::{self, Forecast};
use crate::model::recording::Recording;
use crate::model::socket::{Socket, SocketKind};

use super::theme::{self, size};
use super::{Action, Shown};

mod automatic;
mod controls;
mod entries;
mod fields;
mod gauges;
mod head;
mod looks;
mod menu;
mod methods;
mod more;
mod next;
mod parse;
mod payload_box;
mod payload_field;
mod relay;
mod replies;
mod waiting;

use fields::{Fields, Suggested};

/// What new cards' fields start with; kept between runs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CardsChoices {
    /// The payload, as text.
    pub payload: String,
    /// How many bytes recv and recvfrom ask for, as typed.
    pub max: String,
    /// The argument of listen, as typed.
    pub backlog: String,
}

impl CardsChoices {
    /// The n that a new card starts with: a settings file may hold anything, and an n of 0 takes nothing for ever.
    fn start_max(&self) -> String {
        match parse::max(&self.max) {
            Ok(1..) => self.max.clone(),
            _ => START_MAX.to_string(),
        }
    }
}

/// How many bytes receives ask for until something else is typed.
const START_MAX: u32 = 1024;

impl Default for CardsChoices {
    fn default() -> Self {
        Self {
            payload: "hello sockets".to_owned(),
            max: START_MAX.to_string(),
            backlog: "5".to_owned(),
        }
    }
}

/// What the cards remember between frames.
#[derive(Debug, Default)]
pub struct CardsState {
    /// What new cards' fields start with.
    pub choices: CardsChoices,
    fields: BTreeMap<SocketId, Fields>,
    /// The addresses that binds were refused, by socket.
    refused: BTreeMap<SocketId, Vec<(SocketAddr, Errno)>>,
    renaming: Option<Renaming>,
    /// The target of a "new socket, same target" that has not been born yet.
    same_target: Option<SocketAddr>,
    /// The socket of the session's first card.
    first: Option<SocketId>,
}

/// A name being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Renaming {
    socket: SocketId,
    text: String,
    /// Whether the field still has to be given the keyboard.
    fresh: bool,
}

impl CardsState {
    /// Says what the fields of a new socket's card start with: the New socket panel's host and port.
    pub fn prepare(&mut self, socket: SocketId, host: &str, port: u16) {
        let mut fields = Fields::new(&self.choices);
        fields.start = Some((host.to_owned(), port));
        let start = fields::endpoint_text(host, port);
        if self.same_target.take().map(|target| target.to_string()) == Some(start.clone()) {
            fields.connect = Some(start);
        }
        self.fields.insert(socket, fields);
    }

    /// Forgets what was typed on the cards of sockets: a new session begins.
    pub fn new_session(&mut self) {
        self.fields.clear();
        self.refused.clear();
        self.renaming = None;
        self.same_target = None;
        self.first = None;
    }

    /// What tells a socket's card from the session's others. egui never forgets the widgets that it has seen: so those of
    /// the next session are the same ones again.
    fn number(&mut self, ui: &Ui, socket: SocketId) -> u32 {
        let first = *self.first.get_or_insert_with(|| {
            // A field knows what could be undone in it: words of another session.
            ui.data_mut(IdTypeMap::remove_by_type::<TextEditState>);
            socket
        });
        socket.0.wrapping_sub(first.0)
    }

    /// The call that a click on a method of this socket's card would make; `None` while a field of it is wrong.
    pub fn call_for(
        &self,
        socket: SocketId,
        method: Method,
        recording: &Recording,
    ) -> Option<Call> {
        let sockets = recording.sockets();
        let socket = sockets.get(socket)?;
        let fresh = Fields::new(&self.choices);
        let fields = self.fields.get(&socket.id).unwrap_or(&fresh);
        let suggested = Suggested::of(socket, fields.start.as_ref(), sockets);
        fields.call(method, socket, &suggested).ok()
    }
}

impl CardsState {
    /// Makes the call that a click on a method of this socket's card makes, or has the card say what is wrong.
    pub(super) fn press(
        &mut self,
        socket: SocketId,
        method: Method,
        recording: &Recording,
        actions: &mut Vec<Action>,
    ) {
        let sockets = recording.sockets();
        let Some(socket) = sockets.get(socket) else {
            return;
        };
        let fresh = || Fields::new(&self.choices);
        let fields = self.fields.entry(socket.id).or_insert_with(fresh);
        let suggested = Suggested::of(socket, fields.start.as_ref(), sockets);
        actions.extend(
            fields
                .press(method, socket, &suggested)
                .map(|call| Action::Call(socket.id, call)),
        );
    }
}

/// Where a column stands among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The column to the left.
    pub left: Option<SocketId>,
    /// The column to the right.
    pub right: Option<SocketId>,
    /// The column right of that.
    pub second_right: Option<SocketId>,
}

/// Everything a part of a card needs to know.
struct Card<'a> {
    socket: &'a Socket,
    /// See `CardsState::number`.
    number: u32,
    shown: &'a Shown<'a>,
    suggested: Suggested,
    forecasts: Vec<(Method, Forecast)>,
    kind: SocketKind,
    place: Place,
    /// The width inside the padding, points.
    width: f32,
    /// Whether the window is too low for everything.
    compact: bool,
    letter: Option<char>,
}

impl Card<'_> {
    /// The accessible name of a part: the socket's name comes first.
    fn name(&self, part: &str) -> String {
        format!("{} {part}", self.socket.name)
    }

    /// An id that stays the part's own wherever the card stands.
    fn id(&self, part: &str) -> egui::Id {
        egui::Id::unique(("card", self.number, part))
    }

    /// What a method would do now.
    fn forecast(&self, method: Method) -> &Forecast {
        // The forecasts come in the order of the methods, all of them.
        &self.forecasts[method as usize].1
    }

    /// Pushes a method's call, or says what is wrong with its fields.
    fn push(&self, fields: &mut Fields, method: Method, actions: &mut Vec<Action>) {
        if let Some(call) = fields.press(method, self.socket, &self.suggested) {
            self.make(call, actions);
        }
    }

    /// Pushes a call.
    fn make(&self, call: Call, actions: &mut Vec<Action>) {
        actions.push(Action::Call(self.socket.id, call));
    }
}

/// The height of a card with nothing unusual on it, points.
pub(super) fn usual_height(compact: bool, slim: bool) -> f32 {
    match (slim, compact) {
        (true, _) => 152.0,
        (false, true) => 272.0,
        (false, false) => 312.0,
    }
}

/// Whether cards only show what is, and leave the methods to the lesson that makes the calls.
pub(super) fn are_slim(shown: &Shown<'_>) -> bool {
    shown.lesson.is_some()
}

/// Where a card is painted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Its ground; what does not fit goes on below.
    pub rect: Rect,
    /// Its neighbours.
    pub place: Place,
    /// Whether the window is too low for everything.
    pub compact: bool,
    /// What it is called where its calls are compared with another's.
    pub letter: Option<char>,
}

/// Paints a card. Returns the height it needed, and the title, by which it can be dragged.
pub(super) fn card_ui(
    ui: &mut Ui,
    spot: Spot,
    state: &mut CardsState,
    socket: &Socket,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> (f32, egui::Response) {
    let rect = spot.rect;
    let mut fields = state
        .fields
        .remove(&socket.id)
        .unwrap_or_else(|| Fields::new(&state.choices));
    let before = fields.choices();
    let card = Card {
        socket,
        number: state.number(ui, socket.id),
        shown,
        suggested: Suggested::of(socket, fields.start.as_ref(), shown.recording.sockets()),
        forecasts: lifecycle::forecasts(socket, shown.recording.sockets()),
        kind: socket.kind(),
        place: spot.place,
        width: rect.width() - 2.0 * size::PADDING,
        compact: spot.compact,
        letter: spot.letter,
    };
    ground(ui, &card, rect, actions);
    let inner = Rect::from_min_max(
        rect.min + vec2(size::PADDING, size::STRIP + 6.0),
        rect.max - vec2(size::PADDING, 0.0),
    );
    let builder = egui::UiBuilder::new()
        .max_rect(inner)
        .id_salt(("card", card.number));
    let inside = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing = vec2(size::GAP, size::GAP);
        // Lines of words need no more than their own height.
        ui.spacing_mut().interact_size.y = 18.0;
        if !shown.can_call() {
            // Nothing can be pressed, but what it was is there to be read.
            ui.visuals_mut().disabled_alpha = theme::READ_ONLY;
            ui.disable();
        }
        let title = head::head_ui(ui, &card, state, actions);
        let relay = shown.relay(socket.id);
        if let Some(relay) = relay {
            relay::relay_ui(ui, &card, relay, actions);
        }
        // A relay makes its calls itself: by hand they would only be in its way.
        let slim = relay.is_some() || are_slim(shown);
        if !slim {
            methods::rows_ui(ui, &card, &mut fields, actions);
        }
        waiting::waiting_ui(ui, &card, &mut fields, actions);
        if !slim {
            automatic::automatic_ui(ui, &card, &mut fields, actions);
        }
        if !slim && menu::wants_another(&card) {
            menu::another_ui(ui, &card, state, actions);
        }
        if !slim {
            replies::replies_ui(ui, &card, &mut fields, actions);
        }
        gauges::gauges_ui(ui, &card, &fields);
        if !slim {
            methods::errors_ui(ui, &card, &mut fields);
        }
        (ui.min_rect().height() + size::STRIP + 14.0, title)
    });
    remember(&mut state.choices, &before, fields.choices());
    state.fields.insert(socket.id, fields);
    inside.inner
}

/// What was typed last, on any card, is what new cards start with.
fn remember(choices: &mut CardsChoices, before: &CardsChoices, after: CardsChoices) {
    if after.payload != before.payload {
        choices.payload = after.payload;
    }
    if after.max != before.max && matches!(parse::max(&after.max), Ok(1..)) {
        choices.max = after.max;
    }
    if after.backlog != before.backlog && parse::backlog(&after.backlog).is_ok() {
        choices.backlog = after.backlog;
    }
}

/// The card itself: ground, role strip, outline when selected. A click on it chooses the socket.
fn ground(ui: &mut Ui, card: &Card<'_>, rect: Rect, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let (full, _, line) = theme::role_colors(p, card.kind);
    let selected = card.shown.selected == Some(card.socket.id);
    let response = ui.interact(rect, card.id("ground"), Sense::CLICK);
    response
        .widget_info(|| WidgetInfo::selected(egui::Role::Group, true, selected, card.name("card")));
    if response.clicked() {
        actions.push(Action::SelectSocket(card.socket.id));
    }
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect_filled(rect, radius, p.card);
    let stroke = if selected {
        Stroke::new(size::LINE_STRONG, full)
    } else {
        Stroke::new(size::LINE, p.hair)
    };
    let kind = if selected {
        StrokeKind::Outside
    } else {
        StrokeKind::Inside
    };
    ui.painter().rect_stroke(rect, radius, stroke, kind);
    let color = if card.socket.is_closed() { line } else { full };
    paint_strip(ui, rect, color);
}

/// The role's strip along the top, following the card's corners.
pub(super) fn paint_strip(ui: &Ui, rect: Rect, color: egui::Color32) {
    let strip = Rect::from_min_size(rect.min, vec2(rect.width(), size::STRIP));
    ui.painter()
        .with_clip_rect(strip.intersect(ui.clip_rect()))
        .rect_filled(rect, CornerRadius::same(size::RADIUS_CARD), color);
}
