//! The receive buffer as a ribbon: a cell for each byte that really waits, filled those that the next receive takes.

use eframe::egui::{
    Align2, Color32, CornerRadius, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2,
};

use crate::model::call::Protocol;
use crate::model::payload::{byte_sign, visible};
use crate::model::queues::{self, ReceiveQueue, Unknown};
use crate::views::cards::fields::Fields;
use crate::views::cards::{Card, parse};
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;

use super::{LINE, bytes_text, fitting, gauge, line, put_more};

/// From one cell to the next, and a cell's height; a hair of the ground stays between two.
const PITCH: f32 = 16.0;
const CELL: f32 = 20.0;
/// Between a datagram's frame and its bytes.
const FRAME: f32 = 3.0;

/// The receive buffer; of UDP the next datagram.
pub(super) fn receive_ui(ui: &mut Ui, card: &Card<'_>, fields: &Fields) {
    let (flow, recording) = (card.shown.flow(), card.shown.recording);
    let unread = flow.unread(card.socket.id, recording, queues::CONTENT);
    let partner = flow.partner(card.socket.id);
    // In a lesson no card has an n: the bytes are shown as they lie there.
    let slim = super::super::are_slim(card.shown);
    let n = if slim {
        u32::MAX
    } else {
        parse::max(&fields.max).unwrap_or(0)
    };
    let sockets = recording.sockets();
    let Some(queue) = queues::receive(card.socket, sockets, partner, &unread, n) else {
        return;
    };
    let texts = Texts::new(&queue, n);
    let count = queue.bytes.unwrap_or(0);
    let ribbon = match queue.protocol {
        _ if count == 0 => 0.0,
        Protocol::Tcp => size::GAP + CELL,
        Protocol::Udp => size::GAP + CELL + 2.0 * FRAME,
    };
    let rect = gauge(ui, card, LINE + ribbon, &texts.words);
    let painter = ui.painter();
    let p = theme::of(ui);
    line(painter, p, rect, texts.what, &texts.value, &texts.asides);
    if count == 0 {
        return;
    }
    let colors = theme::role_colors(p, card.kind);
    let top = rect.top() + LINE + size::GAP;
    let area = Rect::from_min_max(pos2(rect.left(), top), rect.max);
    match queue.why_unknown {
        Some(why) if queue.content.is_empty() => bar(painter, p, area, colors, why),
        _ => cells(painter, p, area, colors, &queue),
    }
}

/// What the gauge says.
struct Texts {
    what: &'static str,
    value: String,
    /// Beside the value, the most telling first.
    asides: Vec<String>,
    /// All of it, with the bytes as text.
    words: String,
}

impl Texts {
    fn new(queue: &ReceiveQueue, n: u32) -> Self {
        let udp = queue.protocol == Protocol::Udp;
        let what = if udp {
            "next datagram"
        } else {
            "receive buffer"
        };
        let value = match queue.bytes {
            None => "not asked yet".to_owned(),
            Some(0) if !queue.is_empty() => "0 B: it is empty".to_owned(),
            Some(0) if udp => "none has come".to_owned(),
            Some(0) => "0 B, empty".to_owned(),
            Some(count) => bytes_text(count),
        };
        let waiting = queue
            .datagrams
            .filter(|count| *count > 1)
            .map(|count| format!("{count} wait"));
        let taken = if queue.cut() > 0 {
            Some(format!("recvfrom({n}) loses {}", bytes_text(queue.cut())))
        } else if !udp && queue.bytes.is_some_and(|bytes| bytes > queue.first_n) {
            Some(format!("recv({n}) takes the first {}", queue.first_n))
        } else {
            None
        };
        let both = [taken.clone(), waiting.clone()];
        let said: Vec<String> = both.into_iter().flatten().collect();
        // Where there is room for no more: that not all of it is taken.
        let briefly = taken.is_some() && !udp;
        let asides = [said.join(", ")]
            .into_iter()
            .chain(taken)
            .chain(briefly.then(|| format!("recv({n}) takes {}", queue.first_n)))
            .chain(waiting)
            .filter(|aside| !aside.is_empty())
            .collect();
        let mut words = format!("{what} {value}");
        if !queue.content.is_empty() {
            words = format!("{words}: \"{}\"", visible(&queue.content));
            let shown = queue.content.len();
            if queue.bytes.is_some_and(|bytes| bytes as usize > shown) {
                words.push('…');
            }
        }
        if let Some(why) = queue.why_unknown {
            words = format!("{words}; {}", why.words());
        }
        for aside in said {
            words = format!("{words}; {aside}");
        }
        Self {
            what,
            value,
            asides,
            words,
        }
    }
}

