//! The thread that runs players and automatic programs, beside the window or the terminal.
//!
//! It sleeps until a command, an event of the network, or the next deadline of a player. While nothing is
//! played or served, and no name waits for its value, it takes no events at all.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender, TrySendError, bounded, unbounded};

use crate::model::automatic::Automatic;
use crate::model::call::SocketId;
use crate::model::relay::{RelayId, RelayOrder, Relaying};
use crate::network::{NetworkHandle, Subscription, Waker};

use super::ast::Script;
use super::automatic::Assignment;
use super::options::{Origin, Pace, PlayOptions, PlayerId, PlayerState, Report};
use super::player::Player;
use super::syntax;

mod automatics;
mod kept;
mod refusals;
mod relays;

use automatics::Automatics;
use kept::Kept;
use refusals::refusal;
use relays::{Ends, Relays};

/// Events that may wait for a window that does not take them; states are replaced by newer ones before that.
const OUTBOX: usize = 256;
/// How long a round of events may take before commands are looked at again.
const ROUND: Duration = Duration::from_millis(10);

/// What the driver tells.
#[derive(Clone, Debug, PartialEq)]
pub enum DriverEvent {
    /// A player stands somewhere else now.
    State(PlayerState),
    /// A player is done.
    Finished {
        /// Which.
        id: PlayerId,
        /// Script or typed line.
        origin: Origin,
        /// What came of it.
        report: Report,
    },
    /// An automatic program stands somewhere else now, or has ended.
    Automatic(Automatic),
    /// A relay stands somewhere else now, or has ended.
    Relay(Box<Relaying>),
    /// An automatic program did not start.
    NotStarted {
        /// On which socket.
        socket: SocketId,
        /// Why, in one sentence.
        why: Arc<str>,
    },
    /// Nothing was called: the text is no script, or not allowed to be played.
    Refused {
        /// Which player it would have been.
        id: PlayerId,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// Why.
        message: Arc<str>,
        /// What the user can do about it.
        refusal: Refusal,
    },
}

/// Why nothing was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The text does not parse.
    Syntax,
    /// A name is neither assigned above nor that of a socket.
    UnknownName,
    /// It would let others reach this computer: ask, then play it with [`Reach::Anyone`](super::options::Reach::Anyone).
    Reachable,
}

enum Command {
    Play(PlayerId, Arc<Script>, Box<PlayOptions>),
    Type(PlayerId, String, Box<PlayOptions>),
    Step(PlayerId),
    SetPace(PlayerId, Pace),
    SetPause(PlayerId, Duration),
    Stop(PlayerId),
    Serve(Box<Assignment>),
    StopServing(SocketId),
    Relay(RelayId, Box<RelayOrder>),
    StopRelay(RelayId, Ends),
}

/// What gives the driver its commands. Cheap to clone; the thread ends when the last one is dropped.
#[derive(Clone)]
pub struct DriverHandle {
    commands: Sender<Command>,
    events: Receiver<DriverEvent>,
    ids: Arc<AtomicU64>,
}

impl std::fmt::Debug for DriverHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DriverHandle").finish_non_exhaustive()
    }
}

/// Starts the driver's thread; `waker` is called when there are events to take.
///
/// # Errors
/// When the system gives no more threads.
pub fn spawn(network: NetworkHandle, waker: Waker) -> io::Result<DriverHandle> {
    let (commands, inbox) = unbounded();
    let (outbox, events) = bounded(OUTBOX);
    let ids = Arc::new(AtomicU64::new(1));
    let driver = Driver {
        network,
        waker,
        inbox,
        outbox,
        unsent: VecDeque::new(),
        subscription: None,
        playing: Vec::new(),
        lingering: Vec::new(),
        kept: Kept::default(),
        automatics: Automatics::default(),
        relays: Relays::default(),
        ids: Arc::clone(&ids),
    };
    std::thread::Builder::new()
        .name("driver".to_owned())
        .spawn(move || driver.run())?;
    Ok(DriverHandle {
        commands,
        events,
        ids,
    })
}

impl DriverHandle {
    /// What the driver tells. Each event goes to one taker only.
    pub fn events(&self) -> &Receiver<DriverEvent> {
        &self.events
    }

