//! Recordings and scenes made by hand.
#![allow(
    dead_code,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "each test file uses its own part; a scene is one long list; helpers fail as tests do"
)]

#[path = "harmless.rs"]
pub mod harmless;

use std::net::SocketAddr;
use std::sync::Arc;

use sockeye::model::call::{
    Bytes, Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::event::{Ended, Event, PlayerNote, Role, Stamp, Started, Threading};
use sockeye::model::flow::Progress;
use sockeye::model::ladder::{
    Anchor, Arrow, ArrowLook, BoxLook, CallBox, Idle, Lane, LineLook, LinePart, Scene, Tick,
};
use sockeye::model::payload::Payload;
use sockeye::model::recording::{Header, Limits, Recording, RowNumber};

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A recording made of calls, each with its own times in milliseconds.
pub struct Maker {
    pub recording: Recording,
    seq: u64,
    calls: u64,
}

impl Maker {
    /// A server and a client program with a thread each: 1 and 2.
    pub fn new() -> Self {
        Self::on("linux 6.18 x86_64")
    }

    pub fn on(platform: &str) -> Self {
        Self::within(Limits::default(), platform)
    }

    pub fn within(limits: Limits, platform: &str) -> Self {
        let header = Header {
            network: "kernel".to_owned(),
            platform: platform.to_owned(),
            clock: "monotonic".to_owned(),
            started: "2026-01-02T03:04:05Z".to_owned(),
        };
        let mut maker = Self {
            recording: Recording::new(header, limits),
            seq: 0,
            calls: 0,
        };
        for (id, name, role) in [(1, "server", Role::Server), (2, "client", Role::Client)] {
            let stamp = maker.stamp(0);
            maker.recording.apply(Event::ProgramAdded {
                stamp,
                program: ProgramId(id),
                name: Arc::from(name),
                role,
                threading: Threading::ThreadPerSocket,
            });
            let stamp = maker.stamp(0);
            maker.recording.apply(Event::ThreadStarted {
                stamp,
                thread: ThreadId(id),
                program: ProgramId(id),
                name: Arc::from(name),
            });
        }
        maker
    }

    pub fn stamp(&mut self, millis: u64) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: millis * 1_000_000,
        }
    }

    pub fn start(
        &mut self,
        program: u32,
        socket: Option<u32>,
        name: Option<&str>,
        call: Call,
        at: u64,
    ) -> CallId {
        self.calls += 1;
        let id = CallId(self.calls);
        let stamp = self.stamp(at);
        self.recording.apply(Event::Started(Started {
            id,
            stamp,
            thread: ThreadId(program),
            program: ProgramId(program),
            socket: socket.map(SocketId),
            fd: socket.map(|_| 7),
            call,
            name: name.map(Arc::from),
            line: Some(self.calls as u32),
            part: None,
            at_end: false,
        }));
        id
    }

    pub fn end(&mut self, id: CallId, outcome: Outcome, offset: Option<u64>, at: u64) {
        let stamp = self.stamp(at);
        self.recording.apply(Event::Ended(Ended {
            id,
            stamp,
            outcome,
            offset,
            retries: 0,
            note: None,
        }));
    }

    pub fn call(&mut self, program: u32, socket: u32, call: Call, outcome: Outcome, at: u64) {
        let id = self.start(program, Some(socket), None, call, at);
        self.end(id, outcome, None, at);
    }

    pub fn moved(&mut self, program: u32, socket: u32, call: Call, value: Value, at: u64) {
        let id = self.start(program, Some(socket), None, call, at);
        self.end(id, Outcome::Ok(value), Some(0), at);
    }

    pub fn socket(&mut self, program: u32, name: &str, protocol: Protocol, at: u64) -> u32 {
        let new = self.recording.sockets().iter().count() as u32 + 1;
        let family = Family::Ipv4;
        let call = Call::Socket { family, protocol };
        let id = self.start(program, None, Some(name), call, at);
        let value = Value::Socket {
            id: SocketId(new),
            fd: 7,
            peer: None,
        };
        self.end(id, Outcome::Ok(value), None, at);
        new
    }

    pub fn narrate(&mut self, text: &str, at: u64) {
        let stamp = self.stamp(at);
        self.recording.apply(Event::Player {
            stamp,
            line: Some(1),
            note: PlayerNote::Narration {
                text: Arc::from(text),
            },
        });
    }
}

