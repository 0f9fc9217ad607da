//! The lessons that ship: what a learner reads in them, and that they go on real sockets as they say, again and again.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::run;
use sockeye::model::call::{Outcome, Value};
use sockeye::model::recording::{CallEntry, Limits, Recording};
use sockeye::network::NetworkHandle;
use sockeye::network::kernel::KernelNetwork;
use sockeye::script::ast::Action;
use sockeye::script::driver::{self, DriverEvent};
use sockeye::script::expect::{End, Expectation};
use sockeye::script::lesson::{self, Answered, Answers, Happened, Lesson, Part};
use sockeye::script::options::{PlayOptions, Ports, Report};

/// Each lesson with the one or two ideas that are new in it, in the words of its goal; then how many steps it may have.
const TAUGHT: &[(&str, Part, &[&str], usize)] = &[
    (
        "net-code",
        Part::Lecture,
        &["server, client and peer", "socket"],
        16,
    ),
    (
        "socket-address-port",
        Part::Lecture,
        &["host and a port", "TCP and UDP"],
        16,
    ),
    (
        "accept-makes-a-socket",
        Part::Lecture,
        &["accept queue", "NEW socket"],
        16,
    ),
    (
        "tcp-capitals",
        Part::Lecture,
        &["reply over TCP", "bytes, not text"],
        16,
    ),
    (
        "udp-capitals",
        Part::Lecture,
        &["no connection", "Count the calls"],
        16,
    ),
    (
        "blocking-waits",
        Part::Lecture,
        &["blocking call waits", "ends the wait"],
        16,
    ),
    (
        "never-waits",
        Part::Lecture,
        &["non-blocking", "frames"],
        16,
    ),
    // Three pictures of peers, each as long as a short lesson.
    (
        "peers",
        Part::Lecture,
        &["can call and be called", "introduce"],
        30,
    ),
    // One more, so that two datagrams can be told apart.
    (
        "stream-or-messages",
        Part::Further,
        &["stream of bytes", "keeps messages apart"],
        17,
    ),
    (
        "closing",
        Part::Further,
        &["direction can be closed alone", "reset"],
        16,
    ),
    // Four errors, each with the calls that lead to it.
    (
        "errors-on-purpose",
        Part::Further,
        &["An error is an answer", "TIME-WAIT"],
        23,
    ),
    (
        "queues",
        Part::Further,
        &["accept queue", "buffers get full"],
        16,
    ),
    // Three servers, each with the clients that show it.
    (
        "one-server-many-clients",
        Part::Further,
        &["one after another", "one loop with `select`"],
        32,
    ),
    (
        "your-neighbour",
        Part::Further,
        &["another program", "firewalls"],
        16,
    ),
    // Two lines, each with the calls that show what it does to what is sent.
    (
        "a-bad-line",
        Part::Further,
        &["in another order", "all and in order"],
        23,
    ),
];

