//! Details of a call: what it was, what came of it, here and elsewhere, and what to try.

use std::time::Duration;

use eframe::egui::{Align, Button, Frame, Layout, Ui, vec2};

use crate::model::call::{Call, CallId, Outcome, Protocol};
use crate::model::errno::{Errno, Platform};
use crate::model::explain::{
    Explanation, Suggestion, explain, python_error, ready_reasons, remark,
};
use crate::model::help::call_help;
use crate::model::payload::visible_text;
use crate::model::recording::CallEntry;
use crate::model::socket::Socket;
use crate::views::buttons::BarButton;
use crate::views::log::row::{RowText, grouped};
use crate::views::theme::{self, Type, size};
use crate::views::widgets::primary_button;
use crate::views::{Action, Shown, scrubber};

use super::{InspectorChoices, bytes, c_call, cards, headline, parts};

/// How much of a payload a statement takes here, bytes.
const PAYLOAD: usize = 96;
/// What the marks of a send mean.
const MARKS: &str = "✓ taken by your system · ✓✓ at the other end · ✓✓✓ read by its program. The last two are said only \
                     where they are known of all bytes.";

pub(super) fn call_ui(
    ui: &mut Ui,
    choices: &mut InspectorChoices,
    entry: &CallEntry,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let sockets = shown.recording.sockets();
    let socket = entry.socket.and_then(|id| sockets.get(id));
    let text = RowText::new(entry, shown, PAYLOAD);
    let noun = if entry.count > 1 { "calls" } else { "call" };
    parts::who(
        ui,
        socket,
        &format!("{noun} {}", text.number.replace('-', " to ")),
    );
    headline::box_ui(ui, entry, &text);
    let explanation = explain(entry, sockets);
    words_ui(ui, entry, explanation.as_ref(), shown);
    if entry.is_waiting() {
        stop_ui(ui, entry, socket, shown, actions);
        let waits = Duration::from_nanos(shown.now.saturating_sub(entry.start.at));
        ui.ctx().request_repaint_after(theme::tick(ui.ctx(), waits));
    }
    if let Some(errno) = entry.outcome.as_ref().and_then(Outcome::errno) {
        systems_ui(ui, errno);
    }
    spelling_ui(ui, shown, entry, &text);
    if let Some(explanation) = &explanation {
        suggestions_ui(ui, &explanation.suggestions, shown, actions);
    }
    if let Some(moment) = scrubber::moment_of(entry.number, shown) {
        let name = "Show this moment";
        let button = BarButton::new(name).show(ui);
        if button
            .on_hover_text("Shows all as it was right after this call.")
            .clicked()
        {
            actions.push(Action::ShowMoment(moment));
        }
    }
    facts_ui(ui, entry, shown, &text);
    bytes::bytes_ui(ui, choices, entry, sockets);
    cards::card_ui(ui, entry, socket);
}

fn words_ui(ui: &mut Ui, entry: &CallEntry, explanation: Option<&Explanation>, shown: &Shown<'_>) {
    ui.add_space(4.0);
    let help = call_help(&entry.call);
    // What was received next tells more of a select than the row alone.
    let reasons = ready_reasons(entry, shown.recording);
    let remark = remark(entry, shown.recording.sockets()).filter(|_| reasons.is_empty());
    if let Some(explanation) = explanation {
        ui.label(Type::Headline.text(&explanation.headline));
        ui.label(Type::Body.text(&explanation.why));
    } else if entry.is_waiting() {
        ui.label(Type::Headline.text("It waits."));
        ui.label(Type::Body.text(help.waits));
    } else {
        ui.label(Type::Body.text(help.does));
    }
    for (socket, why) in reasons {
        let name = shown.recording.sockets().name_of(socket);
        ui.label(Type::BodyBold.text(format!("{name}: {why}.")));
    }
    if let Some(remark) = remark {
        ui.label(Type::BodyBold.text(sentence(&remark)));
    }
}

