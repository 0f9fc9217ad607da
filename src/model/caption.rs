//! The caption: what just happened, in at most 15 words, present tense, subject first.

use std::time::Duration;

use super::call::{
    BlockingMode, Call, Method, Outcome, Protocol, ShutdownHow, SocketId, SocketLists, Value,
};
use super::explain::{empty_words, explain, lower_start};
use super::recording::CallEntry;
use super::socket::{Socket, SocketTable};

/// The most words a caption has.
pub const MOST_WORDS: usize = 15;

/// What a piece of a caption is about: views give it a colour, and never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// Names this socket.
    Socket(SocketId),
    /// Says that a call waits.
    Waits,
    /// Says that a call would have had to wait.
    WouldBlock,
    /// Says that a call failed.
    Failed,
}

/// A piece of a caption. The pieces' texts in a row are the sentence; spaces are in the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptionPart {
    /// Its text.
    pub text: String,
    /// What it is about.
    pub tone: Tone,
}

/// The caption as one sentence.
pub fn caption_text(parts: &[CaptionPart]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

/// What the row tells, as a caption.
pub fn caption(entry: &CallEntry, sockets: &SocketTable) -> Vec<CaptionPart> {
    let mut line = Line::about(entry, sockets);
    if let Call::Select { watched, timeout } = &entry.call
        && line.select(entry, watched, *timeout, sockets)
    {
        return line.parts;
    }
    let socket = entry.socket.and_then(|id| sockets.get(id));
    match &entry.outcome {
        None if entry.abandoned => line.plain(" gets no answer: its thread has ended."),
        None => waits(&mut line, entry, socket, sockets),
        Some(Outcome::Interrupted) => {
            line.plain(format!(" stops waiting in {}: you ended it.", short(entry)));
        }
        Some(Outcome::Error(_)) => fails(&mut line, entry, sockets),
        Some(Outcome::Ok(_)) if entry.count > 1 => many(&mut line, entry),
        Some(Outcome::Ok(value)) => done(&mut line, entry, value, socket, sockets),
    }
    line.parts
}

struct Line {
    parts: Vec<CaptionPart>,
}

impl Line {
    fn about(entry: &CallEntry, sockets: &SocketTable) -> Self {
        let mut line = Self { parts: Vec::new() };
        let program = entry.program.and_then(|id| sockets.program(id));
        match (entry.socket, program) {
            (Some(id), _) => line.socket(id),
            (None, Some(program)) if entry.method() == Method::Select => {
                line.plain(program.name.clone());
            }
            (None, _) => line.plain("Your program"),
        }
        line
    }

    /// A `select` that waits or has answered: says whether that was told.
    fn select(
        &mut self,
        entry: &CallEntry,
        watched: &SocketLists,
        timeout: Option<Duration>,
        sockets: &SocketTable,
    ) -> bool {
        match &entry.outcome {
            None if entry.is_waiting() => {
                self.plain(" ");
                self.push("waits", Tone::Waits);
                self.plain(match watched.sockets().len() {
                    1 => " in select: its socket is not ready.".to_owned(),
                    many => format!(" in select: none of {many} sockets is ready."),
                });
            }
            Some(Outcome::Ok(Value::Ready(ready))) if ready.is_empty() => {
                self.plain(match timeout {
                    Some(timeout) if timeout > Duration::ZERO => {
                        format!(
                            "'s select ends: nothing was ready in {} s.",
                            timeout.as_secs_f64()
                        )
                    }
                    _ => " looks with select: nothing is ready.".to_owned(),
                });
            }
            Some(Outcome::Ok(Value::Ready(ready))) => {
                self.plain("'s select returns: ");
                let found = ready.sockets();
                let shown = found.len().min(3);
                for (place, id) in found.iter().take(shown).enumerate() {
                    if place > 0 {
                        self.plain(", ");
                    }
                    let name = sockets.name_of(*id);
                    self.push(name, Tone::Socket(*id));
                }
                self.plain(match (found.len(), found.len() - shown) {
                    (1, _) => " is ready.".to_owned(),
                    (_, 0) => " are ready.".to_owned(),
                    (_, more) => format!(" and {more} more are ready."),
                });
            }
            _ => return false,
        }
        true
    }

    fn push(&mut self, text: impl Into<String>, tone: Tone) {
        self.parts.push(CaptionPart {
            text: text.into(),
            tone,
        });
    }

    fn plain(&mut self, text: impl Into<String>) {
        self.push(text, Tone::Plain);
    }

    fn socket(&mut self, id: SocketId) {
        self.push(id.to_string(), Tone::Socket(id));
    }

    fn words(&self) -> usize {
        caption_text(&self.parts).split_whitespace().count()
    }
}

/// The call without what is long in it: `recv(5)`, `connect`, `send`.
fn short(entry: &CallEntry) -> String {
    match &entry.call {
        Call::Recv { .. } | Call::RecvFrom { .. } if entry.folded => entry.method().to_string(),
        Call::Recv { .. } | Call::RecvFrom { .. } | Call::Accept | Call::Listen { .. } => {
            entry.call.python(0)
        }
        _ => entry.method().to_string(),
    }
}

fn waits(line: &mut Line, entry: &CallEntry, socket: Option<&Socket>, sockets: &SocketTable) {
    line.plain(" ");
    line.push("waits", Tone::Waits);
    line.plain(format!(" in {}: ", short(entry)));
    let other = socket.and_then(|socket| sockets.other_end(socket));
    let again = socket.is_some_and(|socket| socket.accepted > 0 || socket.received > 0);
    match (&entry.call, other) {
        (Call::Accept, _) if again => line.plain("no other client has come yet."),
        (Call::Accept, _) => line.plain("no client has come yet."),
        (Call::Connect { address }, _) => line.plain(format!("{address} has not answered yet.")),
        (Call::Recv { .. } | Call::RecvFrom { .. }, Some(other)) => {
            line.plain("the ");
            line.push(other.name.clone(), Tone::Socket(other.id));
            line.plain(match other.sent {
                0 => " has sent nothing yet.",
                _ => " has sent nothing new.",
            });
        }
        (Call::RecvFrom { .. }, None) if again => line.plain("no other datagram has come yet."),
        (Call::RecvFrom { .. }, None) => line.plain("no datagram has come yet."),
        (Call::Recv { .. }, None) if again => line.plain("nothing new has come yet."),
        (Call::Recv { .. }, None) => line.plain("nothing has come yet."),
        _ => line.plain("the other end has to read first."),
    }
}

fn fails(line: &mut Line, entry: &CallEntry, sockets: &SocketTable) {
    let Some(errno) = entry.outcome.as_ref().and_then(Outcome::errno) else {
        return;
    };
    let call = short(entry);
    if errno.is_would_block() {
        let times = match entry.count {
            1 => String::new(),
            many => format!("{many} times "),
        };
        line.plain(" gets ");
        line.push(errno.symbol(), Tone::WouldBlock);
        line.plain(format!(" {times}from {call}"));
    } else {
        line.plain(format!(" {call} "));
        line.push("fails", Tone::Failed);
        line.plain(format!(", {errno}"));
    }
    let why = explain(entry, sockets).map(|explanation| lower_start(&explanation.headline));
    let words = |text: &str| text.split_whitespace().count();
    match why {
        Some(why) if line.words() + words(&why) <= MOST_WORDS => line.plain(format!(": {why}")),
        _ => line.plain("."),
    }
}

fn many(line: &mut Line, entry: &CallEntry) {
    if entry.method() == Method::Select {
        return line.plain(format!("'s {} selects return.", entry.count));
    }
    let verb = if entry.method().sends() {
        "sends"
    } else {
        "receives"
    };
    line.plain(format!(
        " {verb} {} in {} calls.",
        bytes(entry.bytes_moved),
        entry.count
    ));
}

/// `1 byte`, `13 bytes`.
fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        many => format!("{many} bytes"),
    }
}

