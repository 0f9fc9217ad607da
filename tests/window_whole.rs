//! The whole window: what it keeps between runs, and that it holds together in every size, theme and zoom.

mod window_app;

use std::io::Read as _;
#[cfg(target_os = "linux")]
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use eframe::App as _;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::app::{Settings, load};
use sockeye::model::call::BlockingMode;
use sockeye::script::options::Ports;
use sockeye::views::ThemeChoice;
use window_app::Window;
#[cfg(target_os = "linux")]
use window_app::ports::{own_port, wait_until_left};

#[test]
fn choices_are_kept_between_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config").join("settings.toml");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings_path = Some(path.clone());
    });
    window.press(Role::RadioButton, "Mode: Non-blocking");
    window.click("Larger");
    window.until("the settings are written", |_| {
        let (settings, notice) = load(&path);
        notice.is_none()
            && settings.new_socket.mode == BlockingMode::NonBlocking
            && settings.zoom > 1.05
    });
    drop(window);

    let (settings, _) = load(&path);
    let mut window = Window::open_with([1440.0, 900.0], |setup| setup.settings = settings);
    window.harness.run();
    assert!((window.harness.ctx.zoom_factor() - 1.1).abs() < 0.01);
    window.make(&["For: Client"], "client");
    window.ended("client.setblocking(False)");
}

#[test]
fn a_double_click_on_a_divider_gives_the_log_its_height_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings_path = Some(path.clone());
        setup.settings.log_height = Some(400.0);
    });
    let high = window.node(Role::TextInput, "Log filter").rect().top();
    window.harness.run();
    let dividers = window.harness.query_all_by_role(Role::Splitter);
    let wide = dividers
        .map(|divider| divider.rect())
        .find(|rect| rect.width() > rect.height());
    let divider = wide.expect("the log's divider").center();
    for _ in 0..2 {
        for pressed in [true, false] {
            window
                .harness
                .event(eframe::egui::Event::PointerMoved(divider));
            window.harness.event(eframe::egui::Event::PointerButton {
                pos: divider,
                button: eframe::egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
        }
    }
    window.until("the log is low again", |window| {
        window.node(Role::TextInput, "Log filter").rect().top() > high + 100.0
    });
}

#[test]
fn unreadable_settings_are_kept_aside_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "zoom = [this is not TOML").expect("a file");
    let (settings, notice) = load(&path);
    assert_eq!(settings, Settings::default());
    let notice = notice.expect("a sentence");
    assert!(notice.contains("could not be read"), "{notice}");
    let kept = std::fs::read_to_string(folder.path().join("settings.toml.unreadable"));
    assert_eq!(kept.expect("the old file"), "zoom = [this is not TOML");

    let window = Window::open_with([1440.0, 900.0], |setup| setup.notice = Some(notice.clone()));
    assert!(window.says(&notice));
}

#[test]
fn numbers_outside_their_range_are_brought_inside() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    std::fs::write(
        &path,
        "zoom = 1e30\nwindow = [-5.0, nan]\nstep_pause = -1.0\n",
    )
    .expect("a file");
    let (settings, notice) = load(&path);
    assert_eq!(notice, None);
    assert!((0.5..=3.0).contains(&settings.zoom));
    assert!(
        settings
            .window
            .iter()
            .all(|side| side.is_finite() && *side > 0.0)
    );
    assert!(settings.pause().as_secs_f32() > 0.0);
}

#[test]
fn the_session_is_kept_when_the_window_closes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data").join("last-session.jsonl");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.last_session_path = Some(path.clone());
    });
    window.make(&["For: Client"], "client");
    window.harness.state_mut().on_exit(None);
    let text = std::fs::read_to_string(&path).expect("the session");
    let mut lines = text.lines();
    assert!(lines.next().is_some_and(
        |header| header.contains("\"sockeye\":1") || header.contains("\"sockeye\": 1")
    ));
    assert!(
        lines.any(|line| line.contains("client = socket(AF_INET, SOCK_STREAM)")),
        "{text}"
    );
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "it stands for another program, whose calls nobody counts"
)]
fn a_port_that_another_program_has_is_asked_about_before_anything_goes_on() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("another program");
    let taken = other.local_addr().expect("its port").port();
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        // The port that the script writes is taken, whichever that is here.
        setup.ports = Ports::Moved([(5000, taken)].into());
    });
    window.click("1 Start a server");
    window.until("it asks", |window| {
        window.says(&format!("Port {taken} is taken"))
    });
    window.harness.run();
    assert!(
        window.find_row("server.accept").is_none(),
        "{}",
        window.log()
    );
    // The next port may be taken too; then the next one is offered.
    for port in taken + 1..taken + 50 {
        window.click(&format!("Play on port {port}"));
        window.until("it binds there", |window| {
            window.log().contains(&format!("{port}))"))
        });
        window.until("it goes on or asks again", |window| {
            window.find_row("listen").is_some() || window.says(&format!("Port {port} is taken"))
        });
        if window.find_row("listen").is_some() {
            break;
        }
    }
    window.click("2 Start a client");
    window.ended("client.connect");
    window.ended(".accept()");
}

