//! The ladder in the whole window: what its boxes and arrows are called, and how it follows, scrolls and zooms.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a stream stands for another program, whose calls nobody counts; a failed helper is a failed test"
)]

mod window_app;

use std::io::Write as _;
use std::net::TcpStream;

use eframe::egui::accesskit::Toggled;
use eframe::egui::{
    Color32, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Rect, Role, Shape,
    TouchPhase, Vec2, vec2,
};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::model::call::{Call, SocketId};
use sockeye::model::payload::Payload;
use sockeye::model::socket::SocketKind;
use sockeye::network::{Network as _, Request};
use sockeye::script::{catalog, syntax};
use sockeye::views::ThemeChoice;
use sockeye::views::theme;
use sockeye::views::theme::palette::{DARK, HIGH_CONTRAST, LIGHT};
use window_app::Window;

/// So high that the whole of TCP in CAPITALS is in view.
const HIGH: [f32; 2] = [1440.0, 1800.0];
const LAPTOP: [f32; 2] = [1440.0, 900.0];
const CONNECTED: &str = "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.listen(5)\n\
    client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", 5000))\nconn, peer = server.accept()\n";

/// A box or an arrow of the ladder, as a screen reader meets it.
#[derive(Clone, Debug)]
struct Thing {
    name: String,
    rect: Rect,
    chosen: bool,
}

fn ladder(window: &Window) -> Rect {
    window.node(Role::Group, "Ladder").rect()
}

/// What a node is called, and whether it is chosen.
fn thing(node: &Node<'_>) -> Thing {
    let inner = node.accesskit_node();
    Thing {
        name: inner.label().or(inner.value()).unwrap_or_default(),
        rect: node.rect(),
        chosen: inner.toggled() == Some(Toggled::True),
    }
}

/// The boxes and arrows: what can be chosen in the ladder. A method of a card cannot be chosen.
fn things(window: &Window) -> Vec<Thing> {
    let ladder = ladder(window);
    let buttons = window.harness.query_all_by_role(Role::Button);
    buttons
        .filter(|node| node.accesskit_node().toggled().is_some())
        .map(|node| thing(&node))
        .filter(|thing| ladder.contains(thing.rect.center()))
        .collect()
}

fn find(window: &Window, begins: &str) -> Option<Thing> {
    let mut all = things(window).into_iter();
    all.find(|thing| thing.name.starts_with(begins))
}

#[track_caller]
fn get(window: &Window, begins: &str) -> Thing {
    find(window, begins)
        .unwrap_or_else(|| panic!("no `{begins}` in the ladder\n{:#?}", things(window)))
}

/// Plays a script to its end, which has so many rows.
fn played(size: [f32; 2], text: &str, last: &str) -> Window {
    let script = syntax::parse(text).expect("it parses");
    let mut window = Window::open_with(size, |setup| {
        setup.loaded = Some(sockeye::script::Loaded::script("a script", script));
        setup.settings.step_pause = 0.0;
    });
    window.ended(last);
    window.until("it stands still", |window| {
        window.recording().waiting() == 0
    });
    window.harness.run_ok();
    window
}

fn capitals(size: [f32; 2]) -> Window {
    let entry = catalog::find("tcp-capitalise").expect("it ships");
    played(size, entry.text, "server.close()")
}

fn socket(window: &Window, name: &str) -> SocketId {
    let socket = window.recording().sockets().named(name);
    socket.map(|socket| socket.id).expect("it was made")
}

/// 13 bytes, another text for each number.
fn message(number: usize) -> String {
    format!("message{number:06}")
}

/// Sends and receives these messages over the connection, in turns so short that none is folded.
fn exchange(window: &mut Window, numbers: std::ops::Range<usize>) {
    let (client, conn) = (socket(window, "client"), socket(window, "conn"));
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(200) {
        let sends = numbers.iter().map(|number| {
            let payload = Payload::literal(message(*number).as_bytes());
            Request::on(client, Call::Send { payload })
        });
        made(window, sends.collect());
        // All has come: none of these waits, however busy the processor is.
        let receives = numbers
            .iter()
            .map(|_| Request::on(conn, Call::Recv { max: 13 }));
        made(window, receives.collect());
        assert!(
            numbers
                .last()
                .is_none_or(|number| has_received(window, *number))
        );
    }
}

