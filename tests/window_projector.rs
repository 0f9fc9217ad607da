//! The projector and the themes: keys, words and sizes, through the accessibility tree and what is painted.
#![allow(clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod window_app;

use eframe::egui::{self, Color32, Key, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::app::load;
use sockeye::model::caption::MOST_WORDS;
use sockeye::script::catalog;
use sockeye::views::ThemeChoice;
use sockeye::views::theme::palette::{DARK, HIGH_CONTRAST, LIGHT};
use sockeye::views::theme::{self, Large};
use window_app::Window;

/// A projector's picture.
const SCREEN: [f32; 2] = [1920.0, 1080.0];
/// The least height of a word, of 1080 lines.
const LEAST: f32 = 36.0;

/// A window in which a script of the catalogue stands before its second step.
fn playing(size: [f32; 2], name: &str) -> Window {
    let entry = catalog::find(name).expect("it ships");
    let script = entry.script().expect("it reads");
    let mut window = Window::open_with(size, |setup| {
        setup.loaded = Some(sockeye::script::Loaded::script(entry.title, script));
        // Longer than any test: it goes on only where a key says so.
        setup.settings.step_pause = 60.0;
    });
    window.until("the first step is made", |window| {
        !window.recording().is_empty()
    });
    window
}

fn open_projector(window: &mut Window) {
    window.harness.key_press(Key::F5);
    window.until("the projector is open", is_open);
}

fn is_open(window: &Window) -> bool {
    window.says("Esc leave")
}

fn label(window: &Window, begins: &str) -> Option<String> {
    let mut texts = window.texts().into_iter();
    texts.find(|text| text.starts_with(begins))
}

/// One step on, until the projector shows it.
#[track_caller]
fn step_to(window: &mut Window, step: usize) {
    window.harness.key_press(Key::PageDown);
    window.until(&format!("step {step}"), |window| {
        window.says(&format!("step {step} of"))
    });
}

/// Every text that is painted, with the height of its letters.
fn painted(window: &Window) -> Vec<(String, f32)> {
    fn collect(shape: &Shape, into: &mut Vec<(String, f32)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, into)),
            Shape::Text(text) => {
                for section in &text.galley.job.sections {
                    let words = text.galley.job.text.clone();
                    into.push((words, section.format.font_id.size));
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, &mut all);
    }
    all
}

#[track_caller]
fn assert_readable(window: &Window, height: f32) {
    let texts = painted(window);
    assert!(!texts.is_empty(), "nothing is painted");
    for (text, size) in texts {
        assert!(
            size >= LEAST * height / 1080.0 - 0.01,
            "`{text}` is {size} points high in a picture of {height}"
        );
    }
}

#[test]
fn f5_opens_the_projector_and_leaves_it_and_so_does_esc() {
    let mut window = Window::open();
    for leave in [Key::F5, Key::Escape] {
        open_projector(&mut window);
        assert!(window.says("Free play"), "{}", window.tree());
        assert!(!window.says("Log filter"), "panels fold away");
        window.harness.key_press(leave);
        window.until("the window is back", |window| window.says("Log filter"));
        assert!(!is_open(&window));
    }
    window.click("Projector");
    window.until("the button opens it too", is_open);
}

#[test]
fn page_down_steps_and_page_up_looks_at_the_past_which_stays_as_it_was() {
    let mut window = playing(SCREEN, "tcp-capitalise");
    open_projector(&mut window);
    step_to(&mut window, 2);
    step_to(&mut window, 3);
    window.until("listen is told", |window| {
        label(window, "Now: ").is_some_and(|now| now.contains("server.listen"))
    });
    let calls = window.log();

    window.harness.key_press(Key::PageUp);
    window.until("the call before is told", |window| {
        label(window, "Past: ").is_some_and(|past| past.contains("server.bind"))
    });
    assert!(window.says("the past: real sockets don't go back"));
    window.harness.key_press(Key::PageUp);
    window.until("the one before that", |window| {
        label(window, "Past: ").is_some_and(|past| past.contains("socket("))
    });
    // There is nothing before the first call.
    window.harness.key_press(Key::PageUp);
    window.harness.run_ok();
    assert!(label(&window, "Past: ").is_some_and(|past| past.contains("socket(")));

    window.harness.key_press(Key::PageDown);
    window.harness.step();
    window.harness.key_press(Key::PageDown);
    window.until("the present is back", |window| {
        label(window, "Now: ").is_some_and(|now| now.contains("server.listen"))
    });
    assert!(!window.says("the past: real"));
    assert_eq!(window.log(), calls, "looking back made no call");
    step_to(&mut window, 4);
    window.waits("server.accept");
}

