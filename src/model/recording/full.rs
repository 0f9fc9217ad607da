//! What of a call does not fit its row.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::call::{Bytes, Call, Method, Outcome, Value};
use crate::model::event::{Ended, Folded, Note, Stamp, Started};
use crate::model::payload::Payload;
use crate::model::socket::StateThen;

use super::entry::CallEntry;

/// The unit of a repeated payload is worth keeping up to here: it says all of the payload.
const SMALL_UNIT: usize = 64;

/// What did not fit the row.
#[derive(Clone, Debug)]
pub(super) struct Full {
    call: Call,
    outcome: Option<Outcome>,
    end: Option<Stamp>,
    count: u64,
    bytes_moved: u64,
    retries: u32,
    part: Option<u32>,
    note: Option<Note>,
    state: Option<StateThen>,
    line: Option<u32>,
    at_end: bool,
    folded: bool,
    fd: Option<i32>,
}

impl Full {
    /// What of a call that enters its system call does not fit.
    pub(super) fn new(started: &Started) -> Self {
        Self {
            call: started.call.clone(),
            outcome: None,
            end: None,
            count: 1,
            bytes_moved: 0,
            retries: 0,
            part: started.part,
            note: None,
            state: None,
            line: started.line,
            at_end: started.at_end,
            folded: false,
            fd: started.fd,
        }
    }

    pub(super) fn ended(started: &Started, ended: &Ended, state: Option<StateThen>) -> Self {
        Self {
            outcome: Some(ended.outcome.clone()),
            end: Some(ended.stamp),
            bytes_moved: moved(&ended.outcome),
            retries: ended.retries,
            note: ended.note,
            state,
            ..Self::new(started)
        }
    }

    /// What the row of many calls says, that nobody could take one by one.
    pub(super) fn folded(folded: &Folded) -> Self {
        let outcome = match folded.errno {
            Some(errno) => Outcome::Error(errno),
            // What each found is not known.
            None if folded.method == Method::Select => Outcome::Ok(Value::None),
            None if folded.method.sends() => Outcome::Ok(Value::Sent(folded.bytes)),
            None => Outcome::Ok(Value::Received {
                bytes: Bytes::LetGo(folded.bytes),
                peer: None,
                lost: 0,
            }),
        };
        Self {
            call: folded_call(folded),
            outcome: Some(outcome),
            end: Some(folded.last),
            count: folded.count,
            bytes_moved: folded.bytes,
            retries: 0,
            part: None,
            note: None,
            state: None,
            line: None,
            at_end: false,
            folded: true,
            fd: None,
        }
    }

    /// When the last of the calls ended.
    pub(super) fn end(&self) -> Option<Stamp> {
        self.end
    }

    /// Of calls that nobody could take one by one: where the last ended.
    pub(super) fn folded_until(&self) -> Option<u64> {
        self.end.filter(|_| self.folded).map(|end| end.seq)
    }

    /// How many calls the row stands for.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Counts one more equal call.
    pub(super) fn repeat(&mut self, ended: &Ended) {
        self.count += 1;
        self.end = Some(ended.stamp);
        self.retries = self.retries.saturating_add(ended.retries);
    }

    /// Counts so many more equal calls.
    pub(super) fn count_more(&mut self, more: u64) {
        self.count = self.count.saturating_add(more);
    }

    /// How many bytes [`Full::let_payload_go`] would free.
    pub(super) fn payload_bytes(&self) -> usize {
        let sent = match self.call.payload() {
            Some(Payload::Literal(bytes)) => bytes.len(),
            Some(Payload::Repeat { unit, .. }) if unit.len() > SMALL_UNIT => unit.len(),
            _ => 0,
        };
        let received = match &self.outcome {
            Some(Outcome::Ok(Value::Received {
                bytes: Bytes::Whole(bytes),
                ..
            })) => bytes.len(),
            _ => 0,
        };
        sent + received
    }

    pub(super) fn let_payload_go(&mut self) {
        match &mut self.call {
            Call::Send { payload } | Call::SendAll { payload } | Call::SendTo { payload, .. } => {
                let unit = match payload {
                    Payload::Literal(_) | Payload::LetGo(_) => usize::MAX,
                    Payload::Repeat { unit, .. } => unit.len(),
                };
                if unit > SMALL_UNIT && !payload.is_empty() {
                    *payload = Payload::LetGo(payload.len());
                }
            }
            _ => {}
        }
        if let Some(Outcome::Ok(Value::Received { bytes, .. })) = &mut self.outcome
            && !bytes.is_empty()
        {
            *bytes = Bytes::LetGo(bytes.len());
        }
    }

    /// Tells what it knows.
    pub(super) fn fill(&self, entry: &mut CallEntry) {
        entry.count = self.count;
        entry.call = self.call.clone();
        entry.end = self.end;
        entry.outcome.clone_from(&self.outcome);
        entry.bytes_moved = self.bytes_moved;
        entry.retries = self.retries;
        entry.part = self.part;
        entry.note = self.note;
        entry.state = self.state;
        entry.line = self.line;
        entry.at_end = self.at_end;
        entry.folded = self.folded;
        entry.fd = self.fd;
        entry.socket = entry.socket.or(entry.born());
    }

    /// Whether the call moves bytes, only asks or only waits: such calls come without end.
    pub(super) fn is_repeatable(&self) -> bool {
        let method = self.call.method();
        method.moves_data() || method.only_asks() || method == Method::Select
    }
}

/// The bytes that a call moved.
pub(super) fn moved(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Ok(Value::Sent(count)) => *count,
        Outcome::Ok(Value::Received { bytes, .. }) => bytes.len(),
        _ => 0,
    }
}

fn folded_call(folded: &Folded) -> Call {
    let payload = Payload::LetGo(folded.bytes);
    match folded.method {
        Method::Send => Call::Send { payload },
        Method::SendAll => Call::SendAll { payload },
        // Where to is not known for all of them together; the row says that it stands for many.
        Method::SendTo => Call::SendTo {
            payload,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        },
        Method::RecvFrom => Call::RecvFrom { max: 0 },
        Method::Accept => Call::Accept,
        Method::Select => Call::Select {
            watched: Arc::default(),
            timeout: None,
        },
        _ => Call::Recv { max: 0 },
    }
}
