//! The cards, as a user meets them: by the names in the accessibility tree.

use crate::scene::{
    Centre, Scene, address, calls, click, fill, look, open, open_to_any_letter, received, send,
    settle, shows, unread, value,
};
use eframe::egui::{Event, Key, Modifiers, Role as AccessRole};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sockeye::model::call::{
    BlockingMode, Call, Method, Outcome, Protocol, ShutdownHow, SocketOption,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::Role;
use sockeye::model::payload::{MAX_PAYLOAD, Payload};
use sockeye::views::Action;
use std::net::SocketAddr;

const WIDE: (f32, f32) = (1200.0, 900.0);

fn connected() -> Centre {
    let mut scene = Scene::new();
    scene.connected();
    Centre::new(scene)
}

/// A card of each kind, by its socket's name.
fn kinds() -> [(&'static str, Centre); 4] {
    let mut udp = Scene::new();
    udp.udp("peer", Role::Peer, 5000);
    [
        ("server", connected()),
        ("client", connected()),
        ("conn", connected()),
        ("peer", Centre::new(udp)),
    ]
}

#[test]
fn every_method_is_reachable_on_every_kind_of_card_and_makes_its_call() {
    for (name, centre) in kinds() {
        let mut harness = open(centre, WIDE.0, 1100.0);
        for method in Method::ALL {
            if method == Method::Socket {
                continue;
            }
            let label = format!("{name} {method}");
            if harness.query_by_label(&label).is_none() {
                click(&mut harness, &format!("{name} more"));
            }
            let made = calls(&click(&mut harness, &label));
            let methods: Vec<Method> = made.iter().map(Call::method).collect();
            assert_eq!(methods, [method], "{label}");
        }
    }
}

#[test]
fn calls_take_their_arguments_from_the_fields() {
    let mut scene = Scene::new();
    scene.client();
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    fill(&mut harness, "client connect address", "localhost:5001");
    let made = calls(&click(&mut harness, "client connect"));
    let there = address("127.0.0.1:5001");
    assert_eq!(made, [Call::Connect { address: there }]);
    fill(&mut harness, "client n", "7");
    let made = calls(&click(&mut harness, "client recv"));
    assert_eq!(made, [Call::Recv { max: 7 }]);
    click(&mut harness, "client shutdown how");
    click(&mut harness, "client SHUT_RDWR");
    let made = calls(&click(&mut harness, "client shutdown"));
    let how = ShutdownHow::Both;
    assert_eq!(made, [Call::Shutdown { how }]);
}

#[test]
fn options_are_set_by_name_and_value() {
    let mut harness = open(connected(), WIDE.0, 1100.0);
    click(&mut harness, "client more");
    click(&mut harness, "client SO_RCVBUF");
    fill(&mut harness, "client option value", "4096");
    let made = calls(&click(&mut harness, "client setsockopt"));
    let option = SocketOption::ReceiveBuffer;
    let value = 4096;
    assert_eq!(made, [Call::SetSockOpt { option, value }]);
    let made = calls(&click(&mut harness, "client getsockopt"));
    assert_eq!(made, [Call::GetSockOpt { option }]);
}

#[test]
fn looks_follow_what_would_happen() {
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    scene.start(conn, Call::Recv { max: 1024 });
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(look(&harness, "server accept").contains("will wait"));
    assert!(look(&harness, "server bind").contains("EINVAL"));
    assert!(look(&harness, "client connect").contains("EISCONN"));
    assert!(look(&harness, "conn send").contains("queued"));
    assert!(look(&harness, "conn recv").contains("waits in recv"));
}

#[test]
fn a_non_blocking_recv_looks_like_eagain_and_the_switch_calls_setblocking() {
    let mut scene = Scene::new();
    let (_, client, _) = scene.connected();
    let non_blocking = Call::SetBlocking {
        mode: BlockingMode::NonBlocking,
    };
    scene.done(client, non_blocking.clone());
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(look(&harness, "client recv").contains("EAGAIN"));
    let made = calls(&click(&mut harness, "client non-blocking"));
    let blocking = BlockingMode::Blocking;
    assert_eq!(made, [Call::SetBlocking { mode: blocking }]);
    let made = calls(&click(&mut harness, "conn non-blocking"));
    assert_eq!(made, [non_blocking]);
}

#[test]
fn a_wrong_address_is_said_beside_the_field_and_calls_nothing() {
    let bad = [
        ("127.0.0.1:1024", "1025"),
        ("127.0.0.1:65536", "65535"),
        ("127.0.0.1:-1", "-1"),
        ("127.0.0.1:99999999999", "99999999999"),
        ("127.0.0.1:abc", "abc"),
        ("", "host:port"),
        ("127.0.0.1:５０００", "digits"),
        ("256.1.1.1:5000", "0 to 255"),
        ("example:5000", "not looked up"),
    ];
    let mut scene = Scene::new();
    scene.client();
    let mut harness = open_to_any_letter(Centre::new(scene), WIDE.0, WIDE.1);
    for (text, words) in bad {
        fill(&mut harness, "client connect address", text);
        assert!(shows(&harness, words), "{text:?} should say {words:?}");
        assert_eq!(click(&mut harness, "client connect"), [], "{text:?}");
        assert_eq!(value(&harness, "client connect address"), text);
    }
    for (text, there) in [
        (" 127.0.0.1:5000 ", "127.0.0.1:5000"),
        ("[::1]:5000", "[::1]:5000"),
    ] {
        fill(&mut harness, "client connect address", text);
        let made = calls(&click(&mut harness, "client connect"));
        let address = address(there);
        assert_eq!(made, [Call::Connect { address }]);
    }
}

#[test]
fn n_takes_0_to_10_million() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    for (text, max) in [("0", 0), ("1", 1), ("10000000", 10_000_000)] {
        fill(&mut harness, "client n", text);
        let made = calls(&click(&mut harness, "client recv"));
        assert_eq!(made, [Call::Recv { max }]);
    }
    for text in ["10000001", "", "-1", "+1", "x"] {
        fill(&mut harness, "client n", text);
        assert_eq!(click(&mut harness, "client recv"), [], "{text:?}");
        assert!(shows(&harness, "0 to 10,000,000"), "{text:?}");
        assert_eq!(value(&harness, "client n"), text);
    }
    click(&mut harness, "client n choices");
    click(&mut harness, "client n 5");
    let made = calls(&click(&mut harness, "client recv"));
    assert_eq!(made, [Call::Recv { max: 5 }]);
}

#[test]
fn a_payload_counts_bytes_and_enter_sends_it() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    fill(&mut harness, "client payload", "é");
    assert_eq!(value(&harness, "client payload options"), "2 B");
    harness.state_mut().actions.clear();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(calls(&harness.state().actions), [send("é".as_bytes())]);
    fill(&mut harness, "client payload", "second");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    harness.key_press(Key::ArrowUp);
    settle(&mut harness);
    assert_eq!(value(&harness, "client payload"), "é");
    harness.key_press(Key::ArrowDown);
    settle(&mut harness);
    assert_eq!(value(&harness, "client payload"), "second");
}

