//! Lessons: a script with words around it, the programs it stands for, and questions where it can surprise.
//!
//! A lesson is a TOML file:
//!
//! ```toml
//! title = "TCP: reply in CAPITALS"
//! goal = "Two programs: one sends a line, the other sends it back in CAPITALS."
//!
//! [[program]]
//! name = "server"          # on its frame in the window, and in the steps below
//! file = "tcpServer.py"
//! role = "server"          # or "client", "peer"
//! threads = "one"          # optional; otherwise each socket has a thread of its own
//! source = '''
//! from socket import *
//!
//! server = socket(AF_INET, SOCK_STREAM)
//! '''
//! c = '''…'''              # optional: the same program in C
//!
//! [[step]]
//! program = "server"       # who does it; left out where nothing is called
//! line = 3                 # of its source
//! call = 'server = socket(AF_INET, SOCK_STREAM)  # -> ok'
//! say = "A server begins with a socket. It has no address yet."
//!
//! [[step]]
//! program = "server"
//! call = 'data = server.recv(1024)  # -> ENOTCONN'
//! say = "Nobody is connected to this socket."
//! needs = "neighbour"      # optional: only where another program on this computer takes part
//! question = { ask = "What will `recv(1024)` answer?", choices = [
//!     { text = "nothing yet: it waits", when = "waits" },
//!     { text = "an error", when = "ENOTCONN" },
//! ] }
//! card = { lecture = "What the lecture says.", system = "What your system does." }
//! set = { frame = 2 }      # optional: what the program's own variables hold when this line runs
//!
//! [[step]]
//! relay = 'relay: 127.0.0.1:5002 -> 127.0.0.1:5001, udp, lose 30%, seed 7'
//! say = "A relay stands between the two: it belongs to no program of the lesson."
//!
//! [neighbour]              # optional: what that other program does, in the call language
//! script = '''…'''
//! ```
//!
//! What is said at once has at most 40 words in two sentences. A `line` makes the call of its step, or calls a function
//! of the program's own. The first line of a `source` that begins with `'''` on a line of its own is the line after it.
//! A step without a `call` is a picture to look at. Where a lesson is played on other ports than its calls write, its
//! words and sources name those: a number in them that is a port of the calls means the port. `call` is one statement of
//! the call language; what it is expected to answer stands after `# ->`, as in scripts. A question is asked before its
//! step; its answer is what the call really answers, never what the file says: `when` is an expectation in the same
//! words, and the first choice whose expectation holds is the one that came true; of a call that waited, one that says
//! so. A `set` says what the program's own lines, between its calls, have made of a variable that holds a whole number.
//! With `text = true` instead of `choices` the learner writes the answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::event::{Role, Threading};

use super::ast::{Name, Script};
use super::expect::Expectation;

mod c_line;
mod compose;
mod judge;
mod ports;
mod prose;
mod read;
mod shelf;
mod variables;

pub use judge::{Answered, Happened, letter};
pub use read::{LessonError, MAX_LESSON, MAX_NEIGHBOUR, MAX_WORDS, parse};
pub use shelf::{ALL, Part, ShelfEntry, find};
pub use variables::{Holds, Variable};

/// A lesson.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// What it is called on screen.
    pub title: String,
    /// What is learnt in it, in one or two sentences.
    pub goal: String,
    /// The programs whose lines the steps are.
    pub programs: Vec<Program>,
    /// Its steps; step `i` is statement `i` of the script, and stands on line `i + 1` of it.
    pub steps: Vec<Step>,
    /// All steps as a script. Recordings of it name lines, which count the steps from 1.
    pub script: Arc<Script>,
    /// What another program does while the steps that need a neighbour are taken, in the call language.
    pub neighbour: Option<Arc<str>>,
}

/// A program of a lesson: what a learner would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name on the screen: a Python name.
    pub name: Name,
    /// The file it stands in, such as `tcpServer.py`.
    pub file: String,
    /// What it is for.
    pub role: Role,
    /// Which threads make its calls.
    pub threading: Threading,
    /// Its Python, lines counted from 1.
    pub source: String,
    /// The same in C.
    pub c: Option<String>,
}

/// A step: a call with what is said of it, or a picture to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is said, at most [`MAX_WORDS`] words.
    pub say: String,
    /// Which of the programs does it.
    pub program: Option<usize>,
    /// The line of that program's source.
    pub line: Option<u32>,
    /// What is asked before it.
    pub question: Option<Question>,
    /// Where the lecture simplifies.
    pub card: Option<Card>,
    /// Who must take part.
    pub needs: Needs,
    /// What the program's own lines have made of its variables when this line runs.
    pub set: Vec<(Name, i64)>,
}

/// Who must take part in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nobody else.
    Nobody,
    /// Another program, on this computer or in its neighbourhood.
    Neighbour,
}

/// What the lecture says beside what the system does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The lecture's words.
    pub lecture: String,
    /// What really happens.
    pub system: String,
}

/// A question before a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// How it is answered.
    pub answers: Answers,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// By one of two to four choices: A, B, C, D.
    Choices(Vec<Choice>),
    /// By a short text.
    Text,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its words.
    pub text: String,
    /// It came true when this holds of what the call did.
    pub when: Expectation,
}

/// What a learner thinks will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The choice at this place, from 0.
    Choice(usize),
    /// In words of their own.
    Text(String),
    /// They would rather not say.
    Skipped,
}

impl Lesson {
    /// The lesson without the steps that need a neighbour, for a place where there is none.
    #[must_use]
    pub fn alone(&self) -> Self {
        compose::without_neighbour(self)
    }

    /// Whether some step needs a neighbour.
    pub fn needs_neighbour(&self) -> bool {
        self.steps.iter().any(|step| step.needs == Needs::Neighbour)
    }

    /// The program that step `index` belongs to.
    pub fn program_of(&self, index: usize) -> Option<&Program> {
        self.programs.get(self.steps.get(index)?.program?)
    }

    /// The files of its programs without their ending, by the programs' names.
    pub fn file_names(&self) -> BTreeMap<String, String> {
        let stem = |file: &str| {
            file.rsplit_once('.')
                .map_or(file, |(stem, _)| stem)
                .to_owned()
        };
        let named = self.programs.iter();
        named
            .map(|program| (program.name.to_string(), stem(&program.file)))
            .collect()
    }

    /// Where each program stands before step `index`: the line of its source that was run last, and that which comes
    /// next.
    pub fn lines_at(&self, program: usize, index: usize) -> (Option<u32>, Option<u32>) {
        let (done, ahead) = self.steps.split_at(index.min(self.steps.len()));
        let line = |step: &Step| (step.program == Some(program)).then_some(step.line)?;
        (
            done.iter().rev().find_map(line),
            ahead.iter().find_map(line),
        )
    }
}
