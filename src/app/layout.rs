//! Where things stand: top bar, caption, log, side panels, centre; and what folds as the window shrinks.

use eframe::egui::{self, CentralPanel, Frame, Panel, Rect, UiBuilder, pos2, vec2};

use crate::views::buttons::{BarButton, Icon};
use crate::views::inspector::Tab;
use crate::views::theme::{self, size};
use crate::views::{
    Action, Mode, Shown, UiState, caption, columns, dialogs, exercises, first_start, inspector,
    lessons, log, new_socket, next_line, quick_start, scrubber, search, top_bar, transport,
    type_call,
};

use super::App;

/// Below this height the log shows three rows whatever was chosen.
const SHORT: f32 = 860.0;
/// The log's height with three rows: toolbar, header, rows, the line to type in.
const LOG_THREE_ROWS: f32 = size::TOOLBAR + 24.0 + 3.0 * size::LOG_ROW + size::TYPE_CALL;
/// So much more height of the window gives the log one more row, points.
const ROW_PER: f32 = 40.0;
/// The most rows the log takes of itself.
const MOST_ROWS: f32 = 8.0;

/// The log's height where nobody has dragged it: more rows in a higher window.
fn usual_log_height(window: f32) -> f32 {
    let more = ((window - SHORT) / ROW_PER).floor();
    LOG_THREE_ROWS + more.clamp(0.0, MOST_ROWS - 3.0) * size::LOG_ROW
}

