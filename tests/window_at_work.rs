//! In a lesson the programs at work are in view, whatever else there is; and what stands there is whole.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod window_app;

use eframe::egui::{Key, Rect, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::script::lesson::{self, Lesson};
use sockeye::script::{Loaded, What};
use window_app::Window;

const LAPTOP: [f32; 2] = [1440.0, 900.0];
const SMALL: [f32; 2] = [1024.0, 700.0];

/// A window with a lesson of the course open, and the lesson.
fn opened(size: [f32; 2], name: &str) -> (Window, Lesson) {
    let entry = lesson::find(name).expect("it ships");
    let lesson = entry.lesson().expect("it reads");
    let what = What::Lesson(Box::new(lesson.clone()));
    let mut window = Window::open_with(size, |setup| {
        setup.loaded = Some(Loaded {
            title: name.to_owned(),
            what,
        });
    });
    window.until("it is open", |window| window.says("step 0 of"));
    (window, lesson)
}

/// Takes the steps up to this one; questions are skipped.
fn take(window: &mut Window, lesson: &Lesson, steps: std::ops::RangeInclusive<usize>) {
    for step in steps {
        if lesson.steps[step - 1].question.is_some() {
            window.harness.key_press(Key::PageDown);
            window.until("it is asked", |window| {
                window.says("press Next again to skip")
            });
        }
        window.harness.key_press(Key::PageDown);
        let taken = format!("step {step} of");
        window.until(&taken, |window| window.says(&taken));
        window.harness.run_ok();
    }
}

/// The columns: the ladder's left and right ends.
fn centre(window: &Window) -> Rect {
    window.node(Role::Group, "Ladder").rect()
}

/// Whether a socket's whole card is in view.
fn is_seen(window: &Window, name: &str) -> bool {
    let label = format!("{name} card");
    let card = window
        .harness
        .query_by_role_and_label(Role::Group, &label)
        .map(|node| node.rect());
    let columns = centre(window).x_range();
    card.is_some_and(|card| card.left() >= columns.min && card.right() <= columns.max)
}

/// The names of the sockets that stand folded.
fn folded(window: &Window) -> Vec<String> {
    let buttons = window.harness.query_all_by_role(Role::Button);
    let labels = buttons.filter_map(|node| node.accesskit_node().label());
    labels
        .filter_map(|label| Some(label.split_once(" folded, ")?.0.to_owned()))
        .collect()
}

/// The texts painted in the ladder, with their places.
fn painted(window: &Window) -> Vec<(String, Rect)> {
    fn collect(shape: &Shape, into: &mut Vec<(String, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, into)),
            Shape::Text(text) => {
                let place = text.visual_bounding_rect();
                into.push((text.galley.text().to_owned(), place));
            }
            _ => {}
        }
    }
    let ladder = centre(window);
    let mut texts = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, &mut texts);
    }
    texts.retain(|(_, place)| ladder.contains(place.center()));
    texts
}

#[test]
fn the_client_of_lesson_11_is_whole_while_its_server_works() {
    let (mut window, lesson) = opened(LAPTOP, "errors-on-purpose");
    take(&mut window, &lesson, 1..=9);
    for step in 10..=14 {
        take(&mut window, &lesson, step..=step);
        for name in ["server", "client"] {
            window.until(&format!("{name} at step {step} is seen"), |window| {
                is_seen(window, name)
            });
        }
        window.until(&format!("early is folded at step {step}"), |window| {
            folded(window) == ["early"]
        });
    }
    take(&mut window, &lesson, 15..=15);
    window.until("again is seen", |window| is_seen(window, "again"));
    let cut: Vec<_> = painted(&window)
        .into_iter()
        .filter(|(text, _)| text.ends_with('…') && text.chars().count() < 5)
        .collect();
    assert!(cut.is_empty(), "{cut:?}");
}

#[test]
fn of_twelve_sockets_in_three_parts_those_of_the_last_part_are_seen() {
    let (mut window, lesson) = opened(LAPTOP, "one-server-many-clients");
    take(&mut window, &lesson, 1..=27);
    let at_work = [["loop", "eve"], ["loop", "member"], ["loop", "member"]];
    for (step, names) in (28..).zip(at_work) {
        take(&mut window, &lesson, step..=step);
        for name in names {
            window.until(&format!("{name} at step {step} is seen"), |window| {
                is_seen(window, name)
            });
        }
        for name in ["turn", "ann", "ben", "crew", "cat", "dan"] {
            assert!(folded(&window).iter().any(|it| it == name), "{name}");
        }
    }
    let bars = painted(&window).into_iter();
    let bars: Vec<String> = bars.map(|(text, _)| text).collect();
    assert!(
        bars.iter().any(|text| text.starts_with("select ")),
        "{bars:?}"
    );
}

