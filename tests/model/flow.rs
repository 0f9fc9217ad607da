//! What travelled: byte by byte on streams, datagram by datagram, connection by connection.
//!
//! Expected pairings are worked out here from what the test itself sends and receives.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use sockeye::model::call::{Call, Outcome, Protocol, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Observation, Role, TcpState};
use sockeye::model::flow::{Handshake, Link, Load, Loss, Progress};
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::RowNumber;

use super::session::{CLIENT, SERVER, Session, address, bind, connect, received, send};

fn links(session: &Session) -> Vec<Link> {
    let links = session.ladder.flow().links(&session.recording);
    let again = Ladder::of(&session.recording);
    assert_eq!(
        links,
        again.flow().links(&session.recording),
        "step by step and at once"
    );
    links
}

/// The shares of a stream as `(send's row, receive's row, bytes, of)`.
fn shares(session: &Session) -> Vec<(u64, Option<u64>, u64, u64)> {
    let mut shares: Vec<_> = links(session)
        .iter()
        .filter_map(|link| match link.load {
            Load::Bytes { len, of, offset } => Some((
                offset,
                link.from.row?.0,
                link.to.row.map(|row| row.0),
                len,
                of,
            )),
            _ => None,
        })
        .collect();
    shares.sort_unstable();
    shares
        .into_iter()
        .map(|(_, send, recv, len, of)| (send, recv, len, of))
        .collect()
}

fn last(session: &Session) -> u64 {
    session.recording.last().expect("a row").number.0
}

fn sends(session: &mut Session, socket: SocketId, bytes: &[u8]) -> u64 {
    session.sends(socket, bytes);
    last(session)
}

fn receives(session: &mut Session, socket: SocketId, bytes: &[u8]) -> u64 {
    session.receives(socket, bytes);
    last(session)
}

fn datagram(to: &str, bytes: &[u8]) -> Call {
    let Call::Send { payload } = send(bytes) else {
        unreachable!("send makes a send");
    };
    let address = address(to);
    Call::SendTo { payload, address }
}

fn recvfrom(session: &mut Session, socket: SocketId, from: &str, bytes: &[u8], lost: u64) -> u64 {
    let Value::Received { bytes, .. } = received(bytes) else {
        unreachable!("received makes a receive");
    };
    let peer = Some(address(from));
    let value = Value::Received { bytes, peer, lost };
    session.ok(socket, Call::RecvFrom { max: 1024 }, value);
    last(session)
}

fn sendto(session: &mut Session, socket: SocketId, to: &str, bytes: &[u8]) -> u64 {
    session.ok(socket, datagram(to, bytes), Value::Sent(bytes.len() as u64));
    last(session)
}

/// Seen failing with: nothing forgotten.
#[test]
fn of_a_stream_without_end_the_oldest_links_go_and_the_youngest_stay() {
    const READS: u64 = 150_000;
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let before = last(&session);
    for _ in 0..READS {
        session.sends(client, b"x");
        session.receives(conn, b"x");
    }
    let links = session.ladder.flow().links(&session.recording);
    let offsets: Vec<u64> = links
        .iter()
        .filter_map(|link| match link.load {
            Load::Bytes { offset, .. } => Some(offset),
            _ => None,
        })
        .collect();
    let youngest = offsets.iter().max();
    assert_eq!(youngest, Some(&(READS - 1)), "the last byte read");
    let kept = offsets.len();
    assert!(
        (50_000..150_000).contains(&kept),
        "and many before it: {kept}"
    );
    assert!(
        !links
            .iter()
            .any(|link| link.to.row == Some(RowNumber(before + 2))),
        "the first read is forgotten"
    );
}

