//! A `select`: one box across the lanes that it watches, with a diamond on the line of each.

use eframe::egui::{Align2, Rangef, Rect, Role, Ui, pos2};

use crate::model::call::{Outcome, SocketId, Value};
use crate::model::exchange::Exchange;
use crate::model::recording::CallEntry;
use crate::views::projector::lanes::Lane;
use crate::views::projector::parts::Look;
use crate::views::projector::{Hall, at, named};
use crate::views::theme::{self, Large};

use super::art::Art;

/// From the outermost line to the end of the box, lines.
pub(super) const BEYOND: f32 = 60.0;
/// Below the box: its diamonds, and the word beside one, lines.
const BELOW: f32 = 46.0;
/// Half a diamond, of the height of a box.
const NOTCH: f32 = 0.2;

impl Art<'_> {
    /// Whether it was painted: none of its lanes may be there.
    pub(super) fn select(&self, ui: &mut Ui, exchange: &Exchange, watched: &[SocketId]) -> bool {
        let hall = self.hall;
        let entry = &exchange.call;
        let Some(across) = self.lanes.across(watched, hall.px(BEYOND)) else {
            return false;
        };
        let shown: Vec<&Lane> = watched.iter().filter_map(|id| self.lanes.of(*id)).collect();
        let lines = self.select_lines(entry, watched.len(), shown.len());
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let area = hall.inset(hall.rect);
        let size = self.size_of(ui, &lines, area.width());
        let width = across.span().max(hall.box_width(ui, &lines, size));
        let notch = hall.px(self.sizes.high * NOTCH);
        let rect = self.select_place(across.center(), width.min(area.width()), entry);
        hall.call_box(ui, rect, &lines, size, Look::of(entry), None);
        let ready = exchange.ready();
        for lane in &shown {
            let is_ready = ready.contains(&lane.socket);
            self.watched(ui, lane, is_ready, rect, notch);
        }
        let name = |id: &SocketId| hall.shown.recording.sockets().name_of(*id);
        let names: Vec<String> = shown.iter().map(|lane| name(&lane.socket)).collect();
        let words = format!("select across {}", names.join(", "));
        named(ui, ("select", entry.number), rect, Role::Label, &words);
        true
    }

    /// Where the box stands: above its diamonds.
    fn select_place(&self, center: f32, width: f32, entry: &CallEntry) -> Rect {
        let hall = self.hall;
        let high = hall.px(self.sizes.high);
        let all = Rangef::new(
            self.upper() - high / 2.0,
            self.area.bottom() - hall.px(BELOW),
        );
        let all = if Look::of(entry).is_tall() {
            all
        } else {
            Rangef::point(all.center()).expand(high / 2.0)
        };
        let rect = Rect::from_x_y_ranges(Rangef::point(center).expand(width / 2.0), all);
        Hall::within(rect, hall.inset(hall.rect))
    }

    /// What it found, and how long it waited.
    fn select_lines(&self, entry: &CallEntry, watched: usize, shown: usize) -> Vec<String> {
        let sockets = self.hall.shown.recording.sockets();
        let result = match &entry.outcome {
            Some(Outcome::Ok(Value::Ready(ready))) => Some(ready.short(|id| sockets.name_of(id))),
            _ => entry.result(sockets, 0),
        };
        let mut lines = self.lines(entry);
        if watched > shown {
            lines[0] = format!("{} on {watched} sockets", lines[0]);
        }
        if let Some(result) = result {
            lines[0] = format!("{} → {result}", lines[0]);
        }
        lines
    }

    /// The diamond below the box, on a line.
    fn watched(&self, ui: &Ui, lane: &Lane, is_ready: bool, rect: Rect, notch: f32) {
        let hall = self.hall;
        let (full, ..) = theme::role_colors(hall.p, lane.kind);
        let center = at(lane.x, rect.bottom() + notch);
        hall.notch(ui, center, notch, (full, is_ready));
        if is_ready {
            let look = ("ready", Large::NoteBold, full);
            let from = pos2(
                center.x + notch + hall.px(10.0),
                rect.bottom() + hall.px(23.0),
            );
            hall.text(ui, from, Align2::LEFT_CENTER, look, f32::INFINITY);
        }
    }
}
