//! What leads on: quick starts, the three first steps, the Next line, the transport.

use super::stage::{
    PANEL, Stage, click, first_screen, next_bar, open, player, playing, pushed, quick_starts, run,
    says, strip,
};
use eframe::egui::vec2;
use egui_kittest::kittest::Queryable as _;
use sockeye::model::call::{Call, SocketId};
use sockeye::views::{Action, Next, Playing, Transport};
use std::time::Duration;

#[test]
fn each_quick_start_plays_its_script() {
    let mut harness = open(Stage::default(), PANEL, quick_starts);
    for (name, script) in [
        ("Play TCP: reply in CAPITALS", "tcp-capitalise"),
        ("Play UDP: reply in CAPITALS", "udp-capitalise"),
        ("Play Non-blocking", "side-by-side"),
        ("Play Peer to peer", "peer-to-peer"),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [Action::Play(script.to_owned())]);
        assert!(
            sockeye::script::catalog::find(script).is_some(),
            "{script} does not ship"
        );
    }
}

#[test]
fn the_first_screen_offers_step_one_and_what_else_there_is() {
    let stage = Stage {
        first_step: Some(1),
        next: run("start-server"),
        ..Stage::default()
    };
    let mut harness = open(stage, vec2(872.0, 600.0), first_screen);
    click(&mut harness, "2 Start a client");
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [], "step 1 comes first");
    click(&mut harness, "1 Start a server");
    assert_eq!(
        pushed(&mut harness),
        [Action::Run("start-server".to_owned())]
    );
    for (name, script) in [
        ("Watch it", "tcp-capitalise"),
        ("UDP", "udp-capitalise"),
        ("Non-blocking", "side-by-side"),
        ("Peer to peer", "peer-to-peer"),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [Action::Play(script.to_owned())]);
    }
}

#[test]
fn the_strip_keeps_the_steps_that_are_left_until_all_are_done() {
    let stage = Stage {
        first_step: Some(2),
        next: run("start-client"),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 60.0), strip);
    click(&mut harness, "1 Start a server");
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), []);
    click(&mut harness, "2 Start a client");
    assert_eq!(
        pushed(&mut harness),
        [Action::Run("start-client".to_owned())]
    );
    harness.state_mut().first_step = Some(3);
    harness.run();
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [], "the client is not connected yet");
    harness.state_mut().next = run("send-hello");
    harness.run();
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [Action::Run("send-hello".to_owned())]);
    let place = harness.get_by_label("1 Start a server").rect();
    harness.state_mut().first_step = Some(4);
    harness.run();
    assert_eq!(
        harness.get_by_label("1 Start a server").rect(),
        place,
        "all are done, and nothing moves"
    );
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), []);
    click(&mut harness, "Close the first steps");
    assert_eq!(pushed(&mut harness), [Action::LeaveFirstSteps]);
    harness.state_mut().first_step = None;
    harness.run();
    assert!(harness.query_by_label("3 Send \"hello sockets\"").is_none());
}

#[test]
fn the_first_step_says_what_keeps_it_from_starting() {
    let mut stage = Stage {
        first_step: Some(1),
        next: run("start-server"),
        ..Stage::default()
    };
    let Next::Run { why, .. } = &mut stage.next else {
        panic!("a run");
    };
    "first mend the panel: abc is not a number".clone_into(why);
    let harness = open(stage, vec2(872.0, 600.0), first_screen);
    let step = harness.get_by_label("1 Start a server");
    let said = egui_kittest::kittest::NodeT::accesskit_node(&step).description();
    assert!(said.is_some_and(|said| said.contains("abc is not a number")));
}

#[test]
fn the_next_line_says_one_thing_and_does_it() {
    let stage = Stage {
        next: Next::Call {
            socket: SocketId(1),
            call: Call::Connect {
                address: "127.0.0.1:5000".parse().unwrap(),
            },
            why: "the server listens there".to_owned(),
        },
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 36.0), next_bar);
    assert!(says(&harness, "#1 connect → 127.0.0.1:5000"));
    assert!(says(&harness, "the server listens there"));
    click(&mut harness, "Do it");
    assert_eq!(pushed(&mut harness), [Action::DoNext]);
    harness.state_mut().next = Next::Nothing {
        why: "all is closed".to_owned(),
    };
    harness.run();
    assert!(says(&harness, "all is closed"));
    assert!(harness.query_by_label("Do it").is_none());
}

#[test]
fn a_long_next_line_leaves_its_button_in_the_window() {
    let stage = Stage {
        next: Next::Call {
            socket: SocketId(1),
            call: Call::SendTo {
                payload: sockeye::model::payload::Payload::literal(&[b'x'; 400]),
                address: "[2001:db8:1234:5678:9abc:def0:1234:5678]:50000"
                    .parse()
                    .unwrap(),
            },
            why: "a reason that is rather long and goes on for a while after the statement"
                .to_owned(),
        },
        ..Stage::with_socket()
    };
    let harness = open(stage, vec2(500.0, 36.0), next_bar);
    assert!(harness.get_by_label("Do it").rect().right() <= 500.0);
}

#[test]
fn the_transport_steps_plays_pauses_and_leaves() {
    let stage = Stage {
        playing: Some(playing()),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 64.0), player);
    for words in [
        "The server reads what came.",
        "data = conn.recv(1024)",
        "step 5 of 9",
        "5 of 9 steps played",
    ] {
        assert!(says(&harness, words), "{words}");
    }
    click(&mut harness, "Step");
    click(&mut harness, "Pause");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::Transport(Transport::Step),
            Action::Transport(Transport::Pause)
        ]
    );
    click(&mut harness, "Pause between steps");
    click(&mut harness, "0.5 s");
    assert_eq!(
        pushed(&mut harness),
        [Action::Transport(Transport::SetPause(
            Duration::from_millis(500)
        ))]
    );
    harness.state_mut().playing.as_mut().unwrap().runs = false;
    harness.run();
    click(&mut harness, "Play");
    click(&mut harness, "Stop playing");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::Transport(Transport::Play),
            Action::Transport(Transport::Stop)
        ]
    );
    harness.state_mut().playing = None;
    harness.run();
    assert!(harness.query_by_label("Step").is_none());
}

#[test]
fn the_transport_says_what_it_waits_for_and_when_it_is_over() {
    let stage = Stage {
        playing: Some(Playing {
            of: 4000,
            waits_for: Some("conn, which accept has not returned".to_owned()),
            ..playing()
        }),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 64.0), player);
    assert!(says(
        &harness,
        "waits for conn, which accept has not returned"
    ));
    assert!(harness.get_by_label("step 5 of 4000").rect().right() <= 872.0);
    harness.state_mut().playing.as_mut().unwrap().next = None;
    harness.run();
    assert!(says(&harness, "played to its end"));
    click(&mut harness, "Step");
    assert_eq!(pushed(&mut harness), []);
}
