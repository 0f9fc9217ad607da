//! What a NAME or FILE stands for: a script or a lesson that ships, or one from disk, or a saved session.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::import;
use crate::script::lesson;
use crate::script::syntax::{self, MAX_SCRIPT};
use crate::script::{Loaded, What, catalog, is_lesson};

use super::USAGE;
use super::play::complain;

/// The largest file read, in bytes.
const MAX_FILE: usize = if MAX_SCRIPT > lesson::MAX_LESSON {
    MAX_SCRIPT
} else {
    lesson::MAX_LESSON
};

/// A script or lesson by the name it ships under; a script, a lesson or a saved session from a file, or from standard
/// input where the name is `-`. What a file is, its content says.
pub(super) fn load(name: &Path) -> Result<Loaded, u8> {
    let shown = name.display().to_string();
    let script = name.to_str().and_then(catalog::find);
    let lesson = name.to_str().and_then(lesson::find);
    let fail = |message: String| {
        complain(&format!("{shown}: {message}"));
        USAGE
    };
    let (title, what) = match (script, lesson) {
        (Some(entry), _) => (entry.name.to_owned(), of_text(entry.text)),
        (None, Some(entry)) => (entry.name.to_owned(), of_text(entry.text)),
        (None, None) if is_saved_session(name) => {
            let session = import::read_file(name).map_err(|error| error.to_string());
            (
                shown.clone(),
                session.map(|session| What::Session(Box::new(session))),
            )
        }
        (None, None) => (shown.clone(), read(name).and_then(|text| of_text(&text))),
    };
    let what = what.map_err(fail)?;
    Ok(Loaded { title, what })
}

fn is_saved_session(path: &Path) -> bool {
    let mut beginning = [0; 16];
    let file = File::open(path).and_then(|mut file| file.read(&mut beginning));
    path != Path::new("-") && file.is_ok_and(|read| import::is_session(&beginning[..read]))
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

fn read(path: &Path) -> Result<String, String> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                "there is neither a script or lesson of this name nor such a file; `sockeye list` names them".to_owned()
            }
            _ => format!("it can't be opened: {error}"),
        })?;
        Box::new(file)
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its size says.
    input
        .take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("it can't be read: {error}"))?;
    if bytes.len() > MAX_FILE {
        return Err(format!(
            "it is larger than a script or lesson may be ({MAX_FILE} bytes)"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        format!("line {line} is not UTF-8 text")
    })
}
