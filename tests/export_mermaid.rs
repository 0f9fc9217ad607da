//! The ladder as a Mermaid sequence diagram: every line is one the grammar allows, whatever was sent.
//!
//! The grammar here is that of Mermaid's documentation, stricter: only the statements and signs written by Sockeye.
//! Where `SOCKEYE_MERMAID` names Mermaid's own module, its parser reads the diagrams too.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests fail as tests do, and say what they could not try"
)]

mod export_support;

use proptest::prelude::*;
use sockeye::export::mermaid::{self, escaped};
use sockeye::model::ladder::{Arrow, ArrowLook, BoxLook, Lane, Scene};

use export_support::harmless::{is_diagram, is_text, wrong};
use export_support::{Maker, address, arrow, call, capitals, socket};

#[test]
fn the_checker_tells_wrong_lines() {
    let names = ["s1".to_owned(), "s2".to_owned()];
    for line in [
        "s1->>s2: a;b",
        "s1->>s2: 50#",
        "s1->>s2: #lt;",
        "s1->>s2: the end",
        "s1->>s3: unknown",
        "s1=>s2: no such arrow",
        "Note over s1, now",
        "loop forever",
        "end",
        "%% {init: {}}",
        "participant s1 as \"quoted\"",
    ] {
        assert!(wrong(line, &names).is_some(), "{line}");
    }
    for line in [
        "s1-->>s2: SYN",
        "s1-)s2: b#34;x#34;",
        "Note over s2: recv(5) → EAGAIN × 3",
        "participant s1 as #35;1 server<br/>127.0.0.1#58;5000",
    ] {
        assert_eq!(wrong(line, &names), None);
    }
}

#[test]
fn the_diagram_tells_who_sent_what_to_whom() {
    let (recording, scene) = capitals();
    let diagram = mermaid::of_scene(&scene, &recording);
    is_diagram(&diagram);
    let lines: Vec<&str> = diagram.lines().collect();
    let expected = [
        "participant s1 as #35;1 server<br/>127.0.0.1#58;5000",
        "participant s2 as #35;2 client",
        "Note over s1: bind",
        "s2-->>s1: connect#58; SYN (by TCP, not seen)",
        "s1-->>s2: SYN+ACK (by TCP, not seen)",
        "Note over s1: seat in the accept queue",
        "Note over s1: accept() waited 3.1 s → #35;3 conn",
        "s1->>s3: accept → new #35;3",
        "s2->>s3: send#58; b#34;hello sockets#34; → recv(1024)",
        "Note over s2: recv(5) → EAGAIN × 3",
        "Note over s1: bind failed → EADDRINUSE",
        "s3->>s2: send#58; 13 B (not received)",
        "Note over s3: recv(1024) still waits, 3.2 s so far",
    ];
    for line in expected {
        assert!(lines.contains(&line), "{line}\n{diagram}");
    }
    let at = |wanted: &str| lines.iter().position(|line| *line == wanted).unwrap();
    assert!(at("s2-->>s1: connect#58; SYN (by TCP, not seen)") < at("s1->>s3: accept → new #35;3"));
    assert!(
        at("s1->>s3: accept → new #35;3")
            < at("s2->>s3: send#58; b#34;hello sockets#34; → recv(1024)")
    );
}

#[test]
fn each_kind_of_arrow_has_its_sign() {
    let (recording, _) = capitals();
    let outside = Lane::Outside(address("127.0.0.1:51724"));
    let (one, two) = (socket(1), socket(2));
    let arrows: Vec<Arrow> = [
        (ArrowLook::Data, outside, two, "5 of 13 B"),
        (ArrowLook::Datagram, one, two, "b\"x\""),
        (ArrowLook::Lost, one, two, "5 B lost"),
        (ArrowLook::End, one, two, "FIN"),
        (ArrowLook::Reset, one, outside, "RST"),
    ]
    .into_iter()
    .enumerate()
    .map(|(row, (look, from, to, label))| {
        let y = row as f64;
        arrow((from, y), (to, y + 0.3), look, label, true, None)
    })
    .collect();
    let scene = Scene {
        arrows,
        end: 5.0,
        ..Scene::default()
    };
    let diagram = mermaid::of_scene(&scene, &recording);
    is_diagram(&diagram);
    for line in [
        "participant p1 as another program<br/>127.0.0.1#58;51724",
        "p1->>s2: 5 of 13 B (not received)",
        "s1-)s2: b#34;x#34; (not received)",
        "s1-xs2: 5 B lost",
        "s1->>s2: FIN",
        "s1-xp1: RST",
    ] {
        assert!(
            diagram.lines().any(|other| other == line),
            "{line}\n{diagram}"
        );
    }
}

#[test]
fn a_scene_of_syntax_is_words() {
    let (recording, mut scene) = capitals();
    for call in &mut scene.boxes {
        call.text = "end\nloop x; #lt; %%{init}%%".to_owned();
        call.result = "\u{2066}--> :<script>".to_owned();
    }
    for arrow in &mut scene.arrows {
        arrow.label = "wrap: END; s1->>s2: forged".to_owned();
    }
    is_diagram(&mermaid::of_scene(&scene, &recording));
}

proptest! {
    #[test]
    fn any_text_is_escaped(text in "(\\PC|\\p{C}|[#;:%{}]|end| ){0,40}") {
        let escaped = escaped(&text);
        prop_assert!(is_text(&escaped), "{escaped}");
    }
}

#[test]
fn a_long_session_keeps_its_newest_within_mermaids_limit() {
    let (recording, _) = capitals();
    let boxes = (0..9_000_u64)
        .map(|row| {
            call(
                socket(1),
                row + 1,
                row as f64,
                "recv(5)",
                "EAGAIN",
                BoxLook::WouldBlock,
            )
        })
        .map(|mut call| {
            call.result = format!("EAGAIN {}", call.row.0);
            call
        })
        .collect();
    let scene = Scene {
        boxes,
        end: 9_000.0,
        ..Scene::default()
    };
    let diagram = mermaid::of_scene(&scene, &recording);
    is_diagram(&diagram);
    assert!(diagram.contains("EAGAIN 9000\n") && !diagram.contains("EAGAIN 1000\n"));
    assert!(
        diagram.contains("Note over s1: not in this diagram"),
        "{}",
        &diagram[..400]
    );
}

#[test]
fn an_empty_session_is_a_diagram_too() {
    is_diagram(&mermaid::diagram(&Maker::new().recording));
}
