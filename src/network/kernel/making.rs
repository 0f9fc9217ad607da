//! One job on its thread: the start of its row, the system call, the end of its row.
#![allow(
    clippy::similar_names,
    reason = "a call on a cell: both words are meant"
)]

use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno as SystemErrno;

use super::cell::{Cell, InFlight};
use super::job::{Job, Task};
use super::stream::Moving;
use super::syscalls::{self, Buffer};
use super::threads::Served;
use super::worker::Lane;
use super::{Shared, closed, errno};
use crate::model::call::{BlockingMode, Call, Family, Method, Outcome, Protocol, Value};
use crate::model::errno::Errno;
use crate::model::event::{Ended, Event, Note, Started};
use crate::model::payload::Payload;
use crate::model::socket::accepted_mode;

mod select;

/// Does what the job asks, with all its rows.
pub(super) fn run(shared: &Arc<Shared>, lane: &Arc<Lane>, job: &Job, buffer: &mut Buffer) {
    let making = Making { shared, lane, job };
    match &job.task {
        #[allow(clippy::panic, reason = "what comes of a panic has to be seen once")]
        Task::Panic => std::panic::panic_any("asked to panic"),
        Task::Make(Call::Socket { family, protocol }) => making.socket(*family, *protocol),
        Task::Make(Call::Close) => making.close(),
        Task::Make(call @ Call::SendAll { .. }) => making.send_all(call),
        Task::Make(call @ Call::Select { watched, timeout }) => {
            making.select(call, watched, *timeout);
        }
        Task::Make(call) => making.plain(call, buffer),
    }
}

/// How a system call ended, before it is a row.
struct Answer<T> {
    result: Result<T, SystemErrno>,
    /// The user ended it: EINTR was on request.
    stopped: bool,
    retries: u32,
}

struct Making<'a> {
    shared: &'a Arc<Shared>,
    lane: &'a Arc<Lane>,
    job: &'a Job,
}

/// A row whose call has entered its system call.
enum Row {
    /// Its start has been told already.
    Told,
    /// It is told with the end.
    Untold(Started),
}