#[test]
fn a_payload_can_be_hex_or_end_with_a_newline() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    click(&mut harness, "client payload options");
    click(&mut harness, "client payload ends with newline");
    let made = calls(&click(&mut harness, "client send"));
    assert_eq!(made, [send(b"hello sockets\n")]);
    click(&mut harness, "client payload options");
    click(&mut harness, "client payload ends with newline");
    click(&mut harness, "client payload as: hex");
    harness.key_press(Key::Escape);
    for (text, words) in [("abc", "two hex digits"), ("xy", "no hex digit")] {
        fill(&mut harness, "client payload", text);
        assert!(shows(&harness, words), "{text:?} should say {words:?}");
        assert_eq!(click(&mut harness, "client send"), []);
        assert_eq!(value(&harness, "client payload"), text);
    }
    for text in ["0d0a ff", "0x0d0aff"] {
        fill(&mut harness, "client payload", text);
        let made = calls(&click(&mut harness, "client send"));
        assert_eq!(made, [send(b"\x0d\x0a\xff")]);
    }
}

#[test]
fn sixteen_mebibytes_are_pasted_as_one_thing() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    fill(&mut harness, "client payload", "before");
    let pasted = "A".repeat(MAX_PAYLOAD);
    harness.event(Event::Paste(pasted));
    settle(&mut harness);
    assert!(shows(&harness, "16.0 MiB of A"));
    let made = calls(&click(&mut harness, "client send"));
    let bytes = made[0].payload().unwrap().to_bytes().unwrap();
    assert!(bytes.len() == MAX_PAYLOAD && bytes.iter().all(|byte| *byte == b'A'));
    click(&mut harness, "client payload away");
    assert_eq!(value(&harness, "client payload"), "before");
    harness
        .get_by_role_and_label(AccessRole::TextInput, "client payload")
        .focus();
    settle(&mut harness);
    harness.event(Event::Paste("A".repeat(MAX_PAYLOAD + 1)));
    settle(&mut harness);
    assert!(shows(&harness, "16 MiB"));
    assert_eq!(value(&harness, "client payload"), "before");
}