#[test]
fn one_send_read_in_three_and_three_sends_read_at_once() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let hello = sends(&mut session, client, b"hello sockets");
    let one = receives(&mut session, conn, b"hello");
    let two = receives(&mut session, conn, b" sock");
    assert_eq!(
        shares(&session),
        [
            (hello, Some(one), 5, 13),
            (hello, Some(two), 5, 13),
            (hello, None, 3, 13),
        ],
        "the rest lies in the queue"
    );
    let more = sends(&mut session, client, b"AB");
    let three = receives(&mut session, conn, b"etsAB");
    assert_eq!(
        shares(&session),
        [
            (hello, Some(one), 5, 13),
            (hello, Some(two), 5, 13),
            (hello, Some(three), 3, 13),
            (more, Some(three), 2, 2),
        ]
    );
}

#[test]
fn the_two_directions_do_not_mix() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let to = sends(&mut session, client, b"up");
    let back = sends(&mut session, conn, b"down");
    let at_client = receives(&mut session, client, b"down");
    let at_conn = receives(&mut session, conn, b"up");
    let mut expected = [(to, Some(at_conn), 2, 2), (back, Some(at_client), 4, 4)];
    let mut found = shares(&session);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_receive_that_is_told_of_before_its_send_is_paired_all_the_same() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let sending = session.waits(client, send(b"early"));
    let sent = last(&session);
    let got = receives(&mut session, conn, b"early");
    session.returns(sending, Outcome::Ok(Value::Sent(5)));
    assert_eq!(shares(&session), [(sent, Some(got), 5, 5)]);
}

#[test]
fn a_connect_sits_in_the_queue_until_accept_takes_it() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.done(client, connect(SERVER));
    let connected = last(&session);
    session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    let flow = session.ladder.flow();
    assert_eq!(flow.queued_clients(listener), [client]);
    assert_eq!(flow.partner(client), None);
    let waiting = sends(&mut session, client, b"early");
    let rest = links(&session);
    let bytes = rest
        .iter()
        .find(|link| link.from.row == Some(RowNumber(waiting)));
    assert_eq!(
        bytes.and_then(|link| link.to.socket),
        Some(listener),
        "in its accept queue"
    );

    let conn = session.accepts(listener);
    let accepted = last(&session);
    let flow = session.ladder.flow();
    assert!(flow.queued_clients(listener).is_empty());
    assert_eq!(flow.partner(client), Some(conn));
    assert_eq!(flow.partner(conn), Some(client));
    let of = |load: Load| links(&session).into_iter().find(|link| link.load == load);
    let seat = of(Load::Seat).expect("a seat");
    assert_eq!(seat.from.row, Some(RowNumber(connected)));
    assert_eq!(seat.to.row, Some(RowNumber(accepted)));
    let birth = of(Load::Birth).expect("a birth");
    assert_eq!(
        (birth.from.row, birth.to.socket),
        (Some(RowNumber(accepted)), Some(conn))
    );
    let connect = of(Load::Connect {
        handshake: Handshake::Done,
    })
    .expect("a connect");
    assert_eq!(
        connect.to.socket,
        Some(listener),
        "it ends at the listener, not in accept"
    );
}

#[test]
fn an_accept_before_the_clients_address_is_known_finds_it_later() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    let connecting = session.waits(client, connect(SERVER));
    let conn = session.accepts(listener);
    assert_eq!(session.ladder.flow().partner(conn), None);
    assert!(session.ladder.outside().is_empty(), "nobody else was there");
    session.returns(connecting, Outcome::Ok(Value::None));
    let observation = Observation {
        local: Some(address(CLIENT)),
        ..Observation::default()
    };
    session.observe(client, observation);
    assert_eq!(session.ladder.flow().partner(conn), Some(client));
    assert!(links(&session).iter().any(|link| link.load == Load::Seat));
}

#[test]
fn a_refused_connect_reaches_nobody() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect(SERVER), Errno::ECONNREFUSED);
    let links = links(&session);
    let [refused] = links.as_slice() else {
        panic!("one link, not {links:?}");
    };
    assert_eq!(
        refused.load,
        Load::Connect {
            handshake: Handshake::Refused
        }
    );
    assert_eq!(refused.to.socket, Some(client));
    assert!(session.ladder.outside().is_empty());
}

