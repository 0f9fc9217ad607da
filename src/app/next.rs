//! The one thing to do next.

use crate::model::lifecycle;
use crate::views::Next;

use super::App;

impl App {
    pub(super) fn update_next(&mut self) {
        self.session.next = self.next_thing();
    }

    fn next_thing(&self) -> Next {
        if let Some(playing) = self.session.play.playing() {
            let next = playing.next.clone().unwrap_or_else(|| "the script has been played".to_owned());
            return Next::Nothing { why: next };
        }
        if let Some(next) = self.session.play.next_first_step(&self.session.recording) {
            return next;
        }
        let sockets = self.session.recording.sockets();
        match lifecycle::next_line(sockets) {
            Some(step) => match self.state.cards.call_for(step.socket, step.method, &self.session.recording) {
                Some(call) => Next::Call { socket: step.socket, call, why: step.why },
                None => Next::Nothing { why: step.why },
            },
            None => Next::Nothing { why: "Make a socket on the left, or play a quick start.".to_owned() },
        }
    }
}
