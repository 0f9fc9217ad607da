//! A `select`: a bar across the life lines it watches, with a leg down each while it waits.
//!
//! Lines of other sockets pass under the bar. A notch stands where a watched line meets it: filled where that socket
//! was found ready.

use eframe::egui::{
    Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::ladder::{BoxLook, CallBox, Lane, Scene, Span};
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets;

use super::boxes::cross;
use super::labels::cut;
use super::{GUTTER, Painting};

/// From the outermost watched line to the bar's end, points.
const BEYOND: f32 = 24.0;
/// From a line to what stands beside it in the bar, points.
const BESIDE: f32 = 14.0;
/// Half the width of a leg, points.
const LEG: f32 = 7.0;
/// Half the width of a notch, points.
const NOTCH: f32 = 5.0;

/// The colours of a span.
struct Colours {
    fill: Color32,
    edge: Color32,
    words: Color32,
    /// The hatch of its legs; none where it did not wait.
    hatch: Option<Color32>,
}

impl Painting<'_, '_> {
    pub(super) fn spans_ui(&mut self, ui: &mut Ui, scene: &Scene) {
        for span in &scene.spans {
            self.span_ui(ui, span);
        }
    }

    /// The middles of its watched lines that are in the picture, from left to right, each with whether it was ready.
    fn notches(&self, span: &Span) -> Vec<(f32, Lane, bool)> {
        let mut notches: Vec<(f32, Lane, bool)> = span
            .notches
            .iter()
            .filter_map(|notch| {
                let lane = Lane::Socket(notch.socket);
                Some((self.place.x(lane)?, lane, notch.is_ready))
            })
            .collect();
        notches.sort_by(|one, other| one.0.total_cmp(&other.0));
        notches
    }

    fn span_ui(&mut self, ui: &mut Ui, span: &Span) {
        let notches = self.notches(span);
        let (Some((first, ..)), Some((last, ..))) = (notches.first(), notches.last()) else {
            return;
        };
        let call = &span.call;
        let p = theme::of(ui);
        let colours = colours(call.look, p);
        let (head_words, foot_words) = words(call);
        // On one line alone the bar is as wide as its words, as far as the next line.
        let right = match notches[..] {
            [(x, lane, _)] => {
                let texts = [Some(&head_words), foot_words.as_ref()];
                let widths = texts
                    .into_iter()
                    .flatten()
                    .map(|text| words_width(ui, text));
                let next = self.place.lanes().map(|(_, other)| other - x);
                let next = next.filter(|gap| *gap > 1.0).fold(f32::INFINITY, f32::min);
                let most = (next - BESIDE).min(self.place.area.right() - 4.0 - x);
                let most = most.max(self.place.width(lane) / 2.0 - 8.0).max(BEYOND);
                x + (BESIDE + widths.fold(0.0, f32::max) + 10.0).clamp(BEYOND, most)
            }
            _ => last + BEYOND,
        };
        let (top, bottom) = (self.place.y(call.top), self.place.y(call.bottom));
        let bar = self.place.pitch() * 0.82;
        // The head stays in view while a part of it is.
        let lowest = (bottom - 2.0 * bar).max(top);
        let head_top = top.max((self.place.area.top() + 2.0).min(lowest));
        let across = |y: f32| Rect::from_min_max(pos2(first - BEYOND, y), pos2(right, y + bar));
        let head = across(head_top);
        let foot = foot_words.as_ref().map(|_| across(bottom - bar));
        let is_lit = self.span_answers(ui, span, head.union(foot.unwrap_or(head)), head);
        let width = if is_lit { 2.5 } else { size::LINE_ICON };
        let edge = Stroke::new(width, colours.edge);
        if let Some(hatch) = colours.hatch {
            for (x, ..) in &notches {
                let leg = Rect::from_min_max(pos2(x - LEG, top), pos2(x + LEG, bottom));
                let painter = ui.painter();
                painter.rect_filled(leg, 0.0, colours.fill);
                widgets::paint_hatch(painter, leg, Stroke::new(2.0, hatch), 6.0);
                painter.rect_stroke(leg, 0.0, edge, StrokeKind::Inside);
                self.taken.push(leg);
            }
        }
        let bars = [
            Some((head, Some(head_words))),
            foot.map(|foot| (foot, foot_words)),
        ];
        for (place, (rect, text)) in bars.into_iter().flatten().enumerate() {
            let radius = CornerRadius::same(size::RADIUS_BOX);
            ui.painter()
                .rect(rect, radius, colours.fill, edge, StrokeKind::Inside);
            self.taken.push(rect);
            if call.look == BoxLook::Error {
                let at = pos2(rect.left() + 12.0, rect.center().y);
                cross(ui.painter(), at, 4.0, Stroke::new(2.0, colours.words));
            }
            // What was found stands where the call ends.
            let tells = foot.is_none() || place == 1;
            for (x, lane, is_ready) in &notches {
                let at = pos2(*x, rect.center().y);
                self.notch_ui(ui, at, *lane, *is_ready && tells, p);
            }
            if let Some(text) = text {
                self.bar_words(ui, rect, &notches, &text, colours.words);
            }
        }
    }

    /// Words between two notches, or right of a lone one: in the first gap of which enough is in view.
    fn bar_words(
        &self,
        ui: &Ui,
        bar: Rect,
        notches: &[(f32, Lane, bool)],
        text: &str,
        color: Color32,
    ) {
        /// Less of a gap than this says too little, points.
        const LEAST: f32 = 90.0;
        let seen = self.place.area.left() + GUTTER + 4.0..=self.place.area.right() - 4.0;
        let ends = notches.iter().skip(1).map(|(x, ..)| x - BESIDE);
        let ends = ends.chain((notches.len() == 1).then_some(bar.right() - 4.0));
        let gaps = notches
            .iter()
            .zip(ends)
            .map(|((x, ..), end)| ((x + BESIDE).max(*seen.start()), end.min(*seen.end())));
        let widest =
            |one: &(f32, f32), other: &(f32, f32)| (one.1 - one.0).total_cmp(&(other.1 - other.0));
        let found = gaps.clone().find(|(left, right)| right - left >= LEAST);
        let Some((left, right)) = found.or_else(|| gaps.max_by(widest)) else {
            return;
        };
        if right <= left {
            return;
        }
        let galley = cut(ui, text, Type::MonoBold, color, right - left);
        let at = pos2(left, bar.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
    }

    /// A diamond on a watched line: filled where it was found ready.
    fn notch_ui(&self, ui: &Ui, at: eframe::egui::Pos2, lane: Lane, is_ready: bool, p: &Palette) {
        let color = self
            .kind(lane)
            .map_or(p.ctl, |kind| theme::role_colors(p, kind).0);
        let corners = [
            at + vec2(0.0, -NOTCH),
            at + vec2(NOTCH, 0.0),
            at + vec2(0.0, NOTCH),
            at + vec2(-NOTCH, 0.0),
        ];
        let fill = if is_ready { color } else { p.lane };
        let diamond = eframe::egui::Shape::convex_polygon(
            corners.to_vec(),
            fill,
            Stroke::new(size::LINE_ICON, color),
        );
        ui.painter().add(diamond);
    }

    /// Its answer to the mouse and to those who hear the picture; whether it is to be lit.
    fn span_answers(&mut self, ui: &mut Ui, span: &Span, whole: Rect, head: Rect) -> bool {
        let call = &span.call;
        let id = ui.scope_id().with(("ladder span", call.row));
        let part = if head.intersect(self.place.area).is_positive() {
            head
        } else {
            whole
        };
        let seen = part.intersect(self.place.area);
        let response = ui.interact(seen, id, Sense::click());
        let is_chosen = self.is_chosen(Some(call.row));
        let name = self.spoken_span(span);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &name));
        widgets::focus_ring(ui, &response, seen);
        if response.clicked() {
            self.choose(call.row);
        }
        let is_lit = is_chosen || response.hovered();
        if response.hovered() {
            let sockets = self.shown.recording.sockets();
            let entry = self.shown.recording.numbered(call.row);
            let statement = entry.map_or_else(String::new, |entry| entry.text(sockets, 256));
            response.on_hover_text(format!("{statement}\n{name}"));
        }
        is_lit
    }

    /// As it is read aloud: `select on server, conn → [conn], waited 3.2 s`.
    fn spoken_span(&self, span: &Span) -> String {
        let call = &span.call;
        let names: Vec<String> = span
            .notches
            .iter()
            .map(|notch| self.name(Lane::Socket(notch.socket)))
            .collect();
        let said = format!("{} on {}", call.text, names.join(", "));
        let waited = call.waited.as_deref().unwrap_or_default();
        match call.look {
            BoxLook::Waiting => format!("{said} waits {waited}"),
            BoxLook::Waited => format!("{said} → {}, waited {waited}", call.result),
            BoxLook::Error => format!("{said} → {}, failed", call.result),
            BoxLook::GivenUp => format!("{said} given up"),
            BoxLook::Done | BoxLook::WouldBlock | BoxLook::Interrupted => {
                format!("{said} → {}", call.result)
            }
        }
    }

    /// Where the words of a span's wait can stand: beside its first leg, below its head.
    pub(super) fn beside_span(&self, span: &Span) -> Option<eframe::egui::Pos2> {
        let (first, ..) = *self.notches(span).first()?;
        let bar = self.place.pitch() * 0.82;
        let top = self.place.y(span.call.top).max(self.place.area.top() + 2.0);
        Some(pos2(first + LEG + 10.0, top + bar + 8.0))
    }
}