#[test]
fn the_end_goes_from_shutdown_to_the_first_empty_receive() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let how = ShutdownHow::Write;
    session.done(client, Call::Shutdown { how });
    let shut = last(&session);
    let empty = receives(&mut session, conn, b"");
    receives(&mut session, conn, b"");
    session.done(client, Call::Close);
    let ends: Vec<Link> = links(&session)
        .into_iter()
        .filter(|link| link.load == Load::End)
        .collect();
    let [end] = ends.as_slice() else {
        panic!("one end, not {ends:?}");
    };
    assert_eq!(end.from.row, Some(RowNumber(shut)), "the close came later");
    assert_eq!(end.to.row, Some(RowNumber(empty)));
    // The other half still carries bytes.
    let back = sends(&mut session, conn, b"still");
    assert!(shares(&session).contains(&(back, None, 5, 5)));
}

#[test]
fn a_reset_goes_from_the_close_to_the_call_that_met_it() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    sends(&mut session, client, b"unread");
    session.done(conn, Call::Close);
    let closed = last(&session);
    session.fails(client, Call::Recv { max: 5 }, Errno::ECONNRESET);
    let met = last(&session);
    let reset = links(&session)
        .into_iter()
        .find(|link| link.load == Load::Reset);
    let reset = reset.expect("a reset");
    assert_eq!(reset.from.row, Some(RowNumber(closed)));
    assert_eq!(reset.to.row, Some(RowNumber(met)));
}

#[test]
fn epipe_after_the_own_shutdown_is_nobody_elses_doing() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.done(conn, Call::Close);
    let how = ShutdownHow::Write;
    session.done(client, Call::Shutdown { how });
    session.fails(client, send(b"x"), Errno::EPIPE);
    assert!(!links(&session).iter().any(|link| link.load == Load::Reset));
}

#[test]
fn datagrams_are_told_apart_by_sender_and_bytes() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, "127.0.0.1:5000");
    let one = session.udp(Role::Client, "127.0.0.1:6001");
    let two = session.udp(Role::Client, "127.0.0.1:6002");
    let first = sendto(&mut session, one, "127.0.0.1:5000", b"same size");
    let second = sendto(&mut session, two, "127.0.0.1:5000", b"SAME SIZE");
    let got_second = recvfrom(&mut session, server, "127.0.0.1:6002", b"SAME", 5);
    let got_first = recvfrom(&mut session, server, "127.0.0.1:6001", b"same size", 0);
    let pairs: BTreeMap<_, _> = links(&session)
        .iter()
        .filter_map(|link| Some((link.from.row?.0, (link.to.row?.0, link.load))))
        .collect();
    assert_eq!(
        pairs[&first],
        (got_first, Load::Datagram { len: 9, lost: 0 })
    );
    assert_eq!(
        pairs[&second],
        (got_second, Load::Datagram { len: 4, lost: 5 }),
        "cut"
    );
}

#[test]
fn a_datagram_passed_by_a_later_one_was_dropped() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, "127.0.0.1:5000");
    let client = session.udp(Role::Client, "127.0.0.1:6001");
    let lost = sendto(&mut session, client, "127.0.0.1:5000", b"one");
    sendto(&mut session, client, "127.0.0.1:5000", b"three");
    let unread = session
        .ladder
        .flow()
        .unread(server, &session.recording, 100);
    assert_eq!(
        (unread.datagrams, unread.content),
        (vec![3, 5], b"one".to_vec())
    );
    recvfrom(&mut session, server, "127.0.0.1:6001", b"three", 0);
    let gone = links(&session)
        .into_iter()
        .find(|link| link.from.row == Some(RowNumber(lost)));
    let why = Loss::Dropped;
    assert_eq!(gone.map(|link| link.load), Some(Load::Lost { len: 3, why }));
}

