//! What opening the window takes: work beside it, and why it could not open, in one plain sentence that says what to do.
//!
//! The window's libraries are looked up when it opens, not when Sockeye is built. Most that are missing come back as
//! an error, whose text [`explain_start_failure`] puts in plain words; a few make the windowing crates panic:
//! [`check_libraries`] asks the system's loader for them beforehand, and [`guard`] turns what still panics into the
//! same sentence.

use std::any::Any;
use std::ffi::OsString;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

/// A shared library and the package of Debian and Ubuntu that brings it.
type Library = (&'static str, &'static str);

/// What an X11 window loads.
const X11: [Library; 7] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libGL.so.1", "libgl1"),
];

/// What a Wayland window loads.
const WAYLAND: [Library; 4] = [
    ("libwayland-client.so.0", "libwayland-client0"),
    ("libwayland-egl.so.1", "libwayland-egl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libEGL.so.1", "libegl1"),
];

/// Words in the text of a failed start, and what to say instead. The first that fits holds.
const EXPLANATIONS: [(&str, &str); 11] = [
    (
        "nor DISPLAY is set",
        "There is no display here. Start Sockeye in a desktop session, or play in this terminal: sockeye play tcp-capitalise",
    ),
    (
        "open connection to X server",
        "The X server named by DISPLAY does not answer. Check DISPLAY, or play in this terminal: sockeye play tcp-capitalise",
    ),
    (
        "find wayland compositor",
        "The Wayland compositor named by WAYLAND_DISPLAY does not answer. Unset WAYLAND_DISPLAY to use X11, or play in this terminal: sockeye play tcp-capitalise",
    ),
    (
        "xlib's shared libraries",
        "The window needs X11 libraries that are not installed: sudo apt install libx11-6 libx11-xcb1 libxcursor1 libxi6",
    ),
    (
        "libxkbcommon-x11.so",
        "The window needs a keyboard library that is not installed: sudo apt install libxkbcommon-x11-0",
    ),
    (
        "libxkbcommon.so",
        "The window needs a keyboard library that is not installed: sudo apt install libxkbcommon0",
    ),
    (
        "libwayland-egl.so",
        "The window needs a Wayland library that is not installed: sudo apt install libwayland-egl1",
    ),
    (
        "wayland library could not be loaded",
        "The window needs a Wayland library that is not installed: sudo apt install libwayland-client0",
    ),
    (
        "libwayland-client.so",
        "The window needs a Wayland library that is not installed: sudo apt install libwayland-client0",
    ),
    (
        "no glutin configs",
        "The window needs OpenGL, which is not installed or not allowed here: sudo apt install libgl1 libegl1",
    ),
    (
        "egui_glow:",
        "The window needs OpenGL 2.1 or OpenGL ES 2.0 at least, which this display does not offer.",
    ),
];

/// What a failed start means and what to do, from the error's text: one line.
///
/// A text that is not known is kept, on one line, behind "The window could not open".
pub fn explain_start_failure(message: &str) -> String {
    let known = EXPLANATIONS
        .iter()
        .find(|(words, _)| message.contains(words));
    known.map_or_else(
        || {
            let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("The window could not open: {line}")
        },
        |(_, sentence)| (*sentence).to_owned(),
    )
}

/// Whether a window has somewhere to open. Only systems where the environment names the display can tell; on others
/// there always is one.
pub fn has_display() -> bool {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux")
        || ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
            .into_iter()
            .any(named)
}

/// Looks for the libraries that the window is about to load.
///
/// A system whose loader keeps no cache (`ldconfig(8)`) cannot be asked; there, as without a display, nothing is
/// reported and the start itself tells.
///
/// # Errors
///
/// One line that names the packages to install.
pub fn check_libraries() -> Result<(), String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    // The order in which winit chooses: Wayland first.
    let needed: &[Library] = if !cfg!(target_os = "linux") {
        &[]
    } else if set("WAYLAND_DISPLAY")
        .or_else(|| set("WAYLAND_SOCKET"))
        .is_some()
    {
        &WAYLAND
    } else if set("DISPLAY").is_some() {
        &X11
    } else {
        &[]
    };
    Loader::of_this_system(set("LD_LIBRARY_PATH")).map_or(Ok(()), |loader| loader.check(needed))
}

/// Runs `start` and turns the panic of a library that cannot be loaded into the sentence that says so.
///
/// Any other panic goes on. From here to the program's end such a panic prints no message of its own: one line is
/// enough.
///
/// # Errors
///
/// What `start` returns, or the sentence.
pub fn guard(start: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !tells_of_library(panic_text(info.payload())) {
            print(info);
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(start)).unwrap_or_else(|payload| {
        let text = panic_text(payload.as_ref());
        if tells_of_library(text) {
            Err(explain_start_failure(text))
        } else {
            panic::resume_unwind(payload)
        }
    })
}

/// Whether a panic's text is that of the crates which load the window's libraries.
fn tells_of_library(text: &str) -> bool {
    text.contains("could not be loaded")
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or_default()
}

/// What is made on a thread of its own while the window opens.
#[derive(Debug)]
pub struct Beside<T>(JoinHandle<T>);

