//! The readers driven by proptest: any bytes, the seeds with pieces changed, and soup of the words they know. The same
//! functions are fuzzed by coverage in `fuzz/`.
//!
//! Each reader gets 1,000 texts of each kind; `SOCKEYE_HOSTILE_CASES=100000` asks for more.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::processor::processor_time;
use crate::readers::{self, Reader};

/// More of the processor than any reader takes for a text of this size, without optimisation.
const SOON: Duration = Duration::from_secs(5);

fn cases() -> u32 {
    let asked = std::env::var("SOCKEYE_HOSTILE_CASES").ok();
    asked.map_or(1_000, |asked| asked.parse().expect("a number of cases"))
}

/// Whether the reader holds what it is to hold, within the time.
fn read(reader: Reader, bytes: &[u8]) {
    let began = processor_time();
    reader(bytes);
    let took = processor_time().saturating_sub(began);
    assert!(took < SOON, "{took:?} for {} bytes", bytes.len());
}

fn drive(reader: Reader, texts: &impl Strategy<Value = Vec<u8>>) {
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(texts, |bytes| {
        read(reader, &bytes);
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}

/// The files of a folder of this repository, by name.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a file"))
        .collect()
}

/// What ships of this kind, and what was written to be read wrong.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut seeds = files(&format!("fuzz/seeds/{name}"));
    match name {
        "script" => seeds.extend(files("assets/scripts")),
        "lesson" => seeds.extend(files("assets/lessons")),
        "exercise" => seeds.extend(files("assets/exercises")),
        _ => {}
    }
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

/// Something done to a text at a place.
#[derive(Clone, Debug)]
enum Change {
    Overwrite(u8),
    Insert(Vec<u8>),
    Remove(usize),
    /// What stands here is written again somewhere else.
    Copy(usize, prop::sample::Index),
    Cut,
}

fn change(words: &'static [&'static str]) -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<u8>().prop_map(Change::Overwrite),
        piece(words).prop_map(Change::Insert),
        (1..60_usize).prop_map(Change::Remove),
        (1..200_usize, any::<prop::sample::Index>()).prop_map(|(len, to)| Change::Copy(len, to)),
        Just(Change::Cut),
    ]
}

fn changed(mut text: Vec<u8>, changes: Vec<(prop::sample::Index, Change)>) -> Vec<u8> {
    for (at, change) in changes {
        let at = at.index(text.len() + 1);
        match change {
            Change::Overwrite(byte) => text.get_mut(at).into_iter().for_each(|old| *old = byte),
            Change::Insert(piece) => drop(text.splice(at..at, piece)),
            Change::Remove(len) => drop(text.drain(at..(at + len).min(text.len()))),
            Change::Copy(len, to) => {
                let piece = text[at..(at + len).min(text.len())].to_vec();
                let to = to.index(text.len() + 1);
                drop(text.splice(to..to, piece));
            }
            Change::Cut => text.truncate(at),
        }
    }
    text
}

/// A word that the reader knows, a number, or anything.
fn piece(words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        8 => prop::sample::select(words).prop_map(str::to_owned),
        1 => "[0-9]{1,20}",
        1 => "\\PC{0,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        30 => text.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ]
}

const SCRIPT: &[&str] = &[
    "server",
    " = ",
    "socket(AF_INET, SOCK_STREAM)",
    ".send(",
    ".recv(",
    "select(",
    "[",
    "]",
    "b\"",
    "\"",
    "\\",
    "\\x",
    "# -> ",
    "waits, then ",
    "((\"127.0.0.1\", 5000))",
    " * ",
    "\n",
    ", ",
    ")",
    "sleep(",
    "interrupt(",
    "conn, peer = server.accept()",
    ".upper()",
    ".encode()",
    "# program ",
    ": one thread",
    "EAGAIN",
    "-",
    "1e9",
    "None",
    "True",
    "\u{feff}",
    "from socket import *",
];

const TOML: &[&str] = &[
    "[[step]]\n",
    "[[program]]\n",
    "[[exercise]]\n",
    "say = ",
    "title = ",
    "goal = ",
    "call = ",
    "line = ",
    "name = ",
    "file = ",
    "program = ",
    "question = ",
    "{ ",
    " }",
    "when = ",
    "\"",
    "'''",
    "\"\"\"",
    "\n",
    "[",
    "]",
    "1",
    "true",
    "text = ",
    "choices = ",
    "sets = ",
    "needs = ",
    "\\u202e",
    "\\u0000",
    "hints = ",
    "=",
    ".",
    "nan",
    "-1",
    "9999999999999999999",
    "socket(AF_INET, SOCK_STREAM)",
    "# -> EAGAIN",
];

