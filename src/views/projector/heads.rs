//! The heads of the lanes: who takes part, and in which state each is.

use eframe::egui::{Align2, Rangef, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2};

use crate::model::call::SocketId;
use crate::model::exchange::Exchange;
use crate::model::socket::{Socket, SocketKind};
use crate::views::Action;
use crate::views::theme::{self, Large};
use crate::views::widgets::{focus_ring, paint_glyph, paint_hourglass};

use super::{Hall, MARGIN, at};

/// A lane: its head, and its life line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    pub socket: SocketId,
    pub kind: SocketKind,
    pub head: Rect,
    /// Where its line is.
    pub x: f32,
}

/// The lanes shown, from left to right.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes(pub Vec<Lane>);

/// How many of what happened before stand above what happens now.
pub(super) const BEFORE: usize = 2;
/// Between two heads, lines.
const GAP: f32 = 14.0;
/// A listener needs less room: what it does stands left of its line.
const LISTENER: f32 = 0.8;

impl Lanes {
    /// Chooses who is shown: first who takes part now, then who comes next, then who took part before.
    pub(super) fn choose(hall: &Hall<'_>, place: Rect) -> Self {
        let sockets = hall.shown.recording.sockets();
        let most = match hall.width() {
            wide if wide >= 1700.0 => 4,
            middle if middle >= 1300.0 => 3,
            _ => 2,
        };
        let was_there = |id: &SocketId| sockets.get(*id).is_some();
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
            .filter(was_there);
        for id in wanted {
            if ids.len() < most && !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut shown: Vec<&Socket> = ids.iter().filter_map(|id| sockets.get(*id)).collect();
        shown.sort_by_key(|socket| (socket.program, socket.id));
        Self(lay_out(hall, place, &shown))
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
        let min = pos2(left, place.top() + hall.px(6.0));
        let head = Rect::from_min_max(min, pos2(left + width, place.bottom() - hall.px(6.0)));
        let kind = socket.kind();
        let share = if kind == SocketKind::Listener && shown.len() > 1 {
            0.64
        } else {
            0.5
        };
        lanes.push(Lane {
            socket: socket.id,
            kind,
            head,
            x: left + width * share,
        });
        left += width + gap;
    }
    lanes
}

/// The heads; in free play a click chooses the socket.
pub(super) fn heads_ui(ui: &mut Ui, hall: &Hall<'_>, lanes: &Lanes, actions: &mut Vec<Action>) {
    programs_ui(ui, hall, lanes);
    for lane in &lanes.0 {
        head_ui(ui, hall, lane, actions);
    }
}

/// A frame round the sockets of one program.
fn programs_ui(ui: &Ui, hall: &Hall<'_>, lanes: &Lanes) {
    let sockets = hall.shown.recording.sockets();
    let program = |lane: &Lane| sockets.get(lane.socket).map(|socket| socket.program);
    for group in lanes
        .0
        .chunk_by(|one, other| program(one) == program(other))
    {
        if let [first, .., last] = group {
            let rect = first.head.union(last.head).expand(hall.px(6.0));
            let stroke = hall.stroke(2.0, hall.p.ctl);
            let radius = hall.radius(14.0);
            ui.painter()
                .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
    }
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
    state_ui(
        ui,
        hall,
        socket,
        rect,
        rect.right() - left - whole - 2.0 * gap,
    );
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
        at(name.right() + hall.px(14.0), y),
        Align2::LEFT_CENTER,
        (&number, Large::Name, full),
        number_width,
    );

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

/// The state at the right: what it waits in, or its badge, where that has `room`.
fn state_ui(ui: &Ui, hall: &Hall<'_>, socket: &Socket, head: Rect, room: f32) -> Option<()> {
    let p = hall.p;
    let right = head.right() - hall.px(16.0);
    let y = head.center().y;
    if let Some(waits) = waits(socket) {
        let sign = hall.px(40.0);
        let text = [waits.as_str(), "waits"]
            .into_iter()
            .find(|text| hall.text_width(ui, text, Large::Badge) + sign <= room)?;
        let look = (text, Large::Badge, p.wait);
        let rect = hall.text(ui, at(right, y), Align2::RIGHT_CENTER, look, room);
        let center = at(rect.left() - sign / 2.0, y);
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
    hall.text(ui, at(right, y), Align2::RIGHT_CENTER, look, room);
    Some(())
}
