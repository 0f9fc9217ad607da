//! The same echo under Python, under Python and `strace`, and under Sockeye: what a learner would watch calls with.
//!
//! Each is a client that sends so many bytes and waits for them to come back; the server is a bare loop in this process.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use sockeye::model::call::{Call, Method};
use sockeye::model::event::{Event, PlayerNote};
use sockeye::model::payload::Payload;
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, NetworkHandle, Request};
use sockeye::script::options::PlayOptions;
use sockeye::script::{driver, syntax};

use super::lane::Lane;
use super::table::{Effort, Row, in_turns, median, ratios, said, seconds};

const TURNS: usize = 4_000;
/// Under strace, and as lines of a script.
const FEW_TURNS: usize = 1_000;
const DEADLINE: Duration = Duration::from_mins(1);

/// Ways to make the same calls; the first is what the others are compared with.
const WAYS: [&str; 5] = [
    "CPython",
    "a bare loop in Rust",
    "Sockeye's worker",
    "Sockeye's script player",
    "CPython under strace -f",
];

pub fn measure(effort: Effort) -> Vec<Row> {
    let Some(python) = said("python3", &["--version"]) else {
        return vec![Row::skipped("echo", "there is no python3 here")];
    };
    let strace = said("strace", &["--version"]);
    let server = server();
    let lane = Lane::new();
    let mut rows = Vec::new();
    for (size, words) in [(1, "1-byte"), (1024, "1 KiB")] {
        let (turns, few) = (effort.of(TURNS), effort.of(FEW_TURNS));
        let bare = Bare::to(server);
        let socket = lane.connected_to(server);
        let under_strace = || {
            if strace.is_none() {
                return f64::NAN;
            }
            let command = ["strace", "-f", "-o", "/dev/null", "python3"];
            cpython(&command, server, size, few)
        };
        let times = in_turns(
            effort.rounds(),
            [
                &mut || cpython(&["python3"], server, size, turns),
                &mut || bare.echo(size, turns),
                &mut || worker(&lane, socket, size, turns),
                &mut || player(server, size, few),
                &mut { under_strace },
            ],
        );
        lane.on(socket, Call::Close);
        for way in 1..WAYS.len() {
            let what = format!("{words} echo: {} over CPython", WAYS[way]);
            if times[way].iter().any(|time| time.is_nan()) {
                rows.push(Row::skipped(what, "there is no strace here"));
                continue;
            }
            rows.push(
                Row::ratio(what, ratios(&times[way], &times[0])).note(format!(
                    "{:.1} µs from a send to the end of its recv, {:.1} µs in {python}{}.",
                    median(&times[way]) / 1e3,
                    median(&times[0]) / 1e3,
                    explained(way),
                )),
            );
        }
    }
    rows
}

fn explained(way: usize) -> &'static str {
    match way {
        2 => "; the calls were piled up beforehand, as in a program that makes them itself",
        3 => {
            "; each line is issued when the answer to the one before has come to the player, and is then made"
        }
        4 => "; strace writes to /dev/null",
        _ => "",
    }
}

/// Nanoseconds a turn in the Python program.
fn cpython(command: &[&str], server: SocketAddr, size: usize, turns: usize) -> f64 {
    let [program, arguments @ ..] = command else {
        return f64::NAN;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/ratios/echo.py");
    let output = Command::new(program)
        .args(arguments)
        .arg(script)
        .args([usize::from(server.port()), size, turns].map(|it| it.to_string()))
        .output()
        .expect("it was there a moment ago");
    let text = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    text.trim()
        .parse()
        .unwrap_or_else(|_| panic!("{command:?}: {failed}"))
}

struct Bare(TcpStream);

impl Bare {
    fn to(server: SocketAddr) -> Self {
        Self(TcpStream::connect(server).expect("a connection"))
    }

    /// Nanoseconds a turn.
    fn echo(&self, size: usize, turns: usize) -> f64 {
        let message = vec![b'x'; size];
        let mut buffer = [0; 1024];
        let (mut writer, mut reader) = (&self.0, &self.0);
        let seconds = seconds(|| {
            for _ in 0..turns {
                writer.write_all(&message).expect("it is connected");
                reader.read_exact(&mut buffer[..size]).expect("an echo");
            }
        });
        seconds * 1e9 / turns as f64
    }
}

/// Nanoseconds a turn, back to back on Sockeye's worker.
fn worker(lane: &Lane, socket: sockeye::model::call::SocketId, size: usize, turns: usize) -> f64 {
    let payload = Payload::literal(&vec![b'x'; size]);
    let calls = (0..turns).flat_map(|_| {
        let payload = payload.clone();
        [
            Request::on(socket, Call::Send { payload }),
            Request::on(socket, Call::Recv { max: 1024 }),
        ]
    });
    lane.run(calls).seconds * 1e9 / turns as f64
}

/// Nanoseconds a turn as a script that plays without pauses.
fn player(server: SocketAddr, size: usize, turns: usize) -> f64 {
    let port = server.port();
    let mut text =
        format!("client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", {port}))\n");
    for _ in 0..turns {
        writeln!(text, "client.send(b\"x\" * {size})\nclient.recv(1024)")
            .expect("a String takes it");
    }
    let script = syntax::parse(&text).expect("it parses");
    let network = KernelNetwork::start().expect("a network");
    let events = network.subscribe(Arc::new(|| {}));
    let handle: NetworkHandle = Arc::<KernelNetwork>::clone(&network);
    let driver = driver::spawn(handle, Arc::new(|| {})).expect("a thread");
    driver.play(script, PlayOptions::terminal("echo"));
    let deadline = Instant::now() + DEADLINE;
    let (mut begin, mut end) = (None, 0);
    loop {
        match events.wait(deadline).expect("an event") {
            Event::Started(started) if started.call.method() == Method::Send => {
                begin = begin.or(Some(started.stamp.at));
            }
            Event::Ended(ended) => end = ended.stamp.at,
            Event::Player {
                note: PlayerNote::Finished,
                ..
            } => break,
            _ => {}
        }
    }
    // The close at the end is no part of an echo, and can't wait: it has no event of its own for its end.
    (end - begin.expect("it sent")) as f64 / turns as f64
}

/// A server that sends back what comes, a thread for each connection.
#[allow(
    clippy::disallowed_methods,
    reason = "how the listener is made is not measured"
)]
fn server() -> SocketAddr {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
    let address = listener.local_addr().expect("an address");
    let accept = move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let echo = move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    if stream.write_all(&buffer[..count]).is_err() {
                        return;
                    }
                }
            };
            let thread = Builder::new().name("echo".to_owned()).spawn(echo);
            thread.expect("a thread");
        }
    };
    let thread = Builder::new().name("server".to_owned()).spawn(accept);
    thread.expect("a thread");
    address
}
