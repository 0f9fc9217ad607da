//! Lesson files: what a good one comes to, and how a bad one is refused.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;
#[path = "support/processor.rs"]
mod processor;

use std::io::Write as _;
use std::time::Duration;

use common::{refused_unread, run, script};
use processor::processor_time;
use sockeye::model::event::Threading;
use sockeye::script::ast::Action;
use sockeye::script::lesson::{self, Answers, Needs};

/// The smallest lesson with one of everything.
const GOOD: &str = r#"
title = "Two words"
goal = "What a socket answers before it is connected."

[[program]]
name = "alice"
file = "alice.py"
role = "peer"
threads = "one"
source = '''
from socket import *

first = socket(AF_INET, SOCK_STREAM)
second = socket(AF_INET, SOCK_DGRAM)
first.recv(10)
'''

[[step]]
say = "Nothing is called yet."

[[step]]
program = "alice"
line = 3
call = 'first = socket(AF_INET, SOCK_STREAM)'
say = "One socket."

[[step]]
program = "alice"
line = 4
call = 'second = socket(AF_INET, SOCK_DGRAM)'
say = "Another, in the same program."

[[step]]
program = "alice"
line = 5
call = 'first.recv(10)  # -> ENOTCONN'
say = "It is not connected."
card = { lecture = "It waits.", system = "It fails." }
[step.question]
ask = "What will `recv(10)` answer?"
choices = [ { text = "it waits", when = "waits" }, { text = "an error", when = "ENOTCONN" } ]

[[step]]
program = "alice"
call = 'second.sendto(b"x", first.getsockname())'
needs = "neighbour"
say = "Needs company."
question = { ask = "How many bytes?", text = true }

[neighbour]
script = '''
other = socket(AF_INET, SOCK_DGRAM)
'''
"#;

fn refused(text: &str) -> (u32, String) {
    match lesson::parse(text) {
        Ok(_) => panic!("it was read: {text:.300}"),
        Err(error) => (error.line, error.message),
    }
}

/// The good lesson with one piece replaced, and the line that piece begins on.
fn with(piece: &str, other: &str) -> (String, u32) {
    let at = GOOD.find(piece).unwrap_or_else(|| panic!("{piece:?}"));
    let line = GOOD[..at].matches('\n').count() + 1;
    (GOOD.replacen(piece, other, 1), u32::try_from(line).unwrap())
}

#[test]
fn a_good_lesson_is_read_whole() {
    let lesson = lesson::parse(GOOD).unwrap();
    assert_eq!(lesson.steps.len(), 5);
    assert_eq!(lesson.programs[0].threading, Threading::OneThread);
    let statements = &lesson.script.statements;
    assert_eq!(statements[0].action, Action::Look);
    assert_eq!(statements[1].line, 2);
    assert_eq!(statements[2].program.as_deref(), Some("alice"));
    assert_eq!(lesson.lines_at(0, 0), (None, Some(3)));
    assert_eq!(lesson.lines_at(0, 3), (Some(4), Some(5)));
    assert_eq!(lesson.lines_at(0, 5), (Some(5), None));
    let question = lesson.steps[3].question.as_ref().unwrap();
    assert!(matches!(&question.answers, Answers::Choices(choices) if choices.len() == 2));
    assert_eq!(lesson.steps[4].needs, Needs::Neighbour);
    let alone = lesson.alone();
    assert_eq!(alone.steps.len(), 4);
    assert_eq!(alone.script.statements.len(), 4);
    assert!(alone.neighbour.is_none());
}

