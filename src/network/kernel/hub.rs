//! The hub: takes the events of all threads and hands them to every subscriber.
//!
//! It is a thread that never waits for anybody, so that no worker is held for a slow window's sake: what a
//! subscriber can't take is folded (`fold`).

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, SendError, Sender, TrySendError, bounded, unbounded};

use super::fold::Held;
use crate::model::call::{CallId, Outcome, ThreadId, Value};
use crate::model::event::Event;
use crate::network::{Subscription, Waker};

/// Events on their way to the hub. Workers feel it only while the hub itself is behind.
const TO_HUB: usize = 8_192;
/// Events that one subscriber may leave lying.
const TO_SUBSCRIBER: usize = 65_536;
/// Received bytes that one subscriber may leave lying.
const BYTES_TO_SUBSCRIBER: u64 = 64 * 1024 * 1024;
/// Payloads below this are not worth counting: 65,536 of them are 32 MiB.
const SMALL: u64 = 512;
/// Events handed on before the subscribers are woken.
const BATCH: usize = 1_024;
/// So many events in a [`WINDOW`] are a stream of them: twice what a program brings about that waits for its answers.
const STREAM: u32 = 256;
const WINDOW: Duration = Duration::from_millis(1);
/// How long the hub lets the events of a stream gather.
const NAP: Duration = Duration::from_micros(50);
/// A thread that begins its next call so soon after the last, nanoseconds, had it queued already: nobody who waits for an
/// answer asks so fast, as the answer takes longer to reach him.
const AT_ONCE: u64 = 5_000;
/// So many such calls in a [`WINDOW`] are a stream of them too, though large ones take too long for [`STREAM`].
const QUEUED: u32 = 8;
/// How long the hub lets the events of such a stream gather. So much later at most comes the answer to another thread's
/// call meanwhile.
const LONG_NAP: Duration = Duration::from_micros(200);

/// What the hub is told.
#[derive(Debug)]
pub(super) enum Message {
    /// Something happened.
    Event(Event),
    /// Somebody wants to know from now on.
    Subscribe(Subscriber),
    /// A subscriber with events held back has room again.
    Room,
    /// The network is gone.
    Stop,
}

/// One who gets the events.
pub(super) struct Subscriber {
    events: Sender<Event>,
    waker: Waker,
    /// It was woken and has not drained since.
    woken: Arc<AtomicBool>,
    /// Events are held back for it.
    holding: Arc<AtomicBool>,
    held: Held,
    /// Large payloads that may still lie in the channel: the number of their event, and their bytes.
    large: VecDeque<(u64, u64)>,
    bytes_lying: u64,
    delivered: u64,
    fresh: bool,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("delivered", &self.delivered)
            .finish_non_exhaustive()
    }
}

/// Starts the hub's thread.
pub(super) fn start() -> io::Result<Sender<Message>> {
    let (sender, receiver) = bounded(TO_HUB);
    Builder::new()
        .name("sockeye-hub".to_owned())
        .stack_size(super::STACK)
        .spawn(move || run(&receiver))?;
    Ok(sender)
}

/// Delivers all events from now on.
pub(super) fn subscribe(hub: &Sender<Message>, waker: Waker) -> Subscription {
    // What bounds it is `deliver`: a channel that is bounded by itself takes all of its memory, 20 MiB, at once.
    let (events, receiver) = unbounded();
    let woken = Arc::new(AtomicBool::new(false));
    let holding = Arc::new(AtomicBool::new(false));
    let subscriber = Subscriber {
        events,
        waker,
        woken: Arc::clone(&woken),
        holding: Arc::clone(&holding),
        held: Held::default(),
        large: VecDeque::new(),
        bytes_lying: 0,
        delivered: 0,
        fresh: false,
    };
    hub.send(Message::Subscribe(subscriber)).ok();
    let hub = hub.clone();
    Subscription::new(receiver, move || {
        woken.store(false, Ordering::SeqCst);
        if holding.load(Ordering::SeqCst) {
            // When this finds the hub's channel full the hub is at work, and sees the room by itself.
            hub.try_send(Message::Room).ok();
        }
    })
}

