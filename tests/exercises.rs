//! The exercises: each is met by its last hint on real sockets, and by nothing less; a bad file is refused with its line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockeye::model::event::Event;
use sockeye::model::flow::Flow;
use sockeye::model::goal::Judge;
use sockeye::model::recording::{Limits, Recording};
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{NetworkHandle, Subscription};
use sockeye::script::driver::{self, DriverEvent, DriverHandle};
use sockeye::script::exercise::{Exercise, MAX_TASK, course, parse};
use sockeye::script::options::{AtEnd, PlayOptions, PlayerId, Ports, Report};
use sockeye::script::syntax;

const PATIENCE: Duration = Duration::from_mins(1);

/// A player on real sockets, and a judge of what it does.
struct Stage {
    network: NetworkHandle,
    driver: DriverHandle,
    events: Subscription,
    recording: Recording,
    flow: Flow,
    judge: Judge,
}

impl Stage {
    fn new(exercise: &Exercise) -> Self {
        let network: NetworkHandle = KernelNetwork::start().expect("a network");
        let events = network.subscribe(Arc::new(|| {}));
        let recording = Recording::new(network.header(), Limits::default());
        Self {
            driver: driver::spawn(Arc::clone(&network), Arc::new(|| {})).expect("a thread"),
            judge: Judge::new(exercise.goal.clone(), &recording, network.now()),
            flow: Flow::default(),
            network,
            events,
            recording,
        }
    }

    fn take(&mut self, event: Event) {
        let change = self.recording.apply(event);
        self.flow.take(change, &self.recording);
        self.look();
    }

    fn look(&mut self) {
        while self
            .judge
            .look(&self.recording, &self.flow, self.network.now())
        {}
    }

    /// Begins to play these calls.
    fn play(&self, calls: &str) -> PlayerId {
        let script = syntax::parse_open(calls).expect("calls");
        let options = PlayOptions {
            ports: Ports::Free,
            at_end: AtEnd::LeaveOpen,
            ..PlayOptions::terminal("an exercise")
        };
        self.driver.play(script, options)
    }

    /// Takes in events until the play has finished.
    fn finish(&mut self, id: PlayerId) -> Report {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let soon = deadline.min(Instant::now() + Duration::from_millis(20));
            if let Some(event) = self.events.wait(soon) {
                self.take(event);
            }
            self.look();
            while let Ok(event) = self.driver.events().try_recv() {
                match event {
                    DriverEvent::Finished {
                        id: done, report, ..
                    } if done == id => {
                        while let Some(event) = self.events.wait(soon) {
                            self.take(event);
                        }
                        return report;
                    }
                    DriverEvent::Refused { message, .. } => panic!("{message}"),
                    _ => {}
                }
            }
            assert!(Instant::now() < deadline, "it never ended:\n{}", self.log());
        }
    }

    /// Takes in events until the goal is met.
    fn met(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while self.judge.met().is_none() {
            assert!(Instant::now() < deadline, "never met:\n{}", self.log());
            let soon = deadline.min(Instant::now() + Duration::from_millis(20));
            if let Some(event) = self.events.wait(soon) {
                self.take(event);
            }
            self.look();
        }
        let row = self.judge.met().expect("it was met");
        let entry = self.recording.numbered(row).expect("a row");
        entry.text(self.recording.sockets(), 64)
    }

    fn log(&self) -> String {
        let rows = (0..self.recording.len()).filter_map(|index| self.recording.row(index));
        let sockets = self.recording.sockets();
        let lines: Vec<String> = rows
            .map(|row| format!("{} -> {:?}", row.text(sockets, 64), row.result(sockets, 64)))
            .collect();
        lines.join("\n")
    }
}

fn exercises() -> Vec<Arc<Exercise>> {
    course().expect("the file that ships")
}

#[test]
fn every_last_hint_makes_it_happen() {
    for exercise in exercises() {
        let mut stage = Stage::new(&exercise);
        let id = stage.play(&exercise.calls);
        let report = stage.finish(id);
        assert_eq!(report.failures, [], "{}:\n{}", exercise.name, stage.log());
        let row = stage.met();
        let wanted = MET_BY.iter().find(|(name, _)| *name == exercise.name);
        let (_, call) = wanted.unwrap_or_else(|| panic!("no call for {}", exercise.name));
        assert!(row.contains(call), "{}: {row}", exercise.name);
    }
}

