//! A call's line, made a call again.

use std::sync::Arc;
use std::time::Duration;

use crate::export::jsonl::Arguments;
use crate::model::call::{
    BlockingMode, Bytes, Call, Method, Outcome, ProgramId, SocketId, SocketLists, ThreadId, Value,
};
use crate::model::event::{Ended, Folded, Note, Stamp, Started};
use crate::model::payload::{MAX_PAYLOAD, Payload};
use crate::model::recording::RowNumber;
use crate::model::socket::MAX_NAME;

use super::super::limits;
use super::super::line::{CallLine, RemarkPart};
use super::{Read, Row, address, errno, id_of_row, method, optional_address, stamp, tcp_state};

/// The longest name of a socket or program read, in bytes: one that a script gave, and the number that tells it from
/// others of the same name.
const LONGEST_NAME: usize = 256;
const _: () = assert!(MAX_NAME + 20 <= LONGEST_NAME);

/// A name of a socket or a program: a Python name, as the call language has them.
pub(super) fn name(text: &str) -> Read<&str> {
    let mut letters = text.chars();
    let begins = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let is_name = letters.next().is_some_and(begins)
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_name && text.len() <= LONGEST_NAME {
        Ok(text)
    } else {
        Err("a name has letters, digits and _, and begins with no digit".to_owned())
    }
}

/// A call, and how it ended; where the row stands for several, how the first of them did.
pub(super) fn row(line: &CallLine) -> Read<(Row, Option<Ended>)> {
    let call = call(line)?;
    let makes = call == Call::Accept || matches!(call, Call::Socket { .. });
    let is_socket = matches!(call, Call::Socket { .. });
    let socket = line.id.map(SocketId).filter(|_| !is_socket);
    let is_select = matches!(call, Call::Select { .. });
    if socket.is_none() && !is_socket && !is_select {
        return Err("a call is made on a socket: there is no `id`".to_owned());
    }
    let asked = line.asked.as_deref().filter(|_| makes).map(name);
    let started = Started {
        id: id_of_row(line.n),
        stamp: stamp(line.seq, line.t)?,
        thread: ThreadId(line.thread_id),
        program: ProgramId(line.program_id.unwrap_or(0)),
        socket,
        fd: line.fd.filter(|_| !is_socket),
        call,
        name: asked.transpose()?.map(Arc::from),
        line: line.line,
        part: line.part,
        at_end: said(line, "at end"),
    };
    let (ended, more) = ends(line, &started)?;
    let row = Row {
        number: RowNumber(line.n),
        started,
        more,
    };
    Ok((row, ended))
}

type Ends = (Option<Ended>, Option<(u64, Ended)>);

/// How the call ended; of several, the first, how many more there were, and the last of those.
fn ends(line: &CallLine, started: &Started) -> Read<Ends> {
    let (Some(end_seq), Some(took)) = (line.end_seq, line.took) else {
        return if line.outcome.is_none() {
            Ok((None, None))
        } else {
            Err("a call that has ended has `end_seq` and `took`".to_owned())
        };
    };
    let last = Ended {
        id: started.id,
        stamp: after(started, end_seq, line.t, took)?,
        outcome: outcome(line, &started.call)?,
        offset: line.offset,
        retries: line.retries.unwrap_or(0),
        note: note(line)?,
    };
    let count = line.count.unwrap_or(1);
    let (Some(first_seq), Some(first_took)) = (line.first_end_seq, line.first_took) else {
        return if count == 1 {
            Ok((Some(last), None))
        } else {
            Err("a row of several calls has `first_end_seq` and `first_took`".to_owned())
        };
    };
    let first = Ended {
        stamp: after(started, first_seq, line.t, first_took)?,
        retries: 0,
        ..last.clone()
    };
    Ok((Some(first), Some((count.saturating_sub(1), last))))
}

fn after(started: &Started, seq: u64, t: f64, took: f64) -> Read<Stamp> {
    let end = stamp(seq, t + took)?;
    if end.seq < started.stamp.seq || took < 0.0 {
        return Err("the call ends before it begins".to_owned());
    }
    // Sums of decimals may be off by a little: what took is exact, and so is the beginning.
    let took = stamp(seq, took)?;
    Ok(Stamp {
        seq,
        at: started.stamp.at.saturating_add(took.at),
    })
}

