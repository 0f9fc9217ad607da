//! A thousand random walks of calls over two to six sockets: the state shown is the kernel's.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

#[path = "support/diag.rs"]
mod diag;
mod support;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use diag::Diag;
use sockeye::model::call::{BlockingMode, Call, CallId, Protocol, ShutdownHow, SocketId};
use sockeye::model::cycle::edges::State;
use sockeye::model::cycle::states::states;
use sockeye::model::event::TcpState;
use sockeye::model::socket::Stage;
use support::{DEADLINE, World, any_port, bind, send, shut};

const WALKS: usize = 1_000;
/// Walks made side by side: they wait for the kernel's acknowledgements together.
const TOGETHER: usize = 50;
const STEPS: usize = 9;
/// The seed of the walks; another one can be given as `SOCKEYE_WALKS_SEED`.
const SEED: u64 = 0x50c4_e7e0;

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        number as usize % limit
    }
}

struct Walk {
    random: Random,
    seed: u64,
    sockets: Vec<SocketId>,
    most: usize,
}

impl Walk {
    fn new(world: &mut World, seed: u64) -> Self {
        let mut random = Random(seed | 1);
        let most = 2 + random.below(5);
        let mut walk = Self {
            random,
            seed,
            sockets: Vec::new(),
            most,
        };
        let first = walk.socket(world);
        walk.socket(world);
        // Most walks are about connections: a listener comes first.
        if walk.random.below(8) > 0 {
            world.ok(first, bind(any_port()));
            world.ok(first, Call::Listen { backlog: 3 });
            world.local(first);
        }
        walk
    }

    fn socket(&mut self, world: &mut World) -> SocketId {
        let program = [world.server, world.client][self.sockets.len() % 2];
        let id = world.tcp(program);
        world.set_mode(id, BlockingMode::NonBlocking);
        self.sockets.push(id);
        id
    }

    /// Somewhere to connect to: mostly a listener, sometimes a socket that does not listen.
    fn target(&mut self, world: &World, own: SocketId) -> Option<SocketAddr> {
        let nobody = self.random.below(6) == 0;
        let there: Vec<SocketAddr> = self
            .sockets
            .iter()
            .filter(|id| **id != own)
            .map(|id| world.known(*id))
            .filter(|socket| nobody || socket.stage == Stage::Listening)
            .filter_map(|socket| socket.local)
            .collect();
        let count = there.len();
        (count > 0).then(|| there[self.random.below(count)])
    }

    fn call(&mut self, world: &World) -> (SocketId, Call) {
        let at = self.random.below(self.sockets.len());
        let mut id = self.sockets[at];
        // Closed sockets are called now and then only.
        while world.known(id).is_closed() && self.random.below(10) > 0 {
            let Some(open) = self
                .sockets
                .iter()
                .find(|id| !world.known(**id).is_closed())
            else {
                break;
            };
            id = *open;
        }
        let how = [ShutdownHow::Write, ShutdownHow::Read, ShutdownHow::Both];
        let call = match self.random.below(20) {
            0 => bind(any_port()),
            1 => Call::Listen { backlog: 2 },
            2..=5 => match self.target(world, id) {
                Some(address) => Call::Connect { address },
                None => Call::Listen { backlog: 1 },
            },
            6..=8 => Call::Accept,
            9..=11 => send(b"hello"),
            12..=14 => Call::Recv { max: 64 },
            15..=16 => shut(how[self.random.below(3)]),
            _ => Call::Close,
        };
        // A listener is there to accept, and a client to connect.
        let natural = self.random.below(3) == 0;
        // Without a bind, listen would take all addresses: here nobody else is let in.
        let socket = world.known(id);
        if matches!(call, Call::Listen { .. }) && socket.would_listen_to_others() {
            return (id, bind(any_port()));
        }
        match (socket.stage, natural) {
            (Stage::Listening, true) => (id, Call::Accept),
            (Stage::New, true) => match self.target(world, id) {
                Some(address) => (id, Call::Connect { address }),
                None => (id, call),
            },
            _ => (id, call),
        }
    }
}

/// What the kernel has of a socket: by its descriptor's inode while it has one, else by its ends.
fn in_the_kernel(world: &World, id: SocketId, diag: &Diag) -> TcpState {
    let socket = world.known(id);
    if !socket.is_closed() {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.fd)).expect("/proc");
        let link = link.to_string_lossy();
        let inode = link
            .strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'));
        let inode: u64 = inode
            .and_then(|digits| digits.parse().ok())
            .expect("an inode");
        if let Some(state) = diag.owned.get(&inode) {
            return *state;
        }
    }
    let ends = socket.local.zip(socket.peer);
    let left = ends.and_then(|ends| diag.orphans.get(&ends));
    left.copied().unwrap_or(TcpState::Closed)
}

