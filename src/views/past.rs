//! What views know of the past: whether it is shown, of what, and that nothing can be called in it.

use crate::model::ladder::Ladder;
use crate::model::recording::Recording;

use super::Shown;

/// A recording up to its present, while what is shown of it may be its past.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// Everything that happened.
    pub recording: &'a Recording,
    /// Its picture.
    pub ladder: &'a Ladder,
    /// The first moment that can be shown: 0, until the oldest rows are let go. `None`: none can.
    pub first: Option<u64>,
    /// How many calls were made since the past is looked at.
    pub news: u64,
}

/// A session that is shown, and is not the one going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier<'a> {
    /// The one before the last reset.
    Previous,
    /// One from a file of this name.
    Opened(&'a str),
}

/// Why nothing can be called on the sockets that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCalls {
    /// They are those of the session before.
    EarlierSession,
    /// They are those of a saved session.
    SavedSession,
    /// They are shown as they were.
    Past,
}

impl NoCalls {
    /// The reason, in a sentence or two.
    pub fn why(self) -> &'static str {
        match self {
            Self::EarlierSession => {
                "This is the earlier session: its sockets are closed. Go back to your session first."
            }
            Self::SavedSession => {
                "This is a saved session: its sockets are closed. Go back to your session first."
            }
            Self::Past => "You see the past. Real sockets do not go back.",
        }
    }
}

impl Shown<'_> {
    /// The moment of the past that is shown; `None`: the present.
    pub fn moment(&self) -> Option<u64> {
        self.recording.moment()
    }

    /// Why nothing can be called; `None`: calls can be made.
    pub fn no_calls(&self) -> Option<NoCalls> {
        match self.earlier {
            Some(Earlier::Previous) => Some(NoCalls::EarlierSession),
            Some(Earlier::Opened(_)) => Some(NoCalls::SavedSession),
            None => self.moment().map(|_| NoCalls::Past),
        }
    }

    /// Whether calls can be made on what is shown.
    pub fn can_call(&self) -> bool {
        self.no_calls().is_none()
    }
}
