//! Automatic programs on real sockets, with clients that know nothing of Sockeye.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clients stand for other programs, whose calls nobody counts; helpers of tests fail as tests do"
)]

mod support;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use sockeye::model::automatic::{Automatic, Ending, Reply, Service, Standing};
use sockeye::model::call::{
    BlockingMode, Call, Family, Method, Outcome, ProgramId, Protocol, SocketId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{PlayerNote, Threading};
use sockeye::model::recording::CallEntry;
use sockeye::model::socket::Socket;
use sockeye::network::{Network as _, NetworkHandle, Request, ThreadChoice};
use sockeye::script::automatic::Assignment;
use sockeye::script::driver::{self, DriverEvent, DriverHandle};

use support::{DEADLINE, World, any_port, bind, send_to};

/// Bytes of every kind: what is no text, what ends lines, what is no ASCII.
const HOSTILE: &[u8] = b"az\0\r\n\x1b[2J\xff\xfe \xc3\xa9 \xe2\x80\xae AZ";

/// An automatic program, and everything it does.
struct Served {
    world: World,
    driver: DriverHandle,
    socket: SocketId,
    address: SocketAddr,
    automatic: Option<Automatic>,
}

impl Served {
    fn tcp(reply: Reply, service: Service) -> Self {
        let mut world = World::new();
        let (socket, address) = world.listener(16);
        Self::start(world, socket, address, reply, service)
    }

    fn udp(reply: Reply) -> Self {
        Self::udp_at(reply, "127.0.0.1")
    }

    fn udp_at(reply: Reply, host: &str) -> Self {
        let mut world = World::new();
        let program = world.server;
        let socket = udp_at(&mut world, program, host);
        let address = world.local(socket);
        Self::start(world, socket, address, reply, Service::default())
    }

    fn start(
        world: World,
        socket: SocketId,
        address: SocketAddr,
        reply: Reply,
        service: Service,
    ) -> Self {
        let network: NetworkHandle = Arc::clone(&world.network) as NetworkHandle;
        let driver = driver::spawn(network, Arc::new(|| {})).unwrap();
        let mut served = Self {
            world,
            driver,
            socket,
            address,
            automatic: None,
        };
        served.begin(socket, reply, service);
        served
    }

    fn begin(&mut self, socket: SocketId, reply: Reply, service: Service) {
        let wanted = |known: &Socket| known.local.is_some_and(|local| local.port() != 0);
        self.world.wait_for(socket, "its address", wanted);
        let assignment = Assignment::new(self.world.known(socket), reply, service).unwrap();
        self.driver.serve(assignment);
    }

    fn client(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// Takes in what happens until the program stands as wanted.
    #[track_caller]
    fn until(&mut self, what: &str, wanted: impl Fn(&Automatic) -> bool) -> Automatic {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(automatic) = self.automatic.as_ref().filter(|there| wanted(there)) {
                return automatic.clone();
            }
            match self.driver.events().recv_deadline(deadline) {
                Ok(DriverEvent::Automatic(automatic)) => self.automatic = Some(automatic),
                Ok(_) => {}
                Err(error) => panic!("{error}: {what}; {:?}", self.automatic),
            }
        }
    }

    #[track_caller]
    fn until_ended(&mut self) -> Ending {
        let ended = self.until("its end", |automatic| !automatic.is_running());
        match ended.standing {
            Standing::Ended(ending) => ending,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the program waits for its first client; in which method.
    #[track_caller]
    fn waits_for_clients(&mut self, service: Service) -> Method {
        let method = match service {
            Service::OneLoop => Method::Select,
            _ => Method::Accept,
        };
        self.row("it waits", |row| row.method() == method && row.is_waiting());
        method
    }

    /// Waits until the program has replied and waits for more of that client; the connection.
    #[track_caller]
    fn waits_after_its_reply(&mut self, service: Service) -> SocketId {
        let method = match service {
            Service::OneLoop => Method::Select,
            _ => Method::Recv,
        };
        let waiting = |world: &World| {
            let reply = youngest(world, Method::Send)?;
            let wait = youngest(world, method)?;
            (wait.is_waiting() && wait.start > reply.start).then_some(reply.socket?)
        };
        self.world
            .wait_until("it waits for more", |world| waiting(world).is_some());
        waiting(&self.world).unwrap()
    }

    /// Waits until the recording has a row as wanted; it.
    #[track_caller]
    fn row(&mut self, what: &str, wanted: impl Fn(&CallEntry) -> bool) -> CallEntry {
        self.world
            .wait_until(what, |world| rows(world).any(|row| wanted(&row)));
        rows(&self.world).find(|row| wanted(row)).unwrap()
    }
}

/// A UDP socket, bound to any free port of a host.
fn udp_at(world: &mut World, program: ProgramId, host: &str) -> SocketId {
    let address = SocketAddr::new(host.parse().unwrap(), 0);
    let family = if address.is_ipv4() {
        Family::Ipv4
    } else {
        Family::Ipv6
    };
    let socket = world.socket(program, family, Protocol::Udp);
    world.ok(socket, bind(address));
    socket
}

/// No address in particular, of the family of this one.
fn unspecified(address: SocketAddr) -> IpAddr {
    match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// The youngest row of that method.
fn youngest(world: &World, method: Method) -> Option<CallEntry> {
    rows(world).filter(|row| row.method() == method).last()
}

fn rows(world: &World) -> impl Iterator<Item = CallEntry> + '_ {
    (0..world.recording.len()).filter_map(|index| world.recording.row(index))
}

fn answer(reply: Reply, bytes: &[u8]) -> Vec<u8> {
    match reply {
        Reply::Capitals => bytes
            .iter()
            .map(|byte| match byte {
                b'a'..=b'z' => byte - 32,
                _ => *byte,
            })
            .collect(),
        Reply::Echo => bytes.to_vec(),
    }
}

/// Sends bytes and reads as many back.
fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    stream.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).unwrap();
    back
}

/// The rows of each connection are what such a program makes, one after another: recv and send in turn, `b""` or an
/// error at the end, then close.
#[track_caller]
fn assert_legal(world: &World) {
    for socket in world.recording.sockets().iter() {
        let own: Vec<CallEntry> = rows(world)
            .filter(|row| row.socket == Some(socket.id))
            .collect();
        for pair in own.windows(2) {
            let end = pair[0].end.map(|end| end.seq);
            assert!(end < Some(pair[1].start.seq), "{}", world.log());
        }
        if socket.parent.is_none() {
            continue;
        }
        let methods: Vec<Method> = own.iter().map(CallEntry::method).collect();
        let (last, talk) = methods.split_last().unwrap();
        assert_eq!(*last, Method::Close, "{}", world.log());
        for (index, method) in talk.iter().enumerate() {
            let wanted = [Method::Recv, Method::Send][index % 2];
            assert_eq!(*method, wanted, "{}", world.log());
        }
        assert_eq!(talk.len() % 2, 1, "its last answer is of a recv");
    }
}

/// So many clients at once, each with three messages, the program's answers checked.
fn many_clients(reply: Reply, service: Service, count: usize) {
    const MESSAGES: usize = 3;
    let mut served = Served::tcp(reply, service);
    let address = served.address;
    let clients: Vec<_> = (0..count)
        .map(|number| {
            thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(DEADLINE)).unwrap();
                for message in 0..MESSAGES {
                    let mut bytes = HOSTILE.to_vec();
                    bytes.extend(format!("client {number} message {message}").bytes());
                    assert_eq!(exchange(&mut stream, &bytes), answer(reply, &bytes));
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    let replies = (count * MESSAGES) as u64;
    served.until("all replies, and all clients gone", |automatic| {
        automatic.replies == replies && automatic.clients == 0
    });
    served.world.wait_until("every connection closed", |world| {
        let sockets = world.recording.sockets();
        let accepted = sockets.iter().filter(|socket| socket.parent.is_some());
        accepted.filter(|socket| socket.is_closed()).count() == count
    });
    assert_legal(&served.world);
    if service.threading() == Threading::OneThread {
        let calls: Vec<CallEntry> = rows(&served.world)
            .filter(|row| row.program == Some(served.world.server))
            .collect();
        for pair in calls.windows(2) {
            let end = pair[0].end.map(|end| end.seq);
            assert!(end < Some(pair[1].start.seq), "one call at a time");
        }
    }
}

#[test]
fn every_kind_answers_one_three_and_ten_clients() {
    for service in Service::ALL {
        for reply in Reply::ALL {
            for count in [1, 3, 10] {
                many_clients(reply, service, count);
            }
        }
    }
}

#[test]
fn one_after_another_serves_the_second_only_when_the_first_has_left() {
    let mut served = Served::tcp(Reply::Capitals, Service::OneAfterAnother);
    let mut first = served.client();
    assert_eq!(exchange(&mut first, b"first"), b"FIRST");
    let mut second = served.client();
    second.write_all(b"second").unwrap();
    let listener = served.socket;
    served.world.wait_until("one in the accept queue", |world| {
        let queue = |seen: &sockeye::model::recording::Observed| {
            (seen.socket == listener)
                .then_some(seen.observation.tcp)
                .flatten()
                .is_some_and(|tcp| tcp.accept_queue == 1)
        };
        world.recording.observations().any(queue)
    });
    // It has its place in the queue, and the first is served on all the same.
    assert_eq!(exchange(&mut first, b"still first"), b"STILL FIRST");
    second.set_nonblocking(true).unwrap();
    let early = second.read(&mut [0; 8]).map_err(|error| error.kind());
    assert_eq!(early, Err(ErrorKind::WouldBlock));
    second.set_nonblocking(false).unwrap();
    drop(first);
    let mut back = [0; 6];
    second.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"SECOND");
    drop(second);
    served.until("both served", |automatic| {
        (automatic.clients, automatic.replies) == (0, 3)
    });
}

#[test]
fn a_thread_each_serves_both() {
    let mut served = Served::tcp(Reply::Echo, Service::ThreadPerClient);
    let (mut first, mut second) = (served.client(), served.client());
    for message in [b"one", b"two"] {
        assert_eq!(exchange(&mut second, message), message);
        assert_eq!(exchange(&mut first, message), message);
    }
    served.until("both there", |automatic| {
        (automatic.clients, automatic.replies) == (2, 4)
    });
    let recvs = |world: &World| {
        rows(world)
            .filter(|row| row.method() == Method::Recv && row.is_waiting())
            .map(|row| row.thread)
            .collect::<std::collections::BTreeSet<_>>()
    };
    served
        .world
        .wait_until("a thread each", |world| recvs(world).len() == 2);
}

#[test]
fn a_client_that_resets_costs_nobody_else_anything() {
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Capitals, service);
        let mut rude = served.client();
        rude.write_all(b"hello").unwrap();
        // Closed with the answer unread, its system sends a reset (RFC 9293 section 3.10.4, RFC 2525 section 2.17).
        assert!(rude.peek(&mut [0; 8]).unwrap() > 0);
        drop(rude);
        served.row("the reset", |row| {
            row.outcome == Some(Outcome::Error(Errno::ECONNRESET))
        });
        let mut polite = served.client();
        assert_eq!(exchange(&mut polite, b"polite"), b"POLITE");
        drop(polite);
        served.until("both gone", |automatic| {
            (automatic.clients, automatic.replies) == (0, 2)
        });
        served.world.wait_until("both closed", |world| {
            let accepted = world.recording.sockets().iter();
            accepted
                .filter(|socket| socket.parent.is_some() && socket.is_closed())
                .count()
                == 2
        });
        assert_legal(&served.world);
    }
}

