//! The log's tool bar: filter, Errors only, a chip per socket, count, Follow, Clear, Export log.

use eframe::egui::{
    self, Align, Align2, Button, CornerRadius, Key, Layout, Modifiers, Rect, Response, Role, Sense,
    Stroke, StrokeKind, TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use crate::model::call::SocketId;
use crate::model::socket::{Socket, SocketKind};
use crate::views::buttons::BarButton;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{Direction, focus_ring, paint_glyph, switch_chip};
use crate::views::{Action, Shown};

use super::row::grouped;
use super::{LogState, rows_of, sockets_of};

/// The height of the tool bar's chips.
const CHIP: f32 = 24.0;

pub(super) fn toolbar_ui(
    ui: &mut Ui,
    state: &mut LogState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.x = 8.0;
    if ui.ctx().content_rect().height() < size::LOG_STRIP_BELOW {
        let (rect, _) = ui.allocate_exact_size(vec2(size::FOLD, size::CONTROL), Sense::hover());
        if super::fold_button(ui, rect, "Fold the log", Direction::Down).clicked() {
            state.opened_low = false;
        }
    }
    ui.label(Type::BodyBold.text("Log"));
    filter_ui(ui, state);
    if toggle_chip(
        ui,
        "Errors only",
        "Errors only",
        None,
        state.query.errors_only,
    )
    .clicked()
    {
        state.query.errors_only = !state.query.errors_only;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if bar_button(ui, "Export log").clicked() {
            state.export_requested = true;
        }
        let clear = bar_button(ui, "Clear").on_hover_text("Hides the rows; the session keeps them");
        if clear.clicked() {
            actions.push(Action::ClearLog);
        }
        let follow = switch_chip(ui, state.follow, "Follow", "Follow the log");
        if follow.clicked() {
            if state.follow {
                state.stop_following(shown.recording);
            } else {
                state.resume();
            }
        }
        ui.label(Type::Label.colored(count_words(state, shown), theme::of(ui).text2));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            chips_ui(ui, state, shown);
        });
    });
}

fn filter_ui(ui: &mut Ui, state: &mut LogState) {
    let wants_focus = std::mem::take(&mut state.wants_focus)
        || ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F));
    let width = (ui.ctx().content_rect().width() * 0.2).clamp(200.0, 288.0);
    let p = theme::of(ui);
    let edit = TextEdit::singleline(&mut state.query.text)
        .id_salt("log filter")
        .font(Type::Label.font())
        .hint_text("filter: recv, EAGAIN, #2, 5000")
        .char_limit(200)
        .margin(egui::Margin {
            left: 28,
            right: 58,
            top: 4,
            bottom: 4,
        })
        .align(Align2::LEFT_CENTER);
    let response = ui.add_sized(vec2(width, CHIP + 2.0), edit);
    let response = response.accessible_name("Log filter");
    if wants_focus {
        response.request_focus();
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        state.query.text.clear();
    }
    let rect = response.rect;
    let lens = pos2(rect.left() + 13.0, rect.center().y - 1.0);
    let stroke = Stroke::new(size::LINE_ICON, p.text3);
    ui.painter().circle_stroke(lens, 4.0, stroke);
    ui.painter()
        .line_segment([lens + vec2(3.0, 3.0), lens + vec2(6.5, 6.5)], stroke);
    if state.query.text.is_empty() {
        key_plate(ui, rect, "Ctrl+F");
    } else {
        clear_filter(ui, rect, state);
    }
}

/// The way out of a filter that no row passes, behind the words that say so. Returns whether it was taken.
pub(super) fn all_rows_ui(ui: &mut Ui, words: Rect) -> bool {
    let place = Rect::from_min_size(
        pos2(words.right() + 12.0, words.center().y - size::LOG_ROW / 2.0),
        vec2(160.0, size::LOG_ROW),
    );
    let layout = Layout::left_to_right(Align::Center);
    let builder = UiBuilder::new().max_rect(place).layout(layout);
    let button = ui.scope_builder(builder, |ui| {
        let button = BarButton::new("Show all rows").font(Type::Label);
        button.sized(None, size::LOG_ROW).show(ui)
    });
    button.inner.clicked()
}

fn key_plate(ui: &Ui, field: Rect, key: &str) {
    let p = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(key.to_owned(), Type::Edge.font(), p.text2);
    let plate = Rect::from_center_size(
        pos2(
            field.right() - 8.0 - galley.size().x / 2.0 - 5.0,
            field.center().y,
        ),
        galley.size() + vec2(10.0, 2.0),
    );
    ui.painter().rect_stroke(
        plate,
        CornerRadius::same(size::RADIUS_BOX),
        Stroke::new(size::LINE, p.ctl),
        StrokeKind::Inside,
    );
    ui.painter()
        .galley(plate.center() - galley.size() / 2.0, galley, p.text2);
}

