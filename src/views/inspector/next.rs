//! What may follow the state now.

use eframe::egui::{Button, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::model::call::{Call, ShutdownHow};
use crate::model::cycle::edges::{Act, Edge, Trigger};
use crate::model::cycle::states::States;
use crate::model::socket::Socket;
use crate::views::cards::CardsState;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::focus_ring;
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
                        if act_ui(ui, *act, edge, shown.can_call()) {
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

/// Makes the call of an edge.
pub(super) fn press(
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

/// A call on its edge in the diagram, as a small button.
pub(super) fn edge_button(ui: &Ui, at: Pos2, act: Act, edge: &Edge) -> bool {
    let p = theme::of(ui);
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(act.words().to_owned(), Type::MonoEdge.font(), p.text);
    let rect = Rect::from_center_size(at, vec2(galley.size().x + 8.0, 17.0));
    let id = ui
        .scope_id()
        .with(("edge", act.words(), edge.from.name(), edge.to.name()));
    let response = ui.interact(rect, id, Sense::click());
    let name = format!("{} on the edge to {}", act.words(), edge.to.name());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let lit = response.hovered() || response.has_focus();
    let (fill, line) = if lit {
        (p.raised, p.text)
    } else {
        (p.panel, p.ctl)
    };
    let stroke = Stroke::new(size::LINE, line);
    painter.rect(rect, size::RADIUS_BOX, fill, stroke, StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, p.text);
    focus_ring(ui, &response, rect);
    response.clicked()
}
