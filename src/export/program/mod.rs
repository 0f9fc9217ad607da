//! A session as programs: what was clicked, as Python or C that runs by itself.
//!
//! One file for each program of the session; a listener and what it accepted are one. Each makes the same calls in the
//! same order on its own sockets, with what happened in comments. Calls of one program that overlapped are threads.
//!
//! What keeps the order between programs is what they exchange: a receive waits for its bytes. Where that does not do
//! and the order matters, a program says a number and the other waits for it, on standard output and input: a person
//! presses Enter, or the runner beside the programs, `run_all.py`, does. Nothing sleeps, and no call is added.
//!
//! What a recording no longer holds makes no program: [`NotAProgram`] says so.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use crate::model::call::ProgramId;
use crate::model::recording::{Recording, RowNumber};

mod c;
mod depend;
mod header;
mod kept;
mod names;
mod operation;
mod order;
mod page;
mod plan;
mod python;
mod runner;

pub use runner::FILE_NAME as RUNNER;
mod session;
mod settle;

use plan::Plan;
use session::Session;

/// What the programs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python 3.
    Python,
    /// C for POSIX systems.
    C,
}

impl Language {
    /// The ending of its files, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::C => "c",
        }
    }
}

/// What programs are to be called: file names without their ending, by the programs' names.
pub type FileNames = BTreeMap<String, String>;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name: letters, digits, underscores and an ending; no other file of the session has it.
    pub file_name: String,
    /// The program it is; `None`: it runs the others.
    pub program: Option<ProgramId>,
    /// What is in it.
    pub text: String,
    /// The lines of the rows, counted from 1, from top to bottom. A row that is left out has the line that says so.
    pub lines: Vec<(u32, RowNumber)>,
}

/// Why a recording can't be made into programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAProgram {
    /// Nothing was called.
    Nothing,
    /// So many of the oldest rows were let go.
    RowsLetGo(u64),
    /// It has so many calls.
    TooManyCalls(u64),
    /// Its payloads are so many bytes.
    TooManyBytes(u64),
    /// The bytes that this call sent were let go.
    BytesLetGo(RowNumber),
    /// That row stands for so many calls that were folded.
    Folded(RowNumber, u64),
    /// It is not known which program made that call.
    NoProgram(RowNumber),
    /// The user ended the wait of that connect, and the connection was made all the same.
    GoesOn(RowNumber),
    /// The user ended that sendall half-way.
    HalfSent(RowNumber),
    /// The call went to a port that the system had chosen, and nothing told the program which.
    PortNotKnown(RowNumber, SocketAddr),
}

impl fmt::Display for NotAProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => write!(f, "nothing was called yet: there is no program to write"),
            Self::RowsLetGo(count) => write!(
                f,
                "the oldest {count} calls were let go: this session is too long to become a program"
            ),
            Self::TooManyCalls(count) => write!(
                f,
                "{count} calls are too many: this session is too long to become a program"
            ),
            Self::TooManyBytes(count) => write!(
                f,
                "{count} bytes of payload are too many to stand in a program"
            ),
            Self::BytesLetGo(row) => write!(
                f,
                "the bytes of call {} were let go: this session is too long to become a program",
                row.0
            ),
            Self::Folded(row, count) => write!(
                f,
                "call {} stands for {count} calls that were counted together: they can't become a program",
                row.0
            ),
            Self::NoProgram(row) => write!(f, "it is not known which program made call {}", row.0),
            Self::GoesOn(row) => write!(
                f,
                "the wait of call {} was ended while its connection was made: a program can't do that",
                row.0
            ),
            Self::HalfSent(row) => write!(
                f,
                "call {} was ended half-way through its bytes: a program can't do that",
                row.0
            ),
            Self::PortNotKnown(row, address) => write!(
                f,
                "call {} went to {address}, a port that your system had chosen: the program could not know it",
                row.0
            ),
        }
    }
}

impl std::error::Error for NotAProgram {}

/// The programs of a session, and what runs them together where there are several.
///
/// Each is called as its frame is.
///
/// # Errors
/// When the recording no longer holds, or can't tell, what a program would need.
pub fn sources(recording: &Recording, language: Language) -> Result<Vec<Source>, NotAProgram> {
    sources_named(recording, language, &FileNames::new())
}

/// The same, with files called as `names` says. A name that can't be one, or is another's, is changed until it is one.
///
/// # Errors
/// As [`sources`].
pub fn sources_named(
    recording: &Recording,
    language: Language,
    names: &FileNames,
) -> Result<Vec<Source>, NotAProgram> {
    let session = Session::of(recording)?;
    let plan = Plan::of(recording, &session, language, names)?;
    let mut sources: Vec<Source> = plan
        .programs
        .iter()
        .map(|program| {
            let (text, lines) = match language {
                Language::Python => python::write(&plan, program),
                Language::C => c::write(&plan, program),
            };
            Source {
                file_name: format!("{}.{}", program.file, language.ending()),
                program: Some(program.id),
                text,
                lines,
            }
        })
        .collect();
    if sources.len() > 1 {
        sources.push(Source {
            file_name: runner::FILE_NAME.to_owned(),
            program: None,
            text: runner::write(&plan, language),
            lines: Vec::new(),
        });
    }
    Ok(sources)
}
