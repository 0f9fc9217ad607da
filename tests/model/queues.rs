//! What is said of a socket's queues, and how far a send got: never more than is certain.

use sockeye::model::call::{Call, Protocol, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Observation, Role, TcpObservation, TcpState};
use sockeye::model::flow::{Progress, Unread};
use sockeye::model::queues::{self, CONTENT, ReceiveQueue, Unknown};
use sockeye::model::reach::{Reach, reach, reach_words};

use crate::session::{Session, address, connect, queue, tcp};

fn sent(content: &[u8]) -> Unread {
    Unread {
        known: content.len() as u64,
        content: content.to_vec(),
        datagrams: Vec::new(),
    }
}

fn datagrams(all: &[&[u8]]) -> Unread {
    Unread {
        known: all.iter().map(|one| one.len() as u64).sum(),
        content: all.concat(),
        datagrams: all.iter().map(|one| one.len() as u64).collect(),
    }
}

/// The receive queue of a connection of which the kernel says that `count` bytes wait.
fn stream(count: u32, partner: Option<SocketId>, unread: &Unread, n: u32) -> Option<ReceiveQueue> {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Established, count);
    queues::receive(session.get(client), session.table(), partner, unread, n)
}

fn next_datagram(size: u32) -> Observation {
    Observation {
        receive_queue: Some(size),
        ..Observation::default()
    }
}

#[test]
fn the_bytes_that_wait_are_those_that_the_other_end_sent() {
    let waits = stream(13, Some(SocketId(3)), &sent(b"HELLO SOCKETS"), 5).expect("a queue");
    assert_eq!(waits.bytes, Some(13));
    assert_eq!(waits.content, b"HELLO SOCKETS");
    assert_eq!(waits.why_unknown, None);
    assert_eq!((waits.first_n, waits.cut()), (5, 0));
    let all = stream(13, Some(SocketId(3)), &sent(b"HELLO SOCKETS"), 1024).expect("a queue");
    assert_eq!(all.first_n, 13);
}

#[test]
fn the_kernels_count_is_the_one_said() {
    // The kernel was asked before the last bytes came: only those it counts are shown.
    let early = stream(5, Some(SocketId(3)), &sent(b"HELLO SOCKETS"), 1024).expect("a queue");
    assert_eq!(
        (early.bytes, early.content.as_slice()),
        (Some(5), b"HELLO".as_slice())
    );
    assert_eq!(early.why_unknown, None);
    // It counts bytes of a send that has not returned: those before them are certain all the same.
    let late = stream(20, Some(SocketId(3)), &sent(b"HELLO"), 1024).expect("a queue");
    assert_eq!(
        (late.bytes, late.content.as_slice()),
        (Some(20), b"HELLO".as_slice())
    );
    assert_eq!(late.why_unknown, Some(Unknown::UnderWay));
}

#[test]
fn what_came_from_outside_is_a_count_and_no_content() {
    let waits = stream(70_000, None, &Unread::default(), 1024).expect("a queue");
    assert_eq!((waits.bytes, waits.content.len()), (Some(70_000), 0));
    assert_eq!(waits.why_unknown, Some(Unknown::Outside));
    assert_eq!(waits.first_n, 1024);
}

#[test]
fn bytes_no_longer_kept_are_said_to_be_so() {
    let unread = Unread {
        known: 13,
        ..sent(b"HELLO")
    };
    let waits = stream(13, Some(SocketId(3)), &unread, 1024).expect("a queue");
    assert_eq!(waits.content, b"HELLO");
    assert_eq!(waits.why_unknown, Some(Unknown::LetGo));
}

#[test]
fn of_many_bytes_the_first_are_enough() {
    let unread = Unread {
        known: 70_000,
        ..sent(&[b'A'; CONTENT])
    };
    let waits = stream(70_000, Some(SocketId(3)), &unread, 1024).expect("a queue");
    assert_eq!((waits.content.len(), waits.why_unknown), (CONTENT, None));
}

#[test]
fn an_empty_queue_is_known_to_be_empty() {
    let waits = stream(0, None, &Unread::default(), 1024).expect("a queue");
    assert!(waits.is_empty());
    assert_eq!(waits.why_unknown, None);
}

