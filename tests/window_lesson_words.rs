//! What the window says in the lessons that ship: of a socket, of a neighbour, of time that passes, of a program's own
//! variables.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod window_app;

use eframe::egui::{Key, Shape};
use sockeye::script::lesson;
use sockeye::script::{Loaded, What};
use window_app::Window;

/// A window with a lesson that ships open, before its first step.
fn opened(name: &str, size: [f32; 2]) -> Window {
    let entry = lesson::find(name).expect("it ships");
    let lesson = entry.lesson().expect("it reads");
    let loaded = Loaded {
        title: format!("{name}.toml"),
        what: What::Lesson(Box::new(lesson)),
    };
    let mut window = Window::open_with(size, |setup| setup.loaded = Some(loaded));
    window.until("the lesson is open", |window| stands_at(window, 0));
    window
}

fn stands_at(window: &Window, step: usize) -> bool {
    window.says(&format!("step {step} of"))
}

/// Whether a question waits for an answer, in the window or on the projector.
fn asks(window: &Window) -> bool {
    window.says("press Next again to skip") || window.says("PageDown answer")
}

/// Pages on until so many steps were taken; questions are skipped.
#[track_caller]
fn page_to(window: &mut Window, step: usize) {
    let stands = (0..=step).find(|step| stands_at(window, *step));
    for taken in stands.expect("no step was taken too many")..step {
        for _ in 0..2 {
            let was_asked = asks(window);
            window.harness.key_press(Key::PageDown);
            window.until(&format!("step {} or its question", taken + 1), |window| {
                stands_at(window, taken + 1) || (!was_asked && asks(window))
            });
            window.harness.run_ok();
            if stands_at(window, taken + 1) {
                break;
            }
        }
    }
    assert!(stands_at(window, step), "{}", window.tree());
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
    page_to(&mut window, 1);
    window.until("its card is there", |window| paints(window, "web"));
    assert!(!paints(&window, "listener"), "{}", window.tree());
    page_to(&mut window, 2);
    window.until("it is bound", |window| paints(window, "bound"));
    assert!(!paints(&window, "listener"), "{}", window.tree());
}

#[test]
fn only_an_address_that_others_reach_is_offered_to_other_computers() {
    let mut window = opened("your-neighbour", [1440.0, 900.0]);
    page_to(&mut window, 6);
    window.until("it asks for a neighbour", |window| {
        window.says("another program on this computer. Type one of these")
    });
    assert!(window.says("nc 127.0.0.1"), "{}", window.tree());
    assert!(!window.says("or on another computer"), "{}", window.tree());
}

/// The sentence that is said of a step, without its marks.
fn said(name: &str, step: usize) -> String {
    let lesson = lesson::find(name).expect("it ships");
    let lesson = lesson.lesson().expect("it reads");
    lesson.steps[step - 1].say.replace('`', "")
}

#[test]
fn a_step_that_sleeps_is_told_while_it_does_and_a_press_meanwhile_takes_no_other() {
    const SLEEP: usize = 8;
    let said = said("blocking-waits", SLEEP);
    for projector in [false, true] {
        let mut window = opened("blocking-waits", [1440.0, 900.0]);
        if projector {
            window.harness.key_press(Key::F5);
            window.until("the projector is open", |window| window.says("Esc leave"));
        }
        page_to(&mut window, SLEEP - 1);
        let calls = window.recording().calls();
        window.harness.key_press(Key::PageDown);
        let passes = if projector {
            format!("step {SLEEP} sleeps: 0.")
        } else {
            "time passes: 0.".to_owned()
        };
        window.until("it is told while time passes", |window| {
            window.says(&passes) && window.says(&said)
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
        assert!(window.says(&said), "{}", window.tree());
        assert_eq!(
            window.recording().calls(),
            calls,
            "no press was kept for later"
        );
        page_to(&mut window, SLEEP + 1);
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
        page_to(&mut window, step);
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
