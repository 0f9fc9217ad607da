//! Variables now: each name with its sign and what it holds.

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use crate::model::payload::{SHOWN, python_literal, visible_text};
use crate::model::socket::{Socket, SocketKind, Stage};
use crate::script::lesson::{Holds, Variable};
use crate::views::buttons::link;
use crate::views::theme::{self, Type};
use crate::views::widgets::glyph;
use crate::views::{Action, Shown};

use super::title_ui;

/// The most sockets listed of a session without a lesson.
const MOST: usize = 16;
/// The height of a row, points.
const ROW: f32 = 24.0;
/// The width of the names, points.
const NAMES: f32 = 92.0;

/// Those of a lesson.
pub(super) fn variables_ui(
    ui: &mut Ui,
    variables: &[Variable],
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    if variables.is_empty() {
        return;
    }
    title_ui(ui, "Variables now");
    for variable in variables {
        let socket = match variable.holds {
            Holds::Socket(id) => shown.recording.sockets().get(id),
            _ => None,
        };
        let kind = socket.map(Socket::kind).or(variable.kind);
        let words = match (&variable.holds, socket) {
            (_, Some(socket)) => socket_words(socket),
            (Holds::Bytes(bytes), _) => match bytes.whole() {
                Some(bytes) => python_literal(bytes, SHOWN),
                None => format!("{} bytes, no longer kept", bytes.len()),
            },
            (Holds::Address(address), _) => crate::model::address::python_tuple(address),
            (Holds::Number(number), _) => number.to_string(),
            (Holds::NotSet | Holds::Socket(_), _) => "not set yet".to_owned(),
        };
        let is_set = variable.holds != Holds::NotSet;
        row_ui(
            ui,
            &variable.name,
            kind.map(|kind| (kind, is_set)),
            &words,
            socket,
            actions,
        );
    }
}

/// The open sockets of a session.
pub(super) fn sockets_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let open = || shown.recording.sockets().open();
    if open().next().is_none() {
        return;
    }
    title_ui(ui, "Variables now");
    for socket in open().take(MOST) {
        let kind = Some((socket.kind(), true));
        row_ui(
            ui,
            &socket.name,
            kind,
            &socket_words(socket),
            Some(socket),
            actions,
        );
    }
    let more = open().count().saturating_sub(MOST);
    if more > 0 {
        let words = format!("and {more} more sockets");
        ui.label(Type::Label.colored(words, theme::of(ui).text3));
    }
}

fn row_ui(
    ui: &mut Ui,
    name: &str,
    kind: Option<(SocketKind, bool)>,
    words: &str,
    socket: Option<&Socket>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let row = vec2(ui.available_width(), ROW);
    ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let slot = vec2(NAMES, ROW);
        ui.allocate_ui_with_layout(slot, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(NAMES);
            let color = kind.map_or(p.text, |(kind, _)| theme::role_colors(p, kind).0);
            let name = visible_text(name);
            let label = Label::new(Type::Mono.colored(name.as_ref(), color));
            ui.add(label.truncate());
        });
        match kind {
            Some((kind, true)) => {
                glyph(ui, kind, 14.0);
            }
            _ => ui.add_space(20.0),
        }
        let Some(socket) = socket else {
            let color = if words == "not set yet" {
                p.text3
            } else {
                p.text
            };
            let label = Label::new(Type::Mono.colored(words, color));
            ui.add(label.truncate()).on_hover_text(words);
            return;
        };
        let choose = format!("Choose {}: {words}", socket.name);
        if link(ui, words, &choose).clicked() {
            actions.push(Action::SelectSocket(socket.id));
        }
    });
}

/// `#1, listens on :5000`.
fn socket_words(socket: &Socket) -> String {
    let port = || match socket.local {
        Some(local) => format!(":{}", local.port()),
        None => "a port".to_owned(),
    };
    let other = || match socket.peer.or(socket.target) {
        Some(other) => other.to_string(),
        None => "its peer".to_owned(),
    };
    let state = match socket.stage {
        Stage::New => "no address yet".to_owned(),
        Stage::Bound => format!("bound to {}", port()),
        Stage::Listening => format!("listens on {}", port()),
        Stage::Connecting => format!("connecting to {}", other()),
        Stage::Connected => format!("to {}", other()),
        Stage::Refused => format!("refused by {}", other()),
        Stage::Reset => format!("reset by {}", other()),
        Stage::Closed => "closed".to_owned(),
    };
    format!("{}, {state}", socket.id)
}
