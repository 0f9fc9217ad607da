//! Which rows the filter leaves: found little by little, so that no frame waits for a million rows.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::model::call::{Outcome, SocketId};
use crate::model::recording::{CallEntry, Recording, RowNumber};
use crate::model::socket::{Socket, SocketTable};

/// How much of a frame a search may take.
const BUDGET: Duration = Duration::from_millis(3);
/// Rows looked at between two looks at the clock.
const BETWEEN_LOOKS: usize = 32;
/// How much of a payload is searched, bytes: as much as is ever shown of it in a line.
const PAYLOAD: usize = 4096;

/// What is asked of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be there, as typed: parts of the statement or result, `#2`, a socket's port.
    pub text: String,
    /// Only failures; would-blocks are none.
    pub errors_only: bool,
    /// Sockets whose rows are left out.
    pub hidden: BTreeSet<SocketId>,
}

impl Query {
    /// Whether every row passes.
    pub fn is_open(&self) -> bool {
        !self.errors_only && self.hidden.is_empty() && self.terms().is_empty()
    }

    fn terms(&self) -> Vec<String> {
        self.text
            .split(|letter: char| letter.is_whitespace() || letter == ',')
            .filter(|term| !term.is_empty())
            .map(str::to_lowercase)
            .collect()
    }

    /// Whether a row passes; `terms` are those of the text.
    fn admits(&self, terms: &[String], entry: &CallEntry, sockets: &SocketTable) -> bool {
        if self.errors_only && !entry.outcome.as_ref().is_some_and(Outcome::is_failure) {
            return false;
        }
        if entry.socket.is_some_and(|id| self.hidden.contains(&id)) {
            return false;
        }
        if terms.is_empty() {
            return true;
        }
        let socket = entry.socket.and_then(|id| sockets.get(id));
        let mut text = entry.text(sockets, PAYLOAD);
        if let Some(result) = entry.result(sockets, PAYLOAD) {
            text.push(' ');
            text.push_str(&result);
        } else if entry.is_waiting() {
            text.push_str(" waits");
        }
        if let Some(socket) = socket {
            // Writing to a String can't fail.
            write!(text, " {}", socket.name).ok();
        }
        let text = text.to_lowercase();
        terms.iter().all(|term| match socket {
            Some(socket) if is_number(term, socket) => true,
            _ if term.starts_with('#') => born_number(term, entry),
            _ => text.contains(term),
        })
    }
}

/// Whether a term is the socket's `#2`, or one of its ports.
fn is_number(term: &str, socket: &Socket) -> bool {
    let port = || {
        ports(socket)
            .into_iter()
            .flatten()
            .any(|port| port.to_string() == term)
    };
    socket.id.to_string() == term || port()
}

fn ports(socket: &Socket) -> [Option<u16>; 2] {
    [socket.local, socket.peer].map(|address| address.map(|it| it.port()))
}

fn born_number(term: &str, entry: &CallEntry) -> bool {
    entry.born().is_some_and(|id| id.to_string() == term)
}

/// What of a socket decides whether its rows pass.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    name: String,
    ports: [Option<u16>; 2],
}

impl Facts {
    fn of(socket: &Socket) -> Self {
        Self {
            name: socket.name.clone(),
            ports: ports(socket),
        }
    }

    fn are_of(&self, socket: &Socket) -> bool {
        self.name == socket.name && self.ports == ports(socket)
    }
}

/// The rows that pass a query, in order, as far as they have been looked at.
#[derive(Debug, Default)]
pub struct Matches {
    query: Query,
    terms: Vec<String>,
    from: u64,
    moment: Option<u64>,
    /// The next row to look at has this number or a greater one.
    next: u64,
    /// Matches among the rows that stayed when their neighbours were let go.
    kept: Vec<u64>,
    /// All others.
    recent: VecDeque<u64>,
    /// Rows looked at while their call waited: they are looked at again when it has ended.
    waiting: Vec<u64>,
    kept_rows: usize,
    facts: HashMap<SocketId, Facts>,
}

