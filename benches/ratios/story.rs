//! Events as the kernel network tells them, made up: so many calls of a session that no kernel could make them in the
//! time a bench has, and a network that tells them at a given pace.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError, bounded};
use sockeye::model::call::{
    Bytes, Call, CallId, Family, Method, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::event::{
    Ended, Event, Folded, Note, Observation, PlayerNote, Role, Stamp, Started, TcpObservation,
    TcpState, Threading,
};
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Header, Limits, Recording};
use sockeye::network::{Network, Request, Subscription, Waker};

const SERVER: ProgramId = ProgramId(1);
const CLIENT: ProgramId = ProgramId(2);
const LISTENER: SocketId = SocketId(1);
const CONNECTING: SocketId = SocketId(2);
const ACCEPTED: SocketId = SocketId(3);
/// Between two moments, nanoseconds.
const APART: u64 = 500;

/// One session: a connection is made, and bytes are sent over it and received, one pair of calls after another.
#[derive(Debug)]
pub struct Story {
    seq: u64,
    calls: u64,
    sent: u64,
    /// Calls that are the session's opening.
    pub opening: Vec<Event>,
}

impl Story {
    pub fn new() -> Self {
        let mut story = Self {
            seq: 0,
            calls: 0,
            sent: 0,
            opening: Vec::new(),
        };
        let opening = story.open();
        story.opening = opening;
        story
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.seq * APART,
        }
    }

    fn open(&mut self) -> Vec<Event> {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, 5000));
        let client = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        let mut events = Vec::new();
        for (program, name, role) in [
            (SERVER, "server", Role::Server),
            (CLIENT, "client", Role::Client),
        ] {
            events.push(Event::ProgramAdded {
                stamp: self.stamp(),
                program,
                name: Arc::from(name),
                role,
                threading: Threading::ThreadPerSocket,
            });
        }
        for (socket, program) in [(LISTENER, SERVER), (CONNECTING, CLIENT), (ACCEPTED, SERVER)] {
            events.push(Event::ThreadStarted {
                stamp: self.stamp(),
                thread: ThreadId(socket.0),
                program,
                name: Arc::from(format!("thread {}", socket.0)),
            });
        }
        let tcp = Call::Socket {
            family: Family::Ipv4,
            protocol: Protocol::Tcp,
        };
        let (address, backlog) = (server, 5);
        for (thread, socket, call, value) in [
            (LISTENER, None, tcp.clone(), born(LISTENER, None)),
            (
                LISTENER,
                Some(LISTENER),
                Call::Bind { address },
                Value::None,
            ),
            (
                LISTENER,
                Some(LISTENER),
                Call::Listen { backlog },
                Value::None,
            ),
            (CONNECTING, None, tcp, born(CONNECTING, None)),
            (
                CONNECTING,
                Some(CONNECTING),
                Call::Connect { address },
                Value::None,
            ),
            (
                LISTENER,
                Some(LISTENER),
                Call::Accept,
                born(ACCEPTED, Some(client)),
            ),
        ] {
            events.push(self.made(thread, socket, call, value, None));
        }
        for (socket, local, peer) in [(CONNECTING, client, server), (ACCEPTED, server, client)] {
            let tcp = TcpObservation {
                state: TcpState::Established,
                rtt_micros: 30,
                retransmits: 0,
                accept_queue: 0,
                backlog: 0,
            };
            events.push(Event::Observed {
                stamp: self.stamp(),
                socket,
                observation: Observation {
                    tcp: Some(tcp),
                    receive_queue: Some(0),
                    send_queue: Some(0),
                    local: Some(local),
                    peer: Some(peer),
                    ..Observation::default()
                },
            });
        }
        events
    }

    /// A send and the receive that takes its bytes.
    pub fn pair(&mut self, bytes: &Arc<[u8]>) -> [Event; 2] {
        let count = bytes.len() as u64;
        let offset = Some(self.sent);
        self.sent += count;
        let payload = Payload::Literal(Arc::clone(bytes));
        let received = Value::Received {
            bytes: Bytes::Whole(Arc::clone(bytes)),
            peer: None,
            lost: 0,
        };
        let send = Call::Send { payload };
        let recv = Call::Recv { max: 1024 };
        [
            self.made(
                CONNECTING,
                Some(CONNECTING),
                send,
                Value::Sent(count),
                offset,
            ),
            self.made(ACCEPTED, Some(ACCEPTED), recv, received, offset),
        ]
    }

    /// So many further connections of the listener. In the first of them a receive waits, each in a thread of its own;
    /// beyond those that have threads they are of a crowd.
    pub fn crowd(&mut self, connections: u32, waiting: u32) -> Vec<Event> {
        const THREADS: u32 = 255;
        let ids = (0..connections).map(|number| SocketId(ACCEPTED.0 + 1 + number));
        let mut events = Vec::new();
        for (number, id) in ids.clone().enumerate() {
            let [.., high, low] = (number as u32).to_be_bytes();
            let peer = SocketAddr::from(([127, 0, 1, high], 40_000 + u16::from(low)));
            let value = born(id, Some(peer));
            let mut accept = self.made(LISTENER, Some(LISTENER), Call::Accept, value, None);
            if let Event::Made(_, ended) = &mut accept
                && number as u32 >= THREADS
            {
                ended.note = Some(Note::InCrowd);
            }
            events.push(accept);
        }
        for id in ids.take(waiting.min(THREADS) as usize) {
            events.push(Event::ThreadStarted {
                stamp: self.stamp(),
                thread: ThreadId(id.0),
                program: SERVER,
                name: Arc::from("conn"),
            });
            events.push(Event::Started(self.started(
                id,
                Some(id),
                Call::Recv { max: 1024 },
            )));
        }
        events
    }

    /// A call that returned at once, made by the thread of `own`.
    fn made(
        &mut self,
        own: SocketId,
        socket: Option<SocketId>,
        call: Call,
        value: Value,
        offset: Option<u64>,
    ) -> Event {
        let started = self.started(own, socket, call);
        let ended = Ended {
            id: started.id,
            stamp: self.stamp(),
            outcome: Outcome::Ok(value),
            offset,
            retries: 0,
            note: None,
        };
        Event::Made(started, ended)
    }

    /// A call that enters its system call in the thread of `own`.
    fn started(&mut self, own: SocketId, socket: Option<SocketId>, call: Call) -> Started {
        self.calls += 1;
        Started {
            id: CallId(self.calls),
            stamp: self.stamp(),
            thread: ThreadId(own.0),
            program: if own == CONNECTING { CLIENT } else { SERVER },
            socket,
            fd: socket.map(|socket| 10 + socket.0.cast_signed()),
            call,
            name: None,
            line: None,
            part: None,
            at_end: false,
        }
    }
}

