//! Dialogs over the window: questions, export, help; and messages in its corner.
//!
//! The app puts a question into [`DialogsState`] and takes it out when the answer comes as an action. Esc is the
//! answer that changes nothing.

use std::path::Path;

use eframe::egui::{
    Align, Align2, Area, Context, CornerRadius, Frame, Id, Layout, Margin, Modal, Order, Rect,
    ScrollArea, Sense, Stroke, Ui, Vec2, vec2,
};

use crate::model::address::loopback;
use crate::model::call::Family;

use super::buttons::{BarButton, Icon};
use super::theme::{self, Type, size};
use super::widgets::paint_warning;
use super::{
    Action, ExportFormat, Message, PlayAnswer, PlayConflict, PlayQuestion, ReachableAnswer,
    ReachableQuestion, Shown, ToPlay,
};

mod export;
mod help;
mod path;

pub use export::ExportDialog;
pub use help::Help;
pub use path::{PathDialog, PathFor};

/// The dialogs that are open.
#[derive(Debug, Default)]
pub struct DialogsState {
    /// Asked before a bind that others can reach. The app takes it with the answer.
    pub reachable: Option<ReachableQuestion>,
    /// Asked before a quick start while sockets are open. The app takes it with the answer.
    pub play: Option<PlayQuestion>,
    /// Where and how to export the log.
    pub export: Option<ExportDialog>,
    /// Where to save the session, or what to open, where the desktop has no dialog to ask that.
    pub path: Option<PathDialog>,
    /// Keys and words.
    pub help: Option<Help>,
    was_open: bool,
}

impl DialogsState {
    /// Whether any dialog is open: the window's keys rest meanwhile.
    pub fn is_open(&self) -> bool {
        self.reachable.is_some()
            || self.play.is_some()
            || self.export.is_some()
            || self.path.is_some()
            || self.help.is_some()
    }

    /// Opens or closes the help.
    pub fn toggle_help(&mut self) {
        self.help = match self.help {
            Some(_) => None,
            None => Some(Help::default()),
        };
    }

    /// Opens the export with this path in its box.
    pub fn open_export(&mut self, path: String) {
        self.export = Some(ExportDialog::new(path, ExportFormat::Text));
    }

    /// Opens the export as Python, with this folder in its box.
    pub fn open_programs(&mut self, folder: String) {
        self.export = Some(ExportDialog::new(folder, ExportFormat::Python));
    }

    /// Asks for a path to be typed, with this one in its box.
    pub fn ask_for_path(&mut self, wanted: PathFor, path: &str) {
        self.path = Some(PathDialog::new(wanted, path.to_owned()));
    }

    /// The file has been written: the dialog closes.
    pub fn export_done(&mut self) {
        self.export = None;
        self.path = self.path.take().filter(|path| path.is_for(PathFor::Open));
    }

    /// The file has been opened: the dialog closes.
    pub fn open_done(&mut self) {
        self.path = self.path.take().filter(|path| !path.is_for(PathFor::Open));
    }

    /// The file could not be written: the dialog stays and says why. Returns whether there is one.
    pub fn export_failed(&mut self, reason: impl Into<String>) -> bool {
        if let Some(export) = &mut self.export {
            export.failed(reason.into());
            return true;
        }
        self.path_failed(PathFor::SaveSession, reason)
    }

    /// The file could not be opened: the dialog stays and says why. Returns whether there is one.
    pub fn open_failed(&mut self, reason: impl Into<String>) -> bool {
        self.path_failed(PathFor::Open, reason)
    }

    fn path_failed(&mut self, wanted: PathFor, reason: impl Into<String>) -> bool {
        let path = self.path.as_mut().filter(|path| path.is_for(wanted));
        path.map(|path| path.failed(reason.into())).is_some()
    }

    /// A path chosen in the desktop's dialog goes into the box.
    pub fn path_chosen(&mut self, path: &Path) {
        if let Some(export) = &mut self.export {
            export.chosen(path);
        }
    }

    /// The desktop has no dialog to offer: the path has to be typed.
    pub fn no_desktop_dialog(&mut self) {
        self.export_failed("Your desktop has no dialog to offer: type the path.");
    }
}

/// Shows what is open.
pub fn dialogs_ui(
    ui: &mut Ui,
    state: &mut DialogsState,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let ctx = ui.ctx().clone();
    let is_fresh = state.is_open() && !state.was_open;
    state.was_open = state.is_open();
    if let Some(question) = &state.reachable {
        reachable_ui(&ctx, question, shown, is_fresh, actions);
    }
    if let Some(question) = &state.play {
        play_ui(&ctx, question, is_fresh, actions);
    }
    if let Some(dialog) = &mut state.export
        && export::export_ui(&ctx, dialog, is_fresh, actions)
    {
        state.export = None;
    }
    if let Some(dialog) = &mut state.path
        && path::path_dialog_ui(&ctx, dialog, is_fresh, actions)
    {
        state.path = None;
    }
    if let Some(help) = &mut state.help
        && help::help_ui(&ctx, help, is_fresh)
    {
        state.help = None;
    }
}

