//! The whole window with more sockets than it has room for: the chosen one is seen, however it was chosen.

mod window_app;

use eframe::egui::{Key, Modifiers, Rect, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use window_app::Window;

/// The inspector's width where it lies over the columns.
const DRAWER: f32 = 400.0;

/// A window of this size with nine sockets.
fn nine(size: [f32; 2]) -> Window {
    let mut window = Window::open_with(size, |_| {});
    for index in 1..=9 {
        let name = match index {
            1 => "peer".to_owned(),
            more => format!("peer{more}"),
        };
        let line = format!("{name} = socket(AF_INET, SOCK_DGRAM)");
        window.type_into("Type a call", &line);
        window.harness.key_press(Key::Enter);
        window.until(&format!("{name} was born"), |window| {
            window.recording().sockets().named(&name).is_some()
        });
    }
    window
}

fn card(window: &Window, name: &str) -> Option<Rect> {
    let label = format!("{name} card");
    window
        .harness
        .query_by_role_and_label(Role::Group, &label)
        .map(|node| node.rect())
}

/// Steps until the card lies between `left` and `right`.
fn until_seen(window: &mut Window, name: &str, left: f32, right: f32) {
    window.until(&format!("{name} is seen"), |window| {
        card(window, name).is_some_and(|rect| rect.left() >= left && rect.right() <= right + 0.5)
    });
}

#[test]
fn keys_choose_any_socket_into_view() {
    for (size, left, right) in [
        ([1440.0, 900.0], 248.0, 1120.0),
        ([1024.0, 700.0], 40.0, 1024.0),
    ] {
        let mut window = if size[1] < 760.0 {
            // Low, the line to type in is folded away with the log: the sockets are made in a high window.
            let mut window = nine([1440.0, 900.0]);
            window.harness.set_size(size.into());
            window
        } else {
            nine(size)
        };
        for (key, name) in [
            (Key::Num1, "peer"),
            (Key::Num9, "peer9"),
            (Key::Num5, "peer5"),
            (Key::Num2, "peer2"),
        ] {
            window.harness.key_press_modifiers(Modifiers::COMMAND, key);
            until_seen(&mut window, name, left, right);
        }
    }
}

#[test]
fn a_chosen_socket_is_brought_back_when_it_is_chosen_again() {
    let mut window = nine([1440.0, 900.0]);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    until_seen(&mut window, "peer", 248.0, 1120.0);
    for _ in 0..3 {
        let more = |label: &str| label.ends_with(" more to the right");
        let names = window.texts();
        let Some(name) = names.iter().find(|name| more(name)) else {
            break;
        };
        window.click(name);
        window.harness.step();
        window.harness.step();
    }
    let gone = card(&window, "peer").is_none_or(|rect| rect.left() < 248.0);
    assert!(gone, "{:?}", card(&window, "peer"));
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    until_seen(&mut window, "peer", 248.0, 1120.0);
}

#[test]
fn a_row_of_the_log_shows_its_socket_beside_the_drawer_it_opens() {
    let mut window = nine([1280.0, 900.0]);
    for name in ["peer9", "peer2", "peer6"] {
        let line = format!("{name} = socket(AF_INET, SOCK_DGRAM)");
        window.type_into("Log filter", &format!("{name} "));
        window.until(&format!("the row of {name} is found"), |window| {
            window.harness.query_all_by_role(Role::ListItem).any(|row| {
                row.accesskit_node()
                    .label()
                    .is_some_and(|it| it.contains(&line))
            })
        });
        let mut rows = window.harness.query_all_by_role(Role::ListItem);
        let row = rows.rfind(|row| {
            row.accesskit_node()
                .label()
                .is_some_and(|it| it.contains(&line))
        });
        row.expect("it was there").click_accesskit();
        drop(rows);
        window.harness.step();
        until_seen(&mut window, name, 248.0, 1280.0 - DRAWER);
    }
}

#[test]
fn a_resize_keeps_the_chosen_socket_in_view() {
    let mut window = nine([1440.0, 900.0]);
    for (key, name) in [(Key::Num9, "peer9"), (Key::Num4, "peer4")] {
        window.harness.key_press_modifiers(Modifiers::COMMAND, key);
        until_seen(&mut window, name, 248.0, 1120.0);
        window.harness.set_size([1024.0, 700.0].into());
        until_seen(&mut window, name, 40.0, 1024.0);
        window.harness.set_size([1440.0, 900.0].into());
        until_seen(&mut window, name, 248.0, 1120.0);
    }
}

/// Steps on until so many statements of what plays were made.
fn step_to(window: &mut Window, from: usize, to: usize) {
    for step in from..=to {
        window.harness.key_press(Key::PageDown);
        window.until(&format!("step {step}"), |window| {
            window.says(&format!("step {step} of 23"))
        });
    }
}

#[test]
fn the_quick_start_shows_the_same_recv_on_two_cards() {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings.step_pause = 60.0;
    });
    window.click("Play Non-blocking");
    window.until("the first line was played", |window| {
        window.says("step 1 of 23")
    });
    step_to(&mut window, 2, 11);
    window.waits("client.recv(5)");
    assert!(!window.says("client is A"), "B has not asked yet");
    step_to(&mut window, 12, 14);
    assert_eq!(
        window.find_row("client2.recv(5)").map(|row| row.count),
        Some(3)
    );
    for said in [
        "The same recv(5): A waits, B asked too early: nothing in the buffer yet.",
        "client is A",
        "client2 is B",
        "server unfold program",
    ] {
        assert!(window.says(said), "{said}\n{}", window.tree());
    }
    assert!(card(&window, "server").is_none());
    step_to(&mut window, 15, 18);
    let both = "The same recv(5): A waited, B asked again: both have their bytes.";
    assert!(window.says(both), "{}", window.tree());
    for _ in 19..=23 {
        window.harness.key_press(Key::PageDown);
        window.harness.step();
    }
    window.ended("server.close()");
    assert!(!window.says("client is A"));
}
