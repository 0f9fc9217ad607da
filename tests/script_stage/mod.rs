//! A player on a network whose every answer the test gives, at a time the test moves.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::{Arc, Mutex};

use crossbeam_channel::unbounded;
use sockeye::model::call::{Bytes, CallId, Outcome, ProgramId, SocketId, ThreadId, Value};
use sockeye::model::event::{Ended, Event, PlayerNote, Role, Stamp, Started, Threading};
use sockeye::model::recording::Header;
use sockeye::network::{Network, Request, Subscription, Target, Waker};
use sockeye::script::options::{PlayOptions, PlayerId, Reach};
use sockeye::script::player::Player;
use sockeye::script::syntax::parse;

pub const MILLI: u64 = 1_000_000;

/// What the network was asked to do.
#[derive(Default)]
pub struct Asked {
    pub calls: Vec<Request>,
    pub interrupted: Vec<usize>,
    pub moved: Vec<usize>,
    pub notes: Vec<PlayerNote>,
    pub programs: Vec<(String, Role, Threading)>,
    pub observed: Vec<SocketId>,
}

#[derive(Default)]
pub struct Fake(pub Mutex<Asked>);

impl Network for Fake {
    fn header(&self) -> Header {
        Header {
            network: "fake".to_owned(),
            platform: String::new(),
            clock: String::new(),
            started: String::new(),
        }
    }

    fn now(&self) -> u64 {
        0
    }

    fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId {
        let mut asked = self.0.lock().unwrap();
        asked.programs.push((name.to_owned(), role, threading));
        ProgramId(asked.programs.len() as u32)
    }

    fn forget(&self, _: &[ProgramId]) {}

    fn set_threading(&self, _: ProgramId, _: Threading) {}

    fn submit(&self, request: Request) -> CallId {
        let mut asked = self.0.lock().unwrap();
        asked.calls.push(request);
        CallId(asked.calls.len() as u64)
    }

    fn interrupt(&self, call: CallId) {
        self.0.lock().unwrap().interrupted.push(call.0 as usize);
    }

    fn move_to_second_thread(&self, call: CallId) {
        self.0.lock().unwrap().moved.push(call.0 as usize);
    }

    fn observe(&self, socket: SocketId) {
        self.0.lock().unwrap().observed.push(socket);
    }

    fn note(&self, _: Option<u32>, note: PlayerNote) {
        self.0.lock().unwrap().notes.push(note);
    }

    fn subscribe(&self, _: Waker) -> Subscription {
        Subscription::new(unbounded().1, || {})
    }
}

/// A player on a fake network, at a time the test moves. Calls are numbered from 1, in the order submitted.
pub struct Stage {
    pub fake: Fake,
    pub player: Player,
    pub now: u64,
    pub next: Option<u64>,
    pub seq: u64,
}

impl Stage {
    pub fn with(script: &str, change: impl FnOnce(&mut PlayOptions)) -> Self {
        let mut options = PlayOptions::terminal("test");
        // Most scripts here listen without a bind, which is not what they are about.
        options.reach = Reach::Anyone;
        change(&mut options);
        let script = Arc::new(parse(script).unwrap());
        let mut stage = Self {
            fake: Fake::default(),
            player: Player::new(PlayerId(1), script, options),
            now: 1000,
            next: None,
            seq: 0,
        };
        stage.go();
        stage
    }

    pub fn new(script: &str) -> Self {
        Self::with(script, |_| {})
    }

    pub fn go(&mut self) {
        self.next = self.player.advance(&self.fake, self.now);
    }

    pub fn later(&mut self, nanos: u64) {
        self.now += nanos;
        self.go();
    }

    pub fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.now,
        }
    }

    pub fn started(&mut self, call: usize) -> Started {
        let stamp = self.stamp();
        let request = self.fake.0.lock().unwrap().calls[call - 1].clone();
        Started {
            id: CallId(call as u64),
            stamp,
            thread: ThreadId(7),
            program: ProgramId(1),
            socket: match request.target {
                Target::Socket(socket) => Some(socket),
                Target::Program(_) => None,
            },
            fd: None,
            call: request.call,
            name: None,
            line: None,
            part: None,
            at_end: false,
        }
    }

    pub fn ended(&mut self, call: usize, outcome: Outcome) -> Ended {
        Ended {
            id: CallId(call as u64),
            stamp: self.stamp(),
            outcome,
            offset: None,
            retries: 0,
            note: None,
        }
    }

    /// The call enters its system call.
    pub fn enter(&mut self, call: usize) {
        let started = self.started(call);
        self.player.take(&Event::Started(started));
        self.go();
    }

    /// The call, which has entered before, returns.
    pub fn end(&mut self, call: usize, outcome: Outcome) {
        let ended = self.ended(call, outcome);
        self.player.take(&Event::Ended(ended));
        self.go();
    }

    /// The call returns at once.
    pub fn made(&mut self, call: usize, outcome: Outcome) {
        let event = Event::Made(self.started(call), self.ended(call, outcome));
        self.player.take(&event);
        self.go();
    }

    /// All calls submitted from `from` on return at once, sockets with the number of their call.
    pub fn all_made(&mut self, from: usize) {
        let mut call = from;
        while call <= self.calls().len() {
            let is_socket = self.calls()[call - 1].starts_with("socket(");
            let value = if is_socket {
                socket(call as u32)
            } else {
                Value::None
            };
            self.made(call, Outcome::Ok(value));
            call += 1;
        }
    }

    pub fn calls(&self) -> Vec<String> {
        let asked = self.fake.0.lock().unwrap();
        asked
            .calls
            .iter()
            .map(|request| request.call.python(64))
            .collect()
    }

    pub fn last_call(&self) -> String {
        self.calls().last().cloned().unwrap_or_default()
    }

    pub fn request(&self, call: usize) -> Request {
        self.fake.0.lock().unwrap().calls[call - 1].clone()
    }

    pub fn failures(&self) -> Vec<(u32, String, String)> {
        self.player
            .report()
            .failures
            .iter()
            .map(|failure| {
                (
                    failure.line,
                    failure.expected.to_string(),
                    failure.got.to_string(),
                )
            })
            .collect()
    }
}

pub fn socket(id: u32) -> Value {
    Value::Socket {
        id: SocketId(id),
        fd: 3,
        peer: None,
    }
}

pub fn accepted(id: u32) -> Outcome {
    Outcome::Ok(Value::Socket {
        id: SocketId(id),
        fd: 9,
        peer: Some("127.0.0.1:40000".parse().unwrap()),
    })
}

pub fn received(bytes: &[u8]) -> Outcome {
    Outcome::Ok(Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer: None,
        lost: 0,
    })
}

/// A script's first line.
pub const SERVER: &str = "server = socket(AF_INET, SOCK_STREAM)\n";
