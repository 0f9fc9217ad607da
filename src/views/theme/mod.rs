//! Colours, fonts and sizes: the only place that names any.
//!
//! Sizes are egui points at zoom 100 %. Everything stands on a grid of 4.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    RichText, Stroke, TextStyle, Theme, Ui, Visuals,
};

use crate::model::socket::SocketKind;

use super::ThemeChoice;

mod large;
mod motion;
pub mod palette;

pub use large::Large;
pub use motion::{hold_still, is_still, tick};
pub use palette::{Palette, brand};

/// The weight and family of a run of text, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Edge labels, ruler, times, badges: the smallest allowed.
    Edge,
    /// Labels.
    Label,
    /// Labels that stand out.
    LabelBold,
    /// Body text and buttons.
    Body,
    /// Body text that stands out.
    BodyBold,
    /// A panel's title, narration, Next.
    Panel,
    /// The caption.
    Caption,
    /// The line below a title, narration.
    Subtitle,
    /// A headline in Details, a counter.
    Headline,
    /// The name in the top bar.
    Brand,
    /// The first screen's title.
    Title,
    /// Times and small figures.
    MonoEdge,
    /// Small figures and words that stand out: badges.
    MonoEdgeBold,
    /// Methods, addresses, the log.
    Mono,
    /// Methods and values that stand out.
    MonoBold,
    /// Code, and what is typed.
    Code,
    /// A card's name, a statement in a bar.
    CodeBold,
    /// The big `socket()` button.
    MonoBig,
}

impl Type {
    /// The font.
    pub fn font(self) -> FontId {
        let (size, family) = match self {
            Self::Edge => (11.0, FontFamily::Proportional),
            Self::Label => (12.0, FontFamily::Proportional),
            Self::LabelBold => (12.0, bold()),
            Self::Body => (13.0, FontFamily::Proportional),
            Self::BodyBold => (13.0, bold()),
            Self::Panel => (15.0, bold()),
            Self::Caption => (16.0, bold()),
            Self::Subtitle => (15.0, FontFamily::Proportional),
            Self::Headline => (20.0, bold()),
            Self::Brand => (17.0, bold()),
            Self::Title => (25.0, bold()),
            Self::MonoEdge => (11.0, FontFamily::Monospace),
            Self::MonoEdgeBold => (11.0, mono_bold()),
            Self::Mono => (12.0, FontFamily::Monospace),
            Self::MonoBold => (12.0, mono_bold()),
            Self::Code => (13.0, FontFamily::Monospace),
            Self::CodeBold => (14.0, mono_bold()),
            Self::MonoBig => (16.0, mono_bold()),
        };
        FontId::new(size, family)
    }

    /// Text in this font.
    pub fn text(self, text: impl Into<String>) -> RichText {
        RichText::new(text).font(self.font())
    }

    /// Text in this font and colour.
    pub fn colored(self, text: impl Into<String>, color: Color32) -> RichText {
        self.text(text).color(color)
    }
}

fn bold() -> FontFamily {
    FontFamily::Name("bold".into())
}

fn mono_bold() -> FontFamily {
    FontFamily::Name("mono bold".into())
}

