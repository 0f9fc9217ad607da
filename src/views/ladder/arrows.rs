//! What travelled: from the call it left to where it landed, and down to the call that took it.

use eframe::egui::{Color32, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::model::ladder::{Anchor, Arrow, ArrowLook, Scene};
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;

use super::boxes::cross;
use super::labels::Room;
use super::lines::{dotted, lane_words};
use super::{BAR, GUTTER, Painting};

/// Beside a life line, where what has landed waits to be taken, points.
const RAIL: f32 = 6.0;
/// How far a loop back to its own line swings out from the box, points.
const LOOP: f32 = 44.0;
/// How long the way is of what comes from a column that is folded away, points.
const HIDDEN: f32 = 96.0;

impl Painting<'_, '_> {
    /// The ways, under everything else.
    pub(super) fn arrow_lines(&mut self, ui: &Ui, scene: &Scene) {
        for arrow in &scene.arrows {
            if let Some(way) = self.way(ui, arrow, scene) {
                let stroke = self.stroke(ui, arrow);
                self.way_ui(ui, arrow, way, stroke, scene);
            }
        }
    }

    fn color(&self, ui: &Ui, arrow: &Arrow) -> Color32 {
        let p = theme::of(ui);
        let by = if arrow.look == ArrowLook::Birth {
            arrow.landing.lane
        } else {
            arrow.from.lane
        };
        let (full, _, faint) = self
            .kind(by)
            .map_or((p.text2, p.card, p.ctl), |kind| theme::role_colors(p, kind));
        match arrow.look {
            ArrowLook::Reset => p.err,
            ArrowLook::Handshake => faint,
            _ => full,
        }
    }

    fn stroke(&self, ui: &Ui, arrow: &Arrow) -> Stroke {
        let is_lit =
            self.is_chosen(arrow.from.row) || self.is_chosen(arrow.taken.and_then(|it| it.row));
        let width = match arrow.look {
            ArrowLook::Handshake | ArrowLook::End => size::LINE_ICON,
            _ => size::LINE_STRONG,
        };
        Stroke::new(
            if is_lit { width + 1.0 } else { width },
            self.color(ui, arrow),
        )
    }

    /// From the edge of the box it leaves to the life line it reaches, or to the box that covers that place.
    fn way(&self, ui: &Ui, arrow: &Arrow, scene: &Scene) -> Option<[Pos2; 2]> {
        let to = self.place.x(arrow.landing.lane)?;
        if is_loop(arrow) {
            let begin = self.edge(ui, &arrow.from, f32::INFINITY, scene);
            let [above, below] = [arrow.from.y, arrow.landing.y].map(|y| self.place.y(y));
            return Some([pos2(begin.unwrap_or(to), above), pos2(to, below)]);
        }
        let from = match self.place.x(arrow.from.lane) {
            Some(from) => from,
            None if is_hidden_sender(arrow) => to + HIDDEN,
            None => return None,
        };
        let begin = self.edge(ui, &arrow.from, to, scene).unwrap_or(from);
        let end = self.edge(ui, &arrow.landing, from, scene).unwrap_or(to);
        Some([
            pos2(begin, self.place.y(arrow.from.y)),
            pos2(end, self.place.y(arrow.landing.y)),
        ])
    }

    /// The edge, towards `other`, of the box that stands at an anchor.
    fn edge(&self, ui: &Ui, at: &Anchor, other: f32, scene: &Scene) -> Option<f32> {
        let call = scene.boxes.iter().find(|call| {
            call.lane == at.lane && !call.is_beside && (call.top..=call.bottom).contains(&at.y)
        });
        let own = scene.boxes.iter().find(|call| Some(call.row) == at.row);
        let rect = self.box_rect(ui, own.filter(|call| call.is_beside).or(call)?)?;
        Some(if other > rect.center().x {
            rect.right()
        } else {
            rect.left()
        })
    }

    fn way_ui(
        &mut self,
        ui: &Ui,
        arrow: &Arrow,
        [from, to]: [Pos2; 2],
        stroke: Stroke,
        scene: &Scene,
    ) {
        match arrow.look {
            ArrowLook::Seat => self.seat_ui(ui, arrow, stroke, scene),
            ArrowLook::Birth => self.birth_ui(ui, arrow, [from, to], stroke),
            // Nobody was there: the call's own result says it.
            _ if arrow.from.lane == arrow.landing.lane && arrow.look == ArrowLook::Reset => {}
            look if is_loop(arrow) => {
                if arrow.is_first {
                    loop_ui(ui, look, [from, to], stroke);
                }
                self.rail_ui(ui, arrow, to, stroke);
            }
            look => {
                if arrow.is_first {
                    flight(ui, look, [from, to], stroke);
                }
                self.rail_ui(ui, arrow, to, stroke);
            }
        }
    }

    /// What has landed lies in the queue, down to the call that took it.
    fn rail_ui(&self, ui: &Ui, arrow: &Arrow, landing: Pos2, stroke: Stroke) {
        let painter = ui.painter();
        if matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram) {
            painter.circle_filled(landing, 4.0, stroke.color);
        }
        let Some(taken) = arrow.taken else { return };
        let Some(middle) = self.place.x(taken.lane) else {
            return;
        };
        let y = self.place.y(taken.y) - self.place.pitch() * 0.41;
        if y <= landing.y + 4.0 {
            return;
        }
        let side = if landing.x <= middle { -RAIL } else { RAIL };
        let x = if (landing.x - middle).abs() < 1.0 {
            middle + side
        } else {
            landing.x
        };
        let rail = [pos2(x, landing.y), pos2(x, y)];
        painter.line_segment(rail, Stroke::new(size::LINE_ICON, stroke.color));
    }

    /// A place in the accept queue, on the listener's line, and the way from there into accept.
    fn seat_ui(&mut self, ui: &Ui, arrow: &Arrow, stroke: Stroke, scene: &Scene) {
        let p = theme::of(ui);
        let Some(x) = self.place.x(arrow.landing.lane) else {
            return;
        };
        let seat = Rect::from_center_size(pos2(x, self.place.y(arrow.landing.y)), vec2(18.0, 18.0));
        ui.painter().rect_filled(seat, 4.0, p.lane);
        widgets::paint_dashed_rect(
            ui.painter(),
            seat,
            4.0,
            Stroke::new(size::LINE_ICON, p.ctl),
            3.0,
            2.0,
        );
        let kind = self.kind(arrow.from.lane).unwrap_or(SocketKind::Client);
        widgets::paint_glyph(ui.painter(), seat.center(), 11.0, kind, stroke.color);
        if let Some(taken) = arrow.taken {
            let y = self.place.y(taken.y);
            let accept = scene.boxes.iter().find(|call| Some(call.row) == taken.row);
            let end = if accept.is_some_and(|accept| accept.is_beside) {
                pos2(x - self.beside(x), seat.center().y)
            } else {
                pos2(x, y - self.place.pitch() * 0.41)
            };
            let begin = if end.x < x {
                seat.left_center()
            } else {
                seat.center_bottom()
            };
            ui.painter().line_segment([begin, end], stroke);
            head(ui, [begin, end], 6.0, stroke.color);
        }
        self.taken.push(seat);
    }

    /// Level, with a hop over each life line between, to a diamond.
    fn birth_ui(&self, ui: &Ui, arrow: &Arrow, [from, to]: [Pos2; 2], stroke: Stroke) {
        let own = self.place.x(arrow.landing.lane);
        let to = pos2(own.unwrap_or(to.x), to.y);
        let (left, right) = (from.x.min(to.x), from.x.max(to.x));
        let mut hops: Vec<f32> = self.place.lanes().map(|(_, x)| x).collect();
        hops.retain(|x| *x > left + 8.0 && *x < right - 8.0);
        hops.sort_by(f32::total_cmp);
        let mut at = left;
        for x in hops {
            ui.painter().hline(at..=x - 6.0, from.y, stroke);
            let arc = (0..=8).map(|step| {
                let angle = std::f32::consts::PI * (1.0 - step as f32 / 8.0);
                pos2(x, from.y) + 6.0 * vec2(angle.cos(), -angle.sin())
            });
            ui.painter().add(Shape::line(arc.collect(), stroke));
            at = x + 6.0;
        }
        ui.painter().hline(at..=right, from.y, stroke);
        widgets::paint_glyph(ui.painter(), to, 14.0, SocketKind::Connection, stroke.color);
    }

    /// What is written on the arrows, where there is room; and a node for each, for those who hear the picture.
    pub(super) fn arrow_labels(&mut self, ui: &mut Ui, scene: &Scene) {
        let mut is_touched = false;
        for (index, arrow) in scene.arrows.iter().enumerate() {
            let Some(way) = self.way(ui, arrow, scene) else {
                continue;
            };
            let color = label_color(theme::of(ui), arrow);
            let rooms = self.label_rooms(arrow, way);
            let mut words = None;
            let written = self.find_room(ui, &rooms, self.label_type(arrow), color);
            if let Some((at, galley)) = written.filter(|_| arrow.is_first) {
                let rect = Rect::from_min_size(at, galley.size());
                ui.painter().rect_filled(
                    rect.expand2(vec2(4.0, -1.0)),
                    0.0,
                    self.ground(ui, rect.center().y),
                );
                ui.painter().galley(at, galley, color);
                self.taken.push(rect);
                words = Some(rect);
            }
            self.share_ui(ui, arrow);
            let lines = self.touchable(arrow, way);
            let is_told = self.is_told(arrow, way);
            // Of all that lies in one queue the pointer touches the first.
            let touched = self.touched(ui, &lines).filter(|_| is_told || !is_touched);
            is_touched |= touched.is_some();
            let handle = || self.handle(&lines).filter(|_| is_told);
            if let Some(place) = touched.or(words).or_else(handle) {
                self.node_ui(ui, arrow, index, place);
            }
        }
    }

    /// Whether the way of something is in view, or the end of its rail. However much lies in a queue, no more than this
    /// is told of.
    fn is_told(&self, arrow: &Arrow, [from, to]: [Pos2; 2]) -> bool {
        let area = self.place.area;
        let way = Rect::from_two_pos(from, to).expand(size::LINE_STRONG);
        let end = arrow.taken.map(|taken| self.place.y(taken.y));
        way.intersects(area) || end.is_some_and(|y| area.y_range().contains(y))
    }

    /// How much of what landed the call took, beside the rail.
    fn share_ui(&mut self, ui: &Ui, arrow: &Arrow) {
        let p = theme::of(ui);
        let (Some(share), Some(taken)) = (&arrow.share, arrow.taken) else {
            return;
        };
        let Some(x) = self.place.x(taken.lane) else {
            return;
        };
        let y = self.place.y(taken.y) - self.place.pitch() * 0.8;
        let rooms = [
            Room::left(x - 12.0, y, share.clone()),
            Room::right(x + 12.0, y, share.clone()),
        ];
        if let Some((at, galley)) = self.find_room(ui, &rooms, Type::MonoEdge, p.text2) {
            let rect = Rect::from_min_size(at, galley.size());
            ui.painter().rect_filled(rect, 0.0, self.ground(ui, y));
            ui.painter().galley(at, galley, p.text2);
            self.taken.push(rect);
        }
    }

    /// The part of a way that is in view: words on the rest would be read by nobody.
    fn way_in_view(&self, [from, to]: [Pos2; 2]) -> [Pos2; 2] {
        let area = self.place.area;
        let seen = area.left() + GUTTER..=area.right() - BAR;
        let at = |x: f32| {
            let share = (x.clamp(*seen.start(), *seen.end()) - from.x) / (to.x - from.x);
            from + (to - from) * share.clamp(0.0, 1.0)
        };
        [at(from.x), at(to.x)]
    }

    fn label_type(&self, arrow: &Arrow) -> Type {
        match arrow.look {
            ArrowLook::Seat => Type::Edge,
            ArrowLook::Handshake => Type::MonoEdge,
            _ => self.place.type_(),
        }
    }

    fn label_rooms(&self, arrow: &Arrow, [from, to]: [Pos2; 2]) -> Vec<Room> {
        let text = match (arrow.look, arrow.label.as_str()) {
            (ArrowLook::Handshake, "SYN+ACK") => "SYN+ACK · your system does this".to_owned(),
            _ => arrow.label.clone(),
        };
        if self.place.x(arrow.from.lane).is_none() {
            let text = format!("{text} from {}", self.name(arrow.from.lane));
            return vec![
                Room::right(from.x + 6.0, from.y, text),
                Room::right(from.x + 6.0, from.y, arrow.label.clone()),
            ];
        }
        if arrow.look == ArrowLook::Seat {
            let at = self.place.x(arrow.landing.lane).unwrap_or(to.x);
            let y = self.place.y(arrow.landing.y);
            return vec![Room::right(at + 14.0, y, text)];
        }
        if is_loop(arrow) {
            let beside = pos2(from.x + LOOP, f32::midpoint(from.y, to.y));
            return vec![Room::right(beside.x, beside.y, text)];
        }
        if (from.x - to.x).abs() < 1.0 {
            return Vec::new();
        }
        let [from, to] = self.way_in_view([from, to]);
        let shares = [0.5, 0.4, 0.6, 0.3, 0.7];
        let at = |share: f32| Room::middle(from + (to - from) * share, text.clone());
        let mut rooms: Vec<Room> = shares.into_iter().map(at).collect();
        if arrow.label == "SYN+ACK" {
            let short = |share: f32| Room::middle(from + (to - from) * share, arrow.label.clone());
            rooms.extend(shares.into_iter().map(short));
        }
        rooms
    }

    fn node_ui(&mut self, ui: &mut Ui, arrow: &Arrow, index: usize, place: Rect) {
        let id = ui.scope_id().with((
            "ladder arrow",
            index,
            arrow.from.row,
            arrow.taken.and_then(|it| it.row),
        ));
        let to = lane_words(arrow.landing.lane).unwrap_or_else(|| self.name(arrow.landing.lane));
        let seen = if arrow.is_seen {
            ""
        } else {
            ", what TCP does, not seen"
        };
        let share = arrow
            .share
            .as_ref()
            .map(|share| format!(", {share}"))
            .unwrap_or_default();
        let waits = match (arrow.look, arrow.taken) {
            (ArrowLook::Data | ArrowLook::Datagram, None) => ", lies in the queue",
            _ => "",
        };
        let name = format!(
            "{} from {} to {to}{share}{waits}{seen}",
            arrow.label,
            self.name(arrow.from.lane)
        );
        let response = ui.interact(place, id, Sense::click());
        let row = arrow.taken.and_then(|it| it.row).or(arrow.from.row);
        let is_chosen = self.is_chosen(row);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        widgets::focus_ring(ui, &response, place);
        if let (true, Some(row)) = (response.clicked(), row) {
            self.choose(row);
        }
        response.on_hover_text(name);
    }
}

