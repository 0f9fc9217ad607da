//! JSON Lines: one object per line. What `--jsonl` prints, `--save` writes, and the window saves.
//!
//! The first line is the header: `{"sockeye": 1, "network": "kernel", "platform": …, "clock": …, "started": …}`,
//! where `sockeye` is the version of the format. Then one object per entry, in order of end; calls that never
//! returned come last, with `outcome` null. All times are seconds since `started`, when the session began, to the
//! nanosecond.
//! Inside strings every character that can't be seen is written `\uXXXX`.
//!
//! **`kind: "call"`**
//!
//! | field | what |
//! |---|---|
//! | `n` | number of the row, counted from 1 in order of start |
//! | `seq`, `end_seq` | place of start and end in the order of all things; `end_seq` null: not returned |
//! | `t`, `took` | when it entered its system call, and for how long; `took` null: not returned |
//! | `program`, `thread` | names of who made it |
//! | `thread_id` | number of that thread: several threads, one after another, may share a name |
//! | `id`, `socket`, `fd` | the socket's number, name and descriptor (−1: it was closed); for `socket` those of the new one |
//! | `call`, `text` | the method, and the statement in the call language, long payloads cut |
//! | `line` | line of the script, or null |
//! | `outcome` | `"ok"`, `"error"`, `"interrupted"`, or null: not returned |
//! | `value` | number; `[host, port]`; the new socket's name for `socket` and `accept`; byte count for `recv` and `recvfrom`; three lists of socket numbers for `select`; or null |
//! | `peer` | `[host, port]` for `accept` and `recvfrom`, where known |
//! | `errno`, `errno_code` | symbol and number, where it failed |
//! | `bytes` | the bytes handed in or received, in hex: whole, or a generator such as `"41*70000"` |
//! | `bytes_missing` | instead of `bytes`: how many there were, where they were let go |
//! | `lost` | bytes of the datagram that were cut off, where any were |
//! | `offset` | where in the socket's stream the moved bytes begin, where known |
//! | `count` | how many calls the row stands for, where more than one |
//! | `retries` | calls made again after an EINTR from elsewhere, where any were |
//! | `part` | which send of a sendall, from 1; the first has the bytes of all |
//! | `note` | something to say beside the outcome, `"at end"` among others |
//! | `remark` | the same as values, where it is the system's: `what` is `"ended_by_you"`, `"goes_on"`, `"time_wait"` (with `ms`), `"old_connection"` (with `state` and `peer`), or `"ended_by_close"` (with `id`: the number of the socket whose close ended the wait) |
//! | `args` | the arguments but for bytes: `family`, `protocol`, `address`, `backlog`, `max`, `how`, `blocking`, `option`, `to`, `watched`, `timeout`, as each call has them; `watched` is `{"read": […], "write": […], "except": […]}`, socket numbers in the order they were written |
//! | `asked` | the name a new socket was to have; `socket` is the one it got |
//! | `new_id`, `new_fd` | of an `accept`: the number and descriptor of the new socket |
//! | `folded` | true: nobody could take these calls one by one; their arguments are not known |
//! | `first_end_seq`, `first_took` | with `count`, where not `folded`: when the first of the equal calls returned |
//! | `program_id` | number of the program |
//!
//! **`kind: "observation"`**: `seq`, `t`, `id`, `socket`, and what the kernel answered of `state`, `rtt_micros`,
//! `retransmits`, `accept_queue`, `backlog`, `receive_queue`, `send_queue`, `drops`, `local`, `peer`; `time_wait_ms`:
//! how long the connection, kept apart from its descriptor, stays in TIME-WAIT; or `remnant`: it is `"ending"`, or
//! `"nothing"` is left.
//!
//! **`kind: "player"`**: `seq`, `t`, `line`, `what` (`"started"`, `"narration"`, `"slept"`, `"interrupted"`,
//! `"unexpected"`, `"refused"`, `"port_mapped"`, `"renamed"`, `"finished"`), and `script`, `text`, `seconds`,
//! `name`, `expected`, `got`, `reason`, `written`, `used`, `id` as it needs.
//!
//! **`kind: "program"`**: `seq`, `program_id`, `name`, `role`, `threads` (`"one"`, or `"socket"`: one for each); without
//! a name, a program whose `threads` changed. **`kind: "thread"`**: `seq`, `thread_id`, `program_id`, `name`; with
//! `failed` and `t`, a thread that broke down. **`kind: "queue"`**: `seq`, `call` (its number), and `what`: `"queued"`
//! behind another call (with `id`, `method`, `thread_id`), `"withdrawn"`, or `"left"` (with `n`, the row it made). These
//! stand after the entry that has their `seq`. The header of a session whose oldest rows were let go has `let_go`: how
//! many.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::model::call::{Method, Outcome, Value};
use crate::model::errno::{Errno, Platform};
use crate::model::event::{Event, Stamp};
use crate::model::explain::note_words;
use crate::model::payload::{Payload, is_hidden};
use crate::model::recording::{
    CallEntry, Header, Observed, PlayerEntry, Recording, RowNumber, SideFact,
};
use crate::model::socket::{Socket, SocketTable};

