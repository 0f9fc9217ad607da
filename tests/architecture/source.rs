//! Rust sources as tokens, without comments and without what only tests see: just enough of a reader that a word
//! in a comment or in a text is never taken for code.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Word(String),
    /// A string literal's inside.
    Text(String),
    /// A number, as written.
    Number(String),
    /// Any other character; `::` counts as one.
    Sign(&'static str),
    /// Any other character that no rule names.
    Other,
}

/// A token and the line it stands on, from 1.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub line: usize,
}

/// One file under `src`.
pub struct Source {
    /// Relative to the package, with `/` between folders: `src/model/call.rs`.
    pub path: String,
    /// How many lines it has, tests included.
    pub lines: usize,
    /// Its code, tests left out.
    pub tokens: Vec<Token>,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            lines: text.lines().count(),
            tokens: without_tests(&tokens(text)),
        }
    }

    /// The file's module path: `["model", "call"]`; empty for `lib.rs` and `main.rs`.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if matches!(
            parts.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            parts.pop();
        }
        parts
    }

    /// Every path named in the file, groups taken apart: `use a::{b, c::d};` gives `a::b` and `a::c::d`.
    pub fn paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            at = self.path_from(at, &[], &mut found).max(at + 1);
        }
        found
    }

    /// Like [`Source::paths`], only those into this crate, written from its root: `["model", "call", "Call"]`.
    pub fn inner_paths(&self) -> Vec<(usize, Vec<String>)> {
        self.paths()
            .into_iter()
            .filter_map(|(line, path)| Some((line, self.rooted(path)?)))
            .collect()
    }

    fn rooted(&self, path: Vec<String>) -> Option<Vec<String>> {
        let mut base = match path.first()?.as_str() {
            "crate" | "sockeye" => Vec::new(),
            "self" | "super" => self.module(),
            _ => return None,
        };
        let ups = path.iter().filter(|part| *part == "super").count();
        base.truncate(base.len().saturating_sub(ups));
        base.extend(
            path.into_iter()
                .filter(|part| !matches!(part.as_str(), "crate" | "sockeye" | "self" | "super")),
        );
        Some(base)
    }

    /// Reads the path that starts at `at`, if one does, and returns where reading goes on.
    fn path_from(
        &self,
        mut at: usize,
        before: &[String],
        found: &mut Vec<(usize, Vec<String>)>,
    ) -> usize {
        let mut path = before.to_vec();
        let line = self.tokens.get(at).map_or(0, |token| token.line);
        while let Some(Kind::Word(word)) = self.kind(at) {
            path.push(word.clone());
            if self.kind(at + 1) != Some(&Kind::Sign("::")) {
                found.push((line, path));
                return at + 1;
            }
            at += 2;
        }
        if path.is_empty() {
            return at;
        }
        if self.kind(at) != Some(&Kind::Sign("{")) {
            found.push((line, path));
            return at;
        }
        at += 1;
        while at < self.tokens.len() && self.kind(at) != Some(&Kind::Sign("}")) {
            at = self.path_from(at, &path, found).max(at + 1);
            // A renamed import keeps its first name: `Color32 as C`.
            if self.word(at) == Some("as") {
                at += 2;
            }
            if self.kind(at) == Some(&Kind::Sign(",")) {
                at += 1;
            }
        }
        at + 1
    }

    pub fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    pub fn word(&self, at: usize) -> Option<&str> {
        match self.kind(at) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Lines with a call of the method `name`, without arguments where `bare`: `.name()`.
    pub fn method_calls(&self, name: &str, bare: bool) -> Vec<usize> {
        let sign = |at, sign| self.kind(at) == Some(&Kind::Sign(sign));
        (0..self.tokens.len())
            .filter(|&at| sign(at, ".") && self.word(at + 1) == Some(name) && sign(at + 2, "("))
            .filter(|&at| !bare || sign(at + 3, ")"))
            .map(|at| self.tokens[at].line)
            .collect()
    }
}

/// Every source of the package, read once.
pub fn all() -> &'static [Source] {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(read_all);
    &ALL
}

fn read_all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    files
        .iter()
        .map(|file| {
            let path = file
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            Source::new(&path, &fs::read_to_string(file).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

const SIGNS: [&str; 15] = [
    "::", "{", "}", "(", ")", "[", "]", ".", ",", ";", "#", "!", "<", ">", "=",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (kind, length) = next(rest);
        if let Some(kind) = kind {
            found.push(Token { kind, line });
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The token at the start of `rest`, `None` for a comment or space, and its length in bytes.
fn next(rest: &str) -> (Option<Kind>, usize) {
    let first = rest.chars().next().unwrap();
    if rest.starts_with("//") {
        return (None, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (None, block_comment(rest));
    }
    if let Some((inside, length)) = matches!(first, '"' | 'b' | 'c' | 'r')
        .then(|| string(rest))
        .flatten()
    {
        return (Some(Kind::Text(inside)), length);
    }
    if first == '\'' {
        return (Some(Kind::Other), character(rest));
    }
    if first.is_alphanumeric() || first == '_' {
        let word = first.is_alphabetic() || first == '_';
        let length = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let text = rest[..length].to_owned();
        return (
            Some(if word {
                Kind::Word(text)
            } else {
                Kind::Number(text)
            }),
            length,
        );
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return (Some(Kind::Sign(sign)), sign.len());
    }
    (
        if first.is_whitespace() {
            None
        } else {
            Some(Kind::Other)
        },
        first.len_utf8(),
    )
}

/// Length of a block comment; they nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().unwrap().len_utf8();
        }
    }
    rest.len()
}

/// The string literal at the start, in any of its kinds: its inside and its whole length.
fn string(rest: &str) -> Option<(String, usize)> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).unwrap_or_default();
        after.starts_with('"')
            || (prefix.ends_with('r') && after.trim_start_matches('#').starts_with('"'))
    })?;
    let after = &rest[prefix.len()..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = &after[hashes + 1..];
    let end = if prefix.ends_with('r') {
        body.find(&format!("\"{}", "#".repeat(hashes)))?
    } else {
        let mut escaped = false;
        body.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        })?
    };
    Some((
        body[..end].to_owned(),
        prefix.len() + hashes + 1 + end + 1 + hashes,
    ))
}

/// Length of what an apostrophe starts: a character, or only the apostrophe of a lifetime.
fn character(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    match (inside.next(), inside.next()) {
        (Some((_, '\\')), Some((after, escaped))) => {
            let from = 1 + after + escaped.len_utf8();
            from + rest[from..].find('\'').map_or(0, |end| end + 1)
        }
        (Some(_), Some((after, '\''))) => after + 2,
        _ => 1,
    }
}

/// The tokens without items under `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is = |token: &Token, expected: &str| match &token.kind {
        Kind::Word(word) => word == expected,
        Kind::Sign(sign) => *sign == expected,
        _ => false,
    };
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let here = &tokens[at..];
        if here.len() >= mark.len()
            && here
                .iter()
                .zip(mark)
                .all(|(token, expected)| is(token, expected))
        {
            at += mark.len();
            let mut depth = 0;
            while at < tokens.len() {
                let token = &tokens[at];
                at += 1;
                if ["{", "(", "["].iter().any(|sign| is(token, sign)) {
                    depth += 1;
                } else if ["}", ")", "]"].iter().any(|sign| is(token, sign)) {
                    depth -= 1;
                }
                if depth == 0 && (is(token, "}") || is(token, ";")) {
                    break;
                }
            }
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}
