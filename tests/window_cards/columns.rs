//! The columns, as a user meets them: where they stand, fold, move and scroll.

use crate::scene::{Centre, Scene, address, click, fill, open, received, settle, shows, value};
use std::time::Duration;

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, Rect, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sockeye::model::call::{Call, Outcome, Protocol, SocketId};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Role, Threading};
use sockeye::views::Action;

/// The centre at 1440×900 with both side panels, and at 1024×700 with the rail.
pub const CENTRES: [(f32, f32); 2] = [(872.0, 592.0), (984.0, 556.0)];

/// The cards and folded columns in view or near it, from left to right.
fn columns(harness: &Harness<'_, Centre>) -> Vec<(String, Rect)> {
    let mut found: Vec<(String, Rect)> = harness
        .query_all_by_label_contains("")
        .filter_map(|node| {
            let label = node.accesskit_node().label()?;
            let card = label.ends_with(" card") || label.contains(" folded, ");
            card.then(|| (label, node.rect()))
        })
        .collect();
    found.sort_by(|one, other| one.1.left().total_cmp(&other.1.left()));
    found
}

/// The controls that belong to a socket's card, with their places.
fn controls(harness: &Harness<'_, Centre>, name: &str, card: Rect) -> Vec<(String, Rect)> {
    let start = format!("{name} ");
    harness
        .query_all_by_label_contains(&start)
        .filter_map(|node| Some((node.accesskit_node().label()?, node.rect())))
        .filter(|(label, rect)| {
            label.starts_with(&start)
                && rect.top() > card.top()
                && rect.bottom() <= card.bottom() + 1.0
        })
        .collect()
}

/// So many sockets of all kinds: a listener with connections, clients, UDP peers, refused and closed ones.
pub fn many(count: usize) -> Scene {
    let mut scene = Scene::new();
    let server = scene.listener(5000);
    for index in 1..count {
        match index % 4 {
            0 => {
                scene.accept(server, "127.0.0.1:40000");
            }
            1 => {
                let client = scene.client();
                let address = address("127.0.0.1:5000");
                scene.done(client, Call::Connect { address });
                scene.start(client, Call::Recv { max: 1024 });
            }
            2 => {
                let conn = scene.accept(server, "127.0.0.1:50000");
                let read = received(b"hello sockets", None);
                scene.call(conn, Call::Recv { max: 1024 }, read);
            }
            _ => {
                scene.udp("peer", Role::Peer, 6000 + index as u16);
            }
        }
    }
    scene
}

#[test]
fn columns_never_overlap_and_keep_their_width() {
    for (width, height) in CENTRES {
        for count in 1..=12 {
            let harness = open(Centre::new(many(count)), width, height);
            let columns = columns(&harness);
            assert!(!columns.is_empty());
            for pair in columns.windows(2) {
                let (left, right) = (&pair[0], &pair[1]);
                assert!(
                    left.1.right() + 4.0 <= right.1.left(),
                    "{count} at {width}: {left:?} {right:?}"
                );
            }
            for (name, rect) in &columns {
                assert!((280.0..=384.0).contains(&rect.width()), "{name} {rect:?}");
            }
        }
    }
}

