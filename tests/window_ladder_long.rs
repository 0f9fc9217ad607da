//! The ladder over long recordings, and where its parts lie one over another.

mod by_hand;
#[path = "window_cards/scene.rs"]
#[allow(dead_code, reason = "each test file uses its own part")]
mod scene;
mod window_app;

use eframe::egui::accesskit::Toggled;
use eframe::egui::{
    self, CentralPanel, Event, Modifiers, MouseWheelUnit, Pos2, Rect, Role as AccessRole,
    TouchPhase, vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::model::call::{BlockingMode, Call, Outcome, SocketId, Value};
use sockeye::model::ladder::Ladder;
use sockeye::model::recording::{Recording, RowNumber};
use sockeye::views::cards::CardsState;
use sockeye::views::columns::{ColumnsState, columns_ui};
use sockeye::views::{Action, Next, Shown, theme};

use scene::{Scene, address, received, send};
use window_app::Window;

/// The centre of the window, with the row that was chosen and whether it follows.
struct Centre {
    recording: Recording,
    ladder: Ladder,
    now: u64,
    columns: ColumnsState,
    cards: CardsState,
    row: Option<RowNumber>,
    follow: bool,
}

impl Centre {
    fn ui(&mut self, ui: &mut egui::Ui) {
        let next = Next::Nothing { why: String::new() };
        let shown = Shown {
            now: self.now,
            row: self.row,
            ..by_hand::shown(&self.recording, &self.ladder, &next)
        };
        let mut actions = Vec::new();
        CentralPanel::no_frame().show(ui, |ui| {
            let (columns, cards) = (&mut self.columns, &mut self.cards);
            columns_ui(ui, columns, cards, &mut self.follow, &shown, &mut actions);
        });
        for action in actions {
            if let Action::SelectRow(row) = action {
                self.row = row;
            }
        }
    }
}

fn open(scene: Scene) -> Harness<'static, Centre> {
    let centre = Centre {
        ladder: Ladder::of(&scene.recording),
        recording: scene.recording,
        now: scene.now,
        columns: ColumnsState::default(),
        cards: CardsState::default(),
        row: None,
        follow: true,
    };
    let mut harness = Harness::builder()
        .with_size(vec2(1300.0, 800.0))
        .with_context_setup(theme::install)
        .build_ui_state(|ui, centre: &mut Centre| centre.ui(ui), centre);
    harness.run_steps(4);
    harness
}

fn choose(harness: &mut Harness<'_, Centre>, row: u64) {
    harness.state_mut().row = Some(RowNumber(row));
    harness.run_steps(4);
}

/// The places of what can be chosen in the ladder and whose name begins so, the highest first.
fn places(harness: &Harness<'_, Centre>, begins: &str) -> Vec<(String, Rect)> {
    let mut found: Vec<(String, Rect)> = harness
        .query_all_by_role(AccessRole::Button)
        .filter_map(|node| {
            // A method of a card has such a name too, but cannot be chosen.
            node.accesskit_node().toggled()?;
            let name = node.accesskit_node().label()?;
            name.starts_with(begins).then(|| (name, node.rect()))
        })
        .collect();
    found.sort_by(|one, other| one.1.top().total_cmp(&other.1.top()));
    found
}

fn ladder(harness: &Harness<'_, Centre>) -> Rect {
    harness.get_by_label("Ladder").rect()
}

/// A server that accepts in vain while a client and a connection exchange so many messages; each recv has a number.
fn waiting_beside(messages: usize) -> Scene {
    let mut scene = Scene::new();
    let (server, client, conn) = scene.connected();
    scene.start(server, Call::Accept);
    for number in 0..messages {
        let offset = number as u64;
        scene.moved(client, send(b"x"), Outcome::Ok(Value::Sent(1)), offset);
        let max = u32::try_from(10_000 + number).unwrap_or(u32::MAX);
        scene.moved(conn, Call::Recv { max }, received(b"x", None), offset);
    }
    scene
}

#[test]
fn a_wait_beside_100_000_calls_is_in_view_everywhere_and_costs_no_more_than_one_beside_ten() {
    let few = open(waiting_beside(5));
    let mut many = open(waiting_beside(50_000));
    let middle = many.state().recording.len() as u64 / 2;
    for chosen in [None, Some(middle), Some(20)] {
        if let Some(row) = chosen {
            choose(&mut many, row);
        }
        let view = ladder(&many);
        let waits = places(&many, "server accept waits");
        assert_eq!(waits.len(), 1, "at {chosen:?}: {:?}", places(&many, ""));
        assert!(view.contains_rect(waits[0].1), "{waits:?} in {view:?}");
        let (few, many) = (few.output().shapes.len(), many.output().shapes.len());
        assert!(
            many < 2 * few,
            "at {chosen:?}: {many} shapes, with ten calls {few}"
        );
    }
}

/// The row of the recv with that number.
fn row_of(recording: &Recording, number: u64) -> Option<RowNumber> {
    (0..recording.len())
        .filter_map(|index| recording.row(index))
        .find(|entry| matches!(entry.call, Call::Recv { max } if u64::from(max) == number))
        .map(|entry| entry.number)
}

