//! What a session can be written as, as the export dialog offers it.

/// Formats a log can be exported in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// The ladder, as a picture that stays sharp.
    LadderSvg,
    /// The ladder, as a picture for every program.
    LadderPng,
    /// The life cycles, as a picture that stays sharp.
    LifecycleSvg,
    /// The life cycles, as a picture for every program.
    LifecyclePng,
    /// The ladder, as a diagram in words.
    Mermaid,
    /// A report of the session.
    Report,
    /// As the log reads.
    Text,
    /// For spreadsheets.
    Csv,
    /// Sockeye's own, whole.
    JsonLines,
    /// The same calls again, in Python: a folder.
    Python,
    /// The same calls again, in C: a folder.
    C,
}

impl ExportFormat {
    /// Those that are looked at, in the order offered.
    pub const PICTURES: [Self; 5] = [
        Self::LadderSvg,
        Self::LadderPng,
        Self::LifecycleSvg,
        Self::LifecyclePng,
        Self::Mermaid,
    ];
    /// Those that are read, in the order offered.
    pub const WORDS: [Self; 4] = [Self::Text, Self::Report, Self::Csv, Self::JsonLines];

    /// Those that run, in the order offered.
    pub const PROGRAMS: [Self; 2] = [Self::Python, Self::C];

    /// All that are one file.
    pub fn files() -> impl Iterator<Item = Self> {
        Self::WORDS.into_iter().chain(Self::PICTURES)
    }

    /// Whether it is a folder of programs.
    pub fn is_folder(self) -> bool {
        Self::PROGRAMS.contains(&self)
    }

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::LadderSvg => "Ladder SVG",
            Self::LadderPng => "Ladder PNG",
            Self::LifecycleSvg => "Cycle SVG",
            Self::LifecyclePng => "Cycle PNG",
            Self::Mermaid => "Mermaid",
            Self::Report => "Report",
            Self::Text => "Text",
            Self::Csv => "CSV",
            Self::JsonLines => "JSON Lines",
            Self::Python => "Python programs",
            Self::C => "C programs",
        }
    }

    /// The file name's ending; `None`: it is a folder.
    pub fn ending(self) -> Option<&'static str> {
        Some(match self {
            Self::Python | Self::C => return None,
            Self::LadderSvg | Self::LifecycleSvg => "svg",
            Self::LadderPng | Self::LifecyclePng => "png",
            Self::Mermaid => "mmd",
            Self::Report => "md",
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        })
    }
}
