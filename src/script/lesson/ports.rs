//! A lesson told with the ports really used.

use crate::script::moved::with_ports;

use super::{Answers, Lesson, Question};

impl Lesson {
    /// The same lesson where its ports were moved, `(written, used)`: what is said, asked and shown as code names the
    /// port used. Its script stays as it is written: its player moves the ports of the calls.
    #[must_use]
    pub fn on_ports(&self, moved: &[(u16, u16)]) -> Self {
        let told = |text: &mut String| *text = with_ports(text, moved).into_owned();
        let mut lesson = self.clone();
        told(&mut lesson.goal);
        for program in &mut lesson.programs {
            told(&mut program.source);
            program.c.iter_mut().for_each(told);
        }
        for step in &mut lesson.steps {
            told(&mut step.say);
            if let Some(card) = &mut step.card {
                told(&mut card.lecture);
                told(&mut card.system);
            }
            step.question = step
                .question
                .take()
                .map(|question| question.on_ports(moved));
        }
        lesson
    }
}

impl Question {
    /// The same question where ports were moved, `(written, used)`.
    #[must_use]
    pub fn on_ports(mut self, moved: &[(u16, u16)]) -> Self {
        let told = |text: &mut String| *text = with_ports(text, moved).into_owned();
        told(&mut self.ask);
        if let Answers::Choices(choices) = &mut self.answers {
            for choice in choices {
                told(&mut choice.text);
            }
        }
        self
    }
}