pub fn send(bytes: &[u8]) -> Call {
    Call::Send {
        payload: Payload::literal(bytes),
    }
}

pub fn received(bytes: &[u8]) -> Value {
    Value::Received {
        bytes: Bytes::Whole(Arc::from(bytes)),
        peer: None,
        lost: 0,
    }
}

pub fn done() -> Outcome {
    Outcome::Ok(Value::None)
}

/// The session of the script TCP capitalise: listener 1, client 2, connection 3.
pub fn capitals_recording() -> Recording {
    let mut maker = Maker::new();
    let (server, client) = (address("127.0.0.1:5000"), address("127.0.0.1:51724"));
    maker.socket(1, "server", Protocol::Tcp, 100);
    maker.call(1, 1, Call::Bind { address: server }, done(), 1_320);
    maker.call(1, 1, Call::Listen { backlog: 5 }, done(), 2_540);
    let accept = maker.start(1, Some(1), Some("conn"), Call::Accept, 3_710);
    maker.socket(2, "client", Protocol::Tcp, 6_000);
    maker.call(2, 2, Call::Connect { address: server }, done(), 6_820);
    let value = Value::Socket {
        id: SocketId(3),
        fd: 9,
        peer: Some(client),
    };
    maker.end(accept, Outcome::Ok(value), None, 6_830);
    maker.moved(2, 2, send(b"hello sockets"), Value::Sent(13), 8_400);
    let recv = Call::Recv { max: 1024 };
    maker.moved(1, 3, recv.clone(), received(b"hello sockets"), 9_120);
    let again = Outcome::Error(sockeye::model::errno::Errno::EAGAIN);
    maker.call(2, 2, Call::Recv { max: 5 }, again, 9_950);
    maker.moved(1, 3, send(b"HELLO SOCKETS"), Value::Sent(13), 10_600);
    maker.moved(2, 2, recv.clone(), received(b"HELLO SOCKETS"), 11_200);
    maker.start(1, Some(3), None, recv, 11_840);
    maker.recording
}

