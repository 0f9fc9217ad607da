//! What travelled: one kind of line for each kind of thing.

use crate::export::paper::{self, Tint};
use crate::export::signs;
use crate::export::svg::{At, Paint, Rect, Side, Svg, Words};
use crate::model::ladder::{Arrow, ArrowLook, Lane, Scene};
use crate::model::socket::SocketTable;

use super::calls;
use super::plan::{Plan, down};
use super::{LABEL_TEXT, words};

/// A landing's dot.
const DOT: f64 = 4.0;
/// A hop over a line between.
const HOP: f64 = 6.0;
/// How far a loop back to its own line swings out from the box.
pub const LOOP: f64 = 36.0;
/// Half the side of a seat in the accept queue.
const SEAT: f64 = 9.0;

/// Paints arrows.
pub struct Arrows<'a> {
    /// The scene they are of.
    pub scene: &'a Scene,
    /// Where the lines stand.
    pub plan: &'a Plan,
    /// Whose they are.
    pub sockets: &'a SocketTable,
}

impl Arrows<'_> {
    /// The arrow without its label.
    pub fn line(&self, svg: &mut Svg, arrow: &Arrow) {
        let Some((from, to)) = self.ends(arrow) else {
            return;
        };
        let tint = self.tint(arrow.from.lane);
        let color = color_of(arrow, tint);
        match arrow.look {
            ArrowLook::Seat => return self.seat(svg, arrow, to),
            ArrowLook::Birth => return self.birth(svg, arrow, from, to),
            _ if is_loop(arrow) => back(svg, arrow, [from, to], color),
            ArrowLook::Data => shaft(svg, from, to, Paint::line(color, 2.0), (10.0, 4.0)),
            ArrowLook::Datagram => {
                let paint = Paint::line(color, 2.0).dashed("8 5");
                shaft(svg, from, to, paint, (10.0, 4.0));
            }
            ArrowLook::Lost => {
                let paint = Paint::line(paper::OUTLINE, 1.5).dashed("4 3");
                svg.line(from, to, paint);
                signs::cross(svg, to, 10.0, paper::ERROR.full);
            }
            ArrowLook::Handshake => {
                let paint = Paint::line(color, 1.5).dashed("5 4");
                shaft(svg, from, to, paint, (9.0, 3.5));
            }
            ArrowLook::End => {
                shaft(svg, from, to, Paint::line(color, 1.5), (9.0, 3.5));
                // The end of the bytes: a bar across the line, as at a closed line's end.
                let bar = (At(to.0, to.1 - 5.0), At(to.0, to.1 + 5.0));
                svg.line(bar.0, bar.1, Paint::line(color, 2.5));
            }
            ArrowLook::Reset => {
                shaft(
                    svg,
                    from,
                    to,
                    Paint::line(paper::ERROR.full, 2.0),
                    (10.0, 4.0),
                );
                signs::cross(svg, to, 11.0, paper::ERROR.full);
            }
        }
        if matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram) {
            self.landing(svg, arrow, to, color);
        }
    }

    /// What is written on it, on a plate of the paper's colour.
    pub fn label(&self, svg: &mut Svg, arrow: &Arrow) {
        let label = words::label(arrow);
        let (Some((from, to)), false) = (self.ends(arrow), label.is_empty()) else {
            return;
        };
        let color = match arrow.look {
            ArrowLook::Lost | ArrowLook::Reset => paper::ERROR.full,
            _ if arrow.is_seen => paper::TEXT,
            _ => paper::TEXT_QUIET,
        };
        let mut text = Words::mono(LABEL_TEXT, color).at(Side::Middle);
        let width = text.width(&label);
        if arrow.look == ArrowLook::Seat {
            let at = At(to.0 + SEAT + 6.0, to.1 + 4.0);
            text.side = Side::Start;
            plate(svg, At(at.0 + width / 2.0, at.1), width);
            return svg.text(at, text, &label);
        }
        if is_loop(arrow) {
            let at = At(from.0 + LOOP + 4.0, f64::midpoint(from.1, to.1) + 4.0);
            text.side = Side::Start;
            plate(svg, At(at.0 + width / 2.0, at.1), width);
            return svg.text(at, text, &label);
        }
        let x = self.label_place(arrow, from, to, width);
        let along = if (to.0 - from.0).abs() < 1.0 {
            0.5
        } else {
            (x - from.0) / (to.0 - from.0)
        };
        let y = from.1 + (to.1 - from.1) * along + 4.0;
        plate(svg, At(x, y), width);
        svg.text(At(x, y), text, &label);
    }

    /// The middle of the first gap from the sender in which it fits beside what stands there, else of the whole.
    fn label_place(&self, arrow: &Arrow, from: At, to: At, width: f64) -> f64 {
        let ends = (
            self.plan.index(arrow.from.lane),
            self.plan.index(arrow.landing.lane),
        );
        let whole = f64::midpoint(from.0, to.0);
        let (Some(first), Some(last)) = ends else {
            return whole;
        };
        if first.abs_diff(last) < 2 {
            return whole;
        }
        let rightward = first < last;
        let mut column = first;
        while column != last {
            let next = if rightward { column + 1 } else { column - 1 };
            let (left, right) = (column.min(next), column.max(next));
            let start = self.plan.columns[left].x + self.plan.taken_at(left, arrow.from.y).1;
            let end = self.plan.columns[right].x - self.plan.taken_at(right, arrow.from.y).0;
            if end - start > width + 24.0 {
                return f64::midpoint(start, end);
            }
            column = next;
        }
        whole
    }

    /// Both ends in the picture: from the edge of the box it leaves to the life line it reaches.
    fn ends(&self, arrow: &Arrow) -> Option<(At, At)> {
        let sender = self.plan.column(arrow.from.lane)?;
        let receiver = self.plan.column(arrow.landing.lane)?;
        let y = down(arrow.landing.y);
        let direction = (receiver.x - sender.x).signum();
        let rect = arrow.from.row.and_then(|row| {
            let call = self.scene.boxes.iter().find(|call| call.row == row)?;
            calls::rect_of(call, self.plan).filter(|_| call.lane == arrow.from.lane)
        });
        let x = match rect {
            Some(rect) if sender.x < receiver.x || is_loop(arrow) => rect.x + rect.width,
            Some(rect) if sender.x > receiver.x => rect.x,
            _ => sender.x + direction * 2.0,
        };
        // A box that stands where it lands would hide its tip.
        let hiding = self.scene.boxes.iter().find_map(|call| {
            let rect = calls::rect_of(call, self.plan)?;
            let is_there = call.lane == arrow.landing.lane && !call.is_beside;
            (is_there && rect.y - DOT < y && y < rect.y + rect.height + DOT).then_some(rect)
        });
        let edge = match hiding {
            Some(rect) if direction > 0.0 => rect.x - DOT,
            Some(rect) if direction < 0.0 => rect.x + rect.width + DOT,
            _ => receiver.x,
        };
        Some((At(x, down(arrow.from.y)), At(edge, y)))
    }

    fn tint(&self, lane: Lane) -> Tint {
        words::kind(lane, self.sockets).map_or(paper::OUTSIDE, paper::role)
    }

    /// Where it reached the other line: filled where a call took it, with the way to that call; else a ring.
    fn landing(&self, svg: &mut Svg, arrow: &Arrow, to: At, color: &'static str) {
        let line = self
            .plan
            .column(arrow.landing.lane)
            .map_or(to.0, |column| column.x);
        if matches!(arrow.landing.lane, Lane::Outside(_)) {
            // What becomes of it there is not known.
        } else if let Some(taken) = arrow.taken {
            let end = At(to.0, down(taken.y));
            // A call that waited reaches up to it.
            if end.1 - to.1 > DOT && (to.0 - line).abs() < 1.0 {
                svg.line(to, end, Paint::line(color, 3.0));
            }
            svg.circle(to, DOT, Paint::fill(color));
        } else {
            svg.circle(to, DOT, Paint::line(color, 2.0).filled(paper::PAPER));
        }
    }

    /// A dashed seat on the listener's line with the client's glyph, and the way from it into accept.
    fn seat(&self, svg: &mut Svg, arrow: &Arrow, at: At) {
        let rect = Rect {
            x: at.0 - SEAT,
            y: at.1 - SEAT,
            width: 2.0 * SEAT,
            height: 2.0 * SEAT,
        };
        let seat = Paint::line(paper::OUTLINE, 1.5).filled(paper::PAPER);
        svg.rect(rect, 3.0, seat.dashed("3 2"));
        let is_elsewhere = arrow.from.lane != arrow.landing.lane;
        let guest = is_elsewhere
            .then_some(arrow.from.lane)
            .or_else(|| self.guest(arrow));
        let tint = guest.map_or(paper::OUTSIDE, |lane| self.tint(lane));
        match guest.and_then(|lane| words::kind(lane, self.sockets)) {
            Some(kind) => signs::role(svg, at, 11.0, kind, tint.full),
            None => signs::outside(svg, at, 12.0),
        }
        let Some(taken) = arrow.taken.or(Some(arrow.landing)) else {
            return;
        };
        let accept = taken.row.and_then(|row| {
            let call = self.scene.boxes.iter().find(|call| call.row == row)?;
            Some((calls::rect_of(call, self.plan)?, call.is_beside))
        });
        if let Some((rect, true)) = accept {
            let from = At(at.0 - SEAT, at.1);
            let tip = At(rect.x + rect.width + 1.0, at.1);
            svg.line(from, At(tip.0 + 5.0, tip.1), Paint::line(tint.full, 2.0));
            signs::head(svg, from, tip, 7.0, 4.0, tint.full);
        } else if let Some((rect, false)) = accept
            && rect.y > at.1 + SEAT
        {
            let from = At(at.0, at.1 + SEAT);
            let tip = At(at.0, rect.y);
            svg.line(from, At(tip.0, tip.1 - 5.0), Paint::line(tint.full, 2.0));
            signs::head(svg, from, tip, 7.0, 4.0, tint.full);
        }
    }

    /// Whose connection sits there: that of the last handshake that reached the line above it.
    fn guest(&self, seat: &Arrow) -> Option<Lane> {
        self.scene
            .arrows
            .iter()
            .filter(|arrow| arrow.look == ArrowLook::Handshake)
            .filter(|arrow| arrow.landing.lane == seat.from.lane)
            .filter(|arrow| arrow.landing.y <= seat.from.y + 0.5)
            .max_by(|one, other| one.landing.y.total_cmp(&other.landing.y))
            .map(|arrow| arrow.from.lane)
    }

    /// From accept to the new line: level, hopping over the lines between, a diamond at its end.
    fn birth(&self, svg: &mut Svg, arrow: &Arrow, from: At, to: At) {
        let tint = self.tint(arrow.landing.lane);
        let y = to.1;
        let toward = (to.0 - from.0).signum();
        let mut points = vec![At(from.0, y)];
        let mut between: Vec<f64> = self
            .plan
            .columns
            .iter()
            .map(|column| column.x)
            .filter(|x| (x - from.0) * toward > HOP && (to.0 - x) * toward > HOP)
            .collect();
        between.sort_by(|one, other| (one * toward).total_cmp(&(other * toward)));
        for x in between {
            for step in 0..=8 {
                let angle = std::f64::consts::PI * f64::from(step) / 8.0;
                points.push(At(x - toward * HOP * angle.cos(), y - HOP * angle.sin()));
            }
        }
        points.push(to);
        svg.path(&points, Paint::line(tint.full, 2.0));
        let kind = words::kind(arrow.landing.lane, self.sockets);
        let kind = kind.unwrap_or(crate::model::socket::SocketKind::Connection);
        signs::role(svg, to, 14.0, kind, tint.full);
    }
}

