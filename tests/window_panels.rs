//! The panels, bars and dialogs round the columns, through their accessibility tree.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Key, Modifiers, Role as AccessRole, Theme, Ui, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::model::call::{
    BlockingMode, Call, CallId, Family, Outcome, ProgramId, Protocol, SocketId, ThreadId, Value,
};
use sockeye::model::event::{Ended, Event, Role, Stamp, Started, Threading};
use sockeye::model::recording::{Header, Limits, Recording};
use sockeye::views::new_socket::NewSocketChoices;
use sockeye::views::{
    Action, ExportFormat, LocalAddress, Message, NewSocket, Next, PlayAnswer, PlayQuestion,
    Playing, ReachableAnswer, ReachableQuestion, Shown, ThemeChoice, Transport, UiState, dialogs,
    first_start, new_socket, next_line, quick_start, theme, top_bar, transport,
};

/// What a view is shown, what it remembers, and what it pushed.
struct Stage {
    recording: Recording,
    next: Next,
    playing: Option<Playing>,
    addresses: Vec<LocalAddress>,
    messages: Vec<Message>,
    has_previous: bool,
    is_previous: bool,
    zoom: f32,
    first_step: Option<usize>,
    ui: UiState,
    actions: Vec<Action>,
}

impl Default for Stage {
    fn default() -> Self {
        let header = Header {
            network: "test".to_owned(),
            platform: "test".to_owned(),
            clock: "test".to_owned(),
            started: "2026-01-01T00:00:00Z".to_owned(),
        };
        Self {
            recording: Recording::new(header, Limits::default()),
            next: Next::Nothing {
                why: "Make a socket".to_owned(),
            },
            playing: None,
            addresses: Vec::new(),
            messages: Vec::new(),
            has_previous: false,
            is_previous: false,
            zoom: 1.0,
            first_step: None,
            ui: UiState::default(),
            actions: Vec::new(),
        }
    }
}

type View = fn(&mut Ui, &mut UiState, &Shown<'_>, &mut Vec<Action>);

impl Stage {
    fn draw(&mut self, ui: &mut Ui, view: View) {
        let shown = Shown {
            recording: &self.recording,
            now: 0,
            selected: None,
            row: None,
            next: &self.next,
            playing: self.playing.as_ref(),
            addresses: &self.addresses,
            messages: &self.messages,
            has_previous: self.has_previous,
            is_previous: self.is_previous,
            zoom: self.zoom,
            theme: ThemeChoice::Dark,
            first_step: self.first_step,
        };
        view(ui, &mut self.ui, &shown, &mut self.actions);
    }

    /// A stage on which a program called `server` has made a socket.
    fn with_socket() -> Self {
        let mut stage = Self::default();
        let stamp = |seq| Stamp { seq, at: seq };
        let (program, thread) = (ProgramId(1), ThreadId(1));
        stage.recording.apply(Event::ProgramAdded {
            stamp: stamp(1),
            program,
            name: "server".into(),
            role: Role::Server,
            threading: Threading::ThreadPerSocket,
        });
        stage.recording.apply(Event::ThreadStarted {
            stamp: stamp(2),
            thread,
            program,
            name: "server".into(),
        });
        let started = Started {
            id: CallId(1),
            stamp: stamp(3),
            thread,
            program,
            socket: None,
            fd: None,
            call: Call::Socket {
                family: Family::Ipv4,
                protocol: Protocol::Tcp,
            },
            name: Some("server".into()),
            line: None,
            part: None,
            at_end: false,
        };
        let id = SocketId(1);
        let ended = Ended {
            id: CallId(1),
            stamp: stamp(4),
            outcome: Outcome::Ok(Value::Socket {
                id,
                fd: 7,
                peer: None,
            }),
            offset: None,
            retries: 0,
            note: None,
        };
        stage.recording.apply(Event::Made(started, ended));
        stage
    }
}

fn open(stage: Stage, size: Vec2, view: View) -> Harness<'static, Stage> {
    builder(size).build_ui_state(move |ui, stage: &mut Stage| stage.draw(ui, view), stage)
}

fn builder(size: Vec2) -> egui_kittest::HarnessBuilder<Stage> {
    Harness::builder()
        .with_size(size)
        .with_max_steps(32)
        .with_context_setup(theme::install)
}

const PANEL: Vec2 = vec2(240.0, 640.0);
const WINDOW: Vec2 = vec2(1440.0, 900.0);

fn panel(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    new_socket::new_socket_ui(ui, &mut state.new_socket, shown, actions);
}

