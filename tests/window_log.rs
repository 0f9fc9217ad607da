//! The log, Details, the caption and the `>>>` line, as a user and a screen reader meet them.

mod by_hand;
mod log_support;

use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;

use log_support::{
    CLIENT, CONN, Desk, MILLISECOND, SERVER, Story, address, desk, failed, ok, received, rows,
    says, send, texts,
};
use sockeye::model::call::{Call, Outcome, Protocol, ShutdownHow, SocketId, Value};
use sockeye::model::errno::Errno;
use sockeye::model::event::{Observation, TcpObservation, TcpState};
use sockeye::model::recording::{Limits, RowNumber};
use sockeye::views::Action;

fn with_failures() -> Story {
    let mut story = Story::connected();
    story.made(CONN, Call::Recv { max: 5 }, received(b"hello"));
    story.made(CLIENT, Call::Recv { max: 5 }, failed(Errno::EAGAIN));
    story.made(SERVER, Call::Recv { max: 5 }, failed(Errno::ENOTCONN));
    story
}

fn type_filter(harness: &mut egui_kittest::Harness<'_, Desk>, text: &str) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_label("Log filter").type_text(text);
    harness.run();
}

#[test]
fn a_row_says_who_called_what_and_what_came_of_it() {
    let harness = desk(with_failures());
    let rows = rows(&harness);
    assert_eq!(rows.len(), 10);
    assert!(rows[4].contains("conn, addr = server.accept()") || rows[3].contains("accept()"));
    let send = rows.iter().find(|row| row.contains("send(")).unwrap();
    assert!(send.contains("#2 client"), "{send}");
    assert!(send.contains("client.send(b\"hello sockets\")"), "{send}");
    assert!(send.contains("→ 13"), "{send}");
    let again = rows.iter().find(|row| row.contains("EAGAIN")).unwrap();
    assert!(
        again.contains("BlockingIOError: nothing in the buffer yet"),
        "{again}"
    );
    let refused = rows.last().unwrap();
    assert!(refused.contains("ENOTCONN  OSError: "), "{refused}");
    assert!(says(&harness, "10 calls"));
}

#[test]
fn a_waiting_call_counts_its_time_and_then_its_row_is_completed() {
    let mut story = Story::connected();
    let recv = story.start(CONN, Call::Recv { max: 1024 });
    let mut harness = desk(story);
    harness.state_mut().now += 3_200 * MILLISECOND;
    harness.run();
    let last = rows(&harness).pop().unwrap();
    assert!(last.contains("… waits") && last.contains("3.2 s"), "{last}");
    harness.state_mut().story.end(recv, received(b"x"));
    harness.run();
    let last = rows(&harness).pop().unwrap();
    assert!(last.contains("→ b\"x\""), "{last}");
    assert_eq!(rows(&harness).len(), 8);
}

#[test]
fn equal_would_blocks_are_one_row_that_counts() {
    let mut story = Story::connected();
    for _ in 0..1_204 {
        story.made(CLIENT, Call::Recv { max: 5 }, failed(Errno::EAGAIN));
    }
    let harness = desk(story);
    let last = rows(&harness).pop().unwrap();
    assert!(last.starts_with("8-1211"), "{last}");
    assert!(last.contains("EAGAIN × 1,204"), "{last}");
}

#[test]
fn lost_bytes_are_said() {
    let mut story = Story::connected();
    let lost = Outcome::Ok(Value::Received {
        bytes: sockeye::model::call::Bytes::Whole(b"hell"[..].into()),
        peer: Some(address(41320)),
        lost: 9,
    });
    story.made(SERVER, Call::RecvFrom { max: 4 }, lost);
    let harness = desk(story);
    assert!(rows(&harness).pop().unwrap().contains("9 bytes lost"));
}

#[test]
fn the_filter_finds_statement_result_errno_socket_and_port() {
    for (text, expected) in [
        ("recv", 3),
        ("EAGAIN", 1),
        ("eagain", 1),
        ("#3", 2),
        ("hello", 2),
        ("51724", 2),
        ("server recv", 1),
        ("nothing like it", 0),
    ] {
        let mut harness = desk(with_failures());
        type_filter(&mut harness, text);
        assert_eq!(
            rows(&harness).len(),
            expected,
            "{text}: {:?}",
            rows(&harness)
        );
        assert!(says(&harness, &format!("{expected} of 10 calls")), "{text}");
    }
}

#[test]
fn emptying_the_filter_brings_all_back() {
    let mut harness = desk(with_failures());
    type_filter(&mut harness, "EAGAIN");
    assert_eq!(rows(&harness).len(), 1);
    harness.get_by_label("Empty the filter").click();
    harness.run();
    assert_eq!(rows(&harness).len(), 10);
}

