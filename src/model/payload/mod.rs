//! Bytes a user sends: typed as text or hex, or made by a repeat, and shown with every odd byte escaped.

use std::sync::Arc;

mod parse;
mod visible;

pub use parse::{PayloadError, hex, parse_hex, parse_text};
pub use visible::{SHOWN, byte_sign, is_hidden, visible, visible_start, visible_text};

/// The largest payload one call takes: 16 MiB.
pub const MAX_PAYLOAD: usize = 16 * 1024 * 1024;

/// The bytes of one send. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Bytes as they are.
    Literal(Arc<[u8]>),
    /// A unit repeated, as `b"A" * 70000`: kept as it was said, made into bytes when sent.
    Repeat {
        /// The bytes of one turn.
        unit: Arc<[u8]>,
        /// How often.
        times: u32,
    },
    /// Let go to stay within the memory limit; this many bytes there were.
    LetGo(u64),
}

impl Payload {
    /// A payload of these bytes.
    pub fn literal(bytes: &[u8]) -> Self {
        Self::Literal(Arc::from(bytes))
    }

    /// How many bytes are sent.
    pub fn len(&self) -> u64 {
        match self {
            Self::Literal(bytes) => bytes.len() as u64,
            Self::Repeat { unit, times } => unit.len() as u64 * u64::from(*times),
            Self::LetGo(count) => *count,
        }
    }

    /// Nothing to send: an empty datagram, or a send of no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, made whole; `None` when they were let go.
    pub fn to_bytes(&self) -> Option<Arc<[u8]>> {
        match self {
            Self::Literal(bytes) => Some(Arc::clone(bytes)),
            Self::Repeat { unit, times } => Some(Arc::from(unit.repeat(*times as usize))),
            Self::LetGo(_) => None,
        }
    }

    /// So many of the bytes from `begin` on, without making the rest; `None` when they were let go, or are not there.
    pub fn slice(&self, begin: usize, len: usize) -> Option<Vec<u8>> {
        let end = begin.checked_add(len)?;
        match self {
            Self::Literal(bytes) => bytes.get(begin..end).map(<[u8]>::to_vec),
            Self::Repeat { unit, .. } if (end as u64) <= self.len() => {
                let from = begin.checked_rem(unit.len()).unwrap_or(0);
                Some(unit.iter().cycle().skip(from).take(len).copied().collect())
            }
            Self::Repeat { .. } | Self::LetGo(_) => None,
        }
    }

    /// The payload with `a` to `z` in capitals, as Python's `bytes.upper()`; other bytes, such as those of é, stay.
    ///
    /// What was let go stays so.
    #[must_use]
    pub fn upper(&self) -> Self {
        match self {
            Self::Literal(bytes) => Self::Literal(upper(bytes)),
            Self::Repeat { unit, times } => Self::Repeat {
                unit: upper(unit),
                times: *times,
            },
            Self::LetGo(count) => Self::LetGo(*count),
        }
    }

    /// The payload as a Python expression; literals longer than `limit` bytes are cut, with their true length.
    pub fn python(&self, limit: usize) -> String {
        match self {
            Self::Literal(bytes) => python_literal(bytes, limit),
            Self::Repeat { unit, times } => format!("{} * {times}", python_literal(unit, limit)),
            Self::LetGo(count) => format!("<{count} bytes, no longer kept>"),
        }
    }
}

/// The bytes with `a` to `z` in capitals, as Python's `bytes.upper()`.
pub fn upper(bytes: &[u8]) -> Arc<[u8]> {
    Arc::from(bytes.to_ascii_uppercase())
}

/// Bytes as a Python literal, `b"..."`, cut after `limit` bytes with the true length said.
pub fn python_literal(bytes: &[u8], limit: usize) -> String {
    use std::fmt::Write as _;
    let shown = &bytes[..bytes.len().min(limit)];
    let mut text = String::with_capacity(shown.len() + 3);
    text.push_str("b\"");
    for &byte in shown {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7e => text.push(char::from(byte)),
            _ => {
                // Writing to a String can't fail.
                write!(text, "\\x{byte:02x}").ok();
            }
        }
    }
    text.push('"');
    if shown.len() < bytes.len() {
        write!(text, "… {} bytes", bytes.len()).ok();
    }
    text
}
