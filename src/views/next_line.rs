//! The Next line: the one thing to do now, and why.

use eframe::egui::{Align, Label, Layout, Ui, vec2};

use crate::model::call::Call;

use super::theme::{self, Type};
use super::widgets::{glyph, primary_button};
use super::{Action, Next, NoCalls, Shown};

/// The bar; 36 high.
pub fn next_line_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if shown.moment().is_some() {
            ui.label(Type::Panel.colored(NoCalls::Past.why(), p.text));
            let way = "Nothing can be called here: go back to now.";
            ui.add(Label::new(Type::Body.colored(way, p.text2)).truncate());
            return;
        }
        ui.label(Type::Panel.colored("Next:", p.text));
        let (statement, why, does) = words(shown);
        if let Next::Call { socket, .. } = shown.next
            && let Some(socket) = shown.recording.sockets().get(*socket)
        {
            glyph(ui, socket.kind(), 16.0);
        }
        let statement_width = statement_width(ui, &statement);
        if statement_width > 0.0 {
            let text = Type::CodeBold.colored(statement.as_str(), p.text);
            ui.add_sized(
                vec2(statement_width, 20.0),
                Label::new(text).truncate().halign(Align::LEFT),
            );
        }
        if !does {
            ui.add(Label::new(Type::Body.colored(why, p.text2)).truncate());
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = primary_button(
                ui,
                "Do it",
                Type::BodyBold,
                vec2(DO_IT_WIDTH, 26.0),
                Some("Ctrl+Enter"),
            );
            if button
                .on_hover_text("Does what the line says: one click.")
                .clicked()
            {
                actions.push(Action::DoNext);
            }
            ui.add(Label::new(Type::Body.colored(why, p.text2)).truncate());
        });
    });
}

const DO_IT_WIDTH: f32 = 148.0;

/// The statement may take what the button leaves, but never pushes it out of the window.
fn statement_width(ui: &Ui, statement: &str) -> f32 {
    if statement.is_empty() {
        return 0.0;
    }
    let galley = ui.painter().layout_no_wrap(
        statement.to_owned(),
        Type::CodeBold.font(),
        theme::of(ui).text,
    );
    let room = ui.available_width() - DO_IT_WIDTH - 24.0;
    galley.size().x.ceil().min(room.max(0.0))
}

/// What the line says: the statement, why, and whether there is something to do.
fn words(shown: &Shown<'_>) -> (String, String, bool) {
    match shown.next {
        Next::Run { title, why, .. } => (title.clone(), why.clone(), true),
        Next::Call { socket, call, why } => {
            (format!("{socket} {}", call_words(call)), why.clone(), true)
        }
        Next::NewSocket { wanted, why } => {
            let call = Call::Socket {
                family: wanted.family,
                protocol: wanted.protocol,
            };
            (call.python(0), why.clone(), true)
        }
        Next::Nothing { why } => (String::new(), why.clone(), false),
    }
}

/// A call as the line says it: as Python writes it, but where it goes with an arrow.
fn call_words(call: &Call) -> String {
    match call {
        Call::Connect { address } => format!("connect → {address}"),
        Call::Bind { address } => format!("bind {address}"),
        other => other.python(PAYLOAD_SHOWN),
    }
}

/// Bytes of a payload shown in the line.
const PAYLOAD_SHOWN: usize = 24;
