//! A lesson on the projector: what is said of a step, its question with the choices, the answer beside them, the summary.

use std::sync::Arc;

use eframe::egui::{Align2, Galley, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::script::lesson::{Answered, Answers, Guess, Question};
use crate::views::lessons::{
    LessonAction, LessonShown, Reply, Summary, Verdict, Voice, job, letter, plain,
};
use crate::views::theme::Large;
use crate::views::{Action, Shown};

use super::said::Said;
use super::{CAPTION, Hall, MARGIN, at, named};

/// What stands in the place of the caption.
#[derive(Debug)]
pub(super) enum Page<'a> {
    /// The question before the next step.
    Asks(&'a Question, Option<&'a Guess>),
    /// What the last step's question came to, and what is said of the step.
    Answers(Reply<'a>, Said<'a>),
    /// What is said of the last step, where a caption does not hold it.
    Says(Said<'a>),
    /// The end of the lesson.
    Summary(Summary<'a>),
}

/// The letters of questions and answers, the largest that fit, each with the one for code.
const SIZES: [(Large, Large); 4] = [
    (Large::Caption, Large::Result),
    (Large::Counter, Large::Result),
    (Large::Title, Large::Data),
    (Large::NoteBold, Large::Byte),
];

/// Height of a choice and of a line of the question, lines; the room above and below.
const CHOICE: f32 = 80.0;
const ROW: f32 = 64.0;
const AROUND: f32 = 12.0;

/// What to show in place of the caption, if the lesson has something to ask or to answer.
pub(super) fn page<'a>(shown: &Shown<'a>) -> Option<Page<'a>> {
    let lesson: LessonShown<'a> = shown.lesson?;
    if lesson.summary {
        let summary = Summary::of(&lesson, shown);
        return Some(Page::Summary(summary));
    }
    let is_put = lesson.asked || lesson.guess(lesson.step).is_some();
    if let Some(question) = lesson.open_question().filter(|_| is_put) {
        return Some(Page::Asks(question, lesson.guess(lesson.step)));
    }
    let said = Said::of(&lesson);
    let reply = lesson
        .last()
        .and_then(|(place, _)| lesson.reply(place, shown));
    match reply {
        _ if lesson.waits_for_neighbour() => None,
        Some(reply) => Some(Page::Answers(reply, said)),
        None => said.caption().is_none().then_some(Page::Says(said)),
    }
}

/// What is said as a caption: of a step, or what the neighbour is to do.
pub(super) fn caption(shown: &Shown<'_>) -> Option<String> {
    let lesson = shown.lesson?;
    if lesson.waits_for_neighbour() {
        let words = "It waits for your neighbour. PageDown, and Sockeye plays one.";
        return Some(words.to_owned());
    }
    Said::of(&lesson).caption().map(str::to_owned)
}

