//! The question before a step, and after the step the guess beside what happened.

use eframe::egui::{
    CornerRadius, Frame, Key, Rect, Response, Role as AccessRole, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::model::socket::SocketTable;
use crate::script::lesson::{Answers, Guess, Question, letter};
use crate::views::buttons::{Icon, field, link, paint_icon};
use crate::views::theme::{self, Type, size};
use crate::views::widgets::focus_ring;
use crate::views::{Action, Shown};

use super::reply::Verdict;
use super::words::{Voice, job, plain, words_ui};
use super::{LessonAction, LessonShown, LessonsState, Reply};

/// The question with its choices or its field.
pub(super) fn question_ui(
    ui: &mut Ui,
    state: &mut LessonsState,
    lesson: &LessonShown<'_>,
    question: &Question,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    let sockets = shown.recording.sockets();
    tag_ui(ui, "Predict");
    ui.add_space(6.0);
    let voice = Voice::new(Type::Panel, Type::CodeBold, p.text);
    words_ui(ui, &question.ask, &voice, sockets);
    ui.add_space(8.0);
    let guess = lesson.guess(lesson.step);
    let mut push = |action| actions.push(Action::Lesson(action));
    match &question.answers {
        Answers::Choices(choices) => {
            for (place, choice) in choices.iter().enumerate() {
                let is_chosen = guess == Some(&Guess::Choice(place));
                let chosen = choice_ui(ui, place, &choice.text, is_chosen, sockets);
                if chosen.clicked() {
                    push(LessonAction::Guess(Guess::Choice(place)));
                }
                ui.add_space(size::GAP);
            }
        }
        Answers::Text => {
            let text = state.answer(lesson);
            let answer = field(ui, text, "Your answer", "your answer", false);
            if answer.changed() {
                push(LessonAction::Guess(Guess::Text(text.clone())));
            }
            let enter = ui.input(|input| input.key_pressed(Key::Enter));
            if answer.lost_focus() && enter {
                push(LessonAction::Next);
            }
            ui.add_space(size::GAP);
        }
    }
    ui.horizontal(|ui| {
        let (words, color) = match guess {
            Some(_) => ("Press Next to see if your system agrees.", p.text2),
            None if lesson.asked => ("Choose first, or press Next again to skip.", p.text),
            None => ("What do you think?", p.text2),
        };
        ui.label(Type::Label.colored(words, color));
        ui.with_layout(
            eframe::egui::Layout::right_to_left(eframe::egui::Align::Center),
            |ui| {
                let skip = link(ui, "skip", "Skip the question");
                if skip
                    .on_hover_text("Takes the step without a guess (S)")
                    .clicked()
                {
                    actions.push(Action::Lesson(LessonAction::Skip));
                }
            },
        );
    });
}

/// A word on a dark plate.
fn tag_ui(ui: &mut Ui, text: &str) {
    let p = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), Type::LabelBold.font(), p.onink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(12.0, 4.0), Sense::hover());
    let radius = CornerRadius::same(size::RADIUS_BOX);
    ui.painter().rect_filled(rect, radius, p.ink);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, p.onink);
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, text));
}

fn choice_ui(
    ui: &mut Ui,
    place: usize,
    text: &str,
    is_chosen: bool,
    sockets: &SocketTable,
) -> Response {
    const LEFT: f32 = 58.0;
    let p = theme::of(ui);
    let width = ui.available_width();
    let voice = Voice::new(Type::Body, Type::Code, p.text);
    let galley = ui
        .painter()
        .layout_job(job(text, &voice, sockets, p, width - LEFT - 10.0));
    let height = (galley.size().y + 16.0).max(size::CONTROL + 8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let name = format!("{}: {}", letter(place), plain(text));
    response.widget_info(|| {
        WidgetInfo::selected(AccessRole::RadioButton, ui.is_enabled(), is_chosen, &name)
    });
    let line = match (is_chosen, response.hovered()) {
        (true, _) => Stroke::new(size::LINE_STRONG, p.ink),
        (false, true) => Stroke::new(size::LINE, p.text2),
        (false, false) => Stroke::new(size::LINE, p.ctl),
    };
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    painter.rect(rect, radius, p.card, line, StrokeKind::Inside);
    let middle = rect.center().y;
    let center = pos2(rect.left() + 20.0, middle);
    painter.circle_stroke(center, 7.5, Stroke::new(size::LINE_ICON, p.text));
    if is_chosen {
        painter.circle_filled(center, 4.0, p.ink);
    }
    painter.text(
        pos2(rect.left() + 42.0, middle),
        eframe::egui::Align2::CENTER_CENTER,
        letter(place),
        Type::CodeBold.font(),
        p.text,
    );
    let at = pos2(rect.left() + LEFT, middle - galley.size().y / 2.0);
    painter.galley(at, galley, p.text);
    focus_ring(ui, &response, rect);
    response
}

/// The guess beside what happened.
pub(super) fn reply_ui(ui: &mut Ui, reply: &Reply<'_>, sockets: &SocketTable) {
    let p = theme::of(ui);
    let verdict = reply.verdict();
    Frame::new()
        .fill(p.card)
        .stroke(Stroke::new(size::LINE, p.hair))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(8)
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            verdict_ui(ui, verdict);
            let voice = Voice::new(Type::Body, Type::Code, p.text);
            words_ui(ui, &reply.sentence(), &voice, sockets);
        });
}

/// How a guess turned out: a sign and a word.
pub(super) fn verdict_ui(ui: &mut Ui, verdict: Verdict) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        let icon = match verdict {
            Verdict::Right => Some((Icon::Check, p.conn)),
            Verdict::Otherwise => Some((Icon::Close, p.text2)),
            Verdict::NoneOfThese | Verdict::Skipped => None,
        };
        if let Some((icon, color)) = icon {
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 16.0), Sense::hover());
            let place = Rect::from_center_size(rect.center(), vec2(14.0, 14.0));
            paint_icon(ui.painter(), place.center(), 14.0, icon, color);
        }
        ui.label(Type::BodyBold.colored(verdict.words(), p.text));
    });
}
