//! The arguments of the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::export::program::Language;
use crate::export::{Export, Format};

/// See your sockets: a playground that makes one real socket call per click.
///
/// Without a command the window opens, and plays the script in FILE if one is given.
#[derive(Debug, Parser)]
#[command(name = "sockeye", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// A script or lesson to play in the window
    pub file: Option<PathBuf>,
    /// What to do in the terminal instead
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do in the terminal.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script or lesson here, printing the log as it happens
    Play {
        /// What to play.
        #[command(flatten)]
        play: PlayArgs,
        /// Print JSON Lines instead of the log
        #[arg(long)]
        jsonl: bool,
        /// Also save the session, as JSON Lines, to this file
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// List the scripts and lessons that ship with it
    List,
    /// Parse a script or lesson and say what is wrong, touching no socket
    Check {
        /// The file, or the name of one that ships with it
        file: PathBuf,
    },
    /// Run a script and write what happened to a file, or as programs to a folder
    Export {
        /// What to play.
        #[command(flatten)]
        play: PlayArgs,
        /// The format
        #[arg(long = "as", value_name = "FORMAT")]
        format: FormatArg,
        /// The file to write; for programs the folder
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
    },
}

/// A script or lesson, and how to play it.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// The name of a script or lesson that ships with it, a lesson's number, or a file; `-`: standard input
    #[arg(value_name = "NAME|FILE")]
    pub script: PathBuf,
    /// How long to wait for a call before giving up on it
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub deadline: Duration,
    /// Use a free port for each port the script binds
    #[arg(long)]
    pub free_ports: bool,
    /// Allow addresses at which others can reach this computer
    #[arg(long)]
    pub reachable: bool,
    /// Start another program as the neighbour that some lessons need
    #[arg(long)]
    pub neighbour: bool,
    /// Use another port in the place of one that is written
    #[arg(long, value_name = "WRITTEN=USED", value_parser = moved_port, conflicts_with = "free_ports", hide = true)]
    pub move_port: Vec<(u16, u16)>,
}

/// A format by its name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormatArg {
    /// The ladder as a picture, SVG
    LadderSvg,
    /// The ladder as a picture, PNG
    LadderPng,
    /// The life cycles as a picture, SVG
    LifecycleSvg,
    /// The life cycles as a picture, PNG
    LifecyclePng,
    /// The ladder as a Mermaid sequence diagram
    Mermaid,
    /// A report in Markdown: sockets, ladder, log, errors
    Report,
    /// The log as a person reads it
    Text,
    /// A table for spreadsheets
    Csv,
    /// JSON Lines, as sessions are saved
    Jsonl,
    /// Programs in Python, one for each role: PATH is their folder
    Python,
    /// Programs in C, one for each role: PATH is their folder
    C,
}

impl From<FormatArg> for Export {
    fn from(format: FormatArg) -> Self {
        Self::File(match format {
            FormatArg::Python => return Self::Programs(Language::Python),
            FormatArg::C => return Self::Programs(Language::C),
            FormatArg::LadderSvg => Format::LadderSvg,
            FormatArg::LadderPng => Format::LadderPng,
            FormatArg::LifecycleSvg => Format::LifecycleSvg,
            FormatArg::LifecyclePng => Format::LifecyclePng,
            FormatArg::Mermaid => Format::Mermaid,
            FormatArg::Report => Format::Report,
            FormatArg::Text => Format::Text,
            FormatArg::Csv => Format::Csv,
            FormatArg::Jsonl => Format::JsonLines,
        })
    }
}

/// The longest deadline, seconds: a day.
const MAX_DEADLINE: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.0..=MAX_DEADLINE).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("expected seconds, from 0 to {MAX_DEADLINE}"))
}

fn moved_port(text: &str) -> Result<(u16, u16), String> {
    let ports = text.split_once('=').and_then(|(written, used)| {
        let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        Some((port(written)?, port(used)?))
    });
    ports.ok_or_else(|| "expected two ports, such as 5000=43210".to_owned())
}
