//! A recording fed by hand, as a network would.

use std::net::SocketAddr;
use std::sync::Arc;

use sockeye::model::call::{
    Bytes, Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{
    Ended, Event, Note, Observation, Role, Stamp, Started, TcpObservation, TcpState, Threading,
};
use sockeye::model::ladder::Ladder;
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Header, Limits, Recording};
use sockeye::model::socket::{Socket, SocketTable};

pub const SERVER: &str = "127.0.0.1:5000";
pub const CLIENT: &str = "127.0.0.1:51724";

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// The descriptor that a socket of these tests has.
fn fd(id: SocketId) -> i32 {
    id.0.cast_signed() + 2
}

pub fn bind(text: &str) -> Call {
    Call::Bind {
        address: address(text),
    }
}

pub fn connect(text: &str) -> Call {
    Call::Connect {
        address: address(text),
    }
}

pub fn send(bytes: &[u8]) -> Call {
    Call::Send {
        payload: Payload::literal(bytes),
    }
}

pub fn received(bytes: &[u8]) -> Value {
    Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer: None,
        lost: 0,
    }
}

pub struct Session {
    pub recording: Recording,
    pub ladder: Ladder,
    /// Every fact, in the order told.
    pub events: Vec<Event>,
    seq: u64,
    passed: u64,
    calls: u64,
    sockets: u32,
    programs: u32,
}

