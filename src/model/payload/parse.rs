//! Payload fields: text as typed, or hex.

use std::error::Error;
use std::fmt;

use super::{MAX_PAYLOAD, Payload};

/// The bytes of a text field: UTF-8, exactly as typed.
///
/// # Errors
/// [`PayloadError::TooLong`] above [`MAX_PAYLOAD`].
pub fn parse_text(text: &str) -> Result<Payload, PayloadError> {
    if text.len() > MAX_PAYLOAD {
        return Err(PayloadError::TooLong(text.len()));
    }
    Ok(Payload::literal(text.as_bytes()))
}

/// The bytes of a hex field: pairs of digits, with spaces between the pairs and `0x` before them if one likes.
///
/// # Errors
/// Says what is wrong and where, counting characters from 1.
pub fn parse_hex(text: &str) -> Result<Payload, PayloadError> {
    let mut bytes = Vec::new();
    let mut high: Option<(u8, usize)> = None;
    let mut after_prefix = false;
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, character)) = characters.next() {
        let position = index + 1;
        if character.is_whitespace() {
            if let Some((_, position)) = high {
                return Err(PayloadError::OddDigits { position });
            }
            if after_prefix {
                return Err(PayloadError::NoDigits);
            }
            continue;
        }
        let prefix =
            character == '0' && high.is_none() && matches!(characters.peek(), Some((_, 'x' | 'X')));
        if prefix {
            characters.next();
            after_prefix = true;
            continue;
        }
        // A digit has a value below 16.
        let Some(digit) = character.to_digit(16).map(|digit| digit as u8) else {
            return Err(PayloadError::NotHex {
                character,
                position,
            });
        };
        after_prefix = false;
        high = match high {
            None => Some((digit, position)),
            Some((high, _)) => {
                bytes.push(high << 4 | digit);
                None
            }
        };
        if bytes.len() > MAX_PAYLOAD {
            return Err(PayloadError::TooLong(bytes.len()));
        }
    }
    match high {
        Some((_, position)) => Err(PayloadError::OddDigits { position }),
        None if after_prefix => Err(PayloadError::NoDigits),
        None => Ok(Payload::literal(&bytes)),
    }
}

/// Bytes as a hex field shows them: pairs of lower-case digits with spaces between.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        // Writing to a String can't fail.
        write!(text, "{space}{byte:02x}").ok();
    }
    text
}

/// Why a text is no payload. Positions count characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadError {
    /// A character that is no hex digit.
    NotHex {
        /// Which.
        character: char,
        /// Where.
        position: usize,
    },
    /// A digit without its second one.
    OddDigits {
        /// Where that digit stands.
        position: usize,
    },
    /// Nothing behind `0x`.
    NoDigits,
    /// More bytes than one call takes; at least this many.
    TooLong(usize),
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHex {
                character,
                position,
            } => {
                let mut buffer = [0; 4];
                let shown = super::visible_text(character.encode_utf8(&mut buffer));
                write!(
                    f,
                    "{shown} at position {position} is no hex digit: use 0–9 and a–f"
                )
            }
            Self::OddDigits { position } => write!(
                f,
                "the digit at position {position} stands alone: a byte is two hex digits"
            ),
            Self::NoDigits => write!(f, "type hex digits after 0x"),
            Self::TooLong(_) => write!(f, "too long: one call takes at most 16 MiB"),
        }
    }
}

impl Error for PayloadError {}
