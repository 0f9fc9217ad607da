//! Automatic programs in the whole window: started, watched and stopped on a card, by the names of its controls.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "clients stand for other programs, whose calls nobody counts; a failed helper is a failed test"
)]

mod window_app;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use eframe::egui::{Rect, Role};
use sockeye::model::call::{BlockingMode, Outcome};
use sockeye::model::event::Threading;
use window_app::Window;

/// Steps until something on the screen says `text`.
#[track_caller]
fn until_said(window: &mut Window, text: &str) {
    window.until(&format!("it says {text:?}"), |window| window.says(text));
}

/// Opens the card's "run by itself", makes these choices and starts.
#[track_caller]
fn start(window: &mut Window, choices: &[&str]) {
    window.click("server run by itself");
    for choice in choices {
        window.press(Role::RadioButton, choice);
    }
    window.click("server start automatic program");
    until_said(window, "automatic · ");
}

/// Sends bytes and reads as many back, while the window goes on.
#[track_caller]
fn exchange(window: &mut Window, stream: &mut TcpStream, bytes: &[u8]) -> Vec<u8> {
    stream.write_all(bytes).expect("it sends");
    stream.set_nonblocking(true).expect("its mode");
    let mut back = Vec::new();
    let mut buffer = [0; 64];
    for _ in 0..1_000_000 {
        if back.len() >= bytes.len() {
            break;
        }
        if let Ok(count) = stream.read(&mut buffer) {
            back.extend_from_slice(&buffer[..count]);
        }
        window.harness.step();
    }
    stream.set_nonblocking(false).expect("its mode");
    back
}

fn threading(window: &Window) -> Threading {
    let sockets = window.recording().sockets();
    let server = sockets.named("server").expect("the server");
    let program = sockets.program(server.program).expect("its program");
    program.threading
}

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).expect("a connection")
}

#[test]
fn a_listener_serves_by_itself_until_it_is_stopped() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    let choices = [
        "server answers with: CAPITALS",
        "server serves: one after another",
    ];
    start(&mut window, &choices);
    window.waits("server.accept()");
    assert_eq!(threading(&window), Threading::OneThread);
    assert!(
        !window.has_button("server run by itself"),
        "it runs already"
    );
    let mut client = connect(address);
    assert_eq!(exchange(&mut window, &mut client, b"hello"), b"HELLO");
    until_said(&mut window, "automatic · 1 client · 1 reply");
    // What a neighbour types stands there.
    assert!(window.says(&format!("nc 127.0.0.1 {}", address.port())));
    window.click("server stop automatic program");
    window.until("it can be started again", |window| {
        window.has_button("server run by itself")
    });
    assert!(!window.says("automatic · "));
    let row = window.ended("conn.recv(1024)");
    assert_eq!(row.outcome, Some(Outcome::Interrupted));
    let sockets = window.recording().sockets();
    assert_eq!(sockets.open().count(), 2, "its sockets stay open");
}

#[test]
fn a_thread_each_is_what_the_switch_of_the_program_shows() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    let echo = ["server answers with: echo", "server serves: a thread each"];
    start(&mut window, &echo);
    window.waits("server.accept()");
    assert_eq!(threading(&window), Threading::ThreadPerSocket);
    let (mut first, mut second) = (connect(address), connect(address));
    assert_eq!(exchange(&mut window, &mut second, b"two"), b"two");
    assert_eq!(exchange(&mut window, &mut first, b"one"), b"one");
    until_said(&mut window, "automatic · 2 clients · 2 replies");
}

#[test]
fn one_loop_waits_in_select_for_all_its_sockets() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    start(&mut window, &["server serves: one loop"]);
    window.waits("select([server], [], [])");
    assert_eq!(threading(&window), Threading::OneThread);
    let (mut first, mut second) = (connect(address), connect(address));
    assert_eq!(exchange(&mut window, &mut second, b"two"), b"TWO");
    assert_eq!(exchange(&mut window, &mut first, b"one"), b"ONE");
    window.waits("select([server, conn, conn2], [], [])");
    until_said(&mut window, "automatic · 2 clients · 2 replies");
}