/// How wide words in a bar are, points.
fn words_width(ui: &Ui, text: &str) -> f32 {
    let galley =
        ui.painter()
            .layout_no_wrap(text.to_owned(), Type::MonoBold.font(), Color32::PLACEHOLDER);
    galley.size().x
}

/// What stands in its head, and in its foot where it has one.
fn words(call: &CallBox) -> (String, Option<String>) {
    let waited = call.waited.as_deref().unwrap_or_default();
    let result = format!("→ {}", call.result);
    match call.look {
        BoxLook::Waiting => (format!("{} waits {waited}", call.text), None),
        BoxLook::Waited => (format!("{} {waited}", call.text), Some(result)),
        BoxLook::Interrupted if call.waited.is_some() => {
            (format!("{} {waited}", call.text), Some(result))
        }
        BoxLook::GivenUp => (format!("{} given up", call.text), None),
        _ => (format!("{} {result}", call.text), None),
    }
}

fn colours(look: BoxLook, p: &Palette) -> Colours {
    let plain = Colours {
        fill: p.card,
        edge: p.text2,
        words: p.text,
        hatch: None,
    };
    match look {
        BoxLook::Waiting => Colours {
            fill: p.wait_dim,
            edge: p.wait,
            words: p.wait,
            hatch: Some(p.wait_line),
        },
        BoxLook::Waited => Colours {
            hatch: Some(p.ctl),
            ..plain
        },
        BoxLook::Interrupted | BoxLook::GivenUp => Colours {
            edge: p.ctl,
            hatch: Some(p.hair),
            ..plain
        },
        BoxLook::Error => Colours {
            fill: p.err,
            edge: p.err,
            words: p.onerr,
            hatch: None,
        },
        BoxLook::Done | BoxLook::WouldBlock => plain,
    }
}
