//! Keys of the whole window. While a text field has the keyboard only keys with Ctrl, and those that no field uses, act.

use eframe::egui::{self, Key, Modifiers};

use crate::model::call::SocketId;
use crate::views::theme::size;
use crate::views::{Action, Transport};

use super::App;

const DIGITS: [Key; 9] = [
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num6,
    Key::Num7,
    Key::Num8,
    Key::Num9,
];

impl App {
    pub(super) fn keys(&mut self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        if self.state.projector.wakes(ctx) {
            return;
        }
        let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::K) {
            self.state.search.toggle();
        }
        if pressed(Modifiers::NONE, Key::F1) {
            self.state.dialogs.toggle_help();
        }
        // What stands behind a dialog is not meant by a key.
        if self.state.dialogs.is_open() || self.state.search.is_open() {
            return;
        }
        self.projector_keys(ctx, actions);
        if self.lesson_has_keys() {
            self.lesson_keys(ctx, actions);
        }
        self.past_keys(ctx, actions);
        let drawer =
            ctx.content_rect().width() < size::DRAWER_BELOW && self.settings.inspector_open;
        if drawer && !ctx.egui_wants_keyboard_input() && pressed(Modifiers::NONE, Key::Escape) {
            actions.push(Action::ToggleInspector);
        }
        if pressed(Modifiers::COMMAND, Key::N) {
            match self.state.new_socket.wanted() {
                Some(wanted) => actions.push(Action::NewSocket(wanted)),
                None => self.state.new_socket.focus_problem(),
            }
        }
        if pressed(Modifiers::COMMAND, Key::Enter) {
            actions.push(Action::DoNext);
        }
        if pressed(Modifiers::COMMAND, Key::F) {
            self.state.log.focus_filter();
        }
        for (index, key) in DIGITS.into_iter().enumerate() {
            if pressed(Modifiers::COMMAND, key)
                && let Some(socket) = self.socket_at(index)
            {
                actions.push(Action::SelectSocket(socket));
            }
        }
        let playing = self.session.playing(self.settings.mode);
        let playing = playing.filter(|_| !self.lesson_has_keys());
        if let Some(runs) = playing.map(|playing| playing.runs) {
            if pressed(Modifiers::NONE, Key::PageDown) {
                actions.push(Action::Transport(Transport::Step));
            }
            let typing = ctx.egui_wants_keyboard_input();
            if !typing && pressed(Modifiers::NONE, Key::Space) {
                actions.push(Action::Transport(if runs {
                    Transport::Pause
                } else {
                    Transport::Play
                }));
            }
        }
    }

    fn socket_at(&self, index: usize) -> Option<SocketId> {
        Some(self.session.looked_at().sockets().iter().nth(index)?.id)
    }
}
