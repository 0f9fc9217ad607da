//! Where the life lines stand: which there are, in which order, and how far apart so that no words meet.

use std::collections::{HashMap, HashSet};

use crate::export::svg::Words;
use crate::model::call::{ProgramId, SocketId};
use crate::model::event::Role;
use crate::model::ladder::{Anchor, Arrow, ArrowLook, BoxLook, CallBox, Lane, Scene, Span};
use crate::model::socket::{Socket, SocketTable};

use super::arrows::{LOOP, is_loop};
use super::spans;
use super::words;
use super::{BOX_TEXT, GUTTER, LABEL_TEXT, PITCH};

/// Between a line and a box beside it.
pub const BESIDE: f64 = 16.0;
/// Between a box and what came of it.
pub const RESULT_GAP: f64 = 8.0;
/// What a sign in a box takes.
pub const SIGN: f64 = 18.0;
/// Between two things that must not touch.
const CLEAR: f64 = 14.0;
/// Two life lines are at least so far apart.
const CLOSEST: f64 = 150.0;
/// Widest half of a box on a line.
const WIDEST_HALF: f64 = 110.0;

/// A life line and where it stands.
#[derive(Clone, Debug)]
pub struct Column {
    /// Whose.
    pub lane: Lane,
    /// Across.
    pub x: f64,
    /// Half the width of the boxes on it.
    pub half: f64,
}

/// All life lines.
#[derive(Clone, Debug)]
pub struct Plan {
    /// From left to right.
    pub columns: Vec<Column>,
    /// How wide the picture is.
    pub width: f64,
    index: HashMap<Lane, usize>,
    rows: HashMap<(usize, i64), (f64, f64)>,
}

impl Plan {
    /// Lays out what of the scene has a call or an arrow.
    pub fn of(scene: &Scene, lanes: &[Lane], sockets: &SocketTable) -> Self {
        let index: HashMap<Lane, usize> = lanes
            .iter()
            .enumerate()
            .map(|(index, lane)| (*lane, index))
            .collect();
        let mut columns: Vec<Column> = lanes
            .iter()
            .map(|lane| Column {
                lane: *lane,
                x: 0.0,
                half: 40.0,
            })
            .collect();
        for call in scene.boxes.iter().filter(|call| !call.is_beside) {
            if let Some(&at) = index.get(&call.lane) {
                columns[at].half = columns[at].half.max(half_width(call));
            }
        }
        let mut plan = Self {
            columns,
            width: 0.0,
            index,
            rows: HashMap::new(),
        };
        let rightward = plan.leaving_rightward(scene);
        for call in &scene.boxes {
            plan.reserve_box(call, rightward.contains(&call.row));
        }
        for span in &scene.spans {
            plan.reserve_span(span);
        }
        for arrow in scene.arrows.iter().filter(|arrow| is_loop(arrow)) {
            plan.reserve_loop(arrow);
        }
        plan.place(scene, sockets);
        plan
    }

    /// The column of a life line, if it is in the picture.
    pub fn column(&self, lane: Lane) -> Option<&Column> {
        self.columns.get(*self.index.get(&lane)?)
    }

    /// Where a life line stands in the row of lines.
    pub fn index(&self, lane: Lane) -> Option<usize> {
        self.index.get(&lane).copied()
    }

    /// How far left and right of its line that column is taken, at a height.
    pub fn taken_at(&self, column: usize, y: f64) -> (f64, f64) {
        let row = y.floor() as i64;
        self.rows.get(&(column, row)).copied().unwrap_or((6.0, 6.0))
    }

    /// The rows whose box an arrow leaves to the right: what came of them is written on the left.
    pub fn leaving_rightward(&self, scene: &Scene) -> HashSet<crate::model::recording::RowNumber> {
        let mut rows = HashSet::new();
        for arrow in &scene.arrows {
            let (from, to) = (self.index(arrow.from.lane), self.index(arrow.landing.lane));
            if let (Some(row), Some(from), Some(to)) = (arrow.from.row, from, to)
                && (from < to || is_loop(arrow))
            {
                rows.insert(row);
            }
        }
        rows
    }