impl Making<'_> {
    fn begin(&self, call: &Call, user: Option<&InFlight<'_>>, part: Option<u32>) -> Row {
        let descriptor = user.map_or(-1, InFlight::number);
        let told = user.is_some()
            && call.method().can_wait()
            && self
                .job
                .cell
                .as_ref()
                .is_some_and(|cell| cell.is_blocking());
        let fd = self.job.socket.is_some().then_some(descriptor);
        self.enter(call, fd, part, told)
    }

    /// The start of a row, told at once where the call may wait.
    fn enter(&self, call: &Call, fd: Option<i32>, part: Option<u32>, told: bool) -> Row {
        let started = Started {
            id: self.job.id,
            stamp: self.shared.clock.stamp(),
            thread: self.lane.id,
            program: self.lane.program,
            socket: self.job.socket,
            fd,
            call: call.clone(),
            name: self.job.name.clone(),
            line: self.job.line,
            part,
            at_end: self.job.at_end,
        };
        if !told {
            return Row::Untold(started);
        }
        self.lane.note_told(true);
        self.shared.send(Event::Started(started));
        Row::Told
    }

    fn end(&self, row: Row, ended: Ended) {
        let cell = self.job.cell.as_ref();
        let moved = match &ended.outcome {
            Outcome::Ok(Value::Received { bytes, .. }) => !bytes.is_empty(),
            Outcome::Ok(Value::Sent(1..)) => {
                cell.is_some_and(|cell| cell.protocol == Protocol::Tcp)
            }
            Outcome::Ok(Value::Socket { .. }) => true,
            _ => false,
        };
        self.shared.send(match row {
            Row::Told => Event::Ended(ended),
            Row::Untold(started) => Event::Made(started, ended),
        });
        self.lane.note_told(false);
        // After the row: an observation that counts it must also follow it in the stream of events.
        if let (true, Some(cell)) = (moved, cell) {
            cell.count_moved();
        }
    }

    fn ended(&self, outcome: Outcome) -> Ended {
        Ended {
            id: self.job.id,
            stamp: self.shared.clock.stamp(),
            outcome,
            offset: None,
            retries: 0,
            note: None,
        }
    }

    /// Makes a system call until it ends with something else than an EINTR that nobody here asked for (PEP 475).
    ///
    /// A connect interrupted so is called again too: on Linux `connect()` on a blocking socket whose handshake is
    /// under way waits for it, and answers 0 or the error, as the first would have.
    fn insist<T>(&self, mut call: impl FnMut() -> Result<T, SystemErrno>) -> Answer<T> {
        let mut retries = 0;
        loop {
            let result = call();
            let stopped = self.lane.is_stopped(self.job.id);
            if matches!(result, Err(SystemErrno::INTR)) && !stopped {
                retries += 1;
                continue;
            }
            return Answer {
                result,
                stopped,
                retries,
            };
        }
    }

    /// A call with one row that bears no socket, or accept.
    fn plain(&self, call: &Call, buffer: &mut Buffer) {
        if *call == Call::Accept {
            return self.accept();
        }
        let cell = self.job.cell.as_deref();
        let payload = call.payload().and_then(Payload::to_bytes);
        let bytes = payload.as_deref().unwrap_or_default();
        let user = cell.and_then(Cell::enter);
        // Before the start is told: calls whose rows overlap never seem to be one after the other.
        let moving = cell.and_then(|cell| cell.begin(call.method()));
        let row = self.begin(call, user.as_ref(), None);
        let answer = match (cell, user.as_ref().and_then(InFlight::descriptor)) {
            (Some(cell), Some(fd)) => self.insist(|| system_call(fd, cell, call, bytes, buffer)),
            _ => self.insist(|| closed::make(call)),
        };
        let ended = self.judge(call, bytes.len() as u64, answer, moving);
        self.end(row, ended);
        self.seen(call, user.as_ref());
    }

    fn accept(&self) {
        let user = self.job.cell.as_deref().and_then(Cell::enter);
        let served = self.shared.birth(self.lane.program, self.job.thread);
        let row = self.begin(&Call::Accept, user.as_ref(), None);
        let answer = match user.as_ref().and_then(InFlight::descriptor) {
            Some(fd) => self.insist(|| syscalls::accept(fd, served)),
            None => self.insist(|| closed::make(&Call::Accept).and(Err(SystemErrno::BADF))),
        };
        let mut ended = self.ended(Outcome::Interrupted);
        ended.retries = answer.retries;
        let mut born = None;
        match (answer.result, self.job.cell.as_ref()) {
            (Ok((descriptor, peer)), Some(cell)) => {
                let mode = match served {
                    Served::Thread => accepted_mode(mode_of(cell)),
                    Served::Crowd => BlockingMode::NonBlocking,
                };
                let kind = (cell.family, cell.protocol, mode);
                let (new, value, served) = self.bear(descriptor, kind, peer, served);
                if served == Served::Crowd {
                    new.leave_alone();
                }
                ended.note = (served == Served::Crowd).then_some(Note::InCrowd);
                ended.outcome = Outcome::Ok(value);
                born = Some(new);
            }
            (Err(SystemErrno::INTR), _) => {}
            (Err(error), _) => ended.outcome = Outcome::Error(errno::of(error)),
            (Ok(_), None) => ended.outcome = Outcome::Error(Errno::EBADF),
        }
        let is_full = matches!(ended.outcome, Outcome::Error(Errno::EMFILE | Errno::ENFILE));
        self.end(row, ended);
        // After the row: who learns of it must not have been told already that there is room again.
        if is_full {
            self.shared.tell_of_room();
        }
        self.seen(&Call::Accept, user.as_ref());
        if let Some(new) = born {
            self.shared.observer.look(&new);
        }
    }

    fn socket(&self, family: Family, protocol: Protocol) {
        let call = Call::Socket { family, protocol };
        let row = self.begin(&call, None, None);
        let answer = self.insist(|| syscalls::socket(family, protocol));
        let mut ended = self.ended(Outcome::Interrupted);
        ended.retries = answer.retries;
        let mut born = None;
        match answer.result {
            Ok(descriptor) => {
                let kind = (family, protocol, BlockingMode::Blocking);
                let (new, value, _) = self.bear(descriptor, kind, None, Served::Thread);
                self.shared.settle(&new, self.lane);
                ended.outcome = Outcome::Ok(value);
                born = Some(new);
            }
            Err(error) => ended.outcome = Outcome::Error(errno::of(error)),
        }
        self.end(row, ended);
        if let Some(new) = born {
            self.shared.observer.look(&new);
        }
    }

    fn bear(
        &self,
        descriptor: OwnedFd,
        (family, protocol, mode): (Family, Protocol, BlockingMode),
        peer: Option<SocketAddr>,
        served: Served,
    ) -> (Arc<Cell>, Value, Served) {
        let fd = std::os::fd::AsRawFd::as_raw_fd(&descriptor);
        let name = self.job.name.clone();
        let id = self.shared.next_socket();
        let program = self.lane.program;
        let cell = Cell::new(id, program, family, protocol, mode, descriptor, peer);
        let accepted = self.job.socket.is_some();
        let served = match served {
            Served::Thread => Served::Thread,
            Served::Crowd => self.shared.join_crowd(&cell),
        };
        self.shared.insert(&cell, name, accepted, served);
        (cell, Value::Socket { id, fd, peer }, served)
    }

    /// `sendall`: as many sends as it takes, each a row of its own.
    fn send_all(&self, call: &Call) {
        let cell = self.job.cell.as_deref();
        let payload = call.payload().and_then(Payload::to_bytes);
        let bytes = payload.as_deref().unwrap_or_default();
        let mut done = 0;
        let mut part = 1;
        loop {
            let rest = bytes.get(done..).unwrap_or_default();
            let user = cell.and_then(Cell::enter);
            let moving = cell.and_then(|cell| cell.begin(call.method()));
            let row = self.begin(call, user.as_ref(), Some(part));
            let answer = match user.as_ref().and_then(InFlight::descriptor) {
                Some(fd) => self.insist(|| syscalls::send(fd, rest)),
                None => self.insist(|| closed::make(call)),
            };
            let ended = self.judge(call, rest.len() as u64, answer, moving);
            let over = ended.note == Some(Note::EndedByYou);
            let sent = match ended.outcome {
                Outcome::Ok(Value::Sent(count)) => Some(count as usize),
                _ => None,
            };
            self.end(row, ended);
            self.seen(call, user.as_ref());
            done += sent.unwrap_or_default();
            if over || sent.is_none() || done >= bytes.len() {
                return;
            }
            part += 1;
        }
    }

    /// The end of a row: outcome, offset and note.
    fn judge(
        &self,
        call: &Call,
        asked: u64,
        answer: Answer<Value>,
        moving: Option<Moving<'_>>,
    ) -> Ended {
        let stopped = answer.stopped;
        let outcome = match answer.result {
            Ok(value) => Outcome::Ok(value),
            Err(SystemErrno::INTR) => Outcome::Interrupted,
            Err(error) => Outcome::Error(errno::of(error)),
        };
        let mut ended = self.ended(outcome);
        ended.retries = answer.retries;
        let cell = self.job.cell.as_ref();
        ended.offset = match &ended.outcome {
            Outcome::Ok(Value::Sent(count)) => moving.and_then(|moving| moving.moved(*count)),
            Outcome::Ok(Value::Received { bytes, .. }) => {
                moving.and_then(|moving| moving.moved(bytes.len()))
            }
            _ => None,
        };
        ended.note = match (call, &ended.outcome) {
            (_, Outcome::Ok(Value::Sent(count))) if stopped && *count < asked => {
                Some(Note::EndedByYou)
            }
            (Call::Connect { .. }, Outcome::Interrupted) => Some(Note::GoesOn),
            (Call::Bind { address }, Outcome::Error(Errno::EADDRINUSE))
                if cell.is_some_and(|cell| cell.protocol == Protocol::Tcp) =>
            {
                old_connection(*address)
            }
            _ => None,
        };
        ended
    }

    fn close(&self) {
        let cell = self.job.cell.as_ref();
        let ends = cell.and_then(|cell| self.shared.observer.ends(cell));
        let descriptor = cell.and_then(|cell| {
            cell.shut_door();
            self.shared.end_others(cell.id, self.lane);
            cell.take()
        });
        let number = descriptor
            .as_ref()
            .map_or(-1, std::os::fd::AsRawFd::as_raw_fd);
        let row = self.enter(&Call::Close, Some(number), None, false);
        let outcome = match descriptor {
            // The close itself: on Linux it never fails on a socket of ours.
            Some(descriptor) => {
                drop(descriptor);
                Outcome::Ok(Value::None)
            }
            None => match closed::make(&Call::Close) {
                Ok(value) => Outcome::Ok(value),
                Err(error) => Outcome::Error(errno::of(error)),
            },
        };
        let ended = self.ended(outcome);
        self.end(row, ended);
        if let Some(cell) = cell.filter(|_| number >= 0) {
            self.shared.closed(cell.id);
            self.shared.observer.closed(cell, ends);
        }
    }

    /// Tells the observer that the call may have changed what the kernel says of the socket.
    fn seen(&self, call: &Call, user: Option<&InFlight<'_>>) {
        let silent = matches!(
            call.method(),
            Method::GetSockName | Method::GetPeerName | Method::GetSockOpt
        );
        if let (Some(cell), Some(_), false) = (&self.job.cell, user, silent) {
            // A look while connect was under way may have been too early, and equal to the one now.
            if call.method() == Method::Connect {
                self.shared.observer.tell(cell);
            } else {
                self.shared.observer.look(cell);
            }
        }
    }
}