#[test]
fn a_datagram_is_taken_whole_or_cut() {
    let mut session = Session::new();
    let receiver = session.udp(Role::Server, "127.0.0.1:5000");
    session.udp(Role::Client, "127.0.0.1:5001");
    session.observe(receiver, next_datagram(11));
    let unread = datagrams(&[b"HELLO WORLD", b"again"]);
    let of = |session: &Session, n| {
        queues::receive(session.get(receiver), session.table(), None, &unread, n).expect("a queue")
    };
    let waits = of(&session, 4);
    assert_eq!(waits.protocol, Protocol::Udp);
    assert_eq!(
        waits.content, b"HELLO WORLD",
        "the next datagram's bytes alone"
    );
    assert_eq!((waits.first_n, waits.cut()), (4, 7));
    assert_eq!(waits.datagrams, Some(2));
    assert_eq!(of(&session, 1024).cut(), 0);
    // Received: what follows is not known until the kernel has been asked.
    session.ok(
        receiver,
        Call::RecvFrom { max: 1024 },
        crate::session::received(b"HELLO WORLD"),
    );
    let after = of(&session, 1024);
    assert_eq!((after.bytes, after.content.len()), (None, 0));
}

#[test]
fn a_datagram_that_may_be_anothers_is_not_shown() {
    let mut session = Session::new();
    let receiver = session.udp(Role::Server, "127.0.0.1:5000");
    session.udp(Role::Client, "127.0.0.1:5001");
    let why = |session: &Session, unread: &Unread| {
        let waits = queues::receive(session.get(receiver), session.table(), None, unread, 1024);
        let waits = waits.expect("a queue");
        assert_eq!((waits.content.len(), waits.datagrams), (0, None));
        waits.why_unknown
    };
    session.observe(receiver, next_datagram(4));
    let unread = datagrams(&[b"HELLO WORLD"]);
    assert_eq!(why(&session, &unread), Some(Unknown::Which), "another size");
    assert_eq!(why(&session, &Unread::default()), Some(Unknown::Outside));
    // Of the right size, but somebody outside sends to it too.
    session.ok(
        receiver,
        Call::RecvFrom { max: 1024 },
        Value::Received {
            bytes: sockeye::model::call::Bytes::Whole(b"four".as_slice().into()),
            peer: Some(address("127.0.0.1:40000")),
            lost: 0,
        },
    );
    session.observe(receiver, next_datagram(11));
    assert_eq!(why(&session, &unread), Some(Unknown::Which));
}

#[test]
fn after_a_drop_it_is_not_certain_which_datagram_is_next() {
    let mut session = Session::new();
    let receiver = session.udp(Role::Server, "127.0.0.1:5000");
    let dropped = Observation {
        drops: Some(3),
        ..next_datagram(5)
    };
    session.observe(receiver, dropped);
    let socket = session.get(receiver);
    let unread = datagrams(&[b"HELLO"]);
    let waits = queues::receive(socket, session.table(), None, &unread, 9).expect("a queue");
    assert_eq!((waits.bytes, waits.content.len()), (Some(5), 0));
    assert_eq!(waits.why_unknown, Some(Unknown::Which));
    assert_eq!(queues::drops(socket), Some(3));
}

#[test]
fn an_empty_datagram_waits_though_the_kernel_counts_nothing() {
    let mut session = Session::new();
    let receiver = session.udp(Role::Server, "127.0.0.1:5000");
    session.observe(receiver, next_datagram(0));
    let of = |unread: &Unread| {
        let socket = session.get(receiver);
        queues::receive(socket, session.table(), None, unread, 1024).expect("a queue")
    };
    assert!(!of(&datagrams(&[b""])).is_empty());
    assert!(of(&Unread::default()).is_empty());
    // One that was sent and that the kernel has yet to be asked about is not claimed to wait.
    assert!(of(&datagrams(&[b"HELLO"])).is_empty());
}

#[test]
fn the_send_queue_is_what_the_kernel_still_keeps() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.observe(
        client,
        Observation {
            tcp: Some(tcp(TcpState::Established)),
            send_queue: Some(13),
            ..Observation::default()
        },
    );
    let waits = queues::send(session.get(client)).expect("a queue");
    assert_eq!((waits.bytes, waits.words()), (13, "not acknowledged yet"));
    session.done(client, Call::Close);
    assert_eq!(queues::send(session.get(client)), None);
}

