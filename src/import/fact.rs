//! The lines of a saved session, in the order in which things happened.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::export::jsonl;
use crate::model::call::{Call, CallId, Method, ProgramId, SocketId, ThreadId};
use crate::model::errno::Errno;
use crate::model::event::{
    Ended, Event, Folded, Observation, PlayerNote, Remnant, Stamp, Started, TcpObservation,
    TcpState,
};
use crate::model::payload::Payload;
use crate::model::recording::{Recording, RowNumber};

use super::limits;
use super::line::{
    CallLine, Endpoint, Line, ObservationLine, PlayerLine, PlayerWhat, ProgramLine, QueueLine,
    ThreadLine,
};

mod call;

/// The furthest time in a session, nanoseconds: a hundred years. Sums of times stay far from what a number holds.
const LATEST: f64 = 100.0 * 365.25 * 86_400.0 * 1e9;
/// The furthest place in the order of things.
const LAST_PLACE: u64 = 1 << 60;

type Read<T> = Result<T, String>;

/// What a line says that happened.
enum Fact {
    Start(Box<Row>),
    /// A started call returned.
    End(CallId, Box<Ended>),
    Folded(Box<Folded>, RowNumber),
    Event(Box<Event>),
}

/// A call that entered its system call.
struct Row {
    number: RowNumber,
    started: Started,
    /// Equal would-blocks beyond the first, and how the last of them ended.
    more: Option<(u64, Ended)>,
}

/// Where a fact belongs.
struct Placed {
    seq: u64,
    /// Of facts with one place: what happened before what is told of beside it.
    rank: u8,
    /// Of rows with one place: their numbers' order; 0 of what is no row.
    turn: usize,
    line: u64,
    fact: Fact,
}

/// Everything read so far.
#[derive(Default)]
pub(super) struct Facts {
    placed: Vec<Placed>,
    /// The rows' numbers, and where they begin and end.
    rows: Vec<(u64, usize)>,
    numbers: HashSet<u64>,
    /// The sockets that were made.
    born: HashSet<SocketId>,
    /// The ids of calls that had been queued, by their rows.
    left_queue: HashMap<u64, CallId>,
    left: HashSet<CallId>,
    /// What each thread's last sendall sent.
    sendalls: HashMap<ThreadId, Payload>,
}

impl Facts {
    /// Takes in one line.
    pub(super) fn take(&mut self, number: u64, line: Line) -> Read<()> {
        match line {
            Line::Call(call) => self.call(number, &call),
            Line::Observation(seen) => {
                let (seq, event) = observation(&seen)?;
                self.add(seq, 0, number, Fact::Event(Box::new(event)))
            }
            Line::Player(line) => {
                let (seq, event) = player(line)?;
                self.add(seq, 0, number, Fact::Event(Box::new(event)))
            }
            Line::Program(line) => {
                let event = program(&line)?;
                self.add(line.seq, 1, number, Fact::Event(Box::new(event)))
            }
            Line::Thread(line) => {
                let event = thread(&line)?;
                self.add(line.seq, 1, number, Fact::Event(Box::new(event)))
            }
            Line::Queue(line) => self.queue(number, &line),
        }
    }

    fn add(&mut self, seq: u64, rank: u8, line: u64, fact: Fact) -> Read<()> {
        if seq > LAST_PLACE {
            return Err(format!("`seq` {seq} is beyond every session"));
        }
        self.placed.push(Placed {
            seq,
            rank,
            turn: 0,
            line,
            fact,
        });
        Ok(())
    }

    fn queue(&mut self, number: u64, line: &QueueLine) -> Read<()> {
        limits::check_id(line.call)?;
        let id = CallId(line.call);
        let event = match line.what.as_str() {
            "left" => {
                let row = line.n.ok_or("a call that left its queue has an `n`")?;
                if !self.left.insert(id) {
                    return Err(format!("call {} leaves its queue twice", line.call));
                }
                self.left_queue.insert(row, id);
                return Ok(());
            }
            "withdrawn" => Event::Withdrawn { id },
            "queued" => Event::Queued {
                id,
                socket: line.id.map(SocketId),
                method: method(line.method.as_deref().unwrap_or_default())?,
                thread: ThreadId(line.thread_id.ok_or("a queued call has a `thread_id`")?),
            },
            other => {
                return Err(format!(
                    "`what` is {other:?}: expected queued, withdrawn or left"
                ));
            }
        };
        self.add(line.seq, 1, number, Fact::Event(Box::new(event)))
    }

