//! The text of a program as it is written, and which row each line is of.

use crate::model::payload::visible_text;
use crate::model::recording::RowNumber;

/// So many characters of something that happened stand in a line's comment.
const LONGEST: usize = 100;
/// So many lines a comment of its own has.
const MOST_LINES: usize = 4;
/// Where the comments behind the lines stand.
const COLUMN: usize = 44;

/// A text under way.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    line: u32,
    depth: usize,
    /// What begins a comment: `#`, `//`.
    comment: &'static str,
    lines: Vec<(u32, RowNumber)>,
}

impl Page {
    pub(super) fn new(comment: &'static str) -> Self {
        Self {
            text: String::new(),
            line: 0,
            depth: 0,
            comment,
            lines: Vec::new(),
        }
    }

    /// The text, and the line of each row.
    pub(super) fn finish(self) -> (String, Vec<(u32, RowNumber)>) {
        (self.text, self.lines)
    }

    /// Puts another text below.
    pub(super) fn append(&mut self, below: Self) {
        let line = self.line;
        self.text.push_str(&below.text);
        self.line += below.line;
        self.lines
            .extend(below.lines.into_iter().map(|(at, row)| (line + at, row)));
    }

    pub(super) fn indent(&mut self) {
        self.depth += 1;
    }

    pub(super) fn outdent(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn line(&mut self, code: &str) {
        self.commented(code, "");
    }

    /// A line of the program's own, with what is to be said behind it.
    pub(super) fn commented(&mut self, code: &str, comment: &str) {
        // A literal may be written over several lines.
        for (index, code) in code.split('\n').enumerate() {
            if !code.is_empty() {
                for _ in 0..self.depth {
                    self.text.push_str("    ");
                }
                self.text.push_str(code);
            }
            if index == 0 && !comment.is_empty() {
                let width = self.depth * 4 + code.chars().count();
                let gap = COLUMN.saturating_sub(width).max(2);
                self.text.extend(std::iter::repeat_n(' ', gap));
                self.push_comment(comment);
            }
            self.text.push('\n');
            self.line += 1;
        }
    }

    /// A line of a call, whose row it is lit with.
    pub(super) fn of_row(&mut self, row: Option<RowNumber>, code: &str, comment: &str) {
        self.lines.extend(row.map(|row| (self.line + 1, row)));
        self.commented(code, comment);
    }

    /// A comment of its own, over as many lines as it takes.
    pub(super) fn say(&mut self, words: &str) {
        let words = visible_text(words);
        let mut rest: &str = words.trim();
        for number in 1..=MOST_LINES {
            let end = if number == MOST_LINES {
                rest.len()
            } else {
                end_of_line(rest)
            };
            for _ in 0..self.depth {
                self.text.push_str("    ");
            }
            self.push_comment(&rest[..end]);
            self.text.push('\n');
            self.line += 1;
            rest = rest[end..].trim_start();
            if rest.is_empty() {
                break;
            }
        }
    }

    /// Notes the row whose comment comes next.
    pub(super) fn mark(&mut self, row: Option<RowNumber>) {
        self.lines.extend(row.map(|row| (self.line + 1, row)));
    }

    fn push_comment(&mut self, words: &str) {
        self.text.push_str(self.comment);
        self.text.push(' ');
        let words = visible_text(words);
        let words = words.trim();
        let end = end_of_line(words);
        let mut shown = words[..end].to_owned();
        if end < words.len() {
            shown.push_str(" …");
        }
        let shown = shown.trim();
        self.text.push_str(shown);
        // C joins a line that ends so with the next one.
        if shown.ends_with('\\') || shown.ends_with("??/") {
            self.text.push('.');
        }
    }
}

/// Where the first line of a text ends, in bytes: behind a word, where there is a space to end at.
fn end_of_line(text: &str) -> usize {
    let Some((most, _)) = text.char_indices().nth(LONGEST) else {
        return text.len();
    };
    // A space right behind the line ends a word as well.
    let last = text.floor_char_boundary(most + 1);
    let space = text[..last].rfind(' ').filter(|end| *end > 0);
    space.unwrap_or(most)
}

/// Seconds as a person says them.
pub(super) fn seconds(nanos: u64) -> String {
    let seconds = nanos as f64 / 1e9;
    if seconds < 1.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{seconds:.1} s")
    }
}
