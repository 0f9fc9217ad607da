//! The ladder as a picture: an SVG that is nothing but shapes and words, and a PNG of it.
#![allow(clippy::unwrap_used, reason = "tests fail as tests do")]

mod export_support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use resvg::tiny_skia::Pixmap;
use sockeye::export::ladder::{self, Most};
use sockeye::export::{Format, lifecycle, paper, png, svg};
use sockeye::model::call::{Protocol, Value};
use sockeye::model::ladder::{BoxLook, CallBox, Lane, LineLook, LinePart, Scene};
use sockeye::model::payload::visible_text;
use sockeye::model::recording::Recording;
use sockeye::model::socket::SocketKind;
use sockeye::views::theme::palette;

use export_support::harmless::is_picture;
use export_support::{Maker, address, arrow, call, capitals, capitals_recording, send, socket};

fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn a_scene_of_markup_is_only_words_in_the_picture() {
    let (recording, mut scene) = capitals();
    for call in &mut scene.boxes {
        call.text = String::from_utf8_lossy(&all_bytes()).into_owned();
        call.result = "</text><image href='http://x/'/>\u{2066}".to_owned();
        call.waited = Some("]]>&".to_owned());
    }
    for arrow in &mut scene.arrows {
        arrow.label = "\u{0}</g><a href=\"javascript:x\">".to_owned();
    }
    let drawn = ladder::draw(scene, &recording, ladder::MOST).svg;
    is_picture(&drawn);
    assert!(
        texts(&drawn)
            .iter()
            .any(|text| text.contains("</text><image"))
    );
}

proptest! {
    #[test]
    fn any_text_is_read_back_as_it_is_shown(text in "(\\PC|\\p{C}|[<>&\"'\\]]){0,40}") {
        let xml = format!("<t>{}</t>", svg::escaped(&text));
        let document = roxmltree::Document::parse(&xml).unwrap();
        let read = document.root_element().text().unwrap_or_default();
        prop_assert_eq!(read, &*visible_text(&text));
    }
}

#[test]
fn the_picture_names_who_called_what_and_what_travelled() {
    let (recording, scene) = capitals();
    let picture = ladder::draw(scene, &recording, ladder::MOST);
    is_picture(&picture.svg);
    let said = texts(&picture.svg);
    for words in [
        "#1 server",
        "127.0.0.1:5000",
        "listen(5)",
        "3.1 s",
        "SYN+ACK",
        "seat in the accept queue",
        "accept → new #3",
        "b\"hello sockets\"",
        "→ 13 ✓✓✓",
        "recv(5) × 3",
        "→ EAGAIN",
        "→ EADDRINUSE",
        "→ interrupted",
        "→ waits",
        "nothing for 12 s",
        "now",
        "pale: what TCP does, not seen by Sockeye",
        "began 2026-01-02T03:04:05Z · linux 6.18 x86_64 · 12 calls · 3 sockets",
    ] {
        assert!(said.iter().any(|text| text == words), "{words}: {said:#?}");
    }
}

