//! Small parts of the inspector: titles, facts, hints.

use eframe::egui::{Align, Layout, Response, Sense, Ui, vec2};

use crate::model::socket::Socket;
use crate::views::theme::{self, Type};
use crate::views::widgets::glyph;

/// The width of a fact's label.
const LABEL: f32 = 104.0;

/// Where a shown value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The kernel answered it.
    System,
    /// It follows from the calls made.
    Session,
    /// It is so with every socket.
    General,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System => "your system says",
            Self::Session => "from the session",
            Self::General => "in general",
        }
    }
}

/// A section's title, with words at its right, or below it where both do not fit.
pub(super) fn title(ui: &mut Ui, text: &str, right: &str) {
    let p = theme::of(ui);
    ui.add_space(4.0);
    ui.separator();
    let width = |font: Type, text: &str| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), font.font(), p.text);
        galley.size().x
    };
    let fits =
        width(Type::BodyBold, text) + width(Type::Label, right) + 12.0 < ui.available_width();
    ui.horizontal(|ui| {
        ui.label(Type::BodyBold.text(text));
        if fits && !right.is_empty() {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.label(Type::Label.colored(right, p.text3));
            });
        }
    });
    if !fits {
        ui.label(Type::Label.colored(right, p.text3));
    }
}

/// The title of facts that share a source.
pub(super) fn source_title(ui: &mut Ui, text: &str, source: Source) {
    title(ui, text, source.name());
}

/// A label and its value, which wraps.
pub(super) fn fact(ui: &mut Ui, label: &str, value: &str) -> Response {
    let p = theme::of(ui);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(LABEL, 18.0), Layout::left_to_right(Align::TOP), |ui| {
            ui.set_min_width(LABEL);
            ui.label(Type::Label.colored(label, p.text2));
        });
        ui.vertical(|ui| ui.label(Type::Mono.text(value))).inner
    })
    .inner
}

/// A quiet sentence.
pub(super) fn hint(ui: &mut Ui, words: &str) {
    ui.label(Type::Body.colored(words, theme::of(ui).text3));
}

/// The glyph, number and name of a socket, with words at the right.
pub(super) fn who(ui: &mut Ui, socket: Option<&Socket>, right: &str) {
    let p = theme::of(ui);
    ui.horizontal(|ui| {
        if let Some(socket) = socket {
            glyph(ui, socket.kind(), 16.0);
            ui.label(Type::CodeBold.text(socket.id.to_string()));
            ui.label(Type::CodeBold.text(&socket.name));
        } else {
            ui.label(Type::BodyBold.text("no socket"));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(Type::Label.colored(right, p.text2));
        });
    });
}

/// A number in a ring.
pub(super) fn numbered_ring(ui: &mut Ui, number: usize) {
    let p = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
    let painter = ui.painter();
    painter.circle_stroke(
        rect.center(),
        10.0,
        eframe::egui::Stroke::new(theme::size::LINE, p.ctl),
    );
    painter.text(
        rect.center(),
        eframe::egui::Align2::CENTER_CENTER,
        number.to_string(),
        Type::LabelBold.font(),
        p.text,
    );
}
