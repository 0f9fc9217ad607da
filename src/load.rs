//! What a NAME or FILE stands for: a script or a lesson that ships, or one from disk, or a saved session.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use crate::import;
use crate::script::lesson;
use crate::script::syntax::{self, MAX_SCRIPT};
use crate::script::{Loaded, What, catalog, is_lesson};

/// The largest file read, in bytes.
const MAX_FILE: usize = if MAX_SCRIPT > lesson::MAX_LESSON {
    MAX_SCRIPT
} else {
    lesson::MAX_LESSON
};

/// Where a name is neither known nor a file's.
const NO_SUCH_NAME: &str =
    "there is neither a script or lesson of this name nor such a file; `sockeye list` names them";

/// A script or lesson by the name it ships under; a script, a lesson or a saved session from a file, or from standard
/// input where the name is `-`. What a file is, its content says.
///
/// May wait for a disk.
///
/// # Errors
/// One sentence that begins with the name: that it can't be read, or what is wrong in which line. It may quote the file:
/// to be shown as visible text.
pub fn load(name: &Path) -> Result<Loaded, String> {
    let shown = name.display().to_string();
    let script = name.to_str().and_then(catalog::find);
    let lesson = name.to_str().and_then(lesson::find);
    let (title, what) = match (script, lesson) {
        (Some(entry), _) => (entry.name.to_owned(), of_text(entry.text)),
        (None, Some(entry)) => (entry.name.to_owned(), of_text(entry.text)),
        (None, None) if shown == "-" => (shown.clone(), read_from(io::stdin().lock())),
        (None, None) => (shown.clone(), read(name, NO_SUCH_NAME)),
    };
    let what = what.map_err(|message| format!("{shown}: {message}"))?;
    Ok(Loaded { title, what })
}

/// A script, a lesson or a saved session from a file, whatever it is called.
///
/// # Errors
/// As [`load`].
pub fn load_file(path: &Path) -> Result<Loaded, String> {
    let title = path.display().to_string();
    match read(path, "there is no such file") {
        Ok(what) => Ok(Loaded { title, what }),
        Err(message) => Err(format!("{title}: {message}")),
    }
}

fn of_text(text: &str) -> Result<What, String> {
    if is_lesson(text) {
        let lesson = lesson::parse(text).map_err(|error| error.to_string())?;
        Ok(What::Lesson(Box::new(lesson)))
    } else {
        let script = syntax::parse(text).map_err(|error| error.to_string())?;
        Ok(What::Script(script))
    }
}

/// What a file holds; `missing` says that there is none.
fn read(path: &Path, missing: &str) -> Result<What, String> {
    let cant_open = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => missing.to_owned(),
        _ => format!("it can't be opened: {error}"),
    };
    let kind = std::fs::metadata(path).map_err(cant_open)?;
    // To open a pipe waits for who writes into it, which may be nobody.
    if !kind.is_file() && !kind.is_dir() {
        return Err("it is no file on a disk: `-` reads what is piped in".to_owned());
    }
    let file = File::open(path).map_err(cant_open)?;
    let mut input = BufReader::new(file);
    let beginning = input.fill_buf().map_err(|error| cant_read(&error))?;
    if import::is_session(beginning) {
        let session = import::read_file(path).map_err(|error| error.to_string())?;
        return Ok(What::Session(Box::new(session)));
    }
    read_from(input)
}

fn cant_read(error: &io::Error) -> String {
    format!("it can't be read: {error}")
}

/// What is read, told by how it begins.
fn read_from(mut input: impl BufRead) -> Result<What, String> {
    let beginning = input.fill_buf().map_err(|error| cant_read(&error))?;
    if import::is_session(beginning) {
        let session =
            import::read(input.take(import::MAX_FILE)).map_err(|error| error.to_string())?;
        return Ok(What::Session(Box::new(session)));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its size says.
    let mut input = input.take(MAX_FILE as u64 + 1);
    input
        .read_to_end(&mut bytes)
        .map_err(|error| cant_read(&error))?;
    if bytes.len() > MAX_FILE {
        return Err(format!(
            "it is larger than a script or lesson may be ({MAX_FILE} bytes)"
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        format!("line {line} is not UTF-8 text")
    })?;
    of_text(&text)
}
