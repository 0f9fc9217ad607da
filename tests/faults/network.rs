//! A network between driver and kernel that lets one chosen call fail, and whose clock jumps over what nobody wakes.
//!
//! Every other call is made at the kernel. The chosen one is not made: its row is this network's, on a thread called
//! `injected`. A `close` is made all the same, as Linux gives the descriptor back whatever it answers (`man 2 close`).

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use sockeye::model::call::{
    Call, CallId, Method, Outcome, ProgramId, SocketId, SocketLists, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{
    Ended, Event, Observation, PlayerNote, Role, Stamp, Started, Threading,
};
use sockeye::model::recording::Header;
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, Request, Subscription, Target, Waker};

/// Calls that are not made are numbered from here.
const MADE_UP: u64 = 1 << 40;
/// The thread that makes none of them.
const INJECTED: ThreadId = ThreadId(1 << 30);
/// Between the stamps of two of the kernel's events there is room for those of a call that was not made.
const SPREAD: u64 = 8;
/// A `select` with a timeout waits for this part of it at the kernel; the clock jumps over the rest.
const HURRY: u32 = 200;

/// Method and line of a call, and whether it tidies up.
pub type Asked = (Method, Option<u32>, bool);

/// Which call of a play fails, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub call: Asked,
    /// How many like it come before.
    pub after: usize,
    pub errno: Errno,
}

/// The kernel's network with a fault in it.
pub struct Faulty {
    kernel: Arc<KernelNetwork>,
    /// How far its clock is ahead of the kernel's, nanoseconds.
    ahead: AtomicU64,
    state: Mutex<State>,
    made_up: Sender<Event>,
}

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    /// What was handed in since the play began.
    requests: Vec<Asked>,
    failed: Option<CallId>,
    /// A close under way whose answer becomes another.
    close: Option<(CallId, Errno)>,
    /// `select`s that wait for less than they say.
    hurried: HashMap<CallId, Duration>,
    /// Questions of this network's own about sockets.
    asked: HashMap<CallId, SocketId>,
    /// Whose calls are in their system call, and whose sockets there are.
    callers: HashMap<CallId, ProgramId>,
    owners: HashMap<SocketId, ProgramId>,
    listeners: Vec<Sender<Event>>,
    last: Stamp,
}