fn shown(world: &World, id: SocketId) -> State {
    states(world.recording.sockets(), id)
        .expect("a picture")
        .now
}

/// The first socket whose state is not the kernel's, in words.
fn differs(world: &World, walks: &[Walk]) -> Option<String> {
    let diag = diag::dump();
    walks.iter().find_map(|walk| {
        walk.sockets.iter().find_map(|id| {
            let (shown, kernel) = (shown(world, *id), in_the_kernel(world, *id, &diag));
            (shown != State::Tcp(kernel)).then(|| {
                let calls: Vec<String> = (0..world.recording.len())
                    .filter_map(|index| world.recording.row(index))
                    .filter(|row| row.socket.is_some_and(|id| walk.sockets.contains(&id)))
                    .map(|row| {
                        let sockets = world.recording.sockets();
                        let result = row.result(sockets, 20);
                        format!("{:?} {} -> {result:?}", row.socket, row.text(sockets, 20))
                    })
                    .collect();
                let seen: Vec<String> = world
                    .recording
                    .observations()
                    .filter(|seen| seen.socket == *id)
                    .map(|seen| format!("{seen:?}"))
                    .collect();
                let life = world.recording.sockets().life(*id).expect("a life");
                let path = life.path().steps().iter().map(|step| {
                    let (from, to) = (step.from.name(), step.to.name());
                    format!("{from} -> {to}, {:?}, {:?}", step.proof, step.stamp.seq)
                });
                format!(
                    "seed {:#x}: {id} is shown {}, the kernel says {}\n{}\n{}\n{}",
                    walk.seed,
                    shown.name(),
                    kernel.name(),
                    calls.join("\n"),
                    seen.join("\n"),
                    path.collect::<Vec<_>>().join("\n"),
                )
            })
        })
    })
}

/// Takes in what comes until all states are the kernel's.
fn settle(world: &mut World, walks: &[Walk]) {
    let deadline = Instant::now() + DEADLINE;
    while let Some(difference) = differs(world, walks) {
        assert!(Instant::now() < deadline, "{difference}");
        let next = Instant::now() + Duration::from_millis(5);
        while let Some(event) = world.events.wait(next) {
            world.take(event);
        }
    }
}

fn step(world: &mut World, walks: &mut [Walk]) {
    let mut asked: Vec<(usize, CallId)> = Vec::new();
    for (index, walk) in walks.iter_mut().enumerate() {
        if walk.sockets.len() < walk.most && walk.random.below(5) == 0 {
            walk.socket(world);
        }
        let (id, call) = walk.call(world);
        let accepts = matches!(call, Call::Accept);
        if accepts && walk.sockets.len() >= walk.most {
            continue;
        }
        asked.push((index, world.submit(id, call)));
    }
    for (index, call) in asked {
        let born = world.ended(call).born();
        if let Some(born) = born {
            world.set_mode(born, BlockingMode::NonBlocking);
            walks[index].sockets.push(born);
        }
    }
}

#[test]
fn the_state_shown_is_the_kernels_in_a_thousand_random_walks() {
    use TcpState::{CloseWait, Closed, Established, FinWait2, Listen, TimeWait};

    let seed = std::env::var("SOCKEYE_WALKS_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(SEED);
    println!("seed {seed}");
    let mut visited = std::collections::BTreeSet::new();
    for batch in 0..WALKS / TOGETHER {
        let mut world = World::new();
        let mut walks: Vec<Walk> = (0..TOGETHER)
            .map(|walk| {
                let number = (batch * TOGETHER + walk) as u64 + 1;
                Walk::new(
                    &mut world,
                    seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
                )
            })
            .collect();
        for _ in 0..STEPS {
            step(&mut world, &mut walks);
            settle(&mut world, &walks);
            let ids = walks.iter().flat_map(|walk| &walk.sockets);
            visited.extend(ids.map(|id| shown(&world, *id)));
        }
        for walk in &walks {
            assert!(
                (2..=6).contains(&walk.sockets.len()),
                "seed {:#x}",
                walk.seed
            );
            for id in &walk.sockets {
                assert_eq!(world.known(*id).protocol, Protocol::Tcp);
                if !world.known(*id).is_closed() {
                    world.call(*id, Call::Close);
                }
            }
        }
        settle(&mut world, &walks);
    }
    // Not only the easy ones were met: what is left out lasts microseconds on one computer.
    for state in [Closed, Listen, Established, CloseWait, FinWait2, TimeWait] {
        assert!(visited.contains(&State::Tcp(state)), "{visited:?}");
    }
}
