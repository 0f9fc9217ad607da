//! What keeps the order of a session when its programs run by themselves.
//!
//! Inside a program the text does: one call after another, and a thread of its own for a call that began while another
//! waited. Between programs what they exchange does: a receive can't end before the send that fed it. Where neither
//! does, and the order matters, there is a *turn*: one program says its number, and the other waits for that.
//!
//! Found by walking through the session with a vector clock: what each thread is certain to come after.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::model::call::ProgramId;

use super::depend::Knowledge;
use super::session::{Op, Session, What};

mod graph;

use graph::{Graph, Moment};

/// What one program has to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The operation after which it is said.
    pub(super) from: usize,
    /// The operation that waits for it.
    pub(super) to: usize,
    pub(super) kind: TurnKind,
}

/// Who waits for a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnKind {
    /// Another thread of the same program.
    Thread,
    /// Another program, in the middle.
    Program,
    /// Another program, that is started only then.
    Start,
}

/// One thread of a program: its operations in their order.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) program: ProgramId,
    pub(super) ops: Vec<usize>,
    /// The operation of the program's first thread before which it is started and joined; `None`: it is the first.
    pub(super) fork: Option<usize>,
    pub(super) join: Option<usize>,
}

/// The programs' threads, and the turns between them.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) lanes: Vec<Lane>,
    pub(super) turns: Vec<Turn>,
}

impl Order {
    pub(super) fn of(session: &Session, knowledge: &Knowledge<'_>) -> Self {
        let mut walk = Walk::new(session, knowledge);
        let mut moments: Vec<(u64, bool, usize)> = Vec::new();
        for (index, op) in session.ops.iter().enumerate() {
            if !matches!(op.what, What::LeftOut(_)) {
                moments.push((op.begin, false, index));
                moments.push((op.end, true, index));
            }
        }
        moments.sort_unstable();
        for (_, is_end, op) in moments {
            if is_end {
                walk.end(op);
            } else {
                walk.begin(op);
            }
        }
        let mut order = Self {
            lanes: walk.lanes,
            turns: walk.turns,
        };
        order.start_late(session, knowledge);
        order.drop_needless(session, knowledge);
        order
    }

    /// A turn that a program can't need before it was said is kept by starting that program later.
    fn start_late(&mut self, session: &Session, knowledge: &Knowledge<'_>) {
        let mut graph = Graph::of(self, session, knowledge);
        let mains = self.lanes.iter().filter(|lane| lane.fork.is_none());
        let firsts: HashMap<ProgramId, usize> = mains
            .filter_map(|lane| Some((lane.program, *lane.ops.first()?)))
            .collect();
        // Of each program, what certainly comes after its begin.
        let mut after: HashMap<ProgramId, Vec<bool>> = HashMap::new();
        for turn in &mut self.turns {
            let program = session.ops[turn.to].program;
            let Some(&first) = firsts.get(&program) else {
                continue;
            };
            if turn.kind != TurnKind::Program {
                continue;
            }
            let (said, begin) = (Moment::End(turn.from), Moment::Begin(first));
            let reached = after.entry(program).or_insert_with(|| graph.after(begin));
            if reached[said.number()] {
                continue;
            }
            (turn.to, turn.kind) = (first, TurnKind::Start);
            // The way to the later place goes on from the first: only more comes after.
            graph.add(said, begin);
            for reached in after.values_mut().filter(|reached| reached[said.number()]) {
                graph.extend(reached, begin);
            }
        }
    }

    /// Takes away the turns that follow from others.
    fn drop_needless(&mut self, session: &Session, knowledge: &Knowledge<'_>) {
        let mut graph = Graph::of(self, session, knowledge);
        graph.rank();
        self.turns.retain(|turn| {
            let (said, waits) = (Moment::End(turn.from), Moment::Begin(turn.to));
            graph.remove(said, waits);
            let is_needed = !graph.leads(said, waits);
            if is_needed {
                graph.add(said, waits);
            }
            is_needed
        });
    }
}

/// For each thread, how many of its operations are certain to lie before.
type Clock = Vec<u32>;

fn merge(clock: &mut Clock, other: &Clock) {
    if clock.len() < other.len() {
        clock.resize(other.len(), 0);
    }
    for (mine, theirs) in clock.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
    }
}

struct Walk<'a> {
    session: &'a Session,
    knowledge: &'a Knowledge<'a>,
    lanes: Vec<Lane>,
    clocks: Vec<Clock>,
    /// The operation that each thread is in.
    busy: Vec<Option<usize>>,
    /// The threads of each program that have not been joined; the first is its first.
    running: BTreeMap<ProgramId, Vec<usize>>,
    /// Of each operation its thread and its place there, from 1.
    places: Vec<(usize, u32)>,
    /// What is certain to lie before an operation, at its begin and its end.
    before: Vec<Clock>,
    begun: Vec<Clock>,
    ended: Vec<Clock>,
    /// How many operations have ended, and of each when: after so many others.
    done: u32,
    ends: Vec<u32>,
    turns: Vec<Turn>,
}

impl<'a> Walk<'a> {
    fn new(session: &'a Session, knowledge: &'a Knowledge<'a>) -> Self {
        let count = session.ops.len();
        Self {
            session,
            knowledge,
            lanes: Vec::new(),
            clocks: Vec::new(),
            busy: Vec::new(),
            running: BTreeMap::new(),
            places: vec![(0, 0); count],
            before: vec![Clock::new(); count],
            begun: vec![Clock::new(); count],
            ended: vec![Clock::new(); count],
            done: 0,
            ends: vec![0; count],
            turns: Vec::new(),
        }
    }

