//! Closing everything in an order that leaves little behind.
//!
//! Whoever closes first keeps the TIME-WAIT, so client ends go first: a server that closed first would block its own
//! port for a minute. The waves follow one another as their closes return.

use std::collections::VecDeque;
use std::time::Instant;

use crate::model::call::{Call, ProgramId, SocketId};
use crate::model::recording::{Limits, Recording};
use crate::model::socket::SocketKind;
use crate::network::Request;
use crate::views::ToPlay;

use super::App;
use super::session::Looks;

/// What follows when all is closed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Then {
    Nothing,
    NewSession,
    Play(ToPlay, Option<u16>),
    Run(String, u16),
}

/// Sockets being closed, wave by wave.
#[derive(Debug)]
pub(super) struct Closing {
    waves: VecDeque<Vec<SocketId>>,
    current: Vec<SocketId>,
    then: Then,
}

impl App {
    /// Closes every open socket, client ends first.
    pub(super) fn close_all(&mut self, then: Then) {
        self.stop_playing();
        self.stop_all_automatic();
        self.leave_all_relays();
        self.end_all_waits();
        self.closing = Some(Closing {
            waves: self.waves(),
            current: Vec::new(),
            then,
        });
        self.go_on_closing();
    }

    /// Closes everything in order, after the last frame: were it left to the end of the process, a server that
    /// happened to close first would keep its port from the next start.
    ///
    /// Each wave waits for the one before it as long as the patience of the setup lasts; then what is left is only
    /// asked for, still in order.
    pub(super) fn close_before_exit(&mut self) {
        let Some(events) = self.events.take() else {
            return;
        };
        self.close_all(Then::Nothing);
        let deadline = Instant::now() + self.close_patience;
        while self.closing.is_some() && Instant::now() < deadline {
            let Some(event) = events.wait(deadline) else {
                break;
            };
            self.take_in(event);
            self.go_on_closing();
        }
        self.close_the_rest();
    }

    /// Asks for every close that is left, in order, and waits for none.
    fn close_the_rest(&mut self) {
        let waves = self.closing.take().map(|closing| closing.waves);
        for id in waves.into_iter().flatten().flatten() {
            self.network.submit(Request::on(id, Call::Close));
        }
    }

    /// Ends every wait and takes back what is queued: in a one-thread program a close would stand behind them.
    fn end_all_waits(&self) {
        for socket in self.session.recording.sockets().open() {
            for pending in socket.queued.iter().chain(&socket.waiting) {
                self.network.interrupt(pending.id);
            }
        }
    }

    /// The open sockets, client ends first.
    fn waves(&self) -> VecDeque<Vec<SocketId>> {
        let mut waves = [Vec::new(), Vec::new(), Vec::new()];
        for socket in self.session.recording.sockets().open() {
            let wave = match socket.kind() {
                SocketKind::Client => 0,
                SocketKind::Connection => 1,
                SocketKind::Listener | SocketKind::UdpPeer => 2,
            };
            waves[wave].push(socket.id);
        }
        waves.into()
    }

    /// Starts the next wave when the last one is closed; does what follows when none is left.
    pub(super) fn go_on_closing(&mut self) {
        let Some(closing) = &mut self.closing else {
            return;
        };
        let sockets = self.session.recording.sockets();
        closing
            .current
            .retain(|id| sockets.get(*id).is_some_and(|socket| !socket.is_closed()));
        while closing.current.is_empty() {
            let Some(wave) = closing.waves.pop_front() else {
                break;
            };
            for id in &wave {
                self.network.submit(Request::on(*id, Call::Close));
            }
            closing.current = wave;
        }
        if !closing.current.is_empty() {
            return;
        }
        // An accept that was about to return has borne one more socket meanwhile.
        let born = self.waves();
        if born.iter().any(|wave| !wave.is_empty()) {
            if let Some(closing) = &mut self.closing {
                closing.waves = born;
            }
            self.go_on_closing();
        } else if let Some(closing) = self.closing.take() {
            self.after_closing(closing.then);
        }
    }

    fn after_closing(&mut self, then: Then) {
        match then {
            Then::Nothing => {}
            Then::NewSession => self.new_session(),
            Then::Play(what, port) => {
                self.new_session();
                self.start(&what, port);
            }
            Then::Run(name, port) => {
                self.new_session();
                self.run_script(&name, Some(port));
            }
        }
    }

    /// Begins a session; the one so far is kept as the previous one.
    pub(super) fn new_session(&mut self) {
        let sockets = self.session.recording.sockets();
        let programs: Vec<ProgramId> = sockets.programs().map(|program| program.id).collect();
        self.network.forget(&programs);
        let fresh =
            Recording::new(self.network.header(), Limits::default()).beginning(self.network.now());
        self.session.begin(fresh);
        self.session.look(Looks::Present);
        self.session.clear_news();
        self.session.selected = None;
        self.session.row = None;
        self.births.clear();
        self.state.log.new_session();
        self.state.columns.new_session();
        self.state.cards.new_session();
        self.session.play.new_session();
        self.judge_anew();
        self.update_next();
    }
}
