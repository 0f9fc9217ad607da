//! How the log's rows, titles and hints are painted.

use std::sync::Arc;

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    self, Align2, Color32, CornerRadius, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};

use crate::model::recording::RowNumber;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets::{
    Direction, focus_ring, paint_glyph, paint_return_arrow, paint_triangle,
};

use super::row::{RowText, Tone, Who, grouped};
use crate::model::ladder::decimals;

/// The width of a letter of the log's font, at its size.
const LETTER: f32 = 7.23;
/// Letters of the call that stay in sight beside the longest result.
const CALL_LEAST: f32 = 13.0;
/// The gap between columns.
const GAP: f32 = 12.0;
/// From the arrow before a result to the result.
const ARROW: f32 = 20.0;

/// Where the columns stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    number_right: f32,
    time_right: f32,
    glyph: f32,
    name: f32,
    call: f32,
    result: f32,
    took: f32,
    right: f32,
    decimals: usize,
}

impl Columns {
    /// Columns for the rows in view: narrow ones as wide as their texts, the rest shared by call and result.
    ///
    /// `shown` are the decimals of times so far: once there, none is taken away, or a time would change while it is read.
    pub(super) fn new(rect: Rect, texts: &[RowText], shown: &mut usize) -> Self {
        let times: Vec<f64> = texts.iter().map(|text| text.seconds).collect();
        let decimals = decimals(&times).max(*shown);
        *shown = decimals;
        let widest = |length: &dyn Fn(&RowText) -> usize, least: usize, most: usize| {
            let letters = texts.iter().map(length).max().unwrap_or(0);
            letters.clamp(least, most) as f32 * LETTER
        };
        let number_right =
            rect.left() + size::PADDING + widest(&|text| text.number.chars().count(), 5, 17);
        let time = widest(&|text| format!("{:.decimals$}", text.seconds).len(), 7, 14);
        let time_right = number_right + GAP + time;
        let glyph = time_right + GAP + 6.0;
        let name = glyph + GAP;
        let who = widest(
            &|text| match &text.who[..] {
                [who] => who.id.to_string().len() + 1 + who.name.chars().count(),
                // A mark takes the room of two letters.
                many => many.iter().map(|who| who.id.to_string().len() + 3).sum(),
            },
            10,
            18,
        );
        let call = name + who + GAP;
        let right = rect.right() - size::PADDING;
        let took = right - 9.0 * LETTER;
        let half = (call + (took - call) * 0.5).round();
        // A result that needs more than its half takes it from the call: what came of it matters most.
        let longest = texts.iter().map(result_letters).max().unwrap_or(0);
        let needed = took - GAP - ARROW - (longest + 1) as f32 * LETTER;
        let least = (call + CALL_LEAST * LETTER).min(half);
        Self {
            number_right,
            time_right,
            glyph,
            name,
            call,
            result: needed.clamp(least, half).round(),
            took,
            right,
            decimals,
        }
    }
}

/// How many letters a row's result has, with the gaps between its parts.
fn result_letters(text: &RowText) -> usize {
    // The mark of a send is wider than a letter.
    let letters = |text: &str| text.chars().count() + text.matches('✓').count();
    let parts = text.result.iter().map(|part| letters(&part.text) + 2);
    let again = text.result.iter().any(|part| part.tone == Tone::Again);
    parts.sum::<usize>() - 2 * usize::from(!again)
}

/// A row's ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// That of its bar.
    Bare,
    /// Every other row is a shade apart.
    Even,
    Odd,
    /// Chosen.
    Chosen,
}

impl Look {
    pub(super) fn of(index: u64, chosen: bool) -> Self {
        match (chosen, index.is_multiple_of(2)) {
            (true, _) => Self::Chosen,
            (false, true) => Self::Even,
            (false, false) => Self::Odd,
        }
    }
}

