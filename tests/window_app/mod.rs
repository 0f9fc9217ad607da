//! The whole window without a display: opened on a real kernel network, driven by the names of its controls.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses its own part, and fails by panicking"
)]

#[path = "../support/deadline.rs"]
mod deadline;
#[path = "../support/ports.rs"]
pub mod ports;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use sockeye::app::{App, Settings, Setup};
use sockeye::model::recording::{CallEntry, Recording};
use sockeye::network::kernel::KernelNetwork;
use sockeye::script::options::Ports;

use deadline::DEADLINE;

/// A window and the network behind it.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub network: Arc<KernelNetwork>,
}

impl Window {
    /// A first start, at the size of a laptop's screen.
    pub fn open() -> Self {
        Self::open_with([1440.0, 900.0], |_| {})
    }

    /// A first start with another size, or another setup.
    pub fn open_with(size: [f32; 2], change: impl FnOnce(&mut Setup)) -> Self {
        let network = KernelNetwork::start().expect("a network");
        let mut setup = Setup {
            network: Arc::clone(&network) as sockeye::network::NetworkHandle,
            settings: Settings::default(),
            settings_path: None,
            last_session_path: None,
            notice: None,
            loaded: None,
            executable: None,
            // A desktop without dialogs: it answers at once.
            file_opener: Arc::new(|_| (None, Duration::ZERO)),
            ports: Ports::Free,
            close_patience: DEADLINE,
        };
        change(&mut setup);
        let harness = Harness::builder()
            .with_size(size)
            .with_max_steps(64)
            .with_step_dt(1.0 / 60.0)
            .build_eframe(|cc| App::new(&cc.egui_ctx, setup).expect("threads"));
        Self { harness, network }
    }

    pub fn recording(&self) -> &Recording {
        self.harness.state().recording()
    }

