//! Goals: what meets each condition and what comes near it; and that it makes no difference how often a judge looks.

use proptest::prelude::*;
use sockeye::model::call::{Bytes, Call, Method, Outcome, Protocol, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Note, Observation, Remnant, Role, TcpState};
use sockeye::model::goal::{Answer, CallMade, Condition, Goal, GoalStep, Judge, Same};
use sockeye::model::recording::RowNumber;
use sockeye::model::socket::Stage;

use crate::session::{SERVER, Session, address, bind, connect, queue, received, send};

const SECOND: u64 = 1_000_000_000;

fn goal(steps: impl IntoIterator<Item = (Condition, Same)>) -> Goal {
    let steps = steps.into_iter();
    Goal {
        steps: steps
            .map(|(condition, same)| GoalStep { condition, same })
            .collect(),
    }
}

fn one(condition: Condition) -> Goal {
    goal([(condition, Same::Nothing)])
}

fn call(method: Method, answer: Answer) -> Condition {
    Condition::Call(CallMade::new(method, answer))
}

fn bytes(text: &str) -> Answer {
    Answer::Bytes(text.as_bytes().into())
}

/// A judge and the session it follows.
struct Judged {
    session: Session,
    judge: Judge,
}

impl Judged {
    fn from_here(session: Session, goal: Goal) -> Self {
        let now = session.recording.last_at();
        Self {
            judge: Judge::new(goal, &session.recording, now),
            session,
        }
    }

    fn new(goal: Goal) -> Self {
        Self::from_here(Session::new(), goal)
    }

    fn look_at(&mut self, now: u64) -> Option<RowNumber> {
        let flow = self.session.ladder.flow();
        while self.judge.look(&self.session.recording, flow, now) {}
        self.judge.met()
    }

    fn look(&mut self) -> Option<RowNumber> {
        let now = self.session.recording.last_at();
        self.look_at(now)
    }

    /// Nothing so far has met it.
    #[track_caller]
    fn not_yet(&mut self) -> &mut Session {
        assert_eq!(self.look(), None);
        &mut self.session
    }

    #[track_caller]
    fn is_met_by_last(&mut self) {
        let last = self.session.recording.last().map(|row| row.number);
        assert!(last.is_some());
        assert_eq!(self.look(), last);
    }
}

#[test]
fn a_call_is_judged_by_method_and_answer() {
    let refused = call(Method::Connect, Answer::Error(Errno::ECONNREFUSED));
    let mut judged = Judged::new(one(refused));
    let client = judged.not_yet().socket(Role::Client, Protocol::Tcp);
    judged
        .not_yet()
        .fails(client, connect(SERVER), Errno::ETIMEDOUT);
    judged
        .not_yet()
        .fails(client, Call::Recv { max: 1 }, Errno::ECONNREFUSED);
    judged
        .not_yet()
        .fails(client, connect(SERVER), Errno::ECONNREFUSED);
    judged.is_met_by_last();
}

#[test]
fn a_call_is_judged_by_its_host_and_its_number() {
    let to_six = Condition::Call(CallMade {
        host: Some("::1".parse().expect("an address")),
        ..CallMade::new(Method::Connect, Answer::Ok)
    });
    let mut judged = Judged::new(one(to_six));
    let client = judged.not_yet().socket(Role::Client, Protocol::Tcp);
    judged.not_yet().done(client, connect(SERVER));
    let other = judged.not_yet().socket(Role::Client, Protocol::Tcp);
    judged.not_yet().done(other, connect("[::1]:5000"));
    judged.is_met_by_last();

    let mut judged = Judged::new(one(call(Method::Send, Answer::Number(3))));
    let (_, client, _) = judged.not_yet().connection();
    judged.not_yet().sends(client, b"ab");
    judged.not_yet().ok(client, send(b"abc"), Value::Sent(2));
    judged.not_yet().sends(client, b"abc");
    judged.is_met_by_last();
}

#[test]
fn what_was_before_does_not_count() {
    let mut session = Session::new();
    let client = session.socket(Role::Client, Protocol::Tcp);
    session.fails(client, connect(SERVER), Errno::ECONNREFUSED);
    let refused = call(Method::Connect, Answer::Error(Errno::ECONNREFUSED));
    let mut judged = Judged::from_here(session, one(refused));
    judged
        .not_yet()
        .fails(client, connect(SERVER), Errno::ECONNREFUSED);
    judged.is_met_by_last();
}

