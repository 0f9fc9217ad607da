//! One line of a saved session, as values.

use serde::Deserialize;

use crate::export::jsonl::{Arguments, VERSION};
use crate::model::recording::Header;

use super::limits;

#[derive(Deserialize)]
struct HeaderLine {
    sockeye: u64,
    network: String,
    platform: String,
    clock: String,
    started: String,
    #[serde(default)]
    let_go: u64,
}

/// The header, and how many rows had been let go.
pub(super) fn header(text: &str) -> Result<(Header, u64), String> {
    let line: HeaderLine = serde_json::from_str(text)
        .map_err(|error| format!("this is no saved session: {}", words(&error)))?;
    if line.sockeye != u64::from(VERSION) {
        return Err(format!(
            "this session is of version {} of the format: this Sockeye reads version {VERSION}",
            line.sockeye
        ));
    }
    for (what, text) in [
        ("network", &line.network),
        ("platform", &line.platform),
        ("clock", &line.clock),
        ("started", &line.started),
    ] {
        limits::check_words(what, text)?;
    }
    let header = Header {
        network: line.network,
        platform: line.platform,
        clock: line.clock,
        started: line.started,
    };
    Ok((header, line.let_go))
}

/// A line after the header.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Line {
    Call(Box<CallLine>),
    Observation(Box<ObservationLine>),
    Player(PlayerLine),
    Program(ProgramLine),
    Thread(ThreadLine),
    Queue(QueueLine),
}

/// Host and port.
pub(super) type Endpoint = (String, u16);

#[derive(Deserialize)]
pub(super) struct CallLine {
    pub(super) n: u64,
    pub(super) seq: u64,
    pub(super) end_seq: Option<u64>,
    pub(super) t: f64,
    pub(super) took: Option<f64>,
    pub(super) program_id: Option<u32>,
    pub(super) thread_id: u32,
    pub(super) id: Option<u32>,
    pub(super) fd: Option<i32>,
    pub(super) call: String,
    pub(super) line: Option<u32>,
    pub(super) outcome: Option<String>,
    pub(super) value: serde_json::Value,
    pub(super) peer: Option<Endpoint>,
    pub(super) errno: Option<String>,
    pub(super) bytes: Option<String>,
    pub(super) bytes_missing: Option<u64>,
    pub(super) lost: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) count: Option<u64>,
    pub(super) retries: Option<u32>,
    pub(super) part: Option<u32>,
    pub(super) note: Option<String>,
    pub(super) remark: Option<RemarkPart>,
    pub(super) args: Option<Arguments>,
    pub(super) asked: Option<String>,
    pub(super) new_id: Option<u32>,
    pub(super) new_fd: Option<i32>,
    #[serde(default)]
    pub(super) folded: bool,
    pub(super) first_end_seq: Option<u64>,
    pub(super) first_took: Option<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum RemarkPart {
    EndedByYou,
    GoesOn,
    InCrowd,
    EndedByClose { id: u32 },
    TimeWait { ms: u32 },
    OldConnection { state: String, peer: Endpoint },
}

#[derive(Deserialize)]
pub(super) struct ObservationLine {
    pub(super) seq: u64,
    pub(super) t: f64,
    pub(super) id: u32,
    pub(super) state: Option<String>,
    pub(super) rtt_micros: Option<u32>,
    pub(super) retransmits: Option<u32>,
    pub(super) accept_queue: Option<u32>,
    pub(super) backlog: Option<u32>,
    pub(super) receive_queue: Option<u32>,
    pub(super) send_queue: Option<u32>,
    pub(super) drops: Option<u32>,
    pub(super) local: Option<Endpoint>,
    pub(super) peer: Option<Endpoint>,
    pub(super) time_wait_ms: Option<u32>,
    pub(super) remnant: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct PlayerLine {
    pub(super) seq: u64,
    pub(super) t: f64,
    pub(super) line: Option<u32>,
    #[serde(flatten)]
    pub(super) what: PlayerWhat,
}

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum PlayerWhat {
    Started { script: String },
    Narration { text: String },
    Slept { seconds: f64 },
    Interrupted { name: String },
    Unexpected { expected: String, got: String },
    Refused { reason: String },
    PortMapped { written: u16, used: u16 },
    Renamed { id: u32, name: String },
    Finished,
}

#[derive(Deserialize)]
pub(super) struct ProgramLine {
    pub(super) seq: u64,
    pub(super) program_id: u32,
    pub(super) name: Option<String>,
    pub(super) role: Option<String>,
    pub(super) threads: String,
}

#[derive(Deserialize)]
pub(super) struct ThreadLine {
    pub(super) seq: u64,
    pub(super) thread_id: u32,
    pub(super) program_id: Option<u32>,
    pub(super) name: Option<String>,
    pub(super) t: Option<f64>,
    pub(super) failed: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct QueueLine {
    pub(super) seq: u64,
    pub(super) call: u64,
    pub(super) what: String,
    pub(super) n: Option<u64>,
    pub(super) id: Option<u32>,
    pub(super) method: Option<String>,
    pub(super) thread_id: Option<u32>,
}

/// A line after the header.
pub(super) fn parse(text: &str) -> Result<Line, String> {
    serde_json::from_str(text).map_err(|error| words(&error))
}

fn words(error: &serde_json::Error) -> String {
    let all = error.to_string();
    // The line is named beside it; serde_json counts lines of its own, always the first.
    let words = all.split(" at line ").next().unwrap_or_default();
    words.strip_suffix('.').unwrap_or(words).to_owned()
}
