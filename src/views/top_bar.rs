//! The top bar: the name, and what concerns the whole window.

use eframe::egui::{Align, ComboBox, Layout, Popup, Sense, Ui, vec2};

use super::buttons::{BarButton, Icon};
use super::dialogs::DialogsState;
use super::theme::{self, Type, size};
use super::widgets::{paint_brand, segmented_strong};
use super::{Action, Mode, Shown, ThemeChoice};

/// A word of the bar: what it is called, what it says on hover, what it does.
struct Word {
    label: &'static str,
    hover: &'static str,
    does: Does,
}

enum Does {
    Push(Action),
    Help,
}

/// The bar; 44 high.
pub fn top_bar_ui(
    ui: &mut Ui,
    dialogs: &mut DialogsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let width = ui.ctx().content_rect().width();
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        brand_ui(ui);
        mode_ui(ui, shown, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if width < size::DRAWER_BELOW {
                inspector_ui(ui, actions);
            }
            if width < size::ICONS_BELOW {
                menu_ui(ui, dialogs, shown, actions);
                zoom_ui(ui, shown.zoom, actions);
                theme_ui(ui, shown, actions);
                let button = BarButton::icon_only(Icon::Projector, "Projector");
                projector_ui(ui, button, actions);
            } else {
                let help = BarButton::new("Help").shortcut("F1").show(ui);
                if help.on_hover_text(HELP).clicked() {
                    dialogs.toggle_help();
                }
                for word in file_words().into_iter().rev() {
                    let button = BarButton::new(word.label).show(ui);
                    if button.on_hover_text(word.hover).clicked() {
                        carry_out(word.does, dialogs, actions);
                    }
                }
                zoom_ui(ui, shown.zoom, actions);
                theme_ui(ui, shown, actions);
                let button = BarButton::new("Projector")
                    .icon(Icon::Projector)
                    .shortcut("F5");
                projector_ui(ui, button, actions);
                ui.add_space(8.0);
                for place in session_words(shown).into_iter().rev() {
                    match place {
                        Place::Word(word) => {
                            let button = BarButton::new(word.label).show(ui);
                            if button.on_hover_text(word.hover).clicked() {
                                carry_out(word.does, dialogs, actions);
                            }
                        }
                        Place::Kept(label) => {
                            let width = BarButton::new(label).width(ui);
                            ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::hover());
                        }
                    }
                }
            }
        });
    });
}

/// What can be done with files.
fn file_words() -> [Word; 2] {
    [
        Word {
            label: "Save session",
            hover: "Saves all that happened to a file, to open or replay it later (Ctrl+S).",
            does: Does::Push(Action::SaveSession),
        },
        Word {
            label: "Open",
            hover: "Opens a saved session, a script or a lesson (Ctrl+O). A file can be dropped on the window, too.",
            does: Does::Push(Action::Open),
        },
    ]
}

const HELP: &str = "The keys, and the words used here.";

fn carry_out(does: Does, dialogs: &mut DialogsState, actions: &mut Vec<Action>) {
    match does {
        Does::Push(action) => actions.push(action),
        Does::Help => dialogs.toggle_help(),
    }
}

/// A place in the bar: a word, or room kept for one, so that none takes another's place under the pointer.
enum Place {
    Word(Word),
    Kept(&'static str),
}

const PREVIOUS: &str = "Previous";
const CLOSE_ALL: &str = "Close all";
const RESET: &str = "Reset";

/// What can be done with the session now; a word that would do nothing is not there, but its room is.
fn session_words(shown: &Shown<'_>) -> Vec<Place> {
    if shown.earlier.is_some() {
        let back = Word {
            label: "Back to your session",
            hover: "Shows the session that is going on.",
            does: Does::Push(Action::ShowPrevious(false)),
        };
        return vec![
            Place::Word(back),
            Place::Kept(CLOSE_ALL),
            Place::Kept(RESET),
        ];
    }
    let place = |there: bool, label, hover, action| {
        if there {
            let does = Does::Push(action);
            Place::Word(Word { label, hover, does })
        } else {
            Place::Kept(label)
        }
    };
    vec![
        place(
            shown.has_previous,
            PREVIOUS,
            "Shows the session before the last reset. Its sockets are closed: it is to read.",
            Action::ShowPrevious(true),
        ),
        place(
            shown.recording.sockets().open().next().is_some(),
            CLOSE_ALL,
            "Closes every open socket, client ends first: who closes first keeps the port in TIME-WAIT.",
            Action::CloseAll,
        ),
        place(
            !shown.recording.is_empty(),
            RESET,
            "Closes all and starts a new session; this one is kept under Previous.",
            Action::Reset,
        ),
    ]
}

fn brand_ui(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(36.0, 24.0), Sense::hover());
    paint_brand(ui.painter(), rect);
    let text = Type::Brand.colored("Sockeye", theme::of(ui).text);
    ui.label(text);
}