#[test]
fn a_wait_counts_from_when_it_is_judged_and_while_it_lasts() {
    let mut session = Session::new();
    let listener = session.listener();
    let call = session.waits(listener, Call::Accept);
    session.pass(5 * SECOND);
    let goal = one(Condition::Waits {
        method: Method::Accept,
        nanos: 3 * SECOND,
    });
    session.socket(Role::Client, Protocol::Tcp);
    let began = session.recording.last_at();
    let mut judged = Judged::from_here(session, goal.clone());
    assert_eq!(
        judged.judge.due(&judged.session.recording),
        Some(began + 3 * SECOND)
    );
    assert_eq!(judged.look_at(began + 3 * SECOND - 1), None);
    let row = judged.session.recording.waiting_row(call);
    assert!(row.is_some());
    assert_eq!(judged.look_at(began + 3 * SECOND), row);
    assert_eq!(judged.judge.due(&judged.session.recording), None);

    // Another method waits as long; this one for less, twice.
    let mut judged = Judged::new(goal);
    let (listener, client, _) = judged.session.connection();
    let recv = judged.session.waits(client, Call::Recv { max: 1 });
    for _ in 0..2 {
        let accept = judged.session.waits(listener, Call::Accept);
        judged.session.pass(2 * SECOND);
        judged.session.returns(accept, Outcome::Interrupted);
        assert_eq!(judged.look(), None);
    }
    judged.session.returns(recv, Outcome::Interrupted);
    assert_eq!(judged.look(), None);
    // Two calls in one row, long after each other.
    for _ in 0..2 {
        let refused = Outcome::Error(Errno::EAGAIN);
        judged.session.does(listener, Call::Accept, refused);
        judged.session.pass(4 * SECOND);
    }
    judged.not_yet();
}

#[test]
fn pieces_are_exactly_those_receives() {
    let pieces = |receives| {
        one(Condition::Pieces {
            bytes: (*b"hello").into(),
            receives,
        })
    };
    let judged = |parts: &[&[u8]], receives| {
        let mut judged = Judged::new(pieces(receives));
        let (_, client, conn) = judged.session.connection();
        judged.session.sends(client, b"hello hello");
        for part in parts {
            judged.session.receives(conn, part);
        }
        judged.look().is_some()
    };
    assert!(judged(&[b"he", b"llo"], 2));
    assert!(judged(&[b"x", b"hell", b"o"], 2), "after something else");
    assert!(judged(&[b"hello"], 1));
    assert!(!judged(&[b"hello"], 2));
    assert!(!judged(&[b"he", b"l", b"lo"], 2));
    assert!(!judged(&[b"he", b"llo!"], 2));
    assert!(!judged(&[b"hello", b""], 2), "the end is no piece");
    assert!(!judged(&[b"he"], 2));
}

#[test]
fn a_receive_of_two_sends() {
    let mut judged = Judged::new(one(Condition::Merged { sends: 2 }));
    let (_, client, conn) = judged.session.connection();
    judged.session.sends(client, b"abcdef");
    judged.session.receives(conn, b"abc");
    judged.not_yet().receives(conn, b"def");
    judged.not_yet().sends(client, b"gh");
    judged.not_yet().sends(client, b"ij");
    judged.not_yet().receives(conn, b"ghi");
    judged.is_met_by_last();
}

#[test]
fn so_many_sockets_are_open_at_once() {
    let accepted = |sockets| {
        one(Condition::Open {
            sockets,
            accepted: true,
        })
    };
    let mut judged = Judged::new(accepted(2));
    let (listener, _, conn) = judged.not_yet().connection();
    judged.not_yet().done(conn, Call::Close);
    judged.not_yet().accepts(listener);
    judged.not_yet().accepts(listener);
    judged.is_met_by_last();

    let open = one(Condition::Open {
        sockets: 3,
        accepted: false,
    });
    let mut judged = Judged::new(open);
    let first = judged.not_yet().socket(Role::Peer, Protocol::Udp);
    judged.not_yet().socket(Role::Peer, Protocol::Udp);
    judged.not_yet().done(first, Call::Close);
    judged.not_yet().socket(Role::Peer, Protocol::Udp);
    judged.not_yet().socket(Role::Peer, Protocol::Udp);
    judged.is_met_by_last();
}

