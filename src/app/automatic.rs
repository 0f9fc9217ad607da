//! Automatic programs: started and stopped from cards, and by the quick start for a class.

use crate::model::automatic::{Automatic, Ending, Reply, Service, Standing};
use crate::model::call::{CallId, SocketId};
use crate::model::socket::{Socket, Stage};
use crate::script::automatic::Assignment;

use super::App;

impl App {
    /// Starts an automatic program on a socket, or says why it can't.
    pub(super) fn start_automatic(&mut self, socket: SocketId, reply: Reply, service: Service) {
        let Some(known) = self.session.recording.sockets().get(socket) else {
            return;
        };
        match Assignment::new(known, reply, service) {
            Ok(mut assignment) => {
                if assignment.is_one_thread() {
                    let others = self.waiting_beside(known);
                    assignment.in_its_way.extend(others);
                }
                self.driver.serve(assignment);
            }
            Err(why) => self.session.say(why, true),
        }
    }

    /// What the other sockets of this one's program wait in, but for what other automatic programs make: one thread
    /// would make nothing before that has ended.
    fn waiting_beside(&self, socket: &Socket) -> Vec<CallId> {
        let sockets = self.session.recording.sockets();
        let by_hand = |other: &&Socket| {
            let serves = |id| (self.session.automatics.iter()).any(|it| it.socket == id);
            other.program == socket.program
                && other.id != socket.id
                && !serves(other.id)
                && !other.parent.is_some_and(serves)
        };
        let others = sockets.open().filter(by_hand);
        let waiting = others.flat_map(Socket::pending);
        waiting.map(|pending| pending.id).collect()
    }

    /// Stops every automatic program: what they wait on is about to be closed.
    pub(super) fn stop_all_automatic(&mut self) {
        for automatic in &self.session.automatics {
            self.driver.stop_serving(automatic.socket);
        }
    }

    /// An automatic program stands somewhere else now.
    pub(super) fn automatic_stands(&mut self, automatic: Automatic) {
        let automatics = &mut self.session.automatics;
        automatics.retain(|there| there.socket != automatic.socket);
        let Standing::Ended(ending) = automatic.standing else {
            automatics.push(automatic);
            return;
        };
        if ending != Ending::Stopped && ending != Ending::Closed {
            let sockets = self.session.recording.sockets();
            let name = sockets.get(automatic.socket).map(|socket| &socket.name);
            let text = format!(
                "The automatic program on {} has ended: {}. Its sockets stay open.",
                name.map_or("a socket", String::as_str),
                ending.words()
            );
            self.session.say(text, !ending.is_wanted());
        }
    }

    /// Whether an automatic program accepted this socket, whatever is looked at.
    pub(super) fn is_served_by_itself(&self, socket: SocketId) -> bool {
        let known = self.session.recording.sockets().get(socket);
        let parent = known.and_then(|socket| socket.parent);
        let mut automatics = self.session.automatics.iter();
        automatics.any(|automatic| Some(automatic.socket) == parent)
    }

    /// Goes on where the quick start for a class ends, once its listener is known.
    pub(super) fn serve_the_class(&mut self) {
        if !self.session.play.serves_next() {
            return;
        }
        let sockets = self.session.recording.sockets();
        let listener = sockets
            .open()
            .rfind(|socket| socket.stage == Stage::Listening)
            .map(|listener| listener.id);
        if let Some(listener) = listener {
            self.session.play.served();
            self.start_automatic(listener, Reply::Capitals, Service::ThreadPerClient);
        }
    }
}
