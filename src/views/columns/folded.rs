//! A socket folded to a narrow column: glyph, number, and its state turned upright.

use std::f32::consts::FRAC_PI_2;

use eframe::egui::epaint::TextShape;
use eframe::egui::{
    Align2, CornerRadius, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
};

use crate::model::lifecycle;
use crate::model::socket::Socket;
use crate::views::cards;
use crate::views::theme::{self, Type, size};
use crate::views::widgets;
use crate::views::{Action, Shown};

/// From its top to its upright words, points.
const WORDS: f32 = 62.0;

/// The narrow column. A click shows the card again.
pub(super) fn folded_ui(
    ui: &mut Ui,
    rect: Rect,
    socket: &Socket,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let kind = socket.kind();
    let (full, _, line) = theme::role_colors(p, kind);
    let id = ui.scope_id().with(("folded", socket.id));
    let response = ui.interact(rect, id, Sense::click());
    let word = lifecycle::badge(socket);
    response.widget_info(|| {
        let name = format!("{} folded, {word}", socket.name);
        WidgetInfo::labeled(AccessRole::Button, true, name)
    });
    let radius = CornerRadius::same(size::RADIUS_CARD);
    let ground = if response.hovered() { p.raised } else { p.card };
    ui.painter().rect_filled(rect, radius, ground);
    let stroke = if shown.selected == Some(socket.id) {
        Stroke::new(size::LINE_STRONG, full)
    } else {
        Stroke::new(size::LINE, p.hair)
    };
    ui.painter()
        .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    let color = if socket.is_closed() { line } else { full };
    cards::paint_strip(ui, rect, color);
    let center = rect.center().x;
    widgets::paint_glyph(
        ui.painter(),
        pos2(center, rect.top() + 22.0),
        16.0,
        kind,
        color,
    );
    ui.painter().text(
        pos2(center, rect.top() + 44.0),
        Align2::CENTER_CENTER,
        socket.id.to_string(),
        Type::MonoBold.font(),
        p.text,
    );
    // Words that would be cut say too little: the name stands alone, or nothing.
    let room = rect.height() - WORDS - 8.0;
    let words = [format!("{}   {word}", socket.name), socket.name.clone()];
    let galleys = words.map(|words| {
        let painter = ui.painter();
        painter.layout_no_wrap(words, Type::Mono.font(), p.text2)
    });
    if let Some(galley) = galleys.into_iter().find(|galley| galley.size().x <= room) {
        let at = pos2(center + galley.size().y / 2.0, rect.top() + WORDS);
        let text = TextShape::new(at, galley, p.text2).with_angle(FRAC_PI_2);
        ui.painter()
            .with_clip_rect(rect.intersect(ui.clip_rect()))
            .add(text);
    }
    widgets::focus_ring(ui, &response, rect);
    if response
        .on_hover_text(format!("{} {}: show its card", socket.id, socket.name))
        .clicked()
    {
        actions.push(Action::FoldColumn(socket.id));
    }
}