    /// Steps until `done`, or fails saying what it waited for.
    #[track_caller]
    pub fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        self.wait_until(what, done);
        self.harness.step();
    }

    /// Steps until `done`, and not once more.
    #[track_caller]
    fn wait_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !done(self) {
            assert!(
                Instant::now() < deadline,
                "never happened: {what}\n{}\n{}",
                self.log(),
                self.tree()
            );
            self.harness.step();
            std::thread::yield_now();
        }
    }

    /// Steps until a row's statement contains `text` and it has ended; that row.
    #[track_caller]
    pub fn ended(&mut self, text: &str) -> CallEntry {
        self.until(&format!("`{text}` returned"), |window| {
            window
                .find_row(text)
                .is_some_and(|row| row.outcome.is_some())
        });
        self.find_row(text).expect("it was there")
    }

    /// Steps until a row's statement contains `text` and it waits.
    #[track_caller]
    pub fn waits(&mut self, text: &str) {
        self.until(&format!("`{text}` waits"), |window| {
            window.find_row(text).is_some_and(|row| row.is_waiting())
        });
    }

    /// The youngest row whose statement contains `text`.
    pub fn find_row(&self, text: &str) -> Option<CallEntry> {
        let recording = self.recording();
        (0..recording.len())
            .rev()
            .filter_map(|index| recording.row(index))
            .find(|row| row.text(recording.sockets(), 64).contains(text))
    }

    /// What a row answered, as the log writes it.
    pub fn result(&self, text: &str) -> String {
        let row = self
            .find_row(text)
            .unwrap_or_else(|| panic!("no row `{text}`\n{}", self.log()));
        row.result(self.recording().sockets(), 256)
            .unwrap_or_else(|| "waits".to_owned())
    }

    /// The log as text, for failures.
    pub fn log(&self) -> String {
        let recording = self.recording();
        let rows = (0..recording.len()).filter_map(|index| recording.row(index));
        let lines: Vec<String> = rows
            .map(|row| {
                let result = row
                    .result(recording.sockets(), 64)
                    .unwrap_or_else(|| "waits".to_owned());
                let text = row.text(recording.sockets(), 64);
                format!("{} {text} -> {result}", row.number.0)
            })
            .collect();
        lines.join("\n")
    }

    /// Every named thing on the screen, a line each, for failures.
    pub fn tree(&self) -> String {
        self.texts().join("\n")
    }

    /// The names and values of everything on the screen.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.harness.root().children_recursive() {
            let node = node.accesskit_node();
            texts.extend(node.label());
            texts.extend(node.value());
        }
        texts
    }

    /// Whether some name or value on the screen contains `text`.
    pub fn says(&self, text: &str) -> bool {
        self.texts().iter().any(|said| said.contains(text))
    }

    pub fn has_button(&self, name: &str) -> bool {
        self.harness
            .query_by_role_and_label(Role::Button, name)
            .is_some()
    }

    pub fn has_field(&self, name: &str) -> bool {
        self.harness
            .query_by_role_and_label(Role::TextInput, name)
            .is_some()
    }

    /// What stands in a text field.
    pub fn value(&self, name: &str) -> String {
        self.node(Role::TextInput, name).value().unwrap_or_default()
    }

    /// Presses a control by its name, as a screen reader does: it is hit also where the next frame moves it.
    #[track_caller]
    pub fn press(&mut self, role: Role, name: &str) {
        self.wait_until_there(role, name);
        self.node(role, name).click_accesskit();
        self.harness.step();
    }

    /// Presses a button where it is with the pointer. Nothing may happen meanwhile that could move it.
    #[track_caller]
    pub fn click_there(&mut self, name: &str) {
        self.wait_until_there(Role::Button, name);
        self.harness.run_ok();
        self.node(Role::Button, name).click();
        self.harness.step();
    }

    #[track_caller]
    fn wait_until_there(&mut self, role: Role, name: &str) {
        self.wait_until(&format!("there is a {role:?} `{name}`"), |window| {
            window.harness.query_by_role_and_label(role, name).is_some()
        });
    }

    /// Presses a button by its name.
    #[track_caller]
    pub fn click(&mut self, name: &str) {
        self.press(Role::Button, name);
    }

    #[track_caller]
    pub fn node<'a>(&'a self, role: Role, name: &'a str) -> Node<'a> {
        self.harness.get_by_role_and_label(role, name)
    }

    /// Replaces what stands in a text field.
    #[track_caller]
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.node(Role::TextInput, field).focus();
        self.harness.step();
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.step();
        if text.is_empty() {
            self.harness.key_press(Key::Backspace);
        } else {
            self.node(Role::TextInput, field).type_text(text);
        }
        self.harness.step();
        self.harness.step();
    }

    /// Makes a socket by the New socket panel.
    #[track_caller]
    pub fn make(&mut self, choices: &[&str], name: &str) {
        for choice in choices {
            self.press(Role::RadioButton, choice);
        }
        if !choices.contains(&"For: Client") {
            self.type_into("New socket port", "0");
        }
        self.click("socket()");
        self.until(&format!("{name} was born"), |window| {
            window.recording().sockets().named(name).is_some()
        });
    }

    /// A listener at a port of the system's choice, made by clicks.
    #[track_caller]
    pub fn listener(&mut self) {
        self.make(&["For: Server", "Protocol: TCP"], "server");
        self.click("server bind");
        self.ended("server.bind");
        self.click("server listen");
        self.ended("server.listen");
        self.until_bound("server");
    }

    /// Steps until a socket's port is known; its address.
    #[track_caller]
    pub fn until_bound(&mut self, name: &str) -> SocketAddr {
        let local = |window: &Self| {
            let socket = window.recording().sockets().named(name);
            socket
                .and_then(|socket| socket.local)
                .filter(|local| local.port() != 0)
        };
        self.until(&format!("the port of {name} is known"), |window| {
            local(window).is_some()
        });
        local(self).expect("it was known")
    }
}
