//! What holds of every reader, whatever it is given. Each function takes any bytes and panics where something does not
//! hold: proptest calls them in `cargo test`, libFuzzer in `fuzz/`.
#![allow(
    dead_code,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a fuzz target uses its own function; each fails by panicking"
)]

use sockeye::app::Settings;
use sockeye::export::Format;
use sockeye::import;
use sockeye::model::address::{Port, parse_host, parse_host_port};
use sockeye::model::call::Family;
use sockeye::model::payload::{hex, is_hidden, parse_hex, parse_text};
use sockeye::model::recording::Recording;
use sockeye::script::syntax::{self, ScriptError};
use sockeye::script::{exercise, lesson};

/// A reader and what holds of it.
pub type Reader = fn(&[u8]);

/// All of them, by the names of their fuzz targets and of their folders of seeds.
pub const ALL: [(&str, Reader); 7] = [
    ("script", script),
    ("lesson", lesson),
    ("exercise", exercise),
    ("recording", recording),
    ("hex", hex_payload),
    ("address", address),
    ("settings", settings),
];

/// The longest sentence that says what is wrong, in characters: the longest list of what was expected, and a name.
const LONGEST: usize = 600;

/// The formats whose words are looked at.
const WORDS: [Format; 7] = [
    Format::Text,
    Format::Csv,
    Format::JsonLines,
    Format::Mermaid,
    Format::Report,
    Format::LadderSvg,
    Format::LifecycleSvg,
];

/// What is said of a mistake is one short line with nothing hidden in it.
#[track_caller]
fn is_sentence(message: &str) {
    assert!(!message.trim().is_empty(), "nothing is said");
    let hidden: Vec<char> = message.chars().filter(|c| is_hidden(*c)).collect();
    assert!(hidden.is_empty(), "{hidden:?} in {message:?}");
    assert!(message.chars().count() <= LONGEST, "{message}");
}

/// A place is in the text: lines and columns count from 1, and a column may be that after the last character.
#[track_caller]
fn is_place(text: &str, line: u32, column: Option<u32>) {
    let line = line as usize;
    assert!(
        line >= 1 && line <= text.matches('\n').count() + 1,
        "line {line}"
    );
    if let Some(column) = column {
        let width = text
            .lines()
            .nth(line - 1)
            .map_or(0, |line| line.chars().count());
        let column = column as usize;
        assert!(
            column >= 1 && column <= width + 1,
            "column {column} of line {line} in {text:?}"
        );
    }
}

/// The call language: as a script, as a line, and as what is expected.
pub fn script(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let wrong = |error: ScriptError| {
        is_place(&text, error.line, Some(error.column));
        is_sentence(&error.message);
    };
    let _: Option<()> = syntax::parse(&text).err().map(wrong);
    let _: Option<()> = syntax::parse_line(&text).err().map(wrong);
    let _: Option<()> = syntax::parse_expectation(&text).err().map(wrong);
    match syntax::parse_open(&text) {
        Err(error) => wrong(error),
        Ok(script) => {
            for statement in &script.statements {
                let written = statement.to_string();
                let read = syntax::parse_line(&written)
                    .unwrap_or_else(|error| panic!("{error} in {written:?}"));
                let read = &read.statements[0];
                assert_eq!(read.targets, statement.targets, "{written}");
                assert_eq!(read.action, statement.action, "{written}");
                assert_eq!(read.expectation, statement.expectation, "{written}");
            }
        }
    }
}

/// A lesson: its files stay in their folder.
pub fn lesson(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match lesson::parse(&text) {
        Err(error) => {
            is_place(&text, error.line, None);
            is_sentence(&error.message);
        }
        Ok(lesson) => {
            for name in lesson.file_names().values() {
                assert!(
                    !name.contains(['/', '\\']) && !name.chars().any(is_hidden),
                    "{name:?}"
                );
            }
            let alone = lesson.alone();
            assert_eq!(alone.steps.len(), alone.script.statements.len());
        }
    }
}

/// Exercises.
pub fn exercise(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match exercise::parse(&text) {
        Err(error) => {
            is_place(&text, error.line, None);
            is_sentence(&error.message);
        }
        Ok(exercises) => {
            for exercise in exercises {
                assert!(syntax::parse(&exercise.calls).is_ok());
            }
        }
    }
}

/// A saved session: it is saved again as it was read, and nothing of it is hidden in any format.
pub fn recording(bytes: &[u8]) {
    match import::read(bytes) {
        Err(error) => {
            let said = error.to_string();
            is_sentence(&said);
            assert!(said.starts_with("line "), "{said}");
        }
        Ok(session) => {
            for format in WORDS {
                let words = written(format, &session);
                let hidden: Vec<char> = words
                    .chars()
                    .filter(|c| is_hidden(*c) && *c != '\n')
                    .collect();
                assert!(hidden.is_empty(), "{hidden:?} in {format:?}");
            }
            let saved = written(Format::JsonLines, &session);
            let again =
                import::read(saved.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{saved}"));
            let saved_again = written(Format::JsonLines, &again);
            let other = saved
                .lines()
                .zip(saved_again.lines())
                .find(|(was, is)| was != is);
            assert!(saved == saved_again, "{other:#?}");
        }
    }
}

fn written(format: Format, session: &Recording) -> String {
    let mut bytes = Vec::new();
    format.write(session, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A payload field, as text and as hex.
pub fn hex_payload(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let payload = parse_text(&text).unwrap();
    assert_eq!(payload.to_bytes().unwrap().as_ref(), text.as_bytes());
    match parse_hex(&text) {
        Err(error) => is_sentence(&error.to_string()),
        Ok(payload) => {
            let shown = hex(&payload.to_bytes().unwrap());
            assert_eq!(parse_hex(&shown).unwrap(), payload, "{shown}");
        }
    }
}

/// The fields for an address, a port, and both in one.
pub fn address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Port::parse(&text) {
        Err(error) => is_sentence(&error.to_string()),
        Ok(port) => {
            let shown = port.get().to_string();
            assert_eq!(Port::parse(&shown).unwrap(), port);
            assert!(port.get() == 0 || port.get() >= Port::MIN, "{shown}");
        }
    }
    for family in [Family::Ipv4, Family::Ipv6] {
        match parse_host(&text, family) {
            Err(error) => is_sentence(&error.to_string()),
            Ok(host) => {
                let read = parse_host(&host.ip.to_string(), family).unwrap();
                assert_eq!(read.ip, host.ip);
            }
        }
        match parse_host_port(&text, family) {
            Err(error) => is_sentence(&error.to_string()),
            Ok(address) => {
                let shown = address.to_string();
                assert_eq!(parse_host_port(&shown, family).unwrap(), address, "{shown}");
            }
        }
    }
}

/// The settings file: whatever is in it, what comes of it can be kept, and is read again as it is.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Settings::parse(&text) {
        Err(error) => is_sentence(&error),
        Ok(settings) => {
            assert!((0.5..=3.0).contains(&settings.zoom), "{}", settings.zoom);
            let kept = toml::to_string_pretty(&settings).unwrap();
            assert_eq!(Settings::parse(&kept).unwrap(), settings, "{kept}");
        }
    }
}
