//! The caption: what just happened, in two lines at most.

use std::sync::Arc;

use eframe::egui::text::{CCursor, LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Galley, Pos2, Rect, Role, Ui, vec2};

use crate::model::caption::{CaptionPart, Tone};
use crate::model::exchange::exchange_caption;
use crate::model::payload::visible_text;
use crate::model::socket::{SocketKind, SocketTable};
use crate::views::theme::{self, Large};
use crate::views::widgets::paint_glyph;

use super::{Hall, MARGIN, at, lesson, named};

/// The most lines it takes.
const MOST_ROWS: usize = 2;
/// Room before a name for its glyph: spaces at which no line breaks.
const GLYPH_ROOM: &str = "\u{a0}\u{a0}\u{a0}\u{a0}";

/// A run of the sentence in one colour.
struct Run {
    text: String,
    tone: Tone,
    /// The glyph before it.
    kind: Option<SocketKind>,
}

/// The bar with the caption.
pub(super) fn caption_ui(ui: &mut Ui, hall: &Hall<'_>, rect: Rect) {
    let p = hall.p;
    ui.painter().rect_filled(rect, 0.0, p.raised);
    let runs = runs(hall);
    let inside = rect.shrink2(vec2(hall.px(MARGIN), hall.px(8.0)));
    let galley = [Large::Caption, Large::Counter]
        .into_iter()
        .map(|large| lay_out(ui, hall, &runs, large, inside.width()))
        .reduce(|first, smaller| if first.elided { smaller } else { first });
    let Some(galley) = galley else { return };
    let top = at(inside.left(), inside.center().y - galley.size().y / 2.0);
    for (index, run) in runs.iter().enumerate() {
        let (Some(kind), Some(center)) = (run.kind, start_of(&galley, &runs, index)) else {
            continue;
        };
        let (color, ..) = theme::role_colors(p, kind);
        let side = hall.px(40.0);
        let center = top + center.to_vec2() + vec2(side / 2.0, 0.0);
        paint_glyph(ui.painter(), center, side, kind, color);
    }
    ui.painter().galley(top, galley, p.text);
    let spoken: String = runs
        .iter()
        .map(|run| run.text.trim_start_matches('\u{a0}'))
        .collect();
    named(ui, "caption", rect, Role::Status, &spoken);
}

fn lay_out(ui: &Ui, hall: &Hall<'_>, runs: &[Run], large: Large, width: f32) -> Arc<Galley> {
    let p = hall.p;
    let sockets = hall.shown.recording.sockets();
    let mut job = LayoutJob::default();
    for run in runs {
        let color = match run.tone {
            Tone::Plain => p.text,
            Tone::Socket(id) => sockets
                .get(id)
                .map_or(p.text, |socket| theme::role_colors(p, socket.kind()).0),
            Tone::Waits => p.wait,
            Tone::WouldBlock => p.again,
            Tone::Failed => p.err,
        };
        let mut format = TextFormat::simple(hall.font(large), color);
        format.line_height = Some(hall.px(large.lines() * 1.23));
        job.append(&run.text, 0.0, format);
    }
    job.wrap = TextWrapping {
        max_width: width,
        max_rows: MOST_ROWS,
        ..TextWrapping::default()
    };
    ui.painter().layout_job(job)
}

/// The left end, half-way up, of a run's first letter; `None` where the sentence was cut before it.
fn start_of(galley: &Galley, runs: &[Run], index: usize) -> Option<Pos2> {
    let before: usize = runs[..index]
        .iter()
        .map(|run| run.text.chars().count())
        .sum();
    let shown: usize = galley.rows.iter().map(|row| row.glyphs.len()).sum();
    let cursor = galley.pos_from_cursor(CCursor::new(before));
    (before < shown).then(|| cursor.left_center())
}

/// The sentence, with names in place of numbers: far away nobody remembers those.
fn runs(hall: &Hall<'_>) -> Vec<Run> {
    let sockets = hall.shown.recording.sockets();
    if let Some(said) = lesson::caption(hall.shown) {
        return said_runs(&said, sockets);
    }
    let Some(now) = hall.now() else {
        return vec![Run {
            text: "Nothing is open yet.".to_owned(),
            tone: Tone::Plain,
            kind: None,
        }];
    };
    let mut runs: Vec<Run> = Vec::new();
    let mut told: Option<String> = None;
    for CaptionPart { text, tone } in exchange_caption(now, sockets) {
        let socket = match tone {
            Tone::Socket(id) => sockets.get(id),
            _ => None,
        };
        let Some(socket) = socket else {
            // After a number its name is often said too: once is enough.
            let again = told.take().map(|name| format!(" {name}"));
            let text = again
                .and_then(|again| text.strip_prefix(&again).map(str::to_owned))
                .unwrap_or(text);
            runs.push(Run {
                text,
                tone,
                kind: None,
            });
            continue;
        };
        told = Some(socket.name.clone());
        runs.push(Run {
            text: format!("{GLYPH_ROOM}{}", socket.name),
            tone,
            kind: Some(socket.kind()),
        });
    }
    runs
}

/// A lesson's sentence, with the sign of each socket that it names.
fn said_runs(said: &str, sockets: &SocketTable) -> Vec<Run> {
    let runs = said.split('`').enumerate().map(|(place, text)| {
        let socket = (place % 2 == 1).then(|| sockets.named(text)).flatten();
        match socket {
            Some(socket) => Run {
                text: format!("{GLYPH_ROOM}{text}"),
                tone: Tone::Socket(socket.id),
                kind: Some(socket.kind()),
            },
            None => Run {
                text: visible_text(text).into_owned(),
                tone: Tone::Plain,
                kind: None,
            },
        }
    });
    runs.filter(|run| !run.text.is_empty()).collect()
}
