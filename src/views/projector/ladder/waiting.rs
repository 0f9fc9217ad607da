//! The last row: the call that comes next, and the bytes that wait to be received.

use eframe::egui::{Align2, Rangef, Rect, Role, StrokeKind, Ui, pos2, vec2};

use crate::model::call::SocketId;
use crate::model::payload::{byte_sign, visible};
use crate::model::queues;
use crate::views::projector::ladder::select::BEYOND;
use crate::views::projector::lanes::{Lane, Lanes};
use crate::views::projector::parts::Look;
use crate::views::projector::{Hall, at, named};
use crate::views::theme::{self, Large};

/// The cell of a byte that one letter shows, lines.
const CELL: f32 = 30.0;
/// Of one that takes two, as a byte of `é` does: not smaller letters, which nobody reads from the back row.
const WIDE: f32 = 52.0;
/// Between two cells, lines.
const BETWEEN: f32 = 2.0;
/// How high they are, lines.
const HIGH: f32 = 58.0;
/// The room for cells, lines: sixteen letters. Bytes beyond are counted.
const ROOM: f32 = 16.0 * (CELL + BETWEEN);

/// The row below what is told now.
pub(super) fn next_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, place: Rect) {
    let y = place.center().y;
    let mut taken: Vec<(SocketId, Rect)> = Vec::new();
    if let Some(next) = &hall.next {
        let lane = next.socket.and_then(|id| lanes.of(id));
        let kind = lane.map(|lane| lane.kind);
        let across = lanes.across(&next.watched, hall.px(BEYOND));
        let width = hall.box_width(ui, &[&next.call], Large::Data);
        let width = across.map_or(width, |across| across.span().max(width));
        let center = lane.map(|lane| lane.x).or(across.map(Rangef::center));
        let center = center.unwrap_or(place.center().x);
        let size = vec2(width, hall.px(70.0));
        let look = ("→ ?", Large::Result, hall.p.text);
        // What comes of it stands right of it.
        let beside = hall.text_width(ui, look.0, look.1) + hall.px(30.0);
        let free = Rect::from_min_max(place.min, place.max - vec2(beside, 0.0));
        let rect = Hall::within(Rect::from_center_size(at(center, y), size), free);
        hall.call_box(ui, rect, &[&next.call], Large::Data, Look::Next, kind);
        let from = at(rect.right() + hall.px(20.0), y);
        let question = hall.plate(ui, from, Align2::LEFT_CENTER, look, f32::INFINITY);
        let words = format!("Next: {} → ?", next.statement);
        let all = rect.union(question);
        named(ui, "next call", all, Role::Label, &words);
        taken.push((next.socket.unwrap_or(SocketId(0)), all));
    }
    for lane in &lanes.0 {
        ribbon_ui(ui, hall, lane, place, &mut taken);
    }
}