#[test]
fn the_seats_are_those_the_kernel_keeps_and_show_who_sits_there() {
    let mut session = Session::new();
    let listener = session.listener();
    let clients: Vec<SocketId> = (0..2)
        .map(|_| {
            let client = session.socket(Role::Client, Protocol::Tcp);
            session.done(client, connect(crate::session::SERVER));
            client
        })
        .collect();
    session.observe(listener, queue(2, 5));
    let own = queues::accept(session.get(listener), session.table(), &clients).expect("a queue");
    assert_eq!((own.waiting, own.seats, own.backlog), (2, 6, Some(5)));
    assert_eq!(own.others(), 0);
    let seats: Vec<Option<SocketId>> = (0..6).map(|seat| own.client(seat)).collect();
    let (one, two) = (Some(clients[0]), Some(clients[1]));
    assert_eq!(seats, [one, two, None, None, None, None]);
    // Beside a client from outside nobody's seat is certain.
    session.observe(listener, queue(3, 5));
    let mixed = queues::accept(session.get(listener), session.table(), &clients).expect("a queue");
    assert_eq!((mixed.waiting, mixed.others()), (3, 1));
    assert!((0..6).all(|seat| mixed.client(seat).is_none()));
    // The kernel counts fewer than have connected: it says how many sit there.
    session.observe(listener, queue(1, 5));
    let fewer = queues::accept(session.get(listener), session.table(), &clients).expect("a queue");
    assert_eq!((fewer.clients, fewer.waiting), (vec![clients[0]], 1));
    // Who had to send its SYN again may have come after one that connected later.
    session.observe(listener, queue(2, 5));
    session.observe(
        clients[0],
        Observation {
            tcp: Some(TcpObservation {
                retransmits: 1,
                ..tcp(TcpState::Established)
            }),
            ..Observation::default()
        },
    );
    let again = queues::accept(session.get(listener), session.table(), &clients).expect("a queue");
    assert_eq!((again.others(), again.client(0)), (0, None));
}

#[test]
fn who_still_connects_has_no_seat() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect(crate::session::SERVER), Errno::EINPROGRESS);
    session.observe(listener, queue(1, 0));
    let full = queues::accept(session.get(listener), session.table(), &[client]).expect("a queue");
    assert_eq!((full.waiting, full.seats, full.others()), (1, 1, 1));
    assert_eq!(full.clients, []);
}

#[test]
fn where_the_kernel_cannot_be_asked_there_are_no_queues() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let udp = session.udp(Role::Peer, "127.0.0.1:5001");
    session.sends(client, b"hello");
    for observed in [false, true] {
        for id in [listener, client, conn, udp] {
            if observed {
                session.observe(id, Observation::default());
            }
            let socket = session.get(id);
            let unread = sent(b"hello");
            let receive = queues::receive(socket, session.table(), Some(client), &unread, 9);
            assert_eq!(receive, None);
            assert_eq!(queues::send(socket), None);
            assert_eq!(queues::accept(socket, session.table(), &[client]), None);
            assert_eq!(queues::drops(socket), None);
        }
    }
}

#[test]
fn marks_say_how_far_all_bytes_of_a_send_got() {
    let progress = |arrived, read| Progress {
        taken: 13,
        arrived,
        read,
    };
    for (arrived, read, expected, words) in [
        (
            None,
            None,
            Reach::Taken,
            "✓ taken by your system; whether they are at the other end is not known",
        ),
        (
            Some(0),
            Some(0),
            Reach::Taken,
            "✓ taken by your system, not at the other end yet",
        ),
        (
            Some(5),
            Some(0),
            Reach::Taken,
            "✓ taken by your system; 5 of 13 bytes at the other end",
        ),
        (
            Some(13),
            None,
            Reach::Arrived,
            "✓✓ at the other end; whether its program read them is not known",
        ),
        (
            Some(13),
            Some(0),
            Reach::Arrived,
            "✓✓ at the other end, not read yet",
        ),
        (
            Some(13),
            Some(5),
            Reach::Arrived,
            "✓✓ at the other end; 5 of 13 bytes read by its program",
        ),
        (Some(13), Some(13), Reach::Read, "✓✓✓ read by its program"),
    ] {
        let progress = progress(arrived, read);
        assert_eq!(reach(&progress), expected, "{progress:?}");
        assert_eq!(reach_words(&progress), words);
    }
    // Of no bytes none can have got anywhere.
    let nothing = Progress {
        taken: 0,
        arrived: Some(0),
        read: Some(0),
    };
    assert_eq!(reach(&nothing), Reach::Taken);
    assert_eq!(reach_words(&nothing), "✓ taken by your system");
}
