//! Every hostile text, put in everywhere a recording holds words or bytes, and taken out in every format.

use std::collections::BTreeMap;
use std::sync::Arc;

use sockeye::export::Format;
use sockeye::export::program::{Language, sources};
use sockeye::import;
use sockeye::model::call::{Bytes, Call, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Event, PlayerNote, Role, Threading};
use sockeye::model::recording::{Limits, Recording};
use sockeye::model::socket::MAX_NAME;

use crate::export_support::harmless::{is_diagram, is_picture, is_report};
use crate::export_support::{Maker, address, received, send};
use crate::texts::{self, Text, is_clean};

/// A session in which every name, note and payload is this text: sockets of both kinds that talk to each other and to
/// a peer outside.
fn session(bytes: &[u8]) -> Recording {
    let text = String::from_utf8_lossy(bytes);
    let said: Arc<str> = Arc::from(&*text);
    let named: Arc<str> = Arc::from(name_of(&text));
    let mut maker = Maker::within(Limits::default(), &named);
    let stamp = maker.stamp(0);
    maker.recording.apply(Event::ProgramAdded {
        stamp,
        program: ProgramId(3),
        name: Arc::clone(&named),
        role: Role::Peer,
        threading: Threading::ThreadPerSocket,
    });
    let stamp = maker.stamp(0);
    maker.recording.apply(Event::ThreadStarted {
        stamp,
        thread: ThreadId(3),
        program: ProgramId(3),
        name: Arc::clone(&named),
    });
    let udp = maker.socket(3, &named, Protocol::Udp, 1);
    let at = address("127.0.0.1:5000");
    maker.call(
        3,
        udp,
        Call::Bind { address: at },
        Outcome::Ok(Value::None),
        2,
    );
    let to = Call::SendTo {
        payload: sockeye::model::payload::Payload::literal(bytes),
        address: at,
    };
    maker.moved(3, udp, to, Value::Sent(bytes.len() as u64), 3);
    let datagram = Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer: Some(address("127.0.0.1:5001")),
        lost: 3,
    };
    maker.moved(3, udp, Call::RecvFrom { max: 1024 }, datagram, 4);
    for note in [
        PlayerNote::Started {
            script: Arc::clone(&said),
        },
        PlayerNote::Narration {
            text: Arc::clone(&said),
        },
        PlayerNote::Interrupted {
            name: Arc::clone(&named),
        },
        PlayerNote::Unexpected {
            expected: Arc::clone(&said),
            got: Arc::clone(&said),
        },
        PlayerNote::Refused {
            reason: Arc::clone(&said),
        },
        PlayerNote::Renamed {
            socket: SocketId(udp),
            name: Arc::clone(&named),
        },
    ] {
        let stamp = maker.stamp(10);
        maker.recording.apply(Event::Player {
            stamp,
            line: Some(1),
            note,
        });
    }
    let tcp = maker.socket(1, &named, Protocol::Tcp, 5);
    maker.call(
        1,
        tcp,
        Call::Connect { address: at },
        Outcome::Ok(Value::None),
        6,
    );
    maker.moved(1, tcp, send(bytes), Value::Sent(bytes.len() as u64), 7);
    maker.moved(1, tcp, Call::Recv { max: 1 << 20 }, received(bytes), 8);
    maker.call(1, tcp, send(bytes), Outcome::Error(Errno::EPIPE), 9);
    maker.recording
}