fn said(line: &CallLine, words: &str) -> bool {
    let mut notes = line.note.iter().flat_map(|note| note.split(", "));
    notes.any(|note| note == words)
}

fn note(line: &CallLine) -> Read<Option<Note>> {
    let Some(remark) = &line.remark else {
        return Ok(None);
    };
    Ok(Some(match remark {
        RemarkPart::EndedByYou => Note::EndedByYou,
        RemarkPart::GoesOn => Note::GoesOn,
        RemarkPart::InCrowd => Note::InCrowd,
        RemarkPart::EndedByClose { id } => Note::EndedByClose {
            socket: SocketId(*id),
        },
        RemarkPart::TimeWait { ms } => Note::TimeWait { millis_left: *ms },
        RemarkPart::OldConnection { state, peer } => Note::OldConnection {
            state: tcp_state(state)?,
            peer: address(peer)?,
        },
    }))
}

fn call(line: &CallLine) -> Read<Call> {
    let method = method(&line.call)?;
    let none = Arguments::default();
    let args = line.args.as_ref().unwrap_or(&none);
    let lacks = |what: &str| format!("`args` of {method} lack `{what}`");
    let to = || address(args.address.as_ref().ok_or_else(|| lacks("address"))?);
    let max = || args.max.ok_or_else(|| lacks("max"));
    let option = || args.option().ok_or_else(|| lacks("option"));
    Ok(match method {
        Method::Socket => Call::Socket {
            family: args.family().ok_or_else(|| lacks("family"))?,
            protocol: args.protocol().ok_or_else(|| lacks("protocol"))?,
        },
        Method::Bind => Call::Bind { address: to()? },
        Method::Listen => Call::Listen {
            backlog: args.backlog.ok_or_else(|| lacks("backlog"))?,
        },
        Method::Accept => Call::Accept,
        Method::Connect => Call::Connect { address: to()? },
        Method::Send => Call::Send {
            payload: payload(line)?,
        },
        Method::SendAll => Call::SendAll {
            payload: payload(line)?,
        },
        Method::Recv => Call::Recv { max: max()? },
        Method::SendTo => Call::SendTo {
            payload: payload(line)?,
            address: to()?,
        },
        Method::RecvFrom => Call::RecvFrom { max: max()? },
        Method::Shutdown => Call::Shutdown {
            how: args.how().ok_or_else(|| lacks("how"))?,
        },
        Method::Close => Call::Close,
        Method::SetBlocking => Call::SetBlocking {
            mode: if args.blocking.ok_or_else(|| lacks("blocking"))? {
                BlockingMode::Blocking
            } else {
                BlockingMode::NonBlocking
            },
        },
        Method::SetSockOpt => Call::SetSockOpt {
            option: option()?,
            value: args.to.ok_or_else(|| lacks("to"))?,
        },
        Method::GetSockOpt => Call::GetSockOpt { option: option()? },
        Method::GetSockName => Call::GetSockName,
        Method::GetPeerName => Call::GetPeerName,
        Method::Select => {
            let watched = args.watched.clone().ok_or_else(|| lacks("watched"))?;
            limits::check_lists(&watched)?;
            let timeout = args.timeout.map(Duration::try_from_secs_f64);
            Call::Select {
                watched: Arc::new(watched),
                timeout: timeout
                    .transpose()
                    .map_err(|_| "`timeout` is no number of seconds")?,
            }
        }
    })
}

fn payload(line: &CallLine) -> Read<Payload> {
    let Some(text) = &line.bytes else {
        let missing = line.bytes_missing;
        // The first part of a sendall has the bytes of all.
        let later = line.part.is_some_and(|part| part > 1);
        return match missing {
            Some(count) => Ok(Payload::LetGo(count)),
            None if later => Ok(Payload::LetGo(0)),
            None => Err("what was sent is neither there nor said to be missing".to_owned()),
        };
    };
    let Some((unit, times)) = text.split_once('*') else {
        return Ok(Payload::Literal(hex(text)?));
    };
    let unit = hex(unit)?;
    let times: u32 = times
        .parse()
        .map_err(|_| format!("{times:?} is no number of repeats"))?;
    if unit.len() as u64 * u64::from(times) > MAX_PAYLOAD as u64 {
        return Err(format!("one call sends at most {MAX_PAYLOAD} bytes"));
    }
    Ok(Payload::Repeat { unit, times })
}

