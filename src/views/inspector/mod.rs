//! The inspector: the life cycle of the calls, the states of the chosen socket, the programs, and Details of what is
//! chosen.

use eframe::egui::{
    self, Align2, Response, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::cards::CardsState;
use super::theme::{self, Type, size};
use super::{Action, Shown};

mod bytes;
mod c_call;
mod call;
mod cards;
mod code;
mod diagram;
mod headline;
mod kernel;
mod making;
mod methods;
mod next;
mod parts;
mod socket;
mod states;

pub use code::{ClicksAsCode, CodeLanguage, CodeState, ProgramSource};

/// The tabs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tab {
    /// The life cycle of the calls.
    #[default]
    Methods,
    /// The protocol's states.
    States,
    /// The programs, with the current line of each.
    Code,
    /// The chosen call, or the chosen socket.
    Details,
}

impl Tab {
    /// All of them, in the order shown.
    pub const ALL: [Self; 4] = [Self::Methods, Self::States, Self::Code, Self::Details];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Methods => "Methods",
            Self::States => "States",
            Self::Code => "Code",
            Self::Details => "Details",
        }
    }
}

/// How bytes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BytesAs {
    /// As text, what can't be seen escaped.
    #[default]
    Text,
    /// As a hex dump.
    Hex,
}

/// What is remembered between runs.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct InspectorChoices {
    /// The tab in front.
    pub tab: Tab,
    /// How bytes are shown.
    pub bytes_as: BytesAs,
    /// What programs are shown in.
    pub language: CodeLanguage,
}

/// The inspector's memory.
#[derive(Debug, Default)]
pub struct InspectorState {
    /// What is remembered between runs.
    pub choices: InspectorChoices,
    /// The tab Code.
    pub code: CodeState,
}

/// The inspector in all of the space there is.
pub fn inspector_ui(
    ui: &mut Ui,
    state: &mut InspectorState,
    cards: &mut CardsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    tabs_ui(ui, &mut state.choices.tab);
    ui.add_space(8.0);
    let below = match state.choices.tab {
        Tab::Code => state.code.room_below(shown),
        Tab::Methods | Tab::States | Tab::Details => 0.0,
    };
    ScrollArea::vertical()
        .max_height((ui.available_height() - below).max(0.0))
        .id_salt(("inspector", state.choices.tab.name()))
        .auto_shrink([false, false])
        .show(ui, |ui| match state.choices.tab {
            Tab::Methods => methods::methods_ui(ui, cards, shown, actions),
            Tab::States => states::states_ui(ui, cards, shown, actions),
            Tab::Code => {
                let language = &mut state.choices.language;
                code::code_ui(ui, &mut state.code, language, shown, actions);
            }
            Tab::Details => details_ui(ui, state, shown, actions),
        });
    if state.choices.tab == Tab::Code {
        code::below_ui(ui, &mut state.code, shown);
    }
}

fn details_ui(
    ui: &mut Ui,
    state: &mut InspectorState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    ui.spacing_mut().item_spacing.y = 6.0;
    if let Some(number) = shown.row {
        match shown.recording.numbered(number) {
            Some(entry) => call::call_ui(ui, &mut state.choices, &entry, shown, actions),
            None => parts::hint(ui, "This row was let go to stay within the memory limit."),
        }
        return;
    }
    let chosen = shown
        .selected
        .and_then(|id| shown.recording.sockets().get(id));
    match chosen {
        Some(socket) => socket::socket_ui(ui, socket, shown),
        None => parts::hint(
            ui,
            "Choose a row of the log to see the call, or a card to see the socket.",
        ),
    }
}

fn tabs_ui(ui: &mut Ui, tab: &mut Tab) {
    let p = theme::of(ui);
    let (bar, _) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
    let mut left = bar.left();
    for choice in Tab::ALL {
        let response = tab_ui(ui, pos2(left, bar.top()), choice, *tab == choice);
        left = response.rect.right() + 4.0;
        if response.clicked() {
            *tab = choice;
        }
    }
    ui.painter()
        .hline(bar.x_range(), bar.bottom(), Stroke::new(size::LINE, p.hair));
}

fn tab_ui(ui: &Ui, at: egui::Pos2, tab: Tab, chosen: bool) -> Response {
    let p = theme::of(ui);
    let (font, color) = if chosen {
        (Type::BodyBold, p.text)
    } else {
        (Type::Body, p.text2)
    };
    let galley = ui
        .painter()
        .layout_no_wrap(tab.name().to_owned(), font.font(), color);
    let rect = egui::Rect::from_min_size(at, vec2(galley.size().x + 16.0, size::CONTROL));
    let response = ui.interact(rect, ui.scope_id().with(tab.name()), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Tab, true, chosen, format!("{} tab", tab.name()))
    });
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        tab.name(),
        font.font(),
        color,
    );
    if chosen {
        ui.painter().hline(
            rect.x_range(),
            rect.bottom() - 1.0,
            Stroke::new(size::LINE_STRONG, p.text),
        );
    }
    super::widgets::focus_ring(ui, &response, rect);
    response
}
