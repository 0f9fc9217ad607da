//! Lessons in the window: taken by the mouse, by `PageDown` alone, with guesses of every kind, back and again.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod window_app;

use eframe::egui::{Key, Rect, Role, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::app::load;
use sockeye::script::lesson::{self, Question, Step};
use sockeye::script::options::Ports;
use sockeye::script::{Loaded, What};
use sockeye::views::{Mode, ThemeChoice};
use window_app::Window;
use window_app::ports::own_port;

/// Questions of every kind: two choices, a text, three choices, and choices of which none comes true.
const LESSON: &str = include_str!("data/lesson.toml");
/// The steps that one of them stands before.
const ASKS: [usize; 4] = [4, 7, 8, 9];
/// A projector's picture.
const SCREEN: [f32; 2] = [1920.0, 1080.0];

fn loaded(text: &str) -> Loaded {
    let lesson = lesson::parse(text).expect("it reads");
    Loaded {
        title: "capitals.toml".to_owned(),
        what: What::Lesson(Box::new(lesson)),
    }
}

/// A window with the lesson open, before its first step.
fn opened(size: [f32; 2]) -> Window {
    let mut window = Window::open_with(size, |setup| setup.loaded = Some(loaded(LESSON)));
    window.until("the lesson is open", |window| stands_at(window, 0));
    window
}

fn stands_at(window: &Window, step: usize) -> bool {
    window.says(&format!("step {step} of"))
}

/// Clicks Next where it is, until so many steps were taken.
#[track_caller]
fn next_to(window: &mut Window, step: usize) {
    window.click_there("Next");
    window.until(&format!("step {step}"), |window| stands_at(window, step));
}

#[track_caller]
fn page_to(window: &mut Window, step: usize) {
    window.harness.key_press(Key::PageDown);
    window.until(&format!("step {step}"), |window| stands_at(window, step));
}

/// Chooses an answer with the pointer.
#[track_caller]
fn choose(window: &mut Window, answer: &str) {
    window.harness.run_ok();
    window.node(Role::RadioButton, answer).click();
    window.harness.step();
    window.harness.step();
}

fn open_projector(window: &mut Window) {
    window.harness.key_press(Key::F5);
    window.until("the projector is open", |window| window.says("Esc leave"));
}

#[test]
fn a_lesson_is_taken_with_the_mouse_alone_and_its_guesses_are_summed_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings.toml");
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.loaded = Some(loaded(LESSON));
        setup.settings_path = Some(path.clone());
    });
    window.until("it is open", |window| stands_at(window, 0));
    assert!(window.recording().is_empty(), "opening makes no call");
    for step in 1..=3 {
        next_to(&mut window, step);
    }
    assert!(window.says("What will accept() do?"));
    choose(&mut window, "A: it waits until a client connects");
    assert!(window.says("next: server accept → ? your prediction: A"));
    next_to(&mut window, 4);
    window.waits("server.accept");
    window.until("the guess stands beside it", |window| {
        window.says("You said A. The call waits: A.")
    });
    for step in 5..=6 {
        next_to(&mut window, step);
    }
    window.type_into("Your answer", "13");
    next_to(&mut window, 7);
    assert!(
        window.says("You said 13. Your system answered 13."),
        "{}",
        window.tree()
    );
    choose(&mut window, "B: nothing yet: it waits for all 1024");
    next_to(&mut window, 8);
    assert!(window.says("You said B. Your system answered b\"hello sockets\": A."));
    choose(&mut window, "B: 0");
    next_to(&mut window, 9);
    assert!(window.says("You said B. None of these: your system answered 13."));
    for step in 10..=12 {
        next_to(&mut window, step);
    }
    window.click_there("Summary");
    window.until("the summary", |window| {
        window.says("4 questions: 2 right, 1 otherwise, 1 none of these.")
    });
    window.until("it is remembered as done", |_| {
        load(&path).0.lessons_done.contains("capitals.toml")
    });
    let (settings, _) = load(&path);
    assert_eq!(settings.mode, Mode::Lessons);

    window.click_there("Your clicks as a program");
    window.until("it asks where they go", |window| {
        window.says("A program for each role that makes the same calls, in Python.")
    });
    let programs = folder.path().join("programs");
    window.type_into("Export path", &programs.display().to_string());
    window.click_there("Save");
    window.until("they are written", |_| {
        ["tcpServer.py", "tcpClient.py", "run_all.py"]
            .iter()
            .all(|file| programs.join(file).is_file())
    });

    window.click_there("Again");
    window.until("it stands at its beginning", |window| stands_at(window, 0));
    assert!(window.recording().is_empty());
    for step in 1..=3 {
        next_to(&mut window, step);
    }
    assert!(!window.says("You said"), "guesses begin anew");
}

