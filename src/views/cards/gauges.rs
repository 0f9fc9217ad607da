//! What waits in a socket's queues: bytes, datagrams, clients; and what the call that takes them would do.
//!
//! Each gauge is one node of the accessibility tree, which says in words what the picture shows.

use eframe::egui::{
    self, Align2, CornerRadius, Painter, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::model::call::{Method, Protocol};
use crate::model::lifecycle::Look;
use crate::model::queues::{self, AcceptQueue};
use crate::model::socket::SocketKind;
use crate::views::log::row::grouped;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;

use super::fields::Fields;
use super::{Card, waiting};

mod ribbon;

/// A gauge's line of words.
const LINE: f32 = 18.0;
/// A seat in the accept queue.
const SEAT: f32 = 24.0;

/// The queues of a card, and what comes of them.
pub(super) fn gauges_ui(ui: &mut Ui, card: &Card<'_>, fields: &Fields) {
    if card.socket.is_closed() {
        return;
    }
    accept_ui(ui, card);
    ribbon::receive_ui(ui, card, fields);
    send_ui(ui, card);
    drops_ui(ui, card);
    // In a lesson what a call would do is asked, not told.
    if !super::are_slim(card.shown) {
        outlook_ui(ui, card);
    }
}

/// A gauge's place, with its node in the accessibility tree and the same words on hover.
fn gauge(ui: &mut Ui, card: &Card<'_>, height: f32, words: &str) -> Rect {
    let (rect, response) = ui.allocate_exact_size(vec2(card.width, height), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(AccessRole::Label, ui.is_enabled(), card.name(words)));
    response.on_hover_text(words);
    rect
}

/// `accept queue` **`1 of 6`** `listen(5) holds 6 here`: of the last, the first of `asides` that fits.
fn line(painter: &Painter, p: &Palette, rect: Rect, what: &str, value: &str, asides: &[String]) {
    let y = rect.top() + LINE / 2.0;
    let put = |x: f32, text: &str, font: Type, color| {
        painter
            .text(pos2(x, y), Align2::LEFT_CENTER, text, font.font(), color)
            .right()
    };
    let x = put(rect.left(), what, Type::Label, p.text2) + 6.0;
    let x = put(x, value, Type::MonoBold, p.text) + 6.0;
    let fitting = asides.iter().find_map(|aside| {
        let galley = painter.layout_no_wrap(aside.clone(), Type::Label.font(), p.text3);
        (x + galley.size().x <= rect.right()).then_some(galley)
    });
    if let Some(galley) = fitting {
        painter.galley(pos2(x, y - galley.size().y / 2.0), galley, p.text3);
    }
}

/// The seats of the accept queue, with the clients in those that are taken.
fn accept_ui(ui: &mut Ui, card: &Card<'_>) {
    let clients = card.shown.flow().queued_clients(card.socket.id);
    let Some(queue) = queues::accept(card.socket, card.shown.recording.sockets(), &clients) else {
        return;
    };
    let rect = gauge(
        ui,
        card,
        LINE + size::GAP + SEAT,
        &accept_words(&queue, card),
    );
    let p = theme::of(ui);
    let value = format!(
        "{} of {}",
        grouped(queue.waiting.into()),
        grouped(queue.seats.into())
    );
    line(
        ui.painter(),
        p,
        rect,
        "accept queue",
        &value,
        &holds(&queue),
    );
    let top = rect.top() + LINE + size::GAP;
    let (shown, more) = fitting(queue.seats, rect.width(), SEAT + size::GAP, 56.0);
    for seat in 0..shown {
        let left = rect.left() + seat as f32 * (SEAT + size::GAP);
        let place = Rect::from_min_size(pos2(left, top), vec2(SEAT, SEAT));
        paint_seat(ui.painter(), p, place, &queue, seat);
    }
    if more > 0 {
        let at = pos2(
            rect.left() + shown as f32 * (SEAT + size::GAP) + 2.0,
            top + SEAT / 2.0,
        );
        put_more(ui.painter(), at, &format!("+ {}", grouped(more.into())), p);
    }
}

/// A dashed seat is free. In one that is taken sits a client: in its colour where it is certain which.
fn paint_seat(painter: &Painter, p: &Palette, rect: Rect, queue: &AcceptQueue, seat: u32) {
    let radius = f32::from(size::RADIUS_BOX);
    if seat >= queue.waiting {
        let stroke = Stroke::new(size::LINE, p.ctl);
        widgets::paint_dashed_rect(painter, rect, radius, stroke, 3.0, 2.0);
        return;
    }
    let own = queue.client(seat).is_some();
    let (fill, color) = if own {
        (p.client_dim, p.client)
    } else {
        (p.raised, p.text2)
    };
    let stroke = Stroke::new(size::LINE, color);
    painter.rect(
        rect,
        CornerRadius::same(size::RADIUS_BOX),
        fill,
        stroke,
        StrokeKind::Inside,
    );
    widgets::paint_glyph(painter, rect.center(), 12.0, SocketKind::Client, color);
}

fn holds(queue: &AcceptQueue) -> Vec<String> {
    let seats = grouped(queue.seats.into());
    queue
        .backlog
        .map(|backlog| format!("listen({backlog}) holds {seats} here"))
        .into_iter()
        .collect()
}

/// `accept queue 1 of 6: #2 client; listen(5) holds 6 here`.
fn accept_words(queue: &AcceptQueue, card: &Card<'_>) -> String {
    let sockets = card.shown.recording.sockets();
    let mut inside: Vec<String> = queue
        .clients
        .iter()
        .filter_map(|id| sockets.get(*id))
        .map(|client| format!("{} {}", client.id, client.name))
        .collect();
    let others = queue.others();
    if others > 0 {
        let count = grouped(others.into());
        inside.push(format!("{count} from outside, or closed since"));
    }
    let who = if inside.is_empty() {
        "nobody waits".to_owned()
    } else {
        inside.join(", ")
    };
    let (waiting, seats) = (grouped(queue.waiting.into()), grouped(queue.seats.into()));
    let mut words = format!("accept queue {waiting} of {seats}: {who}");
    for holds in holds(queue) {
        words = format!("{words}; {holds}");
    }
    words
}

/// What the system keeps of what was sent. In a low window there is no room for it, nor of UDP while it is nothing.
fn send_ui(ui: &mut Ui, card: &Card<'_>) {
    let Some(queue) = queues::send(card.socket).filter(|_| !card.compact) else {
        return;
    };
    if queue.protocol == Protocol::Udp && queue.bytes == 0 {
        return;
    }
    let count = bytes_text(queue.bytes);
    let words = format!("send buffer {count}: {}", queue.words());
    let rect = gauge(ui, card, LINE, &words);
    line(
        ui.painter(),
        theme::of(ui),
        rect,
        "send buffer",
        &count,
        &[queue.words().to_owned()],
    );
}

/// `3 datagrams dropped here: buffer full`.
fn drops_ui(ui: &mut Ui, card: &Card<'_>) {
    let Some(drops) = queues::drops(card.socket).filter(|drops| *drops > 0) else {
        return;
    };
    let noun = if drops == 1 { "datagram" } else { "datagrams" };
    let words = format!("{} {noun} dropped here: buffer full", grouped(drops.into()));
    let rect = gauge(ui, card, LINE, &words);
    let at = pos2(rect.left(), rect.center().y);
    let font = Type::LabelBold.font();
    ui.painter()
        .text(at, Align2::LEFT_CENTER, &words, font, theme::of(ui).err);
}

/// `70,000 B`.
fn bytes_text(count: u32) -> String {
    format!("{} B", grouped(count.into()))
}

/// How many of `count` things fit, each `pitch` wide, and how many are left over for the words at the end, which need
/// `words` of the width.
fn fitting(count: u32, width: f32, pitch: f32, words: f32) -> (u32, u32) {
    // The last one needs no gap behind it.
    let fits = |width: f32| ((width + size::GAP) / pitch) as u32;
    if count <= fits(width) {
        (count, 0)
    } else {
        let shown = fits(width - words);
        (shown, count - shown)
    }
}

/// What did not fit, in words.
fn put_more(painter: &Painter, at: egui::Pos2, text: &str, p: &Palette) {
    painter.text(at, Align2::LEFT_CENTER, text, Type::Label.font(), p.text2);
}

/// One line on what the call that takes things would do, while nothing waits in it.
fn outlook_ui(ui: &mut Ui, card: &Card<'_>) {
    let method = match (card.kind, card.socket.protocol) {
        (SocketKind::Listener, _) => Method::Accept,
        (_, Protocol::Udp) => Method::RecvFrom,
        _ => Method::Recv,
    };
    let forecast = card.forecast(method);
    let p = theme::of(ui);
    let color = match forecast.look {
        Look::WillWait => p.text2,
        Look::WouldBlock(_) => p.again,
        _ => return,
    };
    if waiting::waits(card.socket) {
        return;
    }
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
        if forecast.look == Look::WillWait {
            widgets::paint_hourglass(ui.painter(), rect.center(), 11.0, p.wait);
        } else {
            widgets::paint_return_arrow(ui.painter(), rect.center(), 13.0, p.again);
        }
        let text = format!("{method}: {}", forecast.reason);
        ui.add(egui::Label::new(Type::Label.colored(text, color)).truncate());
    });
}
