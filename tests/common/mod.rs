//! The built program, run as a user runs it.
#![allow(dead_code, reason = "each test file uses its part")]

#[path = "../support/deadline.rs"]
mod deadline;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

pub use deadline::DEADLINE;

/// `sockeye` with these arguments and no display.
pub fn sockeye(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.args(arguments).stdin(Stdio::null());
    for display in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"] {
        command.env_remove(display);
    }
    command
}

/// Runs it to its end: exit code, standard output, standard error.
pub fn run(arguments: &[&str]) -> (i32, String, String) {
    told(&sockeye(arguments).output().unwrap())
}

/// What `check` says of a file that it refuses for what it is, and its exit code: reading it would take for ever.
pub fn refused_unread(path: &Path) -> (i32, String) {
    let mut check = sockeye(&["check", path.to_str().unwrap()]);
    check.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = check.spawn().unwrap();
    let code = wait(&mut child);
    let mut said = String::new();
    let mut err = child.stderr.take().unwrap();
    err.read_to_string(&mut said).unwrap();
    (code, said)
}

/// What a program said.
pub fn told(output: &Output) -> (i32, String, String) {
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

/// The file of that name below `tests/`.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// A script with this text; removed when dropped.
pub fn script(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// Waits for a program's end, and kills it when it takes too long.
pub fn wait(child: &mut Child) -> i32 {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it did not end by itself");
        }
        std::thread::yield_now();
    }
}

/// Reads a child's output until `piece` has been seen.
pub fn read_until(out: &mut impl Read, piece: &str) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&seen).contains(piece) {
        let read = out.read(&mut byte).unwrap();
        assert!(
            read > 0,
            "it ended before saying {piece:?}: {}",
            String::from_utf8_lossy(&seen)
        );
        seen.push(byte[0]);
    }
    String::from_utf8(seen).unwrap()
}

/// A program these tests need, or a panic that says what to install.
pub fn needed(program: &str, version: &str) -> Command {
    let there = Command::new(program)
        .arg(version)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        there.is_ok_and(|status| status.success()),
        "this test needs {program}: install it"
    );
    Command::new(program)
}
