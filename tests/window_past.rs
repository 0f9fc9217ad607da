//! Looking at the past: the scrubber, its keys, what each view shows meanwhile, and the way back.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod window_app;

use std::time::Duration;

use eframe::egui::accesskit::Action as Wish;
use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::model::call::Call;
use sockeye::network::{Network as _, Request};
use sockeye::script::catalog;
use window_app::Window;

const PAST: &str = "You see the past. Real sockets do not go back.";
const BACK: &str = "Back to now";

/// A window in which a script of the catalogue plays only where a key says so, some steps into it.
fn played(steps: usize) -> Window {
    let entry = catalog::find("tcp-capitalise").expect("it ships");
    let script = entry.script().expect("it reads");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.loaded = Some(sockeye::script::Loaded::script(entry.title, script));
        setup.settings.step_pause = 60.0;
    });
    for step in 1..=steps {
        window.until(&format!("step {step}"), |window| {
            window.says(&format!("step {step} of"))
        });
        if step < steps {
            window.harness.key_press(Key::PageDown);
        }
    }
    window.until("so many calls are made", |window| {
        window.recording().calls() >= steps as u64
    });
    window
}

fn ctrl(window: &mut Window, key: Key) {
    window.harness.key_press_modifiers(Modifiers::COMMAND, key);
    window.harness.step();
    window.harness.step();
}

/// How the log's rows are read out, the oldest first.
fn rows(window: &Window) -> Vec<String> {
    let texts = window.texts().into_iter();
    texts.filter(|text| text.starts_with("row ")).collect()
}

fn is_enabled(window: &Window, button: &str) -> bool {
    let node = window.node(Role::Button, button);
    !node.accesskit_node().is_disabled()
}

#[test]
fn one_call_back_shows_that_moment_in_every_view_and_end_comes_back() {
    // socket, bind, listen; then accept waits.
    let mut window = played(4);
    window.waits("accept");
    assert!(window.says("now · 4 calls"), "{}", window.tree());
    assert!(!window.says(PAST) && !window.has_button(BACK));
    assert!(window.says("LISTEN"));
    let log = window.log();

    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("call 3 of 4"), "{}", window.tree());
    assert!(window.says(PAST) && window.has_button(BACK));
    assert!(!window.says("accept() … waits"), "nobody waited yet");
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("call 2 of 4"));
    assert!(
        !window.says("LISTEN") && window.says("BOUND"),
        "its badge then"
    );
    assert!(
        !is_enabled(&window, "server listen"),
        "nothing can be called"
    );
    assert!(window.says("1 socket · playing · the past"));

    ctrl(&mut window, Key::ArrowRight);
    assert!(window.says("call 3 of 4") && window.says("LISTEN"));
    ctrl(&mut window, Key::ArrowLeft);
    window.harness.key_press(Key::Home);
    window.harness.step();
    window.harness.step();
    assert!(window.says("call 1 of 4") && window.says("NEW"));
    window.harness.key_press(Key::End);
    window.until("the present is back", |window| window.says("now · 4 calls"));
    assert!(!window.says(PAST) && window.says("LISTEN"));
    assert_eq!(window.log(), log, "looking back made no call");

    // On from the last call but one is the present; so is Esc, and so is the button.
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("call 3 of 4"));
    ctrl(&mut window, Key::ArrowRight);
    assert!(window.says("now · 4 calls"));
    ctrl(&mut window, Key::ArrowLeft);
    window.harness.key_press(Key::Escape);
    window.until("Esc comes back", |window| window.says("now · 4 calls"));
    ctrl(&mut window, Key::ArrowLeft);
    window.click(BACK);
    window.until("the button does", |window| window.says("now · 4 calls"));
}

#[test]
fn what_goes_on_meanwhile_is_recorded_and_only_counted() {
    let mut window = played(3);
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("call 2 of 3"), "{}", window.tree());
    let server = window.recording().sockets().named("server").expect("it");
    let request = Request::on(server.id, Call::GetSockName);
    window.network.submit(request);
    window.until("it is in the recording", |window| {
        window.recording().calls() == 4
    });
    window.until("it is counted", |window| window.says("1 new"));
    assert!(window.says("call 2 of 4"), "the moment stays");
    assert!(!window.says("getsockname() →"), "{}", window.tree());
    window.harness.key_press(Key::End);
    window.until("there it is", |window| window.says("now · 4 calls"));
    assert!(!window.says("1 new"));
}

/// A key goes back in the very frame in which a button is pressed that was meant for now.
///
/// Seen failing with: only calls refused while the past is shown, not what ends their waits.
#[test]
fn what_was_pressed_as_the_past_came_up_does_nothing_to_what_goes_on() {
    let mut window = played(4);
    window.waits("accept");
    window
        .node(Role::Button, "Stop waiting server accept")
        .click_accesskit();
    let (key, modifiers) = (Key::ArrowLeft, Modifiers::COMMAND);
    window.harness.input_mut().events.push(Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    });
    window.harness.step();
    window.until("the past is shown", |window| window.says(PAST));
    window.harness.key_press(Key::End);
    window.until("the present is back", |window| window.says("now · 4 calls"));
    assert!(
        window.log().contains("accept() -> waits"),
        "{}",
        window.log()
    );
}

#[test]
fn going_on_from_the_past_returns_to_the_present() {
    let mut window = played(2);
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says(PAST));
    window.click("Step");
    window.until("the next step is made", |window| {
        window.recording().calls() == 3
    });
    window.until("and shown", |window| window.says("now · 3 calls"));
    assert!(!window.says(PAST));
}

