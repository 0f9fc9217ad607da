//! The heads of the lanes: who takes part, and in which state each is.

use eframe::egui::{Align2, Pos2, Role, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use crate::model::payload::visible_text;
use crate::model::socket::Socket;
use crate::views::Action;
use crate::views::theme::{self, Large};
use crate::views::widgets::{focus_ring, paint_glyph, paint_hourglass};

use super::lanes::{Lane, Lanes, NAMES};
use super::{Hall, at, named};

/// Of a head with the state beside the name, and with the state below it, lines.
const ONE_ROW: f32 = 64.0;
const TWO_ROWS: f32 = 98.0;
/// Below the heads, lines.
const BELOW: f32 = 8.0;

/// The heads; in free play a click chooses the socket.
pub(super) fn heads_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, actions: &mut Vec<Action>) {
    programs_ui(ui, hall, lanes);
    for lane in &lanes.0 {
        head_ui(ui, hall, lane, actions);
    }
}

/// A frame round the sockets of each program, with its name over them.
fn programs_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes) {
    let sockets = hall.shown.recording.sockets();
    for group in lanes.0.chunk_by(|one, other| one.program == other.program) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let heads = first.head.union(last.head);
        let frame = heads
            .with_min_y(heads.top() - hall.px(NAMES))
            .expand2(vec2(hall.px(6.0), 0.0))
            .with_max_y(heads.bottom() + hall.px(6.0));
        let stroke = hall.stroke(2.0, hall.p.ctl);
        ui.painter()
            .rect_stroke(frame, hall.radius(14.0), stroke, StrokeKind::Inside);
        let Some(program) = sockets.program(first.program) else {
            continue;
        };
        let name = visible_text(&program.name);
        let from = at(
            heads.left() + hall.px(10.0),
            heads.top() - hall.px(NAMES) / 2.0,
        );
        let look = (&*name, Large::Note, hall.p.text2);
        let room = heads.width() - hall.px(20.0);
        let place = hall.text(ui, from, Align2::LEFT_CENTER, look, room);
        let id = ("program", first.program);
        named(ui, id, place, Role::Label, &format!("program {name}"));
    }
}

/// How high the heads are with the names of the programs above them, lines.
pub(super) fn height(hall: &Hall<'_>, lanes: usize) -> f32 {
    let high = if is_narrow(hall.width() / lanes.max(1) as f32) {
        TWO_ROWS
    } else {
        ONE_ROW
    };
    NAMES + high + BELOW
}

/// Whether a head of this width, lines, has no room for a name with a state beside it.
fn is_narrow(width: f32) -> bool {
    width < 560.0
}

fn head_ui(ui: &mut Ui, hall: &Hall<'_>, lane: &Lane, actions: &mut Vec<Action>) {
    let Some(socket) = hall.shown.recording.sockets().get(lane.socket) else {
        return;
    };
    let p = hall.p;
    let (full, dim, _) = theme::role_colors(p, lane.kind);
    let chosen = hall.is_free_play() && hall.chosen() == Some(socket.id);
    let rect = lane.head;
    let outline = hall.stroke(if chosen { 5.0 } else { 3.0 }, full);
    ui.painter()
        .rect(rect, hall.radius(10.0), dim, outline, StrokeKind::Inside);
    if rect.height() > hall.px(ONE_ROW + 1.0) {
        two_rows_ui(ui, hall, socket, lane);
    } else {
        one_row_ui(ui, hall, socket, lane);
    }

    let sense = if hall.is_free_play() {
        Sense::click()
    } else {
        Sense::hover()
    };
    let id = ui.scope_id().with(("head", socket.id));
    let response = ui.interact(rect, id, sense);
    let words = words(hall, socket);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &words));
    focus_ring(ui, &response, rect);
    if response.clicked() {
        actions.push(Action::SelectSocket(socket.id));
    }
}