#[test]
fn a_question_is_put_before_it_is_skipped_and_nobody_is_wrong() {
    let mut window = opened([1440.0, 900.0]);
    for step in 1..=3 {
        page_to(&mut window, step);
    }
    window.harness.key_press(Key::PageDown);
    window.until("it asks first", |window| {
        window.says("Choose first, or press Next again to skip.")
    });
    assert!(stands_at(&window, 3));
    page_to(&mut window, 4);
    assert!(window.says("Skipped"), "{}", window.tree());
    for step in 5..=6 {
        page_to(&mut window, step);
    }
    // One key skips.
    window.harness.key_press(Key::S);
    window.until("skipped", |window| stands_at(window, 7));
    // A letter or a number chooses, another one changes the choice, Enter takes the step.
    for (key, chosen) in [(Key::Num3, 2), (Key::B, 1), (Key::A, 0)] {
        window.harness.key_press(key);
        window.harness.step();
        window.harness.step();
        let answers = window.harness.query_all_by_role(Role::RadioButton);
        let on: Vec<bool> = answers
            .filter(|node| {
                let label = node.accesskit_node().label().unwrap_or_default();
                label.get(1..3) == Some(": ")
            })
            .map(|node| {
                node.accesskit_node().toggled() == Some(eframe::egui::accesskit::Toggled::True)
            })
            .collect();
        assert_eq!(on.iter().position(|on| *on), Some(chosen), "{on:?}");
    }
    window.harness.key_press(Key::Enter);
    window.until("the step is taken", |window| stands_at(window, 8));
    assert!(window.says("You said A. Your system answered b\"hello sockets\": A."));
    window.harness.key_press(Key::S);
    window.until("skipped", |window| stands_at(window, 9));
    for step in 10..=12 {
        page_to(&mut window, step);
    }
    window.harness.key_press(Key::PageDown);
    window.until("the summary", |window| {
        window.says("4 questions: 1 right, 3 skipped.")
    });
}

#[test]
fn back_shows_the_moment_after_a_step_and_makes_no_call() {
    let mut window = opened([1440.0, 900.0]);
    for step in 1..=3 {
        page_to(&mut window, step);
    }
    window.harness.key_press(Key::A);
    window.harness.step();
    page_to(&mut window, 4);
    for step in 5..=6 {
        page_to(&mut window, step);
    }
    let calls = window.recording().calls();
    for step in [5, 4, 3, 2] {
        window.harness.key_press(Key::PageUp);
        window.until("the step before", |window| stands_at(window, step));
        assert!(window.says("This is the past: real sockets don't go back."));
        if step == 4 {
            assert!(window.says("You said A. The call waits: A."), "as it was");
            assert!(!window.says("client card"), "not born yet");
        }
    }
    assert!(!window.says("LISTEN"), "after bind nobody listened yet");
    window.click_there("Back to the present");
    window.until("the present", |window| stands_at(window, 6));
    assert!(window.says("conn card") && !window.says("This is the past"));
    // Step by step forward comes to the present as well, and only then a call is made.
    window.click_there("Back");
    window.until("the step before", |window| stands_at(window, 5));
    page_to(&mut window, 6);
    assert_eq!(window.recording().calls(), calls, "{}", window.log());
    assert!(!window.says("This is the past"));
    window.harness.key_press(Key::S);
    window.until("a step in the present", |window| stands_at(window, 7));
    window.ended("client.send");
}