    fn op(&self, index: usize) -> &'a Op {
        &self.session.ops[index]
    }

    fn begin(&mut self, op: usize) {
        let lane = self.lane_for(op);
        if self.lanes[lane].fork.is_none() {
            self.join_idle(op, lane);
        }
        let mut clock = self.clocks[lane].clone();
        self.ask_for_turns(op, &mut clock);
        self.before[op].clone_from(&clock);
        self.lanes[lane].ops.push(op);
        let place = self.lanes[lane].ops.len() as u32;
        self.places[op] = (lane, place);
        if clock.len() <= lane {
            clock.resize(lane + 1, 0);
        }
        clock[lane] = place;
        self.begun[op].clone_from(&clock);
        self.clocks[lane] = clock;
        self.busy[lane] = Some(op);
    }

    fn end(&mut self, op: usize) {
        let (lane, _) = self.places[op];
        let mut clock = self.clocks[lane].clone();
        for &giver in self.knowledge.fed_by(op) {
            merge(&mut clock, &self.begun[giver]);
        }
        self.ended[op].clone_from(&clock);
        self.clocks[lane] = clock;
        self.busy[lane] = None;
        self.ends[op] = self.done;
        self.done += 1;
    }

    /// The thread for an operation: the program's first one where that is free, else one of the others.
    fn lane_for(&mut self, op: usize) -> usize {
        let program = self.op(op).program;
        let running = self.running.entry(program).or_default().clone();
        let Some((&main, threads)) = running.split_first() else {
            return self.new_lane(program, None, Clock::new());
        };
        let Some(waits) = self.busy[main] else {
            return main;
        };
        let socket = self.op(op).socket();
        let mut free: Vec<usize> = threads.to_vec();
        free.retain(|lane| self.busy[*lane].is_none());
        let has_it = |lane: &usize| {
            let last = self.lanes[*lane].ops.last();
            last.is_some_and(|last| self.session.ops[*last].socket() == socket)
        };
        match free.iter().copied().find(has_it).or(free.first().copied()) {
            Some(lane) => lane,
            None => self.new_lane(program, Some(waits), self.before[waits].clone()),
        }
    }

    fn new_lane(&mut self, program: ProgramId, fork: Option<usize>, clock: Clock) -> usize {
        let lane = self.lanes.len();
        self.lanes.push(Lane {
            program,
            ops: Vec::new(),
            fork,
            join: None,
        });
        self.clocks.push(clock);
        self.busy.push(None);
        self.running.entry(program).or_default().push(lane);
        lane
    }

    /// The first thread goes on only when the others are done that have nothing to do any more.
    fn join_idle(&mut self, op: usize, main: usize) {
        let program = self.op(op).program;
        let running = self.running.entry(program).or_default();
        let busy = &self.busy;
        let idle: Vec<usize> = running
            .iter()
            .copied()
            .filter(|lane| *lane != main && busy[*lane].is_none())
            .collect();
        running.retain(|lane| !idle.contains(lane));
        for lane in idle {
            self.lanes[lane].join = Some(op);
            let clock = self.clocks[lane].clone();
            merge(&mut self.clocks[main], &clock);
        }
    }

    /// The youngest first: it often has the others before it.
    ///
    /// Of each thread only what is not yet certain to lie before: in a talk that is little.
    fn ask_for_turns(&mut self, op: usize, clock: &mut Clock) {
        // What fed an operation, and what lies before that, need not be waited for: the call itself waits.
        let mut fed = Clock::new();
        for &giver in self.knowledge.fed_by(op) {
            merge(&mut fed, &self.begun[giver]);
        }
        let mut latest: BinaryHeap<(u32, usize)> = BinaryHeap::new();
        for (lane, busy) in self.busy.iter().enumerate() {
            let ended = self.lanes[lane].ops.len() - usize::from(busy.is_some());
            latest.extend(self.unknown(lane, ended, clock));
        }
        while let Some((_, other)) = latest.pop() {
            let (lane, place) = self.places[other];
            let is_in = |clock: &Clock| clock.get(lane).is_some_and(|known| *known >= place);
            let is_own = self.op(other).program == self.op(op).program;
            // What lies before it in its thread is in there too.
            if is_in(clock) || (!is_own && is_in(&fed)) {
                continue;
            }
            latest.extend(self.unknown(lane, place as usize - 1, clock));
            let kind = if is_own {
                TurnKind::Thread
            } else if self.knowledge.keeps_order(other, op) {
                TurnKind::Program
            } else {
                continue;
            };
            merge(clock, &self.ended[other]);
            self.turns.push(Turn {
                from: other,
                to: op,
                kind,
            });
        }
    }

    /// The operation of that place in a thread, where it is not known to lie before, and when it ended.
    fn unknown(&self, lane: usize, place: usize, clock: &Clock) -> Option<(u32, usize)> {
        let known = clock.get(lane).map_or(0, |known| *known as usize);
        let op = *self.lanes[lane].ops.get(place.checked_sub(1)?)?;
        (place > known).then(|| (self.ends[op], op))
    }
}
