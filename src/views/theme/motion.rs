//! Motion, and the switch that ends it.
//!
//! What moves of itself here is egui's: menus that fade, bars that widen, wheels that roll on. Times that count on are
//! words; with the switch on they count by the second.

use std::time::Duration;

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{Context, Event, MouseWheelUnit, Plugin, RawInput, Style, Vec2};

use crate::model::ladder::TENTHS;

/// Switches every animation off, or on again.
pub fn hold_still(ctx: &Context, still: bool) {
    let told = ctx.with_plugin(|wheel: &mut Wheel| wheel.at_once = still);
    if told.is_none() {
        ctx.add_plugin(Wheel { at_once: still });
    }
    let usual = Style::default();
    ctx.all_styles_mut(|style| {
        if still {
            style.animation_time = 0.0;
            style.scroll_animation = ScrollAnimation::none();
        } else {
            style.animation_time = usual.animation_time;
            style.scroll_animation = usual.scroll_animation;
        }
    });
}

/// Whether animations are off.
pub fn is_still(ctx: &Context) -> bool {
    ctx.with_plugin(|wheel: &mut Wheel| wheel.at_once)
        .unwrap_or(false)
}

/// How long a running time stands before it is written anew: one of many seconds has no tenths, so that what waits long
/// makes little work.
pub fn tick(ctx: &Context, running: Duration) -> Duration {
    if is_still(ctx) || running.as_secs() >= TENTHS {
        Duration::from_secs(1)
    } else {
        Duration::from_millis(100)
    }
}

/// Has a wheel scroll at once, where egui would roll on for a while after each notch.
struct Wheel {
    at_once: bool,
}

/// egui takes steps shorter than 8 points as they are and smooths longer ones.
const TAKEN_AS_IT_IS: f32 = 7.5;

/// More steps than a notch of any wheel needs: what is beyond is smoothed.
const MOST_STEPS: f32 = 64.0;

impl Plugin for Wheel {
    fn debug_name(&self) -> &'static str {
        "wheel"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if !self.at_once {
            return;
        }
        let per_line = ctx.options(|options| options.input_options.line_scroll_speed);
        let mut events = Vec::with_capacity(input.events.len());
        for event in input.events.drain(..) {
            match event {
                Event::MouseWheel {
                    unit: unit @ (MouseWheelUnit::Line | MouseWheelUnit::Point),
                    delta,
                    phase,
                    source,
                    modifiers,
                } if delta != Vec2::ZERO => {
                    let points = match unit {
                        MouseWheelUnit::Line => delta * per_line,
                        _ => delta,
                    };
                    let steps = (points.length() / TAKEN_AS_IT_IS)
                        .ceil()
                        .clamp(1.0, MOST_STEPS);
                    let step = Event::MouseWheel {
                        unit: MouseWheelUnit::Point,
                        delta: points / steps,
                        phase,
                        source,
                        modifiers,
                    };
                    events.extend(std::iter::repeat_n(step, steps as usize));
                }
                other => events.push(other),
            }
        }
        input.events = events;
    }
}