    fn reserve_box(&mut self, call: &CallBox, result_left: bool) {
        let Some(&at) = self.index.get(&call.lane) else {
            return;
        };
        let result = words::result(call);
        let beyond = if result.is_empty() {
            0.0
        } else {
            RESULT_GAP + Words::mono(BOX_TEXT, "").width(&result) + 16.0
        };
        let folded = if call.count > 1 { 16.0 } else { 0.0 };
        let (mut left, mut right) = if call.is_beside {
            (BESIDE + 2.0 * half_width(call), 6.0)
        } else {
            let half = self.columns[at].half;
            (half, half + folded)
        };
        let last = (call.bottom - 0.01).max(call.top).floor() as i64;
        for row in call.top.floor() as i64..=last {
            // What came of a tall box stands at its end.
            if row == last && (call.is_beside || result_left) {
                left += beyond;
            } else if row == last {
                right += beyond;
            }
            let taken = self.rows.entry((at, row)).or_insert((0.0, 0.0));
            *taken = (taken.0.max(left), taken.1.max(right));
        }
    }

    /// Keeps room at the right of its line for what a socket sends to itself.
    fn reserve_loop(&mut self, arrow: &Arrow) {
        let Some(at) = self.index(arrow.from.lane) else {
            return;
        };
        let label = Words::mono(LABEL_TEXT, "").width(&words::label(arrow));
        let right = self.columns[at].half + LOOP + label + 20.0;
        for row in arrow.from.y.floor() as i64..=arrow.landing.y.floor() as i64 {
            let taken = self.rows.entry((at, row)).or_insert((0.0, 0.0));
            taken.1 = taken.1.max(right);
        }
    }

    /// Keeps room on each of its lines, and beyond the last for what came of it.
    fn reserve_span(&mut self, span: &Span) {
        let lanes = span.notches.iter().map(|notch| Lane::Socket(notch.socket));
        let columns: Vec<usize> = lanes.filter_map(|lane| self.index(lane)).collect();
        let outermost = columns.iter().max().copied();
        let call = &span.call;
        let last = (call.bottom - 0.01).max(call.top).floor() as i64;
        let result = Words::mono(BOX_TEXT, "").width(&words::result(call));
        let beyond = spans::beyond(call, columns.len());
        for column in columns {
            for row in call.top.floor() as i64..=last {
                let right = if Some(column) == outermost {
                    beyond + RESULT_GAP + result + 16.0
                } else {
                    spans::BEYOND
                };
                let taken = self.rows.entry((column, row)).or_insert((0.0, 0.0));
                *taken = (taken.0.max(spans::BEYOND), taken.1.max(right));
            }
        }
    }

    /// Sets the columns so far apart that neither boxes nor labels meet.
    fn place(&mut self, scene: &Scene, sockets: &SocketTable) {
        let count = self.columns.len();
        let mut gaps = vec![CLOSEST; count.saturating_sub(1)];
        let heads: Vec<f64> = self
            .columns
            .iter()
            .map(|column| words::head_width(column.lane, sockets) / 2.0)
            .collect();
        for (gap, pair) in gaps.iter_mut().zip(heads.windows(2)) {
            *gap = gap.max(pair[0] + pair[1] + CLEAR);
        }
        for (&(column, row), &(_, right)) in &self.rows {
            if column + 1 < count {
                let left = self
                    .rows
                    .get(&(column + 1, row))
                    .map_or(6.0, |taken| taken.0);
                gaps[column] = gaps[column].max(right + left + CLEAR);
            }
        }
        for (&(column, row), &(left, _)) in &self.rows {
            if column > 0 && !self.rows.contains_key(&(column - 1, row)) {
                gaps[column - 1] = gaps[column - 1].max(left + 6.0 + CLEAR);
            }
        }
        for arrow in &scene.arrows {
            let ends = (self.index(arrow.from.lane), self.index(arrow.landing.lane));
            let (Some(from), Some(to)) = ends else {
                continue;
            };
            if from == to || arrow.look == ArrowLook::Seat {
                continue;
            }
            // The label stands in the gap beside the sender.
            let gap = if from < to { from } else { from - 1 };
            let next = if from < to { from + 1 } else { from - 1 };
            let label = Words::mono(LABEL_TEXT, "").width(&words::label(arrow)) + 40.0;
            let need = self.toward(from, to, arrow.from)
                + self.toward(
                    next,
                    from,
                    Anchor {
                        row: None,
                        ..arrow.from
                    },
                )
                + label;
            gaps[gap] = gaps[gap].max(need);
        }
        let first_left = self
            .extent(0, |taken| taken.0)
            .max(heads.first().copied().unwrap_or(0.0));
        let mut x = GUTTER + first_left + CLEAR;
        for (index, column) in self.columns.iter_mut().enumerate() {
            column.x = x.round();
            x += gaps.get(index).copied().unwrap_or(0.0);
        }
        let last = count.saturating_sub(1);
        let last_right = self
            .extent(last, |taken| taken.1)
            .max(heads.last().copied().unwrap_or(0.0));
        let end = self.columns.last().map_or(GUTTER, |column| column.x);
        self.width = (end + last_right + 24.0).max(620.0).ceil();
    }

