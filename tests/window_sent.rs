//! How far a send got, as the log and Details say it: never further than is known.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod by_hand;
mod log_support;

use egui_kittest::Harness;
use sockeye::model::call::{Call, Outcome, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::Observation;
use sockeye::model::recording::RowNumber;

use log_support::{CLIENT, CONN, Desk, Story, address, desk, failed, received, rows, says, send};

/// A connection whose client has sent "hello sockets", with both ends' addresses known.
fn connected() -> (Story, RowNumber) {
    let mut story = Story::connected();
    let row = story.last();
    story.observe_local(CLIENT, address(51724));
    story.observe_local(CONN, address(5000));
    (story, row)
}

fn arrives(story: &mut Story, count: u32) {
    let observation = Observation {
        receive_queue: Some(count),
        local: Some(address(5000)),
        peer: Some(address(51724)),
        ..Observation::default()
    };
    story.observe(CONN, observation);
}

/// The row of the send, as it stands in the log.
fn sent(harness: &Harness<'_, Desk>) -> String {
    let all = rows(harness);
    let row = all.iter().find(|row| row.contains("send(b\"hello"));
    row.cloned().unwrap_or_else(|| panic!("{all:?}"))
}

#[test]
fn a_send_is_marked_in_the_log_as_far_as_it_is_known_to_have_got() {
    let (story, _) = connected();
    let mut harness = desk(story);
    let row = sent(&harness);
    assert!(row.contains("→ 13  ✓  "), "{row}");
    assert!(
        row.contains("whether they are at the other end is not known"),
        "{row}"
    );
    arrives(&mut harness.state_mut().story, 13);
    harness.run();
    let row = sent(&harness);
    assert!(row.contains("→ 13  ✓✓  "), "{row}");
    assert!(row.contains("(✓✓ at the other end, not read yet)"), "{row}");
    let story = &mut harness.state_mut().story;
    story.made(CONN, Call::Recv { max: 1024 }, received(b"hello sockets"));
    harness.run();
    let row = sent(&harness);
    assert!(row.contains("→ 13  ✓✓✓  "), "{row}");
    assert!(row.contains("(✓✓✓ read by its program)"), "{row}");
}

#[test]
fn what_is_read_in_part_is_said_in_part() {
    let (mut story, row) = connected();
    arrives(&mut story, 13);
    story.made(CONN, Call::Recv { max: 5 }, received(b"hello"));
    let mut harness = desk(story);
    harness.state_mut().row = Some(row);
    harness.run();
    assert!(says(&harness, "how far"));
    let words = "✓✓ at the other end; 5 of 13 bytes read by its program";
    assert!(says(&harness, words));
    assert!(sent(&harness).contains("→ 13  ✓✓  "));
}

#[test]
fn what_sent_nothing_has_no_mark() {
    let (mut story, _) = connected();
    let empty = story.made(CLIENT, send(b""), Outcome::Ok(Value::Sent(0)));
    let recv = story.made(CONN, Call::Recv { max: 5 }, received(b"hello"));
    let failed = story.made(CLIENT, send(b"too late"), failed(Errno::EPIPE));
    story.start(CLIENT, send(b"waits"));
    let mut harness = desk(story);
    let all = rows(&harness);
    assert_eq!(
        all.iter().filter(|row| row.contains('✓')).count(),
        1,
        "{all:?}"
    );
    for row in [empty, recv, failed] {
        harness.state_mut().row = Some(row);
        harness.step();
        assert!(!says(&harness, "how far"));
    }
}
