//! The column that very many connections of one listener share: what they add up to.

use eframe::egui::{
    Align2, CornerRadius, Label, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::model::socket::{Connections, Socket, SocketKind};
use crate::views::buttons;
use crate::views::cards;
use crate::views::log::row::grouped;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;
use crate::views::{Action, Shown};

use super::layout::Crowd;

/// From one number to the next, points.
const LINE: f32 = 19.0;

/// The card. Returns the height it needs, points.
pub(super) fn crowd_ui(
    ui: &mut Ui,
    rect: Rect,
    crowd: Crowd,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> f32 {
    let sockets = shown.recording.sockets();
    let Some(listener) = sockets.get(crowd.listener) else {
        return 0.0;
    };
    let all = sockets.connections(listener.id).unwrap_or_default();
    let numbers = numbers(listener, all);
    ground(ui, rect, listener, &numbers);
    let inner = Rect::from_min_max(
        rect.min + vec2(size::PADDING, size::STRIP + 6.0),
        rect.max - vec2(size::PADDING, 0.0),
    );
    let builder = UiBuilder::new()
        .max_rect(inner)
        .id_salt(("crowd", listener.id));
    let inside = ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing = vec2(size::GAP, size::GAP);
        title_ui(ui, listener, inner.width());
        for (what, number) in &numbers {
            number_ui(ui, what, number, inner.width());
        }
        let color = theme::of(ui).text2;
        let words = Type::Label.colored(service_words(all), color);
        ui.add(Label::new(words).wrap());
        let own = match crowd.apart {
            0 => "None has a column of its own.".to_owned(),
            1 => "1 of them has a column of its own.".to_owned(),
            many => format!("{many} of them have columns of their own."),
        };
        ui.add(Label::new(Type::Label.colored(own, color)).wrap());
        // The newest are near the end.
        let is_one = |socket: &&Socket| socket.parent == Some(listener.id);
        if let Some(newest) = sockets.open().rev().find(is_one) {
            let name = format!("crowd of {} show the newest", listener.name);
            let link = buttons::link(ui, "show the newest", &name);
            if link
                .on_hover_text("Gives it a column as long as it is chosen; so does a click on a row of the log")
                .clicked()
            {
                actions.push(Action::SelectSocket(newest.id));
            }
        }
        ui.min_rect().height() + size::STRIP + 14.0
    });
    inside.inner
}

/// What is counted, and the counts.
fn numbers(listener: &Socket, all: Connections) -> Vec<(&'static str, String)> {
    let mut numbers = vec![("open", grouped(all.open()))];
    if let Some((waiting, _)) = listener.accept_queue() {
        numbers.push(("wait for accept", grouped(u64::from(waiting))));
    }
    numbers.extend([
        ("got an answer", grouped(all.served)),
        ("closed", grouped(all.closed)),
        ("bytes received", grouped(all.received)),
        ("bytes sent", grouped(all.sent)),
    ]);
    numbers
}

/// How they are served, in plain words.
fn service_words(all: Connections) -> String {
    let alone = all.open().saturating_sub(all.in_crowd);
    match all.in_crowd {
        0 => "All of them are served the same way; each call is a row of the log.".to_owned(),
        crowd => format!(
            "{} of the open ones have a thread each, which waits in recv. {} are non-blocking: one thread serves all \
             of those, each when it is ready.",
            grouped(alone),
            grouped(crowd),
        ),
    }
}

/// The ground, and what a screen reader says of the column.
fn ground(ui: &mut Ui, rect: Rect, listener: &Socket, numbers: &[(&str, String)]) {
    let p = theme::of(ui);
    let (full, ..) = theme::role_colors(p, SocketKind::Connection);
    let id = ui.scope_id().with(("crowd", listener.id));
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| {
        let said: Vec<String> = numbers
            .iter()
            .map(|(what, number)| format!("{number} {what}"))
            .collect();
        let name = format!("crowd of {}: {}", listener.name, said.join(", "));
        WidgetInfo::labeled(AccessRole::Group, true, name)
    });
    let radius = CornerRadius::same(size::RADIUS_CARD);
    ui.painter().rect_filled(rect, radius, p.card);
    let stroke = Stroke::new(size::LINE, p.hair);
    ui.painter()
        .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    cards::paint_strip(ui, rect, full);
}

/// Three glyphs for many, and whose they are.
fn title_ui(ui: &mut Ui, listener: &Socket, width: f32) {
    let p = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 24.0), Sense::hover());
    let (full, _, line) = theme::role_colors(p, SocketKind::Connection);
    let y = rect.center().y;
    for (place, color) in [(0.0, line), (6.0, line), (12.0, full)] {
        let at = pos2(rect.left() + 8.0 + place, y);
        widgets::paint_glyph(ui.painter(), at, 14.0, SocketKind::Connection, color);
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let title = painter.text(
        pos2(rect.left() + 36.0, y),
        Align2::LEFT_CENTER,
        "crowd",
        Type::CodeBold.font(),
        p.text,
    );
    painter.text(
        pos2(title.right() + 8.0, y),
        Align2::LEFT_CENTER,
        format!("accepted by {} {}", listener.id, listener.name),
        Type::Label.font(),
        p.text2,
    );
}

fn number_ui(ui: &mut Ui, what: &str, number: &str, width: f32) {
    let p = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, LINE - size::GAP), Sense::hover());
    let y = rect.center().y;
    let painter = ui.painter();
    let left = pos2(rect.left(), y);
    painter.text(left, Align2::LEFT_CENTER, what, Type::Label.font(), p.text2);
    painter.text(
        pos2(rect.right(), y),
        Align2::RIGHT_CENTER,
        number,
        Type::MonoBold.font(),
        p.text,
    );
}
