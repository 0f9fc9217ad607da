//! Exports on the disk: one file, or a folder of programs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::recording::Recording;

use super::program::{self, FileNames, Language, NotAProgram};
use super::{Format, write_file};

/// What a recording can be saved as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Export {
    /// One file of that format.
    OneFile(Format),
    /// A folder with one file for each program.
    Programs(Language),
}

/// What happens to a file that stands where one is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and that is said.
    Keep,
    /// It is replaced.
    Replace,
}

/// Why nothing, or not everything, was saved.
#[derive(Debug)]
pub enum SaveError {
    /// The session can't become programs.
    NotAProgram(NotAProgram),
    /// That file is there already and was to stay.
    Exists(PathBuf),
    /// That path can't be written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAProgram(why) => write!(f, "no program was written: {why}"),
            Self::Exists(path) => write!(f, "{} is there already", path.display()),
            Self::Io(path, error) => write!(f, "{} can't be written: {error}", path.display()),
        }
    }
}

impl std::error::Error for SaveError {}

impl Export {
    /// Saves the recording at `path`: a file, or for programs a folder, which is made where there is none. `names` is
    /// what programs are to be called.
    ///
    /// Each file is at any moment the old one or the whole new one.
    ///
    /// # Errors
    /// When the session can't become programs, a file is there that is to stay, or something can't be written.
    pub fn save(
        self,
        recording: &Recording,
        path: &Path,
        there: Existing,
        names: &FileNames,
    ) -> Result<(), SaveError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| SaveError::Io(path, error)
        };
        let keep = |path: &Path| match there {
            Existing::Keep if path.is_file() => Err(SaveError::Exists(path.to_owned())),
            _ => Ok(()),
        };
        match self {
            Self::OneFile(format) => {
                keep(path)?;
                write_file(path, |out| format.write(recording, out)).map_err(failed(path))
            }
            Self::Programs(language) => {
                let sources = program::sources_named(recording, language, names)
                    .map_err(SaveError::NotAProgram)?;
                let place = |source: &program::Source| path.join(&source.file_name);
                for source in &sources {
                    keep(&place(source))?;
                }
                std::fs::create_dir_all(path).map_err(failed(path))?;
                for source in &sources {
                    let path = place(source);
                    write_file(&path, |out| out.write_all(source.text.as_bytes()))
                        .map_err(failed(&path))?;
                }
                Ok(())
            }
        }
    }
}
