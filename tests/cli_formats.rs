//! The three formats: what is in them, and that nothing a peer sent can act in them.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value as Json;
use sockeye::export::Format;
use sockeye::model::call::{
    Bytes, Call, CallId, Family, Method, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, PlayerNote, Role, Stamp, Started, Threading};
use sockeye::model::payload::{Payload, is_hidden};
use sockeye::model::recording::{Header, Limits, Recording};

/// A recording made of events, each a microsecond after the other.
struct Maker {
    recording: Recording,
    seq: u64,
    calls: u64,
}

impl Maker {
    fn new() -> Self {
        let header = Header {
            network: "kernel".to_owned(),
            platform: "\u{1b}[31mlinux".to_owned(),
            clock: "monotonic".to_owned(),
            started: "2026-01-02T03:04:05Z".to_owned(),
        };
        let mut maker = Self {
            recording: Recording::new(header, Limits::default()),
            seq: 0,
            calls: 0,
        };
        let stamp = maker.stamp();
        maker.recording.apply(Event::ProgramAdded {
            stamp,
            program: ProgramId(1),
            name: Arc::from("=prog\u{202e}"),
            role: Role::Client,
            threading: Threading::ThreadPerSocket,
        });
        let stamp = maker.stamp();
        maker.recording.apply(Event::ThreadStarted {
            stamp,
            thread: ThreadId(1),
            program: ProgramId(1),
            name: Arc::from("@thread"),
        });
        maker.call(
            None,
            Call::Socket {
                family: Family::Ipv4,
                protocol: Protocol::Udp,
            },
            Some(Outcome::Ok(Value::Socket {
                id: SocketId(1),
                fd: 7,
                peer: None,
            })),
        );
        maker
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.seq * 1000 + 1,
        }
    }

    /// A call of the one socket that returned, or waits.
    fn call(&mut self, socket: Option<SocketId>, call: Call, outcome: Option<Outcome>) {
        self.calls += 1;
        let id = CallId(self.calls);
        let stamp = self.stamp();
        self.recording.apply(Event::Started(Started {
            id,
            stamp,
            thread: ThreadId(1),
            program: ProgramId(1),
            socket,
            fd: socket.map(|_| 7),
            call,
            name: Some(Arc::from("+sock\u{200b}\u{7f}")),
            line: Some(self.calls as u32),
            part: None,
            at_end: false,
        }));
        if let Some(outcome) = outcome {
            let stamp = self.stamp();
            self.recording.apply(Event::Ended(Ended {
                id,
                stamp,
                outcome,
                offset: None,
                retries: 0,
                note: None,
            }));
        }
    }

    fn written(&self, format: Format) -> String {
        let mut out = Vec::new();
        format.write(&self.recording, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The first line that is a call.
    fn first_call(&self) -> Json {
        let mut lines = self.lines().into_iter();
        lines.find(|line| line["kind"] == "call").unwrap()
    }

    fn lines(&self) -> Vec<Json> {
        self.written(Format::JsonLines)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

const HOSTILE: &[u8] = b"=1+1\x1b[2J\r\n\0\xff\xc2\x9b\xe2\x80\xae";

fn hostile() -> Maker {
    let mut maker = Maker::new();
    let peer: SocketAddr = "127.0.0.1:4000".parse().unwrap();
    let received = Value::Received {
        bytes: Bytes::Whole(Arc::from(HOSTILE)),
        peer: Some(peer),
        lost: 3,
    };
    let on = Some(SocketId(1));
    maker.call(on, Call::RecvFrom { max: 99 }, Some(Outcome::Ok(received)));
    let payload = Payload::Repeat {
        unit: Arc::from(&b"A"[..]),
        times: 70_000,
    };
    maker.call(
        on,
        Call::Send { payload },
        Some(Outcome::Error(Errno::EDESTADDRREQ)),
    );
    maker.call(on, Call::Recv { max: 1 }, None);
    maker.call(
        on,
        Call::GetSockName,
        Some(Outcome::Ok(Value::Address(peer))),
    );
    let stamp = maker.stamp();
    maker.recording.apply(Event::Player {
        stamp,
        line: Some(4),
        note: PlayerNote::Narration {
            text: Arc::from("a\u{2066}b\u{85}c"),
        },
    });
    maker
}

/// A PNG holds no text.
fn is_pixels(format: Format) -> bool {
    format.extension() == "png"
}

#[test]
fn nothing_hidden_gets_through_in_any_format() {
    let maker = hostile();
    for format in Format::ALL.into_iter().filter(|format| !is_pixels(*format)) {
        let text = maker.written(format);
        let raw: Vec<char> = text
            .chars()
            .filter(|c| is_hidden(*c) && *c != '\n')
            .collect();
        assert!(raw.is_empty(), "{}: {raw:?}", format.name());
    }
}

#[test]
fn no_cell_of_the_table_is_a_formula() {
    let text = hostile().written(Format::Csv);
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let mut cells = 0;
    for record in table.records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            cells += 1;
        }
    }
    assert_eq!(cells, 5 * 16);
    assert!(
        text.contains("'=prog") && text.contains("'@thread") && text.contains("'+sock"),
        "{text}"
    );
}

#[test]
fn json_lines_are_as_the_format_says() {
    let lines = hostile().lines();
    assert_eq!(lines[0]["sockeye"], 1);
    assert_eq!(
        lines[0]["platform"], "\u{1b}[31mlinux",
        "nothing is lost by escaping"
    );
    let calls: Vec<&Json> = lines.iter().filter(|line| line["kind"] == "call").collect();
    let order: Vec<&str> = calls
        .iter()
        .map(|call| call["call"].as_str().unwrap())
        .collect();
    assert_eq!(
        order,
        ["socket", "recvfrom", "send", "getsockname", "recv"],
        "in order of end, what waits last"
    );
    let [born, received, sent, named, waits] = calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(born["value"], born["socket"]);
    assert_eq!(
        (born["id"].as_u64(), born["fd"].as_i64()),
        (Some(1), Some(7))
    );
    assert_eq!(born["program"], "=prog\u{202e}");
    assert_eq!(
        (born["t"].as_f64(), born["took"].as_f64()),
        (Some(0.000_003_001), Some(0.000_001))
    );
    assert_eq!(received["value"], HOSTILE.len());
    assert_eq!(received["peer"], serde_json::json!(["127.0.0.1", 4000]));
    assert_eq!(received["bytes"], "3d312b311b5b324a0d0a00ffc29be280ae");
    assert_eq!(received["lost"], 3);
    assert_eq!(sent["bytes"], "41*70000");
    assert_eq!(
        (
            sent["outcome"].as_str(),
            sent["errno"].as_str(),
            sent["errno_code"].as_i64()
        ),
        (Some("error"), Some("EDESTADDRREQ"), Some(89))
    );
    assert_eq!(sent["value"], Json::Null);
    assert_eq!(named["value"], serde_json::json!(["127.0.0.1", 4000]));
    assert_eq!(
        (
            waits["outcome"].is_null(),
            waits["end_seq"].is_null(),
            waits["took"].is_null()
        ),
        (true, true, true)
    );
    let ends: Vec<u64> = lines
        .iter()
        .filter_map(|line| {
            line["end_seq"]
                .as_u64()
                .or(line["seq"].as_u64().filter(|_| line["kind"] != "call"))
        })
        .collect();
    assert!(ends.is_sorted(), "{ends:?}");
}

#[test]
fn bytes_that_were_let_go_are_counted() {
    let mut maker = Maker::new();
    maker.recording = Recording::new(
        maker.recording.header().clone(),
        Limits {
            payload_bytes: 10,
            ..Limits::default()
        },
    );
    for byte in [b'a', b'b'] {
        let payload = Payload::literal(&[byte; 8]);
        maker.call(
            Some(SocketId(1)),
            Call::Send { payload },
            Some(Outcome::Ok(Value::Sent(8))),
        );
    }
    let lines = maker.lines();
    assert_eq!(
        (
            lines[1]["bytes_missing"].as_u64(),
            lines[1]["bytes"].is_null()
        ),
        (Some(8), true)
    );
    assert_eq!(lines[2]["bytes"], "6262626262626262");
}

#[test]
fn a_file_is_the_old_one_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.jsonl");
    std::fs::write(&path, "old").unwrap();
    let half = sockeye::export::write_file(&path, |out| {
        out.write_all(b"half")?;
        Err(std::io::Error::other("the disk is full"))
    });
    assert!(half.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Played lines and the saved file say the same calls.
#[test]
fn what_is_printed_is_what_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("s.jsonl");
    let (code, printed, err) = common::run(&[
        "play",
        "udp-capitalise",
        "--free-ports",
        "--jsonl",
        "--save",
        saved.to_str().unwrap(),
    ]);
    assert_eq!((code, err.as_str()), (0, ""));
    let calls = |text: &str| -> Vec<Json> {
        text.lines()
            .map(|line| serde_json::from_str::<Json>(line).unwrap())
            .filter(|line| line["kind"] == "call")
            .collect()
    };
    let printed = calls(&printed);
    assert_eq!(printed, calls(&std::fs::read_to_string(&saved).unwrap()));
    let reads: Vec<&Json> = printed
        .iter()
        .filter(|call| call["call"] == Method::RecvFrom.name())
        .collect();
    assert_eq!(reads[0]["bytes"], "68656c6c6f20736f636b657473");
    assert_eq!(reads[1]["bytes"], "48454c4c4f20534f434b455453");
}

/// A session begun by Reset tells its own start, and counts from it.
#[test]
fn times_count_from_the_start_that_the_header_tells() {
    let maker = hostile();
    let began = 2_000;
    let mut later = Maker {
        recording: maker.recording.beginning(began),
        ..maker
    };
    let text = later.written(Format::Text);
    assert!(
        text.contains("seconds since 2026-01-02T03:04:05Z"),
        "{text}"
    );
    let born = later.first_call();
    assert_eq!(born["t"].as_f64(), Some(0.000_001_001));
    let table = later.written(Format::Csv);
    assert!(table.contains("1,0.000001001,"), "{table}");
    later.recording = later.recording.beginning(0);
    assert!(later.written(Format::Csv).contains("1,0.000003001,"));
}
