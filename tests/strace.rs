//! One method, one system call: what `strace` sees of a played script is what its log says, call for call.
//!
//! On sockets of the internet families the system calls of each thread, in order and with their results, are the
//! log's rows of that thread, apart from observations that the log does not claim as calls.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeMap;

use common::{file, needed, sockeye};
use serde_json::Value;

/// One call, as both sides can tell it: name, descriptor, result.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    name: String,
    fd: String,
    result: String,
}

/// What the picture's sake may ask of the kernel at any time.
fn is_observation(seen: &Seen) -> bool {
    matches!(
        seen.name.as_str(),
        "getsockname"
            | "getpeername"
            | "getsockopt observed"
            | "ioctl observed"
            | "fcntl by the standard library"
    )
}

/// The system calls on inet sockets by the thread that made them; those of the observer's thread are left out after
/// a look at each.
fn traced(text: &str) -> BTreeMap<String, Vec<Seen>> {
    let mut begun: BTreeMap<String, String> = BTreeMap::new();
    let mut threads: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    let mut observers = Vec::new();
    for line in text.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        let whole = if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread.to_owned(), start.to_owned());
            continue;
        } else if rest.starts_with("<... ") {
            let start = begun.remove(thread).unwrap();
            start + rest.split_once("resumed>").unwrap().1
        } else {
            rest.to_owned()
        };
        if whole.starts_with("epoll_ctl(") {
            observers.push(thread.to_owned());
        } else if let Some(seen) = inet_call(&whole) {
            threads.entry(thread.to_owned()).or_default().push(seen);
        }
    }
    // Threads that serve the network are ended with the program, in whatever they wait for.
    begun.retain(|_, start| start.contains("<TCP") || start.contains("<UDP"));
    assert!(begun.is_empty(), "calls that never returned: {begun:?}");
    for observer in observers {
        let calls = threads.remove(&observer).unwrap_or_default();
        let wrong: Vec<&Seen> = calls.iter().filter(|seen| !is_observation(seen)).collect();
        assert!(
            wrong.is_empty(),
            "the observer did more than observe: {wrong:?}"
        );
    }
    threads
}

fn inet_call(line: &str) -> Option<Seen> {
    let (name, arguments) = line.split_once('(')?;
    if matches!(name, "select" | "pselect6") {
        return Some(select_call(arguments));
    }
    let first = arguments.split([',', ')']).next()?;
    let inet = first.contains("<TCP") || first.contains("<UDP") || first == "-1";
    let makes_one = name == "socket" && first.starts_with("AF_INET");
    if !inet && !makes_one {
        return None;
    }
    let fd = first.split('<').next().unwrap_or_default().to_owned();
    let (before, after) = arguments.rsplit_once(" = ")?;
    let mut words = after.split([' ', '<']);
    let returned = words.next()?;
    let result = match returned {
        "-1" => words.next()?.to_owned(),
        "?" => "interrupted".to_owned(),
        number => number.to_owned(),
    };
    let is_picture = ["TCP_INFO", "SO_MEMINFO", "SO_TYPE"]
        .iter()
        .any(|option| before.contains(option));
    let name = match name {
        "ioctl" if before.contains("FIONBIO") => "ioctl",
        "ioctl" => "ioctl observed",
        "getsockopt" if is_picture => "getsockopt observed",
        // Builds with debug assertions check that a descriptor is open before they close it.
        "fcntl" if before.contains("F_GETFD") && cfg!(debug_assertions) => {
            "fcntl by the standard library"
        }
        "accept4" => "accept",
        name => name,
    };
    let (fd, result) = match name {
        "socket" => (result.clone(), "ok".to_owned()),
        "accept" if returned != "-1" && returned != "?" => (fd, "ok".to_owned()),
        _ => (fd, result),
    };
    Some(Seen {
        name: name.to_owned(),
        fd,
        result,
    })
}