/// Makes calls of one socket, until the window has heard of the last.
fn made(window: &mut Window, requests: Vec<Request>) {
    let calls = window.recording().calls() + requests.len() as u64;
    for request in requests {
        window.network.submit(request);
    }
    window.until("the calls are made", |window| {
        let recording = window.recording();
        recording.calls() == calls && recording.waiting() == 0
    });
}

fn has_received(window: &Window, number: usize) -> bool {
    let recording = window.recording();
    let first = recording.len().saturating_sub(4);
    let text = message(number);
    (first..recording.len())
        .filter_map(|index| recording.row(index)?.result(recording.sockets(), 64))
        .any(|result| result.contains(&text))
}

/// The numbers of the messages that the recv boxes of the ladder got, from above. The sends beside them may be further
/// on: another program makes them.
fn messages(window: &Window) -> Vec<usize> {
    let number = |thing: &Thing| {
        let rest = thing.name.strip_prefix("conn recv(13) → b\"message")?;
        Some((thing.rect.top(), rest.get(..6)?.parse().ok()?))
    };
    let mut numbers: Vec<(f32, usize)> = things(window).iter().filter_map(number).collect();
    numbers.sort_by(|one, other| one.0.total_cmp(&other.0));
    numbers.into_iter().map(|(_, number)| number).collect()
}

/// Turns the wheel over the ladder by so many points, and lets it come to rest.
fn wheel(window: &mut Window, points: f32, modifiers: Modifiers) {
    turn(window, vec2(0.0, points), modifiers);
}

fn turn(window: &mut Window, delta: Vec2, modifiers: Modifiers) {
    let at = ladder(window).center();
    window.harness.event(Event::PointerMoved(at));
    window.harness.step();
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta,
        phase: TouchPhase::Move,
        modifiers,
        source: MouseWheelSource::Wheel,
    });
    window.harness.run_ok();
}

fn follows(window: &Window) -> bool {
    let switch = window.node(Role::Switch, "Follow the log");
    switch.accesskit_node().toggled() == Some(Toggled::True)
}

/// Which rows the log shows, as it says it.
fn log_place(window: &Window) -> String {
    let list = window.node(Role::List, "Log rows");
    list.accesskit_node().value().unwrap_or_default()
}

/// The row of the log whose line contains both.
fn log_row<'a>(window: &'a Window, text: &str, call: &str) -> Option<Node<'a>> {
    let mut rows = window.harness.query_all_by_role(Role::ListItem);
    rows.find(|row| {
        let label = row.accesskit_node().label();
        label.is_some_and(|label| label.contains(text) && label.contains(call))
    })
}

/// Chooses the row of the log that the filter finds with `text` and that has `call`.
#[track_caller]
fn choose_row(window: &mut Window, text: &str, call: &str) {
    window.type_into("Log filter", text);
    window.until(&format!("the row `{text}` is found"), |window| {
        log_row(window, text, call).is_some()
    });
    let row = log_row(window, text, call).expect("it was there");
    row.click_accesskit();
    window.harness.step();
    window.type_into("Log filter", "");
    window.harness.run_ok();
}

#[test]
fn boxes_and_arrows_say_what_was_called_and_what_travelled() {
    let window = capitals(HIGH);
    for name in [
        "server socket",
        "server listen(1)",
        "client connect",
        "conn recv(1024) → b\"hello sockets\"",
        "client send → 13",
        "client recv(1024) → b\"HELLO SOCKETS\"",
        "conn recv(1024) → b\"\"",
        "server close",
        "b\"hello sockets\" from client to conn",
        "b\"HELLO SOCKETS\" from conn to client",
        "seat in the accept queue from client to server",
    ] {
        let thing = get(&window, name);
        assert!(
            thing.rect.is_positive() || thing.rect.width() > 0.0,
            "{thing:?}"
        );
    }
    for name in [
        "SYN from client to server",
        "SYN+ACK from server to client",
        "ACK from client to server",
    ] {
        let unseen = format!("{name}, what TCP does, not seen");
        assert_eq!(get(&window, name).name, unseen);
    }
    let seen = things(&window);
    let data = seen.iter().filter(|thing| thing.name.starts_with("b\""));
    for thing in data {
        assert!(!thing.name.contains("not seen"), "{thing:?}");
    }
}

