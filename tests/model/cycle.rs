//! The life cycles: the diagram against the RFC's, a socket's way through it, and the calls' own picture.

use std::collections::BTreeSet;

use sockeye::model::call::{Call, Method, Protocol, ShutdownHow, SocketId, SocketOption, Value};
use sockeye::model::cycle::Proof;
use sockeye::model::cycle::edges::{Act, EDGES, Happening, Source, State, Trigger, UdpState};
use sockeye::model::cycle::lingering::ghost;
use sockeye::model::cycle::methods::{Lane, Node, NodeLook, methods};
use sockeye::model::cycle::states::{Mark, States, states};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Observation, Remnant, Role, TcpState};

use crate::scenes::shutdown;
use crate::session::{CLIENT, SERVER, Session, bind, connect, tcp};

const FIGURE: &str = include_str!("../data/rfc9293-figure5.txt");

fn tcp_state(state: TcpState) -> State {
    State::Tcp(state)
}

/// An edge in the RFC's words, as the file has them; `None`: sockets alone have it.
fn in_the_rfcs_words(from: State, trigger: Trigger, to: State) -> (String, String, String) {
    let state = |state: State| {
        match state.name() {
            "SYN-SENT" => "SYN SENT",
            "SYN-RECEIVED" => "SYN RCVD",
            "ESTABLISHED" => "ESTAB",
            "FIN-WAIT-1" => "FIN WAIT-1",
            "FIN-WAIT-2" => "FINWAIT-2",
            "CLOSE-WAIT" => "CLOSE WAIT",
            other => other,
        }
        .to_owned()
    };
    let event = match trigger {
        Trigger::Call([Act::Listen]) => "passive OPEN",
        Trigger::Call([Act::Connect]) => "active OPEN",
        Trigger::Call([Act::Send]) => "SEND",
        // shutdown(WR) is the RFC's CLOSE as much as close() is: "I have no more data to send".
        Trigger::Call([Act::Close] | [Act::Close, Act::ShutdownWrite]) => "CLOSE",
        Trigger::Event(Happening::Syn) => "rcv SYN",
        Trigger::Event(Happening::SynAck) => "rcv SYN,ACK",
        Trigger::Event(Happening::AckOfSyn) => "rcv ACK of SYN",
        Trigger::Event(Happening::Fin) => "rcv FIN",
        Trigger::Event(Happening::AckOfFin) => "rcv ACK of FIN",
        Trigger::Event(Happening::AckAndFin) => "rcv FIN,ACK",
        Trigger::Event(Happening::Rst) => "rcv RST",
        Trigger::Event(Happening::TimesUp) => "Timeout=2MSL",
        other => panic!("{other:?} is in no word of the RFC"),
    };
    (state(from), event.to_owned(), state(to))
}

#[test]
fn the_diagram_is_the_rfcs_figure_and_its_notes() {
    let drawn: BTreeSet<_> = FIGURE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (from, rest) = line.split_at(16);
            let (event, to) = rest.split_at(19);
            let word = |text: &str| text.trim().to_owned();
            (word(from), word(event), word(to))
        })
        .collect();
    assert_eq!(drawn.len(), 29);
    let ours: BTreeSet<_> = EDGES
        .iter()
        .filter(|edge| edge.source != Source::Sockets)
        .map(|edge| in_the_rfcs_words(edge.from, edge.trigger, edge.to))
        .collect();
    assert_eq!(ours, drawn);
}

fn path(session: &Session, id: SocketId) -> Vec<(&'static str, Proof)> {
    let life = session.table().life(id).expect("a life");
    let steps = life.path().steps().iter();
    steps.map(|step| (step.to.name(), step.proof)).collect()
}

fn picture(session: &Session, id: SocketId) -> States {
    states(session.table(), id).expect("a picture")
}

#[test]
fn an_accepted_sockets_way_begins_in_its_listeners_listen() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let born = picture(&session, conn);
    assert_eq!(born.born_of, Some(listener));
    assert_eq!(born.now, tcp_state(TcpState::Established));
    assert_eq!(
        born.mark(tcp_state(TcpState::SynReceived)),
        Mark::Travelled(Proof::Rule),
        "nobody saw it"
    );
    assert_eq!(born.mark(tcp_state(TcpState::Listen)), Mark::NotYet);
    assert_eq!(
        path(&session, client),
        [("SYN-SENT", Proof::Call), ("ESTABLISHED", Proof::Call)]
    );
    assert_eq!(path(&session, listener), [("LISTEN", Proof::Call)]);
    session.state(client, TcpState::Established, 0);
    assert_eq!(
        path(&session, client),
        [("SYN-SENT", Proof::Call), ("ESTABLISHED", Proof::Kernel)]
    );
}