#[test]
fn it_plays_by_itself_up_to_a_question_and_stands_there() {
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.loaded = Some(loaded(LESSON));
        setup.settings.step_pause = 0.1;
    });
    window.until("it is open", |window| stands_at(window, 0));
    window.click_there("Play");
    window.until("the question", |window| {
        stands_at(window, 3) && window.says("Choose first, or press Next again to skip.")
    });
    let calls = window.recording().calls();
    for _ in 0..60 {
        window.harness.step();
    }
    assert_eq!(window.recording().calls(), calls, "it stands");
    choose(&mut window, "B: it fails: nobody is there");
    window.click_there("Next");
    window.until("it goes on to the next question", |window| {
        stands_at(window, 6) && window.says("How many bytes will send say it took?")
    });
    window.click_there("Pause");
    window.until("it stands still", |window| window.has_button("Play"));
}

#[test]
fn a_port_that_a_socket_holds_is_asked_about() {
    // A number that is free over TCP on an address of the test's own: the lesson itself never comes to its bind.
    let address = own_port();
    let held = std::net::UdpSocket::bind(address).expect("a port");
    let port = held.local_addr().expect("its address").port();
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.ports = Ports::Moved([(5000, port)].into());
    });
    window.make(&["For: Server", "Protocol: TCP"], "server");
    window.type_into("server bind address", &format!("{}:{port}", address.ip()));
    window.click("server bind");
    window.ended("server.bind");
    window.press(Role::RadioButton, "Show: Lessons");
    window.until("nothing opens by itself beside open sockets", |window| {
        window.says("TCP: reply in CAPITALS") && !window.says("step 0 of")
    });
    let name = lesson_button(&window, "TCP: reply in CAPITALS");
    for answer in ["Cancel", "Close all and play"] {
        window.click(&name);
        window.until("it asks", |window| {
            window.says("1 socket is open")
                && window.says(&format!("The lesson uses port {port}, which it holds."))
        });
        window.click(answer);
        window.until("the question is gone", |window| {
            !window.has_button("Cancel")
        });
        if answer == "Cancel" {
            window.harness.run_ok();
            assert!(!stands_at(&window, 0) && window.says("server card"));
        }
    }
    window.until("the lesson is open", |window| stands_at(window, 0));
    assert!(window.recording().is_empty(), "a clean board");
}

/// The name of the button that opens a lesson.
fn lesson_button(window: &Window, title: &str) -> String {
    let texts = window.texts();
    let found = texts
        .into_iter()
        .find(|text| text.starts_with("Lesson ") && text.contains(title));
    found.unwrap_or_else(|| panic!("no lesson {title}\n{}", window.tree()))
}

#[test]
fn the_port_of_a_lesson_is_checked_and_used() {
    let free = std::net::UdpSocket::bind(own_port()).expect("a port");
    let port = free.local_addr().expect("its address").port();
    let mut window = opened([1440.0, 900.0]);
    for (typed, says) in [
        (
            "80",
            "80 is below 1025: your system keeps the low ports (EACCES)",
        ),
        ("0", "Choose 1025–65535: both programs must know it."),
        ("many", "many is not a number: choose 1025–65535"),
    ] {
        window.type_into("Port for this lesson", typed);
        assert!(window.says(says), "{typed}\n{}", window.tree());
        assert!(!window.has_button("Use port 80"));
    }
    window.type_into("Port for this lesson", &port.to_string());
    window.click(&format!("Use port {port}"));
    window.until("it is taken anew", |window| stands_at(window, 0));
    page_to(&mut window, 1);
    page_to(&mut window, 2);
    let bind = format!("server.bind((\"127.0.0.1\", {port}))");
    window.ended(&bind);
}

/// Words that name its ports in every place that has words.
const PORTS: &str = r#"
title = "Ports"
goal = "A server on port 5000, and 50001 bytes."

[[program]]
name = "server"
file = "server.py"
role = "server"
source = '''
from socket import *
server = socket(AF_INET, SOCK_STREAM)
server.bind(("127.0.0.1", 5000))
'''

[[step]]
program = "server"
line = 2
call = 'server = socket(AF_INET, SOCK_STREAM)'
say = "It will have port 5000."

[[step]]
program = "server"
line = 3
call = 'server.bind(("127.0.0.1", 5000))'
say = "Now it is at `127.0.0.1:5000`."
card = { lecture = "5000 is a free port.", system = "Whoever asks first has 5000." }

