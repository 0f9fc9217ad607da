//! A server that runs by itself, in CAPITALS or as echo: a state machine that makes one call after another on each of
//! its threads.
//!
//! Like a player its network is given to it. Feed it every event with [`AutomaticServer::take`], then let it go on
//! with [`AutomaticServer::advance`].
//!
//! ```text
//! one after another    accept, recv, send, recv, send, … b"", close, accept, …
//! a thread each        accept, accept, …      and for each connection: recv, send, … b"", close
//! UDP                  recvfrom, sendto, recvfrom, …
//! ```
//!
//! # What it does when something goes wrong
//!
//! - A connection that fails is closed, and the others are served on.
//! - A connection whose call the user ends, or which the user closes, is the user's from then on.
//! - Without a descriptor for another connection it accepts again once some socket is closed.
//! - Without its listener, or with that one's wait ended by the user, it ends. Its connections stay open.
//!
//! Every call follows the end of another, so that no client can have it do more than answer: it never spins.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::{Automatic, Ending, Reply, Service, Standing};
use crate::model::call::{
    BlockingMode, Call, CallId, Method, Outcome, ProgramId, Protocol, SocketId, ThreadId,
};
use crate::model::event::{Event, Note, PlayerNote};
use crate::model::payload::Payload;
use crate::model::socket::{Socket, Stage};
use crate::network::{Network, Request};

mod answers;

/// How many bytes it asks for at once on a connection, as a first program does.
const CHUNK: u32 = 1024;
/// How many bytes it asks for at once of a datagram: the largest there is.
const DATAGRAM: u32 = 65_535;

/// What is to run, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The listener, or the bound UDP socket.
    pub socket: SocketId,
    /// That socket's name.
    pub name: Arc<str>,
    /// Its program.
    pub program: ProgramId,
    /// Its protocol.
    pub protocol: Protocol,
    /// The mode it is in.
    pub mode: BlockingMode,
    /// Where it is bound.
    pub local: Option<SocketAddr>,
    /// What to answer.
    pub reply: Reply,
    /// How to serve several clients; means nothing to UDP.
    pub service: Service,
}

impl Assignment {
    /// A program for this socket.
    ///
    /// # Errors
    /// Why it can't serve anybody, in one sentence.
    pub fn new(socket: &Socket, reply: Reply, service: Service) -> Result<Self, String> {
        let name = &socket.name;
        match (socket.protocol, socket.stage) {
            (_, Stage::Closed) => return Err(format!("{name} is closed: it can't serve anybody.")),
            (Protocol::Tcp, Stage::Listening) => {}
            (Protocol::Tcp, _) => {
                return Err(format!(
                    "{name} does not listen: bind and listen come first."
                ));
            }
            (Protocol::Udp, _) if socket.local.is_some_and(|local| local.port() != 0) => {}
            (Protocol::Udp, _) => {
                return Err(format!("{name} has no port: bind comes first."));
            }
        }
        Ok(Self {
            socket: socket.id,
            name: Arc::from(name.as_str()),
            program: socket.program,
            protocol: socket.protocol,
            mode: socket.mode,
            local: socket.local,
            reply,
            service,
        })
    }
}

/// One automatic program.
#[derive(Debug)]
pub struct AutomaticServer {
    assignment: Assignment,
    standing: Standing,
    /// Why it stops, while it does.
    ending: Option<Ending>,
    /// Calls whose end is to come.
    calls: HashMap<CallId, InFlight>,
    /// What to call next: at once where each connection has a thread, else once nothing is in flight.
    due: VecDeque<Turn>,
    connections: HashSet<SocketId>,
    replies: u64,
    notes: Vec<Arc<str>>,
    /// Calls in flight have been told to end.
    told_to_end: bool,
}

/// A call that was handed in.
#[derive(Debug)]
struct InFlight {
    turn: Turn,
    /// The thread it is on, once it waits there.
    thread: Option<ThreadId>,
    /// What parts of a `sendall` have sent so far.
    sent: u64,
}

/// One call to make.
#[derive(Clone, Debug)]
enum Turn {
    /// Its own socket is to wait.
    Block,
    Accept,
    Receive,
    /// A datagram to its sender.
    Answer(Payload, SocketAddr),
    Read(SocketId),
    Write(SocketId, Payload),
    /// What a send left over.
    WriteRest(SocketId, Payload),
    Close(SocketId),
}

impl Turn {
    /// The connection it is on; `None`: the program's own socket.
    fn connection(&self) -> Option<SocketId> {
        match self {
            Self::Block | Self::Accept | Self::Receive | Self::Answer(..) => None,
            Self::Read(socket)
            | Self::Write(socket, _)
            | Self::WriteRest(socket, _)
            | Self::Close(socket) => Some(*socket),
        }
    }

