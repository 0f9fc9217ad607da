//! The order of the columns: programs beside each other, their sockets together.

use std::collections::HashSet;

use crate::model::call::{ProgramId, SocketId};
use crate::model::event::Role;
use crate::model::socket::{Socket, SocketTable};

/// Programs and their sockets from left to right.
#[derive(Debug, Default)]
pub(super) struct Order {
    programs: Vec<(ProgramId, Vec<SocketId>)>,
    /// All in `programs`: each frame asks this of every socket there ever was.
    placed: HashSet<SocketId>,
}

impl Order {
    /// The programs that have sockets, with them.
    pub(super) fn programs(&self, sockets: &SocketTable) -> Vec<(ProgramId, Vec<SocketId>)> {
        self.programs
            .iter()
            .map(|(program, ids)| {
                let there = ids.iter().copied().filter(|id| sockets.get(*id).is_some());
                (*program, there.collect::<Vec<_>>())
            })
            .filter(|(_, ids)| !ids.is_empty())
            .collect()
    }

    /// Gives new sockets their place: servers first, then clients, then peers; an accepted one right of its listener.
    ///
    /// Returns the newest of the new.
    pub(super) fn update(&mut self, sockets: &SocketTable) -> Option<SocketId> {
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
        // Right of its listener and of what that accepted before.
        let family = |id: &SocketId| {
            socket.parent.is_some_and(|parent| {
                *id == parent
                    || sockets
                        .get(*id)
                        .is_some_and(|other| other.parent == Some(parent))
            })
        };
        let at = ids
            .iter()
            .rposition(family)
            .map_or(ids.len(), |before| before + 1);
        ids.insert(at, socket.id);
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

fn rank(role: Role) -> u8 {
    match role {
        Role::Server => 0,
        Role::Client => 1,
        Role::Peer => 2,
    }
}
