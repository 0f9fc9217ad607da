//! What certainly comes after what, as a graph of moments.

use crate::export::program::depend::Knowledge;
use crate::export::program::session::Session;

use super::Order;

/// The moment just before an operation, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Begin(usize),
    End(usize),
}

impl Moment {
    pub(super) fn number(self) -> usize {
        match self {
            Self::Begin(op) => op * 2,
            Self::End(op) => op * 2 + 1,
        }
    }
}

/// What certainly comes after what.
pub(super) struct Graph {
    next: Vec<Vec<usize>>,
    /// Every moment has a higher rank than those before it.
    ranks: Vec<usize>,
    /// Which search came to a moment last.
    seen: Vec<usize>,
    searches: usize,
}

impl Graph {
    pub(super) fn of(order: &Order, session: &Session, knowledge: &Knowledge<'_>) -> Self {
        let count = session.ops.len() * 2;
        let mut graph = Self {
            next: vec![Vec::new(); count],
            ranks: Vec::new(),
            seen: vec![0; count],
            searches: 0,
        };
        for op in 0..session.ops.len() {
            graph.add(Moment::Begin(op), Moment::End(op));
            for &giver in knowledge.fed_by(op) {
                graph.add(Moment::Begin(giver), Moment::End(op));
            }
        }
        for lane in &order.lanes {
            for pair in lane.ops.windows(2) {
                graph.add(Moment::End(pair[0]), Moment::Begin(pair[1]));
            }
            if let Some((fork, first)) = lane.fork.zip(lane.ops.first()) {
                graph.add(Moment::Begin(fork), Moment::Begin(*first));
            }
            if let Some((join, last)) = lane.join.zip(lane.ops.last()) {
                graph.add(Moment::End(*last), Moment::Begin(join));
            }
        }
        for turn in &order.turns {
            graph.add(Moment::End(turn.from), Moment::Begin(turn.to));
        }
        graph
    }

    pub(super) fn add(&mut self, from: Moment, to: Moment) {
        self.next[from.number()].push(to.number());
    }

    /// Takes away one of the edges between two moments.
    pub(super) fn remove(&mut self, from: Moment, to: Moment) {
        let next = &mut self.next[from.number()];
        if let Some(place) = next.iter().rposition(|next| *next == to.number()) {
            next.swap_remove(place);
        }
    }

    /// Of each moment whether it comes after this one, or is it.
    pub(super) fn after(&self, from: Moment) -> Vec<bool> {
        let mut reached = vec![false; self.next.len()];
        self.extend(&mut reached, from);
        reached
    }

    /// Notes what comes after a moment beside what was reached already.
    pub(super) fn extend(&self, reached: &mut [bool], from: Moment) {
        let mut todo = vec![from.number()];
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                todo.extend(&self.next[at]);
            }
        }
    }

    /// Ranks the moments, so that searches end early. Edges may be taken away after that, and put back.
    pub(super) fn rank(&mut self) {
        let mut before = vec![0_usize; self.next.len()];
        for &next in self.next.iter().flatten() {
            before[next] += 1;
        }
        let firsts = (0..before.len()).filter(|moment| before[*moment] == 0);
        let mut sorted: Vec<usize> = firsts.collect();
        // What would come before itself keeps the highest rank: nothing is left out on the way there.
        self.ranks = vec![usize::MAX; before.len()];
        let mut place = 0;
        while let Some(&moment) = sorted.get(place) {
            self.ranks[moment] = place;
            place += 1;
            for &next in &self.next[moment] {
                before[next] -= 1;
                if before[next] == 0 {
                    sorted.push(next);
                }
            }
        }
    }

    /// Whether there is a way from one moment to another. The moments have been ranked.
    pub(super) fn leads(&mut self, from: Moment, to: Moment) -> bool {
        let (from, to) = (from.number(), to.number());
        self.searches += 1;
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            if at == to {
                return true;
            }
            for &next in &self.next[at] {
                let is_new = self.seen[next] != self.searches && self.ranks[next] <= self.ranks[to];
                if is_new {
                    self.seen[next] = self.searches;
                    todo.push(next);
                }
            }
        }
        false
    }
}
