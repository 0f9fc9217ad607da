//! Exchanges: which calls are told as one thing, and in which words.

use sockeye::model::call::{Call, Outcome, Protocol, Value};
use sockeye::model::caption::{MOST_WORDS, caption_text};
use sockeye::model::errno::Errno;
use sockeye::model::event::Role;
use sockeye::model::exchange::{Exchange, exchange_caption, exchanges};
use sockeye::model::recording::RowNumber;

use super::session::{Session, connect};

fn told(session: &Session) -> Vec<Exchange> {
    exchanges(&session.recording, session.ladder.flow(), None)
}

/// Each exchange as its calls' rows, those that gave before the one that took.
fn rows(session: &Session) -> Vec<Vec<u64>> {
    let row = |number: RowNumber| number.0;
    told(session)
        .iter()
        .map(|exchange| {
            let from = exchange.from.iter().map(|(entry, _)| row(entry.number));
            from.chain([row(exchange.call.number)]).collect()
        })
        .collect()
}

fn caption(session: &Session) -> String {
    let all = told(session);
    let last = all.last().expect("something was told");
    let text = caption_text(&exchange_caption(last, session.recording.sockets()));
    assert!(
        text.split_whitespace().count() <= MOST_WORDS,
        "too many words: {text}"
    );
    text
}

fn last(session: &Session) -> u64 {
    session.recording.last().expect("a row").number.0
}

#[test]
fn a_send_is_told_with_the_receives_that_got_its_bytes() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.sends(client, b"hello sockets");
    let send = last(&session);
    assert_eq!(rows(&session).last(), Some(&vec![send]), "nobody took it");
    assert_eq!(
        told(&session).last().and_then(Exchange::reached),
        Some(conn),
        "it lies there"
    );
    session.receives(conn, b"hello");
    session.receives(conn, b" sockets");
    let all = rows(&session);
    assert_eq!(
        all[all.len() - 2..],
        [vec![send, send + 1], vec![send, send + 2]],
        "one send, told with each of the two"
    );
    assert!(!all.contains(&vec![send]), "and not by itself any more");
}

#[test]
fn a_connect_is_told_with_the_accept_that_took_it() {
    let mut session = Session::new();
    let (listener, client, conn) = session.connection();
    let all = told(&session);
    let accept = all
        .iter()
        .find(|exchange| exchange.born() == Some(conn))
        .expect("the accept");
    assert_eq!(accept.sockets(), [client, listener, conn]);
    let giver = accept.from.first().map(|(entry, _)| entry.call.clone());
    assert!(matches!(giver, Some(Call::Connect { .. })), "{giver:?}");
}

#[test]
fn the_end_is_told_with_the_close_that_sent_it() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.ok(client, Call::Close, Value::None);
    let close = last(&session);
    session.receives(conn, b"");
    assert_eq!(rows(&session).last(), Some(&vec![close, close + 1]));
    let text = caption(&session);
    assert!(
        text.contains("b\"\"") && text.contains("finished"),
        "{text}"
    );
}

#[test]
fn captions_name_who_gave_and_who_took_in_at_most_fifteen_words() {
    let mut session = Session::new();
    let (_, client, conn) = session.connection();
    session.sends(client, b"hello sockets");
    let sent = caption(&session);
    assert!(
        sent.contains("13 bytes") && sent.contains("not read"),
        "{sent}"
    );
    session.receives(conn, b"hello sockets");
    let got = caption(&session);
    let name = |id| {
        session
            .recording
            .sockets()
            .get(id)
            .expect("it")
            .name
            .clone()
    };
    for word in [name(client), name(conn), "13 bytes".to_owned()] {
        assert!(got.contains(&word), "{got} lacks {word}");
    }
}

#[test]
fn a_call_that_fails_is_told_by_itself() {
    let mut session = Session::new();
    let socket = session.socket(Role::Client, Protocol::Tcp);
    let refused = Outcome::Error(Errno::ECONNREFUSED);
    session.does(socket, connect("127.0.0.1:5000"), refused);
    assert_eq!(rows(&session).last(), Some(&vec![last(&session)]));
    assert!(caption(&session).contains("ECONNREFUSED"));
}
