//! The lanes: whose they are, which are shown, and where.

use eframe::egui::{Rangef, Rect, pos2};

use crate::model::call::{ProgramId, SocketId};
use crate::model::exchange::Exchange;
use crate::model::socket::{Socket, SocketKind};

use super::{Hall, MARGIN, work};

/// A lane: its head, and its life line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    pub socket: SocketId,
    pub program: ProgramId,
    pub kind: SocketKind,
    pub head: Rect,
    /// Where its line is.
    pub x: f32,
}

/// The lanes shown, from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes(pub Vec<Lane>);

/// Above the heads, for the names of their programs, lines.
pub(super) const NAMES: f32 = 46.0;
/// How many of what happened before stand above what happens now.
pub(super) const BEFORE: usize = 2;
/// Between two heads, lines.
const GAP: f32 = 14.0;
/// A listener needs less room: what it does stands left of its line.
const LISTENER: f32 = 0.8;
/// Where its line is then, of its width.
const BESIDE: f32 = 0.64;
/// So wide is an accept left of its line, lines.
const ACCEPT: f32 = 224.0;

impl Lanes {
    /// Chooses who is shown: first who takes part now, then who comes next, then who took part before, then who else is
    /// open. In a lesson these are sockets of programs at work.
    pub(super) fn choose(hall: &Hall<'_>) -> Vec<SocketId> {
        let sockets = hall.shown.recording.sockets();
        let most = match (hall.shown.lesson, hall.width()) {
            (Some(_), wide) if wide >= 1700.0 => 6,
            (_, wide) if wide >= 1700.0 => 4,
            (_, middle) if middle >= 1300.0 => 3,
            _ => 2,
        };
        let at_work = work::at_work(hall);
        let takes_part = |id: &SocketId| {
            let socket = sockets.get(*id);
            socket.is_some_and(|socket| {
                let mut programs = at_work.iter().flatten();
                at_work.is_none() || programs.any(|program| *program == socket.program)
            })
        };
        let recent = hall.told.iter().rev().take(BEFORE + 1);
        let next = hall.next.iter();
        let next = next.flat_map(|next| next.socket.iter().chain(&next.watched).copied());
        let chosen = hall.chosen().filter(|_| hall.is_free_play());
        let open = sockets.open().rev().map(|socket| socket.id);
        let mut ids: Vec<SocketId> = Vec::new();
        let wanted = recent
            .clone()
            .take(1)
            .flat_map(Exchange::sockets)
            .chain(next)
            .chain(chosen)
            .chain(recent.skip(1).flat_map(Exchange::sockets))
            .chain(open)
            .filter(takes_part);
        for id in wanted {
            if ids.len() < most && !ids.contains(&id) {
                ids.push(id);
            }
        }
        // The order in which programs and their sockets came: it stays, whoever joins or leaves.
        ids.sort_by_key(|id| (sockets.get(*id).map(|socket| socket.program), *id));
        ids
    }

    /// Gives them their places, the heads in the lower part of `place`.
    pub(super) fn lay_out(hall: &Hall<'_>, place: Rect, ids: &[SocketId]) -> Self {
        let sockets = hall.shown.recording.sockets();
        let shown: Vec<&Socket> = ids.iter().filter_map(|id| sockets.get(*id)).collect();
        Self(lay_out(hall, place, &shown))
    }

    /// The room right of a line, to the next or to the end of `area`, points.
    pub(super) fn free_right_of(&self, lane: &Lane, area: Rect) -> f32 {
        let others = self.0.iter().map(|other| other.x);
        let next = others.filter(|x| *x > lane.x).fold(area.right(), f32::min);
        next - lane.x
    }

    /// The lane of a socket, where it is shown.
    pub(super) fn of(&self, socket: SocketId) -> Option<&Lane> {
        self.0.iter().find(|lane| lane.socket == socket)
    }

    /// From the first of the lines of these sockets to the last, with room beyond both; `None`: none is shown.
    pub(super) fn across(&self, sockets: &[SocketId], beyond: f32) -> Option<Rangef> {
        let lines = sockets.iter().filter_map(|id| Some(self.of(*id)?.x));
        let all = lines.fold(Rangef::NOTHING, |all, x| {
            Rangef::new(all.min.min(x), all.max.max(x))
        });
        (all.min <= all.max).then(|| all.expand(beyond))
    }
}

fn lay_out(hall: &Hall<'_>, place: Rect, shown: &[&Socket]) -> Vec<Lane> {
    let gap = hall.px(GAP);
    let weight = |socket: &Socket| match socket.kind() {
        SocketKind::Listener if shown.len() > 1 => LISTENER,
        _ => 1.0,
    };
    let all: f32 = shown.iter().map(|socket| weight(socket)).sum();
    let room = place.width() - 2.0 * hall.px(MARGIN) - gap * shown.len().saturating_sub(1) as f32;
    let mut left = place.left() + hall.px(MARGIN);
    let mut lanes = Vec::with_capacity(shown.len());
    for socket in shown {
        let width = room * weight(socket) / all;
        let min = pos2(left, place.top() + hall.px(NAMES));
        let head = Rect::from_min_max(min, pos2(left + width, place.bottom() - hall.px(8.0)));
        let kind = socket.kind();
        let share = match kind {
            SocketKind::Listener if shown.len() == 1 => 0.5,
            // Left of the first line there is no other lane to stand in.
            SocketKind::Listener if lanes.is_empty() => {
                (hall.px(ACCEPT) / width).clamp(BESIDE, 0.9)
            }
            SocketKind::Listener => BESIDE,
            _ => 0.5,
        };
        lanes.push(Lane {
            socket: socket.id,
            program: socket.program,
            kind,
            head,
            x: left + width * share,
        });
        left += width + gap;
    }
    lanes
}