#[test]
fn a_mebibyte_comes_back_whole() {
    const SIZE: usize = 1 << 20;
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Echo, service);
        let bytes: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
        let mut stream = served.client();
        let mut reader = stream.try_clone().unwrap();
        let reading = thread::spawn(move || {
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            back
        });
        stream.write_all(&bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(reading.join().unwrap() == bytes, "other bytes came back");
        served.until("it is gone", |automatic| automatic.clients == 0);
    }
}

#[test]
fn stopped_while_it_waits_it_leaves_the_listener_open() {
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Capitals, service);
        let listener = served.socket;
        let method = served.waits_for_clients(service);
        served.driver.stop_serving(listener);
        assert_eq!(served.until_ended(), Ending::Stopped);
        served.row("its wait was interrupted", |row| {
            (row.method(), row.outcome.as_ref()) == (method, Some(&Outcome::Interrupted))
        });
        assert!(!served.world.known(listener).is_closed());
        // It can be started again, and answers again.
        served.automatic = None;
        served.begin(listener, Reply::Echo, service);
        let mut client = served.client();
        assert_eq!(exchange(&mut client, b"again"), b"again");
    }
}

#[test]
fn stopped_while_it_serves_it_leaves_the_connections_open() {
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Capitals, service);
        let mut client = served.client();
        assert_eq!(exchange(&mut client, b"before"), b"BEFORE");
        let conn = served.waits_after_its_reply(service);
        served.driver.stop_serving(served.socket);
        assert_eq!(served.until_ended(), Ending::Stopped);
        client.write_all(b"after").unwrap();
        // Nobody took it but whoever clicks.
        assert_eq!(served.world.received(conn, 64), b"after");
        assert!(!served.world.known(conn).is_closed());
    }
}