#[test]
fn a_chosen_row_stands_where_it_belongs_at_any_depth() {
    let mut harness = open(waiting_beside(50_000));
    for number in [10_000_u64, 34_567, 59_999] {
        let row = row_of(&harness.state().recording, number);
        assert!(row.is_some(), "recv({number})");
        harness.state_mut().row = row;
        harness.run_steps(4);
        assert!(!harness.state().follow);
        let begins = format!("conn recv({number})");
        let found = places(&harness, &begins);
        assert_eq!(found.len(), 1, "{begins}: {:?}", places(&harness, ""));
        let chosen = harness
            .query_all_by_role(AccessRole::Button)
            .filter(|node| node.accesskit_node().toggled() == Some(Toggled::True))
            .filter(|node| {
                let name = node.accesskit_node().label();
                name.is_some_and(|name| name.starts_with("conn recv("))
            })
            .count();
        assert_eq!(chosen, 1, "{begins}");
        // A send and a recv, each a row of its own: neighbours stand two pitches apart, to the point.
        let whole = places(&harness, "conn recv(");
        let whole = whole.iter().filter(|(_, rect)| rect.height() > 19.0);
        let tops: Vec<f32> = whole.map(|(_, rect)| rect.top()).collect();
        assert!(tops.len() > 3, "{tops:?}");
        for pair in tops.windows(2) {
            let apart = pair[1] - pair[0];
            assert!((48.0..48.5).contains(&apart), "at {number}: {apart}");
        }
    }
}

/// Bytes sent before accept, taken by two calls after it, while the client between the two columns makes calls.
fn early_bytes() -> (Scene, usize) {
    let mut scene = Scene::new();
    let server = scene.listener(5000);
    let other = scene.client();
    let client = scene.client();
    let target = address("127.0.0.1:5000");
    scene.done(client, Call::Connect { address: target });
    scene.observe(
        client,
        scene::unread(0, "127.0.0.1:51724", "127.0.0.1:5000"),
    );
    scene.moved(client, send(b"hello"), Outcome::Ok(Value::Sent(5)), 0);
    let calls = 4;
    for _ in 0..calls {
        scene.done(
            other,
            Call::SetBlocking {
                mode: BlockingMode::NonBlocking,
            },
        );
    }
    let conn = scene.accept(server, "127.0.0.1:51724");
    for (max, bytes, offset) in [(3, &b"hel"[..], 0), (1024, b"lo", 3)] {
        scene.moved(conn, Call::Recv { max }, received(bytes, None), offset);
    }
    (scene, calls)
}

#[test]
fn an_arrow_takes_no_click_from_the_boxes_under_it() {
    let (scene, calls) = early_bytes();
    let mut harness = open(scene);
    let boxes = places(&harness, "client setblocking");
    assert_eq!(boxes.len(), calls);
    for (_, rect) in boxes {
        harness.state_mut().row = None;
        harness.run_steps(2);
        click_at(&mut harness, rect.center());
        let row = harness.state().row;
        let entry = row.and_then(|row| harness.state().recording.numbered(row));
        let text = entry.map(|entry| entry.text(harness.state().recording.sockets(), 64));
        let text = text.unwrap_or_default();
        assert!(
            text.contains("setblocking"),
            "a click at {rect:?} chose {text:?}"
        );
    }
}

fn click_at(harness: &mut Harness<'_, Centre>, at: Pos2) {
    harness.hover_at(at);
    harness.run_steps(2);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run_steps(2);
}

#[test]
fn scrolling_the_log_up_stops_following_though_the_ladder_is_at_its_end() {
    let mut window = Window::open();
    window.make(&["For: Server", "Protocol: TCP"], "server");
    for _ in 0..12 {
        let server = SocketId(1);
        submit_recv(&window, server);
    }
    window.until("all was called", |window| window.recording().len() >= 13);
    assert!(follows(&window));
    let rows = window.node(AccessRole::List, "Log rows").rect();
    window.harness.hover_at(rows.center());
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 60.0),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    for _ in 0..30 {
        window.harness.step();
    }
    assert!(!follows(&window), "it followed again by itself");
}

/// A call that fails at once: what it does is not asked here.
fn submit_recv(window: &Window, socket: SocketId) {
    use sockeye::network::{Network as _, Request};
    window
        .network
        .submit(Request::on(socket, Call::Recv { max: 5 }));
}

fn follows(window: &Window) -> bool {
    let switch = window.node(AccessRole::Switch, "Follow the log");
    switch.accesskit_node().toggled() == Some(Toggled::True)
}

#[test]
fn a_wait_is_seen_though_its_beginning_was_let_go() {
    let harness = open(waiting_beside(95_000));
    assert!(harness.state().ladder.top() > 0.0, "nothing was let go");
    let waits = places(&harness, "server accept waits");
    assert_eq!(waits.len(), 1);
}