#[test]
fn without_a_kernels_word_the_other_ends_calls_tell() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.done(client, shutdown(ShutdownHow::Write));
    assert_eq!(picture(&session, client).now, tcp_state(TcpState::FinWait2));
    assert_eq!(picture(&session, conn).now, tcp_state(TcpState::CloseWait));
    session.done(conn, Call::Close);
    assert_eq!(picture(&session, conn).now, tcp_state(TcpState::Closed));
    assert_eq!(picture(&session, client).now, tcp_state(TcpState::TimeWait));
    let proofs = path(&session, client);
    assert_eq!(proofs[2], ("FIN-WAIT-1", Proof::Call));
    assert_eq!(proofs[3], ("FIN-WAIT-2", Proof::Rule));
    assert_eq!(proofs[4], ("TIME-WAIT", Proof::Rule));
}

#[test]
fn the_kernels_word_counts_however_early_it_was_asked() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Established, 0);
    let early = session.stamp();
    session.done(client, shutdown(ShutdownHow::Write));
    assert_eq!(picture(&session, client).now, tcp_state(TcpState::FinWait1));
    // Asked before the call, answered before it too: old.
    let mut told = |state| {
        session
            .recording
            .apply(sockeye::model::event::Event::Observed {
                stamp: early,
                socket: client,
                observation: Observation {
                    tcp: Some(tcp(state)),
                    ..Observation::default()
                },
            });
        picture(&session, client).now
    };
    assert_eq!(told(TcpState::Established), tcp_state(TcpState::FinWait1));
    // Asked before, answered after.
    assert_eq!(told(TcpState::FinWait2), tcp_state(TcpState::FinWait2));
}

#[test]
fn a_refused_connect_and_a_reset_have_edges() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect(SERVER), Errno::ECONNREFUSED);
    let refused = picture(&session, client);
    assert_eq!(refused.now, tcp_state(TcpState::Closed));
    let last = refused.steps.last().expect("a step");
    assert_eq!(last.trigger(), Some(Trigger::Event(Happening::Rst)));

    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Established, 0);
    session.fails(client, Call::Recv { max: 5 }, Errno::ECONNRESET);
    let reset = picture(&session, client);
    assert_eq!(reset.now, tcp_state(TcpState::Closed));
    let edge = reset.steps.last().and_then(|step| step.edge);
    assert!(
        edge.is_some_and(|edge| edge.is_reset() && edge.from == tcp_state(TcpState::Established))
    );
}

#[test]
fn a_close_over_unread_bytes_is_a_reset() {
    let mut session = Session::new();
    let (_, client, _) = session.connection();
    session.state(client, TcpState::Established, 5);
    session.done(client, Call::Close);
    let closed = picture(&session, client);
    assert_eq!(closed.now, tcp_state(TcpState::Closed));
    let last = closed.steps.last().expect("a step");
    assert_eq!(last.trigger(), Some(Trigger::Call(&[Act::CloseUnread])));
    assert!(closed.next.is_empty() || closed.next.iter().all(|edge| !edge.trigger.is_call()));
}

fn time_wait(state: TcpState, millis_left: u32) -> Observation {
    Observation {
        tcp: Some(tcp(state)),
        remnant: Some(Remnant::TimeWait { millis_left }),
        ..Observation::default()
    }
}

#[test]
fn time_wait_beside_a_descriptor_that_says_closed_is_named() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.state(client, TcpState::Established, 0);
    session.state(conn, TcpState::Established, 0);
    session.done(client, shutdown(ShutdownHow::Write));
    session.state(client, TcpState::FinWait2, 0);
    session.observe(client, time_wait(TcpState::Closed, 60_000));
    let finished = picture(&session, client);
    assert_eq!(finished.now, tcp_state(TcpState::TimeWait));
    let difference = finished.difference.expect("they differ");
    assert!(
        difference.contains("says CLOSED") && difference.contains("TIME-WAIT"),
        "{difference}"
    );
    let left = ghost(session.table(), client).expect("a ghost");
    let asked = session.recording.last_at();
    let seconds = left.seconds_left(asked + 1_500_000_000).expect("a number");
    assert!((seconds - 58.5).abs() < 0.01, "{seconds}");
    assert_eq!(left.seconds_left(asked + 90_000_000_000), Some(0.0));
    assert!(ghost(session.table(), conn).is_none());
}