    /// Plays a script.
    pub fn play(&self, script: impl Into<Arc<Script>>, options: PlayOptions) -> PlayerId {
        let id = self.new_id();
        self.send(Command::Play(id, script.into(), Box::new(options)));
        id
    }

    /// Makes one typed line into a call; what is wrong with it comes back as [`DriverEvent::Refused`].
    ///
    /// Use [`PlayOptions::typed`], with the sockets there are.
    pub fn type_call(&self, text: &str, options: PlayOptions) -> PlayerId {
        let id = self.new_id();
        self.send(Command::Type(id, text.to_owned(), Box::new(options)));
        id
    }

    /// Issues the next statement, though paused.
    pub fn step(&self, id: PlayerId) {
        self.send(Command::Step(id));
    }

    /// Plays on by itself.
    pub fn resume(&self, id: PlayerId) {
        self.send(Command::SetPace(id, Pace::Playing));
    }

    /// Waits for steps from now on.
    pub fn pause(&self, id: PlayerId) {
        self.send(Command::SetPace(id, Pace::Paused));
    }

    /// Sets the pause between two statements.
    pub fn set_pause(&self, id: PlayerId, pause: Duration) {
        self.send(Command::SetPause(id, pause));
    }

    /// Ends a play; what it closes at its end is closed now.
    pub fn stop(&self, id: PlayerId) {
        self.send(Command::Stop(id));
    }

    fn new_id(&self) -> PlayerId {
        PlayerId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn send(&self, command: Command) {
        // The thread lives as long as a handle does: it is there to take this.
        self.commands.send(command).ok();
    }
}

struct Driver {
    network: NetworkHandle,
    waker: Waker,
    inbox: Receiver<Command>,
    outbox: Sender<DriverEvent>,
    unsent: VecDeque<DriverEvent>,
    subscription: Option<Subscription>,
    playing: Vec<Playing>,
    /// Done, but for names whose calls go on waiting.
    lingering: Vec<Player>,
    kept: Kept,
    automatics: Automatics,
    relays: Relays,
    /// Numbers of plays and relays.
    ids: Arc<AtomicU64>,
}

struct Playing {
    player: Player,
    origin: Origin,
    told: Option<PlayerState>,
    deadline: Option<u64>,
}

impl Driver {
    fn run(mut self) {
        loop {
            self.wait();
            // Before the commands: what happened after one was given finds it taken.
            self.take_events();
            if !self.take_commands() {
                return;
            }
            self.advance();
            self.tell();
        }
    }

    /// Waits for something to do.
    fn wait(&self) {
        let mut select = Select::new();
        select.recv(&self.inbox);
        if let Some(subscription) = &self.subscription {
            select.recv(subscription.receiver());
        }
        let now = self.network.now();
        let mut wait = self
            .playing
            .iter()
            .filter_map(|playing| playing.deadline)
            .chain(self.automatics.deadline())
            .chain(self.relays.deadline())
            .min()
            .map(|deadline| Duration::from_nanos(deadline.saturating_sub(now)));
        if !self.unsent.is_empty() {
            wait = Some(wait.map_or(ROUND, |wait| wait.min(ROUND)));
        }
        match wait {
            // Whether something came or the time did: both are looked at.
            Some(wait) => {
                select.ready_deadline(Instant::now() + wait).ok();
            }
            None => {
                select.ready();
            }
        }
    }

    fn take_commands(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(command) => self.command(command),
                Err(crossbeam_channel::TryRecvError::Empty) => return true,
                Err(crossbeam_channel::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Play(id, script, options) => self.play(id, script, *options),
            Command::Type(id, text, options) => match syntax::parse_line(&text) {
                Ok(script) => self.play(id, Arc::new(script), *options),
                Err(error) => self.unsent.push_back(DriverEvent::Refused {
                    id,
                    line: error.line,
                    column: error.column,
                    message: Arc::from(error.message),
                    refusal: Refusal::Syntax,
                }),
            },
            Command::Step(id) => self.with(id, Player::step),
            Command::SetPace(id, pace) => self.with(id, |player| player.set_pace(pace)),
            Command::SetPause(id, pause) => self.with(id, |player| player.set_pause(pause)),
            Command::Stop(id) => {
                let network = Arc::clone(&self.network);
                let now = network.now();
                self.with(id, |player| player.stop(&*network, now));
            }
            Command::Serve(assignment) => self.serve(*assignment),
            Command::StopServing(socket) => self.automatics.stop(socket),
            Command::Relay(id, order) => self.start_relay(id, *order),
            Command::StopRelay(id, ends) => self.relays.end(id, ends),
        }
    }

