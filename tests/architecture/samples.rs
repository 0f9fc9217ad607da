//! For each rule, sources that break it and sources that keep it, some only just.

/// A path and a text.
pub type Sample = (&'static str, &'static str);

/// What tries a rule.
pub struct Samples {
    pub rule: &'static str,
    pub broken: &'static [Sample],
    pub kept: &'static [Sample],
}

/// Marks the line that breaks a rule.
const MARK: &str = "// <-";

/// The line of a breaking sample that the rule must name, from 1: the marked one, else the last.
pub fn marked_line(text: &str) -> usize {
    let marked = text.lines().position(|line| line.contains(MARK));
    marked.map_or_else(|| text.lines().count(), |at| at + 1)
}

/// As many empty lines.
const fn lines(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

pub const SAMPLES: &[Samples] = &[
    Samples {
        rule: "egui only in the window",
        broken: &[
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
        kept: &[
            ("src/app.rs", "use eframe::egui;"),
            ("src/app/run.rs", "use eframe::egui;"),
            ("src/views/log.rs", "use eframe::egui::{self, Ui};"),
            (
                "src/network/mod.rs",
                "/// Not for egui::Ui.\n// use egui::Ui;\n/* egui::Ui /* egui::Ui */ egui::Ui */",
            ),
            (
                "src/terminal.rs",
                r##"const A: &str = "egui::Ui \" egui::Ui"; const B: &str = r#"" egui::Ui"#;"##,
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
    },
    Samples {
        rule: "system calls only in network/kernel",
        broken: &[
            ("src/app/run.rs", "use rustix::net::bind;"),
            ("src/network/mod.rs", "use std::net::{IpAddr, TcpStream};"),
            (
                "src/script/driver.rs",
                "fn f() {\n    std::net::UdpSocket::bind(x); // <-\n}",
            ),
            ("src/views/log.rs", "fn f() { let number = libc::EAGAIN; }"),
            ("src/background.rs", "use std::os::fd::AsRawFd;"),
        ],
        kept: &[
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
    },
    Samples {
        rule: "no threads in views or model",
        broken: &[
            ("src/views/log.rs", "use std::{fmt, thread};"),
            ("src/model/socket.rs", "use crossbeam_channel::Sender;"),
            (
                "src/model/call.rs",
                "fn f() { std::sync::mpsc::channel(); }",
            ),
        ],
        kept: &[
            ("src/background.rs", "use std::thread;"),
            (
                "src/model/event.rs",
                "use std::sync::Arc;\nstruct Thread { thread: u8 }",
            ),
        ],
    },
    Samples {
        rule: "locks only in network/kernel",
        broken: &[
            ("src/app.rs", "use std::sync::{Arc, Mutex};"),
            ("src/script/driver.rs", "fn f(l: &std::sync::RwLock<u8>) {}"),
        ],
        kept: &[
            ("src/network/kernel/cell.rs", "use std::sync::Mutex;"),
            ("src/app.rs", "/// No `Mutex`.\nuse std::sync::Arc;"),
        ],
    },
    Samples {
        rule: "rfd only in file_dialog",
        broken: &[("src/app/apply.rs", "fn f() { rfd::FileDialog::new(); }")],
        kept: &[
            ("src/file_dialog.rs", "use rfd::AsyncFileDialog;"),
            ("src/app/apply.rs", "use crate::file_dialog::FileDialogs;"),
        ],
    },
    Samples {
        rule: "colours and sizes only in theme",
        broken: &[
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
        kept: &[
            (
                "src/views/theme/palette.rs",
                "const A: Color32 = Color32::from_rgb(1, 2, 3);",
            ),
            ("src/export/paper.rs", "const INK: &str = \"#F0705A\";"),
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
    },
    Samples {
        rule: "model stands alone",
        broken: &[
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
        kept: &[
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
    },
    Samples {
        rule: "model reads no clock",
        broken: &[
            ("src/model/event.rs", "use std::time::{Duration, Instant};"),
            (
                "src/model/event.rs",
                "fn f() { std::time::SystemTime::now(); }",
            ),
            ("src/model/event.rs", "fn f() { std::fs::read(x); }"),
        ],
        kept: &[
            ("src/model/event.rs", "use std::time::Duration;"),
            ("src/network/mod.rs", "use std::time::Instant;"),
        ],
    },
    Samples {
        rule: "network uses the model",
        broken: &[
            ("src/network/mod.rs", "use crate::script::player::Player;"),
            (
                "src/network/kernel/worker.rs",
                "use super::super::super::app::App;",
            ),
        ],
        kept: &[(
            "src/network/kernel/worker.rs",
            "use crate::model::call::Call;\nuse crate::network::Request;\nuse super::cell;",
        )],
    },
    Samples {
        rule: "script uses the model and the network's trait",
        broken: &[
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
        kept: &[(
            "src/script/driver.rs",
            "use crate::network::{Network, NetworkHandle};\nuse crate::model::call::Call;\nuse super::kernel;",
        )],
    },
    Samples {
        rule: "export uses the model",
        broken: &[
            ("src/export/csv.rs", "use crate::network::NetworkHandle;"),
            ("src/export/mod.rs", "use crate::views::theme;"),
        ],
        kept: &[(
            "src/export/csv.rs",
            "use crate::model::recording::Recording;\nuse super::Format;\nuse csv::Writer;",
        )],
    },
    Samples {
        rule: "views use the model",
        broken: &[
            ("src/views/log.rs", "use crate::app::App;"),
            ("src/views/log.rs", "use super::super::network::Request;"),
            (
                "src/views/quick_start.rs",
                "use crate::script::driver::DriverHandle;",
            ),
            ("src/views/log.rs", "use tempfile::tempfile;"),
        ],
        kept: &[
            (
                "src/views/log.rs",
                "use eframe::egui::Ui;\nuse crate::model::call::Call;\nuse crate::views::Action;",
            ),
            (
                "src/views/quick_start.rs",
                "use crate::script::catalog;\nuse serde::Serialize;",
            ),
        ],
    },
    Samples {
        rule: "the terminal needs no window",
        broken: &[
            ("src/terminal.rs", "use crate::app::App;"),
            ("src/terminal/play.rs", "use crate::views::Action;"),
            ("src/startup.rs", "fn f() { crate::file_dialog::open(); }"),
        ],
        kept: &[
            (
                "src/terminal.rs",
                "use crate::script::driver;\nuse crate::network::kernel::KernelNetwork;",
            ),
            ("src/app/run.rs", "use crate::views::Action;"),
        ],
    },
    Samples {
        rule: "main only chooses",
        broken: &[
            ("src/main.rs", "use sockeye::{app, network::kernel};"),
            ("src/main.rs", "fn main() { sockeye::script::play(); }"),
        ],
        kept: &[(
            "src/main.rs",
            "use sockeye::{app, startup, terminal};\nfn main() { terminal::run(); }",
        )],
    },
    Samples {
        rule: "unsafe only in network/kernel",
        broken: &[
            ("src/views/log.rs", "fn f() {\n    unsafe { g() } // <-\n}"),
            ("src/network/mod.rs", "unsafe impl Send for A {}"),
        ],
        kept: &[
            ("src/network/kernel/closed.rs", "fn f() { unsafe { g() } }"),
            ("src/lib.rs", "#![deny(unsafe_code)]\n// unsafe"),
        ],
    },
    Samples {
        rule: "no waiting in the window",
        broken: &[
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
        kept: &[
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
    },
    Samples {
        rule: "files are read in one sitting",
        broken: &[("src/model/call.rs", lines(&[b'\n'; 451]))],
        kept: &[("src/model/call.rs", lines(&[b'\n'; 450]))],
    },
];