/// The words as a sentence: with a capital and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters
        .next()
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn stop_ui(
    ui: &mut Ui,
    entry: &CallEntry,
    socket: Option<&Socket>,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let of_socket = socket.and_then(|socket| waiting_call(socket, entry));
    let Some(id) = of_socket.or_else(|| waiting_select(shown, entry)) else {
        return;
    };
    if !shown.can_call() {
        return;
    }
    let wanted = vec2(120.0, size::CONTROL);
    let stop = primary_button(ui, "Stop waiting", Type::BodyBold, wanted, None)
        .accessible_name("Stop waiting, in Details");
    if stop.clicked() {
        actions.push(Action::StopWaiting(id));
    }
}

fn waiting_call(socket: &Socket, entry: &CallEntry) -> Option<CallId> {
    let since = |pending: &&crate::model::socket::Pending| pending.since == Some(entry.start);
    socket.waiting.iter().find(since).map(|pending| pending.id)
}

/// A `select` waits in its program, on no single socket.
fn waiting_select(shown: &Shown<'_>, entry: &CallEntry) -> Option<CallId> {
    let program = shown.recording.sockets().program(entry.program?)?;
    let mut selects = program.selects.iter().map(|select| select.pending);
    let found = selects.find(|pending| pending.since == Some(entry.start))?;
    Some(found.id)
}

fn systems_ui(ui: &mut Ui, errno: Errno) {
    let (title, right) = match errno {
        Errno::EAGAIN => ("Same answer on every system", "also EWOULDBLOCK"),
        Errno::EINPROGRESS => ("Same answer on Linux and macOS", ""),
        _ => ("This error on each system", ""),
    };
    parts::title(ui, title, right);
    for platform in Platform::ALL {
        let symbol = windows_connect(errno, platform)
            .or_else(|| Some((errno.symbol_on(platform)?, errno.code_on(platform)?)));
        let value = match (symbol, platform) {
            (Some((symbol, code)), Platform::Windows) => format!("{symbol:<16}{code}"),
            (Some((symbol, code)), _) => format!("{symbol:<16}errno {code}"),
            (None, _) => "does not have it".to_owned(),
        };
        parts::fact(ui, platform.name(), &value);
    }
}

/// A connect under way is WSAEWOULDBLOCK in Winsock, not WSAEINPROGRESS ("connect", Winsock reference).
fn windows_connect(errno: Errno, platform: Platform) -> Option<(&'static str, i32)> {
    let under_way = errno == Errno::EINPROGRESS && platform == Platform::Windows;
    under_way.then_some(("WSAEWOULDBLOCK", 10035))
}

fn spelling_ui(ui: &mut Ui, shown: &Shown<'_>, entry: &CallEntry, text: &RowText) {
    let sockets = shown.recording.sockets();
    let socket = entry.socket.and_then(|id| sockets.get(id));
    parts::title(ui, "In Python", "");
    let answer = python_error(entry).unwrap_or_else(|| {
        let first = text.result.first();
        first.map_or_else(String::new, |part| part.text.clone())
    });
    code_ui(ui, &format!(">>> {}\n{answer}", text.statement));
    if entry.folded {
        return;
    }
    parts::title(ui, "In C", "what your system is really asked");
    if let Call::Select { watched, timeout } = &entry.call {
        if entry.outcome == Some(Outcome::Error(Errno::EBADF)) {
            ui.label("Nothing: a closed socket is refused before your system is asked.");
        } else {
            code_ui(
                ui,
                &c_call::select_spelling(entry, watched, *timeout, sockets),
            );
        }
        return;
    }
    let fd = entry.fd.or(socket.map(|socket| socket.fd)).unwrap_or(-1);
    let protocol = socket.map_or(Protocol::Tcp, |socket| socket.protocol);
    code_ui(ui, &c_call::spelling(entry, fd, protocol));
}

fn code_ui(ui: &mut Ui, text: &str) {
    Frame::new()
        .fill(theme::of(ui).field)
        .corner_radius(size::RADIUS_BOX)
        .inner_margin(8)
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.label(Type::Mono.text(text));
        });
}