fn rail(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    ui.set_width(40.0);
    new_socket::rail_ui(ui, &mut state.new_socket, shown, actions);
}

fn bar(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    top_bar::top_bar_ui(ui, &mut state.dialogs, shown, actions);
}

fn questions(ui: &mut Ui, state: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    dialogs::messages_ui(ui, shown, actions);
    dialogs::dialogs_ui(ui, &mut state.dialogs, shown, actions);
}

fn quick_starts(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    quick_start::quick_start_ui(ui, shown, actions);
}

fn first_screen(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    first_start::first_start_ui(ui, shown, actions);
}

fn strip(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    first_start::first_steps_strip_ui(ui, shown, actions);
}

fn next_bar(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    next_line::next_line_ui(ui, shown, actions);
}

fn player(ui: &mut Ui, _: &mut UiState, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    transport::transport_ui(ui, shown, actions);
}

fn click(harness: &mut Harness<'_, Stage>, name: &str) {
    harness.get_by_label(name).click();
    harness.run();
}

/// Replaces what stands in a field, as a user would: focus, select all, type.
fn retype(harness: &mut Harness<'_, Stage>, name: &str, text: &str) {
    harness.get_by_label(name).focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.key_press(Key::Delete);
    if !text.is_empty() {
        harness.get_by_label(name).type_text(text);
    }
    harness.run();
}

fn pushed(harness: &mut Harness<'_, Stage>) -> Vec<Action> {
    std::mem::take(&mut harness.state_mut().actions)
}

fn says(harness: &Harness<'_, Stage>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

fn wanted(actions: &[Action]) -> Option<&NewSocket> {
    match actions {
        [Action::NewSocket(wanted)] => Some(wanted),
        _ => None,
    }
}

#[test]
fn the_defaults_make_a_blocking_tcp_server_on_loopback() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "socket()");
    let expected = NewSocket {
        role: Role::Server,
        protocol: Protocol::Tcp,
        family: Family::Ipv4,
        mode: BlockingMode::Blocking,
        host: "127.0.0.1".to_owned(),
        port: 5000,
    };
    assert_eq!(pushed(&mut harness), [Action::NewSocket(expected)]);
}

#[test]
fn bad_ports_are_said_beside_the_field_and_make_no_socket() {
    for (text, words) in [
        ("1024", "1024 is below 1025"),
        ("80", "80 is below 1025"),
        ("65536", "65536 is too big"),
        ("99999999999", "99999999999 is too big"),
        ("-1", "-1 is below 0"),
        ("abc", "abc is not a number"),
        ("", "type a port"),
        ("５０００", "not in the digits 0 to 9"),
    ] {
        // The fonts that ship need no full-width digits: a box stands for each.
        let mut harness = builder(PANEL).allow_missing_glyphs().build_ui_state(
            |ui, stage: &mut Stage| stage.draw(ui, panel),
            Stage::default(),
        );
        retype(&mut harness, "New socket port", text);
        assert!(
            says(&harness, words),
            "{text:?} should be answered by {words:?}"
        );
        click(&mut harness, "socket()");
        assert_eq!(pushed(&mut harness), [], "{text:?} made a socket");
        assert!(
            harness.get_by_label("New socket port").is_focused(),
            "{text:?}"
        );
        assert_eq!(
            harness
                .get_by_label("New socket port")
                .value()
                .unwrap_or_default(),
            text,
            "what was typed is lost"
        );
        assert_eq!(
            harness.state().ui.new_socket.choices.port,
            5000,
            "{text:?} is remembered"
        );
    }
}

#[test]
fn good_ports_are_taken_with_spaces_round_them_too() {
    for (text, port) in [("1025", 1025), ("65535", 65535), (" 5000 ", 5000), ("0", 0)] {
        let mut harness = open(Stage::default(), PANEL, panel);
        retype(&mut harness, "New socket port", text);
        click(&mut harness, "socket()");
        let actions = pushed(&mut harness);
        assert_eq!(
            wanted(&actions).map(|wanted| wanted.port),
            Some(port),
            "{text:?}"
        );
    }
}

#[test]
fn any_free_port_is_offered_where_a_port_is_bound_and_refused_where_one_is_reached() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "Use any free port");
    assert!(says(&harness, "any free port: your system picks one"));
    click(&mut harness, "socket()");
    assert_eq!(
        wanted(&pushed(&mut harness)).map(|wanted| wanted.port),
        Some(0)
    );
    click(&mut harness, "For: Client");
    assert!(says(&harness, "0 is no port to reach"));
    assert!(harness.query_by_label("Use any free port").is_none());
    click(&mut harness, "socket()");
    assert_eq!(pushed(&mut harness), []);
}

