//! Click to system call, the end of a wait, and a hundred closes of waiting sockets: the times that design goals are
//! set for.
//!
//! `cargo bench --bench click`. Goals: p99 of the first at most 1 ms; the second at most 100 ms; the third at most
//! 200 ms.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench fails as a test does, and prints what it measured"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::call::{Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, Value};
use sockeye::model::event::{Event, Role, Threading};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, Request, Subscription};

const CLICKS: usize = 2_000;
const SOCKETS: usize = 100;

fn main() {
    let network = KernelNetwork::start().expect("a network");
    let events = network.subscribe(Arc::new(|| {}));
    let program = network.add_program("bench", Role::Client, Threading::ThreadPerSocket);
    clicks(&network, &events, program);
    stops(&network, &events, program);
    closes(&network, &events, program);
}

/// The time from submit to the stamp taken as the call enters its system call, on a parked thread and on one that
/// has yet to start.
fn clicks(network: &KernelNetwork, events: &Subscription, program: ProgramId) {
    let socket = udp(network, events, program);
    let parked = (0..CLICKS).map(|_| {
        let before = network.now();
        let id = network.submit(Request::on(socket, Call::GetSockName));
        made(events, id).0 - before
    });
    report("click to system call, parked thread", parked.collect());
    let fresh = (0..CLICKS / 10).map(|_| {
        let before = network.now();
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol: Protocol::Udp,
        };
        let id = network.submit(Request::within(program, call));
        made(events, id).0 - before
    });
    report("click to system call, fresh thread", fresh.collect());
}

/// The time from "Stop waiting" to the end of the call.
fn stops(network: &KernelNetwork, events: &Subscription, program: ProgramId) {
    let socket = udp(network, events, program);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let id = network.submit(Request::on(socket, Call::Bind { address }));
    made(events, id);
    let times = (0..CLICKS).map(|_| {
        let id = network.submit(Request::on(socket, Call::RecvFrom { max: 1 }));
        while !matches!(next(events), Event::Started(_)) {}
        let begin = Instant::now();
        network.interrupt(id);
        while !matches!(next(events), Event::Ended(_)) {}
        begin.elapsed().as_nanos() as u64
    });
    report("end of a wait", times.collect());
}

/// The time until a hundred sockets that wait in recvfrom are closed.
fn closes(network: &KernelNetwork, events: &Subscription, program: ProgramId) {
    let times = (0..20).map(|_| {
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
        let begin = Instant::now();
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
        begin.elapsed().as_nanos() as u64
    });
    report("100 closes of waiting sockets", times.collect());
}

fn udp(network: &KernelNetwork, events: &Subscription, program: ProgramId) -> SocketId {
    let call = Call::Socket {
        family: Family::Ipv4,
        protocol: Protocol::Udp,
    };
    let id = network.submit(Request::within(program, call));
    match made(events, id).1 {
        Outcome::Ok(Value::Socket { id, .. }) => id,
        other => panic!("{other:?}"),
    }
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

fn report(what: &str, mut nanoseconds: Vec<u64>) {
    nanoseconds.sort_unstable();
    let at = |percent: usize| {
        let index = (nanoseconds.len() * percent / 100).min(nanoseconds.len() - 1);
        nanoseconds[index] as f64 / 1000.0
    };
    println!(
        "{what}: p50 {:.1} µs, p99 {:.1} µs, max {:.1} µs of {}",
        at(50),
        at(99),
        at(100),
        nanoseconds.len()
    );
}
