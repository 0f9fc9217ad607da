//! Where replay stops: after each call, and where one began to wait.

use crate::model::recording::Recording;

use super::Ladder;
use super::axis::{Edge, Step};

/// So many steps round a moment are looked at for the stop before and after it: they overlap only where calls did.
const NEAR: usize = 64;

impl Ladder {
    /// How many stops there are.
    pub fn stops(&self) -> usize {
        self.axis.steps().len()
    }

    /// The moment of a stop, counted from 0: its place in the order of things.
    pub fn stop(&self, index: usize, recording: &Recording) -> Option<u64> {
        let step = self.axis.steps().get(index)?;
        Some(settled(step, recording))
    }

    /// How many of the stops lie before a moment, or in it.
    pub fn stops_until(&self, moment: u64) -> usize {
        self.axis.index(moment.saturating_add(1))
    }

    /// The last stop before a moment.
    pub fn stop_before(&self, moment: u64, recording: &Recording) -> Option<u64> {
        self.near(moment, recording)
            .filter(|stop| *stop < moment)
            .max()
    }

    /// The first stop after a moment.
    pub fn stop_after(&self, moment: u64, recording: &Recording) -> Option<u64> {
        self.near(moment, recording)
            .filter(|stop| *stop > moment)
            .min()
    }

    fn near<'a>(&'a self, moment: u64, recording: &'a Recording) -> impl Iterator<Item = u64> + 'a {
        let here = self.axis.index(moment);
        let steps = self.axis.steps();
        let range = here.saturating_sub(NEAR)..here.saturating_add(NEAR);
        steps.range(range).map(move |step| settled(step, recording))
    }
}

/// When all of a step is over: a call that did not wait stands where it began or ended, and is over at its end.
fn settled(step: &Step, recording: &Recording) -> u64 {
    let entry = (step.edge == Edge::Whole).then(|| recording.numbered(step.row));
    let end = entry.flatten().and_then(|entry| entry.end);
    end.map_or(step.seq, |end| end.seq)
}