#[test]
fn beside_cards_with_every_method_the_ladder_keeps_its_share() {
    for size in [[1440.0, 900.0], [1024.0, 700.0]] {
        let mut window = playing(size, "tcp-capitalise");
        for step in 2..=8 {
            step_to(&mut window, step);
        }
        let ladder = window.node(Role::Group, "Ladder").rect();
        let card = window.node(Role::Group, "server card").rect();
        let share = ladder.height() / (ladder.bottom() - card.top());
        assert!(share > 0.37, "{size:?}: {share} of the centre, {ladder:?}");
    }
}

#[test]
fn space_plays_and_pauses() {
    let mut window = playing(SCREEN, "tcp-capitalise");
    open_projector(&mut window);
    assert!(window.says("Space pause"), "{}", window.tree());
    window.harness.key_press(Key::Space);
    window.until("it stands still", |window| window.says("Space play"));
    window.harness.key_press(Key::Space);
    window.until("it goes on", |window| window.says("Space pause"));
}

#[test]
fn a_dot_blanks_the_screen_and_any_key_brings_it_back_and_does_nothing_else() {
    let mut window = playing(SCREEN, "tcp-capitalise");
    open_projector(&mut window);
    step_to(&mut window, 2);
    let calls = window.log();
    for key in [Key::Period, Key::PageDown, Key::A, Key::Escape] {
        window.harness.key_press(Key::Period);
        window.until("it is blank", |window| {
            window.says("The screen is blank: any key brings it back.")
        });
        assert!(!window.says("Esc leave"), "nothing else is there");
        assert!(painted(&window).is_empty(), "{:?}", painted(&window));
        window.harness.key_press(key);
        window.until("it is back", is_open);
        window.harness.run_ok();
        assert_eq!(window.log(), calls, "{key:?} only brought it back");
        assert!(window.says("step 2 of"));
    }
}

#[test]
fn while_typing_only_keys_act_that_are_not_typed() {
    let mut window = playing([1440.0, 900.0], "tcp-capitalise");
    window.node(Role::TextInput, "Log filter").focus();
    window.harness.step();
    for key in [Key::Period, Key::Space, Key::L] {
        window.harness.key_press(key);
        window.harness.run_ok();
        assert!(!is_open(&window) && window.says("Pause"), "{key:?}");
    }
    window.harness.key_press(Key::PageDown);
    window.until("PageDown steps", |window| window.says("step 2 of"));
    window.harness.key_press(Key::F5);
    window.until("F5 opens the projector", is_open);
    // The field has not kept the keyboard.
    window.harness.key_press(Key::Period);
    window.until("it is blank", |window| window.says("The screen is blank"));
}