/// That session and its ladder, as the model would lay it out.
pub fn capitals() -> (Recording, Scene) {
    let (listener, client, conn) = (socket(1), socket(2), socket(3));
    let done = BoxLook::Done;
    let mut accept = call(listener, 4, 3.0, "accept()", "#3 conn", BoxLook::Waited);
    accept.bottom = 7.0;
    accept.is_beside = true;
    accept.waited = Some("3.1 s".to_owned());
    let mut sent = call(client, 7, 8.0, "send", "13", done);
    sent.sent = Some(Progress {
        taken: 13,
        arrived: Some(13),
        read: Some(13),
    });
    let mut replied = call(conn, 10, 12.0, "send", "13", done);
    replied.sent = Some(Progress {
        taken: 13,
        arrived: Some(13),
        read: None,
    });
    let mut waits = call(conn, 12, 14.0, "recv(1024)", "", BoxLook::Waiting);
    waits.bottom = 17.0;
    waits.waited = Some("3.2 s".to_owned());
    let mut again = call(client, 9, 10.0, "recv(5)", "EAGAIN", BoxLook::WouldBlock);
    again.count = 3;
    let boxes = vec![
        call(listener, 1, 0.0, "socket()", "", done),
        call(listener, 2, 1.0, "bind", "", done),
        call(listener, 3, 2.0, "listen(5)", "", done),
        accept,
        call(client, 5, 4.0, "socket()", "", done),
        call(client, 6, 5.0, "connect", "None", done),
        sent,
        call(conn, 8, 9.0, "recv(1024)", "b\"hello sockets\"", done),
        again,
        call(listener, 20, 10.0, "bind", "EADDRINUSE", BoxLook::Error),
        call(
            client,
            21,
            15.0,
            "recv(9)",
            "interrupted",
            BoxLook::Interrupted,
        ),
        replied,
        waits,
    ];
    let arrows = vec![
        arrow(
            (client, 5.3),
            (listener, 5.5),
            ArrowLook::Handshake,
            "SYN",
            false,
            Some(6),
        ),
        arrow(
            (listener, 5.6),
            (client, 5.8),
            ArrowLook::Handshake,
            "SYN+ACK",
            false,
            None,
        ),
        arrow(
            (client, 5.9),
            (listener, 6.1),
            ArrowLook::Handshake,
            "ACK",
            false,
            None,
        ),
        taken(
            arrow(
                (listener, 6.4),
                (listener, 6.4),
                ArrowLook::Seat,
                "seat in the accept queue",
                true,
                None,
            ),
            (listener, 6.4, 4),
        ),
        arrow(
            (listener, 7.0),
            (conn, 7.0),
            ArrowLook::Birth,
            "accept → new #3",
            true,
            None,
        ),
        taken(
            arrow(
                (client, 8.4),
                (conn, 8.7),
                ArrowLook::Data,
                "b\"hello sockets\"",
                true,
                Some(7),
            ),
            (conn, 9.0, 8),
        ),
        arrow(
            (conn, 12.4),
            (client, 12.7),
            ArrowLook::Data,
            "13 B",
            true,
            Some(10),
        ),
    ];
    let line = |lane, top, bottom, look| LinePart {
        lane,
        top,
        bottom,
        look,
    };
    let scene = Scene {
        lines: vec![
            line(listener, 0.0, 17.0, LineLook::Open),
            line(conn, 0.0, 7.0, LineLook::Unborn),
            line(conn, 7.0, 17.0, LineLook::Open),
            line(client, 0.0, 4.0, LineLook::Unborn),
            line(client, 4.0, 17.0, LineLook::Open),
        ],
        boxes,
        arrows,
        ticks: [
            (0.5, "0.10"),
            (1.5, "1.32"),
            (2.5, "2.54"),
            (3.5, "3.71"),
            (8.5, "8.40"),
        ]
        .map(|(y, text)| Tick {
            y,
            text: text.to_owned(),
            row: RowNumber(1),
        })
        .to_vec(),
        idles: vec![Idle {
            y: 11.5,
            text: "nothing for 12 s".to_owned(),
        }],
        end: 17.0,
        is_running: true,
        ..Scene::default()
    };
    (capitals_recording(), scene)
}

pub fn socket(id: u32) -> Lane {
    Lane::Socket(SocketId(id))
}

pub fn call(lane: Lane, row: u64, top: f64, text: &str, result: &str, look: BoxLook) -> CallBox {
    CallBox {
        lane,
        row: RowNumber(row),
        top,
        bottom: top + 1.0,
        look,
        is_beside: false,
        text: text.to_owned(),
        result: result.to_owned(),
        waited: None,
        count: 1,
        sent: None,
    }
}

pub fn arrow(
    from: (Lane, f64),
    landing: (Lane, f64),
    look: ArrowLook,
    label: &str,
    is_seen: bool,
    row: Option<u64>,
) -> Arrow {
    let anchor = |(lane, y): (Lane, f64), row: Option<u64>| Anchor {
        lane,
        y,
        row: row.map(RowNumber),
    };
    Arrow {
        from: anchor(from, row),
        landing: anchor(landing, None),
        taken: None,
        look,
        label: label.to_owned(),
        share: None,
        is_first: true,
        is_seen,
    }
}

pub fn taken(arrow: Arrow, (lane, y, row): (Lane, f64, u64)) -> Arrow {
    Arrow {
        taken: Some(Anchor {
            lane,
            y,
            row: Some(RowNumber(row)),
        }),
        ..arrow
    }
}