fn lessons() -> impl Iterator<Item = (&'static str, Lesson)> {
    lesson::ALL
        .iter()
        .map(|entry| (entry.name, entry.lesson().unwrap()))
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Every text a learner reads, with what it is.
fn read_texts(lesson: &Lesson) -> Vec<(&'static str, &str)> {
    let mut texts = vec![("title", lesson.title.as_str()), ("goal", &lesson.goal)];
    for step in &lesson.steps {
        texts.push(("say", &step.say));
        if let Some(card) = &step.card {
            texts.push(("card", &card.lecture));
            texts.push(("card", &card.system));
        }
        if let Some(question) = &step.question {
            texts.push(("ask", &question.ask));
            if let Answers::Choices(choices) = &question.answers {
                texts.extend(choices.iter().map(|it| ("choice", it.text.as_str())));
            }
        }
    }
    texts
}

/// A text without what stands in backticks.
fn prose(text: &str) -> String {
    text.split('`').step_by(2).collect()
}

#[test]
fn the_shelf_holds_the_course_in_its_order() {
    let shelf: Vec<(&str, Part)> = lesson::ALL.iter().map(|it| (it.name, it.part)).collect();
    let course: Vec<(&str, Part)> = TAUGHT.iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(shelf, course);
    for (number, (name, ..)) in (1..).zip(TAUGHT) {
        assert_eq!(lesson::find(name), lesson::find(&number.to_string()));
        assert!(
            sockeye::script::catalog::find(name).is_none(),
            "{name} is a script too"
        );
    }
}

#[test]
fn each_goal_names_the_one_or_two_ideas_that_are_new() {
    for ((name, lesson), (_, _, ideas, _)) in lessons().zip(TAUGHT) {
        assert!((1..=2).contains(&ideas.len()), "{name}");
        for idea in *ideas {
            assert!(
                lesson.goal.contains(idea),
                "{name}: {idea:?} is no part of {:?}",
                lesson.goal
            );
        }
        assert!(words(&lesson.goal) <= 30, "{name}: {}", lesson.goal);
    }
}

#[test]
fn each_lesson_is_short_and_asks_now_and_then() {
    for ((name, lesson), (_, _, _, most)) in lessons().zip(TAUGHT) {
        let steps = lesson.steps.len();
        assert!((5..=*most).contains(&steps), "{name}: {steps} steps");
        let questions = lesson.steps.iter().filter(|it| it.question.is_some());
        assert!(questions.count() >= 2, "{name}");
    }
}

#[test]
fn what_is_said_is_short_and_plain() {
    const AMERICAN: [&str; 10] = [
        "color",
        "behavior",
        "center",
        "favorite",
        "recognize",
        "realize",
        "organize",
        "dialog",
        "canceled",
        "labeled",
    ];
    for (name, lesson) in lessons() {
        for (what, text) in read_texts(&lesson) {
            let prose = prose(text);
            let ends = prose
                .split_inclusive(char::is_whitespace)
                .filter(|word| word.trim_end().ends_with(['.', '!', '?']))
                .count();
            match what {
                "say" | "card" => assert!((1..=2).contains(&ends), "{name}: {text}"),
                _ => assert!(ends <= 2, "{name}: {text}"),
            }
            let most = if what == "choice" {
                12
            } else {
                lesson::MAX_WORDS
            };
            assert!(words(text) <= most, "{name}: {text}");
            assert!(!prose.contains('—'), "{name}: {text}");
            let lower = prose.to_lowercase();
            for word in AMERICAN {
                assert!(!lower.contains(word), "{name}: {word} in {text}");
            }
            assert_eq!(text.matches('`').count() % 2, 0, "{name}: {text}");
        }
    }
}

/// A line with each port, and what a program computed as one, as `PORT`.
fn without_ports(line: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in line.replace("int(port)", "5000").chars().chain(['\n']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let is_port = digits.len() >= 4 && digits != "1024" && c == ')';
        out += if is_port { "PORT" } else { &digits };
        digits.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

#[test]
fn each_call_is_the_statement_on_its_line_of_the_source() {
    for (name, lesson) in lessons() {
        for (index, step) in lesson.steps.iter().enumerate() {
            let statement = &lesson.script.statements[index];
            // A relay is no program of the lesson's.
            if matches!(statement.action, Action::Look | Action::Relay(_)) {
                assert_eq!(
                    (step.program, step.line),
                    (None, None),
                    "{name}: {}",
                    step.say
                );
                continue;
            }
            let program = lesson.program_of(index).unwrap();
            let line = step.line.unwrap() as usize;
            let source = program.source.lines().nth(line - 1).unwrap();
            let written = without_ports(source);
            let statement = without_ports(&statement.text);
            // A program keeps the sockets it watches in a list; a call of the lesson names them.
            let statement = match statement.split_once("select([") {
                Some((targets, rest)) => {
                    let (_, others) = rest.split_once(']').unwrap();
                    format!("{targets}select(watched{others}")
                }
                None => statement,
            };
            let call = statement.split_once(" = ").map(|(_, call)| call);
            // A program may collect what it receives in parts.
            let collects = call.is_some_and(|call| written.contains(&format!(" + {call}")));
            assert!(
                written.contains(&statement) || collects,
                "{name}, {}, line {line}: {statement:?} is not in {source:?}",
                program.file,
            );
        }
    }
}

#[test]
fn first_programs_stay_first_programs() {
    for (number, (name, lesson)) in (1..).zip(lessons()) {
        for program in &lesson.programs {
            let source = &program.source;
            assert!(source.starts_with("from socket import *\n"), "{name}");
            assert!(
                !source.contains(":=") && !source.contains("class "),
                "{name}"
            );
            let reuses = source.contains("SO_REUSEADDR");
            assert!(!reuses || number >= 11, "{name}: {}", program.file);
            assert!(
                source.lines().all(|line| line.len() <= 72),
                "{name}: {}",
                program.file
            );
        }
    }
}

/// What a call came to, but for what differs each time: addresses, and how much fits into buffers where the lesson does
/// not say how much.
fn outcome(entry: &CallEntry, expected: Option<&Expectation>) -> String {
    match &entry.outcome {
        None => "it waits".to_owned(),
        Some(Outcome::Error(errno)) => errno.symbol(),
        Some(Outcome::Interrupted) => "interrupted".to_owned(),
        Some(Outcome::Ok(Value::Sent(_))) if expected.is_some_and(|it| it.end == Some(End::Ok)) => {
            "some bytes".to_owned()
        }
        Some(Outcome::Ok(Value::Sent(bytes))) => bytes.to_string(),
        Some(Outcome::Ok(Value::Received { bytes, .. })) => format!("{:?}", bytes.whole()),
        Some(Outcome::Ok(_)) => "ok".to_owned(),
    }
}

/// One play of a lesson on the kernel's network.
struct Played {
    report: Report,
    /// Line, method and outcome of each call the lesson asks for, in the order of the lines.
    outcomes: Vec<String>,
    /// What became of each question.
    answers: Vec<(usize, Answered)>,
    recording: Recording,
}

fn play(name: &str, lesson: &Lesson) -> Played {
    let network: NetworkHandle = KernelNetwork::start().unwrap();
    let events = network.subscribe(Arc::new(|| {}));
    let driver = driver::spawn(Arc::clone(&network), Arc::new(|| {})).unwrap();
    let options = PlayOptions {
        ports: Ports::Free,
        deadline: Some(Duration::from_mins(1)),
        ..PlayOptions::terminal(name)
    };
    driver.play(Arc::clone(&lesson.script), options);
    let report = loop {
        match driver
            .events()
            .recv_timeout(Duration::from_mins(2))
            .unwrap()
        {
            DriverEvent::Finished { report, .. } => break report,
            DriverEvent::Refused { message, .. } => panic!("{name}: {message}"),
            _ => {}
        }
    };
    let mut recording = Recording::new(network.header(), Limits::default());
    while let Ok(event) = events.receiver().try_recv() {
        recording.apply(event);
    }
    let rows = (0..recording.len()).filter_map(|index| recording.row(index));
    let mut outcomes: Vec<(u32, String)> = rows
        .filter(|entry| !entry.at_end)
        .filter_map(|entry| {
            let line = entry.line?;
            let method = entry.call.method();
            let statement = &lesson.script.statements[line as usize - 1];
            let outcome = outcome(&entry, statement.expectation.as_ref());
            Some((line, format!("{line} {method} {outcome}")))
        })
        .collect();
    outcomes.sort_by_key(|(line, _)| *line);
    let questions = lesson.steps.iter().enumerate();
    let answers = questions.filter_map(|(index, step)| {
        let line = u32::try_from(index + 1).ok()?;
        let question = step.question.as_ref()?;
        let happened = Happened::on_line(&recording, &lesson.script, line, None, network.now());
        let happened = happened.unwrap_or_else(|| panic!("{name}, step {line}: not called"));
        Some((index, question.answered(&happened)))
    });
    Played {
        report,
        outcomes: outcomes.into_iter().map(|(_, outcome)| outcome).collect(),
        answers: answers.collect(),
        recording,
    }
}

/// How often each lesson is played: 3 times, or as `SOCKEYE_LESSON_ROUNDS` says.
fn rounds() -> usize {
    let said = std::env::var("SOCKEYE_LESSON_ROUNDS").ok();
    said.map_or(3, |said| said.parse().unwrap())
}

#[test]
fn every_lesson_goes_as_it_says_again_and_again() {
    for (name, lesson) in lessons() {
        let lesson = lesson.alone();
        let mut first: Option<Played> = None;
        for round in 1..=rounds() {
            let played = play(name, &lesson);
            assert_eq!(played.report.failures, [], "{name}, round {round}");
            assert_eq!(played.report.overdue, [], "{name}, round {round}");
            let calls = lesson.script.statements.iter();
            let expected = calls.filter(|it| it.expectation.is_some()).count();
            assert_eq!(played.report.held, expected, "{name}, round {round}");
            if let Some(first) = &first {
                assert_eq!(played.outcomes, first.outcomes, "{name}, round {round}");
                assert_eq!(played.answers, first.answers, "{name}, round {round}");
            }
            first.get_or_insert(played);
        }
        let first = first.unwrap();
        for (index, answer) in &first.answers {
            let question = lesson.steps[*index].question.as_ref().unwrap();
            let is_offered = matches!(answer, Answered::Choice(_));
            let is_written = question.answers == Answers::Text;
            assert!(
                is_offered || is_written,
                "{name}: {answer:?} to {}",
                question.ask
            );
        }
        made_by_the_program_that_has_the_line(name, &lesson, &first.recording);
    }
}

#[test]
fn the_neighbour_of_a_lesson_is_another_process() {
    let mut first: Option<Vec<String>> = None;
    for _ in 0..rounds() {
        let (code, out, err) = run(&["play", "your-neighbour", "--free-ports", "--neighbour"]);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        let results = out
            .lines()
            .filter_map(|line| line.split_once(" → "))
            .filter(|(call, _)| call.contains("conn.") || call.contains("six."))
            .map(|(_, result)| result.split("  ").next().unwrap().to_owned())
            .collect::<Vec<_>>();
        assert!(
            results.contains(&r#"b"hello neighbour\n""#.to_owned()),
            "{out}"
        );
        assert_eq!(first.get_or_insert(results.clone()), &results, "{out}");
    }
}

/// A program without threads does one thing after another, in a lesson as in Python.
fn made_by_the_program_that_has_the_line(name: &str, lesson: &Lesson, recording: &Recording) {
    let rows = (0..recording.len()).filter_map(|index| recording.row(index));
    let rows: Vec<CallEntry> = rows
        .filter(|row| !row.at_end && row.line.is_some())
        .collect();
    for row in &rows {
        let program = lesson.program_of(row.line.unwrap() as usize - 1).unwrap();
        let made_by = recording.sockets().program(row.program.unwrap()).unwrap();
        assert_eq!(made_by.name, *program.name, "{name}, line {:?}", row.line);
        let own = rows.iter().filter(|other| other.program == row.program);
        for other in own.filter(|other| other.start.seq > row.start.seq) {
            let is_over = row.end.is_some_and(|end| end.seq < other.start.seq);
            let has_threads = program.source.contains("Thread(");
            assert!(
                is_over || has_threads,
                "{name}: {} is called by {} while it is in line {:?}",
                other.call.method(),
                program.file,
                row.line
            );
        }
    }
}

#[test]
fn a_card_stands_where_the_lecture_simplifies() {
    // What each card says of the system, with the lesson that it belongs to.
    let corrections = [
        ("net-code", "roles of programs"),
        (
            "socket-address-port",
            "Port 1024 is free, and 65535 is the last one",
        ),
        ("accept-makes-a-socket", "as soon as the server listens"),
        ("tcp-capitals", "at most 1024"),
        ("tcp-capitals", "Not while a connection of it is still open"),
        ("udp-capitals", "UDP has a checksum too"),
        ("never-waits", "after the other end has closed"),
        ("errors-on-purpose", "TIME-WAIT keeps it"),
    ];
    let cards: Vec<(&str, String)> = lessons()
        .flat_map(|(name, lesson)| {
            let cards = lesson.steps.into_iter().filter_map(|step| step.card);
            cards.map(move |card| (name, card.system))
        })
        .collect();
    assert_eq!(cards.len(), corrections.len(), "{cards:#?}");
    for ((lesson, card), (name, correction)) in cards.iter().zip(corrections) {
        assert!(
            *lesson == name && card.contains(correction),
            "{lesson}: {card}"
        );
    }
}
