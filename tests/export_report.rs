//! The session report: what it holds, and that nothing in it is markup but its own.
#![allow(clippy::unwrap_used, reason = "tests fail as tests do")]

mod export_support;

use proptest::prelude::*;
use sockeye::export::Format;
use sockeye::export::report::escaped;
use sockeye::model::call::{Call, Outcome, Protocol};
use sockeye::model::errno::Errno;
use sockeye::model::payload::{is_hidden, visible_text};
use sockeye::model::recording::Recording;

use export_support::{Maker, capitals_recording};

fn report(recording: &Recording) -> String {
    let mut out = Vec::new();
    Format::Report.write(recording, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn it_holds_all_that_homework_asks_for() {
    let text = report(&capitals_recording());
    for piece in [
        "# Sockeye session report\n",
        "| Began | 2026-01-02T03:04:05Z |",
        "| Platform | linux 6.18 x86_64 |",
        "| Calls | 12 |",
        "| Calls that waited | 2 |",
        "| Calls that would have had to wait | 1 |",
        "| Bytes sent | 26 |",
        "## Sockets\n",
        "| #3 | conn | server | connection | TCP IPv4 | 127.0.0.1:5000 |",
        "```mermaid\nsequenceDiagram\n",
        "## The log\n",
        "<code>client.send(b\"hello sockets\")</code> | <code>13</code>",
        "<code>conn.recv(1024)</code> | <code>… waits</code>",
        "took 3.120 s",
        "## Errors met, and why\n",
        "- **EAGAIN** from <code>recv()</code>, once, first in call 9: Nothing in the buffer yet.",
        "  - Try: ",
    ] {
        assert!(text.contains(piece), "{piece:?} is missing in\n{text}");
    }
}

#[test]
fn an_error_met_often_is_explained_once() {
    let mut maker = Maker::new();
    let one = maker.socket(1, "s", Protocol::Tcp, 1);
    for at in 2..5 {
        let failed = Outcome::Error(Errno::ENOTCONN);
        maker.call(1, one, Call::Recv { max: 5 }, failed, at);
    }
    let text = report(&maker.recording);
    assert_eq!(text.matches("**ENOTCONN**").count(), 1, "{text}");
    assert!(text.contains("3 times, first in call 2"), "{text}");
    assert!(text.contains("| Calls that failed | 3 |"), "{text}");
}

proptest! {
    #[test]
    fn any_text_stays_text(text in "(\\PC|\\p{C}|[|`<>&*_\\[\\]\\\\!:/.w#-]){0,40}") {
        let safe = escaped(&text);
        prop_assert!(!safe.contains(['<', '>', '|', '`', '\\', '*', '[', ']']));
        prop_assert!(!safe.chars().any(is_hidden));
        // Read as a browser reads it, it is what is shown everywhere.
        let mut read = String::new();
        let mut rest = safe.as_str();
        while let Some(at) = rest.find("&#") {
            read.push_str(&rest[..at]);
            let end = at + rest[at..].find(';').unwrap();
            let number: u32 = rest[at + 2..end].parse().unwrap();
            read.push(char::from_u32(number).unwrap());
            rest = &rest[end + 1..];
        }
        read.push_str(rest);
        prop_assert_eq!(read, &*visible_text(&text));
    }
}
