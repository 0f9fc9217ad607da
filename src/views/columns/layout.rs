//! Which columns there are, and where: programs beside each other, folded ones as rows above.

use crate::model::call::{ProgramId, SocketId};
use crate::model::socket::SocketTable;
use crate::views::cards::Place;
use crate::views::ladder;
use crate::views::theme::size;

use super::{ColumnsState, FOLDED};

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) socket: SocketId,
    pub(super) folded: bool,
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) place: Place,
}

/// A program and its columns.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) program: ProgramId,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) columns: Vec<Column>,
    /// Each right of its listener's column.
    pub(super) crowds: Vec<Crowd>,
}

/// The column that many connections share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    /// What accepted them.
    pub(super) listener: SocketId,
    /// How many of them have columns of their own.
    pub(super) apart: usize,
    pub(super) left: f32,
    pub(super) width: f32,
}

/// A program folded to a row, and its sockets.
#[derive(Debug)]
pub(super) struct ProgramRow {
    pub(super) program: ProgramId,
    /// Those of a crowd left out.
    pub(super) sockets: Vec<SocketId>,
    /// How many those are.
    pub(super) crowd: u64,
    /// For each socket the column of the socket it is connected to.
    pub(super) links: Vec<(SocketId, Column)>,
}

/// All there is in the centre.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) rows: Vec<ProgramRow>,
    pub(super) groups: Vec<Group>,
}

impl Layout {
    /// All columns, from left to right.
    pub(super) fn columns(&self) -> impl DoubleEndedIterator<Item = &Column> + Clone {
        self.groups.iter().flat_map(|group| &group.columns)
    }

    /// How many sockets of a group there are, those of its crowds too.
    pub(super) fn sockets(group: &Group, sockets: &SocketTable) -> u64 {
        let shared = group.crowds.iter().map(|crowd| {
            let all = sockets.connections(crowd.listener).unwrap_or_default();
            all.accepted.saturating_sub(crowd.apart as u64)
        });
        group.columns.len() as u64 + shared.sum::<u64>()
    }

    /// How wide all columns are, points.
    pub(super) fn width(&self) -> f32 {
        self.groups.last().map_or(0.0, |group| group.right + 4.0)
    }

    /// Whether a folded program has a socket connected to one of this group.
    pub(super) fn is_linked(&self, group: &Group) -> bool {
        let of_group = |column: &Column| {
            group
                .columns
                .iter()
                .any(|there| there.socket == column.socket)
        };
        let mut links = self.rows.iter().flat_map(|row| &row.links);
        links.any(|(_, column)| of_group(column))
    }

    /// Whether one of these sockets is in a folded program.
    pub(super) fn is_in_row(&self, sockets: &[SocketId]) -> bool {
        let mut folded = self.rows.iter().flat_map(|row| &row.sockets);
        folded.any(|socket| sockets.contains(socket))
    }

    /// The columns by which these sockets are seen: their own, or that of the socket a folded one is connected to.
    pub(super) fn columns_of(&self, sockets: &[SocketId]) -> Vec<Column> {
        let mut links = self.rows.iter().flat_map(|row| &row.links).copied();
        let mut seen_by = |socket: SocketId| {
            let own = self.columns().find(|column| column.socket == socket);
            own.copied().or_else(|| {
                let link = links.find(|(there, _)| *there == socket);
                link.map(|(_, column)| column)
            })
        };
        sockets
            .iter()
            .filter_map(|socket| seen_by(*socket))
            .collect()
    }
}

/// Columns side by side: all whole ones as wide as fits, between `least` and the most.
pub(super) fn lay_out(
    state: &ColumnsState,
    sockets: &SocketTable,
    width: f32,
    least: f32,
) -> Layout {
    let mut arranged = state.order.programs(sockets, &state.chosen);
    if let Some(beside) = &state.beside {
        bring_together(&mut arranged, beside.a, beside.b);
    }
    let (folded, arranged): (Vec<_>, Vec<_>) = arranged
        .into_iter()
        .partition(|(program, _)| state.folded_programs.contains(program));
    let groups = groups(state, sockets, arranged, width, least);
    let column_of = |socket: SocketId| {
        let other = sockets.other_end(sockets.get(socket)?)?.id;
        let mut columns = groups.iter().flat_map(|group| &group.columns);
        let column = columns.find(|column| column.socket == other && !column.folded)?;
        Some((socket, *column))
    };
    let rows = folded
        .into_iter()
        .map(|(program, ids)| {
            let mut links: Vec<_> = ids.iter().filter_map(|socket| column_of(*socket)).collect();
            links.sort_by(|(_, one), (_, other)| one.left.total_cmp(&other.left));
            let crowds = state.order.crowds(program);
            let crowd = crowds.iter().map(|it| in_crowd(*it, &ids, sockets));
            ProgramRow {
                program,
                crowd: crowd.map(|(shared, _)| shared).sum(),
                sockets: ids,
                links,
            }
        })
        .collect();
    Layout { rows, groups }
}

