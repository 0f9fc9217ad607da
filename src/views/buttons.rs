//! What bars, panels and dialogs share: plain buttons with painted icons, text fields, links.

use eframe::egui::{
    self, Color32, CornerRadius, Frame, Margin, Pos2, Rect, Response, Role as AccessRole, Sense,
    Shape, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::theme::{self, Type, size};
use super::widgets::{Direction, focus_ring, paint_triangle, paint_warning};

/// A sign painted before a label, so that no font can lack it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A triangle to the right: it goes on by itself.
    Play,
    /// Two bars: it stands still.
    Pause,
    /// A triangle against a bar: one step.
    Step,
    /// The same the other way: one step back.
    Back,
    /// A cross: away with it.
    Close,
    /// A plus.
    Plus,
    /// A minus.
    Minus,
    /// Three lines: more is behind this.
    Menu,
    /// A check mark: chosen.
    Check,
    /// A window with its right side filled: the inspector.
    Side,
    /// A screen on its stand.
    Projector,
}

/// Paints an icon in a box of `side`.
pub fn paint_icon(painter: &egui::Painter, center: Pos2, side: f32, icon: Icon, color: Color32) {
    let unit = side / 14.0;
    let at = |x: f32, y: f32| center + vec2(x, y) * unit;
    let stroke = Stroke::new(size::LINE_ICON, color);
    match icon {
        Icon::Play => paint_triangle(painter, center, 10.0 * unit, Direction::Right, color),
        Icon::Pause => {
            for x in [-4.0, 1.5] {
                painter.rect_filled(
                    Rect::from_min_max(at(x, -5.0), at(x + 2.5, 5.0)),
                    0.0,
                    color,
                );
            }
        }
        Icon::Step => {
            paint_triangle(painter, at(-1.5, 0.0), 9.0 * unit, Direction::Right, color);
            painter.rect_filled(Rect::from_min_max(at(3.0, -4.5), at(5.0, 4.5)), 0.0, color);
        }
        Icon::Back => {
            paint_triangle(painter, at(1.5, 0.0), 9.0 * unit, Direction::Left, color);
            painter.rect_filled(
                Rect::from_min_max(at(-5.0, -4.5), at(-3.0, 4.5)),
                0.0,
                color,
            );
        }
        Icon::Close => {
            painter.line_segment([at(-4.0, -4.0), at(4.0, 4.0)], stroke);
            painter.line_segment([at(-4.0, 4.0), at(4.0, -4.0)], stroke);
        }
        Icon::Plus | Icon::Minus => {
            painter.line_segment([at(-5.0, 0.0), at(5.0, 0.0)], stroke);
            if icon == Icon::Plus {
                painter.line_segment([at(0.0, -5.0), at(0.0, 5.0)], stroke);
            }
        }
        Icon::Menu => {
            for y in [-4.0, 0.0, 4.0] {
                painter.line_segment([at(-5.5, y), at(5.5, y)], stroke);
            }
        }
        Icon::Check => {
            let points = vec![at(-5.0, 0.5), at(-1.5, 4.0), at(5.0, -4.0)];
            painter.add(Shape::line(points, Stroke::new(size::LINE_STRONG, color)));
        }
        Icon::Projector => {
            let screen = Rect::from_min_max(at(-6.5, -5.5), at(6.5, 3.0));
            painter.rect_stroke(screen, 1.0, stroke, StrokeKind::Inside);
            painter.line_segment([at(0.0, 3.0), at(0.0, 6.0)], stroke);
            painter.line_segment([at(-3.5, 6.0), at(3.5, 6.0)], stroke);
        }
        Icon::Side => {
            let outer = Rect::from_min_max(at(-6.5, -5.0), at(6.5, 5.0));
            painter.rect_stroke(outer, 1.0, stroke, StrokeKind::Inside);
            painter.rect_filled(Rect::from_min_max(at(1.5, -5.0), at(6.5, 5.0)), 0.0, color);
        }
    }
}