/// Of a `select` the descriptors it watches, and how many of them are ready.
fn select_call(arguments: &str) -> Seen {
    let (before, after) = arguments.rsplit_once(" = ").unwrap();
    // The first bracket opens the list; others are part of what a descriptor is said to be.
    let words = before.split(['[', ' ']);
    let fds: Vec<&str> = words
        .filter_map(|word| Some(word.split_once("<TCP")?.0))
        .collect();
    let result = match after.split(' ').next().unwrap() {
        "?" => "interrupted",
        number => number,
    };
    Seen {
        name: "select".to_owned(),
        fd: fds.join(" "),
        result: result.to_owned(),
    }
}

/// The log's calls by thread, in the order they were made.
fn logged(text: &str) -> BTreeMap<String, Vec<Seen>> {
    let mut rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|row: &Value| row["kind"] == "call")
        .collect();
    rows.sort_by_key(|row| row["seq"].as_u64().unwrap());
    // A born socket's row has the descriptor it got.
    let descriptor = |id: &Value| {
        let row = rows
            .iter()
            .find(|row| row["call"] != "accept" && row["id"] == *id);
        row.unwrap()["fd"].to_string()
    };
    let mut threads: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    for row in &rows {
        let thread = format!("{} {}", row["thread"], row["thread_id"]);
        threads
            .entry(thread)
            .or_default()
            .push(row_as_call(row, &descriptor));
    }
    threads
}

fn row_as_call(row: &Value, descriptor: &dyn Fn(&Value) -> String) -> Seen {
    let method = row["call"].as_str().unwrap();
    let name = match method {
        "send" | "sendall" | "sendto" => "sendto",
        "recv" | "recvfrom" => "recvfrom",
        "setblocking" => "ioctl",
        method => method,
    };
    let lost = row["lost"].as_u64().unwrap_or(0);
    let result = match (row["outcome"].as_str().unwrap(), name) {
        ("ok", "socket" | "accept") => "ok".to_owned(),
        // recvfrom of a datagram answers its true length (MSG_TRUNC).
        ("ok", "sendto" | "recvfrom") => (row["value"].as_u64().unwrap() + lost).to_string(),
        ("ok", "select") => ready(row).to_string(),
        ("ok", _) => "0".to_owned(),
        ("error", _) => row["errno"].as_str().unwrap().to_owned(),
        (outcome, _) => outcome.to_owned(),
    };
    Seen {
        name: name.to_owned(),
        fd: match row["args"]["watched"]["read"].as_array() {
            Some(read) => read.iter().map(descriptor).collect::<Vec<_>>().join(" "),
            None => row["fd"].to_string(),
        },
        result,
    }
}

/// How many sockets a `select` found ready.
fn ready(row: &Value) -> usize {
    let lists = row["value"].as_array().unwrap().iter();
    lists.map(|list| list.as_array().unwrap().len()).sum()
}

/// How many of the log's next calls the traced ones are, leaving out observations; `None` where there is one more.
fn matching(traced: &[Seen], logged: &[Seen]) -> Option<usize> {
    let mut count = 0;
    for seen in traced {
        if logged.get(count) == Some(seen) {
            count += 1;
        } else if !is_observation(seen) {
            return None;
        }
    }
    Some(count)
}

/// Takes away the system thread that made these calls; a thread that ends when it is idle, as those beside a waiting
/// one do, is several, one after another.
fn take_away(threads: &mut Vec<(u32, Vec<Seen>)>, logged: &[Seen]) -> bool {
    let whole = |(_, traced): &(u32, Vec<Seen>)| matching(traced, logged) == Some(logged.len());
    if let Some(found) = threads.iter().position(whole) {
        threads.remove(found);
        return true;
    }
    let mut rest = logged;
    threads.retain(|(_, traced)| match matching(traced, rest) {
        Some(count) if count > 0 => {
            rest = &rest[count..];
            false
        }
        _ => true,
    });
    rest.is_empty()
}