#[test]
fn each_mistake_is_one_sentence_with_its_line() {
    let cases = [
        ("title = \"Two words\"", "", 2, "title"),
        ("role = \"peer\"", "role = \"king\"", 0, "king"),
        ("line = 3", "line = 30", 0, "lines 1 to 5"),
        ("line = 3", "line = \"three\"", 0, "three"),
        ("line = 4", "lime = 4", 0, "lime"),
        (
            "program = \"alice\"\nline = 3",
            "program = \"bob\"\nline = 3",
            0,
            "bob",
        ),
        (
            "'first = socket(AF_INET, SOCK_STREAM)'",
            "'first = sucket()'",
            0,
            "sucket",
        ),
        (
            "'first.recv(10)  # -> ENOTCONN'",
            "'nobody.recv(10)'",
            0,
            "nobody",
        ),
        (
            "'first.recv(10)  # -> ENOTCONN'",
            "'# a comment'",
            0,
            "one statement",
        ),
        ("when = \"waits\"", "when = \"sleeps\"", 0, "sleeps"),
        (
            "{ text = \"it waits\", when = \"waits\" }, ",
            "",
            0,
            "two to four",
        ),
        ("name = \"alice\"", "name = \"class\"", 0, "class"),
        ("say = \"One socket.\"", "say = \"\"", 0, "empty"),
        (
            "other = socket(AF_INET, SOCK_DGRAM)",
            "other.send()",
            0,
            "expected bytes",
        ),
        ("[neighbour]", "[neighbour", 0, ""),
    ];
    for (piece, other, line, word) in cases {
        let (text, at) = with(piece, other);
        let (found, message) = refused(&text);
        assert!(message.contains(word), "{other:?}: {message:?}");
        assert!(
            !message.contains('\n') && message.len() < 300,
            "{message:?}"
        );
        // Where a key is missing, its table is named; a text on several lines begins a line above its mistake.
        if line == 0 {
            assert!(
                found.abs_diff(at) <= 2,
                "{other:?}: line {found}, not {at}: {message}"
            );
        }
    }
    let wordy = vec!["word"; 41].join(" ");
    let (text, at) = with("One socket.", &wordy);
    assert_eq!(
        refused(&text),
        (at, "`say` has 41 words: expected at most 40".to_owned())
    );
}

#[test]
fn a_wrong_type_is_said_in_words_of_the_file() {
    let choices = "[ { text = \"it waits\", when = \"waits\" }, { text = \"an error\", when = \"ENOTCONN\" } ]";
    let step = "[step.question]\nask = \"What will `recv(10)` answer?\"\n";
    let cases = [
        (
            "line = 3",
            "line = \"three\"",
            "`line`: expected a whole number",
        ),
        ("line = 3", "line = -1", "`line`: expected a whole number"),
        ("line = 3", "line = 3.5", "`line`: expected a whole number"),
        (
            "role = \"peer\"",
            "role = \"king\"",
            "`king` is no word for this",
        ),
        (
            "role = \"peer\"",
            "role = 3",
            "`role`: expected a word between quotes",
        ),
        (
            "text = true",
            "text = 1",
            "`text`: expected `true` or `false`",
        ),
        (
            choices,
            "[\"yes\", \"no\"]",
            "expected a table with `text` and `when`",
        ),
        (choices, "4", "`choices`: expected a list"),
        (
            step,
            "question = 4\n",
            "`question`: expected a table with `ask`",
        ),
        (
            "card = {",
            "card = 3 #",
            "`card`: expected a table with `lecture` and `system`",
        ),
        (
            "say = \"One socket.\"",
            "say = 3",
            "`say`: expected a string",
        ),
        ("line = 4", "lime = 4", "`lime` is no key of this table"),
    ];
    for (piece, other, says) in cases {
        let (mut text, at) = with(piece, other);
        if piece == step {
            text = text.replacen(&format!("choices = {choices}\n"), "", 1);
        }
        let (line, message) = refused(&text);
        assert!(message.contains(says), "{other:?}: {message}");
        assert_eq!(line, at, "{other:?}: {message}");
        for word in [
            "Raw", "u32", "struct", "variant", "field", "sequence", "map", "boolean", "invalid",
        ] {
            assert!(!message.contains(word), "{other:?}: {message}");
        }
    }
}

#[test]
fn a_line_makes_the_call_of_its_step() {
    for (other, says) in [
        ("line = 2", "line 2 of alice.py is empty"),
        (
            "line = 5",
            "line 5 of alice.py does not call `socket`, which this step does: it is `first.recv(10)`",
        ),
        (
            "line = 1",
            "line 1 of alice.py does not call `socket`, which this step does: it is `from socket import *`",
        ),
    ] {
        let (text, at) = with("line = 3", other);
        assert_eq!(refused(&text), (at, says.to_owned()));
    }
    let (comment, _) = with("\nfirst.recv(10)", "\n# first.recv(10)");
    assert!(refused(&comment).1.contains("does not call `recv`"));
    // What a function of the program's own does, the line does that calls it.
    let (helper, _) = with(
        "\nfirst.recv(10)",
        "\nhear(first)\n\ndef hear(one):\n    return one.recv(10)",
    );
    assert!(lesson::parse(&helper).is_ok());
}