[[step]]
program = "server"
call = 'server.listen(5)'
say = "It listens on 5000."
question = { ask = "Who hears of 5000?", choices = [
    { text = "nobody on 5000", when = "EINVAL" },
    { text = "who connects to 5000", when = "ok" },
] }
"#;

#[test]
fn words_questions_and_code_name_the_port_really_used() {
    let free = std::net::UdpSocket::bind(own_port()).expect("a port");
    let wanted = free.local_addr().expect("its address").port();
    // Moved where it begins, or to what the system chooses when it binds.
    for port in [Some(wanted), None] {
        let mut window = Window::open_with([1440.0, 900.0], |setup| {
            setup.loaded = Some(loaded(PORTS));
            if let Some(port) = port {
                setup.ports = Ports::Moved([(5000, port)].into());
            }
        });
        window.until("the lesson is open", |window| stands_at(window, 0));
        window.press(Role::Tab, "Code tab");
        if let Some(port) = port {
            window.until("its goal", |window| {
                window.says(&format!("A server on port {port}, and 50001 bytes."))
            });
        }
        page_to(&mut window, 1);
        page_to(&mut window, 2);
        let port = window.until_bound("server").port();
        for said in [
            format!("Now it is at 127.0.0.1:{port}."),
            format!("Whoever asks first has {port}."),
            format!("Who hears of {port}?"),
            format!("A: nobody on {port}"),
            format!("B: who connects to {port}"),
            format!("server.py line 3: server.bind((\"127.0.0.1\", {port}))"),
        ] {
            window.until(&said, |window| window.says(&said));
        }
        let texts = window.texts().into_iter();
        let words = texts.filter(|text| text != "5000" && !text.contains("50001"));
        let stale: Vec<String> = words.filter(|text| text.contains("5000")).collect();
        assert_eq!(stale, Vec::<String>::new());
    }
}

#[test]
fn the_playground_is_a_click_away_and_the_lesson_waits_there() {
    let mut window = opened([1440.0, 900.0]);
    page_to(&mut window, 1);
    window.press(Role::RadioButton, "Show: Playground");
    window.until("the playground", |window| window.has_button("socket()"));
    assert!(!window.says("step 1 of 12") && window.says("server bind"));
    window.harness.key_press(Key::PageDown);
    window.harness.run_ok();
    window.press(Role::RadioButton, "Show: Lessons");
    window.until("it stands where it stood", |window| stands_at(window, 1));
    assert!(
        !window.has_button("server bind"),
        "cards have no methods here"
    );
}

/// Whether the programs of the open lesson are in view.
fn shows_code(window: &Window) -> bool {
    window.says(".py line 1: ")
}

#[test]
fn a_lesson_opens_with_its_code_and_another_tab_stays_once_it_is_chosen() {
    let mut window = opened([1440.0, 900.0]);
    window.until("its code", shows_code);
    // The playground has a tab of its own in front.
    window.press(Role::RadioButton, "Show: Playground");
    window.until("the methods of the calls", |window| {
        window.says("The calls, in their order.")
    });
    window.press(Role::RadioButton, "Show: Lessons");
    window.until("the code again", shows_code);
    window.press(Role::Tab, "Methods tab");
    window.until("the methods", |window| !shows_code(window));
    for step in 1..=3 {
        page_to(&mut window, step);
        assert!(!shows_code(&window), "step {step}");
    }
    window.click("Restart");
    window.until("it begins once more", |window| stands_at(window, 0));
    page_to(&mut window, 1);
    assert!(!shows_code(&window), "it is the same lesson");
    let other = lesson_button(&window, "Net code");
    window.click(&other);
    window.until("another lesson, and its code", |window| {
        stands_at(window, 0) && shows_code(window)
    });
}

