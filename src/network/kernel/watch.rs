//! When to look at which socket: at an edge or a hint at once, but at most sixty times a second; a few more times
//! where something may change that tells nobody; never otherwise.

use std::collections::{BTreeSet, HashMap};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rustix::event::epoll;

use super::cell::Cell;
use super::clock::Clock;
use super::hub::Message;
use super::observer::{Ends, Hint, ends_of};
use super::queries;
use super::time_wait::{self, Netlink};
use crate::model::call::{Protocol, SocketId};
use crate::model::event::{Event, Observation, Remnant, TcpObservation, TcpState};

/// Between two looks at one socket.
const APART: Duration = Duration::from_millis(16);

/// When an unsettled socket is looked at again: the acknowledgement of a FIN comes within 40 ms, a SYN is sent again
/// after a second and then ever later, TIME-WAIT comes when the other end closes. Two minutes in all, then no more.
const AGAIN_MILLIS: [u64; 12] = [
    20, 30, 50, 200, 800, 2_000, 4_000, 8_000, 16_000, 16_000, 32_000, 48_000,
];

/// How long after the end of TIME-WAIT it is looked whether it is over, milliseconds.
const AFTER: u64 = 50;

/// Closed connections kept in mind; of more, the oldest are forgotten.
const LEFTOVERS: usize = 1_024;

/// What is watched.
pub(super) struct Watches {
    poller: OwnedFd,
    /// Kept open, so that descriptors given back by a close are free for the user's next socket.
    netlink: Option<Netlink>,
    clock: Arc<Clock>,
    hub: Sender<Message>,
    /// Each on its own: of ten thousand, a table of theirs would stand half empty.
    sockets: HashMap<SocketId, Box<Watch>>,
    /// Connections that were closed and that the kernel may still have.
    leftovers: HashMap<SocketId, Leftover>,
    due: BTreeSet<(Instant, SocketId)>,
    /// Until when edges come too fast to be followed.
    hot_until: Option<Instant>,
}

/// An open socket.
struct Watch {
    cell: Arc<Cell>,
    last: Option<Observation>,
    /// The connection's ends, once seen: a descriptor that says CLOSED tells its peer no more.
    ends: Option<Ends>,
    /// How many calls had moved something through a queue before that answer.
    moved: u64,
    looked: Option<Instant>,
    due: Option<Instant>,
    /// Looks since something last happened.
    looks: usize,
    /// The next answer is told, changed or not.
    tell: bool,
}

/// A closed connection that the kernel may still have.
struct Leftover {
    ends: Ends,
    told: Option<TcpState>,
    due: Option<Instant>,
    looks: usize,
}

impl Watches {
    pub(super) fn new(poller: OwnedFd, clock: Arc<Clock>, hub: Sender<Message>) -> Self {
        Self {
            poller,
            netlink: Netlink::open(),
            clock,
            hub,
            sockets: HashMap::new(),
            leftovers: HashMap::new(),
            due: BTreeSet::new(),
            hot_until: None,
        }
    }

    pub(super) fn poller(&self) -> &OwnedFd {
        &self.poller
    }

    /// When the next look is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Until when edges come faster than they may be followed.
    pub(super) fn hot_until(&self, now: Instant) -> Option<Instant> {
        self.hot_until.filter(|until| *until > now)
    }

    /// The kernel reports something at a socket.
    pub(super) fn edge(&mut self, tag: u64, now: Instant) {
        let Some(id) = u32::try_from(tag).ok().map(SocketId) else {
            return;
        };
        let due = self.want(id, now);
        if due.is_some_and(|due| due > now) {
            self.hot_until = self.hot_until.max(due);
        }
    }

    /// Another thread reports something.
    pub(super) fn hint(&mut self, hint: Hint, now: Instant) {
        match hint {
            Hint::Look(cell) => {
                let id = cell.id;
                self.watch(&cell);
                self.want(id, now);
            }
            Hint::Tell(cell) => {
                let id = cell.id;
                self.watch(&cell);
                if let Some(watch) = self.sockets.get_mut(&id) {
                    watch.tell = true;
                }
                self.want(id, now);
            }
            Hint::TellClosed(id) => self.want_leftover(id, now),
            Hint::Ends(cell, reply) => {
                // The last word before the close: whose bytes were whose is told by the ends' addresses.
                self.watch(&cell);
                self.look(cell.id, now);
                // Nobody waits for the answer any more: then it is not needed either.
                reply.try_send(ends_of(&cell)).ok();
            }
            Hint::Closed(cell, ends) => self.closed(&cell, ends, now),
        }
    }

    /// Looks at all whose time has come.
    pub(super) fn look_at_due(&mut self, now: Instant) {
        while let Some((due, id)) = self.due.first().copied() {
            if due > now {
                return;
            }
            self.due.pop_first();
            if let Some(watch) = self.sockets.get_mut(&id) {
                watch.due = None;
                self.look(id, now);
            } else if let Some(leftover) = self.leftovers.get_mut(&id) {
                leftover.due = None;
                self.look_at_leftover(id, now);
            }
        }
    }