/// A dialog's frame: its title above and its buttons below, both always in the window; what is between scrolls where
/// it is too high. Returns what the buttons returned, and whether Esc or a click beside closed it.
fn dialog<R>(
    ctx: &Context,
    title: &str,
    width: f32,
    content: impl FnOnce(&mut Ui),
    buttons: impl FnOnce(&mut Ui) -> R,
) -> (R, bool) {
    /// Between the dialog and the window's edges, and inside its frame.
    const AROUND: f32 = 8.0;
    const MARGIN: i8 = 16;
    /// Less of the content than this is no use.
    const LEAST: f32 = 24.0;
    let p = theme::palette(ctx);
    let frame = Frame::new()
        .fill(p.card)
        .stroke(Stroke::new(size::LINE, p.ctl))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(MARGIN));
    let room =
        ctx.content_rect().size() - Vec2::splat(2.0 * (AROUND + f32::from(MARGIN) + size::LINE));
    let id = Id::unique(title);
    let buttons_id = id.with("buttons");
    let modal = Modal::new(id).frame(frame).show(ctx, |ui| {
        ui.set_width(width.min(room.x));
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        let top = ui.label(Type::Panel.colored(title, p.text)).rect.height();
        // How high the buttons are is known once they are laid out: in a narrow window they take several lines.
        let below: f32 = ctx
            .data(|data| data.get_temp(buttons_id))
            .unwrap_or(size::CONTROL);
        let left = room.y - top - below - 2.0 * 8.0;
        ScrollArea::vertical()
            .id_salt(title)
            .max_height(left.max(LEAST))
            .min_scrolled_height(LEAST)
            .auto_shrink([false, true])
            .show(ui, content);
        let answer = ui.scope(buttons);
        let height = answer.response.rect.height();
        if (height - below).abs() > 0.5 {
            ctx.data_mut(|data| data.insert_temp(buttons_id, height));
            ctx.request_discard("the dialog's buttons are as high as that");
        }
        answer.inner
    });
    let closes = modal.should_close();
    (modal.inner, closes)
}

/// A row of answers, the safest first and with the keyboard when the dialog is fresh. Returns the one clicked.
fn answers(ui: &mut Ui, labels: &[&str], is_fresh: bool) -> Option<usize> {
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        for (index, label) in labels.iter().enumerate() {
            let button = BarButton::new(label).primary(index == 0).show(ui);
            if is_fresh && index == 0 {
                button.request_focus();
            }
            if button.clicked() {
                clicked = Some(index);
            }
        }
    });
    clicked
}

fn reachable_ui(
    ctx: &Context,
    question: &ReachableQuestion,
    shown: &Shown<'_>,
    is_fresh: bool,
    actions: &mut Vec<Action>,
) {
    let words = ReachableWords::of(question, shown);
    let content = |ui: &mut Ui| {
        let p = theme::of(ui);
        ui.label(&words.sentence);
        if let Some(statement) = &words.statement {
            ui.label(Type::Mono.colored(statement, p.text2));
        }
        let once = "Only what you make here answers there, and only while it is open. Asked once in a session.";
        ui.label(Type::Label.colored(once, p.text2));
    };
    let labels: Vec<&str> = words
        .answers
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    let title = "Others will be able to reach this";
    let (answer, closes) = dialog(ctx, title, 460.0, content, |ui| {
        answers(ui, &labels, is_fresh)
    });
    let answer = match answer {
        Some(index) => words.answers.get(index).map(|(_, answer)| *answer),
        None => closes.then_some(ReachableAnswer::Cancel),
    };
    actions.extend(answer.map(Action::ReachableAnswer));
}

/// How the question is put.
struct ReachableWords {
    sentence: String,
    statement: Option<String>,
    /// The first changes least: it has the keyboard.
    answers: Vec<(String, ReachableAnswer)>,
}

impl ReachableWords {
    /// Of a script or a typed line: `why` quotes the statement and says what it does.
    fn written(why: &str, opens: &str, allow: &str) -> Self {
        let mut parts = why.splitn(3, '`');
        let (before, quoted, after) = (parts.next(), parts.next(), parts.next());
        let (sentence, statement) = match (before, quoted, after) {
            (Some(""), Some(statement), Some(_)) => (opens.to_owned(), Some(statement.to_owned())),
            _ => (why.replace('`', ""), None),
        };
        Self {
            sentence,
            statement,
            answers: vec![
                ("Cancel".to_owned(), ReachableAnswer::Cancel),
                (allow.to_owned(), ReachableAnswer::Allow),
            ],
        }
    }

