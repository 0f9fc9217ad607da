//! One program's text with its line numbers, the current line lit.

use eframe::egui::epaint::RectShape;
use eframe::egui::{
    Align, Align2, Label, Layout, Rect, Response, Role as AccessRole, ScrollArea, Sense, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};

use crate::model::payload::{SHOWN, visible, visible_text};
use crate::model::socket::SocketKind;
use crate::views::Action;
use crate::views::buttons::BarButton;
use crate::views::theme::{self, Type, size};
use crate::views::widgets::{Direction, focus_ring, glyph, paint_triangle};

use super::tint::{job, line_text, words};
use super::{CodeLanguage, CodeState};

/// Height of a line.
const LINE: f32 = 20.0;
/// Room for the sign of the current line, between its number and the code.
const SIGN: f32 = 13.0;

/// A program as it is shown.
pub(super) struct Listing<'a> {
    /// Its file.
    pub(super) file: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// What it is in.
    pub(super) language: CodeLanguage,
    /// Whose program it is.
    pub(super) kind: SocketKind,
    /// The line that is lit.
    pub(super) lit: Option<Lit>,
    /// What a line does when it is clicked; `None`: nothing.
    pub(super) hint: Option<&'a str>,
}

/// A line that is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lit {
    /// Which, counted from 1.
    pub(super) line: u32,
    /// What it is to its program.
    pub(super) turn: Turn,
}

/// What a line that is lit is to its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// What was last chosen or done anywhere.
    Here,
    /// The program stands in it: its call waits.
    Waits,
    /// It is yet to come: only its sign is hollow.
    Next,
}

impl Lit {
    /// What it is called; `here`: where it is what was last chosen or done.
    fn word(self, here: &str) -> &str {
        match self.turn {
            Turn::Here => here,
            Turn::Waits => "waits",
            Turn::Next => "next",
        }
    }

    /// `this step: line 5`, `waits: line 6`, `next: line 7`.
    fn words(self, here: &str) -> String {
        format!("{}: line {}", self.word(here), self.line)
    }
}

/// Shows it; returns the line that was clicked. `what` names the line that is lit: `this step`.
pub(super) fn listing_ui(
    ui: &mut Ui,
    state: &mut CodeState,
    listing: &Listing<'_>,
    what: &str,
    kind_of: impl Fn(&str) -> Option<SocketKind>,
    can_click: impl Fn(u32) -> bool,
    actions: &mut Vec<Action>,
) -> Option<u32> {
    head_ui(ui, listing, what, actions);
    let p = theme::of(ui);
    let lines: Vec<_> = listing
        .text
        .lines()
        .map(shown_part)
        .map(line_text)
        .collect();
    let longest = lines
        .iter()
        .map(|line| visible_text(line).chars().count())
        .max();
    let letter = ui
        .ctx()
        .fonts_mut(|fonts| fonts.glyph_width(&Type::Mono.font(), 'm'));
    let digits = lines.len().max(10).ilog10() + 1;
    let gutter = letter * digits as f32 + SIGN;
    let wide = gutter + letter * longest.unwrap_or(0) as f32;
    let (mut clicked, mut reveals) = (None, None);
    let ground = ui.painter().add(eframe::egui::Shape::Noop);
    let area = ScrollArea::horizontal()
        .id_salt(("listing", listing.file))
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let size = vec2(wide.max(ui.available_width()), LINE * lines.len() as f32);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            let seen = ui.clip_rect();
            for (number, line) in (1_u32..).zip(&lines) {
                let top = rect.top() + LINE * (number - 1) as f32;
                let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), LINE));
                let lit = listing.lit.filter(|lit| lit.line == number);
                if lit.is_some() && is_new(state, listing.file, number) {
                    reveals = Some(row);
                }
                if !row.intersects(seen) {
                    continue;
                }
                let clickable = can_click(number);
                let response =
                    line_response(ui, row, listing, (number, line), lit, clickable, what);
                if let Some(lit) = lit {
                    let kind = words(line, listing.language).find_map(&kind_of);
                    paint_lit(ui, row, gutter, lit, kind.unwrap_or(listing.kind));
                } else if clickable && response.hovered() {
                    ui.painter().rect_filled(row, 0.0, p.raised);
                }
                paint_number(ui, row, gutter, number, lit.is_some());
                let job = job(line, listing.language, &kind_of, p);
                let galley = ui.painter().layout_job(job);
                let at = pos2(row.left() + gutter, row.center().y - galley.size().y / 2.0);
                ui.painter().galley(at, galley, p.text);
                focus_ring(ui, &response, row.shrink(2.0));
                let response = match listing.hint.filter(|_| clickable) {
                    Some(hint) => response.on_hover_text(hint),
                    None => response,
                };
                if clickable && response.clicked() {
                    clicked = Some(number);
                }
            }
            rect
        });
    let ground_rect = Rect::from_x_y_ranges(area.inner_rect.x_range(), area.inner.y_range());
    ui.painter().set(
        ground,
        RectShape::filled(ground_rect, size::RADIUS_BOX, p.field),
    );
    if let Some(row) = reveals {
        // Only up and down: a line begins where it can be seen.
        let left = ui.min_rect().left();
        ui.scroll_to_rect(Rect::from_x_y_ranges(left..=left, row.y_range()), None);
    }
    ui.add_space(8.0);
    clicked
}

