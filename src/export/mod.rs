//! A recording as a file, or a folder of programs: one format per file here, each a pure function of the recording.
//!
//! - [`text`]: the log as a person reads it; also what `sockeye play` prints.
//! - [`csv`]: a table for spreadsheets.
//! - [`jsonl`]: JSON Lines, the format sessions are saved in.
//! - [`ladder`]: the ladder as a picture, SVG or, by [`png`], PNG.
//! - [`lifecycle`]: the life cycles of calls and sockets as a picture, likewise.
//! - [`mermaid`]: the ladder as a Mermaid sequence diagram.
//! - [`report`]: a session report in Markdown.
//! - [`program`]: a folder of programs that make the session's calls again, in Python or C.
//!
//! Whatever came from a peer or a file is data: no format lets a control, bidirectional or zero-width
//! character through raw, in names neither.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::model::recording::Recording;

pub mod csv;
pub mod jsonl;
pub mod ladder;
pub mod lifecycle;
pub mod mermaid;
pub mod paper;
pub mod png;
pub mod program;
pub mod report;
mod save;
mod signs;
pub mod svg;
pub mod text;

pub use save::{Existing, Export, SaveError};

/// The formats of one file that a recording can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// [`text`].
    Text,
    /// [`csv`].
    Csv,
    /// [`jsonl`].
    JsonLines,
    /// [`ladder`] as SVG.
    LadderSvg,
    /// [`ladder`] as PNG.
    LadderPng,
    /// [`lifecycle`] as SVG.
    LifecycleSvg,
    /// [`lifecycle`] as PNG.
    LifecyclePng,
    /// [`mermaid`].
    Mermaid,
    /// [`report`].
    Report,
}

impl Format {
    /// All of them, in the order offered.
    pub const ALL: [Self; 9] = [
        Self::LadderSvg,
        Self::LadderPng,
        Self::LifecycleSvg,
        Self::LifecyclePng,
        Self::Mermaid,
        Self::Report,
        Self::Text,
        Self::Csv,
        Self::JsonLines,
    ];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::LadderSvg => "ladder-svg",
            Self::LadderPng => "ladder-png",
            Self::LifecycleSvg => "lifecycle-svg",
            Self::LifecyclePng => "lifecycle-png",
            Self::Mermaid => "mermaid",
            Self::Report => "report",
        }
    }

    /// The usual ending of its files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::LadderSvg | Self::LifecycleSvg => "svg",
            Self::LadderPng | Self::LifecyclePng => "png",
            Self::Mermaid => "mmd",
            Self::Report => "md",
        }
    }

    /// Writes the recording in this format.
    ///
    /// # Errors
    /// What the writer answers; of a PNG, also that it can't be made.
    pub fn write(self, recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(recording, out),
            Self::Csv => csv::write(recording, out),
            Self::JsonLines => jsonl::write(recording, out),
            Self::LadderSvg => out.write_all(ladder::svg(recording).as_bytes()),
            Self::LadderPng => out.write_all(&png::render(&ladder::svg_for_png(recording))?),
            Self::LifecycleSvg => out.write_all(lifecycle::svg(recording).as_bytes()),
            Self::LifecyclePng => out.write_all(&png::render(&lifecycle::svg(recording))?),
            Self::Mermaid => out.write_all(mermaid::diagram(recording).as_bytes()),
            Self::Report => report::write(recording, out),
        }
    }
}

/// Writes a file that is at any moment either the old one or the whole new one.
///
/// It is written under a temporary name in the same folder and then renamed. A link is followed to the file it names;
/// what is no regular file (a device, a pipe) is written to as it stands.
///
/// # Errors
/// When the folder can't be written to, or the disk is full; the old file is then untouched.
pub fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // A link would be replaced by the rename, and so would a device: neither is what was named.
    let path = &std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        let mut device = std::fs::OpenOptions::new().write(true).open(path)?;
        fill(&mut device)?;
        return device.flush();
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A file that tempfile opens and writes itself names the temporary path in its errors; and it is private to its
    // owner, where a saved one is what the user's umask makes it.
    let temporary = tempfile::Builder::new()
        .prefix(".sockeye-")
        .make_in(folder, |path| File::create_new(path))?;
    let mut writer = BufWriter::new(temporary.as_file());
    fill(&mut writer)?;
    writer.flush()?;
    drop(writer);
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}
