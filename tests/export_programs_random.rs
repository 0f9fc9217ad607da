//! Two hundred random sessions of blocking calls over TCP and UDP, each exported as Python and run under `strace`: the
//! same calls, per program in the same order, with the same results.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "how long a test waits is said in one place, for both kinds of helpers"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use program_support::makes_the_same_calls;
use sockeye::export::program::Language;
use sockeye::model::call::{Call, CallId, ProgramId, ShutdownHow, SocketId, SocketOption};
use sockeye::model::event::{Role, Threading};
use sockeye::model::payload::Payload;
use sockeye::network::Network as _;
use support::{World, bind, own_port};

const SESSIONS: u64 = 200;

/// `SplitMix64`: the same session for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// One end of a TCP connection.
struct End {
    socket: SocketId,
    /// The place of the other end.
    other: usize,
    /// Bytes that wait to be received.
    pending: u64,
    /// What was received last.
    last: Vec<u8>,
    finished: bool,
    closed: bool,
    waits: Option<CallId>,
}

/// A UDP socket.
struct Peer {
    socket: SocketId,
    address: Option<SocketAddr>,
    /// Datagrams that wait.
    inbox: u32,
    sender: Option<SocketAddr>,
    waits: Option<CallId>,
}

struct Play {
    world: World,
    random: Random,
    programs: Vec<ProgramId>,
    listener: Option<(SocketId, SocketAddr)>,
    accepting: Option<CallId>,
    /// Connected clients that nobody has accepted.
    queue: Vec<SocketId>,
    ends: Vec<End>,
    peers: Vec<Peer>,
}

impl Play {
    fn new(seed: u64) -> Self {
        let world = World::new();
        let mut random = Random(seed);
        let mut programs = vec![world.server, world.client];
        for number in 0..random.below(2) {
            let name = format!("client{}", number + 2);
            programs.push(world.network.add_program(
                &name,
                Role::Client,
                Threading::ThreadPerSocket,
            ));
        }
        Self {
            world,
            random,
            programs,
            listener: None,
            accepting: None,
            queue: Vec::new(),
            ends: Vec::new(),
            peers: Vec::new(),
        }
    }

    fn any_program(&mut self) -> ProgramId {
        let place = self.random.below(self.programs.len() as u64) as usize;
        self.programs[place]
    }

    fn payload(&mut self, last: &[u8]) -> Payload {
        match self.random.below(5) {
            0 if !last.is_empty() => Payload::literal(&last.to_ascii_uppercase()),
            1 => Payload::Repeat {
                unit: Arc::from(&b"ab"[..]),
                times: 1 + self.random.below(300) as u32,
            },
            2 => {
                let len = 1 + self.random.below(150);
                let bytes: Vec<u8> = (0..len).map(|_| self.random.next() as u8).collect();
                Payload::literal(&bytes)
            }
            _ => Payload::literal(b"hello"),
        }
    }

    fn tcp(&mut self) {
        let server = self.programs[0];
        let listener = self.world.tcp(server);
        if self.random.one_in(3) {
            self.world.ok(listener, support::reuse_address());
        }
        self.world.ok(listener, bind(own_port()));
        if self.random.one_in(4) {
            let address = own_port();
            self.world.errno(listener, bind(address));
        }
        self.world.ok(listener, Call::Listen { backlog: 8 });
        let address = self.world.local(listener);
        self.listener = Some((listener, address));
    }

    fn udp(&mut self) {
        for number in 0..2 + self.random.below(2) {
            let program = self.any_program();
            let socket = self.world.udp(program);
            let address = (number == 0 || self.random.one_in(2)).then(|| {
                self.world.ok(socket, bind(own_port()));
                self.world.local(socket)
            });
            self.peers.push(Peer {
                socket,
                address,
                inbox: 0,
                sender: None,
                waits: None,
            });
        }
    }

    fn step(&mut self) {
        match self.random.below(12) {
            0 if self.ends.len() < 6 => self.connect(),
            1 | 2 => self.accept(),
            3..=5 => self.send(),
            6..=8 => self.receive(),
            9 => self.send_datagram(),
            10 => self.receive_datagram(),
            _ => self.odd(),
        }
    }

    fn connect(&mut self) {
        let Some((_, address)) = self.listener else {
            return;
        };
        let program = self.any_program();
        let client = self.world.tcp(program);
        self.world.ok(client, Call::Connect { address });
        if let Some(accept) = self.accepting.take() {
            let entry = self.world.ended(accept);
            self.joined(client, entry.born().unwrap());
        } else {
            self.queue.push(client);
        }
    }

    fn accept(&mut self) {
        let Some((listener, _)) = self.listener else {
            return;
        };
        if self.accepting.is_some() {
            return;
        }
        if self.queue.is_empty() {
            if self.ends.len() < 6 && self.random.one_in(2) {
                self.accepting = Some(self.world.start(listener, Call::Accept));
            }
            return;
        }
        let client = self.queue.remove(0);
        let conn = self.world.accept(listener);
        self.joined(client, conn);
    }

