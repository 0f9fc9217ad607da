//! The log's list at any length: ten million rows and more, with no row held anywhere.

use eframe::egui::{self, CentralPanel, Key, Rect, Role, Sense, WidgetInfo, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use sockeye::views::log::list::{List, Position};
use sockeye::views::theme;

const TEN_MILLION: u64 = 10_000_000;
/// Ten rows of 20 points.
const HEIGHT: f32 = 200.0;

struct Long {
    list: List,
    len: u64,
    /// Rows painted in the last frame.
    painted: Vec<(u64, Rect)>,
}

fn long(len: u64) -> Harness<'static, Long> {
    let state = Long {
        list: List::default(),
        len,
        painted: Vec::new(),
    };
    Harness::builder()
        .with_size(vec2(400.0, HEIGHT))
        .with_max_steps(200)
        .with_context_setup(theme::install)
        .build_ui_state(
            |ui, state: &mut Long| {
                CentralPanel::no_frame().show(ui, |ui| {
                    let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(400.0, HEIGHT));
                    let painted = &mut state.painted;
                    state.list.ui(ui, rect, "Rows", state.len, |ui, places| {
                        *painted = places.to_vec();
                        for (index, place) in places {
                            let id = ui.scope_id().with(index);
                            let response = ui.interact(*place, id, Sense::CLICK);
                            response.widget_info(|| {
                                WidgetInfo::labeled(Role::ListItem, true, format!("row {index}"))
                            });
                        }
                    });
                });
            },
            state,
        )
}

fn press(harness: &mut Harness<'_, Long>, key: Key) {
    harness.get_by_label("Rows").focus();
    harness.key_press(key);
    harness.run();
}

fn shown(harness: &Harness<'_, Long>) -> Vec<u64> {
    harness
        .state()
        .painted
        .iter()
        .map(|(row, _)| *row)
        .collect()
}

#[test]
fn the_first_and_the_last_rows_are_right() {
    let mut harness = long(TEN_MILLION);
    assert_eq!(shown(&harness), (0..10).collect::<Vec<u64>>());
    press(&mut harness, Key::End);
    let last: Vec<u64> = (TEN_MILLION - 10..TEN_MILLION).collect();
    assert_eq!(shown(&harness), last);
    let (_, place) = harness.state().painted[9];
    assert!((place.bottom() - HEIGHT).abs() < 1e-3, "{place}");
    let value = harness.get_by_label("Rows").accesskit_node().value();
    assert_eq!(value.as_deref(), Some("9999991 to 10000000 of 10000000"));
    press(&mut harness, Key::Home);
    assert_eq!(shown(&harness), (0..10).collect::<Vec<u64>>());
}

#[test]
fn the_wheel_moves_by_exactly_one_row_at_any_depth() {
    for depth in [0, 20_000_000, 5_000_000_000_000] {
        let mut harness = long(10_000_000_000_000);
        harness.state_mut().list.position.row = depth;
        harness.run();
        for step in 1..=5 {
            wheel(&mut harness, -20.0);
            let position = harness.state().list.position;
            assert_eq!(position.row, depth + step);
            assert!(position.fraction.abs() < 1e-6, "{position:?}");
            let (row, place) = harness.state().painted[0];
            assert_eq!(row, depth + step);
            assert!(place.top().abs() < 1e-3, "{place}");
        }
    }
}

/// Turns the wheel by so many points and lets egui's smoothing come to rest.
fn wheel(harness: &mut Harness<'_, Long>, points: f32) {
    harness.hover_at(pos2(100.0, 100.0));
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run();
}

#[test]
fn only_rows_in_view_are_painted() {
    let mut harness = long(TEN_MILLION);
    harness.state_mut().list.position = Position {
        row: 7_654_321,
        fraction: 0.5,
    };
    harness.run();
    assert_eq!(
        shown(&harness),
        (7_654_321..7_654_332).collect::<Vec<u64>>()
    );
    let top = harness.state().painted[0].1.top();
    assert!((top + 10.0).abs() < 1e-3, "{top}");
}

#[test]
fn pages_overlap_by_a_row() {
    let mut harness = long(TEN_MILLION);
    press(&mut harness, Key::PageDown);
    assert_eq!(shown(&harness)[0], 9);
    press(&mut harness, Key::PageUp);
    assert_eq!(shown(&harness)[0], 0);
}

#[test]
fn the_bar_reaches_both_ends() {
    let mut harness = long(TEN_MILLION);
    harness.drag_at(pos2(394.0, 5.0));
    harness.run();
    harness.hover_at(pos2(394.0, 195.0));
    harness.run();
    assert_eq!(shown(&harness)[0], TEN_MILLION - 10);
    harness.hover_at(pos2(394.0, -50.0));
    harness.run();
    assert_eq!(shown(&harness)[0], 0);
    harness.drop_at(pos2(394.0, -50.0));
    harness.run();
    assert_eq!(shown(&harness)[0], 0);
}

#[test]
fn a_place_behind_the_end_comes_back_to_it() {
    let mut harness = long(TEN_MILLION);
    press(&mut harness, Key::End);
    harness.state_mut().len = 100;
    harness.run();
    assert_eq!(shown(&harness), (90..100).collect::<Vec<u64>>());
}

#[test]
fn a_short_list_does_not_scroll() {
    let mut harness = long(3);
    press(&mut harness, Key::PageDown);
    wheel(&mut harness, -100.0);
    assert_eq!(shown(&harness), [0, 1, 2]);
    assert!(harness.query_by_label("Rows bar").is_none());
}

fn at(row: u64) -> Position {
    Position { row, fraction: 0.0 }
}

#[test]
fn positions_add_up_exactly() {
    let mut position = at(9_999_000_000);
    for _ in 0..1_000 {
        position = position.moved(0.25);
    }
    assert_eq!(position, at(9_999_000_250));
    for _ in 0..1_000 {
        position = position.moved(-1.0);
    }
    assert_eq!(position, at(9_998_999_250));
    assert_eq!(Position::default().moved(-0.5), Position::default());
}
