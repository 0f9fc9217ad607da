//! Programs and sockets, and which thread makes which call.
//!
//! By default each socket has a thread, started for its first call; `socket()` is made by the thread that the new
//! socket will have. Calls that never wait go round a waiting thread by the program's control thread. In a
//! one-thread program everything queues on the one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use super::cell::Cell;
use super::crowd::Crowd;
use super::worker::Lane;
use crate::model::call::{ProgramId, SocketId, SocketLists, ThreadId};
use crate::model::event::{Role, Threading};
use crate::network::ThreadChoice;

/// Programs, sockets and their threads.
///
/// What outlives a socket here is its place in `closed` (some 16 bytes), and its program with that program's control
/// thread, which at rest is memory only (some 500 bytes with the names; the system's thread is gone). A call may be
/// made on a closed socket at any time, and a socket in an old program: the one needs the other, and a thread that
/// came back under another number would be a new one to whoever reads the log. So both stay as long as their session,
/// whose recording keeps more of them: some 350 bytes for each socket.
#[derive(Debug, Default)]
pub(super) struct Dispatch {
    pub(super) programs: HashMap<ProgramId, Program>,
    /// Those not closed yet.
    pub(super) sockets: HashMap<SocketId, Entry>,
    /// Of closed ones no more than whose they were: a call on one must still know that it was.
    pub(super) closed: HashMap<SocketId, ProgramId>,
    /// Programs of sessions that are over, which something is still to be done for.
    over: Vec<ProgramId>,
    pub(super) next_program: u32,
    pub(super) next_socket: u32,
    pub(super) crowd: Crowd,
    next_thread: u32,
    /// Makes calls on what never was a socket.
    stray: Option<Arc<Lane>>,
    pub(super) ending: bool,
}

/// No program has this id: they count from 1.
const NO_PROGRAM: ProgramId = ProgramId(0);

const _: () = assert!(
    size_of::<Program>() <= 72 && size_of::<Lane>() <= 256,
    "programs and their threads are kept: each must stay small"
);

#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: Arc<str>,
    pub(super) role: Role,
    pub(super) threading: Threading,
    /// The one thread of a one-thread program.
    pub(super) one: Option<Arc<Lane>>,
    /// Makes the calls that never wait while a socket's own thread does; also those on closed sockets.
    pub(super) control: Option<Arc<Lane>>,
    /// Makes the `select` calls, which are on no single socket, where each socket has a thread.
    pub(super) watcher: Option<Arc<Lane>>,
    /// Makes the calls on the sockets of its crowd.
    pub(super) crowd: Option<Arc<Lane>>,
    /// Open sockets that have threads.
    pub(super) threaded: usize,
}

impl Program {
    fn lanes(&self) -> impl Iterator<Item = &Arc<Lane>> {
        let lanes = [&self.one, &self.control, &self.watcher, &self.crowd];
        lanes.into_iter().flatten()
    }
}

/// A socket that is not closed yet.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) cell: Arc<Cell>,
    pub(super) name: Arc<str>,
    /// Apart: those of a crowd have none of their own.
    threads: Option<Box<Threads>>,
    pub(super) stage: Stage,
    pub(super) served: Served,
}

/// The threads of a socket.
#[derive(Debug, Default)]
struct Threads {
    own: Option<Arc<Lane>>,
    second: Option<Arc<Lane>>,
    /// Those that stay while the socket is open.
    attached: Vec<Arc<Lane>>,
}

/// What makes a socket's calls, from its birth on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// A thread of its own, or its program's one.
    Thread,
    /// The thread that serves its program's crowd.
    Crowd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// `close()` was submitted: what comes later queues behind it.
    Closing,
}

impl Entry {
    pub(super) fn new(cell: &Arc<Cell>, name: Arc<str>, served: Served) -> Self {
        Self {
            cell: Arc::clone(cell),
            name,
            threads: None,
            stage: Stage::Open,
            served,
        }
    }

    /// The threads that stay while the socket is open.
    pub(super) fn attached(&self) -> &[Arc<Lane>] {
        self.threads
            .as_ref()
            .map_or(&[], |threads| &threads.attached)
    }

    pub(super) fn attach(&mut self, lane: &Arc<Lane>) {
        let attached = &mut self.threads_mut().attached;
        if !attached.iter().any(|other| Arc::ptr_eq(other, lane)) {
            lane.attach();
            attached.push(Arc::clone(lane));
        }
    }

    pub(super) fn set_own(&mut self, lane: &Arc<Lane>) {
        self.threads_mut().own = Some(Arc::clone(lane));
        self.attach(lane);
    }

    fn own(&self) -> Option<&Arc<Lane>> {
        let own = self.threads.as_ref()?.own.as_ref();
        own.filter(|own| !own.is_dead())
    }

    fn second(&self) -> Option<&Arc<Lane>> {
        let second = self.threads.as_ref()?.second.as_ref();
        second.filter(|second| !second.is_dead())
    }

