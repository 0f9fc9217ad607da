//! What could stand on the line: an example for the chosen socket, and the rest of a name.

use crate::model::call::{Method, Protocol};
use crate::model::recording::Recording;
use crate::model::socket::{Socket, Stage};
use crate::views::{Next, Shown};

/// A statement that fits the moment, for an empty line.
pub(super) fn example(shown: &Shown<'_>) -> String {
    const PAYLOAD: usize = 32;
    let sockets = shown.recording.sockets();
    let chosen = shown
        .selected
        .and_then(|id| sockets.get(id))
        .filter(|socket| !socket.is_closed());
    if let Next::Call { socket, call, .. } = shown.next
        && chosen.is_none_or(|chosen| chosen.id == *socket)
        && let Some(socket) = sockets.get(*socket)
    {
        return format!("{}.{}", socket.name, call.python(PAYLOAD));
    }
    match chosen {
        Some(socket) => format!("{}.{}", socket.name, usual(socket)),
        None => "server = socket(AF_INET, SOCK_STREAM)".to_owned(),
    }
}

fn usual(socket: &Socket) -> &'static str {
    match (socket.protocol, socket.stage) {
        (Protocol::Tcp, Stage::Listening) => "accept()",
        (Protocol::Tcp, Stage::Connected) => "recv(1024)",
        (Protocol::Tcp, Stage::New) => "connect((\"127.0.0.1\", 5000))",
        (Protocol::Tcp, Stage::Bound) => "listen(5)",
        (Protocol::Udp, Stage::New) => "bind((\"127.0.0.1\", 5000))",
        (Protocol::Udp, _) => "recvfrom(1024)",
        (Protocol::Tcp, _) => "close()",
    }
}

/// What is missing of the socket's or method's name at the end of the line; `None` where nothing fits.
pub(super) fn completion(text: &str, shown: &Shown<'_>) -> Option<String> {
    let start = text
        .rfind(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
    let (before, word) = text.split_at(start);
    let rest = match before.strip_suffix('.') {
        Some(owner) => method_rest(owner, word, shown.recording)?,
        None if is_in_list(before) => name_rest(word, shown.recording)?
            .trim_end_matches('.')
            .to_owned(),
        None if word.is_empty() || !is_name_place(before) => return None,
        None => name_rest(word, shown.recording).or_else(|| select_rest(before, word, shown))?,
    };
    (!rest.is_empty()).then_some(rest)
}

/// Whether a list of sockets is open at the end of this text.
fn is_in_list(before: &str) -> bool {
    before.rfind('[') > before.rfind(']')
}

/// A `select` on the sockets of the chosen socket's program, once enough of the word is there.
fn select_rest(before: &str, word: &str, shown: &Shown<'_>) -> Option<String> {
    let begins = before.is_empty() || before.trim_end().ends_with('=');
    if !begins || word.len() < 3 {
        return None;
    }
    let rest = "select".strip_prefix(word)?;
    let sockets = shown.recording.sockets();
    let chosen = shown.selected.and_then(|id| sockets.get(id));
    let program = chosen.or_else(|| sockets.open().next())?.program;
    let own = sockets.open().filter(|socket| socket.program == program);
    let names: Vec<&str> = own.map(|socket| socket.name.as_str()).collect();
    Some(format!("{rest}([{}], [], [], 5.0)", names.join(", ")))
}

/// Whether a socket's name can stand behind this text: at the start, or after `=` or an opening bracket.
fn is_name_place(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty() || before.ends_with(['=', '(', ','])
}

fn name_rest(word: &str, recording: &Recording) -> Option<String> {
    let socket = recording
        .sockets()
        .open()
        .find(|socket| socket.name.len() > word.len() && socket.name.starts_with(word))?;
    Some(format!("{}.", &socket.name[word.len()..]))
}

fn method_rest(owner: &str, word: &str, recording: &Recording) -> Option<String> {
    let name = owner
        .rsplit(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .next()?;
    let socket = recording.sockets().named(name)?;
    let method = Method::ALL.into_iter().find(|method| {
        *method != Method::Socket
            && method.name().starts_with(word)
            && suits(*method, socket.protocol)
            && !word.is_empty()
    })?;
    Some(format!("{}(", &method.name()[word.len()..]))
}

fn suits(method: Method, protocol: Protocol) -> bool {
    match method {
        Method::Listen | Method::Accept | Method::SendAll => protocol == Protocol::Tcp,
        Method::SendTo | Method::RecvFrom => protocol == Protocol::Udp,
        _ => true,
    }
}
