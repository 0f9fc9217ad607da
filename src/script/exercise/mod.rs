//! Exercises: what a learner is to make happen on real sockets, with hints from vague to exact.
//!
//! `assets/exercises/course.toml` holds them in the order of the course:
//!
//! ```toml
//! [[exercise]]
//! name = "refused"                  # kept in the settings once it is done
//! lesson = 11                       # which lesson it goes with
//! title = "Nobody is there"
//! task = "Get ECONNREFUSED from connect."
//! done = "connect was refused"      # said when it is
//! hints = ["Who answers at a port?", "Connect to a port where nobody listens."]
//! calls = '''…'''                   # the last hint: calls that do it, in the call language
//! goal = [{ call = "connect", answers = "ECONNREFUSED" }]
//! ```
//!
//! `goal` lists conditions, each met after the one before. One condition is one of
//!
//! - `call` and `answers`, which is what may stand after `# ->`; perhaps `host`, `protocol` (`tcp` or `udp`), `sends`
//!   (the bytes), `from_other = true` for a receive of what another socket sent, or `old_connection = true` for a bind
//!   that an old connection is in the way of;
//! - `call` and `waits`, seconds;
//! - `receives`, a text, and `times`, how many receives it takes;
//! - `merges`: bytes of so many sends come with one receive;
//! - `queued`: so many connections in one accept queue;
//! - `open`: so many sockets; `accepted`: so many that accept returned;
//! - `state`: a TCP state, such as `TIME-WAIT`;
//! - `datagram`: `cut`, `dropped` or `to itself`;
//!
//! and perhaps `same = "socket"` or `same = "address"`: it is about the socket, or the socket and the address, of the
//! condition before.

use std::sync::Arc;

use crate::model::goal::Goal;

use super::toml_file::FileError;

mod read;

pub use read::{MAX_TASK, parse};

/// Something to make happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// What it is called in the settings.
    pub name: String,
    /// The lesson it goes with, from 1.
    pub lesson: u32,
    /// What it is called on screen.
    pub title: String,
    /// What to make happen, at most [`MAX_TASK`] words.
    pub task: String,
    /// What is said when it has happened: `connect was refused`.
    pub done: String,
    /// Hints in words, from vague to exact.
    pub hints: Vec<String>,
    /// The last hint: calls that do it, in the call language.
    pub calls: String,
    /// What is to happen.
    pub goal: Goal,
}

impl Exercise {
    /// How many hints there are, the calls among them.
    pub fn hint_count(&self) -> usize {
        self.hints.len() + 1
    }
}

/// The exercises that ship, in the order of the course.
///
/// # Errors
/// None with the file that ships: a test reads it.
pub fn course() -> Result<Vec<Arc<Exercise>>, FileError> {
    let exercises = parse(include_str!("../../../assets/exercises/course.toml"))?;
    Ok(exercises.into_iter().map(Arc::new).collect())
}