    fn with(&mut self, id: PlayerId, change: impl FnOnce(&mut Player)) {
        if let Some(playing) = self
            .playing
            .iter_mut()
            .find(|playing| playing.player.id() == id)
        {
            change(&mut playing.player);
        }
    }

    fn play(&mut self, id: PlayerId, script: Arc<Script>, mut options: PlayOptions) {
        if options.origin == Origin::Typed {
            let playing = self.playing.iter().map(|playing| &playing.player);
            self.kept
                .offer(self.lingering.iter().chain(playing), &mut options.known);
        }
        if let Some(refused) = refusal(id, &script, &options) {
            self.unsent.push_back(refused);
            return;
        }
        self.listen();
        self.playing.push(Playing {
            origin: options.origin,
            player: Player::new(id, script, options),
            told: None,
            deadline: None,
        });
    }

    /// Takes events from now on.
    fn listen(&mut self) {
        if self.subscription.is_none() {
            // The driver waits on the channel itself.
            self.subscription = Some(self.network.subscribe(Arc::new(|| {})));
        }
    }

    fn take_events(&mut self) {
        if let Some(subscription) = &self.subscription {
            let (playing, lingering) = (&mut self.playing, &mut self.lingering);
            let (automatics, relays) = (&mut self.automatics, &mut self.relays);
            subscription.drain(ROUND, |event| {
                automatics.take(&event);
                relays.take(&event);
                for playing in &mut *playing {
                    playing.player.take(&event);
                }
                for player in &mut *lingering {
                    player.take(&event);
                }
            });
        }
    }

    fn advance(&mut self) {
        loop {
            self.advance_each();
            let learned = self.advance_relays();
            if !self.supply() && !learned {
                break;
            }
        }
        let (finished, playing) = std::mem::take(&mut self.playing)
            .into_iter()
            .partition(|playing| playing.player.is_finished());
        self.playing = playing;
        for done in finished {
            self.finished(done);
        }
        let (waiting, filled) = std::mem::take(&mut self.lingering)
            .into_iter()
            .partition(|player| player.pending().next().is_some());
        self.lingering = waiting;
        for player in filled {
            self.kept.keep(&player);
        }
        self.advance_automatics();
        let serves = !self.automatics.is_empty() || !self.relays.is_empty();
        if self.playing.is_empty() && self.lingering.is_empty() && !serves {
            self.subscription = None;
        }
    }

    fn advance_each(&mut self) {
        let now = self.network.now();
        for playing in &mut self.playing {
            playing.deadline = playing.player.advance(&*self.network, now);
            let state = playing.player.state();
            if playing.told.as_ref() != Some(&state) {
                playing.told = Some(state.clone());
                let newer = |event: &DriverEvent| matches!(event, DriverEvent::State(old) if old.id == state.id);
                self.unsent.retain(|event| !newer(event));
                self.unsent.push_back(DriverEvent::State(state));
            }
        }
    }

    fn finished(&mut self, done: Playing) {
        self.unsent.push_back(DriverEvent::Finished {
            id: done.player.id(),
            origin: done.origin,
            report: done.player.report().clone(),
        });
        self.kept.keep(&done.player);
        if done.player.pending().next().is_some() {
            self.lingering.push(done.player);
        }
    }

    fn tell(&mut self) {
        let mut told = false;
        while let Some(event) = self.unsent.pop_front() {
            match self.outbox.try_send(event) {
                Ok(()) => told = true,
                Err(TrySendError::Full(event)) => {
                    self.unsent.push_front(event);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => self.unsent.clear(),
            }
        }
        if told {
            (self.waker)();
        }
    }
}