#[test]
fn a_filter_keeps_up_with_rows_that_come_and_calls_that_end() {
    let mut harness = desk(with_failures());
    type_filter(&mut harness, "ECONNRESET");
    assert_eq!(rows(&harness).len(), 0);
    let waiting = harness.state_mut().story.start(CONN, Call::Recv { max: 9 });
    harness.run();
    assert_eq!(rows(&harness).len(), 0);
    let state = harness.state_mut();
    state
        .story
        .made(CLIENT, send(b"x"), failed(Errno::ECONNRESET));
    state.story.end(waiting, failed(Errno::ECONNRESET));
    harness.run();
    let rows = rows(&harness);
    assert_eq!(rows.len(), 2);
    assert!(rows[0].contains("conn.recv(9)"), "{rows:?}");
    assert!(rows[1].contains("client.send"), "{rows:?}");
}

#[test]
fn a_port_that_becomes_known_finds_the_rows_before_it() {
    let mut harness = desk(Story::connected());
    type_filter(&mut harness, "40404");
    assert_eq!(rows(&harness), Vec::<String>::new());
    let story = &mut harness.state_mut().story;
    story.observe_local(CLIENT, address(40404));
    harness.run();
    let found = rows(&harness);
    assert_eq!(found.len(), 3, "socket, connect and send: {found:?}");
}

#[test]
fn errors_only_leaves_out_would_blocks() {
    let mut harness = desk(with_failures());
    harness.get_by_label("Errors only").click();
    harness.run();
    let rows = rows(&harness);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("ENOTCONN"));
}

#[test]
fn a_chip_hides_the_rows_of_its_socket() {
    let mut harness = desk(with_failures());
    harness.get_by_label("Rows of #2 client").click();
    harness.run();
    let without = rows(&harness);
    assert!(!without.is_empty());
    assert!(without.iter().all(|row| !row.contains("#2 client")));
    harness.get_by_label("Rows of #2 client").click();
    harness.run();
    assert_eq!(rows(&harness).len(), 10);
}

fn many(count: u32) -> Story {
    let mut story = Story::connected();
    for number in 0..count {
        story.made(CLIENT, send(format!("{number:03}").as_bytes()), ok());
    }
    story
}

#[test]
fn follow_shows_the_newest_and_a_chosen_row_stops_it() {
    let mut harness = desk(many(50));
    assert!(rows(&harness).pop().unwrap().contains("b\"049\""));
    let chosen = rows(&harness)[1].clone();
    harness.get_by_label(&chosen).click();
    harness.run();
    for number in 50..62 {
        let text = format!("{number:03}");
        harness
            .state_mut()
            .story
            .made(CLIENT, send(text.as_bytes()), ok());
    }
    harness.run();
    assert!(rows(&harness).contains(&chosen));
    assert!(!says(&harness, "b\"061\""));
    harness.get_by_label_contains("12 new").click();
    harness.run();
    assert!(rows(&harness).pop().unwrap().contains("b\"061\""));
    assert!(harness.query_by_label_contains(" new, follow").is_none());
}

#[test]
fn scrolling_up_stops_following_and_end_resumes() {
    let mut harness = desk(many(200));
    harness.get_by_label("Log rows").focus();
    harness.key_press(Key::PageUp);
    harness.run();
    let seen = rows(&harness);
    harness.state_mut().story.made(CLIENT, send(b"new"), ok());
    harness.run();
    assert_eq!(rows(&harness), seen);
    harness.key_press(Key::End);
    harness.run();
    assert!(rows(&harness).pop().unwrap().contains("b\"new\""));
    harness.state_mut().story.made(CLIENT, send(b"two"), ok());
    harness.run();
    assert!(rows(&harness).pop().unwrap().contains("b\"two\""));
}

#[test]
fn a_click_chooses_the_row_and_opens_details() {
    let mut harness = desk(with_failures());
    harness.get_by_label_contains("client.recv(5)").click();
    harness.run();
    let chosen = Action::SelectRow(Some(RowNumber(9)));
    assert!(harness.state().actions.contains(&chosen));
    assert!(harness.state().actions.contains(&Action::OpenDetails));
}

#[test]
fn keys_choose_extend_and_copy() {
    let mut harness = desk(with_failures());
    harness.get_by_label_contains("conn.recv(5)").click();
    harness.run();
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().row, Some(RowNumber(9)));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    harness.event(eframe::egui::Event::Copy);
    harness.run();
    let copied = harness
        .state()
        .actions
        .iter()
        .rev()
        .find_map(|action| match action {
            Action::Copy(text) => Some(text.clone()),
            _ => None,
        });
    let copied = copied.expect("a copy");
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(lines.len(), 2, "{copied}");
    assert!(lines[0].contains("client.recv(5)  → EAGAIN"), "{copied}");
    assert!(lines[1].contains("server.recv(5)  → ENOTCONN"), "{copied}");
}

