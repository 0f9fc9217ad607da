//! The built program on a display: the window opens, stays, rests while nothing happens, and ends.
#![cfg(target_os = "linux")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{DEADLINE, needed, read_until, sockeye, told, wait};
use rustix::process::{Pid, Signal, kill_process};

/// How long the window is watched at rest.
const WATCHED: Duration = Duration::from_secs(2);
/// What it may use meanwhile, clock ticks of 10 ms: less than drawing one frame by software costs.
const AT_REST: u64 = 1;

/// A program that is ended when the test is over, whatever became of it.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        // Neither fails but for a child that has ended.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// An X server of the test's own, at a free display number of its own choice.
struct Display {
    name: String,
    /// Where the server keeps its picture.
    folder: tempfile::TempDir,
    _server: Guarded,
}

impl Display {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Guarded(
            needed("Xvfb", "-help")
                .args(["-displayfd", "1", "-nolisten", "tcp"])
                // Or it starts anew when the first search leaves, and turns away who comes meanwhile.
                .arg("-noreset")
                .args(["-screen", "0", "1440x900x24"])
                .arg("-fbdir")
                .arg(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let number = read_until(server.0.stdout.as_mut().unwrap(), "\n");
        Self {
            name: format!(":{}", number.trim()),
            folder,
            _server: server,
        }
    }

    /// The picture's pixels, blue, green, red and nothing: a file of xwd, whose header says its own length in its first
    /// field and the colours of its map in the 20th, 12 bytes each (`XWDFile.h`).
    fn pixels(&self) -> Vec<[u8; 4]> {
        let file = std::fs::read(self.folder.path().join("Xvfb_screen0")).unwrap();
        let field = |at: usize| {
            let bytes = file[at * 4..][..4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        let picture = &file[field(0) + field(19) * 12..];
        let pixels = picture.chunks_exact(4).take(1440 * 900);
        pixels.map(|pixel| pixel.try_into().unwrap()).collect()
    }

    /// Whether a window of that title is on the screen.
    fn shows(&self, title: &str) -> bool {
        let search = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--name", title])
            .env("DISPLAY", &self.name)
            .output()
            .unwrap();
        search.status.success()
    }
}

/// The window's program on a display, with settings of its own in `home`.
fn window(display: &str, home: &Path) -> Command {
    let mut command = sockeye(&[]);
    command.env("DISPLAY", display).env("HOME", home);
    for folder in ["CONFIG", "STATE", "DATA", "CACHE"] {
        command.env_remove(format!("XDG_{folder}_HOME"));
    }
    command
}

/// The processor time a process and its threads have used, ticks: `proc_pid_stat(5)`, fields 14 and 15.
fn ticks(process: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    // The name, field 2, may hold spaces but ends at the last bracket.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields.map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn the_window_opens_rests_and_ends() {
    needed("xdotool", "--version");
    let display = Display::open();
    let home = tempfile::tempdir().unwrap();
    let said = home.path().join("said");
    let mut program = Guarded(
        window(&display.name, home.path())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&said).unwrap())
            .spawn()
            .unwrap(),
    );
    let said = || std::fs::read_to_string(&said).unwrap();
    let deadline = Instant::now() + DEADLINE;
    while !display.shows("^Sockeye$") {
        let ended = program.0.try_wait().unwrap();
        assert!(ended.is_none(), "it ended with {ended:?}: {}", said());
        assert!(Instant::now() < deadline, "no window came: {}", said());
    }

    // It draws a little when it opens; what never comes to rest fails at the deadline.
    let mut used = u64::MAX;
    while used > AT_REST {
        assert!(
            Instant::now() < deadline,
            "an idle window never rests: {used} ticks in {WATCHED:?}"
        );
        let before = ticks(&program.0);
        std::thread::sleep(WATCHED);
        used = ticks(&program.0) - before;
    }
    assert!(display.shows("^Sockeye$"));
    // Panels and lines alone have some dozens of colours; it is the soft edges of letters that have many.
    // Seen failing with: the letters drawn ahead of the window thrown away.
    let colours: HashSet<_> = display.pixels().into_iter().collect();
    assert!(colours.len() > 200, "{} colours", colours.len());
    assert_eq!(program.0.try_wait().unwrap(), None, "{}", said());
    assert_eq!(said(), "");

    kill_process(Pid::from_child(&program.0), Signal::TERM).unwrap();
    wait(&mut program.0);
    let ended = program.0.wait().unwrap();
    assert_eq!(ended.signal(), Some(Signal::TERM.as_raw()), "{ended}");
    assert!(!display.shows("^Sockeye$"), "a window without a program");
}

#[test]
fn a_display_that_does_not_answer_is_one_plain_line_and_exit_1() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = home.path().join("no-server:0");
    for display in [nowhere.to_str().unwrap(), "nonsense"] {
        let output = window(display, home.path()).output().unwrap();
        let (code, out, err) = told(&output);
        assert_eq!((code, out.as_str()), (1, ""), "{display}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(
            err.starts_with("sockeye: The X server named by DISPLAY does not answer."),
            "{err}"
        );
    }
}