#[test]
fn a_lesson_begun_anew_asks_before_it_closes_sockets_of_your_own() {
    let mut window = opened([1440.0, 900.0]);
    for step in 1..=3 {
        page_to(&mut window, step);
    }
    // Its own are closed without a question.
    window.click("Restart");
    window.until("it begins once more", |window| {
        stands_at(window, 0) && window.recording().is_empty()
    });
    page_to(&mut window, 1);
    window.press(Role::RadioButton, "Show: Playground");
    window.make(&["For: Client"], "client");
    let open = |window: &Window| window.recording().sockets().open().count();
    window.press(Role::RadioButton, "Show: Lessons");
    for answer in ["Cancel", "Close all and play"] {
        window.click("Restart");
        window.until("it asks", |window| {
            window.says("1 socket of your own is open")
                && window.says("A lesson begins with no socket open: yours would be closed, too.")
        });
        assert_eq!(open(&window), 2, "nothing is closed yet");
        window.click(answer);
        window.until("the question is gone", |window| {
            !window.has_button("Cancel")
        });
        if answer == "Cancel" {
            window.harness.run_ok();
            assert!(stands_at(&window, 1));
            assert_eq!(open(&window), 2);
        }
    }
    window.until("it begins once more", |window| {
        stands_at(window, 0) && window.recording().is_empty()
    });
}

#[test]
fn a_first_start_and_the_search_lead_to_the_lessons() {
    let mut window = Window::open();
    window.click("Lessons");
    window.until("the first one", |window| stands_at(window, 0));
    window
        .harness
        .key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::K);
    window.harness.step();
    window
        .harness
        .event(eframe::egui::Event::Text("UDP: reply".to_owned()));
    window.harness.step();
    window.harness.step();
    window.harness.key_press(Key::Enter);
    window.until("the one that was looked for", |window| {
        stands_at(window, 0) && window.says("UDP: reply in CAPITALS") && !window.says("Search")
    });
}

/// Every text that is painted, with the height of its letters.
fn painted(window: &Window) -> Vec<(String, f32, Rect)> {
    fn collect(shape: &Shape, clip: Rect, into: &mut Vec<(String, f32, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, into)),
            Shape::Text(text) => {
                let rect = text.galley.rect.translate(text.pos.to_vec2());
                for section in &text.galley.job.sections {
                    let words = text.galley.job.text.clone();
                    into.push((words, section.format.font_id.size, rect.intersect(clip)));
                }
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut all);
    }
    all
}

#[track_caller]
fn assert_readable(window: &Window, height: f32) {
    for (text, size, _) in painted(window) {
        let least = 36.0 * height / 1080.0 - 0.01;
        assert!(size >= least, "`{text}` is {size} points high of {height}");
    }
}

#[test]
fn on_the_projector_page_down_puts_a_question_then_reveals_the_answer() {
    let mut window = opened(SCREEN);
    open_projector(&mut window);
    assert!(window.says("PageDown step"), "{}", window.tree());
    for step in 1..=3 {
        page_to(&mut window, step);
        assert_readable(&window, SCREEN[1]);
    }
    assert!(window.says("PageDown question"));
    assert!(!window.says("A: it waits until a client connects"));
    window.harness.key_press(Key::PageDown);
    window.until("the choices", |window| {
        window.says("What will accept() do?") && window.says("B: it fails: nobody is there")
    });
    assert!(window.says("PageDown answer"));
    assert_readable(&window, SCREEN[1]);
    // A choice is as large as the caption.
    let choice = painted(&window)
        .into_iter()
        .find(|(text, ..)| text == "it waits until a client connects");
    assert_eq!(choice.map(|(_, size, _)| size), Some(52.0));
    window.harness.key_press(Key::B);
    window.until("the guess", |window| {
        painted(window)
            .iter()
            .any(|(text, ..)| text == "your guess")
    });
    page_to(&mut window, 4);
    window.until("the answer beside the choices", |window| {
        window.says("The call waits: A.") && window.says("B: it fails: nobody is there")
    });
    assert_readable(&window, SCREEN[1]);
    // For a large hall everything grows, and no choice leaves the picture.
    window.harness.key_press(Key::L);
    window.harness.run_ok();
    assert_readable(&window, SCREEN[1] * 1.25);
    for (text, _, rect) in painted(&window) {
        let screen = Rect::from_min_size(eframe::egui::Pos2::ZERO, SCREEN.into());
        assert!(screen.expand(1.0).contains_rect(rect), "{text} {rect:?}");
    }
}

/// The words but for ports, which are others here, and for what shows them as code.
fn without_numbers(words: &str) -> String {
    let is_told = |letter: &char| !letter.is_ascii_digit() && *letter != '`';
    words.chars().filter(is_told).collect()
}

