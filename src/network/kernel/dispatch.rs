//! What the network is asked for, from submit to shutdown: each takes the table's lock for a moment.

use std::sync::Arc;

use super::cell::Cell;
use super::job::{Job, Task};
use super::threads::{Dispatch, Entry, Program, Served, Stage};
use super::worker::{Lane, Stopped};
use super::{Shared, lock};
use crate::model::call::{CallId, Method, ProgramId, SocketId};
use crate::model::event::{Event, Role, Threading};
use crate::network::{Request, Target, ThreadChoice};

impl Shared {
    pub(super) fn add_program(&self, name: &str, role: Role, threading: Threading) -> ProgramId {
        let mut dispatch = lock(&self.dispatch);
        dispatch.next_program += 1;
        let id = ProgramId(dispatch.next_program);
        let name: Arc<str> = Arc::from(name);
        dispatch.programs.insert(
            id,
            Program {
                name: Arc::clone(&name),
                role,
                threading,
                one: None,
                control: None,
                watcher: None,
                crowd: None,
                threaded: 0,
            },
        );
        self.send(Event::ProgramAdded {
            stamp: self.clock.stamp(),
            program: id,
            name,
            role,
            threading,
        });
        id
    }

    pub(super) fn set_threading(&self, program: ProgramId, threading: Threading) {
        let mut dispatch = lock(&self.dispatch);
        if let Some(entry) = dispatch.programs.get_mut(&program) {
            entry.threading = threading;
            self.send(Event::ThreadingChanged {
                stamp: self.clock.stamp(),
                program,
                threading,
            });
        }
    }

    pub(super) fn submit(self: &Arc<Self>, id: CallId, request: Request) {
        let mut dispatch = lock(&self.dispatch);
        if dispatch.ending {
            drop(dispatch);
            self.send(Event::Withdrawn { id });
            return;
        }
        let method = request.call.method();
        let mut watched = None;
        let (lane, socket) = match (request.target, method) {
            (target, Method::Select) => {
                let program = match target {
                    Target::Program(program) => program,
                    Target::Socket(socket) => dispatch.program_of(socket),
                };
                let lists = request.call.watched();
                watched = lists.map(|lists| dispatch.watched(program, lists));
                let cells = watched.as_deref().unwrap_or_default();
                (dispatch.lane_for_select(program, cells), None)
            }
            (Target::Socket(socket), Method::Socket) => {
                let program = dispatch.program_of(socket);
                (dispatch.lane_for_birth(program, request.name.clone()), None)
            }
            (Target::Socket(socket), _) => {
                (dispatch.lane_for(socket, request.thread), Some(socket))
            }
            (Target::Program(program), _) => {
                (dispatch.lane_for_birth(program, request.name.clone()), None)
            }
        };
        if let (Some(socket), Method::Close) = (socket, method) {
            self.clear_for_close(&mut dispatch, socket);
        }
        let job = Job {
            id,
            task: Task::Make(request.call),
            socket,
            cell: socket.and_then(|socket| dispatch.cell(socket)),
            watched,
            name: request.name,
            line: request.line,
            at_end: request.at_end,
            thread: request.thread,
        };
        if request.thread != ThreadChoice::Crowd {
            return lane.push(self, job);
        }
        if let Some(job) = self.park(&mut dispatch, job) {
            lane.push(self, job);
        }
    }

    pub(super) fn interrupt(&self, call: CallId) {
        let mut dispatch = lock(&self.dispatch);
        if dispatch.crowd.take(call).is_some() {
            return self.send(Event::Withdrawn { id: call });
        }
        for lane in dispatch.lanes() {
            match lane.stop(self, call) {
                Stopped::Unknown => {}
                Stopped::Withdrawn => return,
                Stopped::Running => return self.stopper.stop(lane, call),
            }
        }
    }

    /// Hands a queued call to the second thread of its socket; any other stays as and where it is.
    pub(super) fn move_to_second_thread(self: &Arc<Self>, call: CallId) {
        // Held to the end: whoever interrupts it meanwhile, or closes its socket, finds it in one queue or the other.
        let mut dispatch = lock(&self.dispatch);
        let found = dispatch.lanes().into_iter().find_map(|lane| {
            let socket = lane.queued_on(call)?;
            Some((lane, socket))
        });
        let Some((lane, socket)) = found else {
            return;
        };
        let Some(second) = dispatch.second_for(socket) else {
            return;
        };
        if Arc::ptr_eq(&lane, &second) {
            return;
        }
        // Its thread may have begun it just now: then there is nothing left to move.
        if let Some(job) = lane.give_up(call) {
            second.push(self, job);
        }
    }

    pub(super) fn observe(&self, socket: SocketId) {
        let cell = lock(&self.dispatch).cell(socket);
        match cell {
            Some(cell) => self.observer.tell(&cell),
            None => self.observer.tell_closed(socket),
        }
    }

    pub(super) fn panic_thread(self: &Arc<Self>, id: CallId, socket: SocketId) {
        let mut dispatch = lock(&self.dispatch);
        let lane = dispatch.lane_for(socket, ThreadChoice::Own);
        lane.push(
            self,
            Job {
                id,
                task: Task::Panic,
                socket: None,
                cell: None,
                watched: None,
                name: None,
                line: None,
                at_end: false,
                thread: ThreadChoice::Own,
            },
        );
    }