fn done(
    line: &mut Line,
    entry: &CallEntry,
    value: &Value,
    socket: Option<&Socket>,
    sockets: &SocketTable,
) {
    match (&entry.call, value) {
        (Call::Accept, Value::Socket { id, peer, .. }) => {
            line.plain(" accepts: ");
            line.socket(*id);
            if let Some(new) = sockets.get(*id) {
                line.plain(format!(" {}", new.name));
            }
            match peer {
                Some(peer) => line.plain(format!(" is born, connected to {peer}.")),
                None => line.plain(" is born."),
            }
        }
        (_, Value::Received { bytes, peer, lost }) => match empty_words(entry, sockets) {
            Some(words) => line.plain(format!(" receives b\"\": {words}.")),
            None => received(line, entry.method(), bytes.len(), *peer, *lost),
        },
        (Call::SendTo { address, .. }, Value::Sent(count)) => {
            line.plain(format!(" sends {} to {address}.", bytes(*count)));
        }
        (_, Value::Sent(count)) => match entry.call.payload().map(super::payload::Payload::len) {
            Some(given) if given > *count => {
                line.plain(format!(" sends {count} of {}.", bytes(given)));
            }
            _ => line.plain(format!(" sends {}.", bytes(*count))),
        },
        (call, value) => line.plain(format!(" {}", state_change(call, value, socket))),
    }
}