#[test]
fn page_down_alone_carries_a_teacher_through_the_whole_course() {
    let mut window = Window::open_with(SCREEN, |setup| {
        setup.settings.mode = Mode::Lessons;
        setup.executable = Some(env!("CARGO_BIN_EXE_sockeye").into());
    });
    window.until("the first lesson is open", |window| stands_at(window, 0));
    open_projector(&mut window);
    for (place, entry) in lesson::ALL.iter().enumerate() {
        let lesson = entry.lesson().expect("it reads");
        window.until(&format!("`{}` begins", lesson.title), |window| {
            window.says(&lesson.title) && stands_at(window, 0)
        });
        for (index, step) in lesson.steps.iter().enumerate() {
            if let Some(question) = &step.question {
                window.harness.key_press(Key::PageDown);
                let asked = question.ask.replace('`', "");
                window.until(&asked, |window| window.says(&asked));
            }
            window.harness.key_press(Key::PageDown);
            // Where nobody comes, one more has Sockeye play the neighbour.
            let taken = format!("step {} of", index + 1);
            let waits = "It waits for your neighbour. PageDown, and Sockeye plays one.";
            window.until(&format!("{}: {taken}", lesson.title), |window| {
                window.says(&taken) || window.says(waits)
            });
            if !window.says(&taken) {
                page_to(&mut window, index + 1);
            }
            let is_said = |said: &String| without_numbers(said) == without_numbers(&step.say);
            window.until(&step.say, |window| window.texts().iter().any(is_said));
            assert_readable(&window, SCREEN[1]);
        }
        window.harness.key_press(Key::PageDown);
        window.until("the summary", |window| {
            window.says("question") || window.says("This lesson asks nothing.")
        });
        assert_readable(&window, SCREEN[1]);
        if place + 1 < lesson::ALL.len() {
            window.harness.key_press(Key::PageDown);
        }
    }
}

/// The rectangle of the thing whose name begins so.
fn place_of(window: &Window, begins: &str) -> Option<Rect> {
    let root = window.harness.root();
    let named = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        let mut texts = node.label().into_iter().chain(node.value());
        texts.any(|text| text.starts_with(begins))
    };
    root.children_recursive()
        .find(named)
        .map(|node| node.rect())
}

/// No two texts lie over each other, and each is in the picture.
#[track_caller]
fn assert_apart(window: &Window, what: &str) {
    // What goes beyond the picture is cut at its edge.
    let screen = Rect::from_min_size(eframe::egui::Pos2::ZERO, SCREEN.into()).shrink(1.0);
    let mut texts = painted(window);
    // Words in several fonts are one text.
    texts.dedup_by(|one, other| one.0 == other.0 && one.2 == other.2);
    for (index, (text, _, rect)) in texts.iter().enumerate() {
        assert!(screen.contains_rect(*rect), "{what}: `{text}` at {rect:?}");
        for (other, _, over) in &texts[index + 1..] {
            // Letters are lower than their lines: lines may touch.
            let both = rect.shrink(3.0).intersect(over.shrink(3.0));
            assert!(
                !both.is_positive(),
                "{what}: `{text}` at {rect:?} and `{other}` at {over:?}"
            );
        }
    }
}

/// A lesson that ships on the projector, before its first step, and its steps.
fn projected(name: &str) -> (Window, Vec<Step>) {
    let entry = lesson::find(name).expect("it ships");
    let lesson = entry.lesson().expect("it reads");
    let steps = lesson.steps.clone();
    let mut window = Window::open_with(SCREEN, |setup| {
        setup.loaded = Some(Loaded {
            title: name.to_owned(),
            what: What::Lesson(Box::new(lesson)),
        });
        setup.settings.mode = Mode::Lessons;
    });
    window.until("it is open", |window| stands_at(window, 0));
    open_projector(&mut window);
    (window, steps)
}

/// Pages to the question of a step, and says it.
fn ask(window: &mut Window, question: &Question) -> String {
    let asked = question.ask.replace('`', "");
    window.harness.key_press(Key::PageDown);
    window.until(&asked, |window| window.says(&asked));
    asked
}