/// A button of a bar or a dialog: an icon, a label and a key, of which any may be missing.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct BarButton<'a> {
    label: &'a str,
    name: &'a str,
    icon: Option<Icon>,
    shortcut: Option<&'a str>,
    font: Type,
    width: Option<f32>,
    height: f32,
    primary: bool,
    selected: bool,
}

impl<'a> BarButton<'a> {
    /// A button that says `label`, which is its name in the accessibility tree too.
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            name: label,
            icon: None,
            shortcut: None,
            font: Type::Body,
            width: None,
            height: size::CONTROL,
            primary: false,
            selected: false,
        }
    }

    /// A square button of an icon alone; `name` is read out and shown on hover.
    pub fn icon_only(icon: Icon, name: &'a str) -> Self {
        Self {
            name,
            width: Some(size::CONTROL),
            ..Self::new("").icon(icon)
        }
    }

    /// Puts a sign before the label.
    pub fn icon(self, icon: Icon) -> Self {
        Self {
            icon: Some(icon),
            ..self
        }
    }

    /// Puts the key that does the same behind the label.
    pub fn shortcut(self, shortcut: &'a str) -> Self {
        Self {
            shortcut: Some(shortcut),
            ..self
        }
    }

    /// Gives it another name in the accessibility tree.
    pub fn named(self, name: &'a str) -> Self {
        Self { name, ..self }
    }

    /// Sets the label's font.
    pub fn font(self, font: Type) -> Self {
        Self { font, ..self }
    }

    /// Sets its size; a width of `None` takes what the content needs.
    pub fn sized(self, width: Option<f32>, height: f32) -> Self {
        Self {
            width,
            height,
            ..self
        }
    }

    /// Paints it as the one to press, or as one among others.
    pub fn primary(self, primary: bool) -> Self {
        Self { primary, ..self }
    }

    /// Paints it as switched on.
    pub fn selected(self, selected: bool) -> Self {
        Self { selected, ..self }
    }

    /// How wide it is, points.
    pub fn width(&self, ui: &Ui) -> f32 {
        self.width.unwrap_or_else(|| self.content_width(ui) + 20.0)
    }

    /// Shows it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let content = self.content_width(ui);
        let width = self.width(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width, self.height), Sense::click());
        response.widget_info(|| {
            if self.selected {
                WidgetInfo::selected(AccessRole::Button, ui.is_enabled(), true, self.name)
            } else {
                WidgetInfo::labeled(AccessRole::Button, ui.is_enabled(), self.name)
            }
        });
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &response, content);
        }
        response
    }

    fn content_width(&self, ui: &Ui) -> f32 {
        let text = |text: &str, font: Type| {
            ui.painter()
                .layout_no_wrap(text.to_owned(), font.font(), Color32::PLACEHOLDER)
                .size()
                .x
        };
        let mut width = text(self.label, self.font);
        if self.icon.is_some() {
            width += if self.label.is_empty() { 14.0 } else { 20.0 };
        }
        if let Some(key) = self.shortcut {
            width += text(key, Type::MonoEdge) + 18.0;
        }
        width
    }

    fn paint(&self, ui: &Ui, rect: Rect, response: &Response, content: f32) {
        let p = theme::of(ui);
        let hot = response.hovered() || response.has_focus();
        let (fill, line, color) = match (self.primary, hot || self.selected) {
            (true, _) if response.hovered() => (p.ink.gamma_multiply(0.9), Stroke::NONE, p.onink),
            (true, _) => (p.ink, Stroke::NONE, p.onink),
            (false, true) => (p.raised, Stroke::new(size::LINE, p.text2), p.text),
            (false, false) => (Color32::TRANSPARENT, Stroke::new(size::LINE, p.ctl), p.text),
        };
        let painter = ui.painter();
        let radius = CornerRadius::same(size::RADIUS_CONTROL);
        painter.rect(rect, radius, fill, line, StrokeKind::Inside);
        let mut x = rect.center().x - content / 2.0;
        let middle = rect.center().y;
        if let Some(icon) = self.icon {
            paint_icon(painter, pos2(x + 7.0, middle), 14.0, icon, color);
            x += 20.0;
        }
        let galley = painter.layout_no_wrap(self.label.to_owned(), self.font.font(), color);
        let width = galley.size().x;
        painter.galley(pos2(x, middle - galley.size().y / 2.0), galley, color);
        if let Some(key) = self.shortcut {
            paint_key(ui, pos2(x + width + 8.0, middle), key, color);
        }
        focus_ring(ui, response, rect);
    }
}

