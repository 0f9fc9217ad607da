//! Keys of a lesson: a teacher's presenter has PageDown and PageUp, a learner letters for the choices.

use eframe::egui::{self, Key, Modifiers};

use crate::script::lesson::{Answers, Guess};
use crate::views::{Action, LessonAction, Transport};

use super::App;

/// The keys of the choices, by letter and by number.
const CHOICES: [[Key; 2]; 4] = [
    [Key::A, Key::Num1],
    [Key::B, Key::Num2],
    [Key::C, Key::Num3],
    [Key::D, Key::Num4],
];

impl App {
    /// Whether a lesson takes the keys for stepping.
    pub(in crate::app) fn lesson_has_keys(&self) -> bool {
        let shown = self.session.shown(&self.settings);
        shown.lesson.is_some()
    }

    /// Takes the keys of the open lesson.
    pub(in crate::app) fn lesson_keys(&self, ctx: &egui::Context, actions: &mut Vec<Action>) {
        let shown = self.session.shown(&self.settings);
        let Some(lesson) = shown.lesson else { return };
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let mut push = |action| actions.push(Action::Lesson(action));
        if pressed(Key::PageDown) {
            push(LessonAction::Next);
        }
        if pressed(Key::PageUp) {
            push(LessonAction::Back);
        }
        if ctx.text_edit_focused() {
            return;
        }
        if let Some(question) = lesson.open_question() {
            if let Answers::Choices(choices) = &question.answers {
                for (place, keys) in CHOICES.iter().enumerate().take(choices.len()) {
                    if keys.iter().any(|key| pressed(*key)) {
                        push(LessonAction::Guess(Guess::Choice(place)));
                    }
                }
            }
            if pressed(Key::S) {
                push(LessonAction::Skip);
            }
        }
        // What has the keyboard takes Enter and Space itself.
        if ctx.memory(|memory| memory.focused().is_some()) {
            return;
        }
        if pressed(Key::Enter) {
            push(LessonAction::Next);
        }
        if pressed(Key::Space) {
            let steer = if lesson.runs {
                Transport::Pause
            } else {
                Transport::Play
            };
            actions.push(Action::Transport(steer));
        }
    }
}
