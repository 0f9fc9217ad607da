//! The past of a session with many sockets costs what its sockets do, not as much again at every moment kept of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fmt::Write as _;

use sockeye::import;
use sockeye::model::call::SocketId;
use sockeye::model::replay::Told;

/// What of this process is in memory, kibibytes, as the kernel says (`man 5 proc`).
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}

#[test]
fn the_past_of_many_sockets_and_waiting_calls_takes_little_memory() {
    const SOCKETS: u64 = 40_000;
    const WAITING: u64 = 4_000;
    let mut text = String::from(
        r#"{"sockeye":1,"network":"kernel","platform":"linux","clock":"monotonic","started":"2026-01-02T03:04:05Z"}
{"kind":"program","seq":1,"program_id":1,"name":"p","role":"server","threads":"one"}
{"kind":"thread","seq":1,"thread_id":1,"program_id":1,"name":"p"}
"#,
    );
    let all = (1..=WAITING).flat_map(|id| [(id, true), (id, false)]);
    let all = all.chain((WAITING + 1..=SOCKETS).map(|id| (id, true)));
    for (n, (id, is_socket)) in (1..).zip(all) {
        let (seq, end) = (2 * n, 2 * n + 1);
        let line = if is_socket {
            format!(
                r#""end_seq":{end},"took":0.0,"call":"socket","outcome":"ok","value":"s","args":{{"family":"AF_INET","protocol":"SOCK_STREAM"}}"#
            )
        } else {
            r#""end_seq":null,"took":null,"call":"recv","outcome":null,"value":null,"args":{"max":9}"#.to_owned()
        };
        writeln!(
            text,
            r#"{{"kind":"call","n":{n},"seq":{seq},"t":0.1,"thread_id":1,"program_id":1,"id":{id},"fd":7,{line}}}"#
        )
        .unwrap();
    }
    let session = import::read(text.as_bytes()).unwrap();
    let before = resident();
    let told = Told::of(session);
    let taken = resident().saturating_sub(before);
    let each = taken * 1024 / SOCKETS;
    // A socket and its life, at most a few times, and its places in the lists.
    assert!(each < 4096, "{each} bytes a socket, {taken} KiB in all");
    let last = told.recording.last_seq();
    for part in [1, 3, 7] {
        let moment = last / 8 * part;
        let past = told.replay.show(&told.recording, moment, None).unwrap();
        let sockets = past.recording().sockets();
        let is_there = |id| sockets.get(SocketId(id)).is_some();
        // Each of the first has two calls of one place and one of two.
        let made = past.recording().calls() - past.recording().waiting() as u64;
        assert!(is_there(u32::try_from(made).unwrap()), "{made} were made");
        assert!(!is_there(u32::try_from(made).unwrap() + 1));
    }
}
