//! Type for the back row: sizes that grow with the window.

use eframe::egui::{FontFamily, FontId, RichText};

use super::{bold, mono_bold};

/// A run of text on the projector, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Large {
    /// The keys at the foot, words beside things: the smallest allowed.
    Note,
    /// The keys themselves.
    NoteBold,
    /// The state in a lane's head.
    Badge,
    /// The next line of code, calls that were.
    Code,
    /// Bytes that wait.
    Byte,
    /// A method to choose.
    Method,
    /// A lane's name.
    Name,
    /// What travels.
    Data,
    /// The title.
    Title,
    /// What came back.
    Result,
    /// How far the script is; the caption where it is long.
    Counter,
    /// The caption.
    Caption,
    /// The call that is made now.
    Now,
}

impl Large {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Note,
        Self::NoteBold,
        Self::Badge,
        Self::Code,
        Self::Byte,
        Self::Method,
        Self::Name,
        Self::Data,
        Self::Title,
        Self::Result,
        Self::Counter,
        Self::Caption,
        Self::Now,
    ];

    /// Its height in lines of a picture of 1080.
    pub fn lines(self) -> f32 {
        match self {
            Self::Note | Self::NoteBold | Self::Badge | Self::Code | Self::Byte | Self::Method => {
                36.0
            }
            Self::Name => 38.0,
            Self::Data | Self::Title => 40.0,
            Self::Result => 44.0,
            Self::Counter => 48.0,
            Self::Caption => 52.0,
            Self::Now => 56.0,
        }
    }

    /// The font, where a line of the picture is `unit` points high.
    pub fn font(self, unit: f32) -> FontId {
        let family = match self {
            Self::Note => FontFamily::Proportional,
            Self::NoteBold | Self::Title | Self::Counter | Self::Caption => bold(),
            Self::Badge | Self::Code => FontFamily::Monospace,
            Self::Byte | Self::Method | Self::Name | Self::Data | Self::Result | Self::Now => {
                mono_bold()
            }
        };
        FontId::new(self.lines() * unit, family)
    }

    /// Text in this font.
    pub fn text(self, text: impl Into<String>, unit: f32) -> RichText {
        RichText::new(text).font(self.font(unit))
    }
}
