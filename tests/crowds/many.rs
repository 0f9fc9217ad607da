//! exploration
use super::clients::Clients;
use super::window_app::Window;
use sockeye::model::call::Call;
use sockeye::network::{Network as _, Request};
use std::time::Instant;

fn status(what: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
fn rss() -> u64 {
    status("VmRSS")
}
fn threads() -> u64 {
    status("Threads")
}

#[test]
fn explore() {
    let count: u64 = std::env::var("CROWD")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(1000);
    let mut window = Window::open();
    window.listener();
    let address = window.until_bound("server");
    let server = window.recording().sockets().named("server").unwrap().id;
    window
        .network
        .submit(Request::on(server, Call::Listen { backlog: 4096 }));
    window.click("server run by itself");
    window.press(
        eframe::egui::Role::RadioButton,
        "server serves: a thread each",
    );
    window.click("server start automatic program");
    window.until("says", |window| window.says("automatic · "));
    let mut clients = Clients::of(address);
    let mut done = |window: &mut Window, what: &str, n: u64| {
        let start = Instant::now();
        clients.tell(what, n);
        let mut frames = 0;
        let mut worst = 0.0f64;
        let mut total = 0.0;
        loop {
            let before = Instant::now();
            window.harness.step();
            let took = before.elapsed().as_secs_f64();
            frames += 1;
            worst = worst.max(took);
            total += took;
            if let Some(answer) = clients.answer() {
                eprintln!(
                    "{what} {n}: {answer} after {:?}; {frames} frames, mean {:.1} ms, worst {:.1} ms",
                    start.elapsed(),
                    total / frames as f64 * 1e3,
                    worst * 1e3
                );
                break;
            }
        }
    };
    done(&mut window, "connect", 300);
    done(&mut window, "ask", 300);
    for _ in 0..30 {
        window.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let before = rss();
    eprintln!("rss {before} threads {}", threads());
    done(&mut window, "connect", count);
    window.until("all", |window| {
        window.recording().sockets().open().count() as u64 == count + 301
    });
    for _ in 0..50 {
        window.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let after = rss();
    eprintln!(
        "rss {after} threads {}: {:.0} B each",
        threads(),
        (after - before) as f64 * 1024.0 / count as f64
    );
    done(&mut window, "ask", 1000);
    let b = rss();
    eprintln!("rss {b} threads {}", threads());
    for _ in 0..5 {
        let t = Instant::now();
        window.harness.step();
        eprintln!("idle frame {:?}", t.elapsed());
    }
    done(&mut window, "flood", 4_000_000);
    done(&mut window, "close", count);
    window.until("all gone", |window| {
        window.recording().sockets().open().count() as u64 == 301
    });
    eprintln!(
        "rows {} calls {}",
        window.recording().len(),
        window.recording().calls()
    );
}
