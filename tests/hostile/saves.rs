//! Whatever happens while a file is saved, what is there is the old file or the new one, and a failure is said aloud.
//!
//! Another process of this test binary saves; it is told what by `SOCKEYE_HOSTILE_STAGE`, in which the test then begins
//! once more.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use sockeye::app::Settings;
use sockeye::background::{Background, Done, Job};
use sockeye::export::program::FileNames;
use sockeye::export::{Existing, Export, Format};
use sockeye::model::call::{Call, Protocol};
use sockeye::model::recording::Recording;

use crate::common::{sockeye, told};
use crate::export_support::{Maker, received, send};
use crate::window_app::Window;

/// Where the other process finds what it is to work on.
const STAGE: &str = "SOCKEYE_HOSTILE_STAGE";

/// This test once more, in a process of its own.
fn once_more(test: &str, stage: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(STAGE, stage)
        .stdin(Stdio::null());
    command
}

fn stage() -> Option<PathBuf> {
    std::env::var_os(STAGE).map(PathBuf::from)
}

/// A session that is told from others by its one letter: a hundred kilobytes, so that a save takes its time.
fn session(letter: u8) -> Recording {
    let mut maker = Maker::new();
    let one = maker.socket(1, "one", Protocol::Tcp, 1);
    let bytes = vec![letter; 4_000];
    for at in 2..6 {
        maker.call(
            1,
            one,
            send(&bytes),
            sockeye::model::call::Outcome::Ok(sockeye::model::call::Value::Sent(4_000)),
            at,
        );
        maker.moved(1, one, Call::Recv { max: 4_000 }, received(&bytes), at);
    }
    maker.recording
}

fn saved(recording: &Recording) -> Vec<u8> {
    let mut bytes = Vec::new();
    Format::JsonLines.write(recording, &mut bytes).unwrap();
    bytes
}

/// Settings told from others by their zoom; as long as their file may be.
fn settings(zoom: f32) -> String {
    let mut settings = Settings {
        zoom,
        ..Settings::default()
    };
    settings.lessons_done = (0..1_500)
        .map(|number| format!("lesson {number} {zoom}"))
        .collect();
    toml::to_string_pretty(&settings).unwrap()
}

/// What is saved: the session, as the window and `--save` do, and the settings.
fn jobs(stage: &Path) -> [[Job; 2]; 2] {
    let export = |letter| Job::Export {
        recording: Box::new(session(letter)),
        export: Export::OneFile(Format::JsonLines),
        path: stage.join("session.jsonl"),
        there: Existing::Replace,
        names: FileNames::new(),
    };
    let keep = |zoom| Job::SaveSettings {
        path: stage.join("settings.toml"),
        text: settings(zoom),
    };
    [[export(b'a'), keep(1.0)], [export(b'b'), keep(2.0)]]
}

/// Saves the one and the other, for ever, as the window does: by its background thread.
fn save_for_ever(stage: &Path) -> ! {
    let (woken, wakes) = std::sync::mpsc::channel();
    let background =
        Background::start(Arc::new(move || woken.send(()).unwrap_or_default())).unwrap();
    let begun = Instant::now();
    for round in 0.. {
        for job in jobs(stage).into_iter().flatten() {
            background.submit(job);
        }
        // Two exports are answered, and settings only where they fail.
        for _ in 0..2 {
            wakes.recv().unwrap();
            let done = background.done();
            assert!(matches!(done, Some(Done::Exported(Ok(_)))), "{done:?}");
        }
        if round == 0 {
            // How long a round takes depends on the disk.
            println!("{SAVED} {}", begun.elapsed().as_micros());
        }
    }
    unreachable!("it is killed")
}

/// What the other process says once everything was saved.
const SAVED: &str = "saved once";