#[test]
fn the_whole_play_is_told_in_large_words_and_few() {
    let mut window = playing(SCREEN, "tcp-capitalise");
    open_projector(&mut window);
    for step in 2..=14 {
        if step == 14 {
            // After the last step it is free play again.
            window.harness.key_press(Key::PageDown);
            window.ended("server.close");
            window.until("it is over", |window| window.says("Free play"));
        } else {
            step_to(&mut window, step);
        }
        let captions: Vec<String> = window
            .harness
            .query_all_by_role(Role::Status)
            .filter_map(|node| node.accesskit_node().label())
            .collect();
        let [caption] = captions.as_slice() else {
            panic!("one caption, not {captions:?}");
        };
        assert!(
            caption.split_whitespace().count() <= MOST_WORDS,
            "{caption}"
        );
        assert_readable(&window, SCREEN[1]);
        let told = match step {
            4 => vec![
                "server #1 LISTEN waits in accept",
                "Next: client = socket(AF_INET, SOCK_STREAM) → ?",
            ],
            6 => vec![
                "client.connect",
                "conn, addr = server.accept()",
                "conn #3 CONNECTED",
            ],
            8 => vec![
                "client.send(b\"hello sockets\") → 13",
                "conn.recv(1024) → b\"hello sockets\"",
            ],
            9 => vec!["13 bytes wait at client: HELLO SOCKETS"],
            10 => {
                vec![
                    "conn.send(b\"HELLO SOCKETS\") → 13",
                    "client.recv(1024) → b\"HELLO SOCKETS\"",
                ]
            }
            12 => vec!["client.close() → None", "conn.recv(1024) → b\"\""],
            _ => Vec::new(),
        };
        for words in told {
            window.until(&format!("step {step} says {words}"), |window| {
                window.says(words)
            });
        }
    }
}

#[test]
fn bytes_that_are_no_letters_wait_as_hex_digits() {
    let text = "one = socket(AF_INET, SOCK_DGRAM)\none.bind((\"127.0.0.1\", 0))\n\
                one.sendto(b\"a \\xc3\\xa9\\n\", one.getsockname())\n";
    let script = sockeye::script::syntax::parse(text).expect("it reads");
    let mut window = Window::open_with(SCREEN, |setup| {
        setup.loaded = Some(sockeye::script::Loaded::script("Bytes", script));
        setup.settings.step_pause = 0.0;
    });
    window.ended("one.sendto");
    open_projector(&mut window);
    window.until("the bytes wait", |window| {
        label(window, "5 bytes wait at one").is_some()
    });
    let painted: Vec<String> = painted(&window).into_iter().map(|(it, _)| it).collect();
    for cell in ["a", "·", "c3", "a9", "\\n"] {
        assert!(painted.iter().any(|it| it == cell), "{cell}: {painted:?}");
    }
    assert!(!painted.iter().any(|it| it == "?"), "{painted:?}");
    assert_readable(&window, SCREEN[1]);
}

#[test]
fn words_grow_with_the_window_and_once_more_for_a_large_hall() {
    for size in [[1024.0, 768.0], [1280.0, 720.0], [2560.0, 1440.0]] {
        let mut window = playing(size, "tcp-capitalise");
        open_projector(&mut window);
        step_to(&mut window, 2);
        assert_readable(&window, size[1]);
        window.harness.key_press(Key::L);
        window.harness.step();
        window.harness.step();
        assert_readable(&window, size[1] * 1.25);
    }
    for large in Large::ALL {
        assert!(large.lines() >= LEAST, "{large:?}");
    }
}

#[test]
fn in_free_play_the_methods_stand_large_and_make_calls() {
    let mut window = Window::open_with(SCREEN, |_| {});
    window.listener();
    open_projector(&mut window);
    for method in ["bind", "listen", "accept", "close"] {
        assert!(window.has_button(&format!("server {method}")), "{method}");
    }
    window.click("server accept");
    window.waits("server.accept");
    window.until("the head says so", |window| {
        window.says("server #1 LISTEN waits in accept")
    });
    assert_readable(&window, SCREEN[1]);
    window.click("Stop waiting server accept");
    window.ended("server.accept");
}

#[test]
fn nothing_moves_in_the_projector_but_the_seconds_of_a_wait() {
    let mut window = Window::open_with(SCREEN, |_| {});
    window.make(&["For: Client"], "client");
    open_projector(&mut window);
    // The settings are written half a second after they came to rest.
    for _ in 0..60 {
        window.harness.step();
    }
    let wait = window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(wait.as_secs() >= 5, "drawn again after {wait:?}");
}

