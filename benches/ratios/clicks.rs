//! Click to system call, the end of a wait, and a hundred closes of waiting sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::call::{Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, Value};
use sockeye::model::event::{Event, Role, Threading};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, Request, Subscription};

use super::table::{Effort, Row, Unit, median, quantile};

const CLICKS: usize = 500;
const SOCKETS: usize = 100;

pub fn measure(effort: Effort) -> Vec<Row> {
    let network = KernelNetwork::start().expect("a network");
    let events = network.subscribe(Arc::new(|| {}));
    let program = network.add_program("bench", Role::Client, Threading::ThreadPerSocket);
    let parked = udp(&network, &events, program);
    let waiting = udp(&network, &events, program);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    made(
        &events,
        network.submit(Request::on(waiting, Call::Bind { address })),
    );
    let clicks = effort.of(CLICKS);
    let mut times: [Vec<Vec<f64>>; 4] = Default::default();
    for _ in 0..effort.rounds() {
        times[0].push(clicks_on(&network, &events, parked, clicks));
        times[1].push(births(&network, &events, program, clicks / 5));
        times[2].push(stops(&network, &events, waiting, clicks));
        times[3].push(vec![closes(&network, &events, program)]);
    }
    let [parked, fresh, stopped, closed] = times;
    vec![
        row("click to system call, p99", &parked)
            .at_most(1.0)
            .note(note(&parked, "from submit to the stamp taken as the call enters its system call, on a parked thread")),
        row("click to system call on a thread that has yet to start, p99", &fresh)
            .at_most(1.0)
            .note(note(&fresh, "the same for `socket()`, whose thread the click starts")),
        row("end of a wait, p99", &stopped)
            .at_most(100.0)
            .note(note(&stopped, "from *Stop waiting* to the end of the call")),
        row("100 closes of waiting sockets", &closed)
            .at_most(200.0)
            .note("from the first click to the end of the last close; each socket waits in `recvfrom`."),
    ]
}

fn row(what: &str, rounds: &[Vec<f64>]) -> Row {
    let p99 = rounds.iter().map(|round| quantile(round, 0.99)).collect();
    Row::new(what, Unit::Milliseconds, p99)
}

fn note(rounds: &[Vec<f64>], what: &str) -> String {
    let medians: Vec<f64> = rounds.iter().map(|round| median(round)).collect();
    let count = rounds.first().map_or(0, Vec::len);
    format!(
        "{what}; {count} a round, half of them within {:.1} µs.",
        median(&medians) * 1e3
    )
}

/// Milliseconds, of nanoseconds.
fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// On a thread that is there and waits for work.
fn clicks_on(
    network: &KernelNetwork,
    events: &Subscription,
    socket: SocketId,
    clicks: usize,
) -> Vec<f64> {
    let click = |_| {
        let before = network.now();
        let id = network.submit(Request::on(socket, Call::GetSockName));
        milliseconds(made(events, id).0 - before)
    };
    (0..clicks).map(click).collect()
}

/// On threads that have yet to start. The sockets they make are closed again.
fn births(
    network: &KernelNetwork,
    events: &Subscription,
    program: ProgramId,
    clicks: usize,
) -> Vec<f64> {
    let click = |_| {
        let before = network.now();
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol: Protocol::Udp,
        };
        let (at, outcome) = made(events, network.submit(Request::within(program, call)));
        let close = network.submit(Request::on(born(&outcome), Call::Close));
        made(events, close);
        milliseconds(at - before)
    };
    (0..clicks).map(click).collect()
}

/// From "Stop waiting" to the end of the call.
fn stops(
    network: &KernelNetwork,
    events: &Subscription,
    socket: SocketId,
    clicks: usize,
) -> Vec<f64> {
    let click = |_| {
        let id = network.submit(Request::on(socket, Call::RecvFrom { max: 1 }));
        while !matches!(next(events), Event::Started(_)) {}
        let begin = network.now();
        network.interrupt(id);
        while !matches!(next(events), Event::Ended(_)) {}
        milliseconds(network.now() - begin)
    };
    (0..clicks).map(click).collect()
}

/// The time until a hundred sockets that wait in recvfrom are closed.
fn closes(network: &KernelNetwork, events: &Subscription, program: ProgramId) -> f64 {
    let sockets: Vec<SocketId> = (0..SOCKETS)
        .map(|_| udp(network, events, program))
        .collect();
    for socket in &sockets {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let id = network.submit(Request::on(*socket, Call::Bind { address }));
        made(events, id);
        network.submit(Request::on(*socket, Call::RecvFrom { max: 1 }));
        while !matches!(next(events), Event::Started(_)) {}
    }
    let begin = network.now();
    let ids: Vec<CallId> = sockets
        .iter()
        .map(|socket| network.submit(Request::on(*socket, Call::Close)))
        .collect();
    let mut left = ids.len();
    while left > 0 {
        if let Event::Made(started, _) = next(events) {
            left -= usize::from(ids.contains(&started.id));
        }
    }
    milliseconds(network.now() - begin)
}

fn born(outcome: &Outcome) -> SocketId {
    match outcome {
        Outcome::Ok(Value::Socket { id, .. }) => *id,
        other => panic!("{other:?}"),
    }
}

fn udp(network: &KernelNetwork, events: &Subscription, program: ProgramId) -> SocketId {
    let call = Call::Socket {
        family: Family::Ipv4,
        protocol: Protocol::Udp,
    };
    let id = network.submit(Request::within(program, call));
    born(&made(events, id).1)
}

/// Waits for a call; returns when it started, and what it answered.
fn made(events: &Subscription, id: CallId) -> (u64, Outcome) {
    loop {
        if let Event::Made(started, ended) = next(events)
            && started.id == id
        {
            return (started.stamp.at, ended.outcome);
        }
    }
}

fn next(events: &Subscription) -> Event {
    let deadline = Instant::now() + Duration::from_secs(20);
    events.wait(deadline).expect("an event")
}