#[test]
fn without_its_listener_it_ends() {
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Capitals, service);
        let method = served.waits_for_clients(service);
        served.world.submit(served.socket, Call::Close);
        let ending = served.until_ended();
        let ended = [Ending::Closed, Ending::WaitEnded(method)];
        assert!(ended.contains(&ending), "{ending:?}");
        let close = served.row("close", |row| row.method() == Method::Close);
        assert_eq!(close.outcome, Some(Outcome::Ok(Value::None)));
        assert!(TcpStream::connect(served.address).is_err());
    }
}

#[test]
fn its_end_by_stop_waiting_is_said() {
    let mut served = Served::tcp(Reply::Capitals, Service::OneAfterAnother);
    served.row("accept waits", |row| {
        row.method() == Method::Accept && row.is_waiting()
    });
    let pending = served.world.known(served.socket).waiting[0].id;
    served.world.network.interrupt(pending);
    assert_eq!(served.until_ended(), Ending::WaitEnded(Method::Accept));
    served.world.wait_until("a note of it", |world| {
        world.recording.notes().any(|entry| match &entry.note {
            PlayerNote::Narration { text } => {
                text.as_ref()
                    == "Automatic program on server ends: the wait of its accept() was ended."
            }
            _ => false,
        })
    });
}

#[test]
fn a_connection_closed_by_hand_is_forgotten() {
    for service in Service::ALL {
        let mut served = Served::tcp(Reply::Capitals, service);
        let mut client = served.client();
        assert_eq!(exchange(&mut client, b"hello"), b"HELLO");
        let conn = served.waits_after_its_reply(service);
        served.world.submit(conn, Call::Close);
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        let mut other = served.client();
        assert_eq!(exchange(&mut other, b"other"), b"OTHER");
        served.until("only the other", |automatic| {
            (automatic.clients, automatic.replies) == (1, 2)
        });
        served
            .world
            .wait_for(conn, "it is closed", Socket::is_closed);
        let closes = rows(&served.world).filter(|row| row.method() == Method::Close);
        assert_eq!(closes.count(), 1, "{}", served.world.log());
    }
}

