//! Sockeye's own road of a call, with work piled up on it: one thread of a program that makes many calls back to back,
//! and a listener that takes their events as the window does.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::call::{Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, Value};
use sockeye::model::event::{Event, Role, Threading};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, Request, Subscription};

const DEADLINE: Duration = Duration::from_mins(1);
/// Between two looks at what happened: a little shorter than a frame.
const LOOK: Duration = Duration::from_millis(2);

/// A program of one thread on the kernel network.
pub struct Lane {
    pub network: Arc<KernelNetwork>,
    pub events: Subscription,
    pub program: ProgramId,
    /// A receive on this socket holds up the thread while work is piled up behind it.
    gate: SocketId,
    opener: UdpSocket,
    /// What the system says of the thread: `/proc/[pid]/task/[tid]/schedstat`.
    schedule: PathBuf,
}

/// What calls made back to back took, seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// From when the first entered its system call to when the last returned.
    pub seconds: f64,
    /// Processor time of the thread that made them.
    pub processor: f64,
    /// How many bytes they received.
    pub received: u64,
}

impl std::iter::Sum for Run {
    fn sum<I: Iterator<Item = Self>>(runs: I) -> Self {
        runs.fold(Self::default(), |all, run| Self {
            seconds: all.seconds + run.seconds,
            processor: all.processor + run.processor,
            received: all.received + run.received,
        })
    }
}

impl Lane {
    pub fn new() -> Self {
        let network = KernelNetwork::start().expect("a network");
        let events = network.subscribe(Arc::new(|| {}));
        let program = network.add_program("bench", Role::Client, Threading::OneThread);
        let opener = UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let mut lane = Self {
            network,
            events,
            program,
            gate: SocketId(0),
            opener: opener.expect("a port"),
            schedule: PathBuf::new(),
        };
        lane.gate = lane.socket(Protocol::Udp);
        let address = lane.bind(lane.gate);
        lane.opener.connect(address).expect("an address");
        lane.schedule = schedule_of("sockeye-bench").expect("its thread runs");
        lane
    }

    /// A new socket.
    pub fn socket(&self, protocol: Protocol) -> SocketId {
        let family = Family::Ipv4;
        let call = Call::Socket { family, protocol };
        born(&self.call(Request::within(self.program, call)))
    }

    /// Binds a socket to a port of the system's choice.
    pub fn bind(&self, socket: SocketId) -> SocketAddr {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.on(socket, Call::Bind { address });
        match self.on(socket, Call::GetSockName) {
            Value::Address(address) => address,
            other => panic!("{other:?}"),
        }
    }

    /// Both ends of a TCP connection.
    pub fn connection(&self) -> (SocketId, SocketId) {
        let listener = self.socket(Protocol::Tcp);
        let address = self.bind(listener);
        self.on(listener, Call::Listen { backlog: 1 });
        let client = self.socket(Protocol::Tcp);
        self.on(client, Call::Connect { address });
        (client, born(&self.on(listener, Call::Accept)))
    }

    /// A TCP connection to somebody else.
    pub fn connected_to(&self, address: SocketAddr) -> SocketId {
        let client = self.socket(Protocol::Tcp);
        self.on(client, Call::Connect { address });
        client
    }

    /// Makes a call on a socket.
    pub fn on(&self, socket: SocketId, call: Call) -> Value {
        self.call(Request::on(socket, call))
    }

    fn call(&self, request: Request) -> Value {
        let id = self.network.submit(request);
        let deadline = Instant::now() + DEADLINE;
        loop {
            match self.events.wait(deadline).expect("an event") {
                Event::Made(_, ended) | Event::Ended(ended) if ended.id == id => {
                    return match ended.outcome {
                        Outcome::Ok(value) => value,
                        other => panic!("{other:?}"),
                    };
                }
                _ => {}
            }
        }
    }

    /// Makes these calls back to back.
    pub fn run(&self, requests: impl IntoIterator<Item = Request>) -> Run {
        let max = 16;
        let held = self
            .network
            .submit(Request::on(self.gate, Call::RecvFrom { max }));
        let ids: Vec<CallId> = requests
            .into_iter()
            .map(|request| self.network.submit(request))
            .collect();
        let [Some(first), Some(last)] = [ids.first(), ids.last()] else {
            return Run::default();
        };
        let before = self.processor_time();
        self.opener.send(b"go").expect("the gate is there");
        let mut received = 0;
        let mut ends: [Option<u64>; 2] = [None; 2];
        let deadline = Instant::now() + DEADLINE;
        while ends[1].is_none() {
            assert!(
                Instant::now() < deadline,
                "{held:?} or what follows it is stuck"
            );
            self.events.drain(LOOK, |event| {
                let (started, ended) = match event {
                    Event::Started(started) => (Some(started), None),
                    Event::Ended(ended) => (None, Some(ended)),
                    Event::Made(started, ended) => (Some(started), Some(ended)),
                    Event::Folded(_) => panic!("the listener did not keep up"),
                    _ => (None, None),
                };
                if let Some(started) = started.filter(|started| started.id == *first) {
                    ends[0] = Some(started.stamp.at);
                }
                let Some(ended) = ended.filter(|ended| ended.id != held) else {
                    return;
                };
                if let Outcome::Ok(Value::Received { bytes, .. }) = &ended.outcome {
                    received += bytes.len();
                }
                if ended.id == *last {
                    ends[1] = Some(ended.stamp.at);
                }
            });
            std::thread::sleep(LOOK);
        }
        let [Some(begin), Some(end)] = ends else {
            panic!("the first call was not seen");
        };
        Run {
            seconds: (end - begin) as f64 / 1e9,
            // It rests again by now: what the system says of a thread at rest is exact.
            processor: self.processor_time() - before,
            received,
        }
    }

    /// Processor time of the thread so far, seconds.
    fn processor_time(&self) -> f64 {
        let text = std::fs::read_to_string(&self.schedule).expect("the thread is there");
        let nanoseconds = text
            .split_whitespace()
            .next()
            .and_then(|word| word.parse().ok());
        nanoseconds.map_or(f64::NAN, |nanoseconds: f64| nanoseconds / 1e9)
    }
}

fn born(value: &Value) -> SocketId {
    match value {
        Value::Socket { id, .. } => *id,
        other => panic!("{other:?}"),
    }
}

/// Where the system says how long the youngest thread of that name has run.
fn schedule_of(name: &str) -> Option<PathBuf> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let folders = tasks.filter_map(|task| Some(task.ok()?.path()));
    let of_name = folders.filter(|folder| {
        std::fs::read_to_string(folder.join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    Some(of_name.max_by_key(number)?.join("schedstat"))
}