    /// Adds an open socket. Those already watched stay as they are.
    fn watch(&mut self, cell: &Arc<Cell>) {
        if self.sockets.contains_key(&cell.id) {
            return;
        }
        let Some(user) = cell.try_enter() else {
            return;
        };
        if let Some(fd) = user.descriptor() {
            let flags = epoll::EventFlags::IN
                | epoll::EventFlags::OUT
                | epoll::EventFlags::RDHUP
                | epoll::EventFlags::ET;
            let tag = epoll::EventData::new_u64(u64::from(cell.id.0));
            // Without it (ENOSPC: too many watches) the socket is still looked at after its own calls.
            epoll::add(&self.poller, fd, tag, flags).ok();
        }
        let fd = user.descriptor();
        let ends = fd.and_then(|fd| Ends::accepted(fd, cell.accepted_from?));
        drop(user);
        let watch = Watch {
            last: None,
            ends,
            moved: 0,
            looked: None,
            due: None,
            looks: 0,
            tell: false,
            cell: Arc::clone(cell),
        };
        self.sockets.insert(cell.id, Box::new(watch));
    }

    /// Something happened at a socket: it is looked at as soon as it may be. Returns when.
    fn want(&mut self, id: SocketId, now: Instant) -> Option<Instant> {
        let watch = self.sockets.get_mut(&id)?;
        watch.looks = 0;
        let earliest = watch.looked.map_or(now, |looked| now.max(looked + APART));
        if let Some(due) = watch.due {
            if due <= earliest {
                return Some(due);
            }
            self.due.remove(&(due, id));
        }
        watch.due = Some(earliest);
        self.due.insert((earliest, id));
        Some(earliest)
    }

    fn look(&mut self, id: SocketId, now: Instant) {
        let Some(watch) = self.sockets.get_mut(&id) else {
            return;
        };
        // Before the questions: what changes after them is worth another hint.
        watch.cell.dirty.store(false, Ordering::Release);
        let moved = watch.cell.moved();
        let stamp = self.clock.stamp();
        let Some(user) = watch.cell.try_enter() else {
            return;
        };
        let Some(fd) = user.descriptor() else {
            return;
        };
        let mut look = queries::look(fd, watch.cell.protocol);
        drop(user);
        watch.ends = Ends::seen(look.observation, watch.ends);
        if look.observation.tcp.map(|tcp| tcp.state) == Some(TcpState::Closed)
            && let (Some(netlink), Some(ends)) = (&self.netlink, watch.ends)
        {
            look.observation.remnant = Some(time_wait::told(time_wait::find(netlink, ends)));
        }
        watch.looked = Some(now);
        let tell = std::mem::take(&mut watch.tell);
        let again = if look.unsettled {
            AGAIN_MILLIS.get(watch.looks).copied()
        } else {
            until_over(look.observation)
        };
        if let Some(pause) = again {
            watch.looks += 1;
            let due = now + Duration::from_millis(pause);
            watch.due = Some(due);
            self.due.insert((due, id));
        }
        // A queue that is as long as before is news too where something was moved through it: what was taken out was
        // filled again, what was sent has been acknowledged.
        let passed = moved != watch.moved;
        let differs = |last| differs(last, look.observation);
        if tell || passed || watch.last.is_none_or(differs) {
            watch.last = Some(look.observation);
            watch.moved = moved;
            let event = Event::Observed {
                stamp,
                socket: id,
                observation: look.observation,
            };
            self.hub.send(Message::Event(event)).ok();
        }
    }

    fn closed(&mut self, cell: &Arc<Cell>, ends: Option<Ends>, now: Instant) {
        let watch = self.sockets.remove(&cell.id);
        if let Some(due) = watch.as_ref().and_then(|watch| watch.due) {
            self.due.remove(&(due, cell.id));
        }
        // Where nobody could be asked before the close, those seen last are as good.
        if cell.protocol == Protocol::Udp {
            return;
        }
        let last = watch.and_then(|watch| Some((watch.last?.tcp?.state, watch.ends)));
        let Some(ends) = ends.or_else(|| last?.1) else {
            // In no connection when it was closed: where it may once have been in one, that is news.
            if !matches!(last, Some((TcpState::Closed | TcpState::Listen, _))) {
                self.tell_gone(cell.id);
            }
            return;
        };
        // This FIN may be what the other end, closed earlier, was waiting for.
        let other = self
            .leftovers
            .iter()
            .find(|(_, leftover)| leftover.ends == ends.turned())
            .map(|(id, _)| *id);
        let oldest = self.leftovers.keys().min().copied();
        if let Some(oldest) = oldest.filter(|_| self.leftovers.len() >= LEFTOVERS) {
            self.forget(oldest);
        }
        let leftover = Leftover {
            ends,
            told: None,
            due: None,
            looks: 0,
        };
        self.leftovers.insert(cell.id, leftover);
        self.want_leftover(cell.id, now);
        if let Some(other) = other {
            self.want_leftover(other, now + Duration::from_millis(1));
        }
    }