/// A number that no other run has.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// 100 saves of each file are killed at any moment; `SOCKEYE_KILLED_SAVES=1000` kills more.
///
/// Seen failing with: `write_file` creating and filling the file itself, without the temporary one.
#[test]
fn a_save_that_is_killed_leaves_the_old_file_or_the_new_one() {
    const TEST: &str = "saves::a_save_that_is_killed_leaves_the_old_file_or_the_new_one";
    if let Some(stage) = stage() {
        save_for_ever(&stage);
    }
    let asked = std::env::var("SOCKEYE_KILLED_SAVES").ok();
    let kills: u32 = asked.map_or(100, |asked| asked.parse().expect("a number of kills"));
    let folder = tempfile::tempdir().unwrap();
    let sessions = [b'a', b'b'].map(|letter| saved(&session(letter)));
    let kept = [1.0, 2.0].map(|zoom| settings(zoom).into_bytes());
    let (mut seen, mut within) = (BTreeSet::new(), 0);
    for kill in 0..kills {
        let mut child = once_more(TEST, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.as_mut().unwrap();
        crate::common::read_until(out, SAVED);
        let round = crate::common::read_until(out, "\n").trim().parse::<u64>();
        // The moment is any of the next rounds.
        let moment = Duration::from_micros(random() % (3 * round.unwrap()).max(30_000));
        let until = Instant::now() + moment;
        while Instant::now() < until {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, whole) in [("session.jsonl", &sessions), ("settings.toml", &kept)] {
            let found = std::fs::read(folder.path().join(name)).unwrap();
            let which = whole.iter().position(|whole| *whole == found);
            let which = which.unwrap_or_else(|| {
                panic!(
                    "kill {kill} after {moment:?} left a {name} of {} bytes that is neither",
                    found.len()
                )
            });
            seen.insert((name, which));
        }
        // What the killed save had begun lies beside it under a name of its own.
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with(".sockeye-") {
                within += 1;
                std::fs::remove_file(&path).unwrap();
            } else {
                assert!(
                    ["session.jsonl", "settings.toml"].contains(&&*name),
                    "{name}"
                );
            }
        }
    }
    assert!(within > 0, "none of {kills} kills came within a save");
    assert!(
        kills < 50 || seen.len() == 4,
        "{kills} kills found only {seen:?}"
    );
}

/// What every save is to say that failed.
const REASON: &str = "SOCKEYE_HOSTILE_REASON";

/// The session that the terminal saves, beside the stage.
const SOURCE: &str = "source.jsonl";

/// How a folder comes to refuse what is written into it.
struct Refusing {
    /// A shell's lines where the folder is a file system of its own, and what every save says then.
    mounted: (&'static str, &'static str),
    /// The same where the system lets nobody mount one; `None`: it can't be had so.
    plain: Option<(&'static str, &'static str)>,
}

/// Runs a test once more where its folder refuses what is written into it, which `refusing` sees to.
fn once_more_refused(test: &str, refusing: &Refusing) {
    let folder = tempfile::tempdir().unwrap();
    let stage = folder.path().join("stage");
    std::fs::create_dir(&stage).unwrap();
    std::fs::write(folder.path().join(SOURCE), saved(&session(b'c'))).unwrap();
    let namespace = ["unshare", "--user", "--map-root-user", "--mount", "--"];
    let mount = "mount -t tmpfs -o size=256k none .";
    let has_namespaces = Command::new(namespace[0])
        .args(&namespace[1..])
        .args(["sh", "-ec", &format!("cd \"${STAGE}\"; {mount}")])
        .env(STAGE, &stage)
        .output()
        .is_ok_and(|tried| tried.status.success());
    let before = BEFORE.map(|name| format!("echo old > {name}; ")).concat();
    let (mut command, (lines, reason)) = if has_namespaces {
        let mut command = Command::new(namespace[0]);
        command.args(&namespace[1..]).arg("sh");
        (command, refusing.mounted)
    } else {
        let Some(plain) = refusing.plain else {
            eprintln!(
                "not tried: this system lets nobody mount a file system, and root may write anywhere"
            );
            return;
        };
        (Command::new("sh"), plain)
    };
    // Entered once more, the folder is what was mounted there.
    let enter = if has_namespaces {
        format!("{mount}; cd \"${STAGE}\"")
    } else {
        ":".to_owned()
    };
    let child = once_more(test, &stage);
    let ran = command
        .args([
            "-ec",
            &format!("cd \"${STAGE}\"; {enter}; {before} {lines}; exec \"$@\""),
            "sh",
        ])
        .arg(child.get_program())
        .args(child.get_args())
        .envs([(STAGE, stage.as_os_str()), (REASON, reason.as_ref())])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    let passed = ran.status.success() && said.contains("1 passed");
    assert!(passed, "{}\n{said}\n{complained}", ran.status);
}