#[test]
fn the_user_may_go_on_with_a_connection_whose_wait_they_ended() {
    let mut served = Served::tcp(Reply::Capitals, Service::OneAfterAnother);
    let mut first = served.client();
    assert_eq!(exchange(&mut first, b"first"), b"FIRST");
    let conn = served.waits_after_its_reply(Service::OneAfterAnother);
    let pending = served.world.known(conn).waiting[0].id;
    served.world.network.interrupt(pending);
    // It goes on with the next client.
    let mut second = served.client();
    assert_eq!(exchange(&mut second, b"second"), b"SECOND");
    assert!(!served.world.known(conn).is_closed());
}

#[test]
fn a_second_one_on_the_same_socket_is_refused() {
    let mut served = Served::tcp(Reply::Capitals, Service::OneAfterAnother);
    served.until("it serves", |_| true);
    served.begin(served.socket, Reply::Echo, Service::ThreadPerClient);
    let deadline = Instant::now() + DEADLINE;
    let why = loop {
        let event = served.driver.events().recv_deadline(deadline).unwrap();
        if let DriverEvent::NotStarted { socket, why } = event {
            assert_eq!(socket, served.socket);
            break why;
        }
    };
    assert_eq!(&*why, "An automatic program runs on server already.");
    let mut client = served.client();
    assert_eq!(exchange(&mut client, b"one answer"), b"ONE ANSWER");
}