#[test]
fn clear_hides_rows_and_the_next_call_shows() {
    let mut harness = desk(with_failures());
    harness.get_by_label("Clear").click();
    harness.run();
    assert_eq!(rows(&harness).len(), 0);
    assert!(says(&harness, "the session keeps them"));
    harness.state_mut().story.made(CLIENT, send(b"on"), ok());
    harness.run();
    assert_eq!(rows(&harness).len(), 1);
}

#[test]
fn export_asks_for_the_dialog() {
    let mut harness = desk(with_failures());
    harness.get_by_label("Export log").click();
    harness.run();
    assert!(harness.state().log.export_requested);
}

#[test]
fn details_say_what_happened_here_and_elsewhere_and_what_to_try() {
    let mut harness = desk(with_failures());
    harness.get_by_label_contains("client.recv(5)").click();
    harness.run();
    for words in [
        "Nothing in the buffer yet.",
        "Same answer on every system",
        "WSAEWOULDBLOCK",
        "10035",
        "errno 35",
        "BlockingIOError: [Errno 11] Resource temporarily unavailable",
        "recv(6, buf, 5, 0) = -1 EAGAIN",
        "client thread",
    ] {
        assert!(says(&harness, words), "{words}: {:#?}", texts(&harness));
    }
    harness.get_by_label("Do it: Ask again later").click();
    harness.run();
    let again = Action::Call(CLIENT, Call::Recv { max: 5 });
    assert!(harness.state().actions.contains(&again));
}

#[test]
fn details_show_bytes_as_text_and_as_hex() {
    let mut story = Story::connected();
    story.made(CONN, Call::Recv { max: 99 }, received(b"hi\x00\x1b"));
    let mut harness = desk(story);
    harness.get_by_label_contains("conn.recv(99)").click();
    harness.run();
    assert!(says(&harness, "4 bytes"));
    assert!(says(&harness, "hi\\x00\\x1b"));
    harness.get_by_label("Bytes as: hex").click();
    harness.run();
    assert!(says(&harness, "0000  68 69 00 1b"));
}

/// What the kernel says of a connection in this state, with so many bytes in the send buffer.
fn seen(state: TcpState, send_queue: Option<u32>) -> Observation {
    Observation {
        tcp: Some(TcpObservation {
            state,
            rtt_micros: 0,
            retransmits: 0,
            accept_queue: 0,
            backlog: 0,
        }),
        send_queue,
        ..Observation::default()
    }
}

/// What Details say of a socket.
fn details(story: Story, socket: SocketId) -> String {
    let mut harness = desk(story);
    harness.state_mut().selected = Some(socket);
    harness.run();
    texts(&harness).join("\n")
}

#[test]
fn details_promise_nothing_to_a_closed_socket_whose_connection_lingers() {
    use TcpState::{Closing, FinWait1, FinWait2, LastAck, TimeWait};
    let mut story = Story::connected();
    let how = ShutdownHow::Write;
    story.made(CLIENT, Call::Shutdown { how }, ok());
    story.observe(CLIENT, seen(FinWait2, None));
    let open = details(story, CLIENT);
    assert!(open.contains("the other end may still send"), "{open}");
    for state in [FinWait1, FinWait2, Closing, LastAck, TimeWait] {
        let mut story = Story::connected();
        story.made(CLIENT, Call::Close, ok());
        story.observe(CLIENT, seen(state, None));
        let closed = details(story, CLIENT);
        let title = format!("State {}", state.name());
        assert!(closed.contains(&title), "{closed}");
        assert!(closed.contains("This socket is closed"), "{closed}");
        assert!(!closed.contains("may still send"), "{closed}");
        let resets = matches!(state, FinWait1 | FinWait2);
        assert_eq!(closed.contains("answered with a reset"), resets, "{closed}");
    }
}

#[test]
fn details_say_what_the_send_buffer_holds() {
    let taken = "4,100,096 bytes taken by your system, not yet acknowledged";
    let counts = "of the send that waits counts here already";
    let mut story = Story::connected();
    story.observe(CLIENT, seen(TcpState::Established, Some(4_100_096)));
    let idle = details(story, CLIENT);
    assert!(idle.contains(taken) && !idle.contains(counts), "{idle}");

    let mut story = Story::connected();
    story.start(CLIENT, send(b"more than fits"));
    story.observe(CLIENT, seen(TcpState::Established, Some(4_100_096)));
    let waits = details(story, CLIENT);
    assert!(waits.contains(taken) && waits.contains(counts), "{waits}");

    // UDP has no acknowledgements to speak of.
    for (queue, words) in [(0, None), (768, Some("768 bytes, buffers included"))] {
        let mut story = Story::new(Limits::default());
        story.socket_of(Protocol::Udp, 1, SERVER);
        let observation = Observation {
            send_queue: Some(queue),
            ..Observation::default()
        };
        story.observe(SERVER, observation);
        let udp = details(story, SERVER);
        assert!(!udp.contains("acknowledged"), "{udp}");
        assert_eq!(udp.contains("send buffer"), words.is_some(), "{udp}");
        assert!(words.is_none_or(|words| udp.contains(words)), "{udp}");
    }
}

