//! One to twelve sockets in the room there is: nothing lies on anything, and the chosen socket is seen.

use std::net::SocketAddr;

use eframe::egui::Rect;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sockeye::model::call::{BlockingMode, Call, Outcome, SocketId};
use sockeye::model::errno::Errno;
use sockeye::model::event::Observation;
use sockeye::views::Action;
use sockeye::views::columns::Lane;

use crate::columns::{CENTRES, many};
use crate::scene::{Centre, Scene, address, click, open, received, send, settle, shows, unread};

/// The centre at both sizes, with so many sockets; from six on, two of them are closed.
fn each(mut check: impl FnMut(usize, (f32, f32), &mut Harness<'_, Centre>)) {
    for size in CENTRES {
        for count in 1..=12 {
            let mut scene = many(count);
            if count > 5 {
                scene.done(SocketId(2), Call::Close);
                scene.done(SocketId(4), Call::Close);
            }
            let mut harness = open(Centre::new(scene), size.0, size.1);
            check(count, size, &mut harness);
        }
    }
}

fn lanes(harness: &Harness<'_, Centre>) -> Vec<Lane> {
    harness.state().columns.lanes().to_vec()
}

/// What of the centre's names ends so, with its place.
fn places(harness: &Harness<'_, Centre>, part: &str) -> Vec<(String, Rect)> {
    harness
        .query_all_by_label_contains(part)
        .filter_map(|node| Some((node.accesskit_node().label()?, node.rect())))
        .collect()
}

fn is_seen(rect: Rect, width: f32) -> bool {
    rect.left() >= -0.5 && rect.right() <= width + 0.5
}

fn choose(harness: &mut Harness<'_, Centre>, socket: SocketId) {
    harness.state_mut().selected = Some(socket);
    harness.run_steps(3);
}

#[test]
fn every_socket_has_a_lane_of_its_own() {
    each(|count, (width, _), harness| {
        let lanes = lanes(harness);
        assert_eq!(lanes.len(), count, "at {width}");
        for pair in lanes.windows(2) {
            let apart = pair[0].rect.right() + 8.0 <= pair[1].rect.left() + 0.1;
            assert!(apart, "{count} at {width}: {pair:?}");
        }
        for lane in lanes {
            let wide = lane.rect.width();
            let right = if lane.folded {
                (wide - 40.0).abs() < 0.1
            } else {
                (280.0..=384.0).contains(&wide)
            };
            assert!(right, "{count} at {width}: {lane:?}");
        }
    });
}

#[test]
fn the_chosen_socket_is_seen_whichever_it_is() {
    each(|count, (width, height), harness| {
        for socket in 1..=count as u32 {
            choose(harness, SocketId(socket));
            let lane = *harness
                .state()
                .columns
                .lane(SocketId(socket))
                .expect("it has a lane");
            assert!(
                is_seen(lane.rect, width),
                "{socket} of {count} at {width}: {lane:?}"
            );
            assert!(!lane.folded, "a chosen socket unfolds");
            let name = {
                let sockets = harness.state().scene.recording.sockets();
                sockets.get(SocketId(socket)).unwrap().name.clone()
            };
            let card = harness.get_by_label(&format!("{name} card")).rect();
            assert!(is_seen(card, width), "{name} {card:?}");
            assert!(
                card.top() >= 0.0 && card.bottom() <= height,
                "{name} {card:?}"
            );
        }
    });
}

#[test]
fn what_does_not_fit_is_counted_and_reached_and_the_count_covers_nothing() {
    each(|count, (width, _), harness| {
        let ends = |harness: &Harness<'_, Centre>| {
            let lanes = lanes(harness);
            (lanes[0].rect.left(), lanes[lanes.len() - 1].rect.right())
        };
        let (left, right) = ends(harness);
        let overflows = right - left > width;
        choose(harness, SocketId(1));
        let mut clicks = 0;
        while let Some((name, rect)) = places(harness, "more to the right").pop() {
            assert!(overflows, "{name} of {count} at {width}");
            let lane = lanes(harness)[0].rect;
            assert!(rect.top() >= lane.bottom(), "{name} {rect:?} {lane:?}");
            for (other, there) in places(harness, " ") {
                let is_control = !other.ends_with(" card") && !other.contains("more to the");
                let shared = rect.intersect(there);
                assert!(
                    !is_control || shared.width() < 1.0 || shared.height() < 1.0,
                    "{count} at {width}: {name} {rect:?} lies on {other} {there:?}"
                );
            }
            clicks += 1;
            assert!(clicks <= count, "{name} leads nowhere");
            click(harness, &name);
        }
        let (_, right) = ends(harness);
        assert!(right <= width + 8.0, "{count} at {width}: ends at {right}");
    });
}