/// Begins `work` on a thread called `name`.
///
/// # Errors
///
/// When the system gives no thread.
pub fn beside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Beside<T>> {
    Builder::new().name(name.to_owned()).spawn(work).map(Beside)
}

impl<T> Beside<T> {
    /// Waits for the work's end. A panic in it goes on here.
    pub fn result(self) -> T {
        self.0
            .join()
            .unwrap_or_else(|payload| panic::resume_unwind(payload))
    }
}

/// Where the dynamic loader finds libraries: `ld.so(8)`.
struct Loader {
    /// The cache file's bytes: names and paths among them, each ended by a NUL.
    cache: Vec<u8>,
    folders: Vec<PathBuf>,
}

impl Loader {
    /// `None` where the loader keeps no cache.
    fn of_this_system(search_path: Option<OsString>) -> Option<Self> {
        let cache = std::fs::read("/etc/ld.so.cache").ok()?;
        let mut folders: Vec<PathBuf> = search_path
            .map(|paths| std::env::split_paths(&paths).collect())
            .unwrap_or_default();
        folders.extend(["/lib", "/usr/lib", "/lib64", "/usr/lib64"].map(PathBuf::from));
        let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
        folders.extend(["/lib", "/usr/lib"].map(|folder| Path::new(folder).join(&multiarch)));
        Some(Self { cache, folders })
    }

    fn has(&self, library: &str) -> bool {
        let name = [b"\0", library.as_bytes(), b"\0"].concat();
        self.cache.windows(name.len()).any(|window| window == name)
            || self
                .folders
                .iter()
                .any(|folder| folder.join(library).exists())
    }

    fn check(&self, needed: &[Library]) -> Result<(), String> {
        let missing: Vec<&str> = needed
            .iter()
            .filter(|(library, _)| !self.has(library))
            .map(|(_, package)| *package)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "The window needs libraries that are not installed: sudo apt install {}",
            missing.join(" ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts as eframe 0.37, winit 0.30, xkbcommon-dl 0.4 and wayland-client 0.31 write them.
    #[test]
    fn each_known_failure_is_one_line_that_says_what_to_do() {
        let seen = [
            (
                "winit EventLoopError: os error at /x/mod.rs:765: neither WAYLAND_DISPLAY nor WAYLAND_SOCKET nor DISPLAY is set.",
                "sockeye play tcp-capitalise",
            ),
            (
                "winit EventLoopError: os error at /x/mod.rs:783: Failed to open connection to X server",
                "Check DISPLAY",
            ),
            (
                "winit EventLoopError: os error at /x/mod.rs:783: Failed to load one of xlib's shared libraries",
                "libx11-6 libx11-xcb1 libxcursor1 libxi6",
            ),
            (
                "Library libxkbcommon-x11.so could not be loaded.",
                "libxkbcommon-x11-0",
            ),
            (
                "Library libxkbcommon.so could not be loaded.",
                "libxkbcommon0",
            ),
            (
                "Library libwayland-egl.so could not be loaded.",
                "libwayland-egl1",
            ),
            (
                "winit EventLoopError: os error at /x/mod.rs:75: The wayland library could not be loaded",
                "libwayland-client0",
            ),
            (
                "winit EventLoopError: os error at /x/mod.rs:75: Could not find wayland compositor",
                "WAYLAND_DISPLAY",
            ),
            (
                "Found no glutin configs matching the template: ConfigTemplate { .. }. Error: x",
                "libgl1 libegl1",
            ),
        ];
        for (message, words) in seen {
            let sentence = explain_start_failure(message);
            assert!(sentence.contains(words), "{message:?} gives {sentence:?}");
            assert!(
                !sentence.contains('\n') && !sentence.contains("os error"),
                "{sentence:?}"
            );
        }
    }

    #[test]
    fn an_unknown_failure_is_kept_on_one_line() {
        assert_eq!(
            explain_start_failure("glutin error:\n  odd\tthing"),
            "The window could not open: glutin error: odd thing"
        );
    }

    #[test]
    fn a_library_is_found_in_the_cache_or_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("libXi.so.6"), "").unwrap();
        let loader = Loader {
            cache: b"\0libX11.so.6\0/usr/lib/libX11.so.6\0libX11-xcb.so.1.0\0".to_vec(),
            folders: vec![folder.path().to_owned()],
        };
        assert!(loader.has("libX11.so.6"));
        assert!(loader.has("libXi.so.6"));
        assert!(
            !loader.has("libX11-xcb.so.1"),
            "a longer name is another library"
        );
        let missing = loader.check(&X11).unwrap_err();
        let packages = "libx11-xcb1 libxcursor1 libxkbcommon-x11-0 libxkbcommon0 libgl1";
        assert!(
            missing.ends_with(&format!("sudo apt install {packages}")),
            "{missing}"
        );
        assert_eq!(loader.check(&X11[..1]), Ok(()));
    }

    #[test]
    fn a_library_that_panics_is_explained_and_other_panics_go_on() {
        let missing = guard(|| panic!("Library libxkbcommon-x11.so could not be loaded."));
        assert!(missing.unwrap_err().contains("libxkbcommon-x11-0"));
        assert_eq!(guard(|| Err("x".to_owned())), Err("x".to_owned()));
        let other = panic::catch_unwind(|| guard(|| panic!("another")));
        assert!(other.is_err());
    }
}
