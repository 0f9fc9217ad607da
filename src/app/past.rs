//! Looking at the past of a session: which moment is shown, and the keys that move it.

use eframe::egui::{self, Key, Modifiers};

use crate::model::ladder::Ladder;
use crate::model::recording::Recording;
use crate::model::replay::Replay;
use crate::views::{Action, scrubber};

use super::App;
use super::session::Session;

/// A recording with its picture, and what leads into its past.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) recording: Recording,
    pub(super) ladder: Ladder,
    pub(super) replay: Replay,
}

impl Session {
    /// Whether the past is shown.
    pub(super) fn is_in_past(&self) -> bool {
        self.past.is_some()
    }

    /// Shows the recording that is looked at as it was at `seq`; from its last call on, the present.
    pub(super) fn show_moment(&mut self, seq: u64) {
        let shown = self.past.take();
        let whole = self.whole();
        if whole.ladder.stop_after(seq, &whole.recording).is_none() {
            return;
        }
        let calls = whole.recording.calls();
        if shown.is_none() {
            self.calls_then = calls;
        }
        let whole = self.whole();
        self.past = whole.replay.show(&whole.recording, seq, shown);
    }

    /// Comes back to the present.
    pub(super) fn show_now(&mut self) {
        self.past = None;
        if let Some(run) = &mut self.lesson {
            run.forget_look();
        }
    }

    /// The recording that is looked at, up to its present.
    pub(super) fn whole(&self) -> &Told {
        match &self.previous {
            Some(previous) if self.shows_previous => previous,
            _ => &self.told,
        }
    }

    /// The recording and its picture as they are shown: of the past, or of the present.
    pub(super) fn seen(&self) -> (&Recording, &Ladder) {
        if let Some(past) = &self.past {
            return (past.recording(), past.ladder());
        }
        let whole = self.whole();
        (&whole.recording, &whole.ladder)
    }
}

impl App {
    /// Ctrl and an arrow, the keys that page, and while the past is shown Home, End and Esc.
    pub(super) fn past_keys(&mut self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
        let is_past = self.session.is_in_past();
        let typing = ctx.text_edit_focused();
        let steps = is_past || self.session.play.playing().is_some();
        let back = (!typing && pressed(Modifiers::COMMAND, Key::ArrowLeft))
            || (steps && pressed(Modifiers::NONE, Key::PageUp));
        let on = (!typing && pressed(Modifiers::COMMAND, Key::ArrowRight))
            || (is_past && pressed(Modifiers::NONE, Key::PageDown));
        if back {
            actions.extend(scrubber::back(&self.session.shown(&self.settings)));
        }
        if on {
            actions.extend(scrubber::on(&self.session.shown(&self.settings)));
        }
        if !is_past || typing {
            return;
        }
        if pressed(Modifiers::NONE, Key::Home) {
            actions.extend(scrubber::first(&self.session.shown(&self.settings)));
        }
        if pressed(Modifiers::NONE, Key::End) || pressed(Modifiers::NONE, Key::Escape) {
            actions.push(Action::ShowNow);
        }
    }

    /// Whether this makes a call or has one made: that is done in the present, which is shown again first.
    pub(super) fn is_of_the_present(action: &Action) -> bool {
        use crate::views::Transport;
        matches!(
            action,
            Action::NewSocket(_)
                | Action::DoNext
                | Action::CloseAll
                | Action::Reset
                | Action::ShowPrevious(_)
                | Action::Play(_)
                | Action::Run(_)
                | Action::Transport(Transport::Step | Transport::Play)
                | Action::TypeCall(_)
        )
    }
}
