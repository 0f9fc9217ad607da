//! A logged call over the bare call: what it costs the thread that makes calls back to back that each is a row.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;

use rustix::net::{RecvFlags, SendFlags, recv, send};
use sockeye::model::call::{BlockingMode, Call, Protocol, SocketId};
use sockeye::model::payload::Payload;
use sockeye::network::Request;

use super::lane::Lane;
use super::table::{Effort, Pair, Row, in_turns, median, seconds};

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
        set_mode(&lane, ends, mode, &bare);
        let pair = in_turns(
            rounds,
            || logged_pairs(&lane, ends, piles),
            || bare_pairs(&bare.0, &bare.1, piles, RecvFlags::empty()),
        );
        let row = row(
            format!("1-byte TCP send + recv, {words}: logged over bare"),
            &pair,
            piles,
        );
        // The goal is for what a learner's socket is at its birth.
        rows.push(match mode {
            BlockingMode::Blocking => row.at_most(1.05),
            BlockingMode::NonBlocking => row,
        });
    }
    let bare = udp();
    let ends = logged_udp(&lane);
    let pair = in_turns(
        rounds,
        || logged_pairs(&lane, ends, piles),
        || bare_pairs(&bare.0, &bare.1, piles, RecvFlags::TRUNC),
    );
    rows.push(row(
        "1-byte UDP send + recv, blocking: logged over bare".to_owned(),
        &pair,
        piles,
    ));
    rows.push(would_blocks(&lane, rounds, piles));
    rows
}

fn row(what: String, pair: &Pair, piles: usize) -> Row {
    let nanoseconds = |times: &[f64]| median(times) * 1e9 / (piles * BATCH) as f64;
    let (logged, bare) = (nanoseconds(&pair.first), nanoseconds(&pair.second));
    Row::ratio(what, pair.ratios()).note(format!(
        "{logged:.0} ns a call on the worker thread that makes it, its queue filled beforehand, its rows taken by a \
         listener as a window takes them; over {bare:.0} ns in a loop of the same system calls."
    ))
}

fn would_blocks(lane: &Lane, rounds: usize, piles: usize) -> Row {
    let socket = lane.socket(Protocol::Udp);
    lane.bind(socket);
    let mode = BlockingMode::NonBlocking;
    lane.on(socket, Call::SetBlocking { mode });
    let (bare, _peer) = udp();
    bare.set_nonblocking(true).expect("a mode");
    let pair = in_turns(
        rounds,
        || {
            let spin = || (0..BATCH).map(|_| Request::on(socket, Call::Recv { max: 1024 }));
            (0..piles).map(|_| lane.run(spin())).sum()
        },
        || {
            let mut buffer = [0_u8; 1024];
            seconds(|| {
                for _ in 0..piles * BATCH {
                    let refused = recv(&bare, &mut buffer, RecvFlags::TRUNC);
                    refused.expect_err("nothing comes");
                }
            })
        },
    );
    row(
        "recv that answers EAGAIN, again and again: logged over bare".to_owned(),
        &pair,
        piles,
    )
}

/// Seconds that piles of send and recv take on the lane.
fn logged_pairs(lane: &Lane, (sender, receiver): (SocketId, SocketId), piles: usize) -> f64 {
    let payload = Payload::literal(b"x");
    let pairs = || {
        (0..BATCH / 2).flat_map(|_| {
            let payload = payload.clone();
            [
                Request::on(sender, Call::Send { payload }),
                Request::on(receiver, Call::Recv { max: 1024 }),
            ]
        })
    };
    (0..piles).map(|_| lane.run(pairs())).sum()
}

/// Seconds that as many take in a loop.
fn bare_pairs(sender: &impl AsFd, receiver: &impl AsFd, piles: usize, flags: RecvFlags) -> f64 {
    let mut buffer = [0_u8; 1024];
    seconds(|| {
        for _ in 0..piles * BATCH / 2 {
            send(sender, b"x", SendFlags::NOSIGNAL).expect("it is connected");
            recv(receiver, &mut buffer, flags).expect("it was sent");
        }
    })
}

fn set_mode(
    lane: &Lane,
    ends: (SocketId, SocketId),
    mode: BlockingMode,
    bare: &(TcpStream, TcpStream),
) {
    if mode == BlockingMode::NonBlocking {
        for socket in [ends.0, ends.1] {
            lane.on(socket, Call::SetBlocking { mode });
        }
        for stream in [&bare.0, &bare.1] {
            stream.set_nonblocking(true).expect("a mode");
        }
    }
}

/// Both ends of a connection, without Sockeye.
#[allow(
    clippy::disallowed_methods,
    reason = "how the listener is made is not measured"
)]
pub fn tcp() -> (TcpStream, TcpStream) {
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
