//! The top of a card: who it is, its protocol, mode and state, its addresses.

use std::net::SocketAddr;

use eframe::egui::{
    self, Align2, Key, Label, Rect, Response, Role as AccessRole, Sense, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::call::{BlockingMode, Call, Protocol};
use crate::model::lifecycle;
use crate::model::socket::{SocketKind, Stage};
use crate::views::Action;
use crate::views::theme::{self, Type};
use crate::views::widgets;

use super::controls::{self, FieldLook};
use super::{Card, CardsState, Renaming, fields, menu};

/// Title, chips and addresses. Returns the title, by which the column can be dragged.
pub(super) fn head_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    state: &mut CardsState,
    actions: &mut Vec<Action>,
) -> Response {
    let title = ui
        .horizontal(|ui| {
            let title = title_ui(ui, card, state, actions);
            menu::menu_ui(ui, card, state, actions);
            title
        })
        .inner;
    rename_error_ui(ui, card, state);
    ui.horizontal(|ui| chips_ui(ui, card, actions));
    if card.compact {
        return title.on_hover_text(address_line(card));
    }
    let line = address_line(card);
    ui.add(Label::new(Type::Mono.text(&line)).truncate());
    title
}

/// Glyph, number, name and word. A click chooses the socket, a drag moves its column.
fn title_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    state: &mut CardsState,
    actions: &mut Vec<Action>,
) -> Response {
    let width = card.width - menu::WIDTH - ui.spacing().item_spacing.x;
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, menu::HEIGHT), Sense::click_and_drag());
    let p = theme::of(ui);
    let (full, ..) = theme::role_colors(p, card.kind);
    let start = match card.letter {
        Some(letter) => letter_ui(ui, card, letter, rect),
        None => rect.left(),
    };
    let center = pos2(start + 8.0, rect.center().y);
    widgets::paint_glyph(ui.painter(), center, 16.0, card.kind, full);
    let number = card.socket.id.to_string();
    let at = |x: f32| pos2(x, rect.center().y);
    let painter = ui.painter().with_clip_rect(rect);
    let number_rect = painter.text(
        at(start + 22.0),
        Align2::LEFT_CENTER,
        number,
        Type::CodeBold.font(),
        p.text,
    );
    let left = number_rect.right() + 7.0;
    if state.is_renaming(card.socket.id) {
        let field = Rect::from_min_max(pos2(left, rect.top() - 2.0), rect.max + vec2(0.0, 2.0));
        rename_ui(ui, card, field, state, actions);
        return response;
    }
    response.widget_info(|| {
        let selected = card.shown.selected == Some(card.socket.id);
        WidgetInfo::selected(
            AccessRole::Button,
            ui.is_enabled(),
            selected,
            card.name("title"),
        )
    });
    let name_rect = painter.text(
        at(left),
        Align2::LEFT_CENTER,
        &card.socket.name,
        Type::CodeBold.font(),
        p.text,
    );
    painter.text(
        at(name_rect.right() + 8.0),
        Align2::LEFT_CENTER,
        word(card),
        Type::Label.font(),
        p.text2,
    );
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() {
        actions.push(Action::SelectSocket(card.socket.id));
    }
    response.on_hover_cursor(egui::CursorIcon::Grab)
}

/// The letter by which captions call the socket while its calls are compared with another's. Returns where it ends,
/// points.
fn letter_ui(ui: &Ui, card: &Card<'_>, letter: char, title: Rect) -> f32 {
    let p = theme::of(ui);
    let side = menu::HEIGHT - 2.0;
    let top = title.center().y - side / 2.0;
    let plate = Rect::from_min_size(pos2(title.left(), top), vec2(side, side));
    let radius = egui::CornerRadius::same(theme::size::RADIUS_BOX);
    ui.painter().rect_filled(plate, radius, p.ink);
    ui.painter().text(
        plate.center(),
        Align2::CENTER_CENTER,
        letter,
        Type::CodeBold.font(),
        p.onink,
    );
    let response = ui.interact(plate, card.id("letter"), Sense::HOVER);
    response.widget_info(|| {
        let name = format!("{} is {letter}", card.socket.name);
        WidgetInfo::labeled(AccessRole::Label, true, name)
    });
    plate.right() + 8.0
}

/// The word behind the name; an accepted socket says by which listener.
fn word(card: &Card<'_>) -> String {
    match card.socket.parent {
        Some(parent) => format!("accepted by {parent}"),
        None => card.socket.word().to_owned(),
    }
}