impl Session {
    pub fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let header = Header {
            network: "test".to_owned(),
            platform: "linux".to_owned(),
            clock: "steps".to_owned(),
            started: "2024-01-01T00:00:00Z".to_owned(),
        };
        Self {
            recording: Recording::new(header, limits),
            ladder: Ladder::default(),
            events: Vec::new(),
            seq: 0,
            passed: 0,
            calls: 0,
            sockets: 0,
            programs: 0,
        }
    }

    pub fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.seq * 1000 + self.passed,
        }
    }

    /// So many nanoseconds go by.
    pub fn pass(&mut self, nanos: u64) {
        self.passed += nanos;
    }

    pub fn table(&self) -> &SocketTable {
        self.recording.sockets()
    }

    pub fn get(&self, id: SocketId) -> &Socket {
        self.table().get(id).expect("that socket was made")
    }

    pub fn program(&mut self, role: Role, threading: Threading) -> ProgramId {
        self.programs += 1;
        let program = ProgramId(self.programs);
        let name = match role {
            Role::Server => "server",
            Role::Client => "client",
            Role::Peer => "peer",
        };
        let stamp = self.stamp();
        self.apply(Event::ProgramAdded {
            stamp,
            program,
            name: Arc::from(name),
            role,
            threading,
        });
        self.apply(Event::ThreadStarted {
            stamp,
            thread: ThreadId(self.programs),
            program,
            name: Arc::from(name),
        });
        program
    }

    pub fn started(&mut self, program: ProgramId, socket: Option<SocketId>, call: Call) -> Started {
        self.calls += 1;
        Started {
            id: CallId(self.calls),
            stamp: self.stamp(),
            thread: ThreadId(program.0),
            program,
            socket,
            fd: socket.map(fd),
            call,
            name: None,
            line: None,
            part: None,
            at_end: false,
        }
    }

    pub fn socket_in(&mut self, program: ProgramId, protocol: Protocol) -> SocketId {
        self.sockets += 1;
        let id = SocketId(self.sockets);
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol,
        };
        let started = self.started(program, None, call);
        let value = Value::Socket {
            id,
            fd: fd(id),
            peer: None,
        };
        self.made(started, Outcome::Ok(value));
        id
    }

    /// A socket in a program of its own.
    pub fn socket(&mut self, role: Role, protocol: Protocol) -> SocketId {
        let program = self.program(role, Threading::ThreadPerSocket);
        self.socket_in(program, protocol)
    }

    /// A `socket()` call that fails.
    pub fn fails_to_make(&mut self, role: Role, protocol: Protocol, errno: Errno) {
        let program = self.program(role, Threading::ThreadPerSocket);
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol,
        };
        let started = self.started(program, None, call);
        self.made(started, Outcome::Error(errno));
    }

    pub fn made(&mut self, started: Started, outcome: Outcome) {
        self.made_with(started, outcome, None);
    }

    fn made_with(&mut self, started: Started, outcome: Outcome, note: Option<Note>) {
        let ended = Ended {
            id: started.id,
            stamp: self.stamp(),
            offset: started.socket.and_then(|id| self.offset(id, &outcome)),
            outcome,
            retries: 0,
            note,
        };
        self.apply(Event::Made(started, ended));
    }

    pub fn does(&mut self, id: SocketId, call: Call, outcome: Outcome) {
        let program = self.get(id).program;
        let started = self.started(program, Some(id), call);
        self.made(started, outcome);
    }

    pub fn ok(&mut self, id: SocketId, call: Call, value: Value) {
        self.does(id, call, Outcome::Ok(value));
    }

    pub fn done(&mut self, id: SocketId, call: Call) {
        self.ok(id, call, Value::None);
    }

    pub fn fails(&mut self, id: SocketId, call: Call, errno: Errno) {
        self.does(id, call, Outcome::Error(errno));
    }

    pub fn fails_on_line(&mut self, id: SocketId, call: Call, errno: Errno, line: u32) {
        let program = self.get(id).program;
        let started = Started {
            line: Some(line),
            ..self.started(program, Some(id), call)
        };
        self.made(started, Outcome::Error(errno));
    }

    pub fn fails_with_note(&mut self, id: SocketId, call: Call, errno: Errno, note: Note) {
        let program = self.get(id).program;
        let started = self.started(program, Some(id), call);
        self.made_with(started, Outcome::Error(errno), Some(note));
    }

    pub fn sends(&mut self, id: SocketId, bytes: &[u8]) {
        self.ok(id, send(bytes), Value::Sent(bytes.len() as u64));
    }

    pub fn receives(&mut self, id: SocketId, bytes: &[u8]) {
        self.ok(id, Call::Recv { max: 1024 }, received(bytes));
    }

    /// Every fact goes through here: the ladder that grows with the recording is fed what each has changed.
    pub fn apply(&mut self, event: Event) {
        self.events.push(event.clone());
        let change = self.recording.apply(event);
        self.ladder.take(change, &self.recording);
    }

    /// Where in the socket's stream the bytes lie that a call moved, as a network tells it.
    fn offset(&self, id: SocketId, outcome: &Outcome) -> Option<u64> {
        let socket = self.recording.sockets().get(id)?;
        match outcome {
            Outcome::Ok(Value::Sent(_)) => Some(socket.sent),
            Outcome::Ok(Value::Received { .. }) => Some(socket.received),
            _ => None,
        }
    }

    /// A call that enters its system call and stays in it.
    pub fn waits(&mut self, id: SocketId, call: Call) -> CallId {
        let program = self.get(id).program;
        let started = self.started(program, Some(id), call);
        let call = started.id;
        self.apply(Event::Started(started));
        call
    }

    pub fn returns(&mut self, id: CallId, outcome: Outcome) {
        let row = self.recording.waiting_row(id);
        let socket = row.and_then(|row| self.recording.numbered(row)?.socket);
        let ended = Ended {
            id,
            stamp: self.stamp(),
            offset: socket.and_then(|socket| self.offset(socket, &outcome)),
            outcome,
            retries: 0,
            note: None,
        };
        self.apply(Event::Ended(ended));
    }

    pub fn observe(&mut self, socket: SocketId, observation: Observation) {
        let stamp = self.stamp();
        self.apply(Event::Observed {
            stamp,
            socket,
            observation,
        });
    }

    /// The kernel's word on a TCP socket's state, with so many bytes unread.
    pub fn state(&mut self, socket: SocketId, state: TcpState, unread: u32) {
        self.observe(
            socket,
            Observation {
                tcp: Some(tcp(state)),
                receive_queue: Some(unread),
                ..Observation::default()
            },
        );
    }

    /// A TCP listener on [`SERVER`].
    pub fn listener(&mut self) -> SocketId {
        let id = self.socket(Role::Server, Protocol::Tcp);
        self.done(id, bind(SERVER));
        self.done(id, Call::Listen { backlog: 5 });
        id
    }

    pub fn accepts(&mut self, listener: SocketId) -> SocketId {
        self.accepts_from(listener, CLIENT)
    }

    pub fn accepts_from(&mut self, listener: SocketId, peer: &str) -> SocketId {
        self.sockets += 1;
        let id = SocketId(self.sockets);
        let value = Value::Socket {
            id,
            fd: fd(id),
            peer: Some(address(peer)),
        };
        self.ok(listener, Call::Accept, value);
        id
    }

    /// A listener, a client connected from [`CLIENT`], and the connection that accept returned.
    pub fn connection(&mut self) -> (SocketId, SocketId, SocketId) {
        let listener = self.listener();
        let client = self.socket(Role::Client, Protocol::Tcp);
        self.done(client, connect(SERVER));
        self.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
        let connection = self.accepts(listener);
        (listener, client, connection)
    }

    /// A UDP socket bound to `local`.
    pub fn udp(&mut self, role: Role, local: &str) -> SocketId {
        let id = self.socket(role, Protocol::Udp);
        self.done(id, bind(local));
        id
    }
}

pub fn tcp(state: TcpState) -> TcpObservation {
    TcpObservation {
        state,
        rtt_micros: 0,
        retransmits: 0,
        accept_queue: 0,
        backlog: 0,
    }
}

/// What the kernel says of a listener.
pub fn queue(accept_queue: u32, backlog: u32) -> Observation {
    Observation {
        tcp: Some(TcpObservation {
            accept_queue,
            backlog,
            ..tcp(TcpState::Listen)
        }),
        ..Observation::default()
    }
}
