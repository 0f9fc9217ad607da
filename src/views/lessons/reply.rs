//! A guess beside what the system did, in words.

use crate::script::lesson::{Guess, letter};

use super::Reply;

/// How a guess turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It came true.
    Right,
    /// Something else that was offered came true.
    Otherwise,
    /// Nothing that was offered came true: nobody is wrong.
    NoneOfThese,
    /// Nobody guessed.
    Skipped,
}

impl Verdict {
    /// How it is said.
    pub fn words(self) -> &'static str {
        match self {
            Self::Right => "As you said",
            Self::Otherwise => "Otherwise",
            Self::NoneOfThese => "None of these",
            Self::Skipped => "Skipped",
        }
    }
}

impl Reply<'_> {
    /// How the guess turned out.
    pub fn verdict(&self) -> Verdict {
        match (self.guess, self.right) {
            (Guess::Skipped, _) => Verdict::Skipped,
            (_, Some(true)) => Verdict::Right,
            (_, Some(false)) => Verdict::Otherwise,
            (_, None) => Verdict::NoneOfThese,
        }
    }

    /// What was said, as a sentence; nothing where nobody said anything.
    pub fn said(&self) -> String {
        match self.guess {
            Guess::Choice(choice) => format!("You said {}.", letter(*choice)),
            Guess::Text(text) => format!("You said `{}`.", text.trim().replace('`', "'")),
            Guess::Skipped => String::new(),
        }
    }

    /// What the system did, as a sentence, with the letter of the choice that this makes true.
    pub fn answer(&self) -> String {
        self.question
            .told(&self.happened, |words| match words.replace('`', "'") {
                words if is_code(&words) => format!(" `{words}`"),
                words => format!(": {words}"),
            })
    }

    /// Both: `You said A. Your system answered 13: A.`
    pub fn sentence(&self) -> String {
        format!("{} {}", self.said(), self.answer())
            .trim_start()
            .to_owned()
    }
}

/// Whether these words of an answer are a value or an errno, not words about it.
fn is_code(words: &str) -> bool {
    words != "ok" && (!words.contains(' ') || words.contains(['"', '(']))
}
