//! Asking where to save: never a wait for the window, one dialog at a time, and told when there is none.

#[path = "support/deadline.rs"]
mod deadline;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use deadline::DEADLINE;
use sockeye::file_dialog::{Asked, Chosen, FileDialogs, TOO_FAST};

/// A dialog's answer, and how long it was open.
type Answer = (Option<PathBuf>, Duration);

/// Dialogs whose answers come from the test, and what tells that the window was woken.
struct Desk {
    dialogs: FileDialogs,
    answers: Sender<Answer>,
    asked: Receiver<Asked>,
    woken: Receiver<()>,
}

fn desk() -> Desk {
    let (answers, answer) = bounded::<Answer>(1);
    let (ask, asked) = unbounded();
    let (wake, woken) = unbounded();
    let dialogs = FileDialogs::with_opener(
        Arc::new(move || {
            wake.send(()).ok();
        }),
        Arc::new(move |wanted| {
            ask.send(wanted.clone()).ok();
            answer.recv().unwrap_or((None, Duration::ZERO))
        }),
    );
    Desk {
        dialogs,
        answers,
        asked,
        woken,
    }
}

#[test]
fn the_path_chosen_comes_back_after_a_wake() {
    let mut desk = desk();
    desk.dialogs.save("sockeye-log.txt", "Text", "txt");
    let wanted = desk.asked.recv_timeout(DEADLINE).unwrap();
    assert_eq!(wanted.name, "sockeye-log.txt");
    assert_eq!(
        (wanted.kind.as_str(), wanted.ending.as_str()),
        ("Text", "txt")
    );
    assert_eq!(desk.dialogs.outcome(), None);
    assert!(desk.dialogs.is_open());
    let answer = (Some("there.txt".into()), Duration::ZERO);
    desk.answers.send(answer).unwrap();
    desk.woken.recv_timeout(DEADLINE).unwrap();
    assert_eq!(
        desk.dialogs.outcome(),
        Some(Chosen::Path("there.txt".into()))
    );
    assert_eq!(desk.dialogs.outcome(), None);
    assert!(!desk.dialogs.is_open());
}

#[test]
fn no_dialog_at_all_is_told_apart_from_a_cancelled_one() {
    let mut desk = desk();
    let just_before = TOO_FAST.saturating_sub(Duration::from_nanos(1));
    for (open_for, expected) in [
        (Duration::ZERO, Chosen::NotAvailable),
        (just_before, Chosen::NotAvailable),
        (TOO_FAST, Chosen::Cancelled),
        (Duration::from_secs(30), Chosen::Cancelled),
    ] {
        desk.answers.send((None, open_for)).unwrap();
        desk.dialogs.save("a", "b", "c");
        desk.woken.recv_timeout(DEADLINE).unwrap();
        assert_eq!(desk.dialogs.outcome(), Some(expected), "{open_for:?}");
    }
}

#[test]
fn one_dialog_at_a_time() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let (release, held) = bounded::<()>(1);
    let (wake, woken) = unbounded();
    let mut dialogs = FileDialogs::with_opener(
        Arc::new(move || {
            wake.send(()).ok();
        }),
        Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            held.recv().unwrap();
            (Some("x".into()), Duration::ZERO)
        }),
    );
    dialogs.save("a", "b", "c");
    dialogs.save("a", "b", "c");
    release.send(()).unwrap();
    woken.recv_timeout(DEADLINE).unwrap();
    assert_eq!(dialogs.outcome(), Some(Chosen::Path("x".into())));
    assert_eq!(opened.load(Ordering::SeqCst), 1);
}
