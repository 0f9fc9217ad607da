//! A recording told by hand, and the log, Details, caption and `>>>` line over it, without a network.

use std::net::SocketAddr;

use eframe::egui::{self, CentralPanel, Frame, Panel, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use sockeye::model::call::{
    Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Ended, Event, Observation, Role, Stamp, Started};
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::{Limits, Recording, RowNumber};
use sockeye::views::caption::caption_ui;
use sockeye::views::cards::CardsState;
use sockeye::views::inspector::{InspectorChoices, InspectorState, Tab, inspector_ui};
use sockeye::views::log::{LogState, log_ui};
use sockeye::views::type_call::{TypeCallState, type_call_ui};
use sockeye::views::{Action, Course, Next, Playing, Shown, theme};

use crate::by_hand;
pub use crate::by_hand::send;

pub const SERVER: SocketId = SocketId(1);
pub const CLIENT: SocketId = SocketId(2);
pub const CONN: SocketId = SocketId(3);
/// Tool bar, titles and eleven rows.
const LOG_HEIGHT: f32 = 36.0 + 24.0 + 11.0 * 20.0;
pub const MILLISECOND: u64 = 1_000_000;

/// Calls put into a recording one by one, ten milliseconds apart.
pub struct Story {
    pub recording: Recording,
    seq: u64,
    pub at: u64,
    calls: u64,
}

impl Story {
    pub fn new(limits: Limits) -> Self {
        let mut story = Self {
            recording: by_hand::recording(limits),
            seq: 0,
            at: 0,
            calls: 0,
        };
        for (id, name, role) in [(1, "server", Role::Server), (2, "client", Role::Client)] {
            let stamp = story.stamp();
            let added = by_hand::program_added(stamp, ProgramId(id), name, role);
            story.recording.apply(added);
            let stamp = story.stamp();
            story.recording.apply(Event::ThreadStarted {
                stamp,
                thread: ThreadId(id),
                program: ProgramId(id),
                name: format!("{name} thread").into(),
            });
        }
        story
    }

    /// A server and a client that have connected: seven rows, `#1 server`, `#2 client`, `#3 conn`.
    pub fn connected() -> Self {
        let mut story = Self::new(Limits::default());
        let server = address(5000);
        story.socket(1, SERVER);
        story.made(SERVER, Call::Bind { address: server }, ok());
        story.made(SERVER, Call::Listen { backlog: 5 }, ok());
        let accept = story.start(SERVER, Call::Accept);
        story.socket(2, CLIENT);
        story.made(CLIENT, Call::Connect { address: server }, ok());
        story.end(
            accept,
            Outcome::Ok(Value::Socket {
                id: CONN,
                fd: 7,
                peer: Some(address(51724)),
            }),
        );
        story.made(CLIENT, send(b"hello sockets"), Outcome::Ok(Value::Sent(13)));
        story
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        Stamp {
            seq: self.seq,
            at: self.at,
        }
    }

    fn started(&mut self, socket: Option<SocketId>, program: u32, call: Call) -> Started {
        self.calls += 1;
        self.at += 10 * MILLISECOND;
        let id = CallId(self.calls);
        Started {
            socket,
            fd: socket.map(fd_of),
            ..by_hand::started(id, self.stamp(), ProgramId(program), call)
        }
    }

    fn ended(&mut self, id: CallId, outcome: Outcome) -> Ended {
        self.at += 20_000;
        Ended {
            offset: Some(0),
            ..by_hand::ended(id, self.stamp(), outcome)
        }
    }

    fn program_of(socket: SocketId) -> u32 {
        if socket == CLIENT { 2 } else { 1 }
    }

    pub fn socket(&mut self, program: u32, id: SocketId) {
        self.socket_of(Protocol::Tcp, program, id);
    }

    pub fn socket_of(&mut self, protocol: Protocol, program: u32, id: SocketId) {
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol,
        };
        let started = self.started(None, program, call);
        let fd = fd_of(id);
        let value = Value::Socket { id, fd, peer: None };
        let ended = self.ended(started.id, Outcome::Ok(value));
        self.recording.apply(Event::Made(started, ended));
    }

    /// A call that returned at once.
    pub fn made(&mut self, socket: SocketId, call: Call, outcome: Outcome) -> RowNumber {
        let started = self.started(Some(socket), Self::program_of(socket), call);
        let ended = self.ended(started.id, outcome);
        self.recording.apply(Event::Made(started, ended));
        self.last()
    }

    /// A call that entered its system call.
    pub fn start(&mut self, socket: SocketId, call: Call) -> CallId {
        let started = self.started(Some(socket), Self::program_of(socket), call);
        let id = started.id;
        self.recording.apply(Event::Started(started));
        id
    }

    pub fn end(&mut self, id: CallId, outcome: Outcome) {
        let ended = self.ended(id, outcome);
        self.recording.apply(Event::Ended(ended));
    }

    /// The kernel says where a socket is.
    pub fn observe_local(&mut self, socket: SocketId, local: SocketAddr) {
        let observation = Observation {
            local: Some(local),
            ..Observation::default()
        };
        self.observe(socket, observation);
    }

    /// The kernel says how a socket stands.
    pub fn observe(&mut self, socket: SocketId, observation: Observation) {
        let stamp = self.stamp();
        self.recording.apply(Event::Observed {
            stamp,
            socket,
            observation,
        });
    }

    pub fn last(&self) -> RowNumber {
        self.recording
            .last()
            .map_or(RowNumber(0), |entry| entry.number)
    }
}

