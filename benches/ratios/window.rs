//! Sockeye's whole window without a display: what a frame of it costs in processor time for layout, paint lists and
//! tessellation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use eframe::App as _;
use eframe::egui::{self, Event, MouseWheelUnit, Pos2, Rect, TouchPhase, pos2, vec2};
use rustix::time::{ClockId, clock_gettime};
use sockeye::app::{App, Settings, Setup};
use sockeye::model::call::{Call, SocketId};
use sockeye::model::payload::Payload;
use sockeye::model::recording::Recording;
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, NetworkHandle, Request};
use sockeye::script::options::Ports;
use sockeye::script::{Loaded, What};

const DEADLINE: Duration = Duration::from_mins(5);

/// Over the ladder.
pub const LADDER: Pos2 = pos2(700.0, 560.0);
/// Over the log.
pub const LOG: Pos2 = pos2(700.0, 800.0);

/// What the wheel does in a frame, points, and where.
#[derive(Clone, Copy, Debug)]
pub struct Wheel {
    pub by: f32,
    pub over: Pos2,
}

impl Wheel {
    pub const RESTS: Self = Self {
        by: 0.0,
        over: LADDER,
    };
}

pub struct Window {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    time: f64,
    /// Where the track of moments is.
    track: Rect,
}

impl Window {
    /// A window on a network, with what it opens at its start.
    pub fn open(network: NetworkHandle, loaded: Option<Loaded>) -> Self {
        let setup = Setup {
            network,
            settings: Settings::default(),
            settings_path: None,
            last_session_path: None,
            notice: None,
            loaded,
            executable: None,
            file_opener: sockeye::file_dialog::desktop(),
            ports: Ports::Free,
            close_patience: Duration::from_secs(1),
        };
        let ctx = egui::Context::default();
        let app = App::new(&ctx, setup).expect("threads");
        Self {
            ctx,
            app,
            frame: eframe::Frame::_new_kittest(),
            time: 0.0,
            track: Rect::NOTHING,
        }
    }

    /// A window that shows a session from a file.
    pub fn showing(recording: Recording) -> Self {
        let network = KernelNetwork::start().expect("a network");
        let loaded = Loaded {
            title: "bench".to_owned(),
            what: What::Session(Box::new(recording)),
        };
        let mut window = Self::open(network, Some(loaded));
        let deadline = Instant::now() + DEADLINE;
        // Its past is folded on a thread of its own.
        while !window.says("Nothing can be called in it.") {
            assert!(Instant::now() < deadline, "it was never opened");
            std::thread::sleep(Duration::from_millis(10));
        }
        window
    }

    /// A window whose session holds so many calls: sends and receives over one connection.
    pub fn with_calls(calls: u64) -> Self {
        let network = KernelNetwork::start().expect("a network");
        let handle: NetworkHandle = Arc::<KernelNetwork>::clone(&network);
        let mut window = Self::open(handle, Some(script()));
        window.until("connected", |window| window.socket("conn").is_some());
        let (client, conn) = (window.named("client"), window.named("conn"));
        let payload = Payload::literal(b"hello sockets");
        let mut made = window.app.recording().calls();
        while made < calls {
            let call = Call::Send {
                payload: payload.clone(),
            };
            network.submit(Request::on(client, call));
            network.submit(Request::on(conn, Call::Recv { max: 13 }));
            made += 2;
            // In turns so short that the window keeps up, and no rows are folded.
            if made % 200 < 2 || made >= calls {
                window.until("received", |window| {
                    let recording = window.app.recording();
                    recording.calls() >= made && recording.waiting() == 0
                });
            }
        }
        window.find_track();
        window
    }

    /// How many calls were made in the session that goes on.
    pub fn calls(&self) -> u64 {
        self.app.recording().calls()
    }

    fn socket(&self, name: &str) -> Option<SocketId> {
        Some(self.app.recording().sockets().named(name)?.id)
    }

    fn named(&self, name: &str) -> SocketId {
        self.socket(name).expect("the script made it")
    }

