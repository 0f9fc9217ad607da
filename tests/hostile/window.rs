//! The window on what is hostile: everything in its accessibility tree and everything it puts on the clipboard is visible
//! text, and no frame takes long.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, DroppedFile, Key, Role};
use egui_kittest::kittest::Queryable as _;
use sockeye::app::{self, Settings};
use sockeye::export::{Format, write_file};
use sockeye::model::call::{Bytes, Call, Outcome, Protocol, ThreadId, Value};
use sockeye::model::event::{Event, PlayerNote};
use sockeye::model::recording::Recording;
use tempfile::TempDir;

use crate::export_support::{Maker, address, received, send};
use crate::processor::processor_time;
use crate::terminal;
use crate::texts::{self, is_clean, is_visible};
use crate::window_app::Window;

/// More of the processor's time than any frame takes without optimisation; to lay out 1 MiB takes many times that.
const FRAME: Duration = Duration::from_secs(2);

/// What costs a window each: all that is short, and what is long in its own way.
fn texts() -> [(&'static str, String); 3] {
    [
        ("short ones", texts::short_in_one()),
        ("combining marks", texts::marks()),
        ("a line of 1 MiB", texts::long_line()),
    ]
}

/// A file as the desktop drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("only its path is asked for".to_owned())
    }
}

/// The window, looked at after every frame.
struct Watched {
    window: Window,
    what: &'static str,
    /// What was put on the clipboard.
    copied: Vec<String>,
}

impl Watched {
    fn open(what: &'static str, settings: Settings) -> Self {
        let window = Window::open_with([1440.0, 900.0], |setup| setup.settings = settings);
        // Tests draw no tofu unless asked to; the window does.
        window
            .harness
            .ctx
            .set_missing_glyph_policy(egui::MissingGlyphPolicy::Tofu);
        Self {
            window,
            what,
            copied: Vec::new(),
        }
    }

    /// Draws one frame, and looks at it.
    #[track_caller]
    fn step(&mut self) {
        let began = processor_time();
        self.window.harness.step();
        let took = processor_time().saturating_sub(began);
        assert!(took < FRAME, "{}: a frame took {took:?}", self.what);
        for text in self.window.texts() {
            is_clean(self.what, &text);
        }
        let commands = &self.window.harness.output().platform_output.commands;
        for command in commands {
            if let egui::OutputCommand::CopyText(text) = command {
                is_visible(self.what, text);
                self.copied.push(text.clone());
            }
        }
    }

    #[track_caller]
    fn until(&mut self, event: &str, done: impl Fn(&Window) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(40);
        while !done(&self.window) {
            assert!(
                Instant::now() < deadline,
                "{}: never: {event}\n{}",
                self.what,
                self.window.tree()
            );
            self.step();
        }
        self.step();
    }

    #[track_caller]
    fn press(&mut self, role: Role, name: &str) {
        self.until(name, |window| {
            window.harness.query_by_role_and_label(role, name).is_some()
        });
        self.window.node(role, name).click_accesskit();
        self.step();
        self.step();
    }

    fn key(&mut self, key: Key) {
        self.window.harness.key_press(key);
        self.step();
    }

    fn drop_on(&mut self, path: &Path) {
        let file = Arc::new(Dropped(path.to_owned()));
        self.window.harness.input_mut().dropped_files.push(file);
        self.step();
    }

    /// Every row's details, every tab, the projector, and a copy of what is chosen.
    fn look_round(&mut self) {
        const ROWS: usize = 8;
        for tab in ["Details tab", "Methods tab", "States tab", "Code tab"] {
            self.press(Role::Tab, tab);
            if tab == "Methods tab" || tab == "States tab" {
                continue;
            }
            self.window.node(Role::List, "Log rows").focus();
            self.step();
            self.key(Key::End);
            for _ in 0..ROWS {
                self.key(Key::ArrowUp);
                self.window.harness.event(egui::Event::Copy);
                self.step();
            }
        }
        self.step();
        let copies: Vec<String> = self
            .window
            .texts()
            .into_iter()
            .filter(|text| text.starts_with("Copy "))
            .collect();
        for name in copies {
            if self.window.has_button(&name) {
                self.press(Role::Button, &name);
            }
        }
        self.key(Key::F5);
        self.step();
        self.key(Key::F5);
    }
}