#[test]
fn the_role_words_the_address_and_decides_whether_everyone_is_offered() {
    for (role, protocol, title, everyone) in [
        ("For: Server", "Protocol: TCP", "Listen on", true),
        ("For: Server", "Protocol: UDP", "Bind to", true),
        ("For: Client", "Protocol: TCP", "Connect to", false),
        ("For: Client", "Protocol: UDP", "Send to", false),
        ("For: Peer", "Protocol: TCP", "Bind to", true),
    ] {
        let mut harness = open(Stage::default(), PANEL, panel);
        click(&mut harness, role);
        click(&mut harness, protocol);
        assert!(harness.query_by_label(title).is_some(), "{role} {protocol}");
        click(&mut harness, "New socket address");
        let offered = harness.query_by_label("0.0.0.0 · everyone who can reach me");
        assert_eq!(offered.is_some(), everyone, "{role} {protocol}");
    }
}

#[test]
fn this_computers_own_addresses_are_offered_by_family() {
    let mut stage = Stage::default();
    for (interface, ip) in [
        ("eth0", "192.168.1.23"),
        ("eth0", "2001:db8::23"),
        ("eth0", "fe80::1"),
    ] {
        stage.addresses.push(LocalAddress {
            interface: interface.to_owned(),
            ip: ip.parse().unwrap(),
        });
    }
    let mut harness = open(stage, PANEL, panel);
    click(&mut harness, "New socket address");
    assert!(
        harness
            .query_by_label("2001:db8::23 · my network, eth0")
            .is_none()
    );
    click(&mut harness, "192.168.1.23 · my network, eth0");
    assert!(says(
        &harness,
        "Others can reach this: Sockeye asks before it binds"
    ));
    click(&mut harness, "socket()");
    let actions = pushed(&mut harness);
    assert_eq!(wanted(&actions).unwrap().host, "192.168.1.23");
    click(&mut harness, "Family: IPv6");
    assert!(!says(&harness, "Others can reach this"), "it is ::1 now");
    click(&mut harness, "New socket address");
    assert!(
        harness
            .query_by_label("fe80::1 · my network, eth0")
            .is_none()
    );
    click(&mut harness, ":: · everyone who can reach me");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "::");
}

#[test]
fn a_client_is_never_left_with_all_addresses() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "New socket address");
    click(&mut harness, "0.0.0.0 · everyone who can reach me");
    click(&mut harness, "For: Client");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "127.0.0.1");
}

#[test]
fn any_other_address_can_be_typed_and_is_explained() {
    for (family, text, words, host) in [
        (
            "Family: IPv4",
            "localhost",
            "localhost is 127.0.0.1",
            Some("127.0.0.1"),
        ),
        ("Family: IPv6", "localhost", "localhost is ::1", Some("::1")),
        ("Family: IPv6", "::1", "", Some("::1")),
        (
            "Family: IPv4",
            "::1",
            "an IPv6 address for an IPv4 socket",
            Some("::1"),
        ),
        (
            "Family: IPv4",
            " 10.0.0.7 ",
            "Others can reach this",
            Some("10.0.0.7"),
        ),
        (
            "Family: IPv4",
            "",
            "all addresses of this computer",
            Some("0.0.0.0"),
        ),
        ("Family: IPv4", "256.1.1.1", "256.1.1.1 is no address", None),
        ("Family: IPv4", "example", "names are not looked up", None),
        ("Family: IPv6", ":::", "is no IPv6 address", None),
    ] {
        let mut harness = open(Stage::default(), PANEL, panel);
        click(&mut harness, family);
        click(&mut harness, "New socket address");
        click(&mut harness, "another address …");
        assert!(
            harness
                .get_by_label("New socket other address")
                .is_focused()
        );
        retype(&mut harness, "New socket other address", text);
        assert!(
            says(&harness, words),
            "{text:?} should be answered by {words:?}"
        );
        click(&mut harness, "socket()");
        let actions = pushed(&mut harness);
        let made = wanted(&actions).map(|wanted| wanted.host.as_str());
        assert_eq!(made, host, "{text:?}");
        let remembered = &harness.state().ui.new_socket.choices.host;
        assert!(
            remembered.parse::<std::net::IpAddr>().is_ok(),
            "{text:?} kept {remembered:?}"
        );
    }
}

