//! Questions, export, help and messages.

use super::stage::{Stage, WINDOW, click, open, pushed, questions, retype, says};
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use sockeye::model::call::{Call, SocketId};
use sockeye::views::{
    Action, ExportFormat, Message, PlayAnswer, PlayConflict, PlayQuestion, ReachableAnswer,
    ReachableQuestion, ToPlay,
};
use std::net::SocketAddr;
use std::path::PathBuf;

fn reachable(address: SocketAddr) -> ReachableQuestion {
    ReachableQuestion::Call {
        socket: SocketId(1),
        call: Call::Bind { address },
    }
}

#[test]
fn the_reachable_question_names_the_port_and_takes_three_answers() {
    for (button, answer) in [
        ("Bind anyway", ReachableAnswer::Allow),
        (
            "Bind to 127.0.0.1 instead",
            ReachableAnswer::LoopbackInstead,
        ),
        ("Cancel", ReachableAnswer::Cancel),
    ] {
        let mut stage = Stage::with_socket();
        stage.ui.dialogs.reachable = Some(reachable("0.0.0.0:5000".parse().unwrap()));
        let mut harness = open(stage, WINDOW, questions);
        assert!(says(
            &harness,
            "Others on your network will be able to reach port 5000"
        ));
        assert!(says(&harness, "server.bind((\"0.0.0.0\", 5000))"));
        click(&mut harness, button);
        assert_eq!(pushed(&mut harness), [Action::ReachableAnswer(answer)]);
    }
    let mut stage = Stage::with_socket();
    stage.ui.dialogs.reachable = Some(reachable("[::]:0".parse().unwrap()));
    let mut harness = open(stage, WINDOW, questions);
    assert!(says(&harness, "the port that your system will choose"));
    assert!(
        harness.get_by_label("Bind to ::1 instead").is_focused(),
        "the safe answer has the keyboard"
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(
        pushed(&mut harness),
        [Action::ReachableAnswer(ReachableAnswer::Cancel)]
    );
}

#[test]
fn the_question_before_a_quick_start_takes_three_answers() {
    let question = PlayQuestion {
        what: ToPlay::Script("tcp-capitalise".to_owned()),
        conflict: PlayConflict::OpenSockets(3),
        port: 5000,
        other_port: 5001,
    };
    for (button, answer) in [
        (Some("Close all and play"), PlayAnswer::CloseAllAndPlay),
        (Some("Play on port 5001"), PlayAnswer::OtherPort),
        (Some("Cancel"), PlayAnswer::Cancel),
        (None, PlayAnswer::Cancel),
    ] {
        let mut stage = Stage::with_socket();
        stage.ui.dialogs.play = Some(question.clone());
        let mut harness = open(stage, WINDOW, questions);
        assert!(says(&harness, "3 sockets are open"));
        if let Some(name) = button {
            click(&mut harness, name);
        } else {
            harness.key_press(Key::Escape);
            harness.run();
        }
        assert_eq!(pushed(&mut harness), [Action::PlayAnswer(answer)]);
    }
}

fn export_dialog() -> Harness<'static, Stage> {
    let mut stage = Stage::with_socket();
    stage.ui.dialogs.open_export("/somewhere/log".to_owned());
    open(stage, WINDOW, questions)
}

fn export_path(harness: &Harness<'_, Stage>) -> String {
    harness
        .get_by_label("Export path")
        .value()
        .unwrap_or_default()
}

#[test]
fn the_export_writes_the_format_to_the_path_in_the_box() {
    let mut harness = export_dialog();
    assert_eq!(export_path(&harness), "/somewhere/log.txt");
    click(&mut harness, "Format: CSV");
    assert_eq!(export_path(&harness), "/somewhere/log.csv");
    retype(&mut harness, "Export path", "/other/mine.data");
    click(&mut harness, "Format: JSON Lines");
    assert_eq!(
        export_path(&harness),
        "/other/mine.data",
        "a typed ending stays"
    );
    click(&mut harness, "Browse …");
    click(&mut harness, "Save");
    assert_eq!(
        pushed(&mut harness),
        [
            Action::BrowseExport(ExportFormat::JsonLines),
            Action::Export(ExportFormat::JsonLines, PathBuf::from("/other/mine.data")),
        ]
    );
}