/// Paints a key's plate with its left edge in the middle at `left`. Returns its width.
pub fn paint_key(ui: &Ui, left: Pos2, key: &str, color: Color32) -> f32 {
    let galley = ui
        .painter()
        .layout_no_wrap(key.to_owned(), Type::MonoEdge.font(), color);
    let plate = Rect::from_min_size(
        pos2(left.x, left.y - 9.0),
        vec2(galley.size().x + 10.0, 18.0),
    );
    let radius = CornerRadius::same(size::RADIUS_BOX);
    let line = Stroke::new(size::LINE, color);
    ui.painter()
        .rect_stroke(plate, radius, line, StrokeKind::Inside);
    ui.painter()
        .galley(plate.center() - galley.size() / 2.0, galley, color);
    plate.width()
}

/// A word that does something: underlined, as high as a control may be at least.
pub fn link(ui: &mut Ui, label: &str, name: &str) -> Response {
    let p = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(label.to_owned(), Type::Label.font(), p.text2);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Link, ui.is_enabled(), name));
    let color = if response.hovered() || response.has_focus() {
        p.text
    } else {
        p.text2
    };
    let text = Rect::from_center_size(rect.center(), galley.size());
    ui.painter()
        .galley_with_override_text_color(text.min, galley, color);
    ui.painter().hline(
        text.x_range(),
        text.bottom() - 1.0,
        Stroke::new(size::LINE, color),
    );
    focus_ring(ui, &response, rect);
    response
}

/// A one-line text field with a name; while `wrong`, it has the error's border and sign.
pub fn field(ui: &mut Ui, text: &mut String, name: &str, hint: &str, wrong: bool) -> Response {
    let width = ui.available_width();
    let ground = ui.painter().add(Shape::Noop);
    let edit = TextEdit::singleline(text)
        // By name: what stands above it comes and goes, and the keyboard must stay.
        .id_salt(name)
        .font(Type::Code.font())
        .frame(Frame::new().inner_margin(Margin {
            left: 8,
            right: if wrong { 28 } else { 8 },
            top: 4,
            bottom: 4,
        }))
        .hint_text(hint.to_owned())
        .align(egui::Align2::LEFT_CENTER)
        .char_limit(LONGEST_FIELD)
        .min_size(Vec2::new(width, size::CONTROL))
        .desired_width(width);
    let response = ui.add(edit).accessible_name(name);
    let p = theme::of(ui);
    let line = match (wrong, response.has_focus(), response.hovered()) {
        (true, ..) => Stroke::new(size::LINE_STRONG, p.err),
        (_, true, _) => Stroke::new(size::LINE_STRONG, p.text),
        (_, _, true) => Stroke::new(size::LINE, p.text2),
        _ => Stroke::new(size::LINE, p.ctl),
    };
    let rect = response.rect;
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    let frame = egui::epaint::RectShape::new(rect, radius, p.field, line, StrokeKind::Inside);
    ui.painter().set(ground, frame);
    if wrong {
        let center = pos2(rect.right() - 16.0, rect.center().y);
        paint_warning(ui.painter(), center, 14.0, p.err, p.field);
    }
    response
}

/// More than any address, port, name or path that makes sense: what is pasted beyond is cut.
const LONGEST_FIELD: usize = 4096;
