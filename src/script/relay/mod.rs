//! A relay that runs: a program with real sockets of its own, which passes on what comes as its plan says.
//!
//! Like a player its network is given to it, and its clock. Feed it every event with [`Relay::take`], then let it go on
//! with [`Relay::advance`]. Each of its calls is a real one, and a row like any other.
//!
//! ```text
//! TCP  socket, setsockopt, bind, listen, accept, accept, …
//!      and for each client: socket, connect; recv on either side, and send on the other; shutdown, close
//! UDP  socket, bind, recvfrom, recvfrom, …
//!      and for each client: socket, connect; send, recv; and sendto to the client
//! ```
//!
//! # What it does when something goes wrong
//!
//! - Where the target refuses a TCP client, or either side resets, the other side is reset.
//! - What is held of a direction is bounded: a TCP client is read no further until there is room; a datagram that finds
//!   none is dropped, and counted.
//! - Without its first socket, or with that one's wait ended by the user, it ends.
//! - When it ends it closes its sockets; what it held is thrown away.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::automatic::{Ending, Standing};
use crate::model::call::{Call, CallId, Outcome, ProgramId, Protocol, SocketId, ThreadId};
use crate::model::event::{Event, PlayerNote, Role, Threading};
use crate::model::relay::{Counts, RelayId, RelayOrder, Relaying};
use crate::network::Network;

mod answers;
mod drive;
mod flow;
mod held;
mod order;
mod turn;

pub use order::{NotAnOrder, parse, written};

use flow::{Flow, FlowId};
use turn::Turn;

/// The most clients at once. More TCP clients wait to be accepted; datagrams of more UDP clients are dropped.
pub const MOST_CLIENTS: usize = 64;
/// So much is said of one relay; the rest is only counted.
const MOST_SAID: u32 = 1000;

/// One relay.
#[derive(Debug)]
pub struct Relay {
    id: RelayId,
    order: RelayOrder,
    program: ProgramId,
    /// The socket that clients find.
    face: Option<SocketId>,
    is_open: bool,
    standing: Standing,
    /// Why it stops, while it does.
    ending: Option<Ending>,
    /// Its sockets are somebody else's to close.
    leaves: bool,
    /// Calls whose end is to come, with the thread each is on once it waits there.
    calls: HashMap<CallId, (Turn, Option<ThreadId>)>,
    /// What to call next.
    due: VecDeque<Turn>,
    /// Its sockets that are open.
    open: BTreeSet<SocketId>,
    flows: BTreeMap<FlowId, Flow>,
    /// UDP: the flow of each client.
    clients: HashMap<SocketAddr, FlowId>,
    next_flow: u64,
    accepting: bool,
    counts: Counts,
    notes: Vec<Arc<str>>,
    said: Option<Arc<str>>,
    said_so_far: u32,
}

impl Relay {
    /// A relay about to start. Its first call is made by the first [`Relay::advance`].
    pub fn start(id: RelayId, order: RelayOrder, network: &dyn Network) -> Self {
        let program = network.add_program(&order.name, Role::Peer, Threading::ThreadPerSocket);
        Self {
            id,
            order,
            program,
            face: None,
            is_open: false,
            standing: Standing::Serving,
            ending: None,
            leaves: false,
            calls: HashMap::new(),
            due: VecDeque::from([Turn::Face]),
            open: BTreeSet::new(),
            flows: BTreeMap::new(),
            clients: HashMap::new(),
            next_flow: 0,
            accepting: false,
            counts: Counts::default(),
            notes: Vec::new(),
            said: None,
            said_so_far: 0,
        }
    }

    /// Which it is.
    pub fn id(&self) -> RelayId {
        self.id
    }

    /// Where it stands.
    pub fn state(&self) -> Relaying {
        Relaying {
            id: self.id,
            order: self.order.clone(),
            program: self.program,
            socket: self.face,
            is_open: self.is_open,
            clients: self.flows.len(),
            held: self.flows.values().map(Flow::held).sum(),
            counts: self.counts,
            said: self.said.clone(),
            standing: self.standing,
        }
    }

    /// Ends it: its sockets are closed, and what it holds is thrown away.
    pub fn stop(&mut self) {
        self.end(Ending::Stopped);
    }

    /// Ends it without a call more: its sockets are closed by somebody else.
    pub fn leave(&mut self) {
        self.leaves = true;
        self.end(Ending::Stopped);
    }

    /// Makes the calls that are due at the time `now`, nanoseconds of the network's clock.
    ///
    /// Returns when to call it again if no event comes before; `None`: only an event or a command lets it go on.
    pub fn advance(&mut self, network: &dyn Network, now: u64) -> Option<u64> {
        let next = self.drive(now);
        if self.leaves {
            self.due.clear();
        }
        while let Some(turn) = self.due.pop_front() {
            match self.request(&turn) {
                Some(request) => {
                    self.calls.insert(network.submit(request), (turn, None));
                }
                None => self.never_made(turn, now),
            }
        }
        self.wind_up();
        for text in self.notes.drain(..) {
            network.note(None, PlayerNote::Narration { text });
        }
        next
    }

    fn wind_up(&mut self) {
        let is_done = self.calls.is_empty() && (self.open.is_empty() || self.leaves);
        if let (Some(ending), true, Standing::Stopping) = (self.ending, is_done, self.standing) {
            self.standing = Standing::Ended(ending);
            match ending {
                Ending::Stopped => self.say("ends"),
                other => self.say(format!("ends: {}", other.words())),
            }
        }
    }

