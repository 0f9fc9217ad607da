//! What ARCHITECTURE.md names, and whether it is there.

use std::fs;
use std::path::{Path, PathBuf};

/// The words between backticks that stand in the document's tables, in the column of tests, and its paths: each that
/// names nothing, with its line.
pub fn names_nothing(document: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut section = None;
    for (index, line) in document.lines().enumerate() {
        let spans = spans(line);
        if line.starts_with('#') {
            section = spans.first().copied();
        }
        let mut file = section;
        let paths = spans.iter().filter(|span| {
            ["src/", "tests/", "assets/"]
                .iter()
                .any(|folder| span.starts_with(folder))
        });
        for path in paths.filter(|path| !root().join(path).exists()) {
            missing.push(format!("  line {}: {path}", index + 1));
        }
        // The last column of a table's row; its head and the rule below it hold no name.
        let cell = line
            .strip_suffix('|')
            .and_then(|row| row.rsplit('|').next());
        for span in cell.map(self::spans).unwrap_or_default() {
            let there = if is_path(span) {
                file = Some(span);
                place(span).exists()
            } else {
                file.is_some_and(|file| has_test(file, span))
            };
            if !there {
                missing.push(format!("  line {}: {span}", index + 1));
            }
        }
    }
    missing
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where a file of the column of tests is: under `tests/`, or named from the root where the tests stand beside what they
/// test.
fn place(path: &str) -> PathBuf {
    if path.starts_with("src/") {
        root().join(path)
    } else {
        root().join("tests").join(path)
    }
}

fn is_path(span: &str) -> bool {
    span.contains(['.', '/'])
}

fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Whether a test of that name stands in that file, in the folder of its name, or in that folder itself.
fn has_test(path: &str, name: &str) -> bool {
    let path = place(path);
    let mut files = vec![path.clone()];
    if let Ok(folder) = fs::read_dir(path.with_extension("")) {
        files.extend(folder.filter_map(|entry| Some(entry.ok()?.path())));
    }
    // By hand, or in the list of a macro.
    let marks = [format!("fn {name}("), format!("    {name}: \"")];
    files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .any(|text| marks.iter().any(|mark| text.contains(mark)))
}