/// Whether what arrives is drawn though its sender's column is folded away: as coming from the right.
fn is_hidden_sender(arrow: &Arrow) -> bool {
    matches!(
        arrow.look,
        ArrowLook::Data | ArrowLook::Datagram | ArrowLook::End | ArrowLook::Reset
    )
}

/// Whether bytes go back to the socket that sent them.
pub(super) fn is_loop(arrow: &Arrow) -> bool {
    let carries = matches!(arrow.look, ArrowLook::Data | ArrowLook::Datagram);
    carries && arrow.from.lane == arrow.landing.lane
}

/// Out at the right of the box and back to its own life line, with its head.
fn loop_ui(ui: &Ui, look: ArrowLook, [from, to]: [Pos2; 2], stroke: Stroke) {
    let tip = to + vec2(5.0, 0.0);
    let out = [from + vec2(LOOP, 0.0), pos2(from.x + LOOP, tip.y)];
    let at = |share: f32| {
        let rest = 1.0 - share;
        let [one, other] = out.map(Pos2::to_vec2);
        let (first, last) = (from.to_vec2(), tip.to_vec2());
        let near = first * rest.powi(3) + one * (3.0 * rest * rest * share);
        (near + other * (3.0 * rest * share * share) + last * share.powi(3)).to_pos2()
    };
    let points: Vec<Pos2> = (0..=24).map(|step| at(step as f32 / 24.0)).collect();
    if look == ArrowLook::Datagram {
        ui.painter()
            .extend(Shape::dashed_line(&points, stroke, 8.0, 5.0));
    } else {
        ui.painter().add(Shape::line(points, stroke));
    }
    head(ui, [tip + vec2(10.0, 0.0), tip], 10.0, stroke.color);
}

