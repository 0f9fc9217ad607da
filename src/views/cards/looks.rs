//! How a method's button looks now, and why.

use crate::model::call::{Method, Protocol};
use crate::model::lifecycle::{Forecast, Look};
use crate::model::socket::{Socket, Stage};

use super::super::Shown;

/// What the call would do if it were made now.
pub(super) fn forecast(socket: &Socket, method: Method, _shown: &Shown<'_>) -> Forecast {
    let look = if socket.waiting.iter().any(|pending| pending.method == method) {
        Look::WaitingNow
    } else if !socket.waiting.is_empty() && !method.never_queues() {
        Look::Queued
    } else {
        Look::Allowed
    };
    Forecast {
        look,
        reason: String::new(),
    }
}

/// The word of a socket's state.
pub(super) fn badge(socket: &Socket) -> String {
    format!("{:?}", socket.stage).to_uppercase()
}

/// A look in one sentence, with its reason.
pub(super) fn sentence(method: Method, forecast: &Forecast) -> String {
    let lead = match forecast.look {
        Look::Natural => format!("Next: {method}."),
        Look::Allowed => format!("{method} can be called."),
        Look::WillWait => format!("{method} will wait."),
        Look::WouldBlock(errno) => format!("{method}: {errno} now."),
        Look::WouldFail(errno) => format!("{method} would fail: {errno}."),
        Look::Queued => "Queued.".to_owned(),
        Look::WaitingNow => format!("{method} waits now."),
    };
    if forecast.reason.is_empty() {
        lead
    } else {
        format!("{lead} {}", forecast.reason)
    }
}

/// What close does to bytes nobody has read: TCP answers the other end with a reset (RFC 9293, 3.10.4; RFC 1122, 4.2.2.13).
pub(super) fn close_warning(socket: &Socket, method: Method) -> Option<String> {
    let unread = socket.unread().filter(|unread| *unread > 0)?;
    let loses = method == Method::Close
        && socket.protocol == Protocol::Tcp
        && socket.stage == Stage::Connected;
    loses.then(|| format!("{unread} bytes unread: this resets the connection"))
}
