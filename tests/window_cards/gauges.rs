//! The queues on the cards, in words: what the accessibility tree says of them, and that they stay inside.

use crate::scene::{
    Centre, Scene, address, fill, open, queue_of, received, send, settle, shows, unread,
};
use eframe::egui::ViewportId;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sockeye::model::call::{Call, Outcome, SocketId, Value};
use sockeye::model::event::{Observation, Role};

const WIDE: (f32, f32) = (1200.0, 900.0);
/// Narrow columns, in a window that is not low and in one that is.
const NARROW: [(f32, f32); 2] = [(872.0, 760.0), (872.0, 700.0)];

/// The gauge whose words begin so.
fn gauge(harness: &Harness<'_, Centre>, start: &str) -> Option<String> {
    harness
        .query_all_by_label_contains(start)
        .filter_map(|node| node.accesskit_node().value())
        .find(|label| label.starts_with(start))
}

/// A connection on which the server has sent these bytes, all of which wait at the client.
fn sent(bytes: &[u8]) -> (Scene, SocketId) {
    let mut scene = Scene::new();
    let (_, client, conn) = scene.connected();
    scene.moved(conn, send(bytes), sent_value(bytes), 0);
    let count = bytes.len() as u32;
    scene.observe(client, unread(count, "127.0.0.1:51724", "127.0.0.1:5000"));
    (scene, client)
}

fn sent_value(bytes: &[u8]) -> Outcome {
    Outcome::Ok(Value::Sent(bytes.len() as u64))
}

#[test]
fn the_receive_buffer_says_its_bytes_and_what_recv_would_take() {
    let (scene, _) = sent(b"HELLO SOCKETS\n\x1b\xff");
    let mut harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let words = "client receive buffer 16 B: \"HELLO SOCKETS\\n\\x1b\\xff\"";
    assert_eq!(
        gauge(&harness, "client receive buffer").as_deref(),
        Some(words)
    );
    fill(&mut harness, "client n", "5");
    let cut = format!("{words}; recv(5) takes the first 5");
    assert_eq!(gauge(&harness, "client receive buffer"), Some(cut));
    let empty = Some("conn receive buffer 0 B, empty");
    assert_eq!(gauge(&harness, "conn receive buffer").as_deref(), empty);
}

#[test]
fn what_was_read_is_no_longer_in_the_ribbon() {
    let (mut scene, client) = sent(b"HELLO SOCKETS");
    scene.moved(client, Call::Recv { max: 6 }, received(b"HELLO ", None), 0);
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let words = Some("client receive buffer 7 B: \"SOCKETS\"");
    assert_eq!(gauge(&harness, "client receive buffer").as_deref(), words);
}

#[test]
fn bytes_from_outside_are_a_count() {
    let mut scene = Scene::new();
    let server = scene.listener(5000);
    let conn = scene.accept(server, "127.0.0.1:51724");
    scene.observe(conn, unread(70_000, "127.0.0.1:5000", "127.0.0.1:51724"));
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    let words = "conn receive buffer 70,000 B; sent from outside: content not known; recv(1024) takes the first 1024";
    assert_eq!(
        gauge(&harness, "conn receive buffer").as_deref(),
        Some(words)
    );
}

/// A UDP socket at which one of two datagrams waits, of which so many were dropped.
fn datagrams(drops: u32) -> Scene {
    let mut scene = Scene::new();
    let server = scene.udp("server", Role::Server, 5000);
    let client = scene.udp("client", Role::Client, 5001);
    for bytes in [b"HELLO WORLD".as_slice(), b"again"] {
        let payload = sockeye::model::payload::Payload::literal(bytes);
        let address = address("127.0.0.1:5000");
        scene.moved(
            client,
            Call::SendTo { payload, address },
            sent_value(bytes),
            0,
        );
    }
    scene.observe(
        server,
        Observation {
            receive_queue: Some(11),
            drops: Some(drops),
            local: Some(address("127.0.0.1:5000")),
            ..Observation::default()
        },
    );
    scene
}

#[test]
fn a_datagram_says_what_recvfrom_would_lose_and_how_many_wait() {
    let mut harness = open(Centre::new(datagrams(0)), WIDE.0, WIDE.1);
    let words = Some("server next datagram 11 B: \"HELLO WORLD\"; 2 wait");
    assert_eq!(gauge(&harness, "server next datagram").as_deref(), words);
    fill(&mut harness, "server n", "4");
    let words = Some("server next datagram 11 B: \"HELLO WORLD\"; recvfrom(4) loses 7 B; 2 wait");
    assert_eq!(gauge(&harness, "server next datagram").as_deref(), words);
    assert_eq!(gauge(&harness, "server 0 datagrams"), None);
}