    fn threads_mut(&mut self) -> &mut Threads {
        self.threads.get_or_insert_default()
    }
}

impl Dispatch {
    pub(super) fn cell(&self, socket: SocketId) -> Option<Arc<Cell>> {
        Some(Arc::clone(&self.sockets.get(&socket)?.cell))
    }

    /// Every thread; those that others hand calls to come last, so that a search from first to last misses none.
    pub(super) fn lanes(&self) -> Vec<Arc<Lane>> {
        let of_sockets = self.sockets.values().flat_map(Entry::attached);
        let ones = self
            .programs
            .values()
            .filter_map(|entry| entry.one.as_ref());
        let watchers = self
            .programs
            .values()
            .filter_map(|entry| entry.watcher.as_ref());
        let crowds = self
            .programs
            .values()
            .filter_map(|entry| entry.crowd.as_ref());
        let controls = self
            .programs
            .values()
            .filter_map(|entry| entry.control.as_ref());
        of_sockets
            .chain(ones)
            .chain(watchers)
            .chain(crowds)
            .chain(&self.stray)
            .chain(controls)
            .cloned()
            .collect()
    }

    /// The threads that may have calls of a socket.
    pub(super) fn lanes_of(&self, socket: SocketId) -> Vec<Arc<Lane>> {
        let Some(entry) = self.sockets.get(&socket) else {
            return Vec::new();
        };
        let program = self.programs.get(&entry.cell.program);
        let of_program = program.map(|program| {
            let crowd = program.crowd.iter();
            crowd.chain(&program.watcher).chain(&program.control)
        });
        let of_program = of_program.into_iter().flatten();
        entry.attached().iter().chain(of_program).cloned().collect()
    }

    /// Lets go of programs of a session that is over, and of those before it that were still busy then.
    pub(super) fn forget(&mut self, programs: &[ProgramId]) {
        self.over.extend(programs);
        let open: HashSet<ProgramId> = self.sockets.values().map(|it| it.cell.program).collect();
        let known = &mut self.programs;
        self.over.retain(|id| {
            let busy = known
                .get(id)
                .is_some_and(|it| it.lanes().any(|lane| lane.is_busy()));
            let stays = busy || open.contains(id);
            if !stays {
                known.remove(id);
            }
            stays
        });
        self.closed.retain(|_, program| known.contains_key(program));
    }

    pub(super) fn program_of(&self, socket: SocketId) -> ProgramId {
        let open = self.sockets.get(&socket).map(|entry| entry.cell.program);
        open.or_else(|| self.closed.get(&socket).copied())
            .unwrap_or(NO_PROGRAM)
    }

    pub(super) fn is_one_thread(&self, program: ProgramId, lane: &Arc<Lane>) -> bool {
        self.programs
            .get(&program)
            .and_then(|entry| entry.one.as_ref())
            .is_some_and(|one| Arc::ptr_eq(one, lane))
    }

    /// What the recording will call a socket that nobody named.
    pub(super) fn name_for(&self, program: ProgramId, accepted: bool) -> Arc<str> {
        static ACCEPTED: LazyLock<Arc<str>> = LazyLock::new(|| Arc::from("conn"));
        if accepted {
            return Arc::clone(&ACCEPTED);
        }
        let role = self.programs.get(&program).map(|entry| entry.role);
        Arc::from(match role {
            Some(Role::Server) => "server",
            Some(Role::Peer) => "peer",
            Some(Role::Client) | None => "client",
        })
    }

    /// The thread that makes a `socket()` call.
    pub(super) fn lane_for_birth(
        &mut self,
        program: ProgramId,
        name: Option<Arc<str>>,
    ) -> Arc<Lane> {
        if let Some(one) = self.one_thread(program) {
            return one;
        }
        let name = name.unwrap_or_else(|| self.name_for(program, false));
        self.new_lane(program, name)
    }

    /// The thread that makes a call on a socket.
    pub(super) fn lane_for(&mut self, socket: SocketId, choice: ThreadChoice) -> Arc<Lane> {
        let program = self.program_of(socket);
        if program == NO_PROGRAM {
            return self.stray();
        }
        if let Some(one) = self.one_thread(program) {
            self.attach(socket, &one);
            return one;
        }
        let entry = self.sockets.get(&socket);
        let in_crowd =
            entry.is_some_and(|entry| entry.served == Served::Crowd && !entry.cell.is_blocking());
        match (entry.map(|entry| entry.stage), choice) {
            (None, _) => self.control(program),
            (Some(Stage::Open), ThreadChoice::Second) => self.second(socket, program),
            (Some(_), ThreadChoice::Crowd) if in_crowd => self.crowd_lane(program),
            (Some(_), _) => self.own(socket, program),
        }
    }

