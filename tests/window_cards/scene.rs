//! A recording made by hand, and the centre of the window over it.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::net::SocketAddr;

use eframe::egui::{self, Role as AccessRole, vec2};
use egui_kittest::{
    Harness, HarnessBuilder, Node,
    kittest::{NodeT, Queryable},
};
use sockeye::model::call::{
    Call, CallId, Family, Method, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::event::{
    Ended, Event, Observation, Role, Stamp, Started, TcpObservation, TcpState, Threading,
};
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::{Limits, Recording};
use sockeye::views::cards::CardsState;
use sockeye::views::columns::{ColumnsState, columns_ui};
use sockeye::views::{Action, Next, Shown, theme};

use crate::by_hand;
pub use crate::by_hand::{received, send};

/// A millisecond in the recording's nanoseconds.
pub const MS: u64 = 1_000_000;
/// How long a call takes that does not wait, nanoseconds.
const AT_ONCE: u64 = 20_000;

/// Events made by hand, as a network would give them.
pub struct Scene {
    pub recording: Recording,
    pub now: u64,
    seq: u64,
    calls: u64,
    sockets: u32,
    programs: u32,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Scene {
    pub fn new() -> Self {
        Self {
            recording: by_hand::recording(Limits::default()),
            now: 0,
            seq: 0,
            calls: 0,
            sockets: 0,
            programs: 0,
        }
    }

    fn stamp(&mut self) -> Stamp {
        self.seq += 1;
        self.now += MS;
        Stamp {
            seq: self.seq,
            at: self.now,
        }
    }

    /// The end of a call that did not wait.
    fn stamp_at_once(&mut self) -> Stamp {
        self.seq += 1;
        self.now += AT_ONCE;
        Stamp {
            seq: self.seq,
            at: self.now,
        }
    }

    pub fn program(&mut self, name: &str, role: Role) -> ProgramId {
        self.programs += 1;
        let program = ProgramId(self.programs);
        let stamp = self.stamp();
        let added = by_hand::program_added(stamp, program, name, role);
        self.recording.apply(added);
        program
    }

    /// From now on one thread makes all calls of the program.
    pub fn one_thread(&mut self, program: ProgramId) {
        let stamp = self.stamp();
        self.recording.apply(Event::ThreadingChanged {
            stamp,
            program,
            threading: Threading::OneThread,
        });
    }

    fn started(&mut self, program: ProgramId, socket: Option<SocketId>, call: Call) -> Started {
        self.calls += 1;
        let id = CallId(self.calls);
        Started {
            thread: ThreadId(socket.map_or(0, |socket| socket.0)),
            socket,
            fd: socket.map(|_| 5),
            ..by_hand::started(id, self.stamp(), program, call)
        }
    }

    /// A socket in a program.
    pub fn socket(&mut self, program: ProgramId, protocol: Protocol) -> SocketId {
        let call = Call::Socket {
            family: Family::Ipv4,
            protocol,
        };
        let started = self.started(program, None, call);
        self.born(started, None)
    }

    fn born(&mut self, started: Started, peer: Option<SocketAddr>) -> SocketId {
        self.sockets += 1;
        let id = SocketId(self.sockets);
        let outcome = Outcome::Ok(Value::Socket { id, fd: 5, peer });
        let ended = by_hand::ended(started.id, self.stamp(), outcome);
        self.recording.apply(Event::Made(started, ended));
        id
    }

    /// A call that returned at once.
    pub fn call(&mut self, socket: SocketId, call: Call, outcome: Outcome) {
        let program = self.recording.sockets().get(socket).unwrap().program;
        let started = self.started(program, Some(socket), call);
        let ended = by_hand::ended(started.id, self.stamp_at_once(), outcome);
        self.recording.apply(Event::Made(started, ended));
    }

    /// A call that moved bytes which begin there in its stream.
    pub fn moved(&mut self, socket: SocketId, call: Call, outcome: Outcome, offset: u64) {
        let program = self.recording.sockets().get(socket).unwrap().program;
        let started = self.started(program, Some(socket), call);
        let ended = Ended {
            offset: Some(offset),
            ..by_hand::ended(started.id, self.stamp_at_once(), outcome)
        };
        self.recording.apply(Event::Made(started, ended));
    }

    /// A call that succeeded without a value.
    pub fn done(&mut self, socket: SocketId, call: Call) {
        self.call(socket, call, Outcome::Ok(Value::None));
    }

    /// A call that waits from now on.
    pub fn start(&mut self, socket: SocketId, call: Call) -> CallId {
        let program = self.recording.sockets().get(socket).unwrap().program;
        let started = self.started(program, Some(socket), call);
        let id = started.id;
        self.recording.apply(Event::Started(started));
        id
    }

    /// A call that queues behind another.
    pub fn queue(&mut self, socket: SocketId, method: Method) -> CallId {
        self.calls += 1;
        let id = CallId(self.calls);
        self.recording.apply(Event::Queued {
            id,
            socket: Some(socket),
            method,
            thread: ThreadId(socket.0),
        });
        id
    }

    pub fn accept(&mut self, listener: SocketId, peer: &str) -> SocketId {
        let program = self.recording.sockets().get(listener).unwrap().program;
        let started = self.started(program, Some(listener), Call::Accept);
        self.born(started, Some(address(peer)))
    }

    pub fn observe(&mut self, socket: SocketId, observation: Observation) {
        let stamp = self.stamp();
        self.recording.apply(Event::Observed {
            stamp,
            socket,
            observation,
        });
    }

    /// A TCP listener in a program of its own.
    pub fn listener(&mut self, port: u16) -> SocketId {
        let program = self.program("server", Role::Server);
        let server = self.socket(program, Protocol::Tcp);
        self.done(
            server,
            Call::Bind {
                address: SocketAddr::from(([127, 0, 0, 1], port)),
            },
        );
        self.done(server, Call::Listen { backlog: 5 });
        self.observe(server, queue_of(0));
        server
    }

    /// A TCP client in a program of its own, not connected.
    pub fn client(&mut self) -> SocketId {
        let program = self.program("client", Role::Client);
        self.socket(program, Protocol::Tcp)
    }

    /// A listener, a client and the connection between them.
    pub fn connected(&mut self) -> (SocketId, SocketId, SocketId) {
        let server = self.listener(5000);
        let client = self.client();
        self.done(
            client,
            Call::Connect {
                address: address("127.0.0.1:5000"),
            },
        );
        let conn = self.accept(server, "127.0.0.1:51724");
        self.observe(client, unread(0, "127.0.0.1:51724", "127.0.0.1:5000"));
        self.observe(conn, unread(0, "127.0.0.1:5000", "127.0.0.1:51724"));
        (server, client, conn)
    }

    /// A bound UDP socket in a program of its own.
    pub fn udp(&mut self, name: &str, role: Role, port: u16) -> SocketId {
        let program = self.program(name, role);
        let socket = self.socket(program, Protocol::Udp);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        self.done(socket, Call::Bind { address });
        socket
    }
}

/// What the kernel says of an established connection with `bytes` to be read.
pub fn unread(bytes: u32, local: &str, peer: &str) -> Observation {
    Observation {
        tcp: Some(TcpObservation {
            state: TcpState::Established,
            rtt_micros: 20,
            retransmits: 0,
            accept_queue: 0,
            backlog: 0,
        }),
        receive_queue: Some(bytes),
        send_queue: Some(0),
        drops: None,
        local: Some(address(local)),
        peer: Some(address(peer)),
        remnant: None,
    }
}

/// What the kernel says of a listener on port 5000 with so many clients in its queue.
pub fn queue_of(waiting: u32) -> Observation {
    Observation {
        tcp: Some(TcpObservation {
            state: TcpState::Listen,
            rtt_micros: 0,
            retransmits: 0,
            accept_queue: waiting,
            backlog: 5,
        }),
        ..Observation::default()
    }
}

/// The centre of the window over a scene.
pub struct Centre {
    pub scene: Scene,
    pub columns: ColumnsState,
    pub cards: CardsState,
    pub selected: Option<SocketId>,
    pub earlier: Option<sockeye::views::Earlier<'static>>,
    pub actions: Vec<Action>,
}

impl Centre {
    pub fn new(scene: Scene) -> Self {
        Self {
            scene,
            columns: ColumnsState::default(),
            cards: CardsState::default(),
            selected: None,
            earlier: None,
            actions: Vec::new(),
        }
    }

    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let next = Next::Nothing { why: String::new() };
        let ladder = Ladder::of(&self.scene.recording);
        let shown = Shown {
            now: self.scene.now,
            selected: self.selected,
            earlier: self.earlier,
            ..by_hand::shown(&self.scene.recording, &ladder, &next)
        };
        columns_ui(
            ui,
            &mut self.columns,
            &mut self.cards,
            &mut true,
            &shown,
            &mut self.actions,
        );
    }
}

/// The centre in a window of this size, run once.
pub fn open(centre: Centre, width: f32, height: f32) -> Harness<'static, Centre> {
    run(Harness::builder(), centre, width, height)
}

