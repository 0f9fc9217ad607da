//! The end of a lesson: every guess beside the real answer, counted.

use eframe::egui::Ui;

use crate::views::buttons::BarButton;
use crate::views::theme::{self, Type, size};
use crate::views::{Action, Shown};

use super::question::reply_ui;
use super::reply::Verdict;
use super::words::{Voice, words_ui};
use super::{LessonAction, LessonShown, Reply};

/// How the questions of a lesson turned out.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary<'a> {
    /// The questions that were put, with their steps, from 0.
    pub replies: Vec<(usize, Reply<'a>)>,
}

impl<'a> Summary<'a> {
    /// Of the steps taken so far.
    pub fn of(lesson: &LessonShown<'a>, shown: &Shown<'_>) -> Self {
        let places = 0..lesson.taken;
        let replies = places
            .filter_map(|place| Some((place, lesson.reply(place, shown)?)))
            .collect();
        Self { replies }
    }

    /// How many turned out so.
    pub fn count(&self, verdict: Verdict) -> usize {
        let verdicts = self.replies.iter().map(|(_, reply)| reply.verdict());
        verdicts.filter(|other| *other == verdict).count()
    }

    /// `4 questions: 2 right, 1 otherwise, 1 skipped.`
    pub fn words(&self) -> String {
        let of = self.replies.len();
        if of == 0 {
            return "This lesson asks nothing.".to_owned();
        }
        let noun = if of == 1 { "question" } else { "questions" };
        let parts = [
            (Verdict::Right, "right"),
            (Verdict::Otherwise, "otherwise"),
            (Verdict::NoneOfThese, "none of these"),
            (Verdict::Skipped, "skipped"),
        ];
        let counted: Vec<String> = parts
            .into_iter()
            .map(|(verdict, word)| (self.count(verdict), word))
            .filter(|(count, word)| *count > 0 || *word == "right")
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        format!("{of} {noun}: {}.", counted.join(", "))
    }
}

/// The summary with what can be done next.
pub(super) fn summary_ui(
    ui: &mut Ui,
    lesson: &LessonShown<'_>,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.label(Type::Panel.colored("Summary", p.text));
    let sockets = shown.recording.sockets();
    let voice = Voice::new(Type::Subtitle, Type::CodeBold, p.text);
    words_ui(ui, &lesson.lesson.goal, &voice, sockets);
    let summary = Summary::of(lesson, shown);
    ui.label(Type::BodyBold.colored(summary.words(), p.text));
    buttons_ui(ui, lesson, shown, actions);
    let voice = Voice::new(Type::BodyBold, Type::Code, p.text);
    for (place, reply) in &summary.replies {
        ui.label(Type::Label.colored(format!("step {}", place + 1), p.text2));
        words_ui(ui, &reply.question.ask, &voice, sockets);
        reply_ui(ui, reply, sockets);
    }
}

fn buttons_ui(ui: &mut Ui, lesson: &LessonShown<'_>, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        if shown.course.after(lesson.id).is_some() {
            let next = BarButton::new("Next lesson").primary(true).show(ui);
            if next.clicked() {
                actions.push(Action::Lesson(LessonAction::NextLesson));
            }
        }
        if BarButton::new("Again").show(ui).clicked() {
            actions.push(Action::Lesson(LessonAction::Restart));
        }
        let programs = BarButton::new("Your clicks as a program").show(ui);
        if programs.clicked() {
            actions.push(Action::Lesson(LessonAction::Programs));
        }
    });
}
