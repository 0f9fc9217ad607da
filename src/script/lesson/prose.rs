//! What of a lesson's texts can be told by their letters alone.

use toml::Spanned;

use crate::model::payload::visible;

/// Whether a text names a file and nothing else: no folder, nothing hidden.
pub(super) fn is_file_name(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    text.chars().all(plain) && !text.starts_with('.')
}

/// How many sentences there are: ends that stand before the beginning of another, or at the end. Code has none.
pub(super) fn sentences(text: &str) -> usize {
    let prose: String = text.split('`').step_by(2).collect();
    let mut words = prose.split_whitespace().peekable();
    let mut count = 0;
    while let Some(word) = words.next() {
        let goes_on = |next: &&str| next.starts_with(char::is_lowercase);
        let ends = word.ends_with(['.', '!', '?']) && !words.peek().is_some_and(goes_on);
        count += usize::from(ends || words.peek().is_none());
    }
    count
}

/// A text as it is shown: whoever wrote the file, nothing of it is hidden, and it is cut where every line shown is.
pub(super) fn shown(text: &Spanned<String>) -> String {
    visible(text.get_ref().as_bytes())
}