#[test]
fn a_sender_whose_address_is_told_late_is_not_taken_for_somebody_else() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, "127.0.0.1:5000");
    let client = session.socket(Role::Client, Protocol::Udp);
    let sent = sendto(&mut session, client, "127.0.0.1:5000", b"hello");
    let got = recvfrom(&mut session, server, "127.0.0.1:39698", b"hello", 0);
    assert!(session.ladder.outside().is_empty(), "nobody else was there");
    let observation = Observation {
        local: Some(address("0.0.0.0:39698")),
        ..Observation::default()
    };
    session.observe(client, observation);
    let all = links(&session);
    let [link] = all.as_slice() else {
        panic!("one datagram, not {all:?}");
    };
    assert_eq!(link.from.row, Some(RowNumber(sent)));
    assert_eq!(link.to.row, Some(RowNumber(got)));
}

#[test]
fn a_datagram_that_waits_at_close_is_lost() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, "127.0.0.1:5000");
    let client = session.udp(Role::Client, "127.0.0.1:6001");
    sendto(&mut session, client, "127.0.0.1:5000", b"late");
    session.done(server, Call::Close);
    let why = Loss::Closed;
    let all = links(&session);
    assert!(
        all.iter()
            .any(|link| link.load == Load::Lost { len: 4, why }),
        "{all:?}"
    );
}

#[test]
fn what_goes_to_an_address_of_nobody_here_goes_outside() {
    let mut session = Session::new();
    let client = session.udp(Role::Client, "127.0.0.1:6001");
    sendto(&mut session, client, "127.0.0.1:5999", b"hello?");
    links(&session);
    assert_eq!(session.ladder.outside(), [address("127.0.0.1:5999")]);
}

#[test]
fn a_peer_outside_has_a_lane_and_its_bytes_come_from_there() {
    let mut session = Session::new();
    let listener = session.listener();
    let conn = session.accepts(listener);
    assert_eq!(session.ladder.outside(), [address(CLIENT)]);
    let got = receives(&mut session, conn, b"from nc");
    let all = links(&session);
    let bytes = all.iter().find(|link| link.to.row == Some(RowNumber(got)));
    assert_eq!(
        bytes.and_then(|link| link.from.address),
        Some(address(CLIENT))
    );
}

#[test]
fn a_descriptor_used_again_credits_nobody_else() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    sends(&mut session, client, b"old");
    receives(&mut session, conn, b"old");
    session.done(client, Call::Close);
    session.done(conn, Call::Close);
    let second = session.socket(Role::Client, Protocol::Tcp);
    session.done(second, connect(SERVER));
    session.ok(second, Call::GetSockName, Value::Address(address(CLIENT)));
    let conn2 = session.accepts(listener);
    let sent = sends(&mut session, second, b"new");
    let got = receives(&mut session, conn2, b"new");
    assert_eq!(session.ladder.flow().partner(second), Some(conn2));
    assert_eq!(session.ladder.flow().partner(client), Some(conn));
    assert!(shares(&session).contains(&(sent, Some(got), 3, 3)));
}

#[test]
fn a_send_tells_how_far_it_got() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let row = RowNumber(sends(&mut session, client, b"hello"));
    let progress = |session: &Session| session.ladder.flow().progress(row, &session.recording);
    let expected = |arrived, read| {
        Some(Progress {
            taken: 5,
            arrived,
            read: Some(read),
        })
    };
    let unknown = expected(None, 0);
    assert_eq!(progress(&session), unknown, "the kernel has not said");
    let observation = Observation {
        receive_queue: Some(5),
        ..Observation::default()
    };
    session.observe(conn, observation);
    assert_eq!(progress(&session), expected(Some(5), 0), "at the other end");
    let unread = session.ladder.flow().unread(conn, &session.recording, 3);
    assert_eq!((unread.known, unread.content), (5, b"hel".to_vec()));
    receives(&mut session, conn, b"he");
    assert_eq!(progress(&session), expected(Some(5), 2), "partly read");
    let unread = session.ladder.flow().unread(conn, &session.recording, 100);
    assert_eq!((unread.known, unread.content), (3, b"llo".to_vec()));
}