    fn call(&mut self, number: u64, line: &CallLine) -> Read<()> {
        if !self.numbers.insert(line.n) || line.n == 0 {
            return Err(format!("there are two calls numbered {}", line.n));
        }
        limits::check(line)?;
        if let Some(socket) = limits::born(line)
            && !self.born.insert(socket)
        {
            return Err(format!("socket {socket} is made twice"));
        }
        if self.born.len() > limits::MAX_SOCKETS {
            return Err(format!(
                "a session has at most {} sockets",
                limits::MAX_SOCKETS
            ));
        }
        let at = self.placed.len();
        self.rows.push((line.n, at));
        if line.folded {
            let folded = call::folded(line)?;
            let fact = Fact::Folded(Box::new(folded), RowNumber(line.n));
            return self.add(line.seq, 0, number, fact);
        }
        let (mut row, ended) = call::row(line)?;
        self.share_payload(&mut row.started);
        let id = row.started.id;
        self.add(line.seq, 0, number, Fact::Start(Box::new(row)))?;
        match ended {
            Some(ended) => {
                let seq = ended.stamp.seq;
                self.add(seq, 0, number, Fact::End(id, Box::new(ended)))
            }
            None => Ok(()),
        }
    }

    /// Gives the later parts of a sendall the bytes that the first one has.
    fn share_payload(&mut self, started: &mut Started) {
        let Call::SendAll { payload } = &mut started.call else {
            return;
        };
        match (started.part, self.sendalls.get(&started.thread)) {
            (Some(2..), Some(whole)) => *payload = whole.clone(),
            _ => {
                self.sendalls.insert(started.thread, payload.clone());
            }
        }
    }

    /// Lets it all happen in `recording`. The error's first part is its line.
    pub(super) fn happen(mut self, recording: &mut Recording) -> Result<(), (u64, String)> {
        self.put_rows_in_order();
        let left_queue = self.left_queue;
        // A call's end comes after its start even where they share a place; what is beside comes after both.
        self.placed
            .sort_by_key(|placed| (placed.seq, placed.rank, placed.turn));
        let mut placed = self.placed.into_iter().peekable();
        while let Some(Placed { line, fact, .. }) = placed.next() {
            match fact {
                Fact::Start(row) => {
                    let own = row.started.id;
                    let is_end =
                        |next: &Placed| matches!(&next.fact, Fact::End(id, _) if *id == own);
                    let end = placed.next_if(is_end).and_then(|next| match next.fact {
                        Fact::End(_, ended) => Some(*ended),
                        _ => None,
                    });
                    start(recording, *row, end, &left_queue)
                        .and_then(|()| limits::check_calls(recording.calls()))
                        .and_then(|()| limits::check_open(recording))
                        .map_err(|message| (line, message))?;
                }
                Fact::End(id, mut ended) => {
                    ended.id = own_id(id, &left_queue);
                    recording.apply(Event::Ended(*ended));
                }
                Fact::Folded(folded, number) => {
                    recording.skip_to(number);
                    recording.apply(Event::Folded(*folded));
                    limits::check_calls(recording.calls()).map_err(|message| (line, message))?;
                }
                Fact::Event(event) => {
                    recording.apply(*event);
                    limits::check_open(recording).map_err(|message| (line, message))?;
                }
            }
        }
        Ok(())
    }

    /// Rows are numbered as they were told of: one that was told of late stands where it was told.
    fn put_rows_in_order(&mut self) {
        self.rows.sort_unstable();
        let mut place = 0;
        for (turn, (_, at)) in (1..).zip(&self.rows) {
            if let Some(start) = self.placed.get_mut(*at) {
                place = start.seq.max(place);
                (start.seq, start.turn) = (place, turn);
            }
            if let Some(end) = self.placed.get_mut(at + 1)
                && matches!(end.fact, Fact::End(..))
            {
                (end.seq, end.turn) = (end.seq.max(place), turn);
            }
        }
    }
}

fn start(
    recording: &mut Recording,
    row: Row,
    end: Option<Ended>,
    left_queue: &HashMap<u64, CallId>,
) -> Read<()> {
    let Row {
        number,
        mut started,
        more,
    } = row;
    if let Some(socket) = started.socket
        && recording.sockets().get(socket).is_none()
    {
        return Err(format!("there is no socket {socket} at that time"));
    }
    recording.skip_to(number);
    started.id = own_id(started.id, left_queue);
    let id = started.id;
    match end {
        Some(ended) => {
            let made = Event::Made(started.clone(), Ended { id, ..ended });
            recording.apply(made);
        }
        None => {
            recording.apply(Event::Started(started.clone()));
        }
    }
    let Some((more, last)) = more else {
        return Ok(());
    };
    if recording.repeated(&started, &Ended { id, ..last }, more) {
        Ok(())
    } else {
        Err("only equal would-blocks have a `count`".to_owned())
    }
}

/// The id a call had while it was queued, or the one of its row.
fn own_id(id: CallId, left_queue: &HashMap<u64, CallId>) -> CallId {
    left_queue.get(&(u64::MAX - id.0)).copied().unwrap_or(id)
}

/// The id of a call whose own nobody needs: those of a network count up from 1.
fn id_of_row(number: u64) -> CallId {
    CallId(u64::MAX - number)
}

fn stamp(seq: u64, seconds: f64) -> Read<Stamp> {
    let nanos = (seconds * 1e9).round();
    if !(0.0..=LATEST).contains(&nanos) {
        return Err(format!("{seconds:e} s is no time of a session"));
    }
    Ok(Stamp {
        seq,
        at: nanos as u64,
    })
}