#[cfg(target_os = "linux")]
#[test]
fn a_window_that_closes_leaves_its_port_to_the_next() {
    let mut window = Window::open();
    window.make(&["For: Client", "Protocol: TCP"], "client");
    bind_server(&mut window, own_port());
    let address = window.until_bound("server");
    window.click("server listen");
    window.ended("server.listen");
    window.click("server accept");
    window.type_into("client connect address", &address.to_string());
    window.click("client connect");
    window.ended("client.connect");
    window.ended("server.accept");
    window.click("conn recv");
    window.waits("conn.recv");
    window.harness.state_mut().on_exit(None);
    // The end that closed last keeps the port until its FIN is acknowledged.
    wait_until_left(address);

    let mut next = Window::open();
    bind_server(&mut next, address);
    assert_eq!(next.result("server.bind"), "None");
    next.click("server listen");
    next.ended("server.listen");
    assert_eq!(next.result("server.listen"), "None");
}

/// Makes a TCP server and binds it there.
#[cfg(target_os = "linux")]
fn bind_server(window: &mut Window, address: SocketAddr) {
    window.make(&["For: Server", "Protocol: TCP"], "server");
    window.type_into("server bind address", &address.to_string());
    window.click("server bind");
    window.ended("server.bind");
}

#[test]
fn a_window_without_patience_still_asks_for_every_close() {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.close_patience = Duration::ZERO;
    });
    window.click("1 Start a server");
    window.waits("server.accept");
    let server = window
        .recording()
        .sockets()
        .named("server")
        .and_then(|server| server.local);
    let mut outside = TcpStream::connect(server.expect("its address")).expect("a connection");
    window.ended("server.accept");
    // With a client end before it, the connection is not in the first wave.
    window.make(&["For: Client"], "client");
    window.harness.state_mut().on_exit(None);
    outside
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a deadline");
    let end = outside
        .read(&mut [0; 1])
        .expect("the end of the connection");
    assert_eq!(end, 0);
}

#[test]
fn every_view_holds_together_in_both_themes_and_three_zooms() {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for zoom in [0.5, 1.0, 3.0] {
            for size in [[1024.0, 700.0], [1920.0, 1080.0]] {
                let mut window = Window::open_with(size, |setup| {
                    setup.settings.theme = theme;
                    setup.settings.zoom = zoom;
                    setup.settings.inspector_open = true;
                });
                // By key: at the largest zoom the button is scrolled out of view.
                next(&mut window, "server.accept()");
                next(&mut window, "client.connect");
                next(&mut window, "client.send");
                window.harness.key_press(Key::F1);
                window.harness.run_ok();
                window.harness.key_press(Key::Escape);
                window
                    .harness
                    .key_press_modifiers(Modifiers::COMMAND, Key::K);
                window.harness.run_ok();
                window.harness.key_press(Key::Escape);
                window.harness.run_ok();
                assert_all_named(&window);
            }
        }
    }
}

fn next(window: &mut Window, row: &str) {
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.until(&format!("`{row}` was called"), |window| {
        window.find_row(row).is_some()
    });
}

fn assert_all_named(window: &Window) {
    let controls = [
        Role::Button,
        Role::TextInput,
        Role::CheckBox,
        Role::ComboBox,
        Role::Link,
        Role::RadioButton,
        Role::Switch,
    ];
    let mut count = 0;
    for node in window.harness.root().children_recursive() {
        let node = node.accesskit_node();
        if controls.contains(&node.role()) {
            count += 1;
            assert!(
                node.label().is_some_and(|label| !label.trim().is_empty()),
                "a {:?} without a name",
                node.role()
            );
        }
    }
    assert!(count > 5, "only {count} controls were there");
}