impl Faulty {
    /// The network, and where the rows come from that it makes up.
    pub fn new(kernel: Arc<KernelNetwork>) -> (Arc<Self>, Receiver<Event>) {
        let (made_up, receiver) = unbounded();
        let network = Arc::new(Self {
            kernel,
            ahead: AtomicU64::new(0),
            state: Mutex::default(),
            made_up,
        });
        (network, receiver)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on calls are counted anew, and this one fails.
    pub fn begin(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.fault = fault;
        state.requests.clear();
        state.failed = None;
    }

    /// The calls handed in since.
    pub fn requests(&self) -> Vec<Asked> {
        self.state().requests.clone()
    }

    /// The call that failed by our doing.
    pub fn failed(&self) -> Option<CallId> {
        self.state().failed
    }

    /// Lets time pass that nobody needs.
    pub fn jump(&self, nanos: u64) {
        self.ahead.fetch_add(nanos, Ordering::SeqCst);
        // Whoever sleeps until a moment looks at the clock again: nobody has such a call.
        self.tell(&Event::Withdrawn { id: CallId(0) });
    }

    /// Whether some call ends by a time of the kernel's.
    pub fn kernel_has_a_time(&self) -> bool {
        !self.state().hurried.is_empty()
    }

    fn tell(&self, event: &Event) {
        let mut state = self.state();
        state
            .listeners
            .retain(|listener| listener.send(event.clone()).is_ok());
    }

    /// Hands an event of the kernel, or a made-up one, to those who listen; it, as they get it. `None`: it is nobody's.
    pub fn hand_on(&self, event: Event) -> Option<Event> {
        let event = self.translated(self.answer(event)?);
        self.tell(&event);
        Some(event)
    }

    /// The answer to a question of our own is an observation; any other event is itself.
    fn answer(&self, event: Event) -> Option<Event> {
        let asked = &mut self.state().asked;
        match &event {
            Event::Made(started, ended) => {
                let Some(socket) = asked.remove(&started.id) else {
                    return Some(event);
                };
                let local = match ended.outcome {
                    Outcome::Ok(Value::Address(local)) => Some(local),
                    _ => None,
                };
                Some(Event::Observed {
                    stamp: ended.stamp,
                    socket,
                    observation: Observation {
                        local,
                        ..Observation::default()
                    },
                })
            }
            Event::Queued { id, .. } if asked.contains_key(id) => None,
            Event::Withdrawn { id } if asked.remove(id).is_some() => None,
            _ => Some(event),
        }
    }

    fn translated(&self, mut event: Event) -> Event {
        let mut state = self.state();
        match &mut event {
            Event::Started(started) => self.start(&mut state, started),
            Event::Ended(ended) => self.end(&mut state, ended),
            Event::Made(started, _) if started.thread == INJECTED => {}
            Event::Made(started, ended) => {
                self.start(&mut state, started);
                self.end(&mut state, ended);
            }
            Event::ThreadStarted { thread, .. } if *thread == INJECTED => {}
            Event::Folded(folded) => {
                self.stamp(&mut folded.first);
                self.stamp(&mut folded.last);
            }
            Event::ProgramAdded { stamp, .. }
            | Event::ThreadingChanged { stamp, .. }
            | Event::ThreadStarted { stamp, .. }
            | Event::Observed { stamp, .. }
            | Event::Player { stamp, .. }
            | Event::WorkerPanicked { stamp, .. } => self.stamp(stamp),
            Event::Queued { .. } | Event::Withdrawn { .. } | Event::Room => {}
        }
        if let Event::Made(_, ended) | Event::Ended(ended) = &event {
            state.last = state.last.max(ended.stamp);
        }
        event
    }

    fn stamp(&self, stamp: &mut Stamp) {
        stamp.seq *= SPREAD;
        stamp.at += self.ahead.load(Ordering::SeqCst);
    }

    fn start(&self, state: &mut State, started: &mut Started) {
        self.stamp(&mut started.stamp);
        state.callers.insert(started.id, started.program);
        if let (Call::Select { timeout, .. }, Some(said)) =
            (&mut started.call, state.hurried.get(&started.id))
        {
            *timeout = Some(*said);
        }
    }

    fn end(&self, state: &mut State, ended: &mut Ended) {
        if let Some(said) = state.hurried.remove(&ended.id)
            && ended.outcome == Outcome::Ok(Value::Ready(Arc::new(SocketLists::default())))
        {
            let left = said.saturating_sub(said / HURRY);
            self.ahead
                .fetch_add(left.as_nanos() as u64, Ordering::SeqCst);
        }
        self.stamp(&mut ended.stamp);
        if let Some(caller) = state.callers.remove(&ended.id)
            && let Outcome::Ok(Value::Socket { id, .. }) = ended.outcome
        {
            state.owners.insert(id, caller);
        }
        if let Some((_, errno)) = state.close.take_if(|(close, _)| *close == ended.id) {
            ended.outcome = Outcome::Error(errno);
        }
    }

    /// A row of a call that was not made.
    fn make_up(&self, state: &State, id: CallId, request: Request, errno: Errno) {
        let at = self.now().max(state.last.at);
        let stamp = |place| Stamp {
            seq: state.last.seq + place,
            at,
        };
        let (socket, program) = match request.target {
            Target::Program(program) => (None, program),
            Target::Socket(socket) => {
                let owner = state.owners.get(&socket).copied();
                (Some(socket), owner.unwrap_or(ProgramId(0)))
            }
        };
        let started = Started {
            id,
            stamp: stamp(2),
            thread: INJECTED,
            program,
            socket,
            fd: socket.map(|_| -1),
            call: request.call,
            name: request.name,
            line: request.line,
            part: None,
            at_end: request.at_end,
        };
        let ended = Ended {
            id,
            stamp: stamp(3),
            outcome: Outcome::Error(errno),
            offset: None,
            retries: 0,
            note: None,
        };
        let thread = Event::ThreadStarted {
            stamp: stamp(1),
            thread: INJECTED,
            program,
            name: Arc::from("injected"),
        };
        for event in [thread, Event::Made(started, ended)] {
            self.made_up.send(event).ok();
        }
    }
}

impl Network for Faulty {
    fn header(&self) -> Header {
        Header {
            network: "faulty".to_owned(),
            ..self.kernel.header()
        }
    }

