//! The terminal: `sockeye play`, `serve`, `list`, `check` and `export`.
//!
//! The same recording as the window's, as lines or JSON Lines. Exit codes: 0 all as expected; 1 an expectation
//! failed; 2 bad usage, or a script that does not parse; 3 the deadline passed with a call still waiting; 130 by
//! Ctrl-C. An expectation that failed beats a deadline that passed.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;

use crate::export::program::FileNames;
use crate::export::{Existing, Export, Format};
use crate::import;
use crate::model::call::{Call, Method, Outcome};
use crate::model::counted;
use crate::model::errno::Errno;
use crate::model::payload::visible;
use crate::model::recording::{CallEntry, Recording};
use crate::model::socket::Socket;
use crate::script::ast::Script;
use crate::script::lesson::{self, Lesson, Needs};
use crate::script::options::{PlayOptions, Ports, Reach, Report};
use crate::script::{Loaded, What, catalog};

mod args;
mod guide;
mod play;
mod printer;
mod serve;

use args::{Command, CommandLine, PlayArgs};
use guide::Guide;
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
    /// The window, with what it is to play.
    Window(Option<Loaded>),
    /// Nothing more: it was done in the terminal.
    Done(ExitCode),
}

/// Does what the arguments ask for, unless they ask for the window.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Wanted {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let line = match CommandLine::try_parse_from(&arguments) {
        Ok(line) => line,
        Err(error) => {
            // --help and --version come here too; a reader who left needs no help.
            let error = in_visible_arguments(&arguments).unwrap_or(error);
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
        Command::Serve(args) => serve::serve_command(&args),
        Command::List => Ok(list()),
        Command::Check { file } => check(&file),
        Command::Export { play, format, out } => export_command(&play, format.into(), &out),
    };
    Wanted::Done(ExitCode::from(done.unwrap_or_else(|code| code)))
}

/// What is wrong with the arguments, quoting them as visible text: a shell may have put names of files there.
fn in_visible_arguments(arguments: &[OsString]) -> Option<clap::Error> {
    let shown = arguments.iter();
    let shown = shown.map(|argument| visible(argument.to_string_lossy().as_bytes()));
    CommandLine::try_parse_from(shown).err()
}

/// Plays a script here because there is no display: the one asked for, or TCP capitalise on a free port.
pub fn without_display(loaded: Option<Loaded>) -> ExitCode {
    complain(
        "there is no display (WAYLAND_DISPLAY, WAYLAND_SOCKET and DISPLAY are not set): playing in the terminal instead",
    );
    let played = match loaded {
        Some(Loaded {
            what: What::Session(session),
            ..
        }) => {
            let written = Format::Text.write(&session, &mut io::stdout().lock());
            // Nobody reads on: nothing is lost.
            written.map(|()| 0).or(Ok(0))
        }
        Some(loaded) => {
            let options = PlayOptions::terminal(&loaded.title);
            play_loaded(loaded, options, Company::None, Form::Log, None)
        }
        None => load(Path::new(catalog::DEFAULT.name)).and_then(|loaded| {
            let mut options = PlayOptions::terminal(&loaded.title);
            // It is a demonstration: another program on port 5000 should not spoil it.
            options.ports = Ports::Free;
            play_loaded(loaded, options, Company::None, Form::Log, None)
        }),
    };
    ExitCode::from(played.unwrap_or_else(|code| code))
}

/// Says on standard error why the window did not open.
pub fn no_window(why: &str) -> ExitCode {
    complain(why);
    ExitCode::FAILURE
}

/// What a NAME or FILE stands for; says why where that can't be had, or not all of it.
fn load(name: &Path) -> Result<Loaded, u8> {
    let loaded = crate::load::load(name).map_err(|why| {
        complain(&why);
        USAGE
    })?;
    if let Some(flaw) = flaw(&loaded) {
        complain(&flaw);
    }
    Ok(loaded)
}