#[test]
fn a_wait_that_is_over_is_as_long_as_it_was_then() {
    let mut window = played(4);
    window.waits("accept");
    // Steps on: a client connects, and accept returns.
    for step in 5..=6 {
        window.harness.key_press(Key::PageDown);
        window.until(&format!("step {step}"), |window| {
            window.says(&format!("step {step} of"))
        });
    }
    window.ended("accept");
    let row = window.find_row("accept").expect("the row");
    let mut tries = 0;
    while !window.says("accept() 0 ms") && !window.says("waits in accept") {
        ctrl(&mut window, Key::ArrowLeft);
        tries += 1;
        assert!(tries < 12, "{}", window.tree());
    }
    let before = window.tree();
    std::thread::yield_now();
    for _ in 0..20 {
        window.harness.step();
    }
    assert_eq!(window.tree(), before, "the past stands still");
    assert!(row.outcome.is_some());
    assert!(
        !window.says("#3"),
        "nobody was accepted yet: {}",
        window.tree()
    );
}

#[test]
fn the_track_is_a_slider_with_its_range_and_does_what_it_is_asked() {
    let mut window = played(4);
    let value = |window: &Window| {
        let node = window.node(Role::Slider, "Moment of the session");
        let node = node.accesskit_node();
        (
            node.numeric_value(),
            node.min_numeric_value(),
            node.max_numeric_value(),
        )
    };
    assert_eq!(value(&window), (Some(4.0), Some(1.0), Some(4.0)));
    window.harness.get_by_role(Role::Slider).focus();
    window.harness.step();
    window.harness.key_press(Key::ArrowLeft);
    window.until("one back", |window| window.says("call 3 of 4"));
    assert_eq!(value(&window).0, Some(3.0));
    let ask = |window: &mut Window, wish| {
        let event = {
            let node = window.node(Role::Slider, "Moment of the session");
            let node = node.accesskit_node();
            let (target_node, target_tree) = node.locate();
            eframe::egui::Event::AccessKitActionRequest(eframe::egui::accesskit::ActionRequest {
                action: wish,
                target_tree,
                target_node,
                data: None,
            })
        };
        window.harness.event(event);
        window.harness.step();
        window.harness.step();
    };
    ask(&mut window, Wish::Decrement);
    assert!(window.says("call 2 of 4"), "{}", window.tree());
    ask(&mut window, Wish::Increment);
    assert!(window.says("call 3 of 4"));
    // A click on the track is a jump.
    let place = window.node(Role::Slider, "Moment of the session").rect();
    window.harness.hover_at(place.left_center());
    window.harness.drag_at(place.left_center());
    window.harness.step();
    window.harness.drop_at(place.left_center());
    window.until("the first call", |window| window.says("call 1 of 4"));
}

#[test]
fn while_typing_the_keys_are_the_fields() {
    let mut window = played(3);
    window.type_into("Type a call", "server");
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("now · 3 calls"), "{}", window.tree());
}

#[test]
fn a_call_chosen_in_the_past_is_jumped_to_and_details_leads_there() {
    let mut window = played(4);
    let bind = window.find_row("bind").expect("the row").number;
    // Chosen in the present, it is only chosen.
    let name = |window: &Window| {
        let mut rows = window.texts().into_iter();
        rows.find(|text| text.contains("server.bind((") && text.contains("#1"))
            .unwrap_or_else(|| panic!("{}", window.tree()))
    };
    let row = name(&window);
    window.harness.get_by_label(&row).click_accesskit();
    window.until("Details tells of it", |window| {
        window.has_button("Show this moment")
    });
    assert!(!window.says(PAST));
    window.click("Show this moment");
    window.until("its moment", |window| window.says("call 2 of 4"));
    assert_eq!(bind.0, 2);
    assert!(rows(&window).len() <= 2, "{}", window.tree());
    window.harness.key_press(Key::End);
    window.harness.step();
    ctrl(&mut window, Key::ArrowLeft);
    assert!(window.says("call 3 of 4"));
    let row = name(&window);
    window.harness.get_by_label(&row).click_accesskit();
    window.until("a jump", |window| window.says("call 2 of 4"));
}

#[test]
fn the_projector_shows_the_same_past_with_the_badges_of_then() {
    let mut window = played(3);
    window.harness.key_press(Key::F5);
    window.until("the projector", |window| window.says("Esc leave"));
    window.until("listen is told", |window| window.says("server #1 LISTEN"));
    window.harness.key_press(Key::PageUp);
    window.until("its badge then", |window| window.says("server #1 BOUND"));
    assert!(!window.says("LISTEN"));
    window.harness.key_press(Key::F5);
    window.until("the window shows the same past", |window| {
        window.says("call 2 of 3")
    });
    assert!(window.says(PAST));
}

#[test]
fn the_moment_of_the_call_in_a_small_window_has_room_for_its_words() {
    let mut window = Window::open_with([1024.0, 700.0], |setup| {
        let entry = catalog::find("tcp-capitalise").expect("it ships");
        let script = entry.script().expect("it reads");
        setup.loaded = Some(sockeye::script::Loaded::script(entry.title, script));
        setup.settings.step_pause = Duration::from_millis(1).as_secs_f32();
    });
    window.until("it is played", |window| window.recording().calls() >= 8);
    ctrl(&mut window, Key::ArrowLeft);
    let track = window.node(Role::Slider, "Moment of the session").rect();
    let button = window.node(Role::Button, BACK).rect();
    assert!(track.width() >= 150.0, "{track:?}");
    assert!(track.right() < button.left() && button.right() <= 1024.0);
    assert!(track.height() <= 32.0);
}