#[test]
fn a_client_needs_an_address_to_reach() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "For: Client");
    assert!(says(
        &harness,
        "A client needs no bind: connect picks its port."
    ));
    click(&mut harness, "New socket address");
    click(&mut harness, "another address …");
    retype(&mut harness, "New socket other address", "");
    assert!(says(&harness, "type the address to reach"));
    click(&mut harness, "socket()");
    assert_eq!(pushed(&mut harness), []);
}

#[test]
fn every_choice_of_kind_reaches_the_socket() {
    let mut harness = open(Stage::default(), PANEL, panel);
    for name in [
        "For: Peer",
        "Protocol: UDP",
        "Family: IPv6",
        "Mode: Non-blocking",
        "socket()",
    ] {
        click(&mut harness, name);
    }
    let expected = NewSocket {
        role: Role::Peer,
        protocol: Protocol::Udp,
        family: Family::Ipv6,
        mode: BlockingMode::NonBlocking,
        host: "::1".to_owned(),
        port: 5000,
    };
    assert_eq!(pushed(&mut harness), [Action::NewSocket(expected)]);
}

#[test]
fn choices_survive_a_settings_file_and_an_older_one() {
    let choices = NewSocketChoices {
        role: Role::Peer,
        protocol: Protocol::Udp,
        family: Family::Ipv6,
        mode: BlockingMode::NonBlocking,
        host: "::1".to_owned(),
        port: 0,
    };
    let text = toml::to_string(&choices).unwrap();
    assert_eq!(toml::from_str::<NewSocketChoices>(&text).unwrap(), choices);
    let older = toml::from_str::<NewSocketChoices>("port = 6000").unwrap();
    assert_eq!((older.port, older.role), (6000, Role::Server));
}

#[test]
fn the_ruler_says_where_the_port_lies() {
    let mut harness = open(Stage::default(), PANEL, panel);
    assert!(says(&harness, "Port ruler: 5000 is among yours"));
    retype(&mut harness, "New socket port", "80");
    assert!(says(&harness, "Port ruler: 80 is among the reserved"));
    retype(&mut harness, "New socket port", "70000");
    assert!(says(&harness, "Port ruler: no port to show"));
}

#[test]
fn nothing_below_the_port_moves_while_it_is_typed() {
    let mut harness = open(Stage::default(), PANEL, panel);
    let before = harness.get_by_label("socket()").rect();
    for text in ["80", "70000", "abc", "", "0", "99999999999"] {
        retype(&mut harness, "New socket port", text);
        assert_eq!(harness.get_by_label("socket()").rect(), before, "{text:?}");
    }
}

#[test]
fn the_rail_opens_the_panel_and_closes_it_with_escape_a_click_beside_or_a_socket() {
    let mut harness = open(Stage::default(), vec2(1024.0, 700.0), rail);
    assert!(harness.query_by_label("socket()").is_none());
    click(&mut harness, "New socket");
    click(&mut harness, "New socket address");
    click(&mut harness, "0.0.0.0 · everyone who can reach me");
    assert!(
        harness.query_by_label("socket()").is_some(),
        "its list closes it"
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert!(
        harness.query_by_label("socket()").is_none(),
        "Escape leaves it open"
    );
    click(&mut harness, "New socket");
    harness.drag_at(vec2(800.0, 500.0).to_pos2());
    harness.drop_at(vec2(800.0, 500.0).to_pos2());
    harness.run();
    assert!(
        harness.query_by_label("socket()").is_none(),
        "a click beside leaves it open"
    );
    click(&mut harness, "New socket");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "0.0.0.0");
    assert!(
        harness.query_by_label("socket()").is_none(),
        "a socket leaves it open"
    );
    click(&mut harness, "Play Non-blocking");
    assert_eq!(
        pushed(&mut harness),
        [Action::Play("non-blocking".to_owned())]
    );
}

#[test]
fn each_quick_start_plays_its_script() {
    let mut harness = open(Stage::default(), PANEL, quick_starts);
    for (name, script) in [
        ("Play TCP: reply in CAPITALS", "tcp-capitalise"),
        ("Play UDP: reply in CAPITALS", "udp-capitalise"),
        ("Play Non-blocking", "non-blocking"),
        ("Play Peer to peer", "peer-to-peer"),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [Action::Play(script.to_owned())]);
        assert!(
            sockeye::script::catalog::find(script).is_some(),
            "{script} does not ship"
        );
    }
}

fn run(script: &str) -> Next {
    Next::Run {
        script: script.to_owned(),
        title: script.to_owned(),
        why: "because".to_owned(),
    }
}