    fn call(&self) -> Call {
        match self {
            Self::Block => Call::SetBlocking {
                mode: BlockingMode::Blocking,
            },
            Self::Accept => Call::Accept,
            Self::Receive => Call::RecvFrom { max: DATAGRAM },
            Self::Answer(payload, address) => Call::SendTo {
                payload: payload.clone(),
                address: *address,
            },
            Self::Read(_) => Call::Recv { max: CHUNK },
            Self::Write(_, payload) => Call::Send {
                payload: payload.clone(),
            },
            Self::WriteRest(_, payload) => Call::SendAll {
                payload: payload.clone(),
            },
            Self::Close(_) => Call::Close,
        }
    }
}

impl AutomaticServer {
    /// A program about to start. Its first calls are made by the first [`AutomaticServer::advance`].
    pub fn start(assignment: Assignment, network: &dyn Network) -> Self {
        if assignment.protocol == Protocol::Tcp {
            network.set_threading(assignment.program, assignment.service.threading());
        }
        let mut server = Self {
            standing: Standing::Serving,
            ending: None,
            calls: HashMap::new(),
            due: VecDeque::new(),
            connections: HashSet::new(),
            replies: 0,
            notes: Vec::new(),
            told_to_end: false,
            assignment,
        };
        server.say(&format!("starts: {}", server.state().title()));
        server.due.push_back(match server.assignment.mode {
            BlockingMode::Blocking => server.first(),
            // A wait is what it is written for: without one it would ask again and again.
            BlockingMode::NonBlocking => Turn::Block,
        });
        server
    }

    /// What it begins with, and comes back to.
    fn first(&self) -> Turn {
        match self.assignment.protocol {
            Protocol::Tcp => Turn::Accept,
            Protocol::Udp => Turn::Receive,
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
            standing: self.standing,
        }
    }

    /// Ends it: waits are ended, sockets stay open.
    pub fn stop(&mut self) {
        self.end(Ending::Stopped);
    }

    /// Makes the calls that are due. `others`: where automatic programs answer datagrams, this one among them.
    pub fn advance(&mut self, network: &dyn Network, others: &[SocketAddr]) {
        self.wind_up(network);
        while let Some(turn) = self.next_due() {
            if let Turn::Answer(_, to) = &turn
                && is_one_of(others, *to)
            {
                let text = format!("does not answer {to}: two automatic programs would never end");
                self.say(&text);
                self.due.push_front(Turn::Receive);
                continue;
            }
            let socket = turn.connection().unwrap_or(self.assignment.socket);
            let id = network.submit(Request::on(socket, turn.call()));
            let in_flight = InFlight {
                turn,
                thread: None,
                sent: 0,
            };
            self.calls.insert(id, in_flight);
        }
        for text in self.notes.drain(..) {
            network.note(None, PlayerNote::Narration { text });
        }
    }

    /// The next call to make now.
    fn next_due(&mut self) -> Option<Turn> {
        let one_at_a_time = self.assignment.protocol == Protocol::Udp
            || self.assignment.service != Service::ThreadPerClient;
        if one_at_a_time && !self.calls.is_empty() {
            return None;
        }
        self.due.pop_front()
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
            Event::WorkerPanicked { thread, .. } => {
                self.lost(|call| call.thread == Some(*thread));
            }
            // What was folded away can't be answered any more.
            Event::Folded(folded) => {
                let listener = self.assignment.socket;
                self.lost(|call| {
                    let socket = call.turn.connection().unwrap_or(listener);
                    (socket, call.turn.call().method()) == (folded.socket, folded.method)
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
        let halted = note == Some(Note::EndedByYou);
        if let Some(call) = self.answered(call, outcome, halted) {
            self.calls.insert(id, call);
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
        let in_flight = |call: &InFlight| call.turn.connection() == Some(socket);
        if !self.calls.values().any(in_flight) {
            self.leave(socket);
        }
        if self.standing == Standing::Full {
            self.standing = Standing::Serving;
            self.due.push_back(Turn::Accept);
        }
    }

    /// A connection is over, or the user's from now on.
    fn leave(&mut self, socket: SocketId) {
        if self.connections.remove(&socket)
            && self.assignment.service == Service::OneAfterAnother
            && self.ending.is_none()
        {
            self.due.push_back(Turn::Accept);
        }
    }

    /// The method it waits for clients in.
    fn waiting_method(&self) -> Method {
        self.first().call().method()
    }
}

/// Whether a datagram to `to` would reach one of these.
fn is_one_of(others: &[SocketAddr], to: SocketAddr) -> bool {
    others.iter().any(|other| {
        let host = other.ip() == to.ip() || (other.ip().is_unspecified() && to.ip().is_loopback());
        host && other.port() == to.port()
    })
}
