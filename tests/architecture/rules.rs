//! The rules: what each forbids, and how it is found in a source.

use crate::source::{Kind, Source};

/// What breaks a rule: the line, and what stands there.
pub type Found = Vec<(usize, String)>;

/// One invariant.
pub struct Rule {
    /// Its name in the exceptions and samples.
    pub name: &'static str,
    /// What holds, as the failure says it.
    pub says: &'static str,
    /// Where a file breaks it.
    pub find: fn(&Source) -> Found,
}

/// How many lines a source may have.
const MAX_LINES: usize = 450;

pub const RULES: &[Rule] = &[
    Rule {
        name: "egui only in the window",
        says: "egui and eframe belong in app.rs, app/ and views/",
        find: |source| {
            if in_window(source) {
                return Found::new();
            }
            crates(
                source,
                &[
                    "egui",
                    "eframe",
                    "egui_extras",
                    "egui_glow",
                    "epaint",
                    "emath",
                    "ecolor",
                    "winit",
                ],
            )
        },
    },
    Rule {
        name: "system calls only in network/kernel",
        says: "rustix, libc and sockets belong in network/kernel/",
        find: |source| {
            if source.path.starts_with("src/network/kernel/") {
                return Found::new();
            }
            let mut found = crates(
                source,
                &[
                    "rustix",
                    "libc",
                    "socket2",
                    "mio",
                    "nix",
                    "windows_sys",
                    "polling",
                ],
            );
            found.extend(paths(
                source,
                &[
                    "TcpListener",
                    "TcpStream",
                    "UdpSocket",
                    "UnixStream",
                    "UnixListener",
                ],
            ));
            found.extend(paths(
                source,
                &[
                    "std::os::fd",
                    "std::os::unix::io",
                    "std::os::unix::net",
                    "std::os::windows::io",
                ],
            ));
            found
        },
    },
    Rule {
        name: "no threads in views or model",
        says: "threads, channels and sockets have no place in views/ or model/",
        find: |source| {
            if !under(source, &["views", "model"]) {
                return Found::new();
            }
            let mut found = crates(source, &["crossbeam_channel", "crossbeam", "if_addrs"]);
            found.extend(paths(
                source,
                &[
                    "std::thread",
                    "std::sync::mpsc",
                    "std::sync::atomic",
                    "std::process",
                ],
            ));
            found
        },
    },
    Rule {
        name: "locks only in network/kernel",
        says: "window and workers share no lock: Mutex, RwLock and Condvar belong in network/kernel/",
        find: |source| {
            if source.path.starts_with("src/network/kernel/") {
                return Found::new();
            }
            let mut found = crates(source, &["parking_lot"]);
            found.extend(paths(source, &["Mutex", "RwLock", "Condvar"]));
            found
        },
    },
    Rule {
        name: "rfd only in file_dialog",
        says: "file_dialog.rs is the only user of rfd",
        find: |source| {
            if source.path == "src/file_dialog.rs" {
                Found::new()
            } else {
                crates(source, &["rfd"])
            }
        },
    },
    Rule {
        name: "colours and sizes only in theme",
        says: "a colour or a font size is named in views/theme/, for pictures on paper in export/paper.rs, and nowhere else",
        find: |source| {
            if in_theme(source) || source.path == "src/export/paper.rs" {
                Found::new()
            } else {
                looks(source)
            }
        },
    },
    Rule {
        name: "model stands alone",
        says: "model uses std and serde, and nothing else of Sockeye",
        find: |source| {
            if !under(source, &["model"]) {
                return Found::new();
            }
            let mut found = arrows(source, &["model"]);
            found.extend(dependencies(source, &["serde"]));
            found
        },
    },
    Rule {
        name: "model reads no clock",
        says: "time comes to the model with the events: no clock, no file, no environment",
        find: |source| {
            if !under(source, &["model"]) {
                return Found::new();
            }
            paths(
                source,
                &[
                    "Instant",
                    "SystemTime",
                    "std::fs",
                    "std::env",
                    "std::process",
                    "File",
                ],
            )
        },
    },
    Rule {
        name: "network uses the model",
        says: "network uses model and nothing else of Sockeye",
        find: |source| {
            if under(source, &["network"]) {
                arrows(source, &["network", "model"])
            } else {
                Found::new()
            }
        },
    },
    Rule {
        name: "script uses the model and the network's trait",
        says: "script uses model and network's trait, never the kernel's network",
        find: |source| {
            if !under(source, &["script"]) {
                return Found::new();
            }
            let mut found = arrows(source, &["script", "model", "network"]);
            found.extend(inner(source, &["network", "kernel"]));
            found
        },
    },
    Rule {
        name: "export uses the model",
        says: "export uses model and nothing else of Sockeye",
        find: |source| {
            if under(source, &["export"]) {
                arrows(source, &["export", "model"])
            } else {
                Found::new()
            }
        },
    },
    Rule {
        name: "views use the model",
        says: "views use model, and script for a lesson's words, and nothing else of Sockeye",
        find: |source| {
            if !under(source, &["views"]) {
                return Found::new();
            }
            let mut found = arrows(source, &["views", "model", "script"]);
            found.extend(inner(source, &["script", "driver"]));
            found.extend(dependencies(
                source,
                &["eframe", "serde", "notosans", "dejavu"],
            ));
            found
        },
    },
    Rule {
        name: "the terminal needs no window",
        says: "what the terminal runs on never reaches for app, views or a dialog",
        find: |source| {
            if !under(
                source,
                &["terminal", "background", "startup", "file_dialog"],
            ) {
                return Found::new();
            }
            let mut found = inner(source, &["app"]);
            found.extend(inner(source, &["views"]));
            if source.path != "src/file_dialog.rs" {
                found.extend(inner(source, &["file_dialog"]));
            }
            found
        },
    },
    Rule {
        name: "main only chooses",
        says: "main chooses between app and terminal, asking startup for a display, and does nothing else",
        find: |source| {
            if source.path == "src/main.rs" {
                arrows(source, &["app", "startup", "terminal"])
            } else {
                Found::new()
            }
        },
    },
    Rule {
        name: "unsafe only in network/kernel",
        says: "unsafe code belongs in the narrow files of network/kernel/",
        find: |source| {
            if source.path.starts_with("src/network/kernel/") {
                Found::new()
            } else {
                paths(source, &["unsafe"])
            }
        },
    },
    Rule {
        name: "no waiting in the window",
        says: "a frame waits for nothing: no join, receive, sleep or file in app.rs, app/ or views/",
        find: |source| {
            if in_window(source) {
                waits(source)
            } else {
                Found::new()
            }
        },
    },
    Rule {
        name: "files are read in one sitting",
        says: "a source has at most 450 lines; a longer one usually holds two things",
        find: |source| {
            if source.lines > MAX_LINES {
                vec![(source.lines, format!("{} lines", source.lines))]
            } else {
                Found::new()
            }
        },
    },
];

