//! Questions, export, help and messages.

use super::stage::{Stage, WINDOW, click, open, pushed, questions, retype, says};
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use sockeye::model::call::{Call, SocketId};
use sockeye::views::{
    Action, ExportFormat, Message, PlayAnswer, PlayConflict, PlayQuestion, ReachableAnswer,
    ReachableQuestion,
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
        script: "tcp-capitalise".to_owned(),
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
