//! What the window says in the lessons that ship: of a socket, of a neighbour, of time that passes, of a program's own
//! variables.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod window_app;

use eframe::egui::{Key, Shape};
use egui_kittest::kittest::NodeT as _;
use sockeye::script::lesson::{self, Lesson};
use sockeye::script::{Loaded, What};
use window_app::Window;

fn lesson_of(name: &str) -> Lesson {
    let entry = lesson::find(name).expect("it ships");
    entry.lesson().expect("it reads")
}

/// A window with a lesson that ships open, before its first step.
fn opened(name: &str, size: [f32; 2]) -> Window {
    let loaded = Loaded {
        title: format!("{name}.toml"),
        what: What::Lesson(Box::new(lesson_of(name))),
    };
    let mut window = Window::open_with(size, |setup| setup.loaded = Some(loaded));
    window.until("the lesson is open", |window| stands_at(window, 0));
    window
}

fn stands_at(window: &Window, step: usize) -> bool {
    window.says(&format!("step {step} of"))
}

/// Pages on until so many steps of a lesson were taken; questions are skipped.
#[track_caller]
fn page_to(window: &mut Window, name: &str, step: usize) {
    let asks = |step: usize| lesson_of(name).steps[step - 1].question.is_some();
    let from = (0..step).find(|from| stands_at(window, *from));
    for next in from.expect("a step before")..step {
        if asks(next + 1) {
            window.harness.key_press(Key::PageDown);
            window.harness.run_ok();
        }
        window.harness.key_press(Key::PageDown);
        let taken = format!("step {} of `{name}`", next + 1);
        window.until(&taken, |window| stands_at(window, next + 1));
    }
}

/// Whether a text is painted that is just this word.
fn paints(window: &Window, word: &str) -> bool {
    fn holds(shape: &Shape, word: &str) -> bool {
        match shape {
            Shape::Vec(shapes) => shapes.iter().any(|shape| holds(shape, word)),
            Shape::Text(text) => text.galley.job.text == word,
            _ => false,
        }
    }
    let mut shapes = window.harness.output().shapes.iter();
    shapes.any(|clipped| holds(&clipped.shape, word))
}

#[test]
fn a_socket_that_never_listens_is_called_no_listener() {
    let mut window = opened("socket-address-port", [1440.0, 900.0]);
    page_to(&mut window, "socket-address-port", 1);
    window.until("its card is there", |window| paints(window, "web"));
    assert!(!paints(&window, "listener"), "{}", window.tree());
    page_to(&mut window, "socket-address-port", 2);
    window.until("it is bound", |window| paints(window, "bound"));
    assert!(!paints(&window, "listener"), "{}", window.tree());
}

#[test]
fn only_an_address_that_others_reach_is_offered_to_other_computers() {
    let mut window = opened("your-neighbour", [1440.0, 900.0]);
    page_to(&mut window, "your-neighbour", 6);
    window.until("it asks for a neighbour", |window| {
        window.says("another program on this computer. Type one of these")
    });
    assert!(window.says("nc 127.0.0.1"), "{}", window.tree());
    assert!(!window.says("or on another computer"), "{}", window.tree());
}

#[test]
fn a_step_that_sleeps_is_told_while_it_does_and_a_press_meanwhile_takes_no_other() {
    const SLEEP: usize = 8;
    const NAME: &str = "blocking-waits";
    let step = &lesson_of(NAME).steps[SLEEP - 1];
    // The back row reads no more than this.
    let said = step.say.split_inclusive(". ").next().expect("a sentence");
    let said = said.trim();
    for projector in [false, true] {
        let mut window = opened(NAME, [1440.0, 900.0]);
        if projector {
            window.harness.key_press(Key::F5);
            window.until("the projector is open", |window| window.says("Esc leave"));
        }
        page_to(&mut window, NAME, SLEEP - 1);
        let calls = window.recording().calls();
        window.harness.key_press(Key::PageDown);
        let passes = if projector {
            format!("step {SLEEP} sleeps: 0.")
        } else {
            "time passes: 0.".to_owned()
        };
        window.until("it is told while time passes", |window| {
            window.says(&passes) && window.says(said)
        });
        assert!(!stands_at(&window, SLEEP - 1) && !stands_at(&window, SLEEP));
        // Pressed again and again until it is over.
        while !stands_at(&window, SLEEP) {
            if window.says(&passes) {
                window.harness.key_press(Key::PageDown);
            }
            window.harness.step();
            assert!(!stands_at(&window, SLEEP + 1), "{}", window.tree());
        }
        assert!(window.says(said), "{}", window.tree());
        assert_eq!(
            window.recording().calls(),
            calls,
            "no press was kept for later"
        );
        page_to(&mut window, NAME, SLEEP + 1);
    }
}