#[test]
fn a_text_has_at_most_two_sentences() {
    let (text, at) = with("One socket.", "One. Two? Three!");
    let says = "`say` has 3 sentences: expected at most 2".to_owned();
    assert_eq!(refused(&text), (at, says));
    for two in [
        "One, e.g. this. Two of them.",
        "It costs 1.5 s. Then `a. B. C.` is called",
        "One.",
    ] {
        let (text, _) = with("One socket.", two);
        assert!(lesson::parse(&text).is_ok(), "{two}");
    }
}

/// A file of tables and keys on lines of their own, the last two steps begun with a comment between.
const TABLES: &str = r#"title = "Tables"
goal = "Each has keys that it needs."

[[program]]
name = "alice"
file = "alice.py"
role = "peer"
source = "x"

[[step]]
say = "First."

[[step]]
# What this one does.
say = "Second."
program = "alice"
call = 'a = socket(AF_INET, SOCK_DGRAM)'
[step.question]
ask = "What will it answer?"
text = true
[step.card]
lecture = "It answers."
system = "It answers a socket."

[[step]]
say = "Third."

[neighbour]
script = "other = socket(AF_INET, SOCK_DGRAM)"
"#;

#[test]
fn a_missing_key_is_said_with_the_line_of_its_table() {
    assert!(lesson::parse(TABLES).is_ok());
    let cases = [
        ("title = \"Tables\"", "title", 1, ""),
        ("goal = \"Each has keys that it needs.\"", "goal", 1, ""),
        ("name = \"alice\"", "name", 4, "[[program]]"),
        ("source = \"x\"", "source", 4, "[[program]]"),
        ("say = \"First.\"", "say", 10, "[[step]]"),
        ("say = \"Second.\"", "say", 13, "[[step]]"),
        (
            "ask = \"What will it answer?\"",
            "ask",
            18,
            "[step.question]",
        ),
        (
            "system = \"It answers a socket.\"",
            "system",
            21,
            "[step.card]",
        ),
        ("say = \"Third.\"", "say", 25, "[[step]]"),
    ];
    for (piece, key, line, table) in cases {
        for ending in ["\n", "\r\n"] {
            let text = TABLES.replacen(piece, "", 1).replace('\n', ending);
            let lacks = if table.is_empty() {
                format!("`{key}` is missing")
            } else {
                format!("`{key}` is missing in `{table}`")
            };
            assert_eq!(refused(&text), (line, lacks), "without {piece}");
        }
    }
    let head = TABLES.split("[[step]]").next().unwrap();
    let (_, message) = refused(head);
    assert_eq!(message, "a lesson has at least one `[[step]]`");
}