#[test]
fn a_box_chooses_its_call_everywhere() {
    let mut window = capitals(HIGH);
    let name = get(&window, "conn recv(1024) → b\"hello sockets\"").name;
    assert!(!get(&window, &name).chosen);
    window.click(&name);
    window.until("Details explain the call", |window| {
        window.says("In Python") && window.says(">>> conn.recv(1024)")
    });
    window.until("the box is chosen", |window| {
        find(window, &name).is_some_and(|thing| thing.chosen)
    });
    let rows = window.harness.query_all_by_role(Role::ListItem);
    let chosen: Vec<String> = rows
        .map(|row| thing(&row))
        .filter(|row| row.chosen)
        .map(|row| row.name)
        .collect();
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    assert!(
        chosen[0].contains("conn.recv(1024)") && chosen[0].contains("hello sockets"),
        "{chosen:?}"
    );
}

#[test]
fn a_row_of_the_log_brings_its_box_into_view() {
    let mut window = played(LAPTOP, CONNECTED, "server.accept");
    exchange(&mut window, 0..40);
    window.harness.run_ok();
    for (row, call, name) in [
        ("server.listen(5)", "", "server listen(5)"),
        (
            "message000020",
            "conn.recv",
            "conn recv(13) → b\"message000020\"",
        ),
        ("client.connect", "", "client connect"),
    ] {
        let chosen = |window: &Window| {
            let mut all = things(window).into_iter();
            all.find(|thing| thing.chosen && thing.name.starts_with(name))
        };
        assert!(chosen(&window).is_none(), "{name}");
        choose_row(&mut window, row, call);
        window.until(&format!("the box of `{row}` is chosen"), |window| {
            chosen(window).is_some()
        });
        let rect = chosen(&window).expect("it was there").rect;
        assert!(rect.is_positive(), "{rect:?}");
        assert!(
            ladder(&window).expand(0.5).contains_rect(rect),
            "{row}: {rect:?} in {:?}",
            ladder(&window)
        );
        assert!(rect.height() > 16.0, "{row} is cut: {rect:?}");
    }
}

#[test]
fn scrolling_up_stops_following_and_the_end_resumes_it() {
    let mut window = played(LAPTOP, CONNECTED, "server.accept");
    exchange(&mut window, 0..40);
    window.harness.run_ok();
    assert!(follows(&window));
    assert_eq!(messages(&window).last(), Some(&39));
    wheel(&mut window, 480.0, Modifiers::NONE);
    assert!(!follows(&window));
    let (seen, place) = (messages(&window), log_place(&window));
    assert!(seen.last().is_some_and(|last| *last < 39), "{seen:?}");
    exchange(&mut window, 40..50);
    window.harness.run_ok();
    assert_eq!(messages(&window), seen, "the ladder has moved");
    let from = |place: &str| place.split(" of ").next().map(str::to_owned);
    assert_eq!(from(&log_place(&window)), from(&place), "the log has moved");

    window.node(Role::List, "Log rows").focus();
    window.harness.step();
    window.harness.key_press(Key::End);
    window.until("End resumes Follow", follows);
    window.harness.run_ok();
    assert_eq!(messages(&window).last(), Some(&49));

    wheel(&mut window, 480.0, Modifiers::NONE);
    assert!(!follows(&window));
    wheel(&mut window, -4800.0, Modifiers::NONE);
    assert!(follows(&window), "the end resumes Follow");
    exchange(&mut window, 50..60);
    window.harness.run_ok();
    assert_eq!(messages(&window).last(), Some(&59));
    let place = log_place(&window);
    let rows = window.recording().len();
    assert!(place.ends_with(&format!("to {rows} of {rows}")), "{place}");
}

#[test]
fn the_ladder_is_zoomed_by_its_buttons_and_by_ctrl_and_the_wheel() {
    let mut window = capitals(HIGH);
    let height = |window: &Window| get(window, "server close").rect.height();
    let usual = height(&window);
    window.click("Ladder larger");
    window.harness.run_ok();
    let larger = height(&window);
    assert!((larger / usual - 1.25).abs() < 0.02, "{usual} to {larger}");
    for _ in 0..2 {
        window.click("Ladder smaller");
        window.harness.run_ok();
    }
    let smaller = height(&window);
    assert!(
        (usual / smaller - 1.25).abs() < 0.02,
        "{usual} to {smaller}"
    );
    let zoom = window.harness.ctx.zoom_factor();
    wheel(&mut window, 120.0, Modifiers::COMMAND);
    let wheeled = height(&window);
    assert!(wheeled > smaller * 1.05, "{smaller} to {wheeled}");
    wheel(&mut window, -240.0, Modifiers::COMMAND);
    assert!(height(&window) < wheeled / 1.05);
    let after = window.harness.ctx.zoom_factor();
    assert!((zoom - after).abs() < 1e-6, "only the ladder is zoomed");
}