    /// How much of a gap the column's own things take at an arrow's height, on the side of the other column.
    fn toward(&self, column: usize, other: usize, anchor: Anchor) -> f64 {
        let (left, right) = self.taken_at(column, anchor.y);
        if column < other { right } else { left }
    }

    fn extent(&self, column: usize, side: impl Fn(&(f64, f64)) -> f64) -> f64 {
        self.rows
            .iter()
            .filter(|((at, _), _)| *at == column)
            .map(|(_, taken)| side(taken))
            .fold(6.0, f64::max)
    }
}

/// Half the width of a call's box.
pub fn half_width(call: &CallBox) -> f64 {
    let text = Words::mono(BOX_TEXT, "").width(&words::call(call));
    let waited = call
        .waited
        .as_deref()
        .map_or(0.0, |waited| Words::mono(BOX_TEXT, "").width(waited) + 8.0);
    let sign = match call.look {
        BoxLook::Done | BoxLook::Waited | BoxLook::Waiting => 0.0,
        BoxLook::WouldBlock | BoxLook::Error | BoxLook::Interrupted | BoxLook::GivenUp => SIGN,
    };
    ((text.max(waited) + sign + 20.0) / 2.0).clamp(40.0, WIDEST_HALF)
}

/// The life lines that have something in the scene, in the window's order: servers first, then clients, then peers; an
/// accepted socket right of its listener, programs outside last.
pub fn lanes(scene: &Scene, sockets: &SocketTable) -> Vec<Lane> {
    let mut there: HashSet<Lane> = scene.boxes.iter().map(|call| call.lane).collect();
    let notches = scene.spans.iter().flat_map(|span| &span.notches);
    there.extend(notches.map(|notch| Lane::Socket(notch.socket)));
    for arrow in &scene.arrows {
        there.extend([arrow.from.lane, arrow.landing.lane]);
    }
    let mut programs: Vec<(ProgramId, Role)> = Vec::new();
    for socket in sockets.iter() {
        if !programs
            .iter()
            .any(|(program, _)| *program == socket.program)
        {
            programs.push((socket.program, socket.role));
        }
    }
    programs.sort_by_key(|(_, role)| match role {
        Role::Server => 0,
        Role::Client => 1,
        Role::Peer => 2,
    });
    let mut by_program: HashMap<ProgramId, Vec<&Socket>> = HashMap::new();
    for socket in sockets.iter() {
        if there.contains(&Lane::Socket(socket.id)) {
            by_program.entry(socket.program).or_default().push(socket);
        }
    }
    let mut lanes = Vec::new();
    for (program, _) in programs {
        let mut own = by_program.remove(&program).unwrap_or_default();
        // A family stands where its listener was born, the listener first.
        own.sort_by_key(|socket| (family(socket), socket.id));
        lanes.extend(own.into_iter().map(|socket| Lane::Socket(socket.id)));
    }
    let mut outside: Vec<Lane> = there
        .into_iter()
        .filter(|lane| matches!(lane, Lane::Outside(_)))
        .collect();
    outside.sort_unstable();
    lanes.extend(outside);
    lanes
}

fn family(socket: &Socket) -> SocketId {
    socket.parent.unwrap_or(socket.id)
}

/// A height in the scene as one in the picture, below where the lines begin.
pub fn down(y: f64) -> f64 {
    y * PITCH
}