/// The name with the state beside it.
fn one_row_ui(ui: &Ui, hall: &Hall<'_>, socket: &Socket, lane: &Lane) {
    let p = hall.p;
    let (full, ..) = theme::role_colors(p, lane.kind);
    let rect = lane.head;
    let y = rect.center().y;
    let side = hall.px(40.0);
    let glyph = at(rect.left() + hall.px(16.0) + side / 2.0, y);
    paint_glyph(ui.painter(), glyph, side, lane.kind, full);

    let left = rect.left() + hall.px(68.0);
    let gap = hall.px(14.0);
    let number = socket.id.to_string();
    let number_width = hall.text_width(ui, &number, Large::Name) + gap;
    let whole = hall.text_width(ui, &socket.name, Large::Name) + number_width;
    // Who it is comes first: a state that has no room beside it is left out.
    let room = rect.right() - left - whole - 2.0 * gap;
    state_ui(ui, hall, socket, at(rect.right() - hall.px(16.0), y), room);
    let room = rect.right() - left - gap;
    let name = hall.text(
        ui,
        at(left, y),
        Align2::LEFT_CENTER,
        (&socket.name, Large::Name, p.text),
        room - number_width,
    );
    hall.text(
        ui,
        at(name.right() + gap, y),
        Align2::LEFT_CENTER,
        (&number, Large::Name, full),
        number_width,
    );
}

/// The name above, the state below it.
fn two_rows_ui(ui: &Ui, hall: &Hall<'_>, socket: &Socket, lane: &Lane) {
    let p = hall.p;
    let (full, ..) = theme::role_colors(p, lane.kind);
    let rect = lane.head.shrink2(vec2(hall.px(10.0), 0.0));
    let [upper, lower] = [0.27, 0.73].map(|share| rect.top() + rect.height() * share);
    let side = hall.px(32.0);
    let glyph = at(rect.left() + side / 2.0, upper);
    paint_glyph(ui.painter(), glyph, side, lane.kind, full);
    let left = rect.left() + side + hall.px(8.0);
    let look = (socket.name.as_str(), Large::Badge, p.text);
    let room = rect.right() - left;
    hall.text(ui, at(left, upper), Align2::LEFT_CENTER, look, room);
    let number = socket.id.to_string();
    let gap = hall.px(14.0);
    let right = at(rect.right(), lower);
    let beside = rect.width() - hall.text_width(ui, &number, Large::Badge) - gap;
    // The state comes first: the number is on the cards too.
    if state_ui(ui, hall, socket, right, beside).is_some() || hall.badge(socket.id).is_none() {
        let look = (number.as_str(), Large::Badge, full);
        let from = at(rect.left(), lower);
        hall.text(ui, from, Align2::LEFT_CENTER, look, rect.width());
    } else {
        state_ui(ui, hall, socket, right, rect.width());
    }
}

/// `server #1 LISTEN waits in accept`
fn words(hall: &Hall<'_>, socket: &Socket) -> String {
    let mut words = format!("{} {}", socket.name, socket.id);
    if let Some(badge) = hall.badge(socket.id) {
        words.push(' ');
        words.push_str(&badge);
    }
    if let Some(waits) = waits(socket) {
        words.push(' ');
        words.push_str(&waits);
    }
    words
}

fn waits(socket: &Socket) -> Option<String> {
    let pending = socket.waiting.first()?;
    Some(format!("waits in {}", pending.method))
}

/// The state, its right end at `right`: what it waits in, or its badge; `None`: there is no `room` for it.
fn state_ui(ui: &Ui, hall: &Hall<'_>, socket: &Socket, right: Pos2, room: f32) -> Option<()> {
    let p = hall.p;
    if let Some(waits) = waits(socket) {
        let sign = hall.px(40.0);
        let text = [waits.as_str(), "waits"]
            .into_iter()
            .find(|text| hall.text_width(ui, text, Large::Badge) + sign <= room)?;
        let look = (text, Large::Badge, p.wait);
        let rect = hall.text(ui, right, Align2::RIGHT_CENTER, look, room);
        let center = at(rect.left() - sign / 2.0, right.y);
        paint_hourglass(ui.painter(), center, hall.px(30.0), p.wait);
        return Some(());
    }
    let badge = hall.badge(socket.id)?;
    // Of `BOUND :5000` the word says it too; half of `PEER CLOSED` would say another thing.
    let short = badge.split_once(" :").map_or("", |(word, _)| word);
    let badge = [badge.as_str(), short]
        .into_iter()
        .find(|text| !text.is_empty() && hall.text_width(ui, text, Large::Badge) <= room)?;
    let look = (badge, Large::Badge, p.text);
    hall.text(ui, right, Align2::RIGHT_CENTER, look, room);
    Some(())
}
