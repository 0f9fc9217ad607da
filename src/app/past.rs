//! Looking at the past of a session: which moment is shown, and the keys that move it.

use eframe::egui::{self, Key, Modifiers};

use crate::model::ladder::Ladder;
use crate::model::recording::Recording;
use crate::model::replay::{Replay, Told};
use crate::views::{Action, Earlier, scrubber};

use super::App;
use super::session::{Looks, Opened, Session};

/// The recording that is looked at, up to its present.
#[derive(Clone, Copy)]
pub(super) struct LookedAt<'a> {
    pub(super) recording: &'a Recording,
    pub(super) ladder: &'a Ladder,
    pub(super) replay: &'a Replay,
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
        if whole.ladder.stop_after(seq, whole.recording).is_none() {
            return;
        }
        let (calls, is_new) = (whole.recording.calls(), shown.is_none());
        self.past = whole.replay.show(whole.recording, seq, shown);
        if is_new {
            self.calls_then = calls;
        }
    }

    /// Comes back to the present.
    pub(super) fn show_now(&mut self) {
        self.past = None;
        if let Some(run) = &mut self.lesson {
            run.forget_look();
        }
    }

    /// The recording that is looked at, up to its present.
    pub(super) fn whole(&self) -> LookedAt<'_> {
        let told = match (self.looks, &self.previous, &self.opened) {
            (Looks::Previous, Some(previous), _) => previous,
            (Looks::Opened, _, Some(opened)) => &opened.told,
            _ => {
                return LookedAt {
                    recording: &self.recording,
                    ladder: &self.ladder,
                    replay: &self.replay,
                };
            }
        };
        LookedAt {
            recording: &told.recording,
            ladder: &told.ladder,
            replay: &told.replay,
        }
    }

    /// Which session is shown that is not the one going on.
    pub(super) fn earlier(&self) -> Option<Earlier<'_>> {
        match (self.looks, &self.opened) {
            (Looks::Present, _) => None,
            (Looks::Opened, Some(opened)) => Some(Earlier::Opened(&opened.title)),
            _ => Some(Earlier::Previous),
        }
    }

    /// Shows a session from a file, from its end.
    pub(super) fn look_at(&mut self, told: Told, title: &str) {
        self.opened = Some(Opened {
            told,
            title: title.to_owned(),
        });
        self.look(Looks::Opened);
    }

    /// Shows another session, or the present one.
    pub(super) fn look(&mut self, at: Looks) {
        if self.looks != at {
            self.past = None;
            self.selected = None;
            self.row = None;
        }
        self.looks = at;
    }

    /// The recording and its picture as they are shown: of the past, or of the present.
    pub(super) fn seen(&self) -> (&Recording, &Ladder) {
        if let Some(past) = &self.past {
            return (past.recording(), past.ladder());
        }
        let whole = self.whole();
        (whole.recording, whole.ladder)
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

    /// Whether this is done to a socket, a call or a program that is shown: not where these are of another time.
    pub(super) fn is_of_what_is_shown(action: &Action) -> bool {
        matches!(
            action,
            Action::Call(..)
                | Action::CallOnSecondThread(..)
                | Action::MoveToSecondThread(..)
                | Action::Select(..)
                | Action::StopWaiting(_)
                | Action::StartAutomatic(..)
                | Action::StopAutomatic(_)
                | Action::SetThreading(..)
                | Action::Rename(..)
        )
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
