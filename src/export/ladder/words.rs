//! The words of the ladder's picture, cut so that they fit.

use crate::export::svg::Words;
use crate::model::counted;
use crate::model::flow::Progress;
use crate::model::ladder::{Arrow, BoxLook, CallBox, Lane};
use crate::model::payload::visible_text;
use crate::model::reach::reach;
use crate::model::recording::{Header, Recording};
use crate::model::socket::{SocketKind, SocketTable};

use super::{HEAD_TEXT, LABEL_TEXT};

/// Characters of a call, a result or a label.
const LONGEST: usize = 34;

/// What stands in a box.
pub fn call(call: &CallBox) -> String {
    let times = if call.count > 1 {
        format!(" × {}", call.count)
    } else {
        String::new()
    };
    cut(&call.text, LONGEST - 12) + &times
}

/// What stands beside it: the outcome, and how far a send got.
pub fn result(call: &CallBox) -> String {
    let mut parts = Vec::new();
    // That a call gave nothing back needs no words; of a new socket its line tells.
    let tells_nothing = call.result.is_empty() || call.result == "None";
    if !tells_nothing && !call.result.starts_with('#') {
        parts.push(cut(without_sender(&call.result), LONGEST));
    }
    if call.look == BoxLook::Waiting {
        parts.push("waits".to_owned());
    }
    if let Some(progress) = &call.sent {
        parts.push(checks(progress).to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// What recvfrom returned without the sender's address: the arrow comes from there.
fn without_sender(result: &str) -> &str {
    let Some(inner) = result.strip_prefix('(') else {
        return result;
    };
    let end = inner.rfind(", (\"").or_else(|| inner.rfind(", None)"));
    match end {
        Some(end) if inner.starts_with('b') => &inner[..end],
        _ => result,
    }
}

/// How far all bytes of a send got; nothing of a send of none.
fn checks(progress: &Progress) -> &'static str {
    if progress.taken == 0 {
        ""
    } else {
        reach(progress).marks()
    }
}

/// What is written on an arrow.
pub fn label(arrow: &Arrow) -> String {
    cut(&arrow.label, LONGEST)
}

/// The whole of a call, for who points at it.
pub fn told(call: &CallBox) -> String {
    let times = (call.count > 1).then(|| format!(" × {}", call.count));
    let waited = call.waited.as_deref();
    let waited = waited.map(|waited| format!(", waited {waited}"));
    let result = (!call.result.is_empty()).then(|| format!(" → {}", call.result));
    let rest: String = [times, waited, result].into_iter().flatten().collect();
    format!("call {}: {}{rest}", call.row.0, call.text)
}

/// The two lines of a life line's head.
pub fn head(lane: Lane, sockets: &SocketTable) -> [String; 2] {
    match lane {
        Lane::Outside(address) => ["another program".to_owned(), address.to_string()],
        Lane::Socket(id) => match sockets.get(id) {
            Some(socket) => {
                let address = socket
                    .local
                    .map_or_else(|| "no address".to_owned(), |local| local.to_string());
                [format!("{id} {}", cut(&socket.name, 24)), address]
            }
            None => [id.to_string(), String::new()],
        },
    }
}

/// What a life line's socket is.
pub fn kind(lane: Lane, sockets: &SocketTable) -> Option<SocketKind> {
    match lane {
        Lane::Socket(id) => sockets.get(id).map(crate::model::socket::Socket::kind),
        Lane::Outside(_) => None,
    }
}

/// How wide a head is.
pub fn head_width(lane: Lane, sockets: &SocketTable) -> f64 {
    let [name, address] = head(lane, sockets);
    let name = Words::mono(HEAD_TEXT, "").bold().width(&name) + 22.0;
    let address = Words::mono(LABEL_TEXT, "").width(&address);
    name.max(address) + 28.0
}

/// The line below the picture's title.
pub fn subtitle(header: &Header, recording: &Recording) -> String {
    let sockets = recording.sockets().iter().count();
    format!(
        "began {} · {} · {} · {}",
        header.started,
        header.platform,
        counted(recording.calls(), "call"),
        counted(sockets as u64, "socket")
    )
}

/// The text, safe to show, cut behind so many characters.
fn cut(text: &str, most: usize) -> String {
    let text = visible_text(text);
    if text.chars().count() <= most {
        return text.into_owned();
    }
    let start: String = text.chars().take(most.saturating_sub(1)).collect();
    start + "…"
}
