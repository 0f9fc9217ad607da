//! The bytes a call moved: as text or as a hex dump, never more than a screen can use.

use std::fmt::Write as _;

use eframe::egui::{Align, Layout, Ui};

use crate::model::call::{Method, Outcome, Value};
use crate::model::explain::empty_words;
use crate::model::payload::{Payload, SHOWN, visible};
use crate::model::recording::CallEntry;
use crate::model::socket::SocketTable;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::segmented;

use super::{BytesAs, InspectorChoices, parts};

/// Bytes in a line of the dump.
const LINE: usize = 8;

/// What is known of the bytes of a call.
struct Moved {
    /// The first of them; `None`: no longer kept.
    first: Option<Vec<u8>>,
    /// How many there were.
    len: u64,
}

/// The section with the bytes, for calls that move any.
pub(super) fn bytes_ui(
    ui: &mut Ui,
    choices: &mut InspectorChoices,
    entry: &CallEntry,
    sockets: &SocketTable,
) {
    let Some(moved) = moved(entry) else {
        return;
    };
    let noun = if moved.len == 1 { "byte" } else { "bytes" };
    parts::title(ui, "Bytes", &format!("{} {noun}", moved.len));
    match &moved.first {
        None => parts::hint(ui, "The bytes were let go to stay within the memory limit."),
        Some(bytes) if bytes.is_empty() => empty_ui(ui, entry, sockets),
        Some(bytes) => dump_ui(ui, choices, bytes, moved.len),
    }
}

fn empty_ui(ui: &mut Ui, entry: &CallEntry, sockets: &SocketTable) {
    match empty_words(entry, sockets) {
        Some(words) => parts::hint(ui, &format!("b\"\": {words}.")),
        None => parts::hint(ui, "None: an empty one counts too."),
    }
}

fn dump_ui(ui: &mut Ui, choices: &mut InspectorChoices, bytes: &[u8], len: u64) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let options = [(BytesAs::Text, "text"), (BytesAs::Hex, "hex")];
        segmented(ui, "Bytes as", &mut choices.bytes_as, &options, 120.0);
    });
    let text = match choices.bytes_as {
        BytesAs::Text => visible(bytes),
        BytesAs::Hex => hex_dump(bytes),
    };
    let p = theme::of(ui);
    eframe::egui::Frame::new()
        .fill(p.field)
        .corner_radius(size::RADIUS_BOX)
        .inner_margin(8)
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.label(Type::Mono.text(text));
        });
    if len > bytes.len() as u64 {
        parts::hint(ui, &format!("The first {} of {len} bytes.", bytes.len()));
    }
}

fn moved(entry: &CallEntry) -> Option<Moved> {
    if entry.folded && entry.method() != Method::Select {
        return Some(Moved {
            first: None,
            len: entry.bytes_moved,
        });
    }
    if let Some(payload) = entry.call.payload() {
        return Some(Moved {
            first: first_of(payload),
            len: payload.len(),
        });
    }
    match &entry.outcome {
        Some(Outcome::Ok(Value::Received { bytes, .. })) => Some(Moved {
            first: bytes
                .whole()
                .map(|bytes| bytes[..bytes.len().min(SHOWN)].to_vec()),
            len: bytes.len(),
        }),
        _ => None,
    }
}

/// The first bytes of a payload, without making a long one whole.
fn first_of(payload: &Payload) -> Option<Vec<u8>> {
    match payload {
        Payload::Literal(bytes) => Some(bytes[..bytes.len().min(SHOWN)].to_vec()),
        Payload::Repeat { unit, times } => Some(
            (0..*times)
                .flat_map(|_| unit.iter().copied())
                .take(SHOWN)
                .collect(),
        ),
        Payload::LetGo(_) => None,
    }
}

/// Lines of offset, bytes and what of them can be seen.
fn hex_dump(bytes: &[u8]) -> String {
    let mut dump = String::with_capacity(bytes.len() * 5);
    for (index, line) in bytes.chunks(LINE).enumerate() {
        let mut hex = String::with_capacity(LINE * 3);
        let mut seen = String::with_capacity(LINE);
        for byte in line {
            // Writing to a String can't fail.
            write!(hex, "{byte:02x} ").ok();
            let printable = byte.is_ascii_graphic() || *byte == b' ';
            seen.push(if printable { char::from(*byte) } else { '.' });
        }
        if index > 0 {
            dump.push('\n');
        }
        write!(dump, "{:04x}  {hex:24} {seen}", index * LINE).ok();
    }
    dump
}
