//! A frame of the whole window over a recording of 100,000 calls: processor time for layout, paint lists and
//! tessellation, without a display.
//!
//! `cargo bench --bench frame`. Goal: at most 8 ms at p99, at the end of the recording and scrolled into it. The same is
//! measured over 100 calls in the same run, turn by turn, for a ratio.
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
    println!("memory of the process: {} MiB at most", peak_mebibytes());
}

struct Window {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    time: f64,
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

    /// Draws a frame with the pointer over the ladder; the processor time it took, milliseconds.
    fn frame(&mut self, wheel: f32) -> f64 {
        self.time += 1.0 / 60.0;
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
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1440.0, 900.0))),
            time: Some(self.time),
            events,
            ..egui::RawInput::default()
        };
        let before = processor_time();
        self.app.logic(&self.ctx, &mut self.frame);
        let (app, frame) = (&mut self.app, &mut self.frame);
        let output = self.ctx.run_ui(input, |ui| app.ui(ui, frame));
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        assert!(!meshes.is_empty(), "nothing was painted");
        (processor_time() - before) * 1e3
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