fn plate(svg: &mut Svg, at: At, width: f64) {
    let plate = Rect {
        x: at.0 - width / 2.0 - 4.0,
        y: at.1 - 11.5,
        width: width + 8.0,
        height: 15.0,
    };
    svg.rect(plate, 3.0, Paint::fill(paper::PAPER));
}

fn color_of(arrow: &Arrow, tint: Tint) -> &'static str {
    if arrow.is_seen { tint.full } else { tint.faint }
}

/// Whether bytes go back to the socket that sent them.
pub fn is_loop(arrow: &Arrow) -> bool {
    let carries = matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram);
    carries && arrow.from.lane == arrow.landing.lane
}

/// Out at the right of the box and back to its own life line.
fn back(svg: &mut Svg, arrow: &Arrow, [from, to]: [At; 2], color: &'static str) {
    let tip = At(to.0 + DOT + 1.0, to.1);
    let middle = f64::midpoint(from.1, to.1);
    let half = (to.1 - from.1) / 2.0;
    let points: Vec<At> = (0..=16)
        .map(|step| {
            let angle = std::f64::consts::PI * f64::from(step) / 16.0;
            let foot = if step <= 8 { from.0 } else { tip.0 + 8.0 };
            let out = (from.0 + LOOP - foot) * angle.sin();
            At(foot + out, middle - half * angle.cos())
        })
        .collect();
    let paint = Paint::line(color, 2.0);
    let is_datagram = arrow.look == ArrowLook::Datagram;
    let paint = if is_datagram {
        paint.dashed("8 5")
    } else {
        paint
    };
    svg.path(&points, paint);
    let foot = At(tip.0 + 10.0, tip.1);
    signs::head(svg, foot, tip, 10.0, 4.0, color);
}

/// A line with a head that ends just before the life line.
fn shaft(svg: &mut Svg, from: At, to: At, paint: Paint, head: (f64, f64)) {
    let toward = (to.0 - from.0).signum();
    let tip = At(to.0 - toward * (DOT + 1.0), to.1);
    let foot = At(tip.0 - toward * head.0 * 0.8, tip.1);
    svg.line(from, foot, paint);
    let color = paint.stroke.unwrap_or(paper::TEXT);
    signs::head(svg, from, tip, head.0, head.1, color);
}