fn clear_filter(ui: &Ui, field: Rect, state: &mut LogState) {
    let place = Rect::from_center_size(
        pos2(field.right() - 14.0, field.center().y),
        vec2(24.0, 24.0),
    );
    let response = ui.interact(
        place,
        ui.scope_id().with("empty the filter"),
        Sense::click(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Empty the filter"));
    let p = theme::of(ui);
    let color = if response.hovered() { p.text } else { p.text2 };
    let stroke = Stroke::new(size::LINE_ICON, color);
    let arm = vec2(4.0, 4.0);
    let other = vec2(4.0, -4.0);
    let at = place.center();
    ui.painter().line_segment([at - arm, at + arm], stroke);
    ui.painter().line_segment([at - other, at + other], stroke);
    focus_ring(ui, &response, place.shrink(4.0));
    if response.clicked() {
        state.query.text.clear();
    }
}

fn count_words(state: &LogState, shown: &Shown<'_>) -> String {
    let calls = shown.recording.calls();
    let noun = if calls == 1 { "call" } else { "calls" };
    let all = format!("{} {noun}", grouped(calls));
    if state.query.is_open() {
        return all;
    }
    let found = rows_of(state, shown.recording).len();
    if state.finished {
        format!("{} of {all}", grouped(found))
    } else {
        format!("searching… {} of {all}", grouped(found))
    }
}

/// As many chips as there is room for; the rest in a menu.
fn chips_ui(ui: &mut Ui, state: &mut LogState, shown: &Shown<'_>) {
    const MENU: f32 = 64.0;
    let sockets: Vec<(SocketId, &str)> = sockets_of(shown).collect();
    let width = |id: SocketId| 36.0 + 7.5 * id.to_string().len() as f32 + 8.0;
    let total: f32 = sockets.iter().map(|(id, _)| width(*id)).sum();
    let room = ui.available_width()
        - if total > ui.available_width() {
            MENU
        } else {
            0.0
        };
    let mut used = 0.0;
    let fit = sockets
        .iter()
        .take_while(|(id, _)| {
            used += width(*id);
            used <= room
        })
        .count();
    for (id, name) in &sockets[..fit] {
        socket_chip(ui, state, shown, *id, name);
    }
    let rest = &sockets[fit..];
    if !rest.is_empty() && ui.available_width() >= MENU - 8.0 {
        ui.menu_button(Type::Label.text(format!("+{}", rest.len())), |ui| {
            egui::ScrollArea::vertical()
                .max_height(240.0)
                .show(ui, |ui| {
                    for (id, name) in rest {
                        let mut on = !state.query.hidden.contains(id);
                        if ui.checkbox(&mut on, format!("{id} {name}")).changed() {
                            toggle(state, *id);
                        }
                    }
                });
        })
        .response
        .on_hover_text("More sockets");
    }
}

fn socket_chip(ui: &mut Ui, state: &mut LogState, shown: &Shown<'_>, id: SocketId, name: &str) {
    let on = !state.query.hidden.contains(&id);
    let kind = shown.recording.sockets().get(id).map(Socket::kind);
    let spoken = format!("Rows of {id} {name}");
    let response = toggle_chip(ui, &id.to_string(), &spoken, kind, on);
    if response.clicked() {
        toggle(state, id);
    }
    response.context_menu(|ui| {
        if ui.button(format!("Only {id} {name}")).clicked() {
            state.query.hidden = sockets_of(shown)
                .map(|(other, _)| other)
                .filter(|other| *other != id)
                .collect();
        }
        if ui.button("All sockets").clicked() {
            state.query.hidden.clear();
        }
    });
    let word = if on { "shown" } else { "hidden" };
    response.on_hover_text(format!("{spoken} are {word}"));
}

fn toggle(state: &mut LogState, id: SocketId) {
    if !state.query.hidden.remove(&id) {
        state.query.hidden.insert(id);
    }
}

fn bar_button(ui: &mut Ui, label: &str) -> Response {
    ui.add(Button::new(Type::Label.text(label)).min_size(vec2(0.0, CHIP + 2.0)))
}

/// A chip that is on or off; off it is only an outline, and its glyph faded.
fn toggle_chip(
    ui: &mut Ui,
    label: &str,
    name: &str,
    kind: Option<SocketKind>,
    on: bool,
) -> Response {
    let p = theme::of(ui);
    let font = if on { Type::LabelBold } else { Type::Label };
    let bold = ui.painter().layout_no_wrap(
        label.to_owned(),
        Type::LabelBold.font(),
        egui::Color32::PLACEHOLDER,
    );
    let sign = if kind.is_some() { 18.0 } else { 0.0 };
    let wanted = vec2(bold.size().x + sign + 18.0, CHIP);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Switch, true, on, name));
    let edge = if response.hovered() { p.text } else { p.ctl };
    let fill = if on { p.raised } else { p.panel };
    ui.painter().rect(
        rect,
        CornerRadius::same(size::RADIUS_CHIP),
        fill,
        Stroke::new(size::LINE, edge),
        StrokeKind::Inside,
    );
    if let Some(kind) = kind {
        let (tint, ..) = theme::role_colors(p, kind);
        let color = if on { tint } else { p.text3 };
        paint_glyph(
            ui.painter(),
            pos2(rect.left() + 15.0, rect.center().y),
            12.0,
            kind,
            color,
        );
    }
    let color = if on { p.text } else { p.text3 };
    let at = pos2(rect.right() - 9.0, rect.center().y);
    ui.painter()
        .text(at, Align2::RIGHT_CENTER, label, font.font(), color);
    if !on && kind.is_some() {
        ui.painter().hline(
            rect.left() + 8.0..=rect.right() - 8.0,
            rect.center().y,
            Stroke::new(size::LINE, p.text3),
        );
    }
    focus_ring(ui, &response, rect);
    response
}