fn born(id: SocketId, peer: Option<SocketAddr>) -> Value {
    Value::Socket {
        id,
        fd: 10 + id.0.cast_signed(),
        peer,
    }
}

/// The recording of a session of so many calls of one byte each, whose limit lets none of them go.
pub fn recording(calls: u64) -> Recording {
    recording_of(calls, |_| Arc::from(*b"x"))
}

/// The same with the bytes of each pair of calls made by their number.
pub fn recording_of(calls: u64, mut bytes: impl FnMut(u64) -> Arc<[u8]>) -> Recording {
    let mut story = Story::new();
    let mut recording = Recording::new(header(), endless());
    for event in std::mem::take(&mut story.opening) {
        recording.apply(event);
    }
    while story.calls() < calls {
        let bytes = bytes(story.calls() / 2);
        for event in story.pair(&bytes) {
            recording.apply(event);
        }
    }
    recording
}

/// Limits that nothing here comes to.
pub fn endless() -> Limits {
    Limits {
        rows: 16_000_000,
        payload_bytes: 4 * 1024 * 1024 * 1024,
        ..Limits::default()
    }
}

pub fn header() -> Header {
    Header {
        network: "kernel".to_owned(),
        platform: "linux".to_owned(),
        clock: "monotonic".to_owned(),
        started: "2026-03-01T09:05:07Z".to_owned(),
    }
}

/// A network without sockets that tells a story at a pace.
pub struct Feed {
    begin: Instant,
    ids: AtomicU64,
    listener: Mutex<Option<(Sender<Event>, Waker)>>,
    stop: AtomicBool,
    /// Calls told, and those of them that were folded as the listener did not take them in time.
    pub told: AtomicU64,
    pub folded: AtomicU64,
}