/// The titles of the columns, and how many rows were let go.
pub(super) fn header_ui(ui: &Ui, rect: Rect, columns: &Columns, let_go: u64) {
    let p = theme::of(ui);
    let painter = ui.painter();
    let y = rect.center().y;
    let title = |x: f32, align: Align2, text: &str| {
        painter.text(pos2(x, y), align, text, Type::Label.font(), p.text2)
    };
    title(columns.number_right, Align2::RIGHT_CENTER, "#");
    title(columns.time_right, Align2::RIGHT_CENTER, "time s");
    title(columns.glyph - 6.0, Align2::LEFT_CENTER, "socket");
    let call = title(columns.call, Align2::LEFT_CENTER, "call");
    title(columns.result, Align2::LEFT_CENTER, "result");
    title(columns.right, Align2::RIGHT_CENTER, "took");
    painter.hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(size::LINE, p.hair),
    );
    if let_go > 0 {
        let noun = if let_go == 1 {
            "the oldest row was let go".to_owned()
        } else {
            format!("the oldest {} rows were let go", grouped(let_go))
        };
        let at = pos2(call.right() + GAP, rect.top());
        let response = ui.interact(
            Rect::from_min_max(at, pos2(columns.result - GAP, rect.bottom())),
            ui.scope_id().with("let go"),
            Sense::HOVER,
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &noun));
        let galley = line(ui, &noun, Type::Label, p.text3, response.rect.width());
        painter.galley(pos2(at.x, y - galley.size().y / 2.0), galley, p.text3);
    }
}

/// One row. Clicks are the response's.
pub(super) fn row_ui(
    ui: &Ui,
    rect: Rect,
    columns: &Columns,
    text: &RowText,
    number: RowNumber,
    look: Look,
) -> Response {
    let id = ui.scope_id().with(("log row", number.0));
    let response = ui.interact(rect, id, Sense::CLICK);
    response.widget_info(|| {
        let mut line = text.line(columns.decimals);
        if let Some(reach) = &text.reach {
            line = format!("{line}  ({reach})");
        }
        WidgetInfo::selected(Role::ListItem, true, look == Look::Chosen, line)
    });
    let p = theme::of(ui);
    paint_ground(ui, rect, look, response.hovered(), p);
    let y = rect.center().y;
    let painter = ui.painter();
    let small = |x: f32, text: &str, color| {
        painter.text(
            pos2(x, y),
            Align2::RIGHT_CENTER,
            text,
            Type::Mono.font(),
            color,
        )
    };
    small(columns.number_right, &text.number, p.text3);
    let time = format!("{:.*}", columns.decimals, text.seconds);
    small(columns.time_right, &time, p.text3);
    match &text.who[..] {
        [who] => {
            let (color, ..) = theme::role_colors(p, who.kind);
            paint_glyph(painter, pos2(columns.glyph, y), 12.0, who.kind, color);
            let name = format!("{} {}", who.id, who.name);
            put(ui, columns.name, y, &name, columns.call - GAP, p);
        }
        many => marks(ui, columns, y, many, p),
    }
    put(
        ui,
        columns.call,
        y,
        &text.statement,
        columns.result - GAP,
        p,
    );
    paint_result(ui, columns, y, text, p);
    let took = if text.waits { p.wait } else { p.text3 };
    small(columns.right, &text.took, took);
    response
}

/// The marks of a call on several sockets, side by side; those that have no room are counted.
fn marks(ui: &Ui, columns: &Columns, y: f32, sockets: &[Who], p: &Palette) {
    let end = columns.call - GAP;
    let mut x = columns.glyph;
    for (place, who) in sockets.iter().enumerate() {
        let id = who.id.to_string();
        let next = x + 9.0 + (id.len() + 1) as f32 * LETTER;
        let left = sockets.len() - place;
        let counted = if left > 1 { 2.0 * LETTER } else { 0.0 };
        if next + counted > end + LETTER {
            put(ui, x - 6.0, y, &format!("+{left}"), end, p);
            return;
        }
        let (color, ..) = theme::role_colors(p, who.kind);
        paint_glyph(ui.painter(), pos2(x, y), 12.0, who.kind, color);
        put(ui, x + 9.0, y, &id, end, p);
        x = next + 6.0;
    }
}

fn paint_ground(ui: &Ui, rect: Rect, look: Look, hovered: bool, p: &Palette) {
    let fill = match look {
        Look::Chosen => p.raised,
        _ if hovered => p.card,
        Look::Odd => p.card,
        Look::Even | Look::Bare => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 0.0, fill);
    if look == Look::Chosen || hovered {
        let mark = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        let color = if look == Look::Chosen { p.ink } else { p.ctl };
        ui.painter().rect_filled(mark, 0.0, color);
    }
}