#[test]
fn the_first_screen_offers_step_one_and_what_else_there_is() {
    let stage = Stage {
        first_step: Some(1),
        next: run("start-server"),
        ..Stage::default()
    };
    let mut harness = open(stage, vec2(872.0, 600.0), first_screen);
    click(&mut harness, "2 Start a client");
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [], "step 1 comes first");
    click(&mut harness, "1 Start a server");
    assert_eq!(
        pushed(&mut harness),
        [Action::Run("start-server".to_owned())]
    );
    for (name, script) in [
        ("Watch it", "tcp-capitalise"),
        ("UDP", "udp-capitalise"),
        ("Non-blocking", "non-blocking"),
        ("Peer to peer", "peer-to-peer"),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [Action::Play(script.to_owned())]);
    }
}

#[test]
fn the_strip_keeps_the_steps_that_are_left_until_all_are_done() {
    let stage = Stage {
        first_step: Some(2),
        next: run("start-client"),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 60.0), strip);
    click(&mut harness, "1 Start a server");
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), []);
    click(&mut harness, "2 Start a client");
    assert_eq!(
        pushed(&mut harness),
        [Action::Run("start-client".to_owned())]
    );
    harness.state_mut().first_step = Some(3);
    harness.run();
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [], "the client is not connected yet");
    harness.state_mut().next = run("send-hello");
    harness.run();
    click(&mut harness, "3 Send \"hello sockets\"");
    assert_eq!(pushed(&mut harness), [Action::Run("send-hello".to_owned())]);
    harness.state_mut().first_step = None;
    harness.run();
    assert!(harness.query_by_label("3 Send \"hello sockets\"").is_none());
}

#[test]
fn the_next_line_says_one_thing_and_does_it() {
    let stage = Stage {
        next: Next::Call {
            socket: SocketId(1),
            call: Call::Connect {
                address: "127.0.0.1:5000".parse().unwrap(),
            },
            why: "the server listens there".to_owned(),
        },
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 36.0), next_bar);
    assert!(says(&harness, "#1 connect → 127.0.0.1:5000"));
    assert!(says(&harness, "the server listens there"));
    click(&mut harness, "Do it");
    assert_eq!(pushed(&mut harness), [Action::DoNext]);
    harness.state_mut().next = Next::Nothing {
        why: "all is closed".to_owned(),
    };
    harness.run();
    assert!(says(&harness, "all is closed"));
    assert!(harness.query_by_label("Do it").is_none());
}

#[test]
fn a_long_next_line_leaves_its_button_in_the_window() {
    let stage = Stage {
        next: Next::Call {
            socket: SocketId(1),
            call: Call::SendTo {
                payload: sockeye::model::payload::Payload::literal(&[b'x'; 400]),
                address: "[2001:db8:1234:5678:9abc:def0:1234:5678]:50000"
                    .parse()
                    .unwrap(),
            },
            why: "a reason that is rather long and goes on for a while after the statement"
                .to_owned(),
        },
        ..Stage::with_socket()
    };
    let harness = open(stage, vec2(500.0, 36.0), next_bar);
    assert!(harness.get_by_label("Do it").rect().right() <= 500.0);
}

fn playing() -> Playing {
    Playing {
        title: "TCP: reply in CAPITALS".to_owned(),
        step: 5,
        of: 9,
        runs: true,
        pause: Duration::from_secs(2),
        next: Some("data = conn.recv(1024)".to_owned()),
        narration: Some("The server reads what came.".to_owned()),
        waits_for: None,
    }
}

#[test]
fn the_transport_steps_plays_pauses_and_leaves() {
    let stage = Stage {
        playing: Some(playing()),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 64.0), player);
    for words in [
        "The server reads what came.",
        "data = conn.recv(1024)",
        "step 5 of 9",
        "5 of 9 steps played",
    ] {
        assert!(says(&harness, words), "{words}");
    }
    click(&mut harness, "Step");
    click(&mut harness, "Pause");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::Transport(Transport::Step),
            Action::Transport(Transport::Pause)
        ]
    );
    click(&mut harness, "Pause between steps");
    click(&mut harness, "0.5 s");
    assert_eq!(
        pushed(&mut harness),
        [Action::Transport(Transport::SetPause(
            Duration::from_millis(500)
        ))]
    );
    harness.state_mut().playing.as_mut().unwrap().runs = false;
    harness.run();
    click(&mut harness, "Play");
    click(&mut harness, "Stop playing");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::Transport(Transport::Play),
            Action::Transport(Transport::Stop)
        ]
    );
    harness.state_mut().playing = None;
    harness.run();
    assert!(harness.query_by_label("Step").is_none());
}