    fn joined(&mut self, client: SocketId, conn: SocketId) {
        let place = self.ends.len();
        for (socket, other) in [(client, place + 1), (conn, place)] {
            self.ends.push(End {
                socket,
                other,
                pending: 0,
                last: Vec::new(),
                finished: false,
                closed: false,
                waits: None,
            });
        }
    }

    /// An end that is in no call.
    fn any_end(&mut self) -> Option<usize> {
        let free: Vec<usize> = (0..self.ends.len())
            .filter(|place| self.ends[*place].waits.is_none())
            .collect();
        (!free.is_empty()).then(|| free[self.random.below(free.len() as u64) as usize])
    }

    fn send(&mut self) {
        let Some(place) = self.any_end() else { return };
        let End { socket, other, .. } = self.ends[place];
        let last = self.ends[place].last.clone();
        let payload = self.payload(&last);
        let count = payload.len();
        let call = if self.random.one_in(4) {
            Call::SendAll { payload }
        } else {
            Call::Send { payload }
        };
        if self.ends[place].closed || self.ends[place].finished {
            self.world.errno(socket, call);
            return;
        }
        if self.ends[other].closed || self.ends[other].pending > 3000 {
            return;
        }
        self.world.ok(socket, call);
        self.ends[other].pending += count;
        self.wake(other);
    }

    /// What an end waited for has come.
    fn wake(&mut self, place: usize) {
        if let Some(waits) = self.ends[place].waits.take() {
            let entry = self.world.ended(waits);
            self.ends[place].pending -= entry.bytes_moved;
        }
    }

    fn receive(&mut self) {
        let Some(place) = self.any_end() else { return };
        let End {
            socket,
            other,
            pending,
            closed,
            ..
        } = self.ends[place];
        let max = match self.random.below(4) {
            0 => 1 + self.random.below(20) as u32,
            1 => 4096,
            _ => 1024,
        };
        if closed {
            self.world.errno(socket, Call::Recv { max });
        } else if pending > 0 || self.ends[other].finished {
            // As by hand, where all that was sent has arrived long before the next click.
            let due = self.world.known(socket).received + pending;
            self.world.wait_for(socket, "its bytes", |socket| {
                pending == 0 || socket.arrived().is_some_and(|arrived| arrived >= due)
            });
            let bytes = self.world.received(socket, max);
            self.ends[place].pending -= bytes.len() as u64;
            self.ends[place].last = bytes;
        } else if self.ends[other].waits.is_none() && self.waiting() < 2 {
            self.ends[place].waits = Some(self.world.start(socket, Call::Recv { max }));
        }
    }

    fn waiting(&self) -> usize {
        self.ends.iter().filter(|end| end.waits.is_some()).count()
    }

    fn finish(&mut self, place: usize, call: Call) {
        let End {
            socket,
            other,
            closed,
            pending,
            ..
        } = self.ends[place];
        let is_close = call == Call::Close;
        // A close with bytes unread, or on both sides of one, would be a reset: not of these sessions.
        if closed || (is_close && pending > 0) {
            return;
        }
        if is_close
            && !self.ends[other].finished
            && self.ends[other].waits.is_none()
            && self.ends[other].closed
        {
            return;
        }
        self.world.ok(socket, call);
        self.ends[place].finished = true;
        self.ends[place].closed |= is_close;
        self.wake(other);
    }

    fn odd(&mut self) {
        let Some(place) = self.any_end() else { return };
        let socket = self.ends[place].socket;
        if self.ends[place].closed {
            self.world.errno(socket, Call::Close);
            return;
        }
        match self.random.below(8) {
            0 => {
                self.world.ok(socket, Call::GetSockName);
            }
            1 => {
                self.world.call(socket, Call::GetPeerName);
            }
            2 => {
                let Some((_, address)) = self.listener else {
                    return;
                };
                self.world.errno(socket, Call::Connect { address });
            }
            3 => {
                let option = SocketOption::NoDelay;
                self.world.ok(socket, Call::SetSockOpt { option, value: 1 });
            }
            4 if !self.ends[place].finished => {
                let how = ShutdownHow::Write;
                self.finish(place, Call::Shutdown { how });
            }
            5 => self.finish(place, Call::Close),
            6 => {
                let program = self.any_program();
                let alone = self.world.tcp(program);
                self.world.errno(alone, Call::Recv { max: 0 });
            }
            _ => {
                let Some((listener, _)) = self.listener else {
                    return;
                };
                if self.accepting.is_none() {
                    self.world.errno(listener, Call::Recv { max: 5 });
                }
            }
        }
    }