#[test]
fn controls_stay_inside_their_card_and_apart() {
    for (width, height) in CENTRES {
        for count in [1, 2, 4, 8] {
            let harness = open(Centre::new(many(count)), width, height);
            for (label, card) in columns(&harness) {
                let name = label.trim_end_matches(" card");
                let controls = controls(&harness, name, card);
                assert!(controls.len() > 12, "{name}: {controls:?}");
                for (index, (label, rect)) in controls.iter().enumerate() {
                    assert!(
                        card.x_range().contains(rect.left())
                            && card.x_range().contains(rect.right()),
                        "{count} at {width}: {label} {rect:?} leaves {card:?}"
                    );
                    for (other, there) in &controls[index + 1..] {
                        let shared = rect.intersect(*there);
                        assert!(
                            shared.width() < 1.0 || shared.height() < 1.0,
                            "{count} at {width}: {label} {rect:?} lies on {other} {there:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn servers_come_first_and_accepted_sockets_beside_their_listener() {
    let mut scene = Scene::new();
    scene.udp("peer", Role::Peer, 6000);
    scene.connected();
    let harness = open(Centre::new(scene), 1700.0, 592.0);
    let names: Vec<String> = columns(&harness)
        .into_iter()
        .map(|column| column.0)
        .collect();
    assert_eq!(
        names,
        ["server card", "conn card", "client card", "peer card"]
    );
    assert!(shows(&harness, "conn title"));
}

#[test]
fn a_new_socket_and_a_chosen_one_come_into_view() {
    let mut harness = open(Centre::new(many(6)), 872.0, 592.0);
    let client = harness.state_mut().scene.client();
    settle(&mut harness);
    let name = {
        let sockets = harness.state().scene.recording.sockets();
        sockets.get(client).unwrap().name.clone()
    };
    assert_in_view(&harness, &format!("{name} card"));
    harness.state_mut().selected = Some(SocketId(1));
    settle(&mut harness);
    assert_in_view(&harness, "server card");
}

fn assert_in_view(harness: &Harness<'_, Centre>, label: &str) {
    let rect = harness.get_by_label(label).rect();
    assert!(
        rect.left() >= 0.0 && rect.right() <= 872.0 + 16.0,
        "{label} {rect:?}"
    );
}

#[test]
fn closed_sockets_fold_by_themselves_in_a_crowd_and_unfold_when_asked() {
    let mut scene = many(6);
    scene.done(SocketId(2), Call::Close);
    let mut harness = open(Centre::new(scene), 872.0, 592.0);
    let asked = click(&mut harness, "client folded, CLOSED");
    assert_eq!(asked, [Action::FoldColumn(SocketId(2))]);
    harness.state_mut().columns.toggle_fold(SocketId(2));
    settle(&mut harness);
    assert!(shows(&harness, "client card"));
    harness.state_mut().columns.toggle_fold(SocketId(1));
    settle(&mut harness);
    let rect = harness.get_by_label("server folded, LISTEN").rect();
    assert!((rect.width() - 40.0).abs() < 0.1);
}

#[test]
fn a_card_is_moved_by_the_menu_and_by_dragging_its_title() {
    let mut scene = Scene::new();
    let (server, client, conn) = scene.connected();
    let mut harness = open(Centre::new(scene), 1200.0, 592.0);
    click(&mut harness, "server menu");
    let asked = click(&mut harness, "Move right");
    assert_eq!(asked, [Action::MoveColumn(server, Some(client))]);
    harness
        .state_mut()
        .columns
        .move_before(server, Some(client));
    settle(&mut harness);
    let order = |harness: &Harness<'_, Centre>| -> Vec<String> {
        columns(harness)
            .into_iter()
            .map(|column| column.0)
            .collect()
    };
    assert_eq!(order(&harness), ["conn card", "server card", "client card"]);
    let from = harness.get_by_label("client title").rect().center();
    let to = harness.get_by_label("conn card").rect().left_center() + [20.0, 0.0].into();
    drag(&mut harness, from, to);
    let asked = harness.state().actions.clone();
    assert!(
        asked.contains(&Action::MoveColumn(client, Some(conn))),
        "{asked:?}"
    );
    harness.state_mut().columns.move_before(client, Some(conn));
    settle(&mut harness);
    assert_eq!(order(&harness), ["client card", "conn card", "server card"]);
}

fn drag(harness: &mut Harness<'_, Centre>, from: Pos2, to: Pos2) {
    harness.state_mut().actions.clear();
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(Event::PointerMoved(from));
    harness.event(button(from, true));
    settle(harness);
    for step in 1..=4 {
        harness.event(Event::PointerMoved(from.lerp(to, step as f32 / 4.0)));
        settle(harness);
    }
    harness.event(button(to, false));
    settle(harness);
}

#[test]
fn a_frame_switches_threads_and_adds_a_socket() {
    let mut scene = Scene::new();
    let (server, ..) = scene.connected();
    let program = scene.recording.sockets().get(server).unwrap().program;
    let mut harness = open(Centre::new(scene), 1200.0, 592.0);
    let asked = click(&mut harness, "server one thread");
    let threading = Threading::OneThread;
    assert_eq!(asked, [Action::SetThreading(program, threading)]);
    let asked = click(&mut harness, "server + socket");
    assert_eq!(asked, [Action::AddSocket(program)]);
}

#[test]
fn the_last_calls_stand_under_the_card_and_choose_their_row() {
    let mut scene = Scene::new();
    let (_, client, conn) = scene.connected();
    let refused = Outcome::Error(Errno::EAGAIN);
    scene.call(client, Call::Recv { max: 5 }, refused);
    scene.start(conn, Call::Recv { max: 1024 });
    scene.now += 3_200 * crate::scene::MS;
    let number = scene.recording.last().unwrap().number;
    let mut harness = open(Centre::new(scene), 1200.0, 592.0);
    assert!(shows(&harness, "client recv(5) → EAGAIN"));
    assert!(shows(&harness, "client connect → None"));
    let asked = click(&mut harness, "conn recv(1024) waits 3.2 s");
    assert_eq!(asked, [Action::SelectRow(Some(number))]);
}

#[test]
fn a_full_recording_shows_its_newest_calls() {
    let mut scene = Scene::new();
    let program = scene.program("peer", Role::Peer);
    let socket = scene.socket(program, Protocol::Udp);
    for max in 0..2_000 {
        scene.call(socket, Call::RecvFrom { max }, received(b"x", None));
    }
    let harness = open(Centre::new(scene), 1200.0, 592.0);
    assert!(shows(&harness, "recvfrom(1999)"));
    assert!(!shows(&harness, "recvfrom(1900)"));
}

#[test]
fn no_frame_is_drawn_while_nothing_waits() {
    let mut scene = Scene::new();
    let (_, client, _) = scene.connected();
    let mut harness = open(Centre::new(scene), 872.0, 592.0);
    // Panics where frame follows frame without end.
    harness.run();
    assert!(delay(&harness) > Duration::from_mins(1));
    harness
        .state_mut()
        .scene
        .start(client, Call::Recv { max: 1 });
    harness.step();
    assert!(delay(&harness) <= Duration::from_millis(100));
    // From ten seconds on the time on the card is told in whole ones.
    harness.state_mut().scene.now += 11_000 * crate::scene::MS;
    settle(&mut harness);
    assert!(delay(&harness) > Duration::from_millis(100));
    assert!(delay(&harness) <= Duration::from_secs(1));
}

/// How long the window would sleep.
fn delay(harness: &Harness<'_, Centre>) -> Duration {
    harness.output().viewport_output[&ViewportId::ROOT].repaint_delay
}

#[test]
fn the_cards_stay_where_they_are_while_a_popup_is_typed_in() {
    let mut scene = Scene::new();
    scene.connected();
    let mut harness = open(Centre::new(scene), 1200.0, 500.0);
    let top = |harness: &Harness<'_, Centre>| harness.get_by_label("server bind").rect().top();
    let before = top(&harness);
    click(&mut harness, "server relay in front");
    for field in ["server relay port", "server relay reset"] {
        fill(&mut harness, field, "7000");
        assert_eq!(value(&harness, field), "7000");
        assert!((top(&harness) - before).abs() < 0.5, "moved by {field}");
    }
}

#[test]
fn columns_out_of_view_are_counted_at_the_edge_and_a_click_shows_them() {
    let mut scene = Scene::new();
    scene.connected();
    scene.client();
    let mut harness = open(Centre::new(scene), 660.0, 700.0);
    harness.state_mut().selected = Some(SocketId(1));
    settle(&mut harness);
    let server =
        |harness: &Harness<'_, Centre>| harness.get_by_label("server bind").rect().left() >= 0.0;
    assert!(server(&harness));
    assert!(shows(&harness, "2 more to the right"));
    assert!(!shows(&harness, "more to the left"));
    click(&mut harness, "2 more to the right");
    click(&mut harness, "1 more to the right");
    assert!(!shows(&harness, "more to the right"));
    assert!(shows(&harness, "2 more to the left"));
}

#[test]
fn each_lane_stands_under_its_column() {
    for (width, height) in CENTRES {
        for count in 1..=12 {
            let mut scene = many(count);
            if count > 5 {
                scene.done(SocketId(3), Call::Close);
            }
            let harness = open(Centre::new(scene), width, height);
            let lanes = harness.state().columns.lanes().to_vec();
            assert_eq!(lanes.len(), count);
            for (name, rect) in columns(&harness) {
                let same = |lane: &&sockeye::views::columns::Lane| {
                    (lane.rect.left() - rect.left()).abs() < 0.5
                        && (lane.rect.right() - rect.right()).abs() < 0.5
                };
                let lane = lanes.iter().find(same).unwrap_or_else(|| {
                    panic!("{count} at {width}: no lane under {name} {rect:?}: {lanes:?}")
                });
                assert_eq!(lane.folded, name.contains(" folded, "));
                assert!(lane.rect.top() >= rect.bottom(), "{name} {lane:?}");
            }
        }
    }
}
