//! What a call reaches: arrows to other lines, seats, births.

use eframe::egui::{Align2, Color32, Pos2, Rect, Ui};

use crate::model::call::{Method, SocketId};
use crate::model::exchange::{Destination, Exchange};
use crate::model::flow::Load;
use crate::model::recording::CallEntry;
use crate::model::socket::{Socket, SocketKind};
use crate::views::projector::lanes::Lane;
use crate::views::projector::parts::{Arrow, Sizes};
use crate::views::projector::{Hall, at};
use crate::views::theme::{self, Large};
use crate::views::widgets::paint_glyph;

use super::art::{Art, edge_towards};

/// What breaks a connection, as the window's ladder says it.
pub(super) const RESET: &str = "RST";
/// Bytes of a payload that an arrow shows.
const PAYLOAD: usize = 20;

impl Art<'_> {
    /// The arrow of a call that stands alone, to the line it reaches: from its box, or beyond what is `told` beside it.
    pub(super) fn reach(
        &self,
        ui: &Ui,
        entry: &CallEntry,
        ((rect, told), from): ((Rect, Rect), &Lane),
        to: &Lane,
        y: f32,
    ) {
        let hall = self.hall;
        let p = hall.p;
        let (color, _, faint) = theme::role_colors(p, from.kind);
        let begin = at(self.begin((rect, told), to.x), y);
        let gap = if to.x < begin.x {
            hall.px(14.0)
        } else {
            -hall.px(14.0)
        };
        let end = at(to.x + gap, y + hall.px(8.0));
        let sizes = self.sizes;
        match entry.method() {
            Method::Connect if from.kind == SocketKind::UdpPeer => {}
            Method::Connect => {
                hall.arrow(
                    ui,
                    (begin, end),
                    (Arrow::Handshake, faint),
                    &handshake(hall),
                );
                let seat = hall.seat(ui, at(to.x, end.y + hall.px(40.0)));
                paint_glyph(ui.painter(), seat.center(), hall.px(28.0), from.kind, color);
                let beside = at(seat.right() + hall.px(16.0), seat.center().y);
                // Not into the box that it comes from.
                let room = if rect.left() > beside.x {
                    rect.left() - beside.x - hall.px(8.0)
                } else {
                    hall.inset(hall.rect).right() - beside.x
                };
                let fits = |text: &&str| hall.text_width(ui, text, Large::Note) <= room;
                if let Some(text) = ["in the accept queue", "in its queue"]
                    .iter()
                    .find(|text| fits(text))
                {
                    let look = (*text, Large::Note, p.text2);
                    hall.plate(ui, beside, Align2::LEFT_CENTER, look, f32::INFINITY);
                }
            }
            Method::Close if self.resets(entry) => {
                let label = (RESET, sizes.data, p.err);
                hall.arrow(ui, (begin, end), (Arrow::Thin, p.err), &[label]);
            }
            Method::Close | Method::Shutdown => {
                let label = ("end", sizes.data, p.text);
                hall.arrow(ui, (begin, end), (Arrow::Thin, color), &[label]);
            }
            method if method.sends() => {
                let arrow = if method == Method::SendTo {
                    Arrow::Datagram
                } else {
                    Arrow::Data
                };
                let texts = payload(entry, None);
                let labels = labels(hall, sizes, &texts);
                hall.arrow(ui, (begin, end), (arrow, color), &labels);
                ui.painter()
                    .circle_filled(at(to.x, end.y), hall.px(14.0), color);
                self.lies_here(ui, entry, to, end, begin.x);
            }
            _ => {}
        }
    }

    /// Whether bytes were left unread by a close: then it is no end that TCP sends.
    fn resets(&self, entry: &CallEntry) -> bool {
        let sockets = self.hall.shown.recording.sockets();
        let socket = entry.socket.and_then(|id| sockets.get(id));
        socket
            .and_then(Socket::unread)
            .is_some_and(|unread| unread > 0)
    }

    /// What waits where it landed, in words, on the side where nothing stands.
    fn lies_here(&self, ui: &Ui, entry: &CallEntry, to: &Lane, landing: Pos2, from_x: f32) {
        let hall = self.hall;
        let is_now = hall.now().is_some_and(|now| now.has(entry.number));
        let sockets = hall.shown.recording.sockets();
        let unread = sockets.get(to.socket).and_then(Socket::unread);
        let Some(count) = unread.filter(|count| *count > 0 && is_now) else {
            return;
        };
        let text = match count {
            1 => "1 byte waits here".to_owned(),
            many => format!("{many} bytes wait here"),
        };
        let area = hall.inset(hall.rect);
        let gap = hall.px(30.0);
        let look = (text.as_str(), Large::Note, hall.p.text2);
        let wide = hall.text_width(ui, &text, Large::Note);
        if from_x > to.x {
            let from = at((landing.x - gap * 2.0).min(to.x - gap), landing.y);
            if from.x - wide >= area.left() {
                hall.plate(ui, from, Align2::RIGHT_CENTER, look, f32::INFINITY);
            }
        } else {
            let from = at(to.x + gap, landing.y);
            if from.x + wide <= area.right() {
                hall.plate(ui, from, Align2::LEFT_CENTER, look, f32::INFINITY);
            }
        }
    }

    /// The arrow to another program, or from one: over the edge of the picture, with the address there. Returns where
    /// it goes, or comes from.
    pub(super) fn outside(
        &self,
        ui: &Ui,
        exchange: &Exchange,
        (rect, lane): (Rect, &Lane),
        y: f32,
    ) -> Option<f32> {
        let hall = self.hall;
        let p = hall.p;
        let entry = &exchange.call;
        let method = entry.method();
        let (address, is_lost) = match (exchange.outside, exchange.to) {
            (Some(address), _) | (_, Some(Destination::Outside(address))) => (address, false),
            (_, Some(Destination::Lost)) => (entry.call.address()?, true),
            _ => return None,
        };
        let words = if is_lost && method == Method::Connect {
            format!("{address} refuses")
        } else if is_lost {
            format!("nobody at {address}")
        } else {
            format!("another program, {address}")
        };
        let (color, ..) = theme::role_colors(p, lane.kind);
        let area = hall.inset(hall.rect);
        let to_right = area.right() - rect.right() >= rect.left() - area.left();
        let (edge, far, anchor) = if to_right {
            (rect.right(), area.right(), Align2::RIGHT_TOP)
        } else {
            (rect.left(), area.left(), Align2::LEFT_TOP)
        };
        let texts = payload(entry, None);
        let (way, color, labels) = if exchange.outside.is_some() {
            let none: &[(&str, Large, Color32)] = &[];
            ((at(far, y), at(edge, y)), p.text2, none.to_vec())
        } else if method == Method::Connect {
            ((at(edge, y), at(far, y)), color, handshake(hall).to_vec())
        } else {
            let labels = labels(hall, self.sizes, &texts);
            ((at(edge, y), at(far, y)), color, labels.to_vec())
        };
        let look = if method == Method::Connect {
            Arrow::Handshake
        } else if lane.kind == SocketKind::UdpPeer {
            Arrow::Datagram
        } else {
            Arrow::Data
        };
        hall.arrow(ui, way, (look, color), &labels);
        let below = at(far, y + hall.px(18.0));
        let words = (words.as_str(), Large::Note, p.text2);
        hall.plate(ui, below, anchor, words, f32::INFINITY);
        if is_lost {
            hall.cross(ui, at(far, y));
        }
        Some(far)
    }

    /// The connection's seat in the accept queue, and the way from it into accept.
    pub(super) fn seat(&self, ui: &Ui, taken: Rect, listener: &Lane, client: &Lane) {
        let hall = self.hall;
        let (color, ..) = theme::role_colors(hall.p, client.kind);
        let y = self.area.center().y;
        let seat = hall.seat(ui, at(listener.x, y));
        paint_glyph(
            ui.painter(),
            seat.center(),
            hall.px(28.0),
            client.kind,
            color,
        );
        let end = edge_towards(taken, listener.x);
        let way = if taken.center().x < listener.x {
            (at(seat.left(), y), at(end + hall.px(2.0), y))
        } else {
            (at(seat.right(), y), at(end - hall.px(2.0), y))
        };
        hall.arrow(ui, way, (Arrow::Seat, color), &[]);
    }

    /// From accept to the line of the new socket: level, over the listener's own.
    pub(super) fn birth(&self, ui: &Ui, from: Rect, born: SocketId, y: f32) {
        let hall = self.hall;
        let p = hall.p;
        let Some(lane) = self.lanes.of(born) else {
            return;
        };
        let (color, ..) = theme::role_colors(p, lane.kind);
        let begin = at(edge_towards(from, lane.x), y);
        let end = at(lane.x - hall.px(24.0), y);
        let label = ("new socket", Large::NoteBold, color);
        hall.arrow(ui, (begin, end), (Arrow::Thin, color), &[label]);
        paint_glyph(ui.painter(), at(lane.x, y), hall.px(56.0), lane.kind, color);
    }
}

/// What travels, as an arrow says it: the bytes, or where they have no room how many.
pub(super) fn payload(entry: &CallEntry, load: Option<Load>) -> [String; 2] {
    if let Some(Load::Bytes { len, of, .. }) = load
        && len < of
    {
        return [format!("{len} of {of} bytes"), format!("{len} of {of} B")];
    }
    let count = format!("{} B", entry.bytes_moved);
    let text = entry
        .call
        .payload()
        .map_or_else(|| count.clone(), |payload| payload.python(PAYLOAD));
    [text, count]
}

/// The wordings of an arrow's label, the one preferred first.
pub(super) fn labels<'a>(
    hall: &Hall<'_>,
    sizes: Sizes,
    texts: &'a [String; 2],
) -> [(&'a str, Large, Color32); 4] {
    let color = hall.p.text;
    [
        (&texts[0], sizes.data, color),
        (&texts[0], Large::Code, color),
        (&texts[1], sizes.data, color),
        (&texts[1], Large::Code, color),
    ]
}

pub(super) fn handshake(hall: &Hall<'_>) -> [(&'static str, Large, Color32); 2] {
    let color = hall.p.text2;
    [
        ("handshake: your system", Large::Note, color),
        ("handshake", Large::Note, color),
    ]
}