/// The call that makes each exercise happen.
const MET_BY: [(&str, &str); 20] = [
    ("to-itself", "peer.recvfrom"),
    ("port-taken", "server2.bind"),
    ("new-socket", "server.accept"),
    ("capitals", "client.recv"),
    ("two-recvs", "conn.recv(1024)"),
    ("udp-capitals", "client.recvfrom"),
    ("wait-3-s", "server.accept"),
    ("stop-waiting", "client.recv"),
    ("again", "client.recv"),
    ("peers", "peer.recvfrom"),
    ("merged", "conn.recv"),
    ("cut", "server.recvfrom"),
    ("dropped", "client.sendto"),
    ("the-end", "conn.recv"),
    ("time-wait", "conn.close"),
    ("refused", "client.connect"),
    ("reuse", "server2.bind"),
    ("queue", "client3.connect"),
    ("three-at-once", "server.accept"),
    ("ipv6", "client.connect"),
];

/// What is not quite enough: the exercise, a piece of its calls, and what stands there instead.
const NEARLY: [(&str, &str, &str); 25] = [
    ("to-itself", "peer.recvfrom(1024)", ""),
    ("port-taken", "5000))  # -> EADDRINUSE", "5001))"),
    ("new-socket", "conn, addr = server.accept()", ""),
    ("capitals", "data.upper()", "data"),
    (
        "capitals",
        "conn.send(data.upper())\nclient.recv(1024)",
        "client.send(data.upper())\nconn.recv(1024)",
    ),
    ("two-recvs", "conn.recv(2)\n", ""),
    (
        "two-recvs",
        "conn.recv(1024)",
        "conn.recv(2)\nconn.recv(1024)",
    ),
    ("udp-capitals", "data.upper()", "data"),
    ("wait-3-s", "sleep(3.1)", "sleep(0.3)"),
    (
        "stop-waiting",
        "interrupt(client)",
        "conn, addr = server.accept()\nconn.send(b\"x\")",
    ),
    ("again", "client.recv(1024)  # -> EAGAIN\n", ""),
    ("peers", "peer.bind((\"127.0.0.1\", 5000))\n", ""),
    (
        "peers",
        "5001))\npeer2.recvfrom(1024)\npeer2.sendto(b\"pong\", (\"127.0.0.1\", 5000))",
        "5000))",
    ),
    ("capitals", "b\"hello\"", "b\"HELLO\""),
    ("the-end", "conn.recv(1024)", "conn.recv(0)"),
    (
        "merged",
        "client.send(b\"sockets\")",
        "conn.recv(1024)\nclient.send(b\"sockets\")",
    ),
    ("cut", "recvfrom(5)", "recvfrom(1024)"),
    (
        "dropped",
        "server.setsockopt(SOL_SOCKET, SO_RCVBUF, 1)\n",
        "",
    ),
    ("the-end", "client.close()", "client.send(b\"x\")"),
    (
        "time-wait",
        "conn.recv(1024)\nconn.close()",
        "conn.recv(1024)",
    ),
    (
        "refused",
        "client = socket",
        "server.listen(5)\nclient = socket",
    ),
    ("reuse", "5000))\n\n", "5001))\n\n"),
    (
        "queue",
        "client3 = socket",
        "conn, addr = server.accept()\nclient3 = socket",
    ),
    (
        "three-at-once",
        "client3 = socket",
        "conn.close()\nclient3 = socket",
    ),
    ("ipv6", "server.listen(5)\n", ""),
];

#[test]
fn nothing_less_makes_it_happen() {
    let exercises = exercises();
    for (name, written, instead) in NEARLY {
        let exercise = exercises.iter().find(|it| it.name == name).expect(name);
        let mut stage = Stage::new(exercise);
        assert_eq!(stage.judge.met(), None, "{name}: nothing was called");
        let calls = format!("{}\n\n", exercise.calls);
        let calls = calls.replacen(written, instead, 1);
        assert_ne!(calls.trim(), exercise.calls, "{name}: `{written}` is there");
        let id = stage.play(&calls);
        stage.finish(id);
        assert_eq!(
            stage.judge.met(),
            None,
            "{name}, {instead}:\n{}",
            stage.log()
        );
    }
    let tried: HashSet<&str> = NEARLY.iter().map(|(name, ..)| *name).collect();
    let missing = exercises
        .iter()
        .find(|it| !tried.contains(it.name.as_str()));
    assert_eq!(missing.map(|it| &it.name), None);
}

