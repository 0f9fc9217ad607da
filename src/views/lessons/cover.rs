//! What stands in the middle before the first step: what the lesson is about, and who takes part.

use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::model::counted;
use crate::model::event::Role;
use crate::model::socket::SocketKind;
use crate::views::Shown;
use crate::views::theme::{self, Type};
use crate::views::widgets::glyph;

use super::words::{Voice, words_ui};

/// The cover of the open lesson, or the way to one.
pub fn cover_ui(ui: &mut Ui, shown: &Shown<'_>) {
    const WIDTH: f32 = 620.0;
    let p = theme::of(ui);
    let area = ui.available_rect_before_wrap();
    let width = (area.width() - 48.0).min(WIDTH);
    let left = area.center().x - width / 2.0;
    let top = area.top() + (area.height() * 0.18).min(140.0);
    ScrollArea::vertical().id_salt("cover").show(ui, |ui| {
        let rect = Rect::from_min_size(pos2(left, top), vec2(width, f32::INFINITY));
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            ui.spacing_mut().item_spacing.y = 12.0;
            let Some(lesson) = &shown.lesson else {
                ui.label(Type::Title.colored("Choose a lesson on the left.", p.text));
                let words = "Each is played with real sockets, one step at a time.";
                ui.label(Type::Subtitle.colored(words, p.text2));
                return;
            };
            ui.label(Type::Title.colored(lesson.lesson.title.as_str(), p.text));
            let voice = Voice::new(Type::Subtitle, Type::CodeBold, p.text2);
            words_ui(ui, &lesson.lesson.goal, &voice, shown.recording.sockets());
            for program in &lesson.lesson.programs {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 12.0;
                    glyph(ui, kind(program.role), 16.0);
                    ui.label(Type::CodeBold.colored(program.name.as_ref(), p.text));
                    ui.label(Type::Code.colored(program.file.as_str(), p.text2));
                });
            }
            let steps = counted(lesson.of() as u64, "step");
            let steps = format!("{steps}. Press Next, or PageDown.");
            ui.label(Type::Body.colored(steps, p.text2));
        });
    });
}

/// The sign of a program's first socket.
fn kind(role: Role) -> SocketKind {
    match role {
        Role::Server => SocketKind::Listener,
        Role::Client => SocketKind::Client,
        Role::Peer => SocketKind::UdpPeer,
    }
}
