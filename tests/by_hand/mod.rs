//! Events made by hand, as a network would give them, and what a view is shown: the parts in which tests do not
//! differ.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::sync::Arc;

use sockeye::model::call::{Bytes, Call, CallId, Outcome, ProgramId, ThreadId, Value};
use sockeye::model::event::{Ended, Event, Role, Stamp, Started, Threading};
use sockeye::model::ladder::Ladder;
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Header, Limits, Recording};
use sockeye::views::{Course, Next, Shown, ThemeChoice, Whole};

/// A recording in which nothing has happened.
pub fn recording(limits: Limits) -> Recording {
    let header = Header {
        network: "hand".into(),
        platform: "linux".into(),
        clock: "counted".into(),
        started: "2026-01-01T00:00:00Z".into(),
    };
    Recording::new(header, limits)
}

/// A program each of whose sockets has a thread of its own.
pub fn program_added(stamp: Stamp, program: ProgramId, name: &str, role: Role) -> Event {
    Event::ProgramAdded {
        stamp,
        program,
        name: name.into(),
        role,
        threading: Threading::ThreadPerSocket,
    }
}

/// A call of no socket, by the program's first thread.
pub fn started(id: CallId, stamp: Stamp, program: ProgramId, call: Call) -> Started {
    Started {
        id,
        stamp,
        thread: ThreadId(program.0),
        program,
        socket: None,
        fd: None,
        call,
        name: None,
        line: None,
        part: None,
        at_end: false,
    }
}

/// The end of a call that nothing disturbed.
pub fn ended(id: CallId, stamp: Stamp, outcome: Outcome) -> Ended {
    Ended {
        id,
        stamp,
        outcome,
        offset: None,
        retries: 0,
        note: None,
    }
}

/// `send` of these bytes.
pub fn send(bytes: &[u8]) -> Call {
    Call::Send {
        payload: Payload::literal(bytes),
    }
}

/// Bytes that a recv or recvfrom gave.
pub fn received(bytes: &[u8], peer: Option<SocketAddr>) -> Outcome {
    Outcome::Ok(Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer,
        lost: 0,
    })
}

/// A recording with nothing selected, played or said beside it, in the dark theme.
pub fn shown<'a>(recording: &'a Recording, ladder: &'a Ladder, next: &'a Next) -> Shown<'a> {
    Shown {
        recording,
        ladder,
        whole: Whole {
            recording,
            ladder,
            first: Some(0),
            news: 0,
        },
        now: 0,
        selected: None,
        row: None,
        next,
        playing: None,
        automatics: &[],
        relays: &[],
        step_pause: std::time::Duration::from_secs(2),
        course: Course::default(),
        lesson: None,
        exercises: sockeye::views::ExercisesShown::default(),
        code: None,
        addresses: &[],
        messages: &[],
        has_previous: false,
        has_last: false,
        earlier: None,
        zoom: 1.0,
        theme: ThemeChoice::Dark,
        still: false,
        large_hall: false,
        first_step: None,
    }
}
