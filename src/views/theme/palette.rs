//! The palette: one set of names, a colour each for dark, light and high contrast.
//!
//! Contrast is measured (WCAG 2.x, `tests/contrast.rs`): words at least 4.5 on their grounds, in high contrast 7;
//! outlines of controls at least 3.

use eframe::egui::Color32;

/// The colours of one theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Bars, side panels and the log.
    pub panel: Color32,
    /// The ground of the whole centre.
    pub lane: Color32,
    /// Cards.
    pub card: Color32,
    /// Text fields.
    pub field: Color32,
    /// Raised bars: Next line, selected rows.
    pub raised: Color32,
    /// Hairlines: separators.
    pub hair: Color32,
    /// Outlines of controls.
    pub ctl: Color32,
    /// Words.
    pub text: Color32,
    /// Quieter words.
    pub text2: Color32,
    /// The quietest words.
    pub text3: Color32,
    /// The neutral primary: the button to press.
    pub ink: Color32,
    /// Words on `ink`.
    pub onink: Color32,
    /// A listener.
    pub listener: Color32,
    /// The tint of `listener` over a card: fills.
    pub listener_dim: Color32,
    /// `listener` at half strength: hatches and faint strokes, never words.
    pub listener_line: Color32,
    /// A client.
    pub client: Color32,
    /// The tint of `client` over a card: fills.
    pub client_dim: Color32,
    /// `client` at half strength: hatches and faint strokes, never words.
    pub client_line: Color32,
    /// An accepted connection.
    pub conn: Color32,
    /// The tint of `conn` over a card: fills.
    pub conn_dim: Color32,
    /// `conn` at half strength: hatches and faint strokes, never words.
    pub conn_line: Color32,
    /// A UDP socket.
    pub udp: Color32,
    /// The tint of `udp` over a card: fills.
    pub udp_dim: Color32,
    /// `udp` at half strength: hatches and faint strokes, never words.
    pub udp_line: Color32,
    /// A waiting call.
    pub wait: Color32,
    /// The tint of `wait` over a card: fills.
    pub wait_dim: Color32,
    /// `wait` at half strength: hatches and faint strokes, never words.
    pub wait_line: Color32,
    /// An error.
    pub err: Color32,
    /// The tint of `err` over a card: fills.
    pub err_dim: Color32,
    /// `err` at half strength: hatches and faint strokes, never words.
    pub err_line: Color32,
    /// A would-block: not an error.
    pub again: Color32,
    /// The tint of `again` over a card: fills.
    pub again_dim: Color32,
    /// Words on a role's colour.
    pub onrole: Color32,
    /// Words on `err`.
    pub onerr: Color32,
}

/// The dark theme.
pub static DARK: Palette = Palette {
    panel: Color32::from_rgb(0x15, 0x1e, 0x27),
    lane: Color32::from_rgb(0x0e, 0x15, 0x1c),
    card: Color32::from_rgb(0x1a, 0x24, 0x2e),
    field: Color32::from_rgb(0x0e, 0x15, 0x1c),
    raised: Color32::from_rgb(0x26, 0x33, 0x40),
    hair: Color32::from_rgb(0x2a, 0x37, 0x43),
    ctl: Color32::from_rgb(0x62, 0x77, 0x8a),
    text: Color32::from_rgb(0xf0, 0xf4, 0xf7),
    text2: Color32::from_rgb(0xbe, 0xca, 0xd4),
    text3: Color32::from_rgb(0x93, 0xa3, 0xb1),
    ink: Color32::from_rgb(0xf4, 0xef, 0xe4),
    onink: Color32::from_rgb(0x10, 0x17, 0x1d),
    listener: Color32::from_rgb(0x55, 0xae, 0xf2),
    listener_dim: Color32::from_rgb(0x25, 0x3d, 0x51),
    listener_line: Color32::from_rgb(0x38, 0x69, 0x90),
    client: Color32::from_rgb(0xf0, 0xa9, 0xd6),
    client_dim: Color32::from_rgb(0x41, 0x3c, 0x4c),
    client_line: Color32::from_rgb(0x85, 0x66, 0x82),
    conn: Color32::from_rgb(0x4f, 0xdc, 0xaa),
    conn_dim: Color32::from_rgb(0x24, 0x45, 0x44),
    conn_line: Color32::from_rgb(0x34, 0x80, 0x6c),
    udp: Color32::from_rgb(0xf2, 0xa9, 0x3b),
    udp_dim: Color32::from_rgb(0x41, 0x3c, 0x30),
    udp_line: Color32::from_rgb(0x86, 0x66, 0x34),
    wait: Color32::from_rgb(0xf3, 0xde, 0x55),
    wait_dim: Color32::from_rgb(0x41, 0x45, 0x35),
    wait_line: Color32::from_rgb(0x86, 0x81, 0x42),
    err: Color32::from_rgb(0xff, 0x85, 0x66),
    err_dim: Color32::from_rgb(0x43, 0x35, 0x38),
    err_line: Color32::from_rgb(0x8c, 0x54, 0x4a),
    again: Color32::from_rgb(0xda, 0xd2, 0xa8),
    again_dim: Color32::from_rgb(0x35, 0x36, 0x2f),
    onrole: Color32::from_rgb(0x0c, 0x12, 0x18),
    onerr: Color32::from_rgb(0x1a, 0x0a, 0x05),
};