fn run(messages: &Receiver<Message>) {
    let mut subscribers: Vec<Subscriber> = Vec::new();
    let mut pace = Pace::new();
    while let Ok(first) = messages.recv() {
        let batch = std::iter::once(first).chain(messages.try_iter().take(BATCH));
        let mut count = 0;
        for message in batch {
            count += 1;
            match message {
                Message::Event(event) => {
                    pace.look_at(&event);
                    hand_on(&mut subscribers, event);
                }
                Message::Subscribe(subscriber) => subscribers.push(subscriber),
                Message::Room => {
                    for subscriber in &mut subscribers {
                        subscriber.release();
                    }
                }
                Message::Stop => return,
            }
        }
        for subscriber in &mut subscribers {
            subscriber.wake();
        }
        if let Some(nap) = pace.nap(count, Instant::now()) {
            std::thread::sleep(nap);
        }
    }
}

/// Whether events come in a stream. Whoever looks at the channel for each of them slows down the thread that fills it:
/// both then write to the same memory all the time, and to wake who sleeps costs a system call. So the hub lets them
/// gather while they come fast, and a click's is handed on at once.
#[derive(Debug)]
struct Pace {
    since: Instant,
    count: u32,
    /// Calls begun at once after the one before on their thread.
    queued: u32,
    /// The thread of the last call that ended, and when.
    last: Option<(CallId, ThreadId, u64)>,
    nap: Option<Duration>,
}

impl Pace {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            count: 0,
            queued: 0,
            last: None,
            nap: None,
        }
    }

    /// Another event has come.
    fn look_at(&mut self, event: &Event) {
        let (started, ended) = match event {
            Event::Started(started) => (Some(started), None),
            Event::Ended(ended) => (None, Some(ended)),
            Event::Made(started, ended) => (Some(started), Some(ended)),
            _ => return,
        };
        if let Some(started) = started {
            let at_once = self.last.is_some_and(|(_, thread, at)| {
                thread == started.thread && started.stamp.at.saturating_sub(at) < AT_ONCE
            });
            self.queued += u32::from(at_once);
            self.last = Some((started.id, started.thread, 0));
        }
        if let Some(ended) = ended
            && let Some((id, _, at)) = &mut self.last
            && *id == ended.id
        {
            *at = ended.stamp.at;
        }
    }

    /// So many more events have come; says how long to let the next ones gather, if they come in a stream.
    fn nap(&mut self, more: u32, now: Instant) -> Option<Duration> {
        self.count = self.count.saturating_add(more);
        let passed = now.duration_since(self.since);
        if passed >= WINDOW {
            // So many a window, also where far more than one has passed.
            let windows = passed.as_secs_f64() / WINDOW.as_secs_f64();
            let is_many = |count: u32, many: u32| f64::from(count) >= f64::from(many) * windows;
            self.nap = if is_many(self.count, STREAM) {
                Some(NAP)
            } else {
                is_many(self.queued, QUEUED).then_some(LONG_NAP)
            };
            self.since = now;
            self.count = 0;
            self.queued = 0;
        }
        self.nap
    }
}

fn hand_on(subscribers: &mut Vec<Subscriber>, event: Event) {
    let mut index = 0;
    while index + 1 < subscribers.len() {
        match subscribers
            .get_mut(index)
            .map(|each| each.offer(event.clone()))
        {
            Some(false) => {
                subscribers.swap_remove(index);
            }
            _ => index += 1,
        }
    }
    // The last one gets the event itself: a copy costs as much as a push.
    if subscribers
        .last_mut()
        .is_some_and(|last| !last.offer(event))
    {
        subscribers.pop();
    }
}

