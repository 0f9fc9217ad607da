//! The terminal: `sockeye play`, `list`, `check` and `export`.
//!
//! The same recording as the window's, as lines or JSON Lines. Exit codes: 0 all as expected; 1 an expectation
//! failed; 2 bad usage, or a script that does not parse; 3 the deadline passed with a call still waiting; 130 by
//! Ctrl-C. An expectation that failed beats a deadline that passed.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::export::{Existing, Export, Format};
use crate::script::ast::Script;
use crate::script::catalog;
use crate::script::options::{PlayOptions, Ports, Reach, Report};
use crate::script::syntax::{self, MAX_SCRIPT};

mod args;
mod play;
mod printer;

use args::{Command, CommandLine, PlayArgs};
use play::{Ending, PlayError, Played, complain};
use printer::{Form, Printer};

/// An expectation failed, or a file could not be written.
const FAILED: u8 = 1;
/// Bad usage, or a script that does not parse.
const USAGE: u8 = 2;
/// The deadline passed with a call still waiting.
const OVERDUE: u8 = 3;
/// Ended by Ctrl-C: 128 and the number of SIGINT, as shells count.
const INTERRUPTED: u8 = 130;

/// What the command line asks for.
#[derive(Debug)]
pub enum Wanted {
    /// The window, playing this script: its title, and what it says.
    Window(Option<(String, Script)>),
    /// Nothing more: it was done in the terminal.
    Done(ExitCode),
}

/// Does what the arguments ask for, unless they ask for the window.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Wanted {
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // --help and --version come here too; a reader who left needs no help.
            error.print().ok();
            let code = u8::try_from(error.exit_code()).unwrap_or(USAGE);
            return Wanted::Done(ExitCode::from(code));
        }
    };
    let Some(command) = line.command else {
        return match line.file.as_deref().map(load).transpose() {
            Ok(script) => Wanted::Window(script),
            Err(code) => Wanted::Done(ExitCode::from(code)),
        };
    };
    let done = match command {
        Command::Play { play, jsonl, save } => {
            let form = if jsonl { Form::JsonLines } else { Form::Log };
            play_command(&play, form, save.as_deref())
        }
        Command::List => Ok(list()),
        Command::Check { file } => check(&file),
        Command::Export { play, format, out } => export_command(&play, format.into(), &out),
    };
    Wanted::Done(ExitCode::from(done.unwrap_or_else(|code| code)))
}

/// Plays a script here because there is no display: the one asked for, or TCP capitalise on a free port.
pub fn without_display(script: Option<(String, Script)>) -> ExitCode {
    complain(
        "there is no display (WAYLAND_DISPLAY, WAYLAND_SOCKET and DISPLAY are not set): playing in the terminal instead",
    );
    let played = match script {
        Some((title, script)) => {
            play_script(script, PlayOptions::terminal(&title), Form::Log, None)
        }
        None => load(Path::new(catalog::DEFAULT.name)).and_then(|(title, script)| {
            let mut options = PlayOptions::terminal(&title);
            // It is a demonstration: another program on port 5000 should not spoil it.
            options.ports = Ports::Free;
            play_script(script, options, Form::Log, None)
        }),
    };
    ExitCode::from(played.unwrap_or_else(|code| code))
}

/// Says on standard error why the window did not open.
pub fn no_window(why: &str) -> ExitCode {
    complain(why);
    ExitCode::FAILURE
}

/// An exit code, in `Err` where it was too early to do what was asked.
type Done = Result<u8, u8>;

fn play_command(args: &PlayArgs, form: Form, save: Option<&Path>) -> Done {
    let (title, script) = load(&args.script)?;
    play_script(script, options(&title, args), form, save)
}

fn export_command(args: &PlayArgs, export: Export, out: &Path) -> Done {
    let (title, script) = load(&args.script)?;
    let played = perform(script, options(&title, args), Form::Silent)?;
    save(out, export, &played)?;
    Ok(exit_code(&played))
}

fn play_script(script: Script, options: PlayOptions, form: Form, file: Option<&Path>) -> Done {
    let played = perform(script, options, form)?;
    if let Some(file) = file {
        save(file, Export::File(Format::JsonLines), &played)?;
    }
    Ok(exit_code(&played))
}

