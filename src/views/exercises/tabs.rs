//! Quick start or Exercises: the two titles of one place.

use eframe::egui::{
    Align2, Rect, Response, Role as AccessRole, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::views::Shown;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::focus_ring;

use super::ExercisesState;

/// The two titles, one in front. Says whether it is the exercises.
pub fn tabs_ui(ui: &mut Ui, state: &mut ExercisesState, shown: &Shown<'_>) -> bool {
    let (all, count) = (shown.exercises.all, shown.exercises.done);
    let (rect, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
    let in_front = &mut state.choices.in_front;
    let quick = tab_ui(ui, rect.left_top(), "Quick start", !*in_front);
    let second = pos2(quick.rect.right() + 16.0, rect.top());
    let exercises = tab_ui(ui, second, "Exercises", *in_front);
    if quick.clicked() {
        *in_front = false;
    }
    if exercises.clicked() {
        *in_front = true;
    }
    let p = theme::of(ui);
    let tally = format!("{count}/{}", all.len());
    let at = pos2(rect.right(), rect.center().y);
    let tally_rect = ui.painter().text(
        at,
        Align2::RIGHT_CENTER,
        &tally,
        Type::MonoEdge.font(),
        p.text2,
    );
    let named = ui.interact(
        tally_rect,
        ui.scope_id().with("exercises done"),
        Sense::HOVER,
    );
    let words = format!("{count} of {} exercises done", all.len());
    named.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, &words));
    named.on_hover_text(words);
    ui.add_space(size::GAP);
    *in_front
}

fn tab_ui(ui: &Ui, at: eframe::egui::Pos2, title: &str, chosen: bool) -> Response {
    let p = theme::of(ui);
    let color = if chosen { p.text } else { p.text2 };
    let galley = ui
        .painter()
        .layout_no_wrap(title.to_owned(), Type::Panel.font(), color);
    let rect = Rect::from_min_size(at, vec2(galley.size().x, size::CONTROL));
    let response = ui.interact(rect, ui.scope_id().with(title), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::Tab, true, chosen, format!("{title} tab"))
    });
    let hot = response.hovered() || chosen;
    let color = if hot { p.text } else { p.text2 };
    let middle = rect.center().y - galley.size().y / 2.0;
    ui.painter()
        .galley_with_override_text_color(pos2(rect.left(), middle), galley, color);
    if chosen {
        let line = Stroke::new(size::LINE_STRONG, p.text);
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 1.0, line);
    }
    focus_ring(ui, &response, rect);
    response
}
