//! Ten thousand connections in the window: all accepted, answered, counted and let go.

use eframe::egui::Role;
use sockeye::model::call::BlockingMode;
use sockeye::model::event::Note;

use super::alone::{alone, memory, threads};
use super::process::raise_limit;
use super::scene::{Crowd, THREADS, grouped};

/// How many connections there are to be.
const ALL: u64 = 10_000;
/// What this process needs descriptors for besides.
const BESIDES: u64 = 200;
/// So many come first: more than have threads.
const FIRST: u64 = 400;
/// What an idle connection may cost this program, bytes of resident memory: with the row of its accept in the log, the
/// ladder and the flow, which are kept after its close too. 1,650 to 1,810 were measured, on a busy computer too.
const EACH: u64 = 2048;
/// `O_NONBLOCK`, as `/proc` tells it (`man 2 open`).
const NONBLOCK: u32 = rustix::fs::OFlags::NONBLOCK.bits();

/// Seen failing with: `SOCK_NONBLOCK` left out of the accept (the mode shown is not the one the kernel has).
#[test]
fn ten_thousand_connections_are_accepted_answered_and_counted() {
    // Other tests beside it would be counted to it.
    alone(
        "many::ten_thousand_connections_are_accepted_answered_and_counted",
        ten_thousand_connections,
    );
}

fn ten_thousand_connections() {
    let limit = raise_limit();
    let all = ALL.min(limit.saturating_sub(BESIDES));
    println!(
        "{all} of {ALL} connections: the limit is {limit} descriptors, all need {}",
        ALL + BESIDES
    );
    assert!(
        all > FIRST,
        "a limit of {limit} descriptors is too low for a crowd"
    );
    let mut crowd = Crowd::start();
    assert_eq!(crowd.clients("connect", FIRST), FIRST);
    crowd.until_open(FIRST);
    assert_eq!(crowd.clients("ask", FIRST), FIRST);
    assert_eq!(crowd.clients("ask", FIRST), FIRST, "a second time");
    modes_are_the_kernels(&crowd);
    // Built with debug assertions, egui keeps how the id of each row that it draws came to be, up to 1 KiB, for ever.
    crowd.window.press(Role::Switch, "Follow the log");
    // What the window has once drawn, and the buffers that grow with the first, are not counted to the others.
    for _ in 0..16 {
        crowd.window.harness.step();
    }
    let before = memory("VmRSS");
    // As many at a time: how many events lie in line at most, and what memory that took, is no cost of a connection.
    let mut open = FIRST;
    while open < all {
        let more = FIRST.min(all - open);
        open += more;
        assert_eq!(crowd.clients("connect", more), open);
        crowd.until_open(open);
    }
    for _ in 0..16 {
        crowd.window.harness.step();
    }
    let each = memory("VmRSS").saturating_sub(before) * 1024 / (all - FIRST);
    let threads = threads().len();
    println!("{each} bytes for each idle connection, {threads} threads");
    assert!(threads < 300, "{threads} threads");
    assert!(each <= EACH, "{each} bytes for each idle connection");
    assert_eq!(crowd.established() as u64, all);
    let says = crowd.says();
    assert!(says.contains(&format!("{} open", grouped(all))), "{says}");
    assert!(says.contains("0 wait for accept"), "{says}");
    assert_eq!(crowd.clients("ask", 500), 500);
    assert_eq!(crowd.clients("close", all), 0);
    crowd.until_open(0);
    let says = crowd.says();
    assert!(says.contains("0 open"), "{says}");
    assert!(says.contains(&format!("{} closed", grouped(all))), "{says}");
    assert_eq!(crowd.established(), 0);
}

/// The first have threads, and wait; the others do not.
fn modes_are_the_kernels(crowd: &Crowd) {
    let recording = crowd.window.recording();
    let accepted = |socket: &&sockeye::model::socket::Socket| socket.parent.is_some();
    let sockets: Vec<_> = recording.sockets().iter().filter(accepted).collect();
    let non_blocking = |fd: i32| {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).expect("it is open");
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
        flags.expect("its flags") & NONBLOCK != 0
    };
    for (index, socket) in sockets.iter().enumerate() {
        let in_crowd = index >= THREADS;
        assert_eq!(socket.in_crowd, in_crowd, "{}", socket.name);
        assert_eq!(
            socket.mode == BlockingMode::NonBlocking,
            in_crowd,
            "{}",
            socket.name
        );
        assert_eq!(non_blocking(socket.fd), in_crowd, "{}", socket.name);
    }
    let rows = (0..recording.len()).filter_map(|index| recording.row(index));
    let noted = rows.filter(|row| row.note == Some(Note::InCrowd)).count();
    assert_eq!(noted, sockets.len() - THREADS);
}