fn suggestions_ui(
    ui: &mut Ui,
    suggestions: &[Suggestion],
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    if suggestions.is_empty() {
        return;
    }
    parts::title(ui, "What you can do", "");
    for (index, suggestion) in suggestions.iter().enumerate() {
        ui.horizontal(|ui| {
            parts::numbered_ring(ui, index + 1);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some((socket, call)) = &suggestion.call {
                    do_it(ui, suggestion, *socket, call, shown, actions);
                }
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.label(Type::BodyBold.text(&suggestion.text));
                    if let Some(statement) = statement(suggestion, shown) {
                        ui.label(Type::Mono.colored(statement, theme::of(ui).text2));
                    }
                });
            });
        });
    }
}

fn do_it(
    ui: &mut Ui,
    suggestion: &Suggestion,
    socket: crate::model::call::SocketId,
    call: &Call,
    shown: &Shown<'_>,
    actions: &mut Vec<Action>,
) {
    let button = Button::new(Type::Body.text("Do it")).min_size(vec2(64.0, size::CONTROL));
    let response = ui
        .add_enabled(shown.can_call(), button)
        .accessible_name(format!("Do it: {}", suggestion.text));
    if response.clicked() {
        actions.push(Action::Call(socket, call.clone()));
    }
}

fn statement(suggestion: &Suggestion, shown: &Shown<'_>) -> Option<String> {
    let (socket, call) = suggestion.call.as_ref()?;
    let name = &shown.recording.sockets().get(*socket)?.name;
    Some(format!("{name}.{}", call.python(PAYLOAD)))
}

fn facts_ui(ui: &mut Ui, entry: &CallEntry, shown: &Shown<'_>, text: &RowText) {
    parts::source_title(ui, "The call", parts::Source::Session);
    for (label, value) in arguments(&entry.call) {
        parts::fact(ui, label, &value);
    }
    parts::fact(ui, "outcome", &text.outcome());
    if let Some(reach) = &text.reach {
        parts::fact(ui, "how far", reach).on_hover_text(MARKS);
    }
    parts::fact(ui, "started after", &format!("{:.6} s", text.seconds));
    let took = if text.waits {
        format!("{} so far", text.took)
    } else {
        text.took.clone()
    };
    parts::fact(ui, "took", &took);
    if let Some(thread) = shown.recording.sockets().thread(entry.thread) {
        parts::fact(ui, "thread", &visible_text(&thread.name));
    }
    if let Some(line) = entry.line {
        parts::fact(ui, "script line", &line.to_string());
    }
    if let Some(offset) = entry.offset
        && entry.bytes_moved > 0
    {
        let last = offset + entry.bytes_moved - 1;
        let way = if entry.method().sends() {
            "sent"
        } else {
            "received"
        };
        let words = format!(
            "bytes {} to {} of those {way}",
            grouped(offset),
            grouped(last)
        );
        parts::fact(ui, "in the stream", &words);
    }
}

fn arguments(call: &Call) -> Vec<(&'static str, String)> {
    match call {
        Call::Socket { family, protocol } => vec![
            ("family", family.constant().to_owned()),
            (
                "type",
                format!("{}: {}", protocol.constant(), protocol.name()),
            ),
        ],
        Call::Bind { address } => vec![("own address", address.to_string())],
        Call::Connect { address } | Call::SendTo { address, .. } => {
            vec![("to", address.to_string())]
        }
        Call::Listen { backlog } => vec![("backlog", backlog.to_string())],
        Call::Recv { max } | Call::RecvFrom { max } => {
            vec![("at most", format!("{} bytes", grouped((*max).into())))]
        }
        Call::Shutdown { how } => vec![("which half", how.constant().to_owned())],
        Call::SetBlocking { mode } => vec![("blocking", mode.python().to_owned())],
        Call::SetSockOpt { option, value } => vec![
            ("option", option.constant().to_owned()),
            ("value", value.to_string()),
        ],
        Call::GetSockOpt { option } => vec![("option", option.constant().to_owned())],
        Call::Select { timeout, .. } => vec![(
            "waits at most",
            timeout.map_or("without limit".to_owned(), |timeout| {
                format!("{:?} s", timeout.as_secs_f64())
            }),
        )],
        Call::Accept
        | Call::Send { .. }
        | Call::SendAll { .. }
        | Call::Close
        | Call::GetSockName
        | Call::GetPeerName => Vec::new(),
    }
}
