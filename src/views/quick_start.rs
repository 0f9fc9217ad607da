//! The quick starts below the New socket panel: scripts that are played step by step.

use eframe::egui::{
    Align2, CornerRadius, Pos2, Rect, Response, Role as AccessRole, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::model::socket::SocketKind;
use crate::script::catalog;

use super::buttons::{Icon, paint_icon};
use super::theme::{self, Palette, Type, size};
use super::widgets::{Direction, focus_ring, paint_glyph, paint_triangle};
use super::{Action, Shown};

/// A script that is offered for playing.
#[derive(Clone, Copy, Debug)]
pub struct QuickStart {
    /// Its name in the catalogue.
    pub script: &'static str,
    /// What it is called on screen.
    pub title: &'static str,
    /// What to expect, in a few words.
    pub subtitle: &'static str,
    /// The roles that take part.
    pub glyphs: &'static [SocketKind],
    /// Whether they are equals: drawn joined.
    pub equals: bool,
}

impl QuickStart {
    /// Its name in the accessibility tree.
    pub fn accessible_name(&self) -> String {
        format!("Play {}", self.title)
    }
}

/// What is offered, in order.
pub const QUICK_STARTS: [QuickStart; 5] = [
    QuickStart {
        script: "tcp-capitalise",
        title: "TCP: reply in CAPITALS",
        subtitle: "a server and a client",
        glyphs: &[SocketKind::Listener, SocketKind::Client],
        equals: false,
    },
    QuickStart {
        script: "udp-capitalise",
        title: "UDP: reply in CAPITALS",
        subtitle: "no connection",
        glyphs: &[SocketKind::UdpPeer, SocketKind::UdpPeer],
        equals: false,
    },
    QuickStart {
        script: "side-by-side",
        title: "Non-blocking",
        subtitle: "a recv that never waits",
        glyphs: &[SocketKind::Client, SocketKind::Client],
        equals: false,
    },
    QuickStart {
        script: "peer-to-peer",
        title: "Peer to peer",
        subtitle: "both bound, no server",
        glyphs: &[SocketKind::UdpPeer, SocketKind::UdpPeer],
        equals: true,
    },
    QuickStart {
        script: catalog::CLASS_SERVER,
        title: "A server for the class",
        subtitle: "any program can connect",
        glyphs: &[SocketKind::Listener],
        equals: false,
    },
];

/// How it plays: said on hover, so that nobody fears to lose what they made.
const HOVER: &str = "Plays real calls step by step. Step: PageDown, play or pause: Space.";

/// What the last session is: said on hover.
pub const LAST_HOVER: &str = "Shows the session that was open when Sockeye was closed. Its sockets are closed: it is to read.";

/// The list, and the last session if one was kept.
pub fn quick_start_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for start in &QUICK_STARTS {
        let words = (start.title, start.subtitle);
        let row = row_ui(ui, &start.accessible_name(), words, |ui, center, p| {
            paint_glyphs(ui, center + vec2(14.0, 0.0), start, p);
        });
        if row.on_hover_text(HOVER).clicked() {
            actions.push(Action::Play(start.script.to_owned()));
        }
    }
    if shown.has_last {
        let words = ("Last session", "to read and replay");
        let row = row_ui(ui, "Open the last session", words, |ui, center, p| {
            paint_icon(ui.painter(), center, 14.0, Icon::Back, p.text2);
        });
        if row.on_hover_text(LAST_HOVER).clicked() {
            actions.push(Action::OpenLast);
        }
    }
}

/// A row whose sign is painted about the point that `sign` is given.
fn row_ui(
    ui: &mut Ui,
    name: &str,
    (title, subtitle): (&str, &str),
    sign: impl FnOnce(&Ui, Pos2, &Palette),
) -> Response {
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let p = theme::of(ui);
    let painter = ui.painter();
    let hot = response.hovered() || response.has_focus();
    if hot {
        let radius = CornerRadius::same(size::RADIUS_CONTROL);
        painter.rect_filled(rect, radius, p.raised);
    }
    sign(ui, pos2(rect.left() + 22.0, rect.center().y), p);
    let left = rect.left() + 48.0;
    let text = |y: f32, text: &str, font: Type, color| {
        painter.text(
            pos2(left, rect.top() + y),
            Align2::LEFT_CENTER,
            text,
            font.font(),
            color,
        );
    };
    text(9.0, title, Type::BodyBold, p.text);
    text(
        23.0,
        subtitle,
        Type::Label,
        if hot { p.text2 } else { p.text3 },
    );
    let tip = pos2(rect.right() - 8.0, rect.center().y);
    paint_triangle(painter, tip, 8.0, Direction::Right, p.text2);
    focus_ring(ui, &response, rect.shrink(2.0));
    response
}

/// Height of a quick start's row.
const ROW: f32 = 32.0;

/// Paints the roles that take part, the last ending at `right`.
pub fn paint_glyphs(ui: &Ui, right: Pos2, start: &QuickStart, p: &Palette) {
    let center = |index: usize| pos2(right.x - 6.0 - 16.0 * index as f32, right.y);
    if start.equals {
        let (color, ..) = theme::role_colors(p, start.glyphs[0]);
        let line = Stroke::new(size::LINE_STRONG, color);
        let ends = [center(0), center(start.glyphs.len() - 1)];
        ui.painter().line_segment(ends, line);
    }
    for (index, kind) in start.glyphs.iter().rev().enumerate() {
        let (color, ..) = theme::role_colors(p, *kind);
        paint_glyph(ui.painter(), center(index), 12.0, *kind, color);
    }
}

/// The same as glyph buttons, for the rail.
pub fn quick_start_rail_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    for start in &QUICK_STARTS {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), start.accessible_name())
        });
        let p = theme::of(ui);
        if response.hovered() || response.has_focus() {
            let radius = CornerRadius::same(size::RADIUS_CONTROL);
            ui.painter().rect_filled(rect.shrink(2.0), radius, p.raised);
        }
        let width = 16.0 * start.glyphs.len() as f32 - 4.0;
        let right = Rect::from_center_size(rect.center(), vec2(width, ROW)).right_center();
        paint_glyphs(ui, right, start, p);
        focus_ring(ui, &response, rect.shrink(4.0));
        let hover = format!("{}: {}. {HOVER}", start.title, start.subtitle);
        if response.on_hover_text(hover).clicked() {
            actions.push(Action::Play(start.script.to_owned()));
        }
    }
}