#[test]
fn a_wait_is_met_while_it_lasts() {
    let text = file("goal = [{ call = \"accept\", waits = 0.2 }]");
    let exercise = parse(&text).expect("an exercise").remove(0);
    let mut stage = Stage::new(&exercise);
    stage.play(
        "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.listen(1)\nserver.accept()  # -> waits",
    );
    let row = stage.met();
    assert_eq!(row, "server.accept()");
    let recording = &stage.recording;
    assert!(recording.last().is_some_and(|row| row.is_waiting()));
}

#[test]
fn the_course_has_two_dozen_words_a_task_and_every_lesson() {
    let exercises = exercises();
    assert!((14..=20).contains(&exercises.len()));
    let lessons: Vec<u32> = exercises.iter().map(|it| it.lesson).collect();
    assert!(lessons.is_sorted());
    assert_eq!(lessons.iter().collect::<HashSet<_>>().len(), 14);
    for exercise in &exercises {
        assert_eq!(exercise.hint_count(), 3, "{}", exercise.name);
        assert!(exercise.task.split_whitespace().count() <= MAX_TASK);
    }
}

/// A file with one exercise, whose last line is this.
fn file(last: &str) -> String {
    format!(
        "[[exercise]]\nname = \"x\"\nlesson = 1\ntitle = \"X\"\ntask = \"Do x.\"\ndone = \"x was done\"\n\
         hints = []\ncalls = '''\nx = socket(AF_INET, SOCK_STREAM)\n'''\n{last}\n"
    )
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let long = "x ".repeat(26);
    let cases = [
        (file("goal = []"), 11, "at least one condition"),
        (
            file("goal = [{ call = \"fly\", answers = \"ok\" }]"),
            11,
            "no method `fly`",
        ),
        (
            file("goal = [{ call = \"recv\" }]"),
            11,
            "either `answers` or `waits`",
        ),
        (
            file("goal = [{ call = \"recv\", waits = 9999 }]"),
            11,
            "3600 seconds",
        ),
        (
            file("goal = [{ call = \"recv\", answers = \"EWHAT\" }]"),
            11,
            "in `answers`",
        ),
        (
            file("goal = [{ call = \"recv\", answers = \"waits\" }]"),
            11,
            "a key of its own",
        ),
        (
            file("goal = [{ receives = \"\", times = 2 }]"),
            11,
            "`receives` is a text",
        ),
        (
            file("goal = [{ receives = \"x\", times = 99 }]"),
            11,
            "1 to 16",
        ),
        (
            file("goal = [{ state = \"HALF\" }]"),
            11,
            "no TCP state `HALF`",
        ),
        (
            file("goal = [{ open = 2, queued = 3 }]"),
            11,
            "a condition is one of",
        ),
        (
            file("goal = [{ open = 2, same = \"socket\" }]"),
            11,
            "none before it",
        ),
        (file("goal = [{ opened = 2 }]"), 11, "opened"),
        (
            file("goal = [{ call = \"bind\", answers = \"ok\", host = \"here\" }]"),
            11,
            "an IP address",
        ),
        (
            file("goal = [{ open = 2 }]").replace("Do x.", &long),
            5,
            "26 words",
        ),
        (
            file("goal = [{ open = 2 }]").replace("x = socket(", "x = shout("),
            9,
            "column",
        ),
        (
            format!("{0}{0}", file("goal = [{ open = 2 }]")),
            13,
            "two exercises `x`",
        ),
        (
            file("goal = [{ open = 2 }]").replace("lesson = 1", "lesson = true"),
            3,
            "`lesson`: expected a whole number from 0, not `true`",
        ),
        (" ".repeat(2 << 20), 1, "larger than a file of exercises"),
    ];
    assert!(parse(&file("goal = [{ open = 2 }]")).is_ok());
    for (text, line, words) in cases {
        let error = parse(&text).expect_err(words);
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(words), "{error}, not {words}");
    }
}

#[test]
fn keys_that_do_not_belong_together_are_refused() {
    let cases = [
        ("open = 2, accepted = 1", "either `open` or `accepted`"),
        (
            "merges = 2, times = 3",
            "`times` stands beside `receives` only",
        ),
        (
            "open = 2, answers = \"ok\"",
            "`answers` stands beside `call` only",
        ),
        (
            "call = \"send\", waits = 1, sends = 'b\"x\"'",
            "`sends` stands beside `answers` only",
        ),
    ];
    for (condition, why) in cases {
        let error = parse(&file(&format!("goal = [{{ {condition} }}]"))).expect_err(condition);
        assert_eq!(error.line, 11, "{condition}");
        assert!(error.to_string().contains(why), "{error}");
    }
}