#[test]
fn the_export_offers_pictures_and_the_path_follows() {
    let mut harness = export_dialog();
    for (button, path, format) in [
        ("Format: Report", "log.md", ExportFormat::Report),
        (
            "Format as a picture: Ladder SVG",
            "log.svg",
            ExportFormat::LadderSvg,
        ),
        (
            "Format as a picture: Cycle SVG",
            "log.svg",
            ExportFormat::LifecycleSvg,
        ),
        (
            "Format as a picture: Ladder PNG",
            "log.png",
            ExportFormat::LadderPng,
        ),
        (
            "Format as a picture: Cycle PNG",
            "log.png",
            ExportFormat::LifecyclePng,
        ),
        (
            "Format as a picture: Mermaid",
            "log.mmd",
            ExportFormat::Mermaid,
        ),
    ] {
        click(&mut harness, button);
        assert_eq!(export_path(&harness), format!("/somewhere/{path}"));
        click(&mut harness, "Save");
        let path = PathBuf::from(format!("/somewhere/{path}"));
        assert_eq!(pushed(&mut harness), [Action::Export(format, path)]);
    }
    click(&mut harness, "Format as a picture: Cycle PNG");
    retype(&mut harness, "Export path", "/somewhere/other.png");
    click(&mut harness, "Save");
    let path = PathBuf::from("/somewhere/other.png");
    assert_eq!(
        pushed(&mut harness),
        [Action::Export(ExportFormat::LifecyclePng, path)],
        "of two formats with one ending the chosen one stays"
    );
}

#[test]
fn the_export_refuses_no_path_and_a_folder_and_says_what_failed() {
    let mut harness = export_dialog();
    for (text, words) in [
        ("", "type where the file is to go"),
        ("/somewhere/", "that is a folder"),
    ] {
        retype(&mut harness, "Export path", text);
        assert!(says(&harness, words));
        click(&mut harness, "Save");
        assert_eq!(pushed(&mut harness), []);
    }
    retype(&mut harness, "Export path", "/nowhere/log.txt");
    harness
        .state_mut()
        .ui
        .dialogs
        .export_failed("There is no folder /nowhere.");
    harness.run();
    assert!(says(&harness, "There is no folder /nowhere."));
    click(&mut harness, "Save");
    assert_eq!(pushed(&mut harness).len(), 1, "one may try again");
    harness
        .state_mut()
        .ui
        .dialogs
        .path_chosen(&PathBuf::from("/home/log.csv"));
    harness.run();
    assert_eq!(export_path(&harness), "/home/log.csv");
    assert!(!says(&harness, "There is no folder"));
    harness.state_mut().ui.dialogs.no_desktop_dialog();
    harness.run();
    assert!(says(&harness, "no dialog to offer: type the path"));
    harness.state_mut().ui.dialogs.export_done();
    harness.run();
    assert!(harness.query_by_label("Export path").is_none());
}

#[test]
fn enter_saves_and_escape_leaves_the_export() {
    let mut harness = export_dialog();
    assert!(harness.get_by_label("Export path").is_focused());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(
        pushed(&mut harness),
        [Action::Export(
            ExportFormat::Text,
            PathBuf::from("/somewhere/log.txt")
        )]
    );
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Export path").is_none());
}

#[test]
fn the_help_lists_keys_and_words_and_narrows_them_down() {
    let mut stage = Stage::default();
    stage.ui.dialogs.toggle_help();
    let mut harness = open(stage, WINDOW, questions);
    assert!(harness.query_by_label("Ctrl+Enter").is_some());
    assert!(harness.query_by_label("accept queue").is_some());
    assert!(harness.get_by_label("Search help").is_focused());
    harness.get_by_label("Search help").type_text("accept");
    harness.run();
    assert!(harness.query_by_label("accept queue").is_some());
    assert!(harness.query_by_label("Ctrl+Enter").is_none());
    click(&mut harness, "Close help");
    assert!(harness.query_by_label("Search help").is_none());
}

