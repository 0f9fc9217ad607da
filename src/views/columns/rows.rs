//! A program folded to a row: its name, its sockets, and lines to the cards they are connected to.

use eframe::egui::{
    Align2, Color32, CornerRadius, Rect, Role as AccessRole, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::model::lifecycle;
use crate::model::socket::{Socket, SocketKind};
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{self, Direction};
use crate::views::{Action, Shown};

use super::frames::{fold_button, width};
use super::layout::ProgramRow;

/// A row's height, points.
pub(super) const ROW: f32 = 28.0;
/// From one row to what follows, points.
pub(super) const GAP: f32 = 6.0;
/// From a column's right edge to the line that links it, points.
const LINK: f32 = 14.0;

/// Where the linked cards stand, points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// Where all columns begin.
    pub(super) left: f32,
    /// The top of the cards.
    pub(super) cards: f32,
}

/// The row at `rect`.
pub(super) fn row_ui(
    ui: &mut Ui,
    row: &ProgramRow,
    rect: Rect,
    ends: Ends,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sockets = shown.recording.sockets();
    let Some(program) = sockets.program(row.program) else {
        return;
    };
    let p = theme::of(ui);
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_FRAME),
        p.card,
        Stroke::new(size::LINE, p.ctl),
        StrokeKind::Inside,
    );
    let inside = rect.shrink2(vec2(size::PADDING, 2.0));
    let mut left = fold_button(ui, program, inside, Direction::Right, actions) + 10.0;

    // The linked ones have their places; the others stand behind the name, as many as there is room for.
    let mut free = Vec::new();
    for (id, column) in &row.links {
        let Some(socket) = sockets.get(*id) else {
            continue;
        };
        let x = ends.left + column.left + column.width - LINK;
        let words = format!("{} {}", socket.id, socket.name);
        let wide = width(ui, &words, Type::Mono) + 22.0;
        let chip = Rect::from_min_max(
            pos2(
                (x + 8.0 - wide).max(ends.left + column.left + 4.0),
                inside.top(),
            ),
            pos2(x + 8.0, inside.bottom()),
        );
        chip_ui(ui, row, chip, socket, &words, Side::Right, shown, actions);
        let color = theme::role_colors(p, socket.kind()).0;
        double_arrow(ui, x, rect.bottom(), ends.cards, color);
        free.push(chip);
    }
    let end = free.first().map_or(inside.right(), Rect::left) - 8.0;
    let alone = row.sockets.iter().filter_map(|id| {
        let linked = row.links.iter().any(|(there, _)| there == id);
        sockets.get(*id).filter(|_| !linked)
    });
    let mut hidden = 0;
    for socket in alone {
        let words = match (socket.kind(), socket.local) {
            (SocketKind::Listener, Some(local)) if !socket.is_closed() => {
                format!("{} :{}", lifecycle::badge(socket), local.port())
            }
            (SocketKind::Listener, _) => lifecycle::badge(socket),
            _ => format!("{} {}", socket.id, socket.name),
        };
        let wide = width(ui, &words, Type::Mono) + 22.0;
        // Room for the count of those that have none.
        if left + wide + 24.0 > end {
            hidden += 1;
            continue;
        }
        let chip = Rect::from_min_max(pos2(left, inside.top()), pos2(left + wide, inside.bottom()));
        chip_ui(ui, row, chip, socket, &words, Side::Left, shown, actions);
        left += wide + 10.0;
    }
    let y = rect.center().y;
    if hidden > 0 {
        let words = format!("+{hidden}");
        let at = pos2(left, y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, words, Type::Label.font(), p.text2);
        return;
    }
    let words = match (row.links.len(), row.sockets.len()) {
        (2, _) => "one program, both connect to it".to_owned(),
        (_, 1) => "its own program".to_owned(),
        (_, many) => format!("one program, {many} sockets"),
    };
    let wide = width(ui, &words, Type::Label);
    let starts = std::iter::once(left + 6.0).chain(free.iter().map(|chip| chip.right() + 18.0));
    let stops = free.iter().map(|chip| chip.left() - 8.0);
    let gap = starts
        .zip(stops.chain([inside.right()]))
        .find(|(start, end)| start + wide <= *end);
    if let Some((start, _)) = gap {
        let at = pos2(start, y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, words, Type::Label.font(), p.text2);
    }
}

/// On which side of its words a socket's glyph stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A socket in the row. A click shows its card, and those of its program.
#[allow(
    clippy::too_many_arguments,
    reason = "what it is, where, and what every view is given"
)]
fn chip_ui(
    ui: &mut Ui,
    row: &ProgramRow,
    rect: Rect,
    socket: &Socket,
    words: &str,
    side: Side,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let (full, _, line) = theme::role_colors(p, socket.kind());
    let color = if socket.is_closed() { line } else { full };
    let id = ui.scope_id().with(("in a row", socket.id));
    let response = ui.interact(rect, id, Sense::click());
    let selected = shown.selected == Some(socket.id);
    response.widget_info(|| {
        let name = format!(
            "{} in a folded program, {}",
            socket.name,
            lifecycle::badge(socket)
        );
        WidgetInfo::selected(AccessRole::Button, true, selected, name)
    });
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    if response.hovered() {
        ui.painter().rect_filled(rect, radius, p.raised);
    }
    if selected {
        let stroke = Stroke::new(size::LINE_STRONG, full);
        ui.painter()
            .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    let y = rect.center().y;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let (glyph, text, align) = match side {
        Side::Left => (rect.left() + 8.0, rect.left() + 18.0, Align2::LEFT_CENTER),
        Side::Right => (
            rect.right() - 8.0,
            rect.right() - 18.0,
            Align2::RIGHT_CENTER,
        ),
    };
    widgets::paint_glyph(&painter, pos2(glyph, y), 12.0, socket.kind(), color);
    let is_listener = socket.kind() == SocketKind::Listener;
    let ink = if is_listener { color } else { p.text };
    painter.text(pos2(text, y), align, words, Type::Mono.font(), ink);
    widgets::focus_ring(ui, &response, rect);
    if response
        .on_hover_text(format!("{} {}: show its card", socket.id, socket.name))
        .clicked()
    {
        actions.push(Action::FoldProgram(row.program));
        actions.push(Action::SelectSocket(socket.id));
    }
}

/// Two ends of one connection: a line with a head at either end.
fn double_arrow(ui: &Ui, x: f32, top: f32, bottom: f32, color: Color32) {
    const HEAD: f32 = 6.0;
    let painter = ui.painter();
    let line = Stroke::new(size::LINE_STRONG, color);
    painter.vline(x, top + HEAD..=bottom - HEAD, line);
    for (tip, base) in [(top, top + HEAD), (bottom, bottom - HEAD)] {
        let points = vec![pos2(x, tip), pos2(x + 4.0, base), pos2(x - 4.0, base)];
        painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
    }
}