fn options(title: &str, args: &PlayArgs) -> PlayOptions {
    let mut options = PlayOptions::terminal(title);
    options.deadline = Some(args.deadline);
    if args.free_ports {
        options.ports = Ports::Free;
    }
    if args.reachable {
        options.reach = Reach::Anyone;
    }
    options
}

/// Plays, and says on standard error what went otherwise than expected.
fn perform(script: Script, options: PlayOptions, form: Form) -> Result<Played, u8> {
    if let Some(reachable) = script
        .first_reachable()
        .filter(|_| options.reach == Reach::ThisComputer)
    {
        complain(&format!(
            "line {}: {}; if you mean that, play it with --reachable",
            reachable.line, reachable.why
        ));
        return Err(USAGE);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let played = play::play(script, options, &mut Printer::new(&mut out, form));
    match played {
        Ok(played) => {
            summary(&played.report, played.ending);
            Ok(played)
        }
        Err(PlayError::System(error)) => {
            complain(&format!(
                "your system refuses what a session needs: {error}"
            ));
            Err(FAILED)
        }
        Err(PlayError::Output(error)) => {
            complain(&format!("the log can't be written: {error}"));
            Err(FAILED)
        }
        Err(PlayError::Refused(message)) => {
            complain(&message);
            Err(USAGE)
        }
    }
}

fn summary(report: &Report, ending: Ending) {
    if ending == Ending::NobodyReads {
        return;
    }
    for failure in &report.failures {
        complain(&format!(
            "line {}: {}: expected {}, got {}",
            failure.line, failure.text, failure.expected, failure.got
        ));
    }
    for overdue in &report.overdue {
        complain(&format!(
            "line {}: {} was still waiting when the deadline passed",
            overdue.line, overdue.text
        ));
    }
    if ending == Ending::Interrupted {
        complain("ended by Ctrl-C; everything is closed");
    }
}

fn exit_code(played: &Played) -> u8 {
    match played.ending {
        Ending::Interrupted => INTERRUPTED,
        Ending::Complete if !played.report.failures.is_empty() => FAILED,
        Ending::Complete if !played.report.overdue.is_empty() => OVERDUE,
        Ending::Complete | Ending::NobodyReads => 0,
    }
}

fn save(path: &Path, export: Export, played: &Played) -> Result<(), u8> {
    let saved = export.save(&played.recording, path, Existing::Replace);
    saved.map_err(|error| {
        complain(&error.to_string());
        FAILED
    })
}

fn list() -> u8 {
    let mut out = io::stdout().lock();
    let width = catalog::shown()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    for entry in catalog::shown() {
        if writeln!(out, "{:<width$}  {}", entry.name, entry.summary).is_err() {
            // Nobody reads on.
            break;
        }
    }
    0
}

fn check(file: &Path) -> Done {
    let (title, script) = load(file)?;
    let calls = script.statements.len();
    // Nobody reads: nothing is lost.
    writeln!(io::stdout(), "{title}: {calls} statements, nothing wrong").ok();
    Ok(0)
}

/// A script by the name it ships under, or from a file; with its title.
fn load(name: &Path) -> Result<(String, Script), u8> {
    let shown = name.display().to_string();
    let shipped = name.to_str().and_then(catalog::find);
    let (text, origin) = match shipped {
        Some(entry) => (entry.text.to_owned(), entry.name.to_owned()),
        None => (read(name)?, shown.clone()),
    };
    match syntax::parse(&text) {
        Ok(script) => Ok((origin, script)),
        Err(error) => {
            complain(&format!("{shown}: {error}"));
            Err(USAGE)
        }
    }
}

fn read(path: &Path) -> Result<String, u8> {
    let fail = |message: String| {
        complain(&format!("{}: {message}", path.display()));
        USAGE
    };
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => fail(
            "there is neither a script of this name nor such a file; `sockeye list` names the scripts".to_owned(),
        ),
        _ => fail(format!("it can't be opened: {error}")),
    })?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its size says.
    file.take(MAX_SCRIPT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| fail(format!("it can't be read: {error}")))?;
    if bytes.len() > MAX_SCRIPT {
        return Err(fail(format!(
            "it is larger than a script may be ({MAX_SCRIPT} bytes)"
        )));
    }
    if bytes.starts_with(b"{\"sockeye\"") {
        return Err(fail("this is a saved session, not a script".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        fail(format!("line {line} is not UTF-8 text"))
    })
}
