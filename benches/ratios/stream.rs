//! A stream through a logged worker over a bare loop: bytes a second, the other end being the same bare loop for both.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{Builder, JoinHandle};

use rustix::net::{RecvFlags, SendFlags, recv, send};
use sockeye::model::call::Call;
use sockeye::model::payload::Payload;
use sockeye::network::Request;

use super::lane::{Lane, Run};
use super::table::{Effort, Row, in_turns, median, ratios, seconds};

/// A size of writes, how many are piled up at once, and how many such piles make a round.
struct Shape {
    size: usize,
    batch: usize,
    piles: usize,
    words: &'static str,
}

const SHAPES: [Shape; 2] = [
    Shape {
        size: 128 * 1024,
        batch: 200,
        piles: 20,
        words: "128 KiB",
    },
    Shape {
        size: 1024,
        batch: 4_000,
        piles: 20,
        words: "1 KiB",
    },
];

pub fn measure(effort: Effort) -> Vec<Row> {
    let lane = Lane::new();
    SHAPES
        .into_iter()
        .flat_map(|shape| {
            let piles = effort.of(shape.piles);
            let sent = sending(&lane, &shape, piles, effort.rounds());
            let received = receiving(&lane, &shape, piles, effort.rounds());
            let is_large = shape.size > 1024;
            let sent = row(&format!("stream of {} writes, sent", shape.words), &sent);
            let received = row(
                &format!("stream of {} reads, received", shape.words),
                &received,
            );
            [
                // The goal is for what a stream is made of.
                if is_large { sent.at_least(0.95) } else { sent },
                received,
            ]
        })
        .collect()
}

fn row(what: &str, [logged, bare]: &[Vec<f64>; 2]) -> Row {
    let rate = |rates: &[f64]| median(rates) / 1e6;
    Row::ratio(
        format!("{what}: logged over bare throughput"),
        ratios(logged, bare),
    )
    .note(format!(
        "{:.0} MB/s by a logged worker, {:.0} MB/s by a loop of the same system calls; the other end is a bare loop.",
        rate(logged),
        rate(bare)
    ))
}

/// Bytes a second that are sent, logged and bare.
fn sending(lane: &Lane, shape: &Shape, piles: usize, rounds: usize) -> [Vec<f64>; 2] {
    let (address, drain) = peer(|mut stream| {
        let mut buffer = vec![0; 256 * 1024];
        while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    let socket = lane.connected_to(address);
    let bare = TcpStream::connect(address).expect("a connection");
    let bytes = vec![b'x'; shape.size];
    let payload = Payload::literal(&bytes);
    let moved = (shape.size * shape.batch * piles) as f64;
    let rates = in_turns(
        rounds,
        [
            &mut || {
                let pile = || {
                    (0..shape.batch).map(|_| {
                        let payload = payload.clone();
                        Request::on(socket, Call::Send { payload })
                    })
                };
                moved / (0..piles).map(|_| lane.run(pile())).sum::<Run>().seconds
            },
            &mut || {
                moved
                    / seconds(|| {
                        for _ in 0..piles * shape.batch {
                            let sent = send(&bare, &bytes, SendFlags::NOSIGNAL);
                            assert_eq!(sent.expect("it is connected"), bytes.len());
                        }
                    })
            },
        ],
    );
    lane.on(socket, Call::Close);
    drop(bare);
    drain.into_iter().for_each(finished);
    rates
}

/// Bytes a second that are received, logged and bare.
fn receiving(lane: &Lane, shape: &Shape, piles: usize, rounds: usize) -> [Vec<f64>; 2] {
    let size = shape.size;
    let (address, feeders) = peer(move |mut stream| {
        let bytes = vec![b'x'; size];
        while stream.write_all(&bytes).is_ok() {}
    });
    let socket = lane.connected_to(address);
    let bare = TcpStream::connect(address).expect("a connection");
    let max = u32::try_from(size).expect("a small size");
    let rates = in_turns(
        rounds,
        [
            &mut || {
                let pile = || (0..shape.batch).map(|_| Request::on(socket, Call::Recv { max }));
                let all: Run = (0..piles).map(|_| lane.run(pile())).sum();
                all.received as f64 / all.seconds
            },
            &mut || {
                let mut buffer = vec![0_u8; size];
                let mut received = 0;
                let seconds = seconds(|| {
                    for _ in 0..piles * shape.batch {
                        let (count, _) =
                            recv(&bare, &mut buffer[..], RecvFlags::empty()).expect("bytes");
                        received += count;
                    }
                });
                received as f64 / seconds
            },
        ],
    );
    lane.on(socket, Call::Close);
    drop(bare);
    feeders.into_iter().for_each(finished);
    rates
}

/// A bare peer for each of two connections: what it does with its end.
#[allow(
    clippy::disallowed_methods,
    reason = "how the listener is made is not measured"
)]
fn peer(serve: impl Fn(TcpStream) + Clone + Send + 'static) -> (SocketAddr, Vec<JoinHandle<()>>) {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
    let address = listener.local_addr().expect("an address");
    let threads = (0..2).map(|_| {
        let (listener, serve) = (listener.try_clone().expect("a descriptor"), serve.clone());
        let work = move || {
            let (stream, _) = listener.accept().expect("a connection");
            drop(listener);
            serve(stream);
        };
        let thread = Builder::new().name("peer".to_owned()).spawn(work);
        thread.expect("a thread")
    });
    (address, threads.collect())
}

fn finished(thread: JoinHandle<()>) {
    thread.join().expect("it ends with its connection");
}
