//! A window with very many sockets in which nothing happens.

use std::time::{Duration, Instant};

use sockeye::model::ladder::running_text;
use sockeye::views::theme;

use super::scene::Crowd;

/// Connections that stay open.
const ALL: u64 = 1_000;
/// Longer than anything asks for at a later time.
const AT_REST: Duration = Duration::from_millis(1500);

/// Seen failing with: a frame asked for by each column of a crowd; the stopped program's waits counted as going on.
#[test]
fn a_thousand_open_sockets_draw_nothing_while_none_waits() {
    let mut crowd = Crowd::start();
    assert_eq!(crowd.clients("connect", ALL), ALL);
    crowd.until_open(ALL);
    let asks = |crowd: &Crowd| crowd.window.harness.ctx.has_requested_repaint();
    assert!(asks(&crowd), "running times are in view");
    crowd.window.click("server stop automatic program");
    crowd
        .window
        .until("no call waits", |window| window.recording().waiting() == 0);
    // Something else may still come in. What asks again and again, at once or later, never lets a whole stretch pass.
    crowd.window.until("the window is at rest", |window| {
        let since = Instant::now();
        while since.elapsed() < AT_REST {
            if window.harness.ctx.has_requested_repaint() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    });
    assert_eq!(crowd.open(), ALL);
    assert!(!asks(&crowd), "the frame just drawn asks");
}

/// Of ten thousand connections a few hundred may wait for hours: their running times are no reason to draw ten frames a
/// second.
///
/// Seen failing with: tenths of a second at any time.
#[test]
fn a_call_that_waits_long_is_told_of_once_a_second() {
    let context = eframe::egui::Context::default();
    let words_and_pause = |millis| {
        let running = Duration::from_millis(millis);
        (
            running_text(running),
            theme::tick(&context, running).as_millis(),
        )
    };
    assert_eq!(words_and_pause(3_240), ("3.2 s".to_owned(), 100));
    assert_eq!(words_and_pause(10_000), ("10 s".to_owned(), 1_000));
    assert_eq!(words_and_pause(75_900), ("75 s".to_owned(), 1_000));
}