#[test]
fn what_the_kernel_says_is_put_down_to_the_call_before() {
    let mut judged = Judged::new(one(Condition::Queued { connections: 2 }));
    let listener = judged.not_yet().listener();
    for waiting in [1, 2] {
        let client = judged.not_yet().socket(Role::Client, Protocol::Tcp);
        judged.not_yet().done(client, connect(SERVER));
        judged.not_yet().observe(listener, queue(waiting, 5));
    }
    judged.is_met_by_last();

    let mut judged = Judged::new(one(Condition::State(TcpState::TimeWait)));
    let (_, client, conn) = judged.not_yet().connection();
    judged.not_yet().state(client, TcpState::Established, 0);
    judged.not_yet().done(client, Call::Close);
    judged.not_yet().done(conn, Call::Close);
    let closed = judged.session.recording.last().map(|row| row.number);
    judged.not_yet().socket(Role::Client, Protocol::Tcp);
    let remnant = Observation {
        remnant: Some(Remnant::TimeWait { millis_left: 1 }),
        ..Observation::default()
    };
    judged.not_yet().observe(client, remnant);
    assert_eq!(judged.look(), closed);
    // That it was so before is no news.
    let mut judged = Judged::from_here(judged.session, one(Condition::State(TcpState::TimeWait)));
    judged.not_yet().observe(client, remnant);
    judged.not_yet();
}

#[test]
fn datagrams_are_cut_dropped_and_sent_to_oneself() {
    let drops = |count| Observation {
        drops: Some(count),
        ..Observation::default()
    };
    let mut session = Session::new();
    let peer = session.udp(Role::Peer, SERVER);
    session.observe(peer, drops(1));
    let mut judged = Judged::from_here(session, one(Condition::Dropped));
    let to_itself = Call::SendTo {
        payload: sockeye::model::payload::Payload::literal(b"hello"),
        address: address(SERVER),
    };
    judged.not_yet().ok(peer, to_itself.clone(), Value::Sent(5));
    judged.not_yet().observe(peer, drops(1));
    judged.not_yet().observe(peer, drops(2));
    judged.is_met_by_last();

    let got = |lost, from: &str| Value::Received {
        bytes: Bytes::Whole((*b"he").into()),
        peer: Some(address(from)),
        lost,
    };
    let recvfrom = Call::RecvFrom { max: 2 };
    let mut judged = Judged::new(one(Condition::Cut));
    let peer = judged.not_yet().udp(Role::Peer, SERVER);
    judged.not_yet().ok(peer, recvfrom.clone(), got(0, SERVER));
    judged.not_yet().ok(peer, recvfrom.clone(), got(3, SERVER));
    judged.is_met_by_last();

    let mut judged = Judged::new(one(Condition::ToItself));
    let peer = judged.not_yet().udp(Role::Peer, SERVER);
    judged.not_yet().ok(peer, recvfrom.clone(), got(0, SERVER));
    judged.not_yet().ok(peer, to_itself, Value::Sent(5));
    judged
        .not_yet()
        .ok(peer, recvfrom.clone(), got(0, "127.0.0.1:5001"));
    judged.not_yet().ok(peer, recvfrom, got(0, SERVER));
    judged.is_met_by_last();
}

/// `bind` that an old connection is in the way of, an option, and the same `bind` again.
fn again() -> Goal {
    let refused = Condition::Call(CallMade {
        for_old_connection: true,
        ..CallMade::new(Method::Bind, Answer::Error(Errno::EADDRINUSE))
    });
    goal([
        (refused, Same::Nothing),
        (call(Method::SetSockOpt, Answer::Ok), Same::Socket),
        (call(Method::Bind, Answer::Ok), Same::SocketAndAddress),
    ])
}

#[test]
fn steps_share_socket_and_address() {
    let option = Call::SetSockOpt {
        option: sockeye::model::call::SocketOption::ReuseAddress,
        value: 1,
    };
    let note = Note::TimeWait { millis_left: 9 };
    let mut judged = Judged::new(again());
    let (first, second) = {
        let session = judged.not_yet();
        (
            session.socket(Role::Server, Protocol::Tcp),
            session.socket(Role::Server, Protocol::Tcp),
        )
    };
    let session = judged.not_yet();
    session.fails(first, bind(SERVER), Errno::EADDRINUSE);
    session.done(first, option.clone());
    session.done(first, bind(SERVER));
    // It was not an old connection that was in the way; then another socket; then another address.
    let session = judged.not_yet();
    session.fails_with_note(second, bind(SERVER), Errno::EADDRINUSE, note);
    session.done(first, option.clone());
    session.done(first, bind(SERVER));
    let session = judged.not_yet();
    session.done(second, option);
    session.done(second, bind("127.0.0.1:5001"));
    judged.not_yet();
}

#[test]
fn one_call_is_not_two_steps() {
    let twice = goal([
        (call(Method::Recv, bytes("a")), Same::Nothing),
        (call(Method::Recv, bytes("a")), Same::Socket),
    ]);
    let mut judged = Judged::new(twice);
    let (_, client, conn) = judged.not_yet().connection();
    judged.not_yet().receives(conn, b"a");
    judged.not_yet().receives(client, b"a");
    judged.not_yet().receives(conn, b"a");
    judged.is_met_by_last();
}