/// Measures, in points.
pub mod size {
    /// A button, a field, a control.
    pub const CONTROL: f32 = 28.0;
    /// Gap between buttons in a row.
    pub const GAP: f32 = 4.0;
    /// Gap between cards.
    pub const COLUMN_GAP: f32 = 8.0;
    /// Padding of cards and panels.
    pub const PADDING: f32 = 12.0;
    /// From one row of a card to the next.
    pub const ROW_PITCH: f32 = 32.0;
    /// The top bar.
    pub const TOP_BAR: f32 = 44.0;
    /// The Next line.
    pub const NEXT_LINE: f32 = 36.0;
    /// The caption line.
    pub const CAPTION: f32 = 32.0;
    /// The bar of a script being played.
    pub const TRANSPORT: f32 = 64.0;
    /// The log's tool bar, and a row of tabs.
    pub const TOOLBAR: f32 = 36.0;
    /// The bar that goes to a moment of the past.
    pub const SCRUBBER: f32 = 32.0;
    /// The line to type a call in.
    pub const TYPE_CALL: f32 = 36.0;
    /// A row of the log.
    pub const LOG_ROW: f32 = 20.0;
    /// The search's width, and the height of what it finds.
    pub const SEARCH: [f32; 2] = [560.0, 400.0];
    /// The left panel.
    pub const LEFT: f32 = 248.0;
    /// The left panel with a lesson.
    pub const LESSONS: f32 = 296.0;
    /// The left panel folded to glyphs.
    pub const RAIL: f32 = 40.0;
    /// The inspector.
    pub const INSPECTOR: f32 = 320.0;
    /// The inspector while it shows code or Details.
    pub const INSPECTOR_TEXT: f32 = 328.0;
    /// The inspector where it lies over the last column.
    pub const INSPECTOR_DRAWER: f32 = 400.0;
    /// The narrowest column.
    pub const COLUMN_MIN: f32 = 280.0;
    /// The narrowest column without methods.
    pub const COLUMN_SLIM: f32 = 216.0;
    /// The widest column.
    pub const COLUMN_MAX: f32 = 384.0;
    /// The smallest window the layout is made for.
    pub const WINDOW_MIN: [f32; 2] = [1024.0, 700.0];
    /// The window of a first start.
    pub const WINDOW: [f32; 2] = [1440.0, 900.0];
    /// Below this width the inspector becomes a drawer.
    pub const DRAWER_BELOW: f32 = 1440.0;
    /// Below this width the left panel becomes a rail.
    pub const RAIL_BELOW: f32 = 1280.0;
    /// A small triangle that opens or folds.
    pub const FOLD: f32 = 24.0;
    /// Below this height only the last call is left of the log, until it is opened.
    pub const LOG_STRIP_BELOW: f32 = 760.0;
    /// Below this width the top bar's buttons lose their words.
    pub const ICONS_BELOW: f32 = 1100.0;
    /// Corner radius of boxes, badges and plates.
    pub const RADIUS_BOX: u8 = 4;
    /// Corner radius of controls and tooltips.
    pub const RADIUS_CONTROL: u8 = 6;
    /// Corner radius of cards.
    pub const RADIUS_CARD: u8 = 8;
    /// Corner radius of program frames.
    pub const RADIUS_FRAME: u8 = 10;
    /// Corner radius of chips.
    pub const RADIUS_CHIP: u8 = 12;
    /// Control outlines and separators.
    pub const LINE: f32 = 1.0;
    /// Dashed outlines and icons.
    pub const LINE_ICON: f32 = 1.5;
    /// What matters now: waiting, selected, wrong.
    pub const LINE_STRONG: f32 = 2.0;
    /// The role's strip on top of a card.
    pub const STRIP: f32 = 4.0;
}

/// The colours of the theme in force.
pub fn palette(ctx: &Context) -> &'static Palette {
    match ctx.theme() {
        Theme::Dark if is_high_contrast(ctx) => &palette::HIGH_CONTRAST,
        Theme::Dark => &palette::DARK,
        Theme::Light => &palette::LIGHT,
    }
}

/// Puts a theme on. High contrast takes the dark one's place: egui knows two.
pub fn wear(ctx: &Context, choice: ThemeChoice) {
    let high = choice == ThemeChoice::HighContrast;
    let (dark, preference) = match choice {
        ThemeChoice::System => (&palette::DARK, egui::ThemePreference::System),
        ThemeChoice::Dark => (&palette::DARK, egui::ThemePreference::Dark),
        ThemeChoice::Light => (&palette::DARK, egui::ThemePreference::Light),
        ThemeChoice::HighContrast => (&palette::HIGH_CONTRAST, egui::ThemePreference::Dark),
    };
    if high != is_high_contrast(ctx) {
        ctx.data_mut(|data| data.insert_temp(high_contrast_id(), high));
        ctx.set_visuals_of(Theme::Dark, visuals(Theme::Dark, dark));
    }
    ctx.set_theme(preference);
}

fn is_high_contrast(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(high_contrast_id()))
        .unwrap_or(false)
}

fn high_contrast_id() -> egui::Id {
    egui::Id::unique("high contrast")
}

/// A role's colours: full, tint, half strength.
pub fn role_colors(palette: &Palette, kind: SocketKind) -> (Color32, Color32, Color32) {
    match kind {
        SocketKind::Listener => (
            palette.listener,
            palette.listener_dim,
            palette.listener_line,
        ),
        SocketKind::Client => (palette.client, palette.client_dim, palette.client_line),
        SocketKind::Connection => (palette.conn, palette.conn_dim, palette.conn_line),
        SocketKind::UdpPeer => (palette.udp, palette.udp_dim, palette.udp_line),
    }
}

