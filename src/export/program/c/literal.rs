//! Bytes as a C string literal.

use std::fmt::Write as _;

/// Bytes in one line.
const LINE: usize = 64;

/// The bytes as a literal, over several lines where it is long.
///
/// Other than letters and the like they are three octal digits: a hexadecimal escape would go on into a digit behind it.
/// No two question marks stand together, which could begin a trigraph.
pub(super) fn literal(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.chunks(LINE).map(line).collect();
    match lines.len() {
        0 => "\"\"".to_owned(),
        1 => lines.concat(),
        _ => format!("\n    {}", lines.join("\n    ")),
    }
}

fn line(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b'?' if text.ends_with('?') => text.push_str("\\?"),
            b'\n' => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a String can't fail.
            _ => write!(text, "\\{byte:03o}").unwrap_or_default(),
        }
    }
    text.push('"');
    text
}
