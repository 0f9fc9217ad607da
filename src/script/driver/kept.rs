//! What names of earlier plays hold, for typed lines.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::ast::Name;
use super::super::options::{Awaited, Held, Known, PlayerId};
use super::super::player::Player;
use super::Driver;

/// How many are kept.
const KEPT_NAMES: usize = 64;

/// Names and their values, those kept last at the end, each with the play it comes from.
#[derive(Debug, Default)]
pub(super) struct Kept(VecDeque<(Name, PlayerId, Held)>);

impl Kept {
    /// Keeps what a player's names hold, unless a younger play has given them another value.
    pub(super) fn keep(&mut self, player: &Player) {
        for (name, value) in player.values() {
            // Sockets are found by the names that the recording gave them.
            if matches!(value, Held::Socket(_)) {
                continue;
            }
            let known = self.0.iter().position(|(kept, ..)| kept == name);
            let from = known.and_then(|place| self.0.get(place));
            if from.is_some_and(|(_, from, _)| *from > player.id()) {
                continue;
            }
            if let Some(place) = known {
                self.0.remove(place);
            }
            let kept = (Arc::clone(name), player.id(), value.clone());
            self.0.push_back(kept);
        }
        while self.0.len() > KEPT_NAMES {
            self.0.pop_front();
        }
    }

    /// Adds to what a line knows, the youngest of each name first: values kept, and those that `players` wait for.
    pub(super) fn offer<'a>(&self, players: impl Iterator<Item = &'a Player>, known: &mut Known) {
        let mut players: Vec<&Player> = players.collect();
        players.sort_by_key(|player| std::cmp::Reverse(player.id()));
        let kept = |name: &str| self.0.iter().find(|(kept, ..)| &**kept == name);
        for player in players {
            for (name, text) in player.pending() {
                if kept(name).is_some_and(|(_, from, _)| *from > player.id()) {
                    continue;
                }
                let awaited = Awaited {
                    from: player.id(),
                    text: Arc::clone(text),
                };
                known.add_awaited(Arc::clone(name), awaited);
            }
        }
        for (name, _, value) in &self.0 {
            known.add(Arc::clone(name), value.clone());
        }
    }
}

impl Driver {
    /// Gives names their values from other plays. Says whether there were any.
    pub(super) fn supply(&mut self) -> bool {
        let mut outcomes = Vec::new();
        for (index, waiting) in self.playing.iter().enumerate() {
            for (name, from) in waiting.player.awaited() {
                let playing = self.playing.iter().map(|playing| &playing.player);
                let outcome = self
                    .lingering
                    .iter()
                    .chain(playing)
                    .find(|player| player.id() == from)
                    .map_or(Some(Err(Arc::from("its play is over"))), |player| {
                        player.outcome(name)
                    });
                if let Some(outcome) = outcome {
                    outcomes.push((index, Arc::clone(name), outcome));
                }
            }
        }
        let any = !outcomes.is_empty();
        for (index, name, outcome) in outcomes {
            if let Some(waiting) = self.playing.get_mut(index) {
                waiting.player.supply(&name, outcome);
            }
        }
        any
    }
}