#[test]
fn a_waiting_call_shows_its_time_and_can_be_stopped() {
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    let waiting = scene.start(conn, Call::Recv { max: 1024 });
    let queued = scene.queue(conn, Method::Send);
    scene.now += 3_200 * crate::scene::MS;
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(shows(&harness, "conn waits in recv(1024) 3.2 s"));
    assert!(shows(&harness, "most calls queue: this thread is in recv"));
    let asked = click(&mut harness, "Stop waiting conn recv");
    assert_eq!(asked, [Action::StopWaiting(waiting)]);
    let asked = click(&mut harness, "conn take back send 1");
    assert_eq!(asked, [Action::StopWaiting(queued)]);
    let asked = click(&mut harness, "conn send from a second thread");
    assert_eq!(asked, [Action::MoveToSecondThread(conn, queued)]);
}

#[test]
fn a_call_that_is_not_queued_is_made_on_a_second_thread() {
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    scene.start(conn, Call::Recv { max: 1024 });
    scene.queue(conn, Method::GetSockName);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let asked = click(&mut harness, "conn send from a second thread");
    let call = send(b"hello sockets");
    assert_eq!(asked, [Action::CallOnSecondThread(conn, call)]);
}

#[test]
fn a_program_of_one_thread_offers_no_second() {
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    scene.start(conn, Call::Recv { max: 1024 });
    let program = scene.recording.sockets().get(conn).unwrap().program;
    let link = "conn send from a second thread";
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(shows(&harness, link));
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    scene.one_thread(program);
    scene.start(conn, Call::Recv { max: 1024 });
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(!shows(&harness, link));
}

#[test]
fn bytes_just_read_can_be_answered_at_once() {
    let mut scene = Scene::new();
    let (_, _, conn) = scene.connected();
    let read = received("hé".as_bytes(), None);
    scene.call(conn, Call::Recv { max: 1024 }, read);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let made = calls(&click(&mut harness, "conn reply CAPITALS"));
    assert_eq!(made, [send(b"H\xc3\xa9")]);
    let made = calls(&click(&mut harness, "conn reply again"));
    assert_eq!(made, [send(b"H\xc3\xa9")]);
    let made = calls(&click(&mut harness, "conn reply echo"));
    assert_eq!(made, [send("hé".as_bytes())]);
}

#[test]
fn a_udp_reply_goes_to_the_last_sender() {
    let mut scene = Scene::new();
    let server = scene.udp("server", Role::Server, 5000);
    scene.udp("client", Role::Client, 5001);
    let sender = address("127.0.0.1:41320");
    let read = received(b"hi", Some(sender));
    scene.call(server, Call::RecvFrom { max: 1024 }, read);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let made = calls(&click(&mut harness, "server reply echo"));
    let payload = Payload::literal(b"hi");
    let address = sender;
    assert_eq!(made, [Call::SendTo { payload, address }]);
    assert_eq!(value(&harness, "server sendto address"), "127.0.0.1:41320");
    assert_eq!(value(&harness, "client sendto address"), "127.0.0.1:5000");
}

#[test]
fn closing_over_unread_bytes_is_warned_of() {
    let mut scene = Scene::new();
    let (_, client, _) = scene.connected();
    scene.observe(client, unread(8, "127.0.0.1:51724", "127.0.0.1:5000"));
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(look(&harness, "client close").contains("8 bytes unread: this resets the connection"));
    assert!(shows(&harness, "8 B"));
}

#[test]
fn a_closed_card_still_calls_and_offers_another() {
    let mut scene = Scene::new();
    let (_, client, _) = scene.connected();
    scene.done(client, Call::Close);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert!(shows(&harness, "CLOSED"));
    assert!(look(&harness, "client recv").contains("EBADF"));
    assert_eq!(calls(&click(&mut harness, "client recv")).len(), 1);
    let asked = click(&mut harness, "client new socket, same target");
    let [Action::NewSocket(new)] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!((new.host.as_str(), new.port), ("127.0.0.1", 5000));
}

#[test]
fn a_refused_target_stays_with_the_next_socket_though_another_listens() {
    let mut scene = Scene::new();
    scene.listener(5000);
    let client = scene.client();
    let there = address("127.0.0.1:6000");
    let refused = Outcome::Error(Errno::ECONNREFUSED);
    scene.call(client, Call::Connect { address: there }, refused);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    click(&mut harness, "client new socket, same target");
    let centre = harness.state_mut();
    let next = centre.scene.client();
    centre.cards.prepare(next, "127.0.0.1", 6000);
    settle(&mut harness);
    assert_eq!(value(&harness, "client2 connect address"), "127.0.0.1:6000");
}

