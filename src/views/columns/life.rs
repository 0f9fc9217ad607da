//! The life lines under the cards: each socket's last calls, the newest at the bottom.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Color32, CornerRadius, Galley, Painter, Pos2, Rect, Role as AccessRole, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::model::call::SocketId;
use crate::model::recording::CallEntry;
use crate::model::socket::{Socket, SocketKind};
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;
use crate::views::{Action, Shown};

/// How many of the recording's last rows are looked at: the cost of a frame must not grow with the recording.
const LOOKED_AT: usize = 400;
const ROW: f32 = 20.0;
/// From the column's left edge to its line, points.
const LINE: f32 = 12.0;
/// How many bytes of a payload a row shows.
const PAYLOAD: usize = 24;

/// The last calls of each socket, the newest first.
#[derive(Debug)]
pub(super) struct Life {
    rows: BTreeMap<SocketId, Vec<CallEntry>>,
    fits: usize,
}

impl Life {
    /// Reads the end of the recording, as much as fits into `height`.
    pub(super) fn read(shown: &Shown<'_>, height: f32) -> Self {
        let fits = (height / ROW).floor().max(1.0) as usize;
        let recording = shown.recording;
        let end = recording.len();
        let mut rows: BTreeMap<SocketId, Vec<CallEntry>> = BTreeMap::new();
        for index in (end.saturating_sub(LOOKED_AT)..end).rev() {
            let Some(entry) = recording.row(index) else {
                continue;
            };
            let Some(socket) = entry.socket else { continue };
            let of = rows.entry(socket).or_default();
            if of.len() < fits {
                of.push(entry);
            }
        }
        Self { rows, fits }
    }

    /// A socket's line with its calls.
    pub(super) fn column_ui(
        &self,
        ui: &mut Ui,
        rect: Rect,
        socket: &Socket,
        shown: &Shown<'_>,
        actions: &mut Vec<Action>,
    ) {
        let (full, _, faint) = theme::role_colors(theme::of(ui), socket.kind());
        let color = if socket.is_closed() { faint } else { full };
        let birth = socket
            .parent
            .and_then(|parent| shown.recording.sockets().get(parent));
        let mut top = rect.top();
        let entries = self.rows.get(&socket.id).map_or(&[][..], Vec::as_slice);
        let room = self.fits.saturating_sub(usize::from(birth.is_some()));
        let used = entries.len().min(room) + usize::from(birth.is_some());
        let bottom = if socket.is_closed() {
            top + used as f32 * ROW
        } else {
            rect.bottom()
        };
        let x = rect.left() + LINE;
        let from = if birth.is_some() {
            top + ROW / 2.0
        } else {
            top
        };
        ui.painter()
            .vline(x, from..=bottom, Stroke::new(size::LINE_STRONG, color));
        if let Some(parent) = birth {
            birth_ui(ui, pos2(x, top + ROW / 2.0), rect, parent, color);
            top += ROW;
        }
        for entry in entries.iter().take(room).rev() {
            let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), ROW));
            row_ui(ui, row, entry, socket, shown, actions);
            top += ROW;
        }
    }
}

/// The diamond at the head of an accepted socket's line, with a short line from its listener's side.
fn birth_ui(ui: &Ui, at: Pos2, rect: Rect, parent: &Socket, color: Color32) {
    let p = theme::of(ui);
    let from = pos2(rect.left() - size::COLUMN_GAP, at.y);
    ui.painter()
        .line_segment([from, at], Stroke::new(size::LINE_STRONG, color));
    widgets::paint_glyph(ui.painter(), at, 12.0, SocketKind::Connection, color);
    ui.painter().text(
        at + vec2(14.0, 0.0),
        eframe::egui::Align2::LEFT_CENTER,
        format!("accepted by {} {}", parent.id, parent.name),
        Type::Label.font(),
        p.text2,
    );
}

