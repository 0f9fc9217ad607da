//! What comes next: the next statement of what plays, or what the Next line says.

use crate::model::call::{Call, Method, SocketId};
use crate::model::ladder::short_call;
use crate::model::payload::visible_text;
use crate::model::socket::SocketTable;
use crate::views::{Next, Shown};

/// The call that comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::views) struct Upcoming {
    /// On which socket; `None` where a socket is made, or several are watched.
    pub socket: Option<SocketId>,
    /// The sockets that a `select` is to watch.
    pub watched: Vec<SocketId>,
    /// The call in short: `recv(1024)`.
    pub call: String,
    /// The whole statement.
    pub statement: String,
}

/// How a `select` begins.
const SELECT: &str = "select(";
/// The longest arguments that a box has room for, characters.
const SHORT: usize = 14;

impl Upcoming {
    /// What comes next, where that is a call.
    pub(in crate::views) fn of(shown: &Shown<'_>) -> Option<Self> {
        let sockets = shown.recording.sockets();
        if let Some(lesson) = &shown.lesson {
            let statement = lesson.lesson.script.statements.get(lesson.step)?;
            let is_call = !statement.text.is_empty();
            return is_call.then(|| Self::read(&statement.text, sockets));
        }
        if let Some(playing) = shown.playing {
            return Some(Self::read(playing.next.as_deref()?, sockets));
        }
        if !shown.can_call() {
            return None;
        }
        match shown.next {
            Next::Call { socket, call, .. } => {
                let name = sockets.get(*socket).map_or("?", |socket| &socket.name);
                Some(Self {
                    socket: Some(*socket),
                    watched: Vec::new(),
                    call: short(call),
                    statement: format!("{name}.{}", call.python(32)),
                })
            }
            Next::NewSocket { wanted, .. } => {
                let call = Call::Socket {
                    family: wanted.family,
                    protocol: wanted.protocol,
                };
                Some(Self {
                    socket: None,
                    watched: Vec::new(),
                    call: "socket()".to_owned(),
                    statement: call.python(0),
                })
            }
            Next::Run { .. } | Next::Nothing { .. } => None,
        }
    }

    /// Reads a statement of a script: `data = conn.recv(1024)`.
    fn read(text: &str, sockets: &SocketTable) -> Self {
        let statement = visible_text(text.trim()).into_owned();
        let after_equals = statement
            .split_once(" = ")
            .map_or(statement.as_str(), |(_, right)| right);
        let (socket, call) = match after_equals.split_once('.') {
            Some((name, call)) if sockets.named(name).is_some() => {
                (sockets.named(name).map(|socket| socket.id), call)
            }
            _ => (None, after_equals),
        };
        Self {
            socket,
            watched: watched(call, sockets),
            call: shortened(call),
            statement,
        }
    }
}

/// A call as a box on the ladder says it.
pub(in crate::views) fn short(call: &Call) -> String {
    match call {
        Call::Bind { address } => format!("bind {address}"),
        Call::Socket { .. } => "socket()".to_owned(),
        _ => short_call(call),
    }
}

/// The sockets in the lists of a `select`, each once.
fn watched(call: &str, sockets: &SocketTable) -> Vec<SocketId> {
    let mut found = Vec::new();
    let Some(lists) = call.strip_prefix(SELECT) else {
        return found;
    };
    for name in lists.split(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        let id = sockets.named(name).map(|socket| socket.id);
        found.extend(id.filter(|id| !found.contains(id)));
    }
    found
}

/// A statement's call without arguments that are long.
fn shortened(call: &str) -> String {
    let Some((method, arguments)) = call.split_once('(') else {
        return call.to_owned();
    };
    let inside = arguments.strip_suffix(')').unwrap_or(arguments);
    if method == Method::Socket.name() {
        return "socket()".to_owned();
    }
    // What a select watches is seen.
    let is_select = call.starts_with(SELECT);
    if is_select || inside.is_empty() || inside.chars().count() > SHORT {
        method.to_owned()
    } else {
        call.to_owned()
    }
}
