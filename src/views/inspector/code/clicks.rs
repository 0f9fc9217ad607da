//! The programs of your clicks: the chosen row's line is lit, and a line chooses its row.

use eframe::egui::Ui;

use crate::model::recording::RowNumber;
use crate::model::socket::{Socket, SocketKind};
use crate::views::inspector::parts;
use crate::views::{Action, Shown};

use super::listing::{Listing, Lit, Turn, listing_ui};
use super::{CodeLanguage, CodeState, ProgramSource, variables};

pub(super) fn clicks_ui(
    ui: &mut Ui,
    state: &mut CodeState,
    language: CodeLanguage,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sources = match shown.code {
        Some(Ok(sources)) => sources,
        Some(Err(why)) => return parts::hint(ui, why),
        None => return parts::hint(ui, "The programs are being written."),
    };
    parts::hint(
        ui,
        "Your calls as programs. A click on a line chooses its row.",
    );
    let sockets = shown.recording.sockets();
    let kind_of = |name: &str| Some(sockets.named(name)?.kind());
    for source in sources {
        let mine = sockets
            .iter()
            .find(|socket| socket.program == source.program);
        let listing = Listing {
            file: &source.file,
            text: &source.text,
            language,
            kind: mine.map_or(SocketKind::Client, Socket::kind),
            lit: shown.row.and_then(|row| lit(source, row)),
            hint: Some("Choose the row of this line"),
        };
        let has_row = |line: u32| row_on(source, line).is_some();
        let clicked = listing_ui(ui, state, &listing, "chosen", kind_of, has_row, actions);
        if let Some(row) = clicked.and_then(|line| row_on(source, line)) {
            actions.push(Action::SelectRow(Some(row)));
        }
    }
    variables::sockets_ui(ui, shown, actions);
}

fn lit(source: &ProgramSource, row: RowNumber) -> Option<Lit> {
    let found = source.lines.iter().find(|(_, of)| *of == row);
    found.map(|(line, _)| Lit {
        line: *line,
        turn: Turn::Here,
    })
}

fn row_on(source: &ProgramSource, line: u32) -> Option<RowNumber> {
    let found = source.lines.iter().find(|(of, _)| *of == line);
    found.map(|(_, row)| *row)
}