#[test]
fn the_transport_says_what_it_waits_for_and_when_it_is_over() {
    let stage = Stage {
        playing: Some(Playing {
            of: 4000,
            waits_for: Some("conn, which accept has not returned".to_owned()),
            ..playing()
        }),
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(872.0, 64.0), player);
    assert!(says(
        &harness,
        "waits for conn, which accept has not returned"
    ));
    assert!(harness.get_by_label("step 5 of 4000").rect().right() <= 872.0);
    harness.state_mut().playing.as_mut().unwrap().next = None;
    harness.run();
    assert!(says(&harness, "played to its end"));
    click(&mut harness, "Step");
    assert_eq!(pushed(&mut harness), []);
}

fn reachable(address: SocketAddr) -> ReachableQuestion {
    ReachableQuestion::Call {
        socket: SocketId(1),
        call: Call::Bind { address },
    }
}

#[test]
fn the_reachable_question_names_the_port_and_takes_three_answers() {
    for (button, answer) in [
        ("Bind anyway", ReachableAnswer::Allow),
        (
            "Bind to 127.0.0.1 instead",
            ReachableAnswer::LoopbackInstead,
        ),
        ("Cancel", ReachableAnswer::Cancel),
    ] {
        let mut stage = Stage::with_socket();
        stage.ui.dialogs.reachable = Some(reachable("0.0.0.0:5000".parse().unwrap()));
        let mut harness = open(stage, WINDOW, questions);
        assert!(says(
            &harness,
            "Others on your network will be able to reach port 5000"
        ));
        assert!(says(&harness, "server.bind((\"0.0.0.0\", 5000))"));
        click(&mut harness, button);
        assert_eq!(pushed(&mut harness), [Action::ReachableAnswer(answer)]);
    }
    let mut stage = Stage::with_socket();
    stage.ui.dialogs.reachable = Some(reachable("[::]:0".parse().unwrap()));
    let mut harness = open(stage, WINDOW, questions);
    assert!(says(&harness, "the port that your system will choose"));
    assert!(
        harness.get_by_label("Bind to ::1 instead").is_focused(),
        "the safe answer has the keyboard"
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(
        pushed(&mut harness),
        [Action::ReachableAnswer(ReachableAnswer::Cancel)]
    );
}

#[test]
fn the_question_before_a_quick_start_takes_three_answers() {
    let question = PlayQuestion {
        script: "tcp-capitalise".to_owned(),
        open: 3,
        port: 5000,
        other_port: 5001,
    };
    for (button, answer) in [
        (Some("Close all and play"), PlayAnswer::CloseAllAndPlay),
        (Some("Play on port 5001"), PlayAnswer::OtherPort),
        (Some("Cancel"), PlayAnswer::Cancel),
        (None, PlayAnswer::Cancel),
    ] {
        let mut stage = Stage::with_socket();
        stage.ui.dialogs.play = Some(question.clone());
        let mut harness = open(stage, WINDOW, questions);
        assert!(says(&harness, "3 sockets are open"));
        if let Some(name) = button {
            click(&mut harness, name);
        } else {
            harness.key_press(Key::Escape);
            harness.run();
        }
        assert_eq!(pushed(&mut harness), [Action::PlayAnswer(answer)]);
    }
}

fn export_dialog() -> Harness<'static, Stage> {
    let mut stage = Stage::with_socket();
    stage.ui.dialogs.open_export("/somewhere/log".to_owned());
    open(stage, WINDOW, questions)
}

fn export_path(harness: &Harness<'_, Stage>) -> String {
    harness
        .get_by_label("Export path")
        .value()
        .unwrap_or_default()
}

#[test]
fn the_export_writes_the_format_to_the_path_in_the_box() {
    let mut harness = export_dialog();
    assert_eq!(export_path(&harness), "/somewhere/log.txt");
    click(&mut harness, "Format: CSV");
    assert_eq!(export_path(&harness), "/somewhere/log.csv");
    retype(&mut harness, "Export path", "/other/mine.data");
    click(&mut harness, "Format: JSON Lines");
    assert_eq!(
        export_path(&harness),
        "/other/mine.data",
        "a typed ending stays"
    );
    click(&mut harness, "Browse …");
    click(&mut harness, "Save");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::BrowseExport(ExportFormat::JsonLines),
            Action::Export(ExportFormat::JsonLines, PathBuf::from("/other/mine.data")),
        ]
    );
}

