//! The ladder under the cards: one life line per socket, time downward.
//!
//! What stands where is the model's; here it gets a colour, a place across, and an answer to the mouse. Only what is in
//! view is asked for, so that a long session costs no more than a short one.

use std::net::SocketAddr;

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{
    Align2, Color32, CursorIcon, Id, Rangef, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use crate::model::beside::Beside;
use crate::model::call::SocketId;
use crate::model::ladder::{Lane, Scene};
use crate::model::recording::RowNumber;
use crate::model::socket::{Socket, SocketKind};

use super::columns::Lane as Column;
use super::theme::{self, Type, size};
use super::{Action, Shown};

mod arrows;
mod boxes;
mod labels;
mod lesson;
mod lines;
mod place;
mod spans;
mod standing;
mod strips;
mod touch;

use place::Place;
pub use place::outside_width;

/// The gutter with the times, points.
pub(super) const GUTTER: f32 = 68.0;
/// One row of boxes, points, at zoom 1.
const PITCH: f32 = 24.0;
/// The scroll bar's width, points.
const BAR: f32 = 8.0;
/// How far the ladder can be zoomed.
const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=3.0;
/// Free room below "now", pitches.
const BELOW: f64 = 1.0;

/// What the ladder remembers between frames.
#[derive(Debug)]
pub struct LadderState {
    /// What stands at the upper edge, pitches.
    top: f64,
    zoom: f32,
    /// The row that was chosen in the last frame.
    row: Option<RowNumber>,
    /// When the session shown began: another one starts at its end.
    session: Option<u64>,
}

impl Default for LadderState {
    fn default() -> Self {
        Self {
            top: 0.0,
            zoom: 1.0,
            row: None,
            session: None,
        }
    }
}

/// Where the ladder is painted.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The room under the cards.
    pub area: Rect,
    /// Where each socket's card stands.
    pub columns: &'a [Column],
    /// Where all columns end: what many sockets share too, which has no life line.
    pub right: f32,
    /// The peers outside that have life lines, right of all columns.
    pub outside: &'a [SocketAddr],
    /// Two sockets whose calls are compared.
    pub beside: Option<&'a Beside>,
}

/// Paints the ladder. `follow`: whether the newest call is to be kept in view, here and in the log.
pub fn ladder_ui(
    ui: &mut Ui,
    state: &mut LadderState,
    ground: Ground<'_>,
    follow: &mut bool,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let area = ground.area.intersect(ui.clip_rect());
    if area.height() < PITCH || area.width() < GUTTER {
        return;
    }
    let sense = ui.interact(area, Id::unique("ladder"), Sense::click_and_drag());
    sense.widget_info(|| WidgetInfo::labeled(Role::Group, true, "Ladder"));
    let height = f64::from(area.height() / (PITCH * state.zoom));
    let next = lesson::next_call(shown).map_or(0.0, |_| lesson::NEXT);
    let next = next.max(standing::room(shown) / f64::from(PITCH * state.zoom));
    let end = shown.ladder.end(shown.now) + BELOW + next;
    state.choose(shown, height, follow);
    let is_steered = state.steer(ui, &sense, follow);
    state.keep_within(shown.ladder.top(), end, height, follow, is_steered);
    let lanes: Vec<SocketId> = ground.columns.iter().map(|lane| lane.socket).collect();
    let view = state.top..state.top + height;
    let scene = shown
        .ladder
        .scene_of(shown.recording, view, shown.now, Some(&lanes));
    let builder = UiBuilder::new().max_rect(area).id_salt("ladder");
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(area);
        let place = Place::new(area, state.top, state.zoom, &ground);
        let mut painter = Painting {
            place,
            shown,
            actions,
            taken: Vec::new(),
            strips: Vec::new(),
            band: None,
        };
        painter.paint(ui, &scene, ground.beside);
    });
    state.bar_ui(ui, area, shown.ladder.top()..end, height, follow);
    state.zoom_ui(ui, area);
}

impl LadderState {
    /// Brings a row into view that was chosen elsewhere.
    fn choose(&mut self, shown: &Shown<'_>, height: f64, follow: &mut bool) {
        if self.session != shown.recording.first_at() {
            self.session = shown.recording.first_at();
            self.row = None;
            self.top = 0.0;
        }
        if self.row == shown.row {
            return;
        }
        self.row = shown.row;
        let Some(row) = shown.row else { return };
        *follow = false;
        if let Some((top, bottom)) = shown.ladder.place(row, shown.recording) {
            let is_in_view = top >= self.top && bottom <= self.top + height;
            if !is_in_view {
                self.top = top - height / 3.0;
            }
        }
    }