#[test]
fn a_chosen_socket_stays_in_view_when_the_room_changes() {
    let [large, small] = CENTRES;
    let mut harness = open(Centre::new(many(9)), large.0, large.1);
    for socket in [9, 5, 1] {
        choose(&mut harness, SocketId(socket));
        for (width, height) in [small, (560.0, 500.0), large, (700.0, 556.0)] {
            harness.set_size([width, height].into());
            settle(&mut harness);
            let lane = harness.state().columns.lane(SocketId(socket)).copied();
            let lane = lane.expect("it has a lane");
            assert!(is_seen(lane.rect, width), "{socket} at {width}: {lane:?}");
        }
    }
}

#[test]
fn a_chosen_socket_comes_out_from_under_a_drawer() {
    let (width, height) = CENTRES[1];
    let mut harness = open(Centre::new(many(7)), width, height);
    choose(&mut harness, SocketId(7));
    harness.state_mut().columns.set_covered(400.0);
    settle(&mut harness);
    for socket in 1..=7 {
        choose(&mut harness, SocketId(socket));
        let lane = harness.state().columns.lane(SocketId(socket)).copied();
        let lane = lane.expect("it has a lane");
        assert!(is_seen(lane.rect, width - 400.0), "{socket}: {lane:?}");
    }
}

#[test]
fn a_program_folds_to_a_row_and_opens_again() {
    let mut scene = Scene::new();
    let (server, client, conn) = scene.connected();
    let program = scene.recording.sockets().get(server).unwrap().program;
    let (width, height) = CENTRES[1];
    let mut harness = open(Centre::new(scene), width, height);
    let asked = click(&mut harness, "server fold program");
    assert_eq!(asked, [Action::FoldProgram(program)]);
    harness.state_mut().columns.toggle_program(program);
    settle(&mut harness);
    assert!(!shows(&harness, "server card") && !shows(&harness, "conn card"));
    let left: Vec<SocketId> = lanes(&harness).iter().map(|lane| lane.socket).collect();
    assert_eq!(left, [client]);
    // Its connection stands over the card it is connected to, in one line with the name.
    let row = harness.get_by_label("server unfold program").rect();
    let chip = harness
        .get_by_label("conn in a folded program, CONNECTED")
        .rect();
    let card = harness.get_by_label("client card").rect();
    assert!(
        card.x_range().contains(chip.center().x),
        "{chip:?} {card:?}"
    );
    assert!((chip.center().y - row.center().y).abs() < 1.0);
    assert!(chip.bottom() < card.top());
    let listener = harness
        .get_by_label("server in a folded program, LISTEN")
        .rect();
    assert!(row.right() <= listener.left() && listener.right() <= chip.left());

    let asked = click(&mut harness, "conn in a folded program, CONNECTED");
    assert_eq!(
        asked,
        [Action::FoldProgram(program), Action::SelectSocket(conn)]
    );
    harness.state_mut().columns.toggle_program(program);
    settle(&mut harness);
    assert!(shows(&harness, "server card"));
}

#[test]
fn all_programs_folded_are_rows_below_each_other() {
    each(|count, (width, _), harness| {
        let programs: Vec<_> = {
            let sockets = harness.state().scene.recording.sockets();
            sockets.programs().map(|program| program.id).collect()
        };
        for program in &programs {
            harness.state_mut().columns.toggle_program(*program);
        }
        settle(harness);
        let rows = places(harness, " unfold program");
        assert_eq!(rows.len(), programs.len(), "{count}");
        let mut parts = rows;
        parts.extend(places(harness, " in a folded program, "));
        for (index, (name, rect)) in parts.iter().enumerate() {
            assert!(is_seen(*rect, width), "{name} {rect:?}");
            for (other, there) in &parts[index + 1..] {
                let shared = rect.intersect(*there);
                assert!(
                    shared.width() < 1.0 || shared.height() < 1.0,
                    "{count} at {width}: {name} {rect:?} lies on {other} {there:?}"
                );
            }
        }
    });
}

/// Two clients of one server; A is blocking, B is not.
fn two_clients() -> (Scene, SocketId, SocketId) {
    let mut scene = Scene::new();
    let (server, a, _) = scene.connected();
    let b = scene.client();
    let target = "127.0.0.1:5000";
    scene.done(
        b,
        Call::Connect {
            address: address(target),
        },
    );
    let conn = scene.accept(server, "127.0.0.1:51730");
    scene.observe(b, unread(0, "127.0.0.1:51730", target));
    scene.observe(conn, unread(0, target, "127.0.0.1:51730"));
    let mode = BlockingMode::NonBlocking;
    scene.done(b, Call::SetBlocking { mode });
    (scene, a, b)
}

