//! A session with all that is shown of it.

use crate::model::ladder::Ladder;
use crate::model::recording::Recording;

use super::Replay;

/// A recording with its picture, and what leads into its past.
#[derive(Debug)]
pub struct Told {
    /// Everything that happened.
    pub recording: Recording,
    /// Its picture.
    pub ladder: Ladder,
    /// The moments from which its past is folded.
    pub replay: Replay,
}

impl Told {
    /// Of a recording to which nothing is added any more. Takes as long as the recording is.
    pub fn of(recording: Recording) -> Self {
        Self {
            ladder: Ladder::of(&recording),
            replay: Replay::of(&recording),
            recording,
        }
    }
}