    /// Zooms and scrolls as the mouse says; whether it scrolled.
    fn steer(&mut self, ui: &Ui, ground: &Response, follow: &mut bool) -> bool {
        let pitch = PITCH * self.zoom;
        let mut points = 0.0;
        if ground.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            points += ground.drag_delta().y;
            let across = vec2(ground.drag_delta().x, 0.0);
            ui.scroll_with_delta_animation(across, ScrollAnimation::none());
        }
        if ui.rect_contains_pointer(ground.rect) {
            let zoom = ui.input(eframe::egui::InputState::zoom_delta);
            if (zoom - 1.0).abs() > f32::EPSILON {
                self.set_zoom(self.zoom * zoom);
                return false;
            }
            points += ui.input(|input| input.smooth_scroll_delta().y);
            ui.input_mut(|input| input.smooth_scroll_delta.y = 0.0);
        }
        if points != 0.0 {
            self.top -= f64::from(points / pitch);
            *follow = false;
        }
        points != 0.0
    }

    /// Puts the view where there is something to see. Who scrolls to the very end follows again; who stopped
    /// following elsewhere, with the end in view here, does not.
    fn keep_within(
        &mut self,
        first: f64,
        end: f64,
        height: f64,
        follow: &mut bool,
        is_steered: bool,
    ) {
        let last = (end - height).max(first);
        if *follow {
            self.top = last;
        }
        let is_past = self.top >= last;
        self.top = self.top.clamp(first, last);
        if is_steered && is_past && self.row.is_none() {
            *follow = true;
        }
    }

    fn set_zoom(&mut self, zoom: f32) {
        self.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
    }

    fn bar_ui(
        &mut self,
        ui: &Ui,
        area: Rect,
        all: std::ops::Range<f64>,
        height: f64,
        follow: &mut bool,
    ) {
        let length = all.end - all.start;
        if length <= height {
            return;
        }
        let track = Rect::from_min_max(pos2(area.right() - BAR, area.top()), area.max);
        let response = ui.interact(track, Id::unique("ladder bar"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Scroll the ladder"));
        let handle = ((height / length) as f32 * track.height()).max(24.0);
        let room = f64::from(track.height() - handle);
        if let Some(at) = response.interact_pointer_pos() {
            let share = f64::from(at.y - track.top() - handle / 2.0) / room.max(1.0);
            self.top = all.start + share.clamp(0.0, 1.0) * (length - height);
            *follow = share >= 1.0;
        }
        let share = (self.top - all.start) / (length - height);
        let top = track.top() + (share * room) as f32;
        let p = theme::of(ui);
        let rect = Rect::from_min_size(pos2(track.left() + 2.0, top), vec2(BAR - 4.0, handle));
        let color = if response.hovered() || response.dragged() {
            p.text3
        } else {
            p.ctl
        };
        ui.painter().rect_filled(rect, 2.0, color);
    }

    fn zoom_ui(&mut self, ui: &mut Ui, area: Rect) {
        let p = theme::of(ui);
        let signs = [
            ("−", 1.0 / 1.25, "Ladder smaller"),
            ("+", 1.25, "Ladder larger"),
        ];
        for (index, (sign, factor, name)) in signs.into_iter().enumerate() {
            let min = pos2(area.left() + 4.0 + 22.0 * index as f32, area.top() + 4.0);
            let rect = Rect::from_min_size(min, vec2(20.0, 20.0));
            let response = ui.interact(rect, Id::unique(name), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            let fill = if response.hovered() {
                p.raised
            } else {
                p.panel
            };
            ui.painter().rect(
                rect,
                f32::from(size::RADIUS_BOX),
                fill,
                Stroke::new(size::LINE, p.ctl),
                eframe::egui::StrokeKind::Inside,
            );
            let font = Type::BodyBold.font();
            ui.painter()
                .text(rect.center(), Align2::CENTER_CENTER, sign, font, p.text);
            super::widgets::focus_ring(ui, &response, rect);
            if response.clicked() {
                self.set_zoom(self.zoom * factor);
            }
            response.on_hover_text(format!("{name} (Ctrl and the wheel)"));
        }
    }
}

/// One frame's painting.
struct Painting<'a, 'b> {
    place: Place,
    shown: &'a Shown<'b>,
    actions: &'a mut Vec<Action>,
    /// Where something is painted that no label may cover.
    taken: Vec<Rect>,
    /// The strip of each program of one thread, as far as it is in view.
    strips: Vec<Option<Rect>>,
    /// The heights of the chosen call's band.
    band: Option<Rangef>,
}

impl Painting<'_, '_> {
    fn paint(&mut self, ui: &mut Ui, scene: &Scene, beside: Option<&Beside>) {
        self.selected_band(ui, scene);
        self.step_band(ui);
        self.lines_ui(ui, scene);
        if let Some(beside) = beside {
            self.strips_ui(ui, scene, beside);
        }
        self.standing_ui(ui, scene);
        self.spans_ui(ui, scene);
        self.arrow_lines(ui, scene);
        self.boxes_ui(ui, scene);
        self.queued_ui(ui, scene);
        self.stands_still_ui(ui, scene);
        self.results_ui(ui, scene);
        self.arrow_labels(ui, scene);
        if let Some(beside) = beside {
            self.verdicts_ui(ui, scene, beside);
        }
        self.gutter_ui(ui, scene);
        self.counters_ui(ui, scene);
        self.step_words(ui);
        self.next_call_ui(ui);
    }

    fn kind(&self, lane: Lane) -> Option<SocketKind> {
        match lane {
            Lane::Socket(id) => self.shown.recording.sockets().get(id).map(Socket::kind),
            Lane::Outside(_) => None,
        }
    }

    /// A lane's name, for those who hear the picture.
    fn name(&self, lane: Lane) -> String {
        match lane {
            Lane::Socket(id) => {
                let socket = self.shown.recording.sockets().get(id);
                socket.map_or_else(|| id.to_string(), |socket| socket.name.clone())
            }
            Lane::Outside(address) => outside_name(address),
        }
    }

    /// What words at this height are painted on.
    fn ground(&self, ui: &Ui, y: f32) -> Color32 {
        let p = theme::of(ui);
        match self.band {
            Some(band) if band.contains(y) => p.raised,
            _ => p.lane,
        }
    }

    fn is_chosen(&self, row: Option<RowNumber>) -> bool {
        row.is_some() && row == self.shown.row
    }

    fn choose(&mut self, row: RowNumber) {
        self.actions.push(Action::SelectRow(Some(row)));
    }
}

fn outside_name(address: SocketAddr) -> String {
    format!("another program, {address}")
}