fn head_ui(ui: &mut Ui, listing: &Listing<'_>, what: &str, actions: &mut Vec<Action>) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        glyph(ui, listing.kind, 16.0);
        let file = visible_text(listing.file);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Copy {file}");
            let copy = BarButton::new("Copy").named(&name).show(ui);
            if copy
                .on_hover_text("Puts the whole program on the clipboard")
                .clicked()
            {
                actions.push(Action::Copy(copied(listing.text)));
            }
            if let Some(lit) = listing.lit {
                ui.label(Type::Label.colored(lit.words(what), p.text2));
            }
            // The name has what is left, and ends with … where that is too little.
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let label = Label::new(Type::CodeBold.colored(file.as_ref(), p.text));
                ui.add(label.truncate()).on_hover_text(file.as_ref());
            });
        });
    });
}

/// What is shown of a line: a payload in a program may be of any length.
fn shown_part(line: &str) -> &str {
    &line[..line.floor_char_boundary(SHOWN)]
}

/// The program as text of which nothing is hidden: a lesson's may come from anywhere.
fn copied(text: &str) -> String {
    let mut copied = String::with_capacity(text.len());
    for line in text.lines() {
        copied.push_str(&visible_text(&line_text(line)));
        copied.push('\n');
    }
    copied
}

fn line_response(
    ui: &Ui,
    row: Rect,
    listing: &Listing<'_>,
    (number, line): (u32, &str),
    lit: Option<Lit>,
    clickable: bool,
    what: &str,
) -> Response {
    let sense = if clickable {
        Sense::click()
    } else {
        Sense::HOVER
    };
    let id = ui.scope_id().with((listing.file, number));
    let response = ui.interact(row, id, sense);
    response.widget_info(|| {
        let role = if clickable {
            AccessRole::Button
        } else {
            AccessRole::Label
        };
        let mut name = format!(
            "{} line {number}: {}",
            listing.file,
            visible(line.as_bytes())
        );
        if let Some(lit) = lit {
            name.push_str(", ");
            name.push_str(lit.word(what));
        }
        WidgetInfo::selected(role, ui.is_enabled(), lit.is_some(), name)
    });
    response
}

/// Whether it is another line than the one that was lit in this file before.
fn is_new(state: &mut CodeState, file: &str, line: u32) -> bool {
    if let Some((_, known)) = state.lit.iter_mut().find(|(of, _)| of == file) {
        return std::mem::replace(known, line) != line;
    }
    state.lit.push((file.to_owned(), line));
    true
}

fn paint_lit(ui: &Ui, row: Rect, gutter: f32, lit: Lit, kind: SocketKind) {
    let p = theme::of(ui);
    let (full, dim, _) = theme::role_colors(p, kind);
    ui.painter().rect_filled(row, 0.0, dim);
    let seen = ui.clip_rect();
    let bar = Rect::from_min_size(pos2(seen.left(), row.top()), vec2(3.0, row.height()));
    ui.painter().rect_filled(bar, 0.0, full);
    let sign = pos2(row.left() + gutter - 6.0, row.center().y);
    if lit.turn == Turn::Next {
        let line = Stroke::new(size::LINE_ICON, full);
        let points = [vec2(-3.0, -4.0), vec2(4.0, 0.0), vec2(-3.0, 4.0)].map(|at| sign + at);
        ui.painter()
            .add(eframe::egui::Shape::closed_line(points.to_vec(), line));
    } else {
        paint_triangle(ui.painter(), sign, 8.0, Direction::Right, full);
    }
}

fn paint_number(ui: &Ui, row: Rect, gutter: f32, number: u32, is_lit: bool) {
    let p = theme::of(ui);
    let (font, color) = if is_lit {
        (Type::MonoBold, p.text)
    } else {
        (Type::Mono, p.text3)
    };
    ui.painter().text(
        pos2(row.left() + gutter - SIGN, row.center().y),
        Align2::RIGHT_CENTER,
        number.to_string(),
        font.font(),
        color,
    );
}
