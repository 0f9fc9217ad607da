//! A number with its noun.

/// `1 call`, `12 calls`: for nouns that take an s.
pub fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}
