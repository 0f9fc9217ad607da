//! The Methods and States tabs, through the accessibility tree.

mod window_app;

use eframe::egui::Role;
use egui_kittest::Node;
use egui_kittest::kittest::NodeT as _;
use sockeye::model::call::Method;
use window_app::Window;

/// What a node of a diagram is called, by the beginning of its name.
fn named(window: &Window, start: &str) -> Vec<String> {
    let texts = window.texts();
    let fits = |text: &String| text.starts_with(start);
    texts.into_iter().filter(fits).collect()
}

#[track_caller]
fn is_called(window: &mut Window, name: &str) {
    window.until(&format!("a node is called `{name}`"), |window| {
        window.texts().iter().any(|text| text == name)
    });
}

/// A server that waits in accept and a client beside it, whose connect address is the server's.
fn server_and_client() -> Window {
    let mut window = Window::open();
    window.listener();
    // Any port that is one: the card starts with the listener's.
    window.type_into("New socket port", "5000");
    window.make(&["For: Client", "Protocol: TCP"], "client");
    window
}

#[test]
fn methods_is_the_first_tab_and_its_calls_are_made_by_a_click() {
    let mut window = Window::open();
    is_called(&mut window, "server: socket, next");
    window.type_into("New socket port", "0");
    window.click("server: socket, next");
    window.ended("server = socket");
    is_called(&mut window, "server: socket, done, you are here");
    window.type_into("server bind address", "127.0.0.1:0");
    window.click("server: bind, next");
    window.ended("server.bind((\"127.0.0.1\", 0))");
    window.click("server: listen, next");
    window.ended("server.listen(5)");
    window.click("server: accept, next");
    window.waits("server.accept");
    is_called(&mut window, "server: accept, waiting, you are here");
    // A call with no socket to be made on is no button.
    assert!(!window.has_button("server: recv, not yet"));
    assert!(window.says("server: recv, not yet"));
}

#[test]
fn a_click_makes_the_call_with_the_cards_arguments() {
    let mut window = server_and_client();
    window.click("client: connect, next");
    window.ended("client.connect");
    window.type_into("client payload", "from the card");
    window.click("client: send, next");
    assert_eq!(window.ended("client.send").method(), Method::Send);
    assert!(
        window.find_row("b\"from the card\"").is_some(),
        "{}",
        window.log()
    );
    // A field that holds no number: no call, and the card says so.
    window.type_into("client n", "many");
    let calls = window.recording().calls();
    window.click("client: recv, next");
    window.harness.run_ok();
    assert_eq!(window.recording().calls(), calls);
}

#[test]
fn states_show_the_way_and_its_calls_can_be_made() {
    let mut window = server_and_client();
    window.click("client connect");
    window.ended("client.connect");
    window.press(Role::Tab, "States tab");
    is_called(&mut window, "ESTABLISHED, now");
    assert_eq!(named(&window, "SYN-SENT,"), ["SYN-SENT, travelled"]);
    assert_eq!(named(&window, "FIN-WAIT-1,"), ["FIN-WAIT-1, possible next"]);
    assert_eq!(named(&window, "TIME-WAIT,"), ["TIME-WAIT, not yet"]);
    // All eleven, and CLOSED once more as an end.
    let states = [
        "CLOSED",
        "LISTEN",
        "SYN-SENT",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "FIN-WAIT-1",
    ];
    let more = [
        "FIN-WAIT-2",
        "CLOSE-WAIT",
        "CLOSING",
        "LAST-ACK",
        "TIME-WAIT",
        "CLOSED at the end",
    ];
    for state in states.into_iter().chain(more) {
        assert_eq!(named(&window, &format!("{state}, ")).len(), 1, "{state}");
    }
    window.click("shutdown(WR) on the edge to FIN-WAIT-1");
    window.ended("client.shutdown(SHUT_WR)");
    #[cfg(target_os = "linux")]
    is_called(&mut window, "FIN-WAIT-2, now");
}

#[test]
fn an_accepted_socket_is_born_from_its_listeners_listen() {
    let mut window = server_and_client();
    window.click("client connect");
    window.ended("client.connect");
    window.click("server accept");
    window.ended("server.accept");
    window.click("conn title");
    window.press(Role::Tab, "States tab");
    is_called(&mut window, "born from #1's LISTEN");
    assert_eq!(
        named(&window, "SYN-RECEIVED,"),
        ["SYN-RECEIVED, travelled, not seen"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn time_wait_is_counted_down_and_says_who_may_bind() {
    let mut window = server_and_client();
    for (click, row) in [
        ("client connect", "client.connect"),
        ("server accept", "server.accept"),
        ("client close", "client.close"),
        ("conn close", "conn.close"),
        ("client title", "client.close"),
    ] {
        window.click(click);
        window.ended(row);
    }
    window.press(Role::Tab, "States tab");
    window.until("the kernel's seconds are shown", |window| {
        window.says("TIME-WAIT, now") && window.says("s left") && window.says("EADDRINUSE")
    });
}

#[test]
fn a_chosen_row_shows_details_and_the_other_tabs_come_back() {
    let mut window = server_and_client();
    let row = named(&window, "2 ")
        .into_iter()
        .find(|text| text.contains("server.bind"));
    let row = row.unwrap_or_else(|| panic!("no row: {}", window.tree()));
    window.press(Role::ListItem, &row);
    window.until("Details explain the call", |window| {
        window.says("In Python")
    });
    assert!(named(&window, "server: bind").is_empty());
    window.press(Role::Tab, "Methods tab");
    is_called(&mut window, "server: bind, done, chosen");
}

#[test]
fn the_tabs_hold_in_every_width_and_in_the_drawer() {
    for (size, drawer) in [([1440.0, 900.0], false), ([1024.0, 700.0], true)] {
        let mut window = Window::open_with(size, |_| {});
        window.click("1 Start a server");
        window.waits("server.accept");
        if drawer {
            window.click("Inspector");
        }
        for tab in ["States tab", "Methods tab"] {
            window.press(Role::Tab, tab);
            window.harness.run_ok();
            let marks = [
                ", travelled",
                ", now",
                ", not yet",
                ", done",
                ", waiting",
                "possible next",
            ];
            let is_node = |node: &Node<'_>| {
                let label = node.accesskit_node().label().unwrap_or_default();
                marks.iter().any(|mark| label.contains(mark))
            };
            let nodes: Vec<_> = window
                .harness
                .root()
                .children_recursive()
                .filter(is_node)
                .collect();
            assert!(nodes.len() > 11, "{tab}: {}", window.tree());
            for (index, node) in nodes.iter().enumerate() {
                let rect = node.rect();
                assert!(
                    rect.left() >= 0.0 && rect.right() <= size[0],
                    "{tab}: {rect:?}"
                );
                for other in &nodes[..index] {
                    let both = rect.intersect(other.rect());
                    assert!(!both.is_positive(), "{tab}: {node:?} and {other:?}");
                }
            }
        }
    }
}
