//! Lessons as programs: each that ships, run under `strace`, makes the calls of its recording.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]
#![cfg(target_os = "linux")]

mod common;
mod program_support;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use program_support::{makes_the_same_calls, other_host, play_script};
use sockeye::export::program::Language;
use sockeye::model::recording::Recording;
use sockeye::script::lesson::{ALL, ShelfEntry};

/// The session of a lesson on this computer alone.
fn played(entry: &ShelfEntry) -> Recording {
    let lesson = entry.lesson().unwrap().alone();
    play_script(entry.name, lesson.script)
}

/// All lessons, several at once: most of their time is waiting.
fn all_hold(language: Language) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(entry) = ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let holds = || {
                        let host = other_host();
                        makes_the_same_calls(entry.name, &played(entry), language, &|text| {
                            text.replace("127.0.0.1", &host)
                        });
                    };
                    if std::panic::catch_unwind(holds).is_err() {
                        failed.lock().unwrap().push(entry.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{failed:?} failed, as said above");
}

#[test]
fn every_lesson_makes_the_same_calls_in_python() {
    all_hold(Language::Python);
}

#[test]
fn every_lesson_makes_the_same_calls_in_c() {
    all_hold(Language::C);
}
