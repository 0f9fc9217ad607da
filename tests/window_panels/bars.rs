//! The top bar.

use super::stage::{Stage, bar, click, open, pushed};
use eframe::egui::vec2;
use egui_kittest::kittest::Queryable as _;
use sockeye::views::{Action, ThemeChoice};

#[test]
fn the_top_bar_offers_only_what_would_do_something() {
    let mut harness = open(Stage::default(), vec2(1440.0, 44.0), bar);
    for name in ["Close all", "Reset", "Previous", "Menu", "Inspector"] {
        assert!(harness.query_by_label(name).is_none(), "{name}");
    }
    *harness.state_mut() = Stage {
        has_previous: true,
        ..Stage::with_socket()
    };
    harness.run();
    for (name, action) in [
        ("Close all", Action::CloseAll),
        ("Reset", Action::Reset),
        ("Previous", Action::ShowPrevious(true)),
    ] {
        click(&mut harness, name);
        assert_eq!(pushed(&mut harness), [action]);
    }
    harness.state_mut().earlier = Some(sockeye::views::Earlier::Previous);
    harness.run();
    assert!(harness.query_by_label("Reset").is_none());
    click(&mut harness, "Back to your session");
    assert_eq!(pushed(&mut harness), [Action::ShowPrevious(false)]);
}

#[test]
fn the_top_bar_folds_its_words_into_a_menu() {
    let mut harness = open(Stage::with_socket(), vec2(1024.0, 400.0), bar);
    assert!(harness.query_by_label("Close all").is_none());
    click(&mut harness, "Menu");
    click(&mut harness, "Close all");
    click(&mut harness, "Inspector");
    assert_eq!(
        pushed(&mut harness),
        [Action::CloseAll, Action::ToggleInspector]
    );
    click(&mut harness, "Menu");
    click(&mut harness, "Help");
    assert!(harness.state().ui.dialogs.is_open());
}

#[test]
fn zoom_goes_in_steps_within_its_bounds_and_the_theme_is_chosen_by_name() {
    let mut harness = open(Stage::default(), vec2(1440.0, 400.0), bar);
    let mut zooms = Vec::new();
    for (zoom, name) in [
        (1.0, "Larger"),
        (1.0, "Smaller"),
        (3.0, "Larger"),
        (0.5, "Smaller"),
        (1.7, "Zoom back to 100 %"),
    ] {
        harness.state_mut().zoom = zoom;
        harness.run();
        click(&mut harness, name);
        zooms.extend(pushed(&mut harness));
    }
    assert_eq!(zooms, [1.1, 0.9, 3.0, 0.5, 1.0].map(Action::SetZoom));
    click(&mut harness, "Theme");
    click(&mut harness, "Light");
    assert_eq!(pushed(&mut harness), [Action::SetTheme(ThemeChoice::Light)]);
    click(&mut harness, "Help");
    assert!(harness.state().ui.dialogs.is_open());
}

#[test]
fn no_word_of_the_top_bar_takes_another_ones_place() {
    let stage = Stage {
        has_previous: true,
        ..Stage::with_socket()
    };
    let mut harness = open(stage, vec2(1440.0, 44.0), bar);
    let place =
        |harness: &egui_kittest::Harness<'_, Stage>, name: &str| harness.get_by_label(name).rect();
    let all = ["Previous", "Close all", "Reset"].map(|name| place(&harness, name));
    let fresh = Stage {
        has_previous: true,
        ..Stage::default()
    };
    *harness.state_mut() = fresh;
    harness.run();
    assert!(harness.query_by_label("Reset").is_none());
    assert_eq!(place(&harness, "Previous"), all[0], "nothing is open");
    harness.state_mut().earlier = Some(sockeye::views::Earlier::Previous);
    harness.run();
    let back = place(&harness, "Back to your session");
    assert!(!back.intersects(all[1]) && !back.intersects(all[2]));
}