#[test]
fn only_what_can_serve_gets_a_program() {
    let mut world = World::new();
    let fresh = world.tcp(world.server);
    let refused = |world: &World, socket| {
        Assignment::new(world.known(socket), Reply::Echo, Service::default()).unwrap_err()
    };
    assert_eq!(
        refused(&world, fresh),
        "server does not listen: bind and listen come first."
    );
    let datagrams = world.udp(world.client);
    assert_eq!(
        refused(&world, datagrams),
        "client has no port: bind comes first."
    );
    world.ok(fresh, Call::Close);
    assert_eq!(
        refused(&world, fresh),
        "server is closed: it can't serve anybody."
    );
}

#[test]
fn a_non_blocking_listener_is_made_to_wait_first() {
    let mut world = World::new();
    let (socket, address) = world.listener(5);
    world.set_mode(socket, BlockingMode::NonBlocking);
    let service = Service::OneAfterAnother;
    let mut served = Served::start(world, socket, address, Reply::Capitals, service);
    let mut client = served.client();
    assert_eq!(exchange(&mut client, b"hello"), b"HELLO");
    served.row("setblocking(True)", |row| {
        let mode = BlockingMode::Blocking;
        row.call == Call::SetBlocking { mode }
    });
    let mode = served.world.mode_in_the_kernel(served.socket);
    assert_eq!(mode, BlockingMode::Blocking);
}

#[test]
fn datagrams_are_answered_to_whoever_sent_them() {
    for reply in Reply::ALL {
        for count in [1, 3, 10] {
            let mut served = Served::udp(reply);
            let clients: Vec<UdpSocket> = (0..count)
                .map(|_| {
                    let socket = UdpSocket::bind(any_port()).unwrap();
                    socket.set_read_timeout(Some(DEADLINE)).unwrap();
                    socket
                })
                .collect();
            // An empty datagram counts too, and the largest there is (RFC 768: 65,535 less both headers).
            let large = vec![b'x'; 65_507];
            for bytes in [HOSTILE, b"", &large] {
                for client in &clients {
                    client.send_to(bytes, served.address).unwrap();
                    let mut back = vec![0; 70_000];
                    let (len, from) = client.recv_from(&mut back).unwrap();
                    assert_eq!(from, served.address);
                    assert!(back[..len] == answer(reply, bytes), "another answer");
                }
            }
            let all = 3 * count as u64;
            served.until("all replies", |automatic| automatic.replies == all);
            served.row("every sendto", |row| row.method() == Method::SendTo);
            assert_legal(&served.world);
        }
    }
}

