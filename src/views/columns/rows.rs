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
    let left = fold_button(ui, program, inside, Direction::Right, actions) + 10.0;

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
    let mut gaps = Gaps::between(&free, left, inside.right());
    // What listens comes first, then what is chosen: where there is no room for all, the others are counted.
    let mut alone: Vec<&Socket> = row
        .sockets
        .iter()
        .filter(|id| !row.links.iter().any(|(there, _)| there == *id))
        .filter_map(|id| sockets.get(*id))
        .collect();
    alone.sort_by_key(|socket| {
        let listens = socket.kind() == SocketKind::Listener && !socket.is_closed();
        (shown.selected != Some(socket.id) && !listens, !listens)
    });
    let mut hidden = row.crowd;
    for socket in alone {
        let words = alone_words(socket);
        let wide = width(ui, &words, Type::Mono) + 22.0;
        let Some(left) = gaps.take(wide) else {
            hidden += 1;
            continue;
        };
        let chip = Rect::from_min_max(pos2(left, inside.top()), pos2(left + wide, inside.bottom()));
        chip_ui(ui, row, chip, socket, &words, Side::Left, shown, actions);
    }
    let words = match (hidden, row.links.len(), row.sockets.len()) {
        (1.., ..) => format!("+{hidden}"),
        (_, 2, ..=3) => "one program, both connect to it".to_owned(),
        (_, _, 1) => "its own program".to_owned(),
        (_, _, many) => format!("one program, {many} sockets"),
    };
    if let Some(left) = gaps.take(width(ui, &words, Type::Label)) {
        let at = pos2(left, rect.center().y);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, words, Type::Label.font(), p.text2);
    }
}

/// An unlinked socket in a few words.
fn alone_words(socket: &Socket) -> String {
    match (socket.kind(), socket.local) {
        (SocketKind::Listener, Some(local)) if !socket.is_closed() => {
            format!("{} :{}", lifecycle::badge(socket), local.port())
        }
        (SocketKind::Listener, _) => lifecycle::badge(socket),
        _ => format!("{} {}", socket.id, socket.name),
    }
}

/// The room between the linked sockets, from left to right.
struct Gaps(Vec<(f32, f32)>);

impl Gaps {
    fn between(linked: &[Rect], left: f32, right: f32) -> Self {
        let starts = std::iter::once(left).chain(linked.iter().map(|chip| chip.right() + 16.0));
        let ends = linked.iter().map(|chip| chip.left() - 8.0).chain([right]);
        Self(starts.zip(ends).collect())
    }

    /// Takes so much of the first gap that has it. Returns where it begins.
    fn take(&mut self, wide: f32) -> Option<f32> {
        let (start, _) = self
            .0
            .iter_mut()
            .find(|(start, end)| *start + wide <= *end)?;
        let left = *start;
        *start += wide + 10.0;
        Some(left)
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