/// The shapes of a call's group: what is left when all colours are taken away.
fn shape(look: BoxLook) -> BTreeSet<String> {
    let (recording, _) = capitals();
    let mut only = call(socket(1), 1, 0.0, "recv(5)", "", look);
    only.bottom = 2.0;
    let scene = Scene {
        boxes: vec![only],
        end: 2.0,
        ..Scene::default()
    };
    let text = ladder::draw(scene, &recording, ladder::MOST).svg;
    let document = roxmltree::Document::parse(&text).unwrap();
    let group = document
        .descendants()
        .find(|node| {
            let title = node.first_element_child().and_then(|title| title.text());
            title.is_some_and(|title| title.starts_with("call 1:"))
        })
        .unwrap();
    let without_colour = |node: roxmltree::Node<'_, '_>| {
        let attributes = node
            .attributes()
            .filter(|attribute| attribute.name() != "stroke");
        attributes
            .map(|attribute| match (attribute.name(), attribute.value()) {
                ("fill", "none") => "fill=none".to_owned(),
                ("fill", _) => "fill".to_owned(),
                (name, value) => format!("{name}={value}"),
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    group
        .children()
        .filter(|node| node.is_element() && !node.has_tag_name("title"))
        .filter(|node| !node.has_tag_name("text"))
        .map(|node| format!("{} {}", node.tag_name().name(), without_colour(node)))
        .collect()
}

#[test]
fn each_outcome_is_told_apart_without_colour() {
    let looks = [
        BoxLook::Done,
        BoxLook::Waited,
        BoxLook::Waiting,
        BoxLook::WouldBlock,
        BoxLook::Error,
        BoxLook::Interrupted,
        BoxLook::GivenUp,
    ];
    let shapes: BTreeSet<BTreeSet<String>> = looks.map(shape).into();
    assert_eq!(shapes.len(), looks.len(), "{shapes:#?}");
    let again = shape(BoxLook::WouldBlock);
    let is_dashed = |part: &String| part.starts_with("rect") && part.contains("dasharray=4 3");
    assert!(again.iter().any(is_dashed), "{again:#?}");
}

/// A ladder of so many calls, each in a row of its own, and so many life lines.
fn long(calls: u64, lanes: u32) -> (Recording, Scene) {
    let mut maker = Maker::new();
    for lane in 0..lanes {
        maker.socket(1, &format!("s{lane}"), Protocol::Udp, u64::from(lane));
    }
    let lane = |row: u64| socket(1 + (row % u64::from(lanes)) as u32);
    let boxes: Vec<CallBox> = (0..calls)
        .map(|row| {
            call(
                lane(row),
                row + 1,
                row as f64,
                "recv(5)",
                "EAGAIN",
                BoxLook::WouldBlock,
            )
        })
        .collect();
    let parts = (1..=lanes).map(|id| LinePart {
        lane: socket(id),
        top: 0.0,
        bottom: calls as f64,
        look: LineLook::Open,
    });
    let scene = Scene {
        lines: parts.collect(),
        boxes,
        end: calls as f64,
        ..Scene::default()
    };
    (maker.recording, scene)
}

#[test]
fn a_long_session_shows_the_newest_and_says_what_is_left_out() {
    let (recording, scene) = long(5_000, 3);
    let picture = ladder::draw(scene, &recording, ladder::MOST);
    is_picture(&picture.svg);
    assert!(picture.svg.contains("call 5000:") && !picture.svg.contains("call 3000:"));
    let said = texts(&picture.svg);
    assert!(
        said.iter()
            .any(|text| text == "not in this picture: 3000 older boxes"),
        "{:?}",
        &said[..4]
    );
    assert!(
        picture.height < 2_000.0 * 24.0 + 400.0,
        "{}",
        picture.height
    );
}

#[test]
fn too_many_life_lines_show_those_used_last() {
    let (recording, scene) = long(200, 100);
    let most = Most {
        lanes: 10,
        ..ladder::MOST
    };
    let picture = ladder::draw(scene, &recording, most);
    let said = texts(&picture.svg);
    assert!(
        said.iter().any(|text| text.contains("90 life lines")),
        "{said:?}"
    );
    assert!(said.iter().any(|text| text == "#100 s99") && !said.iter().any(|text| text == "#1 s0"));
}

#[test]
fn a_peer_outside_has_a_life_line_of_its_own() {
    let (recording, mut scene) = capitals();
    let outside = Lane::Outside(address("127.0.0.1:51724"));
    let look = sockeye::model::ladder::ArrowLook::Data;
    scene.arrows.push(arrow(
        (outside, 13.0),
        (socket(3), 13.3),
        look,
        "5 of 13 B",
        true,
        None,
    ));
    let said = texts(&ladder::draw(scene, &recording, ladder::MOST).svg);
    for words in ["another program", "127.0.0.1:51724", "5 of 13 B"] {
        assert!(said.iter().any(|text| text == words), "{words}: {said:?}");
    }
}

/// Decodes a PNG of ours.
fn decoded(recording: &Recording, format: Format) -> Pixmap {
    let mut bytes = Vec::new();
    format.write(recording, &mut bytes).unwrap();
    Pixmap::decode_png(&bytes).unwrap()
}

fn size_of(svg: &str) -> (f64, f64) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let side = |name| {
        document
            .root_element()
            .attribute(name)
            .unwrap()
            .parse()
            .unwrap()
    };
    (side("width"), side("height"))
}

#[test]
fn the_png_is_the_picture_at_twice_its_size() {
    let recording = capitals_recording();
    let (width, height) = size_of(&ladder::svg(&recording));
    let pixels = decoded(&recording, Format::LadderPng);
    assert_eq!(pixels.width(), width as u32 * 2);
    assert_eq!(pixels.height(), height as u32 * 2);
    let painted: BTreeSet<[u8; 3]> = pixels
        .pixels()
        .iter()
        .map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
        .collect();
    for kind in [
        SocketKind::Listener,
        SocketKind::Client,
        SocketKind::Connection,
    ] {
        let color = paper::role(kind).full;
        let byte = |at| u8::from_str_radix(&color[at..at + 2], 16).unwrap();
        assert!(painted.contains(&[byte(1), byte(3), byte(5)]), "{color}");
    }
}

#[test]
fn the_png_has_words_on_a_computer_without_fonts() {
    let picture = |words: &str| {
        let mut svg = svg::Svg::new(300.0, 40.0, "", paper::PAPER);
        svg.text(
            svg::At(4.0, 20.0),
            svg::Words::mono(12.0, paper::TEXT),
            words,
        );
        svg.text(
            svg::At(150.0, 20.0),
            svg::Words::sans(12.0, paper::TEXT).bold(),
            words,
        );
        Pixmap::decode_png(&png::render(&svg.finish()).unwrap()).unwrap()
    };
    let inked = |pixels: &Pixmap, from: u32, to: u32| {
        let width = pixels.width();
        let dark = |x: u32, y: u32| pixels.pixel(x, y).unwrap().red() < 128;
        (from.min(width)..to.min(width))
            .flat_map(|x| (0..pixels.height()).map(move |y| (x, y)))
            .filter(|(x, y)| dark(*x, *y))
            .count()
    };
    let pixels = picture("recv → ✓✓✓ ×");
    assert!(inked(&pixels, 0, 300) > 200, "no monospace words");
    assert!(inked(&pixels, 300, 600) > 200, "no proportional words");
}

#[test]
fn the_png_of_a_long_or_wide_session_is_bounded() {
    for (calls, lanes) in [(3_000, 1), (600, 40)] {
        let mut maker = Maker::new();
        let sockets: Vec<u32> = (0..lanes)
            .map(|lane| maker.socket(1, &format!("s{lane}"), Protocol::Udp, lane))
            .collect();
        for index in 0..calls {
            let socket = sockets[index % sockets.len()];
            let at = 1_000 + index as u64;
            maker.moved(1, socket, send(b"0123456789abcdef"), Value::Sent(16), at);
        }
        let svg = ladder::svg_for_png(&maker.recording);
        let (width, height) = size_of(&svg);
        // So the words are never smaller than in the SVG.
        assert!(width * height <= png::MOST_PIXELS, "{width} × {height}");
        assert!(svg.contains(&format!("call {}:", calls + lanes as usize)));
        assert!(svg.contains("not in this picture"), "{calls} calls");
    }
}

#[test]
fn the_life_cycle_names_calls_and_states_with_the_way_travelled() {
    let recording = capitals_recording();
    let picture = lifecycle::draw(&recording);
    is_picture(&picture.svg);
    let document = roxmltree::Document::parse(&picture.svg).unwrap();
    let titles: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("title"))
        .filter_map(|node| node.text())
        .collect();
    for title in [
        "listen, done",
        "accept, next",
        "recv, waiting",
        "the states of #1 server",
        "the states of #2 client",
        "the states of #3 conn",
        "LISTEN, now",
        "ESTABLISHED, now",
        "FIN-WAIT-1, possible next",
        "SYN-SENT, travelled",
    ] {
        assert!(
            titles.iter().any(|other| other.starts_with(title)),
            "{title}: {titles:#?}"
        );
    }
    let said = texts(&picture.svg);
    let closing = "close() or shutdown(WR)";
    for words in [
        "#2 client",
        "FIN arrives",
        closing,
        "from #1's LISTEN",
        "asks to connect",
    ] {
        assert!(said.iter().any(|text| text == words), "{words}: {said:?}");
    }
    let pixels = decoded(&recording, Format::LifecyclePng);
    assert_eq!(pixels.width(), picture.width.round() as u32 * 2);
}

#[test]
fn the_life_cycle_of_many_sockets_is_of_the_newest_and_says_so() {
    let text = lifecycle::svg(&long(1, 100).0);
    is_picture(&text);
    let said = texts(&text);
    assert!(
        said.iter()
            .any(|text| text == "not in this picture: 76 older sockets"),
        "{said:?}"
    );
    assert!(
        said.iter().any(|text| text == "#100 s99") && !said.iter().any(|text| text == "#70 s69")
    );
    is_picture(&lifecycle::svg(&Maker::new().recording));
    is_picture(&ladder::svg(&Maker::new().recording));
}

#[test]
fn a_png_never_has_more_pixels_than_it_may() {
    let huge = svg::Svg::new(20_000.0, 6_000.0, "", paper::PAPER).finish();
    let pixels = Pixmap::decode_png(&png::render(&huge).unwrap()).unwrap();
    let count = f64::from(pixels.width()) * f64::from(pixels.height());
    assert!(
        count <= png::MOST_PIXELS && count > png::MOST_PIXELS * 0.99,
        "{count}"
    );
}

#[test]
fn paper_has_the_colours_of_the_light_theme() {
    let p = &palette::LIGHT;
    let hex = |color: eframe::egui::Color32| {
        format!("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b())
    };
    let listener = paper::role(SocketKind::Listener);
    let client = paper::role(SocketKind::Client);
    let conn = paper::role(SocketKind::Connection);
    let udp = paper::role(SocketKind::UdpPeer);
    for (here, there) in [
        (paper::TEXT, p.text),
        (paper::TEXT_QUIET, p.text2),
        (paper::HAIR, p.hair),
        (paper::OUTLINE, p.ctl),
        (paper::PAPER, p.card),
        (listener.full, p.listener),
        (listener.dim, p.listener_dim),
        (listener.faint, p.listener_line),
        (client.full, p.client),
        (client.dim, p.client_dim),
        (client.faint, p.client_line),
        (conn.full, p.conn),
        (conn.dim, p.conn_dim),
        (conn.faint, p.conn_line),
        (udp.full, p.udp),
        (udp.dim, p.udp_dim),
        (udp.faint, p.udp_line),
        (paper::WAIT.full, p.wait),
        (paper::WAIT.dim, p.wait_dim),
        (paper::WAIT.faint, p.wait_line),
        (paper::ERROR.full, p.err),
        (paper::ERROR.dim, p.err_dim),
        (paper::ERROR.faint, p.err_line),
        (paper::ON_ERROR, p.onerr),
        (paper::AGAIN.full, p.again),
        (paper::AGAIN.dim, p.again_dim),
    ] {
        assert_eq!(here, hex(there));
    }
}

#[test]
fn of_a_whole_session_nothing_is_said_to_be_left_out() {
    let (recording, scene) = capitals();
    let said = texts(&ladder::draw(scene, &recording, ladder::MOST).svg);
    assert!(
        !said
            .iter()
            .any(|text| text.contains("let go") || text.contains("not in this"))
    );
}
