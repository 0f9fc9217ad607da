//! For each rule, sources that break it and sources that keep it, some only just.

/// A path and a text.
pub type Sample = (&'static str, String);

/// Marks the line that breaks a rule.
const MARK: &str = "// <-";

/// The line of a breaking sample that the rule must name, from 1: the marked one, else the last.
pub fn marked_line(text: &str) -> usize {
    text.lines()
        .position(|line| line.contains(MARK))
        .map_or_else(|| text.lines().count(), |at| at + 1)
}

/// What breaks the rule, and what keeps it.
pub fn of(rule: &str) -> (Vec<Sample>, Vec<Sample>) {
    let (broken, kept): (&[(&'static str, &str)], &[(&'static str, &str)]) = match rule {
        "egui only in the window" => (
            &[
                ("src/model/call.rs", "use eframe::egui;"),
                (
                    "src/terminal.rs",
                    "use std::io;\nfn f(ui: &mut egui::Ui) {} // <-",
                ),
                (
                    "src/export/svg.rs",
                    "use {std::io, eframe::egui::{self, Color32}};",
                ),
            ],
            &[
                ("src/app.rs", "use eframe::egui;"),
                ("src/app/run.rs", "use eframe::egui;"),
                ("src/views/log.rs", "use eframe::egui::{self, Ui};"),
                (
                    "src/network/mod.rs",
                    "/// Not for egui::Ui.\n// use egui::Ui;\n/* egui::Ui /* egui::Ui */ egui::Ui */",
                ),
                (
                    "src/terminal.rs",
                    r####"const A: &str = "egui::Ui \" egui::Ui"; const B: &str = r#"" egui::Ui"#;"####,
                ),
                (
                    "src/terminal.rs",
                    "fn f<'egui>(c: char) -> bool { c == '\"' || c == '\\'' }\n// egui::Ui",
                ),
                (
                    "src/script/mod.rs",
                    "fn f() {}\n#[cfg(test)]\nmod tests {\n    use egui::Ui;\n}",
                ),
            ],
        ),
        "system calls only in network/kernel" => (
            &[
                ("src/app/run.rs", "use rustix::net::bind;"),
                ("src/network/mod.rs", "use std::net::{IpAddr, TcpStream};"),
                (
                    "src/script/driver.rs",
                    "fn f() {\n    std::net::UdpSocket::bind(x); // <-\n}",
                ),
                ("src/views/log.rs", "fn f() { let number = libc::EAGAIN; }"),
                ("src/background.rs", "use std::os::fd::AsRawFd;"),
            ],
            &[
                (
                    "src/network/kernel/syscalls.rs",
                    "use rustix::net::bind;\nuse std::net::TcpListener;",
                ),
                (
                    "src/model/address.rs",
                    "use std::net::{IpAddr, SocketAddr};",
                ),
                (
                    "src/export/mod.rs",
                    "use std::os::unix::fs::PermissionsExt;",
                ),
                ("src/export/c.rs", "fn f(libc: u8) -> u8 { libc }"),
            ],
        ),
        "no threads in views or model" => (
            &[
                ("src/views/log.rs", "use std::{fmt, thread};"),
                ("src/model/socket.rs", "use crossbeam_channel::Sender;"),
                (
                    "src/model/call.rs",
                    "fn f() { std::sync::mpsc::channel(); }",
                ),
            ],
            &[
                ("src/background.rs", "use std::thread;"),
                (
                    "src/model/event.rs",
                    "use std::sync::Arc;\nstruct Thread { thread: u8 }",
                ),
            ],
        ),
        "locks only in network/kernel" => (
            &[
                ("src/app.rs", "use std::sync::{Arc, Mutex};"),
                ("src/script/driver.rs", "fn f(l: &std::sync::RwLock<u8>) {}"),
            ],
            &[
                ("src/network/kernel/cell.rs", "use std::sync::Mutex;"),
                ("src/app.rs", "/// No `Mutex`.\nuse std::sync::Arc;"),
            ],
        ),
        "rfd only in file_dialog" => (
            &[("src/app/apply.rs", "fn f() { rfd::FileDialog::new(); }")],
            &[
                ("src/file_dialog.rs", "use rfd::AsyncFileDialog;"),
                ("src/app/apply.rs", "use crate::file_dialog::FileDialogs;"),
            ],
        ),
        "colours and sizes only in theme" => (
            &[
                (
                    "src/views/log.rs",
                    "fn f() { egui::Color32::from_rgb(1, 2, 3); }",
                ),
                (
                    "src/views/cards.rs",
                    "fn f() -> Color32 { Color32::LIGHT_BLUE }",
                ),
                (
                    "src/views/cards.rs",
                    "fn f() { FontId::proportional(13.0); }",
                ),
                (
                    "src/views/cards.rs",
                    "fn f() { FontId::new(13.0, family); }",
                ),
                (
                    "src/app/layout.rs",
                    "fn f() { RichText::new(\"x\").size(20.0); }",
                ),
                ("src/export/svg.rs", "const INK: &str = \"#F0705A\";"),
                (
                    "src/views/cards.rs",
                    "fn f() { egui::hex_color!(\"112233\"); }",
                ),
            ],
            &[
                (
                    "src/views/theme/palette.rs",
                    "const A: Color32 = Color32::from_rgb(1, 2, 3);",
                ),
                (
                    "src/views/theme.rs",
                    "fn f() { FontId::proportional(13.0); }",
                ),
                (
                    "src/views/cards.rs",
                    "fn f(c: Color32) -> Color32 { Color32::TRANSPARENT }",
                ),
                (
                    "src/views/cards.rs",
                    "fn f(r: Rect) { r.size(); theme::size::CARD; \"#12\"; \"#socket\"; }",
                ),
            ],
        ),
        "model stands alone" => (
            &[
                ("src/model/call.rs", "use crate::network::Request;"),
                (
                    "src/model/call.rs",
                    "use crate::{model::errno, views::Action};",
                ),
                (
                    "src/model/recording/rows.rs",
                    "use super::super::super::script::player;",
                ),
                ("src/model/call.rs", "fn f() { crate::export::text(); }"),
                ("src/model/call.rs", "use serde_json::Value;"),
                ("src/model/call.rs", "use winit::dpi::Size;"),
            ],
            &[
                (
                    "src/model/call.rs",
                    "use super::errno::Errno;\nuse crate::model::payload::Payload;\nuse serde::Serialize;",
                ),
                (
                    "src/model/recording/rows.rs",
                    "use super::super::call;\nuse super::{Limits, RowNumber};",
                ),
                ("src/app.rs", "use crate::network::Request;"),
                (
                    "src/model/call.rs",
                    "/// See [`crate::network`].\nfn f() {}",
                ),
            ],
        ),
        "model reads no clock" => (
            &[
                ("src/model/event.rs", "use std::time::{Duration, Instant};"),
                (
                    "src/model/event.rs",
                    "fn f() { std::time::SystemTime::now(); }",
                ),
                ("src/model/event.rs", "fn f() { std::fs::read(x); }"),
            ],
            &[
                ("src/model/event.rs", "use std::time::Duration;"),
                ("src/network/mod.rs", "use std::time::Instant;"),
            ],
        ),
        "network uses the model" => (
            &[
                ("src/network/mod.rs", "use crate::script::player::Player;"),
                (
                    "src/network/kernel/worker.rs",
                    "use super::super::super::app::App;",
                ),
            ],
            &[(
                "src/network/kernel/worker.rs",
                "use crate::model::call::Call;\nuse crate::network::Request;\nuse super::cell;",
            )],
        ),
        "script uses the model and the network's trait" => (
            &[
                (
                    "src/script/driver.rs",
                    "use crate::network::kernel::KernelNetwork;",
                ),
                (
                    "src/script/driver.rs",
                    "use crate::network::{Network, kernel};",
                ),
                ("src/script/player/mod.rs", "use crate::views::Action;"),
            ],
            &[(
                "src/script/driver.rs",
                "use crate::network::{Network, NetworkHandle};\nuse crate::model::call::Call;\nuse super::kernel;",
            )],
        ),
        "export uses the model" => (
            &[
                ("src/export/csv.rs", "use crate::network::NetworkHandle;"),
                ("src/export/mod.rs", "use crate::views::theme;"),
            ],
            &[(
                "src/export/csv.rs",
                "use crate::model::recording::Recording;\nuse super::Format;\nuse csv::Writer;",
            )],
        ),
        "views use the model" => (
            &[
                ("src/views/log.rs", "use crate::app::App;"),
                ("src/views/log.rs", "use super::super::network::Request;"),
                (
                    "src/views/quick_start.rs",
                    "use crate::script::driver::DriverHandle;",
                ),
                ("src/views/log.rs", "use tempfile::tempfile;"),
            ],
            &[
                (
                    "src/views/log.rs",
                    "use eframe::egui::Ui;\nuse crate::model::call::Call;\nuse crate::views::Action;",
                ),
                (
                    "src/views/quick_start.rs",
                    "use crate::script::catalog;\nuse serde::Serialize;",
                ),
            ],
        ),
        "the terminal needs no window" => (
            &[
                ("src/terminal.rs", "use crate::app::App;"),
                ("src/terminal/play.rs", "use crate::views::Action;"),
                ("src/startup.rs", "fn f() { crate::file_dialog::open(); }"),
            ],
            &[
                (
                    "src/terminal.rs",
                    "use crate::script::driver;\nuse crate::network::kernel::KernelNetwork;",
                ),
                ("src/app/run.rs", "use crate::views::Action;"),
            ],
        ),
        "main only chooses" => (
            &[
                ("src/main.rs", "use sockeye::{app, network::kernel};"),
                ("src/main.rs", "fn main() { sockeye::script::play(); }"),
            ],
            &[(
                "src/main.rs",
                "use sockeye::{app, startup, terminal};\nfn main() { terminal::run(); }",
            )],
        ),
        "unsafe only in network/kernel" => (
            &[
                ("src/views/log.rs", "fn f() {\n    unsafe { g() } // <-\n}"),
                ("src/network/mod.rs", "unsafe impl Send for A {}"),
            ],
            &[
                ("src/network/kernel/closed.rs", "fn f() { unsafe { g() } }"),
                ("src/lib.rs", "#![deny(unsafe_code)]\n// unsafe"),
            ],
        ),
        "no waiting in the window" => (
            &[
                ("src/app.rs", "fn f() { receiver.recv(); }"),
                ("src/app/run.rs", "fn f() { thread.join(); }"),
                ("src/views/log.rs", "fn f() { std::thread::sleep(pause); }"),
                (
                    "src/app/apply.rs",
                    "use std::fs;\nfn f() { fs::write(path, text); } // <-",
                ),
                ("src/app/apply.rs", "use std::fs::File;"),
                ("src/app/apply.rs", "fn f() { lock.lock(); }"),
                (
                    "src/app/apply.rs",
                    "fn f() { receiver.recv_timeout(patience); }",
                ),
            ],
            &[
                (
                    "src/app.rs",
                    "fn f() { receiver.try_recv(); words.join(\", \"); path.join(name); }",
                ),
                ("src/views/log.rs", "fn f() { \"conn.recv()\"; } // .recv()"),
                (
                    "src/background.rs",
                    "use std::fs::File;\nfn f() { receiver.recv(); }",
                ),
            ],
        ),
        "files are read in one sitting" => {
            return (
                vec![("src/model/call.rs", "\n".repeat(451))],
                vec![("src/model/call.rs", "\n".repeat(450))],
            );
        }
        _ => (&[], &[]),
    };
    let owned = |samples: &[(&'static str, &str)]| {
        samples
            .iter()
            .map(|(path, text)| (*path, (*text).to_owned()))
            .collect()
    };
    (owned(broken), owned(kept))
}