/// The same, where characters are typed that no font here has.
pub fn open_to_any_letter(centre: Centre, width: f32, height: f32) -> Harness<'static, Centre> {
    run(
        Harness::builder().allow_missing_glyphs(),
        centre,
        width,
        height,
    )
}

fn run(
    builder: HarnessBuilder<Centre>,
    centre: Centre,
    width: f32,
    height: f32,
) -> Harness<'static, Centre> {
    let mut harness = builder
        .with_size(vec2(width, height))
        .with_max_steps(16)
        .build_ui_state(
            |ui, centre: &mut Centre| {
                theme::install(ui.ctx());
                centre.ui(ui);
            },
            centre,
        );
    settle(&mut harness);
    harness
}

/// A few frames: a waiting call asks for another every 100 ms, so the window never falls silent by itself.
pub fn settle(harness: &mut Harness<'_, Centre>) {
    harness.run_steps(4);
}

/// Clicks the button of that name, and gives back what the click asked for.
pub fn click(harness: &mut Harness<'_, Centre>, name: &str) -> Vec<Action> {
    harness.state_mut().actions.clear();
    harness.get_by_label(name).click();
    settle(harness);
    harness.state().actions.clone()
}

/// Replaces what stands in a text field.
pub fn fill(harness: &mut Harness<'_, Centre>, name: &str, text: &str) {
    let field = harness.get_by_role_and_label(AccessRole::TextInput, name);
    field.focus();
    settle(harness);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    settle(harness);
    harness.key_press(egui::Key::Delete);
    harness
        .get_by_role_and_label(AccessRole::TextInput, name)
        .type_text(text);
    settle(harness);
}

/// What the accessibility tree says of a button's look.
pub fn look(harness: &Harness<'_, Centre>, name: &str) -> String {
    let node: Node<'_> = harness.get_by_label(name);
    node.accesskit_node().description().unwrap_or_default()
}

/// The calls asked for.
pub fn calls(actions: &[Action]) -> Vec<Call> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Call(_, call) => Some(call.clone()),
            _ => None,
        })
        .collect()
}

/// Whether some node's words hold this.
pub fn shows(harness: &Harness<'_, Centre>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

/// What stands in a control.
pub fn value(harness: &Harness<'_, Centre>, name: &str) -> String {
    let node: Node<'_> = harness.get_by_label(name);
    node.accesskit_node().value().unwrap_or_default()
}
