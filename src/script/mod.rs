//! The call language, and what plays it.
//!
//! ```text
//! text --syntax--> Script --player--> Requests to a Network, Events back
//! ```
//!
//! - [`ast`]: what a script is made of, and back to text.
//! - [`syntax`]: text to [`ast::Script`], each error with its line and column.
//! - [`expect`]: what a script says a call should answer, and whether it did.
//! - [`options`]: how to play, and what came of it.
//! - [`player`]: a state machine that issues one statement after another; its clock is given.
//! - [`driver`]: the thread that runs players beside the window or the terminal.
//! - [`catalog`]: the scripts that ship with the program.
//! - [`lesson`]: scripts with words around them, programs beside them, and questions.
//! - [`exercise`]: what a learner is to make happen, with hints.
//! - [`toml_file`]: what both are read from.
//!
//! Nothing is ever evaluated: a script is a list of calls, not a program.

pub mod arguments;
pub mod ast;
pub mod catalog;
pub mod driver;
pub mod exercise;
pub mod expect;
pub mod lesson;
mod lexer;
mod line;
mod literal;
pub mod options;
pub mod player;
pub mod syntax;
pub mod toml_file;
