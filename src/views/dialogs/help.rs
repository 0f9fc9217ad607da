//! The help: keys on one side, words on the other, and a box that narrows both.

use eframe::egui::{Context, Label, Ui, vec2};

use crate::model::errno::Errno;
use crate::model::lifecycle::Look;
use crate::model::socket::SocketKind;
use crate::views::buttons::{BarButton, field};
use crate::views::theme::{self, Type};
use crate::views::widgets::method_sample;

use super::dialog;

/// What is typed in the help's search box.
#[derive(Debug, Default)]
pub struct Help {
    search: String,
}

const KEYS: [(&str, &str); 19] = [
    ("Ctrl+Enter", "do what the Next line says"),
    ("Ctrl+N", "new socket, as the panel says"),
    ("Ctrl+1 … 9", "select a socket"),
    ("Ctrl+F", "filter the log"),
    ("Ctrl+K", "search methods, errors, quick starts"),
    ("F1", "this help"),
    ("PageDown", "next step of what is played"),
    ("Space", "play or pause"),
    ("Ctrl+Left, Right", "the past: one call back, or on"),
    ("F5", "the projector, and back"),
    ("PageUp", "back in what is played: the past"),
    (".", "in the projector: blank screen"),
    ("L", "in the projector: larger, smaller"),
    ("End", "back to now; follow the log again"),
    ("Tab", "next control"),
    ("Enter", "send from a payload field"),
    ("Up, Down", "earlier payloads"),
    ("Ctrl and +, -, 0", "larger, smaller, 100 %"),
    ("Esc", "close what is open; in the filter: empty it"),
];

const WORDS: [(&str, &str); 12] = [
    (
        "socket",
        "one endpoint, with a number such as #3 that is never used again",
    ),
    ("call", "one socket method, called once: one system call"),
    (
        "waiting",
        "a call that has entered your system and not returned",
    ),
    ("queued", "a call behind another one on its thread"),
    ("blocking", "a call that can't be done now waits"),
    (
        "non-blocking",
        "it never waits: EAGAIN at once. That is no failure",
    ),
    (
        "listener",
        "a socket that only takes connections: accept gives a new one for each",
    ),
    (
        "accept queue",
        "connections that your system has made and nobody has accepted yet",
    ),
    (
        "receive buffer",
        "bytes that have arrived and that nobody has read yet",
    ),
    (
        "program",
        "the owner of sockets and threads: a server, a client, a peer",
    ),
    (
        "session",
        "everything that happened since the start or the last reset",
    ),
    (
        "port",
        "a number from 1025 to 65535 here; 0 asks for any free one",
    ),
];

/// The looks of a method's button.
const LOOKS: [(Look, &str, &str); 6] = [
    (Look::Natural, "next", "what comes next here"),
    (Look::Allowed, "allowed", "can be called now"),
    (
        Look::WillWait,
        "waits",
        "will wait: there is nothing for it yet",
    ),
    (
        Look::WouldBlock(Errno::EAGAIN),
        "again",
        "non-blocking: EAGAIN now",
    ),
    (
        Look::WouldFail(Errno::EINVAL),
        "fails",
        "would fail; hover says why. It can be clicked all the same",
    ),
    (Look::Queued, "queued", "its thread is in another call"),
];

/// The dialog. Returns whether it is to close.
pub(super) fn help_ui(ctx: &Context, state: &mut Help, is_fresh: bool) -> bool {
    let content = |ui: &mut Ui| {
        let hint = "narrow down: a key or a word";
        let search = field(ui, &mut state.search, "Search help", hint, false);
        if is_fresh {
            search.request_focus();
        }
        columns_ui(ui, state.search.trim());
    };
    let (done, left) = dialog(ctx, "Help", 760.0, content, |ui| {
        let close = BarButton::new("Close").named("Close help");
        close.show(ui).clicked()
    });
    done || left
}

fn columns_ui(ui: &mut Ui, search: &str) {
    let width = ui.available_width();
    if width < 560.0 {
        list_ui(ui, "Keys", &KEYS, search);
        looks_ui(ui, search);
        list_ui(ui, "Words", &WORDS, search);
        return;
    }
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 24.0;
        for (part, title, list) in [(0.42, "Keys", &KEYS[..]), (0.58, "Words", &WORDS[..])] {
            let size = vec2((width - 24.0) * part, 0.0);
            ui.allocate_ui(size, |ui| {
                ui.set_width(size.x);
                ui.vertical(|ui| {
                    list_ui(ui, title, list, search);
                    if title == "Keys" {
                        looks_ui(ui, search);
                    }
                });
            });
        }
    });
}

fn list_ui(ui: &mut Ui, title: &str, list: &[(&str, &str)], search: &str) {
    let p = theme::of(ui);
    ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
    // These rows hold words, no controls.
    ui.spacing_mut().interact_size.y = 18.0;
    ui.label(Type::BodyBold.colored(title, p.text));
    for (word, meaning) in list
        .iter()
        .filter(|(word, meaning)| matches(search, word, meaning))
    {
        ui.horizontal_wrapped(|ui| {
            ui.label(Type::MonoBold.colored(*word, p.text));
            ui.label(Type::Label.colored(*meaning, p.text2));
        });
    }
}

fn matches(search: &str, word: &str, meaning: &str) -> bool {
    let search = search.to_lowercase();
    word.to_lowercase().contains(&search) || meaning.to_lowercase().contains(&search)
}

fn looks_ui(ui: &mut Ui, search: &str) {
    const SAMPLE: f32 = 84.0;
    let p = theme::of(ui);
    ui.add_space(8.0);
    ui.label(Type::BodyBold.colored("How a method looks", p.text));
    for (look, word, meaning) in LOOKS
        .iter()
        .filter(|(_, word, meaning)| matches(search, word, meaning))
    {
        ui.horizontal(|ui| {
            method_sample(ui, word, *look, SocketKind::Client, SAMPLE);
            ui.add(Label::new(Type::Label.colored(*meaning, p.text2)).wrap());
        });
    }
}
