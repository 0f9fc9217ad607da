//! Code beside the picture: lit lines follow steps and rows, a line chooses its row, names and what they hold, C.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod window_app;

use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use sockeye::app::Settings;
use sockeye::script::lesson;
use sockeye::script::{Loaded, What};
use sockeye::views::inspector::Tab;
use sockeye::views::theme::size;
use sockeye::views::{Mode, ThemeChoice};
use window_app::Window;

/// Two programs, of which one is in C too.
const LESSON: &str = r#"
title = "Code"
goal = "Two programs."

[[program]]
name = "server"
file = "tcpServer.py"
role = "server"
source = '''
from socket import *
server = socket(AF_INET, SOCK_STREAM)
server.bind(("127.0.0.1", 5000))
server.listen(5)
conn, peer = server.accept()
data = conn.recv(1024)
'''
c = '''
#include <sys/socket.h>
int main(void) {
    int server = socket(AF_INET, SOCK_STREAM, 0);
    bind(server, &address, sizeof address);
    listen(server, 5);
    int conn = accept(server, 0, 0);
    recv(conn, data, 1024, 0);
}
'''

[[program]]
name = "client"
file = "tcpClient.py"
role = "client"
source = '''
from socket import *
client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", 5000))
client.send(b"hello sockets")
'''

[[step]]
program = "server"
line = 2
call = 'server = socket(AF_INET, SOCK_STREAM)'
say = "A socket."

[[step]]
program = "server"
line = 3
call = 'server.bind(("127.0.0.1", 5000))'
say = "An address."

[[step]]
program = "server"
line = 4
call = 'server.listen(5)'
say = "It listens."
card = { lecture = "Said simply.", system = "Meant exactly." }

[[step]]
program = "client"
line = 2
call = 'client = socket(AF_INET, SOCK_STREAM)'
say = "A client."

[[step]]
program = "client"
line = 3
call = 'client.connect(("127.0.0.1", 5000))'
say = "It connects."

[[step]]
program = "server"
line = 5
call = 'conn, peer = server.accept()'
say = "A new socket."

[[step]]
program = "client"
line = 4
call = 'client.send(b"hello sockets")'
say = "Bytes."

[[step]]
program = "server"
line = 6
call = 'data = conn.recv(1024)'
say = "They are read."
"#;

/// A window in which a whole program is in view.
const HIGH: [f32; 2] = [1440.0, 2800.0];

fn with_code(settings: &mut Settings) {
    settings.inspector.tab = Tab::Code;
}

fn lesson() -> Window {
    lesson_of(LESSON)
}

fn lesson_of(text: &str) -> Window {
    lesson_with(text, |_| {})
}

fn lesson_with(text: &str, change: impl FnOnce(&mut Settings)) -> Window {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        let lesson = lesson::parse(text).expect("a lesson");
        setup.loaded = Some(Loaded {
            title: "code.toml".to_owned(),
            what: What::Lesson(Box::new(lesson)),
        });
        setup.settings.mode = Mode::Lessons;
        with_code(&mut setup.settings);
        change(&mut setup.settings);
    });
    window.until("the lesson is open", |window| window.says("step 0 of 8"));
    window
}

fn step_to(window: &mut Window, step: usize) {
    window.harness.key_press(Key::PageDown);
    let words = format!("step {step} of 8");
    window.until(&words, |window| window.says(&words));
}

/// The lines that are lit, as they are read out.
fn lit(window: &Window) -> Vec<String> {
    let marks = [", this step", ", waits", ", next", ", chosen"];
    let is_lit =
        |text: &String| text.contains(" line ") && marks.iter().any(|mark| text.ends_with(mark));
    window.texts().into_iter().filter(is_lit).collect()
}

