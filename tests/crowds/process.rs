//! This process and others, as the kernel sees them.

use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};

/// Raises this process' limit of descriptors as far as it may; what it is then.
pub fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).expect("up to its hard limit");
    limit.maximum.unwrap_or(u64::MAX)
}

/// A number of `/proc/self/status`: sizes are in KiB.
pub fn status(what: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("the kernel tells");
    let line = text.lines().find(|line| line.starts_with(what));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

/// How many descriptors a process has open.
pub fn descriptors(pid: u32) -> u64 {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the kernel tells");
    open.count() as u64
}

/// Sets another process' limit of descriptors; what it was.
pub fn limit(pid: u32, descriptors: u64) -> u64 {
    let pid = Pid::from_raw(pid.cast_signed());
    let hard = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: Some(descriptors),
        maximum: hard,
    };
    let before = prlimit(pid, Resource::Nofile, limit).expect("it is ours");
    before.current.unwrap_or(u64::MAX)
}

/// The processor time that a process has taken.
pub fn cpu_time(pid: u32) -> Duration {
    /// `USER_HZ`: what `/proc` counts in on Linux, whatever the kernel's own clock.
    const TICKS: u64 = 100;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the kernel tells");
    let (_, fields) = stat.rsplit_once(')').expect("the name ends there");
    let field = |index: usize| fields.split_whitespace().nth(index);
    // utime and stime, the fields 14 and 15 (man 5 proc_pid_stat).
    let ticks = [11, 12].map(|index| field(index).and_then(|it| it.parse::<u64>().ok()));
    let ticks: u64 = ticks.into_iter().flatten().sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}
