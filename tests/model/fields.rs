//! Port and address fields.

use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use sockeye::model::address::{
    Port, PortChoice, is_reachable, nc_line, parse_host, parse_host_port, python_line, python_tuple,
};
use sockeye::model::call::{Family, Protocol};

use crate::python;
use crate::session::address;

#[test]
fn a_port_field_takes_these_texts() {
    let cases = [
        ("1025", 1025),
        ("5000", 5000),
        (" 5000 ", 5000),
        ("65535", 65535),
        ("05000", 5000),
        ("0", 0),
        ("00", 0),
    ];
    for (text, number) in cases {
        let choice = Port::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(choice.get(), number, "{text:?}");
        assert_eq!(choice == PortChoice::AnyFree, number == 0, "{text:?}");
    }
}

#[test]
fn a_port_field_says_in_one_sentence_what_is_wrong() {
    let cases = [
        (
            "80",
            "80 is below 1025: your system keeps the low ports (EACCES)",
        ),
        (
            "1023",
            "1023 is below 1025: your system keeps the low ports (EACCES)",
        ),
        ("1024", "1024 is below 1025: Sockeye uses 1025–65535"),
        ("70000", "70000 is too big: choose 1025–65535"),
        ("65536", "65536 is too big: choose 1025–65535"),
        ("99999999999", "99999999999 is too big: choose 1025–65535"),
        ("-1", "-1 is below 0: choose 1025–65535"),
        ("abc", "abc is not a number: choose 1025–65535"),
        ("50 00", "50 00 is not a number: choose 1025–65535"),
        ("+5000", "+5000 is not a number: choose 1025–65535"),
        ("5e3", "5e3 is not a number: choose 1025–65535"),
        ("-", "- is not a number: choose 1025–65535"),
        ("", "type a port: 1025–65535, or 0 for any free one"),
        ("  ", "type a port: 1025–65535, or 0 for any free one"),
        (
            "５０００",
            "５０００ is not in the digits 0 to 9: type 1025–65535",
        ),
        ("٥٠٠٠", "٥٠٠٠ is not in the digits 0 to 9: type 1025–65535"),
    ];
    for (text, sentence) in cases {
        let error = Port::parse(text).expect_err(text);
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_hostile_port_text_is_shown_short_and_visible() {
    let error = Port::parse(&format!("\u{202e}\x1b[31m{}", "9".repeat(10_000)))
        .expect_err("no port")
        .to_string();
    assert!(error.starts_with("\\u{202e}\\x1b[31m999"), "{error}");
    assert!(error.len() < 120, "{error}");
}

#[test]
fn a_host_field_takes_addresses_and_localhost() {
    let cases = [
        ("127.0.0.1", Family::Ipv4, "127.0.0.1", None),
        (" 127.0.0.1 ", Family::Ipv4, "127.0.0.1", None),
        ("0.0.0.0", Family::Ipv4, "0.0.0.0", None),
        ("::1", Family::Ipv6, "::1", None),
        ("[::1]", Family::Ipv6, "::1", None),
        (
            "localhost",
            Family::Ipv4,
            "127.0.0.1",
            Some("localhost is 127.0.0.1"),
        ),
        ("LocalHost", Family::Ipv6, "::1", Some("localhost is ::1")),
        ("", Family::Ipv4, "0.0.0.0", Some("all addresses")),
        ("", Family::Ipv6, "::", Some("all addresses")),
        ("::1", Family::Ipv4, "::1", Some("EAFNOSUPPORT")),
        ("127.0.0.1", Family::Ipv6, "127.0.0.1", Some("EAFNOSUPPORT")),
    ];
    for (text, family, ip, note) in cases {
        let choice = parse_host(text, family).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(choice.ip.to_string(), ip, "{text:?}");
        match note {
            Some(part) => assert!(
                choice.note.is_some_and(|note| note.contains(part)),
                "{text:?}"
            ),
            None => assert_eq!(choice.note, None, "{text:?}"),
        }
    }
}

#[test]
fn a_host_field_looks_no_name_up() {
    let cases = [
        (
            "256.1.1.1",
            "256.1.1.1 is no address: four numbers from 0 to 255 with dots between",
        ),
        (
            "127.1",
            "127.1 is no address: four numbers from 0 to 255 with dots between",
        ),
        (
            "１２７.0.0.1",
            "１２７.0.0.1 is no address: four numbers from 0 to 255 with dots between",
        ),
        (
            "example",
            "example: names are not looked up here: type an address",
        ),
        (
            "example.com",
            "example.com: names are not looked up here: type an address",
        ),
        (
            "0x7f000001",
            "0x7f000001: names are not looked up here: type an address",
        ),
        ("::g", "::g is no IPv6 address: ::1 is one"),
        ("[127.0.0.1]", "[127.0.0.1] is no IPv6 address: ::1 is one"),
        (
            "fe80::1%eth0",
            "fe80::1%eth0 is no IPv6 address: ::1 is one",
        ),
    ];
    for (text, sentence) in cases {
        let error = parse_host(text, Family::Ipv4).expect_err(text);
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn a_host_port_field_takes_both() {
    let cases = [
        ("127.0.0.1:5000", Family::Ipv4, "127.0.0.1:5000"),
        (" localhost : 5000 ", Family::Ipv4, "127.0.0.1:5000"),
        (":5000", Family::Ipv4, "0.0.0.0:5000"),
        (":5000", Family::Ipv6, "[::]:5000"),
        ("[::1]:5000", Family::Ipv6, "[::1]:5000"),
        ("[::1]:5000", Family::Ipv4, "[::1]:5000"),
        ("127.0.0.1:0", Family::Ipv4, "127.0.0.1:0"),
    ];
    for (text, family, expected) in cases {
        let got = parse_host_port(text, family).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(got, address(expected), "{text:?}");
    }
    let wrong = [
        ("", "type host:port, as 127.0.0.1:5000"),
        ("5000", "type host:port, as 127.0.0.1:5000"),
        ("::1:5000", "an IPv6 address needs brackets, as [::1]:5000"),
        (
            "example:5000",
            "example: names are not looked up here: type an address",
        ),
        (
            "127.0.0.1:80",
            "80 is below 1025: your system keeps the low ports (EACCES)",
        ),
        (
            "127.0.0.1:",
            "type a port: 1025–65535, or 0 for any free one",
        ),
    ];
    for (text, sentence) in wrong {
        let error = parse_host_port(text, Family::Ipv4).expect_err(text);
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn an_endpoint_has_these_texts() {
    let v4 = address("127.0.0.1:5000");
    let all = address("0.0.0.0:5000");
    let v6 = address("[::1]:5000");
    assert_eq!(v6.to_string(), "[::1]:5000");
    assert_eq!(python_tuple(&v6), "(\"::1\", 5000)");
    assert_eq!(nc_line(&v4, Protocol::Tcp), "nc 127.0.0.1 5000");
    assert_eq!(nc_line(&v4, Protocol::Udp), "nc -u 127.0.0.1 5000");
    assert_eq!(nc_line(&v6, Protocol::Tcp), "nc ::1 5000");
    // Nobody can connect to "all addresses".
    assert_eq!(nc_line(&all, Protocol::Tcp), "nc 127.0.0.1 5000");
    assert_eq!(
        python_line(&v4, Protocol::Tcp),
        "s = socket(AF_INET, SOCK_STREAM); s.connect((\"127.0.0.1\", 5000))"
    );
    let parsed = python::lines(
        "import sys, ast\nfor line in sys.stdin: ast.parse(line); print('parsed')",
        &format!(
            "{}\n{}\n",
            python_line(&v6, Protocol::Tcp),
            python_line(&all, Protocol::Udp)
        ),
    );
    assert_eq!(parsed, ["parsed", "parsed"]);
}

/// Python's `ipaddress` says which addresses are loopback.
#[test]
fn everything_but_loopback_can_be_reached() {
    let ips = [
        "127.0.0.1",
        "127.255.0.9",
        "0.0.0.0",
        "192.168.1.23",
        "10.0.0.1",
        "169.254.1.1",
        "8.8.8.8",
        "::1",
        "::",
        "fe80::1",
        "2001:db8::1",
    ];
    let program = "import sys, ipaddress\nfor line in sys.stdin: print(ipaddress.ip_address(line.strip()).is_loopback)";
    let loopback = python::lines(program, &ips.join("\n"));
    for (ip, loopback) in ips.iter().zip(loopback) {
        let reachable = is_reachable(ip.parse::<IpAddr>().expect("an address"));
        assert_eq!(reachable, loopback == "False", "{ip}");
    }
    let mapped: IpAddr = "::ffff:127.0.0.1".parse().expect("an address");
    assert!(!is_reachable(mapped), "it is 127.0.0.1 in IPv6's clothes");
}

proptest! {
    #[test]
    fn no_text_makes_a_field_panic(text in "\\PC*|[0-9:.\\[\\] -]*") {
        for family in [Family::Ipv4, Family::Ipv6] {
            drop(parse_host_port(&text, family));
            drop(parse_host(&text, family));
        }
        drop(Port::parse(&text));
    }

    #[test]
    fn a_host_port_reads_back_what_it_shows(ip in any::<IpAddr>(), port in 1025_u16..) {
        let endpoint = SocketAddr::new(ip, port);
        let family = Family::of(&endpoint);
        prop_assert_eq!(parse_host_port(&endpoint.to_string(), family), Ok(endpoint));
    }
}
