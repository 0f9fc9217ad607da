//! Relays that scripts start.

use sockeye::model::relay::RelayOrder;
use sockeye::script::ast::{Action, Script};
use sockeye::script::syntax::parse;

use super::common::{run, script};

fn relay(script: &Script) -> &RelayOrder {
    let mut relays = script.statements.iter();
    let found = relays.find_map(|statement| match &statement.action {
        Action::Relay(order) => Some(&**order),
        _ => None,
    });
    found.unwrap()
}

/// Seen failing with: percentages without their tenth.
#[test]
fn a_relay_reads_back_as_it_is_written() {
    for line in [
        "# relay link: 127.0.0.1:5001 -> 127.0.0.1:5000, tcp",
        "# relay link: 127.0.0.1:0 -> 127.0.0.2:65535, tcp, delay 200 ms, limit 1000 bytes/s, slice 3 bytes, reset after 20 bytes",
        "# relay a1: [::1]:1025 -> [::1]:5000, udp, delay 1 ms, limit 9 bytes/s, lose 30%, repeat 10%, reorder 0.5%, seed 18446744073709551615",
    ] {
        let script = parse(line).unwrap();
        assert_eq!(script.statements[0].to_string(), line);
        let again = parse(&script.statements[0].to_string()).unwrap();
        assert_eq!(relay(&again), relay(&script));
    }
    let loose = "#relay  link :127.0.0.1:5001->localhost:5000 ,udp, lose 30 % ,seed 7";
    let tight = "# relay link: 127.0.0.1:5001 -> 127.0.0.1:5000, udp, lose 30%, seed 7";
    assert_eq!(relay(&parse(loose).unwrap()), relay(&parse(tight).unwrap()));
}

/// Seen failing with: columns counted from the colon.
#[test]
fn what_is_wrong_with_a_relay_is_said_with_line_and_column() {
    let ways = [
        ("", 17, "expected two addresses"),
        ("127.0.0.1:5001, tcp", 17, "expected two addresses"),
        (
            "127.0.0.1:80 -> 127.0.0.1:5000, tcp",
            17,
            "80 is below 1025",
        ),
        ("127.0.0.1:5001 -> example.org:5000, tcp", 35, "address"),
        (
            "127.0.0.1:5001 -> 127.0.0.1:0, tcp",
            35,
            "0 is no place to send to",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5001, tcp",
            35,
            "would never end",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000",
            49,
            "expected `tcp` or `udp`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, sctp",
            51,
            "expected `tcp` or `udp`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, tcp, lose 30%",
            56,
            "TCP loses nothing",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, udp, slice 3 bytes",
            56,
            "goes on whole",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, udp, lose 101%",
            56,
            "expected `delay 200 ms`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, udp, lose 3.14%",
            56,
            "expected `delay 200 ms`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, tcp, delay 60001 ms",
            56,
            "expected `delay 200 ms`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, tcp, limit 0 bytes/s",
            56,
            "expected `delay 200 ms`",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, tcp, delay 1 ms, delay 2 ms",
            68,
            "`delay` is said twice",
        ),
        (
            "127.0.0.1:5001 -> 127.0.0.1:5000, tcp,",
            55,
            "expected `delay 200 ms`",
        ),
    ];
    for (what, column, message) in ways {
        let error = parse(&format!("\n  # relay link: {what}")).unwrap_err();
        let said = error.to_string();
        assert_eq!(error.line, 2, "{what}: {said}");
        assert!(said.contains(message), "{what}: {said}");
        assert_eq!(error.column, column, "{what}: {said}");
    }
    let twice = "# relay a: 127.0.0.1:5001 -> 127.0.0.1:5000, tcp\n".repeat(2);
    let error = parse(&twice).unwrap_err();
    assert_eq!(
        (error.line, &*error.message),
        (2, "there are two relays `a`")
    );
    // Words about relays are words.
    let words = parse("# relay races: fun\n# Note: a relay\n# relay\nsleep(0)");
    assert!(words.is_err(), "a name and a colon are a relay");
    let words = parse("# A relay: fun\n# relay 2: fun\n# relay\nsleep(0)").unwrap();
    assert_eq!(
        words.statements[0].narration.as_deref(),
        Some("A relay: fun relay 2: fun relay")
    );
}

/// Seen failing with: a relay bound without a look at who can reach it.
#[test]
fn a_relay_that_others_can_reach_is_refused() {
    let file = script("# relay link: 0.0.0.0:5001 -> 127.0.0.1:5000, udp\n");
    let (code, _, err) = run(&["play", file.path().to_str().unwrap()]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("lets others reach this computer"), "{err}");
}

/// Seen failing with: a play that ends before its relays, and ports left as they are written.
#[test]
fn the_terminal_plays_relays_at_free_ports_and_says_what_they_do() {
    let file = script(
        "box = socket(AF_INET, SOCK_DGRAM)\n\
         box.bind((\"127.0.0.1\", 5001))\n\
         # A bad line.\n\
         # relay link: 127.0.0.1:5002 -> 127.0.0.1:5001, udp, lose 30%, repeat 20%, reorder 20%, seed 141\n\
         box.sendto(b\"one\", (\"127.0.0.1\", 5002))  # -> 3\n\
         box.sendto(b\"two\", (\"127.0.0.1\", 5002))  # -> 3\n\
         box.sendto(b\"three\", (\"127.0.0.1\", 5002))  # -> 5\n\
         box.recvfrom(1024)  # -> b\"two\"\n\
         box.recvfrom(1024)  # -> b\"two\"\n\
         box.recvfrom(1024)  # -> b\"one\"\n\
         box.setblocking(False)\n\
         box.recvfrom(1024)  # -> EAGAIN\n",
    );
    let path = file.path().to_str().unwrap();
    let (code, out, err) = run(&["play", path, "--free-ports"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for said in [
        "# A bad line.",
        "loses 30 %, repeats 20 %, swaps 20 %, seed 141.",
        "port 5002 of the script is ",
        "# link holds back datagram 1 to ",
        "# link repeats datagram 2 to ",
        "# link loses datagram 3 to ",
        "link_out.close()",
        "# link ends.",
    ] {
        assert!(out.contains(said), "{said} is missing in\n{out}");
    }
    assert!(!out.contains("is 5002 here"), "{out}");
    let (code, out, err) = run(&["check", path]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

/// Seen failing with: a relay that could not bind taken for one that stands.
#[test]
fn a_relay_that_does_not_begin_is_a_failure_of_its_line() {
    let file = script(
        "server = socket(AF_INET, SOCK_DGRAM)\n\
         server.bind((\"127.0.0.1\", 0))\n\
         # relay one: 127.0.0.1:5001 -> 127.0.0.1:5000, udp\n\
         # relay two: 127.0.0.1:5001 -> 127.0.0.1:5000, udp\n",
    );
    let path = file.path().to_str().unwrap();
    let (code, out, err) = run(&["play", path, "--free-ports"]);
    assert_eq!(code, 1, "{out}");
    let said = "bind() answered EADDRINUSE";
    assert!(out.contains(said) && err.contains(said), "{out}\n{err}");
}
