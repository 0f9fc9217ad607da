//! A server that runs by itself, in CAPITALS or as echo: a state machine that makes one call after another on each of
//! its threads.
//!
//! Like a player its network is given to it. Feed it every event with [`AutomaticServer::take`], then let it go on
//! with [`AutomaticServer::advance`].
//!
//! ```text
//! one after another    accept, recv, send, recv, send, … b"", close, accept, …
//! a thread each        accept, accept, …      and for each connection: recv, send, … b"", close
//! in a crowd           the same, but one thread makes each call once the connection is ready for it
//! one loop             select on all of them; an accept, or a recv and a send, for each that is ready; select, …
//! UDP                  recvfrom, sendto, recvfrom, …
//! ```
//!
//! # What it does when something goes wrong
//!
//! - A connection that fails is closed, and the others are served on.
//! - A connection whose call the user ends, or which the user closes, is the user's from then on.
//! - Without a descriptor for another connection it accepts again once some socket is closed, or the network says that
//!   there is room.
//! - Without its listener, or with that one's wait ended by the user, it ends. Its connections stay open.
//!
//! Every call follows the end of another, so that no client can have it do more than answer: it never spins.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::{Automatic, Ending, Service, Standing};
use crate::model::call::{
    BlockingMode, Call, CallId, Method, Outcome, Protocol, SocketId, SocketLists,
};
use crate::model::event::{Event, Note, PlayerNote};
use crate::network::{Network, Request, ThreadChoice, interfaces};

mod answers;
mod assignment;
mod turn;

pub use assignment::Assignment;
use turn::{InFlight, Turn};

/// How long after the end of a select's wait it may turn out that one of its sockets was closed, nanoseconds.
const IN_DOUBT: u64 = 500_000_000;

/// One automatic program.
#[derive(Debug)]
pub struct AutomaticServer {
    assignment: Assignment,
    standing: Standing,
    /// Why it stops, while it does.
    ending: Option<Ending>,
    /// Calls whose end is to come. Each on its own: of ten thousand, a table of theirs would stand half empty.
    calls: HashMap<CallId, Box<InFlight>>,
    /// What to call next: at once where each connection has a thread, else once nothing is in flight.
    due: VecDeque<Turn>,
    /// Those it serves; in the order in which they were accepted, as ids only grow.
    connections: BTreeMap<SocketId, Connection>,
    replies: u64,
    notes: Vec<Arc<str>>,
    /// Calls in flight have been told to end.
    told_to_end: bool,
    doubt: Option<Doubt>,
    /// A select that watches no listener is to be ended: there is room for another connection.
    to_end: Option<CallId>,
}

/// One that it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    /// Its calls may wait.
    Alone,
    /// It is non-blocking: the network makes each call once it is ready for it.
    InCrowd,
}

/// The wait of a select was ended, by the user's wish or because a socket of it is about to be closed.
#[derive(Clone, Copy, Debug)]
enum Doubt {
    /// Just now.
    Fresh,
    /// It was the user's wish unless that close comes before this time, nanoseconds of the network's clock.
    Until(u64),
}

impl AutomaticServer {
    /// A program about to start, once what is in its way has been told to end. Its first calls are made by the first
    /// [`AutomaticServer::advance`].
    pub fn start(assignment: Assignment, network: &dyn Network) -> Self {
        for call in &assignment.in_its_way {
            network.interrupt(*call);
        }
        if assignment.protocol == Protocol::Tcp {
            network.set_threading(assignment.program, assignment.service.threading());
        }
        let mut server = Self {
            standing: Standing::Serving,
            ending: None,
            calls: HashMap::new(),
            due: VecDeque::new(),
            connections: BTreeMap::new(),
            replies: 0,
            notes: Vec::new(),
            told_to_end: false,
            doubt: None,
            to_end: None,
            assignment,
        };
        server.say(&format!("starts: {}", server.state().title()));
        match server.assignment.mode {
            // One that is only asked once it is ready may be in either mode.
            _ if server.is_loop() => {}
            BlockingMode::Blocking => server.begin(),
            // A wait is what it is written for: without one it would ask again and again.
            BlockingMode::NonBlocking => server.due.push_back(Turn::Block),
        }
        server
    }

    fn begin(&mut self) {
        self.due.push_back(match self.assignment.protocol {
            Protocol::Tcp => Turn::Accept,
            Protocol::Udp => Turn::Receive,
        });
    }

    fn is_loop(&self) -> bool {
        (self.assignment.protocol, self.assignment.service) == (Protocol::Tcp, Service::OneLoop)
    }

