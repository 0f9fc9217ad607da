//! The lines of what the kernel said, and of what players did.

use serde_json::json;

use crate::model::event::{PlayerNote, Remnant};
use crate::model::recording::{Observed, PlayerEntry};
use crate::model::socket::SocketTable;

use super::{Object, endpoint, line, seconds, sides};

/// One observation of the kernel.
pub fn observation(observed: &Observed, sockets: &SocketTable, began: u64) -> String {
    let name = sockets.get(observed.socket).map(|socket| &socket.name);
    let seen = &observed.observation;
    let tcp = seen.tcp.as_ref();
    let mut fields = vec![
        ("kind", json!("observation")),
        ("seq", json!(observed.stamp.seq)),
        ("t", json!(seconds(observed.stamp.at.saturating_sub(began)))),
        ("id", json!(observed.socket.0)),
        ("socket", json!(name)),
        ("state", json!(tcp.map(|tcp| tcp.state.name()))),
        ("rtt_micros", json!(tcp.map(|tcp| tcp.rtt_micros))),
        ("retransmits", json!(tcp.map(|tcp| tcp.retransmits))),
        ("accept_queue", json!(tcp.map(|tcp| tcp.accept_queue))),
        ("backlog", json!(tcp.map(|tcp| tcp.backlog))),
        ("receive_queue", json!(seen.receive_queue)),
        ("send_queue", json!(seen.send_queue)),
        ("drops", json!(seen.drops)),
        ("local", json!(seen.local.as_ref().map(endpoint))),
        ("peer", json!(seen.peer.as_ref().map(endpoint))),
        ("time_wait_ms", json!(time_wait(seen.remnant))),
        ("remnant", json!(sides::remnant(seen.remnant))),
    ];
    fields.retain(|(_, value)| !value.is_null());
    line(&Object(fields))
}

fn time_wait(remnant: Option<Remnant>) -> Option<u32> {
    match remnant? {
        Remnant::TimeWait { millis_left } => Some(millis_left),
        Remnant::Ending | Remnant::Nothing => None,
    }
}

/// One doing of a player.
pub fn player(entry: &PlayerEntry, began: u64) -> String {
    let (what, more) = match &entry.note {
        PlayerNote::Started { script } => ("started", vec![("script", json!(&**script))]),
        PlayerNote::Narration { text } => ("narration", vec![("text", json!(&**text))]),
        PlayerNote::Slept { seconds } => ("slept", vec![("seconds", json!(seconds))]),
        PlayerNote::Interrupted { name } => ("interrupted", vec![("name", json!(&**name))]),
        PlayerNote::Unexpected { expected, got } => (
            "unexpected",
            vec![("expected", json!(&**expected)), ("got", json!(&**got))],
        ),
        PlayerNote::Refused { reason } => ("refused", vec![("reason", json!(&**reason))]),
        PlayerNote::PortMapped { written, used } => (
            "port_mapped",
            vec![("written", json!(written)), ("used", json!(used))],
        ),
        PlayerNote::Renamed { socket, name } => (
            "renamed",
            vec![("id", json!(socket.0)), ("name", json!(&**name))],
        ),
        PlayerNote::Finished => ("finished", Vec::new()),
    };
    let mut fields = vec![
        ("kind", json!("player")),
        ("seq", json!(entry.stamp.seq)),
        ("t", json!(seconds(entry.stamp.at.saturating_sub(began)))),
        ("line", json!(entry.line)),
        ("what", json!(what)),
    ];
    fields.extend(more);
    line(&Object(fields))
}
