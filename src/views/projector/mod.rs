//! The projector: one exchange at a time, for the back row.
//!
//! Everything is measured in lines of a picture of 1080, so that it grows with the window; no word is lower than 36.
//! Nothing moves of itself but the seconds of a call that waits.

use std::sync::Arc;

use eframe::egui::{
    self, Align2, Color32, Context, CornerRadius, Event, FontId, Galley, Key, Pos2, Rect, Role,
    Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::model::call::SocketId;
use crate::model::exchange::{self, Exchange};
use crate::model::lifecycle;

use super::cards::CardsState;
use super::theme::{self, Large, Palette};
use super::upcoming::Upcoming;
use super::{Action, Shown};

mod bars;
mod caption;
mod heads;
mod ladder;
mod lanes;
mod lesson;
mod methods;
mod parts;
mod said;
mod work;

use lanes::Lanes;

/// What the projector remembers between frames.
#[derive(Debug, Default)]
pub struct ProjectorState {
    mode: Mode,
    /// Whether the window was in full screen before.
    was_full: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Off,
    On,
    Blank,
}

impl ProjectorState {
    /// Whether the projector has the window.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// Whether the screen is black.
    pub fn is_blank(&self) -> bool {
        self.mode == Mode::Blank
    }

    /// Opens it.
    pub fn open(&mut self, was_full: bool) {
        *self = Self {
            mode: Mode::On,
            was_full,
        };
    }

    /// Leaves it; returns whether the window was in full screen before.
    pub fn leave(&mut self) -> bool {
        self.mode = Mode::Off;
        self.was_full
    }

    /// Blanks the screen.
    pub fn blank(&mut self) {
        self.mode = Mode::Blank;
    }

    /// Whether the screen was black and a key or a click has just brought it back; that key does nothing else.
    pub fn wakes(&mut self, ctx: &Context) -> bool {
        if self.mode != Mode::Blank {
            return false;
        }
        let wakes = |event: &Event| match event {
            Event::Key {
                pressed, repeat, ..
            } => *pressed && !*repeat,
            Event::PointerButton { pressed, .. } => *pressed,
            _ => false,
        };
        let any = ctx.input_mut(|input| {
            let any = input.events.iter().any(wakes);
            input
                .events
                .retain(|event| !matches!(event, Event::Key { .. } | Event::Text(_)));
            any
        });
        if any {
            self.mode = Mode::On;
        }
        any
    }
}

/// The moment one exchange back from what is shown, where there is one.
pub fn before(shown: &Shown<'_>) -> Option<u64> {
    let all = exchange::exchanges(shown.recording, shown.flow(), None);
    let before = all.len().checked_sub(2).and_then(|index| all.get(index))?;
    shown
        .whole
        .first
        .filter(|first| before.last_seq() >= *first)?;
    Some(before.last_seq())
}

/// The moment one exchange on from the past; `None`: that is the present.
pub fn after(shown: &Shown<'_>) -> Option<u64> {
    let moment = shown.moment()?;
    let (recording, ladder) = (shown.whole.recording, shown.whole.ladder);
    let here = shown.recording.last().map(|entry| entry.number);
    let all = exchange::exchanges(recording, ladder.flow(), here);
    let mut later = all
        .iter()
        .map(Exchange::last_seq)
        .filter(|seq| *seq > moment);
    let next = later.next()?;
    // What happened last is the present.
    later.next().map(|_| next)
}

/// The projector, in all of the window.
pub fn projector_ui(
    ui: &mut Ui,
    state: &mut ProjectorState,
    cards: &CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let rect = ui.available_rect_before_wrap();
    if state.is_blank() {
        named(
            ui,
            "blank",
            rect,
            Role::Label,
            "The screen is blank: any key brings it back.",
        );
        ui.advance_cursor_after_rect(rect);
        return;
    }
    let all = exchange::exchanges(shown.recording, shown.flow(), None);
    let hall = Hall::new(ui, rect, shown, &all);
    hall.ui(ui, cards, actions);
    ui.advance_cursor_after_rect(rect);
}

/// What is shown, and the measure it is shown in.
struct Hall<'a> {
    /// Points per line of a picture of 1080.
    unit: f32,
    rect: Rect,
    p: &'static Palette,
    shown: &'a Shown<'a>,
    /// What happened until what is shown, the last one now.
    told: &'a [Exchange],
    /// Whether that is the past.
    is_past: bool,
    /// What comes next.
    next: Option<Upcoming>,
}