#[test]
fn whoever_comes_leaves_the_listener_in_view_and_chosen() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    start(&mut window, &["server serves: a thread each"]);
    let clients: Vec<TcpStream> = (0..8).map(|_| connect(address)).collect();
    until_said(&mut window, "automatic · 8 clients");
    window.until("every card is laid out", |window| {
        window.recording().sockets().iter().count() == 9
    });
    window.harness.run_steps(3);
    let card = window.node(Role::Group, "server card");
    let rect: Rect = card.rect();
    assert!(rect.left() >= 240.0 && rect.right() <= 1130.0, "{rect:?}");
    drop(clients);
    until_said(&mut window, "automatic · 0 clients");
}

#[test]
fn stop_waiting_ends_it_and_the_window_says_so() {
    let mut window = Window::open();
    window.listener();
    start(&mut window, &[]);
    window.waits("server.accept()");
    window.click("Stop waiting server accept");
    until_said(
        &mut window,
        "The automatic program on server has ended: the wait of its accept() was ended. Its sockets stay open.",
    );
}

#[test]
fn close_all_ends_it_and_every_socket() {
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    start(&mut window, &[]);
    let mut client = connect(address);
    assert_eq!(exchange(&mut window, &mut client, b"hi"), b"HI");
    window.click("Close all");
    window.until("all is closed", |window| {
        window.recording().sockets().open().next().is_none()
    });
    assert_eq!(client.read(&mut [0; 8]).expect("its end"), 0);
}

#[test]
fn a_udp_socket_answers_whoever_sends() {
    let mut window = Window::open();
    window.make(&["For: Server", "Protocol: UDP"], "server");
    assert!(
        !window.has_button("server run by itself"),
        "it has no port yet"
    );
    window.click("server bind");
    window.ended("server.bind");
    let address = window.until_bound("server");
    start(&mut window, &["server answers with: CAPITALS"]);
    window.waits("server.recvfrom(65535)");
    let client = UdpSocket::bind(("127.0.0.1", 0)).expect("a port");
    client.send_to(b"hello", address).expect("it sends");
    until_said(&mut window, "automatic · 1 reply");
    let mut back = [0; 8];
    let (len, _) = client.recv_from(&mut back).expect("the answer");
    assert_eq!(&back[..len], b"HELLO");
}

#[test]
fn a_non_blocking_listener_is_made_to_wait() {
    let mut window = Window::open();
    window.listener();
    window.press(Role::Switch, "server non-blocking");
    window.ended("server.setblocking(False)");
    start(&mut window, &[]);
    window.waits("server.accept()");
    let sockets = window.recording().sockets();
    let mode = sockets.named("server").expect("the server").mode;
    assert_eq!(mode, BlockingMode::Blocking);
}

#[test]
fn the_server_for_a_class_is_asked_about_and_then_serves() {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings.step_pause = 0.0;
    });
    window.click("Play A server for the class");
    until_said(&mut window, "Others will be able to reach this");
    window.click("Cancel");
    window.harness.run_steps(3);
    assert!(window.recording().is_empty(), "nothing was called");
    window.click("Play A server for the class");
    window.click("Play anyway");
    until_said(&mut window, "automatic · 0 clients · 0 replies");
    let port = window.until_bound("server").port();
    let mut client = connect(SocketAddr::from(([127, 0, 0, 1], port)));
    assert_eq!(exchange(&mut window, &mut client, b"class"), b"CLASS");
}

#[test]
fn the_first_client_is_answered_though_an_accept_by_hand_waited() {
    for service in ["a thread each", "one after another", "one loop"] {
        let mut window = Window::open();
        window.click("1 Start a server");
        window.waits("server.accept()");
        let by_hand = window.find_row("server.accept()").expect("a row").number;
        let address = window.until_bound("server");
        start(&mut window, &[&format!("server serves: {service}")]);
        window.until("what waited has ended", |window| {
            let row = window.recording().numbered(by_hand).expect("its row");
            row.outcome == Some(Outcome::Interrupted)
        });
        let mut client = connect(address);
        let back = exchange(&mut window, &mut client, b"hello");
        assert_eq!(back, b"HELLO", "{service}");
    }
}

#[test]
fn one_thread_begins_though_a_connection_waited_by_hand() {
    let mut window = Window::open();
    window.click("1 Start a server");
    window.waits("server.accept()");
    let address = window.until_bound("server");
    let _waits = connect(address);
    window.waits("conn.recv(1024)");
    start(&mut window, &["server serves: one after another"]);
    let mut client = connect(address);
    assert_eq!(exchange(&mut window, &mut client, b"hello"), b"HELLO");
    let row = window.find_row("conn.recv(1024)").expect("a row");
    assert_ne!(row.outcome, None, "{}", window.log());
}