fn under(source: &Source, modules: &[&str]) -> bool {
    source
        .module()
        .first()
        .is_some_and(|first| modules.contains(&first.as_str()))
}

fn in_window(source: &Source) -> bool {
    under(source, &["app", "views"])
}

fn in_theme(source: &Source) -> bool {
    source.path == "src/views/theme.rs" || source.path.starts_with("src/views/theme/")
}

/// Paths that begin with one of these crates; a lone word may be a variable of that name.
fn crates(source: &Source, names: &[&str]) -> Found {
    let starts = |path: &[String]| path.len() > 1 && names.contains(&path[0].as_str());
    source
        .paths()
        .into_iter()
        .filter(|(_, path)| starts(path))
        .map(|(line, path)| (line, path.join("::")))
        .collect()
}

/// Paths that hold one of these runs of names, anywhere.
fn paths(source: &Source, runs: &[&str]) -> Found {
    let holds = |path: &[String], run: &str| {
        let run: Vec<&str> = run.split("::").collect();
        path.windows(run.len())
            .any(|window| window.iter().zip(&run).all(|(part, name)| part == name))
    };
    let found = source
        .paths()
        .into_iter()
        .filter(|(_, path)| runs.iter().any(|run| holds(path, run)));
    found.map(|(line, path)| (line, path.join("::"))).collect()
}