impl Matches {
    /// Brings the matches up to date for rows from number `from` on; `false` while there is more to look at.
    pub fn update(&mut self, recording: &Recording, query: &Query, from: RowNumber) -> bool {
        let stale = self.query != *query
            || self.from != from.0
            // What was found may have begun, or ended, later than the moment that is shown now.
            || self.moment != recording.moment()
            || recording.kept_rows() < self.kept_rows
            || self.facts_changed(recording.sockets());
        if stale {
            *self = Self {
                query: query.clone(),
                terms: query.terms(),
                from: from.0,
                moment: recording.moment(),
                next: from.0,
                facts: std::mem::take(&mut self.facts),
                ..Self::default()
            };
        }
        self.forget_let_go(recording);
        self.look_again(recording);
        self.look_on(recording)
    }

    /// How many rows were found.
    pub fn len(&self) -> usize {
        self.kept.len() + self.recent.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the match at `index`.
    pub fn get(&self, index: usize) -> Option<RowNumber> {
        let number = match index.checked_sub(self.kept.len()) {
            None => self.kept.get(index),
            Some(index) => self.recent.get(index),
        };
        number.copied().map(RowNumber)
    }

    /// Where the first match of that number or a greater one stands.
    pub fn place(&self, number: RowNumber) -> usize {
        let kept = self.kept.partition_point(|found| *found < number.0);
        if kept < self.kept.len() {
            return kept;
        }
        kept + self.recent.partition_point(|found| *found < number.0)
    }

    /// Whether a socket that was known has another name or port now; takes note of all.
    fn facts_changed(&mut self, sockets: &SocketTable) -> bool {
        if self.terms.is_empty() {
            return false;
        }
        let ports_matter = self
            .terms
            .iter()
            .any(|term| term.bytes().all(|byte| byte.is_ascii_digit()));
        let mut changed = false;
        for socket in sockets.iter() {
            let before = self.facts.get(&socket.id);
            // This runs each frame: what is as it was is not copied.
            if before.is_some_and(|before| before.are_of(socket)) {
                continue;
            }
            let now = Facts::of(socket);
            // A new socket has no earlier rows but that which bore it, and that one is looked at when it ends.
            if let Some(before) = before {
                changed |= before.name != now.name || (ports_matter && before.ports != now.ports);
            }
            self.facts.insert(socket.id, now);
        }
        changed
    }

    /// Takes out matches whose rows the recording has let go: all of them stood before its first whole chunk.
    fn forget_let_go(&mut self, recording: &Recording) {
        self.kept_rows = recording.kept_rows();
        let Some(whole_from) = recording.number_at(self.kept_rows) else {
            return;
        };
        while let Some(number) = self.recent.pop_front_if(|number| *number < whole_from.0) {
            if recording.index_of(RowNumber(number)).is_some() {
                self.kept.push(number);
            }
        }
    }

    fn look_again(&mut self, recording: &Recording) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|number| {
            let Some(entry) = recording.numbered(RowNumber(*number)) else {
                return false;
            };
            if entry.is_waiting() {
                return true;
            }
            let admitted = self.query.admits(&self.terms, &entry, recording.sockets());
            self.set(*number, admitted);
            false
        });
        self.waiting = waiting;
    }

    fn set(&mut self, number: u64, admitted: bool) {
        let place = self.place(RowNumber(number));
        let present = self.get(place) == Some(RowNumber(number));
        if present == admitted {
            return;
        }
        match place.checked_sub(self.kept.len()) {
            None if present => {
                self.kept.remove(place);
            }
            None => self.kept.insert(place, number),
            Some(place) if present => {
                self.recent.remove(place);
            }
            Some(place) => self.recent.insert(place, number),
        }
    }

    fn look_on(&mut self, recording: &Recording) -> bool {
        let started = Instant::now();
        let mut index = first_from(recording, RowNumber(self.next));
        loop {
            for _ in 0..BETWEEN_LOOKS {
                let Some(entry) = recording.row(index) else {
                    return true;
                };
                self.next = entry.number.0 + 1;
                if entry.is_waiting() {
                    self.waiting.push(entry.number.0);
                }
                if self.query.admits(&self.terms, &entry, recording.sockets()) {
                    self.recent.push_back(entry.number.0);
                }
                index += 1;
            }
            if started.elapsed() > BUDGET {
                return index >= recording.len();
            }
        }
    }
}

/// Where the first row of that number or a greater one stands in the recording.
pub fn first_from(recording: &Recording, number: RowNumber) -> usize {
    let (mut low, mut high) = (0, recording.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if recording.number_at(middle).is_some_and(|at| at < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