fn holds(script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let program = sockeye(&[
        "play",
        script,
        "--free-ports",
        "--jsonl",
        "--deadline",
        "60",
    ]);
    let output = needed("strace", "--version")
        .args([
            "-f",
            "-yy",
            "-e",
            "trace=network,ioctl,close,epoll_ctl,read,write,readv,writev,fcntl,poll,select,pselect6",
            "-o",
        ])
        .arg(&trace)
        .arg(program.get_program())
        .args(program.get_args())
        .output()
        .unwrap();
    let (code, out, err) = common::told(&output);
    assert_eq!((code, err.as_str()), (0, ""), "{script}: {out}");
    // By their ids: in the order they were started.
    let mut threads: Vec<(u32, Vec<Seen>)> = traced(&std::fs::read_to_string(&trace).unwrap())
        .into_iter()
        .map(|(id, calls)| (id.parse().unwrap(), calls))
        .collect();
    threads.sort_by_key(|(id, _)| *id);
    let mut log: Vec<(String, Vec<Seen>)> = logged(&out).into_iter().collect();
    assert!(
        log.iter().map(|(_, calls)| calls.len()).sum::<usize>() >= 9,
        "{out}"
    );
    // Long ones first: the more calls, the fewer threads can be meant.
    log.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.len()));
    for (name, calls) in log {
        assert!(
            take_away(&mut threads, &calls),
            "{script}: no thread made the calls of {name}: {calls:#?}\n{threads:#?}"
        );
    }
    let more: Vec<&Seen> = threads
        .iter()
        .flat_map(|(_, calls)| calls)
        .filter(|seen| !is_observation(seen))
        .collect();
    assert!(
        more.is_empty(),
        "{script}: system calls without a row: {more:?}"
    );
}

#[test]
fn tcp_capitalise_is_what_strace_sees() {
    holds("tcp-capitalise");
}

#[test]
fn udp_capitalise_is_what_strace_sees() {
    holds("udp-capitalise");
}

#[test]
fn non_blocking_is_what_strace_sees() {
    holds("non-blocking");
}

#[test]
fn side_by_side_is_what_strace_sees() {
    holds("side-by-side");
}

#[test]
fn peer_to_peer_is_what_strace_sees() {
    holds("peer-to-peer");
}

#[test]
fn every_method_is_what_strace_sees() {
    holds(file("scripts/every-method.script").to_str().unwrap());
}

#[test]
fn one_loop_is_what_strace_sees() {
    holds("one-loop");
}

/// Plays a script with these system calls as slow as on a machine that stalls.
fn slowed(slow: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let program = sockeye(arguments);
    let output = needed("strace", "--version")
        .args(["-f", "-e", "trace=network,close", "-e", slow, "-o"])
        .arg(folder.path().join("trace"))
        .arg(program.get_program())
        .args(program.get_args())
        .output()
        .unwrap();
    let (code, out, err) = common::told(&output);
    // What strace says of its own work is not the program's.
    let own = err.lines().filter(|line| !line.starts_with("strace: "));
    (code, out, own.collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_short_deadline_does_not_lose_the_row_of_a_slow_close() {
    let script = common::script("s = socket(AF_INET, SOCK_DGRAM)\n");
    let path = script.path().to_str().unwrap();
    let slow = "inject=close:delay_enter=300000";
    let (code, out, err) = slowed(slow, &["play", path, "--deadline", "0.2"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("s.close()"), "{out}");
}

#[test]
fn slow_system_calls_are_not_overtaken() {
    let every = file("scripts/every-method.script");
    for script in [
        "tcp-capitalise",
        "side-by-side",
        "non-blocking",
        every.to_str().unwrap(),
    ] {
        for slow in [
            "inject=connect:delay_exit=250000",
            "inject=sendto:delay_enter=200000",
            "inject=recvfrom:delay_exit=120000",
        ] {
            let (code, out, err) = slowed(slow, &["play", script, "--free-ports"]);
            assert_eq!((code, err.as_str()), (0, ""), "{script}, {slow}: {out}");
        }
    }
}
