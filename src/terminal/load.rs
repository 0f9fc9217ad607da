//! What a NAME or FILE stands for: a script or a lesson that ships, or one from disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

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

/// A script or lesson by the name it ships under, from a file, or from standard input where the name is `-`.
pub(super) fn load(name: &Path) -> Result<Loaded, u8> {
    let shown = name.display().to_string();
    let fail = |message: &dyn std::fmt::Display| {
        complain(&format!("{shown}: {message}"));
        USAGE
    };
    let script = name.to_str().and_then(catalog::find);
    let lesson = name.to_str().and_then(lesson::find);
    let (text, title) = match (script, lesson) {
        (Some(entry), _) => (entry.text.to_owned(), entry.name.to_owned()),
        (None, Some(entry)) => (entry.text.to_owned(), entry.name.to_owned()),
        (None, None) => (read(name)?, shown.clone()),
    };
    let what = if is_lesson(&text) {
        let lesson = lesson::parse(&text).map_err(|error| fail(&error))?;
        What::Lesson(Box::new(lesson))
    } else {
        What::Script(syntax::parse(&text).map_err(|error| fail(&error))?)
    };
    Ok(Loaded { title, what })
}

fn read(path: &Path) -> Result<String, u8> {
    let fail = |message: String| {
        complain(&format!("{}: {message}", path.display()));
        USAGE
    };
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => fail(
                "there is neither a script or lesson of this name nor such a file; `sockeye list` names them"
                    .to_owned(),
            ),
            _ => fail(format!("it can't be opened: {error}")),
        })?;
        Box::new(file)
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its size says.
    input
        .take(MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(format!("it can't be read: {error}")))?;
    if bytes.len() > MAX_FILE {
        return Err(fail(format!(
            "it is larger than a script or lesson may be ({MAX_FILE} bytes)"
        )));
    }
    if bytes.starts_with(b"{\"sockeye\"") {
        return Err(fail("this is a saved session, not a script".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        fail(format!("line {line} is not UTF-8 text"))
    })
}
