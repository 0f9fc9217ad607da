//! Exported programs as they run: played, written, run under `strace`, and compared with the recording.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses its part; helpers of tests fail as tests do"
)]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sockeye::export::program::{Language, Source, sources};
use sockeye::model::call::{Method, Outcome, ProgramId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, PlayerNote};
use sockeye::model::recording::{CallEntry, Limits, Recording};
use sockeye::network::NetworkHandle;
use sockeye::network::kernel::KernelNetwork;
use sockeye::script::ast::Script;
use sockeye::script::driver::{self, DriverEvent};
use sockeye::script::options::{PlayOptions, Ports};
use sockeye::script::syntax;

/// Far more than anything here takes.
const DEADLINE: Duration = Duration::from_mins(1);

/// Plays a script on real sockets and free ports, to its end.
pub fn play(name: &str, text: &str) -> Recording {
    play_script(name, Arc::new(syntax::parse(text).unwrap()))
}

/// The same, of a script that has been read.
pub fn play_script(name: &str, script: Arc<Script>) -> Recording {
    let network: NetworkHandle = KernelNetwork::start().unwrap();
    let events = network.subscribe(Arc::new(|| {}));
    let driver = driver::spawn(Arc::clone(&network), Arc::new(|| {})).unwrap();
    let mut recording = Recording::new(network.header(), Limits::default());
    let mut options = PlayOptions::terminal(name);
    options.ports = Ports::Free;
    driver.play(script, options);
    let deadline = Instant::now() + DEADLINE;
    loop {
        let event = events.wait(deadline).unwrap();
        let is_last = matches!(
            &event,
            Event::Player {
                note: PlayerNote::Finished,
                ..
            }
        );
        recording.apply(event);
        if is_last {
            break;
        }
    }
    while let Ok(event) = driver.events().try_recv() {
        if let DriverEvent::Finished { report, .. } = event {
            assert!(report.failures.is_empty(), "{name}: {:?}", report.failures);
        }
    }
    recording
}

/// The real interpreter, not a script that looks for it.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let told = crate::common::needed("python3", "--version")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .unwrap();
        PathBuf::from(String::from_utf8(told.stdout).unwrap().trim())
    })
}

/// Writes programs into a folder.
pub fn write(sources: &[Source], folder: &Path, moved: Moved<'_>) {
    for source in sources {
        std::fs::write(folder.join(&source.file_name), moved(&source.text)).unwrap();
    }
}

/// A program's text with other hosts in it: at those of the session, ports may still be held.
pub type Moved<'a> = &'a dyn Fn(&str) -> String;

/// Exports a recording, runs its programs together, and compares their calls with the recording's.
///
/// # Panics
/// Where they differ, with both.
pub fn makes_the_same_calls(
    name: &str,
    recording: &Recording,
    language: Language,
    moved: Moved<'_>,
) {
    let sources = sources(recording, language).unwrap_or_else(|why| panic!("{name}: {why}"));
    let folder = tempfile::tempdir().unwrap();
    write(&sources, folder.path(), moved);
    if language == Language::C {
        compile(&sources, folder.path());
    }
    let (trace, said) = run_traced(&sources, folder.path(), language);
    let texts = || {
        let all = sources.iter().filter(|source| source.program.is_some());
        let all = all.map(|source| format!("== {}\n{}", source.file_name, source.text));
        all.collect::<Vec<String>>().join("\n")
    };
    let traced = traced(&trace, language);
    for source in &sources {
        let Some(program) = source.program else {
            continue;
        };
        let stem = source.file_name.rsplit_once('.').unwrap().0;
        let wanted = wanted(recording, program);
        let got = traced.get(stem).cloned().unwrap_or_default();
        if let Err(why) = compare(&wanted, &got) {
            panic!(
                "{name}: {stem}: {why}\nrecorded: {wanted:#?}\nmade: {got:#?}\nsaid: {said}\n{}",
                texts()
            );
        }
    }
}

/// Compiles each program as its header says, with warnings as errors.
pub fn compile(sources: &[Source], folder: &Path) {
    crate::common::needed("cc", "--version");
    for source in sources.iter().filter(|source| source.program.is_some()) {
        let stem = source.file_name.rsplit_once('.').unwrap().0;
        let compiled = Command::new("cc")
            .args(["-Wall", "-Werror", "-o", stem, &source.file_name])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            compiled.status.success(),
            "{}\n{}",
            String::from_utf8_lossy(&compiled.stderr),
            source.text
        );
    }
}