#[test]
fn the_export_refuses_no_path_and_a_folder_and_says_what_failed() {
    let mut harness = export_dialog();
    for (text, words) in [
        ("", "type where the file is to go"),
        ("/somewhere/", "that is a folder"),
    ] {
        retype(&mut harness, "Export path", text);
        assert!(says(&harness, words));
        click(&mut harness, "Save");
        assert_eq!(pushed(&mut harness), []);
    }
    retype(&mut harness, "Export path", "/nowhere/log.txt");
    harness
        .state_mut()
        .ui
        .dialogs
        .export_failed("There is no folder /nowhere.");
    harness.run();
    assert!(says(&harness, "There is no folder /nowhere."));
    click(&mut harness, "Save");
    assert_eq!(pushed(&mut harness).len(), 1, "one may try again");
    harness
        .state_mut()
        .ui
        .dialogs
        .path_chosen(&PathBuf::from("/home/log.csv"));
    harness.run();
    assert_eq!(export_path(&harness), "/home/log.csv");
    assert!(!says(&harness, "There is no folder"));
    harness.state_mut().ui.dialogs.no_desktop_dialog();
    harness.run();
    assert!(says(&harness, "no dialog to offer: type the path"));
    harness.state_mut().ui.dialogs.export_done();
    harness.run();
    assert!(harness.query_by_label("Export path").is_none());
}

#[test]
fn enter_saves_and_escape_leaves_the_export() {
    let mut harness = export_dialog();
    assert!(harness.get_by_label("Export path").is_focused());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        pushed(&mut harness),
        [Action::Export(
            ExportFormat::Text,
            PathBuf::from("/somewhere/log.txt")
        )]
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Export path").is_none());
}

#[test]
fn the_help_lists_keys_and_words_and_narrows_them_down() {
    let mut stage = Stage::default();
    stage.ui.dialogs.toggle_help();
    let mut harness = open(stage, WINDOW, questions);
    assert!(harness.query_by_label("Ctrl+Enter").is_some());
    assert!(harness.query_by_label("accept queue").is_some());
    assert!(harness.get_by_label("Search help").is_focused());
    harness.get_by_label("Search help").type_text("accept");
    harness.run();
    assert!(harness.query_by_label("accept queue").is_some());
    assert!(harness.query_by_label("Ctrl+Enter").is_none());
    click(&mut harness, "Close help");
    assert!(harness.query_by_label("Search help").is_none());
}

#[test]
fn messages_stand_until_they_are_closed() {
    let stage = Stage {
        messages: vec![
            Message {
                id: 4,
                text: "Saved.".to_owned(),
                is_error: false,
            },
            Message {
                id: 9,
                text: "The settings could not be kept.".to_owned(),
                is_error: true,
            },
        ],
        ..Stage::default()
    };
    let mut harness = open(stage, WINDOW, questions);
    assert!(harness.query_by_label("Saved.").is_some());
    click(
        &mut harness,
        "Close message: The settings could not be kept.",
    );
    assert_eq!(pushed(&mut harness), [Action::Dismiss(9)]);
}

#[test]
fn the_top_bar_offers_only_what_would_do_something() {
    let mut harness = open(Stage::default(), vec2(1440.0, 44.0), bar);
    for name in ["Close all", "Reset", "Previous", "Menu", "Inspector"] {
        assert!(harness.query_by_label(name).is_none(), "{name}");
    }
    *harness.state_mut() = Stage {
        has_previous: true,
        ..Stage::with_socket()
    };
    harness.run();
    for (name, action) in [
        ("Close all", Action::CloseAll),
        ("Reset", Action::Reset),
        ("Previous", Action::ShowPrevious(true)),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [action]);
    }
    harness.state_mut().is_previous = true;
    harness.run();
    assert!(harness.query_by_label("Reset").is_none());
    click(&mut harness, "Back to the present");
    assert_eq!(pushed(&mut harness), [Action::ShowPrevious(false)]);
}

#[test]
fn the_top_bar_folds_its_words_into_a_menu() {
    let mut harness = open(Stage::with_socket(), vec2(1024.0, 400.0), bar);
    assert!(harness.query_by_label("Close all").is_none());
    click(&mut harness, "Menu");
    click(&mut harness, "Close all");
    click(&mut harness, "Inspector");
    assert_eq!(
        pushed(&mut harness),
        [Action::CloseAll, Action::ToggleInspector]
    );
    click(&mut harness, "Menu");
    click(&mut harness, "Help");
    assert!(harness.state().ui.dialogs.is_open());
}