/// What the window is used for.
fn mode_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    const WIDTH: f32 = 196.0;
    let options = Mode::ALL.map(|mode| (mode, mode.name()));
    let mut mode = shown.course.mode;
    // Over the panel whose content it chooses begins the room beside it.
    let gap = (size::LEFT - ui.cursor().left()).clamp(0.0, 96.0);
    ui.add_space(gap);
    if segmented_strong(ui, "Show", &mut mode, &options, WIDTH) {
        actions.push(Action::SetMode(mode));
    }
}

fn inspector_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let button = BarButton::icon_only(Icon::Side, "Inspector").show(ui);
    let button =
        button.on_hover_text("Opens or closes the inspector: methods, states, code, details.");
    if button.clicked() {
        actions.push(Action::ToggleInspector);
    }
}

fn menu_ui(ui: &mut Ui, dialogs: &mut DialogsState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let button = BarButton::icon_only(Icon::Menu, "Menu").show(ui);
    Popup::menu(&button).width(180.0).show(|ui| {
        let help = Word {
            label: "Help",
            hover: HELP,
            does: Does::Help,
        };
        let words = session_words(shown)
            .into_iter()
            .chain(file_words().map(Place::Word))
            .chain([Place::Word(help)]);
        for place in words {
            let width = Some(ui.available_width());
            let Place::Word(word) = place else {
                ui.allocate_exact_size(vec2(ui.available_width(), size::CONTROL), Sense::hover());
                continue;
            };
            let entry = BarButton::new(word.label)
                .sized(width, size::CONTROL)
                .show(ui);
            if entry.on_hover_text(word.hover).clicked() {
                carry_out(word.does, dialogs, actions);
                ui.close();
            }
        }
    });
    button.on_hover_text("Close all, Reset, Save session, Open, Help");
}

/// Laid out from the right: plus, the figure, minus.
fn zoom_ui(ui: &mut Ui, zoom: f32, actions: &mut Vec<Action>) {
    const STEP: f32 = 0.1;
    let mut set = |zoom: f32| {
        let rounded = (zoom * 10.0).round() / 10.0;
        actions.push(Action::SetZoom(rounded.clamp(0.5, 3.0)));
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let plus = BarButton::icon_only(Icon::Plus, "Larger").show(ui);
        if plus.on_hover_text("Larger (Ctrl and +)").clicked() {
            set(zoom + STEP);
        }
        let percent = format!("{:.0} %", zoom * 100.0);
        let figure = BarButton::new(&percent)
            .named("Zoom back to 100 %")
            .font(Type::Mono)
            .sized(Some(60.0), size::CONTROL)
            .show(ui);
        if figure.on_hover_text("Back to 100 % (Ctrl+0)").clicked() {
            set(1.0);
        }
        let minus = BarButton::icon_only(Icon::Minus, "Smaller").show(ui);
        if minus.on_hover_text("Smaller (Ctrl and -)").clicked() {
            set(zoom - STEP);
        }
    });
}

fn projector_ui(ui: &mut Ui, button: BarButton<'_>, actions: &mut Vec<Action>) {
    let button = button.show(ui);
    let hover = "The whole window, large enough for the back row. F5 opens it and leaves it.";
    if button.on_hover_text(hover).clicked() {
        actions.push(Action::ToggleProjector);
    }
}

/// How it looks: the theme, whether things move, and how large the projector's words are.
fn theme_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let combo = ComboBox::from_id_salt("theme")
        .width(104.0)
        .selected_text(shown.theme.name())
        .show_ui(ui, |ui| {
            for choice in ThemeChoice::ALL {
                if ui
                    .selectable_label(choice == shown.theme, choice.name())
                    .clicked()
                {
                    actions.push(Action::SetTheme(choice));
                }
            }
            ui.separator();
            let mut still = shown.still;
            if ui.checkbox(&mut still, "Reduce motion").clicked() {
                actions.push(Action::HoldStill(still));
            }
            let mut large = shown.large_hall;
            if ui.checkbox(&mut large, "Projector: large hall").clicked() {
                actions.push(Action::LargeHall(large));
            }
        });
    combo
        .response
        .accessible_name("Theme")
        .on_hover_text("Dark, light, high contrast, or as the desktop says; motion; the hall");
}
