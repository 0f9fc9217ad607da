//! The line at the very bottom: what just happened, in one sentence.

use std::fmt::Write as _;

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Align2, Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use crate::model::beside::beside;
use crate::model::caption::{Tone, caption};
use crate::model::payload::visible_text;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::{SocketKind, SocketTable};

use super::log::row::grouped;
use super::theme::{self, Palette, Type};
use super::widgets::paint_glyph;
use super::{Earlier, Shown};

/// How far back the last event is looked for: a call may have ended that many rows before the youngest.
const LOOK_BACK: usize = 64;

/// A run of words in one colour.
struct Words {
    text: String,
    color: Color32,
}

/// The line in all of the space there is.
pub fn caption_ui(ui: &mut Ui, shown: &Shown<'_>) {
    let p = theme::of(ui);
    let rect = ui.available_rect_before_wrap();
    let y = rect.center().y;
    let tally = tally(shown);
    let right = ui.painter().text(
        pos2(rect.right(), y),
        Align2::RIGHT_CENTER,
        &tally,
        Type::Body.font(),
        p.text2,
    );
    let named = ui.interact(right, ui.scope_id().with("tally"), Sense::HOVER);
    named.widget_info(|| WidgetInfo::labeled(Role::Label, true, &tally));

    let (kind, words) = sentence(shown, p);
    let mut left = rect.left();
    if let Some(kind) = kind {
        let (color, ..) = theme::role_colors(p, kind);
        paint_glyph(ui.painter(), pos2(left + 8.0, y), 16.0, kind, color);
        left += 24.0;
    }
    let mut job = LayoutJob::default();
    for run in &words {
        let format = TextFormat::simple(Type::Caption.font(), run.color);
        job.append(&run.text, 0.0, format);
    }
    job.wrap = TextWrapping::truncate_at_width((right.left() - 16.0 - left).max(0.0));
    let galley = ui.painter().layout_job(job);
    let place = Rect::from_min_size(pos2(left, y - galley.size().y / 2.0), galley.size());
    ui.painter().galley(place.min, galley, p.text);
    let spoken: String = words.iter().map(|run| run.text.as_str()).collect();
    let response = ui.interact(place, ui.scope_id().with("caption"), Sense::HOVER);
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &spoken));
    response.on_hover_text(spoken);
    ui.advance_cursor_after_rect(rect);
}

fn sentence(shown: &Shown<'_>, p: &Palette) -> (Option<SocketKind>, Vec<Words>) {
    let sockets = shown.recording.sockets();
    let last = last_event(shown.recording);
    let kind = last
        .as_ref()
        .and_then(|entry| Some(sockets.get(entry.socket?)?.kind()));
    let Some(entry) = last else {
        let text = "Nothing is open yet: press 1, or make a socket on the left.".to_owned();
        let color = p.text;
        return (None, vec![Words { text, color }]);
    };
    let compared = beside(shown.recording).and_then(|beside| beside.caption(&entry));
    let words = compared
        .unwrap_or_else(|| caption(&entry, sockets))
        .into_iter()
        .map(|part| Words {
            color: color_of(part.tone, sockets, p),
            text: part.text,
        })
        .collect();
    (kind, words)
}

fn color_of(tone: Tone, sockets: &SocketTable, p: &Palette) -> Color32 {
    match tone {
        Tone::Plain => p.text,
        Tone::Socket(id) => sockets
            .get(id)
            .map_or(p.text, |socket| theme::role_colors(p, socket.kind()).0),
        Tone::Waits => p.wait,
        Tone::WouldBlock => p.again,
        Tone::Failed => p.err,
    }
}

/// The row in which something happened last: a start or an end.
fn last_event(recording: &Recording) -> Option<CallEntry> {
    let len = recording.len();
    (len.saturating_sub(LOOK_BACK)..len)
        .filter_map(|index| recording.row(index))
        .max_by_key(|entry| entry.end.map_or(entry.start.seq, |end| end.seq))
}

/// `3 sockets · 1 waits`.
fn tally(shown: &Shown<'_>) -> String {
    let open = shown.recording.sockets().open_count();
    let noun = if open == 1 { "socket" } else { "sockets" };
    let waiting = shown.recording.waiting();
    let mut text = format!("{} {noun}", grouped(open as u64));
    if waiting > 0 {
        let verb = if waiting == 1 { "waits" } else { "wait" };
        // Writing to a String can't fail.
        write!(text, " · {waiting} {verb}").ok();
    }
    if shown.playing.is_some() {
        text.push_str(" · playing");
    }
    match shown.earlier {
        None => {}
        Some(Earlier::Previous) => text.push_str(" · the session before"),
        Some(Earlier::Opened(name)) => {
            write!(text, " · {}", visible_text(name)).ok();
        }
    }
    if shown.moment().is_some() {
        text.push_str(" · the past");
    }
    text
}
