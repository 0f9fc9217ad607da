//! A program's frame: its name, whether one thread makes all its calls, another socket.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role as AccessRole, Sense, Stroke, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};

use crate::model::event::Threading;
use crate::model::socket::Program;
use crate::views::log::row::grouped;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{self, Direction};
use crate::views::{Action, Shown};

use super::TITLE;
use super::layout::{Group, Layout};
use super::select::select_ui;

/// The triangle before a program's name, points.
const TRIANGLE: f32 = 14.0;
/// What a line from above takes of a title row, points.
const LINKED: f32 = 20.0;

/// The frame and its title row. A program with one socket has the row only. A line from a folded program's row comes
/// down at the right end of a linked one.
pub(super) fn frame_ui(
    ui: &mut Ui,
    group: &Group,
    rect: Rect,
    linked: bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let sockets = Layout::sockets(group, shown.recording.sockets());
    if sockets > 1 {
        ui.painter().rect_stroke(
            rect.shrink2(vec2(1.0, 0.0)),
            CornerRadius::same(size::RADIUS_FRAME),
            Stroke::new(size::LINE_ICON, p.ctl),
            StrokeKind::Inside,
        );
    }
    let Some(program) = shown.recording.sockets().program(group.program) else {
        return;
    };
    let mut row = Rect::from_min_size(rect.min, vec2(rect.width(), TITLE - 4.0))
        .shrink2(vec2(size::PADDING, 0.0));
    if linked {
        row.set_right(row.right() - LINKED);
    }
    title_ui(ui, program, sockets, row, shown, actions);
}

fn title_ui(
    ui: &mut Ui,
    program: &Program,
    sockets: u64,
    row: Rect,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let mut right = row.right();
    if shown.is_a_relay(program.id) {
        let name = fold_button(ui, program, row, Direction::Down, actions);
        return relay_words(ui, name, row);
    }
    let add = text_button(
        ui,
        Rect::from_min_max(
            pos2(right - width(ui, "+ socket", Type::LabelBold), row.top()),
            pos2(right, row.bottom()),
        ),
        "+ socket",
        &format!("{} + socket", program.name),
        row,
    );
    if let Some(add) = add {
        right = add.rect.left() - 12.0;
        if add
            .on_hover_text("Makes another socket in this program")
            .clicked()
            && shown.can_call()
        {
            actions.push(Action::AddSocket(program.id));
        }
    }
    right = thread_switch(ui, program, row, right, shown, actions);
    right = select_ui(ui, program, row, right, shown, actions);
    let painter = ui.painter().with_clip_rect(
        Rect::from_min_max(row.min, pos2(right.max(row.left()), row.bottom()))
            .intersect(ui.clip_rect()),
    );
    let p = theme::of(ui);
    let room = Rect::from_min_max(row.min, pos2(right.max(row.left()), row.bottom()));
    let name = fold_button(ui, program, room, Direction::Down, actions);
    let words = match sockets {
        1 => "its own program".to_owned(),
        2 => "one program, two sockets".to_owned(),
        many => format!("one program, {} sockets", grouped(many)),
    };
    let left = name + 10.0;
    if left + width(ui, &words, Type::Label) <= right {
        painter.text(
            pos2(left, row.center().y),
            Align2::LEFT_CENTER,
            words,
            Type::Label.font(),
            p.text2,
        );
    }
}

/// A relay's threads and sockets are its own affair.
fn relay_words(ui: &Ui, name: f32, row: Rect) {
    if row.right() - width(ui, "relay", Type::Label) < name + GAP {
        return;
    }
    ui.painter().text(
        row.right_center(),
        Align2::RIGHT_CENTER,
        "relay",
        Type::Label.font(),
        theme::of(ui).text2,
    );
}