#[test]
fn the_same_recv_twice_stands_side_by_side() {
    for (width, height) in CENTRES {
        let (mut scene, a, b) = two_clients();
        let recv = Call::Recv { max: 5 };
        scene.start(a, recv.clone());
        let mut harness = open(Centre::new(scene), width, height);
        assert!(shows(&harness, "server card"), "B has not asked yet");

        let refused = Outcome::Error(Errno::EAGAIN);
        harness.state_mut().scene.call(b, recv.clone(), refused);
        settle(&mut harness);
        assert!(!shows(&harness, "server card") && shows(&harness, "server unfold program"));
        let lanes = lanes(&harness);
        let sockets: Vec<SocketId> = lanes.iter().map(|lane| lane.socket).collect();
        assert_eq!(sockets, [a, b]);
        assert!(lanes.iter().all(|lane| is_seen(lane.rect, width)));
        for (letter, card) in [
            ("client is A", "client card"),
            ("client2 is B", "client2 card"),
        ] {
            let plate = harness.get_by_label(letter).rect();
            let card = harness.get_by_label(card).rect();
            assert!(card.contains_rect(plate), "{letter} {plate:?} {card:?}");
        }
        for (chip, card) in [
            ("conn in a folded program, CONNECTED", "client card"),
            ("conn2 in a folded program, CONNECTED", "client2 card"),
        ] {
            let chip = harness.get_by_label(chip).rect();
            let card = harness.get_by_label(card).rect();
            assert!(
                card.x_range().contains(chip.center().x),
                "{chip:?} {card:?}"
            );
        }

        let given = received(b"hello", None);
        harness.state_mut().scene.call(b, recv, given);
        settle(&mut harness);
        assert!(
            shows(&harness, "client2 is B"),
            "until one of them is closed"
        );
        harness.state_mut().scene.done(b, Call::Close);
        settle(&mut harness);
        assert!(shows(&harness, "server card") && !shows(&harness, "client2 is B"));
    }
}

#[test]
fn b_comes_beside_a_though_others_stand_between() {
    let (mut scene, a, _) = two_clients();
    let between = scene.client();
    let far = scene.client();
    let address: SocketAddr = address("127.0.0.1:5000");
    for (socket, port) in [(between, 51_740), (far, 51_741)] {
        scene.done(socket, Call::Connect { address });
        let own = format!("127.0.0.1:{port}");
        let seen: Observation = unread(0, &own, "127.0.0.1:5000");
        scene.observe(socket, seen);
    }
    let mode = BlockingMode::NonBlocking;
    scene.done(far, Call::SetBlocking { mode });
    scene.start(a, Call::Recv { max: 9 });
    scene.call(between, send(b"x"), Outcome::Error(Errno::EPIPE));
    let refused = Outcome::Error(Errno::EAGAIN);
    scene.call(far, Call::Recv { max: 9 }, refused);
    let (width, height) = CENTRES[0];
    let harness = open(Centre::new(scene), width, height);
    let lanes = lanes(&harness);
    let at = |socket: SocketId| lanes.iter().position(|lane| lane.socket == socket).unwrap();
    assert_eq!(at(far), at(a) + 1, "{lanes:?}");
    assert!(is_seen(lanes[at(a)].rect, width) && is_seen(lanes[at(far)].rect, width));
}

#[test]
fn a_chosen_socket_is_seen_in_the_row_of_its_program() {
    each(|count, (width, _), harness| {
        let program = {
            let sockets = harness.state().scene.recording.sockets();
            sockets.get(SocketId(1)).unwrap().program
        };
        harness.state_mut().columns.toggle_program(program);
        choose(harness, SocketId(count as u32));
        let folded: Vec<(SocketId, String)> = {
            let sockets = harness.state().scene.recording.sockets();
            let own = sockets.iter().filter(|socket| socket.program == program);
            own.map(|socket| (socket.id, socket.name.clone())).collect()
        };
        for (socket, name) in folded {
            choose(harness, socket);
            let chips = places(harness, &format!("{name} in a folded program, "));
            let [(_, chip)] = chips.as_slice() else {
                panic!("{name} of {count} at {width}: {chips:?}");
            };
            assert!(
                is_seen(*chip, width),
                "{name} of {count} at {width}: {chip:?}"
            );
        }
    });
}

#[test]
fn a_choice_made_while_a_new_socket_comes_into_view_wins() {
    for (width, height) in CENTRES {
        for steps in 0..4 {
            let mut harness = open(Centre::new(many(11)), width, height);
            choose(&mut harness, SocketId(11));
            let born = harness.state_mut().scene.client();
            harness.state_mut().selected = Some(born);
            harness.run_steps(steps);
            harness.state_mut().selected = Some(SocketId(1));
            settle(&mut harness);
            let lane = harness.state().columns.lane(SocketId(1)).copied();
            let lane = lane.expect("it has a lane");
            assert!(is_seen(lane.rect, width), "after {steps}: {lane:?}");
        }
    }
}