impl Page<'_> {
    /// How high it is, lines; `None`: as high as there is room.
    pub(super) fn height(&self, ui: &Ui, hall: &Hall<'_>) -> Option<f32> {
        let (choices, said) = match self {
            Self::Asks(question, _) => (choices(question).count(), 0.0),
            Self::Answers(reply, said) => (told(reply).count(), said.height(ui, hall) + AROUND),
            Self::Says(said) => {
                return Some((said.height(ui, hall) + 2.0 * AROUND).max(CAPTION));
            }
            Self::Summary(_) => return None,
        };
        let head = self
            .head()
            .map_or(0.0, |words| heading(ui, hall, &words).size().y);
        let head = head / hall.unit;
        Some(head.max(ROW) + choices as f32 * CHOICE + said + 3.0 * AROUND)
    }

    /// The sentence above all else.
    fn head(&self) -> Option<String> {
        match self {
            Self::Asks(question, Some(Guess::Text(said))) => {
                Some(format!("{} {said}", question.ask))
            }
            Self::Asks(question, _) => Some(question.ask.clone()),
            Self::Answers(reply, _) => Some(reply.answer()),
            Self::Says(_) => None,
            Self::Summary(summary) => Some(summary.words()),
        }
    }

    /// Paints it.
    pub(super) fn ui(&self, ui: &mut Ui, hall: &Hall<'_>, rect: Rect, actions: &mut Vec<Action>) {
        ui.painter().rect_filled(rect, 0.0, hall.p.raised);
        let mut inside = rect.shrink2(vec2(hall.px(MARGIN), hall.px(AROUND)));
        if let Some(words) = self.head() {
            let head = heading(ui, hall, &words);
            let place = Rect::from_min_size(inside.min, head.size());
            ui.painter().galley(place.min, head, hall.p.text);
            named(ui, "page", place, Role::Heading, &plain(&words));
            inside.min.y = (place.bottom()).max(inside.top() + hall.px(ROW)) + hall.px(AROUND);
        }
        match self {
            Self::Asks(question, guess) => {
                for (row, (place, text)) in rows(hall, inside).zip(choices(question)) {
                    let is_chosen = *guess == Some(&Guess::Choice(place));
                    let look = Look {
                        is_chosen,
                        is_true: false,
                        note: is_chosen.then_some("your guess"),
                    };
                    if choice_ui(ui, hall, row, (place, text), look) {
                        let guess = LessonAction::Guess(Guess::Choice(place));
                        actions.push(Action::Lesson(guess));
                    }
                }
            }
            Self::Answers(reply, said) => {
                for (row, (place, text)) in rows(hall, inside).zip(told(reply)) {
                    let is_chosen = *reply.guess == Guess::Choice(place);
                    let look = Look {
                        is_chosen,
                        is_true: reply.answered == Answered::Choice(place),
                        note: is_chosen.then_some("your guess"),
                    };
                    choice_ui(ui, hall, row, (place, text), look);
                }
                inside.min.y += hall.px(CHOICE * told(reply).count() as f32 + AROUND);
                said.ui(ui, hall, inside);
            }
            Self::Says(said) => said.ui(ui, hall, inside),
            Self::Summary(summary) => summary_ui(ui, hall, inside, summary),
        }
    }
}

/// The sentence, as large as it fits into two lines.
fn heading(ui: &Ui, hall: &Hall<'_>, words: &str) -> Arc<Galley> {
    let width = hall.rect.width() - 2.0 * hall.px(MARGIN);
    largest(ui, hall, words, width, 2)
}

/// The words in the largest letters with which they take no more than so many rows.
pub(super) fn largest(
    ui: &Ui,
    hall: &Hall<'_>,
    words: &str,
    width: f32,
    most: usize,
) -> Arc<Galley> {
    let smallest = SIZES[SIZES.len() - 1];
    SIZES
        .into_iter()
        .map(|size| laid(ui, hall, words, width, size))
        .find(|galley| galley.rows.len() <= most)
        .unwrap_or_else(|| laid(ui, hall, words, width, smallest))
}

/// The words in the smallest letters.
pub(super) fn in_small(ui: &Ui, hall: &Hall<'_>, words: &str, width: f32) -> Arc<Galley> {
    laid(ui, hall, words, width, SIZES[SIZES.len() - 1])
}

fn laid(
    ui: &Ui,
    hall: &Hall<'_>,
    words: &str,
    width: f32,
    (text, code): (Large, Large),
) -> Arc<Galley> {
    let voice = Voice {
        text: hall.font(text),
        code: hall.font(code),
        color: hall.p.text,
    };
    let sockets = hall.shown.recording.sockets();
    ui.painter()
        .layout_job(job(words, &voice, sockets, hall.p, width))
}

/// The choices of a question with their places.
fn choices(question: &Question) -> impl Iterator<Item = (usize, &str)> {
    let choices = match &question.answers {
        Answers::Choices(choices) => choices.as_slice(),
        Answers::Text => &[],
    };
    choices
        .iter()
        .map(|choice| choice.text.as_str())
        .enumerate()
}

/// Those that are still of interest when the answer is there: what was guessed and what came true.
fn told<'a>(reply: &Reply<'a>) -> impl Iterator<Item = (usize, &'a str)> {
    let guessed = match reply.guess {
        Guess::Choice(place) => Some(*place),
        Guess::Text(_) | Guess::Skipped => None,
    };
    let came_true = match reply.answered {
        Answered::Choice(place) => Some(place),
        Answered::Other(_) => None,
    };
    let is_told = move |place| Some(place) == guessed || Some(place) == came_true;
    choices(reply.question).filter(move |(place, _)| is_told(*place))
}

