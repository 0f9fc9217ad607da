//! Exchanges: calls that belong together, told as one thing. A send with the recv that got its bytes, a connect with
//! the accept that took it, or a call that stands alone.
//!
//! For who shows one thing at a time. The order is that of what happened last in each.

use std::net::SocketAddr;

use super::call::{Call, Method, Outcome, Protocol, ShutdownHow, SocketId, Value};
use super::caption::{CaptionPart, MOST_WORDS, Tone, caption, caption_text};
use super::flow::{Flow, Handshake, Link, Load};
use super::ladder::waited;
use super::recording::{CallEntry, Recording, RowNumber};
use super::socket::{SocketKind, SocketTable};

/// How many rows are looked at for exchanges: those that led to what is told are close by.
const LOOKED_AT: usize = 192;

/// Calls that belong together.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The call it is about: the one that took, or the one that stands alone.
    pub call: CallEntry,
    /// The calls of other sockets that led to it, the oldest first, and what travelled.
    pub from: Vec<(CallEntry, Load)>,
    /// The program outside that it came from.
    pub outside: Option<SocketAddr>,
    /// Where that got to which the call sent off and nobody has taken.
    pub to: Option<Destination>,
}

/// Where something lies, or was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// At this socket.
    Socket(SocketId),
    /// At another program.
    Outside(SocketAddr),
    /// Nobody gets it.
    Lost,
}

impl Exchange {
    /// The number of its youngest call, by which it is found again.
    pub fn key(&self) -> RowNumber {
        let from = self.from.iter().map(|(entry, _)| entry.number);
        from.fold(self.call.number, RowNumber::max)
    }

    /// Whether the call of that number is in it.
    pub fn has(&self, row: RowNumber) -> bool {
        self.call.number == row || self.from.iter().any(|(entry, _)| entry.number == row)
    }

    /// The sockets it is about: those that gave, the one that took, the one that was born. Of those that a `select`
    /// watched, the ready ones come first.
    pub fn sockets(&self) -> Vec<SocketId> {
        let givers = self.from.iter().filter_map(|(entry, _)| entry.socket);
        let mut all: Vec<SocketId> = Vec::new();
        for id in givers
            .chain(self.ready())
            .chain(self.call.sockets())
            .chain(self.call.born())
            .chain(self.reached())
        {
            if !all.contains(&id) {
                all.push(id);
            }
        }
        all
    }

    /// The sockets that a `select` has found ready.
    pub fn ready(&self) -> Vec<SocketId> {
        match &self.call.outcome {
            Some(Outcome::Ok(Value::Ready(ready))) => ready.sockets(),
            _ => Vec::new(),
        }
    }

    /// The socket at which something waits that the call sent off.
    pub fn reached(&self) -> Option<SocketId> {
        match self.to {
            Some(Destination::Socket(id)) => Some(id),
            _ => None,
        }
    }

    /// The socket that came into being in it.
    pub fn born(&self) -> Option<SocketId> {
        self.call.born()
    }

    /// When something happened last in it: its place in the order of things.
    pub fn last_seq(&self) -> u64 {
        last_seq(&self.call)
    }
}

/// When something happened last in a row: its end, or its start.
fn last_seq(entry: &CallEntry) -> u64 {
    entry.end.map_or(entry.start.seq, |end| end.seq)
}

/// The exchanges round a row, or the youngest, in the order in which they were completed.
pub fn exchanges(recording: &Recording, flow: &Flow, around: Option<RowNumber>) -> Vec<Exchange> {
    let len = recording.len();
    let end = around
        .and_then(|row| recording.index_of(row))
        .map_or(len, |index| (index + LOOKED_AT / 2).min(len));
    let rows: Vec<CallEntry> = (end.saturating_sub(LOOKED_AT)..end)
        .filter_map(|index| recording.row(index))
        .collect();
    let (Some(first), Some(last)) = (rows.first(), rows.iter().map(last_seq).max()) else {
        return Vec::new();
    };
    let links = flow.links_in(first.start.seq..=last, recording);
    let find = |row: Option<RowNumber>| {
        let row = row?;
        rows.binary_search_by_key(&row, |entry| entry.number).ok()
    };
    let mut all: Vec<Option<Exchange>> = rows
        .iter()
        .map(|entry| Some(Exchange::alone(entry, flow, recording.sockets())))
        .collect();
    let mut given: Vec<usize> = Vec::new();
    for link in &links {
        let (from, to) = (find(link.from.row), find(link.to.row));
        if let (Some(giver), None) = (from, link.to.row)
            && let Some(Some(exchange)) = all.get_mut(giver)
        {
            exchange.to = destination(link).or(exchange.to);
        }
        let Some(Some(exchange)) = to.and_then(|index| all.get_mut(index)) else {
            continue;
        };
        exchange.outside = exchange.outside.or(link.from.address);
        if let Some(giver) = from.filter(|giver| Some(*giver) != to && pairs(link.load)) {
            exchange.from.push((rows[giver].clone(), link.load));
            given.push(giver);
        }
    }
    for giver in given {
        all[giver] = None;
    }
    let mut all: Vec<Exchange> = all.into_iter().flatten().collect();
    all.sort_by_key(Exchange::last_seq);
    all
}

