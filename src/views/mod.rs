//! One file per thing on the screen.
//!
//! A view paints what [`Shown`] holds and pushes what the user wants as an [`Action`]. It owns no truth: what it
//! remembers (what is open, typed, scrolled) is its part of [`UiState`]. Nothing here makes a call, waits, or
//! touches a file.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::automatic::{Reply, Service};
use crate::model::call::{BlockingMode, Call, CallId, Family, ProgramId, Protocol, SocketId};
use crate::model::event::{Role, Threading};
use crate::model::recording::RowNumber;
use crate::model::relay::{RelayId, RelayOrder};

pub mod buttons;
pub mod caption;
pub mod cards;
pub mod columns;
pub mod dialogs;
pub mod exercises;
mod export_format;
pub mod first_start;
pub mod inspector;
pub mod ladder;
pub mod lessons;
pub mod log;
pub mod new_socket;
pub mod next_line;
mod past;
pub mod projector;
pub mod quick_start;
pub mod scrubber;
pub mod search;
mod shown;
pub mod theme;
pub mod top_bar;
pub mod transport;
pub mod type_call;
mod upcoming;
pub mod widgets;

pub use exercises::{ExerciseAction, ExercisesShown};
pub use export_format::ExportFormat;
pub use lessons::{Course, CourseLesson, LessonAction, LessonId, LessonShown, Mode, Sleep};
pub use past::{Earlier, NoCalls, Whole};
pub use shown::Shown;

/// What the user wants done. `App::apply` is the only one who does it.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Makes a socket in a new program, as the New socket panel says.
    NewSocket(NewSocket),
    /// Makes a socket in a program that is there.
    AddSocket(ProgramId),
    /// Makes a socket with the same family, protocol and mode, in a program of its own.
    OneMoreLike(SocketId),
    /// Makes a call on a socket.
    Call(SocketId, Call),
    /// Makes a call on a second thread, so that it need not queue.
    CallOnSecondThread(SocketId, Call),
    /// Moves a call that is queued on a socket to a second thread. It is never made twice.
    MoveToSecondThread(SocketId, CallId),
    /// Waits for all open sockets of a program to be readable, at most so long; `None`: without limit.
    Select(ProgramId, Option<Duration>),
    /// Ends a wait, or takes a queued call back.
    StopWaiting(CallId),
    /// Has a listener, or a UDP socket, answer whoever comes by itself.
    StartAutomatic(SocketId, Reply, Service),
    /// Stops the automatic program of that socket; its sockets stay open.
    StopAutomatic(SocketId),
    /// Starts a relay.
    StartRelay(RelayOrder),
    /// Stops a relay; its sockets are closed.
    StopRelay(RelayId),
    /// Sets whether a program has one thread or one per socket.
    SetThreading(ProgramId, Threading),
    /// Gives a socket another name.
    Rename(SocketId, String),
    /// Puts a socket's column before another's; `None`: at the end.
    MoveColumn(SocketId, Option<SocketId>),
    /// Shows a socket as a narrow line, or whole again.
    FoldColumn(SocketId),
    /// Shows a program as one row, or its cards again.
    FoldProgram(ProgramId),
    /// Chooses a socket.
    SelectSocket(SocketId),
    /// Chooses a row of the log; `None`: none.
    SelectRow(Option<RowNumber>),
    /// Shows the moment of that sequence number: all that had happened by then.
    ShowMoment(u64),
    /// Shows the present again.
    ShowNow,
    /// Does what the Next line says.
    DoNext,
    /// Takes the strip of the three first steps away.
    LeaveFirstSteps,
    /// Closes every open socket, client ends first.
    CloseAll,
    /// Closes all and starts a new session; the old one is kept under Previous.
    Reset,
    /// Shows the session before the last reset, or the present again.
    ShowPrevious(bool),
    /// Plays a script of the catalogue step by step.
    Play(String),
    /// Runs a script of the catalogue at once (the three big buttons).
    Run(String),
    /// Answers the question what to do with open sockets before a quick start.
    PlayAnswer(PlayAnswer),
    /// Steers what is playing.
    Transport(Transport),
    /// Shows the panels of the playground, or those of lessons.
    SetMode(Mode),
    /// Does something with lessons, or in one.
    Lesson(LessonAction),
    /// Does something with exercises.
    Exercise(ExerciseAction),
    /// Makes the call that was typed.
    TypeCall(String),
    /// Answers the question before a bind that others can reach.
    ReachableAnswer(ReachableAnswer),
    /// Writes the log to a file.
    Export(ExportFormat, PathBuf),
    /// Opens the desktop's save dialog for the export.
    BrowseExport(ExportFormat),
    /// Asks for a file, and saves the session that is looked at to it.
    SaveSession,
    /// Asks for a file, and opens it: a saved session, a script or a lesson.
    Open,
    /// Opens the file of this path.
    OpenFile(PathBuf),
    /// Opens the session of the last time the program ran.
    OpenLast,
    /// Hides the rows there are; the session keeps them.
    ClearLog,
    /// Puts text on the clipboard.
    Copy(String),
    /// Sets the theme.
    SetTheme(ThemeChoice),
    /// Sets the zoom, 0.5 to 3.
    SetZoom(f32),
    /// Ends every animation, or has them again.
    HoldStill(bool),
    /// Opens the projector, or leaves it.
    ToggleProjector,
    /// Makes the projector's words larger still, or as usual.
    LargeHall(bool),
    /// Opens or closes the inspector.
    ToggleInspector,
    /// Opens the inspector on what is chosen: Code where that is in front, else Details.
    OpenDetails,
    /// Opens the inspector with this tab in front.
    ShowTab(inspector::Tab),
    /// Takes a message away.
    Dismiss(u64),
}