/// The light theme.
pub static LIGHT: Palette = Palette {
    panel: Color32::from_rgb(0xf7, 0xf4, 0xee),
    lane: Color32::from_rgb(0xec, 0xe7, 0xdc),
    card: Color32::from_rgb(0xff, 0xff, 0xff),
    field: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xe6, 0xdf, 0xd2),
    hair: Color32::from_rgb(0xd6, 0xcf, 0xc1),
    ctl: Color32::from_rgb(0x83, 0x7c, 0x6e),
    text: Color32::from_rgb(0x15, 0x1d, 0x24),
    text2: Color32::from_rgb(0x41, 0x4c, 0x56),
    text3: Color32::from_rgb(0x59, 0x63, 0x6c),
    ink: Color32::from_rgb(0x18, 0x21, 0x2a),
    onink: Color32::from_rgb(0xff, 0xff, 0xff),
    listener: Color32::from_rgb(0x08, 0x51, 0x8c),
    listener_dim: Color32::from_rgb(0xe4, 0xec, 0xf2),
    listener_line: Color32::from_rgb(0x84, 0xa8, 0xc6),
    client: Color32::from_rgb(0x9e, 0x3a, 0x79),
    client_dim: Color32::from_rgb(0xf4, 0xe9, 0xf0),
    client_line: Color32::from_rgb(0xce, 0x9c, 0xbc),
    conn: Color32::from_rgb(0x00, 0x6b, 0x4b),
    conn_dim: Color32::from_rgb(0xe3, 0xef, 0xeb),
    conn_line: Color32::from_rgb(0x80, 0xb5, 0xa5),
    udp: Color32::from_rgb(0x8f, 0x4a, 0x00),
    udp_dim: Color32::from_rgb(0xf3, 0xeb, 0xe3),
    udp_line: Color32::from_rgb(0xc7, 0xa4, 0x80),
    wait: Color32::from_rgb(0x65, 0x58, 0x00),
    wait_dim: Color32::from_rgb(0xfb, 0xe8, 0x8a),
    wait_line: Color32::from_rgb(0xc9, 0xa8, 0x00),
    err: Color32::from_rgb(0xb3, 0x2f, 0x00),
    err_dim: Color32::from_rgb(0xf7, 0xe8, 0xe3),
    err_line: Color32::from_rgb(0xd9, 0x97, 0x80),
    again: Color32::from_rgb(0x5e, 0x58, 0x30),
    again_dim: Color32::from_rgb(0xf3, 0xf0, 0xe0),
    onrole: Color32::from_rgb(0xff, 0xff, 0xff),
    onerr: Color32::from_rgb(0xff, 0xff, 0xff),
};

/// High contrast: Okabe and Ito's colours on black, three of them lightened until they measure 7 there too.
pub static HIGH_CONTRAST: Palette = Palette {
    panel: Color32::from_rgb(0x00, 0x00, 0x00),
    lane: Color32::from_rgb(0x00, 0x00, 0x00),
    card: Color32::from_rgb(0x0d, 0x0d, 0x0d),
    field: Color32::from_rgb(0x00, 0x00, 0x00),
    raised: Color32::from_rgb(0x1c, 0x1c, 0x1c),
    hair: Color32::from_rgb(0x6e, 0x6e, 0x6e),
    ctl: Color32::from_rgb(0xb4, 0xb4, 0xb4),
    text: Color32::from_rgb(0xff, 0xff, 0xff),
    text2: Color32::from_rgb(0xe4, 0xe4, 0xe4),
    text3: Color32::from_rgb(0xbd, 0xbd, 0xbd),
    ink: Color32::from_rgb(0xff, 0xff, 0xff),
    onink: Color32::from_rgb(0x00, 0x00, 0x00),
    listener: Color32::from_rgb(0x56, 0xb4, 0xe9),
    listener_dim: Color32::from_rgb(0x14, 0x1e, 0x23),
    listener_line: Color32::from_rgb(0x32, 0x60, 0x7b),
    client: Color32::from_rgb(0xf0, 0xae, 0xd5),
    client_dim: Color32::from_rgb(0x24, 0x1d, 0x21),
    client_line: Color32::from_rgb(0x7e, 0x5e, 0x71),
    conn: Color32::from_rgb(0x3f, 0xdd, 0xa9),
    conn_dim: Color32::from_rgb(0x12, 0x22, 0x1d),
    conn_line: Color32::from_rgb(0x26, 0x75, 0x5b),
    udp: Color32::from_rgb(0xe6, 0x9f, 0x00),
    udp_dim: Color32::from_rgb(0x23, 0x1c, 0x0c),
    udp_line: Color32::from_rgb(0x7a, 0x56, 0x06),
    wait: Color32::from_rgb(0xf0, 0xe4, 0x42),
    wait_dim: Color32::from_rgb(0x24, 0x22, 0x12),
    wait_line: Color32::from_rgb(0x7e, 0x78, 0x28),
    err: Color32::from_rgb(0xff, 0x8a, 0x3d),
    err_dim: Color32::from_rgb(0x25, 0x1a, 0x12),
    err_line: Color32::from_rgb(0x86, 0x4c, 0x25),
    again: Color32::from_rgb(0xf3, 0xef, 0xd2),
    again_dim: Color32::from_rgb(0x1e, 0x1d, 0x16),
    onrole: Color32::from_rgb(0x00, 0x00, 0x00),
    onerr: Color32::from_rgb(0x00, 0x00, 0x00),
};

/// The mark's own colours: for the fish only, never for meaning.
pub mod brand {
    use super::Color32;

    /// The body.
    pub const FISH: Color32 = Color32::from_rgb(0xf0, 0x70, 0x5a);
    /// The head.
    pub const HEAD: Color32 = Color32::from_rgb(0x6e, 0x8f, 0x4e);
    /// The white of the eye.
    pub const EYE: Color32 = Color32::from_rgb(0xff, 0xf8, 0xec);
    /// The pupil.
    pub const PUPIL: Color32 = Color32::from_rgb(0x10, 0x17, 0x1d);
}
