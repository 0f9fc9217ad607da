//! The `select` of a program: made from its title row, where its wait is shown and can be ended.

use std::time::Duration;

use eframe::egui::{Align2, Popup, Rect, Ui, pos2};

use crate::model::ladder::running_text;
use crate::model::socket::{Program, Selecting};
use crate::views::theme::{self, Type};
use crate::views::{Action, Shown};

use super::frames::{name_room, text_button, width};

/// How long the offered ones wait at most, seconds, with their words. The first is the usual one.
const LIMITS: [(Option<u64>, &str); 4] = [
    (Some(5), "wait 5 s at most"),
    (Some(30), "wait 30 s at most"),
    (None, "wait without limit"),
    (Some(0), "only look: 0 s"),
];
/// The control, or what waits now. Returns where the room left of it ends.
pub(super) fn select_ui(
    ui: &mut Ui,
    program: &Program,
    row: Rect,
    right: f32,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> f32 {
    match program.selects.first() {
        Some(select) => waiting_ui(ui, program, select, row, right, shown, actions),
        None => offer_ui(ui, program, row, right, shown, actions),
    }
}

fn offer_ui(
    ui: &mut Ui,
    program: &Program,
    row: Rect,
    right: f32,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> f32 {
    const LABEL: &str = "select ▾";
    let own = shown.recording.sockets().open();
    let open = own.filter(|socket| socket.program == program.id).count();
    let left = right - width(ui, LABEL, Type::LabelBold);
    if open == 0 || !shown.can_call() || left < row.left() + name_room(ui, program) {
        return right;
    }
    let rect = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
    let name = format!("{} select", program.name);
    let Some(button) = text_button(ui, rect, LABEL, &name, row) else {
        return right;
    };
    let what = match open {
        1 => "its socket".to_owned(),
        many => format!("its {many} sockets"),
    };
    Popup::menu(&button).gap(4.0).width(180.0).show(|ui| {
        ui.label(Type::Label.text(format!("select: {what}, for reading")));
        for (seconds, words) in LIMITS {
            if ui.button(words).clicked() {
                let limit = seconds.map(Duration::from_secs);
                actions.push(Action::Select(program.id, limit));
                ui.close();
            }
        }
    });
    button.on_hover_text(
        "One call that waits for all sockets of this program at once, until one can be read without waiting.",
    );
    left - 12.0
}

/// `select 3.2 s  Stop waiting`.
fn waiting_ui(
    ui: &mut Ui,
    program: &Program,
    select: &Selecting,
    row: Rect,
    right: f32,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> f32 {
    let since = select.pending.since.map_or(shown.now, |since| since.at);
    let waited = Duration::from_nanos(shown.now.saturating_sub(since));
    let text = format!("select {}", running_text(waited));
    let label = if right - width(ui, "Stop waiting", Type::LabelBold)
        < row.left() + name_room(ui, program)
    {
        "Stop"
    } else {
        "Stop waiting"
    };
    let mut left = right - width(ui, label, Type::LabelBold);
    let rect = Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
    let name = format!("Stop waiting {} select", program.name);
    if let Some(stop) = text_button(ui, rect, label, &name, row)
        && stop
            .on_hover_text("Ends the wait within a moment; its sockets stay as they are.")
            .clicked()
        && shown.can_call()
    {
        actions.push(Action::StopWaiting(select.pending.id));
    }
    let wide = width(ui, &text, Type::MonoBold);
    if left - 10.0 - wide >= row.left() + name_room(ui, program) {
        let at = pos2(left - 10.0, row.center().y);
        let color = theme::of(ui).wait;
        ui.painter()
            .text(at, Align2::RIGHT_CENTER, text, Type::MonoBold.font(), color);
        left -= 10.0 + wide;
    }
    left - 12.0
}