#[test]
fn lit_lines_follow_the_steps() {
    let mut window = lesson();
    assert_eq!(
        lit(&window),
        [
            "tcpServer.py line 2: server = socket(AF_INET, SOCK_STREAM), next",
            "tcpClient.py line 2: client = socket(AF_INET, SOCK_STREAM), next",
        ]
    );
    step_to(&mut window, 1);
    step_to(&mut window, 2);
    step_to(&mut window, 3);
    assert_eq!(
        lit(&window),
        [
            "tcpServer.py line 4: server.listen(5), this step",
            "tcpClient.py line 2: client = socket(AF_INET, SOCK_STREAM), next",
        ]
    );
    assert!(window.says("this step: line 4") && window.says("next: line 2"));
    assert!(window.says("Meant exactly."));
    step_to(&mut window, 4);
    assert_eq!(
        lit(&window),
        [
            "tcpServer.py line 5: conn, peer = server.accept(), next",
            "tcpClient.py line 2: client = socket(AF_INET, SOCK_STREAM), this step",
        ]
    );
    assert!(!window.says("Meant exactly."));
}

#[test]
fn a_program_that_waits_is_lit_where_it_waits() {
    // The server's `accept` comes before the client.
    let (before, accept) =
        LESSON.split_at(LESSON.find("[[step]]\nprogram = \"client\"").expect("it"));
    let at = accept.find("[[step]]\nprogram = \"server\"").expect("it");
    let (client, rest) = accept.split_at(at);
    let (accept, rest) = rest.split_at(rest.find("[[step]]\nprogram = \"client\"").expect("it"));
    let accept = accept.replace("server.accept()", "server.accept()  # -> waits, then ok");
    let mut window = lesson_of(&format!("{before}{accept}{client}{rest}"));
    for step in 1..=5 {
        step_to(&mut window, step);
    }
    assert_eq!(
        lit(&window),
        [
            "tcpServer.py line 5: conn, peer = server.accept(), waits",
            "tcpClient.py line 2: client = socket(AF_INET, SOCK_STREAM), this step",
        ]
    );
    assert!(window.says("waits: line 5"));
    step_to(&mut window, 6);
    window.ended("accept");
    assert_eq!(
        lit(&window).first().map(String::as_str),
        Some("tcpServer.py line 6: data = conn.recv(1024), next")
    );
}

#[test]
fn the_ports_are_those_really_used() {
    let mut window = lesson();
    step_to(&mut window, 1);
    step_to(&mut window, 2);
    window.until_bound("server");
    let port = window
        .recording()
        .sockets()
        .named("server")
        .and_then(|server| server.local);
    let port = port.expect("it is bound").port();
    let shown = format!("tcpServer.py line 3: server.bind((\"127.0.0.1\", {port})), this step");
    window.until(&shown, |window| lit(window).contains(&shown));
}

#[test]
fn variables_hold_what_the_calls_returned() {
    let mut window = lesson();
    assert!(window.says("Variables now") && window.says("not set yet"));
    for step in 1..=3 {
        step_to(&mut window, step);
    }
    let port = window.until_bound("server").port();
    window.until("the server listens", |window| {
        window.says(&format!("#1, listens on :{port}"))
    });
    for step in 4..=8 {
        step_to(&mut window, step);
    }
    window.until("the bytes are there", |window| {
        window.says("b\"hello sockets\"")
    });
    assert!(window.says(&format!("#2, to 127.0.0.1:{port}")));
    assert!(window.says("Choose conn: #3, to 127.0.0.1:"));
    assert!(!window.says("not set yet"));
    window.press(
        Role::Link,
        &format!("Choose client: #2, to 127.0.0.1:{port}"),
    );
}

#[test]
fn c_has_the_same_line_lit() {
    let mut window = lesson();
    for step in 1..=3 {
        step_to(&mut window, step);
    }
    window.press(Role::RadioButton, "Code in: C");
    window.until("C is shown", |window| window.says("tcpServer.c"));
    assert_eq!(
        lit(&window),
        ["tcpServer.c line 5:     listen(server, 5);, this step"]
    );
    assert!(window.says("This lesson brings no C for tcpClient.py."));
}

fn is_line(text: &str, file: &str, code: &str) -> bool {
    text.starts_with(&format!("{file} line ")) && text.contains(code)
}

fn line<'a>(texts: &'a [String], file: &str, code: &str) -> &'a str {
    let found = texts.iter().find(|text| is_line(text, file, code));
    found.unwrap_or_else(|| panic!("no {code} in {file}: {texts:#?}"))
}

