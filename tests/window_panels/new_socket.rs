//! The New socket panel and its rail.

use super::stage::{PANEL, Stage, builder, click, open, panel, pushed, rail, retype, says, wanted};
use eframe::egui::{Key, vec2};
use egui_kittest::kittest::Queryable as _;
use sockeye::model::call::{BlockingMode, Family, Protocol};
use sockeye::model::event::Role;
use sockeye::views::new_socket::NewSocketChoices;
use sockeye::views::{Action, LocalAddress, NewSocket};

#[test]
fn the_defaults_make_a_blocking_tcp_server_on_loopback() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "socket()");
    let expected = NewSocket {
        role: Role::Server,
        protocol: Protocol::Tcp,
        family: Family::Ipv4,
        mode: BlockingMode::Blocking,
        host: "127.0.0.1".to_owned(),
        port: 5000,
    };
    assert_eq!(pushed(&mut harness), [Action::NewSocket(expected)]);
}

#[test]
fn bad_ports_are_said_beside_the_field_and_make_no_socket() {
    for (text, words) in [
        ("1024", "1024 is below 1025"),
        ("80", "80 is below 1025"),
        ("65536", "65536 is too big"),
        ("99999999999", "99999999999 is too big"),
        ("-1", "-1 is below 0"),
        ("abc", "abc is not a number"),
        ("", "type a port"),
        ("５０００", "not in the digits 0 to 9"),
    ] {
        // The fonts that ship need no full-width digits: a box stands for each.
        let mut harness = builder(PANEL).allow_missing_glyphs().build_ui_state(
            |ui, stage: &mut Stage| stage.draw(ui, panel),
            Stage::default(),
        );
        retype(&mut harness, "New socket port", text);
        assert!(
            says(&harness, words),
            "{text:?} should be answered by {words:?}"
        );
        click(&mut harness, "socket()");
        assert_eq!(pushed(&mut harness), [], "{text:?} made a socket");
        assert!(
            harness.get_by_label("New socket port").is_focused(),
            "{text:?}"
        );
        assert_eq!(
            harness
                .get_by_label("New socket port")
                .value()
                .unwrap_or_default(),
            text,
            "what was typed is lost"
        );
        assert_eq!(
            harness.state().ui.new_socket.choices.port,
            5000,
            "{text:?} is remembered"
        );
    }
}

#[test]
fn good_ports_are_taken_with_spaces_round_them_too() {
    for (text, port) in [("1025", 1025), ("65535", 65535), (" 5000 ", 5000), ("0", 0)] {
        let mut harness = open(Stage::default(), PANEL, panel);
        retype(&mut harness, "New socket port", text);
        click(&mut harness, "socket()");
        let actions = pushed(&mut harness);
        assert_eq!(
            wanted(&actions).map(|wanted| wanted.port),
            Some(port),
            "{text:?}"
        );
    }
}

#[test]
fn any_free_port_is_offered_where_a_port_is_bound_and_refused_where_one_is_reached() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "Use any free port");
    assert!(says(&harness, "any free port: your system picks one"));
    click(&mut harness, "socket()");
    assert_eq!(
        wanted(&pushed(&mut harness)).map(|wanted| wanted.port),
        Some(0)
    );
    click(&mut harness, "For: Client");
    assert!(says(&harness, "0 is no port to reach"));
    assert!(harness.query_by_label("Use any free port").is_none());
    click(&mut harness, "socket()");
    assert_eq!(pushed(&mut harness), []);
}

#[test]
fn the_role_words_the_address_and_decides_whether_everyone_is_offered() {
    for (role, protocol, title, everyone) in [
        ("For: Server", "Protocol: TCP", "Listen on", true),
        ("For: Server", "Protocol: UDP", "Bind to", true),
        ("For: Client", "Protocol: TCP", "Connect to", false),
        ("For: Client", "Protocol: UDP", "Send to", false),
        ("For: Peer", "Protocol: TCP", "Bind to", true),
    ] {
        let mut harness = open(Stage::default(), PANEL, panel);
        click(&mut harness, role);
        click(&mut harness, protocol);
        assert!(harness.query_by_label(title).is_some(), "{role} {protocol}");
        click(&mut harness, "New socket address");
        let offered = harness.query_by_label("0.0.0.0 · everyone who can reach me");
        assert_eq!(offered.is_some(), everyone, "{role} {protocol}");
    }
}