impl App {
    pub(super) fn layout_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let window = ui.ctx().content_rect();
        self.settings.window = [
            window.width() * ui.ctx().zoom_factor(),
            window.height() * ui.ctx().zoom_factor(),
        ];
        self.top_ui(ui, actions);
        self.bottom_ui(ui, window.height(), actions);
        self.left_ui(ui, window.width(), actions);
        let drawer = window.width() < size::DRAWER_BELOW;
        if !drawer {
            self.inspector_panel_ui(ui, actions);
        }
        let centre = self.centre_ui(ui, drawer && self.settings.inspector_open, actions);
        self.first_problem();
        if drawer && self.settings.inspector_open {
            self.inspector_drawer_ui(ui, centre, actions);
        }
        self.dialogs_ui(ui, centre, actions);
    }

    fn top_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let p = theme::of(ui);
        let frame = theme::bar_frame(p.panel);
        Panel::top("top bar")
            .exact_size(size::TOP_BAR)
            .frame(frame)
            .show(ui, |ui| {
                self.with_shown(|state, shown| {
                    top_bar::top_bar_ui(ui, &mut state.dialogs, shown, actions);
                });
            });
    }

    fn bottom_ui(&mut self, ui: &mut egui::Ui, height: f32, actions: &mut Vec<Action>) {
        let p = theme::of(ui);
        let in_lesson = self.is_in_lesson();
        if !in_lesson {
            Panel::bottom("caption")
                .exact_size(size::CAPTION)
                .frame(theme::bar_frame(p.raised))
                .show(ui, |ui| {
                    self.with_shown(|_, shown| caption::caption_ui(ui, shown));
                });
        }
        let is_low = height < size::LOG_STRIP_BELOW || in_lesson;
        self.log_bar_ui(ui, height, is_low, actions);
        if in_lesson {
            Panel::bottom("lesson transport")
                .exact_size(size::TRANSPORT)
                .frame(theme::bar_frame(p.panel))
                .show(ui, |ui| {
                    self.with_shown(|_, shown| lessons::lesson_transport_ui(ui, shown, actions));
                });
        }
    }

    /// Whether the step at hand stands in the left panel: it says what a caption would.
    fn is_in_lesson(&self) -> bool {
        self.session.shown(&self.settings).lesson.is_some()
    }

    /// The log, or the last call of it where there is no room for more.
    fn log_bar_ui(
        &mut self,
        ui: &mut egui::Ui,
        height: f32,
        is_low: bool,
        actions: &mut Vec<Action>,
    ) {
        let p = theme::of(ui);
        if is_low && !self.state.log.opened_low {
            Panel::bottom("log strip")
                .exact_size(size::CAPTION)
                .frame(theme::bar_frame(p.panel))
                .show(ui, |ui| {
                    self.with_shown(|state, shown| {
                        log::log_strip_ui(ui, &mut state.log, shown, actions);
                    });
                });
            return;
        }
        let panel = Panel::bottom("log").frame(Frame::new().fill(p.panel));
        let panel = if height < SHORT {
            panel.exact_size(LOG_THREE_ROWS)
        } else {
            let usual = usual_log_height(height);
            if self.settings.log_height.is_none() {
                forget_other_height(ui, "log", usual);
            }
            let wanted = self.settings.log_height.unwrap_or(usual);
            panel
                .resizable(true)
                .default_size(wanted)
                .size_range(LOG_THREE_ROWS..=(height * 0.6))
        };
        let shown = panel.show(ui, |ui| {
            self.with_shown(|state, shown| {
                // The panel keeps the height it is dragged to only if its content fills it.
                let rect = ui.available_rect_before_wrap();
                let typed = Rect::from_min_max(
                    pos2(rect.left(), rect.bottom() - size::TYPE_CALL),
                    rect.max,
                );
                let log = Rect::from_min_max(rect.min, pos2(rect.right(), typed.top()));
                ui.scope_builder(UiBuilder::new().max_rect(log), |ui| {
                    log::log_ui(ui, &mut state.log, shown, actions);
                });
                ui.scope_builder(UiBuilder::new().max_rect(typed), |ui| {
                    type_call::type_call_ui(ui, &mut state.type_call, shown, actions);
                });
                ui.advance_cursor_after_rect(rect);
            });
        });
        if height >= SHORT {
            if divider_was_reset(ui, "log") {
                self.settings.log_height = None;
            } else if self.settings.log_height.is_some() || divider_is_dragged(ui, "log") {
                self.settings.log_height = Some(shown.response.rect.height().round());
            }
        }
    }

    fn left_ui(&mut self, ui: &mut egui::Ui, width: f32, actions: &mut Vec<Action>) {
        let p = theme::of(ui);
        if self.settings.mode == Mode::Lessons {
            let beside_code = self.shows_code(ui.ctx());
            Panel::left("lessons")
                .exact_size(size::LESSONS)
                .resizable(false)
                .frame(theme::panel_frame(p.panel))
                .show(ui, |ui| {
                    self.with_shown(|state, shown| {
                        lessons::lessons_ui(ui, &mut state.lessons, beside_code, shown, actions);
                    });
                });
            return;
        }
        if width < size::RAIL_BELOW {
            Panel::left("rail")
                .exact_size(size::RAIL)
                .resizable(false)
                .frame(Frame::new().fill(p.panel))
                .show(ui, |ui| {
                    self.with_shown(|state, shown| {
                        new_socket::rail_ui(ui, &mut state.new_socket, shown, actions);
                        exercises::exercises_rail_ui(ui, &mut state.exercises, shown, actions);
                    });
                });
            return;
        }
        let frame = theme::panel_frame(p.panel);
        Panel::left("new socket")
            .exact_size(size::LEFT)
            .resizable(false)
            .frame(frame)
            .show(ui, |ui| {
                egui::ScrollArea::vertical()
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        self.with_shown(|state, shown| {
                            new_socket::new_socket_ui(ui, &mut state.new_socket, shown, actions);
                            ui.separator();
                            if exercises::tabs_ui(ui, &mut state.exercises, shown) {
                                exercises::exercises_ui(ui, &mut state.exercises, shown, actions);
                            } else {
                                quick_start::quick_start_ui(ui, shown, actions);
                            }
                        });
                    });
            });
    }

    fn inspector_panel_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        let p = theme::of(ui);
        let (name, width, usual) = self.inspector_width();
        let panel = Panel::right(name)
            .resizable(true)
            .default_size(*width)
            .size_range(size::INSPECTOR..=size::INSPECTOR * 2.0)
            .frame(theme::panel_frame(p.panel));
        let shown = panel.show(ui, |ui| {
            self.with_shown(|state, shown| {
                let (inspector, cards) = (&mut state.inspector, &mut state.cards);
                inspector::inspector_ui(ui, inspector, cards, shown, actions);
            });
        });
        *self.inspector_width().1 = if divider_was_reset(ui, name) {
            usual
        } else {
            shown.response.rect.width().round()
        };
    }

    /// The inspector's name, width and usual width: lines of code and facts have one of their own.
    fn inspector_width(&mut self) -> (&'static str, &mut f32, f32) {
        let kept = &mut self.settings;
        match self.state.inspector.choices.tab {
            Tab::Code | Tab::Details => (
                "inspector of text",
                &mut kept.inspector_text_width,
                size::INSPECTOR_TEXT,
            ),
            Tab::Methods | Tab::States => ("inspector", &mut kept.inspector_width, size::INSPECTOR),
        }
    }

    /// Over the last columns, where the window is too narrow for a panel beside them.
    fn inspector_drawer_ui(&mut self, ui: &mut egui::Ui, centre: Rect, actions: &mut Vec<Action>) {
        let p = theme::of(ui);
        let width = drawer_width(centre);
        let rect = Rect::from_min_max(pos2(centre.right() - width, centre.top()), centre.max);
        egui::Area::new(egui::Id::unique("inspector drawer"))
            .fixed_pos(rect.min)
            .order(egui::Order::Middle)
            .constrain(false)
            .show(ui.ctx(), |ui| {
                let frame =
                    theme::panel_frame(p.panel).stroke(egui::Stroke::new(size::LINE, p.ctl));
                let inner = (rect.size() - vec2(2.0, 2.0) * size::PADDING).max(egui::Vec2::ZERO);
                frame.show(ui, |ui| {
                    ui.set_min_size(inner);
                    ui.set_max_size(inner);
                    self.with_shown(|state, shown| {
                        let (inspector, cards) = (&mut state.inspector, &mut state.cards);
                        inspector::inspector_ui(ui, inspector, cards, shown, actions);
                    });
                    let corner = Rect::from_min_size(
                        pos2(
                            rect.right() - size::PADDING - size::CONTROL,
                            rect.top() + 8.0,
                        ),
                        egui::Vec2::splat(size::CONTROL),
                    );
                    ui.scope_builder(UiBuilder::new().max_rect(corner), |ui| {
                        let close = BarButton::icon_only(Icon::Close, "Close details").show(ui);
                        if close.on_hover_text("Close (Esc)").clicked() {
                            actions.push(Action::ToggleInspector);
                        }
                    });
                });
            });
    }

    /// The columns with what stands above and below them, and perhaps the drawer over them; returns where the columns
    /// are.
    fn centre_ui(&mut self, ui: &mut egui::Ui, drawer: bool, actions: &mut Vec<Action>) -> Rect {
        let p = theme::of(ui);
        CentralPanel::no_frame()
            .show(ui, |ui| {
                let in_lesson = self.is_in_lesson();
                if !in_lesson {
                    Panel::top("next line")
                        .exact_size(size::NEXT_LINE)
                        .frame(theme::bar_frame(p.raised))
                        .show(ui, |ui| {
                            self.with_shown(|_, shown| next_line::next_line_ui(ui, shown, actions));
                        });
                }
                if !in_lesson && self.session.whole().ladder.stops() > 1 {
                    Panel::bottom("scrubber")
                        .exact_size(size::SCRUBBER)
                        .frame(theme::bar_frame(p.panel))
                        .show(ui, |ui| {
                            self.with_shown(|_, shown| scrubber::scrubber_ui(ui, shown, actions));
                        });
                }
                if !in_lesson && self.session.playing(self.settings.mode).is_some() {
                    Panel::bottom("transport")
                        .exact_size(size::TRANSPORT)
                        .frame(theme::bar_frame(p.panel))
                        .show(ui, |ui| {
                            self.with_shown(|_, shown| transport::transport_ui(ui, shown, actions));
                        });
                }
                let place = ui.available_rect_before_wrap();
                let covered = if drawer { drawer_width(place) } else { 0.0 };
                self.state.columns.set_covered(covered);
                CentralPanel::no_frame().show(ui, |ui| {
                    self.with_shown(|state, shown| {
                        if shown.recording.sockets().iter().next().is_none()
                            && shown.recording.is_empty()
                            && shown.moment().is_none()
                        {
                            match shown.course.mode {
                                Mode::Playground => first_start::first_start_ui(ui, shown, actions),
                                Mode::Lessons => lessons::cover_ui(ui, shown),
                            }
                        } else {
                            first_start::first_steps_strip_ui(ui, shown, actions);
                            let mut follow = state.log.follow;
                            columns::columns_ui(
                                ui,
                                &mut state.columns,
                                &mut state.cards,
                                &mut follow,
                                shown,
                                actions,
                            );
                            state.log.set_follow(follow, shown.recording);
                        }
                    });
                });
                place
            })
            .inner
    }

    fn dialogs_ui(&mut self, ui: &mut egui::Ui, centre: Rect, actions: &mut Vec<Action>) {
        self.with_shown(|state, shown| {
            dialogs::messages_ui(ui, centre, shown, actions);
            dialogs::dialogs_ui(ui, &mut state.dialogs, shown, actions);
            search::search_ui(ui, &mut state.search, shown, actions);
        });
    }

    /// What stands above the projector: dialogs and the search.
    pub(super) fn questions_ui(&mut self, ui: &mut egui::Ui, actions: &mut Vec<Action>) {
        self.with_shown(|state, shown| {
            dialogs::dialogs_ui(ui, &mut state.dialogs, shown, actions);
            search::search_ui(ui, &mut state.search, shown, actions);
        });
    }

    /// Lends the views' memory beside what is shown: the one is changed, the other only read.
    pub(super) fn with_shown<R>(&mut self, view: impl FnOnce(&mut UiState, &Shown<'_>) -> R) -> R {
        view(&mut self.state, &self.session.shown(&self.settings))
    }
}