fn address(endpoint: &Endpoint) -> Read<SocketAddr> {
    let (host, port) = endpoint;
    let ip: IpAddr = host
        .parse()
        .map_err(|_| format!("{host:?} is no address"))?;
    Ok(SocketAddr::new(ip, *port))
}

fn optional_address(endpoint: Option<&Endpoint>) -> Read<Option<SocketAddr>> {
    endpoint.map(address).transpose()
}

fn method(name: &str) -> Read<Method> {
    let select = (name == Method::Select.name()).then_some(Method::Select);
    let method = Method::from_name(name).or(select);
    method.ok_or_else(|| format!("there is no call {name:?}"))
}

fn errno(symbol: &str) -> Read<Errno> {
    Errno::from_symbol(symbol).ok_or_else(|| format!("there is no errno {symbol:?}"))
}

fn tcp_state(name: &str) -> Read<TcpState> {
    TcpState::from_name(name).ok_or_else(|| format!("there is no state {name:?}"))
}

fn observation(line: &ObservationLine) -> Read<(u64, Event)> {
    let tcp = line.state.as_deref().map(|state| {
        Ok::<_, String>(TcpObservation {
            state: tcp_state(state)?,
            rtt_micros: line.rtt_micros.unwrap_or(0),
            retransmits: line.retransmits.unwrap_or(0),
            accept_queue: line.accept_queue.unwrap_or(0),
            backlog: line.backlog.unwrap_or(0),
        })
    });
    let remnant = match (line.time_wait_ms, line.remnant.as_deref()) {
        (Some(millis_left), _) => Some(Remnant::TimeWait { millis_left }),
        (None, Some("ending")) => Some(Remnant::Ending),
        (None, Some("nothing")) => Some(Remnant::Nothing),
        (None, Some(other)) => return Err(format!("there is no remnant {other:?}")),
        (None, None) => None,
    };
    let event = Event::Observed {
        stamp: stamp(line.seq, line.t)?,
        socket: SocketId(line.id),
        observation: Observation {
            tcp: tcp.transpose()?,
            receive_queue: line.receive_queue,
            send_queue: line.send_queue,
            drops: line.drops,
            local: optional_address(line.local.as_ref())?,
            peer: optional_address(line.peer.as_ref())?,
            remnant,
        },
    };
    Ok((line.seq, event))
}

fn player(line: PlayerLine) -> Read<(u64, Event)> {
    let note = match line.what {
        PlayerWhat::Started { script } => PlayerNote::Started {
            script: Arc::from(script),
        },
        PlayerWhat::Narration { text } => PlayerNote::Narration {
            text: Arc::from(text),
        },
        PlayerWhat::Slept { seconds } => PlayerNote::Slept { seconds },
        PlayerWhat::Interrupted { name } => PlayerNote::Interrupted {
            name: Arc::from(name),
        },
        PlayerWhat::Unexpected { expected, got } => PlayerNote::Unexpected {
            expected: Arc::from(expected),
            got: Arc::from(got),
        },
        PlayerWhat::Refused { reason } => PlayerNote::Refused {
            reason: Arc::from(reason),
        },
        PlayerWhat::PortMapped { written, used } => PlayerNote::PortMapped { written, used },
        PlayerWhat::Renamed { id, name } => PlayerNote::Renamed {
            socket: SocketId(id),
            name: Arc::from(call::name(&name)?),
        },
        PlayerWhat::Finished => PlayerNote::Finished,
    };
    let event = Event::Player {
        stamp: stamp(line.seq, line.t)?,
        line: line.line,
        note,
    };
    Ok((line.seq, event))
}

fn program(line: &ProgramLine) -> Read<Event> {
    let threading = jsonl::threading(&line.threads)
        .ok_or_else(|| format!("`threads` is {:?}: expected one or socket", line.threads))?;
    let (stamp, program) = (at(line.seq), ProgramId(line.program_id));
    let Some(name) = &line.name else {
        return Ok(Event::ThreadingChanged {
            stamp,
            program,
            threading,
        });
    };
    let role = line.role.as_deref().unwrap_or_default();
    Ok(Event::ProgramAdded {
        stamp,
        program,
        name: Arc::from(call::name(name)?),
        role: jsonl::role(role).ok_or_else(|| format!("there is no role {role:?}"))?,
        threading,
    })
}

fn thread(line: &ThreadLine) -> Read<Event> {
    let thread = ThreadId(line.thread_id);
    if let Some(message) = &line.failed {
        return Ok(Event::WorkerPanicked {
            stamp: stamp(line.seq, line.t.unwrap_or(0.0))?,
            thread,
            message: Arc::from(message.as_str()),
        });
    }
    let name = line.name.as_deref().unwrap_or_default();
    limits::check_words("name", name)?;
    Ok(Event::ThreadStarted {
        stamp: at(line.seq),
        thread,
        program: ProgramId(line.program_id.ok_or("a thread has a `program_id`")?),
        name: Arc::from(name),
    })
}

/// A place in the order of things, of what has no time.
fn at(seq: u64) -> Stamp {
    Stamp { seq, at: 0 }
}
