//! A frame of the whole window over a recording of 100,000 calls: processor time for layout, paint lists and
//! tessellation, without a display.
//!
//! `cargo bench --bench frame`. Goal: at most 8 ms at p99, at the end of the recording, scrolled into it, and while its
//! past is looked at, another moment in each frame. The same is measured over 100 calls in the same run, turn by turn, for
//! a ratio.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench fails as a test does, and prints what it measured"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::App as _;
use eframe::egui::{self, Event, MouseWheelUnit, Pos2, Rect, TouchPhase, pos2, vec2};
use rustix::time::{ClockId, clock_gettime};
use sockeye::app::{App, Settings, Setup};
use sockeye::model::call::{Call, SocketId};
use sockeye::model::payload::Payload;
use sockeye::network::kernel::KernelNetwork;
use sockeye::network::{Network, NetworkHandle, Request};
use sockeye::script::options::Ports;

const ROUNDS: usize = 400;
const CENTRE: Pos2 = pos2(700.0, 560.0);

fn main() {
    let mut small = Window::with_calls(100);
    let mut large = Window::with_calls(100_000);
    for (what, wheel) in [("at the end", 0.0), ("scrolling up", 120.0)] {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            few.push(small.frame(wheel));
            many.push(large.frame(wheel));
        }
        report(&format!("100 calls, {what}"), &mut few);
        report(&format!("100,000 calls, {what}"), &mut many);
        println!(
            "ratio of medians, {what}: {:.2}",
            median(&many) / median(&few)
        );
    }
    for (what, next) in [
        ("jumping in the past", jump as fn(usize) -> f32),
        ("dragging through the past", drag),
    ] {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        small.grab(next(0));
        large.grab(next(0));
        for round in 1..=ROUNDS {
            few.push(small.scrub(next(round)));
            many.push(large.scrub(next(round)));
        }
        small.let_go();
        large.let_go();
        report(&format!("100 calls, {what}"), &mut few);
        report(&format!("100,000 calls, {what}"), &mut many);
        println!(
            "ratio of medians, {what}: {:.2}",
            median(&many) / median(&few)
        );
    }
    println!("memory of the process: {} MiB at most", peak_mebibytes());
}

/// A place on the track, 0 to 1: now here, now there.
fn jump(round: usize) -> f32 {
    (round.wrapping_mul(2_654_435_761) % 9_973) as f32 / 9_973.0
}

/// The same: from one end to the other.
fn drag(round: usize) -> f32 {
    0.98 - 0.96 * round as f32 / ROUNDS as f32
}

struct Window {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    time: f64,
    /// Where the track of moments is.
    track: Rect,
}

impl Window {
    /// A window whose session holds so many calls: sends and receives over one connection.
    fn with_calls(calls: u64) -> Self {
        let network = KernelNetwork::start().expect("a network");
        let setup = Setup {
            network: Arc::clone(&network) as NetworkHandle,
            settings: Settings::default(),
            settings_path: None,
            last_session_path: None,
            notice: None,
            loaded: Some(script()),
            executable: None,
            file_opener: sockeye::file_dialog::desktop(),
            ports: Ports::Free,
            close_patience: Duration::from_secs(1),
        };
        let ctx = egui::Context::default();
        let app = App::new(&ctx, setup).expect("threads");
        let mut window = Self {
            ctx,
            app,
            frame: eframe::Frame::_new_kittest(),
            time: 0.0,
            track: Rect::NOTHING,
        };
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
        let rows = window.app.recording().len();
        println!("{rows} rows of {made} calls");
        window.find_track();
        window
    }

    fn socket(&self, name: &str) -> Option<SocketId> {
        Some(self.app.recording().sockets().named(name)?.id)
    }

    fn named(&self, name: &str) -> SocketId {
        self.socket(name).expect("the script made it")
    }

    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while !done(self) {
            assert!(Instant::now() < deadline, "never happened: {what}");
            self.frame(0.0);
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
    fn grab(&mut self, part: f32) {
        let pos = self.on_track(part);
        self.draw(vec![Event::PointerMoved(pos)]);
        self.draw(vec![press(pos, true)]);
    }

    fn let_go(&mut self) {
        let pos = self.on_track(0.5);
        self.draw(vec![press(pos, false)]);
        assert!(self.is_past(), "the past was shown");
        self.draw(vec![key(egui::Key::End)]);
        self.draw(Vec::new());
        assert!(!self.is_past(), "End comes back to the present");
    }

    /// Whether the window shows the past.
    fn is_past(&mut self) -> bool {
        self.ctx.enable_accesskit();
        let output = self.draw(Vec::new());
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update;
        let nodes = update.map(|update| update.nodes).unwrap_or_default();
        let is_way_back = |node: &egui::accesskit::Node| node.label() == Some("Back to now");
        nodes.iter().any(|(_, node)| is_way_back(node))
    }

    /// Draws a frame with the hand moved along the track; the processor time it took, milliseconds. It draws the moment
    /// that was asked for in the frame before and finds the one that is asked for now.
    fn scrub(&mut self, part: f32) -> f64 {
        let pos = self.on_track(part);
        self.timed(vec![Event::PointerMoved(pos)])
    }

    /// Draws a frame with the pointer over the ladder; the processor time it took, milliseconds.
    fn frame(&mut self, wheel: f32) -> f64 {
        let mut events = vec![Event::PointerMoved(CENTRE)];
        if wheel != 0.0 {
            events.push(Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, wheel),
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

fn script() -> sockeye::script::Loaded {
    let text = "server = socket(AF_INET, SOCK_STREAM)\nserver.bind((\"127.0.0.1\", 5000))\nserver.listen(5)\n\
        client = socket(AF_INET, SOCK_STREAM)\nclient.connect((\"127.0.0.1\", 5000))\nconn, peer = server.accept()\n";
    let script = sockeye::script::syntax::parse(text).expect("it parses");
    sockeye::script::Loaded::script("bench", script)
}

/// Processor time of this thread, seconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn report(what: &str, milliseconds: &mut [f64]) {
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| milliseconds[((milliseconds.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() / 1024
}
