//! What the columns remember, and what they work out of what there is to show.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use eframe::egui::Vec2;

use crate::model::beside::{self, Beside};
use crate::model::call::{ProgramId, SocketId};
use crate::model::socket::Socket;
use crate::views::Shown;

use super::at_work::AtWork;
use super::lanes::Lane;
use super::layout::fits;
use super::order::Order;
use super::{MANY, ladder};
use crate::views::ladder::LadderState;

/// What the columns remember between frames.
#[derive(Debug, Default)]
pub struct ColumnsState {
    pub(super) order: Order,
    /// What the user said about folding, by socket.
    choices: BTreeMap<SocketId, bool>,
    pub(super) folded: BTreeSet<SocketId>,
    /// What the user said about folding, by program.
    program_choices: BTreeMap<ProgramId, bool>,
    pub(super) folded_programs: BTreeSet<ProgramId>,
    /// Two sockets whose calls are compared now.
    pub(super) beside: Option<Beside>,
    /// Those of a crowd that have columns of their own now.
    pub(super) chosen: BTreeSet<SocketId>,
    /// The peers outside that have life lines.
    pub(super) outside: Vec<SocketAddr>,
    /// The tallest card of the last frame, points: all cards of a row are as tall.
    pub(super) tallest: f32,
    selected: Option<SocketId>,
    /// The lesson's step in the last frame.
    step: Option<usize>,
    /// The columns to bring into view.
    pub(super) reveal: Vec<SocketId>,
    /// For how many frames the same columns have been brought into view.
    pub(super) tries: u32,
    /// How far the columns are scrolled to the right, points.
    pub(super) scrolled: f32,
    /// How much of the right of the centre something else covers, points.
    pub(super) covered: f32,
    /// What the last frame's places came from: after a change the chosen socket may stand elsewhere.
    last: Places,
    /// Where the columns stand in the frame just laid out.
    pub(super) lanes: Vec<Lane>,
    pub(super) ladder: LadderState,
}

/// What the places of the columns come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    sockets: usize,
    folded: BTreeSet<SocketId>,
    folded_programs: BTreeSet<ProgramId>,
    together: Option<(SocketId, SocketId)>,
    /// Width, height and what is covered, whole points.
    room: [i32; 3],
}

impl ColumnsState {
    /// Puts a socket's column before another's, or at the end. Where they belong to different programs, the whole
    /// program moves: a socket stands in its program.
    pub fn move_before(&mut self, socket: SocketId, before: Option<SocketId>) {
        self.order.move_before(socket, before);
        self.reveal = vec![socket];
    }

    /// Folds a column, or shows it whole again.
    pub fn toggle_fold(&mut self, socket: SocketId) {
        let folded = self.folded.contains(&socket);
        self.choices.insert(socket, !folded);
    }

    /// Folds a program to a row, or shows its columns again.
    pub fn toggle_program(&mut self, program: ProgramId) {
        let folded = self.folded_programs.contains(&program);
        self.program_choices.insert(program, !folded);
    }

    /// Brings a socket's column into view: it was chosen, perhaps not for the first time.
    pub fn reveal(&mut self, socket: SocketId) {
        self.reveal = vec![socket];
    }

    /// Says how much of the right of the centre something else covers, points. Columns can be scrolled from under it.
    pub fn set_covered(&mut self, width: f32) {
        self.covered = width;
    }