const JSON: &[&str] = &[
    "{\"sockeye\":1",
    "\"kind\":\"call\"",
    "\"kind\":\"player\"",
    "\"n\":",
    "\"seq\":",
    "\"end_seq\":",
    "\"id\":",
    "\"took\":",
    "\"outcome\":",
    "\"ok\"",
    "\"error\"",
    "\"errno\":",
    "\"EAGAIN\"",
    "null",
    "0",
    "1e300",
    "-1",
    "18446744073709551615",
    "9007199254740992",
    "\\u202e",
    "\\u001b",
    "\\ud800",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\"",
    "\"count\":",
    "\"folded\":true",
    "\"bytes\":",
    "\"41*3\"",
    "\"part\":",
    "\"t\":0.5",
];

const HEX: &[&str] = &[
    "0x", "0X", " ", "0", "ff", "F", "g", "\u{a0}", "\u{ff10}", "\t", "\n",
];

const ADDRESS: &[&str] = &[
    "127.0.0.1",
    "::1",
    "[",
    "]",
    ":",
    "5000",
    "0",
    "65536",
    "localhost",
    "-",
    "+",
    ".",
    " ",
    "%",
    "fe80::1%eth0",
    "\u{ff11}",
    "::ffff:1.2.3.4",
    "0x7f",
    "00",
];

const SETTINGS: &[&str] = &[
    "zoom = ",
    "nan",
    "inf",
    "-1",
    "1e40",
    "window = [",
    "]",
    "theme = ",
    "\"Dark\"",
    "\"",
    "mode = ",
    "[cards]\n",
    "payload = ",
    "[new_socket]\n",
    "host = ",
    "port = ",
    "65535",
    "true",
    "\n",
    "=",
    "\\u202e",
    "\\u001b",
    "lessons_done = [",
    ",",
    "step_pause = ",
    "log_height = ",
    "[exercises]\n",
    "done = [",
];

/// The words of each language.
fn words(name: &str) -> &'static [&'static str] {
    match name {
        "script" => SCRIPT,
        "lesson" | "exercise" => TOML,
        "recording" => JSON,
        "hex" => HEX,
        "address" => ADDRESS,
        _ => SETTINGS,
    }
}

fn all_kinds(name: &'static str, reader: Reader) {
    for seed in seeds(name) {
        read(reader, &seed);
    }
    drive(reader, &prop::collection::vec(any::<u8>(), 0..300));
    let soup = prop::collection::vec(piece(words(name)), 0..40);
    drive(reader, &soup.prop_map(|pieces| pieces.concat()));
    let changes = prop::collection::vec((any::<prop::sample::Index>(), change(words(name))), 1..8);
    let mutated = (prop::sample::select(seeds(name)), changes);
    drive(
        reader,
        &mutated.prop_map(|(seed, changes)| changed(seed, changes)),
    );
}

// Seen failing with: `parse_expectation` taking several lines; `TomlFile::fail` keeping its message as it is (lessons
// and exercises); `Placed::turn` left out of the order (sessions); `PayloadError` writing the character as it is; `Typed`
// writing the text as it is; `Settings::parse` returning the message as it is; a target taken out of fuzz/Cargo.toml.
macro_rules! readers {
    ($($test:ident: $name:literal,)*) => {
        $(
            #[test]
            fn $test() {
                let (name, reader) = readers::ALL.into_iter().find(|(name, _)| *name == $name).expect("a reader");
                all_kinds(name, reader);
            }
        )*
        #[test]
        fn every_reader_is_driven_and_is_a_target_of_the_fuzzer() {
            let driven = [$($name),*];
            assert_eq!(readers::ALL.map(|(name, _)| name), driven);
            let manifest = include_str!("../../fuzz/Cargo.toml");
            for name in driven {
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
            }
        }
    };
}

readers! {
    any_script_is_read_or_refused: "script",
    any_lesson_is_read_or_refused: "lesson",
    any_exercise_is_read_or_refused: "exercise",
    any_session_is_read_or_refused: "recording",
    any_payload_is_read_or_refused: "hex",
    any_address_is_read_or_refused: "address",
    any_settings_are_read_or_refused: "settings",
}