    fn tell_gone(&self, socket: SocketId) {
        let event = Event::Observed {
            stamp: self.clock.stamp(),
            socket,
            observation: of_remnant(TcpState::Closed, None),
        };
        self.hub.send(Message::Event(event)).ok();
    }

    fn want_leftover(&mut self, id: SocketId, at: Instant) {
        if let Some(leftover) = self.leftovers.get_mut(&id) {
            if let Some(due) = leftover.due.replace(at) {
                self.due.remove(&(due, id));
            }
            self.due.insert((at, id));
        }
    }

    fn forget(&mut self, id: SocketId) {
        if let Some(leftover) = self.leftovers.remove(&id)
            && let Some(due) = leftover.due
        {
            self.due.remove(&(due, id));
        }
    }

    /// Asks what became of a closed connection, until the kernel has it no more.
    fn look_at_leftover(&mut self, id: SocketId, now: Instant) {
        let Some(leftover) = self.leftovers.get_mut(&id) else {
            return;
        };
        let stamp = self.clock.stamp();
        let netlink = self.netlink.as_ref();
        let found = netlink.and_then(|netlink| time_wait::find(netlink, leftover.ends));
        let state = found.map(|found| found.state);
        let told = leftover.told;
        let pause = found.and_then(|found| match found.state {
            // It counts down by itself; the next news is its end.
            TcpState::TimeWait => Some(u64::from(found.millis_left) + AFTER),
            _ => AGAIN_MILLIS.get(leftover.looks).copied(),
        });
        leftover.looks += 1;
        leftover.told = state.or(told);
        // Where the kernel can't be asked, nothing is told.
        let news = state.unwrap_or(TcpState::Closed);
        if netlink.is_some() && told != Some(news) {
            let event = Event::Observed {
                stamp,
                socket: id,
                observation: of_remnant(news, found),
            };
            self.hub.send(Message::Event(event)).ok();
        }
        match pause {
            Some(pause) => self.want_leftover(id, now + Duration::from_millis(pause)),
            None => self.forget(id),
        }
    }
}

/// Milliseconds until TIME-WAIT is over: it counts down by itself, and tells nobody.
fn until_over(observation: Observation) -> Option<u64> {
    match observation.remnant? {
        Remnant::TimeWait { millis_left } => Some(u64::from(millis_left) + AFTER),
        Remnant::Ending | Remnant::Nothing => None,
    }
}

/// Whether two answers differ in more than what never stands still: the round-trip time, and what is left of TIME-WAIT.
fn differs(one: Observation, other: Observation) -> bool {
    let standing = |observation: Observation| Observation {
        tcp: observation.tcp.map(|tcp| TcpObservation {
            rtt_micros: 0,
            ..tcp
        }),
        remnant: observation.remnant.map(|remnant| match remnant {
            Remnant::TimeWait { .. } => Remnant::TimeWait { millis_left: 0 },
            other => other,
        }),
        ..observation
    };
    standing(one) != standing(other)
}

/// All that is known of a connection without a descriptor.
fn of_remnant(state: TcpState, found: Option<time_wait::Remnant>) -> Observation {
    Observation {
        remnant: Some(time_wait::told(found)),
        tcp: Some(TcpObservation {
            state,
            rtt_micros: 0,
            retransmits: 0,
            accept_queue: 0,
            backlog: 0,
        }),
        ..Observation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{BlockingMode, Family, ProgramId};
    use std::net::{TcpListener, TcpStream};

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "any connection will do: no row is made here"
    )]
    fn a_connection_is_followed_though_its_ends_were_not_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (hub, messages) = crossbeam_channel::unbounded();
        let poller = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut watches = Watches::new(poller, Arc::new(Clock::start()), hub);
        let (id, program) = (SocketId(1), ProgramId(1));
        let (family, tcp, mode) = (Family::Ipv4, Protocol::Tcp, BlockingMode::Blocking);
        let cell = Cell::new(id, program, family, tcp, mode, client.into(), None);
        let now = Instant::now();
        watches.hint(Hint::Look(Arc::clone(&cell)), now);
        watches.look_at_due(now);
        cell.shut_door();
        drop(cell.take());
        watches.hint(Hint::Closed(cell, None), now);
        watches.look_at_due(now);
        let states: Vec<TcpState> = messages
            .try_iter()
            .filter_map(|message| match message {
                Message::Event(Event::Observed { observation, .. }) => Some(observation.tcp?.state),
                _ => None,
            })
            .collect();
        assert!(
            matches!(
                states[..],
                [
                    TcpState::Established,
                    TcpState::FinWait1 | TcpState::FinWait2
                ]
            ),
            "{states:?}"
        );
    }
}
