//! Exercises in the window: hints one at a time, a tick only for what really happened, and the row that did it.
#![cfg(target_os = "linux")]

mod window_app;

use eframe::egui::{Key, Role};
use sockeye::app::Settings;
use sockeye::views::Mode;

use window_app::Window;

fn settings(open: Option<&str>) -> Settings {
    let mut settings = Settings::default();
    settings.exercises.in_front = true;
    settings.exercises.open = open.map(str::to_owned);
    settings
}

fn window(open: Option<&str>) -> Window {
    Window::open_with([1440.0, 900.0], |setup| setup.settings = settings(open))
}

/// A client that is connected to a listener, by clicks.
fn connected(window: &mut Window) {
    window.listener();
    let port = window.until_bound("server").port();
    window.press(Role::RadioButton, "For: Client");
    window.type_into("New socket port", &port.to_string());
    window.make(&["For: Client"], "client");
    window.click("client connect");
    window.ended("client.connect");
}

#[test]
fn the_lessons_lead_to_the_exercises() {
    for (size, list) in [([1440.0, 900.0], None), ([1024.0, 700.0], Some("Lessons"))] {
        let mut window = Window::open_with(size, |setup| setup.settings.mode = Mode::Lessons);
        window.until("a lesson is open", |window| window.says("step 0 of"));
        if let Some(list) = list {
            window.click(list);
        }
        window.click("Exercises: 0 of 20 done");
        window.until("they are there, where calls can be made", |window| {
            window.has_button("Exercise: A socket is born") && !window.says("step 0 of")
        });
        window.click("Exercise: A socket is born");
        window.until("one is open", |window| {
            window.says("Make accept return a new socket.")
        });
        window.press(Role::RadioButton, "Show: Lessons");
        window.until("the lesson stands where it stood", |window| {
            window.says("step 0 of")
        });
    }
}

#[test]
fn an_exercise_is_ticked_when_it_has_happened() {
    let mut window = Window::open();
    window.press(Role::Tab, "Exercises tab");
    window.until("the list is there", |window| {
        window.says("0 of 20 exercises done")
    });
    window.click("Exercise: A socket is born");
    window.until("it is open", |window| {
        window.says("Make accept return a new socket.")
    });
    assert!(window.says("Counts from now: what you did before does not."));
    connected(&mut window);
    assert!(!window.says("Done: accept"), "only the client is there");
    window.click("server accept");
    let row = window.ended("server.accept").number.0;
    let done = format!("Done: accept returned a new socket, row {row}.");
    window.until("it is said", |window| window.says(&done));
    assert!(window.says("1 of 20 exercises done"));
    assert!(!window.says("Counts from now"), "nothing is to be counted");
    assert!(
        !window.has_button("Hint 1 of 3"),
        "there is nothing to hint at"
    );

    window.press(Role::Link, &format!("Show row {row}"));
    window.until("the row is chosen", |window| {
        window.says(&format!("row {row}")) && window.says("Details tab")
    });
    window.press(Role::Link, "All exercises");
    window.until("it has its tick", |window| {
        window.has_button("Exercise: A socket is born, done")
    });
}

#[test]
fn it_is_done_again_only_by_what_happens_then() {
    let mut window = window(Some("new-socket"));
    connected(&mut window);
    window.click("server accept");
    window.until("it is done", |window| window.says("Done: accept returned"));
    window.press(Role::Link, "Do it again");
    window.until("its tick is gone", |window| {
        window.says("0 of 20 exercises done") && window.has_button("Hint 1 of 3")
    });
    window.harness.run_ok();
    assert!(!window.has_button("Do it again"));
    window.click("server accept");
    window.waits("server.accept");
    assert!(window.says("0 of 20 exercises done"), "it only waits");
    window.make(&["For: Client"], "client2");
    window.click("client2 connect");
    window.until("it is done again", |window| {
        window.says("1 of 20 exercises done")
    });
}

#[test]
fn hints_come_one_at_a_time_by_the_keyboard_too() {
    let mut window = window(Some("refused"));
    let hints = [
        "Your system answers for a port where nobody listens",
        "Bind a server, but call no listen",
        "server.bind((\"127.0.0.1\", 5000))",
    ];
    for (index, hint) in hints.iter().enumerate() {
        assert!(!window.says(hint), "{hint} too early");
        let name = format!("Hint {} of 3", index + 1);
        window.node(Role::Button, &name).focus();
        window.harness.step();
        window.harness.key_press(Key::Enter);
        window.until("the hint is there", |window| window.says(hint));
    }
    assert!(window.has_button("Copy the calls"));
    // Another exercise begins without hints.
    window.press(Role::Link, "All exercises");
    window.click("Exercise: The end");
    window.until("it is open", |window| window.has_button("Hint 1 of 3"));
}

#[test]
fn what_was_done_is_remembered_without_its_row() {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings = settings(Some("new-socket"));
        setup
            .settings
            .exercises
            .done
            .insert("new-socket".to_owned());
    });
    window.until("it is done", |window| {
        window.says("Done: accept returned a new socket.")
    });
    let row = |window: &Window| {
        let link = |label: &str| label.starts_with("Show row");
        window.texts().iter().any(|text| link(text))
    };
    assert!(!row(&window), "another session's row is not shown");
}

#[test]
fn in_a_narrow_window_they_open_from_the_rail() {
    let mut window = Window::open_with([1024.0, 700.0], |_| {});
    window.click("Exercises");
    window.click("Exercise: Cut off");
    window.until("it is open", |window| {
        window.says("Receive a datagram whose end is cut off and lost.")
    });
    window.click("Hint 1 of 3");
    window.until("the hint is there", |window| {
        window.says("UDP gives a datagram once.")
    });
}
