//! The lines that say who made the calls and what queued, and the arguments of each call as values.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::model::call::{Call, Family, Protocol, ShutdownHow, SocketLists, SocketOption};
use crate::model::event::{Event, Note, Remnant, Role, Threading};
use crate::model::recording::SideFact;

use super::{Object, endpoint, line};

/// A call's arguments, but for its bytes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Arguments {
    /// `socket`: `"AF_INET"` or `"AF_INET6"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// `socket`: `"SOCK_STREAM"` or `"SOCK_DGRAM"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// `bind`, `connect`, `sendto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<(String, u16)>,
    /// `listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog: Option<i32>,
    /// `recv`, `recvfrom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// `shutdown`: `"SHUT_WR"` or another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// `setblocking`: its argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocking: Option<bool>,
    /// `setsockopt`, `getsockopt`: the option's constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// `setsockopt`: the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i32>,
    /// `select`: the numbers of the sockets in its three lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched: Option<SocketLists>,
    /// `select`: how many seconds it waits at most; absent where it waits without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
}

impl Arguments {
    /// Those of a call; `None`: it has none but bytes.
    pub fn of(call: &Call) -> Option<Self> {
        let none = Self::default();
        let arguments = match call {
            Call::Socket { family, protocol } => Self {
                family: Some(family.constant().to_owned()),
                protocol: Some(protocol.constant().to_owned()),
                ..none
            },
            Call::Bind { address } | Call::Connect { address } | Call::SendTo { address, .. } => {
                Self {
                    address: Some((address.ip().to_string(), address.port())),
                    ..none
                }
            }
            Call::Listen { backlog } => Self {
                backlog: Some(*backlog),
                ..none
            },
            Call::Recv { max } | Call::RecvFrom { max } => Self {
                max: Some(*max),
                ..none
            },
            Call::Shutdown { how } => Self {
                how: Some(how.constant().to_owned()),
                ..none
            },
            Call::SetBlocking { mode } => Self {
                blocking: Some(mode.python() == "True"),
                ..none
            },
            Call::SetSockOpt { option, value } => Self {
                option: Some(option.constant().to_owned()),
                to: Some(*value),
                ..none
            },
            Call::GetSockOpt { option } => Self {
                option: Some(option.constant().to_owned()),
                ..none
            },
            Call::Select { watched, timeout } => Self {
                watched: Some(SocketLists::clone(watched)),
                timeout: timeout.map(|timeout| timeout.as_secs_f64()),
                ..none
            },
            Call::Accept
            | Call::Send { .. }
            | Call::SendAll { .. }
            | Call::Close
            | Call::GetSockName
            | Call::GetPeerName => return None,
        };
        Some(arguments)
    }

    /// The family that is named.
    pub fn family(&self) -> Option<Family> {
        let name = self.family.as_deref()?;
        [Family::Ipv4, Family::Ipv6]
            .into_iter()
            .find(|family| family.constant() == name)
    }

    /// The protocol that is named.
    pub fn protocol(&self) -> Option<Protocol> {
        let name = self.protocol.as_deref()?;
        [Protocol::Tcp, Protocol::Udp]
            .into_iter()
            .find(|protocol| protocol.constant() == name)
    }

    /// The half that is named.
    pub fn how(&self) -> Option<ShutdownHow> {
        let name = self.how.as_deref()?;
        [ShutdownHow::Read, ShutdownHow::Write, ShutdownHow::Both]
            .into_iter()
            .find(|how| how.constant() == name)
    }

    /// The option that is named.
    pub fn option(&self) -> Option<SocketOption> {
        SocketOption::named(self.option.as_deref()?)
    }
}

/// What a note says, as values; of that which a reader can't find by itself.
pub(super) fn remark(note: Option<Note>) -> Option<Json> {
    Some(match note? {
        Note::EndedByYou => json!({"what": "ended_by_you"}),
        Note::GoesOn => json!({"what": "goes_on"}),
        Note::InCrowd => json!({"what": "in_crowd"}),
        Note::TimeWait { millis_left } => json!({"what": "time_wait", "ms": millis_left}),
        Note::OldConnection { state, peer } => {
            json!({"what": "old_connection", "state": state.name(), "peer": endpoint(&peer)})
        }
        Note::EndedByClose { socket } => json!({"what": "ended_by_close", "id": socket.0}),
        Note::HeldBy { .. } => return None,
    })
}

/// What is left of a connection, where that is not TIME-WAIT.
pub(super) fn remnant(remnant: Option<Remnant>) -> Option<&'static str> {
    match remnant? {
        Remnant::TimeWait { .. } => None,
        Remnant::Ending => Some("ending"),
        Remnant::Nothing => Some("nothing"),
    }
}

/// One thing that happened beside the calls; `began` is that of the recording.
pub fn side(fact: &SideFact, began: u64) -> String {
    let (seq, kind, fields) = match fact {
        SideFact::Entered(seq, id, number) => (
            *seq,
            "queue",
            vec![
                ("what", json!("left")),
                ("call", json!(id.0)),
                ("n", json!(number.0)),
            ],
        ),
        SideFact::Fact(seq, fact) => {
            let (kind, fields) = of_fact(fact, began);
            (*seq, kind, fields)
        }
    };
    let mut all = vec![("kind", json!(kind)), ("seq", json!(seq))];
    all.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    line(&Object(all))
}

fn of_fact(fact: &Event, began: u64) -> (&'static str, Vec<(&'static str, Json)>) {
    match fact {
        Event::ProgramAdded {
            program,
            name,
            role,
            threading,
            ..
        } => (
            "program",
            vec![
                ("program_id", json!(program.0)),
                ("name", json!(&**name)),
                ("role", json!(role)),
                ("threads", json!(threads(*threading))),
            ],
        ),
        Event::ThreadingChanged {
            program, threading, ..
        } => (
            "program",
            vec![
                ("program_id", json!(program.0)),
                ("threads", json!(threads(*threading))),
            ],
        ),
        Event::ThreadStarted {
            thread,
            program,
            name,
            ..
        } => (
            "thread",
            vec![
                ("thread_id", json!(thread.0)),
                ("program_id", json!(program.0)),
                ("name", json!(&**name)),
            ],
        ),
        Event::WorkerPanicked {
            stamp,
            thread,
            message,
        } => (
            "thread",
            vec![
                ("thread_id", json!(thread.0)),
                ("t", json!(super::seconds(stamp.at.saturating_sub(began)))),
                ("failed", json!(&**message)),
            ],
        ),
        Event::Queued {
            id,
            socket,
            method,
            thread,
        } => (
            "queue",
            vec![
                ("what", json!("queued")),
                ("call", json!(id.0)),
                ("id", json!(socket.map(|socket| socket.0))),
                ("method", json!(method.name())),
                ("thread_id", json!(thread.0)),
            ],
        ),
        Event::Withdrawn { id } => (
            "queue",
            vec![("what", json!("withdrawn")), ("call", json!(id.0))],
        ),
        _ => ("other", Vec::new()),
    }
}

/// `"one"`, or `"socket"`: one for each.
fn threads(threading: Threading) -> &'static str {
    match threading {
        Threading::OneThread => "one",
        Threading::ThreadPerSocket => "socket",
    }
}

/// The threading of that word.
pub fn threading(word: &str) -> Option<Threading> {
    [Threading::OneThread, Threading::ThreadPerSocket]
        .into_iter()
        .find(|threading| threads(*threading) == word)
}

/// The role of that word.
pub fn role(word: &str) -> Option<Role> {
    [Role::Server, Role::Client, Role::Peer]
        .into_iter()
        .find(|role| json!(role) == json!(word))
}