    fn thread(&self) -> ThreadChoice {
        match (self.assignment.protocol, self.assignment.service) {
            (Protocol::Tcp, Service::ThreadPerClient) => ThreadChoice::Crowd,
            _ => ThreadChoice::Own,
        }
    }

    /// Its listener, or its UDP socket.
    pub fn socket(&self) -> SocketId {
        self.assignment.socket
    }

    /// The address at which it answers datagrams.
    pub fn answers_at(&self) -> Option<SocketAddr> {
        let udp = self.assignment.protocol == Protocol::Udp;
        self.assignment.local.filter(|_| udp)
    }

    /// Where it stands.
    pub fn state(&self) -> Automatic {
        Automatic {
            socket: self.assignment.socket,
            reply: self.assignment.reply,
            service: (self.assignment.protocol == Protocol::Tcp).then_some(self.assignment.service),
            clients: self.connections.len(),
            replies: self.replies,
            standing: match self.standing {
                Standing::Serving if self.is_select_full() => Standing::SelectFull,
                standing => standing,
            },
        }
    }

    /// Whether its select takes no further socket beside its listener.
    fn is_select_full(&self) -> bool {
        self.is_loop() && self.connections.len() + 1 >= SocketLists::MOST
    }

    /// Ends it: waits are ended, sockets stay open.
    pub fn stop(&mut self) {
        self.end(Ending::Stopped);
    }

    /// Makes the calls that are due at the time `now`, nanoseconds of the network's clock. `others`: where automatic
    /// programs answer datagrams, this one among them.
    ///
    /// Returns when to call it again if no event comes before; `None`: only an event or a command lets it go on.
    pub fn advance(
        &mut self,
        network: &dyn Network,
        now: u64,
        others: &[SocketAddr],
    ) -> Option<u64> {
        let doubt = self.doubted(now);
        self.wind_up(network);
        if let Some(select) = self.to_end.take() {
            network.interrupt(select);
        }
        while let Some(turn) = self.next_due() {
            if let Turn::Answer(datagram) = &turn
                && let (_, to) = **datagram
                && is_one_of(others, to)
            {
                let text = format!("does not answer {to}: two automatic programs would never end");
                self.say(&text);
                self.due.push_front(Turn::Receive);
                continue;
            }
            let socket = turn.connection().unwrap_or(self.assignment.socket);
            let id = network.submit(match &turn {
                Turn::Watch(_) => Request::within(self.assignment.program, turn.call()),
                _ => Request {
                    thread: self.thread(),
                    ..Request::on(socket, turn.call())
                },
            });
            let in_flight = InFlight {
                turn,
                thread: None,
                sent: 0,
            };
            self.calls.insert(id, Box::new(in_flight));
        }
        for text in self.notes.drain(..) {
            network.note(None, PlayerNote::Narration { text });
        }
        doubt
    }

    /// Ends the program where the end of its select's wait was the user's wish; when that will be known, if it is not.
    fn doubted(&mut self, now: u64) -> Option<u64> {
        let until = match self.doubt? {
            Doubt::Fresh => now.saturating_add(IN_DOUBT),
            Doubt::Until(until) => until,
        };
        self.doubt = Some(Doubt::Until(until));
        if now < until {
            return Some(until);
        }
        self.end(Ending::WaitEnded(Method::Select));
        None
    }

    /// The next call to make now.
    fn next_due(&mut self) -> Option<Turn> {
        let one_at_a_time = self.assignment.protocol == Protocol::Udp
            || self.assignment.service != Service::ThreadPerClient;
        if one_at_a_time && !self.calls.is_empty() {
            return None;
        }
        while let Some(turn) = self.due.pop_front() {
            // One that was closed, or taken over, since it was ready is no longer this program's.
            let gone = |socket| !self.connections.contains_key(&socket);
            if !turn.connection().is_some_and(gone) {
                return Some(turn);
            }
        }
        if !self.is_loop() || self.ending.is_some() || self.doubt.is_some() {
            return None;
        }
        let watched = SocketLists::reading(self.watched());
        (!watched.is_empty()).then(|| Turn::Watch(Arc::new(watched)))
    }

    /// What a loop waits for: its clients, and new ones while there is room.
    fn watched(&self) -> Vec<SocketId> {
        let takes_more = self.standing != Standing::Full && !self.is_select_full();
        let listener = takes_more.then_some(self.assignment.socket);
        listener
            .into_iter()
            .chain(self.connections.keys().copied())
            .collect()
    }