#[test]
fn who_may_bind_depends_on_both_sockets() {
    for reuses in [false, true] {
        let mut session = Session::new();
        let (listener, client, conn) = session.connection();
        if reuses {
            let option = SocketOption::ReuseAddress;
            session.done(client, Call::SetSockOpt { option, value: 1 });
        }
        session.state(client, TcpState::Established, 0);
        session.done(client, Call::Close);
        session.observe(client, time_wait(TcpState::TimeWait, 60_000));
        let words = ghost(session.table(), client).expect("a ghost").words;
        assert!(words.contains(CLIENT), "{words}");
        assert_eq!(words.contains("may now"), reuses, "{words}");
        // An accepted socket's port is its listener's while that listens.
        session.state(conn, TcpState::Established, 0);
        session.done(conn, Call::Close);
        session.observe(conn, time_wait(TcpState::TimeWait, 60_000));
        let words = ghost(session.table(), conn).expect("a ghost").words;
        assert!(words.contains("#1 server listens"), "{words}");
        session.done(listener, Call::Close);
    }
}

#[test]
fn udp_is_unbound_bound_and_then_has_its_peer_set() {
    let mut session = Session::new();
    let id = session.socket(Role::Client, Protocol::Udp);
    assert_eq!(picture(&session, id).now, State::Udp(UdpState::Unbound));
    session.done(id, bind(CLIENT));
    assert_eq!(picture(&session, id).now, State::Udp(UdpState::Bound));
    session.done(id, connect(SERVER));
    assert_eq!(picture(&session, id).now, State::Udp(UdpState::PeerSet));
    session.done(id, Call::Close);
    let closed = picture(&session, id);
    assert_eq!(closed.now, State::Udp(UdpState::Closed));
    assert!(closed.steps.iter().all(|step| step.edge.is_some()));
}

fn look(session: &Session, selected: SocketId, lane: Lane, method: Method) -> (NodeLook, bool) {
    let picture = methods(session.table(), Some(selected));
    let state = picture.state(Node { lane, method }).expect("a node");
    (state.look, state.here)
}

#[test]
fn the_calls_say_what_is_done_what_waits_and_where_you_are() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let recv = session.waits(conn, Call::Recv { max: 9 });
    let at = |session: &Session, lane, method| look(session, conn, lane, method);
    assert_eq!(
        at(&session, Lane::Server, Method::Recv),
        (NodeLook::Waiting, true)
    );
    assert_eq!(
        at(&session, Lane::Server, Method::Accept),
        (NodeLook::Next, false)
    );
    assert_eq!(
        at(&session, Lane::Server, Method::Bind),
        (NodeLook::Done, false)
    );
    assert_eq!(
        at(&session, Lane::Client, Method::Connect),
        (NodeLook::Done, false)
    );
    assert_eq!(
        at(&session, Lane::Client, Method::Send),
        (NodeLook::Next, false)
    );
    assert_eq!(
        at(&session, Lane::Client, Method::Close),
        (NodeLook::NotYet, false)
    );
    session.sends(client, b"hi");
    session.returns(
        recv,
        sockeye::model::call::Outcome::Ok(crate::session::received(b"hi")),
    );
    assert_eq!(
        at(&session, Lane::Server, Method::Recv),
        (NodeLook::Done, true)
    );
    assert_eq!(
        at(&session, Lane::Server, Method::Send),
        (NodeLook::Next, false)
    );
    // Asking for an address moves nobody.
    session.ok(
        client,
        Call::GetSockName,
        Value::Address(CLIENT.parse().expect("one")),
    );
    assert!(look(&session, client, Lane::Client, Method::Send).1);
    assert_eq!(
        look(&session, listener, Lane::Server, Method::Listen),
        (NodeLook::Done, false)
    );
}

#[test]
fn a_call_that_failed_says_so_until_another_is_made() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    let connect_look = |session: &Session| look(session, client, Lane::Client, Method::Connect).0;
    assert_eq!(connect_look(&session), NodeLook::Next);
    session.fails(client, connect(SERVER), Errno::ECONNREFUSED);
    assert_eq!(connect_look(&session), NodeLook::Failed);
    session.done(client, connect(SERVER));
    assert_eq!(connect_look(&session), NodeLook::Done);
    session.fails(client, Call::Recv { max: 5 }, Errno::EAGAIN);
    let recv = look(&session, client, Lane::Client, Method::Recv).0;
    assert_ne!(recv, NodeLook::Failed, "a would-block is an answer");
}

#[test]
fn each_socket_is_shown_in_its_own_conversation() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let other = session.socket(Role::Client, Protocol::Tcp);
    for selected in [listener, conn, client] {
        let cast = methods(session.table(), Some(selected)).cast;
        assert_eq!(
            (cast.listener, cast.connection, cast.client),
            (Some(listener), Some(conn), Some(client)),
            "{selected}"
        );
    }
    let cast = methods(session.table(), Some(other)).cast;
    assert_eq!((cast.client, cast.connection), (Some(other), None));
    // Also after both were closed.
    session.done(client, Call::Close);
    session.done(conn, Call::Close);
    let cast = methods(session.table(), Some(client)).cast;
    assert_eq!(cast.connection, Some(conn));
}