/// What is missing of a session that was opened all the same.
fn flaw(loaded: &Loaded) -> Option<String> {
    match &loaded.what {
        What::Session(session) => import::flaw(&loaded.title, session),
        _ => None,
    }
}

/// An exit code, in `Err` where it was too early to do what was asked.
type Done = Result<u8, u8>;

/// Whether a neighbour is to take part in a lesson that needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    None,
    Neighbour,
}

fn play_command(args: &PlayArgs, form: Form, save: Option<&Path>) -> Done {
    let loaded = load(&args.script)?;
    let options = options(&loaded.title, args);
    play_loaded(loaded, options, company(args), form, save)
}

fn export_command(args: &PlayArgs, export: Export, out: &Path) -> Done {
    let loaded = load(&args.script)?;
    if let What::Session(session) = loaded.what {
        save(out, export, &session, &FileNames::new())?;
        return Ok(0);
    }
    let names = match &loaded.what {
        What::Lesson(lesson) => lesson.file_names(),
        _ => FileNames::new(),
    };
    let options = options(&loaded.title, args);
    let played = perform(loaded, options, company(args), Form::Silent)?;
    if let (Export::Programs(_), Some(why)) = (export, port_taken(&played)) {
        complain(&why);
        return Err(FAILED);
    }
    save(out, export, &played.recording, &names)?;
    Ok(exit_code(&played))
}

fn play_loaded(
    loaded: Loaded,
    options: PlayOptions,
    company: Company,
    form: Form,
    file: Option<&Path>,
) -> Done {
    let played = perform(loaded, options, company, form)?;
    if let Some(file) = file {
        save_session(file, &played.recording)?;
    }
    Ok(exit_code(&played))
}

fn company(args: &PlayArgs) -> Company {
    if args.neighbour {
        Company::Neighbour
    } else {
        Company::None
    }
}

/// What there is to play of a lesson: without company, not the steps that need it, which is said.
fn with_company(lesson: Lesson, company: Company) -> Lesson {
    let needing = lesson.steps.iter();
    let needing = needing
        .filter(|step| step.needs == Needs::Neighbour)
        .count();
    if needing == 0 || company == Company::Neighbour {
        return lesson;
    }
    let (steps, are) = if needing == 1 {
        ("step needs", "is")
    } else {
        ("steps need", "are")
    };
    complain(&format!(
        "{needing} {steps} another program on this computer and {are} left out; --neighbour starts one"
    ));
    lesson.alone()
}

fn options(title: &str, args: &PlayArgs) -> PlayOptions {
    let mut options = PlayOptions::terminal(title);
    options.deadline = Some(args.deadline);
    if args.free_ports {
        options.ports = Ports::Free;
    } else if !args.move_port.is_empty() {
        options.ports = Ports::Moved(args.move_port.iter().copied().collect());
    }
    if args.reachable {
        options.reach = Reach::Anyone;
    }
    options
}

/// Plays, and says on standard error what went otherwise than expected.
fn perform(
    loaded: Loaded,
    mut options: PlayOptions,
    company: Company,
    form: Form,
) -> Result<Played, u8> {
    let (script, guide) = match loaded.what {
        What::Script(script) => (script, None),
        What::Lesson(lesson) => {
            let lesson = Arc::new(with_company(*lesson, company));
            let printed = form == Form::Log;
            let guide = Guide::new(Arc::clone(&lesson), &mut options, printed);
            (Script::clone(&lesson.script), Some(guide))
        }
        What::Session(_) => {
            complain(&format!(
                "{}: a saved session is looked at (`sockeye FILE`) or exported, not played",
                loaded.title
            ));
            return Err(USAGE);
        }
    };
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
    judged(play::play(
        script,
        options,
        guide,
        &mut Printer::new(&mut out, form),
    ))
}

