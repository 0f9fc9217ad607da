//! Text and bytes in quotes, with Python's escapes
//! (Python reference, "String and Bytes literals").

use super::lexer::LexError;

/// What stands between the quotes.
pub(super) enum Quoted {
    /// `"text"`.
    Text(String),
    /// `b"bytes"`.
    Bytes(Vec<u8>),
}

/// Reads one literal whose opening quote is at `start`; returns it with the index after its closing quote.
pub(super) fn read(
    chars: &[char],
    start: usize,
    is_bytes: bool,
) -> Result<(Quoted, usize), LexError> {
    let mut reader = Reader {
        chars,
        at: start + 1,
        out: if is_bytes {
            Quoted::Bytes(Vec::new())
        } else {
            Quoted::Text(String::new())
        },
    };
    let quote = chars.get(start).copied().unwrap_or('"');
    loop {
        match reader.peek() {
            None => {
                return Err(LexError::new(
                    start,
                    format!(
                        "this quote is not closed: expected {quote} before the end of the line"
                    ),
                ));
            }
            Some(found) if found == quote => {
                return Ok((reader.out, reader.at + 1));
            }
            Some('\\') => reader.escape()?,
            Some(found) => reader.plain(found)?,
        }
    }
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    out: Quoted,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn plain(&mut self, found: char) -> Result<(), LexError> {
        match &mut self.out {
            Quoted::Text(text) => text.push(found),
            Quoted::Bytes(bytes) => {
                let byte = u8::try_from(found).ok().filter(u8::is_ascii);
                bytes.push(byte.ok_or_else(|| {
                    LexError::new(
                        self.at,
                        format!(
                            "bytes can only hold ASCII characters: write \"{}\".encode(), or its bytes as \\x..",
                            found.escape_unicode()
                        ),
                    )
                })?);
            }
        }
        self.at += 1;
        Ok(())
    }

    /// A character by its number: one byte in bytes, one code point in text.
    fn push_number(&mut self, at: usize, number: u32) -> Result<(), LexError> {
        match &mut self.out {
            Quoted::Text(text) => text.push(char::from_u32(number).ok_or_else(|| {
                LexError::new(
                    at,
                    "no character has this number: expected at most \\U0010ffff, and no surrogate"
                        .to_owned(),
                )
            })?),
            Quoted::Bytes(bytes) => bytes.push(u8::try_from(number).map_err(|_| {
                LexError::new(
                    at,
                    "this number does not fit a byte: expected at most \\377".to_owned(),
                )
            })?),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), LexError> {
        let at = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else {
            return Ok(());
        };
        let is_text = matches!(self.out, Quoted::Text(_));
        let simple = match kind {
            '\\' | '\'' | '"' => Some(kind as u32),
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            _ => None,
        };
        if let Some(number) = simple {
            self.at += 1;
            return self.push_number(at, number);
        }
        match kind {
            '0'..='7' => self.octal(at),
            'x' => self.hexadecimal(at, 2),
            'u' if is_text => self.hexadecimal(at, 4),
            'U' if is_text => self.hexadecimal(at, 8),
            'N' if is_text => Err(LexError::new(
                at,
                "names of characters are not known here: expected \\u and four hex digits"
                    .to_owned(),
            )),
            // As Python: an unknown escape stays as it is written, backslash and all.
            _ => self.push_number(at, u32::from('\\')),
        }
    }

    fn octal(&mut self, at: usize) -> Result<(), LexError> {
        let mut number = 0;
        for _ in 0..3 {
            let Some(digit) = self.peek().and_then(|digit| digit.to_digit(8)) else {
                break;
            };
            number = number * 8 + digit;
            self.at += 1;
        }
        self.push_number(at, number)
    }

    fn hexadecimal(&mut self, at: usize, digits: usize) -> Result<(), LexError> {
        let kind = self.peek().unwrap_or('x');
        self.at += 1;
        let mut number: u32 = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|digit| digit.to_digit(16));
            let digit = digit.ok_or_else(|| {
                LexError::new(at, format!("expected {digits} hex digits after \\{kind}"))
            })?;
            // Eight hex digits fit a u32 exactly.
            number = (number << 4) | digit;
            self.at += 1;
        }
        self.push_number(at, number)
    }
}