/// A program's name with the triangle that folds it to a row, or opens it. Returns where it ends, points.
pub(super) fn fold_button(
    ui: &mut Ui,
    program: &Program,
    row: Rect,
    direction: Direction,
    actions: &mut Vec<Action>,
) -> f32 {
    /// Fewer points than this show no name: not enough of it could be read.
    const NAME: f32 = 40.0;
    if row.width() < TRIANGLE {
        return row.left();
    }
    let room = row.width() - TRIANGLE;
    let mut job = LayoutJob::simple_singleline(
        program.name.clone(),
        Type::CodeBold.font(),
        Color32::PLACEHOLDER,
    );
    job.wrap = TextWrapping::truncate_at_width(room);
    let name = (room >= NAME).then(|| ui.painter().layout_job(job));
    let wide = TRIANGLE + name.as_ref().map_or(0.0, |name| name.size().x);
    let rect = Rect::from_min_size(row.min, vec2(wide, row.height()));
    let p = theme::of(ui);
    let opens = direction == Direction::Right;
    let verb = if opens { "unfold" } else { "fold" };
    let id = ui.scope_id().with(("fold program", program.id));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let name = format!("{} {verb} program", program.name);
        WidgetInfo::labeled(AccessRole::Button, true, name)
    });
    let tip = pos2(rect.left() + 4.0, rect.center().y);
    let color = if response.hovered() { p.text2 } else { p.text };
    widgets::paint_triangle(ui.painter(), tip, 8.0, direction, color);
    if let Some(name) = name {
        let at = pos2(
            rect.left() + TRIANGLE,
            rect.center().y - name.size().y / 2.0,
        );
        ui.painter().galley(at, name, color);
    }
    widgets::focus_ring(ui, &response, rect);
    let hover = if opens {
        "Shows the cards of this program"
    } else {
        "Folds this program to one row"
    };
    if response.on_hover_text(hover).clicked() {
        actions.push(Action::FoldProgram(program.id));
    }
    rect.right()
}

/// Between what stands in a title row, points; a name that ends there is not cut yet.
const GAP: f32 = 14.0;

/// What a program's name needs of its title row before anything else, points.
pub(super) fn name_room(ui: &Ui, program: &Program) -> f32 {
    /// A longer name is cut rather than everything else left out.
    const MOST: f32 = 120.0;
    let name = width(ui, &program.name, Type::CodeBold);
    (TRIANGLE + name + GAP).clamp(60.0, MOST)
}

/// The switch of a program with several sockets. Returns where the room left of it ends.
fn thread_switch(
    ui: &mut Ui,
    program: &Program,
    row: Rect,
    right: f32,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) -> f32 {
    const KNOB: f32 = 24.0;
    let p = theme::of(ui);
    let one = program.threading == Threading::OneThread;
    let words = width(ui, "one thread", Type::Label);
    let rect = Rect::from_min_max(
        pos2(right - words - KNOB - 6.0, row.top()),
        pos2(right, row.bottom()),
    );
    if rect.left() < row.left() + name_room(ui, program) {
        return right;
    }
    let id = ui.scope_id().with(("one thread", program.id));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let name = format!("{} one thread", program.name);
        WidgetInfo::selected(AccessRole::Switch, true, one, name)
    });
    ui.painter().text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        "one thread",
        Type::Label.font(),
        if response.hovered() || one {
            p.text
        } else {
            p.text2
        },
    );
    let knob = Rect::from_center_size(
        pos2(rect.right() - KNOB / 2.0, rect.center().y),
        vec2(KNOB, 14.0),
    );
    widgets::paint_switch(ui.painter(), knob, one, p);
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() && shown.can_call() {
        let other = if one {
            Threading::ThreadPerSocket
        } else {
            Threading::OneThread
        };
        actions.push(Action::SetThreading(program.id, other));
    }
    response.on_hover_text(
        "On: one thread makes all calls of this program, so a call that waits holds up the others. Off: each socket has a thread of its own.",
    );
    rect.left() - 12.0
}

/// A button of words only; `None` where the row has no room for it.
pub(super) fn text_button(
    ui: &mut Ui,
    rect: Rect,
    label: &str,
    name: &str,
    row: Rect,
) -> Option<Response> {
    if rect.left() < row.left() {
        return None;
    }
    let p = theme::of(ui);
    let id = ui.scope_id().with(name);
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Button, true, name));
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        label,
        Type::LabelBold.font(),
        if response.hovered() { p.text2 } else { p.text },
    );
    widgets::focus_ring(ui, &response, rect);
    Some(response)
}

pub(super) fn width(ui: &Ui, text: &str, font: Type) -> f32 {
    ui.painter()
        .layout_no_wrap(text.to_owned(), font.font(), Color32::PLACEHOLDER)
        .size()
        .x
}