/// Says on standard error what went otherwise than expected, or why nothing could be played.
fn judged(played: Result<Played, PlayError>) -> Result<Played, u8> {
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

/// Why programs would not do what the script means: while it was played, somebody else had a port that it binds.
fn port_taken(played: &Played) -> Option<String> {
    let recording = &played.recording;
    let rows = || (0..recording.len()).filter_map(|index| recording.row(index));
    let socket = |row: &CallEntry| recording.sockets().get(row.socket?);
    let is_own = |taken: &CallEntry, port: u16| {
        let mut before = rows().take_while(|row| row.number < taken.number);
        before.any(|row| {
            let is_bound =
                row.method() == Method::Bind && matches!(row.outcome, Some(Outcome::Ok(_)));
            let there = |socket: &Socket| Some((socket.protocol, socket.local?.port()));
            let wanted = socket(taken).map(|socket| (socket.protocol, port));
            is_bound && wanted.is_some() && socket(&row).and_then(there) == wanted
        })
    };
    let mut failed = rows().filter_map(|row| {
        let Call::Bind { address } = row.call else {
            return None;
        };
        let mut failures = played.report.failures.iter();
        let failure = failures.find(|failure| row.line == Some(failure.line))?;
        let is_taken = row.outcome == Some(Outcome::Error(Errno::EADDRINUSE));
        (is_taken && !is_own(&row, address.port())).then_some((failure.line, address.port()))
    });
    let (line, port) = failed.next()?;
    Some(format!(
        "line {line}: port {port} was in use on this computer, so the programs would not be what the script means \
         and nothing was written: try --free-ports"
    ))
}

fn exit_code(played: &Played) -> u8 {
    match played.ending {
        Ending::Interrupted => INTERRUPTED,
        Ending::Complete if !played.report.failures.is_empty() => FAILED,
        Ending::Complete if !played.report.overdue.is_empty() => OVERDUE,
        Ending::Complete | Ending::NobodyReads => 0,
    }
}

fn save_session(path: &Path, recording: &Recording) -> Result<(), u8> {
    let export = Export::OneFile(Format::JsonLines);
    save(path, export, recording, &FileNames::new())
}

fn save(path: &Path, export: Export, recording: &Recording, names: &FileNames) -> Result<(), u8> {
    let saved = export.save(recording, path, Existing::Replace, names);
    saved.map_err(|error| {
        complain(&error.to_string());
        FAILED
    })
}

fn list() -> u8 {
    let scripts = catalog::shown().map(|entry| (entry.name, entry.summary.to_owned()));
    let lessons = lesson::ALL.iter().enumerate().map(|(index, entry)| {
        let title = entry.lesson().map(|lesson| lesson.title);
        let title = title.unwrap_or_default();
        (entry.name, format!("lesson {}: {title}", index + 1))
    });
    let all: Vec<(&str, String)> = scripts.chain(lessons).collect();
    let width = all.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    for (name, summary) in all {
        if writeln!(out, "{name:<width$}  {summary}").is_err() {
            // Nobody reads on.
            break;
        }
    }
    0
}

fn check(file: &Path) -> Done {
    let loaded = load(file)?;
    if flaw(&loaded).is_some() {
        return Ok(USAGE);
    }
    let title = loaded.title;
    let said = match loaded.what {
        What::Script(script) => {
            let statements = counted(script.statements.len() as u64, "statement");
            format!("{title}: {statements}")
        }
        What::Lesson(lesson) => {
            let questions = lesson.steps.iter();
            let questions = questions.filter(|step| step.question.is_some()).count();
            format!(
                "{title}: a lesson of {} and {}",
                counted(lesson.steps.len() as u64, "step"),
                counted(questions as u64, "question")
            )
        }
        What::Session(session) => {
            let calls = counted(session.calls(), "call");
            format!("{title}: a saved session of {calls}")
        }
    };
    // Nobody reads: nothing is lost.
    writeln!(io::stdout(), "{said}, nothing wrong").ok();
    Ok(0)
}