#[test]
fn details_of_a_socket_name_the_source_of_each_fact() {
    let mut harness = desk(Story::connected());
    harness.state_mut().selected = Some(CLIENT);
    harness.run();
    for words in [
        "your system says",
        "from the session",
        "in general",
        "13 bytes",
    ] {
        assert!(says(&harness, words), "{words}");
    }
}

#[test]
fn the_caption_tells_the_last_event_in_few_words() {
    let mut story = Story::connected();
    story.start(CONN, Call::Recv { max: 5 });
    let harness = desk(story);
    let caption = harness.get_by_role(Role::Status);
    let caption = egui_kittest::kittest::NodeT::accesskit_node(&caption)
        .label()
        .unwrap();
    assert!(caption.contains("waits"), "{caption}");
    assert!(caption.split_whitespace().count() <= 15, "{caption}");
    assert!(says(&harness, "3 sockets · 1 waits"));
}

#[test]
fn before_the_first_call_everything_says_what_to_do() {
    let harness = desk(Story::new(Limits::default()));
    assert!(says(&harness, "Nothing is open yet: press 1"));
    assert!(says(&harness, "No calls yet"));
    assert!(says(&harness, "Choose a row of the log"));
}

#[test]
fn a_search_through_a_long_log_comes_to_its_end_over_frames() {
    let mut story = many(60_000);
    story.made(CONN, Call::Recv { max: 5 }, failed(Errno::ECONNRESET));
    let mut harness = desk(story);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    harness.get_by_label("Log filter").type_text("ECONNRESET");
    let mut searching = 0;
    for _ in 0..10_000 {
        harness.step();
        searching += usize::from(says(&harness, "searching…"));
        if texts(&harness)
            .iter()
            .any(|text| text == "1 of 60,008 calls")
        {
            break;
        }
    }
    assert!(
        searching > 1,
        "it was searched at once, in {searching} frames"
    );
    assert_eq!(rows(&harness).len(), 1);
}

#[test]
fn a_filter_forgets_rows_that_were_let_go_and_says_how_many_went() {
    let limits = Limits {
        rows: 400,
        ..Default::default()
    };
    let mut story = Story::new(limits);
    story.socket(2, CLIENT);
    let mut harness = desk(story);
    type_filter(&mut harness, "recv");
    for round in 0..30 {
        let story = &mut harness.state_mut().story;
        for _ in 0..49 {
            story.made(CLIENT, Call::Recv { max: 3 }, received(b"x"));
        }
        let errno = failed(Errno::ECONNRESET);
        story.made(CLIENT, Call::Recv { max: 100 + round }, errno);
        harness.run();
    }
    let recording = &harness.state().story.recording;
    let let_go = recording.let_go();
    assert!(let_go > 0);
    // All rows but the socket's own are receives.
    let left = recording.len() - 1;
    assert!(says(&harness, &format!("{left} of 1,501 calls")));
    let rows_were = format!("the oldest {} rows were let go", grouped(let_go));
    assert!(says(&harness, &rows_were), "{rows_were}");
    harness.get_by_label("Log rows").focus();
    harness.key_press(Key::Home);
    harness.run();
    assert!(rows(&harness)[0].contains("client.recv(100)"));
}

/// A count below a million with its thousands set apart.
fn grouped(count: u64) -> String {
    match (count / 1000, count % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

/// Times once read keep their decimals, though rows far apart would need fewer.
#[test]
fn the_decimals_of_times_never_shrink() {
    fn decimals(harness: &egui_kittest::Harness<'_, Desk>) -> usize {
        let label = rows(harness).pop().unwrap();
        let time = label.split_whitespace().nth(1).unwrap().to_owned();
        time.split_once('.').unwrap().1.len()
    }
    let mut harness = desk(Story::connected());
    harness.run();
    let before = decimals(&harness);
    assert!(before > 2, "{before}");
    for _ in 0..30 {
        let story = &mut harness.state_mut().story;
        story.at += 1_000 * MILLISECOND;
        story.made(CLIENT, Call::Recv { max: 5 }, received(b"x"));
    }
    harness.run();
    assert!(rows(&harness).pop().unwrap().contains("recv(5)"));
    assert_eq!(decimals(&harness), before);
}
