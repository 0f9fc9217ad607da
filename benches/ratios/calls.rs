//! A logged call over the bare call: what it costs the thread that makes calls back to back that each is a row.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use sockeye::model::call::{BlockingMode, Call, Protocol, SocketId};
use sockeye::model::payload::Payload;
use sockeye::network::Request;

use super::lane::{Lane, Run};
use super::table::{Effort, Row, in_turns, median, ratios, seconds};
use super::window::processor_time;

/// Calls piled up on the thread at once.
const BATCH: usize = 4_000;
/// Such piles in a round.
const PILES: usize = 20;

pub fn measure(effort: Effort) -> Vec<Row> {
    let piles = effort.of(PILES);
    let rounds = effort.rounds();
    let lane = Lane::new();
    let mut rows = Vec::new();
    for (mode, words) in [
        (BlockingMode::Blocking, "blocking"),
        (BlockingMode::NonBlocking, "non-blocking"),
    ] {
        let bare = tcp();
        let ends = lane.connection();
        if mode == BlockingMode::NonBlocking {
            for socket in [ends.0, ends.1] {
                lane.on(socket, Call::SetBlocking { mode });
            }
            for stream in [&bare.0, &bare.1] {
                stream.set_nonblocking(true).expect("a mode");
            }
        }
        let row = compared(
            format!("1-byte TCP send + recv, {words}: logged over bare"),
            rounds,
            piles,
            || logged_pairs(&lane, ends, piles),
            |clock| bare_pairs(&bare.0, &bare.1, piles, RecvFlags::empty(), clock),
        );
        // The goal is for what a socket is at its birth.
        rows.push(match mode {
            BlockingMode::Blocking => row.at_most(1.05),
            BlockingMode::NonBlocking => row,
        });
    }
    let bare = udp();
    let ends = logged_udp(&lane);
    rows.push(compared(
        "1-byte UDP send + recv, blocking: logged over bare".to_owned(),
        rounds,
        piles,
        || logged_pairs(&lane, ends, piles),
        |clock| bare_pairs(&bare.0, &bare.1, piles, RecvFlags::TRUNC, clock),
    ));
    rows.push(would_blocks(&lane, rounds, piles));
    rows
}

/// Whether the bare loop asks the clock too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Unasked,
    /// Before and after each call, as a row needs it.
    Asked,
}

/// Measures a logged run against the faster of two bare ones, of which one asks the clock.
fn compared(
    what: String,
    rounds: usize,
    piles: usize,
    mut logged: impl FnMut() -> Run,
    mut bare: impl FnMut(Clock) -> f64,
) -> Row {
    let (mut busy, mut bare_busy) = (Vec::new(), Vec::new());
    let (mut timed, mut untimed) = (Vec::new(), Vec::new());
    let mut run = || {
        let run = logged();
        busy.push(run.processor);
        run.seconds
    };
    // One closure for both loops: they share the sockets. The faster one is the bare call: where the compiler puts a loop
    // can change the time of its system calls by a seventh, so that the one that asks the clock may come out ahead.
    let mut loops = || {
        let asking = bare(Clock::Asked);
        let before = processor_time();
        let unasking = bare(Clock::Unasked);
        bare_busy.push(processor_time() - before);
        timed.push(asking);
        untimed.push(unasking);
        asking.min(unasking)
    };
    let [logged, bare] = in_turns(rounds, [&mut run, &mut loops]);
    let each = |times: &[f64]| median(times) * 1e9 / (piles * BATCH) as f64;
    Row::ratio(what, ratios(&logged, &bare)).note(format!(
        "{:.0} ns a call by the clock and {:.0} ns of processor time on the worker thread that makes it, its queue \
         filled beforehand, its rows taken by a listener as a window takes them; {:.0} and {:.0} ns in a bare loop, \
         {:.0} ns in one that asks the clock before and after each call; the faster of the two is the bare call.",
        each(&logged),
        each(&busy),
        each(&untimed),
        each(&bare_busy),
        each(&timed),
    ))
}

fn would_blocks(lane: &Lane, rounds: usize, piles: usize) -> Row {
    let socket = lane.socket(Protocol::Udp);
    lane.bind(socket);
    let mode = BlockingMode::NonBlocking;
    lane.on(socket, Call::SetBlocking { mode });
    let (bare, _peer) = udp();
    bare.set_nonblocking(true).expect("a mode");
    let spin = || (0..BATCH).map(|_| Request::on(socket, Call::Recv { max: 1024 }));
    let mut buffer = [0_u8; 1024];
    compared(
        "recv that answers EAGAIN, again and again: logged over bare".to_owned(),
        rounds,
        piles,
        || (0..piles).map(|_| lane.run(spin())).sum(),
        |clock| {
            seconds(|| {
                for _ in 0..piles * BATCH {
                    asked(clock, || recv(&bare, &mut buffer, RecvFlags::TRUNC))
                        .expect_err("nothing comes");
                }
            })
        },
    )
}

/// Makes a call, and asks the clock around it if so wished.
fn asked<T>(clock: Clock, call: impl FnOnce() -> T) -> T {
    if clock == Clock::Unasked {
        return call();
    }
    let begin = Instant::now();
    let answer = call();
    std::hint::black_box(begin.elapsed());
    answer
}

/// Piles of send and recv on the lane. Each send has bytes of its own, as clicks and scripts have.
fn logged_pairs(lane: &Lane, (sender, receiver): (SocketId, SocketId), piles: usize) -> Run {
    let pairs = || {
        (0..BATCH / 2).flat_map(|_| {
            let payload = Payload::literal(b"x");
            [
                Request::on(sender, Call::Send { payload }),
                Request::on(receiver, Call::Recv { max: 1024 }),
            ]
        })
    };
    (0..piles).map(|_| lane.run(pairs())).sum()
}

/// Seconds that as many take in a loop.
fn bare_pairs(
    sender: &impl AsFd,
    receiver: &impl AsFd,
    piles: usize,
    flags: RecvFlags,
    clock: Clock,
) -> f64 {
    let mut buffer = [0_u8; 1024];
    seconds(|| {
        for _ in 0..piles * BATCH / 2 {
            asked(clock, || send(sender, b"x", SendFlags::NOSIGNAL)).expect("it is connected");
            asked(clock, || recv(receiver, &mut buffer, flags)).expect("it was sent");
        }
    })
}

/// Both ends of a connection, without Sockeye.
#[allow(
    clippy::disallowed_methods,
    reason = "how the listener is made is not measured"
)]
fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(nowhere()).expect("a port");
    let address = listener.local_addr().expect("an address");
    let client = TcpStream::connect(address).expect("a connection");
    let (conn, _) = listener.accept().expect("a connection");
    (client, conn)
}

fn udp() -> (UdpSocket, UdpSocket) {
    let socket = || UdpSocket::bind(nowhere()).expect("a port");
    let (one, other) = (socket(), socket());
    one.connect(other.local_addr().expect("an address"))
        .expect("an address");
    (one, other)
}

fn logged_udp(lane: &Lane) -> (SocketId, SocketId) {
    let (one, other) = (lane.socket(Protocol::Udp), lane.socket(Protocol::Udp));
    let address = lane.bind(other);
    lane.on(one, Call::Connect { address });
    (one, other)
}

fn nowhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}