    fn now(&self) -> u64 {
        self.kernel.now() + self.ahead.load(Ordering::SeqCst)
    }

    fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId {
        self.kernel.add_program(name, role, threading)
    }

    fn forget(&self, programs: &[ProgramId]) {
        self.kernel.forget(programs);
    }

    fn set_threading(&self, program: ProgramId, threading: Threading) {
        self.kernel.set_threading(program, threading);
    }

    fn submit(&self, mut request: Request) -> CallId {
        let mut state = self.state();
        let place = state.requests.len();
        let method = request.call.method();
        let asked = (method, request.line, request.at_end);
        let like_it = state.requests.iter().filter(|it| **it == asked).count();
        state.requests.push(asked);
        let errno = state
            .fault
            .filter(|fault| (fault.call, fault.after) == (asked, like_it))
            .map(|fault| fault.errno);
        match errno {
            Some(errno) if method != Method::Close => {
                let id = CallId(MADE_UP + place as u64);
                state.failed = Some(id);
                self.make_up(&state, id, request, errno);
                return id;
            }
            _ => {}
        }
        let mut said = None;
        if let Call::Select { timeout, .. } = &mut request.call
            && let Some(wait) = timeout.filter(|wait| *wait > Duration::ZERO)
        {
            said = timeout.replace(wait / HURRY);
        }
        // Under the lock: nobody reads its end before it is known what becomes of it.
        let id = self.kernel.submit(request);
        if let Some(said) = said {
            state.hurried.insert(id, said);
        }
        if let Some(errno) = errno {
            state.failed = Some(id);
            state.close = Some((id, errno));
        }
        id
    }

    fn interrupt(&self, call: CallId) {
        self.kernel.interrupt(call);
    }

    fn move_to_second_thread(&self, call: CallId) {
        self.kernel.move_to_second_thread(call);
    }

    /// The kernel's network looks when it has nothing better to do, at most every 16 ms: too long for one play of
    /// thousands. So it is asked for the address by a call.
    fn observe(&self, socket: SocketId) {
        let mut state = self.state();
        let id = self.kernel.submit(Request::on(socket, Call::GetSockName));
        state.asked.insert(id, socket);
    }

    fn note(&self, line: Option<u32>, note: PlayerNote) {
        self.kernel.note(line, note);
    }

    fn subscribe(&self, _: Waker) -> Subscription {
        let (sender, receiver) = unbounded();
        self.state().listeners.push(sender);
        Subscription::new(receiver, || {})
    }
}

/// Whether every thread of the network and of the driver sleeps. A thread that was woken counts as awake at once, so
/// that where all sleep, and no event is on its way, nothing happens before somebody from outside, or a time, wakes one.
pub fn all_asleep() -> bool {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.flatten().all(|task| {
        // Gone meanwhile: it does nothing any more, but may have woken another just before. Look again.
        let Ok(stat) = fs::read_to_string(task.path().join("stat")) else {
            return false;
        };
        let name = stat.split_once('(').map_or("", |(_, rest)| rest);
        let (name, state) = name.rsplit_once(") ").unwrap_or_default();
        let is_ours = name == "driver" || name.starts_with("sockeye-");
        !is_ours || state.starts_with('S')
    })
}