/// The way through the air, with its head.
fn flight(ui: &Ui, look: ArrowLook, [from, to]: [Pos2; 2], stroke: Stroke) {
    let toward = (to - from).normalized();
    let tip = to - toward * 4.0;
    match look {
        ArrowLook::Datagram | ArrowLook::Lost => dotted(ui, [from, tip], stroke, [8.0, 5.0]),
        ArrowLook::Handshake => dotted(ui, [from, tip], stroke, [5.0, 4.0]),
        _ => {
            ui.painter().line_segment([from, tip], stroke);
        }
    }
    match look {
        ArrowLook::Lost => {
            let err = Stroke::new(2.0, theme::of(ui).err);
            cross(ui.painter(), to - toward * 10.0, 5.0, err);
        }
        ArrowLook::Reset => cross(ui.painter(), to - toward * 6.0, 6.0, stroke),
        ArrowLook::End => {
            head(ui, [from, tip], 8.0, stroke.color);
            let bar = [to - vec2(0.0, 6.0), to + vec2(0.0, 6.0)];
            ui.painter()
                .line_segment(bar, Stroke::new(size::LINE_STRONG, stroke.color));
        }
        ArrowLook::Handshake => head(ui, [from, tip], 8.0, stroke.color),
        _ => head(ui, [from, tip], 10.0, stroke.color),
    }
}

fn head(ui: &Ui, [from, tip]: [Pos2; 2], length: f32, color: Color32) {
    let toward = (tip - from).normalized() * length;
    let side = toward.rot90() * 0.4;
    let points = vec![tip, tip - toward + side, tip - toward - side];
    ui.painter()
        .add(Shape::convex_polygon(points, color, Stroke::NONE));
}

fn label_color(p: &Palette, arrow: &Arrow) -> Color32 {
    match arrow.look {
        ArrowLook::Handshake | ArrowLook::Seat => p.text3,
        ArrowLook::Reset | ArrowLook::Lost => p.err,
        _ => p.text,
    }
}
