//! How much one file may say: what a full recording needs, and so little that no sum of it is beyond counting.

use crate::model::call::{SocketId, SocketLists};
use crate::model::recording::{Limits, Recording};

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

/// The longest of a header's texts and of a thread's name, in letters.
const MAX_WORDS: usize = 256;
/// The most calls in their system call at once: each takes a thread of the system.
const MAX_WAITING: usize = 4096;
/// The most calls queued at once: each was clicked or typed while another waited.
const MAX_QUEUED: usize = 4096;

/// What a recording of a file keeps: each of its lines, so that its past can be looked at from the beginning. The file
/// bounds it.
pub(super) fn of_a_file() -> Limits {
    Limits {
        rows: MAX_LINES as usize,
        observations: MAX_LINES as usize,
        ..Limits::default()
    }
}

/// Refuses a session of more calls than can be counted: so many have been made up to this line.
pub(super) fn check_calls(made: u64) -> Result<(), String> {
    if made > MAX_NUMBER {
        return Err(format!(
            "with this line a session has more than {MAX_NUMBER} calls"
        ));
    }
    Ok(())
}

/// Refuses a session in which more is under way at once than anywhere: what stands open is held in every moment of the
/// past.
pub(super) fn check_open(recording: &Recording) -> Result<(), String> {
    let (waiting, queued) = (recording.waiting(), recording.sockets().queued());
    if waiting > MAX_WAITING {
        return Err(format!(
            "with this line more than {MAX_WAITING} calls wait at once, each on a thread of its own"
        ));
    }
    if queued > MAX_QUEUED {
        return Err(format!(
            "with this line more than {MAX_QUEUED} calls are queued at once"
        ));
    }
    Ok(())
}

/// Refuses an id that no queued call has: those of rows count down from the greatest number.
pub(super) fn check_id(call: u64) -> Result<(), String> {
    if call > MAX_NUMBER {
        return Err(format!("`call` {call} is beyond every session"));
    }
    Ok(())
}

/// Refuses a text that is longer than anything Sockeye calls a thread or a computer.
pub(super) fn check_words(what: &str, text: &str) -> Result<(), String> {
    let letters = text.chars().count();
    if letters > MAX_WORDS {
        return Err(format!(
            "`{what}` has {letters} letters: expected at most {MAX_WORDS}"
        ));
    }
    Ok(())
}

/// Refuses a number of rows let go that no session has.
pub(super) fn check_let_go(rows: u64) -> Result<(), String> {
    if rows > MAX_NUMBER {
        return Err(format!("`let_go` {rows} is beyond every session"));
    }
    Ok(())
}

/// Refuses lists of a `select` that are longer than any it takes.
pub(super) fn check_lists(lists: &SocketLists) -> Result<(), String> {
    let most = lists.lists().map(<[SocketId]>::len).into_iter().max();
    match most {
        Some(len) if len > SocketLists::MOST => Err(format!(
            "a list of select names {len} sockets: expected at most {}",
            SocketLists::MOST
        )),
        _ => Ok(()),
    }
}

/// Refuses numbers that no call has.
pub(super) fn check(line: &CallLine) -> Result<(), String> {
    let sent = line.value.as_u64().filter(|_| line.call != "getsockopt");
    let too_large = |name: &str, number: Option<u64>, most: u64| match number {
        Some(number) if number > most => Err(format!("`{name}` {number} is beyond every session")),
        _ => Ok(()),
    };
    if line.part == Some(0) {
        return Err("the parts of a sendall count from 1: `part` is 0".to_owned());
    }
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
