//! The port of a lesson that somebody else has, or that an old connection still keeps: the lesson goes on by itself.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a listener stands for another program, whose calls nobody counts; helpers of tests fail as tests do"
)]

mod window_app;

use std::net::{SocketAddr, TcpListener};

use sockeye::model::event::Remnant;
use sockeye::script::lesson;
use sockeye::script::options::Ports;
use sockeye::script::{Loaded, What};
use window_app::Window;
use window_app::ports::own_port;

/// The server closes first, so that its port stays in TIME-WAIT (RFC 9293, 3.3.2).
const LESSON: &str = r#"
title = "Closed by the server"
goal = "Who closes first keeps the port."

[[program]]
name = "server"
file = "tcpServer.py"
role = "server"
source = '''
server = socket(AF_INET, SOCK_STREAM)
server.bind(("HOST", PORT))
server.listen(5)
conn, peer = server.accept()
conn.close()
server.close()
'''

[[program]]
name = "client"
file = "tcpClient.py"
role = "client"
source = '''
client = socket(AF_INET, SOCK_STREAM)
client.connect(("HOST", PORT))
client.close()
'''

[[step]]
program = "server"
line = 1
call = 'server = socket(AF_INET, SOCK_STREAM)  # -> ok'
say = "A socket."

[[step]]
program = "server"
line = 2
call = 'server.bind(("HOST", PORT))  # -> ok'
say = "An address."

[[step]]
program = "server"
line = 3
call = 'server.listen(5)  # -> ok'
say = "The door is open."

[[step]]
program = "client"
line = 1
call = 'client = socket(AF_INET, SOCK_STREAM)  # -> ok'
say = "Another socket."

[[step]]
program = "client"
line = 2
call = 'client.connect(("HOST", PORT))  # -> ok'
say = "They are connected."

[[step]]
program = "server"
line = 4
call = 'conn, peer = server.accept()  # -> ok'
say = "A new socket."

[[step]]
program = "server"
line = 5
call = 'conn.close()  # -> ok'
say = "The server closes first."

[[step]]
program = "client"
line = 3
call = 'client.close()  # -> ok'
say = "Then the client."

[[step]]
program = "server"
line = 6
call = 'server.close()  # -> ok'
say = "The door is shut."
"#;
const STEPS: usize = 9;

/// A window before the first step of the lesson, whose port is written as that of `address`.
fn opened(address: SocketAddr) -> Window {
    let text = LESSON
        .replace("HOST", &address.ip().to_string())
        .replace("PORT", &address.port().to_string());
    let lesson = lesson::parse(&text).expect("it reads");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.ports = Ports::AsWritten;
        setup.loaded = Some(Loaded {
            title: "closed.toml".to_owned(),
            what: What::Lesson(Box::new(lesson)),
        });
    });
    window.until("the lesson is open", |window| stands_at(window, 0));
    window
}

fn stands_at(window: &Window, step: usize) -> bool {
    window.says(&format!("step {step} of {STEPS}"))
}

#[track_caller]
fn next_to(window: &mut Window, steps: std::ops::RangeInclusive<usize>) {
    for step in steps {
        window.click("Next");
        window.until(&format!("step {step}"), |window| stands_at(window, step));
    }
}

/// The address that the lesson's server was given by its bind.
#[track_caller]
fn bound(window: &mut Window) -> SocketAddr {
    window.ended("server.bind");
    assert_eq!(window.result("server.bind"), "None");
    window.until_bound("server")
}

#[test]
fn a_lesson_whose_port_somebody_else_has_goes_on_at_another() {
    let held = TcpListener::bind(own_port()).expect("a port");
    let address = held.local_addr().expect("its address");
    let mut window = opened(address);
    next_to(&mut window, 1..=1);
    window.click("Next");
    window.until("it stands before its first step again", |window| {
        stands_at(window, 0) && window.recording().sockets().open().next().is_none()
    });
    next_to(&mut window, 1..=STEPS);
    assert_eq!(
        bound(&mut window).port(),
        address.port() + 10,
        "{}",
        window.log()
    );
    assert!(!window.says("is in use"), "no question is left behind");
}

#[test]
fn a_lesson_begins_beside_a_port_that_an_old_connection_keeps() {
    let free = TcpListener::bind(own_port()).expect("a port");
    let address = free.local_addr().expect("its address");
    drop(free);
    let mut window = opened(address);
    next_to(&mut window, 1..=STEPS);
    assert_eq!(bound(&mut window), address);
    window.until("its connection is in TIME-WAIT", |window| {
        let conn = window.recording().sockets().named("conn");
        let seen = conn.and_then(sockeye::model::socket::Socket::observed);
        seen.is_some_and(|(_, seen)| matches!(seen.remnant, Some(Remnant::TimeWait { .. })))
    });
    window.click("Restart");
    window.until("it stands before its first step again", |window| {
        stands_at(window, 0)
    });
    next_to(&mut window, 1..=2);
    assert_eq!(
        bound(&mut window).port(),
        address.port() + 10,
        "{}",
        window.log()
    );
}