/// The name while it is typed: Enter takes it, Esc or a click elsewhere leaves it.
fn rename_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    rect: Rect,
    state: &mut CardsState,
    actions: &mut Vec<Action>,
) {
    let Some(renaming) = &mut state.renaming else {
        return;
    };
    let wrong = name_error(&renaming.text).is_some();
    let response = ui
        .scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
            controls::text_field(
                ui,
                card.id("rename"),
                &mut renaming.text,
                card.name("new name"),
                rect.width(),
                FieldLook::of(wrong, false),
                "",
            )
        })
        .inner;
    if std::mem::take(&mut renaming.fresh) {
        response.request_focus();
        return;
    }
    if controls::entered(ui, &response) && wrong {
        response.request_focus();
    } else if controls::entered(ui, &response) {
        actions.push(Action::Rename(card.socket.id, renaming.text.clone()));
        state.renaming = None;
    } else if response.lost_focus() || ui.input(|input| input.key_pressed(Key::Escape)) {
        state.renaming = None;
    }
}

fn rename_error_ui(ui: &mut Ui, card: &Card<'_>, state: &CardsState) {
    if let Some(renaming) = &state.renaming
        && renaming.socket == card.socket.id
        && let Some(error) = name_error(&renaming.text)
    {
        controls::error_line(ui, error);
    }
}

impl CardsState {
    /// Starts the typing of a socket's new name.
    pub(super) fn rename(&mut self, card: &Card<'_>) {
        self.renaming = Some(Renaming {
            socket: card.socket.id,
            text: card.socket.name.clone(),
            fresh: true,
        });
    }

    fn is_renaming(&self, socket: crate::model::call::SocketId) -> bool {
        self.renaming
            .as_ref()
            .is_some_and(|renaming| renaming.socket == socket)
    }
}

/// What keeps a text from being a Python name.
fn name_error(text: &str) -> Option<&'static str> {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ];
    let starts_well = text
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !starts_well || !plain {
        Some("a name is letters, digits and _, and starts with a letter")
    } else if text.len() > 24 {
        Some("a name has at most 24 letters here")
    } else if KEYWORDS.contains(&text) {
        Some("Python keeps this word for itself: choose another")
    } else {
        None
    }
}

fn chips_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    let badge = lifecycle::badge(card.socket);
    let non_blocking = card.socket.mode == BlockingMode::NonBlocking;
    let label = if non_blocking {
        "Non-blocking"
    } else {
        "Blocking"
    };
    let start = ui.cursor().left();
    let width = |text: &str, font: Type, padding: f32| {
        ui.painter()
            .layout_no_wrap(text.to_owned(), font.font(), p.text)
            .size()
            .x
            + padding
    };
    let badge_width = width(&badge, Type::MonoEdgeBold, 14.0);
    let protocol = card.socket.protocol.name();
    let all = width(protocol, Type::Label, 14.0) + width(label, Type::Body, 46.0) + badge_width;
    // Where a long state needs the room, the protocol goes: the word in the title and the methods say it too.
    if all + 2.0 * ui.spacing().item_spacing.x <= card.width {
        widgets::chip(ui, protocol);
    }
    let switch = widgets::switch_chip(ui, non_blocking, label, &card.name("non-blocking"))
        .on_hover_text(
            "A click really calls setblocking: a blocking call waits, a non-blocking one gets EAGAIN.",
        );
    if switch.clicked() {
        let mode = fields::other_mode(card.socket.mode);
        card.make(Call::SetBlocking { mode }, actions);
    }
    ui.add_space((start + card.width - badge_width - ui.cursor().left()).max(0.0));
    let state = lifecycle::rfc_state(card.socket).map_or_else(
        || "UDP knows no connection states.".to_owned(),
        |state| format!("To TCP it is {} (RFC 9293).", state.name()),
    );
    widgets::badge(ui, &badge, card.kind).on_hover_text(state);
}

/// `127.0.0.1:5000 → 127.0.0.1:51724`
fn address_line(card: &Card<'_>) -> String {
    let socket = card.socket;
    let text = |address: Option<SocketAddr>| {
        address.map_or_else(|| "?".to_owned(), |address| address.to_string())
    };
    let local = match socket.local {
        // Of this computer's own addresses the port is what tells sockets apart.
        Some(local) if super::are_slim(card.shown) && local.ip().is_loopback() => {
            format!(":{}", local.port())
        }
        local => text(local),
    };
    match (socket.stage, card.kind, socket.peer) {
        (Stage::Refused, ..) => format!("refused by {}", text(socket.target)),
        (Stage::Connecting, ..) => format!("{local} → {} …", text(socket.target)),
        (_, SocketKind::Listener, _) if socket.stage == Stage::Listening => {
            format!("{local} ← any client")
        }
        (.., Some(peer)) => format!("{local} → {peer}"),
        (_, SocketKind::UdpPeer, _) if socket.bound_by_call => format!("{local} ← anyone"),
        (_, SocketKind::UdpPeer, _) if socket.local.is_some() => {
            format!("{local} chosen by the first sendto")
        }
        _ if socket.local.is_some() => local,
        _ if socket.is_closed() => "closed before it had an address".to_owned(),
        _ if socket.protocol == Protocol::Tcp && socket.target.is_some() => local,
        _ => "no address yet: socket() takes none".to_owned(),
    }
}
