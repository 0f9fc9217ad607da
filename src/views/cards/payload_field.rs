//! The payload box: text or hex, its byte count, and what was sent before.

use std::collections::VecDeque;

use crate::model::payload::{Payload, parse_hex, parse_text};

/// Text longer than this is not given to a text widget: laying it out would stop the window.
const WIDGET_LIMIT: usize = 2048;
/// How many earlier payloads the arrow keys go back to.
const EARLIER: usize = 20;

/// How what is typed is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spelling {
    /// As text, in UTF-8.
    #[default]
    Text,
    /// As hex digits.
    Hex,
}

/// A payload as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    text: String,
    spelling: Spelling,
}

/// What stands in a payload box.
#[derive(Clone, Debug)]
pub(super) struct PayloadField {
    pub text: String,
    pub spelling: Spelling,
    /// Whether a newline is sent behind the text, as nc does.
    pub newline: bool,
    long: Option<Payload>,
    /// What this card sent last, also as a quick reply.
    pub last_sent: Option<Payload>,
    earlier: VecDeque<Typed>,
    refused: Option<String>,
    /// Which of the earlier ones stands in the box, and what stood there before.
    browsing: Option<(usize, Typed)>,
}

impl PayloadField {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            spelling: Spelling::Text,
            newline: false,
            long: None,
            last_sent: None,
            earlier: VecDeque::new(),
            refused: None,
            browsing: None,
        }
    }

    /// The bytes to send, or why there are none.
    pub(super) fn payload(&self) -> Result<Payload, String> {
        if let Some(long) = &self.long {
            return Ok(long.clone());
        }
        let payload = self.parse(&self.text)?;
        match payload.to_bytes() {
            Some(bytes) if self.newline => {
                Ok(Payload::literal(&[&bytes, b"\n".as_slice()].concat()))
            }
            _ => Ok(payload),
        }
    }

    /// A payload too long for a text widget, which then stands in the box as one thing.
    pub(super) fn long(&self) -> Option<&Payload> {
        self.long.as_ref()
    }

    /// Puts a long payload into the box; what was typed stays behind it.
    pub(super) fn set_long(&mut self, payload: Payload) {
        self.long = Some(payload);
    }

    /// Takes the long payload away: what was typed before stands there again.
    pub(super) fn drop_long(&mut self) {
        self.long = None;
    }

    /// Takes pasted text; too much of it for a text widget becomes a long payload, or is refused.
    ///
    /// Returns whether the text widget may have it.
    pub(super) fn takes_paste(&mut self, pasted: &str) -> bool {
        self.refused = None;
        if pasted.len() + self.text.len() <= WIDGET_LIMIT {
            return true;
        }
        match self.parse(pasted) {
            Ok(payload) => self.long = Some(payload),
            Err(reason) => self.refused = Some(reason),
        }
        false
    }

    /// Something else was typed: why the last paste was not taken no longer matters.
    pub(super) fn edited(&mut self) {
        self.refused = None;
        self.browsing = None;
    }

    /// Why the last paste was not taken.
    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Remembers what was sent, for the arrow keys.
    pub(super) fn sent(&mut self) {
        self.browsing = None;
        if self.long.is_some() {
            return;
        }
        let typed = self.typed();
        self.earlier.retain(|earlier| *earlier != typed);
        self.earlier.push_back(typed);
        if self.earlier.len() > EARLIER {
            self.earlier.pop_front();
        }
    }

    /// What was typed as text and sent last.
    pub(super) fn text_sent(&self) -> Option<&str> {
        self.earlier
            .iter()
            .rev()
            .find(|earlier| earlier.spelling == Spelling::Text)
            .map(|earlier| earlier.text.as_str())
    }

    /// Shows the payload sent before the one shown.
    pub(super) fn back(&mut self) {
        let (index, before) = if let Some((index, before)) = self.browsing.take() {
            (index.saturating_sub(1), before)
        } else {
            let Some(newest) = self.earlier.len().checked_sub(1) else {
                return;
            };
            let typed = self.typed();
            // What was just sent still stands in the box: going back means what was sent before it.
            let skip = usize::from(self.earlier[newest] == typed && newest > 0);
            (newest - skip, typed)
        };
        self.show(self.earlier[index].clone());
        self.browsing = Some((index, before));
    }

    /// Shows the payload sent after the one shown; behind the last, what was being typed.
    pub(super) fn forward(&mut self) {
        let Some((index, before)) = self.browsing.take() else {
            return;
        };
        match self.earlier.get(index + 1) {
            Some(later) => {
                self.show(later.clone());
                self.browsing = Some((index + 1, before));
            }
            None => self.show(before),
        }
    }

    fn parse(&self, text: &str) -> Result<Payload, String> {
        match self.spelling {
            Spelling::Text => parse_text(text),
            Spelling::Hex => parse_hex(text),
        }
        .map_err(|error| error.to_string())
    }

    fn typed(&self) -> Typed {
        Typed {
            text: self.text.clone(),
            spelling: self.spelling,
        }
    }

    fn show(&mut self, typed: Typed) {
        self.text = typed.text;
        self.spelling = typed.spelling;
    }
}

/// A number of bytes in few letters: `13 B`, `68.4 KiB`, `16.0 MiB`.
pub(super) fn size_text(bytes: u64) -> String {
    let bytes_f = bytes as f64;
    if bytes < 10_000 {
        format!("{bytes} B")
    } else if bytes < 1024 * 1024 {
        format!("{:.1} KiB", bytes_f / 1024.0)
    } else {
        format!("{:.1} MiB", bytes_f / (1024.0 * 1024.0))
    }
}
