//! What holds for every panel: three themes, three zooms, names, sizes, the keyboard.

use super::stage::{
    PANEL, Stage, View, bar, builder, first_screen, next_bar, open, panel, player, playing,
    quick_starts, rail, run, strip,
};
use eframe::egui::{Key, Role as AccessRole, Theme, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use sockeye::views::{ThemeChoice, theme};

/// Everything that can be clicked or typed in.
fn is_control(role: AccessRole) -> bool {
    matches!(
        role,
        AccessRole::Button
            | AccessRole::RadioButton
            | AccessRole::ComboBox
            | AccessRole::TextInput
            | AccessRole::Link
            | AccessRole::Switch
    )
}

#[test]
fn every_panel_holds_in_three_themes_and_three_zooms() {
    let views: [(&str, View, Vec2); 8] = [
        ("panel", panel, PANEL),
        ("rail", rail, vec2(1024.0, 700.0)),
        ("quick starts", quick_starts, PANEL),
        ("first screen", first_screen, vec2(872.0, 640.0)),
        ("strip", strip, vec2(872.0, 60.0)),
        ("next line", next_bar, vec2(872.0, 36.0)),
        ("transport", player, vec2(872.0, 64.0)),
        ("top bar", bar, vec2(1024.0, 44.0)),
    ];
    let themes = [
        (Theme::Dark, ThemeChoice::Dark),
        (Theme::Light, ThemeChoice::Light),
        (Theme::Dark, ThemeChoice::HighContrast),
    ];
    for (theme, choice) in themes {
        for zoom in [0.5, 1.0, 3.0] {
            for (name, view, size) in views {
                let stage = Stage {
                    playing: (name == "transport").then(playing),
                    first_step: Some(2),
                    next: run("start-client"),
                    ..Stage::with_socket()
                };
                let mut harness = builder(size)
                    .with_theme(theme)
                    .with_context_setup(move |ctx| {
                        theme::install(ctx);
                        theme::wear(ctx, choice);
                    })
                    .with_pixels_per_point(zoom)
                    .build_ui_state(move |ui, stage: &mut Stage| stage.draw(ui, view), stage);
                harness.run();
                assert_controls(&harness, size, name);
            }
        }
    }
}

/// Each control has a name of its own, a size one can hit, and lies inside the window.
fn assert_controls(harness: &Harness<'_, Stage>, size: Vec2, view: &str) {
    let mut names = Vec::new();
    for node in harness.root().children_recursive() {
        let control = node.accesskit_node();
        if !is_control(control.role()) {
            continue;
        }
        let name = control.label().unwrap_or_default();
        let rect = node.rect();
        assert!(
            !name.is_empty(),
            "{view}: a control without a name at {rect:?}"
        );
        assert!(
            rect.width() >= 24.0 && rect.height() >= 24.0,
            "{view}: {name} is {rect:?}"
        );
        assert!(
            rect.left() >= 0.0 && rect.right() <= size.x + 0.5,
            "{view}: {name} leaves the window: {rect:?}"
        );
        assert!(!names.contains(&name), "{view}: two controls called {name}");
        names.push(name);
    }
    assert!(!names.is_empty(), "{view} shows no control");
}

#[test]
fn the_keyboard_reaches_the_panel_in_reading_order() {
    let mut harness = open(Stage::default(), PANEL, panel);
    let mut order = Vec::new();
    for _ in 0..40 {
        harness.key_press(Key::Tab);
        harness.run();
        let focused = harness
            .root()
            .children_recursive()
            .find(egui_kittest::Node::is_focused)
            .and_then(|node| node.accesskit_node().label());
        if let Some(name) = focused
            && !order.contains(&name)
        {
            order.push(name);
        }
    }
    let expected = [
        "For: Server",
        "For: Client",
        "For: Peer",
        "Protocol: TCP",
        "Protocol: UDP",
        "Family: IPv4",
        "Family: IPv6",
        "Mode: Blocking",
        "Mode: Non-blocking",
        "New socket address",
        "Use any free port",
        "New socket port",
        "socket()",
    ];
    assert_eq!(order, expected);
}