/// Sets fonts and both themes' looks. Once, before the first frame; tests call it too.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for (theme, palette) in [
        (Theme::Dark, &palette::DARK),
        (Theme::Light, &palette::LIGHT),
    ] {
        ctx.set_visuals_of(theme, visuals(theme, palette));
    }
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, Type::Edge.font()),
            (TextStyle::Body, Type::Body.font()),
            (TextStyle::Button, Type::Body.font()),
            (TextStyle::Heading, Type::Headline.font()),
            (TextStyle::Monospace, Type::Mono.font()),
        ]
        .into();
        style.spacing.item_spacing = egui::vec2(size::GAP, size::GAP);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
        style.spacing.interact_size.y = size::CONTROL;
        style.spacing.window_margin = Margin::same(16);
        style.spacing.menu_margin = Margin::same(8);
        style.spacing.tooltip_width = 320.0;
        style.spacing.scroll = egui::style::ScrollStyle {
            bar_width: 8.0,
            // Who does not see a bar does not know that there is more.
            floating_width: 4.0,
            foreground_color: true,
            dormant_handle_opacity: 0.5,
            active_handle_opacity: 0.8,
            ..egui::style::ScrollStyle::thin()
        };
        // Rows at the edge of a table must be as readable as any other.
        style.spacing.scroll.fade.strength = 0.0;
        style.interaction.tooltip_delay = 0.25;
        style.interaction.selectable_labels = false;
    });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [
        ("Noto Sans", notosans::REGULAR_TTF),
        ("Noto Sans Bold", notosans::BOLD_TTF),
        ("DejaVu Sans", dejavu::sans::regular()),
        ("DejaVu Sans Mono Bold", dejavu::sans_mono::bold()),
    ] {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    // Hack was drawn from DejaVu Sans Mono and has its widths, so the bold of one fits the regular of the other.
    for (family, names) in [
        (
            FontFamily::Proportional,
            ["Noto Sans", "DejaVu Sans", "Hack"],
        ),
        (bold(), ["Noto Sans Bold", "DejaVu Sans", "Hack"]),
        (FontFamily::Monospace, ["Hack", "DejaVu Sans", "Noto Sans"]),
        (
            mono_bold(),
            ["DejaVu Sans Mono Bold", "Hack", "DejaVu Sans"],
        ),
    ] {
        fonts
            .families
            .insert(family, names.map(str::to_owned).into());
    }
    fonts
}

fn visuals(theme: Theme, p: &Palette) -> Visuals {
    let mut v = theme.default_visuals();
    v.override_text_color = None;
    // A blinking cursor would draw frames while nothing happens.
    v.text_cursor.blink = false;
    // What the window is cleared to: the panels of the window name their own.
    v.panel_fill = p.lane;
    v.window_fill = p.card;
    v.extreme_bg_color = p.field;
    v.text_edit_bg_color = Some(p.field);
    v.faint_bg_color = p.card;
    v.code_bg_color = p.field;
    v.error_fg_color = p.err;
    v.warn_fg_color = p.wait;
    v.hyperlink_color = p.listener;
    v.window_stroke = Stroke::new(size::LINE, p.ctl);
    v.window_corner_radius = CornerRadius::same(size::RADIUS_CARD);
    v.menu_corner_radius = CornerRadius::same(size::RADIUS_CONTROL);
    v.selection.bg_fill = p.raised;
    v.selection.stroke = Stroke::new(size::LINE_STRONG, p.text);
    v.weak_text_color = Some(p.text3);
    let radius = CornerRadius::same(size::RADIUS_CONTROL);
    let widgets = &mut v.widgets;
    for (widget, fill, stroke, text) in [
        (
            &mut widgets.noninteractive,
            p.panel,
            Stroke::new(size::LINE, p.hair),
            p.text,
        ),
        (
            &mut widgets.inactive,
            p.panel,
            Stroke::new(size::LINE, p.ctl),
            p.text,
        ),
        (
            &mut widgets.hovered,
            p.raised,
            Stroke::new(size::LINE, p.text2),
            p.text,
        ),
        (
            &mut widgets.active,
            p.raised,
            Stroke::new(size::LINE_STRONG, p.text),
            p.text,
        ),
        (
            &mut widgets.open,
            p.raised,
            Stroke::new(size::LINE, p.ctl),
            p.text,
        ),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = stroke;
        widget.fg_stroke = Stroke::new(size::LINE, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    v
}

/// A frame without a shadow, for panels.
pub fn panel_frame(fill: Color32) -> egui::Frame {
    egui::Frame::new()
        .fill(fill)
        .inner_margin(Margin::same(size::PADDING as i8))
}

/// The frame of what a button opens.
pub fn popup_frame(ctx: &Context) -> egui::Frame {
    let p = palette(ctx);
    egui::Frame::new()
        .fill(p.card)
        .stroke(Stroke::new(size::LINE, p.ctl))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(Margin::same(8))
}

/// A frame for bars: no margin above and below, so that their height is exact.
pub fn bar_frame(fill: Color32) -> egui::Frame {
    egui::Frame::new()
        .fill(fill)
        .inner_margin(Margin::symmetric(size::PADDING as i8, 0))
}

/// How strong a card is painted on which nothing can be called: quieter than one that can, but read from afar.
pub const READ_ONLY: f32 = 0.75;

/// The palette at hand in a `Ui`.
pub fn of(ui: &Ui) -> &'static Palette {
    palette(ui.ctx())
}