#[test]
fn a_file_with_a_title_or_a_step_is_checked_as_a_lesson() {
    for (text, line, says) in [
        ("title = 3\ngoal = \"x\"\n", 1, "expected a string"),
        ("# mine\n\ntitle = Capitals\n", 3, ""),
        ("goal = 4\ntitle = \"x\"\n", 1, "expected a string"),
        ("goal = 4\n\n[[step]]\nsay = \"x\"\n", 1, ""),
        ("title =\n", 1, ""),
    ] {
        let file = script(text);
        let (code, _, err) = run(&["check", file.path().to_str().unwrap()]);
        assert_eq!(code, 2);
        assert!(err.contains(&format!("line {line}: ")), "{text:?}: {err}");
        assert!(err.contains(says), "{text:?}: {err}");
        // What reads scripts speaks of columns.
        assert!(!err.contains("column"), "{text:?}: {err}");
    }
    // A socket may have any name.
    let file = script("title = socket(AF_INET, SOCK_DGRAM)\n");
    let (code, out, err) = run(&["check", file.path().to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_text_without_spaces_and_a_file_in_another_folder_are_refused() {
    let (text, at) = with("One socket.", &"w".repeat(900_000));
    let (line, message) = refused(&text);
    assert_eq!(line, at);
    assert!(message.contains("900000 letters"), "{message}");
    let (text, at) = with("It fails.", &"w ".repeat(60));
    assert_eq!(refused(&text).0, at);
    for file in [
        "../alice.py",
        "/etc/alice.py",
        ".alice",
        "a\u{202e}b.py",
        "C:alice.py",
    ] {
        let (text, at) = with("alice.py", file);
        let (line, message) = refused(&text);
        assert_eq!(line, at, "{message}");
        assert!(message.contains("`file` is a name"), "{message}");
    }
}

#[test]
fn what_is_huge_or_deep_is_refused_at_once() {
    let deep = format!("title = {}", "[".repeat(200_000));
    let (repeat, _) = with("b\"x\"", "b\"x\" * 99999999999999");
    let (name, _) = with(
        "'first = socket(",
        &format!("'{} = socket(", "a".repeat(900_000)),
    );
    let steps = format!("{GOOD}{}", "[[step]]\nsay = \"more\"\n".repeat(40_000));
    let large = format!("{GOOD}#{}", " ".repeat(lesson::MAX_LESSON));
    for text in [deep, repeat, name, steps, large] {
        let began = processor_time();
        let (_, message) = refused(&text);
        let took = processor_time().saturating_sub(began);
        assert!(took < Duration::from_secs(1), "{took:?}: {message:.200}");
        assert!(message.chars().count() < 300, "{message:.400}");
    }
}

#[test]
fn a_terabyte_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.toml");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(GOOD.as_bytes()).unwrap();
    file.set_len(1 << 40).unwrap();
    let (code, err) = refused_unread(&path);
    assert_eq!(code, 2);
    assert!(err.contains("larger than"), "{err}");
}

#[test]
fn what_a_step_sets_is_a_variable_of_its_programs_own() {
    let line = "line = 5\ncall = 'first.recv(10)  # -> ENOTCONN'";
    let set = |what: &str| {
        with(
            line,
            &format!("line = 5\nset = {what}\ncall = 'first.recv(10)'"),
        )
    };
    let source = "first.recv(10)\n'''";
    let (good, _) = set("{ count = -3 }");
    let good = good.replace(source, "count = -3\nfirst.recv(10)\n'''");
    let good = good.replace("line = 5\n", "line = 6\n");
    let lesson = lesson::parse(&good).unwrap();
    let own = |steps| lesson.own_variables(0, steps);
    assert_eq!(own(3), [("count".into(), None)], "not before its step");
    assert_eq!(own(4), [("count".into(), Some(-3))]);
    for (what, wrong) in [
        (
            "{ count = 2 }",
            "`count` does not stand in the program's `source`",
        ),
        (
            "{ first = 2 }",
            "what `first` holds is what a call gives it",
        ),
        ("{ first = \"two\" }", "a whole number"),
        ("3", "a table"),
    ] {
        let (text, at) = set(what);
        let error = lesson::parse(&text).unwrap_err();
        assert!(error.message.contains(wrong), "{error}");
        assert!(error.line.abs_diff(at) <= 1, "{error}, {at}");
    }
    let (text, _) = with(
        "say = \"Nothing is called yet.\"",
        "say = \"Nothing.\"\nset = { first = 1 }",
    );
    let error = lesson::parse(&text).unwrap_err();
    assert!(
        error.message.contains("a `set` needs the `program`"),
        "{error}"
    );
}

#[test]
fn check_says_what_is_wrong_and_where() {
    let good = script(GOOD);
    let (code, out, err) = run(&["check", good.path().to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("a lesson of 5 steps and 2 questions"), "{out}");
    let single = "title = \"One\"\ngoal = \"A picture.\"\n[[step]]\nsay = \"Look.\"\n";
    let single = script(single);
    let (code, out, err) = run(&["check", single.path().to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("a lesson of 1 step and 0 questions"), "{out}");
    let (text, at) = with("when = \"waits\"", "when = \"sleeps\"");
    let bad = script(&text);
    let (code, _, err) = run(&["check", bad.path().to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(
        err.contains(&format!("line {at}: in `when`, column 1:")),
        "{err}"
    );
}