fn paint_result(ui: &Ui, columns: &Columns, y: f32, text: &RowText, p: &Palette) {
    let mut x = columns.result;
    let painter = ui.painter();
    let again = text.result.iter().any(|part| part.tone == Tone::Again);
    if !text.waits {
        painter.text(
            pos2(x, y),
            Align2::LEFT_CENTER,
            "→",
            Type::Mono.font(),
            p.text3,
        );
        x += ARROW;
    }
    if again {
        paint_return_arrow(painter, pos2(x + 1.0, y), 14.0, p.again);
        x += 14.0;
    }
    let mut job = LayoutJob::default();
    for (index, part) in text.result.iter().enumerate() {
        let font = if part.strong {
            Type::MonoBold
        } else {
            Type::Mono
        };
        let leading = if index == 0 { 0.0 } else { 2.0 * LETTER };
        let format = TextFormat::simple(font.font(), tone_color(part.tone, p));
        job.append(&part.text, leading, format);
    }
    let galley = ui.painter().layout_job(cut(job, columns.took - GAP - x));
    ui.painter()
        .galley(pos2(x, y - galley.size().y / 2.0), galley, p.text);
}

pub(super) fn tone_color(tone: Tone, p: &Palette) -> Color32 {
    match tone {
        Tone::Plain => p.text,
        Tone::Quiet => p.text2,
        Tone::Again => p.again,
        Tone::Wait => p.wait,
        Tone::Error => p.err,
    }
}

fn put(ui: &Ui, x: f32, y: f32, text: &str, until: f32, p: &Palette) {
    let galley = line(ui, text, Type::Mono, p.text, until - x);
    ui.painter()
        .galley(pos2(x, y - galley.size().y / 2.0), galley, p.text);
}

/// One line of text, cut with `…` where it is wider than `width`.
fn line(ui: &Ui, text: &str, font: Type, color: Color32, width: f32) -> Arc<Galley> {
    let job = LayoutJob::simple_singleline(text.to_owned(), font.font(), color);
    ui.painter().layout_job(cut(job, width))
}

fn cut(mut job: LayoutJob, width: f32) -> LayoutJob {
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    job
}

/// A quiet sentence where there are no rows; returns where it stands.
pub(super) fn hint(ui: &Ui, rect: Rect, words: &str) -> Rect {
    let p = theme::of(ui);
    let at = pos2(
        rect.left() + size::PADDING,
        rect.top() + size::LOG_ROW / 2.0,
    );
    let galley = line(ui, words, Type::Label, p.text3, rect.width());
    let place = Rect::from_min_size(pos2(at.x, at.y - galley.size().y / 2.0), galley.size());
    ui.painter().galley(place.min, galley, p.text3);
    let response = ui.interact(place, ui.scope_id().with("log hint"), Sense::HOVER);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
    place
}

/// `▼ 12 new`, over the last rows.
pub(super) fn new_rows_button(ui: &Ui, rect: Rect, unseen: u64) -> Response {
    let p = theme::of(ui);
    let text = format!("{} new", grouped(unseen));
    let galley = ui
        .painter()
        .layout_no_wrap(text.clone(), Type::LabelBold.font(), p.onink);
    let place = Rect::from_center_size(
        pos2(rect.center().x, rect.bottom() - 16.0),
        vec2(galley.size().x + 34.0, 24.0),
    );
    let response = ui.interact(place, ui.scope_id().with("new rows"), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{text}, follow the log")));
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS_CHIP);
    painter.rect(
        place,
        radius,
        p.ink,
        Stroke::new(size::LINE, p.panel),
        StrokeKind::Outside,
    );
    let sign = pos2(place.left() + 14.0, place.center().y);
    paint_triangle(painter, sign, 8.0, Direction::Down, p.onink);
    let at = pos2(
        place.left() + 24.0,
        place.center().y - galley.size().y / 2.0,
    );
    painter.galley(at, galley, p.onink);
    focus_ring(ui, &response, place);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
