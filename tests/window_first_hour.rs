//! What a newcomer meets in the first hour with the whole window: a server of another program, ports that are taken,
//! fields that are wrong, a drawer in a small window.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "it stands for another program, whose calls nobody counts; a failed helper is a failed test"
)]

mod window_app;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU8, Ordering};

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;
use window_app::Window;

/// A listener on a loopback address that no other test uses: there nobody else takes a port that it gives up.
fn other_program() -> (TcpListener, SocketAddr) {
    static GIVEN: AtomicU8 = AtomicU8::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed) % 32;
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 192 + given, high, low.max(1));
    let listener = TcpListener::bind((host, 0)).expect("a port");
    let address = listener.local_addr().expect("its address");
    (listener, address)
}

/// A window whose New socket panel names this address.
fn open_at(address: SocketAddr) -> Window {
    Window::open_with([1440.0, 900.0], |setup| {
        setup.settings.new_socket.host = address.ip().to_string();
        setup.settings.new_socket.port = address.port();
    })
}

/// Does what the Next line says.
fn do_it(window: &mut Window) {
    window.until("the Next line has something to do", |window| {
        window.has_button("Do it")
    });
    window.click("Do it");
}

/// Makes a client whose card starts with the panel's address.
fn client(window: &mut Window) {
    window.press(Role::RadioButton, "For: Client");
    window.click("socket()");
    window.ended("client = socket");
    window.until("the Next line leads on", |window| {
        window.says("#1 connect") || window.says("#1 client")
    });
}

#[test]
fn a_client_of_another_programs_server_is_led_to_connect() {
    let (_server, address) = other_program();
    let mut window = open_at(address);
    client(&mut window);
    assert!(window.says(&format!("#1 connect → {address}")));
    do_it(&mut window);
    window.ended("client.connect");
    assert_eq!(window.result("client.connect"), "None");
}

#[test]
fn where_nobody_listens_the_next_line_makes_the_server_that_is_missing() {
    let (server, address) = other_program();
    drop(server);
    let mut window = open_at(address);
    client(&mut window);
    do_it(&mut window);
    window.ended("client.connect");
    assert!(window.result("client.connect").contains("ECONNREFUSED"));
    for call in ["server = socket", "server.bind", "server.listen"] {
        do_it(&mut window);
        window.ended(call);
    }
    assert_eq!(window.result("server.bind"), "None");
    window.until("connect is next", |window| window.says("#1 connect →"));
    do_it(&mut window);
    window.until("the client is connected", |window| {
        window.result("client.connect") == "None"
    });
}

#[test]
fn a_bind_that_was_refused_is_not_offered_again() {
    let (_holder, address) = other_program();
    let mut window = open_at(address);
    window.click("socket()");
    window.ended("server = socket");
    window.until("bind is next", |window| window.says("#1 bind"));
    do_it(&mut window);
    window.ended("server.bind");
    assert!(window.result("server.bind").contains("EADDRINUSE"));
    window.until("another port is offered", |window| {
        window.says(&format!("port {} is taken", address.port()))
    });
    assert!(!window.says(&format!("#1 bind {address}")));
    do_it(&mut window);
    window.until("the other port is bound", |window| {
        window.result("server.bind") == "None"
    });
}

#[test]
fn a_server_does_not_start_from_fields_that_are_wrong() {
    let mut window = Window::open();
    window.type_into("New socket port", "abc");
    window.click("1 Start a server");
    window.until("it is said", |window| {
        window.says("Mend the New socket panel first: abc is not a number")
    });
    assert_eq!(window.recording().len(), 0, "{}", window.log());
    window.type_into("New socket port", "5000");
    window.click("1 Start a server");
    window.waits("server.accept");
    window.until("the notice leaves by itself", |window| {
        !window.says("Mend the New socket panel first")
    });
}

#[test]
fn the_drawer_starts_closed_and_is_closed_by_its_cross() {
    let mut window = Window::open_with([1200.0, 800.0], |setup| {
        setup.settings.inspector_open = true;
    });
    window.harness.run();
    assert!(!window.says("Details tab"), "nothing is chosen");
    window.click("1 Start a server");
    window.waits("server.accept");
    window.click("Inspector");
    window.until("the drawer is open", |window| window.says("Details tab"));
    window.click("Close details");
    window.until("the drawer is closed", |window| !window.says("Details tab"));
}

#[test]
fn escape_empties_the_filter_and_an_empty_log_offers_all_rows() {
    let mut window = Window::open();
    window.click("1 Start a server");
    window.waits("server.accept");
    window.type_into("Log filter", "nothing like this");
    window.until("no row is left", |window| {
        window.says("No row passes the filter")
    });
    window.harness.key_press(Key::Escape);
    window.until("all rows are back", |window| {
        !window.says("No row passes the filter")
    });
    window.type_into("Log filter", "nothing like this");
    window.click("Show all rows");
    window.until("all rows are back", |window| {
        !window.says("No row passes the filter")
    });
}

#[test]
fn a_higher_window_shows_more_of_the_log() {
    let rows = |height: f32| {
        let window = Window::open_with([1440.0, height], |_| {});
        let list = window.node(Role::List, "Log rows").rect();
        list.height() / 20.0
    };
    assert!((rows(800.0) - 3.0).abs() < 0.5);
    assert!(rows(1080.0) >= 6.0);
}

#[test]
fn the_strip_of_the_first_steps_stays_until_it_is_closed() {
    let mut window = Window::open();
    for call in ["server.accept()", "client.connect", "client.send"] {
        window
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        window.until(call, |window| window.find_row(call).is_some());
        window.until("the next step", |window| {
            window.has_button("Do it") || window.says("Close the first steps")
        });
    }
    let card = |window: &Window| window.harness.get_by_label("server card").rect();
    let before = card(&window);
    assert!(window.has_button("3 Send \"hello sockets\""));
    window.click("Close the first steps");
    window.until("the strip is gone", |window| {
        !window.has_button("Close the first steps")
    });
    assert!(card(&window).top() < before.top());
}