    pub fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !done(self) {
            assert!(Instant::now() < deadline, "never happened: {what}");
            self.frame(Wheel::RESTS);
        }
    }

    fn find_track(&mut self) {
        self.ctx.enable_accesskit();
        let output = self.draw(Vec::new());
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update;
        let nodes = update.map(|update| update.nodes).unwrap_or_default();
        let track = nodes
            .iter()
            .find(|(_, node)| node.label() == Some("Moment of the session"));
        let bounds = track.and_then(|(_, node)| node.bounds());
        let bounds = bounds.expect("the track has its place");
        self.track = Rect::from_min_max(
            pos2(bounds.x0 as f32, bounds.y0 as f32),
            pos2(bounds.x1 as f32, bounds.y1 as f32),
        );
    }

    fn on_track(&self, part: f32) -> Pos2 {
        let x = self.track.left() + self.track.width() * part;
        pos2(x, self.track.center().y)
    }

    /// Takes hold of the track there.
    pub fn grab(&mut self, part: f32) {
        let pos = self.on_track(part);
        self.draw(vec![Event::PointerMoved(pos)]);
        self.draw(vec![press(pos, true)]);
    }

    pub fn let_go(&mut self) {
        let pos = self.on_track(0.5);
        self.draw(vec![press(pos, false)]);
        assert!(self.is_past(), "the past was shown");
        self.draw(vec![key(egui::Key::End)]);
        self.draw(Vec::new());
        assert!(!self.is_past(), "End comes back to the present");
    }

    /// Whether the window shows the past.
    fn is_past(&mut self) -> bool {
        self.says("Back to now")
    }

    /// Whether these words stand in the window.
    fn says(&mut self, words: &str) -> bool {
        self.ctx.enable_accesskit();
        let output = self.draw(Vec::new());
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update;
        let nodes = update.map(|update| update.nodes).unwrap_or_default();
        let says = |node: &egui::accesskit::Node| {
            [node.label(), node.value()]
                .into_iter()
                .flatten()
                .any(|text| text.contains(words))
        };
        nodes.iter().any(|(_, node)| says(node))
    }

    /// Draws whenever a frame is asked for, at the time it is asked for, for so long. How many were drawn, and the
    /// processor time they took, milliseconds.
    pub fn left_alone(&mut self, how_long: Duration) -> (usize, f64) {
        let due = Arc::new(Mutex::new(Some(Instant::now())));
        let asked = Arc::clone(&due);
        self.ctx.set_request_repaint_callback(move |asks| {
            let at = Instant::now().checked_add(asks.delay);
            let mut due = asked.lock().unwrap_or_else(PoisonError::into_inner);
            *due = due.into_iter().chain(at).min();
        });
        let (until, mut drawn, mut took) = (Instant::now() + how_long, 0, 0.0);
        while Instant::now() < until {
            let is_due = |at: &mut Instant| *at <= Instant::now();
            let mut next = due.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = next.take_if(is_due).is_some();
            drop(next);
            if is_due {
                drawn += 1;
                took += self.timed(Vec::new());
            } else {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        (drawn, took)
    }

    /// Draws a frame with the hand moved along the track; the processor time it took, milliseconds. It draws the moment
    /// that was asked for in the frame before and finds the one that is asked for now.
    pub fn scrub(&mut self, part: f32) -> f64 {
        let pos = self.on_track(part);
        self.timed(vec![Event::PointerMoved(pos)])
    }

    /// Draws a frame; the processor time it took, milliseconds.
    pub fn frame(&mut self, wheel: Wheel) -> f64 {
        let mut events = vec![Event::PointerMoved(wheel.over)];
        if wheel.by != 0.0 {
            events.push(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, wheel.by),
                phase: TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
                source: egui::MouseWheelSource::Wheel,
            });
        }
        self.timed(events)
    }

    fn timed(&mut self, events: Vec<Event>) -> f64 {
        let before = processor_time();
        let output = self.draw(events);
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        assert!(!meshes.is_empty(), "nothing was painted");
        (processor_time() - before) * 1e3
    }

    fn draw(&mut self, events: Vec<Event>) -> egui::FullOutput {
        self.time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1440.0, 900.0))),
            time: Some(self.time),
            events,
            ..egui::RawInput::default()
        };
        self.app.logic(&self.ctx, &mut self.frame);
        let (app, frame) = (&mut self.app, &mut self.frame);
        let mut output = self.ctx.run_ui(input, |ui| app.ui(ui, frame));
        // There is no graphics card that would take them.
        output.textures_delta.clear();
        output
    }
}

fn press(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    }
}

fn key(key: egui::Key) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: egui::Modifiers::NONE,
    }
}

fn script() -> Loaded {
    let text = "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.listen(5)\n\
        client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", 5000))\nconn, peer = server.accept()\n";
    let script = sockeye::script::syntax::parse(text).expect("it parses");
    Loaded::script("bench", script)
}

/// Processor time of this thread, seconds.
pub fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
