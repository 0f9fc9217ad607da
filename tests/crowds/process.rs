//! This process and others, as the kernel sees them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

/// The descriptor that a process gets next: the lowest that is free. A limit of so many leaves it none.
pub fn next_descriptor(pid: u32) -> u64 {
    let is_free = |number: &u64| {
        // A link to a socket leads nowhere that exists: only the link itself counts.
        std::fs::symlink_metadata(format!("/proc/{pid}/fd/{number}")).is_err()
    };
    (0..1 << 20).find(is_free).expect("fewer are open")
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

/// What other programs take of the computer's time: how much later than asked a thread is woken that only sleeps.
pub struct Lateness {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Duration>,
}

impl Lateness {
    pub fn watch() -> Self {
        const NAP: Duration = Duration::from_millis(10);
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut late = Duration::ZERO;
            while !over.load(Ordering::Relaxed) {
                let since = Instant::now();
                std::thread::sleep(NAP);
                late += since.elapsed().saturating_sub(NAP);
            }
            late
        });
        Self { is_over, thread }
    }

    /// All of it until now.
    pub fn end(self) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it only sleeps")
    }
}
