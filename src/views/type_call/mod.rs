//! The `>>>` line: a call typed as a learner would type it in Python.

use std::collections::VecDeque;

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    self, Align2, Id, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use super::theme::{self, Type, size};
use super::{Action, Shown};

mod suggest;

/// The longest line taken, letters.
const LINE_MAX: usize = 4096;
/// How many lines are remembered.
const HISTORY: usize = 100;

/// What the line remembers.
#[derive(Debug, Default)]
pub struct TypeCallState {
    /// What is typed.
    pub text: String,
    /// Why the last line was refused: the column, letters before it, and a sentence. Set by who reads the line; the line then
    /// stands in the field again.
    pub error: Option<(usize, String)>,
    submitted: Option<String>,
    history: VecDeque<String>,
    /// Which line of the history stands in the field, counted from the youngest.
    at: Option<usize>,
    /// What was typed before the history was looked into.
    draft: String,
}

impl TypeCallState {
    fn submit(&mut self, actions: &mut Vec<Action>) {
        let text = self.text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        if self.history.back() != Some(&text) {
            self.history.push_back(text.clone());
        }
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
        actions.push(Action::TypeCall(text.clone()));
        self.submitted = Some(text);
        self.text.clear();
        self.error = None;
        self.at = None;
    }

    /// Puts a refused line back for mending.
    fn take_back(&mut self) {
        if let (Some(line), true, true) = (
            self.submitted.take(),
            self.error.is_some(),
            self.text.is_empty(),
        ) {
            self.text = line;
        }
    }

    /// Goes so many lines back in the history, forward where negative. Says whether the text changed.
    fn recall(&mut self, back: isize) -> bool {
        let now = self.at.map_or(0, |at| at + 1);
        let wanted = now.saturating_add_signed(back).min(self.history.len());
        if wanted == now {
            return false;
        }
        if now == 0 {
            self.draft = std::mem::take(&mut self.text);
        }
        self.at = wanted.checked_sub(1);
        self.text = match self.at {
            Some(at) => self.history[self.history.len() - 1 - at].clone(),
            None => std::mem::take(&mut self.draft),
        };
        self.error = None;
        true
    }
}

/// The line in all of the space there is.
pub fn type_call_ui(
    ui: &mut Ui,
    state: &mut TypeCallState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    state.take_back();
    let p = theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    let prompt = pos2(rect.left() + size::PADDING, rect.center().y);
    let prompt = ui.painter().text(
        prompt,
        Align2::LEFT_CENTER,
        ">>>",
        Type::Code.font(),
        p.text2,
    );
    let field = Rect::from_min_max(
        pos2(prompt.right() + 8.0, rect.center().y - size::CONTROL / 2.0),
        pos2(
            rect.right() - size::PADDING,
            rect.center().y + size::CONTROL / 2.0,
        ),
    );
    let id = ui.scope_id().with("type a call");
    let ghost = keys(ui, id, state, shown);
    let entered = ui.memory(|memory| memory.has_focus(id))
        && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
    let hint = match shown.no_calls() {
        Some(why) => why.why().to_owned(),
        None => suggest::example(shown),
    };
    let output = ui
        .scope_builder(egui::UiBuilder::new().max_rect(field), |ui| {
            TextEdit::singleline(&mut state.text)
                .id(id)
                .font(Type::Code.font())
                .interactive(shown.can_call())
                .hint_text(Type::Code.colored(hint, theme::of(ui).text3))
                .char_limit(LINE_MAX)
                .lock_focus(ghost.is_some())
                .min_size(field.size())
                .desired_width(field.width() - 16.0)
                .align(Align2::LEFT_CENTER)
                .show(ui)
        })
        .inner;
    let response = output
        .response
        .response
        .clone()
        .accessible_name("Type a call");
    if response.changed() {
        state.error = None;
        state.at = None;
    }
    if state.text.is_empty() {
        let at = pos2(field.right() - 10.0, field.center().y);
        ui.painter().text(
            at,
            Align2::RIGHT_CENTER,
            "type a call",
            Type::Label.font(),
            p.text3,
        );
    } else if let Some(ghost) = suggest::completion(&state.text, shown)
        && response.has_focus()
    {
        let end = output.galley_pos + output.galley.rect.right_top().to_vec2();
        let painter = ui.painter().with_clip_rect(field.shrink(2.0));
        painter.text(end, Align2::LEFT_TOP, &ghost, Type::Code.font(), p.text3);
        let tab = pos2(field.right() - 10.0, field.center().y);
        painter.text(
            tab,
            Align2::RIGHT_CENTER,
            "Tab",
            Type::Label.font(),
            p.text3,
        );
    }
    if let Some((column, words)) = &state.error {
        let from = output.galley.pos_from_cursor(CCursor::new(*column));
        let mark = from.translate(output.galley_pos.to_vec2());
        error_ui(ui, field, mark, words);
    }
    if entered {
        state.submit(actions);
        response.request_focus();
    }
    ui.advance_cursor_after_rect(rect);
}

/// Tab completes, Up and Down walk through the history. Returns what Tab would add.
fn keys(ui: &Ui, id: Id, state: &mut TypeCallState, shown: &Shown<'_>) -> Option<String> {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return None;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let ghost = suggest::completion(&state.text, shown);
    let mut changed = false;
    if let Some(rest) = &ghost
        && pressed(Key::Tab)
    {
        state.text.push_str(rest);
        changed = true;
    }
    if pressed(Key::ArrowUp) {
        changed |= state.recall(1);
    }
    if pressed(Key::ArrowDown) {
        changed |= state.recall(-1);
    }
    if changed && let Some(mut edit) = TextEdit::load_state(ui.ctx(), id) {
        let end = CCursor::new(state.text.chars().count());
        edit.cursor.set_char_range(Some(CCursorRange::one(end)));
        edit.store(ui.ctx(), id);
    }
    ghost
}

/// Marks the column and says what is wrong, above the field.
fn error_ui(ui: &Ui, field: Rect, mark: Rect, words: &str) {
    let p = theme::of(ui);
    let painter = ui.painter();
    painter.rect_stroke(
        field,
        f32::from(size::RADIUS_CONTROL),
        Stroke::new(size::LINE_STRONG, p.err),
        StrokeKind::Inside,
    );
    let x = mark.left().clamp(field.left() + 4.0, field.right() - 12.0);
    painter.hline(
        x..=x + 8.0,
        mark.bottom() + 1.0,
        Stroke::new(size::LINE_STRONG, p.err),
    );
    egui::Area::new(ui.scope_id().with("type a call error"))
        .order(egui::Order::Foreground)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(pos2(field.left(), field.top() - 4.0))
        .show(ui.ctx(), |ui| {
            egui::Frame::new()
                .fill(p.card)
                .stroke(Stroke::new(size::LINE, p.err))
                .corner_radius(size::RADIUS_CONTROL)
                .inner_margin(8)
                .show(ui, |ui| {
                    ui.set_max_width(field.width() - 16.0);
                    ui.horizontal(|ui| {
                        let sign = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover()).0;
                        super::widgets::paint_warning(
                            ui.painter(),
                            sign.center(),
                            14.0,
                            p.err,
                            p.card,
                        );
                        let label = ui.label(Type::Code.text(words));
                        label.widget_info(|| WidgetInfo::labeled(Role::Alert, true, words));
                    });
                });
        });
}
