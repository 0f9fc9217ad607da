//! A window with a listener that serves by itself, and clients for it.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use eframe::egui::Role;
use sockeye::model::call::{Call, SocketId};
use sockeye::network::{Network as _, Request};

use super::clients::Clients;
use super::window_app::Window;

/// So many connections have threads: one of a program's 256 is its listener's.
pub const THREADS: usize = 255;
/// What a test may take at most, also on a busy computer.
const LONGEST: Duration = Duration::from_mins(4);

/// A window whose listener serves by itself, a thread each, and clients for it.
pub struct Crowd {
    pub window: Window,
    clients: Clients,
    pub listener: SocketId,
    pub address: SocketAddr,
    deadline: Instant,
}

impl Crowd {
    pub fn start() -> Self {
        let mut window = Window::open();
        window.listener();
        let address = window.until_bound("server");
        let listener = window.recording().sockets().named("server").expect("it").id;
        // Room for those that come faster than they are accepted.
        let listen = Call::Listen { backlog: 4096 };
        window.network.submit(Request::on(listener, listen));
        window.ended("server.listen(4096)");
        window.click("server run by itself");
        window.press(Role::RadioButton, "server serves: a thread each");
        window.click("server start automatic program");
        window.until("it serves", |window| window.says("automatic · "));
        Self {
            window,
            clients: Clients::of(address),
            listener,
            address,
            deadline: Instant::now() + LONGEST,
        }
    }

    /// Has the clients do something, while the window goes on; their answer.
    pub fn clients(&mut self, what: &str, count: u64) -> u64 {
        self.clients.tell(what, count);
        loop {
            if let Some(answer) = self.clients.answer() {
                return answer;
            }
            assert!(Instant::now() < self.deadline, "they never did: {what}");
            self.window.harness.step();
        }
    }

    /// Steps until so many connections are open.
    pub fn until_open(&mut self, count: u64) {
        while self.open() != count {
            let open = self.open();
            assert!(Instant::now() < self.deadline, "{open} open, not {count}");
            self.window.harness.step();
        }
        // What is known now is on the screen in the next frame.
        self.window.harness.step();
    }

    pub fn open(&self) -> u64 {
        let all = self.window.recording().sockets().connections(self.listener);
        all.unwrap_or_default().open()
    }

    /// What the crowd's column says.
    pub fn says(&self) -> String {
        let said = self.window.texts().into_iter();
        let mut said = said.filter(|text| text.starts_with("crowd of server: "));
        said.next().unwrap_or_default()
    }

    /// How many connections the kernel has established at the listener's port. Each counts once, however often its table
    /// shows it: read while other sockets come, the table begins its last part again (`tcp_seek_last_pos` in the kernel's
    /// `tcp_ipv4.c`).
    pub fn established(&self) -> usize {
        let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
        let local = format!(":{:04X}", self.address.port());
        let remotes = table.lines().filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let at = fields.next().filter(|at| at.ends_with(&local));
            let remote = at.and_then(|_| fields.next())?;
            (fields.next() == Some("01")).then_some(remote)
        });
        remotes.collect::<HashSet<_>>().len()
    }
}

pub fn grouped(number: u64) -> String {
    sockeye::views::log::row::grouped(number)
}
