//! Words about ports that were moved: they name the port that is really used.

use std::borrow::Cow;

/// The text with each port that is `written` in a script, where it stands as a word of its own, replaced by the one used:
/// `(written, used)`.
pub fn with_ports<'a>(text: &'a str, moved: &[(u16, u16)]) -> Cow<'a, str> {
    let moved: Vec<(String, u16)> = moved
        .iter()
        .filter(|(written, used)| written != used)
        .map(|(written, used)| (written.to_string(), *used))
        .filter(|(written, _)| text.contains(written.as_str()))
        .collect();
    if moved.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|letter: char| is_of_word(letter) != is_of_word(first));
        let (part, after) = rest.split_at(run.unwrap_or(rest.len()));
        match moved.iter().find(|(written, _)| written == part) {
            Some((_, used)) => out.push_str(&used.to_string()),
            None => out.push_str(part),
        }
        rest = after;
    }
    Cow::Owned(out)
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