/// What the New socket panel asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSocket {
    /// What it is for: a name and what is natural next; changes no call.
    pub role: Role,
    /// Protocol.
    pub protocol: Protocol,
    /// Family.
    pub family: Family,
    /// Mode; non-blocking makes a second call, setblocking.
    pub mode: BlockingMode,
    /// The host its card's fields start with.
    pub host: String,
    /// The port its card's fields start with.
    pub port: u16,
}

/// The answer to "3 sockets are open".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayAnswer {
    /// Close all, then play.
    CloseAllAndPlay,
    /// Play on the next free port.
    OtherPort,
    /// Do nothing.
    Cancel,
}

/// The answer to "others can reach this".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachableAnswer {
    /// Bind as asked, and ask no more in this session.
    Allow,
    /// Bind to this computer only.
    LoopbackInstead,
    /// Do not bind.
    Cancel,
}

/// Steering of what is playing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    /// One step on.
    Step,
    /// Plays on by itself.
    Play,
    /// Stands still.
    Pause,
    /// Sets the pause between steps.
    SetPause(Duration),
    /// Leaves; sockets stay open.
    Stop,
}

/// Which theme to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the desktop says.
    System,
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
    /// Bright on black, for far away and for tired eyes.
    #[serde(rename = "high-contrast")]
    HighContrast,
}

impl ThemeChoice {
    /// All of them, in the order offered.
    pub const ALL: [Self; 4] = [Self::System, Self::Dark, Self::Light, Self::HighContrast];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Dark => "Dark",
            Self::Light => "Light",
            Self::HighContrast => "High contrast",
        }
    }
}

/// The one thing the Next line says to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Run a script of the catalogue.
    Run {
        /// Its name in the catalogue.
        script: String,
        /// What the line says.
        title: String,
        /// Why, in a few words.
        why: String,
    },
    /// Make this call.
    Call {
        /// On which socket.
        socket: SocketId,
        /// Method and arguments.
        call: Call,
        /// Why, in a few words.
        why: String,
    },
    /// Make a socket in a new program.
    NewSocket {
        /// Which.
        wanted: NewSocket,
        /// Why, in a few words.
        why: String,
    },
    /// Nothing needs doing; say so.
    Nothing {
        /// What the line says.
        why: String,
    },
}

/// What is playing, as the transport bar shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Playing {
    /// The script's title; as all texts here visible, and no longer than a line may be.
    pub title: String,
    /// Statements issued so far.
    pub step: usize,
    /// Statements in all.
    pub of: usize,
    /// Whether it goes on by itself.
    pub runs: bool,
    /// The pause between steps.
    pub pause: Duration,
    /// The next statement.
    pub next: Option<String>,
    /// The comment above the current step.
    pub narration: Option<String>,
    /// What it waits for, if it does.
    pub waits_for: Option<String>,
}

/// An address of this computer that others may reach it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAddress {
    /// The interface's name.
    pub interface: String,
    /// Its address.
    pub ip: IpAddr,
}

/// A message that stands above the window for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Tells messages apart.
    pub id: u64,
    /// One or two plain sentences.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// The question before others can reach this computer.
#[derive(Clone, Debug, PartialEq)]
pub enum ReachableQuestion {
    /// A bind or listen that was clicked.
    Call {
        /// On which socket.
        socket: SocketId,
        /// Method and arguments.
        call: Call,
    },
    /// A script.
    Script {
        /// Which statement, and what it opens, in words.
        why: String,
    },
    /// One line that was typed.
    Typed {
        /// The statement, and what it opens, in words.
        why: String,
    },
}

/// The question where a script's port is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayQuestion {
    /// What was to be played.
    pub what: ToPlay,
    /// Who is in the way.
    pub conflict: PlayConflict,
    /// The port the script wants.
    pub port: u16,
    /// The port it could use instead.
    pub other_port: u16,
}

/// What is played step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToPlay {
    /// The script of the catalogue with this name.
    Script(String),
    /// A lesson.
    Lesson(LessonId),
}

/// Who holds a script's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayConflict {
    /// One of so many open sockets of this session.
    OpenSockets(usize),
    /// Another program, or an old connection: bind has just been refused.
    Elsewhere,
    /// Nobody; but a lesson that begins once more would close sockets that are not its own.
    OwnSockets {
        /// How many.
        open: usize,
        /// The port to begin on; `None`: that which is written.
        on: Option<u16>,
    },
}

/// What views remember between frames.
#[derive(Debug, Default)]
pub struct UiState {
    /// The New socket panel.
    pub new_socket: new_socket::NewSocketState,
    /// The cards' fields.
    pub cards: cards::CardsState,
    /// The columns.
    pub columns: columns::ColumnsState,
    /// The log.
    pub log: log::LogState,
    /// The inspector.
    pub inspector: inspector::InspectorState,
    /// The type-a-call line.
    pub type_call: type_call::TypeCallState,
    /// Dialogs.
    pub dialogs: dialogs::DialogsState,
    /// The search.
    pub search: search::SearchState,
    /// The lessons.
    pub lessons: lessons::LessonsState,
    /// The exercises.
    pub exercises: exercises::ExercisesState,
    /// The projector.
    pub projector: projector::ProjectorState,
}
