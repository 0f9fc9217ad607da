//! What every view is given to show.

use std::time::Duration;

use crate::model::automatic::Automatic;
use crate::model::call::{ProgramId, SocketId};
use crate::model::flow::{Flow, Progress};
use crate::model::ladder::Ladder;
use crate::model::recording::{Recording, RowNumber};
use crate::model::relay::Relaying;

use super::inspector::ClicksAsCode;
use super::{
    Course, Earlier, ExercisesShown, LessonShown, LocalAddress, Message, Next, Playing,
    ThemeChoice, Whole,
};

/// What there is to show: read by every view, changed by none.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own: all combinations occur"
)]
pub struct Shown<'a> {
    /// Everything that happened.
    pub recording: &'a Recording,
    /// Its picture: a life line per socket.
    pub ladder: &'a Ladder,
    /// All of that recording: more than what is shown of it, while the past is.
    pub whole: Whole<'a>,
    /// The network's time, nanoseconds; running times of waiting calls count to here. In the past, that moment's.
    pub now: u64,
    /// The chosen socket.
    pub selected: Option<SocketId>,
    /// The chosen row of the log.
    pub row: Option<RowNumber>,
    /// The one thing to do next.
    pub next: &'a Next,
    /// What is playing.
    pub playing: Option<&'a Playing>,
    /// The automatic programs that have not ended.
    pub automatics: &'a [Automatic],
    /// The relays that have not ended.
    pub relays: &'a [Relaying],
    /// The pause between steps that are taken by themselves.
    pub step_pause: Duration,
    /// The lessons there are.
    pub course: Course<'a>,
    /// The lesson that is open.
    pub lesson: Option<LessonShown<'a>>,
    /// The exercises there are.
    pub exercises: ExercisesShown<'a>,
    /// The session as programs; `None`: not written yet.
    pub code: Option<&'a ClicksAsCode>,
    /// This computer's own addresses, loopback left out.
    pub addresses: &'a [LocalAddress],
    /// Messages, the oldest first.
    pub messages: &'a [Message],
    /// Whether an earlier session can be looked at.
    pub has_previous: bool,
    /// Whether the session of the last time the program ran can be opened.
    pub has_last: bool,
    /// Whether it is the earlier session that is shown.
    pub earlier: Option<Earlier<'a>>,
    /// The zoom in force.
    pub zoom: f32,
    /// The theme asked for.
    pub theme: ThemeChoice,
    /// Whether animations are off.
    pub still: bool,
    /// Whether the projector shows less, and larger.
    pub large_hall: bool,
    /// Which of the three first steps comes next, 1 to 3; 4: all were taken. `None`: they lead no further.
    pub first_step: Option<usize>,
}

impl Shown<'_> {
    /// The automatic program of that socket, if one runs; of the present only.
    pub fn automatic(&self, socket: SocketId) -> Option<&Automatic> {
        let mut automatics = self.automatics.iter().filter(|_| self.can_call());
        automatics.find(|automatic| automatic.socket == socket)
    }

    /// Whether that program is a relay that runs; of the present only.
    pub fn is_a_relay(&self, program: ProgramId) -> bool {
        let mut relays = self.relays.iter().filter(|_| self.can_call());
        relays.any(|relay| relay.program == program)
    }

    /// The relay that a socket is part of, if one runs; of the present only.
    pub fn relay(&self, socket: SocketId) -> Option<&Relaying> {
        let program = self.recording.sockets().get(socket)?.program;
        let mut relays = self.relays.iter().filter(|_| self.can_call());
        relays.find(|relay| relay.program == program)
    }

    /// Whether an automatic program accepted this socket.
    pub fn is_served_by_itself(&self, socket: SocketId) -> bool {
        let parent = self
            .recording
            .sockets()
            .get(socket)
            .and_then(|it| it.parent);
        parent.is_some_and(|parent| self.automatic(parent).is_some())
    }

    /// What travelled between the calls.
    pub fn flow(&self) -> &Flow {
        self.ladder.flow()
    }

    /// How far the bytes of a send got; `None` of any other row.
    pub fn progress(&self, row: RowNumber) -> Option<Progress> {
        self.flow().progress(row, self.recording)
    }
}
