//! One line of a script as tokens, each with its column.

use std::fmt;

use crate::model::socket::MAX_NAME;

use super::literal::{self, Quoted};

/// A word or sign of a line, with the column it starts at (characters, from 1).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) column: u32,
    pub(super) kind: Kind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Name(String),
    Integer(i64),
    Decimal(f64),
    Text(String),
    Bytes(Vec<u8>),
    Sign(char),
    End,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
            Self::Text(_) => f.write_str("text in quotes"),
            Self::Bytes(_) => f.write_str("bytes in quotes"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::End => f.write_str("the end of the line"),
        }
    }
}

/// Why a line can't be cut into tokens.
pub(super) struct LexError {
    /// Index of the character, from 0.
    pub(super) at: usize,
    pub(super) message: String,
}

impl LexError {
    pub(super) fn new(at: usize, message: String) -> Self {
        Self { at, message }
    }
}

/// A line cut up: its tokens, closed by [`Kind::End`], and its comment.
pub(super) struct Line {
    pub(super) tokens: Vec<Token>,
    /// Where the statement ends, in characters: the comment or the line's end.
    pub(super) statement_end: usize,
    /// The comment's text after its `#`, and the column of its first character.
    pub(super) comment: Option<(String, u32)>,
}

/// The column of a character index.
pub(super) fn column(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// Cuts a line up.
pub(super) fn line(text: &str) -> Result<Line, LexError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut comment = None;
    while let Some(&found) = chars.get(at) {
        match found {
            ' ' | '\t' => {
                at += 1;
                continue;
            }
            '#' => {
                let text = chars.get(at + 1..).unwrap_or_default().iter().collect();
                comment = Some((text, column(at + 1)));
                break;
            }
            _ => {}
        }
        let (kind, next) = token(&chars, at, found)?;
        tokens.push(Token {
            column: column(at),
            kind,
        });
        at = next;
    }
    tokens.push(Token {
        column: column(at),
        kind: Kind::End,
    });
    Ok(Line {
        tokens,
        statement_end: at,
        comment,
    })
}

fn token(chars: &[char], at: usize, found: char) -> Result<(Kind, usize), LexError> {
    let after = chars.get(at + 1).copied();
    match found {
        '"' | '\'' => quoted(chars, at, false),
        'b' | 'B' if matches!(after, Some('"' | '\'')) => quoted(chars, at + 1, true),
        '0'..='9' => number(chars, at),
        '.' if after.is_some_and(|after| after.is_ascii_digit()) => number(chars, at),
        'a'..='z' | 'A'..='Z' | '_' => {
            let end = run(chars, at, |c| c.is_ascii_alphanumeric() || c == '_');
            if end - at > MAX_NAME {
                return Err(LexError::new(
                    at,
                    format!("a name has at most {MAX_NAME} letters"),
                ));
            }
            if matches!(chars.get(end), Some('"' | '\'')) {
                return Err(LexError::new(
                    at,
                    "this prefix of a quote is not known here: expected b\"…\" or \"…\"".to_owned(),
                ));
            }
            Ok((Kind::Name(chars[at..end].iter().collect()), end))
        }
        '(' | ')' | '[' | ']' | ',' | '.' | '=' | '*' | '-' => Ok((Kind::Sign(found), at + 1)),
        _ => Err(LexError::new(
            at,
            format!("`{}` has no place here", found.escape_debug()),
        )),
    }
}

fn quoted(chars: &[char], at: usize, is_bytes: bool) -> Result<(Kind, usize), LexError> {
    let (quoted, next) = literal::read(chars, at, is_bytes)?;
    let kind = match quoted {
        Quoted::Text(text) => Kind::Text(text),
        Quoted::Bytes(bytes) => Kind::Bytes(bytes),
    };
    Ok((kind, next))
}

fn run(chars: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    let rest = chars.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|c| belongs(**c)).count()
}

fn number(chars: &[char], at: usize) -> Result<(Kind, usize), LexError> {
    let digits = |from| run(chars, from, |c| c.is_ascii_digit() || c == '_');
    let mut end = digits(at);
    let is_decimal = chars.get(end) == Some(&'.');
    if is_decimal {
        end = digits(end + 1);
    }
    if chars.get(end).is_some_and(|c| c.is_alphanumeric()) {
        return Err(LexError::new(
            end,
            "a number is written in decimal digits here".to_owned(),
        ));
    }
    let written: String = chars[at..end].iter().filter(|c| **c != '_').collect();
    let misplaced = || {
        let text: String = chars[at..end].iter().collect();
        text.ends_with('_') || text.contains("__") || text.contains("_.") || text.contains("._")
    };
    if misplaced() {
        return Err(LexError::new(
            at,
            "a `_` stands between two digits of a number".to_owned(),
        ));
    }
    if is_decimal {
        let number = written
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite());
        let number =
            number.ok_or_else(|| LexError::new(at, "expected a decimal number".to_owned()))?;
        return Ok((Kind::Decimal(number), end));
    }
    if written.len() > 1 && written.starts_with('0') && written.bytes().any(|digit| digit != b'0') {
        return Err(LexError::new(
            at,
            "a number does not start with 0, as in Python".to_owned(),
        ));
    }
    let number = written
        .parse()
        .map_err(|_| LexError::new(at, "this number is too large".to_owned()))?;
    Ok((Kind::Integer(number), end))
}
