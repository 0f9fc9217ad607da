//! What may follow the state now.

use eframe::egui::{Button, Role, Ui, WidgetInfo, vec2};

use crate::model::call::{Call, ShutdownHow};
use crate::model::cycle::edges::{Act, Edge, Trigger};
use crate::model::cycle::states::States;
use crate::model::socket::Socket;
use crate::views::cards::CardsState;
use crate::views::theme::{self, Type};
use crate::views::{Action, Shown};

use super::parts;

/// What is possible next: calls as buttons, what arrives in italics.
pub(super) fn next_ui(
    ui: &mut Ui,
    socket: &Socket,
    picture: &States,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    parts::title(ui, "Possible next", "");
    if picture.next.is_empty() {
        parts::hint(ui, "Nothing: its way has ended.");
    }
    for edge in &picture.next {
        ui.horizontal(|ui| {
            match edge.trigger {
                Trigger::Call(acts) => {
                    for (index, act) in acts.iter().enumerate() {
                        if index > 0 {
                            ui.label(Type::Label.colored("or", p.text2));
                        }
                        if act_ui(ui, *act, edge, !shown.is_previous) {
                            press(*act, socket, cards, shown, actions);
                        }
                    }
                }
                Trigger::Event(happening) => {
                    ui.label(Type::Body.text(happening.words()).italics());
                }
            }
            ui.label(Type::Mono.colored(format!("→ {}", edge.to.name()), p.text2));
        });
    }
}

fn act_ui(ui: &mut Ui, act: Act, edge: &Edge, enabled: bool) -> bool {
    let words = act.words();
    let button = Button::new(Type::Mono.text(words)).min_size(vec2(0.0, 24.0));
    let response = ui.add_enabled(enabled, button);
    let name = format!("{words} to {}", edge.to.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name.clone()));
    response.clicked()
}

fn press(
    act: Act,
    socket: &Socket,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let how = match act {
        Act::ShutdownWrite => ShutdownHow::Write,
        Act::ShutdownRead => ShutdownHow::Read,
        act => return cards.press(socket.id, act.method(), shown.recording, actions),
    };
    actions.push(Action::Call(socket.id, Call::Shutdown { how }));
}