    fn of(question: &ReachableQuestion, shown: &Shown<'_>) -> Self {
        let (socket, call) = match question {
            ReachableQuestion::Call { socket, call } => (*socket, call),
            ReachableQuestion::Script { why } => {
                let opens = "A line of the script opens a port to others on your network:";
                return Self::written(why, opens, "Play anyway");
            }
            ReachableQuestion::Typed { why } => {
                let opens = "The call opens a port to others on your network:";
                return Self::written(why, opens, "Make the call");
            }
        };
        let found = shown.recording.sockets().get(socket);
        let what = match call.address().map(|address| address.port()) {
            Some(0) => "the port that your system will choose".to_owned(),
            Some(port) => format!("port {port}"),
            None => "this socket: it was never bound, so listen opens a port at every address"
                .to_owned(),
        };
        let family = match call.address() {
            Some(address) => Family::of(&address),
            None => found.map_or(Family::Ipv4, |socket| socket.family),
        };
        let name = found.map_or("socket", |socket| socket.name.as_str());
        Self {
            sentence: format!("Others on your network will be able to reach {what}."),
            statement: Some(format!("{name}.{}", call.python(0))),
            answers: vec![
                (
                    format!("Bind to {} instead", loopback(family)),
                    ReachableAnswer::LoopbackInstead,
                ),
                ("Bind anyway".to_owned(), ReachableAnswer::Allow),
                ("Cancel".to_owned(), ReachableAnswer::Cancel),
            ],
        }
    }
}

fn play_ui(ctx: &Context, question: &PlayQuestion, is_fresh: bool, actions: &mut Vec<Action>) {
    let port = question.port;
    let (title, text) = match question.conflict {
        PlayConflict::OpenSockets(open) => {
            let (noun, holder) = if open == 1 {
                ("socket is", "it")
            } else {
                ("sockets are", "one of them")
            };
            let what = match question.what {
                ToPlay::Script(_) => "script",
                ToPlay::Lesson(_) => "lesson",
            };
            let text = format!("The {what} uses port {port}, which {holder} holds.");
            (format!("{open} {noun} open"), text)
        }
        PlayConflict::Elsewhere => {
            let text = "Your system refused the bind with EADDRINUSE. Another program has the port, or an old \
                        connection still keeps it.";
            (format!("Port {port} is taken"), text.to_owned())
        }
        PlayConflict::OwnSockets { open, .. } => {
            let noun = if open == 1 {
                "socket of your own is"
            } else {
                "sockets of your own are"
            };
            let text =
                "A lesson begins with no socket open: yours would be closed, too.".to_owned();
            (format!("{open} {noun} open"), text)
        }
    };
    let other = (
        format!("Play on port {}", question.other_port),
        PlayAnswer::OtherPort,
    );
    let cancel = ("Cancel".to_owned(), PlayAnswer::Cancel);
    let choices = match question.conflict {
        PlayConflict::OpenSockets(_) => {
            vec![
                ("Close all and play".to_owned(), PlayAnswer::CloseAllAndPlay),
                other,
                cancel,
            ]
        }
        PlayConflict::Elsewhere => vec![other, cancel],
        PlayConflict::OwnSockets { .. } => vec![
            ("Close all and play".to_owned(), PlayAnswer::CloseAllAndPlay),
            cancel,
        ],
    };
    let labels: Vec<&str> = choices.iter().map(|(label, _)| label.as_str()).collect();
    let content = |ui: &mut Ui| {
        ui.label(text);
    };
    let (answer, closes) = dialog(ctx, &title, 420.0, content, |ui| {
        answers(ui, &labels, is_fresh)
    });
    let answer = match answer {
        Some(index) => choices.get(index).map(|(_, answer)| *answer),
        None => closes.then_some(PlayAnswer::Cancel),
    };
    actions.extend(answer.map(Action::PlayAnswer));
}

/// The messages, in the lower right corner of `place`: over the calmest part of the window.
pub fn messages_ui(ui: &mut Ui, place: Rect, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    if shown.messages.is_empty() {
        return;
    }
    Area::new(Id::unique("messages"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(place.right_bottom() - vec2(size::PADDING, size::PADDING))
        .show(ui.ctx(), |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            for message in shown.messages {
                message_ui(ui, message, actions);
            }
        });
}

fn message_ui(ui: &mut Ui, message: &Message, actions: &mut Vec<Action>) {
    const WIDTH: f32 = 360.0;
    let p = theme::of(ui);
    let (line, color) = if message.is_error {
        (size::LINE_STRONG, p.err)
    } else {
        (size::LINE, p.ctl)
    };
    Frame::new()
        .fill(p.card)
        .stroke(Stroke::new(line, color))
        .corner_radius(CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            let width = WIDTH.min(ui.ctx().content_rect().width() - 64.0);
            ui.set_width(width);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                if message.is_error {
                    let (rect, _) =
                        ui.allocate_exact_size(vec2(16.0, size::CONTROL), Sense::hover());
                    paint_warning(ui.painter(), rect.center(), 16.0, p.err, p.card);
                }
                let text_width = ui.available_width() - size::CONTROL - 8.0;
                ui.allocate_ui_with_layout(
                    vec2(text_width, size::CONTROL),
                    Layout::top_down(Align::Min),
                    |ui| {
                        ui.set_width(text_width);
                        ui.add_space(4.0);
                        ui.label(&message.text);
                    },
                );
                let name = format!("Close message: {}", message.text);
                let close = BarButton::icon_only(Icon::Close, &name).show(ui);
                if close.on_hover_text("Close").clicked() {
                    actions.push(Action::Dismiss(message.id));
                }
            });
        });
}