fn fd_of(socket: SocketId) -> i32 {
    i32::try_from(socket.0).unwrap_or(i32::MAX) + 4
}

pub fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

pub fn ok() -> Outcome {
    Outcome::Ok(Value::None)
}

pub fn received(bytes: &[u8]) -> Outcome {
    by_hand::received(bytes, None)
}

pub fn failed(errno: Errno) -> Outcome {
    Outcome::Error(errno)
}

/// The lower and right part of the window, and what it asked for.
pub struct Desk {
    pub story: Story,
    pub log: LogState,
    pub inspector: InspectorState,
    pub cards: CardsState,
    pub type_call: TypeCallState,
    pub row: Option<RowNumber>,
    pub selected: Option<SocketId>,
    pub playing: Option<Playing>,
    pub actions: Vec<Action>,
    pub now: u64,
    /// What travelled in the story, up to that event.
    ladder: (u64, Ladder),
}

impl Desk {
    fn ui(&mut self, ui: &mut egui::Ui) {
        let mut actions = Vec::new();
        let next = Next::Nothing { why: String::new() };
        if self.ladder.0 != self.story.seq {
            self.ladder = (self.story.seq, Ladder::of(&self.story.recording));
        }
        let shown = Shown {
            now: self.now,
            selected: self.selected,
            row: self.row,
            playing: self.playing.as_ref(),
            step_pause: std::time::Duration::from_secs(2),
            course: Course::default(),
            lesson: None,
            ..by_hand::shown(&self.story.recording, &self.ladder.1, &next)
        };
        let panel = theme::of(ui).panel;
        let bar = theme::bar_frame(theme::of(ui).raised);
        Panel::bottom("caption")
            .exact_size(32.0)
            .frame(bar)
            .show(ui, |ui| caption_ui(ui, &shown));
        let plain = Frame::new().fill(panel);
        Panel::bottom("type")
            .exact_size(36.0)
            .frame(plain)
            .show(ui, |ui| {
                type_call_ui(ui, &mut self.type_call, &shown, &mut actions);
            });
        Panel::right("inspector")
            .exact_size(400.0)
            .frame(theme::panel_frame(panel))
            .show(ui, |ui| {
                let (inspector, cards) = (&mut self.inspector, &mut self.cards);
                inspector_ui(ui, inspector, cards, &shown, &mut actions);
            });
        Panel::bottom("log")
            .exact_size(LOG_HEIGHT)
            .frame(plain)
            .show(ui, |ui| log_ui(ui, &mut self.log, &shown, &mut actions));
        CentralPanel::no_frame().show(ui, |_| {});
        for action in actions {
            match &action {
                Action::SelectRow(row) => self.row = *row,
                Action::ClearLog => self.log.clear(&self.story.recording),
                _ => {}
            }
            self.actions.push(action);
        }
    }
}

/// The window's part over a recording; the log shows eleven rows.
pub fn desk(story: Story) -> Harness<'static, Desk> {
    let now = story.at;
    let desk = Desk {
        story,
        log: LogState::default(),
        inspector: InspectorState {
            choices: InspectorChoices {
                tab: Tab::Details,
                ..InspectorChoices::default()
            },
            ..InspectorState::default()
        },
        cards: CardsState::default(),
        type_call: TypeCallState::default(),
        row: None,
        selected: None,
        playing: None,
        actions: Vec::new(),
        now,
        ladder: (0, Ladder::default()),
    };
    Harness::builder()
        .with_size(vec2(1440.0, 1000.0))
        .with_max_steps(200)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, desk: &mut Desk| desk.ui(ui), desk)
}

/// What the nodes are called, those of the log's rows first to last.
pub fn rows(harness: &Harness<'_, Desk>) -> Vec<String> {
    harness
        .query_all_by_role(egui::accesskit::Role::ListItem)
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

/// All labels and values in the tree.
pub fn texts(harness: &Harness<'_, Desk>) -> Vec<String> {
    harness
        .root()
        .children_recursive()
        .flat_map(|node| {
            let node = node.accesskit_node();
            [node.label(), node.value()]
        })
        .flatten()
        .collect()
}

/// Whether some node's label or value holds these words.
pub fn says(harness: &Harness<'_, Desk>, words: &str) -> bool {
    texts(harness).iter().any(|text| text.contains(words))
}