/// Where choices stand, one below another.
fn rows(hall: &Hall<'_>, inside: Rect) -> impl Iterator<Item = Rect> {
    let high = hall.px(CHOICE);
    let size = vec2(inside.width(), high - hall.px(8.0));
    (0_u16..).map(move |row| {
        let top = inside.top() + high * f32::from(row);
        Rect::from_min_size(pos2(inside.left(), top), size)
    })
}

/// How a choice looks.
#[derive(Clone, Copy)]
struct Look {
    is_chosen: bool,
    /// It came true.
    is_true: bool,
    /// What is said of it at its end.
    note: Option<&'static str>,
}

/// A choice. Returns whether it was clicked.
fn choice_ui(
    ui: &mut Ui,
    hall: &Hall<'_>,
    row: Rect,
    (place, text): (usize, &str),
    look: Look,
) -> bool {
    let p = hall.p;
    let id = ui.scope_id().with(("choice", place));
    let response = ui.interact(row, id, Sense::click());
    let name = format!("{}: {}", letter(place), plain(text));
    let is_on = look.is_chosen || look.is_true;
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_on, &name));
    let (fill, color) = if look.is_true {
        (p.ink, p.onink)
    } else {
        (p.card, p.text)
    };
    let line = if look.is_chosen { 6.0 } else { 2.0 };
    let line = hall.stroke(line, if look.is_chosen { p.ink } else { p.ctl });
    ui.painter()
        .rect(row, hall.radius(10.0), fill, line, StrokeKind::Inside);
    let y = row.center().y;
    let left = row.left() + hall.px(28.0);
    let look_of = (letter(place).to_string(), Large::Result, color);
    let sign = (look_of.0.as_str(), look_of.1, look_of.2);
    hall.text(ui, at(left, y), Align2::LEFT_CENTER, sign, f32::INFINITY);
    let mut right = row.right() - hall.px(24.0);
    if let Some(note) = look.note {
        let words = (note, Large::NoteBold, color);
        let place = hall.text(ui, at(right, y), Align2::RIGHT_CENTER, words, f32::INFINITY);
        right = place.left() - hall.px(24.0);
    }
    let from = left + hall.px(60.0);
    let galley = largest(ui, hall, text, right - from, 1);
    let min = pos2(from, y - galley.size().y / 2.0);
    if look.is_true {
        ui.painter()
            .galley_with_override_text_color(min, galley, color);
    } else {
        ui.painter().galley(min, galley, color);
    }
    response.clicked()
}

/// Each question with how it turned out, as many as there is room for.
fn summary_ui(ui: &mut Ui, hall: &Hall<'_>, inside: Rect, summary: &Summary<'_>) {
    const HIGH: f32 = 112.0;
    let p = hall.p;
    let room = (inside.height() / hall.px(HIGH)).floor() as usize;
    for (index, (place, reply)) in summary.replies.iter().enumerate().take(room) {
        let top = inside.top() + hall.px(HIGH) * index as f32;
        let min = pos2(inside.left(), top);
        let row = Rect::from_min_size(min, vec2(inside.width(), hall.px(HIGH - 12.0)));
        let color = match reply.verdict() {
            Verdict::Right => p.conn,
            _ => p.text2,
        };
        let edge = Rect::from_min_size(row.min, vec2(hall.px(8.0), row.height()));
        ui.painter().rect_filled(edge, 0.0, color);
        let left = row.left() + hall.px(28.0);
        let asked = format!("{}. {}", place + 1, reply.question.ask);
        let answered = format!("{}: {}", reply.verdict().words(), reply.sentence());
        for (words, share) in [(&asked, 0.25), (&answered, 0.75)] {
            let y = row.top() + row.height() * share;
            let look = (words.replace('`', ""), Large::NoteBold, p.text);
            let look = (look.0.as_str(), look.1, look.2);
            hall.text(
                ui,
                at(left, y),
                Align2::LEFT_CENTER,
                look,
                row.right() - left,
            );
        }
        let words = plain(&format!("{asked} {answered}"));
        named(ui, ("answer", index), row, Role::Label, &words);
    }
}