#[test]
fn two_that_answer_datagrams_never_answer_each_other() {
    let pairs = [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0", "127.0.0.2"),
        ("0.0.0.0", "127.0.0.2", "127.0.0.1"),
        ("127.0.0.2", "0.0.0.0", "127.0.0.2"),
        ("127.0.0.2", "127.0.0.3", "127.0.0.2"),
        ("::", "::", "::1"),
        ("::", "::", "::ffff:127.0.0.1"),
        ("127.0.0.1", "::", "::ffff:127.0.0.1"),
        ("::", "0.0.0.0", "127.0.0.1"),
        ("0.0.0.0", "::", "::ffff:127.0.0.2"),
    ];
    for (here, there, to) in pairs {
        never_answer_each_other(here, there, to);
    }
}

/// Two that are bound to `here` and `there`; the second sends to the first at `to`.
fn never_answer_each_other(here: &str, there: &str, to: &str) {
    let mut served = Served::udp_at(Reply::Echo, here);
    let program = served.world.client;
    let other = udp_at(&mut served.world, program, there);
    served
        .world
        .wait_for(other, "its port", |known| known.local.is_some());
    served.begin(other, Reply::Echo, Service::default());
    let to = SocketAddr::new(to.parse().unwrap(), served.address.port());
    let request = Request {
        thread: ThreadChoice::Second,
        ..Request::on(other, send_to(b"ping", to))
    };
    served.world.network.submit(request);
    served.world.wait_until("a note of it", |world| {
        world.recording.notes().any(|entry| match &entry.note {
            PlayerNote::Narration { text } => text.contains("would never end"),
            _ => false,
        })
    });
    let sent = rows(&served.world).filter(|row| row.method() == Method::SendTo);
    let pair = format!("{here} and {there}, by {to}");
    assert_eq!(sent.count(), 1, "only what was sent by hand: {pair}");
    // Others are answered as before.
    let client = UdpSocket::bind(SocketAddr::new(unspecified(to), 0)).unwrap();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    client.send_to(b"pong", to).unwrap();
    let mut back = [0; 8];
    assert_eq!(client.recv(&mut back).unwrap(), 4);
}

#[test]
fn a_udp_program_is_stopped_and_ends_with_its_socket() {
    let mut served = Served::udp(Reply::Capitals);
    served.row("recvfrom waits", |row| {
        row.method() == Method::RecvFrom && row.is_waiting()
    });
    served.driver.stop_serving(served.socket);
    assert_eq!(served.until_ended(), Ending::Stopped);
    served.automatic = None;
    served.begin(served.socket, Reply::Capitals, Service::default());
    served.until("it serves again", Automatic::is_running);
    assert_eq!(served.world.known(served.socket).protocol, Protocol::Udp);
    served.world.submit(served.socket, Call::Close);
    let ended = [Ending::Closed, Ending::WaitEnded(Method::RecvFrom)];
    let ending = served.until_ended();
    assert!(ended.contains(&ending), "{ending:?}");
}

#[test]
fn one_loop_serves_all_on_one_thread() {
    let mut served = Served::tcp(Reply::Echo, Service::OneLoop);
    let (mut first, mut second) = (served.client(), served.client());
    for message in [b"one", b"two"] {
        assert_eq!(exchange(&mut second, message), message);
        assert_eq!(exchange(&mut first, message), message);
    }
    served.until("both there", |automatic| {
        (automatic.clients, automatic.replies) == (2, 4)
    });
    let all = |row: &CallEntry| {
        let watched = row.call.watched().map(|lists| lists.read.len());
        row.is_waiting() && watched == Some(3)
    };
    served.row("select on all three", all);
    let threads: std::collections::BTreeSet<_> = rows(&served.world)
        .skip_while(|row| row.method() != Method::Select)
        .map(|row| row.thread)
        .collect();
    assert_eq!(threads.len(), 1, "{}", served.world.log());
}

#[test]
fn stop_waiting_on_its_select_ends_the_loop() {
    let mut served = Served::tcp(Reply::Echo, Service::OneLoop);
    served.waits_for_clients(Service::OneLoop);
    let sockets = served.world.recording.sockets();
    let pending = sockets.waiting_on(served.world.known(served.socket)).next();
    served.world.network.interrupt(pending.unwrap().id);
    assert_eq!(served.until_ended(), Ending::WaitEnded(Method::Select));
}