#[test]
fn this_computers_own_addresses_are_offered_by_family() {
    let mut stage = Stage::default();
    for (interface, ip) in [
        ("eth0", "192.168.1.23"),
        ("eth0", "2001:db8::23"),
        ("eth0", "fe80::1"),
    ] {
        stage.addresses.push(LocalAddress {
            interface: interface.to_owned(),
            ip: ip.parse().unwrap(),
        });
    }
    let mut harness = open(stage, PANEL, panel);
    click(&mut harness, "New socket address");
    assert!(
        harness
            .query_by_label("2001:db8::23 · my network, eth0")
            .is_none()
    );
    click(&mut harness, "192.168.1.23 · my network, eth0");
    assert!(says(
        &harness,
        "Others can reach this: Sockeye asks before it binds"
    ));
    click(&mut harness, "socket()");
    let actions = pushed(&mut harness);
    assert_eq!(wanted(&actions).unwrap().host, "192.168.1.23");
    click(&mut harness, "Family: IPv6");
    assert!(!says(&harness, "Others can reach this"), "it is ::1 now");
    click(&mut harness, "New socket address");
    assert!(
        harness
            .query_by_label("fe80::1 · my network, eth0")
            .is_none()
    );
    click(&mut harness, ":: · everyone who can reach me");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "::");
}

#[test]
fn a_client_is_never_left_with_all_addresses() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "New socket address");
    click(&mut harness, "0.0.0.0 · everyone who can reach me");
    click(&mut harness, "For: Client");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "127.0.0.1");
}

#[test]
fn any_other_address_can_be_typed_and_is_explained() {
    for (family, text, words, host) in [
        (
            "Family: IPv4",
            "localhost",
            "localhost is 127.0.0.1",
            Some("127.0.0.1"),
        ),
        ("Family: IPv6", "localhost", "localhost is ::1", Some("::1")),
        ("Family: IPv6", "::1", "", Some("::1")),
        (
            "Family: IPv4",
            "::1",
            "an IPv6 address for an IPv4 socket",
            Some("::1"),
        ),
        (
            "Family: IPv4",
            " 10.0.0.7 ",
            "Others can reach this",
            Some("10.0.0.7"),
        ),
        (
            "Family: IPv4",
            "",
            "all addresses of this computer",
            Some("0.0.0.0"),
        ),
        ("Family: IPv4", "256.1.1.1", "256.1.1.1 is no address", None),
        ("Family: IPv4", "example", "names are not looked up", None),
        ("Family: IPv6", ":::", "is no IPv6 address", None),
    ] {
        let mut harness = open(Stage::default(), PANEL, panel);
        click(&mut harness, family);
        click(&mut harness, "New socket address");
        click(&mut harness, "another address …");
        assert!(
            harness
                .get_by_label("New socket other address")
                .is_focused()
        );
        retype(&mut harness, "New socket other address", text);
        assert!(
            says(&harness, words),
            "{text:?} should be answered by {words:?}"
        );
        click(&mut harness, "socket()");
        let actions = pushed(&mut harness);
        let made = wanted(&actions).map(|wanted| wanted.host.as_str());
        assert_eq!(made, host, "{text:?}");
        let remembered = &harness.state().ui.new_socket.choices.host;
        assert!(
            remembered.parse::<std::net::IpAddr>().is_ok(),
            "{text:?} kept {remembered:?}"
        );
    }
}

