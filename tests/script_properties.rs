//! Properties of the reader: text it writes it reads back the same.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use proptest::prelude::*;
use sockeye::export::csv;
use sockeye::model::payload::{is_hidden, python_literal, visible_text};
use sockeye::script::ast::{Action, Data, Invocation};
use sockeye::script::syntax::{parse_line, parse_open};

fn address() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        Just(String::new()),
        Just("localhost".to_owned()),
        any::<std::net::Ipv4Addr>().prop_map(|ip| ip.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|ip| ip.to_string()),
    ];
    let port = prop_oneof![Just(0_u16), 1025..=u16::MAX];
    prop_oneof![
        (host, port).prop_map(|(host, port)| format!("(\"{host}\", {port})")),
        Just("other.getsockname()".to_owned()),
        Just("other.getpeername()".to_owned()),
        Just("somewhere".to_owned()),
    ]
}

fn data() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| python_literal(&bytes, usize::MAX)),
        (prop::collection::vec(any::<u8>(), 0..4), 0..5000_u32)
            .prop_map(|(unit, times)| format!("{} * {times}", python_literal(&unit, usize::MAX))),
        Just("data".to_owned()),
        Just("data.upper()".to_owned()),
    ]
}

fn expectation() -> impl Strategy<Value = String> {
    let end = prop_oneof![
        any::<i32>().prop_map(|number| number.to_string()),
        prop::collection::vec(any::<u8>(), 0..9)
            .prop_map(|bytes| python_literal(&bytes, usize::MAX)),
        Just("EAGAIN".to_owned()),
        Just("ECONNREFUSED".to_owned()),
        Just("ok".to_owned()),
        Just("interrupted".to_owned()),
    ];
    prop_oneof![
        Just(String::new()),
        Just("  # -> waits".to_owned()),
        end.clone().prop_map(|end| format!("  # -> {end}")),
        end.prop_map(|end| format!("  # -> waits, then {end}")),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    let call = prop_oneof![
        Just("s = socket(AF_INET6, SOCK_DGRAM)".to_owned()),
        Just("conn, peer = s.accept()".to_owned()),
        Just("s.close()".to_owned()),
        Just("s.shutdown(SHUT_RDWR)".to_owned()),
        Just("s.setblocking(False)".to_owned()),
        Just("where = s.getpeername()".to_owned()),
        any::<i32>().prop_map(|backlog| format!("s.listen({backlog})")),
        any::<i32>().prop_map(|value| format!("s.setsockopt(SOL_SOCKET, SO_RCVBUF, {value})")),
        (0.0..3600.0_f64)
            .prop_map(|seconds| format!("r, w, x = select([s, t], [], [t], {seconds})")),
        Just("ready = select([s], [s], [])".to_owned()),
        (0..1_000_000_u32).prop_map(|max| format!("text = s.recv({max})")),
        (0..1_000_000_u32).prop_map(|max| format!("text, peer = s.recvfrom({max})")),
        data().prop_map(|data| format!("s.send({data})")),
        data().prop_map(|data| format!("s.sendall({data})")),
        address().prop_map(|address| format!("s.bind({address})")),
        address().prop_map(|address| format!("s.connect({address})")),
        (data(), address()).prop_map(|(data, address)| format!("s.sendto({data}, {address})")),
    ];
    let other = prop_oneof![
        (0.0..3600.0_f64).prop_map(|seconds| format!("sleep({seconds})")),
        Just("interrupt(s)".to_owned()),
    ];
    prop_oneof![
        9 => (call, expectation()).prop_map(|(call, expectation)| call + &expectation),
        1 => other,
    ]
}

proptest! {
    #[test]
    fn a_statement_is_read_back_as_it_is_written(text in statement()) {
        let first = parse_line(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let written = first.statements[0].to_string();
        let second = parse_line(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        let [first, second] = [&first.statements[0], &second.statements[0]];
        prop_assert_eq!(&first.targets, &second.targets);
        prop_assert_eq!(&first.action, &second.action);
        prop_assert_eq!(&first.expectation, &second.expectation);
    }

    #[test]
    fn every_payload_survives_its_own_literal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let script = parse_open(&format!("s.send({})", python_literal(&bytes, usize::MAX))).unwrap();
        let Action::Call { invocation: Invocation::Send(Data::Literal(payload)), .. } = &script.statements[0].action else {
            panic!("{script:?}");
        };
        prop_assert_eq!(&*payload.to_bytes().unwrap(), &*bytes);
    }

    #[test]
    fn nothing_hidden_is_shown_and_no_cell_is_a_formula(text in "(\\PC|[=+@-]|\\p{C}){0,20}") {
        prop_assert!(!visible_text(&text).chars().any(is_hidden));
        let cell = csv::cell(&text);
        prop_assert!(!cell.starts_with(['=', '+', '-', '@']));
        prop_assert!(!cell.chars().any(is_hidden));
    }
}