impl Exchange {
    /// A call by itself.
    fn alone(entry: &CallEntry, flow: &Flow, sockets: &SocketTable) -> Self {
        let ends = matches!(
            entry.call,
            Call::Close
                | Call::Shutdown {
                    how: ShutdownHow::Write | ShutdownHow::Both
                }
        );
        let was_open = |id: &SocketId| {
            let other = sockets.get(*id);
            other.is_some_and(|other| other.closed.is_none_or(|end| end.seq > entry.start.seq))
        };
        let partner = entry
            .socket
            .filter(|_| ends && matches!(entry.outcome, Some(Outcome::Ok(_))))
            .and_then(|id| flow.partner(id))
            .filter(was_open);
        Self {
            call: entry.clone(),
            from: Vec::new(),
            outside: None,
            to: partner.map(Destination::Socket),
        }
    }
}

/// Whether the two calls of such a link are told as one.
fn pairs(load: Load) -> bool {
    matches!(
        load,
        Load::Bytes { .. } | Load::Datagram { .. } | Load::Seat | Load::End | Load::Reset
    )
}

/// Where a link ends that no call has taken.
fn destination(link: &Link) -> Option<Destination> {
    match (link.load, link.to.socket, link.to.address) {
        (
            Load::Lost { .. }
            | Load::Connect {
                handshake: Handshake::Refused,
            },
            ..,
        ) => Some(Destination::Lost),
        (Load::Connect { .. }, to, None) if to == link.from.socket => None,
        (_, _, Some(address)) => Some(Destination::Outside(address)),
        (_, Some(socket), None) => Some(Destination::Socket(socket)),
        _ => None,
    }
}

/// What an exchange tells, in at most [`MOST_WORDS`] words: who waited, who gave what, what came back.
pub fn exchange_caption(exchange: &Exchange, sockets: &SocketTable) -> Vec<CaptionPart> {
    let told = told(exchange, sockets)
        .or_else(|| told_alone(exchange, sockets))
        .filter(|parts| caption_text(parts).split_whitespace().count() <= MOST_WORDS);
    told.unwrap_or_else(|| caption(&exchange.call, sockets))
}

fn told(exchange: &Exchange, sockets: &SocketTable) -> Option<Vec<CaptionPart>> {
    let entry = &exchange.call;
    let taker = entry.socket?;
    let (giver, load) = exchange.from.last()?;
    let giver = giver.socket?;
    let mut line = Line {
        sockets,
        parts: Vec::new(),
    };
    let waited = waited(entry);
    match (load, entry.method()) {
        (Load::Seat, _) => {
            line.socket(giver);
            line.plain(" connected: ");
            line.socket(taker);
            match waited {
                Some(seconds) => {
                    line.plain("'s accept ");
                    line.waits(format!("waited {seconds}"));
                    line.plain(" and made ");
                }
                None => line.plain("'s accept made "),
            }
            line.socket(entry.born()?);
            line.plain(".");
        }
        (Load::Bytes { .. } | Load::Datagram { .. }, _) => {
            let count = bytes(entry.bytes_moved);
            line.socket(taker);
            match waited {
                Some(seconds) => {
                    line.plain(" ");
                    line.waits(format!("waited {seconds}"));
                    line.plain(format!(" in {}, then got {count} from ", entry.method()));
                }
                None => line.plain(format!(" got {count} at once, sent by ")),
            }
            line.socket(giver);
            line.plain(".");
        }
        (Load::End, _) => {
            line.socket(taker);
            line.plain(" got b\"\", no bytes: ");
            line.socket(giver);
            line.plain(" has finished.");
        }
        _ => return None,
    }
    Some(line.parts)
}

/// A call that nobody has answered yet: where it got to.
fn told_alone(exchange: &Exchange, sockets: &SocketTable) -> Option<Vec<CaptionPart>> {
    let entry = &exchange.call;
    let (giver, taker) = (entry.socket?, exchange.reached()?);
    let is_done = exchange.from.is_empty() && matches!(entry.outcome, Some(Outcome::Ok(_)));
    let tcp = sockets.get(giver)?.protocol == Protocol::Tcp;
    let mut line = Line {
        sockets,
        parts: Vec::new(),
    };
    line.socket(giver);
    match entry.method() {
        method if method.sends() && is_done => {
            line.plain(format!(" sent {}: ", bytes(entry.bytes_moved)));
            if sockets.get(taker)?.kind() == SocketKind::Listener {
                line.plain("they wait until ");
                line.socket(taker);
                line.plain(" accepts.");
            } else {
                line.socket(taker);
                line.plain(" has not read them yet.");
            }
        }
        Method::Connect if is_done && tcp => {
            line.plain(" is connected: it waits in ");
            line.socket(taker);
            line.plain("'s accept queue.");
        }
        _ => return None,
    }
    Some(line.parts)
}

/// `1 byte`, `13 bytes`.
fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        many => format!("{many} bytes"),
    }
}

struct Line<'a> {
    sockets: &'a SocketTable,
    parts: Vec<CaptionPart>,
}

impl Line<'_> {
    fn push(&mut self, text: String, tone: Tone) {
        self.parts.push(CaptionPart { text, tone });
    }

    fn plain(&mut self, text: impl Into<String>) {
        self.push(text.into(), Tone::Plain);
    }

    fn waits(&mut self, text: String) {
        self.push(text, Tone::Waits);
    }

    /// A socket by its name: far away nobody remembers numbers.
    fn socket(&mut self, id: SocketId) {
        let name = self
            .sockets
            .get(id)
            .map_or_else(|| id.to_string(), |socket| socket.name.clone());
        self.push(name, Tone::Socket(id));
    }
}