/// The files that are there before, and must be there after.
const BEFORE: [&str; 2] = ["session.jsonl", "settings.toml"];

/// Saves in the window, from the terminal, and settings; each must say the reason, and nothing be changed.
fn every_save_fails(stage: &Path) {
    let reason = &std::env::var(REASON).unwrap();
    let before = || -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(stage).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let files = before();
    assert!(files.len() >= BEFORE.len());
    // The terminal.
    let path = stage.join("session.jsonl");
    let shown = path.display().to_string();
    let source = stage.with_file_name(SOURCE);
    let source = source.to_str().unwrap();
    for arguments in [
        vec!["export", source, "--as", "jsonl", "--out", &shown],
        vec![
            "export",
            source,
            "--as",
            "python",
            "--out",
            stage.to_str().unwrap(),
        ],
        vec!["play", "udp-capitalise", "--free-ports", "--save", &shown],
    ] {
        let (code, _, err) = told(&sockeye(&arguments).output().unwrap());
        assert_eq!((code, err.lines().count()), (1, 1), "{arguments:?}: {err}");
        assert!(
            err.contains(reason) && err.contains(stage.to_str().unwrap()),
            "{err}"
        );
        assert!(!err.contains(".sockeye-"), "not what was named: {err}");
        assert_eq!(before(), files, "{arguments:?}");
    }
    // The window.
    let mut window = Window::open_with([1440.0, 900.0], |setup| {
        setup.settings_path = Some(stage.join("settings.toml"));
    });
    window.make(&["For: Client"], "client");
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::S);
    window.until("the path is asked for", |window| {
        window.has_field("Session path")
    });
    window.type_into("Session path", &shown);
    window.click("Save");
    window.until("it is asked once more", |window| {
        window.says("is there already. Save again to replace it.")
    });
    window.click("Save");
    window.until("it is said", |window| {
        let said = format!("{shown}: ");
        window
            .texts()
            .iter()
            .any(|text| text.contains(&said) && text.contains(reason))
    });
    assert_eq!(before(), files);
    window.harness.key_press(Key::Escape);
    window.harness.step();
    // Settings are kept when they change.
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    window.until("it is said that settings are not kept", |window| {
        let mut texts = window.texts().into_iter();
        texts.any(|text| {
            text.starts_with("The settings could not be kept.")
                && text.contains(reason)
                && !text.contains(".sockeye-")
        })
    });
    assert_eq!(before(), files);
}

/// Where no file system can be mounted, a limit of the system says that a file grows too large (EFBIG).
///
/// Seen failing with: `write_file` creating and filling the file itself.
#[test]
fn a_full_disk_is_said_aloud_and_what_was_there_stays() {
    const TEST: &str = "saves::a_full_disk_is_said_aloud_and_what_was_there_stays";
    let full = Refusing {
        mounted: (
            "head -c 1m /dev/zero > rest || true",
            "No space left on device",
        ),
        plain: Some(("trap '' XFSZ; ulimit -f 0", "File too large")),
    };
    match stage() {
        Some(stage) => every_save_fails(&stage),
        None => once_more_refused(TEST, &full),
    }
}

/// Where no file system can be mounted, the folder's mode says who may write: not for root, who may always.
///
/// Seen failing with: `drain_background` saying nothing of `SettingsFailed`.
#[test]
fn a_folder_that_can_not_be_written_to_is_said_aloud() {
    const TEST: &str = "saves::a_folder_that_can_not_be_written_to_is_said_aloud";
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let read_only = Refusing {
        mounted: ("mount -o remount,ro .", "Read-only file system"),
        plain: (!is_root).then_some(("chmod a-w .", "Permission denied")),
    };
    match stage() {
        Some(stage) => every_save_fails(&stage),
        None => once_more_refused(TEST, &read_only),
    }
}
