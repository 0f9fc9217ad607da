//! A test in a process of its own, and what that process then is: its threads, descriptors and memory.

use std::process::Command;
use std::time::Instant;

use super::DEADLINE;

const CHILD: &str = "SOCKEYE_TEST_ALONE";

/// Runs the test of that name (with its modules) in a process of its own.
#[allow(clippy::print_stdout, reason = "what the child measured")]
pub fn alone(name: &str, body: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return body();
    }
    let own = std::env::current_exe().expect("the test's own program");
    let output = Command::new(own)
        .args(["--exact", name, "--test-threads=1", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("a child process");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Its figures; shown with --nocapture.
    print!("{said}");
}

/// Numbers of this process's threads, sorted. A new thread bears its maker's name until it gives itself its own.
pub fn threads() -> Vec<i32> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
    let number =
        |task: std::io::Result<std::fs::DirEntry>| task.ok()?.file_name().to_str()?.parse().ok();
    let mut numbers: Vec<i32> = tasks.filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// Their names, sorted.
pub fn thread_names() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
    let name = |task: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
    };
    let mut names: Vec<String> = tasks
        .filter_map(name)
        .map(|name| name.trim().to_owned())
        .collect();
    names.sort();
    names
}

/// What this process's descriptors are, sorted; without the one that reads the list.
pub fn descriptors() -> Vec<String> {
    let entries = std::fs::read_dir("/proc/self/fd").expect("/proc");
    let mut all: Vec<String> = entries
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .map(|target| target.display().to_string())
        .filter(|target| !target.ends_with("/fd"))
        .collect();
    all.sort();
    all
}

/// Waits until something that tells nobody holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(
            begin.elapsed() < DEADLINE,
            "never: {what}\n{:?}\n{:?}",
            thread_names(),
            descriptors()
        );
        std::thread::yield_now();
    }
}

/// What `/proc/self/status` says of this process's memory, KiB: `VmRSS` is what it has now, `VmHWM` the most it had.
pub fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    line.and_then(|value| {
        value
            .strip_prefix(':')?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    })
    .expect("a number of KiB")
}