#[test]
fn a_line_of_your_clicks_chooses_its_row_and_a_row_its_line() {
    let mut window = Window::open_with(HIGH, |setup| with_code(&mut setup.settings));
    window.listener();
    let is_there = |window: &Window| {
        let texts = window.texts();
        texts
            .iter()
            .any(|text| is_line(text, "server.py", "server.listen"))
    };
    window.until("the program is there", is_there);
    let name = line(&window.texts(), "server.py", "server.listen").to_owned();
    window.click(&name);
    window.until("the line is lit", |window| {
        lit(window)
            .iter()
            .any(|line| line.contains("server.listen(5)"))
    });
    assert_eq!(lit(&window), [format!("{name}, chosen")]);
    assert!(window.says("chosen: line "));

    // The picture chooses another: the code stays in front, and its line is lit.
    window.harness.run_ok();
    let bind = window.harness.get_by_label("server bind → None");
    bind.click_accesskit();
    window.until("the other line is lit", |window| {
        lit(window).iter().any(|line| line.contains("server.bind("))
    });
    assert_eq!(lit(&window).len(), 1);
    window.press(Role::Tab, "Details tab");
    window.until("it is the row of the line", |window| window.says("call 2"));
}

#[test]
fn the_programs_of_your_clicks_come_in_c_and_grow_with_the_calls() {
    let mut window = Window::open_with(HIGH, |setup| with_code(&mut setup.settings));
    window.until("nothing was called", |window| {
        window.says("Nothing was called yet")
    });
    window.press(Role::RadioButton, "Code in: C");
    window.listener();
    window.until("the C is there", |window| {
        window.says("server.c line") && window.says("listen(server, 5)")
    });
    window.press(Role::RadioButton, "Code in: Python");
    window.until("the Python is there", |window| {
        window.says("server.py line")
    });
    window.click("server close");
    window.until("the new call is there", |window| {
        window.says("server.close()")
    });
    window.click("Copy server.py");
}

#[test]
fn what_a_file_hides_is_shown() {
    let text = LESSON.replacen("data = conn", "data\u{202e} = conn", 1);
    let mut window = lesson_of(&text);
    step_to(&mut window, 1);
    assert!(window.says("data\\u{202e} = conn"));
    assert!(!window.says("\u{202e}"));
}

#[test]
fn it_holds_in_every_theme_and_zoom() {
    for theme in ThemeChoice::ALL {
        for zoom in [0.8, 1.0, 1.4] {
            let mut window = lesson_with(LESSON, |settings| {
                settings.theme = theme;
                settings.zoom = zoom;
                settings.inspector_open = true;
            });
            step_to(&mut window, 1);
            assert_eq!(lit(&window).len(), 2, "{theme:?} {zoom}");
        }
    }
}

/// How often the card of the step is on the screen, and whether on its left side.
fn cards(window: &Window) -> Vec<bool> {
    let output = &window.harness.output().platform_output;
    let discarded = &output.request_discard_reasons;
    assert!(discarded.is_empty(), "it rests: {discarded:?}");
    let cards = window.harness.query_all_by_label_contains("Said simply.");
    cards.map(|card| card.rect().right() < 300.0).collect()
}

#[test]
fn where_the_lecture_simplifies_is_said_once_beside_the_code_or_else_beside_the_step() {
    let mut window = lesson();
    for step in 1..=3 {
        step_to(&mut window, step);
    }
    window.harness.run_ok();
    assert_eq!(cards(&window), [false], "beside the code");
    window.press(Role::Tab, "Methods tab");
    window.harness.run_ok();
    assert_eq!(cards(&window), [true], "the code is not there");
    window.press(Role::Tab, "Code tab");
    window.harness.set_size([1024.0, 700.0].into());
    window.harness.run_ok();
    assert_eq!(cards(&window), [true], "the inspector is closed");
    window.click("Inspector");
    window.harness.run_ok();
    assert_eq!(cards(&window), [false], "it is open");
    let card = window.harness.get_by_label_contains("Said simply.");
    // The bar begins half of what it is higher than its button above that.
    let next = window.node(Role::Button, "Next").rect();
    let bar = next.center().y - size::TRANSPORT / 2.0;
    assert!(
        card.rect().bottom() < bar - size::PADDING,
        "it is in view however long the programs are: {:?}",
        card.rect()
    );
}