fn system_call(
    fd: BorrowedFd<'_>,
    cell: &Cell,
    call: &Call,
    bytes: &[u8],
    buffer: &mut Buffer,
) -> Result<Value, SystemErrno> {
    match call {
        Call::Bind { address } => syscalls::bind(fd, *address),
        Call::Listen { backlog } => syscalls::listen(fd, *backlog),
        Call::Connect { address } => syscalls::connect(fd, *address),
        Call::Send { .. } | Call::SendAll { .. } => syscalls::send(fd, bytes),
        Call::Recv { max } => syscalls::recv(fd, cell.protocol, *max, buffer),
        Call::SendTo { address, .. } => syscalls::send_to(fd, bytes, *address),
        Call::RecvFrom { max } => syscalls::recv_from(fd, cell.protocol, *max, buffer),
        Call::Shutdown { how } => syscalls::shutdown(fd, *how),
        Call::SetBlocking { mode } => cell.change_mode(*mode, || syscalls::set_blocking(fd, *mode)),
        Call::SetSockOpt { option, value } => syscalls::set_option(fd, *option, *value),
        Call::GetSockOpt { option } => syscalls::option(fd, *option),
        Call::GetSockName => syscalls::local_address(fd).map(Value::Address),
        Call::GetPeerName => syscalls::peer_address(fd).map(Value::Address),
        // Each has a function of its own above: they bear or end a socket, or are on several.
        Call::Socket { .. } | Call::Accept | Call::Close | Call::Select { .. } => {
            Err(SystemErrno::INVAL)
        }
    }
}

fn mode_of(cell: &Cell) -> BlockingMode {
    if cell.is_blocking() {
        BlockingMode::Blocking
    } else {
        BlockingMode::NonBlocking
    }
}

/// What a closed connection that still keeps that endpoint is doing.
#[cfg(target_os = "linux")]
fn old_connection(local: SocketAddr) -> Option<Note> {
    use crate::model::event::TcpState;
    let old = super::time_wait::longest_on(local)?;
    Some(match old.state {
        TcpState::TimeWait => Note::TimeWait {
            millis_left: old.millis_left,
        },
        state => Note::OldConnection {
            state,
            peer: old.ends.peer,
        },
    })
}

#[cfg(not(target_os = "linux"))]
fn old_connection(_local: SocketAddr) -> Option<Note> {
    None
}
