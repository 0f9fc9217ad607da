//! The chosen call as a box in the look of its outcome.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Color32, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::call::Outcome;
use crate::model::recording::CallEntry;
use crate::model::socket::SocketKind;
use crate::views::log::row::RowText;
use crate::views::theme::{self, Palette, Type, size};
use crate::views::widgets::{paint_dashed_rect, paint_hatch, paint_hourglass, paint_return_arrow};

/// Room for a sign at the left.
const SIGN: f32 = 28.0;

enum Border {
    Solid(Stroke),
    Dashed(Stroke),
}

struct Look {
    fill: Color32,
    border: Border,
    hatch: Option<Color32>,
    text: Color32,
}

fn look_of(entry: &CallEntry, kind: Option<SocketKind>, p: &Palette) -> Look {
    let plain = |fill, stroke| Look {
        fill,
        border: Border::Solid(stroke),
        hatch: None,
        text: p.text,
    };
    match &entry.outcome {
        None => Look {
            hatch: Some(p.wait_line),
            ..plain(p.wait_dim, Stroke::new(size::LINE_STRONG, p.wait))
        },
        Some(outcome) if outcome.is_would_block() => Look {
            border: Border::Dashed(Stroke::new(size::LINE_ICON, p.again)),
            text: p.again,
            ..plain(p.again_dim, Stroke::NONE)
        },
        Some(Outcome::Error(_)) => Look {
            text: p.onerr,
            ..plain(p.err, Stroke::NONE)
        },
        Some(Outcome::Interrupted) => plain(p.card, Stroke::new(size::LINE_ICON, p.ctl)),
        Some(Outcome::Ok(_)) => match kind {
            Some(kind) => {
                let (full, dim, _) = theme::role_colors(p, kind);
                plain(dim, Stroke::new(size::LINE_ICON, full))
            }
            None => plain(p.card, Stroke::new(size::LINE_ICON, p.ctl)),
        },
    }
}

/// The statement and its outcome, in at most four lines.
pub(super) fn box_ui(ui: &mut Ui, entry: &CallEntry, text: &RowText) {
    let p = theme::of(ui);
    let look = look_of(entry, text.who.first().map(|who| who.kind), p);
    let outcome = text.result.first().map_or("", |part| part.text.as_str());
    let arrow = if text.waits { " " } else { " → " };
    let words = format!("{}{arrow}{outcome}", text.statement);
    let width = ui.available_width();
    let mut job = LayoutJob::default();
    job.append(
        &words,
        0.0,
        TextFormat::simple(Type::MonoBold.font(), look.text),
    );
    job.wrap.max_width = width - 2.0 * SIGN;
    job.wrap.max_rows = 4;
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let (rect, response) =
        ui.allocate_exact_size(vec2(width, galley.size().y + 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let painter = ui.painter();
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    painter.rect_filled(rect, radius, look.fill);
    if let Some(color) = look.hatch {
        paint_hatch(painter, rect.shrink(2.0), Stroke::new(3.0, color), 8.0);
        // Words on a hatch stand on a plate of the ground's colour.
        let plate = galley
            .rect
            .translate(pos2(rect.center().x, rect.top() + 10.0).to_vec2())
            .expand2(vec2(6.0, 2.0));
        painter.rect_filled(plate, f32::from(size::RADIUS_BOX), look.fill);
    }
    match look.border {
        Border::Solid(stroke) => {
            painter.rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
        Border::Dashed(stroke) => {
            let radius = f32::from(size::RADIUS_CONTROL);
            paint_dashed_rect(painter, rect, radius, stroke, 4.0, 3.0);
        }
    }
    sign(
        ui,
        entry,
        pos2(rect.left() + SIGN / 2.0, rect.center().y),
        p,
    );
    ui.painter()
        .galley(pos2(rect.center().x, rect.top() + 10.0), galley, look.text);
}

/// Colour is not the only sign: an arrow that comes back, a cross, an hourglass.
fn sign(ui: &Ui, entry: &CallEntry, at: eframe::egui::Pos2, p: &Palette) {
    let painter = ui.painter();
    match &entry.outcome {
        None => {
            painter.circle_filled(at, 10.0, p.wait_dim);
            paint_hourglass(painter, at, 12.0, p.wait);
        }
        Some(outcome) if outcome.is_would_block() => {
            paint_return_arrow(painter, at, 14.0, p.again);
        }
        Some(Outcome::Error(_)) => {
            let stroke = Stroke::new(size::LINE_STRONG, p.onerr);
            for arm in [vec2(4.0, 4.0), vec2(4.0, -4.0)] {
                painter.line_segment([at - arm, at + arm], stroke);
            }
        }
        Some(_) => {}
    }
}