/// Runs what runs the programs together, or the only one; the trace, and what was said.
fn run_traced(sources: &[Source], folder: &Path, language: Language) -> (String, String) {
    let trace = folder.join("trace");
    let mut command = crate::common::needed("strace", "--version");
    command.args([
        "-f",
        "-qq",
        "-yy",
        "--seccomp-bpf",
        "-e",
        "signal=none",
        "-e",
        "trace=execve,fork,vfork,clone,clone3,network,ioctl,close,fcntl,select,pselect6",
        "-o",
    ]);
    command.arg(&trace);
    let runner = sources.iter().find(|source| source.program.is_none());
    match (runner, language) {
        (Some(runner), _) => command.arg(python()).arg(&runner.file_name),
        (None, Language::Python) => command.arg(python()).arg(&sources[0].file_name),
        (None, Language::C) => {
            command.arg(format!("./{}", sources[0].file_name.trim_end_matches(".c")))
        }
    };
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(folder.join("said")).unwrap())
        .stderr(std::fs::File::create(folder.join("complained")).unwrap())
        .spawn()
        .unwrap();
    let code = crate::common::wait(&mut child);
    let read = |name: &str| {
        String::from_utf8_lossy(&std::fs::read(folder.join(name)).unwrap()).into_owned()
    };
    let said = read("said") + &read("complained");
    let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
    assert_eq!(code, 0, "{said}\n{}", texts.join("\n"));
    (read("trace"), said)
}

/// A call, as the recording and the trace can both tell it, and when it began and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    name: String,
    result: String,
    /// The socket: its number in the recording, its descriptor in the trace; −1: a closed one.
    on: i64,
    /// The socket that came of it.
    made: Option<i64>,
    /// What a select found ready, in the order of its numbers.
    ready: Vec<i64>,
    begin: u64,
    end: u64,
}

/// The calls of a program, in the order in which they began; a sendall is as many sends as it was.
fn wanted(recording: &Recording, program: ProgramId) -> Vec<Seen> {
    let rows = (0..recording.len()).filter_map(|index| recording.row(index));
    let mut rows: Vec<CallEntry> = rows.filter(|row| row.program == Some(program)).collect();
    rows.sort_by_key(|row| row.start.seq);
    let mut seen = Vec::new();
    for row in rows {
        let Some(outcome) = &row.outcome else {
            continue;
        };
        let result = match outcome {
            Outcome::Interrupted => continue,
            // Refused without a call, as the recording says.
            Outcome::Error(Errno::EBADF) if row.method() == Method::Select => continue,
            Outcome::Error(errno) => errno.symbol(),
            Outcome::Ok(Value::Sent(count)) => count.to_string(),
            Outcome::Ok(Value::Received { bytes, .. }) => bytes.len().to_string(),
            Outcome::Ok(_) => "ok".to_owned(),
        };
        let name = match row.method() {
            Method::Send | Method::SendAll | Method::SendTo => "sendto",
            Method::Recv | Method::RecvFrom => "recvfrom",
            Method::SetBlocking => "ioctl",
            method => method.name(),
        };
        let mut ready: Vec<i64> = match outcome {
            Outcome::Ok(Value::Ready(ready)) => {
                let all = ready.lists().into_iter().flatten();
                all.map(|id| i64::from(id.0)).collect()
            }
            _ => Vec::new(),
        };
        ready.sort_unstable();
        for _ in 0..row.count {
            seen.push(Seen {
                name: name.to_owned(),
                result: result.clone(),
                on: match row.fd {
                    Some(-1) => -1,
                    _ => row.socket.map_or(-2, |id| i64::from(id.0)),
                },
                made: row.born().map(|id| i64::from(id.0)),
                ready: ready.clone(),
                begin: row.start.seq,
                end: row.end.unwrap().seq,
            });
        }
    }
    seen
}

/// The calls on sockets of the internet, by the name of the program that made them.
fn traced(trace: &str, language: Language) -> HashMap<String, Vec<Seen>> {
    let mut unfinished: HashMap<&str, (u64, String)> = HashMap::new();
    let mut roles: HashMap<String, String> = HashMap::new();
    let mut calls: HashMap<String, Vec<Seen>> = HashMap::new();
    let mut accepted: HashSet<String> = HashSet::new();
    for (number, line) in trace.lines().enumerate() {
        let number = number as u64;
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        let (begin, whole) = if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (number, start.to_owned()));
            continue;
        } else if rest.starts_with("<... ") {
            let Some((begin, start)) = unfinished.remove(thread) else {
                continue;
            };
            let Some((_, rest)) = rest.split_once("resumed>") else {
                continue;
            };
            (begin, start + rest)
        } else {
            (number, rest.to_owned())
        };
        let Some((name, arguments)) = whole.split_once('(') else {
            continue;
        };
        if matches!(name, "clone" | "clone3" | "fork" | "vfork") {
            let child = whole
                .rsplit_once(" = ")
                .map(|(_, child)| child.trim().to_owned());
            if let (Some(child), Some(role)) = (child, roles.get(thread).cloned()) {
                roles.entry(child).or_insert(role);
            }
        } else if name == "execve" {
            let program = arguments.split(']').next().unwrap_or_default();
            let last = program.rsplit('"').nth(1).unwrap_or_default();
            let stem = last.rsplit('/').next().unwrap_or_default();
            let stem = stem.strip_suffix(".py").unwrap_or(stem);
            roles.insert(thread.to_owned(), stem.to_owned());
        } else if matches!(name, "select" | "pselect6") {
            let role = roles.get(thread).cloned().unwrap_or_default();
            let seen = select(arguments, (begin, number));
            calls.entry(role).or_default().extend(seen);
        } else if let Some((name, result, on, made)) = inet_call(name, arguments) {
            // Python asks for the address of what it accepted.
            let after_accept = accepted.remove(thread) && name == "getsockname";
            if language == Language::Python && name == "accept" && result == "ok" {
                accepted.insert(thread.to_owned());
            }
            if !after_accept {
                let role = roles.get(thread).cloned().unwrap_or_default();
                calls.entry(role).or_default().push(Seen {
                    name,
                    result,
                    on,
                    made,
                    ready: Vec::new(),
                    begin,
                    end: number,
                });
            }
        }
    }
    for calls in calls.values_mut() {
        calls.sort_by_key(|call| call.begin);
    }
    calls
}

