//! A call and its answer as C spells them, in the manner of `strace`: `recv(5, buf, 1024, 0) = -1 EAGAIN`.

use std::net::SocketAddr;
use std::time::Duration;

use crate::model::call::{BlockingMode, Call, Outcome, Protocol, SocketLists, SocketOption, Value};
use crate::model::errno::Platform;
use crate::model::payload::{Payload, python_literal};
use crate::model::recording::CallEntry;
use crate::model::socket::SocketTable;

/// How much of a payload the line takes, bytes.
const PAYLOAD: usize = 24;

/// A `select` in C, with the descriptors of the sockets it watches.
pub(super) fn select_spelling(
    entry: &CallEntry,
    watched: &SocketLists,
    timeout: Option<Duration>,
    sockets: &SocketTable,
) -> String {
    let descriptors = |lists: &SocketLists| {
        lists.lists().map(|list| {
            let fds = list.iter().filter_map(|id| Some(sockets.get(*id)?.fd));
            fds.collect::<Vec<i32>>()
        })
    };
    let watched = descriptors(watched);
    let bound = watched.iter().flatten().max().map_or(0, |fd| fd + 1);
    let set = |fds: &Vec<i32>| match fds[..] {
        [] => "NULL".to_owned(),
        _ => format!("{fds:?}"),
    };
    let sets = watched.each_ref().map(set).join(", ");
    let timeout = timeout.map_or("NULL".to_owned(), |timeout| {
        format!("{{{}, {}}}", timeout.as_secs(), timeout.subsec_micros())
    });
    let answer = match &entry.outcome {
        Some(Outcome::Ok(Value::Ready(ready))) if ready.is_empty() => "0 (timeout)".to_owned(),
        Some(Outcome::Ok(Value::Ready(ready))) => {
            let ready = descriptors(ready);
            let count: usize = ready.iter().map(Vec::len).sum();
            let names = ["in", "out", "except"].into_iter().zip(&ready);
            let sets: Vec<String> = names
                .filter(|(_, fds)| !fds.is_empty())
                .map(|(name, fds)| format!("{name} {fds:?}"))
                .collect();
            format!("{count} ({})", sets.join(", "))
        }
        _ => answer(entry),
    };
    format!("select({bound}, {sets}, {timeout}) = {answer}")
}

/// The call in C, with the descriptor it was made on and the flags it is really made with. A `select` has a spelling of
/// its own.
pub(super) fn spelling(entry: &CallEntry, fd: i32, protocol: Protocol) -> String {
    let flags = Flags::of(Platform::here(), protocol);
    format!("{} = {}", call(&entry.call, fd, &flags), answer(entry))
}

/// The flags that calls are made with beside what is asked for; see `syscalls` of the kernel's network.
struct Flags {
    /// Not to be inherited by programs started later, as Python makes its sockets.
    born: Option<&'static str>,
    /// EPIPE is to be an answer, not the end of the program.
    send: &'static str,
    /// A datagram's true length is to be told.
    receive: &'static str,
}

impl Flags {
    fn of(platform: Platform, protocol: Protocol) -> Self {
        let linux = platform == Platform::Linux;
        Self {
            born: linux.then_some("SOCK_CLOEXEC"),
            send: if linux { "MSG_NOSIGNAL" } else { "0" },
            receive: if linux && protocol == Protocol::Udp {
                "MSG_TRUNC"
            } else {
                "0"
            },
        }
    }
}

fn call(call: &Call, fd: i32, flags: &Flags) -> String {
    let Flags {
        born,
        send,
        receive,
    } = flags;
    let length = |address: &SocketAddr| if address.is_ipv4() { 16 } else { 28 };
    match call {
        Call::Socket { family, protocol } => {
            let born = born.map_or(String::new(), |flag| format!("|{flag}"));
            let (family, kind) = (family.constant(), protocol.constant());
            format!("socket({family}, {kind}{born}, 0)")
        }
        Call::Bind { address } => format!("bind({fd}, {{{address}}}, {})", length(address)),
        Call::Listen { backlog } => format!("listen({fd}, {backlog})"),
        Call::Accept => match born {
            Some(flag) => format!("accept4({fd}, &peer, &length, {flag})"),
            None => format!("accept({fd}, &peer, &length)"),
        },
        Call::Connect { address } => format!("connect({fd}, {{{address}}}, {})", length(address)),
        Call::Send { payload } | Call::SendAll { payload } => {
            let (bytes, count) = (buffer(payload), payload.len());
            format!("send({fd}, {bytes}, {count}, {send})")
        }
        Call::Recv { max } => format!("recv({fd}, buf, {max}, {receive})"),
        Call::SendTo { payload, address } => format!(
            "sendto({fd}, {}, {}, {send}, {{{address}}}, {})",
            buffer(payload),
            payload.len(),
            length(address)
        ),
        Call::RecvFrom { max } => {
            format!("recvfrom({fd}, buf, {max}, {receive}, &peer, &length)")
        }
        Call::Shutdown { how } => format!("shutdown({fd}, {})", how.constant()),
        Call::Close => format!("close({fd})"),
        Call::SetBlocking { mode } => {
            let on = i32::from(*mode == BlockingMode::NonBlocking);
            format!("ioctl({fd}, FIONBIO, [{on}])")
        }
        Call::SetSockOpt {
            option: SocketOption::Linger,
            value,
        } => format!("setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{1, {value}}}, 8)"),
        Call::SetSockOpt { option, value } => format!(
            "setsockopt({fd}, {}, {}, [{value}], 4)",
            option.level(),
            option.constant()
        ),
        Call::GetSockOpt { option } => format!(
            "getsockopt({fd}, {}, {}, &value, &length)",
            option.level(),
            option.constant()
        ),
        Call::GetSockName => format!("getsockname({fd}, &address, &length)"),
        Call::GetPeerName => format!("getpeername({fd}, &address, &length)"),
        Call::Select { .. } => "select(…)".to_owned(),
    }
}

fn buffer(payload: &Payload) -> String {
    let (bytes, whole): (&[u8], bool) = match payload {
        Payload::Literal(bytes) => (bytes, bytes.len() <= PAYLOAD),
        Payload::Repeat { unit, times } => (unit, *times == 1 && unit.len() <= PAYLOAD),
        Payload::LetGo(_) => return "buf".to_owned(),
    };
    let shown = &bytes[..bytes.len().min(PAYLOAD)];
    let literal = python_literal(shown, PAYLOAD);
    let dots = if whole { "" } else { "…" };
    format!("{}{dots}", literal.trim_start_matches('b'))
}

fn answer(entry: &CallEntry) -> String {
    match &entry.outcome {
        None => "? (still in the call)".to_owned(),
        Some(Outcome::Error(errno)) => format!("-1 {errno}"),
        Some(Outcome::Interrupted) => "-1 EINTR".to_owned(),
        Some(Outcome::Ok(value)) => match value {
            Value::None | Value::Address(_) => "0".to_owned(),
            Value::Sent(count) => count.to_string(),
            // With MSG_TRUNC the answer is the datagram's true length.
            Value::Received { bytes, lost, .. } => (bytes.len() + lost).to_string(),
            Value::Integer(value) => format!("0, value {value}"),
            Value::Socket { fd, .. } => fd.to_string(),
            Value::Ready(ready) => ready
                .lists()
                .map(<[_]>::len)
                .iter()
                .sum::<usize>()
                .to_string(),
        },
    }
}
