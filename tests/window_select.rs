//! `select` in the whole window: made from a program's row, seen on the ladder and in the log, ended and explained.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a failed helper is a failed test"
)]

mod window_app;

use eframe::egui::{Key, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::model::call::Outcome;
use sockeye::script::syntax;
use window_app::Window;

const CONNECTED: &str = "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.listen(5)\n\
    client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", 5000))\nconn, peer = server.accept()\n";

/// A server with its connection, and a client.
fn connected() -> Window {
    let script = syntax::parse(CONNECTED).expect("it parses");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.loaded = Some(sockeye::script::Loaded::script("a script", script));
        setup.settings.step_pause = 0.0;
    });
    window.ended("server.accept");
    window
}

/// The whole name of the button whose name begins so.
fn named(window: &Window, begins: &str) -> Option<String> {
    let buttons = window.harness.query_all_by_role(Role::Button);
    let mut names = buttons.filter_map(|node| node.accesskit_node().label());
    names.find(|name| name.starts_with(begins))
}

fn type_call(window: &mut Window, text: &str) {
    window.type_into("Type a call", text);
    window.harness.key_press(Key::Enter);
    window.harness.run_ok();
}

#[test]
fn a_program_waits_for_all_its_sockets_and_its_row_ends_the_wait() {
    let mut window = connected();
    window.click("server select");
    window.click("wait without limit");
    window.waits("select([server, conn], [], [])");
    window.until("the ladder spans both lines", |window| {
        named(window, "select on server, conn waits").is_some()
    });
    window.click("Stop waiting server select");
    let row = window.ended("select([server, conn], [], [])");
    assert_eq!(row.outcome, Some(Outcome::Interrupted));
    window.until("it can be made again", |window| {
        window.has_button("server select")
    });
}

#[test]
fn what_was_ready_is_marked_and_explained() {
    let mut window = connected();
    type_call(&mut window, "ready = select([server, conn], [], [], 60)");
    window.waits("select([server, conn], [], [], 60.0)");
    type_call(&mut window, "client.send(b\"hello\")");
    let row = window.ended("select([server, conn]");
    assert_eq!(window.result("select([server, conn]"), "[conn], [], []");
    assert_eq!(row.sockets().count(), 2);
    type_call(&mut window, "conn.recv(1024)");
    window.ended("conn.recv");
    window.until("the ladder says which", |window| {
        named(window, "select on server, conn → [conn], waited").is_some()
    });
    let name = named(&window, "select on server, conn → [conn], waited").expect("it is there");
    window.press(Role::Button, &name);
    window.until("Details say why", |window| {
        window.says("conn: bytes wait, so recv will not.")
    });
}

#[test]
fn on_one_socket_it_looks_as_on_several() {
    let mut window = connected();
    type_call(&mut window, "select([conn], [], [])");
    window.waits("select([conn], [], [])");
    window.until("the ladder has a bar", |window| {
        named(window, "select on conn waits").is_some()
    });
    type_call(&mut window, "client.send(b\"hello\")");
    window.ended("select([conn]");
    window.until("the bar says what it found", |window| {
        named(window, "select on conn → [conn], waited").is_some()
    });
}

#[test]
fn a_program_of_one_thread_says_what_a_wait_holds_up() {
    let mut window = connected();
    window.press(Role::Switch, "server one thread");
    window.until("it runs on", |window| window.says("server runs on"));
    window.click("server accept");
    window.waits("server.accept");
    window.until("nothing queues yet", |window| {
        window.says(
            "server stands still: no other line of this program runs, nothing queues behind it",
        )
    });
    window.click("conn recv");
    window.until("the recv queues", |window| {
        window.says(
            "server stands still: no other line of this program runs, 1 call queues behind it",
        ) && window.says("conn recv queued")
    });
    window.click("Stop waiting server accept");
    window.waits("conn.recv");
    window.click("Stop waiting conn recv");
    window.until("it runs on again", |window| window.says("server runs on"));
}