/// `5, [3<TCP:[…]>], NULL, NULL, NULL) = 1 (in [3])`; nothing where it watches no socket of the internet.
fn select(arguments: &str, (begin, end): (u64, u64)) -> Option<Seen> {
    let (watched, after) = arguments.rsplit_once(" = ")?;
    if !watched.contains("<TCP") && !watched.contains("<UDP") {
        return None;
    }
    let mut words = after.split(' ');
    let result = match words.next()? {
        "-1" => words.next()?,
        _ => "ok",
    };
    // What is ready stands in lists of numbers: `(in [3 4], out [5], left {tv_sec=0, …})`.
    let lists = after.split('[').skip(1);
    let numbers = lists.filter_map(|list| list.split(']').next());
    let mut ready: Vec<i64> = numbers
        .flat_map(|list| list.split(' '))
        .map(|number| number.parse().unwrap())
        .collect();
    ready.sort_unstable();
    Some(Seen {
        name: "select".to_owned(),
        result: result.to_owned(),
        on: -2,
        made: None,
        ready,
        begin,
        end,
    })
}

fn inet_call(name: &str, arguments: &str) -> Option<(String, String, i64, Option<i64>)> {
    let first = arguments.split([',', ')']).next()?;
    let inet = first.contains("<TCP")
        || first.contains("<UDP")
        || (first == "-1" && name != "close")
        || (first == "-1" && arguments.contains("EBADF"));
    let makes_one = name == "socket" && first.starts_with("AF_INET");
    if !inet && !makes_one {
        return None;
    }
    let name = match name {
        "ioctl" if arguments.contains("FIONBIO") => "ioctl",
        "ioctl" | "fcntl" => return None,
        "accept4" => "accept",
        name => name,
    };
    let (_, after) = arguments.rsplit_once(" = ")?;
    let mut words = after.split([' ', '<']);
    let returned = words.next()?;
    let result = match (returned, name) {
        ("-1", _) => words.next()?,
        (count, "sendto" | "recvfrom") => count,
        _ => "ok",
    };
    let on = first.split('<').next()?.parse().unwrap_or(-2);
    let makes = matches!(name, "socket" | "accept") && returned != "-1";
    let made = makes.then(|| returned.parse().ok()).flatten();
    Some((name.to_owned(), result.to_owned(), on, made))
}

/// Whether the calls made are those wanted: each once, and in their order wherever one had ended before the next began.
fn compare(wanted: &[Seen], made: &[Seen]) -> Result<(), String> {
    let mut done = vec![false; wanted.len()];
    let mut sockets: HashMap<i64, i64> = HashMap::new();
    for call in made {
        let known = |on: &i64| sockets.get(on).copied().unwrap_or(*on);
        let on = known(&call.on);
        let mut ready: Vec<i64> = call.ready.iter().map(known).collect();
        ready.sort_unstable();
        let next = wanted.iter().enumerate().position(|(index, one)| {
            !done[index]
                && (&one.name, &one.result) == (&call.name, &call.result)
                && (one.name == "socket" || one.on == on)
                && one.ready == ready
                && wanted
                    .iter()
                    .enumerate()
                    .all(|(other, before)| done[other] || before.end >= one.begin)
        });
        match next {
            Some(index) => {
                done[index] = true;
                sockets.extend(call.made.zip(wanted[index].made));
                if call.name == "close" {
                    sockets.remove(&call.on);
                }
            }
            None if done.iter().all(|done| *done) && is_of_the_end(call) => {}
            None => return Err(format!("{call:?} is not what comes next")),
        }
    }
    match done.iter().position(|done| !done) {
        Some(index) => Err(format!("{:?} was not made", wanted[index])),
        None => Ok(()),
    }
}

/// Whether the end of a program does this by itself: Python closes what is open, and names it in a warning nobody sees.
fn is_of_the_end(call: &Seen) -> bool {
    matches!(call.name.as_str(), "close" | "getsockname" | "getpeername")
}

/// A loopback host that no other session of this test run is on: there its ports are free.
pub fn other_host() -> String {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let given = GIVEN.fetch_add(1, Ordering::Relaxed);
    let [.., high, low] = std::process::id().to_be_bytes();
    format!("127.{}.{high}.{}", 128 + given % 100, low.max(1))
}
