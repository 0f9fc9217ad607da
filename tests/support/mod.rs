//! A network, its recording, and waiting for things with a deadline: what the tests of the kernel network share.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part")]

#[cfg(target_os = "linux")]
pub mod alone;
mod deadline;
mod ports;
#[cfg(target_os = "linux")]
pub mod scenes;
#[cfg(target_os = "linux")]
mod states;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use sockeye::model::call::{
    BlockingMode, Call, CallId, Family, Outcome, ProgramId, Protocol, ShutdownHow, SocketId,
    SocketOption, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, Role, Threading};
use sockeye::model::payload::Payload;
use sockeye::model::recording::{CallEntry, Limits, Recording, RowNumber};
use sockeye::model::socket::Socket;
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, Request, Subscription};

pub use deadline::DEADLINE;
#[cfg(target_os = "linux")]
pub use ports::wait_until_left;
pub use ports::{any_port, own_port};

/// A network with a server and a client program, and everything it told.
pub struct World {
    pub network: Arc<KernelNetwork>,
    pub recording: Recording,
    pub server: ProgramId,
    pub client: ProgramId,
    pub events: Subscription,
    /// Rows of each call that has ended.
    pub rows: HashMap<CallId, Vec<RowNumber>>,
    pub withdrawn: Vec<CallId>,
    pub queued: Vec<CallId>,
    pub panicked: Vec<Arc<str>>,
}

impl World {
    pub fn new() -> Self {
        let network = KernelNetwork::start().expect("a network");
        let events = network.subscribe(Arc::new(|| {}));
        let server = network.add_program("server", Role::Server, Threading::ThreadPerSocket);
        let client = network.add_program("client", Role::Client, Threading::ThreadPerSocket);
        Self {
            recording: Recording::new(network.header(), Limits::default()),
            network,
            server,
            client,
            events,
            rows: HashMap::new(),
            withdrawn: Vec::new(),
            queued: Vec::new(),
            panicked: Vec::new(),
        }
    }

    /// Takes in one event.
    pub fn take(&mut self, event: Event) {
        let waiting = match &event {
            Event::Ended(ended) => self.recording.waiting_row(ended.id),
            _ => None,
        };
        let ended = match &event {
            Event::Ended(ended) | Event::Made(_, ended) => Some(ended.id),
            _ => None,
        };
        match &event {
            Event::Withdrawn { id } => self.withdrawn.push(*id),
            Event::Queued { id, .. } => self.queued.push(*id),
            Event::WorkerPanicked { message, .. } => self.panicked.push(Arc::clone(message)),
            _ => {}
        }
        self.recording.apply(event);
        if let Some(id) = ended {
            let made = self.recording.last().map(|entry| entry.number);
            if let Some(number) = waiting.or(made) {
                self.rows.entry(id).or_default().push(number);
            }
        }
    }

    /// Takes in what happens until `reached`, and fails with `what` and the log when it does not come.
    pub fn wait_until(&mut self, what: &str, mut reached: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !reached(self) {
            match self.events.wait(deadline) {
                Some(event) => self.take(event),
                None => panic!("never came: {what}\n{}", self.log()),
            }
        }
    }

    /// What is known of a socket.
    pub fn known(&self, socket: SocketId) -> &Socket {
        self.recording.sockets().get(socket).expect("a socket")
    }

    /// Takes in what happens until the socket is as `reached` wants it.
    pub fn wait_for(&mut self, socket: SocketId, what: &str, reached: impl Fn(&Socket) -> bool) {
        self.wait_until(what, |world| {
            world.recording.sockets().get(socket).is_some_and(&reached)
        });
    }

    /// The end of the log as text, for failures.
    pub fn log(&self) -> String {
        let sockets = self.recording.sockets();
        let first = self.recording.len().saturating_sub(30);
        let rows = (first..self.recording.len()).filter_map(|index| self.recording.row(index));
        let mut lines: Vec<String> = rows
            .map(|row| {
                let result = row.result(sockets, 20).unwrap_or("…".to_owned());
                let text = row.text(sockets, 20);
                format!("{:?} {text} -> {result} x{}", row.socket, row.count)
            })
            .collect();
        let seen = self.recording.observations().rev().take(10);
        lines.extend(seen.map(|seen| format!("{:?} {:?}", seen.socket, seen.observation)));
        lines.join("\n")
    }

    pub fn submit(&self, socket: SocketId, call: Call) -> CallId {
        self.network.submit(Request::on(socket, call))
    }

    /// Waits for a call's last row.
    pub fn ended(&mut self, id: CallId) -> CallEntry {
        self.wait_until(&format!("the end of {id:?}"), |world| {
            world.rows.contains_key(&id)
        });
        self.entry(id)
    }

    pub fn entry(&self, id: CallId) -> CallEntry {
        let number = *self.rows[&id].last().expect("a row");
        self.recording.numbered(number).expect("a kept row")
    }