/// Puts B right of A, whatever stands between them.
fn bring_together(arranged: &mut Vec<(ProgramId, Vec<SocketId>)>, a: SocketId, b: SocketId) {
    let of = |arranged: &[(ProgramId, Vec<SocketId>)], socket: SocketId| {
        arranged.iter().position(|(_, ids)| ids.contains(&socket))
    };
    let (Some(first), Some(second)) = (of(arranged, a), of(arranged, b)) else {
        return;
    };
    if first != second {
        let program = arranged.remove(second);
        let at = of(arranged, a).map_or(arranged.len(), |at| at + 1);
        arranged.insert(at, program);
    }
    // Within their programs A stands last and B first; in one program, B right of A.
    for (_, ids) in arranged {
        let (has_a, has_b) = (ids.contains(&a), ids.contains(&b));
        if has_b {
            ids.retain(|id| *id != b);
            let at = ids.iter().position(|id| *id == a).map_or(0, |at| at + 1);
            ids.insert(at, b);
        } else if has_a {
            ids.retain(|id| *id != a);
            ids.push(a);
        }
    }
}

/// How many connections of a listener share its crowd's column, and how many have their own: they are among `ids`.
fn in_crowd(listener: SocketId, ids: &[SocketId], sockets: &SocketTable) -> (u64, usize) {
    let own = |id: &&SocketId| {
        sockets
            .get(**id)
            .is_some_and(|it| it.parent == Some(listener))
    };
    let apart = ids.iter().filter(own).count();
    let all = sockets.connections(listener).unwrap_or_default().accepted;
    (all.saturating_sub(apart as u64), apart)
}

fn groups(
    state: &ColumnsState,
    sockets: &SocketTable,
    arranged: Vec<(ProgramId, Vec<SocketId>)>,
    width: f32,
    least: f32,
) -> Vec<Group> {
    let all: Vec<SocketId> = arranged
        .iter()
        .flat_map(|(_, sockets)| sockets.iter().copied())
        .collect();
    let folded = all.iter().filter(|id| state.folded.contains(id)).count();
    // A narrow column at the left would stand under the ladder's times.
    let is_narrow = all
        .first()
        .is_some_and(|first| state.folded.contains(first));
    let gutter = if is_narrow { ladder::GUTTER } else { 0.0 };
    let crowds = arranged
        .iter()
        .map(|(program, _)| state.order.crowds(*program).len());
    let columns = all.len() + crowds.sum::<usize>();
    let each = column_width(width - gutter, columns, folded, least);
    let mut left = size::COLUMN_GAP / 2.0 + gutter;
    let mut index: usize = 0;
    let mut groups = Vec::with_capacity(arranged.len());
    for (program, ids) in arranged {
        let from = left;
        left += size::COLUMN_GAP / 2.0;
        let mut columns = Vec::with_capacity(ids.len());
        let mut crowds = Vec::new();
        // Those of a crowd are few beside it: it stands with what accepts them, where it is seen first.
        let shared = state.order.crowds(program);
        for socket in ids.iter().copied() {
            let folded = state.folded.contains(&socket);
            let width = if folded { FOLDED } else { each };
            let neighbour = |index: Option<usize>| index.and_then(|index| all.get(index).copied());
            let place = Place {
                left: neighbour(index.checked_sub(1)),
                right: neighbour(Some(index + 1)),
                second_right: neighbour(Some(index + 2)),
            };
            columns.push(Column {
                socket,
                folded,
                left,
                width,
                place,
            });
            left += width + size::COLUMN_GAP;
            index += 1;
            if shared.contains(&socket) {
                crowds.push(Crowd {
                    listener: socket,
                    apart: in_crowd(socket, &ids, sockets).1,
                    left,
                    width: each,
                });
                left += each + size::COLUMN_GAP;
            }
        }
        left -= size::COLUMN_GAP / 2.0;
        groups.push(Group {
            program,
            left: from,
            right: left,
            columns,
            crowds,
        });
    }
    groups
}

/// The width of each whole column, points: a multiple of 4.
fn column_width(centre: f32, columns: usize, folded: usize, least: f32) -> f32 {
    let room = room_for_each(centre, columns, folded);
    ((room / 4.0).floor() * 4.0).clamp(least, size::COLUMN_MAX)
}

/// How much room there is for each whole column, points.
fn room_for_each(centre: f32, columns: usize, folded: usize) -> f32 {
    let whole = columns.saturating_sub(folded).max(1) as f32;
    let gaps = size::COLUMN_GAP * (columns + 1) as f32;
    (centre - gaps - FOLDED * folded as f32) / whole
}

/// Whether so many columns, so many of them folded, fit side by side into so many points, with what a folded one at the
/// left needs.
pub(super) fn fits(room: f32, columns: usize, folded: usize, least: f32) -> bool {
    let gutter = if folded > 0 { ladder::GUTTER } else { 0.0 };
    room_for_each(room - gutter, columns, folded) >= least || folded >= columns
}