mod seen;
mod sides;

pub use seen::{observation, player};
pub use sides::{Arguments, role, side, threading};

/// The version of the format that is written here.
pub const VERSION: u32 = 1;

/// Bytes of a payload inside `text`; `bytes` has them all.
const PAYLOAD_SHOWN: usize = 1024;

/// Writes the recording: header, then all entries in order of end, then what still waits.
///
/// # Errors
/// What the writer answers.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", header_of(recording))?;
    let (sockets, began) = (recording.sockets(), recording.began());
    for (_, item) in in_order(recording) {
        let line = match item {
            Item::Call(number) => recording
                .numbered(number)
                .map(|entry| call(&entry, recording.first_end(number), sockets, began)),
            Item::Observed(observed) => Some(observation(observed, sockets, began)),
            Item::Player(entry) => Some(player(entry, began)),
            Item::SideFact(happened) => Some(sides::side(&happened, began)),
        };
        if let Some(line) = line {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

enum Item<'a> {
    Call(RowNumber),
    Observed(&'a Observed),
    Player(&'a PlayerEntry),
    SideFact(SideFact),
}

/// The programs and threads there are, where their beginnings were let go.
fn who(recording: &Recording) -> Vec<SideFact> {
    let stamp = Stamp::default();
    let programs = recording.sockets().programs();
    let programs = programs.map(|program| Event::ProgramAdded {
        stamp,
        program: program.id,
        name: Arc::from(program.name.as_str()),
        role: program.role,
        threading: program.threading,
    });
    let threads = recording.sockets().threads();
    let threads = threads.map(|thread| Event::ThreadStarted {
        stamp,
        thread: thread.id,
        program: thread.program,
        name: Arc::clone(&thread.name),
    });
    programs
        .chain(threads)
        .map(|fact| SideFact::Fact(0, Box::new(fact)))
        .collect()
}

/// Everything by its place: ended or not, the sequence number of its end or start, and what stands after that.
fn in_order(recording: &Recording) -> Vec<((bool, u64, u8), Item<'_>)> {
    let calls = (0..recording.len())
        .filter_map(|index| recording.row(index))
        .map(|entry| {
            let place = match entry.end {
                Some(end) => (false, end.seq, 0),
                None => (true, entry.start.seq, 0),
            };
            (place, Item::Call(entry.number))
        });
    let observations = recording
        .observations()
        .map(|observed| ((false, observed.stamp.seq, 0), Item::Observed(observed)));
    let notes = recording
        .notes()
        .map(|note| ((false, note.stamp.seq, 0), Item::Player(note)));
    let beside = match recording.side_facts() {
        Some(beside) => beside.collect(),
        None => who(recording),
    };
    let beside = beside.into_iter().map(|happened| {
        let (SideFact::Fact(seq, _) | SideFact::Entered(seq, ..)) = &happened;
        ((false, *seq, 1), Item::SideFact(happened))
    });
    let mut items: Vec<_> = calls
        .chain(observations)
        .chain(notes)
        .chain(beside)
        .collect();
    items.sort_by_key(|(place, _)| *place);
    items
}

/// The first line of a recording that is whole.
pub fn header(header: &Header) -> String {
    line(&Object(header_fields(header)))
}

fn header_of(recording: &Recording) -> String {
    let mut fields = header_fields(recording.header());
    if recording.let_go() > 0 {
        fields.push(("let_go", json!(recording.let_go())));
    }
    line(&Object(fields))
}

fn header_fields(header: &Header) -> Vec<(&'static str, Json)> {
    vec![
        ("sockeye", json!(VERSION)),
        ("network", json!(header.network)),
        ("platform", json!(header.platform)),
        ("clock", json!(header.clock)),
        ("started", json!(header.started)),
    ]
}

/// An object whose fields stay in the order given.
struct Object(Vec<(&'static str, Json)>);

impl Serialize for Object {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (*key, value)))
    }
}

#[derive(Serialize)]
struct CallLine<'a> {
    kind: &'static str,
    n: u64,
    seq: u64,
    end_seq: Option<u64>,
    t: f64,
    took: Option<f64>,
    program: Option<&'a str>,
    thread: Option<&'a str>,
    thread_id: u32,
    id: Option<u32>,
    socket: Option<&'a str>,
    fd: Option<i32>,
    call: &'static str,
    text: String,
    line: Option<u32>,
    outcome: Option<&'static str>,
    value: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<(String, u16)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_missing: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Arguments>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_fd: Option<i32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    folded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_end_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_took: Option<f64>,
    program_id: Option<u32>,
}

/// One call; `began` is [`Recording::began`], here as below. `first`: when the first of equal calls returned, where the
/// row stands for several.
pub fn call(entry: &CallEntry, first: Option<Stamp>, sockets: &SocketTable, began: u64) -> String {
    let born = entry.born().and_then(|id| sockets.get(id));
    let is_accept = entry.method() == Method::Accept;
    let first = first.filter(|_| entry.count > 1 && !entry.folded);
    let socket = entry.socket.and_then(|id| sockets.get(id));
    let errno = entry.outcome.as_ref().and_then(Outcome::errno);
    let (bytes, bytes_missing) = bytes(entry);
    line(&CallLine {
        kind: "call",
        n: entry.number.0,
        seq: entry.start.seq,
        end_seq: entry.end.map(|end| end.seq),
        t: seconds(entry.start.at.saturating_sub(began)),
        took: entry.took().map(seconds),
        program: entry
            .program
            .and_then(|id| sockets.program(id))
            .map(|program| program.name.as_str()),
        thread: sockets.thread(entry.thread).map(|thread| &*thread.name),
        thread_id: entry.thread.0,
        id: entry.socket.map(|id| id.0),
        socket: socket.map(|socket| socket.name.as_str()),
        fd: entry.fd.or(socket.map(|socket| socket.fd)),
        call: entry.method().name(),
        text: entry.text(sockets, PAYLOAD_SHOWN),
        line: entry.line,
        outcome: entry.outcome.as_ref().map(|outcome| match outcome {
            Outcome::Ok(_) => "ok",
            Outcome::Error(_) => "error",
            Outcome::Interrupted => "interrupted",
        }),
        value: value(entry, sockets),
        peer: peer(entry).map(|peer| (peer.ip().to_string(), peer.port())),
        errno: errno.map(Errno::symbol),
        errno_code: errno.and_then(|errno| errno.code_on(Platform::here())),
        bytes,
        bytes_missing,
        lost: lost(entry),
        offset: entry.offset,
        count: (entry.count > 1).then_some(entry.count),
        retries: (entry.retries > 0).then_some(entry.retries),
        part: entry.part,
        note: note(entry, sockets),
        remark: sides::remark(entry.note),
        args: Arguments::of(&entry.call).filter(|_| !entry.folded),
        asked: born.and_then(Socket::asked),
        new_id: born.filter(|_| is_accept).map(|born| born.id.0),
        new_fd: born.filter(|_| is_accept).map(|born| born.fd),
        folded: entry.folded,
        first_end_seq: first.map(|first| first.seq),
        first_took: first.map(|first| seconds(first.at.saturating_sub(entry.start.at))),
        program_id: entry.program.map(|program| program.0),
    })
}

fn value(entry: &CallEntry, sockets: &SocketTable) -> Json {
    let Some(Outcome::Ok(value)) = &entry.outcome else {
        return Json::Null;
    };
    match value {
        Value::None => Json::Null,
        Value::Sent(count) => json!(count),
        Value::Integer(number) => json!(number),
        Value::Received { bytes, .. } => json!(bytes.len()),
        Value::Address(address) => endpoint(address),
        Value::Ready(ready) => json!(ready.lists()),
        Value::Socket { id, .. } => json!(sockets.get(*id).map(|socket| socket.name.as_str())),
    }
}

fn peer(entry: &CallEntry) -> Option<SocketAddr> {
    match entry.outcome.as_ref()? {
        Outcome::Ok(Value::Received { peer, .. } | Value::Socket { peer, .. }) => *peer,
        _ => None,
    }
}

fn lost(entry: &CallEntry) -> Option<u64> {
    match entry.outcome.as_ref()? {
        Outcome::Ok(Value::Received { lost, .. }) if *lost > 0 => Some(*lost),
        _ => None,
    }
}

/// The bytes handed in or received: in hex, or how many were let go.
fn bytes(entry: &CallEntry) -> (Option<String>, Option<u64>) {
    if entry.part.is_some_and(|part| part > 1) {
        return (None, None);
    }
    if let Some(payload) = entry.call.payload() {
        return match payload {
            Payload::Literal(bytes) => (Some(hex(bytes)), None),
            Payload::Repeat { unit, times } => (Some(format!("{}*{times}", hex(unit))), None),
            Payload::LetGo(count) => (None, Some(*count)),
        };
    }
    match &entry.outcome {
        Some(Outcome::Ok(Value::Received { bytes, .. })) => match bytes.whole() {
            Some(bytes) => (Some(hex(bytes)), None),
            None => (None, Some(bytes.len())),
        },
        _ => (None, None),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String can't fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

fn note(entry: &CallEntry, sockets: &SocketTable) -> Option<String> {
    let mut notes: Vec<String> = note_words(entry, sockets).into_iter().collect();
    if entry.abandoned {
        notes.push("its thread has failed".to_owned());
    }
    if entry.at_end {
        notes.push("at end".to_owned());
    }
    (!notes.is_empty()).then(|| notes.join(", "))
}

fn endpoint(address: &SocketAddr) -> Json {
    json!([address.ip().to_string(), address.port()])
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// A value on one line, with nothing hidden in it.
fn line(value: &impl Serialize) -> String {
    // Only a map with keys that are no strings, or a failing Serialize, could fail: there is neither here.
    let text = serde_json::to_string(value).unwrap_or_default();
    if !text.chars().any(is_hidden) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            // Only strings can hold such a character, and there \uXXXX is JSON.
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").ok();
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}
