//! The programs of a lesson: the line of the step at hand, and the next line of each other program.

use std::borrow::Cow;

use eframe::egui::Ui;

use crate::model::event::Role;
use crate::model::socket::SocketKind;
use crate::script::lesson::Program;
use crate::views::inspector::parts;
use crate::views::lessons::{LessonShown, card_ui};
use crate::views::{Action, Shown};

use super::listing::{Listing, Lit, Turn, listing_ui};
use super::{CodeLanguage, CodeState, variables};

/// Room between the programs and the card below them.
const CARD_GAP: f32 = 8.0;

pub(super) fn lesson_ui(
    ui: &mut Ui,
    state: &mut CodeState,
    language: CodeLanguage,
    open: &LessonShown<'_>,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let known = open
        .lesson
        .variables(shown.recording, open.since, open.step);
    let kind_of = |name: &str| {
        let variable = known.iter().find(|variable| *variable.name == *name);
        variable.and_then(|variable| variable.kind)
    };
    for (index, program) in open.lesson.programs.iter().enumerate() {
        let Some(text) = text_of(program, language) else {
            let why = format!("This lesson brings no C for {}.", program.file);
            parts::hint(ui, &why);
            continue;
        };
        let lit = lit(open, index, shown).and_then(|lit| match language {
            CodeLanguage::Python => Some(lit),
            CodeLanguage::C => Some(Lit {
                line: program.c_line(lit.line)?,
                ..lit
            }),
        });
        let file = file_of(program, language);
        let listing = Listing {
            file: &file,
            text,
            language,
            kind: kind_of(&program.name).unwrap_or_else(|| kind_of_role(program.role)),
            lit,
            hint: None,
        };
        listing_ui(
            ui,
            state,
            &listing,
            "this step",
            kind_of,
            |_| false,
            actions,
        );
    }
    variables::variables_ui(ui, &known, shown, actions);
}

/// The card of the step at hand below the programs, however far they are scrolled; the room that it takes is remembered.
pub(in crate::views::inspector) fn below_ui(ui: &mut Ui, state: &mut CodeState, shown: &Shown<'_>) {
    let Some(card) = shown.lesson.as_ref().and_then(LessonShown::card) else {
        return;
    };
    let below = ui.vertical(|ui| {
        ui.add_space(CARD_GAP);
        card_ui(ui, card, shown.recording.sockets());
    });
    let room = below.response.rect.height() + ui.spacing().item_spacing.y;
    if (room - std::mem::replace(&mut state.card_room, room)).abs() > 1.0 {
        ui.ctx().request_discard("the card needs its room");
    }
}

/// The line of the last step in its program; in the others, the line they wait in, or else the one that comes next.
fn lit(open: &LessonShown<'_>, program: usize, shown: &Shown<'_>) -> Option<Lit> {
    let (done, next) = open.lesson.lines_at(program, open.step);
    let is_at = open
        .last()
        .is_some_and(|(_, step)| step.program == Some(program));
    let (line, turn) = if is_at {
        (done, Turn::Here)
    } else if open.waits(program, shown) {
        (done, Turn::Waits)
    } else {
        (next, Turn::Next)
    };
    line.map(|line| Lit { line, turn })
}

fn text_of(program: &Program, language: CodeLanguage) -> Option<&str> {
    match language {
        CodeLanguage::Python => Some(&program.source),
        CodeLanguage::C => program.c.as_deref(),
    }
}

fn file_of(program: &Program, language: CodeLanguage) -> Cow<'_, str> {
    match (language, program.file.strip_suffix(".py")) {
        (CodeLanguage::C, Some(stem)) => Cow::Owned(format!("{stem}.c")),
        _ => Cow::Borrowed(&program.file),
    }
}

fn kind_of_role(role: Role) -> SocketKind {
    match role {
        Role::Server => SocketKind::Listener,
        Role::Client => SocketKind::Client,
        Role::Peer => SocketKind::UdpPeer,
    }
}