    fn send_datagram(&mut self) {
        if self.peers.is_empty() {
            return;
        }
        let from = self.random.below(self.peers.len() as u64) as usize;
        let to = self.random.below(self.peers.len() as u64) as usize;
        if self.peers[from].waits.is_some() || self.peers[to].inbox > 5 {
            return;
        }
        let socket = self.peers[from].socket;
        let reply = self.peers[from].sender.filter(|_| self.random.one_in(2));
        let Some(address) = reply.or(self.peers[to].address) else {
            self.world.errno(socket, support::send(b"to whom?"));
            return;
        };
        let payload = self.payload(b"");
        self.world.ok(socket, Call::SendTo { payload, address });
        // Its port is chosen now.
        if self.peers[from].address.is_none() {
            let known = self.world.local(socket);
            self.peers[from].sender = self.peers[from].sender.or(Some(address));
            self.locals(from, known);
        }
        let taker = self.peers.iter().position(|peer| self.is_at(peer, address));
        if let Some(taker) = taker {
            match self.peers[taker].waits.take() {
                Some(waits) => self.got(taker, waits),
                None => self.peers[taker].inbox += 1,
            }
        }
    }

    /// The address of an unbound socket is nobody's to write: only a reply goes there.
    fn locals(&mut self, place: usize, known: SocketAddr) {
        let id = self.peers[place].socket;
        assert_eq!(
            self.world.known(id).local.map(|local| local.port()),
            Some(known.port())
        );
    }

    fn is_at(&self, peer: &Peer, address: SocketAddr) -> bool {
        let local = self.world.known(peer.socket).local;
        local.is_some_and(|local| local.port() == address.port())
    }

    fn got(&mut self, place: usize, call: CallId) {
        let entry = self.world.ended(call);
        self.note_sender(place, &entry);
    }

    fn note_sender(&mut self, place: usize, entry: &sockeye::model::recording::CallEntry) {
        use sockeye::model::call::{Outcome, Value};
        if let Some(Outcome::Ok(Value::Received { peer, .. })) = &entry.outcome {
            self.peers[place].sender = *peer;
        }
    }

    fn receive_datagram(&mut self) {
        if self.peers.is_empty() {
            return;
        }
        let place = self.random.below(self.peers.len() as u64) as usize;
        let Peer {
            socket,
            inbox,
            address,
            ..
        } = self.peers[place];
        if self.peers[place].waits.is_some() {
            return;
        }
        let max = if self.random.one_in(4) { 3 } else { 2048 };
        let call = Call::RecvFrom { max };
        if inbox > 0 {
            let entry = self.world.call(socket, call);
            self.note_sender(place, &entry);
            self.peers[place].inbox -= 1;
        } else if address.is_some() && self.peers.iter().all(|peer| peer.waits.is_none()) {
            let id = self.world.start(socket, call);
            self.peers[place].waits = Some(id);
        } else if self.random.one_in(3) {
            self.world.errno(socket, Call::Listen { backlog: 1 });
        }
    }

    /// Ends every wait, then closes some of what is open.
    fn end(&mut self) {
        while self.accepting.is_some() {
            self.connect();
        }
        for place in 0..self.ends.len() {
            if self.ends[place].waits.is_some() {
                let other = self.ends[place].other;
                if self.ends[other].finished {
                    self.wake(place);
                } else {
                    let socket = self.ends[other].socket;
                    self.world.ok(socket, support::send(b"at last"));
                    self.ends[place].pending += 7;
                    self.wake(place);
                }
            }
        }
        for place in 0..self.peers.len() {
            if let (Some(waits), Some(address)) =
                (self.peers[place].waits.take(), self.peers[place].address)
            {
                let program = self.programs[1];
                let helper = self.world.udp(program);
                self.world.ok(helper, support::send_to(b"at last", address));
                self.got(place, waits);
            }
        }
        for place in 0..self.ends.len() {
            if self.random.one_in(2) {
                self.finish(place, Call::Close);
            }
        }
        for place in 0..self.peers.len() {
            if self.random.one_in(2) {
                let socket = self.peers[place].socket;
                self.world.ok(socket, Call::Close);
            }
        }
        let sockets: Vec<SocketId> = self.ends.iter().map(|end| end.socket).collect();
        for socket in sockets.into_iter().chain(self.queue.clone()) {
            self.world
                .wait_for(socket, "its address", |socket| socket.local.is_some());
        }
    }
}

/// Plays the session of a seed and compares its programs with it.
fn holds(seed: u64) {
    let mut play = Play::new(seed);
    let kind = play.random.below(3);
    if kind != 1 {
        play.tcp();
    }
    if kind != 0 {
        play.udp();
    }
    for _ in 0..8 + play.random.below(25) {
        play.step();
    }
    play.end();
    let recording = play.world.recording.clone();
    drop(play);
    let name = format!("session {seed}");
    makes_the_same_calls(&name, &recording, Language::Python, &|text| {
        // Hosts of `own_port`, and others that it never gives.
        (64..128).fold(text.to_owned(), |text, host| {
            let (was, is) = (format!("\"127.{host}."), format!("\"127.{}.", host + 64));
            text.replace(&was, &is)
        })
    });
}

#[test]
fn two_hundred_random_sessions_make_the_same_calls() {
    let next = AtomicU64::new(0);
    let failed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SESSIONS {
                        break;
                    }
                    if std::panic::catch_unwind(|| holds(seed)).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(failed.into_inner(), 0, "sessions failed, as said above");
}