#[test]
fn a_third_client_gets_its_seat_after_accept_and_the_server_stays_in_view() {
    let (mut window, lesson) = opened(LAPTOP, "queues");
    take(&mut window, &lesson, 1..=9);
    // Its system has to knock again before accept makes room: then the lesson goes as it is meant to.
    window.until("the first knock had no answer", |window| {
        window.says("three connect waits 1")
    });
    take(&mut window, &lesson, 10..=10);
    window.until("three has its seat", |window| {
        let three = window.recording().sockets().named("three");
        three.is_some_and(|three| three.waiting.is_empty())
    });
    window.harness.run_ok();
    let place = |begins: &str| {
        let buttons = window.harness.query_all_by_role(Role::Button);
        let mut named = buttons.filter(|node| {
            let label = node.accesskit_node().label();
            label.is_some_and(|label| label.starts_with(begins))
        });
        named.next().map(|node| node.rect().top())
    };
    let accept = place("server accept").expect("its box");
    let again = place("SYN, sent again").expect("the knock that was answered");
    let seat = place("seat in the accept queue from three").expect("its seat");
    assert!(accept < again && again < seat, "{accept} {again} {seat}");
    take(&mut window, &lesson, 11..=13);
    for name in ["server", "two"] {
        window.until(&format!("{name} is seen"), |window| is_seen(window, name));
    }
    // Half of sixteen million reads as one million six hundred thousand.
    let number = |text: &str| text.contains("1600000") && !text.contains("16000000");
    let cut: Vec<_> = painted(&window)
        .into_iter()
        .filter(|(text, _)| number(text))
        .collect();
    assert!(cut.is_empty(), "{cut:?}");
}

#[test]
fn what_a_socket_sends_to_itself_is_written_beside_its_way_back() {
    let (mut window, lesson) = opened(LAPTOP, "net-code");
    let sends = lesson.script.statements.iter();
    let step = 1 + sends.take_while(|it| !it.text.contains("sendto")).count();
    take(&mut window, &lesson, 1..=step);
    let texts = painted(&window);
    let bytes = texts.iter().find(|(text, _)| text == "b\"hello me\"");
    let call = texts.iter().find(|(text, _)| text == "sendto");
    let (bytes, call) = bytes.zip(call).expect("both are written");
    assert!(bytes.1.left() > call.1.right(), "{bytes:?} beside {call:?}");
}

#[test]
fn in_a_small_window_accept_is_a_whole_word() {
    let (mut window, lesson) = opened(SMALL, "tcp-capitals");
    let calls = lesson.script.statements.iter();
    let step = 1 + calls.take_while(|it| !it.text.contains("connect")).count();
    take(&mut window, &lesson, 1..=step);
    let texts = painted(&window);
    let accept = texts.iter().find(|(text, _)| text == "accept");
    let (_, place) = accept.unwrap_or_else(|| panic!("accept, cut: {texts:?}"));
    let gutter = centre(&window).left() + 68.0;
    assert!(place.left() >= gutter, "{place:?} under the times");
}

#[test]
fn a_lesson_opens_without_the_drawer() {
    let mut window = Window::open_with(SMALL, |_| {});
    window.press(Role::Button, "Inspector");
    window.until("the drawer is open", |window| {
        window.has_button("Close details")
    });
    window.click("Lessons");
    window.until("a lesson is open", |window| window.says("step 0 of"));
    assert!(!window.has_button("Close details"), "it covers the lesson");
}

#[test]
fn a_tall_card_leaves_the_ladder_its_share_and_scrolls() {
    let mut window = Window::open_with(LAPTOP, |_| {});
    window.listener();
    window.click("server accept");
    window.waits("server.accept");
    window.click("server run by itself");
    window.click("server start automatic program");
    window.until("it runs by itself", |window| window.says("automatic · "));
    window.harness.run_ok();
    let ladder = centre(&window);
    let card = window.node(Role::Group, "server card").rect();
    let middle = ladder.bottom() - card.top();
    assert!(card.height() > middle * 0.65, "tall: {card:?} of {middle}");
    assert!(ladder.height() >= middle * 0.35, "{ladder:?} of {middle}");
}
