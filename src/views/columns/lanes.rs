//! Where each socket's column stands: what is painted under the cards has to meet them.

use eframe::egui::{Pos2, Rect, pos2, vec2};

use crate::model::call::{ProgramId, SocketId};

use super::layout::{Column, Group};

/// A socket's column in the frame just laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane {
    /// Whose it is.
    pub socket: SocketId,
    /// The program it stands in.
    pub program: ProgramId,
    /// Where it stands, in the window's points, from under its card to the end of the life lines. Scrolled along with
    /// the cards: it may lie outside of what is seen.
    pub rect: Rect,
    /// Whether it is the narrow column of a folded socket.
    pub folded: bool,
}

impl Lane {
    /// Where its life line stands: the middle of the column.
    pub fn center(&self) -> f32 {
        self.rect.center().x
    }
}

/// The columns of these groups as lanes. `origin` is the left top of the life lines, at the left end of all columns.
pub(super) fn lanes(groups: &[Group], origin: Pos2, height: f32) -> Vec<Lane> {
    let lane = |group: &Group, column: &Column| Lane {
        socket: column.socket,
        program: group.program,
        rect: Rect::from_min_size(
            pos2(origin.x + column.left, origin.y),
            vec2(column.width, height),
        ),
        folded: column.folded,
    };
    groups
        .iter()
        .flat_map(|group| group.columns.iter().map(move |column| lane(group, column)))
        .collect()
}