    /// Ends what is in flight of a program that stops, and says so when nothing is left.
    fn wind_up(&mut self, network: &dyn Network) {
        let Some(ending) = self.ending else {
            return;
        };
        if !std::mem::replace(&mut self.told_to_end, true) {
            for call in self.calls.keys() {
                network.interrupt(*call);
            }
        }
        if self.calls.is_empty() && self.standing == Standing::Stopping {
            self.standing = Standing::Ended(ending);
            self.say(&format!("ends: {}", ending.words()));
        }
    }

    fn end(&mut self, ending: Ending) {
        if self.ending.is_none() {
            self.ending = Some(ending);
            self.standing = Standing::Stopping;
            self.doubt = None;
            self.due.clear();
        }
    }

    fn say(&mut self, what: &str) {
        let name = &self.assignment.name;
        self.notes
            .push(Arc::from(format!("Automatic program on {name} {what}.")));
    }

    /// Takes in one event of the network.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                if let Some(call) = self.calls.get_mut(&started.id) {
                    call.thread = Some(started.thread);
                }
            }
            Event::Ended(ended) => self.ended(ended.id, &ended.outcome, ended.note),
            Event::Made(started, ended) => {
                self.ended(ended.id, &ended.outcome, ended.note);
                if let (Call::Close, Some(socket), Outcome::Ok(_)) =
                    (&started.call, started.socket, &ended.outcome)
                {
                    self.closed(socket);
                }
            }
            Event::Withdrawn { id } => self.ended(*id, &Outcome::Interrupted, None),
            Event::Room => self.has_room(),
            Event::WorkerPanicked { thread, .. } => {
                self.lost(|call| call.thread == Some(*thread));
            }
            // Counted with selects made by hand: what is ready is asked for again.
            Event::Folded(folded) if folded.method == Method::Select => {
                let is_mine = folded.program == self.assignment.program;
                self.calls
                    .retain(|_, call| !(is_mine && call.turn.is_watch()));
            }
            // What was folded away can't be answered any more.
            Event::Folded(folded) => {
                let listener = self.assignment.socket;
                self.lost(|call| {
                    let socket = call.turn.connection().unwrap_or(listener);
                    (Some(socket), call.turn.call().method()) == (folded.socket, folded.method)
                });
            }
            _ => {}
        }
    }

    /// Calls whose answers never come.
    fn lost(&mut self, is_lost: impl Fn(&InFlight) -> bool) {
        let lost: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, call)| is_lost(call))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.ended(id, &Outcome::Interrupted, None);
        }
    }

    fn ended(&mut self, id: CallId, outcome: &Outcome, note: Option<Note>) {
        let Some(call) = self.calls.remove(&id) else {
            return;
        };
        if let Some(call) = self.answered(*call, outcome, note) {
            self.calls.insert(id, Box::new(call));
        }
        if self.ending.is_some() {
            self.due.clear();
        }
    }

    /// A socket was closed, by this program or by hand.
    fn closed(&mut self, socket: SocketId) {
        if socket == self.assignment.socket {
            return self.end(Ending::Closed);
        }
        if self.connections.contains_key(&socket) {
            // That was why the select's wait has ended.
            self.doubt = None;
        }
        let mut in_flight = self.calls.values().map(|call| call.turn.connection());
        if !in_flight.any(|on| on == Some(socket)) {
            self.leave(socket);
        }
        self.has_room();
    }

    /// There is a descriptor again for another connection.
    fn has_room(&mut self) {
        if self.standing != Standing::Full {
            return;
        }
        self.standing = Standing::Serving;
        if !self.is_loop() {
            return self.due.push_back(Turn::Accept);
        }
        // What its select waits for leaves new clients out.
        let mut calls = self.calls.iter();
        let select = calls.find(|(_, call)| matches!(call.turn, Turn::Watch(_)));
        self.to_end = select.map(|(id, _)| *id);
    }

    /// A connection is over, or the user's from now on.
    fn leave(&mut self, socket: SocketId) {
        if self.connections.remove(&socket).is_some()
            && self.assignment.service == Service::OneAfterAnother
            && self.ending.is_none()
        {
            self.due.push_back(Turn::Accept);
        }
    }
}

/// Whether a datagram to `to` would reach one of these. One that is bound to no address in particular has all of this
/// computer's.
fn is_one_of(others: &[SocketAddr], to: SocketAddr) -> bool {
    // An IPv6 socket writes the address of an IPv4 one in a way of its own.
    let host = to.ip().to_canonical();
    let same_port = others.iter().filter(|other| other.port() == to.port());
    same_port
        .map(|other| other.ip().to_canonical())
        .any(|other| other == host || (other.is_unspecified() && interfaces::is_own(host)))
}