    /// Ends all calls and threads.
    pub(super) fn end_all(&self) {
        let mut dispatch = lock(&self.dispatch);
        dispatch.ending = true;
        for job in dispatch.crowd.take_all() {
            self.send(Event::Withdrawn { id: job.id });
        }
        for lane in dispatch.lanes() {
            if let Some(call) = lane.quit(self) {
                self.stopper.stop(lane, call);
            }
        }
    }

    pub(super) fn next_socket(&self) -> SocketId {
        let mut dispatch = lock(&self.dispatch);
        dispatch.next_socket += 1;
        SocketId(dispatch.next_socket)
    }

    /// A socket was born, by accept or by `socket()`.
    pub(super) fn insert(
        &self,
        cell: &Arc<Cell>,
        name: Option<Arc<str>>,
        accepted: bool,
        served: Served,
    ) {
        let mut dispatch = lock(&self.dispatch);
        let name = name.unwrap_or_else(|| dispatch.name_for(cell.program, accepted));
        if let (Served::Thread, Some(program)) = (served, dispatch.programs.get_mut(&cell.program))
        {
            program.threaded += 1;
        }
        let entry = Entry::new(cell, name, served);
        dispatch.sockets.insert(cell.id, entry);
    }

    /// The thread that made a socket stays with it.
    pub(super) fn settle(&self, cell: &Arc<Cell>, lane: &Arc<Lane>) {
        let mut dispatch = lock(&self.dispatch);
        let shared_by_all = dispatch.is_one_thread(cell.program, lane);
        if dispatch.ending {
            return;
        }
        if let Some(entry) = dispatch.sockets.get_mut(&cell.id) {
            if shared_by_all {
                entry.attach(lane);
            } else {
                entry.set_own(lane);
            }
        }
    }

    /// Ends what other threads than the one that closes it still do on a socket: calls that began after the close
    /// was submitted, by way of a change of threading.
    pub(super) fn end_others(&self, socket: SocketId, closer: &Arc<Lane>) {
        for lane in lock(&self.dispatch).lanes_of(socket) {
            if !Arc::ptr_eq(&lane, closer)
                && let Some(call) = lane.end_on(socket)
            {
                self.stopper.stop(lane, call);
            }
        }
    }

    /// A socket was closed: its threads may go.
    pub(super) fn closed(&self, socket: SocketId) {
        let mut dispatch = lock(&self.dispatch);
        if let Some(entry) = dispatch.sockets.remove(&socket) {
            let program = entry.cell.program;
            dispatch.closed.insert(socket, program);
            match (entry.served, dispatch.programs.get_mut(&program)) {
                (Served::Thread, Some(program)) => program.threaded -= 1,
                (Served::Crowd, Some(program)) => program.crowd.iter().for_each(|it| it.detach()),
                (_, None) => {}
            }
            for lane in entry.attached() {
                lane.detach();
            }
        }
    }

    /// Whether a socket is closed or its close was submitted.
    pub(super) fn is_closing(&self, socket: SocketId) -> bool {
        let dispatch = lock(&self.dispatch);
        let entry = dispatch.sockets.get(&socket);
        entry.is_none_or(|entry| entry.stage == Stage::Closing)
    }

    /// Ends what is in its system call on a socket, and takes back what is queued on it: its close comes next.
    fn clear_for_close(&self, dispatch: &mut Dispatch, socket: SocketId) {
        let Some(entry) = dispatch.sockets.get_mut(&socket) else {
            return;
        };
        if entry.stage != Stage::Open {
            return;
        }
        entry.stage = Stage::Closing;
        if entry.served == Served::Crowd {
            let cell = Arc::clone(&entry.cell);
            dispatch.crowd.leave(&cell);
            for job in dispatch.crowd.take_of(socket) {
                self.send(Event::Withdrawn { id: job.id });
            }
        }
        for lane in dispatch.lanes_of(socket) {
            if let Some(call) = lane.clear(self, socket) {
                self.stopper.stop(lane, call);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::call::{Call, Family, Outcome, Protocol, Value};
    use crate::model::errno::Errno;
    use crate::network::Network;
    use crate::network::kernel::KernelNetwork;
    use std::time::{Duration, Instant};

    /// Makes a call and waits for its end.
    fn call(network: &KernelNetwork, request: Request) -> Outcome {
        let events = network.subscribe(Arc::new(|| {}));
        let id = network.submit(request);
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match events.wait(deadline).unwrap() {
                Event::Made(started, ended) if started.id == id => return ended.outcome,
                _ => {}
            }
        }
    }

    #[test]
    fn of_a_closed_socket_nothing_is_kept_but_that_it_was() {
        let network = KernelNetwork::start().unwrap();
        let program = network.add_program("client", Role::Client, Threading::ThreadPerSocket);
        let (family, protocol) = (Family::Ipv4, Protocol::Udp);
        let birth = Request::within(program, Call::Socket { family, protocol });
        let Outcome::Ok(Value::Socket { id, .. }) = call(&network, birth) else {
            unreachable!("a socket")
        };
        let cell = Arc::downgrade(&lock(&network.shared.dispatch).cell(id).unwrap());
        assert_eq!(
            call(&network, Request::on(id, Call::Close)),
            Outcome::Ok(Value::None)
        );
        let late = call(&network, Request::on(id, Call::GetSockName));
        assert_eq!(late, Outcome::Error(Errno::EBADF));
        let deadline = Instant::now() + Duration::from_secs(20);
        while cell.strong_count() > 0 {
            assert!(Instant::now() < deadline, "it is kept");
            std::thread::yield_now();
        }
    }
}