#[test]
fn a_program_says_how_far_its_own_lines_have_counted_where_it_stands() {
    let mut window = opened("never-waits", [1440.0, 900.0]);
    let strip = |window: &Window, begins: &str, frame: u32| {
        let end = format!("; frame is {frame}");
        let texts = window.texts();
        texts
            .iter()
            .any(|it| it.starts_with(begins) && it.ends_with(&end))
    };
    // The step, whether its program stands still, and its frame.
    for (step, stands_still, frame) in [
        (1, false, 0),
        (6, false, 0),
        (7, true, 1),
        (8, false, 1),
        (10, false, 2),
        (11, false, 2),
        (13, false, 3),
        (16, false, 4),
    ] {
        page_to(&mut window, "never-waits", step);
        let (begins, verdict) = if stands_still {
            ("game stands still", "Stands still")
        } else {
            ("game runs on", "Runs on")
        };
        window.until(&format!("frame {frame} at step {step}"), |window| {
            strip(window, begins, frame)
        });
        let large = format!("frame {frame}");
        assert!(
            paints(&window, &large) && paints(&window, verdict),
            "step {step}"
        );
        assert!(window.says("frame"), "it is one of the variables");
    }
    // What stands beside the strip is of the moment that is shown.
    window.harness.key_press(Key::PageUp);
    window.harness.key_press(Key::PageUp);
    window.harness.key_press(Key::PageUp);
    window.until("step 13", |window| strip(window, "game runs on", 3));
}

/// The list of lessons stands open, or is behind one button.
fn is_folded(window: &Window) -> bool {
    !window.says("Lesson 1: Net code")
}

#[test]
fn the_list_of_lessons_stays_as_it_is_from_the_first_step_of_a_lesson_to_its_last() {
    for name in ["net-code", "tcp-capitals", "blocking-waits"] {
        for height in [860.0, 900.0, 1080.0] {
            let mut window = opened(name, [1440.0, height]);
            let folded = is_folded(&window);
            for step in 1..=lesson_of(name).steps.len() {
                page_to(&mut window, name, step);
                let now = is_folded(&window);
                assert_eq!(now, folded, "{name}, step {step} at {height}");
            }
        }
    }
}

#[test]
fn behind_its_button_the_list_shows_the_last_lesson_without_a_scroll() {
    let mut window = opened("your-neighbour", [1024.0, 700.0]);
    window.click_there("Lessons");
    for _ in 0..3 {
        // Opened and folded again, it must not keep the size it had.
        window.click_there("Further");
        window.harness.run_ok();
    }
    let rows = window.harness.root().children_recursive();
    let last = rows.into_iter().find(|node| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("Lesson 14: "))
    });
    let last = last.expect("it is in the list").rect();
    assert!(last.bottom() <= 700.0, "{last:?}");
    let shapes = window.harness.output().shapes.iter();
    let mut seen = shapes.filter(|clipped| clipped.clip_rect.contains_rect(last.shrink(2.0)));
    let painted = |shape: &Shape| matches!(shape, Shape::Text(text) if text.visual_bounding_rect().intersects(last));
    assert!(
        seen.any(|clipped| painted(&clipped.shape)),
        "it is out of view"
    );
}
