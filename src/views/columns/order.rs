//! The order of the columns: programs beside each other, their sockets together.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::call::{ProgramId, SocketId};
use crate::model::event::Role;
use crate::model::socket::{Socket, SocketTable};

/// More connections of one listener than this share one column.
const MANY: usize = 32;
/// So many of those, the first, keep their own: beside them and their listener the crowd is still in view.
const KEPT: usize = 1;

/// Programs and their sockets from left to right.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Those of a crowd left out.
    programs: Vec<(ProgramId, Vec<SocketId>)>,
    /// The connections of each listener: its program, and how many they are.
    families: HashMap<SocketId, (ProgramId, usize)>,
    /// All in `programs`: each frame asks this of every socket there ever was.
    placed: HashSet<SocketId>,
    /// How many there were in the last frame.
    known: usize,
}

impl Order {
    /// The programs that have sockets, with those that have columns of their own: of a crowd those `chosen`.
    pub(super) fn programs(
        &self,
        sockets: &SocketTable,
        chosen: &BTreeSet<SocketId>,
    ) -> Vec<(ProgramId, Vec<SocketId>)> {
        let mut programs: Vec<(ProgramId, Vec<SocketId>)> = self
            .programs
            .iter()
            .map(|(program, ids)| {
                let there = ids.iter().copied().filter(|id| sockets.get(*id).is_some());
                (*program, there.collect::<Vec<_>>())
            })
            .filter(|(_, ids)| !ids.is_empty())
            .collect();
        for socket in chosen.iter().filter_map(|id| sockets.get(*id)) {
            let program = programs.iter_mut().find(|(id, _)| *id == socket.program);
            if let Some((_, ids)) = program
                && !ids.contains(&socket.id)
            {
                ids.insert(place_for(socket, ids, sockets), socket.id);
            }
        }
        programs
    }

    /// Whether connections of any listener share a column.
    pub(super) fn has_crowds(&self) -> bool {
        self.families.values().any(|(_, members)| *members > MANY)
    }

    /// The listeners of a program whose connections share a column.
    pub(super) fn crowds(&self, program: ProgramId) -> Vec<SocketId> {
        let many = self.families.iter();
        let many = many.filter(|(_, (of, members))| *of == program && *members > MANY);
        let mut listeners: Vec<SocketId> = many.map(|(listener, _)| *listener).collect();
        listeners.sort_unstable();
        listeners
    }

    /// Whether the socket is one of those that share a column, unless it is chosen.
    pub(super) fn is_in_crowd(&self, socket: SocketId) -> bool {
        let own = || self.programs.iter().flat_map(|(_, ids)| ids);
        self.placed.contains(&socket) && !own().any(|id| *id == socket)
    }

    /// All that have columns of their own without being chosen.
    pub(super) fn columns(&self) -> impl Iterator<Item = SocketId> {
        self.programs.iter().flat_map(|(_, ids)| ids).copied()
    }

    /// Gives new sockets their place: servers first, then clients, then peers; an accepted one right of its listener.
    ///
    /// Returns the newest of the new.
    pub(super) fn update(&mut self, sockets: &SocketTable) -> Option<SocketId> {
        if sockets.len() == self.known {
            return None;
        }
        self.known = sockets.len();
        let mut newest = None;
        for socket in sockets.iter() {
            if self.placed.insert(socket.id) {
                self.insert(socket, sockets);
                newest = Some(socket.id);
            }
        }
        newest
    }

    fn insert(&mut self, socket: &Socket, sockets: &SocketTable) {
        let known = self
            .programs
            .iter()
            .position(|(program, _)| *program == socket.program);
        let index = known.unwrap_or_else(|| {
            let role_of = |program: ProgramId| {
                sockets
                    .program(program)
                    .map_or(socket.role, |program| program.role)
            };
            let rank = rank(socket.role);
            let index = self
                .programs
                .iter()
                .rposition(|(program, _)| self::rank(role_of(*program)) <= rank)
                .map_or(0, |before| before + 1);
            self.programs.insert(index, (socket.program, Vec::new()));
            index
        });
        let ids = &mut self.programs[index].1;
        if let Some(parent) = socket.parent {
            let (_, members) = self.families.entry(parent).or_insert((socket.program, 0));
            *members += 1;
            if *members > MANY + 1 {
                return;
            }
            if *members == MANY + 1 {
                let mut kept = 0;
                ids.retain(|id| {
                    let of_crowd = sockets.get(*id).is_some_and(|it| it.parent == Some(parent));
                    kept += usize::from(of_crowd);
                    !of_crowd || kept <= KEPT
                });
                return;
            }
        }
        ids.insert(place_for(socket, ids, sockets), socket.id);
    }

    /// Puts a socket before another of its program, or its whole program before the other's.
    pub(super) fn move_before(&mut self, socket: SocketId, before: Option<SocketId>) {
        let Some((program, index)) = self.position(socket) else {
            return;
        };
        match before.map(|before| self.position(before)) {
            Some(Some((other, at))) if other == program => {
                let ids = &mut self.programs[program].1;
                ids.remove(index);
                ids.insert(if index < at { at - 1 } else { at }, socket);
            }
            Some(Some((other, at))) => {
                // Before the first of the next program is behind the last of one's own.
                let own = &mut self.programs[program].1;
                if other == program + 1 && at == 0 && index + 1 < own.len() {
                    own.remove(index);
                    own.push(socket);
                } else {
                    self.move_program(program, other + usize::from(other > program && at > 0));
                }
            }
            _ => {
                let last = program + 1 == self.programs.len();
                let own = &mut self.programs[program].1;
                if last {
                    own.remove(index);
                    own.push(socket);
                } else {
                    self.move_program(program, self.programs.len());
                }
            }
        }
    }

    fn move_program(&mut self, from: usize, before: usize) {
        let program = self.programs.remove(from);
        let at = if from < before { before - 1 } else { before };
        self.programs.insert(at.min(self.programs.len()), program);
    }

    fn position(&self, socket: SocketId) -> Option<(usize, usize)> {
        self.programs
            .iter()
            .enumerate()
            .find_map(|(program, (_, ids))| {
                Some((program, ids.iter().position(|id| *id == socket)?))
            })
    }
}

/// Right of its listener and of what that accepted before; any other at the end.
fn place_for(socket: &Socket, ids: &[SocketId], sockets: &SocketTable) -> usize {
    let family = |id: &SocketId| {
        socket.parent.is_some_and(|parent| {
            *id == parent
                || sockets
                    .get(*id)
                    .is_some_and(|other| other.parent == Some(parent))
        })
    };
    ids.iter()
        .rposition(family)
        .map_or(ids.len(), |before| before + 1)
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Server => 0,
        Role::Client => 1,
        Role::Peer => 2,
    }
}
