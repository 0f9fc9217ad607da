//! The projector: the whole window for those far away. Its keys, and what it does to the window.

use eframe::egui::{self, CentralPanel, Key, Modifiers, ViewportCommand};

use crate::views::{Action, ThemeChoice, Transport, projector, theme};

use super::App;

impl App {
    /// Opens the projector, or leaves it. A desktop that gives no full screen leaves the window as large as it is.
    pub(super) fn toggle_projector(&mut self, ctx: &egui::Context) {
        let full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
        let projector = &mut self.state.projector;
        if projector.is_on() {
            let was_full = projector.leave();
            theme::wear(ctx, self.settings.theme);
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(was_full));
        } else {
            projector.open(full);
            theme::wear(ctx, ThemeChoice::HighContrast);
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(true));
        }
        // What had the keyboard is not there any more.
        ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
    }

    /// The keys that open the projector and, while it is open, its own. Also while typing, but for Space and the
    /// letters: then those are typed.
    pub(super) fn projector_keys(&mut self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if projector::struck(ctx, Key::F5) {
            actions.push(Action::ToggleProjector);
            return;
        }
        if !self.state.projector.is_on() {
            return;
        }
        if pressed(Key::Escape) {
            actions.push(Action::ToggleProjector);
        }
        let in_lesson = self.lesson_has_keys();
        if !in_lesson && pressed(Key::PageUp) {
            self.look_back(actions);
        }
        if !in_lesson && self.session.is_in_past() && pressed(Key::PageDown) {
            let after = projector::after(&self.session.shown(&self.settings));
            actions.push(after.map_or(Action::ShowNow, Action::ShowMoment));
        }
        if ctx.text_edit_focused() {
            return;
        }
        if self.session.is_in_past() && ctx.input(|input| input.key_pressed(Key::Space)) {
            // It plays on: what plays is to be seen.
            actions.push(Action::ShowNow);
        }
        if projector::struck(ctx, Key::Period) {
            self.state.projector.blank();
        }
        if projector::struck(ctx, Key::L) {
            actions.push(Action::LargeHall(!self.settings.large_hall));
        }
    }

    /// One call back. What plays stands still meanwhile: the present waits for who looks at the past.
    fn look_back(&mut self, actions: &mut Vec<Action>) {
        let Some(before) = projector::before(&self.session.shown(&self.settings)) else {
            return;
        };
        actions.push(Action::ShowMoment(before));
        if self
            .session
            .play
            .playing()
            .is_some_and(|playing| playing.runs)
        {
            actions.push(Action::Transport(Transport::Pause));
        }
    }

    /// The projector in place of everything else; questions stand above it.
    pub(super) fn projector_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        CentralPanel::no_frame().show(ui, |ui| {
            self.with_shown(|state, shown| {
                projector::projector_ui(ui, &mut state.projector, &state.cards, shown, actions);
            });
        });
        if !self.state.projector.is_blank() {
            self.questions_ui(ui, actions);
        }
    }
}