/// How much of the centre the inspector takes where it lies over it.
fn drawer_width(centre: Rect) -> f32 {
    size::INSPECTOR_DRAWER.min(centre.width())
}

/// The id under which egui keeps a panel's size.
fn panel_id(ui: &egui::Ui, panel: &str) -> egui::Id {
    ui.scope_id().with_salt(egui::IdSalt::new(panel))
}

/// A panel's divider, by the name egui gives it; it hands out no response of it.
fn divider(ui: &egui::Ui, panel: &str) -> Option<egui::Response> {
    ui.ctx().read_response(panel_id(ui, panel).with("__resize"))
}

/// Whether a panel's divider was double-clicked. The panel then forgets the size it was dragged to.
fn divider_was_reset(ui: &egui::Ui, panel: &str) -> bool {
    let reset = divider(ui, panel).is_some_and(|divider| divider.double_clicked());
    if reset {
        forget(ui, panel);
    }
    reset
}

fn divider_is_dragged(ui: &egui::Ui, panel: &str) -> bool {
    divider(ui, panel).is_some_and(|divider| divider.dragged())
}

/// Has a panel take the height it starts with, where it remembers another.
fn forget_other_height(ui: &egui::Ui, panel: &str, wanted: f32) {
    let kept = egui::containers::panel::PanelState::load(ui.ctx(), panel_id(ui, panel));
    if kept.is_some_and(|kept| (kept.outer_rect.height() - wanted).abs() > 1.0)
        && !divider_is_dragged(ui, panel)
    {
        forget(ui, panel);
    }
}

fn forget(ui: &egui::Ui, panel: &str) {
    let id = panel_id(ui, panel);
    ui.ctx()
        .data_mut(|data| data.remove::<egui::containers::panel::PanelState>(id));
}