#[test]
fn every_view_holds_in_three_themes() {
    for (choice, palette) in [
        (ThemeChoice::Dark, &DARK),
        (ThemeChoice::Light, &LIGHT),
        (ThemeChoice::HighContrast, &HIGH_CONTRAST),
    ] {
        let mut window = Window::open();
        window.press(Role::ComboBox, "Theme");
        window.press(Role::Button, choice.name());
        let wears = |window: &Window, ground: Color32| {
            assert!(
                fills(window).contains(&ground),
                "{choice:?} does not paint its ground"
            );
        };
        assert!(window.says("1 Start a server"), "the first screen");
        window.listener();
        window.harness.run_ok();
        assert_eq!(theme::palette(&window.harness.ctx), palette);
        wears(&window, palette.panel);
        for name in [
            "Projector",
            "Theme",
            "Help",
            "New socket port",
            "socket()",
            "Log filter",
            "Type a call",
            "server card",
            "server accept",
            "Details tab",
        ] {
            assert!(
                window.says(name),
                "{choice:?} lacks {name}\n{}",
                window.tree()
            );
        }
        window.click("Help");
        window.until("the help is there", |window| window.says("Search help"));
        window.harness.key_press(Key::Escape);
        open_projector(&mut window);
        assert!(window.says("server #1 LISTEN"));
        assert_eq!(theme::palette(&window.harness.ctx), &HIGH_CONTRAST);
        window.harness.key_press(Key::Escape);
        window.until("the window is back", |window| window.says("Log filter"));
        assert_eq!(theme::palette(&window.harness.ctx), palette);
        wears(&window, palette.panel);
    }
}

/// The colours that rectangles are filled with.
fn fills(window: &Window) -> Vec<Color32> {
    let shapes = window.harness.output().shapes.iter();
    shapes
        .filter_map(|clipped| match &clipped.shape {
            Shape::Rect(rect) => Some(rect.fill),
            _ => None,
        })
        .collect()
}

#[test]
fn theme_motion_and_hall_are_chosen_in_the_bar_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings_path = Some(path.clone());
    });
    for (role, name) in [
        (Role::Button, "High contrast"),
        (Role::CheckBox, "Reduce motion"),
        (Role::CheckBox, "Projector: large hall"),
    ] {
        if !window.says("Reduce motion") {
            window.press(Role::ComboBox, "Theme");
        }
        window.press(role, name);
        window.harness.run_ok();
    }
    assert_eq!(theme::palette(&window.harness.ctx), &HIGH_CONTRAST);
    assert!(theme::is_still(&window.harness.ctx));
    window.until("it is written", |_| {
        let (settings, notice) = load(&path);
        notice.is_none()
            && settings.theme == ThemeChoice::HighContrast
            && settings.reduced_motion
            && settings.large_hall
    });
}

#[test]
fn without_motion_a_wheel_scrolls_at_once() {
    for (still, at_once) in [(true, true), (false, false)] {
        let mut harness = egui_kittest::Harness::builder()
            .with_size([200.0, 200.0])
            .build_ui_state(
                |ui, offset: &mut f32| {
                    let area = egui::ScrollArea::vertical()
                        .auto_shrink(false)
                        .show(ui, |ui| ui.set_height(4000.0));
                    *offset = area.state.clamped_offset().y;
                },
                0.0_f32,
            );
        theme::install(&harness.ctx);
        theme::hold_still(&harness.ctx, still);
        harness.run_ok();
        harness.event(egui::Event::PointerMoved(egui::pos2(100.0, 100.0)));
        harness.step();
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: egui::vec2(0.0, -3.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        harness.step();
        harness.step();
        let soon = *harness.state();
        for _ in 0..120 {
            harness.step();
        }
        let rests = *harness.state();
        assert!(
            (rests - 120.0).abs() < 1.0,
            "three lines are {rests} points"
        );
        assert_eq!((rests - soon).abs() < 1.0, at_once, "{soon} of {rests}");
    }
}