proptest! {
    /// Every byte received is claimed by exactly one byte sent, at its own place; the rest lies in the queue.
    #[test]
    fn each_byte_received_is_one_byte_sent(
        steps in vec((any::<bool>(), 1_usize..40), 1..60),
    ) {
        let mut session = Session::new();
        let (_, client, conn) = session.connection();
        let stream: Vec<u8> = (0..=255).cycle().take(4000).collect();
        let (mut sent, mut got) = (0, 0);
        // For each byte: who sent it, and who received it.
        let (mut senders, mut receivers) = (Vec::new(), Vec::new());
        for (is_send, len) in steps {
            if is_send {
                let row = sends(&mut session, client, &stream[sent..sent + len]);
                senders.extend(std::iter::repeat_n(row, len));
                sent += len;
            } else if sent > got {
                let len = len.min(sent - got);
                let row = receives(&mut session, conn, &stream[got..got + len]);
                receivers.extend(std::iter::repeat_n(row, len));
                got += len;
            }
        }
        let mut claimed = vec![None; sent];
        for link in links(&session) {
            let Load::Bytes { offset, len, .. } = link.load else { continue };
            for place in offset..offset + len {
                let byte = &mut claimed[place as usize];
                prop_assert_eq!(*byte, None, "byte {} twice", place);
                *byte = Some((link.from.row.expect("a send").0, link.to.row.map(|row| row.0)));
            }
        }
        for (place, claim) in claimed.iter().enumerate() {
            let expected = (senders[place], receivers.get(place).copied());
            prop_assert_eq!(*claim, Some(expected), "byte {}", place);
        }
    }
}

fn connects(session: &Session) -> Vec<(Handshake, Option<SocketId>)> {
    let of = |link: &Link| match link.load {
        Load::Connect { handshake } => Some((handshake, link.to.socket)),
        _ => None,
    };
    links(session).iter().filter_map(of).collect()
}

#[test]
fn a_connect_under_way_claims_no_answer() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect(SERVER), Errno::EINPROGRESS);
    let under_way = Handshake::UnderWay;
    assert_eq!(connects(&session), [(under_way, Some(listener))]);
    assert!(session.ladder.flow().queued_clients(listener).is_empty());
    session.state(client, TcpState::Established, 0);
    assert_eq!(connects(&session), [(Handshake::Done, Some(listener))]);
    assert_eq!(session.ladder.flow().queued_clients(listener), [client]);
}

#[test]
fn a_connect_that_is_refused_later_had_no_other_program_there() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect("127.0.0.1:5999"), Errno::EINPROGRESS);
    session.fails(client, connect("127.0.0.1:5999"), Errno::ECONNREFUSED);
    assert_eq!(connects(&session), [(Handshake::Refused, Some(client))]);
    assert!(session.ladder.outside().is_empty());
}

#[test]
fn a_client_is_known_by_its_ipv4_address_on_a_listener_of_both_families() {
    let mut session = Session::new();
    let listener = session.socket(Role::Server, Protocol::Tcp);
    session.done(listener, bind("[::]:5000"));
    session.done(listener, Call::Listen { backlog: 5 });
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.done(client, connect(SERVER));
    session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    let conn = session.accepts_from(listener, "[::ffff:127.0.0.1]:51724");
    assert_eq!(session.ladder.flow().partner(conn), Some(client));
    assert!(session.ladder.outside().is_empty());
}