#[test]
fn a_long_recording_is_judged_in_slices() {
    let mut judged = Judged::new(one(call(Method::Recv, bytes("end"))));
    let (_, _, conn) = judged.session.connection();
    for _ in 0..10_000 {
        judged.session.receives(conn, b"x");
    }
    judged.session.receives(conn, b"end");
    let recording = &judged.session.recording;
    let flow = judged.session.ladder.flow();
    let mut looks = 1;
    while judged.judge.look(recording, flow, recording.last_at()) {
        looks += 1;
    }
    assert!(looks > 2, "all in one look");
    judged.is_met_by_last();
}

/// What happens in a made-up session.
#[derive(Clone, Debug)]
enum Deed {
    Send(bool, u8),
    Receive(bool, u8),
    Again(bool),
    Wait(bool),
    Return,
    Pass(u64),
    Accept,
    Close,
    Say(u32),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        (any::<bool>(), 1..4_u8).prop_map(|(who, len)| Deed::Send(who, len)),
        (any::<bool>(), 0..4_u8).prop_map(|(who, len)| Deed::Receive(who, len)),
        any::<bool>().prop_map(Deed::Again),
        any::<bool>().prop_map(Deed::Wait),
        Just(Deed::Return),
        (0..2 * SECOND).prop_map(Deed::Pass),
        Just(Deed::Accept),
        Just(Deed::Close),
        (0..4_u32).prop_map(Deed::Say),
    ];
    proptest::collection::vec(deed, 1..40)
}

fn goals() -> Vec<Goal> {
    vec![
        one(call(Method::Recv, bytes("aa"))),
        one(call(Method::Recv, Answer::Interrupted)),
        one(Condition::Waits {
            method: Method::Recv,
            nanos: 3 * SECOND,
        }),
        one(Condition::Pieces {
            bytes: (*b"aaaa").into(),
            receives: 2,
        }),
        one(Condition::Merged { sends: 2 }),
        one(Condition::Queued { connections: 3 }),
        one(Condition::Open {
            sockets: 3,
            accepted: true,
        }),
        goal([
            (
                call(Method::Recv, Answer::Error(Errno::EAGAIN)),
                Same::Nothing,
            ),
            (call(Method::Recv, bytes("aaa")), Same::Socket),
        ]),
    ]
}

fn play(deeds: &[Deed], mut after: impl FnMut(&Session)) -> Session {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let who = |is_client: bool| if is_client { client } else { conn };
    let is_open = |session: &Session, id: SocketId| session.get(id).stage == Stage::Connected;
    let (mut waiting, mut accepted) = (Vec::new(), Vec::new());
    after(&session);
    for deed in deeds {
        match deed {
            Deed::Send(by, len) if is_open(&session, who(*by)) => {
                session.sends(who(*by), &b"aaaa"[..usize::from(*len)]);
            }
            Deed::Receive(by, len) => session.receives(who(*by), &b"aaaa"[..usize::from(*len)]),
            Deed::Again(by) => session.fails(who(*by), Call::Recv { max: 9 }, Errno::EAGAIN),
            Deed::Wait(by) => waiting.push(session.waits(who(*by), Call::Recv { max: 9 })),
            Deed::Return => {
                let outcome = if waiting.len() % 2 == 0 {
                    Outcome::Interrupted
                } else {
                    Outcome::Ok(received(b"aa"))
                };
                if let Some(call) = waiting.pop() {
                    session.returns(call, outcome);
                }
            }
            Deed::Pass(nanos) => session.pass(*nanos),
            Deed::Accept => accepted.push(session.accepts(listener)),
            Deed::Close => {
                if let Some(conn) = accepted.pop() {
                    session.done(conn, Call::Close);
                }
            }
            Deed::Say(waiting) => session.observe(listener, queue(*waiting, 5)),
            Deed::Send(..) => {}
        }
        after(&session);
    }
    session
}

proptest! {
    #[test]
    fn looking_often_and_looking_once_come_to_the_same(deeds in deeds()) {
        for goal in goals() {
            let began = Session::new();
            let mut often = Judge::new(goal.clone(), &began.recording, 0);
            let mut once = often.clone();
            let session = play(&deeds, |session| {
                let now = session.recording.last_at();
                often.look(&session.recording, session.ladder.flow(), now);
            });
            let now = session.recording.last_at();
            once.look(&session.recording, session.ladder.flow(), now);
            prop_assert_eq!(often.met(), once.met(), "{:?}", goal);
        }
    }
}
