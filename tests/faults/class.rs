//! A long lesson: scripts, servers that run by themselves, students, and a window that draws all of it, again and again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use sockeye::model::automatic::{Reply, Service};
use sockeye::model::call::{Call, Family, Protocol, SocketId};
use sockeye::model::event::{Role, Threading};
use sockeye::network::{Network as _, NetworkHandle, Request};
use sockeye::script::automatic::Assignment;
use sockeye::script::driver::{self, DriverEvent, DriverHandle};
use sockeye::script::lesson;
use sockeye::script::options::{PlayOptions, PlayerId, Ports};

use crate::support::alone::{alone, descriptors, memory, threads, until};
use crate::support::{DEADLINE, any_port, bind};
use crate::window_app::Window;

/// Students that connect in each round, at once; each comes so often.
const STUDENTS: usize = 6;
const VISITS: usize = 5;
/// What the memory may grow after the first third, KiB: fonts and buffers that are made once are made then.
const GROWS: u64 = 24 * 1024;
/// What egui keeps of each socket that was drawn, KiB, where it is built with debug assertions: for each id it remembers
/// how it came to be (`egui::id::id_source`), up to 1 KiB each, for ever. Nothing otherwise.
const REMEMBERED: u64 = if cfg!(debug_assertions) { 48 } else { 0 };

/// How long the class takes, seconds: 15, or as `SOCKEYE_CLASS_SECONDS` says. The whole hour, 3600, is for `--release`:
/// what a debug build of egui remembers grows with the sockets drawn, and hides what would grow beside it.
fn seconds() -> u64 {
    let said = std::env::var("SOCKEYE_CLASS_SECONDS").ok();
    said.map_or(15, |said| said.parse().unwrap())
}

/// Pass: after each round, and so at the end, there are as many threads and descriptors as after the first; memory at
/// the end is that after the first third, but for 24 MiB, and what a debug build of egui remembers.
///
/// Seen failing with: threads of closed sockets that stay; large buffers that glibc keeps for each thread
/// (`process::give_large_buffers_back` left out: 100 MiB more after 36 rounds).
#[test]
fn a_class_leaves_memory_threads_and_descriptors_as_they_were() {
    alone(
        "faults::class::a_class_leaves_memory_threads_and_descriptors_as_they_were",
        || {
            let mut class = Class::open();
            let (begun, length) = (Instant::now(), Duration::from_secs(seconds()));
            class.round(0);
            let first = (threads().len(), descriptors().len());
            let (mut rounds, mut warm, mut drawn) = (1, 0, 0);
            while begun.elapsed() < length {
                drawn += class.round(rounds);
                rounds += 1;
                until("as many threads", || threads().len() == first.0);
                until("as many descriptors", || descriptors().len() == first.1);
                if begun.elapsed() < length / 3 || warm == 0 {
                    warm = memory("VmRSS");
                    drawn = 0;
                }
            }
            let end = memory("VmRSS");
            println!(
                "{rounds} rounds, {} threads, {} descriptors, {warm} KiB after a third; {end} KiB at the end, {drawn} sockets later",
                first.0, first.1
            );
            assert!(rounds > 3, "{rounds} rounds are no class");
            let most = warm + GROWS + REMEMBERED * drawn;
            assert!(end < most, "{end} KiB, {warm} KiB after a third");
        },
    );
}

struct Class {
    window: Window,
    driver: DriverHandle,
}

impl Class {
    fn open() -> Self {
        let window = Window::open();
        let network: NetworkHandle = Arc::clone(&window.network) as NetworkHandle;
        Self {
            driver: driver::spawn(network, Arc::new(|| {})).unwrap(),
            window,
        }
    }

    /// A server that runs by itself with students at it, and beside it a lesson; then all is cleared away. How many
    /// sockets there were.
    fn round(&mut self, round: usize) -> u64 {
        let services = [
            Service::OneLoop,
            Service::ThreadPerClient,
            Service::OneAfterAnother,
        ];
        let address = self.serve(services[round % services.len()]);
        let students: Vec<_> = (0..STUDENTS)
            .map(|_| thread::spawn(move || (0..VISITS).for_each(|_| visit(address))))
            .collect();
        self.play(round);
        for student in students {
            while !student.is_finished() {
                self.window.harness.step();
            }
            student.join().unwrap();
        }
        let sockets = self.window.recording().sockets().iter().count() as u64;
        self.window.click("Reset");
        self.window.until("a new session", |window| {
            window.recording().is_empty() && window.recording().sockets().open().next().is_none()
        });
        self.driver.events().try_iter().for_each(drop);
        sockets
    }

    fn serve(&mut self, service: Service) -> SocketAddr {
        let network = Arc::clone(&self.window.network);
        let program = network.add_program("class", Role::Server, Threading::ThreadPerSocket);
        let (family, protocol) = (Family::Ipv4, Protocol::Tcp);
        let birth = Request::within(program, Call::Socket { family, protocol });
        network.submit(birth.named("class"));
        self.window.until("a socket for the class", |window| {
            window.recording().sockets().named("class").is_some()
        });
        let socket = self.window.recording().sockets().named("class").unwrap().id;
        network.submit(Request::on(socket, bind(any_port())));
        network.submit(Request::on(socket, Call::Listen { backlog: 30 }));
        self.window.ended("class.listen");
        let address = self.window.until_bound("class");
        self.driver.serve(self.assignment(socket, service));
        address
    }

    fn assignment(&self, socket: SocketId, service: Service) -> Assignment {
        let sockets = self.window.recording().sockets();
        Assignment::new(sockets.get(socket).unwrap(), Reply::Capitals, service).unwrap()
    }

    /// Plays a lesson, drawing meanwhile: each in its turn, and the one that fills buffers every other time.
    fn play(&mut self, round: usize) {
        let entry = match round % 2 {
            0 => &lesson::ALL[round / 2 % lesson::ALL.len()],
            _ => lesson::find("queues").unwrap(),
        };
        let options = PlayOptions {
            ports: Ports::Free,
            deadline: Some(DEADLINE),
            ..PlayOptions::terminal(entry.name)
        };
        let script = entry.lesson().unwrap().alone().script;
        let player = self.driver.play(script, options);
        let deadline = Instant::now() + DEADLINE;
        while !self.is_over(player) {
            assert!(Instant::now() < deadline, "{} never ends", entry.name);
            self.window.harness.step();
        }
    }

    /// Whether the play is over, and as the lesson says.
    fn is_over(&self, player: PlayerId) -> bool {
        self.driver.events().try_iter().any(|event| match event {
            DriverEvent::Finished { id, report, .. } if id == player => {
                assert_eq!((report.failures, report.overdue), (vec![], vec![]));
                true
            }
            DriverEvent::Refused { message, .. } => panic!("{message}"),
            _ => false,
        })
    }
}

/// A student connects, says some lines, hears them in CAPITALS, and goes.
fn visit(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    for line in ["good morning", "is anybody there", "bye"] {
        stream.write_all(line.as_bytes()).unwrap();
        let mut answer = vec![0; line.len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, line.to_uppercase().as_bytes());
    }
}
