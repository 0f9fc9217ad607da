//! The colours of a line of code: sockets' names in those of their roles, strings and comments quieter.
//!
//! No reader of Python or C: it knows where strings and comments begin and end, and what a word is.

use std::borrow::Cow;

use eframe::egui::text::{LayoutJob, TextFormat};

use crate::model::payload::visible_text;
use crate::model::socket::SocketKind;
use crate::views::theme::{self, Palette, Type};

use super::CodeLanguage;

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Word,
    Text,
    Comment,
    Other,
}

/// The line in its colours. `kind_of` says which names are sockets'.
pub(super) fn job(
    line: &str,
    language: CodeLanguage,
    kind_of: impl Fn(&str) -> Option<SocketKind>,
    p: &Palette,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (piece, text) in pieces(line, language) {
        let kind = if piece == Piece::Word {
            kind_of(text)
        } else {
            None
        };
        let color = match (piece, kind) {
            (_, Some(kind)) => theme::role_colors(p, kind).0,
            (Piece::Comment, _) => p.text3,
            (Piece::Text, _) => p.text2,
            _ => p.text,
        };
        job.append(
            &visible_text(text),
            0.0,
            TextFormat::simple(Type::Mono.font(), color),
        );
    }
    job
}

/// A line without what can't be seen, tabs as spaces.
pub(super) fn line_text(line: &str) -> Cow<'_, str> {
    if line.contains('\t') {
        Cow::Owned(line.replace('\t', "    "))
    } else {
        Cow::Borrowed(line)
    }
}

/// The words of a line that are neither in a string nor in a comment.
pub(super) fn words(line: &str, language: CodeLanguage) -> impl Iterator<Item = &str> {
    let pieces = pieces(line, language).into_iter();
    pieces.filter_map(|(piece, text)| (piece == Piece::Word).then_some(text))
}

fn pieces(line: &str, language: CodeLanguage) -> Vec<(Piece, &str)> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (piece, len) = match first {
            '"' | '\'' => (Piece::Text, text_len(rest, first)),
            _ if begins_comment(rest, language) => (Piece::Comment, comment_len(rest)),
            _ if is_word(first) => (Piece::Word, run_len(rest, is_word)),
            _ => (Piece::Other, first.len_utf8()),
        };
        let (text, after) = rest.split_at(len);
        pieces.push((piece, text));
        rest = after;
    }
    pieces
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn run_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

/// Up to the quote that ends it, or to the end of the line.
fn text_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + letter.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn begins_comment(text: &str, language: CodeLanguage) -> bool {
    match language {
        CodeLanguage::Python => text.starts_with('#'),
        CodeLanguage::C => text.starts_with("//") || text.starts_with("/*"),
    }
}

fn comment_len(text: &str) -> usize {
    let end = text.starts_with("/*").then(|| text.find("*/")).flatten();
    end.map_or(text.len(), |end| end + 2)
}