fn row_ui(
    ui: &mut Ui,
    rect: Rect,
    entry: &CallEntry,
    socket: &Socket,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let id = ui.scope_id().with(("life", socket.id, entry.number));
    let response = ui.interact(rect, id, Sense::click());
    let (call, result) = words(entry, shown);
    response.widget_info(|| {
        let name = format!("{} {call} {result}", socket.name);
        WidgetInfo::selected(
            AccessRole::Button,
            true,
            shown.row == Some(entry.number),
            name,
        )
    });
    if response.hovered() || shown.row == Some(entry.number) {
        let ground = Rect::from_min_max(pos2(rect.left() + LINE + 8.0, rect.top()), rect.max);
        ui.painter()
            .rect_filled(ground, CornerRadius::same(size::RADIUS_BOX), p.raised);
    }
    let mark = pos2(rect.left() + LINE, rect.center().y);
    paint_mark(ui.painter(), mark, entry, socket.kind(), p);
    let quiet = if socket.is_closed() { p.text3 } else { p.text };
    let color = result_color(entry, p);
    let room = rect.width() - LINE - 20.0;
    let result_galley = cut(ui, &result, color, room * 0.6);
    let gap = 6.0;
    let call_galley = cut(ui, &call, quiet, room - result_galley.size().x - gap);
    let at = pos2(
        rect.left() + LINE + 14.0,
        rect.center().y - call_galley.size().y / 2.0,
    );
    let result_at = at + vec2(call_galley.size().x + gap, 0.0);
    ui.painter().galley(at, call_galley, quiet);
    ui.painter().galley(result_at, result_galley, color);
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() {
        actions.push(Action::SelectRow(Some(entry.number)));
    }
    response.on_hover_text(format!("{call} {result}"));
}

/// The call, and what came of it.
fn words(entry: &CallEntry, shown: &Shown<'_>) -> (String, String) {
    let sockets = shown.recording.sockets();
    let call = if entry.folded {
        format!("{}(…)", entry.method())
    } else {
        entry.call.python(PAYLOAD)
    };
    let times = if entry.count > 1 {
        format!(" × {}", entry.count)
    } else {
        String::new()
    };
    let result = match entry.result(sockets, PAYLOAD) {
        Some(result) => format!("→ {result}{times}"),
        None if entry.abandoned => "given up".to_owned(),
        None => {
            let waited = Duration::from_nanos(shown.now.saturating_sub(entry.start.at));
            format!("… waits {:.1} s", waited.as_secs_f64())
        }
    };
    (call, result)
}

fn result_color(entry: &CallEntry, p: &Palette) -> Color32 {
    match &entry.outcome {
        None => p.wait,
        Some(outcome) if outcome.is_would_block() => p.again,
        Some(outcome) if outcome.is_failure() => p.err,
        Some(_) => p.text2,
    }
}

/// The outcome's shape on the line: a box for what was done, hatched while it waits, a cross for an error.
fn paint_mark(painter: &Painter, at: Pos2, entry: &CallEntry, kind: SocketKind, p: &Palette) {
    let (full, dim, _) = theme::role_colors(p, kind);
    let square = Rect::from_center_size(at, vec2(12.0, 12.0));
    let radius = CornerRadius::same(2);
    let boxed = |fill, stroke| {
        painter.rect(
            square,
            radius,
            fill,
            stroke,
            eframe::egui::StrokeKind::Inside,
        );
    };
    match &entry.outcome {
        None => {
            boxed(p.wait_dim, Stroke::new(size::LINE_STRONG, p.wait));
            widgets::paint_hatch(painter, square.shrink(2.0), Stroke::new(1.5, p.wait), 4.0);
        }
        Some(outcome) if outcome.is_would_block() => {
            boxed(p.again_dim, Stroke::NONE);
            widgets::paint_return_arrow(painter, at, 12.0, p.again);
        }
        Some(outcome) if outcome.is_failure() => {
            boxed(p.err, Stroke::NONE);
            let stroke = Stroke::new(1.8, p.onerr);
            for y in [-3.0, 3.0] {
                painter.line_segment([at + vec2(-3.0, -y), at + vec2(3.0, y)], stroke);
            }
        }
        Some(_) => boxed(dim, Stroke::new(size::LINE_ICON, full)),
    }
}

/// One line, cut with an ellipsis where the room ends.
fn cut(ui: &Ui, text: &str, color: Color32, room: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), Type::Mono.font(), color);
    job.wrap = TextWrapping::truncate_at_width(room);
    ui.painter().layout_job(job)
}