/// As many events as the kernel network leaves lying for one listener.
const LYING: usize = 65_536;

impl Feed {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            begin: Instant::now(),
            ids: AtomicU64::new(0),
            listener: Mutex::new(None),
            stop: AtomicBool::new(false),
            told: AtomicU64::new(0),
            folded: AtomicU64::new(0),
        })
    }

    /// Tells so many calls a second from a thread of its own until [`Feed::stop`].
    pub fn tell(self: &Arc<Self>, calls_a_second: u64) -> JoinHandle<()> {
        let feed = Arc::clone(self);
        let thread = Builder::new()
            .name("feed".to_owned())
            .spawn(move || feed.run(calls_a_second));
        thread.expect("a thread")
    }

    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Tells these events at once.
    pub fn hand(&self, events: Vec<Event>) {
        let (sender, waker) = self.listener();
        for event in events {
            sender.try_send(event).expect("there is room for them");
        }
        waker();
    }

    fn listener(&self) -> (Sender<Event>, Waker) {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.clone().expect("somebody listens")
    }

    fn run(&self, calls_a_second: u64) {
        let (sender, waker) = self.listener();
        let mut story = Story::new();
        let bytes: Arc<[u8]> = Arc::from(*b"x");
        for event in std::mem::take(&mut story.opening) {
            sender.send(event).ok();
        }
        let begin = Instant::now();
        let mut told = 0;
        let mut folds: [Option<Folded>; 2] = [None, None];
        while !self.stop.load(Ordering::Relaxed) {
            let due = (begin.elapsed().as_micros() as u64) * calls_a_second / 1_000_000;
            while told < due {
                for (event, fold) in story.pair(&bytes).into_iter().zip(&mut folds) {
                    told += 1;
                    // What was folded comes before what follows it.
                    if sender.len() < LYING / 2
                        && let Some(folded) = fold.take()
                    {
                        sender.send(Event::Folded(folded)).ok();
                    }
                    let full = if fold.is_some() {
                        event
                    } else {
                        match sender.try_send(event) {
                            Err(TrySendError::Full(event)) => event,
                            Ok(()) | Err(TrySendError::Disconnected(_)) => continue,
                        }
                    };
                    self.folded.fetch_add(1, Ordering::Relaxed);
                    count(fold, full);
                }
            }
            self.told.store(told, Ordering::Relaxed);
            waker();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Counts a call into a fold.
fn count(fold: &mut Option<Folded>, event: Event) {
    let Event::Made(started, ended) = event else {
        return;
    };
    let folded = fold.get_or_insert_with(|| Folded {
        thread: started.thread,
        program: started.program,
        socket: started.socket,
        method: if started.socket == Some(CONNECTING) {
            Method::Send
        } else {
            Method::Recv
        },
        errno: None,
        count: 0,
        bytes: 0,
        offset: ended.offset,
        first: started.stamp,
        last: ended.stamp,
    });
    folded.count += 1;
    folded.bytes += 1;
    folded.last = ended.stamp;
}

impl Network for Feed {
    fn header(&self) -> Header {
        header()
    }

    fn now(&self) -> u64 {
        self.begin.elapsed().as_nanos() as u64
    }

    fn add_program(&self, _name: &str, _role: Role, _threading: Threading) -> ProgramId {
        ProgramId(0)
    }

    fn forget(&self, _programs: &[ProgramId]) {}

    fn set_threading(&self, _program: ProgramId, _threading: Threading) {}

    fn submit(&self, _request: Request) -> CallId {
        CallId(u64::MAX - self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn interrupt(&self, _call: CallId) {}

    fn move_to_second_thread(&self, _call: CallId) {}

    fn observe(&self, _socket: SocketId) {}

    fn note(&self, _line: Option<u32>, _note: PlayerNote) {}

    /// The first to subscribe, the window, is told; others are not.
    fn subscribe(&self, waker: Waker) -> Subscription {
        let (sender, receiver) = bounded(LYING);
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.get_or_insert((sender, waker));
        Subscription::new(receiver, || {})
    }
}