#[test]
fn a_client_needs_an_address_to_reach() {
    let mut harness = open(Stage::default(), PANEL, panel);
    click(&mut harness, "For: Client");
    assert!(says(
        &harness,
        "A client needs no bind: connect picks its port."
    ));
    click(&mut harness, "New socket address");
    click(&mut harness, "another address …");
    retype(&mut harness, "New socket other address", "");
    assert!(says(&harness, "type the address to reach"));
    click(&mut harness, "socket()");
    assert_eq!(pushed(&mut harness), []);
}

#[test]
fn every_choice_of_kind_reaches_the_socket() {
    let mut harness = open(Stage::default(), PANEL, panel);
    for name in [
        "For: Peer",
        "Protocol: UDP",
        "Family: IPv6",
        "Mode: Non-blocking",
        "socket()",
    ] {
        click(&mut harness, name);
    }
    let expected = NewSocket {
        role: Role::Peer,
        protocol: Protocol::Udp,
        family: Family::Ipv6,
        mode: BlockingMode::NonBlocking,
        host: "::1".to_owned(),
        port: 5000,
    };
    assert_eq!(pushed(&mut harness), [Action::NewSocket(expected)]);
}

#[test]
fn choices_survive_a_settings_file_and_an_older_one() {
    let choices = NewSocketChoices {
        role: Role::Peer,
        protocol: Protocol::Udp,
        family: Family::Ipv6,
        mode: BlockingMode::NonBlocking,
        host: "::1".to_owned(),
        port: 0,
    };
    let text = toml::to_string(&choices).unwrap();
    assert_eq!(toml::from_str::<NewSocketChoices>(&text).unwrap(), choices);
    let older = toml::from_str::<NewSocketChoices>("port = 6000").unwrap();
    assert_eq!((older.port, older.role), (6000, Role::Server));
}

#[test]
fn the_ruler_says_where_the_port_lies() {
    let mut harness = open(Stage::default(), PANEL, panel);
    assert!(says(&harness, "Port ruler: 5000 is among yours"));
    retype(&mut harness, "New socket port", "80");
    assert!(says(&harness, "Port ruler: 80 is below 1025"));
    retype(&mut harness, "New socket port", "70000");
    assert!(says(&harness, "Port ruler: no port to show"));
}

#[test]
fn nothing_below_the_port_moves_while_it_is_typed() {
    let mut harness = open(Stage::default(), PANEL, panel);
    let before = harness.get_by_label("socket()").rect();
    for text in ["80", "70000", "abc", "", "0", "99999999999"] {
        retype(&mut harness, "New socket port", text);
        assert_eq!(harness.get_by_label("socket()").rect(), before, "{text:?}");
    }
}

#[test]
fn the_rail_opens_the_panel_and_closes_it_with_escape_a_click_beside_or_a_socket() {
    let mut harness = open(Stage::default(), vec2(1024.0, 700.0), rail);
    assert!(harness.query_by_label("socket()").is_none());
    click(&mut harness, "New socket");
    click(&mut harness, "New socket address");
    click(&mut harness, "0.0.0.0 · everyone who can reach me");
    assert!(
        harness.query_by_label("socket()").is_some(),
        "its list closes it"
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert!(
        harness.query_by_label("socket()").is_none(),
        "Escape leaves it open"
    );
    click(&mut harness, "New socket");
    harness.drag_at(vec2(800.0, 500.0).to_pos2());
    harness.drop_at(vec2(800.0, 500.0).to_pos2());
    harness.run();
    assert!(
        harness.query_by_label("socket()").is_none(),
        "a click beside leaves it open"
    );
    click(&mut harness, "New socket");
    click(&mut harness, "socket()");
    assert_eq!(wanted(&pushed(&mut harness)).unwrap().host, "0.0.0.0");
    assert!(
        harness.query_by_label("socket()").is_none(),
        "a socket leaves it open"
    );
    click(&mut harness, "Play Non-blocking");
    assert_eq!(
        pushed(&mut harness),
        [Action::Play("side-by-side".to_owned())]
    );
}