#[test]
fn on_the_projector_a_select_spans_what_it_watches_and_no_word_covers_another() {
    let (mut window, steps) = projected("one-server-many-clients");
    for (step, question) in (1..).zip(steps.iter().map(|step| &step.question)) {
        if let Some(question) = question {
            let asked = ask(&mut window, question);
            assert_apart(&window, &asked);
        }
        page_to(&mut window, step);
        assert_apart(&window, &format!("step {step}"));
        let across = |window: &Window, words: &str, names: &[&str]| {
            let rect = place_of(window, words).unwrap_or_else(|| panic!("{words}"));
            for name in names {
                let head = place_of(window, &format!("{name} #")).expect("its head is there");
                let part = rect.x_range().intersection(head.x_range());
                assert!(part.span() > 100.0, "{name}: {rect:?}, {head:?}");
            }
        };
        let last = window.log();
        let last = last.lines().last().unwrap_or_default();
        if last.contains("select([loop, member]") {
            across(&window, "select across loop, member", &["loop", "member"]);
        } else if last.contains("select([loop]") {
            across(&window, "select across loop", &["loop"]);
        }
        if last.contains("loop.accept()") {
            let next = "Next: readable, writable, failed = select([loop, member]";
            across(&window, next, &["loop", "member"]);
        }
        if last.contains("eve.send") {
            across(&window, "select across loop, member", &["loop", "member"]);
            window.until("what was ready is said", |window| {
                painted(window).iter().any(|(text, ..)| text == "ready")
            });
        }
    }
}

#[test]
fn in_a_small_window_the_step_its_question_and_next_are_in_view_in_three_themes() {
    for choice in [
        ThemeChoice::Dark,
        ThemeChoice::Light,
        ThemeChoice::HighContrast,
    ] {
        let mut window = Window::open_with([1024.0, 700.0], |setup| {
            setup.loaded = Some(loaded(LESSON));
            setup.settings.theme = choice;
        });
        window.until("it is open", |window| stands_at(window, 0));
        for step in 1..=3 {
            page_to(&mut window, step);
        }
        for step in 4..=9 {
            if ASKS.contains(&step) {
                window.harness.key_press(Key::S);
                window.until("it is skipped", |window| stands_at(window, step));
            } else {
                page_to(&mut window, step);
            }
            window.harness.run_ok();
            in_view_and_apart(&window, step);
        }
    }
}

/// Every control of the panel and the bar is in the window, and none lies over another.
#[track_caller]
fn in_view_and_apart(window: &Window, step: usize) {
    let screen = Rect::from_min_size(eframe::egui::Pos2::ZERO, [1024.0, 700.0].into());
    let root = window.harness.root();
    let wanted = [Role::Button, Role::RadioButton, Role::TextInput, Role::Link];
    let controls: Vec<(String, Rect)> = root
        .children_recursive()
        .filter(|node| wanted.contains(&node.accesskit_node().role()))
        .map(|node| {
            let label = node.accesskit_node().label().unwrap_or_default();
            (label, node.rect())
        })
        .filter(|(_, rect)| rect.right() <= 296.0 || rect.top() >= 604.0)
        .collect();
    for name in ["Next", "Back", "Restart", "Lessons"] {
        let is_there = controls.iter().any(|(label, _)| label == name);
        assert!(is_there, "step {step} lacks {name}");
    }
    for (index, (label, rect)) in controls.iter().enumerate() {
        assert!(screen.contains_rect(*rect), "step {step}: {label} {rect:?}");
        for (other, there) in &controls[index + 1..] {
            let shared = rect.shrink(1.0).intersect(there.shrink(1.0));
            assert!(
                shared.width() <= 0.0 || shared.height() <= 0.0,
                "step {step}: {label} {rect:?} over {other} {there:?}"
            );
        }
    }
}

#[test]
fn the_projector_calls_a_reset_no_end() {
    let (mut window, steps) = projected("closing");
    for (step, question) in (1..).zip(steps.iter().map(|step| &step.question)) {
        if let Some(question) = question {
            ask(&mut window, question);
        }
        page_to(&mut window, step);
    }
    assert!(window.log().contains("ECONNRESET"));
    let is_painted =
        |window: &Window, word: &str| painted(window).iter().any(|(text, ..)| text == word);
    window.until("the reset is drawn", |window| is_painted(window, "RST"));
    assert!(!is_painted(&window, "end"));
}