#[test]
fn zoom_goes_in_steps_within_its_bounds_and_the_theme_is_chosen_by_name() {
    let mut harness = open(Stage::default(), vec2(1440.0, 400.0), bar);
    let mut zooms = Vec::new();
    for (zoom, name) in [
        (1.0, "Larger"),
        (1.0, "Smaller"),
        (3.0, "Larger"),
        (0.5, "Smaller"),
        (1.7, "Zoom back to 100 %"),
    ] {
        harness.state_mut().zoom = zoom;
        harness.run();
        click(&mut harness, name);
        zooms.extend(pushed(&mut harness));
    }
    assert_eq!(zooms, [1.1, 0.9, 3.0, 0.5, 1.0].map(Action::SetZoom));
    click(&mut harness, "Theme");
    click(&mut harness, "Light");
    assert_eq!(pushed(&mut harness), [Action::SetTheme(ThemeChoice::Light)]);
    click(&mut harness, "Help");
    assert!(harness.state().ui.dialogs.is_open());
}

/// Everything that can be clicked or typed in.
fn is_control(role: AccessRole) -> bool {
    matches!(
        role,
        AccessRole::Button
            | AccessRole::RadioButton
            | AccessRole::ComboBox
            | AccessRole::TextInput
            | AccessRole::Link
            | AccessRole::Switch
    )
}

#[test]
fn every_panel_holds_in_both_themes_and_three_zooms() {
    let views: [(&str, View, Vec2); 8] = [
        ("panel", panel, PANEL),
        ("rail", rail, vec2(1024.0, 700.0)),
        ("quick starts", quick_starts, PANEL),
        ("first screen", first_screen, vec2(872.0, 640.0)),
        ("strip", strip, vec2(872.0, 60.0)),
        ("next line", next_bar, vec2(872.0, 36.0)),
        ("transport", player, vec2(872.0, 64.0)),
        ("top bar", bar, vec2(1024.0, 44.0)),
    ];
    for theme in [Theme::Dark, Theme::Light] {
        for zoom in [0.5, 1.0, 3.0] {
            for (name, view, size) in views {
                let stage = Stage {
                    playing: (name == "transport").then(playing),
                    first_step: Some(2),
                    next: run("start-client"),
                    ..Stage::with_socket()
                };
                let mut harness = builder(size)
                    .with_theme(theme)
                    .with_pixels_per_point(zoom)
                    .build_ui_state(move |ui, stage: &mut Stage| stage.draw(ui, view), stage);
                harness.run();
                assert_controls(&harness, size, name);
            }
        }
    }
}

/// Each control has a name of its own, a size one can hit, and lies inside the window.
fn assert_controls(harness: &Harness<'_, Stage>, size: Vec2, view: &str) {
    let mut names = Vec::new();
    for node in harness.root().children_recursive() {
        let control = node.accesskit_node();
        if !is_control(control.role()) {
            continue;
        }
        let name = control.label().unwrap_or_default();
        let rect = node.rect();
        assert!(
            !name.is_empty(),
            "{view}: a control without a name at {rect:?}"
        );
        assert!(
            rect.width() >= 24.0 && rect.height() >= 24.0,
            "{view}: {name} is {rect:?}"
        );
        assert!(
            rect.left() >= 0.0 && rect.right() <= size.x + 0.5,
            "{view}: {name} leaves the window: {rect:?}"
        );
        assert!(!names.contains(&name), "{view}: two controls called {name}");
        names.push(name);
    }
    assert!(!names.is_empty(), "{view} shows no control");
}

#[test]
fn the_keyboard_reaches_the_panel_in_reading_order() {
    let mut harness = open(Stage::default(), PANEL, panel);
    let mut order = Vec::new();
    for _ in 0..40 {
        harness.key_press(Key::Tab);
        harness.run();
        let focused = harness
            .root()
            .children_recursive()
            .find(egui_kittest::Node::is_focused)
            .and_then(|node| node.accesskit_node().label());
        if let Some(name) = focused
            && !order.contains(&name)
        {
            order.push(name);
        }
    }
    let expected = [
        "For: Server",
        "For: Client",
        "For: Peer",
        "Protocol: TCP",
        "Protocol: UDP",
        "Family: IPv4",
        "Family: IPv6",
        "Mode: Blocking",
        "Mode: Non-blocking",
        "New socket address",
        "Use any free port",
        "New socket port",
        "socket()",
    ];
    assert_eq!(order, expected);
}