fn received(
    line: &mut Line,
    method: Method,
    count: u64,
    peer: Option<std::net::SocketAddr>,
    lost: u64,
) {
    line.plain(format!(" receives {}", bytes(count)));
    if let (Method::RecvFrom, Some(peer)) = (method, peer) {
        line.plain(format!(" from {peer}"));
    }
    if lost > 0 {
        line.plain(format!("; {} more are lost", bytes(lost)));
    }
    line.plain(".");
}

fn state_change(call: &Call, value: &Value, socket: Option<&Socket>) -> String {
    match (call, value) {
        (Call::Socket { protocol, .. }, _) => format!("is a new {} socket.", protocol.name()),
        (Call::Bind { address }, _) if address.port() == 0 => {
            match socket.and_then(|socket| socket.local) {
                Some(local) => format!("has the address {local} now."),
                None => "has a free port now.".to_owned(),
            }
        }
        (Call::Bind { address }, _) => format!("has the address {address} now."),
        (Call::Listen { .. }, _) => "listens: clients can connect now.".to_owned(),
        (Call::Connect { address }, _)
            if socket.is_some_and(|socket| socket.protocol == Protocol::Udp) =>
        {
            format!("has {address} as its peer now.")
        }
        (Call::Connect { address }, _) | (Call::GetPeerName, Value::Address(address)) => {
            format!("is connected to {address}.")
        }
        (Call::Shutdown { how }, _) => match how {
            ShutdownHow::Write => "says that it sends no more.".to_owned(),
            ShutdownHow::Read => "receives no more.".to_owned(),
            ShutdownHow::Both => "neither sends nor receives any more.".to_owned(),
        },
        (Call::Close, _) => "is closed.".to_owned(),
        (Call::SetBlocking { mode }, _) => match mode {
            BlockingMode::Blocking => "is blocking now: its calls wait.".to_owned(),
            BlockingMode::NonBlocking => {
                "is non-blocking now: its calls return at once.".to_owned()
            }
        },
        (Call::SetSockOpt { option, value }, _) => {
            format!("has {} set to {value}.", option.constant())
        }
        (Call::GetSockOpt { option }, Value::Integer(value)) => {
            format!("has {} at {value}.", option.constant())
        }
        (Call::GetSockName, Value::Address(address)) => format!("has the address {address}."),
        (call, _) => format!("has done {}.", call.method()),
    }
}