#[test]
fn fields_start_with_what_there_is_until_something_is_typed() {
    let mut scene = Scene::new();
    let client = scene.client();
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    harness.state_mut().cards.prepare(client, "127.0.0.1", 7000);
    settle(&mut harness);
    assert_eq!(value(&harness, "client connect address"), "127.0.0.1:7000");
    harness.state_mut().scene.listener(5005);
    settle(&mut harness);
    assert_eq!(value(&harness, "client connect address"), "127.0.0.1:5005");
    fill(&mut harness, "client connect address", "127.0.0.1:6001");
    harness.state_mut().scene.listener(5006);
    settle(&mut harness);
    assert_eq!(value(&harness, "client connect address"), "127.0.0.1:6001");
    let centre = harness.state();
    let call = centre
        .cards
        .call_for(client, Method::Connect, &centre.scene.recording);
    let address = address("127.0.0.1:6001");
    assert_eq!(call, Some(Call::Connect { address }));
}

#[test]
fn an_earlier_session_can_be_looked_at_only() {
    let mut centre = connected();
    centre.earlier = Some(sockeye::views::Earlier::Previous);
    let mut harness = open(centre, WIDE.0, WIDE.1);
    assert_eq!(calls(&click(&mut harness, "client send")), []);
    assert_eq!(click(&mut harness, "server + socket"), []);
}

#[test]
fn a_name_must_be_one_in_python() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    click(&mut harness, "client menu");
    click(&mut harness, "Rename");
    fill(&mut harness, "client new name", "2nd");
    assert!(shows(&harness, "starts with a letter"));
    harness.state_mut().actions.clear();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(harness.state().actions, []);
    fill(&mut harness, "client new name", "browser");
    harness.key_press_modifiers(Modifiers::NONE, Key::Enter);
    settle(&mut harness);
    let named = &harness.state().actions[..];
    assert!(matches!(named, [Action::Rename(_, name)] if name == "browser"));
}

#[test]
fn a_payload_out_of_the_rows_has_its_options_too() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    click(&mut harness, "server more");
    click(&mut harness, "server payload ends with newline");
    let made = calls(&click(&mut harness, "server send"));
    assert_eq!(made, [send(b"hello sockets\n")]);
}

#[test]
fn what_was_typed_last_is_what_the_next_card_starts_with() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    fill(&mut harness, "client n", "7");
    fill(&mut harness, "client payload", "hi");
    click(&mut harness, "client send");
    harness.state_mut().scene.client();
    settle(&mut harness);
    assert_eq!(value(&harness, "client2 n"), "7");
    assert_eq!(value(&harness, "client2 payload"), "hi");
    assert_eq!(value(&harness, "conn n"), "1024");
}

#[test]
fn each_socket_has_an_n_of_its_own() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    fill(&mut harness, "client n", "0");
    assert_eq!(value(&harness, "conn n"), "1024");
    harness.state_mut().scene.client();
    settle(&mut harness);
    assert_eq!(
        value(&harness, "client2 n"),
        "1024",
        "a new card starts afresh"
    );
    assert_eq!(value(&harness, "client n"), "0");
}

#[test]
fn the_next_line_never_offers_what_leads_nowhere() {
    let mut scene = Scene::new();
    let (_, client, _) = scene.connected();
    let program = scene.program("second", Role::Server);
    let server = scene.socket(program, Protocol::Tcp);
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    fill(&mut harness, "client n", "0");
    fill(&mut harness, "client payload", "");
    let centre = harness.state_mut();
    let next = |centre: &Centre, socket, method| {
        let offered = centre
            .cards
            .next_call(socket, method, &centre.scene.recording);
        offered.expect("a call").0
    };
    assert_eq!(
        next(centre, client, Method::Recv),
        Call::Recv { max: 1024 },
        "recv(0) would take nothing for ever"
    );
    assert_eq!(next(centre, client, Method::Send), send(b"hello sockets"));
    let bind = |port| Call::Bind {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
    };
    assert_eq!(next(centre, server, Method::Bind), bind(5000));
    let refused = SocketAddr::from(([127, 0, 0, 1], 5000));
    centre
        .cards
        .bind_refused(server, refused, Errno::EADDRINUSE);
    assert_eq!(next(centre, server, Method::Bind), bind(5001));
    let refused = SocketAddr::from(([127, 0, 0, 1], 5001));
    centre
        .cards
        .bind_refused(server, refused, Errno::EADDRINUSE);
    assert_eq!(next(centre, server, Method::Bind), bind(5002));
}

#[test]
fn what_is_wrong_in_a_field_moves_no_control() {
    let mut harness = open(connected(), WIDE.0, WIDE.1);
    click(&mut harness, "client payload options");
    click(&mut harness, "client payload as: hex");
    harness.key_press(Key::Escape);
    fill(&mut harness, "client payload", "ab");
    let names = [
        "client send",
        "client recv",
        "client n",
        "client more",
        "conn recv",
    ];
    let places =
        |harness: &Harness<'_, Centre>| names.map(|name| harness.get_by_label(name).rect());
    let before = places(&harness);
    fill(&mut harness, "client payload", "abc");
    assert!(shows(&harness, "two hex digits"));
    assert_eq!(places(&harness), before);
}
