//! A method's look in words.

use crate::model::call::Method;
use crate::model::lifecycle::{Forecast, Look};

/// A look in one sentence, with its reason.
pub(super) fn sentence(method: Method, forecast: &Forecast) -> String {
    let reason = &forecast.reason;
    match forecast.look {
        Look::Natural => format!("Next: {method}: {reason}."),
        Look::Allowed | Look::WouldBlock(_) => format!("{method}: {reason}."),
        Look::WillWait => format!("{method} will wait: {reason}."),
        Look::WouldFail(_) => format!("{method} would fail: {reason}."),
        Look::Queued | Look::WaitingNow => format!("{reason}."),
    }
}
