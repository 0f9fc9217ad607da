//! Bytes and text from anywhere, made safe to show: every odd character is a visible escape.
//!
//! What a peer or a file sends is data. Shown raw, a control or bidirectional character could move the text around
//! it, a zero-width one could hide, ESC could drive a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A line shown is cut after so many bytes of what it shows.
pub const SHOWN: usize = 4 * 1024;

/// So many marks may stand on one letter: no writing has more, and a pile of them covers the lines above.
const MOST_MARKS: usize = 4;

/// The text with every character that can't be seen, or that moves others, as an escape: `\n`, `\x1b`, `\u{202e}`. So are
/// marks that pile up on one letter.
///
/// A backslash stays as it is: this is for reading, not for parsing back. Not cut; see [`visible`].
pub fn visible_text(text: &str) -> Cow<'_, str> {
    let mut marks = Marks::default();
    let is_plain = |character| !is_hidden(character) && !marks.pile_up(character);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut marks = Marks::default();
    for character in text.chars() {
        push_visible(&mut shown, character, &mut marks);
    }
    Cow::Owned(shown)
}

/// The text's first `most` characters, made visible, with `…` behind them where it goes on: what a sentence may quote.
pub fn visible_start(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => visible_text(text),
        Some((end, _)) => Cow::Owned(format!("{}…", visible_text(&text[..end]))),
    }
}

/// Bytes as text, with escapes for what is not to be seen and `\xff` for what is not UTF-8.
///
/// Cut after [`SHOWN`] bytes of the data, between characters, with the true length behind it.
pub fn visible(bytes: &[u8]) -> String {
    let (mut shown, mut marks) = (String::new(), Marks::default());
    for chunk in cut(bytes).utf8_chunks() {
        for character in chunk.valid().chars() {
            push_visible(&mut shown, character, &mut marks);
        }
        for byte in chunk.invalid() {
            // Writing to a String can't fail.
            write!(shown, "\\x{byte:02x}").ok();
        }
    }
    if bytes.len() > SHOWN {
        write!(shown, "… {} bytes", bytes.len()).ok();
    }
    shown
}

/// One byte in a cell of its own: itself where it is a letter or sign of ASCII, the escapes that are everywhere, else
/// two hex digits. At most two letters; what a space looks like is the cell's affair.
pub fn byte_sign(byte: u8) -> String {
    match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        0 => "\\0".to_owned(),
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("{byte:02x}"),
    }
}

/// The first bytes, not ending inside a UTF-8 character that is whole in `bytes`.
fn cut(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= SHOWN {
        return bytes;
    }
    let continues = |byte: &u8| byte & 0xc0 == 0x80;
    let inside = bytes[..=SHOWN]
        .iter()
        .rev()
        .take(4)
        .take_while(|byte| continues(byte))
        .count();
    // Four in a row are no character: they show as escapes wherever the cut is.
    let end = if inside < 4 { SHOWN - inside } else { SHOWN };
    &bytes[..end]
}

/// How many marks stand on the letter at hand.
#[derive(Default)]
struct Marks(usize);

impl Marks {
    /// Whether the next character is a mark too many.
    fn pile_up(&mut self, character: char) -> bool {
        self.0 = if is_mark(character) { self.0 + 1 } else { 0 };
        self.0 > MOST_MARKS
    }
}

/// Whether a character is drawn above, below or through the letter before it: all that are called combining, and the
/// blocks in which the marks of Hebrew, Arabic, Syriac, Devanagari, Thai and Tibetan stand (Unicode character database,
/// version 16).
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{5bd}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{6d6}'..='\u{6ed}'
        | '\u{730}'..='\u{74a}'
        | '\u{7eb}'..='\u{7f3}'
        | '\u{8ca}'..='\u{903}'
        | '\u{93a}'..='\u{94d}'
        | '\u{c00}'..='\u{c04}'
        | '\u{d00}'
        | '\u{e31}'
        | '\u{e34}'..='\u{e3a}'
        | '\u{e47}'..='\u{e4e}'
        | '\u{f71}'..='\u{f87}'
        | '\u{135d}'..='\u{135f}'
        | '\u{1a7f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1b6b}'..='\u{1b73}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{2cef}'..='\u{2cf1}'
        | '\u{2de0}'..='\u{2dff}'
        | '\u{3099}'..='\u{309a}'
        | '\u{a66f}'..='\u{a67d}'
        | '\u{a69e}'..='\u{a69f}'
        | '\u{a6f0}'..='\u{a6f1}'
        | '\u{a8e0}'..='\u{a8f1}'
        | '\u{fe20}'..='\u{fe2f}'
        | '\u{101fd}'
        | '\u{10376}'..='\u{1037a}'
        | '\u{10eab}'..='\u{10eac}'
        | '\u{10f46}'..='\u{10f50}'
        | '\u{10f82}'..='\u{10f85}'
        | '\u{11300}'
        | '\u{1133b}'
        | '\u{11366}'..='\u{11374}'
        | '\u{16af0}'..='\u{16af4}'
        | '\u{1cf00}'..='\u{1cf41}'
        | '\u{1d167}'..='\u{1d169}'
        | '\u{1d17b}'..='\u{1d18b}'
        | '\u{1d1aa}'..='\u{1d1ad}'
        | '\u{1d242}'..='\u{1d244}'
        | '\u{1e000}'..='\u{1e02a}'
        | '\u{1e8d0}'..='\u{1e8d6}')
}

fn push_visible(shown: &mut String, character: char, marks: &mut Marks) {
    let piles_up = marks.pile_up(character);
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if !is_hidden(character) && !piles_up => shown.push(character),
        _ if u32::from(character) < 0x80 => {
            write!(shown, "\\x{:02x}", u32::from(character)).ok();
        }
        _ => {
            write!(shown, "\\u{{{:x}}}", u32::from(character)).ok();
        }
    }
}

/// Whether a character is not to be shown raw: control, format (bidirectional, zero-width, tags), line and paragraph
/// separators, variation selectors and fillers that draw nothing, noncharacters and private use.
///
/// Ranges from the Unicode character database (categories Cc, Cf, Zl, Zp, Co; property
/// `Default_Ignorable_Code_Point`), version 16.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{34f}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}')
        || u32::from(character) & 0xfffe == 0xfffe
}