impl Subscriber {
    /// Hands the event on, or holds it back. Says whether the subscriber is still there.
    fn offer(&mut self, event: Event) -> bool {
        if !self.held.is_empty() {
            if self.events.len() <= TO_SUBSCRIBER / 2 {
                self.release();
            }
            if !self.held.is_empty() {
                self.held.take_in(event);
                return true;
            }
        }
        match self.deliver(event) {
            Ok(()) => true,
            Err(TrySendError::Full(event)) => {
                self.holding.store(true, Ordering::SeqCst);
                self.held.take_in(event);
                // It may have drained just before it could see that something is held.
                if self.events.is_empty() {
                    self.release();
                }
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    #[allow(
        clippy::result_large_err,
        reason = "an event there is no room for comes back whole"
    )]
    fn deliver(&mut self, event: Event) -> Result<(), TrySendError<Event>> {
        if self.events.len() >= TO_SUBSCRIBER {
            return Err(TrySendError::Full(event));
        }
        let bytes = received_bytes(&event);
        if bytes > SMALL {
            self.forget_taken();
            if self.bytes_lying > 0 && self.bytes_lying + bytes > BYTES_TO_SUBSCRIBER {
                return Err(TrySendError::Full(event));
            }
        }
        self.events
            .send(event)
            .map_err(|SendError(event)| TrySendError::Disconnected(event))?;
        self.delivered += 1;
        self.fresh = true;
        if bytes > SMALL {
            self.large.push_back((self.delivered, bytes));
            self.bytes_lying += bytes;
        }
        Ok(())
    }

    /// Payloads that were taken out of the channel no longer count.
    fn forget_taken(&mut self) {
        let taken = self.delivered.saturating_sub(self.events.len() as u64);
        while let Some((number, bytes)) = self.large.front() {
            if *number > taken {
                return;
            }
            self.bytes_lying = self.bytes_lying.saturating_sub(*bytes);
            self.large.pop_front();
        }
    }

    /// Hands on what was held back, as far as there is room.
    fn release(&mut self) {
        while let Some(event) = self.held.hand_out() {
            if let Err(TrySendError::Full(event)) = self.deliver(event) {
                self.held.put_back(event);
                return;
            }
        }
        self.holding.store(false, Ordering::SeqCst);
    }

    /// Tells the subscriber, once until it drains, that there is something.
    fn wake(&mut self) {
        if std::mem::take(&mut self.fresh) && !self.woken.swap(true, Ordering::SeqCst) {
            // Somebody else's code: its panic must not end the thread that serves all.
            catch_unwind(AssertUnwindSafe(|| (self.waker)())).ok();
        }
    }
}

fn received_bytes(event: &Event) -> u64 {
    match event {
        Event::Ended(ended) | Event::Made(_, ended) => match &ended.outcome {
            Outcome::Ok(Value::Received { bytes, .. }) => bytes.len(),
            _ => 0,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{Call, ProgramId};
    use crate::model::event::{Ended, Stamp, Started};

    /// What the hub does after a millisecond of receives on one thread, each `takes` nanoseconds long and begun `after`
    /// the end of the one before.
    fn nap(takes: u64, after: u64) -> Option<Duration> {
        let mut pace = Pace::new();
        let (mut id, mut at) = (0, 1_000_000);
        while at < 2_000_000 {
            id += 1;
            let stamp = |at| Stamp { seq: id, at };
            let started = Started {
                id: CallId(id),
                stamp: stamp(at),
                thread: ThreadId(1),
                program: ProgramId(1),
                socket: None,
                fd: None,
                call: Call::Recv { max: 1 },
                name: None,
                line: None,
                part: None,
                at_end: false,
            };
            let ended = Ended {
                id: CallId(id),
                stamp: stamp(at + takes),
                outcome: Outcome::Interrupted,
                offset: None,
                retries: 0,
                note: None,
            };
            pace.look_at(&Event::Started(started));
            pace.look_at(&Event::Ended(ended));
            at += takes + after;
        }
        pace.nap(2 * id as u32, pace.since + WINDOW)
    }

    /// Seen failing with: any call taken for one that was queued.
    #[test]
    fn a_stream_gathers_and_what_somebody_waits_for_does_not() {
        assert_eq!(nap(30_000, 700), Some(LONG_NAP), "large calls of a queue");
        assert_eq!(nap(1_000, 700), Some(NAP), "small ones");
        assert_eq!(
            nap(20_000, 20_000),
            None,
            "each after the answer of the last"
        );
        assert_eq!(nap(200_000, 700), None, "few");
    }
}
