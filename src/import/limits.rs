//! How much one file may say: what a full recording needs, and so little that no sum of it is beyond counting.

use crate::model::call::SocketId;

use super::line::CallLine;

/// The largest file read, in bytes: 900 MiB, a full recording with all its payloads.
pub const MAX_FILE: u64 = 900 * 1024 * 1024;
/// The longest line read, in bytes: a call with the largest payload, in hex, and what else stands there.
pub const MAX_LINE: u64 = (2 * crate::model::payload::MAX_PAYLOAD + 64 * 1024) as u64;
/// The most lines: rows, observations and notes of a recording that is full.
pub const MAX_LINES: u64 = 2_000_000;
/// The most sockets.
pub const MAX_SOCKETS: usize = 200_000;
/// The largest number of a call, and the furthest place in a stream: every reader of JSON has it exactly.
const MAX_NUMBER: u64 = 1 << 53;
/// The most bytes one row may say that it moved: 8 TiB.
const MAX_MOVED: u64 = 1 << 43;

/// Refuses numbers that no call has.
pub(super) fn check(line: &CallLine) -> Result<(), String> {
    let sent = line.value.as_u64().filter(|_| line.call != "getsockopt");
    let too_large = |name: &str, number: Option<u64>, most: u64| match number {
        Some(number) if number > most => Err(format!("`{name}` {number} is beyond every session")),
        _ => Ok(()),
    };
    too_large("n", Some(line.n), MAX_NUMBER)?;
    too_large("count", line.count, MAX_NUMBER)?;
    too_large("offset", line.offset, MAX_NUMBER)?;
    too_large("value", sent, MAX_MOVED)?;
    too_large("lost", line.lost, MAX_MOVED)?;
    too_large("bytes_missing", line.bytes_missing, MAX_MOVED)
}

/// The socket that a call made.
pub(super) fn born(line: &CallLine) -> Option<SocketId> {
    let id = match line.call.as_str() {
        "socket" => line.id,
        "accept" => line.new_id,
        _ => None,
    };
    let made = line.outcome.as_deref() == Some("ok");
    id.filter(|_| made && !line.folded).map(SocketId)
}