#[test]
fn a_peer_outside_has_a_lane_of_its_own() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    let mut other = TcpStream::connect(address).expect("a listener");
    let its = other.local_addr().expect("its address");
    window.click("server accept");
    window.ended("server.accept");
    other.write_all(b"from outside").expect("a connection");
    window.click("conn recv");
    window.ended("conn.recv");
    window.harness.run_ok();
    let name = format!("b\"from outside\" from another program, {its} to conn");
    let arrow = get(&window, &name);
    assert!(arrow.rect.intersects(ladder(&window)));
    assert!(painted(&window).contains(&"another program".to_owned()));
    assert!(painted(&window).contains(&its.to_string()));
    let handshake = get(&window, &format!("handshake from another program, {its}"));
    assert!(handshake.name.ends_with("what TCP does, not seen"));
    window.click("conn reply CAPITALS");
    window.until("the reply is drawn", |window| {
        find(
            window,
            &format!("b\"FROM OUTSIDE\" from conn to another program, {its}"),
        )
        .is_some()
    });
}

/// Every text that is painted.
fn painted(window: &Window) -> Vec<String> {
    let shapes = window.harness.output().shapes.iter();
    shapes
        .filter_map(|clipped| match &clipped.shape {
            Shape::Text(text) => Some(text.galley.text().to_owned()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_long_recording_shows_the_right_rows_and_only_those() {
    const MESSAGES: usize = 10_000;
    let mut window = played(LAPTOP, CONNECTED, "server.accept");
    exchange(&mut window, 0..MESSAGES);
    window.harness.run_ok();
    assert!(window.recording().len() >= 20_000);
    let is_bounded = |window: &Window| {
        let nodes = window.harness.root().children_recursive().count();
        assert!(nodes < 400, "{nodes} nodes");
        let seen = messages(window);
        assert!(!seen.is_empty());
        let all: Vec<usize> = (seen[0]..seen[0] + seen.len()).collect();
        assert_eq!(seen, all);
        seen
    };
    let seen = is_bounded(&window);
    assert_eq!(seen.last(), Some(&(MESSAGES - 1)));

    // Not at the beginning of what was handed in at once: there sends may stand alone.
    let middle = MESSAGES / 2 + 100;
    choose_row(&mut window, &message(middle), "conn.recv(13)");
    window.until("its box is chosen", |window| {
        things(window).iter().any(|thing| thing.chosen)
    });
    let seen = is_bounded(&window);
    assert!(seen.contains(&middle), "{seen:?}");
    let chosen: Vec<Thing> = things(&window).into_iter().filter(|it| it.chosen).collect();
    assert!(
        chosen.iter().any(|it| it.name.contains(&message(middle))),
        "{chosen:?}"
    );
    for it in chosen {
        assert!(ladder(&window).expand(0.5).contains_rect(it.rect), "{it:?}");
    }
}

#[test]
fn what_is_out_of_view_is_not_told_of() {
    const MESSAGES: usize = 300;
    let mut window = played(LAPTOP, CONNECTED, "server.accept");
    let (client, conn) = (socket(&window, "client"), socket(&window, "conn"));
    for number in 0..MESSAGES {
        let payload = Payload::literal(message(number).as_bytes());
        window
            .network
            .submit(Request::on(client, Call::Send { payload }));
    }
    let connected = 6;
    window.until("all is sent", |window| {
        let recording = window.recording();
        recording.len() == connected + MESSAGES && recording.waiting() == 0
    });
    for _ in 0..MESSAGES {
        let recv = Call::Recv { max: 13 };
        window.network.submit(Request::on(conn, recv));
    }
    window.until("all is received", |window| {
        has_received(window, MESSAGES - 1)
    });
    let boxes = messages(&window);
    assert_eq!(boxes.last(), Some(&(MESSAGES - 1)));
    // Each of the last receives took what had left far above; what has long been taken is not in view.
    wheel(&mut window, 24.0 * 300.0, Modifiers::NONE);
    let names: Vec<String> = window.texts();
    let arrows = names
        .iter()
        .filter(|name| name.ends_with(" from client to conn"));
    let rows = ladder(&window).height() / 24.0;
    let count = arrows.count();
    assert!(
        count > 3 && count as f32 <= rows + 2.0,
        "{count} arrows, {rows} rows"
    );
}

#[test]
fn the_ladder_holds_in_three_themes() {
    let mut names: Option<Vec<String>> = None;
    for (choice, palette) in [
        (ThemeChoice::Dark, &DARK),
        (ThemeChoice::Light, &LIGHT),
        (ThemeChoice::HighContrast, &HIGH_CONTRAST),
    ] {
        let mut window = capitals(HIGH);
        window.press(Role::ComboBox, "Theme");
        window.press(Role::Button, choice.name());
        window.harness.run_ok();
        assert_eq!(theme::palette(&window.harness.ctx), palette);
        let fills = fills(&window);
        for kind in [
            SocketKind::Listener,
            SocketKind::Client,
            SocketKind::Connection,
        ] {
            let (_, dim, _) = theme::role_colors(palette, kind);
            assert!(fills.contains(&dim), "{choice:?} has no box of a {kind:?}");
        }
        for text in ["recv(1024)", "send", "b\"hello sockets\""] {
            let written = painted(&window);
            assert!(written.iter().any(|it| it == text), "{choice:?}: {text}");
        }
        // How long a wait took, and hence what stands at its box, is another in each run.
        let mut all: Vec<String> = things(&window)
            .into_iter()
            .map(|it| it.name)
            .filter(|name| name.contains(" from "))
            .map(|name| name.split(" B, ").next().unwrap_or_default().to_owned())
            .collect();
        all.sort();
        let before = names.get_or_insert_with(|| all.clone());
        assert_eq!(*before, all, "{choice:?}");
    }
}

/// The grounds of what is painted inside the ladder.
fn fills(window: &Window) -> Vec<Color32> {
    let ladder = ladder(window);
    let shapes = window.harness.output().shapes.iter();
    shapes
        .filter_map(|clipped| match &clipped.shape {
            Shape::Rect(rect) if ladder.contains_rect(rect.rect) => Some(rect.fill),
            _ => None,
        })
        .collect()
}

#[test]
fn boxes_stay_in_their_lanes_with_six_sockets_in_a_small_window() {
    let more = "client2 = socket(AF_INET, SOCK_STREAM)\nclient2.connect((\"127.0.0.1\", 5000))\n\
        conn2, peer2 = server.accept()\nclient.send(b\"a longer text than any column has room for, so it is cut\")\n\
        conn.recv(1024)\nclient2.send(b\"another text that is longer than its column, and cut as well\")\n\
        conn2.recv(1024)\nudp = socket(AF_INET, SOCK_DGRAM)\nudp.bind((\"127.0.0.1\", 0))\n\
        udp.setblocking(False)\n";
    let text = format!("{CONNECTED}{more}");
    let mut window = played(LAPTOP, &text, "udp.setblocking");
    window.harness.set_size([1024.0, 700.0].into());
    window.harness.run_ok();
    let names = ["server", "client", "client2", "conn", "conn2", "udp"];
    let mut met = std::collections::BTreeSet::new();
    turn(&mut window, vec2(5000.0, 0.0), Modifiers::NONE);
    for step in 0..60 {
        let area = ladder(&window);
        let mut boxes: Vec<(&str, Thing)> = Vec::new();
        for thing in things(&window) {
            let is_arrow = thing.name.contains(" from ");
            let lane = names
                .into_iter()
                .find(|name| thing.name.starts_with(&format!("{name} ")));
            if let (Some(lane), false) = (lane, is_arrow) {
                assert!(
                    area.expand(0.5).contains_rect(thing.rect),
                    "{thing:?} in {area:?}"
                );
                boxes.push((lane, thing));
            }
        }
        for (index, (lane, one)) in boxes.iter().enumerate() {
            met.insert(*lane);
            for (_, other) in boxes[..index].iter().filter(|(other, _)| other != lane) {
                let apart =
                    one.rect.right() <= other.rect.left() || other.rect.right() <= one.rect.left();
                assert!(apart, "step {step}: {one:?} and {other:?}");
            }
        }
        // Through all rows, at the left edge and then at the right one.
        if step == 29 {
            turn(&mut window, vec2(-5000.0, 0.0), Modifiers::NONE);
        }
        let points = if step < 29 { 24.0 } else { -24.0 };
        wheel(&mut window, points, Modifiers::NONE);
    }
    assert_eq!(met.len(), names.len(), "{met:?}");
}