type RoleColors = (Color32, Color32, Color32);

/// Nothing but the count is known.
fn bar(painter: &Painter, p: &Palette, rect: Rect, colors: RoleColors, why: Unknown) {
    let (full, dim, hatch) = colors;
    let radius = CornerRadius::same(size::RADIUS_BOX);
    painter.rect_filled(rect, radius, dim);
    widgets::paint_hatch(painter, rect.shrink(1.0), Stroke::new(2.0, hatch), 8.0);
    painter.rect_stroke(
        rect,
        radius,
        Stroke::new(size::LINE, full),
        StrokeKind::Inside,
    );
    let galley = painter.layout_no_wrap(why.words().to_owned(), Type::Label.font(), p.text);
    let plate = Rect::from_center_size(rect.center(), vec2(galley.size().x + 8.0, 16.0));
    painter.rect_filled(plate, radius, dim);
    painter.galley(plate.center() - galley.size() / 2.0, galley, p.text);
}

/// A cell per byte; what is not known of them is hatched.
fn cells(painter: &Painter, p: &Palette, area: Rect, colors: RoleColors, queue: &ReceiveQueue) {
    let (full, _, _) = colors;
    let udp = queue.protocol == Protocol::Udp;
    let inset = if udp { FRAME } else { 0.0 };
    let inner = area.shrink(inset);
    let count = queue.bytes.unwrap_or(0);
    // As wide as the words of what may be left over.
    let (font, words) = (Type::Label.font(), format!("+ {}", bytes_text(count)));
    let width = painter.layout_no_wrap(words, font, p.text2).size().x + 4.0;
    let (shown, more) = fitting(count, inner.width(), PITCH, width + size::GAP);
    let place = |index: u32| {
        let left = inner.left() + index as f32 * PITCH;
        Rect::from_min_size(pos2(left, inner.top()), vec2(PITCH - 1.0, CELL))
    };
    for index in 0..shown {
        let byte = queue.content.get(index as usize).copied();
        cell(
            painter,
            p,
            place(index),
            colors,
            byte,
            index < queue.first_n,
        );
    }
    if more > 0 {
        let at = pos2(place(shown).left() + 2.0, inner.center().y);
        put_more(painter, at, &format!("+ {}", bytes_text(more)), p);
    }
    if !udp {
        return;
    }
    let right = if more > 0 {
        area.right()
    } else {
        place(shown).left() - 1.0 + FRAME
    };
    if queue.cut() > 0 {
        let from = place(queue.first_n.min(shown)).left();
        let stroke = Stroke::new(size::LINE_ICON, p.err);
        painter.hline(from..=right - FRAME, inner.center().y, stroke);
    }
    let frame = Rect::from_min_max(area.min, pos2(right, area.bottom()));
    let stroke = Stroke::new(size::LINE_ICON, full);
    widgets::paint_dashed_rect(
        painter,
        frame,
        f32::from(size::RADIUS_BOX),
        stroke,
        4.0,
        3.0,
    );
}

fn cell(
    painter: &Painter,
    p: &Palette,
    rect: Rect,
    colors: RoleColors,
    byte: Option<u8>,
    taken: bool,
) {
    let (full, dim, half) = colors;
    let radius = CornerRadius::same(2);
    let (ground, ink) = if taken {
        (full, p.onrole)
    } else {
        (dim, p.text)
    };
    painter.rect_filled(rect, radius, ground);
    if !taken {
        painter.rect_stroke(
            rect,
            radius,
            Stroke::new(size::LINE, half),
            StrokeKind::Inside,
        );
    }
    let Some(byte) = byte else {
        let hatch = if taken { dim } else { half };
        widgets::paint_hatch(painter, rect.shrink(1.0), Stroke::new(1.5, hatch), 6.0);
        return;
    };
    if byte == b' ' {
        painter.circle_filled(rect.center(), 2.0, ink);
        return;
    }
    let text = byte_sign(byte);
    let font = if text.len() == 1 {
        Type::MonoBold
    } else {
        Type::MonoEdge
    };
    painter.text(rect.center(), Align2::CENTER_CENTER, text, font.font(), ink);
}
