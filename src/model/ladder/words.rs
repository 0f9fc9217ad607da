//! What is written on the ladder.

use std::time::Duration;

use crate::model::call::{BlockingMode, Call};
use crate::model::flow::{Handshake, Link, Load, Loss};
use crate::model::payload::python_literal;
use crate::model::recording::{CallEntry, Recording};

/// How many bytes of a payload are written on an arrow, or beside a box.
pub(super) const PAYLOAD: usize = 24;

/// A call in short: its method, with the number or word that matters.
pub(super) fn short(entry: &CallEntry) -> String {
    if entry.folded {
        return entry.method().to_string();
    }
    short_call(&entry.call)
}

/// The same of a call that may not have been made yet.
pub fn short_call(call: &Call) -> String {
    let method = call.method();
    match call {
        Call::Recv { max } | Call::RecvFrom { max } => format!("{method}({max})"),
        Call::Listen { backlog } => format!("{method}({backlog})"),
        Call::Shutdown { how } => {
            format!("{method}({})", how.constant().trim_start_matches("SHUT_"))
        }
        Call::SetBlocking { mode } => match mode {
            BlockingMode::Blocking => format!("{method}(True)"),
            BlockingMode::NonBlocking => format!("{method}(False)"),
        },
        _ => method.to_string(),
    }
}

/// A time that a call took, as a learner reads it: `3.2 s`, `12 ms`.
pub(super) fn time(nanos: u64) -> String {
    match Duration::from_nanos(nanos).as_secs_f64() {
        seconds if seconds >= 0.1 => format!("{seconds:.1} s"),
        seconds => format!("{:.0} ms", seconds * 1000.0),
    }
}

/// A stretch of time in which nothing happened: `12.3 s`, `2 min 5 s`.
pub(super) fn stretch(nanos: u64) -> String {
    // From here on tenths would be rounded to `60.0 s`.
    if nanos < 59_950_000_000 {
        return time(nanos);
    }
    let seconds = (nanos + 500_000_000) / 1_000_000_000;
    format!("{} min {} s", seconds / 60, seconds % 60)
}

/// A running time is told in tenths of a second for so many seconds, and in whole ones from then on.
pub const TENTHS: u64 = 10;

/// The time that a call has waited so far: `3.2 s`, `14 s`.
pub fn running_text(running: Duration) -> String {
    match running.as_secs() {
        ..TENTHS => format!("{:.1} s", running.as_secs_f64()),
        whole => format!("{whole} s"),
    }
}

/// What is written on an arrow.
pub(super) fn label(link: &Link, recording: &Recording) -> String {
    match link.load {
        Load::Bytes { of, .. } => content(link, recording).unwrap_or_else(|| format!("{of} B")),
        Load::Datagram { len, lost: 0 } => {
            content(link, recording).unwrap_or_else(|| format!("{len} B"))
        }
        Load::Datagram { len, lost } => format!("{len} of {} B, {lost} lost", len + lost),
        Load::Lost { len, why } => format!("{len} B lost: {}", loss(why)),
        Load::Connect {
            handshake: Handshake::Refused,
        } => "refused: nobody listens there".to_owned(),
        Load::Connect { .. } => "connect".to_owned(),
        Load::Seat => "seat in the accept queue".to_owned(),
        Load::Birth => match link.to.socket {
            Some(new) => format!("accept → new {new}"),
            None => "accept".to_owned(),
        },
        Load::End => "FIN".to_owned(),
        Load::Reset => "RST".to_owned(),
    }
}

/// What is written on the first segment of a handshake.
pub(super) fn first_segment(link: &Link, recording: &Recording) -> String {
    let client = link.from.socket.and_then(|id| recording.sockets().get(id));
    let knocks = client.map_or(0, |client| client.knocks_again);
    match link.load {
        Load::Connect {
            handshake: Handshake::Unanswered,
        } => "SYN, no answer".to_owned(),
        Load::Connect {
            handshake: Handshake::Late { again: true },
        } if knocks > 1 => format!("SYN, sent again {knocks} times"),
        Load::Connect {
            handshake: Handshake::Late { again: true },
        } => "SYN, sent again".to_owned(),
        _ => "SYN".to_owned(),
    }
}

/// What is written where bytes were taken, when a receive got only some of a send's.
pub(super) fn share(link: &Link) -> Option<String> {
    match link.load {
        Load::Bytes { len, of, .. } if len < of => Some(format!("{len} of {of} B")),
        _ => None,
    }
}

fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Dropped => "the receiver's buffer was full",
        Loss::Closed => "closed unread",
        Loss::Nobody => "nobody was there",
        Loss::NotItsPeer => "not from its peer",
    }
}

/// The bytes that were sent, or, from outside, received.
fn content(link: &Link, recording: &Recording) -> Option<String> {
    use crate::model::call::{Outcome, Value};
    let of = |row| {
        recording
            .numbered(row)
            .filter(|entry| !entry.folded && entry.part.is_none())
    };
    if let Some(entry) = link.from.row.and_then(of) {
        let (Call::Send { payload } | Call::SendTo { payload, .. } | Call::SendAll { payload }) =
            &entry.call
        else {
            return None;
        };
        let is_whole = payload.len() == entry.bytes_moved;
        return is_whole.then(|| payload.python(PAYLOAD));
    }
    let entry = link.to.row.and_then(of)?;
    match entry.outcome {
        Some(Outcome::Ok(Value::Received { bytes, .. })) => {
            bytes.whole().map(|bytes| python_literal(bytes, PAYLOAD))
        }
        _ => None,
    }
}

/// The fewest decimals with which neighbours differ, and one more: 2 to 6.
pub fn decimals(times: &[f64]) -> usize {
    let gap = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .filter(|gap| *gap > 0.0)
        .fold(f64::INFINITY, f64::min);
    (1..6)
        .find(|decimals| gap >= 10_f64.powi(-decimals))
        .map_or(6, |decimals| decimals as usize + 1)
}