/// Paths into this crate that begin with this one.
fn inner(source: &Source, start: &[&str]) -> Found {
    let found = source.inner_paths().into_iter().filter(|(_, path)| {
        path.len() >= start.len() && path.iter().zip(start).all(|(part, name)| part == name)
    });
    found.map(|(line, path)| (line, path.join("::"))).collect()
}

/// Paths into another part of this crate than those allowed.
fn arrows(source: &Source, allowed: &[&str]) -> Found {
    let own = source.module();
    let outside = |path: &[String]| {
        path.first()
            .is_some_and(|first| !allowed.contains(&first.as_str()) && own.first() != Some(first))
    };
    let found = source
        .inner_paths()
        .into_iter()
        .filter(|(_, path)| outside(path));
    found.map(|(line, path)| (line, path.join("::"))).collect()
}

/// Paths into a crate of Cargo.toml that is not among those allowed.
fn dependencies(source: &Source, allowed: &[&str]) -> Found {
    let manifest = include_str!("../../Cargo.toml");
    let names: Vec<String> = manifest
        .split("\n[")
        .filter(|section| {
            section
                .lines()
                .next()
                .is_some_and(|head| head.trim_end_matches(']').ends_with("dependencies"))
        })
        .flat_map(|section| section.lines().skip(1))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once([' ', '=', '.'])?.0.replace('-', "_")))
        .filter(|name| !allowed.contains(&name.as_str()))
        .collect();
    crates(
        source,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

/// Colours and font sizes that are named.
fn looks(source: &Source) -> Found {
    let named = |path: &[String]| {
        path.windows(2).any(|pair| match pair[0].as_str() {
            "Color32" => {
                let constant = pair[1].chars().all(|c| c.is_ascii_uppercase() || c == '_');
                pair[1].starts_with("from_")
                    || (constant && !["TRANSPARENT", "PLACEHOLDER"].contains(&pair[1].as_str()))
            }
            "Rgba" | "Hsva" => pair[1].starts_with("from_") || pair[1] == "new",
            "FontId" => ["new", "proportional", "monospace"].contains(&pair[1].as_str()),
            _ => path.last().is_some_and(|last| last == "hex_color"),
        })
    };
    let mut found: Found = source
        .paths()
        .into_iter()
        .filter(|(_, path)| named(path))
        .map(|(line, path)| (line, path.join("::")))
        .collect();
    for token in &source.tokens {
        if let Kind::Text(text) = &token.kind {
            let digits = text.strip_prefix('#').unwrap_or_default();
            if matches!(digits.len(), 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit()) {
                found.push((token.line, text.clone()));
            }
        }
    }
    found.extend(sized(source));
    found
}

/// `.size(13.0)`: a font size written at the text.
fn sized(source: &Source) -> Found {
    let literal = |at: usize| matches!(source.kind(at), Some(Kind::Number(_)));
    (0..source.tokens.len())
        .filter(|&at| {
            source.kind(at) == Some(&Kind::Sign(".")) && source.word(at + 1) == Some("size")
        })
        .filter(|&at| source.kind(at + 2) == Some(&Kind::Sign("(")) && literal(at + 3))
        .map(|at| (source.tokens[at].line, ".size(…)".to_owned()))
        .collect()
}

/// Calls that can wait: for a thread, a message, a lock or a disk.
fn waits(source: &Source) -> Found {
    let mut found = paths(
        source,
        &[
            "std::fs",
            "fs::write",
            "File",
            "OpenOptions",
            "thread::sleep",
            "thread::park",
        ],
    );
    for (name, bare) in [
        ("recv", true),
        ("join", true),
        ("lock", true),
        ("wait", true),
        ("recv_timeout", false),
        ("recv_deadline", false),
        ("wait_timeout", false),
    ] {
        found.extend(
            source
                .method_calls(name, bare)
                .into_iter()
                .map(|line| (line, format!(".{name}()"))),
        );
    }
    found
}