#[test]
fn an_end_and_a_reset_are_told_apart() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    let how = ShutdownHow::Write;
    session.done(conn, Call::Shutdown { how });
    let shut = last(&session);
    let empty = receives(&mut session, client, b"");
    sends(&mut session, client, b"unread");
    session.done(conn, Call::Close);
    let closed = last(&session);
    session.fails(client, Call::Recv { max: 5 }, Errno::ECONNRESET);
    let met = last(&session);
    let of = |load: Load| {
        let all = links(&session);
        let link = all.into_iter().find(|link| link.load == load)?;
        Some((link.from.row?.0, link.to.row?.0))
    };
    assert_eq!(of(Load::End), Some((shut, empty)));
    assert_eq!(
        of(Load::Reset),
        Some((closed, met)),
        "the close, not the shutdown"
    );
}

#[test]
fn a_listener_closed_with_a_client_in_its_queue_resets_it() {
    let mut session = Session::new();
    let listener = session.listener();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.done(client, connect(SERVER));
    session.ok(client, Call::GetSockName, Value::Address(address(CLIENT)));
    let early = sends(&mut session, client, b"early");
    session.done(listener, Call::Close);
    let closed = last(&session);
    session.fails(client, Call::Recv { max: 5 }, Errno::ECONNRESET);
    let met = last(&session);
    let all = links(&session);
    let reset = all.iter().find(|link| link.load == Load::Reset);
    let ends = reset.map(|link| (link.from.row, link.to.row));
    assert_eq!(ends, Some((Some(RowNumber(closed)), Some(RowNumber(met)))));
    let bytes = all
        .iter()
        .find(|link| link.from.row == Some(RowNumber(early)));
    assert_eq!(bytes.and_then(|link| link.to.socket), Some(listener));
}

#[test]
fn the_end_of_a_peer_outside_comes_from_its_lane() {
    let mut session = Session::new();
    let listener = session.listener();
    let conn = session.accepts(listener);
    let empty = receives(&mut session, conn, b"");
    let end = links(&session)
        .into_iter()
        .find(|link| link.load == Load::End);
    let end = end.map(|link| (link.from.address, link.to.row));
    assert_eq!(end, Some((Some(address(CLIENT)), Some(RowNumber(empty)))));
}

#[test]
fn an_empty_queue_says_that_what_was_sent_before_is_lost() {
    let mut session = Session::new();
    let server = session.udp(Role::Server, "127.0.0.1:5000");
    let client = session.udp(Role::Client, "127.0.0.1:6001");
    sendto(&mut session, client, "127.0.0.1:5000", b"too much");
    session.fails(server, Call::RecvFrom { max: 9 }, Errno::EAGAIN);
    let why = Loss::Dropped;
    let all = links(&session);
    assert!(
        all.iter()
            .any(|link| link.load == Load::Lost { len: 8, why }),
        "{all:?}"
    );
}

#[test]
fn a_datagram_that_was_refused_reached_nobody() {
    let mut session = Session::new();
    let client = session.udp(Role::Client, "127.0.0.1:6001");
    session.done(client, connect("127.0.0.1:5999"));
    session.sends(client, b"hello?");
    assert_eq!(session.ladder.outside(), [address("127.0.0.1:5999")]);
    session.fails(client, Call::Recv { max: 9 }, Errno::ECONNREFUSED);
    let why = Loss::Nobody;
    let all = links(&session);
    assert!(
        all.iter()
            .any(|link| link.load == Load::Lost { len: 6, why }),
        "{all:?}"
    );
    assert!(session.ladder.outside().is_empty(), "nobody is there");
}

#[test]
fn a_thousand_programs_of_one_name_are_named_at_once() {
    let mut session = Session::new();
    let sockets: Vec<SocketId> = (0..3000)
        .map(|_| session.socket(Role::Client, Protocol::Tcp))
        .collect();
    let program = |id: SocketId| {
        let program = session.get(id).program;
        session
            .table()
            .program(program)
            .map(|program| program.name.clone())
    };
    let names: std::collections::BTreeSet<_> =
        sockets.iter().filter_map(|id| program(*id)).collect();
    assert_eq!(names.len(), sockets.len(), "each has a name of its own");
}