    fn end(&mut self, ending: Ending) {
        if self.ending.is_some() {
            return;
        }
        self.ending = Some(ending);
        self.standing = Standing::Stopping;
        self.is_open = false;
        self.due.clear();
        let flows: Vec<FlowId> = self.flows.keys().copied().collect();
        for flow in flows {
            let holds = self.flows.get(&flow).is_some_and(|it| it.held() > 0);
            if holds {
                self.reset(flow);
            } else {
                self.finish(flow);
            }
        }
        // One that is being borne is closed once it is there.
        for socket in self.open.clone() {
            self.close(socket);
        }
    }

    /// Says something of itself, unless it has said very much already.
    fn say(&mut self, what: impl std::fmt::Display) {
        self.said_so_far = self.said_so_far.saturating_add(1);
        let name = &self.order.name;
        let text: Arc<str> = match self.said_so_far {
            ..MOST_SAID => Arc::from(format!("{name} {what}.")),
            MOST_SAID => Arc::from(format!(
                "{name} says no more of each: its card goes on counting."
            )),
            _ => return,
        };
        self.said = Some(Arc::clone(&text));
        self.notes.push(text);
    }

    /// Takes in one event of the network.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                if let Some((_, thread)) = self.calls.get_mut(&started.id) {
                    *thread = Some(started.thread);
                }
            }
            Event::Ended(ended) => self.ended(ended.id, &ended.outcome, ended.stamp.at),
            Event::Made(started, ended) => {
                self.ended(ended.id, &ended.outcome, ended.stamp.at);
                if let (Call::Close, Some(socket), Outcome::Ok(_)) =
                    (&started.call, started.socket, &ended.outcome)
                {
                    self.closed(socket);
                }
            }
            Event::Withdrawn { id } => self.ended(*id, &Outcome::Interrupted, 0),
            Event::Room => self.has_room(),
            Event::WorkerPanicked { thread, stamp, .. } => {
                let lost = self.those(|_, _, on| on == Some(*thread));
                for id in lost {
                    self.ended(id, &Outcome::Interrupted, stamp.at);
                }
            }
            Event::Folded(folded) => {
                // A relay makes no select.
                let Some(socket) = folded.socket else {
                    return;
                };
                let call = Some((socket, folded.method));
                let lost = self.those(|relay, turn, _| relay.data_call(turn) == call);
                // Of calls that are alike the oldest were answered first; younger ones are yet to be.
                let count = usize::try_from(folded.count).unwrap_or(usize::MAX);
                for id in lost.into_iter().take(count) {
                    self.folded(id, folded.errno, folded.last.at);
                }
            }
            _ => {}
        }
    }

    /// There are descriptors for another client again.
    fn has_room(&mut self) {
        if self.standing == Standing::Full {
            self.standing = Standing::Serving;
        }
    }

    /// The calls in flight that are so, the oldest first.
    fn those(&self, are: impl Fn(&Self, &Turn, Option<ThreadId>) -> bool) -> Vec<CallId> {
        let calls = self.calls.iter();
        let are_so = calls.filter(|(_, (turn, thread))| are(self, turn, *thread));
        let mut calls: Vec<CallId> = are_so.map(|(id, _)| *id).collect();
        calls.sort_unstable();
        calls
    }

    fn is_tcp(&self) -> bool {
        self.order.protocol == Protocol::Tcp
    }

    /// Has a socket of its own closed, once.
    fn close(&mut self, socket: SocketId) {
        let closes =
            |turn: &Turn| matches!(turn, Turn::Close(it) | Turn::Linger(it) if *it == socket);
        let under_way = self.calls.values().map(|(turn, _)| turn);
        if !under_way.chain(&self.due).any(closes) {
            self.due.push_back(Turn::Close(socket));
        }
    }

    /// Has a client's own sockets closed.
    fn finish(&mut self, id: FlowId) {
        for socket in self.forget(id) {
            self.close(socket);
        }
    }

    /// Has a client's own sockets closed with a reset, where its protocol knows such a thing.
    fn reset(&mut self, id: FlowId) {
        if !self.is_tcp() {
            return self.finish(id);
        }
        for socket in self.forget(id) {
            // The close follows it.
            self.due.push_back(Turn::Linger(socket));
        }
    }

    /// Forgets a client; the sockets that are its own and open.
    fn forget(&mut self, id: FlowId) -> Vec<SocketId> {
        let Some(flow) = self.flows.remove(&id) else {
            return Vec::new();
        };
        self.clients.remove(&flow.client);
        let near = Some(flow.near).filter(|_| self.is_tcp());
        let own = [near, flow.far].into_iter().flatten();
        own.filter(|socket| self.open.contains(socket)).collect()
    }

    /// A socket was closed, by this relay or by hand.
    fn closed(&mut self, socket: SocketId) {
        self.open.remove(&socket);
        if self.face == Some(socket) {
            return self.end(Ending::Closed);
        }
        let mut flows = self.flows.iter();
        let flow = flows.find(|(_, flow)| flow.near == socket || flow.far == Some(socket));
        if let Some(id) = flow.map(|(id, _)| *id) {
            self.finish(id);
        }
        self.has_room();
    }
}