/// Bytes from pairs of hexadecimal digits.
fn hex(text: &str) -> Read<Arc<[u8]>> {
    if text.len() / 2 > MAX_PAYLOAD {
        return Err(format!("one call moves at most {MAX_PAYLOAD} bytes"));
    }
    let pairs = text.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect();
    bytes
        .map(Arc::from)
        .ok_or_else(|| "`bytes` are pairs of hexadecimal digits".to_owned())
}

fn digit(letter: u8) -> Option<u8> {
    char::from(letter)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

fn outcome(line: &CallLine, call: &Call) -> Read<Outcome> {
    match line.outcome.as_deref() {
        Some("ok") => Ok(Outcome::Ok(value(line, call)?)),
        Some("interrupted") => Ok(Outcome::Interrupted),
        Some("error") => {
            let symbol = line.errno.as_deref().unwrap_or_default();
            Ok(Outcome::Error(errno(symbol)?))
        }
        _ => Err("`outcome` is ok, error or interrupted".to_owned()),
    }
}

fn value(line: &CallLine, call: &Call) -> Read<Value> {
    let peer = || optional_address(line.peer.as_ref());
    let number = || line.value.as_i64().ok_or("`value` is no number");
    Ok(match call {
        Call::Socket { .. } => Value::Socket {
            id: SocketId(line.id.ok_or("a new socket has an `id`")?),
            fd: line.fd.unwrap_or(-1),
            peer: None,
        },
        Call::Accept => Value::Socket {
            id: SocketId(line.new_id.ok_or("a new socket has a `new_id`")?),
            fd: line.new_fd.unwrap_or(-1),
            peer: peer()?,
        },
        Call::Send { .. } | Call::SendAll { .. } | Call::SendTo { .. } => {
            Value::Sent(u64::try_from(number()?).map_err(|_| "`value` is less than nothing")?)
        }
        Call::Recv { .. } | Call::RecvFrom { .. } => Value::Received {
            bytes: received(line)?,
            peer: peer()?,
            lost: line.lost.unwrap_or(0),
        },
        Call::GetSockOpt { .. } => Value::Integer(number()?),
        Call::GetSockName | Call::GetPeerName => {
            let endpoint = serde_json::from_value(line.value.clone());
            Value::Address(address(&endpoint.map_err(|_| "`value` is no address")?)?)
        }
        Call::Select { .. } => {
            let lists: [Vec<SocketId>; 3] = serde_json::from_value(line.value.clone())
                .map_err(|_| "`value` is not three lists of socket numbers")?;
            let [read, write, except] = lists;
            let ready = SocketLists {
                read,
                write,
                except,
            };
            limits::check_lists(&ready)?;
            Value::Ready(Arc::new(ready))
        }
        Call::Bind { .. }
        | Call::Listen { .. }
        | Call::Connect { .. }
        | Call::Shutdown { .. }
        | Call::Close
        | Call::SetBlocking { .. }
        | Call::SetSockOpt { .. } => Value::None,
    })
}

fn received(line: &CallLine) -> Read<Bytes> {
    match (&line.bytes, line.bytes_missing) {
        (Some(text), _) => Ok(Bytes::Whole(hex(text)?)),
        (None, Some(count)) => Ok(Bytes::LetGo(count)),
        (None, None) => Err("what was received is neither there nor said to be missing".to_owned()),
    }
}

/// Calls that nobody could take one by one.
pub(super) fn folded(line: &CallLine) -> Read<Folded> {
    let first = stamp(line.seq, line.t)?;
    let (Some(end_seq), Some(took)) = (line.end_seq, line.took) else {
        return Err("calls that were folded have `end_seq` and `took`".to_owned());
    };
    let errno = line.errno.as_deref().map(errno).transpose()?;
    let took = stamp(end_seq, took)?;
    let method = method(&line.call)?;
    if line.id.is_none() && method != Method::Select {
        return Err("calls that were folded have an `id`".to_owned());
    }
    Ok(Folded {
        thread: ThreadId(line.thread_id),
        program: ProgramId(line.program_id.unwrap_or(0)),
        socket: line.id.map(SocketId),
        method,
        errno,
        count: line.count.unwrap_or(1).max(1),
        bytes: line.bytes_missing.unwrap_or(0),
        offset: line.offset,
        first,
        last: Stamp {
            seq: end_seq.max(line.seq),
            at: first.at.saturating_add(took.at),
        },
    })
}