/// So much larger everything is for a large hall.
const LARGE_HALL: f32 = 1.25;

/// Heights, in lines.
const TOP: f32 = 84.0;
const STRIP: f32 = 76.0;
const METHODS: f32 = 92.0;
const CAPTION: f32 = 156.0;
const FOOT: f32 = 72.0;
/// Less than this is no ladder.
const LADDER: f32 = 140.0;
/// What is kept free at both sides.
const MARGIN: f32 = 40.0;

impl<'a> Hall<'a> {
    fn new(ui: &Ui, rect: Rect, shown: &'a Shown<'a>, told: &'a [Exchange]) -> Self {
        let is_past = shown.moment().is_some();
        let larger = if shown.large_hall { LARGE_HALL } else { 1.0 };
        Self {
            unit: rect.height() / 1080.0 * larger,
            rect,
            p: theme::of(ui),
            shown,
            told,
            is_past,
            next: (!is_past).then(|| Upcoming::of(shown)).flatten(),
        }
    }

    fn ui(&self, ui: &mut Ui, cards: &CardsState, actions: &mut Vec<Action>) {
        let mut rest = self.rect;
        let foot = self.cut_bottom(&mut rest, FOOT);
        let top = self.cut_top(&mut rest, TOP);
        bars::top_ui(ui, self, top);
        bars::foot_ui(ui, self, foot);
        let page = lesson::page(self.shown);
        let high = page
            .as_ref()
            .map_or(Some(CAPTION), |page| page.height(ui, self));
        let shown = Lanes::choose(self);
        let heads_height = heads::height(self, shown.len());
        let least = heads_height + STRIP + LADDER;
        // A page that leaves no room for a ladder has all of it.
        if let Some(page) = &page
            && high.is_none_or(|high| rest.height() < self.px(high + least))
        {
            page.ui(ui, self, rest, actions);
            return;
        }
        let high = high.unwrap_or(CAPTION);
        let caption = self.cut_bottom(&mut rest, high);
        let strip = self.cut_bottom(&mut rest, STRIP);
        let chosen = self.chosen();
        let methods = chosen
            .filter(|_| self.is_free_play())
            .map(|socket| (socket, self.cut_bottom(&mut rest, METHODS)));
        let heads = self.cut_top(&mut rest, heads_height);

        let lanes = Lanes::lay_out(self, heads, &shown);
        heads::heads_ui(ui, self, &lanes, actions);
        ladder::ladder_ui(ui, self, &lanes, self.inset(rest));
        bars::strip_ui(ui, self, self.inset(strip));
        if let Some((socket, place)) = methods {
            methods::methods_ui(ui, self, self.inset(place), socket, cards, actions);
        }
        match page {
            Some(page) => page.ui(ui, self, caption, actions),
            None => caption::caption_ui(ui, self, caption),
        }
        if self.shown.recording.waiting() > 0 && !self.is_past {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs(1));
        }
    }

    /// Lines in points.
    fn px(&self, lines: f32) -> f32 {
        lines * self.unit
    }

    /// How many lines wide the picture is.
    fn width(&self) -> f32 {
        self.rect.width() / self.unit
    }

    fn inset(&self, rect: Rect) -> Rect {
        rect.shrink2(vec2(self.px(MARGIN), 0.0))
    }

    fn cut_top(&self, rest: &mut Rect, lines: f32) -> Rect {
        let (cut, left) = rest.split_top_bottom_at_y(rest.top() + self.px(lines));
        *rest = left;
        cut
    }

    fn cut_bottom(&self, rest: &mut Rect, lines: f32) -> Rect {
        let (left, cut) = rest.split_top_bottom_at_y(rest.bottom() - self.px(lines));
        *rest = left;
        cut
    }

    /// What is told now.
    fn now(&self) -> Option<&Exchange> {
        self.told.last()
    }

    /// Whether the user makes the calls: nothing plays, and it is the present of this session.
    fn is_free_play(&self) -> bool {
        self.shown.playing.is_none() && self.shown.lesson.is_none() && self.shown.can_call()
    }

    /// The socket whose methods stand large.
    fn chosen(&self) -> Option<SocketId> {
        let sockets = self.shown.recording.sockets();
        let selected = self.shown.selected.and_then(|id| sockets.get(id));
        selected
            .filter(|socket| !socket.is_closed())
            .or_else(|| sockets.open().next_back())
            .map(|socket| socket.id)
    }

    /// A socket's state in a word.
    fn badge(&self, socket: SocketId) -> Option<String> {
        let socket = self.shown.recording.sockets().get(socket)?;
        Some(lifecycle::badge(socket))
    }

    fn font(&self, large: Large) -> FontId {
        large.font(self.unit)
    }

    /// Text in one line, cut where it is wider than `width` points.
    fn galley(&self, ui: &Ui, text: &str, large: Large, color: Color32, width: f32) -> Arc<Galley> {
        let mut job =
            egui::text::LayoutJob::simple_singleline(text.to_owned(), self.font(large), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
        ui.painter().layout_job(job)
    }

    /// How wide a text is, points.
    fn text_width(&self, ui: &Ui, text: &str, large: Large) -> f32 {
        self.galley(ui, text, large, Color32::PLACEHOLDER, f32::INFINITY)
            .size()
            .x
    }

    /// Paints a text in one line; returns where it stands.
    fn text(
        &self,
        ui: &Ui,
        at: Pos2,
        anchor: Align2,
        (text, large, color): (&str, Large, Color32),
        width: f32,
    ) -> Rect {
        let galley = self.galley(ui, text, large, color, width);
        let rect = anchor.anchor_size(at, galley.size());
        ui.painter().galley(rect.min, galley, color);
        rect
    }

    /// Paints a text on a plate of the ground, so that no line runs through it.
    fn plate(
        &self,
        ui: &Ui,
        at: Pos2,
        anchor: Align2,
        (text, large, color): (&str, Large, Color32),
        width: f32,
    ) -> Rect {
        let galley = self.galley(ui, text, large, color, width);
        let rect = anchor.anchor_size(at, galley.size());
        ui.painter()
            .rect_filled(rect.expand2(self.pad()), CornerRadius::ZERO, self.p.lane);
        ui.painter().galley(rect.min, galley, color);
        rect
    }

    fn pad(&self) -> Vec2 {
        vec2(self.px(10.0), 0.0)
    }

    fn stroke(&self, lines: f32, color: Color32) -> Stroke {
        Stroke::new(self.px(lines), color)
    }

    fn radius(&self, lines: f32) -> CornerRadius {
        CornerRadius::same(self.px(lines).round() as u8)
    }
}

/// Gives a painted part its node in the accessibility tree.
fn named(ui: &mut Ui, id: impl egui::AsIdSalt, rect: Rect, role: Role, words: &str) {
    let id = ui.scope_id().with(id);
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(role, true, words));
}

/// Whether a key was struck: held down, it counts once. It is used up.
pub fn struck(ctx: &Context, key: Key) -> bool {
    ctx.input_mut(|input| {
        let mut struck = false;
        input.events.retain(|event| match event {
            Event::Key {
                key: pressed_key,
                pressed: true,
                repeat,
                modifiers,
                ..
            } if *pressed_key == key && modifiers.is_none() => {
                struck |= !*repeat;
                false
            }
            _ => true,
        });
        struck
    })
}

/// The middle of a side.
fn at(x: f32, y: f32) -> Pos2 {
    pos2(x, y)
}