#[test]
fn dropped_datagrams_are_said_and_make_the_next_one_uncertain() {
    let harness = open(Centre::new(datagrams(3)), WIDE.0, WIDE.1);
    assert!(shows(
        &harness,
        "server 3 datagrams dropped here: buffer full"
    ));
    let words = Some("server next datagram 11 B; not certain which: content not shown");
    assert_eq!(gauge(&harness, "server next datagram").as_deref(), words);
    let harness = open(Centre::new(datagrams(1)), WIDE.0, WIDE.1);
    assert!(shows(
        &harness,
        "server 1 datagram dropped here: buffer full"
    ));
}

#[test]
fn the_accept_queue_says_who_waits_and_how_many_it_holds() {
    let mut scene = Scene::new();
    let server = scene.listener(5000);
    let words = |scene: Scene| {
        let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
        gauge(&harness, "server accept queue")
    };
    let empty = "server accept queue 0 of 6: nobody waits; listen(5) holds 6 here";
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    assert_eq!(
        gauge(&harness, "server accept queue").as_deref(),
        Some(empty)
    );
    let mut scene = Scene::new();
    scene.listener(5000);
    for _ in 0..2 {
        let client = scene.client();
        let address = address("127.0.0.1:5000");
        scene.done(client, Call::Connect { address });
    }
    scene.observe(server, queue_of(3));
    let mixed = "server accept queue 3 of 6: #2 client, #3 client2, 1 from outside, or closed since; listen(5) holds 6 here";
    assert_eq!(words(scene).as_deref(), Some(mixed));
}

#[test]
fn the_send_buffer_leaves_a_low_window() {
    let observe = |scene: &mut Scene, client, count| {
        let observation = Observation {
            send_queue: Some(count),
            ..unread(0, "127.0.0.1:51724", "127.0.0.1:5000")
        };
        scene.observe(client, observation);
    };
    for (count, words) in [
        (0, "client send buffer 0 B: all is acknowledged"),
        (13, "client send buffer 13 B: not acknowledged yet"),
    ] {
        for (height, there) in [(760.0, Some(words)), (700.0, None)] {
            let mut scene = Scene::new();
            let (_, client, _) = scene.connected();
            observe(&mut scene, client, count);
            let harness = open(Centre::new(scene), WIDE.0, height);
            assert_eq!(gauge(&harness, "client send buffer").as_deref(), there);
        }
    }
}

#[test]
fn what_cannot_be_asked_is_absent() {
    let mut scene = Scene::new();
    let (server, client, conn) = scene.connected();
    scene.moved(conn, send(b"hello"), sent_value(b"hello"), 0);
    for socket in [server, client, conn] {
        scene.observe(socket, Observation::default());
    }
    scene.udp("peer", Role::Peer, 5001);
    let harness = open(Centre::new(scene), WIDE.0, WIDE.1);
    for name in ["server", "client", "conn", "peer"] {
        for words in [
            "accept queue",
            "receive buffer",
            "send buffer",
            "next datagram",
        ] {
            assert_eq!(gauge(&harness, &format!("{name} {words}")), None);
        }
    }
    assert!(!shows(&harness, "dropped"));
}

/// Every gauge at once, in columns as narrow as they get.
#[test]
fn gauges_stay_inside_their_card_and_draw_nothing_at_rest() {
    for (width, height) in NARROW {
        for bytes in [&b"hello sockets"[..], &[b'A'; 40], b"hello"] {
            let (mut scene, client) = sent(bytes);
            let many = 70_000;
            if bytes.len() == 40 {
                scene.observe(client, unread(many, "127.0.0.1:51724", "127.0.0.1:5000"));
            }
            scene.observe(SocketId(1), queue_of(6));
            let mut harness = open(Centre::new(scene), width, height);
            settle(&mut harness);
            for name in ["server", "client", "conn"] {
                let card = harness.get_by_label(&format!("{name} card")).rect();
                let start = format!("{name} ");
                for part in ["accept queue", "receive buffer", "send buffer"] {
                    let label = format!("{start}{part}");
                    for node in harness.query_all_by_label_contains(&label) {
                        let rect = node.rect();
                        assert!(
                            card.expand(0.5).contains_rect(rect),
                            "{label} {rect:?} {card:?}"
                        );
                    }
                }
            }
            let output = harness.output();
            let pause = output.viewport_output[&ViewportId::ROOT].repaint_delay;
            assert_eq!(pause, std::time::Duration::MAX);
        }
    }
}