    /// The thread that makes a `select`: the one of a one-thread program, else one that makes nothing else.
    pub(super) fn lane_for_select(&mut self, program: ProgramId, cells: &[Arc<Cell>]) -> Arc<Lane> {
        if let Some(one) = self.one_thread(program) {
            for cell in cells {
                self.attach(cell.id, &one);
            }
            return one;
        }
        let entry = self.programs.get(&program);
        let watcher = entry.and_then(|entry| entry.watcher.as_ref());
        if let Some(watcher) = watcher.filter(|watcher| !watcher.is_dead()) {
            return Arc::clone(watcher);
        }
        let name = entry.map_or_else(
            || Arc::from("select"),
            |entry| Arc::from(format!("{} select", entry.name)),
        );
        let lane = self.lane(program, name, None);
        if let Some(entry) = self.programs.get_mut(&program) {
            entry.watcher = Some(Arc::clone(&lane));
        }
        lane
    }

    /// The cells of the sockets of `program` among those watched; one that is closed, or another program's, has none.
    pub(super) fn watched(&self, program: ProgramId, watched: &SocketLists) -> Arc<[Arc<Cell>]> {
        let sockets = watched.sockets().into_iter();
        let cells = sockets.filter_map(|id| self.cell(id));
        cells.filter(|cell| cell.program == program).collect()
    }

    /// The second thread of an open socket; `None` in a one-thread program, and once its close was submitted.
    pub(super) fn second_for(&mut self, socket: SocketId) -> Option<Arc<Lane>> {
        let entry = self.sockets.get(&socket)?;
        let program = entry.cell.program;
        let threading = self.programs.get(&program)?.threading;
        (entry.stage == Stage::Open && threading == Threading::ThreadPerSocket)
            .then(|| self.second(socket, program))
    }

    fn attach(&mut self, socket: SocketId, lane: &Arc<Lane>) {
        if let Some(entry) = self.sockets.get_mut(&socket) {
            entry.attach(lane);
        }
    }

    fn own(&mut self, socket: SocketId, program: ProgramId) -> Arc<Lane> {
        let entry = self.sockets.get(&socket);
        if let Some(own) = entry.and_then(Entry::own) {
            return Arc::clone(own);
        }
        let name = entry.map_or_else(|| Arc::from("socket"), |entry| Arc::clone(&entry.name));
        let lane = self.new_lane(program, name);
        if let Some(entry) = self.sockets.get_mut(&socket) {
            entry.set_own(&lane);
        }
        lane
    }

    fn second(&mut self, socket: SocketId, program: ProgramId) -> Arc<Lane> {
        let entry = self.sockets.get(&socket);
        if let Some(second) = entry.and_then(Entry::second) {
            return Arc::clone(second);
        }
        let name = entry.map_or_else(
            || Arc::from("second"),
            |entry| Arc::from(format!("{} second", entry.name)),
        );
        let lane = self.new_lane(program, name);
        if let Some(entry) = self.sockets.get_mut(&socket) {
            entry.threads_mut().second = Some(Arc::clone(&lane));
            entry.attach(&lane);
        }
        lane
    }

    fn one_thread(&mut self, program: ProgramId) -> Option<Arc<Lane>> {
        let entry = self.programs.get(&program)?;
        if entry.threading != Threading::OneThread {
            return None;
        }
        if let Some(one) = entry.one.as_ref().filter(|one| !one.is_dead()) {
            return Some(Arc::clone(one));
        }
        let name = Arc::clone(&entry.name);
        let lane = self.lane(program, name, None);
        self.programs.get_mut(&program)?.one = Some(Arc::clone(&lane));
        Some(lane)
    }

    fn control(&mut self, program: ProgramId) -> Arc<Lane> {
        let entry = self.programs.get(&program);
        if let Some(control) =
            entry.and_then(|entry| entry.control.as_ref().filter(|control| !control.is_dead()))
        {
            return Arc::clone(control);
        }
        let name = entry.map_or_else(
            || Arc::from("control"),
            |entry| Arc::from(format!("{} control", entry.name)),
        );
        let lane = self.lane(program, name, None);
        if let Some(entry) = self.programs.get_mut(&program) {
            entry.control = Some(Arc::clone(&lane));
        }
        lane
    }

    /// Makes calls on what never was a socket: EBADF, as on a closed one.
    fn stray(&mut self) -> Arc<Lane> {
        if let Some(stray) = &self.stray {
            return Arc::clone(stray);
        }
        let lane = self.lane(NO_PROGRAM, Arc::from("stray"), None);
        self.stray = Some(Arc::clone(&lane));
        lane
    }

    fn new_lane(&mut self, program: ProgramId, name: Arc<str>) -> Arc<Lane> {
        let control = self.control(program);
        self.lane(program, name, Some(control))
    }

    pub(super) fn lane(
        &mut self,
        program: ProgramId,
        name: Arc<str>,
        control: Option<Arc<Lane>>,
    ) -> Arc<Lane> {
        self.next_thread += 1;
        Lane::new(ThreadId(self.next_thread), program, name, control)
    }
}