fn in_folder(name: &str, text: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// A name of a file with all that a name may hold.
fn hostile_name() -> String {
    let text = texts::short_in_one().replace(['/', '\0'], "_");
    let cut = (0..=230)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text[..cut].to_owned()
}

fn quick() -> Settings {
    Settings {
        step_pause: 0.1,
        ..Settings::default()
    }
}

/// Seen failing with: `Playing` holding a script's texts as they are written.
#[test]
fn a_script_and_what_it_sends_are_visible_text_in_every_frame() {
    for (what, text) in texts() {
        // A script has at most 1 MiB.
        let bytes = &text.as_bytes()[..text.len().min((1 << 20) - 100_000)];
        let script = terminal::script(&[texts::Text {
            name: what,
            bytes: bytes.into(),
        }]);
        let (_folder, path) = in_folder(&hostile_name(), script.as_bytes());
        let mut window = Watched::open(what, quick());
        window.drop_on(&path);
        window.until("all is received", |window| {
            window
                .find_row("conn.recv")
                .is_some_and(|row| row.outcome.is_some())
        });
        window.look_round();
        assert!(!window.copied.is_empty(), "{what}: nothing was copied");
    }
}

/// A session whose sockets have names, and everything else is this text.
fn session(text: &str) -> Recording {
    let mut maker = Maker::on(&text.chars().take(200).collect::<String>());
    let stamp = maker.stamp(0);
    let thread = Event::ThreadStarted {
        stamp,
        thread: ThreadId(1),
        program: sockeye::model::call::ProgramId(1),
        name: text.chars().take(200).collect::<String>().into(),
    };
    maker.recording.apply(thread);
    let one = maker.socket(1, "one", Protocol::Tcp, 1);
    let bytes = text.as_bytes();
    let to = Call::Connect {
        address: address("127.0.0.1:5000"),
    };
    maker.call(1, one, to, Outcome::Ok(Value::None), 2);
    maker.moved(1, one, send(bytes), Value::Sent(bytes.len() as u64), 3);
    maker.moved(1, one, Call::Recv { max: 1 << 21 }, received(bytes), 4);
    let two = maker.socket(2, "two", Protocol::Udp, 5);
    let datagram = Value::Received {
        bytes: Bytes::Whole(bytes.into()),
        peer: Some(address("127.0.0.1:5001")),
        lost: 3,
    };
    maker.moved(2, two, Call::RecvFrom { max: 1 << 21 }, datagram, 6);
    for note in [
        PlayerNote::Started {
            script: text.into(),
        },
        PlayerNote::Narration { text: text.into() },
        PlayerNote::Interrupted { name: text.into() },
        PlayerNote::Unexpected {
            expected: text.into(),
            got: text.into(),
        },
        PlayerNote::Refused {
            reason: text.into(),
        },
    ] {
        let stamp = maker.stamp(10);
        maker.recording.apply(Event::Player {
            stamp,
            line: Some(1),
            note,
        });
    }
    maker.start(1, Some(one), None, Call::Recv { max: 5 }, 12);
    let stamp = maker.stamp(14);
    maker.recording.apply(Event::WorkerPanicked {
        stamp,
        thread: ThreadId(1),
        message: text.into(),
    });
    maker.recording
}

/// Seen failing with: Details showing a thread's name as it is.
#[test]
fn a_saved_session_is_visible_text_in_every_frame() {
    for (what, text) in texts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(hostile_name());
        let session = session(&text);
        write_file(&path, |out| Format::JsonLines.write(&session, out)).unwrap();
        let mut window = Watched::open(what, quick());
        window.drop_on(&path);
        window.until("it is shown", |window| {
            window.says("one.connect") || window.says("Nothing can be called in it.")
        });
        window.look_round();
        assert!(!window.copied.is_empty(), "{what}: nothing was copied");
    }
}

/// Seen failing with: the texts of a lesson as they are written; the Copy of a listing taking its text as it is.
#[test]
fn a_lesson_is_visible_text_in_every_frame() {
    for (name, text) in terminal::said() {
        if ![
            "OSC 8 and 52",
            "bidi controls",
            "forged rows",
            "combining marks",
            "C0 and C1",
        ]
        .contains(&name)
        {
            continue;
        }
        let (_folder, path) = in_folder("lesson.toml", terminal::lesson(&text).as_bytes());
        let mut window = Watched::open(name, quick());
        window.drop_on(&path);
        window.until("it is shown", |window| window.has_button("Copy alice.py"));
        window.press(Role::Button, "Copy alice.py");
        assert_eq!(window.copied.len(), 1, "{name}");
        for _ in 0..4 {
            window.key(Key::PageDown);
            window.step();
        }
        window.key(Key::F5);
        window.step();
    }
}

/// Seen failing with: `Session::say` keeping its text as it is.
#[test]
fn what_can_not_be_opened_or_kept_is_said_as_visible_text() {
    for (what, text) in texts() {
        let (_folder, path) = in_folder(&hostile_name(), format!("server.{text}").as_bytes());
        let mut window = Watched::open(what, quick());
        window.drop_on(&path);
        window.until("it is said why", |window| window.says("Not opened. "));
        let word = toml::Value::String(text).to_string();
        for wrong in [
            format!("zoom = {word}"),
            format!("theme = {word}"),
            format!("{word} ="),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let (settings, notice) = app::load(&path);
            assert_eq!(settings, Settings::default());
            let window = Window::open_with([1440.0, 900.0], |setup| setup.notice = notice);
            assert!(window.says("could not be read"), "{what}");
            for text in window.texts() {
                is_clean(what, &text);
            }
        }
    }
}

/// Seen failing with: `read` of the settings opening whatever is there.
#[test]
fn settings_that_are_a_pipe_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let (told, heard) = std::sync::mpsc::channel();
    let load = move || told.send(app::load(&path)).unwrap_or_default();
    std::thread::Builder::new().spawn(load).unwrap();
    let (settings, notice) = heard
        .recv_timeout(Duration::from_secs(10))
        .expect("it waits");
    assert_eq!(settings, Settings::default());
    assert!(notice.unwrap().contains("it is no file"));
}

/// What settings hold as text, however it came into the file, is shown as text: names of lessons, and what fields begin
/// with.
///
/// Seen failing with: `Settings::bounded` keeping the texts of fields as they are.
#[test]
fn settings_put_nothing_hidden_into_the_window() {
    for (what, text) in texts() {
        let word = toml::Value::String(text).to_string();
        let new_socket = format!("[new_socket]\nhost = {word}\nport = 1\n");
        let mut window = Watched::open(what, Settings::parse(&new_socket).expect(what));
        window.step();
        let others = format!(
            "lessons_done = [{word}]\n[cards]\npayload = {word}\nmax = {word}\nbacklog = {word}\n\
             [exercises]\nopen = {word}\ndone = [{word}]\n"
        );
        let mut window = Watched::open(what, Settings::parse(&others).expect(what));
        window.press(Role::RadioButton, "For: Client");
        window.press(Role::Button, "socket()");
        window.until("its card is there", |window| {
            window.recording().sockets().named("client").is_some()
        });
        window.step();
    }
}