/// The bytes that wait at a socket, a cell each.
fn ribbon_ui(
    ui: &mut Ui,
    hall: &Hall<'_>,
    lane: &Lane,
    row: Rect,
    taken: &mut Vec<(SocketId, Rect)>,
) {
    let p = hall.p;
    let Some((count, content)) = waiting(hall, lane.socket) else {
        return;
    };
    let (full, dim, _) = theme::role_colors(p, lane.kind);
    let cells = cells(&content);
    let cells_width: f32 = cells.iter().map(|(_, wide)| wide + BETWEEN).sum();
    let left_over = count - cells.len() as u64;
    let more = match (cells.len(), left_over) {
        (_, 0) => String::new(),
        (0, 1) => "1 byte waits".to_owned(),
        (0, many) => format!("{many} bytes wait"),
        (_, many) => format!("and {many}"),
    };
    let more_width = if more.is_empty() {
        0.0
    } else {
        hall.text_width(ui, &more, Large::Note) + hall.px(12.0)
    };
    let size = vec2(hall.px(cells_width) + more_width, hall.px(HIGH));
    let rect = free_place(hall, lane, row, size, taken);
    let mut left = rect.left();
    for (text, wide) in &cells {
        let size = vec2(hall.px(*wide), rect.height());
        let area = Rect::from_min_size(pos2(left, rect.top()), size);
        let outline = hall.stroke(2.0, full);
        ui.painter()
            .rect(area, hall.radius(3.0), dim, outline, StrokeKind::Inside);
        let look = (text.as_str(), Large::Byte, p.text);
        hall.text(
            ui,
            area.center(),
            Align2::CENTER_CENTER,
            look,
            f32::INFINITY,
        );
        left += hall.px(wide + BETWEEN);
    }
    if !more.is_empty() {
        let gap = if cells.is_empty() { 0.0 } else { hall.px(12.0) };
        let from = at(left + gap, rect.center().y);
        let look = (more.as_str(), Large::Note, p.text);
        hall.plate(ui, from, Align2::LEFT_CENTER, look, f32::INFINITY);
    }
    let name = hall
        .shown
        .recording
        .sockets()
        .get(lane.socket)
        .map_or("?", |socket| &socket.name);
    let text = visible(&content);
    let words = match count {
        1 => format!("1 byte waits at {name}: {text}"),
        many => format!("{many} bytes wait at {name}: {text}"),
    };
    named(ui, ("ribbon", lane.socket), rect, Role::Label, &words);
    taken.push((lane.socket, rect));
}

/// How many bytes wait at a socket, and the first of them, as far as they are known.
fn waiting(hall: &Hall<'_>, id: SocketId) -> Option<(u64, Vec<u8>)> {
    let shown = hall.shown;
    let sockets = shown.recording.sockets();
    let unread = shown.flow().unread(id, shown.recording, queues::CONTENT);
    let partner = shown.flow().partner(id);
    let queue = queues::receive(sockets.get(id)?, sockets, partner, &unread, 0)?;
    let count = queue.bytes.filter(|count| *count > 0)?;
    Some((u64::from(count), queue.content))
}

/// Where a ribbon stands: left of its lane's next call, else on its lane, in any case where nothing else does.
fn free_place(
    hall: &Hall<'_>,
    lane: &Lane,
    place: Rect,
    size: eframe::egui::Vec2,
    taken: &[(SocketId, Rect)],
) -> Rect {
    let y = place.center().y;
    let gap = hall.px(20.0);
    let own = taken.iter().find(|(socket, _)| *socket == lane.socket);
    let mut centers = Vec::with_capacity(6);
    match own {
        Some((_, next)) => {
            centers.push(next.left() - gap - size.x / 2.0);
            centers.push(next.right() + gap + size.x / 2.0);
        }
        None => centers.push(lane.x),
    }
    for (_, other) in taken {
        centers.push(other.right() + gap + size.x / 2.0);
        centers.push(other.left() - gap - size.x / 2.0);
    }
    let fits = |rect: &Rect| {
        place.x_range().contains(rect.left())
            && place.x_range().contains(rect.right())
            && !taken.iter().any(|(_, other)| other.intersects(*rect))
    };
    let rects = centers
        .iter()
        .map(|x| Hall::within(Rect::from_center_size(at(*x, y), size), place));
    let lane_rect = Hall::within(Rect::from_center_size(at(lane.x, y), size), place);
    rects.into_iter().find(fits).unwrap_or(lane_rect)
}

/// The cells of the first bytes, each with its width in lines: as many as a ribbon has room for.
fn cells(content: &[u8]) -> Vec<(String, f32)> {
    let mut left = ROOM;
    let cells = content.iter().map_while(|byte| {
        let text = match byte {
            b' ' => "·".to_owned(),
            byte => byte_sign(*byte),
        };
        let wide = if text.chars().count() == 1 {
            CELL
        } else {
            WIDE
        };
        left -= wide + BETWEEN;
        (left >= 0.0).then_some((text, wide))
    });
    cells.collect()
}