    /// Makes a call and waits for its end.
    pub fn call(&mut self, socket: SocketId, call: Call) -> CallEntry {
        let id = self.submit(socket, call);
        self.ended(id)
    }

    /// Makes a call and waits until it is in its system call.
    pub fn start(&mut self, socket: SocketId, call: Call) -> CallId {
        let id = self.submit(socket, call);
        self.wait_until("the start of a waiting call", |world| {
            world.recording.waiting_row(id).is_some()
        });
        id
    }

    /// Makes a call that must succeed.
    pub fn ok(&mut self, socket: SocketId, call: Call) -> Value {
        let entry = self.call(socket, call);
        match entry.outcome {
            Some(Outcome::Ok(value)) => value,
            other => panic!("{other:?}, not ok\n{}", self.log()),
        }
    }

    /// Makes a call that must fail, and with what.
    pub fn errno(&mut self, socket: SocketId, call: Call) -> Errno {
        let entry = self.call(socket, call);
        match entry.outcome {
            Some(Outcome::Error(errno)) => errno,
            other => panic!("{other:?}, not an error\n{}", self.log()),
        }
    }

    pub fn socket(&mut self, program: ProgramId, family: Family, protocol: Protocol) -> SocketId {
        let request = Request::within(program, Call::Socket { family, protocol });
        let id = self.network.submit(request);
        let entry = self.ended(id);
        entry
            .born()
            .unwrap_or_else(|| panic!("{:?}", entry.outcome))
    }

    pub fn tcp(&mut self, program: ProgramId) -> SocketId {
        self.socket(program, Family::Ipv4, Protocol::Tcp)
    }

    pub fn udp(&mut self, program: ProgramId) -> SocketId {
        self.socket(program, Family::Ipv4, Protocol::Udp)
    }

    pub fn local(&mut self, socket: SocketId) -> SocketAddr {
        match self.ok(socket, Call::GetSockName) {
            Value::Address(address) => address,
            other => panic!("{other:?}"),
        }
    }

    /// A socket that listens on a free port, and its address.
    pub fn listener(&mut self, backlog: i32) -> (SocketId, SocketAddr) {
        let server = self.tcp(self.server);
        self.ok(server, bind(any_port()));
        self.ok(server, Call::Listen { backlog });
        let address = self.local(server);
        (server, address)
    }

    pub fn accept(&mut self, listener: SocketId) -> SocketId {
        match self.ok(listener, Call::Accept) {
            Value::Socket { id, .. } => id,
            other => panic!("{other:?}"),
        }
    }

    /// Listener, client, and the connection between them.
    pub fn connection(&mut self) -> (SocketId, SocketId, SocketId) {
        let (listener, address) = self.listener(5);
        let client = self.tcp(self.client);
        self.ok(client, Call::Connect { address });
        let conn = self.accept(listener);
        (listener, client, conn)
    }

    pub fn set_mode(&mut self, socket: SocketId, mode: BlockingMode) {
        self.ok(socket, Call::SetBlocking { mode });
    }

    /// Interrupts a call and waits for its end.
    pub fn interrupt(&mut self, id: CallId) -> CallEntry {
        self.network.interrupt(id);
        self.ended(id)
    }

    pub fn received(&mut self, socket: SocketId, max: u32) -> Vec<u8> {
        bytes_of(&self.ok(socket, Call::Recv { max }))
    }
}

pub fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Received { bytes, .. } => bytes.whole().expect("kept bytes").to_vec(),
        other => panic!("{other:?} is no received bytes"),
    }
}

pub fn bind(address: SocketAddr) -> Call {
    Call::Bind { address }
}

pub fn send(bytes: &[u8]) -> Call {
    Call::Send {
        payload: Payload::literal(bytes),
    }
}

pub fn send_all(unit: u8, times: u32) -> Call {
    Call::SendAll {
        payload: repeat(unit, times),
    }
}

pub fn repeat(unit: u8, times: u32) -> Payload {
    Payload::Repeat {
        unit: Arc::from([unit]),
        times,
    }
}

pub fn send_to(bytes: &[u8], address: SocketAddr) -> Call {
    Call::SendTo {
        payload: Payload::literal(bytes),
        address,
    }
}

pub fn shut(how: ShutdownHow) -> Call {
    Call::Shutdown { how }
}

pub fn reuse_address() -> Call {
    Call::SetSockOpt {
        option: SocketOption::ReuseAddress,
        value: 1,
    }
}

impl World {
    /// What `O_NONBLOCK` really is, from /proc.
    pub fn mode_in_the_kernel(&self, socket: SocketId) -> BlockingMode {
        const O_NONBLOCK: u32 = 0o4000;
        let fd = self.known(socket).fd;
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).expect("/proc");
        let flags = info
            .lines()
            .find_map(|line| line.strip_prefix("flags:"))
            .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
            .expect("flags");
        if flags & O_NONBLOCK == 0 {
            BlockingMode::Blocking
        } else {
            BlockingMode::NonBlocking
        }
    }
}