/// The text as a name: no way in takes a longer one.
fn name_of(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

fn written(format: Format, recording: &Recording) -> String {
    let mut bytes = Vec::new();
    format.write(recording, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The formats that are words.
const WORDS: [Format; 7] = [
    Format::Text,
    Format::Csv,
    Format::JsonLines,
    Format::Mermaid,
    Format::Report,
    Format::LadderSvg,
    Format::LifecycleSvg,
];

/// A table of as many rows as calls, in which no cell is a formula.
fn is_table(what: &str, words: &str, recording: &Recording) {
    let mut table = csv::Reader::from_reader(words.as_bytes());
    let columns = table.headers().unwrap().len();
    let mut rows = 0;
    for row in table.records() {
        let row = row.unwrap();
        rows += 1;
        assert_eq!(row.len(), columns, "{what}");
        for cell in &row {
            let begins =
                cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
            assert!(!begins, "{what}: {cell:.200}");
        }
    }
    assert_eq!(rows, recording.len(), "{what}");
}

/// Seen failing with: `csv::cell` without its `'`; a comment of a program writing its words as they are.
#[test]
fn nothing_is_more_than_words_in_any_export() {
    let tame = session(b"x");
    let tame: BTreeMap<&str, usize> = WORDS
        .into_iter()
        .map(|format| (format.name(), written(format, &tame).lines().count()))
        .collect();
    for Text { name, bytes } in texts::all() {
        let recording = session(&bytes);
        for format in WORDS {
            let what = format!("{name} as {}", format.name());
            let words = written(format, &recording);
            assert_eq!(texts::hidden(&words, true), None, "{what}");
            assert!(
                format == Format::JsonLines || !texts::is_piled_up(&words),
                "{what}"
            );
            // Rows can't be forged: there are as many lines as with a text that tries nothing.
            let lines = words.lines().count();
            match format {
                Format::Text
                | Format::JsonLines
                | Format::Csv
                | Format::Report
                | Format::Mermaid => {
                    assert_eq!(lines, tame[format.name()], "{what}: {words:.3000}");
                }
                _ => {}
            }
            match format {
                Format::Text => is_clean(&what, &words),
                Format::Csv => is_table(&what, &words, &recording),
                Format::JsonLines => {
                    for line in words.lines() {
                        let line: serde_json::Value = serde_json::from_str(line).expect(&what);
                        assert!(line.is_object(), "{what}");
                    }
                }
                Format::Mermaid => is_diagram(&words),
                Format::Report => is_report(&words),
                Format::LadderSvg | Format::LifecycleSvg => is_picture(&words),
                _ => {}
            }
        }
        for language in [Language::Python, Language::C] {
            for source in sources(&recording, language).unwrap() {
                let what = format!("{name} in {}", source.file_name);
                assert_eq!(texts::hidden(&source.text, true), None, "{what}");
                let is_plain =
                    |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
                assert!(source.file_name.chars().all(is_plain), "{what}");
            }
        }
    }
}

/// Names are the one thing of a session that programs, pictures and columns are called by: a file gives none that is
/// not a name.
///
/// Seen failing with: `call::name` of the import returning its text.
#[test]
fn a_session_gives_no_socket_a_name_that_is_none() {
    for Text { name, bytes } in texts::all() {
        let saved = written(Format::JsonLines, &session(&bytes));
        let refused = import::read(saved.as_bytes()).expect_err(name).to_string();
        assert!(
            refused.ends_with("a name has letters, digits and _, and begins with no digit"),
            "{name}: {refused}"
        );
    }
}

/// What is in a session, as bytes or as words, comes back as it was.
///
/// Seen failing with: `jsonl::line` escaping code points beyond U+FFFF as one `\u`.
#[test]
fn every_text_comes_back_from_a_saved_session() {
    for Text { name, bytes } in texts::all() {
        let text = String::from_utf8_lossy(&bytes);
        let mut maker = Maker::on(&name_of(&text));
        let one = maker.socket(1, "one", Protocol::Tcp, 1);
        maker.moved(1, one, send(&bytes), Value::Sent(bytes.len() as u64), 2);
        maker.moved(1, one, Call::Recv { max: 1 << 20 }, received(&bytes), 3);
        maker.narrate(&text, 4);
        let read =
            import::read(written(Format::JsonLines, &maker.recording).as_bytes()).expect(name);
        assert_eq!(read.header().platform, name_of(&text), "{name}");
        let sent = read.row(1).unwrap().call;
        assert_eq!(sent, send(&bytes), "{name}");
        let got = read.row(2).unwrap().outcome.unwrap();
        assert_eq!(got, Outcome::Ok(received(&bytes)), "{name}");
        let note = read.notes().last().unwrap();
        assert!(
            matches!(&note.note, PlayerNote::Narration { text: said } if **said == *text),
            "{name}"
        );
    }
}