#[test]
fn messages_stand_until_they_are_closed() {
    let stage = Stage {
        messages: vec![
            Message {
                id: 4,
                text: "Saved.".to_owned(),
                is_error: false,
            },
            Message {
                id: 9,
                text: "The settings could not be kept.".to_owned(),
                is_error: true,
            },
        ],
        ..Stage::default()
    };
    let mut harness = open(stage, WINDOW, questions);
    assert!(harness.query_by_label("Saved.").is_some());
    click(
        &mut harness,
        "Close message: The settings could not be kept.",
    );
    assert_eq!(pushed(&mut harness), [Action::Dismiss(9)]);
}

#[test]
fn every_dialog_fits_the_window_with_its_title_and_its_buttons() {
    type Opens = fn(&mut Stage);
    let dialogs: [(&str, &[&str], Opens); 4] = [
        ("Help", &["Close help"], |stage| {
            stage.ui.dialogs.toggle_help();
        }),
        ("Export log", &["Save", "Cancel"], |stage| {
            stage.ui.dialogs.open_export("/somewhere/log".to_owned());
        }),
        (
            "Others will be able to reach this",
            &["Bind to 127.0.0.1 instead", "Bind anyway", "Cancel"],
            |stage| {
                let address = "0.0.0.0:5000".parse().unwrap();
                stage.ui.dialogs.reachable = Some(reachable(address));
            },
        ),
        (
            "3 sockets are open",
            &["Close all and play", "Play on port 5001", "Cancel"],
            |stage| {
                stage.ui.dialogs.play = Some(PlayQuestion {
                    what: ToPlay::Script("tcp-capitalise".to_owned()),
                    conflict: PlayConflict::OpenSockets(3),
                    port: 5000,
                    other_port: 5001,
                });
            },
        ),
    ];
    // 1024×700 and 1440×900 at 100, 140, 200 and 300 %.
    for size in [
        (1024.0, 700.0),
        (1440.0, 900.0),
        (731.0, 500.0),
        (720.0, 450.0),
        (512.0, 350.0),
        (341.0, 233.0),
    ] {
        let size = eframe::egui::Vec2::from(size);
        for (title, buttons, opens) in dialogs {
            let mut stage = Stage::with_socket();
            opens(&mut stage);
            let harness = open(stage, size, questions);
            let window = eframe::egui::Rect::from_min_size(eframe::egui::Pos2::ZERO, size);
            for name in [&[title], buttons].concat() {
                let rect = harness.get_by_label(name).rect();
                assert!(window.contains_rect(rect), "{name}: {rect} in {size}");
            }
        }
    }
}

#[test]
fn the_help_is_no_wider_than_its_window() {
    for size in [(731.0, 500.0), (720.0, 450.0), (512.0, 350.0)] {
        let size = eframe::egui::Vec2::from(size);
        let mut stage = Stage::default();
        stage.ui.dialogs.toggle_help();
        let harness = open(stage, size, questions);
        for node in harness.query_all_by_label_contains("") {
            let rect = node.rect();
            assert!(
                rect.left() >= 0.0 && rect.right() <= size.x,
                "{:?}: {rect} in {size}",
                egui_kittest::kittest::NodeT::accesskit_node(&node).label()
            );
        }
    }
}

#[test]
fn a_typed_call_that_others_could_reach_is_asked_about_once_and_as_a_call() {
    let why = "`s2.bind((\"0.0.0.0\", 5000))` lets others reach this computer".to_owned();
    let mut stage = Stage::default();
    stage.ui.dialogs.reachable = Some(ReachableQuestion::Typed { why: why.clone() });
    let mut harness = open(stage, WINDOW, questions);
    assert!(!says(&harness, "`"));
    assert!(says(&harness, "s2.bind((\"0.0.0.0\", 5000))"));
    assert_eq!(
        harness
            .query_all_by_label_contains("will be able to reach")
            .count(),
        1
    );
    click(&mut harness, "Make the call");
    assert_eq!(
        pushed(&mut harness),
        [Action::ReachableAnswer(ReachableAnswer::Allow)]
    );
    let mut stage = Stage::default();
    stage.ui.dialogs.reachable = Some(ReachableQuestion::Script { why });
    let harness = open(stage, WINDOW, questions);
    assert!(harness.query_by_label("Play anyway").is_some());
}
