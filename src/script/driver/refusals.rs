//! What may not be played, and why.

use std::sync::Arc;

use super::super::ast::Script;
use super::super::options::{PlayOptions, PlayerId, Reach};
use super::{DriverEvent, Refusal};

/// Why a script is not played; `None`: it may be.
pub(super) fn refusal(id: PlayerId, script: &Script, options: &PlayOptions) -> Option<DriverEvent> {
    let unknown = script
        .free_names
        .iter()
        .find(|free| !options.known.contains(&free.name));
    if let Some(free) = unknown {
        return Some(DriverEvent::Refused {
            id,
            line: free.line,
            column: free.column,
            message: Arc::from(format!("there is no socket named {}", free.name)),
            refusal: Refusal::UnknownName,
        });
    }
    let reachable = script
        .first_reachable()
        .filter(|_| options.reach == Reach::ThisComputer)?;
    Some(DriverEvent::Refused {
        id,
        line: reachable.line,
        column: 1,
        message: Arc::from(reachable.why),
        refusal: Refusal::Reachable,
    })
}