    /// The two sockets whose calls are compared now: their cards stand side by side, with a letter on each.
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
    }

    /// Where the columns stand in the frame just laid out, from left to right: what is painted under the cards asks
    /// this. Folded sockets have their narrow column; those of a program folded to a row have none.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// A socket's column in the frame just laid out.
    pub fn lane(&self, socket: SocketId) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.socket == socket)
    }

    /// Forgets the columns: a new session begins.
    pub fn new_session(&mut self) {
        *self = Self::default();
    }

    /// Brings the columns up to what there is: order, folding, what to show.
    /// `least`: the narrowest whole column, points.
    pub(super) fn update(&mut self, shown: &Shown<'_>, room: Vec2, least: f32) {
        let sockets = shown.recording.sockets();
        let work = shown
            .lesson
            .as_ref()
            .map(|lesson| AtWork::of(lesson, shown));
        let newest = self.order.update(sockets);
        // Whoever comes to a server that serves by itself: the columns would never stand still.
        if let Some(newest) = newest.filter(|newest| !shown.is_served_by_itself(*newest)) {
            self.reveal = vec![newest];
        }
        if self.selected != shown.selected {
            self.selected = shown.selected;
            if let Some(selected) = shown.selected {
                self.reveal = vec![selected];
            }
        }
        self.beside = beside::beside(shown.recording);
        self.chosen = self.chosen_of_crowds(shown);
        self.outside = self.outside_of_columns(shown);
        self.folded = match &work {
            Some(work) => self.spared(work, shown, room.x, least),
            None => self.closed_among_many(shown),
        };
        self.fold_programs(shown);
        let places = Places {
            sockets: self.order.columns().count() + self.chosen.len(),
            folded: self.folded.clone(),
            folded_programs: self.folded_programs.clone(),
            together: self.beside.as_ref().map(|beside| (beside.a, beside.b)),
            room: [room.x, room.y, self.covered].map(|points| points.round() as i32),
        };
        let step = shown.lesson.map(|lesson| lesson.step);
        let moved = step != self.step || !self.reveal.is_empty() || places != self.last;
        self.step = step;
        if let Some(work) = work.filter(|_| moved && self.choices.is_empty()) {
            self.reveal = work.now;
        }
        if places == self.last {
            return;
        }
        let (old, new) = (self.last.together, places.together);
        if let Some((a, b)) = new.filter(|_| new != old) {
            self.reveal = vec![a, b];
        } else if self.reveal.is_empty() {
            self.reveal.extend(shown.selected);
        }
        self.last = places;
    }

    /// What the user folded, and the closed sockets where there are many columns.
    fn closed_among_many(&self, shown: &Shown<'_>) -> BTreeSet<SocketId> {
        let sockets = shown.recording.sockets();
        // Where all are closed, there is nobody to make room for.
        let many = sockets.len() > MANY && sockets.open().next().is_some();
        let folds = |socket: &&Socket| {
            let chosen = shown.selected == Some(socket.id);
            let by_itself = many && socket.is_closed() && !chosen;
            self.choices.get(&socket.id).copied().unwrap_or(by_itself)
        };
        let columns = self.order.columns().chain(self.chosen.iter().copied());
        columns
            .filter_map(|id| sockets.get(id))
            .filter(folds)
            .map(|socket| socket.id)
            .collect()
    }

    /// The one that is selected, those compared, and what the user has shown or folded.
    fn chosen_of_crowds(&self, shown: &Shown<'_>) -> BTreeSet<SocketId> {
        let compared = self.beside.iter().flat_map(|beside| [beside.a, beside.b]);
        let all = self.choices.keys().copied().chain(compared);
        all.chain(shown.selected)
            .filter(|id| self.order.is_in_crowd(*id))
            .collect()
    }

    /// What the user folded, and in a lesson as many of those it does not need now as there is no room for.
    fn spared(
        &self,
        work: &AtWork,
        shown: &Shown<'_>,
        width: f32,
        least: f32,
    ) -> BTreeSet<SocketId> {
        let sockets = shown.recording.sockets();
        let choices = self.choices.iter();
        let by_hand = choices.filter(|(id, folded)| **folded && sockets.get(**id).is_some());
        let mut folded: BTreeSet<SocketId> = by_hand.map(|(id, _)| *id).collect();
        let room = width - self.covered - ladder::outside_width(&self.outside);
        let count = self.order.columns().count() + self.chosen.len();
        let mut spare = work
            .spare(sockets.iter())
            .into_iter()
            .filter(|id| !self.choices.contains_key(id) && shown.selected != Some(*id));
        while !fits(room, count, folded.len(), least) {
            let Some(next) = spare.next() else { break };
            folded.insert(next);
        }
        folded
    }

    /// The peers outside: where there are crowds, those of the sockets that have columns.
    fn outside_of_columns(&self, shown: &Shown<'_>) -> Vec<SocketAddr> {
        let outside = shown.ladder.outside();
        if !self.order.has_crowds() {
            return outside.to_vec();
        }
        let sockets = shown.recording.sockets();
        let columns = self.order.columns().chain(self.chosen.iter().copied());
        let peers: Vec<SocketAddr> = columns
            .filter_map(|id| sockets.get(id)?.peer)
            .map(|peer| SocketAddr::new(peer.ip().to_canonical(), peer.port()))
            .collect();
        let is_peer = |address: &&SocketAddr| peers.contains(address);
        outside.iter().filter(is_peer).copied().collect()
    }

    /// The programs that the user folded, and while two calls are compared the one that both sockets are connected to.
    fn fold_programs(&mut self, shown: &Shown<'_>) {
        let sockets = shown.recording.sockets();
        let program_of = |socket: SocketId| sockets.get(socket).map(|socket| socket.program);
        let served_by = |socket: SocketId| {
            let other = sockets.other_end(sockets.get(socket)?)?;
            Some(other.program)
        };
        let aside = self.beside.as_ref().and_then(|beside| {
            let own = [program_of(beside.a), program_of(beside.b)];
            let server = served_by(beside.a).filter(|it| served_by(beside.b) == Some(*it))?;
            (!own.contains(&Some(server))).then_some(server)
        });
        self.folded_programs = sockets
            .programs()
            .map(|program| program.id)
            .filter(|id| {
                let by_itself = aside == Some(*id);
                self.program_choices.get(id).copied().unwrap_or(by_itself)
            })
            .collect();
    }
}
